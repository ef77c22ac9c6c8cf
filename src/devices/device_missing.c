/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All ports that are not there, in one sentence. */
#include "backends.h"

enum { MOST_NAMES = 6 };

void device_missing_add(struct device_missing *m, const struct ton_device_wish *wish) {
    if (m->n++ < MOST_NAMES)
        ton_text_printf(&m->text, "%s `%s` (`%s`)", m->n > 1 ? "," : "; nor is there",
                        wish->name ? wish->name : "", wish->connect);
}

void device_missing_tell(struct device_missing *m, struct ton_err *err) {
    if (m->n > MOST_NAMES)
        ton_text_printf(&m->text, " and %d more", m->n - MOST_NAMES);
    if (err && m->n && m->text.data && !m->text.failed) {
        const struct ton_err first = *err;
        ton_fail(err, first.code, first.where, "%s%s", first.text, m->text.data);
    }
    ton_text_free(&m->text);
}
