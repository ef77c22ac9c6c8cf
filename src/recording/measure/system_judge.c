/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the figures of a system check mean, and what to do about them. */
#include "system_judge.h"

#include "ton/text.h"

#include <math.h>

enum { MOST_FINDINGS = 20 };

/* Less than this is not enough to rely on: a take is read and written again while others are
 * recorded, and a disk has bad moments. */
static const double LEAST_FACTOR = 4, FEW_HOURS = 2, NO_HOURS = 1.0 / 6;
/* Of its period: the rest is for other programs and for bad moments. */
static const double HIGH_LOAD = 0.5;
/* What waits for the disk, of what may. */
static const double HIGH_FILL = 0.5;
/* Crystals differ by some 100 ppm at the very most, and a computer's clock may be pulled by 500 for
 * a while (adjtimex(2)); beyond that a rate is wrong: a film's pull-up is 1000. */
static const double MOST_PPM = 500;
/* What is known no better than this is not told: it would hide what crystals differ by. */
static const double VAGUE_PPM = 50;
/* Crystals that run at one speed by chance are rarely as near, and 14 samples a minute at 48 kHz is
 * what nobody hears. */
static const double SAME_PPM = 5;
/* Of what is known, two standard errors: a drift counts from four on. The moments at which blocks
 * come are no independent chances, so that two are passed more often than once in twenty. */
static const double SURE = 2;

void judge_tell(struct judge *j, enum ton_checked weight, const char *kind, const char *found,
                const char *remedy) {
    j->findings[j->s->n++] = (struct ton_check_remark){weight, kind, found, remedy, 0};
    if (ton_checked_graver(weight, j->s->verdict))
        j->s->verdict = weight;
}

/* The cable is all right as far as anybody knows; the device is not. */
static bool loop_was_lost(const struct ton_system *s) {
    return s->latency_trouble.code == TON_ENVIRONMENT && s->latency.lost > 0;
}

static void judge_latency(struct judge *j) {
    const struct ton_latency *l = &j->s->latency;
    const int64_t told = j->config->told_latency >= 0 ? j->config->told_latency : l->claimed;
    if (!j->config->output) {
        judge_tell(
            j, TON_CHECKED_OPEN, "latency", "the round trip was not measured",
            "put a cable from an output to an input, and give `--latency 1=1` (output and input)");
        return;
    }
    if (loop_was_lost(j->s)) {
        judge_tell(j, TON_CHECKED_OPEN, "latency",
                   "the round trip could not be measured: samples were lost in each of three tries",
                   "mend what makes xruns, then check again");
        return;
    }
    if (j->s->latency_trouble.code) {
        judge_tell(j, TON_CHECKED_FAULT, "latency", j->s->latency_trouble.why, NULL);
        return;
    }
    const char *found =
        TEXT(j, "%lld samples (%.2f ms) there and back at %d frames a period", (long long)l->frames,
             1000.0 * (double)l->frames / l->rate, l->period_frames);
    const char *says = j->config->told_latency >= 0 ? "config.yaml says" : "the ports claim";
    if (told == l->frames) {
        judge_tell(j, TON_CHECKED_OK, "latency", TEXT(j, "%s, and %s the same", found, says), NULL);
        return;
    }
    const char *remedy =
        TEXT(j,
             "write `latency: %lld samples` into config.yaml; until then overdubs stand %lld "
             "samples too %s",
             (long long)l->frames, llabs((long long)(l->frames - (told < 0 ? 0 : told))),
             l->frames > told ? "late" : "early");
    judge_tell(j, TON_CHECKED_ATTENTION, "latency",
               told < 0 ? TEXT(j, "%s; the ports do not say how long", found)
                        : TEXT(j, "%s; %s %lld", found, says, (long long)told),
               remedy);
}

static void judge_loop_polarity(struct judge *j) {
    if (j->config->output && !j->s->latency_trouble.code && j->s->latency.inverted)
        judge_tell(j, TON_CHECKED_ATTENTION, "polarity",
                   "what comes back over the loop is upside down",
                   "try another cable, output and input, to see which of them turns it: a balanced "
                   "plug that is wired the other way round, or a switch; what is recorded through "
                   "it needs `polarity: inverted` at its track");
}

static void tell_drift(struct judge *j, const char *who, const char *whom,
                       struct ton_system_drift drift, int rate) {
    const double samples = fabs(drift.ppm) * 60e-6 * rate;
    judge_tell(
        j, fabs(drift.ppm) > MOST_PPM ? TON_CHECKED_FAULT : TON_CHECKED_ATTENTION, "clock",
        TEXT(j, "%s runs %.1f ppm (± %.1f) %s than %s, which is %.1f samples a minute", who,
             fabs(drift.ppm), drift.known_ppm, drift.ppm > 0 ? "faster" : "slower", whom, samples),
        fabs(drift.ppm) > MOST_PPM
            ? "that is no clock's error: set both to the same rate"
            : "let one follow the other's clock (word clock, AES3, ADAT), or record with one of "
              "them alone");
}

/* By the clock of the computer, which is no better than a device's: for the record, unless it is
 * another rate. */
static void judge_rate(struct judge *j) {
    const struct ton_system_load *l = &j->s->load;
    const double hz = l->device.rate * (1 + 1e-6 * l->drift.ppm);
    if (j->s->load_trouble.code || !l->drift.known || l->drift.known_ppm > VAGUE_PPM)
        return;
    const bool wrong = fabs(l->drift.ppm) - l->drift.known_ppm > MOST_PPM;
    judge_tell(j, wrong ? TON_CHECKED_FAULT : TON_CHECKED_OK, "rate",
               TEXT(j, "%.2f Hz by this computer's clock: %+.1f ppm (± %.1f)", hz, l->drift.ppm,
                    l->drift.known_ppm),
               wrong ? TEXT(j,
                            "it says %d Hz: look what clock the device follows, and whether that "
                            "is pulled up or down",
                            l->device.rate)
                     : NULL);
}

/* Where the difference drowns in how little is known of it, only more time tells. */
static void judge_second(struct judge *j, struct ton_system_drift between) {
    static const char longer[] = "give a longer `--length`, and mend what makes xruns";
    const double seconds = j->s->load.seconds, apart = fabs(between.ppm) + between.known_ppm;
    if (!between.known || between.known_ppm > VAGUE_PPM)
        judge_tell(j, TON_CHECKED_OPEN, "clock",
                   TEXT(j, "two clocks cannot be compared in %.1f s here", seconds), longer);
    else if (fabs(between.ppm) > SURE * between.known_ppm)
        tell_drift(j, "the second device", "the first", between, j->config->rate);
    else if (apart > SAME_PPM)
        judge_tell(j, TON_CHECKED_OPEN, "clock",
                   TEXT(j,
                        "whether the second device runs as fast as the first is not known after "
                        "%.1f s: %+.1f ppm (± %.1f)",
                        seconds, between.ppm, between.known_ppm),
                   longer);
    else
        judge_tell(j, TON_CHECKED_OK, "clock",
                   TEXT(j, "the second device and the first run at one speed, within %.1f ppm",
                        fmax(apart, 0.1)),
                   NULL);
}

static void judge_clock(struct judge *j) {
    const struct ton_system *s = j->s;
    const struct ton_latency *l = &s->latency;
    if (j->config->output && !s->latency_trouble.code && fabs(l->drift_ppm) > l->drift_known_ppm)
        tell_drift(j, "the input of the loop-back", "its output",
                   (struct ton_system_drift){true, l->drift_ppm, l->drift_known_ppm}, l->rate);
    if (!j->config->second.backend || s->load_trouble.code)
        return;
    if (s->second_trouble.code)
        judge_tell(j, TON_CHECKED_FAULT, "clock", s->second_trouble.why, NULL);
    else
        judge_second(j, s->between);
}

static const char *load_text(struct judge *j) {
    const struct ton_system_load *l = &j->s->load;
    return TEXT(j,
                "%d in and %d out for %.*f s with %d core%s busy: the callback took %.1f %% of its "
                "time, %.1f %% in one of a thousand, %.1f %% at worst",
                l->n_inputs, l->n_outputs, l->seconds < 10, l->seconds, l->workers,
                l->workers == 1 ? "" : "s", 100 * l->device.mean_load, 100 * l->device.high_load,
                100 * l->device.worst_load);
}

static void judge_load(struct judge *j) {
    const struct ton_system_load *l = &j->s->load;
    const struct ton_device_status *d = &l->device;
    if (j->s->load_trouble.code) {
        judge_tell(j, TON_CHECKED_FAULT, "device", j->s->load_trouble.why,
                   "`ton devices` lists what there is");
        return;
    }
    const char *longer = TEXT(j,
                              "take a longer period than %d frames (`jackd … -p %d`; PipeWire: "
                              "`pw-metadata -n settings 0 clock.force-quantum %d`)",
                              d->period_frames, 2 * d->period_frames, 2 * d->period_frames);
    const long long looped = j->s->latency.lost;
    const char *more = looped ? TEXT(j, "%lld samples lost over the loop-back, ", looped) : "";
    const char *remedy = TEXT(j, "mend what else wants attention here, then %s", longer);
    if (d->xruns > 0)
        judge_tell(j, TON_CHECKED_FAULT, "xruns",
                   TEXT(j, "%s%lld xrun%s, %lld samples lost; %s", more, (long long)d->xruns,
                        d->xruns == 1 ? "" : "s", (long long)d->lost_frames, load_text(j)),
                   remedy);
    else if (looped)
        judge_tell(j, loop_was_lost(j->s) ? TON_CHECKED_FAULT : TON_CHECKED_ATTENTION, "xruns",
                   TEXT(j, "%snone under load; %s", more, load_text(j)), remedy);
    else if (d->high_load > HIGH_LOAD)
        judge_tell(j, TON_CHECKED_ATTENTION, "xruns",
                   TEXT(j, "no xrun, but it was near: %s", load_text(j)), longer);
    else
        judge_tell(j, TON_CHECKED_OK, "xruns", TEXT(j, "none; %s", load_text(j)), NULL);
}

static const char *inputs_text(struct judge *j) {
    return TEXT(j, "%d input%s", j->config->n_inputs, j->config->n_inputs == 1 ? "" : "s");
}

/* The recording under load, and then the disk alone. */
static void judge_speed(struct judge *j) {
    const struct ton_system_disk *d = &j->s->disk;
    const struct ton_system_load *l = &j->s->load;
    const double factor = d->bytes_s / d->needed_bytes_s, fill = l->waited_s / l->ring_s;
    const char *found =
        TEXT(j,
             "%.0f MB/s on the disk (%.0f in its worst moment), %.1f MB/s needed for %s of %d "
             "bits: %.*f times as much",
             d->bytes_s / 1e6, d->slowest_bytes_s / 1e6, d->needed_bytes_s / 1e6, inputs_text(j),
             j->config->bits, factor < 10, factor);
    if (l->recorded)
        found =
            TEXT(j, "%s; %.1f of %.0f s waited for it under load", found, l->waited_s, l->ring_s);
    if (l->overrun > 0)
        judge_tell(j, TON_CHECKED_FAULT, "disk",
                   TEXT(j, "%lld samples were lost because the disk was too late; %s",
                        (long long)l->overrun, found),
                   "record to another disk, inside the computer or an SSD");
    else if (d->bytes_s > 0 && factor < 1)
        judge_tell(j, TON_CHECKED_FAULT, "disk", found,
                   "record to another disk, inside the computer or an SSD, or fewer inputs");
    else if (d->bytes_s > 0)
        judge_tell(
            j, factor < LEAST_FACTOR || fill > HIGH_FILL ? TON_CHECKED_ATTENTION : TON_CHECKED_OK,
            "disk", found,
            factor < LEAST_FACTOR || fill > HIGH_FILL
                ? "let nothing else use this disk while you record, or take a faster one"
                : NULL);
    else
        judge_tell(j, TON_CHECKED_OPEN, "disk", "too little room to measure how fast it is",
                   "make room first");
}

static void judge_room(struct judge *j) {
    const struct ton_system_disk *d = &j->s->disk;
    const bool few = d->hours < FEW_HOURS;
    judge_tell(j,
               d->hours < NO_HOURS ? TON_CHECKED_FAULT
               : few               ? TON_CHECKED_ATTENTION
                                   : TON_CHECKED_OK,
               "hours",
               d->hours < 1 ? TEXT(j, "%.1f minutes left for %s: %.2f GB free", 60 * d->hours,
                                   inputs_text(j), (double)d->free_bytes / 1e9)
                            : TEXT(j, "%.1f hours left for %s: %.1f GB free", d->hours,
                                   inputs_text(j), (double)d->free_bytes / 1e9),
               few ? "make room on this disk, or record to another one" : NULL);
}

static void judge_disk(struct judge *j) {
    const struct ton_system_disk *d = &j->s->disk;
    if (d->kind == TON_DISK_NETWORK)
        judge_tell(j, TON_CHECKED_ATTENTION, "network",
                   TEXT(j, "`%s` is on a disk of the network, which may stand still at any time",
                        j->config->folder),
                   "record to a disk of this computer, and copy afterwards");
    if (j->s->disk_trouble.code)
        judge_tell(j, TON_CHECKED_FAULT, "disk", j->s->disk_trouble.why,
                   "record where you may write, or ask whoever owns the folder");
    else if (d->needed_bytes_s > 0)
        judge_speed(j);
    if (d->free_bytes >= 0 && isfinite(d->hours) && d->kind != TON_DISK_READ_ONLY)
        judge_room(j);
}

enum ton_code system_judge(struct ton_system *s, struct ton_arena *arena,
                           const struct ton_system_check_config *config, struct ton_err *err) {
    struct judge j = {s, config, arena, TON_NEW_N(arena, struct ton_check_remark, MOST_FINDINGS)};
    if (!j.findings)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to judge the system");
    s->findings = j.findings;
    s->n = 0;
    s->verdict = TON_CHECKED_OK;
    judge_load(&j);
    judge_latency(&j);
    judge_loop_polarity(&j);
    judge_rate(&j);
    judge_clock(&j);
    judge_disk(&j);
    judge_machine(&j);
    s->code = s->load_trouble.code      ? s->load_trouble.code
              : loop_was_lost(s)        ? s->second_trouble.code
              : s->latency_trouble.code ? s->latency_trouble.code
                                        : s->second_trouble.code;
    return ton_arena_failed(arena) ? ton_fail(err, TON_MEMORY, NULL, "no memory") : TON_OK;
}
