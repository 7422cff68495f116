/* `payung webhook ...`: the endpoints of the partner whose token is used, over the API (/v1/webhooks). It shows a secret only when the service has just made it, and keeps none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/text.h"
#include "services/payung/api_client.h"

enum { EVENTS_MAX = 16, ID_ESCAPED_MAX = 256, QUERY_TEXT_MAX = 320, PATH_TEXT_MAX = 3 * ID_ESCAPED_MAX + QUERY_TEXT_MAX, LIMIT_MAX = 100, GRACE_HOURS_MAX = 168 };

static const char usage[] = "usage: payung webhook list\n"
                            "       payung webhook add URL [--event NAME]... [--agreement ID] [--description TEXT]\n"
                            "       payung webhook show|remove|enable WEBHOOK\n"
                            "       payung webhook rotate WEBHOOK [--grace HOURS]\n"
                            "       payung webhook deliveries WEBHOOK [DELIVERY] [--limit N] [--after DELIVERY]\n"
                            "       payung webhook resend WEBHOOK DELIVERY\n"
                            "       all of them with [--json]\n"
                            "\n"
                            "Where the partner of API_TOKEN is told what happened: signed posts as Standard Webhooks has them. The secret that checks their signatures is shown by add and\n"
                            "rotate, and never again.\n"
                            "Environment: API_URL, API_TOKEN. Exit codes: 0 ok, 1 failed, 2 usage, 75 service down or busy.\n"
                            "  --event      enrolment.decided, coverage.changed or batch.progress; by itself all of them\n"
                            "  --agreement  only events of this agreement and the offices under it\n"
                            "  --grace      how long the secret before the new one signs as well, 0 to 168; by itself 24\n"
                            "  --limit      how many deliveries, the newest first, by itself 20; --after goes on behind one of them\n"
                            "  enable       sends again to an endpoint that was disabled because it was gone (410) or did nothing but fail\n"
                            "  resend       sends a delivery once more, under the same id, whatever became of it\n";

struct words {
    bool json;
    const char *verb, *first, *second; /* what stands behind the verb */
    const char *events[EVENTS_MAX];
    size_t event_count;
    const char *agreement, *description, *after;
    uint64_t grace_hours, limit;
    bool has_grace;
};

static const char *member(const json_t *document, const char *name) {
    const char *text = json_string_value(json_object_get(document, name));
    return text != NULL ? text : "";
}

/* ---- people's words ---- */

static const char *state_word(const char *state) {
    static const struct {
        const char *state, *word;
    } words[] = {{"active", "AKTIF"}, {"disabled", "NONAKTIF"}, {"pending", "MENUNGGU"}, {"delivered", "TERKIRIM"}, {"failed", "GAGAL"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].state, state) == 0) return words[i].word;
    return state;
}

static void print_endpoint(const json_t *endpoint) {
    size_t i;
    json_t *event;
    printf("%s  %s  %s\n  peristiwa:", member(endpoint, "webhook_id"), state_word(member(endpoint, "state")), member(endpoint, "url"));
    json_array_foreach(json_object_get(endpoint, "events"), i, event) printf(" %s", json_string_value(event));
    putchar('\n');
    if (member(endpoint, "agreement")[0] != '\0') printf("  perjanjian: %s\n", member(endpoint, "agreement"));
    if (member(endpoint, "description")[0] != '\0') printf("  keterangan: %s\n", member(endpoint, "description"));
    if (strcmp(member(endpoint, "reason"), "GONE") == 0) printf("  dinonaktifkan: penerima menjawab 410\n");
    if (strcmp(member(endpoint, "reason"), "FAILING") == 0) printf("  dinonaktifkan: selalu gagal sejak %s\n", member(endpoint, "failing_since"));
    if (member(endpoint, "previous_secret_until")[0] != '\0') printf("  rahasia lama berlaku sampai %s\n", member(endpoint, "previous_secret_until"));
    if (member(endpoint, "secret")[0] != '\0') printf("  secret  %s\nRahasia ini hanya ditampilkan sekali.\n", member(endpoint, "secret"));
}

static void print_delivery(const json_t *delivery) {
    const json_t *status = json_object_get(delivery, "last_status");
    size_t i;
    json_t *attempt;
    printf("%s  %-9s %-18s %s  percobaan: %lld", member(delivery, "delivery_id"), state_word(member(delivery, "state")), member(delivery, "type"), member(delivery, "created_at"),
           (long long)json_integer_value(json_object_get(delivery, "attempts")));
    if (json_is_integer(status)) printf("  status: %lld", (long long)json_integer_value(status));
    if (member(delivery, "next_attempt_at")[0] != '\0') printf("  berikutnya: %s", member(delivery, "next_attempt_at"));
    putchar('\n');
    json_array_foreach(json_object_get(delivery, "history"), i, attempt) {
        const json_t *seen = json_object_get(attempt, "status");
        printf("  %3lld  %s  %lld ms  ", (long long)json_integer_value(json_object_get(attempt, "attempt")), member(attempt, "at"), (long long)json_integer_value(json_object_get(attempt, "duration_ms")));
        if (json_is_integer(seen)) printf("%lld\n", (long long)json_integer_value(seen));
        else printf("%s\n", member(attempt, "error"));
    }
}

static void print_all(const json_t *document, const char *name, void (*print)(const json_t *)) {
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(document, name), i, item) print(item);
    if (json_array_size(json_object_get(document, name)) == 0) printf("Tidak ada.\n");
}

/* ---- requests ---- */

/* "/v1/webhooks/ID/..." False: an id is too long. */
static bool path_of(const char *first, const char *part, const char *second, const char *end, char ret_path[PATH_TEXT_MAX]) {
    char one[ID_ESCAPED_MAX] = "", two[ID_ESCAPED_MAX] = "";
    if ((first != NULL && !http_escape(first, one, sizeof one)) || (second != NULL && !http_escape(second, two, sizeof two))) return false;
    return snprintf(ret_path, PATH_TEXT_MAX, "/v1/webhooks%s%s%s%s%s%s", first != NULL ? "/" : "", one, part, second != NULL ? "/" : "", two, end) < PATH_TEXT_MAX;
}

/* NULL: a word is not UTF-8. */
static json_t *endpoint_of(const struct words *words) {
    json_t *events = json_array();
    CHECK(events != NULL);
    for (size_t i = 0; i < words->event_count; i++)
        if (json_array_append_new(events, json_string(words->events[i])) != 0) return json_decref(events), NULL;
    return json_pack("{s:s,s:o*,s:s*,s:s*}", "url", words->first, "events", words->event_count > 0 ? events : (json_decref(events), NULL), "agreement", words->agreement, "description",
                     words->description);
}

static int remove_endpoint(struct api *api, const struct words *words, const char *path) {
    const int code = api_call(api, &(struct http_call){.path = path, .method = "DELETE"}, NULL);
    if (code == EXIT_OK && words->json) command_print_json(json_pack("{s:s,s:b}", "webhook_id", words->first, "removed", 1));
    else if (code == EXIT_OK) printf("Webhook %s dihapus\n", words->first);
    return code;
}

static int tell(const struct words *words, int code, json_t *document, void (*print)(const json_t *)) {
    if (code == EXIT_OK && words->json) command_print_json(json_incref(document));
    else if (code == EXIT_OK) print(document);
    json_decref(document);
    return code;
}

static int ask(struct api *api, const struct words *words, const char *path, void (*print)(const json_t *)) {
    json_t *document = NULL;
    const int code = api_call(api, &(struct http_call){.path = path}, &document);
    return tell(words, code, document, print);
}

static int post(struct api *api, const struct words *words, const char *path, json_t *body, void (*print)(const json_t *)) {
    json_t *document = NULL;
    const int code = api_post_json(api, path, body, &document);
    return tell(words, code, document, print);
}

static void print_endpoints(const json_t *document) { print_all(document, "webhooks", print_endpoint); }
static void print_deliveries(const json_t *document) { print_all(document, "deliveries", print_delivery); }

/* A question: list, show, deliveries. The part of the address behind the id, with its query. */
static bool query_of(const struct words *words, char ret_query[QUERY_TEXT_MAX]) {
    char after[ID_ESCAPED_MAX] = "";
    if (words->second != NULL) return ret_query[0] = '\0', true;
    if (words->after != NULL && !http_escape(words->after, after, sizeof after)) return false;
    return snprintf(ret_query, QUERY_TEXT_MAX, "?limit=%llu%s%s", (unsigned long long)words->limit, words->after != NULL ? "&after=" : "", after) < QUERY_TEXT_MAX;
}

static int run(struct api *api, const struct words *words) {
    char path[PATH_TEXT_MAX], query[QUERY_TEXT_MAX] = "";
    const char *verb = words->verb;
    const bool is_history = strcmp(verb, "deliveries") == 0, is_resend = strcmp(verb, "resend") == 0, is_plain = strcmp(verb, "show") == 0 || strcmp(verb, "remove") == 0;
    if (strcmp(verb, "list") == 0) return ask(api, words, "/v1/webhooks?limit=100", print_endpoints); /* a partner has at most ten */
    if (strcmp(verb, "add") == 0) return post(api, words, "/v1/webhooks", endpoint_of(words), print_endpoint);
    const char *part = is_plain ? "" : is_history || is_resend ? "/deliveries" : strcmp(verb, "rotate") == 0 ? "/rotate" : "/enable";
    const bool fits = (!is_history || query_of(words, query)) && path_of(words->first, part, words->second, is_resend ? "/resend" : query, path);
    if (!fits) return command_fail(words->json, EXIT_USAGE, "USAGE", "an id is too long", "Copy it from the service's answer.");
    if (strcmp(verb, "show") == 0) return ask(api, words, path, print_endpoint);
    if (strcmp(verb, "remove") == 0) return remove_endpoint(api, words, path);
    if (is_history) return ask(api, words, path, words->second != NULL ? print_delivery : print_deliveries);
    if (strcmp(verb, "rotate") == 0 && words->has_grace) return post(api, words, path, json_pack("{s:I}", "grace_hours", (json_int_t)words->grace_hours), print_endpoint);
    return post(api, words, path, json_object(), is_resend ? print_delivery : print_endpoint);
}

/* ---- the command line ---- */

/* How many words stand behind the verb. False: there is no such verb. */
static bool words_of(const char *verb, int *ret_least, int *ret_most) {
    static const struct {
        const char *verb;
        int least, most;
    } verbs[] = {{"list", 0, 0}, {"add", 1, 1}, {"show", 1, 1}, {"remove", 1, 1}, {"enable", 1, 1}, {"rotate", 1, 1}, {"deliveries", 1, 2}, {"resend", 2, 2}};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(verbs[i].verb, verb) != 0) continue;
        *ret_least = verbs[i].least;
        *ret_most = verbs[i].most;
        return true;
    }
    return false;
}

static bool is_for(const struct words *words, const char *verb) { return words->verb != NULL && strcmp(words->verb, verb) == 0; }

/* An option that has a value. False: it does not belong to this verb, or its value is none. */
static bool read_option(struct words *words, const char *name, const char *value) {
    if (strcmp(name, "--event") == 0 && is_for(words, "add") && words->event_count < EVENTS_MAX) return words->events[words->event_count++] = value, true;
    if (strcmp(name, "--agreement") == 0 && is_for(words, "add")) return words->agreement = value, true;
    if (strcmp(name, "--description") == 0 && is_for(words, "add")) return words->description = value, true;
    if (strcmp(name, "--after") == 0 && is_for(words, "deliveries")) return words->after = value, true;
    if (strcmp(name, "--limit") == 0 && is_for(words, "deliveries")) return text_number(slice_text(value), LIMIT_MAX, &words->limit) && words->limit > 0;
    if (strcmp(name, "--grace") == 0 && is_for(words, "rotate")) return words->has_grace = text_number(slice_text(value), GRACE_HOURS_MAX, &words->grace_hours);
    return false;
}

/* False: the words are not understood. */
static bool read_words(int argc, char **argv, struct words *words) {
    int count = 0, least = 0, most = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) continue;
        if (argv[i][0] == '-') {
            if (i + 1 >= argc || !read_option(words, argv[i], argv[i + 1])) return false;
            i++;
        } else if (words->verb == NULL) {
            words->verb = argv[i];
            if (!words_of(words->verb, &least, &most)) return false;
        } else {
            if (++count > most) return false;
            *(count == 1 ? &words->first : &words->second) = argv[i];
        }
    }
    return words->verb != NULL && count >= least;
}

int webhook_main(int argc, char **argv) {
    struct words words = {.limit = 20};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        words.json = words.json || strcmp(argv[i], "--json") == 0;
    }
    if (!read_words(argc, argv, &words)) return command_usage(argc, argv, usage);
    struct api *api = NULL;
    int code = api_open(words.json, &api);
    if (code == EXIT_OK) code = run(api, &words);
    api_close(api);
    return code;
}
