/* Letters: what a person reads, word by word, and that it always is one SMS. The samples are those that an official can check against
 * domain.md 6; the worst cases take every field at its longest. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/message_due.h"
#include "services/notification/letter.h"
#include "services/notification/mail.h"
#include "services/notification/reasons.h"

static struct arena *arena;
static struct letters letters;
static struct letter_reasons reasons;
static struct slice messages, parameters;

static struct slice file_text(const char *name) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s/services/notification/templates/%s", PAYUNG_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = arena_take(arena, 65536);
    size_t size = fread(text, 1, 65536, file);
    (void)fclose(file);
    return slice_of(text, size);
}

static int load(void **state) {
    struct load_error error = {0};
    arena = arena_create(8 << 20);
    messages = file_text("messages.tsv");
    parameters = file_text("parameters.tsv");
    bool loaded = letters_load(arena, messages, parameters, &letters, &error) && reasons_load(arena, file_text("reasons.tsv"), &reasons, &error);
    if (!loaded) fprintf(stderr, "line %u, %s: %s\n", error.line, error.field, error.problem);
    return loaded ? 0 : -1;
}
static int unload(void **state) {
    arena_destroy(arena);
    return 0;
}

static struct outcome outcome_of(enum outcome_status status, const char *codes) {
    struct outcome outcome = {.application_id = {{7}}, .attempt = 1, .status = status, .programmes = 3, .start_month = 202510, .months = 12,
                              .rank = status == OUTCOME_WAITLISTED ? 16 : 0, .registration_date = 20250915,
                              .payer_name = slice_text("Pemkab Kepahiang"), .budget_year = 2025};
    assert_true(codes[0] == '\0' || code_set_parse(slice_text(codes), &outcome.codes));
    return outcome;
}

static void each_outcome_has_its_words(void **state) {
    static const struct { enum outcome_status status; const char *codes, *template, *title, *text; } rows[] = {
        {OUTCOME_ACCEPTED, "", "ACCEPTED", "DITERIMA",
         "Budi Santoso, Anda terdaftar peserta BPJS Ketenagakerjaan (JKK+JKM) mulai 1 Okt 2025 s.d. 30 Sep 2026. Iuran dibayar Pemkab Kepahiang. Info: 175"},
        {OUTCOME_WAITLISTED, "Q61", "WAITLIST", "DAFTAR TUNGGU",
         "Budi Santoso, data Anda lolos, tetapi kuota Pemkab Kepahiang tahun 2025 habis. Anda di daftar tunggu no. 16. Kami kabari bila ada tempat."},
        {OUTCOME_REJECTED, "E30", "REJECTED_FIX", "DITOLAK, BISA DIPERBAIKI",
         "Budi Santoso, pendaftaran BPJS Ketenagakerjaan belum diterima: KTP bukan daerah ini. Perbaiki di desa sebelum 15 Oktober 2025. Info: 175"},
        {OUTCOME_REJECTED, "E11", "REJECTED_FINAL", "DITOLAK",
         "Budi Santoso, pendaftaran BPJS Ketenagakerjaan ditolak: usia 65 tahun atau lebih. Keberatan: Disnaker, sebelum 15 Oktober 2025. Info: 175"},
        {OUTCOME_PENDING, "P01", "PENDING", "DIPERIKSA",
         "Budi Santoso, data Anda sedang dicocokkan dengan Dukcapil. Hasilnya kami kirim paling lambat 29 September 2025."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome outcome = outcome_of(rows[i].status, rows[i].codes);
        struct letter letter;
        assert_true(letter_render(&letters, &outcome, slice_text("Budi Santoso"), arena, &letter));
        assert_string_equal(letter.template, rows[i].template);
        assert_string_equal(arena_text(arena, letter.title), rows[i].title);
        assert_string_equal(arena_text(arena, letter.text), rows[i].text);
    }
}

/* The package of a migrant worker reads as the programmes that it is; an employee has them all; the project of a contractor two. */
static void the_programmes_of_each_segment_are_named(void **state) {
    static const struct { programme_set programmes; month_t start; uint32_t months; const char *text; } rows[] = {
        {3, 202604, 24, "Budi Santoso, Anda terdaftar peserta BPJS Ketenagakerjaan (JKK+JKM) mulai 1 Apr 2026 s.d. 31 Mar 2028. Iuran dibayar Pemkab Kepahiang. Info: 175"},
        {7, 202604, 24, "Budi Santoso, Anda terdaftar peserta BPJS Ketenagakerjaan (JKK+JKM+JHT) mulai 1 Apr 2026 s.d. 31 Mar 2028. Iuran dibayar Pemkab Kepahiang. Info: 175"},
        {15, 202510, 12, "Budi Santoso, Anda terdaftar peserta BPJS Ketenagakerjaan (JKK+JKM+JHT+JP) mulai 1 Okt 2025 s.d. 30 Sep 2026. Iuran dibayar Pemkab Kepahiang. Info: 175"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome outcome = outcome_of(OUTCOME_ACCEPTED, "");
        outcome.programmes = rows[i].programmes;
        outcome.start_month = rows[i].start;
        outcome.months = rows[i].months;
        struct letter letter;
        assert_true(letter_render(&letters, &outcome, slice_text("Budi Santoso"), arena, &letter));
        assert_string_equal(arena_text(arena, letter.text), rows[i].text);
    }
}

static struct coverage_changed change_of(const char *due) {
    return (struct coverage_changed){.event_id = {{9}}, .application_id = {{7}}, .attempt = 1, .place = 1, .state = 3, .day = 20260201, .lapse_day = 20260501, .unpaid_months = 1,
                                     .paid_to = 202601, .end_month = 202609, .monthly_amount = 16800, .payer_name = slice_text("Pemkab Kepahiang"), .message_due = slice_text(due)};
}

/* The dates of vector C03: paid to January 2026, grace of three months. */
static void each_change_of_cover_has_its_words(void **state) {
    static const struct { const char *template, *title; day_t day; const char *text; } rows[] = {
        {"LAPSE_WARN", "TUNGGAKAN", 20260201, "Budi Santoso, iuran BPJS Ketenagakerjaan belum dibayar 1 bulan. Perlindungan berhenti 1 Mei 2026 bila tidak dibayar. Info: 175"},
        {"LAPSED", "NONAKTIF", 20260501, "Budi Santoso, perlindungan BPJS Ketenagakerjaan Anda nonaktif sejak 1 Mei 2026. Bayar iuran baru untuk aktif lagi, tanpa denda. Info: 175"},
        {"SPONSOR_END", "BERAKHIR", 20261001,
         "Budi Santoso, iuran dari Pemkab Kepahiang berakhir 30 September 2026. Lanjutkan mandiri Rp16.800/bulan agar tetap terlindungi. Info: 175 atau JMO."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct coverage_changed changed = change_of(rows[i].template);
        struct letter letter;
        changed.day = rows[i].day;
        assert_true(letter_render_cover(&letters, &changed, slice_text("Budi Santoso"), arena, &letter));
        assert_string_equal(letter.template, rows[i].template);
        assert_string_equal(arena_text(arena, letter.title), rows[i].title);
        assert_string_equal(arena_text(arena, letter.text), rows[i].text);
    }
}

/* What an outcome owes is no message of a cover, and what a later ledger may owe has no words here. */
static void a_change_of_cover_owes_only_its_own_messages(void **state) {
    static const char *const none[] = {"", "ACCEPTED", "WAITLIST", "PENDING", "PAYMENT_DUE", "LAPSE", "LAPSED "};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        const struct coverage_changed changed = change_of(none[i]);
        struct letter letter;
        if (letter_render_cover(&letters, &changed, slice_text("Budi"), arena, &letter)) fail_msg("'%s'", none[i]);
    }
}

static void a_change_of_cover_without_figures_is_told_with_dashes(void **state) {
    static const struct { const char *due, *part; } rows[] = {
        {"LAPSE_WARN", "dibayar - bulan. Perlindungan berhenti - bila"}, {"LAPSED", "sejak -. Bayar"}, {"SPONSOR_END", "berakhir -. Lanjutkan mandiri -/bulan"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct coverage_changed changed = change_of(rows[i].due);
        struct letter letter;
        changed.day = changed.lapse_day = 0;
        changed.unpaid_months = i == 0 ? UINT32_MAX : 0;
        changed.monthly_amount = 0;
        assert_true(letter_render_cover(&letters, &changed, slice_text(""), arena, &letter));
        if (strstr(arena_text(arena, letter.text), rows[i].part) == NULL) fail_msg("%s", arena_text(arena, letter.text));
        changed.day = 10101; /* before it there is no day */
        assert_true(letter_render_cover(&letters, &changed, slice_text(""), arena, &letter));
    }
}

static void the_longest_fields_of_a_cover_fit_one_sms(void **state) {
    static const char *const due[] = {"LAPSE_WARN", "LAPSED", "SPONSOR_END"};
    static const rupiah amounts[] = {1, 16800, 627800, 1864422, RUPIAH_INPUT_MAX};
    for (size_t i = 0; i < sizeof due / sizeof *due; i++) {
        for (size_t k = 0; k < sizeof amounts / sizeof *amounts; k++) {
            struct coverage_changed changed = change_of(due[i]);
            struct letter letter;
            changed.payer_name = slice_text("Pemerintah Kabupaten Penukal Abab Lematang Ilir");
            changed.monthly_amount = amounts[k];
            changed.unpaid_months = 1200;
            changed.day = changed.lapse_day = 20250930;
            assert_true(letter_render_cover(&letters, &changed, slice_text("Raden Ajeng Kusumaningrum Purwodadi"), arena, &letter));
            printf("%-14s %15lld: %zu characters\n", due[i], (long long)amounts[k], gsm7_length(letter.text));
            assert_true(gsm7_length(letter.text) <= LETTER_MAX);
        }
    }
}

static void every_code_leads_to_the_message_of_the_rule_book(void **state) {
    static const struct { const char *codes, *due, *reason; } rows[] = {
        {"E01", "REJECTED_FIX", "E01"}, {"E02", "REJECTED_FIX", "E02"}, {"E03", "REJECTED_FIX", "E03"}, {"E04", "REJECTED_FIX", "E04"},
        {"E05", "REJECTED_FIX", "E05"}, {"E06", "REJECTED_FIX", "E06"}, {"E20", "REJECTED_FIX", "E20"}, {"E30", "REJECTED_FIX", "E30"},
        {"E71", "REJECTED_FIX", "E71"}, {"E80", "REJECTED_FIX", "E80"}, {"E81", "REJECTED_FIX", "E81"}, {"E90", "REJECTED_FIX", "E90"},
        {"X03", "REJECTED_FIX", "X03"},
        {"E10", "REJECTED_FINAL", "E10"}, {"E11", "REJECTED_FINAL", "E11"}, {"E21", "REJECTED_FINAL", "E21"}, {"E23", "REJECTED_FINAL", "E23"},
        {"E31", "REJECTED_FINAL", "E31"}, {"E32", "REJECTED_FINAL", "E32"}, {"E33", "REJECTED_FINAL", "E33"}, {"E40", "REJECTED_FINAL", "E40"},
        {"E41", "REJECTED_FINAL", "E41"}, {"E50", "REJECTED_FINAL", "E50"}, {"E51", "REJECTED_FINAL", "E51"},
        {"E01 E80", "REJECTED_FIX", "E01"}, {"E30 E31", "REJECTED_FINAL", "E31"}, {"E11 E22", "REJECTED_FINAL", "E11"},
        {"E70", NULL, NULL}, {"E70 E71", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome outcome = outcome_of(OUTCOME_REJECTED, rows[i].codes);
        const char *due = message_due(&outcome);
        if (rows[i].due == NULL) {
            assert_null(due);
            assert_int_equal(message_reason(&outcome), CODE_NONE);
            continue;
        }
        assert_string_equal(due, rows[i].due);
        assert_string_equal(code_row(message_reason(&outcome))->text, rows[i].reason);
    }
}

static void nobody_is_told_twice_or_of_nothing_new(void **state) {
    struct letter letter;
    struct outcome duplicate = outcome_of(OUTCOME_DUPLICATE, "E22"), parked = outcome_of(OUTCOME_PARKED, "X01");
    struct outcome repeat = outcome_of(OUTCOME_ACCEPTED, "");
    repeat.repeat = true;
    assert_null(message_due(&duplicate));
    assert_null(message_due(&parked));
    assert_null(message_due(&repeat));
    assert_false(letter_render(&letters, &repeat, slice_text("Budi"), arena, &letter));
}

static void the_longest_fields_fit_one_sms(void **state) {
    static const struct { enum outcome_status status; const char *codes; size_t length; } rows[] = {
        {OUTCOME_ACCEPTED, "", 160}, {OUTCOME_WAITLISTED, "Q60", 160}, {OUTCOME_REJECTED, "E31", 160}, {OUTCOME_REJECTED, "E03", 160},
        {OUTCOME_PENDING, "P01", 160},
    };
    static const programme_set sets[] = {3, 7, 15, 31};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t k = 0; k < sizeof sets; k++) {
            struct outcome outcome = outcome_of(rows[i].status, rows[i].codes);
            outcome.programmes = sets[k];
            outcome.registration_date = 20250820; /* + 30 days: 19 September 2025, the longest month */
            outcome.start_month = 202510;
            outcome.rank = UINT32_MAX;
            outcome.budget_year = INT32_MIN;
            outcome.payer_name = slice_text("Pemerintah Kabupaten Penukal Abab Lematang Ilir");
            struct letter letter;
            assert_true(letter_render(&letters, &outcome, slice_text("Raden Ajeng Kusumaningrum Purwodadi"), arena, &letter));
            size_t length = gsm7_length(letter.text);
            printf("%-14s programmes %2d: %zu characters\n", letter.template, sets[k], length);
            assert_true(length <= rows[i].length);
        }
    }
}

static void a_name_is_cut_between_characters_and_spelled_for_a_phone(void **state) {
    static const struct { const char *name, *start; } rows[] = {
        {"Muhammad Abdurrahman Wahid", "Muhammad Abdurrahman, "}, /* 20 characters */
        {"Muhammad Abdurrahmn  Wahid", "Muhammad Abdurrahmn, "},
        {"Jos\xC3\xA9 \xC3\x91u\xC3\xB1" "ez", "Jos\xC3\xA9 \xC3\x91u\xC3\xB1" "ez, "}, /* both in GSM-7 */
        {"Zo\xC3\xAB Nur\xE2\x80\x99" "aini", "Zoe Nur'aini, "},
        {"Ali\xC2\xA0" "Akbar", "Ali Akbar, "},
        {"Sri\nRahayu", "Sri Rahayu, "},
        {"\xF0\x9F\x98\x80 Dewi", "? Dewi, "},
        {"\xFF\xC3", "??, "},
        {"[x] {sponsor}", "?x? ?sponsor?, "}, /* what a name says is never read as a field */
        {"", "Bapak/Ibu, "},
        {"   ", "Bapak/Ibu, "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome outcome = outcome_of(OUTCOME_PENDING, "P01");
        struct letter letter;
        assert_true(letter_render(&letters, &outcome, slice_text(rows[i].name), arena, &letter));
        assert_memory_equal(letter.text.bytes, rows[i].start, strlen(rows[i].start));
        assert_true(gsm7_length(letter.text) <= LETTER_MAX);
    }
}

static void an_outcome_without_terms_still_makes_a_letter(void **state) {
    struct outcome outcome = outcome_of(OUTCOME_ACCEPTED, "");
    struct letter letter;
    outcome.start_month = 299912;
    outcome.months = 1200;
    assert_true(letter_render(&letters, &outcome, slice_text("Budi"), arena, &letter));
    outcome = outcome_of(OUTCOME_REJECTED, "E80");
    outcome.registration_date = 0;
    assert_true(letter_render(&letters, &outcome, slice_text("Budi"), arena, &letter));
    assert_non_null(strstr(arena_text(arena, letter.text), "sebelum -."));
}

/* A cover that nobody can count on from, or that has no months, is told with a dash; a letter never fails for it. */
static void terms_that_make_no_sense_are_told_with_a_dash(void **state) {
    static const struct { month_t start; uint32_t months; } rows[] = {{0, 12}, {202513, 12}, {290001, 12}, {202510, 0}, {202510, 1201}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome outcome = outcome_of(OUTCOME_ACCEPTED, "");
        struct letter letter;
        outcome.start_month = rows[i].start;
        outcome.months = rows[i].months;
        assert_true(letter_render(&letters, &outcome, slice_text("Budi"), arena, &letter));
        if (strstr(arena_text(arena, letter.text), "mulai - s.d. -") == NULL) fail_msg("%d, %u months: %s", rows[i].start, rows[i].months, arena_text(arena, letter.text));
    }
    struct outcome outcome = outcome_of(OUTCOME_PENDING, "P01");
    struct letter letter;
    outcome.registration_date = 29000101; /* no day of correction can be counted on from there */
    assert_true(letter_render(&letters, &outcome, slice_text("Budi"), arena, &letter));
    assert_non_null(strstr(arena_text(arena, letter.text), "lambat -."));
}

/* Names come with the quotes, dashes and blanks of a word processor: an SMS has plain ones. */
static void signs_of_word_processors_become_those_of_a_phone(void **state) {
    static const struct { const char *name, *shown; } rows[] = {
        {"Sa\xE2\x80\x99" "diyah", "Sa'diyah,"}, {"Sa`diyah", "Sa'diyah,"}, {"Sa\xC2\xB4" "diyah", "Sa'diyah,"}, {"Sa\xCA\xBC" "diyah", "Sa'diyah,"},
        {"Nur\xE2\x80\x93" "Aini", "Nur-Aini,"}, {"Nur\xC2\xA0" "Aini", "Nur Aini,"}, {"Nur\xE2\x80\xAF" "Aini", "Nur Aini,"}, {"Nur\tAini", "Nur Aini,"},
        {"S\xC3\xA2" "ri", "Sari,"}, {"Ren\xC3\xA9", "Ren\xC3\xA9,"}, {"Budi\xE2\x98\x8E", "Budi?,"}, {"Budi\xE2\x80\x8F", "Budi?,"}, {"Budi\xE2\x80\x9C", "Budi?,"},
        {"Bu\xCA\xBB" "di", "Bu?di,"}, {"   ", "Bapak/Ibu,"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome outcome = outcome_of(OUTCOME_ACCEPTED, "");
        struct letter letter;
        assert_true(letter_render(&letters, &outcome, slice_text(rows[i].name), arena, &letter));
        const char *text = arena_text(arena, letter.text);
        if (strncmp(text, rows[i].shown, strlen(rows[i].shown)) != 0) fail_msg("row %zu: %.30s", i, text);
    }
}

/* Replaces the first `from` in the table of messages (or of parameters) and expects the load to fail, naming the column. */
static void expect_refusal(bool in_messages, const char *from, const char *to, const char *column, const char *problem) {
    const char *text = arena_text(arena, in_messages ? messages : parameters);
    const char *at = strstr(text, from);
    assert_non_null(at);
    char *changed = arena_take(arena, strlen(text) + strlen(to) + 1);
    (void)sprintf(changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    struct letters loaded;
    struct load_error error = {0};
    bool ok = letters_load(arena, in_messages ? slice_text(changed) : messages, in_messages ? parameters : slice_text(changed), &loaded, &error);
    if (ok || strcmp(error.field, column) != 0 || strstr(error.problem, problem) == NULL)
        fail_msg("'%s' -> '%s': %s, line %u, %s: %s", from, to, ok ? "loaded" : "refused", error.line, error.field, error.problem);
}

static void a_wrong_template_does_not_load(void **state) {
    expect_refusal(true, "mulai {mulai} s.d.", "s.d.", "text", "{mulai} is missing");
    expect_refusal(true, "{alasan}", "{alsan}", "text", "unknown here");
    expect_refusal(true, "{tgl}", "{tgl} {rank}", "text", "unknown here");
    expect_refusal(true, "{nama}", "{nama} {nama}", "text", "used twice");
    expect_refusal(true, "Info: 175", "Info: 175 \xE2\x98\x8E", "text", "outside GSM-7");
    expect_refusal(true, "Info: 175", "Info: 175 atau kantor desa", "text", "more than 160");
    expect_refusal(true, "PENDING\t", "PENDNG\t", "id", "no outcome and no change of cover owes");
    expect_refusal(true, "\nPENDING\t", "\n#PENDING\t", "id", "PENDING is missing");
    expect_refusal(true, "\nPENDING\t", "\nACCEPTED\t", "id", "above already");
    expect_refusal(true, "{n} bulan", "bulan", "text", "{n} is missing");
    expect_refusal(true, "{jumlah}/bulan agar", "{jumlah}/bulan untuk anda sendiri agar", "text", "more than 160");
    expect_refusal(true, "\nLAPSED\t", "\n#LAPSED\t", "id", "LAPSED is missing");
    expect_refusal(true, "DIPERIKSA", "", "judul", "1 to");
    expect_refusal(true, "DIPERIKSA", "DIPERIKSA SEKARANG JUGA DAN SEBENTAR LAGI DIKABARKAN KEPADA ANDA", "judul", "1 to");
    expect_refusal(true, "DIPERIKSA", "DIPERIKSA \xE2\x98\x8E", "judul", "1 to");
    expect_refusal(true, "\tjudul", "\ttitle", "judul", "header");
    expect_refusal(false, "correction_days\t30", "correction_days\t0", "value", "days");
    expect_refusal(false, "correction_days\t30", "correction_days\tsoon", "value", "days");
    expect_refusal(false, "\npending_days", "\ncorrection_days", "name", "above already");
    expect_refusal(false, "\npending_days", "\nother_days", "name", "unknown");
    expect_refusal(false, "\ncorrection_days", "\n#correction_days", "name", "correction_days is missing");
    expect_refusal(false, "\npending_days", "\n#pending_days", "name", "pending_days is missing");
}

static void a_mail_names_its_event_and_nobody_in_its_headers(void **state) {
    struct outcome outcome = outcome_of(OUTCOME_ACCEPTED, "");
    struct letter letter;
    assert_true(letter_render(&letters, &outcome, slice_text("Budi Santoso"), arena, &letter));
    struct id event = {{0x01, 0x02, 0xAB}};
    const char *mail = arena_text(arena, mail_compose(&letter, event, INT64_C(1757926805123), arena));
    const char *body = strstr(mail, "\n\n");
    assert_non_null(body);
    assert_non_null(strstr(body, "Budi Santoso, Anda terdaftar"));
    char *headers = arena_text(arena, slice_of(mail, (size_t)(body - mail)));
    assert_null(strstr(headers, "Budi"));
    assert_non_null(strstr(headers, "X-Payung-Event: 0102ab00000000000000000000000000"));
    assert_non_null(strstr(headers, "\nX-Payung-Template: ACCEPTED"));
    assert_non_null(strstr(headers, "\nSubject: DITERIMA\n"));
    assert_non_null(strstr(headers, "\nDate: Mon, 15 Sep 2025 09:00:05 +0000\n"));
}

/* A title may have any letter of an SMS; a header has ASCII only (RFC 2047). A time that makes no sense is told as 1970. */
static void a_mail_has_a_header_that_every_program_reads(void **state) {
    const struct letter letter = {.template = "ACCEPTED", .title = slice_text("DITERIMA \xC3\xA9 1aZ{"), .text = slice_text("isi")};
    static const struct { int64_t ms; const char *date; } rows[] = {
        {0, "Thu, 1 Jan 1970 00:00:00 +0000"}, {-5, "Thu, 1 Jan 1970 00:00:00 +0000"}, {INT64_MAX, "Thu, 1 Jan 1970 00:00:00 +0000"}, {951782400000, "Tue, 29 Feb 2000 00:00:00 +0000"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *mail = arena_text(arena, mail_compose(&letter, (struct id){{1}}, rows[i].ms, arena));
        assert_non_null(strstr(mail, "\nSubject: =?UTF-8?Q?DITERIMA=20=C3=A9=201aZ=7B?=\n"));
        if (strstr(mail, rows[i].date) == NULL) fail_msg("%lld: %s", (long long)rows[i].ms, mail);
    }
}

static void a_template_is_shown_for_whom_it_is_not_due(void **state) {
    const struct outcome refused = {.status = OUTCOME_REJECTED, .attempt = 1, .codes = code_set_with((struct code_set){0}, CODE_E01), .registration_date = 20251001, .payer_name = slice_text("Pemkab Kepahiang"),
                                    .budget_year = 2025, .programmes = 3, .start_month = 202510, .months = 12, .rank = 7};
    const struct outcome accepted = {.status = OUTCOME_ACCEPTED, .attempt = 1, .registration_date = 20251001, .payer_name = slice_text("Pemkab Kepahiang"), .programmes = 3, .start_month = 202510, .months = 12};
    const struct coverage_changed changed = {.payer_name = slice_text("Pemkab Kepahiang"), .day = 20261001, .monthly_amount = 16800, .unpaid_months = 1};
    static const char *const all[] = {"ACCEPTED", "REJECTED_FIX", "REJECTED_FINAL", "WAITLIST", "PENDING", "LAPSE_WARN", "LAPSED", "SPONSOR_END"};
    struct letter letter;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_true(letter_preview(&letters, slice_text(all[i]), &refused, &changed, slice_text("XXXXXXXXXXXXXXXXXXXX"), arena, &letter));
        assert_string_equal(letter.template, all[i]);
        assert_true(gsm7_length(letter.text) <= LETTER_MAX);
        assert_memory_equal(letter.text.bytes, "XXXXXXXXXXXXXXXXXXXX, ", 22);
    }
    assert_true(letter_preview(&letters, slice_text("ACCEPTED"), &accepted, &changed, slice_text("Ani"), arena, &letter));
    assert_false(letter_preview(&letters, slice_text("REJECTED_FIX"), &accepted, &changed, slice_text("Ani"), arena, &letter)); /* for no reason */
    assert_false(letter_preview(&letters, slice_text("NOTHING"), &refused, &changed, slice_text("Ani"), arena, &letter));
}

/* Paper and who looks: both languages, no letter changed and nothing cut to an SMS. */
static void a_template_has_words_in_two_languages(void **state) {
    const struct outcome refused = outcome_of(OUTCOME_REJECTED, "E30"), accepted = outcome_of(OUTCOME_ACCEPTED, "");
    const struct coverage_changed changed = {.day = 20261001, .payer_name = slice_text("Pemerintah Kabupaten Kepahiang Provinsi"), .monthly_amount = 16800, .end_month = 202609};
    const struct slice name = slice_text("Siti Contoh \xC5\x81ucja Nur'aini binti Abdullah");
    static const struct { const char *template, *indonesian, *english; } rows[] = {
        {"ACCEPTED", "Siti Contoh \xC5\x81ucja Nur'aini binti Abdullah, Anda terdaftar peserta BPJS Ketenagakerjaan (JKK+JKM) mulai 1 Okt 2025 s.d. 30 Sep 2026. Iuran dibayar Pemkab Kepahiang. Info: 175",
         "Siti Contoh \xC5\x81ucja Nur'aini binti Abdullah, you are insured with BPJS Ketenagakerjaan (JKK+JKM) from 1 Oct 2025 to 30 Sep 2026. Contributions are paid by Pemkab Kepahiang. Info: 175"},
        {"REJECTED_FIX", "Siti Contoh \xC5\x81ucja Nur'aini binti Abdullah, pendaftaran BPJS Ketenagakerjaan belum diterima: KTP bukan daerah ini. Perbaiki di desa sebelum 15 Oktober 2025. Info: 175",
         "Siti Contoh \xC5\x81ucja Nur'aini binti Abdullah, your enrolment in BPJS Ketenagakerjaan is not accepted yet: your identity card is of another region. Have it corrected at the village office before 15 October 2025. Info: 175"},
        {"SPONSOR_END", "Siti Contoh \xC5\x81ucja Nur'aini binti Abdullah, iuran dari Pemerintah Kabupaten Kepahiang Provinsi berakhir 30 September 2026. Lanjutkan mandiri Rp16.800/bulan agar tetap terlindungi. Info: 175 atau JMO.",
         "Siti Contoh \xC5\x81ucja Nur'aini binti Abdullah, the contributions by Pemerintah Kabupaten Kepahiang Provinsi end on 30 September 2026. Go on by yourself for Rp16.800 a month to stay covered. Info: 175 or JMO."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct letter_about about = {.outcome = i == 1 ? &refused : &accepted, .changed = &changed};
        struct slice text;
        assert_true(letter_words(&letters, &reasons, slice_text(rows[i].template), &about, name, false, arena, &text));
        assert_true(slice_is(text, rows[i].indonesian));
        assert_true(letter_words(&letters, &reasons, slice_text(rows[i].template), &about, name, true, arena, &text));
        assert_true(slice_is(text, rows[i].english));
    }
    struct slice text;
    const struct letter_about about = {.outcome = &accepted, .changed = &changed};
    assert_false(letter_words(&letters, &reasons, slice_text("REJECTED_FIX"), &about, name, true, arena, &text)); /* for no reason */
    assert_false(letter_words(&letters, &reasons, slice_text("NOTHING"), &about, name, true, arena, &text));
    char damaged[200];
    memset(damaged, 0xFF, sizeof damaged);
    assert_true(letter_words(&letters, &reasons, slice_text("PENDING"), &about, slice_of(damaged, sizeof damaged), false, arena, &text));
    assert_memory_equal(text.bytes, "????????????????????????????????????????????????????????????, data", 66); /* LETTER_WORDS_MAX of them */
}

static void a_refusal_has_a_deadline(void **state) {
    struct outcome outcome = outcome_of(OUTCOME_REJECTED, "E30");
    assert_int_equal(letter_deadline(&letters, &outcome), 20251015);
    outcome.registration_date = 0;
    assert_int_equal(letter_deadline(&letters, &outcome), 0);
    outcome = outcome_of(OUTCOME_ACCEPTED, "");
    assert_int_equal(letter_deadline(&letters, &outcome), 0);
}

static void wrong_reasons_do_not_load(void **state) {
    static const struct { const char *change, *problem; } rows[] = {
        {"code\talasan\tperbaikan\treason\tremedy\nE99\ta\tb\tc\td\n", "no code of a refusal"},
        {"code\talasan\tperbaikan\treason\tremedy\nW20\ta\tb\tc\td\n", "no code of a refusal"},
        {"code\talasan\tperbaikan\treason\tremedy\nE01\ta\tb\tc\td\nE01\ta\tb\tc\td\n", "this code stands above already"},
        {"code\talasan\tperbaikan\treason\tremedy\nE01\ta\t \tc\td\n", "a text has 1 to 160 bytes of UTF-8"},
        {"code\talasan\tperbaikan\treason\tremedy\nE01\ta\tb\tc\t\xFF\n", "a text has 1 to 160 bytes of UTF-8"},
        {"code\talasan\tperbaikan\treason\tremedy\nE01\ta\tb\tc\td\n", "the code E02 is missing"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct letter_reasons untouched;
        struct load_error error = {0};
        assert_false(reasons_load(arena, slice_text(rows[i].change), &untouched, &error));
        assert_string_equal(error.problem, rows[i].problem);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_template_has_words_in_two_languages), cmocka_unit_test(a_refusal_has_a_deadline), cmocka_unit_test(wrong_reasons_do_not_load),
        cmocka_unit_test(a_template_is_shown_for_whom_it_is_not_due),
        cmocka_unit_test(each_outcome_has_its_words), cmocka_unit_test(the_programmes_of_each_segment_are_named),
        cmocka_unit_test(each_change_of_cover_has_its_words),
        cmocka_unit_test(a_change_of_cover_owes_only_its_own_messages),
        cmocka_unit_test(a_change_of_cover_without_figures_is_told_with_dashes),
        cmocka_unit_test(the_longest_fields_of_a_cover_fit_one_sms),
        cmocka_unit_test(every_code_leads_to_the_message_of_the_rule_book),
        cmocka_unit_test(nobody_is_told_twice_or_of_nothing_new),
        cmocka_unit_test(the_longest_fields_fit_one_sms),
        cmocka_unit_test(a_name_is_cut_between_characters_and_spelled_for_a_phone),
        cmocka_unit_test(an_outcome_without_terms_still_makes_a_letter),
        cmocka_unit_test(a_wrong_template_does_not_load),
        cmocka_unit_test(terms_that_make_no_sense_are_told_with_a_dash),
        cmocka_unit_test(signs_of_word_processors_become_those_of_a_phone),
        cmocka_unit_test(a_mail_names_its_event_and_nobody_in_its_headers),
        cmocka_unit_test(a_mail_has_a_header_that_every_program_reads),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
