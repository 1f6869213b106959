/* SPDX-License-Identifier: MIT */
/* vectors.c: one tensor a line: name, number of dimensions, dimensions, values. */
#include "tests/lib/unit/vectors.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double *parse(char *at, size_t *n)
{
    long dims = strtol(at, &at, 10);
    *n = 1;
    while (dims-- > 0)
        *n *= (size_t)strtol(at, &at, 10);
    double *x = malloc(*n * sizeof *x);
    for (size_t i = 0; i < *n; i++) {
        char *end;
        x[i] = strtod(at, &end);
        ck_assert(end != at);
        at = end;
    }
    return x;
}

double *vector_read(const char *name, size_t *n)
{
    const char *root = getenv("AVO_SRC");
    bool observed = !strncmp(name, "observed.", 9);
    char path[4096], *line = NULL;
    size_t cap = 0, len = strlen(name);
    double *x = NULL;
    snprintf(path, sizeof path, "%s/tests/oracle/%s_vectors.txt", root ? root : ".",
             observed ? "observed" : "torch");
    FILE *f = fopen(path, "r");
    ck_assert_msg(f != NULL, "%s", path);
    while (!x && getline(&line, &cap, f) > 0)
        if (!strncmp(line, name, len) && line[len] == ' ')
            x = parse(line + len, n);
    free(line);
    fclose(f);
    ck_assert_msg(x != NULL, "no vector %s", name);
    return x;
}
