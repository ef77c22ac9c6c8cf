/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Foreign processors that went wrong in a render, and which outputs are the worse for it. */
#include "run.h"

bool failures_collect(struct ton_plan *plan, const struct run *run) {
    plan->n_failures = 0;
    for (size_t i = 0; i < plan->n_nodes; i++) {
        const struct cell *cell = &run->cells[i];
        struct ton_err err;
        if (!cell->opened || !cell->node->unit.processor->failure)
            continue;
        const enum ton_code code = cell->node->unit.processor->failure(cell->state, &err);
        struct failure *failure =
            code ? TON_PUSH(plan->arena, plan->failures, plan->n_failures, plan->failures_capacity)
                 : NULL;
        if (code && !failure)
            return false;
        if (code)
            *failure = (struct failure){(int)i, code, err};
    }
    return true;
}

/* The worst that it hears: what was bypassed counts less than what is of no use. */
static const struct failure *worst_heard(const struct ton_plan *plan, const bool *heard) {
    const struct failure *worst = NULL;
    for (size_t i = 0; i < plan->n_failures; i++) {
        const struct failure *f = &plan->failures[i];
        if (heard[f->node] && (!worst || (worst->code == TON_MISSED && f->code != TON_MISSED)))
            worst = f;
    }
    return worst;
}

/* Which nodes an output hears; NULL without memory, and said. */
static bool *heard_by(const struct ton_plan *plan, int output, struct ton_err *err) {
    bool *heard = ton_alloc(sizeof *heard * (plan->n_nodes + 1));
    if (heard)
        plan_mark(heard, plan, plan->outputs[output]);
    else
        ton_fail(err, TON_MEMORY, NULL, "no memory to tell what went wrong");
    return heard;
}

static enum ton_code told(const struct failure *failure, struct ton_err *err) {
    if (failure && err)
        *err = failure->err;
    return failure ? failure->code : TON_OK;
}

enum ton_code ton_plan_failure(const struct ton_plan *plan, int output, struct ton_err *err) {
    bool *heard = plan->n_failures ? heard_by(plan, output, err) : NULL;
    if (!heard)
        return plan->n_failures ? TON_MEMORY : TON_OK;
    const struct failure *worst = worst_heard(plan, heard);
    ton_free(heard);
    return told(worst, err);
}

enum ton_code ton_plan_failure_at(const struct ton_plan *plan, int output, int number,
                                  struct ton_err *err) {
    bool *heard = plan->n_failures ? heard_by(plan, output, err) : NULL;
    const struct failure *found = NULL;
    if (!heard)
        return plan->n_failures ? TON_MEMORY : TON_OK;
    for (size_t i = 0; i < plan->n_failures && !found; i++)
        if (heard[plan->failures[i].node] && number-- == 0)
            found = &plan->failures[i];
    ton_free(heard);
    return told(found, err);
}
