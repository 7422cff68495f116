/* Any bytes as a table of messages or of parameters, and as a name: never a crash; a table that loads renders every letter within an SMS. */
#include "common/base/check.h"
#include "services/notification/letter.h"
#include "services/notification/mail.h"
#include "services/notification/paper/letter_face.h"
#include "services/notification/reasons.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char good_messages[] =
    "id\tjudul\ttext\tenglish\nACCEPTED\tA\t{nama} {program} {mulai} {akhir} {sponsor}\t{nama} {program} {mulai} {akhir} {sponsor}\n"
    "REJECTED_FIX\tF\t{nama} {alasan} {batas}\t{nama} {alasan} {batas}\nREJECTED_FINAL\tR\t{nama} {alasan} {batas}\t{nama} {alasan} {batas}\n"
    "WAITLIST\tW\t{nama} {sponsor} {tahun} {rank}\t{nama} {sponsor} {tahun} {rank}\nPENDING\tP\t{nama} {tgl}\t{nama} {tgl}\n"
    "LAPSE_WARN\tL\t{nama} {n} {tgl}\t{nama} {n} {tgl}\nLAPSED\tN\t{nama} {tgl}\t{nama} {tgl}\n"
    "SPONSOR_END\tS\t{nama} {sponsor} {tgl} {jumlah}\t{nama} {sponsor} {tgl} {jumlah}\n";
static const char good_parameters[] = "name\tvalue\tsentence\ncorrection_days\t30\tx\npending_days\t14\tx\n";

static void render_all(const struct letters *letters, struct slice name, struct arena *arena) {
    static const enum outcome_status statuses[] = {OUTCOME_ACCEPTED, OUTCOME_WAITLISTED, OUTCOME_REJECTED, OUTCOME_PENDING};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct letter letter;
        struct outcome outcome = {.status = statuses[i], .codes = {name.size > 0 ? UINT64_C(1) << (name.bytes[0] & 63) : 0}, .programmes = 31,
                                  .start_month = 202510, .months = 12, .rank = UINT32_MAX, .budget_year = INT32_MIN,
                                  .registration_date = 20250915, .payer_name = name};
        if (!letter_render(letters, &outcome, name, arena, &letter)) continue;
        CHECK(gsm7_length(letter.text) <= LETTER_MAX);
        CHECK(mail_compose(&letter, (struct id){{1}}, 1757894400000, arena).size > 0);
    }
    static const char *const due[] = {"LAPSE_WARN", "LAPSED", "SPONSOR_END"};
    for (size_t i = 0; i < sizeof due / sizeof *due; i++) {
        struct letter letter;
        const struct coverage_changed changed = {.day = 20260930, .lapse_day = 20260930, .unpaid_months = 1200, .monthly_amount = RUPIAH_INPUT_MAX, .payer_name = name,
                                                 .message_due = slice_text(due[i])};
        CHECK(letter_render_cover(letters, &changed, name, arena, &letter));
        CHECK(gsm7_length(letter.text) <= LETTER_MAX);
    }
    const struct coverage_changed any = {.message_due = name};
    struct letter letter;
    if (letter_render_cover(letters, &any, name, arena, &letter)) CHECK(gsm7_length(letter.text) <= LETTER_MAX);
}

static void draw(const struct letters *letters, struct slice name, struct arena *arena) {
    const struct outcome outcome = {.status = OUTCOME_PENDING, .attempt = 1, .registration_date = 20250915, .payer_name = name};
    struct paper_letter letter = {.name = name, .address = name, .payer_name = name, .agreement_id = name, .title = name, .district_name = name, .village_name = name, .reason_count = PAPER_REASONS_MAX};
    struct mark marks[PAPER_MARKS_MAX];
    int32_t height;
    for (size_t i = 0; i < PAPER_REASONS_MAX; i++) letter.reasons[i] = (struct paper_reason){name, name, name, name};
    CHECK(letter_words(letters, NULL, slice_text("PENDING"), &(struct letter_about){.outcome = &outcome}, name, false, arena, &letter.text));
    letter.english = letter.text;
    CHECK(letter_face(&letter, arena, marks, &height) <= PAPER_MARKS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    if (arena == NULL) arena = arena_create(16 << 20);
    struct letters letters;
    struct load_error error;
    struct slice bytes = slice_of(data, size);
    if (letters_load(arena, bytes, slice_text(good_parameters), &letters, &error)) render_all(&letters, bytes, arena);
    if (letters_load(arena, slice_text(good_messages), bytes, &letters, &error)) render_all(&letters, bytes, arena);
    CHECK(letters_load(arena, slice_text(good_messages), slice_text(good_parameters), &letters, &error));
    render_all(&letters, bytes, arena);
    draw(&letters, bytes, arena);
    struct letter_reasons reasons;
    if (reasons_load(arena, bytes, &reasons, &error)) CHECK(reasons.rows[CODE_E30].alasan.size > 0);
    arena_reset(arena);
    return 0;
}
