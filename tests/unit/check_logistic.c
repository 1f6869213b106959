/* SPDX-License-Identifier: MIT */
/* check_logistic.c: the weights found are a minimum: the sum's derivatives, computed naively, are
 * nothing there, whatever the rows are like; the same from rows in other places. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/clones.h"
#include "libcommon/base/rng.h"
#include "libcommon/measure/logistic.h"

struct problem {
    size_t n, n_cols, width;
    double *x, *y;
    const double **row;
};

enum kind { PLAIN, SEPARABLE, TWINS, CONSTANT, FEW, LARGE, N_KINDS };

static double draw(uint32_t i, uint32_t k)
{
    struct avo_rng4 r = avo_rng_draw(7, 99, i, k, 0, 0);

    return (double)(avo_rng_unit(r.v[0]) + avo_rng_unit(r.v[1]) + avo_rng_unit(r.v[2])) * 2 - 3;
}

static void make(struct problem *p, enum kind kind, size_t n, size_t n_cols)
{
    *p = (struct problem){.n = n, .n_cols = n_cols, .width = avo_logistic_width(n_cols)};
    p->x = calloc(n * p->width, sizeof *p->x);
    p->y = calloc(n, sizeof *p->y);
    p->row = calloc(n, sizeof *p->row);
    ck_assert(p->x != NULL && p->y != NULL && p->row != NULL);
    for (size_t i = 0; i < n; i++) {
        double *x = p->x + i * p->width;

        for (size_t k = 0; k < n_cols; k++)
            x[k] = draw((uint32_t)i, (uint32_t)k) * (kind == LARGE ? 30 : 1);
        if (kind == TWINS && n_cols > 1)
            x[1] = x[0];
        if (kind == CONSTANT)
            x[0] = 0;
        x[n_cols] = 1;
        p->row[i] = x;
        p->y[i] = x[n_cols - 1] + (kind == SEPARABLE ? 0 : 2 * draw((uint32_t)i, 99999)) > 0.3
                      ? 1 : -1;
        if (kind == FEW)
            p->y[i] = i == n / 2 ? 1 : -1;
    }
    p->y[0] = 1;
    p->y[1] = -1;
}

static void clear(struct problem *p)
{
    free(p->x);
    free(p->y);
    free(p->row);
}

/* The greatest part of the gradient beside the sum of what it is made of. */
static double left_over(const struct problem *p, double c, const double *w)
{
    double worst = 0;

    for (size_t k = 0; k <= p->n_cols; k++) {
        double sum = k < p->n_cols ? w[k] : 0, parts = fabs(sum);

        for (size_t i = 0; i < p->n; i++) {
            double z = 0, part;

            for (size_t j = 0; j <= p->n_cols; j++)
                z += w[j] * p->row[i][j];
            part = -c * p->y[i] * p->row[i][k] / (1 + exp(p->y[i] * z));
            sum += part;
            parts += fabs(part);
        }
        if (parts > 0 && fabs(sum) / parts > worst)
            worst = fabs(sum) / parts;
    }
    return worst;
}

static const struct { size_t n, n_cols; } sizes[] = {{40, 1}, {61, 7}, {200, 8}, {30, 120},
                                                     {150, 31}};

START_TEST(finds_the_minimum)
{
    static const double strengths[] = {1e-4, 1e-2, 1, 100, 1e4};
    struct avo_error err = {0};
    struct problem p;

    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct avo_logistic l = {.n_cols = sizes[s].n_cols};
        double *w;

        make(&p, (enum kind)_i, sizes[s].n, sizes[s].n_cols);
        ck_assert_ptr_nonnull(w = calloc(p.width, sizeof *w));
        for (size_t c = 0; c < sizeof strengths / sizeof *strengths; c++) {
            double rest;

            l.strength = strengths[c];
            ck_assert_msg(avo_logistic_fit(&l, p.row, p.y, p.n, w, &err) == 0, "%s", err.msg);
            rest = left_over(&p, l.strength, w);
            ck_assert_msg(rest < 1e-6, "%zu x %zu, C %g: %g", p.n, p.n_cols, l.strength, rest);
            for (size_t k = p.n_cols + 1; k < p.width; k++)
                ck_assert(w[k] == 0);
        }
        free(w);
        avo_logistic_release(&l);
        clear(&p);
    }
}
END_TEST

/* One column, C = 1, x = -1, +1, labels told apart: w = 2 sigma(-w), b = 0. */
START_TEST(by_hand)
{
    double x[2][AVO_LANES] = {{-1, 1}, {1, 1}}, y[2] = {-1, 1}, w[AVO_LANES], score[2];
    const double *row[2] = {x[0], x[1]};
    struct avo_logistic l = {.n_cols = 1, .strength = 1};
    struct avo_error err = {0};

    ck_assert_uint_eq(avo_logistic_width(1), AVO_LANES);
    ck_assert_uint_eq(avo_logistic_width(AVO_LANES - 1), AVO_LANES);
    ck_assert_uint_eq(avo_logistic_width(AVO_LANES), 2 * AVO_LANES);
    ck_assert_int_eq(avo_logistic_fit(&l, row, y, 2, w, &err), 0);
    ck_assert_double_eq_tol(w[0], 0.6748316143423994, 1e-12);
    ck_assert_double_eq_tol(w[1], 0, 1e-12);
    avo_logistic_decide(&l, w, row, 2, score);
    ck_assert(score[0] == w[1] - w[0] && score[1] == w[1] + w[0]);
    avo_logistic_release(&l);
}
END_TEST

START_TEST(same_bytes_again)
{
    struct problem p;
    struct avo_logistic l = {.n_cols = 31, .strength = 2.15};
    struct avo_error err = {0};
    double *copy, a[32], b[32];

    make(&p, PLAIN, 150, 31);
    ck_assert_uint_eq(p.width, 32);
    ck_assert_int_eq(avo_logistic_fit(&l, p.row, p.y, p.n, a, &err), 0);
    ck_assert_ptr_nonnull(copy = malloc((p.n * p.width + 1) * sizeof *copy));
    memcpy(copy + 1, p.x, p.n * p.width * sizeof *copy);    /* another alignment */
    for (size_t i = 0; i < p.n; i++)
        p.row[i] = copy + 1 + i * p.width;
    ck_assert_int_eq(avo_logistic_fit(&l, p.row, p.y, p.n, b, &err), 0);
    ck_assert_int_eq(memcmp(a, b, sizeof a), 0);
    free(copy);
    avo_logistic_release(&l);
    clear(&p);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("logistic");
    TCase *c = tcase_create("logistic");
    SRunner *r = srunner_create(s);
    int failed;

    suite_add_tcase(s, c);
    tcase_add_loop_test(c, finds_the_minimum, 0, N_KINDS);
    tcase_add_test(c, by_hand);
    tcase_add_test(c, same_bytes_again);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
