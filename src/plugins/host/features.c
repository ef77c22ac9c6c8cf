/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the host offers a plug-in: numbers for addresses, options, a log, work. */
#include "host.h"

#include "ton/thread.h"

#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/parameters/parameters.h>
#include <lv2/uri-map/uri-map.h>

/* Plug-ins may ask on threads of their own. */
static struct {
    pthread_mutex_t lock;
    struct ton_arena *arena;
    const char **uris;
    size_t n, capacity;
    char last_words[160];
} house = {.lock = PTHREAD_MUTEX_INITIALIZER};

LV2_URID host_map(void *unused, const char *uri) {
    (void)unused;
    LV2_URID urid = 0;
    pthread_mutex_lock(&house.lock);
    if (!house.arena)
        house.arena = ton_arena_create();
    for (size_t i = 0; i < house.n && !urid; i++)
        if (strcmp(house.uris[i], uri) == 0)
            urid = (LV2_URID)i + 1;
    if (!urid && house.arena) {
        const char **place = TON_PUSH(house.arena, house.uris, house.n, house.capacity);
        if (place && (*place = ton_arena_text(house.arena, uri)))
            urid = (LV2_URID)house.n;
        else
            house.n -= place != NULL;
    }
    pthread_mutex_unlock(&house.lock);
    return urid;
}

const char *host_unmap(void *unused, LV2_URID urid) {
    (void)unused;
    pthread_mutex_lock(&house.lock);
    const char *uri = urid > 0 && urid <= house.n ? house.uris[urid - 1] : NULL;
    pthread_mutex_unlock(&house.lock);
    return uri;
}

static uint32_t old_map(void *unused, const char *kind, const char *uri) {
    (void)kind;
    return host_map(unused, uri);
}

static int log_words(LV2_Log_Handle unused, LV2_URID type, const char *format, va_list args) {
    (void)unused;
    if (type != host_map(NULL, LV2_LOG__Error))
        return 0;
    pthread_mutex_lock(&house.lock);
    const int n = vsnprintf(house.last_words, sizeof house.last_words, format, args);
    house.last_words[strcspn(house.last_words, "\n")] = '\0';
    pthread_mutex_unlock(&house.lock);
    return n;
}

static int log_format(LV2_Log_Handle handle, LV2_URID type, const char *format, ...)
    TON_PRINTF(3, 4);
static int log_format(LV2_Log_Handle handle, LV2_URID type, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const int n = log_words(handle, type, format, args);
    va_end(args);
    return n;
}

static int log_args(LV2_Log_Handle handle, LV2_URID type, const char *format, va_list args)
    TON_PRINTF(3, 0);
static int log_args(LV2_Log_Handle handle, LV2_URID type, const char *format, va_list args) {
    return log_words(handle, type, format, args);
}

const char *host_last_words(void) {
    return house.last_words[0] ? house.last_words : NULL;
}

/* Adds a message with its size in front, padded to 8 bytes. */
static bool put_message(struct work *w, uint8_t **at, size_t *n, size_t *capacity, uint32_t size,
                        const void *data) {
    const size_t whole = 8 + ((size_t)size + 7) / 8 * 8;
    if (*n + whole > *capacity) {
        const size_t more = (*n + whole) * 2;
        uint8_t *grown = ton_arena_grow(w->arena, *at, *n, more);
        if (!grown)
            return false;
        *at = grown;
        *capacity = more;
    }
    memcpy(*at + *n, &size, sizeof size);
    if (size)
        memcpy(*at + *n + 8, data, size);
    *n += whole;
    return true;
}

static LV2_Worker_Status schedule_work(LV2_Worker_Schedule_Handle handle, uint32_t size,
                                       const void *data) {
    struct work *w = handle;
    return put_message(w, &w->asked, &w->n_asked, &w->asked_capacity, size, data)
               ? LV2_WORKER_SUCCESS
               : LV2_WORKER_ERR_NO_SPACE;
}

static LV2_Worker_Status respond(LV2_Worker_Respond_Handle handle, uint32_t size,
                                 const void *data) {
    struct work *w = handle;
    return put_message(w, &w->answered, &w->n_answered, &w->answered_capacity, size, data)
               ? LV2_WORKER_SUCCESS
               : LV2_WORKER_ERR_NO_SPACE;
}

void work_run(struct work *w) {
    if (!w->interface)
        return;
    const LV2_Handle handle = lilv_instance_get_handle(w->lilv);
    uint32_t size;
    for (size_t at = 0; at < w->n_asked; at += 8 + ((size_t)size + 7) / 8 * 8) {
        memcpy(&size, w->asked + at, sizeof size);
        w->interface->work(handle, respond, w, size, w->asked + at + 8);
    }
    w->n_asked = 0;
    for (size_t at = 0; at < w->n_answered; at += 8 + ((size_t)size + 7) / 8 * 8) {
        memcpy(&size, w->answered + at, sizeof size);
        if (w->interface->work_response)
            w->interface->work_response(handle, size, w->answered + at + 8);
    }
    w->n_answered = 0;
    if (w->interface->end_run)
        w->interface->end_run(handle);
}

static void add(struct features *f, int *n, const char *uri, void *data) {
    f->items[*n] = (LV2_Feature){uri, data};
    f->list[*n] = &f->items[*n];
    ++*n;
}

static void add_option(struct features *f, int *n, const char *key, const char *type, uint32_t size,
                       const void *value) {
    f->options[(*n)++] = (LV2_Options_Option){LV2_OPTIONS_INSTANCE, 0,    host_map(NULL, key), size,
                                              host_map(NULL, type), value};
}

static void fill_options(struct features *f) {
    int n = 0;
#define FEATURE(uri, member)
#define PROMISE(uri)
#define OPTION(uri, type, member) add_option(f, &n, uri, type, sizeof f->member, &f->member);
#include "offers.def"
}

static void fill_features(struct features *f) {
    int n = 0;
#define FEATURE(uri, member) add(f, &n, uri, &f->member);
#define PROMISE(uri) add(f, &n, uri, NULL);
#define OPTION(uri, type, member)
#include "offers.def"
}

void features_init(struct features *f, double rate, size_t sequence_bytes, const char *folder,
                   struct work *work) {
    *f = (struct features){.map = {NULL, host_map},
                           .unmap = {NULL, host_unmap},
                           .old_map = {NULL, old_map},
                           .log = {NULL, log_format, log_args},
                           .schedule = {work, schedule_work},
                           .rate = (float)rate,
                           .block = WIRE_BLOCK,
                           .sequence_bytes = (int32_t)sequence_bytes,
                           .folder = folder};
    fill_options(f);
    paths_fill(f);
    fill_features(f);
}
