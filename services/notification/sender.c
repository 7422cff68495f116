/* payung-sender: hands the messages that are owed to people over to their providers (NOTICE_CHANNELS), by one channel after the other, and learns what was delivered. What is owed stands in
 * notice.outbox, written in the transaction that books the message (teller.c). One sender works at a time, others wait for it to end. It also makes and sends what the offices of payers are told
 * (sponsor/sponsor.h): with the maildir alone, where tellers hand over themselves, that is all that is left to do here. It must never ring a telephone at night, let one provider hold up another, or log
 * or store what a seal holds. */
#include <stdio.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/health.h"
#include "common/edge/http_post.h"
#include "common/edge/log_enrolment.h"
#include "common/edge/program.h"
#include "common/edge/signals.h"
#include "common/stage/fault.h"
#include "common/stage/retry.h"
#include "common/tables/knobs.h"
#include "common/tables/meters.h"
#include "services/eligibility/breaker.h"
#include "services/notification/channels/call.h"
#include "services/notification/channels/channel.h"
#include "services/notification/mail.h"
#include "services/notification/outbox.h"
#include "services/notification/quiet.h"
#include "services/notification/reports.h"
#include "services/notification/sponsor/sponsor.h"
#include "services/notification/told.h"
#include "services/notification/words.h"

enum {
    ARENA_BYTES = 64 * 1024 * 1024, /* the bound: a page of events; an ordinary turn takes some 100 KiB */
    PATIENCE_MS = 10 * 1000,        /* for PostgreSQL: less than HEALTH_TURN_MAX_S */
    SECOND_US = 1000 * 1000,
    STAND_BY_US = 500 * 1000, /* between two looks whether the other sender has gone */
    STOP_US = 5 * 1000 * 1000,
    ANSWER_BYTES_MAX = 64 * 1024,
    ENDS_MAX = 2 * OUTBOX_PAGE_MAX, /* what is under way, and a page of those that can't be sent */
    FILES_PAGE = 64,
    REPORT_WAIT_MS = 3 * 24 * 3600 * 1000,
    GATHER_PART = 4, GATHER_US = 4 * 1000, /* ends are written when those of every fourth connection are there, or after so long */
    OFFICE_PART = 8, AHEAD_PART = 2, LOOK_EVERY = 4, CLAIMS_MAX = CHANNELS + 1 /* and offices */, UPKEEP_STEPS = 6 + CHANNELS * ZONES,
};
_Static_assert((int)HTTP_POST_LANES_MAX <= (int)OUTBOX_PAGE_MAX, "what is under way fits on a page");

static const struct knob knobs[] = {
    {"PGURL", KNOB_SECRET, NULL, 0, 0, "PostgreSQL address, postgresql://user:password@host:port/database."},
    {"PAYUNG_KEYS", KNOB_PATH, NULL, 0, 0, "Folder of the key files, to open sealed persons."},
    {"PAYUNG_SHARE", KNOB_PATH, NULL, 0, 0, "Folder of data files; the tables of templates are read."},
    {"PAYUNG_MAILDIR", KNOB_PATH, NULL, 0, 0, "Folder into which the channel maildir hands letters over."},
    {"METRICS_PORT", KNOB_INT, "0", 0, 65535, "Port on 127.0.0.1 for /healthz, /readyz, /metrics and /version; 0 = any free one, which the log tells."},
    {"INSTANCE", KNOB_TEXT, "0", 0, 0, "Name of this instance in logs and metrics. One sender works, others stand by."},
    {"POLL_MS", KNOB_INT, "100", 5, 10000, "How long it waits before it looks for due messages again, while there are none."},
    {"NOTICE_CHANNELS", KNOB_TEXT, "maildir", 0, 0, "How letters leave, in the order in which it is tried: maildir, email, sms, whatsapp, rapidpro, webhook, paper. The same for payung-notification and payung-coverage. With maildir alone they are handed over there, and here only notices to offices."},
    {"NOTICE_PAPER_S", KNOB_INT, "7776000", 1, 315360000, "How long a letter on paper may wait for payung letter print, before it is dropped and counted as stale. The same for payung-notification and payung-coverage."},
    {"NOTICE_CONNECTIONS", KNOB_INT, "64", 1, HTTP_POST_LANES_MAX, "Connections to providers at a time. Channels have equal parts of them; mails to offices by a channel of their own an eighth. Half as many letters again stand ready for the next free one (all in all at most 256)."},
    {"NOTICE_TIMEOUT_MS", KNOB_INT, "30000", 100, 300000, "How long a provider may take to answer."},
    {"NOTICE_RETRY_FIRST_MS", KNOB_INT, "5000", 1, SENDING_CAP_MS, "Wait after the first attempt of a channel that failed; it doubles up to one hour, 24 attempts a channel."},
    {"NOTICE_DOUBT_WAIT_MS", KNOB_INT, "60000", 0, SENDING_CAP_MS, "How long a report of delivery is waited for before a message is sent again of which it is in doubt whether the provider has it."},
    {"NOTICE_QUIET_FROM", KNOB_INT, "20", 0, 23, "Hour from which telephones are left alone, by the clock of the person's region (WIB, WITA, WIT)."},
    {"NOTICE_QUIET_TO", KNOB_INT, "8", 0, 23, "Hour until which they are; the same as NOTICE_QUIET_FROM: never."},
    {"SMS_PER_SECOND", KNOB_INT, "0", 0, 100000, "Most SMS a second; 0: as many as Kannel takes."},
    {"MAIL_PER_SECOND", KNOB_INT, "0", 0, 100000, "Most mails a second; 0: as many as the server takes."},
    {"REPORT_PORT", KNOB_INT, "0", 0, 65535, "Port on 127.0.0.1 for reports of delivery; 0 = any free one, which the log tells."},
    {"REPORT_URL", KNOB_TEXT, "", 0, 0, "Under which address providers reach that port; empty: http://127.0.0.1:REPORT_PORT."},
    {"SPONSOR_DIGEST_HOUR", KNOB_INT, "7", -1, 23, "Hour (WIB) from which the office of an agreement with a contact_email is sent the report of the day; -1: no reports."},
    {"SPONSOR_END_DAYS", KNOB_INT, "30", 0, 366, "So many days before the end of the period its office is told that covers end; 0: it is not."},
    {"SPONSOR_RENEWAL_DAYS", KNOB_INT, "60", 0, 366, "So many days before the end of the period its office is told that a renewal is needed; 0: it is not."},
    {"SPONSOR_LOOK_S", KNOB_INT, "60", 1, 3600, "How often is looked who is owed a report or a notice."},
    {"LOG_LEVEL", KNOB_TEXT, "info", 0, 0, "debug, info, warning or error."},
    {"SMTP_URL", KNOB_TEXT, "", 0, 0, "Mail server of the channel email, and of what offices are told (empty: they are told by the maildir): smtp://host:port (STARTTLS, but on this machine) or smtps://host:port."},
    {"SMTP_USER", KNOB_TEXT, "", 0, 0, "Name to sign in to the mail server with; empty: nobody signs in."},
    {"SMTP_PASSWORD", KNOB_SECRET, "", 0, 0, "Password of SMTP_USER."},
    {"MAIL_FROM", KNOB_TEXT, "payung@payung.invalid", 0, 0, "Sender of mails."},
    {"MAIL_TO", KNOB_TEXT, "", 0, 0, "Mailbox that mails go to; {region} in it becomes the regency's code, as in pesan-{region}@example.id."},
    {"KANNEL_URL", KNOB_TEXT, "", 0, 0, "Address of Kannel's sendsms for the channel sms: http://127.0.0.1:13013/cgi-bin/sendsms."},
    {"KANNEL_USER", KNOB_TEXT, "", 0, 0, "username of the group sendsms-user of Kannel."},
    {"KANNEL_PASSWORD", KNOB_SECRET, "", 0, 0, "password of that group."},
    {"KANNEL_FROM", KNOB_TEXT, "PAYUNG", 0, 0, "Sender that people see on an SMS."},
    {"WHATSAPP_URL", KNOB_TEXT, "", 0, 0, "Where the channel whatsapp posts: https://graph.facebook.com/VERSION/NUMBER_ID/messages."},
    {"WHATSAPP_TOKEN", KNOB_SECRET, "", 0, 0, "Access token of the WhatsApp Business account."},
    {"WHATSAPP_SECRET", KNOB_SECRET, "", 0, 0, "Secret of the app: reports are signed with it (POST /v1/reports/whatsapp)."},
    {"WHATSAPP_VERIFY", KNOB_SECRET, "", 0, 0, "Word that Meta says when the address for reports is registered."},
    {"WHATSAPP_TEMPLATES", KNOB_TEXT, "payung_", 0, 0, "What stands before the name of a letter in Meta's templates: payung_accepted."},
    {"WHATSAPP_LANGUAGE", KNOB_TEXT, "id", 0, 0, "Language of those templates."},
    {"WHATSAPP_PER_SECOND", KNOB_INT, "0", 0, 100000, "Most messages a second; 0: as many as the API takes."},
    {"RAPIDPRO_URL", KNOB_TEXT, "", 0, 0, "Where the channel rapidpro posts: https://HOST/api/v2/broadcasts.json."},
    {"RAPIDPRO_TOKEN", KNOB_SECRET, "", 0, 0, "API token of the workspace."},
    {"RAPIDPRO_LANGUAGE", KNOB_TEXT, "ind", 0, 0, "Language of its messages, three letters."},
    {"RAPIDPRO_PER_SECOND", KNOB_INT, "0", 0, 100000, "Most broadcasts a second; 0: as many as it takes."},
    {"PHONE_WEBHOOK_URL", KNOB_TEXT, "", 0, 0, "Gateway of the channel webhook."},
    {"PHONE_WEBHOOK_SECRET", KNOB_SECRET, "", 0, 0, "Its secret: whsec_ and 32 bytes in base64."},
    {"PHONE_WEBHOOK_PER_SECOND", KNOB_INT, "0", 0, 100000, "Most posts a second; 0: as many as it takes."},
    {NULL, KNOB_TEXT, NULL, 0, 0, NULL},
};

struct flight { /* a letter that is with its provider */
    bool is_used, to_office;
    struct id event_id, application_id;
    enum channel_id channel;
    int32_t attempt, step;
    char recipient[17];
};

struct route { /* how a channel stands */
    struct breaker breaker;
    struct pace pace;
    int64_t look_due_us; /* the last look found fewer than there was room for: the next one */
};

struct work { /* what PostgreSQL was asked for in one transaction, while letters go on */
    bool is_under_way, is_upkeep;
    struct pg_step steps[UPKEEP_STEPS];
    size_t step_count;
    size_t ends, reports; /* the first ones of those that wait, which it writes */
    struct { enum channel_id channel; bool offices; size_t step, most; } claims[CLAIMS_MAX];
    size_t claim_count;
};

struct sender {
    struct pg *pg;
    struct crypto *crypto;
    struct arena *texts, *arena; /* for the life of the process; of one turn */
    struct letters letters;
    struct letter_reasons reasons;
    struct sponsor_words sponsor_words;
    struct channel_order order;
    enum channel_id office; /* by this one offices are told */
    struct http_post *posts;
    struct reports *reports;
    void *maildir; /* NULL: nothing goes there */
    struct health *health;
    bool is_alone, leads; /* is_alone: letters to persons go to the maildir without us */
    unsigned turns;
    struct route routes[CHANNELS];
    struct flight flights[HTTP_POST_LANES_MAX]; /* by tag */
    struct outbox_end ends[ENDS_MAX];           /* not written yet */
    size_t end_count;
    char report_url[320];
    uint32_t attempts; /* failures of PostgreSQL one after the other */
    int64_t pg_due_us, lead_due_us, second_due_us, sponsor_due_us, office_look_due_us;
    int64_t written_us; /* when the last work ended */
    int64_t join_us;    /* until then an answer may come that a report has overtaken */
    struct work work;
    char trouble[ERR_TEXT_MAX]; /* of PostgreSQL; "" */
};

/* ---- one letter -------------------------------------------------------------------------------------------------------------------------------------- */

/* A refusal ends what this channel can do for a letter; the other ends are many and told by meters. */
static void tell(const struct flight *flight, enum sending_fate fate, int status, const char *trouble) {
    static const char *const words[] = {[SENDING_TAKEN] = "a provider has a letter", [SENDING_AGAIN] = "a letter is tried again", [SENDING_REFUSED] = "a letter is refused by a channel"};
    const enum log_level level = fate == SENDING_REFUSED ? LOG_INFO : LOG_DEBUG;
    char event[2 * ID_BYTES + 1];
    if (!log_is_on(level)) return; /* a trace id costs a hash */
    id_format(flight->event_id, event);
    const struct enrolment_names names = enrolment_names(flight->application_id);
    LOG_WRITE_(level, words[fate], LOG_ENROLMENT(names), LOG_TEXT("event", event), LOG_TEXT("channel", channel_rows[flight->channel].name),
               LOG_INT("attempt", flight->attempt), LOG_INT("status", status), LOG_WORD("error", trouble));
}

/* Where a letter goes on that this channel refused. */
static enum channel_id next_of(const struct sender *sender, const struct flight *flight) { return flight->to_office ? CHANNELS : channel_after(&sender->order, flight->channel); }

static void note(struct sender *sender, const struct flight *flight, const struct sending_verdict *verdict, int status, int32_t duration_ms, const char *trouble) {
    CHECK(sender->end_count < ENDS_MAX);
    struct outbox_end *end = &sender->ends[sender->end_count++];
    const struct channel_row *row = &channel_rows[flight->channel];
    const bool in_doubt = verdict->in_doubt && !row->is_keyed;
    const int64_t least_ms = in_doubt && row->reports ? knob_int("NOTICE_DOUBT_WAIT_MS") : 0, again_ms = verdict->delay_ms > least_ms ? verdict->delay_ms : least_ms;
    *end = (struct outbox_end){
        .event_id = flight->event_id, .attempt = flight->attempt, .fate = verdict->fate, .in_doubt = in_doubt, .reports = row->reports, .channel = flight->channel,
        .next = verdict->fate == SENDING_AGAIN ? flight->channel : next_of(sender, flight), .delay_ms = verdict->fate == SENDING_TAKEN ? REPORT_WAIT_MS : again_ms,
        .status = status, .duration_ms = duration_ms, .trouble = trouble,
    };
    memcpy(end->recipient, flight->recipient, sizeof end->recipient);
    if (verdict->fate == SENDING_REFUSED && end->next == CHANNEL_PAPER) end->stale_s = knob_int("NOTICE_PAPER_S");
    meter_add(verdict->fate == SENDING_TAKEN ? METER_NOTICES_TAKEN : METER_NOTICES_NOT_TAKEN, 0, 1);
    meter_observe_us(METER_NOTICE_SECONDS, 0, (int64_t)duration_ms * 1000);
    tell(flight, verdict->fate, status, trouble);
}

static void note_answer(struct sender *sender, const struct flight *flight, const struct http_post_end *answer) {
    const uint64_t seed = (uint64_t)clock_unix_ms() ^ (uint64_t)flight->event_id.bytes[0] << 40 ^ (uint64_t)flight->event_id.bytes[1] << 48;
    const struct sending_verdict verdict = sending_judge(channel_rows[flight->channel].kind, answer->status, answer->reached, flight->step, knob_int("NOTICE_RETRY_FIRST_MS"), seed);
    struct breaker *breaker = &sender->routes[flight->channel].breaker;
    const enum breaker_state before = breaker_state(breaker, clock_unix_ms());
    breaker_tell(breaker, 1, verdict.is_outage ? 0 : 1, clock_unix_ms(), seed);
    if (before == BREAKER_CLOSED && breaker_state(breaker, clock_unix_ms()) != BREAKER_CLOSED)
        log_warning("a provider fails; its channel pauses", LOG_TEXT("channel", channel_rows[flight->channel].name), LOG_INT("status", answer->status), LOG_TEXT("error", answer->trouble));
    note(sender, flight, &verdict, answer->status, answer->duration_ms, answer->status != 0 && verdict.fate != SENDING_TAKEN ? "the provider refused" : answer->trouble);
}

static struct flight *free_flight(struct sender *sender) {
    for (size_t i = 0; i < HTTP_POST_LANES_MAX; i++)
        if (!sender->flights[i].is_used) return &sender->flights[i];
    return NULL;
}

static size_t under_way_by(const struct sender *sender, enum channel_id channel) {
    size_t count = 0;
    for (size_t i = 0; i < HTTP_POST_LANES_MAX; i++) count += sender->flights[i].is_used && sender->flights[i].channel == channel;
    return count;
}

static bool uses_connections(enum channel_id channel) { return channel_rows[channel].kind == CHANNEL_MAIL || channel_rows[channel].kind == CHANNEL_HTTP; }

static int connections(void) { return (int)knob_int("NOTICE_CONNECTIONS"); }

/* Some letters stand ready, so that no connection idles until PostgreSQL has taken its end and given another letter. */
static int letters_max(void) {
    const int all = connections() + connections() / AHEAD_PART;
    return all < HTTP_POST_LANES_MAX ? all : HTTP_POST_LANES_MAX;
}

/* How many of all connections, or letters, a channel may have at most, so that a provider that hangs holds up its own letters only. Offices whose mails go by a channel of their own have few. */
static size_t part_of(const struct sender *sender, enum channel_id channel, int whole) {
    const size_t all = (size_t)whole, offices = (all + OFFICE_PART - 1) / OFFICE_PART;
    const bool is_apart = uses_connections(sender->office) && !channels_have(&sender->order, sender->office);
    size_t sharing = 0;
    for (int i = 0; i < sender->order.count; i++) sharing += uses_connections(sender->order.channels[i]);
    if (is_apart && channel == sender->office) return offices;
    const size_t left = is_apart ? all - offices : all;
    return sharing == 0 || left < sharing ? 1 : left / sharing;
}

static struct flight flight_of(const struct outbox_due *due, enum channel_id channel, const struct told *told) {
    struct flight flight = {.is_used = true, .to_office = told->letter.mailbox.size > 0, .event_id = due->event_id, .application_id = told->application_id, .channel = channel, .attempt = due->attempts,
                            .step = due->step};
    phone_mask(told->person.phone, flight.recipient);
    return flight;
}

static void post(struct sender *sender, const struct outbox_due *due, enum channel_id channel, const struct told *told) {
    struct flight flight = flight_of(due, channel, told);
    struct http_post_call call;
    char key[REPORT_KEY_TEXT_MAX];
    report_key(sender->crypto, due->event_id, key);
    const struct call_letter letter = {.letter = &told->letter, .event_id = due->event_id, .attempt = due->attempts, .phone = told->person.phone, .region = due->region, .at_ms = told->at_ms,
                                       .report_url = sender->report_url, .report_key = key};
    const char *failure = call_channel(channel)->make(&letter, sender->arena, &call);
    if (failure != NULL) {
        note(sender, &flight, &(struct sending_verdict){.fate = SENDING_REFUSED}, 0, 0, failure);
        return;
    }
    struct flight *place = free_flight(sender);
    CHECK(place != NULL);
    *place = flight;
    call.tag = (uint64_t)(place - sender->flights);
    call.group = (int)channel;
    call.group_connections = (int)part_of(sender, channel, connections());
    http_post_start(sender->posts, &call);
}

/* A letter that no channel can carry. */
static void give_up(struct sender *sender, const struct outbox_due *due, enum channel_id channel, const struct told *told) {
    const struct flight flight = flight_of(due, channel, told);
    note(sender, &flight, &(struct sending_verdict){.fate = SENDING_REFUSED}, 0, 0, told->failure);
    sender->ends[sender->end_count - 1].next = CHANNELS;
}

/* ---- a channel ----------------------------------------------------------------------------------------------------------------------------------------- */

static void file_letters(struct sender *sender, const struct outbox_due *due, size_t count, const struct told *told) {
    struct delivery deliveries[FILES_PAGE];
    size_t filed = 0;
    for (size_t i = 0; i < count; i++) {
        if (told[i].failure != NULL) continue;
        id_format(due[i].event_id, deliveries[filed].name);
        deliveries[filed++].message = mail_compose(&told[i].letter, due[i].event_id, told[i].at_ms, sender->arena);
    }
    const struct err err = channel_maildir.deliver(sender->maildir, deliveries, filed);
    for (size_t i = 0; i < count; i++) {
        const struct flight flight = flight_of(&due[i], CHANNEL_MAILDIR, &told[i]);
        if (told[i].failure != NULL) give_up(sender, &due[i], CHANNEL_MAILDIR, &told[i]);
        else note_answer(sender, &flight, &(struct http_post_end){.status = failed(&err) ? 503 : 200, .trouble = ""});
    }
    if (failed(&err)) log_warning("letters can't be handed over", LOG_TEXT("error", err.text));
}

static int64_t per_second(enum channel_id channel) { return call_channel(channel) != NULL ? knob_int(call_channel(channel)->pace_knob) : 0; }

/* What is marked as being sent is never more than letters_max() (and a page of files): so many are in doubt at most if this process falls. */
struct given { /* what the claims of this work may take already */
    size_t all, filed;            /* filed: as files */
    size_t by_channel[CHANNELS];
};

/* How many letters a channel may be given now. */
static size_t room_of(const struct sender *sender, enum channel_id channel, const struct given *given) {
    const struct route *route = &sender->routes[channel];
    const int whole = per_second(channel) > 0 ? connections() : letters_max(); /* what is counted by the second must not gather: it would go in one moment */
    const size_t flying = under_way_by(sender, channel) + given->by_channel[channel], part = part_of(sender, channel, whole);
    size_t room = channel_rows[channel].kind == CHANNEL_FILES ? FILES_PAGE : part > flying ? part - flying : 0;
    const size_t lanes = (size_t)http_post_room(sender->posts) - (given->all - given->filed), left = ENDS_MAX - sender->end_count - (size_t)http_post_under_way(sender->posts) - given->all;
    if (channel_rows[channel].kind != CHANNEL_FILES && room > lanes) room = lanes;
    if (room > left) room = left;
    if (room > OUTBOX_PAGE_MAX) room = OUTBOX_PAGE_MAX;
    const enum breaker_state state = breaker_state(&route->breaker, clock_unix_ms());
    if (state == BREAKER_OPEN || (state == BREAKER_PROBE && flying > 0)) return 0;
    if (state == BREAKER_PROBE && room > 1) room = 1;
    const int64_t pace = pace_room(&route->pace, per_second(channel), clock_monotonic_us()) - (int64_t)given->by_channel[channel];
    return pace <= 0 ? 0 : pace < (int64_t)room ? (size_t)pace : room;
}

static void take_ends(struct sender *sender, int wait_ms) {
    struct http_post_end ends[OUTBOX_PAGE_MAX];
    const size_t left = ENDS_MAX - sender->end_count, room = left < OUTBOX_PAGE_MAX ? left : OUTBOX_PAGE_MAX;
    const size_t count = http_post_turn(sender->posts, room > 0 ? wait_ms : 0, ends, room);
    for (size_t i = 0; i < count; i++) {
        struct flight *flight = &sender->flights[ends[i].tag];
        CHECK(flight->is_used);
        note_answer(sender, flight, &ends[i]);
        *flight = (struct flight){0};
    }
    if (count > 0) fault_point("after", "answered");
}

/* Opening and composing many letters takes milliseconds: in between those that ended make room for others. */
static struct err send_claimed(struct sender *sender, enum channel_id channel, bool offices, const struct pg_rows *rows) {
    const struct outbox_due *due = outbox_claimed(sender->arena, rows);
    const size_t count = rows->count;
    struct told *told = arena_zero(sender->arena, count + 1, sizeof *told);
    for (size_t i = 0; i < count && offices; i++) told_open_office(due[i].event, &told[i]);
    for (size_t i = 0; i < count && !offices; i++) TRY(told_open(sender->crypto, &sender->letters, sender->arena, due[i].is_decision, due[i].event, &told[i]));
    if (channel_rows[channel].kind == CHANNEL_FILES && count > 0) file_letters(sender, due, count, told);
    for (size_t i = 0; channel_rows[channel].kind != CHANNEL_FILES && i < count; i++) {
        if (told[i].failure != NULL) give_up(sender, &due[i], channel, &told[i]);
        else post(sender, &due[i], channel, &told[i]);
        if (i % LOOK_EVERY == LOOK_EVERY - 1) take_ends(sender, 0);
    }
    return OK;
}

static void add_provinces(int32_t *list, size_t *count, const int32_t *provinces, size_t more) {
    CHECK(*count + more <= OUTBOX_PROVINCES_MAX);
    memcpy(list + *count, provinces, more * sizeof *provinces);
    *count += more;
}

static const struct quiet_hours *quiet_hours(struct quiet_hours *ret_hours) {
    *ret_hours = (struct quiet_hours){.from_hour = (int)knob_int("NOTICE_QUIET_FROM"), .to_hour = (int)knob_int("NOTICE_QUIET_TO")};
    return ret_hours;
}

/* Night, or as good as: whatever is claimed now may wait for PostgreSQL, and then for a connection as long as a provider may take to answer. 0: speak. */
static int64_t night_until_ms(const struct quiet_hours *hours, enum zone zone, int64_t now_ms) { return quiet_within_ms(hours, zone, now_ms, PATIENCE_MS + knob_int("NOTICE_TIMEOUT_MS")); }

/* Where it is night. It is looked at before every claim, because a message that falls due must not slip through until the next upkeep. */
static void look_at_night(struct outbox_night *ret_night, int64_t now_ms) {
    struct quiet_hours hours;
    *ret_night = (struct outbox_night){.others = night_until_ms(quiet_hours(&hours), ZONE_UNKNOWN, now_ms) > 0};
    for (enum zone zone = ZONE_WIB; zone < ZONE_UNKNOWN; zone++) {
        int32_t provinces[64];
        const size_t count = (size_t)zone_provinces(zone, provinces);
        add_provinces(ret_night->known, &ret_night->known_count, provinces, count);
        if (night_until_ms(&hours, zone, now_ms) > 0) add_provinces(ret_night->provinces, &ret_night->count, provinces, count);
    }
}

/* ---- what is asked of PostgreSQL: one transaction at a time, while letters go on ----------------------------------------------------------------------------- */

static struct pg_step *add_step(struct work *work, struct pg_step step) {
    if (work->step_count == 0 && !work->is_upkeep) work->steps[work->step_count++] = pg_keep_plans();
    CHECK(work->step_count < UPKEEP_STEPS);
    work->steps[work->step_count] = step;
    return &work->steps[work->step_count++];
}

/* A report may come before the answer to its hand-over: outbox.h keeps it until that is written, and joins it in the same transaction. */
static void add_what_waits(struct sender *sender) {
    struct work *work = &sender->work;
    struct outbox_report reports[REPORTS_WAITING_MAX];
    struct pg_step steps[OUTBOX_REPORT_STEPS];
    const int64_t paper_s = knob_int("NOTICE_PAPER_S"), now_us = clock_monotonic_us();
    work->ends = sender->end_count;
    work->reports = reports_waiting(sender->reports, reports);
    for (size_t i = 0; i < work->reports; i++)
        if (reports[i].report == REPORT_UNDELIVERED) sender->join_us = now_us + (PATIENCE_MS + knob_int("NOTICE_TIMEOUT_MS")) * 1000;
    if (work->ends > 0) (void)add_step(work, outbox_settle(sender->arena, sender->ends, work->ends));
    if (work->ends > 0 && now_us < sender->join_us) (void)add_step(work, outbox_join(sender->arena, &sender->order, paper_s));
    const size_t count = outbox_report(sender->arena, &sender->order, paper_s, reports, work->reports, steps);
    for (size_t i = 0; i < count; i++) (void)add_step(work, steps[i]);
}

static int64_t *look_due_of(struct sender *sender, enum channel_id channel, bool offices) { return offices ? &sender->office_look_due_us : &sender->routes[channel].look_due_us; }

static void add_claim(struct sender *sender, enum channel_id channel, bool offices, const struct outbox_night *night, struct given *given) {
    struct work *work = &sender->work;
    const size_t most = room_of(sender, channel, given), room = offices ? (most + OFFICE_PART - 1) / OFFICE_PART : most;
    if (room == 0) return;
    given->all += room;
    given->filed += channel_rows[channel].kind == CHANNEL_FILES ? room : 0;
    given->by_channel[channel] += room;
    CHECK(work->claim_count < CLAIMS_MAX);
    work->claims[work->claim_count].channel = channel;
    work->claims[work->claim_count].offices = offices;
    work->claims[work->claim_count].most = room;
    (void)add_step(work, outbox_claim(sender->arena, channel, night, offices, room));
    work->claims[work->claim_count++].step = work->step_count - 1;
}

/* Each time another channel is the first one, so that a single connection serves all of them; offices count as one, and leave most of a channel to persons: few are owed anything. */
static void add_claims(struct sender *sender, int64_t now_us) {
    static const struct outbox_night day = {.count = 0};
    struct outbox_night night;
    struct given given = {.all = 0};
    const int takers = sender->order.count + 1, first = (int)(sender->turns++ % (unsigned)takers);
    look_at_night(&night, clock_unix_ms());
    for (int i = 0; i < takers; i++) {
        const int taker = (first + i) % takers;
        const bool offices = taker == sender->order.count;
        const enum channel_id channel = offices ? sender->office : sender->order.channels[taker];
        if (channel_rows[channel].kind == CHANNEL_PRINT || now_us < *look_due_of(sender, channel, offices)) continue;
        add_claim(sender, channel, offices, channel_rows[channel].is_quiet ? &night : &day, &given);
    }
}

enum { UPKEEP_ADOPT, UPKEEP_ADOPT_OFFICES, UPKEEP_JOIN, UPKEEP_STALE, UPKEEP_UNREPORTED, UPKEEP_LOOK };

/* Once a second. The tellers may still be told of other channels; and those whose telephone would ring at night wait for the morning of their zone. */
static void add_upkeep(struct sender *sender) {
    struct work *work = &sender->work;
    struct quiet_hours hours;
    struct outbox_night night;
    const int64_t now_ms = clock_unix_ms();
    work->is_upkeep = true;
    (void)add_step(work, outbox_adopt(sender->arena, &sender->order, knob_int("NOTICE_PAPER_S")));
    (void)add_step(work, outbox_adopt_offices(sender->arena, sender->office));
    (void)add_step(work, outbox_join(sender->arena, &sender->order, knob_int("NOTICE_PAPER_S"))); /* a sender that fell never wrote the answer */
    (void)add_step(work, outbox_stale(sender->arena));
    (void)add_step(work, outbox_unreported(sender->arena));
    (void)add_step(work, outbox_look(sender->arena));
    look_at_night(&night, now_ms);
    (void)quiet_hours(&hours);
    for (int i = 0; i < sender->order.count; i++) {
        const enum channel_id channel = sender->order.channels[i];
        for (enum zone zone = ZONE_WIB; channel_rows[channel].is_quiet && zone <= ZONE_UNKNOWN; zone++) {
            int32_t provinces[64];
            const int64_t until_ms = night_until_ms(&hours, zone, now_ms);
            if (until_ms == 0) continue;
            if (zone == ZONE_UNKNOWN) (void)add_step(work, outbox_hold(sender->arena, channel, night.known, night.known_count, true, until_ms));
            else (void)add_step(work, outbox_hold(sender->arena, channel, provinces, (size_t)zone_provinces(zone, provinces), false, until_ms));
        }
    }
}

static void note_answered(struct sender *sender) {
    if (sender->attempts > 0) log_info("PostgreSQL answers again");
    sender->attempts = 0;
    sender->trouble[0] = '\0';
}

static struct err begin_work(struct sender *sender) {
    struct work *work = &sender->work;
    if (work->step_count == 0) return OK;
    TRY(pg_send_all(sender->pg, sender->arena, work->steps, work->step_count));
    fault_point("after", "asked");
    work->is_under_way = true;
    http_post_watch(sender->posts, pg_socket(sender->pg));
    return OK;
}

static void end_upkeep(const struct pg_step *steps) {
    const int64_t stale = steps[UPKEEP_STALE].rows.affected;
    const struct outbox_look look = outbox_seen(&steps[UPKEEP_LOOK].rows);
    if (stale > 0) log_warning("messages were not sent in time and are dropped", LOG_INT("messages", stale));
    meter_set(METER_NOTICES_DUE, 0, look.due);
    meter_set(METER_NOTICES_AGE, 0, look.age_s);
    meter_set(METER_NOTICES_PAPER, 0, look.paper);
}

/* It is committed. What ended meanwhile waits for the next one. */
static struct err end_work(struct sender *sender) {
    struct work *work = &sender->work;
    work->is_under_way = false;
    http_post_watch(sender->posts, -1);
    TRY(pg_take_all(sender->pg));
    note_answered(sender);
    sender->written_us = clock_monotonic_us();
    fault_point("after", "booked");
    if (work->is_upkeep) end_upkeep(work->steps);
    if (work->ends > 0) meter_set(METER_LAST_PROGRESS, 0, clock_unix_ms() / 1000);
    sender->end_count -= work->ends;
    memmove(sender->ends, sender->ends + work->ends, sender->end_count * sizeof *sender->ends);
    meter_add(METER_NOTICE_REPORTS, 0, (int64_t)work->reports);
    reports_answer(sender->reports, work->reports, true);
    for (size_t i = 0; i < work->claim_count; i++) {
        const enum channel_id channel = work->claims[i].channel;
        const struct pg_rows *rows = &work->steps[work->claims[i].step].rows;
        const bool offices = work->claims[i].offices;
        if (rows->count < work->claims[i].most) *look_due_of(sender, channel, offices) = sender->written_us + (sender->is_alone ? SECOND_US : knob_int("POLL_MS") * 1000); /* once a second is enough for offices */
        pace_take(&sender->routes[channel].pace, per_second(channel), (int64_t)rows->count, sender->written_us);
        TRY(send_claimed(sender, channel, offices, rows));
        if (rows->count > 0) fault_point("after", "begun");
    }
    return OK;
}

/* ---- one turn: settle, report, lead, send ---------------------------------------------------------------------------------------------------------------- */

/* What an earlier sender had under way is in doubt; what this one has under way is not. */
static struct err take_over(struct sender *sender) {
    struct slice under_way[HTTP_POST_LANES_MAX];
    size_t count = 0;
    int64_t doubts = 0;
    for (size_t i = 0; i < HTTP_POST_LANES_MAX; i++)
        if (sender->flights[i].is_used) under_way[count++] = slice_of(sender->flights[i].event_id.bytes, ID_BYTES);
    TRY(outbox_doubt(sender->pg, sender->arena, under_way, count, knob_int("NOTICE_DOUBT_WAIT_MS"), &doubts));
    if (doubts > 0) log_warning("letters were under way when the last sender fell; they are sent again", LOG_INT("letters", doubts));
    return OK;
}

/* What has ended is written first, so that it is in nobody's doubt. */
static struct err try_to_lead(struct sender *sender, int64_t now_us) {
    bool leads = false;
    if (now_us < sender->lead_due_us) return OK;
    TRY(pg_ready(sender->pg));
    add_what_waits(sender);
    TRY(begin_work(sender));
    if (sender->work.is_under_way) TRY(end_work(sender));
    TRY(outbox_lead(sender->pg, sender->arena, &leads));
    note_answered(sender);
    if (!leads) sender->lead_due_us = now_us + STAND_BY_US;
    if (!leads) return OK;
    TRY(take_over(sender));
    sender->leads = true;
    sender->second_due_us = now_us; /* what the last one was told and did not write comes before the first claim */
    log_info("this sender works");
    return OK;
}

static struct err tell_offices(struct sender *sender, int64_t now_us) {
    const struct sponsor sponsor = {.pg = sender->pg, .crypto = sender->crypto, .words = &sender->sponsor_words, .reasons = &sender->reasons};
    const struct sponsor_rules rules = {.now_ms = clock_unix_ms(), .digest_hour = (int)knob_int("SPONSOR_DIGEST_HOUR"), .end_days = (int)knob_int("SPONSOR_END_DAYS"),
                                        .renewal_days = (int)knob_int("SPONSOR_RENEWAL_DAYS"), .channel = sender->office};
    int64_t made = 0;
    bool more = false;
    if (now_us < sender->sponsor_due_us) return OK;
    TRY(sponsor_make(&sponsor, sender->arena, &rules, &made, &more));
    sender->sponsor_due_us = now_us + (more ? 1 : knob_int("SPONSOR_LOOK_S")) * SECOND_US;
    meter_add(METER_SPONSOR_NOTICES, 0, made);
    return OK;
}

/* Few ends are written together with those that come at once, because a transaction costs about as much for one as for many. */
static bool is_gathering(const struct sender *sender, int64_t now_us) {
    return sender->end_count * GATHER_PART < (size_t)connections() && http_post_under_way(sender->posts) > 0 && now_us < sender->written_us + GATHER_US;
}

static struct err turn_messages(struct sender *sender, bool stopping) {
    const int64_t now_us = clock_monotonic_us();
    if (sender->work.is_under_way && !pg_is_answered(sender->pg)) return OK;
    if (sender->work.is_under_way) TRY(end_work(sender));
    arena_reset(sender->arena);
    sender->work = (struct work){0};
    if (!sender->leads && !stopping) return try_to_lead(sender, now_us);
    if (!stopping) TRY(tell_offices(sender, now_us));
    if (!stopping && is_gathering(sender, now_us)) return OK;
    if (!stopping && now_us >= sender->second_due_us) {
        sender->second_due_us = now_us + SECOND_US;
        add_upkeep(sender);
    } else {
        add_what_waits(sender);
        if (!stopping) add_claims(sender, now_us);
    }
    return begin_work(sender);
}

/* After any failure of PostgreSQL the lock of the session may be gone. What has ended stays noted and is written later; what is under way goes on. */
static void note_failure(struct sender *sender, const struct err *err) {
    if (sender->attempts == 0) log_warning("PostgreSQL failed; it is tried again", LOG_TEXT("error", err->text));
    sender->pg_due_us = clock_monotonic_us() + retry_delay_ms(sender->attempts++, (uint64_t)clock_unix_ms()) * 1000;
    sender->leads = sender->work.is_under_way = false;
    http_post_watch(sender->posts, -1);
    struct outbox_report reports[REPORTS_WAITING_MAX];
    reports_answer(sender->reports, reports_waiting(sender->reports, reports), false);
    (void)snprintf(sender->trouble, sizeof sender->trouble, "%s", err->text);
}

enum { REPORTS_LOOK_MS = 20 }; /* the posts are what is waited for: reports may wait so long */

/* How long a turn may wait for its connections and for PostgreSQL. */
static int wait_of(const struct sender *sender) {
    const int poll_ms = (int)knob_int("POLL_MS"), wait_ms = poll_ms < REPORTS_LOOK_MS ? poll_ms : REPORTS_LOOK_MS;
    return !sender->work.is_under_way && sender->end_count > 0 && GATHER_US / 1000 < wait_ms ? GATHER_US / 1000 : wait_ms;
}

/* FATAL ends the process. */
static struct err turn(struct sender *sender, bool stopping) {
    reports_run(sender->reports);
    take_ends(sender, wait_of(sender));
    meter_set(METER_IN_FLIGHT, 0, http_post_under_way(sender->posts));
    if (clock_monotonic_us() < sender->pg_due_us) return OK;
    struct err err = turn_messages(sender, stopping);
    if (err.fate == FATE_FATAL) return err;
    if (failed(&err)) {
        note_failure(sender, &err);
        return OK;
    }
    return OK;
}

/* ---- life -------------------------------------------------------------------------------------------------------------------------------------------- */

/* A provider that does not answer is no reason not to be ready: the meters tell of it. */
static void tell_health(const struct sender *sender, bool stopping) {
    health_turn(sender->health);
    if (stopping) health_say(sender->health, false, "stopping");
    else if (sender->trouble[0] != '\0') health_say(sender->health, false, sender->trouble);
    else health_say(sender->health, true, sender->leads ? "ready" : "ready; another sender works");
}

static struct err run(struct sender *sender) {
    bool stopping = false;
    for (int64_t stop_at_us = 0;;) {
        if (signals_stop() && !stopping) {
            log_info("stopping");
            stopping = true;
            stop_at_us = clock_monotonic_us() + STOP_US;
        }
        TRY(turn(sender, stopping));
        tell_health(sender, stopping);
        if (stopping && ((http_post_under_way(sender->posts) == 0 && sender->end_count == 0 && !sender->work.is_under_way) || clock_monotonic_us() >= stop_at_us)) return OK;
    }
}

static struct err open_store(void *self) {
    struct sender *sender = self;
    TRY(pg_open(knob_text("PGURL"), "payung-sender", &sender->pg));
    pg_patience(sender->pg, PATIENCE_MS);
    return OK;
}

static struct err open_channels(struct sender *sender) {
    const struct http_post_options options = {.lanes = letters_max(), .connections = connections(), .timeout_ms = (int)knob_int("NOTICE_TIMEOUT_MS"), .answer_bytes_max = ANSWER_BYTES_MAX,
                                              .user_agent = "payung-sender/" PAYUNG_VERSION, .allow_private = true, .allow_mail = true}; /* the addresses are the operator's own settings */
    for (int i = 0; i < sender->order.count; i++) {
        const enum channel_id channel = sender->order.channels[i];
        const char *wrong = call_channel(channel) != NULL ? call_channel(channel)->check() : NULL;
        if (wrong != NULL) return ERR(FATAL, "the channel %s: %s", channel_rows[channel].name, wrong);
    }
    const char *wrong_office = sender->office == CHANNEL_EMAIL ? email_office_check() : NULL;
    if (wrong_office != NULL) return ERR(FATAL, "mails to offices: %s", wrong_office);
    if (sender->office == CHANNEL_MAILDIR || channels_have(&sender->order, CHANNEL_MAILDIR)) TRY(channel_maildir.open(&sender->maildir));
    TRY(http_post_open(&options, &sender->posts));
    TRY(reports_open(&(struct reports_options){.port = (int)knob_int("REPORT_PORT"), .crypto = sender->crypto, .whatsapp_secret = knob_text("WHATSAPP_SECRET"), .whatsapp_verify = knob_text("WHATSAPP_VERIFY")},
                     &sender->reports));
    const char *url = knob_text("REPORT_URL");
    const int size = url[0] != '\0' ? snprintf(sender->report_url, sizeof sender->report_url, "%s", url)
                                    : snprintf(sender->report_url, sizeof sender->report_url, "http://127.0.0.1:%d", reports_port(sender->reports));
    if (size >= (int)sizeof sender->report_url) return ERR(FATAL, "REPORT_URL is too long");
    log_info("reports of delivery are taken", LOG_INT("report_port", reports_port(sender->reports)));
    return OK;
}

static struct err open_all(struct sender *sender) {
    TRY(health_open((int)knob_int("METRICS_PORT"), "sender", knob_text("INSTANCE"), &sender->health));
    log_info("starting", LOG_TEXT("version", PAYUNG_VERSION), LOG_INT("metrics_port", health_port(sender->health)));
    if (!channels_read(knob_text("NOTICE_CHANNELS"), &sender->order)) return ERR(FATAL, "NOTICE_CHANNELS is no list of names of channels.def, each once");
    TRY(words_open(sender->texts, knob_text("PAYUNG_SHARE"), &sender->letters));
    TRY(words_reasons(sender->texts, knob_text("PAYUNG_SHARE"), &sender->reasons));
    TRY(words_sponsor(sender->texts, knob_text("PAYUNG_SHARE"), &sender->sponsor_words));
    sender->is_alone = channels_are_default(&sender->order);
    sender->office = knob_text("SMTP_URL")[0] != '\0' ? CHANNEL_EMAIL : CHANNEL_MAILDIR;
    TRY(crypto_open(knob_text("PAYUNG_KEYS"), &sender->crypto));
    TRY(open_channels(sender));
    return program_wait(sender->health, open_store, sender);
}

static void close_all(struct sender *sender) {
    reports_close(sender->reports);
    http_post_close(sender->posts);
    if (sender->maildir != NULL) channel_maildir.close(sender->maildir);
    pg_close(sender->pg);
    crypto_close(sender->crypto);
    arena_destroy(sender->arena);
    arena_destroy(sender->texts);
    health_close(sender->health);
}

static int serve(void) {
    struct sender sender = {.texts = arena_create(WORDS_BYTES_MAX), .arena = arena_create(ARENA_BYTES)};
    struct err err = open_all(&sender);
    if (!failed(&err) && sender.pg != NULL) err = run(&sender);
    if (failed(&err)) log_error("ends: fatal", LOG_TEXT("error", err.text));
    close_all(&sender);
    if (!failed(&err)) log_info("ends");
    return failed(&err) ? 1 : 0;
}

static const struct program program = {.name = "sender", .story = "hands messages over to the providers of telephones and mailboxes, and learns what was delivered.", .knobs = knobs, .serve = serve};

int main(int argc, char **argv) { return program_main(&program, argc, argv); }
