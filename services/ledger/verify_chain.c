/* Walks the chains: agreements with their versions, journals, entries, outcomes and lines as sorted streams side by side, one agreement after the other, each in the order in
 * which it was booked. It takes nothing for granted that a stored row says about another one. */
#include <stdio.h>

#include "common/edge/crypto.h"
#include "services/ledger/agreement_document.h"
#include "services/ledger/line.h"
#include "services/ledger/outcome_judge.h"
#include "services/ledger/rows.h"
#include "services/ledger/verify_parts.h"

enum { WORK_BYTES_MAX = 16 * 1024 * 1024, WHERE_MAX = 96 };

struct walk {
    struct verify_report *report;
    struct arena *work; /* reset for each row */
    struct verify_stream agreements, versions, journals, entries, outcomes, lines;
    /* the agreement at hand, recomputed */
    int32_t agreement_no;
    char agreement[64];
    rupiah pagu;                /* of the version in force at the journal at hand */
    int64_t quota, versions_seen;
    struct ledger_sums totals;  /* committed, reserved, receivable, ... after the journal before; delegated: given to the agreements under this one, never committed here */
    int64_t tickets, places, seq, commit_sequence;
    uint8_t head[SHA256_BYTES];
    size_t head_size;
    bool over_pagu, over_quota; /* told once */
};

/* Accepted outcomes of one journal that came while others waited: each must have given up a reservation in the same journal. */
struct suspect {
    struct id application_id;
    int32_t position;
    int64_t waiting; /* who waited before it, as far as the outcomes tell */
    bool is_cleared;
};

struct journal_walk {
    const struct journal_row *journal;
    struct sha256 *hash;
    struct arena *arena; /* lives as long as the journal */
    struct ledger_sums sums;
    bool bounded;        /* false: sums left all bounds and are of no use */
    struct suspect *suspects;
    size_t suspect_count, suspect_max;
    int64_t left_waiting; /* how many left the waiting list in this journal */
};

static struct err open_streams(struct pg *pg, struct walk *walk) {
    TRY(stream_open(pg,
                    "DECLARE agreements NO SCROLL CURSOR FOR SELECT b.agreement_no, coalesce(a.agreement_id, '?'), b.pagu, b.quota, b.committed, b.accepted, b.waitlisted,"
                    " b.journal_seq, b.head, a.document, a.document_sha256, a.period_from, a.period_to, a.months, a.registration_date, a.funds, a.payer_region, a.has_legal_basis,"
                    " a.min_age, a.age_limit, a.programmes_bpu, a.programmes_pu, a.programmes_jakon, a.programmes_pmi, b.delegated, a.data_source, a.data_source_date, a.desil_max,"
                    " a.exclude_active, a.region_scope, coalesce(a.parent, ''), array_to_string(a.occupations, E'\\n'), " DELEGATED_BEFORE_SQL ", b.reserved, b.reserved_heads,"
                    " b.receivable, b.credit, b.tickets, b.places, a.billing, a.billing_months, a.activation, a.grace_months, a.reservation_days, coalesce(a.renews, ''),"
                    " array_to_string(a.priority_occupations, E'\\n'), a.batch_approval, array_to_string(a.column_names, E'\\n')"
                    " FROM ledger.budget b LEFT JOIN ledger.agreement a USING (agreement_no) ORDER BY b.agreement_no",
                    "FETCH 256 FROM agreements", &walk->agreements));
    TRY(stream_open(pg,
                    "DECLARE versions NO SCROLL CURSOR FOR SELECT agreement_no, amendment, pagu, quota, journal_seq, document, document_sha256 FROM ledger.agreement_version"
                    " ORDER BY agreement_no, amendment",
                    "FETCH 256 FROM versions", &walk->versions));
    TRY(stream_open(pg, "DECLARE journals NO SCROLL CURSOR FOR SELECT " JOURNAL_COLUMNS " FROM ledger.journal j ORDER BY j.agreement_no, j.seq", "FETCH 4096 FROM journals",
                    &walk->journals));
    TRY(stream_open(pg, "DECLARE lines NO SCROLL CURSOR FOR SELECT " LINE_COLUMNS " FROM ledger.line l ORDER BY l.agreement_no, l.journal_seq, l.position", "FETCH 4096 FROM lines",
                    &walk->lines));
    TRY(stream_open(pg, "DECLARE entries NO SCROLL CURSOR FOR SELECT agreement_no, seq, line, account, amount FROM ledger.entry ORDER BY agreement_no, seq, line",
                    "FETCH 4096 FROM entries", &walk->entries));
    return stream_open(pg, "DECLARE outcomes NO SCROLL CURSOR FOR SELECT " OUTCOME_COLUMNS " FROM ledger.outcome o ORDER BY o.agreement_no, o.journal_seq, o.position",
                       "FETCH 4096 FROM outcomes", &walk->outcomes);
}

static int compare_keys(int32_t a_agreement, int64_t a_seq, int32_t b_agreement, int64_t b_seq) {
    if (a_agreement != b_agreement) return a_agreement < b_agreement ? -1 : 1;
    return (a_seq > b_seq) - (a_seq < b_seq);
}

static const char *journal_place(char where[WHERE_MAX], int64_t seq) {
    (void)snprintf(where, WHERE_MAX, "journal %lld", (long long)seq); /* fits */
    return where;
}

/* ---- Outcomes ----------------------------------------------------------------------------------------------------------------------------- */

static rupiah committed_now(const struct walk *walk, const struct journal_walk *at) { return sums_committed(&walk->totals) + sums_committed(&at->sums); }

/* The first one who waits must have met an empty budget or a full quota: nobody may be kept out while there is room. Where reservations move in the same journal, the order
 * between them and the outcomes is not told, so nothing is said. */
static void judge_first_waiting(struct walk *walk, const struct journal_walk *at, const struct outcome_row *row, const char *where) {
    rupiah wanted = 0;
    for (int i = 0; i < LEDGER_CHARGES; i++)
        if (!rupiah_add(wanted, row->by_charge[i], &wanted)) return; /* told as an outcome that contradicts itself */
    if (at->journal->lines > 0 || wanted == 0 || !sums_are_sane(&at->sums)) return; /* sums beyond all bounds are told with the journal */
    if (walk->quota >= 0 && walk->totals.heads + at->sums.heads + walk->totals.reserved_heads >= walk->quota) return;
    const rupiah left = walk->pagu - walk->totals.delegated - committed_now(walk, at) - walk->totals.reserved;
    if (wanted <= left) verify_problem(walk->report, "prefix", walk->agreement, where, "waits for %lld although %lld are left", (long long)wanted, (long long)left);
}

static void suspect(struct journal_walk *at, const struct outcome_row *row, int64_t waiting) {
    if (at->suspect_count == at->suspect_max) {
        const size_t max = at->suspect_max == 0 ? 256 : 2 * at->suspect_max;
        struct suspect *more = arena_take(at->arena, max * sizeof *more);
        if (at->suspect_count > 0) memcpy(more, at->suspects, at->suspect_count * sizeof *more);
        at->suspects = more;
        at->suspect_max = max;
    }
    at->suspects[at->suspect_count++] = (struct suspect){.application_id = row->application_id, .position = row->position, .waiting = waiting};
}

/* Tickets and places in the order of (commit sequence, position). */
static void count_outcome(struct walk *walk, struct journal_walk *at, const struct outcome_row *row, const char *where) {
    if (row->repeat || walk->agreement_no == 0) return;
    const int64_t waiting = walk->totals.waiting + at->sums.waiting;
    if (row->rank > walk->tickets + 1) verify_problem(walk->report, "prefix", walk->agreement, where, "rank %d where %lld comes next", row->rank, (long long)walk->tickets + 1);
    const bool is_new = row->rank > walk->tickets;
    if (is_new && waiting == 0 && row->status == OUTCOME_WAITLISTED) judge_first_waiting(walk, at, row, where);
    if (is_new) walk->tickets = row->rank;
    if (row->status != OUTCOME_ACCEPTED) return;
    walk->places++;
    if (at->journal->version >= 3 && row->place != walk->places)
        verify_problem(walk->report, "prefix", walk->agreement, where, "place %lld where %lld comes next", (long long)row->place, (long long)walk->places);
    if (waiting > 0) suspect(at, row, waiting);
}

static struct err walk_outcomes(struct walk *walk, struct journal_walk *at) {
    const struct journal_row *journal = at->journal;
    int64_t count = 0;
    int32_t last_position = -1;
    for (; !walk->outcomes.ended; count++) {
        const struct outcome_row row = outcome_row_of(&walk->outcomes.rows, walk->outcomes.at);
        const int order = compare_keys(row.agreement_no, row.journal_seq, journal->agreement_no, journal->seq);
        if (order > 0) break;
        char where[WHERE_MAX];
        (void)snprintf(where, sizeof where, "journal %lld position %d (partition %d origin %lld)", (long long)row.journal_seq, row.position, row.partition, (long long)row.origin);
        walk->report->outcomes++;
        if (order < 0) {
            verify_problem(walk->report, "chain", walk->agreement, where, "an outcome without its journal");
            count--;
        } else {
            arena_reset(walk->work);
            sha256_add(at->hash, canonical_outcome(walk->work, &row, journal->version));
            const struct pg_rows *rows = &walk->outcomes.rows;
            const bool whole = pg_bytes(rows, walk->outcomes.at, OUTCOME_ID_COLUMN).size == ID_BYTES && pg_bytes(rows, walk->outcomes.at, OUTCOME_PERSON_COLUMN).size == TOKEN_BYTES;
            const char *wrong = whole ? outcome_contradiction(&row, journal) : "its id or its person's token has another size"; /* read as zeros, which may be what was hashed */
            if (wrong != NULL) verify_problem(walk->report, "outcome", walk->agreement, where, "%s", wrong);
            if (row.position <= last_position) verify_problem(walk->report, "outcome", walk->agreement, where, "its position is taken");
            last_position = row.position;
            count_outcome(walk, at, &row, where);
            if (!sums_add_outcome(&at->sums, &row)) at->bounded = false;
        }
        TRY(stream_next(&walk->outcomes));
    }
    char where[WHERE_MAX];
    if (count != journal->outcomes)
        verify_problem(walk->report, "chain", walk->agreement, journal_place(where, journal->seq), "the journal says %d outcomes, there are %lld", journal->outcomes, (long long)count);
    return OK;
}

/* ---- Lines --------------------------------------------------------------------------------------------------------------------------------- */

static void clear_suspect(struct journal_walk *at, const struct line_row *line) {
    if (line->application_id.size != ID_BYTES) return;
    for (size_t i = 0; i < at->suspect_count; i++)
        if (memcmp(at->suspects[i].application_id.bytes, line->application_id.bytes, ID_BYTES) == 0) at->suspects[i].is_cleared = true;
}

static struct err walk_lines(struct walk *walk, struct journal_walk *at) {
    const struct journal_row *journal = at->journal;
    int64_t count = 0;
    for (; !walk->lines.ended;) {
        const struct line_row line = line_row_of(&walk->lines.rows, walk->lines.at);
        const int order = compare_keys(line.agreement_no, line.journal_seq, journal->agreement_no, journal->seq);
        if (order > 0) break;
        char where[WHERE_MAX];
        (void)snprintf(where, sizeof where, "journal %lld line of %s at position %d", (long long)line.journal_seq, line_kind_name(line.kind), line.position);
        walk->report->lines++;
        if (order < 0) {
            verify_problem(walk->report, "chain", walk->agreement, where, "a line without its journal");
        } else {
            arena_reset(walk->work);
            sha256_add(at->hash, canonical_line(walk->work, &line));
            if (line.position != count) verify_problem(walk->report, "chain", walk->agreement, where, "position %lld comes next", (long long)count);
            if (line.kind == LINE_UNRESERVED) clear_suspect(at, &line);
            if (line.waiting < 0) at->left_waiting -= line.waiting;
            /* The tickets of outcomes are their ranks. Others: who was carried over, and whose reservation ended before there was a ticket. */
            if (line.waiting > 0 && (line.kind == LINE_CARRIED || slice_is(line.detail, "TICKET"))) walk->tickets++;
            if (!sums_add_line(at->arena, &at->sums, &line)) {
                verify_problem(walk->report, "sums", walk->agreement, where, "the line contradicts itself or leaves all bounds");
                at->bounded = false;
            }
            count++;
        }
        TRY(stream_next(&walk->lines));
    }
    char where[WHERE_MAX];
    if (count != journal->lines)
        verify_problem(walk->report, "chain", walk->agreement, journal_place(where, journal->seq), "the journal says %d lines, there are %lld", journal->lines, (long long)count);
    return OK;
}

static void judge_suspects(struct walk *walk, const struct journal_walk *at) {
    for (size_t i = 0; i < at->suspect_count; i++) {
        const struct suspect *one = &at->suspects[i];
        char where[WHERE_MAX];
        (void)snprintf(where, sizeof where, "journal %lld position %d", (long long)at->journal->seq, one->position);
        if (!one->is_cleared && one->waiting > at->left_waiting)
            verify_problem(walk->report, "prefix", walk->agreement, where, "accepted without a reservation while %lld before it wait", (long long)one->waiting);
    }
}

/* ---- Entries -------------------------------------------------------------------------------------------------------------------------------- */

/* Entries stand before the outcomes in the hash and are judged by their sums: they are read first and kept for a moment. */
enum { ENTRIES_A_JOURNAL_MAX = 64 };

static struct err read_entries(struct walk *walk, struct arena *arena, const struct journal_row *journal, struct sha256 *hash, struct entry_row entries[ENTRIES_A_JOURNAL_MAX],
                               size_t *ret_count) {
    size_t count = 0;
    for (; !walk->entries.ended;) {
        const struct pg_rows *rows = &walk->entries.rows;
        const size_t at = walk->entries.at;
        const int32_t agreement_no = pg_int4(rows, at, 0);
        const int64_t seq = pg_int8(rows, at, 1);
        const int order = compare_keys(agreement_no, seq, journal->agreement_no, journal->seq);
        if (order > 0) break;
        char where[WHERE_MAX];
        (void)snprintf(where, sizeof where, "journal %lld line %d", (long long)seq, pg_int2(rows, at, 2));
        walk->report->entries++;
        if (order < 0) {
            verify_problem(walk->report, "chain", walk->agreement, where, "an entry without its journal");
        } else if (count == ENTRIES_A_JOURNAL_MAX) {
            verify_problem(walk->report, "chain", walk->agreement, where, "more entries than a journal can have");
        } else {
            entries[count] = (struct entry_row){.line = pg_int2(rows, at, 2), .account = arena_copy(arena, pg_bytes(rows, at, 3)), .amount = pg_int8(rows, at, 4)};
            sha256_add(hash, canonical_entry(arena, &entries[count]));
            count++;
        }
        TRY(stream_next(&walk->entries));
    }
    *ret_count = count;
    return OK;
}

static void judge_entries(struct walk *walk, const struct journal_walk *at, const struct entry_row *entries, size_t count) {
    const int64_t seq = at->journal->seq;
    char where[WHERE_MAX];
    rupiah difference = 0;
    bool bounded = true;
    for (size_t i = 0; i < count; i++) bounded = bounded && rupiah_add(difference, entries[i].amount, &difference);
    if (!bounded || difference != 0)
        verify_problem(walk->report, "balance", walk->agreement, journal_place(where, seq), "debits minus credits are %lld", (long long)difference);
    if (!at->bounded) return; /* told already */
    struct entry_row expected[SUMS_ENTRIES_MAX];
    const size_t expected_count = sums_entries(at->arena, &at->sums, slice_text(walk->agreement), expected);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(where, sizeof where, "journal %lld line %d", (long long)seq, entries[i].line); /* fits */
        rupiah wanted = 0;
        for (size_t k = 0; k < expected_count; k++)
            if (slice_equal(expected[k].account, entries[i].account)) wanted = expected[k].amount;
        if (entries[i].amount != wanted || entries[i].line != (int16_t)(i + 1))
            verify_problem(walk->report, "sums", walk->agreement, where, "%.*s holds %lld, its outcomes and lines say %lld", SLICE_ARGS(entries[i].account), (long long)entries[i].amount,
                           (long long)wanted);
    }
    for (size_t k = 0; k < expected_count; k++) {
        bool found = false;
        for (size_t i = 0; i < count; i++) found = found || slice_equal(expected[k].account, entries[i].account);
        if (!found) verify_problem(walk->report, "sums", walk->agreement, journal_place(where, seq), "the entry %.*s of %lld is missing", SLICE_ARGS(expected[k].account), (long long)expected[k].amount);
    }
}

/* ---- Versions --------------------------------------------------------------------------------------------------------------------------------- */

/* Puts the versions in force whose journal is at hand (0: those of before migration 0007): from here on their pagu and quota hold. */
static struct err take_versions(struct walk *walk, struct arena *arena, int64_t seq) {
    for (; !walk->versions.ended;) {
        const struct pg_rows *rows = &walk->versions.rows;
        const size_t at = walk->versions.at;
        const int32_t agreement_no = pg_int4(rows, at, 0);
        if (agreement_no > walk->agreement_no || (agreement_no == walk->agreement_no && pg_int8(rows, at, 4) > seq)) break;
        char where[WHERE_MAX];
        (void)snprintf(where, sizeof where, "version %d", pg_int4(rows, at, 1));
        if (agreement_no < walk->agreement_no) {
            verify_problem(walk->report, "agreement", "", where, "a version of agreement %d, which has no budget", agreement_no);
        } else {
            if (pg_int4(rows, at, 1) != walk->versions_seen++) verify_problem(walk->report, "agreement", walk->agreement, where, "version %lld comes next", (long long)walk->versions_seen - 1);
            const struct slice canonical = agreement_document_canonical(arena, pg_bytes(rows, at, 5));
            uint8_t hash[SHA256_BYTES];
            crypto_sha256(canonical, hash);
            if (!slice_equal(pg_bytes(rows, at, 6), slice_of(hash, sizeof hash))) verify_problem(walk->report, "agreement", walk->agreement, where, "the document was changed: it has another hash");
            struct agreement_document document;
            struct document_problem problem;
            if (agreement_document_read(arena, canonical, NULL, NULL, &document, &problem) && (document.agreement.pagu != pg_int8(rows, at, 2) || document.agreement.quota != pg_int8(rows, at, 3)))
                verify_problem(walk->report, "budget", walk->agreement, where, "pagu and quota are not those of its document");
            walk->pagu = pg_int8(rows, at, 2);
            walk->quota = pg_int8(rows, at, 3);
        }
        TRY(stream_next(&walk->versions));
    }
    return OK;
}

/* ---- Journals --------------------------------------------------------------------------------------------------------------------------------- */

/* What stands after the journal: never more than there is. */
static void judge_moment(struct walk *walk, const struct journal_row *journal) {
    char where[WHERE_MAX];
    (void)journal_place(where, journal->seq);
    if (walk->agreement_no == 0) return;
    const rupiah bound = sums_committed(&walk->totals);
    if (bound + walk->totals.reserved > walk->pagu - walk->totals.delegated && !walk->over_pagu) {
        verify_problem(walk->report, "budget", walk->agreement, where, "committed %lld and reserved %lld are more than the pagu %lld without the %lld given away", (long long)bound,
                       (long long)walk->totals.reserved, (long long)walk->pagu, (long long)walk->totals.delegated);
        walk->over_pagu = true;
    }
    if (walk->quota >= 0 && walk->totals.heads + walk->totals.reserved_heads > walk->quota && !walk->over_quota) {
        verify_problem(walk->report, "budget", walk->agreement, where, "accepted %lld and reserved %lld are more than the quota %lld", (long long)walk->totals.heads,
                       (long long)walk->totals.reserved_heads, (long long)walk->quota);
        walk->over_quota = true;
    }
    if (walk->totals.receivable < 0 || walk->totals.credit < 0 || walk->totals.reserved < 0 || bound < 0)
        verify_problem(walk->report, "budget", walk->agreement, where, "a balance is below zero: bound %lld, reserved %lld, receivable %lld, credit %lld", (long long)bound,
                       (long long)walk->totals.reserved, (long long)walk->totals.receivable, (long long)walk->totals.credit);
}

/* Totals stay as they were where they would leave all bounds. */
static bool add_totals(struct ledger_sums *totals, const struct ledger_sums *sums) {
    struct ledger_sums moved = *totals;
    bool fine = rupiah_add(totals->receivable, sums->receivable, &moved.receivable) && rupiah_add(totals->credit, sums->credit, &moved.credit) &&
                rupiah_add(totals->reserved, sums->reserved, &moved.reserved) && rupiah_add(totals->delegated, sums->delegated, &moved.delegated) &&
                rupiah_add(totals->suspense, sums->suspense, &moved.suspense) && rupiah_add(totals->transfer, sums->transfer, &moved.transfer);
    for (int i = 0; i < LEDGER_CHARGES; i++) fine = fine && rupiah_add(totals->committed[i], sums->committed[i], &moved.committed[i]);
    moved.heads += sums->heads;
    moved.waiting += sums->waiting;
    moved.reserved_heads += sums->reserved_heads;
    if (!fine || !sums_are_sane(&moved)) return false;
    *totals = moved;
    return true;
}

static struct err walk_rows(struct walk *walk, struct journal_walk *at) {
    struct entry_row entries[ENTRIES_A_JOURNAL_MAX];
    size_t entry_count = 0;
    sha256_add(at->hash, canonical_journal(at->arena, at->journal));
    TRY(read_entries(walk, at->arena, at->journal, at->hash, entries, &entry_count));
    TRY(walk_outcomes(walk, at));
    TRY(walk_lines(walk, at));
    at->bounded = at->bounded && sums_are_sane(&at->sums);
    judge_entries(walk, at, entries, entry_count);
    judge_suspects(walk, at);
    return OK;
}

static struct err walk_journal(struct walk *walk, struct arena *arena) {
    const struct pg_rows *rows = &walk->journals.rows;
    char where[WHERE_MAX];
    arena_reset(arena);
    struct journal_row journal = journal_row_of(rows, walk->journals.at);
    const struct slice stored = pg_bytes(rows, walk->journals.at, JOURNAL_HASH_COLUMN);
    const bool is_known = journal.version >= 1 && journal.version <= JOURNAL_VERSION_MAX;
    walk->report->journals++;
    (void)journal_place(where, journal.seq);
    if (!is_known) verify_problem(walk->report, "hash", walk->agreement, where, "its version %d is not known", journal.version);
    if (!is_known) journal.version = JOURNAL_VERSION;
    if (journal.seq != ++walk->seq) {
        verify_problem(walk->report, "chain", walk->agreement, where, "journal %lld is missing", (long long)walk->seq);
        walk->seq = journal.seq;
    }
    if (!slice_equal(journal.previous, slice_of(walk->head, walk->head_size)))
        verify_problem(walk->report, "chain", walk->agreement, where, "it names another hash than that of the journal before it");
    if (journal.commit_sequence < walk->commit_sequence) verify_problem(walk->report, "chain", walk->agreement, where, "its commit sequence is below the one before");
    if (journal.version < 3 && (journal.lines != 0 || journal.reverses != 0 || journal.reference.size + journal.reason.size > 0))
        verify_problem(walk->report, "hash", walk->agreement, where, "its hash does not cover lines, reference or reason");
    if (journal.reverses < 0 || journal.reverses >= journal.seq) verify_problem(walk->report, "chain", walk->agreement, where, "it reverses what does not stand before it");
    walk->commit_sequence = journal.commit_sequence;
    TRY(take_versions(walk, arena, journal.seq));

    struct journal_walk at = {.journal = &journal, .hash = sha256_start(), .arena = arena, .bounded = true};
    struct err err = walk_rows(walk, &at);
    uint8_t computed[SHA256_BYTES];
    sha256_finish(at.hash, computed);
    TRY(err);
    if (!at.bounded || !add_totals(&walk->totals, &at.sums)) verify_problem(walk->report, "sums", walk->agreement, where, "the sums of the journal are beyond all bounds");
    judge_moment(walk, &journal);
    if (!slice_equal(stored, slice_of(computed, sizeof computed)))
        verify_problem(walk->report, "hash", walk->agreement, where, "journal, entries, outcomes and lines do not give the stored hash: something in it was changed");
    walk->head_size = stored.size < sizeof walk->head ? stored.size : sizeof walk->head;
    memcpy(walk->head, stored.bytes, walk->head_size);
    return stream_next(&walk->journals);
}

/* ---- Agreements -------------------------------------------------------------------------------------------------------------------------------- */

/* An age that the document doesn't state is 0 (the parameters of the law); before migration 0005 its default was stored. */
enum { OLD_MIN_AGE = 17, OLD_AGE_LIMIT = 65 };
static bool fits_age(int stored, int stated, int old_default) { return stored == stated || (stated == 0 && stored == old_default); }

/* Before migration 0005 a document could name a parent, which was not stored and gave nothing: it still gives nothing. A parent that is taken out today is found by the sum
 * that its umbrella has given away (verify.c). */
static bool fits_parent(struct slice stored, struct slice stated) { return stored.size == 0 || slice_equal(stored, stated); }

/* One code or name a line, as the store reads them. */
static bool fits_lines(struct slice stored, const struct slice *codes, size_t count) {
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const struct slice code = codes[i];
        if (i > 0 && (at == stored.size || stored.bytes[at++] != '\n')) return false;
        if (stored.size - at < code.size || memcmp(stored.bytes + at, code.bytes, code.size) != 0) return false;
        at += code.size;
    }
    return at == stored.size;
}

/* The columns that deciding reads must say what the document says. */
static bool fits_document(const struct pg_rows *rows, size_t at, const struct agreement *agreement) {
    bool fits = pg_date(rows, at, 11) == agreement->period_from && pg_date(rows, at, 12) == agreement->period_to && pg_int2(rows, at, 13) == (int16_t)agreement->months &&
                pg_date(rows, at, 14) == agreement->registration_date && pg_int2(rows, at, 15) == (int16_t)agreement->funds &&
                pg_int4(rows, at, 16) == (int32_t)agreement->payer_region && pg_bool(rows, at, 17) == agreement->has_legal_basis &&
                fits_age(pg_int2(rows, at, 18), agreement->min_age, OLD_MIN_AGE) && fits_age(pg_int2(rows, at, 19), agreement->age_limit, OLD_AGE_LIMIT) &&
                pg_int2(rows, at, 25) == (int16_t)agreement->data_source && pg_date(rows, at, 26) == agreement->data_source_date && pg_int2(rows, at, 27) == agreement->desil_max &&
                pg_bool(rows, at, 28) == agreement->exclude_active && pg_int2(rows, at, 29) == (int16_t)agreement->region_scope &&
                fits_parent(pg_bytes(rows, at, 30), agreement->parent) && fits_lines(pg_bytes(rows, at, 31), agreement->occupations, agreement->occupation_count) &&
                pg_int2(rows, at, 39) == (int16_t)agreement->billing && pg_int2(rows, at, 40) == (int16_t)agreement->billing_months && pg_int2(rows, at, 41) == (int16_t)agreement->activation &&
                pg_int2(rows, at, 42) == agreement->grace_months && pg_int2(rows, at, 43) == agreement->reservation_days && slice_equal(pg_bytes(rows, at, 44), agreement->renews) &&
                fits_lines(pg_bytes(rows, at, 45), agreement->priority_occupations, agreement->priority_occupation_count) &&
                pg_bool(rows, at, 46) == agreement->batch_approval && fits_lines(pg_bytes(rows, at, 47), agreement->column_names, agreement->column_name_count);
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++) fits = fits && pg_int2(rows, at, 20 + segment - SEGMENT_BPU) == agreement->programmes[segment];
    return fits;
}

static void judge_document(struct walk *walk, struct arena *arena) {
    const struct pg_rows *rows = &walk->agreements.rows;
    const size_t at = walk->agreements.at;
    if (walk->agreement_no == 0) { /* made by the migration: it has no document and no money */
        if (pg_int8(rows, at, 2) != 0 || pg_int8(rows, at, 3) != -1) verify_problem(walk->report, "budget", walk->agreement, "", "what has no agreement has a budget");
        return;
    }
    if (pg_is_null(rows, at, 9)) {
        verify_problem(walk->report, "agreement", walk->agreement, "", "a budget without its agreement");
        return;
    }
    const struct slice canonical = agreement_document_canonical(arena, pg_bytes(rows, at, 9));
    uint8_t hash[SHA256_BYTES];
    crypto_sha256(canonical, hash);
    if (!slice_equal(pg_bytes(rows, at, 10), slice_of(hash, sizeof hash))) verify_problem(walk->report, "agreement", walk->agreement, "", "the document was changed: it has another hash");
    struct agreement_document document;
    struct document_problem problem;
    if (!agreement_document_read(arena, canonical, NULL, NULL, &document, &problem)) return; /* its payer's name may have come from the region list */
    if (!fits_document(rows, at, &document.agreement)) verify_problem(walk->report, "agreement", walk->agreement, "", "its terms are not those of the document");
    if (document.agreement.pagu != pg_int8(rows, at, 2) || document.agreement.quota != pg_int8(rows, at, 3))
        verify_problem(walk->report, "budget", walk->agreement, "", "pagu %lld and quota %lld are not those of the document", (long long)pg_int8(rows, at, 2), (long long)pg_int8(rows, at, 3));
}

static void judge_budget(struct walk *walk, const struct pg_rows *rows, size_t at) {
    if (pg_int8(rows, at, 7) != walk->seq || !slice_equal(pg_bytes(rows, at, 8), slice_of(walk->head, walk->head_size)))
        verify_problem(walk->report, "chain", walk->agreement, "head", "the head names journal %lld, the last one is %lld, or another hash", (long long)pg_int8(rows, at, 7), (long long)walk->seq);
    const struct {
        const char *name;
        int column;
        int64_t computed;
    } kept[] = {
        {"committed", 4, sums_committed(&walk->totals)}, {"accepted", 5, walk->totals.heads}, {"waitlisted", 6, walk->totals.waiting}, {"delegated", 24, walk->totals.delegated},
        {"reserved", 33, walk->totals.reserved}, {"reserved heads", 34, walk->totals.reserved_heads}, {"receivable", 35, walk->totals.receivable}, {"credit", 36, walk->totals.credit},
        {"places", 38, walk->places},
    };
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (pg_int8(rows, at, kept[i].column) != kept[i].computed)
            verify_problem(walk->report, "budget", walk->agreement, "", "the budget says %lld %s, outcomes and lines say %lld", (long long)pg_int8(rows, at, kept[i].column), kept[i].name,
                           (long long)kept[i].computed);
    const int64_t tickets = pg_int8(rows, at, 37);
    if (tickets != walk->tickets)
        verify_problem(walk->report, "budget", walk->agreement, "", "the last ticket is %lld, but %lld were given", (long long)tickets, (long long)walk->tickets);
}

static struct err walk_agreement(struct walk *walk, struct arena *arena) {
    const struct pg_rows *rows = &walk->agreements.rows;
    const size_t at = walk->agreements.at;
    const struct slice id = pg_bytes(rows, at, 1);
    walk->agreement_no = pg_int4(rows, at, 0);
    (void)snprintf(walk->agreement, sizeof walk->agreement, "%.*s", SLICE_ARGS(id));
    walk->pagu = 0;
    walk->quota = -1;
    walk->totals = (struct ledger_sums){.delegated = pg_int8(rows, at, 32)}; /* what was given away before migration 0007 stands in no line */
    walk->versions_seen = walk->tickets = walk->places = walk->seq = walk->commit_sequence = 0;
    walk->head_size = 0;
    walk->over_pagu = walk->over_quota = false;
    walk->report->agreements += walk->agreement_no > 0;
    arena_reset(arena);
    judge_document(walk, arena);
    TRY(take_versions(walk, arena, 0));
    while (!walk->journals.ended && pg_int4(&walk->journals.rows, walk->journals.at, 0) < walk->agreement_no) {
        verify_problem(walk->report, "chain", "", "journal", "a journal of agreement %d, which has no budget", pg_int4(&walk->journals.rows, walk->journals.at, 0));
        TRY(stream_next(&walk->journals));
    }
    while (!walk->journals.ended && pg_int4(&walk->journals.rows, walk->journals.at, 0) == walk->agreement_no) TRY(walk_journal(walk, arena));
    TRY(take_versions(walk, arena, INT64_MAX)); /* one without its journal is told by the questions */
    if (walk->agreement_no > 0 && walk->versions_seen == 0) verify_problem(walk->report, "agreement", walk->agreement, "", "no version of it is kept");
    judge_budget(walk, rows, at);
    return stream_next(&walk->agreements);
}

/* What is left in the streams belongs to no journal. */
static struct err walk_rest(struct walk *walk) {
    static const struct journal_row behind = {.agreement_no = INT32_MAX, .seq = INT64_MAX, .version = JOURNAL_VERSION};
    struct entry_row entries[ENTRIES_A_JOURNAL_MAX];
    size_t count = 0;
    walk->agreement[0] = '\0';
    for (; !walk->journals.ended;) {
        verify_problem(walk->report, "chain", "", "journal", "a journal of agreement %d, which has no budget", pg_int4(&walk->journals.rows, walk->journals.at, 0));
        TRY(stream_next(&walk->journals));
    }
    struct journal_walk at = {.journal = &behind, .hash = sha256_start(), .arena = walk->work, .bounded = true};
    struct err err = read_entries(walk, walk->work, &behind, at.hash, entries, &count);
    if (!failed(&err)) err = walk_outcomes(walk, &at);
    if (!failed(&err)) err = walk_lines(walk, &at);
    uint8_t unused[SHA256_BYTES];
    sha256_finish(at.hash, unused);
    return err;
}

static struct err walk_all(struct pg *pg, struct walk *walk, struct arena *arena) {
    TRY(open_streams(pg, walk));
    while (!walk->agreements.ended) TRY(walk_agreement(walk, arena));
    return walk_rest(walk);
}

struct err verify_chain(struct pg *pg, struct verify_report *report) {
    struct walk walk = {.report = report, .work = arena_create(WORK_BYTES_MAX)};
    struct arena *arena = arena_create(WORK_BYTES_MAX);
    struct err err = walk_all(pg, &walk, arena);
    stream_close(&walk.agreements);
    stream_close(&walk.journals);
    stream_close(&walk.entries);
    stream_close(&walk.outcomes);
    stream_close(&walk.versions);
    stream_close(&walk.lines);
    arena_destroy(walk.work);
    arena_destroy(arena);
    return err;
}
