/* Any bytes as the JSON body of a payment: never a crash; what is taken has all that a payment needs in its bounds; what is refused has a reason. */
#include "common/base/check.h"
#include "services/ingestion/payment_body.h"
#include "services/ledger/bank/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    if (arena == NULL) arena = arena_create(1 << 20);
    arena_reset(arena);
    if (size > PAYMENT_BODY_MAX) return 0;
    struct payment_body body;
    struct body_problem problem = {.problem = NULL};
    char known[INVOICE_NUMBER_MAX];
    if (payment_body_read(slice_of(data, size), arena, &body, &problem)) {
        CHECK(body.amount > 0 && body.amount <= RUPIAH_INPUT_MAX && day_is_valid(body.received_on));
        CHECK(body.external_id.size > 0 && body.external_id.size <= PAYMENT_TEXT_MAX && body.written.size > 0 && body.written.size <= PAYMENT_TEXT_MAX);
        CHECK((body.reference.size == 0 || reference_read(body.reference, known)) && !number_holds_nik(body.external_id));
        CHECK(body.bank.size <= PAYMENT_BANK_MAX);
    } else {
        CHECK(problem.problem != NULL);
        CHECK(memchr(problem.pointer, '\0', BODY_POINTER_MAX) != NULL);
    }
    return 0;
}
