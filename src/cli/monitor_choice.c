/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which chain stands between what is played and the loudspeakers. */
#include "monitor_choice.h"

#include "print.h"

#include "ton/path.h"
#include "ton/preset.h"
#include "ton/takes.h"
#include "ton/text.h"

enum ton_code monitor_choose(const struct ton_chain **chain, const char **file, const char *said,
                             const struct ton_settings *settings, struct ton_arena *arena,
                             struct ton_err *err) {
    const bool by_config = !said || ton_text_same(said, "on");
    const char *const wanted = by_config ? settings->monitor_chain : said;
    struct ton_problems problems;
    *chain = NULL;
    *file = NULL;
    if (said && by_config && !wanted)
        return ton_fail(err, TON_INPUT, "--monitor-chain",
                        "`on` is the chain that `monitor chain` in config.yaml names, and it names "
                        "none");
    if (!wanted || ton_text_same(wanted, "off"))
        return TON_OK;
    if (!ton_path_exists(wanted))
        return ton_fail(err, TON_INPUT,
                        by_config ? settings->monitor_chain_where : "--monitor-chain",
                        "there is no file `%s`; a monitor chain is written as a preset is, with "
                        "`tonmeister`, `text` and `chain`",
                        wanted);
    struct ton_chain *const read = TON_NEW(arena, struct ton_chain);
    if (!read)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the monitor chain");
    const struct ton_takes files = ton_takes_from_files();
    ton_problems_init(&problems, arena);
    const enum ton_code code = ton_preset_read(read, arena, wanted, &files, &problems, err);
    *chain = read;
    *file = wanted;
    return ton_print_problems(&problems, code, err);
}
