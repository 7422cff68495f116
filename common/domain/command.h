/* What moves the books besides enrolments, as it travels: commands of operators and of the ledger itself (archive, for replays), payments, and changes of a person's cover.
 * One struct per topic of house.md, rule 11. Plain structs; slices point into the arena of the batch. */
#ifndef PAYUNG_DOMAIN_COMMAND_H
#define PAYUNG_DOMAIN_COMMAND_H

#include "common/domain/application.h"

enum command_kind {
    COMMAND_NONE = 0,
    COMMAND_AGREEMENT = 1,  /* document: put in force, or an amendment */
    COMMAND_INVOICE = 2,    /* agreement, month, months */
    COMMAND_PAYMENT = 3,    /* booked: source and external_id, or suspended; the content stands in payment.received */
    COMMAND_RUN = 4,        /* the monthly run of one agreement at the business date: states, ends, expired reservations */
    COMMAND_MUTATION = 5,   /* one person leaves: application_id, attempt, reason, day */
    COMMAND_PROMOTION = 6,  /* the waiting list of one agreement is served at the business date */
    COMMAND_ASSIGN = 7,     /* suspense_no to an agreement */
    COMMAND_RETURN = 8,     /* suspense_no back to the bank */
    COMMAND_DISMISS = 9,    /* suspense_no is no payment */
    COMMAND_REVERSAL = 10,  /* journal of an agreement, reason */
    COMMAND_CLOSE = 11,     /* period of an agreement up to `day` */
    COMMAND_CARRY = 12,     /* waiting list of `agreement_id` to `text` (its renewal) */
    COMMAND_RENEW = 13,     /* everybody enrolled in `agreement_id` is asked again under `text` */
    COMMAND_KINDS
};
const char *command_kind_name(enum command_kind kind); /* "AGREEMENT"; "?" */

/* Flat on purpose: a command uses the members that its kind names above; the others are zero. */
struct ledger_command {
    struct lineage lineage;      /* of the archive topic; given by the relay */
    enum command_kind kind;
    int64_t commit_sequence, moment_ms;
    day_t business_date;
    struct slice actor, approved_by;
    struct slice agreement_id;
    struct id application_id;
    uint32_t attempt;
    month_t month;
    uint32_t months;
    day_t day;
    struct slice reason, text;   /* text: document, note, another agreement's id */
    struct slice source, external_id;
    int64_t number;              /* journal or suspense number */
};

enum { PAYMENT_TEXT_MAX = 255 /* of each text of a payment but raw */, PAYMENT_RAW_MAX = 2000 };

struct payment_received {
    struct lineage lineage;
    struct id payment_id;        /* derived from source, external_id and content: the event */
    struct slice source;         /* account of a statement, or partner: with external_id unique */
    struct slice external_id;
    struct slice reference;      /* invoice number or billing code as the ledger writes it; empty: none was found */
    struct slice bank;           /* whose cash account it is: "BANK-BENGKULU" */
    bool amount_is_readable;     /* false: amount is 0 */
    rupiah amount;               /* may be negative as it came: the ledger parks it */
    struct slice currency;       /* "IDR" */
    day_t received_on;
    struct slice problem;        /* what intake could not read (LINE_DAMAGED, AMOUNT_RANGE, ...); "" = it is a payment */
    struct slice raw;            /* where it stands (line and file), never what stands there: that may name persons */
    uint8_t content_sha256[32];
    int64_t received_at_ms;
};

/* A person's cover entered a new state (ledger.line of kind STATE). */
struct coverage_changed {
    struct lineage lineage;
    struct id event_id;          /* derived from agreement, journal and position */
    struct slice agreement_id, payer_name;
    struct id application_id;
    uint32_t attempt;
    int64_t place;
    int32_t state;               /* enum enrolment_state */
    day_t day;                   /* from which it holds */
    month_t paid_to, end_month;
    uint32_t unpaid_months;      /* GRACE: months of the past and the running one that are not paid, on the business date; 0 otherwise */
    day_t lapse_day;             /* GRACE: the day on which the cover is over if nothing is paid, by lapse or by its end; 0 otherwise, or not told */
    struct slice reason;
    rupiah monthly_amount;       /* what a month costs this person, for "continue on your own" */
    struct slice message_due;    /* template; "" = nobody is told */
    int64_t commit_sequence;
    int64_t changed_at_ms;
    struct slice sealed_person, seal_key_id; /* empty: forgotten, or nobody is told */
    uint32_t ktp_region, ktp_village; /* PPKKCC, for the time zone; and VVVV, for letters on paper */
};

#endif
