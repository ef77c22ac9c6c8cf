/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device that is open, whatever is behind it. */
#include "backends.h"

#include "ton/text.h"
#include "ton/thread.h"

static const char *const names[] = {"jack", "portaudio", "null", NULL};
enum { N_NAMES = TON_N(names) - 1 };

/* That one look at a silent device adds: when this program stood still itself, the device gets the
 * chance to call before it is blamed. */
#define MOST_SILENCE_NS INT64_C(250000000)
static const double HANGS_S = 2.0; /* silent for so long */

const char *const *ton_device_backends(void) {
    return names;
}

enum ton_code device_no_memory(const struct ton_device *d, struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, d->backend->name, "no memory to open a device");
}

static enum ton_code choose_by_name(const struct ton_backend **out, const char *name,
                                    struct ton_err *err) {
    for (int i = 0; i < ton_n_backends; i++)
        if (ton_text_same(ton_backends[i]->name, name)) {
            *out = ton_backends[i];
            return TON_OK;
        }
    for (int i = 0; i < N_NAMES; i++)
        if (ton_text_same(names[i], name))
            return ton_fail(err, TON_ENVIRONMENT, name,
                            "this program was built without it; `ton devices` lists what there is");
    const char *near = ton_nearest(name, names, N_NAMES);
    return ton_fail(err, TON_USAGE, NULL, "no back-end is called `%s`%s%s%s", name,
                    near ? "; did you mean `" : "; there are jack, portaudio and null",
                    near ? near : "", near ? "`?" : "");
}

/* The first that has a device. `null` always has one. */
static enum ton_code choose(const struct ton_backend **out, struct ton_arena *arena,
                            const struct ton_device_config *config, struct ton_err *err) {
    if (config->backend)
        return choose_by_name(out, config->backend, err);
    enum ton_code code = TON_OK;
    struct ton_devices found = {.n = 0};
    for (int i = 0; i < ton_n_backends && !code && found.n == 0; i++) {
        *out = ton_backends[i];
        code = ton_backends[i]->list(&found, arena, config->server, err);
        const struct ton_device_absence *last =
            found.n_absent ? &found.absent[found.n_absent - 1] : NULL;
        if (!code && last && last->hangs) /* nobody means another one */
            return ton_fail(err, TON_ENVIRONMENT, last->backend, "%s", last->why);
    }
    return code;
}

static void give_back(void *device) {
    struct ton_device *d = device;
    if (d->backend && d->own)
        d->backend->close(d);
    ton_arena_destroy(d->arena);
    ton_free(d);
}

/* All that opening touches: it stays where nobody waits for it any longer. */
struct opening {
    struct ton_device *device;
    struct ton_device_config config;
    struct ton_err err;
    enum ton_code code;
};

static void open_now(void *opening) {
    struct opening *o = opening;
    o->code = o->device->backend->open(o->device, &o->config, &o->err);
}

static void open_in_vain(void *opening) {
    struct opening *o = opening;
    give_back(o->device);
    ton_free(o);
}

static const struct ton_device_wish *keep(struct ton_arena *arena,
                                          const struct ton_device_wish *wishes, int n) {
    struct ton_device_wish *kept = TON_NEW_N(arena, struct ton_device_wish, n);
    for (int i = 0; i < n && kept; i++)
        kept[i] = (struct ton_device_wish){ton_arena_text(arena, wishes[i].name),
                                           ton_arena_text(arena, wishes[i].connect)};
    return kept;
}

static struct opening *prepare(struct ton_device *d, const struct ton_device_config *config) {
    struct opening *o = ton_alloc(sizeof *o);
    if (!o)
        return NULL;
    *o = (struct opening){.device = d, .config = *config};
    o->config.device = ton_arena_text(d->arena, config->device);
    o->config.server = ton_arena_text(d->arena, config->server);
    o->config.client = ton_arena_text(d->arena, config->client);
    o->config.midi_in = ton_arena_text(d->arena, config->midi_in);
    o->config.midi_out = ton_arena_text(d->arena, config->midi_out);
    o->config.inputs = keep(d->arena, config->inputs, config->n_inputs);
    o->config.outputs = keep(d->arena, config->outputs, config->n_outputs);
    if (!ton_arena_failed(d->arena))
        return o;
    ton_free(o);
    return NULL;
}

/* A device that is given up is no longer the caller's: `*d` is NULL. */
static enum ton_code open_patiently(struct ton_device **d, const struct ton_device_config *config,
                                    struct ton_err *err) {
    struct opening *o = prepare(*d, config);
    if (!o)
        return device_no_memory(*d, err);
    if (!ton_call_within(DEVICE_OPENING_NS, open_now, open_in_vain, o)) {
        const char *backend = (*d)->backend->name;
        *d = NULL;
        return ton_fail(err, TON_ENVIRONMENT, backend, DEVICE_HANGS,
                        config->server ? config->server : "default");
    }
    const enum ton_code code = o->code;
    if (code && err)
        *err = o->err;
    ton_free(o);
    return code;
}

enum ton_code ton_device_open(struct ton_device **out, const struct ton_device_config *config,
                              struct ton_err *err) {
    ton_rt_forbid("ton_device_open");
    *out = NULL;
    struct ton_device *d = ton_alloc(sizeof *d);
    if (!d || !(d->arena = ton_arena_create())) {
        ton_free(d);
        return ton_fail(err, TON_MEMORY, NULL, "no memory to open a device");
    }
    d->rate = config->rate;
    d->n_inputs = config->n_inputs;
    d->n_outputs = config->n_outputs;
    d->process = config->process;
    d->user = config->user;
    d->ready = config->ready;
    d->has_room = config->has_room;
    enum ton_code code = choose(&d->backend, d->arena, config, err);
    if (!code)
        code = d->backend->may_hang ? open_patiently(&d, config, err)
                                    : d->backend->open(d, config, err);
    if (code)
        ton_device_close(d);
    else
        *out = d;
    return code;
}

static void reset(struct ton_device *d) {
    struct device_meter *m = &d->meter;
    atomic_llong *const sums[] = {&m->frame, &m->blocks,   &m->leaps,      &m->lost,
                                  &m->told,  &m->spent_ns, &m->sounding_ns};
    for (int i = 0; i < TON_N(sums); i++)
        atomic_store(sums[i], 0);
    for (int i = 0; i < DEVICE_LOADS; i++)
        atomic_store(&m->loads[i], 0);
    atomic_store(&m->worst_load, 0);
    d->next_frame = 0;
}

enum ton_code ton_device_start(struct ton_device *d, struct ton_err *err) {
    ton_rt_forbid("ton_device_start");
    if (d->running)
        return TON_OK;
    enum ton_code code = ton_device_failure(d, err);
    if (code)
        return code;
    reset(d);
    code = d->backend->start(d, err);
    d->running = code == TON_OK;
    return code;
}

void ton_device_stop(struct ton_device *d) {
    ton_rt_forbid("ton_device_stop");
    if (d->running)
        d->backend->stop(d);
    d->running = false;
}

/* A server that hangs answers no goodbye: then it keeps what it was given until it does, or until
 * the program ends. */
void ton_device_close(struct ton_device *d) {
    if (!d)
        return;
    ton_device_stop(d);
    const struct ton_backend *b = d->backend; /* NULL: there is none of that name */
    const int kept = b && b->hush ? b->hush() : -1;
    ton_call_within(DEVICE_PATIENCE_NS, give_back, NULL, d);
    if (b && b->unhush)
        b->unhush(kept);
}

static int64_t read(const atomic_llong *sum) {
    return atomic_load_explicit(sum, memory_order_relaxed);
}

static double high_load(const struct device_meter *m) {
    const double worst = atomic_load(&m->worst_load);
    const int64_t may_be_above = read(&m->blocks) / 1000;
    int i = DEVICE_LOADS - 1;
    for (int64_t above = read(&m->loads[i]); above <= may_be_above && i > 0;)
        above += read(&m->loads[--i]);
    const double edge = (i + 1.0) / (DEVICE_LOADS - 1);
    return i == DEVICE_LOADS - 1 || worst < edge ? worst : edge;
}

void ton_device_status(const struct ton_device *d, struct ton_device_status *out) {
    const struct device_meter *m = &d->meter;
    const int64_t leaps = read(&m->leaps), told = read(&m->told);
    const double sounding_ns = (double)read(&m->sounding_ns);
    *out = (struct ton_device_status){
        .backend = d->backend->name,
        .name = d->name,
        .rate = d->rate,
        .period_frames = atomic_load(&d->period_frames),
        .most_frames = d->most_frames,
        .realtime = atomic_load(&d->realtime),
        .frame = read(&m->frame),
        .blocks = read(&m->blocks),
        .xruns = leaps > told ? leaps : told, /* most are seen twice */
        .lost_frames = read(&m->lost),
        .mean_load = sounding_ns > 0 ? (double)read(&m->spent_ns) / sounding_ns : 0,
        .high_load = high_load(m),
        .worst_load = atomic_load(&m->worst_load),
    };
}

double ton_device_silence(struct ton_device *d) {
    const int64_t blocks = read(&d->meter.blocks), now = ton_clock_ns();
    const int64_t passed = now - d->watch.asked_ns;
    const bool own_clock = d->backend == &ton_backend_null; /* may wait for a disk */
    if (!d->running || own_clock || blocks != d->watch.blocks)
        d->watch.silent_ns = 0;
    else
        d->watch.silent_ns += passed < MOST_SILENCE_NS ? passed : MOST_SILENCE_NS;
    d->watch.asked_ns = now;
    d->watch.blocks = blocks;
    return (double)d->watch.silent_ns / 1e9;
}

int ton_device_latency(const struct ton_device *d, bool is_input, int port) {
    if (port < 0 || port >= (is_input ? d->n_inputs : d->n_outputs))
        return -1;
    return d->backend->latency(d, is_input, port);
}

void device_fail(struct ton_device *d, const char *format, ...) {
    int works = DEVICE_WORKS;
    if (!atomic_compare_exchange_strong(&d->failing, &works, DEVICE_FAILS))
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(d->why, sizeof d->why, format, args);
    va_end(args);
    atomic_store(&d->failing, DEVICE_FAILED);
}

bool device_failed(const struct ton_device *d) {
    return atomic_load(&d->failing) != DEVICE_WORKS;
}

enum ton_code ton_device_failure(const struct ton_device *d, struct ton_err *err) {
    if (atomic_load(&d->failing) != DEVICE_FAILED)
        return TON_OK;
    return ton_fail(err, TON_ENVIRONMENT, d->backend->name, "%s", d->why);
}

enum ton_code ton_device_check(struct ton_device *d, struct ton_err *err) {
    struct ton_device_status status;
    const enum ton_code code = ton_device_failure(d, err);
    if (code || ton_device_silence(d) < HANGS_S)
        return code;
    ton_device_status(d, &status);
    return ton_fail(err, TON_ENVIRONMENT, status.backend,
                    "`%s` has stood still for two seconds; start it again", status.name);
}

const char *ton_device_vanished(struct ton_device *d, bool *is_input) {
    return d->backend->vanished && !device_failed(d) ? d->backend->vanished(d, is_input) : NULL;
}

static enum ton_code no_transport(const struct ton_device *d, struct ton_err *err) {
    return ton_fail(err, TON_INPUT, d->backend->name,
                    "it has no transport that programs share; JACK has one");
}

enum ton_code ton_device_roll(struct ton_device *d, bool roll, struct ton_err *err) {
    const enum ton_code code = ton_device_failure(d, err);
    if (code)
        return code;
    return d->backend->roll ? d->backend->roll(d, roll, err) : no_transport(d, err);
}

enum ton_code ton_device_locate(struct ton_device *d, int64_t frame, struct ton_err *err) {
    const enum ton_code code = ton_device_failure(d, err);
    if (code)
        return code;
    return d->backend->locate ? d->backend->locate(d, frame, err) : no_transport(d, err);
}
