/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roles, track names and sides from file names as engineers write them. */

#include "promise.h"

#include "ton/arena.h"
#include "ton/import.h"
#include "ton/text.h"

static void names_mean_what_engineers_mean(void **state) {
    (void)state;
    static const struct {
        const char *file, *role;
    } rows[] = {
        {"01_Kick In.wav", "drums.kick"},
        {"02 Kick Out.wav", "drums.kick"},
        {"BD.wav", "drums.kick"},
        {"kdruml.flac", "drums.kick"},
        {"SNR btm", "drums.snare"},
        {"SnareTop_03.wav", "drums.snare"},
        {"HH.wav", "drums.hihat"},
        {"alt-hats.flac", "drums.hihat"},
        {"OH_L.wav", "drums.overheads"},
        {"ohr.flac", "drums.overheads"},
        {"tom4.flac", "drums.toms"},
        {"Floor Tom.wav", "drums.toms"},
        {"rider.flac", "drums.cymbals"},
        {"garage-beat.flac", "drums.loop"},
        {"Drum Room L.wav", "drums.room"},
        {"trigger.flac", "drums.trigger"},
        {"Tamb.wav", "percussion.tambourine"},
        {"Bss", "bass"},
        {"Bass DI.wav", "bass"},
        {"04_BassAmp.wav", "bass"},
        {"Synth Bass.wav", "bass.synth"},
        {"Gtr DI", "guitars"},
        {"Ac Gtr 2.wav", "guitars.acoustic"},
        {"Lead Gtr.wav", "guitars"},
        {"Pno_R.wav", "keys.piano"},
        {"Rhodes.aif", "keys.electric piano"},
        {"minilogue-synth.flac", "synths"},
        {"LV dbl", "vocals.double"},
        {"LV.wav", "vocals.lead"},
        {"vox-lead.flac", "vocals.lead"},
        {"Lead Vox.wav", "vocals.lead"},
        {"BV hi", "vocals.backing"},
        {"bgvox-harmony.flac", "vocals.backing"},
        {"Choir L.wav", "vocals.choir"},
        {"Alto Sax.wav", "winds.saxophone"},
        {"VLN 1.wav", "strings.violin"},
        {"host.flac", "speech.host"},
        {"guest-a.flac", "speech.guest"},
        {"ambl.flac", "ambience"},
        {"CLICK.wav", "click"},
        {"Song Rough Mix.wav", "reference"},
        {"audio_03.wav", NULL},
        {"XZ7.wav", NULL},
    };
    struct ton_arena *arena = ton_arena_create();
    int wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct ton_role_guess guess = ton_role_guess(arena, rows[i].file);
        const bool right = ton_text_same(guess.role, rows[i].role);
        wrong += !right;
        if (!right)
            figure("%s: %s, expected %s", rows[i].file, guess.role ? guess.role : "none",
                   rows[i].role ? rows[i].role : "none");
    }
    figure("%zu names, %d wrong", sizeof rows / sizeof *rows, wrong);
    ton_arena_destroy(arena);
    assert_int_equal(wrong, 0);
}

static void a_click_and_a_rough_mix_belong_to_no_mix(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    assert_true(ton_role_guess(arena, "Click.wav").reference);
    assert_true(ton_role_guess(arena, "rough mix v3.wav").reference);
    assert_false(ton_role_guess(arena, "Kick.wav").reference);
    ton_arena_destroy(arena);
}

static void track_names_lose_numbers_and_underscores(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    assert_string_equal(ton_track_name(arena, "/x/01_Kick In.wav"), "Kick In");
    assert_string_equal(ton_track_name(arena, "07 - Gtr__DI.flac"), "Gtr DI");
    assert_string_equal(ton_track_name(arena, "808.wav"), "808");
    assert_string_equal(ton_track_name(arena, "Größe.wav"), "Größe");
    ton_arena_destroy(arena);
}

static void sides_are_found_at_the_end_or_as_a_word_of_a_name(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int side;
        const char *base;
    } rows[] = {
        {"OH_L", -1, "OH"},
        {"OH R", 1, "OH"},
        {"Pno.left", -1, "Pno"},
        {"ohr", 1, "oh"},
        {"Room Right", 1, "Room"},
        {"Kick In", 0, "Kick In"},
        {"L", 0, "L"},
        {"Kick_1", 0, ""},
        {"ORTF_L_Song1", -1, "ORTF_Song1"},
        {"Left Room", -1, "Room"},
        {"OH_R_02", 1, "OH_02"},
        {"Mix L R 3", 0, ""},
        {"Lead Vox", 0, ""},
        {"left right", 1, "left"},
        {"R", 0, ""},
    };
    struct ton_arena *arena = ton_arena_create();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *base = NULL;
        assert_int_equal(ton_name_side(arena, &base, rows[i].name), rows[i].side);
        assert_string_equal(base, rows[i].side ? rows[i].base : rows[i].name);
    }
    ton_arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_mean_what_engineers_mean),
        cmocka_unit_test(a_click_and_a_rough_mix_belong_to_no_mix),
        cmocka_unit_test(track_names_lose_numbers_and_underscores),
        cmocka_unit_test(sides_are_found_at_the_end_or_as_a_word_of_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
