/* SPDX-License-Identifier: MIT */
/* lt_load.cu: finds cuBLASLt and the table of algorithms. */
#include "cuda/lt.cuh"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef AVO_CUDA_TABLE
#define AVO_CUDA_TABLE "/usr/local/share/avotools/cuda-algorithms.tsv"
#endif
#define STRING_(x) #x
#define STRING(x) STRING_(x)
#define LIBRARY "libcublasLt.so." STRING(CUBLAS_VER_MAJOR)
#define MOST_CHOICES 256

struct avo_lt avo_lt;

static struct entry { char key[AVO_LT_KEY]; struct avo_lt_choice choice; } table[MOST_CHOICES];
static int n_table;
static char name[40];

/* ---- the table ---- */

static const char *const math_names[] = {"f32", "tf32", "bf16"};
static const char *const epilogue_names[] = {"none", "relu", "relu_bias", "mask"};

void avo_lt_key(const struct avo_product *x, char key[AVO_LT_KEY])
{
    snprintf(key, AVO_LT_KEY, "%s.%c%c.%s.%s%s.n%u.%c%u", math_names[x->math],
             x->trans_a ? 't' : 'n', x->trans_b ? 't' : 'n', x->wide ? "wide" : "same",
             epilogue_names[x->epilogue], x->keep_mask ? "_keep" : x->changed ? "_changed" : "",
             x->n, x->trans_a ? 'm' : 'k', x->trans_a ? x->m : x->k);
}

int avo_lt_find(const char *key, struct avo_lt_choice *to)
{
    for (int i = 0; i < n_table; i++)
        if (!strcmp(table[i].key, key)) {
            *to = table[i].choice;
            return 1;
        }
    return 0;
}

void avo_lt_line(const char *card, const char *key, const struct avo_lt_choice *c, char *line,
                 size_t size)
{
    int at = snprintf(line, size, "%s\t%zu\t%s\t%d\t", card, avo_lt.GetVersion(), key,
                      c->fused);
    for (int i = 0; i < 8 && at > 0 && (size_t)at < size; i++)
        at += snprintf(line + at, size - (size_t)at, "%016llx",
                       (unsigned long long)c->algo.data[i]);
}

/* One line; those of other cards and libraries are passed over. */
static int read_line(const char *line, const char *card, struct avo_error *err)
{
    char of[64], key[AVO_LT_KEY], hex[129];
    size_t version;
    int fused;
    if (sscanf(line, "%63s %zu %95s %d %128[0-9a-f]", of, &version, key, &fused, hex) != 5 ||
        strlen(hex) != 128)
        return avo_error_set(err, "not a line of an algorithm table");
    if (strcmp(of, card) || version != avo_lt.GetVersion())
        return 0;
    if (n_table == MOST_CHOICES)
        return avo_error_set(err, "more than %d algorithms", MOST_CHOICES);
    struct entry *e = &table[n_table++];
    snprintf(e->key, sizeof e->key, "%s", key);
    e->choice.fused = fused != 0;
    for (int i = 0; i < 8; i++) {
        char word[17];
        snprintf(word, sizeof word, "%.16s", hex + 16 * i);
        e->choice.algo.data[i] = strtoull(word, NULL, 16);
    }
    return 0;
}

/* The bytes of a result depend on the algorithms: a digest of those used goes into the name. */
static uint32_t digest(void)
{
    uint32_t h = 2166136261u;
    for (int i = 0; i < n_table; i++) {
        for (const char *c = table[i].key; *c; c++)
            h = (h ^ (unsigned char)*c) * 16777619u;
        h = (h ^ table[i].choice.fused) * 16777619u;
        for (int w = 0; w < 8; w++)
            for (int b = 0; b < 64; b += 8)
                h = (h ^ (uint32_t)(table[i].choice.algo.data[w] >> b & 255)) * 16777619u;
    }
    return h;
}

static int read_table(const char *path, bool must, const char *card, struct avo_error *err)
{
    char line[512];
    int n = 0, rc = 0;
    FILE *f = fopen(path, "r");
    if (!f)
        return must ? avo_error_sys(err, errno, "%s", path) : 0;
    while (!rc && fgets(line, sizeof line, f)) {
        n++;
        if (line[0] != '#' && line[0] != '\n' && read_line(line, card, err))
            rc = avo_error_prefix(err, "%s:%d", path, n);
    }
    if (!rc && ferror(f))
        rc = avo_error_set(err, "%s: cannot read", path);
    fclose(f);
    return rc;
}

/* ---- the library ---- */

static int load_functions(struct avo_error *err)
{
    void *lib = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!lib) {
        const char *why = dlerror();
        return avo_error_status(err, AVO_EXIT_DEVICE, "cuBLASLt cannot be loaded: %s",
                                why ? why : LIBRARY);
    }
#define AVO_LT_FIND(f)                                                                            \
    if (!(avo_lt.f = (decltype(avo_lt.f))dlsym(lib, "cublasLt" #f)))                              \
        return avo_error_status(err, AVO_EXIT_DEVICE, LIBRARY " has no cublasLt" #f);
    AVO_LT_FUNCTIONS(AVO_LT_FIND)
#undef AVO_LT_FIND
    return 0;
}

int avo_products_load(const char *card, struct avo_error *err)
{
    const char *asked = getenv("AVO_CUDA_ALGOS");
    if (!avo_lt.Matmul && load_functions(err))
        return -1;
    size_t v = avo_lt.GetVersion(), major = v / 10000;
    n_table = 0;
    if (read_table(asked && *asked ? asked : AVO_CUDA_TABLE, asked && *asked, card, err))
        return -1;
    int at = snprintf(name, sizeof name, "cublaslt-%zu.%zu.%zu", major, v / 100 % 100, v % 100);
    if (n_table)
        snprintf(name + at, sizeof name - (size_t)at, "+%08x", digest());
    return 0;
}

const char *avo_products_name(void)
{
    return name;
}

int avo_lt_check(cublasStatus_t s, const char *what, struct avo_error *err)
{
    if (s == CUBLAS_STATUS_SUCCESS)
        return 0;
    cudaError_t e = cudaGetLastError();
    if (e != cudaSuccess)
        return avo_cuda_check(e, what, err);
    return avo_error_set(err, "%s: %s", what, avo_lt.GetStatusString(s));
}
