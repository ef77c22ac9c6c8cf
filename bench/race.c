/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs commands in turns and concludes from their medians. */
#include "race.h"

#include "ton/arena.h"
#include "ton/path.h"
#include "ton/text.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ROUNDS = 15, LONGEST_S = 300, WORDS = 200, FAR = 2, LONGEST_SAID = 1 << 20 };

static const char last_words[] = "bench-stderr.txt", said[] = "bench-stdout.txt";

struct run {
    double values[3]; /* by enum measure */
};

/* What is known of a runner so far. */
struct result {
    struct run runs[MOST_ROUNDS];
    int n;
    struct ton_json *said;
    char made[WORDS];
    char left_out[WORDS + 80]; /* the reason; empty: it runs */
};

const char *race_key(enum measure measure) {
    static const char *const keys[] = {"cpu_s", "wall_s", "memory_mb"};
    return keys[measure];
}

static double seconds(const struct timeval *t) {
    return (double)t->tv_sec + (double)t->tv_usec * 1e-6;
}

static void lead(int stream, const char *path, int flags) {
    const int file = open(path, flags, 0644);
    if (file < 0 || dup2(file, stream) < 0)
        _exit(127);
}

/* For a child: becomes `sh -c command`, its output and errors in files. */
static void become(const char *command, const char *output, const char *words) {
    char limit[16];
    lead(0, "/dev/null", O_RDONLY);
    lead(1, output, O_WRONLY | O_CREAT | O_TRUNC);
    lead(2, words, O_WRONLY | O_CREAT | O_TRUNC);
    snprintf(limit, sizeof limit, "%d", LONGEST_S);
    /* In the foreground, so that Ctrl-C reaches the command. */
    execlp("timeout", "timeout", "--foreground", limit, "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* Gives the status of wait(). */
static int run_once(struct run *run, const char *command, const char *output, const char *words) {
    struct timespec before, after;
    struct rusage usage = {0};
    int status = -1;
    clock_gettime(CLOCK_MONOTONIC, &before);
    const pid_t child = fork();
    if (child == 0)
        become(command, output, words);
    while (child > 0 && wait4(child, &status, 0, &usage) < 0 && errno == EINTR)
        ;
    clock_gettime(CLOCK_MONOTONIC, &after);
    run->values[CPU_S] = seconds(&usage.ru_utime) + seconds(&usage.ru_stime);
    run->values[WALL_S] =
        (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) * 1e-9;
    run->values[MEMORY_MB] = (double)usage.ru_maxrss / 1024.0;
    return status;
}

/* The last line with something on it, less what is not text. */
static void read_last_line(char out[WORDS], const char *path) {
    char text[4096];
    FILE *f = fopen(path, "r");
    *out = '\0';
    if (!f)
        return;
    if (fseek(f, -(long)sizeof text + 1, SEEK_END))
        rewind(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    for (char *line = text; *line;) {
        const size_t n = strcspn(line, "\r\n");
        if (strspn(line, " \t") < n)
            snprintf(out, WORDS, "%.*s", (int)n, line);
        line += n + (line[n] != '\0');
    }
    for (char *c = out; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
}

static void leave_out(struct result *result, int status) {
    char words[WORDS];
    read_last_line(words, last_words);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 124)
        snprintf(result->left_out, sizeof result->left_out, "took longer than %d s", LONGEST_S);
    else if (WIFEXITED(status))
        snprintf(result->left_out, sizeof result->left_out, "failed, status %d%s%s",
                 WEXITSTATUS(status), *words ? ": " : "", words);
    else
        snprintf(result->left_out, sizeof result->left_out, "failed, signal %d",
                 WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static void check_needs(struct result *result, const struct runner *runner) {
    char command[512];
    struct run run;
    if (!runner->needs)
        return;
    snprintf(command, sizeof command, "command -v %s", runner->needs);
    if (run_once(&run, command, "/dev/null", "/dev/null") != 0)
        snprintf(result->left_out, sizeof result->left_out, "not installed");
}

static void listen(struct result *result) {
    struct ton_arena *arena = ton_arena_create();
    struct ton_err err;
    char *text = NULL;
    size_t size = 0;
    ton_json_free(result->said);
    result->said = NULL;
    if (ton_path_read(&text, &size, arena, said, LONGEST_SAID, &err) ||
        ton_json_parse(&result->said, text, size, said, &err))
        snprintf(result->left_out, sizeof result->left_out, "printed no JSON: %.200s", err.text);
    ton_arena_destroy(arena);
}

static void run_round(struct result *result, const struct runner *runner) {
    struct run *run = &result->runs[result->n];
    const char *output = runner->says ? said : "/dev/null";
    int status = 0;
    if (runner->before)
        status = run_once(run, runner->before, "/dev/null", last_words);
    if (status == 0)
        status = run_once(run, runner->command, output, last_words);
    if (status != 0) {
        leave_out(result, status);
        return;
    }
    result->n++;
    if (runner->says)
        listen(result);
}

/* What it made, which says nothing about how fast it was. */
static void look_after(struct result *result, const struct runner *runner) {
    struct run run;
    if (!runner->after || result->n == 0)
        return;
    if (run_once(&run, runner->after, said, last_words) == 0)
        read_last_line(result->made, said);
    else
        snprintf(result->made, sizeof result->made, "what could not be looked at");
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* NaN for what never ran. */
static double median(const struct result *result, enum measure measure) {
    double values[MOST_ROUNDS];
    if (result->n == 0)
        return NAN;
    for (int i = 0; i < result->n; i++)
        values[i] = result->runs[i].values[measure];
    qsort(values, (size_t)result->n, sizeof *values, by_size);
    const double high = values[result->n / 2], low = values[(result->n - 1) / 2];
    return 0.5 * (low + high);
}

static int count(const struct race *race) {
    int n = 0;
    while (n < MOST_RUNNERS && race->runners[n].name)
        n++;
    return n;
}

/* -1 when there is none. */
static int find(const struct race *race, const struct result *results, const char *name) {
    int found = -1;
    for (int i = 0; i < count(race); i++) {
        if (strcmp(name, FASTEST_PEER) != 0) {
            if (strcmp(name, race->runners[i].name) == 0)
                return i;
        } else if (race->runners[i].side == PEER && !*results[i].left_out) {
            if (found < 0 || median(&results[i], race->by) < median(&results[found], race->by))
                found = i;
        }
    }
    return found;
}

static double value_of(const struct race *race, const struct result *results, const char *name,
                       const struct target *t) {
    if (!name)
        return 1.0;
    const int i = find(race, results, name);
    if (i < 0 || *results[i].left_out)
        return NAN;
    return t->said ? ton_json_as_number(ton_json_get(results[i].said, t->said))
                   : median(&results[i], t->of);
}

const struct ton_json *race_named(const struct ton_json *list, const char *name) {
    for (size_t i = 0; i < ton_json_size(list); i++) {
        const struct ton_json *j = ton_json_at(list, i);
        if (ton_text_same(ton_json_as_string(ton_json_get(j, "name")), name))
            return j;
    }
    return NULL;
}

bool race_reached(const struct ton_json *target) {
    const double value = ton_json_as_number(ton_json_get(target, "value"));
    return value >= ton_json_as_number(ton_json_get(target, "at_least")) ||
           value <= ton_json_as_number(ton_json_get(target, "at_most"));
}

static struct ton_json *describe_target(const struct race *race, const struct result *results,
                                        const struct target *t) {
    struct ton_json *j = ton_json_object();
    const double value = value_of(race, results, t->over, t) / value_of(race, results, t->under, t);
    ton_json_set(j, "what", ton_json_string(t->what));
    if (!isfinite(value)) {
        ton_json_set(j, "left_out", ton_json_string("one of the two did not run"));
        return j;
    }
    ton_json_set(j, "value", ton_json_round(value, 4));
    ton_json_set(j, t->at_least ? "at_least" : "at_most", ton_json_number(t->bound));
    ton_json_set(j, "reached", ton_json_bool(race_reached(j)));
    return j;
}

static struct ton_json *describe_runner(const struct runner *runner, const struct result *result) {
    static const char *const sides[] = {"ours", "limit", "peer"};
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "name", ton_json_string(runner->name));
    ton_json_set(j, "side", ton_json_string(sides[runner->side]));
    if (*result->left_out)
        ton_json_set(j, "left_out", ton_json_string(result->left_out));
    else
        for (enum measure m = CPU_S; m <= MEMORY_MB; m++)
            ton_json_set(j, race_key(m), ton_json_round(median(result, m), 4));
    ton_json_set(j, "runs", ton_json_integer(result->n));
    if (result->said)
        ton_json_set(j, "said", ton_json_copy(result->said));
    if (*result->made)
        ton_json_set(j, "made", ton_json_string(result->made));
    return j;
}

static struct ton_json *describe(const struct race *race, const struct result *results) {
    struct ton_json *j = ton_json_object(), *runners = ton_json_array(),
                    *targets = ton_json_array();
    ton_json_set(j, "name", ton_json_string(race->name));
    ton_json_set(j, "text", ton_json_string(race->text));
    ton_json_set(j, "by", ton_json_string(race_key(race->by)));
    ton_json_set(j, "sound_s", ton_json_number(race->sound_s));
    ton_json_set(j, "rounds", ton_json_integer(race->rounds));
    for (int i = 0; i < count(race); i++)
        ton_json_add(runners, describe_runner(&race->runners[i], &results[i]));
    for (int i = 0; i < MOST_TARGETS && race->targets[i].what; i++)
        ton_json_add(targets, describe_target(race, results, &race->targets[i]));
    ton_json_set(j, "runners", runners);
    ton_json_set(j, "targets", targets);
    return j;
}

/* What a second run of it would say is not worth its time. */
static bool is_far_behind(const struct race *race, const struct result *results, int i) {
    const int fastest = find(race, results, FASTEST_PEER);
    return race->runners[i].side == PEER && results[i].n > 0 &&
           median(&results[i], race->by) > FAR * median(&results[fastest], race->by);
}

struct ton_json *race_run(const struct race *race) {
    const int n = count(race), rounds = race->rounds < MOST_ROUNDS ? race->rounds : MOST_ROUNDS;
    struct result *results = ton_alloc(sizeof *results * MOST_RUNNERS);
    if (!results)
        return NULL;
    fflush(NULL);
    for (int i = 0; i < n; i++)
        check_needs(&results[i], &race->runners[i]);
    for (int round = 1; round <= rounds; round++) {
        char number[16];
        snprintf(number, sizeof number, "%d", round);
        setenv("ROUND", number, 1);
        for (int i = 0; i < n; i++)
            if (!*results[i].left_out && !is_far_behind(race, results, i))
                run_round(&results[i], &race->runners[i]);
    }
    for (int i = 0; i < n; i++)
        look_after(&results[i], &race->runners[i]);
    struct ton_json *j = describe(race, results);
    unlink(last_words);
    unlink(said);
    for (int i = 0; i < n; i++)
        ton_json_free(results[i].said);
    ton_free(results);
    return j;
}
