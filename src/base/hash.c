/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Content keys (XXH3, 128 bits) and SHA-256 of files. */
#include "ton/hash.h"
#include "ton/arena.h"
#include "ton/rt.h"

#define XXH_STATIC_LINKING_ONLY
#include <openssl/evp.h>
#include <xxhash.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BLOCK = 64 * 1024 };

struct ton_hash {
    XXH3_state_t state;
};

struct ton_hash *ton_hash_create(void) {
    struct ton_hash *h = ton_alloc(sizeof *h);
    if (h)
        XXH3_128bits_reset(&h->state);
    return h;
}

void ton_hash_destroy(struct ton_hash *h) {
    ton_free(h);
}

void ton_hash_bytes(struct ton_hash *h, const void *data, size_t size) {
    if (size)
        XXH3_128bits_update(&h->state, data, size);
}

void ton_hash_text(struct ton_hash *h, const char *text) {
    /* NULL differs from "". */
    ton_hash_i64(h, text ? (int64_t)strlen(text) : -1);
    if (text)
        ton_hash_bytes(h, text, strlen(text));
}

void ton_hash_i64(struct ton_hash *h, int64_t value) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)value >> (8 * i));
    ton_hash_bytes(h, bytes, sizeof bytes);
}

void ton_hash_f64(struct ton_hash *h, double value) {
    double positive = value == 0 ? 0 : value;
    int64_t bits;
    memcpy(&bits, &positive, sizeof bits);
    ton_hash_i64(h, bits);
}

void ton_hash_key(struct ton_hash *h, struct ton_key key) {
    ton_hash_i64(h, (int64_t)key.low);
    ton_hash_i64(h, (int64_t)key.high);
}

struct ton_key ton_hash_result(const struct ton_hash *h) {
    XXH128_hash_t hash = XXH3_128bits_digest(&h->state);
    return (struct ton_key){.low = hash.low64, .high = hash.high64};
}

bool ton_key_same(struct ton_key a, struct ton_key b) {
    return a.low == b.low && a.high == b.high;
}

char *ton_key_hex(char out[33], struct ton_key key) {
    snprintf(out, 33, "%016llx%016llx", (unsigned long long)key.high, (unsigned long long)key.low);
    return out;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool ton_key_from_hex(struct ton_key *out, const char *hex) {
    uint64_t halves[2] = {0, 0};
    for (int i = 0; i < 32; i++) {
        int digit = hex_digit(hex[i]);
        if (digit < 0)
            return false;
        halves[i / 16] = halves[i / 16] << 4 | (uint64_t)digit;
    }
    if (hex[32] != '\0')
        return false;
    *out = (struct ton_key){.high = halves[0], .low = halves[1]};
    return true;
}

typedef bool (*feed_function)(void *user, const void *data, size_t size);

static enum ton_code fail_to_read(struct ton_err *err, const char *path) {
    return ton_fail_errno(err, path, "cannot read it");
}

/* Opens without blocking on a FIFO, and refuses all that is not a regular file. */
static int open_regular(const char *path, struct ton_err *err) {
    ton_rt_forbid("open");
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0) {
        fail_to_read(err, path);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    if (!S_ISREG(info.st_mode)) {
        ton_fail(err, TON_INPUT, path, "is %s, a file was expected",
                 S_ISDIR(info.st_mode) ? "a folder" : "no regular file");
        close(fd);
        return -1;
    }
    return fd;
}

static enum ton_code feed_file(feed_function feed, void *user, const char *path,
                               struct ton_err *err) {
    struct ton_err opening = {.code = TON_OK};
    int fd = open_regular(path, &opening);
    if (fd < 0) {
        if (err)
            *err = opening;
        return opening.code;
    }
    unsigned char block[FILE_BLOCK];
    ssize_t n = 0;
    bool fed = true;
    do {
        n = read(fd, block, sizeof block);
        if (n > 0)
            fed = feed(user, block, (size_t)n);
    } while (fed && (n > 0 || (n < 0 && errno == EINTR)));
    enum ton_code code = TON_OK;
    if (n < 0)
        code = fail_to_read(err, path);
    else if (!fed)
        code = ton_fail(err, TON_ENVIRONMENT, path, "the hash library failed");
    close(fd);
    return code;
}

static bool feed_sha256(void *user, const void *data, size_t size) {
    return EVP_DigestUpdate(user, data, size) == 1;
}

enum ton_code ton_sha256_file(char out[65], const char *path, struct ton_err *err) {
    out[0] = '\0';
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context)
        return ton_fail(err, TON_MEMORY, path, "there is not enough memory");
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    enum ton_code code = TON_OK;
    if (EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
        code = ton_fail(err, TON_ENVIRONMENT, path, "libcrypto offers no SHA-256");
    if (code == TON_OK)
        code = feed_file(feed_sha256, context, path, err);
    if (code == TON_OK && (EVP_DigestFinal_ex(context, digest, &length) != 1 || length != 32))
        code = ton_fail(err, TON_ENVIRONMENT, path, "libcrypto failed to finish SHA-256");
    EVP_MD_CTX_free(context);
    for (unsigned i = 0; code == TON_OK && i < length; i++)
        snprintf(out + (size_t)2 * i, 3, "%02x", digest[i]);
    return code;
}

static bool feed_key(void *user, const void *data, size_t size) {
    ton_hash_bytes(user, data, size);
    return true;
}

enum ton_code ton_key_file(struct ton_key *out, const char *path, struct ton_err *err) {
    struct ton_hash *h = ton_hash_create();
    if (!h)
        return ton_fail(err, TON_MEMORY, path, "there is not enough memory");
    enum ton_code code = feed_file(feed_key, h, path, err);
    if (code == TON_OK)
        *out = ton_hash_result(h);
    ton_hash_destroy(h);
    return code;
}
