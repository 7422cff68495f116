/* `payung doctor`: is this installation sound? Each check is one line: what was looked at, what was seen, and what to do. It must never change anything, and one thing that is away must not hide
 * the others. */
#include <dirent.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "common/edge/crypto.h"
#include "common/edge/http_client.h"
#include "common/edge/kafka_admin.h"
#include "common/edge/kafka_lag.h"
#include "common/edge/log.h"
#include "common/edge/paper.h"
#include "common/edge/pg.h"
#include "common/edge/redis.h"
#include "services/operations/dead_letter.h"
#include "services/payung/commands.h"

enum {
    CHECKS_MAX = 100, TEXT_MAX = 240, DOCTOR_ARENA_BYTES = 4 * 1024 * 1024, TOPICS_LOOKED_MAX = 2 * (TOPIC_LIMIT - 1), POSTGRES_LEAST = 150000,
    CLOCK_WARNING_MS = 2000, CLOCK_WRONG_MS = 30000, LAG_WARNING_S = 60, DISK_WARNING_PERCENT = 10, DISK_WRONG_PERCENT = 2, URL_MAX = 256, DAY_MS = 86400000, MIGRATION_DIGITS = 4, REDIS_SECONDS = 1,
};

static const char usage[] = "usage: payung doctor [--json]\n"
                            "\n"
                            "Looks at the whole installation and changes nothing: connections, versions, topics and their settings, schema, clock, disk, keys, services, lag, dead letters, the font of cards.\n"
                            "Each line is OK, PERHATIAN (a warning) or RUSAK (broken), with the remedy. Exit code 0 sound (warnings too), 1 something is broken, 2 usage.\n"
                            "JSON: {\"ok\",\"checks\":[{\"check\",\"state\":\"ok|warning|failed\",\"seen\",\"remedy\"}]}\n"
                            "Environment: as in run/env; what is not set is told as a warning and not looked at.\n";

enum state { STATE_OK, STATE_WARNING, STATE_FAILED };

struct check {
    char name[TEXT_MAX], seen[TEXT_MAX];
    enum state state;
    const char *remedy; /* static; "" when it is ok */
};

struct doctor {
    struct arena *arena;
    struct check checks[CHECKS_MAX];
    size_t count;
};

static void note(struct doctor *doctor, enum state state, const char *name, const char *remedy, const char *format, ...) __attribute__((format(printf, 5, 6)));
static void note(struct doctor *doctor, enum state state, const char *name, const char *remedy, const char *format, ...) {
    va_list arguments;
    if (doctor->count == CHECKS_MAX) return; /* more services than anybody runs */
    struct check *check = &doctor->checks[doctor->count++];
    *check = (struct check){.state = state, .remedy = state == STATE_OK ? "" : remedy};
    (void)snprintf(check->name, sizeof check->name, "%s", name); /* cut texts are still texts */
    va_start(arguments, format);
    (void)vsnprintf(check->seen, sizeof check->seen, format, arguments);
    va_end(arguments);
}

static void note_err(struct doctor *doctor, const char *name, const char *remedy, const struct err *err) { note(doctor, STATE_FAILED, name, remedy, "%s", err->text); }

/* The variable; without it the check is a warning. */
static const char *setting(struct doctor *doctor, const char *check, const char *name) {
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0') note(doctor, STATE_WARNING, check, "Load the environment of the installation: . run/env", "%s is not set: not looked at", name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* ---- Kafka ---- */

static int all_topics(struct kafka_topic topics[TOPICS_LOOKED_MAX]) {
    int count = 0;
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT; topic++) {
        const struct topic_row *row = topic_row((enum topic)topic);
        topics[count++] = (struct kafka_topic){row->name, row->partitions, row->retention_days};
        topics[count++] = (struct kafka_topic){row->dlq, 1, row->retention_days};
    }
    return count;
}

static struct err look_at_topics(struct doctor *doctor, struct kafka_admin *admin) {
    struct kafka_topic topics[TOPICS_LOOKED_MAX];
    enum kafka_topic_state states[TOPICS_LOOKED_MAX];
    struct kafka_topic_settings settings[TOPICS_LOOKED_MAX];
    int partitions[TOPICS_LOOKED_MAX], wrong = 0;
    const int count = all_topics(topics);
    TRY(kafka_topics_look(admin, topics, count, states, partitions));
    note(doctor, STATE_OK, "kafka", "", "answers");
    for (int i = 0; i < count; i++) {
        if (states[i] == KAFKA_TOPIC_THERE) continue;
        wrong++;
        note(doctor, STATE_FAILED, topics[i].name, "payung topics create makes missing ones; partitions carry the lineage and are never changed", "%d partitions instead of %d", partitions[i],
             topics[i].partitions);
    }
    if (wrong > 0) return OK;
    TRY(kafka_topics_settings(admin, topics, count, settings));
    for (int i = 0; i < count; i++) {
        const bool is_short = settings[i].retention_ms >= 0 && settings[i].retention_ms < (int64_t)topics[i].retention_days * DAY_MS;
        if (!is_short && settings[i].deletes) continue;
        wrong++;
        note(doctor, STATE_FAILED, topics[i].name, "kafka-configs --alter: cleanup.policy=delete and retention.ms as topics.def has it", "retention.ms %lld instead of at least %lld%s",
             (long long)settings[i].retention_ms, (long long)topics[i].retention_days * DAY_MS, settings[i].deletes ? "" : ", and not only deleted but compacted");
    }
    if (wrong == 0) note(doctor, STATE_OK, "topics", "", "%d topics with their partitions and settings", count);
    return OK;
}

static struct err look_at_lag(struct doctor *doctor, const char *brokers) {
    struct kafka_lag *rows;
    size_t count, behind = 0;
    double oldest = 0;
    int64_t lag = 0;
    TRY(kafka_lag_look(brokers, doctor->arena, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        lag += rows[i].lag;
        behind += rows[i].lag > 0;
        if (rows[i].lag_seconds > oldest) oldest = rows[i].lag_seconds;
    }
    note(doctor, oldest > LAG_WARNING_S ? STATE_WARNING : STATE_OK, "lag", "payung lag shows where; look at the stage that reads it", "%lld records on %zu partitions, the oldest is %.1f s old",
         (long long)lag, behind, oldest);
    return OK;
}

static struct err look_at_dead_letters(struct doctor *doctor, struct pg *pg) {
    const char *brokers = getenv("BROKERS"); /* its absence was told */
    int64_t total = 0, counts[TOPIC_LIMIT] = {0};
    if (brokers == NULL || brokers[0] == '\0') return OK;
    const struct err err = dead_letters_open(pg, brokers, doctor->arena, counts);
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT; topic++) total += counts[topic];
    if (!failed(&err)) note(doctor, total > 0 ? STATE_WARNING : STATE_OK, "dead letters", "payung dlq list groups them by their reason; payung dlq replay sends them again", "%lld", (long long)total);
    return err;
}

static void look_at_kafka(struct doctor *doctor) {
    static const char remedy[] = "Check BROKERS, and that Kafka runs";
    struct kafka_admin *admin = NULL;
    const char *brokers = setting(doctor, "kafka", "BROKERS");
    if (brokers == NULL) return;
    struct err err = kafka_admin_open(brokers, &admin);
    if (!failed(&err)) err = look_at_topics(doctor, admin);
    kafka_admin_close(admin);
    if (!failed(&err)) err = look_at_lag(doctor, brokers);
    if (failed(&err)) note_err(doctor, "kafka", remedy, &err);
}

/* ---- PostgreSQL ---- */

/* How many NNNN_name.sql the installed folder has, and the greatest number. False: it can't be read. */
static bool read_migrations(const char *share, int *ret_count, int32_t *ret_newest) {
    char path[1024];
    if (snprintf(path, sizeof path, "%s/schema", share) >= (int)sizeof path) return false;
    DIR *folder = opendir(path);
    if (folder == NULL) return false;
    *ret_count = *ret_newest = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        uint64_t number;
        if (strlen(entry->d_name) < MIGRATION_DIGITS + 1 || entry->d_name[MIGRATION_DIGITS] != '_' || !text_number(slice_of(entry->d_name, MIGRATION_DIGITS), INT32_MAX, &number)) continue;
        ++*ret_count;
        if ((int32_t)number > *ret_newest) *ret_newest = (int32_t)number;
    }
    (void)closedir(folder); /* it was only read */
    return true;
}

static struct err look_at_schema(struct doctor *doctor, struct pg *pg) {
    const char *share = setting(doctor, "schema", "PAYUNG_SHARE");
    struct pg_rows rows;
    int files = 0;
    int32_t newest = 0;
    if (share == NULL) return OK;
    if (!read_migrations(share, &files, &newest)) {
        note(doctor, STATE_FAILED, "schema", "Set PAYUNG_SHARE to share/payung of the installation", "PAYUNG_SHARE/schema can't be read");
        return OK;
    }
    TRY(pg_run(pg, doctor->arena, "SELECT count(*)::int, coalesce(max(number), 0) FROM public.schema_migration", NULL, &rows));
    const int32_t applied = pg_int4(&rows, 0, 0), last = pg_int4(&rows, 0, 1);
    note(doctor, applied == files && last == newest ? STATE_OK : STATE_FAILED, "schema", last > newest ? "The database is newer than these programs: install their edition" : "Run payung migrate",
         "%d migrations, the last is %d; these programs know %d, the last is %d", applied, last, files, newest);
    return OK;
}

static struct err look_at_database(struct doctor *doctor, struct pg *pg) {
    struct pg_rows rows;
    const int64_t before_ms = clock_unix_ms();
    TRY(pg_run(pg, doctor->arena,
               "SELECT current_setting('server_version_num')::int, current_setting('server_version'), (extract(epoch FROM clock_timestamp()) * 1000)::bigint, current_setting('fsync')::boolean,"
               " current_setting('full_page_writes')::boolean, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)",
               NULL, &rows));
    const int64_t middle_ms = (before_ms + clock_unix_ms()) / 2, off_ms = pg_int8(&rows, 0, 2) - middle_ms, size_ms = off_ms < 0 ? -off_ms : off_ms;
    note(doctor, pg_int4(&rows, 0, 0) >= POSTGRES_LEAST ? STATE_OK : STATE_FAILED, "postgresql", "PostgreSQL 15 or newer is needed", "version %.*s", SLICE_ARGS(pg_bytes(&rows, 0, 1)));
    note(doctor, size_ms >= CLOCK_WRONG_MS ? STATE_FAILED : size_ms >= CLOCK_WARNING_MS ? STATE_WARNING : STATE_OK, "clock", "Let all machines follow the same time server",
         "the database's differs by %lld ms", (long long)off_ms);
    if (!pg_bool(&rows, 0, 3) || !pg_bool(&rows, 0, 4)) note(doctor, STATE_FAILED, "durability", "Switch fsync and full_page_writes on", "PostgreSQL may lose what it has acknowledged");
    if (pg_bool(&rows, 0, 5)) note(doctor, STATE_WARNING, "rights", "Use the role of the services in PGURL: payung migrate with PGURL_OWNER narrows its rights", "PGURL is a superuser");
    return OK;
}

static void look_at_postgres(struct doctor *doctor) {
    static const char remedy[] = "Check PGURL, and that PostgreSQL runs";
    struct pg *pg = NULL;
    const char *url = setting(doctor, "postgresql", "PGURL");
    if (url == NULL) return;
    struct err err = pg_open(url, "payung-doctor", &pg);
    if (!failed(&err)) err = look_at_database(doctor, pg);
    if (!failed(&err)) err = look_at_schema(doctor, pg);
    if (!failed(&err)) err = look_at_dead_letters(doctor, pg);
    pg_close(pg);
    if (failed(&err)) note_err(doctor, "postgresql", remedy, &err);
}

/* ---- Redis, which is only a hint ---- */

static void look_at_redis(struct doctor *doctor) {
    struct redis *redis = NULL;
    struct slice earlier, key = slice_text("payung:doctor"), value = slice_text("1");
    const char *url = setting(doctor, "redis", "REDIS_URL");
    if (url == NULL) return;
    const struct err err = redis_open(url, &redis);
    const bool answers = !failed(&err) && redis_remember(redis, doctor->arena, &key, &value, 1, REDIS_SECONDS, &earlier);
    redis_close(redis);
    note(doctor, answers ? STATE_OK : STATE_WARNING, "redis", "Start it: without it PostgreSQL alone finds doubles, which is slower and as right", answers ? "answers" : "does not answer");
}

/* ---- services ---- */

/* The answer's status, 0: none; its text in the arena. */
static int ask(struct doctor *doctor, const char *base, const char *path, struct slice *ret_text) {
    struct http_client *client = NULL;
    struct http_answer answer = {.status = 0};
    struct err err = http_client_open(base, "none", &client); /* health answers ask for no token, and get none of ours */
    if (!failed(&err)) err = http_client_run(client, &(struct http_call){.path = path}, &answer);
    *ret_text = failed(&err) ? slice_text("") : arena_copy(doctor->arena, text_trim(answer.body));
    http_client_close(client);
    return failed(&err) ? 0 : answer.status;
}

/* {service="ledger",instance="1-bulk"} of any meter as "payung-ledger 1-bulk"; without one the address. */
static void name_service(const char *meters, const char *base, char ret_name[TEXT_MAX]) {
    static const char service_label[] = "service=\"", instance_label[] = "instance=\"";
    const char *service = strstr(meters, service_label), *instance = service != NULL ? strstr(service, instance_label) : NULL;
    (void)snprintf(ret_name, TEXT_MAX, "%s", base); /* cut names are still names */
    if (instance == NULL) return;
    service += sizeof service_label - 1;
    instance += sizeof instance_label - 1;
    (void)snprintf(ret_name, TEXT_MAX, "payung-%.*s %.*s", (int)strcspn(service, "\""), service, (int)strcspn(instance, "\""), instance);
}

static void look_at_service(struct doctor *doctor, const char *base) {
    struct slice ready, version, meters;
    char title[TEXT_MAX];
    const int status = ask(doctor, base, "/readyz", &ready);
    if (status == 0) {
        note(doctor, STATE_FAILED, base, "Look at its log (run/logs), and start it: deploy/up", "does not answer");
        return;
    }
    (void)ask(doctor, base, "/version", &version);
    (void)ask(doctor, base, "/metrics", &meters);
    name_service(arena_text(doctor->arena, meters), base, title);
    if (status != 200) note(doctor, STATE_FAILED, title, "Do what it says; payung lag and its log (run/logs) tell more", "not ready: %.*s", SLICE_ARGS(ready));
    else if (!slice_is(version, PAYUNG_VERSION)) note(doctor, STATE_WARNING, title, "Start it anew from the installed edition: deploy/up", "runs version %.*s, installed is " PAYUNG_VERSION, SLICE_ARGS(version));
    else note(doctor, STATE_OK, title, "", "%.*s, version " PAYUNG_VERSION, SLICE_ARGS(ready));
}

static void look_at_services(struct doctor *doctor) {
    const char *urls = setting(doctor, "services", "METRICS_URLS");
    struct slice rest = slice_text(urls != NULL ? urls : ""), url;
    while (rest.size > 0 && text_split(&rest, ' ', &url)) {
        const size_t ending = sizeof "/metrics" - 1;
        if (url.size > ending && memcmp(url.bytes + url.size - ending, "/metrics", ending) == 0) url.size -= ending;
        if (url.size > 0 && url.size < URL_MAX) look_at_service(doctor, arena_text(doctor->arena, url));
    }
    const char *api = setting(doctor, "api", "API_URL");
    struct slice text;
    if (api == NULL) return;
    const int status = ask(doctor, api, "/openapi.json", &text);
    note(doctor, status == 200 ? STATE_OK : STATE_FAILED, "api", "Start payung-ingestion, or check API_URL", status == 200 ? "answers" : "does not answer as it should (%d)", status);
}

/* ---- keys and disk ---- */

static void look_at_keys(struct doctor *doctor) {
    struct crypto *crypto = NULL;
    struct stat folder;
    const char *path = setting(doctor, "keys", "PAYUNG_KEYS");
    if (path == NULL) return;
    const struct err err = crypto_open(path, &crypto);
    if (failed(&err)) {
        note_err(doctor, "keys", "Restore the key folder from its backup: without it nobody's seal opens", &err);
        return;
    }
    crypto_close(crypto);
    const bool is_open = stat(path, &folder) == 0 && (folder.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    note(doctor, is_open ? STATE_WARNING : STATE_OK, "keys", "chmod 700 on the key folder", is_open ? "readable, but not only by their owner" : "readable by their owner only");
}

static void look_at_disk(struct doctor *doctor) {
    static const char *const folders[] = {"PAYUNG_UPLOADS", "PAYUNG_MAILDIR", "PAYUNG_KEYS"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        struct statvfs disk;
        const char *path = setting(doctor, "disk", folders[i]);
        if (path == NULL) continue;
        if (statvfs(path, &disk) != 0 || disk.f_blocks == 0) {
            note(doctor, STATE_FAILED, folders[i], "Make the folder, or correct the variable", "the folder can't be looked at");
            continue;
        }
        const int percent = (int)(disk.f_bavail * 100 / disk.f_blocks);
        note(doctor, percent < DISK_WRONG_PERCENT ? STATE_FAILED : percent < DISK_WARNING_PERCENT ? STATE_WARNING : STATE_OK, folders[i], "Make room, or move the folder to a larger disk", "%d %% of the disk is free", percent);
    }
}

static void look_at_font(struct doctor *doctor) {
    const struct err err = paper_fonts_ready();
    paper_fonts_forget();
    note(doctor, failed(&err) ? STATE_WARNING : STATE_OK, "font of cards", "apt-get install fonts-dejavu-core: without it no card is drawn", "%s", failed(&err) ? "missing" : "there");
}

/* ---- the answer ---- */

static int tell(const struct doctor *doctor, bool json) {
    static const char *const words[] = {"OK", "PERHATIAN", "RUSAK"}, *const states[] = {"ok", "warning", "failed"};
    json_t *list = json_array();
    size_t broken = 0;
    for (size_t i = 0; i < doctor->count; i++) {
        const struct check *check = &doctor->checks[i];
        broken += check->state == STATE_FAILED;
        CHECK(json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s}", "check", check->name, "state", states[check->state], "seen", check->seen, "remedy", check->remedy)) == 0);
        if (json) continue;
        printf("%-10s %-40s %s\n", words[check->state], check->name, check->seen);
        if (check->state != STATE_OK) printf("           %-40s -> %s\n", "", check->remedy);
    }
    if (json) command_print_json(json_pack("{s:b,s:o}", "ok", broken == 0, "checks", list));
    else json_decref(list);
    if (!json && broken == 0) printf("Instalasi ini sehat.\n");
    return broken == 0 ? EXIT_OK : EXIT_FAILED;
}

int doctor_main(int argc, char **argv) {
    struct doctor doctor = {.count = 0};
    bool json = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        if (strcmp(argv[i], "--json") != 0) return command_usage(argc, argv, usage);
        json = true;
    }
    log_setup("payung", "doctor", LOG_ERROR);
    doctor.arena = arena_create(DOCTOR_ARENA_BYTES);
    look_at_kafka(&doctor);
    look_at_postgres(&doctor);
    look_at_redis(&doctor);
    look_at_services(&doctor);
    look_at_keys(&doctor);
    look_at_disk(&doctor);
    look_at_font(&doctor);
    const int code = tell(&doctor, json);
    arena_destroy(doctor.arena);
    return code;
}
