/* SPDX-License-Identifier: MIT */
/* impute_names.c: names of the files that tracks are written to, and the table of them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/claims.h"
#include "libcommon/base/io.h"
#include "libcommon/base/text.h"
#include "libcommon/model/impute.h"

#define TITLE "celltype\tassay\tpath\trole\tmodel\n"
#define COMPONENT_TITLE "celltype\tassay\tpath\trole\tmodel\tcomponent\tspace\n"

static const char *const places[2] = {"{celltype}", "{assay}"};
static const char component_place[] = "{component}";

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

/* Length of the folder (with its slash) in front of the first placeholder. */
static size_t folder_len(const char *pattern)
{
    const char *a = strstr(pattern, places[0]), *b = strstr(pattern, places[1]);
    size_t n = a && (!b || a < b) ? (size_t)(a - pattern) : (size_t)(b - pattern);
    while (n && pattern[n - 1] != '/')
        n--;
    return n;
}

bool avo_impute_component_folder(const char *pattern)
{
    const char *at = strstr(pattern, component_place);
    return at && (size_t)(at - pattern) < folder_len(pattern);
}

char *avo_impute_table_path(const char *pattern, struct avo_error *err)
{
    return avo_asprintf(err, "%.*stracks.tsv", (int)folder_len(pattern), pattern);
}

/* A table of tracks that somebody else made must not be lost. */
static int check_table(const char *pattern, const char *title, struct avo_error *err)
{
    char *path = avo_impute_table_path(pattern, err), first[sizeof COMPONENT_TITLE] = "";
    int rc = path ? avo_claim_output(path, "the table of -o", err) : -1;
    FILE *f = path ? fopen(path, "r") : NULL;
    if (path && !f && errno != ENOENT && errno != ENOTDIR)
        rc = avo_error_sys(err, errno, "%s", path);
    if (f) {
        size_t n = fread(first, 1, sizeof first - 1, f);
        fclose(f);
        if (n < strlen(title) || memcmp(first, title, strlen(title))) {
            avo_error_hint(err, "write to a folder of their own: -o 'imputed/...'");
            rc = avo_error_set(err, "%s: exists and is no list of %s; it would be overwritten",
                               path, strcmp(title, TITLE) ? "attributions" : "imputed tracks");
        }
    }
    free(path);
    return rc;
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
                           const struct avo_model *m, const char *component,
                           struct avo_error *err)
{
    const char *title = component ? COMPONENT_TITLE : TITLE;
    bool both = pattern && strstr(pattern, places[0]) && strstr(pattern, places[1]);
    if (l->n > 1 && !both)
        return avo_error_status(err, AVO_EXIT_USAGE, "%zu tracks need {celltype} and {assay} in "
                                "-o (got %s)", l->n, pattern ? pattern : "no -o");
    if (!avo_impute_is_pattern(pattern))
        return 0;
    return check_table(pattern, title, err) || check_unique(pattern, l, m, err) ? -1 : 0;
}

/* tail: "" or further columns, each behind a tab. */
static int put_row(struct avo_out *out, const char *pattern, const struct avo_wanted *w,
                   const struct avo_model *m, const char *tail, struct avo_error *err)
{
    const char *celltype = m->celltypes[w->pair.celltype], *assay = m->assays[w->pair.assay];
    char *path = avo_impute_path(pattern + folder_len(pattern), celltype, assay, err);
    char *c = avo_escape(celltype, false, err), *a = avo_escape(assay, false, err);
    char *p = path ? avo_escape(path, false, err) : NULL;
    int rc = -1;
    if (c && a && p)
        rc = avo_out_printf(out, err, "%s\t%s\t%s\t%s\t%s%s\n", c, a, p,
                            w->role == AVO_ROLE_UNSET ? "none" : avo_role_name(w->role),
                            m->header.root_id, tail);
    free(path);
    free(c);
    free(a);
    free(p);
    return rc;
}

static char *component_tail(const char *component, const struct avo_model *m,
                            struct avo_error *err)
{
    char *name, *tail;
    if (!component)
        return avo_strdup("", err);
    if (!(name = avo_escape(component, false, err)))
        return NULL;
    tail = avo_asprintf(err, "\t%s\t%s", name, avo_transform_name(m->header.transform));
    free(name);
    return tail;
}

int avo_impute_write_table(const char *pattern, const struct avo_wanted_list *l,
                           const struct avo_model *m, const char *component,
                           struct avo_error *err)
{
    struct avo_out out = {.fd = -1};
    char *path = avo_impute_table_path(pattern, err), *tail = component_tail(component, m, err);
    int rc = path && tail ? avo_out_open(&out, path, NULL, err) : -1;
    if (!rc)
        rc = avo_out_printf(&out, err, "%s", component ? COMPONENT_TITLE : TITLE);
    for (size_t i = 0; !rc && i < l->n; i++)
        rc = put_row(&out, pattern, &l->at[i], m, tail, err);
    if (!rc)
        rc = avo_out_finish(&out, err);
    avo_out_release(&out);
    free(path);
    free(tail);
    return rc;
}
