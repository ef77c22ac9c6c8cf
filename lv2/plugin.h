/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LV2_PLUGIN_H
#define TON_LV2_PLUGIN_H

#include "ton/processor.h"

/* A plug-in is a processor for one channel or two. Its ports follow from the processor's rows and
 * from nothing else; the shim that runs it and the program that describes it to hosts both walk the
 * table made here. */

enum {
    PLUGIN_CHANNELS = 2,
    PLUGIN_MOST_PORTS = 768,
    PLUGIN_MOST_URI = 128,
    PLUGIN_MOST_TEXT = 128,
    PLUGIN_MOST_FILES = 2,
    PLUGIN_MOST_LATENCY = 1 << 21 /* frames: 5.4 s at 384 kHz */
};

#define PLUGIN_URN "urn:tonmeister:lv2"

enum port_kind {
    PORT_IN, /* audio; `index` is the channel */
    PORT_OUT,
    PORT_KEY,       /* audio for the detector */
    PORT_ENABLED,   /* off: the sound as it came, as late as otherwise */
    PORT_OFFLINE,   /* the host is not bound to the clock */
    PORT_TEMPO,     /* quarter notes a minute, where a row takes note values */
    PORT_LISTEN,    /* TON_STRIP: whether the detector hears PORT_KEY */
    PORT_NOTE,      /* TON_TIME_NOTE: the note value that replaces the time; 0: none does */
    PORT_PARAMETER, /* a float of the parameters; `index` says which */
    PORT_LATENCY,   /* output */
    PORT_METER,     /* output; `index` says which */
    PORT_EVENTS,    /* the host's time, files to be loaded */
    PORT_TELLS,     /* output: which files are in use */
    N_PORT_KINDS
};

struct port {
    enum port_kind kind;
    int index;
    const struct ton_row *row;   /* NULL where no row stands behind it */
    const struct ton_row *group; /* PARAMETER: the group that row is in; row NULL: its count */
    int instance;                /* of the group, from 0 */
};

struct plugin {
    const struct ton_processor *processor;
    int channels;
    int n_ports;
    bool overflows; /* more ports than there is room for */
    struct port ports[PLUGIN_MOST_PORTS];
    /* The parameters' indices: those that may move while a unit runs, and those that may not. */
    int moving[PLUGIN_MOST_PORTS], n_moving;
    int fixed[PLUGIN_MOST_PORTS], n_fixed;
    const struct ton_row *files[PLUGIN_MOST_FILES]; /* TON_PATH */
    int n_files;
};

/* False when the processor has no such plug-in: it needs two channels, or more ports than fit.
 * @thread any */
bool plugin_describe(struct plugin *out, const struct ton_processor *processor, int channels);

bool plugin_has_kind(const struct plugin *p, enum port_kind kind);

/* Texts; each returns `out`. A symbol never changes once it was released. */
const char *plugin_uri(char out[PLUGIN_MOST_URI], const struct ton_processor *processor,
                       int channels);
const char *plugin_file_uri(char out[PLUGIN_MOST_URI], const struct plugin *p, int file);
const char *plugin_symbol(char out[PLUGIN_MOST_TEXT], const struct plugin *p,
                          const struct port *port);
const char *plugin_name(char out[PLUGIN_MOST_TEXT], const struct plugin *p,
                        const struct port *port);

struct port_range {
    float min, max, def;
    bool whole; /* only whole numbers */
};
struct port_range plugin_range(const struct plugin *p, const struct port *port);

/* The note values of PORT_NOTE, from 1: as TON_TIME_NOTE keeps them (negative quarter notes). */
int plugin_n_notes(void);
float plugin_note(int i);

#endif
