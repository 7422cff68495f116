/* Any bytes as one of the short texts that people, files and other programs write (days, months, amounts, regions, codes, sets, ids, positions, traces, words of a list): never a
 * crash; what is read is valid, and written in our own form it is read back as the same. */
#include <string.h>

#include "common/base/check.h"
#include "common/domain/agreement.h"
#include "common/domain/partner.h"
#include "common/domain/region.h"
#include "common/domain/text.h"
#include "common/stage/lineage.h"
#include "common/stage/parcel.h"
#include "services/eligibility/extract.h"
#include "services/ledger/bank/amount.h"
#include "services/ledger/bank/statement.h"
#include "services/ledger/mutation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void days_and_months(struct slice text) {
    day_t day = -1, day_again = -1;
    month_t month = -1, month_again = -1;
    char written[11];
    if (day_parse(text, &day)) {
        CHECK(day_is_valid(day));
        day_format(day, written);
        CHECK(day_parse(slice_text(written), &day_again) && day_again == day);
        CHECK(bank_day_read(text, &day_again) && day_again == day); /* banks write what we read, and more */
    } else {
        CHECK(day == -1);
    }
    if (bank_day_read(text, &day)) CHECK(day_is_valid(day));
    if (month_parse(text, &month)) {
        CHECK(month_is_valid(month));
        month_format(month, written);
        CHECK(month_parse(slice_text(written), &month_again) && month_again == month);
    } else {
        CHECK(month == -1);
    }
}

static void amounts(struct slice text) {
    rupiah amount = -1, again = -1;
    char written[32];
    uint64_t number = 0;
    if (rupiah_parse(text, &amount)) {
        CHECK(amount >= 0);
        rupiah_format(amount, written);
        CHECK(rupiah_parse(slice_text(written), &again) && again == amount);
    } else {
        CHECK(amount == -1);
    }
    const struct amount read = amount_read(text);
    CHECK(read.amount >= -RUPIAH_INPUT_MAX && read.amount <= RUPIAH_INPUT_MAX);
    if (read.reading == AMOUNT_READ) CHECK(read.sen == read.amount * 100);
    else if (read.reading == AMOUNT_WITH_SEN) CHECK(read.sen / 100 == read.amount); /* less than a sen may be all that is left: 1.000,0025 */
    else CHECK(read.amount == 0 && read.sen == 0);
    if (text_number(text, 1000, &number)) CHECK(number <= 1000);
}

static void regions(struct slice text) {
    uint32_t region = 0, village = 0, again = 0, none = 1;
    char written[9];
    if (!region_parse(text, &region, &village)) return;
    CHECK(region >= 10000 && region <= 999999 && village <= 9999);
    region_format(region, written);
    CHECK(region_parse(slice_text(written), &again, &none) && again == region && none == 0);
}

static void sets(struct slice text) {
    enum code code = CODE_NONE;
    struct code_set codes, codes_again;
    programme_set set = 0, set_again = 0;
    char codes_written[CODE_SET_TEXT_MAX], set_written[PROGRAMME_SET_TEXT_MAX];
    if (code_parse(text, &code)) CHECK(code_row(code) != NULL && text_is(text_trim(text), code_row(code)->text));
    if (code_set_parse(text, &codes)) {
        CHECK(code_set_format(codes, codes_written) < sizeof codes_written);
        CHECK(code_set_parse(slice_text(codes_written), &codes_again) && codes_again.bits == codes.bits);
    }
    if (programme_set_parse(text, &set)) {
        CHECK(set != 0 && set < 1u << PROGRAMME_COUNT && programme_set_format(set, set_written) < sizeof set_written);
        CHECK(programme_set_parse(slice_text(set_written), &set_again) && set_again == set);
    }
}

/* Words of a list: what is taken is one of the list, and by the name it has there where it has only one. */
static void words(struct slice text) {
    enum programme programme = PROGRAMME_COUNT;
    enum segment segment = SEGMENT_NONE;
    enum funds funds = FUNDS_NONE;
    enum employer_size employer_size = EMPLOYER_SIZE_NONE;
    enum jakon_basis basis = JAKON_BASIS_NONE;
    enum pmi_route route = PMI_ROUTE_NONE;
    enum extract_kind kind = (enum extract_kind)0;
    enum statement_format format = STATEMENT_UNKNOWN;
    enum mutation_reason reason = MUTATION_REASONS;
    enum partner_role role = (enum partner_role)0;
    enum data_source source = DATA_SOURCE_NONE;
    enum billing_mode billing = BILLING_MONTHLY;
    enum activation activation = ACTIVATION_PAYMENT;
    if (programme_parse(text, &programme)) CHECK(programme >= 0 && programme < PROGRAMME_COUNT);
    if (segment_parse(text, &segment)) CHECK(segment >= SEGMENT_BPU && segment <= SEGMENT_PMI);
    if (funds_parse(text, &funds)) CHECK(funds >= FUNDS_APBN && funds <= FUNDS_PRIBADI);
    if (employer_size_parse(text, &employer_size)) CHECK(employer_size >= EMPLOYER_MICRO && employer_size <= EMPLOYER_LARGE);
    if (jakon_basis_parse(text, &basis)) CHECK(basis >= JAKON_BASIS_CONTRACT && basis <= JAKON_BASIS_WAGES);
    if (pmi_route_parse(text, &route)) CHECK(route >= PMI_ROUTE_P3MI && route <= PMI_ROUTE_INDIVIDUAL);
    if (extract_kind_parse(text, &kind)) CHECK(kind > 0 && kind < EXTRACT_KIND_COUNT);
    if (statement_format_parse(text, &format)) CHECK(slice_is(text, statement_format_name(format)));
    if (mutation_reason_parse(text, &reason)) CHECK(reason < MUTATION_REASONS && text_is(text, mutation_row(reason)->code));
    if (partner_role_parse(text, &role)) CHECK(slice_is(text, partner_role_name(role)));
    if (data_source_parse(text, &source)) CHECK(text_is(text_trim(text), data_source_name(source)));
    if (billing_mode_parse(text, &billing)) CHECK(slice_is(text, billing_mode_name(billing)));
    if (activation_parse(text, &activation)) CHECK(slice_is(text, activation_name(activation)));
}

static void identities(struct slice text) {
    struct id id, id_again;
    struct stage_position position, position_again;
    uint8_t trace[TRACE_BYTES], bytes[256];
    char id_written[2 * ID_BYTES + 1], position_written[LINEAGE_METADATA_MAX], hex[2 * sizeof bytes + 1];
    if (id_parse(text, &id)) {
        id_format(id, id_written);
        CHECK(id_parse(slice_text(id_written), &id_again) && memcmp(&id, &id_again, sizeof id) == 0);
    }
    if (lineage_parse(text, &position)) {
        lineage_format(position, position_written);
        CHECK(lineage_parse(slice_text(position_written), &position_again) && lineage_compare(position, position_again) == 0);
    }
    if (parcel_trace(text, trace)) {
        static const uint8_t none[TRACE_BYTES];
        CHECK(memcmp(trace, none, TRACE_BYTES) != 0);
    }
    if (text.size <= 2 * sizeof bytes && text_hex_read(text, bytes)) {
        text_hex(slice_of(bytes, text.size / 2), hex);
        CHECK(text_same(slice_text(hex), text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct slice text = slice_of(data, size);
    days_and_months(text);
    amounts(text);
    regions(text);
    sets(text);
    words(text);
    identities(text);
    return 0;
}
