/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An installed LV2 plug-in as its files describe it. Reading them runs none of its code. Both sides
 * of the process border read the same files and so agree about ports, rows and their order. */
#ifndef TON_PLUGINS_PLUG_H
#define TON_PLUGINS_PLUG_H

#include "ton/foreign.h"

#include <lilv/lilv.h>

enum port_kind {
    PORT_AUDIO_IN,
    PORT_AUDIO_OUT,
    PORT_KEY_IN, /* audio for a side-chain */
    PORT_CONTROL_IN,
    PORT_CONTROL_OUT,
    PORT_CV_IN,
    PORT_CV_OUT,
    PORT_ATOM_IN,
    PORT_ATOM_OUT,
    PORT_OPTIONAL, /* of a kind we do not know, that need not be connected */
};

/* What the host itself puts into a control. */
enum port_duty {
    DUTY_NONE,
    DUTY_ENABLED, /* 1: our own bypass leaves the whole plug-in out */
    DUTY_OFFLINE, /* 1: nobody waits for the audio device */
    DUTY_LATENCY, /* read back */
    DUTY_TEMPO,   /* quarter notes a minute; from here on it is the music's time */
    DUTY_FRAME,
    DUTY_SPEED,    /* 1: it runs */
    DUTY_BAR,      /* from 0; from here on the meter must be known */
    DUTY_BAR_BEAT, /* from 0, with its parts */
    DUTY_BEATS_PER_BAR,
    DUTY_BEAT_UNIT,
    DUTY_OF_OTHERS /* a control that is left at its default */
};

struct port {
    enum port_kind kind;
    enum port_duty duty;
    float def;
    bool control;           /* ATOM_IN: designation lv2:control */
    bool patch, time, midi; /* ATOM_IN: understands */
    size_t bytes;           /* ATOM: least size of its buffer */
};

/* What a row sets. */
struct control {
    const char *symbol;    /* of the port, or the last part of the parameter's address */
    const char *name;      /* as the plug-in says it */
    int port;              /* -1: a parameter that is set by message */
    const char *parameter; /* its address */
    const char *type;      /* of its value, an atom's type */
    double factor;         /* the plug-in's value is ours times this */
    float low, high;       /* the plug-in's own range */
    bool free;             /* a parameter of which nobody says where it starts */
    bool of_rate;          /* in Hz; low and high are parts of the sample rate */
    const float *points;   /* CHOICE: the value of each choice */
};

struct plug {
    struct ton_processor processor; /* first: what other rooms hold */
    const char *uri, *name, *class_name;
    const char *bundle, *binary; /* paths with a slash at the end of the folder */
    const char **turtle;         /* paths of the files that describe it */
    int n_turtle;
    int minor, micro;
    struct port *ports;
    int n_ports;
    struct control *controls; /* one a row */
    int n_in, n_out, n_key;
    int n_midi;     /* ports that take notes */
    bool is_effect; /* takes audio and gives audio */
    bool has_latency;
    bool has_time;        /* a control is told the music's time */
    const char *unusable; /* what is wrong with it, behind its name; NULL: nothing */
};

/* world.c */
struct catalogue {
    struct ton_arena *arena;
    LilvWorld *world;
    struct plug **plugs; /* those that were looked at */
    size_t n, capacity;
    LilvNode **nodes; /* of addresses that were asked for */
    size_t n_nodes, nodes_capacity;
};

/* All that is installed, read once. NULL without memory. */
struct catalogue *catalogue_get(void);
/* Only what stands in this bundle: for the process that runs one plug-in. */
struct catalogue *catalogue_of_bundle(const char *path);
void catalogue_add_bundle(struct catalogue *c, const char *path);
struct plug *catalogue_plug(struct catalogue *c, const LilvPlugin *lilv); /* NULL without memory */
const LilvPlugin *catalogue_by_uri(struct catalogue *c, const char *uri); /* NULL */
/* By address, or by a name that its address has a word of; asks few plug-ins, and so is fast. */
const LilvPlugin *catalogue_likely(struct catalogue *c, const char *name); /* NULL */
/* By its address or name. NULL with the name that comes nearest, or with the addresses of several
 * of that name. */
const LilvPlugin *catalogue_find(struct catalogue *c, const char *name, const char **nearest,
                                 const char **several);
const LilvNode *catalogue_node(struct catalogue *c, const char *uri); /* NULL without memory */
/* As one line: whatever is between its words is one space. In the arena. */
const char *catalogue_line(struct catalogue *c, const LilvNode *text);
const char *catalogue_path(struct catalogue *c, const LilvNode *uri); /* in the arena; NULL */

/* describe.c: fills in everything from the plug-in's files. False without memory. */
bool plug_describe(struct plug *plug, struct catalogue *c, const LilvPlugin *lilv);
/* rows.c: the row and the control that a control port, or a parameter of that address, is. */
bool row_of_port(struct ton_row *row, struct control *control, struct catalogue *c,
                 const LilvPlugin *lilv, const LilvPort *port, int index);
bool row_of_parameter(struct ton_row *row, struct control *control, struct catalogue *c,
                      const LilvNode *parameter);
/* Keys in our style that are all different. */
bool rows_give_keys(struct ton_row *rows, struct control *controls, int n, struct ton_arena *a);

/* Our value in the plug-in's own terms. */
float control_value(const struct control *control, const struct ton_row *row, float ours,
                    double rate);
/* The plug-in's value in ours. */
float control_ours(const struct control *control, const struct ton_row *row, float theirs);

/* guest.c: the functions of every plug-in's processor. */
void guest_functions(struct ton_processor *p);

static inline const struct plug *plug_of(const struct ton_processor *p) {
    return (const struct plug *)p;
}

/* state.c */
enum ton_code plug_preset(struct ton_setup *setup, float *params, const struct ton_processor *p,
                          struct ton_arena *arena, const char *name, struct ton_err *err);
/* The state that a plug-in is born with is where its parameters start. */
void plug_take_born_state(struct plug *plug, struct catalogue *c, const LilvPlugin *lilv);
/* A file that the plug-in will read. */
void plug_reads(struct ton_setup *setup, struct ton_arena *arena, const char *path);
/* What preset, state and the state that the plug-in is born with hold now; the files that they name
 * are added to the setup's. */
enum ton_code plug_hash_state(struct ton_hash *h, struct ton_setup *setup, const struct plug *plug,
                              struct ton_arena *arena, struct ton_err *err);
enum ton_code plug_state(struct ton_setup *setup, float *params, const struct ton_processor *p,
                         struct ton_arena *arena, const char *text, const char *folder,
                         struct ton_err *err);

#endif
