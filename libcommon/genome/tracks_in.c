/* SPDX-License-Identifier: MIT */
/* tracks_in.c: one door to both kinds of signal input; the kind is told from the content. */
#include "libcommon/genome/tracks_in.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io.h"
#include "libcommon/base/text.h"
#include "libcommon/genome/tracks_in_priv.h"
#include "libcommon/genome/region.h"

static int is_stream(const char *path, bool *stream, struct avo_error *err)
{
    enum avo_kind kind = AVO_KIND_STREAM;
    int rc = strcmp(path, "-") == 0 ? 0 : avo_in_kind(path, NULL, &kind, err);

    *stream = kind == AVO_KIND_STREAM;
    return rc;
}

struct avo_tracks_in *avo_tracks_in_open(const struct avo_tracks_in_spec *spec,
                                         struct avo_error *err)
{
    struct avo_tracks_in *in = avo_alloc(1, sizeof *in, "input", err);
    bool stream;

    if (!in)
        return NULL;
    in->spec = *spec;
    if (is_stream(spec->path, &stream, err) < 0)
        goto fail;
    if (stream && spec->every_bin) {
        avo_error_set(err, "%s: a stream has no partial last bins", spec->path);
        avo_error_hint(err, "give a table of the files themselves");
        goto fail;
    }
    if ((stream ? avo_tracks_in_stream_open(in, err) : avo_tracks_in_table_open(in, err)) < 0)
        goto fail;
    return in;
fail:
    avo_tracks_in_free(in);
    return NULL;
}

void avo_tracks_in_free(struct avo_tracks_in *in)
{
    if (!in)
        return;
    avo_tracks_in_stream_release(in);
    avo_tracks_in_table_release(in);
    avo_header_release(&in->header);
    free(in->used);
    free(in->extents);
    free(in->notes);
    free(in);
}

int avo_tracks_in_give_back(struct avo_tracks_in *in, struct avo_error *err)
{
    int rc = in->reader ? avo_reader_give_back(in->reader, err) : 0;

    in->reader = NULL;
    avo_tracks_in_free(in);
    return rc;
}

const char *avo_tracks_in_name(const struct avo_tracks_in *in)
{
    return in->reader ? avo_reader_name(in->reader) : in->spec.path;
}

bool avo_tracks_in_is_table(const struct avo_tracks_in *in)
{
    return in->reader == NULL;
}

bool avo_tracks_in_as_it_is(const struct avo_tracks_in *in)
{
    return in->spec.as_it_is;
}

bool avo_tracks_in_every_bin(const struct avo_tracks_in *in)
{
    return in->spec.every_bin;
}

const struct avo_header *avo_tracks_in_header(const struct avo_tracks_in *in)
{
    return &in->header;
}

const struct avo_extent *avo_tracks_in_extents(const struct avo_tracks_in *in, size_t *n)
{
    *n = in->n_extents;
    return in->extents;
}

static int whole_chroms(struct avo_tracks_in *in, struct avo_error *err)
{
    const struct avo_header *h = &in->header;

    in->extents = avo_alloc(h->n_chroms, sizeof *in->extents, "regions", err);
    if (!in->extents)
        return -1;
    for (uint32_t c = 0; c < h->n_chroms; c++) {
        uint32_t n_bins = avo_header_chrom_bins(h, c);

        if (n_bins > 0)
            in->extents[in->n_extents++] = (struct avo_extent){c, 0, n_bins};
    }
    return 0;
}

/* The regions of a stream, cut to what it says it was made of. */
static int stream_extents(struct avo_tracks_in *in, const struct avo_region_ask *ask,
                          struct avo_error *err)
{
    const struct avo_header *h = &in->header;
    struct avo_extent *asked = NULL;
    size_t n_asked = 0;
    int rc;

    if (!ask->region && !ask->region_file)
        return avo_extents_intersect(h->extents, h->n_extents, h->extents, h->n_extents,
                                     &in->extents, &in->n_extents, err);
    if (avo_regions_select(h, ask, &asked, &n_asked, err) < 0)
        return -1;
    rc = avo_extents_intersect(asked, n_asked, h->extents, h->n_extents, &in->extents,
                               &in->n_extents, err);
    free(asked);
    if (rc == 0 && in->n_extents == 0)
        rc = avo_error_set(err, "%s: none of the regions asked for is in the stream",
                           avo_tracks_in_name(in));
    return rc;
}

static int choose_extents(struct avo_tracks_in *in, const struct avo_tracks_in_choice *choice,
                          struct avo_error *err)
{
    const struct avo_region_ask ask = {.region = choice->region,
                                       .region_file = choice->region_file,
                                       .rule = {in->spec.strict, &in->notes}};

    if (in->reader)
        return stream_extents(in, &ask, err);
    if (avo_tracks_in_table_use(in, choice, err) < 0)
        return -1;
    if (in->n_extents > 0)
        return 0;
    if (choice->beside)
        return whole_chroms(in, err);
    return avo_regions_select(&in->header, &ask, &in->extents, &in->n_extents, err);
}

int avo_tracks_in_use(struct avo_tracks_in *in, const struct avo_tracks_in_choice *choice,
                      struct avo_error *err)
{
    in->n_used = choice->n_tracks;
    in->used = avo_alloc(in->n_used, sizeof *in->used, "tracks", err);
    if (!in->used)
        return -1;
    for (size_t i = 0; i < in->n_used; i++)
        in->used[i] = choice->tracks[i];
    in->regions_asked = choice->region || choice->region_file != NULL;
    int rc = choose_extents(in, choice, err);
    in->notes_left = in->notes;
    return rc;
}

const char *avo_tracks_in_warning(struct avo_tracks_in *in)
{
    return in->notes_left && *in->notes_left != '\0' ? avo_line(&in->notes_left) : NULL;
}

size_t avo_tracks_in_first_extent(const struct avo_tracks_in *in)
{
    return avo_extents_first(in->extents, in->n_extents, in->chrom, in->beg_bin);
}

bool avo_tracks_in_meets(const struct avo_tracks_in *in, size_t extent)
{
    const struct avo_extent *e = &in->extents[extent];

    return extent < in->n_extents && e->chrom == in->chrom && e->beg_bin < in->end_bin;
}

int avo_tracks_in_window(struct avo_tracks_in *in, uint32_t chrom, uint32_t beg_bin, uint32_t n,
                         float *const *columns, uint32_t *n_present, struct avo_error *err)
{
    in->chrom = chrom;
    in->beg_bin = beg_bin;
    in->end_bin = beg_bin + n;
    in->columns = columns;
    *n_present = 0;
    for (size_t c = 0; c < in->n_used; c++)
        for (uint32_t i = 0; i < n; i++)
            columns[c][i] = NAN;
    return in->reader ? avo_tracks_in_stream_window(in, n_present, err)
                              : avo_tracks_in_table_window(in, n_present, err);
}

int avo_tracks_in_finish(struct avo_tracks_in *in, struct avo_error *err)
{
    return in->reader ? avo_tracks_in_stream_finish(in, err)
                              : avo_tracks_in_table_finish(in, err);
}
