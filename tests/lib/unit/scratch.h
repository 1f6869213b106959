/* SPDX-License-Identifier: MIT */
/* scratch.h: unit tests that each run in an empty folder of their own, and files there. */
#ifndef AVO_TEST_SCRATCH_H
#define AVO_TEST_SCRATCH_H

#include <check.h>
#include <stddef.h>

/* A case of s whose tests begin in an empty folder, which is removed behind them. */
TCase *scratch_case(Suite *s, const char *name);

void write_file(const char *path, const void *data, size_t len);
/* What the file holds is the text want (at most 255 bytes). */
void expect_content(const char *path, const char *want);
/* How many names a folder holds. */
int count_names(const char *folder);

#endif
