/* What printing membership cards costs: sheets of COUNT cards of people who do not exist, in villages of a regency, and their sign-off list. It tells seconds, bytes and memory, and, with --list, what
 * each card says in the order of the file, for the test that reads every code back (tests/system/card_read_test.py). Not a test: a busy machine would fail it.
 * usage: card_bench COUNT SHEETS.pdf SIGN-OFF.pdf [--list] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "common/edge/crypto.h"
#include "services/notification/cards/card_print.h"

enum { COUNT_MAX = 100000, NAME_MAX_BYTES = 64, VILLAGES = 40, ARENA_BYTES = 256 * 1024 * 1024 };

static void stop(const char *why) {
    fprintf(stderr, "card_bench: %s\n", why);
    exit(1);
}

/* As unlike each other as names are: compression finds what repeats. */
static struct slice name_of(struct arena *arena, uint32_t number, const uint8_t *hash) {
    static const char *const first[] = {"Siti", "Budi", "Agus", "Dewi", "Rahmat", "Nur", "Yanti", "Hendra", "Wati", "Dian", "Joko", "Sri", "Eko", "Rina", "Tono", "Ayu"};
    static const char *const last[] = {"Contoh", "Aminah", "Santoso", "Lestari", "Hidayat", "Fadilah", "Susanti", "Gunawan", "Saputra", "Permata", "Wibowo", "Rahayu", "Prasetyo", "Marlina", "Siregar", "Hasan"};
    char text[NAME_MAX_BYTES];
    (void)snprintf(text, sizeof text, "%s %s %c%" PRIu32, first[hash[0] % 16], last[hash[1] % 16], 'A' + hash[2] % 26, number); /* fits */
    return arena_copy(arena, slice_text(text));
}

static struct card card_of(struct arena *arena, uint32_t number) {
    uint8_t hash[SHA256_BYTES];
    struct id keyed;
    crypto_sha256(slice_of(&number, sizeof number), hash);
    memcpy(keyed.bytes, hash, ID_BYTES);
    struct card card = {
        .code = {number, card_proof(keyed)}, .place = number, .name = name_of(arena, number, hash), .is_simulated = true, .birth_date = day_make(1960 + hash[3] % 45, 1 + hash[4] % 12, 1 + hash[5] % 28),
        .region = 170801 + hash[6] % 4, .village = 2001 + hash[7] % (VILLAGES / 4), .village_name = slice_text("Pagar Gunung"), .district_name = slice_text("Kepahiang"),
        .payer_name = slice_text("Pemkab Kepahiang"), .segment = SEGMENT_BPU, .programmes = programme_bit(PROGRAMME_JKK) | programme_bit(PROGRAMME_JKM), .start_month = 202510, .end_month = 202609, .cover = 2};
    card_simulated_number(number, card.kpj);
    return card;
}

static FILE *open_file(const char *path) {
    FILE *file = fopen(path, "wb");
    if (file == NULL) stop("a file can't be written");
    return file;
}

/* What intake does for one request. */
static void tell_single(const struct card_print *print) {
    enum { TIMES = 20, SINGLE_BYTES_MAX = 1024 * 1024 };
    static const char *const names[] = {[PAPER_PDF] = "PDF", [PAPER_PNG] = "PNG"};
    struct arena *arena = arena_create((size_t)TIMES * 2 * SINGLE_BYTES_MAX);
    for (int kind = PAPER_PDF; kind <= PAPER_PNG; kind++) {
        struct slice bytes = {0};
        const int64_t began = clock_monotonic_us();
        for (int i = 0; i < TIMES; i++) {
            arena_reset(arena);
            const struct err err = card_print_single(&print->cards[0], print->base_url, print->today, (enum paper_kind)kind, arena, SINGLE_BYTES_MAX, &bytes);
            if (failed(&err)) stop(err.text);
        }
        fprintf(stderr, "one card as %s: %.1f ms, %zu bytes\n", names[kind], (double)(clock_monotonic_us() - began) / 1e3 / TIMES, bytes.size);
    }
    arena_destroy(arena);
}

static void print_list(const struct card_print *print) {
    for (size_t i = 0; i < print->count; i++) {
        char code[CARD_CODE_TEXT];
        card_code_format(print->cards[i].code, code);
        printf("%.*s/%s;%.*s\n", SLICE_ARGS(print->base_url), code, SLICE_ARGS(print->cards[i].name));
    }
}

int main(int argc, char **argv) {
    uint64_t count = 0;
    if (argc < 4 || !text_number(slice_text(argv[1]), COUNT_MAX, &count) || count < 1) stop("usage: card_bench COUNT SHEETS.pdf SIGN-OFF.pdf [--list]");
    struct arena *arena = arena_create(ARENA_BYTES);
    struct card *cards = arena_zero(arena, count, sizeof *cards);
    for (uint32_t i = 0; i < count; i++) cards[i] = card_of(arena, i + 1);
    const struct card_print print = {.cards = cards, .count = count, .agreement_id = slice_text("kepahiang-2025"), .payer_name = slice_text("Pemkab Kepahiang"),
                                     .base_url = slice_text("https://kartu.kepahiangkab.go.id/cards"), .today = 20251115};
    FILE *sheets = open_file(argv[2]), *sign_off = open_file(argv[3]);
    size_t pages[2];
    const int64_t began = clock_monotonic_us();
    qsort(cards, count, sizeof *cards, card_compare);
    struct err err = card_print_sheets(&print, sheets, &pages[0]);
    const long bytes = ftell(sheets);
    const int64_t printed = clock_monotonic_us();
    if (!failed(&err)) err = card_print_sign_off(&print, sign_off, &pages[1]);
    if (failed(&err)) stop(err.text);
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    fprintf(stderr, "%" PRIu64 " cards: %.2f s, %.2f MB, %zu pages; sign-off %.2f s, %.2f MB, %zu pages; memory at most %.1f MiB\n", count, (double)(printed - began) / 1e6, (double)bytes / 1e6, pages[0],
            (double)(clock_monotonic_us() - printed) / 1e6, (double)ftell(sign_off) / 1e6, pages[1], (double)usage.ru_maxrss / 1024);
    if (fclose(sheets) != 0 || fclose(sign_off) != 0) stop("a file could not be written");
    tell_single(&print);
    if (argc > 4 && strcmp(argv[4], "--list") == 0) print_list(&print);
    arena_destroy(arena);
    paper_fonts_forget();
    return 0;
}
