/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_TEST_ROOM_PAGE_RIG_H
#define TON_TEST_ROOM_PAGE_RIG_H

#include "promise.h"

#include "ton/arena.h"
#include "ton/room_page.h"
#include "ton/row.h"

#include <math.h>
#include <string.h>

/* A room that is known, measured, and what is written of it. */

enum { RATE = 48000, LEAD = 960, FRAMES = LEAD + RATE / 2, MOST = 4000 };

static struct ton_arena *arena;
static float *response;
static struct ton_room_path path;
static struct ton_room_path_how how = {.celsius = 21.0, .sides_m = {5.2, 3.9, 2.6}};

/* A small room: a direct sound, two reflections, three modes of its sides, decaying noise. */
static inline void make_room(float *out) {
    static const double hz[] = {33.0, 44.0, 66.1};
    uint64_t seed = 7;
    for (int i = LEAD; i < FRAMES; i++) {
        const double t = (double)(i - LEAD) / RATE;
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        double x =
            0.02 * ((double)(seed >> 11) / 4503599627370496.0 - 1.0) * pow(10.0, -3.0 * t / 0.2);
        for (int m = 0; m < 3; m++)
            x += 0.004 * sin(2.0 * M_PI * hz[m] * t) * pow(10.0, -3.0 * t / 0.4);
        out[i] = (float)x;
    }
    out[LEAD] += 1.0F;
    out[LEAD + 144] += 0.5F; /* 3 ms */
    out[LEAD + 384] += 0.3F; /* 8 ms */
}

static inline int set_up(void **state) {
    struct ton_err err;
    (void)state;
    arena = ton_arena_create();
    response = ton_arena_alloc(arena, sizeof(float) * FRAMES);
    make_room(response);
    path.name = "L at <Desk> & \"Chair\"";
    return ton_room_path_measure(&path, arena, response, FRAMES, RATE, &how, &err) != TON_OK;
}

static inline int tear_down(void **state) {
    (void)state;
    ton_arena_destroy(arena);
    return 0;
}

static inline int count(const char *text, const char *what) {
    int n = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        n++;
    return n;
}

static inline char *write_page(const struct ton_room_page *page) {
    struct ton_text out = {0};
    struct ton_err err = {0};
    assert_int_equal(ton_room_page_write(&out, page, &err), TON_OK);
    return out.data;
}

static inline char *write_one(const struct ton_room_page_path *p) {
    return write_page(&(struct ton_room_page){.title = "A <room>", .paths = p, .n = 1});
}

/* Every element is closed in its turn, every attribute and & is as it must be. How many elements;
 * -1: where `wrong` says. */
static inline int elements(const char *text, const char **wrong) {
    enum { DEEP = 32, LONG = 16 };
    char open[DEEP][LONG];
    int n = 0, deep = 0;
    for (const char *p = text; *p; p++) {
        *wrong = p;
        if (*p == '&' && strncmp(p, "&lt;", 4) && strncmp(p, "&gt;", 4) && strncmp(p, "&amp;", 5) &&
            strncmp(p, "&quot;", 6) && strncmp(p, "&#39;", 5))
            return -1;
        if (*p == '>')
            return -1;
        if (*p != '<' || p[1] == '!') {
            p = *p == '<' ? strchr(p, '>') : p;
            continue;
        }
        char name[LONG] = "";
        const bool closes = p[1] == '/';
        const size_t length = strcspn(p + 1 + closes, " />");
        snprintf(name, sizeof name, "%.*s", (int)length, p + 1 + closes);
        bool quoted = false;
        for (p++; *p && (quoted || *p != '>'); p++) {
            quoted ^= *p == '"';
            if (*p == '<')
                return -1;
        }
        const bool alone = p[-1] == '/' || !strcmp(name, "meta") || !strcmp(name, "br");
        if (closes && (deep == 0 || strcmp(open[--deep], name) != 0))
            return -1;
        if (!closes && !alone) {
            if (deep == DEEP)
                return -1;
            snprintf(open[deep++], LONG, "%s", name);
        }
        n += !closes;
    }
    return deep ? -1 : n;
}

static inline int hold_whole(const char *text) {
    const char *wrong = text;
    const int n = elements(text, &wrong);
    if (n < 0)
        fail_msg("not well-formed at: %.60s", wrong);
    static const char *const never[] = {">nan", "nan ", "nan<", "nan\"", "-inf", ">inf", "(null)"};
    for (int i = 0; i < TON_N(never); i++)
        assert_null(strstr(text, never[i]));
    return n;
}

static const struct ton_curve_point target[] = {{20, 3}, {20000, -3}};

static inline struct ton_correction correct(void) {
    const struct ton_correction_how to = {.target = target, .n_target = 2};
    struct ton_correction c;
    struct ton_err err;
    assert_int_equal(
        ton_correction_make(&c, arena, &path.curve[TON_SMOOTHING_PSYCHOACOUSTIC], RATE, &to, &err),
        TON_OK);
    return c;
}

#endif
