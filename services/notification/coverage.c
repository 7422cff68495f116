/* The coverage stage: reads what happened to covers after the decision (overdue, lapsed, at the end of what the sponsor pays) and tells each person once (teller.h). Whether a
 * change is told, and with which message, the ledger has said in the event; that a cover became active, or ended because the person died or left, owes nothing. Only one thing is asked
 * when the message goes out: who is covered on, by whomever, is not told of an end. Endpoints of partners are owed every change. */
#include "services/notification/teller.h"

#include "common/base/check.h"
#include "services/webhook/note.h"

static struct tidings about_change(const void *in, const struct lineage *lineage, int32_t partition) {
    const struct coverage_changed *changed = in;
    (void)lineage, (void)partition; /* the event has an id of its own */
    return (struct tidings){
        .event_id = changed->event_id, .message_due = changed->message_due,
        .application_id = changed->application_id, .attempt = changed->attempt, .agreement_id = changed->agreement_id,
        .sealed_person = changed->sealed_person, .seal_key_id = changed->seal_key_id, .at_ms = changed->changed_at_ms, .ktp_region = changed->ktp_region,
        .home_region = changed->ktp_region, .home_village = changed->ktp_village,
    };
}

static bool render_change(const struct letters *letters, const void *in, struct slice name, struct arena *arena, struct letter *ret_letter) {
    return letter_render_cover(letters, in, name, arena, ret_letter);
}

/* The person's token does not travel: it stands with the enrolment. */
static const char covered_on_sql[] =
    "SELECT w.n FROM unnest($1::text[], $2::bigint[], $3::int4[]) WITH ORDINALITY AS w (agreement_id, place, month, n) JOIN ledger.agreement a ON a.agreement_id = w.agreement_id"
    " JOIN ledger.enrolment e ON e.agreement_no = a.agreement_no AND e.place = w.place JOIN ledger.cover c ON c.person_token = e.person_token AND c.segment = e.segment"
    " AND c.year = (w.month / 100)::smallint WHERE (c.jkk | c.jkm | c.jht | c.jp) >> (w.month % 100 - 1) & 1 = 1";

static struct err covered_on(struct pg *pg, const struct stage_batch *batch, const bool *is_due, const char **ret_reasons) {
    struct slice *agreements = arena_zero(batch->arena, batch->count, sizeof *agreements);
    int64_t *places = arena_zero(batch->arena, batch->count, sizeof *places);
    int32_t *months = arena_zero(batch->arena, batch->count, sizeof *months);
    size_t *items = arena_zero(batch->arena, batch->count, sizeof *items), count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct coverage_changed *changed = batch->items[i].in;
        if (!is_due[i] || !slice_is(changed->message_due, "SPONSOR_END")) continue;
        agreements[count] = changed->agreement_id;
        places[count] = changed->place;
        months[count] = day_month(changed->day); /* the first one without this cover */
        items[count++] = i;
    }
    if (count == 0) return OK;
    struct pg_parameters *p = pg_parameters(batch->arena);
    struct pg_rows rows;
    pg_add_text_array(p, agreements, count);
    pg_add_int8_array(p, places, count);
    pg_add_int4_array(p, months, count);
    TRY(pg_run(pg, batch->arena, covered_on_sql, p, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const int64_t n = pg_int8(&rows, i, 0);
        CHECK(n >= 1 && (size_t)n <= count);
        ret_reasons[items[n - 1]] = "covered on";
    }
    return OK;
}

static const struct telling telling = {.name = "payung-coverage", .cause = TELL_COVERAGE, .about = about_change, .overtaken = covered_on, .note = webhook_note_coverage, .render = render_change};

static struct err coverage_open(void **ret_self) { return teller_open(&telling, ret_self); }

static const struct stage coverage = {
    .name     = "coverage",
    .story    = "Tells each person, once and in words, when his cover is overdue, has lapsed or is at its end.",
    .consumes = TOPIC_COVERAGE,
    .produces = TOPIC_NONE,
    .knobs    = teller_knobs,
    .gather_ms = TELLER_GATHER_MS,
    .open     = coverage_open,
    .prefetch = teller_prefetch,
    .handle   = teller_handle,
    .store    = teller_store,
    .undo     = teller_undo,
    .truth    = teller_truth,
    .ready    = teller_ready,
    .close    = teller_close,
};

int main(int argc, char **argv) { return stage_main(&coverage, argc, argv); }
