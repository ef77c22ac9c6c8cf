/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Seals of the cache: beside a file NAME the file NAME.sum with the key of its bytes. What a pulled
 * plug or a full disk cut short, or whose bytes are no longer those that were written, is not
 * believed but made again. */

#include "work.h"

#include <stdio.h>

static bool name_seal(char out[TON_PATH_MAX], const char *path) {
    return snprintf(out, TON_PATH_MAX, "%s.sum", path) < TON_PATH_MAX;
}

enum ton_code seal_file(const char *path, struct ton_err *err) {
    struct ton_key key;
    char seal[TON_PATH_MAX], hex[33];
    if (!name_seal(seal, path))
        return ton_fail(err, TON_ENVIRONMENT, path, "the path is too long");
    const enum ton_code code = ton_key_file(&key, path, err);
    return code ? code : ton_path_write(seal, ton_key_hex(hex, key), 32, err);
}

bool seal_holds(struct work *w, const char *path) {
    struct ton_key key;
    char seal[TON_PATH_MAX], hex[33], *sealed = NULL;
    size_t size = 0;
    return name_seal(seal, path) && ton_path_exists(path) && ton_path_exists(seal) &&
           !ton_path_read(&sealed, &size, w->arena, seal, 64, NULL) &&
           !ton_key_file(&key, path, NULL) && strcmp(ton_key_hex(hex, key), sealed) == 0;
}
