/* SPDX-License-Identifier: MIT */
/* check_rows.c: rows of bins in runs, GENOME tiles written and read back, first values. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/unit/toy.h"

/* A tile a chromosome; widths such that rows of the second begin at no multiple of 16 bytes, which
 * once crashed the writer. */
#define BLOCKS {{AVO_BLOCK_GENOME, 3, 1}, {AVO_BLOCK_ASSAY, 2, 0}, {AVO_BLOCK_GENOME, 7, 10}, \
                {AVO_BLOCK_GENOME, 5, 200}}
#define COMMON .blocks = BLOCKS, .hidden = {2}, .n_celltypes = 2, .n_assays = 2, \
               .dtype = AVO_F16, .n = 10
static const struct toy_spec spec = {
    .name = "rows", COMMON,
    .runs = {{0, 3, 1}, {0, 9, 1}, {0, 10, 191}, {0, 38990, 1010}, {1, 0, 405}, {3, 399, 2}}};
static const struct toy_spec part = {.name = "part", COMMON, .runs = {{0, 39005, 3}, {1, 7, 1}}};

START_TEST(rows_are_those_of_coordinates)
{
    struct toy t;
    toy_init(&t, &spec, 1, 0.9);
    const struct avo_positions *p = &t.positions;
    ck_assert_uint_eq(p->n_bins, 1 + 1 + 191 + 1010 + 405 + 2);
    ck_assert_uint_eq(p->n_runs, 5);    /* 9 and 10 .. are one run */
    ck_assert_uint_eq(t.rows.block[0].n_rows, p->n_bins);
    /* mid: bins 3, 9 share row 0; 10-200 is rows 1-20; 3899-3999; 0-40; 39 and 40 */
    ck_assert_uint_eq(t.rows.block[2].n_rows, 1 + 20 + 101 + 41 + 2);
    /* coarse: 0 and 1; 194-199; 0-2; 1 and 2 */
    ck_assert_uint_eq(t.rows.block[3].n_rows, 2 + 6 + 3 + 2);
    for (uint32_t k = 0; k < t.rows.n_blocks; k++) {
        const struct avo_rows *r = &t.rows.block[k];
        uint32_t per = r->bins_per_row;
        ck_assert(!r->width || avo_rows_at(r, p, 0) == 0);
        for (uint32_t i = 1; r->width && i < p->n_bins; i++) {
            bool same = avo_positions_run(p, i)->chrom == avo_positions_run(p, i - 1)->chrom &&
                        avo_positions_bin(p, i) / per == avo_positions_bin(p, i - 1) / per;
            ck_assert_uint_eq(avo_rows_at(r, p, i), avo_rows_at(r, p, i - 1) + !same);
        }
    }
    toy_release(&t);
}
END_TEST

/* Bin i of p reads the values that bin j of q reads, in every block. */
static void same_rows(const struct avo_genome_rows *a, const struct avo_positions *p, uint32_t i,
                      const struct avo_genome_rows *b, const struct avo_positions *q, uint32_t j)
{
    for (uint32_t k = 0; k < a->n_blocks; k++) {
        const struct avo_rows *r = &a->block[k], *s = &b->block[k];
        ck_assert(!r->width || !memcmp(r->w + (size_t)avo_rows_at(r, p, i) * r->width,
                                       s->w + (size_t)avo_rows_at(s, q, j) * s->width,
                                       r->width * sizeof(float)));
    }
}

START_TEST(initial_values_are_keyed_by_coordinate)
{
    struct toy a, b;
    toy_init(&a, &spec, 1, 0.9);
    toy_init(&b, &part, 1, 0.9);
    static const uint32_t at[] = {193 + 15, 193 + 16, 193 + 17, 193 + 1010 + 7};
    for (uint32_t i = 0; i < 4; i++)
        same_rows(&a.rows, &a.positions, at[i], &b.rows, &b.positions, i);
    const struct avo_rows *mid = &a.rows.block[2];
    for (size_t i = 0; i < (size_t)mid->n_rows * 7; i++) {
        ck_assert_float_le(fabsf(mid->w[i]), 0.5f);
        ck_assert(i == 0 || mid->w[i] != mid->w[i - 1]);
    }
    toy_release(&a);
    toy_release(&b);
}
END_TEST

static void write_genome(const char *path, struct toy *t, const struct avo_genome_rows *rows)
{
    struct avo_error err = {0};
    avo_model_identify(&t->model);
    struct avo_writer *w = avo_writer_open(path, &t->model.header, false, "", &err);
    ck_assert_msg(w != NULL, "%s", err.msg);
    toy_must(avo_model_write(w, &t->model, &err), &err);
    toy_must(avo_genome_rows_write(rows, &t->positions, &t->model, w, &err), &err);
    toy_must(avo_writer_finish(w, &err), &err);
    avo_writer_free(w);
}

struct genome {
    struct avo_positions positions;
    struct avo_genome_rows rows;
};

static void release(struct genome *g)
{
    avo_positions_release(&g->positions);
    avo_genome_rows_release(&g->rows);
}

/* Tiles alone and appended to one another; returns their number. */
static int read_genome(const char *path, struct avo_model *m, struct genome *one,
                       struct genome *all)
{
    struct avo_error err = {0};
    struct avo_head head;
    struct avo_genome_tile tile;
    int more, n = 0;
    struct avo_reader *r = avo_reader_open(path, &err);
    ck_assert_msg(r != NULL, "%s", err.msg);
    toy_must(avo_model_read(m, r, &head, &more, &err), &err);
    avo_genome_rows_init(&one->rows, m);
    avo_genome_rows_init(&all->rows, m);
    for (; more > 0; more = avo_reader_next(r, &head, &err), n++) {
        toy_must(avo_reader_genome(r, &tile, &err), &err);
        avo_positions_clear(&one->positions);
        avo_genome_rows_clear(&one->rows);
        toy_must(avo_genome_rows_append(&one->rows, &one->positions, m, &tile, &err), &err);
        toy_must(avo_genome_rows_append(&all->rows, &all->positions, m, &tile, &err), &err);
        uint32_t n_bins = one->positions.n_bins, before = all->positions.n_bins - n_bins;
        ck_assert_uint_eq(n_bins, tile.span.n_bins);
        for (uint32_t i = 0; i < n_bins; i++)
            same_rows(&one->rows, &one->positions, i, &all->rows, &all->positions, before + i);
    }
    ck_assert_int_eq(more, 0);
    avo_reader_close(r);
    return n;
}

/* _i: the rows of a view in place of those that learn. */
START_TEST(genome_tiles_read_back)
{
    struct toy t;
    struct avo_model m;
    struct avo_error err = {0};
    struct genome one = {0}, all = {0};
    struct avo_genome_rows view, *rows;
    char path[64];
    snprintf(path, sizeof path, "check_rows.%ld.avo", (long)getpid());
    toy_init(&t, &spec, 1, 0.9);
    avo_genome_rows_init(&view, &t.model);
    toy_must(avo_genome_rows_make(&view, &t.positions, false, &err), &err);
    rows = _i ? &view : &t.rows;
    write_genome(path, &t, rows);
    ck_assert_int_eq(read_genome(path, &m, &one, &all), 3);
    unlink(path);
    ck_assert_uint_eq(all.positions.n_bins, t.positions.n_bins);
    for (uint32_t k = 0; k < rows->n_blocks; k++) {
        const struct avo_rows *r = &rows->block[k], *got = &all.rows.block[k];
        size_t n = (size_t)r->n_rows * r->width;
        ck_assert_uint_eq(got->n_rows, r->n_rows);
        ck_assert(!n || !memcmp(got->w, r->w, n * sizeof(float)));
        ck_assert(!n || (r->w[n - 1] == 0) == _i);
    }
    release(&one);
    release(&all);
    avo_genome_rows_release(&view);
    avo_model_release(&m);
    toy_release(&t);
}
END_TEST

/* A tile whose bins go on where the last run ends, inside a row of every block but the first: the
 * run grows, and the row is not there twice. */
START_TEST(a_run_that_grows_goes_on_with_its_rows)
{
    struct toy t, both;
    struct avo_error err = {0};
    struct genome g = {0};
    static const struct toy_spec first = {.name = "first", COMMON, .runs = {{0, 3, 1}, {0, 9, 4}}};
    static const struct toy_spec all = {.name = "all", COMMON, .runs = {{0, 3, 1}, {0, 9, 11}}};
    float rows[3][7 * 7] = {{1}, {2}, {3}};
    const struct avo_run runs[] = {{3, 1}, {9, 4}}, rest = {13, 7};
    toy_init(&t, &first, 1, 0.9);
    toy_init(&both, &all, 1, 0.9);
    avo_genome_rows_init(&g.rows, &t.model);
    struct avo_genome_tile tile = {.span = {0, 2, 5, runs}, .n_blocks = 3, .n_rows = {5, 2, 1},
                                   .rows = {rows[0], rows[1], rows[2]}};
    toy_must(avo_genome_rows_append(&g.rows, &g.positions, &t.model, &tile, &err), &err);
    tile.span = (struct avo_span){0, 1, 7, &rest};
    tile.n_rows[0] = 7;
    tile.n_rows[1] = 0;
    tile.n_rows[2] = 0;
    toy_must(avo_genome_rows_append(&g.rows, &g.positions, &t.model, &tile, &err), &err);
    ck_assert_uint_eq(g.positions.n_runs, 2);
    for (uint32_t k = 0; k < g.rows.n_blocks; k++) {
        const struct avo_rows *r = &g.rows.block[k], *want = &both.rows.block[k];
        ck_assert_uint_eq(r->n_rows, want->n_rows);
        for (uint32_t i = 0; r->width && i < g.positions.n_bins; i++)
            ck_assert_uint_eq(avo_rows_at(r, &g.positions, i),
                              avo_rows_at(want, &both.positions, i));
    }
    tile.n_rows[0] = 6;     /* seven more bins are seven more rows */
    tile.span = (struct avo_span){1, 1, 7, &rest};
    ck_assert_int_eq(avo_genome_rows_append(&g.rows, &g.positions, &t.model, &tile, &err), -1);
    ck_assert_str_eq(err.msg, "GENOME tile has another number of rows than its bins need");
    release(&g);
    toy_release(&t);
    toy_release(&both);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rows");
    TCase *t = tcase_create("rows");
    tcase_add_test(t, rows_are_those_of_coordinates);
    tcase_add_test(t, initial_values_are_keyed_by_coordinate);
    tcase_add_loop_test(t, genome_tiles_read_back, 0, 2);
    tcase_add_test(t, a_run_that_grows_goes_on_with_its_rows);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
