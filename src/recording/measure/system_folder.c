/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where takes of a load go: a hidden folder that one check made and holds locked as long as it
 * runs. What a killed one left is known by its name, its owner, and by nobody holding it. Whatever
 * a check did not make itself stays, and no link is followed. */
#include "system.h"

#include "ton/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define BEGINNING ".ton-system-check-"
#define ENDING "XXXXXX" /* what mkdtemp makes unique */
enum { TRIES = 8 };

static bool is_name(const char *name) {
    return ton_text_starts(name, BEGINNING) && strlen(name) == strlen(BEGINNING ENDING);
}

/* Also by the name that it has until its header is written. */
static bool is_take(const char *name) {
    int length = 0;
    (void)sscanf(name, ".ton-%*d-%*u-%n", &length);
    name += length;
    length = 0;
    (void)sscanf(name, SYSTEM_STEM "%*u_01.wav%n", &length);
    return length > 0 && name[length] == '\0';
}

static int open_itself(int parent, const char *name) {
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Closes `fd` last: as long as it is held, nobody else takes the folder for his own. */
static void remove_held(int fd, int parent, const char *name) {
    DIR *folder = fdopendir(fd);
    if (!folder) {
        close(fd);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(folder));)
        if (is_take(entry->d_name))
            unlinkat(fd, entry->d_name, 0);
    unlinkat(parent, name, AT_REMOVEDIR); /* refuses where a stranger's file is left */
    closedir(folder);
}

static void clear_dead(int parent, const char *name) {
    struct stat info;
    const int fd = open_itself(parent, name);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &info) == 0 && info.st_uid == geteuid())
        remove_held(fd, parent, name);
    else
        close(fd);
}

void system_folder_clear(const char *parent) {
    /* Whether another computer holds a lock, a network disk does not always know. */
    DIR *folder = ton_path_disk(parent) == TON_DISK_LOCAL ? opendir(parent) : NULL;
    if (!folder)
        return;
    for (const struct dirent *entry; (entry = readdir(folder));)
        if (is_name(entry->d_name))
            clear_dead(dirfd(folder), entry->d_name);
    closedir(folder);
}

/* Another check may have taken it for a dead one's before it was held. */
static bool hold(struct system_folder *f) {
    struct stat held, there;
    f->fd = open_itself(AT_FDCWD, f->path);
    if (f->fd < 0)
        return false;
    while (flock(f->fd, LOCK_EX) != 0 && errno == EINTR)
        ; /* a disk without locks does without */
    if (fstat(f->fd, &held) == 0 && lstat(f->path, &there) == 0 && held.st_dev == there.st_dev &&
        held.st_ino == there.st_ino)
        return true;
    close(f->fd);
    f->fd = -1;
    return false;
}

enum ton_code system_folder_make(struct system_folder *f, const char *parent, struct ton_err *err) {
    f->fd = -1;
    errno = ENAMETOOLONG;
    for (int i = 0; i < TRIES; i++) {
        const int n = snprintf(f->path, sizeof f->path, "%s/" BEGINNING ENDING, parent);
        if (n >= (int)sizeof f->path || !mkdtemp(f->path))
            break;
        if (hold(f))
            return TON_OK;
        rmdir(f->path);
    }
    return ton_fail_errno(err, parent, "takes cannot be written here");
}

void system_folder_remove(struct system_folder *f) {
    if (f->fd >= 0)
        remove_held(f->fd, AT_FDCWD, f->path);
    f->fd = -1;
}
