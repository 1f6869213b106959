/* SPDX-License-Identifier: MIT */
/* transfer.h: transfer: new cell-type or assay rows on top of a model. */
#ifndef AVO_FIT_TRANSFER_H
#define AVO_FIT_TRANSFER_H

#include "libcommon/fit/monitor.h"
#include "libcommon/fit/roles.h"
#include "libcommon/stream/join.h"

struct avo_transfer {
    struct avo_model *model;            /* extended by its new rows */
    struct avo_binding on;              /* new tracks; genome rows, frozen */
    const struct avo_roles *roles;      /* tracks of the new rows */
    uint32_t first_celltype, first_assay;   /* rows from here on learn */
    const struct avo_backend_ops *ops;
    struct avo_pool *pool;
    struct avo_device device;
    const struct avo_monitor *monitor;
    int64_t epochs;
    bool varies;                        /* the result tells positions apart; set at the end */
    double mse;                         /* training error of the last pass */
};
int avo_transfer_run(struct avo_transfer *t, struct avo_error *err);

/* What transfer starts from. */
struct avo_transfer_input {
    char *const *paths;                 /* [n_paths] a model and its extensions; GENOME in one */
    size_t n_paths;
    struct avo_join *in;                /* SIGNAL */
    bool celltypes, assays;             /* which rows may be added */
    /* what was left out */
    uint64_t n_outside;                 /* bins of the signal without genome factors */
    uint32_t n_left_out;                /* training tracks of known rows */
};
/* The joined model, its genome rows and their positions; the signal of `in` at these. What `to`
 * points at is filled and the caller's to release, also after an error. A model of the family
 * observed has no genome rows: it is all that is loaded. */
int avo_transfer_load(struct avo_model *m, const struct avo_binding *to,
                      struct avo_transfer_input *from, struct avo_error *err);
/* Rows for the cell types and assays, as far as they may be added, that training tracks of h have
 * and m lacks. Roles: tracks of known rows become `test`. Nothing new is an error. */
int avo_transfer_rows(struct avo_model *m, const struct avo_header *h, struct avo_roles *r,
                      struct avo_transfer_input *from, struct avo_error *err);

#endif
