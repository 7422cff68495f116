/* GET /v1/batches/{id}/difference?against=ID: what an amended edition of a list changes: who is new in it, who is missing, whose row is another one. Rows are compared by their application
 * ids (the content) and by whom they are about, both keyed hashes: nothing of a person is read. In slices, so that nobody who waits for one person stands behind it. It changes nothing: who
 * is enrolled and missing in the new edition stays enrolled, until a mutation says otherwise. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "services/ingestion/batch.h"
#include "services/ingestion/problem.h"
#include "services/ingestion/row_set.h"

enum { SLICE_ROWS = 1000, COMPARED_MAX = 8, TOLD_MAX = 10000, SEEN_BITS = 8 };

enum change { CHANGE_ADDED, CHANGE_CHANGED, CHANGE_REMOVED, CHANGES };

struct difference {
    struct difference *next;
    struct http_request *request;
    char id[BATCH_ID_TEXT + 1], earlier_id[BATCH_ID_TEXT + 1];
    int64_t batch_no, earlier_no, rows, earlier_rows, at; /* rows read: of the earlier one first, then of this one */
    struct row_set *earlier;
    uint8_t *seen; /* a bit for each row of the earlier one that this one has, too */
    int64_t unchanged, counts[CHANGES];
    json_t *told[CHANGES]; /* rows; of changed ones pairs [row, earlier row] */
};

struct differences {
    struct difference *first;
    int count;
};

struct differences *differences_open(void) {
    struct differences *differences = calloc(1, sizeof *differences);
    CHECK(differences != NULL);
    return differences;
}

void differences_close(struct differences *differences) {
    CHECK(differences->first == NULL);
    free(differences);
}

static void difference_end(struct differences *differences, struct difference *difference) {
    struct difference **place = &differences->first;
    while (*place != difference) place = &(*place)->next;
    *place = difference->next;
    differences->count--;
    for (int change = 0; change < CHANGES; change++) json_decref(difference->told[change]);
    row_set_destroy(difference->earlier);
    free(difference->seen);
    free(difference);
}

static void tell(struct difference *difference, enum change change, uint32_t row, uint32_t earlier) {
    difference->counts[change]++;
    if (json_array_size(difference->told[change]) >= TOLD_MAX) return;
    json_t *item = change == CHANGE_CHANGED ? json_pack("[i,i]", (int)row, (int)earlier) : json_integer(row);
    CHECK(item != NULL && json_array_append_new(difference->told[change], item) == 0);
}

static bool is_seen(const struct difference *difference, uint32_t row) { return (difference->seen[row / SEEN_BITS] >> row % SEEN_BITS & 1u) != 0; }
static void see(struct difference *difference, uint32_t row) { difference->seen[row / SEEN_BITS] = (uint8_t)(difference->seen[row / SEEN_BITS] | 1u << row % SEEN_BITS); }

static void compare(struct difference *difference, uint32_t row, struct id id, struct person_token subject) {
    const uint32_t same = row_set_find(difference->earlier, id), about = same != 0 ? 0 : row_set_find_subject(difference->earlier, subject);
    if (same != 0) {
        difference->unchanged++;
        see(difference, same);
    } else if (about != 0 && !is_seen(difference, about)) {
        tell(difference, CHANGE_CHANGED, row, about);
        see(difference, about);
    } else {
        tell(difference, CHANGE_ADDED, row, 0);
    }
}

static struct err read_slice(struct intake *intake, struct difference *difference) {
    const bool is_earlier = difference->at < difference->earlier_rows;
    const int64_t from = is_earlier ? difference->at : difference->at - difference->earlier_rows;
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    pg_add_int8(parameters, is_earlier ? difference->earlier_no : difference->batch_no);
    pg_add_int4(parameters, (int32_t)from);
    pg_add_int4(parameters, (int32_t)from + SLICE_ROWS);
    TRY(pg_run(intake->pg, intake->arena,
               "SELECT row_number, application_id, subject FROM intake.batch_rows($1, $2 + 1, $3) ORDER BY row_number", parameters, &rows));
    if (rows.count == 0) return ERR(PARK, "a list has fewer rows than were staged");
    for (size_t i = 0; i < rows.count; i++) {
        struct id id;
        struct person_token subject = {{0}};
        CHECK(pg_bytes(&rows, i, 1).size == ID_BYTES);
        memcpy(id.bytes, pg_bytes(&rows, i, 1).bytes, ID_BYTES);
        if (!pg_is_null(&rows, i, 2)) memcpy(subject.bytes, pg_bytes(&rows, i, 2).bytes, TOKEN_BYTES);
        if (is_earlier) (void)row_set_add(difference->earlier, id, true, subject); /* ids of one list differ */
        else compare(difference, (uint32_t)pg_int4(&rows, i, 0), id, subject);
    }
    difference->at += (int64_t)rows.count;
    return row_set_state(difference->earlier);
}

static json_t *change_json(const struct difference *difference, enum change change) {
    json_t *object = json_pack("{s:I,s:O,s:b}", "count", (json_int_t)difference->counts[change], "rows", difference->told[change], "cut", difference->counts[change] > TOLD_MAX);
    CHECK(object != NULL);
    return object;
}

static void answer(struct difference *difference) {
    for (uint32_t row = 1; row <= difference->earlier_rows; row++)
        if (!is_seen(difference, row)) tell(difference, CHANGE_REMOVED, row, 0);
    json_t *document = json_pack("{s:s,s:s,s:I,s:o,s:o,s:o}", "batch", difference->id, "against", difference->earlier_id, "unchanged", (json_int_t)difference->unchanged, "added",
                                 change_json(difference, CHANGE_ADDED), "changed", change_json(difference, CHANGE_CHANGED), "removed", change_json(difference, CHANGE_REMOVED));
    CHECK(document != NULL);
    intake_answer_json(difference->request, 200, document);
}

/* True: it is answered. */
static bool step(struct intake *intake, struct difference *difference) {
    arena_reset(intake->arena);
    struct err err = read_slice(intake, difference);
    if (failed(&err)) intake_answer_unavailable(intake, difference->request, &err);
    else if (difference->at < difference->earlier_rows + difference->rows) return false;
    else answer(difference);
    return true;
}

/* The earlier edition: as the caller says, else as the sender of the list said. False: the request was answered. */
static bool find_earlier(struct intake *intake, struct http_request *request, const struct batch *batch, struct batch *ret_earlier) {
    const struct slice asked = http_query(request, "against"), id = asked.bytes != NULL ? asked : batch->amends;
    bool found;
    if (id.size == 0) {
        problem_answer_remedy(request, PROBLEM_NOT_FOUND, "the list amends none", "", "Name the earlier edition: ?against=ID");
        return false;
    }
    const struct err err = batch_load(intake, id, ret_earlier, &found);
    if (failed(&err)) intake_answer_unavailable(intake, request, &err);
    else if (!found || ret_earlier->agreement_no != batch->agreement_no) problem_answer(request, PROBLEM_NOT_FOUND, "against names no list of the same agreement", "");
    return !http_answered(request);
}

void batch_difference_get(void *self, struct http_request *request) {
    struct intake *intake = self;
    const struct intake_partner *partner;
    struct batch batch, earlier;
    struct row_set *set;
    if (!batch_find(intake, request, &partner, &batch) || !find_earlier(intake, request, &batch, &earlier)) return;
    struct err err = intake->differences->count >= COMPARED_MAX ? ERR(AGAIN, "too many lists are being compared") : row_set_create(intake->upload_directory, &set);
    if (failed(&err)) {
        problem_answer(request, PROBLEM_UNAVAILABLE, err.text, "");
        return;
    }
    struct difference *difference = calloc(1, sizeof *difference);
    CHECK(difference != NULL);
    *difference = (struct difference){.request = request, .batch_no = batch.number, .earlier_no = earlier.number, .rows = batch.rows, .earlier_rows = earlier.rows, .earlier = set,
                                      .next = intake->differences->first, .seen = calloc((size_t)earlier.rows / SEEN_BITS + 1, 1)};
    CHECK(difference->seen != NULL);
    memcpy(difference->id, batch.id, sizeof batch.id);
    memcpy(difference->earlier_id, earlier.id, sizeof earlier.id);
    for (int change = 0; change < CHANGES; change++) CHECK((difference->told[change] = json_array()) != NULL);
    intake->differences->first = difference;
    intake->differences->count++;
    http_set_state(request, difference);
    http_wait(request);
}

void batch_difference_gone(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct difference *difference = http_state(request);
    if (difference != NULL) difference_end(intake->differences, difference); /* the caller hung up */
}

/* A slice of the oldest. */
bool differences_turn(struct intake *intake) {
    struct difference *difference = intake->differences->first;
    if (difference == NULL) return false;
    while (difference->next != NULL) difference = difference->next;
    if (!step(intake, difference)) return true;
    http_set_state(difference->request, NULL);
    difference_end(intake->differences, difference);
    return intake->differences->first != NULL;
}
