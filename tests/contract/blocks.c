// SPDX-License-Identifier: GPL-3.0-or-later
// Contract: the same bits whatever the block size, in place or not; every rate, 1 to 16 channels.
#include "rig.h"

// A grid that no inner chunk of 32 or 64 frames falls in with; where something moves on it; behind
// that, one more grid and a block of the largest size; and what is enough for small ones.
enum {
    GRID = 48,
    MOVES_FROM = 7200,
    MOVES_TO = 12000,
    LARGEST = 65536,
    LONG = MOVES_TO + GRID + LARGEST,
    SHORT = 16800
};

// Moves the first parameters that can move, once per 48 frames between MOVES_FROM and MOVES_TO, as
// the engine does: on a grid fixed to the timeline, whatever the blocks.
static void automate(struct rig *r, const float *from, int frame) {
    static struct leaf leaves[MAX_PARAMS];
    const int n = leaves_of(leaves, r->processor);
    for (int i = 0, moved = 0; i < n && moved < 6; i++) {
        if ((leaves[i].row->flags & TON_ROW_FIXED) || from[i] < leaf_min(&leaves[i]))
            continue; // a note value stays
        const double way = (double)(frame - MOVES_FROM) / (MOVES_TO - MOVES_FROM);
        const float end = leaf_value(&leaves[i], 0.5);
        r->params[i] = (float)((double)from[i] + way * (double)(end - from[i]));
        moved++;
    }
    rig_update(r);
}

static struct audio in_blocks_of(const struct ton_processor *p, const float *params,
                                 const struct audio *in, int block, bool in_place) {
    struct audio out = in_place ? audio_copy(in) : audio_create(in->channels, in->frames);
    struct rig r = rig_create(p, rig_config(48000, in->channels, block), params);
    for (int done = 0; done < in->frames;) {
        int n = in->frames - done < block ? in->frames - done : block;
        if (done >= MOVES_FROM &&
            done <= MOVES_TO) { // the engine cuts at the grid where something moves
            if (done % GRID == 0)
                automate(&r, params, done);
            n = n < GRID - done % GRID ? n : GRID - done % GRID;
        } else if (done < MOVES_FROM && n > MOVES_FROM - done) {
            n = MOVES_FROM - done;
        }
        rig_step(&r, &out, in_place ? &out : in, NULL, done, n);
        done += n;
    }
    rig_destroy(&r);
    return out;
}

// Of the frames that both have.
static int first_difference(const struct audio *a, const struct audio *b) {
    for (int i = 0; i < a->frames && i < b->frames; i++)
        for (int c = 0; c < a->channels; c++)
            if (memcmp(&a->at[c][i], &b->at[c][i], sizeof(float)) != 0)
                return i;
    return -1;
}

// Small blocks have many boundaries in a second already, one of each kind that there is between
// theirs and the chunks inside; 777 falls in with nothing and meets what comes round seldom, like a
// convolver's largest partitions.
static void blocks_of_1_64_777_4096_and_65536_give_equal_bits(void **unused) {
    (void)unused;
    static const struct {
        int size, frames;
    } blocks[] = {{1, SHORT}, {64, SHORT}, {777, LONG}, {4096, SHORT}};
    float params[MAX_PARAMS];
    for_each_processor(p) for (int which = 0; which < n_settings(p); which++) {
        setting(params, p, which);
        const struct ton_config config = rig_config(48000, 2, 512);
        const int latency = rig_latency(p, &config, params);
        // Of what is dear, and under a sanitizer, one setting stands for all blocks that are longer
        // than the small ones.
        const int longest = is_dear(p) ? SETTING_MAX : SETTING_DEFAULT;
        const int most = is_dear(p) || fewer(false, true) ? which == longest ? LONG : SHORT : LONG;
        struct audio in = audio_noise(2, most + latency, 0.7, 4);
        struct audio whole = in_blocks_of(p, params, &in, LARGEST, false);
        // A sanitizer meets each size with every second setting.
        for (int b = fewer(0, which % 2); b < TON_N(blocks); b += fewer(1, 2)) {
            struct audio begin = in;
            begin.frames = (most < LONG ? SHORT : fewer(blocks[b].frames, SHORT)) + latency;
            struct audio cut = in_blocks_of(p, params, &begin, blocks[b].size, false);
            const int apart = first_difference(&whole, &cut);
            if (apart >= 0)
                fail_msg("%s, %s: blocks of %d differ from frame %d on", p->id, setting_name(which),
                         blocks[b].size, apart);
            audio_destroy(&cut);
        }
        audio_destroy(&whole);
        audio_destroy(&in);
    }
}

static void in_place_gives_the_same_bits(void **unused) {
    (void)unused;
    static const int channels[] = {1, 2, 5};
    float params[MAX_PARAMS];
    for_each_processor(p) for (int which = 0; which < n_settings(p);
                               which++) for (int k = fewer(0, which % TON_N(channels));
                                             k < TON_N(channels); k += fewer(1, TON_N(channels))) {
        setting(params, p, which);
        struct audio in = audio_noise(channels[k], SHORT, 0.7, 5);
        struct audio beside = in_blocks_of(p, params, &in, 500, false);
        struct audio placed = in_blocks_of(p, params, &in, 500, true);
        if (!audio_same(&beside, &placed))
            fail_msg("%s, %s: in place it differs from frame %d on", p->id, setting_name(which),
                     first_difference(&beside, &placed));
        audio_destroy(&in);
        audio_destroy(&beside);
        audio_destroy(&placed);
    }
}

static void every_rate_from_8_to_384_kHz_works(void **unused) {
    (void)unused;
    static const double rates[] = {8000,  11025, 22050,  44100,  48000,
                                   88200, 96000, 176400, 192000, 384000};
    float params[MAX_PARAMS];
    for (int i = 0; i < TON_N(rates); i += fewer(1, 3))
        for_each_processor(p) for (int which = 0; which < n_settings(p); which++) {
            setting(params, p, which);
            struct audio in = audio_noise(2, (int)(0.1 * rates[i]), 0.5, 6);
            struct audio out = rig_output(p, rates[i], params, &in, NULL);
            if (!audio_finite(&out))
                fail_msg("%s, %s: no finite output at %g Hz", p->id, setting_name(which), rates[i]);
            audio_destroy(&in);
            audio_destroy(&out);
        }
}

// With every channel fed, every channel speaks at the defaults, and none is louder by a surprise.
static void one_to_sixteen_channels_work(void **unused) {
    (void)unused;
    float params[MAX_PARAMS];
    for_each_processor(p) for (int channels = 1; channels <= MAX_TEST_CHANNELS;
                               channels += fewer(1, 5)) {
        setting(params, p, SETTING_DEFAULT);
        const struct ton_config config = rig_config(48000, channels, 512);
        const int latency = rig_latency(p, &config, params);
        struct audio in = audio_noise(channels, latency + 9600, 0.5, 7);
        struct audio out = rig_output(p, 48000, params, &in, NULL);
        for (int c = 0; c < channels; c++) {
            double sum = 0.0;
            for (int i = latency + 4800; i < latency + 9600; i++)
                sum += (double)out.at[c][i] * (double)out.at[c][i];
            const double db = 10.0 * log10(sum / 4800.0);
            if (!(db > -60.0 && db < 12.0))
                fail_msg("%s: channel %d of %d is at %.1f dB", p->id, c + 1, channels, db);
        }
        audio_destroy(&in);
        audio_destroy(&out);
    }
}

// A processor without a detector treats channels alone at its defaults, all of them, or mixes them
// all (a reverb).
static void sixteen_channels_are_sixteen_times_one_or_all_mixed(void **unused) {
    (void)unused;
    float params[MAX_PARAMS];
    for_each_processor(p) {
        if (p->flags & (TON_PROCESSOR_DYNAMIC | TON_PROCESSOR_STEREO_ONLY))
            continue; // linked channels
        setting(params, p, SETTING_DEFAULT);
        struct audio in = audio_noise(MAX_TEST_CHANNELS, 12000, 0.5, 8);
        struct audio out = rig_output(p, 48000, params, &in, NULL);
        int apart = 0;
        for (int c = 0; c < MAX_TEST_CHANNELS; c++) {
            struct audio one = {.channels = 1, .frames = in.frames, .data = in.at[c]};
            one.at[0] = in.at[c];
            struct audio alone = rig_output(p, 48000, params, &one, NULL);
            apart += memcmp(alone.data, out.at[c], sizeof(float) * (size_t)in.frames) == 0;
            audio_destroy(&alone);
        }
        figure("%-12s %2d of 16 channels are as if alone", p->id, apart);
        if (apart != 0 && apart != MAX_TEST_CHANNELS)
            fail_msg("%s mixes some of its channels", p->id);
        audio_destroy(&in);
        audio_destroy(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_1_64_777_4096_and_65536_give_equal_bits),
        cmocka_unit_test(in_place_gives_the_same_bits),
        cmocka_unit_test(every_rate_from_8_to_384_kHz_works),
        cmocka_unit_test(one_to_sixteen_channels_work),
        cmocka_unit_test(sixteen_channels_are_sixteen_times_one_or_all_mixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
