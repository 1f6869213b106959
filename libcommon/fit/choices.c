/* SPDX-License-Identifier: MIT */
/* choices.c: options that change single values of a preset. */
#include <stdio.h>
#include <string.h>

#include "libcommon/base/text.h"
#include "libcommon/fit/preset.h"

enum choice {
    C_EPOCHS, C_STAGE2, C_BATCH, C_PATIENCE, C_LR, C_DROPOUT, C_CELL_DROPOUT, C_DECAY,
    C_NET_DECAY, C_RANGE, C_SCHEDULE, C_ORDER, C_CLOCK, N_CHOICES
};

static const char *const schedules[] = {"constant", "linear", "cosine", NULL};
static const char *const orders[] = {"sequential", "permuted", "random", NULL};
static const char *const clocks[] = {"stage1", "chromosome", NULL};

/* Numbers have a range; names a list. Index: enum choice. */
static const struct {
    const char *name;
    double lo, hi;
    bool whole;
    const char *const *names;
} choice_table[N_CHOICES] = {
    [C_EPOCHS] = {"epochs", 1, 1e6, true, NULL},
    [C_STAGE2] = {"stage2-epochs", 1, 1e6, true, NULL},
    [C_BATCH] = {"batch", 1, 1e8, true, NULL},
    [C_PATIENCE] = {"patience", 0, 1e9, true, NULL},
    [C_LR] = {"lr", 1e-12, 10, false, NULL},
    [C_DROPOUT] = {"dropout", 0, 0.95, false, NULL},
    [C_CELL_DROPOUT] = {"celltype-dropout", 0, 0.95, false, NULL},
    [C_DECAY] = {"decay", 0, 10, false, NULL},
    [C_NET_DECAY] = {"network-decay", 0, 10, false, NULL},
    [C_RANGE] = {"init-range", 0, 10, false, NULL},
    [C_SCHEDULE] = {"schedule", 0, 0, false, schedules},
    [C_ORDER] = {"order", 0, 0, false, orders},
    [C_CLOCK] = {"clock", 0, 0, false, clocks},
};

static int find(const char *name)
{
    for (int i = 0; i < N_CHOICES; i++)
        if (!strcmp(choice_table[i].name, name))
            return i;
    return -1;
}

static int parse(int i, const char *arg, double *value, struct avo_error *err)
{
    char option[32];
    int64_t n = 0;
    snprintf(option, sizeof option, "--%s", choice_table[i].name);
    if (choice_table[i].names) {
        for (int k = 0; choice_table[i].names[k]; k++)
            if (!strcmp(choice_table[i].names[k], arg)) {
                *value = k;
                return 0;
            }
        return avo_error_status(err, AVO_EXIT_USAGE, "%s: unknown value \"%s\"", option, arg);
    }
    if (!choice_table[i].whole)
        return avo_parse_double(arg, choice_table[i].lo, choice_table[i].hi, option, value, err);
    if (avo_parse_int(arg, (int64_t)choice_table[i].lo, (int64_t)choice_table[i].hi, option, &n,
                      err))
        return -1;
    *value = (double)n;
    return 0;
}

bool avo_choices_set(struct avo_choices *c, const char *name, const char *arg, int *rc,
                     struct avo_error *err)
{
    int i = find(name);
    *rc = 0;
    if (!strcmp(name, "preset"))
        c->preset = arg;
    else if (!strcmp(name, "hidden"))
        c->hidden = arg;
    else if (!strcmp(name, "factors"))
        c->factors = arg;
    else if (i >= 0) {
        *rc = parse(i, arg, &c->value[i], err);
        c->given[i] = true;
    } else
        return false;
    return true;
}

bool avo_choices_given(const struct avo_choices *c, const char *name)
{
    int i = find(name);
    return i >= 0 && c->given[i];
}

int avo_choices_apply(const struct avo_choices *c, uint32_t n_train, const struct avo_header *h,
                      struct avo_preset *p, struct avo_error *err)
{
    if (avo_preset_get(c->preset ? c->preset : "default", n_train, h, p, err))
        return -1;
    struct avo_hyper *y = &p->hyper;
    double *const reals[N_CHOICES] = {
        [C_LR] = &y->lr, [C_DROPOUT] = &y->dropout,
        [C_CELL_DROPOUT] = &y->celltype_dropout, [C_DECAY] = &y->decay,
        [C_NET_DECAY] = &y->network_decay, [C_RANGE] = &y->init_range};
    int64_t *const wholes[N_CHOICES] = {
        [C_EPOCHS] = &p->max_epochs, [C_STAGE2] = &y->stage2_epochs, [C_BATCH] = &y->batch,
        [C_PATIENCE] = &p->patience};
    for (int i = 0; i < N_CHOICES; i++) {
        if (c->given[i] && reals[i])
            *reals[i] = c->value[i];
        if (c->given[i] && wholes[i])
            *wholes[i] = (int64_t)c->value[i];
    }
    y->seed = c->seed;
    y->schedule = c->given[C_SCHEDULE] ? (enum avo_schedule)c->value[C_SCHEDULE] : y->schedule;
    y->order = c->given[C_ORDER] ? (enum avo_order)c->value[C_ORDER] : y->order;
    y->clock = c->given[C_CLOCK] ? (enum avo_clock_kind)c->value[C_CLOCK] : y->clock;
    y->wrap = y->wrap && y->order == AVO_ORDER_SEQUENTIAL;
    if (c->hidden && avo_shape_hidden(&p->shape, c->hidden, err))
        return -1;
    return c->factors ? avo_shape_factors(&p->shape, c->factors, h, err) : 0;
}
