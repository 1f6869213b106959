/* SPDX-License-Identifier: MIT */
/* lt.cuh: cuBLASLt behind products.h: its functions, found at run time, a product's description in
 * its terms, and the table of algorithms. */
#ifndef AVO_CUDA_LT_CUH
#define AVO_CUDA_LT_CUH

#include <cublasLt.h>

#include "cuda/check.cuh"
#include "cuda/products.h"

#define AVO_LT_WORKSPACE ((size_t)32 << 20)
#define AVO_LT_KEY 96

/* All without the common prefix "cublasLt". */
#define AVO_LT_FUNCTIONS(F)                                                                       \
    F(Create) F(Destroy) F(GetVersion) F(GetStatusString) F(MatmulDescCreate)                     \
    F(MatmulDescDestroy) F(MatmulDescSetAttribute) F(MatrixLayoutCreate)                          \
    F(MatrixLayoutDestroy) F(MatmulPreferenceCreate) F(MatmulPreferenceDestroy)                   \
    F(MatmulPreferenceSetAttribute) F(MatmulAlgoGetHeuristic) F(MatmulAlgoCheck) F(Matmul)

struct avo_lt {
#define AVO_LT_MEMBER(f) decltype(&cublasLt##f) f;
    AVO_LT_FUNCTIONS(AVO_LT_MEMBER)
#undef AVO_LT_MEMBER
};
/* Filled by avo_products_load. */
extern struct avo_lt avo_lt;

/* A line of the table: "card library key fused algorithm". */
struct avo_lt_choice {
    bool fused;             /* keep_mask, MASK: with the mask in the product */
    cublasLtMatmulAlgo_t algo;
};
/* "bf16.nt.wide.relu_bias.n2048.k272": all that an algorithm may depend on. Where the samples are
 * what is summed over (trans_a), m takes k's place. */
void avo_lt_key(const struct avo_product *x, char key[AVO_LT_KEY]);
/* 1: the table has it. */
int avo_lt_find(const char *key, struct avo_lt_choice *to);
/* The table's line for a choice. */
void avo_lt_line(const char *card, const char *key, const struct avo_lt_choice *c, char *line,
                 size_t size);

/* One product as cuBLASLt describes it: column-major, so the operands change places. */
struct avo_lt_call {
    cublasLtMatmulDesc_t desc;
    cublasLtMatrixLayout_t a, b, d;     /* of our b, our a, d */
};
/* m: rows that the layouts are made for. fused: bits holds or gets the mask. */
int avo_lt_describe(struct avo_lt_call *c, const struct avo_product *x, uint32_t m, bool fused,
                    void *bits, struct avo_error *err);
void avo_lt_forget(struct avo_lt_call *c);
/* Up to `most` algorithms, best guess first; returns how many, 0 where the card has none. */
int avo_lt_ask(cublasLtHandle_t handle, const struct avo_lt_call *c, const struct avo_product *x,
               cublasLtMatmulHeuristicResult_t *found, int most);
int avo_lt_check(cublasStatus_t s, const char *what, struct avo_error *err);
/* Elements between the rows of a mask's bits. */
static inline uint32_t avo_lt_mask_ld(uint32_t n)
{
    return (n + 127) / 128 * 128;
}

#endif
