/* One JSON object a line on standard error, built on the stack and written by one write, so lines of several threads never mix. It must
 * not allocate and must not fail: a line that is too long is cut, a full pipe loses the line rather than the service. */
#include "common/edge/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/edge/clock.h"

enum { LINE_MAX_BYTES = 4096, TAIL_BYTES = 4, NAME_BYTES_MAX = 64 };

struct line {
    char text[LINE_MAX_BYTES];
    size_t size;
    bool cut;
};

static char log_service[NAME_BYTES_MAX] = "payung";
static char log_instance[NAME_BYTES_MAX] = "";
static enum log_level log_least = LOG_INFO;
static const char *const level_names[] = {[LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARNING] = "warning", [LOG_ERROR] = "error"};

bool log_level_parse(const char *text, enum log_level *ret_level) {
    for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++) {
        if (strcmp(text, level_names[i]) != 0) continue;
        *ret_level = (enum log_level)i;
        return true;
    }
    return false;
}

void log_setup(const char *service, const char *instance, enum log_level least) {
    (void)snprintf(log_service, sizeof log_service, "%s", service);
    (void)snprintf(log_instance, sizeof log_instance, "%s", instance == NULL ? "" : instance);
    log_least = least;
}

static void add_raw(struct line *line, const char *text, size_t size) {
    if (line->cut || line->size + size > LINE_MAX_BYTES - TAIL_BYTES) {
        line->cut = true;
        return;
    }
    memcpy(line->text + line->size, text, size);
    line->size += size;
}

static void add_quoted(struct line *line, const char *text) {
    char escape[8];
    add_raw(line, "\"", 1);
    for (; *text != '\0' && line->size < LINE_MAX_BYTES - 64; text++) { /* a text that is too long is cut, its line stays whole */
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\') {
            add_raw(line, "\\", 1);
            add_raw(line, text, 1);
        } else if (byte < 0x20 || byte >= 0x7f) { /* foreign bytes as \u00xx: a log line is always valid ASCII JSON */
            (void)snprintf(escape, sizeof escape, "\\u%04x", byte);
            add_raw(line, escape, 6);
        } else {
            add_raw(line, text, 1);
        }
    }
    add_raw(line, "\"", 1);
}

static void add_pair(struct line *line, const char *key, const char *text) {
    if (line->size > 1) add_raw(line, ",", 1);
    add_quoted(line, key);
    add_raw(line, ":", 1);
    add_quoted(line, text);
}

bool log_is_on(enum log_level level) { return level >= log_least; }

void log_write(enum log_level level, const char *message, const struct log_field *fields, size_t field_count) {
    if (!log_is_on(level)) return;
    struct line line = {.size = 0};
    char time_text[CLOCK_TEXT_MAX], number[32];
    clock_format_ms(clock_unix_ms(), time_text);
    add_raw(&line, "{", 1);
    add_pair(&line, "ts", time_text);
    add_pair(&line, "level", level_names[level]);
    add_pair(&line, "svc", log_service);
    add_pair(&line, "instance", log_instance);
    add_pair(&line, "msg", message);
    for (size_t i = 0; i < field_count; i++) {
        if (fields[i].key == NULL) continue;
        if (fields[i].text != NULL) {
            add_pair(&line, fields[i].key, fields[i].text);
            continue;
        }
        int size = snprintf(number, sizeof number, "%" PRId64, fields[i].number);
        add_raw(&line, ",", 1);
        add_quoted(&line, fields[i].key);
        add_raw(&line, ":", 1);
        add_raw(&line, number, (size_t)size);
    }
    memcpy(line.text + line.size, "}\n", 2);
    ssize_t written = write(STDERR_FILENO, line.text, line.size + 2);
    (void)written; /* nobody is left to tell */
}
