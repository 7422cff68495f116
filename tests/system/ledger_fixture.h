/* For tests of the ledger on a real PostgreSQL (tests/system/database.h): made batches of priced applications as the stage loop would hand them over, and runs them through the book.
 * Persons are numbers turned into tokens: nothing here looks like a person. */
#ifndef PAYUNG_TESTS_LEDGER_FIXTURE_H
#define PAYUNG_TESTS_LEDGER_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "services/ledger/agreement_apply.h"
#include "services/ledger/book.h"
#include "tests/system/database.h"

enum { FIXTURE_ITEMS_MAX = 5000, FIXTURE_LINES_MAX = 6, FIXTURE_ARENA_BYTES = 512 * 1024 * 1024 };

#define FIXTURE_MOMENT_MS INT64_C(1757912400000) /* 2025-09-15 12:00 in Jakarta */

/* zeros mean: eligible, agreement "satu", BPU, JKK + JKM, 12 months from 2025-10, 10,000 + 6,800 a month. The other segments have the prices of fixture_prices and by
 * themselves all programmes of them but JHT in PMI; PMI has 24 months. */
struct fixture_item {
    uint32_t person, application; /* application 0 = the person's number */
    uint32_t attempt;             /* 0 = 1 */
    const char *agreement;
    enum verdict_status verdict;
    struct code_set codes;
    month_t start_month;
    uint32_t months;
    programme_set programmes;
    enum segment segment;
    int32_t partition;
    bool unreadable;
    enum code parked;
    bool is_priced; /* a PENDING case with its terms and price */
    int desil;
};

struct fixture {
    struct arena *arena;
    struct stage_item items[FIXTURE_ITEMS_MAX];
    struct stage_span spans[8];
    struct stage_batch batch;
    int64_t next[8]; /* of each partition */
    uint32_t epoch[8];
    int64_t first_origin[8];
    int64_t moment_ms;
};

struct fixture_price {
    enum charge charge;
    enum payer_share share;
    bool once;
    rupiah amount;
    const char *row;
};

/* Vectors of domain.md 8: P01; U01 (wage 5,000,000, class 1: 462,000 a month); J04 (contract of 300,000,000 net: 620,000 once); M01 and M10 (24 months through a company:
 * 370,000 once, JHT 100,000 a month). */
static const struct fixture_price *fixture_prices(enum segment segment, size_t *ret_count) {
    static const struct fixture_price bpu[] = {{CHARGE_JKK, SHARE_PAYER, false, 10000, "BPU-JKK-2015/01"}, {CHARGE_JKM, SHARE_PAYER, false, 6800, "BPU-JKM-2015"},
                                               {CHARGE_JHT, SHARE_PAYER, false, 20000, "BPU-JHT-2015/01"}};
    static const struct fixture_price pu[] = {{CHARGE_JKK, SHARE_EMPLOYER, false, 12000, "PU-JKK/1"}, {CHARGE_JKM, SHARE_EMPLOYER, false, 15000, "PU-JKM"},
                                              {CHARGE_JHT, SHARE_EMPLOYER, false, 185000, "PU-JHT/E"}, {CHARGE_JHT, SHARE_WORKER, false, 100000, "PU-JHT/W"},
                                              {CHARGE_JP, SHARE_EMPLOYER, false, 100000, "PU-JP/E"}, {CHARGE_JP, SHARE_WORKER, false, 50000, "PU-JP/W"}};
    static const struct fixture_price jakon[] = {{CHARGE_JKK, SHARE_PAYER, true, 210000, "JAKON-JKK/1"}, {CHARGE_JKK, SHARE_PAYER, true, 340000, "JAKON-JKK/2"},
                                                 {CHARGE_JKM, SHARE_PAYER, true, 30000, "JAKON-JKM/1"}, {CHARGE_JKM, SHARE_PAYER, true, 40000, "JAKON-JKM/2"}};
    static const struct fixture_price pmi[] = {{CHARGE_PACKAGE, SHARE_PAYER, true, 37500, "PMI/placement"}, {CHARGE_PACKAGE, SHARE_PAYER, true, 332500, "PMI/24"},
                                               {CHARGE_JHT, SHARE_PAYER, false, 100000, "PMI-JHT"}};
#define PRICES(table) (*ret_count = sizeof table / sizeof *table, table)
    return segment == SEGMENT_PU ? PRICES(pu) : segment == SEGMENT_JAKON ? PRICES(jakon) : segment == SEGMENT_PMI ? PRICES(pmi) : PRICES(bpu);
#undef PRICES
}

static struct priced *fixture_priced(struct arena *arena, const struct fixture_item *item, const struct lineage *lineage) {
    struct priced *priced = arena_zero(arena, 1, sizeof *priced);
    struct application *application = &priced->application;
    priced->lineage = *lineage;
    const uint32_t number = item->application != 0 ? item->application : item->person;
    for (int i = 0; i < 4; i++) { /* spread like a hash */
        const uint32_t word = (number + 1u) * 2654435761u + (uint32_t)i * 40503u, token = (item->person + 7u) * 2246822519u + (uint32_t)i * 9973u;
        memcpy(application->application_id.bytes + 4 * i, &word, 4);
        memcpy(application->person.bytes + 4 * i, &token, 4);
    }
    application->attempt = item->attempt != 0 ? item->attempt : 1;
    application->agreement_id = slice_text(item->agreement != NULL ? item->agreement : "satu");
    application->batch_id = slice_text("b-1");
    application->row = (uint32_t)lineage->origin + 1;
    application->registration_date = 20250915;
    application->segment = item->segment != SEGMENT_NONE ? item->segment : SEGMENT_BPU;
    application->sealed_person = slice_text("sealed");
    application->seal_key_id = slice_text("k1");
    priced->verdict.status = item->verdict != VERDICT_NONE ? item->verdict : VERDICT_ELIGIBLE;
    priced->verdict.codes = item->codes;
    priced->verdict.funds = FUNDS_APBD;
    priced->premium.lines = arena_zero(arena, FIXTURE_LINES_MAX, sizeof *priced->premium.lines);
    priced->verdict.desil = item->desil;
    if (priced->verdict.status != VERDICT_ELIGIBLE && !(priced->verdict.status == VERDICT_PENDING && item->is_priced)) return priced;
    priced->verdict.programmes = item->programmes != 0 ? item->programmes : application->segment == SEGMENT_PU ? 15 : 3;
    priced->verdict.start_month = item->start_month != 0 ? item->start_month : 202510;
    priced->verdict.months = item->months != 0 ? item->months : application->segment == SEGMENT_PMI ? 24 : 12;
    if ((priced->verdict.programmes & programme_bit(PROGRAMME_JHT)) != 0 && application->segment == SEGMENT_PMI) application->pmi.jht_monthly = 100000;
    size_t count = 0;
    const struct fixture_price *prices = fixture_prices(application->segment, &count);
    for (size_t i = 0; i < count; i++) {
        if ((charge_programmes(prices[i].charge) & ~priced->verdict.programmes) != 0) continue;
        const uint32_t months = prices[i].once ? 1 : priced->verdict.months;
        priced->premium.lines[priced->premium.line_count++] =
            (struct premium_line){.charge = prices[i].charge, .share = prices[i].share, .once = prices[i].once, .from = priced->verdict.start_month, .months = months, .base = 1000000,
                                  .normal = prices[i].amount, .amount = prices[i].amount, .tariff_row = slice_text(prices[i].row),
                                  .regulation = slice_text("PP 44/2015 Lampiran II"), .relief = slice_text("")};
        priced->premium.by_charge[prices[i].charge] += prices[i].amount * months;
        priced->premium.total += prices[i].amount * months;
    }
    return priced;
}

static inline void fixture_start(struct fixture *fixture) {
    memset(fixture, 0, sizeof *fixture);
    fixture->arena = arena_create(FIXTURE_ARENA_BYTES);
    fixture->moment_ms = FIXTURE_MOMENT_MS;
    for (int i = 0; i < 8; i++) fixture->epoch[i] = 1;
}

/* The batch of these items, each at the next origin of its partition; next moves only with fixture_passed. */
static inline struct stage_batch *fixture_batch(struct fixture *fixture, const struct fixture_item *items, size_t count) {
    arena_reset(fixture->arena);
    struct stage_batch *batch = &fixture->batch;
    *batch = (struct stage_batch){.arena = fixture->arena, .items = fixture->items, .count = count, .spans = fixture->spans, .moment_ms = fixture->moment_ms};
    int64_t origin[8];
    memcpy(origin, fixture->next, sizeof origin);
    for (size_t i = 0; i < count; i++) {
        const int32_t p = items[i].partition;
        const struct lineage lineage = {.epoch = fixture->epoch[p], .first_origin = fixture->first_origin[p], .origin = origin[p]++};
        fixture->items[i] = (struct stage_item){.partition = p, .lineage = lineage, .parked = items[i].unreadable ? CODE_X01 : items[i].parked,
                                                .in = items[i].unreadable ? NULL : fixture_priced(fixture->arena, &items[i], &lineage)};
    }
    for (int32_t p = 0; p < 8; p++)
        if (origin[p] > fixture->next[p])
            fixture->spans[batch->span_count++] = (struct stage_span){.partition = p, .epoch = fixture->epoch[p], .first_origin = fixture->first_origin[p],
                                                                     .from = fixture->next[p], .to = origin[p]};
    return batch;
}

static inline void fixture_passed(struct fixture *fixture) {
    for (size_t i = 0; i < fixture->batch.span_count; i++) fixture->next[fixture->spans[i].partition] = fixture->spans[i].to;
}

/* load, decide, save; on failure undo, as the loop does. */
static inline struct err fixture_run(struct book *book, struct stage_batch *batch) {
    struct posting *posting;
    struct err err = book_load(book, batch, &posting);
    for (size_t i = 0; i < batch->count && !failed(&err); i++) {
        struct stage_item *item = &batch->items[i];
        struct decided *decided = arena_take(batch->arena, sizeof *decided);
        const struct posting_question question = {.partition = item->partition, .lineage = item->lineage, .priced = item->in, .parked = item->parked};
        if (posting_decide(posting, &question, decided) == POSTING_UNUSABLE) err = ERR(PARK, "unusable");
        item->out = decided;
    }
    if (!failed(&err)) err = book_save(book, posting, batch);
    if (failed(&err)) book_undo(book);
    return err;
}

static inline const struct outcome *fixture_outcome(const struct stage_batch *batch, size_t item) { return &((const struct decided *)batch->items[item].out)->outcome; }

/* Applies a document; APPLY_REFUSED is an answer, not an error. */
static inline struct err fixture_apply(struct pg *pg, struct arena *arena, const char *json, enum apply_answer *ret_answer, struct document_problem *ret_problem) {
    struct agreement_document document;
    if (!agreement_document_read(arena, slice_text(json), NULL, NULL, &document, ret_problem)) return ERR(FATAL, "%s", ret_problem->problem);
    const char *difference;
    const struct money_moment moment = {.moment_ms = FIXTURE_MOMENT_MS, .actor = "test"};
    return agreement_apply(pg, arena, &document, &moment, "test", true, ret_answer, &difference, ret_problem);
}

/* One for BPU over twelve months from `first`. */
static inline struct err fixture_agreement_from(struct pg *pg, struct arena *arena, const char *id, const char *payer, int64_t pagu, int64_t quota, month_t first) {
    char text[1024], heads[48] = "";
    const month_t before = month_add(first, -1), last = month_add(first, 11);
    if (quota >= 0) (void)snprintf(heads, sizeof heads, ",\"quota\":%lld", (long long)quota);
    (void)snprintf(text, sizeof text,
                   "{\"id\":\"%s\",\"name\":\"test\",\"payer\":{\"kind\":\"PEMKAB\",\"region\":\"17.08\",\"funds\":\"APBD\",\"name\":\"%s\"},\"legal_basis\":[{\"kind\":\"SK\","
                   "\"number\":\"1\",\"date\":\"%d-%02d-01\"}],\"period\":{\"from\":\"%d-%02d-01\",\"to\":\"%d-%02d-%d\"},\"months\":12,\"registration_date\":\"%d-%02d-15\","
                   "\"segments\":{\"BPU\":{\"programmes\":[\"JKK\",\"JKM\"]}},\"pagu\":%lld%s}",
                   id, payer, month_year(before), month_number(before), month_year(first), month_number(first), month_year(last), month_number(last), month_last_day(last) % 100,
                   month_year(before), month_number(before), (long long)pagu, heads);
    enum apply_answer answer;
    struct document_problem problem;
    return fixture_apply(pg, arena, text, &answer, &problem);
}

static inline struct err fixture_agreement(struct pg *pg, struct arena *arena, const char *id, const char *payer, int64_t pagu, int64_t quota) {
    return fixture_agreement_from(pg, arena, id, payer, pagu, quota, 202510);
}

/* An agreement for all four segments, from 2025-10 to 2027-09; `more` are further members (",\"parent\":...") or "". */
static inline struct err fixture_office(struct pg *pg, struct arena *arena, const char *id, const char *payer, int64_t pagu, const char *more, enum apply_answer *ret_answer,
                                        struct document_problem *ret_problem) {
    char text[2048];
    (void)snprintf(text, sizeof text,
                   "{\"id\":\"%s\",\"name\":\"test\",\"payer\":{\"kind\":\"PEMKAB\",\"region\":\"36.04\",\"funds\":\"APBD\",\"name\":\"%s\"},\"legal_basis\":[{\"kind\":\"PKS\","
                   "\"number\":\"1\",\"date\":\"2025-09-01\"}],\"period\":{\"from\":\"2025-10-01\",\"to\":\"2027-09-30\"},\"months\":12,\"registration_date\":\"2025-09-15\","
                   "\"segments\":{\"BPU\":{\"programmes\":[\"JKK\",\"JKM\"]},\"PU\":{\"programmes\":[\"JKK\",\"JKM\",\"JHT\",\"JP\"]},\"JAKON\":{\"programmes\":[\"JKK\",\"JKM\"]},"
                   "\"PMI\":{\"programmes\":[\"JKK\",\"JKM\",\"JHT\"]}},\"pagu\":%lld%s}",
                   id, payer, (long long)pagu, more);
    return fixture_apply(pg, arena, text, ret_answer, ret_problem);
}

#endif
