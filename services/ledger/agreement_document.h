/* The agreement as a document: the JSON that a payer's operator writes and `payung agreement apply` reads.
 *
 *   {"id","name","payer":{"kind","region","funds","name"?},"legal_basis":[{"kind","number","date"}],"period":{"from","to"},"months"?,"registration_date"?,
 *    "segments":{"BPU":{"programmes":["JKK","JKM"]}},"pagu"?,"quota"?,"parent"?,"renews"?,"billing":{"mode":"MONTHLY"|"PREPAID","months"?}?,
 *    "options":{"data_source":{"kind":"DTSEN"|"DTKS","date"?}?,"requires_dtsen":true?,"desil_max"?,"exclude_active"?,"region_scope"?,"occupations"?,"min_age"?,"age_limit"?,
 *               "activate_on":"PAYMENT"|"COMMITMENT"?,"grace_months"?,"reservation_days"?,"priority_occupations"?,"batch_approval"?,"columns":{"Nama sesuai KTP":"nama"}?,"contact_email"?}?}
 *
 * Reading is strict: an unknown or doubled member, a wrong type or a value out of its bounds is an error that names the member and the remedy. months: default the
 * months of the period. pagu: must be given for public funds (APBN, APBD); default 10^14 for others. payer.name: as letters show it; when it is missing it is made from
 * kind and region ("Pemkab Kepahiang") with the region list, else it must be given. Offices of one government are different payers by their names: what one of them covers is
 * E21 for the other, not E22 (agreement_same_payer).
 *
 * Options: data_source, the list of the poor in which people must stand (date: that list, else the newest); requires_dtsen: true is short for {"kind":"DTSEN"}. desil_max 1..10.
 * exclude_active: who is active in another segment is not paid for. region_scope REGENCY, PROVINCE or ANY: whose residents the money is for; not stated: as payer.region says.
 * min_age and age_limit: not stated they are 0, which means the parameters of the law. JKP is no programme of an agreement: it comes with the membership and is never billed.
 * activate_on: what makes a cover ACTIVE, by itself PAYMENT. grace_months 0..12, by itself as the law says. reservation_days 1..365: how long the money of somebody who was
 * promoted from the waiting list is held, by itself 14. priority_occupations: who of these waits stands before others. batch_approval: a list enrols nobody before another
 * partner than its sender has let it in. columns: what this payer's offices call the columns of their lists, beside the synonyms that everybody has (common/domain/synonym.h).
 * contact_email: the mailbox of the payer's office, which gets the daily report and the notices of this agreement (services/notification/sponsor.h); not stated: nobody does.
 *
 * billing: MONTHLY (by itself) is an invoice a month; PREPAID one for `months` at once, by itself all months of a person.
 *
 * parent: the id of the umbrella agreement that this one is a part of (MoU -> PKS -> SK); renews: of the one that this one follows. What must hold between them is judged when it is
 * applied (agreement_apply.h).
 *
 * Two documents are the same when their canonical text is: members sorted, no white space. */
#ifndef PAYUNG_LEDGER_AGREEMENT_DOCUMENT_H
#define PAYUNG_LEDGER_AGREEMENT_DOCUMENT_H

#include "common/base/arena.h"
#include "common/domain/agreement.h"
#include "common/domain/law.h"
#include "common/domain/occupation.h"
#include "common/domain/region.h"

/* A document travels whole in one record of the ledger's archive. */
enum { DOCUMENT_BYTES_MAX = 48 * 1024, DOCUMENT_PROBLEM_MAX = 240, DOCUMENT_REMEDY_MAX = 160, DOCUMENT_OCCUPATIONS_MAX = 512, DOCUMENT_COLUMNS_MAX = 64, DOCUMENT_COLUMN_BYTES_MAX = 63, DOCUMENT_MAILBOX_BYTES_MAX = 120 };
enum { REPLACES_ANY = -2, REPLACES_NONE = -1 };

struct agreement_document {
    struct agreement agreement; /* number and partitions are given by the ledger */
    struct slice name;
    struct slice canonical;     /* text of the whole document */
    int32_t replaces;           /* the amendment that its writer has seen in force (agreement_apply.h): REPLACES_ANY as read, REPLACES_NONE: there was no such agreement */
    programme_set closed[SEGMENT_PMI + 1]; /* by agreement_closed_by_law */
};

struct document_problem {
    char member[64];  /* "payer.region"; "" for the whole document */
    char problem[DOCUMENT_PROBLEM_MAX];
    char remedy[DOCUMENT_REMEDY_MAX];
};

/* regions and law may be NULL: then names are not made and nothing counts as closed. Everything in ret_document lives in the arena. */
bool agreement_document_read(struct arena *arena, struct slice json, const struct region_table *regions, const struct law_table *law,
                             struct agreement_document *ret_document, struct document_problem *ret_problem);

/* Programmes of the agreement that the law does not open to the segment in all months of the period: CFG_LAW_CONFLICT, each person gets W50, never billed (domain.md 3.3). */
void agreement_closed_by_law(const struct agreement *agreement, const struct law_table *law, programme_set ret_closed[SEGMENT_PMI + 1]);

/* The document as it would be with the period ending on `day` (its months and billing months cut to what is left); bytes NULL when it is no JSON or `day` is before its first
 * month. For `payung agreement end`. */
struct slice agreement_document_ending(struct arena *arena, struct slice canonical, day_t day);

/* False: an occupation code that stands in no table, which would fit nobody; *ret_problem names it. */
bool agreement_occupations_known(const struct agreement *agreement, const struct occupation_table *occupations, struct document_problem *ret_problem);

/* What differs between two canonical texts, by top-level member, as lines "  pagu: 400000000 -> 500000000"; a text in the arena. */
const char *agreement_document_difference(struct arena *arena, struct slice old_canonical, struct slice new_canonical);
/* The canonical text of any JSON text (jsonb out of the database); bytes NULL when it is no JSON. */
struct slice agreement_document_canonical(struct arena *arena, struct slice json);

#endif
