/* SPDX-License-Identifier: MIT */
/* avo-view.c: record streams as text, bedGraph and npy; checks, cuts and joins them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io.h"
#include "libcommon/base/log.h"
#include "libcommon/base/opt.h"
#include "libcommon/base/text.h"
#include "libcommon/genome/feature_regions.h"
#include "libcommon/genome/region.h"
#include "libcommon/impute/impute.h"
#include "libcommon/stream/columns.h"
#include "libcommon/stream/feature_show.h"
#include "libcommon/stream/join.h"
#include "libcommon/stream/show.h"

enum format { TSV, BEDGRAPH, NPY, AVO };
enum space { SPACE_DEFAULT, SPACE_MODEL, SPACE_RAW };
enum { OPT_CHECK = 256, OPT_TENSORS, OPT_TENSOR, OPT_SPACE, OPT_BGZF, OPT_WITH_HEADER,
       OPT_COLUMN };

struct view {
    struct avo_common common;
    int format;                     /* enum format */
    enum space space;
    bool header_only, with_header, check, list_tensors, bgzf, found;
    const char *tensor;
    struct avo_strings tracks, columns; /* -t and --column, as given */
    struct avo_join *join;
    const struct avo_header *h;
    struct avo_header own;          /* h without provenance */
    struct avo_show show;
    /* of features */
    struct avo_feature_layout layout;
    struct avo_feature_rows rows;
    struct avo_feature_regions regions;
    struct avo_writer *writer;      /* -O avo */
};

/* ---- options ---- */

#define SETS(member) AVO_SETS(struct view, member)

static const struct avo_opt opts[] = {
    { 'H', "header", NULL, "print the header only", SETS(header_only) },
    { OPT_WITH_HEADER, "with-header", NULL, "print the header before the records",
      SETS(with_header) },
    { 't', "track", "CELL:ASSAY", "this track only (may be given again)", SETS(tracks) },
    { OPT_COLUMN, "column", "NAME", "bedgraph of factors, features: this one (may be "
                                    "repeated) [all, with {column} in -o]", SETS(columns) },
    { OPT_SPACE, "space", "model|raw", "transformed values, or back to the signal's unit "
                                       "[raw for bedgraph, else model]",
      SETS(space), AVO_WORD("model|raw", SPACE_MODEL) },
    { OPT_TENSORS, "tensors", NULL, "list a model's tensors", SETS(list_tensors) },
    { OPT_TENSOR, "tensor", "NAME", "print one tensor of a model", SETS(tensor) },
    { OPT_CHECK, "check", NULL, "verify everything, one line for each file", SETS(check) },
    { OPT_BGZF, "bgzf", NULL, "compress -O avo as BGZF", SETS(bgzf) },
    { 0 }
};

static int check_columns(const struct view *v, struct avo_error *err)
{
    const char *out = v->common.output;

    if (v->format == BEDGRAPH) return 0;
    if (v->columns.n)
        return avo_usage_error(err, "--column goes with -O bedgraph");
    if (out && strstr(out, AVO_COLUMN_PLACE))
        return avo_usage_error(err, AVO_COLUMN_PLACE " in -o goes with -O bedgraph, which writes "
                               "a file a column");
    return 0;
}

static int check_options(struct view *v, struct avo_error *err)
{
    bool other = v->header_only || v->list_tensors || v->tensor;
    struct avo_common asked = v->common;

    if (v->check) asked.output = NULL;      /* it gets lines, whatever its name */
    if (avo_cli_format("tsv|bedgraph|npy|avo", &asked, &v->format, err)) return -1;
    if (v->bgzf && v->format != AVO)
        return avo_usage_error(err, "--bgzf goes with -O avo");
    if (v->check && (other || v->common.format || v->common.region || v->common.region_file ||
                     v->tracks.n))
        return avo_usage_error(err, "--check looks at whole streams and takes no other options");
    if (other && (v->format == AVO || v->format == BEDGRAPH))
        return avo_usage_error(err, "-O %s shows records, not headers or tensors",
                               v->format == AVO ? "avo" : "bedgraph");
    return check_columns(v, err);
}

/* ---- what is looked at ---- */

static int unknown_track(struct view *v, const char *given, struct avo_error *err)
{
    size_t n = v->h->n_tracks;
    char **names = avo_alloc(n, sizeof *names, "names", err);
    const char *near = NULL;

    for (size_t i = 0; names && i < n; i++)
        names[i] = avo_asprintf(NULL, "%s:%s", v->h->tracks[i].celltype, v->h->tracks[i].assay);
    if (names) near = avo_nearest(given, (const char *const *)names, (int)n);
    avo_error_set(err, "-t: no track \"%s\" in the input", given);
    avo_hint_colons(given, "choose the track by a table for bw2tensor, or with avo-impute -T FILE",
                    err);
    if (near) avo_error_hint(err, "did you mean %s?", near);
    for (size_t i = 0; names && i < n; i++) free(names[i]);
    free(names);
    return -1;
}

static int keep_tracks(struct view *v, struct avo_error *err)
{
    size_t *keep = avo_alloc(v->tracks.n, sizeof *keep, "tracks", err);
    char *cell = NULL, *assay = NULL;
    int rc = keep ? 0 : -1, at;

    for (size_t i = 0; rc == 0 && i < v->tracks.n; i++) {
        if ((rc = avo_split_pair(v->tracks.at[i], &cell, &assay, err)) != 0) break;
        at = avo_header_find_track(v->h, cell, assay);
        if (at < 0) rc = unknown_track(v, v->tracks.at[i], err);
        keep[i] = (size_t)at;
        for (size_t k = 0; rc == 0 && k < i; k++)
            if (keep[k] == keep[i])
                rc = avo_usage_error(err, "-t %s is given twice", v->tracks.at[i]);
        free(cell);
        free(assay);
        cell = assay = NULL;
    }
    if (rc == 0) rc = avo_join_keep_tracks(v->join, keep, v->tracks.n, err);
    free(keep);
    return rc;
}

/* Extents of a stream of bins, or what rows of features must touch. */
static int select_regions(struct view *v, bool features, struct avo_error *err)
{
    struct avo_extent *e = NULL;
    size_t n;
    char *notes = NULL;
    struct avo_region_ask ask = {.region = v->common.region,
                                 .region_file = v->common.region_file,
                                 .rule = {v->common.strict, &notes}};
    int rc = features ? avo_feature_regions_init(&v->regions, &v->layout, &ask, err)
                      : avo_regions_select(v->h, &ask, &e, &n, err);

    avo_note_lines(notes);
    free(notes);
    if (rc == 0 && !features) rc = avo_join_select(v->join, e, n, err);
    free(e);
    return rc;
}

/* What chooses tracks, and what columns, belongs to other streams. */
static int check_content(const struct view *v, struct avo_error *err)
{
    bool is_signal = v->h->content == AVO_CONTENT_SIGNAL;
    const char *out = v->common.output;

    if (is_signal && (v->columns.n || (out && strstr(out, AVO_COLUMN_PLACE))))
        return avo_usage_error(err, "--column and " AVO_COLUMN_PLACE " go with factors and "
                               "features; this is signal, whose tracks -t chooses");
    if (is_signal || !v->tracks.n) return 0;
    return avo_usage_error(err, "-t goes with signal; this is a stream of another kind (%s), whose "
                           "columns --column chooses with -O bedgraph",
                           avo_content_name(v->h->content));
}

static int check_one_track(const struct view *v, struct avo_error *err)
{
    if (v->format != BEDGRAPH || v->h->content != AVO_CONTENT_SIGNAL || v->h->n_tracks == 1)
        return 0;
    avo_usage_error(err, "-O bedgraph shows one track (the input has %zu)", v->h->n_tracks);
    if (v->h->n_tracks)
        avo_error_hint(err, "choose it: -t '%s:%s'", v->h->tracks[0].celltype,
                       v->h->tracks[0].assay);
    return -1;
}

static int open_features(struct view *v, struct avo_error *err)
{
    if (avo_feature_layout_init(&v->layout, v->h, err)) return -1;
    v->rows.layout = &v->layout;
    return select_regions(v, true, err);
}

static int open_inputs(struct view *v, char **paths, int n, struct avo_error *err)
{
    if (!(v->join = avo_join_open(paths, (size_t)n, err))) return -1;
    v->h = avo_join_header(v->join);
    if (check_content(v, err)) return -1;
    if (v->h->content == AVO_CONTENT_FEATURE) return open_features(v, err);
    if ((v->common.region || v->common.region_file) && select_regions(v, false, err)) return -1;
    if (v->tracks.n && keep_tracks(v, err)) return -1;
    return check_one_track(v, err);
}

/* ---- records as a stream ---- */

/* What was cut out is part of what determines the result; joining leaves no trace. */
static int add_provenance(struct view *v, struct avo_error *err)
{
    char *text = avo_asprintf(err, "%s", ""), *next, *value;
    const char *region = v->common.region;

    for (size_t i = 0; text && i < v->tracks.n + 1; i++) {
        const char *key = i ? "track" : "region";
        const char *s = i ? v->tracks.at[i - 1] : region ? region : "";
        if (!*s) continue;
        value = avo_escape(s, false, err);
        next = value ? avo_asprintf(err, "%s%s%s:%s", text, *text ? "\t" : "", key, value) : NULL;
        free(value);
        free(text);
        text = next;
    }
    if (!text) return -1;
    int rc = avo_header_add_provenance(&v->own, "avo-view", text, err);
    free(text);
    return rc;
}

static int open_writer(struct view *v, struct avo_error *err)
{
    if (avo_header_copy(&v->own, v->h, err)) return -1;
    if ((v->tracks.n || v->common.region || v->common.region_file) && add_provenance(v, err))
        return -1;
    while (v->common.no_provenance && v->own.n_provenance)
        free(v->own.provenance[--v->own.n_provenance]);
    v->writer = avo_writer_open(v->common.output, &v->own, v->bgzf, "-O tsv", err);
    return v->writer ? 0 : -1;
}

/* The block's rows that are asked for; all are read, for their errors. */
static int copy_rows(struct view *v, struct avo_error *err)
{
    struct avo_feature_block b;

    if (avo_join_feature(v->join, &b, err)) return -1;
    if (avo_feature_regions_block(&v->regions, &v->rows, &b, err))
        return avo_join_place(v->join, err);
    return b.n_rows ? avo_writer_feature(v->writer, &b, err) : 0;
}

/* Nothing was found where regions were asked for. */
static int check_found(const struct view *v, struct avo_error *err)
{
    if (!v->regions.extents || v->regions.n_kept) return 0;
    return avo_error_set(err, "no row of the features touches the selected regions");
}

static int copy_record(struct view *v, const struct avo_head *head, struct avo_error *err)
{
    struct avo_tile t;
    struct avo_genome_tile g;
    struct avo_tensor x;
    const void *p;
    size_t len;

    switch (head->type) {
    case AVO_REC_SIGNAL:
        return avo_join_signal(v->join, &t, err) || avo_writer_signal(v->writer, &t, err);
    case AVO_REC_GENOME:
        return avo_join_genome(v->join, &g, err) || avo_writer_genome(v->writer, &g, err);
    case AVO_REC_CORE: case AVO_REC_STATE:
        return avo_join_tensor(v->join, &x, err) ||
               avo_writer_tensor(v->writer, (enum avo_record_type)head->type, &x, err);
    case AVO_REC_FEATURE:
        return copy_rows(v, err);
    default:
        return avo_join_raw(v->join, &p, &len, err) ||
               avo_writer_raw(v->writer, head, p, len, err);
    }
}

static int copy_stream(struct view *v, struct avo_error *err)
{
    struct avo_head head;
    int rc;

    if (open_writer(v, err)) return -1;
    while ((rc = avo_join_next(v->join, &head, err)) > 0)
        if (copy_record(v, &head, err)) return -1;
    if (rc < 0 || check_found(v, err) || avo_join_copy_notes(v->join, v->writer, err)) return -1;
    return avo_writer_finish(v->writer, err);
}

/* ---- records as text ---- */

static int show_tensor(struct view *v, uint32_t type, struct avo_error *err)
{
    struct avo_tensor t;

    if ((!v->list_tensors && !v->tensor) || v->found) return 0;
    if (avo_join_tensor(v->join, &t, err)) return -1;
    if (v->list_tensors) return avo_show_tensor_line(&v->show, type, &t, err);
    if (strcmp(t.name, v->tensor) != 0) return 0;
    v->found = true;
    return avo_show_tensor(&v->show, &t, err);
}

static int show_record(struct view *v, const struct avo_head *head, struct avo_error *err)
{
    struct avo_tile t;
    struct avo_genome_tile g;
    bool tensors = v->list_tensors || v->tensor;

    switch (head->type) {
    case AVO_REC_SIGNAL:
        if (tensors) return 0;
        return avo_join_signal(v->join, &t, err) || avo_show_signal(&v->show, &t, err);
    case AVO_REC_GENOME:
        if (tensors) return 0;
        return avo_join_genome(v->join, &g, err) || avo_show_genome(&v->show, &g, err);
    case AVO_REC_CORE: case AVO_REC_STATE:
        return head->part ? 0 : show_tensor(v, head->type, err);
    default:
        return 0;                   /* may be skipped */
    }
}

/* Rows as text, npy or bedGraph: one of show and columns is NULL. */
static int show_rows(struct view *v, struct avo_feature_show *show, struct avo_columns *columns,
                     struct avo_error *err)
{
    struct avo_feature_block block;
    struct avo_feature_row row;
    struct avo_head head;
    int rc, got;

    while ((rc = avo_join_next(v->join, &head, err)) > 0) {
        if (head.type != AVO_REC_FEATURE) continue;
        if (avo_join_feature(v->join, &block, err) || avo_feature_rows_start(&v->rows, &block, err))
            return -1;
        while ((got = avo_feature_rows_next(&v->rows, &row, err)) > 0)
            if (avo_feature_regions_keep(&v->regions, &row) &&
                (show ? avo_feature_show_row(show, &row, err)
                      : avo_columns_row(columns, &row, err))) return -1;
        if (got < 0) return avo_join_place(v->join, err);
    }
    return rc < 0 ? -1 : check_found(v, err);
}

static int show_features(struct view *v, struct avo_error *err)
{
    struct avo_feature_show show = { .format = (enum avo_show_format)v->format,
                                     .with_header = v->with_header, .layout = &v->layout };
    int rc = -1;

    if (!avo_feature_show_open(&show, v->common.output, UINT64_MAX, err))
        rc = show_rows(v, &show, NULL, err) || avo_feature_show_finish(&show, err) ? -1 : 0;
    avo_feature_show_release(&show);
    return rc;
}

/* Factors or features as bedGraph, a file a column. */
static int show_columns(struct view *v, struct avo_error *err)
{
    bool features = v->h->content == AVO_CONTENT_FEATURE;
    struct avo_columns c = { .h = v->h, .layout = features ? &v->layout : NULL };
    struct avo_genome_tile g;
    struct avo_head head;
    int rc = avo_columns_open(&c, v->common.output, v->columns.at, v->columns.n, err);

    if (rc == 0 && features) {
        rc = show_rows(v, NULL, &c, err);
    } else if (rc == 0) {
        while ((rc = avo_join_next(v->join, &head, err)) > 0)
            if (head.type == AVO_REC_GENOME && (avo_join_genome(v->join, &g, err) ||
                                                avo_columns_genome(&c, &g, err))) break;
        rc = rc ? -1 : 0;
    }
    if (rc == 0) rc = avo_columns_finish(&c, err);
    avo_columns_release(&c);
    return rc;
}

static int show_stream(struct view *v, struct avo_error *err)
{
    struct avo_head head;
    bool records = !v->header_only && !v->list_tensors && !v->tensor;
    int rc;

    v->show.h = v->h;
    v->show.format = (enum avo_show_format)v->format;
    v->show.raw = v->space == SPACE_RAW || (v->space == SPACE_DEFAULT && v->format == BEDGRAPH);
    if (v->format == BEDGRAPH && v->h->content != AVO_CONTENT_SIGNAL) return show_columns(v, err);
    if (v->h->content == AVO_CONTENT_FEATURE && records) return show_features(v, err);
    if (avo_show_open(&v->show, v->common.output, err)) return -1;
    if ((v->header_only || v->with_header) && avo_show_header(&v->show, err)) return -1;
    if (records && avo_show_begin(&v->show, err)) return -1;
    while ((rc = avo_join_next(v->join, &head, err)) > 0)
        if (!v->header_only && show_record(v, &head, err)) return -1;
    if (rc < 0) return -1;
    if (v->tensor && !v->found)
        return avo_error_set(err, "no tensor \"%s\" in the input (--tensors lists them)",
                             v->tensor);
    return avo_show_finish(&v->show, err);
}

/* ---- checking ---- */

static int check_features(struct avo_reader *r, struct avo_error *err)
{
    struct avo_feature_block block;

    if (avo_reader_feature(r, &block, err)) return -1;
    return avo_feature_check_rows(&block, avo_reader_header(r), err) ? avo_reader_place(r, err) : 0;
}

static int check_payload(struct avo_reader *r, const struct avo_head *head, struct avo_error *err)
{
    struct avo_tile t;
    struct avo_genome_tile g;
    struct avo_tensor x;
    const void *p;
    size_t len;

    switch (head->type) {
    case AVO_REC_SIGNAL: return avo_reader_signal(r, &t, err);
    case AVO_REC_GENOME: return avo_reader_genome(r, &g, err);
    case AVO_REC_CORE: case AVO_REC_STATE: return avo_reader_tensor(r, &x, err);
    case AVO_REC_FEATURE: return check_features(r, err);
    default: return avo_reader_raw(r, &p, &len, err);
    }
}

static int check_file(const char *path, struct avo_out *out, struct avo_error *err)
{
    struct avo_reader *r = avo_reader_open(path, err);
    const struct avo_end *end;
    struct avo_head head;
    int rc = -1;

    if (!r) return -1;
    while ((rc = avo_reader_next(r, &head, err)) == 1)
        if ((rc = check_payload(r, &head, err)) != 0) break;
    end = avo_reader_end(r);
    if (rc == 0)
        rc = avo_out_printf(out, err, "%s: ok: %s, %" PRIu64 " records, %" PRIu64 " bins, %zu "
                            "tracks, digest %s\n", avo_reader_name(r),
                            avo_content_name(avo_reader_header(r)->content), end->n_records,
                            end->n_bins, avo_reader_header(r)->n_tracks, end->digest);
    if (rc == 0) rc = avo_out_flush(out, err);  /* each file's line, whatever comes behind it */
    avo_reader_close(r);
    return rc;
}

/* All files are looked at, whatever the first ones are like. */
static int check_files(struct view *v, char **paths, int n, struct avo_error *err)
{
    static char *const from_stdin[] = { (char *)"-" };
    struct avo_out out = { .fd = -1 };
    int n_bad = 0, rc;

    if (avo_out_open(&out, v->common.output, NULL, err)) return -1;
    for (int i = 0; i < (n ? n : 1); i++) {
        struct avo_error bad = { 0 };
        if (check_file((n ? paths : from_stdin)[i], &out, &bad) == 0) continue;
        n_bad++;
        if (n > 1) avo_die(&bad);
        else *err = bad;
    }
    if (n_bad && n > 1) avo_error_set(err, "%d of %d files are not as they should be", n_bad, n);
    rc = n_bad ? -1 : avo_out_finish(&out, err);
    avo_out_release(&out);
    return rc;
}

/* ---- a model and its extensions ---- */

static int copy_models(struct view *v, char **paths, int n, struct avo_error *err)
{
    struct avo_models *s = NULL;
    int rc = -1;

    if (v->tracks.n || v->columns.n || v->common.region || v->common.region_file)
        return avo_usage_error(err, "-r, -R and -t: join the model and its extensions first, then "
                               "cut the one that comes of it");
    if (!(s = avo_models_open_any(paths, (size_t)n, err))) return -1;
    v->h = &avo_models_core(s)->header;
    if (open_writer(v, err) == 0 && avo_models_copy(s, v->writer, err) == 0)
        rc = avo_writer_finish(v->writer, err);
    avo_models_close(s);
    return rc;
}

static int run(struct view *v, char **paths, int n, struct avo_error *err)
{
    int extended = v->format == AVO ? avo_models_extended(paths, (size_t)n, err) : 0;

    if (extended) return extended < 0 ? -1 : copy_models(v, paths, n, err);
    if (open_inputs(v, paths, n, err)) return -1;
    return v->format == AVO ? copy_stream(v, err) : show_stream(v, err);
}

int main(int argc, char **argv)
{
    struct view v = { .format = TSV };
    struct avo_error err = { 0 };
    struct avo_cli cli = {
        .program = "avo-view", .synopsis = "[options] [FILE ...]",
        .purpose = "Shows, checks, cuts and joins record streams.\n"
                   "Formats: tsv (default), bedgraph, npy, avo.",
        .example = "avo-view -r chr20:1-100,000 -t E065:H3K4me3 -O bedgraph tracks.signal.avo",
        .common = AVO_OPT_OUTPUT | AVO_OPT_FORMAT | AVO_OPT_REGION | AVO_OPT_PROVENANCE |
                  AVO_OPT_BED,
        .opts = opts, .user = &v, .reads_stdin = true
    };
    int first, rc;

    rc = avo_cli_start(&cli, &v.common, argc, argv, &first, &err);
    if (rc == 0) rc = check_options(&v, &err);
    if (rc == 0 && v.check) rc = check_files(&v, argv + first, argc - first, &err);
    else if (rc == 0) rc = run(&v, argv + first, argc - first, &err);
    avo_show_release(&v.show);
    avo_writer_free(v.writer);
    avo_header_release(&v.own);
    avo_feature_rows_release(&v.rows);
    avo_feature_regions_release(&v.regions);
    avo_feature_layout_release(&v.layout);
    avo_join_close(v.join);
    avo_strings_release(&v.tracks);
    avo_strings_release(&v.columns);
    return rc ? avo_die(&err) : AVO_EXIT_OK;
}
