/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a deck obeys: one list, for the keys of a terminal and the lines of another program. */
#include "face.h"

#include "print.h"

enum { WIND_S = 5 };

typedef enum ton_code obey(struct deck_session *s, const char *rest, struct ton_err *err);

static bool is_rolling(const struct deck_session *s) {
    struct ton_deck_status status;
    ton_deck_status(s->deck, &status);
    return status.rolling;
}

static enum ton_code play(struct deck_session *s, const char *rest, struct ton_err *err) {
    (void)rest;
    return ton_deck_roll(s->deck, err);
}

static enum ton_code stop(struct deck_session *s, const char *rest, struct ton_err *err) {
    (void)rest;
    return ton_deck_stop(s->deck, err);
}

static enum ton_code toggle(struct deck_session *s, const char *rest, struct ton_err *err) {
    return is_rolling(s) ? stop(s, rest, err) : play(s, rest, err);
}

static enum ton_code record(struct deck_session *s, const char *rest, struct ton_err *err) {
    (void)rest;
    return ton_deck_records(s->deck) ? TON_OK : ton_deck_record(s->deck, err);
}

static enum ton_code again(struct deck_session *s, const char *rest, struct ton_err *err) {
    (void)rest;
    return ton_deck_again(s->deck, err);
}

static enum ton_code mark(struct deck_session *s, const char *rest, struct ton_err *err) {
    return ton_deck_mark(s->deck, rest, err);
}

static enum ton_code good(struct deck_session *s, const char *rest, struct ton_err *err) {
    (void)rest;
    return ton_deck_judge(s->deck, TON_VERDICT_GOOD, err);
}

static enum ton_code bad(struct deck_session *s, const char *rest, struct ton_err *err) {
    (void)rest;
    return ton_deck_judge(s->deck, TON_VERDICT_BAD, err);
}

static enum ton_code back(struct deck_session *s, const char *rest, struct ton_err *err) {
    (void)rest;
    return ton_deck_wind(s->deck, -WIND_S, err);
}

static enum ton_code forward(struct deck_session *s, const char *rest, struct ton_err *err) {
    (void)rest;
    return ton_deck_wind(s->deck, WIND_S, err);
}

static enum ton_code locate(struct deck_session *s, const char *rest, struct ton_err *err) {
    return ton_deck_locate(s->deck, *rest ? rest : "0:00", err);
}

static enum ton_code click(struct deck_session *s, const char *rest, struct ton_err *err) {
    (void)rest;
    const enum ton_click when = s->click == TON_CLICK_ON ? TON_CLICK_OFF : TON_CLICK_ON;
    const enum ton_code code = ton_deck_click(s->deck, when, err);
    s->click = code ? s->click : (int)when;
    return code;
}

/* The next mode when none is named: off, on, auto. */
static enum ton_code monitor(struct deck_session *s, const char *rest, struct ton_err *err) {
    enum { N_MODES = 3 };
    struct ton_deck_status status;
    if (!*rest) {
        ton_deck_status(s->deck, &status);
        return ton_deck_monitor(s->deck, (enum ton_monitor_mode)((status.monitor + 1) % N_MODES),
                                err);
    }
    for (int i = 0; i < N_MODES; i++)
        if (strcmp(rest, deck_monitor_modes[i]) == 0)
            return ton_deck_monitor(s->deck, (enum ton_monitor_mode)i, err);
    return ton_fail(err, TON_USAGE, NULL, "`%s` is no way to monitor; `off`, `on` or `auto` is",
                    rest);
}

/* The other way when it is not said which. */
static enum ton_code chain(struct deck_session *s, const char *rest, struct ton_err *err) {
    struct ton_deck_status status;
    ton_deck_status(s->deck, &status);
    if (!*rest)
        return ton_deck_chain(s->deck, !status.chain_heard, err);
    const bool on = strcmp(rest, "on") == 0;
    return on || strcmp(rest, "off") == 0
               ? ton_deck_chain(s->deck, on, err)
               : ton_fail(err, TON_USAGE, NULL, "`%s` is neither `on` nor `off`", rest);
}

static enum ton_code solo(struct deck_session *s, const char *rest, struct ton_err *err) {
    bool on;
    return ton_deck_solo(&on, s->deck, rest, err);
}

static enum ton_code mute(struct deck_session *s, const char *rest, struct ton_err *err) {
    bool on;
    return ton_deck_mute(&on, s->deck, rest, err);
}

static enum ton_code reset(struct deck_session *s, const char *rest, struct ton_err *err) {
    (void)rest;
    (void)err;
    ton_deck_reset_meters(s->deck);
    return TON_OK;
}

static enum ton_code quit(struct deck_session *s, const char *rest, struct ton_err *err) {
    (void)rest;
    (void)err;
    s->quit = true; /* what then goes wrong is told at the end */
    return TON_OK;
}

static const struct command {
    const char *word;
    int key;          /* 0: none */
    const char *says; /* on the screen; NULL: not shown */
    enum { ALWAYS, RECORDS, HAS_CHAIN } when;
    obey *obey;
} commands[] = {
    {"toggle", ' ', "space play/stop", ALWAYS, toggle},
    {"play", 0, NULL, ALWAYS, play},
    {"stop", 0, NULL, ALWAYS, stop},
    {"record", 'r', "r record", RECORDS, record},
    {"new", 'n', "n new take", RECORDS, again},
    {"good", 'g', "g good", RECORDS, good},
    {"bad", 'b', "b bad", RECORDS, bad},
    {"mark", 'm', "m mark", ALWAYS, mark},
    {"click", 'c', "c click", ALWAYS, click},
    {"monitor", 'i', "i inputs", RECORDS, monitor},
    {"chain", 'x', "x chain", HAS_CHAIN, chain},
    {"solo", 0, NULL, ALWAYS, solo},
    {"mute", 0, NULL, ALWAYS, mute},
    {"reset", '0', "0 meters", ALWAYS, reset},
    {"back", DECK_KEY_LEFT, "← → wind", ALWAYS, back},
    {"forward", DECK_KEY_RIGHT, NULL, ALWAYS, forward},
    {"locate", DECK_KEY_HOME, "home start", ALWAYS, locate},
    {"quit", 'q', "q quit", ALWAYS, quit},
};

/* For a key: who writes a line is told why not. */
static bool is_of_use(const struct deck_session *s, const struct command *c) {
    return c->when == ALWAYS || (c->when == RECORDS && s->records) ||
           (c->when == HAS_CHAIN && s->config->monitor_chain);
}

enum ton_code deck_obey_key(struct deck_session *s, int key, struct ton_err *err) {
    for (int i = 0; i < TON_N(commands); i++)
        if (commands[i].key == key && is_of_use(s, &commands[i]))
            return commands[i].obey(s, "", err);
    return TON_OK; /* a cat on the keyboard harms nothing */
}

enum ton_code deck_obey_line(struct deck_session *s, const char *line, struct ton_err *err) {
    const char *words[TON_N(commands)];
    char word[32];
    line += strspn(line, " \t");
    const size_t n = strcspn(line, " \t");
    snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), line);
    const char *rest = line + n + strspn(line + n, " \t");
    for (int i = 0; i < TON_N(commands); i++) {
        words[i] = commands[i].word;
        if (strcmp(word, words[i]) == 0)
            return commands[i].obey(s, rest, err);
    }
    if (!*word)
        return TON_OK;
    const char *nearest = ton_nearest(word, words, TON_N(commands));
    return ton_fail(err, TON_USAGE, NULL, "`%s` is no command%s%s%s", word,
                    nearest ? "; did you mean `" : "", nearest ? nearest : "", nearest ? "`?" : "");
}

int deck_keys_text(struct ton_text *out, const struct deck_session *s, int width) {
    int lines = 1, at = 0;
    for (int i = 0; i < TON_N(commands); i++) {
        const char *says = commands[i].says;
        if (!says || !is_of_use(s, &commands[i]))
            continue;
        const int columns = ton_columns_of(says, strlen(says));
        const bool fits = at == 0 || at + 3 + columns < width;
        ton_text_printf(out, "%s%s", at == 0 ? "" : fits ? " · " : "\n", says);
        lines += !fits;
        at = fits && at ? at + 3 + columns : columns;
    }
    ton_text_add(out, "\n");
    return lines;
}
