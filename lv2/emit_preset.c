/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings of a plug-in as a preset: the values of its ports under a name. */
#include "emit.h"

void emit_defaults(float *params, const struct plugin *p) {
    for (int i = 0; i < p->n_ports; i++)
        if (p->ports[i].kind == PORT_PARAMETER)
            params[p->ports[i].index] = plugin_range(p, &p->ports[i]).def;
    for (int i = 0; i < p->n_ports; i++) {
        const struct port *port = &p->ports[i];
        if (port->kind == PORT_NOTE && plugin_range(p, port).def > 0)
            params[port->index] = plugin_note((int)plugin_range(p, port).def);
    }
}

static float note_of(float value) {
    for (int i = 1; value < 0 && i < plugin_n_notes(); i++)
        if (fabsf(plugin_note(i) - value) < 1e-4F)
            return (float)i;
    return 0;
}

/* A note value leaves the time at its default, where it is heard when the note is taken away. */
static float value_of(const struct plugin *p, const struct port *port, const float *params) {
    if (port->kind == PORT_LISTEN)
        return 0;
    if (port->kind == PORT_NOTE)
        return note_of(params[port->index]);
    const float value = params[port->index];
    const bool note = port->row && port->row->kind == TON_TIME_NOTE && value < 0;
    return note ? plugin_range(p, port).def : value;
}

static void emit_values(struct ton_text *t, const struct plugin *p, const float *params) {
    const char *between = " ;\n    lv2:port ";
    for (int i = 0; i < p->n_ports; i++) {
        const struct port *port = &p->ports[i];
        char symbol[PLUGIN_MOST_TEXT];
        if (port->kind != PORT_LISTEN && port->kind != PORT_NOTE && port->kind != PORT_PARAMETER)
            continue;
        ton_text_printf(t, "%s[ lv2:symbol \"%s\" ; pset:value ", between,
                        plugin_symbol(symbol, p, port));
        emit_number(t, value_of(p, port, params));
        ton_text_add(t, " ]");
        between = ", ";
    }
}

void emit_preset(struct emit_bundle *b, const struct plugin *p, const struct emit_preset *preset) {
    char uri[PLUGIN_MOST_URI];
    plugin_uri(uri, p->processor, p->channels);
    ton_text_printf(&b->manifest,
                    "<%s#%s>\n    a pset:Preset ;\n    lv2:appliesTo <%s> ;\n    rdfs:seeAlso "
                    "<presets.ttl> .\n\n",
                    uri, preset->key, uri);
    ton_text_printf(&b->presets,
                    "<%s#%s>\n    a pset:Preset ;\n    lv2:appliesTo <%s> ;\n    rdfs:label ", uri,
                    preset->key, uri);
    emit_string(&b->presets, preset->label);
    if (preset->comment) {
        ton_text_add(&b->presets, " ;\n    rdfs:comment ");
        emit_string(&b->presets, preset->comment);
    }
    emit_values(&b->presets, p, preset->params);
    ton_text_add(&b->presets, " .\n\n");
}
