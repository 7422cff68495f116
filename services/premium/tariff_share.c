/* Reads the files of the law and hands them to the pure loaders. It judges nothing itself; what a loader refuses becomes an error that names file, line and field. */
#include "services/premium/tariff_share.h"

#include <stdio.h>

#include "common/domain/text.h"
#include "common/edge/share.h"
#include "common/edge/share_tables.h"
#include "services/premium/relief.h"

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
    char name[NAME_BYTES_MAX];
    TRY(tariff_read(share, arena, &files));
    if (tariff_load(&files, arena, ret_tariff, &error, &file)) return OK;
    (void)snprintf(name, sizeof name, "tariff/%s", file); /* names are short */
    return share_damaged(name, &error);
}

struct err tariff_switch(struct tariff *tariff, const char *reliefs) {
    struct slice ids = slice_text(reliefs), id;
    while (ids.size > 0 && text_split(&ids, ',', &id))
        if (!relief_switch(tariff, text_trim(id), true))
            return ERR(FATAL, "RELIEFS: no relief \"%.*s\" in relief.tsv, or another one of the same time and people is on. Its ids stand in the first column.", SLICE_ARGS(id));
    return OK;
}
