/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_AUDIO_OUT_H
#define TON_AUDIO_OUT_H

#include "ton/dither.h"
#include "ton/err.h"
#include "ton/hash.h"

#include <stdint.h>

enum ton_codec { TON_PCM, TON_FLOAT, TON_FLAC, TON_MP3, TON_OPUS, TON_AAC };

/* How a file is written: what `format: wav 24-bit 48 kHz`, `flac 16-bit 44.1 kHz`, `mp3 320k`,
 * `mp3 192k mono`, `opus 160k`, `aac 256k` mean. */
struct ton_format {
    enum ton_codec codec; /* PCM and FLOAT go into WAV (RF64 when over 4 GiB) */
    int bits;             /* PCM 16 24 32, FLAC 16 24, FLOAT 32 64; 0: the codec's usual (24) */
    int rate;             /* Hz; 0: the session's. Opus is always 48000, MP3 at most 48000 */
    int kbps;             /* lossy; 0: MP3 320, Opus 160, AAC 256 (constant for MP3) */
    int channels;         /* 1: summed to mono, (L + R) / 2; 0: as many as there are */
};

/* Reads the words of a `format:` value; says which word is wrong and what can stand there. */
enum ton_code ton_format_parse(struct ton_format *out, const char *text, struct ton_err *err);
char *ton_format_text(char *out, size_t size,
                      const struct ton_format *format); /* "wav 24-bit 48 kHz" */
const char *ton_format_extension(
    const struct ton_format *format); /* "wav", "flac", "mp3", "opus", "m4a" */
/* The format of a file of this name: what its suffix says, and `asked` (NULL: the usual form of
 * that codec), which must not contradict it. `name` must have a suffix. */
enum ton_code ton_format_of_file(struct ton_format *out, const char *name, const char *asked,
                                 struct ton_err *err);
bool ton_format_lossy(const struct ton_format *format);
/* Whether samples lie in the file as they are, one behind the other: WAV. */
bool ton_format_plain(const struct ton_format *format);

/* What film asks of a take (iXML specification 3.01). All may be NULL or 0. */
struct ton_ixml {
    const char *project, *scene, *tape;
    int take;        /* its number; 0: none */
    double fps;      /* of the timecode; 0: none */
    bool drop_frame; /* how it counts */
    /* Ours alone, for who finds the take and nothing else: `time_reference` of the timeline's
     * start, frames from before the button, the place where it is no longer heard (0: at its end),
     * the take's number that the button was pressed for, which pass of a loop it is since, and all
     * its tracks, joined by ", ". NULL: none of it. */
    int64_t timeline_start, pre_roll, heard_to;
    int press, pass;
    const char *tracks;
    /* One a channel: its name, and which input of the machine it was (from 1). */
    const char *const *names;
    const int *inputs;
};

/* All may be NULL or 0. */
struct ton_tags {
    const char *title, *artist, *album, *album_artist, *composer, *genre, *isrc, *date, *comment,
        *copyright, *label, *upc, *language;
    int track, n_tracks;
    const char *cover; /* path of a JPEG or PNG */
    /* bext of a BWF: written when `bext` is set */
    bool bext;
    const char *description, *originator, *originator_reference, *origination_date,
        *origination_time, *coding_history;
    int64_t time_reference;
    bool has_loudness; /* then these go to bext version 2 */
    double integrated_lufs, loudness_range_lu, true_peak_dbtp, max_momentary_lufs,
        max_short_term_lufs;
    int64_t heard_from; /* with the iXML of our own: frames before those that the timeline has */
    const struct ton_ixml *ixml; /* WAV; its samples since midnight are `time_reference` */
};

/* A listener to a plain file while it is written: gets each block decoded from the very bytes that
 * go into the file, which is what a reader of it will hear, and at the end their key. When
 * ton_audio_samples_key finds that key in the finished file, it was the file that was heard. */
struct ton_audio_echo {
    enum ton_code (*hear)(void *user, const float *const *in, int frames, struct ton_err *err);
    void *user;
    struct ton_key key; /* after ton_audio_finish */
};

struct ton_audio_out;

struct ton_audio_out_config {
    struct ton_format format; /* rate must be set */
    int channels;
    int64_t frames; /* if known (decides WAV or RF64 at once); 0 otherwise */
    struct ton_tags tags;
    enum ton_dither dither; /* used when PCM or FLAC has fewer bits than a float's 24; AUTO: TPDF
                               for 16 bits and 24 bits */
    uint64_t seed;          /* of the dither; derived from the content, never from a clock */
    int descriptor; /* 0, or an open one to write to, such as standard output: then `path` only
                       names it. Into a pipe goes WAV alone */
    bool loosely;   /* whether it is on disk nobody waits for (ton_path_put) */
    bool grows;     /* WAV: it is written under its own name, which nobody may have yet, plays while
                       it grows (ton_audio_settle), and stays, whatever becomes of the writer */
    int64_t limit;  /* bytes from which on a WAV is RF64; 0: 4 GiB. Tests lower it */
    struct ton_audio_echo *echo; /* NULL: nobody; only where ton_format_plain */
};

/* Writes to a temporary file beside `path`; only finish gives it its name. Same input, same bytes.
 * FLAC and Opus hold at most 8 channels, AAC 6, MP3 2; channels come in the order of
 * ton_layout_usual. Encoder delay and padding are told in the file, so that a decoder gives back as
 * many frames as went in. WAV carries its tags in LIST/INFO and, for what INFO cannot name, in an
 * `id3 ` chunk.
 * @thread any, but one handle belongs to one thread at a time */
enum ton_code ton_audio_create(struct ton_audio_out **out, const char *path,
                               const struct ton_audio_out_config *config, struct ton_err *err);
enum ton_code ton_audio_write(struct ton_audio_out *out, const float *const *in, int64_t frames,
                              struct ton_err *err);
/* Loudness is known only at the end: this may replace the bext loudness before finish. */
enum ton_code ton_audio_set_loudness(struct ton_audio_out *out, const struct ton_tags *tags,
                                     struct ton_err *err);
/* Of a file that grows: from now on it plays up to here, also when this process is killed; after a
 * sync also when the machine is. `time_reference` and `heard_from` may be others than at its
 * beginning. */
enum ton_code ton_audio_settle(struct ton_audio_out *out, int64_t time_reference,
                               int64_t heard_from, struct ton_err *err);
enum ton_code ton_audio_sync(struct ton_audio_out *out, struct ton_err *err);
/* Frees `out`, also on failure: then the file is gone, and one that grows stays as far as it came.
 */
enum ton_code ton_audio_finish(struct ton_audio_out *out, struct ton_err *err);
void ton_audio_abandon(struct ton_audio_out *out); /* frees; no file stays. NULL is fine */
int64_t ton_audio_clipped(
    const struct ton_audio_out *out); /* samples that had to be clipped so far */

/* A picture that a file can carry: TON_INPUT when it is no JPEG or PNG, or larger than 16 MB. */
enum ton_code ton_cover_check(const char *path, struct ton_err *err);

/* Which encoders this build has, so that a missing library is told before anything is rendered. */
enum ton_code ton_format_available(const struct ton_format *format, struct ton_err *err);

#endif
