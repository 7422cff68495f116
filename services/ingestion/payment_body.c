/* Reads the body with jansson and copies what is used into the arena. Money is text or a whole number; 33331200.0 is one to JSON, 1.5 is not. */
#include "services/ingestion/payment_body.h"

#include <jansson.h>
#include <stdio.h>

#include "common/domain/text.h"
#include "services/ledger/bank/amount.h"
#include "services/ledger/bank/reference.h"
#include "services/ledger/bank/statement.h"

static bool refuse(struct body_problem *problem, const char *pointer, const char *text) {
    problem->problem = text;
    (void)snprintf(problem->pointer, BODY_POINTER_MAX, "%s", pointer); /* ours are short */
    return false;
}

/* The name of an unknown member may be anything: only a plain one is shown. */
static bool refuse_unknown(struct body_problem *problem, const char *member) {
    char pointer[BODY_POINTER_MAX] = "/";
    size_t size = 1;
    for (; member[size - 1] != '\0' && size + 1 < BODY_POINTER_MAX; size++) {
        const char byte = member[size - 1];
        pointer[size] = byte_is_letter((uint8_t)byte) || byte_is_digit((uint8_t)byte) || byte == '_' || byte == '-' ? byte : '?';
    }
    pointer[size] = '\0';
    return refuse(problem, pointer, "is not a known member");
}

static bool read_text(const char *pointer, const json_t *value, size_t most, struct arena *arena, struct slice *ret_text, struct body_problem *problem) {
    if (!json_is_string(value)) return refuse(problem, pointer, "must be a string");
    const struct slice whole = slice_of(json_string_value(value), json_string_length(value)), text = text_trim(whole);
    if (text.size == 0) return refuse(problem, pointer, "is empty");
    if (body_characters(whole) > most) return refuse(problem, pointer, "is too long");
    for (size_t i = 0; i < whole.size; i++)
        if (whole.bytes[i] < ' ' || whole.bytes[i] == 0x7F) return refuse(problem, pointer, "holds a control character");
    *ret_text = arena_copy(arena, text);
    return true;
}

/* ---- the amount ---- */

static bool judge_amount(const char *pointer, rupiah amount, rupiah *ret_amount, struct body_problem *problem) {
    if (amount <= 0) return refuse(problem, pointer, "must be more than zero");
    if (amount > RUPIAH_INPUT_MAX) return refuse(problem, pointer, "is larger than 100000000000000");
    *ret_amount = amount;
    return true;
}

/* "33331200.00": digits, and two for sen that are zero; nothing that could be read in another way. */
static bool read_snap_value(const json_t *value, rupiah *ret_amount, struct body_problem *problem) {
    static const char pointer[] = "/amount/value";
    if (!json_is_string(value)) return refuse(problem, pointer, "must be a string such as \"33331200.00\"");
    struct slice text = slice_of(json_string_value(value), json_string_length(value));
    const bool negative = text.size > 0 && text.bytes[0] == '-';
    const uint8_t *dot = text.size > 0 ? memchr(text.bytes, '.', text.size) : NULL;
    const size_t whole = dot != NULL ? (size_t)(dot - text.bytes) : text.size, from = negative ? 1 : 0;
    if (whole <= from || (dot != NULL && text.size - whole != 3)) return refuse(problem, pointer, "must be digits with two decimals, such as \"33331200.00\"");
    for (size_t i = from; i < text.size; i++)
        if (i != whole && !byte_is_digit(text.bytes[i])) return refuse(problem, pointer, "must be digits with two decimals, such as \"33331200.00\"");
    if (negative) return refuse(problem, pointer, "must be more than zero");
    if (dot != NULL && (dot[1] != '0' || dot[2] != '0')) return refuse(problem, pointer, "must be whole rupiah");
    uint64_t number = 0;
    if (!text_number(slice_of(text.bytes, whole), (uint64_t)RUPIAH_INPUT_MAX, &number)) return refuse(problem, pointer, "is larger than 100000000000000");
    return judge_amount(pointer, (rupiah)number, ret_amount, problem);
}

static bool read_snap(const json_t *object, rupiah *ret_amount, struct body_problem *problem) {
    const json_t *value = json_object_get(object, "value"), *currency = json_object_get(object, "currency");
    if (json_object_size(object) != 2 || value == NULL || currency == NULL) return refuse(problem, "/amount", "must have \"value\" and \"currency\", and nothing else");
    if (!json_is_string(currency) || strcmp(json_string_value(currency), "IDR") != 0) return refuse(problem, "/amount/currency", "must be IDR");
    return read_snap_value(value, ret_amount, problem);
}

static bool read_amount(const json_t *value, rupiah *ret_amount, struct body_problem *problem) {
    if (json_is_object(value)) return read_snap(value, ret_amount, problem);
    int64_t whole;
    if (body_whole_number(value, &whole)) return judge_amount("/amount", whole, ret_amount, problem);
    if (json_is_real(value)) return refuse(problem, "/amount", "must be whole rupiah, at most 100000000000000");
    return refuse(problem, "/amount", "must be a whole number, or an object with value and currency");
}

/* ---- the body ---- */

struct parts {
    struct slice invoice, billing_code;
    bool has_amount;
};

static bool read_day(const json_t *value, day_t *ret_day, struct body_problem *problem) {
    const struct slice text = json_is_string(value) ? slice_of(json_string_value(value), json_string_length(value)) : slice_of(NULL, 0);
    if (text.size != 10 || text.bytes[4] != '-' || text.bytes[7] != '-' || !day_parse(text, ret_day)) return refuse(problem, "/received_on", "must be a date, YYYY-MM-DD");
    return true;
}

/* It is asked for in an address: GET /v1/payments/{external_id}. */
static bool may_stand_in_number(uint8_t byte) { return byte > ' ' && byte <= '~' && byte != '/' && byte != '?' && byte != '#' && byte != '%'; }

static bool read_member(const char *member, const json_t *value, struct arena *arena, struct payment_body *body, struct parts *parts, struct body_problem *problem) {
    if (strcmp(member, "external_id") == 0) {
        if (!read_text("/external_id", value, PAYMENT_TEXT_MAX, arena, &body->external_id, problem)) return false;
        if (body->external_id.size != json_string_length(value)) return refuse(problem, "/external_id", "must be visible ASCII characters without / ? # %"); /* spaces around it */
        for (size_t i = 0; i < body->external_id.size; i++)
            if (!may_stand_in_number(body->external_id.bytes[i])) return refuse(problem, "/external_id", "must be visible ASCII characters without / ? # %");
        if (number_holds_nik(body->external_id)) return refuse(problem, "/external_id", "looks like a population number (NIK): a payment needs a number of its own");
        return true;
    }
    if (strcmp(member, "invoice") == 0) return read_text("/invoice", value, PAYMENT_TEXT_MAX, arena, &parts->invoice, problem);
    if (strcmp(member, "billing_code") == 0) return read_text("/billing_code", value, PAYMENT_TEXT_MAX, arena, &parts->billing_code, problem);
    if (strcmp(member, "received_on") == 0) return read_day(value, &body->received_on, problem);
    if (strcmp(member, "bank") == 0) {
        char name[STATEMENT_NAME_MAX];
        if (!read_text("/bank", value, PAYMENT_BANK_MAX, arena, &body->bank, problem)) return false;
        body->bank = arena_copy(arena, statement_bank(body->bank, name));
        return body->bank.size > 0 || refuse(problem, "/bank", "must hold letters or digits");
    }
    if (strcmp(member, "amount") != 0) return refuse_unknown(problem, member);
    parts->has_amount = true;
    return read_amount(value, &body->amount, problem);
}

static bool judge_whole(struct arena *arena, struct payment_body *body, const struct parts *parts, struct body_problem *problem) {
    if (body->external_id.size == 0) return refuse(problem, "/external_id", "is missing");
    if (!parts->has_amount) return refuse(problem, "/amount", "is missing");
    if (body->received_on == 0) return refuse(problem, "/received_on", "is missing");
    if (parts->invoice.size == 0 && parts->billing_code.size == 0) return refuse(problem, "/invoice", "is missing, and there is no billing_code");
    if (parts->invoice.size > 0 && parts->billing_code.size > 0) return refuse(problem, "/billing_code", "may not stand beside invoice: name one of them");
    char found[INVOICE_NUMBER_MAX];
    body->written = parts->invoice.size > 0 ? parts->invoice : parts->billing_code;
    body->reference = reference_find(body->written, (struct slice){0}, found) ? arena_copy(arena, slice_text(found)) : slice_text("");
    return true;
}

bool payment_body_read(struct slice json, struct arena *arena, struct payment_body *ret_body, struct body_problem *ret_problem) {
    if (json.size == 0) return refuse(ret_problem, "", "the body is empty");
    json_error_t error;
    json_t *document = json_loadb((const char *)json.bytes, json.size, JSON_REJECT_DUPLICATES, &error);
    if (document == NULL && json_error_code(&error) == json_error_numeric_overflow) return refuse(ret_problem, "/amount", "a number is beyond all bounds");
    if (document == NULL) return refuse(ret_problem, "", "the body is not valid JSON, or has a member twice");
    struct payment_body body = {0};
    struct parts parts = {0};
    bool good = json_is_object(document) || refuse(ret_problem, "", "the body must be a JSON object");
    const char *member;
    json_t *value;
    if (good) {
        json_object_foreach(document, member, value) {
            good = read_member(member, value, arena, &body, &parts, ret_problem);
            if (!good) break;
        }
    }
    json_decref(document);
    if (!good || !judge_whole(arena, &body, &parts, ret_problem)) return false;
    *ret_body = body;
    return true;
}
