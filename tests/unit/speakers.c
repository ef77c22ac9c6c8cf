/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which speaker each channel of a file is for. */
#include "audio_rig.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void channel_masks_give_the_speakers(void **state) {
    (void)state;
    const struct {
        unsigned channels, mask;
        const char *name;
        int at;
        enum ton_speaker speaker;
    } cases[] = {
        {1, 0x4, "mono", 0, TON_MONO},
        {2, 0x3, "stereo", 1, TON_RIGHT},
        {3, 0x7, "3.0", 2, TON_CENTRE},
        {4, 0x33, "4.0", 2, TON_LEFT_SURROUND},
        {4, 0x603, "4.0", 3, TON_RIGHT_SURROUND},
        {5, 0x37, "5.0", 4, TON_RIGHT_SURROUND},
        {6, 0x3f, "5.1", 4, TON_LEFT_SURROUND},
        {6, 0x60f, "5.1", 5, TON_RIGHT_SURROUND},
        {8, 0x63f, "7.1", 4, TON_LEFT_BACK},
        {8, 0x63f, "7.1", 6, TON_LEFT_SIDE},
        {12, 0x2d63f, "7.1.4", 11, TON_TOP_BACK_RIGHT},
        {6, 0, "5.1", 3, TON_LFE},
        {9, 0, "9 channels", 8, TON_SPEAKER_NONE},
        {2, 0x600, "2 channels", 0, TON_LEFT_SURROUND},
        {7, 0x83f, "7 channels", 4, TON_LEFT_SURROUND}, /* top centre */
        {7, 0x83f, "7 channels", 6, TON_OVERHEAD},
        {9, 0x760f, "9 channels", 4, TON_LEFT_SURROUND}, /* top front left, centre, right */
        {9, 0x760f, "9 channels", 7, TON_OVERHEAD},
        {9, 0x1063f, "9 channels", 8, TON_OVERHEAD}, /* top back centre */
    };
    const char data[64] = {0};
    for (size_t k = 0; k < COUNT(cases); k++) {
        const uint32_t size = cases[k].channels * 2;
        const struct rig_wav w = {0xfffe, cases[k].channels, 48000, 16, 60 + size,
                                  size,   cases[k].mask};
        struct ton_audio_in *in;
        struct ton_err err;
        assert_int_equal(ton_audio_open(&in, rig_wav_file("mask.wav", &w, data, size), &err),
                         TON_OK);
        const struct ton_layout *l = &ton_audio_info(in)->layout;
        assert_int_equal(l->channels, cases[k].channels);
        assert_string_equal(ton_layout_name(l), cases[k].name);
        assert_int_equal(l->speakers[cases[k].at], cases[k].speaker);
        ton_audio_close(in);
    }
}

/* Puts a block with this comment behind the first one of a FLAC. */
static const char *flac_with_comment(const char *path, const char *comment) {
    size_t size;
    char *bytes = rig_read(path, &size);
    char out[65536];
    const size_t first = 4 + 4 + 34, n = strlen(comment);
    assert_true(size + n + 16 < sizeof out && n < 200);
    memcpy(out, bytes, first);
    char *at = out + first;
    const char head[16] = {4, 0, 0, (char)(12 + n), 0, 0, 0, 0, 1, 0, 0, 0, (char)n};
    memcpy(at, head, sizeof head);
    memcpy(at + sizeof head, comment, n);
    memcpy(at + sizeof head + n, bytes + first, size - first);
    ton_free(bytes);
    return rig_write("tagged.flac", out, sizeof head + n + size);
}

/* RFC 9639, 8.6.2: a FLAC of other speakers than its number of channels means says so in a tag. */
static void the_channel_mask_of_a_flac_gives_the_speakers(void **state) {
    (void)state;
    static const struct {
        int channels;
        const char *mask;
        enum ton_speaker speakers[8];
    } cases[] = {
        {2, "0x9", {TON_LEFT, TON_LFE}},
        {4, "0xf", {TON_LEFT, TON_RIGHT, TON_CENTRE, TON_LFE}},
        {4, "0x0107", {TON_LEFT, TON_RIGHT, TON_CENTRE, TON_CENTRE_BACK}},
        {4, "0", {TON_LEFT, TON_RIGHT, TON_LEFT_SURROUND, TON_RIGHT_SURROUND}},
        {4, "0x3", {TON_LEFT, TON_RIGHT, TON_LEFT_SURROUND, TON_RIGHT_SURROUND}},
        {4, "0xffffffffff", {TON_LEFT, TON_RIGHT, TON_LEFT_SURROUND, TON_RIGHT_SURROUND}},
        {5, "0x10f", {TON_LEFT, TON_RIGHT, TON_CENTRE, TON_LFE, TON_CENTRE_BACK}},
        {7,
         "0x13f",
         {TON_LEFT, TON_RIGHT, TON_CENTRE, TON_LFE, TON_LEFT_SURROUND, TON_RIGHT_SURROUND,
          TON_CENTRE_BACK}},
    };
    for (size_t k = 0; k < COUNT(cases); k++) {
        struct rig_sound music = rig_music(cases[k].channels, 1000, 48000);
        struct ton_audio_in *in;
        struct ton_err err;
        char comment[80];
        const char *path = rig_path("plain.flac");
        snprintf(comment, sizeof comment, "waveformatextensible_channel_mask=%s", cases[k].mask);
        assert_int_equal(rig_store(path, &music, "flac", NULL, &err), TON_OK);
        assert_int_equal(ton_audio_open(&in, flac_with_comment(path, comment), &err), TON_OK);
        const struct ton_layout *l = &ton_audio_info(in)->layout;
        for (int c = 0; c < cases[k].channels; c++)
            assert_int_equal(l->speakers[c], cases[k].speakers[c]);
        figure("%d channels, mask %s: %s", l->channels, cases[k].mask, ton_layout_name(l));
        ton_audio_close(in);
        rig_free(&music);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(channel_masks_give_the_speakers),
        cmocka_unit_test(the_channel_mask_of_a_flac_gives_the_speakers),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
