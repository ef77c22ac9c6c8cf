/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PortAudio on ALSA devices that need no sound card: one that swallows what it gets, one that
 * writes it to a file and gives what stands in another. */
#include "audio_rig.h"
#include "jack/counter.h"

#include "portaudio_device.h"

#include <dlfcn.h>
#include <sys/stat.h>

enum { RATE = 48000, PORTS = 3, FRAMES = 20000 };

struct band {
    atomic_llong frames;
    int64_t next, unlike;
    int most, n_in, n_out;
    float *in[PORTS];
};

static void play(void *user, struct ton_device_block *b) {
    struct band *s = user;
    s->unlike += b->frame - b->lost != s->next;
    s->next = b->frame + b->frames;
    s->most = b->frames > s->most ? b->frames : s->most;
    for (int c = 0; c < s->n_out; c++)
        for (int i = 0; i < b->frames; i++)
            b->out[c][i] = counter_at(c, b->frame + i);
    for (int c = 0; c < s->n_in; c++)
        if (s->in[c] && b->frame + b->frames <= FRAMES)
            memcpy(s->in[c] + b->frame, b->in[c], sizeof(float) * (size_t)b->frames);
    atomic_store(&s->frames, s->next);
}

/* Devices beside those of this machine. */
static bool make_devices(void) {
    char text[2000];
    const int n = snprintf(text, sizeof text,
                           "</usr/share/alsa/alsa.conf>\n"
                           "pcm.ton_swallows { type null }\n"
                           "pcm.ton_writes_too { type null }\n"
                           "pcm.ton_writes { type file slave.pcm ton_swallows file \"%s\" infile "
                           "\"%s\" format raw }\n",
                           rig_path("played.raw"), rig_path("given.raw"));
    static float given[PORTS * FRAMES];
    for (int i = 0; i < FRAMES; i++)
        for (int c = 0; c < PORTS; c++)
            given[i * PORTS + c] = counter_at(c, i);
    rig_write("given.raw", given, sizeof given);
    setenv("ALSA_CONFIG_PATH", rig_write("asound.conf", text, (size_t)n), 1);
    bool has = false;
    const int kept = portaudio_hush();
    for (int i = Pa_Initialize() == paNoError ? Pa_GetDeviceCount() - 1 : -1; i >= 0; i--)
        has |= strcmp(Pa_GetDeviceInfo(i)->name, "ton_swallows") == 0;
    Pa_Terminate();
    portaudio_unhush(kept);
    return has;
}

static const struct ton_device_wish wishes[PORTS] = {{"a", "1"}, {"b", "out 2"}, {"c", "3"}};

static struct ton_device_config config_of(struct band *s, const char *device, int n_in, int n_out) {
    s->n_in = n_in;
    s->n_out = n_out;
    return (struct ton_device_config){
        .backend = "portaudio",
        .device = device,
        .rate = RATE,
        .inputs = wishes,
        .n_inputs = n_in,
        .outputs = wishes,
        .n_outputs = n_out,
        .process = play,
        .user = s,
    };
}

static struct ton_device *open_device(const struct ton_device_config *config) {
    struct ton_device *d = NULL;
    struct ton_err err = {0};
    if (ton_device_open(&d, config, &err) || ton_device_start(d, &err))
        fail_msg("%s: %s", err.where, err.text);
    return d;
}

static void wait_for(const struct band *s, int64_t frames) {
    while (atomic_load(&s->frames) < frames)
        usleep(1000);
}

static void frame_follows_frame_until_it_stops(void **state) {
    (void)state;
    static const int periods[] = {0, 64, 480};
    for (int i = 0; i < TON_N(periods); i++) {
        struct band s = {0};
        struct ton_device_status status;
        struct ton_device_config config = config_of(&s, "swallows", 2, 2);
        config.period_frames = periods[i];
        struct ton_device *d = open_device(&config);
        for (int round = 0; round < 2; round++) {
            wait_for(&s, FRAMES);
            ton_device_stop(d);
            ton_device_status(d, &status);
            const int64_t then = s.next;
            usleep(2000);
            assert_int_equal(s.next, then);
            assert_int_equal(s.unlike, 0);
            assert_int_equal(status.lost_frames, 0);
            s.next = 0;
            atomic_store(&s.frames, 0);
            assert_int_equal(ton_device_start(d, NULL), TON_OK);
        }
        figure("%s, asked for %d: periods of %d, blocks of %d, latency %d and %d", status.name,
               periods[i], status.period_frames, s.most, ton_device_latency(d, true, 0),
               ton_device_latency(d, false, 1));
        assert_string_equal(status.name, "ton_swallows");
        assert_true(s.most <= status.most_frames);
        assert_int_equal(s.most, periods[i] ? periods[i] : 256);
        assert_true(ton_device_latency(d, true, 0) > 0);
        assert_int_equal(ton_device_failure(d, NULL), TON_OK);
        ton_device_close(d);
    }
}

/* Each device is tried at each rate, and the thread sanitizer walks through 4 GiB each time: that
 * takes a minute. */
static void they_are_listed_with_their_rates(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    struct ton_devices devices = {0};
    int found = 0;
    if (fewer(1, 0))
        assert_int_equal(ton_devices_list(&devices, arena, "ton-unit-nobody", NULL), TON_OK);
    for (size_t i = 0; i < devices.n; i++)
        if (strncmp(devices.items[i].name, "ton_", 4) == 0) {
            const struct ton_device_info *d = &devices.items[i];
            figure("%s: %d in, %d out, %.0f Hz and %d others", d->name, d->n_inputs, d->n_outputs,
                   d->rate, d->n_rates);
            assert_true(d->n_outputs > 0 && d->n_rates >= 5);
            found++;
        }
    assert_int_equal(found, fewer(3, 0));
    ton_arena_destroy(arena);
}

static void what_is_played_is_in_the_file_to_the_bit(void **state) {
    (void)state;
    enum { CHANNELS = 4 }; /* up to the last that is wished for */
    static const struct ton_device_wish out[PORTS] = {{"a", "2"}, {"b", "4"}, {"c", "4"}};
    struct band s = {0};
    struct ton_device_config config = config_of(&s, "ton_writes", 0, PORTS);
    config.outputs = out;
    config.period_frames = 100;
    struct ton_device *d = open_device(&config);
    wait_for(&s, FRAMES);
    ton_device_close(d);
    size_t size;
    float *played = (float *)(void *)rig_read(rig_path("played.raw"), &size);
    const int64_t n = (int64_t)(size / sizeof(float) / CHANNELS);
    int64_t first = 0;
    while (first < n && played[first * CHANNELS + 1] == 0)
        first++;
    const int64_t frames = s.next < n - first ? s.next : n - first;
    for (int64_t i = 0; i < frames; i++) {
        const float *at = played + (first + i) * CHANNELS;
        const float two[4] = {0, counter_at(0, i), 0, counter_at(1, i) + counter_at(2, i)};
        assert_memory_equal(at, two, sizeof two);
    }
    figure("%lld frames of %lld: two channels silent, one played, one the sum of two",
           (long long)frames, (long long)s.next);
    assert_true(frames > FRAMES / 2);
    ton_free(played);
}

static void what_is_given_is_heard_to_the_bit(void **state) {
    (void)state;
    struct band s = {0};
    for (int c = 0; c < PORTS; c++)
        s.in[c] = ton_alloc(sizeof(float) * FRAMES);
    struct ton_device_config config = config_of(&s, "ton_writes", PORTS, 0);
    config.period_frames = 100;
    struct ton_device *d = open_device(&config);
    wait_for(&s, FRAMES / 2);
    ton_device_close(d);
    const int64_t n = s.next < FRAMES ? s.next : FRAMES;
    int64_t heard = 0;
    for (; heard < n - 100; heard++)
        for (int c = 0; c < PORTS; c++)
            assert_int_equal(counter_place(c, s.in[c][heard]), heard);
    figure("%lld frames of %d channels", (long long)heard, PORTS);
    assert_true(heard > FRAMES / 4);
    for (int c = 0; c < PORTS; c++)
        ton_free(s.in[c]);
}

/* The callback as PortAudio would call it, at places of its clock. */
static void what_is_lost_is_told_by_its_clock(void **state) {
    (void)state;
    static const struct {
        int64_t place; /* of the first frame on the stream's clock */
        PaStreamCallbackFlags flags;
        int64_t lost;
    } calls[] = {
        {5000, paInputOverflow, 0}, /* before the start nothing counts */
        {5256, 0, 0},
        {5512 + 900, paInputOverflow, 900},
        {6412 + 256, paOutputUnderflow, 0}, /* it says so, and the clock does not */
        {6668 + 256 + 70, 0, 0},            /* clocks waver */
        {6994 + 256 + 12345, paInputOverflow | paOutputUnderflow, 12345},
    };
    struct band s = {0};
    struct ton_device d = {.rate = RATE, .most_frames = 256, .process = play, .user = &s};
    struct portaudio_device p = {.device = &d, .in.n = 1, .fresh = true, .wanted = true};
    int64_t lost = 0;
    for (int i = 0; i < TON_N(calls); i++) {
        const double now = (double)calls[i].place / RATE;
        const PaStreamCallbackTimeInfo time = {.inputBufferAdcTime = now};
        assert_int_equal(portaudio_process(NULL, NULL, 256, &time, calls[i].flags, &p), paContinue);
        lost += calls[i].lost;
        assert_int_equal(s.next, lost + 256 * (i + 1));
        assert_int_equal(atomic_load(&d.meter.lost), lost);
    }
    figure("%lld frames lost, %lld told", (long long)lost, (long long)atomic_load(&d.meter.told));
    assert_int_equal(s.unlike, 0);
    assert_int_equal(atomic_load(&d.meter.leaps), 2);
    assert_int_equal(atomic_load(&d.meter.told), 3);
}

static void refuse(enum ton_code code, const struct ton_device_config *config, const char *words) {
    struct ton_device *d = NULL;
    struct ton_err err = {0};
    assert_int_equal(ton_device_open(&d, config, &err), code);
    assert_null(d);
    figure("%s: %s", err.where, err.text);
    assert_non_null(strstr(err.text, words));
}

static void what_is_wished_and_not_there_is_told(void **state) {
    (void)state;
    struct band s = {0};
    struct ton_device_config config = config_of(&s, "ton_swallow5", 1, 1);
    refuse(TON_ENVIRONMENT, &config, "`ton_swallow5`; did you mean `ton_swallows`?");
    config = config_of(&s, "scarlett", 1, 1);
    refuse(TON_ENVIRONMENT, &config, "no device is called `scarlett`; there are ");
    config = config_of(&s, "ton_swallows", 1, 1);
    config.rate = 500000;
    refuse(TON_ENVIRONMENT, &config, "`ton_swallows` does not run at the session's 500000 Hz");
    config = config_of(&s, "TON_", 1, 1);
    refuse(TON_ENVIRONMENT, &config, "is in the names of 3 devices, `ton_");
    config = config_of(&s, "ton_swallows", 1, 0);
    config.inputs = &(struct ton_device_wish){"Kick", "500"};
    refuse(TON_ENVIRONMENT, &config, "`Kick` wants input 500, and `ton_swallows` has ");
    config.inputs = &(struct ton_device_wish){"Kick", "left"};
    refuse(TON_ENVIRONMENT, &config, "`Kick` is to be connected to `left`");
    config.inputs = &(struct ton_device_wish){"Kick", NULL};
    refuse(TON_ENVIRONMENT, &config, "nothing is to be connected");
    config = config_of(&s, "ton_swallows", 1, 0);
    config.midi_in = "";
    refuse(TON_USAGE, &config, "it has no MIDI; JACK has");
}

static void without_a_transport_it_says_so(void **state) {
    (void)state;
    struct band s = {0};
    struct ton_err err;
    struct ton_device_config config = config_of(&s, "ton_swallows", 1, 1);
    struct ton_device *d = open_device(&config);
    assert_int_equal(ton_device_roll(d, true, &err), TON_INPUT);
    assert_non_null(strstr(err.text, "no transport"));
    ton_device_close(d);
}

/* Where it is not NULL, a start that has let the driver call says that it has failed. */
static const struct band *starts_in_vain;

PaError Pa_StartStream(PaStream *stream) {
    static PaError (*real)(PaStream *);
    *(void **)&real = dlsym(RTLD_NEXT, "Pa_StartStream");
    const PaError error = real(stream);
    if (error != paNoError || !starts_in_vain)
        return error;
    wait_for(starts_in_vain, 1000);
    return paTimedOut;
}

static void a_start_that_fails_calls_nobody_afterwards(void **state) {
    (void)state;
    struct band s = {0};
    struct ton_err err = {0};
    struct ton_device_config config = config_of(&s, "ton_swallows", 1, 1);
    struct ton_device *d = NULL;
    assert_int_equal(ton_device_open(&d, &config, &err), TON_OK);
    starts_in_vain = &s;
    assert_int_equal(ton_device_start(d, &err), TON_ENVIRONMENT);
    const int64_t then = atomic_load(&s.frames);
    starts_in_vain = NULL;
    usleep(30000);
    figure("%lld frames before it failed, %lld after: %s", (long long)then,
           (long long)(atomic_load(&s.frames) - then), err.text);
    assert_int_equal(atomic_load(&s.frames), then);
    assert_int_equal(ton_device_start(d, &err), TON_OK); /* once more */
    wait_for(&s, then + 1000);
    ton_device_close(d);
}

/* A driver that answers no more, until it is told to. */
static atomic_bool hangs_at_begin, hangs_at_stop;
static atomic_int begins, ends;

static void hang(atomic_bool *hangs) {
    while (atomic_load(hangs))
        usleep(1000);
}

PaError Pa_Initialize(void) {
    static PaError (*real)(void);
    atomic_fetch_add(&begins, 1);
    hang(&hangs_at_begin);
    *(void **)&real = dlsym(RTLD_NEXT, "Pa_Initialize");
    return real();
}

PaError Pa_StopStream(PaStream *stream) {
    static PaError (*real)(PaStream *);
    hang(&hangs_at_stop);
    *(void **)&real = dlsym(RTLD_NEXT, "Pa_StopStream");
    return real(stream);
}

PaError Pa_Terminate(void) {
    static PaError (*real)(void);
    *(void **)&real = dlsym(RTLD_NEXT, "Pa_Terminate");
    const PaError error = real();
    atomic_fetch_add(&ends, 1);
    return error;
}

static ino_t errors_go_to(void) {
    struct stat info;
    assert_int_equal(fstat(STDERR_FILENO, &info), 0);
    return info.st_ino;
}

/* It may be some moments until it lets go. */
static void open_and_close(const struct ton_device_config *config) {
    struct ton_device *d = NULL;
    while (ton_device_open(&d, config, NULL))
        usleep(1000);
    ton_device_close(d);
}

static void a_driver_that_hangs_keeps_nobody(void **state) {
    (void)state;
    static struct band s;
    const ino_t before = errors_go_to();
    struct ton_device_config config = config_of(&s, "ton_swallows", 1, 1);
    struct ton_device *d = open_device(&config);
    wait_for(&s, 1000);
    atomic_store(&hangs_at_stop, true);
    ton_device_close(d);
    const int64_t then = atomic_load(&s.frames);
    assert_int_equal(errors_go_to(), before);
    refuse(TON_ENVIRONMENT, &config, "it does not start"); /* not beside that one */
    usleep(30000);
    assert_int_equal(atomic_load(&s.frames), then);
    atomic_store(&hangs_at_stop, false);
    open_and_close(&config);
}

static void while_it_begins_in_vain_it_is_not_begun_again(void **state) {
    (void)state;
    struct band s = {0};
    const struct ton_device_config config = config_of(&s, "ton_swallows", 1, 1);
    atomic_store(&begins, 0);
    atomic_store(&ends, 0);
    atomic_store(&hangs_at_begin, true);
    for (int i = 0; i < 2; i++)
        refuse(TON_ENVIRONMENT, &config, "it does not start");
    figure("begun %d times", atomic_load(&begins));
    assert_int_equal(atomic_load(&begins), 1);
    atomic_store(&hangs_at_begin, false);
    open_and_close(&config);
    assert_int_equal(atomic_load(&begins), 2);
    assert_int_equal(atomic_load(&ends), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_listed_with_their_rates),
        cmocka_unit_test(frame_follows_frame_until_it_stops),
        cmocka_unit_test(what_is_played_is_in_the_file_to_the_bit),
        cmocka_unit_test(what_is_given_is_heard_to_the_bit),
        cmocka_unit_test(what_is_lost_is_told_by_its_clock),
        cmocka_unit_test(what_is_wished_and_not_there_is_told),
        cmocka_unit_test(without_a_transport_it_says_so),
        cmocka_unit_test(a_start_that_fails_calls_nobody_afterwards),
        cmocka_unit_test(a_driver_that_hangs_keeps_nobody),
        cmocka_unit_test(while_it_begins_in_vain_it_is_not_begun_again),
    };
    if (rig_open(NULL) || !make_devices()) {
        printf("SKIPPED portaudio: it makes no devices from an ALSA configuration here\n");
        rig_close(NULL);
        return 77;
    }
    alarm(100); /* who waits for a driver for so long waits in vain */
    return cmocka_run_group_tests(tests, NULL, rig_close);
}
