/* SPDX-License-Identifier: GPL-3.0-or-later */
/* On what kind of machine the program runs, as far as its results may depend on it.
 *
 * The sines, exponentials and logarithms of a C library are right to about one last digit, and
 * which one it is differs: glibc has each of them with and without fused multiply-add and takes
 * what the processor has. */

#include "ton/machine.h"

#include "config.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

static char name[96];

static bool has_fma(void) {
#if defined(__x86_64__) || defined(__i386__)
    return __builtin_cpu_supports("fma");
#elif defined(__FP_FAST_FMA)
    return true;
#else
    return false;
#endif
}

static void find(void) {
#ifdef __GLIBC__
    const char *libc = "glibc ", *version = gnu_get_libc_version();
#else
    const char *libc = "another libc", *version = "";
#endif
    snprintf(name, sizeof name, "%s, %s%s, %s", TON_ARCHITECTURE, libc, version,
             has_fma() ? "FMA" : "no FMA");
}

const char *ton_machine(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find);
    return name;
}
