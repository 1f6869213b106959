/* SPDX-License-Identifier: MIT */
/* header_text.c: record 0 as text and back (avo-stream(5), HEADER). */
#include "libcommon/stream/header.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/base/utf8.h"
#include "libcommon/stream/wire.h"

#define MAX_FIELDS 256
#define MAX_NAMES 1000000
#define MAX_BINS 4000000000u

static const char *const content_names[] = { "signal", "model", "feature" };

/* ---- writing ---- */

struct out {
    FILE *f;
    struct avo_error *err;
    bool failed;
};

/* "\tkey:value" with the value escaped; NULL writes nothing. */
static void put(struct out *o, const char *key, const char *value)
{
    char *s;

    if (!value || o->failed) return;
    s = avo_escape(value, false, o->err);
    o->failed = !s;
    if (s) fprintf(o->f, "\t%s:%s", key, s);
    free(s);
}

static void put_num(struct out *o, const char *key, uint64_t value)
{
    if (!o->failed) fprintf(o->f, "\t%s:%" PRIu64, key, value);
}

/* An attribute: in its key a colon is escaped too. */
static void put_attr(struct out *o, const struct avo_attr *a)
{
    char *key = avo_escape(a->key, false, o->err);

    o->failed |= !key;
    if (!key) return;
    fputs("\tx-", o->f);
    for (const char *c = key; *c; c++) {
        if (*c == ':') fputs("%3A", o->f);
        else fputc(*c, o->f);
    }
    free(key);
    if (!(key = avo_escape(a->value, false, o->err))) o->failed = true;
    else fprintf(o->f, ":%s", key);
    free(key);
}

static void put_track(struct out *o, const struct avo_track *t)
{
    fputs("@TRACK", o->f);
    put(o, "celltype", t->celltype);
    put(o, "assay", t->assay);
    if (t->role != AVO_ROLE_UNSET) put(o, "role", avo_role_name(t->role));
    put(o, "kind", t->imputed ? "imputed" : "observed");
    for (size_t i = 0; i < t->n_attrs; i++) put_attr(o, &t->attrs[i]);
    fputc('\n', o->f);
}

static void put_block(struct out *o, const struct avo_block *b)
{
    fputs("@BLOCK", o->f);
    put(o, "name", b->name);
    put(o, "kind", avo_block_kind_name(b->kind));
    put_num(o, "width", b->width);
    if (avo_block_is_genome(b)) put_num(o, "bins", b->bins_per_row);
    fputc('\n', o->f);
}

static void put_places(struct out *o, const struct avo_header *h)
{
    for (size_t i = 0; i < h->n_chroms; i++) {
        fputs("@CHROM", o->f);
        put(o, "name", h->chroms[i].name);
        put_num(o, "length", h->chroms[i].len_bp);
        fputc('\n', o->f);
    }
    for (size_t i = 0; i < h->n_extents; i++) {
        const struct avo_extent *e = &h->extents[i];
        fputs("@EXTENT", o->f);
        put(o, "chrom", e->chrom < h->n_chroms ? h->chroms[e->chrom].name : "");
        put_num(o, "beg", e->beg_bin);
        put_num(o, "end", e->end_bin);
        fputc('\n', o->f);
    }
}

static void put_all(struct out *o, const struct avo_header *h)
{
    fprintf(o->f, "@AVO\tversion:%d.%u\tcontent:%s\n@BIN", AVO_STREAM_MAJOR, avo_header_minor(h),
            avo_content_name(h->content));
    put_num(o, "bp", h->bin_bp);
    put_num(o, "mid", h->mid_bins);
    put_num(o, "coarse", h->coarse_bins);
    fputc('\n', o->f);
    put_places(o, h);
    fprintf(o->f, "@SPACE\ttransform:%s\tmissing:%s", avo_transform_name(h->transform),
            h->missing_nan ? "nan" : "zero");
    put(o, "unit", h->unit);
    put(o, "assembly", h->assembly);
    fputc('\n', o->f);
    for (size_t i = 0; i < h->n_tracks; i++) put_track(o, &h->tracks[i]);
    for (size_t i = 0; i < h->n_blocks; i++) put_block(o, &h->blocks[i]);
    if (h->root_id[0])
        fprintf(o->f, "@MODEL\troot:%s%s\n", h->root_id, h->parafac ? "\tform:parafac" : "");
    for (size_t i = 0; i < h->n_extra; i++) fprintf(o->f, "%s\n", h->extra[i]);
    for (size_t i = 0; i < h->n_provenance; i++) fprintf(o->f, "@PG\t%s\n", h->provenance[i]);
}

int avo_header_format(const struct avo_header *h, char **text, size_t *len, struct avo_error *err)
{
    struct out o = { .err = err };
    bool bad;

    *text = NULL;
    *len = 0;
    if (!(o.f = open_memstream(text, len)))
        return avo_error_set(err, "out of memory (the header's text)");
    put_all(&o, h);
    bad = ferror(o.f) != 0;
    bad |= fclose(o.f) != 0;
    if (!bad && !o.failed) return 0;
    if (bad) avo_error_set(err, "out of memory (the header's text)");
    free(*text);
    *text = NULL;
    return -1;
}

/* ---- reading ---- */

struct field { char *key, *value; };

struct parser {
    struct avo_header *h;
    size_t line;
    const char *tag;
    size_t n_fields;
    struct field fields[MAX_FIELDS];
    size_t i_chrom;             /* extents ascend: where the last one's chromosome is */
    struct avo_error *err;
};

static int fail(struct parser *p, const char *what, const char *arg)
{
    return avo_error_set(p->err, "HEADER line %zu (%s): %s%s%s%s", p->line, p->tag, what,
                         arg ? " \"" : "", arg ? arg : "", arg ? "\"" : "");
}

/* Takes a field out of the line; NULL = it is not there. */
static char *take(struct parser *p, const char *key)
{
    for (size_t i = 0; i < p->n_fields; i++) {
        struct field f = p->fields[i];
        if (strcmp(f.key, key) != 0) continue;
        memmove(&p->fields[i], &p->fields[i + 1], (--p->n_fields - i) * sizeof f);
        return f.value;
    }
    return NULL;
}

static char *need(struct parser *p, const char *key)
{
    char *v = take(p, key);

    if (!v) fail(p, "missing field", key);
    return v;
}

static int need_num(struct parser *p, const char *key, uint64_t lo, uint64_t hi, uint64_t *out)
{
    const char *v = need(p, key);
    uint64_t x = 0;

    if (!v) return -1;
    if (!*v || (v[0] == '0' && v[1])) return fail(p, "not a number:", v);
    for (const char *c = v; *c; c++) {
        if (*c < '0' || *c > '9' || x > (UINT64_MAX - 9) / 10) return fail(p, "not a number:", v);
        x = 10 * x + (uint64_t)(*c - '0');
    }
    if (x < lo || x > hi)
        return avo_error_set(p->err, "HEADER line %zu (%s): %s is %" PRIu64 " (want %" PRIu64
                             " to %" PRIu64 ")", p->line, p->tag, key, x, lo, hi);
    *out = x;
    return 0;
}

static int need_enum(struct parser *p, const char *key, const char *const *names, int n)
{
    const char *v = need(p, key);

    if (!v) return -1;
    for (int i = 0; i < n; i++)
        if (strcmp(v, names[i]) == 0) return i;
    return fail(p, key, v);
}

/* Escapes may hide any byte but NUL, and what they make must be UTF-8 again. */
static int unescape(struct parser *p, char *s)
{
    if (strstr(s, "%00")) return fail(p, "an escaped NUL", NULL);
    if (avo_unescape(s, p->err))
        return avo_error_prefix(p->err, "HEADER line %zu (%s)", p->line, p->tag);
    return avo_utf8_ok(s, strlen(s), NULL) ? 0 : fail(p, "a value that is not UTF-8", NULL);
}

static char *dup(struct parser *p, const char *s) { return avo_strdup(s, p->err); }

static int on_avo(struct parser *p)
{
    char *v = need(p, "version"), *end;
    int content = need_enum(p, "content", content_names, 3);

    if (!v || content < 0) return -1;
    if (strtol(v, &end, 10) != AVO_STREAM_MAJOR || *end != '.')
        return fail(p, "unknown version", v);
    if (content == AVO_CONTENT_MODEL)   /* of a later version nothing is kept that it added */
        p->h->minor = strcmp(end, ".0") ? AVO_STREAM_MINOR : 0;
    p->h->content = (enum avo_content)content;
    return 0;
}

static int on_bin(struct parser *p)
{
    uint64_t bp, mid, coarse;

    if (need_num(p, "bp", 1, 1000000, &bp) || need_num(p, "mid", 1, AVO_MAX_TILE_BINS, &mid) ||
        need_num(p, "coarse", 1, AVO_MAX_TILE_BINS, &coarse)) return -1;
    if (coarse % mid) return fail(p, "mid does not divide coarse", NULL);
    p->h->bin_bp = (uint32_t)bp;
    p->h->mid_bins = (uint32_t)mid;
    p->h->coarse_bins = (uint32_t)coarse;
    return 0;
}

static int on_chrom(struct parser *p)
{
    uint64_t len;
    const char *name = need(p, "name");

    if (!name || need_num(p, "length", 1, (uint64_t)MAX_BINS * p->h->bin_bp, &len)) return -1;
    if (!*name) return fail(p, "empty name", NULL);
    if (p->h->n_chroms == MAX_NAMES) return fail(p, "too many chromosomes", NULL);
    return avo_header_add_chrom(p->h, name, len, p->err);
}

static int on_extent(struct parser *p)
{
    struct avo_header *h = p->h;
    uint64_t beg, end;
    const char *name = need(p, "chrom");
    const struct avo_extent *last = h->n_extents ? &h->extents[h->n_extents - 1] : NULL;

    if (!name) return -1;
    while (p->i_chrom < h->n_chroms && strcmp(h->chroms[p->i_chrom].name, name) != 0) p->i_chrom++;
    if (p->i_chrom == h->n_chroms)
        return fail(p, "chromosome not in the table, or extents not in its order:", name);
    if (need_num(p, "beg", 0, MAX_BINS, &beg) ||
        need_num(p, "end", beg + 1, avo_header_chrom_bins(h, p->i_chrom), &end)) return -1;
    if (last && last->chrom == p->i_chrom && beg < last->end_bin)
        return fail(p, "the extent overlaps the one before it", NULL);
    return avo_header_add_extent(h, (uint32_t)p->i_chrom, (uint32_t)beg, (uint32_t)end, p->err);
}

static int on_space(struct parser *p)
{
    static const char *const missing[] = { "zero", "nan" };
    const char *t = need(p, "transform"), *unit = take(p, "unit"), *assembly = take(p, "assembly");
    int tr = t ? avo_transform_parse(t) : -1, nan = need_enum(p, "missing", missing, 2);

    if (!t || nan < 0) return -1;
    if (tr < 0) return fail(p, "transform", t);
    p->h->transform = (enum avo_transform)tr;
    p->h->missing_nan = nan;
    if (unit && !(p->h->unit = dup(p, unit))) return -1;
    if (assembly && !(p->h->assembly = dup(p, assembly))) return -1;
    return 0;
}

static int on_track(struct parser *p)
{
    static const char *const kinds[] = { "observed", "imputed" };
    const char *cell = need(p, "celltype"), *assay = need(p, "assay"), *role = take(p, "role");
    int kind = need_enum(p, "kind", kinds, 2), r = role ? avo_role_parse(role) : AVO_ROLE_UNSET;
    struct avo_track *t;

    if (!cell || !assay || kind < 0) return -1;
    if (r < 0) return fail(p, "role", role);
    if (!*cell || !*assay) return fail(p, "empty name", NULL);
    if (p->h->n_tracks == MAX_NAMES) return fail(p, "too many tracks", NULL);
    if (!(t = avo_header_add_track(p->h, cell, assay, (enum avo_role)r, p->err))) return -1;
    t->imputed = kind;
    for (size_t i = 0; i < p->n_fields; i++) {
        struct field *f = &p->fields[i];
        if (strncmp(f->key, "x-", 2) != 0) return fail(p, "unknown field", f->key);
        if (unescape(p, f->key)) return -1;
        if (avo_track_add_attr(t, f->key + 2, f->value, p->err)) return -1;
    }
    p->n_fields = 0;
    return 0;
}

/* Unknown kinds are refused here: nothing behind a header meets one. */
static int need_kind(struct parser *p)
{
    const char *v = need(p, "kind");
    int kind = v ? avo_block_kind_parse(v) : -1;

    return v && kind < 0 ? fail(p, "kind", v) : kind;
}

static int on_block(struct parser *p)
{
    struct avo_header *h = p->h;
    uint64_t width, bins = 0;
    struct avo_block b = { .name = need(p, "name") };
    int kind = need_kind(p);

    if (!b.name || kind < 0 || need_num(p, "width", 1, 65536, &width)) return -1;
    b.kind = (enum avo_block_kind)kind;
    if (!*b.name) return fail(p, "empty name", NULL);
    for (size_t i = 0; i < h->n_blocks; i++)
        if (strcmp(h->blocks[i].name, b.name) == 0)
            return fail(p, "block given twice:", b.name);
    if (avo_block_is_genome(&b)) {
        if (need_num(p, "bins", 1, h->coarse_bins, &bins)) return -1;
        if (h->coarse_bins % bins) return fail(p, "bins does not divide coarse", NULL);
        if (avo_header_genome_blocks(h) == AVO_MAX_GENOME_BLOCKS)
            return fail(p, "too many blocks of the kind genome", NULL);
    }
    if (h->n_blocks == 64) return fail(p, "too many blocks", NULL);
    return avo_header_add_block(h, b.name, b.kind, (uint32_t)width, (uint32_t)bins, p->err);
}

/* The blocks of cell types, assays and positions, of one width: factors and a bias. */
static bool is_parafac(const struct avo_header *h)
{
    static const enum avo_block_kind kinds[] = { AVO_BLOCK_CELLTYPE, AVO_BLOCK_ASSAY,
                                                 AVO_BLOCK_GENOME };

    for (size_t i = 0; i < h->n_blocks; i++)
        if (i > 2 || h->blocks[i].kind != kinds[i] || h->blocks[i].width < 2 ||
            h->blocks[i].width != h->blocks[0].width) return false;
    return h->content == AVO_CONTENT_MODEL && h->n_blocks == 3;
}

static int on_model(struct parser *p)
{
    static const char *const forms[] = { "parafac" };
    const char *id = need(p, "root");

    if (!id) return -1;
    for (size_t i = 0; i < p->n_fields; i++)
        p->h->parafac = p->h->parafac || strcmp(p->fields[i].key, "form") == 0;
    if (p->h->parafac && need_enum(p, "form", forms, 1)) return -1;
    if (p->h->parafac && !is_parafac(p->h))
        return fail(p, "blocks that do not go with form", "parafac");
    if (strlen(id) != 32 || strspn(id, "0123456789abcdef") != 32)
        return fail(p, "not a model id:", id);
    memcpy(p->h->root_id, id, 33);
    return 0;
}

/* Tags in the order that they must appear in. */
static const struct rule {
    const char *tag;
    int least, most;                    /* most 0 = any number */
    int (*fn)(struct parser *p);
} rules[] = {
    { "@AVO", 1, 1, on_avo }, { "@BIN", 1, 1, on_bin }, { "@CHROM", 1, 0, on_chrom },
    { "@EXTENT", 0, 0, on_extent }, { "@SPACE", 1, 1, on_space }, { "@TRACK", 0, 0, on_track },
    { "@BLOCK", 0, 0, on_block }, { "@MODEL", 0, 1, on_model }, { "@PG", 0, 0, NULL }
};
#define N_RULES ((int)(sizeof rules / sizeof rules[0]))

/* Splits what follows the tag; values are unescaped. */
static int split(struct parser *p, char *rest)
{
    p->n_fields = 0;
    for (char *s; (s = avo_field(&rest));) {
        char *colon = strchr(s, ':');
        if (!colon || colon == s) return fail(p, "not key:value:", s);
        *colon = '\0';
        if (unescape(p, colon + 1)) return -1;
        for (size_t i = 0; i < p->n_fields; i++)
            if (strcmp(p->fields[i].key, s) == 0) return fail(p, "field given twice:", s);
        if (p->n_fields == MAX_FIELDS) return fail(p, "too many fields", NULL);
        p->fields[p->n_fields++] = (struct field){ s, colon + 1 };
    }
    return 0;
}

static bool is_extra(const char *line)
{
    return line[0] == '@' && line[1] >= 'a' && line[1] <= 'z';
}

static int rule_of(const char *tag)
{
    for (int i = 0; i < N_RULES; i++)
        if (strcmp(rules[i].tag, tag) == 0) return i;
    return -1;
}

static int parse_line(struct parser *p, char *line, int *at, int counts[N_RULES])
{
    char *tag;
    int r;

    p->tag = "";
    if (is_extra(line) && p->line > 1) return avo_header_add_extra(p->h, line, p->err);
    p->tag = tag = avo_field(&line);
    if (!tag || (r = rule_of(tag)) < 0) return fail(p, "unknown kind of line", NULL);
    if (r < *at) return fail(p, "stands too late", NULL);
    for (int i = *at; i < r; i++)
        if (counts[i] < rules[i].least) return fail(p, "misses a line before it:", rules[i].tag);
    *at = r;
    if (rules[r].most && ++counts[r] > rules[r].most) return fail(p, "given twice", NULL);
    counts[r] += !rules[r].most;
    if (!rules[r].fn) {
        if (!line) return fail(p, "empty line", NULL);
        return avo_header_add_provenance_line(p->h, line, p->err);
    }
    if (split(p, line) || rules[r].fn(p)) return -1;
    if (p->n_fields) return fail(p, "unknown field", p->fields[0].key);
    return 0;
}

static int cmp_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int cmp_tracks(const void *a, const void *b)
{
    const struct avo_track *x = *(const struct avo_track *const *)a;
    const struct avo_track *y = *(const struct avo_track *const *)b;
    int c = strcmp(x->celltype, y->celltype);

    return c ? c : strcmp(x->assay, y->assay);
}

static int check_unique(const struct avo_header *h, struct avo_error *err)
{
    size_t n = h->n_chroms > h->n_tracks ? h->n_chroms : h->n_tracks;
    const void **p = avo_alloc(n, sizeof *p, "names", err);
    int rc = p ? 0 : -1;

    for (size_t i = 0; rc == 0 && i < h->n_chroms; i++) p[i] = h->chroms[i].name;
    if (rc == 0) qsort(p, h->n_chroms, sizeof *p, cmp_names);
    for (size_t i = 1; rc == 0 && i < h->n_chroms; i++)
        if (cmp_names(&p[i - 1], &p[i]) == 0)
            rc = avo_error_set(err, "HEADER: chromosome \"%s\" is given twice",
                               (const char *)p[i]);
    for (size_t i = 0; rc == 0 && i < h->n_tracks; i++) p[i] = &h->tracks[i];
    if (rc == 0) qsort(p, h->n_tracks, sizeof *p, cmp_tracks);
    for (size_t i = 1; rc == 0 && i < h->n_tracks; i++)
        if (cmp_tracks(&p[i - 1], &p[i]) == 0) {
            const struct avo_track *t = p[i];
            rc = avo_error_set(err, "HEADER: track %s:%s is given twice", t->celltype, t->assay);
        }
    free(p);
    return rc;
}

static int parse_lines(struct parser *p, char *text, size_t len)
{
    int at = 0, counts[N_RULES] = { 0 };
    char *rest = text, *line;

    if (len == 0 || text[len - 1] != '\n')
        return avo_error_set(p->err, "HEADER: the text does not end with a line feed");
    if (!avo_utf8_ok(text, len, "\t\n"))
        return avo_error_set(p->err, "HEADER: the text is not printable UTF-8");
    while ((line = avo_line(&rest))) {
        p->line++;
        if (parse_line(p, line, &at, counts)) return -1;
    }
    for (int i = at; i < N_RULES; i++)
        if (counts[i] < rules[i].least)
            return avo_error_set(p->err, "HEADER: no %s line", rules[i].tag);
    return check_unique(p->h, p->err);
}

int avo_header_parse(struct avo_header *h, const char *text, size_t len, struct avo_error *err)
{
    struct parser *p = NULL;
    char *copy = NULL;
    int rc = -1;

    memset(h, 0, sizeof *h);
    if (!(p = avo_alloc(1, sizeof *p, "the header", err)) ||
        !(copy = avo_alloc(len + 1, 1, "the header's text", err))) goto out;
    memcpy(copy, text, len);
    p->h = h;
    p->err = err;
    rc = parse_lines(p, copy, len);
out:
    if (rc) avo_header_release(h);
    free(copy);
    free(p);
    return rc;
}
