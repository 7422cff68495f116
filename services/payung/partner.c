/* `payung partner add|set|list|secret`: who may use the API, for what, and for whom. Only the SHA-256 of a token is kept. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/partner.h"
#include "common/domain/region.h"
#include "common/domain/text.h"
#include "common/edge/certificate.h"
#include "common/edge/crypto.h"
#include "common/edge/pg.h"
#include "services/payung/commands.h"
#include "services/payung/partner_secret.h"

enum { TOKEN_MIN = 16, TOKEN_MAX = 1024, PARTNER_ARENA_BYTES = 4 * 1024 * 1024, AGREEMENT_ID_SIZE_MAX = 63, WINDOW_S_MIN = 30, WINDOW_S_MAX = 3600 };

static const char usage[] = "usage: payung partner add NAME [--token-file FILE] [--role ROLE]... [SCOPE]... [--json]\n"
                            "       payung partner set NAME [--role ROLE]... [SCOPE]... [SIGNING]... [--no-token] [--certificate FILE|none] [--json]\n"
                            "       payung partner secret NAME [--overlap 24h] | --revoke     (its own --help)\n"
                            "       payung partner list [--json]\n"
                            "\n"
                            "add lets a partner use the API with the token in FILE (- is standard input; 16 to 1024 visible characters). A partner that exists\n"
                            "gets the new token instead of the old one. Without a token it uses access tokens, for a client secret: payung partner secret NAME.\n"
                            "set changes a partner that exists; what is not named stays. A change is noticed within five seconds. Environment: PGURL.\n"
                            "  --role ROLE     enrol sends people, maker proposes agreements, checker lets them be, payments tells of payments, operator\n"
                            "                  lets lists in without a second person; more than one may be given. Without it a new partner may enrol, and one that\n"
                            "                  exists keeps its roles. Who proposes and who checks must be two partners.\n"
                            "  --no-token      its lasting token is good no more\n"
                            "SCOPE, at most 16 of each; none: everything. What lies outside is not there for the partner:\n"
                            "  --agreement ID  this agreement and, when it is an umbrella, those under it\n"
                            "  --region CODE   agreements whose payer is this regency (17.08), or this province and its regencies (17). With both, both must hold.\n"
                            "  --everywhere    bound to nothing any more\n"
                            "  --certificate FILE|none  bound to this client certificate (PEM), behind a proxy that asks for it (deploy/nginx); none: to none any more\n"
                            "SIGNING, by itself none:\n"
                            "  --signature required|none                each request is signed by HMAC-SHA512 with the client secret; payung partner secret NAME makes one that can sign\n"
                            "  --signed-path without-query|with-query   what is signed of the address\n"
                            "  --replay-window SECONDS                  how far X-TIMESTAMP may be off, 30 to 3600, by itself 300\n";

enum verb { VERB_NONE, VERB_ADD, VERB_SET, VERB_LIST };

/* What the command line asks for. No roles: as they are. A list of the scope that is named replaces the one that was. */
struct change {
    const char *name, *token_file;
    unsigned roles;
    struct slice agreements[PARTNER_SCOPE_MAX];
    int32_t regions[PARTNER_SCOPE_MAX];
    size_t agreement_count, region_count;
    bool everywhere, no_token;
    const char *certificate; /* NULL: as it is; "none" */
    bool signing_given, signing, path_given, with_query;
    int16_t window_s; /* 0: as it is */
};

static bool read_token(const char *name, char token[TOKEN_MAX + 2], struct slice *ret_token) {
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
    if (file == NULL) return false;
    size_t size = fread(token, 1, TOKEN_MAX + 2, file);
    bool good = ferror(file) == 0;
    if (file != stdin) (void)fclose(file); /* only read */
    *ret_token = text_trim(slice_of(token, size));
    for (size_t i = 0; i < ret_token->size; i++) good = good && ret_token->bytes[i] > ' ' && ret_token->bytes[i] <= '~';
    return good && ret_token->size >= TOKEN_MIN && ret_token->size <= TOKEN_MAX;
}

static bool read_certificate(const char *name, uint8_t ret_fingerprint[SHA256_BYTES]) {
    char pem[CERTIFICATE_PEM_MAX];
    FILE *file = fopen(name, "rb");
    if (file == NULL) return false;
    const size_t size = fread(pem, 1, sizeof pem, file);
    (void)fclose(file); /* only read */
    return certificate_fingerprint(slice_of(pem, size), ret_fingerprint);
}

/* $1 the name, $2 the hash or NULL, $3 roles, $4 agreements, $5 regions, $6 everywhere, of set only: $7 no token, $8 signature or NULL, $9 with the query or NULL, $10 window or NULL, $11 is the certificate given, $12 its fingerprint or NULL. */
static const char add_sql[] =
    "INSERT INTO intake.partner AS p (partner_id, token_sha256, roles, agreements, regions) VALUES ($1, $2, CASE WHEN cardinality($3) = 0 THEN '{enrol}' ELSE $3 END, $4, $5)"
    " ON CONFLICT (partner_id) DO UPDATE SET token_sha256 = coalesce(excluded.token_sha256, p.token_sha256), roles = CASE WHEN cardinality($3) = 0 THEN p.roles ELSE $3 END,"
    " agreements = CASE WHEN cardinality($4) > 0 OR $6 THEN $4 ELSE p.agreements END, regions = CASE WHEN cardinality($5) > 0 OR $6 THEN $5 ELSE p.regions END RETURNING partner_id";
static const char set_sql[] =
    "UPDATE intake.partner p SET token_sha256 = CASE WHEN $7 THEN NULL ELSE coalesce($2, p.token_sha256) END, roles = CASE WHEN cardinality($3) = 0 THEN p.roles ELSE $3 END,"
    " agreements = CASE WHEN cardinality($4) > 0 OR $6 THEN $4 ELSE p.agreements END, regions = CASE WHEN cardinality($5) > 0 OR $6 THEN $5 ELSE p.regions END,"
    " signature_required = coalesce($8, p.signature_required), signature_with_query = coalesce($9, p.signature_with_query), replay_window_s = coalesce($10, p.replay_window_s),"
    " certificate_sha256 = CASE WHEN $11 THEN $12 ELSE p.certificate_sha256 END"
    " WHERE partner_id = $1 RETURNING partner_id";

static void add_signing(struct pg_parameters *parameters, const struct change *change) {
    if (change->signing_given) pg_add_bool(parameters, change->signing);
    else pg_add_null(parameters);
    if (change->path_given) pg_add_bool(parameters, change->with_query);
    else pg_add_null(parameters);
    if (change->window_s > 0) pg_add_int2(parameters, change->window_s);
    else pg_add_null(parameters);
}

static void add_certificate(struct pg_parameters *parameters, const struct change *change, const uint8_t fingerprint[SHA256_BYTES]) {
    pg_add_bool(parameters, change->certificate != NULL);
    if (fingerprint != NULL) pg_add_bytea(parameters, slice_of(fingerprint, SHA256_BYTES));
    else pg_add_null(parameters);
}

static struct err store(struct pg *pg, struct arena *arena, enum verb verb, const struct change *change, struct slice token, const uint8_t *fingerprint, bool *ret_found) {
    uint8_t hash[SHA256_BYTES];
    struct slice names[PARTNER_ROLES];
    size_t count = 0;
    for (unsigned role = 1; role < 1u << PARTNER_ROLES; role <<= 1)
        if ((change->roles & role) != 0) names[count++] = slice_text(partner_role_name((enum partner_role)role));
    struct pg_parameters *parameters = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(parameters, slice_text(change->name));
    crypto_sha256(token, hash);
    if (token.size > 0) pg_add_bytea(parameters, slice_of(hash, sizeof hash));
    else pg_add_null(parameters);
    pg_add_text_array(parameters, names, count);
    pg_add_text_array(parameters, change->agreements, change->agreement_count);
    pg_add_int4_array(parameters, change->regions, change->region_count);
    pg_add_bool(parameters, change->everywhere);
    if (verb == VERB_SET) {
        pg_add_bool(parameters, change->no_token);
        add_signing(parameters, change);
        add_certificate(parameters, change, fingerprint);
    }
    TRY(pg_run(pg, arena, verb == VERB_ADD ? add_sql : set_sql, parameters, &rows));
    *ret_found = rows.count > 0;
    if (!change->signing_given || change->signing) return OK;
    parameters = pg_parameters(arena); /* nobody needs the keys any more; should this fail, the same command again does it */
    pg_add_text(parameters, slice_text(change->name));
    return pg_run(pg, arena, "UPDATE intake.partner_secret SET signing_key = NULL, signing_key_id = NULL WHERE partner_id = $1 AND signing_key IS NOT NULL", parameters, NULL);
}

static int tell_failure(bool json, const struct err *err) {
    if (err->fate == FATE_SPLIT) return command_fail(json, EXIT_FAILED, "PARTNER_REFUSED", err->text, "Use a name of a-z 0-9 . _ - and a token that no other partner has.");
    return command_fail(json, err->fate == FATE_AGAIN ? EXIT_TEMPORARY : EXIT_FAILED, "DATABASE", err->text, "Check PGURL; run payung migrate first.");
}

static int change_partner(bool json, struct pg *pg, struct arena *arena, enum verb verb, const struct change *change) {
    char text[TOKEN_MAX + 2];
    struct slice token = slice_text("");
    bool found = false;
    if (change->token_file != NULL && !read_token(change->token_file, text, &token))
        return command_fail(json, EXIT_FAILED, "TOKEN_UNUSABLE", "the token can't be read, or has not 16 to 1024 visible characters", "Write it into a file of its own.");
    uint8_t fingerprint[SHA256_BYTES];
    const bool has_certificate = change->certificate != NULL && strcmp(change->certificate, "none") != 0;
    if (has_certificate && !read_certificate(change->certificate, fingerprint))
        return command_fail(json, EXIT_FAILED, "CERTIFICATE_UNUSABLE", "the file holds no certificate in PEM", "Give the client's certificate, not its key: -----BEGIN CERTIFICATE-----");
    const struct err err = store(pg, arena, verb, change, token, has_certificate ? fingerprint : NULL, &found);
    explicit_bzero(text, sizeof text);
    if (failed(&err)) return tell_failure(json, &err);
    if (!found) return command_fail(json, EXIT_FAILED, "UNKNOWN_PARTNER", "there is no such partner", "payung partner list shows them; payung partner add makes one.");
    if (json) printf("{\"partner\":\"%s\"}\n", change->name);
    else if (verb == VERB_ADD) printf("Mitra %s dapat memakai API\n", change->name);
    else printf("Mitra %s diubah%s\n", change->name, change->signing ? "; buat rahasia baru untuk menandatangani: payung partner secret" : "");
    return EXIT_OK;
}

/* ---- list ---- */

static const char list_sql[] = "SELECT partner_id, array_to_string(roles, ','), array_to_string(agreements, ','), array_to_string(regions, ','), token_sha256 IS NOT NULL,"
                               " (SELECT count(*) FROM intake.partner_secret s WHERE s.partner_id = p.partner_id AND s.valid_until > now()),"
                               " signature_required, signature_with_query, replay_window_s, encode(certificate_sha256, 'hex') FROM intake.partner p ORDER BY 1";
enum { LIST_ID, LIST_ROLES, LIST_AGREEMENTS, LIST_REGIONS, LIST_TOKEN, LIST_SECRETS, LIST_SIGNATURE, LIST_WITH_QUERY, LIST_WINDOW, LIST_CERTIFICATE };

static json_t *words_json(struct slice words, bool regions) {
    json_t *list = json_array();
    struct slice word;
    uint64_t region;
    char text[9];
    while (words.size > 0 && text_split(&words, ',', &word)) {
        if (regions && text_number(word, 9999, &region)) {
            region_format((uint32_t)region * 100, text);
            word = slice_text(text);
        }
        CHECK(json_array_append_new(list, json_stringn((const char *)word.bytes, word.size)) == 0);
    }
    return list;
}

static void print_words(const char *before, const json_t *words) {
    for (size_t i = 0; i < json_array_size(words); i++) printf("%s%s", i == 0 ? before : ", ", json_string_value(json_array_get(words, i)));
}

static void print_partner(const json_t *partner) {
    const json_t *agreements = json_object_get(partner, "agreements"), *regions = json_object_get(partner, "regions");
    printf("%s", json_string_value(json_object_get(partner, "partner")));
    print_words("  peran: ", json_object_get(partner, "roles"));
    if (json_array_size(agreements) + json_array_size(regions) == 0) printf("  lingkup: semua perjanjian");
    print_words("  perjanjian: ", agreements);
    print_words("  wilayah: ", regions);
    if (json_is_true(json_object_get(partner, "token"))) printf("  token tetap");
    if (json_integer_value(json_object_get(partner, "secrets")) > 0) printf("  rahasia: %lld", (long long)json_integer_value(json_object_get(partner, "secrets")));
    const json_t *signing = json_object_get(partner, "signature");
    if (json_is_object(signing))
        printf("  bertanda tangan (%s, %lld detik)", json_string_value(json_object_get(signing, "path")), (long long)json_integer_value(json_object_get(signing, "replay_window_seconds")));
    if (json_is_string(json_object_get(partner, "certificate_sha256"))) printf("  sertifikat %.16s...", json_string_value(json_object_get(partner, "certificate_sha256")));
    printf("\n");
}

static int list_partners(bool json, struct pg *pg, struct arena *arena) {
    struct pg_rows rows;
    const struct err err = pg_run(pg, arena, list_sql, NULL, &rows);
    if (failed(&err)) return tell_failure(json, &err);
    json_t *partners = json_array();
    for (size_t i = 0; i < rows.count; i++) {
        const struct slice id = pg_bytes(&rows, i, LIST_ID);
        json_t *partner = json_pack("{s:s%,s:o,s:o,s:o,s:b,s:I}", "partner", (const char *)id.bytes, id.size, "roles", words_json(pg_bytes(&rows, i, LIST_ROLES), false), "agreements",
                                    words_json(pg_bytes(&rows, i, LIST_AGREEMENTS), false), "regions", words_json(pg_bytes(&rows, i, LIST_REGIONS), true),
                                    "token", pg_bool(&rows, i, LIST_TOKEN), "secrets", (json_int_t)pg_int8(&rows, i, LIST_SECRETS));
        CHECK(partner != NULL && json_array_append_new(partners, partner) == 0);
        json_t *signing = json_pack("{s:s,s:i}", "path", pg_bool(&rows, i, LIST_WITH_QUERY) ? "with-query" : "without-query", "replay_window_seconds", (int)pg_int2(&rows, i, LIST_WINDOW));
        CHECK(json_object_set_new(partner, "signature", pg_bool(&rows, i, LIST_SIGNATURE) ? json_incref(signing) : json_null()) == 0);
        json_decref(signing);
        const struct slice certificate = pg_bytes(&rows, i, LIST_CERTIFICATE);
        CHECK(json_object_set_new(partner, "certificate_sha256", pg_is_null(&rows, i, LIST_CERTIFICATE) ? json_null() : json_stringn((const char *)certificate.bytes, certificate.size)) == 0);
        if (!json) print_partner(partner);
    }
    if (json) command_print_json(json_pack("{s:o}", "partners", partners));
    else json_decref(partners);
    return EXIT_OK;
}

/* ---- the command line ---- */

static enum verb verb_of(const char *word) {
    return strcmp(word, "add") == 0 ? VERB_ADD : strcmp(word, "set") == 0 ? VERB_SET : strcmp(word, "list") == 0 ? VERB_LIST : VERB_NONE;
}

static bool take_region(const char *text, struct change *change) {
    uint32_t region, village;
    if (change->region_count == PARTNER_SCOPE_MAX || !region_parse(slice_text(text), &region, &village) || village != 0 || region % 100 != 0) return false;
    change->regions[change->region_count++] = (int32_t)(region / 100);
    return true;
}

static bool take_agreement(const char *text, struct change *change) {
    const size_t size = strlen(text);
    if (change->agreement_count == PARTNER_SCOPE_MAX || size == 0 || size > AGREEMENT_ID_SIZE_MAX || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-") != size) return false;
    change->agreements[change->agreement_count++] = slice_text(text);
    return true;
}

static bool take_choice(const char *value, const char *no, const char *yes, bool *ret_given, bool *ret_choice) {
    *ret_given = true;
    *ret_choice = strcmp(value, yes) == 0;
    return *ret_choice || strcmp(value, no) == 0;
}

static bool take_window(const char *value, struct change *change) {
    uint64_t seconds;
    if (!text_number(slice_text(value), WINDOW_S_MAX, &seconds) || seconds < WINDOW_S_MIN) return false;
    change->window_s = (int16_t)seconds;
    return true;
}

/* An option with a value. */
static bool take_option(const char *option, const char *value, struct change *change) {
    enum partner_role role;
    if (strcmp(option, "--agreement") == 0) return take_agreement(value, change);
    if (strcmp(option, "--region") == 0) return take_region(value, change);
    if (strcmp(option, "--token-file") == 0) {
        change->token_file = value;
        return true;
    }
    if (strcmp(option, "--certificate") == 0) return change->certificate = value, true;
    if (strcmp(option, "--signature") == 0) return take_choice(value, "none", "required", &change->signing_given, &change->signing);
    if (strcmp(option, "--signed-path") == 0) return take_choice(value, "without-query", "with-query", &change->path_given, &change->with_query);
    if (strcmp(option, "--replay-window") == 0) return take_window(value, change);
    if (strcmp(option, "--role") != 0 || !partner_role_parse(slice_text(value), &role)) return false;
    change->roles |= role;
    return true;
}

static bool is_complete(enum verb verb, const struct change *change) {
    const bool has_scope = change->agreement_count + change->region_count > 0;
    if (change->everywhere && has_scope) return false;
    const bool asks_signing = change->signing_given || change->path_given || change->window_s > 0 || change->certificate != NULL;
    if (verb == VERB_ADD) return change->name != NULL && !change->no_token && !asks_signing;
    const bool asks = change->roles != 0 || has_scope || change->everywhere || change->no_token || asks_signing;
    if (verb == VERB_SET) return change->name != NULL && change->token_file == NULL && asks;
    return verb == VERB_LIST && change->name == NULL && change->token_file == NULL && !asks;
}

int partner_main(int argc, char **argv) {
    struct change change = {0};
    if (argc > 1 && strcmp(argv[1], "secret") == 0) return partner_secret_main(argc - 1, argv + 1);
    enum verb verb = argc > 1 ? verb_of(argv[1]) : VERB_NONE;
    bool json = false, wrong = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        if (strcmp(argv[i], "--json") == 0) json = true;
        else if (strcmp(argv[i], "--no-token") == 0) change.no_token = true;
        else if (strcmp(argv[i], "--everywhere") == 0) change.everywhere = true;
        else if (i == 1 && verb != VERB_NONE) continue;
        else if (argv[i][0] != '-' && change.name == NULL) change.name = argv[i];
        else if (i + 1 < argc && take_option(argv[i], argv[i + 1], &change)) i++;
        else wrong = true;
    }
    if (wrong || !is_complete(verb, &change))
        return command_fail(json, EXIT_USAGE, "USAGE", "add with a name, set with a name and what is to change, or list is needed; or secret",
                            "payung partner add NAME [--token-file FILE] [--role enrol|maker|checker|payments|operator] [--agreement ID] [--region CODE]");
    const char *url = command_env(json, "PGURL");
    if (url == NULL) return EXIT_USAGE;
    struct pg *pg = NULL;
    const struct err err = pg_open(url, "payung-partner", &pg);
    if (failed(&err)) return tell_failure(json, &err);
    struct arena *arena = arena_create(PARTNER_ARENA_BYTES);
    const int code = verb == VERB_LIST ? list_partners(json, pg, arena) : change_partner(json, pg, arena, verb, &change);
    arena_destroy(arena);
    pg_close(pg);
    return code;
}
