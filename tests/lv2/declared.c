// SPDX-License-Identifier: GPL-3.0-or-later
// What hosts are told of a plug-in is what the processor declares: nothing more, less or else.
#include "host.h"

static LilvNode *uri(const char *text) {
    return lilv_new_uri(host_world, text);
}

#define LV2 "http://lv2plug.in/ns/lv2core#"
#define PPROPS "http://lv2plug.in/ns/ext/port-props#"
#define UNITS "http://lv2plug.in/ns/extensions/units#"
#define RDFS "http://www.w3.org/2000/01/rdf-schema#"

static bool has_property(const struct host *h, const LilvPort *port, const char *property) {
    LilvNode *node = uri(property);
    const bool has = lilv_port_has_property(h->plugin, port, node);
    lilv_node_free(node);
    return has;
}

// The first value of a port's predicate as text; "" without one.
static const char *port_says(char out[512], const struct host *h, const LilvPort *port,
                             const char *predicate) {
    LilvNode *node = uri(predicate), *value = lilv_port_get(h->plugin, port, node);
    snprintf(out, 512, "%s", value ? lilv_node_as_string(value) : "");
    lilv_node_free(node);
    lilv_node_free(value);
    return out;
}

static int plugin_says(const LilvPlugin *plugin, const char *predicate) {
    LilvNode *node = uri(predicate);
    LilvNodes *values = lilv_plugin_get_value(plugin, node);
    const int n = values ? lilv_node_as_int(lilv_nodes_get_first(values)) : -1;
    lilv_nodes_free(values);
    lilv_node_free(node);
    return n;
}

static void every_processor_is_there_mono_and_stereo_and_nothing_else(void **unused) {
    (void)unused;
    int n = 0;
    for_each_plugin(p, channels) {
        const LilvPlugin *plugin = host_find(p, channels);
        char class[256];
        snprintf(class, sizeof class, LV2 "%s", p->lv2_class);
        assert_non_null(plugin);
        assert_true(lilv_plugin_verify(plugin));
        const LilvPluginClass *of = lilv_plugin_get_class(plugin);
        if (strcmp(lilv_node_as_uri(lilv_plugin_class_get_uri(of)), class) != 0)
            fail_msg("%s is no %s to hosts", p->id, p->lv2_class);
        LilvNode *name = lilv_plugin_get_name(plugin);
        assert_non_null(strstr(lilv_node_as_string(name), p->name));
        lilv_node_free(name);
        LilvNode *hard = uri(LV2 "hardRTCapable");
        assert_true(lilv_plugin_has_feature(plugin, hard));
        lilv_node_free(hard);
        n++;
    }
    const int all = (int)lilv_plugins_size(lilv_world_get_all_plugins(host_world));
    figure("%d plug-ins of %d processors", all, ton_processor_count());
    assert_int_equal(all, n);
}

// New ports count the minor version up, a new sound the micro version; both are even: releases.
static void versions_follow_from_ports_and_sound(void **unused) {
    (void)unused;
    for_each_plugin(p, channels) {
        const LilvPlugin *plugin = host_find(p, channels);
        assert_int_equal(plugin_says(plugin, LV2 "minorVersion"),
                         2 * (int)lilv_plugin_get_num_ports(plugin));
        assert_int_equal(plugin_says(plugin, LV2 "microVersion"), 2 * p->version);
    }
}

static void no_two_ports_have_one_symbol(void **unused) {
    (void)unused;
    for_each_plugin(p, channels) {
        struct host *h = host_create(p, channels, 48000, false);
        for (int i = 0; i < h->n_ports; i++)
            if (host_port(h, h->symbols[i]) != i)
                fail_msg("%s: two ports are called %s", p->id, h->symbols[i]);
        host_destroy(h);
    }
}

static int count_points(const struct host *h, const LilvPort *port) {
    LilvScalePoints *points = lilv_port_get_scale_points(h->plugin, port);
    const int n = points ? (int)lilv_scale_points_size(points) : 0;
    lilv_scale_points_free(points);
    return n;
}

static int points_of(const struct ton_row *row) {
    int n = 0;
    while (row->kind == TON_CHOICE && row->choices[n])
        n++;
    return n + ((row->flags & TON_ROW_OFF_MIN) != 0) + ((row->flags & TON_ROW_INF_MAX) != 0);
}

static const char *unit_of(const struct ton_row *row) {
    static const struct {
        enum ton_unit unit;
        const char *name;
    } known[] = {
        {TON_UNIT_DB, UNITS "db"},         {TON_UNIT_HZ, UNITS "hz"},
        {TON_UNIT_MS, UNITS "ms"},         {TON_UNIT_S, UNITS "s"},
        {TON_UNIT_PERCENT, UNITS "pc"},    {TON_UNIT_BPM, UNITS "bpm"},
        {TON_UNIT_SAMPLES, UNITS "frame"}, {TON_UNIT_SEMITONES, UNITS "semitone12TET"},
        {TON_UNIT_CENTS, UNITS "cent"},    {TON_UNIT_DEGREES, UNITS "degree"},
    };
    for (int i = 0; i < TON_N(known); i++)
        if (known[i].unit == row->unit && row->kind != TON_CHOICE)
            return known[i].name;
    return NULL;
}

static void check_port(const struct host *h, const struct leaf *l, float def) {
    char symbol[128], text[512];
    const struct ton_row *row = l->row;
    const int i = host_port(h, host_symbol(symbol, l));
    if (i < 0)
        fail_msg("%s: `%s` is no port", h->processor->id, l->name);
    const LilvPort *port = lilv_plugin_get_port_by_index(h->plugin, (uint32_t)i);
    LilvNode *d, *least, *most;
    lilv_port_get_range(h->plugin, port, &d, &least, &most);
    const bool ranges = lilv_node_as_float(least) == leaf_min(l) &&
                        lilv_node_as_float(most) == leaf_max(l) &&
                        (l->is_count || def < row->min || lilv_node_as_float(d) == def);
    lilv_node_free(d);
    lilv_node_free(least);
    lilv_node_free(most);
    if (!ranges)
        fail_msg("%s: the range or default of `%s` is another", h->processor->id, l->name);
    if (l->is_count)
        return;
    if (strcmp(port_says(text, h, port, RDFS "comment"), row->help) != 0)
        fail_msg("%s: `%s` is explained as %s", h->processor->id, l->name, text);
    if (unit_of(row) && strcmp(port_says(text, h, port, UNITS "unit"), unit_of(row)) != 0)
        fail_msg("%s: the unit of `%s` is %s", h->processor->id, l->name, text);
    assert_int_equal(count_points(h, port), points_of(row));
    assert_int_equal(has_property(h, port, LV2 "toggled"), row->kind == TON_SWITCH);
    assert_int_equal(has_property(h, port, LV2 "enumeration"), row->kind == TON_CHOICE);
    assert_int_equal(has_property(h, port, LV2 "integer"),
                     row->kind == TON_CHOICE || row->kind == TON_COUNT);
    assert_int_equal(has_property(h, port, PPROPS "logarithmic"), row->scale == TON_LOGARITHMIC);
    assert_int_equal(has_property(h, port, PPROPS "expensive"), (row->flags & TON_ROW_FIXED) != 0);
}

static void every_parameter_is_a_port_as_its_row_says(void **unused) {
    (void)unused;
    static struct leaf leaves[MAX_PARAMS];
    float defaults[MAX_PARAMS];
    int n_ports = 0;
    for_each_plugin(p, channels) {
        struct host *h = host_create(p, channels, 48000, false);
        const int n = leaves_of(leaves, p);
        ton_rows_defaults(p->rows, p->n_rows, defaults);
        for (int i = 0; i < n; i++, n_ports++)
            check_port(h, &leaves[i], defaults[i]);
        host_destroy(h);
    }
    figure("%d ports are as their rows say", n_ports);
    assert_true(n_ports > 200);
}

static int designated(const struct host *h, const char *designation) {
    LilvNode *node = uri(designation);
    const LilvPort *port = lilv_plugin_get_port_by_designation(h->plugin, NULL, node);
    lilv_node_free(node);
    return port ? (int)lilv_port_get_index(h->plugin, port) : -1;
}

// The latest that any setting makes it, at the highest rate.
static void latencies_are_in_the_range_of_their_port(void **unused) {
    (void)unused;
    static struct leaf leaves[MAX_PARAMS];
    int latest = 0;
    for_each_plugin(p, channels) if (p->latency) {
        struct host *h = host_create(p, channels, 384000, false);
        const int port = host_port(h, "lv2_latency"), n = leaves_of(leaves, p);
        LilvNode *most;
        lilv_port_get_range(h->plugin, lilv_plugin_get_port_by_index(h->plugin, (uint32_t)port),
                            NULL, NULL, &most);
        const struct ton_config config = rig_config(384000, channels, 512);
        for (int i = -1; i < n; i++)
            for (int at = 0; at <= 4; at++) {
                float params[MAX_PARAMS];
                setting(params, p, i < 0 ? SETTING_RANDOM + at : SETTING_DEFAULT);
                if (i >= 0)
                    params[i] = leaf_value(&leaves[i], at / 4.0);
                const int late = p->latency(&config, params);
                if (late > (int)lilv_node_as_float(most))
                    fail_msg("%s: %d frames late, more than the port holds", p->id, late);
                latest = late > latest ? late : latest;
            }
        lilv_node_free(most);
        host_destroy(h);
    }
    figure("the latest is %d frames late at 384 kHz", latest);
    assert_true(latest > 192000);
}

static void hosts_find_latency_bypass_and_side_chain(void **unused) {
    (void)unused;
    int late = 0, keyed = 0;
    for_each_plugin(p, channels) {
        struct host *h = host_create(p, channels, 48000, false);
        assert_int_equal(lilv_plugin_has_latency(h->plugin), p->latency != NULL);
        assert_true(designated(h, LV2 "enabled") >= 0);
        if (p->latency) {
            assert_int_equal(designated(h, LV2 "latency"), host_port(h, "lv2_latency"));
            late++;
        }
        for (int i = 0; i < h->n_ports; i++)
            keyed += has_property(h, lilv_plugin_get_port_by_index(h->plugin, (uint32_t)i),
                                  LV2 "isSideChain");
        host_destroy(h);
    }
    figure("%d plug-ins report latency; %d ports are side-chains", late, keyed);
    assert_true(late >= 3 && keyed >= 6);
}

static void set_value(const char *symbol, void *user, const void *value, uint32_t size,
                      uint32_t type) {
    (void)size, (void)type;
    struct host *h = user;
    const float was = host_get(h, symbol);
    assert_true(memcmp(&was, value, sizeof was) == 0);
    h->n_asked++; // counts
}

static void every_plug_in_has_a_preset_of_its_defaults(void **unused) {
    (void)unused;
    for_each_plugin(p, channels) {
        struct host *h = host_create(p, channels, 48000, false);
        char name[300];
        snprintf(name, sizeof name, "urn:tonmeister:lv2:%s:%s#default", p->id,
                 channels == 1 ? "mono" : "stereo");
        LilvNode *preset = uri(name);
        assert_true(lilv_world_load_resource(host_world, preset) >= 0); // 0: loaded already
        LilvState *state = lilv_state_new_from_world(host_world, &h->mapper, preset);
        assert_non_null(state);
        lilv_state_emit_port_values(state, set_value, h);
        if (h->n_asked < p->n_params)
            fail_msg("%s: the preset sets %d of %d parameters", p->id, h->n_asked, p->n_params);
        h->n_asked = 0;
        lilv_state_free(state);
        lilv_node_free(preset);
        host_destroy(h);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_processor_is_there_mono_and_stereo_and_nothing_else),
        cmocka_unit_test(versions_follow_from_ports_and_sound),
        cmocka_unit_test(no_two_ports_have_one_symbol),
        cmocka_unit_test(every_parameter_is_a_port_as_its_row_says),
        cmocka_unit_test(latencies_are_in_the_range_of_their_port),
        cmocka_unit_test(hosts_find_latency_bypass_and_side_chain),
        cmocka_unit_test(every_plug_in_has_a_preset_of_its_defaults),
    };
    return cmocka_run_group_tests(tests, host_open, host_close);
}
