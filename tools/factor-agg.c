/* SPDX-License-Identifier: MIT */
/* factor-agg: features of windows: open the inputs and the windows, for each tile add its bins to
 * the windows that are open, write the rows that are whole; then finish. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/digest.h"
#include "libcommon/base/opt.h"
#include "libcommon/base/text.h"
#include "libcommon/features/aggregate.h"
#include "libcommon/features/aggregate_out.h"
#include "libcommon/features/factor_table.h"
#include "libcommon/genome/region.h"

enum {
    ID_PAIRS = 256, ID_WINDOW, ID_ANCHOR, ID_UPSTREAM, ID_DOWNSTREAM, ID_TILES, ID_NAME, ID_LABEL,
    ID_GROUP, ID_PRIMARY, ID_SKIP, ID_DROP, ID_SORT, ID_SCALES, ID_STAT, ID_TRACKS_OF, ID_SPACE,
    ID_LABEL_FROM, ID_THRESHOLD, ID_LABELS_OUT, ID_CELLTYPES, ID_ASSAYS
};

#define MAX_BP 1000000000

struct options {
    struct avo_common common;
    struct avo_windows_options rows;
    struct avo_window_shape shape;
    struct avo_agg_input_options inputs;
    const char *label_from, *labels_out;
    bool drop, sort, table_celltypes, table_assays;
    uint64_t window_bp;
    double threshold;
    unsigned stats;
    int format;                     /* enum avo_agg_format */
};

struct run {
    const struct options *opt;
    struct avo_pool *pool;
    struct avo_agg_inputs in, label_in;
    struct avo_windows windows;
    double *labels;
    struct avo_agg_job job;
    struct avo_header header;
    struct avo_agg_out out;
    struct avo_progress progress;
};

/* ---- options ---- */

static int set_tiles(void *user, const char *arg, struct avo_error *err)
{
    struct avo_window_shape *s = &((struct options *)user)->shape;
    char *end;
    unsigned long n = *arg >= '1' && *arg <= '9' ? strtoul(arg, &end, 10) : 0;
    int64_t bp;

    if (n < 1 || n > 10000 || *end != 'x' ||
        avo_parse_size(end + 1, 1, MAX_BP, "--tiles", &bp, NULL))
        return avo_usage_error(err, "--tiles: \"%s\" is not NUMBERxBASES, such as 8x250", arg);
    s->n_tiles = (uint32_t)n;
    s->tile_bp = (uint64_t)bp;
    return 0;
}

#define SETS(member) AVO_SETS(struct options, member)

static const struct avo_opt rows[] = {
    {ID_PAIRS, "pairs", NULL, "-R is BEDPE: features of both windows side by side",
     SETS(rows.pairs)},
    {ID_WINDOW, "window", "BP", "fixed windows instead of -R",
     SETS(window_bp), AVO_SIZE(1, MAX_BP)},
    {ID_ANCHOR, "anchor", "WHERE", "window around start, center, end or tss ...",
     SETS(shape.anchor), AVO_WORD("start|center|end|tss", AVO_ANCHOR_START)},
    {ID_UPSTREAM, "upstream", "BP", "... from BP before it, by strand [0]",
     SETS(shape.upstream_bp), AVO_SIZE(0, MAX_BP)},
    {ID_DOWNSTREAM, "downstream", "BP", "... to BP behind it [0]",
     SETS(shape.downstream_bp), AVO_SIZE(0, MAX_BP)},
    {ID_TILES, "tiles", "NxBP", "cut each window; coarse rows over the whole", .set = set_tiles},
    {ID_SCALES, "scales", "LIST", "of fine,mid,coarse or 25bp,... [all]", SETS(inputs.scales)},
    {'t', "track", "CELL:ASSAY", "of signal: this track (repeatable) [all]", SETS(inputs.tracks)},
    {ID_LABEL, "label-column", "COL", "label: number or name of a column of -R",
     SETS(rows.label_column)},
    {ID_LABEL_FROM, "label-from", "SIGNAL", "label: mean raw signal of FILE[:CELL:ASSAY]",
     SETS(label_from), .file = AVO_READS},
    {ID_THRESHOLD, "label-threshold", "X", "... 1 from X on, else 0",
     SETS(threshold), AVO_REAL(-HUGE_VAL, HUGE_VAL)},
    {ID_CELLTYPES, "celltypes", NULL, "factors of the cell types instead of windows",
     SETS(table_celltypes)},
    {ID_ASSAYS, "assays", NULL, "factors of the assays", SETS(table_assays)},
    /* in the manual page only */
    {ID_GROUP, "group-column", "COL", NULL, SETS(rows.group_column)},
    {ID_STAT, "stat", "LIST", NULL, SETS(stats), AVO_WORDS("mean|std|min|max")},
    {ID_SPACE, "space", "model|raw", NULL, SETS(inputs.raw), AVO_WORD("model|raw", 0)},
    {ID_DROP, "drop-missing", NULL, NULL, SETS(drop)},
    {ID_TRACKS_OF, "tracks-of", "CELL", NULL, SETS(inputs.celltypes)},
    {ID_NAME, "name-column", "COL", NULL, SETS(rows.name_column)},
    {ID_PRIMARY, "primary", "TAG", NULL, SETS(rows.tag)},
    /* happens anyway, but for --strict */
    {ID_SKIP, "skip-unknown", NULL, NULL, .type = AVO_OPT_SPECIAL},
    {ID_SORT, "sort", NULL, NULL, SETS(sort)},
    {ID_LABELS_OUT, "labels-out", "FILE", NULL, SETS(labels_out), .file = AVO_WRITES},
    {0}
};

/* ---- do they make sense together? ---- */

static int check_rows(const struct options *o, struct avo_error *err)
{
    bool bed = o->common.region_file != NULL;
    int n = bed + (o->window_bp > 0) + o->table_celltypes + o->table_assays;

    if (n != 1)
        return avo_usage_error(err, n ? "two kinds of rows are asked for: -R, --window, "
                                        "--celltypes and --assays exclude each other"
                                      : "which rows? Give -R FILE, --window BP, --celltypes or "
                                        "--assays");
    if (!bed && (o->rows.pairs || o->shape.anchor || o->rows.name_column || o->rows.label_column ||
                 o->rows.group_column || o->rows.tag || o->sort))
        return avo_usage_error(err, "--pairs, --anchor, --*-column, --primary and --sort go with "
                               "-R");
    if (o->common.region && !o->window_bp)
        return avo_usage_error(err, "-r goes with --window");
    if ((o->table_celltypes || o->table_assays) &&
        (o->shape.n_tiles || o->label_from || avo_given(&o->common, ID_STAT) ||
         avo_given(&o->common, ID_SPACE) || o->inputs.tracks.n || o->inputs.celltypes.n ||
         o->inputs.scales))
        return avo_usage_error(err, "--celltypes and --assays write whole tables");
    return 0;
}

static int check_shape(const struct options *o, struct avo_error *err)
{
    const struct avo_window_shape *s = &o->shape;
    bool any_shift = avo_given(&o->common, ID_UPSTREAM) || avo_given(&o->common, ID_DOWNSTREAM);
    uint64_t length = s->anchor ? s->upstream_bp + s->downstream_bp : o->window_bp;

    if (!s->anchor == any_shift)
        return avo_usage_error(err, "--anchor and --upstream or --downstream go together");
    if (s->anchor && length == 0)
        return avo_usage_error(err, "--upstream and --downstream make a window of no bases");
    if (s->n_tiles && length && length != s->n_tiles * s->tile_bp)
        return avo_usage_error(err, "--tiles: %" PRIu32 " tiles of %" PRIu64 " bp do not fill a "
                               "window of %" PRIu64 " bp", s->n_tiles, s->tile_bp, length);
    return 0;
}

static int check_labels(const struct options *o, struct avo_error *err)
{
    if (avo_given(&o->common, ID_THRESHOLD) && !o->label_from)
        return avo_usage_error(err, "--label-threshold goes with --label-from");
    if (o->label_from && o->rows.label_column)
        return avo_usage_error(err, "--label-from and --label-column exclude each other");
    if (o->label_from && o->rows.pairs)
        return avo_usage_error(err, "--label-from labels single intervals, not pairs");
    return 0;
}

static int check_stdin(const struct options *o, char *const *paths, int n, struct avo_error *err)
{
    const char *bed = o->common.region_file;
    bool asked = n == 0;

    for (int i = 0; i < n; i++)
        asked = asked || !strcmp(paths[i], "-");
    if (asked && bed && !strcmp(bed, "-"))
        return avo_usage_error(err, "standard input is asked for both the factors and -R");
    return 0;
}

static int parse(struct options *o, int argc, char **argv, int *first, struct avo_error *err)
{
    struct avo_cli cli = {
        .program = "factor-agg", .synopsis = "[options] [model.avo|signal.avo ...]",
        .purpose = "Factors or tracks averaged over windows: -O avo (default), tsv, npy.",
        .example = "factor-agg -R genes.bed --anchor tss --upstream 2000 model.avo >f.avo",
        .common = AVO_OPT_OUTPUT | AVO_OPT_FORMAT | AVO_OPT_REGION | AVO_OPT_THREADS |
                  AVO_OPT_PROVENANCE | AVO_OPT_BED,
        .opts = rows, .user = o, .reads_stdin = true};

    if (avo_cli_start(&cli, &o->common, argc, argv, first, err) ||
        avo_cli_format("avo|tsv|npy", &o->common, &o->format, err) || check_rows(o, err) ||
        check_shape(o, err) || check_labels(o, err) ||
        check_stdin(o, argv + *first, argc - *first, err))
        return -1;
    o->rows.path = o->common.region_file;
    o->rows.need_strand = o->shape.anchor == AVO_ANCHOR_TSS;
    o->rows.want_bp = o->shape.anchor ? 0 : o->shape.n_tiles * o->shape.tile_bp;
    return 0;
}

/* ---- open ---- */

/* FILE or FILE:CELL:ASSAY: the longest start that is a file. */
static int open_label(struct run *run, struct avo_error *err)
{
    const char *given = run->opt->label_from;
    char *path = avo_strdup(given, err), *colon = NULL;
    char *track;
    struct avo_agg_input_options opt = {.raw = true, .tracks = {.at = &track}};
    size_t n;
    int rc = -1;

    if (!path)
        return -1;
    while (access(path, F_OK) && (colon = strrchr(path, ':')))
        *colon = '\0';
    if (!colon && access(path, F_OK))
        strcpy(path, given);            /* whoever opens it says what is wrong */
    n = strlen(path);
    track = path + n + 1;
    if (given[n] != '\0') {
        strcpy(track, given + n + 1);
        opt.tracks.n = 1;
    }
    if (!avo_agg_open(&run->label_in, &path, 1, &opt, err)) {
        const struct avo_agg_source *s = run->label_in.list;
        run->label_in.list[0].name = "--label-from";
        rc = s->models ? avo_error_set(err, "--label-from: %s holds a model (want signal)", path)
           : s->blocks[0].width > 1
               ? avo_error_set(err, "--label-from: %s has %" PRIu32 " tracks: say which, as "
                               "FILE:CELL:ASSAY", path, s->blocks[0].width) : 0;
    }
    free(path);
    return rc;
}

static int fixed_windows(struct run *run, struct avo_error *err)
{
    const struct options *o = run->opt;
    const struct avo_header *h = &run->in.header;
    struct avo_extent *asked = NULL, *e = NULL;
    size_t n_asked, n;
    int rc;

    if (!o->common.region)
        return avo_windows_fixed(&run->windows, h, o->window_bp, h->extents, h->n_extents, err);
    rc = avo_regions_select(h, &(struct avo_region_ask){.region = o->common.region}, &asked,
                            &n_asked, err) ||
         avo_extents_intersect(asked, n_asked, h->extents, h->n_extents, &e, &n, err) ||
         avo_windows_fixed(&run->windows, h, o->window_bp, e, n, err) ? -1 : 0;
    free(asked);
    free(e);
    return rc;
}

static int open_windows(struct run *run, struct avo_error *err)
{
    const struct options *o = run->opt;
    struct avo_windows_options how = o->rows;
    char *notes = NULL;
    int rc;

    how.rule = (struct avo_bed_rule){o->common.strict, &notes};
    rc = o->window_bp ? fixed_windows(run, err)
                      : avo_windows_read(&run->windows, &run->in.header, &how, err);
    avo_note_lines(notes);
    free(notes);
    if (rc)
        return -1;
    if (run->windows.n == 0)
        return avo_error_set(err, "no window of %" PRIu64 " bp holds a bin of the input",
                             o->window_bp);
    return 0;
}

static void windows_digest(const struct avo_windows *w, char out[33])
{
    struct avo_digest d;

    avo_digest_init(&d);
    for (size_t i = 0; i < w->n * w->per_row; i++) {
        const struct avo_place *p = &w->places[i];
        uint64_t x[] = {p->chrom, p->beg_bp, p->end_bp, (uint64_t)p->strand};
        avo_digest_add(&d, x, sizeof x);
    }
    avo_digest_add(&d, w->pool ? w->pool : "", w->n_pool);
    avo_digest_hex(&d, out);
}

/* What determines the features and is not among the header's other lines. */
static char *provenance(const struct run *run, struct avo_error *err)
{
    static const char *const anchors[] = {"none", "start", "center", "end", "tss"};
    const struct options *o = run->opt;
    char digest[33], threshold[40] = "";

    windows_digest(&run->windows, digest);
    if (avo_given(&o->common, ID_THRESHOLD))
        snprintf(threshold, sizeof threshold, "\tthreshold:%.17g", o->threshold);
    return avo_asprintf(err, "windows:%s\tanchor:%s\tupstream:%" PRIu64 "\tdownstream:%" PRIu64
                        "\ttiles:%" PRIu32 "x%" PRIu64 "\tspace:%s\tsort:%s\tdrop_missing:%s"
                        "\tlabel_from:%s%s", digest, anchors[o->shape.anchor],
                        o->shape.upstream_bp, o->shape.downstream_bp, o->shape.n_tiles,
                        o->shape.tile_bp, o->inputs.raw ? "raw" : "model",
                        o->sort ? "yes" : "no", o->drop ? "yes" : "no",
                        o->label_from ? run->label_in.list[0].blocks[0].columns[0] : "", threshold);
}

static int make_header(struct run *run, struct avo_error *err)
{
    struct avo_header *h = &run->header;
    char *text;
    int rc;

    if (avo_header_copy(h, &run->in.header, err) || avo_agg_out_columns(h, &run->windows, err) ||
        avo_agg_add_names(&run->job, h, err))
        return -1;
    h->n_extents = 0;                   /* the rows say what was asked for */
    while (run->opt->common.no_provenance && h->n_provenance)
        free(h->provenance[--h->n_provenance]);
    if (run->opt->common.no_provenance)
        return 0;
    text = provenance(run, err);
    rc = text ? avo_header_add_provenance(h, "factor-agg", text, err) : -1;
    free(text);
    return rc;
}

static void on_progress(void *user, size_t n_rows)
{
    struct run *run = user;

    avo_progress_update(&run->progress, n_rows);
}

static int emit_row(void *user, size_t row, const float *features, struct avo_error *err)
{
    struct run *run = user;

    return avo_agg_out_row(&run->out, row, features, err);
}

static int open_all(struct run *run, char **paths, size_t n, struct avo_error *err)
{
    const struct options *o = run->opt;
    struct avo_agg_input_options inputs = o->inputs;

    if (!(run->pool = avo_pool_new(o->common.n_threads, err)))
        return -1;
    if (o->label_from && open_label(run, err))
        return -1;
    inputs.also = o->label_from ? &run->label_in.header : NULL;
    if (avo_agg_open(&run->in, paths, n, &inputs, err) || open_windows(run, err))
        return -1;
    run->job = (struct avo_agg_job){
        .in = &run->in, .windows = &run->windows, .shape = o->shape, .stats = o->stats,
        .sort = o->sort, .pool = run->pool, .emit = emit_row, .progress = on_progress, .user = run
    };
    return make_header(run, err);
}

/* ---- run ---- */

static int keep_label(void *user, size_t row, const float *features, struct avo_error *err)
{
    struct run *run = user;

    (void)err;
    run->labels[row] = (double)features[0];
    return 0;
}

/* The mean raw signal over each interval itself, whatever the windows of the features are. */
static int measure_labels(struct run *run, struct avo_error *err)
{
    struct avo_agg_job job = {
        .in = &run->label_in, .windows = &run->windows, .stats = AVO_AGG_MEAN, .pool = run->pool,
        .emit = keep_label, .user = run
    };

    if (!run->opt->label_from)
        return 0;
    run->labels = avo_alloc(run->windows.n, sizeof *run->labels, "labels", err);
    if (!run->labels || avo_agg_rebase(&run->label_in, &run->in.header, err))
        return -1;
    return avo_agg_run(&job, err);
}

static void tell_result(const struct run *run)
{
    const struct avo_agg_out *o = &run->out;
    const char *what = run->opt->drop ? " and are left out" : "";

    if (o->n_missing)
        avo_warn("%zu of %zu rows lack features: no bin of the input lies there%s", o->n_missing,
                 run->windows.n, what);
    if (o->n_unlabelled)
        avo_warn("%zu of %zu rows lack a label: no signal lies there%s", o->n_unlabelled,
                 run->windows.n, what);
    avo_detail("%zu rows, %zu features", o->n_written, o->layout.n_features);
}

static int aggregate(struct run *run, struct avo_error *err)
{
    const struct options *o = run->opt;
    struct avo_agg_out_spec spec = {
        .path = o->common.output, .format = (enum avo_agg_format)o->format,
        .labels_path = o->labels_out,
        .drop_missing = o->drop, .windows = &run->windows, .n_rows = run->windows.n,
        .has_threshold = avo_given(&o->common, ID_THRESHOLD), .threshold = o->threshold
    };
    int rc;

    if (measure_labels(run, err))
        return -1;
    spec.labels = run->labels;
    if (avo_agg_out_open(&run->out, &spec, &run->header, err))
        return -1;
    avo_progress_start(&run->progress, "rows", run->windows.n);
    rc = avo_agg_run(&run->job, err);
    avo_progress_end(&run->progress);
    if (!rc && avo_agg_out_stream(&run->out))
        rc = avo_agg_end_notes(&run->in, avo_agg_out_stream(&run->out), err);
    if (!rc)
        rc = avo_agg_out_finish(&run->out, err);
    if (!rc)
        tell_result(run);
    return rc;
}

static int write_table(const struct options *o, char **paths, size_t n, struct avo_error *err)
{
    struct avo_agg_out_spec spec = {.path = o->common.output,
                                    .format = (enum avo_agg_format)o->format};

    return avo_factor_table(paths, n, o->table_assays, o->common.no_provenance, &spec, err);
}

static void release(struct run *run, struct options *o)
{
    avo_agg_out_release(&run->out);
    avo_header_release(&run->header);
    avo_windows_release(&run->windows);
    avo_agg_close(&run->in);
    avo_agg_close(&run->label_in);
    avo_pool_free(run->pool);
    free(run->labels);
    avo_strings_release(&o->inputs.tracks);
    avo_strings_release(&o->inputs.celltypes);
}

int main(int argc, char **argv)
{
    struct avo_error err = {0};
    struct options options = {.stats = AVO_AGG_MEAN};
    struct run run = {.opt = &options};
    int first, status, rc;

    rc = parse(&options, argc, argv, &first, &err);
    if (!rc && (options.table_celltypes || options.table_assays))
        rc = write_table(&options, argv + first, (size_t)(argc - first), &err);
    else if (!rc)
        rc = open_all(&run, argv + first, (size_t)(argc - first), &err) || aggregate(&run, &err);
    status = rc ? avo_die(&err) : AVO_EXIT_OK;
    release(&run, &options);
    return status;
}
