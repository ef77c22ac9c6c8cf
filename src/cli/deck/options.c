/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the command line to a deck. */
#include "face.h"

#include "monitor_choice.h"
#include "print.h"

#include "ton/mixdown.h"
#include "ton/path.h"
#include "ton/preset.h"
#include "ton/production.h"
#include "ton/takes.h"

const char *const deck_leaders[] = {"jack", "ltc", NULL};
const char *const deck_states[] = {
    [TON_DECK_STOPPED] = "stop", [TON_DECK_WAITS] = "wait", [TON_DECK_COUNTS] = "count",
    [TON_DECK_PLAYS] = "play",   [TON_DECK_BEFORE] = "pre", [TON_DECK_IN] = "rec",
    [TON_DECK_BEHIND] = "post",
};
const char *const deck_monitor_modes[] = {"off", "on", "auto", NULL};

static enum ton_code choose_outputs(struct ton_deck_config *config, const struct ton_given *given,
                                    const char *outputs, struct ton_err *err) {
    const char *comma = outputs ? strchr(outputs, ',') : NULL;
    if (!outputs)
        return TON_OK;
    if (!comma || comma == outputs || !comma[1])
        return ton_fail(err, TON_USAGE, "--outputs",
                        "`%s` names no left and right; write `3,4`, or two ports with a comma",
                        outputs);
    config->outputs[0] = ton_arena_copy(given->arena, outputs, (size_t)(comma - outputs));
    config->outputs[1] = comma + 1;
    return config->outputs[0] ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory");
}

enum ton_code deck_check_folder(struct ton_arena *arena, struct ton_err *err) {
    const char **paths = NULL;
    size_t n = 0;
    return ton_path_exists("production.yaml") || ton_path_exists("production.db")
               ? TON_OK
               : ton_sessions_find(&paths, &n, arena, NULL, err);
}

/* The first session of a production is begun with its first recording: one that production.yaml
 * names and nobody has written yet. NULL: there is none. */
static const char *unwritten_session(const struct ton_given *given) {
    struct ton_problems problems;
    struct ton_production *production = NULL;
    const char *word = given->n_arguments ? given->arguments[0] : NULL;
    ton_problems_init(&problems, given->arena);
    if (!ton_path_exists("production.yaml") ||
        ton_production_read(&production, given->arena, ".", &problems, NULL))
        return NULL;
    for (int i = 0; i < production->n_sessions; i++) {
        const char *name = production->sessions[i];
        const char *path = ton_arena_printf(given->arena, "sessions/%s.yaml", name);
        if (path && !ton_path_exists(path) && (!word || ton_text_same(word, name)))
            return path;
    }
    return NULL;
}

/* An option whose value ends without the unit that stands behind it, as in `--length 30 s`; NULL.
 */
static const struct ton_setting *lost_unit(const struct ton_given *given, const char *word) {
    static const char *const units[] = {"s",    "ms",    "min",    "h",       "bar",   "bars",
                                        "beat", "beats", "sample", "samples", "frames"};
    bool is_unit = false;
    for (int i = 0; i < TON_N(units); i++)
        is_unit |= strcmp(word, units[i]) == 0;
    for (size_t i = given->n_settings; i > 0 && is_unit; i--) {
        const char *text = given->settings[i - 1].text;
        if (*text && strspn(text, "0123456789.") == strlen(text))
            return &given->settings[i - 1];
    }
    return NULL;
}

/* What stands where a session is expected may be meant for another place. */
static enum ton_code explain_argument(const struct ton_given *given, bool records,
                                      enum ton_code code, struct ton_err *err) {
    const char *word = given->n_arguments ? given->arguments[0] : "";
    const struct ton_setting *lost = lost_unit(given, word);
    char option[64];
    if (code != TON_INPUT || !*word)
        return code;
    if (lost)
        return ton_fail(err, TON_USAGE, ton_option_name(option, sizeof option, lost->row->key),
                        "`%s` is taken for a session: a value and its unit are one word, in "
                        "quotes: `%s '%s %s'`",
                        word, option, lost->text, word);
    if (strspn(word, "0123456789:|.") == strlen(word) && strpbrk(word, ":|"))
        return ton_fail(err, TON_USAGE, NULL,
                        "there is no session `%s`; a place to begin at is `--from '%s'`", word,
                        word);
    if (records && strspn(word, "0123456789,") == strlen(word))
        return ton_fail(err, TON_USAGE, NULL,
                        "there is no session `%s`; a track and its input are one word: "
                        "`--arm %s=%s`",
                        word, ton_given_text(given, "arm") ? ton_given_text(given, "arm") : "Voice",
                        word);
    if (records && strchr(word, '='))
        return ton_fail(err, TON_USAGE, NULL,
                        "there is no session `%s`; a track is armed with `--arm %s`", word, word);
    if (records && !strchr(word, '/') && !strstr(err->text, "did you mean"))
        return ton_fail(err, code, NULL, "%s; if it is a track: `--arm %s=1`",
                        ton_arena_text(given->arena, err->text), word);
    return code;
}

static enum ton_code choose_session(struct ton_deck_config *config, const struct ton_given *given,
                                    struct ton_err *err) {
    const char **paths = NULL;
    size_t n = 0;
    const enum ton_code code = ton_sessions_find(
        &paths, &n, given->arena, given->n_arguments ? given->arguments[0] : NULL, err);
    const char *unwritten = code && config->records ? unwritten_session(given) : NULL;
    if (unwritten) {
        paths = &unwritten;
        n = 1;
    } else if (code) {
        return explain_argument(given, config->records, code, err);
    }
    if (n > 1)
        return ton_fail(err, TON_USAGE, NULL, "there are %zu sessions; say which: `ton %s %s`", n,
                        given->verb->name, ton_path_stem(given->arena, paths[0]));
    config->session = paths[0];
    config->folder = ton_session_folder(given->arena, paths[0]);
    return config->folder ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory");
}

/* What would have no effect on this device. */
static enum ton_code check_device(const struct ton_given *given,
                                  const struct ton_device_info *device, struct ton_err *err) {
    const int asked = (int)ton_given_value(given, "period");
    if (asked && asked != device->period_frames && ton_text_same(device->backend, "jack"))
        return ton_fail(err, TON_USAGE, "--period",
                        "the periods of a JACK server are its own, and have %d frames here; "
                        "`jack_bufsize %d` changes those of all its programs",
                        device->period_frames, asked);
    if (ton_given_text(given, "speed") && !ton_text_same(device->backend, "null"))
        return ton_fail(err, TON_USAGE, "--speed",
                        "`%s` runs as fast as its clock; `--device null` can be faster",
                        device->backend);
    return TON_OK;
}

/* Before anything is opened or made: of the device that will be. */
static enum ton_code foresee_device(const struct ton_given *given,
                                    const struct ton_deck_config *config, struct ton_err *err) {
    struct ton_devices devices;
    const bool asked = ton_given_value(given, "period") > 0 || ton_given_text(given, "speed");
    if (!asked || ton_text_same(config->backend, "null"))
        return TON_OK;
    const enum ton_code code = ton_devices_list(&devices, given->arena, config->server, err);
    const struct ton_device_info *device =
        code ? NULL : ton_devices_default(&devices, config->backend);
    return device ? check_device(given, device, err) : code;
}

enum ton_code deck_configure(struct ton_deck_config *config, struct ton_settings *settings,
                             const struct ton_given *given, struct ton_err *err) {
    config->period_frames = (int)ton_given_value(given, "period");
    config->speed = (double)ton_given_value(given, "speed");
    config->from = ton_given_text(given, "from");
    config->to = ton_given_text(given, "to");
    config->loop = ton_given_switch(given, "loop");
    config->solo = ton_given_many(given, "solo", &config->n_solo);
    config->mute = ton_given_many(given, "mute", &config->n_mute);
    config->click_to = ton_given_text(given, "click_to");
    config->click_db = ton_given_value(given, "click_gain");
    const float leader = ton_given_value(given, "follow");
    config->leads = ton_given_switch(given, "lead");
    config->follow = config->leads || leader == 0 ? TON_FOLLOW_JACK
                     : leader == 1                ? TON_FOLLOW_LTC
                                                  : TON_FOLLOW_NOTHING;
    config->ltc_in = ton_given_text(given, "ltc_in");
    config->ltc_out = ton_given_text(given, "ltc_out");
    config->timecode = ton_given_text(given, "timecode");
    config->drop_frame = ton_given_switch(given, "drop_frame");
    config->midi_out = ton_given_text(given, "midi_out");
    if (config->follow == TON_FOLLOW_LTC && !config->ltc_in)
        return ton_fail(err, TON_USAGE, "--follow",
                        "timecode comes in through a port: `--ltc-in 8`");
    if (config->leads && leader == 1)
        return ton_fail(err, TON_USAGE, "--lead", "who follows timecode cannot lead");
    enum ton_code code = ton_given_settings(settings, given, err);
    const char *device = ton_given_text(given, "device");
    const char *outputs = ton_given_text(given, "outputs");
    struct device_choice choice = {0};
    if (config->latency < 0)
        config->latency = settings->latency;
    if (!code)
        code = device_choose(&choice, given->arena, device ? device : settings->device, err);
    config->backend = choice.backend;
    config->device = choice.device;
    config->server = choice.server;
    if (!code)
        code = choose_outputs(config, given, outputs ? outputs : settings->outputs, err);
    if (!code)
        code = foresee_device(given, config, err);
    if (!code)
        code = monitor_choose(&config->monitor_chain, &config->monitor_chain_file,
                              ton_given_text(given, "monitor_chain"), settings, given->arena, err);
    return code ? code : choose_session(config, given, err);
}
