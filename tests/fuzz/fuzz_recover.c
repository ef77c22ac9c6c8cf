/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the completing of takes that a crash left: what was completed once is whole, and nothing
 * that was no partial frame is cut off. The bytes lie in memory, under a name in /proc. */
#include "ton/take_recover.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds) {
    if (!holds)
        __builtin_trap();
}

static int64_t size_of(int fd) {
    struct stat st;
    check(fstat(fd, &st) == 0);
    return st.st_size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { MOST_FRAME = 65535 };
    char path[64];
    int64_t frames = 0, found = -1, again = -1;
    struct ton_err err = {0};
    const int fd = memfd_create("take", MFD_CLOEXEC);
    check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (ton_take_recover(&frames, &found, path, &err) == TON_OK) {
        check(frames >= 0 && found >= 0 && found <= frames && frames <= (int64_t)size);
        const int64_t now = size_of(fd);
        check(now <= (int64_t)size + 1 && now > (int64_t)size - MOST_FRAME);
        check(ton_take_recover(&again, &found, path, &err) == TON_OK);
        check(again == frames && found == 0 && size_of(fd) == now);
    } else {
        check(err.code == TON_INPUT && err.text[0] && size_of(fd) == (int64_t)size);
        check(frames == -1 && found == 0);
    }
    close(fd);
    return 0;
}
