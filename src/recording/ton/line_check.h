/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LINE_CHECK_H
#define TON_LINE_CHECK_H

#include "ton/checks.h"
#include "ton/device.h"
#include "ton/inputs.h"
#include "ton/line.h"

/* The line check: every line of an input list, listened to while the stage is quiet and while each
 * is played. What it finds is told with its weight and with what to do. @thread main */

struct ton_check_remark {
    enum ton_checked weight; /* OK: told for the record */
    const char *kind;        /* "hum", "polarity", …: a word for machines that stays the same */
    const char *found;       /* a sentence without full stop, with figures */
    const char *remedy;      /* what to do; NULL */
    double lead;             /* of polarity: ton_line_pair's polarity_confidence; 0: of nothing */
};

struct ton_line_checked {
    const struct ton_input *input;
    enum ton_checked verdict;               /* the gravest of its remarks; open above ok */
    const struct ton_check_remark *remarks; /* the gravest first */
    int n_remarks;
    struct ton_line line; /* of all windows together */
    double gain_db;       /* to turn the preamplifier by; 0: it is right; NaN: unknown */
};

struct ton_line_check_config {
    const char *backend, *device, *server; /* as in ton_device_config */
    int rate, period_frames;
    const struct ton_input *inputs; /* until close */
    int n_inputs;
    double mains_hz; /* 0: 50 or 60, whichever is there */
};

struct ton_line_check;

/* Errors: as ton_device_open; a line without a port is TON_INPUT. Memory: 2 MB a line at 48 kHz. */
enum ton_code ton_line_check_open(struct ton_line_check **out,
                                  const struct ton_line_check_config *config, struct ton_err *err);

/* Listens for up to `seconds`, and measures the window of TON_LINE_CHECK_SECONDS that became whole
 * meanwhile; `*measured` says whether one did. Errors as ton_probe_wait, and TON_MEMORY. */
enum { TON_LINE_CHECK_SECONDS = 5 };
enum ton_code ton_line_check_listen(struct ton_line_check *check, double seconds, bool *measured,
                                    struct ton_err *err);

/* Seconds that were heard since the last window that was measured. */
double ton_line_check_pending(const struct ton_line_check *check);

/* The largest sample of each line since the last call. */
void ton_line_check_peaks(struct ton_line_check *check, float *peaks);

struct ton_line_check_result {
    const struct ton_line_checked *lines; /* n_inputs of the config, valid until the next call */
    int n, n_windows;
    struct ton_device_status device;
    const char *const *remarks; /* about all of it: what the device lost, or that nothing comes from
                                   it; that no two lines were held against each other; what was
                                   heard and does not count */
    int n_remarks;
};
/* Before the first window all figures are NaN and all verdicts open. */
enum ton_code ton_line_check_result(struct ton_line_check *check, struct ton_line_check_result *out,
                                    struct ton_err *err);

void ton_line_check_close(struct ton_line_check *check); /* NULL is fine */

#endif
