/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes files into a production and writes the first session of them. */

#include "gather.h"
#include "ton/hash.h"
#include "ton/path.h"
#include "ton/production.h"
#include "ton/text.h"
#include "ton/yaml.h"
#include "write_session.h"

enum { HIGHEST_RATE = 384000 }; /* of a session */

struct importing {
    struct gathering g;
    const struct ton_import_config *config;
    struct ton_production *production;
    const char *session;      /* name */
    const char *session_path; /* relative to nothing: to open */
    int rate;
    char **there; /* what is in audio/ */
    size_t n_there;
};

static bool exists_session(struct importing *im, const char *name, const char **path) {
    const char *file = ton_arena_printf(im->g.arena, "sessions/%s.yaml", name);
    *path = file ? ton_path_join(im->g.arena, im->config->folder, file) : NULL;
    return *path && ton_path_exists(*path);
}

/* The session asked for; else the first that production.yaml names and nobody wrote yet. */
static enum ton_code choose_session(struct importing *im, struct ton_err *err) {
    const struct ton_production *p = im->production;
    im->session = im->config->session;
    for (int i = 0; i < p->n_sessions && !im->session; i++) {
        if (!exists_session(im, p->sessions[i], &im->session_path))
            im->session = p->sessions[i];
    }
    if (!im->session)
        return ton_fail(err, TON_USAGE, p->path,
                        "every session of this production is written already; name a new one with "
                        "`--session NAME`");
    if (strchr(im->session, '/') || im->session[0] == '.')
        return ton_fail(err, TON_USAGE, NULL, "`%s` cannot be the name of a session file",
                        im->session);
    if (exists_session(im, im->session, &im->session_path))
        return ton_fail(err, TON_INPUT, im->session_path,
                        "is there already and is left as it is; choose another name with "
                        "`--session NAME`");
    for (int i = 0; i < p->n_sessions; i++) {
        const char *path;
        if (strcmp(p->sessions[i], im->session) != 0 && !exists_session(im, p->sessions[i], &path))
            gather_note(&im->g,
                        ton_arena_printf(im->g.arena,
                                         "production.yaml also lists `%s`, which has no file yet: "
                                         "import into it, or take it out of `sessions`",
                                         p->sessions[i]));
    }
    return im->session_path ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory to import");
}

/* The rate that most files have; the higher one when two have as many. Recordings below 44.1 kHz
 * do not make a session of that rate: nobody takes a master of it. */
static int usual_rate(const struct gathering *g) {
    int best = 48000, most = 0;
    for (size_t i = 0; i < g->n; i++) {
        int n = 0;
        for (size_t k = 0; k < g->n; k++)
            n += g->files[k].rate == g->files[i].rate;
        if (n > most || (n == most && g->files[i].rate > best)) {
            most = n;
            best = g->files[i].rate;
        }
    }
    if (best < 44100)
        return best % 11025 == 0 ? 44100 : 48000;
    while (best > HIGHEST_RATE)
        best /= 2;
    return best;
}

static bool same_content(const char *a, const char *b) {
    struct ton_key x, y;
    return ton_path_size(a) == ton_path_size(b) && !ton_key_file(&x, a, NULL) &&
           !ton_key_file(&y, b, NULL) && ton_key_same(x, y);
}

static bool taken_now(const struct gathering *g, size_t before, const char *take) {
    for (size_t i = 0; i < before; i++) {
        if (strcasecmp(g->files[i].take, take) == 0)
            return true;
    }
    return false;
}

/* The file of that name in audio/, also in other letter case: on the disks of many machines these
 * are one. NULL: there is none. */
static const char *in_audio(const struct importing *im, const char *name) {
    const char *alike = NULL;
    for (size_t i = 0; i < im->n_there; i++) {
        if (strcmp(im->there[i], name) == 0)
            return im->there[i];
        if (strcasecmp(im->there[i], name) == 0)
            alike = im->there[i];
    }
    return alike;
}

/* kick.wav, else kick-2.wav, kick-3.wav …: nothing is overwritten. */
static enum ton_code name_take(struct importing *im, size_t at, const char *audio,
                               struct ton_err *err) {
    struct gathering *g = &im->g;
    struct found *f = &g->files[at];
    const char *own = readable_name(g->arena, f->file);
    const char *stem = own ? ton_path_stem(g->arena, own) : NULL;
    for (int number = 1; stem && !f->take; number++) {
        const char *name = number == 1 ? own
                                       : ton_arena_printf(g->arena, "%s-%d.%s", stem, number,
                                                          ton_path_extension(own));
        if (!name)
            break;
        if (taken_now(g, at, name))
            continue;
        const char *there = in_audio(im, name);
        const char *path = there ? ton_path_join(g->arena, audio, there) : NULL;
        f->is_there = path && same_content(f->file, path);
        if (f->is_there || !there)
            f->take = there ? there : name;
    }
    return f->take ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory to import");
}

static enum ton_code name_takes(struct importing *im, struct ton_err *err) {
    struct ton_arena *arena = im->g.arena;
    const char *audio = ton_path_join(arena, im->config->folder, "audio");
    enum ton_code code = audio ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory to import");
    if (!code && ton_path_is_folder(audio))
        code = ton_path_list(&im->there, &im->n_there, arena, audio, err);
    for (size_t i = 0; i < im->g.n && !code; i++)
        code = name_take(im, i, audio, err);
    return code;
}

static bool track_taken(const struct gathering *g, size_t before, const char *name) {
    for (size_t i = 0; i < before; i++) {
        const struct found *f = &g->files[i];
        if (!f->n_parts && f->track && strcasecmp(f->track, name) == 0)
            return true;
        for (int c = 0; c < f->n_parts; c++) {
            if (strcasecmp(f->parts[c].track, name) == 0)
                return true;
        }
    }
    return strcasecmp(name, "Mix") == 0; /* the mix bus has that name */
}

/* The name wanted, else with a number behind it. NULL: no memory. */
static const char *free_name(const struct gathering *g, size_t before, const char *wanted) {
    const char *name = wanted;
    for (int number = 2; name && track_taken(g, before, name); number++)
        name = ton_arena_printf(g->arena, "%s %d", wanted, number);
    return name;
}

/* A track for each channel; two that the recorder gave one name get their numbers. */
static bool name_parts(const struct gathering *g, size_t at) {
    struct found *f = &g->files[at];
    const int n = f->n_parts;
    for (f->n_parts = 0; f->n_parts < n; f->n_parts++) {
        const char *name = free_name(g, at + 1, f->parts[f->n_parts].track);
        if (!name)
            break;
        f->parts[f->n_parts].track = name;
    }
    const bool named = f->n_parts == n;
    f->n_parts = n;
    f->track = ton_arena_printf(g->arena, "%s … %s", f->parts[0].track, f->parts[n - 1].track);
    return named && f->track;
}

static bool is_right_of_pair(const struct found *f) {
    return f->partner >= 0 && f->side > 0;
}

static enum ton_code name_tracks(struct gathering *g, struct ton_err *err) {
    for (size_t i = 0; i < g->n; i++) {
        struct found *f = &g->files[i];
        if (is_right_of_pair(f))
            continue;
        const bool named =
            f->n_parts ? name_parts(g, i)
                       : (f->track = free_name(g, i, f->partner >= 0 ? f->base : f->name)) != NULL;
        if (!named)
            return ton_fail(err, TON_MEMORY, NULL, "no memory to import");
    }
    for (size_t i = 0; i < g->n; i++) {
        if (is_right_of_pair(&g->files[i]))
            g->files[i].track = g->files[g->files[i].partner].track;
    }
    return TON_OK;
}

static bool said_before(const struct found *f, int part) {
    for (int c = 0; c < part; c++)
        if (ton_text_same(f->parts[c].guess.role, f->parts[part].guess.role))
            return true;
    return false;
}

/* Of many channels each role once: "speech.boom, speech.lavalier". NULL: none. */
static const char *roles_of(struct ton_arena *arena, const struct found *f) {
    const char *roles = f->n_parts ? NULL : f->guess.role;
    for (int c = 0; c < f->n_parts; c++) {
        const char *role = f->parts[c].guess.role;
        if (role && !said_before(f, c))
            roles = roles ? ton_arena_printf(arena, "%s, %s", roles, role) : role;
    }
    return roles;
}

static void say_roles(struct ton_text *t, const struct found *f) {
    const size_t before = t->length;
    if (!f->n_parts && f->guess.role)
        ton_text_printf(t, "`%s` in the name means %s", f->guess.words, f->guess.role);
    for (int c = 0; c < f->n_parts; c++) {
        const struct ton_role_guess *guess = &f->parts[c].guess;
        if (guess->role && !said_before(f, c))
            ton_text_printf(t, "%s`%s` in the name means %s", t->length > before ? "; " : "",
                            guess->words, guess->role);
    }
    if (t->length == before)
        ton_text_add(t, "no known word in the name: no role");
}

static const char *why(struct ton_arena *arena, const struct found *f, int session_rate) {
    struct ton_text t = {0};
    say_roles(&t, f);
    if (f->guess.reference)
        ton_text_add(&t, "; muted, it belongs to no mix");
    if (f->partner >= 0)
        ton_text_printf(&t, "; %s side of a pair", f->side < 0 ? "left" : "right");
    else if (f->side_said)
        ton_text_printf(&t, "; named as a %s side, but the other was not found",
                        f->side < 0 ? "left" : "right");
    if (f->n_parts)
        ton_text_printf(&t, "; %d channels: a track of each", f->n_parts);
    if (f->named)
        ton_text_add(&t, "; called as its recorder called it");
    if (f->same_sides)
        ton_text_add(&t, "; both channels are equal: used as mono");
    if (f->rate != session_rate)
        ton_text_printf(&t, "; %g kHz, resampled to %g kHz", f->rate / 1000.0,
                        session_rate / 1000.0);
    if (f->missing)
        ton_text_printf(&t, "; cut short: %.3f s that its header promises are not there",
                        (double)f->missing / f->rate);
    if (f->is_there)
        ton_text_add(&t, "; this take was there already");
    const char *out = ton_arena_text(arena, t.data);
    ton_text_free(&t);
    return out;
}

/* Takes that were copied before something went wrong go again. */
static void remove_copies(const struct importing *im, const char *audio, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const struct found *f = &im->g.files[i];
        const char *copy = f->is_there ? NULL : ton_path_join(im->g.arena, audio, f->take);
        if (copy)
            remove(copy);
    }
}

static enum ton_code copy_takes(struct importing *im, const char *audio, size_t *done,
                                const struct ton_progress *progress, struct ton_err *err) {
    struct gathering *g = &im->g;
    enum ton_code code = ton_path_make_folders(audio, err);
    for (*done = 0; *done < g->n && !code;) {
        const struct found *f = &g->files[*done];
        const char *to = ton_path_join(g->arena, audio, f->take);
        ton_progress_step(progress, "copying takes", (double)*done / (double)g->n);
        if (!to)
            return ton_fail(err, TON_MEMORY, NULL, "no memory to import");
        if (!f->is_there)
            code = ton_path_copy(f->file, to, err);
        *done += !code;
        if (!code)
            code = ton_stop_check(err);
    }
    return code;
}

/* What would be written must be a production: it may not like the name of the session. */
static enum ton_code check_production(const struct importing *im, const char *text,
                                      struct ton_err *err) {
    struct ton_problems problems;
    struct ton_production *production = NULL;
    struct ton_err why = {0};
    ton_problems_init(&problems, im->g.arena);
    const enum ton_code code = ton_production_parse(&production, im->g.arena, im->production->path,
                                                    text, strlen(text), &problems, &why);
    if (code == TON_INPUT)
        return ton_fail(err, code, NULL, "`%s` cannot be the name of a session: %s", im->session,
                        why.text);
    return code ? ton_fail(err, code, NULL, "no memory to import") : TON_OK;
}

/* The running order of production.yaml as it is now. */
static enum ton_code read_order(char **text, size_t *size, int *n, bool *listed,
                                const struct importing *im, struct ton_err *err) {
    struct ton_arena *arena = im->g.arena;
    const char *path = im->production->path;
    struct ton_problems problems;
    struct ton_production *now = NULL;
    ton_problems_init(&problems, arena);
    enum ton_code code = ton_path_read(text, size, arena, path, (size_t)16 << 20, err);
    if (!code)
        code = ton_production_parse(&now, arena, path, *text, *size, &problems, err);
    *listed = false;
    *n = code ? 0 : now->n_sessions;
    for (int i = 0; i < *n; i++)
        *listed |= strcmp(now->sessions[i], im->session) == 0;
    return code;
}

/* production.yaml with the session in its running order, in the person's own layout. NULL: it has
 * it. */
static enum ton_code list_session(char **out, struct importing *im, struct ton_err *err) {
    struct ton_arena *arena = im->g.arena;
    char *text = NULL;
    size_t size = 0;
    int n = 0;
    bool listed = false;
    *out = NULL;
    enum ton_code code = read_order(&text, &size, &n, &listed, im, err);
    if (code || listed)
        return code;
    const char *path[] = {"sessions", ton_arena_printf(arena, "%d", n)};
    code = ton_yaml_set(out, arena, text, size, path, 2, im->session, err);
    if (code == TON_INPUT)
        return ton_fail(err, TON_INPUT, im->production->path,
                        "`%s` cannot be added to `sessions`, so nothing is changed; write "
                        "`sessions` as a list, and `%s` in it",
                        im->session, im->session);
    return code ? code : check_production(im, *out, err);
}

/* What would be written must be a session; without looking at takes, which are not there yet. */
static enum ton_code check_session(const struct importing *im, const struct ton_text *yaml,
                                   struct ton_err *err) {
    struct ton_problems problems;
    struct ton_session *session = NULL;
    struct ton_err why = {0};
    if (yaml->failed)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to import");
    ton_problems_init(&problems, im->g.arena);
    const enum ton_code code = ton_session_parse(&session, im->g.arena, im->session_path,
                                                 yaml->data, yaml->length, NULL, &problems, &why);
    if (!code || code == TON_MEMORY)
        return code ? ton_fail(err, code, NULL, "no memory to import") : TON_OK;
    return ton_fail(err, TON_INPUT, why.where,
                    "these recordings make no session that reads, and nothing is changed: %s",
                    why.text);
}

static enum ton_code put_in_place(struct importing *im, const struct ton_text *yaml,
                                  const struct ton_progress *progress, struct ton_err *err) {
    struct ton_arena *arena = im->g.arena;
    const char *audio = ton_path_join(arena, im->config->folder, "audio");
    const char *sessions = ton_path_join(arena, im->config->folder, "sessions");
    if (!audio || !sessions)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to import");
    size_t copied = 0;
    enum ton_code code = copy_takes(im, audio, &copied, progress, err);
    if (!code)
        code = ton_path_make_folders(sessions, err);
    if (!code)
        code = ton_path_write_new(im->session_path, yaml->data, yaml->length, err);
    if (code) {
        remove_copies(im, audio, copied);
        return code;
    }
    char *production = NULL; /* read again: copying may have taken a while */
    code = list_session(&production, im, err);
    if (!code && production)
        code = ton_path_write(im->production->path, production, strlen(production), err);
    return code;
}

static enum ton_code write_all(struct importing *im, const struct ton_progress *progress,
                               struct ton_err *err) {
    struct ton_text yaml = {0};
    char *production = NULL;
    write_session(&yaml, &im->g, im->session, im->rate);
    enum ton_code code = check_session(im, &yaml, err);
    if (!code)
        code = list_session(&production, im, err);
    if (!code)
        code = put_in_place(im, &yaml, progress, err);
    ton_text_free(&yaml);
    return code;
}

static enum ton_code fill_result(struct ton_import *out, const struct importing *im,
                                 struct ton_err *err) {
    const struct gathering *g = &im->g;
    *out = (struct ton_import){.session = im->session_path, .rate = im->rate, .n = (int)g->n};
    out->files = TON_NEW_N(g->arena, struct ton_imported, g->n);
    out->notes = TON_NEW_N(g->arena, const char *, im->g.n_notes + 1);
    if (!out->files || !out->notes)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to import");
    for (size_t i = 0; i < g->n; i++) {
        const struct found *f = &g->files[i];
        out->files[i] = (struct ton_imported){
            .file = f->file,
            .take = f->take,
            .track = f->track,
            .role = roles_of(g->arena, f),
            .why = why(g->arena, f, im->rate),
            .rate = f->rate,
            .channels = f->channels,
            .at = f->at,
        };
    }
    for (int i = 0; i < im->g.n_notes; i++)
        out->notes[out->n_notes++] = im->g.notes[i];
    out->skipped = g->skipped;
    out->n_skipped = (int)g->n_skipped;
    return TON_OK;
}

static void add_problem(struct importing *im, const struct ton_err *wrong) {
    ton_problems_add(im->g.problems, false, wrong->where[0] ? wrong->where : NULL, "%s",
                     wrong->text);
}

/* Production, session and files: what is wrong with one keeps nothing of the others back. */
static enum ton_code look_at_all(struct importing *im, const struct ton_progress *progress,
                                 struct ton_err *err) {
    struct gathering *g = &im->g;
    struct ton_err no_session = {0}, no_files = {0};
    const enum ton_code production =
        ton_production_read(&im->production, g->arena, im->config->folder, g->problems, err);
    if (production && (production != TON_INPUT || !im->production))
        return production;
    const enum ton_code session = production ? TON_OK : choose_session(im, &no_session);
    const enum ton_code files =
        session == TON_MEMORY
            ? TON_OK
            : gather(g, im->config->files, im->config->n_files, progress, &no_files);
    const bool alone = !session != !files && g->problems->n_errors == 0;
    if (session == TON_MEMORY || (session && alone)) {
        *err = no_session;
        return session;
    }
    if (files && (files != TON_INPUT || alone)) {
        *err = no_files;
        return files;
    }
    if (session)
        add_problem(im, &no_session);
    if (files)
        add_problem(im, &no_files);
    return ton_problems_code(g->problems, err);
}

static enum ton_code import(struct ton_import *out, struct importing *im,
                            const struct ton_progress *progress, struct ton_err *err) {
    struct gathering *g = &im->g;
    enum ton_code code = look_at_all(im, progress, err);
    if (code)
        return code;
    gather_pairs(g);
    im->rate = usual_rate(g);
    gather_starts(g, im->rate);
    code = name_takes(im, err);
    if (!code)
        code = name_tracks(g, err);
    if (!code)
        code = write_all(im, progress, err);
    return code ? code : fill_result(out, im, err);
}

enum ton_code ton_import(struct ton_import *out, struct ton_arena *arena,
                         const struct ton_import_config *config, struct ton_problems *problems,
                         const struct ton_progress *progress, struct ton_err *err) {
    struct importing im = {.g = {.arena = arena, .problems = problems}, .config = config};
    int lock;
    enum ton_code code = ton_production_lock(&lock, config->folder, err);
    if (!code)
        code = import(out, &im, progress, err);
    ton_production_unlock(&lock);
    return code;
}
