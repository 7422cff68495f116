/* Other bytes in place of a letter's. What is given must be read by the decoder before it is kept, and may not turn one person's application into another's: id, token and seal belong
 * together. The letter itself stays in Kafka as it came. */
#include <inttypes.h>
#include <stdio.h>

#include "common/domain/text.h"
#include "common/edge/crypto.h"
#include "common/wire/wire.h"
#include "services/operations/dead_letter_document.h"
#include "services/operations/dead_letter_parts.h"

enum { EDIT_BYTES_MAX = 64 * 1024 * 1024 };

static const struct dead_letter_refusal
    unknown = {"UNKNOWN_LETTER", "there is no such dead letter", "See payung dlq list."},
    closed = {"LETTER_CLOSED", "the letter was replayed or discarded already", "See payung dlq show ID."},
    unusable_document = {"DOCUMENT_INVALID", "the document is no application", "Start from payung dlq show ID --document and change only what is wrong."},
    unusable_bytes = {"BYTES_UNREADABLE", "the bytes are no message of this topic", "Give the bytes of a message, or for an enrolment a document as payung dlq show ID --document writes it."},
    no_way = {"TOPIC_STANDS", "records of this topic are never sent again", "Discard the letter."},
    incomplete = {"NOBODY", "it does not say which application of which agreement it is", "enrolment, agreement and attempt are needed."},
    not_text = {"TEXT_DAMAGED", "a text in it is no UTF-8", "Write the texts anew: no database takes them as they are."},
    other_person = {"OTHER_PERSON", "it is about another person or application than the letter", "Change attributes only; enrol another person by the usual way."};

static bool texts_are_sound(const struct application *a) {
    const struct slice texts[] = {a->agreement_id, a->batch_id, a->occupation, a->pu.employer_number, a->jakon.project_number, a->jakon.spk_number, a->pmi.placement_company, a->pmi.country,
                                  a->seal_key_id};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!text_is_utf8(texts[i])) return false;
    return true;
}

static bool is_same_person(const struct application *a, const struct application *b) {
    return memcmp(&a->application_id, &b->application_id, sizeof a->application_id) == 0 && memcmp(&a->person, &b->person, sizeof a->person) == 0 &&
           slice_equal(a->sealed_person, b->sealed_person) && slice_equal(a->seal_key_id, b->seal_key_id);
}

/* What is kept for an enrolment: the message of `submitted`, whatever stage the letter comes from. */
static const struct dead_letter_refusal *read_application(struct arena *arena, const struct dead_letter *letter, struct slice content, struct slice *ret_bytes) {
    struct dead_letter_content read = {0};
    struct submitted submitted = {.lineage = {.epoch = 1}};
    char why[DOCUMENT_WHY_MAX];
    const bool is_document = content.size > 0 && content.bytes[0] == '{'; /* no message of ours begins so: it would be a group */
    if (is_document && !dead_letter_document_read(arena, content, &submitted.application, why)) return &unusable_document;
    if (!is_document && !dead_letter_read(arena, letter->topic, content, &read)) return &unusable_bytes;
    if (!is_document) submitted.application = *read.application;
    const struct application *original = letter->content.application;
    const struct application *application = &submitted.application;
    if (id_is_zero(application->application_id) || application->agreement_id.size == 0 || application->attempt == 0) return &incomplete;
    if (!texts_are_sound(application)) return &not_text;
    if (original != NULL && !id_is_zero(original->application_id) && !is_same_person(original, application)) return &other_person;
    *ret_bytes = wire_encode_submitted(arena, &submitted);
    return dead_letter_read(arena, TOPIC_SUBMITTED, *ret_bytes, &read) ? NULL : &unusable_document;
}

static const struct dead_letter_refusal *read_edit(struct arena *arena, const struct dead_letter *letter, struct slice content, struct slice *ret_bytes) {
    struct dead_letter_content read;
    if (letter->topic == TOPIC_DECIDED || letter->topic == TOPIC_COMMAND) return &no_way;
    if (dead_letter_is_enrolment(letter->topic)) return read_application(arena, letter, content, ret_bytes);
    if (!dead_letter_read(arena, letter->topic, content, &read)) return &unusable_bytes;
    *ret_bytes = content;
    return NULL;
}

static struct err keep(struct pg *pg, struct arena *arena, const struct dead_letter_edit *edit, const struct dead_letter *letter, struct slice bytes, bool *ret_kept) {
    char name[DEAD_LETTER_NAME_MAX], digits[2 * SHA256_BYTES + 1], detail[512];
    uint8_t hash[SHA256_BYTES];
    dead_letter_name(letter->topic, letter->offset, name);
    crypto_sha256(bytes, hash);
    text_hex(slice_of(hash, SHA256_BYTES), digits);
    CHECK(snprintf(detail, sizeof detail, "%s sha256 %s: %.*s", name, digits, SLICE_ARGS(edit->because)) < (int)sizeof detail);
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, slice_text(dead_letter_topic_symbol(letter->topic)));
    pg_add_int8(p, letter->offset);
    pg_add_bytea(p, slice_of(letter->fingerprint, DEAD_LETTER_FINGERPRINT));
    pg_add_bytea(p, bytes);
    pg_add_text(p, edit->actor);
    pg_add_text(p, edit->because);
    pg_add_text(p, slice_text(detail));
    TRY(pg_run(pg, arena,
               "WITH kept AS (UPDATE ops.dead_letter SET edited = $4, edited_by = $5, edited_at = now(), edited_because = $6"
               " WHERE topic = $1 AND partition = 0 AND letter_offset = $2 AND fingerprint = $3 AND state = 'OPEN' RETURNING topic),"
               " noted AS (INSERT INTO ledger.audit (actor, action, detail) SELECT $5, 'DLQ edit', $7 FROM kept) SELECT count(*) FROM kept",
               p, &rows));
    *ret_kept = pg_int8(&rows, 0, 0) == 1;
    return OK;
}

static struct err keep_open(struct pg *pg, struct arena *arena, const struct dead_letter_edit *edit, const struct dead_letter *letter, struct slice bytes, bool *ret_kept) {
    TRY(pg_begin(pg));
    struct err err = dead_letter_register(pg, arena, letter, 1);
    if (!failed(&err)) err = keep(pg, arena, edit, letter, bytes, ret_kept);
    if (!failed(&err)) err = pg_commit(pg);
    if (failed(&err)) pg_rollback(pg);
    return err;
}

static struct err edit_one(struct pg *pg, const char *brokers, struct arena *arena, const struct dead_letter_edit *edit, const struct dead_letter_refusal **ret_refusal) {
    const struct dead_letter *letter;
    struct slice bytes;
    bool kept = false;
    TRY(dead_letter_find(pg, brokers, arena, edit->topic, edit->offset, &letter));
    *ret_refusal = letter == NULL ? &unknown : letter->state != DEAD_LETTER_OPEN ? &closed : read_edit(arena, letter, edit->content, &bytes);
    if (*ret_refusal != NULL) return OK;
    TRY(keep_open(pg, arena, edit, letter, bytes, &kept));
    if (!kept) *ret_refusal = &closed;
    return OK;
}

struct err dead_letter_edit(struct pg *pg, const char *brokers, const struct dead_letter_edit *edit, const struct dead_letter_refusal **ret_refusal) {
    CHECK(edit->actor.size > 0 && dead_letter_because_is_sound(edit->because));
    struct arena *arena = arena_create(EDIT_BYTES_MAX);
    struct err err = edit_one(pg, brokers, arena, edit, ret_refusal);
    arena_destroy(arena);
    return err;
}
