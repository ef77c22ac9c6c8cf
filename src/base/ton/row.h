/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ROW_H
#define TON_ROW_H

#include "ton/text.h"
#include "ton/unit.h"

struct ton_json;

/* A row declares one value that people can set or read: a processor's parameter, an analyser's
 * result, an option of a verb, a number of a delivery spec. It is the only place that knows the
 * value's name, unit, range and help; the YAML reader, `--help`, the man pages, the JSON schema,
 * the shell completions, automation and `ton diff` walk rows. */
enum ton_kind {
    TON_NUMBER = 0, /* a float in `unit` */
    TON_SWITCH,     /* on/off, yes/no, true/false; 1.0 or 0.0 */
    TON_CHOICE,     /* one of `choices`; kept as its index. With a unit the choices are values with
                       it ("24 dB/oct") and read like numbers */
    TON_TIME_NOTE,  /* ms (or Hz: how often), or a note value (1/8, 1/4., 1/8t) kept as negative
                       beats: -0.5 is an eighth */
    TON_GROUP, /* repeated things (EQ bands): occupies 1 + n_max * n_rows floats: the count, then
                  the instances */
    TON_STRIP, /* the name of a strip of the session (side-chain); wiring, not a float */
    TON_TEXT,  /* free text (verbs, production); not a float */
    TON_PATH,  /* a file or folder; not a float. Of a processor: audio that it works with */
    TON_COUNT, /* a whole number */
};

/* What those who read and print rows hold at a time: rows of one table, letters of a key with the
 * byte behind them. The contract tests hold every processor to it. */
enum { TON_MOST_ROWS = 64, TON_LONGEST_KEY = 64 };

enum ton_scale { TON_LINEAR = 0, TON_LOGARITHMIC };

enum {
    TON_ROW_FIXED =
        1 << 0, /* set before the start, cannot be automated (changes latency or memory) */
    TON_ROW_OFF_MIN = 1 << 1,  /* the minimum means "off": read and printed as `off` */
    TON_ROW_INF_MAX = 1 << 2,  /* the maximum means infinity: read and printed as `inf` */
    TON_ROW_MANY = 1 << 3,     /* verbs: may be given several times */
    TON_ROW_REQUIRED = 1 << 4, /* documents and groups: must be present */
    TON_ROW_OPEN = 1 << 5,     /* when absent, something else decides, which help says;
                                  `def` means nothing */
    TON_ROW_NAMED = 1 << 6,    /* the key is a name as a person wrote it, not a C field's */
};

struct ton_row {
    const char *key;   /* the C field's name; `pre_delay` here and in JSON, `pre delay` in YAML,
                          `--pre-delay` in a shell */
    const char *label; /* for screens; NULL: made from key */
    enum ton_kind kind;
    enum ton_unit unit;
    float min, max, def;
    enum ton_scale scale;
    int digits; /* most digits shown after the point */
    unsigned flags;
    float smooth_ms;            /* 0: the engine's default */
    const char *const *choices; /* NULL-terminated, in words */
    const char *help;           /* one sentence */
    const char *jumps;          /* why its movement is heard although it can be automated (zipper
                                   noise over -80 dB); NULL: it is not */
    const struct ton_row *rows; /* GROUP: the rows of one instance */
    int n_rows, n_max;
    int added; /* 0: from the first release; a row that comes later counts one more than the last
                  that did, and the ports of LV2 plug-ins stand in this order (lv2/plugin.c) */
};

/* The row's key in words, for sentences. */
const char *ton_row_words(char *out, size_t size, const struct ton_row *row);

/* How many floats a row, or a table of rows, occupies in its parameter struct (STRIP, TEXT and
 * PATH: none). */
int ton_row_floats(const struct ton_row *row);
int ton_rows_floats(const struct ton_row *rows, int n);

int ton_rows_paths(const struct ton_row *rows, int n);      /* how many are TON_PATH */
bool ton_rows_have_note(const struct ton_row *rows, int n); /* any TON_TIME_NOTE, in groups too */
/* Fills `values` with the defaults (a group's count is 0, its instances hold their rows' defaults).
 */
void ton_rows_defaults(const struct ton_row *rows, int n, float *values);

/* Reads one value; checks the range. The sentence names the key, what was found, and the range or
 * choices. */
enum ton_code ton_row_parse(float *value, const struct ton_row *row, const char *text,
                            struct ton_err *err);

/* Prints one value as it would be written ("-18 dB", "off", "high shelf", "1/8"). */
char *ton_row_format(char *out, size_t size, const struct ton_row *row, float value);

/* What a note value of a TON_TIME_NOTE row is in the row's unit at a tempo in quarters a minute:
 * how long it lasts in ms, or how often it comes in Hz. Not held to the row's range: the processor
 * does that, in every program alike. @thread any */
float ton_row_note_value(const struct ton_row *row, float note, double tempo);

/* The value a part `t` (0 … 1) of the way from `a` to `b`, along the row's scale: a logarithmic row
 * passes equal ratios in equal times (200 Hz to 2 kHz is at 632 Hz half way), a linear one equal
 * differences (a level is linear in dB). `inf` is its scale's upper end. A level that goes to or
 * comes from `off` is faded as by hand, linear in amplitude: half way it is 6 dB down. Where there
 * is no way between them, `a` holds until t is 1: switches, choices and counts, to or from any
 * other `off`, between a time and a note value. @thread any */
float ton_row_between(const struct ton_row *row, float a, float b, double t);

/* The row and the float's index for a dotted path as people write it: "threshold", "high pass",
 * "band 2.gain" (group `bands`, second instance). NULL when unknown; then `nearest` (may be NULL)
 * gets the nearest key. */
const struct ton_row *ton_rows_find(const struct ton_row *rows, int n, const char *path, int *index,
                                    const char **nearest);

/* JSON schema (draft 2020-12) of one row's value as it stands in YAML, and of a mapping made of
 * rows. Caller frees. */
struct ton_json *ton_row_schema(const struct ton_row *row);
struct ton_json *ton_rows_schema(const struct ton_row *rows, int n);

/* A row's declaration itself, for `ton processors --json`. */
struct ton_json *ton_row_json(const struct ton_row *row);

#define TON_N(array) ((int)(sizeof(array) / sizeof((array)[0])))

#endif
