/* Reads the files and hands them to the pure loaders. It judges nothing itself. */
#include "common/edge/share_tables.h"

#include <stdio.h>

#include "common/edge/share.h"

enum { FILE_BYTES_MAX = 8 * 1024 * 1024, NAME_BYTES_MAX = 64 };

struct err share_damaged(const char *file, const struct load_error *error) {
    return ERR(FATAL, "%s line %u %s: %.120s", file, error->line, error->field, error->problem);
}

struct err share_regions(struct arena *arena, const char *folder, struct region_table *ret_table) {
    struct region_files files;
    struct load_error error;
    const char *file = "";
    char name[NAME_BYTES_MAX];
    TRY(share_read(arena, folder, "regions/provinces.csv", FILE_BYTES_MAX, &files.provinces));
    TRY(share_read(arena, folder, "regions/regencies.csv", FILE_BYTES_MAX, &files.regencies));
    TRY(share_read(arena, folder, "regions/districts.csv", FILE_BYTES_MAX, &files.districts));
    TRY(share_read(arena, folder, "regions/region_history.csv", FILE_BYTES_MAX, &files.history));
    if (regions_load(&files, arena, ret_table, &error, &file)) return OK;
    (void)snprintf(name, sizeof name, "regions/%s", file); /* names are short */
    return share_damaged(name, &error);
}

struct err share_occupations(struct arena *arena, const char *folder, struct occupation_table *ret_table) {
    struct slice text;
    struct load_error error;
    TRY(share_read(arena, folder, "occupations.tsv", FILE_BYTES_MAX, &text));
    return occupations_load(text, arena, ret_table, &error) ? OK : share_damaged("occupations.tsv", &error);
}

struct err share_law(struct arena *arena, const char *folder, struct law_table *ret_table) {
    struct slice text;
    struct load_error error;
    TRY(share_read(arena, folder, "programme-law.tsv", FILE_BYTES_MAX, &text));
    return law_load(text, arena, ret_table, &error) ? OK : share_damaged("programme-law.tsv", &error);
}

struct err share_parameters(struct arena *arena, const char *folder, const char *assignments, struct parameters *ret_parameters) {
    struct slice text;
    struct load_error error;
    char problem[PARAMETER_PROBLEM_MAX];
    TRY(share_read(arena, folder, "parameters.tsv", FILE_BYTES_MAX, &text));
    if (!parameters_load(text, arena, ret_parameters, &error)) return share_damaged("parameters.tsv", &error);
    return parameters_set(ret_parameters, slice_text(assignments), problem) ? OK : ERR(FATAL, "LAW_PARAMETERS: %s", problem);
}
