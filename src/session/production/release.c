/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Codes, dates, file names and deliverables of a production. */
#include "release.h"

#include <strings.h>

static bool is_digits(const char *s, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    return true;
}

/* ISO 3901: country or agency (2 letters), registrant (3 letters or digits), year (2), number (5).
 */
static bool is_isrc(const char *s) {
    static const char form[] = "AA-XXX-99-99999";
    if (strlen(s) != sizeof form - 1)
        return false;
    for (size_t i = 0; form[i]; i++) {
        bool letter = s[i] >= 'A' && s[i] <= 'Z', digit = s[i] >= '0' && s[i] <= '9';
        if (form[i] == '-' ? s[i] != '-'
                           : !((letter && form[i] != '9') || (digit && form[i] != 'A')))
            return false;
    }
    return true;
}

static void keep(const struct ton_field *field, void *out, const char *text) {
    *(const char **)(void *)((char *)out + field->offset) = text;
}

void ton_read_isrc(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                   const struct ton_node *value, void *out) {
    (void)key;
    const char *text;
    if (!ton_text_read(r, &field->row, value, &text))
        return;
    if (is_isrc(text))
        keep(field, out, text);
    else
        ton_node_error(r->doc, value,
                       "`%s` is no ISRC; it is written CC-XXX-YY-NNNNN such as QZ-ABC-26-00001",
                       text);
}

static struct ton_json *schema_isrc(const struct ton_field *field) {
    return ton_schema_pattern("^[A-Z]{2}-[A-Z0-9]{3}-[0-9]{2}-[0-9]{5}$", field->row.help);
}

static bool is_date(const char *s) {
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    size_t n = strlen(s);
    if ((n != 4 && n != 7 && n != 10) || !is_digits(s, 4))
        return false;
    if (n == 4)
        return true;
    if (s[4] != '-' || !is_digits(s + 5, 2))
        return false;
    int year = (s[0] - '0') * 1000 + (s[1] - '0') * 100 + (s[2] - '0') * 10 + s[3] - '0';
    int month = (s[5] - '0') * 10 + s[6] - '0';
    if (month < 1 || month > 12)
        return false;
    if (n == 7)
        return true;
    if (s[7] != '-' || !is_digits(s + 8, 2))
        return false;
    int day = (s[8] - '0') * 10 + s[9] - '0';
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day >= 1 && day <= days[month - 1] && (month != 2 || day < 29 || leap);
}

void ton_read_date(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                   const struct ton_node *value, void *out) {
    (void)key;
    const char *text;
    if (!ton_text_read(r, &field->row, value, &text))
        return;
    if (is_date(text))
        keep(field, out, text);
    else
        ton_node_error(r->doc, value,
                       "`%s` is no date; write year-month-day such as 2026-05-01, or 2026-05, or "
                       "2026",
                       text);
}

struct ton_json *ton_schema_date(const struct ton_field *field) {
    struct ton_json *const forms[] = {
        ton_schema_pattern("^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$", NULL),
        ton_schema_of("integer", NULL)};
    struct ton_json *any = ton_schema_any_of(forms, 2);
    ton_json_set(any, "description", ton_json_string(field->row.help));
    return any;
}

/* GS1 General Specifications, 7.9: digits weighted 3, 1, 3, … from the right add up to a multiple
 * of 10 with the check digit. */
static bool is_upc(const char *s) {
    size_t n = strlen(s);
    if ((n != 12 && n != 13) || !is_digits(s, n))
        return false;
    int sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (s[n - 1 - i] - '0') * (i % 2 ? 3 : 1);
    return sum % 10 == 0;
}

/* Without quotes YAML readers make a number of it. */
struct ton_json *ton_schema_upc(const struct ton_field *field) {
    struct ton_json *number = ton_schema_of("integer", NULL);
    ton_json_set(number, "minimum", ton_json_integer(0));
    ton_json_set(number, "maximum", ton_json_integer(9999999999999));
    struct ton_json *const forms[] = {ton_schema_pattern("^[0-9]{12,13}$", NULL), number};
    struct ton_json *any = ton_schema_any_of(forms, 2);
    ton_json_set(any, "description", ton_json_string(field->row.help));
    return any;
}

void ton_read_upc(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                  const struct ton_node *value, void *out) {
    (void)key;
    const char *text;
    if (!ton_text_read(r, &field->row, value, &text))
        return;
    if (is_upc(text))
        keep(field, out, text);
    else
        ton_node_error(r->doc, value,
                       "`%s` is no UPC or EAN: it has 12 or 13 digits, of which the last checks "
                       "the others",
                       text);
}

/* What may stand in braces in `naming`. */
static const char *const placeholders[] = {"album", "artist", "deliverable", "session",
                                           "stem",  "title",  "track",       "version"};

void ton_read_naming(struct ton_reader *r, const struct ton_field *field,
                     const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key;
    const char *text;
    if (!ton_text_read(r, &field->row, value, &text))
        return;
    keep(field, out, text);
    for (const char *p = strpbrk(text, "{}"); p; p = strpbrk(p, "{}")) {
        const char *end = strpbrk(p + 1, "{}");
        char word[64];
        if (*p == '}' || !end || *end == '{') {
            ton_node_error(r->doc, value, "`naming` has a `%c` without its `%c`", *p,
                           *p == '{' ? '}' : '{');
            return;
        }
        snprintf(word, sizeof word, "%.*s", (int)(end - p - 1), p + 1);
        bool known = false;
        for (int i = 0; i < TON_N(placeholders); i++)
            known = known || !strcmp(word, placeholders[i]);
        const char *nearest = ton_nearest(word, placeholders, TON_N(placeholders));
        if (!known && nearest)
            ton_node_error(r->doc, value,
                           "unknown placeholder `{%s}` in `naming`; did you mean "
                           "`{%s}`?",
                           word, nearest);
        else if (!known)
            ton_node_error(r->doc, value,
                           "unknown placeholder `{%s}` in `naming`; it can have {album}, {artist}, "
                           "{deliverable}, {session}, {stem}, {title}, {track} and {version}",
                           word);
        p = end + 1;
    }
}

#define TEXT(type, member, words)                                                                  \
    {                                                                                              \
        .row = {.key = #member, .kind = TON_TEXT, .help = words}, .read = ton_read_text,           \
        .offset = offsetof(type, member), .schema = ton_schema_text                                \
    }
/* A list whose words are looked up later: their places are kept. */
#define PLACED(words_key, member, words)                                                           \
    {                                                                                              \
        .row = {.key = words_key, .kind = TON_TEXT, .help = words}, .read = ton_read_texts,        \
        .offset = offsetof(struct ton_deliverable, member),                                        \
        .offset_n = offsetof(struct ton_deliverable, n_##member),                                  \
        .offset_where = offsetof(struct ton_deliverable, member##_where),                          \
        .schema = ton_schema_texts                                                                 \
    }
#define TEXTS(type, words_key, member, words)                                                      \
    {                                                                                              \
        .row = {.key = words_key, .kind = TON_TEXT, .help = words}, .read = ton_read_texts,        \
        .offset = offsetof(type, member), .offset_n = offsetof(type, n_##member),                  \
        .schema = ton_schema_texts                                                                 \
    }

const struct ton_field ton_recording_fields[] = {
    TEXT(struct ton_recording, title, "The title; the session's when not given."),
    TEXT(struct ton_recording, artist, "The artist; the production's when not given."),
    {.row = {.key = "isrc",
             .kind = TON_TEXT,
             .help = "The recording's ISRC, such as QZ-ABC-26-00001; a tag."},
     .read = ton_read_isrc,
     .offset = offsetof(struct ton_recording, isrc),
     .schema = schema_isrc},
    TEXT(struct ton_recording, composer, "The composer; a tag. `writers` when not given."),
    TEXT(struct ton_recording, genre, "The genre; the production's when not given."),
    TEXT(struct ton_recording, comment, "A comment; the production's when not given."),
    TEXTS(struct ton_recording, "writers", writers, "Who wrote it: one name or a list."),
};
const int ton_n_recording_fields = TON_N(ton_recording_fields);

static const char *const dither_choices[] = {"none", "tpdf", "shaped", NULL};

const struct ton_field ton_deliverable_fields[] = {
    {.row = {.key = "spec",
             .kind = TON_TEXT,
             .help = "The delivery spec that the file is held to: one of `ton deliver --specs`, or "
                     "specs/NAME.yaml "
                     "in the production."},
     .read = ton_read_text,
     .offset = offsetof(struct ton_deliverable, spec),
     .offset_where = offsetof(struct ton_deliverable, spec_where),
     .schema = ton_schema_text},
    PLACED("format", formats,
           "The file's format, such as `wav 24-bit 48 kHz`, or a list of them: a file each. The "
           "spec's, "
           "else `wav 24-bit`, when not given."),
    PLACED("without", without, "Roles, buses or tracks that are left out."),
    PLACED("only", only, "Roles, buses or tracks that are heard, and no others."),
    PLACED("each", each,
           "Roles, buses or tracks that get a file of their own: stems, which add up to the mix."),
    {.row =
         {.key = "dither",
          .kind = TON_CHOICE,
          .choices = dither_choices,
          .flags = TON_ROW_OPEN,
          .help =
              "How samples are rounded to the bits of WAV and FLAC: `tpdf` (when not given) adds "
              "white noise of 2 LSB, `shaped` moves it to where the ear is deaf."},
     .read = ton_read_choice_text,
     .offset = offsetof(struct ton_deliverable, dither)},
    {.row = {.key = "loudness",
             .kind = TON_NUMBER,
             .unit = TON_UNIT_LUFS,
             .min = -70,
             .max = 0,
             .digits = 2,
             .flags = TON_ROW_OPEN,
             .help = "Integrated loudness that this version itself is brought to; when not given "
                     "the loudness that the spec requires, else it gets the gain of the master."},
     .read = ton_read_double,
     .offset = offsetof(struct ton_deliverable, loudness_lufs)},
    {.row = {.key = "ceiling",
             .kind = TON_NUMBER,
             .unit = TON_UNIT_DBTP,
             .min = -24,
             .max = 0,
             .digits = 2,
             .flags = TON_ROW_OPEN,
             .help = "Highest true peak of the finished file; that of the master's limiter when "
                     "not given. A lower one that the spec requires counts."},
     .read = ton_read_double,
     .offset = offsetof(struct ton_deliverable, ceiling_dbtp)},
    {.row = {.key = "mastered",
             .kind = TON_SWITCH,
             .flags = TON_ROW_OPEN,
             .help = "Goes through the master chain and limiter; when not given, stems (`each`) do "
                     "not and all others do."},
     .read = ton_read_switch,
     .offset = offsetof(struct ton_deliverable, mastered)},
    {.row = {.key = "joined",
             .kind = TON_SWITCH,
             .help = "One file of all sessions in a row, with their gaps, instead of a file each."},
     .read = ton_read_switch,
     .offset = offsetof(struct ton_deliverable, joined)},
};
const int ton_n_deliverable_fields = TON_N(ton_deliverable_fields);

/* The name is that of its folder in out/, beside what the program itself writes there. */
static void check_name(struct ton_reader *r, const struct ton_node *key) {
    static const char *const own[] = {"masters", "mixes", "manifest.json", "report.html"};
    const char *name = key->kind == TON_NODE_SCALAR ? key->text : "";
    const size_t n = strlen(name);
    bool odd = n == 0 || strpbrk(name, "/\\:*?\"<>|") || strchr(". -", name[0]) ||
               strchr(". ", name[n - 1]);
    for (size_t i = 0; i < n; i++)
        odd |= (unsigned char)name[i] < 0x20;
    if (odd)
        ton_node_error(r->doc, key,
                       "a deliverable needs a name that can stand in a file's name: no / \\ : * ? "
                       "\" < > |, and no dot, dash or space at its ends");
    for (int i = 0; i < TON_N(own); i++)
        if (strcasecmp(name, own[i]) == 0)
            ton_node_error(r->doc, key,
                           "a deliverable cannot be called `%s`: out/%s is the program's own", name,
                           own[i]);
}

void ton_deliverable_read(struct ton_reader *r, const struct ton_node *key,
                          const struct ton_node *value, struct ton_deliverable *out) {
    *out = (struct ton_deliverable){.name = key->text ? key->text : "",
                                    .loudness_lufs = NAN,
                                    .ceiling_dbtp = NAN,
                                    .mastered = !ton_node_get(value, "each"),
                                    .where = ton_node_where(r->doc, key)};
    check_name(r, key);
    const char *what = ton_arena_printf(r->arena, "the deliverable `%s`", out->name);
    if (what && !ton_node_is_null(value))
        ton_fields_read(r, ton_deliverable_fields, ton_n_deliverable_fields, value, what, out);
}
