/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real recordings of every kind: integrated loudness and loudness range against libebur128, true
 * peak against a 16-fold interpolation by soxr.
 *
 * Loudness. From 32 kHz up libebur128 is fed the file as it is. Its high-pass keeps the numerator
 * 1 -2 1 of 48 kHz, so that its gain moves with the rate (one test shows it with a tone): below
 * 32 kHz it is fed the file at 48 kHz (soxr VHQ), where its filter is the table of BS.1770.
 *
 * Range. Tech 3342 asks for short-term windows that overlap by two thirds at least. libebur128
 * takes one a second, we take ten: on a speech of 11 s that is 0.6 LU apart (3.30 and 3.89). So ten
 * of it hear the file, each a tenth of a second later than the one before, and their windows are
 * pooled.
 *
 * True peak. Between 0.45 of the rate and half of it the curve depends on where an interpolator's
 * filter ends. The reference is soxr with a filter that ends symmetrically about half the rate and
 * so keeps the samples; ours must agree with it on every file. soxr as it comes (VHQ) ends at half
 * the rate and takes the last tenth of the band away, also from the samples; it is told, not held
 * to. A peak is never below the sample peak.
 *
 * Of a long file its middle stands for all: twelve meters and two interpolators hear each. */

#include "promise.h"

#include "ton/analyser.h"
#include "ton/arena.h"
#include "ton/audio_in.h"
#include "ton/path.h"
#include "ton/resample.h"

#include <ebur128.h>
#include <soxr.h>

enum { BLOCK = 4096, TIMES = 16, EDGE = 256, MOST_FRAMES = 20000000, MOST_S = 20 };

struct audio {
    int rate;
    struct ton_layout layout;
    int64_t frames;
    float *planes[TON_MAX_CHANNELS];
};

static void audio_free(struct audio *a) {
    for (int c = 0; c < a->layout.channels; c++)
        ton_free(a->planes[c]);
    *a = (struct audio){0};
}

static void keep_the_middle(struct audio *a) {
    const int64_t most = (int64_t)MOST_S * a->rate, from = (a->frames - most) / 2;
    if (from <= 0)
        return;
    a->frames = most;
    for (int c = 0; c < a->layout.channels; c++) {
        float *x = a->planes[c] + EDGE;
        memmove(x, x + from, sizeof *x * (size_t)most);
        memset(x + most, 0, sizeof *x * EDGE);
    }
}

/* The middle of the file; false when it is not audio that can be read to its end. Planes have
 * silence of EDGE frames on both sides. */
static bool audio_read(struct audio *a, const char *path) {
    struct ton_audio_in *in;
    struct ton_err err;
    *a = (struct audio){0};
    if (ton_audio_open(&in, path, &err))
        return false;
    const struct ton_audio_info *info = ton_audio_info(in);
    float *at[TON_MAX_CHANNELS];
    bool fine = info->frames > 0 && info->frames < MOST_FRAMES;
    if (fine) {
        a->rate = info->rate;
        a->layout = info->layout;
        for (int c = 0; c < info->channels; c++) {
            a->planes[c] = ton_alloc(sizeof(float) * (size_t)(info->frames + 2 * EDGE));
            assert_non_null(a->planes[c]);
            at[c] = a->planes[c] + EDGE;
        }
        fine = !ton_audio_read(in, at, info->frames, &a->frames, &err) && a->frames > 0;
    }
    for (int c = 0; fine && c < a->layout.channels; c++)
        for (int64_t i = 0; i < a->frames; i++)
            at[c][i] = isfinite(at[c][i]) ? at[c][i] : 0.0f;
    ton_audio_close(in);
    if (fine)
        keep_the_middle(a);
    else
        audio_free(a);
    return fine;
}

static struct ton_measurement ours(const struct audio *a) {
    struct ton_meter *m;
    struct ton_measurement out;
    struct ton_err err;
    const float *in[TON_MAX_CHANNELS];
    for (int c = 0; c < a->layout.channels; c++)
        in[c] = a->planes[c] + EDGE;
    assert_int_equal(ton_meter_create(&m, a->rate, &a->layout, false, &err), TON_OK);
    assert_int_equal(ton_meter_feed(m, in, a->frames, &err), TON_OK);
    ton_meter_finish(m, &out);
    ton_meter_destroy(m);
    return out;
}

/* libebur128 */

static int place(enum ton_speaker speaker) {
    switch (speaker) {
    case TON_SPEAKER_NONE:
    case TON_LFE:
        return EBUR128_UNUSED;
    case TON_LEFT_SURROUND:
    case TON_LEFT_SIDE:
        return EBUR128_LEFT_SURROUND;
    case TON_RIGHT_SURROUND:
    case TON_RIGHT_SIDE:
        return EBUR128_RIGHT_SURROUND;
    default:
        return EBUR128_LEFT; /* any place that weighs 1 */
    }
}

struct peer {
    ebur128_state *state;
    int channels;
};

static enum ton_code peer_take(const float *const *in, int frames, struct ton_err *err,
                               void *user) {
    const struct peer *p = user;
    (void)err;
    float *mixed = ton_alloc(sizeof(float) * (size_t)(frames * p->channels));
    assert_non_null(mixed);
    for (int c = 0; c < p->channels; c++)
        for (int i = 0; i < frames; i++)
            mixed[i * p->channels + c] = in[c][i];
    assert_int_equal(ebur128_add_frames_float(p->state, mixed, (size_t)frames), EBUR128_SUCCESS);
    ton_free(mixed);
    return TON_OK;
}

/* One that has heard the file from frame `from` on; the caller destroys it. */
static ebur128_state *peer_hear(const struct audio *a, int rate, int mode, int64_t from) {
    const int channels = a->layout.channels;
    struct ton_err err;
    struct ton_resampler *resampler = NULL;
    struct peer p = {ebur128_init((unsigned)channels, (unsigned long)rate, mode), channels};
    assert_non_null(p.state);
    for (int c = 0; c < channels; c++)
        ebur128_set_channel(p.state, (unsigned)c, place(a->layout.speakers[c]));
    if (rate != a->rate)
        assert_int_equal(ton_resampler_create(&resampler, a->rate, rate, channels, &err), TON_OK);
    for (int64_t done = from; done < a->frames; done += BLOCK) {
        const float *in[TON_MAX_CHANNELS];
        const int n = a->frames - done < BLOCK ? (int)(a->frames - done) : BLOCK;
        for (int c = 0; c < channels; c++)
            in[c] = a->planes[c] + EDGE + done;
        if (resampler)
            assert_int_equal(ton_resampler_feed(resampler, in, n, 0, peer_take, &err, &p), TON_OK);
        else
            peer_take(in, n, &err, &p);
    }
    if (resampler)
        assert_int_equal(ton_resampler_feed(resampler, NULL, 0, 1, peer_take, &err, &p), TON_OK);
    ton_resampler_destroy(resampler);
    return p.state;
}

static double peer_lufs(const struct audio *a, int rate) {
    double lufs = NAN;
    ebur128_state *peer = peer_hear(a, rate, EBUR128_MODE_I, 0);
    ebur128_loudness_global(peer, &lufs);
    ebur128_destroy(&peer);
    return lufs;
}

/* From the windows of ten peers; `sparse`: from those of the first of them alone. */
static double peer_range(double *sparse, const struct audio *a, int rate) {
    double lu = NAN;
    ebur128_state *peers[10];
    for (int i = 0; i < TON_N(peers); i++)
        peers[i] = peer_hear(a, rate, EBUR128_MODE_LRA, (int64_t)i * a->rate / 10);
    ebur128_loudness_range_multiple(peers, TON_N(peers), &lu);
    ebur128_loudness_range(peers[0], sparse);
    for (int i = 0; i < TON_N(peers); i++)
        ebur128_destroy(&peers[i]);
    return lu;
}

/* soxr */

/* Side by side, so that no comparison waits for the one of the sample before. */
static float peak_of(const float *x, size_t n) {
    enum { LANES = 16 };
    float lanes[LANES] = {0}, peak = 0.0f;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lanes[l] = fabsf(x[i + l]) > lanes[l] ? fabsf(x[i + l]) : lanes[l];
    for (; i < n; i++)
        peak = fmaxf(peak, fabsf(x[i]));
    for (size_t l = 0; l < LANES; l++)
        peak = fmaxf(peak, lanes[l]);
    return peak;
}

static double interpolated_peak(const struct audio *a, double pass, double stop) {
    static float out[BLOCK * TIMES + 64];
    soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    double peak = 0.0;
    if (pass > 0.0) {
        quality.passband_end = pass;
        quality.stopband_begin = stop;
    }
    for (int c = 0; c < a->layout.channels; c++) {
        const int64_t frames = a->frames + 2 * EDGE;
        soxr_t s = soxr_create(1, TIMES, 1, NULL, &io, &quality, &runtime);
        assert_non_null(s);
        size_t made = 1;
        for (int64_t done = 0; made > 0;) {
            size_t taken = 0;
            const size_t n = frames - done < BLOCK ? (size_t)(frames - done) : BLOCK;
            soxr_process(s, n ? a->planes[c] + done : NULL, n, &taken, out, BLOCK * TIMES, &made);
            done += (int64_t)taken;
            peak = fmax(peak, (double)peak_of(out, made));
            made += n;
        }
        soxr_delete(s);
    }
    return 20.0 * log10(peak);
}

/* What all files together gave. */
struct tally {
    int files, loud, ranges, low_rates, apart, peaks, undefined, mute;
    double worst_lu, worst_low_rate_lu, worst_peak_db, worst_range_lu, worst_sparse_lu;
};

static void compare_loudness(struct tally *tally, const char *path, const struct audio *a,
                             const struct ton_measurement *m) {
    const double lufs = m->integrated_lufs;
    if (a->rate < 4000)
        return;
    const bool low_rate = a->rate < 32000;
    const double theirs = peer_lufs(a, low_rate ? 48000 : a->rate);
    tally->mute += isnan(lufs) != !isfinite(theirs);
    if (isnan(lufs) || !isfinite(theirs))
        return;
    const double error = fabs(lufs - theirs);
    tally->loud++;
    tally->worst_lu = fmax(tally->worst_lu, error);
    if (error > 0.05)
        figure("%s: %d Hz, %.3f LUFS, libebur128 %.3f", path, a->rate, lufs, theirs);
    if (low_rate) {
        const double native = fabs(lufs - peer_lufs(a, a->rate));
        tally->low_rates++;
        tally->apart += native > 0.05;
        tally->worst_low_rate_lu = fmax(tally->worst_low_rate_lu, native);
    }
}

static void compare_range(struct tally *tally, const char *path, const struct audio *a,
                          const struct ton_measurement *m) {
    const double lu = m->loudness_range_lu;
    double sparse = NAN;
    if (a->rate < 4000 || isnan(lu))
        return;
    const double theirs = peer_range(&sparse, a, a->rate < 32000 ? 48000 : a->rate);
    const double error = fabs(lu - theirs);
    tally->ranges++;
    tally->worst_range_lu = fmax(tally->worst_range_lu, error);
    tally->worst_sparse_lu = fmax(tally->worst_sparse_lu, fabs(lu - sparse));
    if (error > 0.1)
        figure("%s: %.3f LU, libebur128 %.3f", path, lu, theirs);
}

static void compare_peak(struct tally *tally, const char *path, const struct audio *a,
                         const struct ton_measurement *m) {
    assert_true(m->true_peak_dbtp >= m->sample_peak_dbfs || isnan(m->true_peak_dbtp));
    if (!isfinite(m->sample_peak_dbfs))
        return;
    tally->peaks++;
    const double ends = fmax(m->sample_peak_dbfs, interpolated_peak(a, 0.0, 0.0));
    const double keeps = fmax(m->sample_peak_dbfs, interpolated_peak(a, 0.9, 1.1));
    const double error = fabs(m->true_peak_dbtp - keeps);
    if (fabs(ends - keeps) > 0.05)
        tally->undefined++;
    tally->worst_peak_db = fmax(tally->worst_peak_db, error);
    if (error > 0.05)
        figure("%s: %.3f dBTP, reference %.3f (as it comes %.3f)", path, m->true_peak_dbtp, keeps,
               ends);
}

static void walk(struct tally *tally, const char *folder) {
    struct ton_arena *arena = ton_arena_create();
    struct ton_err err;
    char **names;
    size_t n;
    assert_non_null(arena);
    assert_int_equal(ton_path_list(&names, &n, arena, folder, &err), TON_OK);
    for (size_t i = 0; i < n; i++) {
        struct audio a;
        const char *path = ton_path_join(arena, folder, names[i]);
        if (ton_path_is_folder(path)) {
            walk(tally, path);
        } else if (audio_read(&a, path)) {
            const struct ton_measurement m = ours(&a);
            tally->files++;
            compare_loudness(tally, path, &a, &m);
            compare_range(tally, path, &a, &m);
            compare_peak(tally, path, &a, &m);
            audio_free(&a);
        }
    }
    ton_arena_destroy(arena);
}

/* Files are read and measured once for all tests. */
static const struct tally *heard(void) {
    static struct tally tally;
    if (tally.files == 0)
        walk(&tally, test_data());
    return &tally;
}

static void integrated_loudness_is_that_of_libebur128(void **state) {
    (void)state;
    if (!test_data())
        skip_because("the folder of recordings is not there");
    const struct tally *t = heard();
    figure("%d files, %d with a loudness", t->files, t->loud);
    figure("at most %.4f LU from libebur128 (0.05); %d have one here and none there (0)",
           t->worst_lu, t->mute);
    figure("%d of them below 32 kHz, heard at 48 kHz; at their own rate libebur128 would be up to "
           "%.3f LU away, on %d files more than 0.05",
           t->low_rates, t->worst_low_rate_lu, t->apart);
    assert_true(t->loud > 50 && t->mute == 0);
    assert_true(t->worst_lu <= 0.05);
}

static void loudness_range_is_that_of_libebur128(void **state) {
    (void)state;
    if (!test_data())
        skip_because("the folder of recordings is not there");
    const struct tally *t = heard();
    figure("%d files with a range, at most %.4f LU from libebur128 heard ten times a second (0.1); "
           "once a second it is up to %.3f LU away",
           t->ranges, t->worst_range_lu, t->worst_sparse_lu);
    assert_true(t->ranges > 50);
    assert_true(t->worst_range_lu <= 0.1);
}

static void true_peak_is_that_of_16_fold_interpolation(void **state) {
    (void)state;
    if (!test_data())
        skip_because("the folder of recordings is not there");
    const struct tally *t = heard();
    figure("%d files, %d with sound; on %d soxr as it comes is more than 0.05 dB off the reference",
           t->files, t->peaks, t->undefined);
    figure("at most %.4f dB from the reference (0.05)", t->worst_peak_db);
    assert_true(t->peaks > 50);
    assert_true(t->worst_peak_db <= 0.05);
}

/* Why libebur128 is heard at 48 kHz: the same tone, the same level, another rate. */
static void a_tone_shows_how_libebur128_moves_with_the_rate(void **state) {
    (void)state;
    static const int rates[] = {8000, 16000, 22050, 32000, 44100, 48000, 96000, 192000};
    for (int r = 0; r < TON_N(rates); r++) {
        struct audio a = {.rate = rates[r], .layout = ton_layout_usual(1), .frames = 5 * rates[r]};
        a.planes[0] = ton_alloc(sizeof(float) * (size_t)(a.frames + 2 * EDGE));
        assert_non_null(a.planes[0]);
        for (int64_t i = 0; i < a.frames; i++)
            a.planes[0][EDGE + i] =
                (float)(0.1 * sin(2.0 * M_PI * fmod(500.0 * (double)i / rates[r], 1.0)));
        const double mine = ours(&a).integrated_lufs, theirs = peer_lufs(&a, rates[r]);
        figure("500 Hz at a rate of %6d Hz: %.3f LUFS, libebur128 %.3f", rates[r], mine, theirs);
        assert_true(fabs(mine + 23.659) < 0.02);
        audio_free(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tone_shows_how_libebur128_moves_with_the_rate),
        cmocka_unit_test(integrated_loudness_is_that_of_libebur128),
        cmocka_unit_test(loudness_range_is_that_of_libebur128),
        cmocka_unit_test(true_peak_is_that_of_16_fold_interpolation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
