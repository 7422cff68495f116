/* `payung card`: membership cards, from the request to the hand that takes them. Here are the options, the session with the register, and the two subcommands that only look; nothing they show holds
 * a person: cards are named by their codes and enrolments. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "common/edge/share.h"
#include "common/edge/share_tables.h"
#include "services/payung/card_command.h"
#include "services/payung/commands.h"

static const char usage[] =
    "usage: payung card print --agreement ID [--village CODE] --output FILE.pdf [--sign-off FILE.pdf] [--again --reason TEXT] [--json]\n"
    "       payung card list --agreement ID [--village CODE] [--state requested|printed|handed_over] [--json]\n"
    "       payung card hand-over --agreement ID --officer NAME --place TEXT [--date YYYY-MM-DD] (--village CODE | --all | --codes FILE) [--json]\n"
    "       payung card ceremony --agreement ID [--village CODE] --output FILE.pdf [--csv FILE.csv] [--officer NAME] [--place TEXT] [--date YYYY-MM-DD] [--json]\n"
    "       payung card report [--agreement ID] [--json]\n"
    "       payung card numbers FILE.csv [--json]\n"
    "\n"
    "print      cards of who is enrolled and has none yet: ten on an A4 page with cut marks, by village and name, and a list to sign. What was printed is not printed again unless\n"
    "           --again says so, with its reason. The files hold names: keep them as safe as the list.\n"
    "list       cards with their codes, states, and who did it when and where.\n"
    "hand-over  notes that printed cards were handed over: all of a village, all of the agreement, or those whose codes stand in a file (one a line; - is standard input).\n"
    "ceremony   the list of a handing-over event: by village and name who is covered on that day and whose card is printed and not handed over yet, to sign; as PDF and as CSV. It\n"
    "           notes nothing: hand-over does, afterwards. The files hold names.\n"
    "report     how many are asked for, printed and handed over, by village.\n"
    "numbers    takes the members' numbers (KPJ) from the insurer's list (columns nik;kpj). Until then a card bears a number that says SIMULASI.\n"
    "  --village  17.08, 17.08.04 or 17.08.04.2001: a regency, a district or a village\n"
    "  --officer, --place, --date  who handed them over, where, and when (today)\n"
    "Environment: PGURL, PAYUNG_KEYS, PAYUNG_SHARE; for print CARD_URL, the address that the QR codes lead to (without it: API_URL and /cards).\n"
    "Exit codes: 0 done, 1 failed, 2 usage, 3 done but for what was refused, 75 the database is away.\n";

/* ---- the session ---- */

int card_failure(const struct card_session *session, const struct err *err) {
    if (err->fate == FATE_FATAL) return command_fail(session->money.json, EXIT_FAILED, "CARDS_FAILED", err->text, "Cards that were not noted as printed can be printed again. Is the schema up to date (payung migrate)?");
    return database_failure(session->money.json, err);
}

int card_too_many(const struct card_session *session) {
    return command_fail(session->money.json, EXIT_FAILED, "TOO_MANY_CARDS", "these are more than 50,000 cards at once", "Take a district or a village at a time: --village CODE.");
}

int card_changed_meanwhile(const struct card_session *session) {
    return command_fail(session->money.json, EXIT_FAILED, "CHANGED_MEANWHILE", "somebody else printed or handed over some of these cards just now", "Nothing was noted. Look at payung card list, then run the command again.");
}

static struct err open_register(struct card_session *session, const char *keys, const char *share) {
    struct slice villages;
    TRY(crypto_open(keys, &session->crypto));
    TRY(share_regions(session->money.arena, share, &session->regions));
    TRY(share_read(session->money.arena, share, "regions/villages.csv", CARD_VILLAGES_BYTES_MAX, &villages));
    session->reg = (struct card_register){.pg = session->money.pg, .crypto = session->crypto, .places = {&session->regions, villages}, .actor = session->money.actor};
    return OK;
}

static int find_agreement(struct card_session *session, const struct card_options *options) {
    if (options->agreement == NULL) return EXIT_OK;
    const struct err err = card_agreement_find(session->money.pg, session->money.arena, slice_text(options->agreement), &session->agreement);
    if (failed(&err)) return card_failure(session, &err);
    if (session->agreement.agreement_no == 0) return money_unknown_agreement(&session->money);
    session->filter = (struct card_filter){.agreement_no = session->agreement.agreement_no, .payer_name = session->agreement.payer_name, .region = options->region, .village = options->village_number};
    return EXIT_OK;
}

int card_session_open(const struct card_options *options, struct card_session *ret_session) {
    *ret_session = (struct card_session){.crypto = NULL};
    const char *keys = command_env(options->json, "PAYUNG_KEYS"), *share = keys != NULL ? command_env(options->json, "PAYUNG_SHARE") : NULL;
    if (share == NULL) return EXIT_USAGE;
    const int code = money_session_open(options->json, "payung-card", 0, &ret_session->money);
    if (code != EXIT_OK) return code;
    const struct err err = open_register(ret_session, keys, share);
    return failed(&err) ? card_failure(ret_session, &err) : find_agreement(ret_session, options);
}

void card_session_close(struct card_session *session) {
    crypto_close(session->crypto);
    money_session_close(&session->money);
}

/* ---- list ---- */

static void place_code(uint32_t region, uint32_t village, char ret_text[16]) {
    char code[9] = "-";
    if (region > 0) region_format(region, code);
    if (village > 0) (void)snprintf(ret_text, 16, "%s.%04u", code, village % 10000); /* fits */
    else (void)snprintf(ret_text, 16, "%s", code);
}

static json_t *row_json(const struct card_row *row) {
    char code[CARD_CODE_TEXT], id[2 * ID_BYTES + 1], village[16], at[CLOCK_TEXT_MAX];
    card_code_format(row->code, code);
    id_format(row->application_id, id);
    place_code(row->region, row->village, village);
    clock_format_ms(row->at_ms, at);
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:o}", "code", code, "enrolment", id, "village", village, "state", card_state_name(row->state), "at", at, "actor", json_slice(row->actor), "officer",
                     json_slice(row->officer), "place", json_slice(row->venue), "date", json_day(row->day));
}

static void print_row(const struct card_row *row) {
    char code[CARD_CODE_SHOWN], id[2 * ID_BYTES + 1], village[16], day[11] = "";
    card_code_show(row->code, code);
    id_format(row->application_id, id);
    place_code(row->region, row->village, village);
    if (row->day != 0) day_format(row->day, day);
    printf("%s  %s  %-14s %-10s %.*s%s%.*s %s\n", code, id, village, card_state_word(row->state), SLICE_ARGS(row->officer), row->officer.size > 0 ? ", " : "", SLICE_ARGS(row->venue), day);
}

static int card_list(const struct card_options *options) {
    struct card_session session;
    struct card_row *rows = NULL;
    size_t count = 0;
    bool too_many = false;
    int code = card_session_open(options, &session);
    const struct err err = code == EXIT_OK ? card_rows_read(&session.reg, &session.filter, options->wanted, session.money.arena, &rows, &count, &too_many) : OK;
    if (failed(&err)) code = card_failure(&session, &err);
    else if (code == EXIT_OK && too_many) code = card_too_many(&session);
    else if (code == EXIT_OK) {
        json_t *list = json_array();
        for (size_t i = 0; i < count && options->json; i++) CHECK(json_array_append_new(list, row_json(&rows[i])) == 0);
        for (size_t i = 0; i < count && !options->json; i++) print_row(&rows[i]);
        if (options->json) command_print_json(json_pack("{s:s,s:O}", "agreement", options->agreement, "cards", list));
        else printf("%zu kartu.\n", count);
        json_decref(list);
    }
    card_session_close(&session);
    return code;
}

/* ---- report ---- */

static const char report_sql[] =
    "SELECT a.agreement_id, c.region, c.village, count(*) FILTER (WHERE s.state = 'requested'), count(*) FILTER (WHERE s.state = 'printed'), count(*) FILTER (WHERE s.state = 'handed_over')"
    " FROM notice.card c JOIN ledger.agreement a USING (agreement_no)"
    " CROSS JOIN LATERAL (SELECT v.state FROM notice.card_event v WHERE v.card_no = c.card_no ORDER BY v.number DESC LIMIT 1) s"
    " WHERE $1 = 0 OR c.agreement_no = $1 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
/* Who may hold a card and has none, whatever village. */
static const char without_sql[] =
    "SELECT count(*) FROM ledger.enrolment e WHERE ($1 = 0 OR e.agreement_no = $1) AND " CARD_HOLDER_SQL
    " AND NOT EXISTS (SELECT FROM notice.card c WHERE c.agreement_no = e.agreement_no AND c.place = e.place)";
enum { REPORT_COUNTS = 3, REPORT_FIRST = 3 };
static const char *const report_counts[REPORT_COUNTS] = {"requested", "printed", "handed_over"};

static struct err read_report(const struct card_session *session, struct pg_rows *ret_rows, int64_t *ret_without) {
    struct pg_parameters *p = pg_parameters(session->money.arena);
    struct pg_rows rows;
    pg_add_int4(p, session->agreement.agreement_no);
    TRY(pg_run(session->money.pg, session->money.arena, report_sql, p, ret_rows));
    TRY(pg_run(session->money.pg, session->money.arena, without_sql, p, &rows));
    *ret_without = pg_int8(&rows, 0, 0);
    return OK;
}

static void print_report(const struct card_session *session, const struct pg_rows *rows, int64_t without) {
    int64_t sums[REPORT_COUNTS] = {0};
    json_t *list = json_array();
    for (size_t i = 0; i < rows->count; i++) {
        char village[16];
        place_code((uint32_t)pg_int4(rows, i, 1), (uint32_t)pg_int4(rows, i, 2), village);
        json_t *entry = json_pack("{s:o,s:s}", "agreement", json_slice(pg_bytes(rows, i, 0)), "village", village);
        for (int k = 0; k < REPORT_COUNTS; k++) {
            sums[k] += pg_int8(rows, i, REPORT_FIRST + k);
            CHECK(json_object_set_new(entry, report_counts[k], json_integer(pg_int8(rows, i, REPORT_FIRST + k))) == 0);
        }
        CHECK(json_array_append_new(list, entry) == 0);
        if (!session->money.json)
            printf("%-24.*s %-14s diminta %" PRId64 ", dicetak %" PRId64 ", diserahkan %" PRId64 "\n", SLICE_ARGS(pg_bytes(rows, i, 0)), village, pg_int8(rows, i, REPORT_FIRST), pg_int8(rows, i, REPORT_FIRST + 1),
                   pg_int8(rows, i, REPORT_FIRST + 2));
    }
    if (session->money.json)
        command_print_json(json_pack("{s:I,s:I,s:I,s:I,s:O}", "without_card", (json_int_t)without, report_counts[0], (json_int_t)sums[0], report_counts[1], (json_int_t)sums[1], report_counts[2],
                                     (json_int_t)sums[2], "villages", list));
    else printf("Semua: tanpa kartu %" PRId64 ", diminta %" PRId64 ", dicetak %" PRId64 ", diserahkan %" PRId64 "\n", without, sums[0], sums[1], sums[2]);
    json_decref(list);
}

static int card_report(const struct card_options *options) {
    struct card_session session;
    struct pg_rows rows;
    int64_t without = 0;
    int code = card_session_open(options, &session);
    const struct err err = code == EXIT_OK ? read_report(&session, &rows, &without) : OK;
    if (failed(&err)) code = card_failure(&session, &err);
    else if (code == EXIT_OK) print_report(&session, &rows, without);
    card_session_close(&session);
    return code;
}

/* ---- options ---- */

static const struct option long_options[] = {
    {"agreement", required_argument, NULL, 'a'}, {"village", required_argument, NULL, 'v'}, {"output", required_argument, NULL, 'o'}, {"sign-off", required_argument, NULL, 's'},
    {"reason", required_argument, NULL, 'r'},    {"again", no_argument, NULL, 'n'},         {"officer", required_argument, NULL, 'f'}, {"place", required_argument, NULL, 'p'},
    {"date", required_argument, NULL, 'd'},      {"codes", required_argument, NULL, 'c'},   {"all", no_argument, NULL, 'l'},           {"state", required_argument, NULL, 't'}, {"csv", required_argument, NULL, 'x'},
    {"json", no_argument, NULL, 'j'},            {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};

static bool take_option(int letter, const char *value, struct card_options *options) {
    switch (letter) {
    case 'a': options->agreement = value; return true;
    case 'v': options->village = value; return region_parse(slice_text(value), &options->region, &options->village_number);
    case 'o': options->output = value; return true;
    case 's': options->sign_off = value; return true;
    case 'r': options->reason = value; return value[0] != '\0' && strlen(value) <= CARD_NOTE_MAX;
    case 'n': options->again = true; return true;
    case 'f': options->officer = value; return !text_is_blank(slice_text(value)) && strlen(value) <= CARD_OFFICER_MAX;
    case 'p': options->venue = value; return !text_is_blank(slice_text(value)) && strlen(value) <= CARD_OFFICER_MAX;
    case 'd': return day_option(value, &options->day);
    case 'c': options->codes = value; return true;
    case 'l': options->all = true; return true;
    case 'x': options->csv = value; return value[0] != '\0';
    case 't': options->state = value; return card_state_parse(slice_text(value), &options->wanted);
    case 'j': options->json = true; return true;
    default: return false;
    }
}

static bool prints_what(const struct card_options *options) { return options->agreement != NULL && options->output != NULL && options->again == (options->reason != NULL); }
static bool lists_what(const struct card_options *options) { return options->agreement != NULL; }
static bool hands_what(const struct card_options *options) {
    return options->agreement != NULL && options->officer != NULL && options->venue != NULL && (options->village != NULL) + (options->codes != NULL) + options->all == 1;
}
static bool holds_what(const struct card_options *options) { return options->agreement != NULL && options->output != NULL; }
static bool reports_what(const struct card_options *options) { return options->village == NULL; }
static bool numbers_what(const struct card_options *options) { return options->path != NULL; }

static const struct {
    const char *name;
    bool (*complete)(const struct card_options *options);
    int (*run)(const struct card_options *options);
} subcommands[] = {{"print", prints_what, card_print}, {"list", lists_what, card_list}, {"hand-over", hands_what, card_hand_over}, {"ceremony", holds_what, card_ceremony}, {"report", reports_what, card_report}, {"numbers", numbers_what, card_numbers}};

int card_main(int argc, char **argv) {
    struct card_options options = {.region = 0};
    bool wrong = false;
    optind = 1;
    opterr = 0;
    for (int letter; (letter = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
        if (letter == 'h') {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        wrong = !take_option(letter, optarg, &options) || wrong;
    }
    const char *name = optind < argc ? argv[optind++] : "";
    const bool takes_file = strcmp(name, "numbers") == 0;
    if (takes_file && optind < argc) options.path = argv[optind++];
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands && !wrong && optind == argc; i++)
        if (strcmp(name, subcommands[i].name) == 0 && subcommands[i].complete(&options)) return subcommands[i].run(&options);
    return command_usage(argc, argv, usage);
}
