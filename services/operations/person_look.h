/* Shows one person to one operator who says why. Everywhere else in the console and the command line persons stay sealed; this is the door for the case that a family asks and only a number is known.
 * The look stands in ledger.audit ("PERSON look", who, which application, why) before anything is opened: what can't be noted is not shown.
 *
 * The seal is taken from the registry of who is enrolled; of who was never enrolled (refused, waiting) from the record of `submitted`, as long as Kafka keeps it. Who was enrolled and forgotten is
 * nobody. Errors: those of pg.h and kafka_peek.h; FATAL when a record can't be read or its key is not there. */
#ifndef PAYUNG_OPERATIONS_PERSON_LOOK_H
#define PAYUNG_OPERATIONS_PERSON_LOOK_H

#include "common/edge/crypto.h"
#include "common/edge/pg.h"

enum person_answer { PERSON_SHOWN, PERSON_UNKNOWN /* no such application */, PERSON_GONE /* forgotten, or not kept any more */ };

struct person_look {
    struct id application_id;
    struct slice actor, because; /* because is sound (dead_letter_judge.h) */
};
/* ret_person in the arena, which the caller wipes or throws away soon. Of PERSON_SHOWN only. */
MUST_USE struct err person_look(struct pg *pg, const char *brokers, const struct crypto *crypto, struct arena *arena, const struct person_look *look, struct person *ret_person,
                                enum person_answer *ret_answer);

#endif
