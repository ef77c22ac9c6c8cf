/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_KNOWN_H
#define TON_KNOWN_H

#include "ton/hash.h"

/* Hashes of whole files that are not computed twice: one counts as long as the file of that name
 * has the same size, times of change (of content and of inode, in ns) and inode. No program can set
 * the time of an inode's change, so only a disk that forgets goes unnoticed. One table a process.
 * @thread any */
enum ton_code ton_known_key(struct ton_key *out, const char *path, struct ton_err *err);
enum ton_code ton_known_sha256(char out[65], const char *path, struct ton_err *err);

/* A file of this very content has just been given its name, by this program. */
void ton_known_add_sha256(const char *path, const char *sha256);

/* Between processes: a text file with a checksum of its own. One that is missing, damaged or of
 * another version is as if empty. What changed so short before it was looked at that the clock of
 * its file system might not tell a second change is not saved. */
void ton_known_load(const char *path);
enum ton_code ton_known_save(const char *path, struct ton_err *err);

#endif
