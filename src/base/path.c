/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of files, reading small files whole, folders. Writing is in path_write.c. */
#include "ton/path.h"
#include "ton/rt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

char *ton_path_join(struct ton_arena *a, const char *folder, const char *name) {
    if (name[0] == '/' || folder[0] == '\0' || strcmp(folder, ".") == 0)
        return ton_arena_text(a, name);
    const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
    return ton_arena_printf(a, "%s%s%s", folder, slash, name);
}

const char *ton_path_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *ton_path_extension(const char *path) {
    const char *name = ton_path_name(path);
    const char *dot = strrchr(name, '.');
    /* ".hidden" has none. */
    return dot && dot != name ? dot + 1 : "";
}

char *ton_path_folder(struct ton_arena *a, const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ton_arena_text(a, ".");
    return ton_arena_copy(a, path, slash == path ? 1 : (size_t)(slash - path));
}

char *ton_path_stem(struct ton_arena *a, const char *path) {
    const char *name = ton_path_name(path);
    const char *extension = ton_path_extension(path);
    size_t length = strlen(name);
    if (*extension)
        length = (size_t)(extension - name) - 1;
    return ton_arena_copy(a, name, length);
}

bool ton_path_exists(const char *path) {
    ton_rt_forbid("stat");
    struct stat info;
    return stat(path, &info) == 0;
}

bool ton_path_is_folder(const char *path) {
    ton_rt_forbid("stat");
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool ton_path_same(const char *a, const char *b) {
    ton_rt_forbid("stat");
    struct stat info_a, info_b;
    return stat(a, &info_a) == 0 && stat(b, &info_b) == 0 && info_a.st_ino == info_b.st_ino &&
           info_a.st_dev == info_b.st_dev;
}

bool ton_path_is_link(const char *path) {
    ton_rt_forbid("lstat");
    struct stat info;
    return lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
}

enum ton_disk ton_path_disk(const char *path) {
    /* linux/magic.h, and fs/ of the kernel for SMB2 and 9P */
    static const unsigned network[] = {
        0x6969,     /* NFS */
        0x517B,     /* SMB */
        0xFE534D42, /* SMB2 */
        0xFF534D42, /* CIFS */
        0x5346414F, /* AFS */
        0x00C36400, /* Ceph */
        0x01021997, /* 9P */
    };
    struct statvfs mount;
    struct statfs disk;
    if (statvfs(path, &mount) == 0 && mount.f_flag & ST_RDONLY)
        return TON_DISK_READ_ONLY;
    for (size_t i = 0; statfs(path, &disk) == 0 && i < sizeof network / sizeof *network; i++)
        if ((unsigned)disk.f_type == network[i])
            return TON_DISK_NETWORK;
    return TON_DISK_LOCAL;
}

int64_t ton_path_size(const char *path) {
    ton_rt_forbid("stat");
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) ? (int64_t)info.st_size : -1;
}

static enum ton_code make_folder(const char *path, struct ton_err *err) {
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && ton_path_is_folder(path)))
        return TON_OK;
    if (errno == EEXIST)
        return ton_fail(err, TON_INPUT, path, "is a file, a folder was expected");
    return ton_fail_errno(err, path, "cannot make the folder");
}

enum ton_code ton_path_make_folders(const char *path, struct ton_err *err) {
    ton_rt_forbid("mkdir");
    char part[TON_PATH_MAX];
    size_t length = strlen(path);
    if (length == 0)
        return TON_OK;
    if (length >= sizeof part) {
        errno = ENAMETOOLONG;
        return ton_fail_errno(err, path, "cannot make the folder");
    }
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        enum ton_code code = ton_path_is_folder(part) ? TON_OK : make_folder(part, err);
        if (code != TON_OK)
            return code;
    }
    return TON_OK;
}

static enum ton_code read_all(int fd, char *data, size_t size, size_t *n_read, const char *path,
                              struct ton_err *err) {
    *n_read = 0;
    while (*n_read < size) {
        ssize_t n = read(fd, data + *n_read, size - *n_read);
        if (n == 0)
            break; /* it shrank since it was opened */
        if (n < 0 && errno != EINTR)
            return ton_fail_errno(err, path, "cannot read it");
        if (n > 0)
            *n_read += (size_t)n;
    }
    return TON_OK;
}

static enum ton_code read_open(int fd, char **out, size_t *size, struct ton_arena *a,
                               const char *path, size_t limit, struct ton_err *err) {
    struct stat info;
    if (fstat(fd, &info) != 0)
        return ton_fail_errno(err, path, "cannot read it");
    if (!S_ISREG(info.st_mode))
        return ton_fail(err, TON_INPUT, path, "is %s, a file was expected",
                        S_ISDIR(info.st_mode) ? "a folder" : "no regular file");
    if ((uint64_t)info.st_size > limit)
        return ton_fail(err, TON_INPUT, path, "has %lld bytes, at most %zu can be read",
                        (long long)info.st_size, limit);
    char *data = ton_arena_alloc(a, (size_t)info.st_size + 1);
    if (!data)
        return ton_fail(err, TON_MEMORY, path, "there is not enough memory");
    size_t n = 0;
    enum ton_code code = read_all(fd, data, (size_t)info.st_size, &n, path, err);
    if (code != TON_OK)
        return code;
    data[n] = '\0';
    *out = data;
    if (size)
        *size = n;
    return TON_OK;
}

enum ton_code ton_path_read(char **out, size_t *size, struct ton_arena *a, const char *path,
                            size_t limit, struct ton_err *err) {
    ton_rt_forbid("open");
    /* Without blocking, or a FIFO would wait for its writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return ton_fail_errno(err, path, "cannot open it");
    enum ton_code code = read_open(fd, out, size, a, path, limit, err);
    close(fd);
    return code;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum ton_code list_open(DIR *folder, char ***names, size_t *n, struct ton_arena *a,
                               const char *path, struct ton_err *err) {
    size_t capacity = 0;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry && errno != 0)
            return ton_fail_errno(err, path, "cannot read the folder");
        if (!entry)
            break;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char **slot = TON_PUSH(a, *names, *n, capacity);
        if (slot)
            *slot = ton_arena_text(a, entry->d_name);
        if (!slot || !*slot)
            return ton_fail(err, TON_MEMORY, path, "there is not enough memory");
    }
    if (*n > 1)
        qsort(*names, *n, sizeof **names, compare_names);
    return TON_OK;
}

enum ton_code ton_path_list(char ***names, size_t *n, struct ton_arena *a, const char *folder,
                            struct ton_err *err) {
    ton_rt_forbid("opendir");
    *names = NULL;
    *n = 0;
    DIR *open = opendir(folder);
    if (!open)
        return ton_fail_errno(err, folder, "cannot open the folder");
    enum ton_code code = list_open(open, names, n, a, folder, err);
    closedir(open);
    if (code != TON_OK)
        *n = 0;
    return code;
}
