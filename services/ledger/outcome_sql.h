/* Outcomes in SQL texts. They are macros because a statement must be one string literal (pg.h). Include it in a .c file, never in a header. */
#ifndef PAYUNG_LEDGER_OUTCOME_SQL_H
#define PAYUNG_LEDGER_OUTCOME_SQL_H

/* The outcome of an enrolment. */
#define OUTCOME_OF_SQL(outcome, enrolment) outcome ".partition = " enrolment ".partition AND " outcome ".epoch = " enrolment ".epoch AND " outcome ".origin = " enrolment ".origin"

/* ledger.outcome.period of what is decided under an agreement; what is parked, or asks for no known agreement, has 0. */
#define AGREEMENT_PERIOD_SQL(agreement) "extract(year FROM " agreement ".period_from)::smallint"
/* To be compared with a period, read once a statement: those of the agreements `a` of a FROM, and of every agreement. */
#define PERIODS_OF_SQL(agreements) "ANY (ARRAY(SELECT 0::smallint UNION SELECT " AGREEMENT_PERIOD_SQL("a") " FROM " agreements "))"
#define EVERY_PERIOD_SQL PERIODS_OF_SQL("ledger.agreement a")

/* The outcome that counts for its application and attempt, as the index outcome_once has it. */
#define FIRST_OUTCOME_SQL(outcome) "NOT " outcome ".repeat AND " outcome ".application_id <> '\\x00000000000000000000000000000000'"
/* The same for who knows the application and not the agreement: the index begins with the period. Of many applications it is asked in a LATERAL subquery with LIMIT 1, one probe each:
 * of a table without statistics the planner would else walk over the whole period for each. */
#define FIRST_OUTCOME_ANYWHERE_SQL(outcome) outcome ".period = " EVERY_PERIOD_SQL " AND " FIRST_OUTCOME_SQL(outcome)

#endif
