/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the reader of sessions, what `ton diff` says of two, and the in-place writes with the same
 * bytes. What is read must hold together; what is set or placed must read back. */
#include "ton/diff.h"
#include "ton/place.h"
#include "ton/yaml.h"

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

static enum ton_code look(void *user, struct ton_take_info *out, const char *path,
                          struct ton_err *err) {
    (void)user, (void)err;
    *out = (struct ton_take_info){.rate = strlen(path) % 2 ? 44100 : 48000,
                                  .channels = 1 + (int)(strlen(path) % 3),
                                  .frames = (int64_t)strlen(path) * 1000};
    return TON_OK;
}

static void check_strip(const struct ton_session *s, int i) {
    const struct ton_strip *strip = &s->strips[i];
    check(strip->to >= -1 && strip->to < s->n_strips && (strip->to >= 0 || i == s->mix));
    for (int k = 0; k < strip->n_clips; k++) {
        const struct ton_clip *clip = &strip->clips[k];
        check(clip->take >= 0 && clip->take < s->n_takes && clip->take_right < s->n_takes);
        check(clip->at >= 0 && clip->from >= 0 && clip->frames >= 0);
        check(clip->fade_in >= 0 && clip->fade_out >= 0);
        check(k == 0 || clip->at >= strip->clips[k - 1].at);
    }
    for (int k = 0; k < strip->n_sends; k++)
        check(strip->sends[k].to >= 0 && strip->sends[k].to < s->n_strips);
    for (int k = 0; k < strip->n_lanes; k++) {
        const struct ton_lane *lane = &strip->lanes[k];
        check(lane->n > 0 && isfinite(ton_lane_at(lane, lane->points[0].frame + 100)));
        for (int p = 1; p < lane->n; p++)
            check(lane->points[p].frame >= lane->points[p - 1].frame);
    }
}

/* Two sessions; of one and itself there is nothing to say. */
static void diff(struct ton_arena *arena, const struct ton_session *a,
                 const struct ton_session *b) {
    struct ton_changes changes = {0};
    check(ton_session_diff(&changes, arena, a, b, NULL) == TON_OK);
    check(a != b || (changes.n == 0 && !changes.heard));
}

/* NULL: it does not read. */
static const struct ton_session *parse(struct ton_arena *arena, const char *text, size_t size,
                                       const struct ton_takes *takes) {
    struct ton_problems problems;
    struct ton_session *s = NULL;
    struct ton_err err = {0};
    ton_problems_init(&problems, arena);
    enum ton_code code =
        ton_session_parse(&s, arena, "fuzz.yaml", text, size, takes, &problems, &err);
    check((code == TON_OK) == (s != NULL) && (code == TON_INPUT) == (problems.n_errors > 0));
    for (int i = 0; s && i < s->n_strips; i++)
        check_strip(s, i);
    return s;
}

/* A form feed parts two sessions. */
static void parse_two(struct ton_arena *arena, const char *text, size_t size,
                      const struct ton_takes *takes) {
    const char *part = memchr(text, '\f', size);
    const size_t first = part ? (size_t)(part - text) : size;
    const struct ton_session *a = parse(arena, text, first, takes);
    const struct ton_session *b = part ? parse(arena, part + 1, size - first - 1, takes) : a;
    if (a && b)
        diff(arena, a, b);
}

/* The first line is the value, the second the path (keys apart by tabs), the rest the document. */
static void set(struct ton_arena *arena, const char *text, size_t size) {
    const char *value_end = memchr(text, '\n', size);
    const char *path_end =
        value_end ? memchr(value_end + 1, '\n', size - (size_t)(value_end + 1 - text)) : NULL;
    if (!path_end)
        return;
    char *value = ton_arena_copy(arena, text, (size_t)(value_end - text));
    char *words = ton_arena_copy(arena, value_end + 1, (size_t)(path_end - value_end - 1));
    const char *path[8];
    int n = 0;
    for (char *p = words; p && n < 8; n++) {
        path[n] = p;
        p = strchr(p, '\t');
        if (p)
            *p++ = '\0';
    }
    char *out = NULL;
    enum ton_code code = ton_yaml_set(&out, arena, path_end + 1,
                                      size - (size_t)(path_end + 1 - text), path, n, value, NULL);
    check((code == TON_OK) == (out != NULL));
}

/* A recording into each track, and into one that is new. What was a session stays one, or nothing
 * is written; what is written plays the recording. */
static void place(struct ton_arena *arena, const char *text, size_t size,
                  const struct ton_takes *takes) {
    const struct ton_session *s = parse(arena, text, size, takes);
    for (int i = 0; s && i <= s->n_strips && i < 4; i++) {
        struct ton_placing placing = {.track = i < s->n_strips ? s->strips[i].name : "New",
                                      .take = "a.wav",
                                      .at = 1000 * (int64_t)(size % 97),
                                      .from = 100,
                                      .frames = 2000,
                                      .heard = true,
                                      .replaces = true,
                                      .crossfade_ms = 10};
        char *out = NULL;
        struct ton_problems problems;
        ton_problems_init(&problems, arena);
        const enum ton_code code = ton_session_place(&out, arena, "fuzz.yaml", text, size, takes,
                                                     &placing, 1, &problems, NULL);
        check((code == TON_OK) == (out != NULL) && (code == TON_OK || code == TON_INPUT));
        check(!out || parse(arena, out, strlen(out), takes) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct ton_takes takes = {.look = look};
    struct ton_arena *arena = ton_arena_create();
    if (!arena)
        return 0;
    parse_two(arena, (const char *)data, size, NULL);
    parse_two(arena, (const char *)data, size, &takes);
    set(arena, (const char *)data, size);
    place(arena, (const char *)data, size, NULL);
    place(arena, (const char *)data, size, &takes);
    ton_arena_destroy(arena);
    return 0;
}
