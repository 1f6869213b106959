/* SPDX-License-Identifier: MIT */
/* impute.h: model files to imputed tracks: the files joined, the pairs chosen, the loop.
 *
 * Several files are one model: one CORE, its extensions (CORE with more rows) and the GENOME tiles
 * of that root, in the order of the chromosome table whatever the order of the files. */
#ifndef AVO_IMPUTE_IMPUTE_H
#define AVO_IMPUTE_IMPUTE_H

#include "libcommon/genome/region.h"
#include "libcommon/backend/backend.h"
#include "libcommon/base/threads.h"

/* ---- model files (impute_input.c) ----
 *
 * Unlike in stream/join.h CORE may differ (extensions have more rows), a file that can be opened
 * again is open only while its tiles are read, and all of them can be read once more. */

struct avo_models;

/* Opens the files (no paths: stdin; "-" once), reads every CORE and joins them. On return the
 * tiles can be read. Errors: another root (both ids), one name with two rows, other lengths of a
 * chromosome, no GENOME at all, and whatever a damaged file shows. */
struct avo_models *avo_models_open(char *const *paths, size_t n_paths, struct avo_error *err);
/* The same as avo_models_open, and no GENOME at all will do. */
struct avo_models *avo_models_open_any(char *const *paths, size_t n_paths,
                                       struct avo_error *err);
/* The error that avo_models_open gives where there is no GENOME at all. */
int avo_models_need_genome(const struct avo_models *s, struct avo_error *err);
/* 1 = the files are models that have not seen the same tracks: extensions are among them; 0 = they
 * are anything else. Whoever opens them next reads on where this stopped. */
int avo_models_extended(char *const *paths, size_t n_paths, struct avo_error *err);
/* The joined CORE, all tiles and notes to w, whose header is that of the core: one model. */
int avo_models_copy(struct avo_models *s, struct avo_writer *w, struct avo_error *err);
/* Hands over the joined model, once the tiles are read: what is left is avo_models_close. */
void avo_models_take(struct avo_models *s, struct avo_model *m);
/* The joined model. Its header has the common chromosome table, the extents that the files with
 * GENOME were asked for, every track with the strongest role it had, the joined provenance. Rows of
 * extensions are in the order of their names. */
const struct avo_model *avo_models_core(const struct avo_models *s);
/* Next GENOME tile in table order: 1 = there is one, 0 = every file ended whole, -1 = error (two
 * tiles for one position among them). Its payload is read only if avo_models_genome is called.
 * Where files alternate within the range of a tile, it comes in parts (n_bins of head: all). */
int avo_models_next(struct avo_models *s, struct avo_head *head, struct avo_error *err);
int avo_models_genome(struct avo_models *s, struct avo_genome_tile *tile, struct avo_error *err);
/* Name of the file that the current tile is from. */
const char *avo_models_name(const struct avo_models *s);
/* Whether all files with GENOME can be read again; and to the first tile again. */
bool avo_models_can_rewind(const struct avo_models *s);
void avo_models_rewind(struct avo_models *s);
/* Digest of the file that stands i-th in table order, once it has ended; "" before. */
const char *avo_models_digest(const struct avo_models *s, size_t i);
/* Adds a note "modelN:digest" per file, in table order; after avo_models_next gave 0. */
int avo_models_end_notes(const struct avo_models *s, struct avo_writer *w, struct avo_error *err);
void avo_models_close(struct avo_models *s);

/* ---- pairs (impute_pairs.c) ---- */

struct avo_wanted {
    struct avo_pair pair;       /* rows of the joined model */
    enum avo_role role;         /* of the track in the model; AVO_ROLE_UNSET: never seen */
};
struct avo_wanted_list {
    size_t n, cap;
    struct avo_wanted *at;
};
/* Adds one pair by name; unknown names name the nearest, a pair given twice is an error. */
int avo_wanted_add(struct avo_wanted_list *l, const struct avo_model *m, const char *celltype,
                   const char *assay, struct avo_error *err);
/* Adds the pairs of a file: cell type, tab, assay; blank lines, # lines and a first line whose
 * first field is "celltype" or "#celltype" are passed over. */
int avo_wanted_file(struct avo_wanted_list *l, const struct avo_model *m, const char *path,
                    struct avo_error *err);
/* Adds all pairs of the model, or (missing) those that are no training track: cell types in the
 * order of the root's table, then extensions by name; assays alike within each. */
int avo_wanted_all(struct avo_wanted_list *l, const struct avo_model *m, bool missing,
                   struct avo_error *err);
/* Names of cell types (assays) among the wanted pairs that have fewer than min training tracks, as
 * "name (n), name (n)"; NULL if there is none. Fresh memory. */
int avo_wanted_scarce(const struct avo_wanted_list *l, const struct avo_model *m, bool assays,
                      uint32_t min, char **text, struct avo_error *err);

/* Names of the wanted tracks that came out as one value (avo_model_is_flat of spread), the first of
 * them as "C:A, C:A and N more"; NULL if there is none. Fresh memory. */
int avo_wanted_flat(const struct avo_wanted_list *l, const struct avo_model *m,
                    const float *spread, char **text, struct avo_error *err);

/* ---- output names (impute_names.c) ---- */

/* path with {celltype} and {assay} replaced by the names, escaped for files. Fresh memory. */
char *avo_impute_path(const char *pattern, const char *celltype, const char *assay,
                      struct avo_error *err);
bool avo_impute_is_pattern(const char *path);
/* pattern with {component} replaced, escaped for files. Fresh memory. */
char *avo_impute_component_path(const char *pattern, const char *component,
                                struct avo_error *err);
/* Whether {component} is in a path (which may be NULL), and in the folder before its first other
 * placeholder. */
bool avo_impute_has_component(const char *path);
bool avo_impute_component_folder(const char *pattern);
/* The same for {bound}, "lower" or "upper" (intervals.h). */
char *avo_impute_bound_path(const char *pattern, const char *bound, struct avo_error *err);
bool avo_impute_has_bound(const char *path);
bool avo_impute_bound_folder(const char *pattern);
/* Length of the folder (with its slash) in front of a pattern's first placeholder. */
size_t avo_impute_folder_len(const char *pattern);
/* Pattern and pairs fit: placeholders for several tracks, no path twice. */
int avo_impute_check_names(const char *pattern, const struct avo_wanted_list *l,
                           const struct avo_model *m, struct avo_error *err);

/* ---- the table of the files (impute_table.c) ---- */

/* "tracks.tsv" in the folder in front of the pattern's first placeholder: cell type, assay, path
 * relative to it, role, model id, list of the model's tracks (model_tracks.h), regions; of
 * attributions also the component and the space that they are differences in. */
struct avo_impute_table {
    const char *pattern;
    const struct avo_wanted_list *wanted;
    const struct avo_model *m;
    const struct avo_header *header;    /* of the output: its extents are what is written */
    const char *component;              /* of attributions, {component} already replaced; NULL:
                                         * imputed */
};
/* Nothing would be lost: no foreign file where the table goes, no file of other regions or of
 * another track where a file goes. */
int avo_impute_check_table(const struct avo_impute_table *t, struct avo_error *err);
/* Adds the rows to the table, under a lock, so that runs at the same time keep each other's; a row
 * of the same pair and path is replaced. Also writes the list of the model's tracks. */
int avo_impute_write_table(const struct avo_impute_table *t, struct avo_error *err);

/* ---- attributions (impute_attribute.c) ---- */

/* Where one component's tracks go. */
struct avo_component {
    uint32_t block;             /* of the model */
    char *output;               /* as avo_impute_job's, {component} replaced; or NULL */
    struct avo_header header;
};
/* What is attributed, and how. Zero is empty. */
struct avo_attribution {
    struct avo_attribute how;
    float *baseline;            /* [F], how.baseline */
    double value;               /* the prediction at the baseline */
    uint32_t n_blocks;          /* of the model; of the family observed its parts */
    const char *names[AVO_MAX_BLOCKS];  /* [n_blocks] borrowed */
    uint32_t n;                 /* components to write, in the order of the blocks */
    struct avo_component *at;
    char *origin;               /* of the baseline: "zero", "mean", "mean of DIGEST" */
};
/* Chooses the components: names [n_names] of blocks (of parts, backend/observed_ops.h), or all; and
 * their outputs. Errors: an unknown name, one that is given twice, an output that several would
 * share. */
int avo_attribution_choose(struct avo_attribution *a, const struct avo_model *m,
                           char *const *names, size_t n_names, const char *output,
                           struct avo_error *err);
/* Makes the baseline: "zero"; "mean": of all the models' rows, which are then read to their end
 * and rewound (an error where they cannot be); else a model file whose rows' mean is taken. */
int avo_attribution_baseline(struct avo_attribution *a, struct avo_models *models,
                             const char *baseline, struct avo_error *err);
/* Of the family observed: of the assay's row alone, [E]; "zero", or "mean": of the root's rows. */
int avo_attribution_rows(struct avo_attribution *a, const struct avo_model *m,
                         const char *baseline, struct avo_error *err);
/* Makes the components' headers from that of imputed tracks: transform none, no unit, and a line
 * @attribution (avo-stream.5). */
int avo_attribution_headers(struct avo_attribution *a, const struct avo_model *m,
                            const struct avo_header *h, struct avo_error *err);
void avo_attribution_release(struct avo_attribution *a);

/* ---- the loop (impute.c) ---- */

enum avo_impute_format { AVO_IMPUTE_AVO, AVO_IMPUTE_BEDGRAPH, AVO_IMPUTE_BIGWIG };

struct avo_impute_job {
    const struct avo_wanted_list *wanted;
    const struct avo_header *header;    /* of the output: tracks as wanted; its extents are the
                                         * bins that are written */
    enum avo_impute_format format;
    const char *output;                 /* file, "-", NULL, or (not AVO) a pattern */
    float *spread;                      /* [wanted->n][2] gets the least and the greatest
                                         * prediction of each before it is clipped; or NULL */
    bool last_bin;                      /* files: the last whole bin of a chromosome stands for
                                         * the bases behind it as well */
    bool clip;                          /* to the range that CORE records for the assay */
    const struct avo_attribution *attribution;  /* NULL: predictions; else its components' headers
                                                 * and outputs count, and nothing is clipped */
    const struct avo_intervals *intervals;      /* of the family observed: bounds are written, too
                                                 * (intervals.h); or NULL */
    const struct avo_backend_ops *ops;
    struct avo_device device;
    struct avo_pool *pool;
    uint64_t max_memory;                /* bytes for files being written at once */
    void (*progress)(void *user, uint64_t n_bins, uint32_t n_tracks);   /* may be NULL */
    void *user;
};
struct avo_impute_result {
    uint64_t n_bins;                    /* written per track */
    uint32_t n_rounds;                  /* times that the models were read */
};

/* Header of the imputed stream: tracks of the list, which m imputes, and the bins and words of
 * `from` (the joined models' header, or that of the signal): extents cut to what ask selects
 * (nothing asked: all). Release with avo_header_release. */
int avo_impute_header(const struct avo_header *from, const struct avo_model *m,
                      const struct avo_wanted_list *l, const struct avo_region_ask *ask,
                      struct avo_header *h, struct avo_error *err);
/* The job of each output: its own header and place, and the pool of the writers. Returns how many
 * there are: one, one a component, or the tracks' and one a bound. */
uint32_t avo_impute_jobs(const struct avo_impute_job *job, struct avo_pool *writers,
                         struct avo_impute_job jobs[AVO_MAX_BLOCKS]);
/* Calls round(user, first, n) for the job's tracks [first, first + n), as many at a time as may be
 * written at once. again: the input can be read several times, else more than one round is an
 * error. *n_rounds: those there were. */
int avo_impute_rounds(const struct avo_impute_job *job, bool again,
                      int (*round)(void *user, uint32_t first, uint32_t n, struct avo_error *err),
                      void *user, uint32_t *n_rounds, struct avo_error *err);
/* Reads the tiles, predicts, writes, at the same time where the pool has several threads (three
 * parts of a tile, of at most 64 MiB of predictions each, are in memory then, else one). Nothing
 * appears under a final name unless it is whole. */
int avo_impute_run(struct avo_models *s, const struct avo_impute_job *job,
                   struct avo_impute_result *result, struct avo_error *err);

#endif
