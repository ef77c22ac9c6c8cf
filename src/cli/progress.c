/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line on a terminal for what takes longer than a second: what, how far, how long still. */
#include "print.h"

#include "ton/text.h"

#include <unistd.h>

static struct {
    double since, drawn_at; /* seconds; 0: not yet */
    double last;            /* fraction at the last step */
    bool shown;
} line;

static double now(void) {
    return 1e-9 * (double)ton_clock_ns();
}

/* Bytes of the characters that so many columns hold. */
static size_t bytes_within(const char *s, int columns) {
    size_t n = 0;
    for (size_t next; s[n]; n = next) {
        for (next = n + 1; ((unsigned char)s[next] & 0xc0) == 0x80;)
            next++;
        if (ton_columns_of(s, next) > columns)
            break;
    }
    return n;
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

/* How far it is comes first: what is made gives way where the terminal is narrow. */
static void draw(const char *what, double fraction, double time) {
    char left[32] = "";
    struct ton_text shown = {0};
    if (fraction > 0.005 && fraction < 1)
        write_time(left, sizeof left, (time - line.since) * (1 - fraction) / fraction);
    char head[64];
    const int columns = snprintf(head, sizeof head, "%3.0f %%%s%s%s", floor(100 * fraction),
                                 *left ? ", " : "", left, *left ? " left" : "");
    const int room = ton_screen_width(stderr) - columns - (int)strlen(": ") - 1;
    ton_text_add_shown(&shown, what);
    if (!shown.failed && shown.data && room > 0)
        fprintf(stderr, "\r%s: %.*s\033[K", head, (int)bytes_within(shown.data, room), shown.data);
    else
        fprintf(stderr, "\r%s\033[K", head);
    ton_text_free(&shown);
    fflush(stderr);
    line.shown = true;
}

static void step(void *user, const char *what, double fraction) {
    (void)user;
    double time = now();
    /* Another job, or the same from the start: its own estimate. */
    if (line.since == 0 || fraction < line.last) {
        line.since = time;
        line.drawn_at = 0;
    }
    const bool ends = fraction >= 1 && line.last < 1;
    line.last = fraction;
    if (time - line.since < 1 || (time - line.drawn_at < 0.1 && !ends))
        return;
    line.drawn_at = time;
    draw(what, fraction, time);
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
