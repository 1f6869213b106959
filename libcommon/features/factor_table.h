/* SPDX-License-Identifier: MIT */
/* factor_table.h: the factors of a model's cell types or assays as rows of features. */
#ifndef AVO_FEATURES_FACTOR_TABLE_H
#define AVO_FEATURES_FACTOR_TABLE_H

#include "libcommon/features/aggregate_out.h"

/* Reads models (n 0: stdin) whole, joins their rows and writes one row a cell type (assay), named
 * so: the root's rows, then extensions in the order of the files; features BLOCK.0, BLOCK.1, ...
 * of every block of the kind. spec: path and format. Errors: another root, one name with two
 * rows. */
int avo_factor_table(char *const *paths, size_t n, bool assays, bool no_provenance,
                     const struct avo_agg_out_spec *spec, struct avo_error *err);

#endif
