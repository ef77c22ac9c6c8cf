/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws what each processor does into FOLDER/ID.svg, for doc/reference/processors.md: `pictures
 * FOLDER`. What can be computed is (response, curve); the rest is measured on the processor at
 * work.
 */
#include "probe.h"

#include "scenes.h"
#include "ton/path.h"
#include "ton/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_POINTS = 400, MOST_FRAMES = 60 * PROBE_RATE, PERIOD = PROBE_RATE / 1000 };

static float in[MOST_FRAMES], out[MOST_FRAMES];

/* What the lines of a plot are made of. */
static double xs[TON_PLOT_MOST_LINES][MOST_POINTS], ys[TON_PLOT_MOST_LINES][MOST_POINTS];

static double db_of(double amplitude) {
    return amplitude > 1e-12 ? 20.0 * log10(amplitude) : -240.0;
}

static double hz_at(int i, int n) {
    return 20.0 * pow(1000.0, (double)i / (n - 1));
}

/* Amplitude of a sine of `hz` in out[from …), under a Hann window. */
static double amplitude_at(double hz, int from, int frames) {
    const double w = 2.0 * M_PI * hz / PROBE_RATE;
    double re = 0.0, im = 0.0;
    for (int i = 0; i < frames; i++) {
        const double x =
            (double)out[from + i] * (1.0 - cos(2.0 * M_PI * (i + 0.5) / frames)) * 2.0 / frames;
        re += x * cos(w * i);
        im += x * sin(w * i);
    }
    return hypot(re, im);
}

static void sine(double hz, double db, int frames) {
    for (int i = 0; i < frames; i++)
        in[i] = (float)(pow(10.0, db / 20.0) * sin(2.0 * M_PI * hz * i / PROBE_RATE));
}

/* The peak of each millisecond of `x`, in dB, as at most MOST_POINTS points over `ms`. */
static int levels(double *px, double *py, const float *x, double ms) {
    const int n = ms < MOST_POINTS ? (int)ms : MOST_POINTS;
    for (int i = 0; i < n; i++) {
        const int from = (int)(ms * i / n) * PERIOD, to = (int)(ms * (i + 1) / n) * PERIOD;
        double peak = 0.0;
        for (int k = from; k < to; k++)
            peak = fmax(peak, fabs((double)x[k]));
        px[i] = ms * (i + 0.5) / n;
        py[i] = db_of(peak);
    }
    return n;
}

static int frames_of(const struct scene *s) {
    return (int)s->x.to * PERIOD;
}

static int draw_response(int line, const struct scene *s, const struct ton_processor *p,
                         const float *params) {
    const struct ton_config config = probe_config();
    (void)s;
    for (int i = 0; i < 240; i++) {
        xs[line][i] = hz_at(i, 240);
        ys[line][i] = p->response(&config, params, xs[line][i]);
    }
    return 240;
}

static int draw_curve(int line, const struct scene *s, const struct ton_processor *p,
                      const float *params) {
    for (int i = 0; i <= 120; i++) {
        xs[line][i] = s->x.from + (s->x.to - s->x.from) * i / 120;
        ys[line][i] = p->curve(params, xs[line][i]);
    }
    return 121;
}

/* A tone that is soft, loud for two fifths of the time, and soft again. */
static void loud_and_soft(const struct scene *s) {
    const int frames = frames_of(s);
    sine(1000.0, 0.0, frames);
    for (int i = 0; i < frames; i++) {
        const bool loud = i >= frames / 5 && i < 3 * frames / 5;
        in[i] *= (float)pow(10.0, (loud ? -6.0 : -30.0) / 20.0);
    }
}

/* The same as syllables, four a second, of a voice of 150 Hz. */
static void words(const struct scene *s) {
    for (int i = 0; i < frames_of(s); i++) {
        const double t = (double)i / PROBE_RATE, w = 2.0 * M_PI * 150.0 * t;
        const double syllable = pow(0.5 - 0.5 * cos(2.0 * M_PI * 4.0 * t), 2.0);
        const double loud = i >= frames_of(s) / 5 && i < 3 * frames_of(s) / 5 ? 0.25 : 0.25 / 16;
        double voice = 0.0;
        for (int k = 1; k <= 20; k++)
            voice += sin(k * w) / k;
        in[i] = (float)(loud * syllable * voice);
    }
}

/* Struck four times: a millisecond to rise, 30 ms for each 8.7 dB of fall. */
static void strokes(const struct scene *s) {
    const int frames = frames_of(s);
    sine(1000.0, -6.0, frames);
    for (int i = 0; i < frames; i++) {
        const double t = (double)(i % (frames / 2)) / PROBE_RATE;
        in[i] *= (float)(fmin(t / 0.001, 1.0) * exp(-t / 0.03));
    }
}

static void steady(const struct scene *s) {
    sine(1000.0, -6.0, frames_of(s));
}

static int draw_level(int line, const struct scene *s, const struct ton_processor *p,
                      const float *params) {
    probe_run(out, in, frames_of(s), p, params);
    return levels(xs[line], ys[line], out, s->x.to);
}

static int draw_readings(int line, const struct scene *s, const struct ton_processor *p,
                         const float *params) {
    const int n = frames_of(s) / PROBE_BLOCK;
    probe_read(out, in, n * PROBE_BLOCK, p, params, s->settings[line]);
    for (int i = 0; i < MOST_POINTS; i++) {
        const int at = (int)((int64_t)n * i / MOST_POINTS);
        xs[line][i] = 1000.0 * (at + 1) * PROBE_BLOCK / PROBE_RATE;
        ys[line][i] = (double)out[at];
    }
    return MOST_POINTS;
}

/* The echoes of one sample of full scale. */
static int draw_echoes(int line, const struct scene *s, const struct ton_processor *p,
                       const float *params) {
    memset(in, 0, sizeof *in * (size_t)frames_of(s));
    in[0] = 1.0F;
    return draw_level(line, s, p, params);
}

/* Harmonics of 1 kHz at -6 dBFS, the settled second, re its level. */
static int draw_harmonics(int line, const struct scene *s, const struct ton_processor *p,
                          const float *params) {
    const int n = (int)s->x.to;
    sine(1000.0, -6.0, 2 * PROBE_RATE);
    probe_run(out, in, 2 * PROBE_RATE, p, params);
    for (int i = 0; i < n; i++) {
        xs[line][i] = i + 1;
        ys[line][i] = db_of(amplitude_at(1000.0 * (i + 1), PROBE_RATE, 4800) /
                            amplitude_at(1000.0, PROBE_RATE, 4800));
    }
    return n;
}

/* What a click 0.4 s after the start becomes within a fifth of a second, over frequency. */
static int draw_measured(int line, const struct scene *s, const struct ton_processor *p,
                         const float *params) {
    enum { AT = 2 * PROBE_RATE / 5, FRAMES = PROBE_RATE / 5, POINTS = 300 };
    (void)s;
    memset(in, 0, sizeof *in * (AT + FRAMES));
    in[AT] = 0.1F;
    probe_run(out, in, AT + FRAMES, p, params);
    for (int i = 0; i < POINTS; i++) {
        double re = 0.0, im = 0.0;
        xs[line][i] = hz_at(i, POINTS);
        const double w = 2.0 * M_PI * xs[line][i] / PROBE_RATE;
        for (int k = 0; k < FRAMES; k++) {
            re += (double)out[AT + k] * cos(w * k);
            im += (double)out[AT + k] * sin(w * k);
        }
        ys[line][i] = db_of(hypot(re, im) / 0.1);
    }
    return POINTS;
}

/* The gain of a tone of -12 dBFS, at rest at each of some frequencies for half a second. */
static int draw_swept(int line, const struct scene *s, const struct ton_processor *p,
                      const float *params) {
    enum { POINTS = 60, FRAMES = PROBE_RATE / 2 };
    (void)s;
    for (int i = 0; i < POINTS; i++) {
        xs[line][i] = hz_at(i, POINTS);
        sine(xs[line][i], -12.0, FRAMES);
        probe_run(out, in, FRAMES, p, params);
        ys[line][i] = db_of(amplitude_at(xs[line][i], FRAMES / 2, FRAMES / 2)) + 12.0;
    }
    return POINTS;
}

/* The spectrum of 1 kHz at -6 dBFS: lines stand as peaks 20 Hz wide. */
static int draw_spectrum(int line, const struct scene *s, const struct ton_processor *p,
                         const float *params) {
    enum { POINTS = 400, FRAMES = PROBE_RATE / 10 };
    sine(1000.0, -6.0, PROBE_RATE);
    probe_run(out, in, PROBE_RATE, p, params);
    for (int i = 0; i < POINTS; i++) {
        xs[line][i] = s->x.from * pow(s->x.to / s->x.from, (double)i / (POINTS - 1));
        ys[line][i] = db_of(amplitude_at(xs[line][i], PROBE_RATE / 2, FRAMES));
    }
    return POINTS;
}

/* Four periods of a tone of 250 Hz. */
static int draw_wave(int line, const struct scene *s, const struct ton_processor *p,
                     const float *params) {
    enum { POINTS = 384 };
    const int last = PROBE_RATE / 2;
    (void)s;
    sine(250.0, 0.0, PROBE_RATE);
    probe_run(out, in, PROBE_RATE, p, params);
    for (int i = 0; i < POINTS; i++) {
        xs[line][i] = 1000.0 * i / PROBE_RATE;
        ys[line][i] = (double)out[last + i];
    }
    return POINTS;
}

/* Power in thirds of an octave over five seconds. */
static int draw_bands(int line, const struct scene *s, const struct ton_processor *p,
                      const float *params) {
    enum { FRAMES = 4096, PARTS = 16, PER_BAND = 6 };
    int n = 0;
    (void)s;
    memset(in, 0, sizeof *in * FRAMES * (PARTS + 1));
    probe_run(out, in, FRAMES * (PARTS + 1), p, params);
    for (double hz = 40.0; hz < 18000.0; hz *= cbrt(2.0), n++) {
        double power = 0.0;
        for (int part = 1; part <= PARTS; part++)
            for (int i = 0; i < PER_BAND; i++) {
                const double a = amplitude_at(hz * pow(2.0, ((i + 0.5) / PER_BAND - 0.5) / 3.0),
                                              FRAMES * part, FRAMES);
                power += a * a / (PARTS * PER_BAND);
            }
        /* A Hann window is 1.5 bins wide, the band hz * 0.2316. */
        xs[line][n] = hz;
        ys[line][n] = 10.0 * log10(power / 2.0 * hz * 0.2316 * FRAMES / (1.5 * PROBE_RATE) + 1e-24);
    }
    return n;
}

static const struct {
    int (*draw)(int line, const struct scene *s, const struct ton_processor *p,
                const float *params);
    void (*play)(const struct scene *s); /* the input, drawn faint; NULL: none */
    const char *what;
} kinds[] = {
    [RESPONSE] = {draw_response, NULL, "gain over frequency"},
    [CURVE] = {draw_curve, NULL, "output over input level"},
    [LEVEL] = {draw_level, loud_and_soft, "level over time, of a tone that becomes loud"},
    [WORDS] = {draw_level, words, "level over time, of a voice that becomes loud"},
    [STROKES] = {draw_level, strokes, "level over time, of two strokes"},
    [STEADY] = {draw_level, steady, "level over time, of a steady tone"},
    [READINGS] = {draw_readings, loud_and_soft, "readings over time, of a tone that becomes loud"},
    [ECHOES] = {draw_echoes, NULL, "level over time, of one click"},
    [HARMONICS] = {draw_harmonics, NULL, "harmonics of a tone of 1 kHz"},
    [MEASURED] = {draw_measured, NULL, "gain over frequency, measured"},
    [SWEPT] = {draw_swept, NULL, "gain of a tone of -12 dBFS over its frequency"},
    [SPECTRUM] = {draw_spectrum, NULL, "spectrum of a tone of 1 kHz"},
    [WAVE] = {draw_wave, NULL, "wave of a tone of 250 Hz"},
    [BANDS] = {draw_bands, NULL, "power in thirds of an octave"},
};

static void draw(struct ton_text *svg, const struct scene *s, const struct ton_processor *p) {
    char title[128], names[TON_PLOT_MOST_LINES][128];
    float params[PROBE_MOST_PARAMS];
    snprintf(title, sizeof title, "%s: %s", p->name, kinds[s->kind].what);
    struct ton_plot plot = {.title = title, .x = s->x, .y = s->y, .bars = s->kind == HARMONICS};
    for (int i = 0; i < MOST_SETTINGS && s->settings[i]; i++) {
        struct ton_plot_line *line = &plot.lines[plot.n];
        probe_setting(params, p, s->kind == READINGS ? "" : s->settings[i]);
        snprintf(names[i], sizeof names[i], "%s", s->settings[i][0] ? s->settings[i] : "as it is");
        if (kinds[s->kind].play)
            kinds[s->kind].play(s);
        *line = (struct ton_plot_line){.name = names[i],
                                       .x = xs[plot.n],
                                       .y = ys[plot.n],
                                       .n = kinds[s->kind].draw(plot.n, s, p, params)};
        plot.n++;
    }
    if (kinds[s->kind].play || s->kind == CURVE) {
        struct ton_plot_line *line = &plot.lines[plot.n++];
        *line = (struct ton_plot_line){.x = xs[plot.n - 1], .y = ys[plot.n - 1], .n = 2};
        xs[plot.n - 1][0] = ys[plot.n - 1][0] = s->x.from;
        xs[plot.n - 1][1] = ys[plot.n - 1][1] = s->x.to;
        if (s->kind != CURVE)
            line->n = levels(xs[plot.n - 1], ys[plot.n - 1], in, s->x.to);
    }
    ton_report_plot(svg, &plot);
}

static int fail(const char *id, const char *what) {
    fprintf(stderr, "pictures: %s: %s\n", id, what);
    return 2;
}

int main(int argc, char **argv) {
    if (argc != 2)
        return fail("usage", "pictures FOLDER");
    for (int i = 0; i < ton_processor_count(); i++) {
        const struct ton_processor *p = ton_processor_at(i);
        struct ton_text svg = {0};
        struct ton_err err = {.code = TON_OK};
        char path[1024];
        draw(&svg, scene_of(p), p);
        snprintf(path, sizeof path, "%s/%s.svg", argv[1], p->id);
        if (svg.failed || ton_path_write(path, svg.data, svg.length, &err) != TON_OK)
            return fail(p->id, svg.failed ? "no memory" : err.text);
        ton_text_free(&svg);
    }
    return 0;
}
