/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One recording in many formats: the lossless ones must give its exact samples, the others its
 * sound. */
#include "audio_rig.h"

#include "ton/json.h"

#include <openssl/evp.h>

static const char *zoo(const char *name) {
    static char paths[4][6000];
    static int next;
    char *path = paths[next++ & 3];
    snprintf(path, sizeof paths[0], "%s/format-zoo/%s", test_data(), name);
    return path;
}

static struct ton_json *truth(void) {
    size_t size;
    struct ton_json *j;
    struct ton_err err;
    char *text = rig_read(zoo("TRUTH.json"), &size);
    assert_int_equal(ton_json_parse(&j, text, size, "TRUTH.json", &err), TON_OK);
    ton_free(text);
    return j;
}

static void md5_24(char out[33], const struct rig_sound *s) {
    const size_t size = (size_t)s->frames * (size_t)s->channels * 3;
    unsigned char *bytes = ton_alloc(size), *p = bytes, digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    for (int64_t i = 0; i < s->frames; i++) {
        for (int c = 0; c < s->channels; c++) {
            const int32_t x = (int32_t)lrintf(s->plane[c][i] * 8388608.0f);
            *p++ = (unsigned char)x;
            *p++ = (unsigned char)(x >> 8);
            *p++ = (unsigned char)(x >> 16);
        }
    }
    assert_int_equal(EVP_Digest(bytes, size, digest, &n, EVP_md5(), NULL), 1);
    for (unsigned i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    ton_free(bytes);
}

static void lossless_formats_give_the_exact_samples(void **state) {
    (void)state;
    if (!test_data())
        skip_because("no open data");
    struct ton_json *j = truth();
    const struct ton_json *names = ton_json_get(j, "lossless_24");
    const char *wanted = ton_json_as_string(ton_json_get(j, "md5_s24le_interleaved"));
    int files = 0;
    for (size_t i = 0; i < ton_json_size(names); i++) {
        const char *name = ton_json_as_string(ton_json_at(names, i));
        struct rig_sound s;
        struct ton_err err;
        char md5[33];
        const enum ton_code code = rig_load(&s, zoo(name), &err);
        if (code != TON_OK && strcmp(name, "s24.wv") == 0 && !rig_can_encode("aac")) {
            printf("    not without libav: %s\n", name);
            continue;
        }
        if (code != TON_OK)
            fail_msg("%s: %s", name, err.text);
        assert_int_equal(s.frames, 35280);
        assert_int_equal(s.rate, 44100);
        md5_24(md5, &s);
        if (strcmp(md5, wanted) != 0)
            fail_msg("%s: md5 %s, not %s", name, md5, wanted);
        rig_free(&s);
        files++;
    }
    figure("%d files, md5 %s", files, wanted);
    assert_true(files >= 10);
    ton_json_free(j);
}

static void lossy_formats_give_the_sound_in_time(void **state) {
    (void)state;
    if (!test_data())
        skip_because("no open data");
    static const struct {
        const char *name, *encoding;
        double at_least_db;
        int64_t frames; /* whole blocks where the format pads */
    } files[] = {
        {"pcm_s16.wav", "PCM 16-bit", 75, 35280},
        {"pcm_u8.wav", "PCM 8-bit", 28, 35280},
        {"alaw.wav", "A-law", 34, 35280},
        {"ulaw.au", "u-law", 34, 35280},
        {"ima_adpcm.wav", "IMA ADPCM", 30, 35595},
        {"ms_adpcm.wav", "MS ADPCM", 30, 35420},
        {"v2.mp3", "MP3", 35, 35280},
        {"vorbis.ogg", "Vorbis", 18, 35280},
    };
    struct rig_sound whole, s;
    struct ton_err err;
    assert_int_equal(rig_load(&whole, zoo("s24.flac"), &err), TON_OK);
    for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) {
        struct ton_audio_in *in;
        if (ton_audio_open(&in, zoo(files[k].name), &err) != TON_OK)
            fail_msg("%s: %s", files[k].name, err.text);
        assert_string_equal(ton_audio_info(in)->encoding, files[k].encoding);
        ton_audio_close(in);
        assert_int_equal(rig_load(&s, zoo(files[k].name), &err), TON_OK);
        assert_int_equal(s.frames, files[k].frames);
        double power = 0, error = 0;
        for (int64_t i = 0; i < whole.frames; i++) {
            const double x = (double)whole.plane[0][i];
            power += x * x;
            error += pow((double)s.plane[0][i] - x, 2);
        }
        const double snr = 10.0 * log10(power / error);
        figure("%-14s %.1f dB (at least %.0f)", files[k].name, snr, files[k].at_least_db);
        assert_true(snr > files[k].at_least_db);
        rig_free(&s);
    }
    rig_free(&whole);
}

static void containers_and_depths_have_their_names(void **state) {
    (void)state;
    if (!test_data())
        skip_because("no open data");
    static const struct {
        const char *name, *container, *encoding;
        int bits;
    } files[] = {
        {"pcm_s24.wav", "WAV", "PCM 24-bit", 24},   {"bext.wav", "BWF", "PCM 24-bit", 24},
        {"rf64.wav", "RF64", "PCM 24-bit", 24},     {"s24.w64", "W64", "PCM 24-bit", 24},
        {"s24.aiff", "AIFF", "PCM 24-bit", 24},     {"s24.caf", "CAF", "PCM 24-bit", 24},
        {"s24.flac", "FLAC", "FLAC 24-bit", 24},    {"ulaw.au", "AU", "u-law", 0},
        {"pcm_f32.wav", "WAV", "float 32-bit", 32}, {"v2.mp3", "MP3", "MP3", 0},
        {"vorbis.ogg", "OGG", "Vorbis", 0},
    };
    for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) {
        struct ton_audio_in *in;
        struct ton_err err;
        assert_int_equal(ton_audio_open(&in, zoo(files[k].name), &err), TON_OK);
        const struct ton_audio_info *i = ton_audio_info(in);
        assert_string_equal(i->container, files[k].container);
        assert_string_equal(i->encoding, files[k].encoding);
        assert_int_equal(i->bits, files[k].bits);
        assert_string_equal(ton_layout_name(&i->layout), "stereo");
        ton_audio_close(in);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lossless_formats_give_the_exact_samples),
        cmocka_unit_test(lossy_formats_give_the_sound_in_time),
        cmocka_unit_test(containers_and_depths_have_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
