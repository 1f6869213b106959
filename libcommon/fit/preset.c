/* SPDX-License-Identifier: MIT */
/* preset.c: the values of every preset, in one table; sizes parsed from options. */
#include "libcommon/fit/preset.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/text.h"

/* Widths of celltype, assay, fine, mid, coarse; hidden layers; and the rest. The default's network
 * is small for any number of tracks: more tracks are worth more passes, and the cell type's row can
 * be trusted more. avo-train(1), PRESETS, has what was measured. */
struct row {
    const char *name;
    uint32_t from_tracks;       /* default: the last row whose number of tracks is reached */
    uint32_t width[5], hidden[2];
    double lr, init_range, dropout, celltype_dropout, decay, network_decay;
    enum avo_schedule schedule;
    enum avo_clock_kind clock;
    bool wrap, standardize;
    int64_t batch, max_epochs, patience, stage2_epochs, transfer_epochs;
};

static const struct row rows[] = {
    {"default", 0, {32, 64, 8, 24, 32}, {128, 128}, 1e-3, 0.05, 0.3, 0.3, 0, 0,
     AVO_SCHEDULE_COSINE, AVO_CLOCK_STAGE1, false, true, 4000, 16, 6, 16, 10},
    {"default", 100, {32, 64, 8, 24, 32}, {128, 128}, 1e-3, 0.05, 0.3, 0.1, 0, 0,
     AVO_SCHEDULE_COSINE, AVO_CLOCK_STAGE1, false, true, 4000, 16, 8, 16, 10},
    {"default", 400, {32, 64, 8, 24, 32}, {128, 128}, 1e-3, 0.05, 0.1, 0, 0, 0,
     AVO_SCHEDULE_COSINE, AVO_CLOCK_STAGE1, false, true, 4000, 16, 10, 16, 10},
    {"paper", 0, {32, 256, 25, 40, 45}, {2048, 2048}, 1e-2, 0.5, 0.5, 0, 0, 0,
     AVO_SCHEDULE_CONSTANT, AVO_CLOCK_CHROMOSOME, false, false, 40000, 800, 0, 200, 10},
    {"reference", 0, {32, 24, 10, 20, 30}, {128, 0}, 1e-3, 0.05, 0, 0, 0, 0, AVO_SCHEDULE_CONSTANT,
     AVO_CLOCK_STAGE1, true, false, 10000, 10, 0, 10, 10},
    {"observed", 0, {0, 4, 0, 0, 0}, {128, 0}, 2e-3, 0.05, 0.4, 0, 0, 0, AVO_SCHEDULE_COSINE,
     AVO_CLOCK_STAGE1, false, false, 512, 3, 0, 0, 0},
    {"predictd", 0, {6, 6, 6, 0, 0}, {0, 0}, 1e-3, 0.05, 0, 0, 1, 0, AVO_SCHEDULE_COSINE,
     AVO_CLOCK_STAGE1, false, false, 4000, 200, 20, 200, 10},
};

static void set_block(struct avo_block *b, const char *name, enum avo_block_kind kind,
                      uint32_t width, uint32_t bins)
{
    b->name = (char *)(uintptr_t)name;
    b->kind = kind;
    b->width = width;
    b->bins_per_row = bins;
}

/* The other family: inputs computed from signal, no factors but those of assays. */
static void fill_observed(struct avo_preset *p, uint32_t assay_width)
{
    struct avo_block *b = p->shape.blocks;
    set_block(&b[0], "elsewhere", AVO_BLOCK_ELSEWHERE, 0, 0);
    set_block(&b[1], "own", AVO_BLOCK_OWN, 0, 0);
    set_block(&b[2], "target", AVO_BLOCK_TARGET, 0, 0);
    set_block(&b[3], "assay", AVO_BLOCK_ASSAY, assay_width, 0);
    p->shape.n_blocks = 4;
    p->hyper.eps = 1e-8;
    p->hyper.order = AVO_ORDER_PERMUTED;
    p->observed = (struct avo_observed){.n_windows = 4, .half_bins = {0, 2, 10, 100},
                                        .ranks = true, .similar = true, .hide = 0.3,
                                        .n_samples = 200000};
}

/* No network: factors and a bias of cell types, assays and bins. */
static void fill_predictd(struct avo_preset *p, uint32_t width)
{
    struct avo_block *b = p->shape.blocks;
    set_block(&b[0], "celltype", AVO_BLOCK_CELLTYPE, width, 0);
    set_block(&b[1], "assay", AVO_BLOCK_ASSAY, width, 0);
    set_block(&b[2], "fine", AVO_BLOCK_GENOME, width, 1);
    p->shape.n_blocks = 3;
    p->shape.n_hidden = 0;
    p->shape.parafac = true;
}

static void fill(struct avo_preset *p, const struct row *r, const struct avo_header *h)
{
    *p = (struct avo_preset){.max_epochs = r->max_epochs, .patience = r->patience,
                             .transfer_epochs = r->transfer_epochs};
    p->hyper = (struct avo_hyper){
        .lr = r->lr, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-7, .decay = r->decay,
        .network_decay = r->network_decay, .dropout = r->dropout,
        .celltype_dropout = r->celltype_dropout, .init_range = r->init_range,
        .schedule = r->schedule, .clock = r->clock, .wrap = r->wrap,
        .standardize = r->standardize, .batch = r->batch,
        .stage2_epochs = r->stage2_epochs};
    snprintf(p->hyper.preset, sizeof p->hyper.preset, "%s", r->name);
    p->shape.n_hidden = r->hidden[1] ? 2 : 1;
    memcpy(p->shape.hidden, r->hidden, sizeof r->hidden);
    if (!strcmp(r->name, "observed")) {
        fill_observed(p, r->width[1]);
        return;
    }
    if (!strcmp(r->name, "predictd")) {
        fill_predictd(p, r->width[0]);
        return;
    }
    struct avo_block *b = p->shape.blocks;
    set_block(&b[0], "celltype", AVO_BLOCK_CELLTYPE, r->width[0], 0);
    set_block(&b[1], "assay", AVO_BLOCK_ASSAY, r->width[1], 0);
    set_block(&b[2], "fine", AVO_BLOCK_GENOME, r->width[2], 1);
    set_block(&b[3], "mid", AVO_BLOCK_GENOME, r->width[3], h->mid_bins);
    set_block(&b[4], "coarse", AVO_BLOCK_GENOME, r->width[4], h->coarse_bins);
    p->shape.n_blocks = 5;
}

int avo_preset_get(const char *name, uint32_t n_train, const struct avo_header *h,
                   struct avo_preset *p, struct avo_error *err)
{
    const struct row *found = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i].name, name) && n_train >= rows[i].from_tracks)
            found = &rows[i];
    if (!found)
        return avo_usage_error(err, "--preset: got \"%s\", want default, paper, reference, "
                               "observed or predictd", name);
    fill(p, found, h);
    /* as many passes as tracks: each value is seen about once (800 for 1014 in the paper) */
    if (!strcmp(name, "default") && n_train > p->max_epochs)
        p->max_epochs = p->hyper.stage2_epochs = n_train < 800 ? n_train : 800;
    return 0;
}

void avo_preset_batch(struct avo_hyper *h, int64_t epochs, uint32_t n_bins)
{
    const int64_t steps = 280, few_epochs = 100;
    bool is_default = !strcmp(h->preset, "default");
    int64_t batch = n_bins / steps, least = is_default && epochs >= few_epochs ? 1000 : 64;
    if (!(is_default || !strcmp(h->preset, "predictd")) || batch >= h->batch)
        return;
    h->batch = batch > least ? batch : least;
}

/* "250bp" or "5kbp" in bins, or 0. */
static uint32_t bins_of(const char *name, const struct avo_header *h)
{
    char *end;
    uint64_t n = strtoull(name, &end, 10);
    if (end == name || n == 0 || n > 1000000000)
        return 0;
    if (!strcmp(end, "kbp"))
        n *= 1000;
    else if (strcmp(end, "bp"))
        return 0;
    return n % h->bin_bp ? 0 : (uint32_t)(n / h->bin_bp);
}

static int find_block(const struct avo_shape *s, const char *name, uint32_t bins)
{
    for (size_t k = 0; k < s->n_blocks; k++)
        if (!strcmp(s->blocks[k].name, name) ||
            (bins && avo_block_is_genome(&s->blocks[k]) && s->blocks[k].bins_per_row == bins))
            return (int)k;
    return -1;
}

static int set_width(struct avo_shape *s, const char *name, uint32_t width,
                     const struct avo_header *h, struct avo_error *err)
{
    uint32_t bins = bins_of(name, h);
    if (s->parafac && (strcmp(name, "rank") || !width || width > 65535))
        return avo_usage_error(err, "--factors: got \"%s=%u\", want rank=L (1 to 65535), the "
                               "products of --preset predictd", name, width);
    for (size_t k = 0; s->parafac && k < s->n_blocks; k++)
        s->blocks[k].width = width + 1;
    if (s->parafac)
        return 0;
    bool observed = s->n_blocks && s->blocks[0].kind == AVO_BLOCK_ELSEWHERE;
    if (observed && (strcmp(name, "assay") || !width))
        return avo_usage_error(err, "--factors: got \"%s=%u\", want assay=WIDTH, the only factors "
                               "of --preset observed", name, width);
    int k = find_block(s, name, bins);
    if (k < 0 && (!bins || h->coarse_bins % bins || s->n_blocks == AVO_MAX_BLOCKS ||
                  s->n_names == AVO_MAX_BLOCKS))
        return avo_usage_error(err,
                               "--factors: unknown block \"%s\" (want celltype, assay, fine, mid, "
                               "coarse, or a size such as 250bp that divides %" PRIu64 " bp)",
                               name, (uint64_t)h->coarse_bins * h->bin_bp);
    if (k < 0) {
        k = (int)s->n_blocks++;
        snprintf(s->names[s->n_names], sizeof *s->names, "%s", name);
        set_block(&s->blocks[k], s->names[s->n_names++], AVO_BLOCK_GENOME, width, bins);
    }
    s->blocks[k].width = width;
    if (width)
        return 0;
    memmove(&s->blocks[k], &s->blocks[k + 1],
            (s->n_blocks - (size_t)k - 1) * sizeof *s->blocks);
    s->n_blocks--;
    return 0;
}

/* An empty list, or an item of it: strtok would pass over it. */
static bool has_empty_item(const char *spec)
{
    size_t n = strlen(spec);
    return n == 0 || spec[0] == ',' || spec[n - 1] == ',' || strstr(spec, ",,");
}

int avo_shape_factors(struct avo_shape *s, const char *spec, const struct avo_header *h,
                      struct avo_error *err)
{
    if (has_empty_item(spec))
        return avo_usage_error(err, "--factors: got \"%s\", want NAME=WIDTH,...", spec);
    char *copy = avo_strdup(spec, err), *save = NULL;
    int rc = copy ? 0 : -1;
    for (char *p = copy ? strtok_r(copy, ",", &save) : NULL; p && !rc;
         p = strtok_r(NULL, ",", &save)) {
        char *eq = strchr(p, '=');
        int64_t width = 0;
        if (!eq) {
            rc = avo_usage_error(err, "--factors: got \"%s\", want NAME=WIDTH", p);
            break;
        }
        *eq = 0;
        rc = avo_parse_int(eq + 1, 0, 65536, "--factors", &width, err);
        if (!rc)
            rc = set_width(s, p, (uint32_t)width, h, err);
    }
    if (!rc && !s->n_blocks)
        rc = avo_usage_error(err, "--factors: no block is left");
    free(copy);
    return rc;
}

int avo_shape_hidden(struct avo_shape *s, const char *spec, struct avo_error *err)
{
    if (has_empty_item(spec))
        return avo_usage_error(err, "--hidden: got \"%s\", want e.g. 256,256", spec);
    char *copy = avo_strdup(spec, err), *save = NULL;
    int rc = copy ? 0 : -1;
    s->n_hidden = 0;
    for (char *p = copy ? strtok_r(copy, ",", &save) : NULL; p && !rc;
         p = strtok_r(NULL, ",", &save)) {
        int64_t n = 0;
        if (s->n_hidden + 1 >= AVO_MAX_LAYERS)
            rc = avo_usage_error(err, "--hidden: at most %d layers", AVO_MAX_LAYERS - 1);
        else
            rc = avo_parse_int(p, 1, 65536, "--hidden", &n, err);
        if (!rc)
            s->hidden[s->n_hidden++] = (uint32_t)n;
    }
    free(copy);
    return rc;
}
