// SPDX-License-Identifier: GPL-3.0-or-later
// Contract: what a processor declares about itself is complete, consistent and readable.
#include "rig.h"

#include "ton/json.h"

#include <ctype.h>

static bool is_key(const char *key) {
    if (!key || !islower((unsigned char)key[0]))
        return false;
    for (const char *c = key; *c; c++)
        if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '_')
            return false;
    return true;
}

static bool is_sentence(const char *text) {
    const size_t n = text ? strlen(text) : 0;
    return n > 10 && (isupper((unsigned char)text[0]) || isdigit((unsigned char)text[0])) &&
           text[n - 1] == '.';
}

static int count_choices(const struct ton_row *row) {
    int n = 0;
    while (row->choices && row->choices[n])
        n++;
    return n;
}

// What is wrong with a row, or NULL.
static const char *row_fault(const struct ton_row *r) {
    if (!is_key(r->key))
        return "its key is not lower case words joined by _";
    if (strlen(r->key) >= TON_LONGEST_KEY)
        return "its key is longer than those who read and print it think";
    if (!r->label || !isupper((unsigned char)r->label[0]))
        return "it has no label that starts with a capital";
    if (!is_sentence(r->help))
        return "its help is not a sentence";
    if (r->jumps && (!is_sentence(r->jumps) || r->flags & TON_ROW_FIXED))
        return "why its moves are heard is not a sentence, or it does not move";
    if (r->kind == TON_GROUP)
        return r->rows && r->n_rows > 0 && r->n_max > 0 ? NULL : "the group is empty";
    if (r->kind == TON_STRIP || r->kind == TON_TEXT || r->kind == TON_PATH)
        return NULL;
    if (!(r->min < r->max))
        return "its minimum is not below its maximum";
    const bool note = r->kind == TON_TIME_NOTE && r->def < 0;
    if (!note && !(r->def >= r->min && r->def <= r->max))
        return "its default is out of its range";
    if (r->scale == TON_LOGARITHMIC && !(r->min > 0.0F))
        return "a logarithmic scale needs a minimum above 0";
    if (r->kind == TON_SWITCH && (r->min != 0.0F || r->max != 1.0F))
        return "a switch goes from 0 to 1";
    if (r->kind == TON_CHOICE && (r->min != 0.0F || (int)r->max != count_choices(r) - 1))
        return "its range is not that of its choices";
    if (r->kind != TON_CHOICE && r->choices)
        return "it has choices but is none";
    if (r->digits < 0 || r->digits > 6)
        return "it shows a strange number of digits";
    return NULL;
}

// `inside`: of a group.
static void check_rows(const char *id, const struct ton_row *rows, int n, bool inside) {
    if (n > TON_MOST_ROWS)
        fail_msg("%s: a table of %d rows; readers hold %d", id, n, TON_MOST_ROWS);
    for (int i = 0; i < n; i++) {
        const char *fault = row_fault(&rows[i]);
        if (!fault && inside && rows[i].kind == TON_TIME_NOTE)
            fault = "note values in a group would not follow the tempo (engine/strips.c)";
        if (fault)
            fail_msg("%s: row %s: %s", id, rows[i].key ? rows[i].key : "?", fault);
        for (int k = 0; k < i; k++)
            if (strcmp(rows[i].key, rows[k].key) == 0)
                fail_msg("%s: two rows are called %s", id, rows[i].key);
        if (rows[i].kind == TON_GROUP)
            check_rows(id, rows[i].rows, rows[i].n_rows, true);
    }
}

static void every_row_has_label_help_range_and_a_key_of_its_own(void **unused) {
    (void)unused;
    int n = 0;
    for_each_processor(p) {
        check_rows(p->id, p->rows, p->n_rows, false);
        n += p->n_params;
    }
    figure("%d processors declare %d parameters", ton_processor_count(), n);
}

static void the_rows_occupy_the_parameter_struct(void **unused) {
    (void)unused;
    for_each_processor(p) if (p->n_params != ton_rows_floats(p->rows, p->n_rows))
        fail_msg("%s has %d parameters, its rows %d", p->id, p->n_params,
                 ton_rows_floats(p->rows, p->n_rows));
}

static void every_processor_introduces_itself(void **unused) {
    (void)unused;
    for_each_processor(p) {
        if (!is_key(p->id) || !p->name || !isupper((unsigned char)p->name[0]))
            fail_msg("%s: id or name", p->id);
        if (!is_sentence(p->summary) || !is_sentence(p->text))
            fail_msg("%s: summary or text is not a sentence", p->id);
        if (!p->lv2_class || p->version < 1)
            fail_msg("%s: LV2 class or version", p->id);
        if (!p->state_size || !p->init || !p->reset || !p->update || !p->process)
            fail_msg("%s: a function that every processor has is missing", p->id);
    }
}

static void the_registry_is_alphabetical_and_found_by_words(void **unused) {
    (void)unused;
    for (int i = 0; i < ton_processor_count(); i++) {
        const struct ton_processor *p = ton_processor_at(i);
        if (i > 0 && strcmp(ton_processor_at(i - 1)->id, p->id) >= 0)
            fail_msg("%s is out of order", p->id);
        char words[64];
        ton_key_to_words(words, sizeof words, p->id);
        assert_ptr_equal(ton_processor_find(p->id, NULL), p);
        assert_ptr_equal(ton_processor_find(words, NULL), p);
    }
    assert_null(ton_processor_at(-1));
    assert_null(ton_processor_at(ton_processor_count()));
}

static void a_misspelt_processor_gets_the_nearest_name(void **unused) {
    (void)unused;
    const char *nearest = NULL;
    assert_null(ton_processor_find("compresor", &nearest));
    assert_non_null(nearest);
    assert_string_equal(nearest, "compressor");
    assert_null(ton_processor_find("zzzzzzzz", &nearest));
    assert_null(nearest);
    assert_null(ton_processor_find("", NULL));
}

static void check_round_trip(const char *id, const struct leaf *l, float value) {
    char text[64];
    float back = NAN;
    struct ton_err err = {0};
    ton_row_format(text, sizeof text, l->row, value);
    if (ton_row_parse(&back, l->row, text, &err) != TON_OK)
        fail_msg("%s: %s prints %g as \"%s\" and cannot read it: %s", id, l->name, (double)value,
                 text, err.text);
    const double step = pow(10.0, -l->row->digits);
    if (fabs((double)back - (double)value) > step + 1e-6 * fabs((double)value))
        fail_msg("%s: %s: %g printed as \"%s\" reads as %g", id, l->name, (double)value, text,
                 (double)back);
}

static void minimum_default_and_maximum_print_and_read_back(void **unused) {
    (void)unused;
    static struct leaf leaves[MAX_PARAMS];
    float defaults[MAX_PARAMS];
    for_each_processor(p) {
        const int n = leaves_of(leaves, p);
        ton_rows_defaults(p->rows, p->n_rows, defaults);
        for (int i = 0; i < n; i++) {
            if (leaves[i].is_count)
                continue;
            check_round_trip(p->id, &leaves[i], leaves[i].row->min);
            check_round_trip(p->id, &leaves[i], leaves[i].row->max);
            check_round_trip(p->id, &leaves[i], defaults[i]);
        }
    }
}

static void every_parameter_is_found_by_its_path(void **unused) {
    (void)unused;
    static struct leaf leaves[MAX_PARAMS];
    for_each_processor(p) {
        const int n = leaves_of(leaves, p);
        for (int i = 0; i < n; i++) {
            char words[96];
            int index = -1;
            if (leaves[i].is_count)
                continue;
            ton_key_to_words(words, sizeof words, leaves[i].name);
            const struct ton_row *row = ton_rows_find(p->rows, p->n_rows, words, &index, NULL);
            if (row != leaves[i].row || index != i)
                fail_msg("%s: \"%s\" is found at %d instead of %d", p->id, words, index, i);
        }
    }
}

static void every_processor_has_a_schema(void **unused) {
    (void)unused;
    for_each_processor(p) {
        struct ton_json *schema = ton_rows_schema(p->rows, p->n_rows);
        if (!schema || ton_json_size(ton_json_get(schema, "properties")) < (size_t)p->n_rows)
            fail_msg("%s: the schema lacks properties", p->id);
        ton_json_free(schema);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_label_help_range_and_a_key_of_its_own),
        cmocka_unit_test(the_rows_occupy_the_parameter_struct),
        cmocka_unit_test(every_processor_introduces_itself),
        cmocka_unit_test(the_registry_is_alphabetical_and_found_by_words),
        cmocka_unit_test(a_misspelt_processor_gets_the_nearest_name),
        cmocka_unit_test(minimum_default_and_maximum_print_and_read_back),
        cmocka_unit_test(every_parameter_is_found_by_its_path),
        cmocka_unit_test(every_processor_has_a_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
