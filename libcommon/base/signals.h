/* SPDX-License-Identifier: MIT */
/* signals.h: signal handlers that are safe beside generated code, which may keep the stack pointer
 * inside a heap block: a frame pushed there would overwrite what lies below it. So handlers run on
 * a stack of their own in the main thread, and every thread that we start blocks all signals. */
#ifndef AVO_BASE_SIGNALS_H
#define AVO_BASE_SIGNALS_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

/* In the main thread, before anything computes: gives it the stack for handlers.
 * avo_io_guard_stdout calls it. */
void avo_signals_begin(void);
/* sigaction with that stack and all signals blocked while the handler runs, where the signal still
 * has its default action: a program's own handler and nohup's SIG_IGN stay. A system call that
 * waits is broken off (EINTR). */
void avo_signals_handle_default(int sig, void (*handler)(int));
/* For a program that stops in an orderly way: from now on TERM and INT only set the flag that is
 * returned (the signal's number), and what waits for input or output breaks off then. */
const atomic_int *avo_signals_stop(void);
/* The flag, or 0 where nobody asked for it. */
int avo_signals_stopped(void);
/* Waits until fd can be read; -1 where the flag is set by then, or the thread is to break off. */
int avo_signals_wait(int fd);
/* What this thread waits for from now on breaks off once fd can be read, too. */
void avo_signals_break_on(int fd);
/* Ends the process by sig, whatever is done with it or blocked. */
void avo_signals_die(int sig);
/* pthread_create for a thread that no signal reaches. 0 or an error number. */
int avo_signals_thread(pthread_t *thread, void *(*fn)(void *), void *arg);

#endif
