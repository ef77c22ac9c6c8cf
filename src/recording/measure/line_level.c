/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How loud a line is, and by how much its gain should be turned. The two sides of a pair have one
 * gain, or their picture would move; doc/design/line-check.md tells the bounds. */
#include "line_judge.h"

#include <math.h>

static const double headroom_least_db = 6, headroom_most_db = 12; /* what is wanted */
static const double headroom_fine_db = 18;
static const double gain_worth_db = 3;      /* less is not worth a walk to the preamplifier */
static const double headroom_spill_db = 32; /* so weak are neighbours that are heard in it */
static const double sides_most_db = 6;      /* by which the microphones of a pair may differ */

/* The gain is turned up by what was loudest; of one blow nobody knows whether the next is louder.
 */
enum { seconds_least = 4, seconds_range_db = 20 };

/* Of a line, or of the louder side of two. */
struct level {
    double peak, rms, nominal;
    int seconds;
};

static struct level level_of(const struct ton_input *input, const struct ton_line *line) {
    return (struct level){line->peak_dbfs, line->rms_dbfs, input->level_dbfs,
                          ton_line_seconds_near(line, seconds_range_db)};
}

static struct level louder_of(struct level a, struct level b) {
    return (struct level){fmax(a.peak, b.peak), fmax(a.rms, b.rms), fmin(a.nominal, b.nominal),
                          a.seconds > b.seconds ? a.seconds : b.seconds};
}

/* Peaks with headroom are right, and a little more does no harm. Others are taken to the middle of
 * it, weak ones only as far as the nominal level asks. */
static double advise_gain(struct level level) {
    const double middle = -(headroom_least_db + headroom_most_db) / 2 - level.peak;
    if (level.peak > -headroom_least_db)
        return round(middle);
    if (level.peak >= -headroom_fine_db)
        return 0;
    const double gain = round(fmin(middle, level.nominal - level.rms));
    return gain < gain_worth_db ? 0 : gain;
}

/* What stands beside a drum kit sounds without being played. */
static void judge_faint(struct line_remarks *r, const struct ton_line *line, double gain) {
    const char *remedy =
        ton_arena_printf(r->arena,
                         "play it alone while this listens; if it was played, turn the gain up by "
                         "%.0f dB",
                         gain);
    line_remark(r, TON_CHECKED_OPEN, "level", remedy,
                "peaks at %.1f dBFS, no more than what comes over from others: it may not have "
                "been played",
                line->peak_dbfs);
}

static void judge_too_little(struct line_remarks *r, const struct ton_line *line, int seconds) {
    line_remark(
        r, TON_CHECKED_OPEN, "level",
        ton_arena_printf(r->arena, "play on, for %d s or more, as loud as it gets", seconds_least),
        "too little was played to tell its gain: peaks at %.1f dBFS, in %d s of sound",
        line->peak_dbfs, seconds);
}

/* Two preamplifiers that are set alike have as much from a pair, whatever is played in front of it.
 */
static bool judge_sides(struct line_remarks *r, const struct ton_line *line,
                        const struct line_other *other, struct level own, struct level beside) {
    const double more = own.rms - beside.rms;
    const int seconds = more > 0 ? own.seconds : beside.seconds; /* the softer one hears on */
    if (!other->microphones || seconds < seconds_least || fabs(more) <= sides_most_db)
        return false;
    line_remark(r, TON_CHECKED_ATTENTION, "level",
                "look whether both preamplifiers are set alike, and both microphones the same and "
                "as far away, with no pad at one of them; then listen again",
                "peaks at %.1f dBFS, %.1f dBFS on average: %.0f dB %s than `%s`, though the two "
                "are a pair",
                line->peak_dbfs, line->rms_dbfs, fabs(more), more > 0 ? "louder" : "softer",
                other->input->name);
    return true;
}

/* With the gain of both it would still be so weak as what comes over from others: that gain is the
 * louder side's and says nothing of this one. */
static bool is_missing(struct level own, struct level beside, double gain) {
    return own.peak + fmax(gain, 0) < -headroom_spill_db && beside.peak >= -headroom_spill_db;
}

static void judge_missing(struct line_remarks *r, const struct ton_line *line,
                          const struct line_other *other, struct level louder) {
    const bool heard = louder.seconds >= seconds_least;
    const char *const play =
        ton_arena_printf(r->arena, "play on, for %d s or more, %s", seconds_least,
                         other->microphones ? "something that both hear" : "on both sides");
    const char *const look =
        other->microphones
            ? "look for a pad at one of them, a preamplifier that is set otherwise, a plug that is "
              "not quite in, a broken leg of the cable; then listen again"
            : "if it was played on this side, too, look for a pad, a plug that is not quite in, a "
              "broken leg of the cable; then listen again";
    line_remark(r, heard ? TON_CHECKED_ATTENTION : TON_CHECKED_OPEN, "level", heard ? look : play,
                "peaks at %.1f dBFS, %.0f dB softer than `%s`, though the two are a pair",
                line->peak_dbfs, louder.peak - line->peak_dbfs, other->input->name);
}

static const char *gain_remedy(struct line_remarks *r, const struct ton_input *input,
                               const struct line_other *other, double gain) {
    const char *const way = gain > 0 ? "up" : "down";
    if (gain == 0)
        return NULL;
    if (!other)
        return ton_arena_printf(r->arena, "turn the gain %s by %.0f dB", way, fabs(gain));
    const bool first = input < other->input; /* of one list */
    return ton_arena_printf(r->arena, "turn the gain of both `%s` and `%s` %s by %.0f dB",
                            first ? input->name : other->input->name,
                            first ? other->input->name : input->name, way, fabs(gain));
}

void line_judge_level(struct line_remarks *r, struct ton_line_checked *out,
                      const struct ton_line *line, const struct line_other *other) {
    const struct level own = level_of(out->input, line);
    const struct level beside = other ? level_of(other->input, &other->sum->line) : own;
    const struct level level = louder_of(own, beside);
    const double gain = advise_gain(level);
    if (level.peak < -headroom_spill_db)
        judge_faint(r, line, gain);
    else if (gain > 0 && level.seconds < seconds_least)
        judge_too_little(r, line, level.seconds);
    else if (other && is_missing(own, beside, gain))
        judge_missing(r, line, other, beside);
    else if (!other || !judge_sides(r, line, other, own, beside)) {
        out->gain_db = gain;
        line_remark(r, gain == 0 ? TON_CHECKED_OK : TON_CHECKED_ATTENTION, "level",
                    gain_remedy(r, out->input, other, gain),
                    "peaks at %.1f dBFS (%g to %g are wanted), %.1f dBFS on average",
                    line->peak_dbfs, -headroom_most_db, -headroom_least_db, line->rms_dbfs);
    }
}
