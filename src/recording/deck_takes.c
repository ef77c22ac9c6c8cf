/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the recorder has written becomes rows of production.db and clips in the session's text. */
#include "deck.h"

#include "passes.h"
#include "text.h"

#include "ton/path.h"

#define SILENT 0.001F /* -60 dBFS */

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory to write the takes down");
}

static const char *stem_of(const struct ton_deck *d, int arm) {
    return d->config.poly ? d->session_name : d->arms.tracks[arm].stem;
}

static bool is_free(struct ton_deck *d, int number) {
    for (int i = 0; i < (d->config.poly ? 1 : d->arms.n); i++) {
        const char *path = ton_arena_printf(d->arena, "%s/audio/%s_%02d.wav", d->config.folder,
                                            stem_of(d, i), number);
        if (!path || ton_path_exists(path) || ton_path_is_link(path))
            return false;
    }
    return true;
}

/* All tracks of one take have one number, which none of their files has yet, nor had. */
enum ton_code deck_next_number(int *number, struct ton_deck *d, struct ton_err *err) {
    *number = 1;
    for (int i = 0; i < d->arms.n; i++) {
        int next = 1;
        const enum ton_code code = ton_take_next(&next, d->db, d->session_name,
                                                 d->arms.items[i].track, stem_of(d, i), err);
        if (code)
            return code;
        *number = next > *number ? next : *number;
    }
    while (!is_free(d, *number) && !ton_arena_failed(d->arena))
        ++*number;
    return ton_arena_failed(d->arena) ? no_memory(err) : TON_OK;
}

static const char *track_names(struct ton_deck *d, int track) {
    if (track >= 0)
        return d->arms.items[track].track;
    struct ton_text names = {0};
    for (int i = 0; i < d->arms.n; i++)
        ton_text_printf(&names, "%s%s", i ? ", " : "", d->arms.items[i].track);
    const char *own = names.failed ? NULL : ton_arena_text(d->arena, names.data);
    ton_text_free(&names);
    return own ? own : "";
}

static int channels_of(const struct ton_deck *d, int track) {
    int n = 0;
    for (int i = 0; i < d->arms.n; i++)
        n += track < 0 || track == i ? d->arms.items[i].n_inputs : 0;
    return n;
}

/* A line for each channel. */
static const char *input_lines(struct ton_deck *d, int track) {
    struct ton_text lines = {0};
    for (int i = 0; i < d->arms.n; i++)
        for (int k = 0; k < d->arms.items[i].n_inputs && (track < 0 || track == i); k++)
            ton_text_printf(&lines, "%s%s", lines.length ? "\n" : "", d->arms.items[i].inputs[k]);
    const char *own = lines.failed ? NULL : ton_arena_text(d->arena, lines.data);
    ton_text_free(&lines);
    return own;
}

static enum ton_code begin(struct ton_deck *d, const struct ton_recorded *r, struct ton_err *err) {
    struct deck_take *take = TON_PUSH(d->arena, d->takes, d->n_takes, d->takes_capacity);
    const char *file = ton_arena_text(d->arena, r->file);
    if (!take || !file)
        return no_memory(err);
    take->row = (struct ton_take_row){
        .session = d->session_name,
        .track = track_names(d, r->track),
        .file = file,
        .number = r->number,
        .press = r->press,
        .pass = r->pass,
        .began = ton_arena_text(d->arena, r->began),
        .rate = d->reading->session->rate,
        .channels = channels_of(d, r->track),
        .place = r->place,
        .pre_roll = r->pre_roll,
        .frames = -1,
        .inputs = input_lines(d, r->track),
        .heard_to = d->fixed ? d->punch_out : 0,
        .scene = d->config.scene,
        .note = d->config.note,
    };
    const enum ton_code code = ton_take_begin(d->db, &take->row, err);
    if (code)
        return code;
    struct ton_deck_event *event = deck_add_event(d, TON_DECK_RECORDS);
    event->file = file;
    event->track = take->row.track;
    event->number = r->number;
    return TON_OK;
}

static enum ton_code note_gap(struct ton_deck *d, const struct deck_take *take,
                              const struct ton_recorded_gap *gap, struct ton_err *err) {
    struct ton_mark_row row = {.take = take->row.id,
                               .session = d->session_name,
                               .kind = gap->overrun ? TON_MARK_LOST : TON_MARK_XRUN,
                               .at = gap->at,
                               .frames = gap->frames,
                               .text = gap->overrun ? "the disk stood still for too long"
                                                    : "lost by the device"};
    const enum ton_code code = ton_mark_add(d->db, &row, err);
    if (code)
        return code;
    struct ton_deck_event *event = deck_add_event(d, TON_DECK_XRUN);
    event->file = take->row.file;
    event->at = gap->at;
    event->frames = gap->frames;
    event->text = row.text;
    return TON_OK;
}

/* Written down where it begins, and where it ends: until then it goes on as long as the take. */
static enum ton_code note_clips(struct ton_deck *d, struct deck_take *take,
                                const struct ton_recorded *r, struct ton_err *err) {
    enum ton_code code = TON_OK;
    while (take->n_clips < r->n_clips && !code) {
        const struct ton_recorded_clip *clip = &r->clips[take->n_clips];
        const bool ended =
            take->n_clips + 1 < r->n_clips || r->finished || r->frames > clip->from + clip->frames;
        if (!ended && take->clip_goes_on)
            break;
        code = ton_clip_note(d->db,
                             &(struct ton_clip_row){.take = take->row.id,
                                                    .at = clip->from,
                                                    .place = clip->at,
                                                    .frames = ended ? clip->frames : -1},
                             err);
        take->n_clips += ended;
        take->clip_goes_on = !ended;
    }
    return code;
}

/* Of a track alone, of all in one file (track -1), of one of them. */
static struct ton_recorder_meter level_of(const struct ton_deck *d, const struct ton_recorded *r,
                                          int track) {
    struct ton_recorder_meter level = {0};
    for (int i = 0; i < d->arms.n; i++)
        for (int k = 0; k < d->arms.tracks[i].n_inputs && (track < 0 || track == i); k++) {
            const struct ton_recorder_meter *input = &r->levels[d->arms.tracks[i].inputs[k]];
            level.held = input->held > level.held ? input->held : level.held;
            level.overs += input->overs;
        }
    return level;
}

/* Of a loop the first pass says it. */
static void warn_of_silence(struct ton_deck *d, const struct ton_recorded *r) {
    for (int i = 0; i < d->arms.n && r->pass == 0 && r->frames > 0; i++)
        if ((r->track < 0 || r->track == i) && level_of(d, r, i).held < SILENT)
            deck_warn(d,
                      "%s: track `%s` is silent, nothing in it is above -60 dBFS: is input `%s` "
                      "the right one?",
                      r->file, d->arms.items[i].track, d->tracks[i].inputs);
}

/* Integers end at 0 dBFS; what stood in the ports above it would have fitted into floats, and what
 * a converter cut is so in both. */
static void warn_of_clipping(struct ton_deck *d, const struct ton_recorded *r) {
    for (int i = 0; i < d->arms.n && d->config.bits != 32; i++) {
        const struct ton_recorder_meter level = level_of(d, r, i);
        char places[48] = "";
        if ((r->track >= 0 && r->track != i) || (level.overs == 0 && level.held <= 1))
            continue;
        if (level.overs)
            snprintf(places, sizeof places, " in %lld place%s", (long long)level.overs,
                     level.overs == 1 ? "" : "s");
        deck_warn(d, "%s: track `%s` is clipped at 0 dBFS%s: turn its input down%s", r->file,
                  d->arms.items[i].track, places,
                  level.held > 1 ? ", or record with `--format float`" : "");
    }
}

/* What was lost is written piece by piece too, and is as long as it is when something follows. */
static bool is_over(const struct ton_recorded_gap *gap, const struct ton_recorded *r) {
    return r->finished || gap->at + gap->frames < r->frames;
}

/* Its length and its level, once. */
static void tell_take(struct ton_deck *d, size_t take, const struct ton_recorded *r) {
    if (take < d->n_told)
        return;
    d->n_told = take + 1;
    struct ton_deck_event *event = deck_add_event(d, TON_DECK_TAKE);
    event->file = ton_arena_text(d->arena, r->file);
    event->track = track_names(d, r->track);
    event->number = r->number;
    event->frames = r->frames;
    const struct ton_recorder_meter level = level_of(d, r, r->track);
    event->peak = level.held;
    event->overs = level.overs;
    warn_of_silence(d, r);
    warn_of_clipping(d, r);
}

static enum ton_code follow(struct ton_deck *d, struct deck_take *take,
                            const struct ton_recorded *r, struct ton_err *err) {
    enum ton_code code = note_clips(d, take, r, err);
    if (!code && r->n_clips && take->row.place != r->place) { /* it is known since it rolls */
        code = ton_take_move(d->db, take->row.id, r->place, err);
        take->row.place = code ? take->row.place : r->place;
    }
    while (take->n_gaps < r->n_gaps && !code && is_over(&r->gaps[take->n_gaps], r)) {
        code = note_gap(d, take, &r->gaps[take->n_gaps], err);
        take->n_gaps += !code;
    }
    if (code || !r->finished || take->ended)
        return code;
    code = ton_take_end(d->db, take->row.id, r->frames, err);
    if (code)
        return code;
    take->ended = true;
    take->row.frames = r->frames;
    tell_take(d, (size_t)(take - d->takes), r);
    return TON_OK;
}

static enum ton_code note(struct ton_deck *d, const struct ton_recorded *recorded, int n,
                          int64_t cut, struct ton_err *err) {
    enum ton_code code = TON_OK;
    for (int i = 0; i < n && !code; i++) {
        const size_t take = d->n_settled + (size_t)i;
        if (take == d->n_takes)
            code = begin(d, &recorded[i], err);
        if (!code)
            code = follow(d, &d->takes[take], &recorded[i], err);
    }
    for (; d->rows_placed < d->n_placed && d->rows_placed < d->n_takes && !code; d->rows_placed++)
        code = ton_take_placed(d->db, d->takes[d->rows_placed].row.id, err);
    return code ? code : deck_note_marks(d, recorded, n, cut, err);
}

/* What is known of the takes, as it was before something failed. */
struct known {
    struct deck_take *takes; /* those that are not settled */
    size_t n_takes, rows_placed, marks_noted, n_told, n_events;
};

static bool keep(struct known *k, struct ton_arena *arena, const struct ton_deck *d) {
    const size_t n = d->n_takes - d->n_settled;
    *k = (struct known){TON_NEW_N(arena, struct deck_take, n + 1),
                        d->n_takes,
                        d->rows_placed,
                        d->marks_noted,
                        d->n_told,
                        d->n_events};
    if (k->takes && n > 0)
        memcpy(k->takes, d->takes + d->n_settled, n * sizeof *k->takes);
    return k->takes != NULL;
}

static void go_back(struct ton_deck *d, const struct known *k) {
    if (k->n_takes > d->n_settled)
        memcpy(d->takes + d->n_settled, k->takes, (k->n_takes - d->n_settled) * sizeof *k->takes);
    d->n_takes = k->n_takes;
    d->rows_placed = k->rows_placed;
    d->marks_noted = k->marks_noted;
    d->n_told = k->n_told;
    d->n_events = k->n_events;
}

/* A mark that waits may be in any of them. */
static void settle(struct ton_deck *d) {
    while (d->marks_noted == d->n_marks && d->n_settled < d->n_takes &&
           d->takes[d->n_settled].ended)
        d->n_settled++;
}

/* What is new at this moment is there together, or is new again the next time. */
enum ton_code deck_note_takes(struct ton_deck *d, struct ton_err *err) {
    struct ton_arena *arena = ton_arena_create();
    struct ton_recorded *recorded;
    struct known known;
    struct ton_recorder_status status;
    int n = 0;
    if (!arena || !keep(&known, arena, d)) {
        ton_arena_destroy(arena);
        return no_memory(err);
    }
    ton_recorder_status(d->recorder, &status); /* first: the takes are known at least so far */
    enum ton_code code =
        ton_recorder_takes(&recorded, &n, arena, d->recorder, (int)d->n_settled, err);
    ton_rows_begin(d->db);
    if (!code)
        code = note(d, recorded, n, status.cut, err);
    code = ton_rows_end(d->db, code, err);
    if (code)
        go_back(d, &known);
    else
        settle(d);
    ton_arena_destroy(arena);
    return code;
}

void deck_tell_takes(struct ton_deck *d) {
    struct ton_arena *arena = ton_arena_create();
    struct ton_recorded *recorded;
    int n = 0;
    if (arena && !ton_recorder_takes(&recorded, &n, arena, d->recorder, (int)d->n_settled, NULL))
        for (int i = 0; i < n && recorded[i].finished; i++)
            tell_take(d, d->n_settled + (size_t)i, &recorded[i]);
    ton_arena_destroy(arena);
}

/* The clips of takes: one a track, and one more where the places leapt. */
struct placings {
    struct ton_arena *arena;
    struct ton_placing *items;
    size_t n, capacity;
};

static void place_clip(struct placings *p, const struct ton_deck *d, const struct ton_recorded *r,
                       const struct ton_recorded_clip *clip, int track, int channel, bool heard) {
    const struct arm *arm = &d->arms.items[track];
    const struct ton_placing share = {.track = arm->track,
                                      .channel = channel,
                                      .channel_right =
                                          channel && arm->n_inputs == 2 ? channel + 1 : 0,
                                      .inputs = arm->inputs,
                                      .n_inputs = arm->n_inputs};
    struct ton_placing placing;
    if (!text_clip(&placing, &share, ton_arena_text(p->arena, r->file), clip, heard))
        return;
    struct ton_placing *slot = TON_PUSH(p->arena, p->items, p->n, p->capacity);
    if (slot)
        *slot = placing;
}

/* In a file of all tracks each has its channels. */
static void place_take(struct placings *p, const struct ton_deck *d, const struct ton_recorded *r,
                       bool heard) {
    for (int c = 0; c < r->n_clips; c++) {
        int channel = 1;
        for (int track = 0; track < d->arms.n; track++) {
            if (r->track < 0)
                place_clip(p, d, r, &r->clips[c], track, channel, heard);
            else if (r->track == track)
                place_clip(p, d, r, &r->clips[c], track, 0, heard);
            channel += d->arms.items[track].n_inputs;
        }
    }
}

static enum ton_code write_text(struct ton_deck *d, const struct placings *p, struct ton_err *err) {
    struct ton_problems problems;
    ton_problems_init(&problems, p->arena);
    const enum ton_code code =
        text_place(d->config.session, p->arena, p->items, (int)p->n, &problems, err);
    for (size_t i = 0; i < problems.n; i++)
        deck_warn(d, "%s: %s", problems.items[i].where, problems.items[i].text);
    return code;
}

/* Nothing is lost: a person can write what the program could not, or mend what is wrong. */
static void tell_clips(struct ton_deck *d, const struct placings *p) {
    for (size_t i = 0; i < p->n; i++) {
        const char *words = ton_placing_text(p->arena, d->reading->session, &p->items[i]);
        deck_warn(d, "the clip of track `%s` is not written: %s", p->items[i].track,
                  words ? words : p->items[i].take);
    }
}

static enum ton_code fail_to_place(struct ton_deck *d, const struct placings *p, enum ton_code code,
                                   const struct ton_err *why, struct ton_err *err) {
    tell_clips(d, p);
    return ton_fail(
        err, code, why->where[0] ? why->where : d->config.session,
        "%s%sthe takes are whole in audio/, and `ton record --recover` writes their clips "
        "when this is mended",
        why->text, *why->text ? "; " : "");
}

static void tell_placed(struct ton_deck *d, const struct placings *p) {
    for (size_t i = 0; i < p->n; i++) {
        struct ton_deck_event *event = deck_add_event(d, TON_DECK_PLACED);
        event->file = ton_arena_text(d->arena, p->items[i].take);
        event->track = p->items[i].track;
        event->at = p->items[i].stands_at;
        event->frames = p->items[i].stands_frames;
        event->heard = p->items[i].heard;
        event->text = ton_arena_text(d->arena, p->items[i].gave_way);
    }
}

static bool is_retaken(const struct ton_deck *d, int press) {
    size_t i = 0;
    while (i < d->n_retaken && d->retaken[i] != press)
        i++;
    return i < d->n_retaken;
}

/* All clips that are still to be written. */
static enum ton_code list_placings(struct placings *p, int *n, struct ton_deck *d,
                                   struct ton_err *err) {
    struct ton_recorded *recorded;
    const enum ton_code code =
        ton_recorder_takes(&recorded, n, p->arena, d->recorder, (int)d->n_placed, err);
    bool *heard = code ? NULL : TON_NEW_N(p->arena, bool, *n + 1);
    if (code || !heard || !passes_find_heard(heard, p->arena, recorded, *n))
        return code ? code : no_memory(err);
    for (int i = 0; i < *n; i++)
        place_take(p, d, &recorded[i], heard[i] && !is_retaken(d, recorded[i].press));
    return ton_arena_failed(p->arena) ? no_memory(err) : TON_OK;
}

enum ton_code deck_place_takes(struct ton_deck *d, struct ton_err *err) {
    struct placings p = {.arena = ton_arena_create()};
    struct ton_err why = {.code = TON_OK};
    int n = 0;
    enum ton_code code = p.arena ? list_placings(&p, &n, d, err) : no_memory(err);
    if (!code && p.n) {
        code = write_text(d, &p, &why);
        code = code ? fail_to_place(d, &p, code, &why, err) : TON_OK;
    }
    if (!code) {
        tell_placed(d, &p);
        d->n_placed += (size_t)n;
    }
    ton_arena_destroy(p.arena);
    return code;
}
