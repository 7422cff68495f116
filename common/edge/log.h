/* JSON logs: one object a line on standard error. Fields: ts (RFC 3339, UTC, ms), level, svc, instance, msg, then the given fields in order; a line
 * about one application has enrolment_id and trace_id (log_enrolment.h).
 * Never a NIK, a name, a phone number, a secret or a file's content: a test greps for the fixtures'. Thread safe (one write per line).
 *
 *   log_info("partition ready", LOG_INT("partition", p), LOG_INT("next", next));
 *   log_error("store failed", LOG_TEXT("error", err.text));
 */
#ifndef PAYUNG_EDGE_LOG_H
#define PAYUNG_EDGE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
struct log_field {
    const char *key;  /* NULL: left out */
    const char *text; /* NULL: number is used */
    int64_t number;
};
#define LOG_INT(key_, number_) ((struct log_field){.key = (key_), .number = (int64_t)(number_)})
#define LOG_TEXT(key_, text_) ((struct log_field){.key = (key_), .text = (text_)})
#define LOG_WORD(key_, text_) ((struct log_field){.key = (text_)[0] != '\0' ? (key_) : NULL, .text = (text_)}) /* left out when it is empty */

bool log_level_parse(const char *text, enum log_level *ret_level); /* "debug", "info", "warning" or "error" */
void log_setup(const char *service, const char *instance, enum log_level least);
bool log_is_on(enum log_level level); /* for who would have to compute what the line says */
void log_write(enum log_level level, const char *message, const struct log_field *fields, size_t field_count);

#define LOG_WRITE_(level_, message_, ...)                                                                              \
    do {                                                                                                               \
        const struct log_field log_fields_[] = {{0}, ##__VA_ARGS__};                                                   \
        log_write((level_), (message_), log_fields_ + 1, sizeof log_fields_ / sizeof *log_fields_ - 1);                \
    } while (0)
#define log_debug(message, ...) LOG_WRITE_(LOG_DEBUG, (message), ##__VA_ARGS__)
#define log_info(message, ...) LOG_WRITE_(LOG_INFO, (message), ##__VA_ARGS__)
#define log_warning(message, ...) LOG_WRITE_(LOG_WARNING, (message), ##__VA_ARGS__)
#define log_error(message, ...) LOG_WRITE_(LOG_ERROR, (message), ##__VA_ARGS__)

#endif
