/* SPDX-License-Identifier: MIT */
/* roles_choice.c: options that give tracks their roles, and the roles that follow from them. */
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/fit/roles.h"

/* ---- options ---- */

/* A pair is split at the last colon, so equal pairs are equal strings. */
static bool named(const struct avo_strings *l, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(l->at[i], name))
            return true;
    return false;
}

static int check_twice(const struct avo_strings *l, const char *option, struct avo_error *err)
{
    for (size_t i = 1; i < l->n; i++)
        if (named(l, i, l->at[i]))
            return avo_usage_error(err, "%s names %s twice", option, l->at[i]);
    return 0;
}

static int check_names(const struct avo_role_choice *c, struct avo_error *err)
{
    for (size_t i = 0; i < c->valid.n; i++)
        if (named(&c->test, c->test.n, c->valid.at[i]))
            return avo_usage_error(err, "--valid and --test both name %s: a track is watched or "
                                   "withheld, not both", c->valid.at[i]);
    return check_twice(&c->valid, "--valid", err) || check_twice(&c->test, "--test", err) ? -1 : 0;
}

int avo_role_choice_check(const struct avo_role_choice *c, struct avo_error *err)
{
    if (c->has_fold && !c->folds)
        return avo_usage_error(err, "--fold needs --folds K");
    if (c->folds && !c->has_fold)
        return avo_usage_error(err, "--folds %u needs --fold k, 0 to %u", c->folds, c->folds - 1);
    if (c->folds && c->fold >= c->folds)
        return avo_usage_error(err, "--fold: got %u, want 0 to %u of --folds %u", c->fold,
                               c->folds - 1, c->folds);
    return check_names(c, err);
}

void avo_role_choice_release(struct avo_role_choice *c)
{
    avo_strings_release(&c->valid);
    avo_strings_release(&c->test);
}

/* ---- roles ---- */

/* The track's name as options give it. */
static char *pair_name(const struct avo_track *t, struct avo_error *err)
{
    return avo_asprintf(err, "%s:%s", t->celltype, t->assay);
}

static int unknown_track(const struct avo_header *h, const char *name, struct avo_error *err)
{
    char **names = avo_alloc(h->n_tracks, sizeof *names, "names", err);
    for (size_t i = 0; names && i < h->n_tracks; i++)
        names[i] = pair_name(&h->tracks[i], err);
    const char *near =
        names ? avo_nearest(name, (const char *const *)names, (int)h->n_tracks) : NULL;
    avo_error_set(err, "no track \"%s\" in the input", name);
    avo_hint_colons(name, "mark the track in the role column of the table for bw2tensor", err);
    if (near)
        avo_error_hint(err, "the nearest is \"%s\"", near);
    for (size_t i = 0; names && i < h->n_tracks; i++)
        free(names[i]);
    free(names);
    return -1;
}

/* given [h->n_tracks]: those that an option decides. */
static int apply_names(enum avo_role *role, bool *given, const struct avo_header *h,
                       const struct avo_role_choice *choice, struct avo_error *err)
{
    for (size_t i = 0; i < choice->valid.n + choice->test.n; i++) {
        bool valid = i < choice->valid.n;
        const char *name = valid ? choice->valid.at[i] : choice->test.at[i - choice->valid.n];
        char *cell = NULL, *assay = NULL;
        if (avo_split_pair(name, &cell, &assay, err))
            return -1;
        int t = avo_header_find_track(h, cell, assay);
        free(cell);
        free(assay);
        if (t < 0)
            return unknown_track(h, name, err);
        role[t] = valid ? AVO_ROLE_VALID : AVO_ROLE_TEST;
        given[t] = true;
    }
    return 0;
}

static enum avo_role table_role(const struct avo_track *t)
{
    return t->role == AVO_ROLE_UNSET ? AVO_ROLE_TRAIN : t->role;
}

/* What options and table say. */
static int choose_here(struct avo_roles *r, bool *given, const struct avo_header *h,
                       const struct avo_role_choice *choice, struct avo_error *err)
{
    for (size_t i = 0; i < h->n_tracks; i++)
        r->role[i] = table_role(&h->tracks[i]);
    if (apply_names(r->role, given, h, choice, err))
        return -1;
    if (choice->folds && avo_roles_fold(r->role, r->stays, h, choice, err))
        return -1;
    if (choice->watch && avo_roles_watch(r->role, h, choice->watch, choice->seed, err))
        return -1;
    for (size_t i = 0; i < h->n_tracks; i++)
        given[i] = given[i] || r->role[i] != table_role(&h->tracks[i]);
    return 0;
}

int avo_roles_choose(struct avo_roles *r, const struct avo_header *h,
                     const struct avo_role_choice *choice, const struct avo_header *seen,
                     size_t *n_unseen, struct avo_error *err)
{
    bool *given = avo_alloc(h->n_tracks, sizeof *given, "roles", err);
    int rc = -1;
    *n_unseen = 0;
    r->role = avo_alloc(h->n_tracks, sizeof *r->role, "roles", err);
    r->stays = avo_alloc(h->n_tracks, sizeof *r->stays, "roles", err);
    if (given && r->role && r->stays)
        rc = choose_here(r, given, h, choice, err);
    for (size_t i = 0; i < h->n_tracks && !rc; i++) {
        const struct avo_track *t = &h->tracks[i];
        int at = seen ? avo_header_find_track(seen, t->celltype, t->assay) : -1;
        *n_unseen += at < 0;
        if (at >= 0 && !given[i] && seen->tracks[at].role != AVO_ROLE_UNSET)
            r->role[i] = seen->tracks[at].role;
    }
    free(given);
    return rc;
}
