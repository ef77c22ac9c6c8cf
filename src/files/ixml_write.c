/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the iXML chunk of a take (iXML specification 3.01, gallery.co.uk/ixml). */
#include "wav_chunks.h"

#include <math.h>

static void put_element(struct ton_text *t, const char *name, const char *text) {
    if (!text || !*text)
        return;
    ton_text_printf(t, "<%s>", name);
    ton_text_add_html(t, text);
    ton_text_printf(t, "</%s>\n", name);
}

/* What is 23.976 or 29.97 in conversation is a whole number of frames in 1.001 seconds. */
static void put_fps(struct ton_text *t, const char *name, double fps) {
    const double whole = ceil(fps - 0.005);
    const bool slowed = fabs(fps - whole) > 0.005;
    ton_text_printf(t, "<%s>%.0f/%s</%s>\n", name, slowed ? whole * 1000.0 : whole,
                    slowed ? "1001" : "1", name);
}

/* Ten digits, so that another time takes the same room. */
static void put_time(struct ton_text *t, int64_t samples) {
    const uint64_t time = (uint64_t)samples;
    ton_text_printf(t,
                    "<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>%010lu"
                    "</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>\n"
                    "<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>%010lu"
                    "</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>\n",
                    (unsigned long)(time >> 32), (unsigned long)(time & 0xffffffffu));
}

static void put_speed(struct ton_text *t, const struct ton_tags *tags, int rate, int bits) {
    const struct ton_ixml *x = tags->ixml;
    ton_text_add(t, "<SPEED>\n");
    if (x->fps > 0) {
        put_fps(t, "MASTER_SPEED", x->fps);
        put_fps(t, "CURRENT_SPEED", x->fps);
        put_fps(t, "TIMECODE_RATE", x->fps);
        put_element(t, "TIMECODE_FLAG", x->drop_frame ? "DF" : "NDF");
    }
    ton_text_printf(t,
                    "<FILE_SAMPLE_RATE>%d</FILE_SAMPLE_RATE>\n"
                    "<AUDIO_BIT_DEPTH>%d</AUDIO_BIT_DEPTH>\n"
                    "<DIGITIZER_SAMPLE_RATE>%d</DIGITIZER_SAMPLE_RATE>\n",
                    rate, bits, rate);
    put_time(t, tags->time_reference);
    ton_text_printf(t, "<TIMESTAMP_SAMPLE_RATE>%d</TIMESTAMP_SAMPLE_RATE>\n</SPEED>\n", rate);
}

static void put_tracks(struct ton_text *t, const struct ton_ixml *x, int channels) {
    ton_text_printf(t, "<TRACK_LIST>\n<TRACK_COUNT>%d</TRACK_COUNT>\n", channels);
    for (int c = 0; c < channels; c++) {
        ton_text_printf(t,
                        "<TRACK>\n<CHANNEL_INDEX>%d</CHANNEL_INDEX>\n"
                        "<INTERLEAVE_INDEX>%d</INTERLEAVE_INDEX>\n",
                        x->inputs[c], c + 1);
        put_element(t, "NAME", x->names[c]);
        ton_text_add(t, "</TRACK>\n");
    }
    ton_text_add(t, "</TRACK_LIST>\n");
}

/* The specification leaves elements of other names to everybody. What may change takes the same
 * room always. */
static void put_own(struct ton_text *t, const struct ton_tags *tags) {
    const struct ton_ixml *x = tags->ixml;
    ton_text_printf(t,
                    "<TONMEISTER>\n<TIMELINE_START>%lld</TIMELINE_START>\n"
                    "<PRE_ROLL>%lld</PRE_ROLL>\n<HEARD_FROM>%019lld</HEARD_FROM>\n"
                    "<HEARD_TO>%lld</HEARD_TO>\n<PRESS>%d</PRESS>\n<PASS>%d</PASS>\n",
                    (long long)x->timeline_start, (long long)x->pre_roll,
                    (long long)tags->heard_from, (long long)x->heard_to, x->press, x->pass);
    put_element(t, "TRACKS", x->tracks);
    ton_text_add(t, "</TONMEISTER>\n");
}

void put_ixml(struct ton_text *t, const struct ton_tags *tags, int channels, int rate, int bits) {
    const struct ton_ixml *x = tags->ixml;
    struct ton_text body = {0};
    ton_text_add(&body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<BWFXML>\n"
                        "<IXML_VERSION>3.01</IXML_VERSION>\n");
    put_element(&body, "PROJECT", x->project);
    put_element(&body, "SCENE", x->scene);
    put_element(&body, "TAPE", x->tape);
    if (x->take > 0)
        ton_text_printf(&body, "<TAKE>%d</TAKE>\n", x->take);
    put_speed(&body, tags, rate, bits);
    put_tracks(&body, x, channels);
    if (x->tracks)
        put_own(&body, tags);
    ton_text_add(&body, "</BWFXML>\n");
    if (body.length & 1) /* libsndfile 1.2 loses its way behind an odd one in RF64 */
        ton_text_add(&body, "\n");
    put_chunk(t, "iXML", &body);
    ton_text_free(&body);
}
