/* SPDX-License-Identifier: MIT */
/* model_lists.c: from rows of tables to lists of models, each read once. */
#include "libcommon/eval/model_lists.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/model/model_tracks.h"

static const char *list_of(const struct avo_track *t)
{
    for (size_t i = 0; i < t->n_attrs; i++)
        if (strcmp(t->attrs[i].key, AVO_MODEL_TRACKS) == 0)
            return t->attrs[i].value;
    return NULL;
}

static char *resolve(const char *table, const char *name, struct avo_error *err)
{
    const char *slash = strrchr(table, '/');
    int folder = name[0] == '/' || !slash ? 0 : (int)(slash - table + 1);

    return avo_asprintf(err, "%.*s%s", folder, table, name);
}

/* Takes path. Returns the list, or NULL. */
static const struct avo_header *find_list(struct avo_model_lists *l, char *path,
                                          struct avo_error *err)
{
    struct avo_model_list x = {path, NULL};

    for (size_t i = 0; path && i < l->n; i++)
        if (strcmp(l->list[i].path, path) == 0) {
            free(path);
            return l->list[i].header;
        }
    if (path &&
        avo_grow(&l->list, &l->cap, l->n + 1, sizeof *l->list, "tracks of models", err) == 0)
        x.header = avo_alloc(1, sizeof *x.header, "tracks of models", err);
    if (x.header && avo_model_tracks_read(x.header, path, err) == 0) {
        l->list[l->n++] = x;
        return x.header;
    }
    free(x.header);
    free(path);
    return NULL;
}

int avo_model_lists_find(struct avo_model_lists *l, const char *table, const struct avo_header *h,
                         const struct avo_header ***models, struct avo_error *err)
{
    const struct avo_header **out = avo_alloc(h->n_tracks, sizeof(struct avo_header *),
                                              "tracks of models", err);

    *models = out;
    for (size_t i = 0; out && i < h->n_tracks; i++) {
        const char *name = list_of(&h->tracks[i]);

        if (!name)
            continue;
        if (!(out[i] = find_list(l, resolve(table, name, err), err))) {
            avo_error_hint(err, "%s says which tracks its models have seen in that file; it goes "
                           "where the table goes", table);
            return -1;
        }
    }
    return out ? 0 : -1;
}

void avo_model_lists_release(struct avo_model_lists *l)
{
    for (size_t i = 0; i < l->n; i++) {
        avo_header_release(l->list[i].header);
        free(l->list[i].header);
        free(l->list[i].path);
    }
    free(l->list);
    *l = (struct avo_model_lists){0};
}
