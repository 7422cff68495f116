/* The law of programmes: what the table says of each segment, employer and month, and every way in which a table is refused with its line and field. */
#include "tests/unit/cmocka_all.h"

#include "common/domain/law.h"
#include "tests/unit/regions_fixture.h"

#define HEADER "segment\temployer_size\temployer\tvalid_from\tvalid_to\topen\tmandatory\tregulation\tconfidence\n"
#define JAKON "JAKON\tANY\tANY\t2015-07\t\tJKK+JKM\tJKK+JKM\tPP 44/2015\tV:S2\n"

enum { BASIC = 3, WITH_JHT = 7, WITH_JP = 15, ALL = 31 };

static struct law_table loaded(struct arena *arena, struct slice text) {
    struct law_table table;
    struct load_error error;
    if (!law_load(text, arena, &table, &error)) fail_msg("line %u, %s: %s", error.line, error.field, error.problem);
    return table;
}

static void expect(const struct law_table *table, struct law_question question, programme_set open, programme_set mandatory) {
    const struct law_answer answer = law_ask(table, &question);
    if (answer.open == open && answer.mandatory == mandatory) return;
    fail_msg("%s size %d employer %d, %d for %u: open %u, mandatory %u", segment_name(question.segment), (int)question.employer_size, question.is_employer, question.from,
             question.months, answer.open, answer.mandatory);
}

static void the_law_of_today_is_as_the_regulations_say(void **state) {
    struct arena *arena = arena_create(8 << 20);
    const struct law_table law = loaded(arena, source_file(arena, "common/domain/data/programme-law.tsv"));
    expect(&law, (struct law_question){SEGMENT_BPU, EMPLOYER_SIZE_NONE, false, 202510, 12}, WITH_JHT, BASIC);
    expect(&law, (struct law_question){SEGMENT_BPU, EMPLOYER_SIZE_NONE, true, 202510, 12}, WITH_JHT, WITH_JHT);
    expect(&law, (struct law_question){SEGMENT_BPU, EMPLOYER_LARGE, true, 202510, 1}, WITH_JHT, WITH_JHT); /* the size says nothing of the self-employed */
    expect(&law, (struct law_question){SEGMENT_PU, EMPLOYER_MICRO, false, 202510, 1}, ALL, BASIC);
    expect(&law, (struct law_question){SEGMENT_PU, EMPLOYER_SMALL, true, 202510, 1}, ALL, WITH_JHT);
    expect(&law, (struct law_question){SEGMENT_PU, EMPLOYER_MEDIUM, false, 202510, 1}, ALL, WITH_JP);
    expect(&law, (struct law_question){SEGMENT_PU, EMPLOYER_LARGE, false, 202510, 1}, ALL, WITH_JP);
    expect(&law, (struct law_question){SEGMENT_PU, EMPLOYER_SIZE_NONE, false, 202510, 1}, ALL, BASIC); /* what every size owes */
    expect(&law, (struct law_question){SEGMENT_JAKON, EMPLOYER_SIZE_NONE, false, 202510, 40}, BASIC, BASIC);
    expect(&law, (struct law_question){SEGMENT_PMI, EMPLOYER_SIZE_NONE, false, 202510, 24}, WITH_JHT, BASIC);
    arena_destroy(arena);
}

static void months_before_the_law_have_none(void **state) {
    struct arena *arena = arena_create(8 << 20);
    const struct law_table law = loaded(arena, source_file(arena, "common/domain/data/programme-law.tsv"));
    expect(&law, (struct law_question){SEGMENT_BPU, EMPLOYER_SIZE_NONE, false, 201507, 1}, WITH_JHT, BASIC);
    expect(&law, (struct law_question){SEGMENT_BPU, EMPLOYER_SIZE_NONE, false, 201506, 1}, 0, 0);
    expect(&law, (struct law_question){SEGMENT_BPU, EMPLOYER_SIZE_NONE, false, 201506, 2}, 0, 0);
    expect(&law, (struct law_question){SEGMENT_PMI, EMPLOYER_SIZE_NONE, false, 201811, 1}, 0, 0);
    expect(&law, (struct law_question){SEGMENT_PMI, EMPLOYER_SIZE_NONE, false, 201811, 24}, 0, 0); /* the first month has none */
    expect(&law, (struct law_question){SEGMENT_PMI, EMPLOYER_SIZE_NONE, false, 201812, 52}, WITH_JHT, BASIC); /* across two regulations */
    expect(&law, (struct law_question){SEGMENT_PU, EMPLOYER_SMALL, false, 202101, 1}, WITH_JP, WITH_JHT);
    expect(&law, (struct law_question){SEGMENT_PU, EMPLOYER_SMALL, false, 202101, 2}, WITH_JP, WITH_JHT); /* JKP is open in the second month only */
    expect(&law, (struct law_question){SEGMENT_PU, EMPLOYER_SMALL, false, 202102, 2}, ALL, WITH_JHT);
    arena_destroy(arena);
}

static void a_question_out_of_this_world_has_no_law(void **state) {
    struct arena *arena = arena_create(8 << 20);
    const struct law_table law = loaded(arena, source_file(arena, "common/domain/data/programme-law.tsv"));
    const struct law_question none[] = {
        {SEGMENT_BPU, EMPLOYER_SIZE_NONE, false, 202510, 0},      {SEGMENT_BPU, EMPLOYER_SIZE_NONE, false, 202513, 1}, {SEGMENT_BPU, EMPLOYER_SIZE_NONE, false, 0, 1},
        {SEGMENT_NONE, EMPLOYER_SIZE_NONE, false, 202510, 1},     {(enum segment)77, EMPLOYER_SIZE_NONE, false, 202510, 1},
        {SEGMENT_PU, (enum employer_size)5, false, 202510, 1},    {SEGMENT_PU, (enum employer_size)-1, false, 202510, 1},
    };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        const struct law_answer answer = law_ask(&law, &none[i]);
        assert_int_equal(answer.open, 0);
        assert_int_equal(answer.mandatory, 0);
    }
    expect(&law, (struct law_question){SEGMENT_BPU, EMPLOYER_SIZE_NONE, false, 202510, UINT32_MAX}, WITH_JHT, BASIC); /* the law has no end */
    arena_destroy(arena);
}

static void a_new_law_begins_in_its_month(void **state) {
    struct arena *arena = arena_create(1 << 20);
    const struct law_table law = loaded(arena, slice_text(HEADER "BPU\tANY\tANY\t2015-07\t2026-12\tJKK+JKM+JHT\tJKK+JKM\tPP 44/2015\tV:S2\n"
                                                                 "BPU\tANY\tANY\t2027-01\t2027-06\tJKK+JKM+JHT+JP\tJKK+JKM+JP\tPP 1/2027\tU\n"
                                                                 "BPU\tANY\tANY\t2027-07\t\tJKK+JKM+JP\t\tPP 2/2027\tD\n" JAKON));
    expect(&law, (struct law_question){SEGMENT_BPU, 0, false, 202612, 1}, WITH_JHT, BASIC);
    expect(&law, (struct law_question){SEGMENT_BPU, 0, false, 202701, 6}, WITH_JP, 11);
    expect(&law, (struct law_question){SEGMENT_BPU, 0, true, 202612, 2}, WITH_JHT, 11);  /* open in all of the months, mandatory in any of them */
    expect(&law, (struct law_question){SEGMENT_BPU, 0, false, 202706, 2}, 11, 11);
    expect(&law, (struct law_question){SEGMENT_BPU, 0, false, 202612, 8}, BASIC, 11);
    expect(&law, (struct law_question){SEGMENT_BPU, 0, false, 202707, 1}, 11, 0);        /* nothing is mandatory any more */
    expect(&law, (struct law_question){SEGMENT_JAKON, 0, false, 202707, 1}, BASIC, BASIC);
    expect(&law, (struct law_question){SEGMENT_PU, 0, false, 202707, 1}, 0, 0);          /* not in this table */
    arena_destroy(arena);
}

/* Each size on its own months: one without a law in them means that nothing is known of an employer of unknown size. */
static void an_unknown_size_owes_what_all_sizes_owe(void **state) {
#define PU(size, from, mandatory) "PU\t" size "\tANY\t" from "\t\tJKK+JKM+JHT+JP\t" mandatory "\tPerpres 109/2013\tG\n"
    struct arena *arena = arena_create(1 << 20);
    const struct law_table law = loaded(arena, slice_text(HEADER PU("MIKRO", "2016-01", "JKK") PU("KECIL", "2015-07", "JKK+JHT") PU("MENENGAH", "2015-07", "JKK+JP") PU("BESAR", "2015-07", "JKK+JKM")));
    expect(&law, (struct law_question){SEGMENT_PU, EMPLOYER_SIZE_NONE, false, 201601, 1}, WITH_JP, 1);
    expect(&law, (struct law_question){SEGMENT_PU, EMPLOYER_SIZE_NONE, false, 201512, 1}, 0, 0);
    expect(&law, (struct law_question){SEGMENT_PU, EMPLOYER_SMALL, false, 201512, 1}, WITH_JP, 5);
    arena_destroy(arena);
}

static void a_damaged_table_is_refused_with_line_and_field(void **state) {
    static const struct {
        const char *text, *field;
        uint32_t line;
    } cases[] = {
        {"", "", 0},
        {HEADER, "", 0},
        {"segment\n", "employer_size", 1},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44/2015\n", "confidence", 2},
        {HEADER JAKON "XYZ\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44/2015\tG\n", "segment", 3},
        {HEADER "BPU\tHUGE\tANY\t2015-07\t\tJKK\tJKK\tPP 44/2015\tG\n", "employer_size", 2},
        {HEADER "BPU\tANY\t2\t2015-07\t\tJKK\tJKK\tPP 44/2015\tG\n", "employer", 2},
        {HEADER "BPU\tANY\tANY\t2015-13\t\tJKK\tJKK\tPP 44/2015\tG\n", "valid_from", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t2016\tJKK\tJKK\tPP 44/2015\tG\n", "valid_to", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t2015-06\tJKK\tJKK\tPP 44/2015\tG\n", "valid_to", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK+ABC\tJKK\tPP 44/2015\tG\n", "open", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\t\tJKK\tPP 44/2015\tG\n", "open", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tABC\tPP 44/2015\tG\n", "mandatory", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK+JKM\tPP 44/2015\tG\n", "mandatory", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\t\tG\n", "regulation", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44/2015\t\n", "confidence", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44/2015\tX\n", "confidence", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44/2015\tGG\n", "confidence", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44/2015\tV\n", "confidence", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44/2015\tV.S2\n", "confidence", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44/2015\tV:T2\n", "confidence", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP\tG\n", "regulation", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPerda 1/2015\tG\n", "regulation", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP44/2015\tG\n", "regulation", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP x/2015\tG\n", "regulation", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44\tG\n", "regulation", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44/15\tG\n", "regulation", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44/20x5\tG\n", "regulation", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44/2015,\tG\n", "regulation", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44/2015,,PP 46/2015\tG\n", "regulation", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44/2015; PP 46/2015\tG\n", "regulation", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP /2015\tG\n", "regulation", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP  44/2015\tG\n", "regulation", 2},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44/\tG\n", "regulation", 2},
        /* gap, overlap, a row behind one without end */
        {HEADER "BPU\tANY\tANY\t2015-07\t2016-12\tJKK\tJKK\tPP 44/2015\tG\nBPU\tANY\tANY\t2017-02\t\tJKK\tJKK\tPP 44/2015\tG\n", "valid_from", 3},
        {HEADER "BPU\tANY\tANY\t2015-07\t2016-12\tJKK\tJKK\tPP 44/2015\tG\nBPU\tANY\tANY\t2016-12\t\tJKK\tJKK\tPP 44/2015\tG\n", "valid_from", 3},
        {HEADER "BPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44/2015\tG\nBPU\tANY\tANY\t2016-12\t\tJKK\tJKK\tPP 44/2015\tG\n", "valid_from", 3},
        /* the same people twice: a key that begins again, ANY beside one size, ANY beside one kind of employer */
        {HEADER "BPU\tANY\tANY\t2015-07\t2016-12\tJKK\tJKK\tPP 44/2015\tG\n" JAKON "BPU\tANY\tANY\t2017-01\t\tJKK\tJKK\tPP 44/2015\tG\n", "employer_size", 4},
        {HEADER "PU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44/2015\tG\nPU\tMICRO\tANY\t2015-07\t\tJKK\tJKK\tPP 44/2015\tG\n", "employer_size", 3},
        {HEADER "BPU\tANY\t1\t2015-07\t\tJKK\tJKK\tPP 44/2015\tG\nBPU\tANY\tANY\t2015-07\t\tJKK\tJKK\tPP 44/2015\tG\n", "employer_size", 3},
        /* somebody is missing */
        {HEADER "BPU\tANY\t0\t2015-07\t\tJKK\tJKK\tPP 44/2015\tG\n", "employer_size", 0},
        {HEADER "BPU\tANY\t1\t2015-07\t\tJKK\tJKK\tPP 44/2015\tG\n", "employer_size", 0},
        {HEADER "PU\tSMALL\tANY\t2015-07\t\tJKK\tJKK\tPP 44/2015\tG\n", "employer_size", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_create(1 << 20);
        struct law_table table;
        struct load_error error = {0};
        if (law_load(slice_text(cases[i].text), arena, &table, &error)) fail_msg("case %zu was taken", i);
        if (error.line != cases[i].line || strcmp(error.field, cases[i].field) != 0 || error.problem[0] == '\0')
            fail_msg("case %zu: line %u, %s: %s", i, error.line, error.field, error.problem);
        arena_destroy(arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_law_of_today_is_as_the_regulations_say),
        cmocka_unit_test(months_before_the_law_have_none),
        cmocka_unit_test(a_question_out_of_this_world_has_no_law),
        cmocka_unit_test(a_new_law_begins_in_its_month),
        cmocka_unit_test(an_unknown_size_owes_what_all_sizes_owe),
        cmocka_unit_test(a_damaged_table_is_refused_with_line_and_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
