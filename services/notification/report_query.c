/* Strict: whatever is not exactly what was asked for is no report. */
#include "services/notification/report_query.h"

#include "common/domain/text.h"

bool report_query_read(struct slice event, struct slice attempt, struct slice key, struct slice status, struct report_query *ret_query) {
    struct report_query query = {0};
    uint64_t number, code;
    if (event.bytes == NULL || attempt.bytes == NULL || key.bytes == NULL || status.bytes == NULL) return false;
    if (!id_parse(event, &query.event_id) || !id_parse(key, &query.key)) return false;
    if (!text_number(attempt, REPORT_ATTEMPT_MAX, &number) || number == 0 || !text_number(status, REPORT_STATUS_MAX, &code)) return false;
    query.attempt = (int32_t)number;
    query.status = (int64_t)code;
    *ret_query = query;
    return true;
}
