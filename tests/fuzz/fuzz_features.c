/* SPDX-License-Identifier: MIT */
/* fuzz_features.c: any bytes as a table of features, and as the text of a FEATURE record. Nothing
 * may crash or leak; rows that a record may hold are the same after their table is read back. */
#define _GNU_SOURCE     /* memfd_create */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libcommon/ap/features_in.h"
#include "libcommon/stream/feature_show.h"
#include "libcommon/stream/wire.h"

enum { MOST_ROWS = 64, N_FIXED = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* ---- a table ---- */

static void read_table(const uint8_t *data, size_t len)
{
    static const char *const apart[] = {"f"};
    static const struct avo_columns columns[] = {{0}, {.pattern = "f*"},
                                                 {.apart = apart, .n_apart = 1}};
    int fd = memfd_create("table", 0);
    char path[64];

    if (fd < 0 || (len && write(fd, data, len) != (ssize_t)len))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        struct avo_matrix m = {0};
        struct avo_error err = {0};

        if (avo_matrix_read(&m, path, &columns[i], &err) < 0 && err.status == 0)
            abort();
        avo_matrix_release(&m);
    }
    close(fd);
}

/* ---- the text of a record ---- */

static void make_header(struct avo_header *h, bool pairs)
{
    static const char *const right[] = AVO_FEATURE_PAIR;
    struct avo_error err = {0};
    int rc = avo_header_add_chrom(h, "chr1", 1000000, &err) ||
             avo_header_add_chrom(h, "#2 %", 1000, &err) ||
             avo_header_add_feature(h, "@f", &err) || avo_header_add_feature(h, "label", &err) ||
             avo_header_add_column(h, "y", &err) || avo_header_add_column(h, "@z", &err);

    h->content = AVO_CONTENT_FEATURE;
    h->bin_bp = 25;
    h->mid_bins = 10;
    h->coarse_bins = 200;
    for (int k = 0; !rc && pairs && k < 3; k++)
        rc = avo_header_add_column(h, right[k], &err);
    if (rc)
        abort();
}

static void same(const struct avo_matrix *m, size_t row, int col, const char *want)
{
    if (strcmp(avo_cell(&m->cells, row, col), want) != 0)
        abort();
}

/* Row i of the table is what the record says. */
static void compare_row(const struct avo_matrix *m, size_t i, const struct avo_feature_row *row)
{
    const char *texts[] = {row->name, row->label, row->group};
    char beg[24];

    snprintf(beg, sizeof beg, "%" PRIu64, row->at[0].beg_bp);
    same(m, i, 0, row->at[0].chrom);
    same(m, i, 1, beg);
    for (int k = 0; k < 3; k++)
        same(m, i, 3 + k, texts[k]);
    same(m, i, N_FIXED, row->columns[0]);
    same(m, i, N_FIXED + 1, row->columns[1]);
    if (memcmp(m->x + 2 * i, row->features, 2 * sizeof *m->x) != 0)
        abort();
}

/* Writes what rows give as a table, and reads that. 0: the text is not as it should be. */
static int write_table(struct avo_feature_rows *rows, const struct avo_feature_block *b,
                       const char *path)
{
    struct avo_feature_show show = {.format = AVO_SHOW_TSV, .layout = rows->layout};
    struct avo_feature_row row;
    struct avo_error err = {0};
    int got;

    if (avo_feature_rows_start(rows, b, &err) || avo_feature_show_open(&show, path, 0, &err))
        abort();
    while ((got = avo_feature_rows_next(rows, &row, &err)) > 0)
        if (avo_feature_show_row(&show, &row, &err))
            abort();
    if ((got < 0 && err.status == 0) || (got == 0 && avo_feature_show_finish(&show, &err)))
        abort();
    avo_feature_show_release(&show);
    return got == 0;
}

static void compare(struct avo_feature_rows *rows, const struct avo_feature_block *b,
                    const char *path)
{
    struct avo_matrix m = {0};
    struct avo_feature_row row;
    struct avo_error err = {0};
    size_t i = 0;

    if (b->n_rows == 0)
        return;
    if (avo_matrix_read(&m, path, NULL, &err) < 0 || m.n_rows != b->n_rows || m.n_cols != 2 ||
        avo_feature_rows_start(rows, b, &err)) {
        fprintf(stderr, "fuzz_features: a table cannot be read: %s\n", err.msg);
        abort();
    }
    while (avo_feature_rows_next(rows, &row, &err) > 0)
        compare_row(&m, i++, &row);
    avo_matrix_release(&m);
}

static void read_record(const uint8_t *data, size_t len, bool pairs)
{
    static float values[2 * MOST_ROWS];
    struct avo_header h = {0};
    struct avo_feature_layout layout;
    struct avo_feature_rows rows = {.layout = &layout};
    struct avo_feature_block b = {.n_features = 2, .values = values, .text = (const char *)data,
                                  .text_bytes = len};
    struct avo_error err = {0};
    char path[] = "/tmp/fuzz_features.XXXXXX";
    int fd;

    for (size_t i = 0; i < len; i++)
        b.n_rows += data[i] == '\n';
    if (b.n_rows > MOST_ROWS)
        return;
    for (size_t i = 0; i < 2 * MOST_ROWS; i++)
        values[i] = 1.0f / (float)(i + 1);
    make_header(&h, pairs);
    if (avo_feature_layout_init(&layout, &h, &err) || (fd = mkstemp(path)) < 0)
        abort();
    close(fd);
    if (avo_feature_block_check(&b, &h, &err) == 0 && write_table(&rows, &b, path))
        compare(&rows, &b, path);
    unlink(path);
    avo_feature_rows_release(&rows);
    avo_feature_layout_release(&layout);
    avo_header_release(&h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    read_table(data, len);
    read_record(data, len, false);
    read_record(data, len, true);
    return 0;
}
