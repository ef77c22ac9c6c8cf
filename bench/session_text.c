/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes tracks, strips and buses as YAML. */
#include "session_text.h"
#include "sounds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

FILE *text_create(const char *path) {
    char folder[256];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        mkdir(folder, 0755);
    }
    return fopen(path, "w");
}

bool text_finish(FILE *f) {
    const bool failed = ferror(f);
    return fclose(f) == 0 && !failed;
}

double text_left(int track) {
    return 0.25 * cos(M_PI / 2 * track / (N_TRACKS - 1));
}

double text_right(int track) {
    return 0.25 * sin(M_PI / 2 * track / (N_TRACKS - 1));
}

double text_send(int track) {
    return 0.05 + 0.005 * (track % N_TRACKS);
}

void text_head(FILE *f, const char *rate) {
    fprintf(f, "tonmeister: 1\nrate: %s\ntracks:\n", rate);
}

void text_track(FILE *f, int number, int tracks, const char *role, const char *clip) {
    const int side = tracks > 1 ? 200 * number / (tracks - 1) - 100 : 0;
    fprintf(f, "  T%03d:\n", number + 1);
    if (role)
        fprintf(f, "    role: %s\n", role);
    fprintf(f, "    clips: [{take: t%02d.wav%s}]\n    gain: -12.0 dB\n", number % N_TRACKS + 1,
            clip);
    if (side != 0)
        fprintf(f, "    pan: %c%d\n", side < 0 ? 'L' : 'R', abs(side));
}

void text_strip(FILE *f, int number) {
    fprintf(f,
            "    chain:\n      - eq:\n          high pass: 80 Hz\n          bands:\n"
            "            - {type: bell, frequency: 120 Hz, gain: +2 dB, q: 1}\n"
            "            - {type: bell, frequency: 400 Hz, gain: -3 dB, q: 1}\n"
            "            - {type: bell, frequency: 2.5 kHz, gain: +3 dB, q: 1}\n"
            "            - {type: bell, frequency: 8 kHz, gain: -2 dB, q: 1}\n"
            "      - compressor: {threshold: -20 dB, ratio: 3, attack: 10 ms, release: 120 ms, "
            "knee: 4 dB}\n"
            "    sends: {Hall: %.2f dB}\n",
            20 * log10(text_send(number) / 0.25));
}

void text_buses(FILE *f, const char *mix_chain) {
    fprintf(f, "buses:\n  Hall: {chain: [reverb: {decay: 1.8 s}]}\n");
    if (mix_chain)
        fprintf(f, "  Mix: {chain: [%s]}\n", mix_chain);
}

const char *text_role(int number, int tracks) {
    static const char *const roles[] = {"drums.kit",   "drums.room",    "bass",
                                        "keys.piano",  "keys.guitar",   "keys.pad",
                                        "vocals.lead", "vocals.backing"};
    return roles[number * 8 / tracks];
}

bool text_session(const char *path, int tracks, double later_s, const char *clip) {
    FILE *f = text_create(path);
    if (!f)
        return false;
    text_head(f, "48 kHz");
    for (int i = 0; i < tracks; i++) {
        char whole[128];
        snprintf(whole, sizeof whole, ", from: 0:%06.3f%s", later_s * i, clip);
        text_track(f, i, tracks, NULL, whole);
        text_strip(f, i);
    }
    text_buses(f, "limiter: {gain: 12 dB, ceiling: -1 dBTP}");
    return text_finish(f);
}
