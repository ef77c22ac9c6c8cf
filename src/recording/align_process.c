/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio-thread code of inputs that are delayed. */
#include "align.h"

#include <string.h>

TON_RT static void pass(struct align_line *line, const float *in, int frames) {
    for (int i = 0; i < frames; i++) {
        line->out[i] = line->kept[line->at];
        line->kept[line->at] = in[i];
        line->at = line->at + 1 < line->delay ? line->at + 1 : 0;
    }
}

/* Nobody heard what came in meanwhile. */
TON_RT static void pass_silence(struct align_line *line, int64_t frames) {
    for (int64_t i = 0; i < frames && i < line->delay; i++)
        line->kept[(line->at + i) % line->delay] = 0.0F;
    line->at = (int)((line->at + frames) % line->delay);
}

const float *const *align_process(struct align *a, const float *const *in, int frames,
                                  int64_t lost) {
    memcpy(a->in, in, sizeof *a->in * (size_t)a->n_inputs);
    for (int i = 0; i < a->n_lines; i++) {
        struct align_line *line = &a->lines[i];
        pass_silence(line, lost);
        pass(line, in[line->input], frames);
        a->in[line->input] = line->out;
    }
    return a->in;
}
