/* SPDX-License-Identifier: MIT */
/* check_page.c: escaped text, numbers, scales and ticks, what charts draw, write errors. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/report/chart.h"

/* ---- a page whose markup is caught ---- */

static struct avo_page page;
static struct avo_out out;
static struct avo_error err;
static char path[64], *caught;

static void begin(void)
{
    memset(&err, 0, sizeof err);
    snprintf(path, sizeof path, "check_page.%d.html", (int)getpid());
    ck_assert_int_eq(avo_out_open(&out, path, NULL, &err), 0);
    avo_page_begin(&page, "a <title> & more", &out, &err);
    avo_page_put(&page, "[[");
}

/* What was written since begin; freed by the next call. */
static const char *end(void)
{
    size_t len;
    char *beg;

    avo_page_put(&page, "]]");
    ck_assert_int_eq(avo_page_end(&page), 0);
    ck_assert_int_eq(avo_out_finish(&out, &err), 0);
    avo_out_release(&out);
    free(caught);
    ck_assert_int_eq(avo_read_text(path, 1 << 24, &caught, &len, &err), 0);
    unlink(path);
    ck_assert_ptr_nonnull(strstr(caught, "<title>a &lt;title&gt; &amp; more</title>"));
    ck_assert_ptr_nonnull(strstr(caught, "</html>"));
    beg = strstr(caught, "[[") + 2;
    *strstr(beg, "]]") = '\0';
    return beg;
}

static size_t count_of(const char *text, const char *what)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what))
        n++;
    return n;
}

/* ---- text and numbers ---- */

#define BAD "\xEF\xBF\xBD"
#define MINUS "\xE2\x88\x92"

START_TEST(text_is_escaped)
{
    static const char *const cases[][2] = {
        {"plain", "plain"}, {"a<b>&\"c'", "a&lt;b&gt;&amp;&quot;c&#39;"},
        {"\xC3\xA9\xE2\x82\xAC\xF0\x9F\xA7\xAC", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\xA7\xAC"},
        {"tab\there\n", "tab here "}, {"\x01\x7F", BAD BAD},
        {"\xFF", BAD}, {"\xC3", BAD}, {"\xC3(", BAD "("}, {"\xE2\x82", BAD BAD},
        {"\xC0\xAF", BAD BAD},                  /* overlong */
        {"\xE0\x80\xAF", BAD BAD BAD}, {"\xF0\x80\x80\xAF", BAD BAD BAD BAD},
        {"\xED\xA0\x80", BAD BAD BAD},          /* surrogate */
        {"\xF4\x90\x80\x80", BAD BAD BAD BAD}, {"\xF5\x80\x80\x80", BAD BAD BAD BAD},
        {"\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"}, {"", ""}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        avo_page_text(&page, cases[i][0]);
        ck_assert_str_eq(end(), cases[i][1]);
    }
}
END_TEST

START_TEST(numbers)
{
    static const struct { double v; int decimals; const char *want; } fixed[] = {
        {1.23456, 2, "1.23"}, {-0.5, 1, MINUS "0.5"}, {-0.00001, 3, "0.000"}, {0, 0, "0"},
        {NAN, 2, "\xE2\x80\x93"}, {INFINITY, 2, "\xE2\x80\x93"}, {1e300, 2, "1e+300"}};
    static const struct { double v; const char *want; } general[] = {
        {0, "0"}, {0.05, "0.0500"}, {0.99951, "1.00"}, {0.9994, "0.999"}, {12.345, "12.3"},
        {99.96, "100"}, {123.4, "123"}, {-1234.5, MINUS "1\xE2\x80\xAF" "235"},
        {1234567, "1\xE2\x80\xAF" "234\xE2\x80\xAF" "567"}, {-2.5, MINUS "2.50"},
        {1.2e-5, "1.2\xC3\x97" "10<sup>" MINUS "5</sup>"}, {NAN, "\xE2\x80\x93"},
        {3e20, "3.0\xC3\x97" "10<sup>20</sup>"}};

    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        begin();
        avo_page_number(&page, fixed[i].v, fixed[i].decimals);
        ck_assert_str_eq(end(), fixed[i].want);
    }
    for (size_t i = 0; i < sizeof general / sizeof *general; i++) {
        begin();
        avo_page_general(&page, general[i].v);
        ck_assert_str_eq(end(), general[i].want);
    }
    ck_assert_int_eq(avo_page_decimals(0.2), 4);
    ck_assert_int_eq(avo_page_decimals(1), 3);
    ck_assert_int_eq(avo_page_decimals(99), 2);
    ck_assert_int_eq(avo_page_decimals(1e9), 0);
}
END_TEST

START_TEST(long_pieces_pass_the_buffer)
{
    static char text[3 * AVO_OUT_BUFFER + 7];

    memset(text, 'x', sizeof text - 1);
    begin();
    avo_page_printf(&page, "%s", text);
    ck_assert_str_eq(end(), text);
}
END_TEST

/* What cannot be written is told once, at the end. */
START_TEST(write_errors_stick)
{
    struct avo_out full;

    memset(&err, 0, sizeof err);
    ck_assert_int_eq(avo_out_open(&full, "/dev/full", NULL, &err), 0);
    avo_page_begin(&page, "t", &full, &err);
    for (int i = 0; i < 2000; i++)
        avo_page_put(&page, "<p>a line that is repeated until the buffer is full</p>");
    ck_assert_int_eq(avo_page_end(&page), -1);
    ck_assert_int_eq(err.status, AVO_EXIT_DATA);
    avo_out_release(&full);
}
END_TEST

/* ---- scales ---- */

START_TEST(ticks_are_round_and_inside)
{
    static const double ranges[][2] = {{0, 1}, {0, 0.3}, {-1, 1}, {0.13, 0.71}, {0, 12345},
                                       {33960000, 34040000}, {0, 1e-7}, {-3, -2}};

    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        for (int want = 2; want <= 8; want++) {
            struct avo_scale s = {.lo = ranges[i][0], .hi = ranges[i][1]};
            struct avo_ticks t;

            avo_scale_round(&s, want);
            ck_assert(s.lo <= ranges[i][0] && s.hi >= ranges[i][1]);
            avo_ticks_make(&s, want, &t);
            ck_assert_int_ge(t.n, 2);
            ck_assert_int_le(t.n, 2 * want + 1);
            ck_assert_double_eq_tol(t.at[0], s.lo, 1e-9 * (s.hi - s.lo));
            ck_assert_double_eq_tol(t.at[t.n - 1], s.hi, 1e-9 * (s.hi - s.lo));
            for (int k = 0; k < t.n; k++) {
                double digits = t.at[k] * pow(10, t.decimals);

                ck_assert(!(t.at[k] == 0 && signbit(t.at[k])));
                ck_assert_double_eq_tol(digits, round(digits), 1e-6);
            }
        }
}
END_TEST

START_TEST(scales_of_all_kinds)
{
    struct avo_scale linear = {AVO_SCALE_LINEAR, 0, 10, 100, 0};
    struct avo_scale log = {AVO_SCALE_LOG, 1, 1000, 0, 300};
    struct avo_scale arcsinh = {AVO_SCALE_ARCSINH, 0, sinh(4), 0, 400};
    struct avo_ticks t;

    ck_assert_double_eq(avo_scale_px(&linear, 2.5), 75);
    ck_assert_double_eq(avo_scale_px(&linear, -4), 100);
    ck_assert_double_eq(avo_scale_px(&linear, 11), 0);
    ck_assert_double_eq_tol(avo_scale_px(&log, 100), 200, 1e-9);
    ck_assert_double_eq(avo_scale_px(&log, 0), 0);
    ck_assert_double_eq_tol(avo_scale_px(&arcsinh, sinh(1)), 100, 1e-9);
    avo_ticks_make(&log, 4, &t);
    ck_assert_int_eq(t.n, 4);
    ck_assert_double_eq(t.at[3], 1000);
    avo_ticks_make(&arcsinh, 5, &t);
    ck_assert_int_eq(t.n, 3);                   /* 0, 1, 10; sinh(4) is 27.3 */
    ck_assert_double_eq(t.at[0], 0);
    ck_assert_double_eq(t.at[2], 10);
    log.hi = 1e300;
    avo_ticks_make(&log, 100, &t);
    ck_assert_int_le(t.n, AVO_MAX_TICKS);
    log = (struct avo_scale){AVO_SCALE_LOG, 3, 250, 0, 1};
    avo_scale_round(&log, 4);
    ck_assert_double_eq(log.lo, 1);
    ck_assert_double_eq(log.hi, 1000);
}
END_TEST

/* ---- charts ---- */

static struct avo_chart chart(void)
{
    struct avo_chart c = {.page = &page, .x = {.lo = 0, .hi = 10}, .y = {.lo = 0, .hi = 10}};

    avo_chart_place(&c, 0, 0, 100, 100);
    return c;
}

START_TEST(lines_break_at_nan)
{
    const double x[] = {0, 1, 2, 3, 4}, y[] = {0, 10, NAN, 5, 5};
    struct avo_chart c = chart();

    begin();
    avo_chart_line(&c, "s1", x, y, 5, false);
    ck_assert_str_eq(end(), "<path class=\"ln s1\" d=\"M0 100L10 0M30 50L40 50\"/>\n");
    begin();
    avo_chart_line(&c, "s1", x, y, 5, true);
    ck_assert_str_eq(end(), "<path class=\"ln s1\" d=\"M0 100H10V0M30 50H40V50\"/>\n");
}
END_TEST

START_TEST(areas_are_columns)
{
    const float v[] = {0, 5, 5, NAN, 2.5f};
    struct avo_chart c = chart();

    begin();
    avo_chart_area(&c, "ob", "full", v, 5);
    ck_assert_str_eq(end(), "<path class=\"ar ob full\" d=\"M0 100H20V50H60V100H80V75H100V100z\"/>"
                     "\n");
}
END_TEST

START_TEST(bars_and_whiskers)
{
    struct avo_chart c = chart();

    begin();
    avo_chart_bar(&c, "s0", 1, 2, 4, "a \"tip\"");
    avo_chart_bar(&c, "s0", 1, 2, NAN, NULL);
    ck_assert_str_eq(end(), "<rect class=\"br s0\" x=\"10\" y=\"60\" width=\"10\" height=\"40\">"
                     "<title>a &quot;tip&quot;</title></rect>\n");
    begin();
    avo_chart_error(&c, "s0", 1.5, 4, 1);
    avo_chart_error(&c, "s0", 1.5, 4, NAN);
    ck_assert_str_eq(end(), "<path class=\"wh s0\" d=\"M15 70V50\"/>\n"
                     "<path class=\"wh s0\" d=\"M12 70H18\"/>\n"
                     "<path class=\"wh s0\" d=\"M12 50H18\"/>\n");
}
END_TEST

/* Every count is drawn once, in the colour of its level. */
START_TEST(heat_maps_draw_every_cell)
{
    const uint64_t counts[] = {1, 1, 0, 9, 0, 729, 729, 700, 0, 0, 0, 27, 0, 0, 0, 1};
    struct avo_chart c = chart();
    const char *got;

    begin();
    avo_chart_heat(&c, counts, 4, 4, 729);
    got = end();
    ck_assert_ptr_nonnull(strstr(got, "translate(0.0 0.0) scale(25.00000 25.00000)"));
    ck_assert_ptr_nonnull(strstr(got, "<path class=\"h0\" d=\"M0 3h2v1h-2zM3 0h1v1h-1z\"/>"));
    ck_assert_ptr_nonnull(strstr(got, "<path class=\"h8\" d=\"M1 2h3v1h-3z\"/>"));
    ck_assert_uint_eq(count_of(got, "z"), 5);
    for (int level = 0; level < AVO_PAGE_HEATS; level++) {
        uint64_t from = (uint64_t)ceil(pow(1e6, (double)level / AVO_PAGE_HEATS) + 1e-6);

        ck_assert_int_eq(avo_heat_level(from, 1000000), level);
    }
    ck_assert_int_eq(avo_heat_level(1, 1), 0);
    ck_assert_int_eq(avo_heat_level(50, 50), AVO_PAGE_HEATS - 1);
}
END_TEST

START_TEST(labels_are_cut)
{
    begin();
    avo_svg_label(&page, 1, 2, "start", NULL, "short", 100);
    ck_assert_str_eq(end(), "<text x=\"1\" y=\"2\">short</text>\n");
    begin();
    avo_svg_label(&page, 1, 2, "end", "n", "\xC3\xA9\xC3\xA9<bcd\xC3\xA9", 36.5);
    ck_assert_str_eq(end(), "<text x=\"1\" y=\"2\" text-anchor=\"end\" class=\"n\"><title>"
                     "\xC3\xA9\xC3\xA9&lt;bcd\xC3\xA9</title>"
                     "\xC3\xA9\xC3\xA9&lt;\xE2\x80\xA6\xC3\xA9</text>\n");
    begin();
    avo_svg_label(&page, 1, 2, "end", "s", "abcdef", 36.5);
    avo_svg_label(&page, 1, 2, "start", NULL, "abcdefghi", 0);
    ck_assert_str_eq(end(), "<text x=\"1\" y=\"2\" text-anchor=\"end\" class=\"s\">abcdef</text>\n"
                     "<text x=\"1\" y=\"2\"><title>abcdefghi</title>ab\xE2\x80\xA6i</text>\n");
}
END_TEST

START_TEST(marks_differ_without_colour)
{
    char seen[AVO_PAGE_SERIES + AVO_PAGE_GREYS + 1][200];
    size_t n = 0;

    for (size_t i = 0; i < AVO_PAGE_SERIES + AVO_PAGE_GREYS + 1; i++, n++) {
        char series[3] = {i < AVO_PAGE_SERIES ? 's' : 'g',
                          (char)('0' + (i < AVO_PAGE_SERIES ? i : i - AVO_PAGE_SERIES)), '\0'};
        const char *got;

        if (i == AVO_PAGE_SERIES + AVO_PAGE_GREYS)
            strcpy(series, "ob");
        begin();
        avo_svg_mark(&page, series, 0, 0, NULL);
        got = end();
        ck_assert_ptr_nonnull(strstr(got, series));
        /* Coloured marks are filled and grey ones are outlines: compared among their like. */
        snprintf(seen[n], sizeof seen[n], "%c %s", series[0], strstr(got, series) + 2);
        for (size_t k = 0; k < n; k++)
            ck_assert_str_ne(seen[n], seen[k]);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("page");
    TCase *t = tcase_create("page");
    SRunner *r = srunner_create(s);
    int n_failed;

    tcase_add_test(t, text_is_escaped);
    tcase_add_test(t, numbers);
    tcase_add_test(t, long_pieces_pass_the_buffer);
    tcase_add_test(t, write_errors_stick);
    tcase_add_test(t, ticks_are_round_and_inside);
    tcase_add_test(t, scales_of_all_kinds);
    tcase_add_test(t, lines_break_at_nan);
    tcase_add_test(t, areas_are_columns);
    tcase_add_test(t, bars_and_whiskers);
    tcase_add_test(t, heat_maps_draw_every_cell);
    tcase_add_test(t, labels_are_cut);
    tcase_add_test(t, marks_differ_without_colour);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    n_failed = srunner_ntests_failed(r);
    srunner_free(r);
    return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
