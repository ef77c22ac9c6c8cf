/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times whole jobs as processes of their own: a job is a function run in a child, or a command. */
#ifndef TON_BENCH_STOPWATCH_H
#define TON_BENCH_STOPWATCH_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct bench_time {
    double cpu, wall; /* seconds */
    bool good;
};

#define BENCH_RUNS_MAX 15

static inline double bench_seconds(const struct timeval *t) {
    return (double)t->tv_sec + (double)t->tv_usec * 1e-6;
}

/* `job` returns the child's exit status. */
static inline struct bench_time bench_once(int (*job)(void *user), void *user) {
    struct timespec before, after;
    struct rusage usage;
    int status = 1;
    fflush(NULL);
    clock_gettime(CLOCK_MONOTONIC, &before);
    const pid_t child = fork();
    if (child == 0)
        _exit(job(user));
    if (child < 0 || wait4(child, &status, 0, &usage) != child)
        return (struct bench_time){0};
    clock_gettime(CLOCK_MONOTONIC, &after);
    return (struct bench_time){.cpu =
                                   bench_seconds(&usage.ru_utime) + bench_seconds(&usage.ru_stime),
                               .wall = (double)(after.tv_sec - before.tv_sec) +
                                       (double)(after.tv_nsec - before.tv_nsec) * 1e-9,
                               .good = WIFEXITED(status) && WEXITSTATUS(status) == 0};
}

static inline int bench_by_cpu(const void *a, const void *b) {
    const double x = ((const struct bench_time *)a)->cpu, y = ((const struct bench_time *)b)->cpu;
    return (x > y) - (x < y);
}

/* The run whose CPU time is the median. */
static inline struct bench_time bench_median(int runs, int (*job)(void *user), void *user) {
    struct bench_time times[BENCH_RUNS_MAX];
    runs = runs < 1 ? 1 : runs > BENCH_RUNS_MAX ? BENCH_RUNS_MAX : runs;
    for (int i = 0; i < runs; i++) {
        times[i] = bench_once(job, user);
        if (!times[i].good)
            return times[i];
    }
    qsort(times, (size_t)runs, sizeof times[0], bench_by_cpu);
    return times[runs / 2];
}

/* For a child: becomes the shell's command, silent. */
static inline int bench_shell(void *command) {
    const int null = open("/dev/null", O_RDWR);
    if (null >= 0) {
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
    }
    execl("/bin/sh", "sh", "-c", (const char *)command, (char *)NULL);
    return 127;
}

static inline bool bench_have(const char *program) {
    char command[256];
    snprintf(command, sizeof command, "command -v %s", program);
    return bench_once(bench_shell, command).good;
}

#endif
