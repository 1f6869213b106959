/* SPDX-License-Identifier: MIT */
/* ap_tables.c: tables as TSV, and the summary for eyes. */
#include "libcommon/ap/ap_tables.h"

#include <math.h>
#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/report/table_out.h"

static void put_count(struct avo_table_out *t, size_t n, bool known)
{
    if (known)
        avo_table_out_printf(t, "\t%zu", n);
    else
        avo_table_out_put(t, "\tNA");
}

/* For eyes: two blanks and v on the right of width columns, with decimals or (form 'g') digits. */
static void put_column(struct avo_table_out *t, double v, int width, char form, int digits)
{
    if (isnan(v))
        avo_table_out_printf(t, "  %*s", width, "NA");
    else if (form == 'g')
        avo_table_out_printf(t, "  %*.*g", width, digits, v);
    else
        avo_table_out_printf(t, form == '+' ? "  %+*.*f" : "  %*.*f", width, digits, v);
}

static size_t wider(size_t width, const char *name)
{
    size_t own = avo_text_width(name);

    return own > width ? own : width;
}

/* ---- given scores ---- */

static void scored_text(struct avo_table_out *t, const struct avo_ap_scored *s, size_t n_sets)
{
    size_t width = 12;

    for (size_t i = 0; i < n_sets; i++)
        width = wider(width, s[i].name);
    avo_table_out_name(t, "set", width);
    avo_table_out_printf(t, "  %10s  %10s  %10s  %17s   %s\n", "rows", "positive", "prevalence",
                         "average precision", "95% interval (bootstrap)");
    for (size_t i = 0; i < n_sets; i++) {
        avo_table_out_name(t, s[i].name, width);
        avo_table_out_printf(t, "  %10zu  %10zu", s[i].n, s[i].pr.n_positive);
        put_column(t, (double)s[i].pr.n_positive / (double)s[i].n, 10, 'f', 4);
        put_column(t, s[i].ap, 17, 'f', 4);
        avo_table_out_put(t, "   ");
        if (isnan(s[i].low))
            avo_table_out_put(t, "-\n");
        else
            avo_table_out_printf(t, "%.4f .. %.4f\n", s[i].low, s[i].high);
    }
}

static void scored_rows(struct avo_table_out *t, const struct avo_ap_scored *s, size_t n_sets)
{
    avo_table_out_put(t, "set\tn_rows\tn_positive\tprevalence\taverage_precision\tlow\thigh\t"
                      "n_resamples\n");
    for (size_t i = 0; i < n_sets; i++) {
        avo_table_out_name(t, s[i].name, 0);
        avo_table_out_printf(t, "\t%zu\t%zu", s[i].n, s[i].pr.n_positive);
        avo_table_out_number(t, (double)s[i].pr.n_positive / (double)s[i].n, 9);
        avo_table_out_number(t, s[i].ap, 15);
        avo_table_out_number(t, s[i].low, 9);
        avo_table_out_number(t, s[i].high, 9);
        avo_table_out_printf(t, "\t%zu\n", s[i].n_resamples);
    }
}

int avo_ap_print_scored(const struct avo_ap_scored *s, size_t n_sets, bool text,
                        struct avo_out *out, struct avo_error *err)
{
    struct avo_table_out t = {.out = out, .err = err};

    if (text)
        scored_text(&t, s, n_sets);
    else
        scored_rows(&t, s, n_sets);
    return avo_table_out_end(&t);
}

/* ---- summary ---- */

static size_t n_features(const struct avo_crossval *cv, size_t set)
{
    return set < cv->spec->n_sets ? cv->spec->sets[set].n_cols : 0;
}

static void mean_row(struct avo_table_out *t, const struct avo_crossval *cv, size_t set,
                     size_t measure, size_t n_positive)
{
    struct avo_crossval_mean m;

    avo_crossval_average(cv, set, measure, &m);
    avo_table_out_name(t, avo_crossval_set_name(cv, set), 0);
    avo_table_out_printf(t, "\t%s\t%zu", cv->measures[measure].name, cv->spec->folds->n_rows);
    put_count(t, n_positive, !cv->spec->params.regression);
    avo_table_out_printf(t, "\t%zu\t%zu", n_features(cv, set), m.n);
    avo_table_out_number(t, m.mean, 15);
    avo_table_out_number(t, m.se, 9);
    avo_table_out_number(t, m.se_resampled, 9);
    avo_table_out_number(t, m.sd, 9);
    avo_table_out_number(t, m.least, 9);
    avo_table_out_number(t, m.most, 9);
    avo_table_out_put(t, "\n");
}

static void means_text(struct avo_table_out *t, const struct avo_crossval *cv, size_t measure,
                       size_t width)
{
    const struct avo_folds *f = cv->spec->folds;

    avo_table_out_printf(t, "%s (%s is better), %zu rows, %zu x %zu folds\n",
                         cv->measures[measure].label,
                         cv->measures[measure].better > 0 ? "more" : "less", f->n_rows,
                         f->n_repeats, f->n_folds);
    avo_table_out_name(t, "set", width);
    avo_table_out_printf(t, "  %8s  %6s  %9s  %9s  %12s\n", "features", "folds", "mean", "se",
                         "se resampled");
    for (size_t i = 0; i <= cv->spec->n_sets; i++) {
        struct avo_crossval_mean m;

        avo_crossval_average(cv, i, measure, &m);
        avo_table_out_name(t, avo_crossval_set_name(cv, i), width);
        avo_table_out_printf(t, "  %8zu  %6zu", n_features(cv, i), m.n);
        put_column(t, m.mean, 9, 'f', 4);
        put_column(t, m.se, 9, 'f', 4);
        put_column(t, m.se_resampled, 12, 'f', 4);
        avo_table_out_put(t, "\n");
    }
    avo_table_out_put(t, "\n");
}

static int tests_text(struct avo_table_out *t, const struct avo_crossval *cv, size_t measure,
                      size_t width)
{
    bool more = cv->measures[measure].better > 0;

    avo_table_out_name(t, "first", width);
    avo_table_out_put(t, "  ");
    avo_table_out_name(t, "second", width);
    avo_table_out_printf(t, "  %10s  %4s  %4s  %12s  %12s\n", "difference", "won", "lost",
                         "p unadjusted", "p resampled");
    for (size_t a = 0; a < cv->spec->n_sets; a++)
        for (size_t b = a + 1; b <= cv->spec->n_sets; b++) {
            struct avo_crossval_test r;

            if (avo_crossval_compare(cv, a, b, measure, &r, t->err) < 0)
                return -1;
            avo_table_out_name(t, avo_crossval_set_name(cv, a), width);
            avo_table_out_put(t, "  ");
            avo_table_out_name(t, avo_crossval_set_name(cv, b), width);
            put_column(t, r.paired.mean_diff, 10, '+', 4);
            avo_table_out_printf(t, "  %4zu  %4zu",
                                 more ? r.paired.n_greater : r.paired.n_less,
                                 more ? r.paired.n_less : r.paired.n_greater);
            put_column(t, r.paired.p, 12, 'g', 3);
            put_column(t, r.resampled.p, 12, 'g', 3);
            avo_table_out_put(t, "\n");
        }
    avo_table_out_put(t, "\n");
    return 0;
}

int avo_ap_print_summary(const struct avo_crossval *cv, size_t n_positive, bool text,
                         struct avo_out *out, struct avo_error *err)
{
    struct avo_table_out t = {.out = out, .err = err};
    size_t width = 8;

    for (size_t i = 0; i <= cv->spec->n_sets; i++)
        width = wider(width, avo_crossval_set_name(cv, i));
    if (!text)
        avo_table_out_put(&t, "set\tmeasure\tn_rows\tn_positive\tn_features\tn_evaluations\tmean\t"
                          "se\tse_resampled\tsd\tmin\tmax\n");
    for (size_t m = 0; m < cv->n_measures; m++) {
        if (text)
            means_text(&t, cv, m, width);
        if (text && tests_text(&t, cv, m, width) < 0)
            t.failed = true;
        for (size_t i = 0; !text && i <= cv->spec->n_sets; i++)
            mean_row(&t, cv, i, m, n_positive);
    }
    if (text)
        avo_table_out_put(&t, "p unadjusted: paired t-test over folds, as if folds were "
                          "independent\np resampled: corrected for the training rows that "
                          "folds have in common\nneither is adjusted for the number of tests\n");
    return avo_table_out_end(&t);
}

/* ---- tests ---- */

static int test_row(struct avo_table_out *t, const struct avo_crossval *cv, size_t a, size_t b,
                    size_t measure)
{
    bool more = cv->measures[measure].better > 0;
    struct avo_crossval_test r;

    if (avo_crossval_compare(cv, a, b, measure, &r, t->err) < 0)
        return -1;
    avo_table_out_name(t, avo_crossval_set_name(cv, a), 0);
    avo_table_out_put(t, "\t");
    avo_table_out_name(t, avo_crossval_set_name(cv, b), 0);
    avo_table_out_printf(t, "\t%s\t%zu\t%zu\t%zu\t%zu", cv->measures[measure].name, r.paired.n,
                         more ? r.paired.n_greater : r.paired.n_less,
                         more ? r.paired.n_less : r.paired.n_greater, r.paired.n_equal);
    avo_table_out_number(t, r.paired.mean_diff, 9);
    avo_table_out_number(t, r.paired.t, 9);
    avo_table_out_number(t, r.paired.p, 9);
    avo_table_out_number(t, r.resampled.t, 9);
    avo_table_out_number(t, r.resampled.p, 9);
    avo_table_out_put(t, "\n");
    return 0;
}

int avo_ap_print_tests(const struct avo_crossval *cv, struct avo_out *out, struct avo_error *err)
{
    struct avo_table_out t = {.out = out, .err = err};

    avo_table_out_put(&t, "set_a\tset_b\tmeasure\tn\twins\tlosses\tties\tmean_diff\tt\t"
                      "p_unadjusted\tt_resampled\tp_resampled\n");
    for (size_t m = 0; m < cv->n_measures; m++)
        for (size_t a = 0; a < cv->spec->n_sets; a++)
            for (size_t b = a + 1; b <= cv->spec->n_sets; b++)
                if (test_row(&t, cv, a, b, m) < 0)
                    t.failed = true;
    return avo_table_out_end(&t);
}

/* ---- folds and scores ---- */

static void fold_row(struct avo_table_out *t, const struct avo_crossval *cv, size_t set, size_t e)
{
    const struct avo_crossval_fold *f = avo_crossval_at(cv, set, e);
    size_t n_folds = cv->spec->folds->n_folds;
    bool learned = set < cv->spec->n_sets;
    bool trees = learned && cv->spec->params.learner == AVO_LEARNER_XGBOOST;

    avo_table_out_name(t, avo_crossval_set_name(cv, set), 0);
    avo_table_out_printf(t, "\t%zu\t%zu\t%zu\t%zu\t%zu", e / n_folds + 1, e % n_folds + 1,
                         f->n_train, f->n_valid, f->n_test);
    put_count(t, f->n_positive, !cv->spec->params.regression);
    put_count(t, (size_t)f->learner.n_trees, trees);
    put_count(t, (size_t)f->learner.best_tree, trees);
    avo_table_out_number(t, learned && !trees ? f->learner.strength : NAN, 9);
    for (size_t m = 0; m < cv->n_measures; m++)
        avo_table_out_number(t, f->measure[m], 15);
    avo_table_out_put(t, "\n");
}

int avo_ap_print_folds(const struct avo_crossval *cv, struct avo_out *out, struct avo_error *err)
{
    struct avo_table_out t = {.out = out, .err = err};

    avo_table_out_put(&t, "set\trepeat\tfold\tn_train\tn_valid\tn_test\tn_positive\ttrees\t"
                      "best_tree\tstrength");
    for (size_t m = 0; m < cv->n_measures; m++)
        avo_table_out_printf(&t, "\t%s", cv->measures[m].name);
    avo_table_out_put(&t, "\n");
    for (size_t s = 0; s <= cv->spec->n_sets; s++)
        for (size_t e = 0; e < cv->n_evaluations; e++)
            fold_row(&t, cv, s, e);
    return avo_table_out_end(&t);
}

static void score_rows(struct avo_table_out *t, const struct avo_crossval *cv, size_t set,
                       size_t repeat)
{
    const struct avo_folds *f = cv->spec->folds;
    const double *score = avo_crossval_scores(cv, set, repeat);

    for (size_t i = 0; i < f->n_rows; i++) {
        avo_table_out_name(t, avo_crossval_set_name(cv, set), 0);
        avo_table_out_printf(t, "\t%zu\t%u\t%zu\t%.17g\t%.17g\n", repeat + 1,
                             f->fold[repeat * f->n_rows + i] + 1u, i + 1, cv->spec->y[i], score[i]);
    }
}

int avo_ap_print_scores(const struct avo_crossval *cv, struct avo_out *out,
                        struct avo_error *err)
{
    struct avo_table_out t = {.out = out, .err = err};

    avo_table_out_put(&t, "set\trepeat\tfold\trow\tlabel\tscore\n");
    for (size_t s = 0; s < cv->spec->n_sets; s++)
        for (size_t r = 0; r < cv->spec->folds->n_repeats; r++)
            score_rows(&t, cv, s, r);
    return avo_table_out_end(&t);
}

/* ---- curves ---- */

int avo_ap_print_curve(const char *name, const struct avo_pr *pr, struct avo_out *out,
                       struct avo_error *err)
{
    struct avo_table_out t = {.out = out, .err = err};

    for (size_t i = 0; i < pr->n_points; i++) {
        const struct avo_pr_point *p = &pr->points[i];

        avo_table_out_name(&t, name, 0);
        avo_table_out_number(&t, p->score, 17);
        avo_table_out_printf(&t, "\t%u\t%u", p->n_tp, p->n_fp);
        avo_table_out_number(&t, pr->n_positive > 0 ? (double)p->n_tp / (double)pr->n_positive
                             : NAN, 15);
        avo_table_out_number(&t, (double)p->n_tp / ((double)p->n_tp + p->n_fp), 15);
        avo_table_out_put(&t, "\n");
    }
    return avo_table_out_end(&t);
}

int avo_ap_pool_folds(const struct avo_crossval *cv, size_t set, struct avo_pr *out,
                      struct avo_error *err)
{
    size_t n = cv->spec->folds->n_rows;
    uint8_t *label = avo_alloc(n, sizeof *label, "labels", err);
    int rc;

    if (!label)
        return -1;
    for (size_t i = 0; i < n; i++)
        label[i] = cv->spec->y[i] > 0;
    rc = avo_pr_make(label, avo_crossval_scores(cv, set, 0), n, out, err);
    free(label);
    return rc;
}
