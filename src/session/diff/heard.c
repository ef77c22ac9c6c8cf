/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether two sessions render the same: every value that the engine reads is compared as it was
 * resolved, of every strip that reaches the mix. Sentences may be silent only where this says so.
 */
#include "diff.h"

#include "ton/hash.h"
#include "ton/path.h"
#include "ton/text.h"

/* One take is the other when it is the same file; or, where it lies elsewhere or has another name
 * than any that the other session plays, the same bytes. */
struct kept_key {
    struct ton_key key;
    bool asked, good;
};

static bool ask_key(struct kept_key *kept, const char *path) {
    if (!kept->asked)
        kept->good = ton_key_file(&kept->key, path, NULL) == TON_OK;
    kept->asked = true;
    return kept->good;
}

static bool same_bytes(const struct ton_take *a, struct kept_key *x, const struct ton_take *b,
                       struct kept_key *y) {
    if (a->frames < 0 || b->frames < 0)
        return a->frames < 0 && b->frames < 0 && !strcmp(a->name, b->name);
    return a->info.frames == b->info.frames && a->info.rate == b->info.rate &&
           ton_path_size(a->path) == ton_path_size(b->path) && ask_key(x, a->path) &&
           ask_key(y, b->path) && ton_key_same(x->key, y->key);
}

bool ton_diff_pair_takes(struct ton_diff *d) {
    int n_a = d->a->n_takes, n_b = d->b->n_takes;
    int *pairs = TON_NEW_N(d->arena, int, n_b + 1);
    bool *paired = TON_NEW_N(d->arena, bool, n_a + 1);
    struct kept_key *x = TON_NEW_N(d->arena, struct kept_key, n_a + 1);
    struct kept_key *y = TON_NEW_N(d->arena, struct kept_key, n_b + 1);
    if (!pairs || !paired || !x || !y)
        return false;
    for (int k = 0; k < n_b; k++) {
        pairs[k] = -1;
        for (int i = 0; i < n_a && pairs[k] < 0; i++)
            if (!strcmp(d->a->takes[i].path, d->b->takes[k].path))
                pairs[k] = i;
        if (pairs[k] >= 0)
            paired[pairs[k]] = true;
    }
    for (int k = 0; k < n_b; k++)
        for (int i = 0; i < n_a && pairs[k] < 0; i++)
            if (!paired[i] && same_bytes(&d->a->takes[i], &x[i], &d->b->takes[k], &y[k]))
                pairs[k] = i;
    d->takes = pairs;
    return true;
}

static bool same_take(const struct ton_diff *d, int a, int b) {
    return b < 0 ? a < 0 : d->takes[b] == a;
}

static bool same_clip(const struct ton_diff *d, const struct ton_clip *a,
                      const struct ton_clip *b) {
    return a->channel == b->channel && a->channel_right == b->channel_right && a->at == b->at &&
           a->from == b->from && a->frames == b->frames && a->gain_db == b->gain_db &&
           a->fade_in == b->fade_in && a->fade_out == b->fade_out &&
           a->equal_power_in == b->equal_power_in && a->equal_power_out == b->equal_power_out &&
           same_take(d, a->take, b->take) && same_take(d, a->take_right, b->take_right) &&
           ton_diff_same_file(a->midi, b->midi);
}

static bool all_known(const struct ton_session *s, const struct ton_strip *strip) {
    for (int i = 0; i < strip->n_written; i++) {
        const struct ton_clip *clip = &strip->written[i].clip;
        if (s->takes[clip->take].frames < 0 ||
            (clip->take_right >= 0 && s->takes[clip->take_right].frames < 0))
            return false;
    }
    return true;
}

/* Crossfades need the takes' lengths: without them what is written must be the same. */
static bool same_written(const struct ton_diff *d, const struct ton_strip *a,
                         const struct ton_strip *b) {
    bool same = a->n_written == b->n_written;
    for (int i = 0; same && i < a->n_written; i++) {
        const struct ton_written_clip *x = &a->written[i], *y = &b->written[i];
        same = same_clip(d, &x->clip, &y->clip) && x->crossfade == y->crossfade &&
               x->every == y->every && x->repeat == y->repeat && x->mute == y->mute &&
               x->known == y->known;
    }
    return same;
}

bool ton_diff_same_clips(const struct ton_diff *d, const struct ton_strip *a,
                         const struct ton_strip *b) {
    if ((!all_known(d->a, a) || !all_known(d->b, b)) && !same_written(d, a, b))
        return false;
    bool same = a->n_clips == b->n_clips && d->a->rate == d->b->rate;
    same = same && a->n_notes == b->n_notes;
    for (int i = 0; same && i < a->n_clips; i++)
        same = same_clip(d, &a->clips[i], &b->clips[i]);
    for (int i = 0; same && i < a->n_notes; i++)
        same = same_clip(d, &a->notes[i], &b->notes[i]);
    return same;
}

static bool same_lane(const struct ton_lane *a, const struct ton_lane *b) {
    bool same = a->n == b->n;
    for (int i = 0; same && i < a->n; i++)
        same = a->points[i].frame == b->points[i].frame && a->points[i].value == b->points[i].value;
    return same;
}

/* The lane of a strip that moves this; NULL. `item` is one of the session's own. */
static const struct ton_lane *find_lane(const struct ton_strip *strip, enum ton_target target,
                                        int item, int parameter) {
    for (int i = 0; i < strip->n_lanes; i++) {
        const struct ton_lane *lane = &strip->lanes[i];
        if (lane->target == target && lane->item == item && lane->parameter == parameter)
            return lane;
    }
    return NULL;
}

static bool same_lanes(const struct ton_strip *a, enum ton_target target, int item_a,
                       const struct ton_strip *b, int item_b, int n_parameters) {
    for (int p = target == TON_TARGET_PARAMETER ? 0 : -1; p < n_parameters; p++) {
        const struct ton_lane *x = find_lane(a, target, item_a, p);
        const struct ton_lane *y = find_lane(b, target, item_b, p);
        if (!x != !y || (x && !same_lane(x, y)))
            return false;
    }
    return true;
}

static bool has_lane(const struct ton_strip *strip, int item) {
    for (int i = 0; i < strip->n_lanes; i++)
        if (strip->lanes[i].target == TON_TARGET_PARAMETER && strip->lanes[i].item == item)
            return true;
    return false;
}

/* Left out of the chain by the engine too. */
static bool does_nothing(const struct ton_strip *strip, int item) {
    const struct ton_chain_item *it = &strip->chain.items[item];
    const struct ton_processor *p = it->processor;
    return it->bypass || (!has_lane(strip, item) && p->is_neutral && p->is_neutral(it->params));
}

static bool same_unit(const struct ton_diff *d, const struct ton_strip *a, int i,
                      const struct ton_strip *b, int k) {
    const struct ton_chain_item *x = &a->chain.items[i], *y = &b->chain.items[k];
    const struct ton_processor *p = x->processor;
    if (p != y->processor || !ton_diff_same_key(d, x, y) || !ton_diff_same_files(x, y) ||
        !ton_diff_same_setup(x, y) || (!d->tempo_same && ton_rows_have_note(p->rows, p->n_rows)))
        return false;
    for (int n = 0; n < p->n_params; n++)
        if (x->params[n] != y->params[n])
            return false;
    return same_lanes(a, TON_TARGET_PARAMETER, i, b, k, p->n_params);
}

static bool same_chain(const struct ton_diff *d, const struct ton_strip *a,
                       const struct ton_strip *b) {
    int i = 0, k = 0;
    for (;; i++, k++) {
        while (i < a->chain.n && does_nothing(a, i))
            i++;
        while (k < b->chain.n && does_nothing(b, k))
            k++;
        if (i == a->chain.n || k == b->chain.n)
            return i == a->chain.n && k == b->chain.n;
        if (!same_unit(d, a, i, b, k))
            return false;
    }
}

static bool same_sends(const struct ton_diff *d, const struct ton_strip *a,
                       const struct ton_strip *b) {
    bool same = a->n_sends == b->n_sends;
    for (int i = 0; same && i < a->n_sends; i++) {
        const struct ton_send *x = &a->sends[i];
        int k = 0;
        while (k < b->n_sends && b->sends[k].to != d->now[x->to])
            k++;
        same = k < b->n_sends && x->gain_db == b->sends[k].gain_db &&
               x->before_fader == b->sends[k].before_fader &&
               same_lanes(a, TON_TARGET_SEND, i, b, k, 0);
    }
    return same;
}

static bool same_strip(const struct ton_diff *d, const struct ton_strip *a,
                       const struct ton_strip *b) {
    int to = a->to >= 0 ? d->now[a->to] : -1;
    return a->is_bus == b->is_bus && a->gain_db == b->gain_db && a->pan == b->pan && to == b->to &&
           a->mute == b->mute && a->solo == b->solo && a->polarity == b->polarity &&
           ton_diff_same_clips(d, a, b) && same_chain(d, a, b) && same_sends(d, a, b) &&
           same_lanes(a, TON_TARGET_GAIN, -1, b, -1, 0) &&
           same_lanes(a, TON_TARGET_PAN, -1, b, -1, 0) &&
           same_lanes(a, TON_TARGET_MUTE, -1, b, -1, 0);
}

/* Which strips reach the mix: with a fader that is not muted, or as what a detector there listens
 * to. In order, each strip comes after all that feed it. With a solo, all are taken to. */
static bool *reaching(const struct ton_diff *d, const struct ton_session *s) {
    bool *reach = TON_NEW_N(d->arena, bool, s->n_strips), solo = false;
    for (int i = 0; i < s->n_strips; i++)
        solo = solo || s->strips[i].solo;
    for (int n = s->n_strips - 1; reach && n >= 0; n--) {
        int i = s->order[n];
        const struct ton_strip *strip = &s->strips[i];
        bool silent = strip->mute && !find_lane(strip, TON_TARGET_MUTE, -1, -1);
        bool out = i == s->mix || (strip->to >= 0 && reach[strip->to]);
        for (int k = 0; k < strip->n_sends; k++)
            out = out || reach[strip->sends[k].to];
        reach[i] = reach[i] || solo || (out && !silent);
        for (int k = 0; reach[i] && k < strip->chain.n; k++)
            if (strip->chain.items[k].sidechain >= 0 && !strip->chain.items[k].bypass)
                reach[strip->chain.items[k].sidechain] = true;
    }
    return reach;
}

bool ton_diff_is_heard(const struct ton_diff *d) {
    bool *a = reaching(d, d->a), *b = reaching(d, d->b);
    if (!a || !b || d->a->rate != d->b->rate || d->a->frames != d->b->frames ||
        d->a->end != d->b->end)
        return true;
    for (int i = 0; i < d->a->n_strips; i++)
        if (a[i] && (d->now[i] < 0 || !b[d->now[i]] ||
                     !same_strip(d, &d->a->strips[i], &d->b->strips[d->now[i]])))
            return true;
    for (int k = 0; k < d->b->n_strips; k++)
        if (b[k] && (d->was[k] < 0 || !a[d->was[k]]))
            return true;
    return false;
}
