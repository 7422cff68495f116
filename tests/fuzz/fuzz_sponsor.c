/* Any bytes as the table of notices to offices, as an event of the outbox, and as the names of an agreement: never a crash, and what is rendered is read back. */
#include "common/base/check.h"
#include "services/notification/sponsor/sponsor_letter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char good[] = "id\tjudul\ttext\tenglish\nSPONSOR_DIGEST\tA\t{perjanjian} {nama} {alasan}\\n{sisa}\t{dari} {sampai}\nSPONSOR_COVER_END\tB\t{akhir} {hari}\t{peserta}\nSPONSOR_RENEWAL\tC\t{rupiah}\t{menunggu}\n";

static void render(const struct sponsor_words *words, const struct letter_reasons *reasons, struct slice name, struct arena *arena) {
    for (int kind = 0; kind < SPONSOR_KINDS; kind++) {
        struct sponsor_figures figures = {.kind = (enum sponsor_kind)kind, .mailbox = slice_text("a@b.id"), .agreement_id = slice_text("a"), .name = name, .payer_name = name, .until_ms = 1757986400000};
        struct sponsor_letter letter;
        figures.by_code[1 + (name.size > 0 ? name.bytes[0] % (CODE_LIMIT - 1) : 0)] = 1;
        CHECK(sponsor_letter_read(sponsor_render(words, reasons, &figures, arena), &letter));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    static const struct letter_reasons reasons;
    if (arena == NULL) arena = arena_create(16 << 20);
    const struct slice bytes = slice_of(data, size);
    struct sponsor_words words;
    struct load_error error;
    struct sponsor_letter letter;
    if (sponsor_words_load(arena, bytes, &words, &error)) render(&words, &reasons, slice_text("x"), arena);
    CHECK(sponsor_words_load(arena, slice_text(good), &words, &error));
    render(&words, &reasons, size < 4096 ? bytes : slice_of(data, 4096), arena);
    if (sponsor_letter_read(bytes, &letter)) CHECK(letter.letter.text.size > 0);
    arena_reset(arena);
    return 0;
}
