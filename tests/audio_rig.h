/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of files share: a folder of their own, files made byte by byte, whole files read
 * at once, and other programs' words about a file. */
#ifndef TON_TEST_AUDIO_RIG_H
#define TON_TEST_AUDIO_RIG_H

#include "promise.h"

#include "ton/arena.h"
#include "ton/audio_in.h"
#include "ton/audio_out.h"
#include "ton/path.h"
#include "ton/text.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RIG_UNUSED __attribute__((unused))

static char rig_folder[64];

static RIG_UNUSED int rig_open(void **state) {
    (void)state;
    snprintf(rig_folder, sizeof rig_folder, "%s", "/tmp/ton-audio-XXXXXX");
    return mkdtemp(rig_folder) && chmod(rig_folder, 0755) == 0 ? 0 : -1;
}

static RIG_UNUSED int rig_close(void **state) {
    (void)state;
    DIR *d = opendir(rig_folder);
    char path[400];
    for (struct dirent *e; d && (e = readdir(d));) {
        snprintf(path, sizeof path, "%s/%s", rig_folder, e->d_name);
        if (e->d_name[0] != '.' || strlen(e->d_name) > 2)
            remove(path);
    }
    if (d)
        closedir(d);
    return rmdir(rig_folder);
}

/* One of eight buffers in turn, so that several names can be used at once. */
static RIG_UNUSED const char *rig_path(const char *name) {
    static char paths[8][400];
    static int next;
    char *path = paths[next++ & 7];
    snprintf(path, sizeof paths[0], "%s/%s", rig_folder, name);
    return path;
}

static RIG_UNUSED int rig_count_files(void) {
    int n = 0;
    DIR *d = opendir(rig_folder);
    for (struct dirent *e; d && (e = readdir(d));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    if (d)
        closedir(d);
    return n;
}

static RIG_UNUSED const char *rig_write(const char *name, const void *data, size_t size) {
    const char *path = rig_path(name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
    return path;
}

static RIG_UNUSED char *rig_read(const char *path, size_t *size) {
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    *size = (size_t)ftell(f);
    rewind(f);
    char *data = ton_alloc(*size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *size, f), *size);
    fclose(f);
    return data;
}

/* A whole file as planes of floats. */
struct rig_sound {
    int64_t frames;
    int channels, rate;
    float *plane[TON_MAX_CHANNELS];
};

static RIG_UNUSED void rig_free(struct rig_sound *s) {
    for (int c = 0; c < s->channels; c++)
        ton_free(s->plane[c]);
    *s = (struct rig_sound){0};
}

static RIG_UNUSED struct rig_sound rig_make(int channels, int64_t frames, int rate) {
    struct rig_sound s = {frames, channels, rate, {0}};
    for (int c = 0; c < channels; c++) {
        s.plane[c] = ton_alloc((size_t)frames * sizeof(float) + 64);
        assert_non_null(s.plane[c]);
    }
    return s;
}

/* A chord with a little noise: what every codec can carry. */
static RIG_UNUSED struct rig_sound rig_music(int channels, int64_t frames, int rate) {
    struct rig_sound s = rig_make(channels, frames, rate);
    uint32_t noise = 22222;
    for (int64_t i = 0; i < frames; i++) {
        for (int c = 0; c < channels; c++) {
            const double t = (double)i / rate;
            noise = noise * 1664525u + 1013904223u;
            s.plane[c][i] =
                (float)(0.3 * sin(2 * M_PI * (220.0 + 30.0 * c) * t) +
                        0.2 * sin(2 * M_PI * 1567.0 * t) + 0.02 * (double)(int32_t)noise * 0x1p-31);
        }
    }
    return s;
}

/* Reads all of `path`; what went wrong stands in `err`. */
static RIG_UNUSED enum ton_code rig_load(struct rig_sound *s, const char *path,
                                         struct ton_err *err) {
    struct ton_audio_in *in;
    *s = (struct rig_sound){0};
    enum ton_code code = ton_audio_open(&in, path, err);
    if (code != TON_OK)
        return code;
    const struct ton_audio_info *info = ton_audio_info(in);
    *s = rig_make(info->channels, info->frames, info->rate);
    int64_t got = 0;
    code = ton_audio_read(in, s->plane, info->frames, &got, err);
    if (code == TON_OK)
        assert_int_equal(got, info->frames);
    ton_audio_close(in);
    return code;
}

static RIG_UNUSED enum ton_code rig_store(const char *path, const struct rig_sound *s,
                                          const char *format, const struct ton_tags *tags,
                                          struct ton_err *err) {
    struct ton_audio_out_config c = {.channels = s->channels, .frames = s->frames, .seed = 17};
    struct ton_audio_out *out;
    enum ton_code code = ton_format_parse(&c.format, format, err);
    if (code != TON_OK)
        return code;
    if (!c.format.rate)
        c.format.rate = s->rate;
    if (tags)
        c.tags = *tags;
    code = ton_audio_create(&out, path, &c, err);
    if (code != TON_OK)
        return code;
    code = ton_audio_write(out, (const float *const *)s->plane, s->frames, err);
    if (code != TON_OK) {
        ton_audio_abandon(out);
        return code;
    }
    return ton_audio_finish(out, err);
}

static RIG_UNUSED bool rig_can_encode(const char *format) {
    struct ton_format f;
    struct ton_err err;
    return ton_format_parse(&f, format, &err) == TON_OK && ton_format_available(&f, &err) == TON_OK;
}

static RIG_UNUSED bool rig_has_program(const char *name) {
    char command[128];
    snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", name);
    return system(command) == 0;
}

/* What a command prints (both streams). ton_free it. */
static RIG_UNUSED char *rig_ask(const char *command) {
    struct ton_text t = {0};
    char full[1400], line[4096];
    snprintf(full, sizeof full, "%s 2>&1", command);
    FILE *p = popen(full, "r");
    assert_non_null(p);
    for (size_t n; (n = fread(line, 1, sizeof line, p)) > 0;)
        ton_text_add_n(&t, line, n);
    pclose(p);
    ton_text_add(&t, "");
    assert_false(t.failed);
    return t.data;
}

/* A WAV header as a program might write it, right or wrong. */
struct rig_wav {
    unsigned tag, channels, rate, bits;
    uint32_t riff, data; /* as the header says */
    unsigned mask;       /* with tag 0xfffe */
};

static RIG_UNUSED size_t rig_wav_header(unsigned char *out, const struct rig_wav *w) {
    const unsigned block = w->channels * w->bits / 8;
    const bool extensible = w->tag == 0xfffe;
    const uint32_t rate = w->rate, bytes = w->rate * block;
    unsigned char *p = out;
#define PUT(text) (memcpy(p, text, sizeof(text) - 1), p += sizeof(text) - 1)
#define PUT16(x) (*p++ = (unsigned char)(x), *p++ = (unsigned char)((x) >> 8))
#define PUT32(x) (PUT16((x)&0xffff), PUT16((x) >> 16))
    PUT("RIFF");
    PUT32(w->riff);
    PUT("WAVEfmt ");
    PUT32(extensible ? 40u : 16u);
    PUT16(w->tag);
    PUT16(w->channels);
    PUT32(rate);
    PUT32(bytes);
    PUT16(block);
    PUT16(w->bits);
    if (extensible) {
        PUT16(22u);
        PUT16(w->bits);
        PUT32(w->mask);
        PUT16(1u);
        PUT("\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71");
    }
    PUT("data");
    PUT32(w->data);
#undef PUT
#undef PUT16
#undef PUT32
    return (size_t)(p - out);
}

static RIG_UNUSED const char *rig_wav_file(const char *name, const struct rig_wav *w,
                                           const void *data, size_t n) {
    unsigned char bytes[4096];
    const size_t header = rig_wav_header(bytes, w);
    assert_true(header + n <= sizeof bytes);
    memcpy(bytes + header, data, n);
    return rig_write(name, bytes, header + n);
}

#endif
