/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contract: side by side in lanes, instances give the bits that each gives alone; whatever their
 * number, channels, settings and blocks, while some are being moved, in every instruction set. */
#include "rig.h"

#include "ton/isa.h"

enum { FRAMES = 6000, SHORT = 1200, MOVES_AT = 768 };

static const int counts[] = {1, 2, 3, 5, 8, 9, 13, 16};
static const int blocks[] = {1, 64, 777, 4096};

static int channels_of(int k) {
    return k % 3 == 2 ? 2 : 1;
}

/* Another setting of what can be moved. */
static void move(struct rig *r, int which) {
    static struct leaf leaves[MAX_PARAMS];
    float other[MAX_PARAMS];
    const int n = leaves_of(leaves, r->processor);
    setting(other, r->processor, which);
    for (int i = 0; i < n; i++)
        if (!(leaves[i].row->flags & TON_ROW_FIXED) && r->params[i] >= leaf_min(&leaves[i]))
            r->params[i] = other[i];
    rig_update(r);
}

struct many {
    const struct ton_processor *processor;
    int n;
    struct rig rigs[TON_MOST_TOGETHER];
    struct audio audio[TON_MOST_TOGETHER];
};

static struct many many_create(const struct ton_processor *p, int n, int frames, int block) {
    struct many m = {.processor = p, .n = n};
    for (int k = 0; k < n; k++) {
        float params[MAX_PARAMS];
        setting(params, p, k % N_SETTINGS);
        m.rigs[k] = rig_create(p, rig_config(48000, channels_of(k), block), params);
        m.audio[k] = audio_noise(channels_of(k), frames, 0.7, (uint64_t)k);
    }
    return m;
}

static void many_destroy(struct many *m) {
    for (int k = 0; k < m->n; k++) {
        rig_destroy(&m->rigs[k]);
        audio_destroy(&m->audio[k]);
    }
}

static void step_apart(struct many *m, int at, int frames) {
    for (int k = 0; k < m->n; k++)
        rig_step(&m->rigs[k], &m->audio[k], &m->audio[k], NULL, at, frames);
}

static void step_together(struct many *m, int at, int frames) {
    float *rows[TON_MOST_TOGETHER][2];
    struct ton_io ios[TON_MOST_TOGETHER];
    void *states[TON_MOST_TOGETHER];
    for (int k = 0; k < m->n; k++) {
        for (int c = 0; c < channels_of(k); c++)
            rows[k][c] = m->audio[k].at[c] + at;
        states[k] = m->rigs[k].state;
        ios[k] =
            (struct ton_io){.in = (const float *const *)rows[k], .out = rows[k], .frames = frames};
    }
    ton_rt_enter();
    m->processor->process_together(states, ios, m->n);
    ton_rt_leave();
}

static void run(struct many *m, int frames, int block, void (*step)(struct many *, int, int)) {
    for (int at = 0, n; at < frames; at += n) {
        n = frames - at < block ? frames - at : block;
        n = at < MOVES_AT && at + n > MOVES_AT ? MOVES_AT - at : n;
        for (int k = 1; at == MOVES_AT && k < m->n; k += 2)
            move(&m->rigs[k], (k + 3) % N_SETTINGS);
        step(m, at, n);
    }
}

static void compare(const struct ton_processor *p, int n, int block) {
    const int frames = block == 1 ? SHORT : FRAMES;
    ton_isa_limit(TON_ISA_GENERIC);
    struct many apart = many_create(p, n, frames, block);
    run(&apart, frames, block, step_apart);
    for (int isa = 0; isa < TON_N_ISAS; isa++) {
        ton_isa_limit((enum ton_isa)isa);
        struct many together = many_create(p, n, frames, block);
        run(&together, frames, block, step_together);
        for (int k = 0; k < n; k++)
            if (!audio_same(&apart.audio[k], &together.audio[k]))
                fail_msg(
                    "%s: the %d. of %d side by side (%s, blocks of %d) is not what it is alone",
                    p->id, k + 1, n, ton_isa_name((enum ton_isa)isa), block);
        many_destroy(&together);
    }
    many_destroy(&apart);
}

static void side_by_side_gives_the_bits_of_one_by_one(void **state) {
    (void)state;
    int n = 0;
    for_each_processor(p) {
        for (int c = 0; p->process_together && c < TON_N(counts); c++)
            for (int b = 0; b < TON_N(blocks); b++)
                compare(p, counts[c], blocks[b]);
        n += p->process_together != NULL;
    }
    ton_isa_limit(TON_ISA_AVX512);
    figure("%d processors run side by side; 1 to %d of them, blocks of 1 to 4096: equal bits", n,
           TON_MOST_TOGETHER);
    assert_true(n >= 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(side_by_side_gives_the_bits_of_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
