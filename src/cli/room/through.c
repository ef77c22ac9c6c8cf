/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A room heard through the monitor chain: each loudspeaker through its side of it, and how near
 * that brings it to the target. */
#include "room.h"

#include "print.h"

#include "ton/json.h"
#include "ton/text.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#define HAIR_DB 0.01 /* over full scale is nothing that a converter would clip */

static const char *const side_words[] = {"left", "right"};

/* 0, 1; -1: its name tells no side. A word of `Main L`, `left`, `room_r_01`. */
static int side_of_name(const char *name) {
    static const char *const words[2][3] = {{"l", "left", "links"}, {"r", "right", "rechts"}};
    bool is[2] = {false, false};
    for (const char *c = name; *c;) {
        size_t n = 0;
        while (isalpha((unsigned char)c[n]))
            n++;
        for (int side = 0; side < 2; side++)
            for (int i = 0; i < TON_N(words[0]); i++)
                is[side] |= n == strlen(words[side][i]) && strncasecmp(c, words[side][i], n) == 0;
        c += n ? n : 1;
    }
    return is[0] == is[1] ? -1 : is[1];
}

int room_side_of(const struct room_port *loudspeakers, int n, int which) {
    const int said = side_of_name(loudspeakers[which].name);
    if (n != 2)
        return said >= 0 || n > 2 ? said : 0;
    const int other = side_of_name(loudspeakers[1 - which].name);
    if (said >= 0 && other != said)
        return said;
    return said < 0 && other >= 0 ? 1 - other : which;
}

static enum ton_code check_side(const struct room_plan *plan, int which,
                                const struct ton_room_side *side, struct ton_err *err) {
    const double level = plan->sweep.level_db, lifted = side->peak_dbfs - HAIR_DB;
    if (lifted <= 0.0)
        return TON_OK;
    return ton_fail(err, TON_INPUT, plan->chain_file,
                    "the chain lifts the sweep of `%s` to %+.1f dBFS, and the device would clip "
                    "it; give `--level \"%.0f dBFS\"`, or less",
                    plan->loudspeakers[which].name, lifted, floor(level - lifted));
}

enum ton_code room_through_make(struct room_result *r, struct ton_arena *arena,
                                const struct room_plan *plan, struct ton_err *err) {
    struct ton_room_side *sides[2] = {NULL, NULL};
    enum ton_code code = TON_OK;
    if (!plan->chain)
        return TON_OK;
    for (int l = 0; l < plan->n_loudspeakers && !code; l++) {
        const int side = room_side_of(plan->loudspeakers, plan->n_loudspeakers, l);
        if (side < 0)
            return ton_fail(err, TON_USAGE, "--monitor-chain",
                            "a chain has a left and a right side, and which is that of `%s`? Call "
                            "it so (`--loudspeaker \"%s L=%s\"`), or measure it alone",
                            plan->loudspeakers[l].name, plan->loudspeakers[l].name,
                            plan->loudspeakers[l].port);
        if (!sides[side]) {
            sides[side] = TON_NEW(arena, struct ton_room_side);
            if (!sides[side])
                return ton_fail(err, TON_MEMORY, NULL, "no memory");
            code = ton_room_side_make(sides[side], arena, plan->chain, side, &plan->sweep, err);
            if (code)
                ton_fail_at(err, code, *err->where ? err->where : plan->chain_file);
        }
        r->through[l] = sides[side];
        r->sides[l] = side;
        code = code ? code : check_side(plan, l, sides[side], err);
    }
    return code;
}

/* What was heard is held against the target, and what the chain did is taken off for how it was
 * before. */
enum ton_code room_through_judge(struct room_result *r, struct ton_arena *arena,
                                 const struct ton_correction_how *how, int loudspeaker,
                                 const struct ton_response *mean, struct ton_err *err) {
    struct ton_correction with, without;
    struct ton_correction_how same = *how;
    const struct ton_response before = {mean->n, mean->hz, TON_NEW_N(arena, double, mean->n)};
    if (!before.db)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    for (int i = 0; i < mean->n; i++)
        before.db[i] =
            mean->db[i] - ton_response_at(&r->through[loudspeaker]->response, mean->hz[i]);
    enum ton_code code = ton_correction_judge(&with, arena, mean, r->rate, how, err);
    if (code)
        return code;
    same.from_hz = with.from_hz;
    same.to_hz = with.to_hz;
    code = ton_correction_judge(&without, arena, &before, r->rate, &same, err);
    r->flat[loudspeaker] = (struct room_flat){.is_known = code == TON_OK,
                                              .from_hz = with.from_hz,
                                              .to_hz = with.to_hz,
                                              .off_db = with.apart_db,
                                              .without_db = without.apart_db};
    return code;
}

const char *room_through_text(struct ton_arena *arena, const struct room_plan *plan,
                              const struct room_result *r) {
    struct ton_text text = {0};
    ton_text_printf(&text, "through the monitor chain %s (", plan->chain_file);
    for (int l = 0; l < plan->n_loudspeakers; l++) {
        ton_text_add(&text, l ? ", " : "");
        ton_text_add_shown(&text, plan->loudspeakers[l].name);
        ton_text_printf(&text, " through its %s side", side_words[r->sides[l]]);
    }
    if (r->through[0]->latency_frames)
        ton_text_printf(&text, "; it is %d samples late, which are taken off",
                        r->through[0]->latency_frames);
    ton_text_add(&text, ")");
    const char *const out = text.failed ? NULL : ton_arena_text(arena, text.data);
    ton_text_free(&text);
    return out;
}

void room_add_flat(struct ton_text *text, const struct room_plan *plan,
                   const struct room_result *r) {
    const char *const target = room_target_name(plan);
    for (int l = 0; plan->chain && l < r->n_loudspeakers; l++) {
        const struct room_flat *const flat = &r->flat[l];
        if (!flat->is_known)
            continue;
        ton_text_add_shown(text, r->loudspeakers[l].name);
        ton_text_printf(text,
                        " is %.1f dB RMS away from %s from %.0f Hz to %.0f Hz through the chain; "
                        "without it %.1f dB.\n",
                        flat->off_db, target, flat->from_hz, flat->to_hz, flat->without_db);
    }
}

static struct ton_json *known(const struct room_flat *flat, double value, int digits) {
    return flat->is_known ? ton_json_round(value, digits) : ton_json_null();
}

struct ton_json *room_through_json(const struct room_plan *plan, const struct room_result *r) {
    if (!plan->chain)
        return ton_json_null();
    struct ton_json *j = ton_json_object(), *sides = ton_json_array();
    for (int l = 0; l < plan->n_loudspeakers; l++) {
        const struct room_flat *const flat = &r->flat[l];
        struct ton_json *s = ton_json_object();
        ton_json_set(s, "loudspeaker", ton_json_string(plan->loudspeakers[l].name));
        ton_json_set(s, "side", ton_json_string(side_words[r->sides[l]]));
        ton_json_set(s, "from_hz", known(flat, flat->from_hz, 1));
        ton_json_set(s, "to_hz", known(flat, flat->to_hz, 1));
        ton_json_set(s, "off_db", known(flat, flat->off_db, 2));
        ton_json_set(s, "without_off_db", known(flat, flat->without_db, 2));
        ton_json_add(sides, s);
    }
    ton_json_set(j, "file", ton_json_string(plan->chain_file));
    ton_json_set(j, "latency_frames", ton_json_integer(r->through[0]->latency_frames));
    ton_json_set(j, "sides", sides);
    return j;
}

enum ton_code room_tell_through(struct ton_arena *arena, const struct room_plan *plan,
                                const struct room_result *r, struct ton_err *err) {
    struct ton_text text = {0};
    if (plan->n_files)
        return TON_OK;
    const char *const through = plan->chain ? room_through_text(arena, plan, r) : NULL;
    ton_text_printf(&text, "Heard %s.\n", through ? through : "without a monitor chain");
    return ton_print_prose(&text, err);
}
