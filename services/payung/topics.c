/* `payung topics create|list`: the topics of topics.def and a dead-letter topic for each, on the brokers of $BROKERS. An existing topic is never changed: another number of partitions is an error,
 * because partitions carry the lineage. `payung topics register`: their schemas in a registry, for who wants framed records. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/kafka_admin.h"
#include "common/edge/log.h"
#include "proto/topics.h"
#include "services/payung/commands.h"
#include "services/payung/schema_registry.h"

enum { ALL_MAX = 2 * (TOPIC_LIMIT - 1), DEAD_LETTER_PARTITIONS = 1 };

static const char usage[] = "usage: payung topics create|list [--json]\n"
                            "       payung topics register --registry URL [--json]\n"
                            "\n"
                            "create makes the topics that are missing; one that exists with another number of partitions is an error.\n"
                            "list shows each topic, how many partitions it should have and has.\n"
                            "register puts the schema of each topic into a registry that speaks Confluent's API (of Apicurio: the address that ends in /apis/ccompat/v7) and tells the line for env.local by which\n"
                            "services frame their records with its numbers. Services never ask the registry; without that line records are bare protobuf. Doing it again changes nothing.\n"
                            "Environment: BROKERS; of register PAYUNG_SHARE, and SCHEMA_REGISTRY_TOKEN if it asks for a bearer token. Exit codes: 0 ok, 1 failed, 2 usage, 75 Kafka does not answer.\n";

static int all_topics(struct kafka_topic topics[ALL_MAX]) {
    int count = 0;
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT; topic++) {
        const struct topic_row *row = topic_row((enum topic)topic);
        topics[count++] = (struct kafka_topic){row->name, row->partitions, row->retention_days};
        topics[count++] = (struct kafka_topic){row->dlq, DEAD_LETTER_PARTITIONS, row->retention_days};
    }
    return count;
}

static void print(const struct kafka_topic *topics, int count, const int *partitions, bool json) {
    json_t *array = json_array();
    for (int i = 0; i < count; i++) {
        if (!json) printf("%-42s %d/%d\n", topics[i].name, partitions[i], topics[i].partitions);
        (void)json_array_append_new(array, json_pack("{s:s,s:i,s:i,s:i}", "topic", topics[i].name, "partitions", partitions[i], "wanted", topics[i].partitions,
                                                     "retention_days", topics[i].retention_days)); /* a short list of our own words */
    }
    if (json) command_print_json(array);
    else json_decref(array);
}

static struct err make_missing(struct kafka_admin *admin, const struct kafka_topic *topics, int count, const enum kafka_topic_state *states) {
    struct kafka_topic missing[ALL_MAX];
    int missing_count = 0;
    for (int i = 0; i < count; i++)
        if (states[i] == KAFKA_TOPIC_MISSING) missing[missing_count++] = topics[i];
    return missing_count > 0 ? kafka_topics_make(admin, missing, missing_count) : OK;
}

static int run(struct kafka_admin *admin, bool create, bool json) {
    struct kafka_topic topics[ALL_MAX];
    enum kafka_topic_state states[ALL_MAX];
    int partitions[ALL_MAX], count = all_topics(topics);
    struct err err = kafka_topics_look(admin, topics, count, states, partitions);
    if (!failed(&err) && create) err = make_missing(admin, topics, count, states);
    if (!failed(&err) && create) err = kafka_topics_look(admin, topics, count, states, partitions);
    if (failed(&err)) return command_fail(json, err.fate == FATE_AGAIN ? EXIT_TEMPORARY : EXIT_FAILED, "KAFKA", err.text, "Check BROKERS and that Kafka runs.");
    for (int i = 0; i < count; i++) {
        if (states[i] != KAFKA_TOPIC_DIFFERS) continue;
        char message[256];
        (void)snprintf(message, sizeof message, "%s has %d partitions instead of %d", topics[i].name, partitions[i], topics[i].partitions); /* cut */
        return command_fail(json, EXIT_FAILED, "TOPIC_DIFFERS", message, "Partitions carry the lineage: use another cluster, or grow by the runbook.");
    }
    print(topics, count, partitions, json);
    return EXIT_OK;
}

/* ---- register ---- */

static int tell_ids(const uint32_t ids[TOPIC_LIMIT], bool json) {
    char setting[1024] = "";
    json_t *rows = json_array();
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT; topic++) {
        const char *name = topic_row((enum topic)topic)->name;
        const size_t used = strlen(setting);
        CHECK((size_t)snprintf(setting + used, sizeof setting - used, "%s%s:%u", used > 0 ? "," : "", name, ids[topic]) < sizeof setting - used);
        CHECK(json_array_append_new(rows, json_pack("{s:s,s:I}", "topic", name, "schema", (json_int_t)ids[topic])) == 0);
    }
    if (json) command_print_json(json_pack("{s:o,s:s}", "schemas", rows, "setting", setting));
    else {
        json_decref(rows);
        printf("SCHEMA_IDS=%s\n", setting);
    }
    return EXIT_OK;
}

static int register_schemas(const char *registry, bool json) {
    uint32_t ids[TOPIC_LIMIT] = {0};
    char folder[512], why[SCHEMA_WHY_MAX];
    const char *share = command_env(json, "PAYUNG_SHARE");
    if (share == NULL) return EXIT_USAGE;
    if (snprintf(folder, sizeof folder, "%s/proto", share) >= (int)sizeof folder) return command_fail(json, EXIT_USAGE, "USAGE", "PAYUNG_SHARE is too long", "Install elsewhere.");
    const struct err err = schemas_register(registry, folder, ids, why);
    if (!failed(&err)) return tell_ids(ids, json);
    const char *message = why[0] != '\0' ? why : err.text;
    if (err.fate == FATE_AGAIN) return command_fail(json, EXIT_TEMPORARY, "REGISTRY_AWAY", message, "Run it again when the registry is there: what is registered keeps its number.");
    return command_fail(json, EXIT_FAILED, "REGISTRY_REFUSES", message, "Is the URL that of Confluent's API, and may this client write?");
}

int topics_main(int argc, char **argv) {
    bool json = false, create = false, list = false, registers = false, wrong = false;
    const char *registry = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        if (strcmp(argv[i], "--json") == 0) json = true;
        else if (strcmp(argv[i], "create") == 0) create = true;
        else if (strcmp(argv[i], "list") == 0) list = true;
        else if (strcmp(argv[i], "register") == 0) registers = true;
        else if (strcmp(argv[i], "--registry") == 0 && i + 1 < argc) registry = argv[++i];
        else wrong = true;
    }
    if (wrong || create + list + registers != 1 || registers != (registry != NULL))
        return command_fail(json, EXIT_USAGE, "USAGE", "create, list, or register --registry URL is needed", "payung topics --help");
    if (registers) return register_schemas(registry, json);
    const char *brokers = command_env(json, "BROKERS");
    if (brokers == NULL) return EXIT_USAGE;
    log_setup("payung", "topics", LOG_ERROR);
    struct kafka_admin *admin = NULL;
    struct err err = kafka_admin_open(brokers, &admin);
    if (failed(&err)) return command_fail(json, EXIT_FAILED, "KAFKA", err.text, "Check BROKERS.");
    int code = run(admin, create, json);
    kafka_admin_close(admin);
    return code;
}
