/* Reads a letter with the decoder of its topic and finds its way back. It decides by what the bytes are and by what the ledger says, never by who sent them. */
#include "services/operations/dead_letter_judge.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/base/check.h"
#include "common/domain/command.h"
#include "common/domain/text.h"
#include "common/stage/codec.h"
#include "common/wire/wire.h"

/* ---- names ----------------------------------------------------------------------------------------------------------------------------- */

static const char *const words[TOPIC_LIMIT] = {
    [TOPIC_SUBMITTED] = "submitted", [TOPIC_ASSESSED] = "assessed", [TOPIC_PRICED] = "priced", [TOPIC_DECIDED] = "decided",
    [TOPIC_PAYMENT] = "payment",     [TOPIC_COVERAGE] = "coverage", [TOPIC_COMMAND] = "command",
};

const char *dead_letter_kind_name(enum dead_letter_kind kind) {
    static const char *const names[] = {[DEAD_LETTER_UNREADABLE] = "unreadable", [DEAD_LETTER_FOREIGN] = "foreign", [DEAD_LETTER_REFUSED] = "refused"};
    CHECK((size_t)kind < sizeof names / sizeof *names);
    return names[kind];
}

const char *dead_letter_topic_word(enum topic topic) {
    CHECK(topic > TOPIC_NONE && topic < TOPIC_LIMIT && words[topic] != NULL);
    return words[topic];
}

bool dead_letter_topic_read(struct slice text, enum topic *ret_topic) {
    for (int i = TOPIC_NONE + 1; i < TOPIC_LIMIT; i++) {
        const struct topic_row *row = topic_row((enum topic)i);
        if (words[i] == NULL || !(slice_is(text, words[i]) || slice_is(text, row->name) || slice_is(text, row->dlq))) continue;
        *ret_topic = (enum topic)i;
        return true;
    }
    return false;
}

void dead_letter_name(enum topic topic, int64_t offset, char ret_name[DEAD_LETTER_NAME_MAX]) {
    CHECK(offset >= 0);
    CHECK(snprintf(ret_name, DEAD_LETTER_NAME_MAX, "%s:%" PRId64, dead_letter_topic_word(topic), offset) < DEAD_LETTER_NAME_MAX);
}

bool dead_letter_name_read(struct slice text, enum topic *ret_topic, int64_t *ret_offset) {
    struct slice word, rest = text;
    enum topic topic;
    uint64_t offset;
    if (text.size == 0 || !text_split(&rest, ':', &word) || rest.bytes == NULL) return false;
    if (!dead_letter_topic_read(word, &topic) || !text_number(rest, INT64_MAX, &offset)) return false;
    *ret_topic = topic;
    *ret_offset = (int64_t)offset;
    return true;
}

bool dead_letter_because_is_sound(struct slice because) {
    enum { DIGITS_MAX = 8 }; /* a date or a ticket; a phone number has ten and more */
    size_t digits = 0;
    if (because.size > DEAD_LETTER_BECAUSE_MAX || text_is_blank(because) || !text_is_utf8(because)) return false;
    for (size_t i = 0; i < because.size; i++) {
        const uint8_t byte = because.bytes[i];
        if (byte < ' ') return false;
        if (byte_is_digit(byte)) digits++;
        else if (strchr(" .-", byte) == NULL) digits = 0; /* they stand within numbers as people write them */
        if (digits > DIGITS_MAX) return false;
    }
    return true;
}

/* ---- what it is ------------------------------------------------------------------------------------------------------------------------ */

bool dead_letter_is_enrolment(enum topic topic) { return topic == TOPIC_SUBMITTED || topic == TOPIC_ASSESSED || topic == TOPIC_PRICED; }

static const struct application *application_of(enum topic topic, const void *message) {
    switch (topic) {
    case TOPIC_SUBMITTED: return &((const struct submitted *)message)->application;
    case TOPIC_ASSESSED: return &((const struct assessed *)message)->application;
    case TOPIC_PRICED: return &((const struct priced *)message)->application;
    default: return NULL;
    }
}

static void take_message(enum topic topic, const void *message, enum dead_letter_kind kind, struct dead_letter_content *content) {
    content->kind = kind;
    content->message = message;
    content->application = application_of(topic, message);
}

/* Messages beside the enrolment path decode without a lineage as well; those of the path only with one, so one is lent to them to look at the rest. */
bool dead_letter_read(struct arena *arena, enum topic topic, struct slice bytes, struct dead_letter_content *ret_content) {
    static const struct lineage lent = {.epoch = 1};
    struct dead_letter_content content = {0};
    const void *message = codec_decode(topic, arena, bytes);
    if (message != NULL) content.lineage = codec_view(topic, message).lineage;
    else if (bytes.size > 0 && bytes.bytes[0] != 0) message = codec_decode(topic, arena, wire_with_lineage(arena, bytes, &lent));
    if (message == NULL) return false;
    take_message(topic, message, content.lineage.epoch > 0 ? DEAD_LETTER_REFUSED : DEAD_LETTER_FOREIGN, &content);
    *ret_content = content;
    return true;
}

void dead_letter_judge(struct arena *arena, enum topic topic, struct slice value, bool is_cut, struct dead_letter_content *ret_content) {
    *ret_content = (struct dead_letter_content){.kind = DEAD_LETTER_UNREADABLE};
    if (!is_cut) (void)dead_letter_read(arena, topic, value, ret_content); /* false: it stays unreadable */
    const struct lineage *lineage = &ret_content->lineage;
    const bool first = topic == TOPIC_SUBMITTED; /* its origin is its offset */
    if (ret_content->message != NULL && !first && lineage->origin < lineage->first_origin) ret_content->kind = DEAD_LETTER_FOREIGN;
}

/* ---- where it goes --------------------------------------------------------------------------------------------------------------------- */

static const struct dead_letter_refusal
    unreadable = {"UNREADABLE", "the record can't be read, so nobody knows whose it is", "Edit it first (payung dlq show ID --raw, payung dlq edit ID --file), or discard it."},
    foreign = {"FOREIGN", "the record bears no lineage: no service of this installation wrote it", "Edit it first, so that somebody answers for it, or discard it."},
    accepted = {"ACCEPTED", "the application is accepted and has its cover", "Nothing is to be done. Discard the letter; a wrong cover is ended by payung mutation."},
    waitlisted = {"WAITLISTED", "the application stands in the waiting list and keeps its place", "It is decided anew when it is called (payung waitlist)."},
    pending = {"PENDING", "the application waits for an answer from outside and is asked again by itself", "See payung ledger pending."},
    due = {"DUE_ALREADY", "a next attempt of the application is under way already", "Wait for its outcome (payung why ENROLMENT)."},
    left = {"DEPARTED", "the person died or left: the application enrols nobody any more", "Discard the letter, or enrol the person anew."},
    decided = {"DECISION_STANDS", "a decision stands in the ledger and is never sent a second time", "Discard the letter; payung notification report shows what was not told."},
    archived = {"COMMAND_STANDS", "a command stands in the ledger and is never sent a second time", "Discard the letter."},
    on_work_list = {"ON_WORK_LIST", "the payment stands on the work list of the ledger already", "See payung payment suspense list, then discard the letter."};

const struct dead_letter_refusal *dead_letter_may_decide(const struct dead_letter_standing *standing) {
    if (standing->status == OUTCOME_ACCEPTED) return &accepted;
    if (standing->status == OUTCOME_WAITLISTED) return &waitlisted;
    if (standing->status == OUTCOME_PENDING) return &pending;
    if (standing->has_left) return &left;
    return standing->is_due ? &due : NULL;
}

const struct dead_letter_refusal *dead_letter_way(enum topic topic, const struct dead_letter_content *content, bool is_edited, const struct dead_letter_standing *standing,
                                                  enum dead_letter_way *ret_way) {
    *ret_way = DEAD_LETTER_NO_WAY;
    if (topic == TOPIC_DECIDED) return &decided;
    if (topic == TOPIC_COMMAND) return &archived;
    if (content->message == NULL) return &unreadable;
    if (content->kind == DEAD_LETTER_FOREIGN && !is_edited) return &foreign;
    if (dead_letter_is_enrolment(topic)) {
        const struct dead_letter_refusal *refusal = dead_letter_may_decide(standing);
        if (refusal == NULL) *ret_way = DEAD_LETTER_SUBMIT;
        return refusal;
    }
    if (topic == TOPIC_PAYMENT && !is_edited) return &on_work_list; /* the payments stage gives each parked payment its row of ledger.suspense */
    *ret_way = DEAD_LETTER_OUTBOX;
    return NULL;
}
