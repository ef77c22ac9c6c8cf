/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the opening, reading and seeking of sound files. The bytes lie in memory, under a name in
 * /proc. */
#include "ton/arena.h"
#include "ton/audio_in.h"

#include <sys/mman.h>
#include <unistd.h>

#define BLOCK 1024
#define BLOCKS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds) {
    if (!holds)
        __builtin_trap();
}

static void check_error(const struct ton_err *err) {
    check(err->code == TON_INPUT || err->code == TON_MEMORY || err->code == TON_ENVIRONMENT);
    check(err->text[0] && !strchr(err->text, '\n'));
}

/* Reads from where it stands; an error must be told, the end must be where `frames` says. */
static bool read_on(struct ton_audio_in *in, float *const *out, int64_t from) {
    const int64_t frames = ton_audio_info(in)->frames;
    for (int block = 0; block < BLOCKS_MAX && from < frames; block++) {
        struct ton_err err = {0};
        int64_t got = -1;
        const enum ton_code code = ton_audio_read(in, out, BLOCK, &got, &err);
        check(got >= 0 && got <= BLOCK && from + got <= frames);
        if (code != TON_OK) {
            check_error(&err);
            return false;
        }
        from += got;
        check(got == BLOCK || from == frames);
    }
    return true;
}

static void use(struct ton_audio_in *in) {
    const struct ton_audio_info *i = ton_audio_info(in);
    check(i->rate > 0 && i->frames > 0 && i->channels > 0 && i->channels <= TON_MAX_CHANNELS);
    check(i->container && i->encoding && i->layout.channels == i->channels);
    check(i->bits >= 0 && i->bits <= 64);
    float *memory = ton_alloc((size_t)i->channels * BLOCK * sizeof(float));
    float *planes[TON_MAX_CHANNELS];
    if (!memory)
        return;
    for (int c = 0; c < i->channels; c++)
        planes[c] = memory + (size_t)c * BLOCK;
    struct ton_err err = {0};
    const int64_t places[] = {i->frames / 2, 0, i->frames - 1};
    bool well = read_on(in, planes, 0);
    for (size_t p = 0; well && p < sizeof places / sizeof places[0]; p++) {
        well = ton_audio_seek(in, places[p], &err) == TON_OK;
        if (well)
            well = read_on(in, planes, places[p]);
        else
            check_error(&err);
    }
    ton_free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[64];
    struct ton_audio_in *in;
    struct ton_err err = {0};
    const int fd = memfd_create("sound", MFD_CLOEXEC);
    check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (ton_audio_open(&in, path, &err) == TON_OK) {
        use(in);
        ton_audio_close(in);
    } else {
        check_error(&err);
    }
    close(fd);
    return 0;
}
