/* What the files of the console share. Internal to the service. */
#ifndef PAYUNG_CONSOLE_CONSOLE_H
#define PAYUNG_CONSOLE_CONSOLE_H

#include "common/domain/law.h"
#include "common/domain/region.h"
#include "common/edge/crypto.h"
#include "common/edge/health.h"
#include "common/edge/http.h"
#include "common/edge/pg.h"
#include "services/console/history.h"
#include "services/console/observer.h"
#include "services/console/stream.h"
#include "services/console/watch.h"
#include "services/ingestion/rate.h"

enum { CONSOLE_PARTS = 48 /* files of the page, at most */ };

/* An answer that is kept for a moment. */
struct kept {
    char *text; /* NULL: none */
    int64_t until_us;
};

struct console {
    struct pg *pg;
    struct http_server *http;
    struct health *health;
    struct arena *tables, *arena; /* the latter is emptied by each request */
    struct slice texts[CONSOLE_PARTS];
    struct kept lag, letters;
    struct observer observer;
    struct history history;
    int64_t kafka_due_us; /* Kafka did not answer: it is left alone until then */
    struct streams *streams;
    struct watches *watches;
    uint32_t attempts; /* failures of PostgreSQL one after the other */
    int64_t pg_due_us, books_due_us;
    char trouble[ERR_TEXT_MAX];
    struct crypto *crypto;          /* NULL: without PAYUNG_KEYS nobody's seal is opened */
    struct region_table regions;
    struct law_table law;           /* what the law says about a proposal */
    struct rates sign_ins;          /* a look at a password costs tens of milliseconds, of everybody */
};

/* Every answer bears the policy of the page. */
void console_answer(struct http_request *request, int status, struct slice json);
/* {"error":CODE} */
void console_refuse(struct http_request *request, int status, const char *code);
/* While PostgreSQL is away it is left alone between tries, and everybody is told so at once. False: the request was answered. */
bool console_may_ask(struct console *console, struct http_request *request);
/* After something that PostgreSQL (or Kafka) was asked: true when it answered; else the request was answered. */
bool console_told(struct console *console, struct http_request *request, const struct err *err);
/* Answers with a document and gives it back. */
struct json_t;
void console_answer_json(struct http_request *request, int status, struct json_t *document);

#endif
