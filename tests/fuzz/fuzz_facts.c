/* Any bytes as a facts document: never a crash; what is refused has a reason that quotes no value, what is taken is decided, and the verdict is one that the rules can give. */
#include "common/base/check.h"
#include "services/payung/check_case.h"
#include "tests/unit/regions_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TODAY = 20251001 };

static struct check_tables tables_of(struct arena *arena) {
    static struct region_table regions;
    static struct occupation_table occupations;
    static struct law_table law;
    static struct parameters parameters;
    struct load_error error;
    regions = fixture_regions(arena);
    occupations = fixture_occupations(arena);
    CHECK(law_load(source_file(arena, "common/domain/data/programme-law.tsv"), arena, &law, &error));
    CHECK(parameters_load(source_file(arena, "common/domain/data/parameters.tsv"), arena, &parameters, &error));
    return (struct check_tables){.regions = &regions, .occupations = &occupations, .law = &law, .parameters = &parameters};
}

static void judge(const struct check_document *document, const struct check_tables *tables, struct arena *arena) {
    struct check_result result;
    check_case(document, tables, TODAY, arena, &result);
    const struct verdict *verdict = &result.verdict;
    const bool taken = verdict->status == VERDICT_ELIGIBLE;
    CHECK(taken || verdict->status == VERDICT_PENDING || verdict->status == VERDICT_REJECTED);
    CHECK(taken == (verdict->codes.bits == 0));
    CHECK((verdict->status == VERDICT_REJECTED) == (verdict->programmes == 0));
    CHECK(taken || result.queue.bits == 0);
    CHECK(code_set_of_kind(verdict->warnings, CODE_WARNING).bits == verdict->warnings.bits);
    CHECK((result.wanting != 0) == code_set_has(result.application.findings, CODE_E80));
    CHECK(check_outcome(&result) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena, *kept;
    static struct check_tables tables;
    if (arena == NULL) {
        arena = arena_create(64 << 20);
        kept = arena_create(64 << 20);
        tables = tables_of(kept);
    }
    CHECK(kept != NULL); /* read, or the compiler drops it and the tables look like a leak */
    arena_reset(arena);
    struct check_document document;
    struct check_problem problem = {.problem = NULL};
    if (check_document_read(slice_of(data, size), arena, &document, &problem)) {
        for (int i = 0; i < COLUMN_COUNT; i++) CHECK(document.row.column[i].size <= 1024);
        CHECK(memchr(document.assignments, '\0', CHECK_ASSIGNMENTS_MAX) != NULL);
        judge(&document, &tables, arena);
    } else {
        CHECK(problem.problem != NULL);
        CHECK(memchr(problem.pointer, '\0', CHECK_POINTER_MAX) != NULL);
    }
    return 0;
}
