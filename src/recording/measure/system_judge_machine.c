/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the setting up of the computer means for sound, and what to type to change it. */
#include "system_judge.h"

#include "ton/text.h"

static const char *realtime_remedy(struct judge *j) {
    const char *group = j->s->machine.realtime_group;
    return *group
               ? TEXT(j, "`sudo usermod -aG %s $USER`, then log out and in again", group)
               : "write `@audio - rtprio 95` and `@audio - memlock unlimited` into "
                 "/etc/security/limits.d/audio.conf, then `sudo usermod -aG audio $USER`, log out "
                 "and in again";
}

/* A server has its own permission; it may have it where we do not. */
static void judge_realtime(struct judge *j) {
    const struct ton_system *s = j->s;
    const bool server = !s->load_trouble.code && ton_text_same(s->load.device.backend, "jack");
    if (s->is_realtime && server && !s->load.device.realtime)
        judge_tell(j, TON_CHECKED_ATTENTION, "realtime",
                   "this program may go before others, but the device's thread does not",
                   "start the server with `jackd -R`, or as a user who may");
    else if (s->is_realtime)
        judge_tell(j, TON_CHECKED_OK, "realtime", "audio threads go before those of other programs",
                   NULL);
    else if (s->machine.realtime_priority > 0)
        judge_tell(j, TON_CHECKED_ATTENTION, "realtime",
                   TEXT(j, "the limit allows priority %ld, and the kernel refuses it all the same",
                        s->machine.realtime_priority),
                   "a container or control group forbids it: run outside of it");
    else
        judge_tell(j, TON_CHECKED_ATTENTION, "realtime",
                   "audio threads may not go before other programs (rtprio is 0)",
                   realtime_remedy(j));
}

static void judge_memory(struct judge *j) {
    const int64_t least = INT64_C(256) << 20, locked = j->s->machine.locked_bytes;
    if (locked < 0)
        judge_tell(j, TON_CHECKED_OK, "memory", "any amount may be kept from being swapped out",
                   NULL);
    else
        judge_tell(
            j, locked < least ? TON_CHECKED_ATTENTION : TON_CHECKED_OK, "memory",
            TEXT(j, "%.0f MB may be kept from being swapped out", (double)locked / (1 << 20)),
            locked < least ? "write `@audio - memlock unlimited` into "
                             "/etc/security/limits.d/audio.conf, log out and in again"
                           : NULL);
}

static void judge_governor(struct judge *j) {
    const struct ton_machine_setup *m = &j->s->machine;
    if (m->n_governed == 0)
        judge_tell(j, TON_CHECKED_OPEN, "governor",
                   "this computer does not tell how the speed of its cores is governed", NULL);
    else if (m->n_slow)
        judge_tell(j, TON_CHECKED_ATTENTION, "governor",
                   TEXT(j, "%d of %d cores slow down when there is little to do (`%s`)", m->n_slow,
                        m->n_governed, m->governor),
                   "`sudo cpupower frequency-set -g performance`");
    else
        judge_tell(j, TON_CHECKED_OK, "governor",
                   TEXT(j, "all %d cores keep their speed (`%s`)", m->n_governed, m->governor),
                   NULL);
}

static void judge_power(struct judge *j) {
    const struct ton_machine_setup *m = &j->s->machine;
    if (m->on_battery)
        judge_tell(j, TON_CHECKED_ATTENTION, "power", "this computer runs on its battery",
                   "plug it in");
    else if (m->has_battery)
        judge_tell(j, TON_CHECKED_OK, "power", "plugged in", NULL);
}

/* 10 is what realtimeconfigquickscan asks for, which studios check their machines with. */
static void judge_swap(struct judge *j) {
    const struct ton_machine_setup *m = &j->s->machine;
    const bool eager = m->swap_bytes > 0 && m->swappiness > 10;
    if (m->swappiness < 0)
        return;
    judge_tell(j, eager ? TON_CHECKED_ATTENTION : TON_CHECKED_OK, "swap",
               m->swap_bytes > 0 ? TEXT(j, "%.1f GB of swap, swappiness %d",
                                        (double)m->swap_bytes / (1 << 30), m->swappiness)
                                 : "there is none, so nothing is swapped out",
               eager ? "`sudo sysctl vm.swappiness=10`; to keep it, write `vm.swappiness=10` into "
                       "/etc/sysctl.d/audio.conf"
                     : NULL);
}

static void judge_kernel(struct judge *j) {
    static const char *const found[] = {
        [TON_PREEMPTION_NONE] = "the kernel does not let audio go before its own work",
        [TON_PREEMPTION_DYNAMIC] = "the kernel can be told to let audio go before its own work "
                                   "(`preempt=full`)",
        [TON_PREEMPTION_FULL] = "the kernel lets audio go before its own work",
        [TON_PREEMPTION_RT] = "a real-time kernel"};
    const struct ton_machine_setup *m = &j->s->machine;
    const bool late = m->preemption == TON_PREEMPTION_NONE ||
                      (m->preemption == TON_PREEMPTION_DYNAMIC && j->s->load.device.xruns > 0);
    if (m->preemption == TON_PREEMPTION_UNKNOWN)
        return;
    judge_tell(j, late ? TON_CHECKED_ATTENTION : TON_CHECKED_OK, "kernel",
               TEXT(j, "%s%s", found[m->preemption],
                    m->threaded_interrupts ? ", and interrupts run as threads" : ""),
               !late ? NULL
               : m->preemption == TON_PREEMPTION_NONE
                   ? "install a low-latency or real-time kernel (Debian: `linux-image-rt-amd64`)"
                   : "add `preempt=full threadirqs` to the kernel's command line "
                     "(GRUB_CMDLINE_LINUX in /etc/default/grub, then `sudo update-grub`)");
}

void judge_machine(struct judge *j) {
    judge_realtime(j);
    judge_memory(j);
    judge_governor(j);
    judge_power(j);
    judge_swap(j);
    judge_kernel(j);
}
