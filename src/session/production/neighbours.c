/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which two inputs hear one thing from two sides, as their names say it. */
#include "ton/inputs.h"
#include "ton/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *const sides[][2] = {
    {"L", "R"},        {"Left", "Right"}, {"In", "Out"},  {"Inside", "Outside"},
    {"Top", "Bottom"}, {"Top", "Bot"},    {"Top", "Btm"}, {"Top", "Under"}};
enum { N_SIDES = sizeof sides / sizeof *sides };

struct word {
    const char *text;
    size_t n;
};

static bool is_letter(char c) {
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* The next word of a name, `*at` behind it; letters and digits, with a new one at each capital
 * behind a small letter. False at the end. */
static bool next_word(struct word *out, const char **at) {
    const char *c = *at;
    while (*c && !is_letter(*c))
        c++;
    out->text = c;
    while (is_letter(*c) &&
           !(c > out->text && islower((unsigned char)c[-1]) && isupper((unsigned char)*c)))
        c++;
    out->n = (size_t)(c - out->text);
    *at = c;
    return out->n > 0;
}

static bool is(const struct word *w, const char *text) {
    return strlen(text) == w->n && strncasecmp(w->text, text, w->n) == 0;
}

/* The first two of `sides`. */
enum { N_STEREO = 2 };

static bool are_sides(const struct word *a, const struct word *b, int n_sides) {
    for (int i = 0; i < n_sides; i++)
        if ((is(a, sides[i][0]) && is(b, sides[i][1])) ||
            (is(a, sides[i][1]) && is(b, sides[i][0])))
            return true;
    /* `OHL` and `OHR` */
    const size_t n = a->n;
    return n > 1 && n == b->n && strncasecmp(a->text, b->text, n - 1) == 0 &&
           ((a->text[n - 1] == 'L' && b->text[n - 1] == 'R') ||
            (a->text[n - 1] == 'R' && b->text[n - 1] == 'L'));
}

/* All words are the same but one, which are sides. */
static bool differ_by_sides(const char *a, const char *b, int n_known) {
    int n_sides = 0;
    for (;;) {
        struct word x, y;
        const bool more = next_word(&x, &a);
        if (next_word(&y, &b) != more)
            return false;
        if (!more)
            return n_sides == 1;
        if (x.n == y.n && strncasecmp(x.text, y.text, x.n) == 0)
            continue;
        if (!are_sides(&x, &y, n_known) || n_sides++)
            return false;
    }
}

int ton_input_find(const struct ton_input *inputs, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (ton_text_same(inputs[i].name, name))
            return i;
    return -1;
}

const char *ton_input_nearest(struct ton_arena *arena, const struct ton_input *inputs, int n,
                              const char *name) {
    const char **names = TON_NEW_N(arena, const char *, n + 1);
    for (int i = 0; names && i < n; i++)
        names[i] = inputs[i].name;
    return names ? ton_nearest(name, names, (size_t)n) : NULL;
}

bool ton_input_is_inverted(const struct ton_input *input) {
    return ton_text_same(input->polarity, "inverted");
}

bool ton_input_is_beneath(const struct ton_input *input) {
    static const char *const words[] = {"Bottom", "Bot", "Btm", "Under", "Beneath"};
    const char *at = input->name;
    struct word w;
    while (next_word(&w, &at))
        for (int i = 0; i < (int)(sizeof words / sizeof *words); i++)
            if (is(&w, words[i]))
                return true;
    return false;
}

int ton_input_neighbour(const struct ton_input *inputs, int n, int i) {
    if (inputs[i].pair)
        return ton_input_find(inputs, n, inputs[i].pair);
    for (int k = 0; k < n; k++)
        if (k != i && inputs[k].pair && ton_text_same(inputs[k].pair, inputs[i].name))
            return k;
    for (int k = 0; k < n; k++)
        if (k != i && !inputs[k].pair && differ_by_sides(inputs[i].name, inputs[k].name, N_SIDES))
            return k;
    return -1;
}

/* The number behind a name; -1: none, or nothing before it. */
static int number_of(const char *name, size_t *stem) {
    const int number = ton_text_number_at_end(name, stem);
    return *stem > 0 ? number : -1;
}

int ton_input_next(const struct ton_input *inputs, int n, int i) {
    size_t stem, other;
    const int number = number_of(inputs[i].name, &stem);
    for (int k = 0; k < n && number >= 0; k++)
        if (number_of(inputs[k].name, &other) == number + 1 && other == stem &&
            strncasecmp(inputs[i].name, inputs[k].name, stem) == 0)
            return k;
    return -1;
}

/* One name with two numbers on end: `Gtr 57` and `Gtr 421` are called after their microphones. */
static bool are_numbered(const char *a, const char *b) {
    size_t stem, other;
    const int number = number_of(a, &stem), beside = number_of(b, &other);
    return number >= 0 && beside >= 0 && (number - beside == 1 || beside - number == 1) &&
           stem == other && strncasecmp(a, b, stem) == 0;
}

bool ton_inputs_are_stereo(const struct ton_input *a, const struct ton_input *b) {
    const bool paired =
        ton_text_same(a->pair, b->name) || (b->pair && ton_text_same(b->pair, a->name));
    return differ_by_sides(a->name, b->name, N_STEREO) ||
           (paired && are_numbered(a->name, b->name));
}
