/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contract: side by side in lanes, instances give the bits that each gives alone; whatever their
 * number, channels, settings, keys, buffers and blocks, while some are being moved, in every
 * instruction set. */
#include "rig.h"

#include "ton/isa.h"

enum { MOST = 40, FRAMES = 5500, SHORT = 1200, MOVES_AT = 768 };

static const int counts[] = {1, 2, 3, 5, 8, 9, 13, 16, MOST};
static const int blocks[] = {1, 7, 64, 777, 4096};

static int channels_of(int k) {
    return k % 3 == 2 ? 2 : 1;
}

/* Channels of the k-th key: of four instances one listens to itself. */
static int keys_of(const struct ton_processor *p, int k) {
    static const int n[] = {1, 2, 0, 2};
    return p->flags & TON_PROCESSOR_DYNAMIC ? n[k % 4] : 0;
}

static struct audio sound(int k, int frames) {
    return audio_noise(channels_of(k), frames, 0.7, (uint64_t)k);
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
    bool in_place;
    struct rig rigs[MOST];
    struct audio in[MOST], out[MOST];
    struct audio keys[4]; /* several listen to one */
};

static const struct audio *key_of(const struct many *m, int k) {
    return keys_of(m->processor, k) ? &m->keys[k % TON_N(m->keys)] : NULL;
}

static void many_create(struct many *m, const struct ton_processor *p, int n, int frames, int block,
                        bool in_place) {
    *m = (struct many){.processor = p, .n = n, .in_place = in_place};
    for (int k = 0; k < TON_N(m->keys); k++)
        m->keys[k] = audio_noise(keys_of(p, k), frames, 0.9, 1000 + (uint64_t)k);
    for (int k = 0; k < n; k++) {
        float params[MAX_PARAMS];
        setting(params, p, k % N_SETTINGS);
        struct ton_config config = rig_config(48000, channels_of(k), block);
        config.key_channels = keys_of(p, k);
        m->rigs[k] = rig_create(p, config, params);
        m->in[k] = sound(k, frames);
        m->out[k] = in_place ? m->in[k] : audio_noise(channels_of(k), frames, 9.0, 7);
    }
}

static void many_destroy(struct many *m) {
    for (int k = 0; k < TON_N(m->keys); k++)
        audio_destroy(&m->keys[k]);
    for (int k = 0; k < m->n; k++) {
        rig_destroy(&m->rigs[k]);
        audio_destroy(&m->in[k]);
        if (!m->in_place)
            audio_destroy(&m->out[k]);
    }
}

static void step_apart(struct many *m, int at, int frames) {
    for (int k = 0; k < m->n; k++)
        rig_step(&m->rigs[k], &m->out[k], &m->in[k], key_of(m, k), at, frames);
}

/* Where frame `at` of an instance's audio stands. */
struct places {
    const float *in[2], *key[2];
    float *out[2];
};

static struct ton_io io_at(struct places *places, const struct many *m, int k, int at, int frames) {
    const struct audio *key = key_of(m, k);
    for (int c = 0; c < channels_of(k); c++) {
        places->in[c] = m->in[k].at[c] + at;
        places->out[c] = m->out[k].at[c] + at;
    }
    for (int c = 0; key && c < key->channels; c++)
        places->key[c] = key->at[c] + at;
    return (struct ton_io){.in = places->in,
                           .out = places->out,
                           .key = key ? places->key : NULL,
                           .n_key = key ? key->channels : 0,
                           .frames = frames};
}

static void step_together(struct many *m, int at, int frames) {
    struct places places[MOST];
    struct ton_io ios[MOST];
    void *states[MOST];
    for (int k = 0; k < m->n; k++) {
        states[k] = m->rigs[k].state;
        ios[k] = io_at(&places[k], m, k, at, frames);
    }
    ton_rt_enter();
    for (int k = 0, n; k < m->n; k += n) {
        n = m->n - k < TON_MOST_TOGETHER ? m->n - k : TON_MOST_TOGETHER;
        m->processor->process_together(states + k, ios + k, n);
    }
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

static void compare(const struct many *apart, const struct many *together, int block) {
    const char *id = together->processor->id, *isa = ton_isa_name(ton_isa());
    for (int k = 0; k < together->n; k++) {
        if (!audio_same(&apart->out[k], &together->out[k]))
            fail_msg("%s: the %d. of %d side by side (%s, blocks of %d, %s) is not what it is "
                     "alone",
                     id, k + 1, together->n, isa, block,
                     together->in_place ? "in place" : "to other buffers");
        if (!together->in_place && !audio_same(&apart->in[k], &together->in[k]))
            fail_msg("%s: writes where it reads", id);
    }
}

static void hold(const struct ton_processor *p, int n, int block) {
    const int frames = block == 1 ? SHORT : FRAMES;
    static struct many apart, together;
    ton_isa_limit(TON_ISA_GENERIC);
    many_create(&apart, p, n, frames, block, false);
    run(&apart, frames, block, step_apart);
    for (int k = 0; k < n; k++) { /* as it was */
        audio_destroy(&apart.in[k]);
        apart.in[k] = sound(k, frames);
    }
    for (int isa = 0; isa < TON_N_ISAS; isa++) {
        ton_isa_limit((enum ton_isa)isa);
        many_create(&together, p, n, frames, block, (n + block + isa) % 2 == 0);
        run(&together, frames, block, step_together);
        compare(&apart, &together, block);
        many_destroy(&together);
    }
    many_destroy(&apart);
}

static void side_by_side_gives_the_bits_of_one_by_one(void **state) {
    (void)state;
    int n = 0, n_keyed = 0;
    for_each_processor(p) {
        for (int c = 0; p->process_together && c < TON_N(counts); c++)
            for (int b = 0; b < TON_N(blocks); b++)
                hold(p, counts[c], blocks[b]);
        n += p->process_together != NULL;
        n_keyed += p->process_together && p->flags & TON_PROCESSOR_DYNAMIC;
    }
    ton_isa_limit(TON_ISA_AVX512);
    figure("%d processors run side by side, %d of them with keys; 1 to %d of them, blocks of 1 to "
           "4096, in place and not: equal bits",
           n, n_keyed, MOST);
    assert_true(n >= 3 && n_keyed >= 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(side_by_side_gives_the_bits_of_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
