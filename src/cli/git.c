/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks git for a file's content at a revision. */
#include "git.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_BYTES = 64 * 1024 * 1024, STATUS_NO_GIT = 127 };

static void become_git(int output, const char *object) {
    int nowhere = open("/dev/null", O_RDWR);
    if (dup2(nowhere, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(nowhere, STDERR_FILENO) < 0)
        _exit(STATUS_NO_GIT);
    signal(SIGPIPE, SIG_DFL);
    execlp("git", "git", "cat-file", "blob", object, (char *)NULL);
    _exit(STATUS_NO_GIT);
}

static void read_all(struct ton_text *out, int input) {
    char block[16 * 1024];
    ssize_t n;
    do {
        n = read(input, block, sizeof block);
        if (n > 0)
            ton_text_add_n(out, block, (size_t)n);
    } while ((n > 0 && out->length < MOST_BYTES) || (n < 0 && errno == EINTR));
}

/* The exit status of `git cat-file blob OBJECT`, or -1 when it cannot be started. */
static int cat_file(struct ton_text *out, const char *object) {
    int ends[2], status = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0)
        become_git(ends[1], object);
    close(ends[1]);
    if (child > 0)
        read_all(out, ends[0]);
    close(ends[0]);
    if (child < 0)
        return -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int show(struct ton_text *out, const char *revision, const char *before, const char *path) {
    struct ton_text object = {0};
    ton_text_printf(&object, "%s:%s%s", revision, before, path);
    int status = object.failed ? -1 : cat_file(out, object.data);
    ton_text_free(&object);
    return status;
}

enum ton_code ton_git_show(struct ton_text *out, const char *revision, const char *path,
                           struct ton_err *err) {
    if (revision[0] == '-' || revision[0] == '\0')
        return ton_fail(err, TON_USAGE, NULL,
                        "`%s` is no revision; write for example `HEAD~1`, a tag or a commit",
                        revision);
    int status = path[0] == '/' ? 1 : show(out, revision, "./", path);
    if (status > 0 && status != STATUS_NO_GIT)
        status = show(out, revision, "", path);
    if (status == 0 && !out->failed)
        return TON_OK;
    if (out->failed)
        return ton_fail(err, TON_MEMORY, path, "there is not enough memory");
    if (status == STATUS_NO_GIT || status < 0)
        return ton_fail(err, TON_ENVIRONMENT, NULL, "git cannot be started; is it installed?");
    return ton_fail(err, TON_INPUT, NULL,
                    "git has no `%s` at `%s`: no such revision, no such file then, or no "
                    "repository here",
                    path, revision);
}
