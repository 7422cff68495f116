/* One statement asks where every chain stood at the end of the day, one writes what was signed. The signature itself is crypto_sign.h's. */
#include "services/ledger/head.h"

#include <stdio.h>

#include "common/domain/text.h"

enum { DAY_MS = 86400000 };

/* ---- where the chains stood -------------------------------------------------------------------------------------------------------------------------- */

/* Balances at the last journal stand in the budget; before it they are the sums of the entries. */
static struct err ask(struct pg *pg, struct arena *arena, struct slice agreement, day_t day, struct pg_rows *ret_rows) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, agreement);
    pg_add_date(p, day);
    pg_add_timestamp_ms(p, (int64_t)(day_distance(19700101, day) + 1) * DAY_MS - WIB_OFFSET_S * INT64_C(1000));
    return pg_run(pg, arena,
                  "SELECT a.agreement_no, a.agreement_id, j.seq, j.hash, t.committed, t.receivable, t.credit, h.number, h.document, h.public_key, h.signature,"
                  " coalesce(last.number, 0), last.date > $2 OR last.seq > j.seq"
                  " FROM ledger.agreement a JOIN ledger.budget b USING (agreement_no)"
                  " CROSS JOIN LATERAL (SELECT seq, hash FROM ledger.journal WHERE agreement_no = a.agreement_no AND posted_at < $3 ORDER BY seq DESC LIMIT 1) j"
                  " CROSS JOIN LATERAL (SELECT b.committed, b.receivable, b.credit WHERE j.seq = b.journal_seq"
                  "  UNION ALL SELECT coalesce(sum(e.amount) FILTER (WHERE e.account LIKE 'KOMITMEN:%'), 0)::bigint, coalesce(sum(e.amount) FILTER (WHERE e.account LIKE 'PIUTANG:%'), 0)::bigint,"
                  "  coalesce(-sum(e.amount) FILTER (WHERE e.account LIKE 'TITIPAN:%'), 0)::bigint FROM ledger.entry e WHERE e.agreement_no = a.agreement_no AND e.seq <= j.seq"
                  "  HAVING j.seq <> b.journal_seq) t"
                  " LEFT JOIN ledger.head h ON h.agreement_no = a.agreement_no AND h.date = $2 AND h.seq = j.seq"
                  " LEFT JOIN LATERAL (SELECT number, date, seq FROM ledger.head WHERE agreement_no = a.agreement_no ORDER BY number DESC LIMIT 1) last ON true"
                  " WHERE $1 = '' OR a.agreement_id = $1 ORDER BY a.agreement_no",
                  p, ret_rows);
}

static bool read_kept(const struct pg_rows *rows, size_t row, struct signed_head *head) {
    const struct slice key = pg_bytes(rows, row, 9), signature = pg_bytes(rows, row, 10);
    head->document = pg_bytes(rows, row, 8);
    if (key.size != sizeof head->key.bytes || signature.size != sizeof head->signature || !head_read(head->document, &head->head)) return false;
    memcpy(head->key.bytes, key.bytes, key.size);
    memcpy(head->signature, signature.bytes, signature.size);
    return true;
}

static void sign_head(struct arena *arena, const struct signer *signer, const struct pg_rows *rows, size_t row, day_t day, int64_t now_ms, struct signed_head *head) {
    const struct slice hash = pg_bytes(rows, row, 3);
    CHECK(hash.size == HEAD_HASH_BYTES); /* a constraint of the table */
    head->head = (struct ledger_head){.number = pg_int4(rows, row, 11) + 1, .date = day, .agreement = pg_bytes(rows, row, 1), .agreement_no = pg_int4(rows, row, 0),
                                      .journal_seq = pg_int8(rows, row, 2), .committed = pg_int8(rows, row, 4), .receivable = pg_int8(rows, row, 5), .credit = pg_int8(rows, row, 6),
                                      .made_at_s = now_ms / 1000};
    memcpy(head->head.hash, hash.bytes, hash.size);
    head->document = head_write(arena, &head->head);
    head->key = *signer_public(signer);
    sign(signer, head->document, head->signature);
    head->is_new = true;
}

static struct err keep(struct pg *pg, struct arena *arena, const struct signed_head *heads, size_t count) {
    int32_t *agreements = arena_take(arena, (count + 1) * sizeof *agreements), *numbers = arena_take(arena, (count + 1) * sizeof *numbers);
    int32_t *dates = arena_take(arena, (count + 1) * sizeof *dates);
    int64_t *seqs = arena_take(arena, (count + 1) * sizeof *seqs);
    struct slice *hashes = arena_take(arena, (count + 1) * sizeof *hashes), *documents = arena_take(arena, (count + 1) * sizeof *documents);
    struct slice *keys = arena_take(arena, (count + 1) * sizeof *keys), *signatures = arena_take(arena, (count + 1) * sizeof *signatures);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct signed_head *head = &heads[i];
        if (!head->is_new) continue;
        agreements[n] = head->head.agreement_no;
        numbers[n] = head->head.number;
        dates[n] = head->head.date;
        seqs[n] = head->head.journal_seq;
        hashes[n] = slice_of(head->head.hash, sizeof head->head.hash);
        documents[n] = head->document;
        keys[n] = slice_of(head->key.bytes, sizeof head->key.bytes);
        signatures[n++] = slice_of(head->signature, sizeof head->signature);
    }
    if (n == 0) return OK;
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4_array(p, agreements, n);
    pg_add_int4_array(p, numbers, n);
    pg_add_date_array(p, dates, n);
    pg_add_int8_array(p, seqs, n);
    pg_add_bytea_array(p, hashes, n);
    pg_add_text_array(p, documents, n);
    pg_add_bytea_array(p, keys, n);
    pg_add_bytea_array(p, signatures, n);
    return pg_run(pg, arena, "INSERT INTO ledger.head (agreement_no, number, date, seq, hash, document, public_key, signature) SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)", p, NULL);
}

static struct err find_agreement(struct pg *pg, struct arena *arena, struct slice agreement, bool *ret_found) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, agreement);
    TRY(pg_run(pg, arena, "SELECT FROM ledger.agreement WHERE $1 = '' OR agreement_id = $1 LIMIT 1", p, &rows));
    *ret_found = rows.count > 0;
    return OK;
}

static struct err make_heads(struct pg *pg, struct arena *arena, const struct signer *signer, struct slice agreement, day_t day, int64_t now_ms, struct head_answer *answer) {
    struct pg_rows rows;
    TRY(pg_begin(pg));
    TRY(pg_script(pg, "SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(1710)")); /* one who signs at a time: numbers have no holes */
    TRY(find_agreement(pg, arena, agreement, &answer->found));
    if (!answer->found) return pg_commit(pg);
    TRY(ask(pg, arena, agreement, day, &rows));
    answer->heads = arena_zero(arena, rows.count + 1, sizeof *answer->heads);
    for (size_t i = 0; i < rows.count; i++) {
        struct signed_head *head = &answer->heads[answer->count];
        const bool is_kept = !pg_is_null(&rows, i, 7), is_too_late = !pg_is_null(&rows, i, 12) && pg_bool(&rows, i, 12);
        if (is_kept && !read_kept(&rows, i, head)) return ERR(FATAL, "a kept head of agreement %d is damaged", pg_int4(&rows, i, 0));
        if (!is_kept && is_too_late) answer->too_late++;
        if (!is_kept && !is_too_late) sign_head(arena, signer, &rows, i, day, now_ms, head);
        answer->count += is_kept || !is_too_late;
    }
    TRY(keep(pg, arena, answer->heads, answer->count));
    return pg_commit(pg);
}

struct err ledger_heads(struct pg *pg, struct arena *arena, const struct signer *signer, struct slice agreement, day_t day, int64_t now_ms, struct head_answer *ret_answer) {
    *ret_answer = (struct head_answer){0};
    struct err err = make_heads(pg, arena, signer, agreement, day, now_ms, ret_answer);
    if (failed(&err)) pg_rollback(pg);
    return err;
}

/* ---- files of heads ----------------------------------------------------------------------------------------------------------------------------------------- */

static size_t write_line(const struct signed_head *head, char ret_text[SIGNED_HEAD_LINE_MAX]) {
    char key[2 * SIGN_PUBLIC_BYTES + 1], signature[2 * SIGNATURE_BYTES + 1];
    text_hex(slice_of(head->key.bytes, SIGN_PUBLIC_BYTES), key);
    text_hex(slice_of(head->signature, SIGNATURE_BYTES), signature);
    const int size = snprintf(ret_text, SIGNED_HEAD_LINE_MAX, "{\"document\":%.*s,\"public_key\":\"%s\",\"signature\":\"%s\"}", SLICE_ARGS(head->document), key, signature);
    CHECK(size > 0 && size < SIGNED_HEAD_LINE_MAX);
    return (size_t)size;
}

struct slice signed_head_write(struct arena *arena, const struct signed_head *head) {
    char text[SIGNED_HEAD_LINE_MAX];
    return arena_copy(arena, slice_of(text, write_line(head, text)));
}

bool signed_head_read(struct slice line, struct signed_head *ret_head) {
    static const char before[] = "{\"document\":", between[] = ",\"public_key\":\"", last[] = "\",\"signature\":\"", after[] = "\"}";
    enum { TAIL_BYTES = sizeof between - 1 + 2 * SIGN_PUBLIC_BYTES + sizeof last - 1 + 2 * SIGNATURE_BYTES + sizeof after - 1 };
    struct signed_head head = {0};
    char again[SIGNED_HEAD_LINE_MAX];
    if (line.size <= sizeof before - 1 + TAIL_BYTES || line.size >= SIGNED_HEAD_LINE_MAX) return false;
    const uint8_t *const tail = line.bytes + line.size - TAIL_BYTES, *const key = tail + sizeof between - 1, *const signature = key + 2 * SIGN_PUBLIC_BYTES + sizeof last - 1;
    head.document = slice_of(line.bytes + sizeof before - 1, line.size - (sizeof before - 1) - TAIL_BYTES);
    if (!head_read(head.document, &head.head) || !text_hex_read(slice_of(key, 2 * SIGN_PUBLIC_BYTES), head.key.bytes) ||
        !text_hex_read(slice_of(signature, 2 * SIGNATURE_BYTES), head.signature)) return false;
    /* written again it must be the same line, so it needs no care here what stands between */
    if (!slice_equal(line, slice_of(again, write_line(&head, again)))) return false;
    *ret_head = head;
    return true;
}
