/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing so that a name is the old file or the whole new one, whatever happens in between.
 *
 * Temporaries that are open business sit in a list whose nodes are never freed, only used again:
 * so the sweep needs no lock and may run in a signal handler while other threads add to it. */
#include "ton/path.h"
#include "ton/rt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum state { UNUSED, CLAIMED, OPEN };

struct pending {
    struct pending *next; /* set once, before the node can be seen */
    atomic_int state;
    atomic_uint number;      /* of the temporary, as in its name; no other ever has it */
    char path[TON_PATH_MAX]; /* read by whoever took the state from OPEN to CLAIMED */
};

static _Atomic(struct pending *) all_pending;

static struct pending *claim(void) {
    for (struct pending *p = atomic_load(&all_pending); p; p = p->next) {
        int expected = UNUSED;
        if (atomic_compare_exchange_strong(&p->state, &expected, CLAIMED))
            return p;
    }
    struct pending *p = ton_alloc(sizeof *p);
    if (!p)
        return NULL;
    atomic_store(&p->state, CLAIMED);
    p->next = atomic_load(&all_pending);
    while (!atomic_compare_exchange_weak(&all_pending, &p->next, p))
        ;
    return p;
}

/* What follows `.ton-PROCESS-NUMBER-` in a temporary's name; NULL when it is none. */
static const char *parse_name(const char *name, long *process, unsigned *number) {
    int length = 0;
    return sscanf(name, ".ton-%ld-%u-%n", process, number, &length) == 2 && length ? name + length
                                                                                   : NULL;
}

/* Takes `path` off the list; false when it never was there (a device, written in place). Goes by
 * the number in the name, for the paths of other nodes may be written at this moment. */
static bool forget(const char *path) {
    long process;
    unsigned number;
    if (!parse_name(ton_path_name(path), &process, &number))
        return false;
    for (struct pending *p = atomic_load(&all_pending); p; p = p->next) {
        int expected = OPEN;
        if (atomic_load(&p->number) == number)
            return atomic_compare_exchange_strong(&p->state, &expected, UNUSED);
    }
    return false;
}

void ton_path_sweep(void) {
    for (struct pending *p = atomic_load(&all_pending); p; p = p->next) {
        int expected = OPEN;
        if (atomic_compare_exchange_strong(&p->state, &expected, CLAIMED)) {
            unlink(p->path);
            atomic_store(&p->state, UNUSED);
        }
    }
}

static bool is_younger(const char *path, time_t seconds) {
    struct stat info;
    return lstat(path, &info) != 0 || info.st_mtime > time(NULL) - seconds;
}

void ton_path_clear_dead(struct ton_arena *a, const char *folder) {
    enum { HOUR_S = 60 * 60, DAY_S = 24 * HOUR_S };
    char **names = NULL;
    size_t n = 0;
    if (ton_path_list(&names, &n, a, folder, NULL) != TON_OK)
        return;
    const time_t age = ton_path_disk(folder) == TON_DISK_NETWORK ? DAY_S : HOUR_S;
    for (size_t i = 0; i < n; i++) {
        long process;
        unsigned number;
        if (!parse_name(names[i], &process, &number) || process < 1 ||
            kill((pid_t)process, 0) == 0 || errno != ESRCH)
            continue;
        const char *path = ton_path_join(a, folder, names[i]);
        if (path && !is_younger(path, age))
            unlink(path);
    }
}

enum ton_code ton_path_resolve(const char **out, struct ton_arena *a, const char *path,
                               struct ton_err *err) {
    struct stat info;
    char target[TON_PATH_MAX];
    *out = path;
    if (lstat(path, &info) != 0 || !S_ISLNK(info.st_mode))
        return TON_OK;
    if (!realpath(path, target))
        return ton_fail_errno(err, path, "is a link that cannot be followed");
    *out = ton_arena_text(a, target);
    return *out ? TON_OK : ton_fail(err, TON_MEMORY, path, "there is not enough memory");
}

enum ton_code ton_path_temporary(char out[TON_PATH_MAX], const char *path, struct ton_err *err) {
    ton_rt_forbid("ton_path_temporary");
    static atomic_uint counter;
    struct stat there;
    const bool exists = lstat(path, &there) == 0;
    const char *name = ton_path_name(path);
    if (exists && S_ISDIR(there.st_mode))
        return ton_fail(err, TON_INPUT, path, "is a folder, the name of a file was expected");
    if (*name == '\0')
        return ton_fail(err, TON_INPUT, path, "names a folder, the name of a file was expected");
    if (exists && !S_ISREG(there.st_mode) && !S_ISLNK(there.st_mode)) {
        /* A device or FIFO is written in place: a rename would replace it by a file. */
        snprintf(out, TON_PATH_MAX, "%s", path);
        return TON_OK;
    }
    const int folder = (int)(name - path);
    long process;
    unsigned number;
    const char *drafted = parse_name(name, &process, &number);
    if (drafted) /* a draft's temporary is called like the draft's own file */
        name = drafted;
    /* The name's end is kept, for its extension; names may have 255 bytes. */
    size_t length = strlen(name);
    const char *end = length > 200 ? name + length - 200 : name;
    number = atomic_fetch_add(&counter, 1) + 1;
    int written = snprintf(out, TON_PATH_MAX, "%.*s.ton-%ld-%u-%s", folder, path, (long)getpid(),
                           number, end);
    if (written >= TON_PATH_MAX || strlen(path) >= TON_PATH_MAX) {
        errno = ENAMETOOLONG;
        return ton_fail_errno(err, path, "cannot write it");
    }
    struct pending *p = claim();
    if (!p)
        return ton_fail(err, TON_MEMORY, path, "there is not enough memory");
    memcpy(p->path, out, (size_t)written + 1);
    atomic_store(&p->number, number);
    atomic_store(&p->state, OPEN);
    return TON_OK;
}

void ton_path_abandon(const char *temporary) {
    ton_rt_forbid("unlink");
    if (forget(temporary))
        unlink(temporary);
}

/* Some file systems and devices cannot sync; that is no failure of the write. */
static int sync_path(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == EACCES ? 0 : -1;
    int result = fsync(fd);
    if (result != 0 && (errno == EINVAL || errno == ENOTSUP || errno == EROFS))
        result = 0;
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

static int sync_folder_of(const char *path) {
    char folder[TON_PATH_MAX];
    size_t length = (size_t)(ton_path_name(path) - path);
    snprintf(folder, sizeof folder, "%.*s", (int)length, path);
    return sync_path(length ? folder : ".");
}

enum ton_code ton_path_sync_folder(const char *path, struct ton_err *err) {
    ton_rt_forbid("ton_path_sync_folder");
    if (sync_folder_of(path) == 0)
        return TON_OK;
    return ton_fail_errno(err, path, "cannot make sure that its folder is on disk");
}

/* With `keep_old`, an existing file is never replaced, not even one that came a moment ago. */
static int put_in_place(const char *temporary, const char *target, bool keep_old) {
    if (!keep_old)
        return rename(temporary, target);
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, target, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    /* The file system does not know how; a link refuses just as well. */
    if (link(temporary, target) != 0)
        return -1;
    unlink(temporary);
    return 0;
}

/* Of the file that is replaced; a disk that cannot keep them loses nothing else. */
static void keep_permissions(const char *temporary, const char *target) {
    struct stat old;
    if (lstat(target, &old) == 0 && S_ISREG(old.st_mode) &&
        chmod(temporary, old.st_mode & 0777) != 0)
        errno = 0;
}

static enum ton_code give_up(const char *temporary, const char *path, struct ton_err *err) {
    const enum ton_code code = ton_fail_errno(err, path, "cannot write it");
    ton_path_abandon(temporary);
    return code;
}

/* As it is to be in its place, and on disk. */
static enum ton_code settle(const char *temporary, const char *path, struct ton_err *err) {
    keep_permissions(temporary, path);
    return sync_path(temporary) == 0 ? TON_OK : give_up(temporary, path, err);
}

static enum ton_code commit_settled(const char *temporary, const char *path, bool keep_old,
                                    struct ton_err *err) {
    if (put_in_place(temporary, path, keep_old) != 0)
        return give_up(temporary, path, err);
    forget(temporary);
    return ton_path_sync_folder(path, err);
}

static enum ton_code commit(const char *temporary, const char *path, bool keep_old,
                            struct ton_err *err) {
    ton_rt_forbid("ton_path_commit");
    if (strcmp(temporary, path) == 0)
        return TON_OK;
    const enum ton_code code = settle(temporary, path, err);
    return code ? code : commit_settled(temporary, path, keep_old, err);
}

enum ton_code ton_path_commit(const char *temporary, const char *path, struct ton_err *err) {
    return commit(temporary, path, false, err);
}

enum ton_code ton_path_put_new(const char *temporary, const char *path, struct ton_err *err) {
    ton_rt_forbid("ton_path_put_new");
    if (put_in_place(temporary, path, true) != 0)
        return ton_fail_errno(err, path, "cannot write it");
    forget(temporary);
    return TON_OK;
}

enum ton_code ton_path_put(const char *temporary, const char *path, struct ton_err *err) {
    ton_rt_forbid("ton_path_put");
    if (strcmp(temporary, path) == 0)
        return TON_OK;
    if (rename(temporary, path) == 0) {
        forget(temporary);
        return TON_OK;
    }
    return give_up(temporary, path, err);
}

static int write_all(int fd, const char *data, size_t size) {
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            data += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

/* Closes too: a network disk may report only there that it is full. */
static enum ton_code close_written(int fd, bool good, const char *path, struct ton_err *err) {
    int error = errno;
    if (close(fd) == 0 && good)
        return TON_OK;
    if (!good)
        errno = error;
    return ton_fail_errno(err, path, "cannot write it");
}

int ton_path_open_temporary(const char *temporary) {
    const int flags = O_RDWR | O_CREAT | O_CLOEXEC;
    int fd = open(temporary, flags | O_EXCL | O_NOFOLLOW, 0666);
    struct stat there;
    if (fd >= 0 || errno != EEXIST || lstat(temporary, &there) != 0)
        return fd;
    if (!S_ISREG(there.st_mode) && !S_ISLNK(there.st_mode)) /* a device is written in place */
        return open(temporary, (there.st_mode & S_IFMT) == S_IFIFO ? O_WRONLY | O_CLOEXEC
                                                                   : O_RDWR | O_CLOEXEC);
    /* A file that a killed process left, or a link that somebody planted: never written through. */
    unlink(temporary);
    return open(temporary, flags | O_EXCL | O_NOFOLLOW, 0666);
}

enum manner { REPLACE, KEEP_OLD, LOOSELY };

static enum ton_code write_beside(char temporary[TON_PATH_MAX], const char *path, const void *data,
                                  size_t size, struct ton_err *err) {
    enum ton_code code = ton_path_temporary(temporary, path, err);
    if (code != TON_OK)
        return code;
    int fd = ton_path_open_temporary(temporary);
    if (fd < 0)
        code = ton_fail_errno(err, path, "cannot write it");
    else
        code = close_written(fd, write_all(fd, data, size) == 0, path, err);
    if (code != TON_OK)
        ton_path_abandon(temporary);
    return code;
}

static enum ton_code write_file(const char *path, const void *data, size_t size, enum manner manner,
                                struct ton_err *err) {
    char temporary[TON_PATH_MAX];
    const enum ton_code code = write_beside(temporary, path, data, size, err);
    if (code != TON_OK)
        return code;
    return manner == LOOSELY ? ton_path_put(temporary, path, err)
                             : commit(temporary, path, manner == KEEP_OLD, err);
}

enum ton_code ton_path_write(const char *path, const void *data, size_t size, struct ton_err *err) {
    return write_file(path, data, size, REPLACE, err);
}

enum ton_code ton_path_write_new(const char *path, const void *data, size_t size,
                                 struct ton_err *err) {
    return write_file(path, data, size, KEEP_OLD, err);
}

enum ton_code ton_path_write_loosely(const char *path, const void *data, size_t size,
                                     struct ton_err *err) {
    return write_file(path, data, size, LOOSELY, err);
}

static bool is_the_same(const char *path, const void *data, size_t size) {
    struct ton_arena *arena = ton_path_size(path) == (int64_t)size ? ton_arena_create() : NULL;
    char *old = NULL;
    size_t old_size = 0;
    const bool same = arena && !ton_path_read(&old, &old_size, arena, path, size, NULL) &&
                      old_size == size && memcmp(old, data, size) == 0;
    ton_arena_destroy(arena);
    return same;
}

enum ton_code ton_path_renew(const char *path, const void *data, size_t size, struct ton_err *err) {
    return !ton_path_is_link(path) && is_the_same(path, data, size)
               ? TON_OK
               : ton_path_write(path, data, size, err);
}

enum ton_code ton_path_replace(bool *done, const char *path, const void *was, size_t was_size,
                               const void *data, size_t size, struct ton_err *err) {
    char temporary[TON_PATH_MAX];
    *done = false;
    enum ton_code code = write_beside(temporary, path, data, size, err);
    if (code == TON_OK)
        code = settle(temporary, path, err); /* takes long, so it comes before the look */
    if (code != TON_OK)
        return code;
    if (!is_the_same(path, was, was_size)) {
        ton_path_abandon(temporary);
        return TON_OK;
    }
    code = commit_settled(temporary, path, false, err);
    *done = code == TON_OK;
    return code;
}

static enum ton_code copy_bytes(int in, const char *from, int out, const char *to,
                                struct ton_err *err) {
    char block[64 * 1024];
    for (;;) {
        ssize_t n = read(in, block, sizeof block);
        if (n == 0)
            return TON_OK;
        if (n < 0 && errno != EINTR)
            return ton_fail_errno(err, from, "cannot read it");
        if (n > 0 && write_all(out, block, (size_t)n) != 0)
            return ton_fail_errno(err, to, "cannot write it");
    }
}

static enum ton_code copy_open(int in, const char *from, const char *temporary, const char *to,
                               struct ton_err *err) {
    struct stat info;
    if (fstat(in, &info) != 0)
        return ton_fail_errno(err, from, "cannot read it");
    if (!S_ISREG(info.st_mode))
        return ton_fail(err, TON_INPUT, from, "is %s, a file was expected",
                        S_ISDIR(info.st_mode) ? "a folder" : "no regular file");
    int out = ton_path_open_temporary(temporary);
    if (out < 0)
        return ton_fail_errno(err, to, "cannot write it");
    enum ton_code code = copy_bytes(in, from, out, to, err);
    /* The date is the recording's, not the copy's; a disk that cannot keep it loses nothing else.
     */
    const struct timespec times[2] = {info.st_atim, info.st_mtim};
    if (futimens(out, times) != 0)
        errno = 0;
    struct ton_err closing = {.code = TON_OK};
    close_written(out, true, to, &closing);
    if (code == TON_OK && closing.code != TON_OK) {
        code = closing.code;
        if (err)
            *err = closing;
    }
    return code;
}

enum ton_code ton_path_copy(const char *from, const char *to, struct ton_err *err) {
    struct stat info;
    if (lstat(to, &info) == 0)
        return ton_fail(err, TON_INPUT, to, "exists already and is not overwritten");
    char temporary[TON_PATH_MAX];
    enum ton_code code = ton_path_temporary(temporary, to, err);
    if (code != TON_OK)
        return code;
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (in < 0) {
        code = ton_fail_errno(err, from, "cannot open it");
    } else {
        code = copy_open(in, from, temporary, to, err);
        close(in);
    }
    if (code == TON_OK)
        return commit(temporary, to, true, err);
    ton_path_abandon(temporary);
    return code;
}
