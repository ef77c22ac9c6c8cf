/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A deck in front of a person or a program: what they say is done, what happens is told. */
#include "face.h"

#include "print.h"

#include "ton/recover.h"
#include "ton/store.h"

#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t records; /* a take is not ended yet */

enum { TICK_MS = 25, DRAW_MS = 60, STATUS_MS = 250 };

/* Said on the screen or in a line; a wrong command ends nothing. */
static void complain(struct deck_session *s, const struct ton_err *err) {
    char text[sizeof err->where + sizeof err->text + 2];
    snprintf(text, sizeof text, "%s%s%s", err->where, err->where[0] ? ": " : "", err->text);
    if (s->json) {
        const struct ton_deck_event event = {.kind = TON_DECK_WARNING, .text = text};
        deck_tell(s, &event);
    } else {
        snprintf(s->note, sizeof s->note, "%.*s", (int)sizeof s->note - 1, text);
    }
}

static void listen(struct deck_session *s, bool commanded) {
    struct ton_err err = {.code = TON_OK};
    enum ton_code code = TON_OK;
    if (!commanded) {
        ton_nap((int64_t)TICK_MS * 1000000);
        return;
    }
    if (s->json) {
        const char *line = deck_input_line(TICK_MS);
        code = line ? deck_obey_line(s, line, &err) : TON_OK;
    } else {
        const int key = deck_input_key(TICK_MS);
        if (key != DECK_KEY_NONE)
            s->note[0] = '\0';
        code = key != DECK_KEY_NONE ? deck_obey_key(s, key, &err) : TON_OK;
    }
    if (code)
        complain(s, &err);
}

/* How things stand, and nothing that happened: it goes with the next key. */
static void note(struct deck_session *s, const struct ton_deck_event *event) {
    struct ton_text text = {0};
    deck_write_sentence(&text, s, event);
    if (!text.failed)
        snprintf(s->note, sizeof s->note, "%s", text.data);
    ton_text_free(&text);
}

static void tell_losses(struct deck_session *s, bool screen) {
    if (screen)
        deck_screen_clear();
    deck_tell_losses(s);
}

/* `--speed 0`: what is read is late for a clock that waits for nothing, and nobody hears it. */
static bool is_of_no_matter(const struct deck_session *s, const struct ton_deck_event *event) {
    return !s->json && event->kind == TON_DECK_LATE && s->config->speed <= 0;
}

static void tell_events(struct deck_session *s, bool screen) {
    struct ton_deck_event event;
    while (ton_deck_event(s->deck, &event)) {
        if (is_of_no_matter(s, &event))
            continue;
        if (!s->json && deck_losses_add(&s->losses, s->arena, &event))
            continue;
        if (screen && (event.kind == TON_DECK_MONITOR || event.kind == TON_DECK_CHAIN)) {
            note(s, &event);
            continue;
        }
        if (screen)
            deck_screen_clear();
        deck_tell(s, &event);
    }
    if (deck_losses_are_due(&s->losses, ton_clock_ns()))
        tell_losses(s, screen);
}

static enum ton_code loop(struct deck_session *s, bool commanded, struct ton_err *err) {
    const bool screen = commanded && !s->json;
    int64_t shown = 0;
    while (!s->quit && !ton_stop_requested()) {
        listen(s, commanded);
        const enum ton_code code = ton_deck_tick(s->deck, err);
        records = ton_deck_records(s->deck);
        tell_events(s, screen);
        /* The end that was asked for. Who waits for the button goes on from there. */
        if (code == TON_STOPPED && !(screen && s->standby))
            return TON_OK;
        if (code && code != TON_STOPPED)
            return code;
        if (ferror(stdout) && !s->records) /* nobody listens; a recording goes on all the same */
            s->quit = true;
        if (!commanded)
            deck_tell_waiting(s);
        const int64_t now = ton_clock_ns();
        if ((!screen && !s->json) || now - shown < (screen ? DRAW_MS : STATUS_MS) * 1000000LL)
            continue;
        struct ton_deck_status status;
        ton_deck_status(s->deck, &status);
        shown = now;
        if (screen)
            deck_screen_draw(s, &status);
        else
            deck_tell_status(s, &status);
    }
    return ton_deck_stop(s->deck, err) ? TON_MISSED : TON_OK; /* stopped as asked, with a fault */
}

static enum ton_code start(struct deck_session *s, bool rolls_at_once, struct ton_err *err) {
    if (!rolls_at_once)
        return TON_OK;
    records = s->records;
    return s->records ? ton_deck_record(s->deck, err) : ton_deck_roll(s->deck, err);
}

static void close_store(struct ton_store *store, struct ton_arena *arena) {
    ton_store_close(store);
    ton_arena_destroy(arena);
}

void deck_abandon(void) {
    static const char says[] =
        "\nton: the recording was not ended in order: what came in until now is "
        "in audio/, and `ton record --recover` completes it\n";
    deck_input_close();
    if (records && write(STDERR_FILENO, says, sizeof says - 1) < 0)
        records = false;
}

enum ton_code deck_run(const struct ton_given *given, const struct ton_deck_config *config,
                       const struct ton_settings *settings, bool rolls_at_once,
                       struct ton_err *err) {
    struct ton_problems problems;
    struct deck_session s = {.arena = given->arena,
                             .config = config,
                             .records = config->records,
                             .standby = config->standby,
                             .json = ton_given_switch(given, "json"),
                             .click = (int)config->click};
    struct ton_store store = {0};
    struct ton_settling settling = {.store = &store, .arena = ton_arena_create()};
    struct ton_deck_config whole = *config;
    whole.settle = ton_parts_settle;
    whole.settle_user = &settling;
    ton_problems_init(&problems, given->arena);
    ton_recordings_warn(&problems, config->folder);
    enum ton_code code =
        ton_store_open(&store, given->arena, config->folder, ton_cache_limit(settings), err);
    if (!code && !settling.arena)
        code = ton_fail(err, TON_MEMORY, NULL, "no memory for plug-ins");
    if (!code)
        code = ton_deck_open(&s.deck, &whole, &problems, err);
    code = ton_print_problems(&problems, code, err);
    if (code) {
        close_store(&store, settling.arena);
        return code;
    }
    const bool commanded = deck_input_open(s.json);
    code = start(&s, rolls_at_once, err);
    if (!code)
        code = loop(&s, commanded, err);
    deck_screen_clear();
    deck_input_close();
    tell_events(&s, false);
    ton_deck_finish(s.deck);
    records = false;
    tell_events(&s, false);
    if (s.losses.n)
        tell_losses(&s, false);
    ton_deck_close(s.deck);
    close_store(&store, settling.arena);
    return code;
}
