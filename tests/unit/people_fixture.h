/* What the tests of the people generator share: the regions and villages of the installation and the occupations, in an arena that lasts as long as the group of tests. */
#ifndef PAYUNG_TESTS_PEOPLE_FIXTURE_H
#define PAYUNG_TESTS_PEOPLE_FIXTURE_H

#include "common/edge/share.h"
#include "common/edge/share_tables.h"
#include "services/payung/people.h"
#include "tests/unit/regions_fixture.h"

enum { WORLD_BYTES_MAX = 256 << 20, VILLAGES_BYTES_MAX = 16 << 20 };

struct world {
    struct arena *arena;
    struct region_table regions;
    struct occupation_table occupations;
    struct law_table law;
    struct parameters parameters;
    struct people_sources sources;
};

static int set_up(void **state) {
    static struct world world;
    world.arena = arena_create(WORLD_BYTES_MAX);
    world.occupations = fixture_occupations(world.arena);
    const struct err errs[] = {share_regions(world.arena, PAYUNG_SHARE_DIR, &world.regions), share_law(world.arena, PAYUNG_SHARE_DIR, &world.law),
                               share_parameters(world.arena, PAYUNG_SHARE_DIR, "", &world.parameters),
                               share_read(world.arena, PAYUNG_SHARE_DIR, "regions/villages.csv", VILLAGES_BYTES_MAX, &world.sources.villages)};
    for (size_t i = 0; i < sizeof errs / sizeof *errs; i++)
        if (failed(&errs[i])) return -1;
    world.sources.regions = &world.regions;
    world.sources.occupations = &world.occupations;
    *state = &world;
    return 0;
}

static int tear_down(void **state) {
    arena_destroy(((struct world *)*state)->arena);
    return 0;
}

#endif
