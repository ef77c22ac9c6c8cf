/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_FDN_TURNS_H
#define TON_PROCESSORS_FDN_TURNS_H

#include "fdn.h"

/* For fdn.c: phases as at the start. */
TON_RT void fdn_turns_clear(struct fdn_turns *t);

/* At the start of a block. */
TON_RT void fdn_turns_glide(struct fdn_turns *t);

#endif
