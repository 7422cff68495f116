/* Marks of the faces, page by page, onto paper. */
#include "services/notification/cards/card_print.h"

enum { PAGE_ARENA_BYTES = 1024 * 1024 };

static bool write_file(void *given, struct slice bytes) { return fwrite(bytes.bytes, 1, bytes.size, given) == bytes.size; }

static struct err draw_card(struct paper *paper, const struct card *card, struct slice base_url, day_t today, struct arena *arena, int32_t x, int32_t y) {
    struct mark marks[CARD_MARKS_MAX];
    char url[CARD_URL_MAX];
    if (!card_url(base_url, card->code, url)) return ERR(FATAL, "CARD_URL is empty or too long for a QR code: at most %d bytes", CARD_URL_MAX - CARD_CODE_TEXT - 1);
    const size_t count = card_face(card, slice_text(url), today, arena, marks);
    paper_draw(paper, marks, count, x, y);
    return OK;
}

static struct err draw_sheet(struct paper *paper, const struct card_print *print, size_t first, struct arena *arena) {
    struct mark cuts[CUT_MARKS];
    for (size_t i = 0; i < SHEET_CARDS && first + i < print->count; i++) {
        int32_t x, y;
        sheet_slot(i, &x, &y);
        TRY(draw_card(paper, &print->cards[first + i], print->base_url, print->today, arena, x, y));
    }
    const size_t count = sheet_cuts(cuts);
    paper_draw(paper, cuts, count, 0, 0);
    paper_page(paper);
    return OK;
}

static struct err finish(struct paper *paper, struct arena *arena, struct err err) {
    const struct err closed = paper_close(paper);
    arena_destroy(arena);
    return failed(&err) ? err : closed;
}

static struct err open_file(FILE *file, const char *title, struct paper **ret_paper) {
    return paper_open(&(struct paper_options){.kind = PAPER_PDF, .width = A4_WIDTH_UM, .height = A4_HEIGHT_UM, .title = title, .write = write_file, .self = file}, ret_paper);
}

struct err card_print_sheets(const struct card_print *print, FILE *file, size_t *ret_pages) {
    struct paper *paper;
    CHECK(print->count > 0);
    TRY(open_file(file, "Kartu peserta", &paper));
    struct arena *arena = arena_create(PAGE_ARENA_BYTES);
    struct err err = OK;
    *ret_pages = 0;
    for (size_t first = 0; first < print->count && !failed(&err); first += SHEET_CARDS) {
        arena_reset(arena);
        err = draw_sheet(paper, print, first, arena);
        ++*ret_pages;
    }
    return finish(paper, arena, err);
}

static size_t sign_off_pages(const struct card_print *print) {
    size_t pages = 0;
    for (size_t at = 0; at < print->count; pages++) at += sign_off_run(print->cards, print->count, at);
    return pages;
}

struct err card_print_sign_off(const struct card_print *print, FILE *file, size_t *ret_pages) {
    struct paper *paper;
    CHECK(print->count > 0);
    TRY(open_file(file, "Tanda terima kartu peserta", &paper));
    struct arena *arena = arena_create(PAGE_ARENA_BYTES);
    struct sign_off_page page = {.agreement_id = print->agreement_id, .payer_name = print->payer_name, .event = print->event, .pages = sign_off_pages(print)};
    for (size_t at = 0; at < print->count; at += page.count) {
        struct mark marks[SIGN_OFF_MARKS_MAX];
        const struct card *before = at > 0 ? &print->cards[at - 1] : NULL;
        const bool same_village = before != NULL && before->region == print->cards[at].region && before->village == print->cards[at].village;
        page.first = same_village ? page.first + page.count : 1;
        page.cards = &print->cards[at];
        page.count = sign_off_run(print->cards, print->count, at);
        page.page++;
        arena_reset(arena);
        const size_t count = sign_off_face(&page, arena, marks);
        paper_draw(paper, marks, count, 0, 0);
        paper_page(paper);
    }
    *ret_pages = page.pages;
    return finish(paper, arena, OK);
}

/* ---- one card ---- */

struct buffer {
    uint8_t *bytes;
    size_t size, max;
};

static bool write_buffer(void *given, struct slice bytes) {
    struct buffer *buffer = given;
    if (bytes.size > buffer->max - buffer->size) return false;
    memcpy(buffer->bytes + buffer->size, bytes.bytes, bytes.size);
    buffer->size += bytes.size;
    return true;
}

struct err card_print_single(const struct card *card, struct slice base_url, day_t today, enum paper_kind kind, struct arena *arena, size_t bytes_max, struct slice *ret_bytes) {
    struct buffer buffer = {.bytes = arena_take(arena, bytes_max), .max = bytes_max};
    struct paper *paper;
    const struct paper_options options = {
        .kind = kind, .width = CARD_WIDTH_UM, .height = CARD_HEIGHT_UM, .dots_per_inch = CARD_PNG_DPI, .title = "Kartu peserta", .write = write_buffer, .self = &buffer};
    TRY(paper_open(&options, &paper));
    const struct err drawn = draw_card(paper, card, base_url, today, arena, 0, 0);
    const struct err closed = paper_close(paper);
    if (failed(&drawn)) return drawn;
    TRY(closed);
    *ret_bytes = slice_of(buffer.bytes, buffer.size);
    return OK;
}
