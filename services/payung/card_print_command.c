/* `payung card print`: sheets of cards and their sign-off list. Cards get their numbers first, then the files are made, and when they are whole the cards are noted as printed: who looks at the register meanwhile waits for
 * nobody, and a failure leaves cards that are requested and not printed. Names go into the files alone. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/edge/fresh_file.h"
#include "services/notification/cards/card_print.h"
#include "services/payung/card_command.h"
#include "services/payung/commands.h"

struct outputs {
    struct fresh_file sheets, sign_off;
    bool has_sheets, has_sign_off;
    size_t sheet_pages, sign_off_pages;
};

/* CARD_URL, or /cards of the API: right on one machine, useless on a telephone. */
static bool base_url(struct arena *arena, struct slice *ret_url) {
    const char *url = getenv("CARD_URL"), *api = getenv("API_URL");
    if (url == NULL || url[0] == '\0') {
        if (api == NULL || api[0] == '\0') return false;
        const size_t size = strlen(api) + sizeof "/cards";
        char *text = arena_take(arena, size);
        CHECK(snprintf(text, size, "%s/cards", api) < (int)size);
        url = text;
    }
    *ret_url = slice_text(url);
    return true;
}

static struct err whole(struct fresh_file *file) {
    if (fflush(file->stream) != 0 || ferror(file->stream) != 0) return ERR(FATAL, "the file can't be written: is the disk full?");
    return OK;
}

static struct err write_files(const struct card_options *options, const struct card_print *print, struct outputs *outputs) {
    TRY(fresh_file_open(options->output, FRESH_PRIVATE, &outputs->sheets));
    outputs->has_sheets = true;
    TRY(card_print_sheets(print, outputs->sheets.stream, &outputs->sheet_pages));
    TRY(whole(&outputs->sheets));
    if (options->sign_off == NULL) return OK;
    TRY(fresh_file_open(options->sign_off, FRESH_PRIVATE, &outputs->sign_off));
    outputs->has_sign_off = true;
    TRY(card_print_sign_off(print, outputs->sign_off.stream, &outputs->sign_off_pages));
    return whole(&outputs->sign_off);
}

static void drop_files(struct outputs *outputs) {
    if (outputs->has_sheets) fresh_file_drop(&outputs->sheets);
    if (outputs->has_sign_off) fresh_file_drop(&outputs->sign_off);
}

static struct err keep_files(struct outputs *outputs) {
    const struct err sheets = fresh_file_keep(&outputs->sheets), sign_off = outputs->has_sign_off ? fresh_file_keep(&outputs->sign_off) : OK;
    return failed(&sheets) ? sheets : sign_off;
}

static int tell(const struct card_session *session, const struct card_options *options, const struct card_list *list, const struct outputs *outputs) {
    size_t simulated = 0;
    for (size_t i = 0; i < list->count; i++) simulated += list->cards[i].is_simulated;
    if (session->money.json) {
        command_print_json(json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:b}", "agreement", options->agreement, "printed", (json_int_t)list->count, "simulated_numbers", (json_int_t)simulated, "without_person",
                                     (json_int_t)list->without_person, "pages", (json_int_t)outputs->sheet_pages, "sign_off_pages", (json_int_t)outputs->sign_off_pages, "again", options->again));
        return EXIT_OK;
    }
    printf("%zu kartu dicetak (%zu halaman)%s%s.\n", list->count, outputs->sheet_pages, list->count > 0 ? ": " : "", list->count > 0 ? options->output : "");
    if (outputs->has_sign_off) printf("Tanda terima: %zu halaman, %s\n", outputs->sign_off_pages, options->sign_off);
    if (simulated > 0) printf("PERHATIAN: %zu kartu bernomor SIMULASI; muat nomor KPJ dari BPJS dengan payung card numbers.\n", simulated);
    if (list->without_person > 0) printf("%lld peserta tanpa data orang: tidak ada kartu.\n", (long long)list->without_person);
    if (list->count == 0) printf(options->again ? "Tidak ada kartu yang pernah dicetak.\n" : "Tidak ada kartu yang belum dicetak; untuk mencetak ulang: --again --reason.\n");
    return EXIT_OK;
}

static int print_list(struct card_session *session, const struct card_options *options, struct card_list *list, struct slice url) {
    const struct card_print print = {.cards = list->cards, .count = list->count, .agreement_id = slice_text(options->agreement), .payer_name = session->agreement.payer_name, .base_url = url,
                                     .today = day_of_business(session->money.moment.moment_ms)};
    const struct card_note note = {.state = CARD_PRINTED, .officer = slice_text(""), .venue = slice_text(""), .note = slice_text(options->again ? options->reason : "")};
    struct outputs outputs = {0};
    bool noted = false;
    struct err err = card_register_request(&session->reg, session->money.arena, session->agreement.agreement_no, list->cards, list->count);
    if (!failed(&err)) err = write_files(options, &print, &outputs);
    if (!failed(&err)) err = card_register_note(&session->reg, session->money.arena, list->cards, list->count, &note, &noted);
    if (failed(&err) || !noted) drop_files(&outputs);
    if (failed(&err)) return card_failure(session, &err);
    if (!noted) return card_changed_meanwhile(session);
    err = keep_files(&outputs);
    if (failed(&err)) return command_fail(options->json, EXIT_FAILED, "FILE_LOST", err.text, "The cards are noted as printed: print them with --again --reason.");
    return tell(session, options, list, &outputs);
}

int card_print(const struct card_options *options) {
    struct card_session session;
    struct card_list list;
    struct slice url = slice_text("");
    int code = card_session_open(options, &session);
    if (code == EXIT_OK && !base_url(session.money.arena, &url))
        code = command_fail(options->json, EXIT_USAGE, "ENVIRONMENT_MISSING", "neither CARD_URL nor API_URL is set", "Set CARD_URL to the address of the verification page: https://.../cards");
    session.filter.pick = options->again ? PICK_PRINTED : PICK_TO_PRINT;
    const struct err err = code == EXIT_OK ? card_register_read(&session.reg, &session.filter, session.money.arena, &list) : OK;
    if (failed(&err)) code = card_failure(&session, &err);
    else if (code == EXIT_OK && list.too_many) code = card_too_many(&session);
    else if (code == EXIT_OK && list.count == 0) code = tell(&session, options, &list, &(struct outputs){0});
    else if (code == EXIT_OK) code = print_list(&session, options, &list, url);
    card_session_close(&session);
    paper_fonts_forget();
    return code;
}
