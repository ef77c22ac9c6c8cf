/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The example production sounds as its notes say: rendered once, then held to the figures that a
 * mix engineer would look at. */
#include "ton/analyser.h"
#include "ton/audio_in.h"
#include "ton/path.h"
#include "ton/plan.h"
#include "ton/production.h"
#include "ton/takes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "promise.h"

enum { MOST_STRIPS = 64, MD5_SIZE = 16 };

static struct example {
    struct ton_arena *arena;
    struct ton_problems problems;
    struct ton_production *production;
    struct ton_session *session;
    const char *folder;
    struct ton_measurement mix, mono;
    struct ton_meter *meter, *mono_meter;
    float peaks[MOST_STRIPS];
    struct ton_render_stats stats;
} example;

static void must(enum ton_code code, const struct ton_err *err) {
    if (code)
        fail_msg("%s: %s", err->where, err->text);
}

static void read_example(struct example *e) {
    struct ton_err err = {0};
    const char *source = getenv("TON_SOURCE");
    e->arena = ton_arena_create();
    assert_non_null(e->arena);
    ton_problems_init(&e->problems, e->arena);
    e->folder = ton_path_join(e->arena, source ? source : ".", "examples/night-train");
    must(ton_production_read(&e->production, e->arena, e->folder, &e->problems, &err), &err);
    const char *file =
        ton_arena_printf(e->arena, "%s/sessions/%s.yaml", e->folder, e->production->sessions[0]);
    const struct ton_takes takes = ton_takes_from_files();
    must(ton_session_read(&e->session, e->arena, file, &takes, &e->problems, &err), &err);
    assert_in_range(e->session->n_strips, 1, MOST_STRIPS - 1);
}

static enum ton_code measure_mix(void *user, const float *const *in, int frames,
                                 struct ton_err *err) {
    struct example *e = user;
    float sum[512];
    const float *both[2] = {sum, sum};
    for (int done = 0; done < frames;) {
        const int n = frames - done < 512 ? frames - done : 512;
        for (int i = 0; i < n; i++)
            sum[i] = 0.5F * (in[0][done + i] + in[1][done + i]);
        const enum ton_code code = ton_meter_feed(e->mono_meter, both, n, err);
        if (code)
            return code;
        done += n;
    }
    return ton_meter_feed(e->meter, in, frames, err);
}

static enum ton_code find_peak(void *user, const float *const *in, int frames,
                               struct ton_err *err) {
    (void)err;
    float *peak = user;
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < frames; i++)
            *peak = fmaxf(*peak, fabsf(in[c][i]));
    return TON_OK;
}

/* The mix and the output of every strip, in one pass. */
static void render(struct example *e) {
    struct ton_err err = {0};
    struct ton_wish wishes[MOST_STRIPS] = {{.name = "mix", .kind = TON_WISH_MIX}};
    struct ton_sink sinks[MOST_STRIPS] = {{measure_mix, e}};
    const int n = e->session->n_strips;
    for (int i = 0; i < n; i++) {
        const char *const *name = &e->session->strips[i].name;
        wishes[i + 1] =
            (struct ton_wish){.name = *name, .kind = TON_WISH_STRIP, .only = name, .n_only = 1};
        sinks[i + 1] = (struct ton_sink){find_peak, &e->peaks[i]};
    }
    const struct ton_layout stereo = ton_layout_usual(2);
    must(ton_meter_create(&e->meter, e->session->rate, &stereo, true, &err), &err);
    must(ton_meter_create(&e->mono_meter, e->session->rate, &stereo, false, &err), &err);
    struct ton_plan *plan = NULL;
    must(ton_plan_compile(&plan, e->session, wishes, n + 1, NULL, &err), &err);
    must(ton_render(plan, sinks, &e->stats, NULL, &err), &err);
    ton_plan_destroy(plan);
    ton_meter_finish(e->meter, &e->mix);
    ton_meter_finish(e->mono_meter, &e->mono);
}

static int open_example(void **state) {
    (void)state;
    read_example(&example);
    render(&example);
    return 0;
}

static int close_example(void **state) {
    (void)state;
    ton_meter_destroy(example.meter);
    ton_meter_destroy(example.mono_meter);
    ton_arena_destroy(example.arena);
    return 0;
}

static void it_is_read_without_an_error(void **state) {
    (void)state;
    const struct example *e = &example;
    int clips = 0;
    for (int i = 0; i < e->session->n_strips; i++)
        clips += e->session->strips[i].n_clips;
    figure("%d strips, %d clips, %d deliverables, %.1f s of clips (60 s, 10 tracks, 6 at least)",
           e->session->n_strips, clips, e->production->n_deliverables,
           (double)e->session->frames / e->session->rate);
    assert_int_equal(e->problems.n_errors, 0);
    assert_true(e->session->n_strips >= 10 && e->production->n_deliverables >= 6);
    assert_true(e->session->frames >= 60 * (int64_t)e->session->rate);
}

static void its_mix_leaves_headroom(void **state) {
    (void)state;
    const struct ton_measurement *m = &example.mix;
    figure("%.1f LUFS, %.1f dBTP (-9 to -5), range %.1f LU (6 at least), %lld samples repaired",
           m->integrated_lufs, m->true_peak_dbtp, m->loudness_range_lu,
           (long long)example.stats.repaired);
    assert_true(m->true_peak_dbtp < -5 && m->true_peak_dbtp > -9);
    assert_true(m->loudness_range_lu >= 6);
    assert_int_equal(example.stats.repaired, 0);
}

/* Mean of the momentary loudness's power over a section. */
static double section_lufs(const char *name) {
    const struct ton_session *s = example.session;
    const struct ton_loudness_curve curve = ton_meter_curve(example.meter);
    for (int i = 0; i < s->n_sections; i++) {
        if (strcmp(s->sections[i].name, name) != 0)
            continue;
        const size_t from = (size_t)(s->sections[i].from * 10 / s->rate) + 4;
        const size_t to = (size_t)(s->sections[i].to * 10 / s->rate);
        double power = 0;
        assert_true(to > from && to <= curve.n);
        for (size_t k = from; k < to; k++)
            power += pow(10, (double)curve.momentary[k] / 10);
        return 10 * log10(power / (double)(to - from));
    }
    fail_msg("no section is called %s", name);
    return 0;
}

static void its_sections_rise_and_fall(void **state) {
    (void)state;
    const double platform = section_lufs("platform"), ride = section_lufs("ride"),
                 hill = section_lufs("hill"), tunnel = section_lufs("tunnel"),
                 home = section_lufs("home"), station = section_lufs("station");
    figure("platform %.1f, ride %.1f, hill %.1f, tunnel %.1f, home %.1f, station %.1f LUFS",
           platform, ride, hill, tunnel, home, station);
    assert_true(platform + 1 < ride && ride + 2 < hill);
    assert_true(tunnel + 3 < hill && tunnel + 4 < home);
    assert_true(hill + 1 < home && station + 3 < home);
}

static void one_loudspeaker_plays_all_of_it(void **state) {
    (void)state;
    const double lost = example.mix.integrated_lufs - example.mono.integrated_lufs;
    figure("correlation %.2f (0.5 to 0.95), mono is %.2f LU softer (1.5 at most)",
           example.mix.correlation, lost);
    assert_true(example.mix.correlation > 0.5 && example.mix.correlation < 0.95);
    assert_true(lost < 1.5);
}

static void every_strip_is_heard_and_none_overloads(void **state) {
    (void)state;
    const struct ton_session *s = example.session;
    int softest = 0, loudest = 0;
    for (int i = 0; i < s->n_strips; i++) {
        if (example.peaks[i] < example.peaks[softest])
            softest = i;
        if (example.peaks[i] > example.peaks[loudest])
            loudest = i;
    }
    const double low = 20 * log10((double)example.peaks[softest] + 1e-9);
    const double high = 20 * log10((double)example.peaks[loudest] + 1e-9);
    figure("peaks from %.1f dBFS (%s) to %.1f dBFS (%s)", low, s->strips[softest].name, high,
           s->strips[loudest].name);
    assert_true(low > -30 && high < 0);
}

/* The MD5 of the samples in a FLAC's STREAMINFO, the first block: RFC 9639, section 8.2. */
static void flac_md5(char hex[2 * MD5_SIZE + 1], const char *path) {
    enum { AT = 4 + 4 + 18 };
    unsigned char head[AT + MD5_SIZE];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    const size_t got = fread(head, 1, sizeof head, f);
    fclose(f);
    assert_int_equal(got, sizeof head);
    assert_memory_equal(head, "fLaC", 4);
    for (int i = 0; i < MD5_SIZE; i++)
        snprintf(hex + (ptrdiff_t)2 * i, 3, "%02x", head[AT + i]);
}

/* The line of CREDITS.md that begins with this take. */
static const char *credit_of(const char *credits, const char *take) {
    char begin[256];
    const char *dot = strrchr(take, '.');
    snprintf(begin, sizeof begin, "\n| %.*s |", dot ? (int)(dot - take) : 200, take);
    return strstr(credits, begin);
}

static void its_takes_are_the_credited_recordings(void **state) {
    (void)state;
    struct example *e = &example;
    struct ton_err err = {0};
    char *credits = NULL, **names = NULL;
    size_t size = 0, n = 0;
    must(ton_path_read(&credits, &size, e->arena, ton_path_join(e->arena, e->folder, "CREDITS.md"),
                       1 << 20, &err),
         &err);
    const char *audio = ton_path_join(e->arena, e->folder, "audio");
    must(ton_path_list(&names, &n, e->arena, audio, &err), &err);
    for (size_t i = 0; i < n; i++) {
        char md5[2 * MD5_SIZE + 1];
        const char *line = credit_of(credits, names[i]);
        if (!line)
            fail_msg("%s is not credited", names[i]);
        flac_md5(md5, ton_path_join(e->arena, audio, names[i]));
        const char *end = strchr(line + 1, '\n'), *found = strstr(line, md5);
        if (!found || (end && found > end))
            fail_msg("%s is not the recording that is credited", names[i]);
    }
    figure("%zu takes, all with the samples of their credits", n);
    assert_true(n >= (size_t)e->session->n_takes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_read_without_an_error),
        cmocka_unit_test(its_mix_leaves_headroom),
        cmocka_unit_test(its_sections_rise_and_fall),
        cmocka_unit_test(one_loudspeaker_plays_all_of_it),
        cmocka_unit_test(every_strip_is_heard_and_none_overloads),
        cmocka_unit_test(its_takes_are_the_credited_recordings),
    };
    return cmocka_run_group_tests(tests, open_example, close_example);
}
