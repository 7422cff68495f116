/* `payung enrol FILE --agreement ID`: sends a list through the service's HTTP API, streaming, and tells what became of it, or with --dry-run what would become of it. The same file sent
 * twice is the same list: it may be run again after any failure. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "services/payung/api_client.h"
#include "services/payung/batch_report.h"

enum { TELL_EVERY_MS = 2000, TELL_TERMINAL_MS = 200 };

static const char usage[] =
    "usage: payung enrol FILE --agreement ID [--date YYYY-MM-DD] [--dry-run] [--all-or-nothing] [--amends LIST] [--wait] [--json]\n"
    "\n"
    "Sends a list of people (CSV or XLSX) to the service. The same file under the same agreement is the same list: sending it again changes nothing.\n"
    "  --agreement       the payer's agreement, e.g. kepahiang-2025\n"
    "  --date            registration date: ages, law and basis use it (default: the agreement's, else today)\n"
    "  --dry-run         enrols nobody: tells what would become of each row and of the budget. The list then waits: payung batch ID --enrol\n"
    "  --all-or-nothing  enrols nobody unless, by the dry run, everybody would be accepted\n"
    "  --amends          the earlier edition of this list: payung batch ID --difference compares the two\n"
    "  --wait            waits until every row has its outcome and prints the result\n"
    "  --json            one JSON document on standard output, also for errors\n"
    "Environment: API_URL, API_TOKEN. Exit codes: 0 ok, 1 failed, 2 usage, 3 finished with rejected rows, 75 service down or busy: try again.\n";

struct options {
    const char *file, *agreement, *date, *amends;
    bool wait, json, dry_run, all_or_nothing;
};

static int parse(int argc, char **argv, struct options *options) {
    for (int i = 1; i < argc; i++) {
        const char **value = NULL;
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return -1;
        }
        if (strcmp(argv[i], "--wait") == 0) options->wait = true;
        else if (strcmp(argv[i], "--dry-run") == 0) options->dry_run = true;
        else if (strcmp(argv[i], "--all-or-nothing") == 0) options->all_or_nothing = true;
        else if (strcmp(argv[i], "--amends") == 0) value = &options->amends;
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
    long long now = now_ms(), every = isatty(STDERR_FILENO) ? TELL_TERMINAL_MS : TELL_EVERY_MS;
    if (now - (told_ms > 0 ? told_ms : started_ms) < every) return false;
    told_ms = now;
    return true;
}
static void end_line(void) {
    if (isatty(STDERR_FILENO) && told_ms > 0) fputs("\r\033[K", stderr);
}

/* "Diputuskan [#########-----------]  45 %  900 dari 2000 baris, 3400/dtk, sisa 0:01" */
static void tell_progress(const char *verb, long long done, long long all, const char *unit, long long since_ms) {
    enum { BAR = 20 };
    char bar[BAR + 1], left[32] = "";
    if (all <= 0 || !time_to_tell()) return;
    const long long spent_ms = now_ms() - since_ms, rate = spent_ms > 0 ? done * 1000 / spent_ms : 0, filled = done * BAR / all;
    for (int i = 0; i < BAR; i++) bar[i] = i < filled ? '#' : '-';
    bar[BAR] = '\0';
    if (rate > 0) (void)snprintf(left, sizeof left, ", sisa %lld:%02lld", (all - done) / rate / 60, (all - done) / rate % 60); /* fits */
    fprintf(stderr, isatty(STDERR_FILENO) ? "\r\033[K%s [%s] %3lld %%  %lld dari %lld %s, %lld/dtk%s" : "%s [%s] %3lld %%  %lld dari %lld %s, %lld/dtk%s\n", verb, bar, done * 100 / all, done, all,
            unit, rate, left);
}

static void tell_sent(long long sent, long long all) {
    if (sent < all) tell_progress("Mengirim", sent / 1024, all / 1024, "KiB", started_ms);
}

struct watched {
    long long since_ms;
    const char *verb; /* of the phase that since_ms counts for */
};

static bool tell_event(void *self, const json_t *event) {
    struct watched *watched = self;
    const char *state = json_string_value(json_object_get(event, "state"));
    const bool is_trial = state != NULL && (strcmp(state, "checking") == 0 || strcmp(state, "held") == 0 || strcmp(state, "blocked") == 0);
    const char *verb = is_trial ? "Diuji" : "Diputuskan";
    if (watched->verb != verb) *watched = (struct watched){.since_ms = now_ms(), .verb = verb};
    tell_progress(verb, (long long)json_integer_value(json_object_get(event, is_trial ? "checked" : "decided")), (long long)json_integer_value(json_object_get(event, "rows")), "baris",
                  watched->since_ms);
    return state == NULL || (strcmp(state, "held") != 0 && strcmp(state, "blocked") != 0 && strcmp(state, "done") != 0); /* else it waits for somebody, or is through */
}

/* A workbook is a zip. */
static const char *kind_of(FILE *file) {
    char magic[4] = "";
    const size_t got = fread(magic, 1, sizeof magic, file);
    rewind(file);
    const bool is_zip = got == sizeof magic && memcmp(magic, "PK\003\004", sizeof magic) == 0;
    const bool is_old = got == sizeof magic && memcmp(magic, "\xD0\xCF\x11\xE0", sizeof magic) == 0; /* the service says what is wrong with it */
    return is_zip || is_old ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "text/csv";
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
    char agreement[256], date[64], amends[256], path[800];
    int code = EXIT_OK;
    if (!http_escape(options->agreement, agreement, sizeof agreement) || !http_escape(options->date != NULL ? options->date : "", date, sizeof date) ||
        !http_escape(options->amends != NULL ? options->amends : "", amends, sizeof amends)) {
        code = command_fail(options->json, EXIT_USAGE, "USAGE", "the agreement's id, the list's id or the date is too long", "Check them.");
    } else {
        CHECK(snprintf(path, sizeof path, "/v1/batches?agreement=%s%s%s%s%s%s%s", agreement, date[0] != '\0' ? "&date=" : "", date, amends[0] != '\0' ? "&amends=" : "", amends,
                       options->dry_run ? "&hold=true" : "", options->all_or_nothing ? "&all_or_nothing=true" : "") < (int)sizeof path);
        const struct http_call call = {
            .path = path,
            .body = file,
            .body_size = S_ISREG(status.st_mode) ? (long long)status.st_size : -1,
            .content_type = S_ISREG(status.st_mode) ? kind_of(file) : "text/csv",
            .progress = tell_sent,
        };
        code = api_call(api, &call, ret_answer);
    }
    (void)fclose(file); /* only read */
    return code;
}

/* The state of the list, once, or when every row is decided or somebody has to do something. */
static int fetch(struct api *api, const char *batch_id, bool wait, json_t **ret_batch) {
    struct watched watched = {.since_ms = now_ms()};
    const int code = wait ? api_watch(api, batch_id, tell_event, &watched) : EXIT_OK;
    return code == EXIT_OK ? api_get(api, "/v1/batches/", batch_id, ret_batch) : code;
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
    code = id != NULL ? fetch(api, id, options->wait || options->dry_run || options->all_or_nothing, &batch)
                      : command_fail(options->json, EXIT_FAILED, "UNEXPECTED_ANSWER", "the server named no list", "Check that API_URL is Payung's address.");
    end_line();
    if (code == EXIT_OK) {
        batch_report_print(batch, options->json);
        code = batch_report_exit(batch);
        if (!options->json && !options->wait && !options->dry_run) printf("Lihat hasilnya: payung batch %s\n", id);
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
