/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events of the host: its tempo, and files that somebody chose. */
#include "shim.h"

#include <lv2/patch/patch.h>
#include <lv2/time/time.h>

void events_map(struct shim *s) {
    struct urids *u = &s->urids;
    const struct {
        LV2_URID *to;
        const char *uri;
    } wanted[] = {
        {&u->atom_double, LV2_ATOM__Double},
        {&u->atom_float, LV2_ATOM__Float},
        {&u->atom_int, LV2_ATOM__Int},
        {&u->atom_long, LV2_ATOM__Long},
        {&u->atom_path, LV2_ATOM__Path},
        {&u->atom_string, LV2_ATOM__String},
        {&u->patch_get, LV2_PATCH__Get},
        {&u->patch_property, LV2_PATCH__property},
        {&u->patch_set, LV2_PATCH__Set},
        {&u->patch_value, LV2_PATCH__value},
        {&u->time_beats_per_minute, LV2_TIME__beatsPerMinute},
        {&u->time_position, LV2_TIME__Position},
    };
    for (int i = 0; i < TON_N(wanted); i++)
        *wanted[i].to = s->map->map(s->map->handle, wanted[i].uri);
    for (int i = 0; i < s->plugin.n_files; i++) {
        char uri[PLUGIN_MOST_URI];
        u->files[i] = s->map->map(s->map->handle, plugin_file_uri(uri, &s->plugin, i));
    }
    lv2_atom_forge_init(&s->forge, s->map);
}

static const LV2_Atom_Sequence *sequence(const struct shim *s, enum port_kind kind) {
    for (int i = 0; i < s->plugin.n_ports; i++)
        if (s->plugin.ports[i].kind == kind)
            return s->at[i];
    return NULL;
}

static const LV2_Atom_Event *not_past(const struct shim *s, const LV2_Atom_Event *event) {
    const LV2_Atom_Sequence *all = sequence(s, PORT_EVENTS);
    return lv2_atom_sequence_is_end(&all->body, all->atom.size, event) ? NULL : event;
}

void events_begin(struct shim *s) {
    const LV2_Atom_Sequence *all = s->map ? sequence(s, PORT_EVENTS) : NULL;
    s->event = all ? not_past(s, lv2_atom_sequence_begin(&all->body)) : NULL;
}

static double number_of(const struct shim *s, const LV2_Atom *atom) {
    if (atom->type == s->urids.atom_float)
        return (double)((const LV2_Atom_Float *)atom)->body;
    if (atom->type == s->urids.atom_double)
        return ((const LV2_Atom_Double *)atom)->body;
    if (atom->type == s->urids.atom_int)
        return ((const LV2_Atom_Int *)atom)->body;
    return atom->type == s->urids.atom_long ? (double)((const LV2_Atom_Long *)atom)->body : 0;
}

/* Hosts count quarter notes here, whatever they say a beat is. */
static void take_position(struct shim *s, const LV2_Atom_Object *object) {
    const LV2_Atom *tempo = NULL;
    lv2_atom_object_get(object, s->urids.time_beats_per_minute, &tempo, 0);
    const double bpm = tempo ? number_of(s, tempo) : 0;
    if (bpm > 0 && bpm < 10000) {
        s->tempo = (float)bpm;
        controls_read(s);
    }
}

static void take_file(struct shim *s, int file, const LV2_Atom *value) {
    const char *path = LV2_ATOM_BODY_CONST(value);
    const size_t n = strnlen(path, value->size);
    if ((value->type != s->urids.atom_path && value->type != s->urids.atom_string) ||
        n >= UNIT_MOST_PATH)
        return;
    memset(s->files[file], 0, UNIT_MOST_PATH);
    memcpy(s->files[file], path, n);
    s->unpublished = s->tells = true;
}

static void take_set(struct shim *s, const LV2_Atom_Object *object) {
    const LV2_Atom *property = NULL, *value = NULL;
    lv2_atom_object_get(object, s->urids.patch_property, &property, s->urids.patch_value, &value,
                        0);
    if (!property || !value || property->size != sizeof(LV2_URID))
        return;
    for (int i = 0; i < s->plugin.n_files; i++)
        if (((const LV2_Atom_URID *)property)->body == s->urids.files[i])
            take_file(s, i, value);
}

static void take(struct shim *s, const LV2_Atom *atom) {
    const LV2_Atom_Object *object = (const LV2_Atom_Object *)atom;
    if (!lv2_atom_forge_is_object_type(&s->forge, atom->type))
        return;
    if (object->body.otype == s->urids.time_position)
        take_position(s, object);
    else if (object->body.otype == s->urids.patch_set)
        take_set(s, object);
    else if (object->body.otype == s->urids.patch_get)
        s->tells = true;
}

int events_until(struct shim *s, uint32_t done, int most) {
    while (s->event && s->event->time.frames <= (int64_t)done) {
        take(s, &s->event->body);
        s->event = not_past(s, lv2_atom_sequence_next(s->event));
    }
    const int64_t left = s->event ? s->event->time.frames - (int64_t)done : most;
    return left < most ? (int)left : most;
}

/* False where the host gave no room for the whole message. */
static bool tell_file(struct shim *s, int file) {
    LV2_Atom_Forge_Frame frame;
    LV2_Atom_Forge *f = &s->forge;
    const uint32_t length = (uint32_t)strlen(s->files[file]);
    /* time, object, two keys, a number, the head of the path */
    const uint32_t needed = 8 + 16 + 2 * 8 + 16 + 8 + lv2_atom_pad_size(length + 1);
    if (f->size - f->offset < needed)
        return false;
    lv2_atom_forge_frame_time(f, 0);
    lv2_atom_forge_object(f, &frame, 0, s->urids.patch_set);
    lv2_atom_forge_key(f, s->urids.patch_property);
    lv2_atom_forge_urid(f, s->urids.files[file]);
    lv2_atom_forge_key(f, s->urids.patch_value);
    lv2_atom_forge_path(f, s->files[file], length);
    lv2_atom_forge_pop(f, &frame);
    return true;
}

void events_end(struct shim *s, uint32_t frames) {
    LV2_Atom_Forge_Frame frame;
    events_until(s, frames, 0);
    LV2_Atom_Sequence *to = (LV2_Atom_Sequence *)sequence(s, PORT_TELLS);
    if (!to || !s->map)
        return;
    lv2_atom_forge_set_buffer(&s->forge, (uint8_t *)to, to->atom.size);
    bool told = lv2_atom_forge_sequence_head(&s->forge, &frame, 0) != 0;
    for (int i = 0; told && s->tells && i < s->plugin.n_files; i++)
        told = tell_file(s, i);
    s->tells = s->tells && !told; /* what had no room is told in the next block */
    lv2_atom_forge_pop(&s->forge, &frame);
}
