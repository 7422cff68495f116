/* GET /v1/batches/{id}/receipt: what was received and what became of it, signed with the installation's key (common/edge/crypto_sign.h), for the file of whoever sent the list. The
 * signature is over `text`, byte for byte; the member `receipt` is the same, to be read. `payung batch --verify FILE` checks it without a network. It must never hold a person. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/edge/clock.h"
#include "common/edge/crypto_sign.h"
#include "services/ingestion/batch.h"
#include "services/ingestion/problem.h"

enum { HEX_MAX = 2 * SIGNATURE_BYTES + 1 };

static void write_hex(const uint8_t *bytes, size_t size, char ret_text[HEX_MAX]) {
    for (size_t i = 0; i < size; i++) (void)snprintf(ret_text + 2 * i, 3, "%02x", bytes[i]); /* fits */
}

/* Members in this order: a receipt has one text. */
static json_t *content_of(const struct counted *counted) {
    const struct batch *batch = counted->batch;
    const int64_t *by_status = counted->counts->by_status;
    char sha256[HEX_MAX], received[CLOCK_TEXT_MAX], made[CLOCK_TEXT_MAX];
    write_hex(batch->sha256.bytes, batch->sha256.size, sha256);
    clock_format_ms(batch->received_at_ms, received);
    clock_format_ms(clock_unix_ms(), made);
    json_t *content = json_pack("{s:s,s:s,s:s%,s:s,s:I,s:I,s:s,s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:s}", "kind", "payung-batch-receipt-1", "batch", batch->id, "agreement",
                                (const char *)batch->agreement_id.bytes, batch->agreement_id.size, "sha256", sha256, "bytes", (json_int_t)batch->bytes, "rows", (json_int_t)batch->rows,
                                "received_at", received, "state", batch_state_name(batch), "dry_run", counted->is_trial, "accepted", (json_int_t)by_status[OUTCOME_ACCEPTED], "waitlisted",
                                (json_int_t)by_status[OUTCOME_WAITLISTED], "rejected", (json_int_t)(by_status[OUTCOME_REJECTED] + by_status[OUTCOME_PARKED]), "duplicates",
                                (json_int_t)by_status[OUTCOME_DUPLICATE], "pending", (json_int_t)(by_status[OUTCOME_NONE] + by_status[OUTCOME_PENDING]), "committed",
                                (json_int_t)counted->counts->committed, "made_at", made);
    CHECK(content != NULL);
    return content;
}

static struct err make_receipt(struct intake *intake, const struct counted *counted, json_t **ret_document) {
    uint8_t signature[SIGNATURE_BYTES];
    char signature_text[HEX_MAX], key_text[HEX_MAX];
    json_t *content = content_of(counted);
    char *text = json_dumps(content, JSON_COMPACT);
    CHECK(text != NULL);
    sign(intake->signer, slice_text(text), signature);
    write_hex(signature, sizeof signature, signature_text);
    write_hex(signer_public(intake->signer)->bytes, SIGN_PUBLIC_BYTES, key_text);
    *ret_document = json_pack("{s:o,s:s,s:s,s:s}", "receipt", content, "text", text, "signature", signature_text, "public_key", key_text);
    CHECK(*ret_document != NULL);
    free(text);
    return OK;
}

void batch_receipt_get(void *self, struct http_request *request) {
    struct intake *intake = self;
    const struct intake_partner *partner;
    struct batch batch;
    if (!batch_find(intake, request, &partner, &batch)) return;
    if (intake->signer == NULL) problem_answer(request, PROBLEM_UNAVAILABLE, "the installation has no signing key: payung keys create makes one", "");
    else batch_count(intake, request, &batch, make_receipt);
}
