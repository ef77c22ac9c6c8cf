/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton measure: loudness, peaks, range, correlation of files. */
#include "print.h"
#include "verb.h"

#include "ton/json.h"
#include "ton/measure.h"

/* The columns of the table, by key of the measurement's rows; the JSON has all. */
static const struct {
    const char *key, *title;
    int digits;
} columns[] = {
    {"integrated_lufs", "LUFS", 1},
    {"loudness_range_lu", "LRA", 1},
    {"max_short_term_lufs", "max S", 1},
    {"max_momentary_lufs", "max M", 1},
    {"true_peak_dbtp", "dBTP", 1},
    {"sample_peak_dbfs", "dBFS", 1},
    {"rms_dbfs", "RMS", 1},
    {"crest_db", "crest", 1},
    {"correlation", "corr", 2},
};

struct measured {
    const struct ton_audio_info *info;
    struct ton_measurement values;
};

/* All files as one job: the i-th of n. */
struct share {
    const struct ton_progress *whole;
    size_t i, n;
};

static void step_share(void *user, const char *what, double fraction) {
    const struct share *share = user;
    ton_progress_step(share->whole, what, ((double)share->i + fraction) / (double)share->n);
}

static enum ton_code measure(struct measured *out, struct ton_audio_in *in, struct share *share,
                             struct ton_err *err) {
    const struct ton_progress progress = {.step = step_share, .user = share};
    struct ton_meter *meter = NULL;
    out->info = ton_audio_info(in);
    enum ton_code code = ton_meter_create(&meter, out->info->rate, &out->info->layout, false, err);
    if (code == TON_OK)
        code = ton_meter_feed_file(meter, in, &progress, err);
    if (code == TON_OK)
        ton_meter_finish(meter, &out->values);
    ton_meter_destroy(meter);
    return code;
}

static struct ton_json *format_json(const struct measured *m) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "container", ton_json_string(m->info->container));
    ton_json_set(j, "encoding", ton_json_string(m->info->encoding));
    ton_json_set(j, "rate", ton_json_integer(m->info->rate));
    ton_json_set(j, "channels", ton_json_integer(m->info->channels));
    ton_json_set(j, "frames", ton_json_integer(m->values.frames));
    if (m->info->missing > 0)
        ton_json_set(j, "missing_frames", ton_json_integer(m->info->missing));
    ton_json_set(j, "seconds", ton_json_round((double)m->values.frames / m->info->rate, 6));
    return j;
}

static struct ton_json *file_json(const char *path, const struct measured *m) {
    int n;
    const struct ton_row *rows = ton_measurement_rows(&n);
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "path", ton_json_string(path));
    ton_json_set(j, "format", format_json(m));
    for (int i = 0; i < n; i++)
        ton_json_set(j, rows[i].key,
                     ton_json_round(ton_measurement_value(&m->values, i), rows[i].digits));
    return j;
}

static double value_of(const struct measured *m, const char *key) {
    int n, index = 0;
    const struct ton_row *rows = ton_measurement_rows(&n);
    ton_rows_find(rows, n, key, &index, NULL);
    return ton_measurement_value(&m->values, index);
}

static void table_titles(struct ton_table *table) {
    ton_table_add(table, "File");
    ton_table_add(table, "Length");
    for (int i = 0; i < TON_N(columns); i++)
        ton_table_add(table, columns[i].title);
}

static void table_row(struct ton_table *table, const char *path, const struct measured *m) {
    ton_table_add(table, path);
    ton_table_add(table, ton_length_text(table->arena, m->values.frames, m->info->rate));
    for (int i = 0; i < TON_N(columns); i++)
        ton_table_add(
            table, ton_number_text(table->arena, value_of(m, columns[i].key), columns[i].digits));
}

struct report {
    const struct ton_given *given;
    struct ton_json *files, *errors;
    struct ton_table table;
    enum ton_code worst;
};

static void note_error(struct report *r, const char *path, const struct ton_err *err) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "path", ton_json_string(path));
    ton_json_set(j, "text", ton_json_string(err->text));
    ton_json_add(r->errors, j);
    ton_print_error(err);
    /* Of different failures the one further from the file: a full disk says more than a bad file.
     */
    if (err->code > r->worst)
        r->worst = err->code;
}

/* What is there was measured; that it is not all is a fault. */
static void note_cut(struct report *r, const char *path, const struct ton_audio_info *info) {
    char text[128];
    snprintf(
        text, sizeof text, "is cut short: it holds %.3f s of the %.3f s that its header promises",
        (double)info->frames / info->rate, (double)(info->frames + info->missing) / info->rate);
    ton_print_warning(path, text);
    if (r->worst == TON_OK)
        r->worst = TON_MISSED;
}

static void measure_path(struct report *r, const char *path, struct share *share,
                         struct ton_err *err) {
    struct ton_audio_in *in = NULL;
    struct measured m = {.info = NULL};
    enum ton_code code = ton_audio_open(&in, path, err);
    if (code == TON_OK)
        code = measure(&m, in, share, err);
    if (code == TON_OK) {
        ton_json_add(r->files, file_json(path, &m));
        table_row(&r->table, path, &m);
        if (m.info->missing > 0)
            note_cut(r, path, m.info);
        if (m.values.bad_samples > 0) {
            char text[96];
            snprintf(text, sizeof text, "%lld samples are no numbers; they were taken as silence",
                     (long long)m.values.bad_samples);
            ton_print_warning(path, text);
        }
    } else {
        if (err->where[0] == '\0')
            snprintf(err->where, sizeof err->where, "%s", path);
        note_error(r, path, err);
        ton_print_elsewhere(r->given->arena, r->given->started_in, path);
    }
    ton_audio_close(in);
}

static enum ton_code print_report(struct report *r, bool json, struct ton_err *err) {
    if (!json) {
        ton_json_free(r->files);
        ton_json_free(r->errors);
        return r->table.n <= strlen(r->table.columns) ? TON_OK : ton_table_print(&r->table, err);
    }
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "files", r->files);
    if (ton_json_size(r->errors) > 0)
        ton_json_set(j, "errors", r->errors);
    else
        ton_json_free(r->errors);
    return ton_print_json(j, err);
}

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    struct report r = {
        .given = given,
        .files = ton_json_array(),
        .errors = ton_json_array(),
        .table = {.arena = given->arena, .columns = "lrrrrrrrrrr", .titled = true},
    };
    struct share share = {
        .whole = ton_progress_line(!ton_given_switch(given, "quiet")),
        .n = given->n_arguments,
    };
    table_titles(&r.table);
    for (; share.i < share.n && r.worst != TON_STOPPED; share.i++)
        measure_path(&r, given->arguments[share.i], &share, err);
    ton_progress_clear();
    enum ton_code code = r.worst;
    struct ton_err printing = {.code = TON_OK};
    if (print_report(&r, ton_given_switch(given, "json"), &printing) != TON_OK) {
        *err = printing;
        return printing.code;
    }
    err->text[0] = '\0'; /* said already, file by file */
    return code;
}

static const struct ton_row arguments[] = {
    {.key = "files",
     .label = "FILES…",
     .kind = TON_PATH,
     .flags = TON_ROW_REQUIRED | TON_ROW_MANY,
     .help = "Audio files of any kind that libsndfile or libav reads, the sound of a video too."},
};

static const struct ton_row options[] = {
    TON_OPTION_JSON,
};

static const struct ton_example examples[] = {
    {"ton measure mix.wav", "Prints the loudness, its range and the peaks of a mix."},
    {"ton measure out/*.flac --json", "Prints all values of many files for a script."},
};

const struct ton_verb ton_verb_measure = {
    .name = "measure",
    .order = 200,
    .summary = "Measure loudness, true peak, range and correlation of files",
    .elsewhere = "loudness scan stats",
    .text =
        "Loudness follows ITU-R BS.1770 and EBU R 128: `LUFS` is the integrated loudness, `LRA` "
        "the loudness range in LU, `max S` and `max M` the loudest 3 s and 400 ms. `dBTP` is the "
        "true peak, `dBFS` the largest sample, `RMS` the level in dBFS, `crest` the distance "
        "between the two, `corr` the correlation of left and right.\n\n"
        "A value that does not exist, such as the loudness of silence, is a dash, and `null` in "
        "JSON. A file that cannot be read is named; the others are measured all the same. Of a "
        "file "
        "that was cut short what is there is measured; the exit status is 1 then.",
    .arguments = arguments,
    .n_arguments = TON_N(arguments),
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .refuses = TON_A_SESSION | TON_A_PRODUCTION,
    .run = run,
};
