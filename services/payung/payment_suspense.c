/* `payung payment suspense`: the work list of what came and could not be booked, and what is done about it. What stood in the bank's file is not known here, only where. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "services/ledger/billing.h"
#include "services/ledger/invoice_report.h"
#include "services/ledger/suspense.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"
#include "services/payung/payment.h"

enum { ROWS_A_PAGE = 1000 };

static const char usage[] =
    "usage: payung payment suspense list [--all] [--json]\n"
    "       payung payment suspense assign NO --agreement ID [--invoice INVOICE] --reason TEXT [--date YYYY-MM-DD] [--json]\n"
    "       payung payment suspense return NO --reason TEXT [--date YYYY-MM-DD] [--json]\n"
    "       payung payment suspense dismiss NO --reason TEXT [--date YYYY-MM-DD] [--json]\n"
    "\n"
    "list     the open rows, each with what to do and where it stands in the bank's file (line, and what sha256sum says of the file); with --all also those that are done.\n"
    "assign   money whose payer is known now goes to that agreement and pays its invoices, the named one first. A payment that was refused (REFUSED), or that has\n"
    "         the number of another one (CONTENT_DIFFERS), is booked by it.\n"
    "return   money that belongs to nobody goes back to its bank.\n"
    "dismiss  the row is no payment; only where nothing was booked.\n"
    "  --reason  why, in one short sentence, without names: it is kept in the books\n"
    "  --date    the business date (default: today)\n"
    "  --json    one JSON document on standard output\n"
    "Exit code 0 done, 1 failed or refused, 2 usage, 75 when the database is away.\n";

struct request {
    const char *agreement, *invoice, *reason;
    int64_t number;
    day_t date;
    bool all, json;
};

/* ---- list ---------------------------------------------------------------------------------------------------------------------------------------- */

static json_t *row_json(const struct suspense_row *row) {
    char reference[REFERENCE_SHOWN_MAX];
    const struct suspense_words words = suspense_words(row->problem);
    reference_show(row->reference, reference);
    return json_pack("{s:i,s:o,s:s,s:s,s:o,s:b,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o}", "number", row->number, "problem", json_slice(row->problem), "text", words.problem, "remedy", words.remedy, "amount",
                     row->has_amount ? json_integer(row->amount) : json_null(), "booked", row->booked, "source", json_slice(row->source), "external_id", json_slice(row->external_id), "bank",
                     json_slice(row->bank), "reference", reference, "received_on", json_day(row->received_on), "state", json_slice(row->state), "agreement", json_slice(row->agreement_id),
                     "place", json_slice(row->place));
}

static void print_row(const struct suspense_row *row) {
    char amount[AMOUNT_TEXT_MAX], day[11] = "-", reference[REFERENCE_SHOWN_MAX];
    const struct suspense_words words = suspense_words(row->problem);
    if (row->received_on != 0) day_format(row->received_on, day);
    reference_show(row->reference, reference);
    printf("%5d  %-10s  %18s  %-9.*s %.*s %.*s  %s\n", row->number, day, row->has_amount ? amount_text(row->amount, amount) : "tidak terbaca", SLICE_ARGS(row->state), SLICE_ARGS(row->source),
           SLICE_ARGS(row->external_id), reference);
    if (row->place.size > 0) printf("       %.*s\n", SLICE_ARGS(row->place));
    printf("       %.*s: %s%s\n", SLICE_ARGS(row->problem), words.problem, row->booked ? " (uang ada di SUSPENS)" : "");
    if (slice_is(row->state, "OPEN")) printf("       -> %s\n", words.remedy);
    else if (row->agreement_id.size > 0) printf("       -> %.*s\n", SLICE_ARGS(row->agreement_id));
}

static int list(const struct request *request, struct money_session *session) {
    json_t *items = json_array();
    int code = EXIT_OK;
    size_t total = 0;
    for (int32_t after = 0; code == EXIT_OK;) {
        const struct suspense_row *rows = NULL;
        size_t count = 0;
        arena_reset(session->arena);
        const struct err err = suspense_rows(session->pg, session->arena, request->all, after, ROWS_A_PAGE, &rows, &count);
        code = money_tell(session, &err, NULL);
        for (size_t i = 0; i < count; i++) {
            if (request->json) (void)json_array_append_new(items, row_json(&rows[i])); /* fails only without memory */
            else print_row(&rows[i]);
            after = rows[i].number;
        }
        total += count;
        if (count < ROWS_A_PAGE) break;
    }
    if (code == EXIT_OK && !request->json && total == 0) printf("Tidak ada yang perlu dikerjakan.\n");
    if (code == EXIT_OK && request->json) command_print_json(json_pack("{s:O}", "suspense", items));
    json_decref(items);
    return code;
}

/* ---- assign, return, dismiss ------------------------------------------------------------------------------------------------------------------------ */

static void print_done(const struct request *request, const char *what, const struct suspense_result *result) {
    char amount[AMOUNT_TEXT_MAX];
    if (request->json) {
        command_print_json(json_pack("{s:I,s:s,s:I,s:I,s:I,s:I,s:I}", "number", (json_int_t)request->number, "result", what, "amount", (json_int_t)result->amount, "journal",
                                     (json_int_t)result->journal_seq, "payer_journal", (json_int_t)result->payer_journal_seq, "settled", (json_int_t)result->settlement.amount, "activated",
                                     (json_int_t)result->settlement.activated));
        return;
    }
    if (strcmp(what, "assigned") == 0) {
        printf("Dibukukan ke %s: %s", request->agreement, amount_text(result->amount, amount));
        printf(", melunasi %s, %" PRId64 " orang menjadi aktif.\n", amount_text(result->settlement.amount, amount), result->settlement.activated);
    } else if (strcmp(what, "returned") == 0) printf("Dikembalikan ke bank: %s.\n", amount_text(result->amount, amount));
    else printf("Baris ditutup; tidak ada yang dibukukan.\n");
}

static int assign(const struct request *request, struct money_session *session) {
    char invoice[INVOICE_NUMBER_MAX] = "";
    struct suspense_result result;
    if (request->invoice != NULL && !reference_read(slice_text(request->invoice), invoice))
        return command_fail(request->json, EXIT_FAILED, "UNKNOWN_INVOICE", "that is no number of an invoice", "See payung invoice list --agreement ID.");
    if (request->invoice != NULL && strncmp(invoice, "INV-", 4) != 0)
        return command_fail(request->json, EXIT_FAILED, "UNKNOWN_INVOICE", "write the number of the invoice, not its billing code", "See payung invoice show CODE.");
    const struct err err =
        command_assign(session->pg, session->arena, &session->moment, request->number, slice_text(request->agreement), slice_text(invoice), slice_text(request->reason), &result);
    const int code = money_tell(session, &err, &result.refusal);
    if (code == EXIT_OK) print_done(request, "assigned", &result);
    return code;
}

static int give_back(const struct request *request, struct money_session *session) {
    struct suspense_result result;
    const struct err err = command_return(session->pg, session->arena, &session->moment, request->number, slice_text(request->reason), &result);
    const int code = money_tell(session, &err, &result.refusal);
    if (code == EXIT_OK) print_done(request, "returned", &result);
    return code;
}

static int dismiss(const struct request *request, struct money_session *session) {
    struct suspense_result result;
    const struct err err = command_dismiss(session->pg, session->arena, &session->moment, request->number, slice_text(request->reason), &result);
    const int code = money_tell(session, &err, &result.refusal);
    if (code == EXIT_OK) print_done(request, "dismissed", &result);
    return code;
}

/* ---- arguments ---------------------------------------------------------------------------------------------------------------------------------------- */

static bool take(struct request *request, int option, const char *value) {
    switch (option) {
    case 'a': request->agreement = value; return true;
    case 'i': request->invoice = value; return true;
    case 'r': request->reason = value; return true;
    case 'A': request->all = true; return true;
    case 'j': request->json = true; return true;
    case 'd': return day_option(value, &request->date);
    default: return false;
    }
}

int payment_suspense(int argc, char **argv) {
    static const struct option options[] = {{"agreement", required_argument, NULL, 'a'}, {"invoice", required_argument, NULL, 'i'}, {"reason", required_argument, NULL, 'r'},
                                            {"date", required_argument, NULL, 'd'}, {"all", no_argument, NULL, 'A'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    static const struct { const char *name; int (*run)(const struct request *request, struct money_session *session); bool needs_agreement; } verbs[] = {
        {"list", list, false}, {"assign", assign, true}, {"return", give_back, false}, {"dismiss", dismiss, false},
    };
    struct request request = {0};
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (!take(&request, option, optarg)) return command_usage(argc, argv, usage);
    }
    const char *what = optind < argc ? argv[optind] : "";
    size_t verb = 0;
    while (verb < sizeof verbs / sizeof *verbs && strcmp(what, verbs[verb].name) != 0) verb++;
    if (verb == sizeof verbs / sizeof *verbs) return command_usage(argc, argv, usage);
    const bool is_list = verb == 0;
    const bool right = is_list ? argc - optind == 1 && request.reason == NULL && request.date == 0
                               : argc - optind == 2 && number_option(argv[optind + 1], INT32_MAX, &request.number) && request.reason != NULL && !request.all;
    if (!right || verbs[verb].needs_agreement != (request.agreement != NULL) || (request.invoice != NULL && !verbs[verb].needs_agreement)) return command_usage(argc, argv, usage);
    struct money_session session;
    int code = money_session_open(request.json, "payung-suspense", request.date, &session);
    if (code == EXIT_OK) code = verbs[verb].run(&request, &session);
    money_session_close(&session);
    return code;
}
