/* SPDX-License-Identifier: MIT */
/* student.c: p = I_x(df/2, 1/2) with x = df / (df + t^2), the regularised incomplete beta
 * function, by its continued fraction. */
#include "libcommon/eval/student.h"

#include <float.h>
#include <math.h>

/* Rounds go with the square root of the larger parameter where x is near its switch. */
#define MAX_ROUNDS 20000
/* From here on the relative difference from the normal distribution, t^4 / (4 df), is below the
 * promise for all t with p > 0. */
#define NORMAL_DF 1e19
#define SQRT_PI 1.772453850905516027298
#define SQRT_HALF 0.7071067811865475244

/* Gamma(a + 1/2) / Gamma(a). Differences of lgamma would lose log10(a) digits. Stirling's series
 * (Abramowitz and Stegun 6.1.40 at a and, generalised by Bernoulli polynomials, at a + 1/2) for
 * large a; the others climb there by the recurrence of gamma. */
static double gamma_ratio(double a)
{
    double factor = 1, r;

    for (; a < 16; a++)
        factor *= a / (a + 0.5);
    r = 1 / (a * a);
    return factor * sqrt(a) *
           exp((-1.0 / 8 + r * (1.0 / 192 + r * (-1.0 / 640 + r * (17.0 / 14336 +
                r * (-31.0 / 18432))))) / a);
}

static double away_from_zero(double v)
{
    return fabs(v) < DBL_MIN ? DBL_MIN : v;
}

/* The continued fraction of x^a y^b / (B(a, b) I_x(a, b)), y = 1 - x (Didonato and Morris 1992,
 * ACM TOMS 18, equation 9), by the modified method of Lentz: of those known the one that, by
 * taking y for itself, keeps its digits for x near 1. Quick for x < (a + 1) / (a + b + 2). NaN if
 * it does not settle. */
static double fraction(double a, double b, double x, double y)
{
    double h = away_from_zero(a * (a * y - b * x + 1) / (a + 1)), c = h, d = 0;

    for (int n = 1; n <= MAX_ROUNDS; n++) {
        double k = a + 2 * n - 1, step;
        double over = (a + (n - 1)) / k * ((a + b + (n - 1)) / k) * n * (b - n) * x * x;
        double plus = n + n * (b - n) * x / k +
                      (a + n) / (k + 2) * (a * y - b * x + 1 + n * (1 + y));

        d = 1 / away_from_zero(plus + over * d);
        c = away_from_zero(plus + over / c);
        step = c * d;
        h *= step;
        if (fabs(step - 1) < 2 * DBL_EPSILON)
            return h;
    }
    return NAN;
}

double avo_student_p(double t, double df)
{
    double a = df / 2, u, log_q, x, y, front;

    if (isnan(t) || isnan(df) || df <= 0)
        return NAN;
    t = fabs(t);
    if (t == 0 || isinf(t))
        return t == 0 ? 1 : 0;
    if (df >= NORMAL_DF)
        return erfc(t * SQRT_HALF);
    u = t / sqrt(df);
    /* log(1 + t^2 / df): where the square would overflow the 1 is nothing */
    log_q = u > 1e8 ? 2 * log(u) : log1p(t * t / df);
    x = 1 / (1 + u * u);
    y = u > 1e8 ? 1 : t * t / (df + t * t);
    front = exp(-a * log_q) * sqrt(y) * gamma_ratio(a) / SQRT_PI;  /* x^a y^(1/2) / B(a, 1/2) */
    if (y > 1.5 / (a + 2.5))        /* x < (a + 1) / (a + b + 2) */
        return front / fraction(a, 0.5, x, y);
    return 1 - front / fraction(0.5, a, y, x);
}

/* Means and the sum of squared deviations of a - b, in two passes. */
static void take_moments(const double *a, const double *b, size_t n, struct avo_ttest *out)
{
    double sum_a = 0, sum_b = 0, sum_d = 0, ss = 0, rest = 0, least = INFINITY, most = -INFINITY;

    for (size_t i = 0; i < n; i++) {
        double d = a[i] - b[i];

        sum_a += a[i];
        sum_b += b[i];
        sum_d += d;
        least = d < least ? d : least;
        most = d > most ? d : most;
        out->n_greater += a[i] > b[i];
        out->n_less += a[i] < b[i];
        out->n_equal += a[i] == b[i];
    }
    out->mean_a = sum_a / (double)n;
    out->mean_b = sum_b / (double)n;
    out->mean_diff = sum_d / (double)n;
    if (least == most && !isnan(sum_d))
        out->mean_diff = least;     /* no variance out of rounding */
    for (size_t i = 0; i < n; i++) {
        double e = a[i] - b[i] - out->mean_diff;

        ss += e * e;
        rest += e;
    }
    if (n > 1)
        out->var_diff = (ss - rest * rest / (double)n) / (double)(n - 1);
}

/* mean / sqrt(variance), which without any variance is infinite, or, of nothing, not defined. */
static double t_of(double mean, double variance)
{
    if (variance != 0)
        return mean / sqrt(variance);
    return mean > 0 ? INFINITY : mean < 0 ? -INFINITY : NAN;
}

int avo_paired_ttest(const double *a, const double *b, size_t n, struct avo_ttest *out)
{
    *out = (struct avo_ttest){.n = n, .mean_a = NAN, .mean_b = NAN, .mean_diff = NAN,
                              .var_diff = NAN, .t = NAN, .p = NAN};
    if (n == 0)
        return -1;
    out->df = (double)(n - 1);
    take_moments(a, b, n, out);
    if (n < 2)
        return -1;
    out->t = t_of(out->mean_diff, out->var_diff / (double)n);
    out->p = avo_student_p(out->t, out->df);
    return isnan(out->p) ? -1 : 0;
}

int avo_resampled_ttest(const struct avo_ttest *paired, double test_share, struct avo_ttest *out)
{
    *out = *paired;
    if (isnan(paired->p))
        return -1;
    out->t = t_of(paired->mean_diff, paired->var_diff * (1 / (double)paired->n + test_share));
    out->p = avo_student_p(out->t, paired->df);
    return isnan(out->p) ? -1 : 0;
}
