/* `payung dlq`: dead letters as operators mend them. What it decides stands in PostgreSQL before anything is sent, by intake and relay, so that it can be killed and repeated at any point. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "services/operations/dead_letter.h"
#include "services/operations/dead_letter_document.h"
#include "services/operations/dead_letter_json.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"

enum { IDS_MAX = 256, FILE_BYTES_MAX = 1024 * 1024, LIST_MAX = 10000, LIST_BY_ITSELF = 1000 };

static const char usage[] = "usage: payung dlq list    [--topic T] [--reason R] [--letters] [--limit N] [--with-closed] [--json]\n"
                            "       payung dlq show    ID [--raw | --document | --json]\n"
                            "       payung dlq edit    ID --file FILE --because TEXT [--json]\n"
                            "       payung dlq replay  (ID... | --reason R | --topic T | --all) [--yes --because TEXT] [--json]\n"
                            "       payung dlq discard (ID... | --reason R | --topic T | --all) [--yes --because TEXT] [--json]\n"
                            "\n"
                            "Dead letters are records that a stage could not use. list groups them by topic, reason code and kind, or with --letters shows each. An ID is written as there: submitted:17.\n"
                            "\n"
                            "replay sends an enrolment again as the next attempt of the same application, from the beginning of the path; payments and changes of cover go through the outbox. An unreadable\n"
                            "or foreign record is replayed only after an edit, an application that is accepted, waits or has left is not. discard closes a letter without doing anything. Both only count\n"
                            "what they would do, until --yes is given; done twice or killed in between, they do nothing twice. Each letter has its row in the audit.\n"
                            "\n"
                            "edit gives other content in place of the letter's: a JSON document (start from show --document) or bytes of a message (show --raw). The letter itself stays as it is.\n"
                            "Environment: PGURL, BROKERS.\n"
                            "Exit code 0 done, 1 failed, 2 usage, 3 some letters were refused, 75 when a server is away.\n"
                            "  --limit N      at most so many letters (1000)\n"
                            "  --topic T      submitted, assessed, priced, decided, payment, coverage, command\n"
                            "  --reason R     a code (X01, X02) or a kind: unreadable, foreign, refused\n"
                            "  --all          every open letter\n"
                            "  --yes          really, not only the count\n"
                            "  --because TEXT why, for the audit: at most 200 bytes, no personal data\n"
                            "  --with-closed  those that were replayed or discarded, too\n"
                            "  --json         one JSON document on standard output\n"
                            "\n"
                            "examples:\n"
                            "  payung dlq list\n"
                            "  payung dlq replay --reason X02 --yes --because \"kolom batch diperbaiki\"\n"
                            "  payung dlq show priced:4 --document > f.json; payung dlq edit priced:4 --file f.json --because \"batch rusak\"\n";

struct request {
    bool json, all, yes, letters, raw, document, with_closed, has_limit;
    const char *file, *because;
    int64_t limit;
    struct dead_letter_filter filter;
    struct dead_letter_id ids[IDS_MAX];
    const char *brokers;
};

/* ---- words ------------------------------------------------------------------------------------------------------------------------------ */

static int tell_error(const struct request *request, const struct err *err) {
    if (err->fate == FATE_AGAIN)
        return command_fail(request->json, EXIT_TEMPORARY, "SERVER_AWAY", err->text, "Run the command again when PostgreSQL and Kafka are there: what was done already is not done twice.");
    return database_failure(request->json, err);
}

static int tell_refusal(const struct request *request, const struct dead_letter_refusal *why) { return command_fail(request->json, EXIT_FAILED, why->code, why->text, why->remedy); }

static const char *moment_text(int64_t unix_ms, char text[CLOCK_TEXT_MAX]) {
    if (unix_ms <= 0) return "-";
    clock_format_ms(unix_ms, text);
    return text;
}

/* What is no text would spoil a terminal. */
static struct slice printable(struct slice text) {
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] < ' ' || text.bytes[i] == 0x7f) return slice_text("(no text)");
    return text_is_utf8(text) ? text : slice_text("(no text)");
}

/* ---- list ------------------------------------------------------------------------------------------------------------------------------- */

static void print_group(const struct dead_letter_group *group) {
    char oldest[CLOCK_TEXT_MAX], newest[CLOCK_TEXT_MAX], sample[DEAD_LETTER_NAME_MAX];
    dead_letter_name(group->topic, group->sample, sample);
    printf("%-10s %-4s %-11s %7" PRId64 " %7" PRId64 " %7" PRId64 "  %s  %s  %s\n", dead_letter_topic_word(group->topic), group->code, dead_letter_kind_name(group->kind), group->open,
           group->replayed, group->discarded, moment_text(group->oldest_ms, oldest), moment_text(group->newest_ms, newest), sample);
    printf("           %s\n", group->message);
}

static int list_groups(const struct request *request, struct money_session *session) {
    struct dead_letter_groups groups;
    const struct err err = dead_letter_groups(session->pg, request->brokers, &request->filter, &groups);
    int64_t open = 0;
    if (failed(&err)) return tell_error(request, &err);
    for (size_t i = 0; i < groups.count; i++) open += groups.groups[i].open;
    if (request->json) {
        command_print_json(dead_letter_groups_json(&groups));
        return EXIT_OK;
    }
    printf("Surat mati: %" PRId64 " menunggu tindakan.\n", open);
    if (groups.count > 0) printf("%-10s %-4s %-11s %7s %7s %7s  %-24s  %-24s  %s\n", "topik", "kode", "jenis", "terbuka", "diulang", "dibuang", "paling lama", "paling baru", "contoh");
    for (size_t i = 0; i < groups.count; i++) print_group(&groups.groups[i]);
    if (groups.others > 0) printf("... dan %" PRId64 " surat dari kelompok lain.\n", groups.others);
    return EXIT_OK;
}

struct listing {
    const struct request *request;
    json_t *rows;
    int64_t count;
};

static struct err list_one(void *self, const struct dead_letter *letter) {
    struct listing *listing = self;
    char name[DEAD_LETTER_NAME_MAX], time[CLOCK_TEXT_MAX], id[2 * ID_BYTES + 1] = "-";
    if (listing->count++ >= listing->request->limit) return OK;
    if (listing->request->json) {
        (void)json_array_append_new(listing->rows, dead_letter_json(letter)); /* fails only without memory */
        return OK;
    }
    dead_letter_name(letter->topic, letter->offset, name);
    if (letter->content.application != NULL) id_format(letter->content.application->application_id, id);
    printf("%-18s %-4.*s %-11s %-9s %s  %-32s  %.*s\n", name, SLICE_ARGS(printable(letter->code)), dead_letter_kind_name(letter->content.kind), dead_letter_state_name(letter->state),
           moment_text(letter->at_ms, time), id, SLICE_ARGS(printable(letter->message)));
    return OK;
}

static int list_letters(const struct request *request, struct money_session *session) {
    struct listing listing = {.request = request, .rows = json_array()};
    const struct err err = dead_letter_scan(session->pg, request->brokers, &request->filter, list_one, &listing);
    const int code = failed(&err) ? tell_error(request, &err) : EXIT_OK;
    if (code == EXIT_OK && request->json) command_print_json(json_pack("{s:I,s:O}", "count", (json_int_t)listing.count, "letters", listing.rows));
    else if (code == EXIT_OK && listing.count > request->limit) printf("... dan %" PRId64 " lagi (--limit).\n", listing.count - request->limit);
    json_decref(listing.rows);
    return code;
}

static int list(const struct request *request, struct money_session *session) { return request->letters ? list_letters(request, session) : list_groups(request, session); }

/* ---- show ------------------------------------------------------------------------------------------------------------------------------- */

static void print_attributes(const struct application *application) {
    json_t *attributes = dead_letter_attributes(application), *value;
    const char *name;
    json_object_foreach(attributes, name, value) {
        if (json_is_string(value) && json_string_length(value) > 0) printf("    %-22s %s\n", name, json_string_value(value));
        else if (json_is_integer(value) && json_integer_value(value) != 0) printf("    %-22s %lld\n", name, (long long)json_integer_value(value));
        else if (json_is_true(value)) printf("    %-22s ya\n", name);
    }
    json_decref(attributes);
}

static void print_letter(const struct dead_letter *letter) {
    char name[DEAD_LETTER_NAME_MAX], time[CLOCK_TEXT_MAX], hex[2 * 64 + 1];
    dead_letter_name(letter->topic, letter->offset, name);
    printf("Surat mati %s: %.*s %s, %s\n", name, SLICE_ARGS(printable(letter->code)), dead_letter_kind_name(letter->content.kind), dead_letter_state_name(letter->state));
    printf("  %.*s\n  ditulis %s oleh %.*s %.*s\n  asal    partisi %" PRId32 " offset %" PRId64 ", %" PRId64 " byte\n", SLICE_ARGS(printable(letter->message)), moment_text(letter->at_ms, time),
           SLICE_ARGS(printable(letter->group)), SLICE_ARGS(printable(letter->version)), letter->source_partition, letter->source_offset, letter->size);
    for (size_t i = 0; i < letter->header_count; i++)
        if (!(letter->header_names[i].size > 4 && memcmp(letter->header_names[i].bytes, "dlq.", 4) == 0))
            printf("  %.*s: %.*s\n", SLICE_ARGS(printable(letter->header_names[i])), SLICE_ARGS(printable(letter->header_values[i])));
    if (letter->content.application != NULL) printf("  isi:\n"), print_attributes(letter->content.application);
    text_hex(slice_of(letter->value.bytes, letter->value.size < 64 ? letter->value.size : 64), hex);
    printf("  byte    %s%s\n", hex, letter->value.size > 64 ? "..." : "");
    if (letter->edited.size > 0) printf("  diubah  %.*s, %s: %.*s\n", SLICE_ARGS(letter->edited_by), moment_text(letter->edited_at_ms, time), SLICE_ARGS(letter->edited_because));
    if (letter->state != DEAD_LETTER_OPEN)
        printf("  diputus %.*s, %s: %.*s\n", SLICE_ARGS(letter->decided_by), moment_text(letter->decided_at_ms, time), SLICE_ARGS(letter->because));
    if (letter->attempt > 0) printf("  dikirim ulang sebagai percobaan ke-%" PRId64 "\n", letter->attempt);
}

static int print_document(const struct request *request, struct money_session *session, const struct dead_letter *letter) {
    json_t *document = dead_letter_editable_json(session->arena, letter);
    if (document == NULL)
        return command_fail(request->json, EXIT_FAILED, "UNREADABLE", "the letter holds no application that can be read", "payung dlq show ID --raw writes its bytes.");
    (void)json_dumpf(document, stdout, JSON_INDENT(2)); /* a closed pipe shows at exit */
    putchar('\n');
    json_decref(document);
    return EXIT_OK;
}

static int show(const struct request *request, struct money_session *session) {
    const struct dead_letter *letter;
    const struct err err = dead_letter_find(session->pg, request->brokers, session->arena, request->ids[0].topic, request->ids[0].offset, &letter);
    if (failed(&err)) return tell_error(request, &err);
    if (letter == NULL) return command_fail(request->json, EXIT_FAILED, "UNKNOWN_LETTER", "there is no such dead letter", "See payung dlq list --letters; a topic keeps its letters for a time only.");
    if (request->document) return print_document(request, session, letter);
    if (request->raw) (void)fwrite(letter->value.bytes, 1, letter->value.size, stdout); /* a closed pipe shows at exit */
    else if (request->json) command_print_json(dead_letter_whole_json(session->arena, letter));
    else print_letter(letter);
    return EXIT_OK;
}

/* ---- edit ------------------------------------------------------------------------------------------------------------------------------- */

static int edit(const struct request *request, struct money_session *session) {
    FILE *file = strcmp(request->file, "-") == 0 ? stdin : fopen(request->file, "rb");
    if (file == NULL) return command_fail(request->json, EXIT_FAILED, "FILE_UNREADABLE", "the file can't be read", "Is the path right?");
    uint8_t *bytes = arena_take(session->arena, FILE_BYTES_MAX + 1);
    const size_t size = fread(bytes, 1, FILE_BYTES_MAX + 1, file);
    if (file != stdin) (void)fclose(file); /* it was only read */
    if (size > FILE_BYTES_MAX) return command_fail(request->json, EXIT_FAILED, "FILE_TOO_LARGE", "the file is larger than a record may be", "Give one message or one document.");
    const struct dead_letter_refusal *refusal;
    const struct dead_letter_edit order = {.topic = request->ids[0].topic, .offset = request->ids[0].offset, .content = slice_of(bytes, size), .actor = slice_text(session->actor),
                                           .because = slice_text(request->because)};
    const struct err err = dead_letter_edit(session->pg, request->brokers, &order, &refusal);
    char name[DEAD_LETTER_NAME_MAX];
    if (failed(&err)) return tell_error(request, &err);
    if (refusal != NULL) return tell_refusal(request, refusal);
    dead_letter_name(order.topic, order.offset, name);
    if (request->json) command_print_json(json_pack("{s:s,s:b}", "id", name, "edited", true));
    else printf("Isi pengganti untuk %s disimpan; kirim ulang dengan: payung dlq replay %s --yes --because ...\n", name, name);
    return EXIT_OK;
}

/* ---- replay, discard -------------------------------------------------------------------------------------------------------------------- */

static void print_report(const struct request *request, bool replays, const struct dead_letter_report *report) {
    const char *what = replays ? "dikirim ulang" : "dibuang";
    printf("Surat mati: %" PRId64 " cocok, %" PRId64 " %s%s, %" PRId64 " sudah selesai sebelumnya, %" PRId64 " ditolak.\n", report->matching, report->done, request->yes ? "" : "akan ", what,
           report->already, report->refused);
    for (size_t i = 0; i < report->refusal_count; i++) {
        char name[DEAD_LETTER_NAME_MAX];
        dead_letter_name(report->refusals[i].topic, report->refusals[i].offset, name);
        printf("  %s: %" PRId64 " (%s ...): %s. %s\n", report->refusals[i].why->code, report->refusals[i].count, name, report->refusals[i].why->text, report->refusals[i].why->remedy);
    }
    if (!request->yes) printf("Belum ada yang dilakukan; ulangi dengan --yes --because ALASAN.\n");
}

static int act(const struct request *request, struct money_session *session, bool replays) {
    struct dead_letter_report report;
    const struct dead_letter_order order = {.replays = replays, .really = request->yes, .filter = request->filter, .actor = slice_text(session->actor),
                                            .because = slice_text(request->because != NULL ? request->because : "")};
    const struct err err = dead_letter_act(session->pg, request->brokers, &order, &report);
    if (failed(&err)) return tell_error(request, &err);
    if (request->json)
        command_print_json(dead_letter_report_json(&order, &report));
    else print_report(request, replays, &report);
    return report.refused > 0 ? EXIT_WITH_REJECTIONS : EXIT_OK;
}

static int replay(const struct request *request, struct money_session *session) { return act(request, session, true); }
static int discard(const struct request *request, struct money_session *session) { return act(request, session, false); }

/* ---- arguments -------------------------------------------------------------------------------------------------------------------------- */

static bool take(struct request *request, int option, const char *value) {
    switch (option) {
    case 't': return dead_letter_topic_read(slice_text(value), &request->filter.topic);
    case 'r': request->filter.reason = slice_text(value); return value[0] != '\0';
    case 'a': request->all = true; return true;
    case 'y': request->yes = true; return true;
    case 'b': request->because = value; return dead_letter_because_is_sound(slice_text(value));
    case 'l': request->letters = true; return true;
    case 'n': request->has_limit = request->letters = true; return number_option(value, LIST_MAX, &request->limit);
    case 'c': request->with_closed = request->filter.with_closed = true; return true;
    case 'w': request->raw = true; return true;
    case 'd': request->document = true; return true;
    case 'f': request->file = value; return true;
    case 'i': {
        struct dead_letter_id *id = &request->ids[request->filter.id_count];
        return request->filter.id_count < IDS_MAX && dead_letter_name_read(slice_text(value), &id->topic, &id->offset) && ++request->filter.id_count > 0;
    }
    case 'j': request->json = true; return true;
    default: return false;
    }
}

enum wants { WANTS_NOTHING, WANTS_ONE, WANTS_CHOICE };

static bool is_sound(const struct request *request, enum wants wants, bool is_edit) {
    const bool chooses = request->filter.id_count > 0 || request->filter.reason.size > 0 || request->filter.topic != TOPIC_NONE;
    const bool filters = request->filter.reason.size > 0 || request->filter.topic != TOPIC_NONE || request->all;
    if ((request->file != NULL) != is_edit || (is_edit && request->because == NULL)) return false;
    if (wants != WANTS_NOTHING && (request->letters || request->with_closed)) return false;
    switch (wants) {
    case WANTS_NOTHING: return request->filter.id_count == 0 && !request->all && !request->yes && request->because == NULL && !request->raw && !request->document;
    case WANTS_ONE: return request->filter.id_count == 1 && !filters && !request->yes && request->raw + request->document + (!is_edit && request->json) <= 1;
    case WANTS_CHOICE:
        return request->all != chooses && !(request->filter.id_count > 0 && filters) && request->yes == (request->because != NULL) && !request->raw && !request->document;
    }
    return false;
}

int dlq_main(int argc, char **argv) {
    static const struct option options[] = {{"topic", required_argument, NULL, 't'}, {"reason", required_argument, NULL, 'r'}, {"all", no_argument, NULL, 'a'}, {"yes", no_argument, NULL, 'y'},
                                            {"because", required_argument, NULL, 'b'}, {"letters", no_argument, NULL, 'l'}, {"limit", required_argument, NULL, 'n'},
                                            {"with-closed", no_argument, NULL, 'c'}, {"raw", no_argument, NULL, 'w'}, {"document", no_argument, NULL, 'd'}, {"file", required_argument, NULL, 'f'},
                                            {"id", required_argument, NULL, 'i'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    static const struct { const char *name; int (*run)(const struct request *request, struct money_session *session); enum wants wants; } verbs[] = {
        {"list", list, WANTS_NOTHING}, {"show", show, WANTS_ONE}, {"edit", edit, WANTS_ONE}, {"replay", replay, WANTS_CHOICE}, {"discard", discard, WANTS_CHOICE},
    };
    struct request request = {.limit = LIST_BY_ITSELF, .filter = {.reason = slice_text("")}};
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
    for (int i = optind + 1; i < argc; i++)
        if (!take(&request, 'i', argv[i])) return command_usage(argc, argv, usage);
    if (!is_sound(&request, verbs[verb].wants, verbs[verb].run == edit)) return command_usage(argc, argv, usage);
    if (request.filter.id_count > 0) request.filter.ids = request.ids;
    request.brokers = command_env(request.json, "BROKERS");
    if (request.brokers == NULL) return EXIT_USAGE;
    struct money_session session;
    int code = money_session_open(request.json, "payung-dlq", 0, &session);
    if (code == EXIT_OK) code = verbs[verb].run(&request, &session);
    money_session_close(&session);
    return code;
}
