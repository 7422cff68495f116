/* Any bytes as a bank statement, as CSV and as MT940, cut at any place: never a crash; the same items however they are cut; a payment has an amount in its bounds and a day, a line
 * that has none a problem and the line as it came, as text that a database takes. The first byte says where the bytes are cut. */
#include "common/base/check.h"
#include "common/domain/text.h"
#include "services/ledger/bank/reference.h"
#include "services/ledger/bank/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
    uint64_t hash;
    int64_t items;
};

static void add(struct sum *sum, struct slice bytes) {
    for (size_t i = 0; i < bytes.size; i++) sum->hash = (sum->hash ^ bytes.bytes[i]) * UINT64_C(0x100000001b3);
    sum->hash = (sum->hash ^ 0x1ff) * UINT64_C(0x100000001b3);
}

static void check_text(struct slice text, size_t most) {
    CHECK(text.size <= most && text_is_utf8(text) && (text.size == 0 || memchr(text.bytes, '\0', text.size) == NULL));
}

static void take(void *self, const struct statement_item *item) {
    struct sum *sum = self;
    char found[INVOICE_NUMBER_MAX], known[INVOICE_NUMBER_MAX];
    sum->items++;
    check_text(item->raw, STATEMENT_RAW_MAX);
    check_text(item->description, STATEMENT_TEXT_MAX);
    check_text(item->reference, STATEMENT_LINE_MAX);
    check_text(item->number, STATEMENT_LINE_MAX);
    CHECK(item->line >= 1 && item->raw.size > 0 && item->account.size < STATEMENT_NAME_MAX && item->bank.size < STATEMENT_NAME_MAX);
    CHECK(item->amount >= -RUPIAH_INPUT_MAX && item->amount <= RUPIAH_INPUT_MAX && (item->amount_is_readable || item->amount == 0));
    if (item->kind == STATEMENT_PAYMENT && item->problem == STATEMENT_FINE) CHECK(item->amount > 0 && day_is_valid(item->day));
    if (reference_find(item->reference, item->description, found)) CHECK(reference_read(slice_text(found), known) && strcmp(found, known) == 0);
    add(sum, item->raw);
    add(sum, item->reference);
    add(sum, item->description);
    add(sum, slice_text(statement_problem_name(item->problem)));
}

static struct sum read_all(struct arena *arena, enum statement_format format, struct slice bytes, size_t piece) {
    struct sum sum = {0};
    struct statement_counts counts;
    arena_reset(arena);
    struct statement *statement = statement_open(arena, &(struct statement_options){.format = format, .take = take, .self = &sum});
    while (bytes.size > 0) {
        const size_t size = bytes.size < piece ? bytes.size : piece;
        statement_feed(statement, slice_of(bytes.bytes, size));
        bytes = slice_of(bytes.bytes + size, bytes.size - size);
    }
    statement_finish(statement, &counts);
    CHECK(counts.payments + counts.problems + counts.debits + counts.balances == sum.items);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    if (arena == NULL) arena = arena_create(STATEMENT_ARENA_BYTES);
    if (size == 0) return 0;
    const struct slice bytes = slice_of(data + 1, size - 1);
    (void)statement_format_of(bytes); /* any answer is fine */
    for (int format = STATEMENT_CSV; format <= STATEMENT_MT940; format++) {
        const struct sum whole = read_all(arena, (enum statement_format)format, bytes, size), pieces = read_all(arena, (enum statement_format)format, bytes, (size_t)data[0] + 1);
        CHECK(whole.hash == pieces.hash && whole.items == pieces.items);
    }
    return 0;
}
