/* `payung forecast`: until when the money of an agreement lasts, what its renewal costs, who would be called from the waiting list, who lapses. Estimates by the prices of today: nothing is
 * changed, nobody is named. */
#include "services/ledger/forecast.h"

#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "services/payung/commands.h"
#include "services/payung/law_tables.h"
#include "services/payung/money_command.h"

enum { PLACES_MAX = 1000000 };

static const char usage[] = "usage: payung forecast AGREEMENT [--date YYYY-MM-DD] [--places N | --pagu RUPIAH] [--json]\n"
                            "\n"
                            "Looks ahead from a day, by itself today: the month up to which the pagu pays for everybody enrolled, what was spent each month, what a renewal for the same number of months\n"
                            "would cost, who would be called from the waiting list, and who lapses next month if nothing is paid. All prices are those of today's enrolments; the law may change them.\n"
                            "Exit code 0 done, 1 failed or unknown, 2 usage, 75 when the database is away.\n"
                            "  --date    the business date, by itself today; --on is the same\n"
                            "  --places  what if so many enrolled persons left\n"
                            "  --pagu    what if the pagu were this\n"
                            "  --json    one JSON document on standard output\n";

static const char *month_text(month_t month, char text[8]) {
    text[0] = '\0';
    if (month != 0) month_format(month, text);
    return text;
}

static json_t *spent_json(const struct forecast *forecast) {
    json_t *spent = json_array();
    char month[8];
    for (size_t i = 0; i < forecast->month_count; i++)
        (void)json_array_append_new(spent, json_pack("{s:s,s:I}", "month", month_text(forecast->spent[i].month, month), "amount", (json_int_t)forecast->spent[i].amount));
    return spent;
}

static json_t *promotion_json(const struct forecast_question *question, const struct forecast *forecast) {
    json_t *ids = json_array();
    char text[2 * ID_BYTES + 1], start[8];
    for (size_t i = 0; i < forecast->promotion.id_count; i++) {
        id_format(forecast->promotion.ids[i], text);
        (void)json_array_append_new(ids, json_string(text));
    }
    return json_pack("{s:I,s:o,s:I,s:I,s:I,s:s,s:i,s:o}", "places", (json_int_t)question->places, "pagu", question->pagu >= 0 ? json_integer(question->pagu) : json_null(), "money",
                     (json_int_t)forecast->what_if_money, "persons", (json_int_t)forecast->promotion.persons, "cost", (json_int_t)forecast->promotion.cost, "start_month",
                     month_text(forecast->promotion.start_month, start), "months", forecast->promotion.months, "first", ids);
}

static void print_json(const struct forecast_question *question, const struct forecast *forecast) {
    char day[11], last[8], bound[8], covers[8], lapse[8];
    day_format(question->day, day);
    json_t *budget = json_pack("{s:I,s:I,s:I,s:I,s:I}", "pagu", (json_int_t)forecast->pagu, "committed", (json_int_t)forecast->committed, "reserved", (json_int_t)forecast->reserved,
                               "delegated", (json_int_t)forecast->delegated, "free", (json_int_t)forecast->free_money);
    json_t *renewal = json_pack("{s:I,s:i,s:I}", "persons", (json_int_t)forecast->renewal_persons, "months", forecast->renewal_months, "cost", (json_int_t)forecast->renewal_cost);
    json_t *lapsing = json_pack("{s:s,s:I}", "month", month_text(forecast->lapse_month, lapse), "persons", (json_int_t)forecast->lapsing);
    command_print_json(json_pack("{s:s%,s:s,s:o,s:I,s:I,s:I,s:s,s:i,s:s,s:s,s:o,s:o,s:o,s:o}", "agreement", (const char *)question->agreement_id.bytes, question->agreement_id.size, "date", day,
                                 "budget", budget, "enrolled", (json_int_t)forecast->enrolled, "waiting", (json_int_t)forecast->waiting, "monthly", (json_int_t)forecast->monthly,
                                 "last_month", month_text(forecast->last_month, last), "months_left", forecast->months_left, "bound_to", month_text(forecast->bound_to, bound), "covers_to",
                                 month_text(forecast->covers_to, covers), "spent", spent_json(forecast), "renewal", renewal, "promotion", promotion_json(question, forecast), "lapsing", lapsing));
}

static void print_promotion(const struct forecast_question *question, const struct forecast *forecast) {
    const struct promotion_preview *promotion = &forecast->promotion;
    char cost[32], pagu[32], month[8], id[2 * ID_BYTES + 1];
    rupiah_format(promotion->cost, cost);
    rupiah_format(question->pagu, pagu);
    if (question->pagu >= 0) printf("Bila pagu menjadi %s: ", pagu);
    else if (question->places > 0) printf("Bila %" PRId64 " tempat kosong: ", question->places);
    else printf("Daftar tunggu sekarang: ");
    if (promotion->persons == 0) {
        printf("tidak ada yang dapat dipanggil (%" PRId64 " menunggu).\n", forecast->waiting);
        return;
    }
    printf("%" PRId64 " dari %" PRId64 " dipanggil mulai %s untuk %d bulan, %s.\n", promotion->persons, forecast->waiting, month_text(promotion->start_month, month), promotion->months, cost);
    for (size_t i = 0; i < promotion->id_count; i++) {
        id_format(promotion->ids[i], id);
        printf("  %zu. %s\n", i + 1, id);
    }
}

static void print_words(const struct forecast_question *question, const struct forecast *forecast) {
    char a[32], b[32], day[24], month[8];
    day_format_id(question->day, day);
    printf("Perkiraan %.*s per %s (tarif hari ini; dapat berubah menurut peraturan).\n", SLICE_ARGS(question->agreement_id), day);
    rupiah_format(forecast->pagu, a);
    rupiah_format(forecast->free_money, b);
    printf("  pagu %s, belum terikat %s\n", a, b);
    rupiah_format(forecast->monthly, a);
    printf("  %" PRId64 " orang terdaftar, iuran sebulan %s\n", forecast->enrolled, a);
    printf("  perjanjian sampai %s, tersisa %d bulan\n", month_text(forecast->last_month, month), forecast->months_left);
    if (forecast->bound_to != 0) printf("  sudah terikat sampai %s", month_text(forecast->bound_to, month));
    if (forecast->bound_to != 0) printf(", pagu cukup sampai %s\n", month_text(forecast->covers_to, month));
    for (size_t i = 0; i < forecast->month_count; i++) {
        rupiah_format(forecast->spent[i].amount, a);
        printf("  %s ditagih %s\n", month_text(forecast->spent[i].month, month), a);
    }
    rupiah_format(forecast->renewal_cost, a);
    printf("Perpanjangan %d bulan untuk %" PRId64 " orang: %s.\n", forecast->renewal_months, forecast->renewal_persons, a);
    print_promotion(question, forecast);
    if (forecast->lapsing > 0) printf("Nonaktif pada awal %s bila tidak dibayar: %" PRId64 " orang.\n", month_text(forecast->lapse_month, month), forecast->lapsing);
    else printf("Tidak ada yang menjadi nonaktif pada awal %s.\n", month_text(forecast->lapse_month, month));
}

static int forecast_and_tell(struct money_session *session, const struct forecast_question *question) {
    static struct forecast forecast;
    const struct err err = ledger_forecast(session->pg, session->arena, question, &forecast);
    if (failed(&err)) return money_tell(session, &err, NULL);
    if (!forecast.found) return money_unknown_agreement(session);
    if (session->json) print_json(question, &forecast);
    else print_words(question, &forecast);
    return EXIT_OK;
}

int forecast_main(int argc, char **argv) {
    static const struct option options[] = {{"date", required_argument, NULL, 'd'}, {"on", required_argument, NULL, 'd'}, {"places", required_argument, NULL, 'n'}, {"pagu", required_argument, NULL, 'p'},
                                            {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *date = NULL;
    struct forecast_question question = {.pagu = -1};
    bool json = false, wrong = false;
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (option == '?') return command_usage(argc, argv, usage);
        char *end = NULL;
        if (option == 'd') date = optarg;
        if (option == 'n') question.places = strtol(optarg, &end, 10);
        wrong |= option == 'n' && (*end != '\0' || question.places < 1 || question.places > PLACES_MAX);
        wrong |= option == 'p' && (!rupiah_parse(slice_text(optarg), &question.pagu) || question.pagu < 0 || question.pagu > RUPIAH_INPUT_MAX);
        json |= option == 'j';
    }
    struct parameters parameters;
    struct money_session session;
    if (date != NULL) wrong |= !day_option(date, &question.day);
    else question.day = law_today();
    if (wrong || argc - optind != 1 || (question.places > 0 && question.pagu >= 0)) return command_usage(argc, argv, usage);
    int code = law_parameters_open(json, &parameters);
    if (code != EXIT_OK) return code;
    code = money_session_open(json, "payung-forecast", question.day, &session);
    question.agreement_id = slice_text(argv[optind]);
    question.grace_months = (uint32_t)parameter(&parameters, PARAMETER_GRACE_MONTHS);
    if (code == EXIT_OK) code = forecast_and_tell(&session, &question);
    money_session_close(&session);
    return code;
}
