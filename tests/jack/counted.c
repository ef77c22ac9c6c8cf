/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holds a recording of `counter` (signals.c) against it: ton-counted FILE [FILE…].
 *
 * Every sample tells which channel and which frame it is, so what is lost, doubled, moved or put on
 * another track is seen. Prints one JSON line a file: frames, and for each channel which one it
 * was, the place of its first counted frame (modulo 131072), how many frames are silent and which
 * is the last of them, and how many times the count broke and where first. */
#include <sndfile.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { MODULUS = 1 << 17, MOST_CHANNELS = 64, BLOCK = 4096 };

struct channel {
    int id;           /* -1: nothing heard yet */
    int64_t first;    /* place of the first frame that counts */
    int64_t at_first; /* frame of the file */
    int64_t silent, last_silent, breaks, first_break, strangers;
    int64_t next; /* place that is due */
};

static void hear(struct channel *c, int32_t sample, int64_t frame) {
    const int64_t number = ((int64_t)(sample >> 8) + (1 << 23));
    if (sample == 0) {
        c->silent++;
        c->last_silent = frame;
        c->next = (c->next + 1) % MODULUS; /* what was lost is as long as the silence */
        return;
    }
    const int64_t place = number >> 7;
    const int id = (int)(number >> 1 & 63);
    if (c->id < 0) {
        c->id = id;
        c->first = c->next = place;
        c->at_first = frame;
    }
    c->strangers += id != c->id || !(number & 1);
    if (place != c->next) {
        if (c->breaks++ == 0)
            c->first_break = frame;
    }
    c->next = (place + 1) % MODULUS;
}

static int check(const char *path) {
    static int32_t block[BLOCK * MOST_CHANNELS];
    struct channel channels[MOST_CHANNELS];
    SF_INFO info = {0};
    SNDFILE *f = sf_open(path, SFM_READ, &info);
    if (!f || info.channels > MOST_CHANNELS) {
        fprintf(stderr, "%s: %s\n", path, f ? "too many channels" : sf_strerror(NULL));
        return 1;
    }
    for (int c = 0; c < info.channels; c++)
        channels[c] = (struct channel){.id = -1, .last_silent = -1, .first_break = -1};
    int64_t frame = 0;
    for (sf_count_t n; (n = sf_readf_int(f, block, BLOCK)) > 0; frame += n)
        for (int64_t i = 0; i < n * info.channels; i++)
            hear(&channels[i % info.channels], block[i], frame + i / info.channels);
    printf("{\"file\": \"%s\", \"frames\": %lld, \"channels\": [", path, (long long)frame);
    for (int c = 0; c < info.channels; c++)
        printf(
            "%s{\"id\": %d, \"first\": %lld, \"at_first\": %lld, \"silent\": %lld, "
            "\"last_silent\": %lld, \"breaks\": %lld, \"first_break\": %lld, \"strangers\": %lld}",
            c ? ", " : "", channels[c].id, (long long)channels[c].first,
            (long long)channels[c].at_first, (long long)channels[c].silent,
            (long long)channels[c].last_silent, (long long)channels[c].breaks,
            (long long)channels[c].first_break, (long long)channels[c].strangers);
    printf("]}\n");
    return sf_close(f) != 0;
}

int main(int argc, char **argv) {
    int status = argc < 2;
    for (int i = 1; i < argc; i++)
        status |= check(argv[i]);
    return status;
}
