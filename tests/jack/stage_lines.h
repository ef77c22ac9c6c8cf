/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is on the two stages of ton-stage: one whose lines have faults, one whose lines are clean.
 */
#ifndef TON_TEST_STAGE_LINES_H
#define TON_TEST_STAGE_LINES_H

#include "stage_machines.h"

#include <stddef.h>

enum { MOST_FILES = 4 };
#define NO_NOISE (-200) /* of a line that is digital up to here */

struct line {
    const char *name, *source, *fault; /* "": none */
    double peak_db;                    /* of what is played, dBFS; 0: nothing is */
    double noise_db;                   /* RMS of the line, dBFS */
    const char *files[MOST_FILES];     /* in DATA, one after the other */
    const char *noise;                 /* in DATA: recorded, instead of made */
    int channel;                       /* of the files */
    machine play;                      /* what plays, instead of files */
};

#define LINE(name_, source_, fault_, peak_, noise_, ...)                                           \
    {                                                                                              \
        .name = name_, .source = source_, .fault = fault_, .peak_db = peak_, .noise_db = noise_,   \
        .files = {                                                                                 \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define MACHINE(name_, source_, peak_, noise_, play_)                                              \
    {                                                                                              \
        .name = name_, .source = source_, .fault = "", .peak_db = peak_, .noise_db = noise_,       \
        .play = play_                                                                              \
    }
#define DRUMS "multitrack/drums-multimic-funk138/"
#define SPEECH "speech/clean/"
#define STEMS "multitrack/caesium/"
#define MIDI "multitrack/space-spectre-midi/"

static const struct line faulty[] = {
    LINE("OH L", "condenser +48V", "", -9, -78, DRUMS "ohl.flac"),
    LINE("OH R", "condenser +48V", "polarity", -9, -78, DRUMS "ohr.flac"),
    LINE("Kick", "dynamic", "", -8, -80, DRUMS "kdruml.flac"),
    LINE("Hat", "condenser +48V", "", -10, -76, DRUMS "hihat.flac"),
    LINE("Voice", "dynamic", "", -8, -74, SPEECH "jfk.flac"),
    LINE("Guest", "dynamic", "duplicate", -10, -84, SPEECH "jfk.flac"),
    LINE("Bass", "DI", "hum", -9, -82, SPEECH "librispeech-198-209-0000.flac"),
    LINE("Keys", "line", "dead", 0, 0, NULL),
    LINE("Snare", "dynamic", "clipping", -2, -76, DRUMS "snare-top.flac"),
    LINE("Host", "digital", "crackle", -9, -90, SPEECH "xmas.flac"),
    LINE("Spare", "dynamic", "quiet", 0, -76, NULL),
    LINE("Old Mic", "dynamic", "noise", -9, -52, SPEECH "librispeech-5703-47212-0000.flac"),
    LINE("Tape", "line", "dc", -10, -84, SPEECH "LJ001-0001.flac"),
    LINE("Loud", "dynamic", "level", -2, -76, SPEECH "asterisk-en-demo-congrats.flac"),
    LINE("Room L", "condenser +48V", "", -6.5, -80, DRUMS "ambl.flac"),
    LINE("Room R", "condenser +48V", "time", -9, -80, DRUMS "ambr.flac"),
    LINE("Synth", "line", "", -9, -88, MIDI "ch04.flac"),
    LINE("Sampler", "line", "crosstalk", -9, -88, SPEECH "LJ001-0003.flac"),
    LINE("Strings", "line", "", -9, -88, MIDI "ch02.flac"),
    LINE("Joined", "dynamic", "duplicate", -9, -84, SPEECH "LJ001-0010.flac"),
    LINE("Radio", "dynamic", "rf", -9, -76, SPEECH "LJ001-0012.flac"),
    LINE("Remote", "digital", "clock", -9, -90, STEMS "minilogue-synth.flac"),
    {.name = "Amp",
     .source = "dynamic",
     .fault = "hum",
     .peak_db = -9,
     .noise_db = -56,
     .files = {SPEECH "LJ001-0005.flac"},
     .noise = "noise/vhs-hum-60hz.flac"},
};

/* All microphones of a kit, voices, instruments, music, machines, and lines on which nothing is
 * played. The wires below a snare drum hear it upside down; an engineer has turned them round. */
static const struct line clean[] = {
    LINE("OH L", "condenser +48V", "", -9, -78, DRUMS "ohl.flac"),
    LINE("OH R", "condenser +48V", "", -9, -78, DRUMS "ohr.flac"),
    LINE("Room L", "condenser +48V", "", -9, -78, DRUMS "ambl.flac"),
    LINE("Room R", "condenser +48V", "", -9, -78, DRUMS "ambr.flac"),
    LINE("Snare Top", "dynamic", "", -9, -80, DRUMS "snare-top.flac"),
    LINE("Snare Bottom", "dynamic", "turned", -9, -80, DRUMS "snare-bottom.flac"),
    LINE("Hat", "condenser +48V", "", -9, -76, DRUMS "hihat.flac"),
    LINE("Ride", "condenser +48V", "", -9, -76, DRUMS "rider.flac"),
    LINE("Kick", "dynamic", "", -8, -80, DRUMS "kdruml.flac"),
    LINE("Tom 1", "dynamic", "", -9, -78, DRUMS "tom1.flac"),
    LINE("Tom 2", "dynamic", "", -9, -78, DRUMS "tom2.flac"),
    LINE("Tom 3", "dynamic", "", -9, -78, DRUMS "tom3.flac"),
    LINE("Tom 4", "dynamic", "", -9, -78, DRUMS "tom4.flac"),
    LINE("Trigger", "dynamic", "", -9, -84, DRUMS "trigger.flac"),
    LINE("Reader", "dynamic", "", -9, -76, SPEECH "LJ001-0003.flac", SPEECH "LJ001-0010.flac",
         SPEECH "LJ001-0007.flac"),
    LINE("Caller", "condenser +48V", "", -9, -74, SPEECH "asterisk-it-demo-abouttotry.flac",
         SPEECH "librispeech-5703-47212-0000.flac"),
    LINE("Singer", "dynamic", "", -9, -76, "truth/pitch/vocadito_1.flac"),
    LINE("Lead", "condenser +48V", "", -9, -78, STEMS "vox-lead.flac"),
    LINE("Choir", "condenser +48V", "", -9, -78, STEMS "bgvox-main.flac"),
    LINE("Flute", "condenser +48V", "", -9, -78, "truth/pitch/tinysol-flute-C4-mf.flac"),
    LINE("Tabla", "dynamic", "", -9, -76, "truth/onsets/tabla-binati_SRC.flac"),
    LINE("Bass", "DI", "", -9, -84, MIDI "ch01.flac"),
    LINE("Guitar", "active DI +48V", "", -9, -84, MIDI "ch04.flac"),
    LINE("Piano", "DI", "", -9, -84, MIDI "ch07.flac"),
    LINE("Synth", "line", "", -9, -88, STEMS "minilogue-synth.flac"),
    LINE("Beat", "line", "", -9, -88, STEMS "garage-beat.flac"),
    LINE("Sampler", "line", "", -9, -88, MIDI "ch10.flac"),
    LINE("Strings", "line", "", -9, -88, "restoration/clean.flac"),
    LINE("Music L", "digital", "", -9, -96, "truth/tempo-key/brahms-hungarian-dance-5.flac"),
    {.name = "Music R",
     .source = "digital",
     .fault = "",
     .peak_db = -9,
     .noise_db = -96,
     .files = {"truth/tempo-key/brahms-hungarian-dance-5.flac"},
     .channel = 1},
    LINE("Remote", "digital", "resampled", -9, -90, "truth/tempo-key/sodium-140-gm.flac"),
    MACHINE("Kick 808", "line", -8, -88, machine_kick),
    MACHINE("Click", "line", -9, -88, machine_click),
    MACHINE("Pad", "line", -9, -86, machine_pad),
    MACHINE("Arpeggio", "line", -9, -86, machine_arpeggio),
    MACHINE("Hats", "line", -9, -88, machine_hats),
    MACHINE("Sub", "DI", -9, -84, machine_bass),
    MACHINE("Groove", "digital", -8, NO_NOISE, machine_groove),
    MACHINE("Metronome", "digital", -9, NO_NOISE, machine_metronome),
    LINE("Spare", "dynamic", "", 0, -76, NULL),
    LINE("Spare DI", "DI", "", 0, -86, NULL),
};

#endif
