/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The broadcast extension of a WAV (EBU Tech 3285 version 2, with the loudness fields). */
#include "wav_chunks.h"

#define BEXT_FIXED 602 /* bytes before the coding history */
#define NOT_SET 0x7fff /* Tech 3285 v2, 2.3: "shall be 7FFFh" for a value that is not known */

/* Tech 3285 v2: 100 times the value, rounded to the nearest, as a signed 16-bit number. */
static unsigned hundredfold(bool known, double value) {
    if (!known || !isfinite(value) || fabs(value) > 320.0)
        return NOT_SET;
    return (unsigned)(int)floor(value * 100.0 + 0.5) & 0xffff;
}

void put_bext(struct ton_text *t, const struct ton_tags *tags) {
    const char *history = tags->coding_history ? tags->coding_history : "";
    const size_t length = strlen(history), odd = length & 1;
    static const char zeros[190];
    ton_text_add_n(t, "bext", 4);
    /* An even size: libsndfile 1.2 loses its way in RF64 behind an odd one. */
    put_u32(t, (uint32_t)(BEXT_FIXED + length + odd));
    put_field(t, tags->description, 256);
    put_field(t, tags->originator, 32);
    put_field(t, tags->originator_reference, 32);
    put_field(t, tags->origination_date, 10);
    put_field(t, tags->origination_time, 8);
    put_u64(t, (uint64_t)tags->time_reference);
    put_u16(t, 2);
    ton_text_add_n(t, zeros, 64); /* UMID: none */
    put_u16(t, hundredfold(tags->has_loudness, tags->integrated_lufs));
    put_u16(t, hundredfold(tags->has_loudness, tags->loudness_range_lu));
    put_u16(t, hundredfold(tags->has_loudness, tags->true_peak_dbtp));
    put_u16(t, hundredfold(tags->has_loudness, tags->max_momentary_lufs));
    put_u16(t, hundredfold(tags->has_loudness, tags->max_short_term_lufs));
    ton_text_add_n(t, zeros, 180);
    ton_text_add_n(t, history, length);
    ton_text_add_n(t, zeros, odd);
}
