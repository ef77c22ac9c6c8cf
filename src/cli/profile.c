/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the time of a mix went: the dearest strip first, in it the dearest work, and all of it. */
#include "profile.h"

#include "print.h"

#include "ton/json.h"
#include "ton/mixdown.h"
#include "ton/text.h"

/* In JSON, and for people. */
static const struct {
    const char *key, *words;
} kinds[TON_N_PROFILE_KINDS] = {
    [TON_PROFILE_PROCESSORS] = {"processors", "processors"},
    [TON_PROFILE_READING] = {"reading", "reading"},
    [TON_PROFILE_MIXING] = {"mixing", "faders and sums"},
    [TON_PROFILE_MEASURING] = {"measuring", "measuring"},
    [TON_PROFILE_WRITING] = {"writing", "writing"},
    [TON_PROFILE_REST] = {"rest", "the rest"},
};

static double total_of(const struct ton_mixdown *m) {
    double total = 0;
    for (int i = 0; i < TON_N_PROFILE_KINDS; i++)
        total += m->seconds[i];
    return total;
}

void ton_profile_json(struct ton_json *j, const struct ton_mixdown *m) {
    struct ton_json *rows = ton_json_array(), *sums = ton_json_object();
    for (size_t i = 0; i < m->n_profile; i++) {
        const struct ton_profile_row *row = &m->profile[i];
        struct ton_json *entry = ton_json_object();
        ton_json_set(entry, "strip", ton_json_string(row->strip));
        ton_json_set(entry, "work", ton_json_string(row->work));
        ton_json_set(entry, "frames", ton_json_integer(row->frames));
        ton_json_set(entry, "seconds", ton_json_round(row->seconds, 6));
        ton_json_add(rows, entry);
    }
    for (int i = 0; i < TON_N_PROFILE_KINDS; i++)
        ton_json_set(sums, kinds[i].key, ton_json_round(m->seconds[i], 6));
    ton_json_set(sums, "total", ton_json_round(total_of(m), 6));
    ton_json_set(j, "profile", rows);
    ton_json_set(j, "profile_seconds", sums);
    ton_json_set(j, "from_cache", ton_json_integer(m->parts.read_back));
    ton_json_set(j, "kept", ton_json_integer(m->parts.kept));
}

struct line {
    const struct ton_profile_row *row;
    double strip; /* seconds of all of its strip */
};

static int by_cost(const void *a, const void *b) {
    const struct line *x = a, *y = b;
    if (x->strip != y->strip)
        return x->strip < y->strip ? 1 : -1;
    const int strips = strcmp(x->row->strip, y->row->strip);
    if (strips)
        return strips;
    if (x->row->seconds != y->row->seconds)
        return x->row->seconds < y->row->seconds ? 1 : -1;
    return x->row < y->row ? -1 : 1;
}

static struct line *sorted(struct ton_arena *arena, const struct ton_mixdown *m) {
    struct line *lines = TON_NEW_N(arena, struct line, m->n_profile + 1);
    for (size_t i = 0; lines && i < m->n_profile; i++) {
        lines[i].row = &m->profile[i];
        for (size_t k = 0; k < m->n_profile; k++)
            if (strcmp(m->profile[k].strip, m->profile[i].strip) == 0)
                lines[i].strip += m->profile[k].seconds;
    }
    if (lines && m->n_profile)
        qsort(lines, m->n_profile, sizeof *lines, by_cost);
    return lines;
}

static void add_line(struct ton_table *table, const char *strip, const char *work,
                     const char *a_frame, double seconds, double total) {
    ton_table_add(table, strip);
    ton_table_add(table, work);
    ton_table_add(table, a_frame);
    ton_table_add(table, ton_number_text(table->arena, seconds, 3));
    ton_table_add(table, ton_arena_printf(table->arena, "%.1f %%", 100 * seconds / total));
}

static void add_lines(struct ton_table *table, const struct line *lines, size_t n, double total) {
    for (size_t i = 0; i < n; i++) {
        const struct ton_profile_row *row = lines[i].row;
        const bool same = i > 0 && strcmp(row->strip, lines[i - 1].row->strip) == 0;
        const char *strip = same ? ""
                                 : ton_arena_printf(table->arena, "%s, %.1f %%", row->strip,
                                                    100 * lines[i].strip / total);
        const double ns = 1e9 * row->seconds / (double)row->frames;
        add_line(table, strip, row->work, ton_number_text(table->arena, ns, 1), row->seconds,
                 total);
    }
}

enum ton_code ton_profile_print(struct ton_arena *arena, const struct ton_mixdown *m,
                                struct ton_err *err) {
    static const char *const titles[] = {"Strip", "Work", "ns/frame", "Seconds", "Share"};
    struct ton_table table = {.arena = arena, .columns = "llrrr", .titled = true};
    const struct line *lines = sorted(arena, m);
    const double total = total_of(m);
    if (!lines)
        return ton_fail(err, TON_MEMORY, NULL, "there is not enough memory");
    for (int i = 0; i < TON_N(titles); i++)
        ton_table_add(&table, titles[i]);
    add_lines(&table, lines, m->n_profile, total);
    add_line(&table, "The rest", "session, plan, threads", "", m->seconds[TON_PROFILE_REST], total);
    add_line(&table, "Total", "", "", total, total);
    const enum ton_code code = ton_table_print(&table, err);
    if (code)
        return code;
    struct ton_text text = {0};
    ton_text_add(&text, "Of all: ");
    for (int i = 0; i < TON_N_PROFILE_KINDS; i++)
        ton_text_printf(&text, "%s%s %.1f %%", i ? ", " : "", kinds[i].words,
                        100 * m->seconds[i] / total);
    ton_text_add(&text, ".\n");
    if (m->parts.read_back + m->parts.kept > 0)
        ton_text_printf(&text, "Of what is costly, %d read from the cache, %d added to it.\n",
                        m->parts.read_back, m->parts.kept);
    return ton_print_prose(&text, err);
}
