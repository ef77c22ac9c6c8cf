/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A JACK server of a test's own, beside any that runs, and the tests' own client (tests/jack). Both
 * end with the test, however that ends.
 *
 * JACK 2 has room for eight servers a user, and one that did not end in order keeps its place until
 * a server of the same name comes. So tests have four names in all, and take turns. */
#ifndef TON_TEST_JACK_RIG_H
#define TON_TEST_JACK_RIG_H

#include "audio_rig.h"

#include "ton/device.h"
#include "ton/row.h"
#include "ton/thread.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>

struct rig_program {
    pid_t pid;
    int says; /* what it prints */
};

static struct rig_program rig_server;
static char rig_server_name[48];

/* `argv` ends with NULL. Its output, and its errors too where asked, can be read at any time. */
static RIG_UNUSED struct rig_program rig_run(const char *const *argv, bool errors_too) {
    struct rig_program p = {.says = memfd_create("says", MFD_CLOEXEC)};
    const pid_t parent = getpid();
    p.pid = fork();
    if (p.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* one that was stopped would not hear of another */
        if (getppid() != parent)          /* it died before */
            _exit(1);
        dup2(p.says, STDOUT_FILENO);
        if (errors_too)
            dup2(p.says, STDERR_FILENO);
        setenv("JACK_NO_START_SERVER", "1", 1);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    return p;
}

/* The last line of what it said. */
static RIG_UNUSED const char *rig_last_words(const struct rig_program *p, char out[400]) {
    const off_t size = lseek(p->says, 0, SEEK_END), from = size > 399 ? size - 399 : 0;
    const ssize_t n = pread(p->says, out, 399, from);
    out[n > 0 ? n : 0] = '\0';
    while (*out && out[strlen(out) - 1] == '\n')
        out[strlen(out) - 1] = '\0';
    return strrchr(out, '\n') ? strrchr(out, '\n') + 1 : out;
}

static RIG_UNUSED bool rig_runs(const struct rig_program *p) {
    siginfo_t info = {0};
    return p->pid > 0 && waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
}

/* Its exit status; -1: a signal. */
static RIG_UNUSED int rig_wait(struct rig_program *p) {
    int status = 0;
    waitpid(p->pid, &status, 0);
    p->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static RIG_UNUSED int rig_end(struct rig_program *p, int number) {
    if (p->pid <= 0)
        return 0;
    kill(p->pid, number);
    const int status = rig_wait(p);
    close(p->says);
    return status;
}

/* Whether the server has a port; a name of NULL: whether it answers. */
static RIG_UNUSED bool rig_has_port(const char *name) {
    struct ton_arena *arena = ton_arena_create();
    struct ton_devices devices;
    bool has = false;
    ton_devices_list(&devices, arena, rig_server_name, NULL);
    for (size_t i = 0; i < devices.n; i++)
        if (strcmp(devices.items[i].backend, "jack") == 0) {
            has |= !name;
            for (size_t p = 0; name && p < devices.items[i].n_ports; p++)
                has |= strcmp(devices.items[i].ports[p].name, name) == 0;
        }
    ton_arena_destroy(arena);
    return has;
}

static RIG_UNUSED bool rig_wait_for_port(const char *name) {
    for (int tries = 0; tries < 1000; tries++, usleep(10000))
        if (rig_has_port(name))
            return true;
    return false;
}

/* One of the four that no other test has, for as long as this one runs. */
static RIG_UNUSED bool rig_take_name(int number) {
    static int lock = -1;
    char path[80];
    if (lock >= 0)
        close(lock);
    snprintf(path, sizeof path, "/tmp/ton-test-%d-%d.lock", (int)getuid(), number);
    snprintf(rig_server_name, sizeof rig_server_name, "ton-test-%d", number);
    lock = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    return lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0;
}

static RIG_UNUSED bool rig_try_server(int ports, int rate, int frames) {
    char texts[3][16];
    snprintf(texts[0], sizeof texts[0], "%d", ports);
    snprintf(texts[1], sizeof texts[1], "%d", rate);
    snprintf(texts[2], sizeof texts[2], "%d", frames);
    const char *const argv[] = {"jackd",  "-n", rig_server_name, "-p", "512",    "-d",
                                "dummy",  "-C", texts[0],        "-P", texts[0], "-r",
                                texts[1], "-p", texts[2],        NULL};
    rig_server = rig_run(argv, true);
    for (int tries = 0; tries < 500 && rig_runs(&rig_server); tries++, usleep(20000))
        if (rig_has_port(NULL))
            return true;
    return false;
}

/* Again, after one was killed; else the first. False, and prints why, where none can run. */
static RIG_UNUSED bool rig_start_server(int ports, int rate, int frames) {
    char words[400] = "it is not installed", said[400];
    const bool installed = rig_has_program("jackd");
    for (int tries = 0; installed && tries < 40; tries++) {
        if (!*rig_server_name && !rig_take_name(1 + tries % 4)) {
            snprintf(words, sizeof words, "other tests have all its names");
            *rig_server_name = '\0';
            usleep(500000);
            continue;
        }
        if (rig_try_server(ports, rate, frames))
            return true;
        snprintf(words, sizeof words, "%s", rig_last_words(&rig_server, said));
        rig_end(&rig_server, SIGTERM);
        *rig_server_name = '\0';
        if (tries > 8) /* it is no name that one of before still has */
            break;
    }
    printf("SKIPPED jackd does not run here: %s\n", words);
    return false;
}

/* What clients of a server that went away leave. */
static RIG_UNUSED void rig_end_server(void) {
    char start[100];
    rig_end(&rig_server, SIGTERM);
    const int n = snprintf(start, sizeof start, "jack_sem.%d_%s_", (int)getuid(), rig_server_name);
    DIR *d = opendir("/dev/shm");
    for (struct dirent *e; d && (e = readdir(d));)
        if (strncmp(e->d_name, start, (size_t)n) == 0)
            shm_unlink(e->d_name);
    if (d)
        closedir(d);
}

/* Options of the tests' client (tests/jack/client.c), NULL at the end. */
static RIG_UNUSED struct rig_program rig_start_client(const char *name,
                                                      const char *const *options) {
    static char path[4200];
    const char *argv[64] = {path, "--server", rig_server_name, "--name", name};
    snprintf(path, sizeof path, "%s/tests/jack/ton-jack-client", getenv("TON_BUILD"));
    for (int i = 5; i < TON_N(argv) - 1 && *options; i++)
        argv[i] = *options++;
    return rig_run(argv, false);
}

#endif
