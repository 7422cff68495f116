/* `payung ledger head`: signs where the chains of the agreements stand, to be handed over; `payung ledger head verify`: whether such a head is of this installation, and whether an
 * export still agrees with it. */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/fresh_file.h"
#include "services/ledger/head.h"
#include "services/payung/commands.h"
#include "services/payung/ledger_export.h"
#include "services/payung/money_command.h"

enum { ARENA_BYTES_MAX = 512 * 1024 * 1024, HEADS_MAX = 100000 };
enum { HEADS_BYTES_MAX = HEADS_MAX * (int)(sizeof(struct ledger_head) + 128) + 1024 * 1024 }; /* each with its agreement's id */

static const char usage[] = "usage: payung ledger head [--agreement ID] [--date YYYY-MM-DD] [--output FILE] [--json]\n"
                            "       payung ledger head verify FILE --key PUBLIC [--against EXPORT] [--json]\n"
                            "\n"
                            "head     signs the last journal of each agreement's chain up to the end of the day (today by itself) with the key of the installation, keeps it, and writes\n"
                            "         one line for each: to be handed over daily, to whoever wants to prove later that nothing before it was changed. The same day gives the same lines.\n"
                            "verify   whether the heads of FILE are signed with the key PUBLIC (the file sign-public, or its digits), and with --against, whether the chains of that\n"
                            "         export pass through their journals with their hashes and balances, the export being right in itself.\n"
                            "Environment: PGURL, PAYUNG_KEYS (head). Exit code 0 right, 1 failed or something is wrong, 2 usage, 75 when the database is away.\n";

/* ---- make ---------------------------------------------------------------------------------------------------------------------------------------- */

static bool write_lines(FILE *file, struct arena *arena, const struct head_answer *answer) {
    bool good = true;
    for (size_t i = 0; i < answer->count && good; i++) {
        const struct slice line = signed_head_write(arena, &answer->heads[i]);
        good = fwrite(line.bytes, 1, line.size, file) == line.size && fputc('\n', file) != EOF;
    }
    return good;
}

static int write_file(bool json, const char *output, struct arena *arena, const struct head_answer *answer) {
    struct fresh_file file;
    struct err err = fresh_file_open(output, FRESH_SHARED, &file);
    if (!failed(&err)) {
        (void)write_lines(file.stream, arena, answer); /* an error of the stream is seen at its end */
        err = fresh_file_keep(&file);
    }
    if (failed(&err)) return command_fail(json, EXIT_FAILED, "FILE_UNWRITABLE", err.text, "The heads are kept: ask for them again with another --output.");
    return EXIT_OK;
}

static json_t *heads_json(struct arena *arena, const struct head_answer *answer) {
    json_t *heads = json_array();
    for (size_t i = 0; i < answer->count; i++) {
        const struct slice line = signed_head_write(arena, &answer->heads[i]);
        (void)json_array_append_new(heads, json_loadb((const char *)line.bytes, line.size, 0, NULL)); /* our own line; fails only without memory */
    }
    return heads;
}

static void print_heads(const struct head_answer *answer, const char *output) {
    size_t fresh = 0;
    for (size_t i = 0; i < answer->count; i++) fresh += answer->heads[i].is_new;
    printf("Kepala rantai: %zu perjanjian, %zu baru ditandatangani, ditulis ke %s\n", answer->count, fresh, output);
    if (answer->too_late > 0) printf("%zu perjanjian sudah punya kepala untuk hari sesudahnya; untuk hari ini tidak dibuat lagi.\n", answer->too_late);
}

static int hand_over(bool json, const char *output, struct arena *arena, const struct head_answer *answer) {
    int code = EXIT_OK;
    if (answer->count == 0 && answer->too_late > 0)
        return command_fail(json, EXIT_FAILED, "LATER_HEAD_EXISTS", "a head of a later day is signed already: heads are signed in the order of days", "Ask for that day or a later one.");
    if (output != NULL) code = write_file(json, output, arena, answer);
    if (code != EXIT_OK) return code;
    if (json) command_print_json(json_pack("{s:o,s:I}", "heads", heads_json(arena, answer), "too_late", (json_int_t)answer->too_late));
    else if (output != NULL) print_heads(answer, output);
    else if (!write_lines(stdout, arena, answer)) return command_fail(json, EXIT_FAILED, "FILE_UNWRITABLE", "standard output can't be written", "The heads are kept: ask for them again with --output FILE.");
    return EXIT_OK;
}

static int make(bool json, const char *agreement, day_t day, const char *output) {
    const char *url = command_env(json, "PGURL"), *keys = url != NULL ? command_env(json, "PAYUNG_KEYS") : NULL;
    struct signer *signer = NULL;
    struct pg *pg = NULL;
    struct head_answer answer = {0};
    if (keys == NULL) return EXIT_USAGE;
    struct err err = signer_open(keys, &signer);
    if (failed(&err)) return command_fail(json, EXIT_FAILED, "KEYS_UNUSABLE", err.text, "payung keys create --dir DIR makes what is missing.");
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    err = pg_open(url, "payung-head", &pg);
    if (!failed(&err)) err = ledger_heads(pg, arena, signer, slice_text(agreement), day, clock_unix_ms(), &answer);
    pg_close(pg);
    signer_close(signer);
    int code = EXIT_OK;
    if (failed(&err)) code = database_failure(json, &err);
    else if (!answer.found) code = unknown_agreement(json);
    else code = hand_over(json, output, arena, &answer);
    arena_destroy(arena);
    return code;
}

/* ---- verify -------------------------------------------------------------------------------------------------------------------------------------- */

static int compare_heads(const void *a, const void *b) {
    const struct ledger_head *left = a, *right = b;
    if (left->agreement_no != right->agreement_no) return left->agreement_no < right->agreement_no ? -1 : 1;
    return (left->journal_seq > right->journal_seq) - (left->journal_seq < right->journal_seq);
}

struct head_file {
    struct ledger_head *heads;
    size_t count;
    size_t damaged, forged; /* lines that are no heads; heads that are not signed with the key */
    size_t first_bad;       /* line, from 1; 0 none */
};

/* The next line without its line feed; false at the end. One that is longer than a head comes cut to SIGNED_HEAD_LINE_MAX, which is no head. */
static bool next_line(FILE *file, char line[SIGNED_HEAD_LINE_MAX], size_t *ret_size) {
    int byte = getc_unlocked(file);
    if (byte == EOF) return false;
    for (*ret_size = 0; byte != EOF && byte != '\n' && *ret_size < SIGNED_HEAD_LINE_MAX; byte = getc_unlocked(file)) line[(*ret_size)++] = (char)byte;
    return true;
}

static void take_line(struct arena *arena, struct slice line, size_t number, const struct sign_public *key, struct head_file *file) {
    struct signed_head head;
    const bool readable = signed_head_read(line, &head);
    const bool right = readable && memcmp(head.key.bytes, key->bytes, sizeof key->bytes) == 0 && sign_is_right(key, head.document, head.signature);
    file->damaged += !readable;
    file->forged += readable && !right;
    if (!right && file->first_bad == 0) file->first_bad = number;
    if (!right) return;
    head.head.agreement = arena_copy(arena, head.head.agreement); /* the line goes */
    file->heads[file->count++] = head.head;
}

static struct err read_heads(struct arena *arena, const char *path, const struct sign_public *key, struct head_file *ret_file) {
    char line[SIGNED_HEAD_LINE_MAX];
    size_t size = 0, number = 0;
    struct err err = OK;
    FILE *file = fopen(path, "rbe");
    if (file == NULL) return ERR(FATAL, "the file of heads can't be opened: %s", strerror(errno));
    ret_file->heads = arena_take(arena, HEADS_MAX * sizeof *ret_file->heads);
    while (!failed(&err) && next_line(file, line, &size)) {
        if (++number > HEADS_MAX) err = ERR(FATAL, "the file has more than %d lines", HEADS_MAX);
        else if (size == SIGNED_HEAD_LINE_MAX) err = ERR(FATAL, "line %zu of the file is longer than a head can be", number);
        else take_line(arena, slice_of(line, size), number, key, ret_file);
    }
    if (!failed(&err) && ferror(file) != 0) err = ERR(FATAL, "the file of heads can't be read to its end: %s", strerror(errno));
    (void)fclose(file); /* only read */
    qsort(ret_file->heads, ret_file->count, sizeof *ret_file->heads, compare_heads);
    return err;
}

static int tell_heads(bool json, const struct head_file *file) {
    char message[160];
    if (file->damaged + file->forged > 0) {
        (void)snprintf(message, sizeof message, "%zu lines are no heads, %zu heads are not signed with this key; the first bad one is in line %zu", file->damaged, file->forged, file->first_bad);
        return command_fail(json, EXIT_FAILED, file->forged > 0 ? "SIGNATURE_WRONG" : "HEADS_DAMAGED", message, "Use the public key of the installation that signed, and the file as it was handed over.");
    }
    if (file->count == 0) return command_fail(json, EXIT_FAILED, "NO_HEADS", "there is no head in the file", "Give the file that payung ledger head wrote.");
    if (json) command_print_json(json_pack("{s:b,s:I}", "ok", true, "heads", (json_int_t)file->count));
    else printf("%zu kepala bertanda tangan benar.\n", file->count);
    return EXIT_OK;
}

static int verify(bool json, const char *path, const char *key_name, const char *against) {
    static struct export_report report;
    struct sign_public key;
    struct head_file file = {0};
    struct err err = sign_public_read(key_name, &key);
    if (failed(&err)) return command_fail(json, EXIT_USAGE, "KEYS_UNUSABLE", err.text, "Give the file sign-public of the installation that signed, or its 64 digits.");
    struct arena *arena = arena_create(HEADS_BYTES_MAX);
    err = read_heads(arena, path, &key, &file);
    int code = EXIT_OK;
    if (failed(&err)) code = command_fail(json, EXIT_FAILED, "FILE_UNREADABLE", err.text, "Give the file of heads that payung ledger head wrote: one head a line.");
    else if (against == NULL || file.damaged + file.forged > 0 || file.count == 0) code = tell_heads(json, &file);
    else {
        err = export_verify(against, &(struct export_check){.key = &key, .expected = file.heads, .expected_count = file.count}, &report);
        if (failed(&err)) code = command_fail(json, EXIT_FAILED, "EXPORT_UNREADABLE", err.text, "Give the file that payung ledger export wrote.");
        else code = ledger_export_tell(json, &report);
        if (code == EXIT_OK && !json) printf("Ekspor melewati %zu kepala bertanda tangan.\n", file.count);
    }
    arena_destroy(arena);
    return code;
}

int ledger_head_main(int argc, char **argv) {
    static const struct option options[] = {{"agreement", required_argument, NULL, 'a'}, {"date", required_argument, NULL, 'd'}, {"output", required_argument, NULL, 'o'}, {"key", required_argument, NULL, 'k'},
                                            {"against", required_argument, NULL, 'x'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *agreement = NULL, *date = NULL, *output = NULL, *key = NULL, *against = NULL;
    bool json = false;
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (option == '?') return command_usage(argc, argv, usage);
        if (option == 'a') agreement = optarg;
        if (option == 'd') date = optarg;
        if (option == 'o') output = optarg;
        if (option == 'k') key = optarg;
        if (option == 'x') against = optarg;
        json |= option == 'j';
    }
    const day_t today = day_of_business(clock_unix_ms());
    day_t day = today;
    const bool is_verify = argc - optind == 2 && strcmp(argv[optind], "verify") == 0 && key != NULL && agreement == NULL && date == NULL && output == NULL;
    const bool is_make = argc == optind && key == NULL && against == NULL;
    if (is_verify) return verify(json, argv[optind + 1], key, against);
    if (!is_make || (date != NULL && !day_parse(slice_text(date), &day))) return command_usage(argc, argv, usage);
    if (day > today) return command_fail(json, EXIT_USAGE, "DAY_NOT_OVER", "this day has not come yet", "A head covers what was booked: ask for today or a day before.");
    return make(json, agreement != NULL ? agreement : "", day, output);
}
