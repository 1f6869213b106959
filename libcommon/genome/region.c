/* SPDX-License-Identifier: MIT */
/* region.c: -r, -R and exclusion lists as sorted, merged extents of bins. */
#include "libcommon/genome/region.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/content.h"
#include "libcommon/base/io.h"
#include "libcommon/base/text.h"
#include "libcommon/genome/annotation_text.h"

#define MAX_BED_BYTES ((size_t)1 << 30)

/* Extents being collected. */
struct select {
    const struct avo_header *h;
    struct avo_extent *e;
    size_t n, cap;
    struct avo_chrom_index chroms;
    uint32_t last;          /* chromosome found last */
    size_t max_name;        /* length of the longest name */
};

static void select_release(struct select *s)
{
    free(s->e);
    avo_chrom_index_release(&s->chroms);
    *s = (struct select){0};
}

static int select_init(struct select *s, const struct avo_header *h, struct avo_error *err)
{
    *s = (struct select){.h = h};
    for (size_t i = 0; i < h->n_chroms; i++) {
        size_t len = strlen(h->chroms[i].name);
        s->max_name = len > s->max_name ? len : s->max_name;
    }
    return avo_chrom_index_init(&s->chroms, h, err);
}

/* Adds the bins that [beg_bp, end_bp) touches; the interval was checked against the length. */
static int add_interval(struct select *s, uint32_t chrom, uint64_t beg_bp, uint64_t end_bp,
                        struct avo_error *err)
{
    uint64_t w = s->h->bin_bp, n_bins = avo_header_chrom_bins(s->h, chrom);
    uint64_t beg = beg_bp / w, end = end_bp / w + (end_bp % w != 0);
    if (end > n_bins)
        end = n_bins;
    if (beg_bp >= end_bp || beg >= end)
        return 0;
    if (avo_grow(&s->e, &s->cap, s->n + 1, sizeof *s->e, "regions", err))
        return -1;
    s->e[s->n++] = (struct avo_extent){chrom, (uint32_t)beg, (uint32_t)end};
    return 0;
}

/* ---- -r ---- */

/* Number with or without thousands commas at *p; moves *p. A comma belongs to the number only if
 * exactly three digits follow it, so that "chr1:5-10,chr2" splits where it should. */
static int coordinate(const char **p, uint64_t *out)
{
    const char *q = *p;
    uint64_t x = 0;
    int n = 0, group = 0;
    bool grouped = false;
    for (;; q++) {
        if (isdigit((unsigned char)*q)) {
            if (++n > 18)
                return -1;
            group++;
            x = x * 10 + (uint64_t)(*q - '0');
        } else if (*q == ',' && n > 0 && (grouped ? group == 3 : group <= 3) &&
                   strspn(q + 1, "0123456789") == 3) {
            grouped = true;
            group = 0;
        } else {
            break;
        }
    }
    *p = q;
    *out = x;
    return n > 0 ? 0 : -1;
}

/* Length of the longest chromosome name that p starts with and that ends at the end, a comma or a
 * colon (names may hold both); 0 if none. */
static size_t longest_name(struct select *s, const char *p, int64_t *chrom)
{
    size_t whole = strlen(p);
    for (size_t len = whole < s->max_name ? whole : s->max_name; len > 0; len--) {
        if (p[len] != '\0' && p[len] != ',' && p[len] != ':')
            continue;
        *chrom = avo_chrom_index_find_part(&s->chroms, p, len, &s->last);
        if (*chrom >= 0)
            return len;
    }
    return 0;
}

static int bad_region(const char *item, struct avo_error *err)
{
    avo_usage_error(err, "region \"%s\" is not CHR or CHR:BEG-END", item);
    return avo_error_hint(err, "positions count from 1 and END is included, e.g. chr1:1-25,000");
}

/* What is wrong with an option's text is wrong usage. */
static int as_usage(int rc, struct avo_error *err)
{
    if (rc)
        avo_error_as_usage(err);
    return rc;
}

/* One region at *p; moves *p to the comma after it or to the end. */
static int one_region(struct select *s, const char **p, struct avo_error *err)
{
    int64_t chrom = -1;
    const char *item = *p;
    size_t len = longest_name(s, item, &chrom);
    if (len == 0) {
        char name[256];
        size_t n = strcspn(item, ",:");
        if (n == 0)
            return bad_region(item, err);
        n = n < sizeof name - 1 ? n : sizeof name - 1;
        memcpy(name, item, n);
        name[n] = '\0';
        return as_usage(avo_chrom_index_unknown(&s->chroms, name, err), err);
    }
    uint64_t beg = 1, end = s->h->chroms[chrom].len_bp;
    const char *q = item + len;
    if (*q == ':') {
        q++;
        if (coordinate(&q, &beg) || *q++ != '-' || coordinate(&q, &end) || beg < 1 || end < beg)
            return bad_region(item, err);
    }
    if (*q != '\0' && *q != ',')
        return bad_region(item, err);
    if (end > s->h->chroms[chrom].len_bp)
        return avo_usage_error(err, "%" PRIu64 " is past the end of chromosome \"%s\" (%" PRIu64
                               " bp)", end, s->h->chroms[chrom].name, s->h->chroms[chrom].len_bp);
    *p = q;
    return add_interval(s, (uint32_t)chrom, beg - 1, end, err);
}

static int parse_regions(struct select *s, const char *text, struct avo_error *err)
{
    const char *p = text;
    for (;;) {
        if (one_region(s, &p, err))
            return -1;
        if (*p == '\0')
            return 0;
        p++;
    }
}

/* ---- BED ---- */

static int bed_line(struct select *s, struct avo_bed_fit *fit, char *line, size_t *n_taken,
                    struct avo_error *err)
{
    bool tabs = strchr(line, '\t') != NULL;
    uint64_t beg, end;
    uint32_t chrom;
    char *name = avo_bed_field(&line, tabs);
    char *beg_text = avo_bed_field(&line, tabs), *end_text = avo_bed_field(&line, tabs);
    if (!name || !*name || avo_bed_position(beg_text, &beg) || avo_bed_position(end_text, &end))
        return avo_error_set(err, "not BED (want chromosome, start, end; got \"%s\", \"%s\", "
                             "\"%s\")", name ? name : "", beg_text ? beg_text : "",
                             end_text ? end_text : "");
    if (beg > end)
        return avo_error_set(err, "interval ends before it starts (%" PRIu64 ", %" PRIu64 ")",
                             beg, end);
    int rc = avo_bed_fit_row(fit, name, beg, &end, &chrom, err);
    if (rc <= 0)
        return rc;
    ++*n_taken;
    return add_interval(s, chrom, beg, end, err);
}

static int read_bed(struct select *s, const struct avo_region_ask *ask, struct avo_error *err)
{
    char *text = NULL, *p, *line;
    size_t len, n_line = 0, n_taken = 0;
    struct avo_bed_fit fit;
    int rc;
    if (avo_read_text(ask->region_file, MAX_BED_BYTES, &text, &len, err))
        return -1;
    const char *shown = strcmp(ask->region_file, "-") == 0 ? "<stdin>" : ask->region_file;
    avo_bed_fit_init(&fit, &s->chroms, &ask->rule);
    rc = avo_content_refuse(shown, text, len, err);
    p = text;
    while (rc == 0 && (line = avo_line(&p))) {
        n_line++;
        if (avo_bed_comment(line))
            continue;
        fit.n_rows++;
        rc = bed_line(s, &fit, line, &n_taken, err);
        if (rc)
            avo_error_prefix(err, "%s:%zu", shown, n_line);
    }
    if (rc == 0)
        rc = avo_bed_fit_finish(&fit, shown, n_taken, err);
    free(text);
    return rc;
}

/* ---- extents ---- */

static int select_default(struct select *s, struct avo_error *err)
{
    bool any = false;
    for (size_t i = 0; i < s->h->n_chroms && !any; i++)
        any = avo_chrom_is_main(s->h->chroms[i].name);
    for (size_t i = 0; i < s->h->n_chroms; i++) {
        const struct avo_chrom *c = &s->h->chroms[i];
        if (any && !avo_chrom_is_main(c->name))
            continue;
        if (add_interval(s, (uint32_t)i, 0, c->len_bp, err))
            return -1;
    }
    return 0;
}

/* Widens every extent by the bins that flank_bp touches, as far as its chromosome goes. */
static void widen(struct select *s, uint64_t flank_bp)
{
    uint64_t flank = flank_bp / s->h->bin_bp + (flank_bp % s->h->bin_bp != 0);
    for (size_t i = 0; i < s->n; i++) {
        struct avo_extent *e = &s->e[i];
        uint64_t n_bins = avo_header_chrom_bins(s->h, e->chrom);
        e->beg_bin = e->beg_bin > flank ? e->beg_bin - (uint32_t)flank : 0;
        e->end_bin = n_bins - e->end_bin > flank ? e->end_bin + (uint32_t)flank : (uint32_t)n_bins;
    }
}

/* Hands the merged extents over; s keeps nothing. */
static void take(struct select *s, struct avo_extent **out, size_t *n)
{
    *n = avo_extents_merge(s->e, s->n);
    *out = s->e;
    s->e = NULL;
}

int avo_regions_select(const struct avo_header *h, const struct avo_region_ask *ask,
                       struct avo_extent **out, size_t *n, struct avo_error *err)
{
    struct select s;
    int rc = 0;
    *out = NULL;
    *n = 0;
    if (select_init(&s, h, err))
        return -1;
    if (ask->region)
        rc = parse_regions(&s, ask->region, err);
    if (rc == 0 && ask->region_file)
        rc = read_bed(&s, ask, err);
    if (rc == 0 && !ask->region && !ask->region_file)
        rc = select_default(&s, err);
    if (rc == 0 && s.n == 0)
        rc = avo_error_set(err, "%s: the selection holds no whole bin of %" PRIu32 " bp",
                           ask->region ? ask->region : ask->region_file ? ask->region_file :
                           "all chromosomes", h->bin_bp);
    if (rc == 0) {
        widen(&s, ask->flank_bp);
        take(&s, out, n);
    }
    select_release(&s);
    return rc;
}

int avo_regions_exclude(const struct avo_header *h, const struct avo_region_ask *ask,
                        struct avo_extent **out, size_t *n, struct avo_error *err)
{
    struct select s;
    *out = NULL;
    *n = 0;
    if (select_init(&s, h, err))
        return -1;
    int rc = read_bed(&s, ask, err);
    if (rc == 0 && !s.e && !(s.e = avo_alloc(1, sizeof *s.e, "regions", err)))
        rc = -1;
    if (rc == 0)
        take(&s, out, n);
    select_release(&s);
    return rc;
}
