/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file under every encoder: remembers the first failed write and never leaves a part of a file.
 */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

enum { HELD_BYTES = 1 << 17 };

void (*sink_delayed)(void);

/* What is appended to cannot be corrected either. */
static bool is_stream(int fd) {
    return lseek(fd, 0, SEEK_CUR) != 0 || (fcntl(fd, F_GETFL) & O_APPEND);
}

/* Its temporary is itself: nothing is renamed, nothing removed. */
static enum ton_code open_descriptor(struct sink *s, int descriptor, struct ton_err *err) {
    snprintf(s->temporary, sizeof s->temporary, "%s", s->path);
    s->fd = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (s->fd < 0)
        return ton_fail_errno(err, s->path, "cannot write");
    s->stream = is_stream(s->fd);
    return TON_OK;
}

enum ton_code sink_open(struct sink *s, const char *path, int descriptor, struct ton_err *err) {
    *s = (struct sink){.fd = -1};
    if (strlen(path) >= sizeof s->path)
        return ton_fail(err, TON_INPUT, path, "the path is longer than %d bytes", TON_PATH_MAX - 1);
    snprintf(s->path, sizeof s->path, "%s", path);
    if (descriptor)
        return open_descriptor(s, descriptor, err);
    enum ton_code code = ton_path_temporary(s->temporary, path, err);
    if (code != TON_OK)
        return code;
    s->fd = ton_path_open_temporary(s->temporary);
    if (s->fd >= 0) {
        s->stream = is_stream(s->fd);
        s->held = s->stream ? NULL : ton_alloc(HELD_BYTES); /* without memory it goes too */
        return TON_OK;
    }
    code = ton_fail_errno(err, path, "cannot write");
    ton_path_abandon(s->temporary);
    return code;
}

static void write_all(struct sink *s, const char *p, size_t size) {
    if (size && sink_delayed)
        sink_delayed();
    while (size && !s->failed) {
        const ssize_t n = write(s->fd, p, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            s->failed = n < 0 ? errno : EIO;
            break;
        }
        p += n;
        size -= (size_t)n;
    }
}

bool sink_flush(struct sink *s) {
    write_all(s, s->held, s->n_held);
    s->n_held = 0;
    return !s->failed;
}

/* Some file systems cannot; that is no failure of the write. */
bool sink_sync(struct sink *s) {
    if (sink_flush(s) && fdatasync(s->fd) != 0 && errno != EINVAL && errno != ENOTSUP)
        s->failed = errno;
    return !s->failed;
}

bool sink_write(struct sink *s, const void *data, size_t size) {
    if (s->n_held + size > HELD_BYTES)
        sink_flush(s);
    if (!s->held || size > HELD_BYTES) {
        write_all(s, data, size);
    } else {
        memcpy(s->held + s->n_held, data, size);
        s->n_held += size;
    }
    s->position += (int64_t)size;
    if (s->position > s->size)
        s->size = s->position;
    return !s->failed;
}

bool sink_seek(struct sink *s, int64_t position) {
    if (sink_flush(s) && lseek(s->fd, position, SEEK_SET) < 0)
        s->failed = errno;
    s->position = position;
    return !s->failed;
}

enum ton_code sink_check(const struct sink *s, struct ton_err *err) {
    if (!s->failed)
        return TON_OK;
    errno = s->failed;
    ton_fail_errno(err, s->path, "cannot write");
    if (err)
        err->code = TON_ENVIRONMENT;
    return TON_ENVIRONMENT;
}

enum ton_code sink_name(struct sink *s, struct ton_err *err) {
    if (!sink_flush(s))
        return sink_check(s, err);
    (void)flock(s->fd, LOCK_EX | LOCK_NB); /* where a disk has locks */
    const enum ton_code code = ton_path_put_new(s->temporary, s->path, err);
    if (code == TON_OK)
        s->temporary[0] = '\0';
    else if (errno == EEXIST)
        return ton_fail(err, TON_ENVIRONMENT, s->path,
                        "is there already, and is never written over");
    return code;
}

enum ton_code sink_commit(struct sink *s, bool loosely, struct ton_err *err) {
    const int fd = s->fd;
    sink_flush(s);
    ton_free(s->held);
    s->held = NULL;
    s->fd = -1;
    if (fd >= 0 && close(fd) != 0 && !s->failed)
        s->failed = errno;
    enum ton_code code = sink_check(s, err);
    if (code != TON_OK)
        sink_abandon(s);
    else if (s->temporary[0])
        code = loosely ? ton_path_put(s->temporary, s->path, err)
                       : ton_path_commit(s->temporary, s->path, err);
    return code;
}

void sink_abandon(struct sink *s) {
    ton_free(s->held);
    s->held = NULL;
    s->n_held = 0;
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    if (s->temporary[0])
        ton_path_abandon(s->temporary);
}
