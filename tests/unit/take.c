/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of takes: what they say of themselves, that they play while they grow, and what becomes of
 * those that a crash left. */
#include "production_rig.h"

#include "ton/take_recover.h"

#include <errno.h>
#include <sndfile.h>
#include <sys/syscall.h>

enum { RATE = 48000, MOST = 6 };

/* The C library's, but for tests that count how often it may be called. */
static long writes_left = -1;

ssize_t pwrite(int fd, const void *data, size_t n, off_t at) {
    if (writes_left == 0) {
        errno = EIO;
        return -1;
    }
    writes_left -= writes_left > 0;
    return (ssize_t)syscall(SYS_pwrite64, fd, data, n, at);
}

static int32_t number(int channel, int64_t frame) {
    return (int32_t)((frame * 70001 + channel * 1000003 + 5) & 0xffffff) - 8388608;
}

static struct ton_audio_out_config grows(int channels, int bits) {
    return (struct ton_audio_out_config){
        .format = {.codec = bits == 32 ? TON_FLOAT : TON_PCM, .bits = bits, .rate = RATE},
        .channels = channels,
        .dither = TON_DITHER_NONE,
        .grows = true,
        .tags = {.bext = true, .originator = "Tonmeister"}};
}

static struct ton_audio_out *begin(struct rig *r, const char *path,
                                   const struct ton_audio_out_config *config) {
    struct ton_audio_out *out = NULL;
    if (ton_audio_create(&out, path, config, &r->err))
        fail_msg("%s: %s", r->err.where, r->err.text);
    return out;
}

/* Frames [from, from + frames) of what counts. */
static void go_on(struct rig *r, struct ton_audio_out *out, int channels, int64_t from,
                  int frames) {
    const float *planes[MOST];
    for (int c = 0; c < channels; c++) {
        float *x = TON_NEW_N(r->arena, float, frames + 1);
        for (int i = 0; i < frames; i++)
            x[i] = (float)number(c, from + i) * 0x1p-23F;
        planes[c] = x;
    }
    if (ton_audio_write(out, planes, frames, &r->err))
        fail_msg("%s", r->err.text);
}

static void settle(struct rig *r, struct ton_audio_out *out) {
    if (ton_audio_settle(out, 0, 0, &r->err) || ton_audio_sync(out, &r->err))
        fail_msg("%s", r->err.text);
}

/* By libsndfile and by ourselves: so many frames, and all as they were. */
static void plays(struct rig *r, const char *path, int channels, int64_t frames) {
    SF_INFO info = {0};
    SNDFILE *f = sf_open(path, SFM_READ, &info);
    if (!f)
        fail_msg("%s", sf_strerror(NULL));
    assert_int_equal(info.frames, frames);
    assert_int_equal(info.channels, channels);
    float x[MOST];
    for (int64_t i = 0; i < frames; i++) {
        assert_int_equal(sf_readf_float(f, x, 1), 1);
        for (int c = 0; c < channels; c++)
            assert_true(x[c] == (float)number(c, i) * 0x1p-23F);
    }
    sf_close(f);
    struct ton_audio_in *in = NULL;
    if (frames == 0)
        return;
    assert_int_equal(ton_audio_open(&in, path, &r->err), TON_OK);
    assert_int_equal(ton_audio_info(in)->frames, frames);
    assert_int_equal(ton_audio_info(in)->missing, 0);
    ton_audio_close(in);
}

static char *bytes_of(struct rig *r, const char *path, size_t *size) {
    char *bytes = NULL;
    if (ton_path_read(&bytes, size, r->arena, path, (size_t)1 << 24, &r->err))
        fail_msg("%s", r->err.text);
    return bytes;
}

static void what_came_in_as_24_bits_goes_out_as_them(void **state) {
    struct rig *r = *state;
    enum { N = 200000 };
    const char *path = rig_path(r, "a.wav");
    const struct ton_audio_out_config config = grows(1, 24);
    struct ton_audio_out *out = begin(r, path, &config);
    static float x[N];
    size_t size = 0;
    for (int i = 0; i < N; i++)
        x[i] = (float)(i * 83 - 8388608 + 8) * 0x1p-23F;
    x[0] = -1.0F;
    x[1] = 8388607.0F / 8388608.0F;
    x[2] = 1.0F; /* is too much, by one */
    x[3] = -1.5F;
    x[4] = NAN;
    x[5] = 0.4F * 0x1p-23F;
    assert_int_equal(ton_audio_write(out, (const float *[]){x}, N, &r->err), TON_OK);
    assert_int_equal(ton_audio_clipped(out), 2);
    assert_int_equal(ton_audio_finish(out, &r->err), TON_OK);
    const char *bytes = bytes_of(r, path, &size);
    const unsigned char *p = (const unsigned char *)bytes + size - 3 * N;
    static const int32_t first[] = {-8388608, 8388607, 8388607, -8388608, 0, 0};
    for (int i = 0; i < N; i++, p += 3) {
        const int32_t got =
            (int32_t)((uint32_t)p[0] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 24) / 256;
        assert_int_equal(got, i < TON_N(first) ? first[i] : i * 83 - 8388608 + 8);
    }
    figure("%d numbers of 24 bits, none changed; 2 clipped and counted", N);
}

/* The text between <name> and </name>, in order of asking. */
static const char *said(struct rig *r, const char **xml, const char *name) {
    const char *open = ton_arena_printf(r->arena, "<%s>", name),
               *close = ton_arena_printf(r->arena, "</%s>", name);
    const char *from = strstr(*xml, open), *to = from ? strstr(from, close) : NULL;
    if (!to)
        fail_msg("no %s", name);
    *xml = to + strlen(close);
    from += strlen(open);
    return ton_arena_copy(r->arena, from, (size_t)(to - from));
}

static const char *ixml_of(struct rig *r, const char *path) {
    size_t size = 0;
    char *bytes = bytes_of(r, path, &size);
    char *at = memmem(bytes, size, "iXML", 4);
    assert_non_null(at);
    return strstr(at + 8, "<BWFXML>");
}

static void the_header_says_what_film_and_broadcast_ask(void **state) {
    struct rig *r = *state;
    static const int64_t midnight = (INT64_C(3) << 32) + 77;
    const struct ton_ixml ixml = {.project = "Nacht & Zug",
                                  .scene = "12A",
                                  .tape = "7",
                                  .take = 3,
                                  .fps = 30000.0 / 1001.0,
                                  .drop_frame = true,
                                  .tracks = "Boom <1>, Größe",
                                  .press = 3,
                                  .pass = 2,
                                  .pre_roll = 480,
                                  .heard_to = 96000,
                                  .timeline_start = 172800000,
                                  .names = (const char *const[]){"Boom <1>", "Größe"},
                                  .inputs = (const int[]){5, 2}};
    struct ton_audio_out_config config = grows(2, 24);
    config.tags.ixml = &ixml;
    config.tags.description = "Nacht & Zug";
    config.tags.origination_date = "2026-11-29";
    config.tags.origination_time = "23:53:19";
    config.tags.coding_history = "A=PCM,F=48000,W=24,M=stereo,T=Tonmeister\r\n";
    const char *path = rig_path(r, "a.wav");
    struct ton_audio_out *out = begin(r, path, &config);
    go_on(r, out, 2, 0, 1000);
    assert_int_equal(ton_audio_settle(out, midnight, 4711, &r->err), TON_OK);
    const char *xml = ixml_of(r, path);
    static const char *const wanted[][2] = {
        {"PROJECT", "Nacht &amp; Zug"},
        {"SCENE", "12A"},
        {"TAPE", "7"},
        {"TAKE", "3"},
        {"TIMECODE_RATE", "30000/1001"},
        {"TIMECODE_FLAG", "DF"},
        {"FILE_SAMPLE_RATE", "48000"},
        {"AUDIO_BIT_DEPTH", "24"},
        {"TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI", "0000000003"},
        {"TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO", "0000000077"},
        {"TIMESTAMP_SAMPLE_RATE", "48000"},
        {"TRACK_COUNT", "2"},
        {"CHANNEL_INDEX", "5"},
        {"INTERLEAVE_INDEX", "1"},
        {"NAME", "Boom &lt;1&gt;"},
        {"CHANNEL_INDEX", "2"},
        {"INTERLEAVE_INDEX", "2"},
        {"NAME", "Größe"},
        {"TIMELINE_START", "172800000"},
        {"PRE_ROLL", "480"},
        {"HEARD_FROM", "0000000000000004711"},
        {"HEARD_TO", "96000"},
        {"PRESS", "3"},
        {"PASS", "2"},
        {"TRACKS", "Boom &lt;1&gt;, Größe"},
    };
    for (int i = 0; i < TON_N(wanted); i++)
        assert_string_equal(said(r, &xml, wanted[i][0]), wanted[i][1]);
    assert_int_equal(ton_audio_finish(out, &r->err), TON_OK);
    plays(r, path, 2, 1000); /* the header has kept its size */
    struct ton_audio_in *in = NULL;
    assert_int_equal(ton_audio_open(&in, path, &r->err), TON_OK);
    const struct ton_audio_info *i = ton_audio_info(in);
    assert_int_equal(i->time_reference, midnight);
    assert_string_equal(i->track_names[0], "Boom <1>");
    assert_string_equal(i->track_names[1], "Größe");
    const char *word;
    assert_int_equal(ton_audio_ixml(&word, r->arena, in, "TRACKS", &r->err), TON_OK);
    assert_string_equal(word, "Boom <1>, Größe");
    assert_int_equal(ton_audio_ixml(&word, r->arena, in, "DIRECTOR", &r->err), TON_OK);
    assert_null(word);
    assert_string_equal(i->description, "Nacht & Zug");
    assert_string_equal(i->origination_date, "2026-11-29");
    assert_string_equal(i->origination_time, "23:53:19");
    ton_audio_close(in);
}

static void timecode_rates_are_told_as_fractions(void **state) {
    struct rig *r = *state;
    static const struct {
        double fps;
        const char *text;
    } rates[] = {{24000.0 / 1001.0, "24000/1001"},
                 {23.976, "24000/1001"},
                 {24, "24/1"},
                 {25, "25/1"},
                 {29.97, "30000/1001"},
                 {30, "30/1"}};
    for (int i = 0; i < TON_N(rates); i++) {
        const char *path = rig_path(r, ton_arena_printf(r->arena, "%d.wav", i));
        struct ton_audio_out_config config = grows(1, 24);
        config.tags.ixml = &(const struct ton_ixml){.fps = rates[i].fps};
        ton_audio_abandon(begin(r, path, &config));
        const char *xml = ixml_of(r, path);
        assert_string_equal(said(r, &xml, "TIMECODE_RATE"), rates[i].text);
        assert_string_equal(said(r, &xml, "TIMECODE_FLAG"), "NDF");
    }
}

static void it_plays_while_it_grows_at_every_length(void **state) {
    struct rig *r = *state;
    static const int steps[] = {0, 1, 1, 5, 4096, 3, 10001};
    for (int channels = 1; channels <= 3; channels++) {
        for (int64_t limit = 0; limit <= 20000; limit += 20000) {
            const char *path =
                rig_path(r, ton_arena_printf(r->arena, "%d-%ld.wav", channels, (long)limit));
            struct ton_audio_out_config config = grows(channels, 24);
            int64_t frames = 0;
            /* Odd, as is its bext: libsndfile finds its way all the same. */
            config.tags.coding_history = "A=PCM,F=192000\r\n.";
            config.limit = limit;
            struct ton_audio_out *out = begin(r, path, &config);
            plays(r, path, channels, 0);
            for (int i = 0; i < TON_N(steps); i++) {
                go_on(r, out, channels, frames, steps[i]);
                frames += steps[i];
                settle(r, out);
                plays(r, path, channels, frames);
            }
            assert_int_equal(ton_audio_finish(out, &r->err), TON_OK);
            plays(r, path, channels, frames);
        }
    }
}

static void a_name_that_somebody_has_is_refused(void **state) {
    struct rig *r = *state;
    const struct ton_audio_out_config config = grows(1, 24);
    struct ton_audio_out *out = NULL;
    rig_write(r, "a.wav", "somebody's");
    assert_int_equal(ton_audio_create(&out, rig_path(r, "a.wav"), &config, &r->err),
                     TON_ENVIRONMENT);
    assert_null(out);
    assert_non_null(strstr(r->err.text, "never written over"));
    assert_string_equal(rig_text(r, rig_path(r, "a.wav")), "somebody's");
    assert_int_equal(symlink("nowhere", rig_path(r, "b.wav")), 0);
    assert_int_not_equal(ton_audio_create(&out, rig_path(r, "b.wav"), &config, &r->err), TON_OK);
    assert_int_not_equal(ton_audio_create(&out, rig_path(r, "no/c.wav"), &config, &r->err), TON_OK);
    assert_int_equal(rig_count(r, "."), 2); /* no temporary stays */
    const struct ton_audio_out_config flac = {
        .format = {.codec = TON_FLAC, .rate = RATE}, .channels = 1, .grows = true};
    assert_int_equal(ton_audio_create(&out, rig_path(r, "d.flac"), &flac, &r->err), TON_INPUT);
}

static void what_is_abandoned_stays_as_far_as_it_came(void **state) {
    struct rig *r = *state;
    const struct ton_audio_out_config config = grows(2, 24);
    struct ton_audio_out *out = begin(r, rig_path(r, "a.wav"), &config);
    go_on(r, out, 2, 0, 5000);
    settle(r, out);
    ton_audio_abandon(out);
    plays(r, rig_path(r, "a.wav"), 2, 5000);
}

/* As a crash leaves it: so many frames, of which the header knows fewer, `cut` bytes less. */
static const char *left(struct rig *r, int channels, int bits, int64_t limit, int settled, int more,
                        int cut) {
    const char *path = rig_path(r, "left.wav");
    struct ton_audio_out_config config = grows(channels, bits);
    size_t size = 0, whole = 0;
    config.limit = limit;
    unlink(path);
    struct ton_audio_out *out = begin(r, path, &config);
    const size_t header = (bytes_of(r, path, &size), size);
    go_on(r, out, channels, 0, settled);
    if (settled > 0)
        settle(r, out);
    const char *before = bytes_of(r, path, &size);
    go_on(r, out, channels, settled, more);
    settle(r, out);
    ton_audio_abandon(out);
    char *bytes = bytes_of(r, path, &whole);
    memcpy(bytes, before, header);
    assert_int_equal(ton_path_write(path, bytes, whole - (size_t)cut, &r->err), TON_OK);
    return path;
}

/* What a float's header says of its length once more. */
static void check_fact(struct rig *r, const char *path, int64_t frames) {
    size_t size = 0;
    const char *bytes = bytes_of(r, path, &size), *fact = memmem(bytes, size, "fact", 4);
    uint32_t says = 0;
    if (!fact)
        return;
    memcpy(&says, fact + 8, sizeof says);
    assert_int_equal(says, bytes[1] == 'F' ? UINT32_MAX : (uint32_t)frames);
}

static void recovers(struct rig *r, const char *path, int channels, int64_t frames, int64_t found) {
    int64_t has = -1, was_missing = -1;
    if (ton_take_recover(&has, &was_missing, path, &r->err))
        fail_msg("%s", r->err.text);
    assert_int_equal(has, frames);
    assert_int_equal(was_missing, found);
    plays(r, path, channels, frames);
    check_fact(r, path, frames);
    assert_int_equal(ton_take_recover(&has, &was_missing, path, &r->err), TON_OK);
    assert_int_equal(has, frames);
    assert_int_equal(was_missing, 0);
}

static void what_a_crash_left_is_completed(void **state) {
    struct rig *r = *state;
    enum { SETTLED = 777, MORE = 1234, ALL = SETTLED + MORE };
    int n = 0;
    for (int bits = 24; bits <= 32; bits += 8) {
        for (int channels = 1; channels <= 3; channels++) {
            const int frame = channels * bits / 8;
            for (int64_t limit = 0; limit <= 5000; limit += 5000) {
                recovers(r, left(r, channels, bits, limit, SETTLED, MORE, 0), channels, ALL, MORE);
                recovers(r, left(r, channels, bits, limit, 0, ALL, 0), channels, ALL, ALL);
                for (int cut = 1; cut <= frame; cut++, n++)
                    recovers(r, left(r, channels, bits, limit, SETTLED, MORE, cut), channels,
                             ALL - 1, MORE - 1);
                /* The machine died: the header knows of what never came to the disk. */
                recovers(r, left(r, channels, bits, limit, ALL, 0, 10 * frame + 1), channels,
                         ALL - 11, 0);
                recovers(r, left(r, channels, bits, limit, 0, 0, 0), channels, 0, 0);
                n += 4;
            }
        }
    }
    figure("%d takes completed", n);
}

static void what_is_whole_is_left_alone(void **state) {
    struct rig *r = *state;
    const char *path = rig_path(r, "a.wav");
    struct ton_audio_out_config config = grows(1, 24);
    config.grows = false;
    config.tags.title = "with what comes behind";
    size_t size = 0, size_after = 0;
    int64_t frames = 0, found = -1;
    struct ton_audio_out *out = begin(r, path, &config);
    go_on(r, out, 1, 0, 3001);
    assert_int_equal(ton_audio_finish(out, &r->err), TON_OK);
    /* A chunk behind the samples, as other programs write. */
    char *bytes = bytes_of(r, path, &size), *longer = ton_arena_alloc(r->arena, size + 12);
    memcpy(longer, bytes, size);
    memcpy(longer + size, "cue \4\0\0\0\0\0\0\0", 12);
    const uint32_t riff = (uint32_t)size + 4;
    memcpy(longer + 4, &riff, 4);
    assert_int_equal(ton_path_write(path, longer, size + 12, &r->err), TON_OK);
    assert_int_equal(ton_take_recover(&frames, &found, path, &r->err), TON_OK);
    assert_int_equal(frames, 3001);
    assert_int_equal(found, 0);
    assert_memory_equal(bytes_of(r, path, &size_after), longer, size + 12);
    assert_int_equal(size_after, size + 12);
}

/* The disk refuses each of the writes in turn; what was there stays, and the next try succeeds. */
static void a_recovery_that_is_broken_off_can_be_repeated(void **state) {
    struct rig *r = *state;
    int n = 0;
    for (bool done = false; !done; n++) {
        int64_t frames = 0, found = 0;
        const char *path = left(r, 1, 24, 3000, 100, 1001, 1);
        /* RIFF it is, for it was short when the header was written. */
        writes_left = n;
        const enum ton_code code = ton_take_recover(&frames, &found, path, &r->err);
        writes_left = -1;
        done = code == TON_OK;
        if (!done)
            assert_int_equal(code, TON_ENVIRONMENT);
        SF_INFO info = {0};
        SNDFILE *f = sf_open(path, SFM_READ, &info);
        assert_non_null(f);
        assert_true(info.frames >= 100);
        sf_close(f);
        assert_int_equal(ton_take_recover(&frames, &found, path, &r->err), TON_OK);
        assert_int_equal(frames, 1100);
        plays(r, path, 1, 1100);
    }
    assert_true(n > 2);
    figure("broken off at %d places", n - 1);
}

/* 5 GB of nothing, which the disk does not keep. */
static void beyond_four_gigabytes_it_is_rf64(void **state) {
    struct rig *r = *state;
    enum { FRAME = 6 };
    static const int64_t samples = INT64_C(5000000000);
    const char *path = left(r, 2, 24, 0, 10, 0, 0);
    const int64_t header = ton_path_size(path) - 10 * FRAME;
    int64_t frames = 0, found = 0;
    SF_INFO info = {0};
    if (truncate(path, header + samples + 1) != 0)
        skip_because("no file of 5 GB can be made");
    if (ton_take_recover(&frames, &found, path, &r->err))
        fail_msg("%s", r->err.text);
    assert_int_equal(frames, samples / FRAME);
    SNDFILE *f = sf_open(path, SFM_READ, &info);
    assert_non_null(f);
    sf_close(f);
    assert_int_equal(info.frames, samples / FRAME);
    assert_int_equal(info.format & SF_FORMAT_TYPEMASK, SF_FORMAT_RF64);
    figure("%lld frames in an RF64", (long long)info.frames);
}

static void refuses(struct rig *r, const char *name, const char *sentence) {
    int64_t frames = 0, found = -1;
    const enum ton_code code = ton_take_recover(&frames, &found, rig_path(r, name), &r->err);
    if (code != TON_INPUT || !strstr(r->err.text, sentence))
        fail_msg("%s: %d %s", name, (int)code, r->err.text);
    assert_int_equal(frames, -1);
}

static void write_bytes(struct rig *r, const char *name, const void *bytes, size_t n) {
    assert_int_equal(ton_path_write(rig_path(r, name), bytes, n, &r->err), TON_OK);
}

static void while_it_is_written_nobody_completes_it(void **state) {
    struct rig *r = *state;
    const struct ton_audio_out_config config = grows(1, 24);
    const char *path = rig_path(r, "a.wav");
    struct ton_audio_out *out = begin(r, path, &config);
    int64_t frames = 0, found = 0;
    go_on(r, out, 1, 0, 1000);
    settle(r, out);
    go_on(r, out, 1, 1000, 50000);
    assert_true(ton_take_is_held(path));
    assert_int_equal(ton_take_recover(&frames, &found, path, &r->err), TON_ENVIRONMENT);
    assert_int_equal(frames, -1);
    figure("%s", r->err.text);
    assert_int_equal(ton_audio_finish(out, &r->err), TON_OK);
    assert_false(ton_take_is_held(path));
    assert_int_equal(ton_take_recover(&frames, &found, path, &r->err), TON_OK);
    assert_int_equal(frames, 51000);
    assert_int_equal(found, 0);
}

static void what_is_no_take_is_refused(void **state) {
    struct rig *r = *state;
    const char *path = left(r, 1, 24, 0, 100, 0, 0);
    size_t size = 0;
    char *bytes = bytes_of(r, path, &size);
    const char *data = memmem(bytes, size, "data", 4);
    rig_write(r, "letter", "Dear friend, this is no sound at all.");
    refuses(r, "letter", "is no WAV");
    rig_write(r, "empty", "");
    refuses(r, "empty", "shorter than the header");
    write_bytes(r, "cut", bytes, (size_t)(data - bytes) + 7);
    refuses(r, "cut", "ends before its samples begin");
    memcpy(strstr(data - 24, "fmt "), "gone", 4);
    write_bytes(r, "shapeless", bytes, size);
    refuses(r, "shapeless", "does not tell its format");
    refuses(r, "nowhere", "No such file");
    static const char plain[44] = "RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\xbb\0\0\0\x77\1\0"
                                  "\2\0\x10\0data\0\0\0";
    write_bytes(r, "long", plain, 44);
    if (truncate(rig_path(r, "long"), INT64_C(5000000000)) == 0)
        refuses(r, "long", "has no room");
    int64_t frames, found;
    assert_int_not_equal(ton_take_recover(&frames, &found, r->folder, &r->err), TON_OK);
}

int main(void) {
#define PROMISE(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        PROMISE(what_came_in_as_24_bits_goes_out_as_them),
        PROMISE(the_header_says_what_film_and_broadcast_ask),
        PROMISE(timecode_rates_are_told_as_fractions),
        PROMISE(it_plays_while_it_grows_at_every_length),
        PROMISE(a_name_that_somebody_has_is_refused),
        PROMISE(what_is_abandoned_stays_as_far_as_it_came),
        PROMISE(what_a_crash_left_is_completed),
        PROMISE(what_is_whole_is_left_alone),
        PROMISE(a_recovery_that_is_broken_off_can_be_repeated),
        PROMISE(beyond_four_gigabytes_it_is_rf64),
        PROMISE(while_it_is_written_nobody_completes_it),
        PROMISE(what_is_no_take_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
