/* SPDX-License-Identifier: MIT */
/* relations.c: mean signal of genes, window by window, and the rank correlations between them. */
#include "libcommon/eval/relations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/eval/relations_plan.h"

enum { MIN_GENES = 3, KINDS = 2 };      /* promoters and gene bodies */

/* The bins of a gene's region; sorted, with the furthest end so far on the chromosome. */
struct region { uint32_t chrom, beg, end, gene, max_end; };
/* The part of it in the window at hand: bins [beg, end) of the window. */
struct part { uint32_t gene, beg, end; };

struct regions {
    struct region *list;        /* [n] */
    struct part *parts;         /* [n_parts] of the window at hand */
    size_t n, n_parts, cap_parts;
};

/* Of one worker, for one row. */
struct scratch {
    double *mean[3];            /* [genes] of each term */
    struct value { double v; size_t at; } *sorted;
    double *rank[2];            /* twice the midrank */
};

struct avo_relations {
    struct avo_relations_spec spec;
    struct avo_pool *pool;
    struct avo_rel_plan plan;
    struct regions regions[KINDS];          /* by enum avo_region_kind */
    struct avo_relation_row *rows;          /* [n_rows] after finish */
    size_t n_rows;
    struct scratch *scratch;                /* [pool size] in finish */
};

/* ---- regions ---- */

static int region_cmp(const void *pa, const void *pb)
{
    const struct region *a = pa, *b = pb;

    if (a->chrom != b->chrom)
        return a->chrom < b->chrom ? -1 : 1;
    if (a->beg != b->beg)
        return a->beg < b->beg ? -1 : 1;
    return a->gene < b->gene ? -1 : a->gene > b->gene;
}

static int make_regions(struct regions *r, const struct avo_relations_spec *s,
                        enum avo_region_kind kind, struct avo_error *err)
{
    struct avo_region_rule rule = s->rule;
    const struct avo_elements *genes = s->genes;

    rule.kind = kind;
    r->list = avo_alloc(genes->n, sizeof *r->list, "regions of genes", err);
    if (!r->list)
        return -1;
    for (size_t i = 0; i < genes->n; i++) {
        struct region x = {.chrom = genes->list[i].chrom, .gene = (uint32_t)i};

        if (avo_element_bins(s->header, &genes->list[i], &rule, &x.beg, &x.end))
            r->list[r->n++] = x;
    }
    qsort(r->list, r->n, sizeof *r->list, region_cmp);
    for (size_t i = 0; i < r->n; i++) {
        struct region *x = &r->list[i], *last = i > 0 ? x - 1 : NULL;
        bool further = last && last->chrom == x->chrom && last->max_end > x->end;

        x->max_end = further ? last->max_end : x->end;
    }
    return 0;
}

/* The first region that can reach beyond bin beg of chrom: max_end ascends along a chromosome. */
static size_t first_region(const struct regions *r, uint32_t chrom, uint32_t beg)
{
    size_t lo = 0, hi = r->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct region *x = &r->list[mid];

        if (x->chrom < chrom || (x->chrom == chrom && x->max_end <= beg))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static int find_parts(struct regions *r, const struct avo_window *w, struct avo_error *err)
{
    uint32_t w_end = w->beg_bin + w->n;

    r->n_parts = 0;
    for (size_t i = first_region(r, w->chrom, w->beg_bin); i < r->n; i++) {
        const struct region *x = &r->list[i];

        if (x->chrom != w->chrom || x->beg >= w_end)
            break;
        if (x->end <= w->beg_bin)
            continue;
        if (avo_grow(&r->parts, &r->cap_parts, r->n_parts + 1, sizeof *r->parts,
                     "regions of genes", err))
            return -1;
        uint32_t beg = x->beg > w->beg_bin ? x->beg : w->beg_bin;
        uint32_t end = x->end < w_end ? x->end : w_end;
        r->parts[r->n_parts++] = (struct part){x->gene, beg - w->beg_bin, end - w->beg_bin};
    }
    return 0;
}

/* ---- sums ---- */

struct adding {
    struct avo_relations *r;
    const struct avo_window *w;
    const float *const *aux;
};

static const float *column_values(const struct adding *a, const struct avo_rel_column *c)
{
    switch (c->source) {
    case AVO_FROM_OBSERVED:
        return a->w->observed[c->index];
    case AVO_FROM_PREDICTED:
        return a->w->predicted[c->index];
    case AVO_FROM_AUX:
        break;
    }
    return a->aux ? a->aux[c->index] : NULL;
}

/* Bin after bin, also from one window to the next: differences of sums that run over the whole
 * window would depend on where it began, and make unequal what is equal, as two genes of a constant
 * track are. */
static void add_column(void *arg, int i, int worker)
{
    const struct adding *a = arg;
    struct avo_rel_column *c = &a->r->plan.columns[i];
    const struct regions *regions = &a->r->regions[c->region];
    const float *x = column_values(a, c);
    const uint8_t *use = c->scored != SIZE_MAX ? a->w->use[c->scored] : NULL;

    (void)worker;
    if (!x)
        return;
    c->given = true;
    for (size_t p = 0; p < regions->n_parts; p++) {
        const struct part *part = &regions->parts[p];
        double sum = c->sum[part->gene];
        uint32_t n = 0;

        for (uint32_t b = part->beg; b < part->end; b++) {
            if ((use && !use[b]) || isnan(x[b]))
                continue;
            sum += (double)x[b];
            n++;
        }
        c->sum[part->gene] = sum;
        c->count[part->gene] += n;
    }
}

int avo_relations_add(struct avo_relations *r, const struct avo_window *w,
                      const float *const *aux, struct avo_error *err)
{
    struct adding a = {r, w, aux};

    for (int k = 0; k < KINDS; k++)
        if (find_parts(&r->regions[k], w, err))
            return -1;
    avo_pool_run(r->pool, (int)r->plan.n_columns, add_column, &a);
    return 0;
}

/* ---- correlations ---- */

static int value_cmp(const void *pa, const void *pb)
{
    double a = ((const struct value *)pa)->v, b = ((const struct value *)pb)->v;

    return a < b ? -1 : a > b;
}

/* rank [n]: twice the midrank of x [n]. */
static void midranks(const double *x, size_t n, struct value *sorted, double *rank)
{
    size_t beg = 0;

    for (size_t i = 0; i < n; i++)
        sorted[i] = (struct value){x[i], i};
    qsort(sorted, n, sizeof *sorted, value_cmp);
    while (beg < n) {
        size_t end = beg + 1;

        while (end < n && sorted[end].v <= sorted[beg].v)
            end++;
        for (size_t i = beg; i < end; i++)
            rank[sorted[i].at] = (double)(beg + 1 + end);
        beg = end;
    }
}

static double spearman(const double *x, const double *y, size_t n, struct scratch *s)
{
    double sxx = 0, syy = 0, sxy = 0, mean = (double)(n + 1);

    if (n < MIN_GENES)
        return NAN;
    midranks(x, n, s->sorted, s->rank[0]);
    midranks(y, n, s->sorted, s->rank[1]);
    for (size_t i = 0; i < n; i++) {
        double dx = s->rank[0][i] - mean, dy = s->rank[1][i] - mean;

        sxx += dx * dx;
        syy += dy * dy;
        sxy += dx * dy;
    }
    if (!(sxx > 0) || !(syy > 0))
        return NAN;
    return fmax(-1, fmin(1, sxy / sqrt(sxx * syy)));
}

/* Means of the genes that have bins in every region of the row; returns how many. */
static size_t gather(const struct avo_relations *r, const struct avo_rel_entry *e, size_t n_terms,
                     struct scratch *s)
{
    size_t n = 0;

    for (size_t g = 0; g < r->spec.genes->n; g++) {
        bool whole = true;

        for (size_t i = 0; i < n_terms; i++) {
            const struct avo_rel_column *c = &r->plan.columns[e->column[i]];

            s->mean[i][n] = c->count[g] > 0 ? c->sum[g] / c->count[g] : NAN;
            whole &= !isnan(s->mean[i][n]);
        }
        n += whole;
    }
    return n;
}

static double partner_score(double rho, char sign)
{
    return sign == '+' ? rho : sign == '-' ? 0 - rho : 0 - fabs(rho);
}

static void score_entry(void *arg, int i, int worker)
{
    struct avo_relations *r = arg;
    struct avo_rel_entry *e = &r->plan.entries[i];
    const struct avo_relation *relation = &r->spec.table->list[e->row.relation];
    struct scratch *s = &r->scratch[worker];
    size_t n = gather(r, e, relation->n_terms, s), n_partners = relation->n_terms - 1;
    double sum = 0;

    e->row.n_genes = n;
    e->row.rho[1] = NAN;
    for (size_t j = 0; j < n_partners; j++) {
        e->row.rho[j] = spearman(s->mean[0], s->mean[j + 1], n, s);
        sum += partner_score(e->row.rho[j], relation->sign[j]);
    }
    e->row.score = sum / (double)n_partners;
}

static void release_scratch(struct avo_relations *r)
{
    for (int w = 0; r->scratch && w < avo_pool_size(r->pool); w++) {
        struct scratch *s = &r->scratch[w];

        for (int i = 0; i < 3; i++)
            free(s->mean[i]);
        free(s->sorted);
        free(s->rank[0]);
        free(s->rank[1]);
    }
    free(r->scratch);
    r->scratch = NULL;
}

static int make_scratch(struct avo_relations *r, struct avo_error *err)
{
    size_t n = r->spec.genes->n, n_workers = (size_t)avo_pool_size(r->pool);

    r->scratch = avo_alloc(n_workers, sizeof *r->scratch, "rank space", err);
    for (size_t w = 0; r->scratch && w < n_workers; w++) {
        struct scratch *s = &r->scratch[w];

        for (int i = 0; i < 3; i++)
            if (!(s->mean[i] = avo_alloc(n, sizeof **s->mean, "rank space", err)))
                return -1;
        s->sorted = avo_alloc(n, sizeof *s->sorted, "rank space", err);
        for (int i = 0; i < 2; i++)
            s->rank[i] = avo_alloc(n, sizeof **s->rank, "rank space", err);
        if (!s->sorted || !s->rank[0] || !s->rank[1])
            return -1;
    }
    return r->scratch ? 0 : -1;
}

static bool is_given(const struct avo_relations *r, const struct avo_rel_entry *e)
{
    for (size_t i = 0; i < r->spec.table->list[e->row.relation].n_terms; i++)
        if (!r->plan.columns[e->column[i]].given)
            return false;
    return true;
}

int avo_relations_finish(struct avo_relations *r, struct avo_error *err)
{
    int rc = make_scratch(r, err);

    if (rc == 0)
        avo_pool_run(r->pool, (int)r->plan.n_entries, score_entry, r);
    release_scratch(r);
    for (size_t i = 0; rc == 0 && i < r->plan.n_entries; i++)
        if (is_given(r, &r->plan.entries[i]))
            r->rows[r->n_rows++] = r->plan.entries[i].row;
    return rc;
}

/* ---- life ---- */

static int start(struct avo_relations *r, struct avo_error *err)
{
    size_t n = r->spec.genes->n;

    if (avo_rel_plan_make(&r->plan, &r->spec, err) ||
        make_regions(&r->regions[AVO_REGION_PROMOTER], &r->spec, AVO_REGION_PROMOTER, err) ||
        make_regions(&r->regions[AVO_REGION_GENE], &r->spec, AVO_REGION_GENE, err))
        return -1;
    for (size_t i = 0; i < r->plan.n_columns; i++) {
        struct avo_rel_column *c = &r->plan.columns[i];

        c->sum = avo_alloc(n, sizeof *c->sum, "sums of genes", err);
        c->count = avo_alloc(n, sizeof *c->count, "sums of genes", err);
        if (!c->sum || !c->count)
            return -1;
    }
    r->rows = avo_alloc(r->plan.n_entries, sizeof *r->rows, "rows of relations", err);
    return r->rows ? 0 : -1;
}

struct avo_relations *avo_relations_new(const struct avo_relations_spec *spec,
                                        struct avo_pool *pool, struct avo_error *err)
{
    struct avo_relations *r = avo_alloc(1, sizeof *r, "relations", err);

    if (!r)
        return NULL;
    r->spec = *spec;
    r->pool = pool;
    if (start(r, err)) {
        avo_relations_free(r);
        return NULL;
    }
    return r;
}

void avo_relations_free(struct avo_relations *r)
{
    if (!r)
        return;
    avo_rel_plan_release(&r->plan);
    for (int k = 0; k < KINDS; k++) {
        free(r->regions[k].list);
        free(r->regions[k].parts);
    }
    free(r->rows);
    free(r);
}

size_t avo_relations_planned(const struct avo_relations *r)
{
    return r->plan.n_entries;
}

bool avo_relations_needs_aux(const struct avo_relations *r, size_t i)
{
    for (size_t c = 0; c < r->plan.n_columns; c++)
        if (r->plan.columns[c].source == AVO_FROM_AUX && r->plan.columns[c].index == i)
            return true;
    return false;
}

const struct avo_relation_row *avo_relations_rows(const struct avo_relations *r, size_t *n)
{
    *n = r->n_rows;
    return r->rows;
}
