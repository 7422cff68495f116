/* `payung letter`: letters on paper for people whom no telephone reaches. Each village has a file of its own, which is noted in the books before it gets its name; whatever stops the command between two villages
 * leaves whole files, and the rest to be printed by the next call. Names go into the files alone: their own names, what is listed and what is logged are codes. */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "common/edge/fresh_file.h"
#include "common/edge/share.h"
#include "common/edge/share_tables.h"
#include "services/notification/cards/card_register.h"
#include "services/notification/paper/letter_print.h"
#include "services/notification/paper/letter_register.h"
#include "services/notification/words.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"

static const char usage[] =
    "usage: payung letter print --agreement ID [--region CODE] [--enrolment ID] --out FOLDER [--again --reason TEXT] [--kept-days N] [--json]\n"
    "       payung letter list --agreement ID [--region CODE] [--json]\n"
    "\n"
    "print   letters that wait for paper (NOTICE_CHANNELS ends in paper), as one PDF a village, two on an A4 page, by name. Printed counts as sent, with who and when; what was printed is not\n"
    "        printed again unless --again says so, with its reason, which counts nothing. The files hold names: keep them as safe as the list.\n"
    "list    letters that wait, and those that were printed: enrolment, village, message, how often, when and by whom.\n"
    "  --region     17.08, 17.08.04 or 17.08.04.2001: a regency, a district or a village\n"
    "  --enrolment  the letters of one person\n"
    "  --out        a folder that is there; files are named CODE-TIME.pdf\n"
    "  --kept-days  for so many days letters can be printed again (90)\n"
    "Environment: PGURL, PAYUNG_KEYS, PAYUNG_SHARE.\n"
    "Exit codes: 0 done, 1 failed, 2 usage, 3 done but for letters whose person can't be read, 75 the database is away.\n";

enum { KEPT_DAYS = 90, KEPT_DAYS_MAX = 3650, PAGE_BYTES = 64 * 1024 * 1024, PROGRESS_MS = 1000, PATH_BYTES = 1024 };

struct letter_options {
    bool json, again;
    const char *agreement, *out, *reason;
    uint32_t region, village;
    struct id enrolment;
    int64_t kept_days;
};

struct letter_session {
    struct money_session money;
    struct crypto *crypto;
    struct letters words;
    struct letter_reasons reasons;
    struct region_table regions;
    struct letter_register reg;
    struct letter_filter filter;
};

struct printed {
    int64_t letters, failed, pages, files, of_letters;
    size_t villages;
    int64_t told_ms; /* when progress was told */
};

/* ---- the session ---- */

static int failure(const struct letter_session *session, const struct err *err) {
    if (err->fate == FATE_FATAL)
        return command_fail(session->money.json, EXIT_FAILED, "LETTERS_FAILED", err->text, "Files that are there are whole and noted; run the command again for the rest. Is the schema up to date (payung migrate)?");
    return database_failure(session->money.json, err);
}

static struct err open_register(struct letter_session *session, const char *keys, const char *share) {
    struct arena *arena = session->money.arena;
    struct slice villages;
    TRY(crypto_open(keys, &session->crypto));
    TRY(words_open(arena, share, &session->words));
    TRY(words_reasons(arena, share, &session->reasons));
    TRY(share_regions(arena, share, &session->regions));
    TRY(share_read(arena, share, "regions/villages.csv", CARD_VILLAGES_BYTES_MAX, &villages));
    session->reg = (struct letter_register){.pg = session->money.pg, .crypto = session->crypto, .words = &session->words, .reasons = &session->reasons, .regions = &session->regions, .villages = villages,
                                            .actor = session->money.actor};
    return OK;
}

static int session_open(const struct letter_options *options, struct letter_session *ret_session) {
    struct card_agreement agreement;
    *ret_session = (struct letter_session){.crypto = NULL};
    const char *keys = command_env(options->json, "PAYUNG_KEYS"), *share = keys != NULL ? command_env(options->json, "PAYUNG_SHARE") : NULL;
    if (share == NULL) return EXIT_USAGE;
    const int code = money_session_open(options->json, "payung-letter", 0, &ret_session->money);
    if (code != EXIT_OK) return code;
    struct err err = open_register(ret_session, keys, share);
    if (!failed(&err)) err = card_agreement_find(ret_session->money.pg, ret_session->money.arena, slice_text(options->agreement), &agreement);
    if (failed(&err)) return failure(ret_session, &err);
    if (agreement.agreement_no == 0) return money_unknown_agreement(&ret_session->money);
    ret_session->filter = (struct letter_filter){.agreement_id = slice_text(options->agreement), .region = options->region, .village = options->village, .again = options->again,
                                                 .application_id = options->enrolment};
    return EXIT_OK;
}

static void session_close(struct letter_session *session) {
    crypto_close(session->crypto);
    money_session_close(&session->money);
}

/* ---- print ---- */

static void tell_progress(const struct letter_session *session, struct printed *printed) {
    const int64_t now_ms = clock_monotonic_us() / 1000;
    if (session->money.json || now_ms - printed->told_ms < PROGRESS_MS) return;
    printed->told_ms = now_ms;
    fprintf(stderr, "%" PRId64 " dari %" PRId64 " surat, %" PRId64 " berkas\n", printed->letters, printed->of_letters, printed->files);
}

/* FOLDER/17.08.04.2001-20261127-134501.pdf, and -2, -3 before .pdf of a village that needs more than one file. */
static bool name_file(const struct letter_session *session, const struct letter_options *options, const struct letter_village *village, int64_t part, char ret_path[PATH_BYTES]) {
    char code[VILLAGE_CODE_MAX], number[24] = "";
    const int64_t seconds = session->money.moment.moment_ms / 1000 + WIB_OFFSET_S;
    const day_t day = day_of_business(session->money.moment.moment_ms);
    letter_village_code(village->region, village->village, code);
    if (part > 1) (void)snprintf(number, sizeof number, "-%" PRId64, part); /* fits */
    const int of_day = (int)(seconds % 86400);
    return snprintf(ret_path, PATH_BYTES, "%s/%s-%08d-%02d%02d%02d%s.pdf", options->out, code, day, of_day / 3600, of_day / 60 % 60, of_day % 60, number) < PATH_BYTES;
}

static int64_t failures_of(const struct paper_letter *letters, size_t count) {
    int64_t failures = 0;
    for (size_t i = 0; i < count; i++) failures += letters[i].failure != NULL;
    return failures;
}

static struct err write_file(const char *path, const struct paper_letter *letters, size_t count, struct fresh_file *ret_file, size_t *ret_pages) {
    TRY(fresh_file_open(path, FRESH_PRIVATE, ret_file));
    struct err err = letter_print(letters, count, ret_file->stream, ret_pages);
    if (!failed(&err) && (fflush(ret_file->stream) != 0 || ferror(ret_file->stream) != 0)) err = ERR(FATAL, "the file can't be written: is the disk full?");
    if (failed(&err)) fresh_file_drop(ret_file);
    return err;
}

static int changed_meanwhile(const struct letter_session *session) {
    return command_fail(session->money.json, EXIT_FAILED, "CHANGED_MEANWHILE", "somebody else printed some of these letters just now", "Files that are there are whole and noted. Look at payung letter list, then run the command again.");
}

/* One file: made, noted, named. Letters that can't be read are noted as well, and have no page. */
static int print_file(const struct letter_session *session, const struct letter_options *options, const char *path, const struct paper_letter *letters, size_t count, struct arena *arena, struct printed *printed) {
    const struct letter_note note = {.reason = slice_text(options->again ? options->reason : ""), .kept_days = options->kept_days};
    const int64_t failures = failures_of(letters, count);
    const bool has_file = failures < (int64_t)count;
    struct fresh_file file = {.stream = NULL};
    size_t pages = 0;
    bool noted = false;
    struct err err = has_file ? write_file(path, letters, count, &file, &pages) : OK;
    if (failed(&err)) return failure(session, &err);
    err = letter_note(&session->reg, arena, letters, count, &note, &noted);
    if (has_file && (failed(&err) || !noted)) fresh_file_drop(&file);
    if (failed(&err)) return failure(session, &err);
    if (!noted) return changed_meanwhile(session);
    err = has_file ? fresh_file_keep(&file) : OK;
    if (failed(&err)) return command_fail(options->json, EXIT_FAILED, "FILE_LOST", err.text, "The letters of this file are noted as printed: print them with --again --reason.");
    printed->files += has_file;
    printed->pages += (int64_t)pages;
    printed->letters += (int64_t)count - failures;
    printed->failed += failures;
    return EXIT_OK;
}

static int print_village(const struct letter_session *session, const struct letter_options *options, const struct letter_village *village, struct arena *arena, struct printed *printed) {
    struct id after = {{0}};
    int64_t part = 0;
    for (size_t count = LETTERS_A_FILE_MAX; count == LETTERS_A_FILE_MAX;) {
        struct paper_letter *letters;
        char path[PATH_BYTES];
        arena_reset(arena);
        const struct err err = letter_read(&session->reg, &session->filter, village, after, arena, &letters, &count, &after);
        if (failed(&err)) return failure(session, &err);
        if (count == 0) return EXIT_OK;
        if (!name_file(session, options, village, ++part, path)) return command_fail(options->json, EXIT_USAGE, "PATH_TOO_LONG", "the name of the folder is too long", "Choose another one.");
        const int code = print_file(session, options, path, letters, count, arena, printed);
        if (code != EXIT_OK) return code;
        tell_progress(session, printed);
    }
    return EXIT_OK;
}

static int tell(const struct letter_session *session, const struct letter_options *options, const struct printed *printed) {
    if (session->money.json)
        command_print_json(json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:b}", "agreement", options->agreement, "printed", (json_int_t)printed->letters, "failed", (json_int_t)printed->failed, "pages",
                                     (json_int_t)printed->pages, "files", (json_int_t)printed->files, "villages", (json_int_t)printed->villages, "again", options->again));
    else {
        printf("%" PRId64 " surat dicetak: %" PRId64 " halaman, %" PRId64 " berkas, %zu desa.\n", printed->letters, printed->pages, printed->files, printed->villages);
        if (printed->failed > 0) printf("%" PRId64 " surat tanpa data orang: tidak dicetak%s.\n", printed->failed, options->again ? "" : ", tercatat gagal");
        if (printed->letters == 0 && printed->failed == 0) printf(options->again ? "Tidak ada surat yang pernah dicetak.\n" : "Tidak ada surat yang menunggu; untuk mencetak ulang: --again --reason.\n");
    }
    return printed->failed > 0 ? EXIT_WITH_REJECTIONS : EXIT_OK;
}

static int print_villages(const struct letter_session *session, const struct letter_options *options) {
    struct letter_village *villages;
    struct printed printed = {.told_ms = clock_monotonic_us() / 1000};
    const struct err err = letter_villages(&session->reg, &session->filter, session->money.arena, &villages, &printed.villages);
    if (failed(&err)) return failure(session, &err);
    for (size_t i = 0; i < printed.villages; i++) printed.of_letters += villages[i].count;
    struct arena *arena = arena_create(PAGE_BYTES);
    int code = EXIT_OK;
    for (size_t i = 0; i < printed.villages && code == EXIT_OK; i++) code = print_village(session, options, &villages[i], arena, &printed);
    arena_destroy(arena);
    return code != EXIT_OK ? code : tell(session, options, &printed);
}

static bool is_folder(const char *path) {
    DIR *folder = opendir(path);
    if (folder == NULL) return false;
    (void)closedir(folder); /* only looked at */
    return true;
}

static int letter_print_main(const struct letter_options *options) {
    struct letter_session session;
    if (!is_folder(options->out)) return command_fail(options->json, EXIT_USAGE, "NO_FOLDER", "--out is no folder that is there", "Make it first: mkdir -m 700 FOLDER.");
    int code = session_open(options, &session);
    if (code == EXIT_OK) code = print_villages(&session, options);
    session_close(&session);
    paper_fonts_forget();
    return code;
}

/* ---- list ---- */

static json_t *row_json(const struct letter_row *row) {
    char event[2 * ID_BYTES + 1], id[2 * ID_BYTES + 1], village[VILLAGE_CODE_MAX], at[CLOCK_TEXT_MAX];
    id_format(row->event_id, event);
    id_format(row->application_id, id);
    letter_village_code(row->region, row->village, village);
    if (row->at_ms != 0) clock_format_ms(row->at_ms, at);
    return json_pack("{s:s,s:s,s:s,s:o,s:s,s:i,s:o,s:o}", "letter", event, "enrolment", id, "village", village, "template", json_slice(row->template), "state", row->printed > 0 ? "printed" : "waits", "times",
                     (int)row->printed, "at", row->at_ms != 0 ? json_string(at) : json_null(), "actor", json_slice(row->actor));
}

static void print_row(const struct letter_row *row) {
    char id[2 * ID_BYTES + 1], village[VILLAGE_CODE_MAX], at[CLOCK_TEXT_MAX] = "";
    id_format(row->application_id, id);
    letter_village_code(row->region, row->village, village);
    if (row->at_ms != 0) clock_format_ms(row->at_ms, at);
    if (row->printed == 0) printf("%s  %-15s %-15.*s menunggu\n", id, village, SLICE_ARGS(row->template));
    else printf("%s  %-15s %-15.*s dicetak %" PRId32 " kali, %s, %.*s\n", id, village, SLICE_ARGS(row->template), row->printed, at, SLICE_ARGS(row->actor));
}

static int tell_rows(const struct letter_options *options, const struct letter_row *rows, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count && options->json; i++) CHECK(json_array_append_new(list, row_json(&rows[i])) == 0);
    for (size_t i = 0; i < count && !options->json; i++) print_row(&rows[i]);
    if (options->json) command_print_json(json_pack("{s:s,s:O}", "agreement", options->agreement, "letters", list));
    else printf("%zu surat.\n", count);
    json_decref(list);
    return EXIT_OK;
}

static int letter_list_main(const struct letter_options *options) {
    struct letter_session session;
    struct letter_row *rows = NULL;
    size_t count = 0;
    bool too_many = false;
    int code = session_open(options, &session);
    const struct err err = code == EXIT_OK ? letter_rows(&session.reg, &session.filter, session.money.arena, &rows, &count, &too_many) : OK;
    if (failed(&err)) code = failure(&session, &err);
    else if (code == EXIT_OK && too_many) code = command_fail(options->json, EXIT_FAILED, "TOO_MANY_LETTERS", "these are more than 50,000 letters", "Take a district or a village at a time: --region CODE.");
    else if (code == EXIT_OK) code = tell_rows(options, rows, count);
    session_close(&session);
    return code;
}

/* ---- options ---- */

static bool take_option(int letter, const char *value, struct letter_options *options) {
    switch (letter) {
    case 'a': options->agreement = value; return true;
    case 'g': return region_parse(slice_text(value), &options->region, &options->village);
    case 'e': return id_parse(slice_text(value), &options->enrolment) && !id_is_zero(options->enrolment);
    case 'o': options->out = value; return value[0] != '\0';
    case 'r': options->reason = value; return !text_is_blank(slice_text(value)) && strlen(value) <= LETTER_NOTE_MAX;
    case 'k': return number_option(value, KEPT_DAYS_MAX, &options->kept_days);
    case 'n': options->again = true; return true;
    case 'j': options->json = true; return true;
    default: return false;
    }
}

int letter_main(int argc, char **argv) {
    static const struct option long_options[] = {{"agreement", required_argument, NULL, 'a'}, {"region", required_argument, NULL, 'g'}, {"enrolment", required_argument, NULL, 'e'},
                                                 {"out", required_argument, NULL, 'o'},       {"reason", required_argument, NULL, 'r'}, {"kept-days", required_argument, NULL, 'k'},
                                                 {"again", no_argument, NULL, 'n'},           {"json", no_argument, NULL, 'j'},         {"help", no_argument, NULL, 'h'},
                                                 {NULL, 0, NULL, 0}};
    struct letter_options options = {.kept_days = KEPT_DAYS};
    bool wrong = false;
    optind = 1;
    opterr = 0;
    for (int letter; (letter = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
        if (letter == 'h') {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        wrong = !take_option(letter, optarg, &options) || wrong;
    }
    const char *name = argc - optind == 1 ? argv[optind] : "";
    const bool prints = strcmp(name, "print") == 0, lists = strcmp(name, "list") == 0;
    if (!wrong && options.agreement != NULL && prints && options.out != NULL && options.again == (options.reason != NULL)) return letter_print_main(&options);
    if (!wrong && options.agreement != NULL && lists && options.out == NULL && !options.again && options.reason == NULL && id_is_zero(options.enrolment)) return letter_list_main(&options);
    return command_usage(argc, argv, usage);
}
