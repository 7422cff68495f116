/* Reads the files of the law and hands them to the pure loaders. It judges nothing itself; what a loader refuses becomes an error that names file, line and field. */
#include "services/premium/tariff_share.h"

#include <stdio.h>

#include "common/edge/share.h"

enum { FILE_BYTES_MAX = 1024 * 1024, NAME_BYTES_MAX = 64 };

struct err tariff_read(const char *share, struct arena *arena, struct tariff_files *ret_files) {
    for (int file = 0; file < TARIFF_FILE_COUNT; file++) {
        char name[NAME_BYTES_MAX];
        (void)snprintf(name, sizeof name, "tariff/%s", tariff_file_name((enum tariff_file)file)); /* names are short */
        TRY(share_read(arena, share, name, FILE_BYTES_MAX, &ret_files->text[file]));
    }
    return OK;
}

struct err tariff_open(const char *share, struct arena *arena, struct tariff *ret_tariff) {
    struct tariff_files files;
    struct load_error error;
    const char *file = "";
    TRY(tariff_read(share, arena, &files));
    if (!tariff_load(&files, arena, ret_tariff, &error, &file)) return ERR(FATAL, "tariff/%s line %u %s: %s", file, error.line, error.field, error.problem);
    return OK;
}

struct err parameters_open(const char *share, const char *assignments, struct arena *arena, struct parameters *ret_parameters) {
    struct slice text;
    struct load_error error;
    char problem[PARAMETER_PROBLEM_MAX];
    TRY(share_read(arena, share, "parameters.tsv", FILE_BYTES_MAX, &text));
    if (!parameters_load(text, arena, ret_parameters, &error)) return ERR(FATAL, "parameters.tsv line %u %s: %s", error.line, error.field, error.problem);
    if (!parameters_set(ret_parameters, slice_text(assignments), problem)) return ERR(FATAL, "LAW_PARAMETERS: %s", problem);
    return OK;
}
