/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loading Pango. What it is linked with, cairo among it, is searched with it. */
#include "pango.h"

#include "ton/thread.h"

#include <dlfcn.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char failure[256]; /* empty: loaded */

struct pango pango;

static bool find(void *library, void *function, const char *name) {
    void *found = library ? dlsym(library, name) : NULL;
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

#undef g_object_unref /* a macro that guards the function's type */
#define FOUND(name) find(library, &pango.name, #name) &&

static void load(void) {
    void *library = dlopen("libpangocairo-1.0.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!(PANGO_FUNCTIONS(FOUND) true))
        snprintf(failure, sizeof failure, "%s", dlerror());
}

enum ton_code pango_load(struct ton_err *err) {
    pthread_once(&once, load);
    return failure[0] ? ton_fail(err, TON_ENVIRONMENT, NULL,
                                 "Pango, which draws the sheet, cannot be loaded: %s", failure)
                      : TON_OK;
}
