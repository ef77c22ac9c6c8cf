/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The system check: what follows from its figures, and what to do about it. */
#include "promise.h"

#include "measure/system.h"

#include "ton/row.h"
#include "ton/text.h"

enum { RATE = 48000 };

/* A computer with which all is well. */
static const struct ton_system healthy = {
    .load = {.device = {.backend = "jack",
                        .name = "default",
                        .rate = RATE,
                        .period_frames = 128,
                        .realtime = true,
                        .mean_load = 0.05,
                        .high_load = 0.2,
                        .worst_load = 0.4},
             .seconds = 60,
             .n_inputs = 16,
             .n_outputs = 16,
             .workers = 8,
             .recorded = true,
             .waited_s = 0.2,
             .ring_s = 10,
             .drift = {.known = true, .ppm = 12, .known_ppm = 0.5}},
    .latency = {.rate = RATE, .period_frames = 128, .frames = 412, .claimed = 412},
    .disk = {.bytes_s = 400e6,
             .slowest_bytes_s = 300e6,
             .needed_bytes_s = 2.304e6,
             .free_bytes = INT64_C(500000000000),
             .hours = 60.3},
    .machine = {.n_cores = 8,
                .n_governed = 8,
                .governor = "performance",
                .realtime_priority = 95,
                .locked_bytes = -1,
                .swappiness = 10,
                .swap_bytes = INT64_C(1) << 30,
                .has_battery = true,
                .preemption = TON_PREEMPTION_RT},
    .is_realtime = true,
    .between = {.known = true, .ppm = 0.1, .known_ppm = 0.2},
};

static const struct ton_system_check_config usual = {.backend = "jack",
                                                     .rate = RATE,
                                                     .second = {.backend = "portaudio"},
                                                     .n_inputs = 16,
                                                     .output = "1",
                                                     .input = "1",
                                                     .told_latency = -1,
                                                     .folder = "audio",
                                                     .bits = 24};

static void all_is_well_where_it_is(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    struct ton_system s = healthy;
    assert_int_equal(system_judge(&s, arena, &usual, NULL), TON_OK);
    for (int i = 0; i < s.n; i++)
        if (s.findings[i].weight != TON_CHECKED_OK || s.findings[i].remedy)
            fail_msg("%s: %s", s.findings[i].kind, s.findings[i].found);
    assert_int_equal(s.verdict, TON_CHECKED_OK);
    assert_int_equal(s.code, TON_OK);
    figure("%d findings, all ok", s.n);
    ton_arena_destroy(arena);
}

struct wrong {
    void (*spoil)(struct ton_system *s, struct ton_system_check_config *c);
    const char *kind;
    enum ton_checked weight;
    const char *found, *remedy; /* parts */
    enum ton_code code;
};

static void no_loop(struct ton_system *s, struct ton_system_check_config *c) {
    (void)s;
    c->output = c->input = NULL;
}
static void loop_without_cable(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->latency_trouble = (struct ton_system_trouble){TON_INPUT, "nothing came back"};
}
static void a_loop_that_was_lost(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->latency = (struct ton_latency){.claimed = -1, .lost = 3072};
    s->latency_trouble = (struct ton_system_trouble){TON_ENVIRONMENT, "3072 samples were lost"};
}
static void a_loop_tried_twice(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->latency.lost = 1024;
}
static void a_loop_without_server(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->latency_trouble = (struct ton_system_trouble){TON_ENVIRONMENT, "no port `9`"};
}
static void a_loop_upside_down(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->latency.inverted = true;
}
static void ports_that_claim_less(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->latency.claimed = 256;
}
static void ports_that_claim_nothing(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->latency.claimed = -1;
}
static void settings_that_say_more(struct ton_system *s, struct ton_system_check_config *c) {
    (void)s;
    c->told_latency = 500;
}
static void no_server(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->load_trouble = (struct ton_system_trouble){TON_ENVIRONMENT, "jack: no server runs"};
}
static void a_clock_apart(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->between = (struct ton_system_drift){true, 30, 0.4};
}
static void a_rate_apart(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->between = (struct ton_system_drift){true, -81250, 0.4};
}
static void pulled_up(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->load.drift = (struct ton_system_drift){true, 1000, 0.5};
}
static void too_short(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->between.known = false;
}
static void too_vague(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->between = (struct ton_system_drift){true, -16178, 9963};
}
static void apart_as_by_chance(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->load.seconds = 5;
    s->between = (struct ton_system_drift){true, 5.4, 4.5};
}
static void alike_as_far_as_is_known(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->load.seconds = 3;
    s->between = (struct ton_system_drift){true, -1, 21.6};
}
static void a_little_apart(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->between = (struct ton_system_drift){true, 2, 0.4};
}
static void one_speed(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->between = (struct ton_system_drift){true, 0.5, 0.4};
}
static void a_second_that_is_away(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->second_trouble = (struct ton_system_trouble){TON_ENVIRONMENT, "no device `USB`"};
}
static void a_loop_between_clocks(struct ton_system *s, struct ton_system_check_config *c) {
    c->second.backend = NULL;
    s->latency.drift_ppm = -12;
    s->latency.drift_known_ppm = 0.1;
}
static void xruns(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->load.device.xruns = 3;
    s->load.device.lost_frames = 384;
}
static void a_busy_callback(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->load.device.high_load = 0.7;
}
static void a_late_disk(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->load.overrun = 4800;
}
static void a_slow_disk(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->disk.bytes_s = 2e6;
}
static void a_fair_disk(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->disk.bytes_s = 6e6;
}
static void a_disk_that_stands_still(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->load.waited_s = 7;
}
static void a_disk_that_refuses(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->disk_trouble = (struct ton_system_trouble){TON_ENVIRONMENT, "audio: read-only"};
}
static void a_disk_of_the_network(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->disk.kind = TON_DISK_NETWORK;
}
static void an_hour_left(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->disk.hours = 1.5;
}
static void minutes_left(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->disk.hours = 0.1;
}
static void one_input(struct ton_system *s, struct ton_system_check_config *c) {
    minutes_left(s, c);
    c->n_inputs = 1;
}
static void no_priority(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->is_realtime = false;
    s->machine.realtime_priority = 0;
}
static void priority_for_a_group(struct ton_system *s, struct ton_system_check_config *c) {
    no_priority(s, c);
    snprintf(s->machine.realtime_group, sizeof s->machine.realtime_group, "realtime");
}
static void priority_that_is_refused(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->is_realtime = false;
}
static void a_server_without_priority(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->load.device.realtime = false;
}
static void little_locked(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->machine.locked_bytes = 8 << 20;
}
static void powersave(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->machine.n_slow = 6;
    snprintf(s->machine.governor, sizeof s->machine.governor, "powersave");
}
static void no_governor(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->machine.n_governed = 0;
}
static void battery(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->machine.on_battery = true;
}
static void eager_swap(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->machine.swappiness = 60;
}
static void a_kernel_of_servers(struct ton_system *s, struct ton_system_check_config *c) {
    (void)c;
    s->machine.preemption = TON_PREEMPTION_NONE;
}
static void a_kernel_that_could(struct ton_system *s, struct ton_system_check_config *c) {
    xruns(s, c);
    s->machine.preemption = TON_PREEMPTION_DYNAMIC;
}

static const struct wrong wrongs[] = {
    {no_loop, "latency", TON_CHECKED_OPEN, "not measured", "--latency 1=1", TON_OK},
    {loop_without_cable, "latency", TON_CHECKED_FAULT, "nothing came back", NULL, TON_INPUT},
    {a_loop_that_was_lost, "latency", TON_CHECKED_OPEN, "in each of three tries",
     "mend what makes xruns", TON_OK},
    {a_loop_that_was_lost, "xruns", TON_CHECKED_FAULT,
     "3072 samples lost over the loop-back, none under load; 16 in", "`jackd … -p 256`", TON_OK},
    {a_loop_tried_twice, "xruns", TON_CHECKED_ATTENTION, "1024 samples lost over the loop-back",
     "-p 256", TON_OK},
    {a_loop_tried_twice, "latency", TON_CHECKED_OK, "412 samples", NULL, TON_OK},
    {a_loop_without_server, "latency", TON_CHECKED_FAULT, "no port", NULL, TON_ENVIRONMENT},
    {one_input, "hours", TON_CHECKED_FAULT, "left for 1 input: ", "make room", TON_OK},
    {a_loop_upside_down, "polarity", TON_CHECKED_ATTENTION, "upside down", "wired the other way",
     TON_OK},
    {ports_that_claim_less, "latency", TON_CHECKED_ATTENTION, "412 samples (8.58 ms)",
     "`latency: 412 samples` into config.yaml; until then overdubs stand 156 samples too late",
     TON_OK},
    {ports_that_claim_nothing, "latency", TON_CHECKED_ATTENTION, "do not say",
     "412 samples too late", TON_OK},
    {settings_that_say_more, "latency", TON_CHECKED_ATTENTION, "config.yaml says 500",
     "88 samples too early", TON_OK},
    {no_server, "device", TON_CHECKED_FAULT, "no server", "ton devices", TON_ENVIRONMENT},
    {a_clock_apart, "clock", TON_CHECKED_ATTENTION,
     "30.0 ppm (± 0.4) faster than the first, which is 86.4", "word clock", TON_OK},
    {a_rate_apart, "clock", TON_CHECKED_FAULT, "slower", "same rate", TON_OK},
    {pulled_up, "rate", TON_CHECKED_FAULT, "48048.00 Hz by this computer's clock: +1000.0 ppm",
     "it says 48000 Hz", TON_OK},
    {too_short, "clock", TON_CHECKED_OPEN, "cannot be compared in 60.0 s", "--length", TON_OK},
    {too_vague, "clock", TON_CHECKED_OPEN, "cannot be compared", "xruns", TON_OK},
    {apart_as_by_chance, "clock", TON_CHECKED_OPEN, "not known after 5.0 s: +5.4 ppm (± 4.5)",
     "longer `--length`", TON_OK},
    {alike_as_far_as_is_known, "clock", TON_CHECKED_OPEN, "3.0 s: -1.0 ppm (± 21.6)", "longer",
     TON_OK},
    {a_little_apart, "clock", TON_CHECKED_ATTENTION, "2.0 ppm (± 0.4) faster", "word clock",
     TON_OK},
    {one_speed, "clock", TON_CHECKED_OK, "at one speed, within 0.9 ppm", NULL, TON_OK},
    {a_second_that_is_away, "clock", TON_CHECKED_FAULT, "no device `USB`", NULL, TON_ENVIRONMENT},
    {a_loop_between_clocks, "clock", TON_CHECKED_ATTENTION, "12.0 ppm (± 0.1) slower", "word clock",
     TON_OK},
    {xruns, "xruns", TON_CHECKED_FAULT, "3 xruns, 384 samples lost; 16 in and 16 out for 60 s",
     "`jackd … -p 256`", TON_OK},
    {a_busy_callback, "xruns", TON_CHECKED_ATTENTION, "70.0 % in one of a thousand", "-p 256",
     TON_OK},
    {a_late_disk, "disk", TON_CHECKED_FAULT, "4800 samples were lost", "another disk", TON_OK},
    {a_slow_disk, "disk", TON_CHECKED_FAULT, "0.9 times", "fewer inputs", TON_OK},
    {a_fair_disk, "disk", TON_CHECKED_ATTENTION, "2.6 times", "nothing else", TON_OK},
    {a_disk_that_stands_still, "disk", TON_CHECKED_ATTENTION, "7.0 of 10 s waited", "nothing else",
     TON_OK},
    {a_disk_that_refuses, "disk", TON_CHECKED_FAULT, "read-only", "where you may", TON_OK},
    {a_disk_of_the_network, "network", TON_CHECKED_ATTENTION, "`audio` is on a disk of the network",
     "copy afterwards", TON_OK},
    {an_hour_left, "hours", TON_CHECKED_ATTENTION, "1.5 hours left for 16 inputs", "make room",
     TON_OK},
    {minutes_left, "hours", TON_CHECKED_FAULT, "6.0 minutes left", "make room", TON_OK},
    {no_priority, "realtime", TON_CHECKED_ATTENTION, "rtprio is 0", "`@audio - rtprio 95`", TON_OK},
    {priority_for_a_group, "realtime", TON_CHECKED_ATTENTION, "rtprio is 0",
     "`sudo usermod -aG realtime $USER`", TON_OK},
    {priority_that_is_refused, "realtime", TON_CHECKED_ATTENTION, "priority 95", "container",
     TON_OK},
    {a_server_without_priority, "realtime", TON_CHECKED_ATTENTION, "thread does not", "jackd -R",
     TON_OK},
    {little_locked, "memory", TON_CHECKED_ATTENTION, "8 MB", "memlock unlimited", TON_OK},
    {powersave, "governor", TON_CHECKED_ATTENTION, "6 of 8 cores",
     "cpupower frequency-set -g performance", TON_OK},
    {no_governor, "governor", TON_CHECKED_OPEN, "does not tell", NULL, TON_OK},
    {battery, "power", TON_CHECKED_ATTENTION, "battery", "plug it in", TON_OK},
    {eager_swap, "swap", TON_CHECKED_ATTENTION, "swappiness 60", "sysctl vm.swappiness=10", TON_OK},
    {a_kernel_of_servers, "kernel", TON_CHECKED_ATTENTION, "does not let", "linux-image-rt-amd64",
     TON_OK},
    {a_kernel_that_could, "kernel", TON_CHECKED_ATTENTION, "can be told", "preempt=full threadirqs",
     TON_OK},
};

static const struct ton_check_remark *find(const struct ton_system *s, const char *kind) {
    for (int i = 0; i < s->n; i++)
        if (ton_text_same(s->findings[i].kind, kind))
            return &s->findings[i];
    return NULL;
}

static void whatever_is_wrong_is_told_with_what_to_do(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    for (int i = 0; i < TON_N(wrongs); i++) {
        const struct wrong *w = &wrongs[i];
        struct ton_system s = healthy;
        struct ton_system_check_config c = usual;
        w->spoil(&s, &c);
        assert_int_equal(system_judge(&s, arena, &c, NULL), TON_OK);
        const struct ton_check_remark *f = find(&s, w->kind);
        if (!f || f->weight != w->weight || !strstr(f->found, w->found) ||
            (w->remedy && (!f->remedy || !strstr(f->remedy, w->remedy))))
            fail_msg("%s (case %d): %s; %s", w->kind, i, f ? f->found : "is not there",
                     f && f->remedy ? f->remedy : "no remedy");
        assert_int_equal(s.code, w->code);
        assert_false(ton_checked_graver(w->weight, s.verdict));
    }
    figure("%d things that are wrong, each with its sentence", TON_N(wrongs));
    ton_arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well_where_it_is),
        cmocka_unit_test(whatever_is_wrong_is_told_with_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
