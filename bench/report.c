/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of results, from their JSON. */
#include "report.h"
#include "race.h"

#include "ton/arena.h"

#include <math.h>

static double number(const struct ton_json *j, const char *key) {
    return ton_json_as_number(ton_json_get(j, key));
}

static const char *text(const struct ton_json *j, const char *key) {
    const char *s = ton_json_as_string(ton_json_get(j, key));
    return s ? s : "";
}

static bool is(const struct ton_json *j, const char *key, const char *value) {
    return ton_text_same(text(j, key), value);
}

/* Three digits that count, in `width` places. */
static void add_number(struct ton_text *out, double value, int width) {
    if (!isfinite(value))
        ton_text_printf(out, " %*s |", width, "");
    else
        ton_text_printf(out, " %*.*f |", width, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2, value);
}

static void add_runner(struct ton_text *out, const struct ton_json *race,
                       const struct ton_json *runner, double ours) {
    const char *by = text(race, "by");
    ton_text_printf(out, "| %-54s |", text(runner, "name"));
    add_number(out, number(runner, "cpu_s"), 6);
    add_number(out, number(runner, "wall_s"), 6);
    add_number(out, number(runner, "memory_mb"), 5);
    const double sound = number(race, "sound_s");
    add_number(out, sound > 0 ? sound / number(runner, "cpu_s") : NAN, 9);
    add_number(out, number(runner, by) / ours, 6);
    ton_text_add(out, "\n");
}

/* The fastest that is slower than `than`, of one side; NULL: none. Equals come once each. */
static const struct ton_json *next_fastest(const struct ton_json *race, const char *side,
                                           const struct ton_json *than) {
    const struct ton_json *runners = ton_json_get(race, "runners"), *found = NULL;
    const char *by = text(race, "by");
    bool past = false; /* the one that stands at `than` */
    for (size_t i = 0; i < ton_json_size(runners); i++) {
        const struct ton_json *r = ton_json_at(runners, i);
        if (r == than)
            past = true;
        else if (is(r, "side", side) && isfinite(number(r, by)) &&
                 (!than || number(r, by) > number(than, by) ||
                  (past && number(r, by) == number(than, by))) &&
                 (!found || number(r, by) < number(found, by)))
            found = r;
    }
    return found;
}

static void add_said(struct ton_text *out, const struct ton_json *race) {
    const struct ton_json *runners = ton_json_get(race, "runners");
    for (size_t i = 0; i < ton_json_size(runners); i++) {
        const struct ton_json *r = ton_json_at(runners, i), *said = ton_json_get(r, "said");
        char *dump = said ? ton_json_dump(said, false) : NULL;
        if (dump)
            ton_text_printf(out, "\n%s says `%s`.\n", text(r, "name"), dump);
        ton_free(dump);
    }
}

/* What a word of each runner says, where it has one. */
static void add_word(struct ton_text *out, const struct ton_json *race, const char *key,
                     const char *verb) {
    const struct ton_json *runners = ton_json_get(race, "runners");
    for (size_t i = 0; i < ton_json_size(runners); i++) {
        const struct ton_json *r = ton_json_at(runners, i);
        if (*text(r, key))
            ton_text_printf(out, "\n%s %s %s.\n", text(r, "name"), verb, text(r, key));
    }
}

void report_race(struct ton_text *out, const struct ton_json *race) {
    const struct ton_json *runners = ton_json_get(race, "runners");
    const double ours = number(ton_json_at(runners, 0), text(race, "by"));
    ton_text_printf(out, "**%s**: %s.\n\n", text(race, "name"), text(race, "text"));
    ton_text_printf(out, "| %-54s | CPU s  | wall s |    MB | real time | / ours |\n", "who");
    ton_text_add(out, "| --- | ---: | ---: | ---: | ---: | ---: |\n");
    for (size_t i = 0; i < ton_json_size(runners); i++)
        if (is(ton_json_at(runners, i), "side", "ours"))
            add_runner(out, race, ton_json_at(runners, i), ours);
    for (const struct ton_json *r = NULL; (r = next_fastest(race, "limit", r));)
        add_runner(out, race, r, ours);
    for (const struct ton_json *r = NULL; (r = next_fastest(race, "peer", r));)
        add_runner(out, race, r, ours);
    add_said(out, race);
    add_word(out, race, "made", "made");
    add_word(out, race, "left_out", "is left out:");
    ton_text_printf(out, "\nRounds: %.0f, on %s UTC, commit %s; load before it: %.1f.\n\n",
                    number(race, "rounds"), text(race, "date"), text(race, "commit"),
                    number(race, "load"));
}

static void add_target(struct ton_text *out, const char *name, const struct ton_json *target) {
    const double most = number(target, "at_most"), least = number(target, "at_least");
    ton_text_printf(out, "| %-9s | %-59s |", name, text(target, "what"));
    add_number(out, number(target, "value"), 6);
    if (*text(target, "left_out"))
        ton_text_printf(out, " %-13s | %s |\n", "", text(target, "left_out"));
    else
        ton_text_printf(out, " at %s %-5g | %-7s |\n", isfinite(most) ? "most " : "least",
                        isfinite(most) ? most : least, race_reached(target) ? "yes" : "no");
}

void report_targets(struct ton_text *out, const struct ton_json *races) {
    ton_text_printf(out, "| %-9s | %-59s | here   | target         | reached |\n", "workload", "");
    ton_text_add(out, "| --- | --- | ---: | --- | --- |\n");
    for (size_t i = 0; i < ton_json_size(races); i++) {
        const struct ton_json *race = ton_json_at(races, i);
        const struct ton_json *targets = ton_json_get(race, "targets");
        for (size_t k = 0; k < ton_json_size(targets); k++)
            add_target(out, text(race, "name"), ton_json_at(targets, k));
    }
    ton_text_add(out, "\n");
}
