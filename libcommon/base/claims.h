/* SPDX-License-Identifier: MIT */
/* claims.h: which files a run reads and which it writes. No output is an input, and no two outputs
 * are one file: told by device and inode where the file is there, else by folder and name. */
#ifndef AVO_BASE_CLAIMS_H
#define AVO_BASE_CLAIMS_H

#include "libcommon/base/error.h"

/* Each refuses (usage) what contradicts an earlier call in this process. path NULL: nothing to do;
 * "-": stdin or stdout, which count where they are regular files, and stdout once. option: what
 * asked for the output ("--log"), which may name it again. Safe from all threads. */
int avo_claim_input(const char *path, struct avo_error *err);
int avo_claim_output(const char *path, const char *option, struct avo_error *err);

#endif
