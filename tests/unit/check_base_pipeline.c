/* SPDX-License-Identifier: MIT */
/* check_base_pipeline.c: order, errors and ends of a pipeline, whatever the threads do. */
#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/base/io.h"
#include "libcommon/base/pipeline.h"
#include "libcommon/base/rng.h"
#include "libcommon/base/signals.h"

enum { MOST = 8, N = 200 };

struct item { int number, square; };

/* A job of `n` items; -1: no such failure. */
struct job {
    int n, bad_read, bad_work, bad_write, stop_work, stop_write;
    uint32_t seed;          /* of the pauses; 0: none */
    int n_read, n_written;
    int busy[MOST];         /* lanes: 1 while at work */
    int under_way, most;    /* items */
    bool order;
};

static void pause_(const struct job *j, int stage, int number)
{
    if (j->seed == 0)
        return;
    struct avo_rng4 r = avo_rng_draw(j->seed, 1, (uint32_t)stage, (uint32_t)number, 0, 0);
    struct timespec t = {0, (long)(r.v[0] % 200) * 1000};
    if (r.v[1] % 3 == 0)
        nanosleep(&t, NULL);
}

static int failed(struct avo_error *err, const char *what, int number)
{
    return avo_error_set(err, "%s %d", what, number);
}

static int read_one(void *user, void *item, struct avo_error *err)
{
    struct job *j = user;
    struct item *x = item;
    pause_(j, 0, j->n_read);
    if (j->n_read == j->bad_read)
        return failed(err, "read", j->n_read);
    if (j->n_read == j->n)
        return 0;
    x->number = j->n_read++;
    x->square = -1;
    int now = __atomic_add_fetch(&j->under_way, 1, __ATOMIC_SEQ_CST);
    if (now > j->most)
        j->most = now;
    return 1;
}

static int work_one(void *user, int lane, void *item, struct avo_error *err)
{
    struct job *j = user;
    struct item *x = item;
    if (__atomic_exchange_n(&j->busy[lane], 1, __ATOMIC_SEQ_CST))
        return failed(err, "lane twice", lane);
    pause_(j, 1, x->number);
    x->square = x->number * x->number;
    __atomic_store_n(&j->busy[lane], 0, __ATOMIC_SEQ_CST);
    if (x->number == j->stop_work)
        return 1;
    return x->number == j->bad_work ? failed(err, "work", x->number) : 0;
}

static int write_one(void *user, void *item, struct avo_error *err)
{
    struct job *j = user;
    struct item *x = item;
    pause_(j, 2, x->number);
    j->order = j->order && x->number == j->n_written && x->square == x->number * x->number;
    if (x->number == j->bad_write)
        return failed(err, "write", x->number);
    j->n_written++;
    __atomic_sub_fetch(&j->under_way, 1, __ATOMIC_SEQ_CST);
    return x->number == j->stop_write ? 1 : 0;
}

static int run(struct job *j, size_t n_items, int n_lanes, struct avo_error *err)
{
    struct item items[MOST];
    void *at[MOST];
    for (size_t i = 0; i < MOST; i++)
        at[i] = &items[i];
    struct avo_pipeline p = {.user = j, .read = read_one, .work = work_one, .write = write_one,
                             .items = at, .n_items = n_items, .n_lanes = n_lanes};
    j->order = true;
    int rc = avo_pipeline_run(&p, err);
    ck_assert(j->order);
    ck_assert_int_le(j->most, (int)n_items);
    return rc;
}

static const struct job whole = {.n = N, .bad_read = -1, .bad_work = -1, .bad_write = -1,
                                 .stop_work = -1, .stop_write = -1};

/* With 1, 2, 3 and 8 items under way and as many lanes. */
static const size_t depths[] = {1, 2, 3, MOST};

START_TEST(all_items_in_order)
{
    for (uint32_t seed = 0; seed < 4; seed++) {
        struct avo_error err = {0};
        struct job j = whole;
        j.seed = seed;
        ck_assert_int_eq(run(&j, depths[_i], (int)depths[_i], &err), 0);
        ck_assert_int_eq(j.n_written, N);
        ck_assert_int_eq(err.status, 0);
        j = whole;
        j.n = 0;
        ck_assert_int_eq(run(&j, depths[_i], 1, &err), 0);
        ck_assert_int_eq(j.n_written, 0);
    }
}
END_TEST

/* Several fail: the item that comes first counts, as in a plain loop, and those before it are
 * written. */
START_TEST(the_first_failure_counts)
{
    for (uint32_t seed = 1; seed < 40; seed++) {
        struct avo_error err = {0};
        struct job j = whole;
        struct avo_rng4 r = avo_rng_draw(seed, 2, 0, 0, 0, 0);
        int at[3] = {(int)(r.v[0] % 60), (int)(r.v[1] % 60), (int)(r.v[2] % 60)};
        static const char *const stage[] = {"read", "work", "write"};
        char want[32];
        int first = 0;
        j.seed = seed;
        j.bad_read = at[0];
        j.bad_work = at[1];
        j.bad_write = at[2];
        for (int k = 1; k < 3; k++)
            if (at[k] < at[first])
                first = k;
        snprintf(want, sizeof want, "%s %d", stage[first], at[first]);
        ck_assert_int_eq(run(&j, depths[_i], (int)depths[_i], &err), -1);
        ck_assert_str_eq(err.msg, want);
        ck_assert_int_eq(j.n_written, at[first]);
    }
}
END_TEST

/* Without work between: the numbers come as they were read. */
static int write_plain(void *user, void *item, struct avo_error *err)
{
    struct item *x = item;
    x->square = x->number * x->number;
    return write_one(user, item, err);
}

START_TEST(nothing_to_do_between)
{
    struct avo_error err = {0};
    struct item items[MOST];
    void *at[MOST];
    for (size_t i = 0; i < MOST; i++)
        at[i] = &items[i];
    for (int bad = -1; bad < 12; bad += 12) {
        struct job j = whole;
        struct avo_pipeline p = {.user = &j, .read = read_one, .write = write_plain, .items = at,
                                 .n_items = depths[_i]};
        j.seed = 3;
        j.order = true;
        j.bad_write = bad;
        ck_assert_int_eq(avo_pipeline_run(&p, &err), bad < 0 ? 0 : -1);
        ck_assert_int_eq(j.n_written, bad < 0 ? N : bad);
        ck_assert(j.order);
    }
    ck_assert_str_eq(err.msg, "write 11");
}
END_TEST

START_TEST(an_orderly_stop)
{
    struct avo_error err = {0};
    struct job j = whole;
    j.stop_work = 20;
    ck_assert_int_eq(run(&j, depths[_i], (int)depths[_i], &err), 1);
    ck_assert_int_eq(j.n_written, 20);
    j = whole;
    j.stop_write = 20;
    ck_assert_int_eq(run(&j, depths[_i], (int)depths[_i], &err), 1);
    ck_assert_int_eq(j.n_written, 21);
    ck_assert_int_eq(err.status, 0);
}
END_TEST

/* Reading waits for a pipe that stays empty behind its first three bytes. */
static int pipe_ends[2];
static struct avo_in in;

static int read_byte(void *user, void *item, struct avo_error *err)
{
    struct job *j = user;
    struct item *x = item;
    char c;
    size_t got;
    if (avo_in_read(&in, &c, 1, &got, err) || !got)
        return -1;
    x->number = j->n_read++;
    return 1;
}

static int run_on_pipe(struct job *j, struct avo_error *err)
{
    struct item items[4];
    void *at[4] = {&items[0], &items[1], &items[2], &items[3]};
    struct avo_pipeline p = {.user = j, .read = read_byte, .work = work_one, .write = write_one,
                             .items = at, .n_items = 4, .n_lanes = 2};
    char name[32];
    ck_assert_int_eq(pipe(pipe_ends), 0);
    ck_assert_int_eq(write(pipe_ends[1], "abc", 3), 3);
    snprintf(name, sizeof name, "/dev/fd/%d", pipe_ends[0]);
    ck_assert_int_eq(avo_in_open(&in, name, err), 0);
    j->order = true;
    int rc = avo_pipeline_run(&p, err);
    avo_in_close(&in);
    return rc;
}

START_TEST(a_failure_does_not_wait_for_input)
{
    struct avo_error err = {0};
    struct job j = whole;
    j.bad_work = 1;
    ck_assert_int_eq(run_on_pipe(&j, &err), -1);
    ck_assert_str_eq(err.msg, "work 1");
    ck_assert_int_eq(j.n_written, 1);
}
END_TEST

static void *send_term(void *arg)
{
    struct timespec t = {0, 100000000};
    nanosleep(&t, NULL);
    kill(getpid(), SIGTERM);
    return arg;
}

START_TEST(term_does_not_wait_for_input)
{
    struct avo_error err = {0};
    struct job j = whole;
    pthread_t thread;
    avo_signals_stop();
    ck_assert_int_eq(avo_signals_thread(&thread, send_term, NULL), 0);
    ck_assert_int_eq(run_on_pipe(&j, &err), 1);
    ck_assert_int_eq(avo_signals_stopped(), SIGTERM);
    ck_assert_int_eq(j.n_written, 3);
    pthread_join(thread, NULL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pipeline");
    TCase *c = tcase_create("pipeline");
    int n = (int)(sizeof depths / sizeof *depths);
    tcase_add_loop_test(c, all_items_in_order, 0, n);
    tcase_add_loop_test(c, the_first_failure_counts, 0, n);
    tcase_add_loop_test(c, nothing_to_do_between, 0, n);
    tcase_add_loop_test(c, an_orderly_stop, 0, n);
    tcase_add_test(c, a_failure_does_not_wait_for_input);
    tcase_add_test(c, term_does_not_wait_for_input);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int n_failed = srunner_ntests_failed(r);
    srunner_free(r);
    return n_failed ? 1 : 0;
}
