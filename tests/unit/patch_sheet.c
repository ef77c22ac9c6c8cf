/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The patch sheet: the same bytes each time, as many pages as it takes, and nothing written over
 * anything else, whatever the list has in it. */
#include "audio_rig.h"

#include "config.h"
#include "production/release.h"
#include "ton/patch.h"
#include "ton/path.h"
#include "ton/row.h"

#include <ctype.h>

enum { MOST = 64, MOST_WORDS = 4000 };

static const struct ton_patch_row kinds[] = {
    {"Kick In", "1", "condenser +48V", "on a cushion", NULL, true},
    {"Kick Out", "2", "dynamic", "short boom", "a hand's breadth off the hole", false},
    {"Snare Top", "3", "dynamic", NULL, NULL, false},
    {"Flügelhorn & Стриж", "system:capture_4", "ribbon", "tall boom with a sandbag on its foot",
     "no phantom power here, neither now nor while lines are patched", false},
    {"OH (L) of the second drummer, who sits behind the piano", "5", "active ribbon +48V",
     "X-Y bar", "line\nbreak\tand \001", false},
    {"東京ボーカル", "12", "wireless", "無線", "予備の電池", false},
    {"عود", "7", "active DI +48V", "", "صف", false},
    {"\xff\xfe no UTF-8", "8", "line", "\xc3", NULL, false},
};

static struct ton_patch_sheet a_sheet(struct ton_patch_row rows[MOST], int n, bool letter) {
    for (int i = 0; i < n; i++)
        rows[i] = kinds[i % TON_N(kinds)];
    return (struct ton_patch_sheet){.title = "Night Train at the Old Town Hall",
                                    .artist = "The Sleepers",
                                    .date = "2026-11-30",
                                    .letter = letter,
                                    .rows = rows,
                                    .n = n};
}

static void draw(struct ton_text *out, const struct ton_patch_sheet *sheet) {
    struct ton_err err = {0};
#if !TON_HAVE_PANGO
    skip_because("built without Pango");
#endif
    if (ton_patch_sheet_draw(out, sheet, &err))
        fail_msg("%s", err.text);
}

static int count(const struct ton_text *pdf, const char *word) {
    int n = 0;
    const size_t length = strlen(word);
    for (size_t i = 0; i + length <= pdf->length; i++)
        n += memcmp(pdf->data + i, word, length) == 0;
    return n;
}

static void the_same_list_gives_the_same_bytes_and_24_rows_are_a_page(void **state) {
    (void)state;
    static const struct ton_patch_row plain = {"Kick In",    "system:capture_24", "condenser +48V",
                                               "short boom", "on a cushion",      false};
    static const int lengths[] = {1, 3, 24, 25, 64};
    static const int pages[] = {1, 1, 1, 2, 3};
    for (int letter = 0; letter < 2; letter++) {
        for (int i = 0; i < TON_N(lengths); i++) {
            struct ton_patch_row rows[MOST];
            struct ton_text once = {0}, again = {0};
            const struct ton_patch_sheet sheet = a_sheet(rows, lengths[i], letter);
            for (int k = 0; k < lengths[i]; k++)
                rows[k] = plain;
            draw(&once, &sheet);
            draw(&again, &sheet);
            assert_int_equal(once.length, again.length);
            assert_memory_equal(once.data, again.data, once.length);
            assert_int_equal(count(&once, "/CreationDate"), 1);
            assert_int_equal(count(&once, "/CreationDate (2000"), 1); /* not that of now */
            assert_int_equal(count(&once, "/Type /Page %"), pages[i]);
            assert_true(count(&once, letter ? "[ 0 0 612 792 ]" : "[ 0 0 595.275") >= 1);
            figure("%s, %2d inputs: %d page%s, %zu bytes", letter ? "Letter" : "A4", lengths[i],
                   pages[i], pages[i] == 1 ? "" : "s", once.length);
            ton_text_free(&once);
            ton_text_free(&again);
        }
    }
}

struct word {
    double left, top, right, bottom;
    int page;
    char text[128];
};

/* The words of a PDF and where they stand, as another program reads them; -1: it is not there. */
static int read_words(struct word *words, const char *pdf) {
    char line[1024];
    struct ton_text command = {0};
    int n = 0, page = 0;
    ton_text_printf(&command, "pdftotext -bbox %s - 2>/dev/null", pdf);
    FILE *f = popen(command.data, "r");
    ton_text_free(&command);
    assert_non_null(f);
    while (fgets(line, sizeof line, f) && n < MOST_WORDS) {
        struct word *w = &words[n];
        page += strstr(line, "<page") != NULL;
        w->page = page;
        n += sscanf(line, " <word xMin=\"%lf\" yMin=\"%lf\" xMax=\"%lf\" yMax=\"%lf\">%127[^<]",
                    &w->left, &w->top, &w->right, &w->bottom, w->text) == 5;
    }
    return pclose(f) == 0 ? n : -1;
}

/* An ellipsis keeps what it stands for as its text, with its spaces. */
static bool is_cut(const struct word *w) {
    return strchr(w->text, ' ') != NULL;
}

static bool overlap(const struct word *a, const struct word *b) {
    return a->page == b->page && fmin(a->right, b->right) - fmax(a->left, b->left) > 0.5 &&
           fmin(a->bottom, b->bottom) - fmax(a->top, b->top) > 4.5;
}

static void nothing_is_written_over_anything_else_or_off_the_paper(void **state) {
    (void)state;
    static struct word words[MOST_WORDS];
    for (int letter = 0; letter < 2; letter++) {
        struct ton_patch_row rows[MOST];
        struct ton_text pdf = {0};
        const struct ton_patch_sheet sheet = a_sheet(rows, MOST, letter);
        const char *path = rig_path("sheet.pdf");
        int overlaps = 0, phantoms = 0, cut = 0;
        draw(&pdf, &sheet);
        assert_int_equal(ton_path_write(path, pdf.data, pdf.length, NULL), TON_OK);
        const int n = read_words(words, path);
        if (n < 0)
            skip_because("no pdftotext");
        for (int i = 0; i < n; i++) {
            const struct word *w = &words[i];
            assert_true(w->left >= 28 && w->right <= (letter ? 612 : 595.3) - 28);
            assert_true(w->top >= 28 && w->bottom <= (letter ? 792 : 841.9) - 24);
            phantoms += strstr(w->text, "+48V") != NULL;
            cut += is_cut(w);
            for (int k = 0; k < i; k++) {
                if (overlap(w, &words[k]) && overlaps++ < 5)
                    figure("`%s` over `%s`", w->text, words[k].text);
            }
        }
        figure("%s: %d words on %d pages, %d of them cut, %d over another",
               letter ? "Letter" : "A4", n, words[n - 1].page, cut, overlaps);
        assert_int_equal(overlaps, 0);
        assert_in_range(words[n - 1].page, 3, 5); /* fewer rows where they take several lines */
        assert_int_equal(phantoms,
                         24 + words[n - 1].page); /* of the rows, and in the head of each page */
        assert_int_equal(cut, 0);
        ton_text_free(&pdf);
    }
}

/* As PipeWire names them: what tells them apart is their end. */
static const char usual[] = "alsa_input.usb-Focusrite_Scarlett_18i20_USB_P9F8-00.multichannel-"
                            "input:capture_AUX";

static void a_long_port_is_whole_where_other_columns_are_empty(void **state) {
    (void)state;
    static struct word words[MOST_WORDS];
    static char ports[MOST][128];
    for (int letter = 0; letter < 2; letter++) {
        struct ton_patch_row rows[MOST];
        struct ton_text pdf = {0};
        const struct ton_patch_sheet sheet = a_sheet(rows, MOST, letter);
        int ends = 0, parts = 0;
        for (int i = 0; i < MOST; i++) {
            snprintf(ports[i], sizeof ports[i], "%s%d", usual, i);
            rows[i] = (struct ton_patch_row){
                "Overhead Left", ports[i], "condenser +48V", NULL, NULL, false};
        }
        draw(&pdf, &sheet);
        assert_int_equal(ton_path_write(rig_path("sheet.pdf"), pdf.data, pdf.length, NULL), TON_OK);
        const int n = read_words(words, rig_path("sheet.pdf"));
        if (n < 0)
            skip_because("no pdftotext");
        for (int i = 0; i < n; i++) {
            /* An ellipsis keeps the places for breaks that it hides. */
            assert_null(strstr(words[i].text, "\xe2\x80\x8b"));
            ends += strstr(words[i].text, "AUX") != NULL;
            parts += strstr(words[i].text, "Focusrite") != NULL;
        }
        figure("%s: %d beginnings and %d ends of %d", letter ? "Letter" : "A4", parts, ends, MOST);
        assert_int_equal(ends, MOST);
        assert_int_equal(parts, MOST);
        ton_text_free(&pdf);
    }
}

/* The first page as ink and paper. */
static void see(struct ton_text *image, const char *port, bool letter) {
    static const char note[] = "no phantom power here, neither now nor while lines are patched";
    const struct ton_patch_row row = {
        "Overhead Left of the second drummer",  port, "condenser +48V",
        "tall boom with a sandbag on its foot", note, false};
    struct ton_text pdf = {0}, command = {0};
    char bytes[4096];
    draw(&pdf, &(struct ton_patch_sheet){.letter = letter, .rows = &row, .n = 1});
    assert_int_equal(ton_path_write(rig_path("sheet.pdf"), pdf.data, pdf.length, NULL), TON_OK);
    ton_text_printf(&command, "pdftoppm -mono -r 72 %s 2>/dev/null", rig_path("sheet.pdf"));
    FILE *f = popen(command.data, "r");
    assert_non_null(f);
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, f)) > 0;)
        ton_text_add_n(image, bytes, n);
    pclose(f);
    ton_text_free(&command);
    ton_text_free(&pdf);
}

static void ports_that_are_cut_are_told_apart_by_their_end(void **state) {
    (void)state;
    for (int letter = 0; letter < 2; letter++) {
        struct ton_text seen[2] = {{0}};
        size_t other = 0;
        for (int i = 0; i < 2; i++) {
            char port[128];
            snprintf(port, sizeof port, "%s%d", usual, 3 + i);
            see(&seen[i], port, letter);
        }
        if (seen[0].length == 0)
            skip_because("no pdftoppm");
        assert_int_equal(seen[0].length, seen[1].length);
        for (size_t i = 0; i < seen[0].length; i++)
            other += seen[0].data[i] != seen[1].data[i];
        figure("%s: ports 3 and 4 differ in %zu bytes of the picture (1 or more)",
               letter ? "Letter" : "A4", other);
        assert_true(other > 0);
        ton_text_free(&seen[0]);
        ton_text_free(&seen[1]);
    }
}

static void every_source_that_a_list_can_name_fits(void **state) {
    (void)state;
    static struct word words[MOST_WORDS];
    const char *const *sources = NULL;
    for (int i = 0; i < ton_n_input_fields; i++)
        if (strcmp(ton_input_fields[i].row.key, "source") == 0)
            sources = ton_input_fields[i].row.choices;
    struct ton_patch_row rows[MOST] = {{.name = NULL}};
    struct ton_text pdf = {0};
    int n = 0, phantoms = 0;
    for (; sources && sources[n]; n++)
        rows[n] = (struct ton_patch_row){.source = sources[n]};
    assert_in_range(n, 5, MOST);
    draw(&pdf, &(struct ton_patch_sheet){.rows = rows, .n = n});
    assert_int_equal(ton_path_write(rig_path("sheet.pdf"), pdf.data, pdf.length, NULL), TON_OK);
    const int n_words = read_words(words, rig_path("sheet.pdf"));
    if (n_words < 0)
        skip_because("no pdftotext");
    for (int i = 0; i < n_words; i++) {
        if (is_cut(&words[i]))
            fail_msg("`%s` is cut", words[i].text);
        phantoms += strcmp(words[i].text, "+48V") == 0;
    }
    figure("%d sources, %d with +48V", n, phantoms - 1);
    ton_text_free(&pdf);
}

static void an_empty_list_and_a_folder_that_is_not_there_are_told(void **state) {
    (void)state;
    struct ton_patch_row rows[MOST];
    struct ton_err err = {0};
    struct ton_patch_sheet sheet = a_sheet(rows, 3, false);
#if !TON_HAVE_PANGO
    assert_int_equal(ton_patch_sheet_write(rig_path("x.pdf"), &sheet, &err), TON_ENVIRONMENT);
    assert_non_null(strstr(err.text, "built without Pango"));
    return;
#endif
    assert_int_equal(ton_patch_sheet_write(rig_path("no/x.pdf"), &sheet, &err), TON_INPUT);
    figure("%s %s", err.where, err.text);
    assert_int_equal(ton_patch_sheet_write(rig_path("x.pdf"), &sheet, &err), TON_OK);
    assert_true(ton_path_size(rig_path("x.pdf")) > 1000);
    assert_int_equal(ton_patch_sheet_write(rig_path("X.PDF"), &sheet, &err), TON_OK);
    sheet.n = 0;
    assert_int_equal(ton_patch_sheet_write(rig_path("y.pdf"), &sheet, &err), TON_INPUT);
    figure("%s", err.text);
    assert_false(ton_path_exists(rig_path("y.pdf")));
}

int main(void) {
#define PROMISE(name) cmocka_unit_test_setup_teardown(name, rig_open, rig_close)
    const struct CMUnitTest tests[] = {
        PROMISE(the_same_list_gives_the_same_bytes_and_24_rows_are_a_page),
        PROMISE(nothing_is_written_over_anything_else_or_off_the_paper),
        PROMISE(a_long_port_is_whole_where_other_columns_are_empty),
        PROMISE(ports_that_are_cut_are_told_apart_by_their_end),
        PROMISE(every_source_that_a_list_can_name_fits),
        PROMISE(an_empty_list_and_a_folder_that_is_not_there_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
