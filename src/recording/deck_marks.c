/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks. What is marked is a moment: of all tracks that are recorded then, in the pass that runs
 * then; or of the timeline, where no take has it. */
#include "deck.h"

static enum ton_code add(struct ton_deck *d, int64_t take, int64_t at, const char *text,
                         struct ton_err *err) {
    struct ton_mark_row row = {
        .take = take, .session = d->session_name, .kind = TON_MARK_NOTE, .at = at, .text = text};
    return ton_mark_add(d->db, &row, err);
}

static void tell(struct ton_deck *d, const char *file, int64_t at, const char *text) {
    struct ton_deck_event *event = deck_add_event(d, TON_DECK_MARK);
    event->file = file;
    event->at = at;
    event->text = text;
}

static bool has(const struct ton_recorded *take, const struct deck_mark *mark) {
    return mark->captured >= take->captured && mark->captured - take->captured <= take->frames;
}

/* The newest take that has it, and those of the other tracks beside it. What was kept from before
 * the button may be in an older one too. */
static enum ton_code note(struct ton_deck *d, const struct deck_mark *mark,
                          const struct ton_recorded *recorded, int n, struct ton_err *err) {
    const struct deck_take *takes = d->takes + d->n_settled;
    int last = n - 1, first;
    while (last >= 0 && !has(&recorded[last], mark))
        last--;
    if (last < 0) {
        const enum ton_code code = add(d, 0, mark->place, mark->text, err);
        if (!code)
            tell(d, NULL, mark->place, mark->text);
        return code;
    }
    const int64_t at = mark->captured - recorded[last].captured;
    enum ton_code code = TON_OK;
    for (first = last; first > 0 && recorded[first - 1].number == recorded[last].number;)
        first--;
    for (int i = first; i <= last && !code; i++)
        code = add(d, takes[i].row.id, at, mark->text, err);
    if (!code)
        tell(d, takes[first].row.file, at, mark->text);
    return code;
}

enum ton_code deck_note_marks(struct ton_deck *d, const struct ton_recorded *recorded, int n,
                              int64_t cut, struct ton_err *err) {
    enum ton_code code = TON_OK;
    while (d->marks_noted < d->n_marks && !code) {
        const struct deck_mark *mark = &d->marks[d->marks_noted];
        if (d->recording && mark->captured >= cut)
            break; /* the writer comes to it */
        code = note(d, mark, recorded, n, err);
        d->marks_noted++;
    }
    return code;
}

enum ton_code ton_deck_mark(struct ton_deck *d, const char *text, struct ton_err *err) {
    struct ton_recorder_status status;
    const struct deck_mark mark = {.place = deck_place(d),
                                   .text = text && *text ? ton_arena_text(d->arena, text) : NULL};
    if (d->recording) {
        struct deck_mark *slot = TON_PUSH(d->arena, d->marks, d->n_marks, d->marks_capacity);
        if (!slot)
            return ton_fail(err, TON_MEMORY, NULL, "no memory for a mark");
        ton_recorder_status(d->recorder, &status);
        *slot = mark;
        slot->captured = status.captured;
        return TON_OK;
    }
    enum ton_code code = d->db ? TON_OK : ton_database_open(&d->db, d->config.folder, err);
    if (!code)
        code = add(d, 0, mark.place, mark.text, err);
    if (!code)
        tell(d, NULL, mark.place, mark.text);
    return code;
}
