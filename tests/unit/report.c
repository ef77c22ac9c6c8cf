/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The delivery report: drawings of odd curves, names that mean something in HTML or in a URL. */

#include "promise.h"

#include "ton/arena.h"
#include "ton/line_page.h"
#include "ton/report.h"
#include "ton/system_page.h"

enum { MOST = 40000 };
static float loudness[MOST], low[MOST], high[MOST];

static const struct ton_report_marks marks = {-14.0, -1.0}, no_marks = {NAN, NAN};

/* A breathing tone of n tenths of a second that is loudest at its middle. */
static struct ton_loudness_curve breathing(size_t n) {
    for (size_t i = 0; i < n; i++) {
        high[i] = 0.5F + 0.4F * sinf((float)i / 20.0F);
        low[i] = -high[i];
        loudness[i] = -12.0F - 20.0F * fabsf((float)i / (float)n - 0.5F);
    }
    return (struct ton_loudness_curve){loudness, loudness, low, high, n};
}

static char *draw(const struct ton_loudness_curve *curve, const struct ton_report_marks *m) {
    struct ton_text out = {0};
    ton_report_drawing(&out, curve, m, "song.wav");
    assert_false(out.failed);
    return out.data; /* freed by the caller; NULL when nothing was drawn */
}

static int count(const char *text, const char *what) {
    int n = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        n++;
    return n;
}

static void a_drawing_says_what_it_shows(void **state) {
    (void)state;
    const struct ton_loudness_curve curve = breathing(1520);
    char *svg = draw(&curve, &marks);
    figure("%zu bytes for %zu values", strlen(svg), curve.n);
    assert_non_null(strstr(svg, "aria-label=\"song.wav: waveform and loudness over 2:32; "
                                "short-term loudness is highest at 1:16 with -12.0 LUFS; "
                                "target -14.0 LUFS; ceiling -1.0 dBTP\""));
    assert_non_null(strstr(svg, ">target -14.0 LUFS</text>"));
    assert_non_null(strstr(svg, ">ceiling -1.0 dBTP</text>"));
    assert_true(strlen(svg) < 30000);
    ton_free(svg);
    svg = draw(&curve, &no_marks);
    assert_null(strstr(svg, "target"));
    assert_null(strstr(svg, "ceiling"));
    ton_free(svg);
}

/* The last mark is the length, ends at the edge, and nothing stands closer than a step. */
static void no_time_is_cut_off(void **state) {
    (void)state;
    static const struct {
        size_t n;
        const char *last;
        int marks;
    } lengths[] = {{1, "0:00", 1},    {7, "0:01", 1},      {55, "0:06", 6},      {299, "0:30", 6},
                   {1520, "2:32", 6}, {6000, "10:00", 11}, {36050, "1:00:05", 7}};
    for (int i = 0; i < TON_N(lengths); i++) {
        const struct ton_loudness_curve curve = breathing(lengths[i].n);
        char *svg = draw(&curve, &no_marks), want[64];
        snprintf(want, sizeof want, "x=\"100.00%%\" y=\"312\" text-anchor=\"end\">%s<",
                 lengths[i].last);
        figure("%zu tenths: %d marks, the last %s", lengths[i].n, count(svg, "y=\"312\""),
               lengths[i].last);
        assert_non_null(strstr(svg, want));
        assert_int_equal(count(svg, "y=\"312\""), lengths[i].marks);
        assert_null(strstr(svg, "nan"));
        assert_null(strstr(svg, "inf"));
        ton_free(svg);
    }
}

static void silence_is_drawn_and_nothing_is_not(void **state) {
    (void)state;
    struct ton_loudness_curve curve = breathing(50);
    for (int i = 0; i < 50; i++) {
        loudness[i] = -INFINITY;
        low[i] = high[i] = 0.0F;
    }
    char *svg = draw(&curve, &marks);
    assert_non_null(strstr(svg, "over 0:05; silence"));
    assert_null(strstr(svg, "inf"));
    assert_null(strstr(svg, "nan"));
    ton_free(svg);
    curve.n = 0;
    assert_null(draw(&curve, &marks));
}

static char *page(const struct ton_report_row *row) {
    const struct ton_report report = {.title = "A <b> & \"c\"",
                                      .rows = row,
                                      .n = 1,
                                      .manifest = "manifest.json",
                                      .program = "ton"};
    struct ton_text out = {0};
    ton_report_page(&out, &report);
    assert_false(out.failed);
    return out.data;
}

static void a_name_stays_a_name(void **state) {
    (void)state;
    const struct ton_measurement measured = {
        .integrated_lufs = -14.0, .true_peak_dbtp = -INFINITY, .loudness_range_lu = NAN};
    const struct ton_report_row row = {.deliverable = "<i>",
                                       .file = "100% #1? \"<b>\" é.wav",
                                       .href = "javascript:x/100% #1? \"<b>\" é.wav",
                                       .measured = &measured,
                                       .passed = true};
    char *html = page(&row);
    assert_int_equal(count(html, "=\"javascript%3Ax/100%25%20%231%3F%20%22%3Cb%3E%22%20%C3%A9.wav"
                                 "\""),
                     3); /* table, heading, player */
    assert_non_null(strstr(html, "100% #1? &quot;&lt;b&gt;&quot; é.wav"));
    assert_non_null(strstr(html, "<h1>A &lt;b&gt; &amp; &quot;c&quot;</h1>"));
    assert_non_null(strstr(html, "&lt;i&gt;"));
    assert_null(strstr(html, "<i>"));
    assert_null(strstr(html, "nan"));
    assert_null(strstr(html, "inf"));
    assert_int_equal(count(html, "preload=\"none\""), 1);
    assert_null(strstr(html, "Failed checks"));
    ton_free(html);
}

static void a_failure_stands_under_the_table_with_what_to_do(void **state) {
    (void)state;
    const struct ton_measurement measured = {.frames = 48000LL * 3843 + 9600,
                                             .integrated_lufs = -21.0};
    const struct ton_report_remark remarks[] = {
        {"integrated loudness -21 LUFS is 2 LU too high", "Give `loudness: -23 LUFS`.", true},
        {"rate 44.1 kHz is 3.9 kHz too low", NULL, false},
    };
    const struct ton_report_row row = {.deliverable = "air",
                                       .file = "air.wav",
                                       .spec = "ebu-r128",
                                       .href = "air.wav",
                                       .sha256 = "0123456789abcdef0123456789abcdef"
                                                 "0123456789abcdef0123456789abcdef",
                                       .bytes = 1234567,
                                       .rate = 48000,
                                       .measured = &measured,
                                       .has_spec = true,
                                       .remarks = remarks,
                                       .n_remarks = 2};
    char *html = page(&row);
    char *list = strstr(html, "<h2>Failed checks</h2>");
    assert_non_null(list);
    assert_true(list > strstr(html, "</table>"));
    char *end = strstr(list, "</ul>");
    char *text = strstr(list, "-21 LUFS is 2 LU too high.</span> Give <code>loudness: -23 "
                              "LUFS</code>.");
    char *advice = strstr(list, "44.1 kHz");
    assert_true(text && text < end);
    assert_true(advice > end); /* only beside the file */
    assert_non_null(strstr(html, "1 of 1 file fails"));
    assert_non_null(strstr(html, "href=\"#file-1\">fail</a>"));
    assert_non_null(strstr(html, "id=\"file-1\""));
    assert_non_null(strstr(html, "data-label=\"Length\" class=\"n\">1:04:03.2</td>"));
    assert_non_null(strstr(html, "1.23 MB"));
    assert_non_null(strstr(html, "0123456789abcdef\">0123456789ab…</code>"));
    ton_free(html);
}

static void a_line_check_says_what_to_do_before_its_table(void **state) {
    (void)state;
    static const struct ton_line_page_remark fine = {TON_LINE_OK, "peaks at -12 dBFS", NULL},
                                             wrong = {TON_LINE_FAULT, "it is dead", "plug it in"};
    const struct ton_line_page_row rows[] = {
        {.name = "Kick",
         .verdict = TON_LINE_OK,
         .noise_dba = NAN,
         .hum_dbfs = NAN,
         .peak_dbfs = -0.01,
         .remarks = &fine,
         .n_remarks = 1},
        {.name = "Snare", .verdict = TON_LINE_FAULT, .remarks = &wrong, .n_remarks = 1}};
    struct ton_text out = {0}, untitled = {0};
    struct ton_line_page what = {.title = "A & B",
                                 .device = "jack",
                                 .date = "today",
                                 .rows = rows,
                                 .n = 2,
                                 .program = "ton"};
    ton_line_page_write(&out, &what);
    what.title = NULL;
    ton_line_page_write(&untitled, &what);
    const char *const table = strstr(out.data, "<table"), *const dead = strstr(out.data, "dead"),
                      *const peak = strstr(out.data, "peaks at");
    figure("dead at byte %td, table %td, fine %td", dead - out.data, table - out.data,
           peak - out.data);
    assert_true(dead && dead < table && table < peak);
    assert_non_null(strstr(out.data, "<h1>A &amp; B: line check</h1>"));
    assert_non_null(strstr(untitled.data, "<h1>Line check</h1>"));
    assert_non_null(strstr(untitled.data, "<title>Line check</title>"));
    assert_null(strstr(out.data, "-0.0"));
    ton_text_free(&out);
    ton_text_free(&untitled);
}

static void lines_that_were_never_checked_count_apart(void **state) {
    (void)state;
    const struct ton_line_page_row rows[] = {{.name = "Kick", .verdict = TON_LINE_OK},
                                             {.name = "Snare", .older = "2026-11-30 21:05"},
                                             {.name = "Hat", .unchecked = true},
                                             {.name = "Tom", .unchecked = true}};
    struct ton_text some = {0}, all = {0};
    ton_line_page_write(&some, &(struct ton_line_page){.rows = rows, .n = 4});
    ton_line_page_write(&all, &(struct ton_line_page){.rows = rows, .n = 1});
    assert_non_null(strstr(some.data, ">2 lines: 1 ok, 0 attention, 0 fault, 1 open<"));
    assert_non_null(strstr(some.data, ">1 of 4 checked now; 1 as it was when it was checked last; "
                                      "2 not checked yet.<"));
    figure("not yet: %d", count(some.data, ">not yet<"));
    assert_int_equal(count(some.data, ">not yet<"), 2);
    assert_null(strstr(all.data, "checked now"));
    ton_text_free(&some);
    ton_text_free(&all);
}

static void a_page_is_whole_without_any_of_its_texts(void **state) {
    (void)state;
    static const struct ton_line_page_remark nothing = {TON_LINE_OK, NULL, NULL},
                                             wrong = {TON_LINE_FAULT, NULL, NULL};
    const struct ton_line_page_row lines[] = {
        {.verdict = TON_LINE_OK, .remarks = &nothing, .n_remarks = 1},
        {.verdict = TON_LINE_FAULT, .remarks = &wrong, .n_remarks = 1}};
    const struct ton_system_page_row findings[] = {{.remark = wrong}};
    const struct ton_report_remark failed = {.failed = true};
    const struct ton_measurement measured = {.frames = 48000};
    const struct ton_report_row files[] = {
        {.rate = 48000, .measured = &measured, .remarks = &failed, .n_remarks = 1}};
    struct ton_text out[4] = {{0}};
    ton_line_page_write(&out[0], &(struct ton_line_page){.rows = lines, .n = 2, .seconds = 5});
    ton_line_page_write(&out[1], &(struct ton_line_page){.rows = lines, .n = 2, .date = "today"});
    ton_system_page_write(&out[2], &(struct ton_system_page){.rows = findings, .n = 1});
    ton_report_page(&out[3], &(struct ton_report){.title = "A", .rows = files, .n = 1});
    assert_non_null(strstr(out[0].data, "<p>listened for 5 s</p>"));
    assert_non_null(strstr(out[1].data, "<p>today · listened for 0 s</p>"));
    assert_non_null(strstr(out[2].data, "<p>under load for 0.0 s</p>"));
    for (int i = 0; i < TON_N(out); i++) {
        figure("%zu bytes", out[i].length);
        assert_null(strstr(out[i].data, "(null)"));
        assert_non_null(strstr(out[i].data, "Made by ton.</p></footer></body></html>"));
        ton_text_free(&out[i]);
    }
}

static void the_key_of_drawings_is_the_same_each_time(void **state) {
    (void)state;
    struct ton_key a, b;
    assert_int_equal(ton_report_drawing_key(&a, NULL), TON_OK);
    assert_int_equal(ton_report_drawing_key(&b, NULL), TON_OK);
    assert_true(ton_key_same(a, b));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_drawing_says_what_it_shows),
        cmocka_unit_test(no_time_is_cut_off),
        cmocka_unit_test(silence_is_drawn_and_nothing_is_not),
        cmocka_unit_test(a_name_stays_a_name),
        cmocka_unit_test(a_failure_stands_under_the_table_with_what_to_do),
        cmocka_unit_test(a_line_check_says_what_to_do_before_its_table),
        cmocka_unit_test(lines_that_were_never_checked_count_apart),
        cmocka_unit_test(a_page_is_whole_without_any_of_its_texts),
        cmocka_unit_test(the_key_of_drawings_is_the_same_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
