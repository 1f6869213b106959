/* SPDX-License-Identifier: MIT */
/* roles.c: which tracks train, are watched, or are withheld; seeded folds. */
#include "libcommon/fit/roles.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/digest.h"

static void release_set(struct avo_track_set *s)
{
    free(s->pairs);
    free(s->columns);
    free(s->twin);
    free(s->scale);
    memset(s, 0, sizeof *s);
}

void avo_roles_release(struct avo_roles *r)
{
    release_set(&r->train);
    release_set(&r->valid);
    free(r->role);
    free(r->stays);
    r->role = NULL;
    r->stays = NULL;
}

static int make_set(struct avo_track_set *s, size_t n, struct avo_error *err)
{
    release_set(s);
    s->pairs = avo_alloc(2 * n, sizeof *s->pairs, "tracks", err);
    s->twin = avo_alloc(n, sizeof *s->twin, "tracks", err);
    s->columns = avo_alloc(n, sizeof *s->columns, "tracks", err);
    s->scale = avo_alloc(n, 2 * sizeof *s->scale, "tracks", err);
    for (size_t i = 0; s->scale && i < n; i++)
        s->scale[2 * i + 1] = 1;
    return s->pairs && s->columns && s->twin && s->scale ? 0 : -1;
}

/* One pair without a cell type for each assay of the set. */
static void add_twins(struct avo_track_set *s)
{
    s->n_all = s->n;
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t t = s->n;
        while (t < s->n_all && s->pairs[t].assay != s->pairs[i].assay)
            t++;
        if (t == s->n_all)
            s->pairs[s->n_all++] = (struct avo_pair){AVO_NO_ROW, s->pairs[i].assay};
        s->twin[i] = t;
    }
}

int avo_roles_index(struct avo_roles *r, const struct avo_header *h, const struct avo_model *m,
                    struct avo_error *err)
{
    if (make_set(&r->train, h->n_tracks, err) || make_set(&r->valid, h->n_tracks, err))
        return -1;
    for (size_t i = 0; i < h->n_tracks; i++) {
        const struct avo_track *t = &h->tracks[i];
        int c = avo_model_celltype(m, t->celltype), a = avo_model_assay(m, t->assay);
        if (r->role[i] != AVO_ROLE_TRAIN && r->role[i] != AVO_ROLE_VALID)
            continue;
        if (c < 0 || a < 0) {
            avo_error_set(err, "the model has no %s \"%s\"", c < 0 ? "cell type" : "assay",
                          c < 0 ? t->celltype : t->assay);
            return avo_error_hint(err, "--train %s adds it to a trained model",
                                  c < 0 ? "celltypes" : "assays");
        }
        struct avo_track_set *s = r->role[i] == AVO_ROLE_TRAIN ? &r->train : &r->valid;
        s->pairs[s->n] = (struct avo_pair){(uint32_t)c, (uint32_t)a};
        s->columns[s->n++] = (uint32_t)i;
    }
    add_twins(&r->train);
    add_twins(&r->valid);
    return 0;
}

void avo_roles_digest(const struct avo_header *h, const enum avo_role *role, bool refit,
                      char out[33])
{
    struct avo_digest d;
    avo_digest_init(&d);
    for (size_t i = 0; i < h->n_tracks; i++) {
        const struct avo_track *t = &h->tracks[i];
        enum avo_role is = role ? role[i] : t->role;
        const char *name = avo_role_name(refit && is == AVO_ROLE_VALID ? AVO_ROLE_TRAIN : is);
        avo_digest_add(&d, t->celltype, strlen(t->celltype) + 1);
        avo_digest_add(&d, t->assay, strlen(t->assay) + 1);
        avo_digest_add(&d, name, strlen(name) + 1);
    }
    avo_digest_hex(&d, out);
}

struct ticket { uint32_t draw; size_t track; };

static int by_draw(const void *a, const void *b)
{
    const struct ticket *x = a, *y = b;
    return x->draw != y->draw ? (x->draw < y->draw ? -1 : 1) : x->track < y->track ? -1 : 1;
}

/* True if another training track of the same cell type, and one of the same assay, is left. */
static bool spare(const enum avo_role *role, const struct avo_header *h, size_t i)
{
    bool cell = false, assay = false;
    for (size_t j = 0; j < h->n_tracks; j++) {
        if (j == i || role[j] != AVO_ROLE_TRAIN)
            continue;
        cell = cell || !strcmp(h->tracks[j].celltype, h->tracks[i].celltype);
        assay = assay || !strcmp(h->tracks[j].assay, h->tracks[i].assay);
    }
    return cell && assay;
}

/* The training tracks in an order drawn by the seed; t [h->n_tracks]. Returns how many. */
static size_t draw_order(struct ticket *t, const enum avo_role *role, const struct avo_header *h,
                         uint64_t seed, enum avo_purpose purpose)
{
    size_t n = 0;
    for (size_t i = 0; i < h->n_tracks; i++) {
        const struct avo_track *k = &h->tracks[i];
        if (role[i] != AVO_ROLE_TRAIN)
            continue;
        t[n].draw = avo_rng_draw((uint32_t)seed, purpose,
                                 avo_crc32c(0, k->celltype, strlen(k->celltype)),
                                 avo_crc32c(0, k->assay, strlen(k->assay)), 0, 0).v[0];
        t[n++].track = i;
    }
    qsort(t, n, sizeof *t, by_draw);
    return n;
}

int avo_roles_fold(enum avo_role *role, bool *stays, const struct avo_header *h,
                   const struct avo_role_choice *choice, struct avo_error *err)
{
    struct ticket *t = avo_alloc(h->n_tracks, sizeof *t, "folds", err);
    if (!t)
        return -1;
    for (size_t i = 0; i < h->n_tracks; i++)
        if (role[i] == AVO_ROLE_UNSET)
            role[i] = AVO_ROLE_TRAIN;
    size_t n = draw_order(t, role, h, choice->seed, AVO_RNG_FOLD);
    for (size_t j = choice->fold; j < n; j += choice->folds) {
        bool can = spare(role, h, t[j].track);
        stays[t[j].track] = !can;
        if (can)
            role[t[j].track] = AVO_ROLE_TEST;
    }
    free(t);
    return 0;
}

int avo_roles_watch(enum avo_role *role, const struct avo_header *h, uint32_t n, uint64_t seed,
                    struct avo_error *err)
{
    struct ticket *t = avo_alloc(h->n_tracks, sizeof *t, "tracks", err);
    uint32_t found = 0;
    if (!t)
        return -1;
    size_t n_train = draw_order(t, role, h, seed, AVO_RNG_WATCH);
    for (size_t j = 0; j < n_train && found < n; j++)
        if (spare(role, h, t[j].track)) {
            role[t[j].track] = AVO_ROLE_VALID;
            found++;
        }
    free(t);
    if (found == n)
        return 0;
    return avo_error_set(err, "--watch %u: only %u tracks can be spared (each cell type and assay "
                         "keeps one)", n, found);
}
