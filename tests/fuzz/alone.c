/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target over files and folders without libFuzzer: its seeds as a test, a corpus, or a
 * folder of real recordings. */
#include "ton/arena.h"

#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int n_files;

static int run_file(const char *path, const struct stat *st, int kind) {
    if (kind != FTW_F || st->st_size > (64 << 20))
        return 0;
    FILE *f = fopen(path, "rb");
    uint8_t *data = ton_alloc((size_t)st->st_size + 1);
    if (f && data) {
        const size_t size = fread(data, 1, (size_t)st->st_size, f);
        LLVMFuzzerTestOneInput(data, size);
        n_files++;
    }
    if (f)
        fclose(f);
    ton_free(data);
    return 0;
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        ftw(argv[i], run_file, 16);
    printf("    %d files\n", n_files);
    return n_files > 0 ? 0 : 1;
}
