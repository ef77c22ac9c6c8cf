/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The correction as what the monitor path takes: a chain of `eq`, and a filter with the chain of
 * `convolver` that loads it. */
#include "room.h"

#include "ton/path.h"
#include "ton/place.h"
#include "ton/session.h"
#include "ton/unit.h"

#include <math.h>

static enum ton_code write_text(const char *path, struct ton_text *text, struct ton_err *err) {
    const enum ton_code code = text->failed ? ton_fail(err, TON_MEMORY, path, "no memory")
                                            : ton_path_write(path, text->data, text->length, err);
    ton_text_free(text);
    return code;
}

/* What the loudest place of a curve is, rounded up: the chain is so much softer, so that nothing
 * that fits before it is clipped behind it. */
static double headroom_db(const double *db, int n) {
    double most = 0.0;
    for (int i = 0; i < n; i++)
        most = fmax(most, db[i]);
    return ceil(10.0 * most) / 10.0;
}

static double headroom_of_all(const struct room_result *r, bool fir) {
    double most = 0.0;
    for (int i = 0; i < r->n_corrections; i++) {
        const struct ton_correction *const c = &r->corrections[i].made;
        most = fmax(most, headroom_db(fir ? c->fir_db : c->bells_db, c->n));
    }
    return most;
}

static void add_head(struct ton_text *t, const struct room_plan *plan) {
    ton_text_add(t, "tonmeister: 1\ntext: \"Correction of ");
    for (const char *c = plan->name; *c; c++)
        ton_text_printf(t, "%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
    ton_text_add(t, ", for the monitor path.\"\nchain:\n");
}

static void add_eq(struct ton_text *t, const struct ton_correction *c, const char *channel,
                   double gain_db) {
    if (c->n_bells == 0 && gain_db == 0.0)
        return;
    ton_text_add(t, "  - eq:\n");
    if (gain_db != 0.0)
        ton_text_printf(t, "      gain: %.1f dB\n", gain_db);
    ton_text_add(t, c->n_bells ? "      bands:\n" : "");
    for (int i = 0; i < c->n_bells; i++)
        ton_text_printf(t,
                        "        - {type: bell, frequency: %.1f Hz, gain: %+.2f dB, q: %.3f%s%s}\n",
                        c->bells[i].hz, c->bells[i].gain_db, c->bells[i].q,
                        channel ? ", channel: " : "", channel ? channel : "");
}

/* Of two loudspeakers one chain for a stereo mix; else one for each. */
static enum ton_code write_eq(const struct room_result *r, const struct room_plan *plan,
                              const char *path, int first, int n, struct ton_err *err) {
    static const char *const sides[] = {"left", "right"};
    const double gain = -headroom_of_all(r, false);
    struct ton_text text = {0};
    add_head(&text, plan);
    for (int i = 0; i < n; i++)
        add_eq(&text, &r->corrections[first + i].made, n == 2 ? sides[i] : NULL,
               i == 0 ? gain : 0.0);
    return write_text(path, &text, err);
}

static enum ton_code write_fir(const struct room_result *r, const struct room_plan *plan,
                               struct ton_arena *arena, const char *chain, const char *wav,
                               int first, int n, struct ton_err *err) {
    const float *channels[2];
    struct ton_text text = {0};
    for (int i = 0; i < n; i++)
        channels[i] = r->corrections[first + i].made.fir;
    const enum ton_code code =
        room_write_wav(wav, channels, n, r->corrections[first].made.taps, r->rate,
                       ton_arena_printf(arena, "%s", plan->name), err);
    if (code)
        return code;
    add_head(&text, plan);
    ton_text_printf(&text,
                    "  - convolver: {response: %s, gain: %.1f dB, normalise: off, low cut: off, "
                    "high cut: off, latency: zero}\n",
                    ton_path_name(wav), -headroom_of_all(r, true));
    return write_text(chain, &text, err);
}

enum ton_code room_keep_correction(struct room_result *r, struct ton_arena *arena,
                                   const struct room_plan *plan, const char *folder,
                                   struct ton_err *err) {
    const bool stereo = r->n_corrections == 2;
    const char *names[ROOM_MOST_PORTS], *stems[ROOM_MOST_PORTS];
    enum ton_code code = TON_OK;
    for (int i = 0; i < r->n_corrections; i++)
        names[i] = stereo || r->n_corrections == 1
                       ? plan->name
                       : ton_arena_printf(arena, "%s %s", plan->name, r->corrections[i].name);
    if (!ton_take_stems(stems, arena, names, r->n_corrections))
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    for (int i = 0; i < r->n_corrections && !code; i += stereo ? 2 : 1) {
        const int n = stereo ? 2 : 1;
        const char *const base = ton_path_join(arena, folder, stems[i]);
        const char *const eq = ton_arena_printf(arena, "%s.yaml", base),
                          *const fir_chain = ton_arena_printf(arena, "%s-fir.yaml", base),
                          *const fir = ton_arena_printf(arena, "%s-fir.wav", base);
        if (ton_arena_failed(arena))
            return ton_fail(err, TON_MEMORY, NULL, "no memory");
        code = write_eq(r, plan, eq, i, n, err);
        code = code ? code : write_fir(r, plan, arena, fir_chain, fir, i, n, err);
        if (i == 0) {
            r->chain = eq;
            r->fir_chain = fir_chain;
            r->fir = fir;
        }
    }
    return code;
}
