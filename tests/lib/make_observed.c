/* SPDX-License-Identifier: MIT */
/* make_observed.c: a model of the family observed with random weights, for tests.
 *
 *   make_observed [-s SEED] [-w] SIGNAL MODEL       (-w: means weighted by similarity, too)
 *
 * Its root has the cell types and assays of SIGNAL's tracks of role train or of none, whose
 * statistics it holds, and every track with its role. Windows 0, 2, 10; 16 hidden units. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/log.h"
#include "libcommon/fit/memory_plan.h"
#include "libcommon/fit/setup.h"
#include "libcommon/model/elem.h"
#include "libcommon/model/model_observed.h"
#include "libcommon/model/similarity.h"
#include "libcommon/model/track_stats.h"

#define MAX 256

static struct avo_error err;

static void must(int rc)
{
    if (rc)
        exit(avo_die(&err));
}

struct input {
    struct avo_join *join;
    struct avo_positions positions;
    struct avo_signal signal;
    uint32_t n, columns[MAX];       /* training tracks */
    char *celltypes[MAX], *assays[MAX];
    uint32_t n_celltypes, n_assays;
};

static void add_name(char **names, uint32_t *n, char *name)
{
    for (uint32_t i = 0; i < *n; i++)
        if (!strcmp(names[i], name))
            return;
    names[(*n)++] = name;
}

static void read_signal(struct input *in, char *path)
{
    must((in->join = avo_join_open(&path, 1, &err)) ? 0 : -1);
    const struct avo_header *h = avo_join_header(in->join);
    in->signal.n_tracks = (uint32_t)h->n_tracks;
    for (uint32_t i = 0; i < h->n_tracks && i < MAX; i++) {
        const struct avo_track *t = &h->tracks[i];
        if (t->role == AVO_ROLE_VALID || t->role == AVO_ROLE_TEST)
            continue;
        in->columns[in->n++] = i;
        add_name(in->celltypes, &in->n_celltypes, t->celltype);
        add_name(in->assays, &in->n_assays, t->assay);
    }
    must(avo_setup_load(&in->positions, &in->signal, in->join, &(struct avo_memory_plan){0},
                        &err));
}

static void measure(const struct input *in, struct avo_observed *o)
{
    static struct avo_track_stats s[MAX];
    const struct avo_header *h = avo_join_header(in->join);
    for (uint32_t i = 0; i < in->n; i++) {
        s[i].celltype = h->tracks[in->columns[i]].celltype;
        s[i].assay = h->tracks[in->columns[i]].assay;
    }
    must(avo_track_stats_measure(&in->positions, &in->signal, in->columns, in->n, NULL, s, &err));
    for (uint32_t i = 0; i < in->n; i++)
        must(avo_observed_add(o, &s[i], &err));
    uint32_t stats[MAX];
    struct avo_similarity_tracks tracks = {in->n, in->columns, stats};
    for (uint32_t i = 0; i < in->n; i++)
        stats[i] = i;
    if (o->similar)
        must(avo_similarity_measure(o, &in->positions, &in->signal, &tracks, NULL, &err));
}

static void make_shape(const struct input *in, const struct avo_observed *o, struct avo_header *h)
{
    static const enum avo_block_kind kinds[] = {AVO_BLOCK_ELSEWHERE, AVO_BLOCK_OWN,
                                                AVO_BLOCK_TARGET};
    must(avo_header_copy(h, avo_join_header(in->join), &err));
    h->content = AVO_CONTENT_MODEL;
    for (size_t i = 0; i < h->n_tracks; i++)
        h->tracks[i].role = h->tracks[i].role ? h->tracks[i].role : AVO_ROLE_TRAIN;
    for (int k = 0; k < 3; k++)
        must(avo_header_add_block(h, avo_block_kind_name(kinds[k]), kinds[k],
                                  avo_observed_width(o, kinds[k], in->n_assays), 0, &err));
    must(avo_header_add_block(h, "assay", AVO_BLOCK_ASSAY, 4, 0, &err));
}

int main(int argc, char **argv)
{
    static struct input in;
    struct avo_observed o = {.n_windows = 3, .half_bins = {0, 2, 10}, .ranks = true, .hide = .3,
                             .n_samples = 1000};
    struct avo_hyper hyper = {.preset = "observed", .lr = 2e-3, .beta1 = .9, .beta2 = .999,
                              .eps = 1e-8, .batch = 512, .steps_per_epoch = 1, .epochs = 3,
                              .init_range = .3, .seed = 1};
    const uint32_t hidden = 16;
    struct avo_header h;
    struct avo_model m;
    int c;
    avo_log_init("make_observed");
    while ((c = getopt(argc, argv, "s:w")) == 's' || c == 'w')
        if (c == 's')
            hyper.seed = strtoull(optarg, NULL, 10);
        else
            o.similar = true;
    if (c != -1 || argc - optind != 2)
        return 2;
    read_signal(&in, argv[optind]);
    measure(&in, &o);
    make_shape(&in, &o, &h);
    must(avo_model_new(&m, &h, &hidden, 1, in.celltypes, in.n_celltypes, in.assays, in.n_assays,
                       &err));
    m.hyper = hyper;
    must(avo_model_observe(&m, &o, &err));
    avo_model_init_values(&m);
    struct avo_layer *out = &m.layers[1];   /* training would begin at 0 */
    for (uint32_t i = 0; i < out->n_in; i++)
        out->w[i] = avo_init_value(avo_rng_draw((uint32_t)hyper.seed, AVO_RNG_NETWORK, 9, i, 0, 0)
                                       .v[0], .5f);
    m.observed->count = .3f;
    for (uint32_t a = 0; a < m.n_assays; a++)
        m.range[2 * a + 1] = 100;
    avo_model_identify(&m);
    struct avo_writer *w = avo_writer_open(argv[optind + 1], &m.header, false, NULL, &err);
    must(w ? avo_model_write(w, &m, &err) || avo_writer_finish(w, &err) : -1);
    avo_writer_free(w);
    return 0;
}
