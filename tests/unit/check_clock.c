/* SPDX-License-Identifier: MIT */
/* check_clock.c: schedules, and idle steps against Adam taken step by step in double. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/backend/backend.h"

#define STEPS 500
#define BOUND 3e-5      /* of the summed idle displacement: the contract's */

struct setting {
    enum avo_schedule schedule;
    double lr, decay;
};
static const struct setting settings[] = {
    {AVO_SCHEDULE_CONSTANT, 1e-3, 0},  {AVO_SCHEDULE_LINEAR, 1e-3, 0},
    {AVO_SCHEDULE_COSINE, 1e-3, 0},    {AVO_SCHEDULE_CONSTANT, 1e-2, 0},
    {AVO_SCHEDULE_CONSTANT, 1e-3, 1},  {AVO_SCHEDULE_LINEAR, 1e-2, 0.1},
    {AVO_SCHEDULE_COSINE, 1e-3, 5},
};
#define N_SETTINGS ((int)(sizeof settings / sizeof *settings))

static struct avo_clock make_clock(const struct setting *s, int64_t steps)
{
    struct avo_error err = {0};
    struct avo_clock c = {.lr = s->lr, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-7,
                          .decay = s->decay, .schedule = s->schedule, .n_steps = steps};
    ck_assert_msg(!avo_clock_init(&c, steps, &err), "%s", err.msg);
    return c;
}

/* The same parameter twice: ours, with idle steps in closed form, and in double without. */
struct pair {
    float w, m, v;
    int64_t last;
    double W, M, V, idle;   /* idle: summed |displacement| of the steps without a gradient */
    double rounding;        /* half a unit in the last place of w for each time it was stored */
};

static void stored(struct pair *p)
{
    float w = fabsf(p->w);
    p->rounding += (double)(nextafterf(w, 1) - w) / 2;
}

static double rate(const struct setting *s, int64_t t)
{
    const double pi = acos(-1), x = (double)(t - 1) / STEPS;
    double shape = 1;
    if (s->schedule == AVO_SCHEDULE_LINEAR)
        shape = 1 - x;
    if (s->schedule == AVO_SCHEDULE_COSINE)
        shape = 0.5 + 0.5 * cos(pi * x);
    return s->lr * fmax(shape, 0.01);
}

static void reference_step(struct pair *p, const struct setting *s, int64_t t, bool touched,
                           double g)
{
    double lr = rate(s, t), before = p->W;
    p->M = 0.9 * p->M + 0.1 * g;
    p->V = 0.999 * p->V + 0.001 * g * g;
    double c = lr * sqrt(1 - pow(0.999, (double)t)) / (1 - pow(0.9, (double)t));
    p->W = p->W * (1 - lr * s->decay) - c * p->M / (sqrt(p->V) + 1e-7);
    if (!touched)
        p->idle += fabs(p->W - before);
}

static void catch_up(struct pair *p, const struct avo_clock *c, int64_t to)
{
    if (p->last >= to)
        return;
    struct avo_idle idle = avo_clock_idle(c, p->last, to);
    avo_idle_step(&idle, (float)c->eps, &p->w, &p->m, &p->v);
    p->last = to;
    stored(p);
}

static void our_step(struct pair *p, const struct avo_clock *c, int64_t t, float g)
{
    catch_up(p, c, t - 1);
    struct avo_adam a = avo_clock_adam(c, t);
    avo_adam_step(&a, g, &p->w, &p->m, &p->v);
    p->last = t;
    stored(p);
}

/* A gradient of about `size`: keyed, both signs, with a part that persists. */
static float gradient(uint32_t i, int64_t t, float size)
{
    struct avo_rng4 r = avo_rng_draw(5, 99, i, (uint32_t)t, 0, 0);
    return size * (2 * avo_rng_unit(r.v[0]) - 1 + (i & 1 ? 0.5f : -0.5f));
}

static struct pair start(uint32_t i)
{
    struct avo_rng4 r = avo_rng_draw(6, 99, i, 0, 0, 0);
    struct pair p = {.w = avo_init_value(r.v[0], 0.05f)};
    p.W = (double)p.w;
    return p;
}

/* The contract as a ratio that 1 bounds: the largest |w - W| against the largest summed idle
 * displacement; and for each value against its own, the rounding of float32 set aside (a value of
 * 0.05 that moves by 1e-5 cannot be stored to 3e-10). */
static double worst_of(struct pair *p, uint32_t n, const struct avo_clock *c)
{
    double own = 0, most = 0, longest = 0;
    for (uint32_t i = 0; i < n; i++) {
        catch_up(&p[i], c, STEPS);
        double d = fabs((double)p[i].w - p[i].W);
        own = fmax(own, (d - p[i].rounding) / (BOUND * p[i].idle));
        most = fmax(most, d);
        longest = fmax(longest, p[i].idle);
    }
    return fmax(own, most / (BOUND * longest));
}

static const float sizes[] = {1e-4f, 1e-6f, 1e-7f};

/* interval 0: touched at random, one step in twenty. */
static bool touched(uint32_t i, int64_t t, int64_t interval)
{
    if (interval)
        return t % interval == i % interval;
    return avo_rng_below(avo_rng_draw(7, 99, i, (uint32_t)t, 0, 0).v[0], 20) == 0;
}

START_TEST(idle_steps_follow_dense_adam)
{
    static const int64_t intervals[] = {5, 28, 63, 250, 0};
    const struct setting *s = &settings[_i];
    struct avo_clock c = make_clock(s, STEPS);
    for (size_t k = 0; k < sizeof intervals / sizeof *intervals; k++)
        for (size_t z = 0; z < 3; z++) {
            struct pair p[64];
            for (uint32_t i = 0; i < 64; i++)
                p[i] = start(i);
            for (int64_t t = 1; t <= STEPS; t++)
                for (uint32_t i = 0; i < 64; i++) {
                    bool now = touched(i, t, intervals[k]);
                    float g = now ? gradient(i, t, sizes[z]) : 0;
                    reference_step(&p[i], s, t, now, (double)g);
                    if (now)
                        our_step(&p[i], &c, t, g);
                }
            double worst = worst_of(p, 64, &c);
            ck_assert_msg(worst <= 1, "interval %d, gradients %g: %.3f of the bound",
                          (int)intervals[k], (double)sizes[z], worst);
        }
    avo_clock_release(&c);
}
END_TEST

/* Without idle steps float32 differs from double by rounding only. */
START_TEST(touched_steps_are_adam)
{
    const struct setting *s = &settings[_i];
    struct avo_clock c = make_clock(s, STEPS);
    for (size_t z = 0; z < 3; z++)
        for (uint32_t i = 0; i < 32; i++) {
            struct pair p = start(i);
            double moved = 0;
            for (int64_t t = 1; t <= STEPS; t++) {
                double before = p.W;
                float g = gradient(i, t, sizes[z]);
                reference_step(&p, s, t, true, (double)g);
                our_step(&p, &c, t, g);
                moved += fabs(p.W - before);
            }
            ck_assert_double_le(fabs((double)p.w - p.W), BOUND * moved);
        }
    avo_clock_release(&c);
}
END_TEST

/* Rows of a genome block under the three orders: 4 bins a row, T steps an epoch. */
static void run_order(enum avo_order order, uint32_t n_steps, float size, double *worst)
{
    enum { ROWS = 250, PER = 4, BINS = ROWS * PER };
    struct pair *p = malloc(ROWS * sizeof *p);
    struct avo_clock c = make_clock(&settings[1], STEPS);
    uint32_t n = (BINS + n_steps - 1) / n_steps;
    for (uint32_t i = 0; i < ROWS; i++)
        p[i] = start(i);
    for (int64_t t = 1; t <= STEPS; t++) {
        bool now[ROWS] = {false};
        struct avo_step step = {.order = order, .seed = 3,
                                .epoch = (uint32_t)((t - 1) / n_steps)};
        uint64_t first = (uint64_t)(t - 1) % n_steps * n, visit_base = step.epoch * (uint64_t)BINS;
        for (uint64_t q = first; q < first + n && q < BINS; q++) {
            uint32_t visit, bin = avo_sample_place(
                &step, BINS, q + (order == AVO_ORDER_RANDOM ? visit_base : 0), &visit);
            now[bin / PER] = true;
        }
        for (uint32_t i = 0; i < ROWS; i++) {
            float g = now[i] ? gradient(i, t, size) : 0;
            reference_step(&p[i], &settings[1], t, now[i], (double)g);
            if (now[i])
                our_step(&p[i], &c, t, g);
        }
    }
    *worst = worst_of(p, ROWS, &c);
    avo_clock_release(&c);
    free(p);
}

START_TEST(idle_steps_hold_under_every_order)
{
    static const uint32_t per_epoch[] = {5, 28, 63, 250};
    for (size_t k = 0; k < sizeof per_epoch / sizeof *per_epoch; k++)
        for (size_t z = 0; z < 3; z++) {
            double worst;
            run_order((enum avo_order)_i, per_epoch[k], sizes[z], &worst);
            ck_assert_msg(worst <= 1, "%u steps an epoch, gradients %g: %.3f of the bound",
                          per_epoch[k], (double)sizes[z], worst);
        }
}
END_TEST

/* One idle step of k is k idle steps of one, whatever the row's state. */
START_TEST(idle_steps_compose)
{
    struct avo_clock c = make_clock(&settings[_i], STEPS);
    for (uint32_t i = 0; i < 200; i++) {
        struct pair a = start(i), b;
        int64_t from = 1 + i % 50, to = from + 1 + (i * 7) % 300;
        our_step(&a, &c, from, gradient(i, 1, sizes[i % 3]));
        b = a;
        float w = a.w;
        for (int64_t t = from + 1; t <= to; t++)
            catch_up(&a, &c, t);
        catch_up(&b, &c, to);
        ck_assert_float_le(fabsf(a.w - b.w),
                           3e-5f * fabsf(b.w - w) + (float)(to - from) * 1.9e-9f);
        ck_assert_float_le(fabsf(a.m - b.m), 1e-4f * fabsf(b.m));
        ck_assert_float_le(fabsf(a.v - b.v), 1e-4f * b.v);
    }
    avo_clock_release(&c);
}
END_TEST

START_TEST(small_moments_become_zero)
{
    struct avo_clock c = make_clock(&settings[0], 2000);
    float w = 0.01f, m = 1e-7f, v = 1e-14f;
    struct avo_idle idle = avo_clock_idle(&c, 10, 2000);
    avo_idle_step(&idle, 1e-7f, &w, &m, &v);
    ck_assert_float_eq(m, 0);       /* 1e-7 * 0.9^1990 */
    ck_assert_float_gt(v, 0);
    for (int sign = -1; sign <= 1; sign += 2) {
        idle = avo_clock_idle(&c, 10, 11);
        m = (float)sign * 1.2e-30f;
        avo_idle_step(&idle, 1e-7f, &w, &m, &v);
        ck_assert_float_ne(m, 0);   /* 1.08e-30 */
        m = (float)sign * 1.1e-30f;
        avo_idle_step(&idle, 1e-7f, &w, &m, &v);
        ck_assert_float_eq(m, 0);   /* 0.99e-30 */
    }
    v = 1e-37f;
    avo_idle_step(&idle, 1e-7f, &w, &m, &v);
    ck_assert_float_eq(v, 0);
    w = 0.01f;
    m = v = 0;
    idle = avo_clock_idle(&c, 0, 2000);
    avo_idle_step(&idle, 1e-7f, &w, &m, &v);
    ck_assert_float_eq(w, 0.01f);   /* a row that was never touched stays */
    avo_clock_release(&c);
}
END_TEST

START_TEST(rates_follow_the_schedule)
{
    struct avo_clock c = {.lr = 0.5, .n_steps = 100};
    ck_assert_double_eq(avo_clock_lr(&c, 1), 0.5);
    ck_assert_double_eq(avo_clock_lr(&c, 1000), 0.5);
    c.schedule = AVO_SCHEDULE_LINEAR;
    ck_assert_double_eq(avo_clock_lr(&c, 1), 0.5);
    ck_assert_double_eq_tol(avo_clock_lr(&c, 51), 0.25, 1e-15);
    ck_assert_double_eq_tol(avo_clock_lr(&c, 101), 0.005, 1e-15);
    ck_assert_double_eq_tol(avo_clock_lr(&c, 10001), 0.005, 1e-15);
    c.schedule = AVO_SCHEDULE_COSINE;
    ck_assert_double_eq(avo_clock_lr(&c, 1), 0.5);
    ck_assert_double_eq_tol(avo_clock_lr(&c, 51), 0.25, 1e-15);
    ck_assert_double_eq_tol(avo_clock_lr(&c, 26), 0.5 * (1 + sqrt(0.5)) / 2, 1e-15);
    ck_assert_double_eq_tol(avo_clock_lr(&c, 101), 0.005, 1e-15);
}
END_TEST

/* A clock's values at a step do not depend on how many steps it was prepared for. */
START_TEST(clocks_of_two_lengths_agree)
{
    struct avo_clock a = make_clock(&settings[4], 50), b = make_clock(&settings[4], 400);
    for (int64_t last = 0; last < 50; last += 7)
        for (int64_t to = last; to <= 50; to += 3) {
            struct avo_idle x = avo_clock_idle(&a, last, to), y = avo_clock_idle(&b, last, to);
            ck_assert_int_eq(memcmp(&x, &y, sizeof x), 0);
        }
    avo_clock_release(&a);
    avo_clock_release(&b);
}
END_TEST

/* The sums are geometric with ratio b1 / sqrt(b2) / keep: a keep below it would let them grow
 * without limit, one below 0 has no logarithm. */
START_TEST(too_much_decay_is_an_error)
{
    static const double decay[] = {99, 100, 1000, 1e9};
    for (int i = 0; i < 4; i++) {
        struct avo_error err = {0};
        struct avo_clock c = {.lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-7,
                              .decay = decay[i]};
        ck_assert_int_eq(avo_clock_init(&c, 1000, &err), -1);
        ck_assert_ptr_nonnull(strstr(err.msg, "decay"));
        avo_clock_release(&c);
    }
    const struct setting most = {AVO_SCHEDULE_CONSTANT, 1e-3, 50};
    struct avo_clock c = make_clock(&most, 20000);
    for (int64_t t = 0; t <= 20000; t += 100) {
        struct avo_idle i = avo_clock_idle(&c, t, 20000);
        ck_assert(isfinite(i.s) && isfinite(i.s_eps) && i.keep >= 0);
    }
    avo_clock_release(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock");
    TCase *t = tcase_create("clock");
    tcase_add_loop_test(t, idle_steps_follow_dense_adam, 0, N_SETTINGS);
    tcase_add_loop_test(t, touched_steps_are_adam, 0, N_SETTINGS);
    tcase_add_loop_test(t, idle_steps_hold_under_every_order, 0, 3);
    tcase_add_loop_test(t, idle_steps_compose, 0, N_SETTINGS);
    tcase_add_test(t, small_moments_become_zero);
    tcase_add_test(t, rates_follow_the_schedule);
    tcase_add_test(t, clocks_of_two_lengths_agree);
    tcase_add_test(t, too_much_decay_is_an_error);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
