/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the takes that clips name, and says what is wrong with those that cannot be used. */
#include "build.h"

#include "ton/path.h"

#include <string.h>

static const char *nearest_take(struct ton_build *b, const char *name) {
    if (!b->listed_disk) {
        b->listed_disk = true;
        const char *audio = ton_path_join(b->r.arena, b->r.folder, "audio");
        char **names = NULL;
        if (audio && ton_path_list(&names, &b->n_on_disk, b->r.arena, audio, NULL) == TON_OK)
            b->take_names_on_disk = (const char **)names;
        else
            b->n_on_disk = 0;
    }
    return ton_nearest(name, b->take_names_on_disk, b->n_on_disk);
}

static bool say_missing(struct ton_build *b, const struct ton_node *node, const char *path) {
    const char *nearest = nearest_take(b, node->text);
    if (nearest)
        ton_node_error(b->r.doc, node, "the take `%s` is missing (%s); did you mean `%s`?",
                       node->text, path, nearest);
    else
        ton_node_error(b->r.doc, node,
                       "the take `%s` is missing: there is no %s; bring it in with `ton import`",
                       node->text, path);
    return false;
}

/* Takes that only muted tracks play, such as a rough mix, trouble nobody. NULL: no memory. */
static const bool *played(const struct ton_build *b) {
    bool *is_played = TON_NEW_N(b->r.doc->arena, bool, b->s->n_takes + 1);
    for (int i = 0; is_played && i < b->s->n_strips; i++) {
        const struct ton_strip *strip = &b->s->strips[i];
        for (int k = 0; k < strip->n_clips && !strip->mute; k++) {
            is_played[strip->clips[k].take] = true;
            if (strip->clips[k].take_right >= 0)
                is_played[strip->clips[k].take_right] = true;
        }
    }
    return is_played;
}

void ton_build_warn_rates(struct ton_build *b) {
    char from[32], to[32];
    const struct ton_take *first = NULL;
    const bool *is_played = played(b);
    int n = 0;
    for (int i = 0; b->r.takes && is_played && !b->rate_refused && i < b->s->n_takes; i++) {
        const struct ton_take *take = &b->s->takes[i];
        if (take->info.rate == b->s->rate || !is_played[i])
            continue;
        first = first ? first : take;
        n++;
    }
    if (n == 0)
        return;
    ton_unit_format(from, sizeof from, first->info.rate, TON_UNIT_HZ, 3);
    ton_unit_format(to, sizeof to, b->s->rate, TON_UNIT_HZ, 3);
    if (n == 1)
        ton_problems_add(b->r.doc->problems, true, first->where,
                         "the take `%s` is resampled from %s to %s, the session's rate",
                         first->name, from, to);
    else
        ton_problems_add(b->r.doc->problems, true, first->where,
                         "%d takes are resampled to %s, the session's rate, the first of them `%s` "
                         "from %s",
                         n, to, first->name, from);
}

static void warn_of_cut(struct ton_build *b, const struct ton_node *node,
                        const struct ton_take *take) {
    const double rate = take->info.rate;
    ton_node_warn(b->r.doc, node,
                  "the take `%s` is cut short: it holds %.3f s of the %.3f s that its header "
                  "promises",
                  take->name, (double)take->info.frames / rate,
                  (double)(take->info.frames + take->info.missing) / rate);
}

static void warn_of_place(struct ton_build *b, const struct ton_node *node) {
    size_t folder = strlen(b->r.folder);
    bool inside = node->text[0] == '/'
                      ? strncmp(node->text, b->r.folder, folder) == 0 && node->text[folder] == '/'
                      : !strstr(node->text, "../");
    if (!inside)
        ton_node_warn(b->r.doc, node,
                      "the take `%s` lies outside the production; bring it in with `ton import` so "
                      "that the production stays whole",
                      node->text);
}

static bool is_midi(const char *name) {
    const char *extension = ton_path_extension(name);
    return strcasecmp(extension, "mid") == 0 || strcasecmp(extension, "midi") == 0;
}

static bool look(struct ton_build *b, const struct ton_node *node, struct ton_take *take) {
    if (is_midi(take->name)) {
        ton_node_error(b->r.doc, node,
                       "`%s` has notes and no sound; write `{midi: %s}`, on a track that has an "
                       "instrument in its chain",
                       take->name, take->name);
        return false;
    }
    if (!b->r.takes)
        return true;
    struct ton_err err = {0};
    const bool there = ton_path_exists(take->path);
    const bool readable =
        there && b->r.takes->look(b->r.takes->user, &take->info, take->path, &err) == TON_OK;
    if (!readable && b->r.takes->or_silence) {
        ton_node_warn(b->r.doc, node, "the take `%s` %s, so its clips are silent", take->name,
                      there ? "cannot be read" : "is missing");
        take->frames = -1;
        return true;
    }
    if (!readable && b->r.takes->may_miss) {
        ton_node_warn(b->r.doc, node, "the take `%s` %s: its length is not known", take->name,
                      there ? "cannot be read" : "is missing");
        take->frames = -1;
        return true;
    }
    if (!there)
        return say_missing(b, node, take->path);
    if (!readable) {
        ton_node_error(b->r.doc, node, "the take `%s` cannot be used: %s%s", take->name,
                       ton_err_it(&err), err.text);
        b->r.doc->problems->n_environment += err.code == TON_ENVIRONMENT;
        return false;
    }
    if (take->info.rate < 1 || take->info.channels < 1 || take->info.frames < 0) {
        ton_node_error(b->r.doc, node, "the take `%s` cannot be used: it has %d channels at %d Hz",
                       take->name, take->info.channels, take->info.rate);
        return false;
    }
    if (take->info.rate < TON_TAKE_LOWEST_HZ || take->info.rate > TON_TAKE_HIGHEST_HZ) {
        ton_node_error(b->r.doc, node,
                       "the take `%s` cannot be used: it has a rate of %d Hz, and takes from %d to "
                       "%d Hz can be resampled; is its header right?",
                       take->name, take->info.rate, TON_TAKE_LOWEST_HZ, TON_TAKE_HIGHEST_HZ);
        return false;
    }
    take->frames =
        llround((double)take->info.frames * (double)b->s->rate / (double)take->info.rate);
    if (take->info.missing > 0)
        warn_of_cut(b, node, take);
    warn_of_place(b, node);
    return true;
}

int ton_build_take(struct ton_build *b, const struct ton_node *node) {
    if (node->kind != TON_NODE_SCALAR || ton_node_is_null(node) || !*node->text) {
        ton_node_error(b->r.doc, node, "a take is the name of a file in audio/, not %s",
                       ton_node_found(b->r.doc, node));
        return -1;
    }
    enum { UNUSABLE = INT32_MAX };
    int known = ton_names_get(&b->takes_by_name, node->text);
    if (known >= 0)
        return known == UNUSABLE ? -1 : known;
    struct ton_take take = {.name = node->text,
                            .path = ton_find_file(&b->r, node->text),
                            .where = ton_node_where(b->r.doc, node)};
    if (!take.path)
        return -1;
    bool usable = look(b, node, &take);
    size_t n = (size_t)b->s->n_takes;
    if (!ton_names_put(&b->takes_by_name, node->text, usable ? (int)n : UNUSABLE) || !usable)
        return -1;
    struct ton_take *slot = TON_PUSH(b->r.arena, b->s->takes, n, b->takes_capacity);
    if (!slot)
        return -1;
    *slot = take;
    b->s->n_takes = (int)n;
    return (int)n - 1;
}

bool ton_session_is_take(const struct ton_session *s, struct ton_arena *a, const char *path) {
    const bool link = ton_path_is_link(path);
    if (!link && !ton_path_exists(path))
        return false;
    const char *folder = ton_session_folder(a, s->path);
    const char *audio = folder ? ton_path_join(a, folder, "audio") : NULL;
    const char *in = ton_path_folder(a, path);
    bool is_take = audio && in && ton_path_same(in, audio);
    for (int i = 0; i < s->n_takes && !is_take && !link; i++)
        is_take = ton_path_same(s->takes[i].path, path);
    for (size_t i = 0; i < s->n_files && !is_take && !link; i++)
        is_take = ton_path_same(s->files[i].path, path);
    return is_take;
}
