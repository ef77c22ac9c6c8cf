/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the readers of productions, delivery specs and JSON with the same bytes; and what `ton
 * diff` says of two productions, where a form feed parts the bytes. */
#include "ton/diff.h"
#include "ton/json.h"
#include "ton/path.h"
#include "ton/production.h"
#include "ton/spec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libfyaml 0.7.12 loses 4 KiB of its own on some malformed flow mappings. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libfyaml.so\n";
}

static void check(bool holds) {
    if (!holds)
        __builtin_trap();
}

/* NULL: it does not read. */
static struct ton_production *production(struct ton_arena *arena, const char *text, size_t size) {
    struct ton_problems problems;
    struct ton_production *p = NULL;
    struct ton_err err = {0};
    ton_problems_init(&problems, arena);
    const enum ton_code code =
        ton_production_parse(&p, arena, "fuzz.yaml", text, size, &problems, &err);
    check(code == TON_OK || code == TON_INPUT);
    check(code != TON_OK || p);
    check((code == TON_INPUT) == (problems.n_errors > 0));
    return code ? NULL : p;
}

static void diff(struct ton_arena *arena, const char *text, size_t size) {
    const char *part = memchr(text, '\f', size);
    const size_t first = part ? (size_t)(part - text) : size;
    struct ton_production *a = production(arena, text, first);
    struct ton_production *b = part ? production(arena, part + 1, size - first - 1) : a;
    struct ton_changes changes = {0};
    if (!a || !b)
        return;
    check(ton_production_diff(&changes, arena, a, b, NULL) == TON_OK);
    check(a != b || (changes.n == 0 && !changes.heard));
}

static void hold(struct ton_arena *arena, const struct ton_spec *s) {
    const struct ton_audio_info info = {.container = "WAV",
                                        .encoding = "PCM 24-bit",
                                        .rate = 48000,
                                        .channels = 1,
                                        .bits = 24,
                                        .lossless = true,
                                        .frames = 48000};
    const struct ton_measurement silent = {.integrated_lufs = (double)NAN,
                                           .loudness_range_lu = (double)NAN,
                                           .true_peak_dbtp = -(double)INFINITY};
    struct ton_verdict verdict;
    struct ton_err err = {0};
    const struct ton_held held = {
        .info = &info, .measured = &silent, .noise_floor_dbfs = (double)NAN, .kbps = 2304.0};
    check(ton_spec_hold(&verdict, arena, s, &held, &err) == TON_OK);
    check(verdict.n_failed <= verdict.n && verdict.n <= s->n_checks);
    for (int i = 0; i < verdict.n; i++)
        check(*verdict.remarks[i].text);
}

/* A spec of the production's own is a file in its folder `specs`. */
static void spec(struct ton_arena *arena, const char *text, size_t size) {
    static char folder[] = "/dev/shm/fuzz-spec-XXXXXX";
    static char path[64];
    struct ton_problems problems;
    struct ton_spec *s = NULL;
    struct ton_err err = {0};
    if (!*path) {
        check(mkdtemp(folder));
        snprintf(path, sizeof path, "%s/specs", folder);
        check(ton_path_make_folders(path, &err) == TON_OK);
        snprintf(path, sizeof path, "%s/specs/own.yaml", folder);
    }
    ton_problems_init(&problems, arena);
    check(ton_path_write(path, text, size, &err) == TON_OK);
    const enum ton_code code = ton_spec_find(&s, arena, "own", folder, &problems, &err);
    check(code != TON_OK || s);
    if (!code)
        hold(arena, s);
}

/* What reads is written as what reads to the same. */
static void json(const char *text, size_t size) {
    struct ton_json *j = NULL, *again = NULL;
    struct ton_err err = {0};
    if (ton_json_parse(&j, text, size, "fuzz.json", &err))
        return;
    char *dump = ton_json_dump(j, false);
    if (dump && ton_json_parse(&again, dump, strlen(dump), "again.json", &err) == TON_OK) {
        char *twice = ton_json_dump(again, false);
        check(!twice || strcmp(dump, twice) == 0);
        ton_free(twice);
    } else {
        check(!dump);
    }
    ton_free(dump);
    ton_json_free(j);
    ton_json_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ton_arena *arena = ton_arena_create();
    if (!arena)
        return 0;
    diff(arena, (const char *)data, size);
    spec(arena, (const char *)data, size);
    json((const char *)data, size);
    ton_arena_destroy(arena);
    return 0;
}
