/* SPDX-License-Identifier: MIT */
/* scored_known.c: roles that headers give, and the sets of tracks that baselines may know. */
#include "libcommon/eval/scored_known.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

/* ---- what a header says ---- */

static const char *attr(const struct avo_track *t, const char *key)
{
    for (size_t i = 0; i < t->n_attrs; i++)
        if (strcmp(t->attrs[i].key, key) == 0)
            return t->attrs[i].value;
    return NULL;
}

enum avo_role avo_scored_role(const struct avo_header *h, size_t i)
{
    const struct avo_track *t = &h->tracks[i];
    const char *s = attr(t, "model_role");
    int role = s ? avo_role_parse(s) : -1;

    return t->role != AVO_ROLE_UNSET || role < 0 ? t->role : (enum avo_role)role;
}

/* The tables and streams of avo-impute say whose tracks they are: no role is none there. */
bool avo_scored_has_roles(const struct avo_header *h)
{
    for (size_t i = 0; i < h->n_tracks; i++) {
        const struct avo_track *t = &h->tracks[i];

        if (t->role != AVO_ROLE_UNSET || t->says_none || t->imputed ||
            attr(t, "model_role") != NULL || attr(t, "model") != NULL)
            return true;
    }
    return false;
}

/* ---- sets ---- */

static bool is_known(enum avo_role role)
{
    return role == AVO_ROLE_TRAIN || role == AVO_ROLE_VALID;
}

static void fill(struct avo_known_source *x, const struct avo_scored_spec *spec)
{
    const struct avo_header *h = spec->observed;
    const struct avo_header *g = x->model ? x->model : spec->methods[x->input].header;
    bool has_roles = avo_scored_has_roles(g);

    for (size_t u = 0; u < h->n_tracks; u++) {
        int own = avo_header_find_track(g, h->tracks[u].celltype, h->tracks[u].assay);
        enum avo_role role = own >= 0 ? avo_scored_role(g, (size_t)own) : AVO_ROLE_UNSET;

        if (x->model)
            x->known[u] = is_known(role);
        else
            x->known[u] = own < 0 || (role == AVO_ROLE_UNSET ? !has_roles : is_known(role));
    }
}

static const bool *find_source(struct avo_known_sources *s, const struct avo_scored_spec *spec,
                               const struct avo_known_row *row, struct avo_error *err)
{
    const struct avo_scored_method *m = &spec->methods[row->input];
    struct avo_known_source x = {.model = m->models ? m->models[row->own] : NULL,
                                 .input = row->input};

    for (size_t i = 0; i < s->n; i++)
        if (s->list[i].model == x.model && (x.model || s->list[i].input == x.input))
            return s->list[i].known;
    if (avo_grow(&s->list, &s->cap, s->n + 1, sizeof *s->list, "tracks of models", err) < 0)
        return NULL;
    x.known = avo_alloc(spec->observed->n_tracks, sizeof *x.known, "tracks of models", err);
    if (!x.known)
        return NULL;
    fill(&x, spec);
    s->list[s->n++] = x;
    return x.known;
}

void avo_known_release(struct avo_known_sources *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->list[i].known);
    free(s->list);
}

/* Takes known, or frees it where the set is there. */
static int join_group(struct avo_scored *l, size_t t, bool *known, struct avo_error *err)
{
    size_t g = 0, size = l->n_tracks * sizeof *known;

    while (g < l->n_groups && memcmp(l->known[g], known, size) != 0)
        g++;
    l->group[t] = g;
    if (g < l->n_groups) {
        free(known);
        return 0;
    }
    if (avo_grow(&l->known, &l->cap_groups, g + 1, sizeof *l->known, "tracks", err) < 0) {
        free(known);
        return -1;
    }
    l->known[l->n_groups++] = known;
    return 0;
}

static bool is_given_test(const struct avo_scored_spec *spec, size_t u)
{
    const struct avo_track *x = &spec->observed->tracks[u];
    bool any = x->role == AVO_ROLE_TEST;

    for (size_t i = 0; i < spec->n_tests; i++)
        any |= strcmp(spec->tests[i].celltype, x->celltype) == 0 &&
               strcmp(spec->tests[i].assay, x->assay) == 0;
    return any;
}

int avo_known_add(struct avo_scored *l, const struct avo_scored_spec *spec,
                  struct avo_known_sources *s, size_t t, const struct avo_known_row *rows,
                  struct avo_error *err)
{
    bool *known = avo_alloc(l->n_tracks, sizeof *known, "tracks", err);

    if (!known)
        return -1;
    for (size_t u = 0; u < l->n_tracks; u++)
        known[u] = !is_given_test(spec, u);
    for (size_t m = 0; m < l->n_imputed; m++) {
        const bool *own = find_source(s, spec, &rows[m], err);

        if (!own) {
            free(known);
            return -1;
        }
        for (size_t u = 0; u < l->n_tracks; u++)
            known[u] &= own[u];
    }
    return join_group(l, t, known, err);
}

size_t avo_scored_n_others(const struct avo_scored *l, size_t t)
{
    size_t n = 0;

    for (size_t u = 0; u < l->n_tracks; u++)
        n += u != t && l->tracks[u].assay == l->tracks[t].assay && avo_scored_knows(l, t, u);
    return n;
}

bool avo_scored_knows(const struct avo_scored *l, size_t t, size_t u)
{
    return l->known ? l->known[l->group[t]][u] : !l->tracks[u].is_test;
}
