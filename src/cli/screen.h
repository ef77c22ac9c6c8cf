/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lower lines of a terminal, drawn over themselves, and what levels look like there. */
#ifndef TON_CLI_SCREEN_H
#define TON_CLI_SCREEN_H

#include "ton/text.h"

/* Escapes of colours; empty where NO_COLOR is set. */
const char *screen_colour(const char *code);
#define RED screen_colour("\033[31m")
#define GREEN screen_colour("\033[32m")
#define YELLOW screen_colour("\033[33m")
#define BOLD screen_colour("\033[1m")
#define PLAIN screen_colour("\033[0m")

struct screen {
    int drawn; /* lines */
};

int screen_lines(void); /* of the terminal */
int screen_columns(void);
/* `text` in place of what was drawn before: so many lines, none of them wrapped. Nothing without
 * memory. */
void screen_draw(struct screen *s, const struct ton_text *text, int lines);
void screen_clear(struct screen *s);

/* A name in so many columns, cut to an ellipsis where it is longer, and its side. */
void screen_add_name(struct ton_text *t, const char *name, const char *side, int columns);
/* A level of full scale 1.0 as so many columns from -60 to 0 dBFS. */
void screen_add_bar(struct ton_text *t, float peak, int columns);
/* " -12.3", "  -inf"; returns `out`. */
const char *screen_level(char out[16], float linear);

#endif
