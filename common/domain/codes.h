/* Reason codes: why a person was refused, waits, or was taken with a remark. One row per code in codes.def, which also
 * holds the words that people read. A code_set is a set of them in one word; sets are reported in the order of codes.def.
 * Source of the rules: domain.md 3.2. */
#ifndef PAYUNG_DOMAIN_CODES_H
#define PAYUNG_DOMAIN_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/slice.h"

enum code {
    CODE_NONE = 0,
#define CODE(symbol, number, text, name, group, kind, reason, remedy) CODE_##symbol = number,
#include "common/domain/codes.def"
#undef CODE
    CODE_LIMIT = 64
};

enum code_kind { CODE_REFUSAL, CODE_WAIT, CODE_QUEUE, CODE_WARNING, CODE_PARKED };

struct code_row {
    enum code code;
    const char *text;   /* "E30": what files, logs and the ledger show */
    const char *name;   /* "NOT_RESIDENT" */
    int group;          /* decision group 1..5 of domain.md 3.2; 0 for warnings and parked records */
    enum code_kind kind;
    const char *reason; /* Bahasa Indonesia, at most 36 characters, for letters and result files */
    const char *remedy; /* Bahasa Indonesia, what the clerk should do */
};

struct code_set {
    uint64_t bits;
};

enum { CODE_SET_TEXT_MAX = 64 * 4 };

const struct code_row *code_row(enum code code);               /* NULL for an unknown number */
bool code_parse(struct slice text, enum code *ret_code);       /* "E30" */
static inline struct code_set code_set_with(struct code_set set, enum code code) {
    return (struct code_set){set.bits | (UINT64_C(1) << (unsigned)code)};
}
static inline bool code_set_has(struct code_set set, enum code code) {
    return (set.bits >> (unsigned)code & 1u) != 0;
}
static inline struct code_set code_set_union(struct code_set a, struct code_set b) {
    return (struct code_set){a.bits | b.bits};
}
struct code_set code_set_of_group(struct code_set set, int group); /* the refusals and waits of one group */
struct code_set code_set_of_kind(struct code_set set, enum code_kind kind);
/* "E01 E80": codes separated by one space in the order of codes.def; "" for an empty set. */
size_t code_set_format(struct code_set set, char ret_text[CODE_SET_TEXT_MAX]);
bool code_set_parse(struct slice text, struct code_set *ret_set);

#endif
