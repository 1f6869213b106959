/* SPDX-License-Identifier: MIT */
/* train_files.c: claims, locks and the log of a training run. */
#include "libcommon/fit/train_files.h"

#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/claims.h"

static int claim_partial(const struct avo_train_files *f, struct avo_error *err)
{
    if (!f->checkpoint || !f->output)
        return 0;
    char *partial = avo_asprintf(err, "%s.partial", f->output);
    int rc = partial ? avo_claim_output(partial, "the unfinished -o", err) : -1;
    free(partial);
    return rc;
}

int avo_train_files_open(struct avo_train_files *f, struct avo_error *err)
{
    if (claim_partial(f, err))
        return -1;
    const char *const paths[3] = {f->checkpoint ? f->output : NULL, f->checkpoint, f->log_path};
    for (int i = 0; i < 3; i++)
        if (avo_lock_take(&f->locks[i], paths[i], &f->unsafe, err))
            return -1;
    return avo_train_log_open(&f->log, f->log_path, f->resume, err);
}

int avo_train_files_close(struct avo_train_files *f, struct avo_error *err)
{
    int rc = avo_train_log_close(&f->log, err);
    for (int i = 2; i >= 0; i--)
        avo_lock_release(&f->locks[i]);
    return rc;
}
