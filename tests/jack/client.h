/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the tests' own JACK client share. */
#ifndef TON_TEST_JACK_CLIENT_H
#define TON_TEST_JACK_CLIENT_H

#include "ring.h"

#include "ton/convolve.h"
#include "ton/ltc.h"

#include <jack/jack.h>
#include <sndfile.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { MOST_PORTS = 128, MOST_LINKS = 256, MOST_SOURCES = 64, MOST_EVENTS = 4096 };

/* signals.c: what goes out of one or more ports, a function of the place since the start. */
struct source {
    enum { COUNTER, TRANSPORT, SINE, CLICKS, SWEEP, LTC, SOUND } kind;
    int channels;
    double rate, value; /* Hz, frames, seconds */
    struct ton_ltc ltc;
    float *sound; /* [frame][channel] */
    int64_t frames;
};
bool source_parse(struct source *s, const char *text, double rate); /* says why not */
float source_at(struct source *s, int channel, int64_t place);

struct midi {
    int64_t place;
    int n;
    uint8_t bytes[16];
};

struct client {
    jack_client_t *jack;
    const char *server, *name, *record_file, *midi_file;
    struct source sources[MOST_SOURCES];
    int n_sources;
    jack_port_t *plays[MOST_PORTS], *records[MOST_PORTS], *loop_in[MOST_PORTS],
        *loop_out[MOST_PORTS], *midi_in, *midi_out;
    int n_plays, n_records, n_loops;
    int delay; /* from the period in which another client writes to loop_in to the one in which it
                  reads the same from loop_out */
    bool declares;
    float loop_gain; /* 1, or -1: what comes back is upside down */
    struct {
        const char *from, *to;
    } links[MOST_LINKS];
    int n_links;
    int64_t start;   /* frame of the server's clock; -1: as soon as everything is connected */
    int64_t roll_to; /* place of the transport; -1: does not touch it */
    double seconds;  /* 0: until told to stop */
    int64_t limit;   /* the same in frames */
    struct midi events[MOST_EVENTS]; /* to send */
    int n_events;
    /* The audio thread's, read by others. */
    atomic_bool go, over;
    atomic_llong started, last, played, recorded, lost, xruns;
    atomic_llong looked_at; /* place at the last SIGUSR1; -1: it is told */
    atomic_int period;
    bool running;
    int64_t next, recorded_to;
    int next_event;
    float *loops[MOST_PORTS]; /* rings of loop_frames */
    int loop_frames;
    double clock_ppm; /* of what a loop plays against what it hears */
    jack_nframes_t loop_began;
    /* A room: what its loudspeakers play, convolved with the channels of a file: first those from
     * the first loudspeaker to each microphone. */
    struct ton_convolver convolver;
    jack_port_t *room_in[TON_CONVOLVER_MOST_PATHS], *room_out[TON_CONVOLVER_MOST_PATHS];
    int n_room_ins, n_rooms;
    float clip, noise; /* of its microphones: they cannot go beyond `clip`; full scale 1.0 */
    uint32_t noise_state;
    struct ring ring, midi_ring; /* frames of all recorded ports; struct midi */
    char ended[256];             /* why the server threw us out */
};

/* room.c: the room of a file; says why not. */
bool room_open(struct client *c, const char *path, int inputs, int rate);
void room_process(struct client *c, jack_nframes_t frames);

/* process.c */
int client_process(jack_nframes_t frames, void *client);

#endif
