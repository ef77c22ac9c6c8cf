/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One port in Turtle. */
#include "emit.h"

static const struct {
    const char *classes, *help, *extra;
} own[N_PORT_KINDS] = {
    [PORT_IN] = {"lv2:InputPort, lv2:AudioPort", "The sound.", ""},
    [PORT_OUT] = {"lv2:OutputPort, lv2:AudioPort", "The sound, processed.", ""},
    [PORT_KEY] = {"lv2:InputPort, lv2:AudioPort",
                  "What the detector hears when the side-chain is on; silence when nothing is "
                  "connected.",
                  " ;\n        lv2:portProperty lv2:connectionOptional, lv2:isSideChain"},
    [PORT_ENABLED] = {"lv2:InputPort, lv2:ControlPort",
                      "Off: the sound as it came, as late as otherwise; faded, so nothing clicks.",
                      " ;\n        lv2:designation lv2:enabled ;\n        lv2:portProperty "
                      "lv2:toggled"},
    [PORT_OFFLINE] = {"lv2:InputPort, lv2:ControlPort",
                      "On while the host is not bound to the clock: what takes time is then waited "
                      "for, so that every export is the same.",
                      " ;\n        lv2:designation lv2:freeWheeling ;\n        lv2:portProperty "
                      "lv2:toggled, pprops:notOnGUI"},
    [PORT_TEMPO] = {"lv2:InputPort, lv2:ControlPort",
                    "What note values are measured with; hosts that know their tempo set it.",
                    " ;\n        lv2:designation time:beatsPerMinute"},
    [PORT_LISTEN] = {"lv2:InputPort, lv2:ControlPort",
                     "On: the detector listens to the side-chain input; off: to the sound itself.",
                     " ;\n        lv2:portProperty lv2:toggled"},
    [PORT_NOTE] = {"lv2:InputPort, lv2:ControlPort",
                   "A note value that replaces the time and follows the tempo.",
                   " ;\n        lv2:portProperty lv2:enumeration, lv2:integer"},
    [PORT_PARAMETER] = {"lv2:InputPort, lv2:ControlPort", "How many there are.", ""},
    [PORT_LATENCY] = {"lv2:OutputPort, lv2:ControlPort", "How late the sound comes out.",
                      " ;\n        lv2:designation lv2:latency ;\n        lv2:portProperty "
                      "lv2:reportsLatency, lv2:integer, pprops:notOnGUI"},
    [PORT_METER] = {"lv2:OutputPort, lv2:ControlPort", "", ""},
    [PORT_EVENTS] = {"lv2:InputPort, atom:AtomPort", "The host's time; files to be loaded.",
                     " ;\n        atom:bufferType atom:Sequence ;\n        atom:supports "
                     "patch:Message, time:Position ;\n        lv2:designation lv2:control ;\n"
                     "        lv2:portProperty lv2:connectionOptional"},
    [PORT_TELLS] = {"lv2:OutputPort, atom:AtomPort", "The files in use.",
                    " ;\n        atom:bufferType atom:Sequence ;\n        atom:supports "
                    "patch:Message ;\n        lv2:designation lv2:control ;\n        "
                    "rsz:minimumSize 16384 ;\n        lv2:portProperty lv2:connectionOptional"},
};

static void emit_text(struct ton_text *t, const char *predicate, const char *text) {
    ton_text_printf(t, " ;\n        %s ", predicate);
    emit_string(t, text);
}

static void emit_point(struct ton_text *t, const char *label, float value) {
    ton_text_add(t, " ;\n        lv2:scalePoint [ rdfs:label ");
    emit_string(t, label);
    ton_text_add(t, " ; rdf:value ");
    emit_number(t, value);
    ton_text_add(t, " ]");
}

static void emit_row_points(struct ton_text *t, const struct ton_row *row) {
    for (int i = 0; row->kind == TON_CHOICE && row->choices[i]; i++)
        emit_point(t, row->choices[i], (float)i);
    if (row->flags & TON_ROW_OFF_MIN)
        emit_point(t, "off", row->min);
    if (row->flags & TON_ROW_INF_MAX)
        emit_point(t, "inf", row->max);
}

static void emit_note_points(struct ton_text *t) {
    const struct ton_row row = {.key = "note", .kind = TON_TIME_NOTE, .unit = TON_UNIT_MS};
    char label[32];
    emit_point(t, "off", 0);
    for (int i = 1; i < plugin_n_notes(); i++)
        emit_point(t, ton_row_format(label, sizeof label, &row, plugin_note(i)), (float)i);
}

static void emit_property(struct ton_text *t, const char *property) {
    ton_text_printf(t, " ;\n        lv2:portProperty %s", property);
}

static void emit_row(struct ton_text *t, const struct port *port) {
    const struct ton_row *row = port->row;
    if (row->kind == TON_SWITCH)
        emit_property(t, "lv2:toggled");
    if (row->kind == TON_CHOICE)
        emit_property(t, "lv2:enumeration, lv2:integer");
    if (row->kind == TON_COUNT)
        emit_property(t, "lv2:integer");
    if (row->scale == TON_LOGARITHMIC)
        emit_property(t, "pprops:logarithmic");
    if (row->flags & TON_ROW_FIXED)
        emit_property(t, "pprops:expensive, pprops:notAutomatic");
    if (row->kind != TON_CHOICE)
        emit_unit(t, row->unit);
    emit_row_points(t, row);
    emit_text(t, "rdfs:comment", row->help);
}

static void emit_range(struct ton_text *t, const struct plugin *p, const struct port *port) {
    const struct port_range range = plugin_range(p, port);
    const bool in = port->kind != PORT_LATENCY && port->kind != PORT_METER;
    ton_text_add(t, " ;\n        lv2:minimum ");
    emit_number(t, range.min);
    ton_text_add(t, " ; lv2:maximum ");
    emit_number(t, range.max);
    if (in) {
        ton_text_add(t, " ; lv2:default ");
        emit_number(t, range.def);
    }
}

/* Which side an audio port is, and to which group a port belongs. */
static void emit_place(struct ton_text *t, const struct plugin *p, const struct port *port) {
    static const char *const groups[] = {[PORT_IN] = "in", [PORT_OUT] = "out", [PORT_KEY] = "key"};
    char uri[PLUGIN_MOST_URI];
    plugin_uri(uri, p->processor, p->channels);
    if (port->kind <= PORT_KEY) {
        const char *side = p->channels == 1 ? "center" : port->index == 0 ? "left" : "right";
        ton_text_printf(t, " ;\n        pg:group <%s#%s> ;\n        lv2:designation pg:%s", uri,
                        groups[port->kind], side);
    } else if (port->group && port->row) {
        ton_text_printf(t, " ;\n        pg:group <%s#%s_%d>", uri, port->group->key,
                        port->instance + 1);
    }
}

void emit_port(struct ton_text *t, const struct plugin *p, int index) {
    const struct port *port = &p->ports[index];
    char text[PLUGIN_MOST_TEXT];
    ton_text_printf(t, "[\n        a %s ;\n        lv2:index %d ;\n        lv2:symbol \"%s\"",
                    own[port->kind].classes, index, plugin_symbol(text, p, port));
    emit_text(t, "lv2:name", plugin_name(text, p, port));
    emit_place(t, p, port);
    if (port->kind > PORT_KEY && port->kind < PORT_EVENTS)
        emit_range(t, p, port);
    ton_text_add(t, own[port->kind].extra);
    if ((port->kind == PORT_PARAMETER || port->kind == PORT_METER) && port->row) {
        emit_row(t, port);
    } else {
        emit_text(t, "rdfs:comment", port->group ? port->group->help : own[port->kind].help);
        if (port->group)
            emit_property(t, "lv2:integer");
    }
    if (port->kind == PORT_NOTE)
        emit_note_points(t);
    if (port->kind == PORT_TEMPO)
        emit_unit(t, TON_UNIT_BPM);
    if (port->kind == PORT_LATENCY)
        emit_unit(t, TON_UNIT_SAMPLES);
    ton_text_add(t, "\n    ]");
}
