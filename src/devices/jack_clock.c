/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a JACK server's periods skipped, of clocks none of which can be trusted alone. */
#include "jack_clock.h"

#include <math.h>
#include <stdlib.h>

enum { CATCHES_UP_USECS = 30000000 };

static int64_t frames_in(const struct jack_clock *c, int64_t usecs) {
    return llround((double)usecs * c->rate / 1e6);
}

/* Frames that went by as the clocks say.
 *
 * The server's is smoothed. After a long standstill it tells of it late or at once, leaps back, and
 * catches up over seconds: what it has told, or the machine's clock when it did not, does not count
 * once more. */
static int64_t timed(struct jack_clock *c, const struct jack_cycle *cycle, int64_t counted,
                     int64_t went_by, int64_t passed) {
    const int64_t frames = cycle->frames;
    const bool untold = (double)(passed - (went_by > counted ? went_by : counted)) > c->rate / 2;
    if (cycle->call > c->told_until)
        c->told = 0;
    if (untold || went_by < 0) {
        const int64_t is = untold ? passed : frames;
        c->told += is - went_by;
        c->told_until = cycle->call + CATCHES_UP_USECS;
        return is;
    }
    int64_t again = went_by - frames < c->told ? went_by - frames : c->told;
    again = again > 0 ? again : 0;
    c->told -= again;
    return went_by - again;
}

/* The server's count of frames is exact where it skipped us. Where its device stood still, JACK 2
 * does not count: then clocks say how long, to a few frames. PipeWire begins to count elsewhere
 * when another device leads, which by the clock is some part of a period and no loss.
 *
 * A count that one of the clocks confirms is true: the server's, which may catch up at that time,
 * unless the machine's says that much less has passed; or the machine's, which is late by what the
 * machine was. */
static int64_t gap_before(struct jack_clock *c, const struct jack_cycle *cycle) {
    const int64_t frames = cycle->frames;
    const int64_t counted = (int32_t)(cycle->first - c->last.first);
    const int64_t went_by = frames_in(c, cycle->usecs - c->last.usecs);
    const int64_t passed = frames_in(c, cycle->call - c->last.call);
    const bool skipped =
        counted > frames &&
        ((llabs(went_by - counted) < frames && (double)(counted - passed) < c->rate / 2) ||
         llabs(passed - counted) < frames);
    if (skipped)
        return counted - c->last.frames;
    const int64_t by_clock = timed(c, cycle, counted, went_by, passed);
    const bool counts = llabs(by_clock - counted) < frames;
    const int64_t gap = (counts ? counted : by_clock) - c->last.frames;
    return gap < 0 || (!counts && gap < frames) ? 0 : gap;
}

int64_t jack_clock_lost(struct jack_clock *c, const struct jack_cycle *cycle) {
    int64_t lost = 0;
    if (c->fresh)
        c->told = 0;
    else if (cycle->first == c->last.first && cycle->usecs == c->last.usecs)
        lost = JACK_RUN_AGAIN;
    else
        lost = gap_before(c, cycle);
    c->fresh = false;
    c->last = *cycle;
    return lost;
}
