/* The notification stage: reads what the ledger decided and tells each person once (teller.h). This file says only what an outcome owes to whom; a repeat, a parked record and
 * whatever else message_due leaves out owe nothing. Endpoints of partners are owed every first outcome. */
#include "common/domain/message_due.h"
#include "common/edge/crypto.h"
#include "services/notification/teller.h"
#include "services/webhook/note.h"

static struct tidings about_outcome(const void *in, const struct lineage *lineage, int32_t partition) {
    const struct outcome *outcome = &((const struct decided *)in)->outcome;
    const char *due = message_due(outcome);
    return (struct tidings){
        .event_id = crypto_event_id("ledger", outcome->application_id, outcome->attempt, lineage, partition),
        .message_due = slice_text(due != NULL ? due : ""),
        .application_id = outcome->application_id, .attempt = outcome->attempt, .agreement_id = outcome->agreement_id,
        .sealed_person = outcome->sealed_person, .seal_key_id = outcome->seal_key_id, .at_ms = outcome->decided_at_ms,
        .home_region = outcome->ktp_region, .home_village = outcome->ktp_village,
    };
}

static bool render_outcome(const struct letters *letters, const void *in, struct slice name, struct arena *arena, struct letter *ret_letter) {
    return letter_render(letters, &((const struct decided *)in)->outcome, name, arena, ret_letter);
}

static const struct telling telling = {.name = "payung-notification", .cause = TELL_DECISION, .about = about_outcome, .note = webhook_note_decided, .render = render_outcome};

static struct err notification_open(void **ret_self) { return teller_open(&telling, ret_self); }

static const struct stage notification = {
    .name     = "notification",
    .story    = "Tells each person, once and in words, what was decided.",
    .consumes = TOPIC_DECIDED,
    .produces = TOPIC_NONE,
    .knobs    = teller_knobs,
    .gather_ms = TELLER_GATHER_MS,
    .open     = notification_open,
    .prefetch = teller_prefetch,
    .handle   = teller_handle,
    .store    = teller_store,
    .undo     = teller_undo,
    .truth    = teller_truth,
    .ready    = teller_ready,
    .close    = teller_close,
};

int main(int argc, char **argv) { return stage_main(&notification, argc, argv); }
