/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio that processors work with (impulse responses), at the rate of the chain. */
#include "assets.h"

#include "ton/audio_whole.h"

static enum ton_code load(struct ton_asset *out, struct ton_arena *arena, const char *path,
                          double rate, struct ton_err *err) {
    struct ton_audio_whole whole;
    const enum ton_code code =
        ton_audio_read_whole(&whole, arena, path, rate, TON_MOST_CHANNELS, err);
    if (!code)
        *out = (struct ton_asset){whole.channels, whole.frames, whole.file_rate, whole.data};
    return code;
}

enum ton_code assets_load(const struct ton_asset **out, struct ton_arena *arena,
                          const struct ton_chain_item *item, double rate, struct ton_err *err) {
    const int n = ton_item_files(item);
    *out = NULL;
    if (n == 0)
        return TON_OK;
    struct ton_asset *assets = TON_NEW_N(arena, struct ton_asset, n);
    if (!assets)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the files of a chain");
    for (int i = 0; i < n; i++) {
        const struct ton_file *file = &item->files[i];
        const enum ton_code code =
            file->path ? load(&assets[i], arena, file->path, rate, err) : TON_OK;
        if (code) {
            const struct ton_err why = err ? *err : (struct ton_err){0};
            return ton_fail(err, code, file->where, "the file `%s` cannot be used: %s%s",
                            file->name, ton_err_it(&why), why.text);
        }
    }
    *out = assets;
    return TON_OK;
}
