/* SPDX-License-Identifier: MIT */
/* check_observed_vectors.c: the family observed from signal to gradients against a restatement by
 * numpy (tests/oracle/make_observed_vectors.py). */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/backend/backend.h"
#include "libcommon/backend/observed_inputs.h"
#include "libcommon/model/similarity.h"
#include "libcommon/model/track_stats.h"
#include "libcommon/model/track_windows.h"
#include "tests/lib/unit/toy.h"
#include "tests/lib/unit/vectors.h"

enum { CELLS = 3, ASSAYS = 3, HIDDEN = 6, WIDTH = 4, W = 3, V = 2 * W, TRACKS = 8, TARGETS = 9,
       COLUMNS = ASSAYS * (2 * V + 1) + 3 * V, EVERY = 9, SOME = 13, BINS = AVO_OBSERVED_BINS };

static struct avo_error err;
static char *const cells[] = {"c0", "c1", "c2"}, *const assays[] = {"a0", "a1", "a2"};

struct example {
    struct avo_header header;
    struct avo_model model;
    struct avo_positions positions;
    struct avo_signal signal;
    struct avo_track_stats stats[TRACKS];
    struct avo_pair targets[TARGETS];   /* the tracks, and one that is not seen */
    bool hidden[TRACKS];
    uint32_t n_bins;
    float *v, *similar;
    size_t n_grad;
};

static double *read_n(const char *name, size_t want)
{
    size_t n;
    double *x = vector_read(name, &n);
    ck_assert_uint_eq(n, want);
    return x;
}

static void make_model(struct example *e)
{
    struct avo_model *m = &e->model;
    const uint32_t hidden = HIDDEN, widths[] = {ASSAYS * V, ASSAYS * (V + 1), 3 * V, WIDTH};
    const enum avo_block_kind kinds[] = {AVO_BLOCK_ELSEWHERE, AVO_BLOCK_OWN, AVO_BLOCK_TARGET,
                                         AVO_BLOCK_ASSAY};
    e->header = (struct avo_header){.bin_bp = 25, .mid_bins = 10, .coarse_bins = 200};
    toy_must(avo_header_add_chrom(&e->header, "chr1", 1000000, &err), &err);
    for (int k = 0; k < 4; k++)
        toy_must(avo_header_add_block(&e->header, avo_block_kind_name(kinds[k]), kinds[k],
                                      widths[k], 0, &err), &err);
    toy_must(avo_model_new(m, &e->header, &hidden, 1, cells, CELLS, assays, ASSAYS, &err), &err);
    m->observed = calloc(1, sizeof *m->observed);
    *m->observed = (struct avo_observed){.n_windows = W, .half_bins = {0, 2, 10}, .ranks = true,
                                         .similar = true};
    e->n_grad = m->n_net + ASSAYS * WIDTH + 1;
    double *theta = read_n("observed.parameters", e->n_grad);
    for (size_t i = 0; i < e->n_grad; i++)
        *(i < m->n_net ? &m->net[i]
          : i + 1 < e->n_grad ? &m->table[3][i - m->n_net] : &m->observed->count) = (float)theta[i];
    free(theta);
}

static void read_pairs(const char *name, struct avo_pair *to, size_t n)
{
    double *x = read_n(name, 2 * n);
    for (size_t i = 0; i < n; i++)
        to[i] = (struct avo_pair){(uint32_t)x[2 * i], (uint32_t)x[2 * i + 1]};
    free(x);
}

/* The two stretches, a hundred bins apart. */
static void read_signal(struct example *e)
{
    double *runs = read_n("observed.runs", 2), *hidden = read_n("observed.hidden", 1);
    for (int r = 0; r < 2; r++) {
        struct avo_run run = {(uint32_t)(r ? 200 + runs[0] : 100), (uint32_t)runs[r]};
        struct avo_span span = {.n_runs = 1, .n_bins = run.n_bins, .runs = &run};
        toy_must(avo_positions_add(&e->positions, &e->header, &span, false, &err), &err);
    }
    e->n_bins = e->positions.n_bins;
    double *x = read_n("observed.signal", TRACKS * (size_t)e->n_bins);
    e->signal = (struct avo_signal){.dtype = AVO_F32, .n_tracks = TRACKS};
    for (uint32_t i = 0; i < e->n_bins; i++) {
        float row[TRACKS];
        for (size_t t = 0; t < TRACKS; t++)
            row[t] = (float)x[t * e->n_bins + i];
        toy_must(avo_signal_append(&e->signal, row, 1, &err), &err);
    }
    e->hidden[(int)hidden[0]] = true;
    free(runs);
    free(hidden);
    free(x);
}

/* Statistics, values around the bins, both in the order of the batch. */
static void measure(struct example *e)
{
    const uint32_t columns[] = {0, 1, 2, 3, 4, 5, 6, 7};
    struct avo_track_windows w = {0};
    toy_must(avo_track_stats_measure(&e->positions, &e->signal, columns, TRACKS, NULL, e->stats,
                                     &err), &err);
    size_t n_chunks = (e->n_bins + BINS - 1) / BINS;
    e->v = calloc(n_chunks * TRACKS * V * BINS, sizeof *e->v);
    for (uint32_t t = 0; t < TRACKS; t++)
        for (uint32_t r = 0; r < e->positions.n_runs; r++) {
            const struct avo_positions_run *run = &e->positions.runs[r];
            toy_must(avo_track_windows_begin(&w, e->model.observed, &e->stats[t], &e->signal, t,
                                             run->first, run->n_bins, &err), &err);
            for (uint32_t i = run->first; i < run->first + run->n_bins; i++)
                avo_track_windows_values(&w, i - run->first, 1,
                                         e->v + ((i / BINS * TRACKS + t) * V) * BINS + i % BINS,
                                         BINS);
        }
    avo_track_windows_release(&w);
}

/* Statistics under their names, and R of all pairs. */
static void compare(struct example *e)
{
    const uint32_t columns[] = {0, 1, 2, 3, 4, 5, 6, 7};
    const struct avo_similarity_tracks tracks = {TRACKS, columns, columns};
    struct avo_observed *o = e->model.observed;
    for (uint32_t t = 0; t < TRACKS; t++) {
        e->stats[t].celltype = cells[e->targets[t].celltype];
        e->stats[t].assay = assays[e->targets[t].assay];
        toy_must(avo_observed_add(o, &e->stats[t], &err), &err);
    }
    toy_must(avo_similarity_measure(o, &e->positions, &e->signal, &tracks, NULL, &err), &err);
    e->similar = avo_similarity_matrix(o, columns, TRACKS, &err);
    ck_assert_ptr_nonnull(e->similar);
}

static void example_init(struct example *e)
{
    memset(e, 0, sizeof *e);
    make_model(e);
    read_pairs("observed.tracks", e->targets, TRACKS);
    read_pairs("observed.unseen", e->targets + TRACKS, TARGETS - TRACKS);
    read_signal(e);
    measure(e);
    compare(e);
}

static void example_release(struct example *e)
{
    avo_model_release(&e->model);
    avo_header_release(&e->header);
    avo_positions_release(&e->positions);
    avo_signal_release(&e->signal);
    free(e->v);
    free(e->similar);
}

static struct avo_observed_batch batch_of(const struct example *e, uint32_t n_targets)
{
    return (struct avo_observed_batch){
        .n_seen = TRACKS, .seen = e->targets, .hidden = e->hidden, .n_targets = n_targets,
        .targets = e->targets, .n_bins = e->n_bins, .v = e->v, .similar = e->similar};
}

static void expect(const char *what, size_t i, double got, double want, double tolerance)
{
    ck_assert_msg(isnan(want) ? isnan(got) : fabs(got - want) <= tolerance,
                  "%s %zu: %.9g, numpy has %.9g", what, i, got, want);
}

START_TEST(statistics_and_values)
{
    struct example e;
    example_init(&e);
    double *mean = read_n("observed.mean", TRACKS), *sd = read_n("observed.sd", TRACKS);
    double *values = read_n("observed.values", TRACKS * V * SOME);
    double *predicted = read_n("observed.predicted", 2);
    double *similar = read_n("observed.similar", TRACKS * TRACKS);
    for (size_t t = 0; t < TRACKS; t++) {
        expect("mean", t, (double)e.stats[t].mean, mean[t], 1e-6 * mean[t]);
        expect("sd", t, (double)e.stats[t].sd, sd[t], 1e-6 * sd[t]);
        for (size_t u = 0; u < TRACKS; u++)
            if (u != t)
                expect("R", t * TRACKS + u, (double)e.similar[t * TRACKS + u],
                       similar[t * TRACKS + u], 1e-5);
        for (size_t j = 0; j < V * SOME; j++) {
            size_t bin = j % SOME * EVERY, at = (bin / BINS * TRACKS + t) * V + j / SOME;
            double want = values[t * V * SOME + j];
            expect("value", t * V * SOME + j, (double)e.v[at * BINS + bin % BINS], want,
                   1e-5 * (1 + fabs(want)));
        }
    }
    const struct avo_pair *unseen = &e.targets[TRACKS];
    float m, s;
    toy_must(avo_track_stats_predict(e.model.observed, cells[unseen->celltype],
                                     assays[unseen->assay], &m, &s, &err), &err);
    expect("predicted mean", 0, (double)m, predicted[0], 1e-6 * predicted[0]);
    expect("predicted sd", 0, (double)s, predicted[1], 1e-6 * predicted[1]);
    free(similar);
    free(mean);
    free(sd);
    free(values);
    free(predicted);
    example_release(&e);
}
END_TEST

/* Column j of a target's inputs at bin b of a chunk, from the parts that the cpu backend has. */
static double input(const struct avo_observed_plan *p, const float *shared, const float *own,
                    uint32_t cell, uint32_t target, size_t j, size_t b)
{
    uint32_t a = p->b->targets[target].assay;
    const int32_t *tracks = p->own + (size_t)cell * ASSAYS;
    size_t n_shared = 2 * ASSAYS * V, of_a = (ASSAYS + (size_t)a) * V;
    if (j >= of_a && j < of_a + V)
        return 0;
    if (j < n_shared)
        return (double)shared[j * BINS + b];
    if (j < n_shared + ASSAYS)
        return tracks[j - n_shared] >= 0 && j - n_shared != a;
    return (double)own[(j - n_shared - ASSAYS) * BINS + b];
}

START_TEST(inputs_of_targets)
{
    struct example e;
    struct avo_observed_plan p = {0};
    float total[ASSAYS * V * BINS], shared[2 * ASSAYS * V * BINS], own[4 * V * BINS];
    example_init(&e);
    struct avo_observed_batch b = batch_of(&e, TARGETS);
    double *want = read_n("observed.inputs", TARGETS * SOME * COLUMNS);
    toy_must(avo_observed_plan_make(&p, &e.model, &b, false, &err), &err);
    for (uint32_t i = 0; i < SOME; i++) {
        const float *v = e.v + (size_t)(i * EVERY / BINS) * TRACKS * V * BINS;
        avo_observed_totals(&p, v, total);
        for (uint32_t cell = 0; cell < p.n_cells; cell++) {
            avo_observed_shared(&p, v, total, cell, shared);
            for (uint32_t o = p.target_first[cell]; o < p.target_first[cell + 1]; o++) {
                uint32_t t = p.order[o];
                avo_observed_own(&p, v, total, cell, t, own);
                for (size_t j = 0; j < COLUMNS; j++) {
                    double x = want[(t * SOME + i) * COLUMNS + j];
                    expect("input", (t * SOME + i) * COLUMNS + j,
                           input(&p, shared, own, cell, t, j, i * EVERY % BINS), x,
                           1e-5 * (1 + fabs(x)));
                }
            }
        }
    }
    avo_observed_plan_release(&p);
    free(want);
    example_release(&e);
}
END_TEST

static const struct avo_observed_ops *const backends[] = {&avo_observed_cpu_ref,
                                                          &avo_observed_cpu};

START_TEST(predictions_and_gradients)
{
    struct example e;
    example_init(&e);
    struct avo_observed_batch b = batch_of(&e, TARGETS);
    float *out = malloc((size_t)TARGETS * e.n_bins * sizeof *out);
    float *grad = malloc(e.n_grad * sizeof *grad);
    double *y = read_n("observed.predictions", TARGETS * SOME), *loss = read_n("observed.loss", 1);
    double *want = read_n("observed.gradient", e.n_grad), largest = 0, sum = 0;
    struct avo_observed_step step = {0};
    uint64_t n = 0;
    void *ctx = backends[_i]->open(&e.model, NULL, &err);
    ck_assert_ptr_nonnull(ctx);
    toy_must(backends[_i]->predict(ctx, &b, out, &err), &err);
    for (size_t i = 0; i < TARGETS * SOME; i++)
        expect("prediction", i, (double)out[i / SOME * e.n_bins + i % SOME * EVERY], y[i],
               1e-5 * (1 + fabs(y[i])));
    b.n_targets = TRACKS;
    toy_must(backends[_i]->train(ctx, &b, &step, grad, &sum, &n, &err), &err);
    expect("loss", 0, sum / (double)n, loss[0], 1e-5 * loss[0]);
    for (size_t i = 0; i < e.n_grad; i++)
        largest = fmax(largest, fabs(want[i]));
    for (size_t i = 0; i < e.n_grad; i++)
        expect("gradient", i, (double)grad[i], want[i], 1e-5 * largest);
    backends[_i]->close(ctx);
    free(out);
    free(grad);
    free(y);
    free(loss);
    free(want);
    example_release(&e);
}
END_TEST

/* The widest window is context here; the baseline's row is the mean of the rows. */
START_TEST(parts_of_predictions)
{
    struct example e;
    example_init(&e);
    struct avo_observed_batch b = batch_of(&e, TARGETS);
    size_t of_part = (size_t)TARGETS * e.n_bins;
    float *out = malloc(AVO_N_PARTS * of_part * sizeof *out), row0[WIDTH] = {0};
    double *want = read_n("observed.parts", TARGETS * AVO_N_PARTS * SOME);
    for (size_t i = 0; i < ASSAYS * WIDTH; i++)
        row0[i % WIDTH] += e.model.table[3][i] / ASSAYS;
    e.model.observed->half_bins[W - 1] = AVO_NEAR_BINS + 1;
    void *ctx = backends[_i]->open(&e.model, NULL, &err);
    ck_assert_ptr_nonnull(ctx);
    toy_must(backends[_i]->attribute(ctx, &b, row0, out, &err), &err);
    for (size_t i = 0; i < TARGETS * AVO_N_PARTS * SOME; i++) {
        size_t target = i / SOME / AVO_N_PARTS, part = i / SOME % AVO_N_PARTS;
        size_t at = part * of_part + target * e.n_bins + i % SOME * EVERY;
        expect("part", i, (double)out[at], want[i], 1e-4 * (1 + fabs(want[i])));
    }
    backends[_i]->close(ctx);
    free(out);
    free(want);
    example_release(&e);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("observed_vectors");
    TCase *c = tcase_create("observed_vectors");
    tcase_add_test(c, statistics_and_values);
    tcase_add_test(c, inputs_of_targets);
    tcase_add_loop_test(c, predictions_and_gradients, 0, 2);
    tcase_add_loop_test(c, parts_of_predictions, 0, 2);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
