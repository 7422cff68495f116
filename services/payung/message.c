/* `payung message show TEMPLATE --for ENROLMENT`: what a message would say about an enrolment, before anybody is sent it. The seal of the person stays closed: the name is shown as the longest that a letter
 * has, so that the length is that of the worst case. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/pg.h"
#include "services/ledger/outcome_sql.h"
#include "services/ledger/price_sql.h"
#include "services/notification/sms_size.h"
#include "services/notification/words.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"

static const char usage[] = "usage: payung message show TEMPLATE --for ENROLMENT [--json]\n"
                            "\n"
                            "Shows what a message would say about an enrolment, in both languages, each with the alphabet of an SMS, its units and its parts. Bahasa Indonesia is what is sent; English stands on\n"
                            "letters on paper. Nothing is sent and nothing is noted. The name is shown as twenty X, the longest that a message has;\n"
                            "what an enrolment does not say (the day on which a cover would lapse) is a dash.\n"
                            "Environment: PGURL, PAYUNG_SHARE.\n"
                            "Exit code 0 done, 1 failed or unknown, 2 usage, 75 when the database is away.\n"
                            "  TEMPLATE   ACCEPTED, REJECTED_FIX, REJECTED_FINAL, WAITLIST, PENDING, LAPSE_WARN, LAPSED or SPONSOR_END\n"
                            "  --for      the id of the enrolment\n"
                            "  --json     one JSON document on standard output\n";

static const char longest_name[] = "XXXXXXXXXXXXXXXXXXXX";
_Static_assert(sizeof longest_name - 1 == LETTER_NAME_MAX, "as long as a name gets");

/* The last outcome; of a cover its bought end and the price of its last month. */
static const char facts_sql[] =
    "SELECT o.status, o.codes, o.warnings, o.programmes, o.start_month, o.months, o.amount, o.rank, o.registration_date, a.payer_name,"
    " extract(year FROM least(greatest(o.registration_date, a.period_from), a.period_to))::int, coalesce(e.state_from, a.period_to), coalesce(e.end_month, 0),"
    " coalesce((SELECT sum(p.amount) FROM jsonb_to_recordset(nullif(o.lines, '')::jsonb) AS p (\"from\" int, months int, amount bigint, once boolean)"
    "  WHERE p.once IS NOT TRUE AND " MONTH_ADD_SQL("p.\"from\"", "p.months - 1") " = " MONTH_ADD_SQL("o.start_month", "o.months - 1") "), 0)::bigint"
    " FROM ledger.outcome o JOIN ledger.agreement a USING (agreement_no) LEFT JOIN ledger.enrolment e ON e.agreement_no = o.agreement_no AND e.place = o.place AND o.place > 0"
    " WHERE o.application_id = $1 AND " FIRST_OUTCOME_ANYWHERE_SQL("o") " ORDER BY o.attempt DESC LIMIT 1";

struct facts {
    struct outcome outcome;
    struct coverage_changed changed;
};

static struct err read_facts(const struct money_session *session, struct id id, bool *ret_found, struct facts *ret_facts) {
    struct pg_parameters *p = pg_parameters(session->arena);
    struct pg_rows rows;
    pg_add_bytea(p, slice_of(id.bytes, ID_BYTES));
    TRY(pg_run(session->pg, session->arena, facts_sql, p, &rows));
    *ret_found = rows.count > 0;
    if (!*ret_found) return OK;
    *ret_facts = (struct facts){
        .outcome = {.application_id = id, .attempt = 1, .status = (enum outcome_status)pg_int2(&rows, 0, 0), .codes = {(uint64_t)pg_int8(&rows, 0, 1)}, .warnings = {(uint64_t)pg_int8(&rows, 0, 2)},
                    .programmes = (programme_set)pg_int2(&rows, 0, 3), .start_month = pg_int4(&rows, 0, 4), .months = (uint32_t)pg_int2(&rows, 0, 5), .amount = pg_int8(&rows, 0, 6),
                    .rank = (uint32_t)pg_int4(&rows, 0, 7), .registration_date = pg_date(&rows, 0, 8), .payer_name = pg_bytes(&rows, 0, 9), .budget_year = pg_int4(&rows, 0, 10)},
        .changed = {.application_id = id, .payer_name = pg_bytes(&rows, 0, 9), .day = pg_date(&rows, 0, 11), .end_month = pg_int4(&rows, 0, 12), .monthly_amount = pg_int8(&rows, 0, 13), .unpaid_months = 1},
    };
    return OK;
}

struct shown {
    struct letter letter; /* as it is sent */
    struct slice english;
};

static json_t *language_json(const char *language, struct slice text) {
    const struct sms_size size = sms_measure(text);
    return json_pack("{s:s,s:o,s:s,s:I,s:I}", "language", language, "text", json_slice(text), "encoding", sms_encoding(&size), "units", (json_int_t)size.units, "parts", (json_int_t)size.parts);
}

static void print_language(const char *language, struct slice text) {
    const struct sms_size size = sms_measure(text);
    printf("  %s: %.*s\n      %s: %zu satuan, %zu bagian SMS\n", language, SLICE_ARGS(text), sms_encoding(&size), size.units, size.parts);
}

static int tell(const struct money_session *session, const struct shown *shown) {
    const struct letter *letter = &shown->letter;
    const struct sms_size size = sms_measure(letter->text);
    if (session->json)
        command_print_json(json_pack("{s:s,s:o,s:o,s:I,s:i,s:s,s:I,s:[o,o]}", "template", letter->template, "title", json_slice(letter->title), "text", json_slice(letter->text), "characters", (json_int_t)size.units,
                                     "characters_max", LETTER_MAX, "alphabet", sms_encoding(&size), "sms", (json_int_t)size.parts, "languages", language_json("id", letter->text), language_json("en", shown->english)));
    else {
        printf("%.*s\n", SLICE_ARGS(letter->title));
        print_language("id", letter->text);
        print_language("en", shown->english);
    }
    return EXIT_OK;
}

static int show(const struct money_session *session, const char *share, const char *template, struct id id) {
    struct letters letters;
    struct facts facts;
    struct letter_reasons reasons;
    struct shown shown;
    bool found;
    struct err err = words_open(session->arena, share, &letters);
    if (!failed(&err)) err = words_reasons(session->arena, share, &reasons);
    if (failed(&err)) return command_fail(session->json, EXIT_FAILED, "TEMPLATES_UNREADABLE", err.text, "Mend the templates, or set PAYUNG_SHARE to share/payung of the installation.");
    err = read_facts(session, id, &found, &facts);
    if (failed(&err)) return database_failure(session->json, &err);
    if (!found) return command_fail(session->json, EXIT_FAILED, "UNKNOWN_ENROLMENT", "the ledger knows no outcome of this enrolment", "Is the id right? See payung status ENROLMENT.");
    if (strcmp(template, "SPONSOR_END") == 0 && facts.changed.end_month != 0) facts.changed.day = month_add(facts.changed.end_month, 1) * 100 + 1; /* the day after what is bought */
    const struct letter_about about = {.outcome = &facts.outcome, .changed = &facts.changed};
    if (letter_preview(&letters, slice_text(template), &facts.outcome, &facts.changed, slice_text(longest_name), session->arena, &shown.letter) &&
        letter_words(&letters, &reasons, slice_text(template), &about, slice_text(longest_name), true, session->arena, &shown.english))
        return tell(session, &shown);
    return command_fail(session->json, EXIT_FAILED, "NOTHING_TO_SAY", "there is no such template, or it gives a reason and this enrolment was refused for none", "See payung message --help.");
}

int message_main(int argc, char **argv) {
    static const struct option options[] = {{"for", required_argument, NULL, 'f'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    bool json = false;
    struct id id = {{0}};
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (option == 'j') json = true;
        else if (option != 'f' || !id_parse(slice_text(optarg), &id)) return command_usage(argc, argv, usage);
    }
    if (argc - optind != 2 || strcmp(argv[optind], "show") != 0 || id_is_zero(id)) return command_usage(argc, argv, usage);
    const char *share = command_env(json, "PAYUNG_SHARE");
    if (share == NULL) return EXIT_USAGE;
    struct money_session session;
    int code = money_session_open(json, "payung-message", 0, &session);
    if (code == EXIT_OK) code = show(&session, share, argv[optind + 1], id);
    money_session_close(&session);
    return code;
}
