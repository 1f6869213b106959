/* SPDX-License-Identifier: MIT */
/* check_cuda_rows.c: the element arithmetic of the CUDA backend's row functions: 16-bit formats,
 * idle steps, sums of groups. The step that they make up: tests/backend/check_cuda_step.c. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cuda/rows.h"
#include "libcommon/backend/cpu_loops.h"
#include "libcommon/base/half.h"

static uint32_t bits(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static float from_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* ---- 16-bit formats ---- */

/* Every bf16 is its own rounding; a float between two goes to the nearer, a tie to the even one. */
START_TEST(bf16_rounds_to_nearest_even)
{
    for (uint32_t h = 0; h < 0x10000; h++) {
        float x = avo_bf16_value((uint16_t)h), up = avo_bf16_value((uint16_t)(h + 1));
        if (isnan(x)) {
            ck_assert(isnan(avo_bf16_value(avo_bf16_of(x))));
            continue;
        }
        ck_assert_uint_eq(avo_bf16_of(x), h);
        if (isinf(x) || (h & 0x7fff) == 0x7f7f)
            continue;
        double middle = ((double)x + (double)up) / 2;
        ck_assert_uint_eq(avo_bf16_of((float)middle), h + (h & 1));
        ck_assert_uint_eq(avo_bf16_of(from_bits(h << 16 | 0x7fff)), h);
        ck_assert_uint_eq(avo_bf16_of(from_bits(h << 16 | 0x8001)), h + 1);
    }
}
END_TEST

START_TEST(bf16_of_what_is_not_finite)
{
    ck_assert_uint_eq(avo_bf16_of(INFINITY), 0x7f80);
    ck_assert_uint_eq(avo_bf16_of(-INFINITY), 0xff80);
    ck_assert_uint_eq(avo_bf16_of(FLT_MAX), 0x7f80);            /* above the largest bf16 */
    ck_assert_uint_eq(avo_bf16_of(from_bits(0x7f7f7fff)), 0x7f7f);
    ck_assert(isnan(avo_bf16_value(avo_bf16_of(NAN))));
    ck_assert(isnan(avo_bf16_value(avo_bf16_of(from_bits(0x7f800001)))));   /* not infinite */
    ck_assert(isnan(avo_bf16_value(avo_bf16_of(from_bits(0xffffffff)))));
    ck_assert_uint_eq(avo_bf16_of(-0.0f), 0x8000);
    ck_assert(!avo_is_finite(NAN) && !avo_is_finite(-INFINITY) && avo_is_finite(-FLT_MAX));
}
END_TEST

START_TEST(binary16_values)
{
    for (uint32_t h = 0; h < 0x10000; h++) {
        float got = avo_f16_value((uint16_t)h), want = avo_half_to_float((uint16_t)h);
        ck_assert_msg(isnan(want) ? isnan(got) : bits(got) == bits(want), "%#x: %g, want %g", h,
                      (double)got, (double)want);
    }
}
END_TEST

/* ---- rows ---- */

#define WIDTH 13u
#define LD 16u
#define MOST 300

struct rows {
    struct avo_clock clock;
    struct avo_k_step step;
    struct avo_k_result result;
    float w[LD], m[LD], v[LD], size[MOST + 1], keep[MOST + 1];
    int32_t last, now;
    uint32_t row_of[1], order[1], start[2], bin[1];
    struct avo_idle idle;
    struct avo_adam adam;
    struct avo_k_group group;
};

/* One group, of one sample, whose row is current at `last`; the step is `now`. */
static void make(struct rows *r, double decay, int32_t last, int64_t now)
{
    struct avo_error err = {0};
    memset(r, 0, sizeof *r);
    r->clock = (struct avo_clock){.lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-7,
                                  .decay = decay, .schedule = AVO_SCHEDULE_COSINE,
                                  .n_steps = MOST};
    ck_assert(!avo_clock_init(&r->clock, MOST, &err));
    for (int i = 1; i <= MOST; i++) {
        struct avo_adam a = avo_clock_adam(&r->clock, i);
        r->size[i] = a.c;
        r->keep[i] = a.keep;
    }
    for (uint32_t j = 0; j < WIDTH; j++) {
        r->w[j] = 0.1f * sinf((float)j);
        r->m[j] = powf(10.0f, -(float)(3 * j)) * (j % 2 ? 1.0f : -1.0f);
        r->v[j] = r->m[j] * r->m[j];
    }
    r->last = last;
    r->start[1] = 1;
    r->step = (struct avo_k_step){.step = now, .n = 1, .n_groups = {1}};
    r->group = (struct avo_k_group){
        .block = {.w = r->w, .m = r->m, .v = r->v, .last = &r->last, .width = WIDTH, .ld = LD,
                  .row_of = r->row_of, .order = r->order, .start = r->start, .idle = &r->idle,
                  .adam = &r->adam, .now = &r->now},
        .n_pad = 1, .bin = r->bin, .step = &r->step, .result = &r->result,
        .clock = {{r->clock.sum, r->clock.sum_eps, r->clock.log_keep, 0.9, 0.999}, r->size,
                  r->keep, 0.9f, 0.999f, 1e-7f}};
}

/* The scalars and elements of the CPU backends, to the bit, for any number of lanes. */
START_TEST(rows_catch_up_as_on_the_cpu)
{
    static const int32_t steps[][2] = {{0, 2}, {0, 300}, {5, 6}, {5, 7}, {41, 160}, {299, 300},
                                       {7, 8}, {0, 1}};
    for (size_t i = 0; i < 2 * sizeof steps / sizeof *steps; i++) {
        struct rows r;
        float w[LD], m[LD], v[LD];
        int32_t last = steps[i / 2][0], now = steps[i / 2][1];
        make(&r, i % 2 ? 0.1 : 0, last, now);
        memcpy(w, r.w, sizeof w);
        memcpy(m, r.m, sizeof m);
        memcpy(v, r.v, sizeof v);
        struct avo_idle idle = avo_clock_idle(&r.clock, last, now - 1);
        if (last < now - 1)
            avo_loop_idle(&idle, 1e-7f, w, m, v, WIDTH);
        avo_row_scalars(&r.group, 0);
        for (uint32_t lane = 0; lane < 5; lane++)
            avo_row_catch_up(&r.group, 0, lane, 5);
        ck_assert(!memcmp(w, r.w, sizeof w) && !memcmp(m, r.m, sizeof m) &&
                  !memcmp(v, r.v, sizeof v));
        struct avo_adam adam = avo_clock_adam(&r.clock, now);
        ck_assert(!memcmp(&adam, &r.adam, sizeof adam));
        ck_assert_int_eq(r.now, now);
        ck_assert_int_eq(r.last, last);     /* until the update */
        avo_clock_release(&r.clock);
    }
}
END_TEST

/* Stage 2's clock: the step of the sample's coarse group. */
START_TEST(groups_have_a_clock)
{
    struct rows r;
    make(&r, 0, 0, 1);
    r.step.clock_T = 7;
    r.step.clock_K = 2;
    r.step.coarse_bins = 200;
    r.step.epoch = 3;
    r.bin[0] = 200 * 19 + 199;      /* group 19: step 9 mod 7 of the epoch */
    avo_row_scalars(&r.group, 0);
    ck_assert_int_eq(r.now, 3 * 7 + 9 % 7 + 1);
    avo_clock_release(&r.clock);
}
END_TEST

/* A group's sum is near that in double; it depends on the group's samples and their order alone. */
START_TEST(groups_sum_in_order)
{
    enum { N = 211, SAMPLES = 1000 };
    static float dx[SAMPLES * WIDTH];
    uint32_t order[SAMPLES], start[4] = {3, 3 + N, 0, 0};
    struct avo_k_group a = {.block = {.order = order, .start = start}, .dx = dx, .ld_dx = WIDTH};
    float sums[WIDTH];
    for (uint32_t i = 0; i < SAMPLES; i++) {
        order[i] = i * 371 % SAMPLES;
        for (uint32_t j = 0; j < WIDTH; j++)
            dx[i * WIDTH + j] = sinf((float)(i * WIDTH + j));
    }
    for (uint32_t j = 0; j < WIDTH; j++) {
        double sum = 0, size = 0;
        for (uint32_t i = 3; i < 3 + N; i++) {
            sum += (double)dx[order[i] * WIDTH + j];
            size += fabs((double)dx[order[i] * WIDTH + j]);
        }
        sums[j] = avo_group_sum(&a, 0, j);
        ck_assert_double_le(fabs((double)sums[j] - sum), 1e-6 * size);
    }
    /* The same samples as group 2, elsewhere in the order. */
    memmove(order + 500, order + 3, N * sizeof *order);
    start[2] = 500;
    start[3] = 500 + N;
    for (uint32_t j = 0; j < WIDTH; j++)
        ck_assert(bits(avo_group_sum(&a, 2, j)) == bits(sums[j]));
}
END_TEST

/* A factor that stops being finite is reported; the last step is remembered. */
START_TEST(broken_rows_are_reported)
{
    struct rows r;
    float dx[WIDTH] = {0};
    make(&r, 0, 4, 5);
    r.group.dx = dx;
    r.group.ld_dx = WIDTH;
    avo_row_scalars(&r.group, 0);
    avo_row_update(&r.group, 0, 0, 1);
    ck_assert_uint_eq(r.result.broken, 0);
    ck_assert_int_eq(r.last, 5);
    dx[WIDTH - 1] = NAN;
    avo_row_update(&r.group, 0, 0, 1);
    ck_assert_uint_eq(r.result.broken, 1);
    avo_clock_release(&r.clock);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cuda rows");
    TCase *t = tcase_create("cuda rows");
    tcase_add_test(t, bf16_rounds_to_nearest_even);
    tcase_add_test(t, bf16_of_what_is_not_finite);
    tcase_add_test(t, binary16_values);
    tcase_add_test(t, rows_catch_up_as_on_the_cpu);
    tcase_add_test(t, groups_have_a_clock);
    tcase_add_test(t, groups_sum_in_order);
    tcase_add_test(t, broken_rows_are_reported);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
