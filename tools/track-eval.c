/* SPDX-License-Identifier: MIT */
/* track-eval.c: how good imputed tracks are: error measures beside the baselines. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/opt.h"
#include "libcommon/base/text.h"
#include "libcommon/base/threads.h"
#include "libcommon/genome/walk.h"
#include "libcommon/genome/region.h"
#include "libcommon/measure/table.h"

#define DEFAULT_BIN_BP 25
#define MAX_BIN_BP 1000000

/* One --imputed. */
struct imputed {
    const char *path;
    char *name;
    struct avo_feed *in;
};

struct settings {
    struct avo_common common;
    const char *observed, *genome_file;
    struct imputed *imputed;
    size_t n_imputed, cap_imputed;
    struct avo_lineup_pair *tests;
    size_t n_tests, cap_tests;
    int64_t bin_bp;
    enum avo_transform transform;
    bool missing_nan, remote, baseline_only;
    const char *scope;
    enum avo_table_format format;
};

/* Everything that is open. */
struct work {
    struct settings *set;
    struct avo_pool *pool;
    struct avo_feed *observed;
    struct avo_lineup lineup;
    struct avo_walk *join;
    struct avo_eval *eval;
    const float **columns;      /* [tracks][n_imputed] for avo_eval_add */
    uint32_t *chroms;           /* [n_chroms]: those with bins, in order */
    size_t n_chroms, cap_chroms;
};

/* ---- options ---- */

enum {
    OPT_OBSERVED = 256, OPT_IMPUTED, OPT_BASELINE, OPT_TEST, OPT_TRANSFORM, OPT_MISSING,
    OPT_REMOTE, OPT_SCOPE
};

static const struct avo_opt options[] = {
    {OPT_OBSERVED, "observed", "FILE", "measured tracks: SIGNAL stream or tracks.tsv"},
    {OPT_IMPUTED, "imputed", "[NAME=]FILE", "imputed tracks, likewise (repeatable)"},
    {OPT_BASELINE, "baseline-only", NULL, "score the mean and the constant alone"},
    {OPT_TEST, "test", "CELL:ASSAY", "a test track: part of no mean (repeatable)"},
    {OPT_SCOPE, "scope", "SCOPE", "genome, chrom or both (both; text: genome)"},
    {'b', "bin", "BP", "bin size for tables of files (25)"},
    {'g', "genome", "FILE", "chromosome sizes, for bedGraph files"},
    {OPT_TRANSFORM, "transform", "NAME", "for tables: arcsinh, log1p, none (arcsinh)"},
    {OPT_MISSING, "missing", "zero|nan", "for tables: uncovered is 0 or missing (zero)"},
    {OPT_REMOTE, "remote", NULL, "allow URLs in tables"},
    {0}
};

static int usage(struct avo_error *err, const char *what, const char *arg, const char *want)
{
    return avo_error_status(err, AVO_EXIT_USAGE, "%s \"%s\" is unknown (want %s)", what, arg,
                            want);
}

/* "NAME=FILE" has its "=" before any "/"; alone, the method is called "imputed". */
static int add_imputed(struct settings *s, const char *arg, struct avo_error *err)
{
    size_t n_name = strcspn(arg, "=/");
    bool named = n_name > 0 && arg[n_name] == '=';
    struct imputed *m;

    if (avo_grow(&s->imputed, &s->cap_imputed, s->n_imputed + 1, sizeof *s->imputed, "options",
                 err) < 0)
        return -1;
    m = &s->imputed[s->n_imputed];
    m->name = named ? avo_asprintf(err, "%.*s", (int)n_name, arg) : avo_strdup("imputed", err);
    if (m->name == NULL)
        return -1;
    m->path = named ? arg + n_name + 1 : arg;
    s->n_imputed++;
    return 0;
}

static int add_test(struct settings *s, const char *arg, struct avo_error *err)
{
    struct avo_lineup_pair *p;

    if (avo_grow(&s->tests, &s->cap_tests, s->n_tests + 1, sizeof *s->tests, "options", err) < 0)
        return -1;
    p = &s->tests[s->n_tests];
    if (avo_split_pair(arg, &p->celltype, &p->assay, err) < 0)
        return -1;
    s->n_tests++;
    return 0;
}

static int set_transform(struct settings *s, const char *arg, struct avo_error *err)
{
    int transform = avo_transform_parse(arg);

    if (transform < 0)
        return usage(err, "--transform", arg, "arcsinh, log1p or none");
    s->transform = (enum avo_transform)transform;
    return 0;
}

static int set_missing(struct settings *s, const char *arg, struct avo_error *err)
{
    s->missing_nan = strcmp(arg, "nan") == 0;
    return s->missing_nan || strcmp(arg, "zero") == 0
        ? 0 : usage(err, "--missing", arg, "zero or nan");
}

static int set_scope(struct settings *s, const char *arg, struct avo_error *err)
{
    s->scope = arg;
    if (strcmp(arg, "genome") == 0 || strcmp(arg, "chrom") == 0 || strcmp(arg, "both") == 0)
        return 0;
    return usage(err, "--scope", arg, "genome, chrom or both");
}

static int set_option(void *user, int id, const char *arg, struct avo_error *err)
{
    struct settings *s = user;

    switch (id) {
    case OPT_OBSERVED: s->observed = arg; return 0;
    case OPT_IMPUTED: return add_imputed(s, arg, err);
    case OPT_BASELINE: s->baseline_only = true; return 0;
    case OPT_TEST: return add_test(s, arg, err);
    case OPT_REMOTE: s->remote = true; return 0;
    case OPT_TRANSFORM: return set_transform(s, arg, err);
    case OPT_MISSING: return set_missing(s, arg, err);
    case OPT_SCOPE: return set_scope(s, arg, err);
    case 'g': s->genome_file = arg; return 0;
    case 'b': return avo_parse_int(arg, 1, MAX_BIN_BP, "-b", &s->bin_bp, err);
    default: return avo_error_set(err, "option %d has no case", id);
    }
}

static int check_name(const struct settings *s, size_t i, struct avo_error *err)
{
    const char *name = s->imputed[i].name;

    if (strcmp(name, "mean") == 0 || strcmp(name, "constant") == 0)
        return avo_error_status(err, AVO_EXIT_USAGE, "--imputed: \"%s\" is a baseline's name",
                                name);
    for (size_t k = 0; k < i; k++)
        if (strcmp(name, s->imputed[k].name) == 0) {
            avo_error_status(err, AVO_EXIT_USAGE, "--imputed: two methods are called \"%s\"",
                             name);
            return avo_error_hint(err, "name them: --imputed NAME=FILE");
        }
    return 0;
}

static int check_inputs(const struct settings *s, struct avo_error *err)
{
    size_t n_stdin = 0;

    if (s->observed == NULL)
        return avo_error_status(err, AVO_EXIT_USAGE, "--observed is missing");
    if (s->n_imputed == 0 && !s->baseline_only) {
        avo_error_status(err, AVO_EXIT_USAGE, "--imputed is missing");
        return avo_error_hint(err, "--baseline-only scores the baselines alone");
    }
    if (s->n_imputed > 0 && s->baseline_only)
        return avo_error_status(err, AVO_EXIT_USAGE, "--baseline-only and --imputed exclude each "
                                "other");
    n_stdin += strcmp(s->observed, "-") == 0;
    for (size_t i = 0; i < s->n_imputed; i++) {
        if (check_name(s, i, err) < 0)
            return -1;
        n_stdin += strcmp(s->imputed[i].path, "-") == 0;
    }
    if (n_stdin > 1)
        return avo_error_status(err, AVO_EXIT_USAGE, "only one input can be \"-\"");
    return 0;
}

static int check_format(struct settings *s, struct avo_error *err)
{
    const char *f = s->common.format;

    if (f == NULL || strcmp(f, "tsv") == 0)
        s->format = AVO_TABLE_TSV;
    else if (strcmp(f, "long") == 0)
        s->format = AVO_TABLE_LONG;
    else if (strcmp(f, "text") == 0)
        s->format = AVO_TABLE_TEXT;
    else
        return usage(err, "-O", f, "tsv, long or text");
    if (s->scope == NULL)
        s->scope = s->format == AVO_TABLE_TEXT ? "genome" : "both";
    return 0;
}

static void free_settings(struct settings *s)
{
    for (size_t i = 0; i < s->n_imputed; i++)
        free(s->imputed[i].name);
    for (size_t i = 0; i < s->n_tests; i++) {
        free(s->tests[i].celltype);
        free(s->tests[i].assay);
    }
    free(s->imputed);
    free(s->tests);
}

/* ---- open ---- */

static struct avo_feed *open_input(const struct work *w, const char *path, struct avo_error *err)
{
    const struct settings *s = w->set;
    struct avo_feed_spec spec = {.path = path, .genome_file = s->genome_file,
                                  .bin_bp = (uint32_t)s->bin_bp, .transform = s->transform,
                                  .missing_nan = s->missing_nan, .remote = s->remote,
                                  .pool = w->pool};

    return avo_feed_open(&spec, err);
}

static int open_inputs(struct work *w, struct avo_error *err)
{
    w->pool = avo_pool_new(w->set->common.n_threads, err);
    if (w->pool == NULL || (w->observed = open_input(w, w->set->observed, err)) == NULL)
        return -1;
    for (size_t i = 0; i < w->set->n_imputed; i++)
        if ((w->set->imputed[i].in = open_input(w, w->set->imputed[i].path, err)) == NULL)
            return -1;
    return 0;
}

static int line_up(struct work *w, struct avo_error *err)
{
    const struct settings *s = w->set;
    struct avo_lineup_spec spec = {.observed = avo_feed_header(w->observed),
                                   .n_methods = s->n_imputed, .tests = s->tests,
                                   .n_tests = s->n_tests};
    struct avo_lineup_method *methods = avo_alloc(s->n_imputed, sizeof *methods, "methods", err);
    int rc;

    if (methods == NULL)
        return -1;
    for (size_t i = 0; i < s->n_imputed; i++) {
        methods[i].name = s->imputed[i].name;
        methods[i].header = avo_feed_header(s->imputed[i].in);
    }
    spec.methods = methods;
    rc = avo_lineup_make(&w->lineup, &spec, err);
    free(methods);
    return rc;
}

/* What a reader of the table must know about its rows. */
static void say_roles(const struct work *w)
{
    const struct avo_lineup *l = &w->lineup;
    const struct avo_header *h = avo_feed_header(w->observed);

    if (!l->any_roles)
        avo_note("no roles are given: the mean over the other cell types takes all their tracks");
    if (l->n_unobserved > 0)
        avo_note("%zu imputed track%s no observed one: not scored", l->n_unobserved,
                 l->n_unobserved == 1 ? " has" : "s have");
    if (l->n_partial > 0)
        avo_warn("%zu observed track%s not imputed by every method: left out", l->n_partial,
                 l->n_partial == 1 ? " is" : "s are");
    for (size_t t = 0; t < l->n_tracks; t++)
        if (l->tracks[t].is_scored && l->tracks[t].is_test && l->seen[t])
            avo_warn("%s:%s is called a test track, but a model has seen it",
                     h->tracks[t].celltype, h->tracks[t].assay);
    if (l->n_imputed > 0 && avo_lineup_count(l, -1, false) == 0)
        avo_warn("every scored track was seen by a model: none of these scores is a result");
}

static int use_inputs(struct work *w, struct avo_error *err)
{
    const struct settings *s = w->set;
    struct avo_lineup *l = &w->lineup;
    size_t *tracks = avo_alloc(l->n_tracks, sizeof *tracks, "tracks", err);
    struct avo_feed_choice all = {.tracks = tracks, .n_tracks = l->n_tracks,
                                   .region = s->common.region,
                                   .region_file = s->common.region_file};
    int rc;

    if (tracks == NULL)
        return -1;
    for (size_t t = 0; t < l->n_tracks; t++)
        tracks[t] = t;
    rc = avo_feed_use(w->observed, &all, err);
    free(tracks);
    for (size_t i = 0; rc == 0 && i < s->n_imputed; i++) {
        struct avo_feed_choice own = {l->columns[i], l->n_scored, NULL, NULL, true};

        rc = avo_feed_use(s->imputed[i].in, &own, err);
    }
    return rc;
}

static int join_inputs(struct work *w, struct avo_error *err)
{
    const struct settings *s = w->set;
    struct avo_feed **others = avo_alloc(s->n_imputed, sizeof *others, "inputs", err);
    size_t *n_columns = avo_alloc(s->n_imputed + 1, sizeof *n_columns, "inputs", err);

    if (others != NULL && n_columns != NULL) {
        n_columns[0] = w->lineup.n_tracks;
        for (size_t i = 0; i < s->n_imputed; i++) {
            others[i] = s->imputed[i].in;
            n_columns[i + 1] = w->lineup.n_scored;
        }
        w->join = avo_walk_new(w->observed, others, s->n_imputed, n_columns, err);
    }
    free(others);
    free(n_columns);
    return w->join != NULL ? 0 : -1;
}

static void say_warnings(const struct work *w)
{
    const char *line;

    while ((line = avo_feed_warning(w->observed)) != NULL)
        avo_warn("%s", line);
    for (size_t i = 0; i < w->set->n_imputed; i++)
        while ((line = avo_feed_warning(w->set->imputed[i].in)) != NULL)
            avo_warn("%s", line);
}

static int open_all(struct work *w, struct avo_error *err)
{
    struct avo_eval_plan plan = {.n_imputed = w->set->n_imputed, .max_bins = AVO_WALK_BINS};

    if (open_inputs(w, err) < 0 || line_up(w, err) < 0 || use_inputs(w, err) < 0 ||
        join_inputs(w, err) < 0)
        return -1;
    say_roles(w);
    say_warnings(w);
    plan.n_tracks = w->lineup.n_tracks;
    plan.n_assays = w->lineup.n_assays;
    plan.tracks = w->lineup.tracks;
    w->eval = avo_eval_new(&plan, w->pool, err);
    w->columns = avo_alloc(plan.n_tracks * plan.n_imputed, sizeof *w->columns, "columns", err);
    return w->eval != NULL && w->columns != NULL ? 0 : -1;
}

/* ---- for each window: read, measure ---- */

static int next_chrom(struct work *w, uint32_t chrom, struct avo_error *err)
{
    if (w->n_chroms > 0 && w->chroms[w->n_chroms - 1] == chrom)
        return 0;
    if (w->n_chroms > 0 && avo_eval_end(w->eval, err) < 0)
        return -1;
    if (avo_grow(&w->chroms, &w->cap_chroms, w->n_chroms + 1, sizeof *w->chroms, "chromosomes",
                 err) < 0)
        return -1;
    w->chroms[w->n_chroms++] = chrom;
    return avo_eval_begin(w->eval, avo_walk_chrom_bins(w->join, chrom), err);
}

static int measure_window(struct work *w, const struct avo_walk_window *win, struct avo_error *err)
{
    const struct avo_lineup *l = &w->lineup;

    if (next_chrom(w, win->chrom, err) < 0)
        return -1;
    for (size_t i = 0; i < l->n_imputed; i++)
        for (size_t k = 0; k < l->n_scored; k++)
            w->columns[l->scored[k] * l->n_imputed + i] = win->others[i][k];
    return avo_eval_add(w->eval, win->first, w->columns, win->n_bins, err);
}

static uint64_t count_bins(const struct avo_feed *in)
{
    size_t n_extents;
    const struct avo_extent *e = avo_feed_extents(in, &n_extents);

    return avo_extents_bins(e, n_extents);
}

static int measure_all(struct work *w, struct avo_error *err)
{
    struct avo_walk_window win;
    struct avo_progress progress;
    uint64_t done = 0;
    int rc;

    avo_progress_start(&progress, "bins", count_bins(w->observed));
    while ((rc = avo_walk_next(w->join, &win, err)) == 1) {
        if (measure_window(w, &win, err) < 0)
            return -1;
        avo_progress_update(&progress, done += win.n_present);
    }
    avo_progress_end(&progress);
    if (rc < 0)
        return -1;
    if (w->n_chroms == 0)
        return avo_error_set(err, "%s: there are no bins to score", avo_feed_name(w->observed));
    return avo_eval_end(w->eval, err) < 0 ? -1 : avo_eval_finish(w->eval, err);
}

/* ---- finish ---- */

/* Bins that a method lacks are left out for all; who lacks them is said. */
static void say_lacking(const struct work *w)
{
    const struct avo_lineup *l = &w->lineup;

    for (size_t m = 0; m < l->n_imputed; m++) {
        uint64_t worst = 0;

        for (size_t k = 0; k < l->n_scored; k++) {
            uint64_t n = avo_eval_lacking(w->eval, l->scored[k], m);

            worst = n > worst ? n : worst;
        }
        if (worst > 0)
            avo_warn("%s lacks up to %" PRIu64 " observed bins of a track: left out for all "
                     "methods (column n_left_out)", w->set->imputed[m].name, worst);
    }
}

static int write_table(const struct work *w, const char *const *names, struct avo_error *err)
{
    const struct settings *s = w->set;
    struct avo_table table = {.eval = w->eval, .lineup = &w->lineup, .methods = names,
                              .observed = avo_feed_header(w->observed), .chroms = w->chroms,
                              .genome = strcmp(s->scope, "chrom") != 0,
                              .per_chrom = strcmp(s->scope, "genome") != 0};
    struct avo_out out = {0};
    int rc = -1;

    if (avo_out_open(&out, s->common.output, NULL, err) == 0 &&
        avo_table_print(&table, s->format, &out, err) == 0)
        rc = avo_out_finish(&out, err);
    avo_out_release(&out);
    return rc;
}

static int finish(const struct work *w, struct avo_error *err)
{
    const struct settings *s = w->set;
    const char **names = avo_alloc(s->n_imputed + 2, sizeof *names, "methods", err);
    int rc;

    if (names == NULL)
        return -1;
    for (size_t i = 0; i < s->n_imputed; i++)
        names[i] = s->imputed[i].name;
    names[avo_eval_mean(w->eval)] = "mean";
    names[avo_eval_constant(w->eval)] = "constant";
    say_lacking(w);
    rc = write_table(w, names, err);
    free(names);
    return rc;
}

static void close_all(struct work *w)
{
    avo_eval_free(w->eval);
    avo_walk_free(w->join);
    avo_feed_free(w->observed);
    for (size_t i = 0; i < w->set->n_imputed; i++)
        avo_feed_free(w->set->imputed[i].in);
    avo_lineup_release(&w->lineup);
    avo_pool_free(w->pool);
    free(w->columns);
    free(w->chroms);
}

static int parse(struct settings *s, int argc, char **argv, struct avo_error *err)
{
    struct avo_cli cli = {
        .program = "track-eval",
        .synopsis = "--observed FILE --imputed [NAME=]FILE [options]",
        .purpose = "Scores imputed tracks against observed ones, beside the baselines.",
        .example = "track-eval --observed tracks.tsv --imputed imputed/tracks.tsv -O text",
        .common = AVO_OPT_OUTPUT | AVO_OPT_FORMAT | AVO_OPT_REGION | AVO_OPT_THREADS,
        .opts = options, .set = set_option, .user = s};
    int operand;

    if (avo_cli_parse(&cli, &s->common, argc, argv, &operand, err) < 0)
        return -1;
    if (operand < argc)
        return avo_error_status(err, AVO_EXIT_USAGE, "\"%s\": inputs are given with --observed "
                                "and --imputed", argv[operand]);
    return check_inputs(s, err) < 0 ? -1 : check_format(s, err);
}

int main(int argc, char **argv)
{
    struct settings set = {.bin_bp = DEFAULT_BIN_BP, .transform = AVO_ARCSINH};
    struct work w = {.set = &set};
    struct avo_error err = {0};
    int rc;

    avo_io_guard_stdout();
    avo_log_init("track-eval");
    rc = parse(&set, argc, argv, &err);
    if (rc == 0)
        rc = open_all(&w, &err);
    if (rc == 0)
        rc = measure_all(&w, &err);
    if (rc == 0)
        rc = finish(&w, &err);
    close_all(&w);
    free_settings(&set);
    return rc == 0 ? AVO_EXIT_OK : avo_die(&err);
}
