/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a system check is made of. */
#ifndef TON_RECORDING_SYSTEM_H
#define TON_RECORDING_SYSTEM_H

#include "ton/recorder.h"
#include "ton/system_check.h"

/* The frame clock of a device held against the machine's. A block is never too early, and most of
 * them are late by what woke the thread, so that of each stretch the earliest block counts. Where
 * the device lost something its clock leaps by nobody knows how much: there a
 * new run begins, after the stretch that is broken. */
enum { WATCH_A_SECOND = 4 };
struct watch_stretch {
    int64_t frame, ns; /* of its earliest block */
    double late;       /* frames, against the first block's clock */
    int run;
};
struct watch {
    struct watch_stretch *stretches; /* most of them */
    int rate, n, most, run;
    int64_t broken; /* the stretch in which something was lost */
    int64_t first_frame, first_ns;
};
enum ton_code watch_init(struct watch *w, struct ton_arena *arena, int rate, double seconds,
                         struct ton_err *err);
TON_RT void watch_stamp(struct watch *w, int64_t frame, int64_t lost, int64_t ns);
/* When no more stamps come. */
struct ton_system_drift watch_fit(const struct watch *w);
struct ton_system_drift watch_between(struct ton_system_drift of, struct ton_system_drift against);

/* What the callback of the device under load has. */
struct loading {
    struct watch watch;
    struct ton_recorder *recorder; /* NULL: nothing is recorded */
};
ton_device_process loading_process, watching_process; /* user: loading, watch */

/* Writes into a file in `folder` that nobody sees, as much as the disk takes in two seconds, or in
 * as many as the load lasts. */
enum ton_code system_disk(struct ton_system_disk *out, const struct ton_system_check_config *config,
                          struct ton_err *err);

/* A fresh folder in `parent` for takes that go away again, which no other check touches. */
#define SYSTEM_STEM "input_" /* of a take, before its input's number */
struct system_folder {
    int fd; /* -1: there is none */
    char path[TON_PATH_MAX];
};
enum ton_code system_folder_make(struct system_folder *f, const char *parent, struct ton_err *err);
/* With the takes in it; a file of any other name stays, and the folder with it. */
void system_folder_remove(struct system_folder *f);
/* What checks that were killed left in `parent`, on a disk of this computer. */
void system_folder_clear(const char *parent);

/* The device of the config, and the second, for so long under load. */
enum ton_code system_load(struct ton_system *out, struct ton_arena *arena,
                          const struct ton_system_check_config *config, struct ton_err *err);

/* From what was measured to what is told. TON_MEMORY. */
enum ton_code system_judge(struct ton_system *s, struct ton_arena *arena,
                           const struct ton_system_check_config *config, struct ton_err *err);

/* What could not be measured; memory and Ctrl-C end everything. */
enum ton_code system_trouble(struct ton_system_trouble *out, struct ton_arena *arena,
                             enum ton_code code, struct ton_err *err);

#endif
