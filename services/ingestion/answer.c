/* JSON of one outcome. No personal data: an outcome holds none but the seal, which stays where it is. */
#include "services/ingestion/answer.h"

#include <jansson.h>
#include <stdlib.h>

#include "common/base/check.h"
#include "common/domain/row.h"

static void add_fields(json_t *item, uint64_t columns) {
    if (columns == 0) return;
    json_t *names = json_array();
    CHECK(names != NULL);
    for (int column = 0; column < COLUMN_COUNT; column++)
        if ((columns >> (unsigned)column & 1u) != 0) CHECK(json_array_append_new(names, json_string(column_name((enum column)column))) == 0);
    CHECK(json_object_set_new(item, "fields", names) == 0);
}

static json_t *codes_json(struct code_set set, uint64_t wanting, uint64_t wrong) {
    json_t *array = json_array();
    CHECK(array != NULL);
    for (int number = 1; number < CODE_LIMIT; number++) {
        const struct code_row *row = code_set_has(set, (enum code)number) ? code_row((enum code)number) : NULL;
        if (row == NULL) continue;
        json_t *item = json_pack("{s:s,s:s,s:s,s:s}", "code", row->text, "name", row->name, "reason", row->reason, "remedy", row->remedy);
        CHECK(item != NULL);
        if (number == CODE_E80) add_fields(item, wanting);
        if (number == CODE_E81) add_fields(item, wrong);
        CHECK(json_array_append_new(array, item) == 0);
    }
    return array;
}

static const char *text_of(struct slice text) { return text.bytes != NULL ? (const char *)text.bytes : ""; }

static struct slice finish(struct arena *arena, json_t *document) {
    CHECK(document != NULL);
    char *text = json_dumps(document, JSON_COMPACT);
    CHECK(text != NULL);
    struct slice bytes = arena_copy(arena, slice_text(text));
    free(text);
    json_decref(document);
    return bytes;
}

json_t *answer_json(const struct outcome *outcome, uint64_t wanting, uint64_t wrong) {
    char id[2 * ID_BYTES + 1];
    id_format(outcome->application_id, id);
    return json_pack("{s:s,s:s,s:s%,s:o,s:o,s:i,s:I}", "enrolment_id", id, "status", outcome_name(outcome->status), "agreement",
                     text_of(outcome->agreement_id), outcome->agreement_id.size, "codes", codes_json(outcome->codes, wanting, wrong), "warnings",
                     codes_json(outcome->warnings, 0, 0), "rank", (int)outcome->rank, "amount", (json_int_t)outcome->amount);
}

struct slice answer_of_outcome(struct arena *arena, const struct outcome *outcome, uint64_t wanting, uint64_t wrong) {
    return finish(arena, answer_json(outcome, wanting, wrong));
}

struct slice answer_in_progress(struct arena *arena, struct id application_id, struct slice agreement_id) {
    char id[2 * ID_BYTES + 1];
    id_format(application_id, id);
    return finish(arena, json_pack("{s:s,s:s,s:s%,s:[],s:[]}", "enrolment_id", id, "status", "in_progress", "agreement",
                                   text_of(agreement_id), agreement_id.size, "codes", "warnings"));
}

const char *answer_status_word(enum outcome_status status) {
    switch (status) {
    case OUTCOME_NONE: return "DIPROSES";
    case OUTCOME_ACCEPTED: return "DITERIMA";
    case OUTCOME_WAITLISTED: return "DAFTAR TUNGGU";
    case OUTCOME_REJECTED: return "DITOLAK";
    case OUTCOME_DUPLICATE: return "GANDA";
    case OUTCOME_PENDING: return "DIPERIKSA";
    case OUTCOME_PARKED: return "DITOLAK";
    }
    return "DIPROSES";
}

const char *answer_trial_word(enum outcome_status status) {
    switch (status) {
    case OUTCOME_NONE: return "BELUM DIUJI";
    case OUTCOME_ACCEPTED: return "AKAN DITERIMA";
    case OUTCOME_WAITLISTED: return "AKAN MASUK DAFTAR TUNGGU";
    case OUTCOME_REJECTED:
    case OUTCOME_PARKED: return "AKAN DITOLAK";
    case OUTCOME_DUPLICATE: return "GANDA";
    case OUTCOME_PENDING: return "AKAN DIPERIKSA";
    }
    return "BELUM DIUJI";
}
