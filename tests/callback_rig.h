/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device's callback that breaks the rule: base ends the program, whatever device it runs on. */
#ifndef TON_TEST_CALLBACK_RIG_H
#define TON_TEST_CALLBACK_RIG_H

#include "promise.h"

#include "ton/arena.h"
#include "ton/device.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void callback_allocates(void *user, struct ton_device_block *block) {
    (void)user, (void)block;
    ton_free(ton_alloc(10));
}

/* In a process of its own, for it does not survive. */
static void allocating_in_a_callback_is_caught(struct ton_device_config config) {
    int pipes[2], result = 0;
    char said[200] = "";
    assert_int_equal(pipe(pipes), 0);
    const pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        dup2(pipes[1], STDERR_FILENO);
        config.process = callback_allocates;
        struct ton_device *d = NULL;
        if (ton_device_open(&d, &config, NULL) == TON_OK && ton_device_start(d, NULL) == TON_OK)
            sleep(5);
        _exit(0);
    }
    close(pipes[1]);
    waitpid(child, &result, 0);
    const ssize_t n = read(pipes[0], said, sizeof said - 1);
    close(pipes[0]);
    assert_true(n > 0);
    said[strcspn(said, "\n")] = '\0';
    figure("%s", said);
    assert_true(WIFSIGNALED(result) && WTERMSIG(result) == SIGABRT);
    assert_non_null(strstr(said, "ton_alloc was called on the audio thread"));
}

#endif
