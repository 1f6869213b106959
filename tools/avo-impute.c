/* SPDX-License-Identifier: MIT */
/* avo-impute: models to imputed tracks: open the models, for each tile of genome factors predict,
 * clip and write; then finish. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io.h"
#include "libcommon/base/log.h"
#include "libcommon/base/opt.h"
#include "libcommon/base/text.h"
#include "libcommon/genome/region.h"
#include "libcommon/model/impute.h"

enum { ID_MISSING = 256, ID_ALL, ID_NO_CLIP, ID_MIN_TRACKS, ID_MAX_MEMORY };

struct options {
    struct avo_common common;
    char **pairs;               /* of -t */
    size_t n_pairs, cap_pairs;
    const char *pair_file;
    bool missing, all, no_clip;
    int64_t min_tracks, max_memory;
    enum avo_impute_format format;
};

struct run {
    const char *why;            /* of the device that was chosen */
    const struct options *opt;
    struct avo_models *models;
    const struct avo_model *m;
    struct avo_wanted_list wanted;
    struct avo_header header;
    struct avo_pool *pool;
    struct avo_impute_job job;
    struct avo_progress progress;
};

static int set_option(void *user, int id, const char *arg, struct avo_error *err)
{
    struct options *o = user;
    switch (id) {
    case 't':
        if (avo_grow(&o->pairs, &o->cap_pairs, o->n_pairs + 1, sizeof *o->pairs, "-t", err) ||
            !(o->pairs[o->n_pairs] = avo_strdup(arg, err)))
            return -1;
        o->n_pairs++;
        return 0;
    case 'T': o->pair_file = arg; return 0;
    case ID_MISSING: o->missing = true; return 0;
    case ID_ALL: o->all = true; return 0;
    case ID_NO_CLIP: o->no_clip = true; return 0;
    case ID_MIN_TRACKS:
        return avo_parse_int(arg, 0, 1000000, "--min-tracks", &o->min_tracks, err);
    default:
        return avo_parse_size(arg, 1, INT64_MAX, "--max-memory", &o->max_memory, err);
    }
}

/* ---- what the command line may say ---- */

static int check_kind(const struct options *o, struct avo_error *err)
{
    int n = (o->n_pairs || o->pair_file) + o->missing + o->all;
    if (n == 1)
        return 0;
    return avo_error_status(err, AVO_EXIT_USAGE, "%s: give either -t CELL:ASSAY or -T FILE, or "
                            "--missing, or --all", n ? "two kinds of tracks are asked for"
                                                     : "which tracks?");
}

static int check_format(struct options *o, struct avo_error *err)
{
    const char *f = o->common.format ? o->common.format : "avo", *out = o->common.output;
    if (!strcmp(f, "avo"))
        o->format = AVO_IMPUTE_AVO;
    else if (!strcmp(f, "bedgraph"))
        o->format = AVO_IMPUTE_BEDGRAPH;
    else if (!strcmp(f, "bigwig"))
        o->format = AVO_IMPUTE_BIGWIG;
    else
        return avo_error_status(err, AVO_EXIT_USAGE,
                                "-O: \"%s\" is not avo, bedgraph or bigwig", f);
    if (o->format == AVO_IMPUTE_BIGWIG && (!out || !strcmp(out, "-")))
        return avo_error_status(err, AVO_EXIT_USAGE, "-O bigwig needs a file: -o FILE");
    if (o->format == AVO_IMPUTE_AVO && avo_impute_is_pattern(out))
        return avo_error_status(err, AVO_EXIT_USAGE, "-O avo writes one stream; {celltype} and "
                                "{assay} are for -O bedgraph and -O bigwig");
    if (strcmp(o->common.precision, "auto") && strcmp(o->common.precision, "f32"))
        return avo_error_status(err, AVO_EXIT_USAGE, "--precision: \"%s\" is not auto or f32",
                                o->common.precision);
    return 0;
}

/* One input cannot be the models and the list of tracks. */
static int check_stdin(const struct options *o, char *const *paths, int n, struct avo_error *err)
{
    bool models = n == 0;
    for (int i = 0; i < n; i++)
        models = models || !strcmp(paths[i], "-");
    if (!models || !o->pair_file || strcmp(o->pair_file, "-"))
        return 0;
    return avo_error_status(err, AVO_EXIT_USAGE, "standard input is asked for both models and -T");
}

static int parse(struct options *o, int argc, char **argv, int *first, struct avo_error *err)
{
    static char min_tracks[80], max_memory[100];
    static const struct avo_opt rows[] = {
        {'t', "track", "CELL:ASSAY", "a track to impute; may be repeated"},
        {'T', "tracks", "FILE", "tracks to impute: cell type, tab, assay"},
        {ID_MISSING, "missing", NULL, "every track the model was not trained on"},
        {ID_ALL, "all", NULL, "every pair of cell type and assay"},
        {ID_NO_CLIP, "no-clip", NULL, "do not clip to the assay's range in training"},
        {ID_MIN_TRACKS, "min-tracks", "N", min_tracks},
        {ID_MAX_MEMORY, "max-memory", "SIZE", max_memory},
        {0, NULL, NULL, NULL}};
    static struct avo_cli cli = {
        .program = "avo-impute", .synopsis = "[options] [model.avo ...]",
        .purpose = "Imputes tracks from a model's factors: -O avo (default), bedgraph, bigwig.\n"
                   "With {celltype} and {assay} in -o, one file a track and their tracks.tsv.",
        .example = "avo-impute -t E065:H3K4me3 -O bigwig -o E065.H3K4me3.bw model.avo",
        .common = AVO_OPT_OUTPUT | AVO_OPT_FORMAT | AVO_OPT_REGION | AVO_OPT_THREADS |
                  AVO_OPT_COMPUTE | AVO_OPT_PROVENANCE,
        .opts = rows, .set = set_option};
    cli.user = o;
    o->min_tracks = 2;
    o->max_memory = 2000000000;
    snprintf(min_tracks, sizeof min_tracks, "warn below N training tracks of a name [%" PRId64
             "]", o->min_tracks);
    snprintf(max_memory, sizeof max_memory, "for files written at once, else several rounds [%"
             PRId64 "G]", o->max_memory / 1000000000);
    if (avo_cli_parse(&cli, &o->common, argc, argv, first, err))
        return err->status;
    if (*first == argc && isatty(STDIN_FILENO))
        return avo_cli_short_usage(&cli);
    return check_kind(o, err) || check_format(o, err) ||
           check_stdin(o, argv + *first, argc - *first, err) ? err->status : 0;
}

/* ---- open ---- */

static int add_named(struct run *run, struct avo_error *err)
{
    const struct options *o = run->opt;
    for (size_t i = 0; i < o->n_pairs; i++) {
        char *celltype = NULL, *assay = NULL;
        int rc = avo_split_pair(o->pairs[i], &celltype, &assay, err);
        if (!rc && (rc = avo_wanted_add(&run->wanted, run->m, celltype, assay, err)))
            avo_error_prefix(err, "-t %s", o->pairs[i]);
        free(celltype);
        free(assay);
        if (rc)
            return -1;
    }
    return o->pair_file ? avo_wanted_file(&run->wanted, run->m, o->pair_file, err) : 0;
}

static int choose_tracks(struct run *run, struct avo_error *err)
{
    const struct options *o = run->opt;
    int rc = o->missing || o->all ? avo_wanted_all(&run->wanted, run->m, o->missing, err)
                                  : add_named(run, err);
    if (!rc && o->format != AVO_IMPUTE_AVO)
        rc = avo_impute_check_names(o->common.output, &run->wanted, run->m, err);
    for (int assays = 0; !rc && assays < 2; assays++) {
        char *names;
        rc = avo_wanted_scarce(&run->wanted, run->m, assays, (uint32_t)o->min_tracks, &names, err);
        if (!rc && names)
            avo_warn("fewer than %" PRId64 " training tracks: %s %s", o->min_tracks,
                     assays ? "assays" : "cell types", names);
        free(names);
    }
    return rc;
}

/* Only what the header does not say elsewhere and what determines the result. */
static int make_header(struct run *run, struct avo_error *err)
{
    const struct options *o = run->opt;
    struct avo_header *h = &run->header;
    if (avo_impute_header(run->models, &run->wanted, o->common.region, o->common.region_file, h,
                          err))
        return -1;
    if (o->common.no_provenance) {
        for (size_t i = 0; i < h->n_provenance; i++)
            free(h->provenance[i]);
        h->n_provenance = 0;
        return 0;
    }
    char *fields = avo_asprintf(err, "clip:%s\tbackend:%s\tprecision:f32",
                                o->no_clip ? "no" : "yes", avo_backend_provenance(run->job.ops));
    int rc = fields ? avo_header_add_provenance(h, "avo-impute", fields, err) : -1;
    free(fields);
    return rc;
}

static int choose_device(struct run *run, struct avo_error *err)
{
    run->job.ops = avo_backend_choose(run->opt->common.device, &run->job.device, &run->why, err);
    if (!run->job.ops)
        return -1;
    run->pool = run->job.pool = avo_pool_new(run->opt->common.n_threads, err);
    return run->pool ? 0 : -1;
}

static int open_all(struct run *run, char *const *paths, size_t n_paths, struct avo_error *err)
{
    if (choose_device(run, err) || !(run->models = avo_models_open(paths, n_paths, err)))
        return -1;
    run->m = avo_models_core(run->models);
    return choose_tracks(run, err) || make_header(run, err) ? -1 : 0;
}

/* ---- run ---- */

/* More files at a time are fewer rounds: as many as the hard limit allows. */
static void raise_file_limit(void)
{
    struct rlimit lim;
    if (getrlimit(RLIMIT_NOFILE, &lim) || lim.rlim_cur == lim.rlim_max)
        return;
    lim.rlim_cur = lim.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &lim);   /* the soft limit is enough otherwise */
}

static void on_progress(void *user, uint64_t n_bins, uint32_t n_tracks)
{
    struct run *run = user;
    avo_progress_update(&run->progress, run->progress.done + n_bins * n_tracks);
}

/* Bins that were asked for and have no factors: said once. */
static void tell_result(const struct run *run, const struct avo_impute_result *r)
{
    uint64_t asked = avo_extents_bins(run->header.extents, run->header.n_extents);
    if (asked > r->n_bins)
        avo_note("%" PRIu64 " of %" PRIu64 " bins asked for have no genome factors and are left "
                 "out", asked - r->n_bins, asked);
    avo_detail("%zu tracks, %" PRIu64 " bins, models read %u times", run->wanted.n, r->n_bins,
               r->n_rounds);
}

static int impute(struct run *run, struct avo_error *err)
{
    const struct options *o = run->opt;
    struct avo_impute_job *job = &run->job;
    struct avo_impute_result result;
    uint64_t asked = avo_extents_bins(run->header.extents, run->header.n_extents);
    job->wanted = &run->wanted;
    job->header = &run->header;
    job->format = o->format;
    job->output = o->common.output;
    job->clip = !o->no_clip;
    job->max_memory = (uint64_t)o->max_memory;
    job->progress = on_progress;
    job->user = run;
    raise_file_limit();
    avo_detail("device: %s (%s)", avo_backend_provenance(job->ops), run->why);
    avo_progress_start(&run->progress, "values", asked * run->wanted.n);
    int rc = avo_impute_run(run->models, job, &result, err);
    avo_progress_end(&run->progress);
    if (!rc && o->format != AVO_IMPUTE_AVO && avo_impute_is_pattern(o->common.output))
        rc = avo_impute_write_table(o->common.output, &run->wanted, run->m, err);
    if (!rc)
        tell_result(run, &result);
    return rc;
}

static void release(struct run *run, struct options *o)
{
    avo_models_close(run->models);
    avo_header_release(&run->header);
    avo_pool_free(run->pool);
    free(run->wanted.at);
    for (size_t i = 0; i < o->n_pairs; i++)
        free(o->pairs[i]);
    free(o->pairs);
}

int main(int argc, char **argv)
{
    struct avo_error err = {0};
    struct options options;
    struct run run;
    int first, status;
    memset(&options, 0, sizeof options);
    memset(&run, 0, sizeof run);
    avo_io_guard_stdout();
    run.opt = &options;
    status = parse(&options, argc, argv, &first, &err);
    if (!status &&
        (open_all(&run, argv + first, (size_t)(argc - first), &err) || impute(&run, &err)))
        status = AVO_EXIT_DATA;
    if (err.status)
        status = avo_die(&err);
    release(&run, &options);
    return status;
}
