/* SPDX-License-Identifier: MIT */
/* check_scale.c: depth scales against dense least squares over both kinds of effect. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/rng.h"
#include "libcommon/model/scale.h"

#define MAX_NODES 64
#define MAX_TRACKS 1024

static struct avo_depth_track tracks[MAX_TRACKS];
static double scale[MAX_NODES], residual[MAX_TRACKS];
static size_t component[MAX_NODES];

static void near(double got, double want, double tolerance)
{
    ck_assert_msg(fabs(got - want) <= tolerance * (1 + fabs(want)), "got %.17g, want %.17g", got,
                  want);
}

static size_t put(size_t n, size_t celltype, size_t assay, double rms)
{
    tracks[n] = (struct avo_depth_track){celltype, assay, rms, true};
    return n + 1;
}

/* ---- the same by a dense system over cell types and assays ---- */

struct dense {
    size_t n_c, n_a;
    size_t label[2 * MAX_NODES];            /* the least node that is linked, by repeated passes */
    double a[2 * MAX_NODES][2 * MAX_NODES], x[2 * MAX_NODES];
};

static void label_nodes(struct dense *d, size_t n)
{
    for (size_t i = 0; i < d->n_c + d->n_a; i++)
        d->label[i] = i;
    for (size_t pass = 0; pass < d->n_c + d->n_a; pass++)
        for (size_t k = 0; k < n; k++) {
            size_t *c = &d->label[tracks[k].celltype], *a = &d->label[d->n_c + tracks[k].assay];

            if (tracks[k].is_train && tracks[k].rms > 0)
                *c = *a = *c < *a ? *c : *a;
        }
}

static void gauss(struct dense *d)
{
    size_t n = d->n_c + d->n_a;

    for (size_t i = 0; i < n; i++) {
        size_t p = i;

        for (size_t r = i; r < n; r++)
            p = fabs(d->a[r][i]) > fabs(d->a[p][i]) ? r : p;
        for (size_t c = 0; c < n; c++) {
            double t = d->a[i][c];

            d->a[i][c] = d->a[p][c];
            d->a[p][c] = t;
        }
        double t = d->x[i];

        d->x[i] = d->x[p];
        d->x[p] = t;
        for (size_t r = 0; r < n; r++) {
            double f = r == i ? 0 : d->a[r][i] / d->a[i][i];

            for (size_t c = i; c < n; c++)
                d->a[r][c] -= f * d->a[i][c];
            d->x[r] -= f * d->x[i];
        }
    }
    for (size_t i = 0; i < n; i++)
        d->x[i] /= d->a[i][i];
}

/* Normal equations; (sum of a component's cell types)^2 and the square of unused nodes are added
 * to what is minimised, which settles what the tracks leave open and nothing else. */
static void solve_dense(struct dense *d, size_t n)
{
    bool used[2 * MAX_NODES] = {false};

    label_nodes(d, n);
    for (size_t k = 0; k < n; k++) {
        size_t c = tracks[k].celltype, a = d->n_c + tracks[k].assay;

        if (!tracks[k].is_train || !(tracks[k].rms > 0))
            continue;
        used[c] = used[a] = true;
        d->a[c][c] += 1;
        d->a[a][a] += 1;
        d->a[c][a] += 1;
        d->a[a][c] += 1;
        d->x[c] += log(tracks[k].rms);
        d->x[a] += log(tracks[k].rms);
    }
    for (size_t i = 0; i < d->n_c; i++)
        for (size_t j = 0; j < d->n_c; j++)
            d->a[i][j] += used[i] && used[j] && d->label[i] == d->label[j];
    for (size_t i = 0; i < d->n_c + d->n_a; i++)
        d->a[i][i] += !used[i];
    gauss(d);
    for (size_t i = 0; i < d->n_c; i++)
        d->x[i] = used[i] ? d->x[i] : NAN;
}

/* Everything that scale.c says of tracks [n], against the dense system. */
static void compare(size_t n, size_t n_c, size_t n_a, double tolerance)
{
    struct dense *d = calloc(1, sizeof *d);

    ck_assert_ptr_nonnull(d);
    d->n_c = n_c;
    d->n_a = n_a;
    solve_dense(d, n);
    ck_assert_int_eq(avo_depth_scales(tracks, n, n_c, n_a, scale, component, NULL), 0);
    ck_assert_int_eq(avo_depth_residuals(tracks, n, n_c, n_a, scale, component, residual, NULL), 0);
    for (size_t i = 0; i < n_c; i++) {
        ck_assert_int_eq(isnan(scale[i]) != 0, isnan(d->x[i]) != 0);
        ck_assert_int_eq(component[i] == AVO_NO_COMPONENT, isnan(d->x[i]) != 0);
        if (isnan(d->x[i]))
            continue;
        near(log(scale[i]), d->x[i], tolerance);
        for (size_t j = 0; j < i; j++)
            if (!isnan(d->x[j]))
                ck_assert_int_eq(component[i] == component[j], d->label[i] == d->label[j]);
    }
    for (size_t k = 0; k < n; k++)
        if (tracks[k].is_train && tracks[k].rms > 0)
            near(residual[k], log(tracks[k].rms) - d->x[tracks[k].celltype] -
                 d->x[n_c + tracks[k].assay], tolerance);
    free(d);
}

/* ---- cases ---- */

/* Sizes, share of pairs that are measured in 1/16, and links forbidden across halves or not. */
static const struct { size_t n_c, n_a; uint32_t share; bool halves; } designs[] = {
    {5, 5, 13, false}, {12, 30, 4, false}, {30, 12, 4, false}, {40, 24, 1, false},
    {24, 40, 1, false}, {20, 20, 8, true}, {33, 9, 16, true}, {1, 7, 16, false},
    {7, 1, 16, false}, {1, 1, 16, false}, {9, 9, 0, false},
};

START_TEST(random_designs)
{
    size_t n_c = designs[_i].n_c, n_a = designs[_i].n_a, n = 0;

    for (uint32_t c = 0; c < n_c; c++)
        for (uint32_t a = 0; a < n_a; a++) {
            struct avo_rng4 r = avo_rng_draw((uint32_t)_i, 77, c, a, 0, 0);

            if (avo_rng_below(r.v[0], 16) >= designs[_i].share)
                continue;
            if (designs[_i].halves && (c < n_c / 2) != (a < n_a / 2))
                continue;
            n = put(n, c, a, exp(6 * (double)avo_rng_unit(r.v[1]) - 3));
            tracks[n - 1].is_train = avo_rng_below(r.v[2], 8) > 0;
        }
    compare(n, n_c, n_a, 1e-12);
}
END_TEST

START_TEST(an_exact_product_comes_back)
{
    static const double u[] = {0.5, 1, 2, 4, 0.25}, v[] = {3, 0.01, 700};
    size_t n = 0;

    for (size_t c = 0; c < 5; c++)
        for (size_t a = 0; a < 3; a++)
            if ((c + a) % 3 != 0)
                n = put(n, c, a, u[c] * v[a]);
    ck_assert_int_eq(avo_depth_scales(tracks, n, 5, 3, scale, component, NULL), 0);
    for (size_t c = 0; c < 5; c++) {
        near(scale[c], u[c], 1e-14);        /* the product of u is 1 */
        ck_assert_uint_eq(component[c], 0);
    }
    ck_assert_int_eq(avo_depth_residuals(tracks, n, 5, 3, scale, component, residual, NULL), 0);
    for (size_t k = 0; k < n; k++)
        ck_assert(fabs(residual[k]) < 1e-14);
}
END_TEST

START_TEST(components_are_numbered_by_their_first_cell_type)
{
    size_t n = 0;

    n = put(n, 3, 0, 8);                    /* 1 and 3 share assay 0; 0 and 4 assay 2; 2: none */
    n = put(n, 1, 0, 2);
    n = put(n, 4, 2, 5);
    n = put(n, 0, 2, 5);
    compare(n, 5, 3, 1e-14);
    ck_assert_uint_eq(component[0], 0);
    ck_assert_uint_eq(component[4], 0);
    ck_assert_uint_eq(component[1], 1);
    ck_assert_uint_eq(component[3], 1);
    near(scale[3] / scale[1], 4, 1e-14);
    near(scale[3] * scale[1], 1, 1e-14);
    near(scale[0], 1, 1e-14);
}
END_TEST

/* Tracks that cannot or may not take part change nothing, and get the residual they deserve. */
START_TEST(tracks_outside_the_fit)
{
    static const double bad[] = {0, NAN, INFINITY, -1};
    size_t n = 0;

    n = put(n, 0, 0, 1);
    n = put(n, 1, 0, 3);
    n = put(n, 2, 1, 5);
    for (size_t i = 0; i < 4; i++)
        n = put(n, 1, 1, bad[i]);
    n = put(n, 1, 0, 30);                   /* a test track: 10 x what the fit says */
    n = put(n, 1, 1, 7);                    /* across components */
    n = put(n, 3, 1, 7);                    /* cell type without a track in the fit */
    n = put(n, 0, 2, 7);                    /* assay without one */
    for (size_t k = 7; k < n; k++)
        tracks[k].is_train = false;
    ck_assert_int_eq(avo_depth_scales(tracks, n, 4, 3, scale, component, NULL), 0);
    ck_assert_int_eq(avo_depth_residuals(tracks, n, 4, 3, scale, component, residual, NULL), 0);
    near(scale[1] / scale[0], 3, 1e-14);
    near(scale[2], 1, 1e-14);
    ck_assert(isnan(scale[3]));
    for (size_t k = 0; k < 3; k++)
        ck_assert(fabs(residual[k]) < 1e-14);
    for (size_t k = 3; k < 7; k++)
        ck_assert(isnan(residual[k]));
    near(residual[7], log(10), 1e-14);
    for (size_t k = 8; k < n; k++)
        ck_assert(isnan(residual[k]));
}
END_TEST

/* A chain of 400 cell types, each linked to the next by one assay: the worst case for anything that
 * iterates. Scales are the running products of the ratios. */
START_TEST(a_long_chain)
{
    enum { LONG = 400 };
    struct avo_depth_track *t = calloc(2 * LONG, sizeof *t);
    double *s = calloc(LONG, sizeof *s), *want = calloc(LONG, sizeof *want), mean = 0;
    size_t *id = calloc(LONG, sizeof *id), n = 0;

    ck_assert(t != NULL && s != NULL && want != NULL && id != NULL);
    for (uint32_t c = 0; c + 1 < LONG; c++) {
        double step = (double)avo_rng_unit(avo_rng_draw(5, 77, c, 0, 0, 0).v[0]) - 0.5;

        t[n++] = (struct avo_depth_track){c, c, 1, true};
        t[n++] = (struct avo_depth_track){c + 1, c, exp(step), true};
        want[c + 1] = want[c] + step;
    }
    for (size_t c = 0; c < LONG; c++)
        mean += want[c] / LONG;
    ck_assert_int_eq(avo_depth_scales(t, n, LONG, LONG, s, id, NULL), 0);
    for (size_t c = 0; c < LONG; c++) {
        near(log(s[c]), want[c] - mean, 1e-10);
        ck_assert_uint_eq(id[c], 0);
    }
    free(t);
    free(s);
    free(want);
    free(id);
}
END_TEST

START_TEST(nothing_at_all)
{
    ck_assert_int_eq(avo_depth_scales(NULL, 0, 0, 0, scale, component, NULL), 0);
    ck_assert_int_eq(avo_depth_scales(NULL, 0, 2, 0, scale, component, NULL), 0);
    ck_assert(isnan(scale[0]) && isnan(scale[1]));
    ck_assert(component[1] == AVO_NO_COMPONENT);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("scale");
    TCase *t = tcase_create("scale");

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, random_designs, 0, (int)(sizeof designs / sizeof *designs));
    tcase_add_test(t, an_exact_product_comes_back);
    tcase_add_test(t, components_are_numbered_by_their_first_cell_type);
    tcase_add_test(t, tracks_outside_the_fit);
    tcase_add_test(t, a_long_chain);
    tcase_add_test(t, nothing_at_all);
    suite_add_tcase(s, t);

    SRunner *r = srunner_create(s);

    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);

    srunner_free(r);
    return failed != 0;
}
