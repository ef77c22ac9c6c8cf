/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the workloads beside their peers and says what came out.
 *
 *     bench-run FOLDER RESULTS NAME...
 *     bench-run --list
 *
 * FOLDER is empty and takes up to 6 GB; RESULTS is a JSON file, of which the named workloads are
 * replaced. */
#include "report.h"
#include "sounds.h"
#include "workloads.h"

#include "ton/arena.h"
#include "ton/path.h"

#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST_RESULTS = 1 << 24 };

static void die(const char *where, const char *text) {
    fprintf(stderr, "bench: %s: %s\n", where, text);
    exit(1);
}

static bool is_wanted(const char *name, int n, char **names) {
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void list(void) {
    for (int i = 0; i < n_workloads; i++)
        printf("%s ", workloads[i].race.name);
    printf("\n");
    exit(0);
}

/* Leads commands to the programs beside this one, and away from what the user has set. */
static void set_environment(void) {
    char path[TON_PATH_MAX], value[TON_PATH_MAX + 16], *slash;
    const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n < 0)
        die("/proc/self/exe", strerror(errno));
    path[n] = '\0';
    if ((slash = strrchr(path, '/')))
        *slash = '\0';
    setenv("BENCH", path, 1);
    snprintf(value, sizeof value, "%s/../src/ton", path);
    setenv("TON", value, 1);
    if (!getcwd(path, sizeof path))
        die("getcwd", strerror(errno));
    setenv("HOME", path, 1);
    setenv("LC_ALL", "C.UTF-8", 1);
}

/* "Intel(R) Xeon(R) Processor, 2 cores" */
static struct ton_json *describe_machine(void) {
    char line[256], model[128] = "a machine", text[160];
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "model name : %127[^\n]", model) == 1)
            break;
    if (f)
        fclose(f);
    snprintf(text, sizeof text, "%s, %ld cores", model, sysconf(_SC_NPROCESSORS_ONLN));
    return ton_json_string(text);
}

static void add_date(struct ton_json *race, double load) {
    char date[32];
    const time_t now = time(NULL);
    struct tm utc;
    strftime(date, sizeof date, "%Y-%m-%d %H:%M", gmtime_r(&now, &utc));
    ton_json_set(race, "date", ton_json_string(date));
    ton_json_set(race, "commit", ton_json_string(getenv("BENCH_COMMIT")));
    ton_json_set(race, "load", ton_json_round(load, 1));
}

/* In the order of the declarations: this one, and what RESULTS has of others; of another machine
 * nothing. */
static struct ton_json *join(const struct ton_json *old, const struct ton_json *race,
                             const struct ton_json *machine) {
    struct ton_json *races = ton_json_array();
    const bool same = ton_text_same(ton_json_as_string(ton_json_get(old, "machine")),
                                    ton_json_as_string(machine));
    for (int i = 0; i < n_workloads; i++) {
        const char *name = workloads[i].race.name;
        const struct ton_json *kept = same ? race_named(ton_json_get(old, "races"), name) : NULL;
        if (ton_text_same(name, ton_json_as_string(ton_json_get(race, "name"))))
            kept = race;
        if (kept)
            ton_json_add(races, ton_json_copy(kept));
    }
    return races;
}

/* Gives all the results there are now. */
static struct ton_json *store(const char *path, const struct ton_json *race) {
    struct ton_arena *arena = ton_arena_create();
    struct ton_json *old = NULL, *all = ton_json_object(), *machine = describe_machine();
    struct ton_err err;
    char *text = NULL;
    size_t size = 0;
    if (!ton_path_read(&text, &size, arena, path, LONGEST_RESULTS, &err) &&
        ton_json_parse(&old, text, size, path, &err))
        die(err.where, err.text);
    ton_json_set(all, "races", join(old, race, machine));
    ton_json_set(all, "machine", machine);
    char *dump = ton_json_dump(all, true);
    if (!dump)
        die(path, "no memory");
    if (ton_path_write(path, dump, strlen(dump), &err))
        die(err.where, err.text);
    ton_free(dump);
    ton_json_free(old);
    ton_arena_destroy(arena);
    return all;
}

static void print(void (*report)(struct ton_text *, const struct ton_json *),
                  const struct ton_json *j) {
    struct ton_text text = {0};
    report(&text, j);
    fputs(text.data ? text.data : "", stdout);
    fflush(stdout);
    ton_text_free(&text);
}

static bool some_of_ours_failed(const struct ton_json *race) {
    const struct ton_json *runners = ton_json_get(race, "runners");
    for (size_t i = 0; i < ton_json_size(runners); i++) {
        const struct ton_json *r = ton_json_at(runners, i);
        if (ton_json_get(r, "left_out") &&
            ton_text_same(ton_json_as_string(ton_json_get(r, "side")), "ours"))
            return true;
    }
    return false;
}

static struct ton_json *run(const struct workload *w) {
    double load = 0.0;
    if (w->stage && !w->stage())
        die(w->race.name, strerror(errno));
    if (w->before && system(w->before) != 0)
        die(w->race.name, "cannot be prepared");
    getloadavg(&load, 1);
    struct ton_json *race = race_run(&w->race);
    if (!race)
        die(w->race.name, "no memory");
    add_date(race, load);
    print(report_race, race);
    return race;
}

int main(int argc, char **argv) {
    struct ton_arena *arena = ton_arena_create();
    struct ton_json *results = NULL;
    char here[TON_PATH_MAX];
    unsigned sounds = 0;
    bool failed = false;
    if (argc == 2 && strcmp(argv[1], "--list") == 0)
        list();
    if (argc < 3 || !getcwd(here, sizeof here))
        die("usage", "bench-run FOLDER RESULTS NAME...");
    const char *path = ton_path_join(arena, here, argv[2]);
    if (chdir(argv[1]) || (mkdir("audio", 0755) && errno != EEXIST))
        die(argv[1], strerror(errno));
    set_environment();
    for (int i = 0; i < n_workloads; i++)
        if (is_wanted(workloads[i].race.name, argc - 3, argv + 3))
            sounds |= workloads[i].sounds;
    printf("Making the sounds ...\n\n");
    if (!sounds_make(sounds))
        die("audio", strerror(errno));
    for (int i = 0; i < n_workloads; i++)
        if (is_wanted(workloads[i].race.name, argc - 3, argv + 3)) {
            struct ton_json *race = run(&workloads[i]);
            failed |= some_of_ours_failed(race);
            ton_json_free(results);
            results = store(path, race);
            ton_json_free(race);
        }
    print(report_targets, ton_json_get(results, "races"));
    ton_json_free(results);
    ton_arena_destroy(arena);
    return failed;
}
