/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PATH_H
#define TON_PATH_H

#include "ton/arena.h"

#include <stdint.h>

/* @thread any; what is given an arena, its owner */
#define TON_PATH_MAX 4096

char *ton_path_join(struct ton_arena *a, const char *folder,
                    const char *name);                        /* an absolute name stays */
const char *ton_path_name(const char *path);                  /* after the last slash */
const char *ton_path_extension(const char *path);             /* without dot; "" if none */
char *ton_path_folder(struct ton_arena *a, const char *path); /* "." if none */
char *ton_path_stem(struct ton_arena *a, const char *path);   /* name without extension */

bool ton_path_exists(const char *path);
bool ton_path_is_folder(const char *path);
bool ton_path_is_link(const char *path);
bool ton_path_same(const char *a, const char *b); /* both lead to one file or folder */
/* What kind of disk a file or folder is on. */
enum ton_disk { TON_DISK_LOCAL, TON_DISK_NETWORK, TON_DISK_READ_ONLY };
enum ton_disk ton_path_disk(const char *path);
int64_t ton_path_size(const char *path); /* -1 when it cannot be told */

enum ton_code ton_path_make_folders(const char *path, struct ton_err *err); /* like mkdir -p */

/* Reads a whole regular file of at most `limit` bytes; terminated. `*out` is in the arena. */
enum ton_code ton_path_read(char **out, size_t *size, struct ton_arena *a, const char *path,
                            size_t limit, struct ton_err *err);

/* Names in a folder (without . and ..), sorted bytewise. */
enum ton_code ton_path_list(char ***names, size_t *n, struct ton_arena *a, const char *folder,
                            struct ton_err *err);

/* Writing so that a name is either the old file or the whole new one, which keeps the old one's
 * permissions. A link of that name is replaced, never followed: it may come from a stranger and
 * lead to anybody's file.
 * `temporary` makes the name of a hidden file beside `path`, and remembers it so that
 * ton_path_sweep can remove it after Ctrl-C; write there, then `commit` (fsync, rename, fsync of
 * the folder) or `abandon` (unlink). */
enum ton_code ton_path_temporary(char out[TON_PATH_MAX], const char *path, struct ton_err *err);
/* Opens it for reading and writing, empty; a link or file of that name is replaced, not followed.
 * -1 and errno. */
int ton_path_open_temporary(const char *temporary);
enum ton_code ton_path_commit(const char *temporary, const char *path, struct ton_err *err);
/* As commit, but whether it is on disk nobody waits for: for what is known to be whole by other
 * means, and can be made again. */
enum ton_code ton_path_put(const char *temporary, const char *path, struct ton_err *err);
/* As put, but an existing file is never replaced; what fails leaves the temporary. */
enum ton_code ton_path_put_new(const char *temporary, const char *path, struct ton_err *err);
enum ton_code ton_path_sync_folder(const char *path, struct ton_err *err); /* of a file in it */
void ton_path_abandon(const char *temporary);
void ton_path_sweep(void); /* removes every temporary file that is still open business; the command
                              line's last act */

/* Removes the temporary files in a folder whose processes are no longer there: killed, they could
 * not do it. Only those that nobody wrote to for an hour, on a network disk for a day: a process of
 * another container or computer has a number that means nothing here. */
void ton_path_clear_dead(struct ton_arena *a, const char *folder);

/* For a path that the user gave: where to write so that a link stays and the file behind it is
 * replaced; `path` itself when it is no link. A link to nothing, or to a pipe without a name
 * (/dev/stdout), is an error. */
enum ton_code ton_path_resolve(const char **out, struct ton_arena *a, const char *path,
                               struct ton_err *err);

/* All three in one for small files. `new` refuses an existing one, also one that came meanwhile. */
enum ton_code ton_path_write(const char *path, const void *data, size_t size, struct ton_err *err);
enum ton_code ton_path_write_new(const char *path, const void *data, size_t size,
                                 struct ton_err *err);
enum ton_code ton_path_write_loosely(const char *path, const void *data, size_t size,
                                     struct ton_err *err); /* with `put` */
/* As write, but what stands there has to be `was` still, byte for byte, when the new one is whole
 * on the disk: else nothing is replaced, and `*done` is false. */
enum ton_code ton_path_replace(bool *done, const char *path, const void *was, size_t was_size,
                               const void *data, size_t size, struct ton_err *err);
/* Writes only what is not there already, byte for byte. */
enum ton_code ton_path_renew(const char *path, const void *data, size_t size, struct ton_err *err);
enum ton_code ton_path_copy(const char *from, const char *to,
                            struct ton_err *err); /* byte for byte; refuses an existing `to` */

#endif
