/* SPDX-License-Identifier: GPL-3.0-or-later */
/* File names of deliverables. */

#include "promise.h"

#include "../../src/delivery/owed/naming.h"

static const struct naming night_train = {
    .artist = "The Sleepers",
    .title = "Night Train",
    .album = "EP",
    .deliverable = "tv",
    .session = "night-train",
    .version = 3,
    .track = 7,
};

static void placeholders_are_filled(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    assert_string_equal(
        naming_fill(arena, "{artist} - {title} ({deliverable}) v{version}", &night_train),
        "The Sleepers - Night Train (tv) v3");
    assert_string_equal(naming_fill(arena, "{track} {session} {album}", &night_train),
                        "07 night-train EP");
    assert_string_equal(naming_fill(arena, "{title} {nonsense} {", &night_train),
                        "Night Train {nonsense} {");
    ton_arena_destroy(arena);
}

static void a_name_cannot_leave_its_folder_or_hide(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    const struct naming hostile = {.title = "../AC/DC: \"Live\"\n?", .artist = ".hidden"};
    assert_string_equal(naming_fill(arena, "{title}", &hostile), "_AC_DC_ _Live___");
    assert_string_equal(naming_fill(arena, "{artist}", &hostile), "hidden");
    assert_string_equal(naming_fill(arena, "{title}", &(struct naming){.title = ".."}), "untitled");
    assert_string_equal(naming_fill(arena, "{title}", &(struct naming){.title = "Why. "}), "Why");
    ton_arena_destroy(arena);
}

static void stems_never_share_a_name(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    struct naming stem = night_train;
    stem.stem = "Drums";
    assert_string_equal(naming_fill(arena, "{title}", &stem), "Night Train - Drums");
    assert_string_equal(naming_fill(arena, "{stem}/{title}", &stem), "Drums_Night Train");
    ton_arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(placeholders_are_filled),
        cmocka_unit_test(a_name_cannot_leave_its_folder_or_hide),
        cmocka_unit_test(stems_never_share_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
