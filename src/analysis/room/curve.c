/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curves of microphones and targets from files of other programs, and means of responses. */
#include "ton/correction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double MOST_DB = 100.0, MEAN_HZ[2] = {200.0, 2000.0};

/* One number and what splits it from the next. Only digits, sign, point and exponent: no `nan`, no
 * hexadecimal. */
static bool read_number(double *out, const char **at) {
    char number[32];
    const size_t n = strspn(*at, "+-.0123456789eE");
    char *rest = number;
    if (n == 0 || n >= sizeof number)
        return false;
    memcpy(number, *at, n);
    number[n] = '\0';
    *out = strtod(number, &rest);
    *at += n + strspn(*at + n, " \t,;");
    return rest != number && *rest == '\0';
}

static int count_lines(const char *text) {
    int n = 1;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* Appends the line's point, if it has one. */
static enum ton_code read_line(struct ton_curve_point *points, int *n, const char *line, int number,
                               const char *name, struct ton_err *err) {
    struct ton_curve_point p;
    const char *at = line + strspn(line, " \t");
    if (!read_number(&p.hz, &at))
        return TON_OK;
    if (!read_number(&p.db, &at))
        return ton_fail(err, TON_INPUT, name,
                        "line %d has a frequency and no level; write `100 -1.5` for -1.5 dB at "
                        "100 Hz",
                        number);
    if (!(p.hz > 0.0 && p.hz <= 1e6 && fabs(p.db) <= MOST_DB))
        return ton_fail(err, TON_INPUT, name,
                        "line %d: %g Hz, %g dB; frequencies above 0 Hz and levels from -100 dB to "
                        "100 dB are possible",
                        number, p.hz, p.db);
    if (*n > 0 && p.hz <= points[*n - 1].hz)
        return ton_fail(err, TON_INPUT, name,
                        "line %d: %g Hz comes after %g Hz; frequencies must rise", number, p.hz,
                        points[*n - 1].hz);
    points[(*n)++] = p;
    return TON_OK;
}

enum ton_code ton_curve_parse(struct ton_curve_point **out, int *n, struct ton_arena *arena,
                              const char *text, const char *name, struct ton_err *err) {
    enum ton_code code = TON_OK;
    *out = TON_NEW_N(arena, struct ton_curve_point, count_lines(text));
    *n = 0;
    if (!*out)
        return ton_fail(err, TON_MEMORY, name, "no memory for a curve");
    for (int number = 1; !code && text; number++) {
        code = read_line(*out, n, text, number, name, err);
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    if (!code && *n == 0)
        code = ton_fail(err, TON_INPUT, name,
                        "there is no curve in it; write a line for each point, such as `100 -1.5` "
                        "for -1.5 dB at 100 Hz");
    return code;
}

static double mean_over(const struct ton_response *r, const struct ton_curve_point *target, int n,
                        double from_hz, double to_hz) {
    double sum = 0.0, count = 0.0;
    for (int i = 0; i < r->n; i++)
        if (r->hz[i] >= from_hz && r->hz[i] <= to_hz && isfinite(r->db[i])) {
            sum += r->db[i] - ton_curve_db(target, n, r->hz[i]);
            count++;
        }
    return count > 0.0 ? sum / count : (double)NAN;
}

double ton_response_level(const struct ton_response *r, const struct ton_curve_point *target,
                          int n_target) {
    const double middle = mean_over(r, target, n_target, MEAN_HZ[0], MEAN_HZ[1]);
    const double all = isnan(middle) ? mean_over(r, target, n_target, 0.0, INFINITY) : middle;
    return isnan(all) ? 0.0 : all;
}

enum ton_code ton_response_mean(struct ton_response *out, struct ton_arena *arena,
                                const struct ton_response *const *responses, int n,
                                struct ton_err *err) {
    out->n = responses[0]->n;
    out->hz = responses[0]->hz;
    out->db = TON_NEW_N(arena, double, out->n);
    if (!out->db)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for a mean of %d points", out->n);
    for (int r = 0; r < n; r++) {
        const double level = ton_response_level(responses[r], NULL, 0);
        for (int i = 0; i < out->n; i++)
            out->db[i] += pow(10.0, (responses[r]->db[i] - level) / 10.0) / n;
    }
    for (int i = 0; i < out->n; i++)
        out->db[i] = 10.0 * log10(out->db[i]) + ton_response_level(responses[0], NULL, 0);
    return TON_OK;
}
