/* Reliefs: dated reductions of a contribution, applied to the rate before the one rounding (domain.md 2.2). Rows are data (data/relief.tsv):
 *   id, segments ("PU+BPU"), programmes, sector (TRANSPORT, OTHER, ANY), labour_intensive (1, 0, ANY), pay_ppm (what is still to be paid, of the normal amount), valid_from,
 *   valid_to, excluded_funds ("APBN+APBD" or empty), new_member_full (1: the parameter new_member_full_months holds), enabled (0|1), regulation, confidence
 *
 * A relief that is not enabled (R-2020) stays in the table for historic replays and is switched on by relief_switch. At most one enabled relief may fit a question: a
 * file or a switch that breaks this is refused, because the order of rows must not decide about money. So is a relief that leaves a fraction of a ppm of a rate. */
#ifndef PAYUNG_PREMIUM_RELIEF_H
#define PAYUNG_PREMIUM_RELIEF_H

#include "common/domain/calendar.h"
#include "common/domain/load.h"
#include "common/domain/programme.h"

enum { RELIEFS_MAX = 64 };

enum condition { CONDITION_ANY = 0, CONDITION_YES = 1, CONDITION_NO = 2 };

struct relief {
    struct slice id;
    uint8_t segments;    /* bit i = enum segment i */
    programme_set programmes;
    enum sector sector;  /* SECTOR_NONE = any */
    enum condition labour_intensive;
    int64_t pay_ppm;     /* 500,000 = half */
    month_t valid_from, valid_to;
    int32_t first, last; /* the same as month counts (tariff.h) */
    uint8_t excluded_funds; /* bit i = enum funds i */
    bool new_member_full;
    bool enabled;
    struct slice regulation;
    struct slice confidence;
};

struct tariff;
struct regulation_list;

/* For whom a relief is sought; the same for all months of a premium. */
struct relief_question {
    enum segment segment;
    programme_set programmes; /* of the charge: a relief must name all of them */
    enum sector sector;
    enum funds funds;
    bool labour_intensive;
    int32_t paid_in_full_to;  /* month count: reliefs with new_member_full begin behind it; INT32_MIN = nothing is paid in full */
};

bool reliefs_load(struct slice text, const struct regulation_list *regulations, struct arena *arena, struct tariff *tariff, struct load_error *ret_error);
/* False when there is no such row, or when an enabled relief would overlap with it. */
bool relief_switch(struct tariff *tariff, struct slice id, bool enabled);
/* The enabled relief that fits in the month count, or NULL. *ret_last: the last month count of which the answer holds as well. */
const struct relief *relief_for(const struct tariff *tariff, const struct relief_question *question, int32_t month, int32_t *ret_last);

#endif
