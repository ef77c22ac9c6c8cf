/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The process that runs one plug-in. Its one thread does as it is asked; a second one only waits
 * for the program that started it to end. */
#ifndef TON_PLUGINS_HOST_H
#define TON_PLUGINS_HOST_H

#include "plug.h"
#include "score.h"
#include "ton/wire.h"

#include <lv2/atom/forge.h>
#include <lv2/core/lv2.h>
#include <lv2/log/log.h>
#include <lv2/options/options.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>

enum { HOST_MOST_FEATURES = 20, HOST_MOST_OPTIONS = 8 };

/* features.c: numbers for addresses, alike for all instances. */
LV2_URID host_map(void *unused, const char *uri);
const char *host_unmap(void *unused, LV2_URID urid);

/* Work that a plug-in gives away in run() is done right behind it: a render waits for nobody, and
 * so the results are the same every time. */
struct work {
    struct ton_arena *arena; /* of the opening; buffers are kept for the next */
    LilvInstance *lilv;
    const LV2_Worker_Interface *interface;
    uint8_t *asked, *answered; /* messages, each with its size in front */
    size_t n_asked, asked_capacity, n_answered, answered_capacity;
};

/* http://lv2plug.in/ns/ext/uri-map, which old plug-ins ask for instead of urid:map. */
struct old_map {
    void *user;
    uint32_t (*map)(void *user, const char *kind, const char *uri);
};

struct features {
    LV2_URID_Map map;
    LV2_URID_Unmap unmap;
    struct old_map old_map;
    LV2_Log_Log log;
    LV2_State_Make_Path make_path;
    LV2_State_Map_Path map_path;
    LV2_State_Free_Path free_path;
    LV2_Worker_Schedule schedule;
    float rate;
    int32_t block, sequence_bytes;
    LV2_Options_Option options[HOST_MOST_OPTIONS];
    LV2_Feature items[HOST_MOST_FEATURES];
    const LV2_Feature *list[HOST_MOST_FEATURES + 1];
    const char *folder; /* that files in a state count from; NULL */
};
void features_init(struct features *f, double rate, size_t sequence_bytes, const char *folder,
                   struct work *work);
void paths_fill(struct features *f); /* paths.c */
void work_run(struct work *work);    /* behind run(): does what was asked, gives the answers */
const char *host_last_words(void);   /* the last error that the plug-in logged; NULL */

/* instance.c: one instance of the plug-in, and the buffers of its ports. */
struct instance {
    LilvInstance *lilv;
    struct features features;
    struct work work;
    float *controls;  /* [port] */
    float **audio;    /* [port] WIRE_BLOCK frames, audio and CV */
    LV2_Atom **atoms; /* [port] */
    bool active, told_time;
};

/* The music's time at a frame. */
struct place {
    int64_t frame, bar; /* from 0; the frame first: by_frame.h */
    double beat;        /* in its bar, from 0 */
    double tempo;       /* quarter notes a minute */
    int beats, unit;    /* of a bar; 4: a quarter is one. 0: nobody knows */
};

struct host {
    struct wire *wire;
    struct wire_shape shape; /* as it was at the start */
    struct ton_arena *arena;
    struct ton_arena *opening; /* of what is made anew with the instances */
    struct catalogue *catalogue;
    const LilvPlugin *lilv;
    const struct plug *plug;
    struct instance *instances;
    int n_instances;
    int n_params;
    float *params; /* as the plug-in has them now */
    int64_t frame;
    struct score score;   /* what it plays */
    struct place *places; /* where its time changes */
    size_t n_places;
};

/* As new, at frame 0, with these parameters from the first frame on. */
enum ton_code instances_open(struct host *host, const float *params, struct ton_err *err);
void instances_close(struct host *host);
/* Those parameters that are others than the plug-in has. */
void instances_set(struct host *host, const float *params);
/* One block: `audio` [channel], then those of the side-chain; in place. */
void instances_run(struct host *host, float *const *audio);
int instances_latency(const struct host *host);

/* places.c: false without memory. */
bool places_read(struct host *host, const char *text);
struct place place_at(const struct host *host, int64_t frame);
/* Of the first change at this frame or later. */
size_t place_index(const struct host *host, int64_t frame);

/* messages.c: what is written into a plug-in's event ports before a block. */
void messages_begin(struct host *host, struct instance *instance);
void messages_parameter(struct host *host, int row, float value);
void messages_end(struct host *host, struct instance *instance);

#endif
