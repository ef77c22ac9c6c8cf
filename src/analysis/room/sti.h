/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ROOM_STI_H
#define TON_ROOM_STI_H

#include "decay.h"

/* Modulation left in one band: the spectrum of its energy (M. R. Schroeder, Acustica 49, 1981).
 * `filtered` begins `before` frames ahead of the direct sound. */
void sti_modulation(double m[TON_STI_MODULATIONS], const float *filtered, int before, int rate,
                    const struct decay_end *end);

/* Index, bands and rating from m. */
void sti_weigh(struct ton_sti *sti, double m[][TON_STI_MODULATIONS]);

#endif
