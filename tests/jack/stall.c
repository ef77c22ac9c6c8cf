/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disk that stands still, for a program that is started with LD_PRELOAD: the first call that
 * reaches for a take (`audio/…wav`) after STALL_AFTER seconds of writing takes STALL_FOR seconds.
 * Makes the file STALL_SAYS with its length in it when it is over. */
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Atomic double first; /* when a take was first written to: s */
static atomic_bool stalled;

static double setting(const char *name) {
    const char *text = getenv(name);
    return text ? strtod(text, NULL) : 0;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool is_take(int fd) {
    char link[40], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    return n > 4 && strstr(path, "/audio/") && strcmp(path + n - 4, ".wav") == 0;
}

static void say(double began) {
    const char *path = getenv("STALL_SAYS");
    FILE *f = path ? fopen(path, "w") : NULL;
    if (f && fprintf(f, "%.3f\n", now() - began) > 0)
        fclose(f);
}

static void stall(int fd) {
    if (atomic_load(&stalled) || !is_take(fd))
        return;
    const double began = now();
    if (atomic_load(&first) == 0)
        atomic_store(&first, began);
    if (began - atomic_load(&first) < setting("STALL_AFTER") || atomic_exchange(&stalled, true))
        return;
    while (now() - began < setting("STALL_FOR"))
        usleep(10000);
    say(began);
}

/* The next one in order: the C library's, or a sanitizer's. */
#define NEXT(name) (*(void **)&next_##name = dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t size) {
    ssize_t (*next_write)(int, const void *, size_t);
    NEXT(write);
    stall(fd);
    return next_write(fd, data, size);
}

int fdatasync(int fd) {
    int (*next_fdatasync)(int);
    NEXT(fdatasync);
    stall(fd);
    return next_fdatasync(fd);
}
