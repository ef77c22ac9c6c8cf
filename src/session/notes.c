/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the clips of MIDI files; they belong to the first plug-in of their track's chain that takes
 * notes. */
#include "clips.h"

#include "ton/foreign.h"
#include "ton/path.h"

static void say_no_notes(struct ton_build *b, const struct ton_node *value, const char *path,
                         const struct ton_err *err) {
    struct ton_take_info info = {0};
    if (b->r.takes->look(b->r.takes->user, &info, path, NULL) == TON_OK)
        ton_node_error(b->r.doc, value, "`%s` has sound and no notes; write `{take: %s}`",
                       value->text, value->text);
    else
        ton_node_error(b->r.doc, value, "%s", err->text);
}

static void read_midi(struct ton_reader *r, const struct ton_field *field,
                      const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key;
    struct ton_build *b = ton_build_of(r);
    struct draft *d = out;
    struct ton_err err = {0};
    if (!ton_text_read(r, &field->row, value, &d->name))
        return;
    const char *path = ton_file_find(r, &field->row, value, d->name);
    if (!ton_foreign())
        ton_node_error(r->doc, value, "this program was built without LV2 plug-ins to play notes");
    else if (path && strchr(path, '\n')) /* ton_setup.notes has a line for each clip */
        ton_node_error(r->doc, value, "the name of a MIDI file must stand on one line");
    else if (path && b->r.takes && ton_path_exists(path) &&
             ton_foreign()->notes(&d->material, r->arena, path, b->s->rate, &err))
        say_no_notes(b, value, path, &err);
    else
        d->clip.midi = path;
}

bool ton_is_notes(const struct ton_node *clip) {
    static const char *const kinds[] = {"take", "midi"};
    bool is = clip->kind == TON_NODE_MAP && ton_node_get(clip, "midi");
    if (clip->kind != TON_NODE_MAP || is || ton_node_get(clip, "take"))
        return is;
    for (int i = 0; i < clip->n && !is; i++) {
        const struct ton_node *key = ton_node_key(clip, i);
        is = key->kind == TON_NODE_SCALAR && ton_nearest(key->text, kinds, 2) == kinds[1];
    }
    return is;
}

int ton_note_fields(struct ton_field *fields) {
    static const char *const shared[] = {"at", "from", "to", "length", "repeat", "every", "mute"};
    int n = 0;
    fields[n++] = (struct ton_field){
        .row = {.key = "midi",
                .kind = TON_TEXT,
                .flags = TON_ROW_REQUIRED,
                .help = "A MIDI file, in audio/ or beside it, that the first instrument in the "
                        "track's chain plays; the file's own tempos count."},
        .read = read_midi,
        .schema = ton_schema_text};
    for (int i = 0; i < ton_n_clip_fields; i++)
        for (int k = 0; k < TON_N(shared); k++)
            if (strcmp(ton_clip_fields[i].row.key, shared[k]) == 0)
                fields[n++] = ton_clip_fields[i];
    return n;
}

void ton_notes_read(struct ton_build *b, struct clip_list *list, const struct ton_node *node) {
    struct ton_field fields[TON_MOST_ROWS];
    struct draft *d = ton_clip_draft(b, node);
    if (!d)
        return;
    ton_fields_read(&b->r, fields, ton_note_fields(fields), node, "a clip of notes", d);
    if (!d->clip.midi || d->times_refused || !ton_clip_resolve(b, d) || d->at_refused)
        return;
    ton_clip_keep(b, list, d);
    if (!d->mute)
        ton_clip_place(b, list, d);
}

static struct ton_chain_item *instrument_of(struct ton_strip *strip) {
    for (int i = 0; i < strip->chain.n; i++) {
        struct ton_chain_item *item = &strip->chain.items[i];
        if (item->setup && ton_foreign()->plays(item->processor))
            return item;
    }
    return NULL;
}

/* Lines for ton_setup.notes. */
static const char *lines(struct ton_build *b, const struct ton_strip *strip) {
    struct ton_text t = {0};
    for (int i = 0; i < strip->n_notes; i++) {
        const struct ton_clip *clip = &strip->notes[i];
        ton_text_printf(&t, "%lld %lld %lld %s\n", (long long)clip->at, (long long)clip->from,
                        (long long)clip->frames, clip->midi);
    }
    const char *text = t.failed ? NULL : ton_arena_text(b->r.arena, t.data);
    ton_text_free(&t);
    return text;
}

static void give(struct ton_build *b, struct ton_strip *strip, struct ton_chain_item *item) {
    struct ton_setup *setup = ton_setup_change(&b->r, item);
    struct ton_err err = {0};
    if (!setup)
        return;
    setup->notes = lines(b, strip);
    if (b->r.takes && !b->r.takes->may_miss &&
        ton_foreign()->seal(setup, item->processor, b->r.arena, &err))
        ton_problems_add(b->r.doc->problems, false, strip->notes[0].where, "%s", err.text);
}

/* Instruments that nobody will hear. */
static void warn_of_silence(struct ton_build *b, struct ton_strip *strip,
                            const struct ton_chain_item *playing) {
    for (int i = 0; i < strip->chain.n; i++) {
        const struct ton_chain_item *item = &strip->chain.items[i];
        if (item == playing || item->bypass || !item->setup ||
            !ton_foreign()->only_plays(item->processor))
            continue;
        if (playing)
            ton_problems_add(b->r.doc->problems, true, item->where,
                             "the instrument `%s` gets no notes: `%s` is the first in the chain of "
                             "`%s` and plays them",
                             item->processor->name, playing->processor->name, strip->name);
        else
            ton_problems_add(b->r.doc->problems, true, item->where,
                             "the instrument `%s` gets no notes: `%s` has no MIDI clips%s",
                             item->processor->name, strip->name,
                             strip->is_bus ? "; instruments stand on tracks"
                                           : ", such as `{midi: FILE.mid}`");
    }
}

void ton_build_notes(struct ton_build *b) {
    for (int i = 0; i < b->s->n_strips; i++) {
        struct ton_strip *strip = &b->s->strips[i];
        struct ton_chain_item *item = strip->n_written_notes > 0 ? instrument_of(strip) : NULL;
        if (b->r.doc->problems->n_errors == 0)
            warn_of_silence(b, strip, item);
        if (item && strip->n_notes > 0)
            give(b, strip, item);
        else if (!item && strip->n_notes > 0 && b->r.doc->problems->n_errors == 0)
            ton_problems_add(b->r.doc->problems, false, strip->notes[0].where,
                             "nothing in the chain of `%s` plays notes; put an instrument there, "
                             "such as `- lv2: {plugin: …}`",
                             strip->name);
    }
}
