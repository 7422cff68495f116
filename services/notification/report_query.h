/* What a report says: the parts of its query string, as the sender made them (channels/sms.c) and the provider completed them. Pure. Whether it is genuine its key says, which the caller compares. */
#ifndef PAYUNG_NOTIFICATION_REPORT_QUERY_H
#define PAYUNG_NOTIFICATION_REPORT_QUERY_H

#include "common/domain/application.h"

struct report_query {
    struct id event_id, key;
    int32_t attempt;
    int64_t status;
};

enum { REPORT_ATTEMPT_MAX = 1000000, REPORT_STATUS_MAX = 255 };

/* False: it is no report of ours. */
bool report_query_read(struct slice event, struct slice attempt, struct slice key, struct slice status, struct report_query *ret_query);

#endif
