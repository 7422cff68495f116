/* `payung reconcile`: the books beside what others say, a bank's statement or the insurer's list of participants. Nothing is changed; what differs is named by lines of the file and
 * our own numbers, never by a NIK or a name. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/rupiah.h"
#include "common/edge/csv.h"
#include "common/edge/fresh_file.h"
#include "services/ledger/payment_inbox.h"
#include "services/ledger/reconcile_bank.h"
#include "services/ledger/reconcile_participants.h"
#include "services/payung/commands.h"

enum { SHOWN_MAX = 50, SHOWN_JSON_MAX = 1000 };

static const char usage[] =
    "usage: payung reconcile bank FILE [--format csv|mt940] [--account NO] [--bank NAME] [--agreement ID] [--from YYYY-MM-DD] [--to YYYY-MM-DD] [--output FILE.csv] [--json]\n"
    "       payung reconcile participants FILE.csv --agreement ID [--output FILE.csv] [--json]\n"
    "\n"
    "bank          compares a bank statement (as payung payment import reads it) with the payments and the work list of the ledger: the same in both, amounts that differ, only in\n"
    "              the file, only in the ledger.\n"
    "participants  compares the insurer's list (columns nik;kpj;program;mulai;akhir;status, one person a line) with who is enrolled under the agreement: active at both, at the\n"
    "              insurer only, with us only, status, months or programmes differ. Persons are compared by their keyed tokens; rows are named by the line of the insurer's file\n"
    "              and our enrolment id.\n"
    "  --from, --to  the days of payments that are compared (default: those of the file)\n"
    "  --output      writes all differences as CSV, when the comparison has come to its end; the first ones are shown in any case\n"
    "Environment: PGURL, and PAYUNG_KEYS for participants. Exit codes: 0 no difference, 1 failed, 2 usage, 3 there are differences, 75 database away.\n";

struct options {
    const char *what, *path, *agreement, *account, *bank, *output;
    enum statement_format format;
    day_t from, to;
    bool json;
};

/* Where differences go: the first ones to the screen or into the document, all of them into the file. */
struct telling {
    const struct options *options;
    json_t *shown;
    struct fresh_file file;
    FILE *output; /* its stream; NULL: there is no --output */
    int64_t count;
};

static int database_failure(bool json, const struct err *err) {
    if (err->fate == FATE_AGAIN) return command_fail(json, EXIT_TEMPORARY, "DATABASE_AWAY", err->text, "Start PostgreSQL, then run the command again. Nothing was changed.");
    return command_fail(json, EXIT_FAILED, "RECONCILE_FAILED", err->text, "Nothing was changed. Check the name of the file; is the schema up to date (payung migrate)?");
}

static bool open_output(struct telling *telling) {
    const struct options *options = telling->options;
    if (options->output == NULL) return true;
    const struct err err = fresh_file_open(options->output, FRESH_SHARED, &telling->file);
    telling->output = telling->file.stream;
    return !failed(&err);
}

static int output_failure(const struct options *options) {
    return command_fail(options->json, EXIT_FAILED, "OUTPUT_FAILED", "the file of --output can't be written", "Check its folder and the space on the disk.");
}

/* Nothing of it is kept when the comparison came to no end; a file that stood there stays what it was. False when something of it did not reach the disk. */
static bool close_output(struct telling *telling, bool keep) {
    if (telling->output == NULL) return true;
    telling->output = NULL;
    if (!keep) {
        fresh_file_drop(&telling->file);
        return true;
    }
    const struct err err = fresh_file_keep(&telling->file);
    return !failed(&err);
}

static bool is_shown(const struct telling *telling) { return telling->count <= (telling->options->json ? SHOWN_JSON_MAX : SHOWN_MAX); }

static void print_rest(const struct telling *telling) {
    if (telling->count > SHOWN_MAX) printf("  ... dan %" PRId64 " lagi%s\n", telling->count - SHOWN_MAX, telling->options->output != NULL ? "; semuanya ada di berkas" : "; pakai --output BERKAS.csv");
}

/* ---- bank ---- */

static const char *const bank_codes[BANK_DIFFERENCE_KINDS] = {"", "AMOUNT_DIFFERS", "FILE_ONLY", "LEDGER_ONLY"};
static const char *const bank_words[BANK_DIFFERENCE_KINDS] = {"", "jumlah berbeda", "hanya di berkas bank", "hanya di buku besar"};

static void amount_words(bool has, rupiah amount, char ret_text[32]) {
    if (has) rupiah_format(amount, ret_text);
    else (void)snprintf(ret_text, 32, "-");
}

static json_t *amount_json(bool has, rupiah amount) { return has ? json_integer(amount) : json_null(); }

static void bank_differs(void *self, const struct bank_difference *difference) {
    struct telling *telling = self;
    char file_amount[32], ledger_amount[32], day[11] = "-";
    telling->count++;
    if (difference->day != 0) day_format(difference->day, day);
    amount_words(difference->has_file_amount, difference->file_amount, file_amount);
    amount_words(difference->has_ledger_amount, difference->ledger_amount, ledger_amount);
    const int size = (int)difference->external_id.size, source_size = (int)difference->source.size;
    const char *number = (const char *)difference->external_id.bytes, *source = (const char *)difference->source.bytes;
    if (is_shown(telling) && telling->options->json) {
        (void)json_array_append_new(telling->shown, json_pack("{s:s,s:I,s:s%,s:s%,s:s,s:o,s:o,s:s%}", "difference", bank_codes[difference->kind], "line", (json_int_t)difference->line, "source",
                                                              source, difference->source.size, "external_id", number, difference->external_id.size, "date", day, "file_amount",
                                                              amount_json(difference->has_file_amount, difference->file_amount), "ledger_amount",
                                                              amount_json(difference->has_ledger_amount, difference->ledger_amount), "problem", (const char *)difference->problem.bytes,
                                                              difference->problem.size)); /* fails only without memory */
    } else if (is_shown(telling)) {
        if (difference->line > 0) printf("  baris %u: ", difference->line);
        else printf("  %.*s: ", source_size, source);
        printf("%s, nomor %.*s, %s, berkas %s, buku besar %s%s%.*s\n", bank_words[difference->kind], size, number, day, file_amount, ledger_amount, difference->problem.size > 0 ? ", " : "",
               SLICE_ARGS(difference->problem));
    }
    if (telling->output == NULL) return;
    if (telling->count == 1) (void)fputs("baris;perbedaan;sumber;nomor;tanggal;jumlah_berkas;jumlah_buku;masalah\r\n", telling->output); /* errors are seen at its end */
    uint8_t cell[2 * PAYMENT_TEXT_MAX + 3];
    const size_t cell_size = difference->external_id.size <= PAYMENT_TEXT_MAX ? csv_write_cell(difference->external_id, ';', cell) : 0;
    fprintf(telling->output, "%u;%s;%.*s;%.*s;%s;%s;%s;%.*s\r\n", difference->line, bank_codes[difference->kind], source_size, source, (int)cell_size, (const char *)cell, day, file_amount,
            ledger_amount, SLICE_ARGS(difference->problem));
}

static json_t *bank_json(const struct reconcile_bank_report *report, json_t *shown) {
    char from[11] = "", to[11] = "";
    if (report->from != 0) day_format(report->from, from);
    if (report->to != 0) day_format(report->to, to);
    return json_pack("{s:s,s:s,s:s,s:{s:I,s:I},s:{s:I,s:I},s:{s:I,s:I,s:I},s:I,s:I,s:I,s:I,s:O}", "format", statement_format_name(report->file.format), "from", from, "to", to, "file",
                     "count", (json_int_t)report->file_count, "sum", (json_int_t)report->file_sum, "ledger", "count", (json_int_t)report->ledger_count, "sum",
                     (json_int_t)report->ledger_sum, "equal", "count", (json_int_t)report->equal_count, "sum", (json_int_t)report->equal_sum, "suspended",
                     (json_int_t)report->suspended_count, "doubled", (json_int_t)report->doubled, "amount_differs", (json_int_t)report->differences[BANK_AMOUNT_DIFFERS], "file_only",
                     (json_int_t)report->differences[BANK_FILE_ONLY], "ledger_only", (json_int_t)report->differences[BANK_LEDGER_ONLY], "differences", shown);
}

static void print_bank(const struct reconcile_bank_report *report, const struct telling *telling) {
    char file_sum[32], ledger_sum[32], equal_sum[32];
    rupiah_format(report->file_sum, file_sum);
    rupiah_format(report->ledger_sum, ledger_sum);
    rupiah_format(report->equal_sum, equal_sum);
    print_rest(telling);
    printf("Berkas bank         %" PRId64 " baris, %s\nBuku besar          %" PRId64 " pembayaran, %s\n  sama              %" PRId64 ", %s\n", report->file_count, file_sum, report->ledger_count,
           ledger_sum, report->equal_count, equal_sum);
    if (report->suspended_count > 0) printf("    ditangguhkan    %" PRId64 "\n", report->suspended_count);
    printf("  jumlah berbeda    %" PRId64 "\n  hanya di berkas   %" PRId64 "\n  hanya di buku     %" PRId64 "\n", report->differences[BANK_AMOUNT_DIFFERS], report->differences[BANK_FILE_ONLY],
           report->differences[BANK_LEDGER_ONLY]);
    if (report->doubled > 0) printf("  ganda dalam berkas %" PRId64 "\n", report->doubled);
    printf(telling->count == 0 ? "Cocok.\n" : "TIDAK cocok.\n");
}

static int unknown_agreement(bool json) {
    return command_fail(json, EXIT_FAILED, "UNKNOWN_AGREEMENT", "there is no such agreement", "Correct the id (payung agreement list).");
}

static int reconcile_with_bank(const struct options *options, struct telling *telling, struct pg *pg) {
    const struct reconcile_bank task = {
        .file = {.path = options->path, .format = options->format, .account = options->account, .bank = options->bank}, .agreement_id = slice_text(options->agreement != NULL ? options->agreement : ""),
        .from = options->from, .to = options->to, .differs = bank_differs, .self = telling,
    };
    struct reconcile_bank_report report;
    const struct err err = reconcile_bank(pg, &task, &report);
    const bool written = close_output(telling, !failed(&err) && !report.unknown_agreement && report.file.refused[0] == '\0');
    if (failed(&err)) return database_failure(options->json, &err);
    if (report.unknown_agreement) return unknown_agreement(options->json);
    if (report.file.refused[0] != '\0') return command_fail(options->json, EXIT_FAILED, "FILE_REFUSED", report.file.refused, "Correct the file, then run the command again. Nothing was changed.");
    if (!written) return output_failure(options);
    if (options->json) command_print_json(bank_json(&report, telling->shown));
    else print_bank(&report, telling);
    return telling->count == 0 ? EXIT_OK : EXIT_WITH_REJECTIONS;
}

/* ---- participants ---- */

static const char *const participant_codes[PARTICIPANT_DIFFERENCE_KINDS] = {"", "INSURER_ONLY", "OURS_ONLY", "STATUS_DIFFERS", "MONTHS_DIFFER", "PROGRAMMES_DIFFER", "DOUBLED", "UNREADABLE"};
static const char *const participant_words[PARTICIPANT_DIFFERENCE_KINDS] = {"", "hanya di BPJS", "hanya di Payung", "status berbeda", "bulan berbeda", "program berbeda", "ganda dalam berkas",
                                                                            "kolom tidak terbaca"};

static void participant_differs(void *self, const struct participant_difference *difference) {
    struct telling *telling = self;
    char enrolment[2 * ID_BYTES + 1] = "", line[16] = "";
    telling->count++;
    if (!id_is_zero(difference->application_id)) id_format(difference->application_id, enrolment);
    if (difference->line > 0) (void)snprintf(line, sizeof line, "%u", difference->line); /* fits */
    if (is_shown(telling) && telling->options->json) {
        (void)json_array_append_new(telling->shown, json_pack("{s:s,s:I,s:s,s:s%,s:s%}", "difference", participant_codes[difference->kind], "line", (json_int_t)difference->line, "enrolment_id",
                                                              enrolment, "ours", (const char *)difference->ours.bytes, difference->ours.size, "theirs",
                                                              (const char *)difference->theirs.bytes, difference->theirs.size)); /* as above */
    } else if (is_shown(telling)) {
        printf("  %s%s%s%s%s: %s", line[0] != '\0' ? "baris " : "", line, line[0] != '\0' && enrolment[0] != '\0' ? ", " : "", enrolment[0] != '\0' ? "pendaftaran " : "", enrolment,
               participant_words[difference->kind]);
        if (difference->ours.size > 0) printf("; Payung %.*s", SLICE_ARGS(difference->ours));
        if (difference->theirs.size > 0) printf("; BPJS %.*s", SLICE_ARGS(difference->theirs));
        putchar('\n');
    }
    if (telling->output == NULL) return;
    if (telling->count == 1) (void)fputs("baris;pendaftaran;perbedaan;payung;bpjs\r\n", telling->output); /* errors are seen at its end */
    fprintf(telling->output, "%s;%s;%s;%.*s;%.*s\r\n", line, enrolment, participant_codes[difference->kind], SLICE_ARGS(difference->ours), SLICE_ARGS(difference->theirs));
}

static json_t *participants_json(const struct reconcile_participants_report *report, json_t *shown) {
    json_t *document = json_pack("{s:I,s:I,s:I,s:O}", "lines", (json_int_t)report->lines, "same", (json_int_t)report->same, "inactive", (json_int_t)report->inactive, "differences", shown);
    static const char *const names[PARTICIPANT_DIFFERENCE_KINDS] = {"", "insurer_only", "ours_only", "status_differs", "months_differ", "programmes_differ", "doubled", "unreadable"};
    for (int kind = 1; kind < PARTICIPANT_DIFFERENCE_KINDS; kind++) (void)json_object_set_new(document, names[kind], json_integer(report->differences[kind])); /* as above */
    return document;
}

static void print_participants(const struct reconcile_participants_report *report, const struct telling *telling) {
    print_rest(telling);
    printf("Berkas BPJS  %" PRId64 " peserta\n  sama                 %" PRId64 "\n", report->lines, report->same);
    for (int kind = 1; kind < PARTICIPANT_DIFFERENCE_KINDS; kind++)
        if (report->differences[kind] > 0) printf("  %-20s %" PRId64 "\n", participant_words[kind], report->differences[kind]);
    if (report->inactive > 0) printf("  tidak aktif          %" PRId64 "\n", report->inactive);
    printf(telling->count == 0 ? "Cocok.\n" : "TIDAK cocok.\n");
}

static int reconcile_with_insurer(const struct options *options, struct telling *telling, struct pg *pg) {
    const char *keys = command_env(options->json, "PAYUNG_KEYS");
    struct crypto *crypto = NULL;
    if (keys == NULL) return EXIT_USAGE;
    struct err err = crypto_open(keys, &crypto);
    if (failed(&err)) return command_fail(options->json, EXIT_FAILED, "KEYS_UNUSABLE", err.text, "Use the key folder of the installation, or make one: payung keys create.");
    const struct reconcile_participants task = {.path = options->path, .agreement_id = slice_text(options->agreement), .crypto = crypto, .differs = participant_differs, .self = telling};
    struct reconcile_participants_report report;
    err = reconcile_participants(pg, &task, &report);
    crypto_close(crypto);
    const bool written = close_output(telling, !failed(&err) && !report.unknown_agreement && report.refused[0] == '\0');
    if (failed(&err)) return database_failure(options->json, &err);
    if (report.unknown_agreement) return unknown_agreement(options->json);
    if (report.refused[0] != '\0') return command_fail(options->json, EXIT_FAILED, "FILE_REFUSED", report.refused, "Correct the file, then run the command again. Nothing was changed.");
    if (!written) return output_failure(options);
    if (options->json) command_print_json(participants_json(&report, telling->shown));
    else print_participants(&report, telling);
    return telling->count == 0 ? EXIT_OK : EXIT_WITH_REJECTIONS;
}

/* ---- the command ---- */

static int run(const struct options *options, const char *url) {
    struct pg *pg = NULL;
    struct telling telling = {.options = options, .shown = json_array()};
    const struct err err = pg_open(url, "payung-reconcile", &pg);
    int code;
    if (failed(&err)) code = database_failure(options->json, &err);
    else if (!open_output(&telling)) code = output_failure(options);
    else code = strcmp(options->what, "bank") == 0 ? reconcile_with_bank(options, &telling, pg) : reconcile_with_insurer(options, &telling, pg);
    (void)close_output(&telling, false); /* after a failure only */
    pg_close(pg);
    json_decref(telling.shown);
    return code;
}

static bool parse_option(int option, const char *value, struct options *options) {
    switch (option) {
    case 'g': options->agreement = value; return true;
    case 'a': options->account = value; return true;
    case 'b': options->bank = value; return true;
    case 'o': options->output = value; return true;
    case 'j': options->json = true; return true;
    case 'f': return statement_format_parse(slice_text(value), &options->format);
    case 'F': return day_parse(slice_text(value), &options->from);
    case 'T': return day_parse(slice_text(value), &options->to);
    default: return false;
    }
}

int reconcile_main(int argc, char **argv) {
    static const struct option known[] = {{"agreement", required_argument, NULL, 'g'}, {"account", required_argument, NULL, 'a'}, {"bank", required_argument, NULL, 'b'},
                                          {"output", required_argument, NULL, 'o'},    {"format", required_argument, NULL, 'f'},  {"from", required_argument, NULL, 'F'},
                                          {"to", required_argument, NULL, 'T'},        {"json", no_argument, NULL, 'j'},          {"help", no_argument, NULL, 'h'}, {0}};
    struct options options = {0};
    optind = 1;
    for (int option = getopt_long(argc, argv, "", known, NULL); option != -1; option = getopt_long(argc, argv, "", known, NULL)) {
        if (option == 'h') return fputs(usage, stdout) < 0 ? EXIT_FAILED : EXIT_OK;
        if (!parse_option(option, optarg, &options)) return command_usage(argc, argv, usage);
    }
    if (argc - optind != 2) return command_usage(argc, argv, usage);
    options.what = argv[optind];
    options.path = argv[optind + 1];
    const bool of_bank = options.account != NULL || options.bank != NULL || options.format != STATEMENT_UNKNOWN || options.from != 0 || options.to != 0;
    const bool is_bank = strcmp(options.what, "bank") == 0, is_participants = strcmp(options.what, "participants") == 0 && options.agreement != NULL && !of_bank;
    if ((!is_bank && !is_participants) || (options.from != 0 && options.to != 0 && options.to < options.from)) return command_usage(argc, argv, usage);
    const char *url = command_env(options.json, "PGURL");
    return url != NULL ? run(&options, url) : EXIT_USAGE;
}
