/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The patch sheet: a table that is read at arm's length in bad light, by people who carry things.
 * Up to 24 rows a page on either paper, in groups of eight as stage boxes have them. A column is as
 * wide as what it holds; where all of them want more than there is, rows grow to some lines. */
#include "ton/patch.h"

#include "config.h"
#include "ton/path.h"

#include <string.h>

/* A comment behind the PDF's end, by which a sheet is known again: readers look for that end in the
 * last 1024 bytes (Adobe, PDF Reference 1.7, appendix H.3, on 3.4.4). What cairo writes of the
 * creator may be packed. */
static const char own_mark[] = "%Tonmeister patch sheet\n";

#if TON_HAVE_PANGO
#include "pango.h"

#include <math.h>

enum { ROWS = 24, GROUP = 8, LONGEST = 600, MOST_LINES = 40 };

/* In points of 1/72 inch. */
#define MARGIN 30.0
#define TOP 64.0    /* of the title, above the table */
#define HEAD 17.0   /* the names of the columns */
#define BOTTOM 20.0 /* the page's number, below the table */
#define PAD 4.0
#define AIR 2.0 /* above and below a row of several lines */
#define BADGE 31.0
#define SMALLER 0.75

enum column { NUMBER, NAME, SOURCE, PORT, STAND, NOTE, GAIN, TICK, N_COLUMNS };
static const struct {
    const char *head;
    double width; /* 0: as wide as its texts */
    double share; /* where they want more than there is; 0: all that they want */
} columns[N_COLUMNS] = {
    [NUMBER] = {"#", 22, 0},   [NAME] = {"Input", 0, 1.6},  [SOURCE] = {"Source", 0, 0},
    [PORT] = {"Port", 0, 1.5}, [STAND] = {"Stand", 0, 0.8}, [NOTE] = {"Note", 0, 1},
    [GAIN] = {"Gain", 44, 0},  [TICK] = {"OK", 26, 0}};

enum style { TITLE, SUBTITLE, STRONG, PLAIN, SMALL, FAINT, MARK, N_STYLES };
static const struct {
    double size;
    bool bold;
    int lines;
    double grey;
} styles[N_STYLES] = {
    [TITLE] = {21, true, 1, 0},    [SUBTITLE] = {12, false, 1, 0}, [STRONG] = {13.5, true, 2, 0},
    [PLAIN] = {11.5, false, 1, 0}, [SMALL] = {9.5, false, 3, 0},   [FAINT] = {9, false, 1, 0.3},
    [MARK] = {10, true, 1, 1}};

struct paper {
    cairo_t *cairo;
    PangoLayout *layout;
    PangoFontDescription *fonts[2][N_STYLES]; /* as they are, and for what would be cut */
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

/* A port's name has no spaces, but parts: a line may end after each. */
static void add_breaks(struct ton_text *out, const char *name) {
    static const char zero_width_space[] = "\xe2\x80\x8b";
    for (; *name; name++) {
        ton_text_add_n(out, name, 1);
        if (strchr(":_.", *name) && name[1])
            ton_text_add(out, zero_width_space);
    }
}

struct size {
    double w, h;
};

/* Into the paper's layout, `w` wide; negative: in one line, as wide as it is. What is too long is
 * smaller, then takes more lines in a cell; a title loses its end. */
static struct size lay_out(struct paper *p, enum style style, double w, bool name,
                           const char *text) {
    const bool in_cell = style == STRONG || style == PLAIN || style == SMALL;
    struct ton_text plain = {0}, broken = {0};
    int width = 0, height = 0;
    clean(&plain, text);
    if (name && plain.data)
        add_breaks(&broken, plain.data);
    p->no_memory |= plain.failed || broken.failed;
    const struct ton_text *const t = name ? &broken : &plain;
    pango.pango_layout_set_font_description(p->layout, p->fonts[0][style]);
    pango.pango_layout_set_width(p->layout, w < 0 ? -1 : (int)(w * PANGO_SCALE));
    pango.pango_layout_set_height(p->layout, -styles[style].lines);
    pango.pango_layout_set_ellipsize(p->layout,
                                     name ? PANGO_ELLIPSIZE_MIDDLE : PANGO_ELLIPSIZE_END);
    pango.pango_layout_set_text(p->layout, t->data ? t->data : "", -1);
    if (pango.pango_layout_is_ellipsized(p->layout))
        pango.pango_layout_set_font_description(p->layout, p->fonts[1][style]);
    if (in_cell && pango.pango_layout_is_ellipsized(p->layout))
        pango.pango_layout_set_height(p->layout, -MOST_LINES);
    pango.pango_layout_get_size(p->layout, &width, &height);
    ton_text_free(&plain);
    ton_text_free(&broken);
    return (struct size){(double)width / PANGO_SCALE, (double)height / PANGO_SCALE};
}

/* In the middle of a height `h`. */
static void show(struct paper *p, enum style style, PangoAlignment align, double x, double y,
                 double h, struct size size) {
    pango.pango_layout_set_alignment(p->layout, align);
    grey(p, styles[style].grey);
    pango.cairo_move_to(p->cairo, x, y + (h - size.h) / 2);
    pango.pango_cairo_show_layout(p->cairo, p->layout);
}

static void write_text(struct paper *p, enum style style, PangoAlignment align, double x, double y,
                       double w, double h, const char *text) {
    if (text && *text)
        show(p, style, align, x, y, h, lay_out(p, style, w, false, text));
}

static bool is_phantom(const char *source) {
    return source && ton_text_ends(source, "+48V");
}

/* What stands in a column of a row; it keeps `words`. */
struct cell {
    enum style style;
    bool name;
    double beside; /* taken by the badge */
    char words[LONGEST + 8];
};

static struct cell cell_of(const struct ton_patch_row *row, enum column column) {
    const char *const texts[N_COLUMNS] = {[NAME] = row->name,
                                          [SOURCE] = row->source,
                                          [PORT] = row->port,
                                          [STAND] = row->stand,
                                          [NOTE] = row->note};
    const char *const text = texts[column] ? texts[column] : "";
    const bool phantom = column == SOURCE && is_phantom(text);
    const bool number = column == PORT && ton_text_is_number(text);
    struct cell cell = {.style = column == NAME || number ? STRONG
                                 : column == SOURCE       ? PLAIN
                                                          : SMALL,
                        .name = column == NAME || column == PORT,
                        .beside = phantom ? BADGE + PAD : 0};
    snprintf(cell.words, sizeof cell.words, "%.*s%s",
             (int)(strlen(text) - (phantom ? strlen("+48V") : 0)), text,
             column == NAME && row->inverted ? " Ø" : "");
    return cell;
}

static double inside(const struct paper *p, enum column column) {
    return p->x[column + 1] - p->x[column] - 2 * PAD;
}

static double row_height(struct paper *p, const struct ton_patch_row *row) {
    double h = p->row;
    for (enum column c = NAME; c <= NOTE; c++) {
        const struct cell cell = cell_of(row, c);
        h = fmax(h,
                 2 * AIR +
                     lay_out(p, cell.style, inside(p, c) - cell.beside, cell.name, cell.words).h);
    }
    return h;
}

/* White on black: nobody may miss it, or plug a ribbon in there. */
static void draw_phantom(struct paper *p, double y, double h) {
    const double x = p->x[SOURCE + 1] - PAD - BADGE;
    box(p, x, y + h / 2 - 7.5, BADGE, 15, 0);
    write_text(p, MARK, PANGO_ALIGN_CENTER, x, y, BADGE, h, "+48V");
}

static void draw_row(struct paper *p, double y, double h, int number,
                     const struct ton_patch_row *row) {
    char digits[16];
    snprintf(digits, sizeof digits, "%d", number);
    if (number % 2 == 0)
        box(p, p->x[0], y, p->x[GAIN] - p->x[0], h, 0.93);
    write_text(p, PLAIN, PANGO_ALIGN_RIGHT, p->x[NUMBER] + PAD, y, inside(p, NUMBER), h, digits);
    for (enum column c = NAME; c <= NOTE; c++) {
        const struct cell cell = cell_of(row, c);
        const double w = inside(p, c) - cell.beside;
        show(p, cell.style, PANGO_ALIGN_LEFT, p->x[c] + PAD, y, h,
             lay_out(p, cell.style, w, cell.name, cell.words));
    }
    if (is_phantom(row->source))
        draw_phantom(p, y, h);
}

static void draw_head(struct paper *p, const struct ton_patch_sheet *s) {
    char count[96], turned[32] = "";
    int phantoms = 0, inverted = 0;
    const double left = p->x[0], w = p->x[N_COLUMNS] - left, date = 90, tally = 230, y = MARGIN;
    for (int i = 0; i < s->n; i++) {
        phantoms += is_phantom(s->rows[i].source);
        inverted += s->rows[i].inverted;
    }
    if (inverted)
        snprintf(turned, sizeof turned, ", %d inverted (Ø)", inverted);
    snprintf(count, sizeof count, "%d input%s, %d with +48V%s", s->n, s->n == 1 ? "" : "s",
             phantoms, turned);
    write_text(p, TITLE, PANGO_ALIGN_LEFT, left, y, w - date, 30, s->title);
    write_text(p, SUBTITLE, PANGO_ALIGN_LEFT, left, y + 31, w - tally, 18, s->artist);
    write_text(p, SUBTITLE, PANGO_ALIGN_RIGHT, left + w - date, y + 5, date, 24, s->date);
    write_text(p, SUBTITLE, PANGO_ALIGN_RIGHT, left + w - tally, y + 31, tally, 18, count);
    for (int i = 0; i < N_COLUMNS; i++)
        write_text(p, FAINT, i == NUMBER ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT, p->x[i] + PAD,
                   y + TOP, p->x[i + 1] - p->x[i] - 2 * PAD, HEAD, columns[i].head);
}

/* How many rows from `first` on a page holds. */
static int rows_of_page(struct paper *p, const struct ton_patch_sheet *s, int first) {
    double left = ROWS * p->row + 0.01; /* rounding */
    int n = 0;
    while (n < ROWS && first + n < s->n && (left -= row_height(p, &s->rows[first + n])) >= 0)
        n++;
    return n > 0 ? n : 1; /* one that is taller than the page */
}

static void draw_page(struct paper *p, const struct ton_patch_sheet *s, int first, int n) {
    const double top = MARGIN + TOP + HEAD, right = p->x[N_COLUMNS];
    double y = top;
    draw_head(p, s);
    for (int i = first; i < first + n; i++) {
        const double h = row_height(p, &s->rows[i]);
        draw_row(p, y, h, i + 1, &s->rows[i]);
        line(p, p->x[0], y, right, y, i % GROUP && i > first ? 0.4 : 1.4);
        y += h;
    }
    line(p, p->x[0], y, right, y, 1.4);
    for (int i = GAIN; i <= N_COLUMNS; i++)
        line(p, p->x[i], top, p->x[i], y, 0.4);
}

static void draw_pages(struct paper *p, const struct ton_patch_sheet *s) {
    char number[64];
    int pages = 0;
    for (int first = 0; first < s->n; first += rows_of_page(p, s, first))
        pages++;
    for (int first = 0, page = 1; page <= pages; page++) {
        const int n = rows_of_page(p, s, first);
        draw_page(p, s, first, n);
        snprintf(number, sizeof number, "page %d of %d", page, pages);
        write_text(p, FAINT, PANGO_ALIGN_RIGHT, p->x[0], p->height - MARGIN - 12,
                   p->x[N_COLUMNS] - p->x[0], 12, number);
        pango.cairo_show_page(p->cairo);
        first += n;
    }
}

static void measure(struct paper *p, bool letter) {
    p->width = letter ? 612 : 210 / 25.4 * 72;
    p->height = letter ? 792 : 297 / 25.4 * 72;
    p->row = (p->height - 2 * MARGIN - TOP - HEAD - BOTTOM) / ROWS;
}

static double widest(struct paper *p, const struct ton_patch_sheet *s, enum column column) {
    double w = lay_out(p, FAINT, -1, false, columns[column].head).w;
    for (int i = 0; i < s->n; i++) {
        const struct cell cell = cell_of(&s->rows[i], column);
        w = fmax(w, cell.beside + lay_out(p, cell.style, -1, cell.name, cell.words).w);
    }
    return ceil(w) + 1 + 2 * PAD;
}

/* The width of one share: columns that want less keep what they want, the others divide the rest.
 */
static double width_of_share(const double want[N_COLUMNS], double left) {
    double share = 0;
    for (int round = 0; round < N_COLUMNS; round++) {
        double rest = left, shares = 0;
        for (int i = 0; i < N_COLUMNS; i++)
            if (columns[i].share == 0 || want[i] <= share * columns[i].share)
                rest -= want[i];
            else
                shares += columns[i].share;
        share = shares > 0 ? rest / shares : share;
    }
    return share;
}

/* What nobody wants is room to write notes in. */
static void divide(struct paper *p, const struct ton_patch_sheet *s) {
    double want[N_COLUMNS], left = p->width - 2 * MARGIN;
    for (int i = 0; i < N_COLUMNS; i++)
        want[i] = columns[i].width > 0 ? columns[i].width : widest(p, s, (enum column)i);
    const double share = width_of_share(want, left);
    for (int i = 0; i < N_COLUMNS; i++) {
        want[i] = columns[i].share > 0 ? fmin(want[i], share * columns[i].share) : want[i];
        left -= want[i];
    }
    want[NOTE] += left;
    p->x[0] = MARGIN;
    for (int i = 0; i < N_COLUMNS; i++)
        p->x[i + 1] = p->x[i] + want[i];
}

static void open_paper(struct paper *p, cairo_surface_t *surface) {
    p->cairo = pango.cairo_create(surface);
    p->layout = pango.pango_cairo_create_layout(p->cairo);
    pango.pango_layout_set_wrap(p->layout, PANGO_WRAP_WORD_CHAR);
    pango.pango_layout_set_single_paragraph_mode(p->layout, true);
    /* `system:ca-pture_3` is another port. */
    PangoAttrList *attributes = pango.pango_attr_list_new();
    pango.pango_attr_list_insert(attributes, pango.pango_attr_insert_hyphens_new(false));
    pango.pango_layout_set_attributes(p->layout, attributes);
    pango.pango_attr_list_unref(attributes);
    for (int i = 0; i < 2 * N_STYLES; i++) {
        const bool small = i >= N_STYLES;
        const int style = i % N_STYLES;
        PangoFontDescription *const font = pango.pango_font_description_from_string(
            styles[style].bold ? "Sans Bold Condensed" : "Sans Condensed");
        pango.pango_font_description_set_absolute_size(
            font, styles[style].size * (small ? SMALLER : 1) * PANGO_SCALE);
        p->fonts[small][style] = font;
    }
}

static void close_paper(struct paper *p) {
    for (int i = 0; i < 2 * N_STYLES; i++)
        pango.pango_font_description_free(p->fonts[i / N_STYLES][i % N_STYLES]);
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
    divide(&p, sheet);
    draw_pages(&p, sheet);
    cairo_status_t status = pango.cairo_status(p.cairo);
    close_paper(&p);
    pango.cairo_surface_finish(surface);
    status = status ? status : pango.cairo_surface_status(surface);
    pango.cairo_surface_destroy(surface);
    ton_text_add(out, own_mark);
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

/* A new name, or an older sheet. */
static enum ton_code check_name(const char *path, struct ton_err *err) {
    enum { MOST = 16 << 20 };
    const size_t n = strlen(own_mark);
    char *old = NULL;
    size_t size = 0;
    if (strcasecmp(ton_path_extension(path), "pdf") != 0)
        return ton_fail(err, TON_INPUT, path, "is no name of a PDF; end it in .pdf");
    if (!ton_path_exists(path))
        return TON_OK;
    struct ton_arena *const arena = ton_arena_create();
    const bool is_sheet = arena && ton_path_read(&old, &size, arena, path, MOST, NULL) == TON_OK &&
                          size >= n && memcmp(old + size - n, own_mark, n) == 0;
    ton_arena_destroy(arena);
    return is_sheet ? TON_OK
                    : ton_fail(err, TON_INPUT, path,
                               "is there already, and is no patch sheet, or one that was made "
                               "before they had a mark; move it away, or name another file");
}

enum ton_code ton_patch_sheet_write(const char *path, const struct ton_patch_sheet *sheet,
                                    struct ton_err *err) {
    struct ton_text pdf = {0};
    enum ton_code code = check_name(path, err);
    code = code ? code : ton_patch_sheet_draw(&pdf, sheet, err);
    if (!code)
        code = ton_path_write(path, pdf.data, pdf.length, err);
    ton_text_free(&pdf);
    return code;
}
