/* What the nouns that travel need everywhere: ids as text, outcomes as words, the rows of one person among many. Nothing else of an application has a text form here,
 * because the wire layer and the reports own theirs. */
#include "common/domain/application.h"

#include "common/base/check.h"
#include "common/domain/text.h"

static int compare_person(const void *rows, size_t row_bytes, size_t row, struct person_token person) {
    return memcmp((const uint8_t *)rows + row * row_bytes, person.bytes, TOKEN_BYTES);
}

struct person_run person_run_of(const void *rows, size_t count, size_t row_bytes, struct person_token person) {
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_person(rows, row_bytes, middle, person) < 0) low = middle + 1;
        else high = middle;
    }
    size_t behind = low;
    while (behind < count && compare_person(rows, row_bytes, behind, person) == 0) behind++;
    return (struct person_run){.first = low, .count = behind - low};
}

void id_format(struct id id, char ret_text[2 * ID_BYTES + 1]) { text_hex(slice_of(id.bytes, ID_BYTES), ret_text); }

static int hexadecimal(uint8_t byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
    return -1;
}

bool id_parse(struct slice text, struct id *ret_id) {
    struct id id;
    if (text.size != 2 * ID_BYTES) return false;
    for (size_t i = 0; i < ID_BYTES; i++) {
        int high = hexadecimal(text.bytes[2 * i]), low = hexadecimal(text.bytes[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        id.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *ret_id = id;
    return true;
}

enum outcome_status outcome_of_refusal(struct code_set codes) {
    return codes.bits == code_set_with((struct code_set){0}, CODE_E22).bits ? OUTCOME_DUPLICATE : OUTCOME_REJECTED;
}

const char *outcome_name(enum outcome_status status) {
    switch (status) {
    case OUTCOME_ACCEPTED: return "accepted";
    case OUTCOME_WAITLISTED: return "waitlisted";
    case OUTCOME_REJECTED: return "rejected";
    case OUTCOME_DUPLICATE: return "duplicate";
    case OUTCOME_PENDING: return "pending";
    case OUTCOME_PARKED: return "parked";
    case OUTCOME_NONE: break;
    }
    return "none";
}
