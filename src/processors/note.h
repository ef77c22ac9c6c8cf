/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_NOTE_H
#define TON_PROCESSORS_NOTE_H

/* Values of TON_TIME_NOTE rows: what they are in time, notes by `tempo` quarters a minute (120
 * when unknown). */

static inline double note_quarters_a_second(double tempo) {
    return (tempo > 0.0 ? tempo : 120.0) / 60.0;
}

/* Of a row in ms. */
static inline double note_ms(float value, double tempo) {
    return value < 0.0F ? -(double)value * 1000.0 / note_quarters_a_second(tempo) : (double)value;
}

/* Of a row in Hz: a note is how long a cycle takes. */
static inline double note_hz(float value, double tempo) {
    return value < 0.0F ? note_quarters_a_second(tempo) / -(double)value : (double)value;
}

#endif
