/* SPDX-License-Identifier: MIT */
/* check_relations.c: tables of relations, and their scores against plain sums and ranks. */
#include "libcommon/eval/relations.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/rng.h"

enum { BINS = 4000, CHROMS = 2, GENES = 250, TRACKS = 8, SCORED = 5, METHODS = 3, AUX = 3 };

static struct avo_error err;
static struct avo_header h;
static struct avo_elements genes;
static struct avo_scored chosen;
static struct avo_relation_table table;
static struct avo_relations_spec spec;
static float observed[CHROMS][TRACKS][BINS], predicted[CHROMS][SCORED * METHODS][BINS];
static float aux[CHROMS][AUX][BINS];
static uint8_t use[CHROMS][SCORED][BINS];
static bool has[SCORED * METHODS];      /* false: predicted is NULL */
static char path[] = "/tmp/check_relations.XXXXXX";

static const char *const names[TRACKS][2] = {
    {"A", "H3K4me3"}, {"A", "H3K27me3"}, {"A", "H3K36me3"}, {"B", "H3K36me3"},
    {"B", "H3K4me3"}, {"A", "H3K4me1"}, {"C", "H3K27me3"}, {"C", "H3K4me3"}};
static const size_t scored[SCORED] = {0, 2, 3, 4, 6};
static const struct avo_relation_aux aux_names[AUX] = {
    {"A", "H3K4me3"}, {"A", "RNA"}, {"B", "RNAseq"}};

/* ---- made-up signal ---- */

static float draw(uint32_t what, uint32_t column, uint32_t i, uint32_t levels)
{
    struct avo_rng4 r = avo_rng_draw(11, what, i, column, 0, 0);

    return (float)avo_rng_below(r.v[0], levels) / 8 + avo_rng_unit(r.v[1]) * 1e-3f;
}

static void fill_signal(void)
{
    for (uint32_t c = 0; c < CHROMS; c++)
        for (uint32_t i = 0; i < BINS; i++) {
            for (uint32_t t = 0; t < TRACKS; t++)
                observed[c][t][i] = draw(c, t, i, 2 + 5 * t) * (i / 70 % 5 == t % 5 ? 3 : 1);
            for (uint32_t p = 0; p < SCORED * METHODS; p++)
                predicted[c][p][i] = observed[c][scored[p / METHODS]][i] / 2 +
                                     draw(c, 50 + p, i, 4);
            for (uint32_t a = 0; a < AUX; a++)
                aux[c][a][i] = draw(c, 100 + a, i, 9) - observed[c][a][i];
            for (uint32_t k = 0; k < SCORED; k++) {
                use[c][k][i] = avo_rng_draw(3, c, i, k, 0, 0).v[0] % 8 != 0;
                if (!use[c][k][i] && i % 2)
                    observed[c][scored[k]][i] = NAN;
            }
            if (i % 9 == 4)
                observed[c][5][i] = aux[c][1][i] = NAN;
            if (i > 1000 && i < 1200)
                use[c][0][i] = 0;
        }
}

static void add_gene(uint32_t chrom, uint32_t beg, uint32_t end, char strand)
{
    ck_assert_int_eq(avo_grow(&genes.list, &genes.cap, genes.n + 1, sizeof *genes.list, "genes",
                              &err), 0);
    genes.list[genes.n++] = (struct avo_element){beg, end, chrom, strand, 0};
}

/* Sorted by chromosome alone: relations must not lean on more. */
static void fill_genes(void)
{
    const uint32_t len = BINS * 25;

    for (uint32_t i = 0; i < GENES; i++) {
        struct avo_rng4 r = avo_rng_draw(7, 0, i, 0, 0, 0);
        uint32_t beg = r.v[0] % len, end = beg + 1 + r.v[1] % (i % 9 == 0 ? 60000 : 3000);

        add_gene(i >= GENES / 2, beg, end < len ? end : len, i % 17 == 0 ? '.' : "+-"[i % 2]);
    }
    genes.list[3].beg_bp = 0;
}

static void setup(void)
{
    memset(&err, 0, sizeof err);
    memset(&h, 0, sizeof h);
    memset(&genes, 0, sizeof genes);
    h.bin_bp = 25;
    h.mid_bins = 10;
    h.coarse_bins = 200;
    for (int c = 0; c < CHROMS; c++)
        ck_assert_int_eq(avo_header_add_chrom(&h, c ? "chr2" : "chr1", BINS * 25, &err), 0);
    for (int t = 0; t < TRACKS; t++)
        ck_assert_ptr_nonnull(avo_header_add_track(&h, names[t][0], names[t][1], AVO_ROLE_UNSET,
                                                   &err));
    chosen = (struct avo_scored){.n_tracks = TRACKS, .n_scored = SCORED};
    chosen.tracks = calloc(TRACKS, sizeof *chosen.tracks);
    chosen.index = calloc(TRACKS, sizeof *chosen.index);
    chosen.scored = calloc(SCORED, sizeof *chosen.scored);
    for (size_t k = 0; k < SCORED; k++) {
        chosen.scored[k] = scored[k];
        chosen.index[scored[k]] = k;
        chosen.tracks[scored[k]].is_scored = true;
    }
    fill_signal();
    fill_genes();
    for (int p = 0; p < SCORED * METHODS; p++)
        has[p] = true;
    ck_assert_int_eq(avo_relation_table_builtin(&table, &err), 0);
    spec = (struct avo_relations_spec){
        .table = &table, .genes = &genes, .header = &h, .chosen = &chosen, .n_methods = METHODS,
        .aux = aux_names, .n_aux = AUX, .rule = {.upstream_bp = 2000}};
    strcpy(path, "/tmp/check_relations.XXXXXX");
    close(mkstemp(path));
}

static void teardown(void)
{
    avo_relation_table_release(&table);
    avo_scored_release(&chosen);
    avo_elements_release(&genes);
    avo_header_release(&h);
    unlink(path);
}

static void read_table(const char *text)
{
    FILE *f = fopen(path, "w");

    fputs(text, f);
    fclose(f);
    avo_relation_table_release(&table);
    ck_assert_msg(avo_relation_table_read(&table, path, &err) == 0, "%s", err.msg);
}

/* ---- running ---- */

static void add_window(struct avo_relations *r, uint32_t chrom, uint32_t beg, uint32_t end)
{
    const float *x[TRACKS], *y[SCORED * METHODS], *z[AUX];
    const uint8_t *u[SCORED];
    struct avo_window w = {.chrom = chrom, .beg_bin = beg, .n = end - beg, .observed = x,
                           .n_methods = METHODS, .predicted = y, .use = u};

    for (int t = 0; t < TRACKS; t++)
        x[t] = observed[chrom][t] + beg;
    for (int p = 0; p < SCORED * METHODS; p++)
        y[p] = has[p] ? predicted[chrom][p] + beg : NULL;
    for (int k = 0; k < SCORED; k++)
        u[k] = use[chrom][k] + beg;
    for (int a = 0; a < AUX; a++)
        z[a] = avo_relations_needs_aux(r, (size_t)a) ? aux[chrom][a] + beg : NULL;
    ck_assert_int_eq(avo_relations_add(r, &w, z, &err), 0);
}

static struct avo_relations *run(struct avo_pool *pool, uint32_t step)
{
    struct avo_relations *r = avo_relations_new(&spec, pool, &err);

    ck_assert_msg(r != NULL, "%s", err.msg);
    for (uint32_t c = 0; c < CHROMS; c++)
        for (uint32_t beg = 0; beg < BINS; beg += step)
            add_window(r, c, beg, beg + step < BINS ? beg + step : BINS);
    ck_assert_int_eq(avo_relations_finish(r, &err), 0);
    return r;
}

/* ---- the plain way ---- */

/* Bins of a gene's promoter or body by the definition. */
static void plain_region(const struct avo_element *g, enum avo_region_kind kind, long *beg,
                         long *end)
{
    long first = (long)g->beg_bp / 25, last = ((long)g->end_bp - 1) / 25;

    *beg = first;
    *end = last + 1;
    if (kind == AVO_REGION_GENE)
        return;
    *beg = g->strand == '+' ? first - 80 : last + 1;
    *end = g->strand == '+' ? first : last + 81;
    if (g->strand == '.')
        *end = *beg;
    *beg = *beg > 0 ? *beg : 0;
    *end = *end < BINS ? *end : BINS;
}

/* Mean signal of gene g for a track, or NaN. method -1: measured. */
static double plain_mean(size_t g, const char *celltype, const struct avo_relation_term *term,
                         int method)
{
    uint32_t c = genes.list[g].chrom;
    const float *x = NULL;
    const uint8_t *u = NULL;
    long double sum = 0;
    long n = 0, beg, end;

    for (int a = AUX - 1; a >= 0; a--)
        if (strcmp(aux_names[a].celltype, celltype) == 0 &&
            avo_relation_same_assay(aux_names[a].assay, term->assay))
            x = aux[c][a];
    for (size_t t = 0; t < TRACKS; t++)
        if (strcmp(names[t][0], celltype) == 0 && strcmp(names[t][1], term->assay) == 0) {
            x = observed[c][t];
            for (size_t k = 0; k < SCORED; k++)
                if (scored[k] == t) {
                    u = use[c][k];
                    x = method < 0 ? x : predicted[c][k * METHODS + (size_t)method];
                }
        }
    ck_assert_ptr_nonnull(x);
    plain_region(&genes.list[g], term->region, &beg, &end);
    for (long b = beg; b < end; b++)
        if ((u == NULL || u[b]) && !isnan(x[b])) {
            sum += x[b];
            n++;
        }
    return n > 0 ? (double)(sum / n) : NAN;
}

static double plain_rank(const double *x, size_t n, size_t i)
{
    double less = 0, equal = 0;

    for (size_t j = 0; j < n; j++) {
        less += x[j] < x[i];
        equal += x[j] == x[i];
    }
    return less + (equal + 1) / 2;
}

static double plain_spearman(const double *x, const double *y, size_t n)
{
    long double sxx = 0, syy = 0, sxy = 0;

    for (size_t i = 0; i < n; i++) {
        double dx = plain_rank(x, n, i) - ((double)n + 1) / 2;
        double dy = plain_rank(y, n, i) - ((double)n + 1) / 2;

        sxx += dx * dx;
        syy += dy * dy;
        sxy += dx * dy;
    }
    return (double)(sxy / sqrtl(sxx * syy));
}

static void check_row(const struct avo_relation_row *row)
{
    const struct avo_relation *rel = &table.list[row->relation];
    static double mean[3][GENES];
    double score = 0;
    size_t n = 0;

    for (size_t g = 0; g < genes.n; g++) {
        bool whole = true;

        for (size_t i = 0; i < rel->n_terms; i++) {
            mean[i][n] = plain_mean(g, row->celltype, &rel->term[i], row->method);
            whole &= !isnan(mean[i][n]);
        }
        n += whole;
    }
    ck_assert_uint_eq(row->n_genes, n);
    ck_assert_uint_gt(n, 100);
    for (size_t j = 0; j + 1 < rel->n_terms; j++) {
        double rho = plain_spearman(mean[0], mean[j + 1], n);

        ck_assert_msg(fabs(row->rho[j] - rho) < 1e-12, "got %.17g, want %.17g", row->rho[j], rho);
        score += rel->sign[j] == '+' ? rho : rel->sign[j] == '-' ? -rho : -fabs(rho);
    }
    ck_assert_double_eq_tol(row->score, score / (double)(rel->n_terms - 1), 1e-12);
    ck_assert_int_eq(isnan(row->rho[1]) != 0, rel->n_terms == 2);
}

/* ---- scores ---- */

static const char all_kinds[] =
    "assay\tregion\tassay2\tregion2\tsign\tassay3\tregion3\tsign3\n"
    "H3K4me3\tpromoter\tH3K27me3\tpromoter\t-\t.\t.\t.\n"
    "H3K4me1\tpromoter\tH3K27me3\tpromoter\t0\n"
    "H3K36me3\tgene\tRNA-seq\tgene\t+\n"
    "H3K36me3\tgene\tH3K4me3\tpromoter\t+\tH3K27me3\tpromoter\t-\n"
    "H3K4me3\tpromoter\tH3K4me3\tgene\t0\n"
    "H3K4me3\tpromoter\tCTCF\tpromoter\t+\n";

START_TEST(rows_equal_plain_sums)
{
    /* relation, cell type and number of rows with it */
    static const struct { size_t relation; const char *celltype; } want[] = {
        {0, "A"}, {0, "C"}, {2, "A"}, {2, "B"}, {3, "A"}, {4, "A"}, {4, "B"}};
    struct avo_pool *pool = avo_pool_new(2, &err);
    size_t n, n_want = sizeof want / sizeof *want;

    read_table(all_kinds);
    struct avo_relations *r = run(pool, 777);
    const struct avo_relation_row *row = avo_relations_rows(r, &n);

    ck_assert_uint_eq(n, n_want * (METHODS + 1));
    for (size_t i = 0; i < n; i++) {
        ck_assert_uint_eq(row[i].relation, want[i / (METHODS + 1)].relation);
        ck_assert_str_eq(row[i].celltype, want[i / (METHODS + 1)].celltype);
        ck_assert_int_eq(row[i].method, (int)(i % (METHODS + 1)) - 1);
        check_row(&row[i]);
    }
    avo_relations_free(r);
    avo_pool_free(pool);
}
END_TEST

START_TEST(sources)
{
    struct avo_pool *pool = avo_pool_new(1, &err);
    size_t n;

    read_table(all_kinds);
    struct avo_relations *r = run(pool, BINS);
    const struct avo_relation_row *row = avo_relations_rows(r, &n);

    ck_assert(!avo_relations_needs_aux(r, 0));      /* observed comes before it */
    ck_assert(avo_relations_needs_aux(r, 1) && avo_relations_needs_aux(r, 2));
    for (size_t i = 0; i < n; i++) {
        enum avo_relation_source own = row[i].method < 0 ? AVO_FROM_OBSERVED : AVO_FROM_PREDICTED;

        if (row[i].relation == 0 && *row[i].celltype == 'A') {
            ck_assert_int_eq(row[i].source[0], own);
            ck_assert_int_eq(row[i].source[1], AVO_FROM_OBSERVED);     /* not scored */
        }
        if (row[i].relation == 2) {
            ck_assert_int_eq(row[i].source[0], own);
            ck_assert_int_eq(row[i].source[1], AVO_FROM_AUX);
        }
    }
    avo_relations_free(r);
    avo_pool_free(pool);
}
END_TEST

/* To the last bit, wherever windows are cut and whoever computes. */
START_TEST(windows_and_threads_do_not_matter)
{
    static const uint32_t steps[] = {BINS, 1000, 333, 80, 7};
    struct avo_relation_row first[64];
    size_t n_first = 0;

    read_table(all_kinds);
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        struct avo_pool *pool = avo_pool_new(s % 2 ? 4 : 1, &err);
        struct avo_relations *r = run(pool, steps[s]);
        size_t n;
        const struct avo_relation_row *row = avo_relations_rows(r, &n);

        ck_assert_uint_le(n, 64);
        if (s == 0)
            memcpy(first, row, n * sizeof *row);
        n_first = s == 0 ? n : n_first;
        ck_assert_uint_eq(n, n_first);
        for (size_t i = 0; i < n; i++) {
            ck_assert_uint_eq(row[i].n_genes, first[i].n_genes);
            ck_assert_int_eq(memcmp(row[i].rho, first[i].rho, sizeof row[i].rho), 0);
            ck_assert_int_eq(memcmp(&row[i].score, &first[i].score, sizeof row[i].score), 0);
        }
        avo_relations_free(r);
        avo_pool_free(pool);
    }
}
END_TEST

START_TEST(missing_predictions_and_assays)
{
    struct avo_pool *pool = avo_pool_new(1, &err);
    size_t n;

    has[1 * METHODS + 2] = false;       /* A H3K36me3 by the third method */
    read_table("assay\tregion\tassay2\tregion2\tsign\n"
               "H3K36me3\tgene\tH3K4me3\tgene\t+\n");
    struct avo_relations *r = run(pool, 500);
    const struct avo_relation_row *row = avo_relations_rows(r, &n);
    ck_assert_uint_eq(n, METHODS + METHODS + 1);
    for (size_t i = 0; i < n; i++)
        ck_assert(*row[i].celltype == 'B' || row[i].method < 2);
    avo_relations_free(r);

    read_table("assay\tregion\tassay2\tregion2\tsign\n"
               "H3K4me1\tgene\tH3K27me3\tgene\t+\n"        /* A: neither is scored */
               "H3K36me3\tgene\tH3K9me3\tgene\t+\n");      /* nobody has H3K9me3 */
    r = run(pool, 500);
    avo_relations_rows(r, &n);
    ck_assert_uint_eq(n, 0);
    avo_relations_free(r);
    avo_pool_free(pool);
}
END_TEST

/* Signal that ascends along the chromosomes: every rho is 1 or -1. Then constant columns, and too
 * few genes. */
START_TEST(signs_and_undefined)
{
    struct avo_pool *pool = avo_pool_new(1, &err);
    static const double want[] = {1, -1, -1, -1, 1, -1, 0};
    size_t n;

    for (int c = 0; c < CHROMS; c++)
        for (int i = 0; i < BINS; i++)
            for (int m = 0; m < METHODS; m++) {
                use[c][1][i] = use[c][0][i] = 1;
                predicted[c][m][i] = (float)(c * BINS + i) / 64;
                predicted[c][METHODS + m][i] = m == 0 ? predicted[c][m][i]
                                             : m == 1 ? 9 - predicted[c][m][i] : 0.1f;
            }
    genes.n = 0;
    for (uint32_t i = 0; i < 60; i++)
        add_gene(i / 30, i % 30 * 3000 + 10, i % 30 * 3000 + 75 + 10 * i, '+');
    read_table("assay\tregion\tassay2\tregion2\tsign\n"
               "H3K4me3\tgene\tH3K36me3\tgene\t+\n"
               "H3K4me3\tgene\tH3K36me3\tgene\t-\n"
               "H3K4me3\tgene\tH3K36me3\tgene\t0\n");
    for (int few = 0; few < 2; few++) {
        genes.n = few ? 2 : 60;
        struct avo_relations *r = run(pool, 901);
        const struct avo_relation_row *row = avo_relations_rows(r, &n);

        ck_assert_uint_eq(n, 2 * 3 * (METHODS + 1));        /* cell types A and B */
        for (size_t i = 0; i < n; i++) {
            if (*row[i].celltype != 'A')
                continue;
            ck_assert_uint_eq(row[i].n_genes, genes.n);
            if (row[i].method == 2 || few)
                ck_assert(isnan(row[i].score) && isnan(row[i].rho[0]));
            else if (row[i].method >= 0)
                ck_assert_double_eq(row[i].score,
                                    want[row[i].relation + 3 * (size_t)row[i].method]);
        }
        avo_relations_free(r);
    }
    avo_pool_free(pool);
}
END_TEST

/* ---- tables ---- */

START_TEST(builtin_table)
{
    static const char *const want[] = {
        "H3K4me3 promoter / H3K27me3 promoter -", "H3K4me1 promoter / H3K27me3 promoter 0",
        "H3K36me3 gene / RNA-seq gene +", "H3K36me3 gene / H3K4me3 promoter +",
        "H3K36me3 gene / H3K27me3 promoter -"};

    ck_assert_uint_eq(table.n, 5);
    for (size_t i = 0; i < table.n; i++) {
        char *s = avo_relation_format(&table.list[i], &err);
        ck_assert_str_eq(s, want[i]);
        free(s);
    }
}
END_TEST

START_TEST(read_tables)
{
    read_table("# made up\r\n\r\nassay\tregion\tassay2\tregion2\tsign\tassay3\tregion3\tsign3\r\n"
               "A b\tgene\tC\tpromoter\t0\tD\tgene\t-\r\n#\nA\tpromoter\tA\tgene\t+\t.\t.\t.");
    ck_assert_uint_eq(table.n, 2);
    char *s = avo_relation_format(&table.list[0], &err);
    ck_assert_str_eq(s, "A b gene / C promoter 0 / D gene -");
    free(s);
    ck_assert_uint_eq(table.list[1].n_terms, 2);
    ck_assert(avo_relation_same_assay("RNA", "RNA-seq") && avo_relation_same_assay("CTCF", "CTCF"));
    ck_assert(!avo_relation_same_assay("RNA-seq", "rna-seq"));
    ck_assert(!avo_relation_same_assay("H3K4me1", "H3K4me3"));
    ck_assert(!avo_relation_same_assay("RNA", "CTCF") && !avo_relation_same_assay("CTCF", "RNA"));
}
END_TEST

START_TEST(bad_tables)
{
    static const char head[] = "assay\tregion\tassay2\tregion2\tsign\n";
    static const struct { const char *line, *want; } cases[] = {
        {"", ": no relations"}, {"A\tgene\tB\tgene\n", ":2: want 5 or 8"},
        {"A\tgene\tB\tgene\t+\tC\n", ":2: want 5 or 8"},
        {"A\tgene\tB\tgene\t+\tC\tgene\t-\tx\n", ":2: want 5 or 8 tab-separated columns, got 9"},
        {"A\tgene\tB\tgene\t+\nA\tbody\tB\tgene\t+\n", ":3: region \"body\""},
        {"A\tgene\tB\tgene\tpos\n", ":2: sign \"pos\""}, {"A\tgene\tB\tgene\t\n", ":2: sign \"\""},
        {"A\tgene\tB\tgene\t+\tC\tgene\t.\n", ":2: assay3, region3 and sign3"},
        {"A\tgene\tB\tgene\t+\tC\tgene\t1\n", ":2: sign \"1\""},
        {"\tgene\tB\tgene\t+\n", ":2: the name of an assay"},
        {".\tgene\tB\tgene\t+\n", ":2: the name of an assay"},
        {"A\tgene\tB\tgene\t+\tA\tgene\t-\n", ":2: \"A\" in the region gene comes twice"},
        {"RNA\tgene\tRNA-seq\tgene\t+\n", ":2: \"RNA-seq\" in the region gene comes twice"}};

    for (size_t i = 0; i <= sizeof cases / sizeof *cases; i++) {
        bool last = i == sizeof cases / sizeof *cases;
        const char *want = last ? ":1: not the header line" : cases[i].want;
        FILE *f = fopen(path, "w");

        fprintf(f, "%s%s", last ? "A\tgene\tB\tgene\t+\n" : head, last ? "" : cases[i].line);
        fclose(f);
        memset(&err, 0, sizeof err);
        avo_relation_table_release(&table);
        ck_assert_int_eq(avo_relation_table_read(&table, path, &err), -1);
        ck_assert_ptr_null(table.list);
        ck_assert_msg(strstr(err.msg, want) != NULL, "\"%s\" lacks \"%s\"", err.msg, want);
        ck_assert_msg(strncmp(err.msg, path, strlen(path)) == 0, "%s", err.msg);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("relations");
    TCase *tc = tcase_create("relations");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, rows_equal_plain_sums);
    tcase_add_test(tc, sources);
    tcase_add_test(tc, windows_and_threads_do_not_matter);
    tcase_add_test(tc, missing_predictions_and_assays);
    tcase_add_test(tc, signs_and_undefined);
    tcase_add_test(tc, builtin_table);
    tcase_add_test(tc, read_tables);
    tcase_add_test(tc, bad_tables);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
