/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ANALYSER_H
#define TON_ANALYSER_H

#include "ton/layout.h"
#include "ton/row.h"

#include <stdint.h>

/* An analyser reads audio once, block by block, and ends with results. All have the same shape: one
 * file, one declaration. Its result rows name the values (keys are the JSON keys). A result that
 * does not exist (the loudness of silence) is NaN. */
struct ton_analysis_config {
    double rate;
    struct ton_layout layout;
    int max_frames; /* most frames in one call of feed */
};

struct ton_analyser {
    const char *id;
    const char *name;
    const char *summary;
    const struct ton_row *rows; /* the results, in order; min/max/def are not used */
    int n_rows;
    size_t (*state_size)(const struct ton_analysis_config *config);
    enum ton_code (*init)(void *state, const struct ton_analysis_config *config,
                          struct ton_err *err);
    /* Results must not depend on how the audio is cut into blocks. NaN and infinite samples count
     * as 0 and are counted. */
    enum ton_code (*feed)(void *state, const float *const *in, int frames, struct ton_err *err);
    void (*finish)(void *state, double *results);
    void (*destroy)(void *state); /* frees what feed let grow; NULL: nothing. The state's own memory
                                     is the caller's. */
};

int ton_analyser_count(void);
const struct ton_analyser *ton_analyser_at(int i);

/* All analysers over one stream: what `ton measure` and every delivery check use. */
struct ton_measurement {
    double integrated_lufs, loudness_range_lu, max_momentary_lufs, max_short_term_lufs;
    double true_peak_dbtp, sample_peak_dbfs, rms_dbfs, crest_db, dc, correlation;
    double noise_floor_dbfs; /* RMS of the quietest half second, its loudest channel; NaN when
                                shorter */
    int64_t bad_samples;     /* NaN or infinite, counted as 0 */
    int64_t frames;
};

/* The rows of struct ton_measurement's eleven values, in its order (the keys are the fields'
 * names). */
const struct ton_row *ton_measurement_rows(int *n);
double ton_measurement_value(const struct ton_measurement *m, int row);
void ton_measurement_set(struct ton_measurement *m, int row, double value);

struct ton_meter;

/* With `curve`, momentary and short-term loudness are kept every 100 ms for drawing, and the peaks
 * per 100 ms. */
enum ton_code ton_meter_create(struct ton_meter **out, double rate, const struct ton_layout *layout,
                               bool curve, struct ton_err *err);
enum ton_code ton_meter_feed(struct ton_meter *m, const float *const *in, int64_t frames,
                             struct ton_err *err);
void ton_meter_finish(struct ton_meter *m, struct ton_measurement *out);
void ton_meter_destroy(struct ton_meter *m);

/* Valid after finish, until destroy; n values, one each 100 ms. LUFS, -inf for silence. */
struct ton_loudness_curve {
    const float *momentary, *short_term;
    const float *peak_low, *peak_high; /* smallest and largest sample over all channels */
    size_t n;
};
struct ton_loudness_curve ton_meter_curve(const struct ton_meter *m);

#endif
