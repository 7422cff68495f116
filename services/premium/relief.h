/* Reliefs: dated reductions of a contribution, applied to the rate before the one rounding (domain.md 2.2). Rows are data (data/relief.tsv):
 *   id, segment, programmes, sector (TRANSPORT, OTHER, ANY), pay_ppm (what is still to be paid, of the normal amount), valid_from, valid_to,
 *   excluded_funds ("APBN+APBD" or empty), enabled (0|1), regulation, confidence
 *
 * A relief that is not enabled (R-2020) stays in the table for historic replays and is switched on by relief_switch. At most one enabled relief may fit a question: a
 * file or a switch that breaks this is refused, because the order of rows must not decide about money. */
#ifndef PAYUNG_PREMIUM_RELIEF_H
#define PAYUNG_PREMIUM_RELIEF_H

#include "common/domain/calendar.h"
#include "common/domain/load.h"
#include "common/domain/programme.h"

enum { MONTH_OPEN = 299912, RELIEFS_MAX = 64 };

struct relief {
    struct slice id;
    enum segment segment;
    programme_set programmes;
    enum sector sector;  /* SECTOR_NONE = any */
    int64_t pay_ppm;     /* 500,000 = half */
    month_t valid_from, valid_to;
    uint8_t excluded_funds; /* bit i = enum funds i */
    bool enabled;
    struct slice regulation;
    struct slice confidence;
};

struct tariff;
struct regulation_list;

bool reliefs_load(struct slice text, const struct regulation_list *regulations, struct arena *arena, struct tariff *tariff, struct load_error *ret_error);
/* False when there is no such row, or when an enabled relief would overlap with it. */
bool relief_switch(struct tariff *tariff, struct slice id, bool enabled);
/* The enabled relief that fits, or NULL. */
const struct relief *relief_for(const struct tariff *tariff, enum segment segment, enum programme programme, enum sector sector, enum funds funds, month_t month);

#endif
