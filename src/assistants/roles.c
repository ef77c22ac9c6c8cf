/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads track names, sides and roles out of file names as engineers write them. */

#include "ton/import.h"
#include "ton/path.h"
#include "ton/row.h"
#include "ton/text.h"

#include <ctype.h>

enum { MOST_WORDS = 24 };

static const struct {
    const char *words, *role;
    bool reference;
} roles[] = {
#define ROLE(words, role) {words, role, false},
#define REFERENCE(words, role) {words, role, true},
#include "roles.def"
#undef ROLE
#undef REFERENCE
};

enum { N_ROLES = sizeof roles / sizeof *roles };

struct words {
    const char *word[MOST_WORDS];
    int n;
};

static bool is_letter(char c) {
    return isalpha((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* A word ends at anything but letters and digits, between lower and upper case ("KickIn"), and
 * between a digit and a letter. */
static bool word_ends(char before, char c) {
    if (!is_letter(c) && !isdigit((unsigned char)c))
        return true;
    if (islower((unsigned char)before) && isupper((unsigned char)c))
        return true;
    return isdigit((unsigned char)before) && is_letter(c);
}

static const char *lower(struct ton_arena *arena, const char *s, size_t n) {
    char *copy = ton_arena_copy(arena, s, n);
    for (char *c = copy; c && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return copy;
}

static void split(struct words *out, struct ton_arena *arena, const char *name) {
    const char *start = name;
    out->n = 0;
    for (const char *c = name;; c++) {
        const bool inside = c > start && *c && !word_ends(c[-1], *c);
        if (inside)
            continue;
        if (c > start && out->n < MOST_WORDS)
            out->word[out->n++] = lower(arena, start, (size_t)(c - start));
        if (!*c)
            return;
        start = is_letter(*c) || isdigit((unsigned char)*c) ? c : c + 1;
    }
}

/* "tom2" means "tom", and with `side` also "ohl" means "oh". */
static bool word_is(const char *word, const char *wanted, size_t n, bool side) {
    size_t length = strlen(word);
    if (length < n || strncmp(word, wanted, n) != 0)
        return false;
    const char *rest = word + n;
    if (side && (*rest == 'l' || *rest == 'r'))
        rest++;
    return rest[strspn(rest, "0123456789")] == '\0';
}

static bool has_word(const struct words *name, const char *wanted, size_t n) {
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < name->n; i++) {
            if (name->word[i] && word_is(name->word[i], wanted, n, pass == 1))
                return true;
        }
    }
    return false;
}

static bool has_all(const struct words *name, const char *words) {
    while (*words) {
        const size_t n = strcspn(words, " ");
        if (!has_word(name, words, n))
            return false;
        words += n + (words[n] == ' ');
    }
    return true;
}

struct ton_role_guess ton_role_guess(struct ton_arena *arena, const char *name) {
    struct words words;
    const char *stem = ton_path_stem(arena, ton_path_name(name));
    split(&words, arena, stem ? stem : "");
    for (int i = 0; i < N_ROLES; i++) {
        if (has_all(&words, roles[i].words))
            return (struct ton_role_guess){roles[i].role, roles[i].words, roles[i].reference};
    }
    return (struct ton_role_guess){0};
}

/* "CH07", "channel-31", "Track 2": the word; 0 when it is none. */
static size_t channel_word(const char *s) {
    static const char *const words[] = {"channel", "chan", "ch", "track", "trk", "input"};
    for (int i = 0; i < TON_N(words); i++) {
        const size_t n = strlen(words[i]);
        if (strncasecmp(s, words[i], n) == 0)
            return n + strspn(s + n, " _-.#");
    }
    return 0;
}

/* Is this number part of the name: "12 String", "808 Kick"? */
static bool belongs_to_name(const char *number, size_t digits, const char *rest) {
    static const char *const machines[] = {"606", "707", "808", "909"};
    for (int i = 0; i < TON_N(machines); i++)
        if (digits == 3 && strncmp(number, machines[i], 3) == 0)
            return true;
    return number[0] != '0' && strncasecmp(rest, "str", 3) == 0;
}

/* Behind what only counts the files: "01_Kick", "CH07_OH", "03 - Bass"; not "2trk", "12A", "1.5".
 */
static const char *past_count(const char *stem) {
    const char *number = stem + channel_word(stem);
    const size_t digits = strspn(number, "0123456789");
    const size_t gap = strspn(number + digits, " _-.");
    const char *rest = number + digits + gap;
    const bool glued = gap == 0 && number == stem && digits == 2 && *number == '0';
    const bool only_number = rest[strspn(rest, "0123456789 _-.")] == '\0';
    if (digits == 0 && number == stem)
        return rest; /* no more than gaps */
    if (digits == 0 || digits > 3 || (gap == 0 && !glued) ||
        (number == stem && belongs_to_name(number, digits, rest)))
        return stem;
    if (only_number && !(number == stem && belongs_to_name(rest, strlen(rest), "")))
        return stem;
    return rest;
}

const char *ton_track_name(struct ton_arena *arena, const char *file) {
    const char *stem = ton_path_stem(arena, ton_path_name(file));
    if (!stem)
        return NULL;
    const char *start = past_count(stem);
    if (!*start)
        start = stem; /* the name is nothing but gaps */
    char *name = ton_arena_text(arena, start);
    char *to = name;
    for (const char *c = name; c && *c; c++) {
        const bool gap = *c == '_' || *c == ' ';
        if (gap && (to == name || to[-1] == ' '))
            continue;
        *to++ = gap ? ' ' : *c;
    }
    while (to > name && to[-1] == ' ')
        to--;
    if (name)
        *to = '\0';
    return name;
}

static const struct {
    const char *word;
    int side;
} sides[] = {{"left", -1},  {"right", 1},   {"l", -1},     {"r", 1},          {"links", -1},
             {"rechts", 1}, {"gauche", -1}, {"droite", 1}, {"izquierda", -1}, {"derecha", 1}};

/* A word of one of the roles: "vocal", "steel". */
static bool is_role_word(const char *word) {
    const size_t length = strlen(word);
    for (int i = 0; i < N_ROLES; i++) {
        for (const char *w = roles[i].words; *w;) {
            const size_t n = strcspn(w, " ");
            if (n == length && strncmp(w, word, n) == 0)
                return true;
            w += n + (w[n] == ' ');
        }
    }
    return false;
}

static const char *last_word(struct ton_arena *arena, const char *name) {
    struct words words;
    split(&words, arena, name);
    const char *last = words.n > 0 ? words.word[words.n - 1] : NULL;
    return last ? last : "";
}

/* What is recorded with two microphones so often that one letter says a side without the other
 * file: "ohl", but not "rider". */
static bool is_recorded_in_pairs(const char *role) {
    return role && (ton_text_starts(role, "ambience") || ton_text_same(role, "drums.overheads") ||
                    ton_text_same(role, "drums.room"));
}

/* A letter that is glued to a word says a side when the word is none with it: "ohl", not "vocal".
 * `*said` when that is sure without the other file. */
static bool letter_says_side(bool *said, struct ton_arena *arena, const char *name) {
    const char *rest = ton_arena_copy(arena, name, strlen(name) - 1);
    if (!rest || is_role_word(last_word(arena, name)))
        return false;
    *said = is_role_word(last_word(arena, rest)) &&
            is_recorded_in_pairs(ton_role_guess(arena, rest).role);
    return true;
}

/* The last word of the name when it says a side ("OH_L", "RoomLeft"), else a last letter L or R
 * that stands behind another letter; `*n` is the length of the name without it. */
static int side_at_end(struct ton_arena *arena, size_t *n, bool *said, const char *name) {
    const size_t length = strlen(name);
    for (int i = 0; i < TON_N(sides); i++) {
        const size_t w = strlen(sides[i].word);
        if (length <= w || strncasecmp(name + length - w, sides[i].word, w) != 0)
            continue;
        const char before = name[length - w - 1];
        *said = !is_letter(before) || word_ends(before, name[length - w]);
        if (*said || (w == 1 && letter_says_side(said, arena, name))) {
            *n = length - w;
            return sides[i].side;
        }
    }
    return 0;
}

#define GAPS " _-.()[]{}#"

static int side_of_word(const char *word, size_t n) {
    for (int i = 0; i < TON_N(sides); i++) {
        if (strlen(sides[i].word) == n && strncasecmp(word, sides[i].word, n) == 0)
            return sides[i].side;
    }
    return 0;
}

/* "ORTF_L_Song": the only word that says a side; the base is the name without it. */
static int side_inside(struct ton_arena *arena, const char **base, const char *name) {
    int side = 0;
    size_t n = 0;
    const char *at = NULL;
    for (const char *word = name + strspn(name, GAPS); *word; word += strspn(word, GAPS)) {
        const size_t length = strcspn(word, GAPS);
        const int says = side_of_word(word, length);
        if (says && side)
            return 0; /* two of them: it means something else */
        if (says) {
            side = says;
            at = word;
            n = length;
        }
        word += length;
    }
    if (!side)
        return 0;
    const char *rest = at + n;
    rest += strspn(rest, GAPS);
    if (at == name && !strpbrk(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") &&
        (unsigned char)*rest < 0x80)
        return 0; /* the name is nothing but a side, or that and a date */
    int head = (int)(at - name);
    const char gap = head > 0 && strchr(" _-.", name[head - 1]) ? name[head - 1] : ' ';
    while (head > 0 && strchr(GAPS, name[head - 1]))
        head--;
    if (head > 0 && *rest)
        *base = ton_arena_printf(arena, "%.*s%c%s", head, name, gap, rest);
    else
        *base = ton_arena_printf(arena, "%.*s%s", head, name, rest);
    return side;
}

int ton_name_side(struct ton_arena *arena, const char **base, bool *said, const char *name) {
    size_t n = strlen(name);
    *said = false;
    const int side = side_at_end(arena, &n, said, name);
    const int inside = side ? 0 : side_inside(arena, base, name);
    if (inside) {
        *said = true;
        return inside;
    }
    while (side && n > 0 && strchr(GAPS, name[n - 1]))
        n--;
    *base = ton_arena_copy(arena, name, side ? n : strlen(name));
    return n > 0 ? side : 0;
}
