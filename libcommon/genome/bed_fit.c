/* SPDX-License-Identifier: MIT */
/* bed_fit.c: rows of BED and GTF against the chromosomes at hand. */
#include "libcommon/genome/bed_fit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/text.h"

void avo_bed_fit_init(struct avo_bed_fit *f, const struct avo_chrom_index *chroms,
                      const struct avo_bed_rule *rule)
{
    *f = (struct avo_bed_fit){.chroms = chroms};
    if (rule)
        f->rule = *rule;
}

static int past_end(const struct avo_bed_fit *f, uint32_t chrom, uint64_t end_bp,
                    struct avo_error *err)
{
    const struct avo_header *h = f->chroms->h;
    const struct avo_chrom *c = &h->chroms[chrom];

    avo_error_set(err, "%" PRIu64 " is past the end of chromosome \"%s\" (%" PRIu64 " bp)",
                  end_bp, c->name, c->len_bp);
    return avo_error_hint(err, "the file may be of another assembly%s%s",
                          h->assembly ? " than " : "", h->assembly ? h->assembly : "");
}

int avo_bed_fit_row(struct avo_bed_fit *f, const char *name, uint64_t beg_bp, uint64_t *end_bp,
                    uint32_t *chrom, struct avo_error *err)
{
    int64_t found = avo_chrom_index_find(f->chroms, name, &f->last);

    if (found < 0 && f->rule.strict)
        return avo_chrom_index_unknown(f->chroms, name, err);
    if (found < 0) {
        if (f->n_unknown++ == 0)
            snprintf(f->unknown, sizeof f->unknown, "%s", name);
        return 0;
    }
    *chrom = (uint32_t)found;
    uint64_t len_bp = f->chroms->h->chroms[found].len_bp;
    if (*end_bp <= len_bp)
        return 1;
    if (f->rule.strict)
        return past_end(f, *chrom, *end_bp, err);
    if (beg_bp >= len_bp) {
        f->n_beyond++;
        return 0;
    }
    f->n_cut++;
    *end_bp = len_bp;
    return 1;
}

/* What was left out and why, such as `20 of 44 rows are left out (18 on chromosomes that are not
 * known here, the first "chr7"; 2 beyond the end of theirs), 1 is cut at the end`. */
static int note(const struct avo_bed_fit *f, const char *shown, struct avo_error *err)
{
    size_t n_out = f->n_unknown + f->n_beyond;
    char out[320] = "", cut[96] = "";

    if (n_out > 0)
        snprintf(out, sizeof out, "%zu of %zu rows left out (%zu on chromosomes not known here%s%s"
                 "%s, %zu beyond the end of theirs)", n_out, f->n_rows, f->n_unknown,
                 f->n_unknown ? ", the first \"" : "", f->unknown, f->n_unknown ? "\"" : "",
                 f->n_beyond);
    if (f->n_cut > 0)
        snprintf(cut, sizeof cut, "%s%zu cut at the end of their chromosome",
                 n_out > 0 ? ", " : "", f->n_cut);
    return avo_add_line(f->rule.notes, err, "%s: %s%s", shown, out, cut);
}

int avo_bed_fit_finish(const struct avo_bed_fit *f, const char *shown, size_t n_taken,
                       struct avo_error *err)
{
    const struct avo_header *h = f->chroms->h;

    if (f->n_unknown > 0 && f->n_beyond == 0 && n_taken == 0) {
        avo_error_set(err, "%s: none of its chromosomes is known here", shown);
        return avo_error_hint(err, "it has \"%s\", the tracks have \"%s\"", f->unknown,
                              h->n_chroms ? h->chroms[0].name : "");
    }
    if (f->n_unknown + f->n_beyond > 0 && n_taken == 0) {
        avo_error_set(err, "%s: no row lies within the chromosomes known here", shown);
        return avo_error_hint(err, "the file may be of another assembly");
    }
    if (f->rule.notes && f->n_unknown + f->n_beyond + f->n_cut > 0)
        return note(f, shown, err);
    return 0;
}
