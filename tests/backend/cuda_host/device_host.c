/* SPDX-License-Identifier: MIT */
/* device_host.c: a card that is ordinary memory and a late queue: see host.h. */
#include "tests/backend/cuda_host/host.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUARD 256u
#define MAGIC 0xa5u

struct avo_host_knobs avo_host = {.memory = (size_t)4 << 30};
struct avo_host_counts avo_host_count;

struct op {
    avo_host_fn *fn;
    void *args;
    bool owned;             /* args belong to the queue, not to a recording */
};
struct list {
    uint64_t key;
    struct op *op;
    size_t n, cap;
};
struct block {
    unsigned char *p;       /* with its guards */
    size_t size;
    bool pinned;
};

struct avo_dev {
    struct list queue, *recording;
    size_t done;            /* of the queue */
    struct list *record;
    size_t n_records;
    struct block *block;
    size_t n_blocks, used;
    size_t mark[AVO_DEV_MARKS];
    long waits;
};

/* The card that this thread works on. A real one would take card 0 for granted. */
static _Thread_local int card_of_thread = -1;

void avo_host_check(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "host card: %s\n", what);
    abort();
}

static void *checked(void *p)
{
    avo_host_check(p != NULL, "out of memory");
    return p;
}

static void append(struct list *l, struct op op)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 64;
        l->op = checked(realloc(l->op, l->cap * sizeof *l->op));
    }
    l->op[l->n++] = op;
}

static void check_thread(void)
{
    avo_host_check(card_of_thread >= 0, "work of a thread that has not said which card it uses");
}

void avo_host_queue(struct avo_dev *d, avo_host_fn *fn, const void *args, size_t len)
{
    check_thread();
    struct op op = {fn, checked(malloc(len ? len : 1)), !d->recording};
    memcpy(op.args, args, len);
    if (d->recording)
        append(d->recording, op);
    append(&d->queue, op);
}

/* Does what was queued before `upto`. */
static void work(struct avo_dev *d, size_t upto)
{
    for (; d->done < upto; d->done++) {
        struct op *op = &d->queue.op[d->done];
        op->fn(op->args);
        if (op->owned)
            free(op->args);
    }
    if (d->done < d->queue.n)
        return;
    memset(d->mark, 0, sizeof d->mark);     /* all reached */
    d->queue.n = d->done = 0;
}

int avo_dev_usable(int index, char *name, size_t size, struct avo_error *err)
{
    if (avo_host.absent || index > 0)
        return avo_error_status(err, AVO_EXIT_DEVICE, "no card number %d", index);
    snprintf(name, size, "cuda:host:loops");
    return 0;
}

struct avo_dev *avo_dev_open(int index, struct avo_error *err)
{
    char name[64];
    if (avo_dev_usable(index, name, sizeof name, err))
        return NULL;
    memset(&avo_host_count, 0, sizeof avo_host_count);
    card_of_thread = index;
    return checked(calloc(1, sizeof(struct avo_dev)));
}

void avo_dev_close(struct avo_dev *d)
{
    if (!d)
        return;
    work(d, d->queue.n);
    avo_dev_forget(d);
    avo_host_check(d->n_blocks == 0, "memory of the card is not freed");
    free(d->block);
    free(d->queue.op);
    free(d);
}

int avo_dev_use(struct avo_dev *d, struct avo_error *err)
{
    (void)d;
    (void)err;
    card_of_thread = 0;
    return 0;
}

const char *avo_dev_name(const struct avo_dev *d)
{
    (void)d;
    return "cuda:host:loops";
}

int avo_dev_has_bf16(const struct avo_dev *d)
{
    (void)d;
    return !avo_host.no_bf16;
}

static size_t there(const struct avo_dev *d)
{
    return avo_host.memory > d->used ? avo_host.memory - d->used : 0;
}

size_t avo_dev_free_bytes(struct avo_dev *d)
{
    return avo_host.pretend_free ? avo_host.pretend_free : there(d);
}

/* ---- memory ---- */

static void *take(struct avo_dev *d, size_t size, bool pinned)
{
    check_thread();
    unsigned char *p = checked(aligned_alloc(256, (size + 2 * GUARD + 255) / 256 * 256));
    memset(p, MAGIC, size + 2 * GUARD);
    memset(p + GUARD, 0, size);
    d->block = checked(realloc(d->block, (d->n_blocks + 1) * sizeof *d->block));
    d->block[d->n_blocks++] = (struct block){p, size, pinned};
    d->used += pinned ? 0 : size;
    return p + GUARD;
}

static void check_guards(const struct block *b)
{
    for (size_t i = 0; i < GUARD; i++)
        avo_host_check(b->p[i] == MAGIC && b->p[GUARD + b->size + i] == MAGIC,
                       "a word outside an allocation was written");
}

static void drop(struct avo_dev *d, void *p, bool pinned)
{
    if (!p)
        return;
    work(d, d->queue.n);
    for (size_t i = 0; i < d->n_blocks; i++) {
        struct block *b = &d->block[i];
        if (b->p + GUARD != (unsigned char *)p)
            continue;
        avo_host_check(b->pinned == pinned, "freed as the wrong kind of memory");
        avo_host_check(pinned || !d->n_records, "memory freed that a recording may name");
        check_guards(b);
        d->used -= pinned ? 0 : b->size;
        free(b->p);
        *b = d->block[--d->n_blocks];
        return;
    }
    avo_host_check(0, "freed what was not allocated");
}

void *avo_dev_alloc(struct avo_dev *d, size_t n, size_t size, const char *what,
                    struct avo_error *err)
{
    if (n * size > there(d)) {
        avo_error_status(err, AVO_EXIT_DEVICE, "no memory for %s (%zu bytes, %zu there)", what,
                         n * size, there(d));
        return NULL;
    }
    return take(d, n * size, false);
}

void avo_dev_free(struct avo_dev *d, void *p)
{
    drop(d, p, false);
}

void *avo_dev_pinned(struct avo_dev *d, size_t n, size_t size, const char *what,
                     struct avo_error *err)
{
    (void)what;
    (void)err;
    return take(d, n * size, true);
}

void avo_dev_pinned_free(struct avo_dev *d, void *p)
{
    drop(d, p, true);
}

/* p .. p + len - 1 lies inside one allocation. */
static void check_inside(const struct avo_dev *d, const void *p, size_t len, bool pinned)
{
    const unsigned char *q = p;
    for (size_t i = 0; i < d->n_blocks; i++) {
        const struct block *b = &d->block[i];
        if (b->pinned == pinned && q >= b->p + GUARD && q + len <= b->p + GUARD + b->size)
            return;
    }
    avo_host_check(0, "a copy outside an allocation");
}

/* ---- copies ---- */

static void copy_rows(char *to, size_t to_pitch, const char *from, size_t from_pitch, size_t width,
                      size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        memcpy(to + i * to_pitch, from + i * from_pitch, width);
}

int avo_dev_upload(struct avo_dev *d, void *to, size_t to_pitch, const void *from,
                   size_t from_pitch, size_t width, size_t rows, struct avo_error *err)
{
    (void)err;
    check_thread();
    avo_host_check(!d->recording, "an upload inside a run");
    work(d, d->queue.n);
    if (rows && width)
        check_inside(d, to, (rows - 1) * to_pitch + width, false);
    copy_rows(to, to_pitch, from, from_pitch, width, rows);
    avo_host_count.uploaded += width * rows;
    return 0;
}

static int lost(struct avo_dev *d, struct avo_error *err)
{
    if (!avo_host.lost_after || ++d->waits < avo_host.lost_after)
        return 0;
    return avo_error_set(err, "the card was lost");
}

static int wait_for_all(struct avo_dev *d, struct avo_error *err)
{
    work(d, d->queue.n);
    for (size_t i = 0; i < d->n_blocks; i++)
        check_guards(&d->block[i]);
    return lost(d, err);
}

int avo_dev_download(struct avo_dev *d, void *to, size_t to_pitch, const void *from,
                     size_t from_pitch, size_t width, size_t rows, struct avo_error *err)
{
    if (wait_for_all(d, err))
        return -1;
    if (rows && width)
        check_inside(d, from, (rows - 1) * from_pitch + width, false);
    copy_rows(to, to_pitch, from, from_pitch, width, rows);
    return 0;
}

int avo_dev_send(struct avo_dev *d, void *to, const void *pinned, size_t len,
                 struct avo_error *err)
{
    (void)err;
    check_thread();
    avo_host_check(!d->recording, "a send inside a run");
    check_inside(d, to, len, false);
    check_inside(d, pinned, len, true);
    memcpy(to, pinned, len);
    avo_host_count.sent += len;
    return 0;
}

struct copy {
    void *to;
    const void *from;
    size_t len;
};

static void do_copy(const void *args)
{
    const struct copy *c = args;
    memcpy(c->to, c->from, c->len);
}

int avo_dev_fetch(struct avo_dev *d, void *pinned, const void *from, size_t len,
                  struct avo_error *err)
{
    struct copy c = {pinned, from, len};
    (void)err;
    avo_host_check(!d->recording, "a fetch inside a run");
    check_inside(d, from, len, false);
    check_inside(d, pinned, len, true);
    avo_host_queue(d, do_copy, &c, sizeof c);
    return 0;
}

int avo_dev_copy(struct avo_dev *d, void *to, const void *from, size_t len, struct avo_error *err)
{
    struct copy c = {to, from, len};
    (void)err;
    avo_host_queue(d, do_copy, &c, sizeof c);
    return 0;
}

/* ---- order ---- */

int avo_dev_mark(struct avo_dev *d, int i, struct avo_error *err)
{
    (void)err;
    d->mark[i] = d->queue.n;
    return 0;
}

int avo_dev_wait(struct avo_dev *d, int i, struct avo_error *err)
{
    if (d->mark[i] > d->done)
        work(d, d->mark[i]);
    return lost(d, err);
}

int avo_dev_run(struct avo_dev *d, uint64_t key, avo_dev_fn *fn, void *arg, struct avo_error *err)
{
    for (size_t r = 0; r < d->n_records; r++) {
        const struct list *l = &d->record[r];
        if (l->key != key)
            continue;
        avo_host_count.replayed++;
        for (size_t i = 0; i < l->n; i++)
            append(&d->queue, (struct op){l->op[i].fn, l->op[i].args, false});
        return 0;
    }
    d->record = checked(realloc(d->record, (d->n_records + 1) * sizeof *d->record));
    d->recording = &d->record[d->n_records++];
    *d->recording = (struct list){.key = key};
    avo_host_count.recorded++;
    int rc = fn(arg, err);
    d->recording = NULL;
    return rc;
}

void avo_dev_forget(struct avo_dev *d)
{
    work(d, d->queue.n);
    for (size_t r = 0; r < d->n_records; r++) {
        for (size_t i = 0; i < d->record[r].n; i++)
            free(d->record[r].op[i].args);
        free(d->record[r].op);
    }
    free(d->record);
    d->record = NULL;
    d->n_records = 0;
}
