/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plug-in in Turtle: who it is, what it wants of hosts, its ports and their groups. */
#include "emit.h"

void emit_string(struct ton_text *t, const char *s) {
    ton_text_add(t, "\"");
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            ton_text_add(t, "\\");
        ton_text_add_n(t, s, 1);
    }
    ton_text_add(t, "\"");
}

void emit_number(struct ton_text *t, float value) {
    char text[64];
    for (int digits = 1; digits < 12; digits++) {
        snprintf(text, sizeof text, "%.*f", digits, (double)value);
        if (strtof(text, NULL) == value)
            break;
    }
    ton_text_add(t, text);
}

void emit_prefixes(struct ton_text *t) {
    static const char *const prefixes[][2] = {
        {"atom", "http://lv2plug.in/ns/ext/atom#"},
        {"doap", "http://usefulinc.com/ns/doap#"},
        {"foaf", "http://xmlns.com/foaf/0.1/"},
        {"lv2", "http://lv2plug.in/ns/lv2core#"},
        {"patch", "http://lv2plug.in/ns/ext/patch#"},
        {"pg", "http://lv2plug.in/ns/ext/port-groups#"},
        {"pprops", "http://lv2plug.in/ns/ext/port-props#"},
        {"pset", "http://lv2plug.in/ns/ext/presets#"},
        {"rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
        {"rdfs", "http://www.w3.org/2000/01/rdf-schema#"},
        {"rsz", "http://lv2plug.in/ns/ext/resize-port#"},
        {"state", "http://lv2plug.in/ns/ext/state#"},
        {"time", "http://lv2plug.in/ns/ext/time#"},
        {"units", "http://lv2plug.in/ns/extensions/units#"},
        {"urid", "http://lv2plug.in/ns/ext/urid#"},
        {"work", "http://lv2plug.in/ns/ext/worker#"},
    };
    for (int i = 0; i < TON_N(prefixes); i++)
        ton_text_printf(t, "@prefix %s: <%s> .\n", prefixes[i][0], prefixes[i][1]);
    ton_text_add(t, "\n");
}

void emit_plugin_name(struct ton_text *t, const struct plugin *p) {
    char name[PLUGIN_MOST_TEXT];
    const bool alone = p->processor->flags & TON_PROCESSOR_STEREO_ONLY;
    snprintf(name, sizeof name, "Tonmeister %s%s", p->processor->name,
             alone              ? ""
             : p->channels == 1 ? " Mono"
                                : " Stereo");
    emit_string(t, name);
}

static void emit_audio_group(struct ton_text *t, const char *uri, int channels, const char *symbol,
                             const char *name, const char *direction) {
    ton_text_printf(t,
                    "<%s#%s>\n    a pg:%sGroup, pg:%sGroup ;\n    lv2:symbol \"%s\" ;\n"
                    "    lv2:name \"%s\"",
                    uri, symbol, channels == 1 ? "Mono" : "Stereo", direction, symbol, name);
}

static void emit_groups(struct ton_text *t, const struct plugin *p, const char *uri) {
    emit_audio_group(t, uri, p->channels, "in", "Input", "Input");
    ton_text_add(t, " .\n\n");
    emit_audio_group(t, uri, p->channels, "out", "Output", "Output");
    ton_text_printf(t, " ;\n    pg:source <%s#in> .\n\n", uri);
    if (plugin_has_kind(p, PORT_KEY)) {
        emit_audio_group(t, uri, p->channels, "key", "Side-chain", "Input");
        ton_text_printf(t, " ;\n    pg:sideChainOf <%s#in> .\n\n", uri);
    }
    for (int i = 0; i < p->processor->n_rows; i++) {
        const struct ton_row *row = &p->processor->rows[i];
        for (int k = 1; row->kind == TON_GROUP && k <= row->n_max; k++)
            ton_text_printf(t,
                            "<%s#%s_%d>\n    a pg:Group ;\n    lv2:symbol \"%s_%d\" ;\n"
                            "    lv2:name \"%s %d\" .\n\n",
                            uri, row->key, k, row->key, k, row->label, k);
    }
}

/* What hosts keep apart two versions by. The minor number says what changes compatibly for them:
 * ports, which only ever become more. The micro number says what does not concern them: the sound.
 * Even numbers are releases. */
static void emit_version(struct ton_text *t, const struct plugin *p) {
    ton_text_printf(t, " ;\n    lv2:minorVersion %d ;\n    lv2:microVersion %d", 2 * p->n_ports,
                    2 * p->processor->version);
}

/* What the plug-in can use of a host, and what it cannot do without. */
static void emit_wishes(struct ton_text *t, const struct plugin *p) {
    ton_text_add(t, " ;\n    lv2:optionalFeature lv2:hardRTCapable");
    if (p->n_fixed + p->n_files > 0)
        ton_text_add(t, ", work:schedule ;\n    lv2:extensionData work:interface");
    if (p->n_files == 0) {
        ton_text_add(t,
                     plugin_has_kind(p, PORT_EVENTS) ? " ;\n    lv2:optionalFeature urid:map" : "");
        return;
    }
    ton_text_add(t,
                 " ;\n    lv2:requiredFeature urid:map ;\n    lv2:extensionData state:interface");
    for (int i = 0; i < p->n_files; i++) {
        char uri[PLUGIN_MOST_URI];
        ton_text_printf(t, " ;\n    patch:writable <%s>", plugin_file_uri(uri, p, i));
    }
}

void emit_files(struct ton_text *t, const struct plugin *p) {
    for (int i = 0; i < p->n_files; i++) {
        char uri[PLUGIN_MOST_URI];
        ton_text_printf(t,
                        "<%s>\n    a lv2:Parameter ;\n    rdfs:range atom:Path ;\n    rdfs:label ",
                        plugin_file_uri(uri, p, i));
        emit_string(t, p->files[i]->label);
        ton_text_add(t, " ;\n    rdfs:comment ");
        emit_string(t, p->files[i]->help);
        ton_text_add(t, " .\n\n");
    }
}

void emit_plugin(struct ton_text *t, const struct plugin *p) {
    char uri[PLUGIN_MOST_URI];
    plugin_uri(uri, p->processor, p->channels);
    emit_groups(t, p, uri);
    ton_text_printf(t, "<%s>\n    a lv2:Plugin, lv2:%s ;\n    lv2:project <%s> ;\n    doap:name ",
                    uri, p->processor->lv2_class, PLUGIN_URN);
    emit_plugin_name(t, p);
    ton_text_printf(t, " ;\n    doap:license <http://www.gnu.org/licenses/gpl-3.0.html> ;\n    "
                       "doap:shortdesc ");
    emit_string(t, p->processor->summary);
    ton_text_add(t, " ;\n    rdfs:comment ");
    emit_string(t, p->processor->text);
    emit_version(t, p);
    emit_wishes(t, p);
    ton_text_printf(t, " ;\n    pg:mainInput <%s#in> ;\n    pg:mainOutput <%s#out>", uri, uri);
    for (int i = 0; i < p->n_ports; i++) {
        ton_text_add(t, i == 0 ? " ;\n    lv2:port " : ", ");
        emit_port(t, p, i);
    }
    ton_text_add(t, " .\n\n");
}
