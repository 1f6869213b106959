/* SPDX-License-Identifier: MIT */
/* check_qc.c: the availability matrix and the table of scales, as text that is compared whole. */
#include <check.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/eval/depths.h"
#include "libcommon/model/scale.h"

static char path[] = "/tmp/check_qc.XXXXXX";
static char got[4096];
static struct avo_out out;

static void open_out(void)
{
    int fd = mkstemp(path);

    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert_int_eq(avo_out_open(&out, path, NULL, NULL), 0);
}

static void expect_text(const char *want)
{
    ssize_t n;
    int fd;

    ck_assert_int_eq(avo_out_finish(&out, NULL), 0);
    avo_out_release(&out);
    fd = open(path, O_RDONLY);
    ck_assert_int_ge(fd, 0);
    n = read(fd, got, sizeof got - 1);
    ck_assert_int_ge(n, 0);
    got[n] = '\0';
    close(fd);
    unlink(path);
    memcpy(path, "/tmp/check_qc.XXXXXX", sizeof path);
    ck_assert_str_eq(got, want);
}

static void add(struct avo_header *h, const char *celltype, const char *assay, enum avo_role role)
{
    ck_assert_ptr_nonnull(avo_header_add_track(h, celltype, assay, role, NULL));
}

/* Tracks in no order of their names; sizes = cell type x assay but for those that are left out. */
static const double sizes[] = {6, 2, 3, 1000, 0, 7};

static void fill(struct avo_header *h)
{
    add(h, "b", "y\t", AVO_ROLE_TRAIN);
    add(h, "a", "y\t", AVO_ROLE_UNSET);
    add(h, "b", "x", AVO_ROLE_VALID);
    add(h, "a", "x", AVO_ROLE_TEST);
    add(h, "c", "x", AVO_ROLE_TRAIN);       /* without signal */
    add(h, "d", "w", AVO_ROLE_TRAIN);
}

START_TEST(matrix)
{
    struct avo_header h = {0};
    struct avo_availability a;
    enum avo_role roles[] = {AVO_ROLE_TEST, AVO_ROLE_TRAIN, AVO_ROLE_UNSET, AVO_ROLE_VALID,
                             AVO_ROLE_UNSET, AVO_ROLE_UNSET};

    fill(&h);
    ck_assert_int_eq(avo_availability_make(&a, &h, NULL, NULL), 0);
    ck_assert_uint_eq(a.n_celltypes, 4);
    ck_assert_uint_eq(a.n_assays, 3);
    ck_assert_uint_eq(a.celltype[3], 1);
    ck_assert_uint_eq(a.assay[3], 1);
    ck_assert_uint_eq(a.track[1 * 3 + 1], 3);
    ck_assert_uint_eq(a.track[1 * 3 + 2], AVO_NO_TRACK);
    open_out();
    ck_assert_int_eq(avo_availability_print(&a, AVO_AVAILABILITY_TSV, &out, NULL), 0);
    expect_text("celltype\ty%09\tx\tw\nb\ttrain\tvalid\t.\na\tyes\ttest\t.\nc\t.\ttrain\t.\n"
                "d\t.\t.\ttrain\n");
    avo_availability_release(&a);

    ck_assert_int_eq(avo_availability_make(&a, &h, roles, NULL), 0);
    open_out();
    ck_assert_int_eq(avo_availability_print(&a, AVO_AVAILABILITY_TEXT, &out, NULL), 0);
    expect_text("measured: x train or no role, v valid, t test\n"
                "        y%09     x     w   all\n"
                "b          t     x     .     2\n"
                "a          x     v     .     2\n"
                "c          .     x     .     1\n"
                "d          .     .     x     1\n"
                "all        2     3     1     6\n");
    avo_availability_release(&a);
    avo_header_release(&h);
}
END_TEST

/* b is three times a, by assay y; the test track of a would say otherwise. */
START_TEST(scales)
{
    struct avo_header h = {0};
    struct avo_availability a;
    struct avo_depths d;

    fill(&h);
    ck_assert_int_eq(avo_availability_make(&a, &h, NULL, NULL), 0);
    ck_assert_int_eq(avo_depths_make(&d, &a, sizes, NULL), 0);
    ck_assert(fabs(d.scale[0] / d.scale[1] - 3) < 1e-14);
    ck_assert_uint_eq(avo_depths_worst(&d, 1), 3);
    ck_assert_uint_eq(avo_depths_worst(&d, 2), AVO_NO_TRACK);
    ck_assert_uint_eq(avo_depths_n_tracks(&d, 0), 2);
    static const size_t n_tracks[] = {2, 2, 1, 1}, component[] = {0, 0, AVO_NO_COMPONENT, 1};
    static const double scale[] = {1.7320508, 0.57735027, NAN, 1};
    static const char *const worst[] = {"y\t", "x", NULL, "w"};
    static const double residual[] = {0, 6.9077553 /* ln(1000) */, NAN, 0};
    for (size_t c = 0; c < 4; c++) {
        size_t t = avo_depths_worst(&d, c);

        ck_assert_uint_eq(avo_depths_n_tracks(&d, c), n_tracks[c]);
        ck_assert_uint_eq(d.component[c], component[c]);
        ck_assert_int_eq(t == AVO_NO_TRACK, worst[c] == NULL);
        if (t == AVO_NO_TRACK)
            continue;
        ck_assert(fabs(d.scale[c] - scale[c]) < 1e-7);
        ck_assert_str_eq(h.tracks[t].assay, worst[c]);
        ck_assert(fabs(avo_depths_residual(&d, t) - residual[c]) < 1e-7);
        ck_assert(!signbit(avo_depths_residual(&d, t)));
    }
    avo_depths_release(&d);
    avo_availability_release(&a);
    avo_header_release(&h);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("qc");
    TCase *c = tcase_create("qc");
    SRunner *r = srunner_create(s);
    int failed;

    suite_add_tcase(s, c);
    tcase_add_test(c, matrix);
    tcase_add_test(c, scales);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
