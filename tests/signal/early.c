/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reverb's early reflections: when the walls of its rooms send them back, before the tail. */
#include "rig.h"

#include <string.h>

#define RATE 48000.0
enum { FRAMES = 24000, PRE_DELAY = 960 };

/* The rooms once more, in metres (reverb.c). */
static const struct {
    const char *name;
    double size[3], source[3], ear[3], gap_ms;
} rooms[] = {
    {"room", {6.1, 4.7, 2.9}, {1.9, 2.6, 1.3}, {4.1, 2.1, 1.6}, 3},
    {"hall", {26, 17, 11}, {5.3, 9.4, 1.9}, {15.1, 7.7, 3.1}, 8},
};

struct image {
    double at[3];
    int walls;
};

/* Every source mirrored in every wall, again and again; a place that is there already is not new.
 */
static int mirror_all(struct image images[64], int room) {
    int n = 1;
    memcpy(images[0].at, rooms[room].source, sizeof images[0].at);
    images[0].walls = 0;
    for (int from = 0; from < n; from++)
        for (int wall = 0; wall < 6 && images[from].walls < 2; wall++) {
            struct image next = images[from];
            double *x = &next.at[wall / 2];
            *x = wall % 2 ? 2 * rooms[room].size[wall / 2] - *x : -*x;
            next.walls++;
            bool known = false;
            for (int k = 0; k < n; k++)
                known = known ||
                        (fabs(images[k].at[0] - next.at[0]) + fabs(images[k].at[1] - next.at[1]) +
                             fabs(images[k].at[2] - next.at[2]) <
                         1e-9);
            if (!known)
                images[n++] = next;
        }
    return n;
}

static double distance(const double a[3], const double b[3]) {
    return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                (a[2] - b[2]) * (a[2] - b[2]));
}

/* Frames after the sound itself at which side `c` of two hears each reflection. */
static int times_of(double frames[64], double gains[64], int room, double scale, int c) {
    struct image images[64];
    const int n = mirror_all(images, room);
    const double angle = M_PI * (c + 0.31),
                 radius = 0.09 * fmin(rooms[room].size[0], rooms[room].size[1]);
    const double ear[3] = {rooms[room].ear[0] + radius * sin(angle),
                           rooms[room].ear[1] + radius * cos(angle), rooms[room].ear[2]};
    const double direct = distance(rooms[room].source, ear);
    for (int k = 1; k < n; k++) {
        const double far = distance(images[k].at, ear);
        frames[k - 1] = scale * (far - direct) / 343 * RATE;
        gains[k - 1] = (images[k].walls == 1 ? 0.85 : -0.7225) * direct / far;
    }
    return n - 1;
}

static struct audio response_of(int type, float size, float early, int fed) {
    struct rig r = rig_open("reverb", RATE, 2, 0);
    rig_set(&r, "type", (float)type);
    rig_set(&r, "size", size);
    rig_set(&r, "early", early);
    rig_set(&r, "pre delay", 20);
    rig_start(&r);
    struct audio a = audio_new(2, FRAMES);
    for (int c = 0; c < fed; c++)
        a.at[c][0] = 1;
    rig_run(&r, &a, NULL, 777);
    rig_close(&r);
    return a;
}

static int64_t first_sound(const struct audio *a) {
    for (int64_t i = 0; i < a->frames; i++)
        if (fabsf(a->at[0][i]) > 1e-7F || fabsf(a->at[1][i]) > 1e-7F)
            return i;
    return -1;
}

/* With the tail taken away the response is the reflections alone: each must stand where and as high
 * as the images say, and nothing beside them. */
static void check_reflections(int room, float size) {
    struct audio on = response_of(room, size, 12, 2), off = response_of(room, size, -40, 2);
    const double e = ton_db_to_gain(12), share = 1 / sqrt(1 + e * e);
    double times[2][64], gains[2][64], first = INFINITY, worst = 0, beside = 0;
    for (int c = 0; c < 2; c++) {
        assert_int_equal(times_of(times[c], gains[c], room, (double)size / 100, c), 24);
        for (int k = 0; k < 24; k++)
            first = fmin(first, times[c][k]);
    }
    for (int c = 0; c < 2; c++) {
        double left[FRAMES], energy = 0;
        for (int i = 0; i < FRAMES; i++)
            left[i] = (double)on.at[c][i] - share * (double)off.at[c][i];
        for (int k = 0; k < 24; k++)
            energy += gains[c][k] * gains[c][k];
        for (int k = 0; k < 24; k++)
            left[lround(PRE_DELAY + first) + lround(times[c][k] - first)] -=
                gains[c][k] * sqrt(2 / energy) * e * share;
        for (int i = 0; i < FRAMES; i++)
            worst = fmax(worst, fabs(left[i]));
        beside = fmax(beside, fabs((double)on.at[c][lround(PRE_DELAY + first)]));
    }
    const int64_t begin = PRE_DELAY + lround(first);
    const double ms = 1000 / RATE, tail = (double)(first_sound(&off) - first_sound(&on)) * ms;
    figure(
        "%s, %.0f %%: first after %.2f ms (20 and %.2f), the tail %.2f ms later (%.2f or more); 48 "
        "reflections, what is left of them %.1e",
        rooms[room].name, (double)size, (double)first_sound(&on) * ms, first * ms, tail,
        rooms[room].gap_ms * (double)size / 100, worst);
    assert_int_equal(first_sound(&on), begin);
    assert_true(first > 24); // half a millisecond
    assert_true(worst < 1e-6 && beside > 0);
    assert_true(tail > rooms[room].gap_ms * (double)size / 100 - 0.1);
    audio_free(&on);
    audio_free(&off);
}

static void reflections_come_when_the_walls_send_them(void **state) {
    (void)state;
    check_reflections(0, 100);
    check_reflections(0, 50);
    check_reflections(1, 100);
    check_reflections(1, 200);
}

static double energy_of(const struct audio *a) {
    double sum = 0;
    for (int c = 0; c < 2; c++)
        for (int64_t i = 0; i < a->frames; i++)
            sum += (double)a->at[c][i] * (double)a->at[c][i];
    return sum;
}

static void their_level_leaves_the_loudness(void **state) {
    (void)state;
    for (int type = 0; type < 3; type++) {
        double least = INFINITY, most = -INFINITY;
        for (int level = -40; level <= 12; level += 4) {
            struct audio a = response_of(type, 100, (float)level, 1);
            const double db = 10 * log10(energy_of(&a));
            least = fmin(least, db);
            most = fmax(most, db);
            audio_free(&a);
        }
        figure("%s: from off to +12 dB equally loud within %.2f dB (at most 1)",
               type == 2 ? "plate" : rooms[type].name, most - least);
        assert_true(most - least < 1 && (type != 2 || most == least));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reflections_come_when_the_walls_send_them),
        cmocka_unit_test(their_level_leaves_the_loudness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
