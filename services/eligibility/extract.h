/* Extracts: what other offices handed over as files (schema facts), and what they say about one applicant. Pure: the rows of a batch's persons come in, facts
 * for decide() come out. Loaded by `payung facts load`.
 *
 * An extract speaks for a region (or the whole country) and a day. Who stands in one is known wherever he lives; who is missing is known to be missing only where an
 * extract covers his KTP region:
 *
 *   list of the poor   asked when the agreement names one (data_source) or a decile (desil_max: then DTSEN). Among the extracts of that source (and of the day that the
 *                      agreement names, if it names one) the newest that covers the region answers YES or NO; where none covers it, presence in any is YES, else NO_ANSWER.
 *   civil servants     presence in any is YES; missing is NO where one covers the region, else NOT_ASKED.
 *   active covers      every row of the person is a cover with agreement_no 0.
 *   population         presence in any is ALIVE or DECEASED with the region of the KTP; missing is NOT_FOUND where an extract covers the region and says that it is
 *                      complete, else NOT_ASKED: a partial list must refuse nobody. Used only where no Dukcapil service is set up.
 *
 * A Jakon application is about a project, not about a person: extracts say nothing about it. */
#ifndef PAYUNG_ELIGIBILITY_EXTRACT_H
#define PAYUNG_ELIGIBILITY_EXTRACT_H

#include "common/base/arena.h"
#include "services/eligibility/decide.h"

enum extract_kind { EXTRACT_NONE = 0, EXTRACT_DTSEN = 1, EXTRACT_CIVIL_SERVANT = 2, EXTRACT_ACTIVE_COVER = 3, EXTRACT_POPULATION = 4, EXTRACT_KIND_COUNT = 5 };
enum { EXTRACT_PAYER_MAX = 100, REGION_FIRST = 110000 /* Aceh: no code is less */ };

struct extract {
    int32_t id;
    enum extract_kind kind;
    enum data_source source; /* of EXTRACT_DTSEN */
    uint32_t region;         /* PP0000, PPKK00, PPKKCC; 0 = the whole country */
    day_t as_of;
    bool complete;
};

/* One person in one extract; fields of other kinds are 0. */
struct extract_row {
    struct person_token person;
    enum extract_kind kind;
    int32_t extract;
    int desil;                 /* EXTRACT_DTSEN: 1..10, 0 not told */
    enum segment segment;      /* EXTRACT_ACTIVE_COVER ... */
    programme_set programmes;
    month_t from, to;
    enum cover_status status;
    struct slice payer;
    bool deceased;             /* EXTRACT_POPULATION ... */
    uint32_t ktp_region;
};
_Static_assert(offsetof(struct extract_row, person) == 0, "found by person_run_of");

struct extract_facts {
    const struct extract *extracts; /* in force */
    size_t extract_count;
    const struct extract_row *rows; /* by person, ascending bytes */
    size_t row_count;
};

const char *extract_kind_name(enum extract_kind kind); /* "dtsen", "civil-servant", "active-cover", "population" */
bool extract_kind_parse(struct slice text, enum extract_kind *ret_kind); /* also with '_' */
bool extract_covers(uint32_t extract_region, uint32_t ktp_region);

/* Is the payer that an extract names the one of this agreement? A region code is compared with the payer's region, other words with its kind, its name and the source
 * of its funds. */
bool extract_same_payer(const struct agreement *agreement, struct slice payer);

/* Fills dtsen, desil, civil_servant; dukcapil and dukcapil_region only when with_population. agreement may be NULL. ktp_region is the row's, or what Dukcapil said. */
void extract_judge(const struct extract_facts *facts, const struct application *application, const struct agreement *agreement, uint32_t ktp_region, bool with_population,
                   struct eligibility_facts *known);

/* At most this many covers, and the covers themselves. */
size_t extract_cover_count(const struct extract_facts *facts, const struct application *application);
size_t extract_covers_of(const struct extract_facts *facts, const struct application *application, const struct agreement *agreement, struct active_cover *ret_covers);

#endif
