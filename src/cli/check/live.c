/* SPDX-License-Identifier: GPL-3.0-or-later */
/* While `ton check` listens: a line of levels for each input, drawn over itself on a terminal. */
#include "check.h"

#include "deck/face.h"
#include "screen.h"

#include <math.h>

static const double JUST_WHOLE_S = 0.5; /* what was heard until then is worth no waiting */
enum { BAR = 30, NAME = 20, LOOKS_A_SECOND = 10 };

struct live {
    struct ton_line_check *check;
    struct ton_line_check_result result;
    bool shown;
    int enough;          /* windows after which it is over, for a key said so; 0: none did */
    float *peaks, *held; /* [line] */
    struct screen screen;
};

/* What a line of the terminal has room for: the verdict first, then the name, the level, what is
 * wrong, and the bar with what is left. */
struct widths {
    int name, bar;
    bool level, unit, kind;
};

static struct widths widths_of(int columns) {
    enum { VERDICT = 9, LEVEL = 8, UNIT = 5, KIND = 11, SHORT = 10 };
    struct widths w = {0};
    int left = columns - 1 - VERDICT - 1;
    w.name = left < SHORT ? left : SHORT;
    left -= w.name;
    if ((w.level = left >= LEVEL))
        left -= LEVEL;
    if ((w.kind = w.level && left >= KIND))
        left -= KIND;
    if ((w.unit = w.kind && left >= UNIT))
        left -= UNIT;
    const int more = left < NAME - w.name ? left : NAME - w.name;
    w.name += more;
    left -= more;
    w.bar = left < 4 ? 0 : left < BAR ? left : BAR;
    return w;
}

static void add_line(struct ton_text *t, const struct live *live, struct widths w, int i) {
    const struct ton_line_checked *line = &live->result.lines[i];
    const bool wrong = w.kind && line->verdict >= TON_CHECKED_ATTENTION;
    char held[16];
    screen_add_name(t, line->input->name, "", w.name);
    if (w.bar)
        screen_add_bar(t, live->peaks[i], w.bar);
    if (w.level)
        ton_text_printf(t, "%s%s  ", screen_level(held, live->held[i]), w.unit ? " dBFS" : "");
    ton_text_printf(t, "%s%s%s\n", ton_checked_name(line->verdict), wrong ? ": " : "",
                    wrong ? line->remarks[0].kind : "");
}

static void draw(struct live *live) {
    enum { OTHERS = 3 }; /* how many more there are, what to do, and the cursor's */
    const int room = screen_lines() - OTHERS, n = live->result.n;
    const int lines = n > room ? room : n;
    const struct widths widths = widths_of(screen_columns());
    struct ton_text text = {0};
    ton_line_check_peaks(live->check, live->peaks);
    for (int i = 0; i < n; i++)
        live->held[i] = fmaxf(live->held[i], live->peaks[i]);
    for (int i = 0; i < lines; i++)
        add_line(&text, live, widths, i);
    if (n > lines)
        ton_text_printf(&text, "and %d more\n", n - lines);
    if (live->enough)
        ton_text_printf(&text, "%.0f s more, for %d are measured together. Enter or q: without.\n",
                        ceil(fmax(0, TON_LINE_CHECK_SECONDS - ton_line_check_pending(live->check))),
                        TON_LINE_CHECK_SECONDS);
    else
        ton_text_add(&text,
                     "Let every line be quiet, then play each of them. Enter or q: that is all.\n");
    screen_draw(&live->screen, &text, lines + (n > lines) + 1);
    ton_text_free(&text);
}

static enum ton_code step(struct live *live, struct ton_err *err) {
    bool measured;
    enum ton_code code = ton_line_check_listen(live->check, 1.0 / LOOKS_A_SECOND, &measured, err);
    if (!code && measured)
        code = ton_line_check_result(live->check, &live->result, err);
    if (!code && live->shown)
        draw(live);
    return code;
}

/* One window at least; on a terminal, where no length was given, until a key says so. What was
 * played last is to count, so the first key lets the window become whole. */
static bool is_over(struct live *live, double seconds) {
    const int key = live->shown ? deck_input_key(0) : DECK_KEY_NONE;
    const int windows = live->result.n_windows, heard = windows * TON_LINE_CHECK_SECONDS;
    if (key == 'q' || key == '\n' || key == '\r') {
        if (live->enough || (windows > 0 && ton_line_check_pending(live->check) < JUST_WHOLE_S))
            return true;
        live->enough = windows + 1;
    }
    if (live->enough && windows >= live->enough)
        return true;
    return heard > 0 && heard >= seconds && (seconds > 0 || !live->shown);
}

static enum ton_code run(struct live *live, double seconds, struct ton_err *err) {
    enum ton_code code = ton_line_check_result(live->check, &live->result, err);
    do
        code = code ? code : step(live, err);
    while (!code && !is_over(live, seconds));
    if (code == TON_STOPPED && live->result.n_windows > 0)
        code = TON_OK; /* what was heard until then counts */
    return code;
}

enum ton_code check_listen(struct ton_line_check *check, const struct check_plan *plan,
                           double seconds, struct ton_err *err) {
    struct live live = {.check = check};
    live.peaks = ton_alloc(sizeof(float) * 2 * (size_t)(plan->n_inputs + 1));
    if (!live.peaks)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    live.held = live.peaks + plan->n_inputs + 1;
    live.shown = deck_input_open(false);
    const enum ton_code code = run(&live, seconds, err);
    screen_clear(&live.screen);
    deck_input_close();
    ton_free(live.peaks);
    return code;
}
