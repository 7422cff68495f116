/* Any bytes as occupations.tsv and as districts.csv: refused with a place, or taken, and then every row is found again by its own name and code. */
#include <stddef.h>
#include <stdint.h>

#include "common/base/check.h"
#include "common/domain/occupation.h"
#include "common/domain/region.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    if (arena == NULL) arena = arena_create(64 << 20);
    arena_reset(arena);
    struct occupation_table jobs;
    struct region_table regions;
    struct load_error error = {0};
    const char *file = NULL;
    if (occupations_load(slice_of(data, size), arena, &jobs, &error)) {
        for (size_t i = 0; i < jobs.count; i++) CHECK(occupation_by_code(&jobs, jobs.rows[i].code) == &jobs.rows[i]);
        for (size_t i = 0; i < jobs.name_count; i++) CHECK(occupation_by_name(&jobs, jobs.names[i].name) == jobs.names[i].occupation);
    } else {
        CHECK(error.problem[0] != '\0');
    }
    const struct region_files files = {.provinces = slice_text("code,name\n17,Bengkulu\n"), .regencies = slice_text("code,province_code,name\n17.08,17,Kepahiang\n"),
                                       .districts = slice_of(data, size), .history = slice_text("code,name,remark\n")};
    if (!regions_load(&files, arena, &regions, &error, &file)) return 0;
    for (size_t i = 0; i < regions.districts.count; i++) CHECK(region_standing(&regions, regions.districts.regions[i].code) == REGION_KNOWN);
    return 0;
}
