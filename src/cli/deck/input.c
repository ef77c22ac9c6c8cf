/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys of a terminal, one by one as they are pressed, or lines of a pipe. */
#include "face.h"

#include <errno.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

static struct {
    bool raw; /* the terminal is not as it was */
    struct termios before;
    bool ended;
    bool skips; /* the rest of a line that was too long */
    char line[512];
    size_t length,
        told; /* bytes that are there, and of them those of the line that was given out */
} input;

bool deck_input_open(bool lines) {
    if (lines)
        return true;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
        tcgetattr(STDIN_FILENO, &input.before) != 0)
        return false;
    struct termios raw = input.before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO); /* Ctrl-C stays what it is */
    /* A key that stops the program, or what it prints, would stop a recording. */
    raw.c_iflag &= ~(tcflag_t)IXON;
    raw.c_cc[VSUSP] = raw.c_cc[VQUIT] = _POSIX_VDISABLE;
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    input.raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
    return input.raw;
}

void deck_input_close(void) {
    static const char wraps[] = "\033[?7h"; /* in the middle of a drawing it does not */
    if (input.raw && tcsetattr(STDIN_FILENO, TCSANOW, &input.before) == 0 &&
        write(STDOUT_FILENO, wraps, sizeof wraps - 1) < 0)
        input.ended = true;
    input.raw = false;
}

static bool has_come(int ms) {
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    return !input.ended && poll(&fd, 1, ms) > 0;
}

static int next_byte(int ms) {
    unsigned char c;
    if (!has_come(ms))
        return -1;
    const ssize_t n = read(STDIN_FILENO, &c, 1);
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
        input.ended = true; /* the terminal was closed */
    return n == 1 ? c : -1;
}

/* ESC [ D, ESC O D (left), C (right), H (home), 1 ~ (home): ECMA-48 and xterm. */
static int read_escape(void) {
    int c = next_byte(20);
    if (c != '[' && c != 'O')
        return DECK_KEY_NONE;
    c = next_byte(20);
    const bool tilde = c == '1' && next_byte(20) == '~';
    return c == 'D'            ? DECK_KEY_LEFT
           : c == 'C'          ? DECK_KEY_RIGHT
           : c == 'H' || tilde ? DECK_KEY_HOME
                               : DECK_KEY_NONE;
}

int deck_input_key(int ms) {
    const int c = next_byte(ms);
    if (c < 0 && input.ended)
        ton_nap((int64_t)ms * 1000000);
    return c < 0 ? DECK_KEY_NONE : c == 27 ? read_escape() : c;
}

static char *take_line(void) {
    char *end = memchr(input.line, '\n', input.length);
    if (!end && input.length < sizeof input.line - 1)
        return NULL;
    const bool rest = input.skips;
    input.skips = !end;
    if (!end) /* nobody's command is that long: what there is of it is one */
        end = input.line + input.length;
    *end = '\0';
    input.told = (size_t)(end - input.line) + 1;
    if (rest)
        *input.line = '\0';
    if (end > input.line && end[-1] == '\r')
        end[-1] = '\0';
    return input.line;
}

const char *deck_input_line(int ms) {
    if (input.told) {
        input.length = input.told < input.length ? input.length - input.told : 0;
        memmove(input.line, input.line + input.told, input.length);
        input.told = 0;
    }
    char *line = take_line();
    if (line)
        return line;
    if (input.ended)
        ton_nap((int64_t)ms * 1000000);
    if (!has_come(ms))
        return NULL;
    const ssize_t n =
        read(STDIN_FILENO, input.line + input.length, sizeof input.line - 1 - input.length);
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
        input.ended = true;
    input.length += n > 0 ? (size_t)n : 0;
    return take_line();
}
