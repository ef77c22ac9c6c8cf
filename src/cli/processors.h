/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_CLI_PROCESSORS_H
#define TON_CLI_PROCESSORS_H

#include "ton/arena.h"
#include "ton/json.h"
#include "ton/processor.h"
#include "ton/text.h"

/* What `ton processors NAME` prints; `ton help NAME` too. */
enum ton_code ton_processor_print(struct ton_arena *arena, const struct ton_processor *p,
                                  struct ton_err *err);
/* Its parts, which plug-ins share: name, text and table of parameters; every parameter with its
 * default as it is written; the declaration. */
enum ton_code ton_processor_print_rows(struct ton_arena *arena, const struct ton_processor *p,
                                       struct ton_err *err);
void ton_processor_example(struct ton_text *out, const struct ton_processor *p, const char *indent);
/* For a name that is no processor's: where it is told when it is `lv2`, or a plug-in's or a
 * preset's; TON_OK: it is none of them. */
enum ton_code ton_processor_elsewhere(struct ton_arena *arena, const char *name,
                                      struct ton_err *err);
struct ton_json *ton_processor_json(const struct ton_processor *p);

/* plugins.c: what `ton processors --lv2 [NAME]` prints. */
enum ton_code ton_plugins_print(struct ton_arena *arena, const char *name, bool json,
                                struct ton_err *err);

struct ton_given;
/* presets.c: `ton processors --presets [NAME]`. */
enum ton_code ton_presets_print(const struct ton_given *given, struct ton_err *err);
bool ton_preset_is_there(struct ton_arena *arena, const char *name);

#endif
