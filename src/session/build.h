/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_BUILD_H
#define TON_SESSION_BUILD_H

#include "names.h"
#include "ton/fields.h"
#include "ton/session.h"

/* A session while it is read. */
struct ton_build {
    struct ton_reader r;
    struct ton_session *s;
    const struct ton_tempo_map *bars; /* NULL until a tempo is given */
    int beats_per_bar, beat_unit;     /* of `meter` */
    struct ton_names strips, takes_by_name;
    size_t takes_capacity;
    const struct ton_node *tracks, *buses, *sections, *arrangement, *end;
    const char **to_where; /* per strip: where its `to` stands */
    size_t n_clips;        /* of all tracks, to keep `repeat` within bounds */
    const char **take_names_on_disk;
    size_t n_on_disk;
    bool listed_disk;
    /* What was refused, so that nothing is said about what hangs on it: one mistake is one error.
     */
    bool rate_refused;              /* places in samples can be read but not compared */
    bool frames_refused;            /* the same of timecode */
    bool bars_refused;              /* tempo or meter: the same of bars and beats */
    size_t n_unsure;                /* how many such times were read */
    bool strips_refused;            /* `tracks` or `buses`: names may be missing */
    bool to_refused;                /* of the strip that is being read */
    bool chain_refused;             /* of the strip that is being read: any item may be missing */
    struct ton_names refused_items; /* of its chain, by the names that were written */
    const struct ton_node *sends;   /* of the same strip, as written; NULL: none */
    struct ton_names unknown_names; /* in `unknowns` */
    struct ton_unknown *unknowns;
    size_t n_unknowns, unknowns_capacity;
};

/* Something that many places name and that is not there: said once, at the first of them. */
struct ton_unknown {
    const struct ton_node *first;
    const char *sentence;
    int others;
};

/* build.c: keeps a sentence to be said when everything was read; `what` is the same for all places
 * that miss the same thing. */
void ton_build_unknown(struct ton_build *b, const struct ton_node *node, const char *what,
                       const char *sentence);
void ton_build_say_unknowns(struct ton_build *b);

/* Says that no strip has this name: "`to` names `Drms`, but …; did you mean `Drums`?" */
void ton_strip_unknown(struct ton_build *b, const struct ton_node *name, const char *what);

static inline struct ton_build *ton_build_of(struct ton_reader *r) {
    return r->job;
}

/* Reads a time; `in_bars`: bars and beats mean something there. False when it is none, which was
 * said then. One that hangs on what was refused counts up `n_unsure`. */
bool ton_build_time(struct ton_build *b, const struct ton_node *value, enum ton_time_use use,
                    bool in_bars, int64_t from, int64_t *out);

/* Is this time counted in bars and beats? */
bool ton_counts_music(const char *text, enum ton_time_use use);

/* From now on bars are read but not compared: the tempo or the meter was refused, or is missing. */
void ton_build_refuse_bars(struct ton_build *b);

/* The take of that name, looked up once. -1 when it cannot be used, which was said then. */
int ton_build_take(struct ton_build *b, const struct ton_node *name);

/* files.c: where the file of that name is, in audio/ or else beside it in the production; where it
 * should be when there is none. NULL without memory. */
const char *ton_find_file(struct ton_reader *r, const char *name);
/* A file beside the takes: one of the session's or the production's sources. */
void ton_file_keep(struct ton_reader *r, const struct ton_file *file);
/* The file of that name; NULL when there is none, which was said then. It is a source from now on.
 */
const char *ton_file_find(struct ton_reader *r, const struct ton_row *row,
                          const struct ton_node *value, const char *name);
/* Reads what a TON_PATH row names, and looks at it. */
void ton_file_read(struct ton_reader *r, const struct ton_row *row, const struct ton_node *value,
                   struct ton_file *out);

/* One warning for all takes whose rate is not the session's. */
void ton_build_warn_rates(struct ton_build *b);

/* The keys of the documents (TON_COUNTED gives a table and its length). */
extern const struct ton_field ton_clip_fields[];
extern const int ton_n_clip_fields;
extern const struct ton_field ton_strip_fields[]; /* the first few are of tracks only */
extern const int ton_n_strip_fields;
enum { TON_TRACK_ONLY_FIELDS = 3 }; /* `clips`, `input` and `polarity` */
extern const struct ton_field ton_session_fields[];
extern const int ton_n_session_fields;
extern const struct ton_row ton_automation_rows[]; /* gain, pan, mute, send */

enum { TON_AUTOMATE_GAIN, TON_AUTOMATE_PAN, TON_AUTOMATE_MUTE, TON_AUTOMATE_SEND };

ton_read_fn ton_read_clips; /* out: struct ton_strip */
ton_read_fn ton_read_input; /* out: struct ton_strip */
ton_read_fn ton_read_role;  /* const char * */
ton_read_fn ton_read_chain; /* out: struct ton_strip */
ton_read_fn ton_read_automation;
ton_read_fn ton_read_sections; /* out: struct ton_build, like those of all the root's fields */
ton_read_fn ton_read_tempo, ton_read_meter;

ton_schema_fn ton_schema_sections, ton_schema_tempo, ton_schema_meter, ton_schema_strips;
ton_schema_fn ton_schema_clips, ton_schema_input, ton_schema_chain, ton_schema_chain_ref,
    ton_schema_automation, ton_schema_position, ton_schema_length;

/* inputs.c: an input of the device, by its number or its port's name, where at most so many can be
 * given. False when it is none, which was said then. */
bool ton_port_read(struct ton_reader *r, const struct ton_row *row, const struct ton_node *value,
                   int most, const char **out);
bool ton_port_is_number(const char *text);
bool ton_port_looks_numeric(const char *text); /* a number, or a slip of one: `1-2` */
struct ton_json *ton_schema_port(void);

/* What `ton_schema_position` and `ton_schema_length` refer to, into the schema's definitions. */
void ton_schema_times(struct ton_json *definitions);

/* Reads a chain; `strips` NULL: there is nothing to listen to for a side-chain. False when it
 * cannot be told which items it has. */
bool ton_chain_read(struct ton_reader *r, const struct ton_node *list,
                    const struct ton_names *strips, struct ton_chain *out);

/* The same of the strip that a processor's side-chain listens to. */
void ton_sidechain_read(struct ton_reader *r, const struct ton_row *row,
                        const struct ton_node *value, const struct ton_names *strips,
                        bool in_preset, struct ton_chain_item *item);

/* foreign.c: an item that is a plug-in. False when it is not one that can be used, which was said
 * then. */
bool ton_foreign_read(struct ton_reader *r, const struct ton_node *name,
                      const struct ton_node *values, const struct ton_names *strips, bool in_preset,
                      const char *where, struct ton_chain_item *out);
/* A copy of the item's setup, in its place, that may be changed; items of one preset share theirs.
 * NULL without memory. */
struct ton_setup *ton_setup_change(struct ton_reader *r, struct ton_chain_item *item);
/* Changes one that a preset of chains holds. */
void ton_foreign_change(struct ton_reader *r, const struct ton_node *name,
                        const struct ton_node *values, const struct ton_names *strips,
                        bool in_preset, struct ton_chain_item *item);
ton_schema_fn ton_schema_controls;
struct ton_json *ton_schema_foreign(void);

/* Reads all strips of `tracks` and `buses` and adds the mix bus. False without memory. */
bool ton_build_strips(struct ton_build *b);

/* Orders the strips; says where the routing loops. */
void ton_build_order(struct ton_build *b);

/* notes.c: hands the clips of notes to the instruments of their tracks. */
void ton_build_notes(struct ton_build *b);

/* Tells the session's plug-ins its tempos. */
void ton_build_places(struct ton_build *b);

/* Puts clips and automation where the arrangement plays them. */
void ton_build_arrangement(struct ton_build *b);

#endif
