/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small LV2 plug-ins that the tests host: good ones whose output is known to the sample, and bad
 * ones that do what plug-ins in the wild do. plugins.ttl describes them, port by port. */
#include <lv2/atom/atom.h>
#include <lv2/atom/util.h>
#include <lv2/core/lv2.h>
#include <lv2/midi/midi.h>
#include <lv2/patch/patch.h>
#include <lv2/state/state.h>
#include <lv2/time/time.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEST "urn:ton:test:"

enum { MOST_PORTS = 8, LATENCY = 37 };

struct plugin {
    void *ports[MOST_PORTS];
    float line[LATENCY];
    int at;
    float gain; /* of what sets it by message, work or state */
    float other_gain;
    int frames_run; /* since activate */
    LV2_URID_Map *map;
    const LV2_Worker_Schedule *schedule;
    int note;
    double phase, rate;
};

static void *feature(const LV2_Feature *const *features, const char *uri) {
    for (; *features; features++)
        if (strcmp((*features)->URI, uri) == 0)
            return (*features)->data;
    return NULL;
}

static LV2_Handle instantiate(const LV2_Descriptor *d, double rate, const char *bundle,
                              const LV2_Feature *const *features) {
    (void)bundle;
    if (strcmp(d->URI, TEST "refuser") == 0)
        return NULL;
    if (strcmp(d->URI, TEST "born-dead") == 0)
        raise(SIGSEGV);
    const char *theirs = getenv("TON_TEST_DESCRIPTOR"); /* that is not for plug-ins */
    if (strcmp(d->URI, TEST "parent") == 0 && theirs &&
        fcntl((int)strtol(theirs, NULL, 10), F_GETFD) >= 0)
        return NULL;
    if (strcmp(d->URI, TEST "parent") == 0 && fork() == 0) {
        signal(SIGALRM, SIG_DFL);
        alarm(20);
        for (;;)
            pause();
    }
    const char *first = getenv("TON_TEST_FIRST"); /* a file that is there the first time */
    if (strcmp(d->URI, TEST "late-starter") == 0 && first && unlink(first) == 0)
        return NULL;
    struct plugin *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->rate = rate;
    p->gain = p->other_gain = 1;
    p->note = -1;
    p->map = feature(features, LV2_URID__map);
    p->schedule = feature(features, LV2_WORKER__schedule);
    return p;
}

static void connect_port(LV2_Handle handle, uint32_t port, void *at) {
    struct plugin *p = handle;
    if (port < MOST_PORTS)
        p->ports[port] = at;
}

static void activate(LV2_Handle handle) {
    struct plugin *p = handle;
    memset(p->line, 0, sizeof p->line);
    p->at = 0;
    p->frames_run = 0;
}

static void cleanup(LV2_Handle handle) {
    free(handle);
}

/* Ports: in, out, gain in dB, latency. Late by 37 frames, and says so. */
static void run_gain(LV2_Handle handle, uint32_t frames) {
    struct plugin *p = handle;
    const float *in = p->ports[0];
    float *out = p->ports[1];
    const float gain = powf(10.0F, *(const float *)p->ports[2] / 20.0F);
    *(float *)p->ports[3] = LATENCY;
    for (uint32_t i = 0; i < frames; i++) {
        out[i] = gain * p->line[p->at];
        p->line[p->at] = in[i];
        p->at = (p->at + 1) % LATENCY;
    }
}

/* Ports: in left, in right, out left, out right, width. Sides swapped, times `width`. */
static void run_swap(LV2_Handle handle, uint32_t frames) {
    struct plugin *p = handle;
    const float *left = p->ports[0], *right = p->ports[1];
    float *out_left = p->ports[2], *out_right = p->ports[3];
    const float width = *(const float *)p->ports[4];
    for (uint32_t i = 0; i < frames; i++) {
        out_left[i] = width * right[i];
        out_right[i] = width * left[i];
    }
}

/* Good for half a second (at 48 kHz), then as its name says. Ports: in, out. */
static bool goes_wrong(struct plugin *p, uint32_t frames) {
    const float *in = p->ports[0];
    float *out = p->ports[1];
    memmove(out, in, sizeof *out * frames);
    p->frames_run += (int)frames;
    return p->frames_run > 24000;
}

static void run_crash(LV2_Handle handle, uint32_t frames) {
    if (goes_wrong(handle, frames))
        raise(SIGSEGV);
}

static void run_hang(LV2_Handle handle, uint32_t frames) {
    if (goes_wrong(handle, frames))
        for (;;)
            pause();
}

static void run_exit(LV2_Handle handle, uint32_t frames) {
    if (goes_wrong(handle, frames))
        _exit(7);
}

static void run_nan(LV2_Handle handle, uint32_t frames) {
    struct plugin *p = handle;
    if (goes_wrong(p, frames))
        ((float *)p->ports[1])[0] = NAN;
}

static void run_storm(LV2_Handle handle, uint32_t frames) {
    struct plugin *p = handle;
    const uint32_t bits = 0x00000123; /* 4e-43 */
    if (goes_wrong(p, frames))
        for (uint32_t i = 0; i < frames; i++)
            memcpy((float *)p->ports[1] + i, &bits, sizeof bits);
}

/* The memory that its process shares with the one that plays it: descriptor 3. */
static void run_scribble(LV2_Handle handle, uint32_t frames) {
    struct stat about;
    if (!goes_wrong(handle, frames) || fstat(3, &about) != 0)
        return;
    void *shared = mmap(NULL, (size_t)about.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0);
    if (shared != MAP_FAILED)
        memset(shared, 0xFF, (size_t)about.st_size);
}

static void run_truncate(LV2_Handle handle, uint32_t frames) {
    if (goes_wrong(handle, frames) && ftruncate(3, 0) == 0)
        raise(SIGBUS);
}

/* Ports: in, out, latency, which is beyond all reason. */
static void run_liar(LV2_Handle handle, uint32_t frames) {
    struct plugin *p = handle;
    goes_wrong(p, frames);
    *(float *)p->ports[2] = 1e9F;
}

/* Ports: in, out, latency, another one in each process. */
static void run_fickle(LV2_Handle handle, uint32_t frames) {
    struct plugin *p = handle;
    goes_wrong(p, frames);
    *(float *)p->ports[2] = (float)(getpid() % 1000 + 1);
}

/* Ports: in, out, latency, which it tells from its second run on. */
static void run_late_teller(LV2_Handle handle, uint32_t frames) {
    struct plugin *p = handle;
    const float *in = p->ports[0];
    float *out = p->ports[1];
    *(float *)p->ports[2] = p->frames_run ? LATENCY : 0;
    for (uint32_t i = 0; i < frames; i++) {
        out[i] = p->line[p->at];
        p->line[p->at] = in[i];
        p->at = (p->at + 1) % LATENCY;
    }
    p->frames_run += (int)frames;
}

/* Ports: in, out, latency, which becomes another one. */
static void run_wanderer(LV2_Handle handle, uint32_t frames) {
    struct plugin *p = handle;
    *(float *)p->ports[2] = goes_wrong(p, frames) ? 20 : 0;
}

/* Ports: in, out, events. Silent as soon as one comes before another that is later. */
static void run_order(LV2_Handle handle, uint32_t frames) {
    struct plugin *p = handle;
    const LV2_Atom_Sequence *sequence = p->ports[2];
    int64_t last = 0;
    LV2_ATOM_SEQUENCE_FOREACH(sequence, event) {
        if (event->time.frames < last)
            p->gain = 0;
        last = event->time.frames;
        p->at++;
    }
    for (uint32_t i = 0; i < frames; i++)
        ((float *)p->ports[1])[i] = p->gain * ((const float *)p->ports[0])[i];
}

/* Ports: in, out, gain. The gain takes effect through the worker, one block later. */
static void run_worker(LV2_Handle handle, uint32_t frames) {
    struct plugin *p = handle;
    const float *in = p->ports[0];
    float *out = p->ports[1];
    for (uint32_t i = 0; i < frames; i++)
        out[i] = p->gain * in[i];
    if (*(const float *)p->ports[2] != p->gain && p->schedule)
        p->schedule->schedule_work(p->schedule->handle, sizeof(float), p->ports[2]);
}

static LV2_Worker_Status work(LV2_Handle handle, LV2_Worker_Respond_Function respond,
                              LV2_Worker_Respond_Handle to, uint32_t size, const void *data) {
    (void)handle;
    return respond(to, size, data);
}

static LV2_Worker_Status work_response(LV2_Handle handle, uint32_t size, const void *data) {
    struct plugin *p = handle;
    if (size == sizeof p->gain)
        memcpy(&p->gain, data, sizeof p->gain);
    return LV2_WORKER_SUCCESS;
}

/* A patch:Set of our gain in the message port. */
static void obey(struct plugin *p, const LV2_Atom_Object *object) {
    const LV2_Atom *property = NULL, *value = NULL;
    if (object->body.otype != p->map->map(p->map->handle, LV2_PATCH__Set))
        return;
    lv2_atom_object_get(object, p->map->map(p->map->handle, LV2_PATCH__property), &property,
                        p->map->map(p->map->handle, LV2_PATCH__value), &value, 0);
    static const char *const gains[] = {TEST "message#gain", TEST "elsewhere#gain",
                                        TEST "message#free"};
    for (int i = 0; i < 3 && property && value; i++)
        if (((const LV2_Atom_URID *)property)->body == p->map->map(p->map->handle, gains[i]) &&
            value->type == p->map->map(p->map->handle, LV2_ATOM__Float))
            *(i == 2 ? &p->other_gain : &p->gain) = ((const LV2_Atom_Float *)value)->body;
}

/* Ports: in, out, messages. */
static void run_message(LV2_Handle handle, uint32_t frames) {
    struct plugin *p = handle;
    const float *in = p->ports[0];
    float *out = p->ports[1];
    const LV2_Atom_Sequence *sequence = p->ports[2];
    LV2_ATOM_SEQUENCE_FOREACH(sequence, event)
    if (event->body.type == p->map->map(p->map->handle, LV2_ATOM__Object))
        obey(p, (const LV2_Atom_Object *)&event->body);
    for (uint32_t i = 0; i < frames; i++)
        out[i] = p->gain * p->other_gain * in[i];
}

/* Ports: in, out. Its gain is only in its state, or in a file that its state names. */
static void run_state(LV2_Handle handle, uint32_t frames) {
    struct plugin *p = handle;
    const float *in = p->ports[0];
    float *out = p->ports[1];
    for (uint32_t i = 0; i < frames; i++)
        out[i] = p->gain * in[i];
}

static LV2_State_Status save(LV2_Handle handle, LV2_State_Store_Function store, LV2_State_Handle to,
                             uint32_t flags, const LV2_Feature *const *features) {
    (void)flags, (void)features;
    struct plugin *p = handle;
    return store(to, p->map->map(p->map->handle, TEST "state#gain"), &p->gain, sizeof p->gain,
                 p->map->map(p->map->handle, LV2_ATOM__Float),
                 LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
}

/* The plug-in takes the last feature of that name, as many do. */
static void read_file(struct plugin *p, const char *name, const LV2_Feature *const *features) {
    const LV2_State_Map_Path *paths = NULL;
    for (; features && *features; features++)
        if (strcmp((*features)->URI, LV2_STATE__mapPath) == 0)
            paths = (*features)->data;
    char *path = paths ? paths->absolute_path(paths->handle, name) : NULL;
    FILE *file = path ? fopen(path, "r") : NULL;
    char text[32];
    if (file && fgets(text, sizeof text, file))
        p->gain = strtof(text, NULL);
    if (file)
        fclose(file);
    free(path);
}

static LV2_State_Status restore(LV2_Handle handle, LV2_State_Retrieve_Function retrieve,
                                LV2_State_Handle from, uint32_t flags,
                                const LV2_Feature *const *features) {
    (void)flags;
    struct plugin *p = handle;
    size_t size = 0;
    uint32_t type = 0, kind = 0;
    const char *file =
        retrieve(from, p->map->map(p->map->handle, TEST "state#file"), &size, &type, &kind);
    if (file && type == p->map->map(p->map->handle, LV2_ATOM__Path))
        read_file(p, file, features);
    static const char *const gains[] = {TEST "state#gain", TEST "message#gain",
                                        TEST "elsewhere#gain"};
    for (int i = 0; i < 3; i++) {
        const void *value =
            retrieve(from, p->map->map(p->map->handle, gains[i]), &size, &type, &kind);
        if (value && size == sizeof p->gain)
            memcpy(&p->gain, value, sizeof p->gain);
    }
    return LV2_STATE_SUCCESS;
}

/* Ports: in, key, out. What it hears at its side-chain, times its input. */
static void run_key(LV2_Handle handle, uint32_t frames) {
    struct plugin *p = handle;
    const float *in = p->ports[0], *key = p->ports[1];
    float *out = p->ports[2];
    for (uint32_t i = 0; i < frames; i++)
        out[i] = in[i] * key[i];
}

/* Ports: in, out, control voltage. */
static void run_voltage(LV2_Handle handle, uint32_t frames) {
    struct plugin *p = handle;
    const float *in = p->ports[0], *voltage = p->ports[2];
    float *out = p->ports[1];
    for (uint32_t i = 0; i < frames; i++)
        out[i] = in[i] * voltage[i];
}

/* Ports: out, notes. A sine as long as a note is held. */
static void run_tone(LV2_Handle handle, uint32_t frames) {
    struct plugin *p = handle;
    float *out = p->ports[0];
    const LV2_Atom_Sequence *sequence = p->ports[1];
    const LV2_URID midi = p->map->map(p->map->handle, LV2_MIDI__MidiEvent);
    uint32_t at = 0;
    const LV2_Atom_Event *event = lv2_atom_sequence_begin(&sequence->body);
    for (; at < frames; at++) {
        while (!lv2_atom_sequence_is_end(&sequence->body, sequence->atom.size, event) &&
               event->time.frames <= (int64_t)at) {
            const uint8_t *bytes = (const uint8_t *)(event + 1);
            if (event->body.type == midi && (bytes[0] & 0xF0) == 0x90 && bytes[2] > 0)
                p->note = bytes[1];
            else if (event->body.type == midi && (bytes[0] & 0xE0) == 0x80 && bytes[1] == p->note)
                p->note = -1;
            event = lv2_atom_sequence_next(event);
        }
        out[at] = p->note < 0 ? 0.0F : (float)(0.5 * sin(p->phase));
        p->phase += 2.0 * M_PI * 440.0 * pow(2.0, (p->note - 69) / 12.0) / p->rate;
        if (p->note < 0)
            p->phase = 0;
    }
}

struct clock {
    int64_t frame, bar;
    float beat, tempo, beats;
    int unit;
};

static void take_time(struct plugin *p, struct clock *clock, const LV2_Atom_Object *object) {
    const LV2_Atom *frame = NULL, *bar = NULL, *beat = NULL, *tempo = NULL, *beats = NULL,
                   *unit = NULL;
    lv2_atom_object_get(object, p->map->map(p->map->handle, LV2_TIME__frame), &frame,
                        p->map->map(p->map->handle, LV2_TIME__bar), &bar,
                        p->map->map(p->map->handle, LV2_TIME__barBeat), &beat,
                        p->map->map(p->map->handle, LV2_TIME__beatsPerMinute), &tempo,
                        p->map->map(p->map->handle, LV2_TIME__beatsPerBar), &beats,
                        p->map->map(p->map->handle, LV2_TIME__beatUnit), &unit, 0);
    if (!frame || !bar || !beat || !tempo || !beats || !unit)
        return;
    *clock =
        (struct clock){((const LV2_Atom_Long *)frame)->body,  ((const LV2_Atom_Long *)bar)->body,
                       ((const LV2_Atom_Float *)beat)->body,  ((const LV2_Atom_Float *)tempo)->body,
                       ((const LV2_Atom_Float *)beats)->body, ((const LV2_Atom_Int *)unit)->body};
}

/* Ports: in, out, times, the bar. Out come bars since the start by the times, over 64; as long as
 * the control says another bar at the block's start, -1. */
static void run_clock(LV2_Handle handle, uint32_t frames) {
    struct plugin *p = handle;
    float *out = p->ports[1];
    const LV2_Atom_Sequence *sequence = p->ports[2];
    struct clock *clock = (struct clock *)(void *)p->line;
    const LV2_Atom_Event *event = lv2_atom_sequence_begin(&sequence->body);
    bool agrees = true;
    for (uint32_t i = 0; i < frames; i++) {
        while (!lv2_atom_sequence_is_end(&sequence->body, sequence->atom.size, event) &&
               event->time.frames <= (int64_t)i) {
            take_time(p, clock, (const LV2_Atom_Object *)&event->body);
            event = lv2_atom_sequence_next(event);
        }
        const double quarters =
            (double)(p->frames_run - clock->frame) / p->rate * (double)clock->tempo / 60;
        const double bars =
            (double)clock->bar +
            ((double)clock->beat + quarters * clock->unit / 4) / (double)clock->beats;
        if (i == 0)
            agrees = fabs((double)*(const float *)p->ports[3] - floor(bars + 1e-6)) < 0.5;
        out[i] = agrees ? (float)(bars / 64) : -1.0F;
        p->frames_run++;
    }
}

static const void *extension(const char *uri) {
    static const LV2_Worker_Interface worker = {work, work_response, NULL};
    static const LV2_State_Interface state = {save, restore};
    if (strcmp(uri, LV2_WORKER__interface) == 0)
        return &worker;
    return strcmp(uri, LV2_STATE__interface) == 0 ? &state : NULL;
}

#define PLUGIN(name, function)                                                                     \
    { TEST name, instantiate, connect_port, activate, function, NULL, cleanup, extension }

static const LV2_Descriptor descriptors[] = {
    PLUGIN("gain", run_gain),
    PLUGIN("swap", run_swap),
    PLUGIN("crasher", run_crash),
    PLUGIN("hanger", run_hang),
    PLUGIN("leaver", run_exit),
    PLUGIN("nan", run_nan),
    PLUGIN("storm", run_storm),
    PLUGIN("worker", run_worker),
    PLUGIN("message", run_message),
    PLUGIN("state", run_state),
    PLUGIN("key", run_key),
    PLUGIN("voltage", run_voltage),
    PLUGIN("tone", run_tone),
    PLUGIN("clock", run_clock),
    PLUGIN("refuser", run_state),
    PLUGIN("born-dead", run_state),
    PLUGIN("demanding", run_state),
    PLUGIN("content", run_state),
    PLUGIN("twin-a", run_state),
    PLUGIN("twin-b", run_state),
    PLUGIN("scribbler", run_scribble),
    PLUGIN("truncator", run_truncate),
    PLUGIN("liar", run_liar),
    PLUGIN("fickle", run_fickle),
    PLUGIN("late-starter", run_gain),
    PLUGIN("parent", run_state),
    PLUGIN("late-teller", run_late_teller),
    PLUGIN("wanderer", run_wanderer),
    PLUGIN("order", run_order),
    PLUGIN("spoken", run_message),
};

LV2_SYMBOL_EXPORT const LV2_Descriptor *lv2_descriptor(uint32_t index) {
    return index < sizeof descriptors / sizeof *descriptors ? &descriptors[index] : NULL;
}
