/* Any bytes as one of the tariff files (the first byte says which; the others are small and sound): refused with a line, or taken, and then every premium of every segment can
 * be computed without a CHECK, its lines adding up to its sums. Bytes behind a byte 0 are the reliefs. */
#include <stddef.h>
#include <stdint.h>

#include "common/base/check.h"
#include "common/domain/text.h"
#include "services/premium/premium.h"
#include "services/premium/tariff_view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TAIL "PP 44/2015\tV\n"
static const char *const sound[TARIFF_FILE_COUNT] = {
    [TARIFF_FILE_REGULATIONS] = "regulation\ttitle\teffective\nPP 44/2015\tJKK\t2015-07-01\n",
    [TARIFF_FILE_WAGE_CAP] = "id\tcap\tvalid_from\tvalid_to\trupiah\tregulation\tconfidence\nC\tJP\t2015-07\t2026-02\t7000000\t" TAIL,
    [TARIFF_FILE_BPU] = "id\tsegment\tprogramme\tvalid_from\tvalid_to\tincome_from\tbase\tunit\tvalue\tregulation\tconfidence\nB\tBPU\tJKK\t2015-07\t\t0\t1000000\tppm\t10000\t" TAIL,
    [TARIFF_FILE_PU] = "id\tprogramme\tshare\trisk_class\tsource\tcap\tvalid_from\tvalid_to\tunit\tvalue\tregulation\tconfidence\nP\tJP\tEMPLOYER\tANY\t\tJP\t2015-07\t\tppm\t20000\t" TAIL,
    [TARIFF_FILE_JAKON] = "id\tbasis\tprogramme\tvalid_from\tvalid_to\tslice_from\tunit\tvalue\tregulation\tconfidence\nJ\tCONTRACT\tJKK\t2015-07\t\t0\tppm\t2100\t" TAIL,
    [TARIFF_FILE_PMI] = "id\titem\tmonths\tvalid_from\tvalid_to\tunit\tvalue\tregulation\tconfidence\nM\tJHT\t1\t2015-07\t\trupiah\t50000\t" TAIL,
    [TARIFF_FILE_RELIEF] = "id\tsegments\tprogrammes\tsector\tlabour_intensive\tpay_ppm\tvalid_from\tvalid_to\texcluded_funds\tnew_member_full\tenabled\tregulation\tconfidence\n",
};

static void check_sums(const struct premium *premium) {
    rupiah total = 0, by_charge = 0;
    for (size_t i = 0; i < premium->line_count; i++) {
        const struct premium_line *line = &premium->lines[i];
        CHECK(line->months >= 1 && month_is_valid(line->from) && line->amount <= line->normal);
        if (line->charge != CHARGE_JKP) total += line->amount * line->months;
    }
    for (int charge = 0; charge < CHARGE_COUNT; charge++) by_charge += premium->by_charge[charge];
    CHECK(total == premium->total && total == by_charge && premium->by_charge[CHARGE_JKP] == 0);
}

static void ask(const struct tariff *tariff, const struct parameters *parameters, const struct premium_question *question) {
    struct premium_line lines[PREMIUM_LINES_MAX];
    struct premium premium;
    struct premium_question one = *question;
    for (int programme = 0; programme < PROGRAMME_COUNT; programme++) { /* apart, because most tables hold few programmes */
        one.programmes = programme_bit((enum programme)programme);
        if (premium_compute(tariff, parameters, &one, lines, &premium) == PREMIUM_OK) check_sums(&premium);
    }
}

static void ask_all(const struct tariff *tariff, rupiah amount, month_t start, uint32_t months) {
    struct parameters parameters = {0};
    parameters.rows[PARAMETER_VAT_PPM].value = 110000;
    parameters.rows[PARAMETER_PMI_CHEAPEST].value = months % 2;
    parameters.rows[PARAMETER_NEW_MEMBER_FULL_MONTHS].value = months % 3;
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++) {
        for (int basis = JAKON_BASIS_CONTRACT; basis <= JAKON_BASIS_WAGES; basis++) {
            const struct premium_question question = {
                .segment = (enum segment)segment, .income = amount, .sector = SECTOR_TRANSPORT, .funds = FUNDS_PRIBADI, .start_month = start, .months = months,
                .pu = {.wage = amount, .risk_class = 3, .labour_intensive = true}, .pmi = {.route = PMI_ROUTE_P3MI, .jht_monthly = 50000},
                .jakon = {.basis = (enum jakon_basis)basis, .contract_gross = amount, .wages = amount},
            };
            ask(tariff, &parameters, &question);
        }
    }
}

static void show(const struct tariff *tariff, struct arena *arena) {
    size_t all = 0, now = 0;
    (void)tariff_view(tariff, 0, arena, &all); /* only its count */
    (void)tariff_view(tariff, 202604, arena, &now);
    CHECK(now <= all && all >= tariff->row_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    if (arena == NULL) arena = arena_create(64 << 20);
    arena_reset(arena);
    if (size == 0) return 0;
    struct slice rest = slice_of(data + 1, size - 1), first = {0};
    struct tariff_files files;
    struct tariff tariff;
    struct load_error error = {0};
    const char *file = NULL;
    for (int i = 0; i < TARIFF_FILE_COUNT; i++) files.text[i] = slice_text(sound[i]);
    if (!text_split(&rest, 0, &first)) return 0;
    files.text[data[0] % TARIFF_FILE_COUNT] = first;
    if (rest.bytes != NULL) files.text[TARIFF_FILE_RELIEF] = rest;
    if (!tariff_load(&files, arena, &tariff, &error, &file)) {
        CHECK(file != NULL && error.problem[0] != '\0');
        return 0;
    }
    ask_all(&tariff, 1, 202510, 36);
    ask_all(&tariff, RUPIAH_INPUT_MAX, 201501, PREMIUM_MONTHS_MAX);
    show(&tariff, arena);
    return 0;
}
