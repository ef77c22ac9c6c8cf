/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Early reflections by mirror images of the source in the walls of a box (J. B. Allen, D. A.
 * Berkley, JASA 65, 1979): an image at x' = 2 k L ± x is as far as the reflected path is long.
 *
 * Every channel hears from a place of its own on a circle around the middle, so that no two have
 * the same times. Reflections are counted from the first one of all. Second reflections are turned
 * over, or the lows of all would pile up. Tap k of channel c hears the input c + k: an input is
 * heard everywhere, first from its own side. */
#include "early.h"

#include "ton/lines.h"

#include <math.h>
#include <stdlib.h>

#define SPEED 343.0 /* m/s, 20 °C */
#define KEEPS 0.85  /* of the pressure, a wall */
#define CIRCLE 0.09 /* of the shorter side: radius of the places */

struct path {
    double metres;
    int walls; /* 1 or 2 */
};

static int by_length(const void *a, const void *b) {
    const double x = ((const struct path *)a)->metres, y = ((const struct path *)b)->metres;
    return x < y ? -1 : x > y;
}

/* The image along one axis after `n` reflections, -2 … 2: the sign is the wall that comes first. */
static double image(double x, double size, int n) {
    switch (n) {
    case -2:
        return x - 2 * size;
    case -1:
        return -x;
    case 1:
        return 2 * size - x;
    case 2:
        return x + 2 * size;
    default:
        return x;
    }
}

/* The paths with one and two reflections, the shortest first; returns the direct one's length. */
static double paths_to(struct path paths[EARLY_TAPS], const struct early_room *room, double scale,
                       const double ear[3]) {
    double direct = 0;
    int n = 0;
    for (int i = -2; i <= 2; i++)
        for (int j = -2; j <= 2; j++)
            for (int k = -2; k <= 2; k++) {
                const int order[3] = {i, j, k}, walls = abs(i) + abs(j) + abs(k);
                double square = 0;
                for (int axis = 0; walls <= 2 && axis < 3; axis++) {
                    const double at =
                        image(room->source[axis], room->size[axis], order[axis]) - ear[axis];
                    square += at * at;
                }
                if (walls == 0)
                    direct = scale * sqrt(square);
                else if (walls <= 2)
                    paths[n++] = (struct path){scale * sqrt(square), walls};
            }
    qsort(paths, EARLY_TAPS, sizeof *paths, by_length);
    return direct;
}

static double paths_of_channel(struct path paths[EARLY_TAPS], const struct early_room *room,
                               double scale, int channel, int channels) {
    const double angle = 2 * M_PI * (channel + 0.31) / channels;
    const double radius = CIRCLE * fmin(room->size[0], room->size[1]);
    const double ear[3] = {room->ear[0] + radius * sin(angle), room->ear[1] + radius * cos(angle),
                           room->ear[2]};
    const double direct = paths_to(paths, room, scale, ear);
    for (int k = 0; k < EARLY_TAPS; k++)
        paths[k].metres -= direct;
    return direct;
}

/* In metres. */
static double first_of_all(const struct early_room *room, double scale, int channels) {
    struct path paths[EARLY_TAPS];
    double first = INFINITY;
    for (int c = 0; c < channels; c++) {
        paths_of_channel(paths, room, scale, c, channels);
        first = fmin(first, paths[0].metres);
    }
    return first;
}

double early_first(const struct early_room *room, double scale, int channels) {
    return room->size[0] > 0 ? first_of_all(room, scale, channels) / SPEED : 0;
}

double early_span(const struct early_room *room, double scale, int channels) {
    struct path paths[EARLY_TAPS];
    double last = 0;
    if (room->size[0] <= 0)
        return 0;
    for (int c = 0; c < channels; c++) {
        paths_of_channel(paths, room, scale, c, channels);
        last = fmax(last, paths[EARLY_TAPS - 1].metres);
    }
    return (last - first_of_all(room, scale, channels)) / SPEED;
}

static void design(struct early *e, const struct early_room *room, double scale, double rate) {
    const double first = first_of_all(room, scale, e->channels);
    for (int c = 0; c < e->channels; c++) {
        struct path paths[EARLY_TAPS];
        const double direct = paths_of_channel(paths, room, scale, c, e->channels);
        double gains[EARLY_TAPS], energy = 0;
        for (int k = 0; k < EARLY_TAPS; k++) {
            gains[k] = paths[k].walls == 1 ? KEEPS : -KEEPS * KEEPS;
            gains[k] *= direct / (direct + paths[k].metres);
            energy += gains[k] * gains[k];
        }
        for (int k = 0; k < EARLY_TAPS; k++)
            e->taps[c][k] =
                (struct early_tap){.frames = (int)lround((paths[k].metres - first) / SPEED * rate),
                                   .gain = (float)(gains[k] * sqrt(e->channels / energy))};
    }
}

void early_lay_out(struct early *e, struct carver *c, const struct early_room *room, double scale,
                   int channels, double rate) {
    const int longest = (int)ceil(early_span(room, scale, channels) * rate) + 1;
    if (e) {
        e->channels = channels;
        e->position = 0;
        if (room->size[0] > 0)
            design(e, room, scale, rate);
    }
    for (int i = 0; i < channels; i++)
        block_ring_lay_out(e ? &e->rings[i] : NULL, c, longest, EARLY_BLOCK);
}

void early_clear(struct early *e) {
    for (int c = 0; c < e->channels; c++)
        block_ring_clear(&e->rings[c]);
    e->position = 0;
}

void early_run(struct early *e, float (*out)[EARLY_BLOCK], float (*in)[EARLY_BLOCK], int frames) {
    const float *heard[EARLY_TAPS];
    float gains[EARLY_TAPS];
    for (int c = 0; c < e->channels; c++)
        block_ring_write(&e->rings[c], e->position, in[c], frames);
    for (int c = 0; c < e->channels; c++) {
        for (int k = 0; k < EARLY_TAPS; k++) {
            const struct early_tap *tap = &e->taps[c][k];
            heard[k] = block_ring_at(&e->rings[(c + k) % e->channels], e->position, tap->frames);
            gains[k] = tap->gain;
        }
        ton_lines_sum(out[c], heard, gains, EARLY_TAPS, frames);
    }
    e->position += (unsigned)frames;
}
