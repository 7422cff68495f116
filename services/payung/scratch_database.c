/* CREATE DATABASE and DROP DATABASE can't stand in a transaction and take no parameters, so the name is put into their text: only names that we make ourselves may come here. */
#include "services/payung/scratch_database.h"

#include <stdio.h>
#include <string.h>

#include "common/edge/pg.h"

bool scratch_url(const char *url, const char *name, char ret_url[SCRATCH_URL_MAX]) {
    const char *scheme = strstr(url, "://");
    int size;
    if (scheme == NULL || strncmp(url, "postgres", strlen("postgres")) != 0) { /* words: of two that are the same the last one counts */
        size = snprintf(ret_url, SCRATCH_URL_MAX, "%s dbname=%s", url, name);
        return size > 0 && size < SCRATCH_URL_MAX;
    }
    const char *authority = scheme + strlen("://"), *options = strchr(authority, '?');
    const size_t before = strcspn(authority, "/?");
    size = snprintf(ret_url, SCRATCH_URL_MAX, "%.*s/%s%s", (int)(authority - url) + (int)before, url, name, options != NULL ? options : "");
    return size > 0 && size < SCRATCH_URL_MAX;
}

static struct err run(const char *url, const char *before, const char *name, const char *behind) {
    char sql[160];
    struct pg *pg = NULL;
    CHECK(name[0] != '\0' && strlen(name) < SCRATCH_NAME_MAX && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name));
    CHECK(snprintf(sql, sizeof sql, "%s %s %s", before, name, behind) < (int)sizeof sql);
    TRY(pg_open(url, "payung-scratch", &pg));
    struct err err = pg_script(pg, "SET statement_timeout = 0");
    if (!failed(&err)) err = pg_script(pg, sql);
    pg_close(pg);
    return err;
}

struct err scratch_create(const char *url, const char *name) { return run(url, "CREATE DATABASE", name, "TEMPLATE template0"); }
struct err scratch_drop(const char *url, const char *name) { return run(url, "DROP DATABASE IF EXISTS", name, "WITH (FORCE)"); }
