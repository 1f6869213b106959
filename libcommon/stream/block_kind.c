/* SPDX-License-Identifier: MIT */
/* block_kind.c: the table of block_kind.h. */
#include "libcommon/stream/block_kind.h"

#include <string.h>

static const struct {
    const char *name;
    enum avo_block_table table;
    enum avo_block_depends depends;
} kinds[] = {
    [AVO_BLOCK_CELLTYPE] = {"celltype", AVO_TABLE_CELLTYPES, AVO_BY_PAIR},
    [AVO_BLOCK_ASSAY] = {"assay", AVO_TABLE_ASSAYS, AVO_BY_PAIR},
    [AVO_BLOCK_GENOME] = {"genome", AVO_TABLE_POSITIONS, AVO_BY_POSITION},
    [AVO_BLOCK_ELSEWHERE] = {"elsewhere", AVO_TABLE_NONE, AVO_BY_BOTH},
    [AVO_BLOCK_OWN] = {"own", AVO_TABLE_NONE, AVO_BY_BOTH},
    [AVO_BLOCK_TARGET] = {"target", AVO_TABLE_NONE, AVO_BY_BOTH},
};

const char *avo_block_kind_name(enum avo_block_kind kind)
{
    return kinds[kind].name;
}

int avo_block_kind_parse(const char *name)
{
    for (int i = 0; i < (int)(sizeof kinds / sizeof *kinds); i++)
        if (!strcmp(kinds[i].name, name))
            return i;
    return -1;
}

enum avo_block_table avo_block_table_of(const struct avo_block *b)
{
    return kinds[b->kind].table;
}

enum avo_block_depends avo_block_depends_on(const struct avo_block *b)
{
    return kinds[b->kind].depends;
}
