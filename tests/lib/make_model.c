/* SPDX-License-Identifier: MIT */
/* make_model.c: small models with random weights for tests, and what they predict, in plain double
 * loops of its own.
 *
 *   make_model [-s SEED] [-g SEED] [-c CELL]... [-a ASSAY]... [-C CELL]... [-A ASSAY]...
 *              [-k CELL:ASSAY=ROLE]... [-r CHROM:BEG-END]... [-x CHROM:BEG-END]... [-H N,N]
 *              [-L LO,HI] [-n] [-f ARCSINH|LOG1P|NONE] [-z FACTOR] [-l LEN]
 *              [-w FINE,MID,COARSE] [-p] FILE
 *
 * -s root, -g genome factors; -c -a rows of the root, -C -A of an extension; -k tracks; -r extents
 * in bins, all of whose bins get factors but those of -x; -n no GENOME; -L range of every assay;
 * -z multiplies the output layer; -l bases of every chromosome; -w widths of the genome blocks;
 * -p prints "chrom bin cell assay value" for every pair instead of writing. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/log.h"
#include "libcommon/base/text.h"
#include "libcommon/genome/region.h"
#include "libcommon/model/rows.h"

#define MAX 64

struct options {
    uint64_t seed, genome_seed;
    char *names[2][MAX], *added[2][MAX], *tracks[MAX], *extents[MAX], *holes[MAX];
    uint32_t n_names[2], n_added[2], n_tracks, n_extents, n_holes;
    uint32_t hidden[4], n_hidden, width[3];
    float lo, hi, scale;
    bool no_genome, print;
    enum avo_transform transform;
    uint64_t len_bp;
};

struct genome {
    struct avo_positions positions;
    struct avo_genome_rows rows;
};

static struct avo_error err;

static void must(int rc)
{
    if (rc)
        exit(avo_die(&err));
}

static void parse(struct options *o, int argc, char **argv)
{
    int c;
    *o = (struct options){.seed = 1, .genome_seed = 1, .lo = -100, .hi = 100, .scale = 1,
                          .hidden = {16, 8}, .n_hidden = 2, .width = {5, 3, 2},
                          .len_bp = 100010};
    while ((c = getopt(argc, argv, "s:g:c:a:C:A:k:r:x:H:L:nf:z:l:w:p")) != -1)
        switch (c) {
        case 's': o->seed = strtoull(optarg, NULL, 10); break;
        case 'g': o->genome_seed = strtoull(optarg, NULL, 10); break;
        case 'c': o->names[0][o->n_names[0]++] = optarg; break;
        case 'a': o->names[1][o->n_names[1]++] = optarg; break;
        case 'C': o->added[0][o->n_added[0]++] = optarg; break;
        case 'A': o->added[1][o->n_added[1]++] = optarg; break;
        case 'k': o->tracks[o->n_tracks++] = optarg; break;
        case 'r': o->extents[o->n_extents++] = optarg; break;
        case 'x': o->holes[o->n_holes++] = optarg; break;
        case 'H': o->n_hidden = (uint32_t)sscanf(optarg, "%u,%u", &o->hidden[0], &o->hidden[1]);
            break;
        case 'L': must(sscanf(optarg, "%f,%f", &o->lo, &o->hi) != 2); break;
        case 'n': o->no_genome = true; break;
        case 'f': o->transform = (enum avo_transform)avo_transform_parse(optarg); break;
        case 'z': o->scale = strtof(optarg, NULL); break;
        case 'l': o->len_bp = strtoull(optarg, NULL, 10); break;
        case 'w':
            must(sscanf(optarg, "%u,%u,%u", &o->width[0], &o->width[1], &o->width[2]) != 3);
            break;
        case 'p': o->print = true; break;
        default: exit(2);
        }
}

static void extent_of(const struct avo_header *h, const char *text, struct avo_extent *e)
{
    char name[64];
    if (sscanf(text, "%63[^:]:%u-%u", name, &e->beg_bin, &e->end_bin) != 3 ||
        avo_header_find_chrom(h, name) < 0)
        exit(2);
    e->chrom = (uint32_t)avo_header_find_chrom(h, name);
}

static void make_header(struct avo_header *h, const struct options *o)
{
    static const char *const chroms[] = {"chr1", "chr2", "chr10", "chrX"};
    *h = (struct avo_header){.content = AVO_CONTENT_MODEL, .bin_bp = 25, .mid_bins = 10,
                             .coarse_bins = 200, .transform = o->transform};
    for (int i = 0; i < 4; i++)
        must(avo_header_add_chrom(h, chroms[i], o->len_bp, &err));
    for (uint32_t i = 0; i < o->n_extents; i++) {
        struct avo_extent e;
        extent_of(h, o->extents[i], &e);
        must(avo_header_add_extent(h, e.chrom, e.beg_bin, e.end_bin, &err));
    }
    for (uint32_t i = 0; i < o->n_tracks; i++) {
        char *eq = strrchr(o->tracks[i], '='), *celltype, *assay;
        *eq = '\0';
        must(avo_split_pair(o->tracks[i], &celltype, &assay, &err));
        must(!avo_header_add_track(h, celltype, assay, (enum avo_role)avo_role_parse(eq + 1),
                                   &err));
        *eq = '=';
        free(celltype);
        free(assay);
    }
    must(avo_header_add_block(h, "celltype", AVO_BLOCK_CELLTYPE, 4, 0, &err));
    must(avo_header_add_block(h, "assay", AVO_BLOCK_ASSAY, 6, 0, &err));
    must(avo_header_add_block(h, "fine", AVO_BLOCK_GENOME, o->width[0], 1, &err));
    must(avo_header_add_block(h, "mid", AVO_BLOCK_GENOME, o->width[1], 10, &err));
    must(avo_header_add_block(h, "coarse", AVO_BLOCK_GENOME, o->width[2], 200, &err));
    must(avo_header_add_provenance(h, "make_model", o->no_genome ? "rows:more" : "rows:root",
                                   &err));
}

/* An added row is the mean of the others; moved by something that depends on its name
 * and place. */
static void add_rows(struct avo_model *m, const struct options *o)
{
    for (int k = 0; k < 2; k++)
        for (uint32_t i = 0; i < o->n_added[k]; i++) {
            const char *name = o->added[k][i];
            must(k ? avo_model_add_assay(m, name, &err) : avo_model_add_celltype(m, name, &err));
            uint32_t row = avo_model_rows(m, (uint32_t)k) - 1, width = m->header.blocks[k].width;
            for (uint32_t e = 0; e < width; e++)
                m->table[k][row * width + e] += 0.1f * (float)((name[0] * (int)(e + i + 3)) % 7);
        }
    for (uint32_t i = 0; i < m->n_assays; i++) {
        m->range[2 * i] = o->lo;
        m->range[2 * i + 1] = o->hi;
    }
}

static void make_model(struct avo_model *m, const struct options *o)
{
    struct avo_header h;
    static char *cells[] = {"A", "B", "C"}, *assays[] = {"H3K4me3", "DNase"};
    make_header(&h, o);
    must(avo_model_new(m, &h, o->hidden, o->n_hidden, o->n_names[0] ? (char **)o->names[0] : cells,
                       o->n_names[0] ? o->n_names[0] : 3,
                       o->n_names[1] ? (char **)o->names[1] : assays,
                       o->n_names[1] ? o->n_names[1] : 2, &err));
    snprintf(m->hyper.preset, sizeof m->hyper.preset, "test");
    m->hyper.init_range = 1;
    m->hyper.batch = m->hyper.steps_per_epoch = 1;
    m->hyper.seed = o->seed;
    avo_model_init_values(m);
    struct avo_layer *last = &m->layers[m->n_layers - 1];
    for (uint32_t i = 0; i < last->n_in; i++)
        last->w[i] *= o->scale;
    last->b[0] = 0.5f;
    avo_model_identify(m);
    add_rows(m, o);
    avo_header_release(&h);
}

static void make_genome(struct genome *g, struct avo_model *m, const struct options *o)
{
    struct avo_extent holes[MAX], *left;
    size_t n_left;
    *g = (struct genome){0};
    avo_genome_rows_init(&g->rows, m);
    for (uint32_t i = 0; i < o->n_holes; i++)
        extent_of(&m->header, o->holes[i], &holes[i]);
    must(avo_extents_subtract(m->header.extents, m->header.n_extents, holes, o->n_holes, &left,
                              &n_left, &err));
    for (size_t i = 0; i < n_left; i++) {
        struct avo_run run = {left[i].beg_bin, left[i].end_bin - left[i].beg_bin};
        struct avo_span span = {left[i].chrom, 1, run.n_bins, &run};
        must(avo_positions_add(&g->positions, &m->header, &span, false, &err));
    }
    free(left);
    must(avo_genome_rows_make(&g->rows, &g->positions, false, &err));
    m->hyper.seed = o->genome_seed;
    avo_genome_rows_init_values(&g->rows, &g->positions, m);
    m->hyper.seed = o->seed;
}

static void write_model(const char *path, struct avo_model *m, const struct genome *g,
                        const struct options *o)
{
    struct avo_writer *w = avo_writer_open(path, &m->header, false, NULL, &err);
    must(!w || avo_model_write(w, m, &err));
    if (!o->no_genome)
        must(avo_genome_rows_write(&g->rows, &g->positions, m, w, &err));
    must(avo_writer_finish(w, &err));
    avo_writer_free(w);
}

/* ---- the prediction, once more ---- */

/* Block k's columns at bin i of cell type c and assay s. */
static const float *columns(const struct avo_model *m, const struct genome *g, uint32_t k,
                            uint32_t i, uint32_t c, uint32_t s)
{
    size_t width = m->header.blocks[k].width;
    switch (m->header.blocks[k].kind) {
    case AVO_BLOCK_CELLTYPE:
        return m->table[k] + c * width;
    case AVO_BLOCK_ASSAY:
        return m->table[k] + s * width;
    case AVO_BLOCK_GENOME:
    case AVO_BLOCK_ELSEWHERE:       /* no model made here has them */
    case AVO_BLOCK_OWN:
    case AVO_BLOCK_TARGET:
        break;
    }
    return g->rows.block[k].w + avo_rows_at(&g->rows.block[k], &g->positions, i) * width;
}

static double predict(const struct avo_model *m, const struct genome *g, uint32_t i, uint32_t c,
                      uint32_t s)
{
    double in[4096], out[4096];
    uint32_t n = 0;
    for (uint32_t k = 0; k < m->header.n_blocks; k++) {
        const float *row = columns(m, g, k, i, c, s);
        for (uint32_t e = 0; e < m->header.blocks[k].width; e++)
            in[n++] = row[e];
    }
    for (uint32_t l = 0; l < m->n_layers; l++) {
        const struct avo_layer *y = &m->layers[l];
        for (uint32_t u = 0; u < y->n_out; u++) {
            out[u] = y->b[u];
            for (uint32_t e = 0; e < y->n_in; e++)
                out[u] += in[e] * y->w[e * y->n_out + u];
            if (l + 1 < m->n_layers && out[u] < 0)
                out[u] = 0;
        }
        memcpy(in, out, y->n_out * sizeof *in);
    }
    return in[0];
}

static void print_all(const struct avo_model *m, const struct genome *g)
{
    const struct avo_positions *p = &g->positions;
    for (uint32_t i = 0; i < p->n_bins; i++)
        for (uint32_t c = 0; c < m->n_celltypes; c++)
            for (uint32_t s = 0; s < m->n_assays; s++)
                printf("%s\t%u\t%s\t%s\t%.9g\n",
                       m->header.chroms[avo_positions_run(p, i)->chrom].name,
                       avo_positions_bin(p, i), m->celltypes[c], m->assays[s],
                       predict(m, g, i, c, s));
}

int main(int argc, char **argv)
{
    struct options o;
    struct avo_model m;
    struct genome g;
    avo_log_init("make_model");
    parse(&o, argc, argv);
    make_model(&m, &o);
    make_genome(&g, &m, &o);
    if (o.print)
        print_all(&m, &g);
    else
        write_model(argv[optind], &m, &g, &o);
    avo_positions_release(&g.positions);
    avo_genome_rows_release(&g.rows);
    avo_model_release(&m);
    return 0;
}
