/* What becomes of a message after an attempt, and what a report of its delivery changes. Pure: the seed of the jitter is given.
 *
 *   sending_judge(CHANNEL_SMS, 202, 1, SENDING_FIRST_MS, seed)    TAKEN, or AGAIN after delay_ms, or REFUSED: this channel never will
 *   channels_read("sms,email", &order)                            the order in which channels are tried
 *
 * The waits double from SENDING_FIRST_MS to SENDING_CAP_MS, each lengthened by up to a fifth: SENDING_ATTEMPTS_MAX of them take more than half a day, so that an outage of hours fails no message. An answer that never came leaves it open whether the provider has the message: it is sent again,
 * and the attempt is told as one in doubt. What is wrong with the provider (5xx over HTTP, 4xx over SMTP, credentials) is tried again; what is wrong with the message is refused. */
#ifndef PAYUNG_NOTIFICATION_SENDING_H
#define PAYUNG_NOTIFICATION_SENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"

enum { SENDING_FIRST_MS = 5000, SENDING_CAP_MS = 3600 * 1000, SENDING_ATTEMPTS_MAX = 24 };

enum channel_id {
#define CHANNEL(symbol, name, kind, quiet, keyed, reports, sentence) CHANNEL_##symbol,
#include "services/notification/channels.def"
#undef CHANNEL
    CHANNELS
};
enum channel_kind { CHANNEL_FILES, CHANNEL_MAIL, CHANNEL_HTTP, CHANNEL_PRINT };

struct channel_row {
    const char *name;
    enum channel_kind kind;
    bool is_quiet, is_keyed, reports;
};
extern const struct channel_row channel_rows[CHANNELS];

struct channel_order {
    int count;
    enum channel_id channels[CHANNELS];
};
/* "sms,email": at least one, each once. False: not such a list. */
bool channels_read(const char *text, struct channel_order *ret_order);
bool channels_have(const struct channel_order *order, enum channel_id channel);
bool channel_named(struct slice name, enum channel_id *ret_channel);
/* The one behind it in the order, or CHANNELS; one that is not in the order (any more) goes to the first. */
enum channel_id channel_after(const struct channel_order *order, enum channel_id channel);
/* Is it the maildir alone? Then letters are handed over where they are told, and nothing is queued. */
bool channels_are_default(const struct channel_order *order);

enum sending_fate { SENDING_TAKEN, SENDING_AGAIN, SENDING_REFUSED };
struct sending_verdict {
    enum sending_fate fate;
    bool in_doubt;   /* nobody knows whether the provider has it */
    bool is_outage;  /* the provider's fault: the breaker counts it */
    int64_t delay_ms;
};
/* status: of HTTP or SMTP; 0: none came; `reached`: something was sent before that. attempts: by this channel, with this one: 1... */
struct sending_verdict sending_judge(enum channel_kind kind, int status, bool reached, int32_t attempts, int64_t first_ms, uint64_t seed);

/* What Kannel reports (dlr-mask): 1 delivered, 2 not deliverable, 4 queued, 8 taken by the operator, 16 refused by the operator. */
enum report { REPORT_NOTHING_NEW, REPORT_DELIVERED, REPORT_UNDELIVERED };
enum report report_of_kannel(int64_t status);

/* How many a provider may be given at a moment: per_second, of which at most what PACE_BURST_US saved up; 0 = as many as one likes. A slow pace (1/s) gives one when its second is over. */
enum { PACE_SECOND_US = 1000 * 1000, PACE_BURST_US = 200 * 1000 };
struct pace {
    int64_t next_us; /* on the monotonic clock */
};
int64_t pace_room(const struct pace *pace, int64_t per_second, int64_t now_us);
void pace_take(struct pace *pace, int64_t per_second, int64_t count, int64_t now_us);

/* "+6281234567801" -> "+62812****01"; "" stays "". ret_text: 16 bytes. */
void phone_mask(struct slice phone, char ret_text[17]);

#endif
