/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sessions and productions of the workloads that only we have a word for. */
#include "session_text.h"
#include "sounds.h"
#include "stage.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { ALBUM = 12, LOAD_TRACKS = 200, LOAD_CLIPS = 25, LOAD_POINTS = 50 };

static bool link_audio(const char *path) {
    return symlink("../audio", path) == 0 || errno == EEXIST;
}

/* The second pass is told what the first has measured. */
static bool write_loudnorm(void) {
    static const char settings[] = "loudnorm=I=-14:TP=-1.5:LRA=11";
    FILE *f = text_create("normalise-loudnorm.sh");
    if (!f)
        return false;
    fprintf(f,
            "set -e\nffmpeg -nostdin -nostats -hide_banner -i audio/ten.wav"
            " -af %s:print_format=json -f null - 2>loudnorm.txt\n"
            "said() { sed -n \"s/.*\\\"$1\\\" : \\\"\\(.*\\)\\\".*/\\1/p\" loudnorm.txt; }\n"
            "exec ffmpeg -nostdin -nostats -hide_banner -loglevel error -y -i audio/ten.wav"
            " -af %s:linear=true:measured_I=$(said input_i):measured_TP=$(said input_tp)"
            ":measured_LRA=$(said input_lra):measured_thresh=$(said input_thresh)"
            ":offset=$(said target_offset) -ar 48000 -c:a pcm_s24le loudnorm.wav\n",
            settings, settings);
    return text_finish(f);
}

bool stage_normalise(void) {
    FILE *f = text_create("normalise/sessions/ten.yaml");
    if (!f)
        return false;
    text_head(f, "48 kHz");
    fprintf(f, "  Programme: {clips: [{take: ten.wav}]}\n");
    if (!text_finish(f) || !(f = text_create("normalise/production.yaml")))
        return false;
    fprintf(f, "tonmeister: 1\ntitle: Ten\nsessions: [ten]\n"
               "master: {chain: [limiter: {ceiling: -1.5 dBTP}], loudness: -14 LUFS}\n");
    return text_finish(f) && link_audio("normalise/audio") && write_loudnorm();
}

bool stage_resample(void) {
    FILE *f = text_create("sessions/resample.yaml");
    if (!f)
        return false;
    text_head(f, "44.1 kHz");
    fprintf(f, "  Programme: {clips: [{take: ten-96k.wav}]}\n");
    return text_finish(f);
}

/* Eight files a session: four versions, four stems. */
static const char deliverables[] = "deliverables:\n"
                                   "  master: {format: wav 24-bit}\n"
                                   "  instrumental: {without: [vocals], format: wav 24-bit}\n"
                                   "  tv: {without: [vocals.lead], format: wav 24-bit}\n"
                                   "  a cappella: {only: [vocals], format: wav 24-bit}\n"
                                   "  stems: {each: [drums, bass, keys, vocals], "
                                   "format: wav 24-bit}\n";

static bool write_production(const char *path, int sessions) {
    FILE *f = text_create(path);
    if (!f)
        return false;
    fprintf(f, "tonmeister: 1\ntitle: Bench\nartist: Nobody\nsessions: [");
    for (int i = 0; i < sessions; i++)
        fprintf(f, "%ssong-%d", i > 0 ? ", " : "", i + 1);
    fprintf(f, "]\nmaster: {chain: [limiter: {ceiling: -1.00 dBTP, gain: 12 dB}]}\n%s",
            deliverables);
    return text_finish(f);
}

static bool write_song(const char *path, int tracks, const char *clip) {
    FILE *f = text_create(path);
    if (!f)
        return false;
    text_head(f, "48 kHz");
    for (int i = 0; i < tracks; i++) {
        text_track(f, i, tracks, text_role(i, tracks), clip);
        text_strip(f, i);
    }
    text_buses(f, NULL);
    return text_finish(f);
}

bool stage_versions(void) {
    return write_song("versions/sessions/song-1.yaml", N_TRACKS, "") &&
           write_production("versions/production.yaml", 1) && link_audio("versions/audio");
}

bool stage_rebuild(void) {
    if (!write_song("rebuild/sessions/song-1.yaml", N_TRACKS, ", at: 0:00.000, to: 1:00") ||
        !write_production("rebuild/production.yaml", 1) || !link_audio("rebuild/audio"))
        return false;
    for (int i = 0; i < ALBUM; i++) {
        char path[64], clip[64];
        snprintf(path, sizeof path, "album/sessions/song-%d.yaml", i + 1);
        snprintf(clip, sizeof clip, ", from: 1:%02d, length: 4 s", 4 * i);
        if (!write_song(path, 8, clip))
            return false;
    }
    return write_production("album/production.yaml", ALBUM) && link_audio("album/audio");
}

bool stage_load(void) {
    FILE *f = text_create("sessions/load.yaml");
    if (!f)
        return false;
    text_head(f, "48 kHz");
    for (int i = 0; i < LOAD_TRACKS; i++) {
        fprintf(f, "  T%03d:\n    clips:\n", i + 1);
        for (int k = 0; k < LOAD_CLIPS; k++)
            fprintf(f,
                    "      - {take: t%02d.wav, at: 0:%02d.%03d, from: 0:%02d.250, length: 1.75 s, "
                    "fade in: 5 ms}\n",
                    (i + k) % N_TRACKS + 1, 2 * k, i, k);
        fprintf(f, "    automation:\n");
        for (int lane = 0; lane < 2; lane++) {
            fprintf(f, "      %s: [", lane == 0 ? "gain" : "eq.band 1.gain");
            for (int k = 0; k < LOAD_POINTS; k++)
                fprintf(f, "%s[0:%02d.%03d, %d dB]", k > 0 ? ", " : "", k, i, -(k * 7 % 6));
            fprintf(f, "]\n");
        }
        text_strip(f, i);
    }
    text_buses(f, "limiter: {gain: 12 dB, ceiling: -1 dBTP}");
    return text_finish(f);
}

bool stage_live(void) {
    return text_session("sessions/live.yaml", 64, 0.05, ", length: 1 min");
}

bool stage_growth(void) {
    static const int minutes[] = {1, 3, 10, 30, 180};
    char path[64], clip[64];
    for (int tracks = 8; tracks <= 512; tracks *= 2) {
        snprintf(path, sizeof path, "sessions/tracks-%d.yaml", tracks);
        if (!text_session(path, tracks, 0.05, ", length: 1 min"))
            return false;
    }
    for (size_t i = 0; i < sizeof minutes / sizeof *minutes; i++) {
        snprintf(path, sizeof path, "sessions/minutes-%d.yaml", minutes[i]);
        snprintf(clip, sizeof clip, ", length: 1 min, repeat: %d", minutes[i]);
        if (!text_session(path, 4, 0, clip))
            return false;
    }
    return true;
}
