/* What all parts of intake share: who asks, under which agreement, and where the lineage stands. Agreements and partners are remembered for a few
 * seconds; PostgreSQL is the truth. */
#include "services/ingestion/intake.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/domain/agreement.h"
#include "common/edge/certificate.h"
#include "common/edge/crypto_auth.h"
#include "common/edge/clock.h"
#include "common/edge/csv.h"
#include "common/edge/log.h"
#include "proto/topics.h"
#include "services/ingestion/access_token.h"
#include "services/ingestion/problem.h"
#include "services/ingestion/signature.h"

enum { REMEMBER_US = 5 * 1000 * 1000, PG_PAUSE_US = 500 * 1000 };

void intake_pg_failed(struct intake *intake, const char *what, const struct err *err) {
    if (intake_pg_allowed(intake)) log_warning(what, LOG_TEXT("error", err->text));
    intake->pg_not_before_us = clock_monotonic_us() + PG_PAUSE_US;
}
bool intake_pg_allowed(const struct intake *intake) { return clock_monotonic_us() >= intake->pg_not_before_us; }

void intake_answer_json(struct http_request *request, int status, json_t *document) {
    CHECK(document != NULL);
    char *text = json_dumps(document, JSON_COMPACT);
    CHECK(text != NULL);
    http_answer(request, status, "application/json", slice_text(text));
    free(text);
    json_decref(document);
}

day_t intake_today(void) { return day_of_business(clock_unix_ms()); }

struct person_token intake_token(const struct intake *intake, const struct row_text *row) {
    uint8_t subject[ROW_SUBJECT_MAX];
    struct person_token token = crypto_person_token(intake->crypto, slice_of(subject, row_subject(row, subject)));
    explicit_bzero(subject, sizeof subject);
    return token;
}

void intake_upload_path(const struct intake *intake, const char *name, char ret_path[UPLOAD_PATH_MAX]) {
    CHECK(snprintf(ret_path, UPLOAD_PATH_MAX, "%s/%s", intake->upload_directory, name) < UPLOAD_PATH_MAX);
}

void intake_answer_unavailable(struct intake *intake, struct http_request *request, const struct err *err) {
    intake_pg_failed(intake, "PostgreSQL does not answer", err);
    problem_answer(request, PROBLEM_UNAVAILABLE, "the database does not answer", "");
}

/* ---- partners ---- */

const char *intake_partner_name(const char *partner_id, char ret_name[PARTNER_NAME_MAX]) {
    CHECK(snprintf(ret_name, PARTNER_NAME_MAX, PARTNER_PREFIX "%s", partner_id) < (int)PARTNER_NAME_MAX);
    return ret_name;
}

static const struct intake_partner *partner_recall(const struct intake *intake, const uint8_t hash[SHA256_BYTES]) {
    for (int i = 0; i < PARTNERS_MAX; i++) {
        const struct intake_partner *partner = &intake->partners[i];
        if (partner->id[0] == '\0' || memcmp(partner->token_sha256, hash, SHA256_BYTES) != 0) continue;
        return clock_monotonic_us() - partner->read_at_us <= REMEMBER_US ? partner : NULL;
    }
    return NULL;
}

/* rows: as PARTNER_SQL has them. */
static const struct intake_partner *partner_keep(struct intake *intake, const struct pg_rows *rows, const struct partner_signing *signing, const uint8_t hash[SHA256_BYTES]) {
    const struct slice id = pg_bytes(rows, 0, 0);
    struct intake_partner *place = &intake->partners[0];
    for (int i = 0; i < PARTNERS_MAX; i++) {
        struct intake_partner *partner = &intake->partners[i];
        bool same = partner->id[0] != '\0' && memcmp(partner->token_sha256, hash, SHA256_BYTES) == 0;
        if (same || partner->read_at_us < place->read_at_us) place = partner; /* the oldest makes room */
        if (same) break;
    }
    CHECK(id.size < PARTNER_ID_MAX);
    *place = (struct intake_partner){.roles = partner_roles_of(pg_bytes(rows, 0, 1)), .signing = *signing, .read_at_us = clock_monotonic_us()};
    CHECK(partner_scope_read(pg_bytes(rows, 0, 2), pg_bytes(rows, 0, 3), &place->scope)); /* constraints of the table */
    memcpy(place->id, id.bytes, id.size);
    memcpy(place->token_sha256, hash, SHA256_BYTES);
    place->has_certificate = !pg_is_null(rows, 0, 7);
    if (place->has_certificate) memcpy(place->certificate_sha256, pg_bytes(rows, 0, 7).bytes, SHA256_BYTES); /* a constraint of the table */
    return place;
}

#define PARTNER_SQL                                                                                                                                      \
    "SELECT p.partner_id, array_to_string(p.roles, ','), array_to_string(p.agreements, ','), array_to_string(p.regions, ','), " \
    "p.signature_required, p.signature_with_query, p.replay_window_s, p.certificate_sha256 FROM intake.partner p WHERE "
static const char by_token_sql[] = PARTNER_SQL "p.token_sha256 = $1";
/* Who was given an access token is still the one as long as the secret that it was given for is valid. */
static const char by_secret_sql[] = PARTNER_SQL
    "p.partner_id = $1 AND EXISTS (SELECT FROM intake.partner_secret s WHERE s.partner_id = p.partner_id AND s.generation = $2 AND s.valid_until > now())";

/* access: NULL for a lasting token. Whatever names nobody gives no row. */
static struct err partner_read(struct intake *intake, const struct access_token *access, const uint8_t hash[SHA256_BYTES], struct pg_rows *ret_rows) {
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    if (access == NULL) {
        pg_add_bytea(parameters, slice_of(hash, SHA256_BYTES));
    } else {
        pg_add_text(parameters, access->partner);
        pg_add_int4(parameters, access->generation);
    }
    return pg_run(intake->pg, intake->arena, access == NULL ? by_token_sql : by_secret_sql, parameters, ret_rows);
}

/* The keys of the valid secrets, the newest first. A secret that was made while the partner did not sign has none. */
static struct err signing_read(struct intake *intake, const struct pg_rows *partner, struct partner_signing *ret_signing) {
    const struct slice id = pg_bytes(partner, 0, 0);
    *ret_signing = (struct partner_signing){.required = pg_bool(partner, 0, 4), .with_query = pg_bool(partner, 0, 5), .window_s = pg_int2(partner, 0, 6)};
    if (!ret_signing->required) return OK;
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    pg_add_text(parameters, id);
    TRY(pg_run(intake->pg, intake->arena,
               "SELECT generation, signing_key, signing_key_id FROM intake.partner_secret WHERE partner_id = $1 AND valid_until > now() AND signing_key IS NOT NULL"
               " ORDER BY generation DESC LIMIT 2",
               parameters, &rows));
    for (size_t i = 0; i < rows.count && i < SIGNING_KEYS_MAX; i++) {
        struct slice key;
        const struct err err = crypto_unseal_secret(intake->crypto, intake->arena, pg_bytes(&rows, i, 1), pg_bytes(&rows, i, 2), partner_key_id(intake->crypto, id, pg_int4(&rows, i, 0)), &key);
        if (failed(&err)) log_error("the signing key of a partner does not open", LOG_INT("generation", pg_int4(&rows, i, 0)), LOG_TEXT("error", err.text));
        else if (key.size < SIGNING_KEY_MAX) memcpy(ret_signing->keys[ret_signing->key_count++], key.bytes, key.size);
        if (!failed(&err)) explicit_bzero((void *)(uintptr_t)key.bytes, key.size);
    }
    return OK;
}

/* NULL: the request was answered. */
static const struct intake_partner *partner_of(struct intake *intake, struct http_request *request) {
    struct slice token;
    uint8_t hash[SHA256_BYTES];
    if (!http_bearer(http_header(request, "Authorization"), &token)) {
        problem_answer(request, PROBLEM_UNAUTHORIZED, "no bearer token was sent", "");
        return NULL;
    }
    struct access_token access;
    const bool is_access = access_token_split(token, &access);
    if (is_access && (!access_token_is_ours(intake->crypto, &access) || access.expires_s <= clock_unix_ms() / 1000)) {
        problem_answer(request, PROBLEM_UNAUTHORIZED, "the access token has expired, or is none of ours", "");
        return NULL;
    }
    crypto_sha256(token, hash); /* looked up by its hash: timing tells nothing about a token */
    const struct intake_partner *known = partner_recall(intake, hash);
    if (known != NULL) return known;
    arena_reset(intake->arena);
    struct pg_rows rows;
    struct err err = partner_read(intake, is_access ? &access : NULL, hash, &rows);
    if (failed(&err)) {
        intake_answer_unavailable(intake, request, &err);
        return NULL;
    }
    if (rows.count == 0) {
        problem_answer(request, PROBLEM_UNAUTHORIZED, "the token is not known", "");
        return NULL;
    }
    struct partner_signing signing;
    err = signing_read(intake, &rows, &signing);
    if (failed(&err)) {
        intake_answer_unavailable(intake, request, &err);
        return NULL;
    }
    known = partner_keep(intake, &rows, &signing, hash);
    explicit_bzero(&signing, sizeof signing);
    return known;
}

/* A token that was stolen is good for nothing without the certificate. Without a proxy that hands it on, nobody who is bound to one gets in. */
static bool certificate_is_fine(const struct intake *intake, struct http_request *request, const struct intake_partner *partner) {
    uint8_t seen[SHA256_BYTES];
    if (!partner->has_certificate) return true;
    if (intake->certificate_header[0] != '\0' && certificate_fingerprint(http_header(request, intake->certificate_header), seen) && crypto_same(seen, partner->certificate_sha256, SHA256_BYTES)) return true;
    problem_answer(request, PROBLEM_CERTIFICATE_NEEDED, "the certificate is missing, or another one", "");
    return false;
}

/* NULL: the request was answered. */
static const struct intake_partner *bound_partner_of(struct intake *intake, struct http_request *request) {
    const struct intake_partner *partner = partner_of(intake, request);
    return partner != NULL && certificate_is_fine(intake, request, partner) ? partner : NULL;
}

/* The same, and the signature of who signs: of the head until the request is whole, then of all of it. */
static const struct intake_partner *signer_of(struct intake *intake, struct http_request *request) {
    const struct intake_partner *partner = bound_partner_of(intake, request);
    uint8_t body_sha256[SHA256_BYTES];
    if (partner == NULL || !partner->signing.required) return partner;
    if (!signature_head_is_fine(request, partner)) return NULL;
    if (!http_is_whole(request)) return partner;
    signature_hash_body(http_body(request), body_sha256);
    return signature_is_fine(intake, request, partner, body_sha256) ? partner : NULL;
}

/* A request counts once, also when `begin` and `end` ask. */
static bool rate_allows(struct intake *intake, struct http_request *request, const struct intake_partner *partner) {
    if (!http_first_asked(request) || rate_take(&intake->rates, partner->id, clock_monotonic_us())) return true;
    problem_answer(request, PROBLEM_TOO_MANY_REQUESTS, "the partner sends more requests in a second than RATE_LIMIT_PER_SECOND allows", "");
    return false;
}

bool intake_authorised(struct intake *intake, struct http_request *request, const struct intake_partner **ret_partner) {
    const struct intake_partner *partner = signer_of(intake, request);
    if (partner == NULL || !rate_allows(intake, request, partner)) return false;
    *ret_partner = partner;
    return true;
}

bool intake_authorised_streamed(struct intake *intake, struct http_request *request, const uint8_t body_sha256[SHA256_BYTES], const struct intake_partner **ret_partner) {
    const struct intake_partner *partner = bound_partner_of(intake, request);
    /* The time stamp was judged in `begin`: a list may take longer than its window. */
    if (partner == NULL || (partner->signing.required && !signature_is_fine(intake, request, partner, body_sha256))) return false;
    *ret_partner = partner;
    return true;
}

bool intake_authorised_as(struct intake *intake, struct http_request *request, enum partner_role role, const struct intake_partner **ret_partner) {
    const struct intake_partner *partner = signer_of(intake, request);
    if (partner == NULL) return false;
    *ret_partner = partner;
    if ((partner->roles & role) != 0) return rate_allows(intake, request, partner);
    char detail[64];
    (void)snprintf(detail, sizeof detail, "the partner has not the role %s", partner_role_name(role)); /* fits */
    problem_answer(request, PROBLEM_FORBIDDEN, detail, "");
    return false;
}

/* ---- agreements ---- */

static const struct intake_agreement *agreement_recall(const struct intake *intake, struct slice id) {
    for (int i = 0; i < AGREEMENTS_MAX; i++)
        if (intake->agreements[i].id[0] != '\0' && slice_is(id, intake->agreements[i].id))
            return clock_monotonic_us() - intake->agreements[i].read_at_us <= REMEMBER_US ? &intake->agreements[i] : NULL;
    return NULL;
}

static const struct intake_agreement *agreement_keep(struct intake *intake, struct slice id, const struct pg_rows *rows) {
    struct intake_agreement *place = &intake->agreements[0];
    for (int i = 0; i < AGREEMENTS_MAX; i++) {
        bool same = intake->agreements[i].id[0] != '\0' && slice_is(id, intake->agreements[i].id);
        if (same || intake->agreements[i].read_at_us < place->read_at_us) place = &intake->agreements[i];
        if (same) break;
    }
    *place = (struct intake_agreement){
        .number = pg_int4(rows, 0, 0),
        .registration_date = pg_date(rows, 0, 1),
        .partition_realtime = pg_int4(rows, 0, 2),
        .partition_bulk = pg_int4(rows, 0, 3),
        .payer_region = (uint32_t)pg_int4(rows, 0, 4),
        .read_at_us = clock_monotonic_us(),
    };
    const struct slice family = pg_bytes(rows, 0, 5), names = pg_bytes(rows, 0, 7);
    place->batch_approval = pg_bool(rows, 0, 6);
    CHECK(names.size < COLUMN_NAMES_MAX); /* DOCUMENT_COLUMNS_MAX of them */
    if (names.size > 0) memcpy(place->column_names, names.bytes, names.size);
    memcpy(place->id, id.bytes, id.size);
    memcpy(place->family, family.bytes, family.size < FAMILY_MAX ? family.size : FAMILY_MAX - 1); /* cut, it has fewer umbrellas: less is allowed, never more */
    return place;
}

/* *ret_known is NULL when there is none. */
static struct err agreement_look(struct intake *intake, struct slice id, const struct intake_agreement **ret_known) {
    *ret_known = NULL;
    if (id.size == 0 || id.size >= AGREEMENT_ID_MAX || memchr(id.bytes, '\0', id.size) != NULL) return OK;
    *ret_known = agreement_recall(intake, id);
    if (*ret_known != NULL) return OK;
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    pg_add_text(parameters, id);
    struct pg_rows rows;
    struct err err = pg_run(intake->pg, intake->arena,
                            "SELECT agreement_no, registration_date, partition_realtime, partition_bulk, payer_region, intake.agreement_family(agreement_id), batch_approval, array_to_string(column_names, E'\\n') FROM ledger.agreement "
                            "WHERE agreement_id = $1 AND agreement_no > 0",
                            parameters, &rows);
    if (failed(&err)) return err.fate == FATE_SPLIT ? OK : err; /* SPLIT: the text is no text for the database, so no agreement either */
    if (rows.count == 1) *ret_known = agreement_keep(intake, id, &rows);
    return OK;
}

bool intake_agreement_find(struct intake *intake, struct http_request *request, const struct intake_partner *partner, struct slice id, struct intake_agreement *ret_agreement) {
    const struct intake_agreement *known;
    if (id.size == 0) {
        problem_answer(request, PROBLEM_AGREEMENT_MISSING, "no agreement was named", "");
        return false;
    }
    const struct err err = agreement_look(intake, id, &known);
    if (failed(&err)) {
        intake_answer_unavailable(intake, request, &err);
        return false;
    }
    if (known == NULL) {
        problem_answer(request, PROBLEM_UNKNOWN_AGREEMENT, "no agreement has this id", "");
        return false;
    }
    if (!partner_scope_holds(&partner->scope, slice_text(known->family), known->payer_region)) {
        problem_answer(request, PROBLEM_OUT_OF_SCOPE, "the partner is bound to other agreements or regions", "");
        return false;
    }
    CHECK(known->partition_realtime < topic_row(TOPIC_SUBMITTED)->partitions && known->partition_bulk < topic_row(TOPIC_SUBMITTED)->partitions);
    *ret_agreement = *known;
    return true;
}

struct err intake_in_scope(struct intake *intake, const struct intake_partner *partner, struct slice agreement_id, bool *ret_inside) {
    const struct intake_agreement *known;
    *ret_inside = !partner_is_bound(&partner->scope);
    if (*ret_inside) return OK;
    TRY(agreement_look(intake, agreement_id, &known));
    *ret_inside = known != NULL && partner_scope_holds(&partner->scope, slice_text(known->family), known->payer_region);
    return OK;
}

struct err intake_document_in_scope(struct intake *intake, const struct intake_partner *partner, const struct agreement *agreement, bool *ret_inside) {
    const struct intake_agreement *known;
    char family[FAMILY_MAX + AGREEMENT_ID_MAX];
    *ret_inside = !partner_is_bound(&partner->scope);
    if (*ret_inside) return OK;
    /* What is in force under this id must be his, too: an answer shows how the document differs from it. */
    TRY(agreement_look(intake, agreement->id, &known));
    if (known != NULL && !partner_scope_holds(&partner->scope, slice_text(known->family), known->payer_region)) return OK;
    TRY(agreement_look(intake, agreement->parent, &known));
    CHECK(snprintf(family, sizeof family, "%.*s,%s", SLICE_ARGS(agreement->id), known != NULL ? known->family : "") < (int)sizeof family);
    *ret_inside = partner_scope_holds(&partner->scope, slice_text(family), agreement->payer_region);
    return OK;
}

struct err intake_epochs_read(struct intake *intake) {
    struct pg_rows rows;
    arena_reset(intake->arena);
    TRY(pg_run(intake->pg, intake->arena, "SELECT partition, epoch, first_origin FROM ledger.lineage", NULL, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        int32_t partition = pg_int4(&rows, i, 0);
        if (partition < 0 || partition >= PARTITIONS_MAX) continue;
        intake->epochs[partition] = (struct intake_epoch){.epoch = (uint32_t)pg_int4(&rows, i, 1), .first_origin = pg_int8(&rows, i, 2)};
    }
    return OK;
}
