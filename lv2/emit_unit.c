/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Units as LV2 says them: its own where it has them, else one that says how to print it. */
#include "emit.h"

static const struct {
    const char *known;  /* of the units extension */
    const char *render; /* of our own: how a value is printed */
} units[TON_N_UNITS] = {
    [TON_UNIT_DB] = {.known = "db"},
    [TON_UNIT_DBFS] = {.render = "%f dBFS"},
    [TON_UNIT_DBTP] = {.render = "%f dBTP"},
    [TON_UNIT_LUFS] = {.render = "%f LUFS"},
    [TON_UNIT_LU] = {.render = "%f LU"},
    [TON_UNIT_HZ] = {.known = "hz"},
    [TON_UNIT_MS] = {.known = "ms"},
    [TON_UNIT_S] = {.known = "s"},
    [TON_UNIT_PERCENT] = {.known = "pc"},
    [TON_UNIT_RATIO] = {.render = "%f:1"},
    [TON_UNIT_BPM] = {.known = "bpm"},
    [TON_UNIT_SAMPLES] = {.known = "frame"},
    [TON_UNIT_DEGREES] = {.known = "degree"},
    [TON_UNIT_CENTS] = {.known = "cent"},
    [TON_UNIT_SEMITONES] = {.known = "semitone12TET"},
    [TON_UNIT_DB_OCTAVE] = {.render = "%f dB/oct"},
    [TON_UNIT_BITS] = {.render = "%f bit"},
    [TON_UNIT_KBPS] = {.render = "%f kbps"},
    [TON_UNIT_DB_S] = {.render = "%f dB/s"},
};

void emit_unit(struct ton_text *t, enum ton_unit unit) {
    if (units[unit].known) {
        ton_text_printf(t, " ;\n        units:unit units:%s", units[unit].known);
    } else if (units[unit].render) {
        const char *symbol = ton_unit_name(unit);
        ton_text_add(t, " ;\n        units:unit [ a units:Unit ; rdfs:label ");
        emit_string(t, *symbol ? symbol : ":1");
        ton_text_add(t, " ; units:symbol ");
        emit_string(t, *symbol ? symbol : ":1");
        ton_text_printf(t, " ; units:render \"%s\" ]", units[unit].render);
    }
}
