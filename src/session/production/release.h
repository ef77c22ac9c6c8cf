/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_RELEASE_H
#define TON_SESSION_RELEASE_H

#include "ton/fields.h"
#include "ton/production.h"

/* The parts of a production that name things for the outside world: codes, dates, file names and
 * what is owed. */
extern const struct ton_field ton_recording_fields[]; /* out: struct ton_recording */
extern const int ton_n_recording_fields;
extern const struct ton_field ton_deliverable_fields[]; /* out: struct ton_deliverable */
extern const int ton_n_deliverable_fields;
extern const struct ton_field ton_input_fields[]; /* out: struct ton_input */
extern const int ton_n_input_fields;
extern const struct ton_field ton_production_fields[]; /* out: struct ton_production */
extern const int ton_n_production_fields;

void ton_deliverable_read(struct ton_reader *r, const struct ton_node *key,
                          const struct ton_node *value, struct ton_deliverable *out);

ton_read_fn ton_read_date, ton_read_upc, ton_read_naming, ton_read_isrc; /* const char * */
ton_schema_fn ton_schema_date, ton_schema_upc;
ton_read_fn ton_read_port;   /* out: struct ton_input */
ton_read_fn ton_read_inputs; /* out: struct ton_production */
ton_schema_fn ton_schema_inputs;

#endif
