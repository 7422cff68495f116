/* What can be said of a card. */
#include "services/notification/cards/card.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/base/check.h"
#include "common/domain/text.h"

static const struct {
    const char *name, *word;
} states[CARD_STATES] = {{"", ""}, {"requested", "diminta"}, {"printed", "dicetak"}, {"handed_over", "diserahkan"}};

const char *card_state_name(enum card_state state) {
    CHECK(state >= 0 && state < CARD_STATES);
    return states[state].name;
}

const char *card_state_word(enum card_state state) {
    CHECK(state >= 0 && state < CARD_STATES);
    return states[state].word;
}

bool card_state_parse(struct slice text, enum card_state *ret_state) {
    for (int i = CARD_REQUESTED; i < CARD_STATES; i++) {
        if (!slice_is(text, states[i].name)) continue;
        *ret_state = (enum card_state)i;
        return true;
    }
    return false;
}

int card_compare(const void *a, const void *b) {
    const struct card *one = a, *other = b;
    if (one->region != other->region) return one->region < other->region ? -1 : 1;
    if (one->village != other->village) return one->village < other->village ? -1 : 1;
    const int order = text_compare(one->name, other->name);
    return order != 0 ? order : (one->place > other->place) - (one->place < other->place);
}

/* The ledger moves the state once a day or a month; the months stand on the card, so a page never calls a cover active outside of them. */
enum card_standing card_standing(const struct card *card, day_t today) {
    enum { REGISTERED = 1, GRACE = 3 };
    CHECK(card->cover >= REGISTERED && today > 0);
    if (card->cover > GRACE || card->end_month < card->start_month || day_month(today) > card->end_month) return STANDING_OVER;
    return card->cover == REGISTERED || day_month(today) < card->start_month ? STANDING_NOT_YET : STANDING_ACTIVE;
}

void card_simulated_number(uint32_t number, char ret_kpj[KPJ_TEXT]) {
    CHECK(number >= 1 && number <= CARD_NUMBER_MAX);
    CHECK(snprintf(ret_kpj, KPJ_TEXT, "9%010" PRIu32, number) == KPJ_DIGITS);
}

void card_initials(struct slice name, char ret_text[CARD_INITIALS_TEXT]) {
    enum { WORDS_MAX = 5, LETTER_MAX = 3 }; /* letters beyond the first 3 bytes of UTF-8 are in no name here */
    size_t words = 0, size = 0;
    bool inside = false;
    for (size_t at = 0; at < name.size && words < WORDS_MAX;) {
        const size_t blank = text_space_at(name, at), letter = text_utf8_at(name, at);
        const size_t step = blank > 0 ? blank : letter > 0 ? letter : 1;
        if (blank == 0 && !inside && letter > 0 && letter <= LETTER_MAX) {
            if (words++ > 0) ret_text[size++] = ' ';
            for (size_t i = 0; i < letter; i++) ret_text[size++] = (char)(letter == 1 && byte_is_letter(name.bytes[at]) ? name.bytes[at] & ~32u : name.bytes[at + i]);
            ret_text[size++] = '.';
        }
        inside = blank == 0;
        at += step;
    }
    CHECK(size < CARD_INITIALS_TEXT);
    ret_text[size] = '\0';
}

bool card_url(struct slice base, struct card_code code, char ret_url[CARD_URL_MAX]) {
    char text[CARD_CODE_TEXT];
    card_code_format(code, text);
    while (base.size > 0 && base.bytes[base.size - 1] == '/') base.size--;
    return base.size > 0 && snprintf(ret_url, CARD_URL_MAX, "%.*s/%s", SLICE_ARGS(base), text) < CARD_URL_MAX;
}

/* ---- villages ---- */

static struct slice line_at(struct slice text, size_t at) {
    while (at > 0 && text.bytes[at - 1] != '\n') at--;
    const uint8_t *end = memchr(text.bytes + at, '\n', text.size - at);
    return slice_of(text.bytes + at, end != NULL ? (size_t)(end - text.bytes) - at : text.size - at);
}

/* 17.08.04.2001 as 1708042001; 0 of a line without a code (the header). */
static uint64_t code_of(struct slice line) {
    uint64_t code = 0;
    for (size_t i = 0; i < line.size && line.bytes[i] != ','; i++) {
        if (line.bytes[i] == '.') continue;
        if (!byte_is_digit(line.bytes[i]) || code > UINT64_C(9999999999)) return 0;
        code = code * 10 + (uint64_t)(line.bytes[i] - '0');
    }
    return code;
}

struct slice village_name(struct slice villages, uint32_t region, uint32_t village) {
    const uint64_t wanted = (uint64_t)region * 10000 + village;
    size_t from = 0, to = villages.size;
    while (from < to) { /* the line of a village that is there begins in from..to-1 */
        struct slice line = line_at(villages, from + (to - from) / 2), cell;
        const uint64_t code = code_of(line);
        const size_t begin = (size_t)(line.bytes - villages.bytes);
        if (code == wanted && village > 0) {
            if (!text_split(&line, ',', &cell) || !text_split(&line, ',', &cell)) break;
            return text_trim(line);
        }
        if (code < wanted) from = begin + line.size + 1;
        else to = begin;
    }
    return slice_text("");
}
