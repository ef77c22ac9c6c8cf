/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_PLACE_GIVING_H
#define TON_SESSION_PLACE_GIVING_H

#include "part.h"

/* A clip that is heard on the track, and what is left of it where it gives way. */
struct piece {
    int index; /* in the list */
    const struct ton_written_clip *w;
    int64_t start, end;
    int64_t spare;            /* of its take, behind its end */
    bool gives_way;           /* it is heard together with the recording */
    bool meets;               /* or next to it; it can be changed */
    bool no_before, no_after; /* what would be left is too short to be kept */
    bool before, after;       /* what is left then; neither: nothing */
    int64_t before_end, fade_out;
    int64_t after_start, fade_in, crossfade;
};

/* A recording that others give way to. */
struct giving {
    struct placing *p;
    struct part part; /* of the text, without the recording at first */
    const struct ton_strip *strip;
    struct piece *pieces;
    int n;
    int *lanes; /* in the list: other passes of the stretch, beneath the recording */
    int n_lanes;
    int n_list;          /* clips in the list less the recording */
    struct new_clip new; /* the recording */
    int64_t start, end;  /* of it */
    int64_t spare;       /* of its take, behind its end */
    int64_t crossfade;   /* that is wished for */
    int64_t half;        /* of it, the longer one: of fades too, and as near is next to it */
    bool layered;        /* something stays that would have had to give way */
    bool heard_before, heard_behind; /* at its start or end, what cannot be changed */
};

/* seam.c: where the recording begins and ends then, what is left of the pieces, and how all that is
 * faded. */
void giving_find_seams(struct giving *g);

/* cut.c: can the list's clip be changed where it stands? */
bool giving_can_change(const struct giving *g, int index);

/* Writes the pieces and the recording, and reads the text again. Where that fails all is left as it
 * is, with a warning. */
enum ton_code giving_write(struct giving *g, struct ton_err *err);

#endif
