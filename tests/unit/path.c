/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names, reading, and writing that leaves the old file or the whole new one. */
#include "promise.h"

#include "ton/path.h"
#include "ton/thread.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "/tmp/ton-path-XXXXXX";
static struct ton_arena *arena;

static int open_folder(void **state) {
    (void)state;
    arena = ton_arena_create();
    return mkdtemp(folder) ? 0 : -1;
}

static int close_folder(void **state) {
    (void)state;
    char **names;
    size_t n;
    if (ton_path_list(&names, &n, arena, folder, NULL) == TON_OK)
        for (size_t i = 0; i < n; i++) {
            const char *path = ton_path_join(arena, folder, names[i]);
            if (unlink(path) != 0)
                rmdir(path);
        }
    rmdir(folder);
    ton_arena_destroy(arena);
    return 0;
}

static const char *in_folder(const char *name) {
    return ton_path_join(arena, folder, name);
}

static size_t count_files(void) {
    char **names;
    size_t n;
    assert_int_equal(ton_path_list(&names, &n, arena, folder, NULL), TON_OK);
    return n;
}

static const char *content_of(const char *path) {
    char *text = NULL;
    assert_int_equal(ton_path_read(&text, NULL, arena, path, 1 << 20, NULL), TON_OK);
    return text;
}

static void names_come_apart_and_together(void **state) {
    (void)state;
    static const struct {
        const char *path, *name, *extension, *stem, *folder;
    } cases[] = {
        {"a/b/kick in.wav", "kick in.wav", "wav", "kick in", "a/b"},
        {"x.tar.gz", "x.tar.gz", "gz", "x.tar", "."},
        {"/x", "x", "", "x", "/"},
        {"a.b/c", "c", "", "c", "a.b"},
        {".hidden", ".hidden", "", ".hidden", "."},
        {"", "", "", "", "."},
        {"dot.", "dot.", "", "dot.", "."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(ton_path_name(cases[i].path), cases[i].name);
        assert_string_equal(ton_path_extension(cases[i].path), cases[i].extension);
        assert_string_equal(ton_path_stem(arena, cases[i].path), cases[i].stem);
        assert_string_equal(ton_path_folder(arena, cases[i].path), cases[i].folder);
    }
    assert_string_equal(ton_path_join(arena, "a", "b"), "a/b");
    assert_string_equal(ton_path_join(arena, "a/", "b"), "a/b");
    assert_string_equal(ton_path_join(arena, ".", "b"), "b");
    assert_string_equal(ton_path_join(arena, "", "b"), "b");
    assert_string_equal(ton_path_join(arena, "a", "/b"), "/b");
}

static void a_file_is_written_whole_and_alone(void **state) {
    (void)state;
    const char *path = in_folder("x.txt");
    assert_int_equal(ton_path_write(path, "old", 3, NULL), TON_OK);
    assert_int_equal(ton_path_write(path, "newer", 5, NULL), TON_OK);
    assert_string_equal(content_of(path), "newer");
    assert_int_equal(count_files(), 1);
    assert_int_equal(ton_path_size(path), 5);
    assert_true(ton_path_exists(path));
    assert_false(ton_path_is_folder(path));
    unlink(path);
    assert_int_equal(ton_path_size(path), -1);
}

static void a_temporary_is_hidden_beside_its_file_and_keeps_its_extension(void **state) {
    (void)state;
    char temporary[TON_PATH_MAX], second[TON_PATH_MAX];
    const char *path = in_folder("x.flac");
    assert_int_equal(ton_path_temporary(temporary, path, NULL), TON_OK);
    assert_int_equal(ton_path_temporary(second, path, NULL), TON_OK);
    assert_string_not_equal(temporary, second);
    assert_string_equal(ton_path_extension(temporary), "flac");
    assert_int_equal(ton_path_name(temporary)[0], '.');
    assert_string_equal(ton_path_folder(arena, temporary), folder);
    ton_path_abandon(temporary);
    ton_path_abandon(second);
}

static void the_sweep_removes_what_is_unfinished_and_only_that(void **state) {
    (void)state;
    char open_one[TON_PATH_MAX], done[TON_PATH_MAX], given_up[TON_PATH_MAX];
    assert_int_equal(ton_path_temporary(open_one, in_folder("a"), NULL), TON_OK);
    assert_int_equal(ton_path_temporary(done, in_folder("b"), NULL), TON_OK);
    assert_int_equal(ton_path_temporary(given_up, in_folder("c"), NULL), TON_OK);
    const char *const all[] = {open_one, done, given_up};
    for (int i = 0; i < 3; i++) {
        int fd = open(all[i], O_CREAT | O_WRONLY, 0666);
        assert_true(fd >= 0);
        close(fd);
    }
    assert_int_equal(ton_path_commit(done, in_folder("b"), NULL), TON_OK);
    ton_path_abandon(given_up);
    assert_int_equal(count_files(), 2);
    ton_path_sweep();
    assert_int_equal(count_files(), 1);
    assert_true(ton_path_exists(in_folder("b")));
    ton_path_sweep();
    unlink(in_folder("b"));
}

/* Nobody wrote to it for two hours. */
static void make_old(const char *path) {
    const struct timespec times[2] = {{.tv_sec = time(NULL) - 7200}, {.tv_sec = time(NULL) - 7200}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void what_a_killed_process_left_is_cleared_and_only_that(void **state) {
    (void)state;
    const pid_t dead = fork();
    if (dead == 0)
        _exit(0);
    waitpid(dead, NULL, 0);
    char left[64], own[64];
    snprintf(left, sizeof left, ".ton-%ld-7-mix.wav", (long)dead);
    snprintf(own, sizeof own, ".ton-%ld-8-mix.wav", (long)getpid());
    const char *const names[] = {left, own, "mix.wav", ".ton-notes", ".ton--1-2-x"};
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
        assert_int_equal(ton_path_write(in_folder(names[i]), "x", 1, NULL), TON_OK);
    ton_path_clear_dead(arena, folder);
    assert_int_equal(count_files(), sizeof names / sizeof *names);
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
        make_old(in_folder(names[i]));
    ton_path_clear_dead(arena, folder);
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++) {
        assert_int_equal(ton_path_exists(in_folder(names[i])), i != 0);
        unlink(in_folder(names[i]));
    }
}

static void *write_many(void *user) {
    const char *path = user;
    for (int i = 0; i < 50; i++)
        ton_path_write(path, path, strlen(path), NULL);
    return NULL;
}

static void threads_write_at_the_same_time(void **state) {
    (void)state;
    struct ton_thread threads[4] = {{.running = false}};
    char *paths[4];
    for (int i = 0; i < 4; i++) {
        paths[i] = ton_arena_printf(arena, "%s/thread-%d", folder, i);
        assert_int_equal(ton_thread_start(&threads[i], write_many, paths[i], NULL), TON_OK);
    }
    for (int i = 0; i < 4; i++)
        ton_thread_join(&threads[i]);
    assert_int_equal(count_files(), 4);
    for (int i = 0; i < 4; i++) {
        assert_string_equal(content_of(paths[i]), paths[i]);
        unlink(paths[i]);
    }
}

static void a_device_is_written_in_place_and_stays_a_device(void **state) {
    (void)state;
    struct ton_err err = {.code = TON_OK};
    struct stat info;
    const char *fifo = in_folder("fifo");
    char got[8] = "";
    /* A FIFO first: a build that is broken must not come as far as the machine's own devices. */
    assert_int_equal(mkfifo(fifo, 0600), 0);
    int reader = open(fifo, O_RDWR | O_NONBLOCK);
    assert_int_equal(ton_path_write(fifo, "abc", 3, &err), TON_OK);
    assert_int_equal(lstat(fifo, &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    assert_int_equal(read(reader, got, sizeof got), 3);
    assert_string_equal(got, "abc");
    close(reader);
    unlink(fifo);
    assert_int_equal(ton_path_write("/dev/full", "abc", 3, &err), TON_ENVIRONMENT);
    assert_string_equal(err.where, "/dev/full");
    assert_string_equal(err.text, "cannot write it: No space left on device");
    assert_int_equal(stat("/dev/full", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
}

static void write_past_a_limit(void) {
    /* The smallest full disk there is: a file may not grow over 4 KiB. */
    signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit = {.rlim_cur = 4096, .rlim_max = 4096};
    char *big = setrlimit(RLIMIT_FSIZE, &limit) == 0 ? ton_alloc(1 << 20) : NULL;
    _exit(big && ton_path_write(in_folder("big"), big, 1 << 20, NULL) != TON_OK ? 0 : 1);
}

static void a_full_disk_leaves_no_partial_file(void **state) {
    (void)state;
    const char *path = in_folder("big");
    assert_int_equal(ton_path_write(path, "before", 6, NULL), TON_OK);
    pid_t child = fork();
    if (child == 0)
        write_past_a_limit();
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(count_files(), 1);
    assert_string_equal(content_of(path), "before");
    unlink(path);
}

static bool is_link(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
}

/* A production from a stranger may bring links where the program writes. */
static void a_link_is_replaced_not_followed(void **state) {
    (void)state;
    static const char *const targets[] = {"take.wav", "nowhere", "/dev/full", "."};
    const char *take = in_folder("take.wav"), *link_path = in_folder("link");
    assert_int_equal(ton_path_write(take, "take", 4, NULL), TON_OK);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(symlink(targets[i], link_path), 0);
        assert_int_equal(ton_path_write(link_path, "mix", 3, NULL), TON_OK);
        assert_false(is_link(link_path));
        assert_string_equal(content_of(link_path), "mix");
        unlink(link_path);
    }
    assert_string_equal(content_of(take), "take");
    assert_int_equal(count_files(), 1);
    unlink(take);
}

static void a_link_in_a_path_that_was_given_stays_a_link(void **state) {
    (void)state;
    const char *target = in_folder("target"), *link_path = in_folder("link"), *to;
    assert_int_equal(ton_path_write(target, "1", 1, NULL), TON_OK);
    assert_int_equal(ton_path_resolve(&to, arena, target, NULL), TON_OK);
    assert_ptr_equal(to, target);
    assert_int_equal(symlink("target", link_path), 0);
    assert_int_equal(ton_path_resolve(&to, arena, link_path, NULL), TON_OK);
    assert_int_equal(ton_path_write(to, "22", 2, NULL), TON_OK);
    assert_true(is_link(link_path));
    assert_string_equal(content_of(target), "22");
    unlink(target);
    unlink(link_path);
}

/* As /dev/stdout does when it is a pipe: renaming over the link itself would be worst of all. */
static void a_link_that_leads_nowhere_is_refused_where_it_was_given(void **state) {
    (void)state;
    int ends[2];
    struct ton_err err = {.code = TON_OK};
    assert_int_equal(pipe(ends), 0);
    const char *links[] = {in_folder("link"), ton_arena_printf(arena, "/proc/self/fd/%d", ends[1])};
    assert_int_equal(symlink("nowhere", links[0]), 0);
    for (int i = 0; i < 2; i++) {
        const char *to;
        assert_int_equal(ton_path_resolve(&to, arena, links[i], &err), TON_INPUT);
        assert_non_null(strstr(err.text, "is a link that cannot be followed"));
    }
    unlink(links[0]);
    close(ends[0]);
    close(ends[1]);
}

static void a_folder_may_be_a_link(void **state) {
    (void)state;
    const char *link_path = in_folder("out"), *inside = in_folder("out/mix");
    assert_int_equal(symlink(".", link_path), 0);
    assert_int_equal(ton_path_write(inside, "mix", 3, NULL), TON_OK);
    assert_true(is_link(link_path));
    assert_string_equal(content_of(in_folder("mix")), "mix");
    unlink(inside);
    unlink(link_path);
}

static void a_temporary_of_a_temporary_has_as_short_a_name(void **state) {
    (void)state;
    char draft[TON_PATH_MAX], temporary[TON_PATH_MAX];
    assert_int_equal(ton_path_temporary(draft, in_folder("x.wav"), NULL), TON_OK);
    assert_int_equal(ton_path_temporary(temporary, draft, NULL), TON_OK);
    assert_string_not_equal(draft, temporary);
    assert_int_equal(strlen(temporary), strlen(draft));
    assert_string_equal(ton_path_extension(temporary), "wav");
    ton_path_abandon(temporary);
    ton_path_abandon(draft);
}

/* Nanoseconds since the epoch. */
static int64_t modified(const char *path) {
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
}

static void a_copy_is_equal_keeps_its_date_and_replaces_nothing(void **state) {
    (void)state;
    const char *from = in_folder("take.wav"), *to = in_folder("copy.wav");
    struct ton_err err = {.code = TON_OK};
    size_t size = 300001;
    char *data = ton_arena_alloc(arena, size);
    for (size_t i = 0; i < size; i++)
        data[i] = (char)(i * 7 / 3);
    assert_int_equal(ton_path_write(from, data, size, NULL), TON_OK);
    assert_int_equal(ton_path_copy(from, to, NULL), TON_OK);
    char *copied = NULL;
    size_t n_copied = 0;
    assert_int_equal(ton_path_read(&copied, &n_copied, arena, to, size, NULL), TON_OK);
    assert_int_equal(n_copied, size);
    assert_memory_equal(copied, data, size);
    assert_int_equal(modified(from), modified(to));
    assert_int_equal(ton_path_copy(from, to, &err), TON_INPUT);
    assert_string_equal(err.text, "exists already and is not overwritten");
    assert_int_equal(ton_path_copy(folder, in_folder("x"), &err), TON_INPUT);
    assert_int_equal(ton_path_copy(in_folder("none"), in_folder("x"), &err), TON_INPUT);
    assert_int_equal(count_files(), 2);
    unlink(from);
    unlink(to);
}

/* Nor with the name of a temporary. */
static void a_temporary_is_never_written_through_a_link(void **state) {
    (void)state;
    const char *victim = in_folder("victim.txt"), *link = in_folder(".ton-1-1-x.wav");
    assert_int_equal(ton_path_write(victim, "mine", 4, NULL), TON_OK);
    assert_int_equal(symlink("victim.txt", link), 0);
    int fd = ton_path_open_temporary(link);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "theirs", 6), 6);
    close(fd);
    assert_string_equal(content_of(victim), "mine");
    assert_string_equal(content_of(link), "theirs");
    unlink(victim);
    unlink(link);
}

static void folders_are_made_once_and_never_over_a_file(void **state) {
    (void)state;
    struct ton_err err = {.code = TON_OK};
    const char *deep = in_folder("a/b/c");
    assert_int_equal(ton_path_make_folders(deep, NULL), TON_OK);
    assert_int_equal(ton_path_make_folders(deep, NULL), TON_OK);
    assert_true(ton_path_is_folder(deep));
    assert_int_equal(ton_path_write(in_folder("file"), "", 0, NULL), TON_OK);
    assert_int_equal(ton_path_make_folders(in_folder("file/x"), &err), TON_INPUT);
    assert_int_equal(ton_path_make_folders(in_folder("file"), &err), TON_INPUT);
    assert_string_equal(err.text, "is a file, a folder was expected");
    assert_int_equal(ton_path_make_folders("", NULL), TON_OK);
    rmdir(deep);
    rmdir(in_folder("a/b"));
    rmdir(in_folder("a"));
    unlink(in_folder("file"));
}

static void reading_refuses_what_it_should_not_hold(void **state) {
    (void)state;
    char *text = NULL;
    size_t size = 0;
    struct ton_err err = {.code = TON_OK};
    const char *path = in_folder("five"), *pipe_path = in_folder("fifo");
    assert_int_equal(ton_path_write(path, "12345", 5, NULL), TON_OK);
    assert_int_equal(ton_path_read(&text, &size, arena, path, 5, NULL), TON_OK);
    assert_int_equal(size, 5);
    assert_int_equal(ton_path_read(&text, &size, arena, path, 4, &err), TON_INPUT);
    assert_string_equal(err.text, "has 5 bytes, at most 4 can be read");
    assert_int_equal(ton_path_read(&text, &size, arena, folder, 100, &err), TON_INPUT);
    assert_int_equal(ton_path_read(&text, &size, arena, in_folder("no"), 100, &err), TON_INPUT);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_int_equal(ton_path_read(&text, &size, arena, pipe_path, 100, &err), TON_INPUT);
    unlink(pipe_path);
    unlink(path);
}

static void a_list_is_sorted_by_bytes(void **state) {
    (void)state;
    static const char *const made[] = {"b", "B", "a 2", "a 10", ".x"};
    static const char *const sorted[] = {".x", "B", "a 10", "a 2", "b"};
    char **names = NULL;
    size_t n = 0;
    for (int i = 0; i < 5; i++)
        assert_int_equal(ton_path_write(in_folder(made[i]), "", 0, NULL), TON_OK);
    assert_int_equal(ton_path_list(&names, &n, arena, folder, NULL), TON_OK);
    assert_int_equal(n, 5);
    for (int i = 0; i < 5; i++) {
        assert_string_equal(names[i], sorted[i]);
        unlink(in_folder(sorted[i]));
    }
    assert_int_equal(ton_path_list(&names, &n, arena, "/nowhere", NULL), TON_INPUT);
    assert_int_equal(n, 0);
}

/* Who may read a production stays what its owner decided. */
static void a_file_that_is_replaced_keeps_who_may_read_it(void **state) {
    (void)state;
    static const mode_t modes[] = {0600, 0664, 0640};
    const char *path = in_folder("private.yaml");
    struct stat info;
    assert_int_equal(ton_path_write(path, "old", 3, NULL), TON_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_int_equal(ton_path_write(path, "new", 3, NULL), TON_OK);
        assert_int_equal(stat(path, &info), 0);
        figure("%03o was %03o", info.st_mode & 0777, modes[i]);
        assert_int_equal(info.st_mode & 0777, modes[i]);
    }
    unlink(path);
}

/* Also one that came while the new one was written. */
static void a_new_file_replaces_nothing(void **state) {
    (void)state;
    struct ton_err err = {.code = TON_OK};
    const char *path = in_folder("session.yaml");
    assert_int_equal(ton_path_write_new(path, "mine", 4, &err), TON_OK);
    assert_int_equal(ton_path_write_new(path, "other", 5, &err), TON_INPUT);
    figure("%s", err.text);
    assert_string_equal(content_of(path), "mine");
    assert_int_equal(count_files(), 1);
    unlink(path);
}

/* What goes on being written under its name. */
static void a_temporary_takes_a_name_that_nobody_has(void **state) {
    (void)state;
    const char *path = in_folder("growing");
    char temporary[TON_PATH_MAX];
    struct ton_err err;
    for (int taken = 0; taken < 2; taken++) {
        assert_int_equal(ton_path_temporary(temporary, path, &err), TON_OK);
        const int fd = ton_path_open_temporary(temporary);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, "some", 4), 4);
        assert_int_equal(ton_path_put_new(temporary, path, &err), taken ? TON_INPUT : TON_OK);
        assert_int_equal(write(fd, " more", 5), 5);
        close(fd);
        assert_string_equal(content_of(path), "some more");
        assert_int_equal(ton_path_exists(temporary), taken);
    }
    ton_path_sweep(); /* the second was still open business, and the first was not */
    assert_false(ton_path_exists(temporary));
    assert_true(ton_path_exists(path));
    assert_int_equal(ton_path_sync_folder(path, &err), TON_OK);
    assert_int_not_equal(ton_path_sync_folder(in_folder("no/where"), &err), TON_OK);
    assert_int_equal(unlink(path), 0);
}

static void a_target_that_cannot_be_is_refused_early(void **state) {
    (void)state;
    char temporary[TON_PATH_MAX], name[300];
    struct ton_err err = {.code = TON_OK};
    assert_int_equal(ton_path_temporary(temporary, folder, &err), TON_INPUT);
    assert_string_equal(err.text, "is a folder, the name of a file was expected");
    assert_int_equal(ton_path_temporary(temporary, "", &err), TON_INPUT);
    assert_int_equal(ton_path_write(in_folder("none/x"), "", 0, &err), TON_INPUT);
    char *long_path = ton_arena_alloc(arena, 2 * TON_PATH_MAX);
    memset(long_path, 'a', 2 * TON_PATH_MAX - 1);
    assert_int_equal(ton_path_temporary(temporary, long_path, &err), TON_INPUT);
    memset(name, 'n', 255);
    name[255] = '\0';
    assert_int_equal(ton_path_write(in_folder(name), "", 0, NULL), TON_OK);
    unlink(in_folder(name));
    assert_int_equal(count_files(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_come_apart_and_together),
        cmocka_unit_test(a_temporary_is_never_written_through_a_link),
        cmocka_unit_test(a_file_is_written_whole_and_alone),
        cmocka_unit_test(a_temporary_is_hidden_beside_its_file_and_keeps_its_extension),
        cmocka_unit_test(the_sweep_removes_what_is_unfinished_and_only_that),
        cmocka_unit_test(what_a_killed_process_left_is_cleared_and_only_that),
        cmocka_unit_test(threads_write_at_the_same_time),
        cmocka_unit_test(a_device_is_written_in_place_and_stays_a_device),
        cmocka_unit_test(a_full_disk_leaves_no_partial_file),
        cmocka_unit_test(a_link_is_replaced_not_followed),
        cmocka_unit_test(a_link_in_a_path_that_was_given_stays_a_link),
        cmocka_unit_test(a_link_that_leads_nowhere_is_refused_where_it_was_given),
        cmocka_unit_test(a_folder_may_be_a_link),
        cmocka_unit_test(a_temporary_of_a_temporary_has_as_short_a_name),
        cmocka_unit_test(a_copy_is_equal_keeps_its_date_and_replaces_nothing),
        cmocka_unit_test(folders_are_made_once_and_never_over_a_file),
        cmocka_unit_test(reading_refuses_what_it_should_not_hold),
        cmocka_unit_test(a_list_is_sorted_by_bytes),
        cmocka_unit_test(a_file_that_is_replaced_keeps_who_may_read_it),
        cmocka_unit_test(a_new_file_replaces_nothing),
        cmocka_unit_test(a_temporary_takes_a_name_that_nobody_has),
        cmocka_unit_test(a_target_that_cannot_be_is_refused_early),
    };
    return cmocka_run_group_tests(tests, open_folder, close_folder);
}
