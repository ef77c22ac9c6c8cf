/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_MACHINE_H
#define TON_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

/* What the bits of a result may depend on beside its inputs: the architecture that the program was
 * built for, the C library, whether the processor has fused multiply-add: "x86_64, glibc 2.36,
 * FMA".
 * @thread any */
const char *ton_machine(void);

/* How this computer is set up for work that has to be done in time. */
enum ton_preemption {
    TON_PREEMPTION_UNKNOWN,
    TON_PREEMPTION_NONE,    /* the kernel finishes what it does first */
    TON_PREEMPTION_DYNAMIC, /* as `preempt=` on its command line says; mostly only where it asks */
    TON_PREEMPTION_FULL,
    TON_PREEMPTION_RT,
};
struct ton_machine_setup {
    int n_cores, n_governed, n_slow; /* cores; those with a governor, and not `performance` */
    char governor[32];               /* of the first slow core, else of the first; "": not told */
    long realtime_priority;          /* that this process may ask for; 0: none */
    int64_t locked_bytes;            /* of memory that it may lock; -1: any */
    char realtime_group[32];         /* whose members may have a priority; "": none is set up */
    int swappiness;                  /* 0 … 200; -1: not told */
    int64_t swap_bytes;
    bool has_battery, on_battery;
    enum ton_preemption preemption;
    bool threaded_interrupts;
};

/* Reads /proc, /sys and /etc/security below `root` ("": this computer; tests make their own). What
 * is not there is told as unknown. Linux has all of it. @thread any */
void ton_machine_setup(struct ton_machine_setup *out, const char *root);

/* Whether a thread of this process gets priority over others (SCHED_FIFO), by asking for it.
 * @thread any */
bool ton_machine_is_realtime(void);

#endif
