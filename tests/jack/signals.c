/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signals whose every sample is known: what the tests' JACK client plays. */
#include "client.h"

#include "counter.h"

static bool read_sound(struct source *s, const char *path) {
    SF_INFO info = {0};
    SNDFILE *f = sf_open(path, SFM_READ, &info);
    if (!f) {
        fprintf(stderr, "cannot read %s: %s\n", path, sf_strerror(NULL));
        return false;
    }
    s->kind = SOUND;
    s->channels = info.channels;
    s->sound = calloc((size_t)info.frames * (size_t)info.channels + 1, sizeof(float));
    s->frames = s->sound ? sf_readf_float(f, s->sound, info.frames) : 0;
    sf_close(f);
    if (info.samplerate != (int)s->rate)
        fprintf(stderr, "%s has %d Hz and the server %g Hz\n", path, info.samplerate, s->rate);
    return info.samplerate == (int)s->rate && s->frames == info.frames;
}

static bool parse_ltc(struct source *s, const char *fps) {
    static const char *const names[] = {"23.976", "24", "25", "29.97", "29.97df", "30"};
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
        if (strcmp(names[i], fps) == 0) {
            ton_ltc_init(&s->ltc, s->rate, (enum ton_fps)i, (struct ton_timecode){.hours = 1});
            return true;
        }
    fprintf(stderr, "ltc: 23.976, 24, 25, 29.97, 29.97df or 30, not %s\n", fps);
    return false;
}

bool source_parse(struct source *s, const char *text, double rate) {
    static const char *const kinds[] = {"counter", "transport", "sine", "clicks", "sweep", "ltc"};
    const char *colon = strchr(text, ':');
    *s = (struct source){.channels = 1, .rate = rate, .value = colon ? strtod(colon + 1, NULL) : 0};
    for (int i = COUNTER; colon && i < SOUND; i++)
        if (strlen(kinds[i]) == (size_t)(colon - text) &&
            strncmp(kinds[i], text, strlen(kinds[i])) == 0) {
            s->kind = (unsigned)i;
            if (s->kind == COUNTER || s->kind == TRANSPORT)
                s->channels = (int)s->value;
            return s->kind == LTC ? parse_ltc(s, colon + 1) : s->value > 0;
        }
    return read_sound(s, text);
}

/* Farina's sweep, 20 Hz to 20 kHz, once. */
static float sweep_at(const struct source *s, int64_t place) {
    const double t = (double)place / s->rate, octaves = log(1000);
    return t >= s->value ? 0
                         : (float)(0.5 * sin(2 * M_PI * 20 * s->value / octaves *
                                             (exp(t / s->value * octaves) - 1)));
}

float source_at(struct source *s, int channel, int64_t place) {
    switch (s->kind) {
    case COUNTER:
    case TRANSPORT:
        return counter_at(channel, place);
    case SINE:
        return (float)(0.5 * sin(2 * M_PI * fmod(s->value * (double)place, s->rate) / s->rate));
    case CLICKS:
        return place % (int64_t)s->value == 0 ? 0.75F : 0;
    case SWEEP:
        return sweep_at(s, place);
    case LTC:
        return 0.5F * ton_ltc_at(&s->ltc, place);
    case SOUND:
        return place < s->frames ? s->sound[place * s->channels + channel] : 0;
    }
    return 0;
}
