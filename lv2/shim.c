/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one LV2 plug-in that is all of them: a host's calls, for whichever processor stands behind.
 *
 *   in -> repaired copy -> unit (-> fade to another unit) -> out
 *
 * Everything is worked on in copies, so a host may connect any ports to the same memory. */
#include "shim.h"

#include "ton/arena.h"
#include "ton/mix.h"

#define LEAST_RATE 8000.0 /* what processors are made for */
#define MOST_RATE 384000.0
#define SWITCH_MS 10.0 /* between the processor and its input */

static LV2_Handle instantiate(const LV2_Descriptor *descriptor, double rate, const char *bundle,
                              const LV2_Feature *const *features);

static void cleanup(LV2_Handle handle) {
    struct shim *s = handle;
    renew_forget(s);
    unit_destroy(s->unit);
    ton_free(s);
}

static void connect_port(LV2_Handle handle, uint32_t port, void *data) {
    struct shim *s = handle;
    if (port < (uint32_t)s->plugin.n_ports)
        s->at[port] = data;
}

/* Controls are connected by now in every host that sets them before it starts: what is fixed is
 * right from the first frame. Without memory the unit that is there goes on with what it has. */
static void activate(LV2_Handle handle) {
    struct shim *s = handle;
    s->tempo_said = 0;
    controls_read(s);
    renew_forget(s);
    struct unit *made = renew_make(s);
    if (made) {
        unit_destroy(s->unit);
        s->unit = made;
    } else {
        s->unit->processor->reset(s->unit->state);
    }
    s->position = 0;
    ton_glide_set(&s->wet, s->enabled ? 1 : 0);
}

/* A port's audio as it can be worked on; silence when it is not connected. */
static void copy_in(float *out, const struct shim *s, int port, uint32_t done, int frames) {
    const float *at = s->at[port];
    if (!at) {
        memset(out, 0, sizeof(float) * (size_t)frames);
        return;
    }
    int first = 0;
    memcpy(out, at + done, sizeof(float) * (size_t)frames);
    ton_mix_repair(out, &first, frames);
}

static void copy_all_in(struct shim *s, uint32_t done, int frames) {
    for (int i = 0; i < s->plugin.n_ports; i++) {
        const struct port *port = &s->plugin.ports[i];
        if (port->kind == PORT_IN)
            copy_in(s->in[port->index], s, i, done, frames);
        else if (port->kind == PORT_KEY && s->listens)
            copy_in(s->key[port->index], s, i, done, frames);
    }
}

static void copy_all_out(const struct shim *s, uint32_t done, int frames) {
    for (int i = 0; i < s->plugin.n_ports; i++) {
        float *at = s->at[i];
        if (s->plugin.ports[i].kind == PORT_OUT && at)
            memcpy(at + done, s->out[s->plugin.ports[i].index], sizeof(float) * (size_t)frames);
    }
}

static void run_piece(struct shim *s, uint32_t done, int frames) {
    const float *const in[PLUGIN_CHANNELS] = {s->in[0], s->in[1]};
    const float *const keys[PLUGIN_CHANNELS] = {s->key[0], s->key[1]};
    const float *const *key = s->listens ? keys : NULL;
    float *const out[PLUGIN_CHANNELS] = {s->out[0], s->out[1]};
    copy_all_in(s, done, frames);
    for (int i = 0; i < frames; i++)
        s->ramp[i] = (float)ton_ease(ton_glide_next(&s->wet));
    unit_run(s->unit, out, in, key, s->ramp, frames);
    if (s->next)
        renew_run(s, key, frames);
    copy_all_out(s, done, frames);
    s->position += frames;
}

static int least(int a, int64_t b) {
    return b < a ? (int)b : a;
}

/* Parameters move and processors begin anew at points that follow from the frames since activation,
 * never from the host's blocks. Returns how far it is to the next one. */
static int begin_piece(struct shim *s, int most) {
    if (s->position % SHIM_GRID == 0) {
        unit_follow(s->unit, &s->plugin, s->wanted);
        if (s->next)
            unit_follow(s->next, &s->plugin, s->wanted);
    }
    if (s->position % UNIT_REPAIR == 0) {
        unit_repair(s->unit);
        if (s->next)
            unit_repair(s->next);
    }
    const int room = least(least(most, renew_room(s)), UNIT_REPAIR - s->position % UNIT_REPAIR);
    const bool waits = unit_differs(s->unit, &s->plugin, s->wanted) ||
                       (s->next && unit_differs(s->next, &s->plugin, s->wanted));
    return waits ? least(room, SHIM_GRID - s->position % SHIM_GRID) : room;
}

static void run(LV2_Handle handle, uint32_t frames) {
    struct shim *s = handle;
    const unsigned before = ton_denormals_off();
    controls_read(s);
    if (s->offline)
        renew_offline(s);
    ton_rt_enter();
    renew_ask(s);
    events_begin(s);
    ton_glide_to(&s->wet, s->enabled ? 1 : 0, (int)(SWITCH_MS * s->rate / 1000) + 1);
    for (uint32_t done = 0, n; done < frames; done += n) {
        const int until = events_until(s, done, UNIT_BLOCK), room = begin_piece(s, until);
        n = frames - done < (uint32_t)room ? frames - done : (uint32_t)room;
        run_piece(s, done, (int)n);
    }
    controls_report(s);
    events_end(s, frames);
    state_publish(s);
    ton_rt_leave();
    ton_denormals_restore(before);
}

static const void *extension_data(const char *uri) {
    if (strcmp(uri, LV2_STATE__interface) == 0)
        return &state_interface;
    return strcmp(uri, LV2_WORKER__interface) == 0 ? &renew_worker : NULL;
}

/* Every plug-in, named when the library is loaded: hosts ask on any thread. */
enum { MOST_PLUGINS = 256 };
static char uris[MOST_PLUGINS][PLUGIN_MOST_URI];
static LV2_Descriptor descriptors[MOST_PLUGINS];
static int n_descriptors;

__attribute__((constructor)) static void name_all(void) {
    for (int i = 0; i < 2 * ton_processor_count() && n_descriptors < MOST_PLUGINS; i++) {
        const struct ton_processor *p = ton_processor_at(i / 2);
        if (i % 2 == 0 && (p->flags & TON_PROCESSOR_STEREO_ONLY))
            continue;
        descriptors[n_descriptors] = (LV2_Descriptor){
            .URI = plugin_uri(uris[n_descriptors], p, 1 + i % 2),
            .instantiate = instantiate,
            .connect_port = connect_port,
            .activate = activate,
            .run = run,
            .cleanup = cleanup,
            .extension_data = extension_data,
        };
        n_descriptors++;
    }
}

const LV2_Descriptor *lv2_descriptor(uint32_t index) {
    return index < (uint32_t)n_descriptors ? &descriptors[index] : NULL;
}

static bool describe(struct plugin *out, const char *uri) {
    char own[PLUGIN_MOST_URI];
    for (int i = 0; i < 2 * ton_processor_count(); i++) {
        const struct ton_processor *p = ton_processor_at(i / 2);
        if (strcmp(uri, plugin_uri(own, p, 1 + i % 2)) == 0)
            return plugin_describe(out, p, 1 + i % 2);
    }
    return false;
}

static void read_features(struct shim *s, const LV2_Feature *const *features) {
    LV2_Log_Log *log = NULL;
    for (int i = 0; features && features[i]; i++) {
        void *data = features[i]->data;
        if (strcmp(features[i]->URI, LV2_WORKER__schedule) == 0)
            s->schedule = data;
        else if (strcmp(features[i]->URI, LV2_URID__map) == 0)
            s->map = data;
        else if (strcmp(features[i]->URI, LV2_LOG__log) == 0)
            log = data;
    }
    if (!s->map)
        return;
    events_map(s);
    lv2_log_logger_init(&s->log, s->map, log);
}

static LV2_Handle instantiate(const LV2_Descriptor *descriptor, double rate, const char *bundle,
                              const LV2_Feature *const *features) {
    (void)bundle;
    struct shim *s = ton_alloc(sizeof *s);
    if (!s || !describe(&s->plugin, descriptor->URI) ||
        !(rate >= LEAST_RATE && rate <= MOST_RATE)) {
        ton_free(s);
        return NULL;
    }
    s->rate = rate;
    atomic_flag_clear(&s->kept_busy);
    atomic_flag_clear(&s->request_busy);
    for (int i = 0; i < s->plugin.n_ports; i++)
        s->ranges[i] = plugin_range(&s->plugin, &s->plugin.ports[i]);
    read_features(s, features);
    controls_read(s);
    s->unit = renew_make(s);
    if (!s->unit) { /* without numbers for URIs it runs all the same, deaf to events */
        cleanup(s);
        return NULL;
    }
    return s;
}
