/* SPDX-License-Identifier: MIT */
/* scoring.c: opens the collectors that are asked for and hands every window to each of them. */
#include "libcommon/eval/scoring.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/genome/region.h"

static struct avo_pool *pool_of(const struct avo_scoring *s)
{
    return s->spec.inputs.files.pool;
}

/* ---- regions of the genome ---- */

/* What is said of a file's rows is said once, though genes are promoters, too. */
static struct avo_bed_rule rule(struct avo_scoring *s, const char *path)
{
    bool again = path && path == s->last_bed;

    s->last_bed = path;
    return (struct avo_bed_rule){s->spec.inputs.files.strict, again ? NULL : &s->notes};
}

static int read_elements(struct avo_scoring *s, enum avo_weights kind, const char *path,
                         bool need_strand, struct avo_error *err)
{
    struct avo_elements_options opt = {.tag = kind == AVO_ENHANCERS ? NULL : s->spec.primary_tag,
                                       .need_strand = need_strand, .rule = rule(s, path)};

    if (!path)
        return 0;
    return avo_elements_read(&s->elements[kind], avo_inputs_header(&s->inputs), path, &opt, err);
}

static int read_regions(struct avo_scoring *s, struct avo_error *err)
{
    static const enum avo_region_kind kinds[] = {AVO_REGION_PROMOTER, AVO_REGION_GENE,
                                                 AVO_REGION_ENHANCER};
    const struct avo_scoring_spec *p = &s->spec;
    const char *promoters = p->promoters ? p->promoters : p->genes;

    for (int k = 0; k < AVO_VARIANCE; k++)
        s->rules[k] = (struct avo_region_rule){kinds[k], p->upstream_bp, p->with_tss,
                                               p->challenge};
    if (read_elements(s, AVO_PROMOTERS, promoters, p->promoters != NULL, err) < 0 ||
        read_elements(s, AVO_GENES, p->genes, false, err) < 0 ||
        read_elements(s, AVO_ENHANCERS, p->enhancers, false, err) < 0)
        return -1;
    const struct avo_region_ask ask = {.region_file = p->exclude, .rule = rule(s, p->exclude)};
    if (!p->exclude)
        return 0;
    s->skip = avo_alloc(AVO_WINDOW_BINS, 1, "columns", err);
    if (!s->skip)
        return -1;
    return avo_regions_exclude(avo_inputs_header(&s->inputs), &ask, &s->excluded, &s->n_excluded,
                               err);
}

/* 1 in excluded bins of the window. */
static void fill_skip(struct avo_scoring *s, const struct avo_window *w)
{
    memset(s->skip, 0, w->n);
    for (size_t i = 0; i < s->n_excluded; i++) {
        const struct avo_extent *e = &s->excluded[i];
        uint32_t beg = e->beg_bin > w->beg_bin ? e->beg_bin - w->beg_bin : 0;
        uint32_t end = e->end_bin > w->beg_bin ? e->end_bin - w->beg_bin : 0;

        end = end < w->n ? end : w->n;
        if (e->chrom == w->chrom && beg < end)
            memset(s->skip + beg, 1, end - beg);
    }
}

/* ---- collectors ---- */

static struct avo_eval *open_eval(const struct avo_scoring *s, struct avo_error *err)
{
    struct avo_eval_plan plan = {.chosen = &s->inputs.chosen, .n_methods = s->inputs.n_methods,
                                 .max_bins = AVO_WINDOW_BINS, .ranks = s->spec.ranks,
                                 .top = s->spec.top, .max_bytes = s->spec.max_bytes};
    uint64_t longest, all = avo_inputs_bins(&s->inputs, &longest);

    plan.n_bins = s->spec.ranks == AVO_RANKS_GENOME ? all : longest;
    return avo_eval_new(&plan, pool_of(s), err);
}

static float threshold(const struct avo_scoring *s)
{
    double raw = s->spec.peak_threshold;

    return s->spec.inputs.score_raw
        ? (float)raw : avo_transform_apply(avo_inputs_header(&s->inputs)->transform, raw);
}

static int open_variable(struct avo_scoring *s, struct avo_error *err)
{
    struct avo_peaks_ask ask = {s->spec.peaks, rule(s, s->spec.peaks)};
    const struct avo_header *h = avo_inputs_header(&s->inputs);
    struct avo_variable_spec spec = {.chosen = &s->inputs.chosen, .header = h,
                                     .peaks = &s->peaks, .n_methods = s->inputs.n_methods,
                                     .n_components = s->spec.inputs.n_attribution,
                                     .max_bins = AVO_WINDOW_BINS, .threshold = threshold(s)};

    if (!s->spec.peaks)
        return 0;
    if (avo_peaks_read(&s->peaks, h, &ask, pool_of(s), err) < 0)
        return -1;
    s->variable = avo_variable_new(&spec, pool_of(s), err);
    return s->variable ? 0 : -1;
}

static int open_browser(struct avo_scoring *s, struct avo_error *err)
{
    const struct avo_header *h = avo_inputs_header(&s->inputs);
    size_t n_methods = s->inputs.chosen.n_imputed + 1;    /* the imputed ones and the mean */
    size_t *methods = avo_alloc(n_methods, sizeof *methods, "methods", err);
    struct avo_browser_spec spec = {.chosen = &s->inputs.chosen, .regions = &s->inputs.busiest,
                                    .n_regions = 1, .methods = methods, .n_methods = n_methods,
                                    .max_tracks = 8};
    struct avo_extent *asked = NULL;
    int rc = methods ? 0 : -1;

    for (size_t m = 0; rc == 0 && m < n_methods; m++)
        methods[m] = m;
    if (rc == 0 && s->spec.show) {
        rc = avo_regions_select(h, &(struct avo_region_ask){.region = s->spec.show}, &asked,
                                &spec.n_regions, err);
        spec.regions = asked;
    }
    if (rc == 0)
        s->browser = avo_browser_new(&spec, err);
    free(asked);
    free(methods);
    return s->browser ? 0 : -1;
}

static int open_pictures(struct avo_scoring *s, struct avo_error *err)
{
    size_t n_methods = s->inputs.chosen.n_imputed + 1;    /* and the mean beside them */

    if (!s->spec.pictures)
        return 0;
    s->density = avo_density_new(&s->inputs.chosen, n_methods, s->spec.inputs.score_raw,
                                 pool_of(s), err);
    return s->density ? open_browser(s, err) : -1;
}

static int name_auxiliary(struct avo_scoring *s, const struct avo_header *h, struct avo_error *err)
{
    s->aux = avo_alloc(h->n_tracks, sizeof *s->aux, "tracks", err);
    if (!s->aux)
        return -1;
    for (size_t i = 0; i < h->n_tracks; i++)
        s->aux[i] = (struct avo_relation_aux){h->tracks[i].celltype, h->tracks[i].assay};
    return 0;
}

static int open_relations(struct avo_scoring *s, struct avo_error *err)
{
    const struct avo_header *h = s->inputs.auxiliary != NULL
        ? avo_tracks_in_header(s->inputs.auxiliary) : NULL;
    struct avo_relations_spec spec = {.table = &s->relation_table,
                                      .genes = &s->elements[AVO_GENES],
                                      .header = avo_inputs_header(&s->inputs),
                                      .chosen = &s->inputs.chosen,
                                      .n_methods = s->inputs.n_methods,
                                      .rule = s->rules[AVO_PROMOTERS]};

    if (!s->spec.genes)
        return 0;
    if ((s->spec.relations != NULL
         ? avo_relation_table_read(&s->relation_table, s->spec.relations, err)
         : avo_relation_table_builtin(&s->relation_table, err)) < 0)
        return -1;
    if (h && name_auxiliary(s, h, err) < 0)
        return -1;
    spec.aux = s->aux;
    spec.n_aux = h ? h->n_tracks : 0;
    s->relations = avo_relations_new(&spec, pool_of(s), err);
    return s->relations ? 0 : -1;
}

static int open_swaps(struct avo_scoring *s, struct avo_error *err)
{
    size_t n = s->spec.swaps ? s->inputs.chosen.n_imputed : 0;

    if (n == 0)
        return 0;
    s->swaps = avo_alloc(n, sizeof *s->swaps, "swap checks", err);
    for (size_t m = 0; s->swaps && m < n; m++) {
        struct avo_swap_spec spec = {&s->inputs.chosen, avo_inputs_header(&s->inputs), m,
                                     AVO_WINDOW_BINS};

        if (!(s->swaps[m] = avo_swap_new(&spec, pool_of(s), err)))
            return -1;
    }
    return s->swaps ? 0 : -1;
}

int avo_scoring_open(struct avo_scoring *s, const struct avo_scoring_spec *spec,
                     void (*progress)(void *arg, uint64_t done, uint64_t total), void *arg,
                     struct avo_error *err)
{
    s->spec = *spec;
    if (avo_inputs_open(&s->inputs, &spec->inputs, progress, arg, err) < 0 ||
        read_regions(s, err) < 0 || open_variable(s, err) < 0 || open_relations(s, err) < 0 ||
        open_swaps(s, err) < 0 || open_pictures(s, err) < 0)
        return -1;
    if (!(s->eval = open_eval(s, err)))
        return -1;
    if (s->spec.exclude && !s->spec.challenge && !(s->kept = open_eval(s, err)))
        return -1;
    return 0;
}

static void free_weights(struct avo_scoring *s)
{
    for (int k = 0; k < AVO_VARIANCE; k++) {
        free(s->weights[k]);
        s->weights[k] = NULL;
    }
}

void avo_scoring_release(struct avo_scoring *s)
{
    free(s->notes);
    free_weights(s);
    avo_eval_free(s->eval);
    avo_eval_free(s->kept);
    for (size_t m = 0; s->swaps && m < s->inputs.chosen.n_imputed; m++)
        avo_swap_free(s->swaps[m]);
    avo_variable_free(s->variable);
    avo_relations_free(s->relations);
    avo_relation_table_release(&s->relation_table);
    avo_density_free(s->density);
    avo_browser_free(s->browser);
    avo_peaks_release(&s->peaks);
    for (int k = 0; k < AVO_VARIANCE; k++)
        avo_elements_release(&s->elements[k]);
    avo_inputs_release(&s->inputs);
    free(s->aux);
    free(s->swaps);
    free(s->excluded);
    free(s->skip);
    free(s->chroms);
    memset(s, 0, sizeof *s);
}

/* ---- windows ---- */

static int end_chrom(struct avo_scoring *s, struct avo_error *err)
{
    free_weights(s);
    if (avo_eval_end(s->eval, err) < 0)
        return -1;
    return s->kept ? avo_eval_end(s->kept, err) : 0;
}

static int begin_chrom(struct avo_scoring *s, uint32_t chrom, struct avo_error *err)
{
    const struct avo_header *h = avo_inputs_header(&s->inputs);
    struct avo_eval_chrom c = {.n_bins = avo_side_by_side_chrom_bins(s->inputs.side_by_side,
                                                                     chrom)};

    if (s->n_chroms > 0 && s->chroms[s->n_chroms - 1] == chrom)
        return 0;
    if (s->n_chroms > 0 && end_chrom(s, err) < 0)
        return -1;
    if (avo_grow(&s->chroms, &s->cap_chroms, s->n_chroms + 1, sizeof *s->chroms, "chromosomes",
                 err) < 0)
        return -1;
    s->chroms[s->n_chroms++] = chrom;
    for (int k = 0; k < AVO_VARIANCE; k++) {
        if (s->elements[k].n > 0 &&
            avo_region_weights(h, &s->elements[k], &s->rules[k], chrom, s->spec.once,
                               &s->weights[k], err) < 0)
            return -1;
        c.weights[k] = s->weights[k];
    }
    if (avo_eval_begin(s->eval, &c, err) < 0)
        return -1;
    return s->kept ? avo_eval_begin(s->kept, &c, err) : 0;
}

static int add_scores(struct avo_scoring *s, const struct avo_window *w, struct avo_error *err)
{
    const uint8_t *const *peaks = s->variable ? avo_variable_peaks(s->variable) : NULL;

    if (s->skip)
        fill_skip(s, w);
    if (avo_eval_add(s->eval, w, peaks, s->spec.challenge ? s->skip : NULL, err) < 0)
        return -1;
    return s->kept ? avo_eval_add(s->kept, w, peaks, s->skip, err) : 0;
}

static int add_window(struct avo_scoring *s, const struct avo_window *w,
                      const struct avo_inputs_extra *extra, struct avo_error *err)
{
    if (begin_chrom(s, w->chrom, err) < 0)
        return -1;
    if (s->variable)
        avo_variable_add(s->variable, w, extra->attribution);
    if (s->relations && avo_relations_add(s->relations, w, extra->auxiliary, err) < 0)
        return -1;
    for (size_t m = 0; s->swaps && m < s->inputs.chosen.n_imputed; m++)
        if (avo_swap_add(s->swaps[m], w, err) < 0)
            return -1;
    if (s->density && avo_density_add(s->density, w, err) < 0)
        return -1;
    if (s->browser && avo_browser_add(s->browser, w, err) < 0)
        return -1;
    return add_scores(s, w, err);
}

static int finish(struct avo_scoring *s, struct avo_error *err)
{
    if (s->n_chroms == 0)
        return avo_error_set(err, "%s: there are no bins to score",
                             avo_tracks_in_name(s->inputs.observed));
    if (end_chrom(s, err) < 0 || avo_eval_finish(s->eval, err) < 0)
        return -1;
    if (s->kept && avo_eval_finish(s->kept, err) < 0)
        return -1;
    if (s->variable)
        avo_variable_finish(s->variable);
    return s->relations ? avo_relations_finish(s->relations, err) : 0;
}

int avo_scoring_step(struct avo_scoring *s, struct avo_error *err)
{
    struct avo_window w;
    struct avo_inputs_extra extra;
    uint32_t n_present = 0;
    int rc = avo_inputs_next(&s->inputs, &w, &extra, &n_present, err);

    if (rc < 0)
        return -1;
    if (rc == 0)
        return finish(s, err);
    s->n_bins += n_present;
    return add_window(s, &w, &extra, err) < 0 ? -1 : 1;
}
