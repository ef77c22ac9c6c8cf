/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Versions and stems of a real song through real processors: a production of Caesium (48 kHz
 * stereo) with a drum kit recorded at 44.1 kHz, dynamics and equalisers on the buses, a reverb, a
 * limiter on the mix. */
#include "stage.h"

#include "ton/audio_in.h"
#include "ton/json.h"

#define RATE 48000
#define PART (8 * RATE) /* of each recording, from here on: */
#define CHORUS (65 * RATE)

static const struct {
    const char *file, *role;
    int64_t from;
} tracks[] = {
    {"caesium/kick.flac", "beat.kick", CHORUS},
    {"caesium/alt-hats.flac", "beat.hats", CHORUS},
    {"drums-multimic-funk138/snare-top.flac", "beat.snare", 0},
    {"drums-multimic-funk138/ohl.flac", "beat.overhead", 0},
    {"caesium/minilogue-synth.flac", "keys.synth", CHORUS},
    {"caesium/microcosm-effect.flac", "effects", CHORUS},
    {"caesium/vox-lead.flac", "vocals.lead", CHORUS},
    {"caesium/bgvox-main.flac", "vocals.backing", CHORUS},
};
static const char *const vocals[] = {"vocals"}, *const lead[] = {"vocals.lead"},
                         *const beat[] = {"Beat"}, *const synth[] = {"keys"},
                         *const effects[] = {"effects"};

static const struct ton_wish wishes[] = {
    {.name = "master", .kind = TON_WISH_MIX},
    {.name = "instrumental", .kind = TON_WISH_MIX, .without = vocals, .n_without = 1},
    {.name = "tv", .kind = TON_WISH_MIX, .without = lead, .n_without = 1},
    {.name = "a cappella", .kind = TON_WISH_MIX, .only = vocals, .n_only = 1},
    {.name = "beat", .kind = TON_WISH_STEM, .only = beat, .n_only = 1},
    {.name = "synth", .kind = TON_WISH_STEM, .only = synth, .n_only = 1},
    {.name = "effects", .kind = TON_WISH_STEM, .only = effects, .n_only = 1},
    {.name = "vocals", .kind = TON_WISH_STEM, .only = vocals, .n_only = 1}};
enum { VERSIONS = 8, FIRST_STEM = 4 };

/* The real recording as a take; it is not the stage's to delete, so it is linked into its folder.
 */
static int real_take(struct stage *st, const char *path) {
    struct ton_audio_in *in = NULL;
    struct ton_err err;
    if (ton_audio_open(&in, path, &err))
        fail_msg("%s", err.text);
    const struct ton_audio_info *info = ton_audio_info(in);
    const int index = st->session.n_takes++;
    char *name = ton_arena_printf(st->arena, "take_%02d.flac", index);
    char *link = ton_path_join(st->arena, st->folder, name);
    assert_int_equal(symlink(path, link), 0);
    st->takes[index] = (struct ton_take){
        .name = name,
        .path = link,
        .info = {.rate = info->rate, .channels = info->channels, .frames = info->frames},
        .frames = llround((double)info->frames * RATE / info->rate)};
    ton_audio_close(in);
    return index;
}

static void insert(struct stage *st, int strip, const char *id, const char *path, float value) {
    const struct ton_processor *p = ton_processor_find(id, NULL);
    if (!p)
        fail_msg("no processor `%s`", id);
    float *params = stage_insert(st, strip, p);
    int index = -1;
    if (!ton_rows_find(p->rows, p->n_rows, path, &index, NULL))
        fail_msg("%s has no `%s`", id, path);
    params[index] = value;
}

static bool build(struct stage *st) {
    const char *data = test_data();
    if (!data)
        return false;
    stage_open(st, RATE);
    for (int i = 0; i < TON_N(tracks); i++) {
        char *path = ton_arena_printf(st->arena, "%s/multitrack/%s", data, tracks[i].file);
        char *real = realpath(path, NULL);
        if (!real)
            fail_msg("%s is missing", path);
        const int track = stage_track(st, tracks[i].file, tracks[i].role);
        stage_clip(st, track, real_take(st, real), 0, tracks[i].from, PART);
        free(real);
        insert(st, track, "eq", "high pass", 30);
        insert(st, track, "compressor", "threshold", -24);
        st->strips[track].gain_db = -3;
    }
    const int group = stage_bus(st, "Beat"), hall = stage_bus(st, "Hall"), mix = stage_mix(st);
    for (int i = 0; i < 4; i++)
        st->strips[i].to = group;
    insert(st, group, "eq", "high pass", 25);
    insert(st, group, "compressor", "threshold", -20);
    insert(st, hall, "reverb", "decay", 1.2F);
    insert(st, mix, "compressor", "threshold", -14);
    insert(st, mix, "limiter", "ceiling", -18);
    stage_send(st, 2, hall, -10, false);
    stage_send(st, 6, hall, -6, false);
    stage_send(st, 7, hall, -8, true);
    return true;
}

static void stems_of_a_real_song_add_up_to_its_mix(void **state) {
    (void)state;
    struct stage st;
    if (!build(&st))
        skip_because("no real recordings beside the source tree");
    struct capture c[VERSIONS];
    stage_render(&st, wishes, VERSIONS, 0, 2, c);
    double worst = 0, power = 0;
    for (int64_t i = 0; i < c[0].frames; i++)
        for (int k = 0; k < 2; k++) {
            double rest = (double)c[0].channels[k][i];
            for (int s = FIRST_STEM; s < VERSIONS; s++)
                rest -= (double)c[s].channels[k][i];
            worst = fmax(worst, fabs(rest));
            power += rest * rest;
        }
    figure("mix less its 4 stems: peak %.1f dBFS (at most -90), RMS %.1f; mix peak %.1f dBFS",
           to_db(worst), to_db(sqrt(power / (double)(2 * c[0].frames))),
           to_db(capture_peak(&c[0])));
    for (int s = 0; s < VERSIONS; s++)
        assert_true(to_db(capture_peak(&c[s])) > -50.0);
    assert_true(to_db(worst) <= -90.0);
    capture_free(c, VERSIONS);
    stage_close(&st);
}

static void each_version_is_what_it_would_be_alone(void **state) {
    (void)state;
    struct stage st;
    if (!build(&st))
        skip_because("no real recordings beside the source tree");
    struct capture all[VERSIONS], one;
    stage_render(&st, wishes, VERSIONS, 0, 2, all);
    static const int checked[] = {1, 3, 7};
    for (int i = 0; i < TON_N(checked); i++) {
        stage_render(&st, &wishes[checked[i]], 1, 777, 1, &one);
        if (!same_bits(&one, &all[checked[i]]))
            fail_msg("`%s` differs", wishes[checked[i]].name);
        capture_free(&one, 1);
    }
    capture_free(all, VERSIONS);
    stage_close(&st);
}

static void eight_versions_read_and_process_each_track_once(void **state) {
    (void)state;
    struct stage st;
    if (!build(&st))
        skip_because("no real recordings beside the source tree");
    struct ton_plan *plan = NULL;
    struct ton_err err;
    assert_int_equal(ton_plan_compile(&plan, &st.session, wishes, VERSIONS, NULL, &err), TON_OK);
    struct ton_json *j = ton_plan_describe(plan);
    const double sources = ton_json_as_number(ton_json_get(ton_json_get(j, "kinds"), "source"));
    const double processors =
        ton_json_as_number(ton_json_get(ton_json_get(j, "kinds"), "processor"));
    char *text = ton_json_dump(j, false);
    figure("%s", text);
    assert_int_equal(sources, TON_N(tracks));
    assert_true(processors <= 2 * TON_N(tracks) + VERSIONS * 5);
    ton_free(text);
    ton_json_free(j);
    ton_plan_destroy(plan);
    stage_close(&st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stems_of_a_real_song_add_up_to_its_mix),
        cmocka_unit_test(each_version_is_what_it_would_be_alone),
        cmocka_unit_test(eight_versions_read_and_process_each_track_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
