/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_REPORT_H
#define TON_REPORT_H

#include "ton/analyser.h"
#include "ton/text.h"

/* The waveform with the loudness curve over it as one SVG element (short-term as a line, momentary
 * as a faint one, the target dashed when it is not NaN). Self-contained: no script, no font file,
 * colours through CSS variables with fall-backs, a title and a description for screen readers. */
void ton_report_drawing(struct ton_text *out, const struct ton_loudness_curve *curve,
                        double target_lufs, const char *title);

/* One file in a delivery report. Texts may be NULL. */
struct ton_report_row {
    const char *deliverable, *file, *format, *spec;
    const struct ton_measurement *measured;
    bool passed, has_spec;
    const char *const *remarks; /* sentences */
    int n_remarks;
    const char *how;     /* "gain +3.1 dB, limiter at most -0.9 dB" */
    const char *drawing; /* SVG */
};

struct ton_report {
    const char *title, *artist;
    const struct ton_report_row *rows;
    int n;
    const char *program; /* "ton 0.1.0" */
};

/* The whole page: one HTML file without any reference to the outside. */
void ton_report_page(struct ton_text *out, const struct ton_report *report);

#endif
