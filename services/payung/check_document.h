/* The facts document of `payung check`: one person, the agreement that would pay and what other offices know, as JSON that an official can write by hand. Reading it is all that
 * happens here; what it means is check_case's business. Absent (null, or a blank text) means: not known, or not asked. Flags may be 1 and 0,
 * numbers may be texts of digits.
 *
 *   registration_date  YYYY-MM-DD; absent: today           segment        BPU, PU, JAKON, PMI
 *   nik, name, birth_date, sex (L, P), phone, occupation (code or name), ktp_region ("17.08.04"): as people typed them
 *   programmes         ["JKK","JKM"] or "JKK+JKM"           employer_size  MICRO, SMALL, MEDIUM, LARGE
 *   is_employer        true, false                          income, wage   rupiah, number or text
 *   months, start_month (YYYY-MM)                           parameters     {"age_limit_old": 60}
 *   agreement          {payer: APBN|APBD|SWASTA|PRIBADI, region: "17.08", period: [from, to] (days or months), requires_dtsen, desil_max, occupations: [code, name or group],
 *                       exclude_active, legal_basis, programmes, min_age, age_limit, region_scope: PAYER|REGENCY|PROVINCE|ANY, quota_left, budget_left}
 *   facts              {dukcapil: ALIVE|DECEASED|NOT_FOUND|NO_ANSWER, dukcapil_region, dtsen and civil_servant: true|false|"NO_ANSWER", desil: 1..10,
 *                       active: [{segment, programme(s), payer: region code, PEMKAB|PEMKOT|PEMPROV (the document's own) or source of funds, from, to,
 *                       status: ACTIVE|GRACE|LAPSED|ENDED|REGISTERED}]}
 *
 * A member that is not one of these, or a value that can't be one, is refused with its JSON pointer ("/agreement/payer"); no value is ever quoted. What the person's own
 * fields hold is not judged here but by the checks of intake (E01 ... E81). Slices live in the arena. */
#ifndef PAYUNG_CHECK_DOCUMENT_H
#define PAYUNG_CHECK_DOCUMENT_H

#include "common/base/arena.h"
#include "common/domain/row.h"
#include "services/eligibility/decide.h"

enum { CHECK_BYTES_MAX = 1024 * 1024, CHECK_COVERS_MAX = 256, CHECK_OCCUPATIONS_MAX = 256, CHECK_POINTER_MAX = 96, CHECK_ASSIGNMENTS_MAX = 512 };

struct check_cover {
    enum segment segment;      /* NONE: that of the person */
    programme_set programmes;  /* 0: all */
    struct slice payer;
    month_t from, to;          /* 0: open */
    enum cover_status status;
};

struct check_agreement {
    bool given;
    enum funds payer;          /* NONE: not said */
    uint32_t region;           /* PPKK or PP00; 0 not said */
    day_t from, to;            /* 0: open */
    bool requires_dtsen, exclude_active, no_legal_basis;
    int desil_max, min_age, age_limit;
    enum region_scope scope;
    programme_set programmes;  /* 0: all that the law opens */
    const struct slice *occupations;
    size_t occupation_count;
    bool quota_is_used_up, budget_is_used_up; /* quota_left, budget_left given and 0 */
};

struct check_document {
    day_t registration_date;   /* 0: not said */
    struct row_text row;       /* segment, the person, income, wage, as a list would have them */
    programme_set programmes;  /* 0: not said */
    enum employer_size employer_size;
    bool is_employer;
    month_t start_month;       /* 0: not said */
    uint32_t months;           /* 0: not said */
    struct check_agreement agreement;
    enum dukcapil_answer dukcapil;
    uint32_t dukcapil_region;  /* PPKKCC, 0 not said */
    enum fact dtsen, civil_servant;
    int desil;
    const struct check_cover *covers;
    size_t cover_count;
    char assignments[CHECK_ASSIGNMENTS_MAX]; /* "name=value,..." or "" */
};

struct check_problem {
    char pointer[CHECK_POINTER_MAX]; /* "" = the whole document */
    const char *problem;
};

/* On failure ret_document is untouched. */
bool check_document_read(struct slice json, struct arena *arena, struct check_document *ret_document, struct check_problem *ret_problem);

#endif
