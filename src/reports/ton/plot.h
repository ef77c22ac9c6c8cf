/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PLOT_H
#define TON_PLOT_H

#include "ton/text.h"

/* One axis of a plot: a grid line and a number at every multiple of `step` or, logarithmic, at 1, 2
 * and 5 times the powers of ten. */
struct ton_plot_axis {
    double from, to;
    bool logarithmic;
    double step;
    const char *unit; /* stands behind the last number: "Hz" (then thousands are `k`), "dB" */
};

/* A line through points, which need not lie within the axes; a point that is not finite parts it.
 * As bars each point stands on the lower edge. */
struct ton_plot_line {
    const char *name; /* in the legend; NULL: what the others are compared with, drawn faint */
    const double *x, *y;
    int n;
    bool thin;   /* a lot of detail: grey, beneath what matters */
    bool dotted; /* points that are seen, also where none is beside them */
};

/* A numbered ring at a point, which stands at the edge when it lies outside. */
struct ton_plot_mark {
    double x, y;
};

enum { TON_PLOT_MOST_LINES = 5 };

struct ton_plot {
    const char *title; /* for those who cannot see it: what is drawn over what */
    struct ton_plot_axis x, y;
    bool bars;
    struct ton_plot_line lines[TON_PLOT_MOST_LINES];
    int n;
    const struct ton_plot_mark *marks; /* numbered from 1 */
    int n_marks;
    bool on_page; /* its classes let the style of a page that it stands in choose colours, larger
                   * letters, and to leave out a number ("odd") where those are too near */
};

/* A whole SVG file of its own, white beneath, with no script and no font file. The same plot gives
 * the same bytes. @thread any */
void ton_report_plot(struct ton_text *out, const struct ton_plot *plot);

#endif
