/* `payung invoice`: issues invoices and shows them. Lines name places in the list of the agreement, never a person. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/programme.h"
#include "common/edge/fresh_file.h"
#include "services/ledger/invoice.h"
#include "services/ledger/invoice_report.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"

static const char usage[] =
    "usage: payung invoice issue --agreement ID --month YYYY-MM [--months N] [--date YYYY-MM-DD] [--json]\n"
    "       payung invoice list --agreement ID [--json]\n"
    "       payung invoice show INVOICE [--lines FILE.csv] [--json]\n"
    "\n"
    "issue  invoices everybody of the agreement for the month, or for N months from it, that they have bought and were not invoiced for, with earlier months that somebody\n"
    "       missed. Twice for a month gives nothing new. Credit of the payer is used at once.\n"
    "list   all invoices of an agreement, with what is open.\n"
    "show   one invoice, by its number or billing code.\n"
    "  --months  1 to 1200 (default 1)\n"
    "  --date    the business date (default: today); --on is the same\n"
    "  --lines   writes its lines as CSV: place in the list, month, amounts, OPEN, SETTLED, CREDITED or REFUNDED; \"-\" is standard output\n"
    "  --json    one JSON document on standard output\n"
    "Exit code 0 done or nothing to do, 1 failed or refused, 2 usage, 75 when the database is away.\n";

struct request {
    const char *agreement, *reference, *lines;
    month_t month;
    int64_t months;
    day_t date;
    bool json;
};

/* ---- issue ------------------------------------------------------------------------------------------------------------------------------------- */

static void print_issued(const struct request *request, const struct invoice *invoice) {
    const bool nothing = invoice->number[0] == '\0';
    if (request->json) {
        json_t *root = json_pack("{s:s,s:s,s:o,s:I}", "agreement", request->agreement, "result", nothing ? "nothing" : "issued", "first_month", json_month(invoice->first_month), "months",
                                 (json_int_t)invoice->months);
        if (!nothing)
            (void)json_object_update_new(root, json_pack("{s:s,s:s,s:I,s:I,s:o,s:o,s:I,s:I,s:I,s:I}", "invoice", invoice->number, "billing_code", invoice->billing_code, "invoice_no",
                                         (json_int_t)invoice->invoice_no, "journal", (json_int_t)invoice->journal_seq, "issued_on", json_day(invoice->issued_on), "due_on",
                                         json_day(invoice->due_on), "persons", (json_int_t)invoice->persons, "amount", (json_int_t)invoice->amount, "paid_from_credit",
                                         (json_int_t)invoice->from_credit.amount, "activated", (json_int_t)invoice->from_credit.activated)); /* fails only without memory */
        command_print_json(root);
        return;
    }
    if (nothing) {
        printf("Tidak ada yang perlu ditagih.\n");
        return;
    }
    char amount[AMOUNT_TEXT_MAX], due[24];
    day_format_id(invoice->due_on, due);
    printf("Tagihan      %s\nKode billing %s\n  %" PRId64 " orang, %s, jatuh tempo %s\n", invoice->number, invoice->billing_code, invoice->persons, amount_text(invoice->amount, amount), due);
    if (invoice->from_credit.amount > 0) printf("  dibayar dari titipan %s\n", amount_text(invoice->from_credit.amount, amount));
}

static int issue(const struct request *request, struct money_session *session) {
    struct invoice_result result;
    const struct err err = command_invoice(session->pg, session->arena, &session->moment, slice_text(request->agreement), request->month, (uint32_t)request->months, &result);
    const int code = money_tell(session, &err, &result.refusal);
    if (code == EXIT_OK) print_issued(request, &result.invoice);
    return code;
}

/* ---- list and show -------------------------------------------------------------------------------------------------------------------------------- */

static const char *state_word(const struct invoice_row *row) {
    if (row->reversed_by > 0) return "dibatalkan";
    if (row->open == 0) return "lunas";
    return row->open == row->amount ? "belum dibayar" : "sebagian";
}

static const char *state_code(const struct invoice_row *row) {
    if (row->reversed_by > 0) return "REVERSED";
    if (row->open == 0) return "SETTLED";
    return row->open == row->amount ? "OPEN" : "PARTLY";
}

static json_t *invoice_json(const struct invoice_row *row) {
    return json_pack("{s:o,s:o,s:o,s:o,s:i,s:o,s:o,s:i,s:I,s:I,s:I,s:s,s:I,s:I}", "invoice", json_slice(row->number), "billing_code", json_slice(row->billing_code), "agreement",
                     json_slice(row->agreement_id), "first_month", json_month(row->first_month), "months", (int)row->months, "issued_on", json_day(row->issued_on), "due_on",
                     json_day(row->due_on), "persons", (int)row->persons, "amount", (json_int_t)row->amount, "open", (json_int_t)row->open, "open_months", (json_int_t)row->open_months, "state",
                     state_code(row), "journal", (json_int_t)row->journal_seq, "reversed_by", (json_int_t)row->reversed_by);
}

static void print_invoice(const struct invoice_row *row) {
    char amount[AMOUNT_TEXT_MAX], open[AMOUNT_TEXT_MAX], month[8], due[11];
    month_format(row->first_month, month);
    day_format(row->due_on, due);
    printf("%-22.*s %s x%-3d %7d orang  %18s  sisa %18s  jatuh tempo %s  %s (jurnal %" PRId64 ")\n", SLICE_ARGS(row->number), month, row->months, row->persons,
           amount_text(row->amount, amount), amount_text(row->open, open), due, state_word(row), row->journal_seq);
}

static int list(const struct request *request, struct money_session *session) {
    const struct invoice_row *rows = NULL;
    size_t count = 0;
    bool found = false;
    const struct err err = invoice_rows(session->pg, session->arena, slice_text(request->agreement), &found, &rows, &count);
    const int code = money_tell(session, &err, NULL);
    if (code != EXIT_OK) return code;
    if (!found) return money_unknown_agreement(session);
    json_t *invoices = json_array();
    for (size_t i = 0; i < count; i++) {
        if (request->json) (void)json_array_append_new(invoices, invoice_json(&rows[i])); /* fails only without memory */
        else print_invoice(&rows[i]);
    }
    if (!request->json && count == 0) printf("Belum ada tagihan.\n");
    if (request->json) command_print_json(json_pack("{s:s,s:o}", "agreement", request->agreement, "invoices", invoices));
    else json_decref(invoices);
    return EXIT_OK;
}

static bool write_line(void *self, const struct invoice_line *line) {
    FILE *file = self;
    char month[8];
    month_format(line->month, month);
    fprintf(file, "%" PRId64 ",%s", line->place, month);
    for (int i = 0; i < LEDGER_CHARGES; i++) fprintf(file, ",%" PRId64, line->by_charge[i]);
    fprintf(file, ",%" PRId64 ",%.*s,%" PRId64 ",%.*s\n", line->reduction, SLICE_ARGS(line->relief), line->amount, SLICE_ARGS(line->state));
    return ferror(file) == 0;
}

static struct err write_lines(struct pg *pg, const struct invoice_row *row, FILE *file) {
    fprintf(file, "place,month");
    for (int i = 0; i < LEDGER_CHARGES; i++) fprintf(file, ",%s", charge_name(ledger_charge(i)));
    fprintf(file, ",reduction,relief,amount,state\n");
    return invoice_lines(pg, row, write_line, file);
}

static int unwritable(const struct request *request, const char *why) { return command_fail(request->json, EXIT_FAILED, "FILE_UNWRITABLE", why, "Check the folder, its permissions and the space on the disk."); }

static int save_lines(const struct request *request, struct money_session *session, const struct invoice_row *row) {
    struct fresh_file file;
    if (strcmp(request->lines, "-") == 0) {
        const struct err err = write_lines(session->pg, row, stdout);
        if (!failed(&err) && (fflush(stdout) != 0 || ferror(stdout) != 0)) return unwritable(request, "the lines could not be written whole");
        return money_tell(session, &err, NULL);
    }
    struct err written = fresh_file_open(request->lines, FRESH_SHARED, &file);
    if (failed(&written)) return unwritable(request, written.text);
    const struct err err = write_lines(session->pg, row, file.stream);
    if (failed(&err)) fresh_file_drop(&file);
    else written = fresh_file_keep(&file);
    return failed(&written) ? unwritable(request, written.text) : money_tell(session, &err, NULL);
}

static int show(const struct request *request, struct money_session *session) {
    struct invoice_row row = {0};
    bool found = false;
    const struct err err = invoice_find(session->pg, session->arena, slice_text(request->reference), &found, &row);
    int code = money_tell(session, &err, NULL);
    if (code != EXIT_OK) return code;
    if (!found) return command_fail(request->json, EXIT_FAILED, "UNKNOWN_INVOICE", "there is no such invoice, or its billing code has a wrong digit", "See payung invoice list --agreement ID.");
    if (request->lines != NULL) code = save_lines(request, session, &row);
    if (code != EXIT_OK) return code;
    if (request->json) command_print_json(invoice_json(&row));
    else if (request->lines == NULL || strcmp(request->lines, "-") != 0) {
        print_invoice(&row);
        printf("  kode billing %.*s, perjanjian %.*s, belum lunas %" PRId64 " bulan-orang\n", SLICE_ARGS(row.billing_code), SLICE_ARGS(row.agreement_id), row.open_months);
    }
    return EXIT_OK;
}

/* ---- arguments -------------------------------------------------------------------------------------------------------------------------------------- */

static bool take(struct request *request, int option, const char *value) {
    switch (option) {
    case 'a': request->agreement = value; return true;
    case 'l': request->lines = value; return true;
    case 'j': request->json = true; return true;
    case 'm': return month_option(value, &request->month);
    case 'n': return number_option(value, INVOICE_MONTHS_MAX, &request->months);
    case 'd': return day_option(value, &request->date);
    default: return false;
    }
}

int invoice_main(int argc, char **argv) {
    static const struct option options[] = {{"agreement", required_argument, NULL, 'a'}, {"month", required_argument, NULL, 'm'}, {"months", required_argument, NULL, 'n'},
                                            {"date", required_argument, NULL, 'd'}, {"on", required_argument, NULL, 'd'}, {"lines", required_argument, NULL, 'l'}, {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'}, {0}};
    struct request request = {.months = 0};
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (!take(&request, option, optarg)) return command_usage(argc, argv, usage);
    }
    const char *what = optind < argc ? argv[optind] : "";
    const bool is_issue = strcmp(what, "issue") == 0, is_list = strcmp(what, "list") == 0, is_show = strcmp(what, "show") == 0;
    const bool has_terms = request.month != 0 || request.months != 0 || request.date != 0;
    const bool right = (is_issue && argc - optind == 1 && request.agreement != NULL && request.month != 0 && request.lines == NULL) ||
                       (is_list && argc - optind == 1 && request.agreement != NULL && !has_terms && request.lines == NULL) ||
                       (is_show && argc - optind == 2 && request.agreement == NULL && !has_terms);
    if (!right || (request.json && request.lines != NULL && strcmp(request.lines, "-") == 0)) return command_usage(argc, argv, usage);
    if (request.months == 0) request.months = 1;
    if (is_show) request.reference = argv[optind + 1];
    struct money_session session;
    int code = money_session_open(request.json, "payung-invoice", request.date, &session);
    if (code == EXIT_OK) code = is_issue ? issue(&request, &session) : is_list ? list(&request, &session) : show(&request, &session);
    money_session_close(&session);
    return code;
}
