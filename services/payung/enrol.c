/* `payung enrol FILE.csv --agreement ID [--date D] [--wait] [--json]`: sends a list through the service's HTTP API, streaming, and tells what became of it. The
 * same file sent twice is the same list: it may be run again after any failure. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "services/payung/api_client.h"
#include "services/payung/batch_report.h"

enum { POLL_FIRST_MS = 20, POLL_MAX_MS = 1000, TELL_EVERY_MS = 2000 };

static const char usage[] =
    "usage: payung enrol FILE.csv --agreement ID [--date YYYY-MM-DD] [--wait] [--json]\n"
    "\n"
    "Sends a list of people to the service. The same file under the same agreement is the same list: sending it again changes nothing.\n"
    "  --agreement  the payer's agreement, e.g. kepahiang-2025\n"
    "  --date       registration date: ages, law and basis use it (default: the agreement's, else today)\n"
    "  --wait       waits until every row has its outcome and prints the result\n"
    "  --json       one JSON document on standard output, also for errors\n"
    "Environment: API_URL, API_TOKEN. Exit codes: 0 ok, 1 failed, 2 usage, 3 finished with rejected rows, 75 service down or busy: try again.\n";

struct options {
    const char *file, *agreement, *date;
    bool wait, json;
};

static int parse(int argc, char **argv, struct options *options) {
    for (int i = 1; i < argc; i++) {
        const char **value = NULL;
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return -1;
        }
        if (strcmp(argv[i], "--wait") == 0) options->wait = true;
        else if (strcmp(argv[i], "--json") == 0) options->json = true;
        else if (strcmp(argv[i], "--agreement") == 0) value = &options->agreement;
        else if (strcmp(argv[i], "--date") == 0) value = &options->date;
        else if (argv[i][0] != '-' && options->file == NULL) options->file = argv[i];
        else return command_fail(options->json, EXIT_USAGE, "USAGE", "an argument is not known, see payung enrol --help", "payung enrol FILE.csv --agreement ID --wait");
        if (value == NULL) continue;
        if (++i == argc) return command_fail(options->json, EXIT_USAGE, "USAGE", "an option lacks its value", "payung enrol FILE.csv --agreement ID --wait");
        *value = argv[i];
    }
    if (options->file == NULL || options->agreement == NULL)
        return command_fail(options->json, EXIT_USAGE, "USAGE", "a file and --agreement are needed", "payung enrol FILE.csv --agreement ID --wait");
    return EXIT_OK;
}

static long long now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail */
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Progress goes to a terminal at once; elsewhere only when it takes long, a line now and then. */
static long long started_ms, told_ms;
static bool time_to_tell(void) {
    long long now = now_ms(), every = isatty(STDERR_FILENO) ? 200 : TELL_EVERY_MS;
    if (now - (told_ms > 0 ? told_ms : started_ms) < every) return false;
    told_ms = now;
    return true;
}
static void end_line(void) {
    if (isatty(STDERR_FILENO) && told_ms > 0) fputs("\r\033[K", stderr);
}

static void tell_sent(long long sent, long long all) {
    if (all <= 0 || sent >= all || !time_to_tell()) return;
    fprintf(stderr, isatty(STDERR_FILENO) ? "\r\033[KMengirim %lld dari %lld KiB" : "Mengirim %lld dari %lld KiB\n", sent / 1024, all / 1024);
}

static void tell_decided(const json_t *batch) {
    if (!time_to_tell()) return;
    long long rows = (long long)json_integer_value(json_object_get(batch, "rows")), pending = (long long)json_integer_value(json_object_get(batch, "pending"));
    fprintf(stderr, isatty(STDERR_FILENO) ? "\r\033[KDiputuskan %lld dari %lld baris" : "Diputuskan %lld dari %lld baris\n", rows - pending, rows);
}

static int send_file(struct api *api, const struct options *options, json_t **ret_answer) {
    struct stat status;
    FILE *file = fopen(options->file, "rb");
    if (file == NULL || fstat(fileno(file), &status) != 0 || S_ISDIR(status.st_mode)) {
        char message[600];
        (void)snprintf(message, sizeof message, "%.400s can't be read: %s", options->file, file == NULL ? strerror(errno) : "not a file"); /* cut */
        if (file != NULL) (void)fclose(file); /* only read */
        return command_fail(options->json, EXIT_FAILED, "FILE_UNREADABLE", message, "Check the name of the file.");
    }
    char agreement[256], date[64], path[512];
    int code = EXIT_OK;
    if (!http_escape(options->agreement, agreement, sizeof agreement) || !http_escape(options->date != NULL ? options->date : "", date, sizeof date)) {
        code = command_fail(options->json, EXIT_USAGE, "USAGE", "the agreement's id or the date is too long", "Check both.");
    } else {
        CHECK(snprintf(path, sizeof path, "/v1/batches?agreement=%s%s%s", agreement, date[0] != '\0' ? "&date=" : "", date) < (int)sizeof path);
        const struct http_call call = {
            .path = path,
            .body = file,
            .body_size = S_ISREG(status.st_mode) ? (long long)status.st_size : -1,
            .content_type = "text/csv",
            .progress = tell_sent,
        };
        code = api_call(api, &call, ret_answer);
    }
    (void)fclose(file); /* only read */
    return code;
}

/* The state of the list, once or until every row is decided. */
static int fetch(struct api *api, const char *batch_id, bool wait, json_t **ret_batch) {
    for (int pause_ms = POLL_FIRST_MS;;) {
        int code = api_get(api, "/v1/batches/", batch_id, ret_batch);
        if (code != EXIT_OK || !wait || batch_report_done(*ret_batch)) return code;
        tell_decided(*ret_batch);
        json_decref(*ret_batch);
        *ret_batch = NULL; /* the next question may fail and leave it so */
        struct timespec pause = {.tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000L};
        (void)nanosleep(&pause, NULL); /* woken early is no harm */
        pause_ms = pause_ms * 5 / 4 < POLL_MAX_MS ? pause_ms * 5 / 4 : POLL_MAX_MS;
    }
}

/* The columns that the service does not know, on standard error: they may be misspelt. Their names come from the file: only printable ones are shown. */
static void tell_ignored_columns(const json_t *answer) {
    const json_t *names = json_object_get(answer, "ignored_columns");
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        bool plain = name != NULL;
        for (size_t k = 0; plain && name[k] != '\0'; k++) plain = (unsigned char)name[k] >= ' ' && name[k] != '\x7f';
        if (plain) fprintf(stderr, "payung: kolom \"%s\" tidak dikenal dan tidak dibaca.\n", name);
    }
}

/* The rows that sum up others and enrol nobody, on standard error. */
static void tell_skipped_rows(const json_t *answer) {
    const json_t *lines = json_object_get(answer, "skipped_rows");
    for (size_t i = 0; i < json_array_size(lines); i++)
        fprintf(stderr, "payung: baris %lld berkas adalah baris jumlah dan dilewati.\n", (long long)json_integer_value(json_array_get(lines, i)));
}

static int run(struct api *api, const struct options *options) {
    json_t *answer = NULL, *batch = NULL;
    int code = send_file(api, options, &answer);
    end_line();
    if (code != EXIT_OK) return code;
    tell_ignored_columns(answer);
    tell_skipped_rows(answer);
    const char *id = json_string_value(json_object_get(answer, "batch"));
    code = id != NULL ? fetch(api, id, options->wait, &batch)
                      : command_fail(options->json, EXIT_FAILED, "UNEXPECTED_ANSWER", "the server named no list", "Check that API_URL is Payung's address.");
    end_line();
    if (code == EXIT_OK) {
        batch_report_print(batch, options->json);
        code = batch_report_exit(batch);
        if (!options->json && !options->wait) printf("Lihat hasilnya: payung batch %s\n", id);
        if (!options->json && code == EXIT_WITH_REJECTIONS) printf("Berkas hasil per baris: payung batch %s --result hasil.csv\n", id);
    }
    json_decref(batch);
    json_decref(answer);
    return code;
}

int enrol_main(int argc, char **argv) {
    struct options options = {0};
    struct api *api = NULL;
    for (int i = 1; i < argc; i++) options.json = options.json || strcmp(argv[i], "--json") == 0;
    int code = parse(argc, argv, &options);
    if (code != EXIT_OK) return code < 0 ? EXIT_OK : code;
    started_ms = now_ms();
    code = api_open(options.json, &api);
    if (code == EXIT_OK) code = run(api, &options);
    api_close(api);
    return code;
}
