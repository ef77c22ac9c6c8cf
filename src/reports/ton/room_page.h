/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ROOM_PAGE_H
#define TON_ROOM_PAGE_H

#include "ton/room_path.h"
#include "ton/text.h"

/* The page of a room. Texts may be NULL, figures NaN. @thread any but audio */

struct ton_room_page_path {
    const struct ton_room_path *path;
    const struct ton_sweep_heard *heard;    /* NULL: the response came from a file */
    double distance_m;                      /* of the loudspeaker */
    const char *distance_remark;            /* how sure it is */
    const struct ton_room_advices *advices; /* NULL: none */
    const struct ton_curve_point *target;   /* NULL: flat */
    int n_target;
    const struct ton_correction *correction; /* NULL: none was made */
    const char *take;                        /* paths from the page to the response, … */
    const char *chain, *fir;                 /* … the correction's chain and filter */
};

/* Two loudspeakers at one microphone, by their paths. */
struct ton_room_page_pair {
    int left, right;
    struct ton_room_pair figures;
};

struct ton_room_page {
    const char *title;
    const char *date, *setup; /* as printed: the device, the sweep, the temperature */
    double sides_m[3];        /* 0: unknown */
    const struct ton_room_page_path *paths;
    int n;
    const struct ton_room_page_pair *pairs;
    int n_pairs;
    const char *program; /* "ton 0.1.0" */
};

/* One HTML file that refers to nothing but the files that are named: what to do first, then of each
 * path its plots and every figure. TON_MEMORY. */
enum ton_code ton_room_page_write(struct ton_text *out, const struct ton_room_page *page,
                                  struct ton_err *err);

/* How far bells (`many`) or the filter go, and how far from what is wanted, to stand behind what
 * they are called: " lift by up to 5.9 dB (at 60 Hz) and cut by …". For pages and for plain text.
 */
void ton_room_page_add_fit(struct ton_text *out, bool many, const struct ton_correction_fit *fit);

/* One plot of a path as an SVG file of its own; what cannot be drawn leaves its axes empty.
 * TON_MEMORY. */
enum ton_room_plot {
    TON_ROOM_PLOT_RESPONSE,  /* frequency response, and what the correction makes of it */
    TON_ROOM_PLOT_IMPULSE,   /* envelope of the first 30 ms, with the reflections */
    TON_ROOM_PLOT_DECAY,     /* decay curve, with its lines */
    TON_ROOM_PLOT_TIMES,     /* EDT, T20, T30 over third octaves */
    TON_ROOM_PLOT_WATERFALL, /* below 300 Hz, with the modes */
    TON_N_ROOM_PLOTS
};
const char *ton_room_plot_name(enum ton_room_plot plot); /* "response", "impulse", … */
enum ton_code ton_room_plot_write(struct ton_text *out, enum ton_room_plot plot,
                                  const struct ton_room_page_path *path, struct ton_err *err);

#endif
