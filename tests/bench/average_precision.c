/* SPDX-License-Identifier: MIT */
/* average_precision.c: for ap_eval.sh: seconds that average precision takes of doubles and labels
 * in memory: average_precision FILE N THREADS; FILE holds N scores, then N labels. */
#include <stdio.h>
#include <stdlib.h>

#include "libcommon/base/alloc.h"
#include "libcommon/ap/average_precision.h"
#include "libcommon/base/log.h"

static int measure(const char *path, size_t n, int n_threads, struct avo_error *err)
{
    double *score = avo_alloc(n, sizeof *score, "scores", err), ap = 0, begun, seconds = 0;
    uint8_t *label = avo_alloc(n, sizeof *label, "labels", err);
    struct avo_pool *pool = avo_pool_new(n_threads, err);
    FILE *f = fopen(path, "rb");
    int rc = -1;

    if (f != NULL && score != NULL && label != NULL && pool != NULL &&
        fread(score, sizeof *score, n, f) == n && fread(label, 1, n, f) == n) {
        begun = avo_now_sec();
        rc = avo_average_precision(label, score, n, pool, &ap, err);
        seconds = avo_now_sec() - begun;
    }
    if (f != NULL)
        fclose(f);
    if (rc == 0)
        printf("%.6f %.15g\n", seconds, ap);
    avo_pool_free(pool);
    free(score);
    free(label);
    return rc;
}

int main(int argc, char **argv)
{
    struct avo_error err = {0};

    avo_log_init("average_precision");
    if (argc != 4)
        return AVO_EXIT_USAGE;
    if (measure(argv[1], (size_t)atol(argv[2]), atoi(argv[3]), &err) == 0)
        return AVO_EXIT_OK;
    avo_error_set(&err, "%s: cannot be read", argv[1]);
    return avo_die(&err);
}
