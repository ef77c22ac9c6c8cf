// SPDX-License-Identifier: GPL-3.0-or-later
// What is added to a processor after a release leaves the ports of its plug-in where they were.
#include "promise.h"

#include "../../lv2/plugin.h"

static int latency(const struct ton_config *config, const float *params) {
    (void)config, (void)params;
    return 0;
}

#define NUMBER(name) .key = name, .label = name, .kind = TON_NUMBER, .max = 1, .help = name

static void what_is_added_later_comes_behind_what_was_there(void **unused) {
    (void)unused;
    static const struct ton_row inner[] = {{NUMBER("gain")}},
                                more[] = {{NUMBER("gain")}, {NUMBER("q"), .added = 1}};
    static const struct ton_row meters[] = {{NUMBER("reduction")}};
    static const struct ton_row before[] = {{NUMBER("threshold")},
                                            {.key = "bands",
                                             .label = "Bands",
                                             .kind = TON_GROUP,
                                             .rows = inner,
                                             .n_rows = 1,
                                             .n_max = 2},
                                            {NUMBER("mix")}};
    static const struct ton_row after[] = {{NUMBER("knee"), .added = 2},
                                           {NUMBER("threshold")},
                                           {.key = "bands",
                                            .label = "Bands",
                                            .kind = TON_GROUP,
                                            .rows = more,
                                            .n_rows = 2,
                                            .n_max = 2},
                                           {NUMBER("mix")}};
    const struct ton_processor old = {.id = "old",
                                      .name = "Old",
                                      .rows = before,
                                      .n_rows = 3,
                                      .latency = latency,
                                      .meters = meters,
                                      .n_meters = 1},
                               new = {.id = "old",
                                      .name = "Old",
                                      .rows = after,
                                      .n_rows = 4,
                                      .latency = latency,
                                      .meters = meters,
                                      .n_meters = 1};
    static struct plugin a, b;
    char x[PLUGIN_MOST_TEXT], y[PLUGIN_MOST_TEXT];
    assert_true(plugin_describe(&a, &old, 2) && plugin_describe(&b, &new, 2));
    for (int i = 0; i < a.n_ports; i++)
        assert_string_equal(plugin_symbol(x, &a, &a.ports[i]), plugin_symbol(y, &b, &b.ports[i]));
    static const char *const behind[] = {"band_1_q", "band_2_q", "knee"};
    assert_int_equal(b.n_ports, a.n_ports + 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(plugin_symbol(y, &b, &b.ports[a.n_ports + i]), behind[i]);
    // They set the floats that they are called after: knee, threshold, count, gain, q, gain, q,
    // mix.
    static const int floats[] = {4, 6, 0};
    for (int i = 0; i < 3; i++)
        assert_int_equal(b.ports[a.n_ports + i].index, floats[i]);
    figure("%d ports stay, %s comes last", a.n_ports, behind[2]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_later_comes_behind_what_was_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
