/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every odd, broken and broadcast file of the open data: held against what libsndfile and ffmpeg
 * made of it. */
#include "audio_rig.h"

#include "ton/json.h"

#include <sndfile.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char *data_path(const char *folder, const char *name) {
    static char paths[4][6000];
    static int next;
    char *path = paths[next++ & 3];
    snprintf(path, sizeof paths[0], "%s/%s/%s", test_data(), folder, name);
    return path;
}

/* One row: file, libsndfile's word, format, subtype, rate, channels, frames, ffmpeg's codec, rate,
 * channels, frames, … */
enum {
    FILE_NAME,
    SNDFILE_WORD,
    RATE = 4,
    CHANNELS,
    FRAMES,
    FF_CODEC,
    FF_RATE,
    FF_CHANNELS,
    FF_FRAMES,
    N_FIELDS
};

static void split(char *line, char *fields[N_FIELDS]) {
    int n = 0;
    while (n < N_FIELDS) {
        fields[n++] = line;
        line += strcspn(line, ",\r\n");
        if (*line != ',')
            break;
        *line++ = '\0';
    }
    *line = '\0';
    while (n < N_FIELDS)
        fields[n++] = line;
}

struct verdict {
    enum ton_code code;
    int rate, channels;
    int64_t frames;
    struct ton_err err;
};

static struct verdict read_all(const char *path) {
    struct verdict v = {0};
    struct rig_sound s;
    v.code = rig_load(&s, path, &v.err);
    v.rate = s.rate;
    v.channels = s.channels;
    v.frames = s.frames;
    rig_free(&s);
    return v;
}

static bool is_number(const char *s) {
    return *s >= '0' && *s <= '9';
}

static bool matches(const struct verdict *v, char *const *f, int rate, int channels, int frames) {
    return v->code == TON_OK && v->rate == strtol(f[rate], NULL, 10) &&
           v->channels == strtol(f[channels], NULL, 10) &&
           v->frames == strtoll(f[frames], NULL, 10);
}

struct tally {
    int files, read, refused, either;
};

/* Where both programs agree we must; where they differ, either or a sentence will do. */
static void judge(const char *folder, char *const *f, struct tally *t) {
    const char *path = data_path(folder, f[FILE_NAME]);
    const struct verdict v = read_all(path);
    const bool sndfile = strcmp(f[SNDFILE_WORD], "ok") == 0;
    const bool ffmpeg = is_number(f[FF_FRAMES]) && strtoll(f[FF_FRAMES], NULL, 10) > 0;
    const bool as_sndfile = sndfile && matches(&v, f, RATE, CHANNELS, FRAMES);
    const bool as_ffmpeg = ffmpeg && matches(&v, f, FF_RATE, FF_CHANNELS, FF_FRAMES);
    const bool agree =
        sndfile == ffmpeg &&
        (!sndfile || (strcmp(f[FRAMES], f[FF_FRAMES]) == 0 && strcmp(f[RATE], f[FF_RATE]) == 0 &&
                      strcmp(f[CHANNELS], f[FF_CHANNELS]) == 0));
    const bool refused = v.code == TON_INPUT && v.err.text[0] && strcmp(v.err.where, path) == 0;
    t->files++;
    t->read += v.code == TON_OK;
    t->refused += refused;
    t->either += !agree;
    if (agree ? (sndfile ? !as_sndfile : !refused) : !(as_sndfile || as_ffmpeg || refused))
        fail_msg("%s: code %d, %d Hz, %d channels, %lld frames, %s", path, v.code, v.rate,
                 v.channels, (long long)v.frames, v.err.text);
    if (refused)
        figure("%s: %s", f[FILE_NAME], v.err.text);
}

static void judge_folder(const char *folder) {
    size_t size;
    struct tally t = {0};
    char *csv = rig_read(data_path(folder, "expected.csv"), &size);
    char *line = csv + strcspn(csv, "\n"); /* the first line names the columns */
    while (*line == '\n' && line[1]) {
        char row[1000], *fields[N_FIELDS];
        const int length = (int)strcspn(line + 1, "\n");
        snprintf(row, sizeof row, "%.*s", length, line + 1);
        split(row, fields);
        judge(folder, fields, &t);
        line += 1 + length;
    }
    figure("%s: %d files, %d read exactly, %d refused in a sentence; on %d the two programs differ",
           folder, t.files, t.read, t.refused, t.either);
    assert_true(t.files > 10);
    ton_free(csv);
}

static void odd_wavs_are_read_or_refused(void **state) {
    (void)state;
    if (!test_data())
        skip_because("no open data");
    judge_folder("odd-wav");
}

/* Its fact chunk and its bit rate guess at more frames than it has, yet every byte is there. */
static void an_mp3_inside_of_a_wav_is_not_cut_short(void **state) {
    (void)state;
    if (!test_data())
        skip_because("no open data");
    struct ton_audio_in *in;
    struct ton_err err;
    assert_int_equal(ton_audio_open(&in, data_path("odd-wav", "mpeglayer3.wav"), &err), TON_OK);
    figure("%lld frames, %lld missing", (long long)ton_audio_info(in)->frames,
           (long long)ton_audio_info(in)->missing);
    assert_int_equal(ton_audio_info(in)->missing, 0);
    ton_audio_close(in);
}

static void the_flac_test_bench_is_read_or_refused(void **state) {
    (void)state;
    if (!test_data())
        skip_because("no open data");
    judge_folder("flac-testbench");
}

static void broadcast_wavs_are_read(void **state) {
    (void)state;
    if (!test_data())
        skip_because("no open data");
    judge_folder("bwf");
}

static void adm_files_hold_what_their_data_chunk_says(void **state) {
    (void)state;
    if (!test_data())
        skip_because("no open data");
    size_t size;
    char *csv = rig_read(data_path("adm", "chunks.csv"), &size);
    int files = 0;
    for (char *line = csv; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        char name[200];
        long long offset, bytes;
        if (sscanf(line, "%199[^,],data,%lld,%lld", name, &offset, &bytes) != 3)
            continue;
        struct ton_audio_in *in;
        struct ton_err err;
        assert_int_equal(ton_audio_open(&in, data_path("adm", name), &err), TON_OK);
        const struct ton_audio_info *i = ton_audio_info(in);
        assert_int_equal(i->frames * i->channels * (i->bits / 8), bytes);
        ton_audio_close(in);
        files++;
    }
    figure("%d files", files);
    assert_int_equal(files, 5);
    ton_free(csv);
}

static void same_text(const struct ton_json *tags, const char *key, const char *found,
                      const char *name) {
    const char *wanted = ton_json_as_string(ton_json_get(tags, key));
    if (wanted && *wanted && !ton_text_same(wanted, found))
        fail_msg("%s: %s is `%s`, not `%s`", name, key, found ? found : "", wanted);
}

static void broadcast_extensions_are_read_field_by_field(void **state) {
    (void)state;
    if (!test_data())
        skip_because("no open data");
    size_t size;
    struct ton_json *all;
    struct ton_err err;
    char *text = rig_read(data_path("bwf", "bext-tags.json"), &size);
    assert_int_equal(ton_json_parse(&all, text, size, "bext-tags.json", &err), TON_OK);
    DIR *d = opendir(data_path("bwf", "."));
    int files = 0;
    for (struct dirent *e; (e = readdir(d));) {
        const struct ton_json *tags = ton_json_get(all, e->d_name);
        struct ton_audio_in *in;
        const char *place = ton_json_as_string(ton_json_get(tags, "time_reference"));
        if (!place) /* the tags of another chunk */
            continue;
        assert_int_equal(ton_audio_open(&in, data_path("bwf", e->d_name), &err), TON_OK);
        const struct ton_audio_info *i = ton_audio_info(in);
        same_text(tags, "comment", i->description, e->d_name);
        same_text(tags, "encoded_by", i->originator, e->d_name);
        same_text(tags, "date", i->origination_date, e->d_name);
        same_text(tags, "creation_time", i->origination_time, e->d_name);
        assert_true(i->has_time_reference);
        assert_int_equal(i->time_reference, strtoll(place, NULL, 10));
        files++;
        ton_audio_close(in);
    }
    closedir(d);
    figure("%d files with description, originator, date, time and place", files);
    assert_true(files >= 8);
    ton_json_free(all);
    ton_free(text);
}

/* Our conversion of plain samples against libsndfile's own. Returns the frames compared. */
static int64_t compare_with_sndfile(const char *path) {
    SF_INFO sf = {0};
    struct rig_sound s;
    struct ton_err err;
    SNDFILE *file = sf_open(path, SFM_READ, &sf);
    if (!file)
        return 0;
    if (rig_load(&s, path, &err) != TON_OK || s.frames != sf.frames) {
        rig_free(&s);
        sf_close(file);
        return 0;
    }
    float *theirs = ton_alloc((size_t)(sf.frames * sf.channels) * sizeof(float) + 64);
    assert_int_equal(sf_readf_float(file, theirs, sf.frames), sf.frames);
    for (int64_t i = 0; i < sf.frames; i++) {
        for (int c = 0; c < sf.channels; c++) {
            if (memcmp(&s.plane[c][i], &theirs[i * sf.channels + c], sizeof(float)) != 0)
                fail_msg("%s: channel %d, frame %lld", path, c, (long long)i);
        }
    }
    ton_free(theirs);
    rig_free(&s);
    sf_close(file);
    return sf.frames;
}

static void plain_samples_are_bit_equal_to_libsndfiles(void **state) {
    (void)state;
    if (!test_data())
        skip_because("no open data");
    static const char *const folders[] = {"odd-wav", "format-zoo", "bwf", "adm"};
    int files = 0;
    int64_t frames = 0;
    for (size_t k = 0; k < COUNT(folders); k++) {
        DIR *d = opendir(data_path(folders[k], "."));
        for (struct dirent *e; (e = readdir(d));) {
            const char *end = ton_path_extension(e->d_name);
            if (strcasecmp(end, "wav") != 0 && strcasecmp(end, "aif") != 0 &&
                strcasecmp(end, "aiff") != 0 && strcasecmp(end, "caf") != 0 &&
                strcasecmp(end, "w64") != 0 && strcasecmp(end, "au") != 0)
                continue;
            const int64_t n = compare_with_sndfile(data_path(folders[k], e->d_name));
            files += n > 0;
            frames += n;
        }
        closedir(d);
    }
    figure("%d files, %lld frames", files, (long long)frames);
    assert_true(files > 60);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_wavs_are_read_or_refused),
        cmocka_unit_test(an_mp3_inside_of_a_wav_is_not_cut_short),
        cmocka_unit_test(the_flac_test_bench_is_read_or_refused),
        cmocka_unit_test(broadcast_wavs_are_read),
        cmocka_unit_test(adm_files_hold_what_their_data_chunk_says),
        cmocka_unit_test(broadcast_extensions_are_read_field_by_field),
        cmocka_unit_test(plain_samples_are_bit_equal_to_libsndfiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
