/* SPDX-License-Identifier: MIT */
/* vectors.h: reads tests/oracle/torch_vectors.txt, and observed_vectors.txt for names that begin
 * with "observed.". */
#ifndef AVO_TEST_VECTORS_H
#define AVO_TEST_VECTORS_H

#include <stddef.h>

/* The values of a tensor (fresh memory) and their number; a missing one fails the test. */
double *vector_read(const char *name, size_t *n);

#endif
