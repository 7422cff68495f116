/* The database of a test: PGURL is the role of the services, with their rights and no more, so that what is tested is proved to need no more; PGURL_OWNER is the owner of the tables, for
 * who makes them or tampers with them. A test may run with one role as well. */
#ifndef PAYUNG_TESTS_DATABASE_H
#define PAYUNG_TESTS_DATABASE_H

#include <stdio.h>
#include <stdlib.h>

#include "common/base/check.h"
#include "services/ledger/migration.h"

/* Without an owner apart the role of PGURL owns all. */
static inline const char *database_owner_url(void) { return getenv("PGURL_OWNER") != NULL ? getenv("PGURL_OWNER") : getenv("PGURL"); }

/* The schema of PAYUNG_SHARE, made as `payung migrate` makes it. */
static inline struct err database_migrate(void) {
    static struct migration_report report;
    char folder[1024], role[MIGRATION_ROLE_MAX];
    struct pg *owner = NULL, *service = NULL;
    CHECK(getenv("PGURL") != NULL && getenv("PAYUNG_SHARE") != NULL);
    CHECK(snprintf(folder, sizeof folder, "%s/schema", getenv("PAYUNG_SHARE")) < (int)sizeof folder);
    struct err err = pg_open(database_owner_url(), "test-owner", &owner);
    if (!failed(&err)) err = migrate(owner, folder, &report);
    if (!failed(&err)) err = pg_open(getenv("PGURL"), "test", &service);
    if (!failed(&err) && getenv("PGURL_OWNER") != NULL) err = migrate_rights(owner, folder, service, role);
    pg_close(service);
    pg_close(owner);
    return err;
}

#endif
