/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters that are fixed while a processor runs change all the same: the worker makes another
 * unit, which runs along unheard until its delay lines are filled and is then faded to. */
#include "shim.h"

#define FADE_MS 20.0

static int fade_frames(const struct shim *s) {
    return (int)(FADE_MS * s->rate / 1000) + 1;
}

static bool write_request(struct shim *s) {
    if (atomic_flag_test_and_set(&s->request_busy))
        return false;
    memcpy(s->request.params, s->wanted, sizeof s->request.params);
    memcpy(s->request.files, s->files, sizeof s->request.files);
    atomic_flag_clear(&s->request_busy);
    return true;
}

/* What is wanted is what was asked for last. */
static bool same_request(const struct shim *s) {
    const struct plugin *p = &s->plugin;
    for (int i = 0; i < p->n_fixed; i++)
        if (s->request.params[p->fixed[i]] != s->wanted[p->fixed[i]])
            return false;
    for (int i = 0; i < p->n_files; i++)
        if (strcmp(s->request.files[i], s->files[i]) != 0)
            return false;
    return true;
}

static struct unit *make(struct shim *s) {
    struct unit *u;
    struct ton_err err = {.code = TON_OK};
    struct request r;
    shim_hold(&s->request_busy);
    r = s->request;
    atomic_flag_clear(&s->request_busy);
    if (unit_create(&u, &s->plugin, s->rate, r.params, r.files, &err) != TON_OK)
        lv2_log_error(&s->log, "Tonmeister %s: %s%s%s\n", s->plugin.processor->name, err.where,
                      *err.where ? ": " : "", err.text);
    return u;
}

struct unit *renew_make(struct shim *s) {
    while (!write_request(s)) {
        /* The worker copies what was there. */
    }
    return make(s);
}

static bool is_needed(struct shim *s) {
    if (s->refused && !same_request(s))
        s->refused = false;
    return !s->next && !s->asked && !s->refused &&
           !unit_fits(s->unit, &s->plugin, s->wanted, s->files);
}

static void take_in(struct shim *s, struct unit *made) {
    s->next = made;
    s->refused = !made;
    s->warm = made ? made->latency : 0;
    s->fade = fade_frames(s);
}

void renew_offline(struct shim *s) {
    unit_destroy(atomic_exchange(&s->retired, NULL));
    s->asked = false; /* the worker's answer will be none (answered) */
    if (!is_needed(s))
        return;
    take_in(s, renew_make(s));
}

/* What the worker is asked to do. What it does it with is in the shim, so that nothing is lost with
 * a message. */
enum task { RENEW, RETIRE };

struct message {
    uint32_t task, number;
};

static bool ask(const struct shim *s, enum task task) {
    const struct message message = {task, s->number};
    return s->schedule && s->schedule->schedule_work(s->schedule->handle, sizeof message,
                                                     &message) == LV2_WORKER_SUCCESS;
}

void renew_ask(struct shim *s) {
    if (!atomic_load(&s->retired))
        s->retiring = false;
    else if (!s->retiring)
        s->retiring = ask(s, RETIRE);
    if (!s->schedule || !is_needed(s) || !write_request(s))
        return;
    s->number++;
    s->asked = ask(s, RENEW);
}

static LV2_Worker_Status work(LV2_Handle handle, LV2_Worker_Respond_Function respond,
                              LV2_Worker_Respond_Handle to, uint32_t size, const void *data) {
    struct shim *s = handle;
    const struct message *message = data;
    if (size != sizeof *message)
        return LV2_WORKER_ERR_UNKNOWN;
    if (message->task == RETIRE) {
        unit_destroy(atomic_exchange(&s->retired, NULL));
        return LV2_WORKER_SUCCESS;
    }
    unit_destroy(atomic_exchange(&s->made, make(s))); /* one that nobody waits for any more */
    return respond(to, size, data);
}

static LV2_Worker_Status answered(LV2_Handle handle, uint32_t size, const void *data) {
    struct shim *s = handle;
    const struct message *message = data;
    if (size != sizeof *message || !s->asked || message->number != s->number)
        return LV2_WORKER_SUCCESS; /* forgotten meanwhile */
    s->asked = false;
    take_in(s, atomic_exchange(&s->made, NULL));
    return LV2_WORKER_SUCCESS;
}

const LV2_Worker_Interface renew_worker = {.work = work, .work_response = answered};

int renew_room(const struct shim *s) {
    if (!s->next)
        return UNIT_BLOCK;
    const int room = s->warm > 0 ? s->warm : s->fade;
    return room < UNIT_BLOCK ? room : UNIT_BLOCK;
}

/* The worker has room for one that goes: until it has gone, the fade waits at its end. */
static void finish(struct shim *s) {
    struct unit *none = NULL;
    if (!atomic_compare_exchange_strong(&s->retired, &none, s->unit)) {
        s->fade = 1;
        return;
    }
    s->retiring = false;
    s->unit = s->next;
    s->next = NULL;
}

void renew_run(struct shim *s, const float *const *key, int frames) {
    const float *in[PLUGIN_CHANNELS] = {s->in[0], s->in[1]};
    float *const other[PLUGIN_CHANNELS] = {s->other[0], s->other[1]};
    unit_run(s->next, other, in, key, s->ramp, frames);
    if (s->warm > 0) {
        s->warm -= frames;
        return;
    }
    const double length = fade_frames(s);
    for (int i = 0; i < frames; i++)
        s->ramp[i] = (float)ton_ease((s->fade - 1 - i) / length); /* how much of what goes */
    for (int c = 0; c < s->plugin.channels; c++)
        for (int i = 0; i < frames; i++)
            s->out[c][i] = s->other[c][i] + s->ramp[i] * (s->out[c][i] - s->other[c][i]);
    s->fade -= frames;
    if (s->fade <= 0)
        finish(s);
}

void renew_forget(struct shim *s) {
    unit_destroy(s->next);
    unit_destroy(atomic_exchange(&s->made, NULL));
    unit_destroy(atomic_exchange(&s->retired, NULL));
    s->next = NULL;
    s->asked = s->refused = s->retiring = false;
}
