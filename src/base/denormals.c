/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers too small to be heard make processors of most makes slow; a flag of the thread turns them
 * into 0. */
#include "ton/rt.h"

#if defined(__SSE2__)
#include <xmmintrin.h>

/* Flush results (bit 15) and operands (bit 6) to zero. */
unsigned ton_denormals_off(void) {
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | 0x8040U);
    return before;
}

void ton_denormals_restore(unsigned before) {
    _mm_setcsr(before);
}
#elif defined(__aarch64__)
/* FPCR.FZ, bit 24. */
unsigned ton_denormals_off(void) {
    unsigned long before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | (1UL << 24)));
    return (unsigned)before;
}

void ton_denormals_restore(unsigned before) {
    __asm__ volatile("msr fpcr, %0" : : "r"((unsigned long)before));
}
#else
unsigned ton_denormals_off(void) {
    return 0;
}

void ton_denormals_restore(unsigned before) {
    (void)before;
}
#endif
