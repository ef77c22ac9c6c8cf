/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton import: take recordings into a production. */
#include "print.h"
#include "verb.h"

#include "ton/import.h"
#include "ton/json.h"
#include "ton/path.h"
#include "ton/tempo.h"

static struct ton_json *file_json(const struct ton_imported *f) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "file", ton_json_string(f->file));
    ton_json_set(j, "take", ton_json_string(f->take));
    ton_json_set(j, "track", ton_json_string(f->track));
    ton_json_set(j, "role", ton_json_string(f->role));
    ton_json_set(j, "why", ton_json_string(f->why));
    ton_json_set(j, "rate", ton_json_integer(f->rate));
    ton_json_set(j, "channels", ton_json_integer(f->channels));
    ton_json_set(j, "at", ton_json_integer(f->at));
    return j;
}

static enum ton_code print_json(const struct ton_import *done, struct ton_err *err) {
    struct ton_json *j = ton_json_object(), *files = ton_json_array();
    for (int i = 0; i < done->n; i++)
        ton_json_add(files, file_json(&done->files[i]));
    ton_json_set(j, "session", ton_json_string(done->session));
    ton_json_set(j, "rate", ton_json_integer(done->rate));
    ton_json_set(j, "files", files);
    ton_json_set(j, "notes", ton_json_strings(done->notes, (size_t)done->n_notes));
    ton_json_set(j, "skipped", ton_json_strings(done->skipped, (size_t)done->n_skipped));
    return ton_print_json(j, err);
}

static enum ton_code print_report(const struct ton_given *given, const struct ton_import *done,
                                  struct ton_err *err) {
    struct ton_table table = {.arena = given->arena, .columns = "lllrp", .titled = true};
    static const char *const head[] = {"File", "Track", "Role", "At", "Why"};
    for (int i = 0; i < TON_N(head); i++)
        ton_table_add(&table, head[i]);
    for (int i = 0; i < done->n; i++) {
        const struct ton_imported *f = &done->files[i];
        char at[32];
        const char *name = ton_path_name(f->file);
        ton_table_add(&table, ton_text_same(name, f->take) || !f->take
                                  ? name
                                  : ton_arena_printf(given->arena, "%s → %s", name, f->take));
        ton_table_add(&table, f->track);
        ton_table_add(&table, f->role ? f->role : TON_NO_VALUE);
        ton_table_add(&table, ton_arena_text(given->arena,
                                             ton_time_format(at, sizeof at, f->at, done->rate)));
        ton_table_add(&table, f->why);
    }
    const enum ton_code code = ton_table_print(&table, err);
    if (code)
        return code;
    struct ton_text text = {0};
    for (int i = 0; i < done->n_notes; i++)
        ton_text_printf(&text, "%s\n", done->notes[i]);
    for (int i = 0; i < done->n_skipped; i++)
        ton_text_printf(&text, "skipped %s\n", done->skipped[i]);
    ton_text_printf(&text, "%s: %g kHz; change there what was guessed wrong\n", done->session,
                    done->rate / 1000.0);
    return ton_print_prose(&text, err);
}

/* A session among the recordings is told beside all that is wrong with the others. */
static const char **recordings(int *n, const struct ton_given *given,
                               struct ton_problems *problems) {
    const char **files = TON_NEW_N(given->arena, const char *, given->n_arguments + 1);
    *n = 0;
    for (size_t i = 0; files && i < given->n_arguments; i++) {
        struct ton_err wrong;
        if (ton_given_check_kind(given, i, &wrong))
            ton_problems_add(problems, false, wrong.where, "%s", wrong.text);
        else
            files[(*n)++] = given->arguments[i];
    }
    return files;
}

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    const bool json = ton_given_switch(given, "json");
    struct ton_problems problems;
    struct ton_import done = {0};
    ton_problems_init(&problems, given->arena);
    struct ton_import_config config = {.folder = ".", .session = ton_given_text(given, "session")};
    config.files = recordings(&config.n_files, given, &problems);
    if (!config.files)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to import");
    enum ton_code code = ton_import(&done, given->arena, &config, &problems,
                                    ton_progress_line(!ton_given_switch(given, "quiet")), err);
    ton_progress_clear();
    code = ton_print_problems(&problems, code, err);
    for (size_t i = 0; code && i < given->n_arguments; i++)
        ton_print_elsewhere(given->arena, given->started_in, given->arguments[i]);
    if (code)
        return code;
    return json ? print_json(&done, err) : print_report(given, &done, err);
}

static const struct ton_row arguments[] = {
    {.key = "files",
     .label = "FILES",
     .kind = TON_PATH,
     .flags = TON_ROW_REQUIRED | TON_ROW_MANY,
     .help = "Recordings, or folders of them."},
};

static const struct ton_row options[] = {
    {.key = "session",
     .label = "NAME",
     .kind = TON_TEXT,
     .help = "Name of the session to write; the first unwritten one of production.yaml otherwise."},
    TON_OPTION_JSON,
};

static const struct ton_example examples[] = {
    {"ton import ~/recordings/night-train", "Takes in a folder of multitrack recordings."},
    {"ton import take1/*.wav --session night-train", "Names the session."},
};

const struct ton_verb ton_verb_import = {
    .name = "import",
    .order = 110,
    .summary = "Copy recordings in as takes and write a session",
    .text = "Copies the files into audio/ byte for byte and writes a session with a track for each "
            "file, or for each pair of left and right files. Roles are guessed from the names "
            "(`SNR btm`, `OH_L`, `LV dbl`), starts from BWF time references; what was guessed and "
            "why is told. A recorder's file of many microphones becomes a track for each, called "
            "as the recorder calls it (iXML, bext).\n\nNothing is overwritten: when a file cannot "
            "be used or the session is "
            "there already, everything wrong is said and nothing is changed.",
    .arguments = arguments,
    .n_arguments = TON_N(arguments),
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .refuses = TON_A_SESSION | TON_A_PRODUCTION,
    .refuses_itself = true,
    .run = run,
};
