/* SPDX-License-Identifier: MIT */
/* density.c: histograms that double their cells' width when a value does not fit. */
#include "libcommon/eval/density.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

#define CELLS ((size_t)AVO_DENSITY_CELLS)
/* The first width: 128 cells hold values below 1. A power of two, so that value / width is exact
 * and halving a cell number is the same as doubling the width. */
#define FIRST_WIDTH 0x1p-7f
#define MAX_VALUE 0x1p100f

struct panel {
    float width;
    uint64_t *counts;       /* [CELLS][CELLS] */
};

struct avo_density {
    const struct avo_scored *chosen;
    struct avo_pool *pool;
    size_t n_methods;
    bool arcsinh;
    struct panel *panels;   /* [assays][methods] */
    const struct avo_window *window;
};

/* ---- making and growing ---- */

struct avo_density *avo_density_new(const struct avo_scored *chosen, size_t n_methods,
                                    bool arcsinh, struct avo_pool *pool, struct avo_error *err)
{
    struct avo_density *d = avo_alloc(1, sizeof *d, "densities", err);
    size_t n = chosen->n_assays * n_methods;

    if (!d)
        return NULL;
    d->chosen = chosen;
    d->pool = pool;
    d->n_methods = n_methods;
    d->arcsinh = arcsinh;
    d->panels = avo_alloc(n, sizeof *d->panels, "densities", err);
    for (size_t i = 0; d->panels && i < n; i++) {
        d->panels[i].width = FIRST_WIDTH;
        d->panels[i].counts = avo_alloc(CELLS * CELLS, sizeof(uint64_t), "densities", err);
        if (!d->panels[i].counts)
            goto fail;
    }
    if (d->panels)
        return d;
fail:
    avo_density_free(d);
    return NULL;
}

void avo_density_free(struct avo_density *d)
{
    if (!d)
        return;
    for (size_t i = 0; d->panels && i < d->chosen->n_assays * d->n_methods; i++)
        free(d->panels[i].counts);
    free(d->panels);
    free(d);
}

/* Two by two cells become one. */
static void widen(struct panel *p)
{
    for (size_t r = 0; r < CELLS; r++)
        for (size_t c = 0; c < CELLS; c++) {
            uint64_t n = p->counts[r * CELLS + c];

            p->counts[r * CELLS + c] = 0;
            p->counts[r / 2 * CELLS + c / 2] += n;
        }
    p->width *= 2;
}

/* ---- counting ---- */

static float place(const struct avo_density *d, float v)
{
    if (d->arcsinh)
        v = asinhf(v);
    v = v > 0 ? v : 0;
    return v < MAX_VALUE ? v : MAX_VALUE;
}

static void count(struct panel *p, float x, float y)
{
    float most = x > y ? x : y;

    while (most >= p->width * (float)CELLS)
        widen(p);
    p->counts[(size_t)(y / p->width) * CELLS + (size_t)(x / p->width)]++;
}

static void add_track(const struct avo_density *d, struct panel *p, size_t k, size_t method)
{
    const struct avo_window *w = d->window;
    const float *x = w->observed[d->chosen->scored[k]];
    const float *y = w->predicted[k * w->n_methods + method];
    const uint8_t *use = w->use[k];

    for (uint32_t i = 0; y && i < w->n; i++)
        if (use[i] && !isnan(x[i]) && !isnan(y[i]))
            count(p, place(d, x[i]), place(d, y[i]));
}

static void add_panel(void *arg, int task, int worker)
{
    const struct avo_density *d = arg;
    size_t assay = (size_t)task / d->n_methods, method = (size_t)task % d->n_methods;

    (void)worker;
    for (size_t k = 0; k < d->chosen->n_scored; k++)
        if (d->chosen->tracks[d->chosen->scored[k]].assay == assay)
            add_track(d, &d->panels[task], k, method);
}

int avo_density_add(struct avo_density *d, const struct avo_window *w, struct avo_error *err)
{
    if (w->n_methods < d->n_methods)
        return avo_error_set(err, "a window of %zu methods (want %zu)", w->n_methods,
                             d->n_methods);
    d->window = w;
    avo_pool_run(d->pool, (int)(d->chosen->n_assays * d->n_methods), add_panel, d);
    return 0;
}

/* ---- results ---- */

size_t avo_density_n_methods(const struct avo_density *d)
{
    return d->n_methods;
}

bool avo_density_is_arcsinh(const struct avo_density *d)
{
    return d->arcsinh;
}

/* Cells per side that hold everything. */
static size_t used(const struct panel *p)
{
    size_t n = 0;

    for (size_t r = 0; r < CELLS; r++)
        for (size_t c = 0; c < CELLS; c++)
            if (p->counts[r * CELLS + c] > 0)
                n = r + 1 > n || c + 1 > n ? (r > c ? r : c) + 1 : n;
    return n;
}

struct avo_density_view avo_density_view(struct avo_density *d, size_t assay, size_t method)
{
    struct panel *row = &d->panels[assay * d->n_methods];
    struct avo_density_view v = {.counts = row[method].counts, .stride = CELLS};
    float width = 0;

    for (size_t m = 0; m < d->n_methods; m++)
        width = row[m].width > width ? row[m].width : width;
    for (size_t m = 0; m < d->n_methods; m++) {
        size_t n;

        while (row[m].width < width)
            widen(&row[m]);
        n = used(&row[m]);
        v.cells = n > v.cells ? n : v.cells;
    }
    v.width = (double)width;
    for (size_t i = 0; i < CELLS * CELLS; i++) {
        v.n += v.counts[i];
        v.max = v.counts[i] > v.max ? v.counts[i] : v.max;
    }
    return v;
}
