/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lower lines of a terminal: what the deck does, time, meters, what is left of the disk, keys.
 * Drawn over themselves; what is told meanwhile stays above them. What does not fit into a line
 * stands in the next. */
#include "screen.h"
#include "face.h"

#include "print.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

enum { BAR = 30, LEAST_BAR = 4, NAME = 20, LEAST_NAME = 4 };
enum { LEVELS = 27 }; /* columns of a meter behind its bar: "  -3.0  held  -0.1  12 OVER" */

static struct screen screen;

/* A part of the screen: lines, and how far the last of them has come. */
struct part {
    struct ton_text text;
    int width, column, lines;
};

static void end_line(struct part *p) {
    if (p->column == 0)
        return;
    ton_text_add(&p->text, "\n");
    p->lines++;
    p->column = 0;
}

/* On the line, or on the next one. */
static void TON_PRINTF(3, 4) add(struct part *p, const char *in, const char *format, ...) {
    enum { GAP = 3 };
    char words[200];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    const int columns = ton_columns_of(words, strlen(words));
    if (p->column > 0 && p->column + GAP + columns > p->width)
        end_line(p);
    const int gap = p->column > 0 ? GAP : 0;
    ton_text_printf(&p->text, "%*s%s%s%s", gap, "", in, words, *in ? PLAIN : "");
    p->column += gap + columns;
}

static const char *length(char out[32], double seconds) {
    if (seconds >= 36000)
        snprintf(out, 32, "%.0f h", floor(seconds / 3600));
    else if (seconds >= 600)
        snprintf(out, 32, "%.0f min", floor(seconds / 60));
    else
        snprintf(out, 32, "%.0f s", floor(seconds));
    return out;
}

static void add_state(struct part *p, enum ton_deck_state state) {
    char word[8] = "", all[32];
    const bool rec = state == TON_DECK_IN;
    const bool plain = state == TON_DECK_STOPPED || state == TON_DECK_PLAYS;
    for (int i = 0; deck_states[state][i]; i++)
        word[i] = (char)toupper((unsigned char)deck_states[state][i]);
    snprintf(all, sizeof all, "%s%s", rec ? RED : plain ? "" : YELLOW, BOLD);
    add(p, all, "%-5s", word);
}

static void add_place(struct part *p, const struct deck_session *s, int64_t frame) {
    const struct ton_session *session = ton_deck_session(s->deck);
    char time[32];
    int bar, beat;
    double tick;
    add(p, "", "%s", ton_time_format(time, sizeof time, frame, session->rate));
    if (!session->has_tempo || frame < 0)
        return;
    ton_tempo_position(session->tempo, (double)frame, &bar, &beat, &tick);
    add(p, "", "%d|%d", bar, beat);
}

static void add_pass(struct part *p, const struct ton_deck_config *c, int64_t passes) {
    if (c->loop && c->passes)
        add(p, "", "pass %lld of %d", (long long)(passes < c->passes ? passes + 1 : passes),
            c->passes);
    else if (c->loop)
        add(p, "", "pass %lld", (long long)passes + 1);
}

/* How long the disk may stand still, and how long it lasts. */
static void add_room(struct part *p, const struct deck_session *s,
                     const struct ton_recorder_status *r, int rate) {
    char text[32];
    const double kept = (double)r->captured / rate;
    if (s->standby && s->config->pre_roll_s > 0)
        add(p, "", "pre-roll %s", length(text, fmin(kept, s->config->pre_roll_s)));
    add(p, r->worst_fill_s > r->ring_s / 2 ? RED : "", "ring %.1f of %g s", r->worst_fill_s,
        r->ring_s);
    if (r->disk_free >= 0)
        add(p, r->disk_s < 600 ? RED : "", "disk %s", length(text, r->disk_s));
}

static void add_transport(struct part *p, const struct deck_session *s,
                          const struct ton_deck_status *st) {
    add_state(p, st->state);
    add_place(p, s, st->transport.frame);
    add_pass(p, s->config, st->transport.passes);
    if (st->recording)
        add(p, "", "take %d", st->number);
    if (st->monitor)
        add(p, "", "in %s", deck_monitor_modes[st->monitor]);
    if (st->chain)
        add(p, st->chain_heard ? "" : YELLOW, "chain %s", st->chain_heard ? "on" : "off");
    if (s->records)
        add_room(p, s, &st->recorder, st->rate);
    if (st->device.xruns)
        add(p, RED, "%lld xrun%s", (long long)st->device.xruns, st->device.xruns == 1 ? "" : "s");
    if (st->transport.late_blocks && s->config->speed > 0)
        add(p, RED, "%lld late", (long long)st->transport.late_blocks);
    end_line(p);
}

static void add_mix(struct part *p, const struct ton_mix_levels *mix) {
    char left[16], right[16], held[16];
    const int64_t overs = mix->overs[0] + mix->overs[1];
    add(p, "", "mix %s%s", screen_level(left, mix->peak[0]), screen_level(right, mix->peak[1]));
    add(p, "", "held%s dBFS", screen_level(held, fmaxf(mix->held[0], mix->held[1])));
    if (isfinite(mix->short_term_lufs))
        add(p, "", "%5.1f LUFS-S", mix->short_term_lufs);
    else
        add(p, "", " -inf LUFS-S");
    if (overs)
        add(p, RED, "%lld OVER", (long long)overs);
    end_line(p);
}

/* The timecode that comes in, how far it is from what rolls, and how its clock drifts. */
static void add_timecode(struct part *p, const struct ton_deck_status *st) {
    char text[TON_TIMECODE_TEXT];
    if (!st->ltc.present) {
        add(p, "", "LTC no timecode comes in");
    } else {
        add(p, "", "LTC %s", ton_timecode_format(text, st->ltc.now, st->ltc.fps));
        add(p, "", "%s fps", ton_fps_name(st->ltc.fps));
        if (isfinite(st->ltc_offset))
            add(p, "", "off by %+.1f samples", st->ltc_offset);
        if (isfinite(st->ltc.drift_ppm))
            add(p, "", "drift %+.2f ppm", st->ltc.drift_ppm);
    }
    end_line(p);
}

/* Which side of a track a meter is of: ` L`, ` R`; of one alone nothing. */
static const char *side_of(const struct ton_deck_track *track, int meter) {
    return track->n_meters < 2 ? "" : meter ? " R" : " L";
}

static int columns_of(const struct ton_deck_track *track) {
    return ton_columns_of(track->name, strlen(track->name)) + (int)strlen(side_of(track, 0));
}

static void add_bar(struct ton_text *t, const struct ton_recorder_meter *m, int bar) {
    char peak[16], held[16];
    screen_add_bar(t, m->peak, bar);
    ton_text_printf(t, "%s  held%s", screen_level(peak, m->peak), screen_level(held, m->held));
    if (m->overs)
        ton_text_printf(t, "  %s%lld OVER%s", RED, (long long)m->overs, PLAIN);
    ton_text_add(t, "\n");
}

/* Of the longest name; the bar's gets the rest. */
static int name_width(const struct ton_deck_status *st, int width) {
    const int room = width - 1 - LEAST_BAR - LEVELS;
    int name = LEAST_NAME;
    for (int i = 0; i < st->n_tracks; i++) {
        const int n = columns_of(&st->tracks[i]);
        name = n > name ? n : name;
    }
    name = name > NAME ? NAME : name;
    return name > room && room >= LEAST_NAME ? room : room < LEAST_NAME ? LEAST_NAME : name;
}

/* Those that do not fit are counted. */
static void add_meters(struct part *p, const struct ton_deck_status *st, int room) {
    const int name = name_width(st, p->width), left = p->width - 1 - name - LEVELS;
    const int bar = left > BAR ? BAR : left < LEAST_BAR ? LEAST_BAR : left;
    const int before = p->lines;
    for (int i = 0; i < st->n_tracks; i++) {
        const struct ton_deck_track *track = &st->tracks[i];
        if (p->lines - before + track->n_meters > room - (i < st->n_tracks - 1)) {
            const int n = st->n_tracks - i;
            add(p, "", n == 1 ? "and %d more" : "and %d more tracks", n);
            end_line(p);
            return;
        }
        for (int k = 0; k < track->n_meters; k++, p->lines++) {
            screen_add_name(&p->text, track->name, side_of(track, k), name);
            add_bar(&p->text, &st->meters[track->meters[k]], bar);
        }
    }
}

void deck_screen_clear(void) {
    screen_clear(&screen);
}

/* What stands below the meters. */
static void write_foot(struct part *p, const struct deck_session *s,
                       const struct ton_deck_status *status) {
    if (status->hears_ltc)
        add_timecode(p, status);
    for (const char *word = s->note; *word;) {
        const size_t n = strcspn(word, " ");
        const int columns = ton_columns_of(word, n);
        if (p->column > 0 && p->column + 1 + columns > p->width)
            end_line(p);
        ton_text_printf(&p->text, "%s%.*s", p->column ? " " : "", (int)n, word);
        p->column += columns + (p->column > 0);
        word += n + strspn(word + n, " ");
    }
    end_line(p);
}

/* Lines of meters that are worth more than a list of keys. */
static int meters_wanted(const struct ton_deck_status *st) {
    enum { FIRST_ONES = 4 };
    int n = 0;
    for (int i = 0; i < st->n_tracks && n < FIRST_ONES; i++)
        n += st->tracks[i].n_meters;
    return n;
}

void deck_screen_draw(const struct deck_session *s, const struct ton_deck_status *status) {
    const int columns = ton_screen_width(stdout), width = columns ? columns : 80;
    struct part head = {.width = width}, foot = {.width = width};
    struct ton_text keys = {0};
    add_transport(&head, s, status);
    add_mix(&head, &status->mix);
    write_foot(&foot, s, status);
    const int n_keys = deck_keys_text(&keys, s, width);
    /* One line stays for the cursor. */
    int room = screen_lines() - head.lines - foot.lines - 1;
    const bool has_keys = room - n_keys >= (s->records ? meters_wanted(status) : 0);
    room -= has_keys ? n_keys : 0;
    if (s->records && room > 0)
        add_meters(&head, status, room);
    if (!head.text.failed && !foot.text.failed && !keys.failed) {
        struct ton_text all = {0};
        ton_text_add(&all, head.text.data);
        ton_text_add(&all, foot.text.data ? foot.text.data : "");
        ton_text_add(&all, has_keys ? keys.data : "");
        screen_draw(&screen, &all, head.lines + foot.lines + (has_keys ? n_keys : 0));
        ton_text_free(&all);
    }
    ton_text_free(&head.text);
    ton_text_free(&foot.text);
    ton_text_free(&keys);
}
