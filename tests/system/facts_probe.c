/* Asks the real facts and the real decision about people without Kafka: for the system test of the facts. Reads lines from standard input, a batch up to a line "go", and prints one
 * line per person: status, codes, warnings, region that Dukcapil told; then "took MS". Fields of a line, separated by tabs: agreement, nik, name, birth date,
 * sex, KTP region, segment, findings. It plays intake (it seals and makes tokens), so it holds keys of its own. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/nik.h"
#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "common/edge/crypto.h"
#include "common/edge/share.h"
#include "services/eligibility/facts.h"

enum { LINE_BYTES_MAX = 1024, ITEMS_MAX = 2000, ARENA_BYTES = 256 << 20, FIELDS = 8, REGISTRATION_DAY = 20250915 };

struct probe {
    struct arena *tables, *arena;
    struct occupation_table occupations;
    struct law_table law;
    struct parameters parameters;
    struct crypto *crypto;
    struct facts_source *source;
    struct stage_item *items;
    size_t count;
};

static void must(struct err err) {
    if (!failed(&err)) return;
    fprintf(stderr, "%s: %s\n", fate_name(err.fate), err.text);
    exit(1);
}

static const char *env(const char *name, const char *fallback) {
    const char *value = getenv(name);
    return value != NULL ? value : fallback;
}

static int number(const char *text) {
    uint64_t value = 0;
    CHECK(text_number(slice_text(text), INT32_MAX, &value));
    return (int)value;
}

static void open_probe(struct probe *probe) {
    const char *share = env("PAYUNG_SHARE", "");
    struct slice jobs, law, parameters;
    struct load_error error;
    *probe = (struct probe){.tables = arena_create(32 << 20), .arena = arena_create(ARENA_BYTES)};
    must(share_read(probe->tables, share, "occupations.tsv", 1 << 22, &jobs));
    must(share_read(probe->tables, share, "programme-law.tsv", 1 << 22, &law));
    must(share_read(probe->tables, share, "parameters.tsv", 1 << 22, &parameters));
    CHECK(occupations_load(jobs, probe->tables, &probe->occupations, &error));
    CHECK(law_load(law, probe->tables, &probe->law, &error));
    CHECK(parameters_load(parameters, probe->tables, &probe->parameters, &error));
    must(crypto_open(env("PAYUNG_KEYS", ""), &probe->crypto));
    const struct facts_options options = {.pg_url = env("PGURL", ""), .instance = "0-probe", .keys_folder = env("PAYUNG_KEYS", ""), .dukcapil_url = env("DUKCAPIL_URL", ""),
                                          .dukcapil_token = env("DUKCAPIL_TOKEN", ""), .dukcapil_timeout_ms = number(env("DUKCAPIL_TIMEOUT_MS", "1500")),
                                          .dukcapil_connections = 16, .occupations = &probe->occupations, .law = &probe->law, .parameters = &probe->parameters};
    must(facts_open(&options, &probe->source));
    probe->items = calloc(ITEMS_MAX, sizeof *probe->items);
    CHECK(probe->items != NULL);
}

static void take_line(struct probe *probe, struct slice line) {
    struct slice field[FIELDS] = {{0}};
    for (int i = 0; i < FIELDS && text_split(&line, '\t', &field[i]); i++) field[i] = arena_copy(probe->arena, field[i]);
    struct submitted *submitted = arena_zero(probe->arena, 1, sizeof *submitted);
    struct application *application = &submitted->application;
    uint32_t village = 0;
    char nik[NIK_TEXT_MAX];
    const size_t size = nik_normalise(field[1], nik);
    const struct person person = {.nik = arena_copy(probe->arena, slice_of(nik, size)), .name = field[2], .phone = slice_text(""), .address = slice_text("")};
    const struct slice parts[] = {field[1], field[6]};
    *application = (struct application){.application_id = crypto_keyed_id(probe->crypto, "probe", parts, 2), .attempt = 1, .agreement_id = field[0],
                                        .registration_date = REGISTRATION_DAY, .occupation = slice_text("0402"), .sector = SECTOR_OTHER,
                                        .person = crypto_person_token(probe->crypto, person.nik)};
    CHECK(day_parse(field[3], &application->birth_date));
    application->sex = slice_is(field[4], "L") ? SEX_MALE : SEX_FEMALE;
    CHECK(region_parse(field[5], &application->ktp_region, &village) && segment_parse(field[6], &application->segment));
    CHECK(code_set_parse(field[7], &application->findings));
    application->sealed_person = crypto_seal(probe->crypto, probe->arena, &person, application->application_id, &application->seal_key_id);
    CHECK(probe->count < ITEMS_MAX);
    probe->items[probe->count++] = (struct stage_item){.in = submitted};
}

static void answer_batch(struct probe *probe) {
    static const char *const words[] = {"NONE", "ELIGIBLE", "REJECTED", "PENDING", "PARKED"};
    const struct stage_batch batch = {.arena = probe->arena, .items = probe->items, .count = probe->count, .moment_ms = clock_unix_ms()};
    struct batch_facts *facts;
    const int64_t began_us = clock_monotonic_us();
    must(facts_fetch(probe->source, &batch, &facts));
    const int64_t took_ms = (clock_monotonic_us() - began_us) / 1000;
    for (size_t i = 0; i < probe->count; i++) {
        struct application application = ((const struct submitted *)probe->items[i].in)->application;
        const struct agreement *agreement = agreement_by_id(facts->agreements, application.agreement_id);
        struct eligibility_facts known;
        struct verdict verdict;
        char codes[CODE_SET_TEXT_MAX], warnings[CODE_SET_TEXT_MAX];
        application.findings = code_set_union(application.findings, facts_findings(facts, i));
        facts_of(facts, probe->arena, i, &application, agreement, &known);
        decide(&application, agreement, &known, &verdict);
        (void)code_set_format(verdict.codes, codes);
        (void)code_set_format(verdict.warnings, warnings);
        printf("%s\t%s\t%s\t%u\n", words[verdict.status], codes, warnings, known.dukcapil_region);
    }
    printf("took %" PRId64 "\n", took_ms);
    (void)fflush(stdout);
    probe->count = 0;
    arena_reset(probe->arena);
}

int main(void) {
    struct probe probe;
    char line[LINE_BYTES_MAX];
    open_probe(&probe);
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "go") == 0) answer_batch(&probe);
        else take_line(&probe, slice_text(line));
    }
    facts_close(probe.source);
    crypto_close(probe.crypto);
    arena_destroy(probe.tables);
    arena_destroy(probe.arena);
    free(probe.items);
    return 0;
}
