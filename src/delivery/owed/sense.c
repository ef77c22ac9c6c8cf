/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Warnings of deliverables that can be made as they are written, but hardly are what was meant:
 * words that do nothing, silent files, stems that do not add up to the mix. */

#include "ton/text.h"
#include "work.h"

static void check_level(struct work *w, const struct ton_deliverable *d) {
    if (d->mastered || (isnan(d->loudness_lufs) && isnan(d->ceiling_dbtp)))
        return;
    ton_problems_add(w->problems, true, d->where,
                     "`%s` of `%s` does nothing: it is not mastered; say `mastered: yes`%s",
                     isnan(d->loudness_lufs) ? "ceiling" : "loudness", d->name,
                     d->n_each ? " (stems are not, unless that is said)" : "");
}

/* Samples are rounded where a file has whole numbers of so many bits. */
static void check_dither(struct work *w, const struct ton_deliverable *d,
                         const struct ton_spec *spec) {
    const char *usual = spec && spec->format ? spec->format : "wav 24-bit";
    const char *const *formats = d->n_formats ? d->formats : &usual;
    if (!d->dither || strcmp(d->dither, "none") == 0)
        return;
    for (int i = 0; i < (d->n_formats ? d->n_formats : 1); i++) {
        struct ton_format f;
        struct ton_err ignored;
        if (ton_format_parse(&f, formats[i], &ignored) || f.codec == TON_PCM || f.codec == TON_FLAC)
            return;
    }
    ton_problems_add(w->problems, true, d->where,
                     "`dither` of `%s` does nothing: `%s` has no bits to round to", d->name,
                     formats[0]);
}

/* What was said that leaves nothing. */
static const char *silencer(const struct ton_deliverable *d) {
    if (d->n_only > 0 && d->n_without > 0)
        return "`only` and `without` leave";
    return d->n_only > 0 ? "`only` leaves" : "`without` leaves";
}

static void check_silence(struct work *w, const struct ton_deliverable *d,
                          const struct ton_session *s, const char *const *stem) {
    struct ton_wish wish;
    bool none;
    if (!words_wish(&wish, &none, w, s, d, stem) || none || !ton_plan_is_silent(s, &wish))
        return;
    if (stem)
        ton_problems_add(w->problems, true, d->where,
                         "the stem `%s` of `%s` is silent: nothing that is heard in `%s` goes "
                         "through it",
                         *stem, d->name, s->name);
    else
        ton_problems_add(w->problems, true, d->where,
                         "`%s` is silent: %s nothing that is heard in `%s`", d->name, silencer(d),
                         s->name);
}

enum where { IN_NONE, IN_PART, IN_TWO };

static bool stands(const struct ton_stem_ways *ways, enum where where) {
    if (where == IN_TWO)
        return ways->second >= 0;
    return ways->beside && ways->in == (where == IN_PART);
}

static void say_stems(struct work *w, const struct ton_deliverable *d, const struct ton_session *s,
                      const struct ton_stem_ways *ways, const struct ton_wish *stems,
                      enum where where) {
    int n = 0, at = 0, first = -1;
    struct ton_text names = {0};
    for (int i = 0; i < s->n_strips; i++)
        n += stands(&ways[i], where);
    for (int i = 0; i < s->n_strips; i++) {
        if (!stands(&ways[i], where))
            continue;
        first = first < 0 ? i : first;
        ton_text_add_name(&names, at++, n, s->strips[i].name);
    }
    const char *are = n == 1 ? "is" : "are";
    if (where == IN_TWO && n > 0 && !names.failed)
        ton_problems_add(w->problems, true, d->where,
                         "the stems of `%s` are more than the mix of `%s`: %s %s in two of them, "
                         "`%s` and `%s`",
                         d->name, s->name, names.data, are, stems->only[ways[first].first],
                         stems->only[ways[first].second]);
    else if (n > 0 && !names.failed)
        ton_problems_add(w->problems, true, d->where,
                         "the stems of `%s` are less than the mix of `%s`: %s %s in %s", d->name,
                         s->name, names.data, are,
                         where == IN_NONE ? "none of them"
                                          : "them only in part, not on every way to the mix");
    ton_text_free(&names);
}

static void check_stems(struct work *w, const struct ton_deliverable *d,
                        const struct ton_session *s) {
    struct ton_wish stems = {.name = d->name};
    const char **each = NULL, **without = NULL;
    stems.n_only = words_known(&each, w, s, d->each, d->n_each);
    stems.n_without = words_known(&without, w, s, d->without, d->n_without);
    stems.only = each;
    stems.without = without;
    if (stems.n_only <= 0 || stems.n_without < 0)
        return;
    const struct ton_stem_ways *ways = ton_plan_stem_ways(w->arena, s, &stems);
    for (enum where where = IN_NONE; ways && where <= IN_TWO; where++)
        say_stems(w, d, s, ways, &stems, where);
}

void sense_check(struct work *w, const struct ton_deliverable *d, const struct ton_spec *spec) {
    check_level(w, d);
    check_dither(w, d, spec);
    for (int i = 0; i < w->n_pieces; i++) {
        const struct ton_session *s = w->pieces[i].session;
        if (!s)
            continue;
        if (d->n_each == 0)
            check_silence(w, d, s, NULL);
        else
            check_stems(w, d, s);
        for (int k = 0; k < d->n_each; k++)
            check_silence(w, d, s, &d->each[k]);
    }
}
