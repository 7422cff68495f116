/* The region table for tests: today's regencies and districts that the vectors need, as the data files spell them, and the real history file. Small, so that
 * unit tests need no download. */
#ifndef PAYUNG_TESTS_REGIONS_FIXTURE_H
#define PAYUNG_TESTS_REGIONS_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "common/base/check.h"
#include "common/domain/occupation.h"
#include "common/domain/region.h"

/* A file of the source tree, in the arena. */
static inline struct slice source_file(struct arena *arena, const char *path) {
    enum { FILE_MAX = 1 << 20 };
    char full[1024];
    CHECK((size_t)snprintf(full, sizeof full, "%s/%s", PAYUNG_SOURCE_DIR, path) < sizeof full);
    FILE *file = fopen(full, "rb");
    CHECK(file != NULL);
    uint8_t *bytes = arena_take(arena, FILE_MAX);
    size_t size = fread(bytes, 1, FILE_MAX, file);
    CHECK(size < FILE_MAX && ferror(file) == 0);
    (void)fclose(file); /* only read */
    return slice_of(bytes, size);
}

static inline struct region_table fixture_regions(struct arena *arena) {
    struct region_table table;
    struct load_error error;
    const char *file = NULL;
    const struct region_files files = {
        .provinces = slice_text("code,name\n16,Sumatera Selatan\n17,Bengkulu\n36,Banten\n61,Kalimantan Barat\n64,Kalimantan Timur\n"),
        .regencies = slice_text("code,province_code,name\n16.03,16,Kabupaten Muara Enim\n17.02,17,Kabupaten Rejang Lebong\n17.08,17,Kabupaten Kepahiang\n"
                                "36.04,36,Kabupaten Serang\n36.73,36,Kota Serang\n61.12,61,Kabupaten Kubu Raya\n64.01,64,Kabupaten Paser\n"),
        .districts = slice_text("code,regency_code,name\n16.03.01,16.03,Tanjung Agung\n17.08.01,17.08,Bermani Ilir\n17.08.04,17.08,Kepahiang\n"
                                "36.04.05,36.04,Cikande\n36.73.01,36.73,Serang\n61.12.01,61.12,Sungai Raya\n64.01.01,64.01,\"Batu \"\"Sopang\"\", Lama\"\n"),
        .history = source_file(arena, "common/domain/data/region_history.csv"),
    };
    if (!regions_load(&files, arena, &table, &error, &file)) {
        fprintf(stderr, "%s line %u, %s: %s\n", file, error.line, error.field, error.problem);
        abort();
    }
    return table;
}

static inline struct occupation_table fixture_occupations(struct arena *arena) {
    struct occupation_table table;
    struct load_error error;
    if (!occupations_load(source_file(arena, "common/domain/data/occupations.tsv"), arena, &table, &error)) {
        fprintf(stderr, "occupations.tsv line %u, %s: %s\n", error.line, error.field, error.problem);
        abort();
    }
    return table;
}

#endif
