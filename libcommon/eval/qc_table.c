/* SPDX-License-Identifier: MIT */
/* qc_table.c: quality figures as TSV and as aligned text. */
#include "libcommon/eval/qc_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "libcommon/base/text.h"
#include "libcommon/base/text_out.h"
#include "libcommon/model/scale.h"

static double share(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static double missing(const struct avo_qc *q)
{
    return q->n_bins > 0 ? 1 - (double)q->n_covered / (double)q->n_bins : 0;
}

static const char *outlier(const struct avo_qc *q)
{
    bool by_celltype = fabs(q->z_celltype) > AVO_QC_OUTLIER;
    bool by_assay = fabs(q->z_assay) > AVO_QC_OUTLIER;

    return by_celltype && by_assay ? "celltype,assay" : by_celltype ? "celltype"
           : by_assay ? "assay" : ".";
}

/* ---- TSV ---- */

/* rms celltype_scale scale_group residual */
static int print_depth(const struct avo_qc_table *t, size_t track, struct avo_out *out,
                       struct avo_error *err)
{
    const struct avo_depths *d = t->depths;
    size_t c = t->available->celltype[track];

    double rms = t->qc[track].rms;

    /* A NaN that a computation made may print as -nan. */
    if (avo_out_printf(out, err, "\t%.6g\t%.6g", isnan(rms) ? NAN : rms, d->scale[c]) < 0 ||
        (d->component[c] == AVO_NO_COMPONENT
             ? avo_out_printf(out, err, "\t.")
             : avo_out_printf(out, err, "\t%zu", d->component[c] + 1)) < 0)
        return -1;
    return avo_out_printf(out, err, "\t%.6f\n", avo_depths_residual(d, track));
}

static int print_row(const struct avo_qc_table *t, size_t track, struct avo_out *out,
                     struct avo_error *err)
{
    const struct avo_track *names = &t->available->header->tracks[track];
    const struct avo_qc *q = &t->qc[track];
    char *celltype = avo_escape(names->celltype, false, err);
    char *assay = avo_escape(names->assay, false, err);
    char *path = avo_escape(t->paths[track], false, err);
    int rc = celltype && assay && path ? 0 : -1;

    if (rc == 0)
        rc = avo_out_printf(out, err, "%s\t%s\t%s\t%" PRIu64 "\t%.6f\t%.6f\t%.6g\t%.6g\t%.6f"
                            "\t%.2f\t%.2f\t%s", celltype, assay, path, q->n_bins,
                            share(q->covered_bp, q->total_bp), missing(q), q->mean, q->max,
                            share(q->n_at_max, q->n_covered), q->z_celltype, q->z_assay,
                            outlier(q));
    if (rc == 0)
        rc = print_depth(t, track, out, err);
    free(celltype);
    free(assay);
    free(path);
    return rc;
}

int avo_qc_table_print(const struct avo_qc_table *t, struct avo_out *out, struct avo_error *err)
{
    if (avo_out_printf(out, err, "celltype\tassay\tpath\tbins\tcoverage\tmissing\tdepth\tmax"
                       "\tsaturation\tz_celltype\tz_assay\toutlier\trms\tcelltype_scale"
                       "\tscale_group\tresidual\n") < 0)
        return -1;
    for (size_t i = 0; i < t->available->header->n_tracks; i++)
        if (print_row(t, i, out, err) < 0)
            return -1;
    return 0;
}

/* ---- text ---- */

/* Columns that the longest names take, escaped. */
struct names { size_t celltype, assay; };

static int measure_name(const char *name, size_t *width, struct avo_error *err)
{
    char *s = avo_escape(name, false, err);

    if (!s)
        return -1;
    if (avo_text_width(s) > *width)
        *width = avo_text_width(s);
    free(s);
    return 0;
}

static int measure_names(const struct avo_availability *a, struct names *w, struct avo_error *err)
{
    *w = (struct names){9, 5};
    for (size_t i = 0; i < a->n_celltypes; i++)
        if (measure_name(avo_availability_celltype(a, i), &w->celltype, err) < 0)
            return -1;
    for (size_t i = 0; i < a->n_assays; i++)
        if (measure_name(avo_availability_assay(a, i), &w->assay, err) < 0)
            return -1;
    return 0;
}

static int print_name(struct avo_out *out, const char *name, size_t width, struct avo_error *err)
{
    char *s = avo_escape(name, false, err);
    int rc = s ? avo_out_padded(out, s, width, false, err) : -1;

    free(s);
    return rc;
}

static int print_residual(const struct avo_depths *d, size_t track, struct avo_out *out,
                          struct avo_error *err)
{
    double r = avo_depths_residual(d, track);

    if (isnan(r))
        return avo_out_printf(out, err, "  %8s", ".");
    return avo_out_printf(out, err, "  %+8.2f", fabs(r) < 0.005 ? 0 : r);
}

static int scale_line(const struct avo_qc_table *t, size_t celltype, const struct names *w,
                      struct avo_out *out, struct avo_error *err)
{
    const struct avo_depths *d = t->depths;
    size_t worst = avo_depths_worst(d, celltype);

    if (print_name(out, avo_availability_celltype(t->available, celltype), w->celltype, err) < 0 ||
        avo_out_printf(out, err, "  %6zu", avo_depths_n_tracks(d, celltype)) < 0)
        return -1;
    if (d->component[celltype] == AVO_NO_COMPONENT)
        return avo_out_printf(out, err, "  %5s\n", ".");
    if (avo_out_printf(out, err, "  %5zu  %6.2f", d->component[celltype] + 1,
                       d->scale[celltype]) < 0)
        return -1;
    if (worst == AVO_NO_TRACK)
        return avo_out_printf(out, err, "\n");
    if (print_residual(d, worst, out, err) < 0 || avo_out_printf(out, err, "  ") < 0 ||
        print_name(out, t->available->header->tracks[worst].assay, 0, err) < 0)
        return -1;
    return avo_out_printf(out, err, "\n");
}

static int print_scales(const struct avo_qc_table *t, const struct names *w, struct avo_out *out,
                        struct avo_error *err)
{
    int rc = avo_out_printf(out, err, "\nscale of each cell type against the rest of its group, "
                            "and its track that fits least\n");

    if (rc == 0)
        rc = avo_out_padded(out, "cell type", w->celltype, false, err);
    if (rc == 0)
        rc = avo_out_printf(out, err, "  %6s  %5s  %6s  %8s  %s\n", "tracks", "group", "scale",
                            "residual", "of");
    for (size_t i = 0; rc == 0 && i < t->available->n_celltypes; i++)
        rc = scale_line(t, i, w, out, err);
    return rc;
}

static int figures_line(const struct avo_qc_table *t, size_t track, const struct names *w,
                        struct avo_out *out, struct avo_error *err)
{
    const struct avo_track *names = &t->available->header->tracks[track];
    const struct avo_qc *q = &t->qc[track];

    if (print_name(out, names->celltype, w->celltype, err) < 0 ||
        avo_out_printf(out, err, "  ") < 0 || print_name(out, names->assay, w->assay, err) < 0)
        return -1;
    if (avo_out_printf(out, err, "  %8.4f  %7.4f  %8.4g  %8.4g  %10.6f  %7.4g",
                       share(q->covered_bp, q->total_bp), missing(q), q->mean, q->max,
                       share(q->n_at_max, q->n_covered), isnan(q->rms) ? NAN : q->rms) < 0 ||
        print_residual(t->depths, track, out, err) < 0)
        return -1;
    return avo_out_printf(out, err, "  %s\n", outlier(q));
}

static int print_figures(const struct avo_qc_table *t, const struct names *w, struct avo_out *out,
                         struct avo_error *err)
{
    int rc = avo_out_printf(out, err, "\n");

    if (rc == 0)
        rc = avo_out_padded(out, "cell type", w->celltype + 2, false, err);
    if (rc == 0)
        rc = avo_out_padded(out, "assay", w->assay, false, err);
    if (rc == 0)
        rc = avo_out_printf(out, err, "  %8s  %7s  %8s  %8s  %10s  %7s  %8s  %s\n", "coverage",
                            "missing", "depth", "max", "saturation", "rms", "residual", "outlier");
    for (size_t i = 0; rc == 0 && i < t->available->header->n_tracks; i++)
        rc = figures_line(t, i, w, out, err);
    return rc;
}

int avo_qc_table_print_text(const struct avo_qc_table *t, struct avo_out *out,
                            struct avo_error *err)
{
    struct names w;
    int rc = measure_names(t->available, &w, err);

    if (rc == 0)
        rc = avo_availability_print(t->available, AVO_AVAILABILITY_TEXT, out, err);
    if (rc == 0)
        rc = print_scales(t, &w, out, err);
    return rc == 0 ? print_figures(t, &w, out, err) : rc;
}
