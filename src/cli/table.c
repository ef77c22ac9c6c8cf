/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables: aligned columns, and on a terminal that is too narrow for them, in this order: prose is
 * wrapped in its column; the first column or two stand on a line of their own above their row;
 * every row is a paragraph. Where the output is no terminal nothing is ever wrapped. */
#include "print.h"

#include "ton/text.h"

enum { GAP = 2, LEAST_PROSE = 20, MOST_ABOVE = 2 };

struct layout {
    const struct ton_table *table;
    int n_columns;
    int *widths;
    int screen;  /* 0: as wide as it comes */
    int above;   /* so many columns stand above their row */
    bool failed; /* no memory */
};

void ton_table_add(struct ton_table *table, const char *cell) {
    struct ton_text shown = {0};
    ton_text_add_shown(&shown, cell);
    const char **slot = TON_PUSH(table->arena, table->cells, table->n, table->capacity);
    if (slot)
        *slot = ton_arena_text(table->arena, shown.data ? shown.data : "");
    ton_text_free(&shown);
}

static int columns_of(const char *s) {
    return ton_columns_of(s, strlen(s));
}

static const char *cell_at(const struct layout *l, size_t row, int column) {
    return l->table->cells[row * (size_t)l->n_columns + (size_t)column];
}

static int total(const struct layout *l) {
    int sum = l->above ? 0 : -GAP; /* a row below its heading is indented */
    for (int i = l->above; i < l->n_columns; i++)
        sum += l->widths[i] + GAP;
    return sum;
}

static void measure(struct layout *l) {
    for (int i = 0; i < l->n_columns; i++)
        l->widths[i] = 0;
    for (size_t i = 0; i < l->table->n; i++) {
        int *width = &l->widths[i % (size_t)l->n_columns];
        const int columns = columns_of(l->table->cells[i]);
        *width = columns > *width ? columns : *width;
    }
}

/* Makes prose narrower, the widest first, until all fits. */
static bool squeeze(struct layout *l) {
    measure(l);
    while (total(l) > l->screen) {
        int column = -1;
        for (int i = l->above; i < l->n_columns; i++)
            if (l->table->columns[i] == 'p' && (column < 0 || l->widths[i] > l->widths[column]))
                column = i;
        if (column < 0 || l->widths[column] <= LEAST_PROSE)
            return false;
        l->widths[column]--;
    }
    return true;
}

static bool fit(struct layout *l) {
    measure(l);
    if (l->screen == 0)
        return true;
    while (!squeeze(l))
        if (l->above == MOST_ABOVE || l->table->columns[l->above++] != 'l')
            return false;
    return true;
}

/* Lines of a cell in the width of its column. */
static void wrapped(struct ton_text *out, const struct layout *l, const char *cell, int column) {
    if (columns_of(cell) <= l->widths[column])
        ton_text_printf(out, "%s\n", cell);
    else
        ton_wrap(out, cell, 0, 0, l->widths[column]);
}

/* The k-th line of a wrapped cell. */
static size_t line_of(const char **line, const char *lines, int k) {
    for (; k > 0 && *lines; k--) {
        lines += strcspn(lines, "\n");
        lines += *lines == '\n';
    }
    *line = lines;
    return strcspn(lines, "\n");
}

static void add_piece(struct ton_text *line, const struct layout *l, const char *piece, size_t n,
                      int column) {
    const int space = l->widths[column] - ton_columns_of(piece, n);
    const bool right = l->table->columns[column] == 'r';
    ton_text_printf(line, "%*s", right && space > 0 ? space : 0, "");
    ton_text_add_n(line, piece, n);
    ton_text_printf(line, "%*s", (right || space < 0 ? 0 : space) + GAP, "");
}

static void print_trimmed(struct layout *l, struct ton_text *line) {
    size_t n = line->length;
    while (n > 0 && line->data[n - 1] == ' ')
        n--;
    printf("%.*s\n", (int)n, line->data ? line->data : "");
    l->failed |= line->failed;
    ton_text_free(line);
}

static void print_row(struct layout *l, size_t row, struct ton_text *cells) {
    bool more = true;
    for (int i = 0; i < l->above; i++)
        printf("%s%*s", cell_at(l, row, i), i + 1 < l->above ? GAP : 0, "");
    if (l->above)
        putchar('\n');
    for (int i = l->above; i < l->n_columns; i++) {
        cells[i].length = 0;
        wrapped(&cells[i], l, cell_at(l, row, i), i);
    }
    for (int k = 0; more; k++) {
        struct ton_text line = {0};
        more = false;
        ton_text_printf(&line, "%*s", l->above ? GAP : 0, "");
        for (int i = l->above; i < l->n_columns; i++) {
            const char *piece, *next;
            const size_t n = line_of(&piece, cells[i].data ? cells[i].data : "", k);
            add_piece(&line, l, piece, n, i);
            more |= line_of(&next, piece, 1) > 0;
        }
        print_trimmed(l, &line);
    }
}

/* A row as a paragraph: its first cell, then the others behind their titles. */
static void print_paragraph(struct layout *l, size_t row) {
    struct ton_text out = {0};
    int at = 0;
    ton_wrap(&out, cell_at(l, row, 0), GAP, 0, l->screen);
    for (int i = 1; i < l->n_columns; i++) {
        struct ton_text item = {0};
        const bool titled = l->table->titled && *cell_at(l, 0, i);
        ton_text_printf(&item, "%s%s%s", titled ? cell_at(l, 0, i) : "", titled ? " " : "",
                        cell_at(l, row, i));
        const int columns = item.data ? columns_of(item.data) : 0;
        if (at > 0 && at + GAP + columns <= l->screen) {
            ton_text_printf(&out, "%*s%s", GAP, "", item.data);
            at += GAP + columns;
        } else if (columns > 0) {
            ton_text_printf(&out, "%s%*s", at ? "\n" : "", GAP, "");
            at = GAP + columns;
            ton_wrap(&out, item.data, GAP, GAP, l->screen);
            out.length -= out.length > 0; /* the line may go on */
        }
        l->failed |= item.failed;
        ton_text_free(&item);
    }
    print_trimmed(l, &out);
}

enum ton_code ton_table_print(const struct ton_table *table, struct ton_err *err) {
    const size_t n_columns = strlen(table->columns);
    struct layout l = {.table = table,
                       .n_columns = (int)n_columns,
                       .widths = TON_NEW_N(table->arena, int, n_columns),
                       .screen = ton_screen_width(stdout)};
    struct ton_text *cells = TON_NEW_N(table->arena, struct ton_text, n_columns);
    if (ton_arena_failed(table->arena))
        return ton_fail(err, TON_MEMORY, NULL, "there is not enough memory");
    ton_progress_clear();
    const bool fits = fit(&l);
    for (size_t row = fits ? 0 : table->titled; row < table->n / n_columns; row++) {
        if (fits)
            print_row(&l, row, cells);
        else
            print_paragraph(&l, row);
    }
    for (size_t i = 0; i < n_columns; i++) {
        l.failed |= cells[i].failed;
        ton_text_free(&cells[i]);
    }
    return l.failed ? ton_fail(err, TON_MEMORY, NULL, "there is not enough memory") : TON_OK;
}
