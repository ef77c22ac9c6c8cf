/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flag that says "this thread is in audio code now", and the abort for what must not run there.
 */
#include "ton/rt.h"

#include <unistd.h>

static _Thread_local int depth;

void ton_rt_enter(void) {
    depth++;
}

void ton_rt_leave(void) {
    depth--;
}

void ton_rt_forbid(const char *what) {
    if (depth == 0)
        return;
    static const char message[] = " was called on the audio thread\n";
    /* The raw call: stdio may be what was caught. A short write changes nothing, abort follows. */
    if (write(STDERR_FILENO, what, strlen(what)) < 0 ||
        write(STDERR_FILENO, message, sizeof message - 1) < 0)
        abort();
    abort();
}
