/* What became of payments that a partner told of, as rows and as JSON. The statement is a macro because it must be one string literal (pg.h). */
#ifndef PAYUNG_INGESTION_PAYMENT_STATE_H
#define PAYUNG_INGESTION_PAYMENT_STATE_H

#include "common/edge/pg.h"

/* Of intake.payment i; the last two columns are the agreement that it was booked under, "" while it is not, and its number. */
#define PAYMENT_STATE_SQL                                                                                                                                          \
    "SELECT i.payment_id, p.state, p.settled, p.credited, coalesce(v.invoice_id, ''), coalesce(s.problem, ''), coalesce(a.agreement_id, ''), i.external_id FROM intake.payment i" \
    " LEFT JOIN ledger.payment p ON p.source = i.source AND p.external_id = i.external_id"                                                                         \
    " LEFT JOIN ledger.agreement a ON a.agreement_no = p.agreement_no AND p.agreement_no > 0"                                                                      \
    " LEFT JOIN ledger.invoice v ON v.agreement_no = p.agreement_no AND (v.invoice_id = p.reference OR v.billing_code = p.reference)"                              \
    " LEFT JOIN LATERAL (SELECT problem FROM ledger.suspense s WHERE s.source = i.source AND s.external_id = i.external_id AND s.problem <> 'CONTENT_DIFFERS'"     \
    "  ORDER BY suspense_no LIMIT 1) s ON true"
enum { PAYMENT_STATE_AGREEMENT = 6, PAYMENT_STATE_EXTERNAL_ID = 7 };

struct json_t;
struct json_t *payment_state_json(const struct pg_rows *rows, size_t row);

#endif
