/* Seven sorted streams side by side, merged into the order of the chains. What is in the ledger is written as it is, right or wrong: judging is the reader's part, so rows
 * without a journal are written too, where they would stand. */
#include "services/ledger/export.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/edge/fresh_file.h"
#include "services/ledger/agreement_document.h"
#include "services/ledger/export_record.h"
#include "services/ledger/rows.h"
#include "services/ledger/verify_parts.h"

enum { WORK_BYTES_MAX = 16 * 1024 * 1024, FILE_BUFFER_BYTES = 1024 * 1024, PATIENCE_MS = 30 * 60 * 1000 };

/* One agreement or all: the range of numbers that every statement reads. */
#define IN_SCOPE(column) column " BETWEEN current_setting('payung.from')::int AND current_setting('payung.to')::int"

struct writer {
    FILE *file;
    struct arena *work; /* reset for each agreement and document */
    struct record record;
    struct export_result result;
    struct verify_stream agreements, versions, journals, entries, outcomes, lines, heads;
};

static struct err open_streams(struct pg *pg, struct writer *writer) {
    TRY(stream_open(pg,
                    "DECLARE export_agreements NO SCROLL CURSOR FOR SELECT b.agreement_no, a.agreement_id,"
                    " greatest(1, (SELECT count(*) FROM ledger.agreement_version v WHERE v.agreement_no = b.agreement_no))::int,"
                    " (SELECT count(*) FROM ledger.head h WHERE h.agreement_no = b.agreement_no)::int,"
                    " " DELEGATED_BEFORE_SQL ", b.journal_seq, b.head, b.committed, b.reserved, b.delegated, b.receivable, b.credit, b.accepted, b.reserved_heads, b.waitlisted"
                    " FROM ledger.budget b JOIN ledger.agreement a USING (agreement_no) WHERE " IN_SCOPE("b.agreement_no") " ORDER BY b.agreement_no",
                    "FETCH 256 FROM export_agreements", &writer->agreements));
    TRY(stream_open(pg,
                    "DECLARE export_versions NO SCROLL CURSOR FOR"
                    " SELECT agreement_no, journal_seq, amendment, document_sha256, document FROM ledger.agreement_version WHERE " IN_SCOPE("agreement_no")
                    " UNION ALL SELECT a.agreement_no, 0, 0, a.document_sha256, a.document FROM ledger.agreement a WHERE a.agreement_no > 0 AND " IN_SCOPE("a.agreement_no")
                    " AND NOT EXISTS (SELECT FROM ledger.agreement_version v WHERE v.agreement_no = a.agreement_no) ORDER BY 1, 3",
                    "FETCH 64 FROM export_versions", &writer->versions));
    TRY(stream_open(pg, "DECLARE export_journals NO SCROLL CURSOR FOR SELECT " JOURNAL_COLUMNS " FROM ledger.journal j WHERE " IN_SCOPE("j.agreement_no") " ORDER BY j.agreement_no, j.seq",
                    "FETCH 4096 FROM export_journals", &writer->journals));
    TRY(stream_open(pg, "DECLARE export_entries NO SCROLL CURSOR FOR SELECT agreement_no, seq, line, account, amount FROM ledger.entry WHERE " IN_SCOPE("agreement_no")
                        " ORDER BY agreement_no, seq, line",
                    "FETCH 4096 FROM export_entries", &writer->entries));
    TRY(stream_open(pg, "DECLARE export_outcomes NO SCROLL CURSOR FOR SELECT " OUTCOME_COLUMNS " FROM ledger.outcome o WHERE " IN_SCOPE("o.agreement_no")
                        " ORDER BY o.agreement_no, o.journal_seq, o.position",
                    "FETCH 4096 FROM export_outcomes", &writer->outcomes));
    TRY(stream_open(pg, "DECLARE export_lines NO SCROLL CURSOR FOR SELECT " LINE_COLUMNS " FROM ledger.line l WHERE " IN_SCOPE("l.agreement_no")
                        " ORDER BY l.agreement_no, l.journal_seq, l.position",
                    "FETCH 4096 FROM export_lines", &writer->lines));
    return stream_open(pg, "DECLARE export_heads NO SCROLL CURSOR FOR SELECT agreement_no, seq, document, public_key, signature FROM ledger.head WHERE " IN_SCOPE("agreement_no")
                           " ORDER BY agreement_no, number",
                       "FETCH 256 FROM export_heads", &writer->heads);
}

static void close_streams(struct writer *writer) {
    struct verify_stream *const streams[] = {&writer->agreements, &writer->versions, &writer->journals, &writer->entries, &writer->outcomes, &writer->lines, &writer->heads};
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) stream_close(streams[i]);
}

static struct err unwritable(struct writer *writer, const char *why) {
    writer->result.unwritable = true;
    return ERR(FATAL, "the export can't be written: %s", why);
}

static struct err write_bytes(struct writer *writer, struct slice bytes) {
    if (fwrite(bytes.bytes, 1, bytes.size, writer->file) != bytes.size) return unwritable(writer, strerror(errno));
    writer->result.bytes += (int64_t)bytes.size;
    return OK;
}

static struct err write_record(struct writer *writer) { return write_bytes(writer, slice_of(writer->record.bytes, writer->record.used)); }

/* The first two columns of a stream are agreement and journal; outcomes have theirs elsewhere. */
static bool is_due(const struct verify_stream *stream, int agreement_column, int journal_column, int32_t agreement_no, int64_t seq) {
    if (stream->ended) return false;
    const int32_t its_agreement = pg_int4(&stream->rows, stream->at, agreement_column);
    return its_agreement < agreement_no || (its_agreement == agreement_no && pg_int8(&stream->rows, stream->at, journal_column) <= seq);
}

static struct err write_versions(struct writer *writer, int32_t agreement_no, int64_t seq) {
    for (struct verify_stream *stream = &writer->versions; is_due(stream, 0, 1, agreement_no, seq);) {
        const struct pg_rows *rows = &stream->rows;
        arena_reset(writer->work);
        const struct slice stored = pg_bytes(rows, stream->at, 4), canonical = agreement_document_canonical(writer->work, stored);
        const struct record_version version = {.amendment = pg_int4(rows, stream->at, 2), .journal_seq = pg_int8(rows, stream->at, 1), .sha256 = pg_bytes(rows, stream->at, 3),
                                               .document = canonical.bytes != NULL ? canonical : stored};
        record_of_version(&writer->record, &version);
        TRY(write_record(writer));
        writer->result.counts.versions++;
        TRY(stream_next(stream));
    }
    return OK;
}

static struct err write_entries(struct writer *writer, int32_t agreement_no, int64_t seq) {
    for (struct verify_stream *stream = &writer->entries; is_due(stream, 0, 1, agreement_no, seq);) {
        const struct entry_row entry = {.line = pg_int2(&stream->rows, stream->at, 2), .account = pg_bytes(&stream->rows, stream->at, 3), .amount = pg_int8(&stream->rows, stream->at, 4)};
        record_of_entry(&writer->record, &entry);
        TRY(write_record(writer));
        writer->result.counts.entries++;
        TRY(stream_next(stream));
    }
    return OK;
}

static struct err write_outcomes(struct writer *writer, int32_t agreement_no, int64_t seq) {
    for (struct verify_stream *stream = &writer->outcomes; is_due(stream, OUTCOME_AGREEMENT_COLUMN, OUTCOME_JOURNAL_COLUMN, agreement_no, seq);) {
        const struct outcome_row outcome = outcome_row_of(&stream->rows, stream->at);
        record_of_outcome(&writer->record, &outcome);
        TRY(write_record(writer));
        writer->result.counts.outcomes++;
        TRY(stream_next(stream));
    }
    return OK;
}

static struct err write_lines(struct writer *writer, int32_t agreement_no, int64_t seq) {
    for (struct verify_stream *stream = &writer->lines; is_due(stream, 0, 1, agreement_no, seq);) {
        const struct line_row line = line_row_of(&stream->rows, stream->at);
        record_of_line(&writer->record, &line);
        TRY(write_record(writer));
        writer->result.counts.lines++;
        TRY(stream_next(stream));
    }
    return OK;
}

static struct err write_heads(struct writer *writer, int32_t agreement_no, int64_t seq) {
    for (struct verify_stream *stream = &writer->heads; is_due(stream, 0, 1, agreement_no, seq);) {
        struct record_head head = {.document = pg_bytes(&stream->rows, stream->at, 2)};
        const struct slice key = pg_bytes(&stream->rows, stream->at, 3), signature = pg_bytes(&stream->rows, stream->at, 4);
        if (key.size != sizeof head.key || signature.size != sizeof head.signature) return ERR(FATAL, "a signed head has a key or signature of another size");
        memcpy(head.key, key.bytes, key.size);
        memcpy(head.signature, signature.bytes, signature.size);
        record_of_head(&writer->record, &head);
        TRY(write_record(writer));
        writer->result.counts.heads++;
        TRY(stream_next(stream));
    }
    return OK;
}

static struct err write_rows(struct writer *writer, int32_t agreement_no, int64_t seq) {
    TRY(write_entries(writer, agreement_no, seq));
    TRY(write_outcomes(writer, agreement_no, seq));
    TRY(write_lines(writer, agreement_no, seq));
    return write_heads(writer, agreement_no, seq);
}

static struct err write_journals(struct writer *writer, int32_t agreement_no) {
    for (struct verify_stream *stream = &writer->journals; is_due(stream, 0, 1, agreement_no, INT64_MAX);) {
        const struct journal_row journal = journal_row_of(&stream->rows, stream->at);
        TRY(write_versions(writer, agreement_no, journal.seq));
        record_of_journal(&writer->record, &journal, pg_bytes(&stream->rows, stream->at, JOURNAL_HASH_COLUMN));
        TRY(write_record(writer));
        writer->result.counts.journals++;
        TRY(write_rows(writer, agreement_no, journal.seq));
        TRY(stream_next(stream));
    }
    return OK;
}

static struct err write_agreement(struct writer *writer) {
    const struct pg_rows *rows = &writer->agreements.rows;
    const size_t at = writer->agreements.at;
    const int32_t agreement_no = pg_int4(rows, at, 0);
    const struct chain_agreement agreement = {
        .agreement_no = agreement_no, .id = pg_bytes(rows, at, 1), .versions = agreement_no > 0 ? pg_int4(rows, at, 2) : 0, .heads = pg_int4(rows, at, 3),
        .delegated_before = pg_int8(rows, at, 4), .journal_seq = pg_int8(rows, at, 5), .head = pg_bytes(rows, at, 6),
        .totals = {.committed = pg_int8(rows, at, 7), .reserved = pg_int8(rows, at, 8), .delegated = pg_int8(rows, at, 9), .receivable = pg_int8(rows, at, 10),
                   .credit = pg_int8(rows, at, 11), .accepted = pg_int8(rows, at, 12), .reserved_heads = pg_int8(rows, at, 13), .waitlisted = pg_int8(rows, at, 14)},
    };
    record_of_agreement(&writer->record, &agreement);
    TRY(write_record(writer));
    writer->result.counts.agreements += agreement_no > 0;
    TRY(write_versions(writer, agreement_no, 0));
    TRY(write_journals(writer, agreement_no));
    TRY(write_versions(writer, agreement_no, INT64_MAX)); /* what is left has no journal */
    TRY(write_rows(writer, agreement_no, INT64_MAX));
    return stream_next(&writer->agreements);
}

static struct err write_all(struct pg *pg, struct writer *writer, int32_t scope) {
    TRY(open_streams(pg, writer));
    TRY(write_bytes(writer, record_preface()));
    record_of_export(&writer->record, scope);
    TRY(write_record(writer));
    while (!writer->agreements.ended) TRY(write_agreement(writer));
    TRY(write_rows(writer, INT32_MAX, INT64_MAX));
    record_of_end(&writer->record, &writer->result.counts);
    return write_record(writer);
}

/* ---- the file --------------------------------------------------------------------------------------------------------------------------------- */

static struct err open_scope(struct pg *pg, struct arena *arena, struct slice agreement, bool *ret_found, int32_t *ret_scope) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, agreement);
    TRY(pg_begin(pg));
    TRY(pg_script(pg, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    TRY(pg_script(pg, "SET LOCAL statement_timeout = 0; SET LOCAL cursor_tuple_fraction = 0.01"));
    TRY(pg_run(pg, arena, "WITH scope AS (SELECT min(agreement_no) AS first, max(agreement_no) AS last FROM ledger.agreement WHERE $1 = '' OR agreement_id = $1)"
                          " SELECT first, set_config('payung.from', first::text, true), set_config('payung.to', last::text, true) FROM scope",
               p, &rows));
    *ret_found = !pg_is_null(&rows, 0, 0);
    *ret_scope = agreement.size == 0 || !*ret_found ? RECORD_SCOPE_ALL : pg_int4(&rows, 0, 0);
    return OK;
}

static struct err write_file(struct pg *pg, struct writer *writer, const char *path, int32_t scope) {
    struct fresh_file fresh;
    struct err err = fresh_file_open(path, FRESH_PRIVATE, &fresh);
    writer->result.unwritable = failed(&err);
    if (failed(&err)) return err;
    char *const buffer = malloc(FILE_BUFFER_BYTES);
    CHECK(buffer != NULL && setvbuf(fresh.stream, buffer, _IOFBF, FILE_BUFFER_BYTES) == 0);
    writer->file = fresh.stream;
    err = write_all(pg, writer, scope);
    if (failed(&err)) {
        fresh_file_drop(&fresh);
    } else {
        err = fresh_file_keep(&fresh);
        writer->result.unwritable = failed(&err);
    }
    free(buffer);
    return err;
}

struct err ledger_export(struct pg *pg, const char *path, struct slice agreement, bool *ret_found, struct export_result *ret_result) {
    struct writer writer = {.work = arena_create(WORK_BYTES_MAX), .record = {.bytes = malloc(RECORD_BYTES_MAX)}};
    int32_t scope = RECORD_SCOPE_ALL;
    CHECK(writer.record.bytes != NULL);
    pg_patience(pg, PATIENCE_MS);
    struct err err = open_scope(pg, writer.work, agreement, ret_found, &scope);
    if (!failed(&err) && *ret_found) err = write_file(pg, &writer, path, scope);
    close_streams(&writer);
    pg_rollback(pg);
    free(writer.record.bytes);
    arena_destroy(writer.work);
    *ret_result = writer.result;
    return err;
}
