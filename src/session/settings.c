/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config.yaml: what a person set for all productions on a computer. */
#include "ton/settings.h"

#include "ton/fields.h"
#include "ton/path.h"
#include "ton/text.h"

/* From the configuration's folder; `off` as the option has it. */
static void read_chain(struct ton_reader *r, const struct ton_field *field,
                       const struct ton_node *key, const struct ton_node *value, void *out) {
    struct ton_settings *s = out;
    ton_read_text(r, field, key, value, out);
    if (ton_text_same(s->monitor_chain, "off"))
        s->monitor_chain = NULL;
    else if (s->monitor_chain)
        s->monitor_chain = ton_path_join(r->arena, r->folder, s->monitor_chain);
}

static const struct ton_field fields[] = {
    {.row = {.key = "cache",
             .kind = TON_NUMBER,
             .unit = TON_UNIT_GB,
             .max = 100000.0F,
             .def = 20.0F,
             .digits = 3,
             .flags = TON_ROW_OFF_MIN,
             .help = "How much the `.cache/` of a production may hold when a delivery is done: "
                     "mixes and masters that were not used longest go first. A larger one finds "
                     "more of what you go back to; off: no sound is kept."},
     .read = ton_read_double,
     .offset = offsetof(struct ton_settings, cache_gb)},
    {.row = {.key = "device",
             .kind = TON_TEXT,
             .help = "What `ton play` and `ton record` open when no `--device` is given: a "
                     "back-end (`jack`, `portaudio`, `null`), a device's name or a part of it."},
     .read = ton_read_text,
     .offset = offsetof(struct ton_settings, device),
     .schema = ton_schema_text},
    {.row = {.key = "outputs",
             .kind = TON_TEXT,
             .help = "Where the mix is heard when no `--outputs` are given: `\"3,4\"`."},
     .read = ton_read_text,
     .offset = offsetof(struct ton_settings, outputs),
     .schema = ton_schema_text},
    {.row = {.key = "monitor_chain",
             .kind = TON_PATH,
             .help = "A file with a chain, written as a preset is, that all you hear goes through "
                     "in `ton play` and `ton record`: the correction of a room. Nothing that is "
                     "rendered has it. From the folder of `config.yaml`; off: none. "
                     "`--monitor-chain` comes before it."},
     .read = read_chain,
     .offset = offsetof(struct ton_settings, monitor_chain),
     .offset_where = offsetof(struct ton_settings, monitor_chain_where),
     .schema = ton_schema_text},
    {.row = {.key = "latency",
             .kind = TON_NUMBER,
             .unit = TON_UNIT_SAMPLES,
             .min = 0,
             .max = 1000000,
             .flags = TON_ROW_OPEN,
             .help = "From an output of the device back to an input, where it does not claim the "
                     "right one: recordings are placed so much earlier."},
     .read = ton_read_int,
     .offset = offsetof(struct ton_settings, latency)},
};

/* Nothing but blank lines and comments. */
static bool says_nothing(const char *text) {
    for (text += strspn(text, " \t\r\n"); *text == '#'; text += strspn(text, " \t\r\n"))
        text += strcspn(text, "\n");
    return *text == '\0';
}

enum ton_code ton_settings_read(struct ton_settings *out, struct ton_arena *arena, const char *path,
                                struct ton_problems *problems, struct ton_err *err) {
    char *text = NULL;
    size_t length = 0;
    *out = (struct ton_settings){.cache_gb = (double)fields[0].row.def, .latency = -1};
    if (!ton_path_exists(path))
        return TON_OK;
    struct ton_document *doc = TON_NEW(arena, struct ton_document);
    enum ton_code code =
        doc ? ton_path_read(&text, &length, arena, path, TON_DOCUMENT_BYTES, err)
            : ton_fail(err, TON_MEMORY, path, "no memory to read the configuration");
    if (!code && says_nothing(text))
        return TON_OK;
    if (!code)
        code = ton_document_parse(doc, arena, path, text, length, problems, err);
    if (code)
        return code;
    struct ton_reader r = {.doc = doc, .arena = arena, .folder = ton_path_folder(arena, path)};
    ton_fields_read(&r, TON_COUNTED(fields), doc->root, "the configuration", out);
    return ton_document_verdict(doc, err);
}

struct ton_json *ton_settings_schema(void) {
    struct ton_json *schema = ton_fields_schema(TON_COUNTED(fields));
    ton_schema_head(schema, "Configuration of Tonmeister", ton_json_object());
    return schema;
}
