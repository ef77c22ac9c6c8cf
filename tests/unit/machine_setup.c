/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a computer is set up, read from trees of files that the tests make. */
#include "promise.h"

#include "ton/arena.h"
#include "ton/machine.h"
#include "ton/path.h"
#include "ton/row.h"

#include <stdio.h>
#include <stdlib.h>

struct rig {
    char root[64];
    struct ton_arena *arena;
    struct ton_machine_setup setup;
};

static int rig_open(void **state) {
    struct rig *r = calloc(1, sizeof *r);
    if (!r)
        return -1;
    snprintf(r->root, sizeof r->root, "/tmp/ton-machine-XXXXXX");
    r->arena = ton_arena_create();
    *state = r;
    return r->arena && mkdtemp(r->root) ? 0 : -1;
}

static int rig_close(void **state) {
    struct rig *r = *state;
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", r->root);
    const int status = system(command);
    ton_arena_destroy(r->arena);
    free(r);
    return status;
}

static void put(struct rig *r, const char *name, const char *text) {
    const char *path = ton_arena_printf(r->arena, "%s%s", r->root, name);
    assert_int_equal(ton_path_make_folders(ton_path_folder(r->arena, path), NULL), TON_OK);
    assert_int_equal(ton_path_write(path, text, strlen(text), NULL), TON_OK);
}

static const struct ton_machine_setup *look(struct rig *r) {
    ton_machine_setup(&r->setup, r->root);
    return &r->setup;
}

static void nothing_there_is_unknown_and_no_complaint(void **state) {
    const struct ton_machine_setup *m = look(*state);
    assert_true(m->n_cores == 0 && m->n_governed == 0 && m->n_slow == 0);
    assert_int_equal(m->locked_bytes, -1);
    assert_int_equal(m->swappiness, -1);
    assert_false(m->has_battery || m->on_battery || m->threaded_interrupts);
    assert_int_equal(m->preemption, TON_PREEMPTION_UNKNOWN);
    assert_string_equal(m->realtime_group, "");
}

static void cores_that_slow_down_are_counted(void **state) {
    struct rig *r = *state;
    static const char *const governors[] = {"performance\n", "schedutil\n", NULL, "powersave\n"};
    for (int i = 0; i < TON_N(governors); i++) {
        char name[96];
        snprintf(name, sizeof name, "/sys/devices/system/cpu/cpu%d/%s", i,
                 governors[i] ? "cpufreq/scaling_governor" : "online");
        put(r, name, governors[i] ? governors[i] : "1\n");
    }
    const struct ton_machine_setup *m = look(r);
    assert_int_equal(m->n_cores, 4);
    assert_int_equal(m->n_governed, 3);
    assert_int_equal(m->n_slow, 2);
    assert_string_equal(m->governor, "schedutil");
    figure("%d of %d cores with a governor slow down", m->n_slow, m->n_governed);
}

#define LIMITS(priority, memory)                                                                   \
    "Limit                     Soft Limit           Hard Limit           Units     \n"             \
    "Max locked memory         " memory "              unlimited            bytes     \n"          \
    "Max nice priority         0                    0                    \n"                       \
    "Max realtime priority     " priority "                   99                   \n"

static void soft_limits_count_and_capabilities_go_beyond_them(void **state) {
    struct rig *r = *state;
    static const struct {
        const char *limits, *status;
        long priority;
        int64_t locked;
    } cases[] = {
        {LIMITS("0", "8388608"), "CapEff:\t0000000000000000\n", 0, 8388608},
        {LIMITS("95", "unlimited"), "CapEff:\t0000000000000000\n", 95, -1},
        {LIMITS("unlimited", "65536"), "", 99, 65536},
        {LIMITS("0", "8388608"), "Name:\tton\nCapEff:\t000001ffffffffff\n", 99, -1},
        {LIMITS("0", "8388608"), "CapEff:\t0000000000800000\n", 99, 8388608}, /* CAP_SYS_NICE */
        {LIMITS("0", "8388608"), "CapEff:\t0000000000004000\n", 0, -1},       /* CAP_IPC_LOCK */
    };
    for (int i = 0; i < TON_N(cases); i++) {
        put(r, "/proc/self/limits", cases[i].limits);
        put(r, "/proc/self/status", cases[i].status);
        const struct ton_machine_setup *m = look(r);
        if (m->realtime_priority != cases[i].priority || m->locked_bytes != cases[i].locked)
            fail_msg("case %d: priority %ld, %lld bytes", i, m->realtime_priority,
                     (long long)m->locked_bytes);
    }
    figure("%d kinds of rights", TON_N(cases));
}

static void the_group_that_may_is_found(void **state) {
    struct rig *r = *state;
    put(r, "/etc/security/limits.conf", "# @students - rtprio 20\n@students hard nproc 20\n");
    put(r, "/etc/security/limits.d/other.conf.disabled", "@wheel - rtprio 95\n");
    assert_string_equal(look(r)->realtime_group, "");
    put(r, "/etc/security/limits.d/99-realtime.conf", "@realtime - rtprio 98\n");
    assert_string_equal(look(r)->realtime_group, "realtime");
    put(r, "/etc/security/limits.d/audio.conf",
        "# Provided by the jackd package.\n@audio   -  memlock    unlimited\n"
        "@audio   -  rtprio     95\n");
    put(r, "/etc/security/limits.d/25-pw-rlimits.conf", "@pipewire   - rtprio  95\n");
    assert_string_equal(look(r)->realtime_group, "audio");
}

static void a_laptop_runs_on_its_battery_but_not_on_that_of_its_mouse(void **state) {
    struct rig *r = *state;
    put(r, "/sys/class/power_supply/hidpp_battery_0/type", "Battery\n");
    put(r, "/sys/class/power_supply/hidpp_battery_0/scope", "Device\n");
    put(r, "/sys/class/power_supply/hidpp_battery_0/status", "Discharging\n");
    assert_false(look(r)->has_battery || look(r)->on_battery);
    put(r, "/sys/class/power_supply/AC/type", "Mains\n");
    put(r, "/sys/class/power_supply/BAT0/type", "Battery\n");
    put(r, "/sys/class/power_supply/BAT0/status", "Charging\n");
    assert_true(look(r)->has_battery && !look(r)->on_battery);
    put(r, "/sys/class/power_supply/BAT0/status", "Discharging\n");
    assert_true(look(r)->on_battery);
}

static void swap_is_told_in_bytes(void **state) {
    struct rig *r = *state;
    put(r, "/proc/sys/vm/swappiness", "60\n");
    put(r, "/proc/meminfo", "MemTotal:       16316412 kB\nSwapTotal:       2097152 kB\n");
    assert_int_equal(look(r)->swappiness, 60);
    assert_int_equal(look(r)->swap_bytes, INT64_C(2) << 30);
}

static void kernels_are_told_apart(void **state) {
    struct rig *r = *state;
    static const struct {
        const char *version, *given;
        enum ton_preemption preemption;
    } cases[] = {
        {"Linux version 6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian", "quiet",
         TON_PREEMPTION_DYNAMIC},
        {"Linux version 6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian", "quiet preempt=full",
         TON_PREEMPTION_FULL},
        {"Linux version 6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian", "preempt=none",
         TON_PREEMPTION_NONE},
        {"Linux version 6.1.0-18-rt-amd64 #1 SMP PREEMPT_RT Debian", "", TON_PREEMPTION_RT},
        {"Linux version 5.4.0-42-lowlatency #46 SMP PREEMPT Fri", "", TON_PREEMPTION_FULL},
        {"Linux version 5.4.0-42-generic #46-Ubuntu SMP Fri Jul 10", "", TON_PREEMPTION_NONE},
    };
    for (int i = 0; i < TON_N(cases); i++) {
        put(r, "/proc/version", cases[i].version);
        put(r, "/proc/cmdline", cases[i].given);
        if (look(r)->preemption != cases[i].preemption)
            fail_msg("%s is taken for kind %d", cases[i].version, (int)r->setup.preemption);
    }
    assert_false(r->setup.threaded_interrupts);
    put(r, "/proc/cmdline", "ro threadirqs quiet\n");
    assert_true(look(r)->threaded_interrupts);
    figure("%d kernels", TON_N(cases));
}

/* Files of no end, a root of no end. */
static void odd_trees_do_no_harm(void **state) {
    struct rig *r = *state;
    char *text = ton_arena_alloc(r->arena, 100001), *root = ton_arena_alloc(r->arena, 5000);
    memset(text, 'x', 100000);
    text[100000] = '\0';
    memcpy(text, "@", 1);
    put(r, "/etc/security/limits.conf", text);
    put(r, "/proc/self/limits", text);
    put(r, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", text);
    assert_int_equal(strlen(look(r)->governor), sizeof r->setup.governor - 1);
    memset(root, '/', 4999);
    root[4999] = '\0';
    ton_machine_setup(&r->setup, root);
    assert_int_equal(r->setup.n_cores, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_there_is_unknown_and_no_complaint, rig_open,
                                        rig_close),
        cmocka_unit_test_setup_teardown(cores_that_slow_down_are_counted, rig_open, rig_close),
        cmocka_unit_test_setup_teardown(soft_limits_count_and_capabilities_go_beyond_them, rig_open,
                                        rig_close),
        cmocka_unit_test_setup_teardown(the_group_that_may_is_found, rig_open, rig_close),
        cmocka_unit_test_setup_teardown(a_laptop_runs_on_its_battery_but_not_on_that_of_its_mouse,
                                        rig_open, rig_close),
        cmocka_unit_test_setup_teardown(swap_is_told_in_bytes, rig_open, rig_close),
        cmocka_unit_test_setup_teardown(kernels_are_told_apart, rig_open, rig_close),
        cmocka_unit_test_setup_teardown(odd_trees_do_no_harm, rig_open, rig_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
