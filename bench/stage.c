/* SPDX-License-Identifier: GPL-3.0-or-later */
/* *mix* and *sum*: our sessions and the same job in the peers' words. */
#include "stage.h"
#include "session_text.h"
#include "sounds.h"

/* ffmpeg reads its inputs inside the graph, which is its fastest way. No reverb of its own: eight
 * echoes. */
static bool write_mix_ffmpeg(void) {
    FILE *f = text_create("mix-ffmpeg.graph");
    if (!f)
        return false;
    for (int i = 0; i < N_TRACKS; i++) {
        fprintf(f,
                "amovie=audio/t%02d.wav,highpass=f=80,equalizer=f=120:t=q:w=1:g=2,"
                "equalizer=f=400:t=q:w=1:g=-3,equalizer=f=2500:t=q:w=1:g=3,"
                "equalizer=f=8000:t=q:w=1:g=-2,acompressor=threshold=0.1:ratio=3:attack=10:"
                "release=120:knee=4,asplit=2[strip%d][send%d];\n",
                i + 1, i, i);
        fprintf(f, "[strip%d]pan=stereo|c0=%.4f*c0|c1=%.4f*c0[dry%d];\n", i, text_left(i),
                text_right(i), i);
    }
    for (int i = 0; i < N_TRACKS; i++)
        fprintf(f, "[dry%d]", i);
    fprintf(f, "amix=inputs=%d:normalize=0[dry];\n", N_TRACKS);
    for (int i = 0; i < N_TRACKS; i++)
        fprintf(f, "[send%d]", i);
    fprintf(f, "amix=inputs=%d:normalize=0:weights=", N_TRACKS);
    for (int i = 0; i < N_TRACKS; i++)
        fprintf(f, "%s%.3f", i > 0 ? " " : "", text_send(i));
    fprintf(f, ",pan=stereo|c0=c0|c1=c0,aecho=0.8:0.5:31|37|41|47|59|71|97|113:"
               "0.35|0.33|0.31|0.28|0.25|0.2|0.15|0.12[wet];\n"
               "[dry][wet]amix=inputs=2:normalize=0:duration=first,volume=12dB,"
               "alimiter=limit=0.891:attack=5:release=50:level=0[out]\n");
    return text_finish(f);
}

/* Its fastest plug-ins for this: LADSPA, of CAPS and swh. */
static bool write_mix_ecasound(void) {
    FILE *f = text_create("mix-ecasound.sh");
    if (!f)
        return false;
    fprintf(f, "exec ecasound -q -x -z:nodb -z:nointbuf -z:mixmode,sum -b:1024");
    for (int i = 0; i < N_TRACKS; i++)
        fprintf(f,
                " -a:%d -f:f32_le,1,48000 -i:audio/t%02d.wav -el:butthigh_iir,80,0.7"
                " -el:EqFA4p,1,120,1,2,1,400,1,-3,1,2500,1,3,1,8000,1,-2,0"
                " -el:sc4m,0,10,120,-20,3,4,0 -ea:25 -chcopy:1,2 -chcopy:1,3 -epp:%.2f -eac:%.2f,3",
                i + 1, i + 1, 100.0 * i / (N_TRACKS - 1), 100.0 * text_send(i) / 0.25);
    fprintf(f, " -a:1");
    for (int i = 1; i < N_TRACKS; i++)
        fprintf(f, ",%d", i + 1);
    fprintf(f, " -f:f32_le,3,48000 -o:loop,1 -a:dry,wet -f:f32_le,3,48000 -i:loop,1"
               " -a:dry -chmute:3 -a:wet -chmove:3,1 -chmute:2"
               " -el:gverb,60,1.8,0.5,0.75,-70,-6,-6 -a:dry,wet -f:f32_le,2,48000 -o:loop,2"
               " -a:mix -f:f32_le,2,48000 -i:loop,2 -el:fastLookaheadLimiter,12,-1,0.05"
               " -f:s24_le,2,48000 -o:mix-ecasound.wav\n");
    return text_finish(f);
}

static bool write_mix_csound(void) {
    FILE *f = text_create("mix.csd");
    if (!f)
        return false;
    fprintf(f, "<CsoundSynthesizer>\n<CsOptions>\n-o mix-csound.wav -W -3 -d -m0\n</CsOptions>\n"
               "<CsInstruments>\nsr = 48000\nksmps = 1024\nnchnls = 2\n0dbfs = 1\n"
               "gaLeft init 0\ngaRight init 0\ngaSend init 0\n"
               "instr Strip\n"
               "  SFile sprintf \"audio/t%%02d.wav\", p4\n"
               "  aIn diskin2 SFile, 1, 0, 0, 0, 1\n"
               "  aIn buthp aIn, 80\n"
               "  aIn pareq aIn, 120, ampdb(2), 1, 0\n"
               "  aIn pareq aIn, 400, ampdb(-3), 1, 0\n"
               "  aIn pareq aIn, 2500, ampdb(3), 1, 0\n"
               "  aIn pareq aIn, 8000, ampdb(-2), 1, 0\n"
               "  aIn compress2 aIn, aIn, -90, -22, -18, 3, 0.01, 0.12, 0.001\n"
               "  gaLeft += aIn * p5\n  gaRight += aIn * p6\n  gaSend += aIn * p7\n"
               "endin\n"
               "instr Mix\n"
               "  aWetL, aWetR reverbsc gaSend, gaSend, 0.8, 9000\n"
               "  aL = (gaLeft + aWetL) * 4\n  aR = (gaRight + aWetR) * 4\n"
               "  aKey max aL, -aL, aR, -aR\n"
               "  aL compress2 aL, aKey, -90, -1.5, -1, 100, 0.001, 0.05, 0.005\n"
               "  aR compress2 aR, aKey, -90, -1.5, -1, 100, 0.001, 0.05, 0.005\n"
               "  outs aL, aR\n  gaLeft = 0\n  gaRight = 0\n  gaSend = 0\n"
               "endin\n</CsInstruments>\n<CsScore>\n");
    for (int i = 0; i < N_TRACKS; i++)
        fprintf(f, "i \"Strip\" 0 %d %d %.5f %.5f %.5f\n", TRACK_S, i + 1, text_left(i),
                text_right(i), text_send(i));
    fprintf(f, "i \"Mix\" 0 %d\ne\n</CsScore>\n</CsoundSynthesizer>\n", TRACK_S);
    return text_finish(f);
}

/* One process a strip, joined by pipes. */
static bool write_mix_sox(void) {
    FILE *f = text_create("mix-sox.sh");
    if (!f)
        return false;
    fprintf(f, "set -e\nsox -V1 -D -M");
    for (int i = 0; i < N_TRACKS; i++)
        fprintf(f,
                " '|sox -V1 -D audio/t%02d.wav -p highpass 80 equalizer 120 1q 2 "
                "equalizer 400 1q -3 equalizer 2500 1q 3 equalizer 8000 1q -2 "
                "compand 0.01,0.12 4:-20,-20,0,-13.33'",
                i + 1);
    fprintf(f, " -e float -b 32 mix-sox-buses.wav remix");
    for (int bus = 0; bus < 3; bus++)
        for (int i = 0; i < N_TRACKS; i++)
            fprintf(f, "%c%dv%.5f", i > 0 ? ',' : ' ', i + 1,
                    bus == 0   ? text_left(i)
                    : bus == 1 ? text_right(i)
                               : text_send(i));
    fprintf(f, "\nsox -V1 -D -m -v 1 '|sox -V1 -D mix-sox-buses.wav -p remix 1 2'"
               " -v 1 '|sox -V1 -D mix-sox-buses.wav -p remix 3 3 reverb -w 50 50 100'"
               " -b 24 mix-sox.wav gain 12 compand 0.001,0.05 -1.01,-1.01,0,-1 -0.01\n");
    return text_finish(f);
}

bool stage_mix(void) {
    return text_session("sessions/mix.yaml", N_TRACKS, 0, "") && write_mix_ffmpeg() &&
           write_mix_ecasound() && write_mix_csound() && write_mix_sox();
}

static bool write_sum_session(void) {
    FILE *f = text_create("sessions/sum.yaml");
    if (!f)
        return false;
    text_head(f, "48 kHz");
    for (int i = 0; i < N_TRACKS; i++)
        text_track(f, i, N_TRACKS, NULL, "");
    return text_finish(f);
}

static bool write_sum_ffmpeg(void) {
    FILE *f = text_create("sum-ffmpeg.graph");
    if (!f)
        return false;
    for (int i = 0; i < N_TRACKS; i++)
        fprintf(f, "amovie=audio/t%02d.wav,pan=stereo|c0=%.4f*c0|c1=%.4f*c0[t%d];\n", i + 1,
                text_left(i), text_right(i), i);
    for (int i = 0; i < N_TRACKS; i++)
        fprintf(f, "[t%d]", i);
    fprintf(f, "amix=inputs=%d:normalize=0[out]\n", N_TRACKS);
    return text_finish(f);
}

static bool write_sum_ecasound(void) {
    FILE *f = text_create("sum-ecasound.sh");
    if (!f)
        return false;
    fprintf(f, "exec ecasound -q -x -z:nodb -z:nointbuf -z:mixmode,sum -b:16384");
    for (int i = 0; i < N_TRACKS; i++)
        fprintf(f, " -a:%d -i:audio/t%02d.wav -chcopy:1,2 -ea:25 -epp:%.2f", i + 1, i + 1,
                100.0 * i / (N_TRACKS - 1));
    fprintf(f, " -a:all -f:s24_le,2,48000 -o:sum-ecasound.wav\n");
    return text_finish(f);
}

static bool write_sum_sox(void) {
    FILE *f = text_create("sum-sox.sh");
    if (!f)
        return false;
    fprintf(f, "exec sox -V1 -D -M audio/t[0-9][0-9].wav -b 24 sum-sox.wav remix");
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < N_TRACKS; i++)
            fprintf(f, "%c%dv%.5f", i > 0 ? ',' : ' ', i + 1,
                    side == 0 ? text_left(i) : text_right(i));
    fprintf(f, "\n");
    return text_finish(f);
}

bool stage_sum(void) {
    return write_sum_session() && write_sum_ffmpeg() && write_sum_ecasound() && write_sum_sox();
}
