/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reflections, modes and the correction of one path, as tables. */
#include "html.h"
#include "room_parts.h"

#include <math.h>

enum { MOST_UNHEARD = 12 };

void room_open_table(struct ton_text *out, const char *title, const char *const (*heads)[3],
                     int n) {
    ton_text_printf(out,
                    "<h4>%s</h4><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                    "aria-label=\"%s\"><table class=\"dense\"><thead><tr>",
                    title, title);
    for (int i = 0; i < n; i++)
        ton_text_printf(out, "<th scope=\"col\"%s title=\"%s\">%s</th>",
                        heads[i][2] ? "" : " class=\"n\"", heads[i][1], heads[i][0]);
    ton_text_add(out, "</tr></thead><tbody>\n");
}

void room_close_table(struct ton_text *out) {
    ton_text_add(out, "</tbody></table></div>\n");
}

void room_with_sign(struct ton_text *out, double value, int digits) {
    ton_text_add(out, value * pow(10.0, digits) >= 0.5 ? "+" : "");
    html_figure(out, value, digits);
}

static void signed_number(struct ton_text *out, double value, int digits) {
    ton_text_add(out, "<td class=\"n\">");
    room_with_sign(out, value, digits);
    ton_text_add(out, "</td>");
}

static void number(struct ton_text *out, double value, int digits) {
    ton_text_add(out, "<td class=\"n\">");
    if (isfinite(value))
        html_figure(out, value, digits);
    else
        ton_text_add(out, "–");
    ton_text_add(out, "</td>");
}

void room_reflections(struct ton_text *out, const struct ton_room_path *path) {
    static const char *const heads[][3] = {
        {"No", "its number in the drawing"},
        {"After ms", "after the direct sound"},
        {"Extra path m", "how much longer its way is"},
        {"Level dB", "re the direct sound, 1 kHz to 8 kHz"},
        {"First notch Hz", "of the comb that it makes with the direct sound"}};
    if (path->n_reflections == 0) {
        ton_text_add(out, "<h4>Reflections</h4><p>");
        ton_text_add(out, ton_room_path_has_reflections(path)
                              ? "None stands out within 20 ms, 20 dB below the direct sound or "
                                "louder.</p>\n"
                              : "They are judged from 1 kHz to 8 kHz, and the sweep does not get "
                                "there.</p>\n");
        return;
    }
    room_open_table(out, "Reflections", heads, 5);
    for (int i = 0; i < path->n_reflections; i++) {
        const struct ton_reflection *const r = &path->reflections[i];
        ton_text_printf(out, "<tr><th scope=\"row\" class=\"n\">%d</th>", i + 1);
        number(out, r->ms, 2);
        number(out, r->metres, 2);
        number(out, r->db, 1);
        number(out, 500.0 / r->ms, 0);
        ton_text_add(out, "</tr>\n");
    }
    room_close_table(out);
}

static const char *const kinds[] = {"", "axial", "tangential", "oblique"};

static void mode_cells(struct ton_text *out, double hz, const struct ton_room_mode *m) {
    number(out, m ? m->hz : NAN, 1);
    if (!m) {
        ton_text_add(out, "<td class=\"n\">–</td><td>–</td>");
        return;
    }
    signed_number(out, 100.0 * (hz / m->hz - 1.0), 1);
    ton_text_printf(out, "<td>%s (%d, %d, %d)</td>", kinds[m->pairs], m->waves[0], m->waves[1],
                    m->waves[2]);
}

static bool was_heard(const struct ton_room_path *path, int mode) {
    for (int i = 0; i < path->n_resonances; i++)
        if (path->resonances[i].mode == mode)
            return true;
    return false;
}

/* Axial modes that nothing was heard of: the loudspeaker or the microphone stands in their nodes,
 * or they are damped. */
static void unheard(struct ton_text *out, const struct ton_room_path *path) {
    int n = 0;
    for (int i = 0; i < path->modes.n; i++) {
        const struct ton_room_mode *const m = &path->modes.items[i];
        if (m->pairs != 1 || m->hz >= path->modes.dense_hz || was_heard(path, i) ||
            n++ >= MOST_UNHEARD)
            continue;
        ton_text_add(out, n == 1 ? "<p class=\"soft note\">Axial modes that do not stand out here "
                                   "(damped, or the loudspeaker or the microphone is in a node): "
                                 : ", ");
        ton_text_printf(out, "%.1f Hz (%d, %d, %d)", m->hz, m->waves[0], m->waves[1], m->waves[2]);
    }
    if (n > MOST_UNHEARD)
        ton_text_printf(out, " and %d more", n - MOST_UNHEARD);
    ton_text_add(out, n ? ".</p>\n" : "");
}

void room_modes(struct ton_text *out, const struct ton_room_path *path) {
    static const char *const heads[][3] = {
        {"Resonance Hz", "measured"},
        {"Over dB", "above the response an octave wide around it"},
        {"T60 s", "its own decay by 60 dB"},
        {"Mode Hz", "expected of the room's sides"},
        {"Off %", "measured re expected"},
        {"Kind", "how many pairs of walls it is between; half waves along length, width, height",
         "words"}};
    const bool expected = path->modes.n > 0;
    if (path->n_resonances == 0)
        ton_text_add(out, "<h4>Modes</h4><p>No resonance stands 3 dB out below 300 Hz.</p>\n");
    else
        room_open_table(out, expected ? "Modes" : "Resonances", heads, expected ? 6 : 3);
    for (int i = 0; i < path->n_resonances; i++) {
        const struct ton_room_resonance *const r = &path->resonances[i];
        const bool known = r->mode >= 0 && r->mode < path->modes.n;
        ton_text_printf(out, "<tr><th scope=\"row\" class=\"n\">%.1f</th>", r->hz);
        number(out, r->over_db, 1);
        number(out, r->t60_s, 2);
        if (expected)
            mode_cells(out, r->hz, known ? &path->modes.items[r->mode] : NULL);
        ton_text_add(out, "</tr>\n");
    }
    if (path->n_resonances > 0)
        room_close_table(out);
    if (expected && path->n_resonances > 0 &&
        path->resonances[path->n_resonances - 1].hz >= path->modes.dense_hz)
        ton_text_printf(out,
                        "<p class=\"soft note\">From %.0f Hz on the modes are too dense to name "
                        "one.</p>\n",
                        path->modes.dense_hz);
    unheard(out, path);
}

static void bells(struct ton_text *out, const struct ton_correction *c) {
    static const char *const heads[][3] = {{"Bell", "of the eq"},
                                           {"Frequency Hz", "its middle"},
                                           {"Gain dB", "at its middle"},
                                           {"Q", "how narrow it is"}};
    room_open_table(out, "Correction", heads, 4);
    for (int i = 0; i < c->n_bells; i++) {
        ton_text_printf(out, "<tr><th scope=\"row\" class=\"n\">%d</th>", i + 1);
        number(out, c->bells[i].hz, c->bells[i].hz < 100.0 ? 1 : 0);
        signed_number(out, c->bells[i].gain_db, 1);
        number(out, c->bells[i].q, 2);
        ton_text_add(out, "</tr>\n");
    }
    room_close_table(out);
}

static void reach(struct ton_text *out, const char *verb, double db, double hz) {
    ton_text_printf(out, " %s by up to %.1f dB (at %.0f Hz)", verb, fabs(db), hz);
}

void ton_room_page_add_fit(struct ton_text *out, bool many, const struct ton_correction_fit *f) {
    const bool lifts = f->boost_db >= 0.05, cuts = f->cut_db <= -0.05;
    if (lifts)
        reach(out, many ? "lift" : "lifts", f->boost_db, f->boost_hz);
    ton_text_add(out, lifts && cuts ? " and" : "");
    if (cuts)
        reach(out, many ? "cut" : "cuts", f->cut_db, f->cut_hz);
    if (!lifts && !cuts)
        ton_text_add(out, many ? " change nothing" : " changes nothing");
    ton_text_printf(out,
                    ", %.1f dB away from what is wanted (RMS), %.1f dB where most (at %.0f Hz).",
                    f->rms_db, fabs(f->off_db), f->off_hz);
}

static void nulls(struct ton_text *out, const struct ton_nulls *n) {
    if (n->n == 0)
        return;
    ton_text_printf(out, "<p>Left alone: %s at ", n->n == 1 ? "the null" : "the nulls");
    for (int i = 0; i < n->n; i++)
        ton_text_printf(out, "%s%.0f Hz",
                        i == 0          ? ""
                        : i == n->n - 1 ? " and "
                                        : ", ",
                        n->items[i].hz);
    ton_text_add(out, ". Sound is cancelled there, boost is cancelled with it and costs headroom "
                      "only: the correction goes straight over, as if there were none. Move the "
                      "loudspeaker or the listening place.</p>\n");
}

void room_correction(struct ton_text *out, const struct ton_room_page_path *path) {
    const struct ton_correction *const c = path->correction;
    if (!c)
        return;
    bells(out, c);
    ton_text_printf(out, "<p>Corrected from %.0f Hz to %.0f Hz, towards %s. %d bell%s", c->from_hz,
                    c->to_hz, path->target ? "the given target" : "a flat response", c->n_bells,
                    c->n_bells == 1 ? "" : "s");
    ton_room_page_add_fit(out, c->n_bells != 1, &c->bells_fit);
    ton_text_printf(out, " The filter of %d taps", c->taps);
    ton_room_page_add_fit(out, false, &c->fir_fit);
    ton_text_printf(out,
                    " Before, the response is %.1f dB RMS away from its target there; behind it, "
                    "it should be %.1f dB with the bells, %.1f dB with the filter.",
                    c->apart_db, c->bells_fit.apart_db, c->fir_fit.apart_db);
    ton_text_add(out, " The chains are softer by what they lift most, so a sine of full scale is "
                      "not clipped behind them; peaks of music that fills the scale may be.</p>\n");
    nulls(out, &c->nulls);
    if (path->chain || path->fir) {
        ton_text_add(out, "<p>For the monitor path: ");
        if (path->chain)
            html_link(out, path->chain, path->chain);
        ton_text_add(out, path->chain && path->fir ? " · " : "");
        if (path->fir)
            html_link(out, path->fir, path->fir);
        ton_text_add(out, "</p>\n");
    }
}
