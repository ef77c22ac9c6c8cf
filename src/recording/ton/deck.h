/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DECK_H
#define TON_DECK_H

#include "ton/device.h"
#include "ton/mix_meter.h"
#include "ton/monitor.h"
#include "ton/recorder.h"
#include "ton/recordings.h"
#include "ton/timecode.h"

/* The tape deck: a device, a session that plays through it, tracks that are armed, and what becomes
 * of their takes. Takes and marks become rows of production.db, and clips in the session's text.
 * @thread main, all of it */
struct ton_deck;

/* Who says when it rolls. */
enum ton_follow { TON_FOLLOW_NOTHING, TON_FOLLOW_JACK, TON_FOLLOW_LTC };

struct ton_deck_config {
    const char *folder;  /* of the production */
    const char *session; /* path of the session's file */
    /* The device: as in ton_device_config. */
    const char *backend, *device, *server;
    int period_frames;
    double speed;
    const char *outputs[2]; /* where the mix goes; NULL: the first two physical ones */
    const char *click_to;   /* an output of the click's own; NULL: into the mix */
    /* Places as people write them; NULL: not given. */
    const char *from, *to;
    bool loop; /* between them */
    const char *const *solo, *const *mute;
    int n_solo, n_mute;
    enum ton_click click;
    float click_db;
    /* What stands between the mix (with inputs that are heard, and the click unless it has its own
     * output) and its outputs, read by ton_preset_read; must outlive the deck. NULL: nothing. */
    const struct ton_chain *monitor_chain;
    const char *monitor_chain_file; /* what it is called */
    /* Recording. */
    bool records;
    int rate;     /* Hz, of a session that is not there yet and is begun; 0: the device's */
    bool standby; /* it waits for the button, and keeps what was played before it */
    const char *const *arm; /* `Kick`, `Voice=1`, `Keys=3,4`; none: all tracks with an input */
    int n_arm;
    const char *punch_in, *punch_out;
    const char *length; /* stop by itself after so long; NULL */
    int passes;         /* of the loop, then stop; 0: until told */
    int count_in_bars;
    int bits; /* 24 or 32 (float) */
    bool poly;
    double pre_roll_s, ring_s; /* as in ton_recorder_config */
    int64_t latency;           /* frames from an output to an input; -1: what the ports claim */
    const char *latency_text;  /* the same as people write it; NULL: not given */
    enum ton_monitor_mode monitor;
    const char *scene, *tape, *note;
    /* As in ton_transport_config: what plug-ins make of the session; NULL: they are refused. */
    enum ton_code (*settle)(void *user, struct ton_plan *plan, struct ton_err *err);
    void *settle_user;
    /* In step with others. */
    enum ton_follow follow;
    bool leads; /* the server's transport, which all programs share, rolls with it;
                   `follow` is JACK then */
    const char *ltc_in, *ltc_out; /* ports with timecode as sound */
    const char *timecode;         /* of the timeline's start; NULL: 00:00:00:00 */
    bool drop_frame;
    const char *midi_out; /* port that gets MIDI timecode, and a clock where there is a tempo */
};

/* All is read, checked, opened and connected; nothing rolls. All that is wrong with the session
 * goes to `problems`. Errors beside those of ton_device_open: another `ton` holds the production,
 * a track without an input, a place that the tempo map does not have, no space on the disk. */
enum ton_code ton_deck_open(struct ton_deck **out, const struct ton_deck_config *config,
                            struct ton_problems *problems, struct ton_err *err);
/* Stops what runs, and writes down what waits to be; for who holds the database it waits up to five
 * seconds, and says (as events) what could not be written. */
void ton_deck_finish(struct ton_deck *deck);
/* Finishes too. NULL is fine. */
void ton_deck_close(struct ton_deck *deck);

enum ton_code ton_deck_roll(struct ton_deck *deck, struct ton_err *err);
/* Stops rolling; what was recorded is finished, judged and placed when it returns. */
enum ton_code ton_deck_stop(struct ton_deck *deck, struct ton_err *err);
/* The button: rolls when it does not roll yet; a new take number. */
enum ton_code ton_deck_record(struct ton_deck *deck, struct ton_err *err);
/* The take that runs ends and is a lane, muted; the next one begins where it began. */
enum ton_code ton_deck_again(struct ton_deck *deck, struct ton_err *err);
enum ton_code ton_deck_locate(struct ton_deck *deck, const char *place, struct ton_err *err);
/* So many seconds forward, or back. */
enum ton_code ton_deck_wind(struct ton_deck *deck, double seconds, struct ton_err *err);
/* This track or bus is heard alone, or not at all, or no longer so; `*on` says which. Unknown
 * names: TON_USAGE, with the nearest. */
enum ton_code ton_deck_solo(bool *on, struct ton_deck *deck, const char *strip,
                            struct ton_err *err);
enum ton_code ton_deck_mute(bool *on, struct ton_deck *deck, const char *strip,
                            struct ton_err *err);
/* Of all tracks that are recorded now, in the pass that runs, or else of the timeline. Its row and
 * its event come when it is known which takes have it. */
enum ton_code ton_deck_mark(struct ton_deck *deck, const char *text, struct ton_err *err);
/* The takes that run, or else the last ones; of a loop those of the last whole pass, or of the
 * first while it runs. TON_INPUT when there are none. */
enum ton_code ton_deck_judge(struct ton_deck *deck, enum ton_verdict verdict, struct ton_err *err);
enum ton_code ton_deck_click(struct ton_deck *deck, enum ton_click when, struct ton_err *err);
/* Which inputs of armed tracks are heard in the mix, through their strips (not through buses). A
 * track is heard once: where its input is heard while something plays, its clips are silent, in
 * `auto` between the punches, or else as long as it records. A strip that cannot be heard live is a
 * warning. */
enum ton_code ton_deck_monitor(struct ton_deck *deck, enum ton_monitor_mode mode,
                               struct ton_err *err);
/* Heard through the monitor chain, or past it; what is heard is as late either way. TON_USAGE where
 * there is none. */
enum ton_code ton_deck_chain(struct ton_deck *deck, bool heard, struct ton_err *err);
/* Held peaks and overs, of inputs and of the mix. */
void ton_deck_reset_meters(struct ton_deck *deck);

/* Looks at everything that runs by itself and does what is due; 10 to 50 times a second. An error
 * has ended what ran, and all that was recorded is kept. TON_STOPPED: the end that was asked for is
 * reached (`to`, `length`, `passes`, the punch). */
enum ton_code ton_deck_tick(struct ton_deck *deck, struct ton_err *err);

enum ton_deck_event_kind {
    TON_DECK_ROLLS,
    TON_DECK_STOPS,
    TON_DECK_RECORDS, /* a take began: file, track, number */
    TON_DECK_TAKE,    /* it is finished: frames, peak and overs too */
    TON_DECK_PLACED,  /* its clip stands in the session: at, heard; text: what gave way to it */
    TON_DECK_MARK,    /* at, text */
    TON_DECK_VERDICT, /* file, verdict; of a loop text: which pass */
    TON_DECK_XRUN,    /* frames lost; file and at: where silence stands for them */
    TON_DECK_LATE,    /* takes that play were not read in time: silence was heard */
    TON_DECK_MONITOR, /* monitor; frames that inputs are heard late, -1: unknown */
    TON_DECK_CHAIN,   /* the monitor chain, file, is heard or not; frames that it is late */
    TON_DECK_WARNING, /* text */
    TON_N_DECK_EVENTS
};
struct ton_deck_event {
    enum ton_deck_event_kind kind;
    const char *file, *track, *text;
    int number;
    int64_t at, frames;
    enum ton_verdict verdict;
    enum ton_monitor_mode monitor;
    float peak; /* of its channels; full scale is 1 */
    int64_t overs;
    bool heard; /* false: it is muted, to choose from; a chain is bypassed */
};
/* What happened since the last call, one after the other; false: nothing more. Texts are valid as
 * long as the deck is. */
bool ton_deck_event(struct ton_deck *deck, struct ton_deck_event *out);

struct ton_deck_track {
    const char *name;
    const char *inputs;      /* as people write them: `1`, `3, 4` */
    int meters[2], n_meters; /* of its inputs, which others may have too */
};
/* What it does, in a word. A punch is rolled into and out of: what is recorded then lies outside
 * its clip. */
enum ton_deck_state {
    TON_DECK_STOPPED,
    TON_DECK_WAITS, /* for who leads it */
    TON_DECK_COUNTS,
    TON_DECK_PLAYS,
    TON_DECK_BEFORE,
    TON_DECK_IN, /* it records */
    TON_DECK_BEHIND,
    TON_N_DECK_STATES
};
struct ton_deck_status {
    enum ton_deck_state state;
    struct ton_device_status device;
    struct ton_transport_status transport;
    struct ton_recorder_status recorder;
    int rate, number; /* of the take that runs or will be next */
    bool rolling, recording;
    int64_t frames;     /* of the session */
    int64_t latency;    /* frames that recordings are moved by, the monitor chain's among them */
    bool latency_known; /* the ports claim one, or it was given */
    const char *chain;  /* the monitor chain's file; NULL: there is none */
    bool chain_heard;
    int chain_latency; /* frames, heard or not */
    const struct ton_deck_track *tracks;
    int n_tracks;
    const struct ton_recorder_meter *meters;
    int n_meters;
    struct ton_mix_levels mix; /* without click and monitor chain */
    enum ton_monitor_mode monitor;
    int64_t monitor_latency; /* frames that inputs are heard late, the device's included when
                                latency_known */
    bool hears_ltc;
    struct ton_ltc_status ltc; /* that comes in */
    double ltc_offset;         /* samples that it is ahead of what rolls; NaN: nothing does */
};
bool ton_deck_records(const struct ton_deck *deck); /* now; cheaper than all of its status */
void ton_deck_status(struct ton_deck *deck, struct ton_deck_status *out);
/* The session as it was read last. */
const struct ton_session *ton_deck_session(const struct ton_deck *deck);

#endif
