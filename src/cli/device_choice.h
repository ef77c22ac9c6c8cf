/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_CLI_DEVICE_CHOICE_H
#define TON_CLI_DEVICE_CHOICE_H

#include "verb.h"

#include "ton/arena.h"
#include "ton/settings.h"

#define TON_OPTION_DEVICE                                                                          \
    {                                                                                              \
        .key = "device", .label = "DEVICE", .kind = TON_TEXT,                                      \
        .help =                                                                                    \
            "A back-end (`jack`, `portaudio`, `null`) or a device, as `ton devices` lists them; "  \
            "`portaudio:USB` is the one of a back-end that has this in its name, `jack:studio` a " \
            "server."                                                                              \
    }

struct device_choice { /* as in struct ton_device_config */
    const char *backend, *device, *server;
};

/* What `--device` (NULL: not given) means: `jack`, `USB`, `portaudio:USB`, `jack:SERVER`. The
 * server is JACK_DEFAULT_SERVER's when none is named. */
enum ton_code device_choose(struct device_choice *choice, struct ton_arena *arena,
                            const char *device, struct ton_err *err);

/* What is known of it: of the device that was named, else of the first default one whose rate is
 * known; NULL. */
struct ton_devices;
const struct ton_device_info *device_info(const struct ton_devices *devices,
                                          const struct device_choice *choice);

/* What `--device` and config.yaml say that is measured or checked with. */
struct device_wanted {
    struct device_choice choice;
    const struct ton_device_info *info; /* NULL: there is no such device */
    int rate;                           /* its own, Hz; 48000 when it is not known */
    struct ton_settings settings;       /* all that config.yaml says */
};
enum ton_code device_want(struct device_wanted *out, const struct ton_given *given,
                          struct ton_err *err);

/* `1=2`: a cable from output 1 to input 2. `option` is for sentences. */
enum ton_code device_loop(const char **output, const char **input, struct ton_arena *arena,
                          const char *option, const char *loop, struct ton_err *err);

#endif
