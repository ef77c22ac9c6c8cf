/* SPDX-License-Identifier: GPL-3.0-or-later */
/* out/manifest.json: every delivered file with its hash, format, measurements and content key, and
 * the hashes of everything it was made from. The next delivery reads it to see what stands. */

#include "ton/foreign.h"
#include "ton/known.h"
#include "ton/text.h"

#include "config.h"
#include "work.h"

enum { MOST_BYTES = 64 << 20 };

static const char *manifest_path(const struct work *w) {
    return ton_path_join(w->arena, w->production->folder, "out/manifest.json");
}

/* What everything below "checksum" in a manifest comes to: what is read back is believed, so it
 * must be what was written. "": no memory. */
static const char *checksum(char hex[33], const struct ton_json *manifest) {
    static const char *const parts[] = {"program", "production", "artist",
                                        "files",   "sessions",   "sources"};
    struct ton_hash *h = ton_hash_create();
    bool whole = h;
    for (int i = 0; i < TON_N(parts) && whole; i++) {
        char *text = ton_json_dump(ton_json_get(manifest, parts[i]), false);
        whole = text;
        if (text)
            ton_hash_text(h, text);
        ton_free(text);
    }
    hex[0] = '\0';
    if (whole)
        ton_key_hex(hex, ton_hash_result(h));
    ton_hash_destroy(h);
    return hex;
}

static enum ton_code read_whole(struct ton_json **out, const char *text, size_t size,
                                const char *path, struct ton_err *err) {
    struct ton_json *j = NULL;
    char hex[33];
    enum ton_code code = ton_json_parse(&j, text, size, path, err);
    if (!code && !ton_text_same(ton_json_as_string(ton_json_get(j, "checksum")), checksum(hex, j)))
        code = ton_fail(err, TON_INPUT, path, "it was changed after it was written");
    if (!code) {
        *out = j;
        return TON_OK;
    }
    ton_json_free(j);
    return code;
}

/* A manifest that cannot be read only means that everything is made again. */
enum ton_code manifest_read(struct work *w, struct ton_err *err) {
    char *text = NULL;
    size_t size = 0;
    const char *path = manifest_path(w);
    struct ton_err ignored;
    if (!path)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the manifest");
    if (ton_path_exists(path) &&
        !ton_path_read(&text, &size, w->arena, path, MOST_BYTES, &ignored) &&
        read_whole(&w->before, text, size, path, &ignored))
        ton_problems_add(w->problems, true, path,
                         "the manifest is not used (%s); every file is made again", ignored.text);
    return TON_OK;
}

const struct ton_json *manifest_entry(const struct work *w, const char *path) {
    const struct ton_json *files = ton_json_get(w->before, "files");
    for (size_t i = 0; i < ton_json_size(files); i++) {
        const struct ton_json *entry = ton_json_at(files, i);
        const char *have = ton_json_as_string(ton_json_get(entry, "path"));
        if (have && strcmp(have, path) == 0)
            return entry;
    }
    return NULL;
}

static int64_t count(const struct ton_json *entry, const char *key) {
    return ton_json_as_count(ton_json_get(entry, key));
}

static double number(const struct ton_json *entry, const char *key) {
    return ton_json_as_number(ton_json_get(entry, key));
}

/* JSON has no infinity, and a level that is null there is that of silence: a file that stands holds
 * samples, so that it has one (ton/analyser.h). Only of half a second there is no noise floor,
 * which is asked to be low: there silence and none are the same. */
static void read_measurement(struct ton_measurement *m, const struct ton_json *entry) {
    int n = 0;
    const struct ton_row *rows = ton_measurement_rows(&n);
    for (int i = 0; i < n; i++) {
        const double value = number(entry, rows[i].key);
        const bool level = rows[i].unit == TON_UNIT_DBFS || rows[i].unit == TON_UNIT_DBTP;
        ton_measurement_set(m, i, level && isnan(value) ? -(double)INFINITY : value);
    }
    m->frames = count(entry, "frames");
}

/* Whether the file is the one in the manifest. One that is another is told: who has changed it may
 * want to know that it is made again. */
static bool is_untouched(struct work *w, const struct owed *o, const struct ton_json *entry) {
    const char *want = ton_json_as_string(ton_json_get(entry, "sha256"));
    char hex[65];
    if (!want || !ton_path_exists(o->path))
        return false;
    if (ton_path_size(o->path) == count(entry, "bytes") && !ton_known_sha256(hex, o->path, NULL) &&
        strcmp(hex, want) == 0)
        return true;
    ton_problems_add(w->problems, true, o->delivered->path,
                     "is not the file that was delivered; it is made again");
    return false;
}

static bool has_key(const struct owed *o, const struct ton_json *entry) {
    const char *key = ton_json_as_string(ton_json_get(entry, "key"));
    return key && strcmp(key, o->delivered->key) == 0;
}

bool manifest_seems_to_stand(const struct work *w, const struct owed *o) {
    const struct ton_json *entry = manifest_entry(w, o->delivered->path);
    return has_key(o, entry) && ton_path_exists(o->path) &&
           ton_path_size(o->path) == count(entry, "bytes");
}

bool manifest_stands(struct work *w, struct owed *o) {
    struct ton_delivered *d = o->delivered;
    const struct ton_json *entry = manifest_entry(w, d->path);
    if (!has_key(o, entry) || count(entry, "frames") < 0 || count(entry, "clipped") < 0 ||
        !is_untouched(w, o, entry))
        return false;
    read_measurement(&d->measured, entry);
    d->gain_db = number(entry, "gain_db");
    d->ceiling_dbtp = number(entry, "ceiling_dbtp");
    d->most_reduction_db = number(entry, "most_reduction_db");
    d->turned_db = fmin(0.0, number(entry, "turned_db"));
    d->bytes = count(entry, "bytes");
    d->clipped = count(entry, "clipped");
    /* The manifest is freed before the result is read. */
    d->sha256 = ton_arena_text(w->arena, ton_json_as_string(ton_json_get(entry, "sha256")));
    d->machine = ton_arena_text(w->arena, ton_json_as_string(ton_json_get(entry, "machine")));
    return d->sha256;
}

const char *manifest_name(const struct work *w, const char *path) {
    const size_t folder = strlen(w->production->folder);
    const bool inside = strncmp(path, w->production->folder, folder) == 0 && path[folder] == '/';
    return inside ? path + folder + 1 : path;
}

/* A source in a list of them, and its hash; NULL. */
static const struct ton_json *source_in(const struct ton_json *sources, const char *name) {
    for (size_t i = 0; i < ton_json_size(sources); i++) {
        const struct ton_json *source = ton_json_at(sources, i);
        if (ton_text_same(ton_json_as_string(ton_json_get(source, "path")), name))
            return source;
    }
    return NULL;
}

static const char *hash_of(const struct ton_json *source) {
    return ton_json_as_string(ton_json_get(source, "sha256"));
}

const char *manifest_source(const struct work *w, const struct ton_json *entry, const char *path) {
    const char *name = manifest_name(w, path);
    const struct ton_json *then = source_in(ton_json_get(entry, "made_from"), name);
    return hash_of(then ? then : source_in(ton_json_get(w->before, "sources"), name));
}

/* `sha256` NULL: it was no source. */
static void note_source(struct ton_json *sources, const char *name, const char *sha256) {
    if (source_in(sources, name))
        return;
    struct ton_json *source = ton_json_object();
    ton_json_set(source, "path", ton_json_string(name));
    ton_json_set(source, "sha256", ton_json_string(sha256));
    ton_json_add(sources, source);
}

/* What sources were before, where today they are others. */
static struct ton_json *past_sources(const struct work *w, const struct ton_json *sources) {
    const struct ton_json *before = ton_json_get(w->before, "sources");
    struct ton_json *past = ton_json_array();
    for (size_t i = 0; i < ton_json_size(before); i++) {
        const struct ton_json *was = ton_json_at(before, i);
        const char *name = ton_json_as_string(ton_json_get(was, "path"));
        if (!ton_text_same(hash_of(was), hash_of(source_in(sources, name))))
            note_source(past, name, hash_of(was));
    }
    for (size_t i = 0; i < ton_json_size(sources); i++) {
        const char *name = ton_json_as_string(ton_json_get(ton_json_at(sources, i), "path"));
        if (!source_in(before, name))
            note_source(past, name, NULL);
    }
    return past;
}

/* The entry of a file that is as it was before, with what its sources were then: the next delivery
 * that makes it can say what changed since. What an earlier delivery noted is from nearer to when
 * it was made, and stays. */
static struct ton_json *kept_entry(const struct ton_json *entry, const struct ton_json *past) {
    const struct ton_json *noted = ton_json_get(entry, "made_from");
    struct ton_json *kept = ton_json_copy(entry);
    struct ton_json *then = noted ? ton_json_copy(noted) : ton_json_array();
    for (size_t i = 0; i < ton_json_size(past); i++) {
        const struct ton_json *was = ton_json_at(past, i);
        note_source(then, ton_json_as_string(ton_json_get(was, "path")), hash_of(was));
    }
    ton_json_set(kept, "made_from", then);
    return kept;
}

static void add_source(struct ton_json *sources, const struct work *w, const char *path) {
    char hex[65];
    if (ton_known_sha256(hex, path, NULL))
        return;
    note_source(sources, manifest_name(w, path), hex);
}

/* The plug-ins of a chain, each once. */
static void add_plugins(struct ton_json *sources, const struct ton_chain *chain) {
    for (int i = 0; i < chain->n; i++) {
        const struct ton_processor *p = chain->items[i].processor;
        struct ton_identity id;
        char hex[65];
        bool known = !chain->items[i].setup;
        if (known)
            continue;
        ton_foreign()->identity(&id, p);
        for (size_t k = 0; k < ton_json_size(sources) && !known; k++)
            known = ton_text_same(
                ton_json_as_string(ton_json_get(ton_json_at(sources, k), "plugin")), id.address);
        if (known || ton_known_sha256(hex, id.binary, NULL))
            continue;
        struct ton_json *source = ton_json_object();
        ton_json_set(source, "path", ton_json_string(id.binary));
        ton_json_set(source, "sha256", ton_json_string(hex));
        ton_json_set(source, "plugin", ton_json_string(id.address));
        ton_json_set(source, "version", ton_json_string(id.version));
        ton_json_add(sources, source);
    }
}

static struct ton_json *sources_json(const struct work *w) {
    struct ton_json *sources = ton_json_array();
    add_source(sources, w, w->production->path);
    const char *cover = w->production->cover;
    if (cover)
        add_source(sources, w, ton_path_join(w->arena, w->production->folder, cover));
    for (size_t i = 0; i < w->production->n_files; i++)
        add_source(sources, w, w->production->files[i].path);
    for (int i = 0; i < w->n_pieces; i++) {
        const struct ton_session *s = w->pieces[i].session;
        add_source(sources, w, s->path);
        for (int k = 0; k < s->n_strips; k++)
            add_plugins(sources, &s->strips[k].chain);
        for (int k = 0; k < s->n_takes; k++)
            add_source(sources, w, s->takes[k].path);
        for (size_t k = 0; k < s->n_files; k++)
            add_source(sources, w, s->files[k].path);
    }
    add_plugins(sources, &w->production->master.chain);
    return sources;
}

/* Nothing that was delivered is ever removed, and no later manifest knows of these. */
static void say_no_longer_owed(const struct work *w, int n, const char *first) {
    if (n == 1)
        ton_problems_add(w->problems, true, "out",
                         "1 file that is no longer owed is still there: %s", first);
    else if (n > 1)
        ton_problems_add(w->problems, true, "out",
                         "%d files that are no longer owed are still there, the first of them %s",
                         n, first);
}

/* Files of deliverables that were not asked for this time keep their entries; those that
 * production.yaml no longer names lose them. */
static void keep_entries(struct ton_json *files, const struct work *w,
                         const struct ton_json *past) {
    const struct ton_json *before = ton_json_get(w->before, "files");
    const char *first = NULL;
    int n_left = 0;
    for (size_t i = 0; i < ton_json_size(before); i++) {
        const struct ton_json *entry = ton_json_at(before, i);
        const char *path = ton_json_as_string(ton_json_get(entry, "path"));
        const char *name = ton_json_as_string(ton_json_get(entry, "name"));
        bool again = !path;
        for (size_t k = 0; k < w->n_owed && !again; k++)
            again = strcmp(w->owed[k].delivered->path, path) == 0;
        if (again)
            continue;
        if (w->config->n_names > 0 || ton_text_same(name, MASTERS)) {
            ton_json_add(files, kept_entry(entry, past));
        } else if (ton_path_exists(ton_path_join(w->arena, w->production->folder, path))) {
            first = first ? first : ton_arena_text(w->arena, path);
            n_left++;
        }
    }
    say_no_longer_owed(w, n_left, first);
}

enum ton_code manifest_write(struct work *w, struct ton_err *err) {
    struct ton_json *j = ton_json_object();
    struct ton_json *files = ton_json_array(), *sources = sources_json(w);
    struct ton_json *past = past_sources(w, sources);
    ton_json_set(j, "program", ton_json_string("ton " TON_VERSION));
    ton_json_set(j, "production", ton_json_string(w->production->title));
    ton_json_set(j, "artist", ton_json_string(w->production->artist));
    /* After a stop some files are still the old ones, with their old entries. */
    for (size_t i = 0; i < w->n_owed; i++) {
        const struct owed *o = &w->owed[i];
        const struct ton_json *old = manifest_entry(w, o->delivered->path);
        if (o->stands || o->delivered->rebuilt) {
            struct ton_json *entry = json_delivered(o->delivered, false);
            ton_json_set(entry, "made_of", why_json(o));
            ton_json_add(files, entry);
        } else if (old)
            ton_json_add(files, kept_entry(old, past));
    }
    keep_entries(files, w, past);
    ton_json_free(past);
    ton_json_set(j, "files", files);
    ton_json_set(j, "sessions", tails_json(w));
    ton_json_set(j, "sources", sources);
    char hex[33];
    ton_json_set(j, "checksum", ton_json_string(checksum(hex, j)));
    char *text = ton_json_dump(j, true);
    const char *path = manifest_path(w);
    const char *folder = path ? ton_path_folder(w->arena, path) : NULL;
    /* Where nothing could be made there is no folder yet. */
    enum ton_code code = text && folder
                             ? ton_path_make_folders(folder, err)
                             : ton_fail(err, TON_MEMORY, NULL, "no memory for the manifest");
    if (!code)
        code = ton_path_renew(path, text, strlen(text), err);
    ton_free(text);
    ton_json_free(j);
    return code;
}
