/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which files are owed: deliverable x session (x stem) x format, each with its name. */

#include "naming.h"
#include "ton/text.h"
#include "work.h"

static bool same_words(const char *const *a, int n_a, const char *const *b, int n_b) {
    if (n_a != n_b)
        return false;
    for (int i = 0; i < n_a; i++) {
        if (strcmp(a[i], b[i]) != 0)
            return false;
    }
    return true;
}

/* The version of a piece with this selection; a new one when it was not asked for before; -1
 * without memory. */
static int version_of(struct work *w, struct piece *p, const struct ton_wish *wish) {
    for (size_t i = 0; i < p->n_versions; i++) {
        const struct ton_wish *have = &p->versions[i].wish;
        if (have->kind == wish->kind &&
            same_words(have->only, have->n_only, wish->only, wish->n_only) &&
            same_words(have->without, have->n_without, wish->without, wish->n_without))
            return (int)i;
    }
    struct version *v = TON_PUSH(w->arena, p->versions, p->n_versions, p->capacity);
    if (!v)
        return -1;
    v->wish = *wish;
    return (int)p->n_versions - 1;
}

/* Every lossy codec knows 44.1 and 48 kHz, few know others well; Opus knows no other than 48. */
static int rate_of(const struct ton_format *f, int session_rate) {
    if (f->codec == TON_OPUS)
        return 48000;
    if (f->rate)
        return f->rate;
    if (!ton_format_lossy(f))
        return session_rate;
    return session_rate % 11025 == 0 ? 44100 : 48000;
}

static enum ton_dither dither_of(const struct ton_deliverable *d) {
    if (!d->dither)
        return TON_DITHER_AUTO;
    if (strcmp(d->dither, "none") == 0)
        return TON_DITHER_NONE;
    return strcmp(d->dither, "shaped") == 0 ? TON_DITHER_SHAPED : TON_DITHER_TPDF;
}

/* What a check asks for: its target, or the middle of its range; NaN when one end is open. */
static double asked(const struct ton_check *c) {
    return isnan(c->target) ? 0.5 * (c->minimum + c->maximum) : c->target;
}

static bool lies_within(double value, const struct ton_check *c) {
    return value >= c->minimum && value <= c->maximum;
}

/* A required loudness of the spec is what the file is mastered to when nobody says otherwise; a
 * range is met by the master's own where that lies within. */
static void set_target(struct owed *o, const struct work *w, const struct ton_deliverable *d) {
    o->target = d->loudness_lufs;
    o->own_target = !isnan(o->target);
    for (int i = 0; o->spec && i < o->spec->n_checks && !o->own_target; i++) {
        const struct ton_check *c = &o->spec->checks[i];
        const bool met = isnan(c->target) && lies_within(w->production->master.loudness_lufs, c);
        if (c->kind == TON_CHECK_INTEGRATED_LOUDNESS && c->required && !met)
            o->target = asked(c);
        o->own_target = !isnan(o->target);
    }
    /* Where no loudness is asked for but a range of RMS (audiobooks), its middle. */
    for (int i = 0; o->spec && i < o->spec->n_checks && !o->own_target; i++) {
        const struct ton_check *c = &o->spec->checks[i];
        if (c->kind != TON_CHECK_RMS || !c->required || isnan(asked(c)))
            continue;
        o->target = asked(c);
        o->measure = TON_MASTER_RMS;
        o->own_target = true;
    }
    if (!o->own_target)
        o->target = w->production->master.loudness_lufs;
}

bool owed_heeds(const struct work *w, const struct owed *o, int piece) {
    const bool all = w->production->master.per == TON_PER_PRODUCTION;
    return !o->own_target && (all || piece == o->parts[0].piece);
}

static double ceiling_of(const struct work *w, const struct ton_deliverable *d,
                         const struct ton_spec *spec) {
    double ceiling = ton_master_ceiling(&w->production->master.chain);
    if (!isnan(d->ceiling_dbtp))
        ceiling = d->ceiling_dbtp;
    for (int i = 0; spec && i < spec->n_checks; i++) {
        const struct ton_check *c = &spec->checks[i];
        /* No sample is over a true peak, so a ceiling for that holds both. */
        const bool peak = c->kind == TON_CHECK_TRUE_PEAK || c->kind == TON_CHECK_SAMPLE_PEAK;
        if (peak && c->required && !isnan(c->maximum))
            ceiling = fmin(ceiling, c->maximum);
    }
    return ceiling;
}

/* Tracks of a disc are whole sectors. */
static int sector_of(const struct owed *o) {
    for (int i = 0; o->spec && i < o->spec->n_checks; i++) {
        const struct ton_check *c = &o->spec->checks[i];
        if (c->kind == TON_CHECK_SECTOR_REMAINDER && c->required && o->format.rate == 44100)
            return TON_CD_SECTOR;
    }
    return 0;
}

static const char *joined_writers(struct ton_arena *arena, const struct ton_recording *r) {
    struct ton_text t = {0};
    for (int i = 0; i < r->n_writers; i++)
        ton_text_printf(&t, "%s%s", i ? ", " : "", r->writers[i]);
    const char *out = t.data ? ton_arena_text(arena, t.data) : NULL;
    ton_text_free(&t);
    return out;
}

/* In tags an ISRC is its twelve characters (ID3v2.3, TSRC); the hyphens are for people. */
static const char *plain_isrc(struct ton_arena *arena, const char *isrc) {
    char *out = ton_arena_text(arena, isrc);
    size_t n = 0;
    for (const char *c = isrc; out && c && *c; c++) {
        if (*c != '-' && *c != ' ')
            out[n++] = *c;
    }
    if (out)
        out[n] = '\0';
    return out;
}

static void fill_tags(struct work *w, struct owed *o, const char *title) {
    const struct ton_production *p = w->production;
    const struct ton_recording *r = o->recording;
    struct ton_tags *t = &o->tags;
    *t = (struct ton_tags){
        .title = title,
        .artist = r && r->artist ? r->artist : p->artist,
        .album = p->title,
        .album_artist = p->album_artist,
        .composer = r ? (r->composer ? r->composer : joined_writers(w->arena, r)) : NULL,
        .genre = r && r->genre ? r->genre : p->genre,
        .isrc = r ? plain_isrc(w->arena, r->isrc) : NULL,
        .date = p->date,
        .comment = r && r->comment ? r->comment : p->comment,
        .copyright = p->copyright,
        .label = p->label,
        .upc = p->upc,
        .language = p->language,
        .track = o->track,
        .n_tracks = o->n_tracks,
        .cover = p->cover ? ton_path_join(w->arena, p->folder, p->cover) : NULL,
        .bext = true,
        .originator = "Tonmeister",
        .origination_date = p->date,
    };
    t->description = ton_arena_printf(w->arena, "%s - %s (%s)", p->artist ? p->artist : "",
                                      title ? title : "", o->deliverable->name);
}

static void name_file(struct work *w, struct owed *o, const char *title, const char *session,
                      const char *stem) {
    const struct ton_production *p = w->production;
    const struct naming values = {
        .artist = o->tags.artist,
        .title = title,
        .album = p->title,
        .deliverable = o->deliverable->name,
        .session = session,
        .stem = stem,
        .version = p->version,
        .track = o->track,
    };
    const char *name = naming_fill(w->arena, p->naming, &values);
    const struct naming place = {.deliverable = o->deliverable->name};
    const char *folder = naming_fill(w->arena, "{deliverable}", &place);
    o->delivered->path =
        ton_arena_printf(w->arena, "out/%s/%s.%s", folder, name, ton_format_extension(&o->format));
    o->path = ton_path_join(w->arena, p->folder, o->delivered->path);
    o->folder = o->path ? ton_path_folder(w->arena, o->path) : NULL;
}

struct wanted { /* what one call of add_file is about */
    const struct ton_deliverable *d;
    const struct ton_spec *spec;
    const char *format;
    int session; /* -1: joined */
    const char *const *stem;
};

/* One part, or one for each session of a joined file: silence where a session has nothing of what
 * is kept, so that all joined files are equally long. No parts: nothing is kept of any. */
static bool add_parts(struct work *w, struct owed *o, const struct wanted *want) {
    const int first = want->session < 0 ? 0 : want->session;
    const int n = want->session < 0 ? w->n_pieces : 1;
    bool any = false;
    o->parts = TON_NEW_N(w->arena, struct part, n);
    o->n_parts = 0;
    for (int i = first; o->parts && i < first + n; i++) {
        struct ton_wish wish;
        bool none = false;
        if (!words_wish(&wish, &none, w, w->pieces[i].session, want->d, want->stem) ||
            (none && !words_silence(&wish, w, w->pieces[i].session)))
            return false;
        any |= !none;
        const double gap = o->n_parts > 0 ? w->production->gap_before_s[i] : 0.0;
        if (o->n_parts > 0)
            o->parts[o->n_parts - 1].runs_on = gap == 0.0;
        struct part *part = &o->parts[o->n_parts++];
        *part = (struct part){i, version_of(w, &w->pieces[i], &wish), gap, false};
        if (part->version < 0)
            return false;
    }
    o->n_parts = any ? o->n_parts : 0;
    return o->parts;
}

static enum ton_code add_file(struct work *w, const struct wanted *want, struct ton_err *err) {
    struct owed *o = TON_PUSH(w->arena, w->owed, w->n_owed, w->owed_capacity);
    struct ton_delivered *out = TON_NEW(w->arena, struct ton_delivered);
    if (!o || !out)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the list of deliverables");
    const struct ton_session *session = want->session < 0 ? NULL : w->pieces[want->session].session;
    /* All of it: its place may be that of one that turned out to be owed by nobody. */
    *o = (struct owed){
        .deliverable = want->d,
        .spec = want->spec,
        .delivered = out,
        .recording = session ? &w->production->recordings[want->session] : NULL,
        .track = session ? want->session + 1 : 0,
        .n_tracks = w->n_pieces,
        .dither = dither_of(want->d),
        .target = NAN,
        .ceiling_dbtp = want->d->mastered ? ceiling_of(w, want->d, want->spec) : NAN,
    };
    if (want->d->mastered)
        set_target(o, w, want->d);
    enum ton_code code = ton_format_parse(&o->format, want->format, err);
    if (!code)
        code = ton_format_available(&o->format, err);
    if (code)
        return code;
    o->format.rate =
        rate_of(&o->format, w->pieces[want->session < 0 ? 0 : want->session].session->rate);
    o->sector = sector_of(o);
    if (!add_parts(w, o, want))
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the list of deliverables");
    if (o->n_parts == 0) { /* a song without vocals has no a cappella */
        w->n_owed--;
        return TON_OK;
    }
    const char *title = w->production->title;
    if (session)
        title = o->recording->title ? o->recording->title
                : session->title    ? session->title
                                    : session->name;
    const char *stem = want->stem ? *want->stem : NULL;
    fill_tags(w, o, title);
    name_file(w, o, title, session ? session->name : NULL, stem);
    char words[64];
    *out = (struct ton_delivered){
        .deliverable = want->d->name,
        .session = session ? session->name : NULL,
        .stem = stem,
        .path = out->path,
        .format = ton_arena_text(w->arena, ton_format_text(words, sizeof words, &o->format)),
        .rate = o->format.rate,
        .channels = o->format.channels ? o->format.channels : 2,
        .spec = want->spec ? want->spec->name : NULL,
        .gain_db = NAN,
        .ceiling_dbtp = NAN,
        .most_reduction_db = NAN,
    };
    return out->path && o->folder ? TON_OK
                                  : ton_fail(err, TON_MEMORY, NULL, "no memory for file names");
}

static enum ton_code add_stems(struct work *w, struct wanted *want, struct ton_err *err) {
    if (want->d->n_each == 0)
        return add_file(w, want, err);
    enum ton_code code = TON_OK;
    for (int i = 0; i < want->d->n_each && !code; i++) {
        want->stem = &want->d->each[i];
        code = add_file(w, want, err);
    }
    return code;
}

static enum ton_code add_formats(struct work *w, const struct ton_deliverable *d, int session,
                                 const struct ton_spec *spec, struct ton_err *err) {
    const char *usual = spec && spec->format ? spec->format : "wav 24-bit";
    const char *const *formats = d->n_formats ? d->formats : &usual;
    enum ton_code code = TON_OK;
    for (int i = 0; i < (d->n_formats ? d->n_formats : 1) && !code; i++) {
        struct wanted want = {d, spec, formats[i], session, NULL};
        code = add_stems(w, &want, err);
    }
    return code;
}

static enum ton_code find_spec(struct ton_spec **spec, struct work *w,
                               const struct ton_deliverable *d, struct ton_problems *problems,
                               struct ton_err *err) {
    *spec = NULL;
    return d->spec ? ton_spec_find(spec, w->arena, d->spec, w->production->folder, problems, err)
                   : TON_OK;
}

static enum ton_code add_deliverable(struct work *w, const struct ton_deliverable *d,
                                     struct ton_err *err) {
    struct ton_spec *spec = NULL;
    enum ton_code code = find_spec(&spec, w, d, w->problems, err);
    if (!code && d->joined)
        return add_formats(w, d, -1, spec, err);
    for (int i = 0; i < w->n_pieces && !code; i++)
        code = add_formats(w, d, i, spec, err);
    return code;
}

static bool is_wanted(const struct work *w, const char *name) {
    for (int i = 0; i < w->config->n_names; i++) {
        if (strcmp(w->config->names[i], name) == 0)
            return true;
    }
    return w->config->n_names == 0;
}

/* All that is wrong with the words of a deliverable, each at its place. */
static void check_deliverable(struct work *w, const struct ton_deliverable *d) {
    struct ton_err wrong = {0};
    struct ton_spec *spec = NULL;
    const size_t errors = w->problems->n_errors;
    if (find_spec(&spec, w, d, w->problems, &wrong) && errors == w->problems->n_errors)
        ton_problems_add(w->problems, false, d->spec_where ? d->spec_where : d->where, "%s",
                         wrong.text);
    for (int i = 0; i < d->n_formats; i++) {
        struct ton_format format;
        if (ton_format_parse(&format, d->formats[i], &wrong) ||
            (is_wanted(w, d->name) && ton_format_available(&format, &wrong)))
            ton_problems_add(w->problems, false, d->formats_where ? d->formats_where[i] : d->where,
                             "%s", wrong.text);
    }
    words_check(w, d);
    if (w->problems->n_errors == 0 && is_wanted(w, d->name)) /* else a refused word is missing */
        sense_check(w, d, spec);
}

static int by_path(const void *a, const void *b) {
    const struct owed *const *x = a, *const *y = b;
    return strcmp((*x)->path, (*y)->path);
}

/* No file system of today takes more bytes in a name. */
static void check_length(struct work *w, const struct owed *o) {
    enum { LONGEST = 255 };
    const size_t n = strlen(ton_path_name(o->path));
    if (n > LONGEST)
        ton_problems_add(w->problems, false, o->deliverable->where,
                         "the name of a file of `%s` would have %zu bytes, and disks take %d; "
                         "shorten `naming` or the title: `%s`",
                         o->deliverable->name, n, LONGEST, ton_path_name(o->path));
}

/* Two files of one name would overwrite each other: told before anything is rendered. */
static enum ton_code check_names(struct work *w, struct ton_err *err) {
    struct owed **sorted = TON_NEW_N(w->arena, struct owed *, w->n_owed + 1);
    if (!sorted)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for file names");
    for (size_t i = 0; i < w->n_owed; i++) {
        sorted[i] = &w->owed[i];
        check_length(w, sorted[i]);
    }
    qsort(sorted, w->n_owed, sizeof *sorted, by_path);
    for (size_t i = 1; i < w->n_owed; i++) {
        if (strcmp(sorted[i - 1]->path, sorted[i]->path) == 0)
            ton_problems_add(w->problems, false, sorted[i]->deliverable->where,
                             "`%s` would be written twice, for `%s` and `%s`; put {title}, "
                             "{deliverable} or {stem} into `naming`, or give one of the formats "
                             "a deliverable of its own",
                             sorted[i]->delivered->path, sorted[i - 1]->deliverable->name,
                             sorted[i]->deliverable->name);
    }
    return TON_OK;
}

static bool is_spec(const char *name) {
    for (int i = 0; i < ton_spec_count(); i++)
        if (strcmp(ton_spec_name(i), name) == 0)
            return true;
    return false;
}

static enum ton_code fail_no_deliverable(const struct work *w, const char *name,
                                         const char *const *names, struct ton_err *err) {
    const struct ton_production *p = w->production;
    const size_t n = (size_t)p->n_deliverables;
    const char *nearest = ton_nearest(name, names, n), *all = "";
    if (nearest)
        return ton_fail(err, TON_USAGE, p->path, "there is no deliverable `%s`; did you mean `%s`?",
                        name, nearest);
    for (size_t i = 0; i < n && all; i++)
        all = ton_arena_printf(w->arena, "%s%s`%s`", all, i ? ", " : "", names[i]);
    return ton_fail(err, TON_USAGE, p->path, "there is no deliverable `%s`%s; there are %s", name,
                    is_spec(name) ? ", it is a delivery spec" : "", all ? all : "others");
}

static enum ton_code check_wanted(const struct work *w, struct ton_err *err) {
    const struct ton_production *p = w->production;
    const char **names = TON_NEW_N(w->arena, const char *, p->n_deliverables + 1);
    for (int i = 0; names && i < p->n_deliverables; i++)
        names[i] = p->deliverables[i].name;
    for (int i = 0; names && i < w->config->n_names; i++) {
        const char *name = w->config->names[i];
        bool known = false;
        for (int k = 0; k < p->n_deliverables && !known; k++)
            known = strcmp(names[k], name) == 0;
        if (!known)
            return fail_no_deliverable(w, name, names, err);
    }
    return TON_OK;
}

static void check_cover(struct work *w) {
    const struct ton_production *p = w->production;
    const char *path = p->cover ? ton_path_join(w->arena, p->folder, p->cover) : NULL;
    struct ton_err wrong;
    if (path && ton_cover_check(path, &wrong))
        ton_problems_add(w->problems, false, p->path, "the cover cannot be used: %s: %s", p->cover,
                         wrong.text);
}

/* Files go out under this name, and nobody likes to find a template's in a shop. */
static void check_artist(struct work *w) {
    static const char *const template = "Unknown Artist";
    const struct ton_production *p = w->production;
    for (int i = 0; i < p->n_sessions; i++) {
        const char *artist = p->recordings[i].artist ? p->recordings[i].artist : p->artist;
        if (artist && !ton_text_same(artist, template))
            continue;
        ton_problems_add(w->problems, true, p->path, "`%s` has %s; say `artist:`", p->sessions[i],
                         artist ? "the artist of the template, Unknown Artist" : "no artist");
        return;
    }
}

/* Those that are not wanted today too: a production is right or wrong as a whole. */
void owed_check(struct work *w) {
    for (int i = 0; i < w->production->n_deliverables; i++)
        check_deliverable(w, &w->production->deliverables[i]);
}

static enum ton_code fill_streams(struct work *w, size_t first, struct ton_err *err) {
    enum ton_code code = TON_OK;
    for (size_t i = first; i < w->n_owed && !code; i++)
        code = stream_fill(w, &w->owed[i], err);
    return code;
}

/* What this build cannot make is of no interest today. */
static enum ton_code add_others(struct work *w, struct ton_err *err) {
    const size_t n = w->n_owed;
    enum ton_code code = TON_OK;
    for (int i = 0; i < w->n_pieces; i++)
        w->pieces[i].n_wanted = w->pieces[i].n_versions;
    for (int i = 0; i < w->production->n_deliverables && code != TON_MEMORY; i++) {
        const struct ton_deliverable *d = &w->production->deliverables[i];
        if (!is_wanted(w, d->name))
            code = add_deliverable(w, d, err);
    }
    code = code == TON_MEMORY ? code : fill_streams(w, n, err);
    w->n_others = w->n_owed - n;
    w->n_owed = n;
    return code;
}

enum ton_code owed_list(struct work *w, struct ton_err *err) {
    const struct ton_wish whole = {.name = "mix", .kind = TON_WISH_MIX};
    enum ton_code code = check_wanted(w, err);
    for (int i = 0; i < w->n_pieces && !code; i++) {
        if (version_of(w, &w->pieces[i], &whole) < 0)
            code = ton_fail(err, TON_MEMORY, NULL, "no memory for the list of deliverables");
    }
    for (int i = 0; i < w->production->n_deliverables && !code; i++) {
        const struct ton_deliverable *d = &w->production->deliverables[i];
        if (is_wanted(w, d->name))
            code = add_deliverable(w, d, err);
    }
    if (!code)
        code = fill_streams(w, 0, err);
    check_cover(w);
    check_artist(w);
    if (!code)
        code = check_names(w, err);
    return code ? code : add_others(w, err);
}
