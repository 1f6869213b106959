/* SPDX-License-Identifier: MIT */
/* check_base_numbers.c: half floats, checksums, digests and the counter-based generator, against
 * published vectors and plain restatements. */
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/digest.h"
#include "libcommon/base/half.h"
#include "libcommon/base/rng.h"

static float from_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

static uint32_t to_bits(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

/* The value of a finite half by the definition, in double. */
static double half_value(uint16_t h)
{
    int e = (h >> 10) & 31, m = h & 1023;
    double v = e ? ldexp(1024 + m, e - 25) : ldexp(m, -24);
    return h & 0x8000 ? -v : v;
}

START_TEST(every_half_has_its_value)
{
    for (uint32_t h = 0; h < 65536; h++) {
        float x = avo_half_to_float((uint16_t)h);
        if (((h >> 10) & 31) != 31)
            ck_assert_double_eq((double)x, half_value((uint16_t)h));
        else if (h & 1023)
            ck_assert(isnan(x));
        else
            ck_assert(isinf(x) && (x < 0) == (h >> 15));
        ck_assert_uint_eq(to_bits(x) >> 31, h >> 15);
    }
}
END_TEST

START_TEST(every_half_round_trips)
{
    for (uint32_t h = 0; h < 65536; h++) {
        uint16_t back = avo_half_from_float(avo_half_to_float((uint16_t)h));
        bool is_signalling = ((h >> 10) & 31) == 31 && (h & 1023) && !(h & 512);
        ck_assert_uint_eq(back, is_signalling ? h | 512 : h);
    }
}
END_TEST

/* Between neighbours: the middle goes to the even one, a step beside it to the nearer one. */
START_TEST(rounding_is_to_nearest_even)
{
    for (uint32_t h = 0; h < 0x7bff; h++) {
        double lo = half_value((uint16_t)h), hi = half_value((uint16_t)(h + 1));
        float middle = (float)((lo + hi) / 2);
        ck_assert_uint_eq(avo_half_from_float(middle), h & 1 ? h + 1 : h);
        ck_assert_uint_eq(avo_half_from_float(nextafterf(middle, 0.0f)), h);
        ck_assert_uint_eq(avo_half_from_float(nextafterf(middle, 1e9f)), h + 1);
        ck_assert_uint_eq(avo_half_from_float(-middle), 0x8000 | (h & 1 ? h + 1 : h));
    }
    ck_assert_uint_eq(avo_half_from_float(65504.0f), 0x7bff);
    ck_assert_uint_eq(avo_half_from_float(65519.996f), 0x7bff);
    ck_assert_uint_eq(avo_half_from_float(65520.0f), 0x7c00);
    ck_assert_uint_eq(avo_half_from_float(1e30f), 0x7c00);
    ck_assert_uint_eq(avo_half_from_float(-INFINITY), 0xfc00);
    ck_assert_uint_eq(avo_half_from_float(ldexpf(1, -25)), 0);
    ck_assert_uint_eq(avo_half_from_float(nextafterf(ldexpf(1, -25), 1)), 1);
    ck_assert_uint_eq(avo_half_from_float(-0.0f), 0x8000);
    ck_assert_uint_eq(avo_half_from_float(from_bits(1)), 0);
}
END_TEST

START_TEST(packing_gives_the_same_bits)
{
    enum { N = 4099 };
    static float x[N], back[N];
    static uint16_t h[N];
    uint32_t u = 0;
    for (int round = 0; round < 40; round++) {
        for (int i = 0; i < N; i++, u += 26171)
            x[i] = from_bits(u);
        avo_half_pack(h, x, N);
        avo_half_unpack(back, h, N);
        for (int i = 0; i < N; i++) {
            ck_assert_uint_eq(h[i], avo_half_from_float(x[i]));
            ck_assert_uint_eq(to_bits(back[i]), to_bits(avo_half_to_float(h[i])));
        }
    }
    for (uint32_t k = 0; k < 65536; k += 16) {
        for (uint32_t i = 0; i < 16; i++)
            h[i] = (uint16_t)(k + i);
        avo_half_unpack(back, h, 16);
        for (uint32_t i = 0; i < 16; i++)
            ck_assert_uint_eq(to_bits(back[i]), to_bits(avo_half_to_float(h[i])));
    }
}
END_TEST

START_TEST(packing_odd_lengths_stays_inside)
{
    for (size_t n = 0; n < 40; n++) {
        float x[41], back[41];
        uint16_t h[41];
        for (size_t i = 0; i < 41; i++)
            x[i] = (float)i + 0.5f;
        memset(h, 0xaa, sizeof h);
        memset(back, 0, sizeof back);
        avo_half_pack(h, x, n);
        avo_half_unpack(back, h, n);
        for (size_t i = 0; i < n; i++)
            ck_assert_float_eq(back[i], x[i]);
        ck_assert_uint_eq(h[n], 0xaaaa);
        ck_assert_float_eq(back[n], 0.0f);
    }
}
END_TEST

static uint32_t crc_by_bits(uint32_t crc, const unsigned char *p, size_t n)
{
    crc = ~crc;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int k = 0; k < 8; k++)
            crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0);
    }
    return ~crc;
}

START_TEST(crc32c_known_answers)
{
    unsigned char buf[32];
    ck_assert_uint_eq(avo_crc32c(0, "", 0), 0);
    ck_assert_uint_eq(avo_crc32c(0, "123456789", 9), 0xe3069283u);
    /* RFC 3720, B.4 */
    memset(buf, 0, sizeof buf);
    ck_assert_uint_eq(avo_crc32c(0, buf, 32), 0x8a9136aau);
    memset(buf, 0xff, sizeof buf);
    ck_assert_uint_eq(avo_crc32c(0, buf, 32), 0x62a8ab43u);
    for (int i = 0; i < 32; i++)
        buf[i] = (unsigned char)i;
    ck_assert_uint_eq(avo_crc32c(0, buf, 32), 0x46dd794eu);
}
END_TEST

START_TEST(crc32c_every_length_and_split)
{
    enum { N = 30000 };
    unsigned char *p = malloc(N);
    for (uint32_t i = 0; i < N; i++)
        p[i] = (unsigned char)(i * 2654435761u >> 23);
    static const size_t lens[] = {1, 7, 8, 9, 2047, 2048, 6143, 6144, 6145, 12288, 18433, 29990};
    for (size_t k = 0; k < sizeof lens / sizeof lens[0]; k++)
        for (size_t at = 0; at < 9; at++) {
            uint32_t want = crc_by_bits(0, p + at, lens[k]);
            ck_assert_uint_eq(avo_crc32c(0, p + at, lens[k]), want);
            ck_assert_uint_eq(avo_crc32c_portable(0, p + at, lens[k]), want);
            size_t cut = lens[k] * at / 9;
            uint32_t first = avo_crc32c(0, p + at, cut);
            ck_assert_uint_eq(avo_crc32c(first, p + at + cut, lens[k] - cut), want);
        }
    for (size_t n = 0; n < 300; n++)
        ck_assert_uint_eq(avo_crc32c(7, p, n), crc_by_bits(7, p, n));
    free(p);
}
END_TEST

START_TEST(digest_known_answers)
{
    struct avo_digest d;
    char hex[33];
    avo_digest_init(&d);
    avo_digest_hex(&d, hex);
    ck_assert_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb924");
    avo_digest_init(&d);
    avo_digest_add(&d, "a", 1);
    avo_digest_add(&d, "bc", 2);
    avo_digest_hex(&d, hex);
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223");
}
END_TEST

/* Known answers published with Random123. */
START_TEST(philox_known_answers)
{
    struct avo_rng4 r = avo_rng_draw(0, 0, 0, 0, 0, 0);
    static const uint32_t zero[4] = {0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u};
    static const uint32_t ones[4] = {0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu};
    static const uint32_t pi[4] = {0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u};
    ck_assert_mem_eq(r.v, zero, sizeof zero);
    r = avo_rng_draw(~0u, ~0u, ~0u, ~0u, ~0u, ~0u);
    ck_assert_mem_eq(r.v, ones, sizeof ones);
    r = avo_rng_draw(0xa4093822u, 0x299f31d0u, 0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u);
    ck_assert_mem_eq(r.v, pi, sizeof pi);
}
END_TEST

START_TEST(draws_stay_in_range)
{
    ck_assert_uint_eq(avo_rng_below(0, 19), 0);
    ck_assert_uint_eq(avo_rng_below(UINT32_MAX, 19), 18);
    ck_assert_uint_eq(avo_rng_below(UINT32_MAX, 1), 0);
    ck_assert_float_eq(avo_rng_unit(0), 0.0f);
    ck_assert(avo_rng_unit(UINT32_MAX) < 1.0f);
    unsigned count[7] = {0};
    double sum = 0;
    for (uint32_t i = 0; i < 70000; i++) {
        struct avo_rng4 r = avo_rng_draw(1, AVO_RNG_TRACK, i, 0, 0, 0);
        count[avo_rng_below(r.v[0], 7)]++;
        sum += (double)avo_rng_unit(r.v[1]);
    }
    for (int i = 0; i < 7; i++) {
        ck_assert_uint_gt(count[i], 10000 - 500);   /* 5.4 standard deviations */
        ck_assert_uint_lt(count[i], 10000 + 500);
    }
    ck_assert_double_eq_tol(sum / 70000, 0.5, 0.006);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("base: half, digest, rng");
    TCase *t = tcase_create("all");
    tcase_add_test(t, every_half_has_its_value);
    tcase_add_test(t, every_half_round_trips);
    tcase_add_test(t, rounding_is_to_nearest_even);
    tcase_add_test(t, packing_gives_the_same_bits);
    tcase_add_test(t, packing_odd_lengths_stays_inside);
    tcase_add_test(t, crc32c_known_answers);
    tcase_add_test(t, crc32c_every_length_and_split);
    tcase_add_test(t, digest_known_answers);
    tcase_add_test(t, philox_known_answers);
    tcase_add_test(t, draws_stay_in_range);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int bad = srunner_ntests_failed(r);
    srunner_free(r);
    return bad != 0;
}
