/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton: signals, the verb, the exit status. */
#include "deck/face.h"
#include "print.h"
#include "verb.h"

#include "ton/isa.h"
#include "ton/lv2.h"
#include "ton/path.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

enum { STATUS_STOPPED = 130 };

/* The first one asks; who asks twice wants it now. Only async-signal-safe calls here. */
static void on_signal(int number) {
    (void)number;
    if (ton_stop_requested()) {
        deck_abandon();
        ton_path_sweep();
        _exit(STATUS_STOPPED);
    }
    ton_stop_request();
}

static void catch_signals(void) {
    static const int stopping[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < TON_N(stopping); i++) {
        struct sigaction old;
        /* What nohup or a shell's & set to be ignored stays ignored. */
        if (sigaction(stopping[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(stopping[i], &action, NULL);
    }
    /* A closed pipe or a file-size limit comes back as an error of the write. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    /* How a plug-in's process ended is kept until it is asked for. */
    signal(SIGCHLD, SIG_DFL);
}

/* A file that gets the number of a closed standard output would be written into. */
static void keep_numbers(void) {
    int fd = 0;
    while (fd >= 0 && fd <= STDERR_FILENO)
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
}

static int status_of(enum ton_code code) {
    switch (code) {
    case TON_OK:
        return 0;
    case TON_MISSED:
        return 1;
    case TON_INPUT:
    case TON_USAGE:
        return 2;
    case TON_STOPPED:
        return STATUS_STOPPED;
    case TON_ENVIRONMENT:
    case TON_MEMORY:
    case TON_FOREIGN:
        break;
    }
    return 3;
}

static enum ton_code print_help(const struct ton_verb *verb, struct ton_err *err) {
    struct ton_text text = {0};
    ton_help_write(&text, verb);
    return ton_print_text(&text, err);
}

static const char *current_folder(struct ton_arena *arena) {
    char path[TON_PATH_MAX];
    return getcwd(path, sizeof path) ? ton_arena_text(arena, path) : NULL;
}

/* Whole paths in LV2_PATH: lilv crashes on others, and `-C` would change what they mean. */
static void settle_plugin_path(struct ton_arena *arena) {
    const char *at = getenv("LV2_PATH"), *folder = at ? current_folder(arena) : NULL;
    struct ton_text whole = {0};
    while (folder && *at) {
        const size_t n = strcspn(at, ":");
        const bool relative = n > 0 && !strchr("/~", *at);
        ton_text_printf(&whole, "%s%s%s%.*s", whole.length ? ":" : "", relative ? folder : "",
                        relative ? "/" : "", (int)n, at);
        at += n + (at[n] == ':');
    }
    if (whole.length && !whole.failed)
        setenv("LV2_PATH", whole.data, 1);
    ton_text_free(&whole);
}

/* TON_CPU: no instruction set above this one, to compare them or to go round one that fails. */
static enum ton_code limit_instructions(struct ton_err *err) {
    const char *wish = getenv("TON_CPU");
    if (!wish || !*wish)
        return TON_OK;
    const char *names[TON_N_ISAS];
    for (int isa = 0; isa < TON_N_ISAS; isa++) {
        names[isa] = ton_isa_name((enum ton_isa)isa);
        if (strcmp(wish, names[isa]) == 0) {
            ton_isa_limit((enum ton_isa)isa);
            return TON_OK;
        }
    }
    return ton_fail(err, TON_USAGE, "TON_CPU",
                    "`%s` is no instruction set; there are %s, %s and %s", wish, names[0], names[1],
                    names[2]);
}

static enum ton_code run(struct ton_given *given, int argc, char **argv, struct ton_err *err) {
    enum ton_code code = limit_instructions(err);
    if (!code)
        code = ton_options_parse(given, argc, argv, err);
    if (code)
        return code;
    if (ton_given_switch(given, "version")) {
        puts("ton " TON_VERSION);
        return TON_OK;
    }
    if (!given->verb || ton_given_switch(given, "help"))
        return print_help(given->verb, err);
    ton_print_all_warnings(ton_given_switch(given, "verbose"));
    const char *folder = ton_given_text(given, "directory");
    if (folder)
        given->started_in = current_folder(given->arena);
    if (folder && chdir(folder) != 0)
        return ton_fail_errno(err, folder, "cannot work in this folder");
    if (!given->verb->refuses_itself)
        code = ton_given_check_kinds(given, err);
    return code ? code : given->verb->run(given, err);
}

/* What was printed may still be in a buffer that no disk has room for. */
static enum ton_code close_output(enum ton_code code, struct ton_err *err) {
    const bool failed = ferror(stdout) != 0; /* a while ago, and nobody knows why */
    errno = 0;
    const int error = fflush(stdout) == 0 ? 0 : errno;
    if (!failed && !error)
        return code;
    *err = (struct ton_err){.code = TON_ENVIRONMENT};
    errno = error;
    if (!error)
        ton_fail(err, TON_ENVIRONMENT, "standard output", "cannot write to it");
    else if (error != EPIPE) /* who closed the pipe, knows */
        ton_fail_errno(err, "standard output", "cannot write to it");
    ton_print_error(err);
    return TON_ENVIRONMENT;
}

int main(int argc, char **argv) {
    struct ton_err err = {.code = TON_OK};
    struct ton_given given = {.arena = ton_arena_create()};
    catch_signals();
    keep_numbers();
    if (given.arena)
        settle_plugin_path(given.arena);
    ton_lv2_register(NULL);
    enum ton_code code = given.arena ? run(&given, argc, argv, &err)
                                     : ton_fail(&err, TON_MEMORY, NULL, "there is no memory");
    ton_progress_clear();
    if (code != TON_OK && code != TON_MISSED && ton_stop_requested())
        code = ton_stop_check(&err);
    if (code != TON_OK)
        ton_print_error(&err);
    if (code == TON_USAGE && given.verb && !strstr(err.text, "help"))
        fprintf(stderr, "ton: `ton help %s` shows how\n", given.verb->name);
    ton_path_sweep();
    code = close_output(code, &err);
    ton_arena_destroy(given.arena);
    return status_of(code);
}
