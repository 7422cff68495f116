/* The law as the tool reads it: the same data files and loaders that the services use, so that a plan made on a desk and a bill made by the pipeline can't differ. They are looked
 * for in PAYUNG_SHARE, else beside the program (../share/payung of its folder): planning needs no server and no environment.
 *
 *   struct law_tables tables;
 *   int code = law_tables_open(json, LAW_TARIFF | LAW_PARAMETERS, &tables);      EXIT_OK, else it has been told why (command_fail)
 *   ...
 *   law_tables_close(&tables);
 *
 * LAW_PARAMETERS of the environment counts here as in the services; what --parameter says is set on top of it. */
#ifndef PAYUNG_LAW_TABLES_H
#define PAYUNG_LAW_TABLES_H

#include "common/base/arena.h"
#include "common/domain/law.h"
#include "common/domain/occupation.h"
#include "common/domain/parameter.h"
#include "common/domain/region.h"
#include "services/premium/tariff.h"

enum law_part { LAW_REGIONS = 1, LAW_OCCUPATIONS = 2, LAW_PROGRAMMES = 4, LAW_PARAMETERS = 8, LAW_TARIFF = 16 };

struct law_tables {
    struct arena *arena; /* also for what the command makes out of the tables */
    struct region_table regions;
    struct occupation_table occupations;
    struct law_table law;
    struct parameters parameters;
    struct tariff tariff;
};

int law_tables_open(bool json, unsigned parts, struct law_tables *ret_tables);
void law_tables_close(struct law_tables *tables);

/* The parameters alone, without their reasons: of a command that needs no other table. */
int law_parameters_open(bool json, struct parameters *ret_parameters);

/* Today in western Indonesia. */
day_t law_today(void);

#endif
