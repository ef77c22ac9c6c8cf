/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written into a plug-in's event ports before a block: parameters that are set by message,
 * the time, notes. */
#include "host.h"

#include <lv2/atom/atom.h>
#include <lv2/midi/midi.h>
#include <lv2/patch/patch.h>
#include <lv2/time/time.h>

/* A parameter that moved waits in its port's buffer until the block runs. */
static void begin_sequence(const struct instance *instance, int port) {
    LV2_Atom_Sequence *sequence = (LV2_Atom_Sequence *)instance->atoms[port];
    sequence->atom.type = host_map(NULL, LV2_ATOM__Sequence);
    sequence->atom.size = sizeof(LV2_Atom_Sequence_Body);
    sequence->body.unit = 0;
    sequence->body.pad = 0;
}

/* The forge goes on behind what the sequence holds. False where there is no room for one more
 * message: a plug-in that takes so few misses some. */
static bool go_on(LV2_Atom_Forge *forge, const struct host *h, const struct instance *instance,
                  int port) {
    enum { MESSAGE = 256 };
    uint8_t *buffer = (uint8_t *)instance->atoms[port];
    const size_t used = sizeof(LV2_Atom) + instance->atoms[port]->size;
    const size_t bytes = h->plug->ports[port].bytes;
    if (used + MESSAGE > bytes)
        return false;
    lv2_atom_forge_init(forge, (LV2_URID_Map *)&instance->features.map);
    lv2_atom_forge_set_buffer(forge, buffer + used, bytes - used);
    return true;
}

static void keep(const LV2_Atom_Forge *forge, const struct instance *instance, int port) {
    instance->atoms[port]->size += forge->offset;
}

void messages_begin(struct host *h, struct instance *instance) {
    for (int i = 0; i < h->plug->n_ports; i++) {
        const struct port *port = &h->plug->ports[i];
        if (port->kind == PORT_ATOM_IN)
            begin_sequence(instance, i);
        if (port->kind == PORT_ATOM_OUT) {
            instance->atoms[i]->type = host_map(NULL, LV2_ATOM__Chunk);
            instance->atoms[i]->size = (uint32_t)(port->bytes - sizeof(LV2_Atom));
        }
    }
}

static void put_value(LV2_Atom_Forge *forge, const char *type, float value) {
    if (strcmp(type, LV2_ATOM__Int) == 0)
        lv2_atom_forge_int(forge, (int32_t)lrintf(value));
    else if (strcmp(type, LV2_ATOM__Long) == 0)
        lv2_atom_forge_long(forge, (int64_t)lrintf(value));
    else if (strcmp(type, LV2_ATOM__Bool) == 0)
        lv2_atom_forge_bool(forge, value >= 0.5F);
    else if (strcmp(type, LV2_ATOM__Double) == 0)
        lv2_atom_forge_double(forge, (double)value);
    else
        lv2_atom_forge_float(forge, value);
}

static void put_parameter(const struct host *h, const struct instance *instance, int port, int row,
                          float value) {
    const struct control *control = &h->plug->controls[row];
    LV2_Atom_Forge forge;
    LV2_Atom_Forge_Frame frame;
    if (!go_on(&forge, h, instance, port))
        return;
    lv2_atom_forge_frame_time(&forge, 0);
    lv2_atom_forge_object(&forge, &frame, 0, host_map(NULL, LV2_PATCH__Set));
    lv2_atom_forge_key(&forge, host_map(NULL, LV2_PATCH__property));
    lv2_atom_forge_urid(&forge, host_map(NULL, control->parameter));
    lv2_atom_forge_key(&forge, host_map(NULL, LV2_PATCH__value));
    put_value(&forge, control->type, value);
    lv2_atom_forge_pop(&forge, &frame);
    keep(&forge, instance, port);
}

/* To the port that is named for control, or else the first that understands it. */
static int message_port(const struct plug *plug) {
    int found = -1;
    for (int i = plug->n_ports - 1; i >= 0; i--)
        if (plug->ports[i].kind == PORT_ATOM_IN && plug->ports[i].patch &&
            (found < 0 || plug->ports[i].control || !plug->ports[found].control))
            found = i;
    return found;
}

void messages_parameter(struct host *h, int row, float value) {
    const int port = message_port(h->plug);
    for (int i = 0; i < h->n_instances && port >= 0; i++)
        put_parameter(h, &h->instances[i], port, row, value);
}

static void put_number(LV2_Atom_Forge *forge, const char *key, float value) {
    lv2_atom_forge_key(forge, host_map(NULL, key));
    lv2_atom_forge_float(forge, value);
}

static void put_place(const struct host *h, const struct instance *instance, int port,
                      const struct place *place) {
    LV2_Atom_Forge forge;
    LV2_Atom_Forge_Frame frame;
    if (!go_on(&forge, h, instance, port))
        return;
    lv2_atom_forge_frame_time(&forge, place->frame - h->frame);
    lv2_atom_forge_object(&forge, &frame, 0, host_map(NULL, LV2_TIME__Position));
    lv2_atom_forge_key(&forge, host_map(NULL, LV2_TIME__frame));
    lv2_atom_forge_long(&forge, place->frame);
    put_number(&forge, LV2_TIME__speed, 1.0F);
    put_number(&forge, LV2_TIME__beatsPerMinute, (float)place->tempo);
    if (place->beats > 0) {
        lv2_atom_forge_key(&forge, host_map(NULL, LV2_TIME__bar));
        lv2_atom_forge_long(&forge, place->bar);
        put_number(&forge, LV2_TIME__barBeat, (float)place->beat);
        put_number(&forge, LV2_TIME__beatsPerBar, (float)place->beats);
        lv2_atom_forge_key(&forge, host_map(NULL, LV2_TIME__beatUnit));
        lv2_atom_forge_int(&forge, place->unit);
    }
    lv2_atom_forge_pop(&forge, &frame);
    keep(&forge, instance, port);
}

static void put_note(const struct host *h, const struct instance *instance, int port,
                     const struct note *note) {
    LV2_Atom_Forge forge;
    if (!go_on(&forge, h, instance, port))
        return;
    lv2_atom_forge_frame_time(&forge, note->frame - h->frame);
    lv2_atom_forge_atom(&forge, note->n, host_map(NULL, LV2_MIDI__MidiEvent));
    lv2_atom_forge_write(&forge, note->bytes, note->n);
    keep(&forge, instance, port);
}

/* Notes, and where the music is, in the order of time. The place is said at the start and at every
 * frame at which tempo or meter change: from there on it goes by itself. */
static void put_events(const struct host *h, const struct instance *instance, int i) {
    const struct port *port = &h->plug->ports[i];
    const int64_t end = h->frame + WIRE_BLOCK;
    const struct score *s = &h->score;
    size_t next = place_index(h, instance->told_time ? h->frame : h->frame + 1);
    size_t note = score_at(s, h->frame);
    const struct place now = place_at(h, h->frame);
    if (port->time && !instance->told_time)
        put_place(h, instance, i, &now);
    for (;;) {
        const int64_t place_frame = port->time && next < h->n_places ? h->places[next].frame : end;
        const int64_t note_frame = port->midi && note < s->n ? s->notes[note].frame : end;
        if (place_frame >= end && note_frame >= end)
            return;
        if (place_frame <= note_frame)
            put_place(h, instance, i, &h->places[next++]);
        else
            put_note(h, instance, i, &s->notes[note++]);
    }
}

void messages_end(struct host *h, struct instance *instance) {
    for (int i = 0; i < h->plug->n_ports; i++)
        if (h->plug->ports[i].kind == PORT_ATOM_IN)
            put_events(h, instance, i);
    instance->told_time = true;
}
