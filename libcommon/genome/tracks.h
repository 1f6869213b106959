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
/* Reads a table ("-" = stdin), tab-separated: cell type, assay, path. A first line whose first
 * field is "celltype" or "#celltype" is a header: it names the columns (assay and path, or file,
 * among them, in any order); without it there are exactly those three. Known further columns: role
 * (train, valid, test; none, "." or empty: unset), unit, assembly; any other becomes an attr of
 * its track; empty and "." cells are left out. CRLF, byte-order mark, blank and # lines are
 * accepted. Every cell follows the one escaping rule (avo_unescape): a tab in a name is %09, a
 * per cent sign %25. Paths are relative to the table's folder (URLs and absolute ones stay).
 * Mixed units or assemblies, unknown roles, empty names, bytes that are not UTF-8: errors
 * "file:line: ...". A pair given twice is an error unless allow_replicates; then the rows stay
 * apart here, and only a role that differs between them is an error. */
int avo_track_table_read(struct avo_track_table *t, const char *path, bool allow_replicates,
                         struct avo_error *err);
void avo_track_table_release(struct avo_track_table *t);

#endif
