/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From control ports to parameters and back: values held to their ranges, note values turned into
 * times and rates. */
#include "shim.h"

/* What is not connected, or is no number, is the default. */
static float value_at(const struct shim *s, int i) {
    const float *at = s->at[i];
    const struct port_range *range = &s->ranges[i];
    if (!at || isnan(*at))
        return range->def;
    const float held = *at < range->min ? range->min : *at > range->max ? range->max : *at;
    return range->whole ? roundf(held) : held;
}

static bool is_control(enum port_kind kind) {
    return kind > PORT_KEY && kind < PORT_LATENCY;
}

static void read_port(struct shim *s, int i) {
    if (!is_control(s->plugin.ports[i].kind))
        return; /* what is connected there is no number, or not yet */
    const float value = value_at(s, i);
    switch (s->plugin.ports[i].kind) {
    case PORT_ENABLED:
        s->enabled = value > 0;
        break;
    case PORT_OFFLINE:
        s->offline = value > 0;
        break;
    case PORT_LISTEN:
        s->listens = value > 0;
        break;
    case PORT_TEMPO:
        if (value != s->tempo_said)
            s->tempo = value;
        s->tempo_said = value;
        break;
    case PORT_PARAMETER:
        s->wanted[s->plugin.ports[i].index] = value;
        break;
    default:
        break;
    }
}

static void read_note(struct shim *s, int i) {
    const struct port *port = &s->plugin.ports[i];
    const float note = plugin_note((int)value_at(s, i));
    if (note != 0)
        s->wanted[port->index] = ton_row_note_value(port->row, note, (double)s->tempo);
}

void controls_read(struct shim *s) {
    for (int i = 0; i < s->plugin.n_ports; i++)
        read_port(s, i);
    for (int i = 0; i < s->plugin.n_ports; i++)
        if (s->plugin.ports[i].kind == PORT_NOTE)
            read_note(s, i);
}

/* Meters may have nothing to show yet. */
static float shown(float value, const struct port_range *range) {
    return value >= range->min ? (value < range->max ? value : range->max) : range->min;
}

void controls_report(struct shim *s) {
    const struct ton_processor *p = s->plugin.processor;
    float values[TON_MOST_ROWS];
    if (p->read_meters)
        p->read_meters(s->unit->state, values);
    for (int i = 0; i < s->plugin.n_ports; i++) {
        float *at = s->at[i];
        if (at && s->plugin.ports[i].kind == PORT_LATENCY)
            *at = (float)s->unit->latency;
        else if (at && s->plugin.ports[i].kind == PORT_METER)
            *at = shown(values[s->plugin.ports[i].index], &s->ranges[i]);
    }
}
