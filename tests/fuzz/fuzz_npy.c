/* SPDX-License-Identifier: MIT */
/* fuzz_npy.c: any bytes as an array of numpy: as features and as labels. Nothing may crash, leak or
 * take more memory than the file backs; an array that is taken has its values in both forms. */
#define _GNU_SOURCE     /* memfd_create */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libcommon/ap/features_in.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A failure says what it is, and of which file. */
static void check_failure(const char *path, const struct avo_error *err)
{
    if (err->status == 0 || strncmp(err->msg, path, strlen(path)) != 0)
        abort();
}

/* Single precision, where it is taken, is double precision rounded. */
static void compare(const float *x, const double *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isinf(x[i]) || (isnan(x[i]) ? !isnan(y[i]) : x[i] != (float)y[i]))
            abort();
}

static void read_both(const char *path, size_t len)
{
    struct avo_error err = {0}, err_y = {0};
    size_t rows, cols, rows_y, cols_y;
    float *x = NULL;
    double *y = NULL;
    int rc = avo_npy_read(path, &x, NULL, &rows, &cols, &err);
    int rc_y = avo_npy_read(path, NULL, &y, &rows_y, &cols_y, &err_y);

    if (rc < 0)
        check_failure(path, &err);
    if (rc_y < 0)
        check_failure(path, &err_y);
    if (rc == 0 && (rc_y < 0 || rows != rows_y || cols != cols_y || rows * cols > len))
        abort();
    if (rc == 0)
        compare(x, y, rows * cols);
    free(x);
    free(y);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct avo_matrix m = {0};
    struct avo_error err = {0};
    char path[64];
    int fd = memfd_create("npy", 0);

    if (fd < 0 || (len && write(fd, data, len) != (ssize_t)len))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    read_both(path, len);
    if (avo_matrix_read(&m, path, NULL, &err) < 0)
        check_failure(path, &err);
    avo_matrix_release(&m);
    close(fd);
    return 0;
}
