/* Names of the nouns that travel: ids as text and outcomes as words. Nothing else of an application has a text form here, because the
 * wire layer and the reports own theirs. */
#include "common/domain/application.h"

#include "common/base/check.h"

void id_format(struct id id, char ret_text[2 * ID_BYTES + 1]) {
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < ID_BYTES; i++) {
        ret_text[2 * i] = digits[id.bytes[i] >> 4];
        ret_text[2 * i + 1] = digits[id.bytes[i] & 15];
    }
    ret_text[2 * ID_BYTES] = '\0';
}

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
