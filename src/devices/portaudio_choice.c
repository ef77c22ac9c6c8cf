/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which device and which of its channels are meant. */
#include "portaudio_device.h"

#include "ton/text.h"

enum { MOST_NAMES = 64 };

/* Of all devices, or those with a part of it in their names. */
static int list_names(const char *names[MOST_NAMES], const char *part) {
    int n = 0;
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount() && n < MOST_NAMES; i++)
        if (portaudio_info(i) && strcasestr(portaudio_info(i)->name, part))
            names[n++] = portaudio_info(i)->name;
    return n;
}

static const char *in_a_row(struct ton_arena *arena, const char *const *names, int n) {
    struct ton_text all = {0};
    for (int i = 0; i < n; i++)
        ton_text_add_name(&all, i, n, names[i]);
    const char *text = all.failed ? NULL : ton_arena_text(arena, all.data);
    ton_text_free(&all);
    return text ? text : "";
}

static enum ton_code several_devices(struct ton_arena *arena, const char *name,
                                     struct ton_err *err) {
    const char *names[MOST_NAMES];
    const int n = list_names(names, name);
    return ton_fail(err, TON_ENVIRONMENT, "portaudio",
                    "`%s` is in the names of %d devices, %s; write more of the one that is meant",
                    name, n, in_a_row(arena, names, n));
}

static enum ton_code no_such_device(struct ton_arena *arena, const char *name,
                                    struct ton_err *err) {
    const char *names[MOST_NAMES];
    const int n = list_names(names, "");
    const char *near = ton_nearest(name, names, (size_t)n);
    if (n == 0)
        return ton_fail(err, TON_ENVIRONMENT, "portaudio",
                        "no device is called `%s`: this machine has none; `ton devices` lists what "
                        "there is, and `null` plays without sound",
                        name);
    if (near)
        return ton_fail(err, TON_ENVIRONMENT, "portaudio",
                        "no device is called `%s`; did you mean `%s`?", name, near);
    return ton_fail(err, TON_ENVIRONMENT, "portaudio", "no device is called `%s`; there %s %s",
                    name, n == 1 ? "is" : "are", in_a_row(arena, names, n));
}

/* By its whole name, or a part that only it has. */
static enum ton_code find(PaDeviceIndex *out, struct ton_arena *arena, const char *name,
                          struct ton_err *err) {
    int n = 0;
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
        const PaDeviceInfo *info = portaudio_info(i);
        if (info && ton_text_same(info->name, name)) {
            *out = i;
            return TON_OK;
        }
        if (info && strcasestr(info->name, name)) {
            *out = i;
            n++;
        }
    }
    if (n == 1)
        return TON_OK;
    return n ? several_devices(arena, name, err) : no_such_device(arena, name, err);
}

/* `3`, or `in 3` as the list has it; -1: none. */
static int channel_of(const char *connect) {
    const char *digits = connect ? strpbrk(connect, "0123456789") : NULL;
    return digits ? (int)strtol(digits, NULL, 10) - 1 : -1;
}

/* `placed`: so many were tried, the last one failed or all are there. */
static enum ton_code place(struct portaudio_side *side, int *placed, struct portaudio_device *p,
                           const struct ton_device_wish *wishes, int n, int n_if_there,
                           bool is_input, struct ton_err *err) {
    const char *what = is_input ? "input" : "output";
    const PaDeviceInfo *info = portaudio_info(side->index);
    const int most = !info ? 0 : is_input ? info->maxInputChannels : info->maxOutputChannels;
    *placed = 0;
    side->channels = TON_NEW_N(p->device->arena, int, n);
    if (!side->channels)
        return device_no_memory(p->device, err);
    for (int i = 0; i < n; i++) {
        *placed = i + 1;
        const int channel = side->channels[i] = channel_of(wishes[i].connect);
        if (i < n_if_there && channel >= most) {
            side->channels[i] = -1;
            continue;
        }
        if (wishes[i].connect && channel < 0)
            return ton_fail(err, TON_ENVIRONMENT, "portaudio",
                            "`%s` is to be connected to `%s`; the %ss of a device are called "
                            "`1`, `2` and so on",
                            wishes[i].name ? wishes[i].name : what, wishes[i].connect, what);
        if (channel >= 0 && !info)
            return ton_fail(err, TON_ENVIRONMENT, "portaudio",
                            "this machine has no sound device that has %ss; `null` plays without "
                            "one",
                            what);
        if (channel >= most)
            return ton_fail(err, TON_ENVIRONMENT, "portaudio", "`%s` wants %s %d, and `%s` has %d",
                            wishes[i].name ? wishes[i].name : what, what, channel + 1, info->name,
                            most);
        side->n = channel >= side->n ? channel + 1 : side->n;
    }
    if (side->n == 0)
        side->index = paNoDevice;
    return TON_OK;
}

static void add_missing(struct device_missing *missing, const struct portaudio_side *side,
                        const struct ton_device_wish *wishes, int from, int n, int n_if_there,
                        bool is_input) {
    const PaDeviceInfo *info = portaudio_info(side->index);
    const int most = !info ? 0 : is_input ? info->maxInputChannels : info->maxOutputChannels;
    for (int i = from; i < n && info; i++) {
        const int channel = channel_of(wishes[i].connect);
        if (wishes[i].connect && (channel < 0 || (channel >= most && i >= n_if_there)))
            device_missing_add(missing, &wishes[i]);
    }
}

enum ton_code portaudio_choose(struct portaudio_device *p, const struct ton_device_config *config,
                               struct ton_err *err) {
    p->in.index = Pa_GetDefaultInputDevice();
    p->out.index = Pa_GetDefaultOutputDevice();
    if (config->device) {
        const enum ton_code code = find(&p->in.index, p->device->arena, config->device, err);
        if (code)
            return code;
        p->out.index = p->in.index;
    }
    struct device_missing missing = {0};
    int in, out = 0;
    enum ton_code code = place(&p->in, &in, p, config->inputs, config->n_inputs, 0, true, err);
    if (!code)
        code = place(&p->out, &out, p, config->outputs, config->n_outputs, config->n_if_there,
                     false, err);
    if (code == TON_ENVIRONMENT) {
        add_missing(&missing, &p->in, config->inputs, in, config->n_inputs, 0, true);
        add_missing(&missing, &p->out, config->outputs, out, config->n_outputs, config->n_if_there,
                    false);
        device_missing_tell(&missing, err);
    }
    return code;
}
