/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line on a terminal for what takes longer than a second: what, how far, how long still. */
#include "print.h"

#include <unistd.h>

static struct {
    char what[64];
    double since, drawn_at; /* seconds; 0: not yet */
    double last;            /* fraction at the last step */
    bool shown;
} line;

static double now(void) {
    return 1e-9 * (double)ton_clock_ns();
}

static void write_time(char *out, size_t size, double seconds) {
    long whole = (long)ceil(seconds);
    if (whole < 60)
        snprintf(out, size, "%ld s", whole);
    else if (whole < 3600)
        snprintf(out, size, "%ld:%02ld min", whole / 60, whole % 60);
    else
        snprintf(out, size, "%ld:%02ld h", whole / 3600, whole / 60 % 60);
}

static void step(void *user, const char *what, double fraction) {
    (void)user;
    double time = now();
    /* Another job, or the same from the start: its own estimate. */
    if (line.since == 0 || strncmp(line.what, what, sizeof line.what - 1) != 0 ||
        fraction < line.last) {
        snprintf(line.what, sizeof line.what, "%s", what);
        line.since = time;
        line.drawn_at = 0;
    }
    line.last = fraction;
    if (time - line.since < 1 || time - line.drawn_at < 0.1)
        return;
    line.drawn_at = time;
    char left[32] = "";
    if (fraction > 0.005)
        write_time(left, sizeof left, (time - line.since) * (1 - fraction) / fraction);
    fprintf(stderr, "\r%s %3.0f %%%s%s%s\033[K", line.what, floor(100 * fraction),
            *left ? ", " : "", left, *left ? " left" : "");
    fflush(stderr);
    line.shown = true;
}

const struct ton_progress *ton_progress_line(bool wanted) {
    static const struct ton_progress shown = {.step = step};
    return wanted && isatty(STDERR_FILENO) ? &shown : NULL;
}

void ton_progress_clear(void) {
    if (!line.shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    line.shown = false;
}
