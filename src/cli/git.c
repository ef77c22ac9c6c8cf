/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks git for a file's content at a revision, and what is wrong when it has none. */
#include "git.h"

#include "ton/path.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_BYTES = 64 * 1024 * 1024, MOST_WORDS = 12, STATUS_NO_GIT = 127 };

static void become_git(int output, const char *const *words) {
    int nowhere = open("/dev/null", O_RDWR);
    if (dup2(nowhere, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(nowhere, STDERR_FILENO) < 0)
        _exit(STATUS_NO_GIT);
    signal(SIGPIPE, SIG_DFL);
    execvp("git", (char *const *)(uintptr_t)words);
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

/* Runs git in a folder with words up to NULL. Its exit status; -1 when it cannot be started. */
static int git(struct ton_text *out, const char *folder, const char *const *command) {
    const char *words[MOST_WORDS + 8] = {"git", "-C", folder, "-c", "core.quotePath=false"};
    for (int i = 0; command[i] && i < MOST_WORDS; i++)
        words[5 + i] = command[i];
    int ends[2], status = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0)
        become_git(ends[1], words);
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
#define GIT(out, folder, ...) git((out), (folder), (const char *const[]){__VA_ARGS__, NULL})

/* The same for an answer of one line, in the arena; NULL when git says no. */
static const char *line_of(struct ton_arena *arena, int status, struct ton_text *answer) {
    const char *line = NULL;
    if (status == 0 && !answer->failed)
        line = ton_arena_copy(arena, answer->data ? answer->data : "",
                              answer->data ? strcspn(answer->data, "\n") : 0);
    ton_text_free(answer);
    return line;
}

static int cat_file(struct ton_text *out, struct ton_arena *arena, const char *folder,
                    const char *revision, const char *path) {
    const char *object = ton_arena_printf(arena, "%s:%s", revision, path);
    return object ? GIT(out, folder, "cat-file", "blob", object) : -1;
}

static bool has(struct ton_arena *arena, const char *folder, const char *revision,
                const char *path) {
    struct ton_text nothing = {0};
    int status = cat_file(&nothing, arena, folder, revision, path);
    ton_text_free(&nothing);
    return status == 0;
}

/* The folder that git is asked in: the nearest above the path that is there; `*rest` is the path
 * from it on. */
static const char *nearest_folder(const char **rest, struct ton_arena *arena, const char *path) {
    const char *folder = ton_path_folder(arena, path);
    while (folder && !ton_path_is_folder(folder))
        folder = ton_path_folder(arena, folder);
    size_t n = folder && path[0] != '\0' && strcmp(folder, ".") != 0 ? strlen(folder) : 0;
    *rest = ton_text_starts(path, folder ? folder : "") ? path + n : path;
    while (**rest == '/')
        (*rest)++;
    return folder;
}

/* Lines of an answer, in the arena. */
static const char **lines_of(size_t *n, struct ton_arena *arena, struct ton_text *answer) {
    const char **lines = NULL;
    size_t capacity = 0;
    *n = 0;
    char *text = answer->data ? ton_arena_copy(arena, answer->data, answer->length) : NULL;
    for (char *end; text && *text; text = end + 1) {
        end = text + strcspn(text, "\n");
        bool last = *end == '\0';
        *end = '\0';
        const char **line = TON_PUSH(arena, lines, *n, capacity);
        if (line)
            *line = text;
        if (last || !line)
            break;
    }
    ton_text_free(answer);
    return lines;
}

static enum ton_code say_revision(struct ton_arena *arena, const char *folder, const char *revision,
                                  struct ton_err *err) {
    struct ton_text answer = {0};
    size_t n;
    ton_text_add(&answer, "HEAD\n");
    GIT(&answer, folder, "for-each-ref", "--format=%(refname:short)");
    const char **names = lines_of(&n, arena, &answer);
    const char *nearest = ton_nearest(revision, names, n);
    if (n == 1 && !strcmp(revision, "HEAD"))
        return ton_fail(err, TON_INPUT, folder,
                        "the git repository has no commit yet, so there is nothing to compare "
                        "with; `git commit` first");
    if (nearest)
        return ton_fail(err, TON_INPUT, NULL, "git knows no revision `%s`; did you mean `%s`?",
                        revision, nearest);
    return ton_fail(err, TON_INPUT, NULL,
                    "git knows no revision `%s`; write for example `HEAD~1`, a tag, a branch or a "
                    "commit (`git log` lists them)",
                    revision);
}

/* What the file was called at the revision; NULL. */
static const char *old_name(struct ton_arena *arena, const char *folder, const char *revision,
                            const char *rest) {
    struct ton_text answer = {0};
    size_t n;
    GIT(&answer, folder, "diff", "--no-ext-diff", "--find-renames", "--name-status",
        "--diff-filter=R", "--relative", revision, "--");
    const char **lines = lines_of(&n, arena, &answer);
    for (size_t i = 0; i < n; i++) { /* R100, old, new, with tabs between */
        const char *old = strchr(lines[i], '\t');
        const char *new = old ? strchr(old + 1, '\t') : NULL;
        if (new && !strcmp(new + 1, rest))
            return ton_arena_copy(arena, old + 1, (size_t)(new - old - 1));
    }
    return NULL;
}

static const char *nearest_file(struct ton_arena *arena, const char *folder, const char *revision,
                                const char *rest) {
    struct ton_text answer = {0};
    size_t n;
    GIT(&answer, folder, "ls-tree", "-r", "--name-only", revision);
    const char **names = lines_of(&n, arena, &answer);
    const char *nearest = ton_nearest(rest, names, n);
    return nearest && strcmp(folder, ".") != 0 ? ton_path_join(arena, folder, nearest) : nearest;
}

static enum ton_code say_file(struct ton_arena *arena, const char *folder, const char *revision,
                              const char *path, const char *rest, struct ton_err *err) {
    const char *here = ton_arena_printf(arena, "./%s", rest);
    const char *old = old_name(arena, folder, revision, rest);
    if (old) {
        const char *at = ton_path_join(arena, folder, old);
        return ton_fail(err, TON_INPUT, NULL,
                        "at `%s` the file `%s` was called `%s`; compare with `ton diff %s:%s %s`",
                        revision, path, old, revision,
                        at && ton_text_starts(at, "./") ? at + 2 : at, path);
    }
    bool on_disk = ton_path_exists(path);
    if (on_disk && here && !has(arena, folder, "HEAD", here))
        return ton_fail(err, TON_INPUT, path,
                        "this file is not committed to git yet, so no revision has it; `git add` "
                        "and `git commit` it first");
    if (on_disk)
        return ton_fail(err, TON_INPUT, NULL,
                        "`%s` was not there yet at `%s`; `git log -- %s` lists the revisions that "
                        "have it",
                        path, revision, path);
    const char *nearest = nearest_file(arena, folder, revision, rest);
    return ton_fail(err, TON_INPUT, NULL, "there is no `%s` at `%s`%s%s%s", path, revision,
                    nearest ? "; did you mean `" : "", nearest ? nearest : "", nearest ? "`?" : "");
}

static enum ton_code say_why(struct ton_arena *arena, const char *folder, const char *revision,
                             const char *path, const char *rest, struct ton_err *err) {
    struct ton_text answer = {0};
    int status = GIT(&answer, folder, "rev-parse", "--git-dir");
    ton_text_free(&answer);
    if (status == STATUS_NO_GIT || status < 0)
        return ton_fail(err, TON_ENVIRONMENT, NULL, "git cannot be started; is it installed?");
    if (status != 0)
        return ton_fail(err, TON_INPUT, path,
                        "this is in no git repository (that git trusts), so it has no revisions; "
                        "compare two files instead: `ton diff OLD NEW`");
    const char *commit = ton_arena_printf(arena, "%s^{tree}", revision);
    status = commit ? GIT(&answer, folder, "rev-parse", "--verify", "--quiet", commit) : -1;
    ton_text_free(&answer);
    return status != 0 ? say_revision(arena, folder, revision, err)
                       : say_file(arena, folder, revision, path, rest, err);
}

enum ton_code ton_git_show(struct ton_text *out, const char **place, struct ton_arena *arena,
                           const char *revision, const char *path, struct ton_err *err) {
    if (revision[0] == '-' || revision[0] == '\0')
        return ton_fail(err, TON_USAGE, NULL,
                        "`%s` is no revision; write for example `HEAD~1`, a tag or a commit",
                        revision);
    const char *rest, *folder = nearest_folder(&rest, arena, path);
    const char *here = ton_arena_printf(arena, "./%s", rest);
    int status = folder && here ? cat_file(out, arena, folder, revision, here) : -1;
    *place = path;
    if (status > 0 && status != STATUS_NO_GIT && path[0] != '/') {
        struct ton_text answer = {0};
        const char *top =
            line_of(arena, GIT(&answer, ".", "rev-parse", "--show-toplevel"), &answer);
        status = top ? cat_file(out, arena, top, revision, path) : status;
        if (status == 0)
            *place = ton_path_join(arena, top, path);
    }
    if (out->failed || ton_arena_failed(arena))
        return ton_fail(err, TON_MEMORY, path, "there is not enough memory");
    return status == 0 ? TON_OK : say_why(arena, folder, revision, path, rest, err);
}
