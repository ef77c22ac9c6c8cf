/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_PER_SESSION_H
#define TON_SESSION_PER_SESSION_H

#include "names.h"
#include "ton/fields.h"
#include "ton/production.h"

/* A production.yaml while it is read. */
struct ton_production_job {
    struct ton_production *p;
    struct ton_names sessions, ports;
    const struct ton_node *node; /* the root */
};

static inline struct ton_production_job *ton_production_job_of(struct ton_reader *r) {
    return r->job;
}

/* What a production says of each of its sessions. */
ton_read_fn ton_read_gaps, ton_read_fades, ton_read_recordings;
ton_schema_fn ton_schema_gaps, ton_schema_fades, ton_schema_recordings;

#endif
