/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clips are written into a text that an editor saves at the same time. The editor is the disk: it
 * saves where our text is synced, between what was read and what is replaced. */
#include "production_rig.h"

#include "text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

static const char SESSION[] = "tonmeister: 1\ntitle: P\nrate: 48 kHz\ntracks:\n  Voice: {}\n";

static struct {
    const char *path;
    const char *texts[16]; /* one a save */
    int n, saved;
    bool renames;   /* or writes into the file that is there */
    bool in_pauses; /* the first at a sync, the others while we wait */
    int waits;      /* so many syncs of files before the first */
} editor;

static void save(const char *text) {
    char beside[512];
    snprintf(beside, sizeof beside, "%s~", editor.path);
    const int fd = open(editor.renames ? beside : editor.path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    if (editor.renames)
        assert_int_equal(rename(beside, editor.path), 0);
}

static void save_next(void) {
    if (editor.path && editor.saved < editor.n)
        save(editor.texts[editor.saved++]);
}

int fsync(int fd) {
    struct stat info;
    const bool is_file = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    if (editor.path && is_file && editor.waits-- <= 0 && (!editor.in_pauses || editor.saved == 0))
        save_next();
    return 0;
}

/* Nobody waits. */
int nanosleep(const struct timespec *wish, struct timespec *left) {
    (void)wish;
    (void)left;
    if (editor.in_pauses)
        save_next();
    return 0;
}

/* Places one clip while the editor saves these texts, one after the other. */
static enum ton_code place(struct rig *r, struct ton_err *err) {
    struct ton_placing clip = {
        .track = "Voice", .take = "voice_01.wav", .frames = 48000, .heard = true};
    editor.path = NULL;
    rig_write(r, "p/production.yaml", "tonmeister: 1\ntitle: P\nsessions: [s]\n");
    rig_write(r, "p/sessions/s.yaml", SESSION);
    editor.path = rig_path(r, "p/sessions/s.yaml");
    editor.saved = 0;
    return text_place(editor.path, r->arena, &clip, 1, &r->problems, err);
}

static const char *text_now(struct rig *r) {
    static char *text;
    size_t length;
    assert_int_equal(ton_path_read(&text, &length, r->arena, editor.path, 1 << 20, NULL), TON_OK);
    return text;
}

static void what_an_editor_saved_meanwhile_stays_and_gets_the_clip(void **state) {
    struct rig *r = *state;
    struct ton_err err = {0};
    for (int way = 0; way < 2; way++) {
        memset(&editor, 0, sizeof editor);
        editor.renames = way;
        editor.texts[editor.n++] =
            "tonmeister: 1\ntitle: P\nrate: 48 kHz\ntracks:\n  Voice: {gain: -3 dB} # softer\n";
        editor.texts[editor.n++] = "tonmeister: 1\ntitle: P\nrate: 48 kHz\n# again\ntracks:\n"
                                   "  Voice: {gain: -6 dB} # softer\n";
        if (place(r, &err))
            fail_msg("%s: %s", err.where, err.text);
        const char *text = text_now(r);
        figure("saved %d times: %s", editor.saved, text);
        assert_int_equal(editor.saved, 2);
        assert_non_null(strstr(text, "# again\n"));
        assert_non_null(strstr(text, "gain: -6 dB"));
        const char *clip = strstr(text, "take: voice_01.wav");
        assert_non_null(clip);
        assert_null(strstr(clip + 1, "take: voice_01.wav"));
    }
}

static void a_slip_of_the_pen_that_was_saved_meanwhile_is_told_and_stays(void **state) {
    struct rig *r = *state;
    struct ton_err err = {0};
    memset(&editor, 0, sizeof editor);
    editor.texts[editor.n++] = "tonmeister: 1\ntitle: P\ntracks: [[[\n";
    assert_int_equal(place(r, &err), TON_INPUT);
    assert_string_equal(text_now(r), editor.texts[0]);
    figure("%zu problems: %s", r->problems.n, err.text);
}

static void half_of_what_an_editor_writes_is_read_again_when_it_is_whole(void **state) {
    struct rig *r = *state;
    struct ton_err err = {0};
    memset(&editor, 0, sizeof editor);
    editor.texts[editor.n++] = "tonmeister: 1\ntitle: P\nrate: 48 kHz\ntracks:\n  Voi";
    editor.texts[editor.n++] = "tonmeister: 1\ntitle: P\nrate: 48 kHz\ntracks:\n  Voice: {gain";
    editor.texts[editor.n++] =
        "tonmeister: 1\ntitle: P\nrate: 48 kHz\ntracks:\n  Voice: {gain: -1 dB}\n";
    editor.in_pauses = true;
    if (place(r, &err))
        fail_msg("%s: %s", err.where, err.text);
    figure("%s", text_now(r));
    assert_int_equal(r->problems.n, 0);
    assert_non_null(strstr(text_now(r), "gain: -1 dB"));
    assert_non_null(strstr(text_now(r), "take: voice_01.wav"));
}

/* Nothing that takes its time lies between the last look and the replacing. */
static void what_is_saved_in_the_last_sync_stays_too(void **state) {
    struct rig *r = *state;
    struct ton_err err = {0};
    int waits = 0;
    do {
        memset(&editor, 0, sizeof editor);
        editor.waits = waits++;
        editor.texts[editor.n++] = "tonmeister: 1\ntitle: P\nrate: 48 kHz\ntracks:\n"
                                   "  Voice: {gain: -6 dB}\n";
        if (place(r, &err))
            fail_msg("%s: %s", err.where, err.text);
        figure("saved %d times, after %d syncs", editor.saved, waits - 1);
        assert_true(editor.saved == 0 || strstr(text_now(r), "gain: -6 dB"));
        assert_non_null(strstr(text_now(r), "take: voice_01.wav"));
    } while (editor.saved && waits < 9);
    assert_in_range(waits, 2, 8);
}

static void a_session_that_is_a_link_stays_one(void **state) {
    struct rig *r = *state;
    struct ton_err err = {0};
    struct stat info;
    struct ton_placing clip = {
        .track = "Voice", .take = "voice_01.wav", .frames = 48000, .heard = true};
    memset(&editor, 0, sizeof editor);
    rig_write(r, "p/production.yaml", "tonmeister: 1\ntitle: P\nsessions: [s]\n");
    rig_write(r, "p/sessions/s.yaml", SESSION);
    const char *link = rig_path(r, "p/sessions/s.yaml"), *target = rig_path(r, "p/written.yaml");
    assert_int_equal(rename(link, target), 0);
    assert_int_equal(symlink("../written.yaml", link), 0);
    if (text_place(link, r->arena, &clip, 1, &r->problems, &err))
        fail_msg("%s: %s", err.where, err.text);
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(lstat(target, &info), 0);
    assert_true(S_ISREG(info.st_mode));
    editor.path = target;
    assert_non_null(strstr(text_now(r), "take: voice_01.wav"));
    assert_int_equal(unlink(link), 0);
}

static void who_saves_without_end_keeps_the_text(void **state) {
    struct rig *r = *state;
    struct ton_err err = {0};
    memset(&editor, 0, sizeof editor);
    for (int i = 0; i < 16; i++)
        editor.texts[editor.n++] = i % 2 ? SESSION : "tonmeister: 1\ntitle: P\nrate: 48 kHz\n";
    assert_int_equal(place(r, &err), TON_ENVIRONMENT);
    assert_string_equal(text_now(r), editor.texts[editor.saved - 1]);
    figure("%d saves: %s", editor.saved, err.text);
    assert_int_equal(editor.saved, 10);
}

int main(void) {
#define PROMISE(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        PROMISE(what_an_editor_saved_meanwhile_stays_and_gets_the_clip),
        PROMISE(a_slip_of_the_pen_that_was_saved_meanwhile_is_told_and_stays),
        PROMISE(half_of_what_an_editor_writes_is_read_again_when_it_is_whole),
        PROMISE(what_is_saved_in_the_last_sync_stays_too),
        PROMISE(a_session_that_is_a_link_stays_one),
        PROMISE(who_saves_without_end_keeps_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
