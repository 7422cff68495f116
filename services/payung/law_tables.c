/* Finds and loads the data files for the commands that plan. It must never go on with half of them. */
#include "services/payung/law_tables.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/domain/calendar.h"
#include "common/edge/clock.h"
#include "common/edge/share_tables.h"
#include "services/payung/commands.h"
#include "services/premium/tariff_share.h"

enum { ARENA_BYTES_MAX = 128 * 1024 * 1024, FOLDER_BYTES_MAX = 4096 };

/* The installation's folder is bin beside share; in a build folder too. */
static bool beside_program(char ret_folder[FOLDER_BYTES_MAX]) {
    static const char behind[] = "/../share/payung";
    const ssize_t size = readlink("/proc/self/exe", ret_folder, FOLDER_BYTES_MAX - sizeof behind);
    if (size <= 0 || size >= (ssize_t)(FOLDER_BYTES_MAX - sizeof behind)) return false;
    ret_folder[size] = '\0';
    char *slash = strrchr(ret_folder, '/');
    if (slash == NULL) return false;
    memcpy(slash, behind, sizeof behind);
    return true;
}

static struct err open_parts(const char *share, unsigned parts, struct law_tables *tables) {
    const char *own = getenv("LAW_PARAMETERS");
    if ((parts & LAW_REGIONS) != 0) TRY(share_regions(tables->arena, share, &tables->regions));
    if ((parts & LAW_OCCUPATIONS) != 0) TRY(share_occupations(tables->arena, share, &tables->occupations));
    if ((parts & LAW_PROGRAMMES) != 0) TRY(share_law(tables->arena, share, &tables->law));
    if ((parts & LAW_PARAMETERS) != 0) TRY(share_parameters(tables->arena, share, own != NULL ? own : "", &tables->parameters));
    if ((parts & LAW_TARIFF) != 0) TRY(tariff_open(share, tables->arena, &tables->tariff));
    return OK;
}

int law_tables_open(bool json, unsigned parts, struct law_tables *ret_tables) {
    char folder[FOLDER_BYTES_MAX];
    const char *share = getenv("PAYUNG_SHARE");
    if (share == NULL || share[0] == '\0') {
        if (!beside_program(folder))
            return command_fail(json, EXIT_USAGE, "ENVIRONMENT_MISSING", "the data files are not beside the program", "Set PAYUNG_SHARE to share/payung of the installation.");
        share = folder;
    }
    *ret_tables = (struct law_tables){.arena = arena_create(ARENA_BYTES_MAX)};
    const struct err err = open_parts(share, parts, ret_tables);
    if (!failed(&err)) return EXIT_OK;
    law_tables_close(ret_tables);
    return command_fail(json, EXIT_FAILED, "DATA_UNREADABLE", err.text, "Set PAYUNG_SHARE to share/payung of the installation, or install it anew.");
}

void law_tables_close(struct law_tables *tables) {
    arena_destroy(tables->arena);
    tables->arena = NULL;
}

int law_parameters_open(bool json, struct parameters *ret_parameters) {
    struct law_tables tables;
    const int code = law_tables_open(json, LAW_PARAMETERS, &tables);
    if (code != EXIT_OK) return code;
    *ret_parameters = tables.parameters;
    for (int i = 0; i < PARAMETER_COUNT; i++) ret_parameters->rows[i].unit = ret_parameters->rows[i].reason = ret_parameters->rows[i].source = slice_text(""); /* they lie in the tables */
    law_tables_close(&tables);
    return EXIT_OK;
}

day_t law_today(void) { return day_of_business(clock_unix_ms()); }
