/* The pages of a service as an operator's client sees them, the log's lines and the clock's text. */
#include "tests/unit/cmocka_all.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <jansson.h>

#include "common/edge/clock.h"
#include "common/edge/health.h"
#include "common/edge/log.h"

enum { ANSWER_MAX = 65536 };

/* One request, the whole answer as text. */
static void ask(int port, const char *request, char ret_answer[ANSWER_MAX]) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    char text[256];
    int size = snprintf(text, sizeof text, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", request);
    assert_int_equal(write(fd, text, (size_t)size), size);
    size_t used = 0;
    for (ssize_t got; used < ANSWER_MAX - 1 && (got = read(fd, ret_answer + used, ANSWER_MAX - 1 - used)) > 0;) used += (size_t)got;
    ret_answer[used] = '\0';
    assert_int_equal(close(fd), 0);
}

static void assert_answer(int port, const char *request, const char *status, const char *words) {
    static char answer[ANSWER_MAX];
    ask(port, request, answer);
    if (strncmp(answer + strlen("HTTP/1.1 "), status, 3) != 0 || strstr(answer, words) == NULL) fail_msg("%s: %s", request, answer);
}

static void readiness_says_why(void **state) {
    struct health *health = NULL;
    struct err err = health_open(0, "premium", "1-bulk", &health);
    assert_int_equal(err.fate, FATE_OK);
    int port = health_port(health);
    assert_true(port > 0);
    assert_answer(port, "GET /readyz", "503", "starting");
    health_say(health, true, "partition 0 works");
    assert_answer(port, "GET /readyz", "200", "partition 0 works");
    health_say(health, false, "partition 2 STOPPED: records were lost");
    assert_answer(port, "GET /readyz", "503", "partition 2 STOPPED: records were lost");
    assert_answer(port, "GET /healthz", "200", "the loop turns");
    assert_answer(port, "GET /metrics", "200", "payung_alarms_total{service=\"premium\",instance=\"1-bulk\"}");
    assert_answer(port, "GET /version", "200", PAYUNG_VERSION);
    assert_answer(port, "GET /other", "404", "/healthz");
    assert_answer(port, "POST /readyz", "405", "GET only");
    struct health *second = NULL;
    err = health_open(port, "premium", "1-bulk", &second);
    assert_int_equal(err.fate, FATE_FATAL); /* a port that is taken is named */
    assert_non_null(strstr(err.text, "METRICS_PORT"));
    health_close(health);
    health_close(NULL);
}

static void every_log_line_is_one_json_object_whatever_it_is_given(void **state) {
    static char large[9000], line[ANSWER_MAX];
    memset(large, 'a', sizeof large - 1);
    FILE *file = tmpfile();
    assert_non_null(file);
    int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    log_setup("premium", "0-realtime", LOG_INFO);
    log_debug("not this one");
    log_info("plain");
    log_error("hard \"one\"\n\\ \x01 \xc3\xa9", LOG_INT("number", INT64_MIN), LOG_TEXT("text", "a\tb"));
    log_warning("long", LOG_TEXT("text", large));
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    assert_int_equal(close(kept), 0);
    rewind(file);
    int lines = 0;
    for (; fgets(line, sizeof line, file) != NULL; lines++) {
        json_error_t error;
        json_t *object = json_loads(line, JSON_DECODE_INT_AS_REAL, &error);
        if (object == NULL) fail_msg("%s: %s", error.text, line);
        assert_string_equal(json_string_value(json_object_get(object, "svc")), "premium");
        json_decref(object);
    }
    assert_int_equal(lines, 3);
    assert_int_equal(fclose(file), 0);
}

static void moments_are_written_as_rfc_3339(void **state) {
    char text[CLOCK_TEXT_MAX];
    clock_format_ms(1757900000007, text);
    assert_string_equal(text, "2025-09-15T01:33:20.007Z");
    clock_format_ms(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    clock_format_ms(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readiness_says_why),
        cmocka_unit_test(every_log_line_is_one_json_object_whatever_it_is_given),
        cmocka_unit_test(moments_are_written_as_rfc_3339),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
