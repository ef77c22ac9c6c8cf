// SPDX-License-Identifier: GPL-3.0-or-later
// A host that gives every buffer exactly its size, between pages that nobody may touch: whoever
// reads or writes a byte more falls.
#include "host.h"

#include <lv2/atom/forge.h>
#include <lv2/patch/patch.h>
#include <lv2/time/time.h>
#include <signal.h>
#include <sys/mman.h>

enum { RATE = 48000, PAGE = 4096, MOST = 4096, MOST_HOSTS = 256 };

struct fenced {
    uint8_t *from, *to; // what may be touched
};

static struct fenced fenced_create(size_t least) {
    const size_t size = (least + PAGE - 1) / PAGE * PAGE;
    uint8_t *p = mmap(NULL, size + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(p != MAP_FAILED);
    assert_int_equal(mprotect(p + PAGE, size, PROT_READ | PROT_WRITE), 0);
    return (struct fenced){p + PAGE, p + PAGE + size};
}

static void fenced_destroy(struct fenced f) {
    munmap(f.from - PAGE, (size_t)(f.to - f.from) + 2 * PAGE);
}

// A plug-in and a buffer for each of its ports.
struct yard {
    struct host *host;
    struct fenced ports[HOST_PORTS];
};

static const char *running = "";

static void fell(int signal_number) {
    (void)signal_number;
    static const char text[] = " touched what is beyond a buffer\n";
    (void)!write(2, running, strlen(running));
    (void)!write(2, text, sizeof text - 1);
    _exit(1);
}

static void yard_open(struct yard *y, const struct ton_processor *p, int channels) {
    y->host = host_create(p, channels, RATE, true);
    for (int i = 0; i < y->host->n_ports; i++) {
        y->ports[i] = fenced_create(MOST * sizeof(float));
        if (!y->host->is_control[i])
            continue;
        float *at = (float *)(void *)y->ports[i].to - 1;
        *at = y->host->controls[i];
        lilv_instance_connect_port(y->host->instance, (uint32_t)i, at);
    }
    host_activate(y->host);
}

static void yard_close(struct yard *y) {
    for (int i = 0; i < y->host->n_ports; i++)
        fenced_destroy(y->ports[i]);
    host_destroy(y->host);
}

// The time and a question for the files; ends where the fence begins.
static void write_events(struct yard *y, int port, int frames) {
    _Alignas(8) uint8_t text[512];
    LV2_Atom_Forge forge;
    LV2_Atom_Forge_Frame sequence, object;
    lv2_atom_forge_init(&forge, &y->host->mapper);
    lv2_atom_forge_set_buffer(&forge, text, sizeof text);
    lv2_atom_forge_sequence_head(&forge, &sequence, 0);
    lv2_atom_forge_frame_time(&forge, 0);
    lv2_atom_forge_object(&forge, &object, 0, host_map(NULL, LV2_PATCH__Get));
    lv2_atom_forge_pop(&forge, &object);
    lv2_atom_forge_frame_time(&forge, frames > 0 ? frames - 1 : 0);
    lv2_atom_forge_object(&forge, &object, 0, host_map(NULL, LV2_TIME__Position));
    lv2_atom_forge_key(&forge, host_map(NULL, LV2_TIME__beatsPerMinute));
    lv2_atom_forge_float(&forge, 90);
    lv2_atom_forge_pop(&forge, &object);
    lv2_atom_forge_pop(&forge, &sequence);
    const size_t size = sizeof(LV2_Atom) + ((LV2_Atom *)(void *)text)->size;
    memcpy(y->ports[port].to - size, text, size);
    lilv_instance_connect_port(y->host->instance, (uint32_t)port, y->ports[port].to - size);
}

// Room for `room` bytes behind the atom's head, and not one more.
static LV2_Atom *give_room(struct yard *y, int port, uint32_t room) {
    LV2_Atom *atom = (LV2_Atom *)(void *)(y->ports[port].to - room - sizeof(LV2_Atom));
    *atom = (LV2_Atom){room, 0};
    lilv_instance_connect_port(y->host->instance, (uint32_t)port, atom);
    return atom;
}

// Blocks of every kind, in turns at the end and at the start of what may be touched. Returns
// whether the plug-in said something.
static bool yard_run(struct yard *y, int k) {
    static const int blocks[] = {1024, 0, 1, 64, 777, 512, 513, MOST, 33, 128};
    const int frames = blocks[k % TON_N(blocks)];
    const uint32_t room = (uint32_t)(k * 8 % 320);
    LV2_Atom *notify = NULL;
    running = y->host->processor->id;
    for (int i = 0; i < y->host->n_ports; i++) {
        float *end = (float *)(void *)y->ports[i].to;
        float *at = k % 2 ? (float *)(void *)y->ports[i].from : end - frames;
        if (y->host->is_audio[i]) {
            for (int n = 0; n < frames; n++)
                at[n] = y->host->is_input[i] ? 0.1F * (float)(n % 7 - 3) : NAN;
            lilv_instance_connect_port(y->host->instance, (uint32_t)i, at);
        } else if (!y->host->is_control[i] && y->host->is_input[i]) {
            write_events(y, i, frames);
        } else if (!y->host->is_control[i]) {
            notify = give_room(y, i, room);
        }
    }
    host_step(y->host, frames);
    host_work(y->host);
    return notify && notify->size > sizeof(LV2_Atom_Sequence_Body) && notify->size <= room;
}

static void nothing_beyond_a_buffer_is_touched(void **unused) {
    (void)unused;
    static struct yard yards[MOST_HOSTS];
    int n = 0, ports = 0, told = 0;
    signal(SIGSEGV, fell);
    for_each_plugin(p, channels) {
        assert_in_range(n, 0, MOST_HOSTS - 1);
        yard_open(&yards[n++], p, channels);
        ports += yards[n - 1].host->n_ports;
    }
    for (int k = 0; k < 80; k++)
        for (int i = 0; i < n; i++)
            told += yard_run(&yards[i], k);
    for (int i = 0; i < n; i++)
        yard_close(&yards[i]);
    figure("%d plug-ins at once, %d fenced ports, 80 blocks each; files told %d times", n, ports,
           told);
    assert_true(told > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_beyond_a_buffer_is_touched),
    };
    return cmocka_run_group_tests(tests, host_open, host_close);
}
