/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hashes of files, remembered while size, times and inode stay. */
#include "ton/known.h"

#include "ton/path.h"
#include "ton/text.h"

#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#define HEAD "tonmeister hashes 1\n"

enum { MOST_BYTES = 64 << 20 };
static const int64_t SECOND = INT64_C(1000000000);
/* Kernels stamp files with a clock that ticks every 1 to 10 ms; some file systems keep seconds, FAT
 * every other one. */
static const int64_t TICK = INT64_C(20000000);

struct state {
    int64_t size, modified, changed;
    uint64_t inode;
};

struct known {
    char *path;
    struct state state;
    int64_t seen; /* when it was looked at, ns since the epoch */
    bool has_key;
    struct ton_key key;
    char sha256[65]; /* empty: not known */
};

static struct {
    pthread_mutex_t lock;
    struct known *items; /* in the order of their paths */
    size_t n, capacity;
    bool changed; /* since it was loaded */
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int64_t nanoseconds(struct timespec t) {
    return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

static bool look(struct state *out, const char *path) {
    struct stat s;
    if (stat(path, &s) != 0)
        return false;
    *out = (struct state){s.st_size, nanoseconds(s.st_mtim), nanoseconds(s.st_ctim), s.st_ino};
    return true;
}

static bool same_state(const struct state *a, const struct state *b) {
    return a->size == b->size && a->modified == b->modified && a->changed == b->changed &&
           a->inode == b->inode;
}

/* Where the path stands, or would. */
static size_t place_of(const char *path) {
    size_t low = 0, high = table.n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(table.items[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct known *find(const char *path) {
    const size_t at = place_of(path);
    return at < table.n && strcmp(table.items[at].path, path) == 0 ? &table.items[at] : NULL;
}

/* The entry of a path in this state, emptied of what was known in another; NULL without memory. */
static struct known *entry_for(const char *path, const struct state *state) {
    struct known *k = find(path);
    if (k && same_state(&k->state, state))
        return k;
    if (!k) {
        if (table.n == table.capacity) {
            const size_t more = table.capacity ? table.capacity * 2 : 64;
            struct known *grown =
                ton_realloc(table.items, table.n * sizeof *grown, more * sizeof *grown);
            if (!grown)
                return NULL;
            table.items = grown;
            table.capacity = more;
        }
        const size_t length = strlen(path) + 1;
        char *copy = ton_alloc(length);
        if (!copy)
            return NULL;
        memcpy(copy, path, length);
        const size_t at = place_of(path);
        k = &table.items[at];
        memmove(k + 1, k, (table.n++ - at) * sizeof *k);
        *k = (struct known){.path = copy};
    }
    *k = (struct known){.path = k->path, .state = *state};
    return k;
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return nanoseconds(t);
}

enum ton_code ton_known_key(struct ton_key *out, const char *path, struct ton_err *err) {
    struct state state;
    const bool seen = look(&state, path);
    const int64_t when = now();
    pthread_mutex_lock(&table.lock);
    const struct known *k = seen ? find(path) : NULL;
    const bool found = k && k->has_key && same_state(&k->state, &state);
    if (found)
        *out = k->key;
    pthread_mutex_unlock(&table.lock);
    if (found)
        return TON_OK;
    const enum ton_code code = ton_key_file(out, path, err);
    pthread_mutex_lock(&table.lock);
    struct known *mine = !code && seen ? entry_for(path, &state) : NULL;
    if (mine) {
        mine->has_key = table.changed = true;
        mine->key = *out;
        mine->seen = when;
    }
    pthread_mutex_unlock(&table.lock);
    return code;
}

static void remember_sha256(const char *path, const struct state *state, const char *sha256,
                            int64_t when) {
    pthread_mutex_lock(&table.lock);
    struct known *mine = entry_for(path, state);
    if (mine) {
        snprintf(mine->sha256, sizeof mine->sha256, "%s", sha256);
        mine->seen = when;
        table.changed = true;
    }
    pthread_mutex_unlock(&table.lock);
}

enum ton_code ton_known_sha256(char out[65], const char *path, struct ton_err *err) {
    struct state state;
    const bool seen = look(&state, path);
    const int64_t when = now();
    pthread_mutex_lock(&table.lock);
    const struct known *k = seen ? find(path) : NULL;
    const bool found = k && k->sha256[0] && same_state(&k->state, &state);
    if (found)
        memcpy(out, k->sha256, 65);
    pthread_mutex_unlock(&table.lock);
    if (found)
        return TON_OK;
    const enum ton_code code = ton_sha256_file(out, path, err);
    if (!code && seen)
        remember_sha256(path, &state, out, when);
    return code;
}

void ton_known_add_sha256(const char *path, const char *sha256) {
    struct state state;
    if (look(&state, path))
        remember_sha256(path, &state, sha256, INT64_MAX);
}

/* One line: size, modified, changed, inode, key or -, SHA-256 or -, path up to the line's end. */
static void read_line(char *line) {
    struct known k = {.seen = INT64_MAX};
    char key[33], sha256[65];
    long long size, modified, changed;
    unsigned long long inode;
    int used = 0;
    if (sscanf(line, "%lld %lld %lld %llu %32s %64s %n", &size, &modified, &changed, &inode, key,
               sha256, &used) != 6)
        return;
    k.state = (struct state){size, modified, changed, inode};
    k.has_key = ton_key_from_hex(&k.key, key);
    struct known *mine = entry_for(line + used, &k.state);
    if (!mine)
        return;
    mine->has_key = k.has_key;
    mine->key = k.key;
    mine->seen = k.seen;
    if (strlen(sha256) == 64)
        memcpy(mine->sha256, sha256, 65);
}

static struct ton_key sum_of(const char *text, size_t size) {
    struct ton_key key = {0};
    struct ton_hash *h = ton_hash_create();
    if (h) {
        ton_hash_bytes(h, text, size);
        key = ton_hash_result(h);
    }
    ton_hash_destroy(h);
    return key;
}

/* The last line is the sum of all before it. */
static bool is_whole(char *text, size_t size) {
    struct ton_key sum;
    if (size < sizeof HEAD + 32 || strncmp(text, HEAD, sizeof HEAD - 1) != 0)
        return false;
    const size_t body = size - 33;
    if (text[size - 1] != '\n')
        return false;
    text[size - 1] = '\0';
    return ton_key_from_hex(&sum, text + body) && ton_key_same(sum, sum_of(text, body));
}

void ton_known_load(const char *path) {
    struct ton_arena *arena = ton_arena_create();
    char *text = NULL;
    size_t size = 0;
    if (arena && !ton_path_read(&text, &size, arena, path, MOST_BYTES, NULL) &&
        is_whole(text, size)) {
        text[size - 33] = '\0';
        pthread_mutex_lock(&table.lock);
        for (char *line = text + sizeof HEAD - 1, *end; (end = strchr(line, '\n'));
             line = end + 1) {
            *end = '\0';
            read_line(line);
        }
        table.changed = false;
        pthread_mutex_unlock(&table.lock);
    }
    ton_arena_destroy(arena);
}

static bool is_settled(const struct known *k) {
    const bool coarse = k->state.modified % SECOND == 0 || k->state.changed % SECOND == 0;
    const int64_t tick = coarse ? 2 * SECOND : TICK;
    return k->seen - tick > k->state.modified && k->seen - tick > k->state.changed;
}

static void write_line(struct ton_text *t, const struct known *k) {
    char key[33] = "-";
    if (k->has_key)
        ton_key_hex(key, k->key);
    ton_text_printf(t, "%lld %lld %lld %llu %s %s %s\n", (long long)k->state.size,
                    (long long)k->state.modified, (long long)k->state.changed,
                    (unsigned long long)k->state.inode, key, k->sha256[0] ? k->sha256 : "-",
                    k->path);
}

enum ton_code ton_known_save(const char *path, struct ton_err *err) {
    struct ton_text t = {0};
    pthread_mutex_lock(&table.lock);
    const bool changed = table.changed;
    ton_text_add(&t, HEAD);
    for (size_t i = 0; i < table.n && changed; i++) {
        const struct known *k = &table.items[i];
        struct state state; /* files that are gone are forgotten */
        if (!strchr(k->path, '\n') && is_settled(k) && look(&state, k->path) &&
            same_state(&state, &k->state))
            write_line(&t, k);
    }
    table.changed = false;
    pthread_mutex_unlock(&table.lock);
    char hex[33];
    const struct ton_key sum = t.failed ? (struct ton_key){0} : sum_of(t.data, t.length);
    ton_text_printf(&t, "%s\n", ton_key_hex(hex, sum));
    enum ton_code code = TON_OK;
    if (changed)
        code = t.failed ? ton_fail(err, TON_MEMORY, path, "no memory for the hashes of files")
                        : ton_path_write(path, t.data, t.length, err);
    ton_text_free(&t);
    return code;
}
