/* SPDX-License-Identifier: MIT */
/* lineup.c: matches observed and imputed tracks by name and works out their roles. */
#include "libcommon/measure/lineup.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"

/* ---- what a method's header says ---- */

static const char *model_role(const struct avo_track *t)
{
    for (size_t i = 0; i < t->n_attrs; i++)
        if (strcmp(t->attrs[i].key, "model_role") == 0)
            return t->attrs[i].value;
    return NULL;
}

static enum avo_role method_role(const struct avo_track *t)
{
    const char *s = model_role(t);
    int role = s != NULL ? avo_role_parse(s) : -1;

    if (t->role != AVO_ROLE_UNSET || role < 0)
        return t->role;
    return (enum avo_role)role;
}

static bool gives_roles(const struct avo_header *h)
{
    for (size_t i = 0; i < h->n_tracks; i++)
        if (h->tracks[i].role != AVO_ROLE_UNSET || model_role(&h->tracks[i]) != NULL)
            return true;
    return false;
}

static bool was_seen(enum avo_role role)
{
    return role == AVO_ROLE_TRAIN || role == AVO_ROLE_VALID;
}

/* ---- roles ---- */

static int unknown_track(const struct avo_header *h, const struct avo_lineup_pair *p,
                         struct avo_error *err)
{
    char **names = avo_alloc(h->n_tracks, sizeof *names, "names", err);
    char *name = avo_asprintf(err, "%s:%s", p->celltype, p->assay);
    const char *nearest = NULL;
    bool whole = names != NULL && name != NULL;

    for (size_t i = 0; whole && i < h->n_tracks; i++) {
        names[i] = avo_asprintf(err, "%s:%s", h->tracks[i].celltype, h->tracks[i].assay);
        whole = names[i] != NULL;
    }
    if (whole) {
        nearest = avo_nearest(name, (const char *const *)names, (int)h->n_tracks);
        avo_error_set(err, "the observed tracks have no \"%s\"", name);
        if (nearest != NULL)
            avo_error_hint(err, "did you mean \"%s\"?", nearest);
    }
    for (size_t i = 0; names != NULL && i < h->n_tracks; i++)
        free(names[i]);
    free(names);
    free(name);
    return -1;
}

static int mark_tests(struct avo_lineup *l, const struct avo_lineup_spec *spec,
                      struct avo_error *err)
{
    for (size_t i = 0; i < spec->n_tests; i++) {
        int t = avo_header_find_track(spec->observed, spec->tests[i].celltype,
                                      spec->tests[i].assay);

        if (t < 0)
            return unknown_track(spec->observed, &spec->tests[i], err);
        l->tracks[t].is_test = true;
        l->any_roles = true;
    }
    return 0;
}

/* Role of observed track t (roles[t] starts as the observed input's) after asking one method. */
static void ask_method(struct avo_lineup *l, size_t t, const struct avo_header *h, int own)
{
    bool knows = gives_roles(h);
    enum avo_role role = knows && own >= 0 ? method_role(&h->tracks[own]) : AVO_ROLE_UNSET;

    if (role == AVO_ROLE_TEST)
        l->tracks[t].is_test = true;
    if (own >= 0)
        l->seen[t] |= was_seen(knows ? role : l->roles[t]);
}

static void find_roles(struct avo_lineup *l, const struct avo_lineup_spec *spec)
{
    const struct avo_header *h = spec->observed;

    l->any_roles |= gives_roles(h);
    for (size_t m = 0; m < spec->n_methods; m++)
        l->any_roles |= gives_roles(spec->methods[m].header);
    for (size_t t = 0; t < l->n_tracks; t++) {
        const struct avo_track *track = &h->tracks[t];

        l->roles[t] = track->role;
        l->tracks[t].is_test |= track->role == AVO_ROLE_TEST;
        for (size_t m = 0; m < spec->n_methods; m++) {
            const struct avo_header *g = spec->methods[m].header;
            int own = avo_header_find_track(g, track->celltype, track->assay);

            ask_method(l, t, g, own);
            if (l->roles[t] == AVO_ROLE_UNSET && own >= 0)
                l->roles[t] = method_role(&g->tracks[own]);
        }
        if (l->tracks[t].is_test)
            l->roles[t] = AVO_ROLE_TEST;
    }
}

/* ---- assays and scored tracks ---- */

static void number_assays(struct avo_lineup *l, const struct avo_header *h)
{
    for (size_t t = 0; t < l->n_tracks; t++) {
        size_t a = 0;

        while (a < l->n_assays &&
               strcmp(h->tracks[l->assay_track[a]].assay, h->tracks[t].assay) != 0)
            a++;
        if (a == l->n_assays)
            l->assay_track[l->n_assays++] = t;
        l->tracks[t].assay = a;
    }
}

static bool any_test(const struct avo_lineup *l)
{
    for (size_t t = 0; t < l->n_tracks; t++)
        if (l->tracks[t].is_test)
            return true;
    return false;
}

/* How many methods have observed track t; their own indices are noted as the next column. */
static size_t find_columns(struct avo_lineup *l, const struct avo_lineup_spec *spec, size_t t)
{
    const struct avo_track *track = &spec->observed->tracks[t];
    size_t n = 0;

    for (size_t m = 0; m < spec->n_methods; m++) {
        int own = avo_header_find_track(spec->methods[m].header, track->celltype, track->assay);

        if (own < 0)
            continue;
        l->columns[m][l->n_scored] = (size_t)own;
        n++;
    }
    return n;
}

static void choose_scored(struct avo_lineup *l, const struct avo_lineup_spec *spec)
{
    bool tests_only = spec->n_methods == 0 && any_test(l);
    size_t n_matched = 0, n_imputed = 0;

    for (size_t t = 0; t < l->n_tracks; t++) {
        size_t n = find_columns(l, spec, t);

        n_matched += n;
        l->n_partial += n > 0 && n < spec->n_methods;
        if (n < spec->n_methods || (tests_only && !l->tracks[t].is_test))
            continue;
        l->tracks[t].is_scored = true;
        l->index[t] = l->n_scored;
        l->scored[l->n_scored++] = t;
    }
    for (size_t m = 0; m < spec->n_methods; m++)
        n_imputed += spec->methods[m].header->n_tracks;
    l->n_unobserved = n_imputed - n_matched;
}

static int nothing_scored(const struct avo_lineup_spec *spec, struct avo_error *err)
{
    const struct avo_header *h = spec->observed, *g;

    if (spec->n_methods == 0)
        return avo_error_set(err, "there are no observed tracks");
    g = spec->methods[0].header;
    avo_error_set(err, "no track is both observed and imputed by every method");
    if (h->n_tracks > 0 && g->n_tracks > 0)
        avo_error_hint(err, "observed: \"%s:%s\" and %zu more; %s: \"%s:%s\" and %zu more",
                       h->tracks[0].celltype, h->tracks[0].assay, h->n_tracks - 1,
                       spec->methods[0].name, g->tracks[0].celltype, g->tracks[0].assay,
                       g->n_tracks - 1);
    return -1;
}

static int allocate(struct avo_lineup *l, struct avo_error *err)
{
    size_t n = l->n_tracks;

    l->tracks = avo_alloc(n, sizeof *l->tracks, "tracks", err);
    l->assay_track = avo_alloc(n, sizeof *l->assay_track, "tracks", err);
    l->scored = avo_alloc(n, sizeof *l->scored, "tracks", err);
    l->index = avo_alloc(n, sizeof *l->index, "tracks", err);
    l->columns = avo_alloc(l->n_imputed, sizeof *l->columns, "tracks", err);
    l->roles = avo_alloc(n, sizeof *l->roles, "tracks", err);
    l->seen = avo_alloc(n, sizeof *l->seen, "tracks", err);
    if (l->tracks == NULL || l->assay_track == NULL || l->scored == NULL || l->index == NULL ||
        l->columns == NULL || l->roles == NULL || l->seen == NULL)
        return -1;
    for (size_t m = 0; m < l->n_imputed; m++)
        if ((l->columns[m] = avo_alloc(n, sizeof **l->columns, "tracks", err)) == NULL)
            return -1;
    return 0;
}

int avo_lineup_make(struct avo_lineup *l, const struct avo_lineup_spec *spec,
                    struct avo_error *err)
{
    *l = (struct avo_lineup){.n_tracks = spec->observed->n_tracks, .n_imputed = spec->n_methods};
    if (allocate(l, err) < 0 || mark_tests(l, spec, err) < 0)
        goto fail;
    find_roles(l, spec);
    number_assays(l, spec->observed);
    choose_scored(l, spec);
    if (l->n_scored > 0)
        return 0;
    nothing_scored(spec, err);
fail:
    avo_lineup_release(l);
    return -1;
}

void avo_lineup_release(struct avo_lineup *l)
{
    if (l == NULL)
        return;
    for (size_t m = 0; l->columns != NULL && m < l->n_imputed; m++)
        free(l->columns[m]);
    free(l->tracks);
    free(l->assay_track);
    free(l->scored);
    free(l->index);
    free(l->columns);
    free(l->roles);
    free(l->seen);
    memset(l, 0, sizeof *l);
}

size_t avo_lineup_count(const struct avo_lineup *l, int64_t assay, bool seen)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n_scored; i++)
        n += l->seen[l->scored[i]] == seen &&
             (assay < 0 || l->tracks[l->scored[i]].assay == (size_t)assay);
    return n;
}
