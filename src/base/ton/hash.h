/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_HASH_H
#define TON_HASH_H

#include "ton/err.h"

#include <stdint.h>

/* A content key: 128 bits of XXH3. Two things with the same key are taken to be the same.
 * @thread any, but one struct ton_hash belongs to one thread at a time */
struct ton_key {
    uint64_t low, high;
};

struct ton_hash;
struct ton_hash *ton_hash_create(void);
void ton_hash_destroy(struct ton_hash *h);
void ton_hash_bytes(struct ton_hash *h, const void *data, size_t size);
void ton_hash_text(struct ton_hash *h,
                   const char *text); /* with its length, so that "a","bc" differs from "ab","c" */
void ton_hash_i64(struct ton_hash *h, int64_t value);
void ton_hash_f64(struct ton_hash *h, double value); /* -0 counts as 0 */
void ton_hash_key(struct ton_hash *h, struct ton_key key);
struct ton_key ton_hash_result(const struct ton_hash *h);

bool ton_key_same(struct ton_key a, struct ton_key b);
char *ton_key_hex(char out[33], struct ton_key key);
bool ton_key_from_hex(struct ton_key *out, const char *hex);

/* Whole files. SHA-256 for manifests (lower-case hex), XXH3 for take keys. */
enum ton_code ton_sha256_file(char out[65], const char *path, struct ton_err *err);
enum ton_code ton_key_file(struct ton_key *out, const char *path, struct ton_err *err);

#endif
