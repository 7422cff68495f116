/* `payung mutation`: a person leaves (died, moved, became a wage earner, ...), one by one or by a file. What is behind the event is given back, and whoever is next in the waiting list is
 * called at once. Of a file each row stands for itself: one that is refused stops no other. */
#include "services/ledger/mutation.h"

#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "common/edge/csv.h"
#include "services/ledger/outcome_sql.h"
#include "services/ledger/promotion.h"
#include "services/payung/commands.h"
#include "services/payung/law_tables.h"
#include "services/payung/money_command.h"

enum { LINE_BYTES_MAX = 4096, READ_BYTES = 64 * 1024, AGREEMENTS_TOUCHED_MAX = 64 };

static const char usage[] =
    "usage: payung mutation ENROLMENT --reason CODE --date YYYY-MM-DD [--on YYYY-MM-DD] [--json]\n"
    "       payung mutation --file FILE.csv --agreement ID [--on YYYY-MM-DD] [--json]\n"
    "\n"
    "Ends the cover of a person, or takes a person out of the waiting list. --date is the day of the event. The cover of its month stays, the months behind it are given back; of those that are\n"
    "invoiced the unpaid ones are taken off the invoice and the paid ones become a credit of the payer. Then the waiting list is served.\n"
    "Reasons: DEATH, MOVED, BECAME_PU, AGE_65, EXIT; WRONG_NIK and DUPLICATE end with the last paid month, whatever the day.\n"
    "The file has the columns enrolment, reason and date, in any order; each row is answered, and those that are refused stop no other.\n"
    "Exit code 0 done, 1 refused or failed, 2 usage, 3 finished with refused rows, 75 when the database is away.\n"
    "  --on     the business date, by itself today\n"
    "  --json   one JSON document on standard output\n";

struct request {
    struct money_session session;
    struct parameters parameters;
    const char *agreement; /* of the file; NULL: any */
    struct slice touched[AGREEMENTS_TOUCHED_MAX]; /* agreements whose waiting lists are to be served */
    size_t touched_count;
    struct arena *kept;    /* of touched and of the file's answers */
    json_t *rows;
    uint32_t row, refused;
    bool has_header;       /* of the file */
    int columns[3];        /* of the file: enrolment, reason, date; -1 unknown */
    struct err err;        /* stopped the file */
};

/* ---- refusals ------------------------------------------------------------------------------------------------------------------------------------------ */

struct refusal_words {
    const char *code, *message, *remedy, *indonesian;
};

static const struct refusal_words no_enrolment = {"ENROLMENT_INVALID", "that is no id of an enrolment", "An id has 32 digits, as the service gave it.", "nomor pendaftaran tidak sah"};
static const struct refusal_words no_reason = {"UNKNOWN_REASON", "there is no such reason", "See payung mutation --help.", "alasan tidak dikenal"};
static const struct refusal_words no_date = {"DATE_INVALID", "the date of the event is no day", "Write it as 2026-06-30.", "tanggal tidak sah"};
static const struct refusal_words other_agreement = {"OTHER_AGREEMENT", "the enrolment does not belong to this agreement", "Correct the id, or name its agreement.", "bukan milik perjanjian ini"};

static const struct refusal_words *refusal_of(enum mutation_answer answer) {
    static const struct refusal_words words[] = {
        [MUTATION_UNKNOWN] = {"UNKNOWN_ENROLMENT", "there is no such enrolment", "Correct the id.", "pendaftaran tidak dikenal"},
        [MUTATION_NOT_ENROLLED] = {"NOT_ENROLLED", "nothing is bought for this enrolment and it does not wait", "See payung status.", "tidak terdaftar dan tidak menunggu"},
        [MUTATION_ENDED_ALREADY] = {"ENDED_ALREADY", "the cover has ended already", "Nothing is left to be done.", "perlindungan sudah berakhir"},
        [MUTATION_IN_FUTURE] = {"DATE_IN_FUTURE", "the event lies behind the business date", "Report it when it has happened.", "tanggal kejadian belum lewat"},
    };
    return answer == MUTATION_DONE ? NULL : &words[answer];
}

/* ---- one row --------------------------------------------------------------------------------------------------------------------------------------------- */

struct asked {
    struct id application_id;
    enum mutation_reason reason;
    day_t day;
};

static const struct refusal_words *read_asked(struct slice enrolment, struct slice reason, struct slice date, struct asked *ret_asked) {
    enum { DATE_TEXT_MAX = 16 };
    char text[DATE_TEXT_MAX];
    (void)snprintf(text, sizeof text, "%.*s", SLICE_ARGS(date)); /* a longer one is no date */
    if (!id_parse(enrolment, &ret_asked->application_id) || id_is_zero(ret_asked->application_id)) return &no_enrolment;
    if (!mutation_reason_parse(reason, &ret_asked->reason)) return &no_reason;
    return day_option(text, &ret_asked->day) ? NULL : &no_date;
}

static struct err belongs(struct request *request, struct id application_id, bool *ret_belongs) {
    struct pg_parameters *p = pg_parameters(request->session.arena);
    struct pg_rows rows;
    pg_add_bytea(p, slice_of(application_id.bytes, ID_BYTES));
    pg_add_text(p, slice_text(request->agreement));
    TRY(pg_run(request->session.pg, request->session.arena,
               "SELECT EXISTS (SELECT FROM ledger.outcome o WHERE o.period = " AGREEMENT_PERIOD_SQL("a") " AND o.application_id = $1 AND " FIRST_OUTCOME_SQL("o")
               " AND o.agreement_no = a.agreement_no)"
               " OR EXISTS (SELECT FROM ledger.waiting w WHERE w.application_id = $1 AND w.agreement_no = a.agreement_no) FROM ledger.agreement a WHERE a.agreement_id = $2",
               p, &rows));
    *ret_belongs = rows.count > 0 && pg_bool(&rows, 0, 0);
    return OK;
}

static void touch(struct request *request, struct slice agreement_id) {
    for (size_t i = 0; i < request->touched_count; i++)
        if (slice_equal(request->touched[i], agreement_id)) return;
    if (request->touched_count < AGREEMENTS_TOUCHED_MAX) request->touched[request->touched_count++] = arena_copy(request->kept, agreement_id); /* the others are served by the relay */
}

static struct err mutate(struct request *request, const struct asked *asked, const struct refusal_words **ret_refusal, struct mutation_result *ret_result) {
    bool fits = true;
    arena_reset(request->session.arena);
    if (request->agreement != NULL) TRY(belongs(request, asked->application_id, &fits));
    *ret_refusal = &other_agreement;
    if (!fits) return OK;
    TRY(command_mutation(request->session.pg, request->session.arena, &request->session.moment, asked->application_id, asked->reason, asked->day, ret_result));
    *ret_refusal = refusal_of(ret_result->answer);
    for (size_t i = 0; i < ret_result->part_count; i++) touch(request, ret_result->parts[i].agreement_id);
    return OK;
}

static struct err serve_touched(struct request *request, int64_t *ret_promoted) {
    *ret_promoted = 0;
    for (size_t i = 0; i < request->touched_count; i++) {
        struct promotion_result promotion;
        arena_reset(request->session.arena);
        TRY(command_promotion(request->session.pg, request->session.arena, &request->session.moment, request->touched[i], &promotion));
        *ret_promoted += promotion.promoted;
    }
    return OK;
}

/* ---- words ------------------------------------------------------------------------------------------------------------------------------------------------ */

static json_t *parts_json(const struct mutation_result *result) {
    json_t *parts = json_array();
    for (size_t i = 0; i < result->part_count; i++) {
        const struct mutation_part *part = &result->parts[i];
        char end[8] = "";
        if (part->place > 0) month_format(part->end_month, end);
        (void)json_array_append_new(parts, json_pack("{s:s%,s:b,s:b,s:I,s:s,s:I,s:I,s:I,s:I}", "agreement", (const char *)part->agreement_id.bytes, part->agreement_id.size, "waited",
                                                     part->place == 0, "had_reservation", part->had_reservation, "place", (json_int_t)part->place, "covered_to", end, "released",
                                                     (json_int_t)part->released, "credited", (json_int_t)part->credited, "refunded", (json_int_t)part->refunded, "arrears",
                                                     (json_int_t)part->arrears));
    }
    return parts;
}

/* When the cover began that was there on the day of the death; 0 none. */
static day_t covered_from(const struct mutation_result *result, day_t day) {
    for (size_t i = 0; i < result->part_count; i++)
        if (result->parts[i].covered_from != 0 && result->parts[i].covered_from <= day) return result->parts[i].covered_from;
    return 0;
}

static json_t *benefit_json(const struct request *request, const struct asked *asked, const struct mutation_result *result) {
    const day_t from = covered_from(result, asked->day);
    if (asked->reason != MUTATION_DEATH) return json_null();
    if (from == 0) return json_pack("{s:b,s:I}", "covered", 0, "amount", (json_int_t)0);
    return json_pack("{s:b,s:i,s:I}", "covered", 1, "days", day_distance(from, asked->day), "amount", (json_int_t)mutation_death_benefit(&request->parameters, from, asked->day));
}

static void print_benefit(const struct request *request, const struct asked *asked, const struct mutation_result *result) {
    const day_t from = covered_from(result, asked->day);
    char amount[32];
    if (asked->reason != MUTATION_DEATH) return;
    rupiah_format(mutation_death_benefit(&request->parameters, from, asked->day), amount);
    if (from == 0) printf("  Keterangan: belum terlindungi pada hari itu, tidak ada santunan JKM.\n");
    else printf("  Keterangan: santunan JKM %s (%d hari sejak perlindungan mulai), bila bukan kecelakaan kerja.\n", amount, day_distance(from, asked->day));
}

static void print_part(const struct mutation_part *part) {
    char released[32], credited[32], refunded[32], arrears[32], end[8];
    rupiah_format(part->released, released);
    rupiah_format(part->credited, credited);
    rupiah_format(part->refunded, refunded);
    rupiah_format(part->arrears, arrears);
    if (part->place == 0) {
        printf("  Perjanjian %.*s: keluar dari daftar tunggu%s.\n", SLICE_ARGS(part->agreement_id), part->had_reservation ? ", cadangan dilepas" : "");
        return;
    }
    month_format(part->end_month, end);
    if (part->end_month < part->start_month) printf("  Perjanjian %.*s nomor %" PRId64 ": tidak ada bulan yang tetap; ", SLICE_ARGS(part->agreement_id), part->place);
    else printf("  Perjanjian %.*s nomor %" PRId64 ": perlindungan sampai akhir %s; ", SLICE_ARGS(part->agreement_id), part->place, end);
    printf("anggaran kembali %s", released);
    if (part->credited > 0) printf(", tagihan dibatalkan %s", credited);
    if (part->refunded > 0) printf(", menjadi titipan %s", refunded);
    printf(".\n");
    if (part->arrears > 0) printf("  Tunggakan: %s.\n", arrears);
}

/* ---- one enrolment ------------------------------------------------------------------------------------------------------------------------------------------- */

static int mutate_one(struct request *request, const char *enrolment, const char *reason, const char *date) {
    const bool json = request->session.json;
    struct asked asked;
    struct mutation_result result = {0};
    int64_t promoted = 0;
    const struct refusal_words *refusal = read_asked(slice_text(enrolment), slice_text(reason), slice_text(date), &asked);
    if (refusal != NULL) return command_fail(json, EXIT_USAGE, refusal->code, refusal->message, refusal->remedy);
    struct err err = mutate(request, &asked, &refusal, &result);
    if (failed(&err)) return money_tell(&request->session, &err, NULL);
    if (refusal != NULL) return command_fail(json, EXIT_FAILED, refusal->code, refusal->message, refusal->remedy);
    json_t *parts = json ? parts_json(&result) : NULL; /* before promotion reuses the arena */
    char day[24];
    day_format_id(asked.day, day);
    if (!json) {
        printf("Pendaftaran %s: %s, %s.\n", enrolment, mutation_row(asked.reason)->indonesian, day);
        for (size_t i = 0; i < result.part_count; i++) print_part(&result.parts[i]);
        print_benefit(request, &asked, &result);
    }
    err = serve_touched(request, &promoted);
    if (failed(&err)) {
        json_decref(parts);
        return money_tell(&request->session, &err, NULL);
    }
    if (json)
        command_print_json(json_pack("{s:s,s:s,s:s,s:o,s:o,s:I}", "enrolment", enrolment, "result", "done", "reason", mutation_row(asked.reason)->code, "agreements", parts, "death_benefit",
                                     benefit_json(request, &asked, &result), "promoted", (json_int_t)promoted));
    else if (promoted > 0) printf("  Dipanggil dari daftar tunggu: %" PRId64 " orang.\n", promoted);
    return EXIT_OK;
}

/* ---- a file ---------------------------------------------------------------------------------------------------------------------------------------------------- */

static void answer_row(struct request *request, uint32_t number, struct slice enrolment, const struct refusal_words *refusal, const struct mutation_result *result) {
    enum { SHOWN_MAX = 2 * ID_BYTES };
    const size_t shown = enrolment.size < SHOWN_MAX ? enrolment.size : SHOWN_MAX;
    struct id id;
    const bool is_id = id_parse(enrolment, &id); /* whatever else stands there may be a person's */
    rupiah released = 0;
    for (size_t i = 0; i < result->part_count; i++) released += result->parts[i].released;
    request->refused += refusal != NULL;
    if (request->session.json) {
        (void)json_array_append_new(request->rows, json_pack("{s:i,s:s%,s:s,s:I}", "row", (int)number, "enrolment", is_id ? (const char *)enrolment.bytes : "", is_id ? shown : 0, "result",
                                                             refusal != NULL ? refusal->code : "done", "released", (json_int_t)released));
        return;
    }
    char amount[32];
    rupiah_format(released, amount);
    if (refusal == NULL) printf("baris %u: selesai, anggaran kembali %s\n", number, amount);
    else printf("baris %u: DITOLAK, %s\n", number, refusal->indonesian);
}

static bool read_header(struct request *request, const struct slice *cells, size_t count) {
    static const char *const names[] = {"enrolment", "reason", "date"};
    for (size_t k = 0; k < 3; k++) {
        request->columns[k] = -1;
        for (size_t i = 0; i < count; i++)
            if (slice_is(cells[i], names[k])) request->columns[k] = (int)i;
        if (request->columns[k] < 0) request->err = ERR(PARK, "the file has no column \"%s\"", names[k]);
    }
    request->has_header = !failed(&request->err);
    return request->has_header;
}

static bool take_row(void *self, uint32_t number, const struct slice *cells, size_t count) {
    struct request *request = self;
    if (number == 0) return read_header(request, cells, count);
    const struct slice none = slice_text("");
    struct slice values[3];
    for (size_t k = 0; k < 3; k++) values[k] = (size_t)request->columns[k] < count ? cells[request->columns[k]] : none;
    struct asked asked;
    struct mutation_result result = {0};
    const struct refusal_words *refusal = read_asked(values[0], values[1], values[2], &asked);
    if (refusal == NULL) request->err = mutate(request, &asked, &refusal, &result);
    if (failed(&request->err)) return false;
    request->row = number;
    answer_row(request, number, values[0], refusal, &result);
    return true;
}

static bool feed(struct request *request, FILE *file) {
    static uint8_t bytes[READ_BYTES];
    struct csv *csv = csv_open((struct csv_options){.line_bytes_max = LINE_BYTES_MAX, .row = take_row, .self = request});
    enum csv_problem problem = CSV_FINE;
    for (size_t size = fread(bytes, 1, sizeof bytes, file); size > 0 && problem == CSV_FINE; size = fread(bytes, 1, sizeof bytes, file)) problem = csv_feed(csv, slice_of(bytes, size));
    const bool torn = ferror(file) != 0; /* a folder, too */
    if (problem == CSV_FINE && !torn) problem = csv_finish(csv);
    if (failed(&request->err)) problem = CSV_STOPPED; /* told already */
    else if (problem != CSV_FINE) request->err = ERR(PARK, "line %u of the file can't be read", csv_line(csv));
    else if (torn) request->err = ERR(PARK, "the file can't be read to its end");
    else if (!request->has_header) request->err = ERR(PARK, "the file is empty: its first line must have the columns enrolment, reason and date");
    else if (request->row == 0) request->err = ERR(PARK, "the file has no row behind its header");
    csv_close(csv);
    return !failed(&request->err);
}

static int mutate_file(struct request *request, const char *path) {
    const bool json = request->session.json;
    FILE *file = fopen(path, "rb");
    int64_t promoted = 0;
    if (file == NULL) return command_fail(json, EXIT_FAILED, "FILE_UNREADABLE", "the file can't be read", "Check its name and permissions.");
    request->rows = json_array();
    const bool whole = feed(request, file);
    (void)fclose(file); /* it was only read */
    struct err served = serve_touched(request, &promoted);
    if (whole && failed(&served)) request->err = served;
    if (failed(&request->err)) {
        json_decref(request->rows);
        if (request->err.fate == FATE_PARK)
            return command_fail(json, EXIT_FAILED, "FILE_DAMAGED", request->err.text,
                                request->row == 0 ? "Nothing was changed. Correct the file and send it again." : "The rows before it are done; correct the file and send it again.");
        return money_tell(&request->session, &request->err, NULL);
    }
    if (json) {
        command_print_json(json_pack("{s:i,s:i,s:I,s:o}", "rows", (int)request->row, "refused", (int)request->refused, "promoted", (json_int_t)promoted, "answers", request->rows));
    } else {
        printf("%u baris, %u ditolak, %" PRId64 " orang dipanggil dari daftar tunggu.\n", request->row, request->refused, promoted);
        json_decref(request->rows);
    }
    return request->refused > 0 ? EXIT_WITH_REJECTIONS : EXIT_OK;
}

/* ---- the command -------------------------------------------------------------------------------------------------------------------------------------------------- */

int mutation_main(int argc, char **argv) {
    static const struct option options[] = {{"reason", required_argument, NULL, 'r'}, {"date", required_argument, NULL, 'd'}, {"file", required_argument, NULL, 'f'},
                                            {"agreement", required_argument, NULL, 'a'}, {"on", required_argument, NULL, 'o'}, {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'}, {0}};
    const char *reason = NULL, *date = NULL, *file = NULL, *on = NULL;
    static struct request request;
    bool json = false;
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (option == '?') return command_usage(argc, argv, usage);
        if (option == 'r') reason = optarg;
        if (option == 'd') date = optarg;
        if (option == 'f') file = optarg;
        if (option == 'a') request.agreement = optarg;
        if (option == 'o') on = optarg;
        json |= option == 'j';
    }
    const bool is_file = file != NULL && request.agreement != NULL && reason == NULL && date == NULL && argc == optind;
    const bool is_one = file == NULL && request.agreement == NULL && reason != NULL && date != NULL && argc - optind == 1;
    if (!is_file && !is_one) return command_usage(argc, argv, usage);
    day_t today = 0;
    if (on != NULL && !day_option(on, &today)) return command_usage(argc, argv, usage);
    int code = law_parameters_open(json, &request.parameters);
    if (code != EXIT_OK) return code;
    enum { KEPT_BYTES_MAX = 1 << 20 };
    request.kept = arena_create(KEPT_BYTES_MAX);
    code = money_session_open(json, "payung-mutation", today, &request.session);
    if (code == EXIT_OK) code = is_file ? mutate_file(&request, file) : mutate_one(&request, argv[optind], reason, date);
    arena_destroy(request.kept);
    money_session_close(&request.session);
    return code;
}
