/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast takes get onto the disk. A kernel keeps what is written in memory and lies about it, so
 * every piece is waited for until it is on the disk. */
#include "system.h"

#include "ton/order.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { CHUNK = 4 << 20, CHUNKS_A_PIECE = 4, PIECE = CHUNK * CHUNKS_A_PIECE };
static const double LONG_S = 2; /* longer than a kernel keeps the small and the new to itself */
static const int64_t MOST_BYTES = INT64_C(1) << 30;

/* Nothing that a file system or a drive could make smaller. */
static void fill(uint32_t *words, size_t n) {
    uint32_t state = 1;
    for (size_t i = 0; i < n; i++) {
        state ^= state << 13; /* Marsaglia, Xorshift RNGs, 2003 */
        state ^= state >> 17;
        state ^= state << 5;
        words[i] = state;
    }
}

static bool write_all(int file, const char *data, size_t left) {
    while (left > 0) {
        const ssize_t n = write(file, data, left);
        if (n <= 0)
            return false;
        data += n;
        left -= (size_t)n;
    }
    return true;
}

static bool write_piece(int file, const char *chunk) {
    for (int i = 0; i < CHUNKS_A_PIECE; i++)
        if (!write_all(file, chunk, CHUNK))
            return false;
    return fdatasync(file) == 0;
}

static double seconds_since(int64_t ns) {
    return 1e-9 * (double)(ton_clock_ns() - ns);
}

static enum ton_code write_pieces(struct ton_system_disk *out, int file, const char *chunk,
                                  const struct ton_system_check_config *c, struct ton_err *err) {
    const int64_t begin = ton_clock_ns(), most = ton_least(MOST_BYTES, out->free_bytes / 4);
    const double most_s = fmin(LONG_S, c->seconds);
    enum ton_code code = TON_OK;
    for (int64_t written = PIECE; written <= most && seconds_since(begin) < most_s && !code;
         written += PIECE) {
        const int64_t before = ton_clock_ns();
        if (!write_piece(file, chunk))
            return ton_fail_errno(err, c->folder, "takes cannot be written here");
        const double this = PIECE / seconds_since(before);
        out->bytes_s = (double)written / seconds_since(begin);
        out->slowest_bytes_s = out->slowest_bytes_s > 0 ? fmin(out->slowest_bytes_s, this) : this;
        code = ton_stop_check(err);
    }
    return code;
}

/* Without a name from the beginning: whatever happens, it does not stay. */
static int open_unseen(const char *folder) {
    char name[TON_PATH_MAX], path[TON_PATH_MAX];
    errno = ENAMETOOLONG;
    if (snprintf(path, sizeof path, "%s/system", folder) >= (int)sizeof path ||
        ton_path_temporary(name, path, NULL) != TON_OK)
        return -1;
    const int file = ton_path_open_temporary(name);
    const int why = errno;
    ton_path_abandon(name);
    errno = why;
    return file;
}

static enum ton_code measure(struct ton_system_disk *out, const struct ton_system_check_config *c,
                             struct ton_err *err) {
    char *chunk = ton_alloc(CHUNK);
    if (!chunk)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to write from");
    fill((uint32_t *)(void *)chunk, CHUNK / sizeof(uint32_t));
    const int file = open_unseen(c->folder);
    const enum ton_code code = file < 0
                                   ? ton_fail_errno(err, c->folder, "takes cannot be written here")
                                   : write_pieces(out, file, chunk, c, err);
    if (file >= 0)
        close(file);
    ton_free(chunk);
    return code;
}

enum ton_code system_disk(struct ton_system_disk *out, const struct ton_system_check_config *config,
                          struct ton_err *err) {
    struct statvfs disk;
    *out = (struct ton_system_disk){.kind = ton_path_disk(config->folder),
                                    .free_bytes = -1,
                                    .hours = (double)NAN,
                                    .needed_bytes_s =
                                        (double)config->rate * config->bits / 8 * config->n_inputs};
    if (statvfs(config->folder, &disk) != 0)
        return ton_fail_errno(err, config->folder, "takes cannot be written here");
    out->free_bytes = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
    if (out->needed_bytes_s > 0)
        out->hours = (double)out->free_bytes / out->needed_bytes_s / 3600;
    return measure(out, config, err);
}
