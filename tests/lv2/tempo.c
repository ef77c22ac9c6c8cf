// SPDX-License-Identifier: GPL-3.0-or-later
// Times and rates in note values follow the host's tempo, and are those that sessions make of them.
#include "host.h"

#include <lv2/atom/forge.h>
#include <lv2/time/time.h>

enum { RATE = 48000, BLOCK = 128 };

// A time in note values, by the tempo control and by the host's position, is that time in ms.
static void write_position(struct host *h, uint8_t *to, size_t size, float bpm, int frame) {
    LV2_Atom_Forge forge;
    LV2_Atom_Forge_Frame sequence, object;
    lv2_atom_forge_init(&forge, &h->mapper);
    lv2_atom_forge_set_buffer(&forge, to, size);
    lv2_atom_forge_sequence_head(&forge, &sequence, 0);
    if (bpm > 0) {
        lv2_atom_forge_frame_time(&forge, frame);
        lv2_atom_forge_object(&forge, &object, 0, host_map(NULL, LV2_TIME__Position));
        lv2_atom_forge_key(&forge, host_map(NULL, LV2_TIME__beatsPerMinute));
        lv2_atom_forge_float(&forge, bpm);
        lv2_atom_forge_pop(&forge, &object);
    }
    lv2_atom_forge_pop(&forge, &sequence);
}

static void note_values_follow_the_tempo(void **unused) {
    (void)unused;
    enum { LENGTH = 300000 };
    const struct ton_processor *p = ton_processor_find("delay", NULL);
    struct audio in = audio_noise(2, LENGTH, 0.5, 9);
    struct audio out[3];
    for (int way = 0; way < 3; way++) {
        _Alignas(8) uint8_t events[512];
        struct host *h = host_create(p, 2, RATE, false);
        out[way] = audio_create(2, LENGTH);
        write_position(h, events, sizeof events, 0, 0);
        lilv_instance_connect_port(h->instance, (uint32_t)host_port(h, "lv2_control"), events);
        if (way == 0)
            host_set(h, "time", 300);
        else
            host_set(h, "time_note", 11); // 1/8
        host_set(h, "lv2_tempo", way == 1 ? 100 : 120);
        host_activate(h);
        host_run_on(h, &out[way], &in, 0, 48000, BLOCK);
        if (way == 0)
            host_set(h, "time", 600);
        else if (way == 1)
            host_set(h, "lv2_tempo", 50);
        else
            write_position(h, events, sizeof events, 50, 0);
        host_run_on(h, &out[way], &in, 48000, LENGTH, BLOCK);
        host_destroy(h);
    }
    int differs = 0;
    for (int i = 0; i < LENGTH; i++)
        differs += out[1].at[0][i] != out[0].at[0][i];
    figure("%d samples differ from a time in ms", differs);
    assert_int_equal(differs, 0);
    // By position it begins with 120 and ends as the others, once the loop has forgotten.
    double rest = 0;
    for (int i = LENGTH - 2000; i < LENGTH; i++)
        rest = fmax(rest, fabs((double)out[2].at[0][i] - (double)out[0].at[0][i]));
    assert_true(rest < 0.02);
    assert_true(memcmp(out[2].at[0], out[0].at[0], sizeof(float) * 48000) != 0);
    for (int way = 0; way < 3; way++)
        audio_destroy(&out[way]);
    audio_destroy(&in);
}

// What a processor makes of the note itself at the tempo, as a session hands it over.
static void check_note(const struct ton_processor *p, int at, const struct ton_row *row, int note,
                       float bpm) {
    enum { LENGTH = 24000 };
    static const float beats[] = {-1.0F / 24, -0.25F, -2.0F / 3, -2, -4}; // 1/64t … 1/1
    static const int ports[] = {1, 8, 12, 17, 20};
    char symbol[64];
    float params[MAX_PARAMS];
    struct audio in = audio_noise(2, LENGTH, 0.5, 10), out = audio_create(2, LENGTH);
    struct audio own = audio_create(2, LENGTH);
    struct host *h = host_create(p, 2, RATE, false);
    setting(params, p, SETTING_DEFAULT);
    host_set_all(h, params);
    snprintf(symbol, sizeof symbol, "%s_note", row->key);
    host_set(h, symbol, (float)ports[note]);
    host_set(h, "lv2_tempo", bpm);
    host_activate(h);
    host_run_on(h, &out, &in, 0, LENGTH, BLOCK);
    // The value in the row's unit gives the same bits; the note itself the same sound.
    const double seconds = -60.0 * (double)beats[note] / (double)bpm;
    params[at] = (float)(row->unit == TON_UNIT_HZ ? 1 / seconds : 1000 * seconds);
    for (int as_note = 0; as_note < 2; as_note++) {
        struct ton_config config = rig_config(RATE, 2, BLOCK);
        config.tempo = (double)bpm;
        if (as_note)
            params[at] = beats[note];
        struct rig r = rig_create(p, config, params);
        double miss = 0;
        for (int done = 0; done < LENGTH; done += BLOCK)
            rig_step(&r, &own, &in, NULL, done, BLOCK < LENGTH - done ? BLOCK : LENGTH - done);
        for (int i = 0; i < LENGTH; i++)
            miss = fmax(miss, fabs((double)own.at[1][i] - (double)out.at[1][i]));
        if (miss > (as_note ? 1e-3 : 0))
            fail_msg("%s: `%s` %g at %g bpm misses its own by %g", p->id, symbol,
                     (double)ports[note], (double)bpm, miss);
        rig_destroy(&r);
    }
    host_destroy(h);
    audio_destroy(&in);
    audio_destroy(&out);
    audio_destroy(&own);
}

static void notes_are_the_times_and_rates_that_sessions_make_of_them(void **unused) {
    (void)unused;
    int n_rows = 0, n_hz = 0;
    for_each_processor(p) {
        for (int i = 0, at = 0; i < p->n_rows; at += ton_row_floats(&p->rows[i++])) {
            if (p->rows[i].kind != TON_TIME_NOTE)
                continue;
            for (int note = 0; note < 5; note++)
                for (int fast = 0; fast < 2; fast++)
                    check_note(p, at, &p->rows[i], note, fast ? 174.0F : 90.0F);
            n_rows++;
            n_hz += p->rows[i].unit == TON_UNIT_HZ;
        }
    }
    figure("%d rows in note values, %d of them rates in Hz", n_rows, n_hz);
    assert_true(n_rows >= 5 && n_hz >= 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(note_values_follow_the_tempo),
        cmocka_unit_test(notes_are_the_times_and_rates_that_sessions_make_of_them),
    };
    return cmocka_run_group_tests(tests, host_open, host_close);
}
