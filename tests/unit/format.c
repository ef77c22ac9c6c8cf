/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of a `format:` value. */
#include "promise.h"

#include "ton/audio_out.h"
#include "ton/text.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void words_in_any_order_give_the_format(void **state) {
    (void)state;
    static const struct {
        const char *text;
        struct ton_format f;
        const char *back, *extension;
        bool lossy;
    } cases[] = {
        {"wav 24-bit 48 kHz", {TON_PCM, 24, 48000, 0, 0}, "wav 24-bit 48 kHz", "wav", false},
        {"48 kHz 24-bit wav", {TON_PCM, 24, 48000, 0, 0}, "wav 24-bit 48 kHz", "wav", false},
        {"wav", {TON_PCM, 24, 0, 0, 0}, "wav 24-bit", "wav", false},
        {"WAV 16 bit 44.1kHz", {TON_PCM, 16, 44100, 0, 0}, "wav 16-bit 44.1 kHz", "wav", false},
        {"wav 32-bit", {TON_PCM, 32, 0, 0, 0}, "wav 32-bit", "wav", false},
        {"wav float", {TON_FLOAT, 32, 0, 0, 0}, "wav float", "wav", false},
        {"float 32-bit wav", {TON_FLOAT, 32, 0, 0, 0}, "wav float", "wav", false},
        {"wav 64-bit float 96 kHz",
         {TON_FLOAT, 64, 96000, 0, 0},
         "wav float 64-bit 96 kHz",
         "wav",
         false},
        {"flac 16-bit 44.1 kHz",
         {TON_FLAC, 16, 44100, 0, 0},
         "flac 16-bit 44.1 kHz",
         "flac",
         false},
        {"flac", {TON_FLAC, 24, 0, 0, 0}, "flac 24-bit", "flac", false},
        {"wav, 24-bit, 88.2 kHz", {TON_PCM, 24, 88200, 0, 0}, "wav 24-bit 88.2 kHz", "wav", false},
        {"wav 44100 Hz", {TON_PCM, 24, 44100, 0, 0}, "wav 24-bit 44.1 kHz", "wav", false},
        {"mp3 320k", {TON_MP3, 0, 0, 320, 0}, "mp3 320k", "mp3", true},
        {"mp3", {TON_MP3, 0, 0, 320, 0}, "mp3 320k", "mp3", true},
        {"mp3 192k 44.1 kHz", {TON_MP3, 0, 44100, 192, 0}, "mp3 192k 44.1 kHz", "mp3", true},
        {"192 kbps mp3", {TON_MP3, 0, 0, 192, 0}, "mp3 192k", "mp3", true},
        {"opus 160k", {TON_OPUS, 0, 48000, 160, 0}, "opus 160k", "opus", true},
        {"opus", {TON_OPUS, 0, 48000, 160, 0}, "opus 160k", "opus", true},
        {"aac 256k", {TON_AAC, 0, 0, 256, 0}, "aac 256k", "m4a", true},
        {"mp3 192k 44.1 kHz mono",
         {TON_MP3, 0, 44100, 192, 1},
         "mp3 192k 44.1 kHz mono",
         "mp3",
         true},
        {"Mono wav 16-bit", {TON_PCM, 16, 0, 0, 1}, "wav 16-bit mono", "wav", false},
        {"wav stereo", {TON_PCM, 24, 0, 0, 0}, "wav 24-bit", "wav", false},
        {"m4a", {TON_AAC, 0, 0, 256, 0}, "aac 256k", "m4a", true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ton_format f, again;
        struct ton_err err = {0};
        char text[64];
        if (ton_format_parse(&f, cases[i].text, &err) != TON_OK)
            fail_msg("%s: %s", cases[i].text, err.text);
        assert_memory_equal(&f, &cases[i].f, sizeof f);
        assert_string_equal(ton_format_text(text, sizeof text, &f), cases[i].back);
        assert_string_equal(ton_format_extension(&f), cases[i].extension);
        assert_int_equal(ton_format_lossy(&f), cases[i].lossy);
        assert_int_equal(ton_format_parse(&again, text, &err), TON_OK);
        assert_memory_equal(&f, &again, sizeof f);
    }
    figure("%zu formats read, printed and read again", COUNT(cases));
}

static void a_wrong_word_is_named_with_what_can_stand_there(void **state) {
    (void)state;
    static const struct {
        const char *text, *says[3];
    } cases[] = {
        {"", {"names no file type", "wav, flac, mp3, opus or aac"}},
        {"24-bit 48 kHz", {"names no file type"}},
        {"wavv", {"`wavv`", "did you mean `wav`?"}},
        {"flak 16-bit", {"`flak`", "did you mean `flac`?"}},
        {"wav loud", {"`loud`", "16-bit, 24-bit", "44.1 kHz"}},
        {"wav mon", {"`mon`", "did you mean `mono`?"}},
        {"wav mono stereo", {"number of channels twice"}},
        {"wav 24", {"`24`", "needs a unit"}},
        {"wav 48", {"`48`", "48 kHz"}},
        {"wav 12-bit", {"wav can be 16-bit, 24-bit or 32-bit, not 12-bit"}},
        {"flac 32-bit", {"flac can be 16-bit or 24-bit, not 32-bit"}},
        {"wav float 24-bit", {"wav float can be 32-bit or 64-bit"}},
        {"flac float", {"only wav can be float"}},
        {"mp3 float", {"only wav can be float"}},
        {"mp3 24-bit", {"mp3 has no bit depth", "24-bit"}},
        {"wav 320k", {"keeps every sample", "320k"}},
        {"mp3 300k", {"no constant 300k", "256k 320k"}},
        {"mp3 500k", {"32k to 320k"}},
        {"opus 600k", {"6k to 510k"}},
        {"opus 44.1 kHz", {"opus cannot have 44.1 kHz", "48 kHz only"}},
        {"mp3 96 kHz", {"mp3 cannot have 96 kHz", "32, 44.1 or 48 kHz"}},
        {"wav flac", {"both `wav` and `flac`"}},
        {"wav 24-bit 16-bit", {"number of bits twice"}},
        {"wav 48 kHz 44.1 kHz", {"rate twice"}},
        {"wav 1 Hz", {"out of range"}},
        {"wav 9999999999999 kHz", {"unknown word"}},
        {"wav 4.4.1 kHz", {"unknown word"}},
        {"wav 0-bit", {"0-bit"}},
        {"wav wav wav wav wav wav wav wav wav wav wav wav wav", {"is no format"}},
        {"wav-with-a-word-that-is-longer-than-any-word-may-be", {"is no format"}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ton_format f;
        struct ton_err err = {0};
        if (ton_format_parse(&f, cases[i].text, &err) != TON_INPUT)
            fail_msg("`%s` was taken", cases[i].text);
        for (int k = 0; k < 3 && cases[i].says[k]; k++) {
            if (!strstr(err.text, cases[i].says[k]))
                fail_msg("`%s` gives: %s (without: %s)", cases[i].text, err.text, cases[i].says[k]);
        }
        if (i % 6 == 2)
            figure("%s", err.text);
    }
}

static void numbers_cannot_break_the_reader(void **state) {
    (void)state;
    static const char alphabet[] = "0123456789.-kKhHzZbitps wavfloc3m,/_";
    uint32_t random = 7;
    int taken = 0;
    for (int round = 0; round < 200000; round++) {
        char text[24];
        const size_t length = round % 23;
        for (size_t i = 0; i < length; i++) {
            random = random * 1664525u + 1013904223u;
            text[i] = alphabet[(random >> 16) % (sizeof alphabet - 1)];
        }
        text[length] = '\0';
        struct ton_format f;
        struct ton_err err;
        taken += ton_format_parse(&f, text, &err) == TON_OK;
    }
    figure("200000 random texts, %d of them formats", taken);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_in_any_order_give_the_format),
        cmocka_unit_test(a_wrong_word_is_named_with_what_can_stand_there),
        cmocka_unit_test(numbers_cannot_break_the_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
