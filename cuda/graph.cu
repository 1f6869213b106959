/* SPDX-License-Identifier: MIT */
/* graph.cu: work that repeats, recorded as CUDA graphs: one launch instead of dozens. */
#include "cuda/check.cuh"

#include <string.h>

static void drop(struct avo_dev_graph *g)
{
    if (g->exec)
        (void)cudaGraphExecDestroy(g->exec);
    memset(g, 0, sizeof *g);
}

void avo_dev_forget(struct avo_dev *d)
{
    if (d->queue)
        (void)cudaStreamSynchronize(d->queue);
    for (int i = 0; i < AVO_DEV_GRAPHS; i++)
        drop(&d->graph[i]);
    (void)cudaGetLastError();
}

/* The key's place; a new one in place of that unused for longest. */
static struct avo_dev_graph *place_of(struct avo_dev *d, uint64_t key)
{
    struct avo_dev_graph *oldest = &d->graph[0];
    for (int i = 0; i < AVO_DEV_GRAPHS; i++) {
        struct avo_dev_graph *g = &d->graph[i];
        if (g->used && g->key == key)
            return g;
        if (g->used < oldest->used)
            oldest = g;
    }
    if (oldest->exec)
        (void)cudaStreamSynchronize(d->queue);
    drop(oldest);
    oldest->key = key;
    return oldest;
}

/* Records what fn queues; nothing runs. */
static int record(struct avo_dev *d, avo_dev_fn *fn, void *arg, cudaGraphExec_t *exec,
                  struct avo_error *err)
{
    cudaGraph_t graph = NULL;
    if (avo_cuda_check(cudaStreamBeginCapture(d->queue, cudaStreamCaptureModeRelaxed),
                       "recording a step", err))
        return -1;
    int rc = fn(arg, err);
    cudaError_t e = cudaStreamEndCapture(d->queue, &graph);
    if (!rc)
        rc = avo_cuda_check(e, "recording a step", err);
    if (!rc)
        rc = avo_cuda_check(cudaGraphInstantiate(exec, graph, 0), "recording a step", err);
    if (graph)
        (void)cudaGraphDestroy(graph);
    (void)cudaGetLastError();
    return rc;
}

/* The first call runs fn as it is, which also loads the code that it needs: that cannot be done
 * while recording. The second records, later ones replay. */
int avo_dev_run(struct avo_dev *d, uint64_t key, avo_dev_fn *fn, void *arg, struct avo_error *err)
{
    struct avo_dev_graph *g = place_of(d, key);
    bool first = !g->used;
    g->used = ++d->n_calls;
    if (first) {
        if (!fn(arg, err))
            return 0;
        drop(g);
        return -1;
    }
    if (!g->exec && record(d, fn, arg, &g->exec, err)) {
        drop(g);
        return -1;
    }
    return avo_cuda_check(cudaGraphLaunch(g->exec, d->queue), "a recorded step", err);
}
