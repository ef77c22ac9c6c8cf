/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the computer is set up for work in time, as the kernel's files tell it. */
#include "ton/machine.h"

#include "ton/path.h"
#include "ton/text.h"
#include "ton/thread.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 16384 }; /* bytes of one of these files */

/* linux/capability.h: what a process may though the limits say otherwise. */
enum { CAP_LOCK_MEMORY = 14, CAP_NICE = 23 };

TON_PRINTF(3, 4) static bool name_file(char *path, const char *root, const char *format, ...) {
    const int n = snprintf(path, TON_PATH_MAX, "%s", root);
    va_list args;
    va_start(args, format);
    const int more = n < 0 || n >= TON_PATH_MAX
                         ? -1
                         : vsnprintf(path + n, TON_PATH_MAX - (size_t)n, format, args);
    va_end(args);
    return more >= 0 && n + more < TON_PATH_MAX;
}

/* The file's first bytes without the last line end; "" where there is none. */
static const char *read_file(char *text, const char *path) {
    FILE *file = fopen(path, "re");
    size_t n = file ? fread(text, 1, MOST - 1, file) : 0;
    if (file)
        fclose(file);
    if (n > 0 && text[n - 1] == '\n')
        n--;
    text[n] = '\0';
    return text;
}

static const char *read_below(char *text, const char *root, const char *name) {
    char path[TON_PATH_MAX];
    text[0] = '\0';
    return name_file(path, root, "%s", name) ? read_file(text, path) : text;
}

/* What stands behind a line's first words; NULL: there is no such line. */
static const char *value_of(const char *text, const char *words) {
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (ton_text_starts(line, words))
            return line + strlen(words) + strspn(line + strlen(words), " \t:");
    }
    return NULL;
}

static void find_governors(struct ton_machine_setup *m, const char *root) {
    char path[TON_PATH_MAX], text[MOST];
    for (;; m->n_cores++) {
        if (!name_file(path, root, "/sys/devices/system/cpu/cpu%d", m->n_cores) ||
            access(path, F_OK) != 0)
            break;
        if (!name_file(path, root, "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor",
                       m->n_cores) ||
            !*read_file(text, path))
            continue;
        const bool slow = !ton_text_same(text, "performance");
        if (m->n_governed == 0 || (slow && m->n_slow == 0))
            snprintf(m->governor, sizeof m->governor, "%.31s", text);
        m->n_governed++;
        m->n_slow += slow;
    }
}

/* Limits first; capabilities go beyond them. */
static void find_rights(struct ton_machine_setup *m, const char *root) {
    enum { MOST_PRIORITY = 99 };
    char text[MOST];
    read_below(text, root, "/proc/self/limits");
    const char *priority = value_of(text, "Max realtime priority");
    const char *locked = value_of(text, "Max locked memory");
    if (priority)
        m->realtime_priority =
            ton_text_starts(priority, "unlimited") ? MOST_PRIORITY : strtol(priority, NULL, 10);
    m->locked_bytes =
        !locked || ton_text_starts(locked, "unlimited") ? -1 : strtoll(locked, NULL, 10);
    read_below(text, root, "/proc/self/status");
    const char *effective = value_of(text, "CapEff");
    const unsigned long long rights = effective ? strtoull(effective, NULL, 16) : 0;
    if (rights >> CAP_NICE & 1)
        m->realtime_priority = MOST_PRIORITY;
    if (rights >> CAP_LOCK_MEMORY & 1)
        m->locked_bytes = -1;
}

/* `@audio - rtprio 95` (limits.conf(5)). Of several the first by name, however a folder is read:
 * `audio` is older than `pipewire`. */
static void find_group(struct ton_machine_setup *m, const char *text) {
    char who[64], type[16], item[16];
    long priority;
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (sscanf(line, "%63s %15s %15s %ld", who, type, item, &priority) == 4 && who[0] == '@' &&
            ton_text_same(item, "rtprio") && priority > 0 &&
            (!*m->realtime_group || strcmp(who + 1, m->realtime_group) < 0))
            snprintf(m->realtime_group, sizeof m->realtime_group, "%.31s", who + 1);
    }
}

static void find_groups(struct ton_machine_setup *m, const char *root) {
    char path[TON_PATH_MAX], text[MOST];
    find_group(m, read_below(text, root, "/etc/security/limits.conf"));
    DIR *folder = name_file(path, root, "/etc/security/limits.d") ? opendir(path) : NULL;
    for (const struct dirent *entry; folder && (entry = readdir(folder));)
        if (ton_text_ends(entry->d_name, ".conf") &&
            name_file(path, root, "/etc/security/limits.d/%s", entry->d_name))
            find_group(m, read_file(text, path));
    if (folder)
        closedir(folder);
}

static void find_memory(struct ton_machine_setup *m, const char *root) {
    char text[MOST];
    read_below(text, root, "/proc/sys/vm/swappiness");
    m->swappiness = *text ? (int)strtol(text, NULL, 10) : -1;
    read_below(text, root, "/proc/meminfo");
    const char *swap = value_of(text, "SwapTotal");
    m->swap_bytes = swap ? 1024 * strtoll(swap, NULL, 10) : 0;
}

/* A mouse has a battery too (its scope is `Device`), which is not what the computer runs on. */
static void find_battery(struct ton_machine_setup *m, const char *root, const char *supply) {
    char path[TON_PATH_MAX], type[MOST], scope[MOST], status[MOST];
    type[0] = scope[0] = status[0] = '\0';
    if (name_file(path, root, "/sys/class/power_supply/%s/type", supply))
        read_file(type, path);
    if (name_file(path, root, "/sys/class/power_supply/%s/scope", supply))
        read_file(scope, path);
    if (name_file(path, root, "/sys/class/power_supply/%s/status", supply))
        read_file(status, path);
    if (!ton_text_same(type, "Battery") || ton_text_same(scope, "Device"))
        return;
    m->has_battery = true;
    m->on_battery = m->on_battery || ton_text_same(status, "Discharging");
}

static void find_power(struct ton_machine_setup *m, const char *root) {
    char path[TON_PATH_MAX];
    DIR *folder = name_file(path, root, "/sys/class/power_supply") ? opendir(path) : NULL;
    for (const struct dirent *entry; folder && (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            find_battery(m, root, entry->d_name);
    if (folder)
        closedir(folder);
}

/* The kernel's version names how it was built; its command line may turn that. */
static void find_kernel(struct ton_machine_setup *m, const char *root) {
    char version[MOST], given[MOST];
    read_below(version, root, "/proc/version");
    read_below(given, root, "/proc/cmdline");
    m->threaded_interrupts = strstr(given, "threadirqs") != NULL;
    m->preemption = !*version                              ? TON_PREEMPTION_UNKNOWN
                    : strstr(version, "PREEMPT_RT")        ? TON_PREEMPTION_RT
                    : strstr(given, "preempt=full")        ? TON_PREEMPTION_FULL
                    : strstr(given, "preempt=none")        ? TON_PREEMPTION_NONE
                    : strstr(version, "PREEMPT_DYNAMIC")   ? TON_PREEMPTION_DYNAMIC
                    : strstr(version, "PREEMPT_VOLUNTARY") ? TON_PREEMPTION_NONE
                    : strstr(version, "PREEMPT")           ? TON_PREEMPTION_FULL
                                                           : TON_PREEMPTION_NONE;
}

void ton_machine_setup(struct ton_machine_setup *out, const char *root) {
    *out = (struct ton_machine_setup){.locked_bytes = -1};
    find_governors(out, root);
    find_rights(out, root);
    find_groups(out, root);
    find_memory(out, root);
    find_power(out, root);
    find_kernel(out, root);
}

static void *ask(void *user) {
    const struct sched_param wish = {.sched_priority = 10};
    *(bool *)user = pthread_setschedparam(pthread_self(), SCHED_FIFO, &wish) == 0;
    return NULL;
}

bool ton_machine_is_realtime(void) {
    bool granted = false;
    struct ton_thread thread = {0};
    struct ton_err err = {0};
    if (ton_thread_start(&thread, ask, &granted, &err) == TON_OK)
        ton_thread_join(&thread);
    return granted;
}
