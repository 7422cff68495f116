/* Hands numbered rows of the outbox to the broker and remembers which ones it has. Everything is driven from one loop: watch sender_fd, call sender_turn.
 *
 *   while (sender_room(sender) > 0) ... sender_send(sender, arena, &row) ...     in order of the sequence of each topic and partition
 *   count = sender_delivered(sender, &numbers);  outbox_mark(...);  sender_marked(sender);
 *   if (sender_failed(sender)) ...                 something was not delivered, or was not taken: nothing more is taken until sender_waiting is 0 and
 *                                                  sender_resume was called; then all that is not marked is to be sent again, in order
 *
 * So a record never overtakes another one of its topic: after one that failed comes nothing but the same rows again. */
#ifndef PAYUNG_RELAY_SENDER_H
#define PAYUNG_RELAY_SENDER_H

#include "services/relay/outbox.h"

struct sender;
struct schema_frame;

/* frame: as in kafka_intake.h. AGAIN while the brokers do not answer or a topic is missing. in_flight_max: rows sent and not marked yet. */
MUST_USE struct err sender_open(const char *brokers, struct schema_frame *frame, size_t in_flight_max, struct sender **ret_sender);
/* In two halves, so that what the last flush delivered can still be marked: the first one waits for deliveries for up to 5 s. NULL is allowed in both. */
void sender_finish(struct sender *sender);
void sender_close(struct sender *sender);

int sender_fd(const struct sender *sender);
void sender_turn(struct sender *sender);
bool sender_reachable(const struct sender *sender); /* false from "all brokers down" until one answers */
size_t sender_room(const struct sender *sender);    /* rows that may be sent now; 0 after a failure */
size_t sender_waiting(const struct sender *sender); /* with the broker, not confirmed */
bool sender_failed(const struct sender *sender);
void sender_resume(struct sender *sender);          /* CHECKs that nothing waits */

/* The arena is only used while it is called. PARK when the row is no record (see envelope.h): it was not taken. Any trouble with the broker is told by sender_failed. */
MUST_USE struct err sender_send(struct sender *sender, struct arena *arena, const struct outbox_row *row);
/* outbox_no of the rows that the broker has confirmed since the last sender_marked. */
size_t sender_delivered(const struct sender *sender, const int64_t **ret_numbers);
void sender_marked(struct sender *sender);

#endif
