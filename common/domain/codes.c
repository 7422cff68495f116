/* The table of reason codes made from codes.def, and the sets of them. Sets are always told in the order of codes.def, so that two
 * runs over one file give the same bytes. This file adds no code and no meaning of its own. */
#include "common/domain/codes.h"

#include "common/base/check.h"
#include "common/domain/text.h"

static const struct code_row rows[] = {
#define CODE(symbol, number, text, name, group, kind, reason, remedy) {CODE_##symbol, text, name, group, CODE_##kind, reason, remedy},
#include "common/domain/codes.def"
#undef CODE
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

/* Where the row of a number stands, plus one; 0: no such number. Deciding asks for rows of every applicant, so a look-up is no search. */
enum {
#define CODE(symbol, number, text, name, group, kind, reason, remedy) PLACE_##symbol,
#include "common/domain/codes.def"
#undef CODE
};
static const uint8_t place_of[CODE_LIMIT] = {
#define CODE(symbol, number, text, name, group, kind, reason, remedy) [number] = PLACE_##symbol + 1,
#include "common/domain/codes.def"
#undef CODE
};

#define CODE(symbol, number, text, name, group, kind, reason, remedy)                                                                     \
    _Static_assert((number) >= 1 && (number) < CODE_LIMIT, "a code is a bit of 64");                                                      \
    _Static_assert(sizeof(text) == 4, "a code has three characters");                                                                     \
    _Static_assert((group) >= 0 && (group) <= 5, "decision groups are 1..5, 0 for none");
#include "common/domain/codes.def"
#undef CODE

const struct code_row *code_row(enum code code) {
    if ((unsigned)code >= CODE_LIMIT || place_of[code] == 0) return NULL;
    return &rows[place_of[code] - 1];
}

bool code_parse(struct slice text, enum code *ret_code) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (!text_is(text, rows[i].text)) continue;
        *ret_code = rows[i].code;
        return true;
    }
    return false;
}

/* Takes the lowest code out of a set that is not empty; its row is NULL when the number is none of ours. */
static const struct code_row *take_code(struct code_set *set) {
    const int number = __builtin_ctzll(set->bits);
    set->bits &= set->bits - 1;
    return code_row((enum code)number);
}

struct code_set code_set_of_group(struct code_set set, int group) {
    struct code_set chosen = {0};
    while (set.bits != 0) {
        const struct code_row *row = take_code(&set);
        if (row == NULL || (row->kind != CODE_REFUSAL && row->kind != CODE_WAIT)) continue;
        if (row->group == group) chosen = code_set_with(chosen, row->code);
    }
    return chosen;
}

struct code_set code_set_of_kind(struct code_set set, enum code_kind kind) {
    struct code_set chosen = {0};
    while (set.bits != 0) {
        const struct code_row *row = take_code(&set);
        if (row != NULL && row->kind == kind) chosen = code_set_with(chosen, row->code);
    }
    return chosen;
}

size_t code_set_format(struct code_set set, char ret_text[CODE_SET_TEXT_MAX]) {
    _Static_assert(ROW_COUNT * 4 <= CODE_SET_TEXT_MAX, "every code with its blank fits");
    size_t size = 0;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (!code_set_has(set, rows[i].code)) continue;
        if (size > 0) ret_text[size++] = ' ';
        memcpy(ret_text + size, rows[i].text, 3);
        size += 3;
    }
    ret_text[size] = '\0';
    return size;
}

bool code_set_parse(struct slice text, struct code_set *ret_set) {
    struct code_set set = {0};
    struct slice rest = text_trim(text), word;
    if (rest.size == 0) rest.bytes = NULL;
    while (text_split(&rest, ' ', &word)) {
        enum code code = CODE_NONE;
        if (!code_parse(word, &code)) return false;
        set = code_set_with(set, code);
    }
    *ret_set = set;
    return true;
}
