/* SPDX-License-Identifier: MIT */
/* bedgraph.c: bedGraph and wig text, plain or gzip, streamed. */
#include "libcommon/genome/bedgraph.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/lines.h"
#include "libcommon/base/text.h"
#include "libcommon/genome/binsum.h"
#include "libcommon/genome/wig.h"

enum { MAX_LINE = 64 * 1024, MARK_BYTES = 1 << 20 };

/* A place in the text: the line of an interval of some chromosome that starts at start_bp. */
struct mark {
    uint32_t start_bp;
    uint64_t text_off;
    size_t line;                /* number of that line */
    struct avo_wig wig;         /* the declaration that it follows */
};

/* Of one chromosome; n_marks 0: the file has nothing on it. */
struct places { size_t first_mark, n_marks; };

struct avo_bedgraph {
    char *path;
    struct avo_sizes sizes;
    struct places *places;      /* [sizes.n] */
    struct mark *marks;         /* of one chromosome after the other */
    size_t n_marks, mark_cap;
    struct stat st;             /* what the file was when it was checked */
    bool awake;
    struct avo_lines lines;     /* closed while asleep */
    bool any;                   /* an item came since the last seek */
    size_t chrom;               /* of the item before */
    uint32_t prev_end;
    struct avo_wig wig, item_wig;   /* at the next line, and as it was before the item at hand */
    struct avo_signal_item next;    /* read, but beyond the bins asked for */
    bool has_next;
    size_t done_chrom;          /* what ends at or before this place has been read */
    uint64_t done_bp;
    bool scanned;
    uint64_t n_empty;           /* zero-length intervals, passed over */
};

static int line_error(const struct avo_bedgraph *g, const char *what, const char *got,
                      struct avo_error *err)
{
    return avo_error_set(err, "%s:%zu: %s (got \"%.60s\")", g->path, g->lines.n_line, what, got);
}

/* ---- lines and items ---- */

/* The next line: 1; 0 at the end of the text. A text that was cut off may end in half a number. */
static int next_line(struct avo_bedgraph *g, char **line, struct avo_error *err)
{
    struct avo_lines *l = &g->lines;
    size_t len;
    int rc = avo_lines_next_raw(l, line, &len, err);
    if (rc <= 0)
        return rc;
    if (!l->has_end)
        return avo_error_set(err, "%s:%zu: the last line does not end in a newline; truncated?",
                             g->path, l->n_line);
    return memchr(*line, '\0', len) ? line_error(g, "a NUL byte in the text", *line, err) : 1;
}

static bool starts_with(const char *line, const char *word)
{
    size_t n = strlen(word);
    if (line[0] != word[0])     /* as good as always: every line of data comes here */
        return false;
    return strncmp(line, word, n) == 0 && (line[n] == '\0' || line[n] == ' ' || line[n] == '\t');
}

static int find_chrom(struct avo_bedgraph *g, const char *name, size_t *chrom,
                      struct avo_error *err)
{
    *chrom = g->chrom;
    if (g->any && strcmp(g->sizes.list[g->chrom].name, name) == 0)
        return 0;
    *chrom = avo_sizes_find(&g->sizes, name);
    if (*chrom == SIZE_MAX)
        return line_error(g, "a chromosome that the genome file lacks", name, err);
    return 0;
}

/* chrom start end value. */
static int parse_item(struct avo_bedgraph *g, char *line, struct avo_signal_item *t,
                      struct avo_error *err)
{
    char *rest = line;
    char *name = avo_word(&rest), *beg = avo_word(&rest), *stop = avo_word(&rest);
    char *value = avo_word(&rest), *more = avo_word(&rest);
    if (!*value || *more)
        return line_error(g, !*value ? "want four columns: chromosome, start, end, value"
                          : "more than four columns", *more ? more : name, err);
    if (find_chrom(g, name, &t->chrom, err) < 0)
        return -1;
    if (!avo_signal_bp(beg, &t->beg))
        return line_error(g, "start is not a position", beg, err);
    if (!avo_signal_bp(stop, &t->end) || t->end < t->beg)
        return line_error(g, "end is not a position at or after start", stop, err);
    if (t->end > g->sizes.list[t->chrom].len_bp)
        return line_error(g, "end lies past the end of the chromosome", stop, err);
    return avo_signal_value(value, &t->value, err) == 0 ? 0 :
           avo_error_prefix(err, "%s:%zu", g->path, g->lines.n_line);
}

/* A line of data: 1 = an item that follows the one before, 0 = nothing in it, -1 = error. */
static int take_item(struct avo_bedgraph *g, char *line, struct avo_signal_item *t,
                     struct avo_error *err)
{
    g->item_wig = g->wig;
    if (g->wig.kind == AVO_WIG_NONE) {
        if (parse_item(g, line, t, err) < 0)
            return -1;
    } else if (avo_wig_value(&g->wig, line, &g->sizes, t, err) < 0) {
        return avo_error_prefix(err, "%s:%zu", g->path, g->lines.n_line);
    }
    if (t->beg == t->end) {
        g->n_empty += !g->scanned;
        return 0;
    }
    if (g->any && t->chrom == g->chrom && t->beg < g->prev_end)
        return avo_error_set(err, "%s:%zu: intervals out of order or overlapping: start lies "
                             "before the end of the line before (got \"%u\")", g->path,
                             g->lines.n_line, t->beg);
    g->any = true;
    g->chrom = t->chrom;
    g->prev_end = t->end;
    return 1;
}

/* 1 = item, 0 = end of the text, -1 = error. */
static int next_item(struct avo_bedgraph *g, struct avo_signal_item *t, struct avo_error *err)
{
    char *line;
    int rc = 0, more = 1;
    while (rc == 0 && (more = next_line(g, &line, err)) > 0) {
        if (line[0] == '\0' || line[0] == '#' || starts_with(line, "browser"))
            continue;
        if (starts_with(line, "track"))
            g->wig = (struct avo_wig){0};
        else if (!avo_wig_is_declaration(line))
            rc = take_item(g, line, t, err);
        else if ((rc = avo_wig_declare(&g->wig, line, &g->sizes, err)) < 0)
            avo_error_prefix(err, "%s:%zu", g->path, g->lines.n_line);
    }
    return rc != 0 ? rc : more;
}

/* ---- opening, and the one pass that checks everything ---- */

static int add_mark(struct avo_bedgraph *g, const struct avo_signal_item *t, struct avo_error *err)
{
    struct places *c = &g->places[t->chrom];
    if (avo_grow(&g->marks, &g->mark_cap, g->n_marks + 1, sizeof *g->marks, "marks", err) < 0)
        return -1;
    if (c->n_marks == 0)
        c->first_mark = g->n_marks;
    c->n_marks++;
    g->marks[g->n_marks++] = (struct mark){t->beg, g->lines.line_off, g->lines.n_line, g->item_wig};
    return 0;
}

static int scan(struct avo_bedgraph *g, struct avo_error *err)
{
    struct avo_signal_item t;
    size_t last_chrom = SIZE_MAX;
    uint64_t mark_off = 0;
    int rc;
    while ((rc = next_item(g, &t, err)) > 0) {
        bool starts = t.chrom != last_chrom;
        if (starts && g->places[t.chrom].n_marks > 0)
            return line_error(g, "this chromosome's lines are not in one piece",
                              g->sizes.list[t.chrom].name, err);
        if (starts || g->lines.line_off - mark_off >= MARK_BYTES) {
            if (add_mark(g, &t, err) < 0)
                return -1;
            mark_off = g->lines.line_off;
        }
        last_chrom = t.chrom;
    }
    g->scanned = true;
    if (rc == 0 && g->n_marks == 0)
        return avo_error_set(err, "%s: no intervals in it", g->path);
    return rc;
}

/* Opens the text at its beginning. */
static int wake(struct avo_bedgraph *g, struct avo_error *err)
{
    struct stat st;
    if (g->awake)
        return 0;
    if (stat(g->path, &st) < 0)
        return avo_error_sys(err, errno, "%s", g->path);
    if (g->n_marks == 0)
        g->st = st;
    if (st.st_ino != g->st.st_ino || st.st_size != g->st.st_size ||
        st.st_mtim.tv_sec != g->st.st_mtim.tv_sec || st.st_mtim.tv_nsec != g->st.st_mtim.tv_nsec)
        return avo_error_set(err, "%s: the file changed since it was opened", g->path);
    g->any = g->has_next = false;
    g->wig = (struct avo_wig){0};
    g->done_chrom = SIZE_MAX;
    if (avo_lines_reopen(&g->lines, g->path, err))
        return -1;
    g->lines.max_line = MAX_LINE;
    g->awake = true;
    return 0;
}

struct avo_bedgraph *avo_bedgraph_open(const char *path, const char *genome_file,
                                       struct avo_error *err)
{
    struct avo_bedgraph *g = avo_alloc(1, sizeof *g, "a bedGraph handle", err);
    if (!g)
        return NULL;
    g->path = avo_strdup(path, err);
    if (!g->path)
        goto fail;
    if (!genome_file) {
        avo_error_set(err, "%s: bedGraph and wig do not say how long the chromosomes are", path);
        avo_error_hint(err, "give a file of chromosome names and lengths with -g");
        goto fail;
    }
    if (avo_sizes_read(&g->sizes, genome_file, err) < 0)
        goto fail;
    g->places = avo_alloc(g->sizes.n, sizeof *g->places, "chromosomes", err);
    if (!g->places || wake(g, err) < 0 || scan(g, err) < 0)
        goto fail;
    avo_bedgraph_sleep(g);
    return g;
fail:
    avo_bedgraph_close(g);
    return NULL;
}

void avo_bedgraph_sleep(struct avo_bedgraph *g)
{
    avo_lines_close(&g->lines);
    g->awake = false;
}

void avo_bedgraph_close(struct avo_bedgraph *g)
{
    if (!g)
        return;
    avo_bedgraph_sleep(g);
    free(g->marks);
    free(g->places);
    avo_sizes_release(&g->sizes);
    free(g->path);
    free(g);
}

uint64_t avo_bedgraph_n_empty(const struct avo_bedgraph *g)
{
    return g->n_empty;
}

size_t avo_bedgraph_n_chroms(const struct avo_bedgraph *g)
{
    return g->sizes.n;
}

const char *avo_bedgraph_chrom(const struct avo_bedgraph *g, size_t i, uint64_t *len_bp)
{
    if (len_bp)
        *len_bp = g->sizes.list[i].len_bp;
    return g->sizes.list[i].name;
}

/* ---- reading ---- */

/* The last mark of the chromosome at or before bp (the first one if there is none). */
static const struct mark *find_mark(const struct avo_bedgraph *g, const struct places *c,
                                    uint64_t bp)
{
    size_t lo = c->first_mark, hi = c->first_mark + c->n_marks;
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (g->marks[mid].start_bp <= bp)
            lo = mid;
        else
            hi = mid;
    }
    return &g->marks[lo];
}

/* Goes to the last mark before bp, unless reading on from here is shorter. */
static int go_to(struct avo_bedgraph *g, size_t chrom, uint64_t bp, struct avo_error *err)
{
    const struct mark *m = find_mark(g, &g->places[chrom], bp);
    if (g->done_chrom == chrom && g->done_bp <= bp && g->lines.next_off >= m->text_off)
        return 0;
    if (avo_lines_seek(&g->lines, m->text_off, m->line, err) < 0)
        return -1;
    g->wig = m->wig;
    g->any = g->has_next = false;
    return 0;
}

int avo_bedgraph_read(struct avo_bedgraph *g, size_t chrom, uint32_t bin_bp, uint32_t beg_bin,
                      uint32_t n_bins, double *sum, uint32_t *covered, struct avo_error *err)
{
    struct avo_binsum bins;
    int rc = 1;
    memset(sum, 0, n_bins * sizeof *sum);
    memset(covered, 0, n_bins * sizeof *covered);
    if (n_bins == 0 || g->places[chrom].n_marks == 0)
        return 0;
    avo_binsum_init(&bins, bin_bp, beg_bin, n_bins, sum, covered);
    if (wake(g, err) < 0 || go_to(g, chrom, bins.beg_bp, err) < 0)
        return -1;
    for (;;) {
        if (!g->has_next)
            rc = next_item(g, &g->next, err);
        if (rc < 0)
            return -1;
        g->has_next = rc > 0;
        const struct avo_signal_item *t = &g->next;
        if (rc == 0 || t->chrom != chrom || t->beg >= bins.end_bp)
            break;
        if (t->end > bins.beg_bp && !isnan(t->value))
            avo_binsum_add(&bins, t->beg, t->end, t->value);
        if (t->end > bins.end_bp)
            break;
        g->has_next = false;
    }
    g->done_chrom = chrom;
    g->done_bp = bins.end_bp;
    return 0;
}
