/* Accounts as of any day, reversals, the close of a period. Everything is a question to the books or a command on them; nothing is computed here. */
#include "services/payung/ledger_money.h"

#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "services/ledger/invoice_report.h"
#include "services/ledger/reversal.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"

static const char usage[] = "usage:\n" LEDGER_MONEY_USAGE
                            "\n"
                            "balance  every account of the agreement, debit positive; with --as-of as it stood on that day.\n"
                            "reverse  takes back a journal by another one that points at it: PAYMENT (its months are open again; the reason says where its money goes), CREDIT (its\n"
                            "         months are open again), INVOICE (as if never issued; only while nothing of it is paid). A journal is reversed once.\n"
                            "close    ends a period, at the latest yesterday. Never undone.\n"
                            "  --date   the business date (default: today); --on is the same\n"
                            "  --json   one JSON document on standard output\n"
                            "Exit code 0 done, 1 failed or refused, 2 usage, 75 when the database is away.\n"
                            "Reason codes of reverse:\n";

struct request {
    const char *agreement, *reason;
    int64_t journal;
    day_t to, as_of, date;
    bool accounts, json;
};

static bool is_word(const char *text, const char *word) { return strcmp(text, word) == 0; }

static int print_help(void) {
    const char *symbol = "", *sentence;
    fputs(usage, stdout);
    for (size_t i = 0; (sentence = reversal_reason_sentence(i, &symbol)) != NULL; i++) printf("  %-15s %s\n", symbol, sentence);
    return EXIT_OK;
}

static int balance(const struct request *request, struct money_session *session) {
    const struct account_row *rows = NULL;
    size_t count = 0;
    bool found = false;
    const struct err err = account_rows(session->pg, session->arena, slice_text(request->agreement), request->as_of, &found, &rows, &count);
    const int code = money_tell(session, &err, NULL);
    if (code != EXIT_OK) return code;
    if (!found) return money_unknown_agreement(session);
    json_t *accounts = json_object();
    char amount[AMOUNT_TEXT_MAX], name[128], day[24];
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(name, sizeof name, "%.*s", SLICE_ARGS(rows[i].account)); /* accounts are shorter */
        (void)json_object_set_new(accounts, name, json_integer(rows[i].amount)); /* fails only without memory */
        if (!request->json) printf("%-40s %s %20s\n", name, rows[i].amount > 0 ? "D" : "K", amount_text(rows[i].amount > 0 ? rows[i].amount : -rows[i].amount, amount));
    }
    if (!request->json && request->as_of != 0) {
        day_format_id(request->as_of, day);
        printf("per %s\n", day);
    }
    if (request->json) command_print_json(json_pack("{s:s,s:o,s:O}", "agreement", request->agreement, "as_of", json_day(request->as_of), "accounts", accounts));
    json_decref(accounts);
    return EXIT_OK;
}

static int reverse(const struct request *request, struct money_session *session) {
    struct reversal_result result;
    char amount[AMOUNT_TEXT_MAX];
    const struct err err = command_reversal(session->pg, session->arena, &session->moment, slice_text(request->agreement), request->journal, slice_text(request->reason), &result);
    const int code = money_tell(session, &err, &result.refusal);
    if (code != EXIT_OK) return code;
    if (request->json)
        command_print_json(json_pack("{s:s,s:I,s:I,s:s,s:I,s:I,s:I,s:I,s:i}", "agreement", request->agreement, "reversed", (json_int_t)request->journal, "journal", (json_int_t)result.journal_seq,
                                     "reason", request->reason, "months", (json_int_t)result.months, "amount", (json_int_t)result.amount, "returned", (json_int_t)result.returned,
                                     "registered", (json_int_t)result.registered, "suspense", result.suspense_no));
    else {
        printf("Jurnal %" PRId64 " dibatalkan oleh jurnal %" PRId64 ": %" PRId64 " bulan-orang, %s.\n", request->journal, result.journal_seq, result.months, amount_text(result.amount, amount));
        if (result.suspense_no > 0)
            printf("  %s masuk daftar kerja nomor %d (payung payment suspense assign), %" PRId64 " orang tidak lagi aktif\n", amount_text(result.returned, amount), result.suspense_no,
                   result.registered);
        else if (result.returned > 0) printf("  kembali ke bank %s, %" PRId64 " orang tidak lagi aktif\n", amount_text(result.returned, amount), result.registered);
    }
    return EXIT_OK;
}

static int close_period(const struct request *request, struct money_session *session) {
    struct close_result result;
    char day[24];
    const struct err err = command_close(session->pg, session->arena, &session->moment, slice_text(request->agreement), request->to, &result);
    const int code = money_tell(session, &err, &result.refusal);
    if (code != EXIT_OK) return code;
    day_format_id(request->to, day);
    if (request->json)
        command_print_json(json_pack("{s:s,s:o,s:o,s:I}", "agreement", request->agreement, "closed_to", json_day(request->to), "before", json_day(result.before), "journal",
                                     (json_int_t)result.journal_seq));
    else printf("Ditutup sampai %s (jurnal %" PRId64 ").\n", day, result.journal_seq);
    return EXIT_OK;
}

static bool take(struct request *request, int option, const char *value) {
    switch (option) {
    case 'a': request->agreement = value; return true;
    case 'r': request->reason = value; return true;
    case 'A': request->accounts = true; return true;
    case 'j': request->json = true; return true;
    case 's': return number_option(value, INT64_MAX, &request->journal);
    case 't': return day_option(value, &request->to);
    case 'o': return day_option(value, &request->as_of);
    case 'd': return day_option(value, &request->date);
    default: return false;
    }
}

int ledger_money_main(int argc, char **argv) {
    static const struct option options[] = {{"agreement", required_argument, NULL, 'a'}, {"journal", required_argument, NULL, 's'}, {"reason", required_argument, NULL, 'r'},
                                            {"to", required_argument, NULL, 't'}, {"as-of", required_argument, NULL, 'o'}, {"accounts", no_argument, NULL, 'A'},
                                            {"date", required_argument, NULL, 'd'}, {"on", required_argument, NULL, 'd'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    struct request request = {0};
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') return print_help();
        if (!take(&request, option, optarg)) return command_usage(argc, argv, usage);
    }
    const char *what = argc == optind ? argv[0] : "";
    const bool is_balance = is_word(what, "balance"), is_reverse = is_word(what, "reverse"), is_close = is_word(what, "close");
    const bool right = (is_balance && (request.accounts || request.as_of != 0) && request.journal == 0 && request.to == 0 && request.reason == NULL && request.date == 0) ||
                       (is_reverse && request.journal > 0 && request.reason != NULL && request.to == 0 && request.as_of == 0 && !request.accounts) ||
                       (is_close && request.to != 0 && request.journal == 0 && request.reason == NULL && request.as_of == 0 && !request.accounts);
    if (!right || request.agreement == NULL) return command_usage(argc, argv, usage);
    struct money_session session;
    int code = money_session_open(request.json, "payung-ledger", request.date, &session);
    if (code == EXIT_OK) code = is_balance ? balance(&request, &session) : is_reverse ? reverse(&request, &session) : close_period(&request, &session);
    money_session_close(&session);
    return code;
}
