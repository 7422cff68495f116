/* How fast an export is proved: a made ledger of one agreement (people, an invoice and a payment for each of twelve months: outcomes, entries, lines) is written to a file, and the
 * whole proof is timed beside SHA-256 of the same bytes in the same rounds; so figures of different machines can be compared. The median of the rounds counts. Wanted are 500,000
 * entries, outcomes and lines a second: exit code 1 below, unless --report is given. Not a test: a busy machine would fail it.
 * usage: verify_bench [--report] [people]     the file lies in TMPDIR */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "common/edge/crypto.h"
#include "services/ledger/export_record.h"
#include "services/ledger/export_verify.h"

enum { ROUNDS = 7, PEOPLE = 20000, PEOPLE_MAX = 1000000, LIST = 1000, MONTHS = 12, TARGET_PER_SECOND = 500000, JKK = 10000, JKM = 6800, ARENA_BYTES = 1024 * 1024 * 1024 };

static const char document[] = "{\"id\":\"laju\",\"pagu\":100000000000}";

static struct maker {
    FILE *file;
    struct arena *arena;
    struct record record;
    struct chain_totals totals;
    struct chain_counts counts;
    int64_t seq;
    uint8_t head[SHA256_BYTES];
} maker;

static void stop(const char *why) {
    fprintf(stderr, "verify_bench: %s\n", why);
    exit(1);
}

static void write_record(void) {
    if (fwrite(maker.record.bytes, 1, maker.record.used, maker.file) != maker.record.used) stop("the file can't be written");
}

/* ---- a ledger --------------------------------------------------------------------------------------------------------------------------------- */

static void finish_journal(struct journal_row *journal, const struct outcome_row *outcomes, const struct line_row *lines) {
    struct ledger_sums sums = {0};
    struct entry_row entries[SUMS_ENTRIES_MAX];
    uint8_t hash[SHA256_BYTES];
    journal->agreement_no = 1;
    journal->seq = journal->commit_sequence = ++maker.seq;
    journal->version = JOURNAL_VERSION;
    journal->business_date = 20251001;
    journal->previous = slice_of(maker.head, maker.seq > 1 ? sizeof maker.head : 0);
    if (journal->reference.bytes == NULL) journal->reference = slice_text("");
    journal->reason = slice_text("");
    for (int32_t i = 0; i < journal->outcomes; i++) CHECK(sums_add_outcome(&sums, &outcomes[i]));
    for (int32_t i = 0; i < journal->lines; i++) CHECK(sums_add_line(maker.arena, &sums, &lines[i]));
    const size_t count = sums_entries(maker.arena, &sums, slice_text("laju"), entries);
    struct sha256 *state = sha256_start();
    sha256_add(state, canonical_journal(maker.arena, journal));
    for (size_t i = 0; i < count; i++) sha256_add(state, canonical_entry(maker.arena, &entries[i]));
    for (int32_t i = 0; i < journal->outcomes; i++) sha256_add(state, canonical_outcome(maker.arena, &outcomes[i], journal->version));
    for (int32_t i = 0; i < journal->lines; i++) sha256_add(state, canonical_line(maker.arena, &lines[i]));
    sha256_finish(state, hash);
    record_of_journal(&maker.record, journal, slice_of(hash, sizeof hash));
    write_record();
    for (size_t i = 0; i < count; i++) record_of_entry(&maker.record, &entries[i]), write_record();
    for (int32_t i = 0; i < journal->outcomes; i++) record_of_outcome(&maker.record, &outcomes[i]), write_record();
    for (int32_t i = 0; i < journal->lines; i++) record_of_line(&maker.record, &lines[i]), write_record();
    memcpy(maker.head, hash, sizeof hash);
    maker.counts.journals++;
    maker.counts.entries += (int64_t)count;
    maker.counts.outcomes += journal->outcomes;
    maker.counts.lines += journal->lines;
    arena_reset(maker.arena);
}

static void make_list(int32_t first, int32_t count) {
    static struct outcome_row rows[LIST];
    const struct premium_line lines[] = {
        {.charge = CHARGE_JKK, .from = 202510, .months = MONTHS, .base = 1000000, .rate_ppm = 10000, .normal = JKK, .amount = JKK, .tariff_row = slice_text("BPU-JKK-2015/01"),
         .regulation = slice_text("PP 44/2015 Lampiran II"), .relief = slice_text("")},
        {.charge = CHARGE_JKM, .from = 202510, .months = MONTHS, .base = 0, .normal = JKM, .amount = JKM, .tariff_row = slice_text("BPU-JKM-2015"),
         .regulation = slice_text("PP 44/2015 Pasal 34"), .relief = slice_text("")}};
    const struct premium premium = {.line_count = 2, .lines = (struct premium_line *)lines};
    const struct slice text = canonical_lines(maker.arena, &premium);
    for (int32_t i = 0; i < count; i++) {
        rows[i] = (struct outcome_row){.epoch = 1, .origin = first + i, .attempt = 1, .agreement_no = 1, .batch_id = slice_text("b0123456789abcdef0123456789abcdef"), .row_number = first + i + 1,
                                       .status = OUTCOME_ACCEPTED, .segment = SEGMENT_BPU, .programmes = 3, .start_month = 202510, .months = MONTHS, .by_charge = {JKK * MONTHS, JKM * MONTHS},
                                       .amount = (JKK + JKM) * MONTHS, .place = first + i + 1, .registration_date = 20250915, .lines = text, .message_due = slice_text("ACCEPTED"),
                                       .commit_sequence = maker.seq + 1, .position = i, .journal_seq = maker.seq + 1};
        const uint32_t word = (uint32_t)(first + i) * 2654435761u;
        memcpy(rows[i].application_id.bytes, &word, sizeof word);
        memcpy(rows[i].person.bytes, &word, sizeof word);
    }
    struct journal_row journal = {.kind = slice_text("COMMITMENT"), .outcomes = count};
    finish_journal(&journal, rows, NULL);
    maker.totals.accepted += count;
    maker.totals.committed += (rupiah)count * (JKK + JKM) * MONTHS;
}

static void make_month(int32_t people, month_t month, enum line_kind kind) {
    struct line_row *lines = malloc(((size_t)people + 1) * sizeof *lines);
    CHECK(lines != NULL);
    int32_t used = 0;
    if (kind == LINE_SETTLED)
        lines[used++] = (struct line_row){.agreement_no = 1, .journal_seq = maker.seq + 1, .month = month, .kind = LINE_RECEIVED, .months = 1, .amount = (rupiah)people * (JKK + JKM), .day = 20251010,
                                          .reason = slice_text(""), .detail = slice_text("BANK-BENGKULU")};
    for (int32_t i = 0; i < people; i++, used++)
        lines[used] = (struct line_row){.agreement_no = 1, .journal_seq = maker.seq + 1, .position = used, .month = month, .kind = kind, .place = i + 1, .months = 1, .by_charge = {JKK, JKM},
                                        .amount = JKK + JKM, .day = 20251010, .reason = slice_text(""), .detail = slice_text(""), .invoice_no = 1};
    struct journal_row journal = {.kind = slice_text(kind == LINE_SETTLED ? "PAYMENT" : "INVOICE"), .lines = used, .reference = slice_text("INV-1708-202510-0001")};
    finish_journal(&journal, NULL, lines);
    free(lines);
}

static void make_body(int32_t people) {
    uint8_t hash[SHA256_BYTES];
    char reference[2 * SHA256_BYTES + 32] = "amendment 0 sha256 ";
    crypto_sha256(slice_text(document), hash);
    for (int i = 0; i < SHA256_BYTES; i++) (void)snprintf(reference + strlen(reference), 3, "%02x", hash[i]); /* fits */
    record_of_version(&maker.record, &(struct record_version){.journal_seq = 1, .sha256 = slice_of(hash, sizeof hash), .document = slice_text(document)});
    write_record();
    maker.counts.versions = 1;
    struct journal_row journal = {.kind = slice_text("AGREEMENT"), .reference = slice_text(reference)};
    finish_journal(&journal, NULL, NULL);
    for (int32_t first = 0; first < people; first += LIST) make_list(first, people - first < LIST ? people - first : LIST);
    for (int i = 0; i < MONTHS; i++) {
        make_month(people, month_add(202510, i), LINE_INVOICED);
        make_month(people, month_add(202510, i), LINE_SETTLED);
    }
}

/* The agreement's record stands before its chain and tells how it ends, so the chain is made twice. */
static void make_export(FILE *file, int32_t people) {
    FILE *nowhere = fopen("/dev/null", "wbe");
    if (nowhere == NULL) stop("no /dev/null");
    maker.arena = arena_create(ARENA_BYTES);
    maker.record.bytes = malloc(RECORD_BYTES_MAX);
    maker.file = nowhere;
    make_body(people);
    (void)fclose(nowhere);
    const struct chain_agreement none = {.id = slice_text("none"), .head = slice_text("")};
    uint8_t head[SHA256_BYTES];
    memcpy(head, maker.head, sizeof head);
    const struct chain_agreement agreement = {.agreement_no = 1, .id = slice_text("laju"), .versions = 1, .journal_seq = maker.seq, .head = slice_of(head, sizeof head), .totals = maker.totals};
    maker = (struct maker){.file = file, .arena = maker.arena, .record = maker.record};
    if (fwrite(record_preface().bytes, 1, record_preface().size, file) != record_preface().size) stop("the file can't be written");
    record_of_export(&maker.record, RECORD_SCOPE_ALL);
    write_record();
    record_of_agreement(&maker.record, &none);
    write_record();
    record_of_agreement(&maker.record, &agreement);
    write_record();
    make_body(people);
    maker.counts.agreements = 1;
    record_of_end(&maker.record, &maker.counts);
    write_record();
    arena_destroy(maker.arena);
    free(maker.record.bytes);
}

/* ---- rounds ------------------------------------------------------------------------------------------------------------------------------------- */

static int64_t time_proof(const char *path, struct export_report *report) {
    const int64_t start = clock_monotonic_us();
    const struct err err = export_verify(path, &(struct export_check){0}, report);
    if (failed(&err)) stop(err.text);
    if (report->problem_count > 0) stop(report->problems[0].text);
    return clock_monotonic_us() - start;
}

static int64_t time_hash(const char *path) {
    static uint8_t bytes[1024 * 1024];
    uint8_t hash[SHA256_BYTES];
    const int64_t start = clock_monotonic_us();
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct sha256 *state = sha256_start();
    for (ssize_t got = read(fd, bytes, sizeof bytes); got > 0; got = read(fd, bytes, sizeof bytes)) sha256_add(state, slice_of(bytes, (size_t)got));
    sha256_finish(state, hash);
    (void)close(fd); /* only read */
    return clock_monotonic_us() - start;
}

static int ascending(const void *a, const void *b) {
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static int64_t median(int64_t times[ROUNDS]) {
    qsort(times, ROUNDS, sizeof *times, ascending);
    return times[ROUNDS / 2];
}

int main(int argc, char **argv) {
    static struct export_report report;
    int64_t proofs[ROUNDS], hashes[ROUNDS];
    char path[512];
    uint64_t people = PEOPLE;
    const bool report_only = argc > 1 && strcmp(argv[1], "--report") == 0;
    const int first = report_only ? 2 : 1;
    const char *folder = getenv("TMPDIR");
    if (argc > first + 1 || (argc == first + 1 && (!text_number(slice_text(argv[first]), PEOPLE_MAX, &people) || people == 0))) stop("usage: verify_bench [--report] [people up to 1,000,000]");
    if (snprintf(path, sizeof path, "%s/payung-verify-bench-XXXXXX", folder != NULL ? folder : P_tmpdir) >= (int)sizeof path) stop("TMPDIR is too long");
    const int fd = mkstemp(path);
    FILE *file = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (file == NULL) stop("no temporary file");
    make_export(file, (int32_t)people);
    if (fclose(file) != 0) stop("the file can't be written");
    for (int round = 0; round < ROUNDS; round++) {
        proofs[round] = time_proof(path, &report);
        hashes[round] = time_hash(path);
    }
    (void)unlink(path);
    const int64_t rows = report.counts.entries + report.counts.outcomes + report.counts.lines, us = median(proofs), hash_us = median(hashes), rate = rows * 1000000 / us;
    printf("%" PRId64 " entries, outcomes and lines (%" PRId64 ", %" PRId64 ", %" PRId64 "), %" PRId64 " bytes: proved in %" PRId64 " ms, %" PRId64 " rows/s%s; SHA-256 of the same bytes %" PRId64 " ms, ratio %" PRId64 ".%" PRId64
           "; fastest round %" PRId64 " rows/s\n",
           rows, report.counts.entries, report.counts.outcomes, report.counts.lines, report.bytes, us / 1000, rate, rate >= TARGET_PER_SECOND ? "" : " (MISSED: wanted are 500,000)", hash_us / 1000, us / hash_us,
           us * 10 / hash_us % 10, rows * 1000000 / proofs[0]);
    return rate >= TARGET_PER_SECOND || report_only ? 0 : 1;
}
