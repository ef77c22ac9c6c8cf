/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session's mix as one file, measured on its way. */

#include "ton/mixdown.h"

#include "profile.h"
#include "ton/known.h"
#include "ton/path.h"
#include "ton/tail.h"
#include "ton/takes.h"
#include "ton/text.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the mix goes while it is rendered. */
struct tap {
    struct ton_audio_out *file;
    struct ton_meter *meter;
    struct ton_tail tail;
    bool timed;
    int64_t measuring_ns;
};

static enum ton_code feed_tail(void *user, const float *const *in, int frames,
                               struct ton_err *err) {
    struct tap *tap = user;
    return ton_tail_feed(&tap->tail, in, frames, err);
}

static enum ton_code take_block(void *user, const float *const *in, int frames,
                                struct ton_err *err) {
    struct tap *tap = user;
    const int64_t start = tap->timed ? ton_thread_ns() : 0;
    enum ton_code code = ton_meter_feed(tap->meter, in, frames, err);
    tap->measuring_ns += tap->timed ? ton_thread_ns() - start : 0;
    return code == TON_OK ? ton_audio_write(tap->file, in, frames, err) : code;
}

static enum ton_code fail_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "there is not enough memory for the mix");
}

/* For the name of a file: without what a path or another system would take amiss. */
static void add_safe(struct ton_text *name, const char *words) {
    for (const char *c = words; *c; c++) {
        const bool bad = (unsigned char)*c < 0x20 || strchr("/\\:*?\"<>|", *c);
        ton_text_add_n(name, bad ? "-" : c, 1);
    }
}

static void add_part(struct ton_text *name, const char *what, const char *words) {
    ton_text_printf(name, "%s%s ", name->length ? ", " : "", what);
    add_safe(name, words);
}

/* " (only drums, without Kick, from 0-10)"; "" for the whole mix. NULL without memory. */
static const char *part_suffix(struct ton_arena *a, const struct ton_mixdown_config *config) {
    struct ton_text part = {0};
    for (int i = 0; i < config->n_only; i++)
        add_part(&part, "only", config->only[i]);
    for (int i = 0; i < config->n_without; i++)
        add_part(&part, "without", config->without[i]);
    if (config->from)
        add_part(&part, "from", config->from);
    if (config->to)
        add_part(&part, "to", config->to);
    const char *suffix = part.failed   ? NULL
                         : part.length ? ton_arena_printf(a, " (%s)", part.data)
                                       : "";
    ton_text_free(&part);
    return suffix;
}

/* sessions/night-train.yaml gives out/mixes/night-train.wav, in the production's folder; a part of
 * the mix never takes the name of the whole. */
static const char *usual_path(struct ton_arena *a, const struct ton_session *session,
                              const struct ton_mixdown_config *config,
                              const struct ton_format *format) {
    const char *folder = ton_session_folder(a, session->path);
    const char *part = part_suffix(a, config);
    const char *name = part ? ton_arena_printf(a, "out/mixes/%s%s.%s", session->name, part,
                                               ton_format_extension(format))
                            : NULL;
    return folder && name ? ton_path_join(a, folder, name) : NULL;
}

static enum ton_code parse_range(struct ton_plan_config *plan, const struct ton_session *s,
                                 const struct ton_mixdown_config *config, struct ton_err *err) {
    enum ton_code code = TON_OK;
    /* After an arrangement the bars that are written are no longer the bars that are heard. */
    const struct ton_tempo_map *bars = s->has_tempo && !s->n_arrangement ? s->tempo : NULL;
    if (config->from)
        code = ton_time_parse(&plan->from, config->from, TON_TIME_POSITION, bars, s->rate,
                              s->frames_per_second, 0, err);
    if (code == TON_OK && config->to)
        code = ton_time_parse(&plan->to, config->to, TON_TIME_POSITION, bars, s->rate,
                              s->frames_per_second, 0, err);
    else if (code == TON_OK && config->from)
        plan->to = s->end ? s->end : s->frames;
    if (code == TON_OK && (config->from || config->to) && plan->from >= plan->to)
        return ton_fail(err, TON_INPUT, config->session,
                        "the stretch to mix ends (%s) before it begins (%s)",
                        config->to ? config->to : "the end of the last clip",
                        config->from ? config->from : "the start");
    return code;
}

static enum ton_code open_tap(struct tap *tap, struct ton_mixdown *out, struct ton_arena *arena,
                              const struct ton_session *session, struct ton_err *err) {
    const char *folder = ton_path_folder(arena, out->path);
    const struct ton_audio_out_config config = {
        .format = out->format,
        .channels = 2,
        .tags = {.title = session->title},
        .descriptor = out->descriptor,
    };
    const struct ton_layout stereo = ton_layout_usual(2);
    if (!folder)
        return fail_memory(err);
    enum ton_code code = ton_path_make_folders(folder, err);
    if (code == TON_OK)
        code = ton_meter_create(&tap->meter, session->rate, &stereo, false, err);
    if (code == TON_OK)
        code = ton_audio_create(&tap->file, out->path, &config, err);
    return code;
}

static enum ton_code close_tap(struct tap *tap, struct ton_mixdown *out, enum ton_code code,
                               struct ton_err *err) {
    if (code == TON_OK) {
        ton_meter_finish(tap->meter, &out->measured);
        out->clipped = ton_audio_clipped(tap->file);
        code = ton_audio_finish(tap->file, err);
    } else {
        ton_audio_abandon(tap->file);
    }
    ton_meter_destroy(tap->meter);
    return code;
}

/* With the dear parts of the session, which are read back or kept. */
static enum ton_code render_parts(struct ton_mixdown *out, struct ton_arena *arena,
                                  struct ton_store *store, struct ton_plan *plan,
                                  struct ton_sink *sinks, struct ton_render_stats *stats,
                                  const struct ton_progress *progress, struct ton_err *err) {
    struct ton_parts *parts = NULL;
    enum ton_code code = ton_parts_open(&parts, &sinks, store, arena, plan, err);
    if (!code)
        code = ton_render(plan, sinks, stats, progress, err);
    if (!parts)
        return code;
    ton_parts_close(parts, (!code || code == TON_FOREIGN) && !stats->repaired);
    out->parts = ton_parts_count(parts);
    return code;
}

/* The cache of the production that the session is in. A mix does not need it: where nothing may be
 * written, what is kept there is of use all the same. */
static enum ton_code open_store(struct ton_store *store, struct ton_arena *arena,
                                const struct ton_session *session, int64_t limit,
                                struct ton_err *err) {
    const char *folder = ton_session_folder(arena, session->path);
    const char *owner = folder ? ton_path_join(arena, folder, "production.yaml") : NULL;
    if (!owner)
        return fail_memory(err);
    if (!ton_path_exists(owner))
        return TON_OK;
    const enum ton_code code = ton_store_open(store, arena, folder, limit, err);
    if (code)
        return code;
    ton_known_load(store->hashes);
    return TON_OK;
}

static enum ton_code render(struct ton_mixdown *out, struct ton_arena *arena,
                            const struct ton_session *session, struct ton_plan *plan,
                            const struct ton_mixdown_config *config, struct profile_times *times,
                            const struct ton_progress *progress, struct ton_err *err) {
    const bool whole = !config->from && !config->to;
    struct ton_store store = {.cache = NULL};
    struct tap tap = {.timed = config->profile};
    struct ton_render_stats stats = {0};
    struct ton_sink sink = {.write = feed_tail, .user = &tap};
    /* A stretch that somebody named is rendered as it is. */
    tap.tail = (struct ton_tail){.from = whole && !session->end ? session->frames : INT64_MAX,
                                 .rate = session->rate,
                                 .write = take_block,
                                 .user = &tap};
    enum ton_code code = open_tap(&tap, out, arena, session, err);
    if (code == TON_OK && whole)
        code = open_store(&store, arena, session, config->cache, err);
    store.owed = TON_STORE_FRAME_BYTES * ton_plan_frames(plan); /* its file may be on that disk */
    if (code == TON_OK && store.cache)
        code = render_parts(out, arena, &store, plan, &sink, &stats, progress, err);
    else if (code == TON_OK)
        code = ton_render(plan, &sink, &stats, progress, err);
    if (code == TON_OK)
        code = ton_tail_finish(&tap.tail, err);
    times->measuring_ns = tap.measuring_ns;
    ton_store_close(&store);
    ton_tail_free(&tap.tail);
    out->repaired = stats.repaired;
    out->repaired_at = ton_arena_text(arena, stats.repaired_at);
    return close_tap(&tap, out, code, err);
}

/* A device has no kind of its own, and a name without suffix says none. */
static enum ton_code choose_format(struct ton_format *format,
                                   const struct ton_mixdown_config *config, struct ton_err *err) {
    struct stat there;
    const bool exists = config->out && !config->descriptor && stat(config->out, &there) == 0;
    if (exists && S_ISDIR(there.st_mode))
        return ton_fail(err, TON_INPUT, config->out, "is a folder; name a file in it");
    if (config->out && !config->descriptor && (!exists || S_ISREG(there.st_mode)) &&
        *ton_path_extension(config->out))
        return ton_format_of_file(format, config->out, config->format, err);
    return ton_format_parse(format, config->format ? config->format : "wav 24-bit", err);
}

static enum ton_code check_format(struct ton_format *format, const struct ton_session *session,
                                  struct ton_err *err) {
    if (format->channels)
        return ton_fail(err, TON_INPUT, session->path,
                        "a mix is stereo; `ton deliver` makes mono files");
    if (format->rate == 0)
        format->rate = session->rate;
    if (format->rate != session->rate)
        return ton_fail(err, TON_INPUT, session->path,
                        "has a rate of %d Hz and a mix keeps it; `ton deliver` makes files of "
                        "%d Hz",
                        session->rate, format->rate);
    return ton_format_available(format, err);
}

static enum ton_code check_target(const char *path, struct ton_arena *arena,
                                  const struct ton_session *session, struct ton_err *err) {
    return ton_session_is_take(session, arena, path)
               ? ton_fail(err, TON_INPUT, path,
                          "is a take, and takes are never written over; name another file")
               : TON_OK;
}

/* Before anything is rendered. */
static enum ton_code check_name(const char *path, struct ton_err *err) {
    enum { LONGEST = 255 };
    const size_t length = strlen(ton_path_name(path));
    if (length <= LONGEST)
        return TON_OK;
    return ton_fail(err, TON_INPUT, NULL,
                    "the name of the mix's file would have %zu bytes, and disks take %d; give it "
                    "another with `--out`",
                    length, LONGEST);
}

static enum ton_code prepare(struct ton_mixdown *out, struct ton_arena *arena,
                             const struct ton_session *session,
                             const struct ton_mixdown_config *config, struct ton_err *err) {
    enum ton_code code = check_format(&out->format, session, err);
    if (code != TON_OK)
        return code;
    const char *path = config->out ? config->out : usual_path(arena, session, config, &out->format);
    if (!path)
        return fail_memory(err);
    out->path = path;
    if (config->descriptor)
        return TON_OK;
    code = check_name(path, err);
    if (!code)
        code = check_target(path, arena, session, err);
    if (code || !config->out)
        return code;
    /* A slip in a path should not grow a tree. */
    const char *folder = ton_path_folder(arena, path);
    if (folder && !ton_path_is_folder(folder))
        return ton_fail(err, TON_INPUT, path, "cannot be written: there is no folder `%s`", folder);
    code = ton_path_resolve(&out->path, arena, path, err);
    return code ? code : check_target(out->path, arena, session, err);
}

static void warn_of_silence(const struct ton_mixdown *mix, const struct ton_session *session,
                            int64_t from, struct ton_problems *problems) {
    char end[32];
    if (!ton_plan_warn_silent(session, problems) || mix->measured.sample_peak_dbfs > TON_TAIL_DB)
        return;
    if (from >= session->frames)
        ton_problems_add(problems, true, mix->session,
                         "the stretch is silent: the last clip ends at %s",
                         ton_time_format(end, sizeof end, session->frames, session->rate));
    else
        ton_problems_add(problems, true, mix->session,
                         "the mix is silent: what was asked for makes no sound");
}

/* All plug-ins that failed, but for the one that is the failure itself. */
static void tell_failures(const struct ton_plan *plan, struct ton_problems *problems,
                          const struct ton_err *said) {
    struct ton_err err;
    enum ton_code code;
    for (int i = 0; (code = ton_plan_failure_at(plan, 0, i, &err)) != TON_OK; i++) {
        if (code == TON_MEMORY)
            return;
        if (!said || said->code != TON_FOREIGN || strcmp(said->where, err.where) != 0)
            ton_problems_add(problems, code == TON_MISSED, err.where, "%s", err.text);
    }
}

enum ton_code ton_mixdown(struct ton_mixdown *out, struct ton_arena *arena,
                          const struct ton_mixdown_config *config, struct ton_problems *problems,
                          const struct ton_progress *progress, struct ton_err *err) {
    const struct ton_takes takes = ton_takes_from_files();
    struct ton_session *session = NULL;
    struct ton_plan *plan = NULL;
    struct profile_times times = {.started_ns = ton_process_ns()};
    *out = (struct ton_mixdown){.session = config->session, .descriptor = config->descriptor};
    enum ton_code code = choose_format(&out->format, config, err);
    if (code == TON_OK)
        code = ton_session_read(&session, arena, config->session, &takes, problems, err);
    if (code == TON_OK)
        code = prepare(out, arena, session, config, err);
    if (code != TON_OK)
        return code;
    const struct ton_wish wish = {
        .name = session->name,
        .kind = TON_WISH_MIX,
        .without = config->without,
        .n_without = config->n_without,
        .only = config->only,
        .n_only = config->n_only,
    };
    struct ton_plan_config plan_config = {.threads = config->threads, .profile = config->profile};
    code = parse_range(&plan_config, session, config, err);
    if (code == TON_OK)
        code = ton_plan_compile(&plan, session, &wish, 1, &plan_config, err);
    if (code == TON_OK)
        code = render(out, arena, session, plan, config, &times, progress, err);
    out->bypassed = code == TON_OK && ton_plan_failure(plan, 0, NULL);
    if (out->bypassed || code == TON_FOREIGN)
        tell_failures(plan, problems, err);
    if (code == TON_OK && config->profile)
        code = profile_keep(out, arena, plan, &times, err);
    if (code == TON_OK)
        warn_of_silence(out, session, plan_config.from, problems);
    if (code == TON_OK)
        ton_plan_warn_left_out(session, &wish, problems);
    ton_plan_destroy(plan);
    return code;
}

static bool is_yaml(const char *path) {
    const char *extension = ton_path_extension(path);
    return strcmp(extension, "yaml") == 0 || strcmp(extension, "yml") == 0;
}

static bool is_session(const char *name) {
    return name[0] != '.' && is_yaml(name);
}

static enum ton_code fail_unknown(const char *word, char *const *names, size_t n,
                                  struct ton_arena *arena, struct ton_err *err) {
    const char **stems = TON_NEW_N(arena, const char *, n + 1), *all = "";
    const char *owner = ton_path_join(arena, word, "production.yaml");
    const char *stem = ton_path_stem(arena, word);
    for (size_t i = 0; stems && all && i < n; i++) {
        stems[i] = ton_path_stem(arena, names[i]);
        all = ton_arena_printf(arena, "%s%s`%s`", all, i ? ", " : "", stems[i]);
    }
    if (ton_arena_failed(arena))
        return fail_memory(err);
    if (ton_path_exists(owner))
        return ton_fail(err, TON_INPUT, word,
                        "is a folder; `ton -C %s mix` mixes all sessions of a production", word);
    if (ton_path_exists(word))
        return ton_fail(err, TON_INPUT, word, "is %s session, which is a YAML file%s%s",
                        ton_path_is_folder(word) ? "a folder and no" : "no",
                        n > 0 ? "; sessions/ has " : "", all);
    /* Of a path, the name is what was misspelt, more often than a folder. */
    const char *nearest = ton_nearest(stem, stems, n);
    if (nearest)
        return ton_fail(err, TON_INPUT, NULL, "there is no session `%s`; did you mean `%s`?", word,
                        nearest);
    if (n > 0)
        return ton_fail(err, TON_INPUT, NULL, "there is no session `%s`; sessions/ has %s", word,
                        all);
    return ton_fail(err, TON_INPUT, NULL,
                    "there is no session `%s`: neither a file of that name nor sessions/%s.yaml",
                    word, word);
}

enum ton_code ton_sessions_find(const char ***paths, size_t *n, struct ton_arena *arena,
                                const char *word, struct ton_err *err) {
    char **names = NULL;
    size_t n_names = 0, capacity = 0, n_sessions = 0;
    *paths = NULL;
    *n = 0;
    bool is_path = word && is_yaml(word) && ton_path_exists(word) && !ton_path_is_folder(word);
    enum ton_code code = TON_OK;
    if (!is_path && (!word || ton_path_is_folder("sessions")))
        code = ton_path_list(&names, &n_names, arena, "sessions", err);
    if (code != TON_OK && ton_path_exists("sessions"))
        return code; /* no folder, or one that must not be read */
    if (code != TON_OK && !ton_path_exists("production.yaml"))
        return ton_fail(err, TON_INPUT, NULL,
                        "there is no folder `sessions` here; work in a production's folder "
                        "(`ton new NAME` makes one), or name a session's file");
    if (is_path) {
        const char **slot = TON_PUSH(arena, *paths, *n, capacity);
        if (slot)
            *slot = word;
    }
    for (size_t i = 0; i < n_names; i++) {
        if (!is_session(names[i]))
            continue;
        names[n_sessions++] = names[i];
        const char *stem = ton_path_stem(arena, names[i]);
        const char **slot =
            !word || ton_text_same(stem, word) ? TON_PUSH(arena, *paths, *n, capacity) : NULL;
        if (slot)
            *slot = ton_path_join(arena, "sessions", names[i]);
    }
    if (ton_arena_failed(arena))
        return fail_memory(err);
    if (*n > 0)
        return TON_OK;
    return word ? fail_unknown(word, names, n_sessions, arena, err)
                : ton_fail(err, TON_INPUT, "sessions",
                           "there is no session yet (*.yaml); `ton import FILES…` or `ton record "
                           "--arm Voice=1` begins one");
}
