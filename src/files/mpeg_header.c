/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks for the frame in front of an MP3 that tells its length. */
#include "mpeg_header.h"
#include "bytes.h"

#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

/* ID3v2: ten bytes, then as many as four times seven bits say (id3.org, ID3v2.4.0, 3.1). */
static int64_t after_id3(int fd) {
    unsigned char h[10];
    if (pread(fd, h, 10, 0) != 10 || memcmp(h, "ID3", 3) != 0)
        return 0;
    return 10 + ((int64_t)h[6] << 21 | (int64_t)h[7] << 14 | (int64_t)h[8] << 7 | h[9]);
}

/* A Xing or Info mark is followed by flags, the number of frames (flag 1) and of bytes (flag 2);
 * the count of bytes may differ by a tag or two from the file's. */
static bool is_cut(const unsigned char *mark, size_t n, int64_t bytes_there) {
    if (n < 16 || memcmp(mark, "VBRI", 4) == 0 || !(be32(mark + 4) & 2))
        return false;
    const int64_t promised = be32(mark + (be32(mark + 4) & 1 ? 12 : 8));
    return promised - promised / 128 > bytes_there;
}

bool mpeg_tells_length(int fd) {
    static const char *const marks[] = {"Xing", "Info", "VBRI"};
    unsigned char first[4096]; /* a frame has at most 1729 bytes; some tags are padded */
    const int64_t start = after_id3(fd);
    const ssize_t n = pread(fd, first, sizeof first, start);
    struct stat st;
    for (size_t i = 0; n > 0 && i < sizeof marks / sizeof marks[0]; i++) {
        const unsigned char *mark = memmem(first, (size_t)n, marks[i], 4);
        if (mark)
            return fstat(fd, &st) == 0 &&
                   !is_cut(mark, (size_t)(first + n - mark), st.st_size - start);
    }
    return false;
}

bool mpeg_starts_here(int fd) {
    unsigned char sync[2];
    return pread(fd, sync, 2, after_id3(fd)) == 2 && sync[0] == 0xff && (sync[1] & 0xe0) == 0xe0;
}
