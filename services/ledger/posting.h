/* Posting: from priced applications to outcomes, covers and balanced journals. Pure: everything it knows was loaded under the locks of one transaction
 * by book.c, everything it decides is written back by book_save.c in the same transaction; the same facts and items give the same rows.
 *
 *   posting = posting_start(arena, items_max, sequence, moment_ms)
 *   posting_add_account / posting_add_cover / posting_add_waiting / posting_add_stored     the facts, in any order
 *   posting_decide(posting, &question, &decided)                     for each item, in order: the order decides who is in and who waits
 *   posting->rows, lines, enrolments, waits; posting_covers()        what is to be written
 *
 * Rules (house.md, issue of the main job): an outcome is unique by (application, attempt): a second submission repeats the first one's outcome, flagged, and
 * charges nothing. A list is served as a strict prefix: once one of an agreement waits without a reservation, all newcomers wait behind (Q61 money, Q60 heads). Who is being
 * decided anew holds a reservation: promoted from the waiting list, or PENDING with a price; it becomes a commitment when the person is accepted, is given back when not, and
 * who does not fit into it any more waits on at the old place. One person has one cover
 * per segment, programme and month, and only for what is paid (PMI without a monthly JHT has no JHT): what is covered already is E22 (the same payer; alone it makes a DUPLICATE) or E21. */
#ifndef PAYUNG_LEDGER_POSTING_H
#define PAYUNG_LEDGER_POSTING_H

#include "common/base/arena.h"
#include "common/base/check.h"
#include "common/domain/agreement.h"
#include "services/ledger/line.h"

/* The budget of an agreement with running totals: what the row held when it was locked, and what this batch adds. */
struct posting_account {
    const struct agreement *agreement; /* NULL for number 0: records without a known agreement */
    int32_t agreement_no;
    rupiah pagu, committed, reserved;    /* pagu without what an umbrella has given away */
    int64_t quota, accepted, reserved_heads, waitlisted; /* quota -1 = none; waitlisted: without a reservation */
    int64_t tickets, places;             /* last ones given */
    int64_t journal_seq;                 /* last of the chain, before this batch */
    struct slice head;
    struct ledger_sums sums;             /* what this batch adds, and how many rows */
    int64_t added_tickets, added_places;
};

enum waiting_state { WAITING_IN_LINE = 1, WAITING_RESERVED = 2 };
enum { WAITING_CLASS_FIRST = 1, WAITING_CLASS_OTHER = 2, DESIL_UNKNOWN = DESIL_MAX + 1 };

/* A row of ledger.waiting: as it was loaded, then as this batch leaves it. The order of service is its own columns, never the ticket. */
struct posting_waiting {
    struct id application_id;
    int32_t agreement_no;
    uint32_t attempt;
    enum waiting_state state;
    bool undecided;
    int64_t ticket;
    int32_t class_number, desil;
    day_t proposal_date;
    int64_t village;
    int32_t row_number;
    int64_t commit_sequence;
    int32_t position;
    struct person_token person;
    enum segment segment;
    month_t start_month;
    int32_t months;
    rupiah amount, reserved;
    day_t reserved_until;
    const struct application *application; /* to be decided anew; NULL: the stored record stays */
    bool is_changed, is_gone;
    struct posting_waiting *chain;
};

/* A row of ledger.enrolment with its registry: whom the accepted outcome enrols. */
struct posting_enrolment {
    const struct outcome_row *row;
    const struct application *application;
};

struct posting_holder { /* who pays which months of one person's year */
    int32_t agreement_no;
    const struct agreement *agreement; /* whose payer it is; NULL: unknown */
    uint16_t months[LEDGER_PROGRAMMES]; /* bit 0 = January */
    bool is_new;                        /* of this batch */
    struct posting_holder *next;
};

struct posting_cover {
    struct person_token person;
    enum segment segment;
    int32_t year;
    uint16_t added[LEDGER_PROGRAMMES]; /* months that this batch takes */
    bool is_stored;                    /* the year has a row in the calendar */
    struct posting_holder *holders, *last;
    struct posting_cover *chain;
};

/* An application whose owner has left (ledger.departed): no later attempt of it enrols anybody. */
struct posting_departed {
    struct id application_id;
    bool died;
    struct posting_departed *next;
};

/* A row of ledger.waiting whose attempt was decided without it: it is not asked again. */
struct posting_bump {
    struct id application_id;
    uint32_t attempt;
};

struct posting_first; /* an outcome that stands for (application, attempt) */

/* What an outcome says about the next attempt of its application (house.md, rule 7): PENDING makes one due, anything else ends one that was. */
struct posting_retry {
    const struct outcome_row *row;
    const struct application *application; /* to be submitted again; NULL: none is due any more */
};

struct posting {
    struct arena *arena;
    size_t items_max;
    int64_t commit_sequence;
    int64_t moment_ms;
    struct posting_account **accounts; /* sorted by agreement id, number 0 first, at the first posting_decide */
    size_t account_count, account_max;
    bool accounts_sorted;
    struct posting_account *nobody;   /* agreement number 0 */
    struct posting_cover **cover_heads;
    struct posting_cover **covers;    /* in order of arrival */
    size_t cover_count, cover_max;
    struct posting_first **first_heads;
    const struct outcome_row **stored; /* of origins of this batch that stand in the ledger already, by (partition, origin) */
    size_t stored_count;
    struct outcome_row *rows;         /* new ones, in order of position */
    size_t row_count;
    struct line_row *lines;           /* by order of the rows; agreement and journal in each */
    size_t line_count;
    struct posting_enrolment *enrolments;
    size_t enrolment_count;
    struct posting_waiting **waiting_heads;
    struct posting_waiting **waits;   /* loaded and new ones, in order of arrival */
    size_t wait_count, wait_max;
    struct posting_departed *departed;
    struct posting_bump *bumps;
    size_t bump_count;
    struct posting_retry *retries;    /* in the same order, only where there is something to say: ordinary batches have none */
    size_t retry_count;
};

struct posting_question {
    int32_t partition;
    struct lineage lineage;
    const struct priced *priced; /* NULL when unreadable */
    enum code parked;            /* CODE_NONE, or why the record is unusable */
    const struct code_set *covered; /* NULL: the calendar says who is covered. A replay gives what it said then (E21, E22 or nothing): other payers' covers are read without their locks */
};

enum { POSTING_ACCOUNTS_EXTRA = 1, POSTING_YEARS_MAX = 101 };

struct posting *posting_start(struct arena *arena, size_t items_max, int64_t commit_sequence, int64_t moment_ms);
/* agreement must outlive the posting; committed ... waitlisted as locked. */
void posting_add_account(struct posting *posting, const struct posting_account *account);
/* One group of a cover row's holders, or a row without any (agreement_no 0: all of it was released); several calls for the same (person, segment, year) add up. holder: NULL when the agreement is unknown. */
void posting_add_cover(struct posting *posting, struct person_token person, enum segment segment, int32_t year, int32_t agreement_no,
                       const struct agreement *holder, const uint16_t months[LEDGER_PROGRAMMES]);
/* Of an application of this batch; those of other agreements than the one that asks are left alone. */
void posting_add_waiting(struct posting *posting, const struct posting_waiting *waiting);
void posting_add_departed(struct posting *posting, struct id application_id, bool died);
/* An outcome that stands in the ledger and is not a repeat: later submissions of its (application, attempt) repeat it. The row must outlive the posting.
 * The same one may be given twice. */
void posting_add_first(struct posting *posting, const struct outcome_row *row);
/* The row of an origin that was posted before a crash; it is published again. */
void posting_add_stored(struct posting *posting, const struct outcome_row *row);

enum posting_answer { POSTING_DONE, POSTING_UNUSABLE }; /* UNUSABLE: the record contradicts itself; nothing was posted; park it */
MUST_USE enum posting_answer posting_decide(struct posting *posting, const struct posting_question *question, struct decided *ret_decided);

/* Covers with something added, by (person, segment, year): the order in which every writer takes its row locks. */
size_t posting_covers(struct posting *posting, struct posting_cover ***ret_covers);
/* Entries of an account's journal: the net sums of its outcomes and lines (line.h). */
size_t posting_entries(struct arena *arena, const struct posting_account *account, struct entry_row ret_entries[SUMS_ENTRIES_MAX]);

/* How long after its outcome a PENDING attempt is followed by the next one: first_s, then doubled with each attempt up to most_s. */
int64_t posting_retry_delay_s(uint32_t attempt, int64_t first_s, int64_t most_s);

/* The fiscal year whose budget an enrolment asks: that of the registration date, but within the agreement's period. */
int32_t posting_period(const struct agreement *agreement); /* of its outcomes: the year of its first day; 0 for NULL */
int32_t posting_budget_year(const struct agreement *agreement, day_t registration_date);

#endif
