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

enum ton_code ton_plan_failure(const struct ton_plan *plan, int output, struct ton_err *err) {
    if (plan->n_failures == 0)
        return TON_OK;
    bool *heard = ton_alloc(sizeof *heard * (plan->n_nodes + 1));
    if (!heard)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to tell what went wrong");
    plan_mark(heard, plan, plan->outputs[output]);
    const struct failure *worst = worst_heard(plan, heard);
    ton_free(heard);
    if (worst && err)
        *err = worst->err;
    return worst ? worst->code : TON_OK;
}
