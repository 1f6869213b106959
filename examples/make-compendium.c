/* SPDX-License-Identifier: MIT */
/* make-compendium: realistic bigWigs for examples and tests, from a seed instead of a download. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "examples/synth.h"
#include "libcommon/base/alloc.h"
#include "libcommon/base/io.h"
#include "libcommon/base/log.h"
#include "libcommon/base/opt.h"
#include "libcommon/base/rng.h"
#include "libcommon/base/text.h"
#include "libcommon/genome/bwwrite.h"

/* ---- which tracks there are ---- */

/* Cell type c and assay a keep at least `least` other training tracks without pair (c, a). */
static bool can_spare(const struct world *w, size_t c, size_t a, int least)
{
    int row = 0, column = 0;
    for (size_t i = 0; i < (size_t)w->n_assays; i++) {
        size_t p = c * (size_t)w->n_assays + i;
        row += i != a && !w->absent[p] && w->role[p] == AVO_ROLE_TRAIN;
    }
    for (size_t i = 0; i < (size_t)w->n_celltypes; i++) {
        size_t p = i * (size_t)w->n_assays + a;
        column += i != c && !w->absent[p] && w->role[p] == AVO_ROLE_TRAIN;
    }
    return row >= least && column >= least;
}

/* Takes `n` pairs out of training in an order drawn from the seed: absent, or role. Returns how
 * many could be spared. */
static int64_t take_pairs(struct world *w, int64_t n, enum synth_draw purpose, enum avo_role role)
{
    size_t n_pairs = (size_t)(w->n_celltypes * w->n_assays);
    int64_t taken = 0;
    for (int least = 2; least >= 1 && taken < n; least--) {
        for (uint32_t i = 0; i < 40 * n_pairs && taken < n; i++) {
            struct avo_rng4 r = avo_rng_draw((uint32_t)w->seed, (uint32_t)purpose, i,
                                             (uint32_t)role, (uint32_t)least, 7);
            size_t p = avo_rng_below(r.v[0], (uint32_t)n_pairs);
            if (w->absent[p] || w->role[p] != AVO_ROLE_TRAIN
                || !can_spare(w, p / (size_t)w->n_assays, p % (size_t)w->n_assays, least))
                continue;
            if (purpose == DRAW_MISSING)
                w->absent[p] = true;
            else
                w->role[p] = role;
            taken++;
        }
    }
    return taken;
}

static int choose_pairs(struct world *w, struct avo_error *err)
{
    size_t n = (size_t)(w->n_celltypes * w->n_assays);
    w->role = avo_alloc(n, sizeof *w->role, "roles", err);
    w->absent = avo_alloc(n, sizeof *w->absent, "roles", err);
    if (!w->role || !w->absent)
        return -1;
    for (size_t i = 0; i < n; i++)
        w->role[i] = AVO_ROLE_TRAIN;
    int64_t n_missing = (int64_t)(w->missing * (double)n + 0.5);
    if (take_pairs(w, w->n_test, DRAW_TEST, AVO_ROLE_TEST) < w->n_test
        || take_pairs(w, w->n_valid, DRAW_TEST, AVO_ROLE_VALID) < w->n_valid
        || take_pairs(w, n_missing, DRAW_MISSING, AVO_ROLE_UNSET) < n_missing)
        return avo_usage_error(err, "%zu pairs are too few for so many withheld and missing ones: "
                               "each cell type and assay keeps one", n);
    return 0;
}

/* ---- files ---- */

static int write_track(const struct world *w, uint32_t c, uint32_t a, const char *path,
                       struct avo_error *err)
{
    struct avo_bwwriter *out = avo_bwwriter_open(path, &w->h, err);
    float *value = NULL, *back = NULL;
    int rc = -1;
    if (!out)
        return -1;
    for (uint32_t chrom = 0; chrom < w->h.n_chroms; chrom++) {
        uint32_t n = w->h.extents[chrom].end_bin;
        const uint32_t id[3] = { chrom, c, a };
        free(value);
        free(back);
        back = NULL;
        if (!(value = avo_alloc(n, sizeof *value, "a track", err))
            || !(back = avo_alloc(n, sizeof *back, "a track", err)))
            goto out;
        synth_values(w, id, value, back, n);
        if (avo_bwwriter_add(out, chrom, 0, n, value, err))
            goto out;
    }
    rc = avo_bwwriter_finish(out, err);
out:
    avo_bwwriter_free(out);
    free(value);
    free(back);
    return rc;
}

static int open_in_dir(const struct world *w, const char *name, struct avo_out *out,
                       struct avo_error *err)
{
    char *path = avo_asprintf(err, "%s/%s", w->dir, name);
    int rc = path ? avo_out_open(out, path, NULL, err) : -1;
    free(path);
    return rc;
}

static int write_genes(const struct world *w, struct avo_error *err)
{
    struct avo_out out = { 0 };
    int rc = open_in_dir(w, "genes.bed", &out, err);
    for (size_t i = 0; !rc && i < w->n_elements; i++) {
        const struct element *e = &w->elements[i];
        if (e->kind == GENE)
            rc = avo_out_printf(&out, err, "%s\t%u\t%u\tG%04zu\t0\t%c\n",
                                w->h.chroms[e->chrom].name, (unsigned)e->beg_bp,
                                (unsigned)e->end_bp, i + 1, e->minus ? '-' : '+');
    }
    rc = rc ? rc : avo_out_finish(&out, err);
    avo_out_release(&out);
    return rc;
}

/* chrom.sizes, and pilot.bed: a sixth of each chromosome, cut at multiples of 5 kbp. */
static int write_genome(const struct world *w, struct avo_error *err)
{
    struct avo_out sizes = { 0 }, pilot = { 0 };
    int rc = open_in_dir(w, "chrom.sizes", &sizes, err);
    rc = rc ? rc : open_in_dir(w, "pilot.bed", &pilot, err);
    for (size_t i = 0; !rc && i < w->h.n_chroms; i++) {
        unsigned long long len = w->h.chroms[i].len_bp;
        unsigned long long beg = len / 6 / 5000 * 5000, end = (len / 3 / 5000 + 1) * 5000;
        rc = avo_out_printf(&sizes, err, "%s\t%llu\n", w->h.chroms[i].name, len);
        if (!rc)
            rc = avo_out_printf(&pilot, err, "%s\t%llu\t%llu\n", w->h.chroms[i].name, beg,
                                end < len ? end : len);
    }
    rc = rc ? rc : avo_out_finish(&sizes, err);
    rc = rc ? rc : avo_out_finish(&pilot, err);
    avo_out_release(&sizes);
    avo_out_release(&pilot);
    return rc;
}

static int write_pair(const struct world *w, uint32_t c, uint32_t a, struct avo_out *table,
                      struct avo_error *err)
{
    char file[64];
    size_t p = c * (size_t)w->n_assays + a;
    if (w->absent[p])
        return 0;
    snprintf(file, sizeof file, "C%02u.%s.bw", c + 1, w->assay_names[a]);
    char *path = avo_asprintf(err, "%s/%s", w->dir, file);
    int rc = path ? write_track(w, c, a, path, err) : -1;
    free(path);
    if (rc)
        return rc;
    return avo_out_printf(table, err, "C%02u\t%s\t%s\t%s\t-log10 p\tmade-up\n", c + 1,
                          w->assay_names[a], file, avo_role_name(w->role[p]));
}

static int write_all(const struct world *w, struct avo_error *err)
{
    struct avo_out table = { 0 };
    int rc = open_in_dir(w, "tracks.tsv", &table, err);
    rc = rc ? rc : avo_out_printf(&table, err, "celltype\tassay\tpath\trole\tunit\tassembly\n");
    for (uint32_t c = 0; !rc && c < w->n_celltypes; c++)
        for (uint32_t a = 0; !rc && a < w->n_assays; a++)
            rc = write_pair(w, c, a, &table, err);
    rc = rc ? rc : write_genes(w, err);
    rc = rc ? rc : write_genome(w, err);
    rc = rc ? rc : avo_out_finish(&table, err);
    avo_out_release(&table);
    return rc;
}

/* ---- command line ---- */

enum { OPT_CELLTYPES = 256, OPT_ASSAYS, OPT_CHROM, OPT_MISSING, OPT_TEST, OPT_VALID };

static int add_chrom(void *user, const char *arg, struct avo_error *err)
{
    struct world *w = user;
    char *name = NULL, *len = NULL;
    int64_t len_bp;
    int rc = avo_split_pair(arg, &name, &len, err)
        || avo_parse_int(len, 20000, 1000000000, "the length of --chrom", &len_bp, err)
        || avo_header_add_chrom(&w->h, name, (uint64_t)len_bp, err) ? -1 : 0;
    free(name);
    free(len);
    return rc;
}

#define SETS(member) AVO_SETS(struct world, member)

static const struct avo_opt options[] = {
    { OPT_CELLTYPES, "celltypes", "N", "cell types C01, C02, ... (6)",
      SETS(n_celltypes), AVO_WHOLE(1, MAX_CELLTYPES) },
    { OPT_ASSAYS, "assays", "N", "assays H3K4me3, H3K4me1, H3K36me3, H3K27me3, ... (6)",
      SETS(n_assays), AVO_WHOLE(1, MAX_ASSAYS) },
    { OPT_CHROM, "chrom", "NAME:LEN", "a chromosome; repeatable (chr20:1000000)",
      .set = add_chrom },
    { OPT_MISSING, "missing", "SHARE", "share of the pairs that have no track (0.2)",
      SETS(missing), AVO_REAL(0, 1) },
    { OPT_TEST, "test", "N", "tracks whose role is test (4)", SETS(n_test), AVO_WHOLE(0, 100000) },
    { OPT_VALID, "valid", "N", "tracks whose role is valid (0)",
      SETS(n_valid), AVO_WHOLE(0, 100000) },
    { 0 }
};

static int make(struct world *w, struct avo_error *err)
{
    if (!w->h.n_chroms && avo_header_add_chrom(&w->h, "chr20", 1000000, err))
        return -1;
    w->h.bin_bp = BIN_BP;
    for (uint32_t i = 0; i < w->h.n_chroms; i++)
        if (avo_header_add_extent(&w->h, i, 0, avo_header_chrom_bins(&w->h, i), err)
            || synth_add_chrom(w, i, err))
            return -1;
    synth_name_assays(w);
    return choose_pairs(w, err) || write_all(w, err) ? -1 : 0;
}

int main(int argc, char **argv)
{
    static struct world w = { .n_celltypes = 6, .n_assays = 6, .n_test = 4, .missing = 0.2 };
    struct avo_common common = { 0 };
    struct avo_error err = { 0 };
    struct avo_cli cli = {
        .program = "make-compendium", .synopsis = "[options] -o DIR",
        .purpose = "writes tracks.tsv, bigWigs, genes.bed, pilot.bed and chrom.sizes into DIR",
        .example = "make-compendium -o toy --celltypes 8 --assays 6 --chrom chr20:2000000",
        .common = AVO_OPT_OUTPUT | AVO_OPT_SEED, .opts = options, .user = &w
    };
    int first = 0, rc;
    rc = avo_cli_start(&cli, &common, argc, argv, &first, &err);
    if (!rc && (first < argc || !common.output))
        rc = avo_usage_error(&err, "needs -o DIR and no operands");
    w.dir = common.output;
    w.seed = common.seed;
    rc = rc || make(&w, &err) ? avo_die(&err) : 0;
    avo_header_release(&w.h);
    free(w.elements);
    free(w.role);
    free(w.absent);
    return rc;
}
