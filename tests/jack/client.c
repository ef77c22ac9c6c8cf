/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A JACK client of the tests' own: plays what is known, records what it gets.
 *
 *     ton-jack-client --server S --name N [OPTION…]
 *     --play counter:CHANNELS | transport:CHANNELS | sine:HZ | clicks:FRAMES | sweep:SECONDS |
 *            ltc:FPS | FILE
 *                          ports out_1, out_2 … (again and again: more ports); transport counts
 *                          the frames of the server's transport while that rolls
 *     --record FILE:CHANNELS          ports in_1 …, 32-bit float
 *     --loop FRAMES[:CHANNELS]        ports loop_in_1, loop_out_1 …; at least a period
 *     --clock PPM                     what the loop plays has a clock that runs so much faster
 *     --turn                          what the loop plays is upside down
 *     --declare                       tells the loop's latency: half of it on either side
 *     --room FILE[:LOUDSPEAKERS]      ports room_in_1 …, room_out_1 …: convolved
 *     --clip LEVEL, --noise LEVEL     what the room's microphones do; full scale is 1.0
 *     --midi-play FILE | --midi-record FILE    ports midi_out, midi_in; lines `frame hex hex …`
 *     --connect FROM=TO               tried again until both are there; without colon: ours
 *     --start FRAME                   of the server's clock; else as soon as all is connected
 *     --roll FRAME                    places and starts the server's transport then
 *     --seconds S                     else until SIGTERM
 *
 * Everything counts from the start, on the server's clock. Prints one line of JSON at the end. Told
 * SIGUSR1, it writes the place it was at that moment on standard error. */
#include "client.h"

#include <getopt.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;
static struct client client = {.name = "test", .loop_gain = 1, .start = -1, .roll_to = -1};

static void stop(int number) {
    (void)number;
    stopped = 1;
}

static void look(int number) {
    (void)number;
    atomic_store(&client.looked_at, atomic_load(&client.last));
}

static void tell_place(struct client *c) {
    const long long place = atomic_exchange(&c->looked_at, -1);
    if (place >= 0)
        fprintf(stderr, "place %lld\n", place);
}

static int complain(const char *what, const char *which) {
    fprintf(stderr, "ton-jack-client: %s %s\n", what, which ? which : "");
    return 2;
}

static bool read_midi(struct client *c, const char *path) {
    FILE *f = fopen(path, "r");
    char line[256];
    while (f && fgets(line, sizeof line, f) && c->n_events < MOST_EVENTS) {
        char *rest = line;
        struct midi *m = &c->events[c->n_events++];
        m->place = strtoll(rest, &rest, 10);
        for (char *end; m->n < 16; m->n++, rest = end) {
            m->bytes[m->n] = (uint8_t)strtoul(rest, &end, 16);
            if (end == rest)
                break;
        }
    }
    return f && fclose(f) == 0;
}

static bool register_ports(struct client *c, jack_port_t **ports, int n, const char *stem,
                           unsigned long flags) {
    for (int i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s_%d", stem, i + 1);
        ports[i] = jack_port_register(c->jack, name, JACK_DEFAULT_AUDIO_TYPE, flags, 0);
        if (!ports[i])
            return false;
    }
    return true;
}

/* As a converter's two sides would be: ends of the graph. */
static bool make_ports(struct client *c, bool midi_in, bool midi_out) {
    const char *midi = JACK_DEFAULT_MIDI_TYPE;
    for (int s = 0; s < c->n_sources; s++)
        c->n_plays += c->sources[s].channels;
    if (c->n_plays > MOST_PORTS || c->n_records > MOST_PORTS || c->n_loops > MOST_PORTS)
        return false;
    return register_ports(c, c->plays, c->n_plays, "out", JackPortIsOutput | JackPortIsTerminal) &&
           register_ports(c, c->records, c->n_records, "in",
                          JackPortIsInput | JackPortIsTerminal) &&
           register_ports(c, c->loop_in, c->n_loops, "loop_in",
                          JackPortIsInput | JackPortIsTerminal) &&
           register_ports(c, c->loop_out, c->n_loops, "loop_out",
                          JackPortIsOutput | JackPortIsTerminal) &&
           register_ports(c, c->room_in, c->n_room_ins, "room_in",
                          JackPortIsInput | JackPortIsTerminal) &&
           register_ports(c, c->room_out, c->n_rooms, "room_out",
                          JackPortIsOutput | JackPortIsTerminal) &&
           (!midi_in ||
            (c->midi_in = jack_port_register(c->jack, "midi_in", midi, JackPortIsInput, 0))) &&
           (!midi_out ||
            (c->midi_out = jack_port_register(c->jack, "midi_out", midi, JackPortIsOutput, 0)));
}

static void tell_latency(jack_latency_callback_mode_t mode, void *user) {
    struct client *c = user;
    const bool captures = mode == JackCaptureLatency;
    const jack_nframes_t half = (jack_nframes_t)(captures ? c->delay - c->delay / 2 : c->delay / 2);
    jack_latency_range_t none = {0, 0}, loop = {half, half};
    for (int i = 0; i < (captures ? c->n_plays : c->n_records); i++)
        jack_port_set_latency_range(captures ? c->plays[i] : c->records[i], mode, &none);
    for (int i = 0; i < c->n_loops; i++)
        jack_port_set_latency_range(captures ? c->loop_out[i] : c->loop_in[i], mode,
                                    c->declares ? &loop : &none);
}

static int count_xrun(void *user) {
    struct client *c = user;
    atomic_fetch_add(&c->xruns, 1);
    return 0;
}

static void end(jack_status_t status, const char *reason, void *user) {
    (void)status;
    struct client *c = user;
    snprintf(c->ended, sizeof c->ended, "%s", reason && *reason ? reason : "the server ended");
    stopped = 1;
}

static const char *whole_name(const struct client *c, char out[320], const char *name) {
    if (strchr(name, ':'))
        return name;
    snprintf(out, 320, "%s:%s", jack_get_client_name(c->jack), name);
    return out;
}

/* Half a minute at most: what does not come by then does not come. */
static bool connect_all(const struct client *c) {
    int missing = c->n_links;
    for (int tries = 0; missing && tries < 3000 && !stopped; tries++) {
        missing = 0;
        for (int i = 0; i < c->n_links; i++) {
            char a[320], b[320];
            const char *from = whole_name(c, a, c->links[i].from);
            const char *to = whole_name(c, b, c->links[i].to);
            jack_port_t *port = jack_port_by_name(c->jack, from);
            if (!port || !jack_port_by_name(c->jack, to) ||
                (!jack_port_connected_to(port, to) && jack_connect(c->jack, from, to)))
                missing++;
        }
        if (missing)
            usleep(10000);
    }
    return missing == 0;
}

static void write_midi(struct client *c, FILE *f) {
    struct midi m;
    while (f && ring_read(&c->midi_ring, &m, sizeof m)) {
        fprintf(f, "%lld", (long long)m.place);
        for (int i = 0; i < m.n; i++)
            fprintf(f, " %02x", m.bytes[i]);
        fprintf(f, "\n");
    }
}

static void write_sound(struct client *c, SNDFILE *f) {
    static float frames[4096 * 16];
    const size_t size = sizeof(float) * (size_t)c->n_records;
    for (size_t n; f && (n = ring_waiting(&c->ring) / size) > 0;) {
        n = n < sizeof frames / size ? n : sizeof frames / size;
        ring_read(&c->ring, frames, n * size);
        sf_writef_float(f, frames, (sf_count_t)n);
    }
}

static bool work(struct client *c) {
    SF_INFO info = {.channels = c->n_records,
                    .samplerate = (int)jack_get_sample_rate(c->jack),
                    .format = SF_FORMAT_RF64 | SF_FORMAT_FLOAT};
    SNDFILE *f = c->record_file ? sf_open(c->record_file, SFM_WRITE, &info) : NULL;
    if (f)
        sf_command(f, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_TRUE);
    FILE *midi = c->midi_file ? fopen(c->midi_file, "w") : NULL;
    const bool able = (f || !c->record_file) && (midi || !c->midi_file);
    if (able && c->roll_to >= 0) {
        jack_transport_locate(c->jack, (jack_nframes_t)c->roll_to);
        jack_transport_start(c->jack);
    }
    atomic_store(&c->go, able);
    while (able && !stopped && !atomic_load(&c->over)) {
        usleep(5000);
        write_sound(c, f);
        write_midi(c, midi);
        tell_place(c);
    }
    atomic_store(&c->over, true);
    if (!*c->ended)
        jack_deactivate(c->jack);
    write_sound(c, f);
    write_midi(c, midi);
    if (f)
        sf_close(f);
    if (midi)
        fclose(midi);
    return able;
}

static bool read_number(int64_t *out, const char *text) {
    char *rest = NULL;
    *out = strtoll(text, &rest, 10);
    return rest != text && !*rest;
}

static bool split(char *text, char at, char **second) {
    *second = strrchr(text, at);
    if (*second)
        *(*second)++ = '\0';
    return *second != NULL;
}

static bool set_option(struct client *c, int which, char *value, const char **midi_play,
                       const char **room) {
    char *second = NULL;
    switch (which) {
    case 'r':
        c->record_file = value;
        c->n_records = split(value, ':', &second) ? (int)strtol(second, NULL, 10) : 1;
        return c->n_records > 0;
    case 'l':
        c->n_loops = split(value, ':', &second) ? (int)strtol(second, NULL, 10) : 1;
        c->delay = (int)strtol(value, NULL, 10);
        return c->n_loops > 0 && c->delay > 0;
    case 'c':
        if (c->n_links == MOST_LINKS || !split(value, '=', &second))
            return false;
        c->links[c->n_links].from = value;
        c->links[c->n_links++].to = second;
        return true;
    case 'C':
        c->clock_ppm = strtod(value, NULL);
        return c->clock_ppm != 0;
    case 'o':
        *room = value;
        c->n_room_ins = split(value, ':', &second) ? (int)strtol(second, NULL, 10) : 1;
        return true;
    case 'k':
        c->clip = strtof(value, NULL);
        return c->clip > 0;
    case 'n':
        c->noise = strtof(value, NULL);
        return c->noise > 0;
    case 'u':
        c->loop_gain = -1;
        return true;
    case 'd':
        c->declares = true;
        return true;
    case 'm':
        *midi_play = value;
        return true;
    case 'M':
        c->midi_file = value;
        return true;
    case 's':
        return read_number(&c->start, value);
    case 'R':
        return read_number(&c->roll_to, value);
    case 't':
        c->seconds = strtod(value, NULL);
        return c->seconds > 0;
    default:
        return false;
    }
}

static void say_nothing(const char *text) {
    (void)text;
}

static bool join(struct client *c) {
    jack_status_t status = 0;
    jack_set_error_function(say_nothing);
    jack_set_info_function(say_nothing);
    for (int tries = 0; tries < 40 && !c->jack; tries++) { /* as src/devices/jack.c does */
        c->jack = jack_client_open(c->name, JackNoStartServer | JackUseExactName | JackServerName,
                                   &status, c->server);
        if (!c->jack && !(status & JackServerError))
            return false;
        if (!c->jack)
            usleep((unsigned)(10 + getpid() % 20) * 1000);
    }
    if (!c->jack)
        return false;
    jack_set_process_callback(c->jack, client_process, c);
    jack_set_latency_callback(c->jack, tell_latency, c);
    jack_set_xrun_callback(c->jack, count_xrun, c);
    jack_on_info_shutdown(c->jack, end, c);
    return true;
}

static bool make_rings(struct client *c) {
    const size_t rate = jack_get_sample_rate(c->jack);
    c->limit = c->seconds > 0 ? llround(c->seconds * (double)rate) : INT64_MAX;
    c->loop_frames = c->delay + 65536;
    const size_t frame = sizeof(float) * (size_t)(c->n_records + 1);
    for (int i = 0; i < c->n_loops; i++)
        if (!(c->loops[i] = calloc((size_t)c->loop_frames, sizeof(float))))
            return false;
    return ring_create(&c->ring, rate * 4 * frame) &&
           ring_create(&c->midi_ring, MOST_EVENTS * sizeof(struct midi));
}

static void report(const struct client *c) {
    printf("{\"start_frame\": %lld, \"played\": %lld, \"recorded\": %lld, \"lost\": %lld, "
           "\"xruns\": %lld, \"rate_hz\": %d, \"ended\": \"%s\"}\n",
           (long long)atomic_load(&c->started), (long long)atomic_load(&c->played),
           (long long)atomic_load(&c->recorded), (long long)atomic_load(&c->lost),
           (long long)atomic_load(&c->xruns), *c->ended ? 0 : (int)jack_get_sample_rate(c->jack),
           c->ended);
}

static const struct option options[] = {
    {"server", 1, NULL, 'S'},      {"name", 1, NULL, 'N'},    {"play", 1, NULL, 'p'},
    {"record", 1, NULL, 'r'},      {"loop", 1, NULL, 'l'},    {"clock", 1, NULL, 'C'},
    {"turn", 0, NULL, 'u'},        {"declare", 0, NULL, 'd'}, {"midi-play", 1, NULL, 'm'},
    {"midi-record", 1, NULL, 'M'}, {"connect", 1, NULL, 'c'}, {"room", 1, NULL, 'o'},
    {"clip", 1, NULL, 'k'},        {"noise", 1, NULL, 'n'},   {"start", 1, NULL, 's'},
    {"roll", 1, NULL, 'R'},        {"seconds", 1, NULL, 't'}, {0},
};

int main(int argc, char **argv) {
    struct client *c = &client;
    const char *plays[MOST_SOURCES], *midi_play = NULL, *room = NULL;
    for (int which; (which = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (which == 'S')
            c->server = optarg;
        else if (which == 'N')
            c->name = optarg;
        else if (which == 'p' && c->n_sources < MOST_SOURCES)
            plays[c->n_sources++] = optarg;
        else if (!set_option(c, which, optarg, &midi_play, &room))
            return complain("cannot use an option:", optarg);
    }
    if (optind < argc)
        return complain("what is", argv[optind]);
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    atomic_store(&c->looked_at, -1);
    signal(SIGUSR1, look);
    if (!c->server || !join(c))
        return complain("no server, or the name is taken:", c->server);
    for (int i = 0; i < c->n_sources; i++)
        if (!source_parse(&c->sources[i], plays[i], jack_get_sample_rate(c->jack)))
            return complain("cannot play", plays[i]);
    if (c->n_loops && c->delay < (int)jack_get_buffer_size(c->jack))
        return complain("a loop takes a period at least", NULL);
    if (room && !room_open(c, room, c->n_room_ins, (int)jack_get_sample_rate(c->jack)))
        return complain("cannot be in the room of", room);
    if (midi_play && !read_midi(c, midi_play))
        return complain("cannot read", midi_play);
    if (!make_ports(c, c->midi_file, midi_play) || !make_rings(c) || jack_activate(c->jack))
        return complain("the server gives no ports", NULL);
    const bool connected = connect_all(c);
    const bool done = connected && work(c);
    report(c);
    jack_client_close(c->jack);
    return done ? 0
                : complain(connected ? "cannot write its files" : "not all could be connected",
                           NULL);
}
