/* `payung card ceremony`: the list of an event at which cards are handed over, as a PDF to sign and as a CSV for the office that prepares it. Only who is covered on that day, and whose card is printed and not handed
 * over: nobody stands in line for a card that is not there. It notes nothing; names go into the files alone. */
#include <jansson.h>
#include <stdio.h>

#include "common/edge/csv.h"
#include "common/edge/fresh_file.h"
#include "services/notification/cards/card_print.h"
#include "services/payung/card_command.h"
#include "services/payung/commands.h"

enum { CELL_BYTES_MAX = 2048, COLUMNS = 8, ROW_BYTES = 64 };

struct ceremony {
    const struct card_options *options;
    struct card_list *list;
    struct sign_off_event event;
    size_t not_covered, pages;
};

/* Keeps those who are covered on that day, in their order. */
static void keep_covered(struct ceremony *ceremony) {
    struct card_list *list = ceremony->list;
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (card_standing(&list->cards[i], ceremony->event.day) == STANDING_ACTIVE) list->cards[kept++] = list->cards[i];
    ceremony->not_covered = list->count - kept;
    list->count = kept;
}

static void put_row(FILE *file, const struct slice cells[COLUMNS]) {
    for (int i = 0; i < COLUMNS; i++) {
        uint8_t cell[2 * CELL_BYTES_MAX + 8];
        const struct slice text = cells[i].size <= CELL_BYTES_MAX ? cells[i] : slice_of(cells[i].bytes, CELL_BYTES_MAX);
        const size_t size = csv_write_cell(text, ';', cell);
        if (i > 0) (void)fputc(';', file); /* what fails is seen when the file is kept */
        (void)fwrite(cell, 1, size, file);  /* the same */
    }
    (void)fputs("\r\n", file); /* the same */
}

static void write_csv(const struct ceremony *ceremony, FILE *file) {
    static const char *const headings[COLUMNS] = {"no", "kode_desa", "desa", "kecamatan", "nama", "no_kpj", "kode_kartu", "tanda_tangan"};
    struct slice cells[COLUMNS];
    size_t number = 0;
    for (int i = 0; i < COLUMNS; i++) cells[i] = slice_text(headings[i]);
    put_row(file, cells);
    for (size_t i = 0; i < ceremony->list->count; i++) {
        const struct card *card = &ceremony->list->cards[i], *before = i > 0 ? card - 1 : NULL;
        char row[ROW_BYTES], village[ROW_BYTES], code[CARD_CODE_SHOWN], region[9] = "-", kpj[KPJ_TEXT + 16];
        number = before != NULL && before->region == card->region && before->village == card->village ? number + 1 : 1;
        if (card->region > 0) region_format(card->region, region);
        (void)snprintf(row, sizeof row, "%zu", number); /* these fit */
        if (card->village > 0) (void)snprintf(village, sizeof village, "%s.%04u", region, card->village);
        else (void)snprintf(village, sizeof village, "%s", region);
        (void)snprintf(kpj, sizeof kpj, "%s%s", card->kpj, card->is_simulated ? " SIMULASI" : "");
        card_code_show(card->code, code);
        const struct slice written[COLUMNS] = {slice_text(row), slice_text(village), card->village_name, card->district_name, card->name, slice_text(kpj), slice_text(code), slice_text("")};
        put_row(file, written);
    }
}

static struct err write_pdf(const struct card_session *session, struct ceremony *ceremony, FILE *file) {
    const struct card_print print = {.cards = ceremony->list->cards, .count = ceremony->list->count, .agreement_id = slice_text(ceremony->options->agreement), .payer_name = session->agreement.payer_name,
                                     .today = ceremony->event.day, .event = &ceremony->event};
    return card_print_sign_off(&print, file, &ceremony->pages);
}

/* Both files or none. */
static struct err write_files(const struct card_session *session, struct ceremony *ceremony) {
    struct fresh_file pdf, csv = {.stream = NULL};
    TRY(fresh_file_open(ceremony->options->output, FRESH_PRIVATE, &pdf));
    struct err err = write_pdf(session, ceremony, pdf.stream);
    if (!failed(&err) && ceremony->options->csv != NULL) err = fresh_file_open(ceremony->options->csv, FRESH_PRIVATE, &csv);
    if (!failed(&err) && csv.stream != NULL) write_csv(ceremony, csv.stream);
    if (!failed(&err) && (fflush(pdf.stream) != 0 || ferror(pdf.stream) != 0 || (csv.stream != NULL && (fflush(csv.stream) != 0 || ferror(csv.stream) != 0))))
        err = ERR(FATAL, "the file can't be written: is the disk full?");
    if (failed(&err)) {
        fresh_file_drop(&pdf);
        if (csv.stream != NULL) fresh_file_drop(&csv);
        return err;
    }
    const struct err kept = fresh_file_keep(&pdf), other = csv.stream != NULL ? fresh_file_keep(&csv) : OK;
    return failed(&kept) ? kept : other;
}

static int tell(const struct card_session *session, const struct ceremony *ceremony) {
    const struct card_list *list = ceremony->list;
    if (session->money.json) {
        command_print_json(json_pack("{s:s,s:o,s:I,s:I,s:I,s:I}", "agreement", ceremony->options->agreement, "date", json_day(ceremony->event.day), "people", (json_int_t)list->count, "not_covered",
                                     (json_int_t)ceremony->not_covered, "without_person", (json_int_t)list->without_person, "pages", (json_int_t)ceremony->pages));
        return EXIT_OK;
    }
    printf("%zu orang, %zu halaman%s%s.\n", list->count, ceremony->pages, list->count > 0 ? ": " : "", list->count > 0 ? ceremony->options->output : "");
    if (ceremony->not_covered > 0) printf("%zu kartu sudah dicetak, tetapi perlindungannya tidak aktif pada hari itu: tidak dalam daftar.\n", ceremony->not_covered);
    if (list->without_person > 0) printf("%lld peserta tanpa data orang: tidak dalam daftar.\n", (long long)list->without_person);
    if (list->count == 0) printf("Tidak ada kartu yang perlu diserahkan.\n");
    return EXIT_OK;
}

int card_ceremony(const struct card_options *options) {
    struct card_session session;
    struct card_list list;
    struct ceremony ceremony = {.options = options, .list = &list};
    int code = card_session_open(options, &session);
    session.filter.pick = PICK_TO_HAND_OVER;
    struct err err = code == EXIT_OK ? card_register_read(&session.reg, &session.filter, session.money.arena, &list) : OK;
    if (failed(&err)) code = card_failure(&session, &err);
    else if (code == EXIT_OK && list.too_many) code = card_too_many(&session);
    else if (code == EXIT_OK) {
        ceremony.event = (struct sign_off_event){.officer = slice_text(options->officer != NULL ? options->officer : ""), .venue = slice_text(options->venue != NULL ? options->venue : ""),
                                                 .day = options->day != 0 ? options->day : day_of_business(session.money.moment.moment_ms)};
        keep_covered(&ceremony);
        err = list.count > 0 ? write_files(&session, &ceremony) : OK;
        code = failed(&err) ? card_failure(&session, &err) : tell(&session, &ceremony);
    }
    card_session_close(&session);
    paper_fonts_forget();
    return code;
}
