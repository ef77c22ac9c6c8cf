/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_CASCADE_H
#define TON_CASCADE_H

#include "ton/biquad.h"
#include "ton/rt.h"

/* Biquads in series for several signals side by side ("lanes"), each lane with coefficients of its
 * own. A filter waits for itself; lanes do not: the arrays are laid out so that the lanes of one
 * section are neighbours, and every lane is computed by the same operations as ton_biquad_run. */
#define TON_CASCADE_LANES 2

struct ton_cascade_section {
    double b0[TON_CASCADE_LANES], b1[TON_CASCADE_LANES], b2[TON_CASCADE_LANES];
    double a1[TON_CASCADE_LANES], a2[TON_CASCADE_LANES];
};

struct ton_cascade_memory {
    double s1[TON_CASCADE_LANES], s2[TON_CASCADE_LANES];
};

void ton_cascade_section_set(struct ton_cascade_section *s, int lane, const struct ton_biquad *b);
struct ton_biquad ton_cascade_section_get(const struct ton_cascade_section *s, int lane);
bool ton_cascade_section_is_through(const struct ton_cascade_section *s);

/* The step that leads from `from` to `to` in `frames` equal steps. Between two stable sections
 * every step is stable: the triangle of stable (a1, a2) is convex. */
void ton_cascade_section_step(struct ton_cascade_section *step,
                              const struct ton_cascade_section *from,
                              const struct ton_cascade_section *to, int frames);

/* Where a section heads for to become `target`. One that comes or goes keeps its poles, and its
 * zeros move from or to the same place: (1 - t) H + t is an exact cross-fade with the unfiltered
 * signal. What then rings on in it has no input any more. `now` and `middle` of one that comes are
 * changed to do nothing with the poles of `target`. */
void ton_cascade_section_aim(struct ton_cascade_section *aim, struct ton_cascade_section *middle,
                             struct ton_cascade_section *now,
                             const struct ton_cascade_section *target);

/* The step of a section on its way to `aim` (ton_approach in ton/smooth.h). */
void ton_cascade_section_approach(struct ton_cascade_section *step,
                                  struct ton_cascade_section *middle,
                                  const struct ton_cascade_section *now,
                                  const struct ton_cascade_section *aim, double part);

/* Runs x[frame][lane] in place through sections[order[0]], sections[order[1]] …, n of them.
 * @thread audio */
void ton_cascade_run(double (*x)[TON_CASCADE_LANES], int frames,
                     const struct ton_cascade_section *sections, struct ton_cascade_memory *memory,
                     const int *order, int n);

/* One signal and the sections that it runs through. */
struct ton_cascade_lane {
    const float *in;
    float *out;  /* may be `in` */
    double gain; /* of what comes out */
    const struct ton_cascade_section *sections;
    struct ton_cascade_memory *memory;
    const int *order;
    int n;    /* 0 … TON_CASCADE_MOST; may differ from lane to lane */
    int side; /* lane of the sections and their memory that is meant */
};
enum { TON_CASCADE_MOST = 32 };

/* Many signals at once (0: none), each through sections of its own: the bits of ton_cascade_run on
 * each.
 * @thread audio */
TON_RT void ton_cascade_run_side_by_side(const struct ton_cascade_lane *lanes, int n, int frames);

/* ton_cascade_run while the coefficients move: after every frame each section gets its step added.
 */
void ton_cascade_run_moving(double (*x)[TON_CASCADE_LANES], int frames,
                            struct ton_cascade_section *sections,
                            const struct ton_cascade_section *steps,
                            struct ton_cascade_memory *memory, const int *order, int n);

#endif
