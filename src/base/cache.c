/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bounded folder of results that can be made again: whole entries or none, shared by programs. */
#include "ton/cache.h"

#include "ton/hash.h"
#include "ton/text.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { DAY_S = 24 * 60 * 60, MONTH_S = 30 * DAY_S, HOUR_S = 60 * 60, SUM_BYTES = 32 };

struct held {
    char *path;
    int fd;
};

struct ton_cache {
    struct ton_cache_config config;
    pthread_mutex_t lock; /* guards what follows */
    struct held *held;
    size_t n_held, capacity;
};

/* A lock an entry needs a descriptor each, and an album has more of them than a shell's usual
 * limit of 1024. */
static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

struct ton_cache *ton_cache_open(const struct ton_cache_config *config) {
    struct ton_cache *cache = ton_alloc(sizeof *cache);
    if (!cache)
        return NULL;
    cache->config = *config;
    pthread_mutex_init(&cache->lock, NULL);
    raise_descriptor_limit();
    return cache;
}

static bool name_sum(char out[TON_PATH_MAX], const char *path) {
    return snprintf(out, TON_PATH_MAX, "%s.sum", path) < TON_PATH_MAX;
}

static bool is_held(struct ton_cache *cache, const char *path) {
    bool found = false;
    pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < cache->n_held && !found; i++)
        found = strcmp(cache->held[i].path, path) == 0;
    pthread_mutex_unlock(&cache->lock);
    return found;
}

/* Takes over the descriptor. Without memory the entry is only not protected. */
static void hold_on(struct ton_cache *cache, const char *path, int fd) {
    const size_t length = strlen(path) + 1;
    char *copy = ton_alloc(length);
    pthread_mutex_lock(&cache->lock);
    if (copy && cache->n_held == cache->capacity) {
        const size_t more = cache->capacity ? 2 * cache->capacity : 64;
        struct held *grown =
            ton_realloc(cache->held, cache->n_held * sizeof *grown, more * sizeof *grown);
        if (grown) {
            cache->held = grown;
            cache->capacity = more;
        }
    }
    const bool fits = copy && cache->n_held < cache->capacity;
    if (fits) {
        memcpy(copy, path, length);
        cache->held[cache->n_held++] = (struct held){copy, fd};
    }
    pthread_mutex_unlock(&cache->lock);
    if (fits)
        return;
    ton_free(copy);
    close(fd);
}

/* Opened with a shared lock; -1 when it is not there or is being removed. */
static int open_shared(const char *path) {
    struct stat info;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return -1;
    const bool busy = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (!busy && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink > 0)
        return fd;
    close(fd);
    return -1;
}

static bool key_of(char hex[33], int fd) {
    unsigned char block[64 * 1024];
    struct ton_hash *h = ton_hash_create();
    ssize_t n = h ? 1 : -1;
    while (n > 0 || (n < 0 && h && errno == EINTR)) {
        n = read(fd, block, sizeof block);
        if (n > 0)
            ton_hash_bytes(h, block, (size_t)n);
    }
    if (h)
        ton_key_hex(hex, ton_hash_result(h));
    ton_hash_destroy(h);
    return n == 0;
}

static bool read_sum(char hex[33], const char *sum) {
    const int fd = open(sum, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    char more;
    const bool whole = read(fd, hex, SUM_BYTES) == SUM_BYTES && read(fd, &more, 1) == 0;
    hex[SUM_BYTES] = '\0';
    close(fd);
    return whole;
}

bool ton_cache_take(struct ton_cache *cache, const char *path, bool hold) {
    char sum[TON_PATH_MAX], written[33], found[33];
    if (is_held(cache, path))
        return true;
    const int fd = name_sum(sum, path) && read_sum(written, sum) ? open_shared(path) : -1;
    if (fd < 0)
        return false;
    const bool whole = key_of(found, fd) && strcmp(found, written) == 0;
    if (whole)
        utimensat(AT_FDCWD, sum, NULL, 0); /* a disk that is only read keeps no time of use */
    if (whole && hold)
        hold_on(cache, path, fd);
    else
        close(fd);
    return whole;
}

enum ton_code ton_cache_draft(char out[TON_PATH_MAX], const char *path, struct ton_err *err) {
    char folder[TON_PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s", (int)(ton_path_name(path) - path), path);
    const enum ton_code code = *folder ? ton_path_make_folders(folder, err) : TON_OK;
    return code ? code : ton_path_temporary(out, path, err);
}

static enum ton_code write_sum(const char *path, int fd, struct ton_err *err) {
    char sum[TON_PATH_MAX], hex[33];
    if (!name_sum(sum, path) || !key_of(hex, fd))
        return ton_fail(err, TON_ENVIRONMENT, path, "cannot read what was written into the cache");
    return ton_path_write_loosely(sum, hex, SUM_BYTES, err);
}

/* Names come and go under a lock of the whole folder, for moments; -1 where there are no locks. */
static int lock_names(const struct ton_cache_config *config) {
    const int fd = open(config->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
        ;
    return fd;
}

static void unlock_names(int lock) {
    if (lock >= 0)
        close(lock);
}

/* The sum comes first: from the moment on that the entry has its name it is whole, and held. */
static enum ton_code publish(struct ton_cache *cache, const char *draft, const char *path,
                             bool whole, struct ton_err *err) {
    const int fd = open_shared(draft);
    enum ton_code code = fd < 0 ? ton_fail_errno(err, path, "cannot write it") : TON_OK;
    if (!code && whole)
        code = write_sum(path, fd, err);
    if (!code)
        code = ton_path_put(draft, path, err);
    if (!code)
        hold_on(cache, path, fd);
    else if (fd >= 0)
        close(fd);
    return code;
}

/* What another program has just made of the same key stays: it may be using it. */
enum ton_code ton_cache_add(struct ton_cache *cache, const char *draft, const char *path,
                            bool whole, struct ton_err *err) {
    const int lock = lock_names(&cache->config);
    const bool there = whole && ton_path_exists(path) && ton_cache_take(cache, path, true);
    const enum ton_code code = there ? TON_OK : publish(cache, draft, path, whole, err);
    unlock_names(lock);
    if (there || code)
        ton_path_abandon(draft);
    return code;
}

/* A file of the cache while it is thinned out. */
struct entry {
    char *path;
    int64_t bytes, used; /* with its sum; seconds since the epoch */
    int kind;
    bool small, sealed;
};

struct list {
    struct ton_arena *arena;
    struct entry *items;
    size_t n, capacity;
    struct ton_cache_share *shares; /* one a kind */
};

/* KEY.EXTENSION, with or without .sum. */
static bool is_ours(const char *name, const char *extension, bool *sum) {
    if (strspn(name, "0123456789abcdef") != 32 || name[32] != '.')
        return false;
    const size_t n = strlen(extension);
    const char *rest = name + 33;
    *sum = strncmp(rest, extension, n) == 0 && strcmp(rest + n, ".sum") == 0;
    return *sum || strcmp(rest, extension) == 0;
}

/* A sum whose entry is gone, and is not just about to come. */
static void clear_sum(const char *sum, const char *path, const struct stat *info) {
    if (!ton_path_exists(path) && info->st_mtime < time(NULL) - HOUR_S)
        unlink(sum);
}

static void add_to(struct ton_cache_share *share, const struct entry *e) {
    share->entries += e->sealed;
    share->bytes += e->bytes;
    if (e->sealed && e->used > share->last_used)
        share->last_used = e->used;
}

static void list_file(struct list *list, const struct ton_cache_config *config, int k,
                      const char *folder, const char *name) {
    const struct ton_cache_kind *kind = &config->kinds[k];
    struct stat info, sum_info;
    bool sum = false;
    char *path =
        is_ours(name, kind->extension, &sum) ? ton_path_join(list->arena, folder, name) : NULL;
    if (!path || lstat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return;
    if (sum) {
        char *of = ton_arena_copy(list->arena, path, strlen(path) - strlen(".sum"));
        if (of)
            clear_sum(path, of, &info);
        return;
    }
    char of[TON_PATH_MAX];
    const bool sealed = name_sum(of, path) && lstat(of, &sum_info) == 0;
    struct entry *e = TON_PUSH(list->arena, list->items, list->n, list->capacity);
    if (!e)
        return;
    *e = (struct entry){path, info.st_size, info.st_mtime, k, kind->small, sealed};
    if (sealed) {
        e->used = sum_info.st_mtime;
        e->bytes += sum_info.st_size;
    }
    add_to(&list->shares[k], e);
}

/* `clear`: without what programs that are no more were writing. False without memory. */
static bool list_all(struct list *list, const struct ton_cache_config *config, bool clear) {
    *list = (struct list){.arena = ton_arena_create()};
    if (!list->arena)
        return false;
    list->shares = TON_NEW_N(list->arena, struct ton_cache_share, config->n_kinds + 1);
    for (int k = 0; list->shares && k < config->n_kinds; k++) {
        const struct ton_cache_kind *kind = &config->kinds[k];
        const char *folder = ton_path_join(list->arena, config->folder, kind->folder);
        char **names = NULL;
        size_t n = 0;
        if (folder && clear)
            ton_path_clear_dead(list->arena, folder);
        if (folder && ton_path_list(&names, &n, list->arena, folder, NULL))
            continue;
        for (size_t i = 0; i < n; i++)
            list_file(list, config, k, folder, names[i]);
    }
    return list->shares && !ton_arena_failed(list->arena);
}

/* Small ones last; what nobody can use first, then what was used longest ago. */
static int by_use(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    if (x->small != y->small)
        return x->small ? 1 : -1;
    if (x->sealed != y->sealed)
        return x->sealed ? 1 : -1;
    return x->used != y->used ? (x->used < y->used ? -1 : 1) : strcmp(x->path, y->path);
}

/* Only who has the lock alone. Where the disk has no locks, a day without use must do. */
static bool remove_entry(const struct entry *e) {
    char sum[TON_PATH_MAX];
    const int fd = open(e->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool mine = flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (!mine && errno != EWOULDBLOCK)
        mine = e->used < time(NULL) - DAY_S;
    if (mine && name_sum(sum, e->path))
        unlink(sum);
    mine = mine && unlink(e->path) == 0;
    close(fd);
    return mine;
}

/* At most half of what a number holds, so that sums with it are numbers too. */
static int64_t free_bytes(const char *folder) {
    const int64_t most = INT64_MAX / 2;
    struct statvfs disk;
    if (statvfs(folder, &disk) != 0)
        return most;
    const uint64_t size = disk.f_frsize ? disk.f_frsize : 1;
    return disk.f_bavail < (uint64_t)most / size ? (int64_t)(disk.f_bavail * size) : most;
}

/* Until when entries go. */
struct wish {
    int64_t bytes; /* so many may be left, of small kinds too where those go with the others */
    int64_t room;  /* so many must be free on the disk */
    int64_t old; /* of small kinds go those that were last used before; INT64_MAX: as the others */
};

/* How far it is. */
struct state {
    int64_t bytes, room;
    bool helps; /* what would not be enough room is not taken */
};

static bool counts(const struct entry *e, const struct wish *wish) {
    return !e->small || wish->old == INT64_MAX;
}

static bool must_go(const struct entry *e, const struct wish *wish, const struct state *now) {
    if (!counts(e, wish))
        return e->used < wish->old;
    return !e->sealed || now->bytes > wish->bytes || (now->helps && now->room < wish->room);
}

/* Whether the disk has the room. `gone`, one a kind, gets what went; NULL: nobody asks. */
static bool sweep(struct ton_cache_share *gone, const struct ton_cache_config *config,
                  const struct wish *wish) {
    struct list list;
    struct state now = {.room = 0};
    const int lock = lock_names(config);
    if (list_all(&list, config, true)) {
        now.room = free_bytes(config->folder);
        for (size_t i = 0; i < list.n; i++)
            now.bytes += counts(&list.items[i], wish) ? list.items[i].bytes : 0;
        now.helps = now.room + now.bytes >= wish->room;
        if (list.n)
            qsort(list.items, list.n, sizeof *list.items, by_use);
        for (size_t i = 0; i < list.n; i++) {
            const struct entry *e = &list.items[i];
            if (!must_go(e, wish, &now) || !remove_entry(e))
                continue;
            now.bytes -= counts(e, wish) ? e->bytes : 0;
            now.room += e->bytes;
            if (gone)
                add_to(&gone[e->kind], e);
        }
    }
    unlock_names(lock);
    ton_arena_destroy(list.arena);
    return now.room >= wish->room;
}

/* Until the limit holds what is there and `more`, and the disk has room for that and for what is
 * `beside`: whether it has. */
static bool thin_out(const struct ton_cache_config *config, int64_t more, int64_t beside) {
    const struct wish wish = {config->limit - more, more + beside, time(NULL) - MONTH_S};
    return sweep(NULL, config, &wish);
}

bool ton_cache_make_room(struct ton_cache *cache, int64_t bytes, int64_t beside) {
    return !ton_path_make_folders(cache->config.folder, NULL) &&
           thin_out(&cache->config, bytes, beside);
}

void ton_cache_close(struct ton_cache *cache) {
    if (!cache)
        return;
    for (size_t i = 0; i < cache->n_held; i++) {
        close(cache->held[i].fd);
        ton_free(cache->held[i].path);
    }
    thin_out(&cache->config, 0, 0);
    pthread_mutex_destroy(&cache->lock);
    ton_free(cache->held);
    ton_free(cache);
}

void ton_cache_survey(struct ton_cache_share *shares, const struct ton_cache_config *config) {
    struct list list;
    const bool good = list_all(&list, config, false);
    for (int k = 0; k < config->n_kinds; k++)
        shares[k] = good ? list.shares[k] : (struct ton_cache_share){0};
    ton_arena_destroy(list.arena);
}

void ton_cache_prune(struct ton_cache_share *gone, const struct ton_cache_config *config,
                     int64_t bytes) {
    const struct wish wish = {.bytes = bytes, .old = INT64_MAX};
    for (int k = 0; k < config->n_kinds; k++)
        gone[k] = (struct ton_cache_share){0};
    sweep(gone, config, &wish);
}
