/* SPDX-License-Identifier: MIT */
/* impute_input.c: several model files as one model, their tiles in table order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libcommon/base/alloc.h"
#include "libcommon/genome/region.h"
#include "libcommon/impute/impute.h"
#include "libcommon/stream/chrom_index.h"

struct source {
    const char *path;           /* NULL: stdin */
    char *name;                 /* for messages */
    struct avo_reader *reader;  /* NULL: closed (to be opened when its turn comes, or ended) */
    struct avo_header header;   /* of the file */
    uint32_t *chrom;            /* [header.n_chroms] index in the common table */
    bool has_genome, can_reopen, ended;
    struct avo_head first, head;/* first and next GENOME tile; chrom of the file's table */
    uint32_t pos;               /* first bin of the tile at head that was not given out */
    bool loaded;                /* tile: its payload, the reader's */
    struct avo_genome_tile tile;
    char digest[33];            /* once it has ended */
};

struct avo_models {
    struct avo_model model;
    size_t n;
    struct source *sources;     /* in table order once all are read */
    struct source *cur;         /* whose tile was given out, or NULL */
    uint32_t end;               /* bin where what was given out ends */
    struct avo_run *runs;       /* of a part of a tile */
    size_t cap_runs;
};

const struct avo_model *avo_models_core(const struct avo_models *s) { return &s->model; }
const char *avo_models_name(const struct avo_models *s) { return s->cur ? s->cur->name : ""; }

/* Next GENOME head of a source, or its end. */
static int advance(struct source *f, struct avo_error *err)
{
    int more;
    do
        more = avo_reader_next(f->reader, &f->head, err);
    while (more > 0 && f->head.type != AVO_REC_GENOME);
    f->pos = f->head.beg_bin;
    f->loaded = false;
    if (more)
        return more < 0 ? -1 : 0;
    memcpy(f->digest, avo_reader_end(f->reader)->digest, sizeof f->digest);
    avo_reader_close(f->reader);
    f->reader = NULL;
    f->ended = true;
    return 0;
}

/* Files that can be read again are closed until their turn: a reader's buffers are not small. */
static void park(struct source *f)
{
    if (!f->can_reopen || f->ended)
        return;
    avo_reader_close(f->reader);
    f->reader = NULL;
}

static int reopen(struct source *f, struct avo_error *err)
{
    struct avo_head first = f->first;
    f->reader = avo_reader_open(f->path, err);
    if (!f->reader || advance(f, err))
        return -1;
    if (f->ended || f->head.chrom != first.chrom || f->head.beg_bin != first.beg_bin ||
        f->head.end_bin != first.end_bin ||
        strcmp(avo_reader_header(f->reader)->root_id, f->header.root_id))
        return avo_error_set(err, "%s: changed while it was being read", f->name);
    return 0;
}

/* ---- joining ---- */

static int join_model(struct avo_models *s, struct source *f, struct avo_model *ext,
                      struct avo_error *err)
{
    struct avo_model *m = &s->model;
    if (f == s->sources) {
        *m = *ext;
        memset(ext, 0, sizeof *ext);
        return 0;
    }
    if (!m->observed != !ext->observed)
        return avo_error_set(err, "%s: a model of another family than %s", f->name,
                             s->sources[0].name);
    if (strcmp(m->header.root_id, ext->header.root_id))
        return avo_error_set(err, "%s: a model of another root (%s, %s has %s)", f->name,
                             ext->header.root_id, s->sources[0].name, m->header.root_id);
    if (m->header.mid_bins != ext->header.mid_bins ||
        m->header.coarse_bins != ext->header.coarse_bins)
        return avo_error_set(err, "%s: other mid and coarse bins than %s", f->name,
                             s->sources[0].name);
    return avo_model_join(m, ext, err) ? avo_error_prefix(err, "%s", f->name) : 0;
}

static int open_source(struct avo_models *s, struct source *f, struct avo_error *err)
{
    struct avo_model m;
    struct stat st;
    int more, rc = -1;
    memset(&m, 0, sizeof m);
    f->can_reopen = f->path && strcmp(f->path, "-") && !stat(f->path, &st) && S_ISREG(st.st_mode);
    if (!(f->reader = avo_reader_open(f->path, err)) ||
        !(f->name = avo_strdup(avo_reader_name(f->reader), err)) ||
        avo_header_copy(&f->header, avo_reader_header(f->reader), err))
        return -1;
    if (f->header.content != AVO_CONTENT_MODEL)
        return avo_error_set(err, "%s: holds %s (want a model, as avo-train writes it)", f->name,
                             f->header.content == AVO_CONTENT_SIGNAL ? "signal" : "features");
    if (avo_model_read(&m, f->reader, &f->head, &more, err))
        return -1;
    if (!more || f->head.type != AVO_REC_GENOME) {
        if (advance(f, err))
            goto out;
    }
    f->has_genome = !f->ended;
    f->first = f->head;
    f->pos = f->head.beg_bin;
    rc = join_model(s, f, &m, err);
    park(f);
out:
    avo_model_release(&m);
    return rc;
}

/* ---- the common chromosome table ---- */

static bool same_chroms(const struct avo_header *a, const struct avo_header *b)
{
    bool same = a->n_chroms == b->n_chroms;
    for (size_t i = 0; same && i < a->n_chroms; i++)
        same = !strcmp(a->chroms[i].name, b->chroms[i].name) &&
               a->chroms[i].len_bp == b->chroms[i].len_bp;
    return same;
}

/* seen: the names in h, by number. */
static int add_chroms(struct avo_header *h, struct avo_names *seen, const struct source *f,
                      struct avo_error *err)
{
    for (size_t i = 0; i < f->header.n_chroms; i++) {
        const struct avo_chrom *c = &f->header.chroms[i];
        int64_t k = avo_names_add(seen, c->name, err);
        if (k < 0 ||
            ((size_t)k == h->n_chroms && avo_header_add_chrom(h, c->name, c->len_bp, err)))
            return -1;
        if (h->chroms[k].len_bp != c->len_bp)
            return avo_error_set(err, "%s: chromosome %s has %llu bases (%llu in another model)",
                                 f->name, c->name, (unsigned long long)c->len_bp,
                                 (unsigned long long)h->chroms[k].len_bp);
    }
    return 0;
}

static int map_chroms(const struct avo_chrom_index *all, struct source *f, struct avo_error *err)
{
    uint32_t last = 0;
    f->chrom = avo_alloc(f->header.n_chroms, sizeof *f->chrom, "chromosomes", err);
    for (size_t i = 0; f->chrom && i < f->header.n_chroms; i++) {
        f->chrom[i] = (uint32_t)avo_chrom_index_find(all, f->header.chroms[i].name, &last);
        if (i && f->chrom[i] <= f->chrom[i - 1])
            return avo_error_set(err, "%s: its chromosomes are in another order than those of the"
                                 " other models", f->name);
    }
    return f->chrom ? 0 : -1;
}

static int map_all(struct avo_models *s, const struct avo_header *all, struct avo_error *err)
{
    struct avo_chrom_index index;
    int rc = avo_chrom_index_init(&index, all, err);
    for (size_t i = 0; !rc && i < s->n; i++)
        rc = map_chroms(&index, &s->sources[i], err);
    avo_chrom_index_release(&index);
    return rc;
}

/* Replaces the joined header's table by one that holds every file's chromosomes. */
static int join_chroms(struct avo_models *s, struct avo_error *err)
{
    struct avo_header *h = &s->model.header, all;
    struct avo_names seen = {0};
    bool same = true;
    int rc = 0;
    memset(&all, 0, sizeof all);
    for (size_t i = 1; i < s->n; i++)
        same = same && same_chroms(&s->sources[0].header, &s->sources[i].header);
    for (size_t i = 0; !rc && i < s->n; i++)
        if (i == 0 || !same)
            rc = add_chroms(&all, &seen, &s->sources[i], err);
    avo_names_release(&seen);
    if (!rc && !same)
        avo_chroms_sort(&all);
    rc = rc ? rc : map_all(s, &all, err);
    if (!rc) {
        struct avo_chrom *chroms = h->chroms;
        size_t n = h->n_chroms;
        h->chroms = all.chroms;
        h->n_chroms = all.n_chroms;
        all.chroms = chroms;
        all.n_chroms = n;
    }
    avo_header_release(&all);
    return rc;
}

/* ---- order, extents, provenance ---- */

static int compare_u32(uint32_t a, uint32_t b) { return a < b ? -1 : a > b; }

static int compare_sources(const void *pa, const void *pb)
{
    const struct source *a = pa, *b = pb;
    int c = (int)b->has_genome - (int)a->has_genome;
    if (!c && a->has_genome)
        c = compare_u32(a->chrom[a->first.chrom], b->chrom[b->first.chrom]);
    if (!c && a->has_genome)
        c = compare_u32(a->first.beg_bin, b->first.beg_bin);
    for (size_t i = 0; !c && i < a->header.n_provenance && i < b->header.n_provenance; i++)
        c = strcmp(a->header.provenance[i], b->header.provenance[i]);
    return c ? c : strcmp(a->digest, b->digest);
}

static bool any_genome(const struct avo_models *s)
{
    bool any = false;
    for (size_t i = 0; i < s->n; i++)
        any = any || s->sources[i].has_genome;
    return any;
}

/* All extents of files with GENOME (of all, if none has), sorted and merged. */
static int join_extents(struct avo_models *s, struct avo_error *err)
{
    struct avo_header *h = &s->model.header;
    bool any = any_genome(s);
    h->n_extents = 0;
    for (size_t i = 0; i < s->n; i++)
        for (size_t e = 0; s->sources[i].has_genome >= any && e < s->sources[i].header.n_extents;
             e++) {
            const struct avo_extent *x = &s->sources[i].header.extents[e];
            if (avo_header_add_extent(h, s->sources[i].chrom[x->chrom], x->beg_bin, x->end_bin,
                                      err))
                return -1;
        }
    h->n_extents = avo_extents_merge(h->extents, h->n_extents);
    return 0;
}

/* The chains of all files, each distinct entry once. */
static int join_provenance(struct avo_models *s, struct avo_error *err)
{
    struct avo_header all, *h = &s->model.header;
    int rc = 0;
    memset(&all, 0, sizeof all);
    for (size_t i = 0; i < s->n; i++)
        rc = rc ? rc : avo_header_join_provenance(&all, &s->sources[i].header, err);
    if (!rc) {
        char **lines = h->provenance;
        size_t n = h->n_provenance;
        h->provenance = all.provenance;
        h->n_provenance = all.n_provenance;
        all.provenance = lines;
        all.n_provenance = n;
    }
    avo_header_release(&all);
    return rc;
}

/* What the files may say differently is the first one's in table order. */
static void take_words(struct avo_models *s)
{
    struct avo_header *h = &s->model.header, *from = &s->sources[0].header, old = *h;
    h->unit = from->unit;
    h->assembly = from->assembly;
    h->extra = from->extra;
    h->n_extra = from->n_extra;
    from->unit = old.unit;
    from->assembly = old.assembly;
    from->extra = old.extra;
    from->n_extra = old.n_extra;
}

static int join_headers(struct avo_models *s, struct avo_error *err)
{
    if (join_chroms(s, err) || (s->n > 1 && avo_model_sort(&s->model, err)))
        return -1;
    qsort(s->sources, s->n, sizeof *s->sources, compare_sources);
    take_words(s);
    return join_extents(s, err) || join_provenance(s, err) ? -1 : 0;
}

struct avo_models *avo_models_open_any(char *const *paths, size_t n_paths, struct avo_error *err)
{
    struct avo_models *s = avo_alloc(1, sizeof *s, "models", err);
    size_t n_stdin = n_paths == 0;
    if (!s)
        return NULL;
    s->n = n_paths ? n_paths : 1;
    if (!(s->sources = avo_alloc(s->n, sizeof *s->sources, "models", err)))
        goto fail;
    for (size_t i = 0; i < n_paths; i++) {
        s->sources[i].path = paths[i];
        n_stdin += !strcmp(paths[i], "-");
    }
    if (n_stdin > 1) {
        avo_usage_error(err, "standard input (-) is given %zu times", n_stdin);
        goto fail;
    }
    for (size_t i = 0; i < s->n; i++)
        if (open_source(s, &s->sources[i], err))
            goto fail;
    if (join_headers(s, err))
        goto fail;
    return s;
fail:
    avo_models_close(s);
    return NULL;
}

int avo_models_need_genome(const struct avo_models *s, struct avo_error *err)
{
    if (any_genome(s))
        return 0;
    if (s->model.observed)
        return avo_error_set(err, "%s: a model of the family observed has no factors of positions",
                             s->sources[0].name);
    avo_error_set(err, "%s: no GENOME records: nothing can be imputed", s->sources[0].name);
    return avo_error_hint(err, "give the files with the genome's factors too (chr*.model.avo)");
}

struct avo_models *avo_models_open(char *const *paths, size_t n_paths, struct avo_error *err)
{
    struct avo_models *s = avo_models_open_any(paths, n_paths, err);
    if (!s || !avo_models_need_genome(s, err))
        return s;
    avo_models_close(s);
    return NULL;
}

void avo_models_take(struct avo_models *s, struct avo_model *m)
{
    *m = s->model;
    memset(&s->model, 0, sizeof s->model);
}

/* ---- tiles ---- */

static bool comes_before(const struct source *a, const struct source *b)
{
    uint32_t ca = a->chrom[a->head.chrom], cb = b->chrom[b->head.chrom];
    return ca < cb || (ca == cb && a->pos < b->pos);
}

/* The source that is next in table order, leaving one out (NULL: none). */
static struct source *least(struct avo_models *s, const struct source *but)
{
    struct source *best = NULL;
    for (size_t i = 0; i < s->n; i++) {
        struct source *f = &s->sources[i];
        if (f != but && !f->ended && f->has_genome && (!best || comes_before(f, best)))
            best = f;
    }
    return best;
}

static int load(struct source *f, struct avo_error *err)
{
    if (!f->loaded && avo_reader_genome(f->reader, &f->tile, err))
        return -1;
    f->loaded = true;
    return 0;
}

/* Leaves behind what was given out. */
static int go_on(struct avo_models *s, struct avo_error *err)
{
    struct source *f = s->cur;
    if (!f || s->end == f->head.end_bin)
        return f ? advance(f, err) : 0;
    const struct avo_run *r = f->tile.span.runs;
    while (r->beg_bin + r->n_bins <= s->end)
        r++;
    f->pos = r->beg_bin > s->end ? r->beg_bin : s->end;
    return 0;
}

/* Where to stop in the tile of cur: at its end, or at the group where a tile of another file lies
 * in between (its regions alternate with those of this one). */
static int find_end(struct avo_models *s, struct avo_error *err)
{
    const struct avo_header *h = &s->model.header;
    struct source *f = s->cur, *other = least(s, f);
    uint32_t chrom = f->chrom[f->head.chrom], group = f->pos / h->coarse_bins;
    s->end = f->head.end_bin;
    if (!other || other->chrom[other->head.chrom] != chrom ||
        other->pos / h->coarse_bins > (s->end - 1) / h->coarse_bins)
        return 0;
    if (other->pos / h->coarse_bins == group)
        return avo_error_set(err, "%s and %s: two tiles for one position (%s:%llu)", f->name,
                             other->name, h->chroms[chrom].name,
                             (unsigned long long)other->pos * h->bin_bp + 1);
    s->end = other->pos / h->coarse_bins * h->coarse_bins;
    return load(f, err);
}

int avo_models_next(struct avo_models *s, struct avo_head *head, struct avo_error *err)
{
    if (go_on(s, err))
        return -1;
    s->cur = least(s, NULL);
    if (!s->cur)
        return 0;
    if (!s->cur->reader && reopen(s->cur, err))
        return -1;
    if (find_end(s, err))
        return -1;
    *head = s->cur->head;
    head->chrom = s->cur->chrom[head->chrom];
    head->beg_bin = s->cur->pos;
    head->end_bin = s->end;
    return 1;
}

/* Bins [beg, end) of a span, in runs [n_runs at least]. */
static struct avo_span part_of(const struct avo_span *span, uint32_t beg, uint32_t end,
                               struct avo_run *runs)
{
    struct avo_span out = {.chrom = span->chrom, .runs = runs};
    for (uint32_t r = 0; r < span->n_runs; r++) {
        uint32_t from = span->runs[r].beg_bin, to = from + span->runs[r].n_bins;
        from = from > beg ? from : beg;
        to = to < end ? to : end;
        if (from >= to)
            continue;
        runs[out.n_runs++] = (struct avo_run){from, to - from};
        out.n_bins += to - from;
    }
    return out;
}

/* Keeps bins [beg, end), whole groups, of a tile. Rows of a group are its own. */
static int cut_tile(struct avo_models *s, struct avo_genome_tile *tile, uint32_t beg, uint32_t end,
                    struct avo_error *err)
{
    const struct avo_header *h = &s->model.header;
    if (avo_grow(&s->runs, &s->cap_runs, tile->span.n_runs, sizeof *s->runs, "runs", err))
        return -1;
    struct avo_span before = part_of(&tile->span, 0, beg, s->runs);
    for (uint32_t b = 0, k = 0; b < h->n_blocks; b++)
        if (avo_block_is_genome(&h->blocks[b])) {
            size_t skip = avo_span_rows(&before, h->blocks[b].bins_per_row);
            tile->rows[k++] += skip * h->blocks[b].width;
        }
    tile->span = part_of(&tile->span, beg, end, s->runs);
    for (uint32_t b = 0, k = 0; b < h->n_blocks; b++)
        if (avo_block_is_genome(&h->blocks[b]))
            tile->n_rows[k++] = avo_span_rows(&tile->span, h->blocks[b].bins_per_row);
    return 0;
}

int avo_models_genome(struct avo_models *s, struct avo_genome_tile *tile, struct avo_error *err)
{
    struct source *f = s->cur;
    if (load(f, err))
        return -1;
    *tile = f->tile;
    tile->span.chrom = f->chrom[f->head.chrom];
    if (f->pos == f->head.beg_bin && s->end == f->head.end_bin)
        return 0;
    return cut_tile(s, tile, f->pos, s->end, err);
}

bool avo_models_can_rewind(const struct avo_models *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->sources[i].has_genome && !s->sources[i].can_reopen)
            return false;
    return true;
}

void avo_models_rewind(struct avo_models *s)
{
    for (size_t i = 0; i < s->n; i++) {
        struct source *f = &s->sources[i];
        if (!f->has_genome)
            continue;
        avo_reader_close(f->reader);
        f->reader = NULL;
        f->ended = false;
        f->head = f->first;
        f->pos = f->first.beg_bin;
        f->loaded = false;
    }
    s->cur = NULL;
}

const char *avo_models_digest(const struct avo_models *s, size_t i)
{
    return i < s->n ? s->sources[i].digest : "";
}

int avo_models_end_notes(const struct avo_models *s, struct avo_writer *w, struct avo_error *err)
{
    for (size_t i = 0; i < s->n; i++) {
        char key[32];
        snprintf(key, sizeof key, "model%zu", i + 1);
        if (avo_writer_end_note(w, key, s->sources[i].digest, err))
            return -1;
    }
    return 0;
}

/* Whether the headers of models name the same tracks: else one of them extends another. */
static bool same_tracks(const struct avo_header *a, const struct avo_header *b)
{
    bool same = a->n_tracks == b->n_tracks;
    for (size_t i = 0; same && i < a->n_tracks; i++)
        same = avo_header_find_track(b, a->tracks[i].celltype, a->tracks[i].assay) >= 0;
    return same;
}

int avo_models_extended(char *const *paths, size_t n_paths, struct avo_error *err)
{
    struct avo_header first = {0};
    int rc = 0;
    for (size_t i = 0; i < n_paths; i++)
        if (n_paths < 2 || !strcmp(paths[i], "-"))
            return 0;
    for (size_t i = 0; rc == 0 && i < n_paths; i++) {
        struct avo_reader *r = avo_reader_open(paths[i], err);
        if (!r)
            rc = -1;
        else if (avo_reader_header(r)->content != AVO_CONTENT_MODEL)
            n_paths = 0;
        else if (i == 0)
            rc = avo_header_copy(&first, avo_reader_header(r), err);
        else
            rc = !same_tracks(&first, avo_reader_header(r));
        if (r && avo_reader_give_back(r, err))
            rc = -1;
    }
    avo_header_release(&first);
    return rc;
}

int avo_models_copy(struct avo_models *s, struct avo_writer *w, struct avo_error *err)
{
    struct avo_head head;
    struct avo_genome_tile tile;
    int more;
    if (avo_model_write(w, &s->model, err))
        return -1;
    while ((more = avo_models_next(s, &head, err)) > 0)
        if (avo_models_genome(s, &tile, err) || avo_writer_genome(w, &tile, err))
            return -1;
    return more < 0 || avo_models_end_notes(s, w, err) ? -1 : 0;
}

void avo_models_close(struct avo_models *s)
{
    if (!s)
        return;
    for (size_t i = 0; s->sources && i < s->n; i++) {
        struct source *f = &s->sources[i];
        avo_reader_close(f->reader);
        avo_header_release(&f->header);
        free(f->chrom);
        free(f->name);
    }
    free(s->sources);
    free(s->runs);
    avo_model_release(&s->model);
    free(s);
}
