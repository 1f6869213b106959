/* SPDX-License-Identifier: MIT */
/* earlier.c: an output that lies in PATH.partial until it is whole; its finished tiles are kept
 * when a run is taken up again. */
#include "libcommon/fit/earlier.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"

struct avo_earlier {
    struct avo_reader *r;
    struct avo_genome_tile tile;
    bool have;
    uint64_t n_taken;           /* tiles copied */
    char *partial, *old, *damaged;
    const struct avo_monitor *monitor;
};

/* The next whole tile of the earlier run. Its end is damaged as a rule: that is no error. */
static void next_earlier(struct avo_earlier *e)
{
    struct avo_error ignored = {0};
    struct avo_head head;
    e->have = false;
    while (e->r && avo_reader_next(e->r, &head, &ignored) > 0) {
        if (head.type != AVO_REC_GENOME)
            continue;
        e->have = !avo_reader_genome(e->r, &e->tile, &ignored);
        return;
    }
}

/* 1 = the same text, 0 = another, -1 = error. HEADER names all that determines the rows: model,
 * tracks and roles, extents, and in its provenance the options. */
static int same_header(const struct avo_header *a, const struct avo_header *b,
                       struct avo_error *err)
{
    char *x = NULL, *y = NULL;
    size_t n_x = 0, n_y = 0;
    int same = -1;
    if (!avo_header_format(a, &x, &n_x, err) && !avo_header_format(b, &y, &n_y, err))
        same = n_x == n_y && !memcmp(x, y, n_x);
    free(x);
    free(y);
    return same;
}

/* What a file of an earlier run holds. */
struct remains {
    bool there, cut;        /* cut: it ends too early, as those of killed runs do */
    uint64_t n_tiles;       /* whole ones at its beginning, counted up to the limit */
};

/* The first tiles of an open file; tells how it went on behind them. */
static void count_tiles(struct avo_reader *r, uint64_t limit, struct remains *found)
{
    struct avo_error why = {0};
    struct avo_genome_tile tile;
    struct avo_head head;
    int more = 1;
    while (found->n_tiles < limit && (more = avo_reader_next(r, &head, &why)) > 0) {
        if (head.type != AVO_REC_GENOME)
            continue;
        if ((more = avo_reader_genome(r, &tile, &why)))
            break;
        found->n_tiles++;
    }
    found->cut = more >= 0 || strstr(why.msg, "truncated");
}

/* A file of a run with other options, tracks or model is an error. */
static int look_at(const char *path, const struct avo_header *h, uint64_t limit,
                   struct remains *found, struct avo_error *err)
{
    struct avo_error why = {0};
    *found = (struct remains){.there = !access(path, F_OK)};
    struct avo_reader *r = found->there ? avo_reader_open(path, &why) : NULL;
    found->cut = strstr(why.msg, "truncated") || strstr(why.msg, "empty");
    int same = r ? same_header(avo_reader_header(r), h, err) : 1;
    if (r && same > 0)
        count_tiles(r, limit, found);
    avo_reader_close(r);
    if (same)
        return same < 0 ? -1 : 0;
    return avo_error_set(err, "%s: finished tiles of a run with other options, tracks or model",
                         path);
}

static int give_name(const char *from, const char *to, struct avo_error *err)
{
    return rename(from, to) ? avo_error_sys(err, errno, "%s: cannot rename it to %s", from, to) : 0;
}

/* Takes over text. */
static void tell(const struct avo_earlier *e, char *text)
{
    if (text && e->monitor->note)
        e->monitor->note(e->monitor->user, text);
    free(text);
}

/* What no tile can be taken from is kept for a look, under a name that nothing else has. */
static int keep_damaged(struct avo_earlier *e, const char *path, struct avo_error *err)
{
    char *text = avo_asprintf(err, "%s: empty or damaged, now %s", path, e->damaged);
    if (!text || give_name(path, e->damaged, err)) {
        free(text);
        return -1;
    }
    tell(e, text);
    return 0;
}

/* The work to go on from gets the name of the old output. Where both names exist, copying was
 * broken off and the old one has more tiles, unless something has happened to it. */
static int set_aside(struct avo_earlier *e, const struct avo_header *h, struct avo_error *err)
{
    struct avo_error ignored = {0};
    struct remains old, partial;
    bool both = !access(e->old, F_OK) && !access(e->partial, F_OK);
    uint64_t limit = both ? UINT64_MAX : 1;
    if (look_at(e->old, h, limit, &old, err) || look_at(e->partial, h, limit, &partial, err))
        return -1;
    if (old.there && !old.n_tiles && keep_damaged(e, e->old, err))
        return -1;
    if (partial.n_tiles > old.n_tiles && give_name(e->partial, e->old, err))
        return -1;
    if (partial.there && !partial.n_tiles && !partial.cut && keep_damaged(e, e->partial, err))
        return -1;
    if (old.n_tiles || partial.n_tiles)
        e->r = avo_reader_open(e->old, &ignored);
    next_earlier(e);
    return 0;
}

struct avo_earlier *avo_earlier_begin(const char *path, const struct avo_header *h, bool resume,
                                      const struct avo_monitor *monitor, struct avo_error *err)
{
    struct avo_earlier *e = avo_alloc(1, sizeof *e, "earlier run", err);
    if (!e)
        return NULL;
    e->monitor = monitor;
    e->partial = avo_asprintf(err, "%s.partial", path);
    e->old = avo_asprintf(err, "%s.partial.old", path);
    e->damaged = avo_asprintf(err, "%s.partial.damaged", path);
    if (!e->partial || !e->old || !e->damaged || (resume && set_aside(e, h, err))) {
        avo_earlier_free(e);
        return NULL;
    }
    if (!resume)
        unlink(e->old);
    return e;
}

const char *avo_earlier_partial(const struct avo_earlier *e)
{
    return e->partial;
}

const struct avo_genome_tile *avo_earlier_tile(const struct avo_earlier *e)
{
    return e->have ? &e->tile : NULL;
}

int avo_earlier_copy(struct avo_earlier *e, struct avo_writer *w, struct avo_error *err)
{
    int rc = avo_writer_genome(w, &e->tile, err);
    e->n_taken++;
    next_earlier(e);
    return rc;
}

int avo_earlier_other(const struct avo_earlier *e, struct avo_error *err)
{
    return avo_error_set(err, "%s: finished tiles of another input", e->old);
}

int avo_earlier_done(struct avo_earlier *e, struct avo_writer *w, struct avo_error *err)
{
    if (!e->r)
        return 0;
    avo_reader_close(e->r);
    e->r = NULL;
    if (avo_writer_sync(w, err))
        return -1;
    unlink(e->old);
    tell(e, avo_asprintf(err, "%" PRIu64 " finished tile%s of the earlier run", e->n_taken,
                         e->n_taken == 1 ? "" : "s"));
    return 0;
}

void avo_earlier_free(struct avo_earlier *e)
{
    if (!e)
        return;
    avo_reader_close(e->r);
    free(e->partial);
    free(e->old);
    free(e->damaged);
    free(e);
}
