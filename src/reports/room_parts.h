/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_REPORTS_ROOM_PARTS_H
#define TON_REPORTS_ROOM_PARTS_H

#include "ton/room_page.h"

/* Parts of a room's page. */

static inline const char *room_name(const struct ton_room_path *path) {
    return path->name ? path->name : "path";
}

static inline const char *room_polarity(const struct ton_sweep_heard *heard) {
    return heard->inverted ? "reversed" : "as it should be";
}

void room_waterfall(struct ton_text *out, const struct ton_room_path *path);

/* Both loudspeakers' curves, re the mean of the left one, and left re right in third octaves. */
enum ton_code room_plot_pair(struct ton_text *out, const struct ton_room_path *left,
                             const struct ton_room_path *right, struct ton_err *err);
void room_plot_thirds(struct ton_text *out, const struct ton_room_path *left,
                      const struct ton_room_path *right, const struct ton_room_pair *pair);

/* A dash and the letter of its reason among `doubts` (bits by enum ton_room_doubt), and what the
 * letters mean. */
void room_doubt_mark(struct ton_text *out, unsigned doubts, enum ton_room_doubt doubt);
void room_doubt_notes(struct ton_text *out, unsigned doubts);

/* How much there is to do about a path. */
int room_serious(const struct ton_room_page_path *path);

/* A path's name, leading to it on the page. */
void room_link(struct ton_text *out, const struct ton_room_page *page, int i);

void room_overview(struct ton_text *out, const struct ton_room_page *page);

/* A table that is moved sideways where it is wider than the page. Heads: name, what it means, and
 * NULL where numbers stand beneath. */
void room_open_table(struct ton_text *out, const char *title, const char *const (*heads)[3], int n);
void room_close_table(struct ton_text *out);

/* A figure with + or -. */
void room_with_sign(struct ton_text *out, double value, int digits);

/* Octaves and third octaves. */
void room_bands(struct ton_text *out, const struct ton_room_figures *figures);
void room_reflections(struct ton_text *out, const struct ton_room_path *path);
void room_modes(struct ton_text *out, const struct ton_room_path *path);
void room_correction(struct ton_text *out, const struct ton_room_page_path *path);

#endif
