/* What deciding and pricing one applicant costs, segment by segment, on one core: decide() and premium_compute() on applicants that differ, as a ratio to a baseline measured in the
 * same rounds (SHA-256 of 1 KiB), so that runs on different machines can be compared. The median of the rounds counts. Not a test: a busy machine would fail it.
 * usage: pure_bench [SHARE] */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/check.h"
#include "common/edge/clock.h"
#include "common/edge/share_tables.h"
#include "services/eligibility/decide.h"
#include "services/premium/premium.h"
#include "services/premium/tariff_share.h"

enum { ROUNDS = 15, APPLICANTS = 256, PASSES = 80, BASELINE_TIMES = 4000, BASELINE_BYTES = 1024, TARGET_NS = 2000, NS_A_US = 1000 };

struct world {
    struct arena *arena;
    struct occupation_table occupations;
    struct law_table law;
    struct parameters parameters;
    struct tariff tariff;
};

static void stop(const char *why) {
    fprintf(stderr, "pure_bench: %s\n", why);
    exit(1);
}

static struct world load(const char *share) {
    struct world world = {.arena = arena_create(64 << 20)};
    struct err err = share_occupations(world.arena, share, &world.occupations);
    if (!failed(&err)) err = share_law(world.arena, share, &world.law);
    if (!failed(&err)) err = share_parameters(world.arena, share, "", &world.parameters);
    if (!failed(&err)) err = tariff_open(share, world.arena, &world.tariff);
    if (failed(&err)) stop(err.text);
    return world;
}

/* ---- applicants ------------------------------------------------------------------------------------------------------------------------ */

static const struct bench_case {
    const char *name;
    enum segment segment;
    programme_set programmes;
    uint32_t months;
    enum jakon_basis basis;
} cases[] = {
    {"BPU, 12 months", SEGMENT_BPU, 7, 12, JAKON_BASIS_NONE},
    {"PU, 12 months", SEGMENT_PU, 15, 12, JAKON_BASIS_NONE},
    {"JAKON, contract", SEGMENT_JAKON, 3, 12, JAKON_BASIS_CONTRACT},
    {"JAKON, wages", SEGMENT_JAKON, 3, 12, JAKON_BASIS_WAGES},
    {"PMI, 24 months", SEGMENT_PMI, 7, 24, JAKON_BASIS_NONE},
};
enum { CASES = sizeof cases / sizeof *cases };

static const struct agreement payer = {.number = 1,
                                       .payer_region = 1708,
                                       .funds = FUNDS_APBD,
                                       .has_legal_basis = true,
                                       .period_from = 20251001,
                                       .period_to = 20281231,
                                       .months = 12,
                                       .first_month = 202510,
                                       .programmes = {[SEGMENT_BPU] = 7, [SEGMENT_PU] = 15, [SEGMENT_JAKON] = 3, [SEGMENT_PMI] = 7},
                                       .data_source = DATA_SOURCE_DTSEN,
                                       .desil_max = 4};

static struct application applicant(const struct bench_case *bench, const struct world *world, int i) {
    static const rupiah savings[] = {50000, 100000, 200000, 300000};
    const struct occupation *job = &world->occupations.rows[i % 40]; /* the first groups of the table: self-employed work */
    return (struct application){
        .attempt = 1,
        .registration_date = 20250915,
        .segment = bench->segment,
        .birth_date = 19650101 + i % 30 * 10000,
        .sex = SEX_FEMALE,
        .ktp_region = 170800 + (uint32_t)(i % 8) + 1,
        .occupation = job->code,
        .sector = job->sector,
        .income = 500000 + (rupiah)i * 90000,
        .pu = {.wage = 1500000 + (rupiah)i * 77777, .risk_class = 1 + i % 5, .employer_size = EMPLOYER_LARGE},
        .jakon = {.basis = bench->basis, .contract_net = 50000000 + (rupiah)i * 60000000, .wages = 20000000 + (rupiah)i * 1000000, .workers = 10},
        .pmi = {.route = i % 2 == 0 ? PMI_ROUTE_P3MI : PMI_ROUTE_INDIVIDUAL, .jht_monthly = savings[i % 4]},
        .programmes = bench->programmes,
        .months = bench->months,
    };
}

static rupiah decide_and_price(const struct application *application, const struct eligibility_facts *facts, const struct world *world) {
    struct verdict verdict;
    struct premium premium;
    struct premium_line lines[PREMIUM_LINES_MAX];
    decide(application, &payer, facts, &verdict);
    CHECK(verdict.status == VERDICT_ELIGIBLE);
    const struct premium_question question = {.segment = application->segment, .income = application->income, .pu = application->pu, .jakon = application->jakon, .pmi = application->pmi,
                                              .sector = application->sector, .funds = verdict.funds, .programmes = verdict.programmes, .start_month = verdict.start_month,
                                              .months = verdict.months};
    CHECK(premium_compute(&world->tariff, &world->parameters, &question, lines, &premium) == PREMIUM_OK);
    return premium.total;
}

/* ---- rounds ---------------------------------------------------------------------------------------------------------------------------- */

static int64_t run_case(const struct application applicants[APPLICANTS], const struct eligibility_facts *facts, const struct world *world, rupiah *sum) {
    const int64_t start = clock_monotonic_us();
    for (int pass = 0; pass < PASSES; pass++)
        for (int i = 0; i < APPLICANTS; i++) *sum += decide_and_price(&applicants[i], facts, world);
    return (clock_monotonic_us() - start) * NS_A_US / (PASSES * APPLICANTS);
}

static int64_t run_baseline(unsigned char bytes[BASELINE_BYTES]) {
    const int64_t start = clock_monotonic_us();
    for (int i = 0; i < BASELINE_TIMES; i++) (void)crypto_hash_sha256(bytes, bytes, BASELINE_BYTES); /* it can't fail; each hash feeds the next */
    return (clock_monotonic_us() - start) * NS_A_US / BASELINE_TIMES;
}

static int ascending(const void *a, const void *b) {
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static int64_t median(int64_t times[ROUNDS]) {
    qsort(times, ROUNDS, sizeof *times, ascending);
    return times[ROUNDS / 2];
}

int main(int argc, char **argv) {
    static struct application applicants[CASES][APPLICANTS];
    static unsigned char bytes[BASELINE_BYTES];
    static int64_t times[CASES][ROUNDS], baseline[ROUNDS];
    if (sodium_init() < 0) stop("libsodium does not start");
    const struct world world = load(argc > 1 ? argv[1] : PAYUNG_SHARE_DIR);
    const struct active_cover covers[] = {{.segment = SEGMENT_BPU, .programme = PROGRAMME_JKK, .from = 202401, .months = 12}, {.segment = SEGMENT_BPU, .programme = PROGRAMME_JKM, .from = 202401, .months = 12}};
    const struct eligibility_facts facts = {.occupations = &world.occupations, .law = &world.law, .parameters = &world.parameters, .dukcapil = DUKCAPIL_ALIVE, .dtsen = FACT_YES, .desil = 3,
                                            .civil_servant = FACT_NO, .covers = covers, .cover_count = sizeof covers / sizeof *covers};
    for (int c = 0; c < CASES; c++)
        for (int i = 0; i < APPLICANTS; i++) applicants[c][i] = applicant(&cases[c], &world, i);
    rupiah sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        baseline[round] = run_baseline(bytes);
        for (int c = 0; c < CASES; c++) times[c][round] = run_case(applicants[c], &facts, &world, &sum);
    }
    const int64_t hash_ns = median(baseline);
    printf("median of %d rounds; baseline: SHA-256 of 1 KiB %" PRId64 " ns\n", ROUNDS, hash_ns);
    for (int c = 0; c < CASES; c++) {
        const int64_t ns = median(times[c]);
        printf("  %-16s decide and price one applicant %5" PRId64 " ns, %3" PRId64 " %% of the baseline, fastest %" PRId64 " ns%s\n", cases[c].name, ns, hash_ns > 0 ? ns * 100 / hash_ns : 0,
               times[c][0], ns <= TARGET_NS ? "" : "  (above 2 us)");
    }
    printf("(%" PRId64 " rupiah in all)\n", sum); /* so that nothing is optimised away */
    arena_destroy(world.arena);
    return 0;
}
