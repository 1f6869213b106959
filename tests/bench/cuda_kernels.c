/* SPDX-License-Identifier: MIT */
/* cuda_kernels.c: called by cuda.py: every product and kernel of a step at the sizes of the paper's
 * model, against its floor: operations at the rate of the best product, bytes at that of a copy,
 * both measured first. Prints TAB-separated lines "what us floor_us bound note"; the table of
 * algorithms goes to the file named by the argument. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cuda/rows.h"
#include "cuda/tune.h"

#define B 40064u                /* 40,000 samples, padded */
#define H 2048u
#define P 116u                  /* 25, 40 and 45 genome columns, each padded to a multiple of 4 */
#define KX 272u                 /* with 151 track rows and a column of ones */
#define R 151u
#define TRACKS 1014u
#define TILE 4224u
#define ROUNDS 20
#define N_NET ((size_t)(399 + H + 1) * H)

static struct avo_dev *dev;
static struct avo_products *products;
static struct avo_error err;
static FILE *table;
static double flops_per_us, bytes_per_us;

static void must(int bad)
{
    if (!bad)
        return;
    fprintf(stderr, "cuda_kernels: %s\n", err.msg);
    exit(1);
}

static void *room(size_t n, size_t size)
{
    void *p = avo_dev_alloc(dev, n, size, "the measurement", &err);
    must(!p);
    return p;
}

/* n values in -1 .. 1 on the card: multiplication of zeroes draws less power, and is faster. */
static void *values(size_t n, bool half)
{
    size_t size = half ? sizeof(uint16_t) : sizeof(float), piece = 1 << 20;
    char *to = room(n, size);
    char *some = malloc(piece * size);
    must(!some);
    for (size_t i = 0; i < piece; i++)
        avo_el_put(some, i, half,
                   2 * avo_rng_unit(avo_rng_draw(1, 2, (uint32_t)i, 0, 0, 0).v[0]) - 1);
    for (size_t at = 0; at < n; at += piece) {
        size_t len = (n - at < piece ? n - at : piece) * size;
        must(avo_dev_upload(dev, to + at * size, len, some, len, len, 1, &err));
    }
    free(some);
    return to;
}

static void line(const char *what, double us, double floor_us, const char *bound,
                 const char *note)
{
    printf("%s\t%.1f\t%.1f\t%s\t%s\n", what, us, floor_us, bound, note);
    fflush(stdout);
}

/* ---- products ---- */

static void product(const char *what, struct avo_product x)
{
    struct avo_tuned best;
    char note[96];
    double flop = 2.0 * x.m * x.n * x.k;
    must(avo_products_tune(products, &x, &best, &err));
    snprintf(note, sizeof note, "%.0f TFLOP/s; %d algorithms, the first %.1f us%s",
             flop / best.us / 1e6, best.n_tried, (double)best.us_first,
             best.fused ? ", mask fused" : "");
    line(what, best.us, flops_per_us > 0 ? flop / flops_per_us : 0, "operations", note);
    if (best.n_tried)
        fprintf(table, "%s\n", best.line);
}

/* The best rate of a large square product and of layer 2's. */
static void measure_products(void *a, void *b, void *d)
{
    struct avo_product x = {.m = 8192, .n = 8192, .k = 8192, .a = a, .b = b, .d = d, .ld_a = 8192,
                            .ld_b = 8192, .ld_d = 8192, .math = AVO_MATH_BF16, .alpha = 1};
    struct avo_product y = {.m = B, .n = H, .k = H, .a = a, .b = b, .d = d, .ld_a = H, .ld_b = H,
                            .ld_d = H, .math = AVO_MATH_BF16, .alpha = 1};
    struct avo_product *both[] = {&x, &y};
    for (int i = 0; i < 2; i++) {
        struct avo_tuned best;
        char what[64];
        must(avo_products_tune(products, both[i], &best, &err));
        double rate = 2.0 * both[i]->m * both[i]->n * both[i]->k / best.us;
        snprintf(what, sizeof what, "ceiling: bf16 product %u x %u x %u, %.0f TFLOP/s",
                 both[i]->m, both[i]->n, both[i]->k, rate / 1e6);
        line(what, best.us, best.us, "operations", "");
        flops_per_us = rate > flops_per_us ? rate : flops_per_us;
    }
}

static void all_products(void *a, void *b, void *d, void *act, float *bias16)
{
    struct avo_product h1 = {.m = B, .n = H, .k = KX, .a = a, .ld_a = KX, .b = b, .ld_b = H,
                             .d = act, .ld_d = H, .math = AVO_MATH_BF16, .alpha = 1,
                             .epilogue = AVO_EPI_RELU, .keep_mask = true};
    product("layer 1 forward", h1);
    must(avo_products_prepare(products, &h1, &err) || avo_products_run(products, &h1, &err));
    product("layer 2 forward", (struct avo_product){
        .m = B, .n = H, .k = H, .a = act, .ld_a = H, .b = b, .ld_b = H, .d = d, .ld_d = H,
        .math = AVO_MATH_BF16, .alpha = 1, .epilogue = AVO_EPI_RELU_BIAS, .bias = bias16});
    product("layer 1 gradient (masked)", (struct avo_product){
        .m = B, .n = H, .k = H, .trans_b = true, .a = a, .ld_a = H, .b = b, .ld_b = H, .d = d,
        .ld_d = H, .math = AVO_MATH_BF16, .alpha = 1, .epilogue = AVO_EPI_MASK, .act = act});
    product("genome columns of dX", (struct avo_product){
        .m = B, .n = P, .k = H, .trans_b = true, .a = a, .ld_a = H, .b = b, .ld_b = H, .d = d,
        .ld_d = P, .math = AVO_MATH_BF16, .wide = true, .alpha = 1});
    product("layer 2 weights", (struct avo_product){
        .m = H, .n = H, .k = B, .trans_a = true, .a = act, .ld_a = H, .b = a, .ld_b = H, .d = d,
        .ld_d = H, .math = AVO_MATH_BF16, .wide = true, .alpha = 1});
    product("layer 1 weights", (struct avo_product){
        .m = KX, .n = H, .k = B, .trans_a = true, .a = a, .ld_a = KX, .b = act, .ld_b = H, .d = d,
        .ld_d = H, .math = AVO_MATH_BF16, .wide = true, .alpha = 1});
    product("imputation: genome part", (struct avo_product){
        .m = TILE, .n = H, .k = KX, .a = a, .ld_a = KX, .b = b, .ld_b = H, .d = d, .ld_d = H,
        .math = AVO_MATH_BF16, .alpha = 1});
    product("imputation: layer 2", (struct avo_product){
        .m = TILE, .n = H, .k = H, .a = act, .ld_a = H, .b = b, .ld_b = H, .d = d, .ld_d = H,
        .math = AVO_MATH_BF16, .alpha = 1, .epilogue = AVO_EPI_RELU_BIAS, .bias = bias16});
}

/* ---- kernels ---- */

struct copy { void *to, *from; size_t len; };
static int run_copy(void *arg, struct avo_error *e)
{
    struct copy *c = arg;
    return avo_dev_copy(dev, c->to, c->from, c->len, e);
}
#define RUNNER(name)                                                                              \
    static int run_##name(void *arg, struct avo_error *e)                                         \
    {                                                                                             \
        return avo_k_##name(dev, arg, e);                                                         \
    }
RUNNER(draw)
RUNNER(gather)
RUNNER(scalars)
RUNNER(catch_up)
RUNNER(update)
RUNNER(loss)
RUNNER(total)
RUNNER(columns)
RUNNER(adam)
RUNNER(w1x)
RUNNER(dropout)
RUNNER(add)
RUNNER(dot)

static void kernel(const char *what, avo_dev_fn *fn, void *arg, double bytes)
{
    float us = avo_dev_time(dev, fn, arg, ROUNDS, &err);
    char note[64];
    must(us < 0);
    snprintf(note, sizeof note, "%.2f TB/s", bytes / us / 1e6);
    line(what, us, bytes / bytes_per_us, "bytes", note);
}

static void measure_copy(void *to, void *from)
{
    struct copy c = {to, from, (size_t)B * H * sizeof(uint16_t)};
    float us = avo_dev_time(dev, run_copy, &c, ROUNDS, &err);
    char what[64];
    must(us < 0);
    bytes_per_us = 2.0 * (double)c.len / us;
    snprintf(what, sizeof what, "ceiling: copy of %.0f MB, %.2f TB/s", (double)c.len / 1e6,
             bytes_per_us / 1e6);
    line(what, us, us, "bytes", "");
}

/* A step's scalars and samples: sample i lies at bin i, of one chromosome. */
static struct avo_k_step *make_step(struct avo_k_samples *s, uint32_t n_pairs)
{
    struct avo_k_step step = {.step = 50, .n = B, .seed = 1, .n_pairs = n_pairs,
                              .two_over_batch = 2.0f / B, .n_groups = {B, B / 10 + 1, B / 200 + 1},
                              .net = {0.9f, 0.999f, 1e-7f, 1e-3f, 1}};
    uint32_t *bins = malloc(B * sizeof *bins);
    must(!bins);
    for (uint32_t i = 0; i < B; i++)
        bins[i] = i;
    uint32_t *place = room(B, sizeof *place);
    must(avo_dev_upload(dev, place, 4 * B, bins, 4 * B, 4 * B, 1, &err));
    *s = (struct avo_k_samples){.place = place, .bin = place, .crc = room(B, 4),
                                .visit = room(B, 4), .pair = room(B, 4), .target = room(B, 4)};
    struct avo_k_step *to = room(1, sizeof *to);
    must(avo_dev_upload(dev, to, sizeof step, &step, sizeof step, sizeof step, 1, &err));
    free(bins);
    return to;
}

/* Block k of rows of `per` bins. */
static struct avo_k_block make_block(uint32_t k, uint32_t width, uint32_t per, uint32_t offset)
{
    uint32_t n = B / per + 1, ld = (width + 3) / 4 * 4, *row = malloc(B * sizeof *row);
    uint32_t *start = malloc((B + 1) * sizeof *start), *order = malloc(B * sizeof *order);
    must(!row || !start || !order);
    for (uint32_t i = 0; i < B; i++) {
        row[i] = i / per;
        order[i] = i;
    }
    for (uint32_t g = 0; g <= B; g++)
        start[g] = (uint64_t)g * per < B ? g * per : B;
    struct avo_k_block b = {
        .w = values((size_t)n * ld, false), .m = room((size_t)n * ld, 4),
        .v = room((size_t)n * ld, 4), .last = room(n, 4), .width = width, .ld = ld,
        .x_offset = offset, .index = k, .idle = room(B, sizeof(struct avo_idle)),
        .adam = room(B, sizeof(struct avo_adam)), .now = room(B, 4)};
    uint32_t *on_card[3] = {room(B, 4), room(B, 4), room(B + 1, 4)};
    must(avo_dev_upload(dev, on_card[0], 4 * B, row, 4 * B, 4 * B, 1, &err) ||
         avo_dev_upload(dev, on_card[1], 4 * B, order, 4 * B, 4 * B, 1, &err) ||
         avo_dev_upload(dev, on_card[2], 4 * B + 4, start, 4 * B + 4, 4 * B + 4, 1, &err));
    b.row_of = on_card[0];
    b.order = on_card[1];
    b.start = on_card[2];
    free(row);
    free(order);
    free(start);
    return b;
}

static void rows_of(const struct avo_k_step *step, const struct avo_k_samples *s, void *x,
                    float *dx)
{
    static const struct { uint32_t width, per, offset; const char *name; } of[] = {
        {25, 1, 0, "25 bp"}, {40, 10, 28, "250 bp"}, {45, 200, 68, "5 kbp"}};
    double *sums = room(256, 8);
    float *sizes = values(256, false);
    struct avo_k_clock clock = {{sums, sums, sums, 0.9, 0.999}, sizes, sizes, 0.9f, 0.999f, 1e-7f};
    struct avo_k_gather gather = {.x = x, .half = true, .n_pad = B, .ld = KX, .n_blocks = 3,
                                  .n_tables = 2, .table_column = {P, P + 127}, .ones = P + R,
                                  .of_celltype = {true, false}, .pair = s->pair,
                                  .pairs = room(2 * TRACKS, 4), .step = step};
    struct avo_k_result *result = room(1, sizeof *result);
    for (uint32_t k = 0; k < 3; k++) {
        struct avo_k_block b = gather.block[k] =
            make_block(k, of[k].width, of[k].per, of[k].offset);
        struct avo_k_group g = {.block = b, .n_pad = B, .clock = clock, .bin = s->bin,
                                .step = step, .dx = dx, .ld_dx = P, .result = result};
        double groups = B / of[k].per + 1, row = 4.0 * b.ld;
        char what[64];
        snprintf(what, sizeof what, "idle steps' scalars, %s", of[k].name);
        kernel(what, run_scalars, &g, groups * (5 * 4 + 5 * 4 + 16));
        snprintf(what, sizeof what, "idle steps, %s", of[k].name);
        kernel(what, run_catch_up, &g, groups * 6 * row);
        snprintf(what, sizeof what, "sums and Adam, %s", of[k].name);
        kernel(what, run_update, &g, B * row + groups * 6 * row);
    }
    kernel("gather X", run_gather, &gather, 2.0 * B * KX + 4.0 * B * (28 + 4.4 + 0.3));
}

static void layers(const struct avo_k_step *step, const struct avo_k_samples *s, void *act,
                   void *dact, float *w)
{
    float *dy = room(B, 4), *error = room(B, 4);
    struct avo_k_result *result = room(1, sizeof *result);
    double pass = 2.0 * B * H;
    struct avo_k_loss loss = {act, dact, true, B, H, w, w, 1, *s, dy, error, step};
    struct avo_k_total total = {B, error, dy, s->pair, w, result};
    struct avo_k_columns columns = {dact, true, B, H, dy, room((B / 256 + 1) * (size_t)H, 4),
                                    room(H, 4)};
    struct avo_k_dropout dropout = {act, true, B, H, 0, 77, *s, step};
    struct avo_k_adam adam = {N_NET, values(N_NET, false), room(N_NET, 4), room(N_NET, 4),
                              values(N_NET, false), room(N_NET, 2), step, result};
    struct avo_k_add add = {act, dact, true, TILE, H, w};
    struct avo_k_dot dot = {act, true, TILE, H, w, w, dy};
    kernel("row loss and last gradient", run_loss, &loss, 2 * pass);
    kernel("loss summed", run_total, &total, 12.0 * B);
    kernel("column sums of a layer", run_columns, &columns, pass);
    kernel("Adam, network", run_adam, &adam, 30.0 * N_NET);
    kernel("dropout of a layer", run_dropout, &dropout, 2 * pass);
    kernel("imputation: add, ReLU", run_add, &add, 4.0 * TILE * H);
    kernel("imputation: dot", run_dot, &dot, 2.0 * TILE * H);
}

static void weights(void *w1x, const float *net)
{
    uint32_t from[KX], *on_card = room(KX, 4);
    for (uint32_t i = 0; i < KX; i++)
        from[i] = i;
    must(avo_dev_upload(dev, on_card, sizeof from, from, sizeof from, sizeof from, 1, &err));
    struct avo_k_w1x a = {.from = on_card, .n_rows = KX, .ld = H, .net = net, .tables = net,
                          .w1x = w1x, .half = true};
    kernel("first layer's weights", run_w1x, &a, 6.0 * KX * H);
}

static void samples(const struct avo_k_step *step, const struct avo_k_samples *s)
{
    uint32_t *columns = room(TRACKS, 4);
    float *scale = values(2 * TRACKS, false);
    struct avo_k_draw draw = {*s, B, values((size_t)B * TRACKS, true), true, TRACKS, columns,
                              columns, scale, step};
    kernel("draw samples", run_draw, &draw, B * (32.0 + 6 * 4));
}

int main(int argc, char **argv)
{
    char text[256];
    table = argc == 2 ? fopen(argv[1], "w") : NULL;
    if (!table) {
        fprintf(stderr, "usage: cuda_kernels TABLE\n");
        return 2;
    }
    must(!(dev = avo_dev_open(0, &err)) || !(products = avo_products_new(dev, &err)));
    avo_dev_describe(dev, text, sizeof text);
    printf("# %s\n", text);
    fprintf(table, "# card, cuBLASLt version, product, mask fused, algorithm\n");
    size_t act = (size_t)B * H, square = (size_t)8192 * 8192;
    void *a = values(act, true), *b = values(square, true), *h = values(act, true);
    float *d = values(act, false), *net = values(N_NET, false);
    struct avo_k_samples s;
    struct avo_k_step *step = make_step(&s, TRACKS);
    measure_products(a, b, d);
    measure_copy(h, a);
    all_products(a, b, d, h, values(H, true));
    samples(step, &s);
    rows_of(step, &s, a, d);
    weights(b, net);
    layers(step, &s, h, a, net);
    if (fclose(table))
        return 1;
    avo_products_free(products);
    avo_dev_close(dev);
    return 0;
}
