/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Through a JACK server: samples to the bit, events to the frame, what ports claim of latency, and
 * the transport that all programs share. */
#include "jack/counter.h"
#include "jack_rig.h"

#include <jack/jack.h>

enum { RATE = 48000, PERIOD = 512, MOST_FRAMES = 3 * RATE, PORTS = 4 };

/* What our process plays and hears; written by the server's thread until stop. */
struct band {
    atomic_bool heard_something;
    atomic_llong frames;
    int64_t next, unlike, lost, until; /* `until`: what is stored, in frames */
    int most, n_in, n_out;
    float *in[PORTS];
    struct ton_midi midi[64]; /* `at`: since the start */
    int n_midi;
    bool echoes;
    atomic_int rolling;
    atomic_llong rolling_frame, rolled, jumps;
    atomic_int asked, refuses; /* slow sync */
};

static void store(struct band *s, const struct ton_device_block *b) {
    for (int c = 0; c < s->n_in; c++)
        if (b->frame + b->frames <= MOST_FRAMES)
            memcpy(s->in[c] + b->frame, b->in[c], sizeof(float) * (size_t)b->frames);
    for (int i = 0; i < b->n_midi_in && s->n_midi < TON_N(s->midi); i++) {
        struct ton_midi *m = &s->midi[s->n_midi++];
        *m = b->midi_in[i];
        m->at += (int)b->frame;
    }
}

static void follow(struct band *s, const struct ton_device_block *b) {
    if (b->rolling == TON_DEVICE_ROLLING) {
        const int64_t expected = atomic_load(&s->rolling_frame);
        atomic_fetch_add(&s->jumps, b->lost == 0 && b->rolling_frame != expected);
        atomic_fetch_add(&s->rolled, b->frames);
        atomic_store(&s->rolling_frame, b->rolling_frame + b->frames);
    } else {
        atomic_store(&s->rolling_frame, b->rolling_frame);
    }
    atomic_store(&s->rolling, b->rolling);
}

static void play(void *user, struct ton_device_block *b) {
    struct band *s = user;
    s->unlike += b->frame - b->lost != s->next;
    s->lost += b->lost;
    s->next = b->frame + b->frames;
    s->most = b->frames > s->most ? b->frames : s->most;
    for (int c = 0; c < s->n_out; c++)
        for (int i = 0; i < b->frames; i++)
            b->out[c][i] = counter_at(c, b->frame + i);
    for (int i = 0; s->echoes && i < b->n_midi_in && i < b->most_midi_out; i++)
        b->midi_out[b->n_midi_out++] = b->midi_in[i];
    store(s, b);
    follow(s, b);
    if (s->n_in && b->frames && b->in[0][0] != 0)
        atomic_store(&s->heard_something, true);
    atomic_store(&s->frames, s->next);
}

static bool is_ready(void *user, int64_t frame) {
    struct band *s = user;
    (void)frame;
    return atomic_fetch_add(&s->asked, 1) >= atomic_load(&s->refuses);
}

static const struct ton_device_wish no_wishes[PORTS] = {
    {"one", NULL}, {"two", NULL}, {"three", NULL}, {"four", NULL}};

/* Outlive a test that fails, which the server's thread does not know. */
static struct band band;
static struct ton_device *device;

static struct band *new_band(void) {
    memset(&band, 0, sizeof band);
    return &band;
}

static struct ton_device *open_jack(struct band *s, struct ton_device_config c) {
    struct ton_device *d = NULL;
    struct ton_err err = {0};
    c.backend = "jack";
    c.server = rig_server_name;
    c.client = "us";
    c.rate = RATE;
    c.process = play;
    c.user = s;
    s->n_in = c.n_inputs;
    s->n_out = c.n_outputs;
    for (int i = 0; i < s->n_in; i++) {
        s->in[i] = ton_alloc(sizeof(float) * MOST_FRAMES);
        assert_non_null(s->in[i]);
    }
    if (ton_device_open(&d, &c, &err) || ton_device_start(d, &err))
        fail_msg("%s: %s", err.where, err.text);
    device = d;
    return d;
}

static void close_jack(void) {
    ton_device_close(device);
    device = NULL;
    for (int i = 0; i < band.n_in; i++)
        ton_free(band.in[i]);
    band.n_in = 0;
}

static int clean_up(void **state) {
    (void)state;
    close_jack();
    return 0;
}

static void wait_until(const atomic_llong *frames, int64_t n) {
    while (atomic_load(frames) < n)
        usleep(2000);
}

/* Counts on from sample to sample, on every channel of its own. A machine that is busy may lose
 * some: then it was told, and it counts on behind that. */
static void assert_counts_on(float *const *channels, int n_channels, int64_t frames, bool lost) {
    int64_t first = 0, breaks = 0, run = 0, longest = 0;
    while (first < frames && channels[0][first] == 0)
        first++;
    for (int64_t i = first + 1; i < frames; i++) {
        const int64_t place = counter_place(0, channels[0][i]);
        const int64_t due = (counter_place(0, channels[0][i - 1]) + 1) & (COUNTER_PLACES - 1);
        run = place >= 0 && place == due ? run + 1 : 0;
        longest = run > longest ? run : longest;
        breaks += run == 0;
        for (int c = 1; c < n_channels && run; c++)
            assert_int_equal(counter_place(c, channels[c][i]), place);
    }
    figure("%lld frames of %d channels, %lld of them in one piece, %lld breaks",
           (long long)(frames - first), n_channels, (long long)longest, (long long)breaks);
    assert_true(lost || breaks == 0);
    assert_true(longest > RATE / 4);
}

static bool lost_any(const struct ton_device *d) {
    struct ton_device_status status;
    ton_device_status(d, &status);
    return status.xruns > 0;
}

static void what_we_play_arrives_to_the_bit(void **state) {
    (void)state;
    struct band *s = new_band();
    struct rig_sound sound;
    char record[450], words[400];
    struct ton_device *d =
        open_jack(s, (struct ton_device_config){.outputs = no_wishes, .n_outputs = PORTS});
    snprintf(record, sizeof record, "%s:4", rig_path("played.wav"));
    struct rig_program client = rig_start_client(
        "hearer", (const char *const[]){"--record", record, "--connect", "us:one=in_1", "--connect",
                                        "us:two=in_2", "--connect", "us:three=in_3", "--connect",
                                        "us:four=in_4", "--seconds", "1", NULL});
    assert_int_equal(rig_wait(&client), 0);
    const bool lost = lost_any(d) || !strstr(rig_last_words(&client, words), "\"xruns\": 0");
    assert_int_equal(rig_load(&sound, rig_path("played.wav"), NULL), TON_OK);
    assert_int_equal(sound.frames, RATE);
    assert_counts_on(sound.plane, PORTS, sound.frames, lost);
    ton_device_stop(d);
    assert_int_equal(s->unlike, 0);
    rig_free(&sound);
    close_jack();
}

static void after_stop_it_is_silent(void **state) {
    (void)state;
    struct band *s = new_band();
    struct rig_sound sound;
    char record[450];
    struct ton_device *d =
        open_jack(s, (struct ton_device_config){.outputs = no_wishes, .n_outputs = 1});
    wait_until(&s->frames, 8 * PERIOD);
    ton_device_stop(d);
    const int64_t then = s->next;
    snprintf(record, sizeof record, "%s:1", rig_path("silent.wav"));
    struct rig_program client =
        rig_start_client("hearer", (const char *const[]){"--record", record, "--connect",
                                                         "us:one=in_1", "--seconds", "0.1", NULL});
    assert_int_equal(rig_wait(&client), 0);
    assert_int_equal(s->next, then);
    assert_int_equal(rig_load(&sound, rig_path("silent.wav"), NULL), TON_OK);
    for (int64_t i = 0; i < sound.frames; i++)
        assert_true(sound.plane[0][i] == 0);
    rig_free(&sound);
    s->next = 0;
    atomic_store(&s->frames, 0);
    assert_int_equal(ton_device_start(d, NULL), TON_OK); /* again, from 0 */
    wait_until(&s->frames, 8 * PERIOD);
    ton_device_stop(d);
    assert_int_equal(s->unlike, 0);
    close_jack();
}

static void what_comes_in_is_heard_to_the_bit(void **state) {
    (void)state;
    struct band *s = new_band();
    char words[400];
    struct ton_device *d =
        open_jack(s, (struct ton_device_config){.inputs = no_wishes, .n_inputs = PORTS});
    struct rig_program client = rig_start_client(
        "player", (const char *const[]){"--play", "counter:4", "--connect", "out_1=us:one",
                                        "--connect", "out_2=us:two", "--connect", "out_3=us:three",
                                        "--connect", "out_4=us:four", NULL});
    while (!atomic_load(&s->heard_something))
        usleep(2000);
    wait_until(&s->frames, atomic_load(&s->frames) + RATE);
    ton_device_stop(d);
    const int64_t frames = s->next < MOST_FRAMES ? s->next - PERIOD : MOST_FRAMES;
    kill(client.pid, SIGTERM);
    assert_int_equal(rig_wait(&client), 0);
    assert_counts_on(s->in, PORTS, frames,
                     lost_any(d) || !strstr(rig_last_words(&client, words), "\"xruns\": 0"));
    close_jack();
}

static jack_client_t *open_other(void) {
    jack_client_t *other =
        jack_client_open("other", JackNoStartServer | JackServerName, NULL, rig_server_name);
    assert_non_null(other);
    return other;
}

static void longer_periods_than_promised_are_cut(void **state) {
    (void)state;
    struct band *s = new_band();
    struct ton_device_status status;
    struct ton_device *d = open_jack(
        s, (struct ton_device_config){
               .inputs = no_wishes, .n_inputs = 2, .outputs = no_wishes + 2, .n_outputs = 2});
    jack_client_t *other = open_other();
    wait_until(&s->frames, 4 * PERIOD);
    assert_int_equal(jack_set_buffer_size(other, 4 * PERIOD), 0);
    assert_int_equal(ton_device_roll(d, true, NULL), TON_OK);
    wait_until(&s->rolled, 20 * PERIOD);
    ton_device_status(d, &status);
    assert_int_equal(ton_device_roll(d, false, NULL), TON_OK);
    ton_device_stop(d);
    assert_int_equal(jack_set_buffer_size(other, PERIOD), 0);
    jack_client_close(other);
    figure("periods of %d, blocks of %d at most; the transport jumped %lld times",
           status.period_frames, s->most, (long long)atomic_load(&s->jumps));
    assert_int_equal(status.period_frames, 4 * PERIOD);
    assert_int_equal(status.most_frames, PERIOD);
    assert_int_equal(s->most, PERIOD);
    assert_int_equal(s->unlike, 0);
    assert_int_equal(atomic_load(&s->jumps), 0);
    close_jack();
}

static void write_events(const char *path, const struct ton_midi *events, int n) {
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (int i = 0; i < n; i++) {
        fprintf(f, "%d", events[i].at);
        for (int b = 0; b < events[i].n; b++)
            fprintf(f, " %02x", events[i].bytes[b]);
        fprintf(f, "\n");
    }
    fclose(f);
}

/* Whether all came, in order, with their bytes, at the same distances. */
static void assert_same_events(const struct ton_midi *sent, const struct ton_midi *got, int n,
                               const char *which) {
    for (int i = 0; i < n; i++) {
        assert_int_equal(got[i].n, sent[i].n);
        assert_memory_equal(got[i].bytes, sent[i].bytes, (size_t)sent[i].n);
        assert_int_equal(got[i].at - got[0].at, sent[i].at - sent[0].at);
    }
    figure("%d MIDI events %s, each to the frame", n, which);
}

static int read_events(const char *path, struct ton_midi *out, int most) {
    int n = 0;
    char line[200];
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (n < most && fgets(line, sizeof line, f)) {
        char *rest = line, *end = NULL;
        out[n] = (struct ton_midi){.at = (int)strtol(rest, &rest, 10)};
        for (; out[n].n < 16; rest = end) {
            const unsigned long byte = strtoul(rest, &end, 16);
            if (end == rest)
                break;
            out[n].bytes[out[n].n++] = (uint8_t)byte;
        }
        n++;
    }
    fclose(f);
    return n;
}

static const struct ton_midi sent[] = {
    {1000, 1, {0xf8}},
    {1000, 3, {0x90, 60, 100}},
    {1001, 3, {0x80, 60, 0}},
    {5000, 10, {0xf0, 0x7f, 0x7f, 1, 1, 0x21, 2, 3, 4, 0xf7}},
    {5511, 16, {0xf0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xf7}},
    {5512, 2, {0xf1, 0x12}},
    {20000, 3, {0xf2, 1, 2}},
};
enum { N_SENT = sizeof sent / sizeof *sent };

/* A client sends us all, and hears what we send back; false: somebody was late, and it has to be
 * done again. */
static bool exchange(int period, jack_client_t *other) {
    struct band *s = new_band();
    s->echoes = true;
    struct ton_midi echoed[64];
    struct ton_device *d = open_jack(s, (struct ton_device_config){.midi_in = "", .midi_out = ""});
    jack_set_buffer_size(other, (jack_nframes_t)period);
    write_events(rig_path("sent.txt"), sent, N_SENT);
    struct rig_program client = rig_start_client(
        "keys",
        (const char *const[]){"--midi-play", rig_path("sent.txt"), "--midi-record",
                              rig_path("echoed.txt"), "--connect", "midi_out=us:MIDI in",
                              "--connect", "us:MIDI out=midi_in", "--seconds", "0.6", NULL});
    assert_int_equal(rig_wait(&client), 0);
    ton_device_stop(d);
    const bool done = s->lost == 0 && s->n_midi == N_SENT;
    if (done) {
        figure("periods of %d, blocks of %d", period, s->most);
        assert_same_events(sent, s->midi, N_SENT, "came in");
        assert_int_equal(read_events(rig_path("echoed.txt"), echoed, TON_N(echoed)), N_SENT);
        assert_same_events(sent, echoed, N_SENT, "went out");
    }
    jack_set_buffer_size(other, PERIOD);
    close_jack();
    return done;
}

static void midi_goes_in_and_out_to_the_frame(void **state) {
    (void)state;
    static const int periods[] = {PERIOD, 4 * PERIOD};
    jack_client_t *other = open_other();
    for (int i = 0; i < TON_N(periods); i++) {
        int tries = 0;
        while (!exchange(periods[i], other))
            assert_true(++tries < 6);
    }
    jack_client_close(other);
}

static void wait_for_latency(const struct ton_device *d, bool is_input, int port, int frames) {
    for (int tries = 0; tries < 200 && ton_device_latency(d, is_input, port) != frames; tries++)
        usleep(10000);
    assert_int_equal(ton_device_latency(d, is_input, port), frames);
}

/* What others are told: nothing that we play comes from what we hear. */
static void assert_begins_here(const char *name, jack_latency_callback_mode_t mode) {
    jack_client_t *other = open_other();
    jack_latency_range_t range = {1, 1};
    jack_port_get_latency_range(jack_port_by_name(other, name), mode, &range);
    assert_int_equal(range.min, 0);
    assert_int_equal(range.max, 0);
    jack_client_close(other);
}

/* Frames from what we play to what we hear of it, by the counter. */
static int64_t way_of(const struct band *s) {
    for (int64_t i = s->next - 4 * PERIOD; i > 0; i--) {
        const int64_t place = counter_place(0, s->in[0][i]);
        if (place >= 0)
            return (i - place) & (COUNTER_PLACES - 1);
    }
    return -1;
}

static void what_ports_claim_is_told_and_true(void **state) {
    (void)state;
    enum { DELAY = 1501 };
    struct band *s = new_band();
    const struct ton_device_wish in[] = {{"mic", NULL}, {"line", "2"}, {"nothing", NULL}};
    const struct ton_device_wish out[] = {{"mix", NULL}, {"phones", "system:playback_1"}};
    struct ton_device *d = open_jack(
        s, (struct ton_device_config){.inputs = in, .n_inputs = 3, .outputs = out, .n_outputs = 2});
    struct rig_program client = rig_start_client(
        "loop", (const char *const[]){"--loop", "1501", "--declare", "--connect",
                                      "us:mix=loop_in_1", "--connect", "loop_out_1=us:mic", NULL});
    while (!atomic_load(&s->heard_something))
        usleep(2000);
    wait_for_latency(d, true, 0, DELAY - DELAY / 2);
    wait_for_latency(d, false, 0, DELAY / 2);
    wait_for_latency(d, true, 1, PERIOD);
    wait_for_latency(d, false, 1, 2 * PERIOD);
    wait_for_latency(d, true, 2, -1);
    assert_begins_here("us:phones", JackCaptureLatency);
    assert_begins_here("us:line", JackPlaybackLatency);
    wait_until(&s->frames, atomic_load(&s->frames) + 8 * PERIOD);
    const bool lost = lost_any(d);
    ton_device_stop(d);
    const int64_t way = way_of(s);
    figure("out and in again: the ports claim %d + %d frames, it took %lld", DELAY / 2,
           DELAY - DELAY / 2, (long long)way);
    assert_true(way == DELAY || lost);
    assert_int_equal(rig_end(&client, SIGTERM), 0);
    close_jack();
}

static void wait_for_rolling(const struct band *s, enum ton_device_rolling what) {
    for (int tries = 0; tries < 500 && atomic_load(&s->rolling) != (int)what; tries++)
        usleep(10000);
    assert_int_equal(atomic_load(&s->rolling), what);
}

static void the_transport_is_led_and_followed(void **state) {
    (void)state;
    struct band *s = new_band();
    atomic_store(&s->refuses, 20);
    struct ton_device *d = open_jack(s, (struct ton_device_config){.ready = is_ready});
    assert_int_equal(ton_device_locate(d, -5, NULL), TON_USAGE);
    assert_int_equal(ton_device_locate(d, 96000, NULL), TON_OK);
    assert_int_equal(ton_device_roll(d, true, NULL), TON_OK);
    wait_for_rolling(s, TON_DEVICE_ROLLING);
    const int asked = atomic_load(&s->asked);
    wait_until(&s->rolled, 20 * PERIOD);
    assert_int_equal(ton_device_roll(d, false, NULL), TON_OK);
    wait_for_rolling(s, TON_DEVICE_STOPPED);
    const int64_t place = atomic_load(&s->rolling_frame);
    figure("rolls when ready (asked %d times), %lld frames from 96000 to %lld", asked,
           (long long)atomic_load(&s->rolled), (long long)place);
    assert_true(asked > 20);
    assert_true(place >= 96000 + 20 * PERIOD);
    assert_int_equal(atomic_load(&s->jumps), 0);
    struct rig_program client = rig_start_client(
        "roller", (const char *const[]){"--roll", "480000", "--seconds", "1", NULL});
    wait_for_rolling(s, TON_DEVICE_ROLLING);
    assert_true(atomic_load(&s->rolling_frame) >= 480000);
    assert_int_equal(rig_wait(&client), 0);
    assert_int_equal(ton_device_roll(d, false, NULL), TON_OK);
    wait_for_rolling(s, TON_DEVICE_STOPPED);
    close_jack();
}

static int close_all(void **state) {
    rig_end_server();
    return rig_close(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_we_play_arrives_to_the_bit, clean_up),
        cmocka_unit_test_teardown(after_stop_it_is_silent, clean_up),
        cmocka_unit_test_teardown(what_comes_in_is_heard_to_the_bit, clean_up),
        cmocka_unit_test_teardown(longer_periods_than_promised_are_cut, clean_up),
        cmocka_unit_test_teardown(midi_goes_in_and_out_to_the_frame, clean_up),
        cmocka_unit_test_teardown(what_ports_claim_is_told_and_true, clean_up),
        cmocka_unit_test_teardown(the_transport_is_led_and_followed, clean_up),
    };
    if (!rig_start_server(2, RATE, PERIOD))
        return 77;
    alarm(100); /* who waits for a server for so long waits in vain */
    return cmocka_run_group_tests(tests, rig_open, close_all);
}
