/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loading libav. It is asked for under the version of the headers that this was built with, so what
 * is found has the structs that were compiled in; what it is linked with is searched with it. */
#include "libav.h"

#include "ton/thread.h"

#include <dlfcn.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char failure[256]; /* empty: loaded */

struct libav libav;

static bool find(void *library, void *function, const char *name) {
    void *found = library ? dlsym(library, name) : NULL;
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

#define FOUND(name) find(library, &libav.name, #name) &&

static void load(void) {
    void *library =
        dlopen("libavformat.so." AV_STRINGIFY(LIBAVFORMAT_VERSION_MAJOR), RTLD_NOW | RTLD_LOCAL);
    if (LIBAV_FUNCTIONS(FOUND) true)
        libav.av_log_set_level(AV_LOG_QUIET);
    else
        snprintf(failure, sizeof failure, "%s", dlerror());
}

enum ton_code libav_load(struct ton_err *err) {
    pthread_once(&once, load);
    return failure[0] ? ton_fail(err, TON_ENVIRONMENT, NULL, "libav cannot be loaded: %s", failure)
                      : TON_OK;
}
