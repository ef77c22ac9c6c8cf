/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All analysers over one stream, hop by hop: a hop goes through every analyser while it is in the
 * cache. */

#include "analysers.h"
#include "gather.h"
#include "loudness.h"
#include "ton/arena.h"
#include "ton/true_peak.h"

enum { CURVE_HOPS = 10 };

/* Points of the curve; `low` and `high` grow with the stream, the loudness comes at the end. */
struct curve {
    bool wanted;
    int hops; /* in the point that is not complete */
    float *low, *high, *momentary, *short_term;
    size_t n, capacity;
};

/* Of a plain meter: every whole hop. */
struct hops {
    float *energy, *peak, *bend;
    size_t n, capacity;
};

/* PLAIN keeps hops; LIVE nothing. Both measure loudness and levels only. */
enum kind { FULL, PLAIN, LIVE };

struct ton_meter {
    enum kind kind;
    struct hops hops;
    struct gather gather;
    struct ton_measurement counts; /* frames and bad samples so far */
    struct curve curve;
    void **states; /* one an analyser; NULL: left out */
};

static bool is_plain(const struct ton_analyser *a) {
    return a == &ton_analyser_loudness || a == &ton_analyser_levels;
}

static enum ton_code states_create(struct ton_meter *m, const struct ton_analysis_config *config,
                                   struct ton_err *err) {
    const int n = ton_analyser_count();
    m->states = ton_alloc(sizeof *m->states * (size_t)n);
    if (!m->states)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for a meter");
    for (int i = 0; i < n; i++) {
        const struct ton_analyser *a = ton_analyser_at(i);
        if (m->kind != FULL && !is_plain(a))
            continue;
        m->states[i] = ton_alloc(a->state_size(config));
        if (!m->states[i])
            return ton_fail(err, TON_MEMORY, NULL, "no memory to measure %s", a->name);
        const enum ton_code code = a->init(m->states[i], config, err);
        if (code)
            return code;
    }
    return TON_OK;
}

static enum ton_code create(struct ton_meter **out, double rate, const struct ton_layout *layout,
                            bool curve, enum kind kind, struct ton_err *err) {
    *out = NULL;
    if (!(rate > 0.0 && rate <= 1e7))
        return ton_fail(err, TON_INPUT, NULL, "a rate of %g Hz cannot be measured", rate);
    if (layout->channels < 1 || layout->channels > TON_MAX_CHANNELS)
        return ton_fail(err, TON_INPUT, NULL, "%d channels cannot be measured: 1 to %d can",
                        layout->channels, TON_MAX_CHANNELS);
    struct ton_meter *m = ton_alloc(sizeof *m);
    if (!m)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for a meter");
    m->curve.wanted = curve;
    m->kind = kind;
    const struct ton_analysis_config config = {.rate = rate, .layout = *layout};
    enum ton_code code = gather_init(&m->gather, rate, layout->channels, err);
    if (!code)
        code = states_create(m, &config, err);
    if (code) {
        ton_meter_destroy(m);
        return code;
    }
    *out = m;
    return TON_OK;
}

enum ton_code ton_meter_create(struct ton_meter **out, double rate, const struct ton_layout *layout,
                               bool curve, struct ton_err *err) {
    return create(out, rate, layout, curve, FULL, err);
}

enum ton_code ton_meter_create_plain(struct ton_meter **out, double rate,
                                     const struct ton_layout *layout, struct ton_err *err) {
    return create(out, rate, layout, false, PLAIN, err);
}

enum ton_code ton_meter_create_live(struct ton_meter **out, double rate,
                                    const struct ton_layout *layout, struct ton_err *err) {
    return create(out, rate, layout, false, LIVE, err);
}

static bool grow(float **array, size_t capacity, size_t more) {
    float *grown = ton_realloc(*array, sizeof **array * capacity, sizeof **array * more);
    if (grown)
        *array = grown;
    return grown != NULL;
}

static enum ton_code curve_feed(struct curve *curve, const struct ton_block *block, int channels,
                                struct ton_err *err) {
    if (curve->hops == 0) {
        if (curve->n == curve->capacity) {
            const size_t more = curve->capacity ? 2 * curve->capacity : 1024;
            if (!grow(&curve->low, curve->capacity, more) ||
                !grow(&curve->high, curve->capacity, more))
                return ton_fail(err, TON_MEMORY, NULL, "no memory to keep peaks over time");
            curve->capacity = more;
        }
        curve->low[curve->n] = block->low[0];
        curve->high[curve->n] = block->high[0];
        curve->n++;
    }
    float *low = &curve->low[curve->n - 1], *high = &curve->high[curve->n - 1];
    for (int c = 0; c < channels; c++) {
        *low = block->low[c] < *low ? block->low[c] : *low;
        *high = block->high[c] > *high ? block->high[c] : *high;
    }
    curve->hops = (curve->hops + 1) % CURVE_HOPS;
    return TON_OK;
}

static const void *loudness_of(const struct ton_meter *m) {
    for (int i = 0; i < ton_analyser_count(); i++)
        if (ton_analyser_at(i) == &ton_analyser_loudness)
            return m->states[i];
    return NULL;
}

static enum ton_code keep_hop(struct ton_meter *m, const struct ton_block *block,
                              struct ton_err *err) {
    struct hops *h = &m->hops;
    if (h->n == h->capacity) {
        const size_t more = h->capacity ? 2 * h->capacity : 1024;
        if (!grow(&h->energy, h->capacity, more) || !grow(&h->peak, h->capacity, more) ||
            !grow(&h->bend, h->capacity, more))
            return ton_fail(err, TON_MEMORY, NULL, "no memory to keep hops");
        h->capacity = more;
    }
    struct ton_true_peak_extent most = {0};
    for (int c = 0; c < m->gather.channels; c++) {
        const struct ton_true_peak_extent e = ton_true_peak_extent(block->in[c], block->frames);
        most.reach = fmaxf(most.reach, e.reach);
        most.bend = fmaxf(most.bend, e.bend);
    }
    h->energy[h->n] = (float)loudness_last_hop(loudness_of(m));
    h->peak[h->n] = most.reach;
    h->bend[h->n++] = most.bend;
    return TON_OK;
}

static enum ton_code feed_hop(const struct ton_block *block, struct ton_err *err, void *user) {
    struct ton_meter *m = user;
    m->counts.frames += block->frames;
    m->counts.bad_samples += block->bad_samples;
    for (int i = 0; i < ton_analyser_count(); i++) {
        const struct ton_analyser *a = ton_analyser_at(i);
        const enum ton_code code = m->states[i] ? a->feed(m->states[i], block, err) : TON_OK;
        if (code)
            return code;
    }
    if (m->kind == PLAIN && block->whole)
        return keep_hop(m, block, err);
    return m->curve.wanted ? curve_feed(&m->curve, block, m->gather.channels, err) : TON_OK;
}

enum ton_code ton_meter_feed(struct ton_meter *m, const float *const *in, int64_t frames,
                             struct ton_err *err) {
    return gather_feed(&m->gather, in, frames, feed_hop, err, m);
}

struct ton_loudness_now ton_meter_now(const struct ton_meter *m) {
    const struct loudness_now now = loudness_now(loudness_of(m));
    return (struct ton_loudness_now){loudness_lufs(now.momentary), loudness_lufs(now.short_term)};
}

/* The loudness of every point; the last may be one that no window ended in. */
static void curve_finish(struct ton_meter *m) {
    struct curve *curve = &m->curve;
    const struct loudness_windows w = loudness_windows(loudness_of(m));
    curve->momentary = ton_alloc(sizeof *curve->momentary * (curve->n + 1));
    curve->short_term = ton_alloc(sizeof *curve->short_term * (curve->n + 1));
    if (!curve->momentary || !curve->short_term)
        curve->n = 0;
    for (size_t i = 0; i < curve->n; i++) {
        const size_t at = i < w.n ? i : w.n - 1;
        curve->momentary[i] = w.n ? (float)loudness_lufs(w.momentary[at]) : -INFINITY;
        curve->short_term[i] = w.n ? (float)loudness_lufs(w.short_term[at]) : -INFINITY;
    }
}

static void value_set(struct ton_measurement *out, const char *key, double value) {
    for (int row = 0; row < TON_N_VALUES; row++)
        if (strcmp(ton_measurement_table[row].key, key) == 0)
            ton_measurement_set(out, row, value);
}

void ton_meter_finish(struct ton_meter *m, struct ton_measurement *out) {
    enum { MOST_RESULTS = 64 };
    double results[MOST_RESULTS];
    /* What is left is shorter than a hop: no analyser keeps anything for it, so nothing fails. */
    (void)gather_rest(&m->gather, feed_hop, NULL, m);
    *out = m->counts;
    if (m->curve.wanted)
        curve_finish(m);
    for (int i = 0; i < ton_analyser_count(); i++) {
        const struct ton_analyser *a = ton_analyser_at(i);
        const bool measured = m->states[i] && m->counts.frames;
        if (m->states[i])
            a->finish(m->states[i], results);
        for (int r = 0; r < a->n_rows; r++)
            value_set(out, a->rows[r].key, measured ? results[r] : NAN);
    }
}

struct ton_loudness_curve ton_meter_curve(const struct ton_meter *m) {
    const struct curve *c = &m->curve;
    return (struct ton_loudness_curve){c->momentary, c->short_term, c->low, c->high, c->n};
}

struct ton_hops ton_meter_hops(const struct ton_meter *m) {
    return (struct ton_hops){m->hops.energy, m->hops.peak, m->hops.bend, m->hops.n};
}

void ton_meter_destroy(struct ton_meter *m) {
    if (!m)
        return;
    for (int i = 0; m->states && i < ton_analyser_count(); i++) {
        const struct ton_analyser *a = ton_analyser_at(i);
        if (m->states[i] && a->destroy)
            a->destroy(m->states[i]);
        ton_free(m->states[i]);
    }
    ton_free(m->states);
    ton_free(m->curve.low);
    ton_free(m->curve.high);
    ton_free(m->curve.momentary);
    ton_free(m->curve.short_term);
    ton_free(m->hops.energy);
    ton_free(m->hops.peak);
    ton_free(m->hops.bend);
    gather_finish(&m->gather);
    ton_free(m);
}
