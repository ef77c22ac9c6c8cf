// SPDX-License-Identifier: GPL-3.0-or-later
// A file that a host sets by message is loaded, told back, and in the state that is saved.
#include "host.h"

#include <lv2/atom/forge.h>
#include <lv2/atom/util.h>
#include <lv2/patch/patch.h>

enum { RATE = 48000, LENGTH = 24000, BLOCK = 480, ROOM = 1024 };

#define RESPONSE "urn:tonmeister:lv2:convolver#response"

struct desk {
    struct host *host;
    struct audio in, out;
    _Alignas(8) uint8_t asks[ROOM], tells[ROOM + sizeof(LV2_Atom)];
    LV2_Atom_Forge forge;
    LV2_Atom_Forge_Frame sequence;
    int done;
};

static void desk_open(struct desk *d) {
    d->host = host_create(ton_processor_find("convolver", NULL), 2, RATE, true);
    host_restore(d->host, ""); // what the rig gave is taken away
    d->in = audio_noise(2, LENGTH, 0.3, 5);
    d->out = audio_create(2, LENGTH);
    d->done = 0;
    lv2_atom_forge_init(&d->forge, &d->host->mapper);
    host_activate(d->host);
}

static void desk_close(struct desk *d) {
    audio_destroy(&d->in);
    audio_destroy(&d->out);
    host_destroy(d->host);
}

static void ask_nothing(struct desk *d) {
    lv2_atom_forge_set_buffer(&d->forge, d->asks, sizeof d->asks);
    lv2_atom_forge_sequence_head(&d->forge, &d->sequence, 0);
}

static void ask_set(struct desk *d, const char *property, const char *type, const char *value) {
    LV2_Atom_Forge_Frame object;
    lv2_atom_forge_frame_time(&d->forge, 7);
    lv2_atom_forge_object(&d->forge, &object, 0, host_map(NULL, LV2_PATCH__Set));
    lv2_atom_forge_key(&d->forge, host_map(NULL, LV2_PATCH__property));
    lv2_atom_forge_urid(&d->forge, host_map(NULL, property));
    lv2_atom_forge_key(&d->forge, host_map(NULL, LV2_PATCH__value));
    lv2_atom_forge_typed_string(&d->forge, host_map(NULL, type), value, (uint32_t)strlen(value));
    lv2_atom_forge_pop(&d->forge, &object);
}

static void ask_get(struct desk *d) {
    LV2_Atom_Forge_Frame object;
    lv2_atom_forge_frame_time(&d->forge, 0);
    lv2_atom_forge_object(&d->forge, &object, 0, host_map(NULL, LV2_PATCH__Get));
    lv2_atom_forge_pop(&d->forge, &object);
}

// Runs a block with what was asked; gives how many files are told, the last of them in `told`.
// Whatever the room, what is there is whole.
static int run_block(struct desk *d, char told[512], uint32_t room) {
    lv2_atom_forge_pop(&d->forge, &d->sequence);
    memset(d->tells, 0x55, sizeof d->tells);
    LV2_Atom_Sequence *tells = (LV2_Atom_Sequence *)(void *)d->tells;
    tells->atom = (LV2_Atom){room, host_map(NULL, LV2_ATOM__Chunk)};
    lilv_instance_connect_port(d->host->instance, (uint32_t)host_port(d->host, "lv2_control"),
                               d->asks);
    lilv_instance_connect_port(d->host->instance, (uint32_t)host_port(d->host, "lv2_notify"),
                               tells);
    host_run(d->host, &d->out, &d->in, NULL, d->done, BLOCK);
    d->done = (d->done + BLOCK) % (LENGTH - BLOCK);
    host_work(d->host);
    for (uint32_t i = room + sizeof(LV2_Atom); i < sizeof d->tells; i++)
        assert_int_equal(d->tells[i], 0x55);
    ask_nothing(d);
    int n = 0;
    if (tells->atom.type != host_map(NULL, LV2_ATOM__Sequence))
        return 0;
    assert_true(tells->atom.size <= room);
    LV2_ATOM_SEQUENCE_FOREACH(tells, event) {
        const LV2_Atom *property = NULL, *value = NULL;
        const uint8_t *end = d->tells + sizeof(LV2_Atom) + tells->atom.size;
        assert_true((const uint8_t *)(event + 1) + event->body.size <= end);
        lv2_atom_object_get((const LV2_Atom_Object *)&event->body,
                            host_map(NULL, LV2_PATCH__property), &property,
                            host_map(NULL, LV2_PATCH__value), &value, 0);
        assert_true(property && value && value->type == host_map(NULL, LV2_ATOM__Path));
        assert_int_equal(((const LV2_Atom_URID *)property)->body, host_map(NULL, RESPONSE));
        snprintf(told, 512, "%s", (const char *)LV2_ATOM_BODY_CONST(value));
        n++;
    }
    return n;
}

// Of the last block from what went in.
static double difference(const struct desk *d) {
    double most = 0;
    for (int i = d->done - BLOCK; i < d->done; i++)
        most = fmax(most, fabs((double)d->out.at[0][i] - (double)d->in.at[0][i]));
    return most;
}

static void save(struct desk *d, struct host_state *to) {
    const LV2_State_Interface *state =
        lilv_instance_get_extension_data(d->host->instance, LV2_STATE__interface);
    *to = (struct host_state){.n = 0};
    assert_int_equal(state->save(lilv_instance_get_handle(d->host->instance), host_store, to, 0,
                                 host_state_features),
                     LV2_STATE_SUCCESS);
}

static void a_file_that_is_set_is_heard_told_and_saved(void **unused) {
    (void)unused;
    struct desk d;
    struct host_state saved;
    char path[256], told[512] = "", kept[512];
    desk_open(&d);
    host_write_room(path, RATE);
    ask_nothing(&d);
    run_block(&d, told, ROOM); // what was restored is told
    assert_string_equal(told, "");
    assert_int_equal(run_block(&d, told, ROOM), 0);
    const double dry = difference(&d);
    ask_set(&d, RESPONSE, LV2_ATOM__Path, path);
    assert_int_equal(run_block(&d, told, ROOM), 1);
    assert_string_equal(told, path);
    save(&d, &saved); // at once: it may be the last block
    assert_int_equal(run_block(&d, told, ROOM), 0);
    ask_get(&d);
    assert_int_equal(run_block(&d, told, ROOM), 1);
    assert_string_equal(told, path);
    snprintf(kept, sizeof kept, "%s%s", HOST_OWN_NAME, path);
    assert_int_equal(saved.n, 1);
    assert_string_equal(saved.value, kept);
    assert_int_equal(saved.property, host_map(NULL, RESPONSE));
    for (int i = 0; i < 30; i++)
        run_block(&d, told, ROOM);
    figure("told and saved as %s; before it differs by %.2f from what goes in, then by %.2f", path,
           dry, difference(&d));
    assert_true(dry == 0 && difference(&d) > 0.01);
    desk_close(&d);
}

static void what_is_no_file_of_ours_is_left_alone(void **unused) {
    (void)unused;
    struct desk d;
    char told[512] = "";
    desk_open(&d);
    ask_nothing(&d);
    run_block(&d, told, ROOM);
    ask_set(&d, RESPONSE "s", LV2_ATOM__Path, "/somewhere.wav");
    assert_int_equal(run_block(&d, told, ROOM), 0);
    ask_set(&d, RESPONSE, LV2_ATOM__URI, "/somewhere.wav");
    assert_int_equal(run_block(&d, told, ROOM), 0);
    ask_get(&d);
    assert_int_equal(run_block(&d, told, ROOM), 1);
    assert_string_equal(told, "");
    desk_close(&d);
}

// In any room there stands a whole message or none, and one that found none comes when it does.
static void what_has_no_room_is_told_when_there_is(void **unused) {
    (void)unused;
    struct desk d;
    char told[512] = "", path[] = "/a/path/of/some/length/that/is/told.wav";
    int least = 0;
    desk_open(&d);
    ask_nothing(&d);
    run_block(&d, told, ROOM);
    for (uint32_t room = 0; room < 200; room++) {
        ask_set(&d, RESPONSE, LV2_ATOM__Path, path);
        const int at_once = run_block(&d, told, room);
        told[0] = '\0';
        assert_int_equal(at_once + run_block(&d, told, ROOM), 1);
        if (!at_once)
            assert_string_equal(told, path);
        least = at_once && !least ? (int)room : least;
        path[2] = (char)('a' + room % 26);
    }
    figure("told at once in %d bytes of room and more", least);
    assert_in_range(least, 100, 160);
    desk_close(&d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_is_set_is_heard_told_and_saved),
        cmocka_unit_test(what_is_no_file_of_ours_is_left_alone),
        cmocka_unit_test(what_has_no_room_is_told_when_there_is),
    };
    return cmocka_run_group_tests(tests, host_open, host_close);
}
