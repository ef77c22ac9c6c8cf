/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton mix: a session's mix as a file. */
#include "print.h"
#include "profile.h"
#include "settings.h"

#include "ton/json.h"
#include "ton/mixdown.h"
#include "ton/recover.h"
#include "ton/session.h"
#include "ton/text.h"

#include <unistd.h>

static struct ton_json *mix_json(const struct ton_mixdown *m) {
    int n;
    char format[64];
    const struct ton_row *rows = ton_measurement_rows(&n);
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "session", ton_json_string(m->session));
    ton_json_set(j, "path", ton_json_string(m->path));
    ton_json_set(j, "format", ton_json_string(ton_format_text(format, sizeof format, &m->format)));
    ton_json_set(j, "frames", ton_json_integer(m->measured.frames));
    for (int i = 0; i < n; i++)
        ton_json_set(j, rows[i].key,
                     ton_json_round(ton_measurement_value(&m->measured, i), rows[i].digits));
    ton_json_set(j, "clipped", ton_json_integer(m->clipped));
    ton_json_set(j, "repaired", ton_json_integer(m->repaired));
    if (m->bypassed)
        ton_json_set(j, "bypassed", ton_json_bool(true));
    if (m->profile)
        ton_profile_json(j, m);
    return j;
}

static void warn(const struct ton_mixdown *m) {
    char text[256];
    if (m->clipped > 0) {
        snprintf(text, sizeof text,
                 "%lld samples were over full scale and are clipped; lower the mix or write "
                 "`--format \"wav float 32-bit\"`",
                 (long long)m->clipped);
        ton_print_warning(m->path, text);
    }
    if (m->repaired > 0) {
        snprintf(text, sizeof text, "%lld samples of %s were no numbers and were set to silence",
                 (long long)m->repaired, m->repaired_at ? m->repaired_at : "a strip");
        ton_print_warning(m->session, text);
    }
}

static enum ton_code print_mix(struct ton_arena *arena, const struct ton_mixdown *m,
                               struct ton_err *err) {
    char format[64];
    struct ton_text text = {0};
    if (!m->descriptor)
        ton_text_add_shown(&text, m->path);
    ton_text_printf(&text, "%s%s, %s, %s LUFS, %s dBTP\n", m->descriptor ? "" : ": ",
                    ton_format_text(format, sizeof format, &m->format),
                    ton_length_text(arena, m->measured.frames, m->format.rate),
                    ton_number_text(arena, m->measured.integrated_lufs, 1),
                    ton_number_text(arena, m->measured.true_peak_dbtp, 1));
    text.failed |= ton_arena_failed(arena);
    return m->descriptor ? ton_print_aside(&text, m->path, err) : ton_print_prose(&text, err);
}

/* TON_MISSED: the file is there, but goes without a plug-in that failed. */
static enum ton_code mix_one(struct ton_json *list, const struct ton_given *given,
                             const struct ton_mixdown_config *config, struct ton_err *err) {
    struct ton_problems problems;
    struct ton_mixdown mix;
    ton_problems_init(&problems, given->arena);
    enum ton_code code = ton_mixdown(&mix, given->arena, config, &problems,
                                     ton_progress_line(!ton_given_switch(given, "quiet")), err);
    ton_progress_clear();
    code = ton_print_problems(&problems, code, err);
    if (code != TON_OK)
        return code;
    warn(&mix);
    if (ton_given_switch(given, "json"))
        ton_json_add(list, mix_json(&mix));
    else
        code = print_mix(given->arena, &mix, err);
    if (code == TON_OK && mix.profile && !ton_given_switch(given, "json") && !mix.descriptor)
        code = ton_profile_print(given->arena, &mix, err);
    return code == TON_OK && mix.bypassed ? TON_MISSED : code;
}

static void warn_of_takes(const struct ton_given *given, const char *session) {
    struct ton_problems problems;
    ton_problems_init(&problems, given->arena);
    ton_recordings_warn(&problems, ton_session_folder(given->arena, session));
    ton_print_problems(&problems, TON_OK, NULL);
}

static enum ton_code mix_all(const struct ton_given *given, struct ton_mixdown_config *config,
                             const char *const *paths, size_t n, struct ton_err *err) {
    struct ton_json *j = ton_json_object(), *list = ton_json_array();
    enum ton_code code = TON_OK;
    int n_bypassed = 0;
    if (n > 0)
        warn_of_takes(given, paths[0]);
    for (size_t i = 0; i < n && code == TON_OK; i++) {
        config->session = paths[i];
        code = mix_one(list, given, config, err);
        n_bypassed += code == TON_MISSED;
        code = code == TON_MISSED ? TON_OK : code;
    }
    ton_json_set(j, "mixes", list);
    if (code == TON_OK && ton_given_switch(given, "json"))
        code = ton_print_json(j, err);
    else
        ton_json_free(j);
    if (code == TON_OK && n_bypassed)
        return ton_fail(err, TON_MISSED, NULL,
                        "%d of %zu mixes %s without a plug-in that failed: see above which",
                        n_bypassed, n, n_bypassed == 1 ? "goes" : "go");
    return code;
}

/* `-` and /dev/stdout: the samples go where other words would, and those go aside. */
static enum ton_code stream(struct ton_mixdown_config *config, const struct ton_given *given,
                            struct ton_err *err) {
    if (!config->out || (strcmp(config->out, "-") != 0 && strcmp(config->out, "/dev/stdout") != 0))
        return TON_OK;
    if (ton_given_switch(given, "json"))
        return ton_fail(err, TON_USAGE, NULL,
                        "the mix and `--json` cannot both go to standard output; give `--out` the "
                        "name of a file");
    if (isatty(STDOUT_FILENO))
        return ton_fail(err, TON_USAGE, NULL,
                        "standard output is a terminal, which plays no sound; lead it into a "
                        "program or a file, as in `ton mix -o - | play -`");
    config->descriptor = STDOUT_FILENO;
    config->out = "standard output";
    return TON_OK;
}

/* `--from 13|1` comes as `13`: the shell took the rest for a program. */
static enum ton_code check_quoted(const struct ton_given *given, const char *key,
                                  struct ton_err *err) {
    const char *time = ton_given_text(given, key);
    if (!time || time[strspn(time, "0123456789")] != '\0')
        return TON_OK;
    return ton_fail(err, TON_USAGE, NULL,
                    "`--%s %s` has no unit; write minutes:seconds (`0:12.5`), or with quotes for "
                    "the shell '%s|1' (a bar) or '%s samples'",
                    key, time, time, time);
}

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    struct ton_mixdown_config config = {
        .out = ton_given_text(given, "out"),
        .format = ton_given_text(given, "format"),
        .from = ton_given_text(given, "from"),
        .to = ton_given_text(given, "to"),
        .threads = (int)ton_given_value(given, "threads"),
        .profile = ton_given_switch(given, "profile"),
    };
    config.only = ton_given_many(given, "only", &config.n_only);
    config.without = ton_given_many(given, "without", &config.n_without);
    const char **paths = NULL;
    size_t n = 0;
    struct ton_settings settings;
    enum ton_code code = ton_given_settings(&settings, given, err);
    if (code == TON_OK)
        config.cache = ton_cache_limit(&settings);
    if (code == TON_OK)
        code = check_quoted(given, "from", err);
    if (code == TON_OK)
        code = check_quoted(given, "to", err);
    if (code == TON_OK)
        code = ton_sessions_find(&paths, &n, given->arena,
                                 given->n_arguments > 0 ? given->arguments[0] : NULL, err);
    if (code == TON_OK)
        code = stream(&config, given, err);
    if (code != TON_OK)
        return code;
    if (config.out && n > 1)
        return ton_fail(err, TON_USAGE, NULL,
                        "`--out` names one file, but there are %zu sessions; name one of them", n);
    return mix_all(given, &config, paths, n, err);
}

static const struct ton_row arguments[] = {TON_ARGUMENT_SESSION("all of them without")};

static const struct ton_row options[] = {
    {.key = "out",
     .label = "FILE",
     .kind = TON_PATH,
     .help = "Write this file; its suffix decides the format (.wav, .flac, .mp3, .opus, .m4a). `-` "
             "is standard output, for another program: WAV."},
    {.key = "format",
     .label = "FORMAT",
     .kind = TON_TEXT,
     .help = "Such as `wav 24-bit` (usual), `wav float 32-bit`, `flac 16-bit`, `mp3 320k`; must "
             "fit the suffix of `--out`."},
    {.key = "only",
     .label = "WHO",
     .kind = TON_TEXT,
     .flags = TON_ROW_MANY,
     .help = "Only this role, bus or track; may be given several times."},
    {.key = "without",
     .label = "WHO",
     .kind = TON_TEXT,
     .flags = TON_ROW_MANY,
     .help = "Without this role, bus or track; may be given several times."},
    {.key = "from",
     .label = "TIME",
     .kind = TON_TEXT,
     .help = "Start here: `1:02.5`, `17|1`, `48000 samples`; the last two in quotes."},
    {.key = "to", .label = "TIME", .kind = TON_TEXT, .help = "End here, without the tail."},
    TON_OPTION_THREADS,
    {.key = "profile",
     .kind = TON_SWITCH,
     .help = "Tell where the time went: strip by strip and processor by processor, in ns a frame."},
    TON_OPTION_JSON,
};

static const struct ton_example examples[] = {
    {"ton mix", "Mixes every session of the production into `out/mixes/`."},
    {"ton mix night-train -o rough.wav", "Mixes `sessions/night-train.yaml` into `rough.wav`."},
    {"ton mix night-train -o - | ffmpeg -i - rough.ogg", "Leads the mix into another program."},
    {"ton mix night-train --without vocals --from '17|1' --to '25|1'",
     "Mixes eight bars without the vocals."},
};

const struct ton_verb ton_verb_mix = {
    .name = "mix",
    .order = 300,
    .summary = "Render the mix of a session",
    .elsewhere = "bounce mixdown render",
    .text =
        "Reads the session, renders its mix bus and writes one file at the session's rate, "
        "measured on its way. The mastering chain of the production is not applied; that is "
        "`ton master`.\n\n"
        "`--profile` tells where the time went: per strip, the dearest first, what reading its "
        "takes and each processor took of a core (a plug-in: of the clock), in ns a frame and as a "
        "share; what measuring and writing took; and the total of all that the program computed. "
        "Equal processors of several strips run side by side, and share their time. In a "
        "production, "
        "what is costly and a change elsewhere leaves as it is (pitch shifters, plug-ins, "
        "saturation) is kept below .cache/ and read back the next time, with the same bits: `from "
        "the cache` in the profile. The rest is rendered each time.\n\n"
        "`--only` and `--without` take the words that deliverables take: a role (`vocals` "
        "means `vocals.lead` too), a bus or a track. A part of the mix does not take the name "
        "of the whole: `ton mix night-train --only drums` writes `out/mixes/night-train (only "
        "drums).wav`, with `--from` and `--to` in the brackets too.\n\nThe exit status is 1 when a "
        "plug-in failed and was bypassed, as its session chose: the file is there, without "
        "it.",
    .arguments = arguments,
    .n_arguments = TON_N(arguments),
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .completion = TON_COMPLETE_SESSIONS,
    .refuses = TON_A_PRODUCTION | TON_A_SOUND,
    .run = run,
};
