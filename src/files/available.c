/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which encoders this build has. */
#include "ton/audio_out.h"

#include "config.h"

#if TON_HAVE_LIBAV
#include "encoder_names.h"
#include "libav.h"

enum ton_code ton_format_available(const struct ton_format *format, struct ton_err *err) {
    if (!ton_format_lossy(format))
        return TON_OK;
    const enum ton_code code = libav_load(err);
    if (code != TON_OK)
        return code;
    const char *name = encoder_name(format->codec);
    if (libav.avcodec_find_encoder_by_name(name))
        return TON_OK;
    return ton_fail(err, TON_ENVIRONMENT, NULL,
                    "this machine's libavcodec has no encoder `%s`, so no %s can be written", name,
                    ton_format_extension(format));
}
#else
enum ton_code ton_format_available(const struct ton_format *format, struct ton_err *err) {
    if (!ton_format_lossy(format))
        return TON_OK;
    return ton_fail(err, TON_ENVIRONMENT, NULL,
                    "this program was built without libav, so no %s can be written",
                    ton_format_extension(format));
}
#endif
