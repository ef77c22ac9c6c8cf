/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of octaves and third octaves. What could not be measured is a dash with a letter: its
 * reason stands beneath the table, so that paper has it too. */
#include "html.h"
#include "room_parts.h"

#include <math.h>

static const double BENT_XI = 10.0, BENT_PERCENT = 10.0; /* ISO 3382-2, annex B */

static unsigned doubts_of(const struct ton_room_band *b) {
    return 1U << b->doubt | 1U << b->edt.doubt | 1U << b->t20.doubt | 1U << b->t30.doubt;
}

void room_doubt_mark(struct ton_text *out, unsigned doubts, enum ton_room_doubt doubt) {
    int before = 0;
    for (int d = TON_ROOM_TRUSTED + 1; d < (int)doubt; d++)
        before += doubts >> d & 1;
    ton_text_add(out, "–");
    if (doubt != TON_ROOM_TRUSTED)
        ton_text_printf(out, "<sup title=\"not measured: %s\">%c</sup>",
                        ton_room_doubt_words(doubt), 'a' + before);
}

void room_doubt_notes(struct ton_text *out, unsigned doubts) {
    const char *separator = "<p class=\"soft note\">";
    for (int d = TON_ROOM_TRUSTED + 1, letter = 'a'; d < TON_N_ROOM_DOUBTS; d++)
        if (doubts >> d & 1) {
            ton_text_printf(out, "%s<sup>%c</sup> not measured: %s", separator, letter++,
                            ton_room_doubt_words((enum ton_room_doubt)d));
            separator = "; ";
        }
    ton_text_add(out, doubts >> 1 ? ".</p>\n" : "");
}

/* In bold when it is more than `most`. */
static void cell(struct ton_text *out, unsigned doubts, enum ton_room_doubt doubt, double value,
                 int digits, double most) {
    ton_text_add(out, value > most ? "<td class=\"n warn\">" : "<td class=\"n\">");
    if (isfinite(value))
        html_figure(out, value, digits);
    else
        room_doubt_mark(out, doubts, doubt);
    ton_text_add(out, "</td>");
}

static void decay_cells(struct ton_text *out, unsigned doubts, const struct ton_room_decay *d,
                        bool with_xi) {
    cell(out, doubts, d->doubt, d->seconds, 2, INFINITY);
    if (with_xi)
        cell(out, doubts, d->doubt, isnan(d->seconds) ? NAN : d->xi, 1, BENT_XI);
}

static void band_name(struct ton_text *out, double hz) {
    ton_text_printf(out, "<tr><th scope=\"row\" class=\"n\">%g%s</th>",
                    hz < 1000.0 ? hz : hz / 1000.0, hz < 1000.0 ? "" : "k");
}

static void row(struct ton_text *out, unsigned doubts, const struct ton_room_band *b) {
    band_name(out, b->hz);
    decay_cells(out, doubts, &b->edt, false);
    decay_cells(out, doubts, &b->t20, true);
    decay_cells(out, doubts, &b->t30, true);
    cell(out, doubts, b->t30.doubt, b->curvature_percent, 1, BENT_PERCENT);
    const struct {
        double value;
        int digits;
    } others[] = {{b->c50_db, 1},   {b->c80_db, 1},   {100.0 * b->d50, 0}, {b->centre_ms, 0},
                  {b->level_db, 1}, {b->noise_db, 1}, {b->range_db, 0}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cell(out, doubts, b->doubt, others[i].value, others[i].digits, INFINITY);
    ton_text_add(out, "</tr>\n");
}

static void table(struct ton_text *out, const char *title, const struct ton_room_band *bands,
                  int n) {
    static const char *const heads[][3] = {
        {"Hz", "middle of the band"},
        {"EDT s", "early decay time: from the first 10 dB"},
        {"T20 s", "reverberation time from -5 dB to -25 dB"},
        {"ξ ‰", "how far the decay is from a straight line (T20)"},
        {"T30 s", "reverberation time from -5 dB to -35 dB"},
        {"ξ ‰", "how far the decay is from a straight line (T30)"},
        {"Bend %", "curvature: by how much T30 is longer than T20"},
        {"C50 dB", "clarity: the first 50 ms over the rest"},
        {"C80 dB", "clarity: the first 80 ms over the rest"},
        {"D50 %", "definition: part of the energy that comes within 50 ms"},
        {"Ts ms", "centre time"},
        {"Level dB", "energy re a pulse of full scale"},
        {"Noise dB", "noise in a frame of the response, re a pulse of full scale"},
        {"Range dB", "decay above the noise"}};
    unsigned doubts = 0;
    for (int i = 0; i < n; i++)
        doubts |= doubts_of(&bands[i]);
    room_open_table(out, title, heads, sizeof heads / sizeof *heads);
    for (int i = 0; i < n; i++)
        row(out, doubts, &bands[i]);
    room_close_table(out);
    room_doubt_notes(out, doubts);
}

void room_bands(struct ton_text *out, const struct ton_room_figures *figures) {
    table(out, "Octaves", figures->octave, TON_ROOM_OCTAVES);
    table(out, "Third octaves", figures->third, TON_ROOM_THIRDS);
    ton_text_add(out, "<p class=\"soft note\">ξ over 10 ‰ and a bend over 10 % (bold) say that the "
                      "decay is no straight line, as where two rooms are coupled or the noise "
                      "comes through: such a time means little (ISO 3382-2, annex B).</p>\n");
}
