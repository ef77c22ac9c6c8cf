/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which ports a plug-in has, what they are called and what they take: all of it from the rows. */
#include "plugin.h"

#include <ctype.h>

static void add(struct plugin *p, struct port port) {
    if (p->n_ports < PLUGIN_MOST_PORTS)
        p->ports[p->n_ports++] = port;
    else
        p->overflows = true;
}

static const struct ton_row *row_of_kind(const struct ton_processor *p, enum ton_kind kind) {
    for (int i = 0; i < p->n_rows; i++)
        if (p->rows[i].kind == kind)
            return &p->rows[i];
    return NULL;
}

/* A group that is fixed has a fixed count; what is in its instances may move. */
static bool is_fixed(const struct port *port) {
    const struct ton_row *row = port->row ? port->row : port->group;
    return row && (row->flags & TON_ROW_FIXED);
}

static void list_parameters(struct plugin *p) {
    for (int i = 0; i < p->n_ports; i++) {
        const struct port *port = &p->ports[i];
        if (port->kind == PORT_PARAMETER && is_fixed(port))
            p->fixed[p->n_fixed++] = port->index;
        else if (port->kind == PORT_PARAMETER)
            p->moving[p->n_moving++] = port->index;
    }
}

static void add_audio(struct plugin *p) {
    for (int c = 0; c < p->channels; c++)
        add(p, (struct port){.kind = PORT_IN, .index = c});
    for (int c = 0; c < p->channels; c++)
        add(p, (struct port){.kind = PORT_OUT, .index = c});
    const struct ton_row *key = row_of_kind(p->processor, TON_STRIP);
    for (int c = 0; key && c < p->channels; c++)
        add(p, (struct port){.kind = PORT_KEY, .index = c, .row = key});
}

static int add_group(struct plugin *p, const struct ton_row *group, int at) {
    add(p, (struct port){.kind = PORT_PARAMETER, .index = at++, .group = group});
    for (int i = 0; i < group->n_max; i++)
        for (int k = 0; k < group->n_rows; k++) {
            const struct ton_row *row = &group->rows[k];
            if (ton_row_floats(row) == 1)
                add(p, (struct port){PORT_PARAMETER, at, row, group, i});
            at += ton_row_floats(row);
        }
    return at;
}

static void add_parameters(struct plugin *p) {
    int at = 0;
    for (int i = 0; i < p->processor->n_rows; i++) {
        const struct ton_row *row = &p->processor->rows[i];
        if (row->kind == TON_GROUP) {
            at = add_group(p, row, at);
            continue;
        }
        if (row->kind == TON_PATH && p->n_files < PLUGIN_MOST_FILES)
            p->files[p->n_files++] = row;
        else if (row->kind == TON_PATH)
            p->overflows = true;
        if (row->kind == TON_STRIP)
            add(p, (struct port){.kind = PORT_LISTEN, .row = row});
        if (row->kind == TON_TIME_NOTE)
            add(p, (struct port){.kind = PORT_NOTE, .index = at, .row = row});
        if (ton_row_floats(row) == 1)
            add(p, (struct port){.kind = PORT_PARAMETER, .index = at, .row = row});
        at += ton_row_floats(row);
    }
}

static int added(const struct port *port) {
    return port->row ? port->row->added : port->group ? port->group->added : 0;
}

/* Hosts know ports by their indices too: what came after a release goes behind what was there. */
static void put_new_ones_last(struct plugin *p) {
    for (int i = 1; i < p->n_ports; i++) {
        const struct port port = p->ports[i];
        int k = i;
        for (; k > 0 && added(&p->ports[k - 1]) > added(&port); k--)
            p->ports[k] = p->ports[k - 1];
        p->ports[k] = port;
    }
}

bool plugin_describe(struct plugin *out, const struct ton_processor *processor, int channels) {
    if (channels < 2 && (processor->flags & TON_PROCESSOR_STEREO_ONLY))
        return false;
    *out = (struct plugin){.processor = processor, .channels = channels};
    add_audio(out);
    add(out, (struct port){.kind = PORT_ENABLED});
    if (row_of_kind(processor, TON_TIME_NOTE))
        add(out, (struct port){.kind = PORT_TEMPO});
    add_parameters(out);
    list_parameters(out);
    if (out->n_fixed + out->n_files > 0)
        add(out, (struct port){.kind = PORT_OFFLINE});
    if (processor->latency)
        add(out, (struct port){.kind = PORT_LATENCY});
    for (int i = 0; i < processor->n_meters; i++)
        add(out, (struct port){.kind = PORT_METER, .index = i, .row = &processor->meters[i]});
    if (out->n_files > 0 || row_of_kind(processor, TON_TIME_NOTE))
        add(out, (struct port){.kind = PORT_EVENTS});
    if (out->n_files > 0)
        add(out, (struct port){.kind = PORT_TELLS});
    put_new_ones_last(out);
    return !out->overflows;
}

bool plugin_has_kind(const struct plugin *p, enum port_kind kind) {
    for (int i = 0; i < p->n_ports; i++)
        if (p->ports[i].kind == kind)
            return true;
    return false;
}

const char *plugin_uri(char out[PLUGIN_MOST_URI], const struct ton_processor *processor,
                       int channels) {
    snprintf(out, PLUGIN_MOST_URI, "%s:%s:%s", PLUGIN_URN, processor->id,
             channels == 1 ? "mono" : "stereo");
    return out;
}

const char *plugin_file_uri(char out[PLUGIN_MOST_URI], const struct plugin *p, int file) {
    snprintf(out, PLUGIN_MOST_URI, "%s:%s#%s", PLUGIN_URN, p->processor->id, p->files[file]->key);
    return out;
}

/* "bands" of the third: "band_3". */
static void write_instance(char *out, size_t size, const struct port *port) {
    const size_t n = strlen(port->group->key);
    const size_t singular = port->group->key[n - 1] == 's' ? n - 1 : n;
    snprintf(out, size, "%.*s_%d", (int)singular, port->group->key, port->instance + 1);
}

static const char *parameter_symbol(char out[PLUGIN_MOST_TEXT], const struct port *port) {
    char instance[TON_LONGEST_KEY];
    if (port->group && port->row) {
        write_instance(instance, sizeof instance, port);
        snprintf(out, PLUGIN_MOST_TEXT, "%s_%s", instance, port->row->key);
    } else {
        snprintf(out, PLUGIN_MOST_TEXT, "%s", port->group ? port->group->key : port->row->key);
    }
    return out;
}

/* What stands in front of a channel; a single one is just called that. */
static const char *channel_text(char out[PLUGIN_MOST_TEXT], const struct plugin *p, int channel,
                                const char *what, const char *const sides[2]) {
    if (p->channels == 1)
        snprintf(out, PLUGIN_MOST_TEXT, "%s", what);
    else
        snprintf(out, PLUGIN_MOST_TEXT, "%s%s", what, sides[channel]);
    return out;
}

const char *plugin_symbol(char out[PLUGIN_MOST_TEXT], const struct plugin *p,
                          const struct port *port) {
    static const char *const sides[2] = {"_left", "_right"};
    /* No row's key looks like these. */
    static const char *const own[N_PORT_KINDS] = {
        [PORT_ENABLED] = "lv2_enabled", [PORT_OFFLINE] = "lv2_freewheel",
        [PORT_TEMPO] = "lv2_tempo",     [PORT_LATENCY] = "lv2_latency",
        [PORT_EVENTS] = "lv2_control",  [PORT_TELLS] = "lv2_notify",
    };
    switch (port->kind) {
    case PORT_IN:
        return channel_text(out, p, port->index, "audio_in", sides);
    case PORT_OUT:
        return channel_text(out, p, port->index, "audio_out", sides);
    case PORT_KEY:
        return channel_text(out, p, port->index, "key_in", sides);
    case PORT_NOTE:
        snprintf(out, PLUGIN_MOST_TEXT, "%s_note", port->row->key);
        return out;
    case PORT_LISTEN:
    case PORT_METER:
    case PORT_PARAMETER:
        return parameter_symbol(out, port);
    default:
        snprintf(out, PLUGIN_MOST_TEXT, "%s", own[port->kind]);
        return out;
    }
}

static const char *parameter_name(char out[PLUGIN_MOST_TEXT], const struct port *port) {
    if (port->group && port->row) {
        snprintf(out, PLUGIN_MOST_TEXT, "%s %d %s", port->group->label, port->instance + 1,
                 port->row->label);
    } else if (port->group) {
        ton_key_to_words(out, PLUGIN_MOST_TEXT, port->group->key);
        out[0] = (char)toupper((unsigned char)out[0]);
    } else {
        snprintf(out, PLUGIN_MOST_TEXT, "%s", port->row->label);
    }
    return out;
}

const char *plugin_name(char out[PLUGIN_MOST_TEXT], const struct plugin *p,
                        const struct port *port) {
    static const char *const sides[2] = {" left", " right"};
    static const char *const own[N_PORT_KINDS] = {
        [PORT_ENABLED] = "Enabled", [PORT_OFFLINE] = "Offline", [PORT_TEMPO] = "Tempo",
        [PORT_LATENCY] = "Latency", [PORT_EVENTS] = "Control",  [PORT_TELLS] = "Notify",
    };
    switch (port->kind) {
    case PORT_IN:
        return channel_text(out, p, port->index, "In", sides);
    case PORT_OUT:
        return channel_text(out, p, port->index, "Out", sides);
    case PORT_KEY:
        return channel_text(out, p, port->index, "Side-chain in", sides);
    case PORT_NOTE:
        snprintf(out, PLUGIN_MOST_TEXT, "%s as note", port->row->label);
        return out;
    case PORT_LISTEN:
    case PORT_METER:
    case PORT_PARAMETER:
        return parameter_name(out, port);
    default:
        snprintf(out, PLUGIN_MOST_TEXT, "%s", own[port->kind]);
        return out;
    }
}

/* A knob of a group that is not counted does nothing, so a group is all there from the start where
 * that is not heard: the bands of an equaliser. */
static float count_default(const struct plugin *p, const struct port *port) {
    float values[PLUGIN_MOST_PORTS];
    const struct ton_processor *processor = p->processor;
    if (processor->n_params > PLUGIN_MOST_PORTS || !processor->is_neutral)
        return 0;
    ton_rows_defaults(processor->rows, processor->n_rows, values);
    const bool neutral_before = processor->is_neutral(values);
    values[port->index] = (float)port->group->n_max;
    return neutral_before && processor->is_neutral(values) ? values[port->index] : 0;
}

static struct port_range row_range(const struct ton_row *row) {
    /* A default in note values is no time; those who take the time get one that is heard as one. */
    const float def = row->def < row->min ? sqrtf(row->min * row->max) : row->def;
    return (struct port_range){row->min, row->max, def,
                               row->kind == TON_SWITCH || row->kind == TON_CHOICE ||
                                   row->kind == TON_COUNT};
}

static float note_default(const struct ton_row *row) {
    for (int i = 1; row->def < 0 && i < plugin_n_notes(); i++)
        if (fabsf(plugin_note(i) - row->def) < 1e-4F)
            return (float)i;
    return 0;
}

struct port_range plugin_range(const struct plugin *p, const struct port *port) {
    switch (port->kind) {
    case PORT_ENABLED:
        return (struct port_range){0, 1, 1, true};
    case PORT_OFFLINE:
    case PORT_LISTEN:
        return (struct port_range){0, 1, 0, true};
    case PORT_TEMPO:
        return (struct port_range){20, 400, 120, false};
    case PORT_NOTE:
        return (struct port_range){0, (float)(plugin_n_notes() - 1), note_default(port->row), true};
    case PORT_PARAMETER:
        if (port->row)
            return row_range(port->row);
        return (struct port_range){0, (float)port->group->n_max, count_default(p, port), true};
    case PORT_LATENCY:
        return (struct port_range){0, PLUGIN_MOST_LATENCY, 0, true};
    case PORT_METER:
        return row_range(port->row);
    default:
        return (struct port_range){0};
    }
}

/* Ordered by length: of each value the triplet, the dotted half of it, itself. */
static const float notes[] = {
    0,          -1.0F / 24, -1.0F / 16, /* 1/64 */
    -1.0F / 12, -3.0F / 32, -1.0F / 8,  /* 1/32 */
    -1.0F / 6,  -3.0F / 16, -1.0F / 4,  /* 1/16 */
    -1.0F / 3,  -3.0F / 8,  -1.0F / 2,  /* 1/8 */
    -2.0F / 3,  -3.0F / 4,  -1.0F,      /* 1/4 */
    -4.0F / 3,  -3.0F / 2,  -2.0F,      /* 1/2 */
    -8.0F / 3,  -3.0F,      -4.0F,      /* 1/1 */
};

int plugin_n_notes(void) {
    return TON_N(notes);
}

float plugin_note(int i) {
    return i > 0 && i < TON_N(notes) ? notes[i] : 0;
}
