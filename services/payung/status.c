/* `payung status ENROLMENT [--json]`: where one enrolment stands. */
#include <string.h>

#include "common/domain/rupiah.h"
#include "services/payung/api_client.h"

static const char usage[] = "usage: payung status ENROLMENT [--json]\n"
                            "\n"
                            "Shows status, reasons, amount and place of one enrolment (its id as the service gave it). No personal data is shown.\n"
                            "Environment: API_URL, API_TOKEN. Exit codes: 0 ok, 1 failed, 2 usage, 75 service down or busy.\n";

static void print_codes(const json_t *document, const char *member) {
    size_t i;
    json_t *code;
    json_array_foreach(json_object_get((json_t *)document, member), i, code) {
        const char *text = json_string_value(json_object_get(code, "code")), *reason = json_string_value(json_object_get(code, "reason"));
        const char *remedy = json_string_value(json_object_get(code, "remedy"));
        printf("  %s %s. %s\n", text, reason, remedy);
    }
}

static void print_words(const json_t *document) {
    static const struct {
        const char *status, *word;
    } words[] = {{"accepted", "DITERIMA"}, {"waitlisted", "DAFTAR TUNGGU"}, {"rejected", "DITOLAK"},    {"duplicate", "GANDA"},
                 {"pending", "DIPERIKSA"}, {"parked", "DITOLAK"},           {"in_progress", "DIPROSES"}};
    const char *status = json_string_value(json_object_get(document, "status")), *word = status;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].status, status) == 0) word = words[i].word;
    printf("Pendaftaran %s: %s\n", json_string_value(json_object_get(document, "enrolment_id")), word);
    long long amount = (long long)json_integer_value(json_object_get(document, "amount")), rank = (long long)json_integer_value(json_object_get(document, "rank"));
    char money[32];
    if (amount > 0) {
        rupiah_format(amount, money);
        printf("  Iuran: %s\n", money);
    }
    if (rank > 0) printf("  Daftar tunggu nomor %lld\n", rank);
    print_codes(document, "codes");
    print_codes(document, "warnings");
}

int status_main(int argc, char **argv) {
    const char *id = NULL;
    bool json = false, wrong = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        if (strcmp(argv[i], "--json") == 0) json = true;
        else if (argv[i][0] != '-' && id == NULL) id = argv[i];
        else wrong = true;
    }
    if (wrong || id == NULL) return command_fail(json, EXIT_USAGE, "USAGE", "the id of an enrolment is needed", "payung status ENROLMENT [--json]");
    struct api *api = NULL;
    int code = api_open(json, &api);
    if (code != EXIT_OK) return code;
    json_t *document = NULL;
    code = api_get(api, "/v1/enrolments/", id, &document);
    if (code == EXIT_OK && json) {
        (void)json_dumpf(document, stdout, JSON_COMPACT); /* a closed pipe shows at exit */
        putchar('\n');
    } else if (code == EXIT_OK) {
        print_words(document);
    }
    json_decref(document);
    api_close(api);
    return code;
}
