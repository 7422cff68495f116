/* One row of ledger.line for money that concerns no person. */
#include "services/ledger/cash.h"

struct slice cash_bank(struct slice bank) { return bank.size > 0 ? bank : slice_text("LAINNYA"); }

struct err cash_write(struct money *money, const struct money_account *account, const struct cash_line *line) {
    CHECK(line->amount > 0 && line->bank.size > 0);
    struct pg_parameters *p = pg_parameters(money->arena);
    pg_add_int4(p, account->agreement_no);
    pg_add_int8(p, money_next_journal(account));
    pg_add_int4(p, line->position);
    pg_add_int4(p, day_month(money->business_date));
    pg_add_int2(p, (int16_t)line->kind);
    pg_add_int8(p, line->amount);
    pg_add_date(p, line->day);
    pg_add_text(p, line->bank);
    pg_add_text(p, slice_text(line->reason));
    return pg_run(money->pg, money->arena,
                  "INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, amount, day, detail, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", p, NULL);
}
