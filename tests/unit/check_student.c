/* SPDX-License-Identifier: MIT */
/* check_student.c: Student's t against scipy, closed forms and its limits; the paired test. */
#include <check.h>
#include <math.h>

#include "libcommon/eval/student.h"

static void near(double got, double want, double tolerance)
{
    ck_assert_msg(fabs(got - want) <= tolerance * fabs(want), "got %.17g, want %.17g", got, want);
}

/* scipy 1.10.1 (which is itself within 2e-13 of mpmath here):
 * from scipy.stats import t
 * for df in (.5, 1, 2.7, 10, 31.9, 300, 1e4, 1e6):
 *     for x in (1e-6, .3, 1.73, 4, 15, 37): print("{%r, %r, %r}," % (x, df, 2 * t.sf(x, df))) */
static const struct { double t, df, p; } scipy[] = {
    {1e-06, 0.5, 0.9999994606473988}, {0.3, 0.5, 0.8448591521304908},
    {1.73, 0.5, 0.47632709544512564}, {4, 0.5, 0.3192200829886715},
    {15, 0.5, 0.16555412804404354}, {37, 0.5, 0.10544005539862633},
    {1e-06, 1, 0.9999993633802277}, {0.3, 1, 0.8144528418445154},
    {1.73, 1, 0.33366001957238506}, {4, 1, 0.15595826075473865},
    {15, 1, 0.042378609269892814}, {37, 1, 0.017201752210866304},
    {1e-06, 2.7, 0.9999992713243456}, {0.3, 2.7, 0.7857665326944482},
    {1.73, 2.7, 0.1921369406727446}, {4, 2.7, 0.03398615972417676},
    {15, 2.7, 0.0011174788223395204}, {37, 2.7, 9.86595995936548e-05},
    {1e-06, 10, 0.9999992217832321}, {0.3, 10, 0.7703206075657987},
    {1.73, 10, 0.1143149754281623}, {4, 10, 0.0025183326247366924},
    {15, 10, 3.496291436553523e-08}, {37, 10, 4.949890965397111e-12},
    {1e-06, 31.9, 0.9999992083429996}, {0.3, 31.9, 0.766123432114634},
    {1.73, 31.9, 0.09329611261772036}, {4, 31.9, 0.0003516803502915529},
    {15, 31.9, 5.288804625487809e-16}, {37, 31.9, 8.945674748734673e-28},
    {1e-06, 300, 0.9999992027800648}, {0.3, 300, 0.7643849188281414},
    {1.73, 300, 0.08465873372932221}, {4, 300, 7.98400448371945e-05},
    {15, 300, 2.4513298666433287e-38}, {37, 300, 8.04390817527794e-114},
    {1e-06, 10000.0, 0.9999992021353861}, {0.3, 10000.0, 0.7641833912293322},
    {1.73, 10000.0, 0.08366112944335492}, {4, 10000.0, 6.379866882313948e-05},
    {15, 10000.0, 2.5833150399392314e-50}, {37, 10000.0, 5.622631235279401e-281},
    {1e-06, 1000000.0, 0.9999992021156386}, {0.3, 1000000.0, 0.7641772179789944},
    {1.73, 1000000.0, 0.08363058376943008}, {4, 1000000.0, 6.334703401004779e-05},
    {15, 1000000.0, 7.436264767210198e-51}, {37, 1000000.0, 1.8299730861800806e-299}
};
#define N_SCIPY ((int)(sizeof scipy / sizeof *scipy))

START_TEST(p_equals_scipy)
{
    near(avo_student_p(scipy[_i].t, scipy[_i].df), scipy[_i].p, 1e-12);
    near(avo_student_p(-scipy[_i].t, scipy[_i].df), scipy[_i].p, 1e-12);
}
END_TEST

/* One degree of freedom: 2 atan(1 / t) / pi; two: 1 - t / sqrt(2 + t^2). Both parts of the
 * continued fraction, its switch, and squares that overflow. */
START_TEST(p_equals_closed_forms)
{
    for (double t = 1e-3; t < 1e300; t *= 1.7) {
        double root = sqrt(2 + t * t);

        near(avo_student_p(t, 1), 2 * atan(1 / t) / acos(-1), 1e-12);
        if (t < 1e140)
            near(avo_student_p(t, 2), 2 / (root * (root + t)), 1e-12);
    }
}
END_TEST

/* For many degrees of freedom the normal distribution, without a step where it takes over; before,
 * the difference is phi(t) t (t^2 + 1) / (2 df). */
START_TEST(p_tends_to_the_normal)
{
    for (double t = 0.1; t < 30; t += 0.3) {
        double normal = erfc(t / sqrt(2));

        near(avo_student_p(t, INFINITY), normal, 1e-12);
        near(avo_student_p(t, 9.9e18), normal, 1e-12);
        near(avo_student_p(t, 1e16), normal, t > 5 ? 1e-10 : 1e-13);
        if (t > 3) {
            double first = exp(-t * t / 2) / sqrt(2 * acos(-1)) * t * (t * t + 1) / 2e14;

            near(avo_student_p(t, 1e14) - normal, first, t > 8 ? 1e-2 : 1);
        }
    }
}
END_TEST

START_TEST(p_never_fails_to_settle)
{
    for (double df = 1e-300; df < 1e300; df *= 7.3)
        for (double t = 1e-300, last = 1; t < 1e300; t *= 5.1) {
            double p = avo_student_p(t, df);

            ck_assert_msg(p >= 0 && p <= last * (1 + 1e-12), "t %g, df %g: %.17g after %.17g", t,
                          df, p, last);
            last = p;
        }
}
END_TEST

START_TEST(p_of_nothing)
{
    ck_assert(isnan(avo_student_p(NAN, 3)));
    ck_assert(isnan(avo_student_p(1, NAN)));
    ck_assert(isnan(avo_student_p(1, 0)));
    ck_assert(isnan(avo_student_p(1, -2)));
    ck_assert(avo_student_p(0, 5) == 1);
    ck_assert(avo_student_p(INFINITY, 5) == 0);
    ck_assert(avo_student_p(-INFINITY, INFINITY) == 0);
}
END_TEST

/* ---- the paired test ---- */

/* scipy 1.10.1: scipy.stats.ttest_rel(a, b); numpy.var(numpy.subtract(a, b), ddof=1) */
START_TEST(paired_equals_scipy)
{
    static const double a[] = {.21, .34, .18, .55, .4, .29, .33};
    static const double b[] = {.25, .31, .22, .6, .41, .29, .39};
    static const double a2[] = {5, 7.5}, b2[] = {3, 4};
    struct avo_ttest r;

    ck_assert_int_eq(avo_paired_ttest(a, b, 7, &r), 0);
    near(r.t, -2.0034692133618828, 1e-13);
    near(r.p, 0.09198307895070937, 1e-13);
    near(r.var_diff, 0.0010285714285714288, 1e-13);
    near(r.mean_diff, -0.024285714285714268, 1e-13);
    near(r.mean_a, 2.3 / 7, 1e-14);
    near(r.mean_b, 2.47 / 7, 1e-14);
    ck_assert(r.n == 7 && r.n_greater == 1 && r.n_less == 5 && r.n_equal == 1);
    ck_assert_double_eq(r.df, 6);
    ck_assert_int_eq(avo_paired_ttest(a2, b2, 2, &r), 0);
    near(r.t, 3.6666666666666665, 1e-14);
    near(r.p, 0.16950131892286419, 1e-14);
}
END_TEST

START_TEST(paired_without_a_test)
{
    static const double a[] = {1, 2, 3}, more[] = {1.1, 2.1, 3.1}, hole[] = {1, NAN, 4};
    static const double far[] = {1, INFINITY, 4};
    struct avo_ttest r;

    ck_assert_int_eq(avo_paired_ttest(a, a, 0, &r), -1);
    ck_assert(r.n == 0 && r.df == 0 && isnan(r.mean_a) && isnan(r.mean_diff) && isnan(r.p));
    ck_assert_int_eq(avo_paired_ttest(a, more, 1, &r), -1);
    ck_assert(isnan(r.t) && isnan(r.p) && isnan(r.var_diff));
    ck_assert(r.mean_a == 1 && r.mean_b == 1.1 && r.mean_diff == 1 - 1.1 && r.n_less == 1);
    ck_assert_int_eq(avo_paired_ttest(a, a, 3, &r), -1);
    ck_assert(r.mean_diff == 0 && r.var_diff == 0 && isnan(r.t) && isnan(r.p) && r.n_equal == 3);
    ck_assert_int_eq(avo_paired_ttest(a, hole, 3, &r), -1);
    ck_assert(isnan(r.t) && isnan(r.p) && isnan(r.mean_diff) && r.n_equal == 1 && r.n_less == 1);
    ck_assert_int_eq(avo_paired_ttest(hole, a, 2, &r), -1);
    ck_assert(isnan(r.mean_diff) && isnan(r.p));
    ck_assert_int_eq(avo_paired_ttest(a, far, 3, &r), -1);
    ck_assert(isnan(r.t) && isnan(r.p));
}
END_TEST

/* A third of the sum of three equal numbers need not be that number. */
START_TEST(paired_without_variance)
{
    static const double a[] = {.1, .1, .1}, zero[3] = {0};
    struct avo_ttest r;

    ck_assert_int_eq(avo_paired_ttest(a, zero, 3, &r), 0);
    ck_assert(r.mean_diff == .1 && r.var_diff == 0 && isinf(r.t) && r.t > 0 && r.p == 0);
    ck_assert_int_eq(avo_paired_ttest(zero, a, 3, &r), 0);
    ck_assert(isinf(r.t) && r.t < 0 && r.p == 0);
}
END_TEST

/* scipy 1.10.1, with d = numpy.subtract(a, b) of paired_equals_scipy:
 * t = d.mean() / (d.var(ddof=1) * (1 / 7 + 1 / 18)) ** .5; 2 * scipy.stats.t.sf(abs(t), 6) */
START_TEST(resampled)
{
    static const double a[] = {.21, .34, .18, .55, .4, .29, .33};
    static const double b[] = {.25, .31, .22, .6, .41, .29, .39};
    struct avo_ttest paired, r;

    ck_assert_int_eq(avo_paired_ttest(a, b, 7, &paired), 0);
    ck_assert_int_eq(avo_resampled_ttest(&paired, 1.0 / 18, &r), 0);
    near(r.t, -1.6999999999999986, 1e-13);
    near(r.p, 0.14003965462489754, 1e-13);
    ck_assert(r.n == 7 && r.mean_diff == paired.mean_diff && r.n_less == paired.n_less);
    ck_assert_int_eq(avo_resampled_ttest(&paired, 0, &r), 0);
    near(r.p, paired.p, 1e-14);
    ck_assert_int_eq(avo_paired_ttest(a, a, 7, &paired), -1);
    ck_assert_int_eq(avo_resampled_ttest(&paired, 0.1, &r), -1);
    ck_assert(isnan(r.t) && isnan(r.p));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("student");
    TCase *c = tcase_create("student");
    SRunner *r = srunner_create(s);
    int failed;

    suite_add_tcase(s, c);
    tcase_add_loop_test(c, p_equals_scipy, 0, N_SCIPY);
    tcase_add_test(c, p_equals_closed_forms);
    tcase_add_test(c, p_tends_to_the_normal);
    tcase_add_test(c, p_never_fails_to_settle);
    tcase_add_test(c, p_of_nothing);
    tcase_add_test(c, paired_equals_scipy);
    tcase_add_test(c, paired_without_a_test);
    tcase_add_test(c, paired_without_variance);
    tcase_add_test(c, resampled);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
