/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a delivery asks of the disk. A plain file is measured on its way there, and the proof that
 * the finished file is that one is tried with a disk that gives back something else; a file is
 * synced before it has its name. */

#include "production_rig.h"

#include "ton/deliver.h"
#include "ton/text.h"

#include <fcntl.h>

/* What becomes of a file as soon as it is written. */
static struct fault {
    const char *what;
    const char *chunk; /* the byte so far behind the head of this chunk … */
    int at;
    unsigned char flip; /* … changes by these bits */
    int cut;            /* bytes at its end that are lost */
    int allocations;    /* that there is still memory for, plus one; 0: no lack of it */
} fault;
static int n_faults;

static void damage(const char *path) {
    static char bytes[1 << 20];
    const int fd = open(path, O_RDWR);
    const ssize_t size = pread(fd, bytes, sizeof bytes, 0);
    assert_in_range(size, 1000, sizeof bytes - 1);
    const char *chunk = fault.chunk ? memmem(bytes, (size_t)size, fault.chunk, 4) : NULL;
    if (chunk) {
        const off_t at = chunk - bytes + 8 + fault.at;
        const unsigned char flipped = (unsigned char)bytes[at] ^ fault.flip;
        assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
    }
    assert_true(!fault.chunk == !chunk);
    assert_int_equal(ftruncate(fd, size - fault.cut), 0);
    assert_int_equal(close(fd), 0);
    n_faults++;
}

/* Of the WAVs below out/. */
static struct {
    int drafts, syncs, files;
    char synced[TON_PATH_MAX]; /* last */
} seen;

static bool is_ours(const char *path) {
    return strstr(path, "/out/") && strcmp(ton_path_extension(path), "wav") == 0;
}

/* The program's own instead of the C library's. */
int fsync(int fd) {
    char link[64], path[TON_PATH_MAX] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (readlink(link, path, sizeof path - 1) > 0 && is_ours(path)) {
        snprintf(seen.synced, sizeof seen.synced, "%s", path);
        seen.syncs++;
    }
    return 0;
}

/* So is this: a draft that got its name is struck by the fault. */
int rename(const char *from, const char *to) {
    const int done = renameat(AT_FDCWD, from, AT_FDCWD, to);
    const bool draft = ton_text_starts(ton_path_name(to), ".ton-");
    if (!is_ours(to))
        return done;
    seen.drafts += draft;
    seen.files += !draft;
    if (!draft)
        assert_string_equal(seen.synced, from);
    if (draft && fault.what)
        damage(to);
    if (draft && fault.allocations)
        ton_alloc_fail_after(fault.allocations - 1);
    return done;
}

static void write_production(struct rig *r, const char *deliverable) {
    rig_record(r, &(struct rig_recording){
                      .file = "p/audio/one.wav", .rate = 48000, .channels = 2, .frames = 24000});
    rig_write(r, "p/sessions/one.yaml",
              "tonmeister: 1\ntitle: One\nrate: 48 kHz\n"
              "tracks: {A: {clips: [{take: one.wav, at: 0:00}]}}\n");
    rig_write(r, "p/production.yaml",
              ton_arena_printf(r->arena,
                               "tonmeister: 1\ntitle: Test\nartist: X\nsessions: [one]\n"
                               "master: {loudness: -20 LUFS}\ndeliverables: {a: {%s}}\n",
                               deliverable));
}

static enum ton_code deliver(struct rig *r) {
    struct ton_delivery done = {0};
    const struct ton_deliver_config config = {.folder = rig_path(r, "p"), .threads = 1};
    return ton_deliver(&done, r->arena, &config, &r->problems, NULL, &r->err);
}

static void remove_files(struct rig *r) {
    nftw(rig_path(r, "p/out"), rig_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *const kinds[] = {"format: wav float, mastered: no", "format: wav float"};

static void a_file_that_comes_back_as_another_is_told_and_gets_no_name(void **state) {
    struct rig *r = *state;
    static const struct fault faults[] = {
        {.what = "a bit of the first sample", .chunk = "data", .flip = 1},
        {.what = "a bit in the middle", .chunk = "data", .at = 96001, .flip = 0x80},
        {.what = "the rate", .chunk = "fmt ", .at = 4, .flip = 1},
        {.what = "one channel for two", .chunk = "fmt ", .at = 2, .flip = 3},
        {.what = "integers for floats", .chunk = "fmt ", .at = 0, .flip = 2},
        {.what = "the last frame", .cut = 8},
        {.what = "all but the head", .cut = 190000},
    };
    for (int k = 0; k < TON_N(kinds); k++) {
        write_production(r, kinds[k]);
        for (int i = 0; i < TON_N(faults); i++) {
            fault = faults[i];
            n_faults = 0;
            const enum ton_code code = deliver(r);
            if (code != TON_ENVIRONMENT || !strstr(r->err.text, "cannot be read back"))
                fail_msg("%s goes unnoticed: %d, %s", fault.what, code, r->err.text);
            assert_int_equal(n_faults, 1);
            assert_int_equal(rig_count(r, "p/out/a"), 0);
        }
        fault = (struct fault){0};
        assert_int_equal(deliver(r), TON_OK);
        assert_int_equal(rig_count(r, "p/out/a"), 1);
        remove_files(r);
    }
    figure("%d faults of the disk, each in a plain mix and a master", TON_N(faults));
}

static void a_lack_of_memory_is_not_told_as_a_bad_disk(void **state) {
    struct rig *r = *state;
    enum { TRIES = 40 };
    int n = 0;
    write_production(r, kinds[0]);
    for (int i = 1; i <= TRIES; i++) {
        fault = (struct fault){.allocations = i};
        r->err.text[0] = '\0';
        const enum ton_code code = deliver(r);
        ton_alloc_fail_after(-1);
        n += code == TON_MEMORY;
        assert_null(strstr(r->err.text, "disk"));
        remove_files(r);
    }
    fault = (struct fault){0};
    figure("%d of %d times there was no memory", n, TRIES);
    assert_true(n > TRIES / 2);
}

/* Noise at 44.1 kHz is over the ceiling at first. */
static void a_file_is_synced_once_and_before_it_has_its_name(void **state) {
    struct rig *r = *state;
    write_production(r, "format: wav 16-bit 44.1 kHz, loudness: -9 LUFS, ceiling: -1 dBTP");
    memset(&seen, 0, sizeof seen);
    assert_int_equal(deliver(r), TON_OK);
    figure("%d tries, %d synced, %d named", seen.drafts, seen.syncs, seen.files);
    assert_true(seen.drafts > 1 && seen.files == 1);
    assert_int_equal(seen.syncs, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_that_comes_back_as_another_is_told_and_gets_no_name,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(a_lack_of_memory_is_not_told_as_a_bad_disk, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(a_file_is_synced_once_and_before_it_has_its_name, rig_setup,
                                        rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
