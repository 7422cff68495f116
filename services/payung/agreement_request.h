/* What a call of `payung agreement` asks for, and what its verbs share: the document in a file, and who stands behind the command. */
#ifndef PAYUNG_AGREEMENT_REQUEST_H
#define PAYUNG_AGREEMENT_REQUEST_H

#include <stdbool.h>

#include "common/edge/pg.h"
#include "services/ledger/agreement_document.h"
#include "services/payung/law_tables.h"

struct agreement_request {
    const char *word; /* file, agreement or proposal; NULL when the verb takes none */
    const char *as, *date, *note; /* NULL: not given */
    const char *url;
    bool yes, draft, json;
};

/* EXIT_OK, or it has been told why: unreadable, wrong, or an occupation that nobody has. */
int agreement_read_file(const struct agreement_request *request, const struct law_tables *tables, struct arena *arena, struct agreement_document *ret_document);
/* An error of the database, told. */
int agreement_failure(const struct agreement_request *request, const struct err *err);
/* A document that was judged and refused, told. */
int agreement_refused(const struct agreement_request *request, const struct document_problem *problem);

/* agreement_propose.c: the verbs of two persons. Each returns an exit code. */
int agreement_propose(const struct agreement_request *request, const struct law_tables *tables, struct arena *arena);
int agreement_decide(const struct agreement_request *request, const struct law_tables *tables, struct arena *arena, const char *verb);
int agreement_proposals(const struct agreement_request *request, struct arena *arena);

#endif
