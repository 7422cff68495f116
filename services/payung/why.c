/* `payung why`: everything that is known of one application on one page: each attempt with its stages and their offsets, the decision with its reasons, the price with its regulations, the
 * postings, the cover, who was told. It must never show a NIK, a name or a phone number; a NIK to look for is read from standard input only, and leaves as a token. */
#include "services/payung/why.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/nik.h"
#include "common/domain/rupiah.h"
#include "common/domain/text.h"
#include "common/edge/crypto.h"
#include "common/edge/log.h"
#include "common/edge/pg.h"
#include "services/operations/application.h"
#include "services/payung/commands.h"

enum { WHY_ARENA_BYTES = 64 * 1024 * 1024, FOUND_MAX = 20, NIK_LINE_MAX = 256 };

static const char usage[] = "usage: payung why ENROLMENT [--no-kafka] [--json]\n"
                            "       payung why --nik - [--no-kafka] [--json]     (reads the NIK from standard input)\n"
                            "\n"
                            "Tells on one page what became of an application and why: every attempt, every stage with partition, offset and time, the reasons and their remedies, the price with\n"
                            "tariff rows and regulations, postings, cover, messages and webhooks. No personal data is shown.\n"
                            "  --nik -     all applications of this person (at most 20, the newest first); a NIK is never given as an argument, where others could see it\n"
                            "  --no-kafka  only what the ledger knows\n"
                            "Environment: PGURL, BROKERS; for --nik PAYUNG_KEYS. Exit codes: 0 ok, 1 failed or unknown, 2 usage, 75 a server does not answer.\n";

/* ---- people's words ---- */

static int64_t number(const json_t *object, const char *name) { return json_integer_value(json_object_get(object, name)); }
static const char *text(const json_t *object, const char *name) {
    const char *found = json_string_value(json_object_get(object, name));
    return found != NULL ? found : "";
}

static void print_codes(const json_t *codes) {
    size_t i;
    json_t *code;
    json_array_foreach(codes, i, code) printf("    %s  %s. %s\n", text(code, "code"), text(code, "reason"), text(code, "remedy"));
}

static void print_lines(const json_t *lines) {
    size_t i;
    json_t *line;
    json_array_foreach(lines, i, line) {
        char amount[32];
        rupiah_format(number(line, "amount"), amount);
        printf("    %-8s mulai %lld, %lld bulan, %s sebulan; baris tarif %s, %s\n", text(line, "programme"), (long long)number(line, "from"), (long long)number(line, "months"), amount,
               text(line, "tariff_row"), text(line, "regulation"));
    }
}

static void print_stages(const json_t *stages) {
    size_t i;
    json_t *stage;
    json_array_foreach(stages, i, stage) {
        if (json_is_null(json_object_get(stage, "offset"))) printf("    %-36s %s\n", text(stage, "topic"), "tidak ada lagi di Kafka");
        else printf("    %-36s partisi %lld, offset %lld, %s\n", text(stage, "topic"), (long long)number(stage, "partition"), (long long)number(stage, "offset"), text(stage, "time"));
    }
}

static void print_attempt(const json_t *attempt) {
    char amount[32];
    rupiah_format(number(attempt, "amount"), amount);
    printf("  Percobaan %lld: %s pada %s (perjanjian %s, urutan komit %lld)\n", (long long)number(attempt, "attempt"), text(attempt, "status"), text(attempt, "decided_at"), text(attempt, "agreement"),
           (long long)number(attempt, "commit_sequence"));
    if (text(attempt, "batch")[0] != '\0') printf("    daftar %s, baris %lld\n", text(attempt, "batch"), (long long)number(attempt, "row"));
    printf("    %s, program %s, mulai %lld, %lld bulan, iuran %s\n", text(attempt, "segment"), text(attempt, "programmes"), (long long)number(attempt, "start_month"), (long long)number(attempt, "months"), amount);
    print_codes(json_object_get(attempt, "codes"));
    print_codes(json_object_get(attempt, "warnings"));
    print_lines(json_object_get(attempt, "lines"));
    print_stages(json_object_get(attempt, "stages"));
}

static void print_rest(const json_t *document) {
    size_t i, k;
    json_t *item, *entry;
    json_array_foreach(json_object_get(document, "journals"), i, item) {
        printf("  Jurnal %lld (%s, %s), dengan semua orang yang diputus bersama:\n", (long long)number(item, "seq"), text(item, "kind"), text(item, "business_date"));
        json_array_foreach(json_object_get(item, "entries"), k, entry) printf("    %-40s %lld\n", text(entry, "account"), (long long)number(entry, "amount"));
    }
    const json_t *cover = json_object_get(document, "cover"), *waiting = json_object_get(document, "waiting"), *pending = json_object_get(document, "pending");
    if (json_is_object(cover)) printf("  Perlindungan: %s sejak %s, bulan %lld s.d. %lld, dibayar s.d. %lld\n", text(cover, "state"), text(cover, "since"), (long long)number(cover, "start_month"),
                                      (long long)number(cover, "end_month"), (long long)number(cover, "paid_to"));
    const json_t *card = json_object_get(document, "card");
    if (json_is_object(card)) printf("  Kartu: %s, %s oleh %s %s %s\n", text(card, "state"), text(card, "at"), text(card, "by"), text(card, "officer"), text(card, "place"));
    if (json_is_object(waiting)) printf("  Daftar tunggu: %s\n", number(waiting, "state") == 2 ? "mendapat tempat, sedang diputus" : "menunggu");
    if (json_is_object(pending)) printf("  Dicoba lagi: percobaan %lld pada %s\n", (long long)number(pending, "attempt"), text(pending, "due_at"));
    json_array_foreach(json_object_get(document, "messages"), i, item) printf("  Pesan %s lewat %s: %s %s %s\n", text(item, "template"), text(item, "channel"), text(item, "state"), text(item, "at"), text(item, "error"));
    json_array_foreach(json_object_get(document, "letters"), i, item) printf("  Surat mati %s:%lld (%s): %s, %s %s %s\n", text(item, "topic"), (long long)number(item, "offset"), text(item, "reason"), text(item, "state"),
                                                                              text(item, "by"), text(item, "at"), text(item, "because"));
    json_array_foreach(json_object_get(document, "webhooks"), i, item) printf("  Webhook %s: %s, %lld percobaan\n", text(item, "webhook"), text(item, "state"), (long long)number(item, "attempts"));
}

static void print_text(const json_t *document) {
    size_t i;
    json_t *attempt;
    const json_t *received = json_object_get(document, "received");
    printf("Pendaftaran %s\n", text(document, "enrolment"));
    if (json_is_object(received)) printf("  Diterima dari mitra %s pada %s\n", text(received, "partner"), text(received, "received_at"));
    json_array_foreach(json_object_get(document, "attempts"), i, attempt) print_attempt(attempt);
    if (json_array_size(json_object_get(document, "attempts")) == 0) printf("  Belum diputus\n");
    print_rest(document);
}

/* ---- which applications ---- */

struct asking {
    bool json, no_kafka, by_nik;
    const char *enrolment;
    struct id ids[FOUND_MAX];
    size_t count;
};

static int tell_database(const struct asking *asking, const struct err *err) {
    return command_fail(asking->json, err->fate == FATE_AGAIN ? EXIT_TEMPORARY : EXIT_FAILED, "DATABASE", err->text, "Check PGURL; run payung migrate first.");
}

static int read_token(const struct asking *asking, struct person_token *ret_token) {
    char line[NIK_LINE_MAX], nik[NIK_TEXT_MAX];
    const char *keys = command_env(asking->json, "PAYUNG_KEYS");
    struct crypto *crypto;
    if (keys == NULL) return EXIT_USAGE;
    const bool has_line = fgets(line, sizeof line, stdin) != NULL;
    const size_t size = has_line ? nik_normalise(text_trim(slice_text(line)), nik) : 0;
    explicit_bzero(line, sizeof line);
    if (size == 0) return command_fail(asking->json, EXIT_USAGE, "USAGE", "standard input has no NIK", "echo NIK | payung why --nik -");
    const struct err err = crypto_open(keys, &crypto);
    if (!failed(&err)) *ret_token = crypto_person_token(crypto, slice_of(nik, size));
    if (!failed(&err)) crypto_close(crypto);
    explicit_bzero(nik, sizeof nik);
    return failed(&err) ? command_fail(asking->json, EXIT_FAILED, "KEYS", err.text, "Check PAYUNG_KEYS.") : EXIT_OK;
}

static int find_by_nik(struct asking *asking, struct pg *pg, struct arena *arena) {
    struct person_token token;
    struct pg_rows rows;
    const int code = read_token(asking, &token);
    if (code != EXIT_OK) return code;
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_bytea(p, slice_of(token.bytes, TOKEN_BYTES));
    pg_add_int4(p, FOUND_MAX);
    const struct err err = pg_run(pg, arena, "SELECT application_id FROM ledger.outcome WHERE person_token = $1 AND NOT repeat GROUP BY 1 ORDER BY max(commit_sequence) DESC LIMIT $2", p, &rows);
    if (failed(&err)) return tell_database(asking, &err);
    for (size_t i = 0; i < rows.count; i++) memcpy(asking->ids[asking->count++].bytes, pg_bytes(&rows, i, 0).bytes, ID_BYTES);
    return EXIT_OK;
}

/* ---- all of it ---- */

static int make_document(const struct asking *asking, struct pg *pg, struct arena *arena, struct id id, json_t **ret_document) {
    const struct err err = application_document(pg, arena, id, ret_document);
    if (failed(&err)) return tell_database(asking, &err);
    if (asking->no_kafka) return EXIT_OK;
    const char *brokers = command_env(asking->json, "BROKERS");
    if (brokers == NULL) return EXIT_USAGE;
    const struct err kafka = why_stages(brokers, json_object_get(*ret_document, "attempts"));
    return failed(&kafka) ? command_fail(asking->json, EXIT_TEMPORARY, "KAFKA", kafka.text, "Check BROKERS, or leave Kafka out: --no-kafka.") : EXIT_OK;
}

static int tell_all(const struct asking *asking, struct pg *pg, struct arena *arena) {
    json_t *list = json_array();
    int code = EXIT_OK;
    size_t known = 0;
    for (size_t i = 0; i < asking->count && code == EXIT_OK; i++) {
        json_t *document = NULL;
        arena_reset(arena);
        code = make_document(asking, pg, arena, asking->ids[i], &document);
        const bool is_known = code == EXIT_OK && (json_array_size(json_object_get(document, "attempts")) > 0 || json_is_object(json_object_get(document, "received")));
        if (is_known && !asking->json) print_text(document);
        if (is_known) CHECK(json_array_append(list, document) == 0);
        known += is_known;
        json_decref(document);
    }
    if (code == EXIT_OK && known == 0) code = command_fail(asking->json, EXIT_FAILED, "UNKNOWN_ENROLMENT", "nothing is known of it", "Check the id; what was sent a moment ago may be on its way.");
    else if (code == EXIT_OK && asking->json && asking->by_nik) command_print_json(json_pack("{s:O}", "enrolments", list));
    else if (code == EXIT_OK && asking->json) command_print_json(json_incref(json_array_get(list, 0)));
    json_decref(list);
    return code;
}

static bool read_words(int argc, char **argv, struct asking *asking) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) asking->json = true;
        else if (strcmp(argv[i], "--no-kafka") == 0) asking->no_kafka = true;
        else if (strcmp(argv[i], "--nik") == 0 && i + 1 < argc && strcmp(argv[i + 1], "-") == 0) asking->by_nik = true, i++;
        else if (argv[i][0] != '-' && asking->enrolment == NULL) asking->enrolment = argv[i];
        else return false;
    }
    if (asking->by_nik) return asking->enrolment == NULL;
    return asking->enrolment != NULL && id_parse(slice_text(asking->enrolment), &asking->ids[asking->count++]) && !id_is_zero(asking->ids[0]);
}

int why_main(int argc, char **argv) {
    struct asking asking = {.count = 0};
    struct pg *pg = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") != 0) continue;
        fputs(usage, stdout);
        return EXIT_OK;
    }
    if (!read_words(argc, argv, &asking)) return command_usage(argc, argv, usage);
    const char *url = command_env(asking.json, "PGURL");
    if (url == NULL) return EXIT_USAGE;
    log_setup("payung", "why", LOG_ERROR);
    const struct err err = pg_open(url, "payung-why", &pg);
    if (failed(&err)) return tell_database(&asking, &err);
    struct arena *arena = arena_create(WHY_ARENA_BYTES);
    int code = asking.by_nik ? find_by_nik(&asking, pg, arena) : EXIT_OK;
    if (code == EXIT_OK) code = tell_all(&asking, pg, arena);
    arena_destroy(arena);
    pg_close(pg);
    return code;
}
