/* SPDX-License-Identifier: MIT */
/* check_cpu_products.c: products on the CPU against plain sums, and that a row's result does not
 * depend on where in the matrix it stands. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/backend/cpu_products.h"
#include "libcommon/base/rng.h"

#define GUARD 777.0f

/* rows x columns with a stride beyond the columns; what lies between is GUARD. */
static float *matrix(uint32_t seed, int rows, int columns, int stride)
{
    size_t n = (size_t)rows * (size_t)stride;
    float *x = malloc((n + 1) * sizeof *x);
    for (size_t i = 0; i < n; i++) {
        struct avo_rng4 r = avo_rng_draw(seed, 97, (uint32_t)i, 0, 0, 0);
        x[i] = i % (size_t)stride < (size_t)columns ? avo_rng_unit(r.v[0]) - 0.5f : GUARD;
    }
    return x;
}

static double plain(bool ta, bool tb, int i, int j, int k, const float *a, int lda, const float *b,
                    int ldb)
{
    double sum = 0;
    for (int p = 0; p < k; p++)
        sum += (double)(ta ? a[p * lda + i] : a[i * lda + p]) *
               (double)(tb ? b[j * ldb + p] : b[p * ldb + j]);
    return sum;
}

/* What is to be in element [i][j] of x's result, whose product there is `sum`. */
static double finished(const struct avo_product *x, int i, int j, double sum)
{
    const float *bias = x->bias, *act = x->act;
    switch (x->epilogue) {
    case AVO_EPI_NONE:
        return sum;
    case AVO_EPI_RELU:
        return fmax(sum, 0);
    case AVO_EPI_RELU_BIAS:
        return fmax(sum + (double)bias[j], 0);
    case AVO_EPI_MASK:
        break;
    }
    return act[i * (int)x->ld_d + j] > 0 ? (double)x->alpha * sum : 0;
}

static void check_product(bool ta, bool tb, const int *size, enum avo_epilogue epilogue)
{
    int m = size[0], n = size[1], k = size[2];
    int lda = (ta ? m : k) + 3, ldb = (tb ? k : n) + 1, ldd = n + 2;
    float *a = matrix(1, ta ? k : m, ta ? m : k, lda), *b = matrix(2, tb ? n : k, tb ? k : n, ldb);
    float *d = matrix(3, m, n, ldd), *act = matrix(4, m, n, ldd), *bias = matrix(5, 1, n, n);
    struct avo_product x = {
        .m = (uint32_t)m, .n = (uint32_t)n, .k = (uint32_t)k, .trans_a = ta, .trans_b = tb,
        .ld_a = (uint32_t)lda, .b = b, .ld_b = (uint32_t)ldb, .ld_d = (uint32_t)ldd,
        .alpha = epilogue == AVO_EPI_MASK ? 1.25f : 1, .epilogue = epilogue, .bias = bias,
        .act = act};
    d[0] = NAN;     /* must not be read */
    avo_cpu_product_at(&x, a, d);
    for (int i = 0; i < m; i++)
        for (int j = 0; j < ldd; j++) {
            double got = (double)d[i * ldd + j], want = (double)GUARD;
            if (j < n)
                want = finished(&x, i, j, plain(ta, tb, i, j, k, a, lda, b, ldb));
            ck_assert_msg(fabs(got - want) <= 1e-7 * (double)x.alpha * (k + 2),
                          "%d x %d x %d, %d%d, %d: [%d][%d] = %g, want %g", m, n, k, ta, tb,
                          (int)epilogue, i, j, got, want);
        }
    free(a);
    free(b);
    free(d);
    free(act);
    free(bias);
}

START_TEST(products_are_plain_sums)
{
    static const int sizes[][3] = {{1, 1, 1},  {1, 7, 3},    {256, 17, 33}, {255, 1, 5},
                                   {3, 64, 1}, {16, 16, 64}, {33, 5, 257},  {64, 130, 100},
                                   {5, 3, 0},  {256, 8, 0}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        check_product(_i & 1, _i & 2, sizes[s], AVO_EPI_NONE);
        check_product(_i & 1, _i & 2, sizes[s], AVO_EPI_RELU_BIAS);
        check_product(_i & 1, _i & 2, sizes[s], AVO_EPI_MASK);
    }
}
END_TEST

/* Streamed stage 2 is the same to the byte wherever a tile begins only if this holds for the
 * products it uses: plain ones of 256 rows (oneDNN's AVX2 code does not hold it where the second
 * factor is transposed). Widths of layers and of genome factors that models have. */
START_TEST(rows_do_not_depend_on_their_place)
{
    enum { M = 256 };
    static const int sizes[][2] = {{128, 32}, {32, 128}, {128, 128}, {17, 33}, {33, 1},  {1, 17},
                                   {1, 1},    {5, 3},    {256, 60},  {60, 256}, {2048, 110}};
    int n = sizes[_i][0], k = sizes[_i][1];
    float *a = matrix(1, M, k, k), *shifted = malloc(sizeof(float) * (size_t)(M * k));
    float *b = matrix(2, k, n, n), *c = malloc(sizeof(float) * (size_t)(M * n));
    float *d = malloc(sizeof(float) * (size_t)(M * n));
    struct avo_product x = {.m = M, .n = (uint32_t)n, .k = (uint32_t)k, .ld_a = (uint32_t)k,
                            .b = b, .ld_b = (uint32_t)n, .ld_d = (uint32_t)n, .alpha = 1};
    avo_cpu_product_at(&x, a, c);
    static const int shifts[] = {1, 2, 8, 25, 100, 200, 255};
    for (size_t s = 0; s < sizeof shifts / sizeof *shifts; s++) {
        for (int i = 0; i < M; i++)
            memcpy(shifted + i * k, a + (i + shifts[s]) % M * k, (size_t)k * sizeof *a);
        avo_cpu_product_at(&x, shifted, d);
        for (int i = 0; i < M; i++)
            ck_assert_msg(!memcmp(d + i * n, c + (i + shifts[s]) % M * n, (size_t)n * sizeof *c),
                          "%d x %d, row %d, shift %d", n, k, i, shifts[s]);
    }
    free(a);
    free(shifted);
    free(b);
    free(c);
    free(d);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("products");
    TCase *t = tcase_create("products");
    tcase_add_loop_test(t, products_are_plain_sums, 0, 4);
    tcase_add_loop_test(t, rows_do_not_depend_on_their_place, 0, 11);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
