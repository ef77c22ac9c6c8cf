/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_REPORTS_STYLE_H
#define TON_REPORTS_STYLE_H

extern const char report_style[];      /* CSS */
extern const char report_plot_style[]; /* besides, for pages with plots and wide tables */

#endif
