/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line a processor, in the order of processors.def. */
#include "scenes.h"

#include <string.h>

#define AXIS_HZ                                                                                    \
    { 20, 20000, true, 0, "Hz" }
#define AXIS_MS(to, step)                                                                          \
    { 0, to, false, step, "ms" }
#define AXIS_DB(from, to, step)                                                                    \
    { from, to, false, step, "dB" }
#define AXIS_IN                                                                                    \
    { -60, 0, false, 10, "dBFS in" }
#define AXIS_OUT                                                                                   \
    { -60, 0, false, 10, "dBFS" }
#define AXIS_HARMONICS(to)                                                                         \
    { 0, to, false, 1, "kHz" }
#define AXIS_FULL_SCALE                                                                            \
    { -1.25, 1.25, false, 0.25, "" }

static const struct scene scenes[] = {
    {"chorus",
     MEASURED,
     {20, 2000, true, 0, "Hz"},
     AXIS_DB(-36, 6, 6),
     {"voices: 1, mix: 50 %, low cut: off", "voices: 3, mix: 50 %, low cut: 200 Hz"}},
    {"clipper",
     WAVE,
     AXIS_MS(8, 1),
     AXIS_FULL_SCALE,
     {"drive: 6 dB, ceiling: -3 dB, knee: 0 dB", "drive: 6 dB, ceiling: -3 dB, knee: 6 dB"}},
    {"compressor",
     CURVE,
     AXIS_IN,
     AXIS_OUT,
     {"threshold: -30 dB, ratio: 2, knee: 12 dB", "threshold: -30 dB, ratio: 4, knee: 6 dB",
      "threshold: -30 dB, ratio: inf, knee: 0 dB"}},
    {"convolver",
     ECHOES,
     AXIS_MS(500, 100),
     AXIS_DB(-90, 0, 10),
     {"", "pre delay: 40 ms, length: 250 ms"}},
    {"deesser",
     SWEPT,
     AXIS_HZ,
     AXIS_DB(-12, 3, 3),
     {"frequency: 4.5 kHz, detection: absolute, threshold: -30 dB, range: 9 dB",
      "mode: wide band, detection: absolute, threshold: -30 dB, range: 6 dB"}},
    {"delay",
     ECHOES,
     AXIS_MS(2000, 250),
     AXIS_DB(-60, 0, 10),
     {"time: 300 ms, feedback: 60 %, mix: 50 %",
      "time: 1/4, feedback: 30 %, high cut: 2 kHz, mix: 50 %"}},
    {"ducker",
     LEVEL,
     AXIS_MS(5000, 1000),
     AXIS_DB(-60, 0, 10),
     {"threshold: -20 dB, depth: 12 dB",
      "threshold: -20 dB, depth: 6 dB, hold: 200 ms, release: 400 ms"}},
    {"dynamic_eq",
     SWEPT,
     AXIS_HZ,
     AXIS_DB(-12, 6, 3),
     {"band 1.frequency: 3 kHz, band 1.threshold: -30 dB, band 1.range: -8 dB",
      "band 1.frequency: 200 Hz, band 1.gain: 4 dB, band 1.threshold: -30 dB, band 1.range: -8 "
      "dB"}},
    {"eq",
     RESPONSE,
     AXIS_HZ,
     AXIS_DB(-24, 12, 6),
     {"high pass: 80 Hz, high pass slope: 24 dB/oct",
      "band 1.frequency: 3 kHz, band 1.gain: 6 dB, band 1.q: 2",
      "band 1.type: high shelf, band 1.frequency: 8 kHz, band 1.gain: -9 dB, band 1.q: 0.7",
      "band 1.type: tilt, band 1.frequency: 700 Hz, band 1.gain: 3 dB"}},
    {"expander",
     CURVE,
     AXIS_IN,
     {-80, 0, false, 10, "dBFS"},
     {"threshold: -30 dB, ratio: 1.5", "threshold: -30 dB, ratio: 3",
      "threshold: -30 dB, ratio: 6, range: 40 dB, knee: 0 dB"}},
    {"exciter",
     HARMONICS,
     AXIS_HARMONICS(10),
     AXIS_DB(-120, 0, 20),
     {"frequency: 700 Hz, amount: -12 dB, odd: 0 %",
      "frequency: 700 Hz, amount: -12 dB, odd: 100 %"}},
    {"flanger",
     MEASURED,
     AXIS_HZ,
     AXIS_DB(-36, 12, 6),
     {"manual: 1 ms, depth: 0 ms, feedback: 0 %", "manual: 1 ms, depth: 0 ms, feedback: 70 %"}},
    {"gain", RESPONSE, AXIS_HZ, AXIS_DB(-12, 12, 6), {"gain: 6 dB", "gain: -6 dB"}},
    {"gate",
     LEVEL,
     AXIS_MS(1000, 200),
     AXIS_DB(-90, 0, 10),
     {"threshold: -20 dB, range: 40 dB", "threshold: -20 dB, range: 20 dB, release: 300 ms"}},
    {"leveler",
     WORDS,
     AXIS_MS(60000, 10000),
     AXIS_DB(-48, 0, 6),
     {"target: -18 LUFS", "target: -18 LUFS, response: 4 s, boost: 6 dB"}},
    {"limiter",
     LEVEL,
     AXIS_MS(1000, 200),
     AXIS_DB(-48, 0, 6),
     {"gain: 12 dB, ceiling: -3 dBTP", "gain: 12 dB, ceiling: -3 dBTP, release: 400 ms"}},
    {"meter",
     READINGS,
     AXIS_MS(10000, 2000),
     AXIS_DB(-48, 0, 6),
     {"Peak", "Momentary", "Short-term", "Integrated"}},
    {"multiband",
     SWEPT,
     AXIS_HZ,
     AXIS_DB(-12, 3, 3),
     {"band 1.up to: 150 Hz, band 1.ratio: 3, band 2.bypass: on",
      "band 1.up to: 4 kHz, band 1.bypass: on, band 2.threshold: -24 dB",
      "band 1.up to: 150 Hz, band 2.up to: 4 kHz, band 2.ratio: 4, band 3.threshold: 0 dB"}},
    {"phaser",
     MEASURED,
     AXIS_HZ,
     AXIS_DB(-36, 12, 6),
     {"range: 0, stages: 4, feedback: 0 %", "range: 0, stages: 8, feedback: 60 %"}},
    {"pitch",
     SPECTRUM,
     {200, 5000, true, 0, "Hz"},
     AXIS_DB(-120, 0, 20),
     {"shift: -5 st", "shift: 7 st"}},
    {"reverb",
     ECHOES,
     AXIS_MS(2000, 250),
     AXIS_DB(-90, -10, 10),
     {"type: hall, decay: 1.6 s", "type: plate, decay: 0.8 s", "type: room, decay: 0.4 s"}},
    {"saturator",
     HARMONICS,
     AXIS_HARMONICS(12),
     AXIS_DB(-120, 0, 20),
     {"kind: tape, drive: 12 dB", "kind: tube, drive: 12 dB", "kind: transistor, drive: 12 dB"}},
    {"tone", BANDS, AXIS_HZ, AXIS_DB(-60, 0, 10), {"wave: pink noise", "wave: white noise"}},
    {"transient",
     STROKES,
     AXIS_MS(500, 100),
     AXIS_DB(-60, 6, 6),
     {"attack: 9 dB", "sustain: 9 dB", "attack: -9 dB, sustain: -12 dB"}},
    {"tremolo",
     STEADY,
     AXIS_MS(1000, 200),
     AXIS_DB(-48, 0, 6),
     {"rate: 4 Hz, depth: 50 %", "rate: 4 Hz, depth: 90 %, shape: triangle"}},
    {"width",
     RESPONSE,
     AXIS_HZ,
     AXIS_DB(-12, 6, 3),
     {"width: 0 %", "width: 150 %", "mono below: 120 Hz, width: 150 %"}},
};

/* Of what has no line of its own, as it is without a setting. */
static const struct scene usual_response = {"", RESPONSE, AXIS_HZ, AXIS_DB(-24, 12, 6), {""}};
static const struct scene usual_curve = {"", CURVE, AXIS_IN, AXIS_OUT, {""}};
static const struct scene usual_level = {"", LEVEL, AXIS_MS(1000, 200), AXIS_DB(-60, 0, 10), {""}};

const struct scene *scene_of(const struct ton_processor *p) {
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
        if (strcmp(scenes[i].id, p->id) == 0)
            return &scenes[i];
    return p->response ? &usual_response : p->curve ? &usual_curve : &usual_level;
}
