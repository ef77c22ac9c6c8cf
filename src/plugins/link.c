/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts, asks and ends the process that runs one plug-in. It keeps nothing but the shared memory
 * and the reading end of a pipe; when this process goes, however it goes, the pipe ends and
 * the host with it. (PR_SET_PDEATHSIG would follow the thread that started it, not the process.) */
#include "link.h"

#include "ton/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* How often it is looked whether the process still lives while its answer is waited for. */
#define LOOK_S 0.05

/* A want of descriptors, processes or memory passes, and is not the plug-in's: TON_MEMORY. */
static enum ton_code fail_start(struct ton_err *err, const char *what) {
    const bool passes = errno == EMFILE || errno == ENFILE || errno == EAGAIN || errno == ENOMEM;
    return ton_fail(err, passes ? TON_MEMORY : TON_ENVIRONMENT, NULL,
                    "could not get a process to run in (%s: %s)", what, strerror(errno));
}

static enum ton_code map_wire(struct link *link, int *memory, const struct ton_config *config,
                              const struct plug *plug, size_t text_bytes, struct ton_err *err) {
    link->shape =
        (struct wire_shape){config->channels, config->key_channels, plug->processor.n_params};
    link->size = wire_size(&link->shape, text_bytes);
    *memory = memfd_create("ton-plugin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (*memory < 0 || ftruncate(*memory, (off_t)link->size) != 0)
        return fail_start(err, "memory");
    /* Were it made shorter by the plug-in, our next look at it would be the end of us. */
    if (fcntl(*memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return fail_start(err, "memory");
    void *at = mmap(NULL, link->size, PROT_READ | PROT_WRITE, MAP_SHARED, *memory, 0);
    if (at == MAP_FAILED)
        return fail_start(err, "memory");
    link->wire = at;
    *link->wire = (struct wire){.version = WIRE_VERSION,
                                .channels = config->channels,
                                .key_channels = config->key_channels,
                                .n_params = plug->processor.n_params,
                                .rate = config->rate,
                                .tempo = config->tempo};
    return TON_OK;
}

static int spawn_with(pid_t *process, posix_spawn_file_actions_t *actions,
                      posix_spawnattr_t *attributes, int memory, int reading) {
    char name[] = "ton-host";
    char *const arguments[] = {name, NULL};
    sigset_t none;
    sigemptyset(&none);
    int bad = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDWR, 0);
    bad |= posix_spawn_file_actions_adddup2(actions, 0, 1);
    bad |= posix_spawn_file_actions_adddup2(actions, 0, 2);
    bad |= posix_spawn_file_actions_adddup2(actions, memory, WIRE_DESCRIPTOR);
    bad |= posix_spawn_file_actions_adddup2(actions, reading, WIRE_LIFELINE);
    bad |= posix_spawnattr_setsigmask(attributes, &none);
    /* A group of its own, so that what the plug-in starts goes with it. */
    bad |= posix_spawnattr_setpgroup(attributes, 0);
    bad |= posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    return bad ? ENOMEM
               : posix_spawn(process, link_program(), actions, attributes, arguments, environ);
}

/* Both ends above the numbers that they get in the host, so that none is overwritten before it is
 * copied. */
static int above(int descriptor) {
    const int high = fcntl(descriptor, F_DUPFD_CLOEXEC, WIRE_LIFELINE + 1);
    close(descriptor);
    return high;
}

static enum ton_code spawn(struct link *link, int memory, struct ton_err *err) {
    int ends[2];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return fail_start(err, "pipe");
    const int reading = above(ends[0]), high = fcntl(memory, F_DUPFD_CLOEXEC, WIRE_LIFELINE + 1);
    link->lifeline = ends[1];
    int failed = reading < 0 || high < 0 ? EMFILE : posix_spawn_file_actions_init(&actions);
    if (!failed) {
        failed = posix_spawnattr_init(&attributes);
        if (!failed) {
            failed = spawn_with(&link->process, &actions, &attributes, high, reading);
            posix_spawnattr_destroy(&attributes);
        }
        posix_spawn_file_actions_destroy(&actions);
    }
    if (reading >= 0)
        close(reading);
    if (high >= 0)
        close(high);
    errno = failed;
    if (!failed)
        return TON_OK;
    link->process = 0;
    return fail_start(err, link_program());
}

enum ton_code link_open(struct link *link, const struct plug *plug, const struct ton_config *config,
                        const float *params, struct ton_err *err) {
    const struct ton_setup *setup = config->setup;
    const char *const texts[WIRE_TEXTS] = {
        [WIRE_URI] = plug->uri,
        [WIRE_BUNDLE] = plug->bundle,
        [WIRE_PRESET] = setup ? setup->preset : NULL,
        [WIRE_PRESET_FROM] = setup ? setup->preset_from : NULL,
        [WIRE_STATE] = setup ? setup->state : NULL,
        [WIRE_STATE_FROM] = setup ? setup->state_from : NULL,
        [WIRE_NOTES] = setup ? setup->notes : NULL,
        [WIRE_TIMES] = setup ? setup->times : NULL,
    };
    size_t bytes = 0;
    int memory = -1;
    for (int i = 0; i < WIRE_TEXTS; i++)
        bytes += texts[i] ? strlen(texts[i]) + 1 : 0;
    *link = (struct link){.lifeline = -1, .deadline_s = setup ? setup->deadline_s : 10.0};
    enum ton_code code = map_wire(link, &memory, config, plug, bytes, err);
    if (!code) {
        wire_set_texts(link->wire, &link->shape, texts);
        memcpy(wire_params(link->wire, &link->shape, 0, 0), params,
               sizeof(float) * (size_t)plug->processor.n_params);
        code = spawn(link, memory, err);
    }
    if (memory >= 0)
        close(memory);
    if (!code) {
        link_ask(link, WIRE_START, 0);
        code = link_answer(link, err);
    }
    if (code)
        link_close(link);
    return code;
}

void link_ask(struct link *link, enum wire_order order, int slot) {
    struct wire *w = link->wire;
    w->order = (uint32_t)order;
    w->slot = slot;
    atomic_store(&w->asked, ++link->asked);
    wire_wake(&w->asked, &w->host_sleeps);
    link->pending = true;
}

/* NULL: nobody kept how, as the program that calls us ignores SIGCHLD. */
static enum ton_code gone(const siginfo_t *how, struct ton_err *err) {
    if (!how)
        return ton_fail(err, TON_ENVIRONMENT, NULL, "crashed, or ended its process");
    if (how->si_code != CLD_EXITED)
        return ton_fail(err, TON_ENVIRONMENT, NULL, "crashed (%s)", strsignal(how->si_status));
    return ton_fail(err, TON_ENVIRONMENT, NULL, "ended its process (status %d)", how->si_status);
}

/* A plug-in that writes anywhere may have written here. */
static enum ton_code what_was_said(struct link *link, struct ton_err *err) {
    struct wire *w = link->wire;
    char said[WIRE_SAID];
    if (atomic_load(&w->answered) != link->asked)
        return ton_fail(err, TON_ENVIRONMENT, NULL, "wrote over the memory it shares with `ton`");
    if (*(volatile int32_t *)&w->code == TON_OK)
        return TON_OK;
    memcpy(said, w->said, sizeof said);
    said[WIRE_SAID - 1] = '\0';
    for (char *c = said; *c; c++)
        *c = *c >= ' ' && *c <= '~' ? *c : '?';
    return ton_fail(err, TON_ENVIRONMENT, NULL, "%s", said);
}

enum life { LIVES, ENDED, UNKNOWN };

/* One that ended stays a zombie until link_close: so long its group's number is nobody else's. */
static enum life look(const struct link *link, siginfo_t *how) {
    *how = (siginfo_t){0};
    if (waitid(P_PID, (id_t)link->process, how, WEXITED | WNOHANG | WNOWAIT) != 0)
        return errno == ECHILD ? UNKNOWN : LIVES;
    return how->si_pid == link->process ? ENDED : LIVES;
}

enum ton_code link_answer(struct link *link, struct ton_err *err) {
    struct wire *w = link->wire;
    const unsigned before = link->asked - 1;
    link->pending = false;
    for (double left = link->deadline_s; left > 0; left -= LOOK_S) {
        if (wire_wait(&w->answered, before, &w->ton_sleeps, left < LOOK_S ? left : LOOK_S))
            return what_was_said(link, err);
        siginfo_t how;
        const enum life life = look(link, &how);
        if (life != LIVES)
            return gone(life == ENDED ? &how : NULL, err);
        const enum ton_code stopped = ton_stop_check(err);
        if (stopped)
            return stopped;
    }
    return ton_fail(err, TON_ENVIRONMENT, NULL, "hung: it gave no answer within %g s",
                    link->deadline_s);
}

enum ton_code link_latency(int *frames, const struct link *link, struct ton_err *err) {
    *frames = *(volatile int32_t *)&link->wire->latency;
    if (*frames >= 0 && *frames <= WIRE_MOST_LATENCY)
        return TON_OK;
    return ton_fail(err, TON_ENVIRONMENT, NULL, "told a latency of %d frames", *frames);
}

void link_close(struct link *link) {
    siginfo_t how;
    if (link->process > 0 && look(link, &how) != UNKNOWN) {
        kill(-link->process, SIGKILL);
        while (waitpid(link->process, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    if (link->lifeline >= 0)
        close(link->lifeline);
    if (link->wire)
        munmap(link->wire, link->size);
    *link = (struct link){.lifeline = -1};
}
