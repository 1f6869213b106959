/* SPDX-License-Identifier: MIT */
/* join.c: several streams read as one: opening, order of records, CORE, notes. */
#include "libcommon/stream/join.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/digest.h"
#include "libcommon/base/text.h"
#include "libcommon/stream/join_priv.h"

#define MAX_QUEUE_BYTES ((size_t)2 * AVO_MAX_PAYLOAD)

const struct avo_header *avo_join_header(const struct avo_join *j) { return &j->header; }

static bool is_tile(const struct avo_head *h)
{
    return h->type == AVO_REC_SIGNAL || h->type == AVO_REC_GENOME;
}

static bool is_known(const struct avo_head *h)
{
    return h->type >= AVO_REC_HEADER && h->type <= AVO_REC_END;
}

/* ---- opening ---- */

static int open_inputs(struct avo_join *j, char *const *paths, size_t n, struct avo_error *err)
{
    size_t n_stdin = 0;

    for (size_t i = 0; i < n; i++) n_stdin += strcmp(paths[i], "-") == 0;
    if (n_stdin > 1)
        return avo_usage_error(err, "stdin is named twice as an input");
    j->n_inputs = n ? n : 1;
    if (!(j->inputs = avo_alloc(j->n_inputs, sizeof *j->inputs, "inputs", err))) return -1;
    for (size_t i = 0; i < j->n_inputs; i++)
        if (!(j->inputs[i].r = avo_reader_open(n ? paths[i] : "-", err))) return -1;
    return 0;
}

struct avo_join *avo_join_open(char *const *paths, size_t n, struct avo_error *err)
{
    struct avo_join *j = avo_alloc(1, sizeof *j, "inputs", err);

    if (!j) return NULL;
    j->core_owner = SIZE_MAX;
    if (open_inputs(j, paths, n, err) || avo_join_headers(j, err)) {
        avo_join_close(j);
        return NULL;
    }
    j->plain = j->n_inputs == 1;
    return j;
}

void avo_join_close(struct avo_join *j)
{
    if (!j) return;
    for (size_t i = 0; j->inputs && i < j->n_inputs; i++) {
        avo_reader_close(j->inputs[i].r);
        free(j->inputs[i].cols);
        avo_piece_release(&j->inputs[i].carry);
    }
    for (size_t i = 0; i < j->n_pieces; i++) avo_piece_release(&j->pieces[i]);
    for (size_t i = 0; i < j->n_queue; i++) free(j->queue[i].payload);
    avo_header_release(&j->header);
    free(j->inputs);
    free(j->core);
    free(j->pieces);
    free(j->queue);
    free(j->runs);
    free(j->values);
    free(j->row_of);
    free(j);
}

/* ---- selecting ---- */

int avo_join_select(struct avo_join *j, const struct avo_extent *extents, size_t n,
                    struct avo_error *err)
{
    struct avo_header *h = &j->header, cut = { 0 };

    h->n_extents = avo_extents_merge(h->extents, h->n_extents);
    for (size_t a = 0, b = 0; a < h->n_extents && b < n;) {
        struct avo_extent x = h->extents[a], y = extents[b];
        uint32_t beg = x.beg_bin > y.beg_bin ? x.beg_bin : y.beg_bin;
        uint32_t end = x.end_bin < y.end_bin ? x.end_bin : y.end_bin;
        if (x.chrom == y.chrom && beg < end &&
            avo_header_add_extent(&cut, x.chrom, beg, end, err)) goto fail;
        if (x.chrom < y.chrom || (x.chrom == y.chrom && x.end_bin <= y.end_bin)) a++;
        else b++;
    }
    if (cut.n_extents == 0) {
        avo_error_set(err, "%s: holds nothing of the selected regions",
                      avo_reader_name(j->inputs[0].r));
        goto fail;
    }
    free(h->extents);
    h->extents = cut.extents;
    h->n_extents = cut.n_extents;
    j->selected = true;
    j->plain = false;
    return 0;
fail:
    avo_header_release(&cut);
    return -1;
}

int avo_join_keep_tracks(struct avo_join *j, const size_t *tracks, size_t n,
                         struct avo_error *err)
{
    struct avo_header *h = &j->header, kept = { 0 }, old;
    uint32_t *to = avo_alloc(h->n_tracks, sizeof *to, "columns", err);

    if (!to) return -1;
    for (size_t t = 0; t < h->n_tracks; t++) to[t] = AVO_NO_COLUMN;
    for (size_t k = 0; k < n; k++) {
        const struct avo_track *x = &h->tracks[tracks[k]];
        struct avo_track *new = avo_header_add_track(&kept, x->celltype, x->assay, x->role, err);
        if (!new) goto fail;
        new->imputed = x->imputed;
        for (size_t a = 0; a < x->n_attrs; a++)
            if (avo_track_add_attr(new, x->attrs[a].key, x->attrs[a].value, err)) goto fail;
        to[tracks[k]] = (uint32_t)k;
    }
    for (size_t i = 0; i < j->n_inputs; i++)
        for (size_t t = 0; t < avo_reader_header(j->inputs[i].r)->n_tracks; t++)
            j->inputs[i].cols[t] = to[j->inputs[i].cols[t]];
    old = (struct avo_header){ .tracks = h->tracks, .n_tracks = h->n_tracks };
    h->tracks = kept.tracks;
    h->n_tracks = kept.n_tracks;
    avo_header_release(&old);
    free(to);
    j->plain = false;
    return 0;
fail:
    avo_header_release(&kept);
    free(to);
    return -1;
}

/* True if the selection holds bins of [beg, end). */
static bool is_wanted(const struct avo_join *j, uint32_t chrom, uint32_t beg, uint32_t end)
{
    size_t i = avo_extents_first(j->header.extents, j->header.n_extents, chrom, beg);

    if (!j->selected) return true;
    return i < j->header.n_extents && j->header.extents[i].chrom == chrom &&
           j->header.extents[i].beg_bin < end;
}

uint32_t avo_join_cut(const struct avo_join *j, uint32_t chrom, const struct avo_run *run,
                      uint32_t beg, uint32_t end, struct avo_run *out)
{
    uint32_t n = 0, run_end = run->beg_bin + run->n_bins;

    if (beg < run->beg_bin) beg = run->beg_bin;
    if (end > run_end) end = run_end;
    if (beg >= end) return 0;
    if (!j->selected) {
        out[0] = (struct avo_run){ beg, end - beg };
        return 1;
    }
    size_t i = avo_extents_first(j->header.extents, j->header.n_extents, chrom, beg);
    for (; i < j->header.n_extents; i++) {
        const struct avo_extent *e = &j->header.extents[i];
        uint32_t from = e->beg_bin > beg ? e->beg_bin : beg;
        uint32_t to = e->end_bin < end ? e->end_bin : end;
        if (e->chrom != chrom || e->beg_bin >= end) break;
        out[n++] = (struct avo_run){ from, to - from };
    }
    return n;
}

/* ---- the order of records ---- */

static int enqueue(struct avo_join *j, size_t i, struct avo_error *err)
{
    struct avo_join_input *in = &j->inputs[i];
    const void *payload;
    unsigned char *copy;
    size_t len;

    if (avo_reader_raw(in->r, &payload, &len, err)) return -1;
    if ((j->queue_bytes += len + sizeof *j->queue) > MAX_QUEUE_BYTES)
        return avo_reader_fail(in->r, err, "more records of unknown types between two tiles than "
                               "%zu bytes can hold", MAX_QUEUE_BYTES);
    if (avo_grow(&j->queue, &j->cap_queue, j->n_queue + 1, sizeof *j->queue, "records", err) ||
        !(copy = avo_alloc(len, 1, "a record", err))) return -1;
    memcpy(copy, payload, len);
    j->queue[j->n_queue++] = (struct avo_queued){ in->head, copy };
    return 0;
}

int avo_join_advance(struct avo_join *j, size_t i, struct avo_error *err)
{
    struct avo_join_input *in = &j->inputs[i];
    int rc;

    in->pending = false;
    while (!in->done) {
        if ((rc = avo_reader_next(in->r, &in->head, err)) < 0) return -1;
        if (rc == 0) {
            in->done = true;
            break;
        }
        if (!is_known(&in->head)) {
            if (enqueue(j, i, err)) return -1;
            continue;
        }
        if (in->head.type == AVO_REC_STATE && j->n_inputs > 1) continue;
        if (is_tile(&in->head) &&
            !is_wanted(j, in->head.chrom, in->head.beg_bin, in->head.end_bin)) continue;
        in->pending = true;
        break;
    }
    return 0;
}

/* Name and digest of a tensor. */
static void core_digest(const struct avo_tensor *t, struct avo_core_seen *out)
{
    struct avo_digest d;
    uint64_t shape[6] = { (uint64_t)t->dtype, t->n_dims, t->dims[0], t->dims[1], t->dims[2],
                          t->dims[3] };

    avo_digest_init(&d);
    avo_digest_add(&d, shape, sizeof shape);
    avo_digest_add(&d, t->data, avo_tensor_count(t) * avo_dtype_size(t->dtype));
    avo_digest_hex(&d, out->digest);
    memcpy(out->name, t->name, sizeof out->name);
}

static int core_differs(struct avo_join *j, size_t i, const char *name, struct avo_error *err)
{
    avo_error_hint(err, "avo-view -O avo MODEL EXTENSION ... writes a model and its extensions as "
                   "one");
    return avo_reader_fail(j->inputs[i].r, err, "CORE tensor \"%s\" is not that of %s", name,
                           avo_reader_name(j->inputs[j->core_owner].r));
}

/* Looks at the CORE record that input i stands at. 1 = it is the join's, 0 = seen before. */
static int take_core(struct avo_join *j, size_t i, struct avo_error *err)
{
    struct avo_core_seen seen;
    struct avo_tensor t;
    size_t k = 0;

    if (j->core_owner == SIZE_MAX) j->core_owner = i;
    if (j->n_inputs == 1) return 1;
    if (avo_reader_tensor(j->inputs[i].r, &t, err)) return -1;
    core_digest(&t, &seen);
    if (j->core_owner == i) {
        if (avo_grow(&j->core, &j->cap_core, j->n_core + 1, sizeof *j->core, "tensors", err))
            return -1;
        j->core[j->n_core++] = seen;
        return 1;
    }
    while (k < j->n_core && strcmp(j->core[k].name, seen.name) != 0) k++;
    if (k == j->n_core || strcmp(j->core[k].digest, seen.digest) != 0)
        return core_differs(j, i, seen.name, err);
    j->inputs[i].n_core++;
    return 0;
}

/* Brings every input past its CORE. 1 = stands at a CORE record to hand out, 2 = queued records
 * come before it, 0 = all are past. */
static int next_core(struct avo_join *j, struct avo_error *err)
{
    for (size_t i = 0; i < j->n_inputs; i++) {
        struct avo_join_input *in = &j->inputs[i];
        while (!in->core_done) {
            int rc = 0;
            if (!in->pending && avo_join_advance(j, i, err)) return -1;
            if (j->n_queue) return 2;
            if (!in->pending || in->head.type != AVO_REC_CORE) {
                in->core_done = true;
                if (in->n_core && in->n_core != j->n_core)
                    return avo_reader_fail(in->r, err, "%zu CORE tensors (%s has %zu)", in->n_core,
                                           avo_reader_name(j->inputs[j->core_owner].r), j->n_core);
                break;
            }
            if ((rc = take_core(j, i, err)) < 0) return -1;
            in->pending = false;
            if (rc == 1) {
                j->i_cur = i;
                return 1;
            }
        }
    }
    return 0;
}

static int next_genome(struct avo_join *j, size_t i, struct avo_head *head, struct avo_error *err)
{
    struct avo_join_input *in = &j->inputs[i];
    uint32_t group = in->head.beg_bin / j->header.coarse_bins;

    if (j->n_inputs > 1 && j->has_last && j->last_chrom == in->head.chrom &&
        (j->last_end - 1) / j->header.coarse_bins >= group)
        return avo_reader_fail(in->r, err, "a GENOME tile at %s, bin %" PRIu32 " that another "
                               "input holds too", j->header.chroms[in->head.chrom].name,
                               in->head.beg_bin);
    j->has_last = true;
    j->last_chrom = in->head.chrom;
    j->last_end = in->head.end_bin;
    in->pending = false;
    j->i_cur = i;
    *head = in->head;
    if (j->plain || !j->selected) return 1;
    if (avo_reader_genome(in->r, &j->genome, err)) return -1;
    if (avo_join_cut_genome(j, &j->genome, err)) return -1;
    head->n_bins = j->genome.span.n_bins;
    if (head->n_bins == 0) return 0;
    head->beg_bin = j->genome.span.runs[0].beg_bin;
    head->end_bin = j->genome.span.runs[j->genome.span.n_runs - 1].beg_bin +
                    j->genome.span.runs[j->genome.span.n_runs - 1].n_bins;
    return 1;
}

/* The pending input whose tile comes first; SIZE_MAX = none. */
static size_t first_tile(const struct avo_join *j, uint32_t type)
{
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < j->n_inputs; i++) {
        const struct avo_head *h = &j->inputs[i].head, *b;
        if (!j->inputs[i].pending || h->type != type) continue;
        b = best == SIZE_MAX ? NULL : &j->inputs[best].head;
        if (!b || h->chrom < b->chrom || (h->chrom == b->chrom && h->beg_bin < b->beg_bin))
            best = i;
    }
    return best;
}

/* Tiles, then what is left of a single input (STATE, FEATURE). */
static int next_tile(struct avo_join *j, struct avo_head *head, struct avo_error *err)
{
    size_t i;
    int rc;

    if (j->header.content == AVO_CONTENT_SIGNAL && !j->plain)
        return avo_join_compose(j, head, err);
    for (i = 0; i < j->n_inputs; i++)
        if (!j->inputs[i].pending && avo_join_advance(j, i, err)) return -1;
    if (j->n_queue) return 0;           /* handed out first; then here again */
    while ((i = first_tile(j, AVO_REC_GENOME)) != SIZE_MAX) {
        if ((rc = next_genome(j, i, head, err)) != 0) return rc;
        if (avo_join_advance(j, i, err)) return -1;
    }
    for (i = 0; i < j->n_inputs && !j->inputs[i].pending; i++) { }
    if (i == j->n_inputs) return 0;
    j->inputs[i].pending = false;
    j->i_cur = i;
    *head = j->inputs[i].head;
    return 1;
}

static int next_queued(struct avo_join *j, struct avo_head *head)
{
    if (j->i_queue == j->n_queue) {
        for (size_t i = 0; i < j->n_queue; i++) free(j->queue[i].payload);
        j->n_queue = j->i_queue = j->queue_bytes = 0;
        return 0;
    }
    *head = j->queue[j->i_queue++].head;
    j->from_queue = true;
    return 1;
}

int avo_join_next(struct avo_join *j, struct avo_head *head, struct avo_error *err)
{
    int rc;

    j->from_queue = false;
    if (next_queued(j, head)) return 1;
    if ((rc = next_core(j, err)) == 1) *head = j->inputs[j->i_cur].head;
    if (rc == 0) rc = next_tile(j, head, err);
    if ((rc == 0 || rc == 2) && j->n_queue) return next_queued(j, head);
    return rc;
}

/* ---- payloads ---- */

int avo_join_signal(struct avo_join *j, struct avo_tile *tile, struct avo_error *err)
{
    if (j->plain) return avo_reader_signal(j->inputs[j->i_cur].r, tile, err);
    *tile = j->tile;
    return 0;
}

int avo_join_genome(struct avo_join *j, struct avo_genome_tile *tile, struct avo_error *err)
{
    if (!j->selected) return avo_reader_genome(j->inputs[j->i_cur].r, tile, err);
    *tile = j->genome;
    return 0;
}

int avo_join_tensor(struct avo_join *j, struct avo_tensor *tensor, struct avo_error *err)
{
    return avo_reader_tensor(j->inputs[j->i_cur].r, tensor, err);
}

int avo_join_place(const struct avo_join *j, struct avo_error *err)
{
    return avo_reader_place(j->inputs[j->i_cur].r, err);
}

int avo_join_feature(struct avo_join *j, struct avo_feature_block *block, struct avo_error *err)
{
    return avo_reader_feature(j->inputs[j->i_cur].r, block, err);
}

int avo_join_raw(struct avo_join *j, const void **payload, size_t *len_bytes,
                 struct avo_error *err)
{
    const struct avo_queued *q;

    if (!j->from_queue) return avo_reader_raw(j->inputs[j->i_cur].r, payload, len_bytes, err);
    q = &j->queue[j->i_queue - 1];
    *payload = q->payload;
    *len_bytes = (size_t)q->head.payload_bytes;
    return 0;
}

/* ---- notes ---- */

static bool had_note(const struct avo_join *j, size_t n_before, const char *line)
{
    size_t len = strlen(line);

    for (size_t i = 0; i < n_before; i++) {
        const char *p = avo_reader_end(j->inputs[i].r)->notes;
        for (; p && *p; p = strchr(p, '\n') + 1)
            if (strncmp(p, line, len) == 0 && p[len] == '\n') return true;
    }
    return false;
}

static int copy_notes(const struct avo_join *j, size_t i, struct avo_writer *w,
                      struct avo_error *err)
{
    const char *notes = avo_reader_end(j->inputs[i].r)->notes;
    char *text = avo_strdup(notes ? notes : "", err), *rest = text, *line, *colon;
    int rc = text ? 0 : -1;

    while (rc == 0 && (line = avo_line(&rest))) {
        if (had_note(j, i, line) || !(colon = strchr(line, ':'))) continue;
        *colon = '\0';
        rc = avo_unescape(colon + 1, err);
        if (rc == 0) rc = avo_writer_end_note(w, line, colon + 1, err);
    }
    free(text);
    return rc;
}

int avo_join_copy_notes(const struct avo_join *j, struct avo_writer *w, struct avo_error *err)
{
    for (size_t i = 0; i < j->n_inputs; i++)
        if (copy_notes(j, i, w, err)) return -1;
    return 0;
}
