/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an argument is when a verb is given what another verb wants. */
#include "verb.h"

#include "ton/path.h"
#include "ton/text.h"

#include <strings.h>

static bool is_sound(const char *extension) {
    static const char *const known[] = {"aif", "aiff", "caf",  "flac", "m4a", "mp3",
                                        "ogg", "opus", "rf64", "w64",  "wav"};
    for (int i = 0; i < TON_N(known); i++)
        if (strcasecmp(extension, known[i]) == 0)
            return true;
    return false;
}

static unsigned kind_of(const char *path) {
    const char *extension = ton_path_extension(path);
    if (!ton_path_exists(path) || ton_path_is_folder(path))
        return 0;
    if (strcmp(ton_path_name(path), "production.yaml") == 0)
        return TON_A_PRODUCTION;
    if (strcmp(extension, "yaml") == 0)
        return TON_A_SESSION;
    return is_sound(extension) ? TON_A_SOUND : 0;
}

enum ton_code ton_given_check_kind(const struct ton_given *given, size_t argument,
                                   struct ton_err *err) {
    /* While the command line is read, the program is not in --directory yet. */
    const char *folder = given->started_in ? NULL : ton_given_text(given, "directory");
    const char *path = given->arguments[argument];
    const char *there = folder ? ton_path_join(given->arena, folder, path) : path;
    switch (there ? given->verb->refuses & kind_of(there) : 0) {
    case TON_A_PRODUCTION:
        return ton_fail(err, TON_INPUT, path,
                        "is a production; in its folder `ton mix` mixes its sessions, `ton "
                        "master` masters them and `ton deliver` builds what it owes");
    case TON_A_SESSION:
        return ton_fail(err, TON_INPUT, path,
                        "is a session; `ton mix %s` mixes it, and in its production's folder "
                        "`ton deliver` builds what is owed",
                        path);
    case TON_A_SOUND:
        return ton_fail(err, TON_INPUT, path,
                        "is a sound file; `ton measure %s` measures it, `ton import %s` takes "
                        "it into a production",
                        path, path);
    default:
        return TON_OK;
    }
}

enum ton_code ton_given_check_kinds(const struct ton_given *given, struct ton_err *err) {
    enum ton_code code = TON_OK;
    for (size_t i = 0; i < given->n_arguments && !code; i++)
        code = ton_given_check_kind(given, i, err);
    return code;
}
