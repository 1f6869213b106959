/* SPDX-License-Identifier: MIT */
/* track-eval.c: how good imputed tracks are: the field's measures beside the baselines. */
#include <glob.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/opt.h"
#include "libcommon/base/text.h"
#include "libcommon/base/threads.h"
#include "libcommon/eval/outputs.h"
#include "libcommon/eval/scoring_notes.h"

#define DEFAULT_BIN_BP 25
#define MAX_BIN_BP 1000000
#define DEFAULT_UPSTREAM_BP 2000
#define MAX_UPSTREAM_BP 10000000
#define DEFAULT_THRESHOLD 2         /* -log10 p */
#define DEFAULT_MEMORY 700000000     /* two threads rank columns of human chr1 */
#define MAX_MEMORY ((int64_t)1 << 50)

enum scope { SCOPE_DEFAULT, SCOPE_GENOME, SCOPE_CHROM, SCOPE_BOTH };

/* A growing list of named inputs. */
struct named { struct avo_named_input *list; size_t n, cap; bool any_unnamed; };

struct settings {
    struct avo_common common;
    struct avo_scoring_spec spec;
    struct avo_outputs_spec outputs;
    struct named imputed, attribution;
    struct avo_scored_pair *tests;
    size_t n_tests, cap_tests;
    bool baseline_only, measures[AVO_MEASURES];
    enum scope scope;
};

/* ---- options ---- */

enum {
    OPT_OBSERVED = 256, OPT_IMPUTED, OPT_BASELINE, OPT_TEST, OPT_TRANSFORM, OPT_MISSING,
    OPT_REMOTE, OPT_SCOPE, OPT_GENES, OPT_PROMOTERS, OPT_ENHANCERS, OPT_PRIMARY, OPT_UPSTREAM,
    OPT_TSS_BIN, OPT_OVERLAPS, OPT_PEAKS, OPT_THRESHOLD, OPT_ATTRIBUTION, OPT_RELATIONS,
    OPT_AUXILIARY, OPT_EXCLUDE, OPT_TOP, OPT_RANKS, OPT_SPACE, OPT_MEAN_SPACE, OPT_CONVENTION,
    OPT_MEMORY, OPT_JSON, OPT_REPORT, OPT_SHOW, OPT_TABLES, OPT_TITLE, OPT_MEASURES
};

static int add_path(struct named *l, const char *name, size_t len, const char *path,
                    struct avo_error *err)
{
    struct avo_named_input *x;

    if (avo_grow(&l->list, &l->cap, l->n + 1, sizeof *l->list, "options", err) < 0)
        return -1;
    x = &l->list[l->n];
    x->name = avo_asprintf(err, "%.*s", (int)len, name);
    x->path = avo_strdup(path, err);
    l->n++;
    return x->name && x->path != NULL ? 0 : -1;
}

/* A pattern of the shell's kind, which the shell has left alone behind "NAME=". */
static int add_pattern(struct named *l, const char *name, size_t len, const char *pattern,
                       struct avo_error *err)
{
    glob_t found;
    int rc = glob(pattern, 0, NULL, &found);

    if (rc == GLOB_NOMATCH)
        return add_path(l, name, len, pattern, err);    /* as the shell does: no such file */
    if (rc != 0)
        return avo_error_set(err, "%s: the pattern cannot be looked up", pattern);
    for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++)
        rc = add_path(l, name, len, found.gl_pathv[i], err);
    globfree(&found);
    return rc;
}

/* "NAME=FILE" or "FILE". without: the name of one that has none, or NULL where it must have one. */
static int add_named(struct named *l, const char *arg, const char *option, const char *without,
                     struct avo_error *err)
{
    size_t n;
    const char *path = avo_named_file(arg, &n), *name = n > 0 ? arg : without;
    bool has_name = n > 0;

    if (!name)
        return avo_usage_error(err, "%s: \"%s\" (want NAME=FILE)", option, arg);
    n = has_name ? n : strlen(name);
    for (size_t i = 0; i < l->n; i++)
        if ((!has_name || l->any_unnamed) && strlen(l->list[i].name) == n &&
            strncmp(l->list[i].name, name, n) == 0) {
            avo_usage_error(err, "%s: two methods are called \"%s\"", option, l->list[i].name);
            return avo_error_hint(err, "name them: %s NAME=FILE; files of one name are scored as "
                                  "one method", option);
        }
    l->any_unnamed |= !has_name;
    return strpbrk(path, "*?[") != NULL && access(path, F_OK) != 0
        ? add_pattern(l, name, n, path, err) : add_path(l, name, n, path, err);
}

static int add_imputed(void *user, const char *arg, struct avo_error *err)
{
    struct settings *s = user;

    return add_named(&s->imputed, arg, "--imputed", "imputed", err);
}

static int add_attribution(void *user, const char *arg, struct avo_error *err)
{
    struct settings *s = user;

    return add_named(&s->attribution, arg, "--attribution", NULL, err);
}

static int add_test(void *user, const char *arg, struct avo_error *err)
{
    struct settings *s = user;
    struct avo_scored_pair *p;

    if (avo_grow(&s->tests, &s->cap_tests, s->n_tests + 1, sizeof *s->tests, "options", err) < 0)
        return -1;
    p = &s->tests[s->n_tests];
    if (avo_split_pair(arg, &p->celltype, &p->assay, err) < 0)
        return -1;
    s->n_tests++;
    return 0;
}

/* "mse,pearson": columns by their names. */
static int set_measures(void *user, const char *arg, struct avo_error *err)
{
    struct settings *s = user;

    memset(s->measures, 0, sizeof s->measures);
    for (const char *at = arg; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        size_t len = strcspn(at, ","), k = 0;

        while (k < avo_n_measures && (strncmp(avo_measures[k].name, at, len) != 0 ||
                                      avo_measures[k].name[len] != '\0'))
            k++;
        if (k == avo_n_measures) {
            avo_usage_error(err, "--measures: \"%.*s\" is none", (int)len, at);
            return avo_error_hint(err, "their names are those of the table's columns");
        }
        s->measures[k] = true;
    }
    s->outputs.measures = s->measures;
    return 0;
}

#define SETS(member) AVO_SETS(struct settings, member)

static const struct avo_opt options[] = {
    {OPT_OBSERVED, "observed", "FILE", "measured tracks: SIGNAL stream or tracks.tsv",
     SETS(spec.inputs.observed), .file = AVO_READS},
    {OPT_IMPUTED, "imputed", "[NAME=]FILE", "imputed tracks, likewise (repeatable)",
     .set = add_imputed, .file = AVO_READS},
    {OPT_BASELINE, "baseline-only", NULL, "score the baselines alone", SETS(baseline_only)},
    {OPT_TEST, "test", "CELL:ASSAY", "a test track: part of no mean (repeatable)",
     .set = add_test},
    {OPT_GENES, "genes", "FILE", "BED or GTF: MSEGene, MSEProm, relations",
     SETS(spec.genes), .file = AVO_READS},
    {OPT_PROMOTERS, "promoters", "FILE", "start sites or genes for MSEProm (--genes)",
     SETS(spec.promoters), .file = AVO_READS},
    {OPT_ENHANCERS, "enhancers", "BED", "MSEEnh", SETS(spec.enhancers), .file = AVO_READS},
    {OPT_PEAKS, "peaks", "TSV", "table of peak files: variable positions",
     SETS(spec.peaks), .file = AVO_READS},
    {OPT_EXCLUDE, "exclude", "BED", "score with and without the bins that it touches",
     SETS(spec.exclude), .file = AVO_READS},
    {OPT_RANKS, "ranks", "SCOPE", "of rank measures: chrom, genome or none (chrom)",
     SETS(spec.ranks), AVO_WORD("chrom|genome|none", AVO_RANKS_CHROM)},
    {OPT_TOP, "top", "RULE", "at-least, exact, round or above (at-least)",
     SETS(spec.top), AVO_WORD("at-least|exact|round|above", AVO_TOP_AT_LEAST)},
    {OPT_SPACE, "space", "SPACE", "score in model space or raw (model)",
     SETS(spec.inputs.score_raw), AVO_WORD("model|raw", 0)},
    {OPT_CONVENTION, "convention", "NAME", "challenge: as the ENCODE challenge scores",
     SETS(spec.challenge), AVO_WORD("challenge", true)},
    {OPT_MEASURES, "measures", "NAMES", "which to print: mse,pearson,... (all)",
     .set = set_measures},
    {OPT_SCOPE, "scope", "SCOPE", "genome, chrom or both (both; text: genome)",
     SETS(scope), AVO_WORD("genome|chrom|both", SCOPE_GENOME)},
    {OPT_REPORT, "report", "HTML", "write a report with tables and figures",
     SETS(outputs.report), .file = AVO_WRITES},
    {OPT_JSON, "json", "FILE", "write everything as JSON",
     SETS(outputs.json), .file = AVO_WRITES},
    {OPT_TABLES, "tables", "PREFIX", "write PREFIX.paired.tsv, .depth.tsv, ...",
     SETS(outputs.tables)},
    {'b', "bin", "BP", "bin size for tables of files (25)",
     SETS(spec.inputs.files.bin_bp), AVO_WHOLE(1, MAX_BIN_BP)},
    {'g', "genome", "FILE", "chromosome sizes, for bedGraph and wig files",
     SETS(spec.inputs.files.genome_file), .file = AVO_READS},
    /* in the manual page only */
    {OPT_TRANSFORM, "transform", "NAME", NULL,
     SETS(spec.inputs.files.transform), AVO_WORD("arcsinh|log1p|none", AVO_ARCSINH)},
    {OPT_MISSING, "missing", "HOW", NULL,
     SETS(spec.inputs.files.missing_nan), AVO_WORD("zero|nan", 0)},
    {OPT_REMOTE, "remote", NULL, NULL, SETS(spec.inputs.files.remote)},
    {OPT_PRIMARY, "primary", "TAG", NULL, SETS(spec.primary_tag)},
    {OPT_UPSTREAM, "upstream", "BP", NULL,
     SETS(spec.upstream_bp), AVO_WHOLE(1, MAX_UPSTREAM_BP)},
    {OPT_TSS_BIN, "tss-bin", NULL, NULL, SETS(spec.with_tss)},
    {OPT_OVERLAPS, "overlaps", "HOW", NULL, SETS(spec.once), AVO_WORD("repeat|once", 0)},
    {OPT_THRESHOLD, "peak-threshold", "X", NULL,
     SETS(spec.peak_threshold), AVO_REAL(-1e30, 1e30)},
    {OPT_ATTRIBUTION, "attribution", "COMPONENT=FILE", NULL,
     .set = add_attribution, .file = AVO_READS},
    {OPT_RELATIONS, "relations", "TSV", NULL, SETS(spec.relations), .file = AVO_READS},
    {OPT_AUXILIARY, "auxiliary", "FILE", NULL, SETS(spec.inputs.auxiliary), .file = AVO_READS},
    {OPT_MEAN_SPACE, "mean-space", "SPACE", NULL,
     SETS(spec.inputs.average_raw), AVO_WORD("model|raw", 0)},
    {OPT_MEMORY, "max-memory", "BYTES", NULL, SETS(spec.max_bytes), AVO_SIZE(1, MAX_MEMORY)},
    {OPT_SHOW, "show", "REGION", NULL, SETS(spec.show)},
    {OPT_TITLE, "title", "TEXT", NULL, SETS(outputs.title)},
    {0}
};

/* ---- do they make sense together? ---- */

static int check_name(const struct named *l, size_t i, struct avo_error *err)
{
    const char *name = l->list[i].name;

    for (size_t b = 0; b < AVO_N_BASELINES; b++)
        if (strcmp(name, avo_baseline_names[b]) == 0)
            return avo_usage_error(err, "--imputed: \"%s\" is a baseline's name", name);
    if (strcmp(name, AVO_VARIABLE_OBSERVED) == 0)
        return avo_usage_error(err, "--imputed: \"observed\" is what the measured signal is "
                               "called");
    return 0;
}

static int check_inputs(const struct settings *s, struct avo_error *err)
{
    const struct avo_inputs_spec *in = &s->spec.inputs;
    size_t n_stdin = 0;

    if (!in->observed)
        return avo_usage_error(err, "--observed is missing");
    if (s->imputed.n == 0 && !s->baseline_only) {
        avo_usage_error(err, "--imputed is missing");
        return avo_error_hint(err, "--baseline-only scores the baselines alone");
    }
    if (s->imputed.n > 0 && s->baseline_only)
        return avo_usage_error(err, "--baseline-only and --imputed exclude each other");
    n_stdin += strcmp(in->observed, "-") == 0;
    n_stdin += in->auxiliary && strcmp(in->auxiliary, "-") == 0;
    for (size_t i = 0; i < s->imputed.n; i++) {
        if (check_name(&s->imputed, i, err) < 0)
            return -1;
        n_stdin += strcmp(s->imputed.list[i].path, "-") == 0;
    }
    for (size_t i = 0; i < s->attribution.n; i++)
        n_stdin += strcmp(s->attribution.list[i].path, "-") == 0;
    return n_stdin > 1 ? avo_usage_error(err, "only one input can be \"-\"") : 0;
}

/* A measure that was asked for by name is refused where nothing can be said of it. */
static int check_measures(const struct settings *s, struct avo_error *err)
{
    const struct avo_scoring_spec *p = &s->spec;
    bool regions = p->genes || p->promoters != NULL;
    const struct { const char *name; bool has; const char *needs; } needs[] = {
        {"mseprom", regions, "--genes or --promoters"}, {"msegene", p->genes != NULL, "--genes"},
        {"mseenh", p->enhancers != NULL, "--enhancers"},
        {"catchpeakobs", p->peaks != NULL, "--peaks"}};

    for (size_t k = 0; s->outputs.measures && k < avo_n_measures; k++)
        for (size_t i = 0; s->measures[k] && i < sizeof needs / sizeof *needs; i++)
            if (!needs[i].has && strcmp(avo_measures[k].name, needs[i].name) == 0)
                return avo_usage_error(err, "--measures: %s needs %s", needs[i].name,
                                       needs[i].needs);
    return 0;
}

/* MSEVar weighs by the variance over other training tracks: without any it is not 0 but nothing. */
static int check_variance(const struct settings *s, const struct avo_scored *l,
                          struct avo_error *err)
{
    size_t k = 0;
    bool any = false;

    for (size_t i = 0; i < l->n_scored; i++)
        any |= avo_scored_n_others(l, l->scored[i]) >= 2;
    while (strcmp(avo_measures[k].name, "msevar") != 0)
        k++;
    if (any || !s->outputs.measures || !s->measures[k])
        return 0;
    return avo_error_set(err, "msevar needs at least two training tracks of an assay in other cell "
                         "types");
}

/* What one option needs of another. */
static int check_needs(const struct settings *s, struct avo_error *err)
{
    const struct avo_scoring_spec *p = &s->spec;

    if (p->inputs.n_attribution > 0 && !p->peaks)
        return avo_usage_error(err, "--attribution needs --peaks: means are taken where there are "
                               "peaks");
    if ((p->relations || p->inputs.auxiliary) && !p->genes)
        return avo_usage_error(err, "--relations and --auxiliary need --genes");
    if (p->primary_tag && !p->genes && !p->promoters)
        return avo_usage_error(err, "--primary chooses transcripts of --genes or --promoters");
    if (p->challenge && p->inputs.files.missing_nan)
        return avo_usage_error(err, "--missing nan: bins without data count as 0 in --convention "
                               "challenge");
    if (p->show && !s->outputs.report)
        return avo_usage_error(err, "--show names regions for --report");
    return check_measures(s, err);
}

static int check_format(struct settings *s, struct avo_error *err)
{
    int format;

    if (avo_cli_format("tsv|long|text", &s->common, &format, err) < 0)
        return -1;
    s->outputs.format = (enum avo_table_format)format;
    if (s->scope == SCOPE_DEFAULT)
        s->scope = s->outputs.format == AVO_TABLE_TEXT ? SCOPE_GENOME : SCOPE_BOTH;
    s->outputs.genome = s->scope != SCOPE_CHROM;
    s->outputs.per_chrom = s->scope != SCOPE_GENOME;
    return 0;
}

/* The challenge's scores are of raw signal, over the genome, and over every bin. */
static void set_convention(struct settings *s)
{
    if (!s->spec.challenge)
        return;
    if (!avo_given(&s->common, OPT_SPACE))
        s->spec.inputs.score_raw = true;
    if (!avo_given(&s->common, OPT_RANKS))
        s->spec.ranks = AVO_RANKS_GENOME;
    s->spec.inputs.files.every_bin = true;
}

static int settle(struct settings *s, struct avo_error *err)
{
    struct avo_inputs_spec *in = &s->spec.inputs;

    in->imputed = s->imputed.list;
    in->n_imputed = s->imputed.n;
    in->attribution = s->attribution.list;
    in->n_attribution = s->attribution.n;
    in->tests = s->tests;
    in->n_tests = s->n_tests;
    in->region = s->common.region;
    in->region_file = s->common.region_file;
    in->files.strict = s->common.strict;
    s->spec.pictures = s->outputs.report != NULL;
    s->spec.swaps = s->imputed.n > 0 && (s->outputs.report != NULL || s->outputs.json ||
                                         s->outputs.tables);
    set_convention(s);
    if (check_inputs(s, err) < 0 || check_needs(s, err) < 0)
        return -1;
    return check_format(s, err);
}

static void free_named(struct named *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->list[i].name);
        free(l->list[i].path);
    }
    free(l->list);
}

static void free_settings(struct settings *s)
{
    free_named(&s->imputed);
    free_named(&s->attribution);
    for (size_t i = 0; i < s->n_tests; i++) {
        free(s->tests[i].celltype);
        free(s->tests[i].assay);
    }
    free(s->tests);
}

static int parse(struct settings *s, int argc, char **argv, struct avo_error *err)
{
    struct avo_cli cli = {
        .program = "track-eval",
        .synopsis = "--observed FILE --imputed [NAME=]FILE [options]",
        .purpose = "Scores imputed tracks against observed ones, beside the baselines.",
        .example = "track-eval --observed tracks.tsv --imputed imputed/tracks.tsv -O text",
        .common = AVO_OPT_OUTPUT | AVO_OPT_FORMAT | AVO_OPT_REGION | AVO_OPT_THREADS | AVO_OPT_BED,
        .opts = options, .user = s};
    int operand;

    if (avo_cli_start(&cli, &s->common, argc, argv, &operand, err) < 0)
        return -1;
    if (operand < argc)
        return avo_usage_error(err, "\"%s\": inputs are given with --observed and --imputed",
                               argv[operand]);
    return settle(s, err);
}

/* ---- open ---- */

static const struct avo_say say = {avo_note, avo_warn, avo_detail};

static void show_reading(void *arg, uint64_t done, uint64_t total)
{
    struct avo_progress *p = arg;

    if (p->total == 0)
        avo_progress_start(p, "bins (depths)", total);
    avo_progress_update(p, done);
}

/* What there is to say about the files so far. */
static void say_warnings(struct avo_scoring *r)
{
    const char *line;

    while ((line = avo_inputs_warning(&r->inputs)))
        avo_warn("%s", line);
}

static int open_all(struct avo_scoring *r, struct settings *s, struct avo_pool **pool,
                    struct avo_error *err)
{
    struct avo_progress progress = {0};

    *pool = avo_pool_new(s->common.n_threads, err);
    s->spec.inputs.files.pool = *pool;
    if (*pool == NULL || avo_scoring_open(r, &s->spec, show_reading, &progress, err) < 0)
        return -1;
    if (progress.total > 0)
        avo_progress_end(&progress);
    if (check_variance(s, &r->inputs.chosen, err) < 0)
        return -1;
    say_warnings(r);
    avo_note_lines(r->notes);
    avo_scoring_say_plan(r, &say);
    return 0;
}

/* ---- for each window: read, measure ---- */

static int measure_all(struct avo_scoring *r, struct avo_error *err)
{
    struct avo_progress progress;
    double begun = avo_now_sec(), seconds;
    int rc;

    avo_progress_start(&progress, "bins", avo_inputs_bins(&r->inputs, NULL));
    while ((rc = avo_scoring_step(r, err)) == 1)
        avo_progress_update(&progress, r->n_bins);
    avo_progress_end(&progress);
    seconds = avo_now_sec() - begun - r->inputs.read_sec;
    if (rc == 0)
        avo_detail("measured %zu tracks x %" PRIu64 " bins in %.3f s (reading %.3f s)",
                   r->inputs.chosen.n_scored, r->n_bins, seconds, r->inputs.read_sec);
    return rc;
}

int main(int argc, char **argv)
{
    struct settings set = {.spec = {.upstream_bp = DEFAULT_UPSTREAM_BP,
                                    .peak_threshold = DEFAULT_THRESHOLD,
                                    .max_bytes = DEFAULT_MEMORY}};
    struct avo_scoring run = {0};
    struct avo_pool *pool = NULL;
    struct avo_error err = {0};
    int rc;

    set.spec.inputs.files.bin_bp = DEFAULT_BIN_BP;
    set.spec.inputs.files.transform = AVO_ARCSINH;
    rc = parse(&set, argc, argv, &err);
    if (rc == 0)
        rc = open_all(&run, &set, &pool, &err);
    if (rc == 0)
        rc = measure_all(&run, &err);
    if (rc == 0) {
        say_warnings(&run);
        avo_scoring_say_result(&run, &say);
        set.outputs.output = set.common.output;
        rc = avo_outputs_write(&run, &set.outputs, &err);
    }
    avo_scoring_release(&run);
    avo_pool_free(pool);
    free_settings(&set);
    return rc == 0 ? AVO_EXIT_OK : avo_die(&err);
}
