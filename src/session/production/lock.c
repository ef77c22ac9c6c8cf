/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One writer of a production at a time. The production's folder itself is locked, so nothing has to
 * be written or cleaned up, and the kernel lets go when the program ends, however it ends. */

#include "ton/production.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

enum ton_code ton_production_lock(int *lock, const char *folder, struct ton_err *err) {
    *lock = open(*folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock < 0 && (errno == ENOENT || errno == ENOTDIR))
        return TON_OK; /* who reads it says so better */
    if (*lock < 0)
        return ton_fail_errno(err, folder, "cannot open the production's folder");
    if (flock(*lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return TON_OK; /* a file system without locks is no reason not to work */
    ton_production_unlock(lock);
    return ton_fail(err, TON_ENVIRONMENT, NULL,
                    "another `ton` delivers this production or imports into it at this moment; try "
                    "again when it is done");
}

void ton_production_unlock(int *lock) {
    if (*lock >= 0)
        close(*lock);
    *lock = -1;
}
