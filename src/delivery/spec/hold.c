/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holds a file to a spec and says by how much it misses.
 *
 * A limit is a limit: -0.96 dBTP misses -1 dBTP. Only what the arithmetic itself leaves open, half
 * a hundredth, is forgiven. */

#include "checks.h"
#include "ton/arena.h"

static const double FORGIVEN = 0.005;

struct holding {
    struct ton_arena *arena;
    const struct ton_held *held;
    const struct ton_check *check;
    const struct check_kind *kind;
};

/* Long times in minutes, as people and the specs write them: 79.8 min is no 4788 s. */
static const char *value_text(const struct holding *h, double value) {
    static const double LONG_S = 120.0;
    char text[64];
    if (h->check->kind == TON_CHECK_DURATION && value >= LONG_S)
        return ton_arena_printf(h->arena, "%s min",
                                ton_unit_format(text, sizeof text, value / 60.0, TON_UNIT_NONE, 2));
    return ton_arena_text(
        h->arena, ton_unit_format(text, sizeof text, value, h->kind->unit, h->kind->digits));
}

static const char *limit_text(const struct holding *h) {
    const struct ton_check *c = h->check;
    if (!isnan(c->target) && c->maximum > c->target) {
        char tolerance[64];
        ton_unit_format(tolerance, sizeof tolerance, c->maximum - c->target,
                        h->kind->tolerance_unit, 2);
        return ton_arena_printf(h->arena, "%s ±%s", value_text(h, c->target), tolerance);
    }
    if (!isnan(c->target))
        return value_text(h, c->target);
    if (isnan(c->minimum))
        return ton_arena_printf(h->arena, "at most %s", value_text(h, c->maximum));
    if (isnan(c->maximum))
        return ton_arena_printf(h->arena, "at least %s", value_text(h, c->minimum));
    return ton_arena_printf(h->arena, "%s to %s", value_text(h, c->minimum),
                            value_text(h, c->maximum));
}

/* A source is named up to its first comma: the document; the rest is in the spec. */
static const char *short_source(const struct holding *h) {
    return ton_arena_copy(h->arena, h->check->source, strcspn(h->check->source, ",;("));
}

/* "1 channel, 2 are asked for": a count is told as one. */
static const char *channels_remark(const struct holding *h, const char *asked) {
    const int n = h->held->info->channels;
    return ton_arena_printf(h->arena, "%d channel%s, %s %s asked for (%s)", n, n == 1 ? "" : "s",
                            asked, ton_text_same(asked, "1") ? "is" : "are", short_source(h));
}

static bool is_of_album(const struct holding *h) {
    return h->held->of_album && h->check->kind == TON_CHECK_INTEGRATED_LOUDNESS &&
           !h->check->required;
}

/* Who only advises turns what it plays to its target: that far, and not as far as its tolerance. */
static const char *target_remark(const struct holding *h, double value) {
    const double over = value - h->check->target;
    char by[64];
    ton_unit_format(by, sizeof by, fabs(over), h->kind->tolerance_unit, 2);
    return ton_arena_printf(h->arena, "%s %s%s is %s %s the target; %s asks for %s", h->kind->key,
                            value_text(h, value), is_of_album(h) ? ", asked of the album," : "", by,
                            over > 0.0 ? "over" : "under", short_source(h), limit_text(h));
}

static const char *range_remark(const struct holding *h, double value) {
    const struct ton_check *c = h->check;
    const bool low = !isnan(c->minimum) && value < c->minimum - FORGIVEN;
    const bool high = !isnan(c->maximum) && value > c->maximum + FORGIVEN;
    if (!low && !high)
        return NULL;
    if (c->kind == TON_CHECK_CHANNELS)
        return channels_remark(h, limit_text(h));
    if (isinf(value))
        return ton_arena_printf(h->arena, "%s of silence; %s asks for %s", h->kind->key,
                                short_source(h), limit_text(h));
    if (!c->required && !isnan(c->target) && c->maximum > c->target)
        return target_remark(h, value);
    const bool lasts = h->check->kind == TON_CHECK_DURATION;
    const char *wrong = low ? (lasts ? "short" : "low") : (lasts ? "long" : "high");
    char by[64];
    ton_unit_format(by, sizeof by, low ? c->minimum - value : value - c->maximum,
                    h->kind->tolerance_unit, 2);
    return ton_arena_printf(h->arena, "%s %s is %s too %s; %s asks for %s", h->kind->key,
                            value_text(h, value), by, wrong, short_source(h), limit_text(h));
}

static const char *list_text(const struct holding *h) {
    struct ton_text t = {0};
    for (int i = 0; i < h->check->n_one_of; i++)
        ton_text_printf(&t, "%s%s", i ? (i + 1 == h->check->n_one_of ? " or " : ", ") : "",
                        h->check->one_of[i]);
    const char *out = ton_arena_text(h->arena, t.data ? t.data : "");
    ton_text_free(&t);
    return out;
}

const char *ton_check_word(const struct ton_check *check) {
    return check_kind_at(check->kind)->key;
}

const char *ton_check_asks(struct ton_arena *arena, const struct ton_check *check) {
    const struct holding h = {arena, NULL, check, check_kind_at(check->kind)};
    return check->n_one_of ? list_text(&h) : limit_text(&h);
}

static bool is_one(const struct holding *h, const char *word, double value) {
    for (int i = 0; i < h->check->n_one_of; i++) {
        double wanted;
        const char *text = h->check->one_of[i];
        if (h->kind->word ? ton_text_same(text, word)
                          : !ton_unit_parse(&wanted, text, h->kind->unit, NULL) &&
                                fabs(value - wanted) <= FORGIVEN)
            return true;
    }
    return false;
}

/* The spec's word for a container: what a person would ask for. */
static const char *container_word(const struct ton_audio_info *info) {
    if (ton_text_same(info->container, "BWF") || ton_text_same(info->container, "RF64") ||
        ton_text_same(info->container, "WAV"))
        return "wav";
    if (ton_text_same(info->container, "FLAC"))
        return "flac";
    if (ton_text_same(info->container, "MP3"))
        return "mp3";
    if (ton_text_same(info->container, "MP4"))
        return "aac";
    return strstr(info->encoding, "Opus") ? "opus" : info->container;
}

static const char *list_remark(const struct holding *h, double value) {
    const char *word = container_word(h->held->info);
    if (is_one(h, word, value))
        return NULL;
    if (h->check->kind == TON_CHECK_CHANNELS)
        return channels_remark(h, list_text(h));
    return ton_arena_printf(h->arena, "%s is %s; %s asks for %s", h->kind->key,
                            h->kind->word ? word : value_text(h, value), short_source(h),
                            list_text(h));
}

static const char *remark_text(const struct holding *h) {
    const double value = is_of_album(h)   ? h->held->album_lufs
                         : h->kind->value ? h->kind->value(h->held)
                                          : (double)NAN;
    if (!h->kind->word && isnan(value)) {
        const bool silent = h->check->kind <= TON_CHECK_SHORT_TERM_MAXIMUM;
        return silent ? ton_arena_printf(h->arena,
                                         "%s does not exist for this file (silent, below "
                                         "-70 LUFS or too short); %s asks for %s",
                                         h->kind->key, short_source(h), limit_text(h))
                      : NULL;
    }
    return h->check->n_one_of ? list_remark(h, value) : range_remark(h, value);
}

enum ton_code ton_spec_hold(struct ton_verdict *out, struct ton_arena *arena,
                            const struct ton_spec *spec, const struct ton_held *held,
                            struct ton_err *err) {
    *out = (struct ton_verdict){.remarks = TON_NEW_N(arena, struct ton_remark, spec->n_checks + 1)};
    for (int i = 0; out->remarks && i < spec->n_checks; i++) {
        const struct ton_check *check = &spec->checks[i];
        const struct holding h = {arena, held, check, check_kind_at(check->kind)};
        const char *text = remark_text(&h);
        if (!text)
            continue;
        out->remarks[out->n++] = (struct ton_remark){check, check->required, text, NULL};
        out->n_failed += check->required;
    }
    if (!out->remarks || ton_arena_failed(arena))
        return ton_fail(err, TON_MEMORY, NULL, "no memory to check the spec");
    return TON_OK;
}
