/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One delivery of a production at a time. The production's folder itself is locked, so nothing has
 * to be written or cleaned up, and the kernel lets go when the program ends, however it ends. */

#include "work.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

enum ton_code lock_take(struct work *w, struct ton_err *err) {
    const char *folder = w->production->folder;
    w->lock = open(*folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w->lock < 0)
        return ton_fail_errno(err, folder, "cannot open the production's folder");
    if (flock(w->lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return TON_OK; /* a file system without locks is no reason not to deliver */
    lock_release(w);
    return ton_fail(err, TON_ENVIRONMENT, w->production->path,
                    "this production is being delivered by another `ton` at this moment; try again "
                    "when it is done");
}

void lock_release(struct work *w) {
    if (w->lock >= 0)
        close(w->lock);
    w->lock = -1;
}
