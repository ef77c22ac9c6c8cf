/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values with units, as people write and read them; no locale has a say. */
#include "ton/unit.h"

#include "ton/text.h"

#include <stdint.h>
#include <time.h>

struct unit {
    const char *name;
    const char *is;       /* "`12 Hz` is a frequency" */
    const char *expected; /* "…, a level in dB was expected" */
    const char *example;  /* a value of this unit when the number itself cannot be read */
};

static const struct unit units[TON_N_UNITS] = {
    [TON_UNIT_NONE] = {"", "a plain number", "a plain number", "1.5"},
    [TON_UNIT_DB] = {"dB", "a level in dB", "a level in dB", "-18 dB"},
    [TON_UNIT_DBFS] = {"dBFS", "a level in dBFS", "a level in dBFS", "-18 dBFS"},
    [TON_UNIT_DBTP] = {"dBTP", "a true peak in dBTP", "a true peak in dBTP", "-1 dBTP"},
    [TON_UNIT_LUFS] = {"LUFS", "a loudness in LUFS", "a loudness in LUFS", "-14 LUFS"},
    [TON_UNIT_LU] = {"LU", "a loudness difference in LU", "a loudness difference in LU", "6 LU"},
    [TON_UNIT_HZ] = {"Hz", "a frequency", "a frequency in Hz or kHz", "120 Hz"},
    [TON_UNIT_MS] = {"ms", "a time", "a time in ms or s", "30 ms"},
    [TON_UNIT_S] = {"s", "a time", "a time in s", "1.5 s"},
    [TON_UNIT_PERCENT] = {"%", "a percentage", "a percentage", "50 %"},
    [TON_UNIT_RATIO] = {"", "a ratio", "a ratio such as 4:1", "4:1"},
    [TON_UNIT_BPM] = {"bpm", "a tempo", "a tempo in bpm", "120 bpm"},
    [TON_UNIT_SAMPLES] = {"samples", "a number of samples", "a number of samples", "64 samples"},
    [TON_UNIT_DEGREES] = {"deg", "an angle", "an angle in degrees", "90 deg"},
    [TON_UNIT_CENTS] = {"cents", "an interval in cents", "an interval in cents", "12 cents"},
    [TON_UNIT_SEMITONES] = {"st", "an interval in semitones", "an interval in semitones", "2 st"},
    [TON_UNIT_DB_OCTAVE] = {"dB/oct", "a slope", "a slope in dB/oct", "12 dB/oct"},
    [TON_UNIT_BITS] = {"bit", "a word length", "a word length in bit", "24 bit"},
    [TON_UNIT_KBPS] = {"kbps", "a bit rate", "a bit rate in kbps", "192 kbps"},
    [TON_UNIT_PAN] = {"", "a pan position", "a pan position (L100 … C … R100)", "L30"},
    [TON_UNIT_DB_S] = {"dB/s", "a speed in dB/s", "a speed in dB/s", "12 dB/s"},
    [TON_UNIT_GB] = {"GB", "an amount of data", "an amount of data in GB or MB", "20 GB"},
};

/* What may stand behind a number, and how many of the unit it is. The first of a unit's spellings
 * that has its scale is the one that sentences show. */
static const struct spelling {
    const char *text;
    enum ton_unit unit;
    int multiply, divide;
} spellings[] = {
    {"dB", TON_UNIT_DB, 1, 1},
    {"dBFS", TON_UNIT_DBFS, 1, 1},
    {"dBTP", TON_UNIT_DBTP, 1, 1},
    {"LUFS", TON_UNIT_LUFS, 1, 1},
    {"LKFS", TON_UNIT_LUFS, 1, 1},
    {"LU", TON_UNIT_LU, 1, 1},
    {"Hz", TON_UNIT_HZ, 1, 1},
    {"kHz", TON_UNIT_HZ, 1000, 1},
    {"ms", TON_UNIT_MS, 1, 1},
    {"s", TON_UNIT_MS, 1000, 1},
    {"s", TON_UNIT_S, 1, 1},
    {"ms", TON_UNIT_S, 1, 1000},
    {"min", TON_UNIT_S, 60, 1},
    {"%", TON_UNIT_PERCENT, 1, 1},
    {":1", TON_UNIT_RATIO, 1, 1},
    {"bpm", TON_UNIT_BPM, 1, 1},
    {"samples", TON_UNIT_SAMPLES, 1, 1},
    {"sample", TON_UNIT_SAMPLES, 1, 1},
    {"deg", TON_UNIT_DEGREES, 1, 1},
    {"degrees", TON_UNIT_DEGREES, 1, 1},
    {"°", TON_UNIT_DEGREES, 1, 1},
    {"cents", TON_UNIT_CENTS, 1, 1},
    {"cent", TON_UNIT_CENTS, 1, 1},
    {"st", TON_UNIT_SEMITONES, 1, 1},
    {"semitones", TON_UNIT_SEMITONES, 1, 1},
    {"dB/oct", TON_UNIT_DB_OCTAVE, 1, 1},
    {"dB/octave", TON_UNIT_DB_OCTAVE, 1, 1},
    {"bit", TON_UNIT_BITS, 1, 1},
    {"bits", TON_UNIT_BITS, 1, 1},
    {"kbps", TON_UNIT_KBPS, 1, 1},
    {"kbit/s", TON_UNIT_KBPS, 1, 1},
    {"k", TON_UNIT_KBPS, 1, 1},
    {"dB/s", TON_UNIT_DB_S, 1, 1},
    {"GB", TON_UNIT_GB, 1, 1},
    {"MB", TON_UNIT_GB, 1, 1000},
    {"kB", TON_UNIT_GB, 1, 1000000},
    {"B", TON_UNIT_GB, 1, 1000000000},
    {"TB", TON_UNIT_GB, 1000, 1},
};

enum { N_SPELLINGS = sizeof spellings / sizeof spellings[0] };

const char *ton_unit_name(enum ton_unit unit) {
    return (unsigned)unit < TON_N_UNITS ? units[unit].name : "";
}

const char *ton_unit_spelling(enum ton_unit unit, int i) {
    for (int k = 0; k < N_SPELLINGS; k++)
        if (spellings[k].unit == unit && i-- == 0)
            return spellings[k].text;
    return NULL;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_word(const char *a, size_t n, const char *b) {
    for (size_t i = 0; i < n; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return b[n] == '\0';
}

static const struct spelling *find_spelling(const char *word, size_t n, enum ton_unit unit) {
    for (int i = 0; i < N_SPELLINGS; i++)
        if ((unit == TON_N_UNITS || spellings[i].unit == unit) &&
            same_word(word, n, spellings[i].text))
            return &spellings[i];
    return NULL;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* 10^0 … 10^22 are exact doubles. */
static double power_of_ten(int n) {
    double power = 1;
    for (int i = 0; i < n; i++)
        power *= 10;
    return power;
}

static double scale_by_ten(uint64_t digits, int exponent) {
    /* One rounding only, so correct for up to 15 digits and |exponent| up to 22 (Clinger, "How to
     * Read Floating Point Numbers Accurately", 1990); beyond, nobody writes values here. */
    if (exponent > 300 || exponent < -300)
        return exponent > 0 && digits ? INFINITY : 0;
    double value = (double)digits;
    for (int rest = abs(exponent); rest > 0; rest -= 22) {
        double power = power_of_ten(rest > 22 ? 22 : rest);
        value = exponent > 0 ? value * power : value / power;
    }
    return value;
}

static const char *read_exponent(const char *s, int *exponent) {
    if (*s != 'e' && *s != 'E')
        return s;
    const char *p = s + 1;
    bool negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    if (!is_digit(*p))
        return s;
    int n = 0;
    for (; is_digit(*p); p++)
        n = n < 10000 ? n * 10 + (*p - '0') : n;
    *exponent += negative ? -n : n;
    return p;
}

/* Digits with at most one point; NULL when there is none. */
static const char *read_digits(const char *s, double *value) {
    uint64_t digits = 0;
    int exponent = 0, n_digits = 0;
    bool point = false;
    const char *p = s;
    for (; is_digit(*p) || (*p == '.' && !point); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        n_digits++;
        if (digits < 100000000000000000u) {
            digits = digits * 10 + (uint64_t)(*p - '0');
            exponent -= point;
        } else {
            exponent += !point;
        }
    }
    if (n_digits == 0)
        return NULL;
    p = read_exponent(p, &exponent);
    *value = scale_by_ten(digits, exponent);
    return p;
}

static const char *skip_sign(const char *s, bool *negative) {
    static const char minus[] = "\xe2\x88\x92"; /* U+2212, as word processors write it */
    *negative = false;
    if (*s == '+')
        return s + 1;
    if (*s == '-') {
        *negative = true;
        return s + 1;
    }
    if (strncmp(s, minus, sizeof minus - 1) == 0) {
        *negative = true;
        return s + sizeof minus - 1;
    }
    return s;
}

/* Behind the number, or NULL when there is none. */
static const char *read_number(const char *s, double *value) {
    static const char sign[] = "\xe2\x88\x9e"; /* U+221E */
    bool negative;
    s = skip_sign(s, &negative);
    if (strncmp(s, sign, sizeof sign - 1) == 0) {
        *value = INFINITY;
        s += sizeof sign - 1;
    } else if (lower(s[0]) == 'i' && lower(s[1]) == 'n' && lower(s[2]) == 'f') {
        *value = INFINITY;
        s += 3;
    } else {
        s = read_digits(s, value);
    }
    if (s && negative)
        *value = -*value;
    return s;
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t trimmed_length(const char *s) {
    size_t n = strlen(s);
    while (n > 0 && is_space(s[n - 1]))
        n--;
    return n;
}

/* "L30", "R100", "C"; false when it is none of these. */
static bool parse_pan(double *value, const char *s, size_t n) {
    char side = lower(*s);
    if (n == 1 && side == 'c') {
        *value = 0;
        return true;
    }
    const char *digits = s + 1;
    while (is_space(*digits))
        digits++;
    double amount;
    const char *end = side == 'l' || side == 'r' ? read_digits(digits, &amount) : NULL;
    if (!end || end != s + n)
        return false;
    *value = side == 'l' ? 0 - amount : amount;
    return true;
}

static enum ton_code fail_no_number(const char *s, size_t n, enum ton_unit unit,
                                    struct ton_err *err) {
    if (n == 0)
        return ton_fail(err, TON_INPUT, NULL, "there is no value; write %s, for example `%s`",
                        units[unit].expected, units[unit].example);
    return ton_fail(err, TON_INPUT, NULL, "`%.*s` is not %s; write for example `%s`", (int)n, s,
                    units[unit].expected, units[unit].example);
}

/* Levels, and times, are easily given in another of their units than the right one. */
static int family(enum ton_unit unit) {
    if (unit >= TON_UNIT_DB && unit <= TON_UNIT_LU)
        return 1;
    return unit == TON_UNIT_MS || unit == TON_UNIT_S ? 2 : 0;
}

static double scaled(double number, const struct spelling *spelling) {
    return number * spelling->multiply / spelling->divide;
}

static bool is_kin(enum ton_unit a, enum ton_unit b) {
    return family(a) && family(a) == family(b);
}

/* The spelling with which the number lies in the range; the unit's own name comes first. */
static const struct spelling *fitting(double number, enum ton_unit unit, double min, double max) {
    for (int i = 0; i < N_SPELLINGS; i++)
        if (spellings[i].unit == unit && scaled(number, &spellings[i]) >= min &&
            scaled(number, &spellings[i]) <= max)
            return &spellings[i];
    return NULL;
}

static bool begins(const char *word, size_t n, const char *spelling) {
    for (size_t i = 0; i < n; i++)
        if (lower(word[i]) != lower(spelling[i]))
            return false;
    return n > 0;
}

/* The same for a number behind which a wrong word stands: `3k` is 3 kHz, `97 bmp` is 97 bpm, and
 * any other word with digits in it is no slip of a unit. */
static const struct spelling *likely(double number, const char *word, size_t n, enum ton_unit unit,
                                     double min, double max) {
    const char *texts[N_SPELLINGS];
    const struct spelling *fit[N_SPELLINGS];
    size_t n_fit = 0;
    for (int i = 0; i < N_SPELLINGS; i++) {
        double value = scaled(number, &spellings[i]);
        if (spellings[i].unit != unit || value < min || value > max)
            continue;
        if (begins(word, n, spellings[i].text))
            return &spellings[i];
        texts[n_fit] = spellings[i].text;
        fit[n_fit++] = &spellings[i];
    }
    char copy[32];
    snprintf(copy, sizeof copy, "%.*s", (int)(n < sizeof copy ? n : 0), word);
    const char *nearest = ton_nearest(copy, texts, n_fit);
    for (size_t i = 0; nearest && i < n_fit; i++)
        if (texts[i] == nearest)
            return fit[i];
    bool digits = strpbrk(copy, "0123456789") != NULL || !*copy;
    return digits ? NULL : fitting(number, unit, min, max);
}

static void write_offer(char *out, size_t size, const char *number, const char *end,
                        const struct spelling *spelling) {
    snprintf(out, size, "%.*s%s%s", (int)(end - number), number,
             spelling->text[0] == ':' ? "" : " ", spelling->text);
}

bool ton_unit_fitting(char *out, size_t size, const char *text, enum ton_unit unit, double min,
                      double max) {
    double number;
    while (is_space(*text))
        text++;
    const char *end = read_number(text, &number);
    const struct spelling *spelling = end ? fitting(number, unit, min, max) : NULL;
    if (spelling)
        write_offer(out, size, text, end, spelling);
    return spelling != NULL;
}

/* `1,5 dB`; not `1,800 ms`, which may mean thousands. */
static bool without_comma(char *out, size_t size, const char *s, size_t n, const char *comma,
                          enum ton_unit unit) {
    double value;
    const char *end = comma + 1;
    while (is_digit(*end))
        end++;
    if (n >= size || end - comma == 1 || end - comma == 4)
        return false;
    snprintf(out, size, "%.*s", (int)n, s);
    out[comma - s] = '.';
    return ton_unit_parse(&value, out, unit, NULL) == TON_OK;
}

static enum ton_code fail_unit(const char *s, size_t n, const char *number_end, enum ton_unit unit,
                               double min, double max, struct ton_err *err) {
    int length = (int)n;
    const char *word = number_end;
    while (word < s + n && is_space(*word))
        word++;
    size_t n_word = (size_t)(s + n - word);
    const char *right = units[unit].name;
    const char *gap = *right ? " " : "";
    char offer[96];
    if (strstr(s, "\xC2\xA0"))
        return ton_fail(err, TON_INPUT, NULL,
                        "`%.*s` has a no-break space in it, which looks like an ordinary one; type "
                        "it again with a space",
                        length, s);
    if (*word == ',') {
        bool whole = word == number_end && without_comma(offer, sizeof offer, s, n, word, unit);
        if (!whole)
            snprintf(offer, sizeof offer, "1.5%s%s", gap, right);
        return ton_fail(err, TON_INPUT, NULL,
                        "`%.*s` has a comma; decimals are written with a point, as in `%s`", length,
                        s, offer);
    }
    const struct spelling *other = n_word ? find_spelling(word, n_word, TON_N_UNITS) : NULL;
    double number = 0;
    read_number(s, &number);
    const bool kin = other && is_kin(unit, other->unit);
    const struct spelling *meant = n_word == 0 || kin
                                       ? fitting(number, unit, min, max)
                                       : likely(number, word, n_word, unit, min, max);
    if (meant && (!other || kin || begins(word, n_word, meant->text)))
        write_offer(offer, sizeof offer, s, number_end, meant);
    else
        offer[0] = '\0';
    if (n_word == 0)
        return ton_fail(err, TON_INPUT, NULL, "`%.*s` has no unit%s%s%s", length, s,
                        *offer ? "; did you mean `" : ", ", *offer ? offer : units[unit].expected,
                        *offer ? "`?" : " was expected");
    if (!other && !*offer)
        return ton_fail(err, TON_INPUT, NULL,
                        "`%.*s` ends in `%.*s`, which is no unit; %s was expected, for example "
                        "`%s`",
                        length, s, (int)n_word, word, units[unit].expected, units[unit].example);
    if (!other)
        return ton_fail(err, TON_INPUT, NULL,
                        "`%.*s` ends in `%.*s`, which is no unit; did you mean `%s`?", length, s,
                        (int)n_word, word, offer);
    return ton_fail(err, TON_INPUT, NULL, "`%.*s` is %s, %s was expected%s%s%s", length, s,
                    units[other->unit].is, units[unit].expected, *offer ? "; did you mean `" : "",
                    offer, *offer ? "`?" : "");
}

/* A side by any of its names, up to the end of the text: 'l', 'r' or 'c'; 0: none. */
static char side_of(const char *s, size_t n) {
    static const struct {
        const char *word;
        char side;
    } words[] = {{"l", 'l'},         {"left", 'l'},   {"hard left", 'l'}, {"far left", 'l'},
                 {"<", 'l'},         {"r", 'r'},      {"right", 'r'},     {"hard right", 'r'},
                 {"far right", 'r'}, {">", 'r'},      {"c", 'c'},         {"center", 'c'},
                 {"centre", 'c'},    {"middle", 'c'}, {"mid", 'c'},       {"m", 'c'},
                 {"% l", 'l'},       {"% r", 'r'},    {"% left", 'l'},    {"% right", 'r'},
                 {"%l", 'l'},        {"%r", 'r'}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (same_word(s, n, words[i].word))
            return words[i].side;
    return 0;
}

/* `30L`, `left`, `-30`: what was meant is offered. */
static enum ton_code fail_pan(const char *s, size_t n, double min, double max,
                              struct ton_err *err) {
    const char *first = s, *number_at = s, *end;
    double number = 0;
    while (first < s + n && !is_digit(*first))
        first++;
    size_t head = (size_t)(first - s);
    while (head > 0 && is_space(s[head - 1]))
        head--;
    const bool has_number = first < s + n;
    const bool bare = head == 0 || (head == 1 && (*s == '-' || *s == '+'));
    number_at = bare ? s : first;
    end = has_number ? read_number(number_at, &number) : s + n;
    if (!end) { /* a blank behind the sign */
        end = read_number(first, &number);
        number = *s == '-' ? -number : number;
    }
    while (end && end < s + n && is_space(*end))
        end++;
    const size_t tail = end ? (size_t)(s + n - end) : 0;
    const char side = !has_number ? side_of(s, n) : bare ? side_of(end, tail) : side_of(s, head);
    const bool percent = tail == 1 && *end == '%';
    if (side == 'c' && (!has_number || number == 0))
        return ton_fail(err, TON_INPUT, NULL, "`%.*s` is no pan position; did you mean `C`?",
                        (int)n, s);
    if ((side == 'l' || side == 'r') && !has_number)
        return ton_fail(err, TON_INPUT, NULL, "`%.*s` is no pan position; did you mean `%c100`?",
                        (int)n, s, side == 'l' ? 'L' : 'R');
    if ((side == 'l' || side == 'r') && (bare || tail == 0 || percent))
        return ton_fail(err, TON_INPUT, NULL, "`%.*s` is no pan position; did you mean `%c%g`?",
                        (int)n, s, side == 'l' ? 'L' : 'R', fabs(number));
    if (bare && has_number && (tail == 0 || percent) && (*s == '-' || *s == '+'))
        return ton_fail(err, TON_INPUT, NULL, "`%.*s` has no side; did you mean `%c%g`?", (int)n, s,
                        number < 0 ? 'L' : 'R', fabs(number));
    if (bare && has_number && (tail == 0 || percent))
        return ton_fail(err, TON_INPUT, NULL, "`%.*s` has no side; did you mean `L%g` or `R%g`?",
                        (int)n, s, number, number);
    return end && bare && has_number ? fail_unit(s, n, end, TON_UNIT_PAN, min, max, err)
                                     : fail_no_number(s, n, TON_UNIT_PAN, err);
}

static bool needs_no_unit(double value, enum ton_unit unit) {
    return value == 0 || isinf(value) || unit == TON_UNIT_NONE || unit == TON_UNIT_RATIO;
}

enum ton_code ton_unit_parse(double *value, const char *text, enum ton_unit unit,
                             struct ton_err *err) {
    return ton_unit_parse_in(value, text, unit, -(double)INFINITY, (double)INFINITY, err);
}

enum ton_code ton_unit_parse_in(double *value, const char *text, enum ton_unit unit, double min,
                                double max, struct ton_err *err) {
    const char *s = text;
    while (is_space(*s))
        s++;
    size_t n = trimmed_length(s);
    if (unit == TON_UNIT_PAN && n > 0 && parse_pan(value, s, n))
        return TON_OK;
    double number = 0;
    const char *end = read_number(s, &number);
    if (unit == TON_UNIT_PAN && n > 0 && !(end == s + n && number == 0))
        return fail_pan(s, n, min, max, err);
    if (!end)
        return fail_no_number(s, n, unit, err);
    const char *word = end;
    while (word < s + n && is_space(*word))
        word++;
    size_t n_word = (size_t)(s + n - word);
    if (n_word == 0 && needs_no_unit(number, unit)) {
        *value = number;
        return TON_OK;
    }
    const struct spelling *spelling = n_word ? find_spelling(word, n_word, unit) : NULL;
    if (!spelling)
        return fail_unit(s, n, end, unit, min, max, err);
    *value = scaled(number, spelling);
    return TON_OK;
}

/* Like %.*f without trailing zeros and without a locale's decimal sign. */
static void format_number(char *out, size_t size, double value, int digits) {
    int places = digits < 0 ? 0 : digits > 9 ? 9 : digits;
    double scaled = round(fabs(value) * power_of_ten(places));
    if (!(scaled < 9e15)) {
        snprintf(out, size, "%.0f", value);
        return;
    }
    uint64_t all = (uint64_t)scaled, power = (uint64_t)power_of_ten(places);
    uint64_t whole = all / power, part = all % power;
    const char *sign = value < 0 && all > 0 ? "-" : "";
    while (places > 0 && part % 10 == 0) {
        part /= 10;
        places--;
    }
    if (places == 0)
        snprintf(out, size, "%s%llu", sign, (unsigned long long)whole);
    else
        snprintf(out, size, "%s%llu.%0*llu", sign, (unsigned long long)whole, places,
                 (unsigned long long)part);
}

/* In the unit that leaves at most three of the figures before the point. */
static char *format_bytes(char *out, size_t size, double bytes, int figures) {
    static const char *const names[] = {"B", "kB", "MB", "GB", "TB"};
    const int n = (int)(sizeof names / sizeof names[0]);
    const double grain = power_of_ten(figures - 3);
    char number[400];
    int unit = 0, before = 1;
    for (; unit + 1 < n && round(fabs(bytes) * grain) >= 1000 * grain; unit++)
        bytes /= 1000;
    while (before < 3 && fabs(bytes) >= power_of_ten(before))
        before++;
    format_number(number, sizeof number, bytes, figures - before);
    snprintf(out, size, "%s %s", number, names[unit]);
    return out;
}

char *ton_bytes_format(char *out, size_t size, int64_t bytes) {
    return format_bytes(out, size, (double)bytes, 3);
}

char *ton_clock_format(char *out, size_t size, double seconds_ago) {
    const time_t then = time(NULL) - (time_t)seconds_ago;
    struct tm parts;
    strftime(out, size, "%H:%M:%S", localtime_r(&then, &parts));
    return out;
}

static void format_pan(char *out, size_t size, double value, int digits) {
    char number[48];
    format_number(number, sizeof number, fabs(value), digits);
    if (strcmp(number, "0") == 0)
        snprintf(out, size, "C");
    else
        snprintf(out, size, "%c%s", value < 0 ? 'L' : 'R', number);
}

char *ton_unit_format(char *out, size_t size, double value, enum ton_unit unit, int digits) {
    if (size == 0)
        return out;
    char number[400];
    const char *name = ton_unit_name(unit);
    if (isnan(value)) {
        snprintf(out, size, "none");
        return out;
    }
    if (unit == TON_UNIT_PAN && isfinite(value)) {
        format_pan(out, size, value, digits);
        return out;
    }
    if (isinf(value)) {
        snprintf(number, sizeof number, "%s", value < 0 ? "-inf" : "inf");
    } else if (unit == TON_UNIT_HZ && fabs(value) >= 1000) {
        format_number(number, sizeof number, value / 1000, digits + 3);
        name = "kHz";
    } else if (unit == TON_UNIT_MS && fabs(value) >= 1000) {
        format_number(number, sizeof number, value / 1000, digits + 3);
        name = "s";
    } else if (unit == TON_UNIT_GB) {
        return format_bytes(out, size, value * 1e9, digits + 3);
    } else {
        format_number(number, sizeof number, value, digits);
    }
    if (unit == TON_UNIT_RATIO && isfinite(value))
        snprintf(out, size, "%s:1", number);
    else
        snprintf(out, size, *name ? "%s %s" : "%s%s", number, name);
    return out;
}

char *ton_length_format(char *out, size_t size, int64_t frames, int rate) {
    const long long tenths = rate > 0 ? (frames * 10 + rate / 2) / rate : 0;
    const long long hours = tenths / 36000, minutes = tenths / 600 % 60;
    const int n = hours ? snprintf(out, size, "%lld:%02lld", hours, minutes)
                        : snprintf(out, size, "%lld", minutes);
    if (n > 0 && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, ":%02lld.%lld", tenths / 10 % 60, tenths % 10);
    return out;
}
