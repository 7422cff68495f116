/* A tariff file with a mistake must not bill anybody: each mistake is refused at load, with its file, line and column. */
#include "tests/unit/tariff_fixture.h"

#define REGULATIONS_HEADER "regulation\ttitle\teffective\n"
#define REGULATIONS REGULATIONS_HEADER "PP 44/2015\tJKK dan JKM\t2015-07-01\nPP 50/2025\tKeringanan\t2025-12-22\n"
#define BPU_HEADER "id\tsegment\tprogramme\tvalid_from\tvalid_to\tincome_from\tbase\tunit\tvalue\tregulation\tconfidence\n"
#define A "A\tBPU\tJKK\t2015-07\t2025-12\t0\t1000000\tppm\t10000\tPP 44/2015\tV\n"
#define B "B\tBPU\tJKK\t2015-07\t2025-12\t1100000\t1200000\tppm\t10000\tPP 44/2015 Lampiran II\tV\n"
#define C "C\tBPU\tJKK\t2026-01\t\t0\t1000000\tppm\t12000\tPP 44/2015\tV\n"
#define M "M\tBPU\tJKM\t2015-07\t\t0\t0\trupiah\t6800\tPP 44/2015\tV\n"
#define CAP_HEADER "id\tcap\tvalid_from\tvalid_to\trupiah\tregulation\tconfidence\n"
#define CAP_1 "CAP-1\tJP\t2015-07\t2016-02\t7000000\tPP 44/2015\tV\n"
#define CAP_2 "CAP-2\tJP\t2016-03\t2017-02\t7335300\tPP 44/2015\tV\n"
#define CAP_JKP "CAP-3\tJKP\t2021-02\t\t5000000\tPP 44/2015\tV\n"
#define CAPS CAP_HEADER CAP_1 CAP_2 CAP_JKP
#define PU_HEADER "id\tprogramme\tshare\trisk_class\tsource\tcap\tvalid_from\tvalid_to\tunit\tvalue\tregulation\tconfidence\n"
#define PU_JKM "PJ\tJKM\tEMPLOYER\tANY\t\t\t2015-07\t\tppm\t3000\tPP 44/2015\tV\n"
#define PU_CLASS(n) "P" #n "\tJKK\tEMPLOYER\t" #n "\t\t\t2015-07\t\tppm\t2400\tPP 44/2015\tV\n"
#define PU_CLASSES PU_CLASS(1) PU_CLASS(2) PU_CLASS(3) PU_CLASS(4) PU_CLASS(5)
#define JAKON_HEADER "id\tbasis\tprogramme\tvalid_from\tvalid_to\tslice_from\tunit\tvalue\tregulation\tconfidence\n"
#define SLICE_1 "J1\tCONTRACT\tJKK\t2015-07\t\t0\tppm\t2100\tPP 44/2015\tV\n"
#define SLICE_2 "J2\tCONTRACT\tJKK\t2015-07\t\t100000000\tppm\t1700\tPP 44/2015\tV\n"
#define WAGES "J3\tWAGES\tJKK\t2015-07\t\t0\tppm\t17400\tPP 44/2015\tV\n"
#define PMI_HEADER "id\titem\tmonths\tvalid_from\tvalid_to\tunit\tvalue\tregulation\tconfidence\n"
#define PLACEMENT "M1\tPLACEMENT\t0\t2023-02\t\trupiah\t37500\tPP 44/2015\tV\n"
#define PACKAGE "M2\tPACKAGE\t6\t2023-02\t\trupiah\t108000\tPP 44/2015\tV\n"
#define EXCESS "M3\tEXCESS\t1\t2023-02\t\trupiah\t13500\tPP 44/2015\tV\n"
#define JHT "M4\tJHT\t1\t2023-02\t\trupiah\t50000\tPP 44/2015\tV\n"
#define RELIEF_HEADER "id\tsegments\tprogrammes\tsector\tlabour_intensive\tpay_ppm\tvalid_from\tvalid_to\texcluded_funds\tnew_member_full\tenabled\tregulation\tconfidence\n"

static const char *const sound[TARIFF_FILE_COUNT] = {
    [TARIFF_FILE_REGULATIONS] = REGULATIONS,
    [TARIFF_FILE_WAGE_CAP] = CAPS,
    [TARIFF_FILE_BPU] = BPU_HEADER A B C M,
    [TARIFF_FILE_PU] = PU_HEADER PU_CLASSES PU_JKM,
    [TARIFF_FILE_JAKON] = JAKON_HEADER SLICE_1 SLICE_2 WAGES,
    [TARIFF_FILE_PMI] = PMI_HEADER PLACEMENT PACKAGE EXCESS JHT,
    [TARIFF_FILE_RELIEF] = RELIEF_HEADER,
};

/* The sound files, one of them exchanged. */
static bool load_with(struct arena *arena, enum tariff_file changed, const char *text, struct tariff *ret_tariff, struct load_error *ret_error, const char **ret_file) {
    struct tariff_files files;
    for (int file = 0; file < TARIFF_FILE_COUNT; file++) files.text[file] = slice_text((int)changed == file ? text : sound[file]);
    return tariff_load(&files, arena, ret_tariff, ret_error, ret_file);
}

static struct tariff load(struct arena *arena, enum tariff_file changed, const char *text) {
    struct tariff tariff;
    struct load_error error;
    const char *file = "";
    if (!load_with(arena, changed, text, &tariff, &error, &file)) fail_msg("%s line %u, %s: %s", file, error.line, error.field, error.problem);
    return tariff;
}

static void a_new_tariff_starts_with_its_month(void **state) {
    struct arena *arena = arena_create(1 << 20);
    const struct tariff tariff = load(arena, TARIFF_FILE_BPU, BPU_HEADER A B C M);
    const struct tariff_series *jkk = &tariff.series[SEGMENT_BPU][JAKON_BASIS_NONE][CHARGE_JKK];
    const struct tariff_period *old = tariff_period_of(jkk, month_count(202512)), *young = tariff_period_of(jkk, month_count(202601));
    assert_int_equal(tariff_band_of(old, 1099999)->base, 1000000);
    assert_int_equal(tariff_band_of(old, 5000000)->base, 1200000);
    assert_int_equal(tariff_band_of(young, 5000000)->value, 12000);
    assert_ptr_equal(young, tariff_period_of(jkk, month_count(299911))); /* open */
    assert_null(tariff_period_of(jkk, month_count(201506)));
    assert_null(tariff_period_of(&tariff.series[SEGMENT_BPU][JAKON_BASIS_NONE][CHARGE_JHT], month_count(202601)));
    const struct tariff closed = load(arena, TARIFF_FILE_BPU, BPU_HEADER A);
    assert_null(tariff_period_of(&closed.series[SEGMENT_BPU][JAKON_BASIS_NONE][CHARGE_JKK], month_count(202601)));
    arena_destroy(arena);
}

static void the_last_cap_stays_in_force_and_is_called_stale(void **state) {
    struct arena *arena = arena_create(1 << 20);
    const struct tariff tariff = load(arena, TARIFF_FILE_WAGE_CAP, CAPS);
    bool stale = true;
    assert_int_equal(tariff_cap_of(&tariff, WAGE_CAP_JP, month_count(201602), &stale)->amount, 7000000);
    assert_false(stale);
    assert_int_equal(tariff_cap_of(&tariff, WAGE_CAP_JP, month_count(201702), &stale)->amount, 7335300);
    assert_false(stale);
    assert_int_equal(tariff_cap_of(&tariff, WAGE_CAP_JP, month_count(201703), &stale)->amount, 7335300);
    assert_true(stale);
    assert_int_equal(tariff_cap_of(&tariff, WAGE_CAP_JKP, month_count(299911), &stale)->amount, 5000000);
    assert_false(stale);
    arena_destroy(arena);
}

static void each_mistake_is_named(void **state) {
    static const struct {
        const char *mistake;
        enum tariff_file file;
        const char *text, *field;
        uint32_t line;
    } cases[] = {
        {"regulation without name", TARIFF_FILE_REGULATIONS, REGULATIONS_HEADER "\ttitle\t2015-07-01\n", "regulation", 2},
        {"no date", TARIFF_FILE_REGULATIONS, REGULATIONS_HEADER "PP 44/2015\ttitle\t2015-02-30\n", "effective", 2},
        {"regulation cut", TARIFF_FILE_REGULATIONS, REGULATIONS_HEADER "PP 44/2015\n", "title", 2},
        {"no regulations", TARIFF_FILE_REGULATIONS, "", "", 0},
        /* caps */
        {"no caps", TARIFF_FILE_WAGE_CAP, CAP_HEADER, "", 0},
        {"cap header", TARIFF_FILE_WAGE_CAP, "id\tkap\n", "cap", 1},
        {"cap cut", TARIFF_FILE_WAGE_CAP, CAP_HEADER "X\tJP\n", "valid_from", 2},
        {"cap without id", TARIFF_FILE_WAGE_CAP, CAP_HEADER "\tJP\t2015-07\t\t7000000\tPP 44/2015\tV\n", "id", 2},
        {"unknown cap", TARIFF_FILE_WAGE_CAP, CAP_HEADER "X\tJHT\t2015-07\t\t7000000\tPP 44/2015\tV\n", "cap", 2},
        {"cap without month", TARIFF_FILE_WAGE_CAP, CAP_HEADER "X\tJP\t2015-7\t\t7000000\tPP 44/2015\tV\n", "valid_from", 2},
        {"cap in thousands", TARIFF_FILE_WAGE_CAP, CAP_HEADER "X\tJP\t2015-07\t\t7000\tPP 44/2015\tV\n", "rupiah", 2},
        {"cap with dots", TARIFF_FILE_WAGE_CAP, CAP_HEADER "X\tJP\t2015-07\t\t7.000.000\tPP 44/2015\tV\n", "rupiah", 2},
        {"cap without regulation", TARIFF_FILE_WAGE_CAP, CAP_HEADER "X\tJP\t2015-07\t\t7000000\tPP 45\tV\n", "regulation", 2},
        {"cap twice", TARIFF_FILE_WAGE_CAP, CAPS CAP_1, "id", 5},
        {"caps mixed", TARIFF_FILE_WAGE_CAP, CAP_HEADER CAP_1 CAP_JKP CAP_2, "cap", 4},
        {"cap gap", TARIFF_FILE_WAGE_CAP, CAP_HEADER CAP_1 "X\tJP\t2016-04\t\t7335300\tPP 44/2015\tV\n", "valid_from", 3},
        {"cap overlap", TARIFF_FILE_WAGE_CAP, CAP_HEADER CAP_1 "X\tJP\t2016-02\t\t7335300\tPP 44/2015\tV\n", "valid_from", 3},
        /* BPU */
        {"gap in time", TARIFF_FILE_BPU, BPU_HEADER A "X\tBPU\tJKK\t2026-02\t\t0\t1\tppm\t100\tPP 44/2015\tV\n", "valid_from", 3},
        {"overlap in time", TARIFF_FILE_BPU, BPU_HEADER A "X\tBPU\tJKK\t2025-12\t\t0\t1\tppm\t100\tPP 44/2015\tV\n", "valid_from", 3},
        {"after an open end", TARIFF_FILE_BPU, BPU_HEADER C "X\tBPU\tJKK\t2027-01\t\t0\t1\tppm\t100\tPP 44/2015\tV\n", "valid_from", 3},
        {"bands overlap", TARIFF_FILE_BPU, BPU_HEADER A "X\tBPU\tJKK\t2015-07\t2025-12\t0\t1200000\tppm\t10000\tPP 44/2015\tV\n", "income_from", 3},
        {"band falls", TARIFF_FILE_BPU, BPU_HEADER A "X\tBPU\tJKK\t2015-07\t2025-12\t9\t900000\tppm\t10000\tPP 44/2015\tV\n", "base", 3},
        {"first band above 0", TARIFF_FILE_BPU, BPU_HEADER B, "income_from", 2},
        {"fixed amount above a rate", TARIFF_FILE_BPU, BPU_HEADER A "X\tBPU\tJKK\t2015-07\t2025-12\t9\t1200000\trupiah\t10000\tPP 44/2015\tV\n", "base", 3},
        {"amount after bands", TARIFF_FILE_BPU, BPU_HEADER A "X\tBPU\tJKK\t2015-07\t2025-12\t0\t0\trupiah\t10000\tPP 44/2015\tV\n", "unit", 3},
        {"another end", TARIFF_FILE_BPU, BPU_HEADER A "X\tBPU\tJKK\t2015-07\t2025-11\t1100000\t1200000\tppm\t10000\tPP 44/2015\tV\n", "valid_from", 3},
        {"kinds mixed", TARIFF_FILE_BPU, BPU_HEADER A M C, "programme", 4},
        {"another segment", TARIFF_FILE_BPU, BPU_HEADER "X\tPU\tJKK\t2015-07\t\t0\t1\tppm\t100\tPP 44/2015\tV\n", "segment", 2},
        {"unknown programme", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJHH\t2015-07\t\t0\t1\tppm\t100\tPP 44/2015\tV\n", "programme", 2},
        {"unknown regulation", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKK\t2015-07\t\t0\t1\tppm\t100\tPP 99/2015\tV\n", "regulation", 2},
        {"longer regulation", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKK\t2015-07\t\t0\t1\tppm\t100\tPP 44/20155\tV\n", "regulation", 2},
        {"wrong unit", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKK\t2015-07\t\t0\t1\tpercent\t1\tPP 44/2015\tV\n", "unit", 2},
        {"per cent called ppm", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKK\t2015-07\t\t0\t1\tppm\t1\tPP 44/2015\tV\n", "value", 2},
        {"fraction of a per cent", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKK\t2015-07\t\t0\t1\tppm\t0.24\tPP 44/2015\tV\n", "value", 2},
        {"rate above 100 %", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKK\t2015-07\t\t0\t1\tppm\t1000001\tPP 44/2015\tV\n", "value", 2},
        {"rate without base", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKK\t2015-07\t\t0\t0\tppm\t100\tPP 44/2015\tV\n", "base", 2},
        {"fixed with base", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKM\t2015-07\t\t0\t5\trupiah\t1\tPP 44/2015\tV\n", "base", 2},
        {"fixed with income", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKM\t2015-07\t\t5\t0\trupiah\t1\tPP 44/2015\tV\n", "base", 2},
        {"negative", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKM\t2015-07\t\t0\t0\trupiah\t-1\tPP 44/2015\tV\n", "value", 2},
        {"nothing", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKM\t2015-07\t\t0\t0\trupiah\t0\tPP 44/2015\tV\n", "value", 2},
        {"thousands mark", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKM\t2015-07\t\t0\t0\trupiah\t6.800\tPP 44/2015\tV\n", "value", 2},
        {"income not a number", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKK\t2015-07\t\tx\t1\tppm\t100\tPP 44/2015\tV\n", "income_from", 2},
        {"base not a number", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKK\t2015-07\t\t0\tx\tppm\t100\tPP 44/2015\tV\n", "base", 2},
        {"no month", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKM\t2015-13\t\t0\t0\trupiah\t1\tPP 44/2015\tV\n", "valid_from", 2},
        {"no last month", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKM\t2015-07\tnever\t0\t0\trupiah\t1\tPP 44/2015\tV\n", "valid_to", 2},
        {"ends before it starts", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKM\t2015-07\t2015-06\t0\t0\trupiah\t1\tPP 44/2015\tV\n", "valid_to", 2},
        {"no id", TARIFF_FILE_BPU, BPU_HEADER "\tBPU\tJKM\t2015-07\t\t0\t0\trupiah\t1\tPP 44/2015\tV\n", "id", 2},
        {"double id", TARIFF_FILE_BPU, BPU_HEADER A "A\tBPU\tJKM\t2015-07\t\t0\t0\trupiah\t1\tPP 44/2015\tV\n", "id", 3},
        {"column missing", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKM\n", "valid_from", 2},
        {"wrong header", TARIFF_FILE_BPU, "id\tsegmen\n", "segment", 1},
        {"no rows", TARIFF_FILE_BPU, BPU_HEADER, "", 0},
        {"no confidence", TARIFF_FILE_BPU, BPU_HEADER "X\tBPU\tJKM\t2015-07\t\t0\t0\trupiah\t1\tPP 44/2015\t\n", "confidence", 2},
        /* PU */
        {"id of another file", TARIFF_FILE_PU, PU_HEADER "A\tJKM\tEMPLOYER\tANY\t\t\t2015-07\t\tppm\t3000\tPP 44/2015\tV\n", "id", 2},
        {"PU programme", TARIFF_FILE_PU, PU_HEADER "X\tJKX\tEMPLOYER\tANY\t\t\t2015-07\t\tppm\t3000\tPP 44/2015\tV\n", "programme", 2},
        {"share", TARIFF_FILE_PU, PU_HEADER "X\tJKM\tBOSS\tANY\t\t\t2015-07\t\tppm\t3000\tPP 44/2015\tV\n", "share", 2},
        {"state pays JKM", TARIFF_FILE_PU, PU_HEADER "X\tJKM\tSTATE\tANY\t\t\t2015-07\t\tppm\t3000\tPP 44/2015\tV\n", "share", 2},
        {"employer pays JKP", TARIFF_FILE_PU, PU_HEADER "X\tJKP\tEMPLOYER\tANY\t\t\t2015-07\t\tppm\t3000\tPP 44/2015\tV\n", "share", 2},
        {"recomposition of nothing", TARIFF_FILE_PU, PU_HEADER "X\tJKP\tRECOMPOSITION\tANY\t\t\t2015-07\t\tppm\t3000\tPP 44/2015\tV\n", "source", 2},
        {"source of an employer", TARIFF_FILE_PU, PU_HEADER "X\tJKM\tEMPLOYER\tANY\tJKK\t\t2015-07\t\tppm\t3000\tPP 44/2015\tV\n", "source", 2},
        {"class 6", TARIFF_FILE_PU, PU_HEADER "X\tJKK\tEMPLOYER\t6\t\t\t2015-07\t\tppm\t3000\tPP 44/2015\tV\n", "risk_class", 2},
        {"class 0", TARIFF_FILE_PU, PU_HEADER "X\tJKK\tEMPLOYER\t0\t\t\t2015-07\t\tppm\t3000\tPP 44/2015\tV\n", "risk_class", 2},
        {"class 4 missing", TARIFF_FILE_PU, PU_HEADER PU_CLASS(1) PU_CLASS(2) PU_CLASS(3) PU_CLASS(5) PU_JKM, "risk_class", 6},
        {"class 5 missing at the end", TARIFF_FILE_PU, PU_HEADER PU_CLASS(1) PU_CLASS(2) PU_CLASS(3) PU_CLASS(4), "risk_class", 5},
        {"class twice", TARIFF_FILE_PU, PU_HEADER PU_CLASSES "X\tJKK\tEMPLOYER\t1\t\t\t2015-07\t\tppm\t3000\tPP 44/2015\tV\n", "risk_class", 7},
        {"class twice and one missing", TARIFF_FILE_PU, PU_HEADER PU_CLASS(1) PU_CLASS(2) PU_CLASS(3) PU_CLASS(4) "X\tJKK\tEMPLOYER\t1\t\t\t2015-07\t\tppm\t3000\tPP 44/2015\tV\n", "risk_class", 6},
        {"share twice", TARIFF_FILE_PU, PU_HEADER PU_JKM "X\tJKM\tEMPLOYER\tANY\t\t\t2015-07\t\tppm\t3000\tPP 44/2015\tV\n", "risk_class", 3},
        {"class beside ANY", TARIFF_FILE_PU, PU_HEADER PU_JKM "X\tJKM\tEMPLOYER\t1\t\t\t2015-07\t\tppm\t3000\tPP 44/2015\tV\n", "risk_class", 3},
        {"unknown cap of the wage", TARIFF_FILE_PU, PU_HEADER "X\tJKM\tEMPLOYER\tANY\t\tJKM\t2015-07\t\tppm\t3000\tPP 44/2015\tV\n", "cap", 2},
        {"before the first cap", TARIFF_FILE_PU, PU_HEADER "X\tJP\tEMPLOYER\tANY\t\tJP\t2015-06\t\tppm\t3000\tPP 44/2015\tV\n", "cap", 2},
        {"rupiah in PU", TARIFF_FILE_PU, PU_HEADER "X\tJKM\tEMPLOYER\tANY\t\t\t2015-07\t\trupiah\t3000\tPP 44/2015\tV\n", "unit", 2},
        {"PU value", TARIFF_FILE_PU, PU_HEADER "X\tJKM\tEMPLOYER\tANY\t\t\t2015-07\t\tppm\t0,3\tPP 44/2015\tV\n", "value", 2},
        {"PU month", TARIFF_FILE_PU, PU_HEADER "X\tJKM\tEMPLOYER\tANY\t\t\t07-2015\t\tppm\t3000\tPP 44/2015\tV\n", "valid_from", 2},
        /* JAKON */
        {"basis", TARIFF_FILE_JAKON, JAKON_HEADER "X\tNET\tJKK\t2015-07\t\t0\tppm\t2100\tPP 44/2015\tV\n", "basis", 2},
        {"jakon programme", TARIFF_FILE_JAKON, JAKON_HEADER "X\tCONTRACT\t\t2015-07\t\t0\tppm\t2100\tPP 44/2015\tV\n", "programme", 2},
        {"slice not a number", TARIFF_FILE_JAKON, JAKON_HEADER "X\tCONTRACT\tJKK\t2015-07\t\t1e8\tppm\t2100\tPP 44/2015\tV\n", "slice_from", 2},
        {"first slice above 0", TARIFF_FILE_JAKON, JAKON_HEADER SLICE_2, "slice_from", 2},
        {"slices overlap", TARIFF_FILE_JAKON, JAKON_HEADER SLICE_1 "X\tCONTRACT\tJKK\t2015-07\t\t0\tppm\t1700\tPP 44/2015\tV\n", "slice_from", 3},
        {"half a rupiah at an edge", TARIFF_FILE_JAKON, JAKON_HEADER SLICE_1 "X\tCONTRACT\tJKK\t2015-07\t\t100000100\tppm\t1700\tPP 44/2015\tV\n", "slice_from", 3},
        {"slices of wages", TARIFF_FILE_JAKON, JAKON_HEADER WAGES "X\tWAGES\tJKK\t2015-07\t\t100000000\tppm\t1700\tPP 44/2015\tV\n", "slice_from", 3},
        {"rupiah in Jakon", TARIFF_FILE_JAKON, JAKON_HEADER "X\tWAGES\tJKK\t2015-07\t\t0\trupiah\t1700\tPP 44/2015\tV\n", "unit", 2},
        /* PMI */
        {"item", TARIFF_FILE_PMI, PMI_HEADER "X\tPACKET\t6\t2023-02\t\trupiah\t108000\tPP 44/2015\tV\n", "item", 2},
        {"no item", TARIFF_FILE_PMI, PMI_HEADER "X\t\t0\t2023-02\t\trupiah\t108000\tPP 44/2015\tV\n", "item", 2},
        {"months not a number", TARIFF_FILE_PMI, PMI_HEADER "X\tPACKAGE\tsix\t2023-02\t\trupiah\t108000\tPP 44/2015\tV\n", "months", 2},
        {"package of no months", TARIFF_FILE_PMI, PMI_HEADER "X\tPACKAGE\t0\t2023-02\t\trupiah\t108000\tPP 44/2015\tV\n", "months", 2},
        {"excess of two months", TARIFF_FILE_PMI, PMI_HEADER "X\tEXCESS\t2\t2023-02\t\trupiah\t108000\tPP 44/2015\tV\n", "months", 2},
        {"ppm in PMI", TARIFF_FILE_PMI, PMI_HEADER "X\tEXCESS\t1\t2023-02\t\tppm\t10800\tPP 44/2015\tV\n", "unit", 2},
        {"items out of order", TARIFF_FILE_PMI, PMI_HEADER PACKAGE PLACEMENT EXCESS, "item", 3},
        {"packages out of order", TARIFF_FILE_PMI, PMI_HEADER PLACEMENT PACKAGE "X\tPACKAGE\t6\t2023-02\t\trupiah\t189000\tPP 44/2015\tV\n", "months", 4},
        {"two placements", TARIFF_FILE_PMI, PMI_HEADER PLACEMENT "X\tPLACEMENT\t0\t2023-02\t\trupiah\t37501\tPP 44/2015\tV\n" PACKAGE EXCESS, "item", 5},
        {"amount of JHT twice", TARIFF_FILE_PMI, PMI_HEADER JHT "X\tJHT\t1\t2023-02\t\trupiah\t50000\tPP 44/2015\tV\n", "value", 3},
        {"no placement", TARIFF_FILE_PMI, PMI_HEADER PACKAGE EXCESS JHT, "item", 4},
        {"no package", TARIFF_FILE_PMI, PMI_HEADER PLACEMENT EXCESS, "item", 3},
        {"no excess", TARIFF_FILE_PMI, PMI_HEADER PLACEMENT PACKAGE, "item", 3},
        {"PMI mixed", TARIFF_FILE_PMI, PMI_HEADER JHT PLACEMENT PACKAGE EXCESS "X\tJHT\t1\t2023-02\t\trupiah\t100000\tPP 44/2015\tV\n", "item", 6},
        /* reliefs */
        {"relief cut", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tBPU\n", "programmes", 2},
        {"relief header", TARIFF_FILE_RELIEF, "id\tsegment\n", "segments", 1},
        {"relief without id", TARIFF_FILE_RELIEF, RELIEF_HEADER "\tBPU\tJKK\tANY\tANY\t500000\t2025-01\t\t\t0\t1\tPP 50/2025\tV\n", "id", 2},
        {"relief twice", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tBPU\tJKK\tANY\tANY\t500000\t2025-01\t\t\t0\t1\tPP 50/2025\tV\nR\tPU\tJKK\tANY\tANY\t500000\t2025-01\t\t\t0\t1\tPP 50/2025\tV\n", "id", 3},
        {"unknown segment", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tBPU+\tJKK\tANY\tANY\t500000\t2025-01\t\t\t0\t1\tPP 50/2025\tV\n", "segments", 2},
        {"no programme", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tBPU\t\tANY\tANY\t500000\t2025-01\t\t\t0\t1\tPP 50/2025\tV\n", "programmes", 2},
        {"relief of JKP", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tPU\tJKP\tANY\tANY\t500000\t2025-01\t\t\t0\t1\tPP 50/2025\tV\n", "programmes", 2},
        {"two reliefs at once", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tBPU\tJKK\tANY\tANY\t500000\t2025-01\t\t\t0\t1\tPP 50/2025\tV\nS\tBPU\tJKK\tOTHER\tANY\t500000\t2026-01\t\t\t0\t1\tPP 50/2025\tV\n",
         "valid_from", 3},
        {"two reliefs of one employer", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tPU\tJKK\tANY\t1\t500000\t2025-01\t\t\t0\t1\tPP 50/2025\tV\nS\tPU+BPU\tJKK\tANY\tANY\t500000\t2026-01\t\t\t0\t1\tPP 50/2025\tV\n",
         "valid_from", 3},
        {"fraction of a ppm", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tBPU\tJKK\tANY\tANY\t333333\t2025-01\t\t\t0\t1\tPP 50/2025\tV\n", "pay_ppm", 2},
        {"per cent of a relief", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tBPU\tJKK\tANY\tANY\t50\t2025-01\t\t\t0\t1\tPP 50/2025\tV\n", "pay_ppm", 2},
        {"fraction of a percent", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tBPU\tJKK\tANY\tANY\t0.5\t2025-01\t\t\t0\t1\tPP 50/2025\tV\n", "pay_ppm", 2},
        {"no relief at all", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tBPU\tJKK\tANY\tANY\t1000000\t2025-01\t\t\t0\t1\tPP 50/2025\tV\n", "pay_ppm", 2},
        {"unknown funds", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tBPU\tJKK\tANY\tANY\t500000\t2025-01\t\tAPBX\t0\t1\tPP 50/2025\tV\n", "excluded_funds", 2},
        {"unknown sector", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tBPU\tJKK\tOJEK\tANY\t500000\t2025-01\t\t\t0\t1\tPP 50/2025\tV\n", "sector", 2},
        {"employer", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tPU\tJKK\tANY\tyes\t500000\t2025-01\t\t\t0\t1\tPP 50/2025\tV\n", "labour_intensive", 2},
        {"relief without month", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tPU\tJKK\tANY\tANY\t500000\t\t\t\t0\t1\tPP 50/2025\tV\n", "valid_from", 2},
        {"new members", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tBPU\tJKK\tANY\tANY\t500000\t2025-01\t\t\t2\t1\tPP 50/2025\tV\n", "new_member_full", 2},
        {"switch", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tBPU\tJKK\tANY\tANY\t500000\t2025-01\t\t\t0\tyes\tPP 50/2025\tV\n", "enabled", 2},
        {"relief without regulation", TARIFF_FILE_RELIEF, RELIEF_HEADER "R\tBPU\tJKK\tANY\tANY\t500000\t2025-01\t\t\t0\t1\tPP 51/2025\tV\n", "regulation", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_create(1 << 20);
        struct tariff tariff = {0};
        struct load_error error = {0};
        const char *file = "";
        if (load_with(arena, cases[i].file, cases[i].text, &tariff, &error, &file)) fail_msg("%s: was taken", cases[i].mistake);
        if (error.line != cases[i].line || strcmp(error.field, cases[i].field) != 0 || strcmp(file, tariff_file_name(cases[i].file)) != 0)
            fail_msg("%s: %s line %u, %s: %s", cases[i].mistake, file, error.line, error.field, error.problem);
        assert_true(error.problem[0] != '\0');
        assert_null(tariff.rows);
        arena_destroy(arena);
    }
}

static const struct relief *relief_of(const struct tariff *tariff, enum sector sector, enum funds funds, int32_t *ret_last) {
    const struct relief_question question = {.segment = SEGMENT_BPU, .programmes = programme_bit(PROGRAMME_JKK), .sector = sector, .funds = funds, .paid_in_full_to = INT32_MIN};
    return relief_for(tariff, &question, month_count(202606), ret_last);
}

static void a_switch_never_lets_two_reliefs_meet(void **state) {
    struct arena *arena = arena_create(1 << 20);
    int32_t last = 0;
    struct tariff tariff = load(arena, TARIFF_FILE_RELIEF,
                                RELIEF_HEADER "R\tBPU\tJKK\tANY\tANY\t500000\t2026-01\t2026-06\tAPBN+APBD\t0\t1\tPP 50/2025\tV\n"
                                              "S\tBPU\tJKK\tOTHER\tANY\t250000\t2026-06\t\t\t0\t0\tPP 50/2025\tV\n");
    assert_false(relief_switch(&tariff, slice_text("S"), true));
    assert_false(relief_switch(&tariff, slice_text("T"), true));
    assert_ptr_equal(relief_of(&tariff, SECTOR_OTHER, FUNDS_PRIBADI, &last), &tariff.reliefs[0]);
    assert_int_equal(last, month_count(202606));
    assert_null(relief_of(&tariff, SECTOR_OTHER, FUNDS_APBD, &last));
    assert_int_equal(last, MONTH_COUNT_OPEN);
    assert_true(relief_switch(&tariff, slice_text("R"), false));
    assert_true(relief_switch(&tariff, slice_text("S"), true));
    assert_ptr_equal(relief_of(&tariff, SECTOR_OTHER, FUNDS_APBD, &last), &tariff.reliefs[1]);
    assert_null(relief_of(&tariff, SECTOR_TRANSPORT, FUNDS_APBD, &last));
    arena_destroy(arena);
}

static void reliefs_of_different_employers_never_meet(void **state) {
    struct arena *arena = arena_create(1 << 20);
    const struct tariff tariff = load(arena, TARIFF_FILE_RELIEF,
                                      RELIEF_HEADER "R\tPU\tJKK\tANY\t1\t500000\t2026-01\t\t\t0\t1\tPP 50/2025\tV\nS\tPU\tJKK\tANY\t0\t250000\t2026-01\t\t\t0\t1\tPP 50/2025\tV\n"
                                                    "T\tBPU\tJKK\tTRANSPORT\tANY\t500000\t2026-01\t\t\t0\t1\tPP 50/2025\tV\nU\tBPU\tJKK\tOTHER\tANY\t250000\t2026-01\t\t\t0\t1\tPP 50/2025\tV\n");
    for (int i = 0; i < 2; i++) {
        int32_t last = 0;
        const struct relief_question question = {.segment = SEGMENT_PU, .programmes = programme_bit(PROGRAMME_JKK), .labour_intensive = i == 0, .paid_in_full_to = INT32_MIN};
        assert_ptr_equal(relief_for(&tariff, &question, month_count(202606), &last), &tariff.reliefs[i]);
    }
    arena_destroy(arena);
}

static void a_wage_without_its_cap_is_refused(void **state) {
    struct arena *arena = arena_create(1 << 20);
    struct tariff tariff = {0};
    struct load_error error = {0};
    const char *file = "";
    struct tariff_files files;
    for (int i = 0; i < TARIFF_FILE_COUNT; i++) files.text[i] = slice_text(sound[i]);
    files.text[TARIFF_FILE_WAGE_CAP] = slice_text(CAP_HEADER CAP_JKP);
    files.text[TARIFF_FILE_PU] = slice_text(PU_HEADER "X\tJP\tEMPLOYER\tANY\t\tJP\t2022-07\t\tppm\t3000\tPP 44/2015\tV\n");
    assert_false(tariff_load(&files, arena, &tariff, &error, &file));
    assert_string_equal(file, "tariff-pu.tsv");
    assert_string_equal(error.field, "cap");
    arena_destroy(arena);
}

static void too_many_rows_and_reliefs_are_refused(void **state) {
    enum { LINES = 4200, LINE_MAX = 96 };
    struct arena *arena = arena_create(16 << 20);
    char *text = arena_take(arena, LINES * LINE_MAX);
    struct tariff tariff = {0};
    struct load_error error = {0};
    const char *file = "";
    size_t size = (size_t)snprintf(text, LINE_MAX * 2, "%s", BPU_HEADER);
    for (int i = 0; i < LINES - 10; i++) size += (size_t)snprintf(text + size, LINE_MAX, "%d\tBPU\tJKK\t2015-07\t\t%d\t%d\tppm\t10000\tPP 44/2015\tV\n", i, i, i + 1);
    assert_false(load_with(arena, TARIFF_FILE_BPU, text, &tariff, &error, &file));
    assert_non_null(strstr(error.problem, "4096"));
    size = (size_t)snprintf(text, LINE_MAX * 2, "%s", RELIEF_HEADER);
    for (int i = 0; i <= RELIEFS_MAX; i++) size += (size_t)snprintf(text + size, LINE_MAX, "%d\tBPU\tJKK\tANY\tANY\t500000\t2015-07\t\t\t0\t0\tPP 44/2015\tV\n", i);
    assert_false(load_with(arena, TARIFF_FILE_RELIEF, text, &tariff, &error, &file));
    assert_non_null(strstr(error.problem, "64"));
    arena_destroy(arena);
}

static void a_relief_must_leave_whole_rupiah_at_the_edges_of_a_contract(void **state) {
    struct arena *arena = arena_create(1 << 20);
    struct tariff tariff = {0};
    struct load_error error = {0};
    const char *file = "";
    struct tariff_files files;
    for (int i = 0; i < TARIFF_FILE_COUNT; i++) files.text[i] = slice_text(sound[i]);
    files.text[TARIFF_FILE_JAKON] = slice_text(JAKON_HEADER SLICE_1 "X\tCONTRACT\tJKK\t2015-07\t\t10000\tppm\t1700\tPP 44/2015\tV\n"); /* 10,000 x 2,100 ppm = Rp21 */
    files.text[TARIFF_FILE_RELIEF] = slice_text(RELIEF_HEADER "R\tJAKON\tJKK\tANY\tANY\t500000\t2025-01\t\t\t0\t1\tPP 50/2025\tV\n"); /* half of it */
    assert_false(tariff_load(&files, arena, &tariff, &error, &file));
    assert_string_equal(error.field, "pay_ppm");
    files.text[TARIFF_FILE_JAKON] = slice_text(JAKON_HEADER SLICE_1 "X\tCONTRACT\tJKK\t2015-07\t\t20000\tppm\t1700\tPP 44/2015\tV\n"); /* Rp42 */
    assert_true(tariff_load(&files, arena, &tariff, &error, &file));
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_tariff_starts_with_its_month),
        cmocka_unit_test(the_last_cap_stays_in_force_and_is_called_stale),
        cmocka_unit_test(each_mistake_is_named),
        cmocka_unit_test(a_switch_never_lets_two_reliefs_meet),
        cmocka_unit_test(reliefs_of_different_employers_never_meet),
        cmocka_unit_test(a_wage_without_its_cap_is_refused),
        cmocka_unit_test(too_many_rows_and_reliefs_are_refused),
        cmocka_unit_test(a_relief_must_leave_whole_rupiah_at_the_edges_of_a_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
