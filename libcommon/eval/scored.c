/* SPDX-License-Identifier: MIT */
/* scored.c: matches observed and imputed tracks by name and works out their roles. */
#include "libcommon/eval/scored.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/eval/scored_known.h"

static bool was_seen(enum avo_role role)
{
    return role == AVO_ROLE_TRAIN || role == AVO_ROLE_VALID;
}

/* ---- roles ---- */

static int unknown_track(const struct avo_header *h, const struct avo_scored_pair *p,
                         struct avo_error *err)
{
    char **names = avo_alloc(h->n_tracks, sizeof *names, "names", err);
    char *name = avo_asprintf(err, "%s:%s", p->celltype, p->assay);
    const char *nearest = NULL;
    bool whole = names && name != NULL;

    for (size_t i = 0; whole && i < h->n_tracks; i++) {
        names[i] = avo_asprintf(err, "%s:%s", h->tracks[i].celltype, h->tracks[i].assay);
        whole = names[i] != NULL;
    }
    if (whole) {
        nearest = avo_nearest(name, (const char *const *)names, (int)h->n_tracks);
        avo_error_set(err, "the observed tracks have no \"%s\"", name);
        if (nearest)
            avo_error_hint(err, "did you mean \"%s\"?", nearest);
    }
    for (size_t i = 0; names && i < h->n_tracks; i++)
        free(names[i]);
    free(names);
    free(name);
    return -1;
}

static int mark_tests(struct avo_scored *l, const struct avo_scored_spec *spec,
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

/* Test tracks, and the roles that tables show: the observed input's, else an imputed one's. */
static void find_roles(struct avo_scored *l, const struct avo_scored_spec *spec)
{
    const struct avo_header *h = spec->observed;

    for (size_t t = 0; t < l->n_tracks; t++) {
        l->roles[t] = h->tracks[t].role;
        l->any_roles |= l->roles[t] != AVO_ROLE_UNSET;
        l->tracks[t].is_test |= l->roles[t] == AVO_ROLE_TEST;
    }
    for (size_t i = 0; i < spec->n_methods; i++) {
        const struct avo_header *g = spec->methods[i].header;

        l->any_roles |= avo_scored_has_roles(g);
        for (size_t t = 0; t < l->n_tracks; t++) {
            int own = avo_header_find_track(g, h->tracks[t].celltype, h->tracks[t].assay);
            enum avo_role role = own >= 0 ? avo_scored_role(g, (size_t)own) : AVO_ROLE_UNSET;

            l->tracks[t].is_test |= role == AVO_ROLE_TEST;
            if (l->roles[t] == AVO_ROLE_UNSET)
                l->roles[t] = role;
        }
    }
    for (size_t t = 0; t < l->n_tracks; t++)
        if (l->tracks[t].is_test)
            l->roles[t] = AVO_ROLE_TEST;
}

/* ---- assays and scored tracks ---- */

static void number_assays(struct avo_scored *l, const struct avo_header *h)
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

static bool any_test(const struct avo_scored *l)
{
    for (size_t t = 0; t < l->n_tracks; t++)
        if (l->tracks[t].is_test)
            return true;
    return false;
}

/* A method's row of observed track t. */
struct row { struct avo_known_row at; bool seen; };
enum found { NOWHERE, FOUND, REPEATED };

/* Of the inputs of one method the one that has not seen the track. */
static enum found find_row(const struct avo_scored *l, const struct avo_scored_spec *spec,
                           size_t m, size_t t, struct row *out)
{
    const struct avo_track *track = &spec->observed->tracks[t];
    size_t n_seen = 0, n_unseen = 0;

    for (size_t i = 0; i < spec->n_methods; i++) {
        const struct avo_header *g = spec->methods[i].header;
        int own = l->method_of[i] == m
            ? avo_header_find_track(g, track->celltype, track->assay) : -1;
        bool seen;

        if (own < 0)
            continue;
        seen = was_seen(avo_scored_has_roles(g) ? avo_scored_role(g, (size_t)own)
                                                : spec->observed->tracks[t].role);
        if (n_unseen == 0 && (!seen || n_seen == 0))
            *out = (struct row){{i, (size_t)own}, seen};
        n_seen += seen;
        n_unseen += !seen;
    }
    return n_unseen > 1 ? REPEATED : n_seen + n_unseen > 0 ? FOUND : NOWHERE;
}

/* Imputed tracks that are not observed; those of several inputs of a method count once. */
static void count_unobserved(struct avo_scored *l, const struct avo_scored_spec *spec)
{
    for (size_t i = 0; i < spec->n_methods; i++) {
        const struct avo_header *g = spec->methods[i].header;

        for (size_t k = 0; k < g->n_tracks; k++) {
            const struct avo_track *x = &g->tracks[k];
            bool counts = avo_header_find_track(spec->observed, x->celltype, x->assay) < 0;

            for (size_t j = 0; counts && j < i; j++)
                counts = l->method_of[j] != l->method_of[i] ||
                         avo_header_find_track(spec->methods[j].header, x->celltype, x->assay) < 0;
            l->n_unobserved += counts;
        }
    }
}

static int score_track(struct avo_scored *l, const struct avo_scored_spec *spec,
                       struct avo_known_sources *sources, size_t t,
                       const struct avo_known_row *rows, struct avo_error *err)
{
    for (size_t m = 0; m < l->n_imputed; m++) {
        l->inputs[m][l->n_scored] = rows[m].input;
        l->columns[m][l->n_scored] = rows[m].own;
    }
    l->tracks[t].is_scored = true;
    l->index[t] = l->n_scored;
    l->scored[l->n_scored++] = t;
    return avo_known_add(l, spec, sources, t, rows, err);
}

static int choose_scored(struct avo_scored *l, const struct avo_scored_spec *spec,
                         struct avo_error *err)
{
    bool tests_only = spec->n_methods == 0 && any_test(l);
    struct avo_known_sources sources = {0};
    struct avo_known_row *rows = avo_alloc(l->n_imputed + 1, sizeof *rows, "tracks", err);
    int rc = rows ? 0 : -1;

    for (size_t t = 0; rc == 0 && t < l->n_tracks; t++) {
        size_t n = 0, n_repeated = 0;
        struct row row = {{0, 0}, false};

        for (size_t m = 0; m < l->n_imputed; m++) {
            enum found found = find_row(l, spec, m, t, &row);

            n += found == FOUND;
            n_repeated += found == REPEATED;
            l->seen[t] |= found == FOUND && row.seen;
            rows[m] = row.at;
        }
        l->n_repeated += n_repeated > 0;
        l->n_partial += n > 0 && n + n_repeated < l->n_imputed;
        if (n == l->n_imputed && (!tests_only || l->tracks[t].is_test))
            rc = score_track(l, spec, &sources, t, rows, err);
    }
    avo_known_release(&sources);
    free(rows);
    count_unobserved(l, spec);
    return rc;
}

/* Inputs of one name are one method. */
static void number_methods(struct avo_scored *l, const struct avo_scored_spec *spec)
{
    for (size_t i = 0; i < spec->n_methods; i++) {
        size_t j = 0;

        while (strcmp(spec->methods[j].name, spec->methods[i].name) != 0)
            j++;
        l->method_of[i] = j < i ? l->method_of[j] : l->n_imputed++;
    }
}

static int nothing_scored(const struct avo_scored *l, const struct avo_scored_spec *spec,
                          struct avo_error *err)
{
    const struct avo_header *h = spec->observed, *g;

    if (spec->n_methods == 0)
        return avo_error_set(err, "there are no observed tracks");
    g = spec->methods[0].header;
    avo_error_set(err, "no track is both observed and imputed by every method");
    if (l->n_repeated > 0)
        return avo_error_hint(err, "%zu are withheld in several inputs of one name: score those "
                              "inputs under names of their own", l->n_repeated);
    if (h->n_tracks > 0 && g->n_tracks > 0)
        avo_error_hint(err, "observed: \"%s:%s\" and %zu more; %s: \"%s:%s\" and %zu more",
                       h->tracks[0].celltype, h->tracks[0].assay, h->n_tracks - 1,
                       spec->methods[0].name, g->tracks[0].celltype, g->tracks[0].assay,
                       g->n_tracks - 1);
    return -1;
}

static int allocate(struct avo_scored *l, const struct avo_scored_spec *spec,
                    struct avo_error *err)
{
    size_t n = l->n_tracks;

    if (!(l->method_of = avo_alloc(spec->n_methods, sizeof *l->method_of, "methods", err)))
        return -1;
    number_methods(l, spec);
    l->inputs = avo_alloc(l->n_imputed, sizeof *l->inputs, "tracks", err);
    l->group = avo_alloc(n, sizeof *l->group, "tracks", err);
    l->tracks = avo_alloc(n, sizeof *l->tracks, "tracks", err);
    l->assay_track = avo_alloc(n, sizeof *l->assay_track, "tracks", err);
    l->scored = avo_alloc(n, sizeof *l->scored, "tracks", err);
    l->index = avo_alloc(n, sizeof *l->index, "tracks", err);
    l->columns = avo_alloc(l->n_imputed, sizeof *l->columns, "tracks", err);
    l->roles = avo_alloc(n, sizeof *l->roles, "tracks", err);
    l->seen = avo_alloc(n, sizeof *l->seen, "tracks", err);
    if (!l->inputs || !l->group || !l->tracks || !l->assay_track ||
        !l->scored || !l->index || !l->columns || !l->roles ||
        !l->seen)
        return -1;
    for (size_t m = 0; m < l->n_imputed; m++)
        if (!(l->columns[m] = avo_alloc(n, sizeof **l->columns, "tracks", err)) ||
            !(l->inputs[m] = avo_alloc(n, sizeof **l->inputs, "tracks", err)))
            return -1;
    return 0;
}

int avo_scored_make(struct avo_scored *l, const struct avo_scored_spec *spec,
                    struct avo_error *err)
{
    *l = (struct avo_scored){.n_tracks = spec->observed->n_tracks};
    if (allocate(l, spec, err) < 0 || mark_tests(l, spec, err) < 0)
        goto fail;
    find_roles(l, spec);
    number_assays(l, spec->observed);
    if (choose_scored(l, spec, err) < 0)
        goto fail;
    if (l->n_scored > 0)
        return 0;
    nothing_scored(l, spec, err);
fail:
    avo_scored_release(l);
    return -1;
}

void avo_scored_release(struct avo_scored *l)
{
    if (!l)
        return;
    for (size_t m = 0; l->columns && m < l->n_imputed; m++)
        free(l->columns[m]);
    for (size_t m = 0; l->inputs && m < l->n_imputed; m++)
        free(l->inputs[m]);
    for (size_t g = 0; g < l->n_groups; g++)
        free(l->known[g]);
    free(l->known);
    free(l->group);
    free(l->inputs);
    free(l->method_of);
    free(l->tracks);
    free(l->assay_track);
    free(l->scored);
    free(l->index);
    free(l->columns);
    free(l->roles);
    free(l->seen);
    memset(l, 0, sizeof *l);
}

size_t avo_scored_count(const struct avo_scored *l, int64_t assay, bool seen)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n_scored; i++)
        n += l->seen[l->scored[i]] == seen &&
             (assay < 0 || l->tracks[l->scored[i]].assay == (size_t)assay);
    return n;
}
