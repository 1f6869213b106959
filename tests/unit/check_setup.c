/* SPDX-License-Identifier: MIT */
/* check_setup.c: roles and folds, models made for tracks, presets and the options that change them,
 * a model put on another input. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/fit/setup.h"
#include "libcommon/fit/train_options.h"
#include "tests/lib/unit/toy.h"

static struct avo_error err;

/* n_cells x n_assays tracks but every skip-th; roles UNSET. */
static struct avo_header tracks(uint32_t n_cells, uint32_t n_assays, uint32_t skip)
{
    struct avo_header h = {.bin_bp = 25, .mid_bins = 10, .coarse_bins = 200};
    char cell[16], assay[16];
    err = (struct avo_error){0};
    toy_must(avo_header_add_chrom(&h, "chr1", 100000, &err), &err);
    toy_must(avo_header_add_extent(&h, 0, 0, 4000, &err), &err);
    for (uint32_t i = 0; i < n_cells * n_assays; i++) {
        snprintf(cell, sizeof cell, "c%u", i / n_assays);
        snprintf(assay, sizeof assay, "a%u", i % n_assays);
        if (!skip || i % skip != skip - 1)
            ck_assert(avo_header_add_track(&h, cell, assay, AVO_ROLE_UNSET, &err) != NULL);
    }
    return h;
}

static enum avo_role role_of(const struct avo_roles *r, const struct avo_header *h,
                             const char *cell,
                             const char *assay)
{
    return r->role[avo_header_find_track(h, cell, assay)];
}

/* ---- roles ---- */

START_TEST(options_models_tables_in_this_order)
{
    struct avo_header h = tracks(3, 4, 0), seen = tracks(2, 4, 0);
    char *valid[] = {"c0:a0"}, *test[] = {"c1:a1", "c2:a2"};
    struct avo_role_choice choice = {.valid = {valid, 1, 0}, .test = {test, 2, 0}};
    struct avo_roles r = {0};
    size_t n_unseen;
    h.tracks[0].role = AVO_ROLE_TEST;       /* c0:a0: the option wins */
    h.tracks[1].role = AVO_ROLE_VALID;      /* c0:a1: the model wins */
    seen.tracks[1].role = AVO_ROLE_TRAIN;
    seen.tracks[2].role = AVO_ROLE_TEST;    /* c0:a2: only the model says */
    seen.tracks[5].role = AVO_ROLE_TRAIN;   /* c1:a1: the option wins */
    h.tracks[8].role = AVO_ROLE_VALID;      /* c2:a0: unseen, the table */
    toy_must(avo_roles_choose(&r, &h, &choice, &seen, &n_unseen, &err), &err);
    ck_assert_uint_eq(n_unseen, 4);
    ck_assert_int_eq(role_of(&r, &h, "c0", "a0"), AVO_ROLE_VALID);
    ck_assert_int_eq(role_of(&r, &h, "c0", "a1"), AVO_ROLE_TRAIN);
    ck_assert_int_eq(role_of(&r, &h, "c0", "a2"), AVO_ROLE_TEST);
    ck_assert_int_eq(role_of(&r, &h, "c1", "a1"), AVO_ROLE_TEST);
    ck_assert_int_eq(role_of(&r, &h, "c2", "a0"), AVO_ROLE_VALID);
    ck_assert_int_eq(role_of(&r, &h, "c2", "a2"), AVO_ROLE_TEST);
    ck_assert_int_eq(role_of(&r, &h, "c2", "a3"), AVO_ROLE_TRAIN);
    avo_roles_release(&r);
    avo_header_release(&h);
    avo_header_release(&seen);
}
END_TEST

START_TEST(unknown_tracks_name_the_nearest)
{
    struct avo_header h = tracks(3, 4, 0);
    static char *const names[] = {"c0:b0", "c0", "c0:a0:", ""};
    char *valid[] = {names[_i]};
    struct avo_role_choice choice = {.valid = {valid, 1, 0}};
    struct avo_roles r = {0};
    size_t n_unseen;
    ck_assert_int_lt(avo_roles_choose(&r, &h, &choice, NULL, &n_unseen, &err), 0);
    ck_assert(err.msg[0] != 0);
    if (_i == 0)
        ck_assert_ptr_nonnull(strstr(err.hint, "\"c0:a0\""));
    avo_roles_release(&r);
    avo_header_release(&h);
}
END_TEST

/* ---- folds ---- */

/* Each cell type and each assay keeps a training track; returns the number of test tracks. */
static uint32_t check_fold(const struct avo_header *h, const enum avo_role *role)
{
    uint32_t n = 0;
    for (size_t i = 0; i < h->n_tracks; i++) {
        bool cell = false, assay = false;
        n += role[i] == AVO_ROLE_TEST;
        ck_assert(role[i] == AVO_ROLE_TEST || role[i] == AVO_ROLE_TRAIN);
        for (size_t j = 0; j < h->n_tracks; j++) {
            cell = cell || (role[j] == AVO_ROLE_TRAIN &&
                            !strcmp(h->tracks[i].celltype, h->tracks[j].celltype));
            assay = assay || (role[j] == AVO_ROLE_TRAIN &&
                              !strcmp(h->tracks[i].assay, h->tracks[j].assay));
        }
        ck_assert_msg(cell && assay, "%s:%s has nothing left", h->tracks[i].celltype,
                      h->tracks[i].assay);
    }
    return n;
}

static enum avo_role *fold_of(const struct avo_header *h, uint32_t folds, uint32_t fold,
                              uint64_t seed)
{
    struct avo_role_choice choice = {.folds = folds, .fold = fold, .seed = seed};
    enum avo_role *role = calloc(h->n_tracks, sizeof *role);
    bool *stays = calloc(h->n_tracks, sizeof *stays);
    toy_must(avo_roles_fold(role, stays, h, &choice, &err), &err);
    for (size_t i = 0; i < h->n_tracks; i++)
        ck_assert(!stays[i] || role[i] == AVO_ROLE_TRAIN);
    free(stays);
    return role;
}

/* Every table of tracks: whole, with gaps, one column, a chain where nothing can be spared. */
START_TEST(folds_leave_everything_trained)
{
    static const uint32_t shapes[][3] = {{5, 5, 0}, {5, 5, 3}, {12, 3, 4}, {1, 6, 0}, {7, 1, 0},
                                         {2, 2, 0}, {1, 1, 0}, {3, 3, 2}};
    struct avo_header h = tracks(shapes[_i][0], shapes[_i][1], shapes[_i][2]);
    for (uint32_t folds = 2; folds <= 6; folds++)
        for (uint64_t seed = 0; seed < 5; seed++) {
            uint32_t *times = calloc(h.n_tracks, sizeof *times);
            for (uint32_t k = 0; k < folds; k++) {
                enum avo_role *role = fold_of(&h, folds, k, seed);
                uint32_t n = check_fold(&h, role);
                ck_assert_uint_le(n, ((uint32_t)h.n_tracks + folds - 1) / folds);
                for (size_t i = 0; i < h.n_tracks; i++)
                    times[i] += role[i] == AVO_ROLE_TEST;
                free(role);
            }
            for (size_t i = 0; i < h.n_tracks; i++)
                ck_assert_uint_le(times[i], 1);
            free(times);
        }
    avo_header_release(&h);
}
END_TEST

/* Five folds of 5 x 5 withhold every track once, whatever the tracks' order in the table. */
START_TEST(folds_are_keyed_by_name)
{
    struct avo_header h = tracks(5, 5, 0), back = {0};
    uint32_t n = 0;
    for (size_t i = h.n_tracks; i-- > 0;)
        avo_header_add_track(&back, h.tracks[i].celltype, h.tracks[i].assay, AVO_ROLE_UNSET, &err);
    for (uint32_t k = 0; k < 5; k++) {
        enum avo_role *a = fold_of(&h, 5, k, 42), *b = fold_of(&h, 5, k, 43);
        enum avo_role *c = fold_of(&back, 5, k, 42);
        uint32_t differ = 0, n_test[2] = {0};
        for (size_t i = 0; i < 25; i++) {
            n_test[0] += a[i] == AVO_ROLE_TEST;
            n_test[1] += c[i] == AVO_ROLE_TEST;
            differ += a[i] != b[i];
        }
        n += n_test[0];
        ck_assert_uint_gt(differ, 0);
        ck_assert_uint_eq(n_test[0], n_test[1]);
        for (size_t i = 0; i < 25; i++)
            ck_assert_int_eq(a[i], c[24 - i]);
        free(a);
        free(b);
        free(c);
    }
    ck_assert_uint_eq(n, 25);
    avo_header_release(&h);
    avo_header_release(&back);
}
END_TEST

/* Tracks that the table calls `train` take part as those without a role do; `valid` and `test` stay
 * what they are, and so does what options name. Each fold is the whole part or says what stays. */
START_TEST(folds_split_training_tracks)
{
    struct avo_header bare = tracks(5, 5, 0), h = tracks(5, 5, 0);
    char *valid[] = {"c0:a0"};
    uint32_t times[25] = {0};
    for (size_t i = 0; i < 25; i++)
        h.tracks[i].role = i == 7 ? AVO_ROLE_VALID : i == 12 ? AVO_ROLE_TEST : AVO_ROLE_TRAIN;
    for (uint32_t k = 0; k < 5; k++) {
        enum avo_role *want = fold_of(&bare, 5, k, 3);
        for (size_t i = 0; i < 25; i++)
            bare.tracks[i].role = AVO_ROLE_TRAIN;   /* every track: as without roles */
        struct avo_role_choice choice = {.folds = 5, .fold = k, .has_fold = true, .seed = 3};
        struct avo_roles r = {0};
        size_t n_unseen, n_stay = 0, n_test = 0;
        toy_must(avo_roles_choose(&r, &bare, &choice, NULL, &n_unseen, &err), &err);
        ck_assert(!memcmp(r.role, want, 25 * sizeof *want));
        avo_roles_release(&r);
        free(want);
        choice.valid = (struct avo_strings){valid, 1, 0};
        toy_must(avo_roles_choose(&r, &h, &choice, NULL, &n_unseen, &err), &err);
        ck_assert(r.role[0] == AVO_ROLE_VALID && r.role[7] == AVO_ROLE_VALID);
        ck_assert_int_eq(r.role[12], AVO_ROLE_TEST);
        for (size_t i = 0; i < 25; i++) {
            n_stay += r.stays[i];
            n_test += i != 12 && r.role[i] == AVO_ROLE_TEST;
            times[i] += i != 12 && r.role[i] == AVO_ROLE_TEST;
        }
        ck_assert_uint_eq(n_stay + n_test, k < 2 ? 5 : 4);      /* 22 tracks in 5 parts */
        /* the same options on top of the model: the same tracks */
        struct avo_header seen = tracks(5, 5, 0);
        for (size_t i = 0; i < 25; i++)
            seen.tracks[i].role = r.role[i];
        struct avo_roles again = {0};
        toy_must(avo_roles_choose(&again, &h, &choice, &seen, &n_unseen, &err), &err);
        ck_assert(!memcmp(again.role, r.role, 25 * sizeof *r.role));
        avo_roles_release(&again);
        avo_header_release(&seen);
        avo_roles_release(&r);
    }
    for (size_t i = 0; i < 25; i++)
        ck_assert_uint_eq(times[i], i != 0 && i != 7 && i != 12);
    avo_header_release(&h);
    avo_header_release(&bare);
}
END_TEST

/* ---- the model made for them ---- */

START_TEST(models_hold_what_is_trained)
{
    struct avo_header h = tracks(3, 3, 0);
    struct avo_roles r = {0};
    struct avo_preset p;
    struct avo_model m;
    size_t n_unseen;
    char *test[] = {"c0:a0", "c1:a2", "c2:a2", "c0:a2"}, *valid[] = {"c0:a1"};
    struct avo_role_choice choice = {.test = {test, 4, 0}, .valid = {valid, 1, 0}};
    toy_must(avo_roles_choose(&r, &h, &choice, NULL, &n_unseen, &err), &err);
    toy_must(avo_preset_get("reference", 5, &h, &p, &err), &err);
    toy_must(avo_setup_model(&m, &h, &r, &p, &err), &err);
    /* c0 and a2 have no training track */
    ck_assert_uint_eq(m.n_celltypes, 2);
    ck_assert_uint_eq(m.n_assays, 2);
    ck_assert_int_eq(avo_model_celltype(&m, "c0"), -1);
    ck_assert_int_eq(avo_model_assay(&m, "a2"), -1);
    ck_assert_uint_eq(m.header.n_tracks, 9);
    ck_assert_int_eq(m.header.tracks[0].role, AVO_ROLE_TEST);
    ck_assert_int_lt(avo_roles_index(&r, &h, &m, &err), 0);     /* c0:a1 cannot be watched */
    ck_assert_ptr_nonnull(strstr(err.msg, "\"c0\""));
    err = (struct avo_error){0};
    r.role[1] = AVO_ROLE_TEST;
    toy_must(avo_roles_index(&r, &h, &m, &err), &err);
    ck_assert_uint_eq(r.train.n, 4);
    ck_assert_uint_eq(r.train.n_all, 6);
    ck_assert_uint_eq(r.valid.n, 0);
    for (uint32_t i = 0; i < r.train.n; i++) {
        const struct avo_track *t = &h.tracks[r.train.columns[i]];
        ck_assert_str_eq(m.celltypes[r.train.pairs[i].celltype], t->celltype);
        ck_assert_str_eq(m.assays[r.train.pairs[i].assay], t->assay);
        ck_assert_uint_eq(r.train.pairs[r.train.twin[i]].celltype, AVO_NO_ROW);
        ck_assert_uint_eq(r.train.pairs[r.train.twin[i]].assay, r.train.pairs[i].assay);
    }
    avo_roles_release(&r);
    avo_model_release(&m);
    avo_header_release(&h);
}
END_TEST

START_TEST(another_grid_is_an_error)
{
    struct toy_spec spec = {.name = "rebase", .blocks = {{AVO_BLOCK_CELLTYPE, 2, 0},
                            {AVO_BLOCK_ASSAY, 2, 0}, {AVO_BLOCK_GENOME, 2, 1}}, .hidden = {2},
                            .n_celltypes = 2, .n_assays = 2, .runs = {{0, 0, 10}}, .n = 10};
    static const char *const complaints[] = {"bins", "transform", "--missing", "length", NULL};
    struct toy t;
    spec.dtype = AVO_F16;
    toy_init(&t, &spec, 1, 0.9);
    struct avo_header h;
    err = (struct avo_error){0};
    toy_must(avo_header_copy(&h, &t.header, &err), &err);
    avo_model_identify(&t.model);
    if (_i == 0) h.bin_bp = 50;
    if (_i == 1) h.transform = AVO_NONE;
    if (_i == 2) h.missing_nan = true;
    if (_i == 3) h.chroms[1].len_bp++;
    int rc = avo_setup_rebase(&t.model, &h, &err);
    ck_assert_int_eq(rc, complaints[_i] ? -1 : 0);
    if (complaints[_i])
        ck_assert_msg(strstr(err.msg, complaints[_i]) != NULL, "%s", err.msg);
    else
        ck_assert_uint_eq(t.model.header.n_blocks, 3);
    avo_header_release(&h);
    toy_release(&t);
}
END_TEST

/* ---- presets ---- */

static void check_widths(const struct avo_preset *p, const uint32_t *widths)
{
    static const char *const names[] = {"celltype", "assay", "fine", "mid", "coarse"};
    static const uint32_t per[] = {0, 0, 1, 10, 200};
    ck_assert_uint_eq(p->shape.n_blocks, 5);
    for (int k = 0; k < 5; k++) {
        ck_assert_str_eq(p->shape.blocks[k].name, names[k]);
        ck_assert_uint_eq(p->shape.blocks[k].width, widths[k]);
        ck_assert_uint_eq(p->shape.blocks[k].bins_per_row, per[k]);
    }
}

START_TEST(presets_have_their_values)
{
    static const uint32_t paper[] = {32, 256, 25, 40, 45}, reference[] = {32, 24, 10, 20, 30};
    struct avo_header h = tracks(1, 1, 0);
    struct avo_preset p;
    toy_must(avo_preset_get("paper", 1014, &h, &p, &err), &err);
    check_widths(&p, paper);
    ck_assert(p.shape.n_hidden == 2 && p.shape.hidden[0] == 2048 && p.shape.hidden[1] == 2048);
    ck_assert(p.hyper.lr == 0.01 && p.hyper.init_range == 0.5 && p.hyper.batch == 40000);
    ck_assert(p.max_epochs == 800 && p.hyper.stage2_epochs == 200);
    ck_assert(p.hyper.clock == AVO_CLOCK_CHROMOSOME && p.hyper.dropout == 0.5);
    toy_must(avo_preset_get("reference", 19, &h, &p, &err), &err);
    check_widths(&p, reference);
    ck_assert(p.shape.n_hidden == 1 && p.shape.hidden[0] == 128);
    ck_assert(p.hyper.lr == 0.001 && p.hyper.beta1 == 0.9 && p.hyper.beta2 == 0.999);
    ck_assert(p.hyper.eps == 1e-7 && p.hyper.init_range == 0.05 && p.hyper.batch == 10000);
    ck_assert(p.hyper.wrap && p.hyper.dropout == 0 && p.hyper.celltype_dropout == 0);
    ck_assert(p.hyper.decay == 0 && p.hyper.schedule == AVO_SCHEDULE_CONSTANT);
    ck_assert(p.max_epochs == 10 && p.hyper.order == AVO_ORDER_SEQUENTIAL);
    ck_assert_int_lt(avo_preset_get("nonsense", 19, &h, &p, &err), 0);
    ck_assert_int_eq(err.status, AVO_EXIT_USAGE);
    avo_header_release(&h);
}
END_TEST

/* The default's passes grow with the number of tracks, its network stays small, and with it the
 * time: a pass of the pilot regions takes about a second on two cores. Its batch grows with the
 * bins; with many passes it is never tiny. */
START_TEST(the_default_grows)
{
    struct avo_header h = tracks(1, 1, 0);
    struct avo_preset p;
    double celltype_dropout = 1;
    int64_t epochs = 0;
    static const uint32_t widths[] = {32, 64, 8, 24, 32};
    for (uint32_t n = 1; n <= 1600; n++) {
        toy_must(avo_preset_get("default", n, &h, &p, &err), &err);
        ck_assert(p.shape.n_hidden == 2 && p.shape.hidden[0] == 128 && p.shape.hidden[1] == 128);
        ck_assert(p.max_epochs >= epochs && p.max_epochs <= 800);
        ck_assert(p.hyper.celltype_dropout <= celltype_dropout && p.hyper.standardize);
        epochs = p.max_epochs;
        celltype_dropout = p.hyper.celltype_dropout;
        ck_assert(!p.hyper.wrap && p.patience > 0 && p.hyper.stage2_epochs > 0);
    }
    check_widths(&p, widths);
    ck_assert(epochs == 800 && celltype_dropout == 0);
    int64_t full = p.hyper.batch, last = 0;
    for (uint32_t bins = 1; bins < 40000000; bins = bins * 3 + 1) {
        p.hyper.batch = full;
        avo_preset_batch(&p.hyper, 16, bins);
        ck_assert(p.hyper.batch >= 1 && p.hyper.batch >= last && p.hyper.batch <= full);
        last = p.hyper.batch;
    }
    ck_assert_int_eq(last, full);
    p.hyper.batch = full;
    avo_preset_batch(&p.hyper, 800, 33600);
    ck_assert_int_eq(p.hyper.batch, 1000);
    toy_must(avo_preset_get("reference", 1, &h, &p, &err), &err);
    avo_preset_batch(&p.hyper, 10, 20000);
    ck_assert_int_eq(p.hyper.batch, 10000);
    avo_header_release(&h);
}
END_TEST

/* What --factors makes of the reference's blocks, as text; NULL: a usage error. */
static const struct { const char *spec, *blocks; } factor_cases[] = {
    {"fine=3", "celltype 32 0, assay 24 0, fine 3 1, mid 20 10, coarse 30 200, "},
    {"25bp=3,5kbp=1", "celltype 32 0, assay 24 0, fine 3 1, mid 20 10, coarse 1 200, "},
    {"250bp=7,celltype=1", "celltype 1 0, assay 24 0, fine 10 1, mid 7 10, coarse 30 200, "},
    {"mid=0,fine=0", "celltype 32 0, assay 24 0, coarse 30 200, "},
    {"fine=0,mid=0,coarse=0", "celltype 32 0, assay 24 0, "},
    {"100bp=2,1kbp=6,100bp=3",
     "celltype 32 0, assay 24 0, fine 10 1, mid 20 10, coarse 30 200, 100bp 3 4, 1kbp 6 40, "},
    {"1000bp=6,1kbp=5",
     "celltype 32 0, assay 24 0, fine 10 1, mid 20 10, coarse 30 200, 1000bp 5 40, "},
    {"", NULL}, {"fine=3,", NULL}, {",fine=3", NULL}, {"fine=3,,mid=2", NULL},
    {"fine", NULL}, {"fine=", NULL}, {"fine=-1", NULL}, {"fine=65537", NULL}, {"fine=1x", NULL},
    {"what=3", NULL}, {"30bp=3", NULL}, {"75bp=3", NULL}, {"10kbp=3", NULL}, {"0bp=3", NULL},
    {"celltype=0,assay=0,fine=0,mid=0,coarse=0", NULL},
};
#define N_FACTOR_CASES ((int)(sizeof factor_cases / sizeof *factor_cases))

START_TEST(factors_are_parsed)
{
    struct avo_header h = tracks(1, 1, 0);
    struct avo_preset p;
    char text[512] = "";
    size_t n = 0;
    toy_must(avo_preset_get("reference", 1, &h, &p, &err), &err);
    int rc = avo_shape_factors(&p.shape, factor_cases[_i].spec, &h, &err);
    avo_header_release(&h);
    if (!factor_cases[_i].blocks) {
        ck_assert_msg(rc < 0 && err.status == AVO_EXIT_USAGE, "%s", factor_cases[_i].spec);
        return;
    }
    toy_must(rc, &err);
    for (size_t k = 0; k < p.shape.n_blocks; k++) {
        const struct avo_block *b = &p.shape.blocks[k];
        n += (size_t)snprintf(text + n, sizeof text - n, "%s %u %u, ", b->name, b->width,
                              b->bins_per_row);
    }
    ck_assert_str_eq(text, factor_cases[_i].blocks);
}
END_TEST

START_TEST(hidden_layers_are_parsed)
{
    static const char *const bad[] = {"", "0", "-1", "8,", ",8", "8,,8", "8,x", "70000",
                                      "1,2,3,4,5,6,7,8,9"};
    struct avo_shape s = {.n_hidden = 0};
    err = (struct avo_error){0};
    toy_must(avo_shape_hidden(&s, "2048,1,65536", &err), &err);
    ck_assert(s.n_hidden == 3 && s.hidden[0] == 2048 && s.hidden[1] == 1 && s.hidden[2] == 65536);
    toy_must(avo_shape_hidden(&s, "1,2,3,4,5,6,7,8", &err), &err);
    ck_assert_uint_eq(s.n_hidden, 8);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err = (struct avo_error){0};
        ck_assert_msg(avo_shape_hidden(&s, bad[i], &err) < 0 && err.status == AVO_EXIT_USAGE,
                      "\"%s\" is accepted", bad[i]);
    }
}
END_TEST

/* avo-train's command line: what each option sets, and what none of them says. */
static int parse_train(struct avo_train_options *o, int n, const char *const *words)
{
    char *argv[40] = {"avo-train"};
    int first;
    struct avo_cli cli = avo_train_cli(o);
    for (int i = 0; i < n; i++)
        argv[i + 1] = (char *)(uintptr_t)words[i];
    err = (struct avo_error){0};
    return avo_cli_parse(&cli, &o->common, n + 1, argv, &first, &err);
}

START_TEST(choices_change_a_preset)
{
    static const char *const given[] = {
        "--preset", "reference", "--epochs", "77", "--stage2-epochs", "5", "--batch", "123",
        "--patience", "0", "--lr", "0.5", "--dropout", "0.25", "--celltype-dropout", "0.5",
        "--decay", "0.1", "--network-decay", "0.2", "--init-range", "1", "--schedule", "cosine",
        "--order", "permuted", "--clock", "chromosome", "--hidden", "9,8", "--factors", "fine=2"};
    struct avo_header h = tracks(1, 1, 0);
    struct avo_train_options o;
    struct avo_preset p;
    toy_must(parse_train(&o, sizeof given / sizeof *given, given), &err);
    o.choices.seed = 9;
    toy_must(avo_choices_apply(&o.choices, 1, &h, &p, &err), &err);
    const struct avo_hyper *y = &p.hyper;
    ck_assert(p.max_epochs == 77 && y->stage2_epochs == 5 && y->batch == 123 && p.patience == 0);
    ck_assert(y->lr == 0.5 && y->dropout == 0.25 && y->celltype_dropout == 0.5 && y->decay == 0.1);
    ck_assert(y->network_decay == 0.2 && y->init_range == 1 && y->seed == 9);
    ck_assert(y->schedule == AVO_SCHEDULE_COSINE && y->order == AVO_ORDER_PERMUTED);
    ck_assert(y->clock == AVO_CLOCK_CHROMOSOME && !y->wrap);
    ck_assert(p.shape.n_hidden == 2 && p.shape.hidden[1] == 8 && p.shape.blocks[2].width == 2);
    avo_train_options_release(&o);
    avo_header_release(&h);
}
END_TEST

START_TEST(no_choice_keeps_a_preset)
{
    struct avo_header h = tracks(1, 1, 0);
    struct avo_train_options o;
    struct avo_preset p, q;
    toy_must(parse_train(&o, 0, NULL), &err);
    toy_must(avo_choices_apply(&o.choices, 1, &h, &p, &err), &err);
    toy_must(avo_preset_get("default", 1, &h, &q, &err), &err);
    ck_assert_mem_eq(&p.hyper, &q.hyper, sizeof p.hyper);
    ck_assert(p.max_epochs == q.max_epochs && p.patience == q.patience);
    ck_assert(p.shape.n_hidden == q.shape.n_hidden && p.shape.n_blocks == q.shape.n_blocks);
    avo_header_release(&h);
}
END_TEST

START_TEST(bad_choices_are_refused)
{
    static const char *const bad[][3] = {
        {"--lr", "0", "--lr: \"0\" is not a number from 1e-12 to 10"},
        {"--lr", "nan", "--lr: \"nan\""},
        {"--dropout", "1", "--dropout: \"1\" is not a number from 0 to 0.95"},
        {"--batch", "0", "--batch: \"0\" is not a whole number from 1 to 100000000"},
        {"--epochs", "1.5", "--epochs: \"1.5\""},
        {"--order", "odd", "--order: \"odd\" is not sequential, permuted or random"},
        {"--schedule", "", "--schedule: \"\" is not constant, linear or cosine"},
        {"--patience", "-1", "--patience: \"-1\" is not a whole number from 0 to 1000000000"},
        {"--folds", "1", "--folds: \"1\" is not a whole number from 2 to 1000000"},
        {"--train", "none", "--train: \"none\" is not all, genome, celltypes, assays or "
                            "celltypes,assays"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct avo_train_options o;
        ck_assert_int_eq(parse_train(&o, 2, bad[i]), -1);
        ck_assert_int_eq(err.status, AVO_EXIT_USAGE);
        ck_assert_msg(!strncmp(err.msg, bad[i][2], strlen(bad[i][2])), "%s", err.msg);
        avo_train_options_release(&o);
    }
}
END_TEST

/* What was given and what it says are two things: part 0 is a part. */
START_TEST(folds_need_each_other)
{
    static const char *const given[][4] = {{"--fold", "0", NULL}, {"--folds", "3", NULL},
                                           {"--folds", "3", "--fold", "3"},
                                           {"--folds", "3", "--fold", "0"}};
    static const char *const want[] = {"--fold needs --folds K",
                                       "--folds 3 needs --fold k, 0 to 2",
                                       "--fold: got 3, want 0 to 2 of --folds 3", NULL};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        struct avo_train_options o;
        char *input = "x.avo";
        toy_must(parse_train(&o, given[i][2] ? 4 : 2, given[i]), &err);
        int rc = avo_train_options_check(&o, &input, 1, &err);
        ck_assert_int_eq(rc, want[i] ? -1 : 0);
        if (want[i])
            ck_assert_str_eq(err.msg, want[i]);
        avo_train_options_release(&o);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("setup");
    TCase *t = tcase_create("setup");
    tcase_add_test(t, options_models_tables_in_this_order);
    tcase_add_loop_test(t, unknown_tracks_name_the_nearest, 0, 4);
    tcase_add_loop_test(t, folds_leave_everything_trained, 0, 8);
    tcase_add_test(t, folds_are_keyed_by_name);
    tcase_add_test(t, folds_split_training_tracks);
    tcase_add_test(t, models_hold_what_is_trained);
    tcase_add_loop_test(t, another_grid_is_an_error, 0, 5);
    tcase_add_test(t, presets_have_their_values);
    tcase_add_test(t, the_default_grows);
    tcase_add_loop_test(t, factors_are_parsed, 0, N_FACTOR_CASES);
    tcase_add_test(t, hidden_layers_are_parsed);
    tcase_add_test(t, choices_change_a_preset);
    tcase_add_test(t, no_choice_keeps_a_preset);
    tcase_add_test(t, bad_choices_are_refused);
    tcase_add_test(t, folds_need_each_other);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
