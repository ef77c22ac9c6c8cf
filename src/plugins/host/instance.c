/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instances of the plug-in, as many as the channels need, and what stands at their ports. */
#include "host.h"

#include <dlfcn.h>
#include <lv2/atom/util.h>

/* Channels that one instance serves. */
static int width(const struct host *h) {
    return h->plug->n_out > 1 ? h->plug->n_out : 1;
}

static size_t largest_sequence(const struct plug *plug) {
    size_t largest = 0;
    for (int i = 0; i < plug->n_ports; i++)
        largest = plug->ports[i].bytes > largest ? plug->ports[i].bytes : largest;
    return largest;
}

static bool make_buffers(struct host *h, struct instance *instance) {
    const struct plug *plug = h->plug;
    instance->controls = TON_NEW_N(h->opening, float, plug->n_ports + 1);
    instance->audio = TON_NEW_N(h->opening, float *, plug->n_ports + 1);
    instance->atoms = TON_NEW_N(h->opening, LV2_Atom *, plug->n_ports + 1);
    bool good = instance->controls && instance->audio && instance->atoms;
    for (int i = 0; good && i < plug->n_ports; i++) {
        const struct port *port = &plug->ports[i];
        switch (port->kind) {
        case PORT_CONTROL_IN:
            instance->controls[i] = port->duty == DUTY_ENABLED || port->duty == DUTY_OFFLINE ? 1.0F
                                    : port->duty == DUTY_TEMPO ? (float)h->wire->tempo
                                                               : port->def;
            break;
        case PORT_AUDIO_IN:
        case PORT_AUDIO_OUT:
        case PORT_KEY_IN:
        case PORT_CV_IN:
        case PORT_CV_OUT:
            good = (instance->audio[i] = TON_NEW_N(h->opening, float, WIRE_BLOCK)) != NULL;
            break;
        case PORT_ATOM_IN:
        case PORT_ATOM_OUT:
            good = (instance->atoms[i] = ton_arena_alloc(h->opening, port->bytes)) != NULL;
            break;
        case PORT_CONTROL_OUT:
        case PORT_OPTIONAL:
            break;
        }
    }
    return good;
}

static void connect(struct host *h, struct instance *instance) {
    for (int i = 0; i < h->plug->n_ports; i++) {
        const enum port_kind kind = h->plug->ports[i].kind;
        void *at = kind == PORT_CONTROL_IN || kind == PORT_CONTROL_OUT
                       ? (void *)&instance->controls[i]
                   : kind == PORT_ATOM_IN || kind == PORT_ATOM_OUT ? (void *)instance->atoms[i]
                   : kind == PORT_OPTIONAL                         ? NULL
                                                                   : (void *)instance->audio[i];
        lilv_instance_connect_port(instance->lilv, (uint32_t)i, at);
    }
}

/* Numbers of ports are rows, and rows are ours: only the rest of a state counts here. */
static void ignore_port(const char *symbol, void *user, const void *value, uint32_t size,
                        uint32_t type) {
    (void)symbol, (void)user, (void)value, (void)size, (void)type;
}

/* False: there is none. */
static bool restore(struct instance *instance, LilvState *state) {
    if (!state)
        return false;
    if (lilv_state_get_num_properties(state) > 0)
        lilv_state_restore(state, instance->lilv, ignore_port, NULL, 0, instance->features.list);
    lilv_state_free(state);
    return true;
}

/* The state that it is born with, then the preset, then the state of the session. */
static enum ton_code restore_all(struct host *h, struct instance *instance, struct ton_err *err) {
    LilvWorld *world = h->catalogue->world;
    const char *preset = wire_text(h->wire, WIRE_PRESET), *state = wire_text(h->wire, WIRE_STATE);
    restore(instance, lilv_state_new_from_world(world, &instance->features.map,
                                                lilv_plugin_get_uri(h->lilv)));
    if (preset) {
        LilvNode *node = lilv_new_uri(world, preset);
        lilv_world_load_resource(world, node);
        const bool there =
            restore(instance, lilv_state_new_from_world(world, &instance->features.map, node));
        lilv_node_free(node);
        if (!there)
            return ton_fail(err, TON_INPUT, NULL, "cannot read its preset");
    }
    if (state &&
        !restore(instance,
                 state[0] != '@'
                     ? lilv_state_new_from_file(world, &instance->features.map, NULL, state)
                     : lilv_state_new_from_string(world, &instance->features.map, state)))
        return ton_fail(err, TON_INPUT, NULL, "cannot read its state");
    return TON_OK;
}

/* lilv does not say why; the linker and the plug-in's log may. */
static enum ton_code fail_start(const struct host *h, struct ton_err *err) {
    const char *why = dlopen(h->plug->binary, RTLD_NOW) ? host_last_words() : dlerror();
    return ton_fail(err, TON_ENVIRONMENT, NULL, "could not be started%s%s%s", why ? " (" : "",
                    why ? why : "", why ? ")" : "");
}

static enum ton_code open_one(struct host *h, struct instance *instance, struct ton_err *err) {
    struct work *w = &instance->work;
    w->arena = h->opening; /* it may ask for work as soon as it is made */
    features_init(&instance->features, h->wire->rate, largest_sequence(h->plug),
                  wire_text(h->wire, WIRE_STATE_FROM), w);
    if (!make_buffers(h, instance))
        return ton_fail(err, TON_MEMORY, NULL, "found no memory for its ports");
    instance->lilv = lilv_plugin_instantiate(h->lilv, h->wire->rate, instance->features.list);
    if (!instance->lilv)
        return fail_start(h, err);
    w->lilv = instance->lilv;
    w->interface = lilv_instance_get_extension_data(instance->lilv, LV2_WORKER__interface);
    connect(h, instance);
    messages_begin(h, instance);
    return restore_all(h, instance, err);
}

void instances_close(struct host *h) {
    for (int i = 0; i < h->n_instances; i++) {
        if (!h->instances[i].lilv)
            continue;
        if (h->instances[i].active)
            lilv_instance_deactivate(h->instances[i].lilv);
        lilv_instance_free(h->instances[i].lilv);
    }
    h->n_instances = 0;
    ton_arena_destroy(h->opening);
    h->opening = NULL;
}

int instances_latency(const struct host *h) {
    for (int i = 0; i < h->plug->n_ports; i++)
        if (h->plug->ports[i].duty == DUTY_LATENCY && h->n_instances > 0) {
            const float frames = h->instances[0].controls[i];
            return frames > -0.5F && frames < 2e9F ? (int)(frames + 0.5F) : -1;
        }
    return 0;
}

static void set_row(struct host *h, int row, float value) {
    const struct control *control = &h->plug->controls[row];
    const float theirs =
        control_value(control, &h->plug->processor.rows[row], value, h->wire->rate);
    if (control->port < 0) {
        messages_parameter(h, row, theirs);
        return;
    }
    for (int i = 0; i < h->n_instances; i++) {
        float *cv = h->instances[i].audio[control->port];
        h->instances[i].controls[control->port] = theirs;
        for (int k = 0; cv && k < WIRE_BLOCK; k++)
            cv[k] = theirs;
    }
}

void instances_set(struct host *h, const float *params) {
    for (int row = 0; row < h->plug->processor.n_rows; row++) {
        if (params[row] == h->params[row])
            continue;
        h->params[row] = params[row];
        set_row(h, row, params[row]);
    }
}

/* The input of port number `k` of its kind, for an instance that serves the channels from `first`
 * on: its own channel; where the plug-in has one input and two outputs, the middle of both. */
static void feed(const struct host *h, float *to, int first, int k, float *const *audio) {
    const int channels = h->shape.channels;
    if (h->plug->n_in == 1 && width(h) > 1 && first + 1 < channels) {
        for (int i = 0; i < WIRE_BLOCK; i++)
            to[i] = 0.5F * (audio[first][i] + audio[first + 1][i]);
        return;
    }
    /* A second input of a plug-in with one output hears the same; a third of two hears nothing. */
    const int channel = width(h) == 1 || channels == 1 ? first : first + k;
    if (k >= width(h) && width(h) > 1) {
        memset(to, 0, sizeof *to * WIRE_BLOCK);
        return;
    }
    memcpy(to, audio[channel < channels ? channel : channels - 1], sizeof *to * WIRE_BLOCK);
}

/* Without a side-chain it hears the signal itself, as our own detectors do. */
static void feed_key(const struct host *h, float *to, int first, int k, float *const *audio) {
    const struct wire_shape *w = &h->shape;
    const int channel =
        w->key_channels ? w->channels + (first + k) % w->key_channels : (first + k) % w->channels;
    memcpy(to, audio[channel], sizeof *to * WIRE_BLOCK);
}

static void feed_all(struct host *h, struct instance *instance, int first, float *const *audio) {
    int in = 0, key = 0;
    for (int i = 0; i < h->plug->n_ports; i++) {
        if (h->plug->ports[i].kind == PORT_AUDIO_IN)
            feed(h, instance->audio[i], first, in++, audio);
        else if (h->plug->ports[i].kind == PORT_KEY_IN)
            feed_key(h, instance->audio[i], first, key++, audio);
    }
}

/* What is put as it is stays as it is, bit for bit: what is no number, and denormals, are seen by
 * the program. */
static void put(float *to, const float *from, float gain, bool onto) {
    if (gain == 1.0F && !onto)
        memcpy(to, from, sizeof *to * WIRE_BLOCK);
    for (int k = 0; k < WIRE_BLOCK && onto; k++)
        to[k] += gain * from[k];
    for (int k = 0; k < WIRE_BLOCK && !onto && gain != 1.0F; k++)
        to[k] = gain * from[k];
}

/* What the plug-in gives takes the channels' places. Of an instrument, which hears nothing, it is
 * added. A mono channel of a stereo plug-in gets the middle of its sides. */
static void take(const struct host *h, const struct instance *instance, int first,
                 float *const *audio) {
    const bool adds = h->plug->n_in == 0;
    const bool folds = h->shape.channels == 1 && h->plug->n_out > 1;
    int out = 0;
    for (int i = 0; i < h->plug->n_ports && out < 2 + width(h); i++) {
        if (h->plug->ports[i].kind != PORT_AUDIO_OUT)
            continue;
        const int channel = folds ? 0 : first + out;
        const float *from = instance->audio[i];
        if (channel < h->shape.channels && (!folds || out < 2)) {
            put(audio[channel], from, folds ? 0.5F : 1.0F, adds || (folds && out == 1));
        }
        out++;
    }
}

/* Controls that say what time:Position says. */
static void set_times(const struct host *h, struct instance *instance) {
    const struct place now = place_at(h, h->frame);
    const enum port_duty last = now.beats ? DUTY_BEAT_UNIT : DUTY_SPEED;
    const float values[] = {[DUTY_TEMPO] = (float)now.tempo,
                            [DUTY_FRAME] = (float)now.frame,
                            [DUTY_SPEED] = 1,
                            [DUTY_BAR] = (float)now.bar,
                            [DUTY_BAR_BEAT] = (float)now.beat,
                            [DUTY_BEATS_PER_BAR] = (float)now.beats,
                            [DUTY_BEAT_UNIT] = (float)now.unit};
    for (int i = 0; i < h->plug->n_ports; i++) {
        const struct port *port = &h->plug->ports[i];
        if (port->kind == PORT_CONTROL_IN && port->duty >= DUTY_TEMPO && port->duty <= last)
            instance->controls[i] = values[port->duty];
    }
}

/* What is at its ports when a plug-in is activated is where it starts: nothing glides there. A
 * parameter without a default of its own is told only what somebody wrote. */
enum ton_code instances_open(struct host *h, const float *params, struct ton_err *err) {
    h->frame = 0;
    h->n_instances = 0;
    h->opening = ton_arena_create();
    const int n = (h->shape.channels + width(h) - 1) / width(h);
    h->instances = h->opening ? TON_NEW_N(h->opening, struct instance, n) : NULL;
    if (!h->instances)
        return ton_fail(err, TON_MEMORY, NULL, "found no memory");
    h->n_instances = n;
    enum ton_code code = TON_OK;
    for (int i = 0; i < n && !code; i++)
        code = open_one(h, &h->instances[i], err);
    for (int row = 0; row < h->plug->processor.n_rows && !code; row++) {
        h->params[row] = params[row];
        if (!h->plug->controls[row].free || params[row] != h->plug->processor.rows[row].def)
            set_row(h, row, params[row]);
    }
    for (int i = 0; i < n && !code; i++) {
        struct instance *instance = &h->instances[i];
        if (h->plug->has_time)
            set_times(h, instance);
        lilv_instance_activate(instance->lilv);
        instance->active = true;
    }
    return code;
}

void instances_run(struct host *h, float *const *audio) {
    for (int i = 0; i < h->n_instances; i++) {
        struct instance *instance = &h->instances[i];
        feed_all(h, instance, i * width(h), audio);
        if (h->plug->has_time)
            set_times(h, instance);
        messages_end(h, instance);
        lilv_instance_run(instance->lilv, WIRE_BLOCK);
        work_run(&instance->work);
        messages_begin(h, instance);
    }
    for (int i = 0; i < h->n_instances && h->plug->n_out > 0; i++)
        take(h, &h->instances[i], i * width(h), audio);
    h->frame += WIRE_BLOCK;
}
