/* SPDX-License-Identifier: MIT */
/* tracks.h: tracks.tsv, the table of cell type, assay and file. */
#ifndef AVO_GENOME_TRACKS_H
#define AVO_GENOME_TRACKS_H

#include "libcommon/stream/header.h"

struct avo_track_file {
    struct avo_track track;     /* names, role, attrs; owned here */
    char *path;                 /* resolved against the table's folder */
    size_t line;                /* in the table, from 1 */
};
struct avo_track_table {
    size_t n;
    struct avo_track_file *files;
    char *unit, *assembly;      /* common to all rows that give one, or NULL */
    bool has_roles;
};
/* Reads a table ("-" = stdin): three or more columns; optional header line whose first field is
 * "celltype" or "#celltype"; CRLF, byte-order mark, blank and # lines accepted. Mixed units or
 * assemblies, unknown roles, empty fields: errors "file:line: ...". A pair given twice is an error
 * unless allow_replicates. */
int avo_track_table_read(struct avo_track_table *t, const char *path, bool allow_replicates,
                         struct avo_error *err);
void avo_track_table_release(struct avo_track_table *t);

#endif
