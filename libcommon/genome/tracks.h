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
    char *name;                 /* of the table in messages */
    size_t path_column;         /* from 1 */
    bool odd_first_row;         /* no header line, and the first row reads like one */
};
/* Reads a table ("-" = stdin), tab-separated: cell type, assay, path. A first line whose first
 * field is celltype, or which has two of celltype, assay and path (or file), is a header: it names
 * the columns, in any order; case, blanks, _ and - do not count, and # may come before the first.
 * Without it there are exactly those three. Known further columns: role (train, valid, test; none,
 * "." or empty: unset), unit, assembly; any other becomes an attr of its track; empty and "." cells
 * are left out. CRLF, byte-order mark, blank and # lines are accepted. Every cell follows the one
 * escaping rule (avo_unescape): a tab in a name is %09, a per cent sign %25. Paths are relative to
 * the table's folder (URLs and absolute ones stay).
 * A header without one of the three, mixed units or assemblies, unknown roles, empty names, bytes
 * that are not UTF-8: errors "file:line: ...", where it is a cell's "file:line: column 3 (path):
 * ...". A pair given twice is an error unless allow_replicates; then the rows stay apart here, and
 * only a role that differs between them is an error. */
int avo_track_table_read(struct avo_track_table *t, const char *path, bool allow_replicates,
                         struct avo_error *err);
/* Puts table, line and column of a row's path before what is wrong with the file. Returns -1. */
int avo_track_table_blame(const struct avo_track_table *t, const struct avo_track_file *f,
                          struct avo_error *err);
void avo_track_table_release(struct avo_track_table *t);

#endif
