/* Intake's whole state: one thread, one loop, so nothing here is locked. Each file of this folder owns the part of its name and is driven by two
 * kinds of calls: HTTP handlers, and its turn in the loop (ingestion.c). Work in a turn is cut into slices of a few milliseconds, so that a
 * long list never stands before a waiting rider.
 *
 *   upload.c     POST /v1/batches: a list comes in, is checked, sealed, staged in one transaction
 *   submit.c     staged rows -> records of `submitted`; remembers where each stands (rule 8); resumes after a crash; never more under way than pace.h allows
 *   enrolment.c  POST and GET /v1/enrolments: group commit, one burst to Kafka, waiting callers answered from `decided`
 *   payment.c    POST and GET /v1/payments: into the outbox in one transaction
 *   batch.c      GET /v1/batches/{id}: how far a list has come, and its equation
 *   result.c     the same file with the answers, and the rows to be put right
 *   stored_list.c  a staged list, read back
 *   dryrun.c     what would become of a list
 *   batch_act.c  enrol, approve, cancel, check, reverse: what people decide about a list
 *   undo.c       a list that is taken back
 *   difference.c  two editions of a list
 *   receipt.c    what was received and what became of it, signed
 *   events.c     the progress of a list as it happens (SSE)
 *   agreement.c  /v1/agreements: what is in force, and proposals by two partners
 *   oauth.c      POST /v1/oauth/token: access tokens for client id and secret
 *   signature.c  requests that are signed
 *   reconcile.c  acknowledged means remembered: what the ledger has passed must have its outcome there
 *   recheck.c    what ended PENDING is submitted again when its next attempt is due
 *   rate.c       how many requests a partner may send
 *   webhook.c    /v1/webhooks: endpoints that events are sent to, and what was sent; the sending itself is services/webhook
 *   description.c  /openapi.json and /docs
 *   card.c       cards of members as PDF and PNG, and the page behind the code of a card
 *   record.c     an application as a record with its headers */
#ifndef PAYUNG_INGESTION_INTAKE_H
#define PAYUNG_INGESTION_INTAKE_H

#include "common/domain/law.h"
#include "common/domain/partner.h"
#include "common/domain/row.h"
#include "common/edge/crypto.h"
#include "common/edge/http.h"
#include "common/edge/kafka_intake.h"
#include "common/edge/pg.h"
#include "common/edge/redis.h"
#include "services/ingestion/pace.h"
#include "services/ingestion/rate.h"

enum {
    AGREEMENT_ID_MAX = 64,
    PARTNER_ID_MAX = 64,
    PARTNER_NAME_MAX = PARTNER_ID_MAX + sizeof PARTNER_PREFIX,
    AGREEMENTS_MAX = 64, /* remembered */
    PARTNERS_MAX = 64,
    PARTITIONS_MAX = 64,
    FAMILY_MAX = 16 * AGREEMENT_ID_MAX,
    COLUMN_NAMES_MAX = 8 * 1024,
    UPLOAD_PATH_MAX = 480,
    BATCH_ID_TEXT = 1 + 2 * ID_BYTES, /* "b" and 32 digits */
};

struct intake_agreement {
    char id[AGREEMENT_ID_MAX];
    int32_t number;
    day_t registration_date; /* 0: the day of the batch */
    int32_t partition_realtime, partition_bulk;
    uint32_t payer_region;
    bool batch_approval;
    char column_names[COLUMN_NAMES_MAX]; /* as in struct list */
    char family[FAMILY_MAX]; /* its id and those of the umbrellas over it: partner_scope_holds */
    int64_t read_at_us;
};

/* How the partner signs its requests (signature.h). The keys stand in clear only here, in the memory of the process. */
enum { SIGNING_KEYS_MAX = 2, SIGNING_KEY_MAX = 64 };
struct partner_signing {
    bool required, with_query;
    int32_t window_s;
    size_t key_count;
    char keys[SIGNING_KEYS_MAX][SIGNING_KEY_MAX];
};

struct intake_partner {
    char id[PARTNER_ID_MAX];
    uint8_t token_sha256[SHA256_BYTES];
    unsigned roles; /* enum partner_role */
    struct partner_scope scope;
    struct partner_signing signing;
    bool has_certificate;
    uint8_t certificate_sha256[SHA256_BYTES]; /* the client certificate that it is bound to */
    int64_t read_at_us;
};

struct intake_epoch {
    uint32_t epoch;
    int64_t first_origin;
};

enum description_part { DESCRIPTION_OPENAPI, DESCRIPTION_PAGE, DESCRIPTION_STYLE, DESCRIPTION_PARTS };
struct description {
    struct slice text; /* lives as long as the process */
    char tag[40];      /* its entity tag, with quotes */
};

struct uploads;
struct submitter;
struct enrolments;
struct dryruns;
struct undo;
struct countings;
struct differences;
struct watchers;
struct signer;

struct intake {
    struct crypto *crypto;
    struct pg *pg;      /* short statements only */
    struct pg *pg_bulk; /* staging: may be inside a transaction between turns */
    struct redis *redis;
    struct kafka_intake *kafka;
    struct schema_frame *frame; /* NULL: bare messages */
    struct http_server *http;
    struct row_tables tables;
    const struct law_table *law; /* for warnings about agreements; nothing here is decided by it */
    const char *upload_directory;
    const char *certificate_header; /* in which the proxy hands on the client certificate; "": there is no such proxy */
    struct arena *arena; /* of one handler or one slice: whoever uses it resets it at his start */
    int in_flight_max;
    int64_t queue_bytes_max;
    int rechecks_per_second, recheck_again_s;
    bool webhook_allow_private;
    int64_t signatures_forget_at_us, ranges_at_us;
    int64_t pg_not_before_us; /* PostgreSQL did not answer: background work leaves it alone until then */
    struct intake_epoch epochs[PARTITIONS_MAX];
    struct intake_agreement agreements[AGREEMENTS_MAX];
    struct intake_partner partners[PARTNERS_MAX];
    struct rates rates, token_rates; /* of requests, and of what asks for access tokens in a client's name */
    struct pace pace; /* how many rows of lists may be under way */
    struct description description[DESCRIPTION_PARTS];
    struct slice villages; /* villages.csv, for cards */
    const char *card_url;  /* what QR codes on cards lead to, without the code */
    bool can_draw;         /* the font of cards is there */
    bool stopping;
    struct uploads *uploads;
    struct submitter *submitter;
    struct enrolments *enrolments;
    struct dryruns *dryruns;
    struct undo *undo;
    struct countings *countings;
    struct differences *differences;
    struct watchers *watchers;
    struct signer *signer; /* of receipts; NULL: the key folder has no signing key */
};

/* Who asks. In `begin` the head is judged; from `end` on a partner that signs has its signature judged, too, over the collected body: so `end` must ask, whatever `begin` did, and once. The first
 * of them counts the request for the partner's rate. False: the request was answered (401, 429, 503). The partner lives as long as the intake's memory of it, which is to the end of the handler: copy what is kept. */
bool intake_authorised(struct intake *intake, struct http_request *request, const struct intake_partner **ret_partner);
/* The same for what needs a role. False: the request was answered (401, 403, 429, 503). */
bool intake_authorised_as(struct intake *intake, struct http_request *request, enum partner_role role, const struct intake_partner **ret_partner);
/* In `end`, for a body that was not collected: with its SHA-256, as it came. */
bool intake_authorised_streamed(struct intake *intake, struct http_request *request, const uint8_t body_sha256[SHA256_BYTES], const struct intake_partner **ret_partner);
/* The agreement that the partner writes into. False: the request was answered (400, 403, 404, 503). */
bool intake_agreement_find(struct intake *intake, struct http_request *request, const struct intake_partner *partner, struct slice id, struct intake_agreement *ret_agreement);
/* Is the agreement, or one that the document would put in force, within what the partner is bound to? What is not there is not; for who is bound to nothing everything is, unasked. */
MUST_USE struct err intake_in_scope(struct intake *intake, const struct intake_partner *partner, struct slice agreement_id, bool *ret_inside);
struct agreement;
MUST_USE struct err intake_document_in_scope(struct intake *intake, const struct intake_partner *partner, const struct agreement *agreement, bool *ret_inside);
MUST_USE struct err intake_epochs_read(struct intake *intake); /* from the ledger; partitions never used stay at epoch 1, origin 0 */
struct person_token intake_token(const struct intake *intake, const struct row_text *row); /* of the row's subject; zero when it is not known */
day_t intake_today(void);                                      /* in western Indonesia (UTC+7) */
/* PostgreSQL failed: told once, then left alone for a moment by background work. */
void intake_pg_failed(struct intake *intake, const char *what, const struct err *err);
bool intake_pg_allowed(const struct intake *intake);
/* The same, and the request is answered: 503, to be sent again. */
void intake_answer_unavailable(struct intake *intake, struct http_request *request, const struct err *err);
/* "partner:dinsos": as a partner is named as the source of payments and in the audit. Returns ret_name. */
const char *intake_partner_name(const char *partner_id, char ret_name[PARTNER_NAME_MAX]);
void intake_upload_path(const struct intake *intake, const char *name, char ret_path[UPLOAD_PATH_MAX]);

struct json_t;
void intake_answer_json(struct http_request *request, int status, struct json_t *document); /* takes the document, which must not be NULL */

/* record.c: one application as the value of a record, in the arena; and such bytes to `submitted`: tag != 0 is the address of a struct delivery, which is told where it stands, or that it does not. */
struct slice record_encode(struct intake *intake, const struct application *application, int32_t partition);
MUST_USE struct err record_send(struct intake *intake, struct slice bytes, struct id application_id, uint32_t attempt, struct slice agreement_id,
                                int64_t submitted_at_ms, int32_t partition, uint64_t tag);

/* What a tag points at begins with this. */
enum delivery_kind { DELIVERY_ROW = 1, DELIVERY_ENROLMENT = 2, DELIVERY_REPAIR = 3 };
struct delivery {
    enum delivery_kind kind;
};

/* upload.c */
struct uploads *uploads_open(struct intake *intake);
void uploads_close(struct uploads *uploads);
void upload_begin(void *intake, struct http_request *request);
void upload_body(void *intake, struct http_request *request, struct slice bytes);
void upload_end(void *intake, struct http_request *request);
void upload_gone(void *intake, struct http_request *request);
bool uploads_turn(struct intake *intake); /* true: more to do at once */

/* submit.c */
struct submitter *submitter_open(struct intake *intake);
void submitter_close(struct submitter *submitter);
MUST_USE struct err submitter_resume(struct intake *intake); /* finds lists that are not submitted to their end */
void submitter_rewind(struct intake *intake, int64_t batch_no, uint32_t submitted); /* the table was set back to that many rows: so is a job under way */
void submit_delivered(struct intake *intake, struct delivery *delivery, int64_t offset);
void submit_decided(struct intake *intake, int32_t partition, uint32_t epoch, int64_t origin); /* the decision on this submission came by */
bool submitter_turn(struct intake *intake);
bool submitter_idle(const struct intake *intake);

/* enrolment.c */
struct enrolments *enrolments_open(struct intake *intake);
void enrolments_close(struct enrolments *enrolments);
void enrolment_begin(void *intake, struct http_request *request);
void enrolment_end(void *intake, struct http_request *request);
void enrolment_gone(void *intake, struct http_request *request);
void enrolment_get(void *intake, struct http_request *request);
void enrolment_delivered(struct intake *intake, struct delivery *delivery, int64_t offset);
void enrolment_decided(struct intake *intake, const struct outcome *outcome);
bool enrolments_turn(struct intake *intake);
int enrolments_timeout_ms(const struct intake *intake); /* -1: none */
void enrolments_stop(struct intake *intake);            /* answers who waits */

/* $1 an application that the ledger has decided, accepted or not: the id of its agreement. */
extern const char enrolment_agreement_sql[];

/* card.c */
void card_get(void *intake, struct http_request *request);
void card_page_get(void *intake, struct http_request *request);

/* payment.c */
void payment_begin(void *intake, struct http_request *request);
void payment_end(void *intake, struct http_request *request);
void payment_get(void *intake, struct http_request *request);

/* description.c */
MUST_USE struct err description_read(struct intake *intake, struct arena *arena, const char *share);
void description_openapi_get(void *intake, struct http_request *request);
void description_page_get(void *intake, struct http_request *request);
void description_style_get(void *intake, struct http_request *request);

/* batch.c */
struct countings *countings_open(void);
void countings_close(struct countings *countings);
void batch_get(void *intake, struct http_request *request);
void batch_get_gone(void *intake, struct http_request *request);
bool countings_turn(struct intake *intake); /* true: more to do at once */

/* result.c */
void batch_result_get(void *intake, struct http_request *request);
void batch_rejected_get(void *intake, struct http_request *request);

/* batch_act.c */
void batch_enrol_end(void *intake, struct http_request *request);
void batch_approve_end(void *intake, struct http_request *request);
void batch_cancel_end(void *intake, struct http_request *request);
void batch_check_end(void *intake, struct http_request *request);
void batch_reverse_end(void *intake, struct http_request *request);

/* undo.c */
struct undo *undo_open(void);
void undo_close(struct undo *undo);
void undo_look(struct intake *intake);  /* a list is to be taken back: do not wait for the next look */
bool undo_turn(struct intake *intake);  /* true: more to do at once */

/* difference.c */
struct differences *differences_open(void);
void differences_close(struct differences *differences);
void batch_difference_get(void *intake, struct http_request *request);
void batch_difference_gone(void *intake, struct http_request *request);
bool differences_turn(struct intake *intake); /* true: more to do at once */

/* receipt.c */
void batch_receipt_get(void *intake, struct http_request *request);

/* events.c */
struct watchers *watchers_open(void);
void watchers_close(struct watchers *watchers);
void batch_events_get(void *intake, struct http_request *request);
void watchers_turn(struct intake *intake);
int watchers_timeout_ms(const struct intake *intake); /* -1: nobody watches */
void watchers_stop(struct intake *intake);            /* ends all streams */

/* agreement.c */
void agreement_propose_end(void *intake, struct http_request *request);
void agreement_get(void *intake, struct http_request *request);
void proposal_get(void *intake, struct http_request *request);
void proposal_submit_end(void *intake, struct http_request *request);
void proposal_approve_end(void *intake, struct http_request *request);
void proposal_refuse_end(void *intake, struct http_request *request);
void proposal_withdraw_end(void *intake, struct http_request *request);

/* oauth.c */
void oauth_token_end(void *intake, struct http_request *request);

/* webhook.c */
/* quote.c */
void quote_end(void *intake, struct http_request *request);

/* lists.c: page by page (page.h) */
void agreement_list_get(void *intake, struct http_request *request);
void batch_list_get(void *intake, struct http_request *request);
void enrolment_list_get(void *intake, struct http_request *request);
void payment_list_get(void *intake, struct http_request *request);

void webhook_create_end(void *intake, struct http_request *request);
void webhook_list_get(void *intake, struct http_request *request);
void webhook_get(void *intake, struct http_request *request);
void webhook_delete_end(void *intake, struct http_request *request);
void webhook_rotate_end(void *intake, struct http_request *request);
void webhook_enable_end(void *intake, struct http_request *request);
void webhook_deliveries_get(void *intake, struct http_request *request);
void webhook_delivery_get(void *intake, struct http_request *request);
void webhook_resend_end(void *intake, struct http_request *request);

/* reconcile.c */
void reconcile_turn(struct intake *intake);
void reconcile_ranges_turn(struct intake *intake); /* rows of lists, a few ranges at a time: often while there is something to check */
void reconcile_delivered(struct intake *intake, struct delivery *delivery, int64_t offset);

/* recheck.c */
void recheck_turn(struct intake *intake); /* once a second */

#endif
