/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sessions drawn at random: whatever hears what, a render has the same bits for every number of
 * threads, every block and every instruction set, also while threads lose their cores.
 *
 *     unit-graphs [HOW MANY [FIRST SEED]] */
#include "stage.h"

#include "ton/isa.h"

#include <stdatomic.h>

enum { FRAMES = 5000, LONGEST = 9000, SHORT = 150, MOST_TRACKS = 20, MOST_BUSES = 5, OUTPUTS = 4 };

/* The same ones for the same seed, everywhere (Knuth's MMIX constants). */
struct dice {
    uint64_t state;
};

static int roll(struct dice *d, int n) { /* 0 … n - 1 */
    d->state = d->state * 6364136223846793005U + 1442695040888963407U;
    return (int)((d->state >> 33) % (uint64_t)n);
}

static bool chance(struct dice *d, int percent) {
    return roll(d, 100) < percent;
}

static float between(struct dice *d, float least, float most) {
    return least + (most - least) * (float)roll(d, 10001) / 10000.0F;
}

static void lose_the_core(void) {
    static atomic_uint calls;
    if (atomic_fetch_add(&calls, 1) % 23 == 0)
        usleep(150);
}

/* Leaves the sound as it is, and stops in the midst of it now and then. */
static void dawdle_process(void *state, const struct ton_io *io) {
    lose_the_core();
    late_process(state, io);
}

static struct ton_processor dawdle; /* what `late` is, but for that */

/* Twice what runs side by side with others. */
static const char *const ids[] = {"eq",       "compressor", "expander", "eq",     "compressor",
                                  "expander", "gate",       "ducker",   "delay",  "width",
                                  "deesser",  "saturator",  "limiter",  "reverb", "tremolo"};
static const struct ton_processor *const own[] = {&late, &duck, &dawdle, &brittle};

/* How often something was drawn, in all graphs. */
static struct {
    int strips, keys, sends, lanes, mutes, solos, late, stems, sounding, renders;
} drawn;

static const struct ton_processor *draw_processor(struct dice *d) {
    const int i = roll(d, TON_N(ids) + TON_N(own));
    return i < TON_N(ids) ? ton_processor_find(ids[i], NULL) : own[i - TON_N(ids)];
}

static void draw_params(struct dice *d, const struct ton_processor *p, float *params) {
    for (int r = 0; r < p->n_rows; params += ton_row_floats(&p->rows[r++])) {
        const struct ton_row *row = &p->rows[r];
        const bool drawable = row->kind == TON_NUMBER || row->kind == TON_CHOICE;
        if (drawable && row->max > row->min && chance(d, 50))
            *params = row->kind == TON_CHOICE ? row->min + (float)roll(d, (int)row->max + 1)
                                              : between(d, row->min, row->max);
    }
}

/* Listens to strips before it only, so that nothing hears itself. */
static void draw_item(struct dice *d, struct stage *st, int strip) {
    const struct ton_processor *p = draw_processor(d);
    draw_params(d, p, stage_insert(st, strip, p));
    const struct ton_chain *chain = &st->strips[strip].chain;
    struct ton_chain_item *item = &chain->items[chain->n - 1];
    item->bypass = chance(d, 5);
    if (p->flags & TON_PROCESSOR_DYNAMIC && strip > 0 && chance(d, 60)) {
        item->sidechain = roll(d, strip);
        drawn.keys++;
    }
    drawn.late += p == &late || p == &dawdle;
}

/* A number of one of the strip's processors that may move; false: that one has none there. */
static bool draw_target(struct dice *d, const struct ton_strip *s, int *item, int *parameter,
                        const struct ton_row **row) {
    if (s->chain.n == 0)
        return false;
    *item = roll(d, s->chain.n);
    const struct ton_processor *p = s->chain.items[*item].processor;
    const int r = roll(d, p->n_rows);
    *row = &p->rows[r];
    *parameter = ton_rows_floats(p->rows, r);
    return (*row)->kind == TON_NUMBER && !((*row)->flags & TON_ROW_FIXED);
}

static void draw_lane(struct dice *d, struct stage *st, int strip) {
    static const struct ton_row gain = {.key = "gain", .min = -20, .max = 6},
                                pan = {.key = "pan", .min = -100, .max = 100},
                                mute = {.key = "mute", .max = 1};
    struct ton_strip *s = &st->strips[strip];
    enum ton_target target = (enum ton_target)roll(d, TON_TARGET_PARAMETER + 1);
    const struct ton_row *row = target == TON_TARGET_PAN    ? &pan
                                : target == TON_TARGET_MUTE ? &mute
                                                            : &gain;
    int item = 0, parameter = 0;
    if (target == TON_TARGET_SEND && s->n_sends == 0)
        target = TON_TARGET_GAIN;
    if (target == TON_TARGET_PARAMETER && !draw_target(d, s, &item, &parameter, &row))
        return;
    struct ton_point points[4];
    int64_t frame = roll(d, 1000);
    for (int i = 0; i < TON_N(points); i++, frame += 1 + roll(d, 2000))
        points[i] = (struct ton_point){
            frame, target == TON_TARGET_MUTE ? (float)roll(d, 2) : between(d, row->min, row->max)};
    stage_lane(st, strip, target, item, parameter, points, 1 + roll(d, TON_N(points)));
    s->lanes[s->n_lanes - 1].row = row;
    drawn.lanes++;
}

static void draw_clips(struct dice *d, struct stage *st, int track) {
    const int channels = 1 + chance(d, 35);
    const float *sides[2];
    for (int c = 0; c < channels; c++)
        sides[c] = stage_noise(st, FRAMES, d->state + (uint64_t)c, between(d, 0.05F, 0.5F));
    const int take = stage_take(st, chance(d, 10) ? 44100 : 48000, channels, FRAMES, sides);
    for (int n = 1 + chance(d, 30); n > 0; n--) {
        const int from = roll(d, 1000), frames = 500 + roll(d, FRAMES - 2000);
        struct ton_clip *clip = stage_clip(st, track, take, roll(d, 2000), from, frames);
        clip->fade_in = roll(d, 200);
        clip->gain_db = between(d, -6, 3);
        if (channels == 2)
            clip->channel = chance(d, 70) ? TON_CHANNEL_BOTH : 1 + roll(d, 3);
    }
}

/* What is behind a strip that is filled in: everything leads to strips after it. */
static void draw_strip(struct dice *d, struct stage *st, int strip, int first_bus, int n_buses) {
    struct ton_strip *s = &st->strips[strip];
    const int next = strip < first_bus ? first_bus : strip + 1, n_next = first_bus + n_buses - next;
    for (int n = roll(d, 4); n > 0; n--)
        draw_item(d, st, strip);
    if (n_next > 0 && chance(d, 60))
        s->to = next + roll(d, n_next);
    for (int n = n_next > 0 ? roll(d, 3) : 0; n > 0; n--) {
        stage_send(st, strip, next + roll(d, n_next), between(d, -20, 0), chance(d, 40));
        drawn.sends++;
    }
    for (int n = chance(d, 40) ? 1 + roll(d, 2) : 0; n > 0; n--)
        draw_lane(d, st, strip);
    s->gain_db = between(d, -20, 0);
    s->pan = chance(d, 50) ? between(d, -100, 100) : 0;
    s->polarity = chance(d, 10);
    drawn.mutes += s->mute = chance(d, 7);
    drawn.strips++;
}

static void draw_session(struct dice *d, struct stage *st) {
    stage_open(st, 48000);
    const int n_tracks = 1 + roll(d, chance(d, 30) ? MOST_TRACKS : 6);
    const int n_buses = roll(d, MOST_BUSES + 1);
    for (int i = 0; i < n_tracks; i++)
        draw_clips(d, st, stage_track(st, ton_arena_printf(st->arena, "T%d", i), NULL));
    for (int i = 0; i < n_buses; i++)
        stage_bus(st, ton_arena_printf(st->arena, "B%d", i));
    for (int i = 0; i < n_tracks + n_buses; i++)
        draw_strip(d, st, i, n_tracks, n_buses);
    if (chance(d, 25)) {
        st->strips[roll(d, n_tracks + n_buses)].solo = true;
        drawn.solos++;
    }
    const int mix = stage_mix(st);
    for (int n = roll(d, 3); n > 0; n--)
        draw_item(d, st, mix);
}

/* The mix, and versions, stems and strips of it. */
static int draw_wishes(struct dice *d, const struct stage *st, struct ton_wish *wishes,
                       const char **words) {
    const int n = 1 + roll(d, OUTPUTS);
    wishes[0] = stage_whole;
    for (int i = 1; i < n; i++) {
        words[i] = st->strips[roll(d, st->session.mix)].name;
        wishes[i] = (struct ton_wish){.name = words[i], .kind = (enum ton_wish_kind)roll(d, 3)};
        if (wishes[i].kind == TON_WISH_MIX)
            wishes[i].without = &words[i], wishes[i].n_without = 1;
        else
            wishes[i].only = &words[i], wishes[i].n_only = 1;
        drawn.stems += wishes[i].kind == TON_WISH_STEM;
    }
    return n;
}

struct way {
    int block, threads;
    enum ton_isa isa;
};

static void render(struct capture *captures, struct stage *st, const struct ton_wish *wishes, int n,
                   struct way way) {
    const struct ton_plan_config config = {.block = way.block,
                                           .threads = way.threads,
                                           .to = way.block == 1 ? SHORT : LONGEST,
                                           .tail_s = 0.05};
    struct ton_err err = {0};
    ton_isa_limit(way.isa);
    for (int i = 0; i < n; i++)
        captures[i] = (struct capture){0};
    if (stage_try(st, wishes, n, &config, captures, NULL, &err))
        fail_msg("%s: %s", err.where, err.text);
    drawn.renders++;
}

static void compare(const struct capture *first, const struct capture *other, int seed,
                    struct way way, int output) {
    assert_true(other->frames > 0 && other->frames <= first->frames);
    assert_true(way.block == 1 || other->frames == first->frames);
    for (int c = 0; c < 2; c++)
        for (int64_t i = 0; i < other->frames; i++)
            if (memcmp(&first->channels[c][i], &other->channels[c][i], sizeof(float)) != 0)
                fail_msg("graph %d, output %d, blocks of %d, %d threads, %s: frame %lld differs",
                         seed, output, way.block, way.threads, ton_isa_name(way.isa), (long long)i);
}

static void hold(int seed) {
    static const int threads[] = {1, 2, 3, 8}, blocks[] = {1, 64, 777, 4096};
    struct dice dice = {.state = (uint64_t)seed * 0x9e3779b97f4a7c15U};
    struct stage st;
    struct ton_wish wishes[OUTPUTS];
    const char *words[OUTPUTS];
    struct capture first[OUTPUTS], other[OUTPUTS];
    draw_session(&dice, &st);
    const int n = draw_wishes(&dice, &st, wishes, words);
    render(first, &st, wishes, n, (struct way){4096, 1, TON_ISA_GENERIC});
    drawn.sounding += capture_peak(&first[0]) > 0.001;
    ton_thread_overtaken = lose_the_core;
    for (int t = 0; t < TON_N(threads); t++)
        for (int b = 0; b < TON_N(blocks); b++) {
            /* so that of three graphs each block meets each set with each number of threads */
            const struct way way = {blocks[b], threads[t],
                                    (enum ton_isa)((seed + t + b) % TON_N_ISAS)};
            render(other, &st, wishes, n, way);
            for (int i = 0; i < n; i++)
                compare(&first[i], &other[i], seed, way, i);
            capture_free(other, n);
        }
    ton_thread_overtaken = NULL;
    capture_free(first, n);
    stage_close(&st);
}

static int how_many, first_seed = 1;

static void whatever_hears_what_a_render_has_the_same_bits(void **state) {
    (void)state;
    alarm(500); /* a render that does not end is killed */
    for (int seed = first_seed; seed < first_seed + how_many; seed++)
        hold(seed);
    alarm(0);
    ton_isa_limit(TON_ISA_AVX512);
    figure(
        "%d graphs (%d strips, %d keys, %d sends, %d lanes, %d late, %d mutes, %d solos, %d "
        "stems), %d renders with 1 to 8 threads, blocks of 1 to 4096: equal bits; %d mixes sound",
        how_many, drawn.strips, drawn.keys, drawn.sends, drawn.lanes, drawn.late, drawn.mutes,
        drawn.solos, drawn.stems, drawn.renders, drawn.sounding);
    assert_true(drawn.sounding * 4 >= how_many * 3);
}

int main(int argc, char **argv) {
    how_many = argc > 1 ? (int)strtol(argv[1], NULL, 10) : fewer(12, 4);
    first_seed = argc > 2 ? (int)strtol(argv[2], NULL, 10) : first_seed;
    dawdle = late;
    dawdle.id = "dawdle";
    dawdle.process = dawdle_process;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_hears_what_a_render_has_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
