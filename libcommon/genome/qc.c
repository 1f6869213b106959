/* SPDX-License-Identifier: MIT */
/* qc.c: coverage, depth, saturation and outlying depth of tracks. */
#include "libcommon/genome/qc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/genome/region.h"

/* A median of fewer says nothing about the one in question. */
#define MIN_GROUP 4

struct job {
    struct avo_compendium *c;
    const struct avo_header *h;
    struct avo_extent *extents;     /* asked for, less excluded */
    size_t n_extents;
    struct avo_qc *qc;
    struct avo_bin_means *workers;  /* [n_workers] */
    int n_workers;
};

/* mean and rms hold sums until the track is through. An uncovered bin is 0 in every transform. */
static void take_piece(struct avo_qc *q, const struct avo_bin_means *b, uint32_t n_bins,
                       uint32_t bin_bp, enum avo_transform transform)
{
    q->n_bins += n_bins;
    q->total_bp += (uint64_t)n_bins * bin_bp;
    for (uint32_t i = 0; i < n_bins; i++) {
        if (b->covered_bp[i] == 0)
            continue;
        double x = b->mean[i], y = (double)avo_transform_apply(transform, x);
        q->n_covered++;
        q->covered_bp += b->covered_bp[i];
        q->mean += x;
        q->rms += y * y;
        if (q->n_covered == 1 || x > q->max) {
            q->max = x;
            q->n_at_max = 0;
        }
        q->n_at_max += x >= q->max;
    }
}

static int read_track(const struct job *job, struct avo_bin_means *b, size_t column,
                      struct avo_error *err)
{
    struct avo_qc *q = &job->qc[column];
    *q = (struct avo_qc){.max = (double)NAN};
    for (size_t i = 0; i < job->n_extents; i++) {
        const struct avo_extent *e = &job->extents[i];
        struct avo_bin_range piece, rest = {job->h->chroms[e->chrom].name, job->h->bin_bp,
                                            e->beg_bin, e->end_bin - e->beg_bin, false};
        while (avo_bin_range_piece(&rest, &piece)) {
            if (avo_compendium_read(job->c, column, &piece, b, err))
                return -1;
            take_piece(q, b, piece.n_bins, piece.bin_bp, job->h->transform);
        }
    }
    if (q->n_bins > 0) {
        q->mean /= (double)q->n_bins;
        q->rms = sqrt(q->rms / (double)q->n_bins);
    }
    return 0;
}

static int qc_task(void *arg, int i, int worker, struct avo_error *err)
{
    struct job *job = arg;
    int rc = read_track(job, &job->workers[worker], (size_t)i, err);
    avo_compendium_rest(job->c, (size_t)i);
    return rc;
}

/* ---- outliers ---- */

static int double_cmp(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *x, size_t n)
{
    qsort(x, n, sizeof *x, double_cmp);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

static double log_depth(const struct avo_qc *q)
{
    return q->mean > 0 ? log2(q->mean) : (double)NAN;
}

static bool in_group(const struct avo_track *a, const struct avo_track *b, bool of_assay)
{
    return strcmp(of_assay ? a->assay : a->celltype, of_assay ? b->assay : b->celltype) == 0;
}

/* Modified z-score of track i's log depth within its group (Iglewicz and Hoaglin 1993):
 * 0.6745 (x - median) / MAD. x [n_tracks] is scratch. */
static double group_z(const struct avo_header *h, const struct avo_qc *qc, size_t i, bool of_assay,
                      double *x)
{
    double mine = log_depth(&qc[i]);
    size_t n = 0;
    for (size_t j = 0; j < h->n_tracks; j++)
        if (in_group(&h->tracks[i], &h->tracks[j], of_assay) && !isnan(log_depth(&qc[j])))
            x[n++] = log_depth(&qc[j]);
    if (n < MIN_GROUP || isnan(mine))
        return (double)NAN;
    double mid = median(x, n);
    for (size_t j = 0; j < n; j++)
        x[j] = fabs(x[j] - mid);
    double mad = median(x, n);
    if (mad > 0)
        return 0.6745 * (mine - mid) / mad;
    return mine > mid ? (double)INFINITY : mine < mid ? -(double)INFINITY : 0.0;
}

static int score_outliers(const struct avo_header *h, struct avo_qc *qc, struct avo_error *err)
{
    double *x = avo_alloc(h->n_tracks, sizeof *x, "depths", err);
    if (!x)
        return -1;
    for (size_t i = 0; i < h->n_tracks; i++) {
        qc[i].z_celltype = group_z(h, qc, i, false, x);
        qc[i].z_assay = group_z(h, qc, i, true, x);
    }
    free(x);
    return 0;
}

/* ---- all tracks ---- */

static int workers_init(struct job *job, int n, struct avo_error *err)
{
    job->workers = avo_alloc((size_t)n, sizeof *job->workers, "workers", err);
    if (!job->workers)
        return -1;
    job->n_workers = n;
    for (int i = 0; i < n; i++)
        if (avo_bin_means_init(&job->workers[i], AVO_PIECE_BINS, err))
            return -1;
    return 0;
}

static void workers_release(struct job *job)
{
    for (int i = 0; i < job->n_workers; i++)
        avo_bin_means_release(&job->workers[i]);
    free(job->workers);
}

int avo_qc_read(struct avo_compendium *c, const struct avo_header *h,
                const struct avo_slab_options *opt, struct avo_pool *pool, struct avo_qc *qc,
                struct avo_error *err)
{
    struct job job = {.c = c, .h = h, .qc = qc};
    int rc = workers_init(&job, avo_pool_size(pool), err);
    if (rc == 0)
        rc = avo_extents_subtract(h->extents, h->n_extents, opt->excluded, opt->n_excluded,
                                  &job.extents, &job.n_extents, err);
    if (rc == 0)
        rc = avo_pool_try(pool, (int)c->n_columns, qc_task, &job, err);
    if (rc == 0)
        rc = score_outliers(h, qc, err);
    free(job.extents);
    workers_release(&job);
    return rc;
}
