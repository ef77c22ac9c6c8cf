/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every test file includes: cmocka, and how a test prints the figure it measured or skips with
 * a reason. */
#ifndef TON_TEST_PROMISE_H
#define TON_TEST_PROMISE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* `figure("THD at 40 Hz %.1f dB (at most %.1f)", thd, -80.0)`: one line under the test's name. */
#define figure(...) (printf("    "), printf(__VA_ARGS__), printf("\n"))

/* Skips by name: check prints the reason. */
#define skip_because(reason)                                                                       \
    do {                                                                                           \
        printf("    SKIPPED %s: %s\n", __func__, reason);                                          \
        skip();                                                                                    \
    } while (0)

/* How many of the same a test takes: a sanitizer looks for other things than sound, takes five
 * times as long, and finds them in the first ones. */
static inline int fewer(int all, int sanitized) {
    return getenv("TON_SANITIZED") ? sanitized : all;
}

/* The folder of real recordings ($TON_DATA or ../shared/data/open beside the source tree); NULL
 * when it is not there. */
static inline const char *test_data(void) {
    static char path[4096];
    const char *given = getenv("TON_DATA");
    if (given)
        snprintf(path, sizeof path, "%s", given);
    else
        snprintf(path, sizeof path, "%s/../shared/data/open",
                 getenv("TON_SOURCE") ? getenv("TON_SOURCE") : ".");
    FILE *f = NULL;
    char probe[4200];
    snprintf(probe, sizeof probe, "%s/MANIFEST.md", path);
    f = fopen(probe, "r");
    if (!f)
        return NULL;
    fclose(f);
    return path;
}

#endif
