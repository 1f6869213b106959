/* SPDX-License-Identifier: MIT */
/* baseline.c: see baseline.h. */
#include "libcommon/impute/baseline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/digest.h"
#include "libcommon/model/other_means.h"
#include "libcommon/model/signal.h"

enum { CHUNK = 2048 };      /* bins at a time: what is added up stays in the cache */

struct target {
    size_t n;
    struct avo_other_track *others;     /* [n] inputs of the assay in other cell types */
};

struct avo_means {
    bool scaled;
    size_t n_targets;
    struct target *targets;             /* [n_targets] of the list that was chosen */
    struct avo_depth_track *depths;     /* [n_seen] */
};

void avo_means_free(struct avo_means *m)
{
    if (!m)
        return;
    for (size_t i = 0; m->targets && i < m->n_targets; i++)
        free(m->targets[i].others);
    free(m->targets);
    free(m->depths);
    free(m);
}

const char *avo_baseline_word(enum avo_baseline_kind kind)
{
    static const char *const words[] = {NULL, "mean", "scaled-mean"};
    return words[kind];
}

/* ---- the names of the signal ---- */

struct names { char **celltypes, **assays; uint32_t n_celltypes, n_assays; };

static void add_name(char **names, uint32_t *n, char *name)
{
    for (uint32_t i = 0; i < *n; i++)
        if (!strcmp(names[i], name))
            return;
    names[(*n)++] = name;
}

/* Those of measured tracks; strings are borrowed. */
static int find_names(struct names *l, const struct avo_header *h, struct avo_error *err)
{
    l->celltypes = avo_alloc(h->n_tracks, sizeof *l->celltypes, "names", err);
    l->assays = avo_alloc(h->n_tracks, sizeof *l->assays, "names", err);
    if (!l->celltypes || !l->assays)
        return -1;
    for (size_t i = 0; i < h->n_tracks; i++) {
        if (h->tracks[i].imputed)
            continue;
        add_name(l->celltypes, &l->n_celltypes, h->tracks[i].celltype);
        add_name(l->assays, &l->n_assays, h->tracks[i].assay);
    }
    return 0;
}

/* Header of the model: the measured tracks are what it knows, for training unless it says so. */
static int model_header(struct avo_header *to, const struct avo_header *h, struct avo_error *err)
{
    struct avo_header tracks = {.n_tracks = 0};
    if (avo_header_copy(to, h, err))
        return -1;
    tracks.tracks = to->tracks;
    tracks.n_tracks = to->n_tracks;
    to->tracks = NULL;
    to->n_tracks = 0;
    avo_header_release(&tracks);
    for (size_t i = 0; i < h->n_tracks; i++) {
        const struct avo_track *t = &h->tracks[i];
        enum avo_role role = t->role == AVO_ROLE_UNSET ? AVO_ROLE_TRAIN : t->role;
        if (!t->imputed && !avo_header_add_track(to, t->celltype, t->assay, role, err))
            return -1;
    }
    return 0;
}

static int make_model(struct avo_model *m, const struct avo_header *h, struct avo_error *err)
{
    struct avo_header header = {.n_tracks = 0};
    struct names l = {.n_celltypes = 0};
    uint32_t hidden = 1;
    int rc = find_names(&l, h, err) || model_header(&header, h, err) ||
             avo_model_new(m, &header, &hidden, 1, l.celltypes, l.n_celltypes, l.assays,
                           l.n_assays, err) ? -1 : 0;
    m->header.content = AVO_CONTENT_SIGNAL;
    for (uint32_t a = 0; !rc && a < m->n_assays; a++) {     /* no range: nothing is clipped */
        m->range[2 * a] = 1;
        m->range[2 * a + 1] = 0;
    }
    avo_header_release(&header);
    free(l.celltypes);
    free(l.assays);
    return rc;
}

/* Of the kind, the inputs and their bins. */
static void identify(struct avo_observed_input *in, enum avo_baseline_kind kind)
{
    const struct avo_header *h = &in->header;
    uint8_t head[6] = {(uint8_t)kind, (uint8_t)h->transform};
    struct avo_digest d;
    for (int i = 0; i < 4; i++)
        head[2 + i] = (uint8_t)(h->bin_bp >> 8 * i);
    avo_digest_init(&d);
    avo_digest_add(&d, head, sizeof head);
    for (uint32_t i = 0; i < in->n_seen; i++) {
        const struct avo_track *t = &h->tracks[in->columns[i]];
        avo_digest_add(&d, t->celltype, strlen(t->celltype) + 1);
        avo_digest_add(&d, t->assay, strlen(t->assay) + 1);
    }
    avo_digest_hex(&d, in->model.header.root_id);
}

/* ---- depths ---- */

struct depth_job {
    const struct avo_observed_input *in;
    const struct avo_signal *x;         /* of a tile */
    double *square;                     /* [n_seen] sums */
    uint64_t *n;                        /* [n_seen] */
};

static void depth_task(void *arg, int i, int worker)
{
    const struct depth_job *job = arg;
    float v[CHUNK];
    double sum = 0;
    (void)worker;
    for (uint32_t at = 0; at < job->x->n_bins; at += CHUNK) {
        uint32_t n = job->x->n_bins - at < CHUNK ? job->x->n_bins - at : CHUNK;
        avo_signal_column(job->x, job->in->columns[i], at, n, v);
        avo_depth_sum(v, n, &job->n[i], &sum, &job->square[i]);
    }
}

static int read_tiles(struct depth_job *job, struct avo_signal *x, struct avo_pool *pool,
                      struct avo_error *err)
{
    struct avo_join *j = avo_join_open(job->in->paths, job->in->n_paths, err);
    struct avo_tile tile;
    struct avo_head head;
    int more = j ? 1 : -1;
    while (more > 0 && (more = avo_join_next(j, &head, err)) > 0) {
        if (head.type != AVO_REC_SIGNAL)
            continue;
        if (avo_join_signal(j, &tile, err)) {
            more = -1;
            break;
        }
        avo_signal_clear(x, tile.dtype);
        if (avo_signal_append(x, tile.values, tile.span.n_bins, err))
            more = -1;
        else
            avo_pool_run(pool, (int)job->in->n_seen, depth_task, job);
    }
    avo_join_close(j);
    return more;
}

/* The root mean square of every input, over all bins. */
static int measure_depths(struct avo_observed_input *in, struct avo_pool *pool,
                          struct avo_error *err)
{
    struct avo_signal x = {.n_tracks = (uint32_t)in->header.n_tracks};
    struct depth_job job = {.in = in, .x = &x};
    job.square = avo_alloc(in->n_seen, sizeof *job.square, "depths", err);
    job.n = avo_alloc(in->n_seen, sizeof *job.n, "depths", err);
    int rc = job.square && job.n ? read_tiles(&job, &x, pool, err) : -1;
    for (uint32_t i = 0; !rc && i < in->n_seen; i++)
        in->means->depths[i].rms = job.n[i] ? sqrt(job.square[i] / (double)job.n[i]) : 0;
    avo_signal_release(&x);
    free(job.square);
    free(job.n);
    return rc;
}

static int make_depths(struct avo_observed_input *in, struct avo_pool *pool,
                       struct avo_error *err)
{
    struct avo_means *m = in->means;
    if (!in->can_reopen) {
        avo_error_hint(err, "give the signal as files");
        return avo_error_set(err, "the scaled mean needs the depth of all tracks first, and a pipe "
                             "cannot be read twice");
    }
    if (!(m->depths = avo_alloc(in->n_seen, sizeof *m->depths, "depths", err)))
        return -1;
    for (uint32_t i = 0; i < in->n_seen; i++) {
        m->depths[i].celltype = in->seen[i].celltype;
        m->depths[i].assay = in->seen[i].assay;
    }
    return measure_depths(in, pool, err);
}

int avo_baseline_open(struct avo_observed_input *in, enum avo_baseline_kind kind,
                      char *const *paths, size_t n_paths, struct avo_pool *pool,
                      struct avo_error *err)
{
    if (avo_observed_begin(in, paths, n_paths, err) || make_model(&in->model, &in->header, err))
        return -1;
    in->sees_valid = true;
    if (avo_observed_inputs(in, err) ||
        !(in->means = avo_alloc(1, sizeof *in->means, "tracks", err)))
        return -1;
    identify(in, kind);
    in->means->scaled = kind == AVO_BASELINE_SCALED_MEAN;
    return in->means->scaled ? make_depths(in, pool, err) : 0;
}

/* ---- what each track is the mean of ---- */

static int find_others(struct target *t, const struct avo_observed_input *in,
                       struct avo_pair pair, struct avo_error *err)
{
    t->others = avo_alloc(in->n_seen, sizeof *t->others, "tracks", err);
    for (uint32_t u = 0; t->others && u < in->n_seen; u++)
        if (in->seen[u].assay == pair.assay && in->seen[u].celltype != pair.celltype)
            t->others[t->n++] = (struct avo_other_track){u, 1};
    return t->others ? 0 : -1;
}

/* Of the depths all but the track's own may be known. */
static int find_ratios(struct avo_observed_input *in, struct target *t, struct avo_pair pair,
                       bool *defined, struct avo_error *err)
{
    const struct avo_model *m = &in->model;
    struct avo_depth_track *d = in->means->depths;
    double *scale = avo_alloc(m->n_celltypes, sizeof *scale, "cell types", err);
    size_t *component = avo_alloc(m->n_celltypes, sizeof *component, "cell types", err);
    for (uint32_t u = 0; u < in->n_seen; u++)
        d[u].is_train = d[u].celltype != pair.celltype || d[u].assay != pair.assay;
    int rc = scale && component
        ? avo_other_ratios(d, in->n_seen, m->n_celltypes, m->n_assays, pair.celltype, t->others,
                           t->n, scale, component, defined, err) : -1;
    free(scale);
    free(component);
    return rc;
}

static int cannot_scale(const struct avo_observed_input *in, struct avo_pair p,
                        struct avo_error *err)
{
    avo_error_hint(err, "--model mean does not need it");
    return avo_error_set(err, "%s:%s has no scaled mean: no other track of the signal tells how "
                         "deep the cell type is", in->model.celltypes[p.celltype],
                         in->model.assays[p.assay]);
}

int avo_baseline_choose(struct avo_observed_input *in, struct avo_wanted_list *l, bool named,
                        size_t *n_dropped, struct avo_error *err)
{
    struct avo_means *m = in->means;
    *n_dropped = 0;
    if (!(m->targets = avo_alloc(l->n, sizeof *m->targets, "tracks", err)))
        return -1;
    for (size_t i = 0; i < l->n; i++) {
        struct target *t = &m->targets[m->n_targets++];
        bool defined = true;
        if (find_others(t, in, l->at[i].pair, err) ||
            (m->scaled && find_ratios(in, t, l->at[i].pair, &defined, err)))
            return -1;
        if (!defined && named)
            return cannot_scale(in, l->at[i].pair, err);
        if (defined) {
            l->at[m->n_targets - 1] = l->at[i];
            continue;
        }
        free(t->others);
        *t = (struct target){0, NULL};
        m->n_targets--;
        ++*n_dropped;
    }
    l->n = m->n_targets;
    return l->n ? 0 : avo_error_set(err, "no track has a scaled mean: no cell type can be compared "
                                    "with others");
}

/* ---- predicting ---- */

struct mean_job {
    const struct avo_means *m;
    uint32_t first, n_bins;
    const float *x;
    float *out;
};

static void add_counts(double *count, const float *x, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        count[i] += !isnan(x[i]);
}

static void mean_task(void *arg, int i, int worker)
{
    const struct mean_job *job = arg;
    const struct target *t = &job->m->targets[job->first + (uint32_t)i];
    float *out = job->out + (size_t)i * job->n_bins;
    (void)worker;
    for (uint32_t at = 0; at < job->n_bins; at += CHUNK) {
        uint32_t n = job->n_bins - at < CHUNK ? job->n_bins - at : CHUNK;
        double sum[CHUNK] = {0}, count[CHUNK] = {0};
        for (size_t u = 0; u < t->n; u++) {
            const float *x = job->x + t->others[u].track * job->n_bins + at;
            avo_other_add(sum, x, t->others[u].ratio, n);
            add_counts(count, x, n);
        }
        for (uint32_t k = 0; k < n; k++)
            out[at + k] = count[k] > 0 ? (float)(sum[k] / count[k]) : 0;
    }
}

void avo_means_predict(const struct avo_means *m, uint32_t first, uint32_t n, const float *x,
                       uint32_t n_bins, struct avo_pool *pool, float *out)
{
    struct mean_job job = {m, first, n_bins, x, out};
    avo_pool_run(pool, (int)n, mean_task, &job);
}
