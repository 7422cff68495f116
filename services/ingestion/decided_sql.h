/* How many rows of a list are decided, in SQL: of what was submitted, all but those whose offsets the ledger has not passed. It costs a few rows of ranges, whatever the length of the list,
 * so that it may be asked often. A macro because a statement must be one string literal (pg.h). Include it in a .c file, never in a header. */
#ifndef PAYUNG_INGESTION_DECIDED_SQL_H
#define PAYUNG_INGESTION_DECIDED_SQL_H

#define DECIDED_ROWS_SQL(batch)                                                                                                                         \
    "(" batch ".submitted_rows - coalesce((SELECT sum(CASE WHEN l.epoch > r.epoch THEN 0 WHEN l.epoch = r.epoch"                                        \
    " THEN least(r.row_to - r.row_from + 1, greatest(0, r.offset_from + (r.row_to - r.row_from) + 1 - l.next)) ELSE r.row_to - r.row_from + 1 END)"     \
    " FROM intake.submitted_range r LEFT JOIN ledger.lineage l USING (partition) WHERE r.batch_no = " batch ".batch_no AND NOT r.checked), 0))::bigint"

#endif
