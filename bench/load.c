/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a session, checks it, and compiles its mix; or lets libfyaml's parser alone go over it,
 * which is the least that reading can cost.
 *
 *     bench-load [--parse] SESSION */
#include "ton/plan.h"
#include "ton/takes.h"

#include <libfyaml.h>

static int fail(const struct ton_err *err) {
    fprintf(stderr, "%s: %s\n", err->where, err->text);
    return 1;
}

static int load(const char *path) {
    static const struct ton_wish mix = {.name = "mix", .kind = TON_WISH_MIX};
    const struct ton_takes takes = ton_takes_from_files();
    const struct ton_plan_config config = {.threads = 1};
    struct ton_arena *arena = ton_arena_create();
    struct ton_problems problems;
    struct ton_session *session = NULL;
    struct ton_plan *plan = NULL;
    struct ton_err err = {0};
    ton_problems_init(&problems, arena);
    if (ton_session_read(&session, arena, path, &takes, &problems, &err) ||
        ton_plan_compile(&plan, session, &mix, 1, &config, &err))
        return fail(&err);
    ton_plan_destroy(plan);
    ton_arena_destroy(arena);
    return 0;
}

static int parse(const char *path) {
    const struct fy_parse_cfg config = {.flags = FYPCF_QUIET};
    struct fy_parser *parser = fy_parser_create(&config);
    struct fy_event *event;
    if (!parser || fy_parser_set_input_file(parser, path))
        return 1;
    while ((event = fy_parser_parse(parser)))
        fy_parser_event_free(parser, event);
    const bool failed = fy_parser_get_stream_error(parser);
    fy_parser_destroy(parser);
    return failed;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--parse") == 0)
        return parse(argv[2]);
    return argc == 2 ? load(argv[1]) : 2;
}
