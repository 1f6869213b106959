/* SPDX-License-Identifier: MIT */
/* lt_call.cu: a row-major product in cuBLASLt's terms. A row-major matrix is its own transpose in
 * column-major order, hence d^T = op(b)^T op(a)^T: our b comes first, our n counts rows. */
#include "cuda/lt.cuh"

#include <string.h>

static cudaDataType_t operand_type(const struct avo_product *x)
{
    return x->math == AVO_MATH_BF16 ? CUDA_R_16BF : CUDA_R_32F;
}

static cudaDataType_t result_type(const struct avo_product *x)
{
    return x->wide ? CUDA_R_32F : operand_type(x);
}

static cublasLtEpilogue_t epilogue_of(const struct avo_product *x, bool fused)
{
    switch (x->epilogue) {
    case AVO_EPI_RELU:
        return fused ? CUBLASLT_EPILOGUE_RELU_AUX : CUBLASLT_EPILOGUE_RELU;
    case AVO_EPI_RELU_BIAS:
        return fused ? CUBLASLT_EPILOGUE_RELU_AUX_BIAS : CUBLASLT_EPILOGUE_RELU_BIAS;
    case AVO_EPI_MASK:
        return fused ? CUBLASLT_EPILOGUE_DRELU : CUBLASLT_EPILOGUE_DEFAULT;
    case AVO_EPI_NONE:
    default:
        return CUBLASLT_EPILOGUE_DEFAULT;
    }
}

/* Sets one attribute; *s keeps the first failure. */
template <typename T>
static void set(cublasStatus_t *s, cublasLtMatmulDesc_t desc, cublasLtMatmulDescAttributes_t which,
                const T &value)
{
    if (*s == CUBLAS_STATUS_SUCCESS)
        *s = avo_lt.MatmulDescSetAttribute(desc, which, &value, sizeof value);
}

static cublasStatus_t fill_desc(cublasLtMatmulDesc_t desc, const struct avo_product *x, bool fused,
                                void *bits)
{
    cublasStatus_t s = CUBLAS_STATUS_SUCCESS;
    cublasOperation_t first = x->trans_b ? CUBLAS_OP_T : CUBLAS_OP_N;
    cublasOperation_t second = x->trans_a ? CUBLAS_OP_T : CUBLAS_OP_N;
    set(&s, desc, CUBLASLT_MATMUL_DESC_TRANSA, first);
    set(&s, desc, CUBLASLT_MATMUL_DESC_TRANSB, second);
    set(&s, desc, CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue_of(x, fused));
    if (x->epilogue == AVO_EPI_RELU_BIAS) {
        set(&s, desc, CUBLASLT_MATMUL_DESC_BIAS_POINTER, x->bias);
        set(&s, desc, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, result_type(x));
    }
    if (fused) {
        set(&s, desc, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, bits);
        set(&s, desc, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, (int64_t)avo_lt_mask_ld(x->n));
    }
    return s;
}

/* rows x columns as stored, row-major. */
static cublasStatus_t layout(cublasLtMatrixLayout_t *to, cudaDataType_t type, uint32_t rows,
                             uint32_t columns, uint32_t ld)
{
    return avo_lt.MatrixLayoutCreate(to, type, columns, rows, ld);
}

int avo_lt_describe(struct avo_lt_call *c, const struct avo_product *x, uint32_t m, bool fused,
                    void *bits, struct avo_error *err)
{
    cudaDataType_t in = operand_type(x);
    memset(c, 0, sizeof *c);
    cublasStatus_t s = avo_lt.MatmulDescCreate(
        &c->desc, x->math == AVO_MATH_TF32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F,
        CUDA_R_32F);
    if (!s)
        s = fill_desc(c->desc, x, fused, bits);
    if (!s)
        s = x->trans_b ? layout(&c->a, in, x->n, x->k, x->ld_b)
                       : layout(&c->a, in, x->k, x->n, x->ld_b);
    if (!s)
        s = x->trans_a ? layout(&c->b, in, x->k, m, x->ld_a) : layout(&c->b, in, m, x->k, x->ld_a);
    if (!s)
        s = layout(&c->d, result_type(x), m, x->n, x->ld_d);
    if (!s)
        return 0;
    avo_lt_forget(c);
    return avo_lt_check(s, "describing a matrix product", err);
}

void avo_lt_forget(struct avo_lt_call *c)
{
    if (c->desc)
        avo_lt.MatmulDescDestroy(c->desc);
    if (c->a)
        avo_lt.MatrixLayoutDestroy(c->a);
    if (c->b)
        avo_lt.MatrixLayoutDestroy(c->b);
    if (c->d)
        avo_lt.MatrixLayoutDestroy(c->d);
    memset(c, 0, sizeof *c);
}

/* Parts of a sum over k are added up in a fixed order, in float32, and only where k counts samples:
 * elsewhere an element's order of summation must not depend on the number of samples. */
static cublasStatus_t fill_preference(cublasLtMatmulPreference_t p, const struct avo_product *x)
{
    static const cublasLtMatmulPreferenceAttributes_t alignments[] = {
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES};
    uint32_t schemes = x->trans_a ? CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE
                                  : CUBLASLT_REDUCTION_SCHEME_NONE;
    uint32_t alignment = 16;
    size_t workspace = AVO_LT_WORKSPACE;
    cublasStatus_t s = avo_lt.MatmulPreferenceSetAttribute(
        p, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspace, sizeof workspace);
    if (!s)
        s = avo_lt.MatmulPreferenceSetAttribute(
            p, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, &schemes, sizeof schemes);
    for (int i = 0; i < 4 && !s; i++)
        s = avo_lt.MatmulPreferenceSetAttribute(p, alignments[i], &alignment,
                                                        sizeof alignment);
    return s;
}

int avo_lt_ask(cublasLtHandle_t handle, const struct avo_lt_call *c, const struct avo_product *x,
               cublasLtMatmulHeuristicResult_t *found, int most)
{
    cublasLtMatmulPreference_t p = NULL;
    int n = 0, good = 0;
    if (avo_lt.MatmulPreferenceCreate(&p))
        return 0;
    if (fill_preference(p, x) ||
        avo_lt.MatmulAlgoGetHeuristic(handle, c->desc, c->a, c->b, c->d, c->d, p, most,
                                              found, &n))
        n = 0;
    avo_lt.MatmulPreferenceDestroy(p);
    for (int i = 0; i < n; i++)
        if (found[i].state == CUBLAS_STATUS_SUCCESS && found[i].workspaceSize <= AVO_LT_WORKSPACE)
            found[good++] = found[i];
    return good;
}
