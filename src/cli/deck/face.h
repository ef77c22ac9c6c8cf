/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `ton play` and `ton record` share: a deck that is commanded by keys or by lines, and shown
 * as a screen or as events. */
#ifndef TON_CLI_DECK_FACE_H
#define TON_CLI_DECK_FACE_H

#include "device_choice.h"
#include "settings.h"

#include "ton/deck.h"
#include "ton/text.h"

/* Options of both verbs. */
extern const char *const deck_leaders[];
extern const char *const deck_states[];        /* by enum ton_deck_state */
extern const char *const deck_monitor_modes[]; /* by enum ton_monitor_mode */
#define DECK_OPTIONS                                                                               \
    TON_OPTION_DEVICE,                                                                             \
        {.key = "outputs",                                                                         \
         .label = "L,R",                                                                           \
         .kind = TON_TEXT,                                                                         \
         .help =                                                                                   \
             "Where the mix is heard: numbers of outputs or names of ports; `1,2` otherwise."},    \
        {.key = "monitor_chain",                                                                   \
         .label = "FILE",                                                                          \
         .kind = TON_PATH,                                                                         \
         .help = "A file with a chain, written as a preset is, that all you hear goes through: "   \
                 "the correction of a room. Nothing that is rendered has it. Otherwise what "      \
                 "`monitor chain` in config.yaml says, as `on` does; off: none."},                 \
        {.key = "period",                                                                          \
         .label = "FRAMES",                                                                        \
         .kind = TON_COUNT,                                                                        \
         .min = 0,                                                                                 \
         .max = 8192,                                                                              \
         .flags = TON_ROW_OFF_MIN,                                                                 \
         .help = "Frames a period, where the device lets us choose; off: as it likes."},           \
        {.key = "speed",                                                                           \
         .label = "TIMES",                                                                         \
         .kind = TON_NUMBER,                                                                       \
         .min = 0,                                                                                 \
         .max = 1000,                                                                              \
         .def = 1,                                                                                 \
         .digits = 3,                                                                              \
         .help = "Of the device `null` alone: how many times as fast as the clock it runs; 0: as " \
                 "fast as it can."},                                                               \
        {.key = "from",                                                                            \
         .label = "TIME",                                                                          \
         .kind = TON_TEXT,                                                                         \
         .help = "Start here: `1:02.5`, `17|1`, `48000 samples` (the last two in quotes), or a "   \
                 "section's name."},                                                               \
        {.key = "to", .label = "TIME", .kind = TON_TEXT, .help = "Stop at this place."},           \
        {.key = "loop", .kind = TON_SWITCH, .help = "From `--from` to `--to`, again and again."},  \
        {.key = "solo",                                                                            \
         .label = "STRIP",                                                                         \
         .kind = TON_TEXT,                                                                         \
         .flags = TON_ROW_MANY,                                                                    \
         .help = "Hear this track or bus alone; may be given several times."},                     \
        {.key = "mute",                                                                            \
         .label = "STRIP",                                                                         \
         .kind = TON_TEXT,                                                                         \
         .flags = TON_ROW_MANY,                                                                    \
         .help = "Do not hear this track or bus; may be given several times."},                    \
        {.key = "click_to",                                                                        \
         .label = "PORT",                                                                          \
         .kind = TON_TEXT,                                                                         \
         .help = "An output of the click's own; it is heard in the mix otherwise."},               \
        {.key = "click_gain",                                                                      \
         .kind = TON_NUMBER,                                                                       \
         .unit = TON_UNIT_DB,                                                                      \
         .min = -60,                                                                               \
         .max = 12,                                                                                \
         .def = -12,                                                                               \
         .digits = 1,                                                                              \
         .help = "Level of the click's accents."},                                                 \
        {.key = "follow",                                                                          \
         .kind = TON_CHOICE,                                                                       \
         .choices = deck_leaders,                                                                  \
         .def = -1,                                                                                \
         .help = "Roll when, and where, this says: the transport that all programs of the JACK "   \
                 "server share, or timecode that comes in (`--ltc-in`)."},                         \
        {.key = "lead",                                                                            \
         .kind = TON_SWITCH,                                                                       \
         .help = "Other programs of the JACK server roll along."},                                 \
        {.key = "ltc_in",                                                                          \
         .label = "PORT",                                                                          \
         .kind = TON_TEXT,                                                                         \
         .help = "Where timecode comes in as sound; its drift against the device is shown."},      \
        {.key = "ltc_out",                                                                         \
         .label = "PORT",                                                                          \
         .kind = TON_TEXT,                                                                         \
         .help = "Where timecode goes out as sound while it rolls."},                              \
        {.key = "timecode",                                                                        \
         .label = "HH:MM:SS:FF",                                                                   \
         .kind = TON_TEXT,                                                                         \
         .help = "The timecode of the timeline's start; 00:00:00:00 otherwise."},                  \
        {.key = "drop_frame",                                                                      \
         .kind = TON_SWITCH,                                                                       \
         .help = "Timecode of 29.97 frames a second drops numbers."},                              \
        {.key = "midi_out",                                                                        \
         .label = "PORT",                                                                          \
         .kind = TON_TEXT,                                                                         \
         .help = "A JACK MIDI port that gets a clock (where the session has a tempo) and MIDI "    \
                 "timecode."},                                                                     \
    {                                                                                              \
        .key = "json", .kind = TON_SWITCH,                                                         \
        .help = "Print one JSON object a line for what happens, and obey lines on standard input." \
    }

/* deck_options.c. For verbs that ask of recordings and would find none in the wrong folder: this
 * one is of a production, or has sessions; else TON_INPUT. */
enum ton_code deck_check_folder(struct ton_arena *arena, struct ton_err *err);
/* What both verbs were given; what is only `ton record`'s is left as it is. The
 * session is the argument, or the only one there is. */
enum ton_code deck_configure(struct ton_deck_config *config, struct ton_settings *settings,
                             const struct ton_given *given, struct ton_err *err);

/* face.c: opens, runs until the end or the wish to stop, and closes. */
enum ton_code deck_run(const struct ton_given *given, const struct ton_deck_config *config,
                       const struct ton_settings *settings, bool rolls_at_once,
                       struct ton_err *err);
/* The program ends at once: the terminal is as it was, and what is left of takes is said. Safe in a
 * signal handler, and where no deck runs. */
void deck_abandon(void);

/* losses.c: what was lost, by device or disk, until it is told to a person. */
struct deck_losses {
    struct deck_loss *items;
    size_t n, capacity;
    int64_t told_ns; /* when the last ones were */
};
/* False: the event is of something else. Without memory it is forgotten; its mark is in the take.
 */
bool deck_losses_add(struct deck_losses *losses, struct ton_arena *arena,
                     const struct ton_deck_event *event);
/* The first at once; what comes within a second of it stays together. */
bool deck_losses_are_due(const struct deck_losses *losses, int64_t now);
/* A sentence a line, and none of them waits any longer. */
void deck_losses_write(struct ton_text *out, struct deck_losses *losses, int rate, int64_t now);

/* commands.c: one list of what a deck obeys, by key and by word. */
struct deck_session {
    struct ton_deck *deck;
    const struct ton_deck_config *config;
    struct ton_arena *arena;
    bool records, standby, json, quit;
    bool told_waiting;
    int click;
    struct deck_losses losses;
    char note[160]; /* the last thing that was said, for the screen */
};
/* TON_USAGE for a word that is none, with the nearest; what the deck says otherwise. */
enum ton_code deck_obey_line(struct deck_session *s, const char *line, struct ton_err *err);
enum ton_code deck_obey_key(struct deck_session *s, int key, struct ton_err *err);
/* "space play/stop · m mark …" in lines of that width; how many. */
int deck_keys_text(struct ton_text *out, const struct deck_session *s, int width);

/* input.c: a terminal's keys, or lines of a pipe. Neither is ever waited for longer than `ms`.
 */
enum { DECK_KEY_NONE = 0, DECK_KEY_LEFT = 0x100, DECK_KEY_RIGHT, DECK_KEY_HOME };
bool deck_input_open(bool lines); /* false: nobody commands */
int deck_input_key(int ms);       /* DECK_KEY_NONE: none came */
/* The next whole line, without its end, or NULL. Valid until the next call. */
const char *deck_input_line(int ms);
void deck_input_close(void); /* the terminal is as it was; safe in a signal handler */

/* screen.c: the lower lines of a terminal, drawn again and again. */
void deck_screen_draw(const struct deck_session *s, const struct ton_deck_status *status);
void deck_screen_clear(void);

/* tell.c: what happened, as a sentence or as JSON. */
void deck_tell(const struct deck_session *s, const struct ton_deck_event *event);
void deck_write_sentence(struct ton_text *out, const struct deck_session *s,
                         const struct ton_deck_event *event);
/* What was lost since, to a person. */
void deck_tell_losses(struct deck_session *s);
/* Where nobody sees a screen: what it waits for. */
void deck_tell_waiting(struct deck_session *s);
void deck_tell_status(const struct deck_session *s, const struct ton_deck_status *status);

#endif
