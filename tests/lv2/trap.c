// SPDX-License-Identifier: GPL-3.0-or-later
// Aborts when audio code allocates, locks, waits or talks to the system: the functions with which
// it would are this program's own, also for the libraries that it loads.
#include "trap.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Thread_local int depth;

void trap_enter(void) {
    depth++;
}

void trap_leave(void) {
    depth--;
}

static void spring(const char *name) {
    if (depth == 0)
        return;
    static const char text[] = " was called in audio code\n";
    syscall(SYS_write, STDERR_FILENO, name, strlen(name));
    syscall(SYS_write, STDERR_FILENO, text, sizeof text - 1);
    depth = 0;
    abort();
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

void *malloc(size_t n) {
    spring("malloc");
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size) {
    spring("calloc");
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n) {
    spring("realloc");
    return __libc_realloc(p, n);
}

void *aligned_alloc(size_t alignment, size_t n) {
    spring("aligned_alloc");
    return __libc_memalign(alignment, n);
}

int posix_memalign(void **out, size_t alignment, size_t n) {
    spring("posix_memalign");
    *out = __libc_memalign(alignment, n);
    return *out ? 0 : ENOMEM;
}

void free(void *p) {
    if (p)
        spring("free");
    __libc_free(p);
}

ssize_t write(int fd, const void *data, size_t n) {
    if (fd != STDERR_FILENO) // what goes wrong may be said
        spring("write");
    return syscall(SYS_write, fd, data, n);
}

ssize_t read(int fd, void *data, size_t n) {
    spring("read");
    return syscall(SYS_read, fd, data, n);
}

int pthread_mutex_lock(pthread_mutex_t *m) {
    static int (*real)(pthread_mutex_t *);
    spring("pthread_mutex_lock");
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "pthread_mutex_lock");
    return real(m);
}

int sem_wait(sem_t *s) {
    static int (*real)(sem_t *);
    spring("sem_wait");
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "sem_wait");
    return real(s);
}

int nanosleep(const struct timespec *how_long, struct timespec *rest) {
    spring("nanosleep");
    return (int)syscall(SYS_nanosleep, how_long, rest);
}
#endif
