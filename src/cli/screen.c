/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of a terminal that are drawn again and again. */
#include "screen.h"

#include "print.h"

#include "ton/db.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_LINES = 24, USUAL_COLUMNS = 80, LEAST_DB = -60 };

const char *screen_colour(const char *code) {
    const char *no = getenv("NO_COLOR"); /* no-color.org */
    return !no || !*no ? code : "";
}

int screen_lines(void) {
    struct winsize size = {.ws_row = 0};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row
                                                                           : USUAL_LINES;
}

int screen_columns(void) {
    struct winsize size = {.ws_col = 0};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                           : USUAL_COLUMNS;
}

void screen_clear(struct screen *s) {
    if (s->drawn)
        printf("\033[%dA\r\033[J", s->drawn);
    s->drawn = 0;
    fflush(stdout);
}

void screen_draw(struct screen *s, const struct ton_text *text, int lines) {
    if (text->failed || !text->data)
        return;
    if (s->drawn)
        printf("\033[%dA\r\033[J", s->drawn);
    /* A line that is wider than the terminal would take two. */
    printf("\033[?7l%s\033[?7h", text->data);
    s->drawn = lines;
    fflush(stdout);
}

void screen_add_name(struct ton_text *t, const char *name, const char *side, int columns) {
    const int width = columns - (int)strlen(side);
    const bool cut = ton_columns_of(name, strlen(name)) > width && width > 1;
    const int room = width - cut;
    size_t n = 0;
    for (size_t next = 0; name[n]; n = next) {
        for (next = n + 1; ((unsigned char)name[next] & 0xC0) == 0x80;)
            next++;
        if (ton_columns_of(name, next) > room)
            break;
    }
    ton_text_add_n(t, name, n);
    ton_text_printf(t, "%s%s%*s ", cut ? "…" : "", side, room - ton_columns_of(name, n), "");
}

void screen_add_bar(struct ton_text *t, float peak, int columns) {
    const double db = peak > 0 ? ton_gain_to_db((double)peak) : LEAST_DB;
    int full = (int)lround((db - LEAST_DB) * columns / -LEAST_DB);
    full = full < 0 ? 0 : full > columns ? columns : full;
    ton_text_add(t, db > -1 ? RED : GREEN);
    for (int i = 0; i < full; i++)
        ton_text_add(t, "█");
    ton_text_add(t, PLAIN);
    for (int i = full; i < columns; i++)
        ton_text_add(t, "·");
}

const char *screen_level(char out[16], float linear) {
    if (linear > 0)
        snprintf(out, 16, "%6.1f", ton_gain_to_db((double)linear));
    else
        snprintf(out, 16, "  -inf");
    return out;
}
