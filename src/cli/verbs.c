/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of all verbs. */
#include "verb.h"

#define VERB(name) extern const struct ton_verb ton_verb_##name;
#include "verbs.def"
#undef VERB

static const struct ton_verb *const verbs[] = {
#define VERB(name) &ton_verb_##name,
#include "verbs.def"
#undef VERB
};

int ton_verb_count(void) {
    return TON_N(verbs);
}

const struct ton_verb *ton_verb_at(int i) {
    return verbs[i];
}

/* `render` is nobody's typing error. */
static bool is_called(const struct ton_verb *verb, const char *name) {
    const size_t n = strlen(name);
    for (const char *word = verb->elsewhere; word && n > 0 && (word = strstr(word, name)); word++) {
        const bool begins = word == verb->elsewhere || word[-1] == ' ';
        if (begins && (word[n] == ' ' || word[n] == '\0'))
            return true;
    }
    return false;
}

const struct ton_verb *ton_verb_elsewhere(const char *name) {
    for (int i = 0; i < TON_N(verbs); i++)
        if (is_called(verbs[i], name))
            return verbs[i];
    return NULL;
}

enum ton_code ton_verb_named(const struct ton_verb **out, const char *name, struct ton_err *err) {
    const char *names[TON_N(verbs)];
    for (int i = 0; i < TON_N(verbs); i++) {
        names[i] = verbs[i]->name;
        if (strcmp(name, names[i]) == 0) {
            *out = verbs[i];
            return TON_OK;
        }
    }
    const struct ton_verb *meant = ton_verb_elsewhere(name);
    if (meant)
        return ton_fail(err, TON_USAGE, NULL, "`%s` is called `ton %s` here: %s", name, meant->name,
                        meant->summary);
    const char *nearest = ton_nearest(name, names, TON_N(verbs));
    if (nearest)
        return ton_fail(err, TON_USAGE, NULL, "`%s` is no verb; did you mean `ton %s`?", name,
                        nearest);
    return ton_fail(err, TON_USAGE, NULL, "`%s` is no verb; `ton help` lists them", name);
}

static bool is_before(const struct ton_verb *a, const struct ton_verb *b) {
    return a->order != b->order ? a->order < b->order : strcmp(a->name, b->name) < 0;
}

const struct ton_verb *ton_verb_in_order(int i) {
    for (int k = 0; k < TON_N(verbs); k++) {
        int earlier = 0;
        for (int other = 0; other < TON_N(verbs); other++)
            earlier += is_before(verbs[other], verbs[k]);
        if (earlier == i)
            return verbs[k];
    }
    return NULL;
}
