/* What an office reads, word by word; that a wrong table does not load; and that what the outbox keeps comes back. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

#include "services/notification/sponsor/sponsor_letter.h"

static struct arena *arena;
static struct sponsor_words words;
static struct letter_reasons reasons;

static struct slice file_text(const char *name) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s/services/notification/templates/%s", PAYUNG_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = arena_take(arena, 65536);
    const size_t size = fread(text, 1, 65536, file);
    (void)fclose(file);
    return slice_of(text, size);
}

static int load(void **state) {
    struct load_error error = {0};
    arena = arena_create(8 << 20);
    const bool loaded = sponsor_words_load(arena, file_text("sponsor.tsv"), &words, &error) && reasons_load(arena, file_text("reasons.tsv"), &reasons, &error);
    if (!loaded) fprintf(stderr, "line %u, %s: %s\n", error.line, error.field, error.problem);
    return loaded ? 0 : -1;
}
static int unload(void **state) {
    arena_destroy(arena);
    return 0;
}

static struct sponsor_figures sample(enum sponsor_kind kind) {
    struct sponsor_figures figures = {.kind = kind, .mailbox = slice_text("disnaker@contoh.go.id"), .agreement_id = slice_text("kepahiang-2025"), .name = slice_text("Pekerja rentan"),
                                      .payer_name = slice_text("Pemkab Kepahiang"), .since_ms = 1757900000000, .until_ms = 1757986400000, .accepted = 33, .rejected = 7, .waitlisted = 2, .pending = 1, .waiting = 16,
                                      .amount = 554400, .left = 399445600, .promised = 43, .sent = 40, .failed = 1, .queued = 2, .period_to = 20260930, .days = 30, .people = 1984};
    figures.by_code[CODE_E30] = 6;
    figures.by_code[CODE_E11] = 2;
    return figures;
}

static void a_report_says_what_was_decided(void **state) {
    static const char wanted[] = "1757986400000\ndisnaker@contoh.go.id\nSPONSOR_DIGEST\nLaporan harian: kepahiang-2025\n"
                                 "Kepada Pemkab Kepahiang,\nperjanjian kepahiang-2025 (Pekerja rentan), 15 September 2025 08.33 WIB sampai 16 September 2025 08.33 WIB:\n\n"
                                 "Diterima: 33 orang, Rp554.400\nDitolak: 7 orang\n  E11 usia 65 tahun atau lebih: 2\n  E30 KTP bukan daerah ini: 6\nMasuk daftar tunggu: 2, sekarang menunggu: 16\n"
                                 "Menunggu jawaban Dukcapil atau data: 1\nSisa pagu: Rp399.445.600\nPesan kepada orang-orang ini: dijanjikan 43, terkirim 40, gagal 1, masih dalam antrean 2\n\n--\n\n"
                                 "To Pemkab Kepahiang,\nagreement kepahiang-2025 (Pekerja rentan), from 15 September 2025 08.33 WIB to 16 September 2025 08.33 WIB:\n\n"
                                 "Accepted: 33 people, Rp554.400\nRefused: 7 people\n  E11 you are 65 years or older: 2\n  E30 your identity card is of another region: 6\nPut on the waiting list: 2, waiting now: 16\n"
                                 "Waiting for an answer of the civil registry or of data: 1\nLeft of the budget: Rp399.445.600\nMessages to these people: promised 43, sent 40, failed 1, still queued 2\n";
    const struct sponsor_figures figures = sample(SPONSOR_DIGEST);
    const struct slice event = sponsor_render(&words, &reasons, &figures, arena);
    assert_true(slice_is(event, wanted));
    struct sponsor_letter letter;
    assert_true(sponsor_letter_read(event, &letter));
    assert_string_equal(letter.letter.template, "SPONSOR_DIGEST");
    assert_true(slice_is(letter.letter.title, "Laporan harian: kepahiang-2025") && slice_is(letter.mailbox, "disnaker@contoh.go.id"));
    assert_int_equal(letter.at_ms, 1757986400000);
    assert_memory_equal(letter.letter.text.bytes, "Kepada Pemkab Kepahiang,\n", 25);
}

static bool says(enum sponsor_kind kind, const struct sponsor_figures *figures, const char *text) {
    struct sponsor_figures at = *figures;
    at.kind = kind;
    const struct slice event = sponsor_render(&words, &reasons, &at, arena);
    return memmem(event.bytes, event.size, text, strlen(text)) != NULL;
}

static void an_end_and_a_renewal_name_the_day(void **state) {
    struct sponsor_figures figures = sample(SPONSOR_COVER_END);
    assert_true(says(SPONSOR_COVER_END, &figures, "berakhir 30 September 2026, 30 hari lagi. Setelah itu 1984 orang"));
    assert_true(says(SPONSOR_COVER_END, &figures, "ends on 30 September 2026, in 30 days. After that 1984 people"));
    assert_true(says(SPONSOR_RENEWAL, &figures, "iuran masa ini: Rp554.400.") && says(SPONSOR_RENEWAL, &figures, "waiting: 16 people"));
    figures.since_ms = 0;
    figures.left = -1;
    assert_true(says(SPONSOR_DIGEST, &figures, ", awal sampai ") && says(SPONSOR_DIGEST, &figures, "from the beginning to ") && says(SPONSOR_DIGEST, &figures, "Sisa pagu: -\n"));
}

/* A field that comes from an agreement is not read again. */
static void what_a_payer_calls_itself_is_no_field(void **state) {
    struct sponsor_figures figures = sample(SPONSOR_DIGEST);
    figures.payer_name = slice_text("{sisa}\\n{nama}");
    assert_true(says(SPONSOR_DIGEST, &figures, "Kepada {sisa}\\n{nama},\n"));
    for (int code = 1; code < CODE_LIMIT; code++) figures.by_code[code] = INT64_MAX;
    char name[801];
    memset(name, 'N', 800);
    name[800] = '\0';
    figures.name = slice_text(name);
    assert_true(sponsor_render(&words, &reasons, &figures, arena).size <= SPONSOR_EVENT_MAX);
}

static void a_wrong_table_does_not_load(void **state) {
    static const struct { const char *text, *field, *problem; } rows[] = {
        {"id\tjudul\ttext\tenglish\nSPONSOR_X\ta\tb\tc\n", "id", "there is no such notice"},
        {"id\tjudul\ttext\tenglish\nSPONSOR_DIGEST\ta\tb\tc\nSPONSOR_DIGEST\ta\tb\tc\n", "id", "this notice stands above already"},
        {"id\tjudul\ttext\tenglish\nSPONSOR_DIGEST\t\tb\tc\n", "judul", "a title has 1 to 60 plain characters"},
        {"id\tjudul\ttext\tenglish\nSPONSOR_DIGEST\ta\t{nik}\tc\n", "text", "a {field} that is unknown, or stands there twice"},
        {"id\tjudul\ttext\tenglish\nSPONSOR_DIGEST\ta\t{nama} {nama}\tc\n", "text", "a {field} that is unknown, or stands there twice"},
        {"id\tjudul\ttext\tenglish\nSPONSOR_DIGEST\ta\tb\t{nama\n", "english", "a {field} that is unknown, or stands there twice"},
        {"id\tjudul\ttext\tenglish\nSPONSOR_DIGEST\ta\tb\t\n", "english", "a text has 1 to 2000 bytes of UTF-8"},
        {"id\tjudul\ttext\tenglish\nSPONSOR_DIGEST\ta\tb\tc\n", "id", "the notice SPONSOR_COVER_END is missing"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sponsor_words untouched;
        struct load_error error = {0};
        assert_false(sponsor_words_load(arena, slice_text(rows[i].text), &untouched, &error));
        assert_string_equal(error.field, rows[i].field);
        assert_string_equal(error.problem, rows[i].problem);
    }
}

static void what_is_no_notice_is_not_read(void **state) {
    static const char *const events[] = {"", "1", "1\na@b.id\nSPONSOR_DIGEST\nt", "1\na@b.id\nSPONSOR_DIGEST\nt\n", "x\na@b.id\nSPONSOR_DIGEST\nt\nz", "1\n\nSPONSOR_DIGEST\nt\nz", "1\na@b.id\nACCEPTED\nt\nz", "1\na@b.id\nSPONSOR_DIGEST\n\nz"};
    struct sponsor_letter letter;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) assert_false(sponsor_letter_read(slice_text(events[i]), &letter));
    assert_true(sponsor_letter_read(slice_text("1\na@b.id\nSPONSOR_DIGEST\nt\nz"), &letter));
    assert_true(slice_is(letter.letter.text, "z"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_report_says_what_was_decided), cmocka_unit_test(an_end_and_a_renewal_name_the_day), cmocka_unit_test(what_a_payer_calls_itself_is_no_field),
                                       cmocka_unit_test(a_wrong_table_does_not_load), cmocka_unit_test(what_is_no_notice_is_not_read)};
    return cmocka_run_group_tests(tests, load, unload);
}
