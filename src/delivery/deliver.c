/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A delivery from start to end: read, list what is owed, find what stands, render every missing
 * version in one pass a session, master, encode, measure, judge, write manifest and report. */

#include "ton/known.h"
#include "ton/takes.h"
#include "work.h"

static enum ton_code read_sessions(struct work *w, struct ton_err *err) {
    const struct ton_production *p = w->production;
    const struct ton_takes takes = ton_takes_from_files();
    ton_production_check_sessions(p, w->arena, w->problems);
    w->n_pieces = p->n_sessions;
    w->pieces = TON_NEW_N(w->arena, struct piece, p->n_sessions + 1);
    enum ton_code worst = w->pieces ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory");
    for (int i = 0; i < p->n_sessions && worst != TON_MEMORY; i++) {
        struct ton_session *s = NULL;
        struct ton_err mine;
        const char *file = ton_arena_printf(w->arena, "sessions/%s.yaml", p->sessions[i]);
        const char *path = file ? ton_path_join(w->arena, p->folder, file) : NULL;
        const enum ton_code code =
            path ? ton_session_read(&s, w->arena, path, &takes, w->problems, &mine)
                 : ton_fail(&mine, TON_MEMORY, NULL, "no memory");
        if (code) {
            worst = code;
            *err = mine;
            continue;
        }
        ton_plan_warn_silent(s, w->problems);
        w->pieces[i].session = s;
        w->pieces[i].fade_in = llround(p->fade_in_s[i] * s->rate);
        w->pieces[i].fade_out = llround(p->fade_out_s[i] * s->rate);
    }
    return worst;
}

/* Reads all that the production names and says everything that is wrong with any of it. */
static enum ton_code read_all(struct work *w, struct ton_err *err) {
    const enum ton_code code = read_sessions(w, err);
    if (code && code != TON_INPUT)
        return code;
    owed_check(w);
    const enum ton_code found = ton_problems_code(w->problems, err);
    return found ? found : code;
}

/* Nobody is owed anything by a production without sessions or deliverables: say so. */
static enum ton_code check_not_empty(const struct work *w, struct ton_err *err) {
    const struct ton_production *p = w->production;
    if (p->n_sessions == 0)
        return ton_fail(err, TON_INPUT, p->path, "`sessions:` names no session to deliver");
    if (p->n_deliverables == 0)
        return ton_fail(err, TON_INPUT, p->path,
                        "`deliverables:` is empty; say what somebody is owed, such as `master: "
                        "{spec: streaming}`");
    return TON_OK;
}

static void mark_needed(struct work *w) {
    for (size_t i = 0; i < w->n_owed; i++) {
        const struct owed *o = &w->owed[i];
        for (int k = 0; k < o->n_stream && !o->stands; k++) {
            struct version *v = &w->pieces[o->stream[k].piece].versions[o->stream[k].version];
            v->needed |= !o->deliverable->mastered;
            v->mastering |= o->deliverable->mastered;
        }
        /* A gain that is solved on the whole mixes needs them all. */
        const bool whole = !o->stands && !isnan(o->target) && !o->own_target;
        for (int k = 0; k < w->n_pieces && whole; k++)
            w->pieces[k].versions[0].mastering = true;
    }
}

static void find_standing(struct work *w) {
    for (size_t i = 0; i < w->n_owed; i++)
        w->owed[i].stands = !w->config->again && manifest_stands(w, &w->owed[i]);
    for (size_t i = w->n_owed; i < w->n_owed + w->n_others; i++)
        w->owed[i].stands = manifest_seems_to_stand(w, &w->owed[i]);
}

/* A folder below out/ may be a link to anywhere, and a name may be any: takes stay takes. */
static enum ton_code spare_takes(struct work *w, struct ton_err *err) {
    for (size_t i = 0; i < w->n_owed; i++) {
        const struct owed *o = &w->owed[i];
        bool is_take = false;
        for (int k = 0; k < w->n_pieces && !o->stands && !is_take; k++)
            is_take = ton_session_is_take(w->pieces[k].session, w->arena, o->path);
        if (is_take)
            ton_problems_add(w->problems, false, o->deliverable->where,
                             "`%s` is a take, and takes are never written over; change `naming`, "
                             "or the link below out/",
                             o->delivered->path);
    }
    return ton_problems_code(w->problems, err);
}

static enum ton_code make_missing(struct work *w, struct ton_err *err) {
    mark_needed(w);
    bool any = false;
    for (size_t i = 0; i < w->n_owed; i++)
        any |= !w->owed[i].stands;
    if (!any)
        return TON_OK;
    enum ton_code code = disk_check(w, err);
    if (!code)
        code = masters_colour(w, err);
    trouble_mark(w);
    return code ? code : files_make(w, err);
}

/* The report is about everything; a part of it leaves it as it is. */
static bool is_complete(const struct work *w) {
    return !w->only_masters && w->config->n_names == 0;
}

/* Stopped or failed half-way: what was made is in the manifest, and stands the next time. */
static void record_what_was_made(struct work *w) {
    struct ton_err ignored;
    bool any = false;
    for (size_t i = 0; i < w->n_owed; i++) {
        struct owed *o = &w->owed[i];
        any |= o->delivered->rebuilt;
        if (o->stands || o->delivered->rebuilt)
            verdict_fill(w, o, &ignored);
    }
    if (any)
        manifest_write(w, &ignored);
}

static void fill_result(struct ton_delivery *out, const struct work *w) {
    out->files = TON_NEW_N(w->arena, struct ton_delivered, w->n_owed + 1);
    out->n = out->files ? (int)w->n_owed : 0;
    for (int i = 0; i < out->n; i++) {
        out->files[i] = *w->owed[i].delivered;
        out->n_rebuilt += out->files[i].rebuilt;
        out->n_missed += !out->files[i].passed && !out->files[i].unmade;
        out->n_unmade += out->files[i].unmade;
        out->n_bypassed += out->files[i].bypassed;
    }
    out->n_others = (int)w->n_others;
    for (size_t i = w->n_owed; i < w->n_owed + w->n_others; i++)
        out->n_others_standing += w->owed[i].stands;
    out->manifest = "out/manifest.json";
    out->report = is_complete(w) ? "out/report.html" : NULL;
}

static enum ton_code judge_and_record(struct work *w, struct ton_err *err) {
    enum ton_code code = TON_OK;
    for (size_t i = 0; i < w->n_owed && !code; i++) {
        struct owed *o = &w->owed[i];
        o->delivered->unmade = o->unmade;
        o->delivered->bypassed = !o->unmade && (o->bypassed || o->trouble.code == TON_MISSED);
        if (o->delivered->bypassed)
            o->delivered->key = ""; /* stands for nothing: made again the next time */
        if (!o->unmade)
            code = verdict_fill(w, o, err);
    }
    if (!code && is_complete(w))
        code = report_write(w, err);
    if (!code)
        why_keep(w);
    return code ? code : manifest_write(w, err);
}

static enum ton_code deliver(struct work *w, struct ton_err *err) {
    enum ton_code code = check_not_empty(w, err);
    if (!code)
        code = read_all(w, err);
    if (!code)
        code = owed_list(w, err);
    if (!code)
        code = ton_problems_code(w->problems, err);
    if (!code)
        code = mixes_plan(w, err);
    if (!code)
        prune_leftovers(w);
    if (!code)
        code = manifest_read(w, err);
    if (!code)
        code = tails_find(w, err);
    if (!code)
        code = masters_name(w, err);
    if (!code)
        code = tails_ring(w, err);
    if (!code)
        code = keys_fill(w, err);
    if (!code)
        find_standing(w);
    if (!code)
        why_fill(w);
    if (!code)
        code = spare_takes(w, err);
    if (!code)
        code = make_missing(w, err);
    if (code)
        record_what_was_made(w);
    return code ? code : judge_and_record(w, err);
}

static enum ton_code run(struct ton_delivery *out, struct work *w, struct ton_err *err) {
    const int64_t *limit = w->config->cache;
    enum ton_code code = ton_store_open(&w->store, w->arena, w->production->folder,
                                        limit ? *limit : TON_STORE_BYTES, err);
    if (!code && !w->config->verify)
        ton_known_load(w->store.hashes);
    if (!code)
        code = deliver(w, err);
    ton_store_close(&w->store);
    mixes_close(w);
    ton_json_free(w->before);
    if (!code)
        fill_result(out, w);
    const enum ton_code trouble = code ? TON_OK : trouble_say(w, err);
    if (trouble)
        return trouble;
    if (!code && out->n_missed)
        return ton_fail(err, TON_MISSED, NULL, "%d of %d files fail: see above what to do",
                        out->n_missed, out->n);
    if (!code && out->n_bypassed)
        return ton_fail(err, TON_MISSED, NULL,
                        "%d of %d files %s without a plug-in that failed: see above which",
                        out->n_bypassed, out->n, out->n_bypassed == 1 ? "goes" : "go");
    return code;
}

/* Locks the production, then reads it: nothing that is read may be another's by the time it counts.
 */
static enum ton_code begin(struct work *w, struct ton_production **production,
                           struct ton_err *err) {
    *production = NULL;
    enum ton_code code = ton_production_lock(&w->lock, w->config->folder, err);
    if (!code)
        code = ton_production_read(production, w->arena, w->config->folder, w->problems, err);
    w->production = *production;
    return code;
}

enum ton_code ton_deliver(struct ton_delivery *out, struct ton_arena *arena,
                          const struct ton_deliver_config *config, struct ton_problems *problems,
                          const struct ton_progress *progress, struct ton_err *err) {
    struct ton_production *production = NULL;
    struct work w = {
        .config = config,
        .arena = arena,
        .problems = problems,
        .progress = progress ? *progress : (struct ton_progress){0},
    };
    *out = (struct ton_delivery){0};
    enum ton_code code = begin(&w, &production, err);
    if (!code)
        code = run(out, &w, err);
    else if (code == TON_INPUT && production)
        code = read_all(&w, err);
    ton_production_unlock(&w.lock);
    return code;
}

enum ton_code ton_delivery_check(struct ton_arena *arena, const char *folder,
                                 struct ton_problems *problems, struct ton_err *err) {
    const struct ton_deliver_config config = {.folder = folder};
    struct ton_production *production = NULL;
    const enum ton_code code = ton_production_read(&production, arena, folder, problems, err);
    struct work w = {.config = &config,
                     .production = production,
                     .arena = arena,
                     .problems = problems,
                     .lock = -1};
    if (!production || (code && code != TON_INPUT))
        return code;
    const enum ton_code all = read_all(&w, err);
    return all ? all : code ? code : owed_list(&w, err);
}

enum ton_code ton_master_production(struct ton_delivery *out, struct ton_arena *arena,
                                    const struct ton_deliver_config *config,
                                    struct ton_problems *problems,
                                    const struct ton_progress *progress, struct ton_err *err) {
    static const char *const name[] = {MASTERS};
    const struct ton_deliver_config mine = {
        .folder = config->folder,
        .names = name,
        .n_names = 1,
        .again = config->again,
        .verify = config->verify,
        .threads = config->threads,
        .cache = config->cache,
    };
    struct ton_production *production = NULL;
    struct work w = {
        .config = &mine,
        .arena = arena,
        .problems = problems,
        .progress = progress ? *progress : (struct ton_progress){0},
        .only_masters = true,
    };
    *out = (struct ton_delivery){0};
    enum ton_code code = begin(&w, &production, err);
    struct ton_deliverable masters = {
        .name = MASTERS,
        .loudness_lufs = NAN,
        .ceiling_dbtp = NAN,
        .mastered = true,
    };
    if (!code) {
        masters.where = production->path;
        production->deliverables = &masters;
        production->n_deliverables = 1;
        production->naming = "{session}";
        code = run(out, &w, err);
    }
    ton_production_unlock(&w.lock);
    return code;
}
