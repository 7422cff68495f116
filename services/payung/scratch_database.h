/* A database that lives as long as one command needs it, on the server of another one.
 *
 *   char url[SCRATCH_URL_MAX];
 *   if (!scratch_url(own_url, "payung_replay_17", url)) ...      the address of a database of that name on the same server, with the same user and options; pure
 *   TRY(scratch_create(own_url, "payung_replay_17"));            needs the right CREATEDB
 *   TRY(scratch_drop(own_url, "payung_replay_17")); */
#ifndef PAYUNG_SCRATCH_DATABASE_H
#define PAYUNG_SCRATCH_DATABASE_H

#include <stdbool.h>

#include "common/base/err.h"

enum { SCRATCH_URL_MAX = 2048, SCRATCH_NAME_MAX = 64 };

/* Both forms that PostgreSQL takes: postgresql://user:password@host:port/database?options, and words like host=... dbname=... False when it does not fit. */
MUST_USE bool scratch_url(const char *url, const char *name, char ret_url[SCRATCH_URL_MAX]);
/* name: lower-case letters, digits and underscores (CHECKed). */
MUST_USE struct err scratch_create(const char *url, const char *name);
MUST_USE struct err scratch_drop(const char *url, const char *name);

#endif
