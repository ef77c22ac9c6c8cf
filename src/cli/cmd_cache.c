/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton cache: what a production keeps to be fast, and less of it. */
#include "print.h"
#include "settings.h"

#include "ton/json.h"
#include "ton/store.h"

#include <time.h>

enum { MOST_KINDS = 8 };

struct shown {
    struct ton_cache_config config;
    struct ton_cache_share shares[MOST_KINDS], gone[MOST_KINDS];
    bool pruned;
};

static const char *bytes_text(struct ton_arena *arena, int64_t bytes) {
    char text[32];
    return ton_arena_text(arena, ton_bytes_format(text, sizeof text, bytes));
}

/* Local time; in JSON that of Greenwich. */
static const char *time_text(struct ton_arena *arena, int64_t seconds, bool utc) {
    char text[64];
    struct tm parts;
    const time_t when = (time_t)seconds;
    if (seconds == 0 || !(utc ? gmtime_r(&when, &parts) : localtime_r(&when, &parts)))
        return NULL;
    strftime(text, sizeof text, utc ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%d %H:%M", &parts);
    return ton_arena_text(arena, text);
}

static struct ton_cache_share sum_of(const struct ton_cache_share *shares, int n) {
    struct ton_cache_share sum = {0};
    for (int i = 0; i < n; i++) {
        sum.entries += shares[i].entries;
        sum.bytes += shares[i].bytes;
    }
    return sum;
}

static void add_removed(struct ton_json *j, const struct ton_cache_share *gone) {
    ton_json_set(j, "removed_entries", ton_json_integer(gone->entries));
    ton_json_set(j, "removed_bytes", ton_json_integer(gone->bytes));
}

static struct ton_json *kind_json(const struct ton_given *given, const struct shown *s, int i) {
    const struct ton_cache_kind *kind = &s->config.kinds[i];
    const struct ton_cache_share *share = &s->shares[i];
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "name", ton_json_string(kind->folder));
    ton_json_set(j, "holds", ton_json_string(kind->holds));
    ton_json_set(j, "entries", ton_json_integer(share->entries));
    ton_json_set(j, "bytes", ton_json_integer(share->bytes));
    ton_json_set(j, "last_used", ton_json_string(time_text(given->arena, share->last_used, true)));
    if (s->pruned)
        add_removed(j, &s->gone[i]);
    return j;
}

static enum ton_code print_json(const struct ton_given *given, const struct shown *s,
                                struct ton_err *err) {
    struct ton_json *j = ton_json_object(), *list = ton_json_array();
    const struct ton_cache_share all = sum_of(s->shares, s->config.n_kinds);
    const struct ton_cache_share gone = sum_of(s->gone, s->config.n_kinds);
    for (int i = 0; i < s->config.n_kinds; i++)
        ton_json_add(list, kind_json(given, s, i));
    ton_json_set(j, "folder", ton_json_string(s->config.folder));
    ton_json_set(j, "kinds", list);
    ton_json_set(j, "bytes", ton_json_integer(all.bytes));
    ton_json_set(j, "limit", ton_json_integer(s->config.limit));
    if (s->pruned)
        add_removed(j, &gone);
    return ton_print_json(j, err);
}

/* What went, kind by kind, and what is gone with it. */
static void add_gone(struct ton_text *text, struct ton_arena *arena, const struct shown *s) {
    const struct ton_cache_share all = sum_of(s->gone, s->config.n_kinds);
    const char *before = ": ";
    if (all.bytes == 0) {
        ton_text_add(text, "\nThere was nothing to remove.");
        return;
    }
    ton_text_printf(text, "\n%lld %s removed, %s", (long long)all.entries,
                    all.entries == 1 ? "entry" : "entries", bytes_text(arena, all.bytes));
    for (int i = 0; i < s->config.n_kinds; i++) {
        const struct ton_cache_share *gone = &s->gone[i];
        if (gone->bytes == 0)
            continue;
        ton_text_printf(text, "%s%s %lld (%s)", before, s->config.kinds[i].folder,
                        (long long)gone->entries, bytes_text(arena, gone->bytes));
        before = ", ";
    }
    for (int i = 0; i < s->config.n_kinds; i++)
        if (s->gone[i].entries && s->config.kinds[i].lost)
            ton_text_printf(text, "; %s", s->config.kinds[i].lost);
    ton_text_add(text, ".");
}

static enum ton_code print_table(const struct ton_given *given, const struct shown *s,
                                 struct ton_err *err) {
    static const char *const head[] = {"Kind", "Entries", "Size", "Last used", "What"};
    struct ton_table table = {.arena = given->arena, .columns = "lrrlp", .titled = true};
    const struct ton_cache_share all = sum_of(s->shares, s->config.n_kinds);
    for (int i = 0; i < TON_N(head); i++)
        ton_table_add(&table, head[i]);
    for (int i = 0; i < s->config.n_kinds; i++) {
        const struct ton_cache_share *share = &s->shares[i];
        const char *used = time_text(given->arena, share->last_used, false);
        ton_table_add(&table, s->config.kinds[i].folder);
        ton_table_add(&table, ton_arena_printf(given->arena, "%lld", (long long)share->entries));
        ton_table_add(&table, bytes_text(given->arena, share->bytes));
        ton_table_add(&table, used ? used : TON_NO_VALUE);
        ton_table_add(&table, s->config.kinds[i].holds);
    }
    const enum ton_code code = ton_table_print(&table, err);
    if (code)
        return code;
    struct ton_text text = {0};
    if (s->pruned)
        add_gone(&text, given->arena, s);
    ton_text_printf(&text, "\n%s in all; ", bytes_text(given->arena, all.bytes));
    if (s->config.limit)
        ton_text_printf(&text, "a delivery leaves at most %s of sound.\n",
                        bytes_text(given->arena, s->config.limit));
    else
        ton_text_add(&text, "a delivery leaves no sound.\n");
    return ton_print_prose(&text, err);
}

static enum ton_code check(const struct ton_given *given, bool prune, struct ton_err *err) {
    const bool to = ton_given_text(given, "to") != NULL, all = ton_given_switch(given, "all");
    if (!prune && (to || all))
        return ton_fail(err, TON_USAGE, NULL, "`--%s` goes with `ton cache prune`",
                        to ? "to" : "all");
    if (to && all)
        return ton_fail(err, TON_USAGE, NULL, "`--to` and `--all` say two things; give one");
    if (!ton_path_exists("production.yaml"))
        return ton_fail(err, TON_INPUT, ".",
                        "there is no production.yaml here; `ton new` makes a production");
    return TON_OK;
}

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    struct ton_settings settings;
    struct shown s = {.config.folder = ".cache", .pruned = given->n_arguments > 0};
    enum ton_code code = check(given, s.pruned, err);
    if (!code)
        code = ton_given_settings(&settings, given, err);
    if (code)
        return code;
    s.config.kinds = ton_store_kinds(&s.config.n_kinds);
    s.config.limit = ton_cache_limit(&settings);
    const bool to = ton_given_text(given, "to") != NULL;
    const int64_t left = ton_given_switch(given, "all") ? 0
                         : to ? (int64_t)((double)ton_given_value(given, "to") * 1e9)
                              : s.config.limit;
    if (s.pruned)
        ton_cache_prune(s.gone, &s.config, left);
    ton_cache_survey(s.shares, &s.config);
    if (ton_given_switch(given, "json"))
        return print_json(given, &s, err);
    const bool silent = s.pruned && ton_given_switch(given, "quiet");
    return silent ? TON_OK : print_table(given, &s, err);
}

static const char *const actions[] = {"prune", NULL};

static const struct ton_row arguments[] = {
    {.key = "action",
     .label = "prune",
     .kind = TON_CHOICE,
     .choices = actions,
     .help = "`prune` removes what was not used longest; otherwise the cache is only shown."},
};

static const struct ton_row options[] = {
    {.key = "all", .kind = TON_SWITCH, .help = "Remove all that no other `ton` is using."},
    TON_OPTION_JSON,
    {.key = "to",
     .label = "SIZE",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_GB,
     .max = 100000.0F,
     .digits = 3,
     .flags = TON_ROW_OPEN,
     .help =
         "How much may be left, such as 5GB; otherwise what `cache` in config.yaml says, usually "
         "20 GB."},
};

static const struct ton_example examples[] = {
    {"ton cache", "Shows what this production keeps, and when it was last used."},
    {"ton cache prune --to 2GB", "Removes what was not used longest until 2 GB are left."},
    {"ton cache prune --all", "Removes all; the next delivery renders what it needs again."},
};

const struct ton_verb ton_verb_cache = {
    .name = "cache",
    .order = 720,
    .summary = "Show what a production keeps to be fast, or prune it",
    .elsewhere = "clean purge",
    .text = "Below .cache/ lie the mixes and masters that deliveries were made of, and of sessions "
            "what is costly (pitch shifters, plug-ins, saturation), each under the key of "
            "everything that it depends on: what has not changed is not rendered again, and "
            "what you go back to is found again. All of it can be made again, so nothing is lost "
            "with it but time, and without the texts the words why a file is made again. `prune` "
            "says what went; with `--quiet` nothing.\n\nA "
            "delivery leaves at most 20 GB of sound there, or what `cache` "
            "in ~/.config/tonmeister/config.yaml says (`cache: 50 GB`); what was not used longest "
            "goes first. What another `ton` is using at the moment stays.",
    .arguments = arguments,
    .n_arguments = TON_N(arguments),
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .refuses = TON_A_SESSION | TON_A_PRODUCTION | TON_A_SOUND,
    .run = run,
};
