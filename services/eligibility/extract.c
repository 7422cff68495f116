/* What the extracts of other offices say about one applicant. The order of preference is that of the header; a list that does not speak for a region must never be
 * taken as if it did. */
#include "services/eligibility/extract.h"

#include "common/base/check.h"
#include "common/domain/region.h"
#include "common/domain/text.h"

static const char *const kind_names[EXTRACT_KIND_COUNT] = {"", "dtsen", "civil-servant", "active-cover", "population"};

const char *extract_kind_name(enum extract_kind kind) {
    CHECK((int)kind >= 0 && kind < EXTRACT_KIND_COUNT);
    return kind_names[kind];
}

static bool is_kind(struct slice text, const char *name) {
    if (text.size != strlen(name)) return false;
    for (size_t i = 0; i < text.size; i++)
        if (byte_lower(text.bytes[i]) != (uint8_t)name[i] && !(text.bytes[i] == '_' && name[i] == '-')) return false;
    return true;
}

bool extract_kind_parse(struct slice text, enum extract_kind *ret_kind) {
    for (int i = EXTRACT_DTSEN; i < EXTRACT_KIND_COUNT; i++) {
        if (!is_kind(text, kind_names[i])) continue;
        *ret_kind = (enum extract_kind)i;
        return true;
    }
    return false;
}

bool extract_covers(uint32_t extract_region, uint32_t ktp_region) {
    if (extract_region == 0) return true;
    return ktp_region != 0 && region_holds(extract_region, ktp_region);
}

bool extract_same_payer(const struct agreement *agreement, struct slice payer) {
    uint32_t region = 0, village = 0;
    payer = text_trim(payer);
    if (agreement == NULL || payer.size == 0) return false;
    if (region_parse(payer, &region, &village)) return agreement->payer_region != 0 && region / 100 == agreement->payer_region && region % 100 == 0;
    return text_same(payer, agreement->payer_kind) || text_same(payer, agreement->payer_name) || text_is(payer, funds_name(agreement->funds));
}

/* ---- the rows of one person ---- */

struct person_rows {
    const struct extract_row *rows;
    size_t count;
};

static struct person_rows rows_of(const struct extract_facts *facts, const struct application *application) {
    struct person_rows none = {0};
    if (facts->row_count == 0 || application->segment == SEGMENT_JAKON) return none;
    const struct person_run run = person_run_of(facts->rows, facts->row_count, sizeof *facts->rows, application->person);
    return (struct person_rows){.rows = facts->rows + run.first, .count = run.count};
}

static const struct extract *extract_of(const struct extract_facts *facts, int32_t id) {
    for (size_t i = 0; i < facts->extract_count; i++)
        if (facts->extracts[i].id == id) return &facts->extracts[i];
    return NULL;
}

/* The newer one; of the same day the one for the smaller region, then the one loaded last. */
static bool is_better(const struct extract *a, const struct extract *b) {
    if (b == NULL || a->as_of != b->as_of) return b == NULL || a->as_of > b->as_of;
    const bool a_inside = a->region != 0 && extract_covers(b->region, a->region) && a->region != b->region;
    const bool b_inside = b->region != 0 && extract_covers(a->region, b->region) && a->region != b->region;
    return a_inside != b_inside ? a_inside : a->id > b->id;
}

struct wanted {
    enum extract_kind kind;
    enum data_source source;
    day_t as_of; /* 0 = any */
};

static bool is_wanted(const struct extract *extract, const struct wanted *wanted) {
    return extract != NULL && extract->kind == wanted->kind && extract->source == wanted->source && (wanted->as_of == 0 || extract->as_of == wanted->as_of);
}

static const struct extract *best_covering(const struct extract_facts *facts, const struct wanted *wanted, uint32_t ktp_region) {
    const struct extract *best = NULL;
    for (size_t i = 0; i < facts->extract_count; i++) {
        const struct extract *extract = &facts->extracts[i];
        if (is_wanted(extract, wanted) && extract_covers(extract->region, ktp_region) && is_better(extract, best)) best = extract;
    }
    return best;
}

/* The person's row in the best extract that has one; only: in this one. */
static const struct extract_row *row_in(const struct extract_facts *facts, struct person_rows person, const struct wanted *wanted, const struct extract *only) {
    const struct extract_row *found = NULL;
    const struct extract *best = NULL;
    for (size_t i = 0; i < person.count; i++) {
        const struct extract *extract = extract_of(facts, person.rows[i].extract);
        if (person.rows[i].kind != wanted->kind || !is_wanted(extract, wanted) || (only != NULL && extract != only) || !is_better(extract, best)) continue;
        best = extract;
        found = &person.rows[i];
    }
    return found;
}

/* ---- the facts ---- */

static void judge_list_of_poor(const struct extract_facts *facts, struct person_rows person, const struct agreement *agreement, uint32_t ktp_region, struct eligibility_facts *known) {
    if (agreement == NULL || (agreement->data_source == DATA_SOURCE_NONE && agreement->desil_max == 0)) return;
    const struct wanted wanted = {.kind = EXTRACT_DTSEN, .source = agreement->data_source != DATA_SOURCE_NONE ? agreement->data_source : DATA_SOURCE_DTSEN,
                                  .as_of = agreement->data_source_date};
    const struct extract *covering = best_covering(facts, &wanted, ktp_region);
    const struct extract_row *row = row_in(facts, person, &wanted, covering);
    known->dtsen = row != NULL ? FACT_YES : covering != NULL ? FACT_NO : FACT_NO_ANSWER;
    known->desil = row != NULL ? row->desil : 0;
}

static void judge_civil_servant(const struct extract_facts *facts, struct person_rows person, uint32_t ktp_region, struct eligibility_facts *known) {
    const struct wanted wanted = {.kind = EXTRACT_CIVIL_SERVANT};
    if (row_in(facts, person, &wanted, NULL) != NULL) known->civil_servant = FACT_YES;
    else if (best_covering(facts, &wanted, ktp_region) != NULL) known->civil_servant = FACT_NO;
}

static void judge_population(const struct extract_facts *facts, struct person_rows person, uint32_t ktp_region, struct eligibility_facts *known) {
    const struct wanted wanted = {.kind = EXTRACT_POPULATION};
    const struct extract_row *row = row_in(facts, person, &wanted, NULL);
    const struct extract *covering = best_covering(facts, &wanted, ktp_region);
    if (row != NULL) {
        known->dukcapil = row->deceased ? DUKCAPIL_DECEASED : DUKCAPIL_ALIVE;
        known->dukcapil_region = row->ktp_region;
    } else if (covering != NULL && covering->complete) {
        known->dukcapil = DUKCAPIL_NOT_FOUND;
    }
}

void extract_judge(const struct extract_facts *facts, const struct application *application, const struct agreement *agreement, uint32_t ktp_region, bool with_population,
                   struct eligibility_facts *known) {
    if (application->segment == SEGMENT_JAKON || person_is_nobody(application->person)) return;
    const struct person_rows person = rows_of(facts, application);
    if (with_population) judge_population(facts, person, ktp_region, known);
    if (with_population && known->dukcapil_region != 0) ktp_region = known->dukcapil_region;
    judge_list_of_poor(facts, person, agreement, ktp_region, known);
    judge_civil_servant(facts, person, ktp_region, known);
}

/* ---- covers ---- */

size_t extract_cover_count(const struct extract_facts *facts, const struct application *application) {
    return rows_of(facts, application).count * PROGRAMME_COUNT;
}

size_t extract_covers_of(const struct extract_facts *facts, const struct application *application, const struct agreement *agreement, struct active_cover *ret_covers) {
    const struct person_rows person = rows_of(facts, application);
    size_t count = 0;
    for (size_t i = 0; i < person.count; i++) {
        const struct extract_row *row = &person.rows[i];
        if (row->kind != EXTRACT_ACTIVE_COVER) continue;
        for (int programme = 0; programme < PROGRAMME_COUNT; programme++) {
            if ((row->programmes & programme_bit((enum programme)programme)) == 0) continue;
            ret_covers[count++] = (struct active_cover){.segment = row->segment, .programme = (enum programme)programme, .agreement_no = 0,
                                                        .same_payer = extract_same_payer(agreement, row->payer), .from = row->from,
                                                        .months = (uint32_t)month_distance(row->from, row->to) + 1, .status = row->status};
        }
    }
    return count;
}
