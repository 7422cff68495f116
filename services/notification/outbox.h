/* notice.outbox as the sender works on it: which messages are due, how attempts ended, what was reported. One sender works at a time (outbox_lead). A message is marked as being sent, with its
 * attempt, before it is handed over; what an earlier sender left so is in doubt (outbox_doubt): perhaps the provider has it, and it is sent again. Where the provider knows the key it is just sent again.
 *
 *   outbox_claim     due ones of a channel, marked; outbox_claimed reads them
 *   outbox_settle    how attempts ended
 *   outbox_report    what providers reported; any order, any number of times
 *   outbox_join      what they reported before the answer to the hand-over was written
 *   outbox_hold      those of telephones where it is night wait for the morning
 *   outbox_stale     what was not sent in time is dropped, and told
 *
 * All but the first two are steps of a pipeline (pg.h), so that the sender goes on with its connections while PostgreSQL works; those of one pipeline are one transaction. Errors are those of pg.h; after
 * one of them the session may be another one: ask outbox_lead again. */
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
/* Those of this sender are left out. ret_count: how many the last one had under way. report_wait_ms: before one is sent again whose provider reports, since the report may tell that it has it. */
MUST_USE struct err outbox_doubt(struct pg *pg, struct arena *arena, const struct slice *under_way, size_t under_way_count, int64_t report_wait_ms, int64_t *ret_count);
/* paper_s below: how long a letter may wait for its printing. */
/* Channels that are not in the order any more: theirs go on by the first one, and notices to offices by `office`. */
struct pg_step outbox_adopt(struct arena *arena, const struct channel_order *order, int64_t paper_s);
struct pg_step outbox_adopt_offices(struct arena *arena, enum channel_id office);
/* Where it is night for a channel that rings telephones: those provinces (PP), and with `others` all but the known ones. All zero: nowhere. */
enum { OUTBOX_PROVINCES_MAX = 256 };
struct outbox_night {
    int32_t provinces[OUTBOX_PROVINCES_MAX], known[OUTBOX_PROVINCES_MAX];
    size_t count, known_count;
    bool others;
};
/* offices: the notices to offices, and only they; a channel need not be in the order for them. None of where it is night: what was written since outbox_hold looked must not ring either. */
struct pg_step outbox_claim(struct arena *arena, enum channel_id channel, const struct outbox_night *night, bool offices, size_t most);
const struct outbox_due *outbox_claimed(struct arena *arena, const struct pg_rows *rows); /* rows->count of them */
struct pg_step outbox_settle(struct arena *arena, const struct outbox_end *ends, size_t count);
/* After outbox_settle, in its transaction, where reports came; and now and then, because a sender may fall before it knows the answer. */
struct pg_step outbox_join(struct arena *arena, const struct channel_order *order, int64_t paper_s);
enum { OUTBOX_REPORT_STEPS = 3 };
/* How many steps. */
size_t outbox_report(struct arena *arena, const struct channel_order *order, int64_t paper_s, const struct outbox_report *reports, size_t count, struct pg_step ret_steps[OUTBOX_REPORT_STEPS]);
/* provinces: PP; others: all but these. */
struct pg_step outbox_hold(struct arena *arena, enum channel_id channel, const int32_t *provinces, size_t count, bool others, int64_t until_ms);
struct pg_step outbox_stale(struct arena *arena);      /* affected: how many were dropped */
struct pg_step outbox_unreported(struct arena *arena); /* those whose report never came stay sent */
struct pg_step outbox_look(struct arena *arena);
struct outbox_look outbox_seen(const struct pg_rows *rows);

#endif
