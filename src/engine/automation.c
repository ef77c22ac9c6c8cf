/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the lanes say at a point of the grid. */
#include "run.h"

#include "ton/db.h"
#include "ton/pan.h"

struct fader_gains fader_at(const struct fader_spec *f, int channels, int64_t frame) {
    const float offset = f->gain_lane ? ton_lane_at(f->gain_lane, frame) : 0.0F;
    const float position = f->pan_lane ? ton_lane_at(f->pan_lane, frame) : f->pan;
    const bool is_off = f->gain_lane && (f->gain_lane->row->flags & TON_ROW_OFF_MIN) &&
                        offset <= f->gain_lane->row->min;
    const bool muted = is_off || (f->mute_lane && ton_lane_at(f->mute_lane, frame) >= 0.5F);
    const struct ton_pan pan = channels == 1 ? ton_pan_mono(position) : ton_pan_stereo(position);
    const float gain = muted ? 0.0F : (float)ton_db_to_gain((double)f->gain_db + (double)offset);
    return (struct fader_gains){gain * pan.left, gain * pan.right};
}

bool unit_params_at(const struct unit_spec *u, float *params, int64_t frame) {
    bool moved = false;
    for (int i = 0; i < u->n_lanes; i++) {
        const float value = ton_lane_at(u->lanes[i], frame);
        float *param = &params[u->lanes[i]->parameter];
        moved = moved || *param != value;
        *param = value;
    }
    return moved;
}

struct ton_pan ton_strip_gains(const struct ton_strip *strip, int channels) {
    const struct fader_spec spec = {.gain_db = strip->gain_db, .pan = strip->pan};
    const struct fader_gains gains = fader_at(&spec, channels, 0);
    return (struct ton_pan){gains.left, gains.right};
}
