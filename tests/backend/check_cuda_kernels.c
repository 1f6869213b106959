/* SPDX-License-Identifier: MIT */
/* check_cuda_kernels.c: kernels.h at sizes that small models do not reach, against loops in double
 * precision: wide layers, long sums, odd lengths. Linked with the stand-in, with the emulated
 * kernels and, for `make check-cuda`, with a card's. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cuda/rows.h"
#include "tests/lib/unit/toy.h"

static struct avo_dev *dev;
static struct avo_error err;

static void must(int bad)
{
    ck_assert_msg(!bad, "%s", err.msg);
}

static void begin(void)
{
    memset(&err, 0, sizeof err);
    must(!(dev = avo_dev_open(0, &err)));
}

static float draw(uint32_t what, size_t i)
{
    return 2 * avo_rng_unit(avo_rng_draw(5, what, (uint32_t)i, 0, 0, 0).v[0]) - 1;
}

/* n values on the card and, as the card has them, on the host. */
struct both { void *card; float *host; size_t n; bool half; };

static size_t size_of(const struct both *b)
{
    return b->half ? sizeof(uint16_t) : sizeof(float);
}

static void send(struct both *b)
{
    size_t len = b->n * size_of(b);
    char *raw = malloc(len);
    for (size_t i = 0; i < b->n; i++)
        avo_el_put(raw, i, b->half, b->host[i]);
    for (size_t i = 0; i < b->n; i++)
        b->host[i] = avo_el_get(raw, i, b->half);
    must(avo_dev_upload(dev, b->card, len, raw, len, len, 1, &err));
    free(raw);
}

static struct both make(uint32_t what, size_t n, bool half)
{
    struct both b = {.n = n, .half = half, .host = malloc(n * sizeof(float))};
    must(!(b.card = avo_dev_alloc(dev, n, size_of(&b), "values", &err)));
    for (size_t i = 0; i < n; i++)
        b.host[i] = draw(what, i);
    send(&b);
    return b;
}

/* What the card has now. */
static float *fetch(const struct both *b)
{
    size_t len = b->n * size_of(b);
    char *raw = malloc(len);
    float *x = malloc(b->n * sizeof *x);
    must(avo_dev_download(dev, raw, len, b->card, len, len, 1, &err));
    for (size_t i = 0; i < b->n; i++)
        x[i] = avo_el_get(raw, i, b->half);
    free(raw);
    return x;
}

static void drop(struct both *b)
{
    avo_dev_free(dev, b->card);
    free(b->host);
}

static void near(double got, double want, double bound, const char *what, size_t i)
{
    ck_assert_msg(fabs(got - want) <= bound, "%s, %zu: %.9g, want %.9g", what, i, got, want);
}

static const uint32_t widths[] = {16, 240, 256, 272, 1008, 1024, 1536, 1552, 2048, 2064, 4096};
#define N_WIDTHS ((int)(sizeof widths / sizeof *widths))

/* Output, error and last gradient of 9 rows, one of them without a value; and prediction's dot. */
START_TEST(rows_of_wide_layers)
{
    uint32_t ld = widths[_i / 2], n = 9;
    bool half = _i % 2;
    begin();
    struct both act = make(1, (size_t)n * ld, half), dact = make(2, (size_t)n * ld, half);
    struct both w = make(3, ld, false), b = make(4, 1, false), target = make(5, n, false);
    struct both dy = make(6, n, false), error = make(7, n, false), out = make(8, n, false);
    int32_t pair[9] = {3, 1, 0, -1, 2, 5, 7, 1, 1};
    struct avo_k_step step = {.n = n, .two_over_batch = 0.25f};
    void *on_card[2] = {avo_dev_alloc(dev, n, 4, "", &err), avo_dev_alloc(dev, 1, sizeof step, "",
                                                                        &err)};
    must(avo_dev_upload(dev, on_card[0], 4 * n, pair, 4 * n, 4 * n, 1, &err) ||
         avo_dev_upload(dev, on_card[1], sizeof step, &step, sizeof step, sizeof step, 1, &err));
    struct avo_k_loss loss = {
        .act = act.card, .dact = dact.card, .half = half, .n_pad = n, .ld = ld, .w = w.card,
        .b = b.card, .scale = 1.5f, .samples = {.pair = on_card[0], .target = target.card},
        .dy = dy.card, .error = error.card, .step = on_card[1]};
    struct avo_k_dot dot = {act.card, half, n, ld, w.card, b.card, out.card};
    must(avo_k_loss(dev, &loss, &err) || avo_k_dot(dev, &dot, &err));
    float *got_d = fetch(&dact), *got_dy = fetch(&dy), *got_e = fetch(&error), *y = fetch(&out);
    for (uint32_t i = 0; i < n; i++) {
        double sum = b.host[0];
        for (uint32_t j = 0; j < ld; j++)
            sum += (double)act.host[i * ld + j] * (double)w.host[j];
        double e = pair[i] < 0 ? 0 : sum - (double)target.host[i], tiny = 2e-7 * sqrt(ld) + 1e-6;
        near(y[i], sum, 10 * tiny, "dot", i);
        near(got_dy[i], e / 4, 10 * tiny, "dy", i);
        near(got_e[i], e * e, 20 * tiny * (1 + fabs(e)), "error", i);
        for (uint32_t j = 0; j < ld; j++) {
            double d = act.host[i * ld + j] > 0 ? e / 4 * 1.5 * (double)w.host[j] : 0;
            near(got_d[i * ld + j], d, 20 * tiny + (half ? fabs(d) / 256 : 0), "gradient",
                 i * ld + j);
        }
    }
    struct both *all[] = {&act, &dact, &w, &b, &target, &dy, &error, &out};
    for (size_t i = 0; i < 8; i++)
        drop(all[i]);
    avo_dev_free(dev, on_card[0]);
    avo_dev_free(dev, on_card[1]);
    free(got_d);
    free(got_dy);
    free(got_e);
    free(y);
    avo_dev_close(dev);
}
END_TEST

/* Columns over few and many chunks, with and without a factor. */
START_TEST(column_sums)
{
    static const uint32_t rows[] = {1, 256, 257, 2048, 2305, 5120}, lds[] = {16, 1040};
    uint32_t n = rows[_i / 8], ld = lds[_i / 4 % 2];
    bool half = _i / 2 % 2, factor = _i % 2;
    begin();
    struct both x = make(1, (size_t)n * ld, half), f = make(2, n, false), out = make(3, ld, false);
    struct both partial = make(4, (size_t)(n / AVO_K_CHUNK + 1) * ld, false);
    struct avo_k_columns a = {x.card, half, n, ld, factor ? f.card : NULL, partial.card, out.card};
    must(avo_k_columns(dev, &a, &err));
    float *got = fetch(&out);
    for (uint32_t j = 0; j < ld; j++) {
        double sum = 0;
        for (uint32_t i = 0; i < n; i++)
            sum += (double)x.host[(size_t)i * ld + j] * (factor ? (double)f.host[i] : 1);
        near(got[j], sum, 1e-6 * n + 1e-6, "column", j);
    }
    free(got);
    struct both *all[] = {&x, &f, &out, &partial};
    for (size_t i = 0; i < 4; i++)
        drop(all[i]);
    avo_dev_close(dev);
}
END_TEST

/* Adam of odd lengths, from the start of an allocation and from its second element; rounding. */
START_TEST(adam_of_odd_lengths)
{
    static const size_t lengths[] = {1, 3, 4, 5, 1023, 70001};
    size_t n = lengths[_i / 2], off = _i % 2;
    begin();
    struct both w = make(1, n + off, false), m = make(2, n + off, false);
    struct both v = make(3, n + off, false), g = make(4, n + off, false);
    struct both copy = make(5, n + off, true), rounded = make(6, n + off, true);
    for (size_t i = 0; i < v.n; i++)
        v.host[i] *= v.host[i];
    send(&v);
    struct avo_k_step step = {.net = {0.9f, 0.99f, 1e-7f, 1e-2f, 0.5f}};
    void *on_card[2] = {avo_dev_alloc(dev, 1, sizeof step, "", &err),
                        avo_dev_alloc(dev, 1, sizeof(struct avo_k_result), "", &err)};
    must(avo_dev_upload(dev, on_card[0], sizeof step, &step, sizeof step, sizeof step, 1, &err));
    struct avo_k_adam a = {n, (float *)w.card + off, (float *)m.card + off, (float *)v.card + off,
                           (float *)g.card + off, (uint16_t *)copy.card + off, on_card[0],
                           on_card[1]};
    must(avo_k_round(dev, (uint16_t *)rounded.card + off, (float *)w.card + off, n, &err) ||
         avo_k_adam(dev, &a, &err));
    float *got = fetch(&w), *got_m = fetch(&m), *got_c = fetch(&copy), *got_r = fetch(&rounded);
    for (size_t i = 0; i < n + off; i++) {
        float x = w.host[i], y = m.host[i], z = v.host[i];
        if (i >= off) {
            ck_assert(got_r[i] == avo_bf16_value(avo_bf16_of(x)));
            avo_adam_step(&step.net, g.host[i], &x, &y, &z);
            ck_assert(got_c[i] == avo_bf16_value(avo_bf16_of(got[i])));
        } else {
            ck_assert(got_r[i] == rounded.host[i] && got_c[i] == copy.host[i]);
        }
        near(got[i], x, 1e-6, "weight", i);
        near(got_m[i], y, 1e-6, "moment", i);
    }
    free(got);
    free(got_m);
    free(got_c);
    free(got_r);
    struct both *all[] = {&w, &m, &v, &g, &copy, &rounded};
    for (size_t i = 0; i < 6; i++)
        drop(all[i]);
    avo_dev_free(dev, on_card[0]);
    avo_dev_free(dev, on_card[1]);
    avo_dev_close(dev);
}
END_TEST

/* u + v, ReLU, over more rows than a grid has blocks. */
START_TEST(sums_of_a_tile)
{
    uint32_t ld = _i / 2 ? 2064 : 48, n = 700;
    bool half = _i % 2;
    begin();
    struct both u = make(1, (size_t)n * ld, half), to = make(2, (size_t)n * ld, half);
    struct both v = make(3, ld, false);
    struct avo_k_add a = {u.card, to.card, half, n, ld, v.card};
    must(avo_k_add(dev, &a, &err));
    float *got = fetch(&to);
    for (size_t i = 0; i < (size_t)n * ld; i++)
        near(got[i], fmax((double)u.host[i] + (double)v.host[i % ld], 0), half ? 8e-3 : 1e-6,
             "sum", i);
    free(got);
    drop(&u);
    drop(&to);
    drop(&v);
    avo_dev_close(dev);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cuda kernels");
    TCase *t = tcase_create("cuda kernels");
    tcase_set_timeout(t, 200);
    tcase_add_loop_test(t, rows_of_wide_layers, 0, 2 * N_WIDTHS);
    tcase_add_loop_test(t, column_sums, 0, 6 * 8);
    tcase_add_loop_test(t, adam_of_odd_lengths, 0, 6 * 2);
    tcase_add_loop_test(t, sums_of_a_tile, 0, 4);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
