/* SPDX-License-Identifier: MIT */
/* choices.c: options that change single values of a preset. */
#include <string.h>

#include "libcommon/fit/preset.h"

struct avo_choices avo_choices_none(void)
{
    return (struct avo_choices){
        .epochs = -1, .stage2_epochs = -1, .batch = -1, .patience = -1, .samples = -1,
        .hide = -1, .lr = -1, .dropout = -1,
        .celltype_dropout = -1, .decay = -1, .network_decay = -1, .init_range = -1,
        .schedule = -1, .order = -1, .clock = -1, .standardize = -1, .similar = -1};
}

static void take_whole(int64_t *to, int64_t chosen)
{
    *to = chosen < 0 ? *to : chosen;
}

static void take_real(double *to, double chosen)
{
    *to = chosen < 0 ? *to : chosen;
}

bool avo_choices_observed(const struct avo_choices *c)
{
    return c->preset && !strcmp(c->preset, "observed");
}

bool avo_choices_parafac(const struct avo_choices *c)
{
    return c->preset && !strcmp(c->preset, "predictd");
}

static int apply_observed(const struct avo_choices *c, struct avo_preset *p, struct avo_error *err)
{
    take_real(&p->observed.hide, c->hide);
    take_whole(&p->observed.n_samples, c->samples);
    p->observed.similar = c->similar < 0 ? p->observed.similar : c->similar;
    if (p->shape.n_hidden != 1)
        return avo_usage_error(err, "--hidden: got \"%s\", want one layer with --preset observed",
                               c->hidden);
    return c->windows ? avo_observed_parse_windows(&p->observed, c->windows, "--windows", err) : 0;
}

int avo_choices_apply(const struct avo_choices *c, uint32_t n_train, const struct avo_header *h,
                      struct avo_preset *p, struct avo_error *err)
{
    if (avo_preset_get(c->preset ? c->preset : "default", n_train, h, p, err))
        return -1;
    struct avo_hyper *y = &p->hyper;
    take_whole(&p->max_epochs, c->epochs);
    take_whole(&y->stage2_epochs, c->stage2_epochs);
    take_whole(&y->batch, c->batch);
    take_whole(&p->patience, c->patience);
    take_real(&y->lr, c->lr);
    take_real(&y->dropout, p->shape.parafac ? -1 : c->dropout);
    take_real(&y->celltype_dropout, c->celltype_dropout);
    take_real(&y->decay, c->decay);
    take_real(&y->network_decay, c->network_decay);
    take_real(&y->init_range, c->init_range);
    y->seed = c->seed;
    y->schedule = c->schedule < 0 ? y->schedule : (enum avo_schedule)c->schedule;
    y->order = c->order < 0 ? y->order : (enum avo_order)c->order;
    y->clock = c->clock < 0 ? y->clock : (enum avo_clock_kind)c->clock;
    y->standardize = c->standardize < 0 || p->observed.n_windows ? y->standardize : c->standardize;
    y->wrap = y->wrap && y->order == AVO_ORDER_SEQUENTIAL;
    if (c->hidden && !p->shape.parafac && avo_shape_hidden(&p->shape, c->hidden, err))
        return -1;
    if (c->factors && avo_shape_factors(&p->shape, c->factors, h, err))
        return -1;
    return p->observed.n_windows ? apply_observed(c, p, err) : 0;
}
