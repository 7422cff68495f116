/* What the tests of rows share: the tables that row_check asks, in an arena that lasts as long as the group of tests. */
#ifndef PAYUNG_TESTS_ROW_FIXTURE_H
#define PAYUNG_TESTS_ROW_FIXTURE_H

#include "common/domain/row.h"
#include "tests/unit/regions_fixture.h"

struct fixture {
    struct arena *arena;
    struct region_table regions;
    struct occupation_table occupations;
};

static int set_up(void **state) {
    static struct fixture fixture;
    fixture.arena = arena_create(8 << 20);
    fixture.regions = fixture_regions(fixture.arena);
    fixture.occupations = fixture_occupations(fixture.arena);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state) {
    arena_destroy(((struct fixture *)*state)->arena);
    return 0;
}

static struct row_result check(void **state, const struct row_text *row) {
    const struct fixture *fixture = *state;
    const struct row_tables tables = {.regions = &fixture->regions, .occupations = &fixture->occupations};
    struct row_result result;
    row_check(row, &tables, 20250915, &result);
    return result;
}

#endif
