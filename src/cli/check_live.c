/* SPDX-License-Identifier: GPL-3.0-or-later */
/* While `ton check` listens: a line of levels for each input, drawn over itself on a terminal. */
#include "line_check.h"

#include "deck_face.h"
#include "print.h"

#include "ton/db.h"
#include "ton/thread.h"

#include <math.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BAR = 30, LEAST_DB = -60, FRAMES_A_SECOND = 10 };

struct live {
    const struct check_plan *plan;
    struct ton_line_check *check;
    float *peaks, *held;
    int drawn; /* lines */
    bool shown;
    struct ton_line_check_result result;
};

static int room_for_lines(void) {
    struct winsize size = {.ws_row = 0};
    const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 3;
    return known ? size.ws_row - 3 : 21;
}

static void draw_line(const struct live *live, int i) {
    const double db = live->peaks[i] > 0 ? ton_gain_to_db((double)live->peaks[i]) : LEAST_DB;
    const double held = ton_gain_to_db((double)live->held[i]);
    const int full = (int)fmin(BAR, fmax(0, round((db - LEAST_DB) * BAR / -LEAST_DB)));
    printf("%-20.20s ", live->plan->inputs[i].name);
    for (int k = 0; k < BAR; k++)
        fputs(k < full ? "█" : "·", stdout);
    if (isfinite(held))
        printf(" %6.1f dBFS", held);
    else
        printf("   -inf     ");
    const struct ton_line_checked *line = live->result.lines ? &live->result.lines[i] : NULL;
    const bool wrong = line && line->verdict >= TON_CHECKED_ATTENTION;
    printf(" %s%s%s\n", line ? ton_checked_name(line->verdict) : "", wrong ? ": " : "",
           wrong ? line->remarks[0].kind : "");
}

static void clear(struct live *live) {
    if (live->drawn)
        printf("\033[%dA\r\033[J", live->drawn);
    live->drawn = 0;
}

static void draw(struct live *live) {
    const int room = room_for_lines(), n = live->plan->n_inputs;
    clear(live);
    for (int i = 0; i < n && i < room; i++, live->drawn++)
        draw_line(live, i);
    if (n > room)
        printf("and %d more\n", n - room);
    live->drawn += n > room;
    printf("Let every line be quiet, then play each of them. Enter or q: that is all.\n");
    live->drawn++;
    fflush(stdout);
}

static void look(struct live *live) {
    ton_line_check_peaks(live->check, live->peaks);
    for (int i = 0; i < live->plan->n_inputs; i++)
        live->held[i] = fmaxf(live->held[i], live->peaks[i]);
    if (live->shown)
        draw(live);
}

static enum ton_code step(struct live *live, struct ton_err *err) {
    const int before = live->result.n_windows;
    enum ton_code code = ton_line_check_listen(live->check, 1.0 / FRAMES_A_SECOND, err);
    if (!code)
        code = ton_line_check_result(live->check, &live->result, err);
    if (!code && (live->shown || live->result.n_windows != before))
        look(live);
    return code;
}

/* One window at least; on a terminal, where no length was given, until a key says so. */
static bool is_over(const struct live *live, double seconds) {
    const int key = live->shown ? deck_input_key(0) : DECK_KEY_NONE;
    const int heard = live->result.n_windows * TON_LINE_CHECK_SECONDS;
    if (key == 'q' || key == '\n' || key == '\r')
        return true;
    return heard > 0 && heard >= seconds && (seconds > 0 || !live->shown);
}

static enum ton_code run(struct live *live, double seconds, struct ton_err *err) {
    enum ton_code code = TON_OK;
    do
        code = step(live, err);
    while (!code && !is_over(live, seconds));
    if (code == TON_STOPPED && live->result.n_windows > 0)
        code = TON_OK; /* what was heard until then counts */
    return code;
}

enum ton_code check_listen(struct ton_line_check *check, const struct check_plan *plan,
                           double seconds, struct ton_err *err) {
    struct live live = {.plan = plan, .check = check};
    live.peaks = ton_alloc(sizeof(float) * 2 * (size_t)(plan->n_inputs + 1));
    if (!live.peaks)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    live.held = live.peaks + plan->n_inputs + 1;
    live.shown = deck_input_open(false);
    const enum ton_code code = run(&live, seconds, err);
    clear(&live);
    deck_input_close();
    ton_free(live.peaks);
    return code;
}
