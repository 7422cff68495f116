/* `payung card hand-over`: printed cards went into hands. By village or agreement all that are printed are noted together; by codes each line stands for itself, so that one code that is mistyped
 * stops nobody else's card. A code that this installation did not sign is refused before the database is asked. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/domain/text.h"
#include "services/payung/card_command.h"
#include "services/payung/commands.h"

enum { LINE_MAX_BYTES = 256 };

struct refused {
    uint32_t line;
    const char *code, *words; /* "NOT_PRINTED" */
};

struct handing {
    struct card_session *session;
    const struct card_options *options;
    struct card_row *rows; /* of the agreement, or of the part that was named */
    size_t row_count;
    struct card *cards;    /* to be noted */
    size_t count;
    struct refused *refused;
    size_t refused_count;
};

static void refuse_line(struct handing *handing, uint32_t line, const char *code, const char *words) {
    if (handing->refused_count < CARDS_AT_ONCE_MAX) handing->refused[handing->refused_count++] = (struct refused){line, code, words};
}

/* Rows of the register are in the order of villages: codes are looked up by number. */
static int by_number(const void *a, const void *b) {
    const uint32_t one = ((const struct card_row *)a)->code.number, other = ((const struct card_row *)b)->code.number;
    return (one > other) - (one < other);
}

/* A row that was taken tells of no change any more: its code comes twice. */
static void take_row(struct handing *handing, struct card_row *row) {
    handing->cards[handing->count++] = (struct card){.code = row->code, .changes = row->changes, .state = row->state};
    row->changes = 0;
}

static void take_line(struct handing *handing, uint32_t line, struct slice text) {
    struct card_row wanted = {.state = CARD_NONE};
    if (!card_code_parse(text, &wanted.code) || !card_code_is_ours(handing->session->crypto, wanted.code)) {
        refuse_line(handing, line, "NOT_OURS", "bukan kode kartu instalasi ini");
        return;
    }
    struct card_row *row = bsearch(&wanted, handing->rows, handing->row_count, sizeof wanted, by_number);
    if (row == NULL) refuse_line(handing, line, "OTHER_AGREEMENT", "bukan kartu perjanjian ini");
    else if (row->state == CARD_HANDED_OVER) refuse_line(handing, line, "HANDED_OVER", "sudah diserahkan");
    else if (row->state != CARD_PRINTED) refuse_line(handing, line, "NOT_PRINTED", "belum dicetak");
    else if (row->changes == 0) refuse_line(handing, line, "DOUBLED", "kode yang sama di baris sebelumnya");
    else take_row(handing, row);
}

/* False: the file can't be read, or is longer than cards can be. */
static bool take_codes(struct handing *handing) {
    const char *path = handing->options->codes;
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char text[LINE_MAX_BYTES];
    uint32_t line = 0;
    if (file == NULL) return false;
    while (fgets(text, sizeof text, file) != NULL && line < CARDS_AT_ONCE_MAX) {
        const struct slice code = text_trim(slice_text(text));
        line++;
        if (code.size > 0) take_line(handing, line, code);
    }
    const bool good = ferror(file) == 0 && line < CARDS_AT_ONCE_MAX;
    if (file != stdin) (void)fclose(file); /* only read */
    return good;
}

static int tell(const struct handing *handing) {
    json_t *list = json_array();
    for (size_t i = 0; i < handing->refused_count; i++) {
        const struct refused *refused = &handing->refused[i];
        CHECK(json_array_append_new(list, json_pack("{s:i,s:s}", "line", (int)refused->line, "code", refused->code)) == 0);
        if (!handing->options->json) printf("baris %" PRIu32 ": %s\n", refused->line, refused->words);
    }
    if (handing->options->json) command_print_json(json_pack("{s:s,s:I,s:O}", "agreement", handing->options->agreement, "handed_over", (json_int_t)handing->count, "refused", list));
    else printf("%zu kartu diserahkan.\n", handing->count);
    json_decref(list);
    return handing->refused_count > 0 ? EXIT_WITH_REJECTIONS : EXIT_OK;
}

static int hand_over(struct handing *handing) {
    struct card_session *session = handing->session;
    const struct card_options *options = handing->options;
    const day_t today = day_of_business(session->money.moment.moment_ms);
    const struct card_note note = {.state = CARD_HANDED_OVER, .officer = text_trim(slice_text(options->officer)), .venue = text_trim(slice_text(options->venue)), .note = slice_text(""),
                                   .day = options->day != 0 ? options->day : today};
    bool noted = true;
    if (note.day > today) return command_fail(options->json, EXIT_USAGE, "DATE_IN_FUTURE", "the day lies in the future", "Note cards when they were handed over.");
    const struct err err = handing->count > 0 ? card_register_note(&session->reg, session->money.arena, handing->cards, handing->count, &note, &noted) : OK;
    if (failed(&err)) return card_failure(session, &err);
    return noted ? tell(handing) : card_changed_meanwhile(session);
}

static int choose(struct handing *handing) {
    struct arena *arena = handing->session->money.arena;
    handing->cards = arena_take(arena, (CARDS_AT_ONCE_MAX + 1) * sizeof *handing->cards);
    handing->refused = arena_take(arena, CARDS_AT_ONCE_MAX * sizeof *handing->refused);
    if (handing->options->codes == NULL) {
        for (size_t i = 0; i < handing->row_count; i++) take_row(handing, &handing->rows[i]);
        return hand_over(handing);
    }
    if (handing->row_count > 0) qsort(handing->rows, handing->row_count, sizeof *handing->rows, by_number);
    if (!take_codes(handing)) return command_fail(handing->options->json, EXIT_FAILED, "CODES_UNREADABLE", "the codes can't be read, or are too many", "One code a line, at most 50,000.");
    return hand_over(handing);
}

int card_hand_over(const struct card_options *options) {
    struct card_session session;
    struct handing handing = {.session = &session, .options = options};
    bool too_many = false;
    int code = card_session_open(options, &session);
    const enum card_state wanted = options->codes != NULL ? CARD_NONE : CARD_PRINTED;
    const struct err err = code == EXIT_OK ? card_rows_read(&session.reg, &session.filter, wanted, session.money.arena, &handing.rows, &handing.row_count, &too_many) : OK;
    if (failed(&err)) code = card_failure(&session, &err);
    else if (code == EXIT_OK && too_many) code = card_too_many(&session);
    else if (code == EXIT_OK) code = choose(&handing);
    card_session_close(&session);
    return code;
}
