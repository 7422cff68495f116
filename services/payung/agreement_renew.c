/* `payung agreement renew`: shows what it would be to ask everybody of an agreement again under the next one, and with --yes does it. Nobody is enrolled by it: each one goes the path of every
 * application, with the rules and prices of the new agreement. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "services/ledger/renewal.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"

static const char usage[] =
    "usage: payung agreement renew OLD --into NEW [--yes] [--on YYYY-MM-DD] [--json]\n"
    "\n"
    "Asks everybody who is enrolled in OLD, or whose cover ended with its period, again under NEW: each is checked and priced anew, for NEW's months from its first day on (or from today, when it\n"
    "has begun). Without --yes it only shows whom and what it costs. Who was asked again already is left alone. Covers of projects and of migrant workers' contracts are not renewed.\n"
    "If NEW names OLD in \"renews\", OLD's waiting list follows by itself when OLD is over and the renewals are decided: renew before that, or those enrolled stand behind who waits.\n"
    "Exit code 0 done or nothing to do, 1 refused or failed, 2 usage, 75 when the database is away.\n"
    "  --yes    do it\n"
    "  --on     the business date, by itself today\n"
    "  --json   one JSON document on standard output\n";

static int refuse_answer(bool json, enum renew_answer answer) {
    if (answer == RENEW_UNKNOWN) return command_fail(json, EXIT_FAILED, "UNKNOWN_AGREEMENT", "one of the two agreements is not there, or they are the same", "See payung agreement list.");
    if (answer == RENEW_OVER) return command_fail(json, EXIT_FAILED, "AGREEMENT_OVER", "no month of the new agreement is left", "Name an agreement that goes on.");
    return command_fail(json, EXIT_FAILED, "AGREEMENT_NOT_LATER", "the new agreement is not in force, or does not end behind the old one", "Apply the agreement of the next period first.");
}

static void print_words(const char *old_id, const char *new_id, const struct renew_result *result, bool yes) {
    char cost[32], room[32], month[8];
    rupiah_format(result->cost, cost);
    rupiah_format(result->free_money, room);
    month_format(result->start_month, month);
    printf("Perpanjangan %s ke %s: %" PRId64 " orang, mulai %s untuk %d bulan, perkiraan %s (tersedia %s).\n", old_id, new_id, result->persons, month, result->months, cost, room);
    if (result->cost > result->free_money) printf("  PERHATIAN: pagu tidak cukup; yang terakhir masuk daftar tunggu.\n");
    if (result->asked_before > 0) printf("  sudah diajukan sebelumnya: %" PRId64 " orang\n", result->asked_before);
    if (result->without_record > 0) printf("  tanpa data (dihapus): %" PRId64 " orang, daftarkan kembali\n", result->without_record);
    if (result->other_segments > 0) printf("  proyek dan pekerja migran, tidak diperpanjang: %" PRId64 "\n", result->other_segments);
    if (result->waiting_in_old > 0) printf("  daftar tunggu %s: %" PRId64 " orang%s\n", old_id, result->waiting_in_old, result->renews ? ", menyusul" : ", tidak menyusul (\"renews\" tidak menyebutnya)");
    if (result->waiting_in_new > 0) printf("  PERHATIAN: di %s sudah %" PRId64 " orang menunggu; yang diperpanjang berada di belakang mereka.\n", new_id, result->waiting_in_new);
    if (result->persons == 0) printf("Tidak ada yang perlu dilakukan.\n");
    else printf("%s\n", yes ? "Diajukan; setiap orang diperiksa kembali." : "Belum ada yang diubah. Tambahkan --yes untuk mengajukannya.");
}

static int renew(struct money_session *session, const char *old_id, const char *new_id, bool yes) {
    struct renew_result result;
    const struct err err = command_renew(session->pg, session->arena, &session->moment, slice_text(old_id), slice_text(new_id), yes, &result);
    if (failed(&err)) return money_tell(session, &err, NULL);
    if (result.answer != RENEW_DONE) return refuse_answer(session->json, result.answer);
    if (!session->json) {
        print_words(old_id, new_id, &result, yes);
        return EXIT_OK;
    }
    char month[8], day[11];
    month_format(result.start_month, month);
    day_format(result.registration_date, day);
    command_print_json(json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:b,s:s,s:i,s:s,s:I,s:I}", "old", old_id, "new", new_id, "result",
                                 result.persons == 0 ? "nothing" : yes ? "asked" : "not asked", "persons", (json_int_t)result.persons, "asked_before", (json_int_t)result.asked_before,
                                 "without_record", (json_int_t)result.without_record, "other_segments", (json_int_t)result.other_segments, "waiting_in_old", (json_int_t)result.waiting_in_old,
                                 "waiting_in_new", (json_int_t)result.waiting_in_new, "waiting_list_follows", result.renews, "start_month", month, "months", result.months, "registration_date",
                                 day, "cost", (json_int_t)result.cost, "free", (json_int_t)result.free_money));
    return EXIT_OK;
}

int agreement_renew_main(int argc, char **argv) {
    static const struct option options[] = {{"into", required_argument, NULL, 'i'}, {"yes", no_argument, NULL, 'y'}, {"on", required_argument, NULL, 'o'}, {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'}, {0}};
    const char *into = NULL, *on = NULL;
    bool json = false, yes = false;
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (option == '?') return command_usage(argc, argv, usage);
        if (option == 'i') into = optarg;
        if (option == 'o') on = optarg;
        yes |= option == 'y';
        json |= option == 'j';
    }
    struct money_session session;
    if (into == NULL || argc - optind != 1) return command_usage(argc, argv, usage);
    day_t today = 0;
    if (on != NULL && !day_option(on, &today)) return command_usage(argc, argv, usage);
    int code = money_session_open(json, "payung-renew", today, &session);
    if (code == EXIT_OK) code = renew(&session, argv[optind], into, yes);
    money_session_close(&session);
    return code;
}
