/* SPDX-License-Identifier: MIT */
/* check_axis.c: rows of bins in runs, GENOME tiles written and read back, first values, signal. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/half.h"
#include "tests/lib/unit/toy.h"

/* A tile a chromosome; widths such that rows of the second begin at no multiple of 16 bytes, which
 * once crashed the writer. */
#define BLOCKS {{AVO_BLOCK_GENOME, 3, 1}, {AVO_BLOCK_ASSAY, 2, 0}, {AVO_BLOCK_GENOME, 7, 10}, \
                {AVO_BLOCK_GENOME, 5, 200}}
#define COMMON .blocks = BLOCKS, .hidden = {2}, .n_celltypes = 2, .n_assays = 2, \
               .dtype = AVO_F16, .n = 10
static const struct toy_spec spec = {
    .name = "axis", COMMON,
    .runs = {{0, 3, 1}, {0, 9, 1}, {0, 10, 191}, {0, 38990, 1010}, {1, 0, 405}, {3, 399, 2}}};
static const struct toy_spec part = {.name = "part", COMMON, .runs = {{0, 39005, 3}, {1, 7, 1}}};

START_TEST(rows_are_those_of_coordinates)
{
    struct toy t;
    toy_init(&t, &spec, 1, 0.9);
    const struct avo_axis *a = &t.axis;
    ck_assert_uint_eq(a->n_bins, 1 + 1 + 191 + 1010 + 405 + 2);
    ck_assert_uint_eq(a->n_runs, 5);    /* 9 and 10 .. are one run */
    ck_assert_uint_eq(a->genome[0].n_rows, a->n_bins);
    /* mid: bins 3, 9 share row 0; 10-200 is rows 1-20; 3899-3999; 0-40; 39 and 40 */
    ck_assert_uint_eq(a->genome[2].n_rows, 1 + 20 + 101 + 41 + 2);
    /* coarse: 0 and 1; 194-199; 0-2; 1 and 2 */
    ck_assert_uint_eq(a->genome[3].n_rows, 2 + 6 + 3 + 2);
    for (uint32_t i = 1; i < a->n_bins; i++)
        for (uint32_t k = 0; k < a->n_blocks; k++) {
            uint32_t per = a->genome[k].bins_per_row;
            if (!a->genome[k].width)
                continue;
            bool same = a->runs[a->run_of[i]].chrom == a->runs[a->run_of[i - 1]].chrom &&
                        avo_axis_bin(a, i) / per == avo_axis_bin(a, i - 1) / per;
            ck_assert_uint_eq(avo_axis_row(a, k, i), avo_axis_row(a, k, i - 1) + !same);
        }
    toy_release(&t);
}
END_TEST

START_TEST(initial_values_are_keyed_by_coordinate)
{
    struct toy a, b;
    toy_init(&a, &spec, 1, 0.9);
    toy_init(&b, &part, 1, 0.9);
    static const uint32_t at[] = {193 + 15, 193 + 16, 193 + 17, 193 + 1010 + 7};
    for (uint32_t i = 0; i < 4; i++)
        for (uint32_t k = 0; k < a.axis.n_blocks; k++) {
            size_t width = a.axis.genome[k].width;
            ck_assert(!width ||
                      !memcmp(a.axis.genome[k].w + avo_axis_row(&a.axis, k, at[i]) * width,
                              b.axis.genome[k].w + avo_axis_row(&b.axis, k, i) * width,
                              width * sizeof(float)));
        }
    for (size_t i = 0; i < (size_t)a.axis.genome[2].n_rows * 7; i++) {
        ck_assert_float_le(fabsf(a.axis.genome[2].w[i]), 0.5f);
        ck_assert(i == 0 || a.axis.genome[2].w[i] != a.axis.genome[2].w[i - 1]);
    }
    toy_release(&a);
    toy_release(&b);
}
END_TEST

static void write_genome(const char *path, struct toy *t, float *const *values)
{
    struct avo_error err = {0};
    avo_model_identify(&t->model);
    struct avo_writer *w = avo_writer_open(path, &t->model.header, false, "", &err);
    ck_assert_msg(w != NULL, "%s", err.msg);
    toy_must(avo_model_write(w, &t->model, &err), &err);
    toy_must(avo_axis_write_genome(&t->axis, &t->model, values, w, &err), &err);
    toy_must(avo_writer_finish(w, &err), &err);
    avo_writer_free(w);
}

/* Tiles alone and appended to one axis; returns their number. */
static int read_genome(const char *path, struct avo_model *m, struct avo_axis *one,
                       struct avo_axis *all)
{
    struct avo_error err = {0};
    struct avo_head head;
    struct avo_genome_tile tile;
    int more, n = 0;
    struct avo_reader *r = avo_reader_open(path, &err);
    ck_assert_msg(r != NULL, "%s", err.msg);
    toy_must(avo_model_read(m, r, &head, &more, &err), &err);
    avo_axis_init(one, m, AVO_F32, 0);
    avo_axis_init(all, m, AVO_F16, 3);
    for (; more > 0; more = avo_reader_next(r, &head, &err), n++) {
        toy_must(avo_reader_genome(r, &tile, &err), &err);
        toy_must(avo_axis_from_genome(one, m, &tile, &err), &err);
        toy_must(avo_axis_append_genome(all, m, &tile, &err), &err);
        ck_assert_uint_eq(one->n_bins, tile.span.n_bins);
        for (uint32_t i = 0; i < one->n_bins; i++)
            for (uint32_t k = 0; k < one->n_blocks; k++) {
                size_t width = one->genome[k].width;
                uint32_t j = all->n_bins - one->n_bins + i;
                ck_assert(!width ||
                          !memcmp(one->genome[k].w + avo_axis_row(one, k, i) * width,
                                  all->genome[k].w + avo_axis_row(all, k, j) * width,
                                  width * sizeof(float)));
            }
    }
    ck_assert_int_eq(more, 0);
    avo_reader_close(r);
    return n;
}

/* _i: other values in place of the axis' own. */
START_TEST(genome_tiles_read_back)
{
    struct toy t;
    struct avo_model m;
    struct avo_axis one, all;
    float *values[AVO_MAX_BLOCKS] = {0};
    char path[64];
    snprintf(path, sizeof path, "check_axis.%ld.avo", (long)getpid());
    toy_init(&t, &spec, 1, 0.9);
    if (_i)
        values[2] = calloc((size_t)t.axis.genome[2].n_rows * 7, sizeof(float));
    write_genome(path, &t, _i ? values : NULL);
    ck_assert_int_eq(read_genome(path, &m, &one, &all), 3);
    unlink(path);
    ck_assert_uint_eq(all.n_bins, t.axis.n_bins);
    for (uint32_t k = 0; k < t.axis.n_blocks; k++) {
        const struct avo_rows *g = &t.axis.genome[k];
        size_t n = (size_t)g->n_rows * g->width;
        ck_assert_uint_eq(all.genome[k].n_rows, g->n_rows);
        ck_assert(!n || !memcmp(all.genome[k].w, values[k] ? values[k] : g->w, n * sizeof(float)));
    }
    for (uint32_t i = 0; i < all.n_bins; i++)
        for (uint32_t c = 0; c < 3; c++)
            ck_assert(isnan(avo_axis_value(&all, i, c)));
    avo_axis_release(&one);
    avo_axis_release(&all);
    avo_model_release(&m);
    free(values[2]);
    toy_release(&t);
}
END_TEST

/* Signal for bins that the axis has, under another order of chromosomes; the others are counted. */
START_TEST(signal_finds_its_bins)
{
    struct toy t;
    struct avo_error err = {0};
    struct avo_header theirs = {.bin_bp = 25, .mid_bins = 10, .coarse_bins = 200};
    uint16_t values[8 * 4];
    toy_init(&t, &spec, 1, 0.9);
    uint32_t n = t.axis.n_tracks;
    ck_assert_uint_eq(n, 4);
    toy_must(avo_header_add_chrom(&theirs, "chr2", 1000000, &err), &err);
    toy_must(avo_header_add_chrom(&theirs, "chr1", 1000000, &err), &err);
    toy_must(avo_header_add_chrom(&theirs, "chr7", 1000000, &err), &err);
    for (uint32_t i = 0; i < 8 * 4; i++)
        values[i] = avo_half_from_float((float)i + 100);
    /* chr1: 8 (absent), 9-11, 200 (there), 201 (absent), 39999 (the last bin) */
    const struct avo_run runs[] = {{8, 4}, {200, 2}, {39999, 1}};
    struct avo_tile tile = {{1, 3, 7, runs}, AVO_F16, n, values};
    ck_assert_uint_eq(avo_axis_fill(&t.axis, &tile, &t.header, &theirs), 2);
    static const uint32_t at[] = {1, 2, 3, 192, 193 + 1009}, from[] = {1, 2, 3, 4, 6};
    for (int i = 0; i < 5; i++)
        for (uint32_t c = 0; c < n; c++)
            ck_assert_float_eq(avo_axis_value(&t.axis, at[i], c), (float)(from[i] * n + c) + 100);
    tile.span.chrom = 2;    /* unknown to the model */
    ck_assert_uint_eq(avo_axis_fill(&t.axis, &tile, &t.header, &theirs), 7);
    avo_header_release(&theirs);
    toy_release(&t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("axis");
    TCase *t = tcase_create("axis");
    tcase_add_test(t, rows_are_those_of_coordinates);
    tcase_add_test(t, initial_values_are_keyed_by_coordinate);
    tcase_add_loop_test(t, genome_tiles_read_back, 0, 2);
    tcase_add_test(t, signal_finds_its_bins);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
