/* The nouns that travel through the pipeline: lineage, application, verdict, premium, outcome. Plain structs without pointers to
 * foreign things; slices point into the arena of the batch. The wire layer (common/wire) turns them into protobuf and back; stages
 * work on these structs only.
 *
 * One application = one person asked for under one agreement. application_id is derived by intake from the content (agreement, row
 * without its number, occurrence; or partner and Idempotency-Key), keyed with the pepper: the same row always has the same id, so a
 * second submission is recognised by the ledger as a repeat of (application, attempt). */
#ifndef PAYUNG_DOMAIN_APPLICATION_H
#define PAYUNG_DOMAIN_APPLICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/slice.h"
#include "common/domain/calendar.h"
#include "common/domain/codes.h"
#include "common/domain/programme.h"
#include "common/domain/rupiah.h"

enum { ID_BYTES = 16, TOKEN_BYTES = 16, DESIL_MAX = 10 };

struct id { /* application, event: 16 bytes, printed as 32 lower-case hexadecimal digits */
    uint8_t bytes[ID_BYTES];
};

struct person_token { /* HMAC-SHA256(NIK, pepper), first 16 bytes; all zero when the row has no NIK text at all */
    uint8_t bytes[TOKEN_BYTES];
};

/* Where a record stands in the lineage (house.md, "Exactly once by lineage"). In `submitted` only epoch and first_origin are written in
 * the record; origin is its offset there and is filled by the reader. */
struct lineage {
    uint32_t epoch;        /* >= 1 */
    int64_t first_origin;  /* origin at which this epoch began in this partition */
    int64_t origin;
};

/* What only one segment's rules and tariff need. All zero in the other segments. */
struct pu_terms {
    rupiah wage;                  /* of a month */
    int32_t risk_class;           /* 1 very low ... 5 very high (PP 82/2019 Lampiran I); 0 not given */
    enum employer_size employer_size;
    bool labour_intensive;        /* padat karya with at least 50 workers: R-2025-PK */
    struct slice employer_number; /* NPP */
};

/* One construction project. With the basis CONTRACT it is priced once, whole; with WAGES by the month, on the wages of the row. */
struct jakon_terms {
    enum jakon_basis basis;
    struct slice project_number;
    struct slice spk_number;      /* the order to start work */
    day_t spk_date, from, to;     /* 0 = not given */
    uint32_t workers;
    rupiah contract_net;          /* without PPN; 0: contract_gross is given instead */
    rupiah contract_gross;        /* with PPN at vat_ppm */
    int64_t vat_ppm;              /* 0 = not given: the parameter vat_ppm */
    rupiah wages;                 /* of a month */
};

/* One migrant worker. application.months are the months of the work contract; the package is priced once, JHT by the month. */
struct pmi_terms {
    enum pmi_route route;
    rupiah jht_monthly;           /* 0 = no JHT; only values of the tariff */
    struct slice placement_company; /* id of the P3MI */
    struct slice country;
};

struct application {
    struct id application_id;
    uint32_t attempt;             /* 1, 2, ... (rule 7) */
    struct slice agreement_id;    /* "kepahiang-2025" */
    struct slice batch_id;        /* empty for a single enrolment */
    uint32_t row;                 /* data row in the list, 1-based; 0 for a single enrolment */
    uint32_t first_row;           /* row of the same NIK met earlier in the list (E20), else 0 */
    day_t registration_date;      /* ages, law and basis use it, never the clock */
    enum segment segment;
    struct person_token person;   /* whom the cover is kept for: the person; in JAKON the project (see row_subject in row.h) */
    day_t birth_date;             /* 0 when missing or unreadable */
    enum sex sex;
    uint32_t ktp_region;          /* PPKKCC of the KTP address, e.g. 170804; PPKK00 when only the regency is known; 0 missing */
    uint32_t ktp_village;         /* VVVV or 0 */
    struct slice occupation;      /* code of occupations.tsv, "" when missing */
    enum sector sector;           /* of that occupation */
    bool is_employer;             /* BPU who employs others: JHT is mandatory */
    rupiah income;                /* BPU: declared monthly income; 0 = not given (band row 1) */
    struct pu_terms pu;
    struct jakon_terms jakon;
    struct pmi_terms pmi;
    programme_set programmes;     /* asked for by the person; 0 = the agreement's set */
    month_t start_month;          /* 0 = the agreement's first month */
    uint32_t months;              /* 0 = the agreement's months */
    int desil;                    /* 1..10 as the payer's list says it; 0 = it says nothing. Only ranks who waits: the law asks the facts */
    struct code_set findings;     /* of the pure checks that intake ran: E01-E06, E80, E81, W03-W20 */
    struct slice sealed_person;   /* ciphertext of struct person (common/edge/crypto.h) */
    struct slice seal_key_id;
    int64_t submitted_at_ms;
    struct slice traceparent_id;  /* W3C trace id, 16 bytes; travels in the header `traceparent`, not in the message */
};

enum verdict_status { VERDICT_NONE = 0, VERDICT_ELIGIBLE = 1, VERDICT_REJECTED = 2, VERDICT_PENDING = 3, VERDICT_PARKED = 4 };

/* What eligibility decided, with the terms that later stages need (resolved from the agreement). */
struct verdict {
    enum verdict_status status;
    struct code_set codes;     /* refusals and waits of the group that decided */
    struct code_set warnings;
    programme_set programmes;  /* to be billed, after the law check, or, when PENDING, to be billed if the answer is good: a place in the budget may be held for it.
                                  0 in the other states; in a PENDING record of an older edition too */
    month_t start_month;
    uint32_t months;
    enum funds funds;
    int desil;                 /* 1..10: the rank in the waiting list; 0 = not known. Of the list of the poor when it was asked (decide.h), else of the application */
};

enum { PREMIUM_LINES_MAX = 64 };

/* One line per charge, share and run of contribution months with the same amount; or a charge for the whole time (once). */
struct premium_line {
    enum charge charge;
    enum payer_share share;
    bool once;               /* one amount for the whole cover (a contract, a package): months is 1, from its first month */
    month_t from;
    uint32_t months;
    rupiah base;
    int64_t rate_ppm;        /* 0 for a fixed amount */
    rupiah normal;           /* per month, before relief */
    rupiah amount;           /* per month, to be paid */
    struct slice tariff_row; /* id of the dated row, e.g. "BPU-JKK-2015/01" */
    struct slice regulation; /* "PP 44/2015 Lampiran II" */
    struct slice relief;     /* id of the relief row or "" */
};

struct premium {
    size_t line_count;
    struct premium_line *lines;
    rupiah by_charge[CHARGE_COUNT]; /* all months; what is billed: JKP stays 0 although it may have lines */
    rupiah total;
    struct code_set warnings;       /* W51; the premium stage adds them to the verdict's. Not on the wire by themselves */
};

enum outcome_status {
    OUTCOME_NONE = 0,
    OUTCOME_ACCEPTED = 1,
    OUTCOME_WAITLISTED = 2,
    OUTCOME_REJECTED = 3,
    OUTCOME_DUPLICATE = 4, /* E22: already covered by this payer; nothing charged, nobody told */
    OUTCOME_PENDING = 5,
    OUTCOME_PARKED = 6
};
/* Who is refused only because the same payer covers the person already is no refusal, but a duplicate. */
enum outcome_status outcome_of_refusal(struct code_set codes);
const char *outcome_name(enum outcome_status status); /* "accepted" */

/* The ledger's final word on one application and attempt; never changes. */
struct outcome {
    struct id application_id; /* all zero when parked without a readable application */
    uint32_t attempt;
    struct slice agreement_id;
    struct slice batch_id;
    uint32_t row;
    enum outcome_status status;
    struct code_set codes;
    struct code_set warnings;
    programme_set programmes;
    month_t start_month;
    uint32_t months;
    rupiah amount;             /* committed for this person; 0 unless accepted */
    uint32_t rank;             /* place in the waiting list, 1-based; 0 unless waitlisted */
    int64_t commit_sequence;   /* of the ledger transaction */
    bool repeat;               /* a second submission of the same (application, attempt): effects ignore it */
    day_t registration_date;
    struct slice payer_name;   /* as letters show it: "Pemkab Kepahiang" */
    int32_t budget_year;       /* tahun anggaran, for the waiting list */
    struct slice sealed_person;
    struct slice seal_key_id;
    int64_t decided_at_ms;
    int64_t posted_sequence;   /* of the transaction that booked this very record, repeat or not, */
    uint32_t posted_position;  /* its place in it, */
    int64_t posted_at_ms;      /* and its moment: what a replay orders by. commit_sequence and decided_at_ms are those of the outcome that stands */
    uint32_t ktp_region, ktp_village; /* PPKKCC and VVVV of the person, for letters on paper; 0 not known */
};

/* One struct per topic; those beside the enrolment path: command.h. */
struct submitted { struct lineage lineage; struct application application; };
struct assessed  { struct lineage lineage; struct application application; struct verdict verdict; };
struct priced    { struct lineage lineage; struct application application; struct verdict verdict; struct premium premium; };
struct decided   { struct lineage lineage; struct outcome outcome; };

static inline bool id_is_zero(struct id id) {
    for (int i = 0; i < ID_BYTES; i++)
        if (id.bytes[i] != 0) return false;
    return true;
}
static inline bool person_is_nobody(struct person_token person) {
    static const struct person_token nobody;
    return memcmp(person.bytes, nobody.bytes, TOKEN_BYTES) == 0;
}
/* Where the rows of one person stand among rows that begin with a struct person_token and stand by it, ascending. */
struct person_run {
    size_t first, count;
};
struct person_run person_run_of(const void *rows, size_t count, size_t row_bytes, struct person_token person);
void id_format(struct id id, char ret_text[2 * ID_BYTES + 1]);
bool id_parse(struct slice text, struct id *ret_id);

#endif
