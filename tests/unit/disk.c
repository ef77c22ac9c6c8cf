/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks: one that other computers may use, what counts as one and what a delivery does there; one
 * that is nearly full. */

#include "production_rig.h"

#include "ton/deliver.h"
#include "ton/mixdown.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <time.h>

enum { EXT4 = 0xEF53, NFS = 0x6969, NO_ANSWER = 0 };

static unsigned disk_type = EXT4;

/* The program's own instead of the C library's: every folder is on the disk that a test says. */
int statfs(const char *path, struct statfs *disk) {
    (void)path;
    memset(disk, 0, sizeof *disk);
    disk->f_type = disk_type;
    errno = ENOSYS;
    return disk_type == NO_ANSWER ? -1 : 0;
}

static int64_t disk_free = INT64_MAX;

/* So many bytes are left on it, whatever is written. */
int statvfs(const char *path, struct statvfs *disk) {
    (void)path;
    *disk = (struct statvfs){.f_frsize = 1, .f_bavail = (fsblkcnt_t)disk_free};
    return 0;
}

static void the_kind_of_its_file_system_tells_a_network_disk(void **state) {
    (void)state;
    /* linux/magic.h; fs/smb/client/cifsfs.h of the kernel */
    static const struct {
        const char *name;
        unsigned type;
        enum ton_disk disk;
    } known[] = {
        {"ext4", EXT4, TON_DISK_LOCAL},          {"btrfs", 0x9123683E, TON_DISK_LOCAL},
        {"xfs", 0x58465342, TON_DISK_LOCAL},     {"tmpfs", 0x01021994, TON_DISK_LOCAL},
        {"overlay", 0x794C7630, TON_DISK_LOCAL}, {"no answer", NO_ANSWER, TON_DISK_LOCAL},
        {"NFS", NFS, TON_DISK_NETWORK},          {"SMB", 0x517B, TON_DISK_NETWORK},
        {"SMB2", 0xFE534D42, TON_DISK_NETWORK},  {"CIFS", 0xFF534D42, TON_DISK_NETWORK},
        {"AFS", 0x5346414F, TON_DISK_NETWORK},   {"Ceph", 0x00C36400, TON_DISK_NETWORK},
        {"9P", 0x01021997, TON_DISK_NETWORK},
    };
    for (int i = 0; i < TON_N(known); i++) {
        disk_type = known[i].type;
        if (ton_path_disk("/tmp") != known[i].disk)
            fail_msg("%s is taken for the other kind of disk", known[i].name);
    }
    figure("%d kinds of file systems", TON_N(known));
}

static int n_warnings(const struct rig *r) {
    int n = 0;
    for (size_t i = 0; i < r->problems.n; i++)
        n += r->problems.items[i].warning && strstr(r->problems.items[i].text, "network disk");
    return n;
}

static int deliver(struct rig *r) {
    struct ton_delivery done = {0};
    const struct ton_deliver_config config = {.folder = rig_path(r, "p"), .threads = 2};
    if (ton_deliver(&done, r->arena, &config, &r->problems, NULL, &r->err))
        fail_msg("%s %s", r->err.where, r->err.text);
    return n_warnings(r);
}

static void a_delivery_warns_of_a_network_disk_once_and_when_it_makes_something(void **state) {
    struct rig *r = *state;
    rig_record(r, &(struct rig_recording){
                      .file = "p/audio/one.wav", .rate = 48000, .channels = 2, .frames = 48000});
    rig_write(r, "p/sessions/one.yaml",
              "tonmeister: 1\ntitle: One\nrate: 48 kHz\n"
              "tracks: {A: {clips: [{take: one.wav, at: 0:00}]}}\n");
    rig_write(r, "p/production.yaml",
              "tonmeister: 1\ntitle: Test\nartist: X\nsessions: [one]\ndeliverables:\n"
              "  a: {format: wav 24-bit, mastered: no}\n  b: {format: wav 16-bit, mastered: no}\n");
    disk_type = NFS;
    assert_int_equal(deliver(r), 1); /* two files */
    assert_int_equal(deliver(r), 1); /* nothing is made: nothing more is said */
    disk_type = EXT4;
    assert_int_equal(nftw(rig_path(r, "p/out"), rig_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
    assert_int_equal(deliver(r), 1);
}

/* Of a process that is no more, here: it may be a container's, or on a network disk another
 * computer's. */
static void only_temporaries_that_nobody_writes_to_are_removed(void **state) {
    struct rig *r = *state;
    enum { NO_PROCESS = 2147483646 };
    static const struct {
        unsigned type;
        int hours, left;
    } cases[] = {{NFS, 23, 1}, {NFS, 25, 0}, {EXT4, 0, 1}, {EXT4, 2, 0}};
    const char *name = ton_arena_printf(r->arena, "cache/.ton-%d-1-a.wav", NO_PROCESS);
    for (int i = 0; i < TON_N(cases); i++) {
        const time_t then = time(NULL) - 3600L * cases[i].hours;
        const struct timespec times[2] = {{.tv_sec = then}, {.tv_sec = then}};
        rig_write(r, name, "x");
        assert_int_equal(utimensat(AT_FDCWD, rig_path(r, name), times, 0), 0);
        disk_type = cases[i].type;
        ton_path_clear_dead(r->arena, rig_path(r, "cache"));
        assert_int_equal(rig_count(r, "cache"), cases[i].left);
    }
}

/* Each of two sessions has a strip that is kept. */
static void write_dear(struct rig *r) {
    static const char *const names[] = {"one", "two"};
    for (int i = 0; i < 2; i++) {
        rig_record(r, &(struct rig_recording){
                          .file = ton_arena_printf(r->arena, "p/audio/%s.wav", names[i]),
                          .rate = 48000,
                          .channels = 2,
                          .frames = 96000,
                          .seed = (unsigned)i});
        rig_write(r, ton_arena_printf(r->arena, "p/sessions/%s.yaml", names[i]),
                  ton_arena_printf(r->arena,
                                   "tonmeister: 1\nrate: 48 kHz\ntracks:\n"
                                   "  A: {clips: [{take: %s.wav}], chain: [saturator]}\n"
                                   "  B: {clips: [{take: %s.wav}], gain: -3 dB}\n",
                                   names[i], names[i]));
    }
    rig_write(r, "p/production.yaml",
              "tonmeister: 1\ntitle: Test\nartist: X\nsessions: [one, two]\n"
              "deliverables: {a: {format: wav float, mastered: no}}\n");
}

static int64_t size_of(struct rig *r, const char *folder, int *n) {
    struct ton_cache_share shares[8];
    struct ton_store store;
    int64_t bytes = 0;
    int n_kinds = 0;
    const struct ton_cache_kind *kinds = ton_store_kinds(&n_kinds);
    assert_in_range(n_kinds, 1, TON_N(shares));
    assert_int_equal(ton_store_open(&store, r->arena, rig_path(r, "p"), INT64_MAX, &r->err),
                     TON_OK);
    ton_cache_survey(shares, &store.config);
    ton_store_close(&store);
    for (int i = 0; i < n_kinds; i++) {
        if (strcmp(kinds[i].folder, folder) != 0)
            continue;
        bytes = shares[i].bytes;
        *n = (int)shares[i].entries;
    }
    return bytes;
}

static void remove_cache(struct rig *r) {
    assert_int_equal(nftw(rig_path(r, "p/.cache"), rig_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* A part is a little longer than the mix that hears it. When the first session is rendered the disk
 * must still take two mixes and two files, then one and two. */
static void dear_parts_leave_the_disk_what_the_delivery_still_needs(void **state) {
    struct rig *r = *state;
    static const struct {
        double mixes; /* that the disk would hold */
        int kept;
    } cases[] = {{3.5, 0}, {4.5, 1}, {5.5, 2}};
    int n = 0;
    write_dear(r);
    deliver(r);
    const int64_t mix = size_of(r, "mixes", &n) / n;
    for (int i = 0; i < TON_N(cases); i++) {
        remove_cache(r);
        assert_int_equal(nftw(rig_path(r, "p/out"), rig_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
        disk_free = (int64_t)(cases[i].mixes * (double)mix);
        deliver(r);
        disk_free = INT64_MAX;
        size_of(r, "parts", &n);
        figure("on a disk for %.1f mixes %d parts are kept", cases[i].mixes, n);
        assert_int_equal(n, cases[i].kept);
    }
}

/* The file of `ton mix` lies elsewhere. */
static void a_cache_that_holds_the_parts_need_not_hold_the_mix(void **state) {
    struct rig *r = *state;
    int n = 0;
    int64_t limit = INT64_MAX;
    write_dear(r);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 2; i++) {
            struct ton_mixdown mix;
            const struct ton_mixdown_config config = {
                .session = rig_path(r, i ? "p/sessions/two.yaml" : "p/sessions/one.yaml"),
                .out = rig_path(r, "mix.wav"),
                .cache = limit};
            if (ton_mixdown(&mix, r->arena, &config, &r->problems, NULL, &r->err))
                fail_msg("%s %s", r->err.where, r->err.text);
        }
        limit = size_of(r, "parts", &n);
        assert_int_equal(n, 2);
        remove_cache(r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kind_of_its_file_system_tells_a_network_disk),
        cmocka_unit_test_setup_teardown(
            a_delivery_warns_of_a_network_disk_once_and_when_it_makes_something, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(only_temporaries_that_nobody_writes_to_are_removed,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(dear_parts_leave_the_disk_what_the_delivery_still_needs,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(a_cache_that_holds_the_parts_need_not_hold_the_mix,
                                        rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
