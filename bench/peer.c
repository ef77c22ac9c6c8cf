/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs an LV2 plug-in as simply as it goes: audio ports in their order, everything else at its
 * default. */
#include "peer.h"

#include <stddef.h>

#ifdef TON_HAVE_LILV
#include <lilv/lilv.h>
#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/options/options.h>
#include <lv2/parameters/parameters.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_URIS = 4096, MAX_BLOCK = 8192, ATOM_BYTES = 65536 };

struct peer {
    LilvWorld *world;
    LilvInstance *instance;
    char name[64];
    float *controls; /* per port */
    float *audio[2], *out[2];
    float *spare;    /* for audio ports beyond two each way */
    uint32_t *atoms; /* per port, ATOM_BYTES each */
    int n_in, n_out;
    LV2_Worker_Schedule schedule;
    const LV2_Worker_Interface *worker;
};

static char *uris[MAX_URIS];
static LV2_URID n_uris;

static LV2_URID map_uri(LV2_URID_Map_Handle handle, const char *uri) {
    (void)handle;
    for (LV2_URID i = 0; i < n_uris; i++)
        if (strcmp(uris[i], uri) == 0)
            return i + 1;
    if (n_uris == MAX_URIS)
        return 0;
    const size_t size = strlen(uri) + 1;
    uris[n_uris] = malloc(size);
    if (!uris[n_uris])
        return 0;
    memcpy(uris[n_uris], uri, size);
    return ++n_uris;
}

static const char *unmap_uri(LV2_URID_Unmap_Handle handle, LV2_URID urid) {
    (void)handle;
    return urid > 0 && urid <= n_uris ? uris[urid - 1] : NULL;
}

static LV2_Worker_Status respond(LV2_Worker_Respond_Handle handle, uint32_t size,
                                 const void *data) {
    const struct peer *p = handle;
    return p->worker->work_response
               ? p->worker->work_response(lilv_instance_get_handle(p->instance), size, data)
               : LV2_WORKER_SUCCESS;
}

/* At once: the bench's clock counts it. */
static LV2_Worker_Status schedule(LV2_Worker_Schedule_Handle handle, uint32_t size,
                                  const void *data) {
    struct peer *p = handle;
    if (!p->instance || !p->worker)
        return LV2_WORKER_ERR_UNKNOWN;
    return p->worker->work(lilv_instance_get_handle(p->instance), respond, p, size, data);
}

static float asked(const char *controls, const char *symbol, float usual) {
    const size_t n = strlen(symbol);
    for (const char *at = controls; at && *at; at++)
        if ((at == controls || at[-1] == ' ') && strncmp(at, symbol, n) == 0 && at[n] == '=')
            return strtof(at + n + 1, NULL);
    return usual;
}

static void connect_audio(struct peer *p, uint32_t port, bool input) {
    int *n = input ? &p->n_in : &p->n_out;
    float *const *own = input ? p->audio : p->out;
    lilv_instance_connect_port(p->instance, port, *n < 2 ? own[*n] : p->spare);
    ++*n;
}

static void connect(struct peer *p, const LilvPlugin *plugin, const char *controls) {
    const uint32_t n = lilv_plugin_get_num_ports(plugin);
    LilvNode *audio = lilv_new_uri(p->world, LV2_CORE__AudioPort);
    LilvNode *input = lilv_new_uri(p->world, LV2_CORE__InputPort);
    LilvNode *atom = lilv_new_uri(p->world, LV2_ATOM__AtomPort);
    float *usual = calloc(n, sizeof *usual);
    p->controls = calloc(n, sizeof *p->controls);
    p->atoms = calloc(n, ATOM_BYTES);
    lilv_plugin_get_port_ranges_float(plugin, NULL, NULL, usual);
    for (uint32_t i = 0; i < n; i++) {
        const LilvPort *port = lilv_plugin_get_port_by_index(plugin, i);
        const bool in = lilv_port_is_a(plugin, port, input);
        const char *symbol = lilv_node_as_string(lilv_port_get_symbol(plugin, port));
        if (lilv_port_is_a(plugin, port, audio)) {
            connect_audio(p, i, in);
        } else if (lilv_port_is_a(plugin, port, atom)) {
            LV2_Atom_Sequence *sequence = (void *)(p->atoms + (size_t)i * (ATOM_BYTES / 4));
            sequence->atom.type = map_uri(NULL, in ? LV2_ATOM__Sequence : LV2_ATOM__Chunk);
            sequence->atom.size = in ? sizeof sequence->body : ATOM_BYTES - sizeof sequence->atom;
            lilv_instance_connect_port(p->instance, i, sequence);
        } else {
            p->controls[i] = asked(controls, symbol, isnan(usual[i]) ? 0 : usual[i]);
            lilv_instance_connect_port(p->instance, i, &p->controls[i]);
        }
    }
    free(usual);
    lilv_node_free(audio);
    lilv_node_free(input);
    lilv_node_free(atom);
}

static LilvInstance *instantiate(struct peer *p, const LilvPlugin *plugin, double rate, int block) {
    static LV2_URID_Map map = {NULL, map_uri};
    static LV2_URID_Unmap unmap = {NULL, unmap_uri};
    static int32_t length;
    static float rate_value;
    length = block;
    rate_value = (float)rate;
    p->schedule = (LV2_Worker_Schedule){p, schedule};
    const LV2_URID integer = map_uri(NULL, LV2_ATOM__Int);
    const LV2_Options_Option options[] = {
        {LV2_OPTIONS_INSTANCE, 0, map_uri(NULL, LV2_BUF_SIZE__maxBlockLength), 4, integer, &length},
        {LV2_OPTIONS_INSTANCE, 0, map_uri(NULL, LV2_BUF_SIZE__minBlockLength), 4, integer, &length},
        {LV2_OPTIONS_INSTANCE, 0, map_uri(NULL, LV2_PARAMETERS__sampleRate), 4,
         map_uri(NULL, LV2_ATOM__Float), &rate_value},
        {LV2_OPTIONS_INSTANCE, 0, 0, 0, 0, NULL},
    };
    const LV2_Feature features[] = {
        {LV2_URID__map, &map},
        {LV2_URID__unmap, &unmap},
        {LV2_OPTIONS__options, (void *)options},
        {LV2_BUF_SIZE__boundedBlockLength, NULL},
        {LV2_WORKER__schedule, &p->schedule},
    };
    const LV2_Feature *const list[] = {&features[0], &features[1], &features[2],
                                       &features[3], &features[4], NULL};
    return lilv_plugin_instantiate(plugin, rate, list);
}

struct peer *peer_open(const char *uri, const char *controls, double rate, int block) {
    struct peer *p = calloc(1, sizeof *p);
    if (!p || block > MAX_BLOCK)
        return free(p), NULL;
    p->world = lilv_world_new();
    lilv_world_load_all(p->world);
    LilvNode *node = lilv_new_uri(p->world, uri);
    const LilvPlugin *plugin = lilv_plugins_get_by_uri(lilv_world_get_all_plugins(p->world), node);
    lilv_node_free(node);
    if (plugin)
        p->instance = instantiate(p, plugin, rate, block);
    if (!p->instance)
        return peer_close(p), NULL;
    LilvNode *name = lilv_plugin_get_name(plugin);
    snprintf(p->name, sizeof p->name, "%s", lilv_node_as_string(name));
    lilv_node_free(name);
    for (int c = 0; c < 2; c++) {
        p->audio[c] = calloc(MAX_BLOCK, sizeof(float));
        p->out[c] = calloc(MAX_BLOCK, sizeof(float));
    }
    p->spare = calloc(MAX_BLOCK, sizeof(float));
    connect(p, plugin, controls);
    p->worker = lilv_instance_get_extension_data(p->instance, LV2_WORKER__interface);
    lilv_instance_activate(p->instance);
    return p;
}

void peer_run(struct peer *p, float *const audio[2], int frames) {
    for (int c = 0; c < 2; c++)
        memcpy(p->audio[c], audio[c], sizeof(float) * (size_t)frames);
    lilv_instance_run(p->instance, (uint32_t)frames);
    if (p->worker && p->worker->end_run)
        p->worker->end_run(lilv_instance_get_handle(p->instance));
}

const char *peer_name(const struct peer *p) {
    return p->name;
}

int peer_channels(const struct peer *p) {
    return p->n_out > 1 ? 2 : 1;
}

void peer_close(struct peer *p) {
    if (!p)
        return;
    if (p->instance) {
        lilv_instance_deactivate(p->instance);
        lilv_instance_free(p->instance);
    }
    for (int c = 0; c < 2; c++) {
        free(p->audio[c]);
        free(p->out[c]);
    }
    free(p->spare);
    free(p->controls);
    free(p->atoms);
    lilv_world_free(p->world);
    free(p);
}
#else
struct peer *peer_open(const char *uri, const char *controls, double rate, int block) {
    (void)uri, (void)controls, (void)rate, (void)block;
    return NULL;
}

void peer_run(struct peer *peer, float *const audio[2], int frames) {
    (void)peer, (void)audio, (void)frames;
}

const char *peer_name(const struct peer *peer) {
    (void)peer;
    return "";
}

int peer_channels(const struct peer *peer) {
    (void)peer;
    return 2;
}

void peer_close(struct peer *peer) {
    (void)peer;
}
#endif
