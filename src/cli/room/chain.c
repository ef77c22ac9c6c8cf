/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The correction as what the monitor path takes: a chain of `eq`, and a filter with the chain of
 * `convolver` that loads it. */
#include "room.h"

#include "kept.h"

#include "ton/path.h"
#include "ton/place.h"

#include <math.h>
#include <string.h>

/* A chain that somebody may have changed by hand, or that was made of another day's measurement, is
 * kept beside under a number. */
static enum ton_code keep_old(struct room_result *r, struct ton_arena *arena, const char *folder,
                              const char *stem, const char *path, const struct ton_text *text,
                              struct ton_err *err) {
    enum { MOST = 1 << 20 };
    char *old;
    size_t size;
    const char *kept;
    if (!ton_path_exists(path))
        return TON_OK;
    enum ton_code code = ton_path_read(&old, &size, arena, path, MOST, err);
    if (code || (size == text->length && memcmp(old, text->data, size) == 0))
        return code;
    code = room_next_name(&kept, arena, folder, stem, "yaml", err);
    code = code ? code : ton_path_copy(path, kept, err);
    if (!code && r->n_kept < ROOM_MOST_PORTS)
        r->kept[r->n_kept++] = kept;
    return code;
}

static enum ton_code write_chain(struct room_result *r, struct ton_arena *arena, const char *folder,
                                 const char *stem, const char *path, struct ton_text *text,
                                 struct ton_err *err) {
    const enum ton_code code =
        text->failed ? TON_OK : keep_old(r, arena, folder, stem, path, text, err);
    if (!code)
        return kept_write(path, text, err);
    ton_text_free(text);
    return code;
}

/* What is lifted most, rounded up: the chain is so much softer, so that no sine of full scale is
 * clipped behind it. Other peaks may be: a square of full scale came out at +4.4 dBFS. What bounds
 * those too would turn the monitors down by some 10 dB. */
static double headroom_of_all(const struct room_result *r, bool fir) {
    double most = 0.0;
    for (int i = 0; i < r->n_corrections; i++) {
        const struct ton_correction *const c = &r->corrections[i].made;
        most = fmax(most, fir ? c->fir_most_db : c->bells_most_db);
    }
    return ceil(10.0 * most) / 10.0;
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
struct part {
    struct room_result *result;
    const struct room_plan *plan;
    struct ton_arena *arena;
    const char *folder, *stem;
    int first, n; /* corrections */
};

static enum ton_code write_eq(const char **path, const struct part *p, struct ton_err *err) {
    static const char *const sides[] = {"left", "right"};
    const struct room_port *const loudspeakers = p->result->loudspeakers;
    const double gain = -headroom_of_all(p->result, false);
    struct ton_text text = {0};
    *path = ton_path_join(p->arena, p->folder, ton_arena_printf(p->arena, "%s.yaml", p->stem));
    add_head(&text, p->plan);
    for (int i = 0; i < p->n; i++)
        add_eq(&text, &p->result->corrections[p->first + i].made,
               p->n == 2 ? sides[room_side_of(loudspeakers, 2, i)] : NULL, i == 0 ? gain : 0.0);
    return write_chain(p->result, p->arena, p->folder, p->stem, *path, &text, err);
}

/* The filter under a name of its own each time, for an older chain names an older one. */
static enum ton_code write_fir(const char **chain, const char **wav, const struct part *p,
                               struct ton_err *err) {
    const struct room_correction *const c = &p->result->corrections[p->first];
    const char *const stem = ton_arena_printf(p->arena, "%s-fir", p->stem);
    const float *channels[2];
    struct ton_text text = {0};
    for (int i = 0; i < p->n; i++)
        channels[p->n == 2 ? room_side_of(p->result->loudspeakers, 2, i) : 0] = c[i].made.fir;
    *chain = ton_path_join(p->arena, p->folder, ton_arena_printf(p->arena, "%s.yaml", stem));
    enum ton_code code = room_next_name(wav, p->arena, p->folder, stem, "wav", err);
    if (!code)
        code = room_write_wav(*wav, channels, p->n, c->made.taps, p->result->rate,
                              "Correction of a room", err);
    if (code)
        return code;
    add_head(&text, p->plan);
    ton_text_printf(&text,
                    "  - convolver: {response: %s, gain: %.1f dB, normalise: off, low cut: off, "
                    "high cut: off, latency: zero}\n",
                    ton_path_name(*wav), -headroom_of_all(p->result, true));
    return write_chain(p->result, p->arena, p->folder, stem, *chain, &text, err);
}

enum ton_code room_keep_correction(struct room_result *r, struct ton_arena *arena,
                                   const struct room_plan *plan, const char *folder,
                                   struct ton_err *err) {
    const int each = r->n_corrections == 2 ? 2 : 1, n = r->n_corrections / each;
    const char *names[ROOM_MOST_PORTS], *stems[ROOM_MOST_PORTS];
    enum ton_code code = TON_OK;
    for (int i = 0; i < n; i++)
        names[i] = n == 1 ? plan->name
                          : ton_arena_printf(arena, "%s %s", plan->name, r->corrections[i].name);
    if (ton_arena_failed(arena) || !ton_take_stems(stems, arena, names, n))
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    for (int i = 0; i < n && !code; i++) {
        const struct part part = {r, plan, arena, folder, stems[i], i * each, each};
        const char *chain, *fir_chain, *fir;
        code = write_eq(&chain, &part, err);
        code = code ? code : write_fir(&fir_chain, &fir, &part, err);
        for (int k = part.first; !code && k < part.first + part.n; k++) {
            r->corrections[k].chain = chain;
            r->corrections[k].fir_chain = fir_chain;
            r->corrections[k].fir = fir;
        }
    }
    return code;
}
