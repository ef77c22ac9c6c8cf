/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ASSISTANTS_YAML_H
#define TON_ASSISTANTS_YAML_H

#include "ton/text.h"

/* Appends a text as a YAML scalar: plain where that means the same, else in double quotes. Safe in
 * flow collections and as a key. */
void yaml_add_scalar(struct ton_text *out, const char *text);

#endif
