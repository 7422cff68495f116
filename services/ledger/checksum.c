/* Two cursors side by side, one table after the other. The content of a row is its text as PostgreSQL writes it, all columns, so that a new column can't be forgotten here; what is
 * left out is named. It must never stop at the first difference: both digests are told, and they must be those of whole tables. */
#include "services/ledger/checksum.h"

#include <stdio.h>

#include "common/edge/crypto.h"
#include "services/ledger/verify_parts.h"

#define FETCH(name) "FETCH 4096 FROM checksum_" name
/* key and order are column lists; content an expression over the row t. */
#define TABLE(name_, key, order, content)                                                                                                                 \
    {                                                                                                                                                      \
        .name = name_,                                                                                                                                     \
        .declare = "DECLARE checksum_" name_ " NO SCROLL CURSOR FOR SELECT concat_ws(' ', " key "), sha256(convert_to(" content ", 'UTF8')) FROM ledger." name_ " t ORDER BY " order, \
        .fetch = FETCH(name_), .close = "CLOSE checksum_" name_,                                                                                           \
    }
#define WHOLE "t::text"
#define WITHOUT(columns) "(to_jsonb(t) - ARRAY[" columns "])::text"

static const struct table {
    const char *name, *declare, *fetch, *close;
} tables[] = {
    TABLE("agreement", "agreement_id", "agreement_id COLLATE \"C\"", WITHOUT("'applied_at'")),
    TABLE("agreement_version", "agreement_no, amendment", "agreement_no, amendment", WITHOUT("'in_force_at'")),
    TABLE("lineage", "partition", "partition", WHOLE),
    TABLE("outcome", "partition, epoch, origin", "partition, epoch, origin", WHOLE),
    TABLE("journal", "agreement_no, seq", "agreement_no, seq", WHOLE),
    TABLE("entry", "agreement_no, seq, line", "agreement_no, seq, line", WHOLE),
    TABLE("line", "agreement_no, journal_seq, position", "agreement_no, journal_seq, position, month", WHOLE),
    TABLE("budget", "agreement_no", "agreement_no", WHOLE),
    TABLE("cover", "encode(person_token, 'hex'), segment, year", "person_token, segment, year", WHOLE),
    TABLE("enrolment", "agreement_no, place", "agreement_no, place", WHOLE),
    TABLE("waiting", "encode(application_id, 'hex')", "application_id", WHOLE),
    TABLE("departed", "encode(application_id, 'hex')", "application_id", WHOLE),
    TABLE("pending", "encode(application_id, 'hex')", "application_id", WITHOUT("'due_at'")),
    TABLE("invoice_counter", "region, month", "region, month", WHOLE),
    TABLE("invoice", "agreement_no, invoice_no", "agreement_no, invoice_no", WHOLE),
    TABLE("due", "agreement_no, invoice_no, place, month", "agreement_no, invoice_no, place, month", WHOLE),
    TABLE("payment", "source, external_id", "source COLLATE \"C\", external_id COLLATE \"C\"", WHOLE),
    TABLE("suspense", "source, external_id, problem", "source COLLATE \"C\", external_id COLLATE \"C\", suspense_no", WITHOUT("'suspense_no', 'resolved_at', 'parked_at'")),
};
enum { TABLE_COUNT = sizeof tables / sizeof *tables };
_Static_assert((int)TABLE_COUNT <= (int)CHECKSUM_TABLES_MAX, "a report holds all tables");

struct walk { /* of one table in one database */
    struct verify_stream stream;
    struct sha256 *hash;
    int64_t rows;
};

static struct err walk_start(struct pg *pg, const struct table *table, struct walk *ret_walk) {
    *ret_walk = (struct walk){.hash = sha256_start()};
    return stream_open(pg, table->declare, table->fetch, &ret_walk->stream);
}

static struct slice walk_key(const struct walk *walk) { return pg_bytes(&walk->stream.rows, walk->stream.at, 0); }
static struct slice walk_content(const struct walk *walk) { return pg_bytes(&walk->stream.rows, walk->stream.at, 1); }

static struct err walk_next(struct walk *walk) {
    sha256_add(walk->hash, walk_content(walk));
    walk->rows++;
    return stream_next(&walk->stream);
}

static void walk_end(struct walk *walk, struct checksum_side *ret_side) {
    ret_side->rows = walk->rows;
    if (walk->hash != NULL) sha256_finish(walk->hash, ret_side->sha256);
    stream_close(&walk->stream);
}

static void note_difference(const struct walk *here, const struct walk *there, struct checksum_table *table) {
    const struct walk *shown = here->stream.ended ? there : here;
    const bool both = !here->stream.ended && !there->stream.ended, same_key = both && slice_equal(walk_key(here), walk_key(there));
    const char *what = same_key ? "" : !both ? here->stream.ended ? " (only rebuilt)" : " (not rebuilt)" : " (another row there)";
    (void)snprintf(table->first_difference, sizeof table->first_difference, "%.*s%s", SLICE_ARGS(walk_key(shown)), what); /* a long key is cut */
}

static struct err walk_both(struct walk *here, struct walk *there, struct checksum_table *table) {
    while (!here->stream.ended || !there->stream.ended) {
        const bool same = !here->stream.ended && !there->stream.ended && slice_equal(walk_content(here), walk_content(there));
        if (!same && table->is_equal) note_difference(here, there, table);
        table->is_equal = table->is_equal && same;
        if (!here->stream.ended) TRY(walk_next(here));
        if (!there->stream.ended) TRY(walk_next(there));
    }
    return OK;
}

static struct err compare_table(struct pg *here, struct pg *there, const struct table *table, struct checksum_table *ret_table) {
    struct walk ours = {0}, theirs = {0};
    *ret_table = (struct checksum_table){.name = table->name, .is_equal = true};
    struct err err = walk_start(here, table, &ours);
    if (!failed(&err)) err = walk_start(there, table, &theirs);
    if (!failed(&err)) err = walk_both(&ours, &theirs, ret_table);
    walk_end(&ours, &ret_table->here);
    walk_end(&theirs, &ret_table->there);
    if (failed(&err)) return err;
    TRY(pg_script(here, table->close));
    return pg_script(there, table->close);
}

struct err checksum_compare(struct pg *here, struct pg *there, void (*turn)(void *self, const struct checksum_table *table), void *self, struct checksum_report *ret_report) {
    *ret_report = (struct checksum_report){.table_count = TABLE_COUNT};
    for (int i = 0; i < TABLE_COUNT; i++) {
        struct checksum_table *table = &ret_report->tables[i];
        TRY(compare_table(here, there, &tables[i], table));
        ret_report->different += !table->is_equal;
        if (turn != NULL) turn(self, table);
    }
    return OK;
}
