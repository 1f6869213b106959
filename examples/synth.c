/* SPDX-License-Identifier: MIT */
/* synth.c: realistic tracks from a seed.
 *
 * A chromosome gets genes with promoters, enhancers, Polycomb domains and heterochromatin. An
 * element is active in a cell type by a logistic function of its own level plus a product of
 * N_PROGRAM loadings with the cell type's: few programs, shared by all elements, so that what one
 * assay shows in a cell type says something about the others. An assay sees elements through its
 * row of `assays`. A track is made the way a peak caller makes it: fragments of 200 bp fall on the
 * 25-bp bins with background and enrichment, are piled up, and the value is -log10 of the Poisson
 * probability of more than that pile-up under the background, with three decimals.
 *
 * What was matched, before any model was trained on it: the 20 Roadmap tracks of the ENCODE pilot
 * regions (five cell types, five histone marks, hg19, -log10 p). Ranges over tracks, Roadmap's
 * against eight cell types and six assays on 2 Mbp (made here in brackets):
 *   median 0.04-0.27 (0.12-0.44), 90% 0.4-1.8 (0.7-3.4), 99% 1.7-34 (2.3-48), greatest 10-325
 *   (8-436): callers' step-like values, tails by assay, scale by the cell type's depth;
 *   variance in arcsinh space 0.07-0.43 (0.11-0.72);
 *   autocorrelation there at 25 bp 0.87-0.98 (0.91-0.99), 250 bp 0.21-0.80 (0.20-0.82), 1 kbp
 *   0.14-0.66 (0.05-0.79), 5 kbp 0.02-0.51 (0-0.68), least for sharp, greatest for broad marks;
 *   one assay between cell types 0.42-0.64 for H3K4me3 (0.52-0.73), 0.29-0.53 for H3K36me3
 *   (0.07-0.50), 0.12-0.40 for the others (0-0.7);
 *   between assays of one cell type -0.09 to 0.29, once 0.43 (-0.13 to 0.52).
 * The mean over the other cell types errs 0.82 times what the track's own mean does there, 0.60 to
 * 0.75 times here. */
#include "examples/synth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/rng.h"

#define CAUTION 2.0     /* callers take the largest of several local backgrounds */

struct assay { const char *name; double fold[N_SHAPE]; };

/* Enrichment over background at full activity. */
static const struct assay assays[N_ASSAY_NAMES] = {
    /*             sharp flank narrow enh  enhn body start poly biv het */
    { "H3K4me3",  { 16,  1,    0,     2,   0,   0,   0,    0,   5,  0 } },
    { "H3K4me1",  { 0,   8,    0,     10,  0,   0.5, 0,    0,   1,  0 } },
    { "H3K36me3", { 0,   0,    0,     0,   0,   4,   0,    0,   0,  0 } },
    { "H3K27me3", { 0,   0,    0,     0,   0,   0,   0,    5,   6,  0 } },
    { "H3K9me3",  { 0,   0,    0,     0,   0,   0,   0,    0,   0,  5 } },
    { "DNase",    { 3,   0,    40,    1.5, 28,  0,   0,    0,   0,  0 } },
    { "H3K27ac",  { 14,  3,    0,     18,  0,   0,   0.8,  0,   0,  0 } },
    { "H3K9ac",   { 15,  2,    0,     5,   0,   0,   0.6,  0,   0,  0 } },
    { "H3K4me2",  { 10,  12,   0,     9,   0,   0,   0,    0,   3,  0 } },
    { "H2A.Z",    { 12,  3,    0,     8,   0,   0,   0,    0,   6,  0 } },
    { "H3K79me2", { 3,   3,    0,     1,   0,   1,   8,    0,   0,  0 } },
    { "H4K20me1", { 0,   0,    0,     0,   0,   2.5, 3,    1.2, 0,  0 } },
};

/* ---- draws ---- */

static double unit(const struct world *w, enum synth_draw purpose, uint32_t a, uint32_t b,
                   uint32_t c)
{
    struct avo_rng4 r = avo_rng_draw((uint32_t)w->seed, (uint32_t)(w->seed >> 32)
                                     ^ (uint32_t)purpose << 16, a, b, c, (uint32_t)purpose);
    return (avo_rng_unit(r.v[0]) + avo_rng_unit(r.v[1]) / 16777216.0) + 0x1p-50;
}

static double normal(const struct world *w, enum synth_draw purpose, uint32_t a, uint32_t b,
                     uint32_t c)
{
    struct avo_rng4 r = avo_rng_draw((uint32_t)w->seed, (uint32_t)(w->seed >> 32)
                                     ^ (uint32_t)purpose << 16, a, b, c, ~(uint32_t)purpose);
    double u = ((double)r.v[0] + 0.5) / 4294967296.0, v = ((double)r.v[1] + 0.5) / 4294967296.0;
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* Poisson by inversion; normal approximation above 30. */
static unsigned poisson(double mean, double u)
{
    if (mean > 30) {
        /* Winitzki's inverse error function is good to 0.1% */
        double x = 2 * u - 1, l = log(fmax(1 - x * x, 1e-300)), t = 4.330746750799873 + l / 2;
        double z = sqrt(fmax(0, sqrt(t * t - l / 0.147) - t)) * (x < 0 ? -1.4142135623730951
                                                                  : 1.4142135623730951);
        return (unsigned)fmax(0, floor(mean + sqrt(mean) * z + 0.5));
    }
    double p = exp(-mean), sum = p;
    unsigned k = 0;
    while (u > sum && k < 200) {
        p *= mean / ++k;
        sum += p;
    }
    return k;
}

/* -log10 P(X >= k) for X ~ Poisson(mean), k at least 1. */
static double poisson_tail(unsigned k, double mean)
{
    double log_p = k * log(mean) - mean - lgamma(k + 1.0), term = 1, sum = 1;
    if (k > mean) {
        for (unsigned i = 1; i < 1000 && term > 1e-6 * sum; i++) {
            term *= mean / (k + i);
            sum += term;
        }
        return -(log_p + log(sum)) / 2.302585092994046;
    }
    double below = 0;               /* P(X < k), from k - 1 down */
    term = exp(log_p) * k / mean;
    for (unsigned i = k; i > 0 && term > 0; i--) {
        below += term;
        term *= (i - 1) / mean;
    }
    return -log10(fmax(1 - below, 1e-12));
}

/* ---- the genome ---- */

static struct element *add_element(struct world *w, enum kind kind, uint32_t chrom, double beg,
                                   double end, struct avo_error *err)
{
    double len = (double)w->h.chroms[chrom].len_bp;
    if (avo_grow(&w->elements, &w->cap, w->n_elements + 1, sizeof *w->elements, "elements", err))
        return NULL;
    struct element *e = &w->elements[w->n_elements];
    e->kind = kind;
    e->chrom = chrom;
    e->beg_bp = (uint32_t)fmin(fmax(beg, 0), len);
    e->end_bp = (uint32_t)fmin(fmax(end, 0), len);
    e->strength = exp(0.5 * normal(w, DRAW_LOAD, (uint32_t)w->n_elements, 99, 0));
    for (uint32_t k = 0; k < N_PROGRAM; k++)
        e->load[k] = normal(w, DRAW_LOAD, (uint32_t)w->n_elements, k, 0);
    w->n_elements++;
    return e;
}

/* Genes at log-normal distances with log-normal lengths; half have a promoter that most cell types
 * use. */
static int add_genes(struct world *w, uint32_t chrom, struct avo_error *err)
{
    double len = (double)w->h.chroms[chrom].len_bp;
    double at = 4000 + 20000 * unit(w, DRAW_GENE, chrom, 0, 9);
    for (uint32_t i = 0; at < len - 5000; i++) {
        double size = fmin(exp(9.4 + 0.9 * normal(w, DRAW_GENE, chrom, i, 0)), 250000);
        struct element *e = add_element(w, GENE, chrom, at, at + fmax(size, 1500), err);
        if (!e)
            return -1;
        e->minus = unit(w, DRAW_GENE, chrom, i, 1) < 0.5;
        e->level = unit(w, DRAW_GENE, chrom, i, 2) < 0.5 ? 0.8 : -2;
        at = e->end_bp + exp(9.6 + 1.0 * normal(w, DRAW_GENE, chrom, i, 3));
    }
    return 0;
}

/* The gene of the chromosome nearest to a place, or NULL. */
static const struct element *nearest_gene(const struct world *w, uint32_t chrom, double bp)
{
    const struct element *best = NULL;
    double least = 1e18;
    for (size_t i = 0; i < w->n_elements; i++) {
        const struct element *e = &w->elements[i];
        double d = fabs((e->minus ? e->end_bp : e->beg_bp) - bp);
        if (e->kind == GENE && e->chrom == chrom && d < least) {
            least = d;
            best = e;
        }
    }
    return best;
}

/* own * own loadings + share * the nearest gene's: neighbours take part in the same programs. */
static void couple(const struct world *w, struct element *e, double own, double share)
{
    const struct element *g = nearest_gene(w, e->chrom, 0.5 * ((double)e->beg_bp + e->end_bp));
    for (int k = 0; k < N_PROGRAM; k++)
        e->load[k] = own * e->load[k] + (g ? share * g->load[k] : 0);
    if (e->kind == DOMAIN_POLYCOMB && g)
        e->level -= 0.5 * g->level;
}

static int add_others(struct world *w, uint32_t chrom, struct avo_error *err)
{
    double len = (double)w->h.chroms[chrom].len_bp, at = 3000;
    struct element *e;
    for (uint32_t i = 0; at < len; i++) {
        double size = 300 + 1400 * unit(w, DRAW_ENHANCER, chrom, i, 0);
        if (!(e = add_element(w, ENHANCER, chrom, at, at + size, err)))
            return -1;
        e->level = -1.6 + 0.8 * normal(w, DRAW_ENHANCER, chrom, i, 1);
        couple(w, e, 1.2, 0.9);
        at += size + exp(8.8 + 0.9 * normal(w, DRAW_ENHANCER, chrom, i, 2));
    }
    at = 20000 * unit(w, DRAW_DOMAIN, chrom, 0, 9);
    for (uint32_t i = 0; at < len; i++) {
        bool poly = unit(w, DRAW_DOMAIN, chrom, i, 0) < 0.6;
        double size = exp((poly ? 10.0 : 9.2) + 0.8 * normal(w, DRAW_DOMAIN, chrom, i, 1));
        e = add_element(w, poly ? DOMAIN_POLYCOMB : DOMAIN_HETERO, chrom, at, at + size, err);
        if (!e)
            return -1;
        e->level = poly ? -1.3 : -0.9 + 0.8 * normal(w, DRAW_DOMAIN, chrom, i, 2);
        couple(w, e, 0.8, poly ? -0.9 : 0);
        at += size + exp(9.8 + 0.9 * normal(w, DRAW_DOMAIN, chrom, i, 3));
    }
    return 0;
}

/* A cell type's share in program k: its lineage's (three cell types each) and its own. */
static double celltype_load(const struct world *w, uint32_t c, uint32_t k)
{
    return 0.9 * normal(w, DRAW_LINEAGE, c / 3, k, 0) + 0.7 * normal(w, DRAW_CELL, c, k, 0);
}

static double activity(const struct world *w, uint32_t i_element, uint32_t c)
{
    const struct element *e = &w->elements[i_element];
    double x = e->level + 0.3 * normal(w, DRAW_ACTIVITY, i_element, c, 0);
    for (uint32_t k = 0; k < N_PROGRAM; k++)
        x += 1.1 * e->load[k] * celltype_load(w, c, k);
    return 1 / (1 + exp(-1.5 * x));
}

/* ---- one track ---- */

/* Adds height to the bins of [beg, end), with edges that fall off over `edge` bp; slope raises it
 * linearly from 1 - slope at the first to 1 + slope at the last base. */
static void add_bump(float *rate, uint32_t n_bins, const double place[2], double edge,
                     double height, double slope)
{
    double len = place[1] - place[0];
    int64_t first = (int64_t)floor((place[0] - 3 * edge) / BIN_BP);
    int64_t last = (int64_t)ceil((place[1] + 3 * edge) / BIN_BP);
    if (height <= 0)
        return;
    for (int64_t b = first < 0 ? 0 : first; b < last && b < n_bins; b++) {
        double x = (b + 0.5) * BIN_BP;
        double side = 1 / (1 + exp(-2 * (x - place[0]) / edge))
            / (1 + exp(-2 * (place[1] - x) / edge));
        double along = fmin(fmax((x - place[0]) / len, 0), 1);
        rate[b] += (float)(height * side * (1 + slope * (2 * along - 1)));
    }
}

static void add_promoter(float *rate, uint32_t n, const struct element *e, const double *fold,
                         double act)
{
    double tss = e->minus ? e->end_bp : e->beg_bp, s = e->minus ? -1 : 1, k = e->strength;
    double wide = 500 + 500 * fmin(k, 2);
    double down[2] = { tss + s * 100, tss + s * (100 + wide) };
    double up[2] = { tss - s * 100, tss - s * (100 + 0.6 * wide) };
    double *sides[2] = { down, up };
    for (int i = 0; i < 2; i++) {
        double *p = sides[i], lo = fmin(p[0], p[1]), hi = fmax(p[0], p[1]);
        double at[2] = { lo, hi };
        add_bump(rate, n, at, 120, fold[PROM_SHARP] * k * act * (i ? 0.7 : 1), 0);
        double out = p[1] + (p[1] > p[0] ? 1500 : -1500);
        double flank[2] = { fmin(p[1], out), fmax(p[1], out) };
        add_bump(rate, n, flank, 250, fold[PROM_FLANK] * k * act, 0);
        add_bump(rate, n, at, 400, fold[BIVALENT] * k * (1 - act), 0);
    }
    double narrow[2] = { tss - 90, tss + 90 };
    add_bump(rate, n, narrow, 40, fold[PROM_NARROW] * k * act, 0);
}

static void add_body(float *rate, uint32_t n, const struct element *e, const double *fold,
                     double act)
{
    double len = (double)e->end_bp - e->beg_bp, k = sqrt(e->strength) * act;
    double body[2] = { e->beg_bp + (e->minus ? -500 : 1500), e->end_bp + (e->minus ? -1500 : 500) };
    double start[2] = { e->beg_bp, e->end_bp };
    if (e->minus)
        start[0] += 0.7 * len;
    else
        start[1] -= 0.7 * len;
    if (body[1] > body[0])
        add_bump(rate, n, body, 600, fold[BODY] * k, e->minus ? -0.5 : 0.5);
    add_bump(rate, n, start, 500, fold[BODY_START] * k, 0);
}

static void add_enrichment(const struct world *w, float *rate, uint32_t chrom, uint32_t n,
                           uint32_t c, const double *fold)
{
    for (size_t i = 0; i < w->n_elements; i++) {
        const struct element *e = &w->elements[i];
        if (e->chrom != chrom)
            continue;
        double act = activity(w, (uint32_t)i, c), k = e->strength;
        act *= exp(0.4 * normal(w, DRAW_ACTIVITY, (uint32_t)i, c, 1));
        double at[2] = { e->beg_bp, e->end_bp }, mid = 0.5 * (at[0] + at[1]);
        double narrow[2] = { mid - 80, mid + 80 };
        if (e->kind == GENE) {
            add_promoter(rate, n, e, fold, act);
            add_body(rate, n, e, fold, act);
        } else if (e->kind == ENHANCER) {
            add_bump(rate, n, at, 200, fold[ENH_BROAD] * k * act, 0);
            add_bump(rate, n, narrow, 40, fold[ENH_NARROW] * k * act, 0);
        } else {
            enum shape s = e->kind == DOMAIN_POLYCOMB ? POLYCOMB : HETERO;
            add_bump(rate, n, at, 1500, fold[s] * k * act, 0);
        }
    }
}

/* A smooth random field: first-order autoregression with a correlation length in bins. */
static void add_field(const struct world *w, float *x, uint32_t n, const uint32_t id[2],
                      double length_bins, double sd)
{
    double keep = exp(-1 / length_bins), v = normal(w, DRAW_FIELD, id[0], id[1], 0);
    for (uint32_t i = 0; i < n; i++) {
        x[i] += (float)(sd * v);
        v = keep * v + sqrt(1 - keep * keep) * normal(w, DRAW_FIELD, id[0], id[1], i + 1);
    }
}

/* Rows of no data, as an assembly has: the first 10 kbp and one stretch in the middle. */
static bool in_gap(uint32_t bin, uint32_t n_bins)
{
    uint32_t gap = n_bins / 4 < 400 ? n_bins / 4 : 400;
    return bin < gap || (bin >= n_bins / 2 && bin < n_bins / 2 + gap);
}

/* Background of a chromosome in units of the track's mean: the genome's own bias, the cell
 * type's. rate[n] is the enrichment and becomes log noise + enrichment; back[n] the background. */
static void make_background(const struct world *w, float *back, uint32_t chrom, uint32_t n,
                            uint32_t c)
{
    const uint32_t genome[2] = { chrom, 1000000 }, cell[2] = { chrom, c };
    memset(back, 0, n * sizeof *back);
    add_field(w, back, n, genome, 300, 0.25);
    add_field(w, back, n, cell, 800, 0.12);
    for (uint32_t i = 0; i < n; i++)
        back[i] = expf(back[i]);
}

static double track_background(const struct world *w, uint32_t c, uint32_t a)
{
    double depth = 1.5 * exp(0.6 * normal(w, DRAW_DEPTH, c, 0, 0));
    return fmin(fmax(depth, 0.5), 3) * exp(0.2 * normal(w, DRAW_TRACK, c, a, 0));
}

/* Fragments, pile-up and -log10 p of one track on one chromosome. */
static void make_values(const struct world *w, float *value, const float *rate, const float *back,
                        const uint32_t id[3], uint32_t n)
{
    double mean = track_background(w, id[1], id[2]), noise = 0;
    double quality = exp(0.3 * normal(w, DRAW_TRACK, id[1], id[2], 1));
    uint32_t stream = id[1] * 1000 + id[2];
    unsigned starts[FRAGMENT_BINS] = { 0 }, pile = 0;
    for (uint32_t i = 0; i < n; i++) {
        /* over-dispersion, correlated over about 100 bp */
        noise = 0.8 * noise + 0.6 * 0.35 * normal(w, DRAW_NOISE, id[0], stream, i);
        double expect = mean * back[i] / FRAGMENT_BINS * (1 + quality * rate[i]);
        unsigned k = poisson(expect * exp(noise), unit(w, DRAW_COUNT, id[0], stream, i));
        pile += k - starts[i % FRAGMENT_BINS];
        starts[i % FRAGMENT_BINS] = k;
        double p = poisson_tail(pile + 1, CAUTION * mean * back[i]);
        value[i] = in_gap(i, n) ? NAN : (float)(floor(p * 1000 + 0.5) / 1000);
    }
}

/* Assays beyond the named ones are mixtures of two of those. */
void synth_name_assays(struct world *w)
{
    for (int a = 0; a < w->n_assays; a++) {
        if (a < N_ASSAY_NAMES) {
            snprintf(w->assay_names[a], sizeof w->assay_names[a], "%s", assays[a].name);
            memcpy(w->fold[a], assays[a].fold, sizeof w->fold[a]);
            continue;
        }
        snprintf(w->assay_names[a], sizeof w->assay_names[a], "A%02d", a + 1);
        int p = (int)(unit(w, DRAW_MIX, (uint32_t)a, 0, 0) * N_ASSAY_NAMES);
        int q = (int)(unit(w, DRAW_MIX, (uint32_t)a, 1, 0) * N_ASSAY_NAMES);
        double s = unit(w, DRAW_MIX, (uint32_t)a, 2, 0);
        for (int k = 0; k < N_SHAPE; k++)
            w->fold[a][k] = s * assays[p].fold[k] + (1 - s) * assays[q].fold[k];
    }
}

int synth_add_chrom(struct world *w, uint32_t chrom, struct avo_error *err)
{
    return add_genes(w, chrom, err) || add_others(w, chrom, err) ? -1 : 0;
}

void synth_values(const struct world *w, const uint32_t id[3], float *value, float *back,
                  uint32_t n)
{
    memset(value, 0, n * sizeof *value);
    /* what no control corrects: the same in all tracks, so that their backgrounds agree a little */
    const uint32_t bias[2] = { id[0], 2000000 };
    add_field(w, value, n, bias, 25, 0.3);
    for (uint32_t i = 0; i < n; i++)
        value[i] = expf(value[i]) - 1;
    add_enrichment(w, value, id[0], n, id[1], w->fold[id[2]]);
    make_background(w, back, id[0], n, id[1]);
    make_values(w, value, value, back, id, n);
}
