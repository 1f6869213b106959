/* SPDX-License-Identifier: MIT */
/* model_tracks.c: lists of a model's tracks, written and read. */
#include "libcommon/model/model_tracks.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/digest.h"
#include "libcommon/base/io.h"
#include "libcommon/base/text.h"

#define TITLE "celltype\tassay\trole"
#define MAX_FILE_BYTES ((size_t)64 << 20)

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_lines(char **lines, size_t n)
{
    for (size_t i = 0; lines && i < n; i++)
        free(lines[i]);
    free(lines);
}

static char *format_line(const struct avo_track *t, struct avo_error *err)
{
    char *c = avo_escape(t->celltype, false, err), *a = avo_escape(t->assay, false, err);
    const char *role = t->role == AVO_ROLE_UNSET ? "none" : avo_role_name(t->role);
    char *line = c && a ? avo_asprintf(err, "%s\t%s\t%s\n", c, a, role) : NULL;

    free(c);
    free(a);
    return line;
}

/* Sorted, so that the list does not depend on the order in which models were joined. */
static char **format_lines(const struct avo_header *h, struct avo_error *err)
{
    char **lines = avo_alloc(h->n_tracks, sizeof *lines, "tracks of the model", err);

    for (size_t i = 0; lines && i < h->n_tracks; i++)
        if (!(lines[i] = format_line(&h->tracks[i], err))) {
            free_lines(lines, i);
            return NULL;
        }
    if (lines)
        qsort(lines, h->n_tracks, sizeof *lines, compare_lines);
    return lines;
}

char *avo_model_tracks_name(const struct avo_header *model, struct avo_error *err)
{
    char **lines = format_lines(model, err), hex[33];
    struct avo_digest digest;

    if (!lines)
        return NULL;
    avo_digest_init(&digest);
    for (size_t i = 0; i < model->n_tracks; i++)
        avo_digest_add(&digest, lines[i], strlen(lines[i]));
    avo_digest_hex(&digest, hex);
    free_lines(lines, model->n_tracks);
    return avo_asprintf(err, AVO_MODEL_TRACKS ".%.8s.tsv", hex);
}

int avo_model_tracks_write(const struct avo_header *model, const char *path,
                           struct avo_error *err)
{
    char **lines = format_lines(model, err);
    struct avo_out out = {.fd = -1};
    int rc = lines ? avo_out_open(&out, path, NULL, err) : -1;

    if (rc == 0)
        rc = avo_out_printf(&out, err, TITLE "\n");
    for (size_t i = 0; rc == 0 && i < model->n_tracks; i++)
        rc = avo_out_write(&out, lines[i], strlen(lines[i]), err);
    if (rc == 0)
        rc = avo_out_finish(&out, err);
    avo_out_release(&out);
    free_lines(lines, model->n_tracks);
    return rc;
}

static int read_line(struct avo_header *h, char *line, struct avo_error *err)
{
    char *celltype = avo_field(&line), *assay = avo_field(&line), *word = avo_field(&line);
    int role;

    if (!word || line || *celltype == '\0' || *assay == '\0')
        return avo_error_set(err, "want three columns: cell type, assay, role");
    if (avo_unescape(celltype, err) < 0 || avo_unescape(assay, err) < 0)
        return -1;
    role = strcmp(word, "none") == 0 ? AVO_ROLE_UNSET : avo_role_parse(word);
    if (role < 0)
        return avo_error_set(err, "unknown role \"%s\" (want train, valid, test or none)", word);
    return avo_header_add_track(h, celltype, assay, (enum avo_role)role, err) != NULL ? 0 : -1;
}

int avo_model_tracks_read(struct avo_header *h, const char *path, struct avo_error *err)
{
    char *text = NULL, *at, *line;
    size_t len, n_line = 1;
    int rc = 0;

    memset(h, 0, sizeof *h);
    if (avo_read_text(path, MAX_FILE_BYTES, &text, &len, err) < 0)
        return -1;
    at = text;
    if (!(line = avo_line(&at)) || strcmp(line, TITLE) != 0) {
        free(text);
        return avo_error_set(err, "%s:1: no list of a model's tracks (want the columns celltype, "
                             "assay, role)", path);
    }
    while (rc == 0 && (line = avo_line(&at))) {
        n_line++;
        if (*line != '\0' && read_line(h, line, err) < 0)
            rc = avo_error_prefix(err, "%s:%zu", path, n_line);
    }
    free(text);
    if (rc < 0)
        avo_header_release(h);
    return rc;
}
