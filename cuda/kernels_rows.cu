/* SPDX-License-Identifier: MIT */
/* kernels_rows.cu: samples and genome rows on the card: draws, X, idle steps, Adam of the rows that
 * a batch reads, the first layer's weights. */
#include "cuda/check.cuh"
#include "cuda/vectors.cuh"

#define THREADS 256u
#define ROW_LANES 8u            /* threads of a genome row, four columns each at a time */
#define GROUPS (AVO_WARP / ROW_LANES)
#define AHEAD 8u                /* gradients under way at a time */

/* ---- drawing and gathering ---- */

static __global__ void draw(struct avo_k_draw a)
{
    for (size_t i = avo_thread(); i < a.n_pad; i += avo_threads())
        avo_row_draw(&a, (uint32_t)i);
}

extern "C" int avo_k_draw(struct avo_dev *d, const struct avo_k_draw *a, struct avo_error *err)
{
    draw<<<avo_cuda_blocks(d, a->n_pad, THREADS), THREADS, 0, d->queue>>>(*a);
    return avo_cuda_launched("drawing samples", err);
}

/* Columns c .. c + 3 of an active row: of one genome block, since blocks begin and end at multiples
 * of 4, or ones and zeroes. */
static __device__ avo_f4 gather_columns(const struct avo_k_gather &a, uint32_t i, uint32_t c,
                                        const uint32_t *pair)
{
    avo_f4 v = {{0, 0, 0, 0}};
    for (uint32_t k = 0; k < a.n_blocks; k++) {
        const avo_k_block &b = a.block[k];
        if (c >= b.x_offset && c < b.x_offset + b.ld)
            return avo_load4(b.w, (size_t)b.row_of[i] * b.ld + (c - b.x_offset));
    }
    if (!pair)
        return v;
    for (uint32_t k = 0; k < a.n_tables; k++) {
        uint32_t row = a.of_celltype[k] ? pair[0] : pair[1], at = a.table_column[k] + row - c;
        for (uint32_t q = 0; q < 4; q++)
            v.x[q] = row != AVO_K_NO_ROW && at == q ? 1 : v.x[q];
    }
    for (uint32_t q = 0; q < 4; q++)
        v.x[q] = a.ones == c + q ? 1 : v.x[q];
    return v;
}

template <bool HALF> static __global__ void gather(const __grid_constant__ struct avo_k_gather a)
{
    uint32_t n = a.pair ? a.step->n : a.n;
    AVO_ROW_OF_WARP(i, a.n_pad) {
        int32_t p = a.pair && i < n ? a.pair[i] : -1;
        bool active = a.pair ? p >= 0 : i < n;
        const uint32_t *pair = p >= 0 ? a.pairs + 2 * (size_t)p : NULL;
        for (uint32_t c = 4 * (threadIdx.x % AVO_WARP); c < a.ld; c += 4 * AVO_WARP) {
            avo_f4 v = {{0, 0, 0, 0}};
            if (active)
                v = gather_columns(a, i, c, pair);
            avo_store4<HALF>(a.x, (size_t)i * a.ld + c, v);
        }
    }
}

extern "C" int avo_k_gather(struct avo_dev *d, const struct avo_k_gather *a,
                            struct avo_error *err)
{
    unsigned blocks = avo_cuda_blocks(d, a->n_pad, THREADS / AVO_WARP);
    if (a->half)
        gather<true><<<blocks, THREADS, 0, d->queue>>>(*a);
    else
        gather<false><<<blocks, THREADS, 0, d->queue>>>(*a);
    return avo_cuda_launched("gathering inputs", err);
}

/* ---- genome rows ---- */

static __global__ void scalars(struct avo_k_group a)
{
    uint32_t n = a.step->n_groups[a.block.index];
    for (size_t g = avo_thread(); g < n; g += avo_threads())
        avo_row_scalars(&a, (uint32_t)g);
}

extern "C" int avo_k_scalars(struct avo_dev *d, const struct avo_k_group *a,
                             struct avo_error *err)
{
    scalars<<<avo_cuda_blocks(d, a->n_pad, THREADS), THREADS, 0, d->queue>>>(*a);
    return avo_cuda_launched("idle steps", err);
}

static __global__ void catch_up(struct avo_k_group a)
{
    const avo_k_block &b = a.block;
    uint32_t n = a.step->n_groups[b.index], lane = threadIdx.x % ROW_LANES;
    float eps = (float)a.clock.eps;
    for (size_t g = avo_thread() / ROW_LANES; g < n; g += avo_threads() / ROW_LANES) {
        avo_idle idle = b.idle[g];
        if (idle.beta1_k == 1)
            continue;
        size_t row = (size_t)avo_group_row(&b, (uint32_t)g) * b.ld;
        for (uint32_t c = 4 * lane; c < b.ld; c += 4 * ROW_LANES) {
            avo_f4 w = avo_load4(b.w, row + c), m = avo_load4(b.m, row + c);
            avo_f4 v = avo_load4(b.v, row + c);
            for (int q = 0; q < 4; q++)
                avo_idle_step(&idle, eps, &w.x[q], &m.x[q], &v.x[q]);
            avo_store4<false>(b.w, row + c, w);
            avo_store4<false>(b.m, row + c, m);
            avo_store4<false>(b.v, row + c, v);
        }
    }
}

extern "C" int avo_k_catch_up(struct avo_dev *d, const struct avo_k_group *a,
                              struct avo_error *err)
{
    catch_up<<<avo_cuda_blocks(d, a->n_pad, THREADS / ROW_LANES), THREADS, 0, d->queue>>>(*a);
    return avo_cuda_launched("idle steps", err);
}

static __device__ __forceinline__ void add4(avo_f4 *to, avo_f4 x)
{
    for (int q = 0; q < 4; q++)
        to->x[q] += x.x[q];
}

/* Every GROUPS-th of the group's samples, from the beg-th on, added in order: AHEAD of them are
 * under way at a time. */
static __device__ avo_f4 sum_some(const struct avo_k_group &a, uint32_t beg, uint32_t end,
                                  uint32_t c)
{
    const uint32_t *order = a.block.order;
    const float *dx = a.dx + a.block.x_offset + c;
    avo_f4 sum = {{0, 0, 0, 0}};
    uint32_t i = beg;
    for (; i + (AHEAD - 1) * GROUPS < end; i += AHEAD * GROUPS) {
        avo_f4 part[AHEAD];
#pragma unroll
        for (uint32_t q = 0; q < AHEAD; q++)
            part[q] = avo_load4(dx, (size_t)order[i + q * GROUPS] * a.ld_dx);
#pragma unroll
        for (uint32_t q = 0; q < AHEAD; q++)
            add4(&sum, part[q]);
    }
    for (; i < end; i += GROUPS)
        add4(&sum, avo_load4(dx, (size_t)order[i] * a.ld_dx));
    return sum;
}

/* Four sums, ((0 + 1) + (2 + 3)): the same order whether one thread has them all or four threads
 * have one each. */
static __device__ avo_f4 sum_alone(const struct avo_k_group &a, uint32_t beg, uint32_t end,
                                   uint32_t c)
{
    avo_f4 s[GROUPS];
    for (uint32_t q = 0; q < GROUPS; q++)
        s[q] = sum_some(a, beg + q, end, c);
    add4(&s[0], s[1]);
    add4(&s[2], s[3]);
    add4(&s[0], s[2]);
    return s[0];
}

static __device__ avo_f4 sum_together(const struct avo_k_group &a, uint32_t beg, uint32_t end,
                                      uint32_t c, uint32_t mine)
{
    avo_f4 s = {{0, 0, 0, 0}};
    if (c < a.block.ld)
        s = sum_some(a, beg + mine, end, c);
    for (int q = 0; q < 4; q++)
        for (uint32_t o = ROW_LANES; o < AVO_WARP; o *= 2)
            s.x[q] += __shfl_xor_sync(AVO_ALL_LANES, s.x[q], o);
    return s;
}

static __device__ void step_columns(const struct avo_k_group &a, const avo_adam &adam, size_t at,
                                    avo_f4 g)
{
    const avo_k_block &b = a.block;
    avo_f4 w = avo_load4(b.w, at), m = avo_load4(b.m, at), v = avo_load4(b.v, at);
    bool finite = true;
    for (int q = 0; q < 4; q++) {
        avo_adam_step(&adam, g.x[q], &w.x[q], &m.x[q], &v.x[q]);
        finite = finite && avo_is_finite(w.x[q]);
    }
    if (!finite)
        a.result->broken = 1;
    avo_store4<false>(b.w, at, w);
    avo_store4<false>(b.m, at, m);
    avo_store4<false>(b.v, at, v);
}

/* A warp for each group, its samples dealt out to four teams of threads: rows that many share. */
static __device__ void update_together(const struct avo_k_group &a, uint32_t g)
{
    const avo_k_block &b = a.block;
    uint32_t lane = threadIdx.x % ROW_LANES, team = threadIdx.x % AVO_WARP / ROW_LANES;
    uint32_t row = avo_group_row(&b, g), beg = b.start[g], end = b.start[g + 1];
    avo_adam adam = b.adam[g];
    for (uint32_t base = 0; base < b.ld; base += 4 * ROW_LANES) {
        uint32_t c = base + 4 * lane;
        avo_f4 sum = sum_together(a, beg, end, c, team);
        if (team == 0 && c < b.ld)
            step_columns(a, adam, (size_t)row * b.ld + c, sum);
    }
    if (threadIdx.x % AVO_WARP == 0)
        b.last[row] = b.now[g];
}

/* ROW_LANES threads for each group. */
static __device__ void update_alone(const struct avo_k_group &a, uint32_t g)
{
    const avo_k_block &b = a.block;
    uint32_t lane = threadIdx.x % ROW_LANES;
    uint32_t row = avo_group_row(&b, g), beg = b.start[g], end = b.start[g + 1];
    avo_adam adam = b.adam[g];
    for (uint32_t c = 4 * lane; c < b.ld; c += 4 * ROW_LANES)
        step_columns(a, adam, (size_t)row * b.ld + c, sum_alone(a, beg, end, c));
    if (lane == 0)
        b.last[row] = b.now[g];
}

static __global__ void update(struct avo_k_group a)
{
    uint32_t n = a.step->n_groups[a.block.index];
    if (n <= avo_threads() / AVO_WARP) {
        AVO_ROW_OF_WARP(g, n)
            update_together(a, g);
    } else {
        for (size_t g = avo_thread() / ROW_LANES; g < n; g += avo_threads() / ROW_LANES)
            update_alone(a, (uint32_t)g);
    }
}

extern "C" int avo_k_update(struct avo_dev *d, const struct avo_k_group *a, struct avo_error *err)
{
    update<<<avo_cuda_blocks(d, a->n_pad, THREADS / ROW_LANES), THREADS, 0, d->queue>>>(*a);
    return avo_cuda_launched("genome factors", err);
}

/* ---- the first layer's weights ---- */

template <bool HALF> static __global__ void w1x(struct avo_k_w1x a)
{
    AVO_ROW_OF_WARP(i, a.n_rows) {
        uint32_t from = a.from[i];
        const float *row = (from & AVO_K_TABLES ? a.tables : a.net) +
                           (from == AVO_K_NO_ROW ? 0 : (size_t)(from & ~AVO_K_TABLES) * a.ld);
        for (uint32_t c = 4 * (threadIdx.x % AVO_WARP); c < a.ld; c += 4 * AVO_WARP) {
            avo_f4 v = {{0, 0, 0, 0}};
            if (from != AVO_K_NO_ROW)
                v = avo_load4(row, c);
            avo_store4<HALF>(a.w1x, (size_t)i * a.ld + c, v);
        }
    }
}

extern "C" int avo_k_w1x(struct avo_dev *d, const struct avo_k_w1x *a, struct avo_error *err)
{
    unsigned blocks = avo_cuda_blocks(d, a->n_rows, THREADS / AVO_WARP);
    if (a->half)
        w1x<true><<<blocks, THREADS, 0, d->queue>>>(*a);
    else
        w1x<false><<<blocks, THREADS, 0, d->queue>>>(*a);
    return avo_cuda_launched("weights of the first layer", err);
}

static __global__ void w1x_back(struct avo_k_w1x a)
{
    AVO_ROW_OF_WARP(i, a.n_rows) {
        uint32_t from = a.from[i];
        if (from & AVO_K_TABLES)
            continue;
        for (uint32_t c = 4 * (threadIdx.x % AVO_WARP); c < a.ld; c += 4 * AVO_WARP)
            avo_store4<false>(a.net_grad, (size_t)from * a.ld + c,
                              avo_load4(a.dw1x, (size_t)i * a.ld + c));
    }
}

extern "C" int avo_k_w1x_back(struct avo_dev *d, const struct avo_k_w1x *a, struct avo_error *err)
{
    w1x_back<<<avo_cuda_blocks(d, a->n_rows, THREADS / AVO_WARP), THREADS, 0, d->queue>>>(*a);
    return avo_cuda_launched("gradient of the first layer", err);
}
