/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device that is a JACK server: opened, told of what becomes of it, closed. */
#include "jack.h"

#include "ton/thread.h"

#include <unistd.h>

/* @thread JACK's: the server is gone, or threw us out. */
static void hear_end(jack_status_t status, const char *reason, void *user) {
    (void)status;
    struct jack_device *j = user;
    char clock[16];
    device_fail(j->device, "server `%s` ended at %s (%s); start it again, then this program",
                j->device->name, ton_clock_format(clock, sizeof clock, 0),
                reason && *reason ? reason : "without a word");
}

static int hear_rate(jack_nframes_t rate, void *user) {
    struct jack_device *j = user;
    if ((int)rate != j->device->rate)
        device_fail(j->device, "server `%s` went from %d Hz to %d Hz while it was in use",
                    j->device->name, j->device->rate, (int)rate);
    return 0;
}

static int hear_period(jack_nframes_t frames, void *user) {
    struct jack_device *j = user;
    atomic_store(&j->device->period_frames, (int)frames);
    return 0;
}

static int hear_xrun(void *user) {
    struct jack_device *j = user;
    atomic_fetch_add(&j->device->meter.told, 1);
    return 0;
}

/* What we play does not come from what we hear: it begins here. Unless told so, JACK adds up. */
static void tell_latency(jack_latency_callback_mode_t mode, void *user) {
    struct jack_device *j = user;
    jack_latency_range_t none = {0};
    const bool captures = mode == JackCaptureLatency;
    const int n = captures ? j->device->n_outputs : j->device->n_inputs;
    for (int i = 0; i < n; i++)
        jack_port_set_latency_range(captures ? j->outputs[i] : j->inputs[i], mode, &none);
}

static void ask_to_be_told(struct jack_device *j) {
    jack_set_process_callback(j->client, jack_process, j);
    jack_on_info_shutdown(j->client, hear_end, j);
    jack_set_sample_rate_callback(j->client, hear_rate, j);
    jack_set_buffer_size_callback(j->client, hear_period, j);
    jack_set_xrun_callback(j->client, hear_xrun, j);
    jack_set_latency_callback(j->client, tell_latency, j);
    if (j->device->ready)
        jack_set_sync_callback(j->client, jack_sync, j);
}

static enum ton_code join(struct jack_device *j, const struct ton_device_config *config,
                          struct ton_err *err) {
    struct ton_device *d = j->device;
    struct ton_device_absence why;
    j->client = jack_join(&why, d->arena, config->client ? config->client : "tonmeister", d->name);
    if (!j->client)
        return why.why ? ton_fail(err, TON_ENVIRONMENT, "jack", "%s", why.why)
                       : device_no_memory(d, err);
    const int rate = (int)jack_get_sample_rate(j->client);
    if (rate != d->rate)
        return ton_fail(err, TON_ENVIRONMENT, "jack",
                        "server `%s` runs at %d Hz and the session at %d Hz; start the server at "
                        "the session's rate (`jackd -d alsa -r %d`)",
                        d->name, rate, d->rate, d->rate);
    d->most_frames = (int)jack_get_buffer_size(j->client);
    atomic_store(&d->period_frames, d->most_frames);
    atomic_store(&d->realtime, jack_is_realtime(j->client));
    return TON_OK;
}

static enum ton_code activate(struct jack_device *j, struct ton_err *err) {
    ask_to_be_told(j);
    if (jack_activate(j->client) == 0)
        return TON_OK;
    return ton_fail(err, TON_ENVIRONMENT, "jack",
                    "server `%s` does not let this program take part; is it about to end?",
                    j->device->name);
}

enum ton_code jack_device_open(struct ton_device *d, const struct ton_device_config *config,
                               struct ton_err *err) {
    struct jack_device *j = d->own = TON_NEW(d->arena, struct jack_device);
    if (!j)
        return device_no_memory(d, err);
    j->device = d;
    d->name = ton_arena_text(d->arena, config->server ? config->server : "default");
    if (!d->name)
        return device_no_memory(d, err);
    enum ton_code code = join(j, config, err);
    if (!code)
        code = jack_make_ports(j, config, err);
    if (!code)
        code = activate(j, err);
    return code ? code : jack_connect_ports(j, config, err);
}

enum ton_code jack_device_start(struct ton_device *d, struct ton_err *err) {
    (void)err;
    struct jack_device *j = d->own;
    j->clock.rate = d->rate;
    j->clock.fresh = true;
    atomic_store(&j->wanted, true);
    return TON_OK;
}

/* Asks and waits here, not of the server: it may be dead. */
void jack_device_stop(struct ton_device *d) {
    struct jack_device *j = d->own;
    atomic_store(&j->wanted, false);
    while (atomic_load(&j->inside))
        usleep(100);
}

void jack_device_close(struct ton_device *d) {
    struct jack_device *j = d->own;
    if (j->client)
        jack_client_close(j->client);
}

int jack_device_latency(const struct ton_device *d, bool is_input, int port) {
    const struct jack_device *j = d->own;
    jack_port_t *ours = is_input ? j->inputs[port] : j->outputs[port];
    return device_failed(d) || !jack_port_connected(ours) ? -1 : jack_latency(ours, is_input);
}

const char *jack_device_vanished(struct ton_device *d, bool *is_input) {
    struct jack_device *j = d->own;
    for (int i = 0; i < j->n_links; i++) {
        struct jack_link *link = &j->links[i];
        const bool stood = link->stands;
        link->stands = jack_port_connected_to(link->port, link->other);
        if (stood && !link->stands) {
            *is_input = link->is_input;
            return link->other;
        }
    }
    return NULL;
}

enum ton_code jack_device_roll(struct ton_device *d, bool roll, struct ton_err *err) {
    (void)err;
    struct jack_device *j = d->own;
    if (roll)
        jack_transport_start(j->client);
    else
        jack_transport_stop(j->client);
    return TON_OK;
}

enum ton_code jack_device_locate(struct ton_device *d, int64_t frame, struct ton_err *err) {
    struct jack_device *j = d->own;
    if (frame < 0 || frame > UINT32_MAX ||
        jack_transport_locate(j->client, (jack_nframes_t)frame) != 0)
        return ton_fail(err, TON_USAGE, "jack", "its transport has no frame %lld",
                        (long long)frame);
    return TON_OK;
}
