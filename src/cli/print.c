/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the command line says: failures, problems, JSON, sentences, numbers. */
#include "print.h"

#include "ton/json.h"
#include "ton/path.h"
#include "ton/text.h"
#include "ton/unit.h"

/* So many say what is the matter; the rest would bury what comes after. */
enum { MOST_WARNINGS = 3 };

static bool all_warnings;

void ton_print_all_warnings(bool all) {
    all_warnings = all;
}

static void print_line(const char *where, const char *kind, const char *text) {
    ton_progress_clear();
    fflush(stdout); /* what was said before comes before */
    struct ton_text line = {0}, out = {0};
    ton_text_add(&line, "ton: ");
    if (where && *where) {
        ton_text_add_shown(&line, where);
        ton_text_add(&line, ": ");
    }
    ton_text_add(&line, kind);
    ton_text_add_shown(&line, text);
    ton_wrap_lines(&out, line.data ? line.data : "", ton_screen_width(stderr));
    if (!line.failed && !out.failed)
        fputs(out.data, stderr);
    else
        fprintf(stderr, "ton: %s%s\n", kind, text);
    ton_text_free(&line);
    ton_text_free(&out);
}

void ton_print_error(const struct ton_err *err) {
    if (err->text[0])
        print_line(err->where, "", err->text);
}

void ton_print_warning(const char *where, const char *text) {
    print_line(where, "warning: ", text);
}

static void print_warnings(const struct ton_problems *problems) {
    size_t n = 0;
    for (size_t i = 0; i < problems->n; i++) {
        const struct ton_problem *p = &problems->items[i];
        n += p->warning;
        if (p->warning && (n <= MOST_WARNINGS || all_warnings))
            ton_print_warning(p->where, p->text);
    }
    if (n > MOST_WARNINGS && !all_warnings) {
        char text[64];
        snprintf(text, sizeof text, "%zu more warnings; `--verbose` shows them", n - MOST_WARNINGS);
        print_line(NULL, "", text);
    }
}

enum ton_code ton_print_problems(const struct ton_problems *problems, enum ton_code code,
                                 struct ton_err *err) {
    /* What must be mended stands last, next to the prompt. */
    print_warnings(problems);
    for (size_t i = 0; i < problems->n; i++)
        if (!problems->items[i].warning)
            print_line(problems->items[i].where, "", problems->items[i].text);
    if (code != TON_INPUT || problems->n_errors == 0 || problems->out_of_memory)
        return code;
    err->where[0] = err->text[0] = '\0';
    return problems->n_environment == problems->n_errors ? TON_ENVIRONMENT : TON_INPUT;
}

void ton_print_elsewhere(struct ton_arena *arena, const char *started_in, const char *path) {
    const char *there = started_in ? ton_path_join(arena, started_in, path) : NULL;
    if (!there || path[0] == '/' || ton_path_exists(path) || !ton_path_exists(there))
        return;
    const char *text = ton_arena_printf(
        arena, "with `--directory`, paths count from that folder; write `%s`", there);
    if (text)
        print_line(path, "", text);
}

static enum ton_code fail_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "there is not enough memory");
}

enum ton_code ton_print_json(struct ton_json *j, struct ton_err *err) {
    char *text = ton_json_dump(j, true);
    ton_json_free(j);
    if (!text)
        return fail_memory(err);
    ton_progress_clear();
    puts(text);
    ton_free(text);
    return TON_OK;
}

enum ton_code ton_print_prose(struct ton_text *text, struct ton_err *err) {
    struct ton_text out = {.failed = text->failed};
    ton_wrap_lines(&out, text->data ? text->data : "", ton_screen_width(stdout));
    ton_text_free(text);
    return ton_print_text(&out, err);
}

enum ton_code ton_print_aside(struct ton_text *text, const char *where, struct ton_err *err) {
    const bool whole = !text->failed && text->data;
    if (whole) {
        text->data[strcspn(text->data, "\n")] = '\0';
        print_line(where, "", text->data);
    }
    ton_text_free(text);
    return whole ? TON_OK : fail_memory(err);
}

const char *ton_number_text(struct ton_arena *arena, double value, int digits) {
    const double scale = pow(10, digits), rounded = round(value * scale) / scale;
    if (!isfinite(value))
        return TON_NO_VALUE;
    /* No -0.0 on the screen. */
    const char *text = ton_arena_printf(arena, "%.*f", digits, rounded == 0 ? 0 : rounded);
    return text ? text : TON_NO_VALUE;
}

const char *ton_length_text(struct ton_arena *arena, int64_t frames, int rate) {
    char length[32];
    const char *text =
        ton_arena_text(arena, ton_length_format(length, sizeof length, frames, rate));
    return text ? text : TON_NO_VALUE;
}

enum ton_code ton_print_text(struct ton_text *text, struct ton_err *err) {
    bool whole = !text->failed;
    if (whole && text->data) {
        ton_progress_clear();
        fputs(text->data, stdout);
    }
    ton_text_free(text);
    return whole ? TON_OK : fail_memory(err);
}
