/* Payments, changes of cover and the ledger's commands as protobuf and back; the same rules as wire.c. A record that has no lineage yet (in the outbox, before the relay
 * has numbered it) is written without one and is not readable until it has one. */
#include "common/wire/wire.h"
#include "common/wire/wire_parts.h"

#include "payung/coverage/v1/changed.pb-c.h"
#include "payung/enrolment/v1/submitted.pb-c.h"
#include "payung/ledger/v1/command.pb-c.h"
#include "payung/payment/v1/received.pb-c.h"

typedef Payung__Payment__V1__PaymentReceived PbPayment;
typedef Payung__Coverage__V1__CoverageChanged PbCoverage;
typedef Payung__Ledger__V1__LedgerCommand PbCommand;

enum { LONG_TEXT_BYTES_MAX = 56 * 1024, HASH_BYTES = 32 };

static bool read_long(const char *text, size_t most, struct slice *ret_text) {
    const size_t size = text != NULL ? strnlen(text, most + 1) : 0;
    *ret_text = slice_of(text, size);
    return size <= most;
}

static PbLineage *lineage_or_none(struct arena *arena, const struct lineage *lineage) { return lineage->epoch == 0 ? NULL : wire_write_lineage(arena, lineage); }

struct slice wire_with_lineage(struct arena *arena, struct slice payload, const struct lineage *lineage) {
    Payung__Enrolment__V1__EnrolmentSubmitted carrier = PAYUNG__ENROLMENT__V1__ENROLMENT_SUBMITTED__INIT; /* all messages have the lineage as field 1 */
    carrier.lineage = wire_write_lineage(arena, lineage);
    const struct slice head = wire_pack(arena, &carrier.base);
    uint8_t *bytes = arena_take(arena, head.size + payload.size);
    memcpy(bytes, head.bytes, head.size);
    if (payload.size > 0) memcpy(bytes + head.size, payload.bytes, payload.size);
    return slice_of(bytes, head.size + payload.size);
}

/* ---- payments ---- */

struct slice wire_encode_payment(struct arena *arena, const struct payment_received *in) {
    PbPayment out = PAYUNG__PAYMENT__V1__PAYMENT_RECEIVED__INIT;
    out.lineage = lineage_or_none(arena, &in->lineage);
    out.payment_id = wire_write_bytes16(in->payment_id.bytes, id_is_zero(in->payment_id));
    out.source = arena_text(arena, in->source);
    out.external_id = arena_text(arena, in->external_id);
    out.reference = arena_text(arena, in->reference);
    out.bank = arena_text(arena, in->bank);
    out.amount_is_readable = in->amount_is_readable;
    out.amount_rupiah = in->amount;
    out.currency = arena_text(arena, in->currency);
    out.received_on = (uint32_t)in->received_on;
    out.problem = arena_text(arena, in->problem);
    out.raw = arena_text(arena, in->raw);
    out.content_sha256 = wire_write_bytes(slice_of(in->content_sha256, HASH_BYTES));
    out.received_at_ms = in->received_at_ms;
    return wire_pack(arena, &out.base);
}

bool wire_decode_payment(struct arena *arena, struct slice bytes, struct payment_received *ret_message) {
    const PbPayment *in = (const PbPayment *)wire_unpack(arena, bytes, &payung__payment__v1__payment_received__descriptor);
    struct payment_received out = {0};
    if (in == NULL || !wire_read_lineage(in->lineage, &out.lineage) || !wire_read_bytes16(in->payment_id, out.payment_id.bytes) || id_is_zero(out.payment_id) ||
        !wire_read_text(in->source, &out.source) || out.source.size == 0 || !wire_read_text(in->external_id, &out.external_id) || out.external_id.size == 0 ||
        !wire_read_text(in->reference, &out.reference) || !wire_read_text(in->bank, &out.bank) || !wire_read_text(in->currency, &out.currency) ||
        !wire_read_text(in->problem, &out.problem) || !read_long(in->raw, PAYMENT_RAW_MAX, &out.raw)) return false;
    if (in->content_sha256.len != HASH_BYTES || !wire_is_day_or_none(in->received_on) || !wire_is_time(in->received_at_ms)) return false;
    memcpy(out.content_sha256, in->content_sha256.data, HASH_BYTES);
    out.amount_is_readable = in->amount_is_readable;
    out.amount = in->amount_rupiah;
    out.received_on = (day_t)in->received_on;
    out.received_at_ms = in->received_at_ms;
    *ret_message = out;
    return true;
}

/* ---- cover ---- */

struct slice wire_encode_coverage(struct arena *arena, const struct coverage_changed *in) {
    PbCoverage out = PAYUNG__COVERAGE__V1__COVERAGE_CHANGED__INIT;
    out.lineage = lineage_or_none(arena, &in->lineage);
    out.event_id = wire_write_bytes16(in->event_id.bytes, id_is_zero(in->event_id));
    out.agreement_id = arena_text(arena, in->agreement_id);
    out.payer_name = arena_text(arena, in->payer_name);
    out.application_id = wire_write_bytes16(in->application_id.bytes, id_is_zero(in->application_id));
    out.attempt = in->attempt;
    out.place = in->place;
    out.state = (Payung__Coverage__V1__CoverState)in->state;
    out.day = (uint32_t)in->day;
    out.paid_to_month = (uint32_t)in->paid_to;
    out.end_month = (uint32_t)in->end_month;
    out.reason = arena_text(arena, in->reason);
    out.monthly_amount_rupiah = in->monthly_amount;
    out.message_due = arena_text(arena, in->message_due);
    out.commit_sequence = in->commit_sequence;
    out.changed_at_ms = in->changed_at_ms;
    out.sealed_person = wire_write_bytes(in->sealed_person);
    out.seal_key_id = arena_text(arena, in->seal_key_id);
    out.ktp_region = in->ktp_region;
    out.ktp_village = in->ktp_village;
    out.unpaid_months = in->unpaid_months;
    out.lapse_day = (uint32_t)in->lapse_day;
    return wire_pack(arena, &out.base);
}

bool wire_decode_coverage(struct arena *arena, struct slice bytes, struct coverage_changed *ret_message) {
    const PbCoverage *in = (const PbCoverage *)wire_unpack(arena, bytes, &payung__coverage__v1__coverage_changed__descriptor);
    struct coverage_changed out = {0};
    if (in == NULL || !wire_read_lineage(in->lineage, &out.lineage) || !wire_read_bytes16(in->event_id, out.event_id.bytes) || id_is_zero(out.event_id) ||
        !wire_read_bytes16(in->application_id, out.application_id.bytes) || !wire_read_text(in->agreement_id, &out.agreement_id) ||
        !wire_read_text(in->payer_name, &out.payer_name) || !wire_read_text(in->reason, &out.reason) || !wire_read_text(in->message_due, &out.message_due) ||
        !wire_read_sealed(in->sealed_person, &out.sealed_person) || !wire_read_text(in->seal_key_id, &out.seal_key_id)) return false;
    if (in->attempt == 0 || in->attempt > INT32_MAX || in->place < 1 || (int)in->state < 1 || (int)in->state > 5 || !wire_is_day_or_none(in->day) || in->day == 0 ||
        !wire_is_month_or_none(in->paid_to_month) || !wire_is_month_or_none(in->end_month) || in->monthly_amount_rupiah < 0 || in->monthly_amount_rupiah > RUPIAH_INPUT_MAX ||
        in->commit_sequence < 0 || !wire_is_time(in->changed_at_ms) || in->unpaid_months > COVER_MONTHS_MAX || !wire_is_day_or_none(in->lapse_day) || in->ktp_region > 999999 || in->ktp_village > 9999) return false;
    out.attempt = in->attempt;
    out.place = in->place;
    out.state = (int32_t)in->state;
    out.day = (day_t)in->day;
    out.paid_to = (month_t)in->paid_to_month;
    out.end_month = (month_t)in->end_month;
    out.monthly_amount = in->monthly_amount_rupiah;
    out.commit_sequence = in->commit_sequence;
    out.changed_at_ms = in->changed_at_ms;
    out.ktp_region = in->ktp_region;
    out.ktp_village = in->ktp_village;
    out.unpaid_months = in->unpaid_months;
    out.lapse_day = (day_t)in->lapse_day;
    *ret_message = out;
    return true;
}

/* ---- commands ---- */

struct slice wire_encode_command(struct arena *arena, const struct ledger_command *in) {
    PbCommand out = PAYUNG__LEDGER__V1__LEDGER_COMMAND__INIT;
    out.lineage = lineage_or_none(arena, &in->lineage);
    out.kind = (Payung__Ledger__V1__CommandKind)in->kind;
    out.commit_sequence = in->commit_sequence;
    out.moment_ms = in->moment_ms;
    out.business_date = (uint32_t)in->business_date;
    out.actor = arena_text(arena, in->actor);
    out.approved_by = arena_text(arena, in->approved_by);
    out.agreement_id = arena_text(arena, in->agreement_id);
    out.application_id = wire_write_bytes16(in->application_id.bytes, id_is_zero(in->application_id));
    out.attempt = in->attempt;
    out.month = (uint32_t)in->month;
    out.months = in->months;
    out.day = (uint32_t)in->day;
    out.reason = arena_text(arena, in->reason);
    out.text = arena_text(arena, in->text);
    out.source = arena_text(arena, in->source);
    out.external_id = arena_text(arena, in->external_id);
    out.number = in->number;
    return wire_pack(arena, &out.base);
}

bool wire_decode_command(struct arena *arena, struct slice bytes, struct ledger_command *ret_message) {
    const PbCommand *in = (const PbCommand *)wire_unpack(arena, bytes, &payung__ledger__v1__ledger_command__descriptor);
    struct ledger_command out = {0};
    if (in == NULL || !wire_read_lineage(in->lineage, &out.lineage) || !wire_read_text(in->actor, &out.actor) || !wire_read_text(in->approved_by, &out.approved_by) ||
        !wire_read_text(in->agreement_id, &out.agreement_id) || !wire_read_bytes16(in->application_id, out.application_id.bytes) || !wire_read_text(in->reason, &out.reason) ||
        !read_long(in->text, LONG_TEXT_BYTES_MAX, &out.text) || !wire_read_text(in->source, &out.source) || !wire_read_text(in->external_id, &out.external_id)) return false;
    if ((int)in->kind <= COMMAND_NONE || (int)in->kind >= COMMAND_KINDS || in->commit_sequence < 1 || !wire_is_time(in->moment_ms) || !wire_is_day_or_none(in->business_date) ||
        in->business_date == 0 || in->attempt > INT32_MAX || !wire_is_month_or_none(in->month) || in->months > COVER_MONTHS_MAX || !wire_is_day_or_none(in->day) || in->number < 0) return false;
    out.kind = (enum command_kind)in->kind;
    out.commit_sequence = in->commit_sequence;
    out.moment_ms = in->moment_ms;
    out.business_date = (day_t)in->business_date;
    out.attempt = in->attempt;
    out.month = (month_t)in->month;
    out.months = in->months;
    out.day = (day_t)in->day;
    out.number = in->number;
    *ret_message = out;
    return true;
}
