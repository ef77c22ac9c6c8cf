/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton master: mixes to masters. */
#include "delivered.h"

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    return ton_delivered_run(given, ton_master_production, err);
}

static const struct ton_row options[] = {
    {.key = "again", .kind = TON_SWITCH, .help = "Make masters again that have not changed."},
    TON_OPTION_JSON,
    TON_OPTION_THREADS,
};

static const struct ton_example examples[] = {
    {"ton master", "Writes out/masters/SESSION.wav for every session, 24-bit at its own rate."},
};

const struct ton_verb ton_verb_master = {
    .name = "master",
    .order = 600,
    .summary = "Make the masters of all sessions",
    .elsewhere = "mastering",
    .text = "Renders every mix, sends it through the production's mastering chain and solves the "
            "gain before the limiter so that the loudness of `master:` is met: for the album as a "
            "whole, or for each session where it says `per: session`.",
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .refuses = TON_A_SESSION | TON_A_PRODUCTION | TON_A_SOUND,
    .run = run,
};
