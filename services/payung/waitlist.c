/* `payung waitlist`: who waits in an agreement, in the order in which they are served, or the place of one enrolment; and the way to mend a list from before migration 0007. Nobody is named. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/ledger/waiting_report.h"
#include "services/ledger/waiting_restore.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"

enum { LIMIT_BY_ITSELF = 50 };

static const char usage[] = "usage: payung waitlist AGREEMENT [--limit N] [--json]\n"
                            "       payung waitlist --enrolment ID [--json]\n"
                            "       payung waitlist restore [--json]\n"
                            "\n"
                            "Shows the waiting list of an agreement in the order of service: priority class, desil, date of proposal, village, row. First those who have a reservation already:\n"
                            "they are being decided. The ticket is the number that was told when an enrolment began to wait; its place is how many are served before it, and itself.\n"
                            "\n"
                            "restore looks in the topic for the messages of those who waited before the waiting list was kept in full (migration 0007): nobody is served past one whose\n"
                            "message is missing. Without such rows it does nothing. Exit code 3: not all were found (the topic keeps them for a time only): enrol a list of the lost rows\n"
                            "once more, in another order or number; they keep their answers and places, and their messages are in the topic again. Then restore again.\n"
                            "Environment: PGURL, and BROKERS for restore.\n"
                            "Exit code 0 done, 1 failed or unknown, 2 usage, 75 when the database is away.\n"
                            "  --limit  rows to show, by itself 50, at most 10000\n"
                            "  --json   one JSON document on standard output\n";

static const char *state_word(const struct waiting_row *row) { return row->is_reserved ? "reserved" : "waiting"; }

static json_t *row_json(const struct waiting_row *row) {
    char id[2 * ID_BYTES + 1], proposed[11], until[11] = "", start[8];
    id_format(row->application_id, id);
    day_format(row->proposal_date, proposed);
    if (row->reserved_until != 0) day_format(row->reserved_until, until);
    month_format(row->start_month, start);
    return json_pack("{s:s,s:s,s:I,s:I,s:i,s:o,s:s,s:I,s:b,s:s,s:i,s:I,s:s}", "enrolment", id, "state", state_word(row), "place", (json_int_t)row->place, "ticket", (json_int_t)row->ticket,
                     "class", row->class_number, "desil", row->desil <= DESIL_MAX ? json_integer(row->desil) : json_null(), "proposed", proposed, "village", (json_int_t)row->village,
                     "undecided", row->is_undecided, "start_month", start, "months", row->months, "amount", (json_int_t)row->amount, "reserved_until", until);
}

static void print_row(const struct waiting_row *row) {
    char id[2 * ID_BYTES + 1], proposed[11], until[11] = "", amount[32], place[24], desil[12] = "-";
    id_format(row->application_id, id);
    day_format(row->proposal_date, proposed);
    rupiah_format(row->amount, amount);
    if (row->reserved_until != 0) day_format(row->reserved_until, until);
    if (row->is_reserved) (void)snprintf(place, sizeof place, "cadangan");
    else (void)snprintf(place, sizeof place, "%" PRId64, row->place);
    if (row->desil <= DESIL_MAX) (void)snprintf(desil, sizeof desil, "%d", row->desil);
    printf("%-9s%-7" PRId64 "%-7d%-7s%-12s%010" PRId64 "  %s  %s%s%s%s\n", place, row->ticket, row->class_number, desil, proposed, row->village, id, amount,
           row->is_reserved ? "  sampai " : "", until, row->is_undecided ? "  menunggu jawaban" : "");
}

static int show_list(struct money_session *session, const char *agreement, int32_t limit) {
    struct waiting_list list;
    const struct err err = waiting_list_read(session->pg, session->arena, slice_text(agreement), limit, &list);
    if (failed(&err)) return money_tell(session, &err, NULL);
    if (!list.found) return money_unknown_agreement(session);
    if (session->json) {
        json_t *rows = json_array();
        for (size_t i = 0; i < list.row_count; i++) (void)json_array_append_new(rows, row_json(&list.rows[i]));
        command_print_json(json_pack("{s:s,s:I,s:I,s:I,s:I,s:o}", "agreement", agreement, "waiting", (json_int_t)list.waiting, "records_missing",
                                     (json_int_t)list.unknown, "reserved", (json_int_t)list.reserved, "reserved_money",
                                     (json_int_t)list.reserved_money, "rows", rows));
        return EXIT_OK;
    }
    char money[32];
    rupiah_format(list.reserved_money, money);
    printf("Daftar tunggu %s: %" PRId64 " menunggu, %" PRId64 " mendapat cadangan (%s).\n", agreement, list.waiting, list.reserved, money);
    if (list.unknown > 0)
        printf("PERHATIAN: data %" PRId64 " pendaftar yang menunggu belum lengkap; tidak ada yang dilayani melewati mereka. Perbaiki: payung waitlist restore.\n", list.unknown);
    if (list.row_count > 0) printf("%-9s%-7s%-7s%-7s%-12s%-12s%-34s%s\n", "tempat", "nomor", "kelas", "desil", "usulan", "desa", "pendaftaran", "iuran");
    for (size_t i = 0; i < list.row_count; i++) print_row(&list.rows[i]);
    if ((int64_t)list.row_count < list.waiting + list.reserved) printf("... dan %" PRId64 " lagi (--limit).\n", list.waiting + list.reserved - (int64_t)list.row_count);
    return EXIT_OK;
}

static int show_one(struct money_session *session, const char *enrolment) {
    struct waiting_standing standing;
    struct id id;
    if (!id_parse(slice_text(enrolment), &id)) return command_fail(session->json, EXIT_USAGE, "ENROLMENT_INVALID", "that is no id of an enrolment", "An id has 32 digits, as the service gave it.");
    const struct err err = waiting_standing_read(session->pg, session->arena, id, &standing);
    if (failed(&err)) return money_tell(session, &err, NULL);
    if (!standing.found) return command_fail(session->json, EXIT_FAILED, "NOT_WAITING", "this enrolment does not wait", "payung status tells how it was decided.");
    if (session->json) {
        json_t *row = row_json(&standing.row);
        (void)json_object_set_new(row, "agreement", json_stringn((const char *)standing.agreement_id.bytes, standing.agreement_id.size)); /* fails only without memory */
        (void)json_object_set_new(row, "waiting", json_integer(standing.waiting));
        command_print_json(row);
        return EXIT_OK;
    }
    char until[24] = "";
    if (standing.row.reserved_until != 0) day_format_id(standing.row.reserved_until, until);
    if (standing.row.is_reserved) printf("Pendaftaran %s mendapat cadangan di %.*s sampai %s.\n", enrolment, SLICE_ARGS(standing.agreement_id), until);
    else printf("Pendaftaran %s: tempat %" PRId64 " dari %" PRId64 " di daftar tunggu %.*s (nomor %" PRId64 ").\n", enrolment, standing.row.place, standing.waiting,
                SLICE_ARGS(standing.agreement_id), standing.row.ticket);
    return EXIT_OK;
}

static int restore(struct money_session *session) {
    struct waiting_restored restored;
    const char *brokers = command_env(session->json, "BROKERS");
    if (brokers == NULL) return EXIT_USAGE;
    const struct err err = waiting_restore(session->pg, brokers, &restored);
    if (err.fate == FATE_AGAIN) return command_fail(session->json, EXIT_TEMPORARY, "SERVER_AWAY", err.text, "Run the command again when PostgreSQL and Kafka are there.");
    if (failed(&err)) return money_tell(session, &err, NULL);
    const int64_t left = restored.missing - restored.restored;
    if (session->json)
        command_print_json(json_pack("{s:I,s:I,s:I,s:I}", "missing", (json_int_t)restored.missing, "restored", (json_int_t)restored.restored, "left", (json_int_t)left, "read",
                                     (json_int_t)restored.read));
    else if (restored.missing == 0) printf("Daftar tunggu lengkap.\n");
    else printf("Data pendaftar yang menunggu: %" PRId64 " belum lengkap, %" PRId64 " dilengkapi dari topik, %" PRId64 " tidak ditemukan.\n", restored.missing, restored.restored, left);
    return left > 0 ? EXIT_WITH_REJECTIONS : EXIT_OK;
}

int waitlist_main(int argc, char **argv) {
    static const struct option options[] = {{"limit", required_argument, NULL, 'l'}, {"enrolment", required_argument, NULL, 'e'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *enrolment = NULL;
    bool json = false, wrong = false;
    long limit = LIMIT_BY_ITSELF;
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (option == '?') return command_usage(argc, argv, usage);
        char *end = NULL;
        if (option == 'l') limit = strtol(optarg, &end, 10);
        wrong |= option == 'l' && (*end != '\0' || limit < 1 || limit > WAITING_ROWS_MAX);
        if (option == 'e') enrolment = optarg;
        json |= option == 'j';
    }
    if (wrong || argc - optind != (enrolment == NULL ? 1 : 0)) return command_usage(argc, argv, usage);
    const bool restores = enrolment == NULL && strcmp(argv[optind], "restore") == 0;
    struct money_session session;
    int code = money_session_open(json, "payung-waitlist", 0, &session);
    if (code == EXIT_OK) code = restores ? restore(&session) : enrolment != NULL ? show_one(&session, enrolment) : show_list(&session, argv[optind], (int32_t)limit);
    money_session_close(&session);
    return code;
}
