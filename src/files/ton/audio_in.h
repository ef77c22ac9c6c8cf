/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_AUDIO_IN_H
#define TON_AUDIO_IN_H

#include "ton/arena.h"
#include "ton/err.h"
#include "ton/hash.h"
#include "ton/layout.h"

#include <stdint.h>

/* What a file says of itself. Strings live as long as the handle. */
struct ton_audio_info {
    const char *container; /* "WAV", "RF64", "BWF", "FLAC", "AIFF", "CAF", "MP3", "OGG", "MP4", … */
    const char *encoding; /* "PCM 24-bit", "float 32-bit", "FLAC 16-bit", "AAC", "Opus", … */
    int rate;             /* Hz */
    int channels;
    int bits; /* of a PCM or lossless sample; 32/64 for float; 0 for lossy */
    bool floating;
    bool lossless;
    struct ton_layout layout;
    int64_t
        frames; /* exact where the container knows it; else found by reading once; never a guess */
    int64_t missing; /* frames that the header promises and the file does not hold: it was cut */
    bool has_time_reference;
    int64_t time_reference; /* bext: samples since midnight */
    const char *title, *artist, *description, *originator, *origination_date,
        *origination_time;          /* NULL when absent */
    const char *const *track_names; /* iXML: one a channel, NULL where there is none; UTF-8 in one
                                       line of at most 120 bytes. NULL when nothing is named */
};

struct ton_audio_in;

/* Opens anything that libsndfile reads, and through libav what it does not (AAC, ALAC, the sound of
 * a video). Refuses with one clear sentence: a folder, an empty file, a cut header, 0 channels, 0
 * Hz, no audio stream. A file whose header promises more than it holds is opened, `frames` is what
 * is there and `missing` (of WAV, RF64, W64, AIFF, CAF, AU, FLAC, MP3 and MP4) what is not.
 * @thread any, but one handle belongs to one thread at a time */
enum ton_code ton_audio_open(struct ton_audio_in **out, const char *path, struct ton_err *err);
const struct ton_audio_info *ton_audio_info(const struct ton_audio_in *in);

/* What the first element of this name in its iXML says, such as `SCENE`, in one line as the names
 * of tracks are, of at most 64 KiB; in the arena. NULL: there is none. Fails for want of memory
 * alone. */
enum ton_code ton_audio_ixml(const char **out, struct ton_arena *arena,
                             const struct ton_audio_in *in, const char *element,
                             struct ton_err *err);

/* What such an element counts; 0: nothing, or what cannot be (below 0, or more than a day at any
 * rate): a file may come from anybody. */
#define TON_AUDIO_MOST_NUMBER (INT64_C(1) << 48)
int64_t ton_audio_number(const char *word);

/* Where its first frame is on a timeline that starts at `start`, both frames since midnight. What
 * begins before the timeline's start may bear a time of the day before: no pre-roll or count-in is
 * longer than an hour. */
int64_t ton_audio_place(const struct ton_audio_info *info, int64_t start);

/* What is read from here on is multiplied by this (1 at first), on its way out of the file's words
 * and not in a pass of its own. */
void ton_audio_set_gain(struct ton_audio_in *in, float gain);

/* Reads up to `frames` into planar floats, full scale 1.0; a channel that is NULL in `out` is not
 * wanted. `*got` < frames only at the end. A damaged stretch is an error. */
enum ton_code ton_audio_read(struct ton_audio_in *in, float *const *out, int64_t frames,
                             int64_t *got, struct ton_err *err);
/* Exact to the sample and to the bit: after a seek come the same floats as by reading on. Lossy
 * sound that only libav reads (AAC) is decoded again from the start when it goes back. */
enum ton_code ton_audio_seek(struct ton_audio_in *in, int64_t frame, struct ton_err *err);
/* The key of all samples' bytes, first to last, as they lie in the file; leaves it at its end.
 * TON_INPUT where they do not (FLAC, MP3); TON_STOPPED. */
enum ton_code ton_audio_samples_key(struct ton_key *out, struct ton_audio_in *in,
                                    struct ton_err *err);
void ton_audio_close(struct ton_audio_in *in);

#endif
