/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes wrong with a JACK server: what is wished and not there, ports and servers that go away,
 * a process that is late. */
#include "callback_rig.h"
#include "jack/counter.h"
#include "jack_rig.h"

#include <dlfcn.h>
#include <jack/jack.h>

enum { RATE = 48000, PERIOD = 1024, PORTS = 2, MOST_BLOCKS = 2000 };

struct late {
    atomic_llong blocks;
    int64_t late_at; /* number of the block that takes too long */
    int periods;     /* how long it takes */
    struct {
        int64_t frame, lost, place; /* place: what the counter said at the block's first frame */
    } seen[MOST_BLOCKS];
};

static void be_late(void *user, struct ton_device_block *b) {
    struct late *s = user;
    const int64_t n = atomic_load(&s->blocks);
    if (n < MOST_BLOCKS) {
        s->seen[n].frame = b->frame;
        s->seen[n].lost = b->lost;
        s->seen[n].place = b->in[0] ? counter_place(0, b->in[0][0]) : -1;
    }
    if (n == s->late_at)
        usleep((useconds_t)((int64_t)s->periods * PERIOD * 1000000 / RATE));
    atomic_store(&s->blocks, n + 1);
}

static void do_nothing(void *user, struct ton_device_block *b) {
    (void)b;
    atomic_llong *blocks = user;
    if (blocks)
        atomic_fetch_add(blocks, 1);
}

static const struct ton_device_config plain = {.backend = "jack",
                                               .client = "us",
                                               .server = rig_server_name,
                                               .rate = RATE,
                                               .process = do_nothing};

/* Closed also after a test that fails. */
static struct ton_device *device;

static struct ton_device *open_plain(const struct ton_device_config *config) {
    struct ton_device *d = NULL;
    struct ton_err err = {0};
    if (ton_device_open(&d, config, &err) || ton_device_start(d, &err))
        fail_msg("%s: %s", err.where, err.text);
    device = d;
    return d;
}

static void close_plain(void) {
    ton_device_close(device);
    device = NULL;
}

static int clean_up(void **state) {
    (void)state;
    close_plain();
    return 0;
}

static void refuse(struct ton_device_config config, const char *const *words) {
    struct ton_device *d = NULL;
    struct ton_err err = {0};
    assert_int_equal(ton_device_open(&d, &config, &err), TON_ENVIRONMENT);
    assert_null(d);
    assert_string_equal(err.where, "jack");
    figure("%s", err.text);
    for (; *words; words++)
        assert_non_null(strstr(err.text, *words));
}

static void refuse_wish(bool is_input, const char *connect, const char *word) {
    const struct ton_device_wish wish = {"Kick", connect};
    struct ton_device_config config = plain;
    config.inputs = config.outputs = &wish;
    *(is_input ? &config.n_inputs : &config.n_outputs) = 1;
    refuse(config, (const char *const[]){"`Kick`", word, NULL});
}

static void what_is_wished_and_not_there_is_told(void **state) {
    (void)state;
    const struct ton_device_wish twice[] = {{"Kick", NULL}, {"Kick", NULL}};
    struct ton_device_config config = plain;
    config.rate = 44100;
    refuse(config, (const char *const[]){"48000 Hz", "44100 Hz", "-r 44100", NULL});
    config = plain;
    config.server = "ton-unit-nobody";
    refuse(config, (const char *const[]){"no server `ton-unit-nobody` runs; start one", NULL});
    config = plain;
    config.inputs = twice;
    config.n_inputs = 2;
    refuse(config, (const char *const[]){"a port `Kick`", "another of ours has the name", NULL});
    config = plain;
    config.midi_in = "1";
    refuse(config, (const char *const[]){"MIDI input 1", "has 0", NULL});
    refuse_wish(true, "systen:capture_2", "did you mean `system:capture_2`?");
    refuse_wish(true, "system:playback_1", "which is an output of server");
    refuse_wish(true, "3", "wants input 3 of the device");
    refuse_wish(false, "3", "has 2; `ton devices --ports`");
    refuse_wish(false, "0", "wants output 0 of the device");
}

static void by_number_name_and_alias_it_is_connected(void **state) {
    (void)state;
    jack_client_t *other =
        jack_client_open("other", JackNoStartServer | JackServerName, NULL, rig_server_name);
    assert_non_null(other);
    assert_int_equal(jack_port_set_alias(jack_port_by_name(other, "system:capture_1"), "room:left"),
                     0);
    const struct ton_device_wish in[] = {
        {"a", "2"}, {"b", "system:capture_2"}, {"c", "room:left"}, {NULL, NULL}};
    const struct ton_device_wish out[] = {{"d", "2"}, {"e", "system:playback_1"}, {NULL, NULL}};
    struct ton_device_config config = plain;
    config.inputs = in;
    config.outputs = out;
    config.n_inputs = 4;
    config.n_outputs = 3;
    open_plain(&config);
    struct ton_device *second = NULL; /* of the same name, beside it */
    config = plain;
    config.backend = NULL; /* the first that has a device */
    assert_int_equal(ton_device_open(&second, &config, NULL), TON_OK);
    struct ton_device_status status;
    ton_device_status(second, &status);
    assert_string_equal(status.backend, "jack");
    assert_string_equal(status.name, rig_server_name);
    static const char *const pairs[][2] = {{"us:a", "system:capture_2"},
                                           {"us:b", "system:capture_2"},
                                           {"us:c", "system:capture_1"},
                                           {"us:d", "system:playback_2"},
                                           {"us:e", "system:playback_1"}};
    for (int i = 0; i < TON_N(pairs); i++)
        assert_true(jack_port_connected_to(jack_port_by_name(other, pairs[i][0]), pairs[i][1]));
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "us:out 3" : "us:in 4";
        assert_int_equal(jack_port_connected(jack_port_by_name(other, name)), 0);
    }
    ton_device_close(second);
    close_plain();
    jack_client_close(other);
}

static void a_port_that_vanishes_is_told_once(void **state) {
    (void)state;
    bool is_input = false;
    struct rig_program client =
        rig_start_client("guest", (const char *const[]){"--play", "sine:440", "--record",
                                                        rig_path("guest.wav"), NULL});
    assert_true(rig_wait_for_port("guest:in_1"));
    const struct ton_device_wish in[] = {{"a", "1"}, {"b", "guest:out_1"}};
    const struct ton_device_wish out[] = {{"c", "guest:in_1"}, {"d", "2"}};
    struct ton_device_config config = plain;
    config.inputs = in;
    config.outputs = out;
    config.n_inputs = config.n_outputs = 2;
    struct ton_device *d = open_plain(&config);
    assert_null(ton_device_vanished(d, &is_input));
    rig_end(&client, SIGKILL);
    const int64_t start = ton_clock_ns();
    const char *name = NULL;
    while (!(name = ton_device_vanished(d, &is_input)) && ton_clock_ns() - start < 5000000000)
        usleep(1000);
    figure("told %.0f ms after it was killed: %s", (double)(ton_clock_ns() - start) / 1e6,
           name ? name : "nothing");
    assert_string_equal(name, "guest:out_1");
    assert_true(is_input);
    while (!(name = ton_device_vanished(d, &is_input)) && ton_clock_ns() - start < 5000000000)
        usleep(1000);
    assert_string_equal(name, "guest:in_1");
    assert_false(is_input);
    assert_null(ton_device_vanished(d, &is_input));
    assert_int_equal(ton_device_failure(d, NULL), TON_OK);
    close_plain();
}

/* Whether the counter went on as the frames did, over the gap; false: other programs were late
 * too, and it has to be tried again. */
static bool counts_over_the_gap(const struct late *s) {
    int64_t n = atomic_load(&s->blocks), lost = 0, gaps = 0;
    n = n < MOST_BLOCKS ? n : MOST_BLOCKS;
    int64_t first = 0;
    while (first < n && s->seen[first].place < 0)
        first++;
    for (int64_t i = first; i < n; i++) {
        const int64_t frames = s->seen[i].frame - s->seen[first].frame;
        const int64_t places = s->seen[i].place - s->seen[first].place;
        lost += s->seen[i].lost;
        gaps += s->seen[i].lost > 0;
        if (((frames - places) & (COUNTER_PLACES - 1)) != 0)
            return false;
    }
    figure("late by %d periods: %lld frames lost in %lld gaps, and the counter says the same",
           s->periods, (long long)lost, (long long)gaps);
    return gaps > 0 && lost > 0;
}

static void what_a_late_process_loses_is_counted_to_the_frame(void **state) {
    (void)state;
    static const int periods[] = {2, 5};
    static const struct ton_device_wish in = {"a", NULL};
    for (int i = 0; i < TON_N(periods); i++) {
        bool right = false;
        for (int tries = 0; tries < 6 && !right; tries++) {
            static struct late s;
            memset(&s, 0, sizeof s);
            s.late_at = 30;
            s.periods = periods[i];
            struct rig_program client =
                rig_start_client("player", (const char *const[]){"--play", "counter:1", "--connect",
                                                                 "out_1=us:a", NULL});
            struct ton_device_status status;
            struct ton_device_config config = plain;
            config.inputs = &in;
            config.n_inputs = 1;
            config.process = be_late;
            config.user = &s;
            struct ton_device *d = open_plain(&config);
            while (atomic_load(&s.blocks) < 60)
                usleep(1000);
            ton_device_stop(d);
            ton_device_status(d, &status);
            rig_end(&client, SIGTERM);
            close_plain();
            assert_true(status.xruns > 0);
            assert_true(status.worst_load > periods[i]);
            assert_true(status.lost_frames >= PERIOD);
            right = counts_over_the_gap(&s);
        }
        assert_true(right);
    }
}

/* Stops the server for 200 ms. Returns how long it was and what was lost: ms. */
static double stand_still(double *lost_ms) {
    static atomic_llong blocks;
    struct ton_device_status before, after;
    struct ton_device_config config = plain;
    atomic_store(&blocks, 0);
    config.user = &blocks;
    struct ton_device *d = open_plain(&config);
    while (atomic_load(&blocks) < 10)
        usleep(1000);
    ton_device_status(d, &before);
    const int64_t start = ton_clock_ns();
    kill(rig_server.pid, SIGSTOP);
    usleep(200000);
    kill(rig_server.pid, SIGCONT);
    const double stopped_ms = (double)(ton_clock_ns() - start) / 1e6;
    for (const int64_t then = atomic_load(&blocks); atomic_load(&blocks) < then + 10;)
        usleep(1000);
    ton_device_stop(d);
    ton_device_status(d, &after);
    close_plain();
    *lost_ms = (double)(after.lost_frames - before.lost_frames) * 1000 / RATE;
    return stopped_ms;
}

/* JACK does not notice when its device was late just before. */
static void how_long_a_server_stood_still_is_told(void **state) {
    (void)state;
    const double few_ms = 3e3 * PERIOD / RATE;
    double lost_ms = 0, stopped_ms = 0;
    for (int tries = 0; tries < 8 && lost_ms <= 200 - few_ms; tries++)
        stopped_ms = stand_still(&lost_ms);
    figure("stood still for %.0f ms: %.0f ms are missing", stopped_ms, lost_ms);
    assert_true(lost_ms > 200 - few_ms);
    assert_true(lost_ms < stopped_ms + few_ms);
}

static void a_server_that_dies_is_told_within_a_second(void **state) {
    (void)state;
    static const int signals[] = {SIGKILL, SIGTERM};
    for (int i = 0; i < TON_N(signals); i++) {
        static atomic_llong blocks;
        atomic_store(&blocks, 0);
        struct ton_err err = {0};
        struct ton_device_config config = plain;
        const struct ton_device_wish wishes[] = {{"a", "1"}, {"b", "2"}};
        config.inputs = wishes;
        config.outputs = wishes + 1;
        config.n_inputs = config.n_outputs = 1;
        config.user = &blocks;
        struct ton_device *d = open_plain(&config);
        while (atomic_load(&blocks) < 5)
            usleep(1000);
        assert_int_equal(ton_device_failure(d, &err), TON_OK);
        const int64_t start = ton_clock_ns();
        rig_end(&rig_server, signals[i]);
        while (ton_device_failure(d, &err) == TON_OK && ton_clock_ns() - start < 5000000000)
            usleep(1000);
        const double told_ms = (double)(ton_clock_ns() - start) / 1e6;
        const int64_t closing = ton_clock_ns();
        bool is_input;
        assert_int_equal(ton_device_roll(d, true, NULL), TON_ENVIRONMENT);
        assert_null(ton_device_vanished(d, &is_input));
        assert_int_equal(ton_device_latency(d, true, 0), -1);
        ton_device_stop(d);
        const int64_t then = atomic_load(&blocks);
        assert_int_equal(ton_device_start(d, NULL), TON_ENVIRONMENT);
        assert_int_equal(atomic_load(&blocks), then);
        close_plain();
        figure("told after %.0f ms: %s: %s; closed in %.0f ms", told_ms, err.where, err.text,
               (double)(ton_clock_ns() - closing) / 1e6);
        assert_int_equal(err.code, TON_ENVIRONMENT);
        assert_non_null(strstr(err.text, rig_server_name));
        assert_true(told_ms < 1000);
        assert_true(rig_start_server(PORTS, RATE, PERIOD));
    }
}

/* Asked as a deck does, until it has been silent for so long. */
static double wait_for_silence(struct ton_device *d, double seconds) {
    double silent_s = 0;
    for (int tries = 0; tries < 3000 && silent_s < seconds; tries++, usleep(10000))
        silent_s = ton_device_silence(d);
    return silent_s;
}

static void a_server_that_hangs_is_told_and_keeps_nobody(void **state) {
    (void)state;
    static atomic_llong blocks;
    struct ton_device *second = NULL;
    struct ton_err err = {0};
    struct ton_device_config config = plain;
    atomic_store(&blocks, 0);
    config.user = &blocks;
    struct ton_device *d = open_plain(&config);
    while (atomic_load(&blocks) < 5)
        usleep(1000);
    assert_true(ton_device_silence(d) < 1);
    kill(rig_server.pid, SIGSTOP);
    const double silent_s = wait_for_silence(d, 1);
    const int64_t joining = ton_clock_ns();
    const enum ton_code code = ton_device_open(&second, &config, &err);
    const int64_t closing = ton_clock_ns();
    close_plain();
    const int64_t closed = ton_clock_ns();
    kill(rig_server.pid, SIGCONT);
    figure("silent for %.1f s; after %.1f s: %s; closed in %.1f s", silent_s,
           (double)(closing - joining) / 1e9, err.text, (double)(closed - closing) / 1e9);
    assert_true(silent_s >= 1);
    assert_int_equal(code, TON_ENVIRONMENT);
    assert_null(second);
    assert_non_null(strstr(err.text, "does not answer"));
    d = open_plain(&config); /* what was waited for in vain has let go of the server */
    for (const long long then = atomic_load(&blocks); atomic_load(&blocks) < then + 5;)
        usleep(1000);
    close_plain();
}

/* So often a server refuses a client whose name another one has in this moment, on another server.
 */
static atomic_int refusals;

jack_client_t *jack_client_open(const char *name, jack_options_t options, jack_status_t *status,
                                ...) {
    jack_client_t *(*real)(const char *, jack_options_t, jack_status_t *, ...);
    va_list more;
    va_start(more, status);
    const char *server = va_arg(more, const char *);
    va_end(more);
    if (atomic_load(&refusals) > 0) {
        atomic_fetch_sub(&refusals, 1);
        *status = JackFailure | JackServerError;
        return NULL;
    }
    *(void **)&real = dlsym(RTLD_NEXT, "jack_client_open");
    return real(name, options, status, server);
}

static void a_name_that_is_taken_for_a_moment_keeps_nobody_out(void **state) {
    (void)state;
    atomic_store(&refusals, 3);
    open_plain(&plain);
    close_plain();
    atomic_store(&refusals, INT32_MAX);
    refuse(plain, (const char *const[]){"server `", "` lets nobody in", NULL});
    atomic_store(&refusals, 0);
}

/* Whichever question of ours is the first that it does not answer. */
enum { NEVER_HANGS, BEFORE_ACTIVE, BEFORE_CONNECTED, BEFORE_LISTED };
static atomic_int hangs;

static void stop_server(int when) {
    if (atomic_load(&hangs) == when)
        kill(rig_server.pid, SIGSTOP);
}

int jack_activate(jack_client_t *client) {
    int (*real)(jack_client_t *);
    stop_server(BEFORE_ACTIVE);
    *(void **)&real = dlsym(RTLD_NEXT, "jack_activate");
    return real(client);
}

int jack_connect(jack_client_t *client, const char *from, const char *to) {
    int (*real)(jack_client_t *, const char *, const char *);
    stop_server(BEFORE_CONNECTED);
    *(void **)&real = dlsym(RTLD_NEXT, "jack_connect");
    return real(client, from, to);
}

/* Asks nobody itself; leaving afterwards does. */
const char **jack_get_ports(jack_client_t *client, const char *name, const char *type,
                            unsigned long flags) {
    const char **(*real)(jack_client_t *, const char *, const char *, unsigned long);
    stop_server(BEFORE_LISTED);
    *(void **)&real = dlsym(RTLD_NEXT, "jack_get_ports");
    return real(client, name, type, flags);
}

static void a_server_that_hangs_once_we_are_in_keeps_nobody(void **state) {
    (void)state;
    for (int when = BEFORE_ACTIVE; when <= BEFORE_LISTED; when++) {
        struct ton_device *d = NULL;
        struct ton_err err = {0};
        const struct ton_device_wish wish = {"a", "system:playback_1"};
        struct ton_device_config config = plain;
        config.outputs = &wish;
        config.n_outputs = 1;
        config.backend = when == BEFORE_LISTED ? NULL : "jack"; /* the first that there is */
        atomic_store(&hangs, when);
        const enum ton_code code = ton_device_open(&d, &config, &err);
        atomic_store(&hangs, NEVER_HANGS);
        kill(rig_server.pid, SIGCONT);
        figure("%d: %s", when, err.text);
        assert_int_equal(code, TON_ENVIRONMENT);
        assert_null(d);
        assert_non_null(strstr(err.text, "does not answer"));
        open_plain(&plain);
        close_plain();
    }
}

static void what_allocates_in_a_callback_is_caught(void **state) {
    (void)state;
    allocating_in_a_callback_is_caught(plain);
}

static int close_all(void **state) {
    rig_end_server();
    return rig_close(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_allocates_in_a_callback_is_caught, clean_up),
        cmocka_unit_test_teardown(what_is_wished_and_not_there_is_told, clean_up),
        cmocka_unit_test_teardown(by_number_name_and_alias_it_is_connected, clean_up),
        cmocka_unit_test_teardown(a_port_that_vanishes_is_told_once, clean_up),
        cmocka_unit_test_teardown(what_a_late_process_loses_is_counted_to_the_frame, clean_up),
        cmocka_unit_test_teardown(how_long_a_server_stood_still_is_told, clean_up),
        cmocka_unit_test_teardown(a_server_that_dies_is_told_within_a_second, clean_up),
        cmocka_unit_test_teardown(a_server_that_hangs_is_told_and_keeps_nobody, clean_up),
        cmocka_unit_test_teardown(a_name_that_is_taken_for_a_moment_keeps_nobody_out, clean_up),
        cmocka_unit_test_teardown(a_server_that_hangs_once_we_are_in_keeps_nobody, clean_up),
    };
    if (!rig_start_server(PORTS, RATE, PERIOD))
        return 77;
    alarm(100); /* who waits for a server for so long waits in vain */
    return cmocka_run_group_tests(tests, rig_open, close_all);
}
