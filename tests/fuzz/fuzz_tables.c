/* Any bytes as occupations.tsv, as districts.csv, as programme-law.tsv and as parameters.tsv: refused with a place, or taken, and then every row is found again by its own name and
 * code, the law never makes mandatory what it does not open in a single month, and every parameter lies within its bounds. Any bytes as a list of assignments too: taken whole and
 * within the bounds, or nothing changes. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/check.h"
#include "common/domain/law.h"
#include "common/domain/occupation.h"
#include "common/domain/parameter.h"
#include "common/domain/region.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask_everything(const struct law_table *law) {
    static const month_t months[] = {190001, 201507, 202612, 202701, 299912};
    for (int segment = SEGMENT_NONE; segment <= SEGMENT_PMI; segment++) {
        for (int size = EMPLOYER_SIZE_NONE; size <= EMPLOYER_LARGE; size++) {
            for (size_t i = 0; i < sizeof months / sizeof months[0]; i++) {
                struct law_question question = {.segment = (enum segment)segment, .employer_size = (enum employer_size)size, .is_employer = i % 2 == 1, .from = months[i], .months = 1};
                const struct law_answer one = law_ask(law, &question);
                CHECK((one.mandatory & ~one.open) == 0);
                question.months = 13;
                const struct law_answer more = law_ask(law, &question);
                CHECK((more.open & ~one.open) == 0); /* more months never open more */
            }
        }
    }
}

static void check_bounds(const struct parameters *parameters) {
    for (int i = 0; i < PARAMETER_COUNT; i++) {
        const struct parameter_row *row = &parameters->rows[i];
        CHECK(row->min >= 0 && row->min <= row->value && row->value <= row->max);
        CHECK(row->unit.size > 0 && row->reason.size > 0 && row->source.size > 0);
    }
}

static void assign(struct slice assignments) {
    struct parameters parameters = {0}, before;
    char problem[PARAMETER_PROBLEM_MAX] = "";
    for (int i = 0; i < PARAMETER_COUNT; i++) parameters.rows[i] = (struct parameter_row){.value = 50, .min = 5, .max = 500, .unit = slice_text("u"), .reason = slice_text("r"), .source = slice_text("U")};
    before = parameters;
    if (parameters_set(&parameters, assignments, problem)) {
        check_bounds(&parameters);
    } else {
        CHECK(problem[0] != '\0' && memchr(problem, '\0', sizeof problem) != NULL);
        for (int i = 0; i < PARAMETER_COUNT; i++) CHECK(parameters.rows[i].value == before.rows[i].value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    if (arena == NULL) arena = arena_create(64 << 20);
    arena_reset(arena);
    struct occupation_table jobs;
    struct region_table regions;
    struct law_table law;
    struct load_error error = {0};
    const char *file = NULL;
    if (occupations_load(slice_of(data, size), arena, &jobs, &error)) {
        for (size_t i = 0; i < jobs.count; i++) CHECK(occupation_by_code(&jobs, jobs.rows[i].code) == &jobs.rows[i]);
        for (size_t i = 0; i < jobs.name_count; i++) CHECK(occupation_by_name(&jobs, jobs.names[i].name) == jobs.names[i].occupation);
    } else {
        CHECK(error.problem[0] != '\0');
    }
    error = (struct load_error){0};
    if (law_load(slice_of(data, size), arena, &law, &error)) ask_everything(&law);
    else CHECK(error.problem[0] != '\0');
    struct parameters parameters;
    error = (struct load_error){0};
    if (parameters_load(slice_of(data, size), arena, &parameters, &error)) check_bounds(&parameters);
    else CHECK(error.problem[0] != '\0');
    assign(slice_of(data, size));
    const struct region_files files = {.provinces = slice_text("code,name\n17,Bengkulu\n"), .regencies = slice_text("code,province_code,name\n17.08,17,Kepahiang\n"),
                                       .districts = slice_of(data, size), .history = slice_text("code,name,remark\n")};
    if (!regions_load(&files, arena, &regions, &error, &file)) return 0;
    for (size_t i = 0; i < regions.districts.count; i++) CHECK(region_standing(&regions, regions.districts.regions[i].code) == REGION_KNOWN);
    return 0;
}
