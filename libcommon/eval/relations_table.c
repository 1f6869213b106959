/* SPDX-License-Identifier: MIT */
/* relations_table.c: relations between assays, built in or from a file. */
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/alloc.h"
#include "libcommon/base/io.h"
#include "libcommon/base/text.h"
#include "libcommon/eval/relations.h"

enum { MAX_TABLE = 1 << 24, PAIR_COLUMNS = 5, COLUMNS = 8 };

static const char *const column_names[COLUMNS] = {"assay", "region", "assay2", "region2", "sign",
                                                  "assay3", "region3", "sign3"};

/* ---- names ---- */

bool avo_relation_same_assay(const char *a, const char *b)
{
    static const char *const rna[] = {"RNA-seq", "RNAseq", "RNA"};
    bool a_is = false, b_is = false;

    for (size_t i = 0; i < sizeof rna / sizeof *rna; i++) {
        a_is |= strcmp(a, rna[i]) == 0;
        b_is |= strcmp(b, rna[i]) == 0;
    }
    return (a_is && b_is) || strcmp(a, b) == 0;
}

static const char *region_name(enum avo_region_kind region)
{
    return region == AVO_REGION_PROMOTER ? "promoter" : "gene";
}

static int region_parse(const char *s, enum avo_region_kind *out, struct avo_error *err)
{
    if (strcmp(s, "promoter") != 0 && strcmp(s, "gene") != 0)
        return avo_error_set(err, "region \"%s\" is not promoter or gene", s);
    *out = *s == 'p' ? AVO_REGION_PROMOTER : AVO_REGION_GENE;
    return 0;
}

/* ---- one relation ---- */

/* How many terms the columns give: 2 if the last three are missing or '.'. */
static int count_terms(char *const *field, size_t n, struct avo_error *err)
{
    size_t n_empty = 0;

    if (n != PAIR_COLUMNS && n != COLUMNS)
        return avo_error_set(err, "want %d or %d tab-separated columns, got %zu", PAIR_COLUMNS,
                             COLUMNS, n);
    for (size_t i = PAIR_COLUMNS; i < n; i++)
        n_empty += strcmp(field[i], ".") == 0;
    if (n_empty > 0 && n_empty < 3)
        return avo_error_set(err, "assay3, region3 and sign3 must all be given, or all be \".\"");
    return n == COLUMNS && n_empty == 0 ? 3 : 2;
}

static int check_terms(const struct avo_relation *r, struct avo_error *err)
{
    for (size_t i = 0; i < r->n_terms; i++)
        for (size_t j = 0; j < i; j++)
            if (r->term[i].region == r->term[j].region &&
                avo_relation_same_assay(r->term[i].assay, r->term[j].assay))
                return avo_error_set(err, "\"%s\" in the region %s comes twice",
                                     r->term[i].assay, region_name(r->term[i].region));
    return 0;
}

/* field [n]: the columns of a line. What was set is released with the table also on failure. */
static int fill(struct avo_relation *r, char *const *field, size_t n, struct avo_error *err)
{
    static const size_t at[3] = {0, 2, 5}, sign_at[2] = {4, 7};
    int n_terms = count_terms(field, n, err);

    if (n_terms < 0)
        return -1;
    r->n_terms = (size_t)n_terms;
    for (size_t i = 0; i < r->n_terms; i++) {
        char *const *f = field + at[i];

        if (f[0][0] == '\0' || strcmp(f[0], ".") == 0)
            return avo_error_set(err, "the name of an assay is missing");
        if (region_parse(f[1], &r->term[i].region, err) ||
            !(r->term[i].assay = avo_strdup(f[0], err)))
            return -1;
    }
    for (size_t j = 0; j + 1 < r->n_terms; j++) {
        const char *s = field[sign_at[j]];

        if (strlen(s) != 1 || strchr("+-0", *s) == NULL)
            return avo_error_set(err, "sign \"%s\" is not +, - or 0", s);
        r->sign[j] = *s;
    }
    return check_terms(r, err);
}

/* Splits line in place; more columns than there may be are counted, not kept. */
static size_t split(char *line, char **field)
{
    size_t n = 0;

    for (char *s; (s = avo_field(&line)); n++)
        if (n < COLUMNS)
            field[n] = s;
    return n;
}

static int add_line(struct avo_relation_table *t, char *line, struct avo_error *err)
{
    char *field[COLUMNS];
    size_t n = split(line, field);

    if (avo_grow(&t->list, &t->cap, t->n + 1, sizeof *t->list, "relations", err))
        return -1;
    return fill(&t->list[t->n++], field, n, err);
}

char *avo_relation_format(const struct avo_relation *r, struct avo_error *err)
{
    char *s = avo_asprintf(err, "%s %s", r->term[0].assay, region_name(r->term[0].region));

    for (size_t j = 0; s && j + 1 < r->n_terms; j++) {
        const struct avo_relation_term *p = &r->term[j + 1];
        char *longer = avo_asprintf(err, "%s / %s %s %c", s, p->assay, region_name(p->region),
                                    r->sign[j]);
        free(s);
        s = longer;
    }
    return s;
}

/* ---- tables ---- */

int avo_relation_table_builtin(struct avo_relation_table *t, struct avo_error *err)
{
    static const char *const lines[] = {
        "H3K4me3\tpromoter\tH3K27me3\tpromoter\t-",
        "H3K4me1\tpromoter\tH3K27me3\tpromoter\t0",
        "H3K36me3\tgene\tRNA-seq\tgene\t+",
        "H3K36me3\tgene\tH3K4me3\tpromoter\t+",
        "H3K36me3\tgene\tH3K27me3\tpromoter\t-"};

    *t = (struct avo_relation_table){0};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char *line = avo_strdup(lines[i], err);
        int rc = line ? add_line(t, line, err) : -1;

        free(line);
        if (rc < 0) {
            avo_relation_table_release(t);
            return -1;
        }
    }
    return 0;
}

static int check_header(char *line, struct avo_error *err)
{
    char *field[COLUMNS];
    size_t n = split(line, field);
    bool right = n == PAIR_COLUMNS || n == COLUMNS;

    for (size_t i = 0; right && i < n; i++)
        right = strcmp(field[i], column_names[i]) == 0;
    if (right)
        return 0;
    avo_error_set(err, "not the header line of a table of relations");
    return avo_error_hint(err, "want, separated by tabs: assay region assay2 region2 sign, and "
                          "for triplets assay3 region3 sign3");
}

static int read_lines(struct avo_relation_table *t, char *text, const char *shown,
                      struct avo_error *err)
{
    bool have_header = false;
    size_t n_line = 0;

    for (char *line; (line = avo_line(&text)); ) {
        n_line++;
        if (line[0] == '#' || line[strspn(line, " \t")] == '\0')
            continue;
        if ((have_header ? add_line(t, line, err) : check_header(line, err)) < 0)
            return avo_error_prefix(err, "%s:%zu", shown, n_line);
        have_header = true;
    }
    return t->n > 0 ? 0 : avo_error_set(err, "%s: no relations in it", shown);
}

int avo_relation_table_read(struct avo_relation_table *t, const char *path,
                            struct avo_error *err)
{
    char *text;

    *t = (struct avo_relation_table){0};
    if (avo_read_text(path, MAX_TABLE, &text, NULL, err))
        return -1;
    int rc = read_lines(t, text, strcmp(path, "-") == 0 ? "<stdin>" : path, err);
    free(text);
    if (rc < 0)
        avo_relation_table_release(t);
    return rc;
}

void avo_relation_table_release(struct avo_relation_table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n; i++)
        for (size_t j = 0; j < 3; j++)
            free(t->list[i].term[j].assay);
    free(t->list);
    *t = (struct avo_relation_table){0};
}
