/* SPDX-License-Identifier: MIT */
/* scale.c: two-way least squares of log sizes, solved exactly.
 *
 * The larger of the two sides (cell types, assays) is eliminated: given the other side's effects,
 * an effect is the mean of what is left of its tracks. What remains is a system as large as the
 * smaller side, a graph's Laplacian. It is singular along connected components; with one node of
 * each held at 0 it is positive definite and Cholesky needs no pivoting (nor any tolerance that
 * would stop an iteration early on long chains). */
#include "libcommon/model/scale.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/disjoint.h"

/* A track in the fit: an edge between a node of the kept side and one of the side that goes. */
struct edge {
    size_t kept, gone;
    double y;                   /* ln(rms) */
};

struct fit {
    size_t n_kept, n_gone, n_edges;
    bool keeps_celltypes;
    struct edge *edges;         /* [n_edges] sorted by gone */
    size_t *first;              /* [n_gone + 1] */
    uint32_t *root;             /* [n_kept] disjoint sets: components */
    double *a;                  /* [n_kept][n_kept] */
    double *x;                  /* [n_kept] right side, then the kept side's effects */
};

static bool has_log(const struct avo_depth_track *t)
{
    return isfinite(t->rms) && t->rms > 0;
}

static bool in_fit(const struct avo_depth_track *t)
{
    return t->is_train && has_log(t);
}

static size_t gone_node(const struct fit *f, const struct avo_depth_track *t)
{
    return f->keeps_celltypes ? t->assay : t->celltype;
}

/* Counting sort of the tracks in the fit by the node that goes. */
static void sort_edges(struct fit *f, const struct avo_depth_track *tracks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (in_fit(&tracks[i]))
            f->first[gone_node(f, &tracks[i]) + 1]++;
    for (size_t g = 0; g < f->n_gone; g++)
        f->first[g + 1] += f->first[g];
    f->n_edges = f->first[f->n_gone];
    for (size_t i = n; i-- > 0;) {
        const struct avo_depth_track *t = &tracks[i];
        size_t g = gone_node(f, t);

        if (!in_fit(t))
            continue;
        f->first[g + 1]--;
        f->edges[f->first[g + 1]] =
            (struct edge){f->keeps_celltypes ? t->celltype : t->assay, g, log(t->rms)};
    }
    /* first[g + 1] has come down to the beginning of g. */
    for (size_t g = 0; g < f->n_gone; g++)
        f->first[g] = f->first[g + 1];
    f->first[f->n_gone] = f->n_edges;
}

/* ---- components ---- */

static void link_components(struct fit *f)
{
    for (size_t i = 0; i < f->n_kept; i++)
        f->root[i] = (uint32_t)i;
    for (size_t k = 1; k < f->n_edges; k++)
        if (f->edges[k].gone == f->edges[k - 1].gone)
            avo_disjoint_unite(f->root, (uint32_t)f->edges[k].kept,
                               (uint32_t)f->edges[k - 1].kept);
    for (size_t i = 0; i < f->n_kept; i++)
        f->root[i] = avo_disjoint_root(f->root, (uint32_t)i);
}

/* ---- normal equations ---- */

/* A node that goes leaves the deviations of its tracks from their mean. */
static void eliminate(struct fit *f, size_t gone)
{
    const struct edge *e = f->edges + f->first[gone];
    size_t n = f->first[gone + 1] - f->first[gone];
    double mean = 0;

    for (size_t i = 0; i < n; i++)
        mean += e[i].y / (double)n;
    for (size_t i = 0; i < n; i++) {
        double *row = f->a + e[i].kept * f->n_kept;

        f->x[e[i].kept] += e[i].y - mean;
        row[e[i].kept] += 1;
        for (size_t j = 0; j < n; j++)
            row[e[j].kept] -= 1 / (double)n;
    }
}

/* Holds the root of every component, and nodes without tracks, at 0. */
static void ground(struct fit *f)
{
    for (size_t i = 0; i < f->n_kept; i++) {
        if (f->root[i] != i)
            continue;
        for (size_t j = 0; j < f->n_kept; j++)
            f->a[i * f->n_kept + j] = f->a[j * f->n_kept + i] = 0;
        f->a[i * f->n_kept + i] = 1;
        f->x[i] = 0;
    }
}

static double dot(const double *x, const double *y, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* Cholesky factor in the lower triangle of a [n][n], and x becomes the solution. */
static void solve(double *a, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double *row = a + i * n;

        for (size_t j = 0; j < i; j++)
            row[j] = (row[j] - dot(row, a + j * n, j)) / a[j * n + j];
        row[i] -= dot(row, row, i);
        assert(row[i] > 0);
        row[i] = sqrt(row[i]);
        x[i] = (x[i] - dot(row, x, i)) / row[i];
    }
    for (size_t i = n; i-- > 0;) {
        x[i] /= a[i * n + i];
        for (size_t j = 0; j < i; j++)
            x[j] -= a[i * n + j] * x[i];
    }
}

/* ---- scales ---- */

/* The logarithms, any multiple of one component's vector still to be taken off, and each cell
 * type's root among the kept nodes. */
static void read_celltypes(const struct fit *f, size_t n_celltypes, double *scale,
                           size_t *component)
{
    for (size_t c = 0; c < n_celltypes; c++) {
        scale[c] = NAN;
        component[c] = AVO_NO_COMPONENT;
    }
    for (size_t k = 0; k < f->n_edges; k++) {
        const struct edge *e = &f->edges[k];
        size_t c = f->keeps_celltypes ? e->kept : e->gone;
        double n = (double)(f->first[e->gone + 1] - f->first[e->gone]);

        if (component[c] == AVO_NO_COMPONENT)
            scale[c] = 0;
        component[c] = f->root[e->kept];
        if (f->keeps_celltypes)
            scale[c] = f->x[e->kept];
        else
            scale[c] += (e->y - f->x[e->kept]) / n;
    }
}

/* Numbers components by their first cell type and makes the mean logarithm of each 0. sum, count
 * and number [n_kept] are zeroed scratch, by root. */
static void normalise(size_t n_celltypes, double *sum, size_t *count, size_t *number,
                      double *scale, size_t *component)
{
    size_t n_components = 0;

    for (size_t c = 0; c < n_celltypes; c++) {
        size_t root = component[c];

        if (root == AVO_NO_COMPONENT)
            continue;
        if (count[root]++ == 0)
            number[root] = n_components++;
        sum[root] += scale[c];
    }
    for (size_t c = 0; c < n_celltypes; c++) {
        size_t root = component[c];

        if (root == AVO_NO_COMPONENT)
            continue;
        scale[c] = exp(scale[c] - sum[root] / (double)count[root]);
        component[c] = number[root];
    }
}

static int fit_init(struct fit *f, size_t n, size_t n_celltypes, size_t n_assays,
                    struct avo_error *err)
{
    f->keeps_celltypes = n_celltypes <= n_assays;
    f->n_kept = f->keeps_celltypes ? n_celltypes : n_assays;
    f->n_gone = f->keeps_celltypes ? n_assays : n_celltypes;
    f->edges = avo_alloc(n, sizeof *f->edges, "tracks", err);
    f->first = avo_alloc(f->n_gone + 1, sizeof *f->first, "tracks", err);
    f->root = avo_alloc(f->n_kept, sizeof *f->root, "tracks", err);
    f->a = avo_alloc(f->n_kept, f->n_kept * sizeof *f->a, "scales of cell types", err);
    f->x = avo_alloc(f->n_kept, sizeof *f->x, "scales of cell types", err);
    return f->edges && f->first && f->root && f->a &&
           f->x ? 0 : -1;
}

static void fit_release(struct fit *f)
{
    free(f->edges);
    free(f->first);
    free(f->root);
    free(f->a);
    free(f->x);
}

int avo_depth_scales(const struct avo_depth_track *tracks, size_t n, size_t n_celltypes,
                     size_t n_assays, double *scale, size_t *component, struct avo_error *err)
{
    struct fit f = {0};
    double *sum = NULL;
    size_t *count = NULL, *number = NULL;
    int rc = -1;

    for (size_t i = 0; i < n; i++)
        assert(tracks[i].celltype < n_celltypes && tracks[i].assay < n_assays);
    if (fit_init(&f, n, n_celltypes, n_assays, err) < 0)
        goto out;
    sum = avo_alloc(f.n_kept, sizeof *sum, "components", err);
    count = avo_alloc(f.n_kept, sizeof *count, "components", err);
    number = avo_alloc(f.n_kept, sizeof *number, "components", err);
    if (!sum || !count || !number)
        goto out;
    sort_edges(&f, tracks, n);
    link_components(&f);
    for (size_t g = 0; g < f.n_gone; g++)
        eliminate(&f, g);
    ground(&f);
    solve(f.a, f.x, f.n_kept);
    read_celltypes(&f, n_celltypes, scale, component);
    normalise(n_celltypes, sum, count, number, scale, component);
    rc = 0;
out:
    free(sum);
    free(count);
    free(number);
    fit_release(&f);
    return rc;
}

/* ---- residuals ---- */

/* Given the scales, an assay's effect is the mean of what they leave of its tracks. */
struct assay_effect {
    double sum;
    size_t n, component;
};

int avo_depth_residuals(const struct avo_depth_track *tracks, size_t n, size_t n_celltypes,
                        size_t n_assays, const double *scale, const size_t *component,
                        double *residual, struct avo_error *err)
{
    struct assay_effect *v = avo_alloc(n_assays, sizeof *v, "assays", err);

    if (!v)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct avo_depth_track *t = &tracks[i];

        assert(t->celltype < n_celltypes && t->assay < n_assays);
        if (!in_fit(t))
            continue;
        v[t->assay].sum += log(t->rms) - log(scale[t->celltype]);
        v[t->assay].n++;
        v[t->assay].component = component[t->celltype];
    }
    for (size_t i = 0; i < n; i++) {
        const struct avo_depth_track *t = &tracks[i];
        const struct assay_effect *e = &v[t->assay];

        residual[i] = NAN;
        if (has_log(t) && e->n > 0 && component[t->celltype] == e->component)
            residual[i] = log(t->rms) - log(scale[t->celltype]) - e->sum / (double)e->n;
    }
    free(v);
    return 0;
}
