/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A look at how a plan was built. */
#include "run.h"

#include "ton/json.h"

static const char *const kind_names[] = {"source", "processor", "fader", "widen", "delay", "sum"};

static struct ton_json *count_kinds(const struct ton_plan *plan) {
    int64_t counts[TON_N(kind_names)] = {0};
    for (size_t i = 0; i < plan->n_nodes; i++)
        counts[plan->nodes[i].kind]++;
    struct ton_json *kinds = ton_json_object();
    for (int k = 0; k < TON_N(kind_names); k++)
        ton_json_set(kinds, kind_names[k], ton_json_integer(counts[k]));
    return kinds;
}

static struct ton_json *describe_outputs(const struct ton_plan *plan) {
    struct ton_json *outputs = ton_json_array();
    for (int i = 0; i < plan->n_outputs; i++) {
        struct ton_json *output = ton_json_object();
        ton_json_set(output, "name", ton_json_string(plan->names[i]));
        ton_json_set(output, "latency", ton_json_integer(output_latency(plan, i)));
        ton_json_add(outputs, output);
    }
    return outputs;
}

/* The run is built as a render would build it, to tell its memory and block truly. */
static void describe_run(struct ton_json *j, const struct ton_plan *plan) {
    bool *wanted = ton_alloc(sizeof *wanted * (size_t)(plan->n_outputs + 1));
    struct run *run = NULL;
    const struct run_wish wish = {
        .wanted = wanted, .block = plan->config.block, .threads = plan->config.threads};
    for (int i = 0; wanted && i < plan->n_outputs; i++)
        wanted[i] = true;
    if (!wanted || run_create(&run, plan, &wish, NULL) != TON_OK) {
        ton_free(wanted);
        return;
    }
    int64_t needed = 0;
    for (size_t i = 0; i < plan->n_nodes; i++)
        needed += run->cells[i].node != NULL;
    ton_json_set(j, "computed", ton_json_integer(needed));
    ton_json_set(j, "tasks", ton_json_integer(run->n_tasks));
    ton_json_set(j, "threads", ton_json_integer(run->n_threads));
    ton_json_set(j, "block", ton_json_integer(run->block));
    ton_json_set(j, "bytes", ton_json_integer((int64_t)ton_arena_bytes(run->arena)));
    run_destroy(run);
    ton_free(wanted);
}

/* Nodes that more than one output hears. */
static int64_t count_shared(const struct ton_plan *plan) {
    int64_t shared = 0;
    int *heard = ton_alloc(sizeof *heard * (plan->n_nodes + 1));
    bool *reached = ton_alloc(sizeof *reached * (plan->n_nodes + 1));
    for (int o = 0; heard && reached && o < plan->n_outputs; o++) {
        memset(reached, 0, sizeof *reached * plan->n_nodes);
        reached[plan->outputs[o]] = true;
        for (int i = plan->outputs[o]; i >= 0; i--) {
            if (!reached[i])
                continue;
            shared += ++heard[i] == 2;
            for (int k = 0; k < plan->nodes[i].n_inputs; k++)
                reached[plan->nodes[i].inputs[k]] = true;
        }
    }
    ton_free(heard);
    ton_free(reached);
    return shared;
}

struct ton_json *ton_plan_describe(const struct ton_plan *plan) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "nodes", ton_json_integer((int64_t)plan->n_nodes));
    ton_json_set(j, "shared", ton_json_integer(count_shared(plan)));
    ton_json_set(j, "kinds", count_kinds(plan));
    ton_json_set(j, "outputs", describe_outputs(plan));
    ton_json_set(j, "frames", ton_json_integer(plan->frames));
    ton_json_set(j, "latency", ton_json_integer(plan->latency));
    describe_run(j, plan);
    return j;
}
