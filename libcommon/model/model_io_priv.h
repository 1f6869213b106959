/* SPDX-License-Identifier: MIT */
/* model_io_priv.h: tensors of CORE, as the files that write them share them. */
#ifndef AVO_MODEL_MODEL_IO_PRIV_H
#define AVO_MODEL_MODEL_IO_PRIV_H

#include "libcommon/stream/stream.h"

int avo_core_write_text(struct avo_writer *w, const char *name, const char *text,
                        struct avo_error *err);
/* data [rows][columns] */
int avo_core_write_floats(struct avo_writer *w, const char *name, const float *data, uint64_t rows,
                          uint64_t columns, struct avo_error *err);
/* t has n elements, all finite. */
int avo_core_check_floats(const struct avo_tensor *t, size_t n, struct avo_error *err);

#endif
