/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that are made side by side, when one of them fails: the others end too, and its error is
 * the one that is told. */

#include "promise.h"

#include "work.h"

#include <unistd.h>

enum { FILES = 2, PATIENCE_MS = 5000 };

static pthread_t starter;
static atomic_bool begun, stopped;

/* On the thread that started the crew a file takes until it is told to stop, on another it fails.
 */
enum ton_code make_once(struct work *w, struct owed *o, struct ton_err *err) {
    (void)w, (void)o;
    const bool patient = pthread_equal(pthread_self(), starter);
    if (patient)
        atomic_store(&begun, true);
    for (int ms = 0; ms < PATIENCE_MS; ms++) {
        const enum ton_code code = patient ? ton_stop_check(err) : TON_OK;
        if (code) {
            atomic_store(&stopped, true);
            return code;
        }
        if (!patient && atomic_load(&begun))
            return ton_fail(err, TON_ENVIRONMENT, NULL, "as the test says");
        usleep(1000);
    }
    return TON_OK;
}

enum ton_code ceiling_make(struct work *w, struct owed *o, struct ton_err *err) {
    return make_once(w, o, err);
}

void make_forget(struct owed *o) {
    (void)o;
}

static void a_file_that_fails_ends_the_others_and_its_error_is_told(void **state) {
    (void)state;
    char folder[] = "/tmp/ton-crew-XXXXXX";
    assert_non_null(mkdtemp(folder));
    const struct ton_deliver_config config = {.threads = FILES};
    const struct ton_deliverable deliverable = {.name = "a"};
    struct ton_delivered delivered[FILES] = {{.path = "one"}, {.path = "two"}};
    struct owed owed[FILES];
    struct work w = {.config = &config, .arena = ton_arena_create(), .owed = owed, .n_owed = FILES};
    struct ton_err err = {.code = TON_OK};
    for (int i = 0; i < FILES; i++)
        owed[i] = (struct owed){.deliverable = &deliverable,
                                .folder = folder,
                                .path = ton_path_join(w.arena, folder, delivered[i].path),
                                .delivered = &delivered[i]};
    starter = pthread_self();
    assert_int_equal(crew_make(&w, &err), TON_ENVIRONMENT);
    assert_string_equal(err.text, "as the test says");
    assert_true(begun && stopped && !delivered[0].rebuilt && !delivered[1].rebuilt);
    assert_int_equal(ton_stop_check(NULL), TON_OK); /* the thread is its own again */
    assert_int_equal(rmdir(folder), 0);
    ton_arena_destroy(w.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_fails_ends_the_others_and_its_error_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
