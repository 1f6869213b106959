/* SPDX-License-Identifier: MIT */
/* pipeline.c: one thread reads, one for each lane works, the caller writes. Item number q has the
 * memory q mod n_items. The caller waits on a descriptor, which a signal breaks off; so does the
 * reader where its input is a pipe. */
#include "libcommon/base/pipeline.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/signals.h"

struct run {
    const struct avo_pipeline *p;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    int ready, halt;            /* eventfds: an item is worked, or all is over; read breaks off */
    uint64_t n_read, n_taken, n_written;
    uint64_t end;               /* items from here on do not exist, or are of no more use */
    bool *worked;               /* [n_items] */
    int rc;                     /* of the item at `end`; 0: the input ended there */
    struct avo_error err;
};

struct lane {
    struct run *run;
    int index;
    pthread_t thread;
};

static void tell(int fd)
{
    while (eventfd_write(fd, 1) && errno == EINTR)
        ;
}

/* Item q failed, or is not there: the lowest one counts. */
static void end_at(struct run *r, uint64_t q, int rc, const struct avo_error *err)
{
    pthread_mutex_lock(&r->lock);
    if (q < r->end) {
        r->end = q;
        r->rc = rc;
        r->err = *err;
    }
    if (rc)
        tell(r->halt);
    pthread_cond_broadcast(&r->moved);
    pthread_mutex_unlock(&r->lock);
    tell(r->ready);
}

static void *read_all(void *arg)
{
    struct run *r = arg;
    const struct avo_pipeline *p = r->p;
    avo_signals_break_on(r->halt);
    for (uint64_t q = 0;; q++) {
        struct avo_error err = {0};
        pthread_mutex_lock(&r->lock);
        while (q < r->end && q >= r->n_written + p->n_items)
            pthread_cond_wait(&r->moved, &r->lock);
        bool over = q >= r->end;
        pthread_mutex_unlock(&r->lock);
        if (over)
            return NULL;
        int more = p->read(p->user, p->items[q % p->n_items], &err);
        if (more <= 0) {
            end_at(r, q, more, &err);
            return NULL;
        }
        pthread_mutex_lock(&r->lock);
        r->n_read = q + 1;
        r->worked[q % p->n_items] = !p->work;
        pthread_cond_broadcast(&r->moved);
        pthread_mutex_unlock(&r->lock);
        if (!p->work)
            tell(r->ready);
    }
}

static void *work_all(void *arg)
{
    const struct lane *l = arg;
    struct run *r = l->run;
    const struct avo_pipeline *p = r->p;
    for (;;) {
        struct avo_error err = {0};
        pthread_mutex_lock(&r->lock);
        while (r->n_taken >= r->n_read && r->n_taken < r->end)
            pthread_cond_wait(&r->moved, &r->lock);
        uint64_t q = r->n_taken;
        bool over = q >= r->end;
        r->n_taken += !over;
        pthread_mutex_unlock(&r->lock);
        if (over)
            return NULL;
        int rc = p->work(p->user, l->index, p->items[q % p->n_items], &err);
        if (rc) {
            end_at(r, q, rc, &err);
            return NULL;
        }
        pthread_mutex_lock(&r->lock);
        r->worked[q % p->n_items] = true;
        pthread_mutex_unlock(&r->lock);
        tell(r->ready);
    }
}

/* Whether item q waits to be written: 1; 0: it never will. */
static int await(struct run *r, uint64_t q)
{
    for (;;) {
        eventfd_t n;
        pthread_mutex_lock(&r->lock);
        bool over = q >= r->end, worked = !over && r->worked[q % r->p->n_items];
        pthread_mutex_unlock(&r->lock);
        if (over || worked)
            return worked;
        if (avo_signals_wait(r->ready) || (eventfd_read(r->ready, &n) && errno != EINTR)) {
            struct avo_error err = {0};
            end_at(r, q, 1, &err);
        }
    }
}

static void write_all(struct run *r)
{
    const struct avo_pipeline *p = r->p;
    for (uint64_t q = 0; await(r, q); q++) {
        struct avo_error err = {0};
        int rc = p->write(p->user, p->items[q % p->n_items], &err);
        if (rc)
            end_at(r, q, rc, &err);
        pthread_mutex_lock(&r->lock);
        r->worked[q % p->n_items] = false;
        r->n_written = q + 1;
        pthread_cond_broadcast(&r->moved);
        pthread_mutex_unlock(&r->lock);
    }
}

/* In turn, without threads. */
static int run_plain(const struct avo_pipeline *p, struct avo_error *err)
{
    int rc;
    while ((rc = p->read(p->user, p->items[0], err)) > 0) {
        if ((p->work && (rc = p->work(p->user, 0, p->items[0], err))) ||
            (rc = p->write(p->user, p->items[0], err)))
            return rc;
    }
    return rc;
}

/* False where the threads are not to be had: nothing has been read then. */
static bool run_threads(struct run *r, struct lane *lanes)
{
    struct avo_error none = {0};
    pthread_t reader;
    int n = 0, n_lanes = r->p->work ? r->p->n_lanes : 0;
    for (; n < n_lanes; n++) {
        lanes[n] = (struct lane){.run = r, .index = n};
        if (avo_signals_thread(&lanes[n].thread, work_all, &lanes[n]))
            break;
    }
    bool reads = n == n_lanes && !avo_signals_thread(&reader, read_all, r);
    if (!reads)
        end_at(r, 0, 0, &none);
    write_all(r);
    while (n-- > 0)
        pthread_join(lanes[n].thread, NULL);
    if (reads)
        pthread_join(reader, NULL);
    return reads;
}

int avo_pipeline_run(const struct avo_pipeline *p, struct avo_error *err)
{
    if (p->n_items == 1)
        return run_plain(p, err);
    struct run r = {.p = p, .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER,
                    .end = UINT64_MAX};
    struct lane *lanes = avo_alloc((size_t)p->n_lanes, sizeof *lanes, "lanes", err);
    r.worked = avo_alloc(p->n_items, sizeof *r.worked, "items", err);
    r.ready = eventfd(0, EFD_CLOEXEC);
    r.halt = eventfd(0, EFD_CLOEXEC);
    int rc = lanes && r.worked ? 0 : -1;
    if (!rc && (r.ready < 0 || r.halt < 0))
        rc = avo_error_sys(err, errno, "cannot make a descriptor to wait on");
    if (!rc && !run_threads(&r, lanes)) {
        rc = run_plain(p, err);
    } else if (!rc) {
        rc = r.rc < 0 && avo_signals_stopped() ? 1 : r.rc;
        if (rc < 0 && err)
            *err = r.err;
    }
    if (r.ready >= 0)
        close(r.ready);
    if (r.halt >= 0)
        close(r.halt);
    free(r.worked);
    free(lanes);
    return rc;
}
