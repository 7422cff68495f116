/* Reads, opens, renders. */
#include "services/notification/told.h"

#include "common/wire/wire.h"
#include "services/notification/sponsor/sponsor_letter.h"

static struct err open_person(const struct crypto *crypto, struct arena *arena, struct slice sealed, struct slice key_id, struct id application_id, struct told *told) {
    if (sealed.size == 0) {
        told->failure = "person forgotten";
        return OK;
    }
    struct err err = crypto_unseal(crypto, arena, sealed, key_id, application_id, &told->person);
    if (!failed(&err)) return OK;
    if (err.fate != FATE_PARK) return err;
    told->failure = "the sealed person does not open";
    return OK;
}

static struct err open_decision(const struct crypto *crypto, const struct letters *letters, struct arena *arena, struct slice event, struct told *told) {
    struct decided decided;
    if (!wire_decode_decided(arena, event, &decided)) {
        told->failure = "the event can't be read";
        return OK;
    }
    const struct outcome *outcome = &decided.outcome;
    told->application_id = outcome->application_id;
    told->at_ms = outcome->decided_at_ms;
    TRY(open_person(crypto, arena, outcome->sealed_person, outcome->seal_key_id, outcome->application_id, told));
    if (told->failure == NULL && !letter_render(letters, outcome, told->person.name, arena, &told->letter)) told->failure = "no words for this message";
    return OK;
}

static struct err open_change(const struct crypto *crypto, const struct letters *letters, struct arena *arena, struct slice event, struct told *told) {
    struct coverage_changed changed;
    if (!wire_decode_coverage(arena, event, &changed)) {
        told->failure = "the event can't be read";
        return OK;
    }
    told->application_id = changed.application_id;
    told->at_ms = changed.changed_at_ms;
    TRY(open_person(crypto, arena, changed.sealed_person, changed.seal_key_id, changed.application_id, told));
    if (told->failure == NULL && !letter_render_cover(letters, &changed, told->person.name, arena, &told->letter)) told->failure = "no words for this message";
    return OK;
}

struct err told_open(const struct crypto *crypto, const struct letters *letters, struct arena *arena, bool is_decision, struct slice event, struct told *ret_told) {
    *ret_told = (struct told){0};
    return is_decision ? open_decision(crypto, letters, arena, event, ret_told) : open_change(crypto, letters, arena, event, ret_told);
}

void told_open_office(struct slice event, struct told *ret_told) {
    struct sponsor_letter office;
    *ret_told = (struct told){.failure = "the event can't be read"};
    if (!sponsor_letter_read(event, &office)) return;
    *ret_told = (struct told){.letter = office.letter, .at_ms = office.at_ms};
    ret_told->letter.mailbox = office.mailbox;
}
