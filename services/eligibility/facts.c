/* The one door to what eligibility knows: the table of adapters, asked once per batch, and the pure merging of their answers for one applicant. It must never ask per row,
 * and never turn a silence into an answer. */
#include "services/eligibility/facts.h"

#include <stdlib.h>

#include "common/edge/log.h"
#include "services/eligibility/facts_adapter.h"

enum { MONTHS_A_YEAR = 12, PROGRAMMES_HELD = 4, RUNS_A_YEAR_MAX = 6 * PROGRAMMES_HELD };

static const struct facts_adapter *const adapters[] = {&facts_ledger, &facts_extract, &facts_dukcapil};
enum { ADAPTERS = sizeof adapters / sizeof *adapters };

struct facts_source {
    struct facts_options options;
    struct facts_stores stores;
    void *selves[ADAPTERS]; /* NULL: not set up */
};

static struct err open_all(struct facts_source *source) {
    TRY(pg_open(source->options.pg_url, "payung-eligibility", &source->stores.pg));
    for (size_t i = 0; i < ADAPTERS; i++) TRY(adapters[i]->open(&source->options, &source->stores, &source->selves[i]));
    return OK;
}

struct err facts_open(const struct facts_options *options, struct facts_source **ret_source) {
    struct facts_source *source = calloc(1, sizeof *source);
    CHECK(source != NULL);
    source->options = *options;
    source->stores.agreements = agreement_cache_create();
    struct err err = open_all(source);
    if (failed(&err)) {
        facts_close(source);
        return err;
    }
    for (size_t i = 0; i < ADAPTERS; i++) log_info("source of facts", LOG_TEXT("name", adapters[i]->name), LOG_TEXT("state", source->selves[i] != NULL ? "asked" : "not set up"));
    *ret_source = source;
    return OK;
}

void facts_close(struct facts_source *source) {
    if (source == NULL) return;
    for (size_t i = 0; i < ADAPTERS; i++)
        if (source->selves[i] != NULL && adapters[i]->close != NULL) adapters[i]->close(source->selves[i]);
    pg_close(source->stores.pg);
    agreement_cache_destroy(source->stores.agreements);
    free(source);
}

struct pg *facts_session(struct facts_source *source) { return source->stores.pg; }

struct err facts_fetch(struct facts_source *source, const struct stage_batch *batch, struct batch_facts **ret_facts) {
    struct arena *arena = batch->arena;
    struct slice *ids = arena_take(arena, (batch->count + 1) * sizeof *ids), *persons = arena_take(arena, (batch->count + 1) * sizeof *persons);
    size_t id_count = 0, person_count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct application *application = facts_application(batch, i);
        if (application == NULL) continue;
        ids[id_count++] = application->agreement_id;
        if (!person_is_nobody(application->person)) persons[person_count++] = slice_of(application->person.bytes, TOKEN_BYTES);
    }
    struct batch_facts *facts = arena_zero(arena, 1, sizeof *facts);
    facts->agreements = source->stores.agreements;
    facts->occupations = source->options.occupations;
    facts->law = source->options.law;
    facts->parameters = source->options.parameters;
    TRY(agreement_cache_fetch(source->stores.agreements, source->stores.pg, arena, ids, id_count, NULL, 0));
    const struct facts_asking asking = {.stores = &source->stores, .batch = batch, .persons = persons, .person_count = person_count};
    for (size_t i = 0; i < ADAPTERS; i++)
        if (source->selves[i] != NULL) TRY(adapters[i]->fetch(source->selves[i], &asking, facts));
    *ret_facts = facts;
    return OK;
}

/* ---- one applicant ---- */

/* A mask of months as runs: 0b111 in 2026 is January 2026, 3 months. */
static size_t add_runs(const struct held_year *held, enum programme programme, bool same_payer, struct active_cover *ret_covers) {
    size_t count = 0;
    const uint16_t mask = held->months[programme];
    for (int month = 0; month < MONTHS_A_YEAR; month++) {
        if ((mask >> month & 1u) == 0) continue;
        if (month > 0 && (mask >> (month - 1) & 1u) != 0) ret_covers[count - 1].months++;
        else
            ret_covers[count++] = (struct active_cover){.segment = held->segment, .programme = programme, .agreement_no = held->agreement_no, .same_payer = same_payer,
                                                        .from = held->year * 100 + month + 1, .months = 1};
    }
    return count;
}

static bool is_same_payer(const struct agreement *asking, const struct held_year *held) {
    if (asking == NULL) return false;
    return asking->number == held->agreement_no || (held->agreement != NULL && agreement_same_payer(asking, held->agreement));
}

static void gather_covers(const struct batch_facts *facts, struct arena *arena, const struct application *application, const struct agreement *agreement,
                          struct eligibility_facts *known) {
    const struct person_run held = person_run_of(facts->held, facts->held_count, sizeof *facts->held, application->person);
    const size_t most = held.count * RUNS_A_YEAR_MAX + extract_cover_count(&facts->extracts, application);
    size_t count = 0;
    if (most == 0) return;
    struct active_cover *covers = arena_take(arena, most * sizeof *covers);
    for (size_t i = held.first; i < held.first + held.count; i++)
        for (int programme = 0; programme < PROGRAMMES_HELD; programme++)
            count += add_runs(&facts->held[i], (enum programme)programme, is_same_payer(agreement, &facts->held[i]), covers + count);
    count += extract_covers_of(&facts->extracts, application, agreement, covers + count);
    CHECK(count <= most);
    known->covers = covers;
    known->cover_count = count;
}

void facts_of(const struct batch_facts *facts, struct arena *arena, size_t item, const struct application *application, const struct agreement *agreement,
              struct eligibility_facts *ret_facts) {
    *ret_facts = (struct eligibility_facts){.occupations = facts->occupations, .law = facts->law, .parameters = facts->parameters};
    if (facts->dukcapil != NULL) {
        ret_facts->dukcapil = facts->dukcapil[item].answer;
        ret_facts->dukcapil_region = facts->dukcapil[item].region;
    }
    const uint32_t ktp_region = ret_facts->dukcapil_region != 0 ? ret_facts->dukcapil_region : application->ktp_region;
    extract_judge(&facts->extracts, application, agreement, ktp_region, facts->dukcapil == NULL, ret_facts);
    gather_covers(facts, arena, application, agreement, ret_facts);
}

struct code_set facts_findings(const struct batch_facts *facts, size_t item) { return facts->dukcapil != NULL ? facts->dukcapil[item].findings : (struct code_set){0}; }

void facts_decide(const struct batch_facts *facts, struct arena *arena, size_t item, struct application *application, struct verdict *ret_verdict) {
    const struct agreement *agreement = agreement_by_id(facts->agreements, application->agreement_id);
    struct eligibility_facts known;
    application->findings = code_set_union(application->findings, facts_findings(facts, item));
    facts_of(facts, arena, item, application, agreement, &known);
    decide(application, agreement, &known, ret_verdict);
}
