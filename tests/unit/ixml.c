/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of tracks in the iXML of sound recorders, as they are and as they should never be. */
#include "audio_rig.h"

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<BWFXML>\r\n"
#define LIST(tracks) XML "<TRACK_LIST>" tracks "</TRACK_LIST></BWFXML>"
#define TRACK(channel, interleave, name)                                                           \
    "<TRACK><CHANNEL_INDEX>" channel "</CHANNEL_INDEX><INTERLEAVE_INDEX>" interleave               \
    "</INTERLEAVE_INDEX><NAME>" name "</NAME><FUNCTION></FUNCTION></TRACK>"

enum { CHANNELS = 3, FRAMES = 64 };

static void put_chunk(struct ton_text *t, const char *id, const char *body, size_t n) {
    const char size[4] = {(char)n, (char)(n >> 8), (char)(n >> 16), (char)(n >> 24)};
    ton_text_add_n(t, id, 4);
    ton_text_add_n(t, size, 4);
    ton_text_add_n(t, body, n);
    ton_text_add_n(t, "", n & 1);
}

/* A WAV of three channels with an iXML chunk before or after its samples. */
static const char *wav_with(const char *xml, size_t n, bool before) {
    static const char sound[FRAMES * CHANNELS * 2];
    struct ton_text body = {0}, file = {0};
    ton_text_add(&body, "WAVE");
    put_chunk(&body, "fmt ", "\x01\0\x03\0\x80\xbb\0\0\0\x65\x04\0\x06\0\x10", 16);
    if (before)
        put_chunk(&body, "iXML", xml, n);
    put_chunk(&body, "data", sound, sizeof sound);
    if (!before)
        put_chunk(&body, "iXML", xml, n);
    put_chunk(&file, "RIFF", body.data, body.length);
    assert_false(file.failed);
    const char *path = rig_write("ixml.wav", file.data, file.length);
    ton_text_free(&body);
    ton_text_free(&file);
    return path;
}

/* "Boom|-|Lav": names by channel; "" when the file names none. */
static void reads_n(const char *xml, size_t n, const char *wanted) {
    for (int before = 0; before < 2; before++) {
        struct ton_audio_in *in = NULL;
        struct ton_err err;
        struct ton_text t = {0};
        if (ton_audio_open(&in, wav_with(xml, n, before), &err))
            fail_msg("%s", err.text);
        const char *const *names = ton_audio_info(in)->track_names;
        for (int c = 0; names && c < CHANNELS; c++)
            ton_text_printf(&t, "%s%s", c ? "|" : "", names[c] ? names[c] : "-");
        if (strcmp(t.data ? t.data : "", wanted) != 0)
            fail_msg("%.300s:\n  %s instead of %s", xml, t.data ? t.data : "nothing", wanted);
        ton_text_free(&t);
        ton_audio_close(in);
    }
}

static void reads(const char *xml, const char *wanted) {
    reads_n(xml, strlen(xml), wanted);
}

static void tracks_are_named_by_their_channel(void **state) {
    (void)state;
    reads(LIST(TRACK("1", "1", "Boom") TRACK("2", "2", "Lav Anna") TRACK("3", "3", "Lav Bo")),
          "Boom|Lav Anna|Lav Bo");
    reads(LIST(TRACK("5", "3", "Third") TRACK("4", "1", "First")), "First|-|Third");
    reads(LIST("<TRACK><NAME>A</NAME></TRACK><TRACK><NAME>B</NAME></TRACK>"), "A|B|-");
    reads(LIST("<TRACK><NAME>B</NAME><CHANNEL_INDEX>2</CHANNEL_INDEX></TRACK>"), "-|B|-");
    reads(LIST(TRACK("9", "9", "A") TRACK("x", "-1", "B")), "A|B|-");
    reads(LIST(TRACK("1", "1", "First") TRACK("1", "1", "Second")), "First|-|-");
    reads(LIST(TRACK("1", "1", "") TRACK("2", "2", "  \r\n\t ")), "");
    reads(XML "<SCENE><NAME>7</NAME></SCENE></BWFXML>", "");
}

static void text_is_read_as_xml_means_it(void **state) {
    (void)state;
    reads(LIST(TRACK("1", "1", "Tom &amp; Anna &lt;1&gt; &quot;x&quot; &apos;y&apos;")),
          "Tom & Anna <1> \"x\" 'y'|-|-");
    reads(LIST(TRACK("1", "1", "Gr&#246;&#xDF;e &#x1F941; &#x20AC;")), "Größe 🥁 €|-|-");
    reads(LIST(TRACK("1", "1", "A&nbsp;B &; & &#; &#x; &#0; &#xD800; &#99999999999;")),
          "A&nbsp;B &; & &#; &#x; &#99999999999;|-|-");
    reads(LIST(TRACK("1", "1", "<![CDATA[A <b> &amp;]]> c<!-- <NAME>d</NAME> -->")),
          "A <b> &amp; c|-|-");
    reads(LIST("<TRACK n='>'><NAME a=\"</NAME>\">Boom</NAME><NAME/></TRACK>"), "Boom|-|-");
    reads(LIST(TRACK("1", "1", "  two\r\n\twords \x01\x7f")), "two words|-|-");
    reads(LIST(TRACK("1", "1",
                     "Gr\xf6\xdf"
                     "e")),
          "Größe|-|-");
    reads("<TRACK><DEEP><NAME>No</NAME></DEEP><NAME>Yes</NAME></TRACK>", "Yes|-|-");
}

static void what_is_no_xml_names_nothing_and_breaks_nothing(void **state) {
    (void)state;
    static const char *const broken[] = {"",
                                         "<",
                                         "<TRACK",
                                         "<TRACK>",
                                         "</TRACK></TRACK>",
                                         "<TRACK><NAME>Boom",
                                         "<TRACK><NAME>Boom</NAME>",
                                         "<!--",
                                         "<![CDATA[",
                                         "<?xml",
                                         "<TRACK a=\"><NAME>x</NAME></TRACK>",
                                         "<TRACK><NAME>&#",
                                         "\xff\xfe<\0T\0R\0"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        reads(broken[i], "");
    reads_n("<TRACK>\0<NAME>\0</NAME></TRACK>", 31, "");
    reads(LIST(TRACK("1", "1", "Good") "<TRACK><NAME>cut"), "Good|cut|-");
}

/* Every truncation, and every byte turned over, of a real one. */
static void no_byte_of_it_is_trusted(void **state) {
    (void)state;
    char xml[] =
        LIST(TRACK("1", "2", "A&#246;<![CDATA[b]]>") "<!-- -->" TRACK("2", "1", "\xc3\xb6"));
    const size_t n = sizeof xml - 1;
    int opened = 0;
    for (size_t i = 0; i < 2 * n; i++) {
        struct ton_audio_in *in = NULL;
        if (i >= n)
            xml[i - n] ^= (char)0x85;
        opened += !ton_audio_open(&in, wav_with(xml, i < n ? i : n, i & 1), NULL);
        if (i >= n)
            xml[i - n] ^= (char)0x85;
        ton_audio_close(in);
    }
    figure("%d damaged files opened of %zu", opened, 2 * n);
    assert_int_equal(opened, 2 * n);
}

static void a_huge_one_is_quick_and_names_stay_short(void **state) {
    (void)state;
    struct ton_text t = {0};
    ton_text_add(&t, "<TRACK><NAME>");
    for (int i = 0; i < 200000; i++)
        ton_text_add(&t, "é");
    ton_text_add(&t, "</NAME></TRACK>");
    char longest[160] = "";
    for (size_t i = 0; i < 60; i++)
        memcpy(longest + 2 * i, "é", 2);
    memcpy(longest + 120, "|-|-", 5);
    reads_n(t.data, t.length, longest);
    t.length = 0;
    for (int i = 0; i < 100000; i++)
        ton_text_add(&t, "<TRACK><");
    reads_n(t.data, t.length, "");
    t.length = 0;
    for (int i = 0; i < 150000; i++)
        ton_text_add(&t, "<TRACK>");
    reads_n(t.data, t.length, "");
    t.length = 0;
    ton_text_add(&t, "<TRACK><NAME>");
    for (int i = 0; i < 1000000; i++)
        ton_text_add(&t, "&");
    reads_n(t.data, t.length, "");
    t.length = 0;
    ton_text_add(&t, "<TRACK><NAME>late</NAME></TRACK>");
    for (int i = 0; i < 1 << 20; i++)
        ton_text_add(&t, " ");
    reads_n(t.data, t.length, ""); /* larger than any recorder writes */
    ton_text_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tracks_are_named_by_their_channel),
        cmocka_unit_test(text_is_read_as_xml_means_it),
        cmocka_unit_test(what_is_no_xml_names_nothing_and_breaks_nothing),
        cmocka_unit_test(no_byte_of_it_is_trusted),
        cmocka_unit_test(a_huge_one_is_quick_and_names_stay_short),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
