/* A tariff file with a mistake must not bill anybody: each mistake is refused at load, with its line and column. */
#include "tests/unit/cmocka_all.h"

#include "common/base/arena.h"
#include "services/premium/tariff.h"

#define TARIFF_HEADER "id\tsegment\tprogramme\tvalid_from\tvalid_to\tincome_from\tbase\tunit\tvalue\tregulation\tconfidence\n"
#define RELIEF_HEADER "id\tsegment\tprogrammes\tsector\tpay_ppm\tvalid_from\tvalid_to\texcluded_funds\tenabled\tregulation\tconfidence\n"
#define REGULATIONS "regulation\ttitle\teffective\nPP 44/2015\tJKK dan JKM\t2015-07-01\nPP 50/2025\tKeringanan\t2025-12-22\n"
#define A "A\tBPU\tJKK\t2015-07\t2025-12\t0\t1000000\tppm\t10000\tPP 44/2015\tV\n"
#define B "B\tBPU\tJKK\t2015-07\t2025-12\t1100000\t1200000\tppm\t10000\tPP 44/2015 Lampiran II\tV\n"
#define C "C\tBPU\tJKK\t2026-01\t\t0\t1000000\tppm\t12000\tPP 44/2015\tV\n"
#define M "M\tBPU\tJKM\t2015-07\t\t0\t0\trupiah\t6800\tPP 44/2015\tV\n"

static bool load(struct arena *arena, const char *tariff, const char *relief, struct tariff *ret_tariff, struct load_error *ret_error, const char **ret_file) {
    const struct tariff_files files = {.tariff = slice_text(tariff), .relief = slice_text(relief), .regulations = slice_text(REGULATIONS)};
    return tariff_load(&files, arena, ret_tariff, ret_error, ret_file);
}

static void a_new_tariff_starts_with_its_month(void **state) {
    struct arena *arena = arena_create(1 << 20);
    struct tariff tariff;
    struct load_error error;
    const char *file = NULL;
    assert_true(load(arena, TARIFF_HEADER A B C M, RELIEF_HEADER, &tariff, &error, &file));
    assert_int_equal(tariff_row(&tariff, SEGMENT_BPU, PROGRAMME_JKK, 202512, 5000000)->base, 1200000);
    assert_int_equal(tariff_row(&tariff, SEGMENT_BPU, PROGRAMME_JKK, 202601, 5000000)->value, 12000);
    assert_null(tariff_row(&tariff, SEGMENT_BPU, PROGRAMME_JHT, 202601, 0));
    arena_destroy(arena);
}

static void each_mistake_is_named(void **state) {
    static const struct {
        const char *mistake, *tariff, *relief, *file, *field;
        uint32_t line;
    } cases[] = {
        {"gap in time", TARIFF_HEADER A "C\tBPU\tJKK\t2026-02\t\t0\t1\tppm\t1\tPP 44/2015\tV\n", RELIEF_HEADER, "tariff-bpu.tsv", "valid_from", 3},
        {"overlap in time", TARIFF_HEADER A "C\tBPU\tJKK\t2025-12\t\t0\t1\tppm\t1\tPP 44/2015\tV\n", RELIEF_HEADER, "tariff-bpu.tsv", "valid_from", 3},
        {"after an open end", TARIFF_HEADER C "D\tBPU\tJKK\t2027-01\t\t0\t1\tppm\t1\tPP 44/2015\tV\n", RELIEF_HEADER, "tariff-bpu.tsv", "valid_from", 3},
        {"bands overlap", TARIFF_HEADER A "B\tBPU\tJKK\t2015-07\t2025-12\t0\t1200000\tppm\t10000\tPP 44/2015\tV\n", RELIEF_HEADER, "tariff-bpu.tsv", "income_from", 3},
        {"band falls", TARIFF_HEADER A "B\tBPU\tJKK\t2015-07\t2025-12\t9\t900000\tppm\t10000\tPP 44/2015\tV\n", RELIEF_HEADER, "tariff-bpu.tsv", "base", 3},
        {"first band above 0", TARIFF_HEADER B, RELIEF_HEADER, "tariff-bpu.tsv", "income_from", 2},
        {"kinds mixed", TARIFF_HEADER A M C, RELIEF_HEADER, "tariff-bpu.tsv", "programme", 4},
        {"unknown regulation", TARIFF_HEADER "A\tBPU\tJKK\t2015-07\t\t0\t1\tppm\t1\tPP 99/2015\tV\n", RELIEF_HEADER, "tariff-bpu.tsv", "regulation", 2},
        {"longer regulation", TARIFF_HEADER "A\tBPU\tJKK\t2015-07\t\t0\t1\tppm\t1\tPP 44/20155\tV\n", RELIEF_HEADER, "tariff-bpu.tsv", "regulation", 2},
        {"wrong unit", TARIFF_HEADER "A\tBPU\tJKK\t2015-07\t\t0\t1\tpercent\t1\tPP 44/2015\tV\n", RELIEF_HEADER, "tariff-bpu.tsv", "unit", 2},
        {"rate above 100 %", TARIFF_HEADER "A\tBPU\tJKK\t2015-07\t\t0\t1\tppm\t1000001\tPP 44/2015\tV\n", RELIEF_HEADER, "tariff-bpu.tsv", "value", 2},
        {"rate without base", TARIFF_HEADER "A\tBPU\tJKK\t2015-07\t\t0\t0\tppm\t1\tPP 44/2015\tV\n", RELIEF_HEADER, "tariff-bpu.tsv", "base", 2},
        {"fixed with base", TARIFF_HEADER "A\tBPU\tJKM\t2015-07\t\t0\t5\trupiah\t1\tPP 44/2015\tV\n", RELIEF_HEADER, "tariff-bpu.tsv", "base", 2},
        {"negative", TARIFF_HEADER "A\tBPU\tJKM\t2015-07\t\t0\t0\trupiah\t-1\tPP 44/2015\tV\n", RELIEF_HEADER, "tariff-bpu.tsv", "value", 2},
        {"thousands mark", TARIFF_HEADER "A\tBPU\tJKM\t2015-07\t\t0\t0\trupiah\t6.800\tPP 44/2015\tV\n", RELIEF_HEADER, "tariff-bpu.tsv", "value", 2},
        {"no month", TARIFF_HEADER "A\tBPU\tJKM\t2015-13\t\t0\t0\trupiah\t1\tPP 44/2015\tV\n", RELIEF_HEADER, "tariff-bpu.tsv", "valid_from", 2},
        {"ends before it starts", TARIFF_HEADER "A\tBPU\tJKM\t2015-07\t2015-06\t0\t0\trupiah\t1\tPP 44/2015\tV\n", RELIEF_HEADER, "tariff-bpu.tsv", "valid_to", 2},
        {"closed programme", TARIFF_HEADER "A\tBPU\tJP\t2015-07\t\t0\t0\trupiah\t1\tPP 44/2015\tV\n", RELIEF_HEADER, "tariff-bpu.tsv", "programme", 2},
        {"double id", TARIFF_HEADER A "A\tBPU\tJKM\t2015-07\t\t0\t0\trupiah\t1\tPP 44/2015\tV\n", RELIEF_HEADER, "tariff-bpu.tsv", "id", 3},
        {"column missing", TARIFF_HEADER "A\tBPU\tJKM\n", RELIEF_HEADER, "tariff-bpu.tsv", "valid_from", 2},
        {"wrong header", "id\tsegmen\n", RELIEF_HEADER, "tariff-bpu.tsv", "segment", 1},
        {"no rows", TARIFF_HEADER, RELIEF_HEADER, "tariff-bpu.tsv", "", 0},
        {"no confidence", TARIFF_HEADER "A\tBPU\tJKM\t2015-07\t\t0\t0\trupiah\t1\tPP 44/2015\t\n", RELIEF_HEADER, "tariff-bpu.tsv", "confidence", 2},
        {"two reliefs at once", TARIFF_HEADER A, RELIEF_HEADER "R\tBPU\tJKK\tANY\t500000\t2025-01\t\t\t1\tPP 50/2025\tV\nS\tBPU\tJKK\tOTHER\t500000\t2026-01\t\t\t1\tPP 50/2025\tV\n",
         "relief.tsv", "valid_from", 3},
        {"fraction of a ppm", TARIFF_HEADER A, RELIEF_HEADER "R\tBPU\tJKK\tANY\t333333\t2025-01\t\t\t1\tPP 50/2025\tV\n", "relief.tsv", "pay_ppm", 2},
        {"no relief at all", TARIFF_HEADER A, RELIEF_HEADER "R\tBPU\tJKK\tANY\t1000000\t2025-01\t\t\t1\tPP 50/2025\tV\n", "relief.tsv", "pay_ppm", 2},
        {"unknown funds", TARIFF_HEADER A, RELIEF_HEADER "R\tBPU\tJKK\tANY\t500000\t2025-01\t\tAPBX\t1\tPP 50/2025\tV\n", "relief.tsv", "excluded_funds", 2},
        {"unknown sector", TARIFF_HEADER A, RELIEF_HEADER "R\tBPU\tJKK\tOJEK\t500000\t2025-01\t\t\t1\tPP 50/2025\tV\n", "relief.tsv", "sector", 2},
        {"switch", TARIFF_HEADER A, RELIEF_HEADER "R\tBPU\tJKK\tANY\t500000\t2025-01\t\t\tyes\tPP 50/2025\tV\n", "relief.tsv", "enabled", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_create(1 << 20);
        struct tariff tariff = {0};
        struct load_error error = {0};
        const char *file = "";
        if (load(arena, cases[i].tariff, cases[i].relief, &tariff, &error, &file)) fail_msg("%s: was taken", cases[i].mistake);
        if (error.line != cases[i].line || strcmp(error.field, cases[i].field) != 0 || strcmp(file, cases[i].file) != 0)
            fail_msg("%s: %s line %u, %s: %s", cases[i].mistake, file, error.line, error.field, error.problem);
        assert_true(error.problem[0] != '\0');
        assert_null(tariff.rows);
        arena_destroy(arena);
    }
}

static void a_switch_never_lets_two_reliefs_meet(void **state) {
    struct arena *arena = arena_create(1 << 20);
    struct tariff tariff;
    struct load_error error;
    const char *file = NULL;
    assert_true(load(arena, TARIFF_HEADER C,
                     RELIEF_HEADER "R\tBPU\tJKK\tANY\t500000\t2026-01\t2026-06\tAPBN+APBD\t1\tPP 50/2025\tV\nS\tBPU\tJKK\tOTHER\t250000\t2026-06\t\t\t0\tPP 50/2025\tV\n",
                     &tariff, &error, &file));
    assert_false(relief_switch(&tariff, slice_text("S"), true));
    assert_false(relief_switch(&tariff, slice_text("T"), true));
    assert_true(relief_for(&tariff, SEGMENT_BPU, PROGRAMME_JKK, SECTOR_OTHER, FUNDS_PRIBADI, 202606) == &tariff.reliefs[0]);
    assert_null(relief_for(&tariff, SEGMENT_BPU, PROGRAMME_JKK, SECTOR_OTHER, FUNDS_APBD, 202606));
    assert_true(relief_switch(&tariff, slice_text("R"), false));
    assert_true(relief_switch(&tariff, slice_text("S"), true));
    assert_true(relief_for(&tariff, SEGMENT_BPU, PROGRAMME_JKK, SECTOR_OTHER, FUNDS_APBD, 202606) == &tariff.reliefs[1]);
    assert_null(relief_for(&tariff, SEGMENT_BPU, PROGRAMME_JKK, SECTOR_TRANSPORT, FUNDS_APBD, 202606));
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_tariff_starts_with_its_month),
        cmocka_unit_test(each_mistake_is_named),
        cmocka_unit_test(a_switch_never_lets_two_reliefs_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
