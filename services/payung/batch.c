/* `payung batch ID ...`: what became of a list, the same file with the answers, and what people decide about it: let it in, approve, call off, try again, take back. */
#include <stdlib.h>
#include <string.h>

#include "common/edge/crypto_sign.h"
#include "common/edge/fresh_file.h"
#include "services/payung/api_client.h"
#include "services/payung/batch_report.h"
#include "services/payung/result_workbook.h"

enum { RECEIPT_BYTES_MAX = 64 * 1024 };

static const char usage[] = "usage: payung batch ID [--result FILE] [--rejected FILE] [--receipt FILE] [--difference [--against ID]] [--json]\n"
                            "       payung batch ID --enrol | --approve | --cancel | --check | --reverse [--note TEXT] [--json]\n"
                            "       payung batch --verify FILE [--key FILE|DIGITS] [--json]\n"
                            "\n"
                            "Shows what became of the rows of a list, or by the dry run would become of them.\n"
                            "  --result      writes the same file with the columns status, kode, alasan, saran; as a workbook when its name ends with .xlsx, so does --rejected\n"
                            "  --rejected    writes only the refused rows, to be put right and sent again; the four columns may stay in the file\n"
                            "  --receipt     writes a receipt signed by the installation: hash of the file, rows, sum\n"
                            "  --difference  what the list changes in the earlier edition that it amends, or in --against ID\n"
                            "  --enrol       lets in a list that was held (--dry-run)\n"
                            "  --approve     lets it in as the second person, where the agreement demands one\n"
                            "  --cancel      calls it off; the same file sent again opens it anew\n"
                            "  --check       makes the dry run anew\n"
                            "  --reverse     takes back what it has enrolled; needs --note. What is not paid is given back, months that are paid stay covered\n"
                            "  --verify      whether a receipt is right; --key: the installation's public key (keys/sign-public), else the one in the receipt is used and told\n"
                            "Environment: API_URL, API_TOKEN. Exit codes: 0 ok, 1 failed, 2 usage, 3 finished with rejected rows, 75 service down or busy.\n";

struct options {
    const char *id, *result, *rejected, *receipt, *against, *act, *note, *verify, *key;
    bool json, difference, wrong;
};

static int call_file(struct api *api, const struct options *options, const char *suffix, FILE *stream) {
    char escaped[256], path[320];
    CHECK(http_escape(options->id, escaped, sizeof escaped)); /* it was asked for before */
    CHECK(snprintf(path, sizeof path, "/v1/batches/%s/%s", escaped, suffix) < (int)sizeof path);
    return api_call(api, &(struct http_call){.path = path, .download = stream}, NULL);
}

/* The service answers in CSV; between the two it stands in a file without a name. */
static int write_workbook(struct api *api, const struct options *options, const char *suffix, const char *name) {
    FILE *csv = tmpfile();
    if (csv == NULL) return command_fail(options->json, EXIT_FAILED, "FILE_UNWRITABLE", "no temporary file can be made", "Check TMPDIR and the disk.");
    int code = call_file(api, options, suffix, csv);
    const struct err err = code == EXIT_OK ? result_workbook_write(csv, name) : OK;
    (void)fclose(csv); /* it was only read back */
    return failed(&err) ? command_fail(options->json, EXIT_FAILED, "FILE_UNWRITABLE", err.text, "Choose another name or folder, or a name that ends with .csv.") : code;
}

/* Files of persons: only their owner may read them. */
static int write_file(struct api *api, const struct options *options, const char *suffix, const char *name) {
    struct fresh_file file;
    struct err err = fresh_file_open(name, FRESH_PRIVATE, &file);
    if (failed(&err)) return command_fail(options->json, EXIT_FAILED, "FILE_UNWRITABLE", err.text, "Choose another name or folder.");
    const int code = call_file(api, options, suffix, file.stream);
    if (code == EXIT_OK) err = fresh_file_keep(&file);
    else fresh_file_drop(&file);
    return failed(&err) ? command_fail(options->json, EXIT_FAILED, "FILE_UNWRITABLE", err.text, "Check the disk.") : code;
}

static int write_files(struct api *api, const struct options *options) {
    const struct { const char *suffix, *name; } files[] = {{"result", options->result}, {"rejected", options->rejected}, {"receipt", options->receipt}};
    int code = EXIT_OK;
    for (size_t i = 0; i < sizeof files / sizeof *files && code == EXIT_OK; i++) {
        if (files[i].name == NULL) continue;
        const bool is_list = files[i].name != options->receipt;
        code = (is_list && result_workbook_is_wanted(files[i].name) ? write_workbook : write_file)(api, options, files[i].suffix, files[i].name);
        if (code == EXIT_OK && !options->json) printf("Ditulis ke %s\n", files[i].name);
    }
    return code;
}

static void print_rows(const char *title, const json_t *change) {
    printf("  %s: %lld", title, (long long)json_integer_value(json_object_get(change, "count")));
    const json_t *rows = json_object_get(change, "rows");
    enum { SHOWN = 10 };
    for (size_t i = 0; i < json_array_size(rows) && i < SHOWN; i++) {
        const json_t *row = json_array_get(rows, i);
        const char *before = i == 0 ? " (baris " : ", ";
        if (json_is_array(row)) printf("%s%lld, dahulu %lld", before, (long long)json_integer_value(json_array_get(row, 0)), (long long)json_integer_value(json_array_get(row, 1)));
        else printf("%s%lld", before, (long long)json_integer_value(row));
    }
    printf(json_array_size(rows) > SHOWN ? ", ...)\n" : json_array_size(rows) > 0 ? ")\n" : "\n");
}

static int show_difference(struct api *api, const struct options *options) {
    char escaped[256], against[256] = "", path[640];
    json_t *difference = NULL;
    if (!http_escape(options->id, escaped, sizeof escaped) || (options->against != NULL && !http_escape(options->against, against, sizeof against)))
        return command_fail(options->json, EXIT_USAGE, "USAGE", "the id is too long", "Copy it from the service's answer.");
    CHECK(snprintf(path, sizeof path, "/v1/batches/%s/difference%s%s", escaped, options->against != NULL ? "?against=" : "", against) < (int)sizeof path);
    const int code = api_call(api, &(struct http_call){.path = path}, &difference);
    if (code != EXIT_OK) return code;
    if (options->json) {
        command_print_json(difference);
        return code;
    }
    printf("Dibandingkan dengan %s\n  Sama: %lld\n", json_string_value(json_object_get(difference, "against")), (long long)json_integer_value(json_object_get(difference, "unchanged")));
    print_rows("Baru", json_object_get(difference, "added"));
    print_rows("Berubah", json_object_get(difference, "changed"));
    print_rows("Tidak ada lagi", json_object_get(difference, "removed"));
    printf("Yang tidak ada lagi tetap terdaftar; untuk mengakhirinya: payung mutation\n");
    json_decref(difference);
    return code;
}

static int show(struct api *api, const struct options *options) {
    json_t *batch = NULL;
    int code = api_get(api, "/v1/batches/", options->id, &batch);
    if (code == EXIT_OK) code = write_files(api, options);
    if (code == EXIT_OK) {
        batch_report_print(batch, options->json);
        code = batch_report_exit(batch);
    }
    json_decref(batch);
    return code;
}

static int act(struct api *api, const struct options *options) {
    char suffix[32];
    json_t *answer = NULL;
    CHECK(snprintf(suffix, sizeof suffix, "/%s", options->act) < (int)sizeof suffix);
    const int code = api_post_note(api, "/v1/batches/", options->id, suffix, options->note, &answer);
    json_decref(answer);
    return code == EXIT_OK ? show(api, options) : code;
}

/* ---- receipts ---- */

static bool read_signature(const char *text, uint8_t ret_signature[SIGNATURE_BYTES]) {
    for (size_t i = 0; text != NULL && i < SIGNATURE_BYTES; i++) {
        const char digits[3] = {text[2 * i], text[2 * i] != '\0' ? text[2 * i + 1] : '\0', '\0'};
        char *end;
        ret_signature[i] = (uint8_t)strtoul(digits, &end, 16);
        if (end != digits + 2) return false;
    }
    return text != NULL && text[2 * SIGNATURE_BYTES] == '\0';
}

/* The text must say what the readable part says, or somebody would read another thing than was signed. */
static bool is_right(const json_t *document, const struct sign_public *key) {
    const char *text = json_string_value(json_object_get(document, "text"));
    uint8_t signature[SIGNATURE_BYTES];
    json_t *signed_content = text != NULL ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const bool right = signed_content != NULL && json_equal(signed_content, json_object_get(document, "receipt")) != 0 &&
                       read_signature(json_string_value(json_object_get(document, "signature")), signature) && sign_is_right(key, slice_text(text), signature);
    json_decref(signed_content);
    return right;
}

static int verify(const struct options *options) {
    struct sign_public key;
    json_error_t error;
    json_t *document = json_load_file(options->verify, JSON_REJECT_DUPLICATES, &error);
    const char *own = json_string_value(json_object_get(document, "public_key"));
    int code = EXIT_OK;
    if (document == NULL || own == NULL) {
        code = command_fail(options->json, EXIT_FAILED, "RECEIPT_UNREADABLE", "the file is no receipt", "Get one with payung batch ID --receipt FILE.");
    } else {
        struct err err = sign_public_read(options->key != NULL ? options->key : own, &key);
        if (failed(&err)) code = command_fail(options->json, EXIT_USAGE, "KEY_UNREADABLE", err.text, "Give the file sign-public, or its 64 digits.");
        else if (!is_right(document, &key)) code = command_fail(options->json, EXIT_FAILED, "RECEIPT_WRONG", "the receipt was not signed with this key, or was changed", "Ask the installation for a new one.");
        else if (options->json) command_print_json(json_pack("{s:b,s:O,s:s}", "right", true, "receipt", json_object_get(document, "receipt"), "public_key", own));
        else printf("Tanda terima sah. Kunci: %s%s\n", own, options->key != NULL ? "" : " (dari berkas itu sendiri; bandingkan dengan kunci publik instalasi)");
    }
    json_decref(document);
    return code;
}

/* ---- the command line ---- */

static void parse(int argc, char **argv, struct options *options) {
    static const char *const acts[] = {"--enrol", "--approve", "--cancel", "--check", "--reverse"};
    const struct { const char *name; const char **value; } values[] = {
        {"--result", &options->result}, {"--rejected", &options->rejected}, {"--receipt", &options->receipt}, {"--against", &options->against},
        {"--note", &options->note}, {"--verify", &options->verify}, {"--key", &options->key},
    };
    for (int i = 1; i < argc; i++) {
        bool known = true;
        if (strcmp(argv[i], "--json") == 0) options->json = true;
        else if (strcmp(argv[i], "--difference") == 0) options->difference = true;
        else if (argv[i][0] != '-' && options->id == NULL) options->id = argv[i];
        else known = false;
        for (size_t k = 0; k < sizeof acts / sizeof *acts && !known; k++) {
            known = strcmp(argv[i], acts[k]) == 0 && options->act == NULL;
            if (known) options->act = argv[i] + 2;
        }
        for (size_t k = 0; k < sizeof values / sizeof *values && !known; k++) {
            known = strcmp(argv[i], values[k].name) == 0 && i + 1 < argc;
            if (known) *values[k].value = argv[++i];
        }
        options->wrong = options->wrong || !known;
    }
    options->wrong = options->wrong || (options->verify == NULL) == (options->id == NULL);
}

int batch_main(int argc, char **argv) {
    struct options options = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") != 0) continue;
        fputs(usage, stdout);
        return EXIT_OK;
    }
    parse(argc, argv, &options);
    if (options.wrong) return command_fail(options.json, EXIT_USAGE, "USAGE", "the id of a list is needed, and at most one of --enrol, --approve, --cancel, --check, --reverse", "See payung batch --help.");
    if (options.verify != NULL) return verify(&options);
    struct api *api = NULL;
    int code = api_open(options.json, &api);
    if (code == EXIT_OK) code = options.act != NULL ? act(api, &options) : options.difference ? show_difference(api, &options) : show(api, &options);
    api_close(api);
    return code;
}
