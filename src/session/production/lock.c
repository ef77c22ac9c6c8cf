/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One writer of a production at a time. The production's folder itself is locked, so nothing has to
 * be written or cleaned up, and the kernel lets go when the program ends, however it ends. */

#include "ton/path.h"
#include "ton/production.h"
#include "ton/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The process that holds the lock, from a line of /proc/locks: `1: FLOCK ADVISORY WRITE 4711
 * fe:01:123 0 EOF` (proc(5)). */
static long holder_in(const char *line, const struct stat *folder) {
    long pid;
    unsigned major_id, minor_id;
    unsigned long inode;
    if (sscanf(line, "%*d: FLOCK %*s %*s %ld %x:%x:%lu", &pid, &major_id, &minor_id, &inode) != 4)
        return 0;
    return inode == folder->st_ino && major_id == major(folder->st_dev) &&
                   minor_id == minor(folder->st_dev)
               ? pid
               : 0;
}

/* 0: nobody knows. */
static long find_holder(int lock) {
    char line[256];
    struct stat folder;
    FILE *locks = fopen("/proc/locks", "re");
    long pid = 0;
    while (locks && pid <= 0 && fgets(line, sizeof line, locks))
        pid = fstat(lock, &folder) == 0 ? holder_in(line, &folder) : 0;
    if (locks)
        fclose(locks);
    return pid > 0 ? pid : 0;
}

/* What it was started as: `ton record`. */
static void name_process(char *out, size_t size, long pid) {
    char path[64], words[256] = "";
    snprintf(path, sizeof path, "/proc/%ld/cmdline", pid);
    FILE *file = fopen(path, "re");
    const size_t n = file ? fread(words, 1, sizeof words - 1, file) : 0;
    if (file)
        fclose(file);
    const size_t first = strlen(words);
    const char *verb = first + 1 < n ? words + first + 1 : "";
    const bool plain = *verb && !verb[strspn(verb, "abcdefghijklmnopqrstuvwxyz")];
    snprintf(out, size, "process %ld, `%.60s%s%.20s`,", pid, ton_path_name(words), plain ? " " : "",
             plain ? verb : "");
}

static int open_folder(const char *folder) {
    return open(*folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* A file system without locks is no reason not to work. */
static bool is_refused(int lock, int how) {
    return flock(lock, how | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

bool ton_production_is_locked(const char *folder) {
    int lock = open_folder(folder);
    const bool held = lock >= 0 && is_refused(lock, LOCK_SH);
    ton_production_unlock(&lock);
    return held;
}

/* Who only asks whether it is held has it for a moment. */
static bool is_held(int lock) {
    enum { TRIES = 5, PAUSE_NS = 2000000 };
    bool held = is_refused(lock, LOCK_EX);
    for (int i = 1; i < TRIES && held; i++) {
        ton_nap(PAUSE_NS);
        held = is_refused(lock, LOCK_EX);
    }
    return held;
}

enum ton_code ton_production_lock(int *lock, const char *folder, struct ton_err *err) {
    char who[160] = "`ton`";
    *lock = open_folder(folder);
    if (*lock < 0 && (errno == ENOENT || errno == ENOTDIR))
        return TON_OK; /* who reads it says so better */
    if (*lock < 0)
        return ton_fail_errno(err, folder, "cannot open the production's folder");
    if (!is_held(*lock))
        return TON_OK;
    const long pid = find_holder(*lock);
    if (pid)
        name_process(who, sizeof who, pid);
    ton_production_unlock(lock);
    return ton_fail(err, TON_ENVIRONMENT, NULL,
                    "another %s is writing to this production at this moment; try again when it is "
                    "done",
                    who);
}

void ton_production_unlock(int *lock) {
    if (*lock >= 0)
        close(*lock);
    *lock = -1;
}
