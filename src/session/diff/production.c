/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changed between two production.yaml: tags, running order, mastering, and what is owed. */
#include "diff.h"
#include "production/release.h"

#include "ton/text.h"

static int find_session(const struct ton_production *p, const char *name) {
    for (int i = 0; i < p->n_sessions; i++)
        if (ton_text_same(p->sessions[i], name))
            return i;
    return -1;
}

static const char *order_of(const struct ton_diff *d, const struct ton_production *p,
                            const struct ton_production *other) {
    struct ton_text t = {0};
    for (int i = 0; i < p->n_sessions; i++)
        if (find_session(other, p->sessions[i]) >= 0)
            ton_text_printf(&t, "%s%s", t.length ? ", " : "", p->sessions[i]);
    const char *out = ton_arena_copy(d->arena, t.data ? t.data : "", t.length);
    ton_text_free(&t);
    return out;
}

static void diff_running_order(const struct ton_diff *d, const struct ton_production *a,
                               const struct ton_production *b) {
    for (int i = 0; i < a->n_sessions; i++)
        if (find_session(b, a->sessions[i]) < 0)
            ton_diff_value(d, "session", a->sessions[i], NULL);
    for (int k = 0; k < b->n_sessions; k++)
        if (find_session(a, b->sessions[k]) < 0)
            ton_diff_value(d, "session", NULL, b->sessions[k]);
    ton_diff_value(d, "running order", order_of(d, a, b), order_of(d, b, a));
}

static void diff_seconds(const struct ton_diff *d, const char *what, double a, double b) {
    if (a != b)
        ton_diff_value(d, what, ton_diff_unit(d, a, TON_UNIT_S, 6),
                       ton_diff_unit(d, b, TON_UNIT_S, 6));
}

/* The first session has no gap before it, whatever is written. */
static void diff_times(const struct ton_diff *d, const struct ton_production *a, int i,
                       const struct ton_production *b, int k) {
    const char *name = b->sessions[k];
    if (i > 0 && k > 0)
        diff_seconds(d, ton_diff_text(d, "gap before %s", name), a->gap_before_s[i],
                     b->gap_before_s[k]);
    else if (i == k)
        diff_seconds(d, ton_diff_text(d, "silence before %s", name), a->gap_before_s[i],
                     b->gap_before_s[k]);
    diff_seconds(d, ton_diff_text(d, "fade in of %s", name), a->fade_in_s[i], b->fade_in_s[k]);
    diff_seconds(d, ton_diff_text(d, "fade out of %s", name), a->fade_out_s[i], b->fade_out_s[k]);
}

static void diff_master(struct ton_diff *d, const struct ton_production *a,
                        const struct ton_production *b) {
    static const char *const per[] = {"production", "session"};
    d->strip = "master";
    ton_diff_chain(d, &a->master.chain, &b->master.chain,
                   ton_diff_pair_items(d, &a->master.chain, &b->master.chain));
    double x = a->master.loudness_lufs, y = b->master.loudness_lufs;
    ton_diff_value(d, "loudness target", isnan(x) ? NULL : ton_diff_unit(d, x, TON_UNIT_LUFS, 6),
                   isnan(y) ? NULL : ton_diff_unit(d, y, TON_UNIT_LUFS, 6));
    ton_diff_value(d, "loudness per", per[a->master.per], per[b->master.per]);
    d->strip = NULL;
}

static const struct ton_deliverable *find_deliverable(const struct ton_production *p,
                                                      const char *name) {
    for (int i = 0; i < p->n_deliverables; i++)
        if (ton_text_same(p->deliverables[i].name, name))
            return &p->deliverables[i];
    return NULL;
}

static void diff_deliverable(const struct ton_diff *d, const struct ton_deliverable *a,
                             const struct ton_deliverable *b) {
    ton_diff_fields(d, ton_diff_text(d, "deliverable %s", b->name), ton_deliverable_fields,
                    ton_n_deliverable_fields, a, b);
}

/* A deliverable of b with another name that a does not know and equal settings; NULL. */
static const struct ton_deliverable *renamed(const struct ton_diff *d,
                                             const struct ton_production *a,
                                             const struct ton_deliverable *was,
                                             const struct ton_production *b) {
    for (int k = 0; k < b->n_deliverables; k++) {
        struct ton_changes changes = {0};
        struct ton_diff silent = *d;
        silent.out = &changes;
        diff_deliverable(&silent, was, &b->deliverables[k]);
        if (changes.n == 0 && !find_deliverable(a, b->deliverables[k].name))
            return &b->deliverables[k];
    }
    return NULL;
}

static const char *words(const struct ton_diff *d, const struct ton_deliverable *it) {
    struct ton_text t = {0};
    for (int i = 0; i < it->n_formats; i++)
        ton_text_printf(&t, "%s%s", t.length ? ", " : "", it->formats[i]);
    if (it->spec)
        ton_text_printf(&t, "%sspec %s", t.length ? ", " : "", it->spec);
    const char *out = t.length ? ton_diff_text(d, " (%s)", t.data) : "";
    ton_text_free(&t);
    return out;
}

static void diff_deliverables(const struct ton_diff *d, const struct ton_production *a,
                              const struct ton_production *b) {
    bool *known = TON_NEW_N(d->arena, bool, b->n_deliverables + 1);
    for (int i = 0; known && i < a->n_deliverables; i++) {
        const struct ton_deliverable *was = &a->deliverables[i];
        const struct ton_deliverable *now = find_deliverable(b, was->name);
        const char *what = ton_diff_text(d, "deliverable %s", was->name);
        if (!now)
            now = renamed(d, a, was, b);
        if (!now || known[now - b->deliverables]) {
            ton_diff_say(d, what, was->name, NULL, "%s removed%s", what, words(d, was));
            continue;
        }
        known[now - b->deliverables] = true;
        if (!ton_text_same(was->name, now->name))
            ton_diff_say(d, what, was->name, now->name, "%s renamed %s", what, now->name);
        diff_deliverable(d, was, now);
    }
    for (int k = 0; known && k < b->n_deliverables; k++) {
        const struct ton_deliverable *now = &b->deliverables[k];
        const char *what = ton_diff_text(d, "deliverable %s", now->name);
        if (!known[k])
            ton_diff_say(d, what, NULL, now->name, "%s added%s", what, words(d, now));
    }
}

static void diff_recordings(const struct ton_diff *d, const struct ton_production *a,
                            const struct ton_production *b) {
    for (int k = 0; k < b->n_sessions; k++) {
        int i = find_session(a, b->sessions[k]);
        if (i >= 0)
            ton_diff_fields(d, ton_diff_text(d, "recording %s", b->sessions[k]),
                            ton_recording_fields, ton_n_recording_fields, &a->recordings[i],
                            &b->recordings[k]);
    }
}

/* Those that are in both, one behind the other. */
static bool same_patch_order(const struct ton_production *a, const struct ton_production *b) {
    int last = -1;
    for (int i = 0; i < a->n_inputs; i++) {
        const int at = ton_input_find(b->inputs, b->n_inputs, a->inputs[i].name);
        if (at >= 0 && at < last)
            return false;
        last = at >= 0 ? at : last;
    }
    return true;
}

static void diff_inputs(const struct ton_diff *d, const struct ton_production *a,
                        const struct ton_production *b) {
    for (int i = 0; i < a->n_inputs; i++)
        if (ton_input_find(b->inputs, b->n_inputs, a->inputs[i].name) < 0)
            ton_diff_value(d, "input", a->inputs[i].name, NULL);
    for (int k = 0; k < b->n_inputs; k++) {
        const char *name = b->inputs[k].name;
        const int i = ton_input_find(a->inputs, a->n_inputs, name);
        if (i < 0)
            ton_diff_value(d, "input", NULL, name);
        else
            ton_diff_fields(d, ton_diff_text(d, "input %s", name), ton_input_fields,
                            ton_n_input_fields, &a->inputs[i], &b->inputs[k]);
    }
    if (!same_patch_order(a, b))
        ton_diff_say(d, "order of inputs", NULL, NULL, "order of inputs changed");
}

enum ton_code ton_production_diff(struct ton_changes *out, struct ton_arena *arena,
                                  const struct ton_production *a, const struct ton_production *b,
                                  struct ton_err *err) {
    struct ton_diff d = {.out = out, .arena = arena};
    ton_diff_fields(&d, "", ton_production_fields, ton_n_production_fields, a, b);
    diff_recordings(&d, a, b);
    diff_inputs(&d, a, b);
    const size_t tags = out->n;
    diff_running_order(&d, a, b);
    for (int k = 0; k < b->n_sessions; k++) {
        int i = find_session(a, b->sessions[k]);
        if (i >= 0)
            diff_times(&d, a, i, b, k);
    }
    diff_master(&d, a, b);
    diff_deliverables(&d, a, b);
    out->heard = out->heard || out->n > tags;
    if (ton_arena_failed(arena))
        return ton_fail(err, TON_MEMORY, NULL, "there is not enough memory to compare");
    return TON_OK;
}
