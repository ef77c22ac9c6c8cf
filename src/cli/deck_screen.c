/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lower lines of a terminal: transport, time, meters, what is left of the disk, keys. Drawn
 * over themselves; what is told meanwhile stays above them. */
#include "deck_face.h"

#include "print.h"

#include "ton/db.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BAR = 30, USUAL_LINES = 24, LEAST_DB = -60 };

static int lines_drawn;

static bool has_colours(void) {
    const char *no = getenv("NO_COLOR"); /* no-color.org */
    return !no || !*no;
}

static const char *colour(const char *code) {
    return has_colours() ? code : "";
}

#define RED colour("\033[31m")
#define GREEN colour("\033[32m")
#define BOLD colour("\033[1m")
#define PLAIN colour("\033[0m")

static int screen_lines(void) {
    struct winsize size = {.ws_row = 0};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row
                                                                           : USUAL_LINES;
}

static void add_length(struct ton_text *t, double seconds) {
    if (seconds >= 36000)
        ton_text_printf(t, "%.0f h", floor(seconds / 3600));
    else if (seconds >= 600)
        ton_text_printf(t, "%.0f min", floor(seconds / 60));
    else
        ton_text_printf(t, "%.0f s", floor(seconds));
}

static void add_level(struct ton_text *t, float level) {
    if (level > 0)
        ton_text_printf(t, "%6.1f", ton_gain_to_db((double)level));
    else
        ton_text_add(t, "  -inf");
}

static void add_place(struct ton_text *t, const struct deck_session *s, int64_t frame) {
    const struct ton_session *session = ton_deck_session(s->deck);
    char time[32];
    ton_text_add(t, ton_time_format(time, sizeof time, frame, session->rate));
    if (!session->has_tempo || frame < 0)
        return;
    int bar, beat;
    double tick;
    ton_tempo_position(session->tempo, (double)frame, &bar, &beat, &tick);
    ton_text_printf(t, "  %d|%d", bar, beat);
}

static void add_mix(struct ton_text *t, const struct ton_mix_levels *mix) {
    ton_text_add(t, "mix");
    for (int c = 0; c < 2; c++)
        add_level(t, mix->peak[c]);
    ton_text_add(t, "  held");
    add_level(t, fmaxf(mix->held[0], mix->held[1]));
    ton_text_add(t, " dBFS ");
    if (isfinite(mix->short_term_lufs))
        ton_text_printf(t, "%6.1f LUFS-S", mix->short_term_lufs);
    else
        ton_text_add(t, "  -inf LUFS-S");
    if (mix->overs[0] + mix->overs[1])
        ton_text_printf(t, "  %s%lld OVER%s", RED, (long long)(mix->overs[0] + mix->overs[1]),
                        PLAIN);
    ton_text_add(t, "\n");
}

static void add_transport(struct ton_text *t, const struct deck_session *s,
                          const struct ton_deck_status *st) {
    const char *what = st->transport.counting ? "COUNT"
                       : st->recording        ? "REC  "
                       : st->rolling          ? "PLAY "
                                              : "STOP ";
    ton_text_printf(t, "%s%s%s%s ", st->recording ? RED : "", BOLD, what, PLAIN);
    add_place(t, s, st->transport.frame);
    if (st->monitor)
        ton_text_printf(t, "   in %s", deck_monitor_modes[st->monitor]);
    if (st->recording)
        ton_text_printf(t, "   take %d", st->number);
    if (st->device.xruns)
        ton_text_printf(t, "   %s%lld xruns%s", RED, (long long)st->device.xruns, PLAIN);
    if (st->transport.late_blocks)
        ton_text_printf(t, "   %s%lld late%s", RED, (long long)st->transport.late_blocks, PLAIN);
    if (s->records && st->recorder.disk_free >= 0) {
        ton_text_add(t, "   disk ");
        add_length(t, st->recorder.disk_s);
    }
    ton_text_add(t, "\n");
}

/* The timecode that comes in, how far it is from what rolls, and how its clock drifts. */
static void add_timecode(struct ton_text *t, const struct ton_deck_status *st) {
    char text[TON_TIMECODE_TEXT];
    if (!st->ltc.present) {
        ton_text_add(t, "LTC  no timecode comes in\n");
        return;
    }
    ton_text_printf(t, "LTC  %s  %s fps", ton_timecode_format(text, st->ltc.now, st->ltc.fps),
                    ton_fps_name(st->ltc.fps));
    if (isfinite(st->ltc_offset))
        ton_text_printf(t, "   off by %+.1f samples", st->ltc_offset);
    if (isfinite(st->ltc.drift_ppm))
        ton_text_printf(t, "   drift %+.2f ppm", st->ltc.drift_ppm);
    ton_text_add(t, "\n");
}

static void add_bar(struct ton_text *t, const struct ton_recorder_meter *m) {
    const double db = m->peak > 0 ? ton_gain_to_db((double)m->peak) : LEAST_DB;
    int full = (int)lround((db - LEAST_DB) * BAR / -LEAST_DB);
    full = full < 0 ? 0 : full > BAR ? BAR : full;
    ton_text_add(t, db > -1 ? RED : GREEN);
    for (int i = 0; i < full; i++)
        ton_text_add(t, "█");
    ton_text_add(t, PLAIN);
    for (int i = full; i < BAR; i++)
        ton_text_add(t, "·");
    add_level(t, m->peak);
    ton_text_add(t, "  held");
    add_level(t, m->held);
    if (m->overs)
        ton_text_printf(t, "  %s%lld OVER%s", RED, (long long)m->overs, PLAIN);
    ton_text_add(t, "\n");
}

static int name_width(const struct ton_deck_status *st) {
    int width = 4;
    for (int i = 0; i < st->n_tracks; i++) {
        const int n = ton_columns_of(st->tracks[i].name, strlen(st->tracks[i].name));
        width = n > width ? n : width;
    }
    return width > 20 ? 20 : width;
}

/* Those that do not fit are counted. */
static int add_meters(struct ton_text *t, const struct ton_deck_status *st, int room) {
    int lines = 0;
    const int width = name_width(st);
    for (int i = 0; i < st->n_tracks; i++) {
        const struct ton_deck_track *track = &st->tracks[i];
        if (lines + track->n_meters > room - (i < st->n_tracks - 1)) {
            ton_text_printf(t, "and %d more tracks\n", st->n_tracks - i);
            return lines + 1;
        }
        for (int k = 0; k < track->n_meters; k++, lines++) {
            const int columns = ton_columns_of(track->name, strlen(track->name));
            ton_text_printf(t, "%s%*s ", track->name, columns < width ? width - columns : 0, "");
            add_bar(t, &st->meters[track->meters[k]]);
        }
    }
    return lines;
}

void deck_screen_clear(void) {
    if (lines_drawn)
        printf("\033[%dA\r\033[J", lines_drawn);
    lines_drawn = 0;
    fflush(stdout);
}

void deck_screen_draw(const struct deck_session *s, const struct ton_deck_status *status) {
    struct ton_text t = {0};
    const int above = lines_drawn;
    add_transport(&t, s, status);
    add_mix(&t, &status->mix);
    int lines = 2 + (s->records ? add_meters(&t, status, screen_lines() - 8) : 0);
    if (status->hears_ltc) {
        add_timecode(&t, status);
        lines++;
    }
    if (s->note[0]) {
        ton_text_printf(&t, "%s\n", s->note);
        lines++;
    }
    lines += deck_keys_text(&t, s->records, ton_screen_width(stdout));
    if (!t.failed) {
        if (above)
            printf("\033[%dA\r\033[J", above);
        /* A line that is wider than the terminal would take two. */
        printf("\033[?7l%s\033[?7h", t.data);
        lines_drawn = lines;
        fflush(stdout);
    }
    ton_text_free(&t);
}
