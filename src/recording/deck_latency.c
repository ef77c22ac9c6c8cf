/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long sound is on its way, through the monitor chain and the device: what a take is moved by.
 *
 * The ports are asked before each take, for another period or cable changes what they claim, and
 * while one runs. */
#include "deck.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { UNKNOWN = -1, LOOK_MS = 500, MOST_APART_S = 1 };

/* The longest of those that are connected and say it, -1: none is. A claim of a second more than
 * the shortest is none. */
static int longest(const struct ton_deck *d, bool is_input, int n) {
    const int apart = MOST_APART_S * d->reading->session->rate;
    int least = INT_MAX, most = UNKNOWN;
    for (int i = 0; i < n; i++) {
        const int latency = ton_device_latency(d->device, is_input, i);
        least = latency >= 0 && latency < least ? latency : least;
    }
    for (int i = 0; i < n; i++) {
        const int latency = ton_device_latency(d->device, is_input, i);
        most = latency > most && latency - least <= apart ? latency : most;
    }
    return most;
}

/* What is heard at a moment left the program so much earlier, and what comes in was played so much
 * earlier. */
static int64_t claimed(const struct ton_deck *d) {
    const int in = longest(d, true, d->arms.n_wishes);
    const int out = d->unheard ? 0 : longest(d, false, 2);
    return in < 0 || out < 0 ? UNKNOWN : (int64_t)in + out;
}

/* How long each input has to wait for the last one. */
static bool find_delays(struct ton_deck *d, int *delays, int last) {
    bool differ = false;
    for (int i = 0; i < d->arms.n_wishes; i++) {
        const int latency = ton_device_latency(d->device, true, i);
        delays[i] = latency < 0 || latency > last ? 0 : last - latency;
        differ |= delays[i] > 0;
        if (latency <= last || d->warned_apart)
            continue;
        d->warned_apart = true;
        deck_warn(d,
                  "input `%s` claims to take %d samples, %d more than the others, which cannot be; "
                  "it is recorded as the slowest of those",
                  d->arms.wishes[i].connect, latency, latency - last);
    }
    return differ;
}

static enum ton_code align(struct ton_deck *d, int last, struct ton_err *err) {
    const int n = d->arms.n_wishes;
    int *delays = TON_NEW_N(d->arena, int, n + 1);
    if (!delays)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to align inputs");
    const bool differ = find_delays(d, delays, last);
    if (d->delays && memcmp(delays, d->delays, sizeof *delays * (size_t)n) == 0)
        return TON_OK;
    d->delays = delays;
    struct align *aligned = differ ? align_create(d->arena, delays, n, d->most_frames) : NULL;
    if (differ && !aligned)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to align inputs");
    atomic_store(&d->audio.align, aligned); /* the one before lies in the arena until the end */
    return TON_OK;
}

/* Who plays to a click that comes through another output hears the mix beside it. */
static void check_click(struct ton_deck *d, int mix) {
    const int click = d->audio.own_click ? ton_device_latency(d->device, false, 2) : mix;
    if (click >= 0 && mix >= 0 && click != mix)
        deck_warn(
            d,
            "the click is heard %d samples %s than the mix: its output `%s` takes %d samples, "
            "those of the mix %d; recordings are placed by the mix",
            abs(click - mix), click > mix ? "later" : "earlier", d->config.click_to, click, mix);
}

static void tell(struct ton_deck *d, bool first, int64_t before) {
    const int chain = deck_chain_latency(d);
    if (first && !d->latency_known)
        deck_warn(d, "the device does not say how long sound takes through it; overdubs are placed "
                     "as if it took no time (`--latency` says how long)");
    if (first)
        check_click(d, longest(d, false, 2));
    else if (d->latency != before)
        deck_warn(d,
                  "sound takes %lld samples through the device now, not %lld; from this take on "
                  "they are placed by that",
                  (long long)(d->latency - chain), (long long)(before - chain));
}

enum ton_code deck_read_latency(struct ton_deck *d, struct ton_err *err) {
    enum { MOST = 1000000 };
    const char *text = d->config.latency_text;
    const enum ton_code code =
        reading_length(&d->config.latency, d->reading->session, "--latency", text, 0, err);
    if (!code && text && d->config.latency > MOST)
        return ton_fail(err, TON_USAGE, "--latency", "`%s` is more than %d samples", text, MOST);
    return code;
}

/* What a person says counts for all inputs, and is of the device alone: as it was measured. */
enum ton_code deck_find_latency(struct ton_deck *d, struct ton_err *err) {
    const int64_t before = d->latency;
    const bool first = d->latency_looked == 0, given = d->config.latency >= 0;
    const int last = longest(d, true, d->arms.n_wishes);
    const int timecode = ton_device_latency(d->device, true, d->sync.audio.ltc_input);
    const int64_t claims = claimed(d);
    d->claimed = claims >= 0 || first ? claims : d->claimed; /* of no cables: as it was */
    d->latency_known = given || d->claimed >= 0;
    const int64_t through = given ? d->config.latency : d->claimed >= 0 ? d->claimed : 0;
    d->latency = through + deck_chain_latency(d);
    d->ltc_sooner = last >= 0 && timecode >= 0 ? last - timecode : 0;
    d->latency_looked = ton_clock_ns();
    d->warned_latency = false;
    tell(d, first, before);
    return given || last < 0 ? TON_OK : align(d, last, err);
}

void deck_watch_latency(struct ton_deck *d) {
    const int64_t now = ton_clock_ns();
    if (!d->recording || d->warned_latency || now < d->latency_looked + LOOK_MS * INT64_C(1000000))
        return;
    d->latency_looked = now;
    const int64_t claims = claimed(d);
    if (claims < 0 || claims == d->claimed || d->config.latency >= 0)
        return;
    d->warned_latency = true;
    deck_warn(
        d,
        "sound takes %lld samples through the device now, not %lld as when take %d began: what "
        "is played from here on stands so much off its place; begin a new take",
        (long long)claims, (long long)d->latency - deck_chain_latency(d), d->number);
}
