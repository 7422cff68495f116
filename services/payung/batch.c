/* `payung batch ID [--result FILE.csv] [--json]`: the state of a list that was sent, and the same file with the answers. */
#include <string.h>

#include "common/edge/fresh_file.h"
#include "services/payung/api_client.h"
#include "services/payung/batch_report.h"

static const char usage[] = "usage: payung batch ID [--result FILE.csv] [--json]\n"
                            "\n"
                            "Shows what became of the rows of a list. --result writes the same file with the columns status, kode, alasan, saran.\n"
                            "Environment: API_URL, API_TOKEN. Exit codes: 0 ok, 1 failed, 2 usage, 3 finished with rejected rows, 75 service down or busy.\n";

/* The result holds data of persons: only its owner may read it. */
static int write_result(struct api *api, const char *id, const char *name, bool json) {
    char escaped[256], path[320];
    struct fresh_file file;
    struct err err = fresh_file_open(name, FRESH_PRIVATE, &file);
    if (failed(&err)) return command_fail(json, EXIT_FAILED, "FILE_UNWRITABLE", err.text, "Choose another name or folder.");
    CHECK(http_escape(id, escaped, sizeof escaped)); /* it was asked for before */
    CHECK(snprintf(path, sizeof path, "/v1/batches/%s/result", escaped) < (int)sizeof path);
    const int code = api_call(api, &(struct http_call){.path = path, .download = file.stream}, NULL);
    if (code == EXIT_OK) err = fresh_file_keep(&file);
    else fresh_file_drop(&file);
    return failed(&err) ? command_fail(json, EXIT_FAILED, "FILE_UNWRITABLE", err.text, "Check the disk.") : code;
}

static int run(struct api *api, const char *id, const char *result, bool json) {
    json_t *batch = NULL;
    int code = api_get(api, "/v1/batches/", id, &batch);
    if (code == EXIT_OK && result != NULL) code = write_result(api, id, result, json);
    if (code == EXIT_OK) {
        batch_report_print(batch, json);
        if (result != NULL && !json) printf("Hasil per baris ditulis ke %s\n", result);
        code = batch_report_exit(batch);
    }
    json_decref(batch);
    return code;
}

int batch_main(int argc, char **argv) {
    const char *id = NULL, *result = NULL;
    bool json = false, wrong = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        if (strcmp(argv[i], "--json") == 0) json = true;
        else if (strcmp(argv[i], "--result") == 0 && i + 1 < argc) result = argv[++i];
        else if (argv[i][0] != '-' && id == NULL) id = argv[i];
        else wrong = true;
    }
    if (wrong || id == NULL) return command_fail(json, EXIT_USAGE, "USAGE", "the id of a list is needed", "payung batch ID [--result FILE.csv] [--json]");
    struct api *api = NULL;
    int code = api_open(json, &api);
    if (code == EXIT_OK) code = run(api, id, result, json);
    api_close(api);
    return code;
}
