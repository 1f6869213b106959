/* SPDX-License-Identifier: MIT */
/* digest.c: CRC32C by table or by the processor's instruction, SHA-256 through nettle. */
#include "libcommon/base/digest.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#if defined(__x86_64__)
#define HAVE_CRC_INSTRUCTION 1
#include <immintrin.h>
#endif

/* Reflected Castagnoli polynomial. */
#define POLY 0x82f63b78u

/* The instruction takes three cycles but starts one each cycle, so three blocks run side by side
 * and are joined afterwards: the CRC of the earlier one is moved over the later one's bytes. */
enum { LANE_BYTES = 2048 };

static uint32_t slice[8][256];      /* slice[k][b]: byte b followed by k zero bytes */
static uint32_t over_lane[4][256];  /* a CRC's byte k moved over LANE_BYTES zero bytes */
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static uint32_t over_zeros(uint32_t crc, size_t n)
{
    while (n--)
        crc = slice[0][crc & 255u] ^ (crc >> 8);
    return crc;
}

static void make_tables(void)
{
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t c = b;
        for (int i = 0; i < 8; i++)
            c = (c >> 1) ^ (c & 1u ? POLY : 0);
        slice[0][b] = c;
    }
    for (uint32_t b = 0; b < 256; b++)
        for (int k = 1; k < 8; k++)
            slice[k][b] = slice[0][slice[k - 1][b] & 255u] ^ (slice[k - 1][b] >> 8);
    /* Moving is linear: a byte's image is the sum of its bits' images. */
    for (int k = 0; k < 4; k++)
        for (int bit = 0; bit < 8; bit++)
            over_lane[k][1u << bit] = over_zeros(1u << (8 * k + bit), LANE_BYTES);
    for (int k = 0; k < 4; k++)
        for (uint32_t b = 1; b < 256; b++)
            over_lane[k][b] = over_lane[k][b & (b - 1)] ^ over_lane[k][b & -b];
}

/* crc here and below is the running register (complemented outside). */
static uint32_t crc_table(uint32_t crc, const unsigned char *p, size_t n)
{
    for (; n >= 8; n -= 8, p += 8) {
        uint32_t lo = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
                             (uint32_t)p[3] << 24);
        crc = slice[7][lo & 255u] ^ slice[6][(lo >> 8) & 255u] ^ slice[5][(lo >> 16) & 255u] ^
              slice[4][lo >> 24] ^ slice[3][p[4]] ^ slice[2][p[5]] ^ slice[1][p[6]] ^
              slice[0][p[7]];
    }
    for (; n; n--, p++)
        crc = slice[0][(crc ^ *p) & 255u] ^ (crc >> 8);
    return crc;
}

#ifdef HAVE_CRC_INSTRUCTION
static uint32_t move_over_lane(uint32_t c)
{
    return over_lane[0][c & 255u] ^ over_lane[1][(c >> 8) & 255u] ^
           over_lane[2][(c >> 16) & 255u] ^ over_lane[3][c >> 24];
}

static uint64_t load8(const unsigned char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

__attribute__((target("sse4.2")))
static uint32_t crc_sse42(uint32_t crc, const unsigned char *p, size_t n)
{
    uint64_t a = crc;
    for (; n >= 3 * LANE_BYTES; n -= 3 * LANE_BYTES, p += 3 * LANE_BYTES) {
        uint64_t b = 0, c = 0;
        for (size_t i = 0; i < LANE_BYTES; i += 8) {
            a = _mm_crc32_u64(a, load8(p + i));
            b = _mm_crc32_u64(b, load8(p + LANE_BYTES + i));
            c = _mm_crc32_u64(c, load8(p + 2 * LANE_BYTES + i));
        }
        b ^= move_over_lane((uint32_t)a);
        a = c ^ move_over_lane((uint32_t)b);
    }
    for (; n >= 8; n -= 8, p += 8)
        a = _mm_crc32_u64(a, load8(p));
    for (; n; n--, p++)
        a = _mm_crc32_u8((uint32_t)a, *p);
    return (uint32_t)a;
}
#endif

uint32_t avo_crc32c(uint32_t crc, const void *data, size_t len_bytes)
{
    pthread_once(&tables_once, make_tables);
#ifdef HAVE_CRC_INSTRUCTION
    if (__builtin_cpu_supports("sse4.2"))
        return ~crc_sse42(~crc, data, len_bytes);
#endif
    return ~crc_table(~crc, data, len_bytes);
}

uint32_t avo_crc32c_portable(uint32_t crc, const void *data, size_t len_bytes)
{
    pthread_once(&tables_once, make_tables);
    return ~crc_table(~crc, data, len_bytes);
}

void avo_digest_init(struct avo_digest *d)
{
    sha256_init(&d->ctx);
}

void avo_digest_add(struct avo_digest *d, const void *data, size_t len_bytes)
{
    sha256_update(&d->ctx, len_bytes, data);
}

void avo_digest_hex(struct avo_digest *d, char out[33])
{
    uint8_t sum[16];
    sha256_digest(&d->ctx, sizeof sum, sum);
    for (size_t i = 0; i < sizeof sum; i++)
        snprintf(out + 2 * i, 3, "%02x", sum[i]);
}
