/* The agreement between a payer and the insurer (MoU -> PKS -> SK, domain.md 4) as far as deciding, pricing and posting need it. Loaded from
 * ledger.agreement by the services that read PostgreSQL. It changes only by numbered amendments, and then never its number, id, parent, payer or source of funds: those are
 * another agreement, which renews this one. Slices belong to whoever loaded it. */
#ifndef PAYUNG_DOMAIN_AGREEMENT_H
#define PAYUNG_DOMAIN_AGREEMENT_H

#include "common/domain/application.h"

enum data_source { DATA_SOURCE_NONE = 0, DATA_SOURCE_DTSEN = 1, DATA_SOURCE_DTKS = 2 };
enum region_scope { SCOPE_PAYER = 0, SCOPE_REGENCY = 1, SCOPE_PROVINCE = 2, SCOPE_ANY = 3 };
enum billing_mode { BILLING_MONTHLY = 1, BILLING_PREPAID = 2 };              /* an invoice a month, or for billing_months at once */
enum activation { ACTIVATION_PAYMENT = 1, ACTIVATION_COMMITMENT = 2 };       /* what makes a cover ACTIVE: a settled payment, or the commitment itself */
enum { GRACE_OF_THE_LAW = -1, GRACE_MONTHS_MAX = 12, RESERVATION_DAYS = 14, RESERVATION_DAYS_MAX = 365 };

struct agreement {
    int32_t number;              /* ledger.agreement.agreement_no */
    int32_t amendment;           /* of the terms below: 0 as first put in force */
    struct slice id;
    struct slice payer_kind;     /* PEMKAB, PEMKOT, PEMPROV, CSR, MITRA_APLIKASI, MANDIRI, ... */
    struct slice payer_name;     /* for letters */
    uint32_t payer_region;       /* PPKK, or PP00 for a province, 0 when the payer has no region */
    enum funds funds;
    bool has_legal_basis;        /* at least one SK/PKS/Perbup with number and date */
    day_t period_from, period_to;
    uint32_t months;             /* how many months are bought for each person */
    month_t first_month;         /* month of period_from */
    day_t registration_date;     /* 0 = the day of the batch */
    programme_set programmes[SEGMENT_PMI + 1]; /* per segment, as written in the agreement (before the law check); 0 = segment not in it */
    rupiah pagu;                 /* budget; 0 = none stated is not allowed: agreements without a budget carry RUPIAH_INPUT_MAX */
    int64_t quota;               /* heads; -1 = no quota */
    int32_t partition_realtime, partition_bulk;
    size_t occupation_count;     /* option: only these occupation codes (E33); 0 = all */
    const struct slice *occupations;
    int min_age, age_limit;      /* 0 = not stated: the parameters of parameters.tsv (domain.md 3.2) */
    enum data_source data_source;  /* option: the person must stand in this list of the poor (E31) */
    day_t data_source_date;        /* of the list that the agreement names; 0 = the newest */
    int desil_max;                 /* option: at most this decile (E32); 0 = any */
    bool exclude_active;           /* option: who is active in another segment is not paid for (E23) */
    enum region_scope region_scope; /* option: whose residents the money is for (E30); SCOPE_PAYER = as payer_region says */
    struct slice parent;           /* id of the umbrella agreement, "" = none */
    struct slice renews;           /* id of the agreement that this one follows, "" = none */
    enum billing_mode billing;
    uint32_t billing_months;       /* months of an invoice; 1 when monthly */
    enum activation activation;
    int grace_months;              /* option: GRACE_OF_THE_LAW, or 0..GRACE_MONTHS_MAX */
    int reservation_days;          /* option: how long a promoted person's money is held */
    size_t priority_occupation_count; /* option: these occupations stand before others in the waiting list */
    const struct slice *priority_occupations;
    struct slice contact_email;    /* option: mailbox of the payer's office, for reports and notices; empty: none */
    bool batch_approval;           /* option: a list enrols nobody before a second person has let it in */
    size_t column_name_count;      /* option: other names of columns in the lists of this payer */
    const struct slice *column_names; /* "nama<TAB>nama sesuai ktp": canonical name, then theirs in lower case */
};

const char *data_source_name(enum data_source source);   /* "DTSEN", "DTKS", "" for none */
bool data_source_parse(struct slice text, enum data_source *ret_source); /* any case */
const char *region_scope_name(enum region_scope scope);  /* "REGENCY" */
const char *billing_mode_name(enum billing_mode mode);   /* "MONTHLY", "PREPAID" */
bool billing_mode_parse(struct slice text, enum billing_mode *ret_mode); /* exactly as named */
const char *activation_name(enum activation activation); /* "PAYMENT", "COMMITMENT" */
bool activation_parse(struct slice text, enum activation *ret_activation);

/* One payer may have several agreements: who is covered by one of them is E22 for the others, not E21. */
static inline bool agreement_same_payer(const struct agreement *a, const struct agreement *b) {
    return a->number == b->number ||
           (slice_equal(a->payer_kind, b->payer_kind) && slice_equal(a->payer_name, b->payer_name) && a->payer_region == b->payer_region);
}

#endif
