/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who listens to a plain file while it is written hears what a reader of it will, and knows the
 * file again. */
#include "audio_rig.h"

#include "ton/thread.h"

enum { CHANNELS = 3, FRAMES = 20011, RATE = 48000 };

struct heard {
    struct rig_sound sound;
    int64_t at;
};

static enum ton_code hear(void *user, const float *const *in, int frames, struct ton_err *err) {
    struct heard *h = user;
    (void)err;
    assert_true(h->at + frames <= h->sound.frames);
    for (int c = 0; c < h->sound.channels; c++)
        memcpy(h->sound.plane[c] + h->at, in[c], sizeof(float) * (size_t)frames);
    h->at += frames;
    return TON_OK;
}

/* Louder than full scale in places, so that some of it is clipped. */
static struct ton_key write_heard(struct heard *h, const char *path, const char *format) {
    struct rig_sound music = rig_music(CHANNELS, FRAMES, RATE);
    struct ton_audio_echo echo = {.hear = hear, .user = h};
    struct ton_audio_out_config config = {.channels = CHANNELS, .seed = 5, .echo = &echo};
    struct ton_audio_out *out;
    struct ton_err err = {0};
    for (int64_t i = 0; i < FRAMES; i += 100)
        music.plane[1][i] *= 9.0f;
    *h = (struct heard){rig_make(CHANNELS, FRAMES, RATE), 0};
    assert_int_equal(ton_format_parse(&config.format, format, &err), TON_OK);
    config.format.rate = RATE;
    assert_true(ton_format_plain(&config.format));
    assert_int_equal(ton_audio_create(&out, path, &config, &err), TON_OK);
    for (int64_t at = 0, n = 1; at < FRAMES; at += n, n = n * 3 + 1) {
        const float *in[CHANNELS];
        n = n < FRAMES - at ? n : FRAMES - at;
        for (int c = 0; c < CHANNELS; c++)
            in[c] = music.plane[c] + at;
        assert_int_equal(ton_audio_write(out, in, n, &err), TON_OK);
    }
    assert_int_equal(ton_audio_finish(out, &err), TON_OK);
    assert_int_equal(h->at, FRAMES);
    rig_free(&music);
    return echo.key;
}

static struct ton_key key_of(const char *path) {
    struct ton_audio_in *in;
    struct ton_key key;
    struct ton_err err = {0};
    float two[CHANNELS][2], *planes[CHANNELS] = {two[0], two[1], two[2]};
    int64_t got;
    assert_int_equal(ton_audio_open(&in, path, &err), TON_OK);
    assert_int_equal(ton_audio_read(in, planes, 2, &got, &err), TON_OK); /* wherever it stands */
    assert_int_equal(ton_audio_samples_key(&key, in, &err), TON_OK);
    assert_int_equal(ton_audio_read(in, planes, 2, &got, &err), TON_OK);
    assert_int_equal(got, 0);
    ton_audio_close(in);
    return key;
}

static const char *const plain[] = {"wav 16-bit", "wav 24-bit", "wav 32-bit", "wav float",
                                    "wav float 64-bit"};

static void what_is_heard_on_the_way_is_what_a_reader_hears(void **state) {
    (void)state;
    for (size_t k = 0; k < sizeof plain / sizeof *plain; k++) {
        struct heard heard;
        struct rig_sound back;
        struct ton_err err = {0};
        const char *path = rig_path("heard.wav");
        const struct ton_key key = write_heard(&heard, path, plain[k]);
        assert_int_equal(rig_load(&back, path, &err), TON_OK);
        for (int c = 0; c < CHANNELS; c++)
            assert_memory_equal(heard.sound.plane[c], back.plane[c], sizeof(float) * FRAMES);
        assert_true(ton_key_same(key, key_of(path)));
        rig_free(&heard.sound);
        rig_free(&back);
    }
}

static void another_byte_or_length_is_another_key(void **state) {
    (void)state;
    struct heard heard;
    size_t size = 0;
    const struct ton_key key = write_heard(&heard, rig_path("whole.wav"), "wav 24-bit");
    char *bytes = rig_read(rig_path("whole.wav"), &size);
    bytes[size - 5] = (char)(bytes[size - 5] ^ 1);
    assert_false(ton_key_same(key, key_of(rig_write("other.wav", bytes, size))));
    bytes[size - 5] = (char)(bytes[size - 5] ^ 1);
    assert_false(ton_key_same(key, key_of(rig_write("short.wav", bytes, size - 9 * 512))));
    assert_true(ton_key_same(key, key_of(rig_write("same.wav", bytes, size))));
    ton_free(bytes);
    rig_free(&heard.sound);
}

static void what_is_coded_has_no_such_key(void **state) {
    (void)state;
    struct rig_sound music = rig_music(2, 5000, RATE);
    struct ton_audio_in *in;
    struct ton_key key;
    struct ton_err err = {0};
    const struct ton_format flac = {.codec = TON_FLAC};
    assert_false(ton_format_plain(&flac));
    assert_int_equal(rig_store(rig_path("coded.flac"), &music, "flac", NULL, &err), TON_OK);
    assert_int_equal(ton_audio_open(&in, rig_path("coded.flac"), &err), TON_OK);
    assert_int_equal(ton_audio_samples_key(&key, in, &err), TON_INPUT);
    ton_audio_close(in);
    rig_free(&music);
}

/* The last test: nobody takes the wish back. */
static void who_is_asked_to_stop_reads_no_further(void **state) {
    (void)state;
    struct rig_sound music = rig_music(2, 5000, RATE);
    struct ton_audio_in *in;
    struct ton_key key;
    struct ton_err err = {0};
    assert_int_equal(rig_store(rig_path("long.wav"), &music, "wav 24-bit", NULL, &err), TON_OK);
    assert_int_equal(ton_audio_open(&in, rig_path("long.wav"), &err), TON_OK);
    ton_stop_request();
    assert_int_equal(ton_audio_samples_key(&key, in, &err), TON_STOPPED);
    ton_audio_close(in);
    rig_free(&music);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_heard_on_the_way_is_what_a_reader_hears),
        cmocka_unit_test(another_byte_or_length_is_another_key),
        cmocka_unit_test(what_is_coded_has_no_such_key),
        cmocka_unit_test(who_is_asked_to_stop_reads_no_further),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
