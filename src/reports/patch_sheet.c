/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The patch sheet: a table that is read at arm's length in bad light, by people who carry things.
 * Pages of 24 rows on either paper, in groups of eight as stage boxes have them. */
#include "ton/patch.h"

#include "config.h"
#include "ton/path.h"

#if TON_HAVE_PANGO
#include "pango.h"

enum { ROWS = 24, GROUP = 8, LONGEST = 240 };

/* In points of 1/72 inch. */
#define MARGIN 30.0
#define TOP 64.0    /* of the title, above the table */
#define HEAD 17.0   /* the names of the columns */
#define BOTTOM 20.0 /* the page's number, below the table */
#define PAD 4.0
#define BADGE 31.0

enum column { NUMBER, NAME, SOURCE, PORT, STAND, NOTE, GAIN, TICK, N_COLUMNS };
static const struct {
    const char *head;
    double width; /* 0: what is left */
} columns[N_COLUMNS] = {[NUMBER] = {"#", 22},  [NAME] = {"Input", 122}, [SOURCE] = {"Source", 122},
                        [PORT] = {"Port", 54}, [STAND] = {"Stand", 72}, [NOTE] = {"Note", 0},
                        [GAIN] = {"Gain", 44}, [TICK] = {"OK", 26}};

enum style { TITLE, SUBTITLE, STRONG, PLAIN, SMALL, FAINT, MARK, N_STYLES };
static const struct {
    double size;
    bool bold;
    int lines;
    double grey;
} styles[N_STYLES] = {
    [TITLE] = {21, true, 1, 0},    [SUBTITLE] = {12, false, 1, 0}, [STRONG] = {13.5, true, 1, 0},
    [PLAIN] = {11.5, false, 1, 0}, [SMALL] = {9.5, false, 2, 0},   [FAINT] = {9, false, 1, 0.3},
    [MARK] = {10, true, 1, 1}};

struct paper {
    cairo_t *cairo;
    PangoLayout *layout;
    PangoFontDescription *fonts[N_STYLES];
    double width, height, row;
    double x[N_COLUMNS + 1];
    bool no_memory;
};

static void grey(const struct paper *p, double level) {
    pango.cairo_set_source_rgb(p->cairo, level, level, level);
}

static void box(const struct paper *p, double x, double y, double w, double h, double level) {
    grey(p, level);
    pango.cairo_rectangle(p->cairo, x, y, w, h);
    pango.cairo_fill(p->cairo);
}

static void line(const struct paper *p, double x, double y, double to_x, double to_y,
                 double thickness) {
    grey(p, 0);
    pango.cairo_set_line_width(p->cairo, thickness);
    pango.cairo_move_to(p->cairo, x, y);
    pango.cairo_line_to(p->cairo, to_x, to_y);
    pango.cairo_stroke(p->cairo);
}

/* Whatever stands in the text, it is valid UTF-8 in one line and no longer than any cell. */
static void clean(struct ton_text *out, const char *text) {
    const size_t n = strlen(text);
    ton_text_add_utf8(out, text, n < LONGEST ? n : LONGEST);
    if (n > LONGEST)
        ton_text_add(out, "…");
    for (size_t i = 0; i < out->length; i++)
        if ((unsigned char)out->data[i] < ' ' || out->data[i] == 127)
            out->data[i] = ' ';
}

/* In the middle of a height `h`; a second line that finds no room there is left out. */
static void write_text(struct paper *p, enum style style, PangoAlignment align, double x, double y,
                       double w, double h, const char *text) {
    struct ton_text t = {0};
    int width = 0, height = 0;
    if (!text || !*text)
        return;
    clean(&t, text);
    p->no_memory |= t.failed;
    pango.pango_layout_set_font_description(p->layout, p->fonts[style]);
    pango.pango_layout_set_width(p->layout, (int)(w * PANGO_SCALE));
    pango.pango_layout_set_height(p->layout, -styles[style].lines);
    pango.pango_layout_set_alignment(p->layout, align);
    pango.pango_layout_set_text(p->layout, t.data ? t.data : "", -1);
    pango.pango_layout_get_size(p->layout, &width, &height);
    if (height > h * PANGO_SCALE) {
        pango.pango_layout_set_height(p->layout, -1);
        pango.pango_layout_get_size(p->layout, &width, &height);
    }
    grey(p, styles[style].grey);
    pango.cairo_move_to(p->cairo, x, y + (h - (double)height / PANGO_SCALE) / 2);
    pango.pango_cairo_show_layout(p->cairo, p->layout);
    ton_text_free(&t);
}

static void cell(struct paper *p, enum column column, enum style style, double y,
                 const char *text) {
    const double x = p->x[column] + PAD, w = p->x[column + 1] - p->x[column] - 2 * PAD;
    write_text(p, style, column == NUMBER ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT, x, y, w, p->row,
               text);
}

static bool is_phantom(const char *source) {
    return source && ton_text_ends(source, "+48V");
}

/* White on black: nobody may miss it, or plug a ribbon in there. */
static void write_source(struct paper *p, double y, const char *source) {
    char words[LONGEST];
    const bool phantom = is_phantom(source);
    const double left = p->x[SOURCE] + PAD, right = p->x[SOURCE + 1] - PAD;
    if (!source)
        return;
    snprintf(words, sizeof words, "%.*s", (int)(strlen(source) - (phantom ? strlen("+48V") : 0)),
             source);
    write_text(p, PLAIN, PANGO_ALIGN_LEFT, left, y, right - left - (phantom ? BADGE + PAD : 0),
               p->row, words);
    if (phantom) {
        box(p, right - BADGE, y + p->row / 2 - 7.5, BADGE, 15, 0);
        write_text(p, MARK, PANGO_ALIGN_CENTER, right - BADGE, y, BADGE, p->row, "+48V");
    }
}

static void draw_row(struct paper *p, double y, int number, const struct ton_patch_row *row) {
    char digits[16];
    const bool is_number = row->port && ton_text_is_number(row->port);
    snprintf(digits, sizeof digits, "%d", number);
    cell(p, NUMBER, PLAIN, y, digits);
    cell(p, NAME, STRONG, y, row->name);
    write_source(p, y, row->source);
    cell(p, PORT, is_number ? STRONG : SMALL, y, row->port);
    cell(p, STAND, SMALL, y, row->stand);
    cell(p, NOTE, SMALL, y, row->note);
    line(p, p->x[0], y + p->row, p->x[N_COLUMNS], y + p->row, number % GROUP ? 0.4 : 1.4);
}

static void draw_head(struct paper *p, const struct ton_patch_sheet *s) {
    char count[64];
    int phantoms = 0;
    const double left = p->x[0], w = p->x[N_COLUMNS] - left, date = 90, tally = 170, y = MARGIN;
    for (int i = 0; i < s->n; i++)
        phantoms += is_phantom(s->rows[i].source);
    snprintf(count, sizeof count, "%d input%s, %d with +48V", s->n, s->n == 1 ? "" : "s", phantoms);
    write_text(p, TITLE, PANGO_ALIGN_LEFT, left, y, w - date, 30, s->title);
    write_text(p, SUBTITLE, PANGO_ALIGN_LEFT, left, y + 31, w - tally, 18, s->artist);
    write_text(p, SUBTITLE, PANGO_ALIGN_RIGHT, left + w - date, y + 5, date, 24, s->date);
    write_text(p, SUBTITLE, PANGO_ALIGN_RIGHT, left + w - tally, y + 31, tally, 18, count);
    for (int i = 0; i < N_COLUMNS; i++)
        write_text(p, FAINT, i == NUMBER ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT, p->x[i] + PAD,
                   y + TOP, p->x[i + 1] - p->x[i] - 2 * PAD, HEAD, columns[i].head);
}

static void draw_page(struct paper *p, const struct ton_patch_sheet *s, int page, int pages) {
    char number[64];
    const int first = page * ROWS, n = s->n - first < ROWS ? s->n - first : ROWS;
    const double top = MARGIN + TOP + HEAD, bottom = top + n * p->row;
    draw_head(p, s);
    for (int i = 1; i < n; i += 2)
        box(p, p->x[0], top + i * p->row, p->x[GAIN] - p->x[0], p->row, 0.93);
    for (int i = 0; i < n; i++)
        draw_row(p, top + i * p->row, first + i + 1, &s->rows[first + i]);
    line(p, p->x[0], top, p->x[N_COLUMNS], top, 1.4);
    line(p, p->x[0], bottom, p->x[N_COLUMNS], bottom, 1.4);
    for (int i = GAIN; i <= N_COLUMNS; i++)
        line(p, p->x[i], top, p->x[i], bottom, 0.4);
    snprintf(number, sizeof number, "page %d of %d", page + 1, pages);
    write_text(p, FAINT, PANGO_ALIGN_RIGHT, p->x[0], p->height - MARGIN - 12,
               p->x[N_COLUMNS] - p->x[0], 12, number);
    pango.cairo_show_page(p->cairo);
}

static void measure(struct paper *p, bool letter) {
    p->width = letter ? 612 : 210 / 25.4 * 72;
    p->height = letter ? 792 : 297 / 25.4 * 72;
    p->row = (p->height - 2 * MARGIN - TOP - HEAD - BOTTOM) / ROWS;
    double left = p->width - 2 * MARGIN;
    for (int i = 0; i < N_COLUMNS; i++)
        left -= columns[i].width;
    p->x[0] = MARGIN;
    for (int i = 0; i < N_COLUMNS; i++)
        p->x[i + 1] = p->x[i] + (columns[i].width > 0 ? columns[i].width : left);
}

static void open_paper(struct paper *p, cairo_surface_t *surface) {
    p->cairo = pango.cairo_create(surface);
    p->layout = pango.pango_cairo_create_layout(p->cairo);
    pango.pango_layout_set_ellipsize(p->layout, PANGO_ELLIPSIZE_END);
    pango.pango_layout_set_wrap(p->layout, PANGO_WRAP_WORD_CHAR);
    pango.pango_layout_set_single_paragraph_mode(p->layout, true);
    /* `system:ca-pture_3` is another port. */
    PangoAttrList *attributes = pango.pango_attr_list_new();
    pango.pango_attr_list_insert(attributes, pango.pango_attr_insert_hyphens_new(false));
    pango.pango_layout_set_attributes(p->layout, attributes);
    pango.pango_attr_list_unref(attributes);
    for (int i = 0; i < N_STYLES; i++) {
        p->fonts[i] = pango.pango_font_description_from_string(
            styles[i].bold ? "Sans Bold Condensed" : "Sans Condensed");
        pango.pango_font_description_set_absolute_size(p->fonts[i], styles[i].size * PANGO_SCALE);
    }
}

static void close_paper(struct paper *p) {
    for (int i = 0; i < N_STYLES; i++)
        pango.pango_font_description_free(p->fonts[i]);
    pango.g_object_unref(p->layout);
    pango.cairo_destroy(p->cairo);
}

static cairo_status_t keep(void *user, const unsigned char *data, unsigned n) {
    struct ton_text *out = user;
    ton_text_add_n(out, (const char *)data, n);
    return out->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

/* cairo would write the moment of drawing. */
static void describe(cairo_surface_t *surface, const struct ton_patch_sheet *s) {
    struct ton_text title = {0}, artist = {0};
    clean(&title, s->title ? s->title : "Patch sheet");
    clean(&artist, s->artist ? s->artist : "");
    pango.cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                         "2000-01-01T00:00:00Z");
    if (title.data)
        pango.cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title.data);
    if (artist.data)
        pango.cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, artist.data);
    ton_text_free(&title);
    ton_text_free(&artist);
}

enum ton_code ton_patch_sheet_draw(struct ton_text *out, const struct ton_patch_sheet *sheet,
                                   struct ton_err *err) {
    struct paper p = {0};
    if (sheet->n < 1)
        return ton_fail(err, TON_INPUT, NULL,
                        "there are no inputs to print; `inputs` of production.yaml lists them");
    const enum ton_code code = pango_load(err);
    if (code)
        return code;
    measure(&p, sheet->letter);
    cairo_surface_t *surface =
        pango.cairo_pdf_surface_create_for_stream(keep, out, p.width, p.height);
    describe(surface, sheet);
    open_paper(&p, surface);
    const int pages = (sheet->n + ROWS - 1) / ROWS;
    for (int page = 0; page < pages; page++)
        draw_page(&p, sheet, page, pages);
    cairo_status_t status = pango.cairo_status(p.cairo);
    close_paper(&p);
    pango.cairo_surface_finish(surface);
    status = status ? status : pango.cairo_surface_status(surface);
    pango.cairo_surface_destroy(surface);
    if (out->failed || p.no_memory || status == CAIRO_STATUS_NO_MEMORY)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to draw the patch sheet");
    return status ? ton_fail(err, TON_ENVIRONMENT, NULL, "the patch sheet cannot be drawn: %s",
                             pango.cairo_status_to_string(status))
                  : TON_OK;
}

#else

enum ton_code ton_patch_sheet_draw(struct ton_text *out, const struct ton_patch_sheet *sheet,
                                   struct ton_err *err) {
    (void)out, (void)sheet;
    return ton_fail(err, TON_ENVIRONMENT, NULL,
                    "this program was built without Pango, which draws the patch sheet; install "
                    "libpango1.0-dev and build it again");
}

#endif

enum ton_code ton_patch_sheet_write(const char *path, const struct ton_patch_sheet *sheet,
                                    struct ton_err *err) {
    struct ton_text pdf = {0};
    enum ton_code code = ton_patch_sheet_draw(&pdf, sheet, err);
    if (!code)
        code = ton_path_write(path, pdf.data, pdf.length, err);
    ton_text_free(&pdf);
    return code;
}
