/* SPDX-License-Identifier: MIT */
/* source.c: one signal file behind one interface; its content says which reader it gets. */
#include "libcommon/genome/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/claims.h"
#include "libcommon/base/content.h"
#include "libcommon/base/io.h"
#include "libcommon/base/names.h"
#include "libcommon/base/text.h"
#include "libcommon/genome/bedgraph.h"
#include "libcommon/genome/bigwig.h"

enum kind { KIND_BIGWIG, KIND_BEDGRAPH };

/* So many names are not searched for the nearest: it takes longer than anyone waits for a hint. */
#define MAX_NEAREST 100000
/* So many first bytes show that a file is no text. */
#define TEXT_BYTES 64

/* Exactly one of the two readers is there. */
struct avo_source {
    char *path;
    struct avo_bigwig *bw;
    struct avo_bedgraph *bg;
    struct avo_names names;     /* of the chromosomes */
    size_t i_chrom;             /* the chromosome found last */
};

static bool is_url(const char *path)
{
    const char *colon = strstr(path, "://");
    if (!colon || colon == path)
        return false;
    for (const char *p = path; p < colon; p++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-", *p))
            return false;
    return true;
}

/* libBigWig knows these, in lower case. */
static bool is_fetchable(const char *path)
{
    return strncmp(path, "http://", 7) == 0 || strncmp(path, "https://", 8) == 0 ||
           strncmp(path, "ftp://", 6) == 0;
}

/* What an open file is; -1 with err set. */
static int kind_of(struct avo_in *in, struct avo_error *err)
{
    const unsigned char *p;
    size_t n;
    if (avo_in_peek(in, AVO_CONTENT_BYTES, &p, &n, err))
        return -1;
    if (in->is_gzip)
        return avo_content_refuse_packed(in->name, p, n, err) ? -1 : KIND_BEDGRAPH;
    if (n == 0)
        return avo_error_set(err, "%s: the file is empty", in->name);
    switch (avo_content_kind(p, n)) {
    case AVO_KIND_BIGWIG:
        return KIND_BIGWIG;
    case AVO_KIND_BIGWIG_SWAPPED:
        return avo_error_set(err, "%s: a bigWig with swapped bytes (big-endian); not supported",
                             in->name);
    case AVO_KIND_BIGBED:
        return avo_error_set(err, "%s: a bigBed, which holds no signal (want bigWig or bedGraph)",
                             in->name);
    default:
        break;
    }
    if (avo_content_refuse(in->name, p, n, err) < 0)
        return -1;
    for (size_t i = 0; i < n && i < TEXT_BYTES; i++)    /* what comes later has a line number */
        if (p[i] == 0 || p[i] == 127 || (p[i] < 0x20 && !strchr("\t\r\n", p[i])))
            return avo_error_set(err, "%s: neither bigWig nor bedGraph or wig (first bytes "
                                 "%02x%02x%02x%02x)", in->name, p[0], n > 1 ? p[1] : 0,
                                 n > 2 ? p[2] : 0, n > 3 ? p[3] : 0);
    return KIND_BEDGRAPH;
}

static int sniff(const char *path, struct avo_error *err)
{
    struct stat st;
    struct avo_in in;
    if (stat(path, &st) < 0) {
        avo_error_sys(err, errno, "%s", path);
        avo_content_hint_link(path, err);
        return -1;
    }
    if (!S_ISREG(st.st_mode))       /* before it is opened: a pipe would be waited for */
        return avo_error_set(err, "%s: not a regular file", path);
    if (avo_in_open(&in, path, err))
        return -1;
    int kind = kind_of(&in, err);
    avo_in_close(&in);
    return kind;
}

/* Finds out what path is and opens it with that reader. */
static int open_reader(struct avo_source *s, const char *genome_file, bool remote,
                       struct avo_error *err)
{
    int kind = KIND_BIGWIG;
    bool fetch = remote && is_fetchable(s->path);
    if (is_url(s->path) && !fetch) {
        avo_error_set(err, "%s: %s", s->path, remote ? "only http, https and ftp can be fetched"
                      : "a URL; nothing is fetched unless asked");
        return remote ? -1 : avo_error_hint(err, "allow it with --remote");
    }
    if (!fetch)
        kind = sniff(s->path, err);
    if (kind < 0 || (!fetch && avo_claim_input(s->path, err)))
        return -1;
    if (kind == KIND_BIGWIG)
        s->bw = avo_bigwig_open(s->path, fetch, err);
    else
        s->bg = avo_bedgraph_open(s->path, genome_file, err);
    return s->bw || s->bg ? 0 : -1;
}

static int index_names(struct avo_source *s, struct avo_error *err)
{
    for (size_t i = 0, n = avo_source_n_chroms(s); i < n; i++)
        if (avo_names_add(&s->names, avo_source_chrom(s, i, NULL), err) < 0)
            return -1;
    return 0;
}

struct avo_source *avo_source_open(const char *path, const char *genome_file, bool remote,
                                   struct avo_error *err)
{
    struct avo_source *s = avo_alloc(1, sizeof *s, "a signal file", err);
    if (!s)
        return NULL;
    s->path = avo_strdup(path, err);
    if (!s->path || open_reader(s, genome_file, remote, err) < 0 || index_names(s, err) < 0) {
        avo_source_close(s);
        return NULL;
    }
    return s;
}

void avo_source_close(struct avo_source *s)
{
    if (!s)
        return;
    avo_bigwig_close(s->bw);
    avo_bedgraph_close(s->bg);
    avo_names_release(&s->names);
    free(s->path);
    free(s);
}

void avo_source_sleep(struct avo_source *s)
{
    if (s->bw)
        avo_bigwig_sleep(s->bw);
    else
        avo_bedgraph_sleep(s->bg);
}

size_t avo_source_n_chroms(const struct avo_source *s)
{
    return s->bw ? avo_bigwig_n_chroms(s->bw) : avo_bedgraph_n_chroms(s->bg);
}

const char *avo_source_chrom(const struct avo_source *s, size_t i, uint64_t *len_bp)
{
    return s->bw ? avo_bigwig_chrom(s->bw, i, len_bp) : avo_bedgraph_chrom(s->bg, i, len_bp);
}

static int no_chrom(const struct avo_source *s, const char *chrom, struct avo_error *err)
{
    size_t n = s->names.n <= MAX_NEAREST ? s->names.n : 0;
    avo_error_set(err, "%s: no chromosome \"%s\" in it", s->path, chrom);
    const char *near = avo_nearest(chrom, s->names.name, (int)n);
    if (near)
        avo_error_hint(err, "did you mean \"%s\"?", near);
    return -1;
}

/* Reads go over a chromosome in many pieces: the one found last is tried first. */
static bool find_chrom(struct avo_source *s, const char *chrom)
{
    int64_t i;
    if (s->names.n > 0 && strcmp(avo_source_chrom(s, s->i_chrom, NULL), chrom) == 0)
        return true;
    if ((i = avo_names_find(&s->names, chrom)) >= 0)
        s->i_chrom = (size_t)i;
    return i >= 0;
}

bool avo_source_has(struct avo_source *s, const char *chrom)
{
    return find_chrom(s, chrom);
}

int avo_source_read(struct avo_source *s, const char *chrom, uint32_t bin_bp, uint32_t beg_bin,
                    uint32_t n_bins, double *sum, uint32_t *covered, struct avo_error *err)
{
    uint64_t len_bp;
    if (!find_chrom(s, chrom))
        return no_chrom(s, chrom, err);
    avo_source_chrom(s, s->i_chrom, &len_bp);
    if (bin_bp == 0 || (uint64_t)beg_bin + n_bins > len_bp / bin_bp)
        return avo_error_set(err, "%s: %s has %llu bp, less than %llu bins of %u bp", s->path,
                             chrom, (unsigned long long)len_bp,
                             (unsigned long long)beg_bin + n_bins, bin_bp);
    if (s->bw)
        return avo_bigwig_read(s->bw, s->i_chrom, bin_bp, beg_bin, n_bins, sum, covered, err);
    return avo_bedgraph_read(s->bg, s->i_chrom, bin_bp, beg_bin, n_bins, sum, covered, err);
}

uint64_t avo_source_n_empty(const struct avo_source *s)
{
    return s->bw ? avo_bigwig_n_empty(s->bw) : avo_bedgraph_n_empty(s->bg);
}

const char *avo_source_warning(const struct avo_source *s)
{
    return s->bw ? avo_bigwig_warning(s->bw) : NULL;
}
