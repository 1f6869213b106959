/* SPDX-License-Identifier: MIT */
/* relations_plan.c: for each relation and cell type, which tracks by which source make a row. */
#include "libcommon/eval/relations_plan.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"

/* The measured track of a term in one cell type. */
struct measured {
    enum avo_relation_source source;    /* observed or auxiliary */
    size_t index, scored;
};

/* One relation in one cell type. */
struct place {
    size_t relation;
    const char *celltype;
    struct measured term[3];
};

/* ---- tracks ---- */

/* A name that is the same to the letter is preferred to another spelling of it. */
static bool find_observed(const struct avo_relations_spec *s, const char *celltype,
                          const char *assay, struct measured *out)
{
    size_t found = SIZE_MAX;

    for (size_t t = 0; t < s->header->n_tracks; t++) {
        const struct avo_track *track = &s->header->tracks[t];
        bool exact = strcmp(track->assay, assay) == 0;

        if (strcmp(track->celltype, celltype) != 0 ||
            !avo_relation_same_assay(track->assay, assay))
            continue;
        if (exact || found == SIZE_MAX)
            found = t;
        if (exact)
            break;
    }
    if (found == SIZE_MAX)
        return false;
    *out = (struct measured){AVO_FROM_OBSERVED, found,
                             s->chosen->tracks[found].is_scored ? s->chosen->index[found]
                                                                : SIZE_MAX};
    return true;
}

static bool find_aux(const struct avo_relations_spec *s, const char *celltype, const char *assay,
                     struct measured *out)
{
    for (int exact = 1; exact >= 0; exact--)
        for (size_t i = 0; i < s->n_aux; i++) {
            const struct avo_relation_aux *a = &s->aux[i];

            if (strcmp(a->celltype, celltype) != 0 ||
                (exact ? strcmp(a->assay, assay) != 0 : !avo_relation_same_assay(a->assay, assay)))
                continue;
            *out = (struct measured){AVO_FROM_AUX, i, SIZE_MAX};
            return true;
        }
    return false;
}

/* Whether the cell type has every track of the relation, at least one of them scored. */
static bool find_terms(const struct avo_relations_spec *s, struct place *p)
{
    const struct avo_relation *r = &s->table->list[p->relation];
    bool any_scored = false;

    for (size_t i = 0; i < r->n_terms; i++) {
        const char *assay = r->term[i].assay;

        if (!find_observed(s, p->celltype, assay, &p->term[i]) &&
            !find_aux(s, p->celltype, assay, &p->term[i]))
            return false;
        any_scored |= p->term[i].scored != SIZE_MAX;
    }
    return any_scored;
}

/* ---- columns and rows ---- */

static int add_column(struct avo_rel_plan *p, const struct avo_rel_column *want, size_t *out,
                      struct avo_error *err)
{
    for (size_t i = 0; i < p->n_columns; i++) {
        const struct avo_rel_column *c = &p->columns[i];

        if (c->source == want->source && c->index == want->index && c->region == want->region) {
            *out = i;
            return 0;
        }
    }
    if (avo_grow(&p->columns, &p->cap_columns, p->n_columns + 1, sizeof *p->columns,
                 "columns of relations", err))
        return -1;
    *out = p->n_columns;
    p->columns[p->n_columns++] = *want;
    return 0;
}

/* method -1: the measured tracks. */
static int add_entry(struct avo_rel_plan *p, const struct avo_relations_spec *s,
                     const struct place *place, int method, struct avo_error *err)
{
    const struct avo_relation *r = &s->table->list[place->relation];
    struct avo_rel_entry e = {.row = {.relation = place->relation, .celltype = place->celltype,
                                      .method = method}};

    for (size_t i = 0; i < r->n_terms; i++) {
        const struct measured *m = &place->term[i];
        struct avo_rel_column c = {.source = m->source, .index = m->index, .scored = m->scored,
                                   .region = r->term[i].region};

        if (method >= 0 && m->scored != SIZE_MAX) {
            c.source = AVO_FROM_PREDICTED;
            c.index = m->scored * s->n_methods + (size_t)method;
        }
        e.row.source[i] = c.source;
        if (add_column(p, &c, &e.column[i], err))
            return -1;
    }
    if (avo_grow(&p->entries, &p->cap_entries, p->n_entries + 1, sizeof *p->entries,
                 "rows of relations", err))
        return -1;
    p->entries[p->n_entries++] = e;
    return 0;
}

/* Whether no scored track before the k-th is of its cell type. */
static bool is_first_of_celltype(const struct avo_relations_spec *s, size_t k)
{
    const struct avo_track *tracks = s->header->tracks;

    for (size_t i = 0; i < k; i++)
        if (strcmp(tracks[s->chosen->scored[i]].celltype,
                   tracks[s->chosen->scored[k]].celltype) == 0)
            return false;
    return true;
}

int avo_rel_plan_make(struct avo_rel_plan *p, const struct avo_relations_spec *spec,
                      struct avo_error *err)
{
    *p = (struct avo_rel_plan){0};
    for (size_t i = 0; i < spec->table->n; i++)
        for (size_t k = 0; k < spec->chosen->n_scored; k++) {
            struct place place = {
                .relation = i,
                .celltype = spec->header->tracks[spec->chosen->scored[k]].celltype};

            if (!is_first_of_celltype(spec, k) || !find_terms(spec, &place))
                continue;
            for (int m = -1; m < (int)spec->n_methods; m++)
                if (add_entry(p, spec, &place, m, err)) {
                    avo_rel_plan_release(p);
                    return -1;
                }
        }
    return 0;
}

void avo_rel_plan_release(struct avo_rel_plan *p)
{
    for (size_t i = 0; i < p->n_columns; i++) {
        free(p->columns[i].sum);
        free(p->columns[i].count);
    }
    free(p->columns);
    free(p->entries);
    *p = (struct avo_rel_plan){0};
}
