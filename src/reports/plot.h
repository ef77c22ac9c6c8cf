/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_REPORTS_PLOT_H
#define TON_REPORTS_PLOT_H

#include "ton/plot.h"

/* What plots have in common. Paths are in quarters of a pixel, under transform="scale(.25)". */
enum { PLOT_WIDTH = 640, PLOT_FINE = 4 };

/* A path of relative lines, which takes a third of the letters of absolute ones. */
struct plot_pen {
    struct ton_text *out;
    int x, y;
    bool down;
};

void plot_pen_to(struct plot_pen *pen, double x, double y);

/* Where a value lies on an axis, 0 … 1 within it. */
double plot_part(const struct ton_plot_axis *a, double value);

/* The head of an SVG, white beneath. On a page its class gives the page a say. */
void plot_open(struct ton_text *out, const char *title, int height, bool on_page);

#endif
