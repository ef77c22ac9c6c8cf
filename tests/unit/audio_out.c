/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing files: what was given comes back, the same bytes every time, and nothing of a file that
 * failed. */
#include "audio_rig.h"

#include "out.h"

#include <errno.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char *const every_format[] = {
    "wav 16-bit",  "wav 24-bit", "wav 32-bit", "wav float", "wav float 64-bit",
    "flac 16-bit", "flac",       "mp3 320k",   "opus 160k", "aac 256k"};

static const char *name_of(const char *stem, const char *format) {
    struct ton_format f;
    struct ton_err err;
    char name[64];
    assert_int_equal(ton_format_parse(&f, format, &err), TON_OK);
    snprintf(name, sizeof name, "%s.%s", stem, ton_format_extension(&f));
    return rig_path(name);
}

static void what_is_written_comes_back(void **state) {
    (void)state;
    struct rig_sound music = rig_music(2, 48001, 48000), back;
    for (size_t k = 0; k < COUNT(every_format); k++) {
        struct ton_err err = {0};
        if (!rig_can_encode(every_format[k])) {
            printf("    not without an encoder: %s\n", every_format[k]);
            continue;
        }
        const char *path = name_of("back", every_format[k]);
        if (rig_store(path, &music, every_format[k], NULL, &err) != TON_OK ||
            rig_load(&back, path, &err) != TON_OK)
            fail_msg("%s: %s", every_format[k], err.text);
        assert_int_equal(back.frames, music.frames);
        assert_int_equal(back.channels, 2);
        assert_int_equal(back.rate, 48000);
        double worst = 0, power = 0, error = 0;
        for (int64_t i = 2000; i < music.frames - 2000; i++) {
            const double x = (double)music.plane[1][i], e = (double)back.plane[1][i] - x;
            worst = fmax(worst, fabs(e));
            power += x * x;
            error += e * e;
        }
        const double snr = 10.0 * log10(power / (error + 1e-30));
        figure("%-16s largest error %.2e, %.1f dB below the music", every_format[k], worst, snr);
        const bool lossy = strstr(every_format[k], "k") != NULL;
        const double lsb = strstr(every_format[k], "16-bit") ? 0x1p-15 : 0x1p-23;
        if (lossy) /* a codec shifted by a single sample would be below 20 dB here */
            assert_true(snr > 22.0);
        else if (strstr(every_format[k], "float"))
            assert_true(worst == 0.0);
        else
            assert_true(worst <= 1.5 * lsb);
        rig_free(&back);
    }
    rig_free(&music);
}

static void any_length_comes_back_to_the_sample(void **state) {
    (void)state;
    const int64_t lengths[] = {1, 2, 500, 1023, 1024, 1025, 1152, 4097, 12345};
    int files = 0;
    for (size_t l = 0; l < COUNT(lengths); l++) {
        struct rig_sound music = rig_music(1, lengths[l], 44100), back;
        for (size_t k = 0; k < COUNT(every_format); k++) {
            struct ton_err err = {0};
            if (!rig_can_encode(every_format[k]))
                continue;
            music.rate = strstr(every_format[k], "opus") ? 48000 : 44100;
            const char *path = name_of("length", every_format[k]);
            if (rig_store(path, &music, every_format[k], NULL, &err) != TON_OK ||
                rig_load(&back, path, &err) != TON_OK)
                fail_msg("%s, %lld frames: %s", every_format[k], (long long)lengths[l], err.text);
            if (back.frames != lengths[l])
                fail_msg("%s: %lld frames became %lld", every_format[k], (long long)lengths[l],
                         (long long)back.frames);
            rig_free(&back);
            files++;
        }
        rig_free(&music);
    }
    figure("%d files from 1 to 12345 frames, each to the sample", files);
}

static void other_decoders_get_the_same_length(void **state) {
    (void)state;
    if (!rig_has_program("ffmpeg"))
        skip_because("no ffmpeg");
    static const char *const formats[] = {"mp3 320k", "opus 160k", "flac", "wav"};
    struct rig_sound music = rig_music(2, 48001, 48000);
    for (size_t k = 0; k < COUNT(formats); k++) {
        struct ton_err err;
        char command[600];
        if (!rig_can_encode(formats[k]))
            continue;
        const char *path = name_of("other", formats[k]);
        assert_int_equal(rig_store(path, &music, formats[k], NULL, &err), TON_OK);
        snprintf(command, sizeof command, "ffmpeg -v error -i %s -f f32le -ac 1 - | wc -c", path);
        char *said = rig_ask(command);
        figure("%s: ffmpeg decodes %ld frames", formats[k], strtol(said, NULL, 10) / 4);
        assert_int_equal(strtol(said, NULL, 10) / 4, 48001);
        ton_free(said);
    }
    rig_free(&music);
}

static void the_same_input_gives_the_same_bytes(void **state) {
    (void)state;
    struct rig_sound music = rig_music(2, 30000, 48000);
    const struct ton_tags tags = {.title = "Same",
                                  .artist = "Again",
                                  .isrc = "QZABC2600001",
                                  .bext = true,
                                  .originator = "Tonmeister"};
    for (size_t k = 0; k < COUNT(every_format); k++) {
        struct ton_err err;
        size_t size[2];
        char *bytes[2];
        if (!rig_can_encode(every_format[k]))
            continue;
        for (int i = 0; i < 2; i++) {
            const char *path = name_of(i ? "second" : "first", every_format[k]);
            assert_int_equal(rig_store(path, &music, every_format[k], &tags, &err), TON_OK);
            bytes[i] = rig_read(path, &size[i]);
            if (i == 0 && strstr(every_format[k], "k"))
                usleep(1100000); /* a clock in the file would show */
        }
        if (size[0] != size[1] || memcmp(bytes[0], bytes[1], size[0]) != 0)
            fail_msg("%s differs from one run to the next", every_format[k]);
        ton_free(bytes[0]);
        ton_free(bytes[1]);
    }
    rig_free(&music);
}

static void the_same_bytes_whatever_the_block_size(void **state) {
    (void)state;
    struct rig_sound music = rig_music(2, 20000, 48000);
    const int blocks[] = {1, 64, 777, 4096, 20000};
    for (size_t k = 0; k < COUNT(every_format); k++) {
        char *first = NULL;
        size_t first_size = 0;
        if (!rig_can_encode(every_format[k]))
            continue;
        for (size_t b = 0; b < COUNT(blocks); b++) {
            struct ton_audio_out_config c = {.channels = 2, .seed = 3};
            struct ton_audio_out *out;
            struct ton_err err;
            const char *path = name_of("blocks", every_format[k]);
            assert_int_equal(ton_format_parse(&c.format, every_format[k], &err), TON_OK);
            c.format.rate = 48000;
            c.dither = c.format.bits == 16 ? TON_DITHER_SHAPED : TON_DITHER_AUTO;
            assert_int_equal(ton_audio_create(&out, path, &c, &err), TON_OK);
            for (int at = 0; at < 20000; at += blocks[b]) {
                const float *in[] = {music.plane[0] + at, music.plane[1] + at};
                const int n = 20000 - at < blocks[b] ? 20000 - at : blocks[b];
                assert_int_equal(ton_audio_write(out, in, n, &err), TON_OK);
            }
            assert_int_equal(ton_audio_finish(out, &err), TON_OK);
            size_t size;
            char *bytes = rig_read(path, &size);
            if (first) {
                assert_int_equal(size, first_size);
                assert_memory_equal(bytes, first, size);
                ton_free(bytes);
            } else {
                first = bytes;
                first_size = size;
            }
        }
        ton_free(first);
    }
    rig_free(&music);
}

/* RF64 from 4 GiB on; the border is lowered so that small files cross it. */
static enum ton_code write_with_limit(const char *path, int64_t limit, int64_t announced,
                                      const struct rig_sound *s, struct ton_err *err) {
    struct ton_audio_out_config c = {
        .channels = s->channels, .frames = announced, .seed = 1, .limit = limit};
    struct ton_audio_out *out;
    assert_int_equal(ton_format_parse(&c.format, "wav 24-bit", err), TON_OK);
    c.format.rate = s->rate;
    assert_int_equal(ton_audio_create(&out, path, &c, err), TON_OK);
    assert_int_equal(ton_audio_write(out, (const float *const *)s->plane, s->frames, err), TON_OK);
    return ton_audio_finish(out, err);
}

static void a_wav_becomes_rf64_where_its_sizes_end(void **state) {
    (void)state;
    struct rig_sound music = rig_music(2, 5000, 48000), back;
    struct ton_err err;
    const char *path = rig_path("long.wav");
    const int64_t exact = 5000 * 6 + 44 + 36; /* header with room for ds64 */
    const struct {
        int64_t limit;
        const char *id;
    } cases[] = {{exact + 1, "RIFF"}, {exact, "RF64"}, {1000, "RF64"}, {WAV_LIMIT, "RIFF"}};
    for (size_t k = 0; k < COUNT(cases); k++) {
        assert_int_equal(write_with_limit(path, cases[k].limit, 0, &music, &err), TON_OK);
        size_t size;
        char *bytes = rig_read(path, &size);
        assert_int_equal(size, exact);
        assert_memory_equal(bytes, cases[k].id, 4);
        assert_memory_equal(bytes + 12, cases[k].id[1] == 'F' ? "ds64" : "JUNK", 4);
        ton_free(bytes);
        assert_int_equal(rig_load(&back, path, &err), TON_OK);
        assert_int_equal(back.frames, 5000);
        rig_free(&back);
        if (rig_has_program("ffprobe")) {
            char command[500];
            snprintf(command, sizeof command,
                     "ffprobe -v error -show_entries stream=duration_ts -of csv=p=0 %s", path);
            char *said = rig_ask(command);
            assert_int_equal(strtol(said, NULL, 10), 5000);
            ton_free(said);
        }
    }
    /* An announced length that is short needs no room, and then cannot grow. */
    assert_int_equal(write_with_limit(path, WAV_LIMIT, 5000, &music, &err), TON_OK);
    assert_int_equal(ton_path_size(path), 5000 * 6 + 44);
    assert_int_equal(remove(path), 0);
    struct rig_sound longer = rig_music(2, 180000, 48000);
    assert_int_equal(write_with_limit(path, (1 << 20) + 1000, 100, &longer, &err), TON_INPUT);
    rig_free(&longer);
    figure("%s", err.text);
    assert_false(ton_path_exists(path));
    rig_free(&music);
}

static size_t le32(const char *bytes) {
    const unsigned char *b = (const unsigned char *)bytes;
    return b[0] | b[1] << 8 | b[2] << 16 | (size_t)b[3] << 24;
}

/* An odd number of bytes has a byte behind it, which the chunk does not count and the file does. */
static void chunks_of_a_wav_end_where_the_file_ends(void **state) {
    (void)state;
    const char *path = rig_path("odd.wav");
    for (int frames = 1; frames <= 4; frames++) {
        struct rig_sound music = rig_music(1, frames, 48000);
        struct ton_err err;
        assert_int_equal(rig_store(path, &music, "wav 24-bit", NULL, &err), TON_OK);
        size_t size, at = 12, data = 0;
        char *bytes = rig_read(path, &size);
        while (at + 8 <= size) {
            const size_t chunk = le32(bytes + at + 4);
            data = memcmp(bytes + at, "data", 4) == 0 ? chunk : data;
            at += 8 + chunk + (chunk & 1);
        }
        figure("%d frames: %zu bytes, RIFF says %zu + 8, chunks end at %zu", frames, size,
               le32(bytes + 4), at);
        assert_int_equal(data, 3 * frames);
        assert_int_equal(at, size);
        assert_int_equal(le32(bytes + 4) + 8, size);
        ton_free(bytes);
        rig_free(&music);
    }
}

static void many_channels_keep_their_places(void **state) {
    (void)state;
    static const char *const formats[] = {"wav 16-bit", "wav float", "flac", "opus 256k",
                                          "aac 512k"};
    const int channels[] = {1, 2, 3, 4, 5, 6, 7, 8, 12};
    for (size_t k = 0; k < COUNT(formats); k++) {
        for (size_t n = 0; n < COUNT(channels); n++) {
            struct ton_err err;
            if (!rig_can_encode(formats[k]) || (k > 1 && channels[n] > 8) ||
                (k == 4 && channels[n] > 6))
                continue;
            struct rig_sound s = rig_make(channels[n], 24000, 48000), back;
            for (int c = 0; c < channels[n]; c++) {
                for (int i = 0; i < 24000; i++)
                    s.plane[c][i] = (float)(0.4 * sin(2 * M_PI * (300.0 + 100 * c) * i / 48000));
            }
            const char *path = name_of("channels", formats[k]);
            if (rig_store(path, &s, formats[k], NULL, &err) != TON_OK ||
                rig_load(&back, path, &err) != TON_OK)
                fail_msg("%s, %d channels: %s", formats[k], channels[n], err.text);
            assert_int_equal(back.channels, channels[n]);
            struct ton_audio_in *in;
            assert_int_equal(ton_audio_open(&in, path, &err), TON_OK);
            const struct ton_layout *found = &ton_audio_info(in)->layout;
            const struct ton_layout usual = ton_layout_usual(channels[n]);
            for (int c = 0; c < channels[n]; c++) {
                int from = c; /* the channel that feeds the same speaker */
                while (k > 2 && usual.speakers[from] != found->speakers[c])
                    from = (from + 1) % channels[n];
                assert_int_equal(found->speakers[c], usual.speakers[from]);
                double error = 0, power = 0;
                for (int i = 6000; i < 18000; i++) {
                    const double x = (double)s.plane[from][i];
                    error += pow((double)back.plane[c][i] - x, 2);
                    power += x * x;
                }
                const bool lfe = usual.speakers[from] == TON_LFE && k > 2;
                if (!lfe && error > power * 0.01)
                    fail_msg("%s: channel %d of %d is another one", formats[k], c, channels[n]);
            }
            ton_audio_close(in);
            rig_free(&back);
            rig_free(&s);
        }
    }
}

static void channels_get_dither_of_their_own(void **state) {
    (void)state;
    struct rig_sound silence = rig_make(2, 20000, 48000), back;
    struct ton_err err;
    const char *path = rig_path("dither.wav");
    assert_int_equal(rig_store(path, &silence, "wav 16-bit", NULL, &err), TON_OK);
    assert_int_equal(rig_load(&back, path, &err), TON_OK);
    double cross = 0, own = 0;
    for (int i = 0; i < 20000; i++) {
        cross += (double)back.plane[0][i] * (double)back.plane[1][i];
        own += (double)back.plane[0][i] * (double)back.plane[0][i];
    }
    figure("correlation of left and right %.3f", cross / own);
    assert_true(own > 0);
    assert_true(fabs(cross / own) < 0.03);
    rig_free(&back);
    rig_free(&silence);
}

static void clipping_is_counted(void **state) {
    (void)state;
    struct ton_audio_out_config c = {.channels = 1,
                                     .format = {.codec = TON_PCM, .bits = 16, .rate = 48000}};
    struct ton_audio_out *out;
    struct ton_err err;
    float loud[1000];
    const float *in = loud;
    for (int i = 0; i < 1000; i++)
        loud[i] = i % 10 == 0 ? 1.5f : 0.25f;
    assert_int_equal(ton_audio_create(&out, rig_path("clip.wav"), &c, &err), TON_OK);
    assert_int_equal(ton_audio_write(out, &in, 1000, &err), TON_OK);
    assert_int_equal(ton_audio_clipped(out), 100);
    assert_int_equal(ton_audio_finish(out, &err), TON_OK);
}

static void impossible_wishes_are_refused_before_a_file_is_made(void **state) {
    (void)state;
    const int before = rig_count_files();
    const struct {
        struct ton_format f;
        int channels;
        const char *says;
    } cases[] = {
        {{TON_PCM, 24, 48000, 0, 0}, 0, "0 channels"},
        {{TON_PCM, 24, 48000, 0, 0}, 65, "65 channels"},
        {{TON_PCM, 24, 0, 0, 0}, 2, "0 Hz"},
        {{TON_PCM, 12, 48000, 0, 0}, 2, "12-bit"},
        {{TON_FLAC, 24, 48000, 0, 0}, 9, "FLAC holds at most 8 channels, not 9"},
        {{TON_MP3, 0, 48000, 320, 0}, 6, "MP3 holds at most 2 channels"},
        {{TON_OPUS, 0, 44100, 160, 0}, 2, "48 kHz"},
        {{TON_MP3, 0, 96000, 320, 0}, 2, "96 kHz"},
        {{TON_MP3, 0, 48000, 333, 0}, 2, "333k"},
    };
    for (size_t k = 0; k < COUNT(cases); k++) {
        struct ton_audio_out_config c = {.format = cases[k].f, .channels = cases[k].channels};
        struct ton_audio_out *out;
        struct ton_err err;
        assert_int_not_equal(ton_audio_create(&out, rig_path("never.wav"), &c, &err), TON_OK);
        assert_null(out);
        if (!strstr(err.text, cases[k].says))
            fail_msg("%s (wanted %s)", err.text, cases[k].says);
    }
    struct ton_audio_out_config c = {.format = {.codec = TON_PCM, .bits = 24, .rate = 48000},
                                     .channels = 2};
    struct ton_audio_out *out;
    struct ton_err err;
    assert_int_equal(ton_audio_create(&out, rig_folder, &c, &err), TON_INPUT);
    figure("%s", err.text);
    assert_int_equal(ton_audio_create(&out, "/nowhere/at/all.wav", &c, &err), TON_INPUT);
    figure("%s", err.text);
    assert_int_equal(rig_count_files(), before);
}

static void abandoning_leaves_nothing_and_keeps_the_old_file(void **state) {
    (void)state;
    struct rig_sound music = rig_music(2, 20000, 48000);
    for (size_t k = 0; k < COUNT(every_format); k++) {
        struct ton_audio_out_config c = {.channels = 2};
        struct ton_audio_out *out;
        struct ton_err err;
        if (!rig_can_encode(every_format[k]))
            continue;
        const char *path = rig_write("old.bin", "old", 3);
        const int before = rig_count_files();
        assert_int_equal(ton_format_parse(&c.format, every_format[k], &err), TON_OK);
        c.format.rate = 48000;
        assert_int_equal(ton_audio_create(&out, path, &c, &err), TON_OK);
        assert_int_equal(ton_audio_write(out, (const float *const *)music.plane, 20000, &err),
                         TON_OK);
        ton_audio_abandon(out);
        assert_int_equal(rig_count_files(), before);
        assert_int_equal(ton_path_size(path), 3);
    }
    ton_audio_abandon(NULL);
    rig_free(&music);
}

static void a_full_device_is_told(void **state) {
    (void)state;
    if (access("/dev/full", W_OK) != 0)
        skip_because("no /dev/full");
    struct rig_sound music = rig_music(2, 100000, 48000);
    for (size_t k = 0; k < COUNT(every_format); k++) {
        struct ton_err err = {0};
        if (!rig_can_encode(every_format[k]))
            continue;
        assert_int_equal(rig_store("/dev/full", &music, every_format[k], NULL, &err),
                         TON_ENVIRONMENT);
        if (!strstr(err.text, "No space left on device") || strcmp(err.where, "/dev/full") != 0)
            fail_msg("%s: %s: %s", every_format[k], err.where, err.text);
    }
    struct stat st;
    assert_int_equal(stat("/dev/full", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    rig_free(&music);
}

/* The limit on a file's size stands for a disk that fills up, at any byte of the file. */
static void a_disk_that_fills_up_anywhere_leaves_no_file(void **state) {
    (void)state;
    struct rig_sound music = rig_music(2, 20000, 48000);
    const struct ton_tags tags = {.title = "Full", .isrc = "QZABC2600001", .bext = true};
    struct rlimit old, tight;
    int failures = 0, codes = 0;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    const int before = rig_count_files();
    for (size_t k = 0; k < COUNT(every_format); k++) {
        struct ton_err err = {0};
        if (!rig_can_encode(every_format[k]))
            continue;
        const char *path = name_of("full", every_format[k]);
        assert_int_equal(rig_store(path, &music, every_format[k], &tags, &err), TON_OK);
        const int64_t size = ton_path_size(path);
        remove(path);
        for (int step = 0; step < 12; step++) {
            tight =
                (struct rlimit){(rlim_t)(step == 11 ? size - 1 : size * step / 11), old.rlim_max};
            setrlimit(RLIMIT_FSIZE, &tight);
            const enum ton_code code = rig_store(path, &music, every_format[k], &tags, &err);
            setrlimit(RLIMIT_FSIZE, &old);
            if (code != TON_ENVIRONMENT || !strstr(err.text, "cannot write: File too large"))
                fail_msg("%s at %d/11 of its size: code %d, %s", every_format[k], step, code,
                         err.text);
            failures++;
            codes += code == TON_ENVIRONMENT;
            assert_int_equal(rig_count_files(), before);
        }
    }
    signal(SIGXFSZ, SIG_DFL);
    figure("%d writes failed, %d told it, no file stayed", failures, codes);
    rig_free(&music);
}

static void a_full_disk_leaves_no_file(void **state) {
    (void)state;
    const char *disk = rig_path("disk");
    assert_int_equal(mkdir(disk, 0755), 0);
    if (mount("tmpfs", disk, "tmpfs", 0, "size=64k") != 0) {
        rmdir(disk);
        skip_because("no right to mount a small disk");
    }
    struct rig_sound music = rig_music(2, 200000, 48000);
    struct ton_err err = {0};
    char path[512];
    snprintf(path, sizeof path, "%s/song.wav", disk);
    const enum ton_code code = rig_store(path, &music, "wav", NULL, &err);
    DIR *d = opendir(disk);
    int files = 0;
    for (struct dirent *e; (e = readdir(d));)
        files += e->d_type == DT_REG;
    closedir(d);
    umount(disk);
    rmdir(disk);
    figure("%s", err.text);
    assert_int_equal(code, TON_ENVIRONMENT);
    assert_non_null(strstr(err.text, "No space left on device"));
    assert_int_equal(files, 0);
    rig_free(&music);
}

static void no_memory_is_told_and_leaves_no_file(void **state) {
    (void)state;
    struct rig_sound music = rig_music(2, 3000, 48000);
    const struct ton_tags tags = {.title = "Memory", .isrc = "QZABC2600001", .bext = true};
    const int before = rig_count_files();
    int refusals = 0;
    for (size_t k = 0; k < COUNT(every_format); k++) {
        if (!rig_can_encode(every_format[k]))
            continue;
        for (long n = 0; n < 200; n++) {
            struct ton_err err;
            const char *path = name_of("memory", every_format[k]);
            ton_alloc_fail_after(n);
            const enum ton_code code = rig_store(path, &music, every_format[k], &tags, &err);
            ton_alloc_fail_after(-1);
            if (code == TON_OK) {
                remove(path);
                break;
            }
            if (code != TON_MEMORY)
                fail_msg("%s, allocation %ld: code %d, %s", every_format[k], n, code, err.text);
            assert_int_equal(rig_count_files(), before);
            refusals++;
        }
    }
    figure("%d allocations failed, each told", refusals);
    assert_true(refusals > 20);
    rig_free(&music);
}

/* Calls of `write` so far, as Linux counts them; -1: it does not. */
static long writes_so_far(void) {
    long n = -1;
    char line[64];
    FILE *f = fopen("/proc/self/io", "r");
    while (f && fgets(line, sizeof line, f))
        sscanf(line, "syscw: %ld", &n);
    if (f)
        fclose(f);
    return n;
}

static void small_blocks_reach_the_disk_in_large_pieces(void **state) {
    (void)state;
    struct rig_sound music = rig_music(2, 100000, 48000);
    const struct ton_audio_out_config config = {
        .format = {.codec = TON_PCM, .bits = 24, .rate = 48000}, .channels = 2};
    struct ton_audio_out *out;
    struct ton_err err;
    const long before = writes_so_far();
    if (before < 0)
        skip_because("writes are not counted here");
    assert_int_equal(ton_audio_create(&out, rig_path("pieces.wav"), &config, &err), TON_OK);
    for (int64_t at = 0; at < music.frames; at += 64) {
        const float *in[] = {music.plane[0] + at, music.plane[1] + at};
        const int64_t n = music.frames - at < 64 ? music.frames - at : 64;
        assert_int_equal(ton_audio_write(out, in, n, &err), TON_OK);
    }
    assert_int_equal(ton_audio_finish(out, &err), TON_OK);
    const long writes = writes_so_far() - before;
    figure("%ld writes for 600 kB in blocks of 64 frames (at most 12)", writes);
    assert_in_range(writes, 1, 12);
    rig_free(&music);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_blocks_reach_the_disk_in_large_pieces),
        cmocka_unit_test(what_is_written_comes_back),
        cmocka_unit_test(any_length_comes_back_to_the_sample),
        cmocka_unit_test(other_decoders_get_the_same_length),
        cmocka_unit_test(the_same_input_gives_the_same_bytes),
        cmocka_unit_test(the_same_bytes_whatever_the_block_size),
        cmocka_unit_test(a_wav_becomes_rf64_where_its_sizes_end),
        cmocka_unit_test(chunks_of_a_wav_end_where_the_file_ends),
        cmocka_unit_test(many_channels_keep_their_places),
        cmocka_unit_test(channels_get_dither_of_their_own),
        cmocka_unit_test(clipping_is_counted),
        cmocka_unit_test(impossible_wishes_are_refused_before_a_file_is_made),
        cmocka_unit_test(abandoning_leaves_nothing_and_keeps_the_old_file),
        cmocka_unit_test(a_full_device_is_told),
        cmocka_unit_test(a_disk_that_fills_up_anywhere_leaves_no_file),
        cmocka_unit_test(a_full_disk_leaves_no_file),
        cmocka_unit_test(no_memory_is_told_and_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
