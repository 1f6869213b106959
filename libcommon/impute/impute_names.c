/* SPDX-License-Identifier: MIT */
/* impute_names.c: names of the files that tracks are written to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/claims.h"
#include "libcommon/base/text.h"
#include "libcommon/impute/impute.h"

static const char *const places[2] = {"{celltype}", "{assay}"};
static const char component_place[] = "{component}", bound_place[] = "{bound}";

bool avo_impute_is_pattern(const char *path)
{
    return path && (strstr(path, places[0]) || strstr(path, places[1]));
}

/* s with every occurrence of place replaced. */
static char *replace(const char *s, const char *place, const char *with, struct avo_error *err)
{
    size_t n = 0, len = strlen(place);
    for (const char *p = strstr(s, place); p; p = strstr(p + len, place))
        n++;
    char *out = avo_alloc(strlen(s) + n * strlen(with) + 1, 1, "file name", err), *to = out;
    while (out && *s) {
        if (strncmp(s, place, len)) {
            *to++ = *s++;
            continue;
        }
        to += sprintf(to, "%s", with);
        s += len;
    }
    return out;
}

char *avo_impute_path(const char *pattern, const char *celltype, const char *assay,
                      struct avo_error *err)
{
    char *c = avo_escape(celltype, true, err), *a = avo_escape(assay, true, err), *half = NULL;
    char *path = NULL;
    if (c && a)     /* braces in names are escaped: the second step cannot find one in the first */
        half = replace(pattern, places[0], c, err);
    if (half)
        path = replace(half, places[1], a, err);
    free(c);
    free(a);
    free(half);
    return path;
}

bool avo_impute_has_component(const char *path)
{
    return path && strstr(path, component_place);
}

char *avo_impute_component_path(const char *pattern, const char *component, struct avo_error *err)
{
    char *name = avo_escape(component, true, err);
    char *path = name ? replace(pattern, component_place, name, err) : NULL;
    free(name);
    return path;
}

char *avo_impute_bound_path(const char *pattern, const char *bound, struct avo_error *err)
{
    return replace(pattern, bound_place, bound, err);
}

bool avo_impute_has_bound(const char *path)
{
    return strstr(path, bound_place);
}

size_t avo_impute_folder_len(const char *pattern)
{
    const char *a = strstr(pattern, places[0]), *b = strstr(pattern, places[1]);
    size_t n = a && (!b || a < b) ? (size_t)(a - pattern) : (size_t)(b - pattern);
    while (n && pattern[n - 1] != '/')
        n--;
    return n;
}

static bool in_folder(const char *pattern, const char *place)
{
    const char *at = strstr(pattern, place);
    return at && (size_t)(at - pattern) < avo_impute_folder_len(pattern);
}

bool avo_impute_component_folder(const char *pattern)
{
    return in_folder(pattern, component_place);
}

bool avo_impute_bound_folder(const char *pattern)
{
    return in_folder(pattern, bound_place);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int check_unique(const char *pattern, const struct avo_wanted_list *l,
                        const struct avo_model *m, struct avo_error *err)
{
    char **paths = avo_alloc(l->n, sizeof *paths, "file names", err);
    int rc = paths ? 0 : -1;
    for (size_t i = 0; !rc && i < l->n; i++) {
        struct avo_pair p = l->at[i].pair;
        paths[i] = avo_impute_path(pattern, m->celltypes[p.celltype], m->assays[p.assay], err);
        rc = paths[i] ? 0 : -1;
    }
    if (!rc)
        qsort(paths, l->n, sizeof *paths, compare_names);
    for (size_t i = 1; !rc && i < l->n; i++)
        if (!strcmp(paths[i], paths[i - 1]))
            rc = avo_error_set(err, "-o %s: two tracks would be written to %s", pattern, paths[i]);
    for (size_t i = 0; !rc && i < l->n; i++)
        rc = avo_claim_output(paths[i], "-o", err);
    for (size_t i = 0; paths && i < l->n; i++)
        free(paths[i]);
    free(paths);
    return rc;
}

int avo_impute_check_names(const char *pattern, const struct avo_wanted_list *l,
                           const struct avo_model *m, struct avo_error *err)
{
    bool both = pattern && strstr(pattern, places[0]) && strstr(pattern, places[1]);
    if (l->n > 1 && !both)
        return avo_usage_error(err, "%zu tracks need {celltype} and {assay} in -o (got %s)", l->n,
                               pattern ? pattern : "no -o");
    if (!avo_impute_is_pattern(pattern))
        return 0;
    return check_unique(pattern, l, m, err);
}
