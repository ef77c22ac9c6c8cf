/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton play: a session through a device. */
#include "deck/face.h"

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    struct ton_deck_config config = {
        .latency = -1,
        .click = ton_given_switch(given, "click") ? TON_CLICK_ON : TON_CLICK_OFF,
    };
    struct ton_settings settings;
    const enum ton_code code = deck_configure(&config, &settings, given, err);
    return code ? code : deck_run(given, &config, &settings, true, err);
}

static const struct ton_row arguments[] = {
    TON_ARGUMENT_SESSION("not needed where there is only one")};

static const struct ton_row options[] = {
    DECK_OPTIONS,
    {.key = "click", .kind = TON_SWITCH, .help = "Hear the session's tempo."},
};

static const struct ton_example examples[] = {
    {"ton play", "Plays the production's session to its end."},
    {"ton play night-train --from chorus --solo Drums", "The drums from the chorus on."},
    {"ton play --from '9|1' --to '17|1' --loop --click", "Eight bars, again and again."},
};

const struct ton_verb ton_verb_play = {
    .name = "play",
    .order = 140,
    .summary = "Play a session through the sound device",
    .text = "Plays the mix of the session as `ton mix` would write it, and stops at its end. In a "
            "terminal the keys below the time command it; without one it plays and ends.\n\nWith "
            "`--json` everything that happens is one JSON object a line, and lines on standard "
            "input are obeyed: `play`, `stop`, `locate 0:30`, `click`, `solo STRIP` and "
            "`mute STRIP` (once more: no longer), `mark TEXT`, `chain` (the monitor chain on, "
            "off), `reset` (of meters), `quit`.",
    .elsewhere = "listen transport",
    .arguments = arguments,
    .n_arguments = TON_N(arguments),
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .completion = TON_COMPLETE_SESSIONS,
    .refuses = TON_A_PRODUCTION | TON_A_SOUND,
    .run = run,
};
