/* notice.outbox as the sender works on it: which messages are due, how attempts ended, what was reported. One sender works at a time (outbox_lead). A message is marked as being sent, with its
 * attempt, before it is handed over; what an earlier sender left so is in doubt (outbox_doubt): perhaps the provider has it, and it is sent again.
 *
 *   outbox_claim    due ones of a channel, marked
 *   outbox_settle   how attempts ended
 *   outbox_report   what providers reported; any order, any number of times
 *   outbox_join     what they reported before the answer to the hand-over was written
 *   outbox_hold     those of telephones where it is night wait for the morning
 *   outbox_stale    what was not sent in time is dropped, and told
 *
 * Errors are those of pg.h; after one of them the session may be another one: ask outbox_lead again. */
#ifndef PAYUNG_NOTIFICATION_OUTBOX_H
#define PAYUNG_NOTIFICATION_OUTBOX_H

#include "common/domain/application.h"
#include "common/edge/pg.h"
#include "services/notification/sending.h"

enum { OUTBOX_PAGE_MAX = 256, OUTBOX_STALE_MAX = 10000, OUTBOX_LOOK_MAX = 100000 };

struct outbox_due {
    struct id event_id;
    bool is_decision;    /* else a change of cover, or a notice to an office */
    struct slice event;  /* as in its topic */
    int32_t region;
    int32_t attempts, step; /* with this one */
};

struct outbox_end {
    struct id event_id;
    int32_t attempt;
    enum sending_fate fate;
    bool in_doubt, reports;  /* reports: of a taken one its delivery will be told */
    enum channel_id channel; /* it went by this one */
    enum channel_id next;    /* and goes on by this one; CHANNELS: by none, it failed */
    int64_t delay_ms;
    int64_t stale_s;         /* more than 0: from now on it may wait at least so long, whatever was said before (on paper) */
    int status;
    int32_t duration_ms;
    const char *trouble;     /* static words */
    char recipient[17];      /* masked */
};

struct outbox_report {
    struct id event_id;
    int32_t attempt;
    enum report report; /* not NOTHING_NEW */
};

struct outbox_look {
    int64_t due, age_s; /* of those that the sender sends */
    int64_t paper;      /* wait for a printer; at most OUTBOX_LOOK_MAX */
};

MUST_USE struct err outbox_lead(struct pg *pg, struct arena *arena, bool *ret_leads);
/* Those of this sender are left out. ret_count: how many are in doubt. */
MUST_USE struct err outbox_doubt(struct pg *pg, struct arena *arena, const struct slice *under_way, size_t under_way_count, int64_t *ret_count);
/* paper_s below: how long a letter may wait for its printing. */
/* Channels that are not in the order any more: theirs go on by the first one, notices to offices by `office`. */
MUST_USE struct err outbox_adopt(struct pg *pg, struct arena *arena, const struct channel_order *order, enum channel_id office, int64_t paper_s);
/* Where it is night for a channel that rings telephones: those provinces (PP), and with `others` all but the known ones. All zero: nowhere. */
enum { OUTBOX_PROVINCES_MAX = 256 };
struct outbox_night {
    int32_t provinces[OUTBOX_PROVINCES_MAX], known[OUTBOX_PROVINCES_MAX];
    size_t count, known_count;
    bool others;
};
/* offices: the notices to offices, and only they; a channel need not be in the order for them. None of where it is night: what was written since outbox_hold looked must not ring either. */
MUST_USE struct err outbox_claim(struct pg *pg, struct arena *arena, enum channel_id channel, const struct outbox_night *night, bool offices, size_t most, struct outbox_due **ret_due, size_t *ret_count);
MUST_USE struct err outbox_settle(struct pg *pg, struct arena *arena, const struct outbox_end *ends, size_t count);
MUST_USE struct err outbox_report(struct pg *pg, struct arena *arena, const struct channel_order *order, int64_t paper_s, const struct outbox_report *reports, size_t count);
MUST_USE struct err outbox_join(struct pg *pg, struct arena *arena, const struct channel_order *order, int64_t paper_s);
/* provinces: PP; others: all but these. */
MUST_USE struct err outbox_hold(struct pg *pg, struct arena *arena, enum channel_id channel, const int32_t *provinces, size_t count, bool others, int64_t until_ms);
MUST_USE struct err outbox_stale(struct pg *pg, struct arena *arena, int64_t *ret_stale);
MUST_USE struct err outbox_look(struct pg *pg, struct arena *arena, struct outbox_look *ret_look);

#endif
