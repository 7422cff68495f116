/* What a dead letter is and where it may go: by its bytes, its topic and what the ledger says of the application. */
#include "services/operations/dead_letter_judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "common/wire/wire.h"
#include "services/operations/dead_letter_document.h"

enum { ARENA_BYTES = 8 * 1024 * 1024 };

static struct application sample(void) {
    return (struct application){.application_id = {{1, 2, 3}}, .attempt = 1, .agreement_id = slice_text("kepahiang-2025"), .batch_id = slice_text("b1"), .row = 7,
                                .registration_date = 20250915, .segment = SEGMENT_BPU, .person = {{9}}, .birth_date = 19800107, .sex = SEX_MALE, .ktp_region = 170804,
                                .occupation = slice_text("0402"), .sector = SECTOR_OTHER, .income = 1000000, .programmes = 3, .start_month = 202510, .months = 12, .desil = 4,
                                .sealed_person = slice_text("cipher"), .seal_key_id = slice_text("k1"), .submitted_at_ms = 1760000000000};
}

static void a_record_of_ours_is_told_from_a_foreign_one_and_from_noise(void **state) {
    struct arena *arena = arena_create(ARENA_BYTES);
    const struct submitted ours = {.lineage = {.epoch = 1}, .application = sample()};
    const struct slice bytes = wire_encode_submitted(arena, &ours);
    const struct slice foreign = slice_of(bytes.bytes + 2 + bytes.bytes[1], bytes.size - 2 - bytes.bytes[1]); /* without its first field, the lineage */
    struct dead_letter_content content;
    (void)state;
    assert_int_equal(bytes.bytes[0], 0x0a);
    dead_letter_judge(arena, TOPIC_SUBMITTED, bytes, false, &content);
    assert_int_equal(content.kind, DEAD_LETTER_REFUSED);
    assert_memory_equal(content.application->application_id.bytes, ours.application.application_id.bytes, ID_BYTES);
    dead_letter_judge(arena, TOPIC_SUBMITTED, foreign, false, &content);
    assert_int_equal(content.kind, DEAD_LETTER_FOREIGN);
    assert_non_null(content.application);
    dead_letter_judge(arena, TOPIC_SUBMITTED, slice_text("\xff\xfe poison"), false, &content);
    assert_int_equal(content.kind, DEAD_LETTER_UNREADABLE);
    assert_null(content.message);
    dead_letter_judge(arena, TOPIC_SUBMITTED, bytes, true, &content); /* only the beginning of a record */
    assert_int_equal(content.kind, DEAD_LETTER_UNREADABLE);
    dead_letter_judge(arena, TOPIC_SUBMITTED, slice_text(""), false, &content);
    assert_int_equal(content.kind, DEAD_LETTER_UNREADABLE);
    arena_destroy(arena);
}

static void only_who_was_refused_or_parked_is_decided_anew(void **state) {
    static const struct {
        struct dead_letter_standing standing;
        const char *code; /* NULL: may be decided anew */
    } cases[] = {
        {{.status = OUTCOME_NONE}, NULL},           {{.status = OUTCOME_PARKED, .attempt = 1}, NULL},  {{.status = OUTCOME_REJECTED, .attempt = 2}, NULL},
        {{.status = OUTCOME_DUPLICATE}, NULL},      {{.status = OUTCOME_ACCEPTED}, "ACCEPTED"},        {{.status = OUTCOME_WAITLISTED}, "WAITLISTED"},
        {{.status = OUTCOME_PENDING}, "PENDING"},   {{.status = OUTCOME_PARKED, .is_due = true}, "DUE_ALREADY"}, {{.status = OUTCOME_PARKED, .has_left = true}, "DEPARTED"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct dead_letter_refusal *refusal = dead_letter_may_decide(&cases[i].standing);
        if (cases[i].code == NULL) assert_null(refusal);
        else assert_string_equal(refusal->code, cases[i].code);
    }
}

static void each_topic_has_its_way(void **state) {
    static const int message;
    static const struct dead_letter_standing standing = {.status = OUTCOME_PARKED, .attempt = 1};
    static const struct {
        enum topic topic;
        enum dead_letter_kind kind;
        bool is_edited;
        enum dead_letter_way way;
        const char *code;
    } cases[] = {
        {TOPIC_SUBMITTED, DEAD_LETTER_REFUSED, false, DEAD_LETTER_SUBMIT, NULL},       {TOPIC_PRICED, DEAD_LETTER_REFUSED, false, DEAD_LETTER_SUBMIT, NULL},
        {TOPIC_ASSESSED, DEAD_LETTER_FOREIGN, false, DEAD_LETTER_NO_WAY, "FOREIGN"},   {TOPIC_ASSESSED, DEAD_LETTER_FOREIGN, true, DEAD_LETTER_SUBMIT, NULL},
        {TOPIC_SUBMITTED, DEAD_LETTER_UNREADABLE, false, DEAD_LETTER_NO_WAY, "UNREADABLE"}, {TOPIC_DECIDED, DEAD_LETTER_REFUSED, false, DEAD_LETTER_NO_WAY, "DECISION_STANDS"},
        {TOPIC_COMMAND, DEAD_LETTER_REFUSED, false, DEAD_LETTER_NO_WAY, "COMMAND_STANDS"},  {TOPIC_COVERAGE, DEAD_LETTER_REFUSED, false, DEAD_LETTER_OUTBOX, NULL},
        {TOPIC_PAYMENT, DEAD_LETTER_REFUSED, false, DEAD_LETTER_NO_WAY, "ON_WORK_LIST"},    {TOPIC_PAYMENT, DEAD_LETTER_FOREIGN, true, DEAD_LETTER_OUTBOX, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct dead_letter_content content = {.kind = cases[i].kind, .message = cases[i].kind == DEAD_LETTER_UNREADABLE ? NULL : &message};
        enum dead_letter_way way;
        const struct dead_letter_refusal *refusal = dead_letter_way(cases[i].topic, &content, cases[i].is_edited, &standing, &way);
        assert_int_equal(way, cases[i].way);
        if (cases[i].code == NULL) assert_null(refusal);
        else assert_string_equal(refusal->code, cases[i].code);
    }
}

static void a_letter_is_named_by_topic_and_offset(void **state) {
    static const char *const wrong[] = {"", "submitted", "submitted:", ":1", "submitted:-1", "submitted:1x", "nothing:1", "submitted:99999999999999999999"};
    char name[DEAD_LETTER_NAME_MAX];
    enum topic topic;
    int64_t offset;
    (void)state;
    dead_letter_name(TOPIC_PRICED, 17, name);
    assert_string_equal(name, "priced:17");
    assert_true(dead_letter_name_read(slice_text(name), &topic, &offset));
    assert_int_equal(topic, TOPIC_PRICED);
    assert_int_equal(offset, 17);
    assert_true(dead_letter_topic_read(slice_text("payung.enrolment.submitted.v1.dlq"), &topic));
    assert_int_equal(topic, TOPIC_SUBMITTED);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) assert_false(dead_letter_name_read(slice_text(wrong[i]), &topic, &offset));
}

static void a_reason_holds_no_number_of_a_person(void **state) {
    static const struct {
        const char *text;
        bool is_sound;
    } cases[] = {{"tiket 20251126", true}, {"", false}, {"  ", false}, {"NIK 1708041211879901", false}, {"hp 0812-3456-7890", false}, {"dua\nbaris", false}, {"bukan teks \xff", false}};
    char long_text[DEAD_LETTER_BECAUSE_MAX + 1];
    (void)state;
    memset(long_text, 'a', sizeof long_text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_int_equal(dead_letter_because_is_sound(slice_text(cases[i].text)), cases[i].is_sound);
    assert_true(dead_letter_because_is_sound(slice_of(long_text, DEAD_LETTER_BECAUSE_MAX)));
    assert_false(dead_letter_because_is_sound(slice_of(long_text, DEAD_LETTER_BECAUSE_MAX + 1)));
}

static void a_document_gives_back_the_same_application(void **state) {
    struct arena *arena = arena_create(ARENA_BYTES);
    const struct submitted before = {.lineage = {.epoch = 1}, .application = sample()};
    struct submitted after = {.lineage = {.epoch = 1}};
    char why[DOCUMENT_WHY_MAX];
    (void)state;
    json_t *document = dead_letter_document(&before.application);
    char *text = json_dumps(document, JSON_COMPACT);
    assert_true(dead_letter_document_read(arena, slice_text(text), &after.application, why));
    const struct slice a = wire_encode_submitted(arena, &before), b = wire_encode_submitted(arena, &after);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.bytes, b.bytes, a.size);
    free(text);
    json_decref(document);
    json_t *plain = dead_letter_attributes(&before.application);
    assert_null(json_object_get(plain, "birth_date"));
    assert_null(json_object_get(plain, "person_token"));
    assert_null(json_object_get(plain, "sealed_person"));
    assert_int_equal(json_integer_value(json_object_get(plain, "age")), 45);
    json_decref(plain);
    arena_destroy(arena);
}

static void a_wrong_document_is_refused_with_the_member_that_is_wrong(void **state) {
    static const struct {
        const char *text, *why;
    } cases[] = {{"[]", "it is no JSON object"}, {"{\"nik\":\"1\"}", "has not"}, {"{\"months\":-1}", "\"months\""}, {"{\"months\":\"12\"}", "\"months\""}, {"{\"start_month\":\"2025-13\"}", "\"start_month\""},
                 {"{\"enrolment\":\"01\"}", "\"enrolment\""}, {"{\"months\":1,\"months\":2}", "it is no JSON object"}, {"{", "it is no JSON object"}, {"{\"is_employer\":1}", "\"is_employer\""},
                 {"{\"agreement\":\"a\\u0000b\"}", "it is no JSON object"}};
    struct arena *arena = arena_create(ARENA_BYTES);
    struct application application;
    char why[DOCUMENT_WHY_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(dead_letter_document_read(arena, slice_text(cases[i].text), &application, why));
        assert_non_null(strstr(why, cases[i].why));
    }
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_of_ours_is_told_from_a_foreign_one_and_from_noise),
        cmocka_unit_test(only_who_was_refused_or_parked_is_decided_anew),
        cmocka_unit_test(each_topic_has_its_way),
        cmocka_unit_test(a_letter_is_named_by_topic_and_offset),
        cmocka_unit_test(a_reason_holds_no_number_of_a_person),
        cmocka_unit_test(a_document_gives_back_the_same_application),
        cmocka_unit_test(a_wrong_document_is_refused_with_the_member_that_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
