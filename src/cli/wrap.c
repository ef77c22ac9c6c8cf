/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How wide the terminal is, and text that keeps within it. */
#include "print.h"

#include "ton/text.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LEAST_COLUMNS = 10, MOST_COLUMNS = 1000, USUAL_COLUMNS = 80 };

static int columns_wished(void) {
    const char *wish = getenv("COLUMNS");
    const long n = wish ? strtol(wish, NULL, 10) : 0;
    return n > 0 && n <= MOST_COLUMNS ? (int)n : USUAL_COLUMNS;
}

int ton_screen_width(FILE *stream) {
    const int fd = fileno(stream);
    struct winsize size = {.ws_col = 0};
    if (fd < 0 || !isatty(fd))
        return 0;
    const int n =
        ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : columns_wished();
    return n < LEAST_COLUMNS ? LEAST_COLUMNS : n;
}

int ton_columns_of(const char *s, size_t n) {
    int columns = 0;
    for (size_t i = 0; i < n && s[i]; i++)
        columns += ((unsigned char)s[i] & 0xc0) != 0x80;
    return columns;
}

/* Up to the next space; what stands between backquotes is one word if it fits a line. */
static size_t word_of(const char *text, int room) {
    size_t n = strcspn(text, " \n");
    const char *open = memchr(text, '`', n);
    const char *close = open ? strchr(open + 1, '`') : NULL;
    if (!close || close < text + n)
        return n;
    const size_t whole = (size_t)(close - text) + strcspn(close, " \n");
    return ton_columns_of(text, whole) <= room && !memchr(text, '\n', whole) ? whole : n;
}

void ton_wrap(struct ton_text *out, const char *text, int indent, int at, int width) {
    bool first = true;
    while (*text) {
        const size_t n = word_of(text, width - indent);
        const int columns = ton_columns_of(text, n);
        if (!first && at + 1 + columns > width) {
            ton_text_printf(out, "\n%*s", indent, "");
            at = indent;
        } else if (!first) {
            ton_text_add(out, " ");
            at++;
        }
        ton_text_add_n(out, text, n);
        at += columns;
        first = false;
        text += n;
        if (text[0] == '\n' && text[1] == '\n') {
            ton_text_printf(out, "\n\n%*s", indent, "");
            at = indent;
            first = true;
        }
        text += strspn(text, " \n");
    }
    ton_text_add(out, "\n");
}

void ton_wrap_lines(struct ton_text *out, const char *text, int width) {
    enum { HANGING = 2 };
    while (*text) {
        const size_t n = strcspn(text, "\n"), indent = strspn(text, " ");
        if (width == 0 || ton_columns_of(text, n) <= width) {
            ton_text_add_n(out, text, n);
            ton_text_add(out, "\n");
        } else {
            struct ton_text line = {0};
            ton_text_add_n(&line, text + indent, n - indent);
            ton_text_add_n(out, text, indent);
            ton_wrap(out, line.data ? line.data : "", (int)indent + HANGING, (int)indent, width);
            out->failed |= line.failed;
            ton_text_free(&line);
        }
        text += n + (text[n] == '\n');
    }
}

void ton_text_add_shown(struct ton_text *out, const char *s) {
    for (; s && *s; s++) {
        const unsigned char c = (unsigned char)*s;
        if (c == '\n')
            ton_text_add(out, "\\n");
        else if (c < 0x20 || c == 0x7f)
            ton_text_printf(out, "\\x%02x", c);
        else
            ton_text_add_n(out, s, 1);
    }
}
