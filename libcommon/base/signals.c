/* SPDX-License-Identifier: MIT */
/* signals.c: a stack for handlers, and threads that signals do not reach. */
#define _GNU_SOURCE          /* sigaltstack, ppoll */
#include "libcommon/base/signals.h"

#include <errno.h>
#include <poll.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* Room for the widest registers' frame (AMX: 11 KB) and the handlers, which call little. */
enum { STACK_BYTES = 64 << 10 };
static alignas(64) unsigned char handler_stack[STACK_BYTES];

static atomic_int stop_signal;
static bool stops;
static _Thread_local int break_fd = -1;

void avo_signals_begin(void)
{
    stack_t now = {0}, own = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
    /* A sanitizer's is as good. */
    if (sigaltstack(NULL, &now) || (now.ss_flags & SS_DISABLE) || now.ss_size < 32 << 10)
        sigaltstack(&own, NULL);
}

static void handle(int sig, void (*handler)(int))
{
    struct sigaction act;
    memset(&act, 0, sizeof act);
    act.sa_handler = handler;
    act.sa_flags = SA_ONSTACK;
    sigfillset(&act.sa_mask);
    sigaction(sig, &act, NULL);
}

void avo_signals_handle_default(int sig, void (*handler)(int))
{
    struct sigaction old;
    if (!sigaction(sig, NULL, &old) && old.sa_handler == SIG_DFL)
        handle(sig, handler);
}

static void on_stop(int sig)
{
    stop_signal = sig;
}

const atomic_int *avo_signals_stop(void)
{
    stops = true;
    handle(SIGTERM, on_stop);
    handle(SIGINT, on_stop);
    return &stop_signal;
}

int avo_signals_stopped(void)
{
    return stop_signal;
}

void avo_signals_break_on(int fd)
{
    break_fd = fd;
}

/* A signal that comes between the look at the flag and the call that waits must not be lost. */
int avo_signals_wait(int fd)
{
    struct pollfd p[2] = {{.fd = fd, .events = POLLIN}, {.fd = break_fd, .events = POLLIN}};
    sigset_t stop, old;
    if (!stops && break_fd < 0)
        return 0;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, &old);
    while (!stop_signal && ppoll(p, 2, NULL, &old) < 0 && errno == EINTR)
        ;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return stop_signal || p[1].revents ? -1 : 0;
}

void avo_signals_die(int sig)
{
    sigset_t set;
    signal(sig, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, sig);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    raise(sig);
    _exit(128 + sig);
}

int avo_signals_thread(pthread_t *thread, void *(*fn)(void *), void *arg)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int rc = pthread_create(thread, NULL, fn, arg);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc;
}
