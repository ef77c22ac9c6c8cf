/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New productions from templates. */

#include "ton/import.h"
#include "ton/path.h"
#include "ton/text.h"
#include "ton/yaml.h"

#include <ctype.h>

/* @title@ and @session@ are filled in. */
static const struct {
    const char *name, *text;
} templates[] = {
    {"album",
     "tonmeister: 1\n"
     "title: @title@\n"
     "artist: Unknown Artist          # goes into every tag and file name\n"
     "sessions: [first-song]          # running order; `ton import --session NAME` adds one\n"
     "gaps: {}                        # such as {second-song: 2 s}\n"
     "\n"
     "master:\n"
     "  chain:\n"
     "    - eq: {high pass: 20 Hz}\n"
     "    - limiter: {ceiling: -1 dBTP}\n"
     "  loudness: -14 LUFS             # of the whole album: the songs keep their relations\n"
     "\n"
     "deliverables:\n"
     "  master: {spec: streaming, format: wav 24-bit}\n"
     "  cd: {spec: cd, format: wav 16-bit 44.1 kHz, dither: shaped}\n"
     "  download: {format: [flac 24-bit, mp3 320k]}\n"
     "naming: \"{track} {artist} - {title} ({deliverable}) v{version}\"\n"},
    {"film", "tonmeister: 1\n"
             "title: @title@\n"
             "artist: Unknown Artist          # goes into every tag and file name\n"
             "sessions: [@session@]\n"
             "\n"
             "master:\n"
             "  chain:\n"
             "    - limiter: {ceiling: -2 dBTP}\n"
             "  loudness: -23 LUFS\n"
             "\n"
             "deliverables:\n"
             "  programme: {spec: ebu-r128, format: wav 24-bit 48 kHz}\n"
             "  music and effects: {without: [speech], format: wav 24-bit 48 kHz}\n"},
    {"podcast",
     "tonmeister: 1\n"
     "title: @title@\n"
     "artist: Unknown Artist          # goes into every tag and file name\n"
     "sessions: [@session@]\n"
     "\n"
     "master:\n"
     "  chain:\n"
     "    - eq: {high pass: 70 Hz}\n"
     "    - compressor: {threshold: -24 dB, ratio: 2.5, attack: 10 ms, release: 150 ms}\n"
     "    - limiter: {ceiling: -1.5 dBTP}\n"
     "  loudness: {target: -16 LUFS, per: session}\n"
     "\n"
     "deliverables:\n"
     "  episode: {spec: podcast, format: [mp3 192k 44.1 kHz, aac 128k]}\n"
     "  archive: {format: flac 24-bit}\n"},
    {"song", "tonmeister: 1\n"
             "title: @title@\n"
             "artist: Unknown Artist          # goes into every tag and file name\n"
             "sessions: [@session@]\n"
             "\n"
             "master:\n"
             "  chain:\n"
             "    - eq: {high pass: 20 Hz}\n"
             "    - limiter: {ceiling: -1 dBTP}\n"
             "  loudness: -14 LUFS             # reached by gain before the limiter\n"
             "\n"
             "deliverables:\n"
             "  master: {spec: streaming, format: wav 24-bit}\n"
             "  download: {format: [flac 24-bit, mp3 320k, opus 160k]}\n"},
};

enum { N_TEMPLATES = sizeof templates / sizeof *templates };

const char *const *ton_production_templates(void) {
    static const char *names[N_TEMPLATES + 1];
    for (int i = 0; i < N_TEMPLATES; i++)
        names[i] = templates[i].name;
    return names;
}

static const char *template_text(const char *name, struct ton_err *err) {
    for (int i = 0; i < N_TEMPLATES; i++) {
        if (strcmp(templates[i].name, name) == 0)
            return templates[i].text;
    }
    const char *nearest = ton_nearest(name, ton_production_templates(), N_TEMPLATES);
    ton_fail(err, TON_USAGE, NULL,
             "there is no template `%s`; did you mean `%s`? There are album, film, podcast, song",
             name, nearest ? nearest : "song");
    return NULL;
}

/* "Night Train" lives in the folder `night-train`. */
static const char *folder_name(struct ton_arena *arena, const char *title) {
    char *name = ton_arena_text(arena, title);
    char *to = name;
    for (const char *c = name; c && *c; c++) {
        const bool keep = isalnum((unsigned char)*c) || (unsigned char)*c >= 0x80;
        if (keep)
            *to++ = (char)tolower((unsigned char)*c);
        else if (to > name && to[-1] != '-')
            *to++ = '-';
    }
    while (to > name && to[-1] == '-')
        to--;
    if (name)
        *to = '\0';
    return name;
}

static void fill(struct ton_text *out, const char *text, const char *title, const char *session) {
    while (*text) {
        const bool is_title = ton_text_starts(text, "@title@");
        if (is_title || ton_text_starts(text, "@session@")) {
            ton_yaml_scalar(out, is_title ? title : session);
            text += strlen(is_title ? "@title@" : "@session@");
        } else {
            ton_text_add_n(out, text++, 1);
        }
    }
}

static enum ton_code write_files(struct ton_arena *arena, const char *folder, const char *text,
                                 struct ton_err *err) {
    static const char ignored[] =
        "# Everything here is built from the rest.\n/out/\n/.cache/\n"
        "# Takes and marks are in production.db; these are its own while a program runs.\n"
        "/production.db-*\n";
    enum ton_code code = TON_OK;
    for (int i = 0; i < 2 && !code; i++) {
        const char *inside = ton_path_join(arena, folder, i ? "sessions" : "audio");
        code = inside ? ton_path_make_folders(inside, err)
                      : ton_fail(err, TON_MEMORY, NULL, "no memory");
    }
    const char *ignore = ton_path_join(arena, folder, ".gitignore");
    const char *production = ton_path_join(arena, folder, "production.yaml");
    if (!code && !(ignore && production))
        code = ton_fail(err, TON_MEMORY, NULL, "no memory");
    if (!code)
        code = ton_path_write(ignore, ignored, strlen(ignored), err);
    return code ? code : ton_path_write_new(production, text, strlen(text), err);
}

enum ton_code ton_production_new(const char **folder, struct ton_arena *arena, const char *parent,
                                 const char *name, const char *template, struct ton_err *err) {
    const char *text = template_text(template, err);
    if (!text)
        return TON_USAGE;
    const char *title = ton_path_name(name);
    const char *session = folder_name(arena, title);
    if (!session || !*session)
        return ton_fail(err, TON_USAGE, NULL,
                        "`%s` gives no folder name; use at least one letter or digit", name);
    const char *where = ton_path_folder(arena, name);
    const char *above = where ? ton_path_join(arena, parent, where) : NULL;
    *folder =
        above ? ton_path_join(arena, strcmp(where, ".") == 0 ? parent : above, session) : NULL;
    if (!*folder)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    if (ton_path_exists(*folder))
        return ton_fail(err, TON_INPUT, *folder,
                        "is there already and is left as it is; choose another name");
    struct ton_text filled = {0};
    fill(&filled, text, title, session);
    const enum ton_code code = filled.failed ? ton_fail(err, TON_MEMORY, NULL, "no memory")
                                             : write_files(arena, *folder, filled.data, err);
    ton_text_free(&filled);
    return code;
}
