/* SPDX-License-Identifier: MIT */
/* scoring_notes.c: roles, strands, relations, room, and bins that methods lack. */
#include "libcommon/eval/scoring_notes.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* ---- roles ---- */

static void say_roles(const struct avo_scoring *s, const struct avo_say *say)
{
    const struct avo_scored *l = &s->inputs.chosen;
    const struct avo_header *h = avo_inputs_header(&s->inputs);

    if (!l->any_roles)
        say->note("no roles are given: the mean over the other cell types takes all their tracks");
    if (l->n_unobserved > 0)
        say->note("%zu imputed track%s no observed one: not scored", l->n_unobserved,
                  l->n_unobserved == 1 ? " has" : "s have");
    if (l->n_partial > 0)
        say->warning("%zu observed track%s not imputed by every method: left out", l->n_partial,
                  l->n_partial == 1 ? " is" : "s are");
    if (l->n_repeated > 0)
        say->note("%zu observed track%s withheld in several inputs of one name: left out",
                  l->n_repeated, l->n_repeated == 1 ? " is" : "s are");
    for (size_t t = 0; t < l->n_tracks; t++)
        if (l->tracks[t].is_scored && l->tracks[t].is_test && l->seen[t])
            say->warning("%s:%s is called a test track, but a model has seen it",
                      h->tracks[t].celltype, h->tracks[t].assay);
    if (l->n_imputed > 0 && avo_scored_count(l, -1, false) == 0)
        say->warning("every scored track was seen by a model: none of these scores is a result");
}

/* ---- genes and relations ---- */

/* Promoters lie upstream: a gene without strand has none. */
static void say_strands(const struct avo_scoring *s, const struct avo_say *say)
{
    const struct avo_elements *genes = &s->elements[AVO_GENES];
    const char *what = s->spec.promoters ? "relations in promoters"
                                                 : "MSEProm and relations in promoters";
    size_t n = 0;

    for (size_t i = 0; i < genes->n; i++)
        n += genes->list[i].strand != '+' && genes->list[i].strand != '-';
    if (n == 0)
        return;
    say->note("%s: %zu of %zu genes %s no strand (column %d), so no promoter: %s %s",
              s->spec.genes, n, genes->n, n == 1 ? "has" : "have", genes->is_gtf ? 7 : 6, what,
              n < genes->n ? "are of the others" : "are not there");
}

static bool has_track(const struct avo_scoring *s, const char *assay)
{
    const struct avo_header *h = avo_inputs_header(&s->inputs), *aux = s->inputs.auxiliary != NULL
        ? avo_tracks_in_header(s->inputs.auxiliary) : NULL;
    bool any = false;

    for (size_t t = 0; t < h->n_tracks; t++)
        any |= avo_relation_same_assay(h->tracks[t].assay, assay);
    for (size_t t = 0; aux && t < aux->n_tracks; t++)
        any |= avo_relation_same_assay(aux->tracks[t].assay, assay);
    return any;
}

/* Adds name to a list "a, b" unless it is in it. */
static void add_name(char *list, size_t size, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = list; (at = strstr(at, name)); at += len)
        if ((at == list || at[-1] == ' ') && (at[len] == ',' || at[len] == '\0'))
            return;
    snprintf(list + strlen(list), size - strlen(list), "%s%s", *list != '\0' ? ", " : "", name);
}

/* No cell type has all tracks of a relation: which assays no cell type has at all. */
static void say_no_relations(const struct avo_scoring *s, const struct avo_say *say)
{
    const struct avo_relation_table *t = &s->relation_table;
    char missing[400] = "";

    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < t->list[i].n_terms; k++)
            if (!has_track(s, t->list[i].term[k].assay))
                add_name(missing, sizeof missing, t->list[i].term[k].assay);
    if (*missing != '\0')
        say->note("relations between assays: none can be checked, since no cell type of a scored "
                  "track has all tracks of one (there is none of %s)", missing);
    else
        say->note("relations between assays: none can be checked, since no cell type of a scored "
                  "track has all tracks of one");
}

static void say_scores_of_relations(const struct avo_scoring *s, const struct avo_say *say)
{
    size_t n, n_scored = 0;
    const struct avo_relation_row *rows = avo_relations_rows(s->relations, &n);

    for (size_t i = 0; i < n; i++)
        n_scored += !isnan(rows[i].score);
    if (n > 0 && n_scored == 0)
        say->note("relations between assays: none of %zu row%s has a score: fewer than three genes "
                  "have scored bins in all regions that one needs, or their signal is one value",
                  n, plural(n));
}

/* ---- room ---- */

/* How much room the rank measures take, and where. */
static void say_room(const struct avo_scoring *s, const struct avo_say *say)
{
    const struct avo_spill *store = avo_eval_store(s->eval);
    const char *scope = s->spec.ranks == AVO_RANKS_GENOME ? "of the genome" : "of a chromosome";

    if (!store)
        return;
    if (avo_spill_on_disk(store))
        say->note("the columns %s, up to %.1f MB, go through a temporary file (more --max-memory "
                  "keeps them in memory; --ranks none does without)", scope,
                  (double)avo_spill_bytes(store) / 1e6);
    else
        say->detail("the columns %s, up to %.1f MB, stay in memory", scope,
                    (double)avo_spill_bytes(store) / 1e6);
}

void avo_scoring_say_plan(const struct avo_scoring *s, const struct avo_say *say)
{
    say_roles(s, say);
    if (s->spec.genes)
        say_strands(s, say);
    if (s->relations && avo_relations_planned(s->relations) == 0)
        say_no_relations(s, say);
    say_room(s, say);
}

/* ---- what was found ---- */

/* Bins that a method lacks are left out for all; who lacks them is said. */
static void say_lacking(const struct avo_scoring *s, const struct avo_say *say)
{
    const struct avo_scored *l = &s->inputs.chosen;

    for (size_t m = 0; m < l->n_imputed; m++) {
        uint64_t worst = 0;

        for (size_t k = 0; k < l->n_scored; k++) {
            uint64_t n = avo_eval_lacking(s->eval, l->scored[k], m);

            worst = n > worst ? n : worst;
        }
        if (worst > 0)
            say->warning("%s lacks up to %" PRIu64 " observed bins of a track: left out for all "
                      "methods (column n_left_out)", s->inputs.methods[m], worst);
    }
}

void avo_scoring_say_result(const struct avo_scoring *s, const struct avo_say *say)
{
    say_lacking(s, say);
    if (s->relations)
        say_scores_of_relations(s, say);
}
