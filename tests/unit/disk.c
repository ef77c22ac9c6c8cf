/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disk that other computers may use: what counts as one, and what a delivery does there. */

#include "production_rig.h"

#include "ton/deliver.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statfs.h>
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

/* Of a process that is no more, here: on a network disk it may be another computer's. */
static void only_old_temporaries_are_removed_from_a_network_disk(void **state) {
    struct rig *r = *state;
    enum { NO_PROCESS = 2147483646 };
    static const struct {
        unsigned type;
        int hours, left;
    } cases[] = {{NFS, 23, 1}, {NFS, 25, 0}, {EXT4, 23, 0}};
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kind_of_its_file_system_tells_a_network_disk),
        cmocka_unit_test_setup_teardown(
            a_delivery_warns_of_a_network_disk_once_and_when_it_makes_something, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(only_old_temporaries_are_removed_from_a_network_disk,
                                        rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
