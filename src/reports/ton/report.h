/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_REPORT_H
#define TON_REPORT_H

#include "ton/analyser.h"
#include "ton/hash.h"
#include "ton/text.h"

/* @thread any; nothing is shared but what is given */

/* Lines that are drawn across; NaN: none. */
struct ton_report_marks {
    double target_lufs, ceiling_dbtp;
};

/* Waveform above, loudness below (short-term as a line, momentary as a thin one) as one SVG
 * element that is as wide as its place and keeps its height, so that its letters stay legible on a
 * telephone. No script, no font file, colours through the page's CSS variables with fall-backs; one
 * sentence tells those who cannot see it what it shows. An empty curve draws nothing. */
void ton_report_drawing(struct ton_text *out, const struct ton_loudness_curve *curve,
                        const struct ton_report_marks *marks, const char *title);

/* Changes whenever drawings do: the hash of a made-up one. For caches. */
enum ton_code ton_report_drawing_key(struct ton_key *out, struct ton_err *err);

/* A check that was not met. */
struct ton_report_remark {
    const char *text;   /* found, expected, by whom */
    const char *remedy; /* what to do; NULL when the text says it */
    bool failed;        /* else it is advice */
};

/* One file in a delivery report. Texts may be NULL. */
struct ton_report_row {
    const char *deliverable, *file, *format, *spec;
    const char *href; /* path from the page to the file, not encoded */
    const char *sha256;
    int64_t bytes;
    int rate;
    const struct ton_measurement *measured;
    bool passed, has_spec;
    const struct ton_report_remark *remarks;
    int n_remarks;
    const char *how;     /* "gain +3.1 dB, limiter at most -0.9 dB" */
    const char *drawing; /* SVG */
};

struct ton_report {
    const char *title, *artist;
    const struct ton_report_row *rows;
    int n;
    const char *manifest; /* path from the page to it */
    const char *program;  /* "ton 0.1.0" */
};

/* The whole page: one HTML file that refers to the delivered files beside it and to nothing else.
 */
void ton_report_page(struct ton_text *out, const struct ton_report *report);

#endif
