/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton room: what a room and its loudspeakers do to sound. */
#include "kept.h"
#include "print.h"

#include "room/room.h"

#include "ton/audio_in.h"
#include "ton/audio_out.h"
#include "ton/json.h"
#include "ton/path.h"
#include "ton/text.h"

static const char sweep_text[] = "Exponential sine sweep";

/* A new name, or a sweep that was written before. */
static enum ton_code check_name(struct ton_arena *arena, const char *path, struct ton_err *err) {
    struct ton_audio_in *old = NULL;
    const enum ton_code code = kept_check_place(arena, path, err);
    if (code || !ton_path_exists(path))
        return code;
    const struct ton_audio_info *const said =
        ton_audio_open(&old, path, NULL) ? NULL : ton_audio_info(old);
    const bool is_sweep = said && (ton_text_same(said->description, sweep_text) ||
                                   ton_text_same(said->title, sweep_text)); /* a FLAC's */
    ton_audio_close(old);
    return is_sweep ? TON_OK
                    : ton_fail(err, TON_INPUT, path,
                               "is there already, and is no sweep; name another file, or move it "
                               "away");
}

/* "Sweep: sweep.wav, 0:14.0 at 48 kHz: 2 times 5 s from 20 Hz to 20000 Hz, peak -12 dBFS" */
static enum ton_code tell_sweep(const struct ton_given *given, const char *path,
                                const struct ton_sweep *sweep, struct ton_err *err) {
    struct ton_text text = {0};
    ton_text_printf(&text,
                    "Sweep: %s, %s at %g kHz: %d time%s %g s from %g Hz to %g Hz, peak %g dBFS\n",
                    ton_given_seen(given, path),
                    ton_length_text(given->arena, ton_sweep_frames(sweep), sweep->rate),
                    sweep->rate / 1000.0, sweep->times, sweep->times == 1 ? "" : "s",
                    sweep->seconds, sweep->from_hz, sweep->to_hz, sweep->level_db);
    return ton_print_text(&text, err);
}

static enum ton_code write_sweep(const struct ton_given *given, const char *path,
                                 struct ton_err *err) {
    struct room_plan plan;
    struct ton_format format;
    enum ton_code code = ton_format_of_file(&format, path, NULL, err);
    if (!code && ton_format_lossy(&format))
        code = ton_fail(err, TON_USAGE, path,
                        "a sweep has to come out as it is; write it as `.wav` or `.flac`");
    code = code ? code : check_name(given->arena, path, err);
    code = code ? code : room_plan_sweep(&plan, given, err);
    const int64_t frames = code ? 0 : ton_sweep_frames(&plan.sweep);
    float *const sweep = code ? NULL : TON_NEW_N(given->arena, float, frames);
    if (code)
        return code;
    if (!sweep)
        return ton_fail(err, TON_MEMORY, path, "no memory for %lld samples", (long long)frames);
    ton_sweep_make(sweep, &plan.sweep, 0, (int)frames);
    format.rate = plan.sweep.rate;
    code =
        room_write_sound(path, &format, (const float *const[]){sweep}, 1, frames, sweep_text, err);
    return code || ton_given_switch(given, "json") ? code
                                                   : tell_sweep(given, path, &plan.sweep, err);
}

/* Where the responses and the page are. */
static enum ton_code tell_kept(const struct ton_given *given, const struct room_result *r,
                               struct ton_err *err) {
    struct ton_text text = {0};
    int n = 0;
    if (!r->page)
        return TON_OK;
    for (int i = 0; i < r->n; i++)
        if (r->paths[i].take)
            ton_text_printf(&text, "%s%s",
                            n++ ? ", " : "Responses: ", ton_given_seen(given, r->paths[i].take));
    ton_text_add(&text, n ? "\n" : "");
    if (r->kept_page)
        ton_text_printf(&text, "The older page, with its correction, is kept as %s.\n",
                        ton_given_seen(given, r->kept_page));
    const enum ton_code code = ton_print_prose(&text, err);
    return code ? code : kept_tell(given, r->page, err);
}

static enum ton_code keep_and_tell(const struct ton_given *given, const struct room_plan *plan,
                                   struct room_result *result, struct ton_err *err) {
    enum ton_code code = room_keep(result, given->arena, plan, err);
    if (code)
        return code;
    if (ton_given_switch(given, "json"))
        return ton_print_json(room_json(plan, result), err);
    code = room_tell(given->arena, plan, result, err);
    return code ? code : tell_kept(given, result, err);
}

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    struct room_plan plan;
    struct room_result result = {0};
    struct ton_err why = {0};
    if (ton_given_text(given, "write_sweep"))
        return write_sweep(given, ton_given_text(given, "write_sweep"), err);
    enum ton_code code = room_plan_make(&plan, given, err);
    if (!code)
        code = plan.n_files ? room_read_files(&result, given->arena, &plan, err)
                            : room_listen(&result, given->arena, &plan, err);
    if (!code && result.loop_trouble)
        ton_print_warning(
            ton_arena_printf(given->arena, "--loopback %s=%s", plan.loop_output, plan.loop_input),
            result.loop_trouble);
    if (!code && result.n == 0)
        code = ton_fail(err, TON_MISSED, NULL, "%s", result.missed[0]);
    if (code)
        return code;
    /* A correction that cannot be made takes nothing from what was measured. */
    const enum ton_code concluded = room_conclude(&result, given->arena, &plan, &why);
    if (concluded)
        result.n_corrections = 0;
    if (!concluded || concluded == TON_MISSED || concluded == TON_INPUT)
        code = keep_and_tell(given, &plan, &result, err);
    if (!code && concluded)
        *err = why;
    if (code || concluded)
        return code ? code : concluded;
    return result.n_missed || result.loop_trouble ? TON_MISSED : TON_OK;
}

static const struct ton_row arguments[] = {
    {.key = "files",
     .label = "FILES…",
     .kind = TON_PATH,
     .flags = TON_ROW_MANY,
     .help = "Recordings of the sweep (`--write-sweep`), a loudspeaker each, a channel each "
             "microphone; without them the sweep is played and heard now."},
};

static const struct ton_row options[] = {
    TON_OPTION_JSON,
    TON_OPTION_DEVICE,
    {.key = "loudspeaker",
     .label = "NAME=PORT",
     .kind = TON_TEXT,
     .flags = TON_ROW_MANY,
     .help = "An output with a loudspeaker, such as `L=1`; again for the next one, they play one "
             "after the other. The first output otherwise."},
    {.key = "microphone",
     .label = "NAME=PORT",
     .kind = TON_TEXT,
     .flags = TON_ROW_MANY,
     .help = "An input with a microphone, such as `Desk=1`, or a line of `inputs:`; all hear every "
             "sweep. The first input otherwise."},
    {.key = "loopback",
     .label = "OUT=IN",
     .kind = TON_TEXT,
     .help = "A cable from this output to this input, which tells the device's own latency: then "
             "the loudspeaker's distance is known."},
    {.key = "monitor_chain",
     .label = "FILE",
     .kind = TON_PATH,
     .help = "Measure through this chain, as `ton play --monitor-chain` plays: what a correction "
             "really does. `on`: the one that `monitor chain` in config.yaml names; off otherwise. "
             "A loudspeaker whose name has `L` or `left` in it goes through the chain's left side, "
             "one with `R` or `right` through the right; otherwise the first of two is left, and "
             "one alone."},
    {.key = "calibration",
     .label = "FILE",
     .kind = TON_PATH,
     .help = "The microphone's own response, a line `Hz dB` each point; it is taken off."},
    {.key = "sides",
     .label = "LxWxH",
     .kind = TON_TEXT,
     .help = "Length, width and height of the room in metres, such as `5.2x4.1x2.6`: which modes "
             "to expect, and how long it should reverberate."},
    {.key = "temperature",
     .kind = TON_NUMBER,
     .min = -30,
     .max = 50,
     .def = 20,
     .digits = 1,
     .help = "Of the air, in degrees Celsius: it sets the speed of sound."},
    {.key = "length",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_S,
     .min = 0.2F,
     .max = 20,
     .def = 5,
     .digits = 1,
     .help = "Of one sweep; twice as long is 3 dB less noise."},
    {.key = "pause",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_S,
     .min = 0.1F,
     .max = 10,
     .def = 2,
     .digits = 1,
     .help = "Silence behind each sweep, longer than the room reverberates."},
    {.key = "times",
     .kind = TON_COUNT,
     .min = 1,
     .max = TON_SWEEP_MOST_TIMES,
     .def = 2,
     .help = "Sweeps; with one alone another clock cannot be told."},
    {.key = "level",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DBFS,
     .min = -90,
     .max = 0,
     .def = -12,
     .help = "Peak of the sweep."},
    {.key = "from",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_HZ,
     .min = 1,
     .max = 20000,
     .def = 20,
     .help = "Lowest frequency of the sweep."},
    {.key = "to",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_HZ,
     .min = 0,
     .max = 96000,
     .flags = TON_ROW_OFF_MIN,
     .help = "Highest frequency of the sweep; off: 20 kHz, or 0.46 of the rate."},
    {.key = "rate",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_HZ,
     .min = 8000,
     .max = 384000,
     .def = 48000,
     .help = "Of the file that `--write-sweep` writes."},
    {.key = "write_sweep",
     .label = "FILE",
     .kind = TON_PATH,
     .help = "Write the sweep as WAV, to be played by something else, and measure nothing. With "
             "the same options its recording is read later."},
    {.key = "response", .kind = TON_SWITCH, .help = "The files are impulse responses already."},
    {.key = "correct",
     .kind = TON_SWITCH,
     .help = "Make a correction for the monitor path: a chain of `eq`, and a filter with a chain "
             "of `convolver`."},
    {.key = "target",
     .label = "FILE",
     .kind = TON_PATH,
     .help =
         "What the corrected response should be, a line `Hz dB` each point; flat otherwise. Also "
         "for `--monitor-chain`, as where a correction begins and ends."},
    {.key = "boost",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = 0,
     .max = 24,
     .def = 6,
     .help = "Most that the correction may lift. It cuts by 18 dB at most."},
    {.key = "correct_from",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_HZ,
     .min = 0,
     .max = 20000,
     .flags = TON_ROW_OFF_MIN,
     .help = "Where the correction begins; off: as low as the loudspeaker plays."},
    {.key = "correct_to",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_HZ,
     .min = 0,
     .max = 20000,
     .flags = TON_ROW_OFF_MIN,
     .help = "Where it ends; off: as high as the loudspeaker plays. 500 Hz corrects the room and "
             "leaves the loudspeaker as it is."},
    {.key = "name",
     .label = "NAME",
     .kind = TON_TEXT,
     .help = "What the measurement is called, and its files; `room` otherwise."},
    {.key = "folder",
     .label = "FOLDER",
     .kind = TON_PATH,
     .help = "Write page, responses and correction there. In a production they go to `reports`, "
             "`audio` and `room` otherwise; elsewhere nothing is written."},
};

static const struct ton_example examples[] = {
    {"ton room --loudspeaker L=1 --loudspeaker R=2 --microphone 1 --loopback 3=2",
     "Both loudspeakers at the listening place, with their distances."},
    {"ton room --sides 5.2x4.1x2.6 --correct", "With the modes to expect, and a correction."},
    {"ton room --loudspeaker L=1 --loudspeaker R=2 --monitor-chain room/room.yaml",
     "The corrected room, measured again."},
    {"ton room --write-sweep sweep.wav", "A sweep for another player and a recorder…"},
    {"ton room left.wav right.wav --folder room", "… and what was recorded of it."},
    {"ton room --response church.wav", "What an impulse response says."},
};

const struct ton_verb ton_verb_room = {
    .name = "room",
    .order = 107,
    .summary = "Measure the room: response, reverberation, reflections, correction",
    .text =
        "Plays a sweep from low to high through each loudspeaker and hears it with microphones. "
        "From that come the impulse response and with it reverberation times, clarity and speech "
        "intelligibility in octaves and thirds, the frequency response, the first reflections, "
        "the room's resonances, the loudspeaker's distance, polarity and distortion, and what to "
        "do, in words.\n\nThe sweep is loud. Turn the monitors down first, start with `--level "
        "\"-30 dBFS\"`, and keep ears and tweeters safe.\n\nIn a production the result is kept: a "
        "page with plots and a text in `reports`, the responses as takes in `audio`, a correction "
        "in `room`, for `monitor chain` in config.yaml.\n\nThe exit status is 1 when the sweep "
        "was not heard by every microphone, was heard clipped or cut, or did not come back through "
        "`--loopback` as it should (all the rest is measured and kept then, without distances); 2 "
        "when something was given wrong, 3 when the device or a port could not be used.",
    .elsewhere = "acoustics rew sweep impulse rt60 reverberation sti waterfall correction",
    .arguments = arguments,
    .n_arguments = TON_N(arguments),
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .refuses = TON_A_SESSION | TON_A_PRODUCTION,
    .run = run,
};
