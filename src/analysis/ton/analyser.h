/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ANALYSER_H
#define TON_ANALYSER_H

#include "ton/layout.h"
#include "ton/row.h"

#include <stdint.h>

/* What analysers are fed: one hop of 10 ms on a grid fixed to the start of the stream (hop k ends
 * at frame round(k rate / 100)), so an analyser never sees how the audio was cut. NaN and infinite
 * samples are 0 already, and what every analyser would have to look up is known. */
struct ton_block {
    int frames;
    bool whole; /* false for what is left at the end of the stream, shorter than a hop */
    int64_t bad_samples;
    const float *in[TON_MAX_CHANNELS];                   /* planar, full scale 1.0, finite */
    float low[TON_MAX_CHANNELS], high[TON_MAX_CHANNELS]; /* smallest and largest sample */
    double sum[TON_MAX_CHANNELS], squares[TON_MAX_CHANNELS];
};

struct ton_analysis_config {
    double rate;
    struct ton_layout layout;
};

/* An analyser reads audio once, hop by hop, and ends with results. All have the same shape: one
 * file, one declaration, one line in analysers.def. Its result rows name the values (keys are the
 * JSON keys). A result that does not exist (the loudness of silence) is NaN. The functions share
 * nothing between states. @thread any, but one state belongs to one thread at a time */
struct ton_analyser {
    const char *id;
    const char *name;
    const char *summary;
    const struct ton_row *rows; /* the results, in order; min/max/def are not used */
    int n_rows;
    size_t (*state_size)(const struct ton_analysis_config *config);
    enum ton_code (*init)(void *state, const struct ton_analysis_config *config,
                          struct ton_err *err);
    enum ton_code (*feed)(void *state, const struct ton_block *block, struct ton_err *err);
    void (*finish)(void *state, double *results); /* once */
    void (*destroy)(void *state); /* frees what feed let grow; NULL: nothing. The state's own memory
                                     is the caller's. */
};

/* Alphabetical. */
int ton_analyser_count(void);
const struct ton_analyser *ton_analyser_at(int i);

/* All analysers over one stream: what `ton measure` and every delivery check use.
 * Loudness is ITU-R BS.1770-5, range EBU Tech 3342; momentary and short-term maxima are looked for
 * every 10 ms, in whole windows (400 ms, 3 s). A stream shorter than a window, without a block over
 * the gate, or with a rate below 4 kHz has no such loudness: NaN. RMS is plain over all channels,
 * so a full-scale sine is -3.01 dBFS; crest is sample peak less RMS. Silence has peaks and RMS of
 * -inf. `dc` is the mean of the channel with the largest one, full scale 1.0. Correlation is of the
 * first two channels over the whole stream, NaN for mono and where one of them is silent. */
struct ton_measurement {
    double integrated_lufs, loudness_range_lu, max_momentary_lufs, max_short_term_lufs;
    double true_peak_dbtp, sample_peak_dbfs, rms_dbfs, crest_db, dc, correlation;
    double noise_floor_dbfs;
    int64_t bad_samples; /* NaN or infinite, counted as 0 */
    int64_t frames;
};

/* The rows of struct ton_measurement's eleven values, in its order. */
const struct ton_row *ton_measurement_rows(int *n);
double ton_measurement_value(const struct ton_measurement *m, int row);
void ton_measurement_set(struct ton_measurement *m, int row, double value);

struct ton_meter;

/* With `curve`, momentary and short-term loudness are kept every 100 ms for drawing, and the peaks
 * per 100 ms. Memory grows by 16 bytes per 100 ms (24 with `curve`) and by nothing else. A rate
 * that is not above 0 or no channels: TON_INPUT. */
enum ton_code ton_meter_create(struct ton_meter **out, double rate, const struct ton_layout *layout,
                               bool curve, struct ton_err *err);
/* Measures loudness and levels only (the other results are NaN), and keeps of every whole hop what
 * the work of a limiter can be foretold from: 8 bytes per 10 ms. */
enum ton_code ton_meter_create_plain(struct ton_meter **out, double rate,
                                     const struct ton_layout *layout, struct ton_err *err);
/* Measures loudness and levels of what is still going on: grows by 16 bytes per 100 ms. */
enum ton_code ton_meter_create_live(struct ton_meter **out, double rate,
                                    const struct ton_layout *layout, struct ton_err *err);
/* Planar, any number of frames; the results have the same bits however the audio is cut. */
enum ton_code ton_meter_feed(struct ton_meter *m, const float *const *in, int64_t frames,
                             struct ton_err *err);
/* The windows that end with the last 10 ms fed, with silence before the start. LUFS; -inf for
 * silence. At any time before finish. */
struct ton_loudness_now {
    double momentary_lufs, short_term_lufs;
};
struct ton_loudness_now ton_meter_now(const struct ton_meter *m);
/* Once, after the last feed. Running out of memory for the curve leaves it empty. */
void ton_meter_finish(struct ton_meter *m, struct ton_measurement *out);
void ton_meter_destroy(struct ton_meter *m);

/* Valid after finish, until destroy; n values, one each 100 ms (the last may stand for less): the
 * window that ends there, with silence before the start. LUFS, -inf for silence. */
struct ton_loudness_curve {
    const float *momentary, *short_term;
    const float *peak_low, *peak_high; /* smallest and largest sample over all channels */
    size_t n;
};
struct ton_loudness_curve ton_meter_curve(const struct ton_meter *m);

/* The hops of a plain meter, until it is fed or destroyed. */
struct ton_hops {
    const float *energy; /* K-weighted: squares, added up over frames and channels */
    const float *peak;   /* largest sample of all channels */
    const float *bend;   /* largest second difference of all channels */
    size_t n;
};
struct ton_hops ton_meter_hops(const struct ton_meter *m);

/* Integrated loudness of n hops with these energies; NaN: none, or no memory. */
double ton_hops_lufs(const float *energy, size_t n, double rate);

#endif
