/* Walks the chains: agreements, journals, entries and outcomes as four sorted streams side by side, one agreement after the other, each in the order in which it was
 * booked. It takes nothing for granted that a stored row says about another one. */
#include <stdio.h>

#include "common/domain/message_due.h"
#include "common/edge/crypto.h"
#include "services/ledger/agreement_document.h"
#include "services/ledger/rows.h"
#include "services/ledger/verify_parts.h"

enum { WORK_BYTES_MAX = 16 * 1024 * 1024, WHERE_MAX = 96 };

struct walk {
    struct verify_report *report;
    struct arena *work; /* reset for each row */
    struct verify_stream agreements, journals, entries, outcomes;
    /* the agreement at hand, recomputed */
    int32_t agreement_no;
    char agreement[64];
    rupiah pagu, delegated, committed; /* delegated: given to the agreements under this one, never committed here */
    int64_t quota, accepted, waitlisted, seq, commit_sequence;
    uint8_t head[SHA256_BYTES];
    size_t head_size;
    bool over_pagu, over_quota; /* told once */
};

struct journal_sums { /* of the outcomes of one journal */
    rupiah by_charge[LEDGER_CHARGES], total;
};

static struct err open_streams(struct pg *pg, struct walk *walk) {
    TRY(stream_open(pg,
                    "DECLARE agreements NO SCROLL CURSOR FOR SELECT b.agreement_no, coalesce(a.agreement_id, '?'), b.pagu, b.quota, b.committed, b.accepted, b.waitlisted,"
                    " b.journal_seq, b.head, a.document, a.document_sha256, a.period_from, a.period_to, a.months, a.registration_date, a.funds, a.payer_region, a.has_legal_basis,"
                    " a.min_age, a.age_limit, a.programmes_bpu, a.programmes_pu, a.programmes_jakon, a.programmes_pmi, b.delegated, a.data_source, a.data_source_date, a.desil_max,"
                    " a.exclude_active, a.region_scope, coalesce(a.parent, ''), array_to_string(a.occupations, E'\\n')"
                    " FROM ledger.budget b LEFT JOIN ledger.agreement a USING (agreement_no) ORDER BY b.agreement_no",
                    "FETCH 256 FROM agreements", &walk->agreements));
    TRY(stream_open(pg,
                    "DECLARE journals NO SCROLL CURSOR FOR SELECT agreement_no, seq, kind, business_date, commit_sequence, outcomes, previous, hash, posted_at, version"
                    " FROM ledger.journal ORDER BY agreement_no, seq",
                    "FETCH 4096 FROM journals", &walk->journals));
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

static const char *contradiction(const struct outcome_row *row, const struct journal_row *journal) {
    rupiah total = 0, lined[LEDGER_CHARGES];
    for (int i = 0; i < LEDGER_CHARGES; i++)
        if (row->by_charge[i] < 0 || !rupiah_add(total, row->by_charge[i], &total)) return "an amount below zero or beyond all bounds";
    const bool counts = row->status == OUTCOME_ACCEPTED && !row->repeat;
    if (row->amount != (counts ? total : 0)) return "its amount is not the sum of its charges";
    for (int i = 0; i < LEDGER_CHARGES; i++)
        if (row->by_charge[i] > 0 && (charge_programmes(ledger_charge(i)) & ~row->programmes) != 0) return "an amount for a programme that is not covered";
    if (row->by_charge[LEDGER_PACKAGE] > 0 && row->segment != SEGMENT_PMI) return "a package of a migrant worker in another segment";
    if (!canonical_lines_add_up(row->lines, lined)) return "its premium lines can't be read";
    if (!row->repeat && memcmp(lined, row->by_charge, sizeof lined) != 0) return "its premium lines do not add up to its amounts";
    if (row->repeat && row->lines.size > 0) return "a repeat with premium lines of its own";
    if (counts && total <= 0) return "accepted without an amount";
    if ((row->status == OUTCOME_WAITLISTED) != (row->rank > 0)) return "a rank without waiting, or waiting without a rank";
    if (row->commit_sequence != journal->commit_sequence || row->decided_at_us != journal->posted_at_us) return "its commit sequence or time is not its journal's";
    const struct outcome outcome = {.attempt = row->attempt, .status = row->status, .codes = row->codes, .repeat = row->repeat};
    const char *due = message_due(&outcome);
    if ((due == NULL) != (row->message_due.bytes == NULL) || (due != NULL && !slice_is(row->message_due, due))) return "its message due is another one";
    return NULL;
}

/* The first one who waits must have met an empty budget or a full quota: nobody may be kept out while there is room. */
static void judge_first_waiting(struct walk *walk, const struct outcome_row *row, const char *where) {
    rupiah wanted = 0;
    for (int i = 0; i < LEDGER_CHARGES; i++)
        if (!rupiah_add(wanted, row->by_charge[i], &wanted)) return; /* told as an outcome that contradicts itself */
    if (walk->quota >= 0 && walk->accepted >= walk->quota) return;
    const rupiah left = walk->pagu - walk->delegated - walk->committed;
    if (wanted <= left) verify_problem(walk->report, "prefix", walk->agreement, where, "waits for %lld although %lld are left", (long long)wanted, (long long)left);
}

/* The budget at this moment: in the order of (commit sequence, position). */
static void count_outcome(struct walk *walk, const struct outcome_row *row, const char *where) {
    if (row->repeat || walk->agreement_no == 0) return;
    if (row->status == OUTCOME_WAITLISTED && row->rank != ++walk->waitlisted)
        verify_problem(walk->report, "prefix", walk->agreement, where, "rank %d where %lld comes next", row->rank, (long long)walk->waitlisted);
    if (row->status == OUTCOME_WAITLISTED && walk->waitlisted == 1) judge_first_waiting(walk, row, where);
    if (row->status != OUTCOME_ACCEPTED) return;
    if (walk->waitlisted > 0) verify_problem(walk->report, "prefix", walk->agreement, where, "accepted while %lld before it wait", (long long)walk->waitlisted);
    walk->accepted++;
    if (!rupiah_add(walk->committed, row->amount, &walk->committed)) verify_problem(walk->report, "budget", walk->agreement, where, "the committed sum is beyond all bounds");
    if (walk->committed > walk->pagu - walk->delegated && !walk->over_pagu) {
        verify_problem(walk->report, "budget", walk->agreement, where, "committed %lld is more than the pagu %lld without the %lld given away", (long long)walk->committed,
                       (long long)walk->pagu, (long long)walk->delegated);
        walk->over_pagu = true;
    }
    if (walk->quota >= 0 && walk->accepted > walk->quota && !walk->over_quota) {
        verify_problem(walk->report, "budget", walk->agreement, where, "accepted %lld is more than the quota %lld", (long long)walk->accepted, (long long)walk->quota);
        walk->over_quota = true;
    }
}

static struct err walk_outcomes(struct walk *walk, const struct journal_row *journal, struct sha256 *hash, struct journal_sums *sums) {
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
            sha256_add(hash, canonical_outcome(walk->work, &row, journal->version));
            if (journal->version == 1 && row.by_charge[LEDGER_PACKAGE] != 0) verify_problem(walk->report, "hash", walk->agreement, where, "the hash of its journal does not cover a package");
            const struct pg_rows *rows = &walk->outcomes.rows;
            const bool whole = pg_bytes(rows, walk->outcomes.at, OUTCOME_ID_COLUMN).size == ID_BYTES && pg_bytes(rows, walk->outcomes.at, OUTCOME_PERSON_COLUMN).size == TOKEN_BYTES;
            const char *wrong = whole ? contradiction(&row, journal) : "its id or its person's token has another size"; /* read as zeros, which may be what was hashed */
            if (wrong != NULL) verify_problem(walk->report, "outcome", walk->agreement, where, "%s", wrong);
            if (row.position <= last_position) verify_problem(walk->report, "outcome", walk->agreement, where, "its position is taken");
            last_position = row.position;
            if (row.amount > 0)
                for (int i = 0; i < LEDGER_CHARGES; i++)
                    if (!rupiah_add(sums->by_charge[i], row.by_charge[i], &sums->by_charge[i])) break; /* told as an outcome that contradicts itself */
            if (!rupiah_add(sums->total, row.amount, &sums->total)) verify_problem(walk->report, "sums", walk->agreement, where, "the journal's sum is beyond all bounds");
            count_outcome(walk, &row, where);
        }
        TRY(stream_next(&walk->outcomes));
    }
    char where[WHERE_MAX];
    if (count != journal->outcomes)
        verify_problem(walk->report, "chain", walk->agreement, journal_place(where, journal->seq), "the journal says %d outcomes, there are %lld", journal->outcomes, (long long)count);
    return OK;
}

/* ---- Entries -------------------------------------------------------------------------------------------------------------------------------- */

/* Which sum an account must hold: 0 the commitment, 1 + i charge i, -1 an account that does not belong there. */
static int role_of(const struct walk *walk, struct slice account) {
    char name[96];
    (void)snprintf(name, sizeof name, "KOMITMEN:%s", walk->agreement); /* fits */
    if (slice_is(account, name)) return 0;
    for (int i = 0; i < LEDGER_CHARGES; i++) {
        (void)snprintf(name, sizeof name, "IURAN-KOMITMEN:%s", charge_name(ledger_charge(i))); /* fits */
        if (slice_is(account, name)) return 1 + i;
    }
    return -1;
}

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

static void judge_entries(struct walk *walk, const struct journal_row *journal, const struct entry_row *entries, size_t count, const struct journal_sums *sums) {
    char where[WHERE_MAX];
    rupiah difference = 0;
    bool bounded = true;
    for (size_t i = 0; i < count; i++) bounded = bounded && rupiah_add(difference, entries[i].amount, &difference);
    if (!bounded || difference != 0)
        verify_problem(walk->report, "balance", walk->agreement, journal_place(where, journal->seq), "debits minus credits are %lld", (long long)difference);
    rupiah missing[1 + LEDGER_CHARGES] = {sums->total};
    for (int i = 0; i < LEDGER_CHARGES; i++) missing[1 + i] = -sums->by_charge[i];
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(where, sizeof where, "journal %lld line %d", (long long)journal->seq, entries[i].line); /* fits */
        const int role = role_of(walk, entries[i].account);
        const rupiah expected = role >= 0 ? missing[role] : 0;
        if (entries[i].amount != expected || entries[i].line != (int16_t)(i + 1))
            verify_problem(walk->report, "sums", walk->agreement, where, "%.*s holds %lld, its outcomes say %lld", SLICE_ARGS(entries[i].account), (long long)entries[i].amount,
                           (long long)expected);
        if (role >= 0) missing[role] = 0;
    }
    for (int i = 0; i <= LEDGER_CHARGES; i++)
        if (missing[i] != 0) verify_problem(walk->report, "sums", walk->agreement, journal_place(where, journal->seq), "an entry of %lld is missing", (long long)missing[i]);
}

/* ---- Journals --------------------------------------------------------------------------------------------------------------------------------- */

static struct err walk_journal(struct walk *walk, struct arena *arena) {
    const struct pg_rows *rows = &walk->journals.rows;
    const size_t at = walk->journals.at;
    char where[WHERE_MAX];
    arena_reset(arena);
    const int version = pg_int2(rows, at, 9);
    const bool is_known = version >= 1 && version <= JOURNAL_VERSION_MAX;
    const struct journal_row journal = {
        .agreement_no = pg_int4(rows, at, 0), .seq = pg_int8(rows, at, 1), .version = is_known ? version : JOURNAL_VERSION, .kind = pg_bytes(rows, at, 2), .business_date = pg_date(rows, at, 3),
        .commit_sequence = pg_int8(rows, at, 4), .outcomes = pg_int4(rows, at, 5), .previous = pg_bytes(rows, at, 6), .posted_at_us = pg_timestamp_us(rows, at, 8),
    };
    walk->report->journals++;
    (void)journal_place(where, journal.seq);
    if (!is_known) verify_problem(walk->report, "hash", walk->agreement, where, "its version %d is not known", version);
    if (journal.seq != ++walk->seq) {
        verify_problem(walk->report, "chain", walk->agreement, where, "journal %lld is missing", (long long)walk->seq);
        walk->seq = journal.seq;
    }
    if (!slice_equal(journal.previous, slice_of(walk->head, walk->head_size)))
        verify_problem(walk->report, "chain", walk->agreement, where, "it names another hash than that of the journal before it");
    if (journal.commit_sequence <= walk->commit_sequence) verify_problem(walk->report, "chain", walk->agreement, where, "its commit sequence is not above the one before");
    walk->commit_sequence = journal.commit_sequence;

    struct sha256 *hash = sha256_start();
    sha256_add(hash, canonical_journal(arena, &journal));
    struct entry_row entries[ENTRIES_A_JOURNAL_MAX];
    size_t entry_count = 0;
    struct journal_sums sums = {0};
    struct err err = read_entries(walk, arena, &journal, hash, entries, &entry_count);
    if (!failed(&err)) err = walk_outcomes(walk, &journal, hash, &sums);
    uint8_t computed[SHA256_BYTES];
    sha256_finish(hash, computed);
    TRY(err);
    judge_entries(walk, &journal, entries, entry_count, &sums);
    const struct slice stored = pg_bytes(rows, at, 7);
    if (!slice_equal(stored, slice_of(computed, sizeof computed)))
        verify_problem(walk->report, "hash", walk->agreement, where, "journal, entries and outcomes do not give the stored hash: something in it was changed");
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

/* One code a line, as the store reads them. */
static bool fits_occupations(struct slice stored, const struct agreement *agreement) {
    size_t at = 0;
    for (size_t i = 0; i < agreement->occupation_count; i++) {
        const struct slice code = agreement->occupations[i];
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
                fits_parent(pg_bytes(rows, at, 30), agreement->parent) && fits_occupations(pg_bytes(rows, at, 31), agreement);
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++) fits = fits && pg_int2(rows, at, 20 + segment - SEGMENT_BPU) == agreement->programmes[segment];
    return fits;
}

static void judge_document(struct walk *walk, struct arena *arena) {
    const struct pg_rows *rows = &walk->agreements.rows;
    const size_t at = walk->agreements.at;
    if (walk->agreement_no == 0) { /* made by the migration: it has no document and no money */
        if (walk->pagu != 0 || walk->quota != -1) verify_problem(walk->report, "budget", walk->agreement, "", "what has no agreement has a budget");
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
    if (document.agreement.pagu != walk->pagu || document.agreement.quota != walk->quota)
        verify_problem(walk->report, "budget", walk->agreement, "", "pagu %lld and quota %lld are not those of the document", (long long)walk->pagu, (long long)walk->quota);
}

static void judge_budget(struct walk *walk, const struct pg_rows *rows, size_t at) {
    if (pg_int8(rows, at, 7) != walk->seq || !slice_equal(pg_bytes(rows, at, 8), slice_of(walk->head, walk->head_size)))
        verify_problem(walk->report, "chain", walk->agreement, "head", "the head names journal %lld, the last one is %lld, or another hash", (long long)pg_int8(rows, at, 7), (long long)walk->seq);
    if (pg_int8(rows, at, 4) != walk->committed || pg_int8(rows, at, 5) != walk->accepted || pg_int8(rows, at, 6) != walk->waitlisted)
        verify_problem(walk->report, "budget", walk->agreement, "", "the budget says %lld committed, %lld accepted, %lld waiting; the outcomes %lld, %lld, %lld",
                       (long long)pg_int8(rows, at, 4), (long long)pg_int8(rows, at, 5), (long long)pg_int8(rows, at, 6), (long long)walk->committed,
                       (long long)walk->accepted, (long long)walk->waitlisted);
}

static struct err walk_agreement(struct walk *walk, struct arena *arena) {
    const struct pg_rows *rows = &walk->agreements.rows;
    const size_t at = walk->agreements.at;
    const struct slice id = pg_bytes(rows, at, 1);
    walk->agreement_no = pg_int4(rows, at, 0);
    (void)snprintf(walk->agreement, sizeof walk->agreement, "%.*s", SLICE_ARGS(id));
    walk->pagu = pg_int8(rows, at, 2);
    walk->delegated = pg_int8(rows, at, 24);
    walk->quota = pg_int8(rows, at, 3);
    walk->committed = walk->accepted = walk->waitlisted = walk->seq = walk->commit_sequence = 0;
    walk->head_size = 0;
    walk->over_pagu = walk->over_quota = false;
    walk->report->agreements += walk->agreement_no > 0;
    arena_reset(arena);
    judge_document(walk, arena);
    while (!walk->journals.ended && pg_int4(&walk->journals.rows, walk->journals.at, 0) < walk->agreement_no) {
        verify_problem(walk->report, "chain", "", "journal", "a journal of agreement %d, which has no budget", pg_int4(&walk->journals.rows, walk->journals.at, 0));
        TRY(stream_next(&walk->journals));
    }
    while (!walk->journals.ended && pg_int4(&walk->journals.rows, walk->journals.at, 0) == walk->agreement_no) TRY(walk_journal(walk, arena));
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
    struct sha256 *hash = sha256_start();
    struct journal_sums sums = {0};
    struct err err = read_entries(walk, walk->work, &behind, hash, entries, &count);
    if (!failed(&err)) err = walk_outcomes(walk, &behind, hash, &sums);
    uint8_t unused[SHA256_BYTES];
    sha256_finish(hash, unused);
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
    arena_destroy(walk.work);
    arena_destroy(arena);
    return err;
}
