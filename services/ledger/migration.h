/* Schema migrations: numbered files NNNN_name.sql of one folder, each applied once, in order, in its own transaction under one advisory lock, and remembered in
 * public.schema_migration with the SHA-256 of its text. A file that was changed after it was applied, or that has vanished, is an error that names it:
 * databases that say the same number must hold the same schema.
 *
 * Where the owner of the database and the role of the services are two roles, migrate_rights follows: rights.sql of the same folder, which has no number and is applied at every run. */
#ifndef PAYUNG_LEDGER_MIGRATION_H
#define PAYUNG_LEDGER_MIGRATION_H

#include "common/edge/pg.h"

enum { MIGRATIONS_MAX = 512, MIGRATION_NAME_MAX = 128, MIGRATION_BYTES_MAX = 4 * 1024 * 1024, MIGRATION_ROLE_MAX = 64 };

struct migration_report {
    size_t applied; /* by this call */
    size_t total;
    char names[MIGRATIONS_MAX][MIGRATION_NAME_MAX]; /* of all files, in order; the first total - applied ones were there before */
};

/* FATAL with one sentence (file named) for what a person must mend; AGAIN when PostgreSQL is away. What was applied before a failure stays applied. */
MUST_USE struct err migrate(struct pg *pg, const char *folder, struct migration_report *ret_report);
/* pg: a session of the owner, after migrate. service: one of the role that the services use; it is given what rights.sql says and nothing else. FATAL for a table that rights.sql
 * does not know, and for two roles that are one. */
MUST_USE struct err migrate_rights(struct pg *pg, const char *folder, struct pg *service, char ret_role[MIGRATION_ROLE_MAX]);

#endif
