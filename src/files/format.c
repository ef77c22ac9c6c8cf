/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of a `format:` value: "wav 24-bit 48 kHz", "flac 16-bit 44.1 kHz", "mp3 320k". */
#include "ton/audio_out.h"

#include "ton/text.h"
#include "ton/unit.h"

#include <ctype.h>
#include <strings.h>

#define WORDS_MAX 12
#define WORD_SIZE 32

/* What each codec may be asked. A zero ends a list. */
static const struct codec {
    const char *name, *extension;
    enum ton_codec codec;
    bool lossy;
    int bits[4];  /* the first is the usual */
    int kbps[24]; /* the first is the usual; empty: any between the two after the zero */
    int kbps_min, kbps_max;
    int rates[12]; /* empty: any */
} codecs[] = {
    {"wav", "wav", TON_PCM, false, {24, 16, 32}, {0}, 0, 0, {0}},
    {"float", "wav", TON_FLOAT, false, {32, 64}, {0}, 0, 0, {0}},
    {"flac", "flac", TON_FLAC, false, {24, 16}, {0}, 0, 0, {0}},
    {"mp3",
     "mp3",
     TON_MP3,
     true,
     {0},
     {320, 256, 224, 192, 160, 128, 112, 96, 80, 64, 56, 48, 40, 32},
     32,
     320,
     {48000, 44100, 32000}},
    {"opus", "opus", TON_OPUS, true, {0}, {160}, 6, 510, {48000}},
    {"aac",
     "m4a",
     TON_AAC,
     true,
     {0},
     {256},
     16,
     512,
     {48000, 44100, 96000, 88200, 64000, 32000, 24000, 22050, 16000, 12000, 11025}},
};
#define N_CODECS ((int)(sizeof codecs / sizeof codecs[0]))

static const char *const known_words[] = {"wav", "flac",  "mp3",  "opus",
                                          "aac", "float", "mono", "stereo"};

static const struct codec *codec_of(enum ton_codec codec) {
    for (int i = 0; i < N_CODECS; i++) {
        if (codecs[i].codec == codec)
            return &codecs[i];
    }
    return &codecs[0];
}

/* What the words said so far; 0 and -1 mean not said. */
struct reading {
    const char *whole;
    int container; /* index into codecs */
    bool floating;
    int bits, rate, kbps, channels;
};

static enum ton_code wrong(struct ton_err *err, const struct reading *r, const char *word) {
    const char *near = ton_nearest(word, known_words, sizeof known_words / sizeof *known_words);
    if (near)
        return ton_fail(err, TON_INPUT, NULL,
                        "unknown word `%s` in format `%s`; did you mean `%s`?", word, r->whole,
                        near);
    return ton_fail(err, TON_INPUT, NULL,
                    "unknown word `%s` in format `%s`: a format is wav, flac, mp3, opus or aac, "
                    "with 16-bit, 24-bit, 32-bit or float, a rate like 44.1 kHz, for mp3, opus and "
                    "aac a bit rate like 320k, and mono or stereo",
                    word, r->whole);
}

static enum ton_code set_once(int *field, int value, const char *what, const struct reading *r,
                              struct ton_err *err) {
    if (*field && *field != value)
        return ton_fail(err, TON_INPUT, NULL, "format `%s` gives the %s twice", r->whole, what);
    *field = value;
    return TON_OK;
}

/* A number with what follows it: "24-bit", "48khz", "44100hz", "320k", "320kbps", "32" "bit". */
static enum ton_code read_number(struct reading *r, const char *word, const char *next,
                                 bool *took_next, struct ton_err *err) {
    double value = 0;
    int used = 0;
    for (const char *p = word; isdigit((unsigned char)*p) || *p == '.'; p++)
        used++;
    double place = 0;
    for (int i = 0; i < used; i++) {
        if (word[i] == '.') {
            if (place > 0)
                return wrong(err, r, word);
            place = 1;
            continue;
        }
        value = value * 10 + (word[i] - '0');
        place *= 10;
    }
    if (place > 0)
        value /= place;
    if (value > 1e7 || value < 1.0)
        return wrong(err, r, word);
    const char *unit = word + used;
    *took_next = !*unit;
    if (!*unit)
        unit = next;
    if (*unit == '-' || *unit == '_')
        unit++;
    if (ton_text_same(unit, "bit") || ton_text_same(unit, "bits"))
        return set_once(&r->bits, (int)value, "number of bits", r, err);
    if (ton_text_same(unit, "khz"))
        return set_once(&r->rate, (int)lrint(value * 1000), "rate", r, err);
    if (ton_text_same(unit, "hz"))
        return set_once(&r->rate, (int)value, "rate", r, err);
    if (ton_text_same(unit, "k") || ton_text_same(unit, "kbps") || ton_text_same(unit, "kbit/s"))
        return set_once(&r->kbps, (int)value, "bit rate", r, err);
    return ton_fail(err, TON_INPUT, NULL,
                    "`%s` in format `%s` needs a unit: 24-bit, 48 kHz or 320k", word, r->whole);
}

static enum ton_code read_word(struct reading *r, const char *word, const char *next,
                               bool *took_next, struct ton_err *err) {
    *took_next = false;
    if (isdigit((unsigned char)word[0]))
        return read_number(r, word, next, took_next, err);
    if (ton_text_same(word, "float")) {
        r->floating = true;
        return TON_OK;
    }
    if (ton_text_same(word, "mono") || ton_text_same(word, "stereo"))
        return set_once(&r->channels, ton_text_same(word, "mono") ? 1 : 2, "number of channels", r,
                        err);
    const bool m4a = ton_text_same(word, "m4a");
    for (int i = 0; i < N_CODECS; i++) {
        if (codecs[i].codec == TON_FLOAT ||
            !(ton_text_same(word, codecs[i].name) || (m4a && codecs[i].codec == TON_AAC)))
            continue;
        if (r->container >= 0 && r->container != i)
            return ton_fail(err, TON_INPUT, NULL, "format `%s` names both `%s` and `%s`", r->whole,
                            codecs[r->container].name, codecs[i].name);
        r->container = i;
        return TON_OK;
    }
    return wrong(err, r, word);
}

static bool listed(const int *list, int n, int value) {
    for (int i = 0; i < n && list[i]; i++) {
        if (list[i] == value)
            return true;
    }
    return false;
}

static enum ton_code check_bits(const struct codec *c, int bits, const char *whole,
                                struct ton_err *err) {
    if (c->lossy && bits)
        return ton_fail(err, TON_INPUT, NULL,
                        "format `%s`: %s has no bit depth; leave `%d-bit` out", whole, c->name,
                        bits);
    if (bits && !listed(c->bits, 4, bits))
        return ton_fail(err, TON_INPUT, NULL, "format `%s`: %s can be %s, not %d-bit", whole,
                        c->codec == TON_FLOAT ? "wav float" : c->name,
                        c->codec == TON_PCM     ? "16-bit, 24-bit or 32-bit"
                        : c->codec == TON_FLOAT ? "32-bit or 64-bit"
                                                : "16-bit or 24-bit",
                        bits);
    return TON_OK;
}

static enum ton_code check_rate(const struct codec *c, int rate, const char *whole,
                                struct ton_err *err) {
    if (rate && (rate < 1000 || rate > 768000))
        return ton_fail(err, TON_INPUT, NULL,
                        "format `%s`: a rate of %d Hz is out of range (1 kHz to 768 kHz)", whole,
                        rate);
    if (rate && c->rates[0] && !listed(c->rates, 12, rate))
        return ton_fail(err, TON_INPUT, NULL, "format `%s`: %s cannot have %g kHz; it can have %s",
                        whole, c->name, rate / 1000.0,
                        c->codec == TON_OPUS  ? "48 kHz only"
                        : c->codec == TON_MP3 ? "32, 44.1 or 48 kHz"
                                              : "11.025 to 96 kHz");
    return TON_OK;
}

static enum ton_code check_kbps(const struct codec *c, int kbps, const char *whole,
                                struct ton_err *err) {
    if (!kbps)
        return TON_OK;
    if (!c->lossy)
        return ton_fail(err, TON_INPUT, NULL,
                        "format `%s`: %s keeps every sample and has no bit rate; leave `%dk` out",
                        whole, c->name, kbps);
    if (kbps < c->kbps_min || kbps > c->kbps_max)
        return ton_fail(err, TON_INPUT, NULL, "format `%s`: %s goes from %dk to %dk, not %dk",
                        whole, c->name, c->kbps_min, c->kbps_max, kbps);
    if (c->kbps[1] && !listed(c->kbps, 24, kbps))
        return ton_fail(err, TON_INPUT, NULL,
                        "format `%s`: mp3 has no constant %dk; it has 32k 40k 48k 56k 64k 80k 96k "
                        "112k 128k 160k 192k 224k 256k 320k",
                        whole, kbps);
    return TON_OK;
}

static enum ton_code finish_reading(struct ton_format *out, struct reading *r,
                                    struct ton_err *err) {
    if (r->container < 0)
        return ton_fail(err, TON_INPUT, NULL,
                        "format `%s` names no file type: wav, flac, mp3, opus or aac", r->whole);
    const struct codec *c = &codecs[r->container];
    if (r->floating && c->codec != TON_PCM)
        return ton_fail(err, TON_INPUT, NULL, "format `%s`: only wav can be float", r->whole);
    if (r->floating)
        c = codec_of(TON_FLOAT);
    enum ton_code code = check_bits(c, r->bits, r->whole, err);
    if (code == TON_OK)
        code = check_rate(c, r->rate, r->whole, err);
    if (code == TON_OK)
        code = check_kbps(c, r->kbps, r->whole, err);
    if (code != TON_OK)
        return code;
    *out = (struct ton_format){c->codec, r->bits, r->rate, r->kbps, r->channels % 2};
    if (!out->bits)
        out->bits = c->bits[0];
    if (!out->kbps)
        out->kbps = c->kbps[0];
    if (c->codec == TON_OPUS)
        out->rate = 48000;
    return TON_OK;
}

/* Lower case words, split at space and comma. False: more or longer words than any format has. */
static bool split(char words[WORDS_MAX + 1][WORD_SIZE], int *n, const char *text) {
    *n = 0;
    while (*text) {
        size_t length = strcspn(text, " \t,");
        if (length >= WORD_SIZE || *n == WORDS_MAX)
            return false;
        for (size_t i = 0; i < length; i++)
            words[*n][i] = (char)tolower((unsigned char)text[i]);
        words[*n][length] = '\0';
        *n += length > 0;
        text += length + (text[length] != '\0');
    }
    words[*n][0] = '\0';
    return true;
}

enum ton_code ton_format_parse(struct ton_format *out, const char *text, struct ton_err *err) {
    char words[WORDS_MAX + 1][WORD_SIZE];
    int n;
    struct reading r = {.whole = text, .container = -1};
    if (!split(words, &n, text))
        return ton_fail(err, TON_INPUT, NULL,
                        "`%.60s` is no format; a format looks like `wav 24-bit 48 kHz`", text);
    for (int i = 0; i < n; i++) {
        bool took_next;
        const enum ton_code code = read_word(&r, words[i], words[i + 1], &took_next, err);
        if (code != TON_OK)
            return code;
        i += took_next;
    }
    return finish_reading(out, &r, err);
}

char *ton_format_text(char *out, size_t size, const struct ton_format *format) {
    const struct codec *c = codec_of(format->codec);
    char detail[32] = "", rate[32] = "";
    const int bits = format->bits ? format->bits : c->bits[0];
    if (c->lossy)
        snprintf(detail, sizeof detail, " %dk", format->kbps ? format->kbps : c->kbps[0]);
    else if (c->codec != TON_FLOAT)
        snprintf(detail, sizeof detail, " %d-bit", bits);
    else
        snprintf(detail, sizeof detail, bits == 64 ? " float 64-bit" : " float");
    if (format->rate && c->codec != TON_OPUS)
        snprintf(rate, sizeof rate, " %g kHz", format->rate / 1000.0);
    snprintf(out, size, "%s%s%s%s", c->codec == TON_FLOAT ? "wav" : c->name, detail, rate,
             format->channels == 1 ? " mono" : "");
    return out;
}

const char *ton_format_extension(const struct ton_format *format) {
    return codec_of(format->codec)->extension;
}

enum ton_code ton_format_of_file(struct ton_format *out, const char *name, const char *asked,
                                 struct ton_err *err) {
    const char *suffix = strrchr(name, '.');
    const struct codec *says = NULL;
    for (int i = 0; suffix && i < N_CODECS && !says; i++)
        if (strcasecmp(suffix + 1, codecs[i].extension) == 0)
            says = &codecs[i];
    if (!says)
        return ton_fail(err, TON_INPUT, name,
                        "is no name that says what to write; end it in .wav, .flac, .mp3, .opus or "
                        ".m4a (AAC)");
    if (!asked)
        return ton_format_parse(out, says->name, err);
    const enum ton_code code = ton_format_parse(out, asked, err);
    if (code == TON_OK && strcmp(ton_format_extension(out), says->extension) != 0)
        return ton_fail(err, TON_INPUT, name,
                        "ends in `%s`, but the format asked for is `%s`, whose files end in `.%s`; "
                        "change one of the two",
                        suffix, asked, ton_format_extension(out));
    return code;
}

bool ton_format_lossy(const struct ton_format *format) {
    return codec_of(format->codec)->lossy;
}

bool ton_format_plain(const struct ton_format *format) {
    return format->codec == TON_PCM || format->codec == TON_FLOAT;
}
