/* SPDX-License-Identifier: MIT */
/* impute_out.c: imputed values as SIGNAL records, bedGraph lines or bigWigs. */
#include "libcommon/impute/impute_out.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/half.h"
#include "libcommon/base/text_out.h"
#include "libcommon/genome/bwwrite.h"

#define PART_BYTES ((uint64_t)64 << 20) /* predictions held at once */
#define SPARE_FILES 48u                 /* descriptors left for models and libraries */
/* Memory of a bigWig being written: fixed, for its index, and while zoom levels are built. */
#define BIGWIG_BYTES ((uint64_t)1 << 20)
#define BINS_PER_INDEX_BYTE 4u
#define ZOOM_BYTES_PER_BIN 1u

/* A run of equal values that is still growing. */
struct bedgraph {
    struct avo_out out;
    bool has_run;
    uint32_t chrom, beg_bin, end_bin;
    float value;
};

struct avo_sink {
    const struct avo_impute_job *job;
    const struct avo_model *m;
    uint32_t first, n;
    struct avo_writer *writer;
    uint8_t *values;                /* [bins][n] of a SIGNAL record */
    size_t cap_values;
    struct bedgraph *beds;          /* [n] */
    struct avo_bwwriter **bigwigs;  /* [n] */
    struct avo_imputed *part;       /* what the tasks work on */
};

/* Of a record stream's values. */
static enum avo_dtype dtype_of(const struct avo_header *h)
{
    return h->transform == AVO_NONE ? AVO_F32 : AVO_F16;
}

/* ---- bounds ---- */

uint32_t avo_sink_max_tracks(const struct avo_impute_job *job)
{
    struct rlimit lim;
    uint64_t files = UINT32_MAX, bins = 0, each = AVO_OUT_BUFFER + 4096, shared = 0, fit;
    const struct avo_header *h = job->header;
    if (job->format == AVO_IMPUTE_AVO)
        return UINT32_MAX;
    for (size_t i = 0; i < h->n_extents; i++)
        bins += h->extents[i].end_bin - h->extents[i].beg_bin;
    if (job->format == AVO_IMPUTE_BIGWIG) {
        each = BIGWIG_BYTES + bins / BINS_PER_INDEX_BYTE;
        shared = (uint64_t)avo_pool_size(job->pool) * bins * ZOOM_BYTES_PER_BIN;
    }
    if (!getrlimit(RLIMIT_NOFILE, &lim) && lim.rlim_cur != RLIM_INFINITY)
        files = lim.rlim_cur > SPARE_FILES ? lim.rlim_cur - SPARE_FILES : 1;
    if (job->format == AVO_IMPUTE_BIGWIG)
        files /= 2;                 /* the writer's, and the one that holds the lock */
    fit = job->max_memory > shared ? (job->max_memory - shared) / each : 0;
    fit = fit < files ? fit : files;
    return fit < 1 ? 1 : fit < UINT32_MAX ? (uint32_t)fit : UINT32_MAX;
}

uint32_t avo_sink_part_bins(const struct avo_impute_job *job)
{
    uint32_t coarse = job->header->coarse_bins, groups = 40000 / coarse;
    uint64_t row = (uint64_t)job->wanted->n * sizeof(float);
    row *= job->attribution ? job->attribution->n_blocks : 1;
    row *= job->intervals ? 3 : 1;
    groups = groups ? groups : 1;
    while (groups > 1 && groups * (uint64_t)coarse * row > PART_BYTES)
        groups /= 2;
    return groups * coarse;
}

/* ---- range ---- */

void avo_sink_no_spread(const struct avo_impute_job *job)
{
    for (size_t i = 0; job->spread && i < job->wanted->n; i++) {
        job->spread[2 * i] = INFINITY;
        job->spread[2 * i + 1] = -INFINITY;
    }
}

static void note_value(float *spread, float v)
{
    spread[0] = v < spread[0] ? v : spread[0];
    spread[1] = v > spread[1] ? v : spread[1];
}

bool avo_sink_clip(const struct avo_impute_job *job, const struct avo_model *m, size_t i, float *v,
                   uint32_t n)
{
    const float *range = m->range + 2 * (size_t)job->wanted->at[i].pair.assay;
    bool has_range = job->clip && !job->attribution && range[0] <= range[1];
    float *spread = job->attribution || !job->spread ? NULL : job->spread + 2 * i;
    for (uint32_t k = 0; k < n; k++) {
        if (!isfinite(v[k]))
            return false;
        if (spread)
            note_value(spread, v[k]);
        if (has_range)
            v[k] = v[k] < range[0] ? range[0] : v[k] > range[1] ? range[1] : v[k];
    }
    return true;
}

/* ---- opening ---- */

static const char *celltype_of(const struct avo_sink *s, uint32_t i)
{
    return s->m->celltypes[s->job->wanted->at[s->first + i].pair.celltype];
}

static const char *assay_of(const struct avo_sink *s, uint32_t i)
{
    return s->m->assays[s->job->wanted->at[s->first + i].pair.assay];
}

static int open_file(struct avo_sink *s, uint32_t i, struct avo_error *err)
{
    const char *output = s->job->output;
    char *path = avo_impute_path(output ? output : "-", celltype_of(s, i), assay_of(s, i), err);
    int rc = -1;
    if (path && s->bigwigs)
        rc = (s->bigwigs[i] = avo_bwwriter_open(path, s->job->header, err)) ? 0 : -1;
    if (path && s->beds)
        rc = avo_out_open(&s->beds[i].out, path, NULL, err);
    free(path);
    return rc;
}

static int open_files(struct avo_sink *s, struct avo_error *err)
{
    bool bed = s->job->format == AVO_IMPUTE_BEDGRAPH;
    if (bed)
        s->beds = avo_alloc(s->n, sizeof *s->beds, "outputs", err);
    else
        s->bigwigs = avo_alloc(s->n, sizeof *s->bigwigs, "outputs", err);
    if (!s->beds && !s->bigwigs)
        return -1;
    for (uint32_t i = 0; bed && i < s->n; i++)
        s->beds[i].out.fd = -1;
    for (uint32_t i = 0; i < s->n; i++)
        if (open_file(s, i, err))
            return -1;
    return 0;
}

struct avo_sink *avo_sink_open(const struct avo_impute_job *job, const struct avo_model *m,
                               uint32_t first, uint32_t n, struct avo_error *err)
{
    struct avo_sink *s = avo_alloc(1, sizeof *s, "output", err);
    if (!s)
        return NULL;
    s->job = job;
    s->m = m;
    s->first = first;
    s->n = n;
    int rc;
    if (job->format != AVO_IMPUTE_AVO) {
        rc = open_files(s, err);
    } else {
        s->writer = avo_writer_open(job->output, job->header, false, "-O bedgraph", err);
        rc = s->writer ? 0 : -1;
    }
    if (!rc)
        return s;
    avo_sink_free(s);
    return NULL;
}

/* ---- errors at a value ---- */

static uint32_t bin_of(const struct avo_span *span, uint32_t i)
{
    uint32_t r = 0;
    for (; i >= span->runs[r].n_bins; r++)
        i -= span->runs[r].n_bins;
    return span->runs[r].beg_bin + i;
}

static int too_large(const struct avo_sink *s, const struct avo_imputed *p, uint32_t track,
                     uint32_t i, float value, const char *what, struct avo_error *err)
{
    const struct avo_header *h = s->job->header;
    if (!s->job->clip)
        avo_error_hint(err, "without --no-clip values stay in the range of the training data");
    return avo_error_set(err, "%s:%s at %s:%" PRIu64 ": the value %g (model space) is too large "
                         "for %s", celltype_of(s, track), assay_of(s, track),
                         h->chroms[p->span.chrom].name,
                         (uint64_t)bin_of(&p->span, i) * h->bin_bp + 1, (double)value, what);
}

/* ---- SIGNAL ---- */

static int pack_halves(struct avo_sink *s, const struct avo_imputed *p, struct avo_error *err)
{
    uint16_t half[1024], *out = (uint16_t *)(void *)s->values;
    for (uint32_t t = 0; t < p->n_tracks; t++) {
        const float *v = p->values + (size_t)t * p->span.n_bins;
        for (uint32_t at = 0; at < p->span.n_bins; at += 1024) {
            uint32_t n = p->span.n_bins - at < 1024 ? p->span.n_bins - at : 1024;
            avo_half_pack(half, v + at, n);
            for (uint32_t i = 0; i < n; i++) {
                if ((half[i] & 0x7fff) >= 0x7c00)
                    return too_large(s, p, t, at + i, v[at + i], "binary16", err);
                out[(size_t)(at + i) * p->n_tracks + t] = half[i];
            }
        }
    }
    return 0;
}

static int add_signal(struct avo_sink *s, const struct avo_imputed *p, struct avo_error *err)
{
    struct avo_tile tile = {p->span, dtype_of(s->job->header), p->n_tracks, NULL};
    size_t n = (size_t)p->span.n_bins * p->n_tracks;
    if (avo_grow(&s->values, &s->cap_values, n * avo_dtype_size(tile.dtype), 1, "signal", err))
        return -1;
    if (tile.dtype == AVO_F16 && pack_halves(s, p, err))
        return -1;
    float *out = (float *)(void *)s->values;
    for (uint32_t t = 0; tile.dtype == AVO_F32 && t < p->n_tracks; t++)
        for (uint32_t i = 0; i < p->span.n_bins; i++)
            out[(size_t)i * p->n_tracks + t] = p->values[(size_t)t * p->span.n_bins + i];
    tile.values = s->values;
    return avo_writer_signal(s->writer, &tile, err);
}

/* ---- raw signal ---- */

static int to_raw(struct avo_sink *s, struct avo_imputed *p, uint32_t t, struct avo_error *err)
{
    float *v = p->values + (size_t)t * p->span.n_bins;
    for (uint32_t i = 0; i < p->span.n_bins; i++) {
        float model = v[i];
        v[i] = (float)avo_transform_invert(s->job->header->transform, model) + 0.0f;
        if (!isfinite(v[i]))
            return too_large(s, p, t, i, model, "raw signal", err);
    }
    return 0;
}

/* The shortest text that reads back as the same float. */
static int put_value(char *out, size_t size, float x)
{
    int n = 0;
    for (int digits = 6; digits <= 9; digits++) {
        n = snprintf(out, size, "%.*g", digits, (double)x);
        if (strtof(out, NULL) == x)
            break;
    }
    return n;
}

static int put_run(struct avo_sink *s, struct bedgraph *b, struct avo_error *err)
{
    const struct avo_header *h = s->job->header;
    uint64_t end_bp = (uint64_t)b->end_bin * h->bin_bp, len_bp = h->chroms[b->chrom].len_bp;
    char value[32];
    if (!b->has_run)
        return 0;
    b->has_run = false;
    size_t n = (size_t)put_value(value, sizeof value - 1, b->value);
    value[n] = '\n';
    return avo_out_str(&b->out, h->chroms[b->chrom].name, err) ||
           avo_out_uint(&b->out, "\t", (uint64_t)b->beg_bin * h->bin_bp, err) ||
           avo_out_uint(&b->out, "\t", end_bp < len_bp ? end_bp : len_bp, err) ||
           avo_out_str(&b->out, "\t", err) || avo_out_write(&b->out, value, n + 1, err) ? -1 : 0;
}

static int add_bed_bin(struct avo_sink *s, struct bedgraph *b, uint32_t chrom, uint32_t bin,
                       float x, struct avo_error *err)
{
    if (b->has_run && b->chrom == chrom && b->end_bin == bin && b->value == x) {
        b->end_bin++;
        return 0;
    }
    if (put_run(s, b, err))
        return -1;
    b->has_run = true;
    b->chrom = chrom;
    b->beg_bin = bin;
    b->end_bin = bin + 1;
    b->value = x;
    return 0;
}

/* What --last-bin adds behind a run of bins that ends with value x. */
static int add_last_bin(struct avo_sink *s, uint32_t t, uint32_t chrom, const struct avo_run *run,
                        float x, struct avo_error *err)
{
    const struct avo_header *h = s->job->header;
    uint32_t n_bins = avo_header_chrom_bins(h, chrom);
    if (!s->job->last_bin || run->beg_bin + run->n_bins != n_bins ||
        h->chroms[chrom].len_bp % h->bin_bp == 0)
        return 0;
    return s->bigwigs ? avo_bwwriter_add_rest(s->bigwigs[t], chrom, x, err)
                      : add_bed_bin(s, &s->beds[t], chrom, n_bins, x, err);
}

static int add_file(struct avo_sink *s, struct avo_imputed *p, uint32_t t, struct avo_error *err)
{
    const float *v = p->values + (size_t)t * p->span.n_bins;
    if (to_raw(s, p, t, err))
        return -1;
    for (uint32_t r = 0; r < p->span.n_runs; v += p->span.runs[r++].n_bins) {
        const struct avo_run *run = &p->span.runs[r];
        if (s->bigwigs && avo_bwwriter_add(s->bigwigs[t], p->span.chrom, run->beg_bin,
                                           run->n_bins, v, err))
            return -1;
        for (uint32_t i = 0; s->beds && i < run->n_bins; i++)
            if (add_bed_bin(s, &s->beds[t], p->span.chrom, run->beg_bin + i, v[i], err))
                return -1;
        if (add_last_bin(s, t, p->span.chrom, run, v[run->n_bins - 1], err))
            return -1;
    }
    return 0;
}

static int finish_file(struct avo_sink *s, uint32_t t, struct avo_error *err)
{
    int rc;
    if (s->bigwigs) {
        rc = avo_bwwriter_finish(s->bigwigs[t], err);
        avo_bwwriter_free(s->bigwigs[t]);
        s->bigwigs[t] = NULL;
        return rc;
    }
    struct bedgraph *b = &s->beds[t];
    rc = put_run(s, b, err) || avo_out_finish(&b->out, err) ? -1 : 0;
    avo_out_release(&b->out);
    b->out.fd = -1;
    return rc;
}

/* One task a track: files are independent of each other. */
static int add_task(void *arg, int t, int worker, struct avo_error *err)
{
    struct avo_sink *s = arg;
    (void)worker;
    return add_file(s, s->part, (uint32_t)t, err);
}

static int finish_task(void *arg, int t, int worker, struct avo_error *err)
{
    (void)worker;
    return finish_file(arg, (uint32_t)t, err);
}

int avo_sink_add(struct avo_sink *s, struct avo_imputed *part, struct avo_error *err)
{
    if (s->writer)
        return add_signal(s, part, err);
    s->part = part;
    return avo_pool_try(s->job->pool, (int)s->n, add_task, s, err);
}

int avo_sink_finish(struct avo_sink *s, const struct avo_models *models,
                    const struct avo_join *signal, struct avo_error *err)
{
    if (!s->writer)
        return avo_pool_try(s->job->pool, (int)s->n, finish_task, s, err);
    return (models && avo_models_end_notes(models, s->writer, err)) ||
           (signal && avo_join_copy_notes(signal, s->writer, err)) ||
           avo_writer_finish(s->writer, err) ? -1 : 0;
}

void avo_sink_free(struct avo_sink *s)
{
    if (!s)
        return;
    avo_writer_free(s->writer);
    for (uint32_t i = 0; i < s->n; i++) {
        if (s->bigwigs)
            avo_bwwriter_free(s->bigwigs[i]);
        if (s->beds)
            avo_out_release(&s->beds[i].out);
    }
    free(s->bigwigs);
    free(s->beds);
    free(s->values);
    free(s);
}
