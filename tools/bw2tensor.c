/* SPDX-License-Identifier: MIT */
/* bw2tensor: a table of bigWig or bedGraph files to a SIGNAL stream. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/digest.h"
#include "libcommon/base/io.h"
#include "libcommon/base/opt.h"
#include "libcommon/base/pipeline.h"
#include "libcommon/base/text.h"
#include "libcommon/eval/depths.h"
#include "libcommon/eval/qc_table.h"
#include "libcommon/genome/availability.h"
#include "libcommon/genome/qc.h"
#include "libcommon/genome/region.h"
#include "libcommon/genome/select.h"
#include "libcommon/genome/slab.h"
#include "libcommon/stream/stream.h"

enum qc_format { QC_TSV, QC_TEXT, QC_MATRIX };
enum {
    OPT_BIN = 'b', OPT_GENOME = 'g', OPT_MID = 256, OPT_COARSE, OPT_TRANSFORM, OPT_MISSING,
    OPT_ALL_BINS, OPT_DTYPE, OPT_EXCLUDE, OPT_SAMPLE, OPT_MIN_ASSAYS, OPT_MIN_CELLTYPES,
    OPT_REPLICATES, OPT_FLANK, OPT_REMOTE, OPT_QC, OPT_BGZF
};

struct options {
    struct avo_common common;
    const char *genome_file, *exclude_file;
    uint32_t bin_bp, mid_bins, coarse_bins;
    enum avo_transform transform;
    int dtype;                  /* avo_dtype, 0 = by transform */
    bool missing_nan, all_bins, remote, qc, bgzf;
    int qc_format;              /* enum qc_format */
    uint64_t flank_bp;          /* of -r and -R */
    double sample;              /* share of blocks, 0 = all */
    size_t min_assays, min_celltypes;
    enum avo_replicates replicates;
};

/* All that is open between open_inputs and the end. */
struct run {
    const struct options *opt;
    const char *table_path;
    struct avo_pool *pool;
    struct avo_track_table table;
    struct avo_compendium compendium;
    struct avo_header header;
    struct avo_slab_options slab;
    struct avo_extent *excluded;
    char exclude_digest[33];
    struct avo_tiling tiling;
    struct avo_slab_reader *reader;
    struct avo_slab slabs[2];
    struct avo_writer *writer;
    void *tile_values;
    struct avo_run *tile_runs;
    struct avo_progress progress;
    uint64_t n_done, n_written; /* bins read, bins in tiles */
};

/* ---- options ---- */

static int set_share(void *user, const char *arg, struct avo_error *err)
{
    struct options *o = user;
    size_t len = strlen(arg);
    bool percent = len > 0 && arg[len - 1] == '%';
    char *number = avo_strdup(arg, err);
    if (!number)
        return -1;
    if (percent)
        number[len - 1] = '\0';
    int rc = avo_parse_double(number, 0, percent ? 100 : 1, "--sample", &o->sample, err);
    free(number);
    if (rc)
        return rc;
    if (percent)
        o->sample /= 100;
    return o->sample > 0 ? 0 : avo_usage_error(err, "--sample: \"%s\" of the blocks are none", arg);
}

#define SETS(member) AVO_SETS(struct options, member)

static const struct avo_opt own_options[] = {
    {OPT_BIN, "bin", "BP", "bin size [25]", SETS(bin_bp), AVO_WHOLE(1, 1000000)},
    {OPT_GENOME, "genome", "FILE", "chromosome sizes, needed for bedGraph and wig",
     SETS(genome_file), .file = AVO_READS},
    {OPT_TRANSFORM, "transform", "NAME", "arcsinh, log1p or none [arcsinh]",
     SETS(transform), AVO_WORD("arcsinh|log1p|none", AVO_ARCSINH)},
    {OPT_MISSING, "missing", "WHAT", "uncovered bases: zero or nan [zero]",
     SETS(missing_nan), AVO_WORD("zero|nan", 0)},
    {OPT_ALL_BINS, "all-bins", NULL, "keep bins that no track covers", SETS(all_bins)},
    {OPT_DTYPE, "dtype", "TYPE", "f16 or f32 [f16, f32 for none]",
     SETS(dtype), AVO_WORD("f16|f32", AVO_F16)},
    {OPT_FLANK, "flank", "BP", "regions of -r and -R widened on either side, as far as BP [0]",
     SETS(flank_bp), AVO_SIZE(0, 1000000000)},
    {OPT_EXCLUDE, "exclude", "BED", "bins that count as uncovered (blacklist, gaps)",
     SETS(exclude_file), .file = AVO_READS},
    {OPT_SAMPLE, "sample", "SHARE", "a seeded share of the 5-kbp blocks, such as 1%",
     .set = set_share},
    {OPT_MIN_ASSAYS, "min-assays", "N", "drop cell types with fewer assays",
     SETS(min_assays), AVO_WHOLE(0, 1000000)},
    {OPT_MIN_CELLTYPES, "min-celltypes", "N", "drop assays with fewer cell types",
     SETS(min_celltypes), AVO_WHOLE(0, 1000000)},
    {OPT_REPLICATES, "replicates", "HOW", "mean or max of files of one track [error]",
     SETS(replicates), AVO_WORD("mean|max", AVO_REPLICATES_MEAN)},
    {OPT_QC, "qc", NULL, "quality figures, no stream (-O tsv, text or matrix)", SETS(qc)},
    {OPT_MID, "mid", "BINS", NULL, SETS(mid_bins), AVO_WHOLE(1, AVO_MAX_TILE_BINS)},
    {OPT_COARSE, "coarse", "BINS", NULL, SETS(coarse_bins), AVO_WHOLE(1, AVO_MAX_TILE_BINS)},
    {OPT_REMOTE, "remote", NULL, NULL, SETS(remote)},
    {OPT_BGZF, "bgzf", NULL, NULL, SETS(bgzf)},
    {0}
};

static int set_format(struct options *o, struct avo_error *err)
{
    if (o->common.format && !o->qc)
        return avo_usage_error(err, "-O is for --qc: a stream has one form");
    return avo_cli_format(o->qc ? "tsv|text|matrix" : "avo", &o->common, &o->qc_format, err);
}

static int check_options(struct options *o, int n_operands, struct avo_error *err)
{
    if (o->coarse_bins % o->mid_bins != 0)
        return avo_usage_error(err, "--mid %" PRIu32 " does not divide --coarse %" PRIu32,
                               o->mid_bins, o->coarse_bins);
    if (o->flank_bp && !o->common.region && !o->common.region_file)
        return avo_usage_error(err, "--flank widens the regions of -r and -R");
    if (n_operands > 1)
        return avo_usage_error(err, "one table of tracks is wanted, %d are given", n_operands);
    if (o->dtype == 0)
        o->dtype = o->transform == AVO_NONE ? AVO_F32 : AVO_F16;
    return set_format(o, err);
}

/* ---- open: table, files, header ---- */

static int read_table(struct run *run, struct avo_error *err)
{
    const struct options *o = run->opt;
    size_t n_dropped = 0;
    if (avo_track_table_read(&run->table, run->table_path,
                             o->replicates != AVO_REPLICATES_ERROR, err))
        return -1;
    if (o->min_assays <= 1 && o->min_celltypes <= 1)
        return 0;
    if (avo_select_tracks(&run->table, o->min_assays, o->min_celltypes, &n_dropped, err))
        return -1;
    avo_note("%zu rows of the table are dropped by --min-assays %zu --min-celltypes %zu, %zu stay",
             n_dropped, o->min_assays, o->min_celltypes, run->table.n);
    return 0;
}

static int open_files(struct run *run, struct avo_error *err)
{
    const struct avo_compendium_options how = {.genome_file = run->opt->genome_file,
                                               .remote = run->opt->remote,
                                               .replicates = run->opt->replicates};
    if (avo_compendium_open(&run->compendium, &run->table, &how, run->pool, err))
        return -1;
    for (size_t i = 0; i < run->compendium.n_files; i++) {
        const char *text = avo_source_warning(run->compendium.sources[i]);
        if (text)
            avo_warn("%s: %s", run->table.files[run->compendium.file_of[i]].path, text);
    }
    return 0;
}

static int read_exclusion(struct run *run, char **notes, struct avo_error *err)
{
    struct avo_digest d;
    struct avo_region_ask ask = {.region_file = run->opt->exclude_file,
                                 .rule = {run->opt->common.strict, notes}};
    if (!run->opt->exclude_file)
        return 0;
    if (avo_regions_exclude(&run->header, &ask, &run->excluded, &run->slab.n_excluded, err))
        return -1;
    run->slab.excluded = run->excluded;
    avo_digest_init(&d);
    avo_digest_add(&d, run->excluded, run->slab.n_excluded * sizeof *run->excluded);
    avo_digest_hex(&d, run->exclude_digest);
    return 0;
}

/* Only what the header does not say elsewhere and what determines the result. */
static int add_provenance(struct run *run, struct avo_error *err)
{
    const struct options *o = run->opt;
    static const char *const replicates[] = {"none", "mean", "max"};
    char sample[64] = "", exclude[64] = "";
    if (o->common.no_provenance)
        return 0;
    if (o->sample > 0)
        snprintf(sample, sizeof sample, "\tsample:%.9g\tseed:%" PRIu64, o->sample,
                 o->common.seed);
    if (o->exclude_file)
        snprintf(exclude, sizeof exclude, "\texclude:%s", run->exclude_digest);
    char *fields = avo_asprintf(err, "dtype:%s\tall_bins:%s\treplicates:%s%s%s",
                                o->dtype == AVO_F16 ? "f16" : "f32", o->all_bins ? "yes" : "no",
                                replicates[o->replicates], sample, exclude);
    int rc = fields ? avo_header_add_provenance(&run->header, "bw2tensor", fields, err) : -1;
    free(fields);
    return rc;
}

static int make_header(struct run *run, struct avo_error *err)
{
    const struct options *o = run->opt;
    struct avo_header *h = &run->header;
    char *notes = NULL;
    struct avo_chrom_choice choice = {.ask = {.region = o->common.region,
                                              .region_file = o->common.region_file,
                                              .rule = {o->common.strict, &notes},
                                              .flank_bp = o->flank_bp}};
    *h = (struct avo_header){.content = AVO_CONTENT_SIGNAL, .bin_bp = o->bin_bp,
                             .mid_bins = o->mid_bins, .coarse_bins = o->coarse_bins,
                             .transform = o->transform, .missing_nan = o->missing_nan};
    int rc = avo_compendium_chroms(&run->compendium, &choice, h, &h->extents, &h->n_extents, err);
    if (rc == 0 && h->n_extents == 0)
        rc = avo_regions_select(h, &choice.ask, &h->extents, &h->n_extents, err);
    if (rc == 0)
        rc = read_exclusion(run, &notes, err);
    avo_note_lines(notes);
    free(notes);
    if (rc)
        return -1;
    if (o->sample > 0 && avo_select_sample(h, o->sample, o->common.seed, err))
        return -1;
    if (avo_compendium_tracks(&run->compendium, h, err))
        return -1;
    return add_provenance(run, err);
}

static int open_inputs(struct run *run, struct avo_error *err)
{
    run->slab.dtype = (enum avo_dtype)run->opt->dtype;
    run->slab.all_bins = run->opt->all_bins;
    run->pool = avo_pool_new(run->opt->common.n_threads, err);
    if (!run->pool || read_table(run, err) || open_files(run, err))
        return -1;
    return make_header(run, err);
}

static void release(struct run *run)
{
    avo_writer_free(run->writer);
    avo_slab_release(&run->slabs[0]);
    avo_slab_release(&run->slabs[1]);
    avo_slab_reader_free(run->reader);
    avo_tiling_release(&run->tiling);
    free(run->tile_values);
    free(run->tile_runs);
    free(run->excluded);
    avo_header_release(&run->header);
    avo_compendium_release(&run->compendium);
    avo_track_table_release(&run->table);
    avo_pool_free(run->pool);
}

/* ---- the stream ---- */

static void announce(const struct run *run)
{
    const struct avo_header *h = &run->header;
    double bytes = (double)run->tiling.n_bins * (double)h->n_tracks *
                   (double)avo_dtype_size(run->slab.dtype);
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    int unit = 0;
    for (; bytes >= 1000 && unit < 4; unit++)
        bytes /= 1000;
    avo_note("%zu tracks, at most %" PRIu64 " bins of %" PRIu32 " bp in %zu tiles, %.3g %s",
             h->n_tracks, run->tiling.n_bins, h->bin_bp, run->tiling.n_tiles, bytes, units[unit]);
}

static int open_stream(struct run *run, struct avo_error *err)
{
    if (avo_tiling_init(&run->tiling, &run->header, run->slab.dtype, err))
        return -1;
    run->reader = avo_slab_reader_new(&run->compendium, &run->header, &run->tiling, &run->slab,
                                      run->pool, err);
    if (!run->reader || avo_slab_init(&run->slabs[0], run->reader, err))
        return -1;
    if (avo_pool_size(run->pool) > 1 && avo_slab_init(&run->slabs[1], run->reader, err))
        return -1;
    run->tile_values = avo_alloc(avo_slab_tile_bytes(run->reader), 1, "tile", err);
    run->tile_runs = avo_alloc(run->tiling.tile_bins, sizeof *run->tile_runs, "tile", err);
    if (!run->tile_values || !run->tile_runs)
        return -1;
    run->writer = avo_writer_open(run->opt->common.output, &run->header, run->opt->bgzf,
                                  "pipe it into avo-view, or give -o FILE", err);
    if (!run->writer)
        return -1;
    announce(run);
    avo_progress_start(&run->progress, "bins", run->tiling.n_bins);
    return 0;
}

static int read_slab(void *user, void *slab, struct avo_error *err)
{
    struct run *run = user;
    return avo_slab_read(run->reader, slab, err);
}

static int write_slab(void *user, void *slab, struct avo_error *err)
{
    struct run *run = user;
    const struct avo_slab *s = slab;
    struct avo_tile tile;
    for (size_t i = 0; i < s->n_tiles; i++) {
        if (!avo_slab_tile(run->reader, s, i, run->tile_values, run->tile_runs, &tile))
            continue;
        if (avo_writer_signal(run->writer, &tile, err))
            return -1;
        run->n_written += tile.span.n_bins;
    }
    run->n_done += s->n_bins;
    avo_progress_update(&run->progress, run->n_done);
    return 0;
}

/* One slab is written while the next is read, so that a slow consumer does not stop the reading. */
static int copy_slabs(struct run *run, struct avo_error *err)
{
    void *slabs[] = {&run->slabs[0], &run->slabs[1]};
    struct avo_pipeline p = {.user = run, .read = read_slab, .write = write_slab, .items = slabs,
                             .n_items = run->slabs[1].values ? 2 : 1};
    return avo_pipeline_run(&p, err);
}

static int add_digests(struct run *run, struct avo_error *err)
{
    char key[32], digest[33];
    for (size_t i = 0; i < run->header.n_tracks; i++) {
        snprintf(key, sizeof key, "track%zu", i + 1);
        avo_slab_digest(run->reader, i, digest);
        if (avo_writer_end_note(run->writer, key, digest, err))
            return -1;
    }
    return 0;
}

static int write_stream(struct run *run, struct avo_error *err)
{
    if (open_stream(run, err))
        return -1;
    int rc = copy_slabs(run, err);
    avo_progress_end(&run->progress);
    if (rc || add_digests(run, err) || avo_writer_finish(run->writer, err))
        return -1;
    if (run->n_written == 0)
        avo_warn("no track covers any of the %" PRIu64 " bins: the stream holds no signal",
                 run->tiling.n_bins);
    avo_detail("%" PRIu64 " of %" PRIu64 " bins are covered and written", run->n_written,
               run->tiling.n_bins);
    return 0;
}

/* ---- --qc ---- */

/* The matrix is known without reading a value. */
static int write_matrix(struct run *run, const struct avo_availability *a, struct avo_out *out,
                        struct avo_error *err)
{
    if (avo_out_open(out, run->opt->common.output, NULL, err))
        return -1;
    return avo_availability_print(a, AVO_AVAILABILITY_TSV, out, err);
}

static int write_figures(struct run *run, const struct avo_availability *a, struct avo_out *out,
                         struct avo_error *err)
{
    size_t n = run->header.n_tracks;
    struct avo_depths depths = {0};
    struct avo_qc *qc = avo_alloc(n, sizeof *qc, "tracks", err);
    double *rms = avo_alloc(n, sizeof *rms, "tracks", err);
    const char **paths = avo_alloc(n, sizeof *paths, "tracks", err);
    int rc = qc && rms && paths ? 0 : -1;
    if (rc == 0)
        rc = avo_qc_read(&run->compendium, &run->header, &run->slab, run->pool, qc, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        rms[i] = qc[i].rms;
        paths[i] = avo_compendium_path(&run->compendium, i);
    }
    if (rc == 0)
        rc = avo_depths_make(&depths, a, rms, err);
    if (rc == 0)
        rc = avo_out_open(out, run->opt->common.output, NULL, err);
    const struct avo_qc_table table = {.available = a, .depths = &depths, .qc = qc,
                                       .paths = paths};
    if (rc == 0)
        rc = run->opt->qc_format == QC_TEXT ? avo_qc_table_print_text(&table, out, err)
                                            : avo_qc_table_print(&table, out, err);
    avo_depths_release(&depths);
    free(qc);
    free(rms);
    free(paths);
    return rc;
}

static int write_qc(struct run *run, struct avo_error *err)
{
    struct avo_availability a = {0};
    struct avo_out out = {0};
    int rc = avo_availability_make(&a, &run->header, NULL, err);
    if (rc == 0)
        rc = run->opt->qc_format == QC_MATRIX ? write_matrix(run, &a, &out, err)
                                              : write_figures(run, &a, &out, err);
    if (rc == 0)
        rc = avo_out_finish(&out, err);
    avo_out_release(&out);
    avo_availability_release(&a);
    return rc;
}

/* The work itself, and what the files had that it could not use. */
static int write_all(struct run *run, struct avo_error *err)
{
    char *note;
    if (run->opt->qc ? write_qc(run, err) : write_stream(run, err))
        return -1;
    if (avo_compendium_passed_over(&run->compendium, &note, err))
        return -1;
    avo_note_lines(note);
    free(note);
    return 0;
}

/* ---- main ---- */

int main(int argc, char **argv)
{
    struct options opt = {.bin_bp = 25, .mid_bins = 10, .coarse_bins = 200,
                          .transform = AVO_ARCSINH};
    const struct avo_cli cli = {
        .program = "bw2tensor", .synopsis = "[options] tracks.tsv",
        .purpose = "Turn bigWig, bedGraph or wig tracks into a stream of signal per bin.",
        .example = "bw2tensor -r chr20 tracks.tsv | avo-train -o chr20.model.avo",
        .common = AVO_OPT_OUTPUT | AVO_OPT_FORMAT | AVO_OPT_REGION | AVO_OPT_THREADS |
                  AVO_OPT_SEED | AVO_OPT_PROVENANCE | AVO_OPT_BED,
        .opts = own_options, .user = &opt, .reads_stdin = true};
    struct avo_error err = {0};
    struct run run = {.opt = &opt};
    int first = 0, status = AVO_EXIT_OK;
    if (avo_cli_start(&cli, &opt.common, argc, argv, &first, &err) ||
        check_options(&opt, argc - first, &err))
        return avo_die(&err);
    run.table_path = first < argc ? argv[first] : "-";
    if (open_inputs(&run, &err) || write_all(&run, &err))
        status = avo_die(&err);
    release(&run);
    return status;
}
