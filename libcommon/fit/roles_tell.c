/* SPDX-License-Identifier: MIT */
/* roles_tell.c: what a person should know about the roles of a run's tracks. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"
#include "libcommon/fit/roles.h"

/* Names in one line: the first few, and how many there are. */
#define MAX_NAMES 12
struct list {
    size_t n;
    char text[1400];
};

static void add(struct list *l, const struct avo_track *t)
{
    size_t used = strlen(l->text);
    if (l->n++ < MAX_NAMES)
        snprintf(l->text + used, sizeof l->text - used, "%s%s:%s", used ? ", " : "", t->celltype,
                 t->assay);
}

static const char *end(struct list *l)
{
    size_t used = strlen(l->text);
    if (l->n > MAX_NAMES)
        snprintf(l->text + used, sizeof l->text - used, " and %zu more", l->n - MAX_NAMES);
    return l->text;
}

static void say(const struct avo_tell *to, bool warn, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void say(const struct avo_tell *to, bool warn, const char *fmt, ...)
{
    char text[1800];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    (warn ? to->warn : to->note)(to->user, text);
}

/* A model would learn what another one made up. */
static void tell_imputed(const struct avo_roles *r, const struct avo_header *h,
                         const struct avo_tell *to)
{
    struct list imputed = {0};
    for (size_t i = 0; i < h->n_tracks; i++)
        if (h->tracks[i].imputed && r->role[i] == AVO_ROLE_TRAIN)
            add(&imputed, &h->tracks[i]);
    if (imputed.n)
        say(to, true, "%zu training track%s imputed, not measured: %s", imputed.n,
            imputed.n > 1 ? "s are" : " is", end(&imputed));
}

void avo_roles_tell(const struct avo_roles *r, const struct avo_header *h,
                    const struct avo_tell *to)
{
    static const enum avo_role roles[] = {AVO_ROLE_VALID, AVO_ROLE_TEST};
    static const char *const words[] = {"watched", "withheld"};
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < h->n_tracks; i++)
            if (r->role[i] == roles[k])
                say(to, false, "%s: %s:%s", words[k], h->tracks[i].celltype, h->tracks[i].assay);
    for (size_t i = 0; i < h->n_tracks; i++)
        if (r->stays[i] && r->role[i] == AVO_ROLE_TRAIN)
            say(to, false, "not withheld: %s:%s (of this fold, but its cell type or assay would "
                "have no training track)", h->tracks[i].celltype, h->tracks[i].assay);
    tell_imputed(r, h, to);
}

/* ---- cell types and assays without a training track ---- */

static const char *name_of(const struct avo_track *t, bool cells)
{
    return cells ? t->celltype : t->assay;
}

/* The tracks of the cell type (assay) of track i, unless one trains or an earlier track has it:
 * then 0. */
static size_t lost(const struct avo_roles *r, const struct avo_header *h, size_t i, bool cells)
{
    const char *name = name_of(&h->tracks[i], cells);
    size_t n = 0;
    for (size_t j = 0; j < h->n_tracks; j++) {
        if (strcmp(name_of(&h->tracks[j], cells), name))
            continue;
        if (j < i || r->role[j] == AVO_ROLE_TRAIN)
            return 0;
        n++;
    }
    return n;
}

/* The model will lack the name: what is watched of it could not be predicted. */
static int check_watched(const struct avo_roles *r, const struct avo_header *h, size_t i,
                         bool cells, struct avo_error *err)
{
    const char *name = name_of(&h->tracks[i], cells);
    for (size_t j = i; j < h->n_tracks; j++)
        if (r->role[j] == AVO_ROLE_VALID && !strcmp(name_of(&h->tracks[j], cells), name))
            return avo_error_set(err, "%s:%s cannot be watched: no training track of %s \"%s\" is "
                                 "left", h->tracks[j].celltype, h->tracks[j].assay,
                                 cells ? "cell type" : "assay", name);
    return 0;
}

int avo_roles_tell_lost(const struct avo_roles *r, const struct avo_header *h,
                        const struct avo_model *m, const struct avo_tell *to,
                        struct avo_error *err)
{
    for (int cells = 1; cells >= 0; cells--)
        for (size_t i = 0; i < h->n_tracks; i++) {
            const char *name = name_of(&h->tracks[i], cells);
            size_t n = r->role[i] == AVO_ROLE_TRAIN ? 0 : lost(r, h, i, cells);
            if (!n || (m && (cells ? avo_model_celltype(m, name) : avo_model_assay(m, name)) >= 0))
                continue;
            if (check_watched(r, h, i, cells, err))
                return -1;
            say(to, true, "%s \"%s\" has no training track (%zu withheld): the model will not have "
                "it, so its tracks cannot be imputed", cells ? "cell type" : "assay", name, n);
        }
    return 0;
}

/* ---- on top of a model ---- */

void avo_roles_tell_seen(const struct avo_roles *r, const struct avo_header *h,
                         const struct avo_header *seen, const struct avo_tell *to)
{
    struct list missing = {0}, withheld = {0}, against = {0};
    for (size_t i = 0; i < seen->n_tracks; i++) {
        const struct avo_track *t = &seen->tracks[i];
        int at = avo_header_find_track(h, t->celltype, t->assay);
        if (t->role != AVO_ROLE_TRAIN)
            continue;
        if (at < 0)
            add(&missing, t);
        else if (r->role[at] != AVO_ROLE_TRAIN)
            add(&withheld, t);
        else if (h->tracks[at].role > AVO_ROLE_TRAIN)
            add(&against, t);
    }
    if (missing.n)
        say(to, true, "%zu training track%s of the model missing in the input: the genome factors "
            "are learned without: %s", missing.n, missing.n > 1 ? "s" : "", end(&missing));
    if (withheld.n)
        say(to, true, "withheld here, but the model was trained on them, so their errors are no "
            "result: %s", end(&withheld));
    if (against.n)
        say(to, true, "withheld in the table, but trained on, as the model records: %s",
            end(&against));
}
