/* The chart of accounts as arithmetic: lines and outcomes in, sums and entries out. It must never know where a line came from. */
#include "services/ledger/line.h"

#include <stdio.h>

#include "common/base/check.h"

const char *enrolment_state_name(enum enrolment_state state) {
    switch (state) {
    case ENROLMENT_REGISTERED: return "REGISTERED";
    case ENROLMENT_ACTIVE: return "ACTIVE";
    case ENROLMENT_GRACE: return "GRACE";
    case ENROLMENT_LAPSED: return "LAPSED";
    case ENROLMENT_ENDED: return "ENDED";
    }
    return "?";
}

const char *line_kind_name(enum line_kind kind) {
    static const char *const names[LINE_KINDS] = {"?",        "INVOICED",    "SETTLED",   "CREDITED", "REFUNDED", "UNSETTLED", "RECEIVED", "RETURNED",  "SUSPENDED", "UNSUSPENDED",
                                                  "MOVED_OUT", "MOVED_IN",   "RELEASED",  "STATE",    "RESERVED", "UNRESERVED", "WAITING", "DELEGATED", "CARRIED"};
    return kind > LINE_NONE && kind < LINE_KINDS ? names[kind] : "?";
}

static bool add(rupiah *sum, rupiah amount) { return rupiah_add(*sum, amount, sum); }

static bool add_named(struct arena *names, struct named_sum *sums, size_t *count, struct slice name, rupiah amount) {
    size_t at = 0;
    while (at < *count && !slice_equal(sums[at].name, name)) at++;
    if (at == SUMS_NAMES_MAX) return false;
    if (at == *count) sums[(*count)++] = (struct named_sum){.name = arena_copy(names, name)};
    return add(&sums[at].sum, amount);
}

bool sums_add_outcome(struct ledger_sums *sums, const struct outcome_row *outcome) {
    sums->outcomes++;
    if (outcome->repeat) return true;
    if (outcome->rank > 0) sums->waiting++;
    if (outcome->status != OUTCOME_ACCEPTED) return true;
    sums->heads++;
    for (int i = 0; i < LEDGER_CHARGES; i++)
        if (!add(&sums->committed[i], outcome->by_charge[i])) return false;
    return true;
}

static bool has_charges(enum line_kind kind) {
    return kind == LINE_INVOICED || kind == LINE_SETTLED || kind == LINE_CREDITED || kind == LINE_REFUNDED || kind == LINE_UNSETTLED || kind == LINE_RELEASED;
}

static bool is_consistent(const struct line_row *line) {
    rupiah total = 0;
    for (int i = 0; i < LEDGER_CHARGES; i++) {
        if (line->by_charge[i] < 0 || !add(&total, line->by_charge[i])) return false;
        if (line->is_reduced && line->reduction[i] < 0) return false;
    }
    if (line->is_reduced != (line->relief.bytes != NULL)) return false;
    if (line->kind == LINE_DELEGATED) return total == 0; /* an umbrella also takes back */
    return line->amount >= 0 && (has_charges(line->kind) ? total == line->amount : total == 0);
}

/* IURAN and KERINGANAN of an invoiced month; sign -1 takes them back. */
static bool add_invoiced(struct arena *names, struct ledger_sums *sums, const struct line_row *line, int sign) {
    for (int i = 0; i < LEDGER_CHARGES; i++) {
        const rupiah reduction = line->is_reduced ? line->reduction[i] : 0;
        rupiah normal;
        if (!rupiah_add(line->by_charge[i], reduction, &normal) || !add(&sums->normal[i], sign * normal)) return false;
        if (reduction > 0 && !add_named(names, sums->reliefs, &sums->relief_count, line->relief, sign * reduction)) return false;
    }
    return true;
}

static bool add_cash(struct arena *names, struct ledger_sums *sums, const struct line_row *line, int sign) {
    return add_named(names, sums->banks, &sums->bank_count, line->detail, sign * line->amount);
}

bool sums_add_line(struct arena *names, struct ledger_sums *sums, const struct line_row *line) {
    if (!is_consistent(line) || !add(&sums->reserved, line->reserved)) return false;
    sums->lines++;
    sums->heads += line->heads;
    sums->waiting += line->waiting;
    sums->reserved_heads += line->reserved_heads;
    const rupiah amount = line->amount;
    switch (line->kind) {
    case LINE_INVOICED: return add(&sums->receivable, amount) && add_invoiced(names, sums, line, 1);
    case LINE_CREDITED: return add(&sums->receivable, -amount) && add_invoiced(names, sums, line, -1);
    case LINE_REFUNDED: return add(&sums->credit, amount) && add_invoiced(names, sums, line, -1);
    case LINE_SETTLED: return add(&sums->credit, -amount) && add(&sums->receivable, -amount);
    case LINE_UNSETTLED: return add(&sums->credit, amount) && add(&sums->receivable, amount);
    case LINE_RECEIVED: return add(&sums->credit, amount) && add_cash(names, sums, line, 1);
    case LINE_RETURNED: return add(&sums->credit, -amount) && add_cash(names, sums, line, -1);
    case LINE_SUSPENDED: return add(&sums->suspense, amount) && add_cash(names, sums, line, 1);
    case LINE_UNSUSPENDED: return add(&sums->suspense, -amount) && add_cash(names, sums, line, -1);
    case LINE_MOVED_OUT: return add(&sums->suspense, -amount) && add(&sums->transfer, amount);
    case LINE_MOVED_IN: return add(&sums->transfer, -amount) && add(&sums->credit, amount);
    case LINE_RELEASED:
        for (int i = 0; i < LEDGER_CHARGES; i++)
            if (!add(&sums->committed[i], -line->by_charge[i])) return false;
        return true;
    case LINE_DELEGATED: return add(&sums->delegated, amount);
    case LINE_STATE: sums->states++; return true;
    case LINE_RESERVED:
    case LINE_UNRESERVED:
    case LINE_WAITING:
    case LINE_CARRIED: return true;
    case LINE_NONE:
    case LINE_KINDS: break;
    }
    return false;
}

static bool is_sane(rupiah sum) { return sum / (INT64_MAX / 64) == 0; }

bool sums_are_sane(const struct ledger_sums *sums) {
    const rupiah alone[] = {sums->receivable, sums->credit, sums->suspense, sums->transfer, sums->reserved, sums->delegated};
    size_t insane = 0;
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++) insane += !is_sane(alone[i]);
    for (int i = 0; i < LEDGER_CHARGES; i++) insane += !is_sane(sums->committed[i]) + !is_sane(sums->normal[i]);
    for (size_t i = 0; i < sums->relief_count; i++) insane += !is_sane(sums->reliefs[i].sum);
    for (size_t i = 0; i < sums->bank_count; i++) insane += !is_sane(sums->banks[i].sum);
    return insane == 0;
}

rupiah sums_committed(const struct ledger_sums *sums) {
    rupiah total = 0;
    for (int i = 0; i < LEDGER_CHARGES; i++) CHECK(rupiah_add(total, sums->committed[i], &total));
    return total;
}

struct entry_writer {
    struct arena *arena;
    struct entry_row *entries;
    size_t count;
};

static void put(struct entry_writer *writer, const char *account, struct slice name, rupiah debit) {
    if (debit == 0) return;
    const size_t size = strlen(account) + name.size + 1;
    char *text = arena_take(writer->arena, size);
    CHECK(writer->count < SUMS_ENTRIES_MAX && snprintf(text, size, "%s%.*s", account, SLICE_ARGS(name)) == (int)size - 1);
    writer->entries[writer->count] = (struct entry_row){.line = (int16_t)(writer->count + 1), .account = slice_of(text, size - 1), .amount = debit};
    writer->count++;
}

size_t sums_entries(struct arena *arena, const struct ledger_sums *sums, struct slice agreement_id, struct entry_row ret_entries[SUMS_ENTRIES_MAX]) {
    struct entry_writer writer = {.arena = arena, .entries = ret_entries};
    put(&writer, "KOMITMEN:", agreement_id, sums_committed(sums));
    for (int i = 0; i < LEDGER_CHARGES; i++) put(&writer, "IURAN-KOMITMEN:", slice_text(charge_name(ledger_charge(i))), -sums->committed[i]);
    put(&writer, "PIUTANG:", agreement_id, sums->receivable);
    for (size_t i = 0; i < sums->relief_count; i++) put(&writer, "KERINGANAN:", sums->reliefs[i].name, sums->reliefs[i].sum);
    for (int i = 0; i < LEDGER_CHARGES; i++) put(&writer, "IURAN:", slice_text(charge_name(ledger_charge(i))), -sums->normal[i]);
    put(&writer, "TITIPAN:", agreement_id, -sums->credit);
    for (size_t i = 0; i < sums->bank_count; i++) put(&writer, "KAS:", sums->banks[i].name, sums->banks[i].sum);
    put(&writer, "SUSPENS", slice_text(""), -sums->suspense);
    put(&writer, "PINDAHAN", slice_text(""), -sums->transfer);
    return writer.count;
}
