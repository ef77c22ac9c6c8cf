/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a plug-in's Turtle to a processor: its ports and what is done with each, and the rows that
 * make its controls look like those of our own. */
#include "plug.h"

#include "ton/path.h"
#include "ton/text.h"

#include <limits.h>
#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/core/lv2.h>
#include <lv2/log/log.h>
#include <lv2/midi/midi.h>
#include <lv2/options/options.h>
#include <lv2/parameters/parameters.h>
#include <lv2/patch/patch.h>
#include <lv2/port-groups/port-groups.h>
#include <lv2/port-props/port-props.h>
#include <lv2/resize-port/resize-port.h>
#include <lv2/state/state.h>
#include <lv2/time/time.h>
#include <lv2/uri-map/uri-map.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>
#include <stdlib.h>

static const char *const features[] = {
#define FEATURE(uri, member) uri,
#define PROMISE(uri) uri,
#define OPTION(uri, type, member)
#include "offers.def"
};

static const char *const options[] = {
#define FEATURE(uri, member)
#define PROMISE(uri)
#define OPTION(uri, type, member) uri,
#include "offers.def"
};

static bool port_is(struct catalogue *c, const LilvPlugin *lilv, const LilvPort *port,
                    const char *class_uri) {
    return lilv_port_is_a(lilv, port, catalogue_node(c, class_uri));
}

static bool port_has(struct catalogue *c, const LilvPlugin *lilv, const LilvPort *port,
                     const char *property) {
    return lilv_port_has_property(lilv, port, catalogue_node(c, property));
}

static bool port_knows(struct catalogue *c, const LilvPlugin *lilv, const LilvPort *port,
                       const char *event) {
    return lilv_port_supports_event(lilv, port, catalogue_node(c, event));
}

static LilvNode *port_get(struct catalogue *c, const LilvPlugin *lilv, const LilvPort *port,
                          const char *predicate) {
    return lilv_port_get(lilv, port, catalogue_node(c, predicate));
}

/* A side-chain says so itself (lv2:isSideChain), by its symbol, or by the group that it stands in.
 */
static bool is_key(struct catalogue *c, const LilvPlugin *lilv, const LilvPort *port) {
    const char *symbol = lilv_node_as_string(lilv_port_get_symbol(lilv, port));
    if (port_has(c, lilv, port, LV2_CORE_PREFIX "isSideChain") ||
        ton_text_starts(symbol, "sidechain"))
        return true;
    LilvNode *group = port_get(c, lilv, port, LV2_PORT_GROUPS__group);
    if (!group)
        return false;
    LilvNode *main =
        lilv_world_get(c->world, group, catalogue_node(c, LV2_PORT_GROUPS__sideChainOf), NULL);
    const bool is = main != NULL;
    lilv_node_free(main);
    lilv_node_free(group);
    return is;
}

static enum port_kind kind_of(struct catalogue *c, const LilvPlugin *lilv, const LilvPort *port) {
    static const struct {
        const char *uri;
        enum port_kind in, out;
    } kinds[] = {
        {LV2_CORE__AudioPort, PORT_AUDIO_IN, PORT_AUDIO_OUT},
        {LV2_CORE__ControlPort, PORT_CONTROL_IN, PORT_CONTROL_OUT},
        {LV2_CORE__CVPort, PORT_CV_IN, PORT_CV_OUT},
        {LV2_ATOM__AtomPort, PORT_ATOM_IN, PORT_ATOM_OUT},
    };
    const bool in = port_is(c, lilv, port, LV2_CORE__InputPort);
    for (int i = 0; i < TON_N(kinds); i++)
        if (port_is(c, lilv, port, kinds[i].uri))
            return kinds[i].in == PORT_AUDIO_IN && in && is_key(c, lilv, port) ? PORT_KEY_IN
                   : in                                                        ? kinds[i].in
                                                                               : kinds[i].out;
    return PORT_OPTIONAL;
}

static enum port_duty duty_of(struct catalogue *c, const LilvPlugin *lilv, const LilvPort *port,
                              enum port_kind kind) {
    static const struct {
        const char *uri;
        enum port_duty duty;
    } duties[] = {
        {LV2_CORE__enabled, DUTY_ENABLED},
        {LV2_CORE__freeWheeling, DUTY_OFFLINE},
        {LV2_CORE__latency, DUTY_LATENCY},
        {LV2_TIME__beatsPerMinute, DUTY_TEMPO},
        {LV2_TIME__bar, DUTY_BAR},
        {LV2_TIME__barBeat, DUTY_BAR_BEAT},
        {LV2_TIME__beatsPerBar, DUTY_BEATS_PER_BAR},
        {LV2_TIME__beatUnit, DUTY_BEAT_UNIT},
        {LV2_TIME__frame, DUTY_FRAME},
        {LV2_TIME__speed, DUTY_SPEED},
    };
    LilvNode *designation = port_get(c, lilv, port, LV2_CORE__designation);
    enum port_duty duty = DUTY_NONE;
    for (int i = 0; designation && i < TON_N(duties); i++)
        if (strcmp(lilv_node_as_string(designation), duties[i].uri) == 0)
            duty = duties[i].duty;
    if (designation && duty == DUTY_NONE && kind == PORT_CONTROL_IN &&
        ton_text_starts(lilv_node_as_string(designation), LV2_TIME_URI))
        duty = DUTY_OF_OTHERS;
    lilv_node_free(designation);
    if (kind == PORT_CONTROL_OUT && port_has(c, lilv, port, LV2_CORE__reportsLatency))
        duty = DUTY_LATENCY;
    return duty;
}

static void describe_atom(struct port *out, struct catalogue *c, const LilvPlugin *lilv,
                          const LilvPort *port) {
    LilvNode *least = port_get(c, lilv, port, LV2_RESIZE_PORT__minimumSize);
    LilvNode *designation = port_get(c, lilv, port, LV2_CORE__designation);
    enum { USUAL = 1 << 16, MOST = 1 << 24 }; /* usual: 2700 notes in one block */
    const int asked = least ? lilv_node_as_int(least) : 0;
    out->bytes = asked > USUAL && asked < MOST ? (size_t)asked : USUAL;
    out->control = designation && strcmp(lilv_node_as_string(designation), LV2_CORE__control) == 0;
    out->patch = port_knows(c, lilv, port, LV2_PATCH__Message);
    out->time = port_knows(c, lilv, port, LV2_TIME__Position);
    out->midi = port_knows(c, lilv, port, LV2_MIDI__MidiEvent);
    lilv_node_free(least);
    lilv_node_free(designation);
}

/* A row only where a person has something to say. */
static bool describe_port(struct plug *plug, struct catalogue *c, const LilvPlugin *lilv, int i) {
    const LilvPort *port = lilv_plugin_get_port_by_index(lilv, (uint32_t)i);
    struct port *out = &plug->ports[i];
    const enum port_kind kind = kind_of(c, lilv, port);
    LilvNode *def = NULL;
    lilv_port_get_range(lilv, port, &def, NULL, NULL);
    *out = (struct port){.kind = kind,
                         .duty = duty_of(c, lilv, port, kind),
                         .def = def ? lilv_node_as_float(def) : 0.0F};
    lilv_node_free(def);
    plug->n_in += kind == PORT_AUDIO_IN;
    plug->n_out += kind == PORT_AUDIO_OUT;
    plug->n_key += kind == PORT_KEY_IN;
    if (kind == PORT_ATOM_IN || kind == PORT_ATOM_OUT)
        describe_atom(out, c, lilv, port);
    plug->n_midi += kind == PORT_ATOM_IN && out->midi;
    plug->has_latency = plug->has_latency || out->duty == DUTY_LATENCY;
    plug->has_time = plug->has_time || (out->kind == PORT_CONTROL_IN && out->duty >= DUTY_TEMPO &&
                                        out->duty <= DUTY_BEAT_UNIT);
    if (kind == PORT_OPTIONAL && !port_has(c, lilv, port, LV2_CORE__connectionOptional))
        plug->unusable = "requires a port of a kind that this program does not know";
    if ((kind != PORT_CONTROL_IN && kind != PORT_CV_IN) || out->duty != DUTY_NONE)
        return true;
    struct ton_processor *p = &plug->processor;
    struct ton_row *row = (struct ton_row *)&p->rows[p->n_rows];
    return row_of_port(row, &plug->controls[p->n_rows++], c, lilv, port, i);
}

static int by_address(const void *a, const void *b) {
    return strcmp(lilv_node_as_string(*(const LilvNode *const *)a),
                  lilv_node_as_string(*(const LilvNode *const *)b));
}

/* Parameters that are set by message (patch:writable), by their addresses: lilv gives them in an
 * order that depends on what else was read before. */
static bool describe_parameters(struct plug *plug, struct catalogue *c,
                                const LilvNodes *parameters) {
    struct ton_processor *p = &plug->processor;
    const LilvNode **sorted =
        TON_NEW_N(c->arena, const LilvNode *, lilv_nodes_size(parameters) + 1);
    size_t n = 0;
    LILV_FOREACH(nodes, i, parameters)
    if (sorted && lilv_node_is_uri(lilv_nodes_get(parameters, i)))
        sorted[n++] = lilv_nodes_get(parameters, i);
    if (n > 0)
        qsort(sorted, n, sizeof *sorted, by_address);
    for (size_t i = 0; i < n; i++)
        if (row_of_parameter((struct ton_row *)&p->rows[p->n_rows], &plug->controls[p->n_rows], c,
                             sorted[i]))
            p->n_rows++;
    return !ton_arena_failed(c->arena);
}

static bool describe_ports(struct plug *plug, struct catalogue *c, const LilvPlugin *lilv) {
    LilvNodes *parameters = lilv_plugin_get_value(lilv, catalogue_node(c, LV2_PATCH__writable));
    plug->n_ports = (int)lilv_plugin_get_num_ports(lilv);
    const size_t most = (size_t)plug->n_ports + lilv_nodes_size(parameters) + 1;
    struct ton_row *rows = TON_NEW_N(c->arena, struct ton_row, most);
    plug->ports = TON_NEW_N(c->arena, struct port, plug->n_ports + 1);
    plug->controls = TON_NEW_N(c->arena, struct control, most);
    plug->processor.rows = rows;
    bool good = rows && plug->ports && plug->controls;
    for (int i = 0; good && i < plug->n_ports; i++)
        good = describe_port(plug, c, lilv, i);
    good = good && describe_parameters(plug, c, parameters) &&
           rows_give_keys(rows, plug->controls, plug->processor.n_rows, c->arena);
    lilv_nodes_free(parameters);
    return good;
}

/* The first one that it requires and we have not. */
static void check_required(struct plug *plug, struct catalogue *c, const LilvNodes *required,
                           const char *const *known, int n_known, const char *kind) {
    LILV_FOREACH(nodes, i, required) {
        const char *uri = lilv_node_as_string(lilv_nodes_get(required, i));
        bool is_known = false;
        for (int k = 0; k < n_known; k++)
            is_known = is_known || strcmp(known[k], uri) == 0;
        if (!plug->unusable && !is_known)
            plug->unusable = ton_arena_printf(
                c->arena, "requires the %s <%s>, which this program does not have", kind, uri);
    }
}

static void check_needs(struct plug *plug, struct catalogue *c, const LilvPlugin *lilv) {
    LilvNodes *needed = lilv_plugin_get_required_features(lilv);
    LilvNodes *set = lilv_plugin_get_value(lilv, catalogue_node(c, LV2_OPTIONS__requiredOption));
    check_required(plug, c, needed, features, TON_N(features), "feature");
    check_required(plug, c, set, options, TON_N(options), "option");
    lilv_nodes_free(set);
    lilv_nodes_free(needed);
}

static int number_of(struct catalogue *c, const LilvPlugin *lilv, const char *predicate) {
    LilvNodes *values = lilv_plugin_get_value(lilv, catalogue_node(c, predicate));
    const LilvNode *first = values ? lilv_nodes_get_first(values) : NULL;
    const int number = first && lilv_node_is_int(first) ? lilv_node_as_int(first) : 0;
    lilv_nodes_free(values);
    return number;
}

static const char *text_of(struct catalogue *c, const LilvPlugin *lilv, const char *predicate) {
    LilvNodes *values = lilv_plugin_get_value(lilv, catalogue_node(c, predicate));
    const LilvNode *first = values ? lilv_nodes_get_first(values) : NULL;
    const char *text = first ? ton_arena_text(c->arena, lilv_node_as_string(first)) : NULL;
    lilv_nodes_free(values);
    return text;
}

/* `Calf Compressor` is `calf_compressor`; one that is called like one of ours is `lv2_gate`. */
static const char *id_of(struct ton_arena *a, const char *name) {
    char *id = ton_arena_text(a, name);
    size_t n = 0;
    for (const char *c = name; id && *c; c++) {
        const bool upper = *c >= 'A' && *c <= 'Z';
        if (upper || (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9'))
            id[n++] = (char)(upper ? *c - 'A' + 'a' : *c);
        else if (n > 0 && id[n - 1] != '_')
            id[n++] = '_';
    }
    n -= id && n > 0 && id[n - 1] == '_';
    if (!id)
        return NULL;
    id[n < 48 ? n : 48] = '\0';
    return ton_processor_find(id, NULL) || n == 0 ? ton_arena_printf(a, "lv2_%s", id) : id;
}

static void describe_processor(struct plug *plug, struct catalogue *c, const LilvPlugin *lilv) {
    struct ton_processor *p = &plug->processor;
    const LilvNode *label = lilv_plugin_class_get_label(lilv_plugin_get_class(lilv));
    const char *comment = text_of(c, lilv, LILV_NS_RDFS "comment");
    if (!comment)
        comment = text_of(c, lilv, "http://usefulinc.com/ns/doap#description");
    plug->class_name = label ? ton_arena_text(c->arena, lilv_node_as_string(label)) : "Plugin";
    p->name = plug->name;
    p->id = id_of(c->arena, plug->name);
    p->summary = ton_arena_printf(c->arena, "An LV2 plug-in (%s).", plug->class_name);
    p->text = ton_arena_printf(c->arena, "%s%s<%s>, version %d.%d.", comment ? comment : "",
                               comment ? "\n\n" : "", plug->uri, plug->minor, plug->micro);
    /* Any two numbers may stand there; a version is a positive one. */
    p->version = (int)(((uint32_t)plug->minor * 1000U + (uint32_t)plug->micro) % INT_MAX) + 1;
    p->flags = TON_PROCESSOR_FOREIGN | TON_PROCESSOR_TIMED |
               (plug->n_out >= 2 ? TON_PROCESSOR_STEREO_ONLY : 0U);
    p->n_params = ton_rows_floats(p->rows, p->n_rows);
    guest_functions(p);
}

static bool describe_files(struct plug *plug, struct catalogue *c, const LilvPlugin *lilv) {
    const LilvNodes *uris = lilv_plugin_get_data_uris(lilv);
    plug->turtle = TON_NEW_N(c->arena, const char *, lilv_nodes_size(uris) + 1);
    LILV_FOREACH(nodes, i, uris) {
        const char *path = plug->turtle ? catalogue_path(c, lilv_nodes_get(uris, i)) : NULL;
        if (path)
            plug->turtle[plug->n_turtle++] = path;
    }
    return plug->turtle != NULL;
}

/* The file that most is said in. */
static const char *description(const struct plug *plug) {
    for (int i = 0; i < plug->n_turtle; i++)
        if (!ton_text_ends(plug->turtle[i], "/manifest.ttl"))
            return plug->turtle[i];
    return plug->bundle;
}

bool plug_describe(struct plug *plug, struct catalogue *c, const LilvPlugin *lilv) {
    LilvNode *name = lilv_plugin_get_name(lilv);
    plug->uri = ton_arena_text(c->arena, lilv_node_as_uri(lilv_plugin_get_uri(lilv)));
    plug->name = name ? catalogue_line(c, name) : NULL;
    lilv_node_free(name);
    if (!plug->name || !*plug->name)
        plug->name = plug->uri;
    plug->bundle = catalogue_path(c, lilv_plugin_get_bundle_uri(lilv));
    plug->binary = catalogue_path(c, lilv_plugin_get_library_uri(lilv));
    plug->minor = number_of(c, lilv, LV2_CORE__minorVersion);
    plug->micro = number_of(c, lilv, LV2_CORE__microVersion);
    check_needs(plug, c, lilv);
    if (!describe_files(plug, c, lilv) || !describe_ports(plug, c, lilv))
        return false;
    if (plug->n_ports == 0) /* lilv gives none where one is wrong, and says why to nobody */
        plug->unusable = ton_arena_printf(
            c->arena, "has no ports that can be read: its description is broken: %s",
            description(plug));
    plug_take_born_state(plug, c, lilv);
    plug->is_effect = plug->n_in + plug->n_key > 0 && plug->n_out > 0;
    describe_processor(plug, c, lilv);
    return !ton_arena_failed(c->arena);
}
