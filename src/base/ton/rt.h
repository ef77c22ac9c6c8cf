/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_RT_H
#define TON_RT_H

#include <stdbool.h>

/* Marks functions and function pointers that the audio thread may call: no allocation, lock, file,
 * log or system call. clang 20 checks it; elsewhere the thread-local flag below does at run time.
 */
#if defined(__clang__) && __clang_major__ >= 20
#define TON_RT __attribute__((nonblocking))
#else
#define TON_RT
#endif

/* Between enter and leave the allocator, file and thread functions of base abort with their name
 * (nests). */
void ton_rt_enter(void);
void ton_rt_leave(void);
void ton_rt_forbid(const char *what); /* called by what must not run there; aborts when it does */

/* Denormals count as 0 on this thread, which computes. Returns what to give back. */
unsigned ton_denormals_off(void);
void ton_denormals_restore(unsigned before);

#endif
