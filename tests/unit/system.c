/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The system check: clocks told apart through the jitter of threads, and a check that leaves
 * nothing behind. */
#include "promise.h"

#include "measure/system.h"

#include "ton/row.h"
#include "ton/text.h"

#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RATE = 48000 };

/* How late a thread wakes: some 50 µs mostly, and now and then 5 ms. */
static double lateness(uint32_t *state) {
    *state = *state * 1664525U + 1013904223U;
    const double x = (double)(*state >> 8) / (1 << 24);
    return *state % 20 == 0 ? 5e-3 * x : 1e-4 * x;
}

/* Where something was lost, the device says so, and is wrong about how much by up to 20 ms. */
static struct ton_system_drift watch_simulated(struct ton_arena *arena, double ppm, double seconds,
                                               int lost_every) {
    enum { PERIOD = 256 };
    struct watch w;
    uint32_t random = 1;
    int64_t leap = 0;
    assert_int_equal(watch_init(&w, arena, RATE, seconds, NULL), TON_OK);
    const int periods = (int)(seconds * RATE / PERIOD);
    for (int i = 0; i < periods; i++) {
        const bool loses = lost_every && i % lost_every == lost_every / 2;
        if (loses)
            leap += (int)(1e6 * lateness(&random)) % 1000;
        const double due = (double)i * PERIOD / (RATE * (1 + 1e-6 * ppm));
        watch_stamp(&w, (int64_t)i * PERIOD + leap, loses,
                    (int64_t)(1e9 * (7 + due + lateness(&random))));
    }
    return watch_fit(&w);
}

static void clocks_are_told_within_what_is_said_to_be_known(void **state) {
    (void)state;
    static const double ppms[] = {0, 1, -3, 30, -100, 900};
    static const double lengths[] = {3, 10, 60};
    struct ton_arena *arena = ton_arena_create();
    for (int k = 0; k < TON_N(lengths); k++) {
        double worst = 0, known = 0;
        for (int i = 0; i < TON_N(ppms); i++) {
            const struct ton_system_drift d =
                watch_simulated(arena, ppms[i], lengths[k], k > 0 && i % 2 ? 940 : 0);
            assert_true(d.known);
            if (fabs(d.ppm - ppms[i]) > 2 * d.known_ppm)
                fail_msg("%.2f ppm, said to be known to %.2f, of %.0f", d.ppm, d.known_ppm,
                         ppms[i]);
            if (fabs(ppms[i]) > 100)
                continue;
            worst = fmax(worst, fabs(d.ppm - ppms[i]));
            known = fmax(known, d.known_ppm);
        }
        figure(
            "%2.0f s: clocks within 100 ppm are off by %.2f ppm at most, said to be known to %.2f",
            lengths[k], worst, known);
        assert_true(worst <= known && known < 30 / lengths[k]);
    }
    ton_arena_destroy(arena);
}

static void too_short_a_time_tells_nothing(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    struct watch none;
    assert_false(watch_simulated(arena, 30, 1, 0).known);
    assert_int_equal(watch_init(&none, arena, RATE, 1, NULL), TON_OK);
    assert_false(watch_fit(&none).known);
    ton_arena_destroy(arena);
}

/* Two devices at once, one of which runs 300 ppm fast. */
static void devices_of_two_clocks_are_told_apart(void **state) {
    (void)state;
    static const double speeds[] = {1, 1.0003}, seconds = 2.5;
    struct ton_arena *arena = ton_arena_create();
    struct ton_device *devices[2];
    struct watch watches[2];
    for (int i = 0; i < 2; i++) {
        const struct ton_device_config config = {.backend = "null",
                                                 .rate = RATE,
                                                 .speed = speeds[i],
                                                 .process = watching_process,
                                                 .user = &watches[i]};
        assert_int_equal(watch_init(&watches[i], arena, RATE, seconds, NULL), TON_OK);
        assert_int_equal(ton_device_open(&devices[i], &config, NULL), TON_OK);
        assert_int_equal(ton_device_start(devices[i], NULL), TON_OK);
    }
    ton_nap((int64_t)(seconds * 1e9));
    for (int i = 0; i < 2; i++)
        ton_device_close(devices[i]);
    const struct ton_system_drift d = watch_between(watch_fit(&watches[1]), watch_fit(&watches[0]));
    figure("%.1f ppm (%.1f) between clocks that are 300 apart", d.ppm, d.known_ppm);
    assert_true(d.known);
    assert_true(fabs(d.ppm - 300) < 60 + 2 * d.known_ppm && d.known_ppm < 150);
    ton_arena_destroy(arena);
}

static const struct ton_check_remark *find(const struct ton_system *s, const char *kind) {
    for (int i = 0; i < s->n; i++)
        if (ton_text_same(s->findings[i].kind, kind))
            return &s->findings[i];
    return NULL;
}

/* It records eight inputs and writes to the disk, in a folder of the test's own. */
static void nothing_stays_of_a_check(void **state) {
    (void)state;
    char folder[] = "/tmp/ton-system-XXXXXX", **names;
    size_t n = 0;
    struct ton_arena *arena = ton_arena_create();
    struct ton_system s;
    assert_non_null(mkdtemp(folder));
    const struct ton_system_check_config config = {.backend = "null",
                                                   .rate = RATE,
                                                   .period_frames = 1024,
                                                   .n_inputs = 8,
                                                   .n_outputs = 8,
                                                   .told_latency = -1,
                                                   .folder = folder,
                                                   .bits = 24,
                                                   .seconds = 0.5};
    assert_int_equal(ton_system_check(&s, arena, &config, NULL), TON_OK);
    assert_int_equal(ton_path_list(&names, &n, arena, folder, NULL), TON_OK);
    assert_int_equal(n, 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(s.load_trouble.code, TON_OK);
    assert_true(s.load.recorded && s.load.overrun == 0 && s.load.waited_s > 0);
    assert_int_equal(s.load.workers, ton_cpu_count());
    assert_true(s.disk.bytes_s > 0 && s.disk.slowest_bytes_s <= s.disk.bytes_s * 1.000001);
    figure("%.0f MB/s on the disk, %.2f s waited for it under load, nothing left",
           s.disk.bytes_s / 1e6, s.load.waited_s);
    ton_arena_destroy(arena);
}

static void join(char path[TON_PATH_MAX], const char *folder, const char *name) {
    assert_true(snprintf(path, TON_PATH_MAX, "%s/%s", folder, name) < TON_PATH_MAX);
}

static void put(const char *folder, const char *name) {
    char path[TON_PATH_MAX];
    join(path, folder, name);
    assert_int_equal(ton_path_write_new(path, "what somebody played", 20, NULL), TON_OK);
}

static void take_away(const char *folder, const char *name) {
    char path[TON_PATH_MAX];
    join(path, folder, name);
    assert_int_equal(unlink(path), 0);
}

static bool is_there(const char *folder, const char *name) {
    char path[TON_PATH_MAX];
    join(path, folder, name);
    return ton_path_exists(path);
}

static int count(const char *folder) {
    char **names;
    size_t n = 0;
    struct ton_arena *arena = ton_arena_create();
    assert_int_equal(ton_path_list(&names, &n, arena, folder, NULL), TON_OK);
    ton_arena_destroy(arena);
    return (int)n;
}

/* As if the process had gone: nothing holds it any more. */
static void leave(struct system_folder *f) {
    assert_int_equal(close(f->fd), 0);
    f->fd = -1;
}

/* A link that is called as a check's folder is, to takes called as a check's are. */
static void what_a_link_leads_to_is_not_touched(void **state) {
    (void)state;
    static const char *const links[] = {".ton-system-check", ".ton-system-check-abcdef"};
    char victim[] = "/tmp/ton-victim-XXXXXX", folder[] = "/tmp/ton-system-XXXXXX";
    char path[TON_PATH_MAX];
    struct ton_arena *arena = ton_arena_create();
    struct ton_system s;
    assert_non_null(mkdtemp(victim));
    assert_non_null(mkdtemp(folder));
    put(victim, "precious.wav");
    put(victim, "input_1_01.wav");
    for (int i = 0; i < TON_N(links); i++) {
        join(path, folder, links[i]);
        assert_int_equal(symlink(victim, path), 0);
    }
    const struct ton_system_check_config config = {.backend = "null",
                                                   .rate = RATE,
                                                   .n_inputs = 1,
                                                   .folder = folder,
                                                   .bits = 24,
                                                   .seconds = 0.02};
    assert_int_equal(ton_system_check(&s, arena, &config, NULL), TON_OK);
    ton_arena_destroy(arena);
    assert_true(s.load.recorded);
    figure("%d files behind two links, %d links", count(victim), count(folder));
    assert_int_equal(count(victim), 2);
    assert_int_equal(count(folder), 2);
    for (int i = 0; i < TON_N(links); i++)
        take_away(folder, links[i]);
    take_away(victim, "precious.wav");
    take_away(victim, "input_1_01.wav");
    assert_true(rmdir(victim) == 0 && rmdir(folder) == 0);
}

static void what_a_killed_check_left_goes_and_a_strangers_file_stays(void **state) {
    (void)state;
    static const char *const stay[] = {"song.wav", "input_1_02.wav", "input_1_01.wav.bak",
                                       "my_input_1_01.wav"};
    char parent[] = "/tmp/ton-system-XXXXXX";
    struct system_folder dead, shared;
    assert_non_null(mkdtemp(parent));
    assert_int_equal(system_folder_make(&dead, parent, NULL), TON_OK);
    assert_int_equal(system_folder_make(&shared, parent, NULL), TON_OK);
    put(dead.path, "input_1_01.wav");
    put(dead.path, ".ton-4711-3-input_2_01.wav");
    put(shared.path, "input_1_01.wav");
    for (int i = 0; i < TON_N(stay); i++)
        put(shared.path, stay[i]);
    leave(&dead);
    leave(&shared);
    system_folder_clear(parent);
    assert_false(ton_path_exists(dead.path));
    assert_false(is_there(shared.path, "input_1_01.wav"));
    figure("%d of %d files of a stranger are there", count(shared.path), TON_N(stay));
    for (int i = 0; i < TON_N(stay); i++)
        take_away(shared.path, stay[i]);
    system_folder_clear(parent);
    assert_int_equal(rmdir(parent), 0);
}

static void two_checks_at_once_leave_each_others_takes(void **state) {
    (void)state;
    char parent[] = "/tmp/ton-system-XXXXXX";
    struct system_folder first, second;
    assert_non_null(mkdtemp(parent));
    assert_int_equal(system_folder_make(&first, parent, NULL), TON_OK);
    put(first.path, "input_1_01.wav");
    system_folder_clear(parent);
    assert_int_equal(system_folder_make(&second, parent, NULL), TON_OK);
    assert_string_not_equal(first.path, second.path);
    put(second.path, "input_1_01.wav");
    system_folder_remove(&second);
    assert_true(is_there(first.path, "input_1_01.wav"));
    system_folder_remove(&first);
    assert_int_equal(rmdir(parent), 0);
}

static void a_folder_that_is_not_there_is_a_finding(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    struct ton_system s;
    const struct ton_system_check_config config = {.backend = "null",
                                                   .rate = RATE,
                                                   .n_inputs = 1,
                                                   .folder = "/nowhere/audio",
                                                   .bits = 24,
                                                   .seconds = 0.05};
    assert_int_equal(ton_system_check(&s, arena, &config, NULL), TON_OK);
    assert_int_equal(s.verdict, TON_CHECKED_FAULT);
    assert_non_null(strstr(find(&s, "disk")->found, "/nowhere/audio"));
    assert_false(s.load.recorded);
    assert_null(find(&s, "hours"));
    ton_arena_destroy(arena);
}

static void every_allocation_may_fail_and_nothing_stays(void **state) {
    (void)state;
    enum { MOST = 400 };
    char folder[] = "/dev/shm/ton-system-XXXXXX"; /* a disk would take its time 40 times */
    struct ton_system s;
    struct ton_err err;
    int refused = 0;
    assert_non_null(mkdtemp(folder));
    const struct ton_system_check_config config = {
        .backend = "null",
        .rate = RATE,
        .second = {.backend = "null", .rate = RATE, .speed = 1},
        .n_inputs = 1,
        .n_outputs = 1,
        .folder = folder,
        .bits = 24,
        .seconds = 0.03};
    for (long n = 0; n < MOST; n++, refused++) {
        struct ton_arena *arena = ton_arena_create();
        ton_alloc_fail_after(n);
        const enum ton_code code = ton_system_check(&s, arena, &config, &err);
        ton_alloc_fail_after(-1);
        ton_arena_destroy(arena);
        if (code == TON_OK)
            break;
        assert_int_equal(code, TON_MEMORY);
    }
    assert_int_equal(rmdir(folder), 0);
    figure("%d allocations, each refused once", refused);
    assert_true(refused > 10 && refused < MOST);
}

static void who_stops_it_is_heard_and_nothing_stays(void **state) {
    (void)state;
    char folder[] = "/tmp/ton-system-XXXXXX";
    struct ton_arena *arena = ton_arena_create();
    struct ton_system s;
    static atomic_bool stop = true;
    assert_non_null(mkdtemp(folder));
    const struct ton_system_check_config config = {.backend = "null",
                                                   .rate = RATE,
                                                   .n_inputs = 1,
                                                   .folder = folder,
                                                   .bits = 24,
                                                   .seconds = 60};
    ton_stop_heed(&stop);
    assert_int_equal(ton_system_check(&s, arena, &config, NULL), TON_STOPPED);
    ton_stop_heed(NULL);
    assert_int_equal(rmdir(folder), 0);
    ton_arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_are_told_within_what_is_said_to_be_known),
        cmocka_unit_test(too_short_a_time_tells_nothing),
        cmocka_unit_test(devices_of_two_clocks_are_told_apart),
        cmocka_unit_test(nothing_stays_of_a_check),
        cmocka_unit_test(what_a_link_leads_to_is_not_touched),
        cmocka_unit_test(what_a_killed_check_left_goes_and_a_strangers_file_stays),
        cmocka_unit_test(two_checks_at_once_leave_each_others_takes),
        cmocka_unit_test(a_folder_that_is_not_there_is_a_finding),
        cmocka_unit_test(every_allocation_may_fail_and_nothing_stays),
        cmocka_unit_test(who_stops_it_is_heard_and_nothing_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
