/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From `--device` to a back-end, a server and a device. */
#include "device_choice.h"

#include "settings.h"

#include "ton/device.h"
#include "ton/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_meant(const struct ton_device_info *info, const char *device) {
    return ton_text_same(info->name, device) ||
           (ton_text_same(info->backend, "portaudio") && strcasestr(info->name, device));
}

static enum ton_code refuse_device(const struct ton_devices *devices, const char *device,
                                   struct ton_err *err) {
    struct ton_text all = {0};
    const int n = (int)devices->n - 1; /* `null` is the last */
    for (int i = 0; i < n; i++)
        ton_text_add_name(&all, i, n, devices->items[i].name);
    const enum ton_code code =
        ton_fail(err, TON_ENVIRONMENT, "--device",
                 "no device is called `%s`; there %s %s, says `ton devices`", device,
                 n == 1 ? "is" : "are", all.data ? all.data : "others");
    ton_text_free(&all);
    return code;
}

/* As `ton devices` lists them: a JACK server has a name too. */
static enum ton_code find_device(struct device_choice *choice, struct ton_arena *arena,
                                 const char *device, struct ton_err *err) {
    struct ton_devices devices;
    const enum ton_code code = ton_devices_list(&devices, arena, choice->server, err);
    if (code)
        return code;
    for (size_t i = 0; i < devices.n; i++)
        if (is_meant(&devices.items[i], device)) {
            choice->backend = devices.items[i].backend;
            choice->device = device;
            return TON_OK;
        }
    if (devices.n > 1)
        return refuse_device(&devices, device, err);
    choice->backend = "portaudio"; /* it says why there are none */
    choice->device = device;
    return TON_OK;
}

enum ton_code device_choose(struct device_choice *choice, struct ton_arena *arena,
                            const char *device, struct ton_err *err) {
    const char *const *backends = ton_device_backends();
    size_t n_backends = 0;
    *choice = (struct device_choice){0};
    choice->server = getenv("JACK_DEFAULT_SERVER");
    if (!device)
        return TON_OK;
    for (int i = 0; backends[i]; i++, n_backends++) {
        const size_t n = strlen(backends[i]);
        if (strncmp(device, backends[i], n) == 0 && (device[n] == ':' || device[n] == '\0')) {
            choice->backend = backends[i];
            choice->device = device[n] == ':' && device[n + 1] ? device + n + 1 : NULL;
            if (choice->device && ton_text_same(backends[i], "jack"))
                choice->server = choice->device;
            return TON_OK;
        }
    }
    const char *nearest = ton_nearest(device, backends, n_backends);
    if (nearest)
        return ton_fail(err, TON_USAGE, "--device", "there is no back-end `%s`; did you mean `%s`?",
                        device, nearest);
    return find_device(choice, arena, device, err);
}

const struct ton_device_info *device_info(const struct ton_devices *devices,
                                          const struct device_choice *choice) {
    for (size_t i = 0; i < devices->n && choice->device; i++) {
        const struct ton_device_info *info = &devices->items[i];
        if (ton_text_same(info->backend, choice->backend) && info->rate > 0 &&
            is_meant(info, choice->device))
            return info;
    }
    return ton_devices_default(devices, choice->backend);
}

enum ton_code device_want(struct device_wanted *out, const struct ton_given *given,
                          struct ton_err *err) {
    struct ton_devices devices;
    const char *const device = ton_given_text(given, "device");
    *out = (struct device_wanted){0};
    enum ton_code code = ton_given_settings(&out->settings, given, err);
    if (!code)
        code =
            device_choose(&out->choice, given->arena, device ? device : out->settings.device, err);
    if (!code)
        code = ton_devices_list(&devices, given->arena, out->choice.server, err);
    if (code)
        return code;
    out->info = device_info(&devices, &out->choice);
    out->rate = out->info ? (int)lround(out->info->rate) : 48000;
    return TON_OK;
}

enum ton_code device_loop(const char **output, const char **input, struct ton_arena *arena,
                          const char *option, const char *loop, struct ton_err *err) {
    const char *equals = strchr(loop, '=');
    if (!equals || equals == loop || !equals[1])
        return ton_fail(err, TON_USAGE, option,
                        "`%s` names no output and input; write `1=2` for a cable from output 1 to "
                        "input 2",
                        loop);
    *output = ton_arena_copy(arena, loop, (size_t)(equals - loop));
    *input = equals + 1;
    return *output ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory");
}
