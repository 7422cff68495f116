/* `payung payment`: what came in, and to whom it was booked. It shows what the books know; taking in statements and the work list have files of their own. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "services/ledger/billing.h"
#include "services/ledger/invoice_report.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"
#include "services/payung/payment.h"

static const char usage[] =
    "usage: payung payment list --agreement ID [--json]\n"
    "       payung payment show SOURCE EXTERNAL_ID [--json]\n"
    "       payung payment import FILE ...             payung payment import --help explains it\n"
    "       payung payment suspense list|assign|...    payung payment suspense --help explains it\n"
    "\n"
    "list      payments of an agreement in the order of booking, with those that were assigned to it out of suspense; --agreement none shows what is not assigned.\n"
    "show      one payment, by who told it and the number it has there.\n"
    "import    reads a bank statement and hands its payments to the ledger.\n"
    "suspense  the work list: payments without a payer, and messages that are no payment.\n"
    "  --json  one JSON document on standard output\n"
    "Exit code 0 done, 1 failed, 2 usage, 75 when the database is away.\n";

/* What an operator may see of a reference (billing.h). */
static json_t *payment_json(const struct payment_row *row) {
    char reference[REFERENCE_SHOWN_MAX];
    reference_show(row->reference, reference);
    return json_pack("{s:o,s:o,s:o,s:o,s:s,s:I,s:I,s:I,s:o,s:o,s:I,s:I,s:I}", "source", json_slice(row->source), "external_id", json_slice(row->external_id), "agreement",
                     json_slice(row->agreement_id), "bank", json_slice(row->bank), "reference", reference, "amount", (json_int_t)row->amount, "settled", (json_int_t)row->settled, "credited",
                     (json_int_t)row->credited, "received_on", json_day(row->received_on), "state", json_slice(row->state), "journal", (json_int_t)row->journal_seq, "reversed_by",
                     (json_int_t)row->reversed_by, "suspense", (json_int_t)row->suspense_no);
}

static void print_payment(const struct payment_row *row) {
    char amount[AMOUNT_TEXT_MAX], settled[AMOUNT_TEXT_MAX], day[11], reference[REFERENCE_SHOWN_MAX];
    day_format(row->received_on, day);
    reference_show(row->reference, reference);
    printf("%s  %18s  lunas %18s  %-10.*s %.*s %.*s  %s (jurnal %" PRId64 ")", day, amount_text(row->amount, amount), amount_text(row->settled, settled), SLICE_ARGS(row->state),
           SLICE_ARGS(row->source), SLICE_ARGS(row->external_id), reference, row->journal_seq);
    if (row->reversed_by > 0) printf(", dibatalkan oleh jurnal %" PRId64, row->reversed_by);
    putchar('\n');
}

static int list(bool json, const char *agreement, struct money_session *session) {
    const struct payment_row *rows = NULL;
    size_t count = 0;
    bool found = false;
    const struct err err = payment_rows(session->pg, session->arena, slice_text(agreement), &found, &rows, &count);
    const int code = money_tell(session, &err, NULL);
    if (code != EXIT_OK) return code;
    if (!found) return money_unknown_agreement(session);
    json_t *payments = json_array();
    for (size_t i = 0; i < count; i++) {
        if (json) (void)json_array_append_new(payments, payment_json(&rows[i])); /* fails only without memory */
        else print_payment(&rows[i]);
    }
    if (!json && count == 0) printf("Belum ada pembayaran.\n");
    if (json) command_print_json(json_pack("{s:s,s:o}", "agreement", agreement, "payments", payments));
    else json_decref(payments);
    return EXIT_OK;
}

static int show(bool json, const char *source, const char *external_id, struct money_session *session) {
    struct payment_row row = {0};
    bool found = false;
    const struct err err = payment_find(session->pg, session->arena, slice_text(source), slice_text(external_id), &found, &row);
    const int code = money_tell(session, &err, NULL);
    if (code != EXIT_OK) return code;
    if (!found) return command_fail(json, EXIT_FAILED, "UNKNOWN_PAYMENT", "no payment was booked under this number", "It may stand in the work list: payung payment suspense list --all.");
    if (json) command_print_json(payment_json(&row));
    else print_payment(&row);
    return EXIT_OK;
}

int payment_main(int argc, char **argv) {
    static const struct option options[] = {{"agreement", required_argument, NULL, 'a'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    if (argc > 1 && strcmp(argv[1], "import") == 0) return payment_import(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "suspense") == 0) return payment_suspense(argc - 1, argv + 1);
    const char *agreement = NULL;
    bool json = false;
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (option == '?') return command_usage(argc, argv, usage);
        if (option == 'a') agreement = optarg;
        json |= option == 'j';
    }
    const char *what = optind < argc ? argv[optind] : "";
    const bool is_list = strcmp(what, "list") == 0 && argc - optind == 1 && agreement != NULL;
    const bool is_show = strcmp(what, "show") == 0 && argc - optind == 3 && agreement == NULL;
    if (!is_list && !is_show) return command_usage(argc, argv, usage);
    struct money_session session;
    int code = money_session_open(json, "payung-payment", 0, &session);
    if (code == EXIT_OK) code = is_list ? list(json, agreement, &session) : show(json, argv[optind + 1], argv[optind + 2], &session);
    money_session_close(&session);
    return code;
}
