/* SPDX-License-Identifier: MIT */
/* failing_alloc.c: a library to preload whose allocator fails at the n-th call that the program's
 * own code makes from main on. Calls of the libraries (libBigWig, oneDNN, XGBoost and the C library
 * among them) are passed on: several of those crash on NULL, which is not ours to mend. For glibc.
 *   AVO_ALLOC_PROGRAM  the program that is meant (its short name); others run untouched
 *   AVO_ALLOC_FAIL     n, from 1: this call fails; "n+": it and all behind it; unset: none
 *   AVO_ALLOC_COUNT    file that gets the number of calls when the program ends by itself
 *   AVO_ALLOC_TRACE    set: where the failing call came from, on stderr
 * A thread or a memory stream that the program asks for counts as a call. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t len);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t len);
void *__libc_memalign(size_t align, size_t len);

static uintptr_t code_begin, code_end;    /* of the program; none before setup() */
static atomic_long n_calls;
static long fail_from, fail_to;           /* calls that fail */
static pid_t owner;
static const char *count_path, *trace;

/* The first object is the program itself. */
static int find_code(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    (void)arg;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *h = info->dlpi_phdr + i;
        if (h->p_type == PT_LOAD && (h->p_flags & PF_X)) {
            code_begin = info->dlpi_addr + h->p_vaddr;
            code_end = code_begin + h->p_memsz;
        }
    }
    return 1;
}

__attribute__((constructor)) static void setup(void)
{
    const char *program = getenv("AVO_ALLOC_PROGRAM"), *at = getenv("AVO_ALLOC_FAIL");
    char *end = NULL;
    if (!program || strcmp(program, program_invocation_short_name) != 0)
        return;
    fail_from = fail_to = -1;
    if (at) {
        fail_from = strtol(at, &end, 10);
        fail_to = *end == '+' ? __LONG_MAX__ : fail_from;
    }
    count_path = getenv("AVO_ALLOC_COUNT");
    trace = getenv("AVO_ALLOC_TRACE");
    owner = getpid();
}

/* Calls count from main on: what is linked in may have constructors (CUDA's runtime has), which
 * bear no failure and are not ours either. */
typedef int main_fn(int argc, char **argv, char **env);
static main_fn *real_main;

static int counted_main(int argc, char **argv, char **env)
{
    if (owner)
        dl_iterate_phdr(find_code, NULL);
    int rc = real_main(argc, argv, env);
    code_end = 0;
    return rc;
}

int __libc_start_main(main_fn *program, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*loader_fini)(void), void *stack_end);
int __libc_start_main(main_fn *program, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*loader_fini)(void), void *stack_end)
{
    int (*next)(main_fn *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);
    void *found = dlsym(RTLD_NEXT, "__libc_start_main");
    memcpy(&next, &found, sizeof next);
    real_main = program;
    return next(counted_main, argc, argv, init, fini, loader_fini, stack_end);
}

__attribute__((destructor)) static void finish(void)
{
    FILE *f = count_path && getpid() == owner ? fopen(count_path, "w") : NULL;
    if (f) {
        fprintf(f, "%ld\n", (long)n_calls);
        fclose(f);
    }
}

/* Whether the call that returns to where is one that fails. */
static int fails(void *where)
{
    uintptr_t at = (uintptr_t)where;
    if (at < code_begin || at >= code_end)
        return 0;
    long n = atomic_fetch_add(&n_calls, 1) + 1;
    if (n < fail_from || n > fail_to)
        return 0;
    if (trace && n == fail_from) {
        void *frames[24];
        code_end = 0;
        backtrace_symbols_fd(frames, backtrace(frames, 24), 2);
    }
    errno = ENOMEM;
    return 1;
}
#define FAILS() fails(__builtin_return_address(0))

void *malloc(size_t len)
{
    return FAILS() ? NULL : __libc_malloc(len);
}

void *calloc(size_t n, size_t size)
{
    return FAILS() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t len)
{
    return FAILS() ? NULL : __libc_realloc(p, len);
}

void *aligned_alloc(size_t align, size_t len)
{
    return FAILS() ? NULL : __libc_memalign(align, len);
}

int posix_memalign(void **p, size_t align, size_t len)
{
    if (FAILS() || !(*p = __libc_memalign(align, len)))
        return ENOMEM;
    return 0;
}

FILE *open_memstream(char **text, size_t *len)
{
    FILE *(*real)(char **, size_t *) = NULL;
    if (FAILS())
        return NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "open_memstream");
    return real ? real(text, len) : NULL;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = NULL;
    if (FAILS())
        return EAGAIN;
    *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    return real ? real(thread, attr, run, arg) : EAGAIN;
}
