/* SPDX-License-Identifier: MIT */
/* signal.c: tracks at positions: appended, filled in, looked up. */
#include "libcommon/model/signal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/half.h"

static size_t row_bytes(const struct avo_signal *s)
{
    return avo_dtype_size(s->dtype) * s->n_tracks;
}

void avo_signal_clear(struct avo_signal *s, enum avo_dtype dtype)
{
    s->n_bins = 0;
    s->dtype = dtype;
}

void avo_signal_release(struct avo_signal *s)
{
    free(s->values);
    *s = (struct avo_signal){0};
}

/* Every column of the n bins from `first` on. */
static void fill_missing(struct avo_signal *s, uint32_t first, uint32_t n)
{
    for (size_t i = (size_t)first * s->n_tracks; i < ((size_t)first + n) * s->n_tracks; i++) {
        if (s->dtype == AVO_F32)
            ((float *)(void *)s->values)[i] = NAN;
        else
            ((uint16_t *)(void *)s->values)[i] = 0x7e00;
    }
}

int avo_signal_append(struct avo_signal *s, const void *values, uint32_t n_bins,
                      struct avo_error *err)
{
    size_t row = row_bytes(s), have = row * s->n_bins;
    if (avo_grow(&s->values, &s->cap, have + row * n_bins, 1, "signal", err))
        return -1;
    if (values)
        memcpy(s->values + have, values, row * n_bins);
    else
        fill_missing(s, s->n_bins, n_bins);
    s->n_bins += n_bins;
    return 0;
}

int avo_signal_read(struct avo_signal *s, struct avo_positions *p, struct avo_join *j,
                    int (*fits)(const void *user, uint64_t n_bins, struct avo_error *err),
                    const void *user, struct avo_error *err)
{
    struct avo_head head;
    struct avo_tile tile;
    int more;
    while ((more = avo_join_next(j, &head, err)) > 0) {
        if (head.type != AVO_REC_SIGNAL)
            continue;
        if (avo_join_signal(j, &tile, err))
            return -1;
        if (!p->n_bins)
            avo_signal_clear(s, tile.dtype);
        if (tile.dtype != s->dtype)
            return avo_error_set(err, "tiles of two types of values in one input");
        if ((fits && fits(user, (uint64_t)p->n_bins + tile.span.n_bins, err)) ||
            avo_positions_add(p, avo_join_header(j), &tile.span, false, err) ||
            avo_signal_append(s, tile.values, tile.span.n_bins, err))
            return -1;
    }
    if (more < 0)
        return -1;
    return p->n_bins ? 0 : avo_error_set(err, "the input has no bins");
}

uint64_t avo_signal_fill(struct avo_signal *s, const struct avo_positions *p,
                         const struct avo_tile *tile, int64_t chrom)
{
    size_t row = row_bytes(s), at = 0;
    uint64_t outside = 0;
    for (uint32_t r = 0; r < tile->span.n_runs; r++)
        for (uint32_t i = 0; i < tile->span.runs[r].n_bins; i++, at++) {
            uint32_t bin = tile->span.runs[r].beg_bin + i;
            int64_t to = chrom < 0 ? -1 : avo_positions_find(p, (uint32_t)chrom, bin);
            if (to < 0)
                outside++;
            else
                memcpy(s->values + (size_t)to * row, (const uint8_t *)tile->values + at * row, row);
        }
    return outside;
}

float avo_signal_at(const struct avo_signal *s, uint32_t i, uint32_t t)
{
    size_t at = (size_t)i * s->n_tracks + t;
    if (s->dtype == AVO_F32)
        return ((const float *)(const void *)s->values)[at];
    return avo_half_to_float(((const uint16_t *)(const void *)s->values)[at]);
}

/* The n values that lie `stride` apart from `from` on. */
static void unpack_column(const uint16_t *from, size_t stride, uint32_t n, float *out)
{
    uint16_t half[256];
    for (uint32_t beg = 0; beg < n; beg += 256) {
        uint32_t some = n - beg < 256 ? n - beg : 256;
        for (uint32_t i = 0; i < some; i++)
            half[i] = from[(beg + i) * stride];
        avo_half_unpack(out + beg, half, some);
    }
}

void avo_signal_column(const struct avo_signal *s, uint32_t t, uint32_t first, uint32_t n,
                       float *out)
{
    size_t at = (size_t)first * s->n_tracks + t;
    if (s->dtype == AVO_F16) {
        unpack_column((const uint16_t *)(const void *)s->values + at, s->n_tracks, n, out);
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        out[i] = ((const float *)(const void *)s->values)[at + (size_t)i * s->n_tracks];
}
