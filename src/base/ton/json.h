/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_JSON_H
#define TON_JSON_H

#include "ton/err.h"

#include <stdint.h>

/* JSON values, thinly over jansson. Keys keep their order. A NULL value is carried through (out of
 * memory shows at the end: ton_json_dump gives NULL). `set` and `add` take over the value they are
 * given. @thread any, but one tree belongs to one thread at a time */
struct ton_json;

struct ton_json *ton_json_object(void);
struct ton_json *ton_json_array(void);
struct ton_json *ton_json_string(const char *s);                       /* NULL gives null */
struct ton_json *ton_json_strings(const char *const *texts, size_t n); /* a list of them */
struct ton_json *ton_json_number(double x); /* NaN and infinities give null */
struct ton_json *ton_json_round(double x,
                                int digits); /* rounded, so that output is short and stable */
double ton_json_kept(double x); /* with the 15 digits that are written: what is read back is that
                                   very number */
struct ton_json *ton_json_integer(int64_t i);
struct ton_json *ton_json_bool(bool b);
struct ton_json *ton_json_null(void);
void ton_json_set(struct ton_json *object, const char *key, struct ton_json *value);
void ton_json_add(struct ton_json *array, struct ton_json *value);
struct ton_json *ton_json_copy(const struct ton_json *j); /* deep */
void ton_json_free(struct ton_json *j);

char *ton_json_dump(const struct ton_json *j, bool pretty); /* ton_free it; NULL without memory */
enum ton_code ton_json_parse(struct ton_json **out, const char *text, size_t length,
                             const char *where, struct ton_err *err);

/* Borrowed; NULL when absent or of another type. */
const struct ton_json *ton_json_get(const struct ton_json *object, const char *key);
const struct ton_json *ton_json_at(const struct ton_json *array, size_t i);
size_t ton_json_size(const struct ton_json *array_or_object);
const char *ton_json_as_string(const struct ton_json *j);
int64_t ton_json_as_count(const struct ton_json *j); /* -1 when it is no whole number 0 … 2^53 */
double ton_json_as_number(const struct ton_json *j); /* NaN when it is none */

#endif
