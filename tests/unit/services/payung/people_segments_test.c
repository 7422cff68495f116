/* Lists of the other segments: every generated employee, project and migrant worker passes the pure checks of a row, every faulty one fails for its one fault, and the sample lists
 * of Serang hold what they say. */
#include "tests/unit/cmocka_all.h"

#include "common/domain/text.h"
#include "services/payung/people.h"
#include "tests/unit/people_fixture.h"

enum { AS_OF = 20250915 };

static struct row_result checked(const struct world *world, const struct row_text *row) {
    const struct row_tables tables = {.regions = &world->regions, .occupations = &world->occupations};
    struct row_result result;
    row_check(row, &tables, AS_OF, &result);
    return result;
}

static struct row_text text_of(const struct people_row *row) {
    struct row_text text = {0};
    for (int i = 0; i < COLUMN_COUNT; i++) text.column[i] = slice_text(row->text[i]);
    return text;
}

/* Which codes of the first group a kind has; the others are found by the rules. */
static struct code_set codes_of(enum people_kind kind) {
    enum code code;
    struct code_set none = {0};
    if (kind == PEOPLE_VALID || kind > PEOPLE_E81) return none;
    assert_true(code_parse(slice_text(people_kind_name(kind)), &code));
    return code_set_with(none, code);
}

static void every_row_has_its_one_fault_or_none(void **state) {
    static const enum segment segments[] = {SEGMENT_PU, SEGMENT_JAKON, SEGMENT_PMI};
    const struct world *world = *state;
    for (size_t s = 0; s < sizeof segments / sizeof *segments; s++) {
        struct people_plan plan = {.segment = segments[s], .region = 360400, .as_of = AS_OF, .seed = 5, .count = 500, .fill_program = true};
        struct people_world people;
        struct load_error error;
        for (int kind = PEOPLE_E01; kind < PEOPLE_KIND_COUNT; kind++)
            if (kind != PEOPLE_E11 && kind != PEOPLE_E40 && (kind != PEOPLE_E50 || segments[s] != SEGMENT_PU)) plan.faults[kind] = 40;
        if (!people_prepare(&world->sources, &plan, world->arena, &people, &error)) fail_msg("%s %s", error.field, error.problem);
        for (uint64_t item = 0; item < people_total(&plan); item++) {
            struct people_row row, first;
            uint64_t original = 0;
            uint8_t subject[ROW_SUBJECT_MAX], other[ROW_SUBJECT_MAX];
            enum people_kind kind = people_kind_of(&plan, item);
            people_row(&people, item, &row);
            const struct row_text text = text_of(&row);
            const struct row_result result = checked(world, &text);
            uint64_t refusals = result.findings.bits & ~code_set_with((struct code_set){0}, CODE_W20).bits;
            if (kind == PEOPLE_E80) refusals &= code_set_with((struct code_set){0}, CODE_E80).bits;
            if (refusals != codes_of(kind).bits) {
                char wanting[WANTING_TEXT_MAX];
                (void)row_wanting_format(result.wanting, wanting);
                fail_msg("%s item %u of kind %s: wanting '%s'", segment_name(segments[s]), (unsigned)item, people_kind_name(kind), wanting);
            }
            if (kind != PEOPLE_E80) assert_int_equal(result.segment, segments[s]);
            for (int column = 0; column < COLUMN_COUNT; column++) assert_true(row.text[column][0] == '\0' || people_has_column(segments[s], (enum column)column));
            if (!people_original(&plan, item, &original)) continue;
            people_row(&people, original, &first);
            const struct row_text first_text = text_of(&first);
            assert_true(slice_equal(slice_of(subject, row_subject(&text, subject)), slice_of(other, row_subject(&first_text, other))));
        }
    }
}

static void faults_that_a_segment_does_not_know_are_refused(void **state) {
    static const struct {
        enum segment segment;
        enum people_kind kind;
        bool known;
    } plans[] = {{SEGMENT_PU, PEOPLE_E11, false}, {SEGMENT_JAKON, PEOPLE_E40, false}, {SEGMENT_PU, PEOPLE_E50, false}, {SEGMENT_PMI, PEOPLE_E50, true}, {SEGMENT_BPU, PEOPLE_E40, true}};
    const struct world *world = *state;
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        struct people_plan plan = {.segment = plans[i].segment, .region = 360400, .as_of = AS_OF, .count = 10};
        struct people_world people;
        struct load_error error;
        plan.faults[plans[i].kind] = 1;
        assert_int_equal(people_prepare(&world->sources, &plan, world->arena, &people, &error), plans[i].known);
    }
}

/* ---- tests/data/serang-*.csv ----------------------------------------------------------------------------------------------------------- */

enum { ROWS_MAX = 64 };

static void read_list(const struct world *world, const char *name, enum segment segment, uint32_t rows_expected, uint32_t refused_expected, uint32_t copies_expected) {
    struct slice rest = source_file(world->arena, name), line, cell;
    enum column columns[COLUMN_COUNT];
    static uint8_t subjects[ROWS_MAX][ROW_SUBJECT_MAX];
    size_t sizes[ROWS_MAX], count = 0;
    uint32_t rows = 0, refused = 0, copies = 0;
    assert_true(text_split(&rest, '\n', &line));
    while (text_split(&line, ';', &cell)) assert_true(count < COLUMN_COUNT && column_by_name(cell, &columns[count++]));
    while (rest.size > 0 && text_split(&rest, '\n', &line)) {
        struct row_text row = {0};
        for (size_t i = 0; i < count; i++) assert_true(text_split(&line, ';', &row.column[columns[i]]));
        assert_true(line.bytes == NULL && rows < ROWS_MAX);
        const struct row_result result = checked(world, &row);
        bool bad = code_set_has(result.findings, CODE_E80) || code_set_has(result.findings, CODE_E81);
        for (int code = CODE_E01; code <= CODE_E06; code++) bad = bad || code_set_has(result.findings, (enum code)code);
        assert_true(bad || result.segment == segment);
        refused += bad;
        sizes[rows] = row_subject(&row, subjects[rows]);
        for (uint32_t i = 0; i < rows && sizes[rows] > 0; i++)
            if (slice_equal(slice_of(subjects[i], sizes[i]), slice_of(subjects[rows], sizes[rows]))) {
                copies++;
                break;
            }
        rows++;
    }
    if (rows != rows_expected || refused != refused_expected || copies != copies_expected) fail_msg("%s: %u rows, %u refused, %u copies", name, rows, refused, copies);
}

static void the_lists_of_serang_hold_what_they_say(void **state) {
    read_list(*state, "tests/data/serang-bpu.csv", SEGMENT_BPU, 40, 2, 1);
    read_list(*state, "tests/data/serang-pu.csv", SEGMENT_PU, 40, 6, 2);
    read_list(*state, "tests/data/serang-jakon.csv", SEGMENT_JAKON, 40, 6, 2);
    read_list(*state, "tests/data/serang-pmi.csv", SEGMENT_PMI, 40, 5, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_its_one_fault_or_none),
        cmocka_unit_test(faults_that_a_segment_does_not_know_are_refused),
        cmocka_unit_test(the_lists_of_serang_hold_what_they_say),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
