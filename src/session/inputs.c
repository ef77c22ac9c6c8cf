/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which inputs of the device a track is recorded from: numbers and names of ports, as written.
 * Which of them there are, only the device knows. */
#include "build.h"

enum { MOST_INPUTS = 1024 };

/* What a number of an input, or a slip of one, is made of; a port's name has something else. */
static const char numeric[] = "0123456789 ,.+-/&";

bool ton_port_is_number(const char *text) {
    return text[strspn(text, "0123456789")] == '\0';
}

bool ton_port_looks_numeric(const char *text) {
    return text[strspn(text, numeric)] == '\0';
}

static bool same_input(const char *a, const char *b) {
    if (ton_port_is_number(a) && ton_port_is_number(b))
        return strtol(a, NULL, 10) == strtol(b, NULL, 10);
    return strcmp(a, b) == 0;
}

/* `1, 2` and `1-2`, which are meant for a pair. */
static void refuse_number(struct ton_reader *r, const struct ton_node *value, int most) {
    unsigned left = 0, right = 0;
    int used = 0;
    const bool pair = sscanf(value->text, "%3u%*[ ,.+/&-]%3u%n", &left, &right, &used) == 2 &&
                      value->text[used] == '\0' && left > 0 && right > 0;
    if (pair && most == 1)
        ton_node_error(r->doc, value,
                       "`%s` is no input; each side has a line of its own, with input %u and "
                       "with %u",
                       value->text, left, right);
    else if (pair)
        ton_node_error(r->doc, value, "`%s` is no input; two are written `[%u, %u]`", value->text,
                       left, right);
    else
        ton_node_error(r->doc, value,
                       "`%s` is no input; inputs are counted from 1 to %d, or called by their "
                       "ports' names, such as `system:capture_3`",
                       value->text, MOST_INPUTS);
}

bool ton_port_read(struct ton_reader *r, const struct ton_row *row, const struct ton_node *value,
                   int most, const char **out) {
    if (!ton_text_read(r, row, value, out))
        return false;
    const char *text = *out;
    const bool number = ton_port_is_number(text);
    const long input = number ? strtol(text, NULL, 10) : 0;
    if (number ? input >= 1 && input <= MOST_INPUTS : !ton_port_looks_numeric(text))
        return true;
    refuse_number(r, value, most);
    return false;
}

void ton_read_input(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                    const struct ton_node *value, void *out) {
    (void)key;
    struct ton_strip *strip = out;
    const bool list = value->kind == TON_NODE_LIST;
    const int n = list ? value->n : 1;
    if (strip->is_bus) {
        ton_node_error(r->doc, value,
                       "a bus is not recorded; give the `input` to a track that goes `to: %s`",
                       strip->name);
        return;
    }
    if (n < 1 || n > 2) {
        ton_node_error(r->doc, value,
                       "a track is recorded from one input or from two, such as `3` or `[1, 2]`; "
                       "this list has %d",
                       n);
        return;
    }
    const char *inputs[2] = {NULL, NULL};
    bool good = true;
    for (int i = 0; i < n; i++)
        good = ton_port_read(r, &field->row, list ? value->items[i] : value, 2, &inputs[i]) && good;
    if (good && n == 2 && same_input(inputs[0], inputs[1])) {
        ton_node_error(r->doc, value, "both sides are `%s`; for a mono track write `input: %s`",
                       inputs[0], inputs[0]);
        return;
    }
    for (int i = 0; i < n && good; i++)
        strip->inputs[i] = inputs[i];
    strip->n_inputs = good ? n : 0;
    strip->input_where = ton_node_where(r->doc, value);
}

struct ton_json *ton_schema_port(void) {
    struct ton_json *number = ton_schema_of("integer", "An input of the device, counted from 1.");
    ton_json_set(number, "minimum", ton_json_integer(1));
    ton_json_set(number, "maximum", ton_json_integer(MOST_INPUTS));
    struct ton_json *const forms[] = {
        number, ton_schema_pattern("^" TON_PATTERN_FROM_1 "$|[^0-9 ,.+/&-]", NULL)};
    return ton_schema_any_of(forms, 2);
}

struct ton_json *ton_schema_input(const struct ton_field *field) {
    struct ton_json *pair = ton_schema_list(ton_schema_port());
    ton_json_set(pair, "minItems", ton_json_integer(1));
    ton_json_set(pair, "maxItems", ton_json_integer(2));
    ton_json_set(pair, "uniqueItems", ton_json_bool(true));
    struct ton_json *const forms[] = {ton_schema_port(), pair};
    struct ton_json *j = ton_schema_any_of(forms, 2);
    ton_json_set(j, "description", ton_json_string(field->row.help));
    return j;
}
