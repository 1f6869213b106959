/* SPDX-License-Identifier: MIT */
/* avo-impute: models to imputed tracks: open the models, for each tile of genome factors (or of
 * signal, if the model is of the family observed) predict, clip and write; then finish. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io.h"
#include "libcommon/base/log.h"
#include "libcommon/base/opt.h"
#include "libcommon/base/text.h"
#include "libcommon/genome/region.h"
#include "libcommon/impute/attribute.h"
#include "libcommon/impute/baseline.h"
#include "libcommon/impute/impute.h"
#include "libcommon/impute/intervals.h"
#include "libcommon/impute/observed.h"

enum {
    ID_MISSING = 256, ID_ALL, ID_NO_CLIP, ID_MIN_TRACKS, ID_MAX_MEMORY, ID_ATTRIBUTION,
    ID_COMPONENT, ID_STEPS, ID_BASELINE, ID_LAST_BIN, ID_MODEL, ID_UNCERTAINTY, ID_INTERVAL
};

#define STEPS 50    /* of integrated gradients */
#define SHARE .9    /* of values that an interval is to hold */

struct options {
    struct avo_common common;
    struct avo_strings pairs;   /* of -t */
    const char *pair_file;
    bool missing, all, no_clip, last_bin;
    bool attribution;
    struct avo_strings components;
    int64_t steps;
    bool steps_given;
    const char *baseline;       /* NULL: not given */
    const char *uncertainty;    /* pattern, or NULL */
    double share;               /* 0: not given */
    int64_t min_tracks, max_memory;
    int format;                 /* enum avo_impute_format */
    int model;                  /* enum avo_baseline_kind */
};

struct run {
    struct avo_chosen on;       /* device and precision */
    const struct options *opt;
    struct avo_impute_files files;
    struct avo_models *models;
    const struct avo_observed_ops *observed;    /* NULL: the model has genome factors */
    struct avo_observed_input input;            /* of the family observed */
    const struct avo_model *m;
    struct avo_wanted_list wanted;
    struct avo_header header;
    struct avo_attribution attribution;
    struct avo_intervals intervals;
    struct avo_pool *pool;
    struct avo_impute_job job;
    struct avo_progress progress;
};

/* ---- what the command line may say ---- */

static int check_kind(const struct options *o, struct avo_error *err)
{
    int n = (o->pairs.n || o->pair_file) + o->missing + o->all;
    if (n == 1)
        return 0;
    return avo_usage_error(err, "%s: give either -t CELL:ASSAY or -T FILE, or --missing, or --all",
                           n ? "two kinds of tracks are asked for" : "which tracks?");
}

static int check_format(struct options *o, struct avo_error *err)
{
    const char *out = o->common.output;
    if (avo_cli_format("avo|bedgraph|bigwig", &o->common, &o->format, err))
        return -1;
    if (o->format == AVO_IMPUTE_BIGWIG && (!out || !strcmp(out, "-")))
        return avo_usage_error(err, "-O bigwig needs a file: -o FILE");
    if (o->format == AVO_IMPUTE_AVO && avo_impute_is_pattern(out))
        return avo_usage_error(err, "-O avo writes one stream; {celltype} and {assay} are for -O "
                               "bedgraph and -O bigwig");
    if (o->format == AVO_IMPUTE_AVO && o->last_bin)
        return avo_usage_error(err, "--last-bin is for -O bedgraph and -O bigwig: a record stream "
                               "holds whole bins only");
    return 0;
}

static int check_attribution(struct options *o, struct avo_error *err)
{
    const char *only = o->components.n ? "--component" : o->steps ? "--steps"
                     : o->baseline ? "--baseline"
                     : avo_impute_has_component(o->common.output) ? "{component} in -o" : NULL;
    if (!o->attribution && only)
        return avo_usage_error(err, "%s is for --attribution", only);
    if (o->baseline && !strcmp(o->baseline, "-"))
        return avo_usage_error(err, "--baseline: \"-\" is not mean, zero or a file");
    o->steps_given = o->steps > 0;
    o->steps = o->steps ? o->steps : STEPS;
    o->baseline = o->baseline ? o->baseline : "mean";
    return 0;
}

static int check_uncertainty(struct options *o, struct avo_error *err)
{
    if (!o->uncertainty)
        return o->share > 0 ? avo_usage_error(err, "--interval is for --uncertainty") : 0;
    if (o->attribution)
        return avo_usage_error(err, "--uncertainty is not for --attribution");
    if (o->format == AVO_IMPUTE_AVO && avo_impute_is_pattern(o->uncertainty))
        return avo_usage_error(err, "-O avo writes one stream a bound: --uncertainty with {bound} "
                               "alone");
    o->share = o->share > 0 ? o->share : SHARE;
    return 0;
}

static int check_model(const struct options *o, struct avo_error *err)
{
    const char *other = o->attribution ? "--attribution" : o->no_clip ? "--no-clip"
                      : o->uncertainty ? "--uncertainty" : NULL;
    if (!o->model || !other)
        return 0;
    return avo_usage_error(err, "%s is for models, not for --model", other);
}

/* One input cannot be a model, or signal, and the list of tracks. */
static int check_stdin(const struct options *o, char *const *paths, int n, struct avo_error *err)
{
    int n_stdin = n == 0;
    for (int i = 0; i < n; i++)
        n_stdin += !strcmp(paths[i], "-");
    if (n_stdin > 1)
        return avo_usage_error(err, "standard input (-) is given %d times", n_stdin);
    if (!n_stdin || !o->pair_file || strcmp(o->pair_file, "-"))
        return 0;
    return avo_usage_error(err, "standard input is asked for both an input and -T");
}

#define SETS(member) AVO_SETS(struct options, member)

static int parse(struct options *o, int argc, char **argv, int *first, struct avo_error *err)
{
    static char min_tracks[80], max_memory[100], steps[80], share[80];
    static const struct avo_opt rows[] = {
        {'t', "track", "CELL:ASSAY", "a track to impute; may be repeated", SETS(pairs)},
        {'T', "tracks", "FILE", "tracks to impute: cell type, tab, assay",
         SETS(pair_file), .file = AVO_READS},
        {ID_MISSING, "missing", NULL, "every track the model was not trained on", SETS(missing)},
        {ID_ALL, "all", NULL, "every pair of cell type and assay", SETS(all)},
        {ID_MODEL, "model", "NAME", "no model, but from signal: mean, scaled-mean", SETS(model),
         AVO_WORD(AVO_BASELINE_WORDS, AVO_BASELINE_MEAN)},
        {ID_NO_CLIP, "no-clip", NULL, "do not clip to the assay's range in training",
         SETS(no_clip)},
        {ID_LAST_BIN, "last-bin", NULL, "write the partial last bin of chromosomes, too",
         SETS(last_bin)},
        {ID_ATTRIBUTION, "attribution", NULL, "what each part of the input adds to predictions",
         SETS(attribution)},
        {ID_COMPONENT, "component", "NAME", "only this part's attributions; may be repeated",
         SETS(components)},
        {ID_STEPS, "steps", "N", steps, SETS(steps), AVO_WHOLE(1, 100000)},
        {ID_BASELINE, "baseline", "WHAT", "where they begin: mean, zero or a model FILE [mean]",
         SETS(baseline), .file = AVO_READS},
        {ID_UNCERTAINTY, "uncertainty", "PATTERN",
         "bounds of intervals, too: {bound} is lower, upper", SETS(uncertainty)},
        {ID_INTERVAL, "interval", "SHARE", share, SETS(share), AVO_REAL(.01, .98)},
        {ID_MIN_TRACKS, "min-tracks", "N", min_tracks, SETS(min_tracks), AVO_WHOLE(0, 1000000)},
        {ID_MAX_MEMORY, "max-memory", "SIZE", max_memory,
         SETS(max_memory), AVO_SIZE(1, INT64_MAX)},
        {0}};
    const struct avo_cli cli = {
        .program = "avo-impute", .synopsis = "[options] [model.avo ...] [signal.avo ...]",
        .purpose = "Imputes tracks: -O avo (default), bedgraph, bigwig; {celltype}, {assay} in -o.",
        .example = "avo-impute -t E065:H3K4me3 -O bigwig -o E065.H3K4me3.bw model.avo",
        .common = AVO_OPT_OUTPUT | AVO_OPT_FORMAT | AVO_OPT_REGION | AVO_OPT_THREADS |
                  AVO_OPT_COMPUTE | AVO_OPT_PROVENANCE | AVO_OPT_BED,
        .opts = rows, .user = o, .reads_stdin = true};
    o->min_tracks = 2;
    o->max_memory = 2000000000;
    snprintf(min_tracks, sizeof min_tracks, "warn below N training tracks of a name [%" PRId64
             "]", o->min_tracks);
    snprintf(share, sizeof share, "share of the values that they are to hold [%g]", SHARE);
    snprintf(steps, sizeof steps, "steps of the integrated gradients [%d]", STEPS);
    snprintf(max_memory, sizeof max_memory, "for files written at once, else several rounds [%"
             PRId64 "G]", o->max_memory / 1000000000);
    return avo_cli_start(&cli, &o->common, argc, argv, first, err) || check_kind(o, err) ||
           check_format(o, err) || check_attribution(o, err) ||
           check_uncertainty(o, err) || check_model(o, err) ||
           check_stdin(o, argv + *first, argc - *first, err) ? -1 : 0;
}

/* ---- open ---- */

static int add_named(struct run *run, struct avo_error *err)
{
    const struct options *o = run->opt;
    for (size_t i = 0; i < o->pairs.n; i++) {
        const char *pair = o->pairs.at[i];
        char *celltype = NULL, *assay = NULL;
        int rc = avo_split_pair(pair, &celltype, &assay, err);
        if (!rc && (rc = avo_wanted_add(&run->wanted, run->m, celltype, assay, err))) {
            avo_error_prefix(err, "-t %s", pair);
            avo_hint_colons(pair, "name it in a file: -T FILE, with a tab between cell type and "
                            "assay", err);
        }
        free(celltype);
        free(assay);
        if (rc)
            return -1;
    }
    return o->pair_file ? avo_wanted_file(&run->wanted, run->m, o->pair_file, err) : 0;
}

static const char *component_name(const struct run *run, uint32_t i)
{
    return run->attribution.names[run->attribution.at[i].block];
}

static int choose_components(struct run *run, struct avo_error *err)
{
    const struct options *o = run->opt;
    struct avo_attribution *a = &run->attribution;
    a->how.n_steps = run->observed ? 1 : (uint32_t)o->steps;
    int rc = avo_attribution_choose(a, run->m, o->components.at, o->components.n,
                                    o->common.output, err);
    for (uint32_t i = 0; !rc && o->format != AVO_IMPUTE_AVO && i < a->n; i++)
        rc = avo_impute_check_names(a->at[i].output, &run->wanted, run->m, err);
    return rc;
}

/* Only what other cell types of the signal have can be imputed from them. */
static int choose_observed(struct run *run, struct avo_error *err)
{
    const struct options *o = run->opt;
    size_t n_dropped = 0;
    bool named = !o->missing && !o->all;
    if (named ? avo_observed_check(&run->input, &run->wanted, err)
              : avo_observed_choose(&run->input, &run->wanted, o->missing, &n_dropped, err))
        return -1;
    if (n_dropped)
        avo_note("%zu tracks are left out: no other cell type of the signal has their assay",
                 n_dropped);
    if (!o->model)
        return 0;
    int rc = avo_baseline_choose(&run->input, &run->wanted, named, &n_dropped, err);
    if (!rc && n_dropped)
        avo_note("%zu tracks are left out: the depth of their cell type is not known", n_dropped);
    return rc;
}

static int choose_tracks(struct run *run, struct avo_error *err)
{
    const struct options *o = run->opt;
    int rc = o->missing || o->all
        ? avo_wanted_all(&run->wanted, run->m, o->missing && !run->observed, err)
        : add_named(run, err);
    if (!rc && run->observed)
        rc = choose_observed(run, err);
    if (!rc && o->attribution)
        rc = choose_components(run, err);
    else if (!rc && o->format != AVO_IMPUTE_AVO)
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
    char *notes = NULL;
    struct avo_region_ask ask = {.region = o->common.region,
                                 .region_file = o->common.region_file,
                                 .rule = {o->common.strict, &notes}};
    int rc = avo_impute_header(run->observed ? &run->input.header : &run->m->header, run->m,
                               &run->wanted, &ask, h, err);
    avo_note_lines(notes);
    free(notes);
    if (rc)
        return -1;
    if (o->common.no_provenance) {
        avo_header_forget_provenance(h);
        return 0;
    }
    const char *precision = avo_precision_name(run->on.device.precision);
    char *fields = o->model
        ? avo_asprintf(err, "model:%s", avo_baseline_word((enum avo_baseline_kind)o->model))
        : o->attribution
        ? avo_asprintf(err, "attribution:integrated-gradients\tsteps:%u\tbaseline:%s\tbackend:%s"
                       "\tprecision:%s", run->attribution.how.n_steps, run->attribution.origin,
                       run->on.name, precision)
        : avo_asprintf(err, "clip:%s\tbackend:%s\tprecision:%s", o->no_clip ? "no" : "yes",
                       run->on.name, precision);
    rc = fields ? avo_header_add_provenance(h, "avo-impute", fields, err) : -1;
    free(fields);
    return rc;
}

/* A card's memory plan. */
static void tell_plan(void *user, const char *text)
{
    (void)user;
    avo_detail("%s", text);
}

static int choose_device(struct run *run, struct avo_error *err)
{
    const struct avo_common *c = &run->opt->common;
    if (avo_backend_choose(c->device, c->precision, &run->on, err))
        return -1;
    if (run->opt->attribution && !run->on.ops->attribute && !strcmp(c->device, "auto")) {
        if (avo_backend_choose("cpu", c->precision, &run->on, err))
            return -1;
        snprintf(run->on.why, sizeof run->on.why, "attribution is computed there only");
    }
    run->on.device.note = tell_plan;
    run->job.ops = run->on.ops;
    run->job.device = run->on.device;
    run->pool = run->job.pool = avo_pool_new(run->opt->common.n_threads, err);
    return run->pool ? 0 : -1;
}

static int prepare_attribution(struct run *run, struct avo_error *err)
{
    struct avo_attribution *a = &run->attribution;
    if (!run->opt->attribution)
        return 0;
    run->job.attribution = a;
    if (run->observed)
        return avo_attribution_rows(a, run->m, run->opt->baseline, err);
    if (avo_attribution_baseline(a, run->models, run->opt->baseline, err))
        return -1;
    avo_detail("attribution: baseline %s, prediction there %g", a->origin, a->value);
    return 0;
}

static int prepare_intervals(struct run *run, struct avo_error *err)
{
    const struct options *o = run->opt;
    struct avo_intervals *iv = &run->intervals;
    if (!o->uncertainty)
        return 0;
    run->job.intervals = iv;
    return avo_intervals_prepare(iv, run->m, &run->wanted, err) ||
                   avo_intervals_headers(iv, &run->header, err) ? -1 : 0;
}

/* The tables of tracks beside files of a pattern. */
static int for_tables(const struct run *run,
                      int (*what)(const struct avo_impute_table *t, struct avo_error *err),
                      struct avo_error *err)
{
    const struct avo_attribution *a = &run->attribution;
    struct avo_impute_table t = {.pattern = run->opt->common.output, .wanted = &run->wanted,
                                 .m = run->m, .header = &run->header};
    int rc = 0;
    if (run->opt->format == AVO_IMPUTE_AVO || !avo_impute_is_pattern(t.pattern))
        return 0;
    if (!run->opt->attribution)
        rc = what(&t, err);
    for (int b = 0; !rc && run->job.intervals && b < AVO_BOUNDS; b++) {
        t.pattern = run->intervals.at[b].output;
        rc = what(&t, err);
    }
    for (uint32_t i = 0; !rc && i < a->n; i++) {
        t.pattern = a->at[i].output;
        t.component = component_name(run, i);
        rc = what(&t, err);
    }
    return rc;
}

static int tell_input(struct run *run)
{
    run->m = &run->input.model;
    if (run->input.note)
        avo_note("%s", run->input.note);
    if (run->input.measured)
        avo_note("%s", run->input.measured);
    if (run->input.warning)
        avo_warn("%s", run->input.warning);
    return 0;
}

/* A model without a network. */
static int open_parafac(struct run *run, struct avo_error *err)
{
    if (run->opt->attribution)
        return avo_usage_error(err, "--attribution is for models with a network, not those of "
                               "avo-train --preset predictd");
    if (avo_backend_settle(run->m, run->opt->common.device, run->opt->common.precision, &run->on,
                           err))
        return -1;
    run->job.ops = run->on.ops;
    run->job.device = run->on.device;
    return 0;
}

/* A model of the family observed sees the signal. */
static int open_observed(struct run *run, struct avo_error *err)
{
    const struct avo_strings *signals = &run->files.signals;
    if (run->opt->steps_given)
        return avo_usage_error(err, "--steps is not for models of the family observed: their path "
                               "is followed exactly");
    if (!signals->n) {
        avo_error_hint(err, "give the signal, too, as bw2tensor writes it: a file, or - for "
                       "standard input");
        return avo_error_set(err, "the model is of the family observed, which imputes from signal");
    }
    run->observed = avo_backend_observed(run->opt->common.device, run->opt->common.precision,
                                         &run->on, err);
    if (!run->observed ||
        avo_observed_open(&run->input, run->models, signals->at, signals->n, run->pool, err))
        return -1;
    return tell_input(run);
}

/* No model: what the signal itself says. */
static int open_baseline(struct run *run, struct avo_error *err)
{
    static char dash[] = "-", *standard_input[] = {dash};
    const struct avo_strings *models = &run->files.models, *signals = &run->files.signals;
    char *const *paths = signals->n ? signals->at : standard_input;
    if (models->n)
        return avo_usage_error(err, "%s: --model takes signal alone, and this is none",
                               models->at[0]);
    run->observed = avo_backend_observed(run->opt->common.device, run->opt->common.precision,
                                         &run->on, err);
    if (!run->observed ||
        avo_baseline_open(&run->input, (enum avo_baseline_kind)run->opt->model, paths,
                          signals->n ? signals->n : 1, run->pool, err))
        return -1;
    return tell_input(run);
}

static int open_inputs(struct run *run, char *const *paths, size_t n_paths, struct avo_error *err)
{
    const struct avo_strings *models = &run->files.models, *signals = &run->files.signals;
    if (avo_impute_files_sort(&run->files, paths, n_paths, err))
        return -1;
    if (run->opt->model)
        return open_baseline(run, err);
    run->models = models->n ? avo_models_open_any(models->at, models->n, err)
                            : avo_models_open_any(paths, n_paths, err);
    if (!run->models)
        return -1;
    run->m = avo_models_core(run->models);
    if (run->m->observed)
        return open_observed(run, err);
    if (run->m->header.parafac && open_parafac(run, err))
        return -1;
    if (!signals->n)
        return avo_models_need_genome(run->models, err);
    avo_error_hint(err, "this model imputes from its genome factors: give it without signal");
    return avo_error_set(err, "%s: signal is for models of the family observed", signals->at[0]);
}

static int open_all(struct run *run, char *const *paths, size_t n_paths, struct avo_error *err)
{
    const struct options *o = run->opt;
    if ((o->uncertainty && avo_intervals_choose(&run->intervals, o->uncertainty, o->common.output,
                                                o->share, err)) ||
        choose_device(run, err) ||
        (run->opt->attribution && avo_attribute_can(run->job.ops, err)) ||
        open_inputs(run, paths, n_paths, err))
        return -1;
    if (choose_tracks(run, err) || prepare_attribution(run, err) || make_header(run, err) ||
        prepare_intervals(run, err) || for_tables(run, avo_impute_check_table, err))
        return -1;
    return run->opt->attribution
        ? avo_attribution_headers(&run->attribution, run->m, &run->header, err) : 0;
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

/* Bins that were asked for and lack what is imputed from: said once. */
static void tell_result(const struct run *run, const struct avo_impute_result *r)
{
    uint64_t asked = avo_extents_bins(run->header.extents, run->header.n_extents);
    if (asked > r->n_bins)
        avo_note("%" PRIu64 " of %" PRIu64 " bins asked for have no %s and are left out",
                 asked - r->n_bins, asked, run->observed ? "signal" : "genome factors");
    avo_detail("%zu tracks, %" PRIu64 " bins, %s read %u times", run->wanted.n, r->n_bins,
               run->observed ? "signal" : "models", r->n_rounds);
}

/* A network whose units all died in training gives one value everywhere; some bins are too few to
 * tell. */
static int warn_of_flat(const struct run *run, const struct avo_impute_result *r,
                        struct avo_error *err)
{
    char *names = NULL;
    if (run->opt->attribution || r->n_bins < run->header.coarse_bins)
        return 0;
    if (avo_wanted_flat(&run->wanted, run->m, run->job.spread, &names, err))
        return -1;
    if (names)
        avo_warn("imputed as one value at every position, so the model has learned nothing that "
                 "tells them apart: %s", names);
    free(names);
    return 0;
}

static int impute(struct run *run, struct avo_error *err)
{
    const struct options *o = run->opt;
    struct avo_impute_job *job = &run->job;
    struct avo_impute_result result;
    uint64_t asked = avo_extents_bins(run->header.extents, run->header.n_extents);
    job->wanted = &run->wanted;
    job->header = &run->header;
    job->format = (enum avo_impute_format)o->format;
    job->output = o->common.output;
    job->clip = !o->no_clip;
    job->last_bin = o->last_bin;
    job->max_memory = (uint64_t)o->max_memory;
    job->progress = on_progress;
    job->user = run;
    job->spread = avo_alloc(run->wanted.n, 2 * sizeof *job->spread, "tracks", err);
    if (!job->spread)
        return -1;
    raise_file_limit();
    (run->on.fell_back ? avo_note : avo_detail)("device: %s (%s)", run->on.name, run->on.why);
    avo_progress_start(&run->progress, "values", asked * run->wanted.n);
    int rc = run->observed ? avo_observed_run(&run->input, run->observed, job, &result, err)
                           : avo_impute_run(run->models, job, &result, err);
    avo_progress_end(&run->progress);
    if (!rc)
        rc = for_tables(run, avo_impute_write_table, err);
    if (!rc)
        tell_result(run, &result);
    return rc ? rc : warn_of_flat(run, &result, err);
}

static void release(struct run *run, struct options *o)
{
    avo_observed_close(&run->input);
    avo_models_close(run->models);
    avo_impute_files_release(&run->files);
    avo_header_release(&run->header);
    avo_pool_free(run->pool);
    avo_attribution_release(&run->attribution);
    avo_intervals_release(&run->intervals);
    free(run->wanted.at);
    free(run->job.spread);
    avo_strings_release(&o->pairs);
    avo_strings_release(&o->components);
}

int main(int argc, char **argv)
{
    struct avo_error err = {0};
    struct options options = {.steps = 0};
    struct run run = {.opt = &options};
    int first = 0, rc = parse(&options, argc, argv, &first, &err);
    if (!rc)
        rc = open_all(&run, argv + first, (size_t)(argc - first), &err) || impute(&run, &err);
    int status = rc ? avo_die(&err) : AVO_EXIT_OK;
    release(&run, &options);
    return status;
}
