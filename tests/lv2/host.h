/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small LV2 host: loads the bundle of this build with lilv, connects every port, and runs a
 * plug-in as audio code (trap.h). Its worker works when it is told to, so that tests decide when.
 */
#ifndef TON_TEST_LV2_HOST_H
#define TON_TEST_LV2_HOST_H

#include "host_files.h"
#include "trap.h"

#include <lilv/lilv.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>

enum { HOST_PORTS = 768, HOST_BLOCK = 4096, HOST_MESSAGES = 16, HOST_URIDS = 256 };

struct host_message {
    uint32_t size, data[16];
};

struct host {
    const LilvPlugin *plugin;
    LilvInstance *instance;
    const struct ton_processor *processor;
    int channels, n_ports;
    char symbols[HOST_PORTS][64];
    float controls[HOST_PORTS];
    bool is_audio[HOST_PORTS], is_control[HOST_PORTS], is_input[HOST_PORTS];
    struct host_message asked[HOST_MESSAGES], answered[HOST_MESSAGES];
    int n_asked, n_answered;
    LV2_Worker_Schedule schedule;
    LV2_Feature worker, map;
    LV2_URID_Map mapper;
};

static LilvWorld *host_world;

static inline const char *host_bundle(char out[4096]) {
    snprintf(out, 4096, "%s/lv2/tonmeister.lv2/", getenv("TON_BUILD"));
    return out;
}

static inline void host_load(const char *path) {
    LilvNode *bundle = lilv_new_file_uri(host_world, NULL, path);
    lilv_world_load_bundle(host_world, bundle);
    lilv_node_free(bundle);
}

/* The bundle, and the specification with the classes of plug-ins; no other bundle of the machine.
 */
static inline int host_open(void **state) {
    (void)state;
    char path[4096];
    host_world = lilv_world_new();
    assert_non_null(mkdtemp(host_folder));
    snprintf(path, sizeof path, "%s/core.lv2/", getenv("TON_LV2_SPECIFICATIONS"));
    host_load(path);
    host_load(host_bundle(path));
    lilv_world_load_specifications(host_world);
    lilv_world_load_plugin_classes(host_world);
    return 0;
}

static inline int host_close(void **state) {
    char command[64];
    (void)state;
    lilv_world_free(host_world);
    snprintf(command, sizeof command, "rm -r %s", host_folder);
    return system(command);
}

static inline const LilvPlugin *host_find(const struct ton_processor *p, int channels) {
    char uri[256];
    snprintf(uri, sizeof uri, "urn:tonmeister:lv2:%s:%s", p->id, channels == 1 ? "mono" : "stereo");
    LilvNode *node = lilv_new_uri(host_world, uri);
    const LilvPlugin *found = lilv_plugins_get_by_uri(lilv_world_get_all_plugins(host_world), node);
    lilv_node_free(node);
    return found;
}

static inline LV2_URID host_map(LV2_URID_Map_Handle handle, const char *uri) {
    static char known[HOST_URIDS][128];
    (void)handle;
    for (uint32_t i = 0; i < HOST_URIDS; i++) {
        if (!known[i][0])
            snprintf(known[i], sizeof known[i], "%s", uri);
        if (strcmp(known[i], uri) == 0)
            return i + 1;
    }
    return 0;
}

static inline void host_push(struct host_message *list, int *n, uint32_t size, const void *data) {
    assert_true(*n < HOST_MESSAGES && size <= sizeof list->data);
    list[*n].size = size;
    memcpy(list[(*n)++].data, data, size);
}

static inline LV2_Worker_Status host_ask(LV2_Worker_Schedule_Handle handle, uint32_t size,
                                         const void *data) {
    struct host *h = handle;
    host_push(h->asked, &h->n_asked, size, data);
    return LV2_WORKER_SUCCESS;
}

static inline LV2_Worker_Status host_answer(LV2_Worker_Respond_Handle handle, uint32_t size,
                                            const void *data) {
    struct host *h = handle;
    host_push(h->answered, &h->n_answered, size, data);
    return LV2_WORKER_SUCCESS;
}

/* What the worker thread of a host does. Returns how many tasks there were. */
static inline int host_work(struct host *h) {
    const LV2_Worker_Interface *i =
        lilv_instance_get_extension_data(h->instance, LV2_WORKER__interface);
    const int n = h->n_asked;
    for (int k = 0; k < n; k++)
        assert_int_equal(i->work(lilv_instance_get_handle(h->instance), host_answer, h,
                                 h->asked[k].size, h->asked[k].data),
                         LV2_WORKER_SUCCESS);
    h->n_asked = 0;
    return n;
}

static inline int host_port(const struct host *h, const char *symbol) {
    for (int i = 0; i < h->n_ports; i++)
        if (strcmp(h->symbols[i], symbol) == 0)
            return i;
    return -1;
}

static inline void host_set(struct host *h, const char *symbol, float value) {
    const int i = host_port(h, symbol);
    if (i < 0)
        fail_msg("%s has no port %s", h->processor->id, symbol);
    h->controls[i] = value;
}

static inline float host_get(const struct host *h, const char *symbol) {
    const int i = host_port(h, symbol);
    if (i < 0)
        fail_msg("%s has no port %s", h->processor->id, symbol);
    return h->controls[i];
}

static inline void host_list_ports(struct host *h) {
    LilvNode *audio = lilv_new_uri(host_world, LV2_CORE__AudioPort);
    LilvNode *control = lilv_new_uri(host_world, LV2_CORE__ControlPort);
    LilvNode *input = lilv_new_uri(host_world, LV2_CORE__InputPort);
    float defaults[HOST_PORTS];
    h->n_ports = (int)lilv_plugin_get_num_ports(h->plugin);
    assert_in_range(h->n_ports, 2, HOST_PORTS);
    lilv_plugin_get_port_ranges_float(h->plugin, NULL, NULL, defaults);
    for (int i = 0; i < h->n_ports; i++) {
        const LilvPort *port = lilv_plugin_get_port_by_index(h->plugin, (uint32_t)i);
        snprintf(h->symbols[i], sizeof h->symbols[i], "%s",
                 lilv_node_as_string(lilv_port_get_symbol(h->plugin, port)));
        h->is_audio[i] = lilv_port_is_a(h->plugin, port, audio);
        h->is_control[i] = lilv_port_is_a(h->plugin, port, control);
        h->is_input[i] = lilv_port_is_a(h->plugin, port, input);
        h->controls[i] = defaults[i];
    }
    lilv_node_free(audio);
    lilv_node_free(control);
    lilv_node_free(input);
}

/* A file for every file that it can load, by its state. */
static inline void host_restore(struct host *h, const char *path) {
    const LV2_State_Interface *state =
        lilv_instance_get_extension_data(h->instance, LV2_STATE__interface);
    struct host_state saved = {.n = 1, .type = host_map(NULL, LV2_ATOM__Path)};
    snprintf(saved.value, sizeof saved.value, "%s%s", HOST_OWN_NAME, path);
    assert_int_equal(state->restore(lilv_instance_get_handle(h->instance), host_retrieve, &saved, 0,
                                    host_state_features),
                     LV2_STATE_SUCCESS);
}

static inline bool host_wants_a_file(const struct host *h) {
    LilvNode *node = lilv_new_uri(host_world, "http://lv2plug.in/ns/ext/patch#writable");
    LilvNodes *values = lilv_plugin_get_value(h->plugin, node);
    const bool wants = lilv_nodes_size(values) > 0;
    lilv_nodes_free(values);
    lilv_node_free(node);
    return wants;
}

/* An instance with all controls at their defaults, connected, not yet activated. */
static inline struct host *host_create_with(const struct ton_processor *p, int channels,
                                            double rate, bool with_map, bool with_worker) {
    struct host *h = ton_alloc(sizeof *h);
    assert_non_null(h);
    h->processor = p;
    h->channels = channels;
    h->plugin = host_find(p, channels);
    if (!h->plugin)
        fail_msg("%s: there is no plug-in for %d channels", p->id, channels);
    h->schedule = (LV2_Worker_Schedule){h, host_ask};
    h->worker = (LV2_Feature){LV2_WORKER__schedule, &h->schedule};
    h->mapper = (LV2_URID_Map){h, host_map};
    h->map = (LV2_Feature){LV2_URID__map, &h->mapper};
    const LV2_Feature *const features[] = {with_map ? &h->map : NULL,
                                           with_worker ? &h->worker : NULL, NULL};
    h->instance = lilv_plugin_instantiate(h->plugin, rate, features);
    if (!h->instance)
        fail_msg("%s cannot be instantiated", p->id);
    host_list_ports(h);
    for (int i = 0; i < h->n_ports; i++)
        if (h->is_control[i])
            lilv_instance_connect_port(h->instance, (uint32_t)i, &h->controls[i]);
    return h;
}

/* The same with the rig's files. */
static inline struct host *host_create(const struct ton_processor *p, int channels, double rate,
                                       bool with_worker) {
    struct host *h = host_create_with(p, channels, rate, true, with_worker);
    char path[256];
    if (host_wants_a_file(h))
        host_restore(h, host_write_room(path, rate));
    return h;
}

static inline void host_destroy(struct host *h) {
    lilv_instance_free(h->instance);
    ton_free(h);
}

static inline void host_activate(struct host *h) {
    lilv_instance_activate(h->instance);
}

/* The symbol that a float of the parameters has as a port: "bands 2.gain" is band_2_gain. */
static inline const char *host_symbol(char out[128], const struct leaf *l) {
    const char *dot = strchr(l->name, '.'), *space = strchr(l->name, ' ');
    if (!dot)
        snprintf(out, 128, "%s", l->name);
    else
        snprintf(out, 128, "%.*s_%.*s_%s", (int)(space - l->name) - (space[-1] == 's'), l->name,
                 (int)(dot - space - 1), space + 1, dot + 1);
    return out;
}

static inline void host_set_all(struct host *h, const float *params) {
    static struct leaf leaves[MAX_PARAMS];
    char symbol[128];
    const int n = leaves_of(leaves, h->processor);
    for (int i = 0; i < n; i++)
        host_set(h, host_symbol(symbol, &leaves[i]), params[i]);
}

/* The channel of the port when its symbol is `name`, `name_left` or `name_right`; -1. */
static inline int host_channel(const char *symbol, const char *name) {
    const size_t n = strlen(name);
    if (strncmp(symbol, name, n) != 0)
        return -1;
    return symbol[n] == '\0' || strcmp(symbol + n, "_left") == 0 ? 0
           : strcmp(symbol + n, "_right") == 0                   ? 1
                                                                 : -1;
}

static inline void host_connect(struct host *h, const char *name, float *const *channels) {
    for (int i = 0; i < h->n_ports; i++) {
        const int c = h->is_audio[i] ? host_channel(h->symbols[i], name) : -1;
        if (c >= 0)
            lilv_instance_connect_port(h->instance, (uint32_t)i, channels ? channels[c] : NULL);
    }
}

/* One call of run with everything connected: as audio code; then what the worker answered. */
static inline void host_step(struct host *h, int frames) {
    trap_enter();
    lilv_instance_run(h->instance, (uint32_t)frames);
    trap_leave();
    const LV2_Worker_Interface *w =
        lilv_instance_get_extension_data(h->instance, LV2_WORKER__interface);
    for (int i = 0; i < h->n_answered; i++) {
        trap_enter();
        w->work_response(lilv_instance_get_handle(h->instance), h->answered[i].size,
                         h->answered[i].data);
        trap_leave();
    }
    h->n_answered = 0;
}

/* `frames` from `offset`; key may be NULL. */
static inline void host_run(struct host *h, struct audio *out, struct audio *in, struct audio *key,
                            int offset, int frames) {
    float *ins[2], *outs[2], *keys[2];
    for (int c = 0; c < h->channels; c++) {
        ins[c] = in->at[c] + offset;
        outs[c] = out->at[c] + offset;
        keys[c] = key ? key->at[c] + offset : NULL;
    }
    host_connect(h, "audio_in", ins);
    host_connect(h, "audio_out", outs);
    host_connect(h, "key_in", key ? keys : NULL);
    host_step(h, frames);
}

/* In blocks of `block` frames. */
static inline void host_run_on(struct host *h, struct audio *out, struct audio *in, int from,
                               int to, int block) {
    for (int done = from, n; done < to; done += n) {
        n = block < to - done ? block : to - done;
        host_run(h, out, in, NULL, done, n);
    }
}

static inline int first_difference(const struct audio *a, const struct audio *b) {
    for (int i = 0; i < a->frames; i++)
        for (int c = 0; c < a->channels; c++)
            if (memcmp(&a->at[c][i], &b->at[c][i], sizeof(float)) != 0)
                return i;
    return -1;
}

/* `for_each_plugin(p, channels)`: every processor, mono where it makes sense, and stereo. */
#define for_each_plugin(p, channels)                                                               \
    for_each_processor(p) for (int channels = 1; channels <= 2;                                    \
                               channels++) if (channels == 2 ||                                    \
                                               !(p->flags & TON_PROCESSOR_STEREO_ONLY))

#endif
