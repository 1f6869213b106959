/* SPDX-License-Identifier: MIT */
/* check_paired.c: comparisons of methods and the tables, over scores made up here: this file takes
 * the place of the engine (eval.h), so that ties and holes are where the tests want them. */
#include <check.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/eval/paired.h"

/* ---- in place of the engine ---- */

#define TRACKS 7
#define METHODS 4u
#define SCOPES 2u           /* chr2 and the genome */

struct avo_eval { struct avo_cell cells[SCOPES][TRACKS][METHODS]; };

static double err_score(const struct avo_cell *c)
{
    return c->all.sse;
}

static double cor_score(const struct avo_cell *c)
{
    return c->all.sxy;
}

static double no_score(const struct avo_cell *c)
{
    (void)c;
    return NAN;
}

const struct avo_measure avo_measures[] = {
    {"err", "ERR", "an error", -1, err_score},
    {"cor", "LONGER THAN TWO NAMES", "a correlation", 1, cor_score},
    {"gone", "GONE", "never defined", -1, no_score},
};
const size_t avo_n_measures = 3;

size_t avo_eval_n_methods(const struct avo_eval *e)
{
    (void)e;
    return METHODS;
}

size_t avo_eval_n_scopes(const struct avo_eval *e)
{
    (void)e;
    return SCOPES;
}

const struct avo_cell *avo_eval_cell(const struct avo_eval *e, size_t scope, size_t track,
                                     size_t method)
{
    return &e->cells[scope][track][method];
}

uint64_t avo_eval_left_out(const struct avo_eval *e, size_t scope, size_t track)
{
    (void)e;
    return 10 * scope + track;
}

/* ---- seven tracks, four methods ---- */

/* Assay x in A, B, C and (seen) D; y in A; z in A and B, for B without a mean. Observed track 1 is
 * not scored. */
static const struct { const char *celltype, *assay; bool scored, seen; } names[TRACKS] = {
    {"A", "x", true, false}, {"Q", "x", false, false}, {"B", "x", true, false},
    {"C", "x", true, false}, {"D", "x", true, true}, {"A", "z", true, false},
    {"B", "z", true, false}};

/* err genome-wide; 0 = the method is not defined. Nothing else is 0. cor = -err, but NaN for the
 * constant. */
static const double scores[TRACKS][METHODS] = {
    {.5, .5, .75, 1}, {9, 9, 9, 9}, {.25, .5, .5, 2}, {.5, .25, 1, 4}, {.125, .125, .125, .125},
    {8, 16, 8, 32}, {4, 2, 0, 1}};

static const char *const methods[METHODS] = {"one", "t\two", "mean", "const"};
static const uint32_t chroms[] = {1};
static struct avo_eval whole, without;
static struct avo_scored chosen;
static struct avo_header header;
static struct avo_table table;
static char scratch[] = "/tmp/check_paired.XXXXXX", path[PATH_MAX];

static void fill_scores(struct avo_eval *e, double offset)
{
    for (size_t s = 0; s < SCOPES; s++)
        for (size_t t = 0; t < TRACKS; t++)
            for (size_t m = 0; m < METHODS; m++) {
                struct avo_cell *c = &e->cells[s][t][m];

                c->defined = scores[t][m] > 0;
                c->all.n = c->defined ? 100 * s + t : 0;
                c->all.sse = scores[t][m] + offset + (s == 0 ? 100 : 0);
                c->all.sxy = m == METHODS - 1 ? NAN : -c->all.sse;
            }
}

static void make_lineup(void)
{
    static struct avo_eval_track tracks[TRACKS];
    static size_t scored[TRACKS], first[3] = {0, 5, 0};
    static enum avo_role roles[TRACKS];
    static bool seen[TRACKS];

    chosen = (struct avo_scored){.n_tracks = TRACKS, .n_assays = 2, .n_imputed = 2,
                                 .tracks = tracks, .assay_track = first, .scored = scored,
                                 .roles = roles, .seen = seen};
    for (size_t t = 0; t < TRACKS; t++) {
        tracks[t].assay = names[t].assay[0] == 'z';
        seen[t] = names[t].seen;
        roles[t] = names[t].seen ? AVO_ROLE_TRAIN : AVO_ROLE_UNSET;
        if (names[t].scored)
            scored[chosen.n_scored++] = t;
        ck_assert_ptr_nonnull(avo_header_add_track(&header, names[t].celltype, names[t].assay,
                                                   AVO_ROLE_UNSET, NULL));
    }
}

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(scratch));
    snprintf(path, sizeof path, "%s/f", scratch);
    memset(&header, 0, sizeof header);
    header.bin_bp = 25;
    header.transform = AVO_ARCSINH;
    ck_assert_int_eq(avo_header_add_chrom(&header, "chr1", 1000, NULL), 0);
    ck_assert_int_eq(avo_header_add_chrom(&header, "chr2", 1000, NULL), 0);
    make_lineup();
    fill_scores(&whole, 0);
    fill_scores(&without, 1);
    table = (struct avo_table){.eval = &whole, .chosen = &chosen, .observed = &header,
                               .methods = methods, .n_imputed = 2, .chroms = chroms,
                               .genome = true, .per_chrom = true};
}

static void teardown(void)
{
    avo_header_release(&header);
    unlink(path);
    rmdir(scratch);
}

/* ---- comparisons ---- */

static const struct avo_paired_row *find(const struct avo_paired *p, size_t a, size_t b, size_t m,
                                         int64_t assay, bool kept)
{
    for (size_t i = 0; i < p->n_rows; i++) {
        const struct avo_paired_row *r = &p->rows[i];

        if (r->a == a && r->b == b && r->measure == m && r->assay == assay && r->kept == kept)
            return r;
    }
    return NULL;
}

static void check_counts(const struct avo_paired_row *r, size_t n, size_t wins, size_t losses,
                         size_t ties)
{
    ck_assert_ptr_nonnull(r);
    ck_assert_msg(r->n == n && r->wins == wins && r->losses == losses && r->ties == ties,
                  "%zu tracks: %zu-%zu-%zu", r->n, r->wins, r->losses, r->ties);
}

static void near(double got, double want)
{
    ck_assert_msg(fabs(got - want) <= 1e-12 * fabs(want), "got %.17g, want %.17g", got, want);
}

START_TEST(pairs)
{
    struct avo_paired p;
    const struct avo_paired_row *r;

    ck_assert_int_eq(avo_paired_make(&table, &p, NULL), 0);
    check_counts(find(&p, 0, 1, 0, -1, false), 5, 2, 2, 1);     /* less is better */
    check_counts(find(&p, 0, 1, 1, -1, false), 5, 2, 2, 1);     /* more is, of the negative */
    check_counts(find(&p, 0, 1, 0, 0, false), 3, 1, 1, 1);
    check_counts(find(&p, 0, 1, 0, 1, false), 2, 1, 1, 0);
    check_counts(find(&p, 0, 2, 0, -1, false), 4, 3, 0, 1);     /* one track has no mean */
    check_counts(find(&p, 1, 2, 0, 0, false), 3, 2, 0, 1);
    check_counts(find(&p, 1, 3, 0, 1, false), 2, 1, 1, 0);
    ck_assert_ptr_null(find(&p, 0, 2, 0, 1, false));            /* a single track of z */
    ck_assert_ptr_null(find(&p, 0, 3, 1, -1, false));           /* the constant's is undefined */
    ck_assert_ptr_null(find(&p, 0, 1, 2, -1, false));
    ck_assert_ptr_null(find(&p, 1, 0, 0, -1, false));           /* each pair once */
    ck_assert_ptr_null(find(&p, 2, 3, 0, -1, false));           /* baselines */
    /* scipy 1.10.1: ttest_rel([.5, .25, .5, 8, 4], [.5, .5, .25, 16, 2]) */
    r = find(&p, 0, 1, 0, -1, false);
    near(r->t, -0.6875407996995806);
    near(r->p, 0.5295339066702368);
    near(r->mean_a, 2.65);
    near(r->mean_b, 3.85);
    near(r->mean_diff, -1.2);
    r = find(&p, 0, 1, 1, -1, false);
    near(r->t, 0.6875407996995806);
    near(r->mean_diff, 1.2);
    r = find(&p, 0, 1, 0, 0, false);
    ck_assert(r->mean_diff == 0 && r->t == 0 && r->p == 1);
    avo_paired_release(&p);
    ck_assert(p.rows == NULL && p.n_rows == 0);
    avo_paired_release(NULL);
}
END_TEST

START_TEST(pairs_without_excluded_bins)
{
    struct avo_paired p;
    const struct avo_paired_row *r;
    size_t n;

    ck_assert_int_eq(avo_paired_make(&table, &p, NULL), 0);
    n = p.n_rows;
    avo_paired_release(&p);
    without.cells[1][0][0].all.sse = 99;        /* a win of one over two becomes a loss */
    table.kept = &without;
    ck_assert_int_eq(avo_paired_make(&table, &p, NULL), 0);
    ck_assert_uint_eq(p.n_rows, 2 * n);
    check_counts(find(&p, 0, 1, 0, -1, false), 5, 2, 2, 1);
    check_counts(r = find(&p, 0, 1, 0, -1, true), 5, 2, 3, 0);
    near(r->mean_b, 4.85);
    avo_paired_release(&p);
}
END_TEST

START_TEST(pairs_of_chosen_measures_and_none)
{
    static const bool asked[AVO_MEASURES] = {false, true};
    struct avo_paired p;

    table.measures = asked;
    ck_assert_int_eq(avo_paired_make(&table, &p, NULL), 0);
    ck_assert_ptr_null(find(&p, 0, 1, 0, -1, false));
    ck_assert_ptr_nonnull(find(&p, 0, 1, 1, -1, false));
    avo_paired_release(&p);
    table.n_imputed = 0;
    ck_assert_int_eq(avo_paired_make(&table, &p, NULL), 0);
    ck_assert_uint_eq(p.n_rows, 0);
    table.n_imputed = 2;
    for (size_t t = 0; t < TRACKS; t++)
        chosen.seen[t] = true;
    ck_assert_int_eq(avo_paired_make(&table, &p, NULL), 0);
    ck_assert_uint_eq(p.n_rows, 0);
}
END_TEST

/* ---- what is printed ---- */

enum form { PAIRED = AVO_TABLE_TEXT + 1, JSON };

static int more_parts(struct avo_json *j, void *arg, struct avo_error *err)
{
    if (arg == NULL)
        return avo_error_set(err, "no part");
    avo_json_string(j, "part", arg);
    return 0;
}

static int print_json(struct avo_out *out, void *arg, struct avo_error *err)
{
    static const struct avo_json_input inputs[] = {{"observed", NULL, "o.avo"}};
    static const struct avo_json_pair options[] = {{"--top", "at-least"}};
    struct avo_json_more part = {more_parts, arg};
    struct avo_json_doc d = {.program = "track-eval", .version = "1", .table = &table,
                             .inputs = inputs, .n_inputs = 1, .options = options, .n_options = 1,
                             .parts = &part, .n_parts = 1};
    struct avo_paired p;
    int rc;

    ck_assert_int_eq(avo_paired_make(&table, &p, err), 0);
    d.paired = &p;
    rc = avo_table_print_json(&d, out, err);
    avo_paired_release(&p);
    return rc;
}

static int print_form(int form, struct avo_out *out, struct avo_error *err)
{
    static char part[] = "added";
    struct avo_paired p;
    int rc;

    if (form == JSON)
        return print_json(out, part, err);
    if (form != PAIRED)
        return avo_table_print(&table, (enum avo_table_format)form, out, err);
    ck_assert_int_eq(avo_paired_make(&table, &p, err), 0);
    rc = avo_paired_print(&p, &table, out, err);
    avo_paired_release(&p);
    return rc;
}

static char *print(int form)
{
    struct avo_error err = {0};
    struct avo_out out;
    char *text;
    size_t n;

    ck_assert_int_eq(avo_out_open(&out, path, NULL, &err), 0);
    ck_assert_msg(print_form(form, &out, &err) == 0, "%s", err.msg);
    ck_assert_int_eq(avo_out_finish(&out, &err), 0);
    avo_out_release(&out);
    ck_assert_int_eq(avo_read_text(path, 1 << 20, &text, &n, &err), 0);
    return text;
}

static void has(const char *text, const char *want)
{
    ck_assert_msg(strstr(text, want) != NULL, "no \"%s\" in\n%.1500s", want, text);
}

static void has_not(const char *text, const char *what)
{
    ck_assert_msg(strstr(text, what) == NULL, "\"%s\" in\n%.1500s", what, text);
}

static void begins(const char *text, const char *want)
{
    ck_assert_msg(strncmp(text, want, strlen(want)) == 0, "no \"%s\" first in\n%.1500s", want,
                  text);
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;

    for (; (text = strstr(text, what)) != NULL; text += strlen(what))
        n++;
    return n;
}

START_TEST(wide)
{
    char *s = print(AVO_TABLE_TSV);

    begins(s, "level\tscope\tbins\tcelltype\tassay\trole\tseen\tmethod\tn_tracks\t"
           "n_bins\tn_left_out\terr\tcor\tgone\n");
    has(s, "\ntrack\tgenome\tall\tA\tx\t.\tno\tt%09wo\t1\t100\t10\t0.5\t-0.5\tNA\n");
    has(s, "\ntrack\tchr2\tall\tC\tx\t.\tno\tconst\t1\t3\t3\t104\tNA\tNA\n");
    /* not defined: the bins are those of the methods that are */
    has(s, "\ntrack\tgenome\tall\tB\tz\t.\tno\tmean\t1\t106\t16\tNA\tNA\tNA\n");
    has(s, "\ntrack\tgenome\tall\tD\tx\ttrain\tyes\tone\t1\t104\t14\t0.125\t-0.125\tNA\n");
    has(s, "\nassay\tgenome\tall\t.\tx\t.\tno\tmean\t3\t.\t.\t0.75\t-0.75\tNA\n");
    has(s, "\noverall\tgenome\tall\t.\t.\t.\tno\tone\t5\t.\t.\t2.65\t-2.65\tNA\n");
    has(s, "\noverall\tgenome\tall\t.\t.\t.\tno\tmean\t5\t.\t.\tNA\tNA\tNA\n");
    has(s, "\noverall-paired\tgenome\tall\t.\t.\t.\tno\tmean\t4\t.\t.\t2.5625\t-2.5625\tNA\n");
    has(s, "\noverall\tgenome\tall\t.\t.\t.\tyes\tone\t1\t.\t.\t0.125\t-0.125\tNA\n");
    has_not(s, "\tQ\t");
    /* tracks; no: x, z, z paired, all, all paired; yes: x, all */
    ck_assert_uint_eq(count(s, "\n"), 1 + SCOPES * METHODS * (6 + 5 + 2));
    free(s);
}
END_TEST

/* Also where the first method is not defined, as the mean of a baseline's run. */
START_TEST(bins)
{
    whole.cells[1][6][0].defined = false;
    whole.cells[1][6][0].all.n = 0;
    ck_assert_uint_eq(avo_table_bins(&table, 1, 6), 106);
    for (size_t m = 0; m < METHODS; m++)
        whole.cells[1][6][m].defined = false;
    ck_assert_uint_eq(avo_table_bins(&table, 1, 6), 0);
}
END_TEST

START_TEST(wide_with_excluded_bins)
{
    static const bool asked[AVO_MEASURES] = {true};
    const char *all, *kept, *chrom;
    char *s;

    table.kept = &without;
    table.measures = asked;
    s = print(AVO_TABLE_TSV);
    has(s, "\tn_left_out\terr\n");
    all = strstr(s, "\noverall\tgenome\tall\t.\t.\t.\tno\tone\t5\t.\t.\t2.65\n");
    kept = strstr(s, "\noverall\tgenome\tkept\t.\t.\t.\tno\tone\t5\t.\t.\t3.65\n");
    chrom = strstr(s, "\tchr2\t");
    ck_assert(all != NULL && kept > all && chrom > kept);
    ck_assert_uint_eq(count(s, "\n"), 1 + 2 * SCOPES * METHODS * (6 + 5 + 2));
    free(s);
}
END_TEST

START_TEST(longer)
{
    char *s;

    table.genome = false;
    s = print(AVO_TABLE_LONG);
    begins(s, "level\tscope\tbins\tcelltype\tassay\trole\tseen\tmethod\tn_tracks\t"
           "measure\tvalue\n");
    has(s, "\ntrack\tchr2\tall\tA\tx\t.\tno\tone\t1\terr\t100.5\n");
    has(s, "\nassay-paired\tchr2\tall\t.\tz\t.\tno\tone\t1\terr\t108\n");
    has_not(s, "genome");
    ck_assert_uint_eq(count(s, "\n"), 1 + 3 * METHODS * (6 + 5 + 2));
    free(s);
}
END_TEST

START_TEST(text)
{
    char *s;

    table.kept = &without;
    table.per_chrom = false;
    s = print(AVO_TABLE_TEXT);
    has(s, "all chromosomes, all bins: 100 bins of 25 bp, values in model space (arcsinh)\n");
    has(s, "all chromosomes, without the excluded bins: 100 bins");
    has(s, "\nERR: an error (less is better)\n");
    has(s, "\nLONGER THAN TWO NAMES: a correlation (more is better)\n");
    has_not(s, "GONE");
    has(s, "\none against t%09wo     tracks   won  lost  tied   difference          p\n"
        "ERR                         5     2     2     1         -1.2       0.53\n");
    has(s, "\nwithout the excluded bins:\none against t%09wo  ");
    has(s, "unadjusted for the number of tests");
    has_not(s, "t\two");
    ck_assert_uint_eq(count(s, " against "), 10);
    free(s);
}
END_TEST

START_TEST(paired_table)
{
    char *s = print(PAIRED);

    begins(s, "bins\tassay\tmeasure\tmethod_a\tmethod_b\tn_tracks\twins\tlosses\t"
           "ties\tmean_a\tmean_b\tmean_diff\tt\tp\n");
    has(s, "\nall\t.\terr\tone\tt%09wo\t5\t2\t2\t1\t2.65\t3.85\t-1.2\t-0.6875408\t0.529533907\n");
    has(s, "\nall\tz\terr\tone\tconst\t2\t1\t1\t0\t6\t16.5\t-10.5\t");
    free(s);
}
END_TEST

START_TEST(json)
{
    char *s = print(JSON);

    has(s, "{\n  \"program\": \"track-eval\",\n  \"version\": \"1\",\n  \"inputs\": [\n"
        "    {\"role\": \"observed\",\"name\": null,\"path\": \"o.avo\"}\n  ],\n");
    has(s, "{\n    \"--top\": \"at-least\"\n  },\n");
    has(s, "{\"name\": \"t\\two\",\"kind\": \"imputed\"},");
    has(s, "{\"name\": \"mean\",\"kind\": \"baseline\"},");
    has(s, "{\"name\": \"cor\",\"label\": \"LONGER THAN TWO NAMES\",\"title\": "
        "\"a correlation\",\"better\": \"more\"}");
    has(s, "{\"celltype\": \"D\",\"assay\": \"x\",\"role\": \"train\",\"seen\": true}");
    has(s, "{\"scope\": \"chr2\",\"bins\": \"all\",\"celltype\": \"B\",\"assay\": \"z\","
        "\"method\": \"mean\",\"n_bins\": 6,\"n_left_out\": 6,"
        "\"values\": {\"err\": null,\"cor\": null,"
        "\"gone\": null}}");
    has(s, "{\"scope\": \"genome\",\"bins\": \"all\",\"assay\": null,\"seen\": false,\"paired\": "
        "true,\"method\": \"mean\",\"n_tracks\": 4,\"values\": {\"err\": 2.5625,");
    has(s, "{\"bins\": \"all\",\"assay\": null,\"measure\": \"err\","
        "\"method_a\": \"one\",\"method_b\": "
        "\"t\\two\",\"n_tracks\": 5,\"wins\": 2,\"losses\": 2,\"ties\": 1,\"mean_a\": 2.65,");
    has(s, "\n  ],\n  \"part\": \"added\"\n}\n");
    ck_assert_uint_eq(count(s, "\"scope\": "), SCOPES * METHODS * (6 + 5 + 2));
    free(s);
}
END_TEST

START_TEST(failures)
{
    struct avo_error err = {0};
    struct avo_out out;

    ck_assert_int_eq(avo_out_open(&out, path, NULL, &err), 0);
    ck_assert_int_eq(print_json(&out, NULL, &err), -1);
    ck_assert_str_eq(err.msg, "no part");
    avo_out_release(&out);
    for (int form = AVO_TABLE_TSV; form <= JSON; form++) {
        avo_error_clear(&err);
        ck_assert_int_eq(avo_out_open(&out, "/dev/full", NULL, &err), 0);
        ck_assert(print_form(form, &out, &err) < 0 || avo_out_finish(&out, &err) < 0);
        has(err.msg, "/dev/full: cannot write");
        avo_out_release(&out);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("paired");
    TCase *c = tcase_create("paired");
    SRunner *r = srunner_create(s);
    int failed;

    suite_add_tcase(s, c);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, pairs);
    tcase_add_test(c, pairs_without_excluded_bins);
    tcase_add_test(c, pairs_of_chosen_measures_and_none);
    tcase_add_test(c, wide);
    tcase_add_test(c, bins);
    tcase_add_test(c, wide_with_excluded_bins);
    tcase_add_test(c, longer);
    tcase_add_test(c, text);
    tcase_add_test(c, paired_table);
    tcase_add_test(c, json);
    tcase_add_test(c, failures);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
