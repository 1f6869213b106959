/* SPDX-License-Identifier: MIT */
/* wig.c: declarations and values of wig text. */
#include "libcommon/genome/wig.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/text.h"

static bool is_word(const char *line, const char *word)
{
    size_t n = strlen(word);
    return strncmp(line, word, n) == 0 && (line[n] == '\0' || line[n] == ' ' || line[n] == '\t');
}

bool avo_wig_is_declaration(const char *line)
{
    return is_word(line, "fixedStep") || is_word(line, "variableStep");
}

bool avo_signal_bp(const char *word, uint32_t *bp)
{
    uint64_t x = 0;
    const char *p = word;
    for (; *p >= '0' && *p <= '9' && x <= UINT32_MAX; p++)
        x = x * 10 + (uint64_t)(*p - '0');
    *bp = (uint32_t)x;
    return p > word && *p == '\0' && x <= UINT32_MAX;
}

int avo_signal_value(const char *word, double *value, struct avo_error *err)
{
    char *end;
    *value = strtod(word, &end);
    if (end == word || *end != '\0')
        return avo_error_set(err, "value is not a number (got \"%.60s\")", word);
    if (isinf(*value))
        return avo_error_set(err, "infinite value (got \"%.60s\")", word);
    return 0;
}

/* ---- declarations ---- */

static int declare_word(struct avo_wig *w, char *word, const struct avo_sizes *s,
                        struct avo_error *err)
{
    char *value = strchr(word, '=');
    uint32_t bp = 0;
    if (value)
        *value++ = '\0';
    if (value && strcmp(word, "chrom") == 0) {
        w->chrom = avo_sizes_find(s, value);
        return w->chrom != SIZE_MAX ? 0
            : avo_error_set(err, "a chromosome that the genome file lacks (got \"%.60s\")", value);
    }
    bool is_start = strcmp(word, "start") == 0, is_step = strcmp(word, "step") == 0;
    if (!value || (!is_start && !is_step && strcmp(word, "span") != 0) ||
        (w->kind == AVO_WIG_VARIABLE && (is_start || is_step)))
        return avo_error_set(err, "not a key of this declaration (want chrom=, %sspan=; got "
                             "\"%.60s\")", w->kind == AVO_WIG_FIXED ? "start=, step=, " : "", word);
    if (!avo_signal_bp(value, &bp) || bp == 0)
        return avo_error_set(err, "%s is not a number from 1 on (got \"%.60s\")", word, value);
    if (is_start)
        w->next_bp = bp - 1;
    else if (is_step)
        w->step_bp = bp;
    else
        w->span_bp = bp;
    return 0;
}

int avo_wig_declare(struct avo_wig *w, char *line, const struct avo_sizes *s,
                    struct avo_error *err)
{
    bool is_fixed = is_word(line, "fixedStep");
    *w = (struct avo_wig){.kind = is_fixed ? AVO_WIG_FIXED : AVO_WIG_VARIABLE, .chrom = SIZE_MAX,
                          .next_bp = UINT64_MAX, .step_bp = 1, .span_bp = 1};
    avo_word(&line);
    for (char *word; *(word = avo_word(&line));)
        if (declare_word(w, word, s, err))
            return -1;
    if (w->chrom == SIZE_MAX)
        return avo_error_set(err, "the declaration names no chromosome (want chrom=)");
    if (is_fixed && w->next_bp == UINT64_MAX)
        return avo_error_set(err, "fixedStep without a start (want start=)");
    if (is_fixed && w->span_bp > w->step_bp)
        return avo_error_set(err, "span %" PRIu64 " is longer than step %" PRIu64 ": the values "
                             "overlap", w->span_bp, w->step_bp);
    return 0;
}

/* ---- values ---- */

int avo_wig_value(struct avo_wig *w, char *line, const struct avo_sizes *s,
                  struct avo_signal_item *item, struct avo_error *err)
{
    bool is_fixed = w->kind == AVO_WIG_FIXED;
    uint64_t beg = w->next_bp, len = s->list[w->chrom].len_bp;
    char *first = avo_word(&line), *value = is_fixed ? first : avo_word(&line);
    char *more = avo_word(&line);
    uint32_t position = 0;
    if (!*value || *more)
        return avo_error_set(err, "want %s a line, as %s says (got \"%.60s\")",
                             is_fixed ? "one value" : "a position and a value",
                             is_fixed ? "fixedStep" : "variableStep", *more ? more : first);
    if (!is_fixed) {
        if (!avo_signal_bp(first, &position) || position == 0)
            return avo_error_set(err, "not a position, which count from 1 (got \"%.60s\")", first);
        beg = position - 1;
    }
    if (beg >= len)
        return avo_error_set(err, "position %" PRIu64 " lies past the end of the chromosome (%"
                             PRIu64 " bp)", beg + 1, len);
    if (avo_signal_value(value, &item->value, err))
        return -1;
    item->chrom = w->chrom;
    item->beg = (uint32_t)beg;
    item->end = (uint32_t)(beg + w->span_bp < len ? beg + w->span_bp : len);
    w->next_bp += w->step_bp;
    return 0;
}
