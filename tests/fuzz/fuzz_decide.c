/* Any numbers as an application, an agreement and facts: the decision never stops the service, refuses or waits with codes of one group, and takes only what the law opens and the
 * agreement pays. The tables are small ones of its own, so that the bytes decide and not the data files. */
#include <stddef.h>
#include <stdint.h>

#include "common/base/check.h"
#include "services/eligibility/decide.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COVERS_MAX = 3, GROUP_FIRST = 1, GROUP_LAST = 4 };

struct bytes {
    const uint8_t *at;
    size_t size;
};

/* The next byte; 0 behind the end, which is the ordinary value of most fields. */
static unsigned next(struct bytes *bytes) {
    if (bytes->size == 0) return 0;
    bytes->size--;
    return *bytes->at++;
}

static uint32_t number(struct bytes *bytes) {
    uint32_t number = 0;
    for (int i = 0; i < 4; i++) number = number << 8 | next(bytes);
    return number;
}

/* Mostly a day near the edges of the tests, sometimes any number at all. */
static day_t day(struct bytes *bytes) {
    const unsigned kind = next(bytes);
    if (kind == 255) return (day_t)number(bytes);
    return (day_t)((1950 + kind % 80) * 10000 + (next(bytes) % 14) * 100 + next(bytes) % 33);
}

static month_t month(struct bytes *bytes) {
    const unsigned kind = next(bytes);
    if (kind == 255) return (month_t)number(bytes);
    return kind == 0 ? 0 : (month_t)((2014 + kind % 15) * 100 + next(bytes) % 14);
}

static uint32_t months(struct bytes *bytes) {
    const unsigned kind = next(bytes);
    return kind == 255 ? number(bytes) : kind % 25;
}

static void load(struct occupation_table *occupations, struct law_table *law, struct arena *arena) {
    struct load_error error;
    CHECK(occupations_load(slice_text("code\tname\tgroup\tsector\tformal\temployer\tcivil_servant\tsynonyms\n01\tpetani\tagri\tOTHER\t0\t0\t0\t\n02\tburuh\tcraft\tOTHER\t1\t0\t0\t\n"
                                      "03\tjuragan\tagri\tOTHER\t0\t1\t0\t\n04\tpolisi\tsocial/other\tOTHER\t0\t0\t1\t\n"),
                           arena, occupations, &error));
    CHECK(law_load(slice_text("segment\temployer_size\temployer\tvalid_from\tvalid_to\topen\tmandatory\tregulation\tconfidence\n"
                              "BPU\tANY\t0\t2015-07\t2026-12\tJKK+JKM+JHT\tJKK+JKM\tPP 44/2015\tG\nBPU\tANY\t0\t2027-01\t\tJKK+JKM+JHT+JP\t\tPP 1/2027\tU\n"
                              "BPU\tANY\t1\t2015-07\t\tJKK+JKM+JHT\tJKK+JKM+JHT\tPP 44/2015\tG\nPU\tANY\tANY\t2015-07\t\tJKK+JKM+JHT+JP+JKP\tJKK+JKM\tPerpres 109/2013\tG\n"
                              "PMI\tANY\tANY\t2018-12\t2025-12\tJKK+JKM+JHT\tJKK+JKM\tPermenaker 4/2023\tG\n"),
                   arena, law, &error));
}

static void check_verdict(const struct verdict *verdict, const struct application *application, const struct agreement *agreement, const struct law_table *law) {
    CHECK(verdict->status == VERDICT_ELIGIBLE || verdict->status == VERDICT_REJECTED || verdict->status == VERDICT_PENDING);
    if (verdict->status != VERDICT_ELIGIBLE) {
        const struct code_set refusals = code_set_of_kind(verdict->codes, CODE_REFUSAL), waits = code_set_of_kind(verdict->codes, CODE_WAIT);
        int groups = 0;
        for (int group = GROUP_FIRST; group <= GROUP_LAST; group++) groups += code_set_of_group(refusals, group).bits != 0;
        CHECK(verdict->codes.bits != 0);
        if (verdict->status == VERDICT_REJECTED) CHECK(groups == 1 && waits.bits == 0);
        else CHECK(groups == 0 && waits.bits == verdict->codes.bits);
    }
    CHECK(verdict->desil >= 0 && verdict->desil <= DESIL_MAX);
    if (verdict->status == VERDICT_REJECTED) {
        CHECK(verdict->programmes == 0 && verdict->start_month == 0 && verdict->months == 0);
        return;
    }
    CHECK((verdict->status == VERDICT_ELIGIBLE) == (verdict->codes.bits == 0));
    const bool employer = application->is_employer || slice_is(application->occupation, "03");
    const struct law_question asked = {.segment = application->segment, .employer_size = application->pu.employer_size, .is_employer = employer, .from = verdict->start_month,
                                       .months = verdict->months};
    const programme_set open = law_ask(law, &asked).open, paid = agreement->programmes[application->segment];
    CHECK(verdict->programmes != 0 && (verdict->programmes & ~paid) == 0 && verdict->months > 0 && month_is_valid(verdict->start_month));
    CHECK((verdict->programmes & ~open) == 0);
}

static struct application application_of(struct bytes *bytes, unsigned flags) {
    static const char *const jobs[] = {"01", "02", "03", "04", "", "99"};
    struct application application = {.is_employer = (flags & 1) != 0};
    const unsigned segment = next(bytes);
    application.segment = segment == 255 ? (enum segment)(int)number(bytes) : (enum segment)(segment % 6);
    application.occupation = slice_text(jobs[next(bytes) % 6]);
    application.pu.employer_size = (enum employer_size)(next(bytes) % 8);
    application.jakon.basis = (enum jakon_basis)(next(bytes) % 4);
    application.first_row = next(bytes) / 250;
    application.programmes = (programme_set)(next(bytes) % 32);
    application.ktp_region = number(bytes) % 990000;
    application.birth_date = day(bytes);
    application.registration_date = day(bytes);
    application.start_month = month(bytes);
    application.months = months(bytes);
    if (next(bytes) > 200) application.findings.bits = (uint64_t)number(bytes) << 32 | 0x55u;
    application.desil = (int)(int8_t)(flags >> 1);
    return application;
}

static struct agreement agreement_of(struct bytes *bytes, unsigned flags) {
    struct agreement agreement = {.has_legal_basis = (flags & 2) == 0, .exclude_active = (flags & 4) != 0, .occupation_count = (flags & 8) != 0};
    agreement.payer_region = next(bytes) % 2 == 0 ? 0 : 1708;
    agreement.funds = (enum funds)(next(bytes) % 5);
    agreement.period_from = day(bytes);
    agreement.period_to = day(bytes);
    agreement.first_month = month(bytes);
    agreement.months = months(bytes);
    for (int i = SEGMENT_BPU; i <= SEGMENT_PMI; i++) agreement.programmes[i] = (programme_set)(next(bytes) % 32);
    agreement.min_age = (int)(int8_t)next(bytes);
    agreement.age_limit = (int)(int8_t)next(bytes);
    agreement.data_source = (enum data_source)(next(bytes) % 4);
    agreement.region_scope = (enum region_scope)(next(bytes) % 5);
    agreement.desil_max = (int)(int8_t)next(bytes);
    return agreement;
}

static struct eligibility_facts facts_of(struct bytes *bytes, unsigned flags, struct active_cover covers[COVERS_MAX]) {
    for (int i = 0; i < COVERS_MAX; i++) {
        covers[i].segment = (enum segment)(next(bytes) % 6);
        covers[i].programme = (enum programme)next(bytes);
        covers[i].same_payer = next(bytes) % 2 == 1;
        covers[i].from = month(bytes);
        covers[i].months = months(bytes);
        covers[i].status = (enum cover_status)(next(bytes) % 5);
    }
    struct eligibility_facts facts = {.covers_unanswered = (flags & 16) != 0, .covers = covers, .cover_count = flags >> 5 & COVERS_MAX};
    facts.dukcapil = (enum dukcapil_answer)(next(bytes) % 6);
    facts.dukcapil_region = next(bytes) > 200 ? number(bytes) % 990000 : 0;
    facts.dtsen = (enum fact)(next(bytes) % 5);
    facts.desil = (int)(int8_t)next(bytes);
    facts.civil_servant = (enum fact)(next(bytes) % 5);
    return facts;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct slice wanted = {(const uint8_t *)"01", 2};
    static struct occupation_table occupations;
    static struct law_table law;
    static struct arena *arena;
    if (arena == NULL) {
        arena = arena_create(1 << 20);
        load(&occupations, &law, arena);
    }
    struct bytes bytes = {data, size};
    struct parameters parameters = {0};
    struct active_cover covers[COVERS_MAX] = {0};
    const unsigned flags = next(&bytes);
    struct application application = application_of(&bytes, flags);
    struct agreement agreement = agreement_of(&bytes, flags);
    struct eligibility_facts facts = facts_of(&bytes, flags, covers);
    for (int i = 0; i < PARAMETER_COUNT; i++) parameters.rows[i].value = (int64_t)(next(&bytes) % 100);
    agreement.occupations = &wanted;
    facts.occupations = &occupations;
    facts.law = &law;
    facts.parameters = &parameters;
    const struct agreement *known = (flags & 128) != 0 ? NULL : &agreement;
    struct verdict verdict, warned;
    decide(&application, known, &facts, &verdict);
    check_verdict(&verdict, &application, &agreement, &law);
    application.findings = code_set_with(application.findings, CODE_W06);
    decide(&application, known, &facts, &warned);
    CHECK(warned.status == verdict.status && warned.codes.bits == verdict.codes.bits && warned.programmes == verdict.programmes);
    return 0;
}
