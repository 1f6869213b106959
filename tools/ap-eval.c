/* SPDX-License-Identifier: MIT */
/* ap-eval.c: what features are good for: average precision of scores, or of a learner trained on
 * feature sets by cross-validation. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/alloc.h"
#include "libcommon/ap/ap_input.h"
#include "libcommon/ap/ap_outputs.h"
#include "libcommon/base/opt.h"
#include "libcommon/base/text.h"
#include "libcommon/base/threads.h"

#define DEFAULT_BOOTSTRAP 1000
#define MAX_BOOTSTRAP 1000000
#define MAX_REPEATS 10000
#define MAX_TREES 1000000
#define MAX_FACTS 24

/* The protocols of the paper. */
static const struct { size_t n_folds, n_repeats; } protocols[] = {
    [AVO_LEARNER_XGBOOST] = {20, 1}, [AVO_LEARNER_LOGISTIC] = {5, 20}};
static const char *const learner_names[] = {"xgboost", "logistic"};

struct settings {
    struct avo_common common;
    struct avo_ap_input_spec input;
    struct avo_ap_set_spec *sets, *scores;
    size_t n_sets, cap_sets, n_scores, cap_scores;
    struct avo_learner_params learner;
    bool stratify;
    int64_t n_folds, n_repeats, n_bootstrap;
    const char *folds_in, *folds_out;
    struct avo_ap_outputs outputs;
};

/* ---- options ---- */

enum {
    OPT_SCORES = 256, OPT_FEATURES, OPT_COLUMNS, OPT_LABELS, OPT_LABEL_COLUMN, OPT_THRESHOLD,
    OPT_ROWS, OPT_DROP, OPT_MODEL, OPT_TASK, OPT_FOLDS, OPT_REPEATS, OPT_STRATIFY, OPT_GROUP,
    OPT_FOLDS_IN, OPT_FOLDS_OUT, OPT_PER_FOLD, OPT_TESTS, OPT_SCORES_OUT, OPT_CURVE, OPT_REPORT,
    OPT_BOOTSTRAP, OPT_TITLE, OPT_TREES, OPT_PATIENCE, OPT_DEPTH, OPT_ETA, OPT_PREDICT,
    OPT_INNER_SCORE
};

static int add_scores(void *user, const char *arg, struct avo_error *err)
{
    struct settings *s = user;

    return avo_ap_set_add(&s->scores, &s->n_scores, &s->cap_scores, arg, err);
}

static int add_set(void *user, const char *arg, struct avo_error *err)
{
    struct settings *s = user;

    return avo_ap_set_add(&s->sets, &s->n_sets, &s->cap_sets, arg, err);
}

static int set_columns(void *user, const char *arg, struct avo_error *err)
{
    struct settings *s = user;

    if (s->n_sets == 0 || s->sets[s->n_sets - 1].columns)
        return avo_usage_error(err, "--columns stands behind the --features whose columns it "
                               "chooses");
    s->sets[s->n_sets - 1].columns = arg;
    return 0;
}

static int set_rows(void *user, const char *arg, struct avo_error *err)
{
    struct settings *s = user;
    char *copy = avo_strdup(arg, err), *dash;
    int64_t a = 0, b = 0;
    int rc = -1;

    if (!copy)
        return -1;
    dash = strchr(copy, '-');
    if (dash)
        *dash++ = '\0';
    if (!dash)
        avo_usage_error(err, "--rows: \"%s\" (want A-B)", arg);
    else if (avo_parse_int(copy, 1, INT32_MAX, "--rows", &a, err) == 0)
        rc = avo_parse_int(dash, a, INT32_MAX, "--rows", &b, err);
    s->input.row_beg = (size_t)(a - 1);
    s->input.row_end = (size_t)b;
    free(copy);
    return rc;
}

#define SETS(member) AVO_SETS(struct settings, member)

static const struct avo_opt options[] = {
    {OPT_SCORES, "scores", "[NAME=]FILE", "label and score of a classifier (repeatable)",
     .set = add_scores, .file = AVO_READS},
    {OPT_FEATURES, "features", "[NAME=]FILE", "feature set: FEATURE, TSV, npy (repeatable)",
     .set = add_set, .file = AVO_READS},
    {OPT_COLUMNS, "columns", "PATTERN", "features of the set before: names that match",
     .set = set_columns},
    {OPT_LABELS, "labels", "FILE", "labels: TSV or npy [column label of the features]",
     SETS(input.labels), .file = AVO_READS},
    {OPT_LABEL_COLUMN, "label-column", "NAME", "the column that has them [label]",
     SETS(input.label_column)},
    {OPT_THRESHOLD, "label-threshold", "X", "positive is label >= X [labels are 0 and 1]",
     SETS(input.threshold), AVO_REAL(-1e30, 1e30)},
    {OPT_ROWS, "rows", "A-B", "rows A to B of every file, from 1 [all]", .set = set_rows},
    {OPT_DROP, "drop-missing", NULL, "leave out rows that lack a label (or a feature)",
     SETS(input.drop)},
    {OPT_MODEL, "model", "NAME", "xgboost or logistic",
     SETS(learner.learner), AVO_WORD("xgboost|logistic", AVO_LEARNER_XGBOOST)},
    {OPT_TASK, "task", "NAME", "classification or regression [classification]",
     SETS(input.regression), AVO_WORD("classification|regression", 0)},
    {OPT_FOLDS, "folds", "K", "folds [xgboost 20, logistic 5]",
     SETS(n_folds), AVO_WHOLE(2, AVO_MAX_FOLDS)},
    {OPT_REPEATS, "repeats", "N", "times that rows are dealt out [xgboost 1, logistic 20]",
     SETS(n_repeats), AVO_WHOLE(1, MAX_REPEATS)},
    {OPT_STRATIFY, "stratify", NULL, "spread positives evenly over the folds", SETS(stratify)},
    {OPT_GROUP, "group", "WHAT", "keep together: chrom, pairs or a column's equals",
     SETS(input.group)},
    {OPT_FOLDS_IN, "folds-in", "FILE", "take the folds from a file",
     SETS(folds_in), .file = AVO_READS},
    {OPT_FOLDS_OUT, "folds-out", "FILE", "write the folds", SETS(folds_out), .file = AVO_WRITES},
    {OPT_PER_FOLD, "per-fold", "FILE", "write every fold's result",
     SETS(outputs.per_fold), .file = AVO_WRITES},
    {OPT_TESTS, "tests", "FILE", "write the comparisons of sets",
     SETS(outputs.tests), .file = AVO_WRITES},
    {OPT_SCORES_OUT, "scores-out", "FILE", "write every row's score when it was tested",
     SETS(outputs.scores), .file = AVO_WRITES},
    {OPT_CURVE, "curve", "FILE", "write precision-recall points",
     SETS(outputs.curve), .file = AVO_WRITES},
    {OPT_REPORT, "report", "HTML", "write a page with figures",
     SETS(outputs.report), .file = AVO_WRITES},
    {OPT_BOOTSTRAP, "bootstrap", "N", "samples for the interval of --scores [1000]",
     SETS(n_bootstrap), AVO_WHOLE(0, MAX_BOOTSTRAP)},
    /* in the manual page only */
    {OPT_TITLE, "title", "TEXT", NULL, SETS(outputs.title)},
    {OPT_TREES, "trees", "N", NULL, SETS(learner.max_trees), AVO_WHOLE(1, MAX_TREES)},
    {OPT_PATIENCE, "patience", "N", NULL, SETS(learner.patience), AVO_WHOLE(1, MAX_TREES)},
    {OPT_DEPTH, "depth", "N", NULL, SETS(learner.depth), AVO_WHOLE(1, 30)},
    {OPT_ETA, "eta", "X", NULL, SETS(learner.eta), AVO_REAL(1e-6, 1)},
    {OPT_PREDICT, "predict", "TREES", NULL, SETS(learner.best_only), AVO_WORD("all|best", 0)},
    {OPT_INNER_SCORE, "inner-score", "NAME", NULL,
     SETS(learner.by_accuracy), AVO_WORD("ap|accuracy", 0)},
    {0}
};

/* ---- do they make sense together? ---- */

static int check_names(const struct avo_ap_set_spec *l, size_t n, const char *baseline,
                       struct avo_error *err)
{
    size_t n_stdin = 0;

    for (size_t i = 0; i < n; i++) {
        n_stdin += strcmp(l[i].path, "-") == 0;
        if (strcmp(l[i].name, baseline) == 0)
            return avo_usage_error(err, "\"%s\" is the baseline's name", l[i].name);
        for (size_t k = 0; k < i; k++)
            if (strcmp(l[i].name, l[k].name) == 0) {
                avo_usage_error(err, "two sets are called \"%s\"", l[i].name);
                return avo_error_hint(err, "name them: NAME=FILE");
            }
    }
    return n_stdin > 1 ? avo_usage_error(err, "only one input can be \"-\"") : 0;
}

static int check_scores(const struct settings *s, struct avo_error *err)
{
    const struct avo_ap_outputs *o = &s->outputs;

    if (s->n_sets > 0 || avo_given(&s->common, OPT_MODEL))
        return avo_usage_error(err, "--scores are evaluated as they are: no --features, no "
                               "--model");
    if (s->input.labels || s->input.group || s->input.row_end > 0 ||
        s->input.drop || s->input.regression || s->folds_in || s->folds_out ||
        o->per_fold || o->tests || o->scores)
        return avo_usage_error(err, "--labels, --rows, --group, --task and all of folds are for "
                               "--features");
    return check_names(s->scores, s->n_scores, "", err);
}

static int check_folds(const struct settings *s, struct avo_error *err)
{
    static const int for_trees[] = {OPT_TREES, OPT_PATIENCE, OPT_DEPTH, OPT_ETA, OPT_PREDICT};
    bool boosted = s->learner.learner == AVO_LEARNER_XGBOOST, any_tree = false;

    for (size_t i = 0; i < sizeof for_trees / sizeof *for_trees; i++)
        any_tree |= avo_given(&s->common, for_trees[i]);
    if (s->folds_in && (s->n_folds > 0 || s->n_repeats > 0 || s->stratify))
        return avo_usage_error(err, "--folds-in takes the place of --folds, --repeats and "
                               "--stratify");
    if (boosted && s->n_folds == 2)
        return avo_usage_error(err, "--model xgboost needs 3 folds: to train, to validate and to "
                               "test");
    if (!boosted && any_tree)
        return avo_usage_error(err, "--trees, --patience, --depth, --eta and --predict are for "
                               "--model xgboost");
    if (boosted && avo_given(&s->common, OPT_INNER_SCORE))
        return avo_usage_error(err, "--inner-score is for --model logistic");
    return 0;
}

static int check_features(const struct settings *s, struct avo_error *err)
{
    bool regression = s->input.regression;

    if (!avo_given(&s->common, OPT_MODEL))
        return avo_usage_error(err, "--model is missing (xgboost or logistic; --scores needs "
                               "none)");
    if (regression && s->learner.learner == AVO_LEARNER_LOGISTIC)
        return avo_usage_error(err, "--task regression is for --model xgboost");
    if (regression && (s->stratify || s->outputs.curve || !isnan(s->input.threshold)))
        return avo_usage_error(err, "--stratify, --curve and --label-threshold are for "
                               "classification");
    if (check_folds(s, err) < 0)
        return -1;
    return check_names(s->sets, s->n_sets, regression ? "mean" : "majority", err);
}

static int settle(struct settings *s, struct avo_error *err)
{
    int format;

    if (avo_given(&s->common, OPT_MODEL) && !avo_learner_is_built(s->learner.learner))
        return avo_usage_error(err, "--model xgboost: this build has no XGBoost");
    if (avo_cli_format("tsv|text", &s->common, &format, err) < 0)
        return -1;
    s->outputs.text = format == 1;
    s->outputs.summary = s->common.output;
    s->input.sets = s->sets;
    s->input.n_sets = s->n_sets;
    s->input.whole = s->learner.learner == AVO_LEARNER_LOGISTIC;
    s->learner.regression = s->input.regression;
    s->learner.seed = s->common.seed;
    return s->n_scores > 0 ? check_scores(s, err) : check_features(s, err);
}

static int parse(struct settings *s, int argc, char **argv, struct avo_error *err)
{
    struct avo_cli cli = {
        .program = "ap-eval",
        .synopsis = "--model NAME [options] [FEATURES ...] | --scores FILE [options]",
        .purpose = "Tests features by cross-validation, or scores: average precision.",
        .example = "factor-agg -R genes.bed --label-column 7 model.avo | ap-eval --model xgboost",
        .common = AVO_OPT_OUTPUT | AVO_OPT_FORMAT | AVO_OPT_THREADS | AVO_OPT_SEED,
        .opts = options, .user = s};
    int operand;

    if (avo_cli_start(&cli, &s->common, argc, argv, &operand, err) < 0)
        return -1;
    for (; operand < argc; operand++)
        if (add_set(s, argv[operand], err) < 0)
            return -1;
    if (s->n_sets == 0 && s->n_scores == 0) {
        if (isatty(STDIN_FILENO) == 1)
            exit(avo_cli_short_usage(&cli));
        if (add_set(s, "-", err) < 0)
            return -1;
    }
    return settle(s, err);
}

static void free_sets(struct avo_ap_set_spec *l, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(l[i].name);
    free(l);
}

/* ---- given scores: read, rank, write ---- */

/* How it was done, for the report. */
static void add_fact(struct avo_ap_outputs *o, const char *name, const char *value)
{
    if (value && o->n_facts < MAX_FACTS)
        o->facts[o->n_facts++] = (struct avo_ap_fact){name, value};
}

static int read_scores(const struct settings *s, struct avo_ap_scored *x, size_t i,
                       struct avo_pool *pool, struct avo_error *err)
{
    if (!(x->name = avo_strdup(s->scores[i].name, err)) ||
        avo_ap_scored_read(x, s->scores[i].path, s->input.threshold, err) < 0 ||
        avo_ap_scored_rank(x, (size_t)s->n_bootstrap, s->common.seed, pool, err) < 0)
        return -1;
    if (x->pr.n_positive == 0)
        avo_warn("%s: no row is positive: average precision is not defined", x->shown);
    return 0;
}

static int write_scores(struct settings *s, const struct avo_ap_scored *list,
                        struct avo_error *err)
{
    char how[80];

    for (size_t i = 0; i < s->n_scores; i++)
        add_fact(&s->outputs, list[i].name, list[i].shown);
    snprintf(how, sizeof how, "%" PRId64 " samples, seed %" PRIu64, s->n_bootstrap,
             s->common.seed);
    add_fact(&s->outputs, "bootstrap", how);
    return avo_ap_write_scored(&s->outputs, list, s->n_scores, err);
}

static int run_scores(struct settings *s, struct avo_error *err)
{
    struct avo_ap_scored *list = avo_alloc(s->n_scores, sizeof *list, "scores", err);
    struct avo_pool *pool = avo_pool_new(s->common.n_threads, err);
    int rc = list && pool ? 0 : -1;

    for (size_t i = 0; rc == 0 && i < s->n_scores; i++)
        rc = read_scores(s, &list[i], i, pool, err);
    if (rc == 0)
        rc = write_scores(s, list, err);
    for (size_t i = 0; list && i < s->n_scores; i++)
        avo_ap_scored_release(&list[i]);
    free(list);
    avo_pool_free(pool);
    return rc;
}

/* ---- features: read, deal out folds, train and test each, write ---- */

struct feature_run {
    const struct settings *s;
    struct avo_ap_input input;
    struct avo_folds folds;
    struct avo_crossval_set *sets;
    struct avo_crossval_spec spec;
    struct avo_crossval cv;
    struct avo_progress progress;
};

static int make_folds(struct feature_run *r, struct avo_error *err)
{
    const struct settings *s = r->s;
    const struct avo_ap_input *in = &r->input;
    struct avo_folds_spec spec = {
        .n_rows = in->n_rows, .stratum = s->stratify ? in->is_positive : NULL,
        .group = in->group, .n_groups = in->n_groups, .seed = s->common.seed,
        .n_folds = s->n_folds > 0 ? (size_t)s->n_folds : protocols[s->learner.learner].n_folds,
        .n_repeats = s->n_repeats > 0 ? (size_t)s->n_repeats
                                      : protocols[s->learner.learner].n_repeats};

    if (!s->folds_in) {
        if (avo_folds_make(&spec, &r->folds, err) < 0)
            return s->input.group ? avo_error_prefix(err, "--group %s", s->input.group)
                                          : -1;
    } else if (avo_folds_read(s->folds_in, in->n_rows, &r->folds, err) < 0) {
        return -1;
    }
    if (r->folds.n_folds < 3 && avo_learner_needs_validation(s->learner.learner))
        return avo_error_set(err, "%s: %zu folds (--model xgboost needs 3: to train, to validate "
                             "and to test)", s->folds_in, r->folds.n_folds);
    return s->folds_out ? avo_folds_write(&r->folds, s->folds_out, err) : 0;
}

static void show_progress(void *arg, size_t n_done, size_t n_tasks)
{
    struct avo_progress *p = arg;

    (void)n_tasks;
    avo_progress_update(p, n_done);
}

static void say_twin(const struct avo_ap_input *in)
{
    const struct avo_matrix *m = in->twin;

    if (m && m->names)
        avo_warn("%s: feature %s is the label in every row: should it be known?", m->shown,
                 m->names[in->i_twin]);
    else if (m)
        avo_warn("%s: feature %zu is the label in every row: should it be known?", m->shown,
                 in->i_twin + 1);
}

static int learn(struct feature_run *r, struct avo_error *err)
{
    const struct settings *s = r->s;
    const struct avo_ap_input *in = &r->input;
    size_t n_tasks = s->n_sets * r->folds.n_folds * r->folds.n_repeats;
    int rc;

    r->sets = avo_alloc(s->n_sets, sizeof *r->sets, "feature sets", err);
    if (!r->sets)
        return -1;
    if (in->n_dropped > 0)
        avo_note("%zu rows lack a label%s: left out; %zu rows are kept, and counted from 1",
                 in->n_dropped, s->input.whole ? " or a feature" : "", in->n_rows);
    say_twin(in);
    for (size_t i = 0; i < s->n_sets; i++)
        r->sets[i] = (struct avo_crossval_set){s->sets[i].name, in->sets[i].x,
                                               in->sets[i].n_cols};
    r->spec = (struct avo_crossval_spec){
        .sets = r->sets, .n_sets = s->n_sets, .y = in->y, .folds = &r->folds, .group = in->group,
        .n_groups = in->n_groups, .params = s->learner, .n_processes = s->common.n_threads,
        .loud = avo_log_verbosity() > 0, .progress = show_progress, .progress_arg = &r->progress};
    avo_progress_start(&r->progress, "folds", n_tasks);
    rc = avo_crossval_run(&r->spec, &r->cv, err);
    avo_progress_end(&r->progress);
    return rc;
}

/* What a reader of the table must know about it. */
static void say_gaps(const struct feature_run *r)
{
    size_t n_none = 0, n_untaught = 0;

    for (size_t e = 0; e < r->cv.n_evaluations; e++) {
        const struct avo_crossval_fold *f = avo_crossval_at(&r->cv, 0, e);

        n_none += f->n_positive == 0;
        n_untaught += f->n_positive == r->input.n_positive;
    }
    if (r->s->input.regression)
        return;
    if (n_none > 0)
        avo_warn("%zu of %zu folds test no positive row: their average precision is not defined "
                 "(NA) and no part of the means", n_none, r->cv.n_evaluations);
    if (n_untaught > 0)
        avo_warn("%zu of %zu folds have no positive row to learn from", n_untaught,
                 r->cv.n_evaluations);
}

static void say_how(const struct avo_learner_params *p, char *how, size_t size)
{
    if (p->learner == AVO_LEARNER_XGBOOST)
        snprintf(how, size, "exact trees, depth %d, eta %g, at most %d, stopped %d after the best "
                 "on the validation fold; prediction by %s", p->depth, p->eta, p->max_trees,
                 p->patience, p->best_only ? "those up to the best" : "all of them");
    else
        snprintf(how, size, "features standardised on the training rows, ten inverse strengths "
                 "1e-4 .. 1e4 by %d inner folds (%s), intercept not penalised",
                 p->n_inner_folds, p->by_accuracy ? "accuracy" : "average precision");
}

static int write_features(struct settings *s, const struct feature_run *r, struct avo_error *err)
{
    struct avo_ap_outputs *o = &s->outputs;
    char how[256], folds[160];

    say_how(&s->learner, how, sizeof how);
    snprintf(folds, sizeof folds, "%zu x %zu%s%s, seed %" PRIu64, r->folds.n_repeats,
             r->folds.n_folds, s->stratify ? ", stratified" : "",
             s->folds_in ? ", read from a file" : "", s->common.seed);
    add_fact(o, "learner", learner_names[s->learner.learner]);
    add_fact(o, "settings", how);
    add_fact(o, "folds", folds);
    add_fact(o, "kept together", s->input.group);
    for (size_t i = 0; i < s->n_sets; i++)
        add_fact(o, s->sets[i].name, r->input.sets[i].shown);
    add_fact(o, "labels", s->input.labels);
    return avo_ap_write_crossval(o, &r->cv, r->input.n_positive, err);
}

static int run_features(struct settings *s, struct avo_error *err)
{
    struct feature_run r = {.s = s};
    int rc = -1;

    if (avo_ap_input_read(&s->input, &r.input, err) == 0 && make_folds(&r, err) == 0 &&
        learn(&r, err) == 0) {
        say_gaps(&r);
        rc = write_features(s, &r, err);
    }
    avo_crossval_release(&r.cv);
    avo_folds_release(&r.folds);
    avo_ap_input_release(&r.input);
    free(r.sets);
    return rc;
}

int main(int argc, char **argv)
{
    struct settings s = {.n_bootstrap = DEFAULT_BOOTSTRAP, .input = {.threshold = NAN}};
    struct avo_ap_fact facts[MAX_FACTS];
    struct avo_error err = {0};
    int rc;

    s.outputs.facts = facts;
    avo_learner_defaults(&s.learner, AVO_LEARNER_XGBOOST);
    rc = parse(&s, argc, argv, &err);
    if (rc == 0)
        rc = s.n_scores > 0 ? run_scores(&s, &err) : run_features(&s, &err);
    free_sets(s.sets, s.n_sets);
    free_sets(s.scores, s.n_scores);
    return rc == 0 ? AVO_EXIT_OK : avo_die(&err);
}
