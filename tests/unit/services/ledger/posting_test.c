/* Who is in and who waits, without a database: the money vectors of domain.md 8.6, and that posting takes nothing that contradicts itself. */
#include "services/ledger/posting.h"

#include "tests/system/ledger_fixture.h"
#include "tests/unit/cmocka_all.h"

enum { MOMENT_S = 1757912400 };

static struct arena *arena;
static const struct agreement agreement = {.number = 1, .id = {(const uint8_t *)"satu", 4}, .payer_kind = {(const uint8_t *)"PEMKAB", 6}, .payer_name = {(const uint8_t *)"Pemkab Satu", 11},
                                           .payer_region = 1708, .funds = FUNDS_APBD, .period_from = 20251001, .period_to = 20260930, .months = 12, .first_month = 202510};
static const struct agreement same_payer = {.number = 2, .id = {(const uint8_t *)"satu-lagi", 9}, .payer_kind = {(const uint8_t *)"PEMKAB", 6},
                                            .payer_name = {(const uint8_t *)"Pemkab Satu", 11}, .payer_region = 1708};

/* An office of the same government has another name: it is another payer. */
static const struct agreement other_office = {.number = 6, .id = {(const uint8_t *)"dinas", 5}, .payer_kind = {(const uint8_t *)"PEMKAB", 6},
                                              .payer_name = {(const uint8_t *)"Dinas Satu", 10}, .payer_region = 1708};

static int set_up(void **state) {
    (void)state;
    arena = arena_create(FIXTURE_ARENA_BYTES);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    arena_destroy(arena);
    return 0;
}

static struct posting *start(size_t items, rupiah pagu, int64_t quota, int64_t waitlisted) {
    struct posting *posting = posting_start(arena, items, 9, (int64_t)MOMENT_S * 1000);
    const struct posting_account account = {.agreement = &agreement, .agreement_no = 1, .pagu = pagu, .quota = quota, .waitlisted = waitlisted, .tickets = waitlisted};
    posting_add_account(posting, &account);
    posting_add_account(posting, &(struct posting_account){.quota = -1});
    return posting;
}

static const struct outcome *post(struct posting *posting, const struct fixture_item *item) {
    const struct lineage lineage = {.epoch = 1, .origin = (int64_t)posting->row_count};
    const struct posting_question question = {.lineage = lineage, .parked = item->parked, .priced = item->unreadable ? NULL : fixture_priced(arena, item, &lineage)};
    struct decided *decided = arena_take(arena, sizeof *decided);
    assert_int_equal(posting_decide(posting, &question, decided), POSTING_DONE);
    return &decided->outcome;
}

static void the_money_vectors_hold(void **state) {
    (void)state;
    static const struct {
        const char *id;
        rupiah pagu;
        uint32_t months, people;
        int64_t accepted;
        rupiah left;
    } vectors[] = {
        {"Q01", 400000000, 12, 1990, 1984, 25600}, {"Q02", 100000000, 3, 1990, 1984, 6400}, {"Q04", 400000000, 12, 2000, 1984, 25600}, {"Q05", 201599, 12, 3, 0, 201599},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct posting *posting = start(vectors[i].people, vectors[i].pagu, -1, 0);
        for (uint32_t k = 0; k < vectors[i].people; k++) {
            const struct outcome *outcome = post(posting, &(struct fixture_item){.person = k + 1, .months = vectors[i].months});
            assert_int_equal(outcome->status, k < vectors[i].accepted ? OUTCOME_ACCEPTED : OUTCOME_WAITLISTED);
            assert_int_equal(outcome->rank, k < vectors[i].accepted ? 0 : k - vectors[i].accepted + 1);
        }
        const struct posting_account *account = posting->accounts[1];
        assert_int_equal(account->sums.heads, vectors[i].accepted);
        assert_int_equal(vectors[i].pagu - account->sums.committed[PROGRAMME_JKK] - account->sums.committed[PROGRAMME_JKM], vectors[i].left);
    }
}

static void debits_equal_credits(void **state) {
    (void)state;
    struct posting *posting = start(3, 1000000, -1, 0);
    for (uint32_t i = 1; i <= 3; i++) (void)post(posting, &(struct fixture_item){.person = i});
    struct entry_row entries[SUMS_ENTRIES_MAX];
    const size_t count = posting_entries(arena, posting->accounts[1], entries);
    assert_int_equal(count, 3);
    assert_true(slice_is(entries[0].account, "KOMITMEN:satu") && entries[0].amount == 604800);
    assert_true(slice_is(entries[1].account, "IURAN-KOMITMEN:JKK") && entries[1].amount == -360000);
    assert_true(slice_is(entries[2].account, "IURAN-KOMITMEN:JKM") && entries[2].amount == -244800);
    assert_int_equal(posting_entries(arena, posting->accounts[0], entries), 0);
}

/* U01, J04, M01 and M10 of domain.md 8: shares are summed, what is once is charged once, the package stands beside the programmes. */
static void each_segment_has_its_charges(void **state) {
    (void)state;
    static const struct {
        struct fixture_item item;
        rupiah charges[LEDGER_CHARGES];
        uint16_t cover[LEDGER_PROGRAMMES]; /* of 2025: October to December */
    } vectors[] = {
        {{.person = 1, .segment = SEGMENT_PU}, {144000, 180000, 3420000, 1800000, 0}, {0xE00, 0xE00, 0xE00, 0xE00}},
        {{.person = 2, .segment = SEGMENT_JAKON}, {550000, 70000, 0, 0, 0}, {0xE00, 0xE00, 0, 0}},
        {{.person = 3, .segment = SEGMENT_PMI}, {0, 0, 0, 0, 370000}, {0xE00, 0xE00, 0, 0}},
        {{.person = 4, .segment = SEGMENT_PMI, .programmes = 7}, {0, 0, 2400000, 0, 370000}, {0xE00, 0xE00, 0xE00, 0}},
    };
    rupiah total = 0, charges[LEDGER_CHARGES] = {0};
    struct posting *posting = start(4, 100000000, -1, 0);
    for (size_t i = 0; i < 4; i++) {
        rupiah own = 0;
        for (int k = 0; k < LEDGER_CHARGES; k++) own += vectors[i].charges[k], charges[k] += vectors[i].charges[k];
        const struct outcome *outcome = post(posting, &vectors[i].item);
        assert_int_equal(outcome->status, OUTCOME_ACCEPTED);
        assert_int_equal(outcome->amount, own);
        assert_memory_equal(posting->rows[i].by_charge, vectors[i].charges, sizeof vectors[i].charges);
        assert_int_equal(posting->rows[i].amount, own);
        rupiah lined[LEDGER_CHARGES];
        assert_true(canonical_lines_add_up(posting->rows[i].lines, lined));
        assert_memory_equal(lined, vectors[i].charges, sizeof lined);
        for (size_t k = 0; k < posting->cover_count; k++)
            if (memcmp(posting->covers[k]->person.bytes, posting->rows[i].person.bytes, TOKEN_BYTES) == 0 && posting->covers[k]->year == 2025)
                assert_memory_equal(posting->covers[k]->added, vectors[i].cover, sizeof vectors[i].cover);
        total += own;
    }
    struct entry_row entries[SUMS_ENTRIES_MAX];
    static const char *const accounts[] = {"KOMITMEN:satu", "IURAN-KOMITMEN:JKK", "IURAN-KOMITMEN:JKM", "IURAN-KOMITMEN:JHT", "IURAN-KOMITMEN:JP", "IURAN-KOMITMEN:PACKAGE"};
    assert_int_equal(posting_entries(arena, posting->accounts[1], entries), sizeof accounts / sizeof *accounts);
    for (size_t i = 0; i < sizeof accounts / sizeof *accounts; i++) {
        assert_true(slice_is(entries[i].account, accounts[i]));
        assert_int_equal(entries[i].amount, i == 0 ? total : -charges[i - 1]);
        assert_int_equal(entries[i].line, i + 1);
    }
}

/* A package alone is money too: it meets the pagu, and who waits knows what it would cost. */
static void a_package_asks_the_budget(void **state) {
    (void)state;
    struct posting *posting = start(3, 739999, -1, 0);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 1, .segment = SEGMENT_PMI})->status, OUTCOME_ACCEPTED);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 2, .segment = SEGMENT_PMI})->status, OUTCOME_WAITLISTED);
    assert_int_equal(posting->rows[1].by_charge[LEDGER_PACKAGE], 370000);
    assert_int_equal(posting->rows[1].amount, 0);
    const struct outcome *again = post(posting, &(struct fixture_item){.person = 1, .segment = SEGMENT_PMI});
    assert_true(again->repeat && again->amount == 370000);
    assert_int_equal(posting->rows[2].by_charge[LEDGER_PACKAGE], 370000);
}

/* An agreement pays JHT for migrant workers; who saves nothing a month has none. Nobody else is covered for what no line pays. */
static void nobody_is_covered_for_what_nobody_pays(void **state) {
    (void)state;
    const struct lineage lineage = {.epoch = 1};
    struct posting *posting = start(2, 100000000, -1, 0);
    struct priced *priced = fixture_priced(arena, &(struct fixture_item){.person = 1, .segment = SEGMENT_PMI}, &lineage);
    struct decided decided;
    priced->verdict.programmes = 7;
    assert_int_equal(posting_decide(posting, &(struct posting_question){.lineage = lineage, .priced = priced}, &decided), POSTING_DONE);
    assert_true(decided.outcome.status == OUTCOME_ACCEPTED && decided.outcome.programmes == 3 && decided.outcome.amount == 370000);
    assert_int_equal(posting->covers[0]->added[PROGRAMME_JHT], 0);
    priced = fixture_priced(arena, &(struct fixture_item){.person = 2}, &lineage);
    priced->verdict.programmes = 7; /* BPU with JHT, which no line charges */
    assert_int_equal(posting_decide(posting, &(struct posting_question){.lineage = lineage, .priced = priced}, &decided), POSTING_UNUSABLE);
}

/* The same token in another segment is another cover: an employee may have a trade of her own. */
static void segments_do_not_cover_each_other(void **state) {
    (void)state;
    struct posting *posting = start(3, 100000000, -1, 0);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 1, .segment = SEGMENT_PU})->status, OUTCOME_ACCEPTED);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 1, .application = 2})->status, OUTCOME_ACCEPTED);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 1, .application = 3, .segment = SEGMENT_PU})->status, OUTCOME_DUPLICATE);
}

static void whoever_comes_behind_a_waiting_one_waits_too(void **state) {
    (void)state;
    struct posting *posting = start(4, 250000, -1, 0);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 1})->status, OUTCOME_ACCEPTED);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 2})->status, OUTCOME_WAITLISTED);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 3, .months = 1})->status, OUTCOME_WAITLISTED); /* the rest would have paid it */
    posting = start(4, 100000000, -1, 5);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 4})->rank, 6);
    posting = start(4, 100000000, 0, 0);
    assert_true(code_set_has(post(posting, &(struct fixture_item){.person = 5})->codes, CODE_Q60));
}

static void twelve_months_from_october_are_two_years(void **state) {
    (void)state;
    struct posting *posting = start(1, 1000000, -1, 0);
    (void)post(posting, &(struct fixture_item){.person = 1});
    struct posting_cover **covers;
    assert_int_equal(posting_covers(posting, &covers), 2);
    assert_int_equal(covers[0]->year, 2025);
    assert_int_equal(covers[0]->added[PROGRAMME_JKK], 0xE00);
    assert_int_equal(covers[1]->added[PROGRAMME_JKM], 0x1FF);
    assert_int_equal(covers[1]->added[PROGRAMME_JHT], 0);
}

static void a_cover_of_another_payer_is_e21_and_of_the_same_e22(void **state) {
    (void)state;
    static const uint16_t december[LEDGER_PROGRAMMES] = {0x800, 0, 0, 0}, september[LEDGER_PROGRAMMES] = {0x100, 0x100, 0, 0};
    static const struct {
        int32_t number;
        const struct agreement *holder;
        const uint16_t *months;
        enum outcome_status status;
    } vectors[] = {{5, NULL, december, OUTCOME_REJECTED}, {2, &same_payer, december, OUTCOME_DUPLICATE}, {5, NULL, september, OUTCOME_ACCEPTED},
                 {1, NULL, december, OUTCOME_DUPLICATE}, {6, &other_office, december, OUTCOME_REJECTED}};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct posting *posting = start(1, 1000000, -1, 0);
        const struct lineage lineage = {.epoch = 1};
        const struct priced *priced = fixture_priced(arena, &(struct fixture_item){.person = 1}, &lineage);
        posting_add_cover(posting, priced->application.person, SEGMENT_BPU, 2025, vectors[i].number, vectors[i].holder, vectors[i].months);
        assert_int_equal(post(posting, &(struct fixture_item){.person = 1})->status, vectors[i].status);
        assert_int_equal(posting->rows[0].message_due.bytes == NULL, vectors[i].status == OUTCOME_DUPLICATE);
    }
}

static void the_same_application_twice_in_a_batch_is_charged_once(void **state) {
    (void)state;
    struct posting *posting = start(3, 1000000, -1, 0);
    (void)post(posting, &(struct fixture_item){.person = 1});
    const struct outcome *again = post(posting, &(struct fixture_item){.person = 1});
    assert_true(again->repeat && again->status == OUTCOME_ACCEPTED && again->amount == 201600);
    assert_int_equal(posting->rows[1].amount, 0);
    assert_int_equal(posting->accounts[1]->sums.heads, 1);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 1, .attempt = 2})->status, OUTCOME_DUPLICATE); /* another attempt asks anew: E22 */
}

static void a_record_that_contradicts_itself_is_not_posted(void **state) {
    (void)state;
    struct posting *posting = start(4, 1000000, -1, 0);
    const struct lineage lineage = {.epoch = 1};
    for (int i = 0; i < 6; i++) {
        struct priced *priced = fixture_priced(arena, &(struct fixture_item){.person = 1}, &lineage);
        if (i == 0) priced->premium.total++;
        if (i == 1) priced->premium.lines[0].amount = -10000;
        if (i == 2) priced->premium.lines[0].amount = INT64_MAX / 2;
        if (i == 3) priced->verdict.months = 0;
        if (i == 4) memset(&priced->application.person, 0, sizeof priced->application.person);
        if (i == 5) priced->verdict.programmes = 1;
        struct decided decided;
        assert_int_equal(posting_decide(posting, &(struct posting_question){.lineage = lineage, .priced = priced}, &decided), POSTING_UNUSABLE);
        assert_int_equal(posting->row_count, 0);
        assert_int_equal(posting->accounts[1]->sums.heads, 0);
    }
}

static void a_line_that_fits_no_cover_is_not_posted(void **state) {
    (void)state;
    struct posting *posting = start(4, 100000000, -1, 0);
    const struct lineage lineage = {.epoch = 1};
    enum { WAYS = 20 };
    for (int i = 0; i <= WAYS; i++) {
        struct priced *priced = fixture_priced(arena, &(struct fixture_item){.person = 1, .segment = SEGMENT_PMI, .programmes = 7}, &lineage);
        struct premium_line *lines = priced->premium.lines;
        struct premium *premium = &priced->premium;
        if (i == 0) priced->application.segment = SEGMENT_BPU; /* a package outside of PMI */
        if (i == 1) priced->verdict.programmes = 5;            /* JKM is not covered, the package is for both */
        if (i == 2) priced->verdict.programmes = 6;
        if (i == 3) priced->verdict.programmes = 3;            /* JHT is not covered, but charged */
        if (i == 4) lines[0].months = 2;                       /* once, for two months */
        if (i == 5) lines[2].months = 25;
        if (i == 6) lines[2].months = 0;
        if (i == 7) lines[2].from = 202509;
        if (i == 8) lines[2].from = 202511;                    /* its last month is behind the cover */
        if (i == 9) lines[2].from = 202513;
        if (i == 10) lines[2].share = SHARE_STATE;
        if (i == 11) lines[2].share = (enum payer_share)-1;
        if (i == 12) lines[2].charge = CHARGE_JKP;
        if (i == 13) lines[2].charge = CHARGE_COUNT;
        if (i == 14) lines[2].charge = (enum charge)-1;
        if (i == 15) premium->by_charge[CHARGE_JKP] = 1, premium->total++;
        if (i == 16) premium->by_charge[CHARGE_PACKAGE]--, premium->by_charge[CHARGE_JHT]++;
        if (i == 17) priced->verdict.programmes = 16 | 7;
        if (i == 18) lines[0].amount = lines[1].amount = INT64_MAX / 2 + 1; /* the sum of a charge is beyond all bounds */
        if (i == 19) { /* the sum of two charges is */
            lines[0].amount = INT64_MAX - 5, lines[1].amount = 5, lines[2].months = 1, lines[2].amount = 1;
            premium->by_charge[CHARGE_PACKAGE] = INT64_MAX, premium->by_charge[CHARGE_JHT] = 1;
        }
        struct decided decided;
        const enum posting_answer answer = posting_decide(posting, &(struct posting_question){.lineage = lineage, .priced = priced}, &decided);
        if (answer != (i < WAYS ? POSTING_UNUSABLE : POSTING_DONE)) fail_msg("way %d", i);
        assert_int_equal(posting->row_count, i < WAYS ? 0 : 1);
    }
}

/* Terms that no cover can be written for, and verdicts that say nothing. */
static void terms_beyond_all_bounds_are_not_posted(void **state) {
    (void)state;
    struct posting *posting = start(4, 100000000, -1, 0);
    const struct lineage lineage = {.epoch = 1};
    for (int i = 0; i < 9; i++) {
        struct priced *priced = fixture_priced(arena, &(struct fixture_item){.person = 1}, &lineage);
        if (i == 0) priced->application.segment = SEGMENT_NONE;
        if (i == 1) priced->application.segment = (enum segment)(SEGMENT_PMI + 1);
        if (i == 2) priced->verdict.programmes = 0;
        if (i == 3) priced->verdict.months = 1201;
        if (i == 4) priced->verdict.start_month = 202500;
        if (i == 5) priced->verdict.start_month = 999912; /* its last month is in no calendar */
        if (i == 6) priced->premium = (struct premium){0};
        if (i == 7) priced->verdict.status = VERDICT_REJECTED; /* without a reason */
        if (i == 8) priced->verdict.status = VERDICT_NONE;
        struct decided decided;
        assert_int_equal(posting_decide(posting, &(struct posting_question){.lineage = lineage, .priced = priced}, &decided), POSTING_UNUSABLE);
        assert_int_equal(posting->row_count, 0);
    }
}

static void what_is_unreadable_has_an_outcome_of_nobody(void **state) {
    (void)state;
    struct posting *posting = start(2, 1000000, -1, 0);
    const struct outcome *outcome = post(posting, &(struct fixture_item){.unreadable = true});
    assert_int_equal(outcome->status, OUTCOME_PARKED);
    assert_true(code_set_has(outcome->codes, CODE_X01) && id_is_zero(outcome->application_id));
    assert_int_equal(posting->rows[0].agreement_no, 0);
    assert_int_equal(posting->rows[0].registration_date, 20250915);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 1, .agreement = "tidak-ada"})->status, OUTCOME_REJECTED);
}

/* After a crash the rows stand already: what they say is published, also when the record now says something else. */
static void what_was_posted_before_is_published_again(void **state) {
    (void)state;
    struct posting *before = start(3, 1000000, -1, 0);
    (void)post(before, &(struct fixture_item){.person = 1});
    (void)post(before, &(struct fixture_item){.person = 1});
    struct posting *posting = start(3, 1000000, 5, 0);
    posting_add_first(posting, &before->rows[0]);
    posting_add_first(posting, &before->rows[0]);
    posting_add_stored(posting, &before->rows[0]);
    posting_add_stored(posting, &before->rows[1]);
    for (int64_t origin = 0; origin < 3; origin++) {
        const struct lineage lineage = {.epoch = 1, .origin = origin};
        const struct priced *priced = fixture_priced(arena, &(struct fixture_item){.person = origin < 2 ? 1 : 2}, &lineage);
        struct decided decided;
        assert_int_equal(posting_decide(posting, &(struct posting_question){.lineage = lineage, .priced = priced}, &decided), POSTING_DONE);
        assert_int_equal(decided.outcome.repeat, origin == 1);
        assert_true(decided.outcome.status == OUTCOME_ACCEPTED && decided.outcome.amount == 201600);
    }
    assert_int_equal(posting->row_count, 1); /* only the third one is new */
    for (int i = 0; i < 2; i++) {             /* another epoch, another partition: not those rows */
        const struct lineage lineage = {.epoch = i == 0 ? 2 : 1, .origin = 0};
        struct posting *other = start(1, 1000000, -1, 0);
        posting_add_stored(other, &before->rows[0]);
        struct decided decided;
        const struct posting_question question = {.partition = i, .lineage = lineage, .priced = fixture_priced(arena, &(struct fixture_item){.person = 3}, &lineage)};
        assert_int_equal(posting_decide(other, &question, &decided), POSTING_DONE);
        assert_int_equal(other->row_count, 1);
    }
}

static void what_waits_or_is_unusable_has_its_codes(void **state) {
    (void)state;
    struct posting *posting = start(6, 1000000, -1, 0);
    const struct code_set p01 = code_set_with((struct code_set){0}, CODE_P01), e30 = code_set_with((struct code_set){0}, CODE_E30);
    const struct outcome *outcome = post(posting, &(struct fixture_item){.person = 1, .verdict = VERDICT_PENDING, .codes = p01});
    assert_true(outcome->status == OUTCOME_PENDING && code_set_has(outcome->codes, CODE_P01));
    outcome = post(posting, &(struct fixture_item){.person = 2, .verdict = VERDICT_REJECTED, .codes = e30});
    assert_true(outcome->status == OUTCOME_REJECTED && code_set_has(outcome->codes, CODE_E30));
    outcome = post(posting, &(struct fixture_item){.person = 3, .parked = CODE_X02});
    assert_true(outcome->status == OUTCOME_PARKED && code_set_has(outcome->codes, CODE_X02) && outcome->batch_id.size == 0);
    outcome = post(posting, &(struct fixture_item){.person = 4, .verdict = VERDICT_PARKED, .codes = code_set_with((struct code_set){0}, CODE_X02)});
    assert_true(outcome->status == OUTCOME_PARKED && code_set_has(outcome->codes, CODE_X02));
    outcome = post(posting, &(struct fixture_item){.person = 5, .verdict = VERDICT_PARKED});
    assert_true(outcome->status == OUTCOME_PARKED && code_set_has(outcome->codes, CODE_X01));
    const struct lineage lineage = {.epoch = 1, .origin = 5};
    struct priced *priced = fixture_priced(arena, &(struct fixture_item){.person = 6}, &lineage);
    priced->application.registration_date = 20250230;
    priced->application.row = UINT32_MAX;
    struct decided decided;
    assert_int_equal(posting_decide(posting, &(struct posting_question){.lineage = lineage, .priced = priced}, &decided), POSTING_DONE);
    assert_int_equal(decided.outcome.registration_date, 20250915); /* the day of the batch */
    assert_int_equal(posting->rows[5].row_number, 0);
}

/* Writers take their row locks in one order, whatever the order of the list. */
static void covers_come_in_the_order_of_persons_segments_and_years(void **state) {
    (void)state;
    struct posting *posting = start(8, 1000000000, 8, 0);
    static const uint16_t none[LEDGER_PROGRAMMES] = {0};
    for (uint32_t i = 0; i < 4; i++) {
        (void)post(posting, &(struct fixture_item){.person = 50 - i, .application = 100 + i, .segment = SEGMENT_PU});
        (void)post(posting, &(struct fixture_item){.person = 50 - i, .application = 200 + i, .months = 24});
    }
    posting_add_cover(posting, (struct person_token){{1}}, SEGMENT_BPU, 2025, 9, NULL, none); /* known, not changed */
    struct posting_cover **covers;
    const size_t count = posting_covers(posting, &covers);
    assert_int_equal(count, 4 * (2 + 3));
    for (size_t i = 1; i < count; i++) {
        const int order = memcmp(covers[i - 1]->person.bytes, covers[i]->person.bytes, TOKEN_BYTES);
        const bool later = order < 0 || (order == 0 && (covers[i - 1]->segment < covers[i]->segment ||
                                                        (covers[i - 1]->segment == covers[i]->segment && covers[i - 1]->year < covers[i]->year)));
        assert_true(later);
    }
}

static void who_waits_for_an_answer_is_tried_again(void **state) {
    (void)state;
    struct posting *posting = start(9, 1000000, -1, 0);
    const struct code_set p01 = code_set_with((struct code_set){0}, CODE_P01), e71 = code_set_with((struct code_set){0}, CODE_E71);
    const struct fixture_item items[] = {
        {.person = 1}, {.person = 2, .verdict = VERDICT_PENDING, .codes = p01},               /* due */
        {.person = 2, .verdict = VERDICT_PENDING, .codes = p01},                              /* a repeat makes nothing due */
        {.person = 3, .verdict = VERDICT_PENDING, .codes = p01, .attempt = 4},                /* due again */
        {.person = 4, .verdict = VERDICT_REJECTED, .codes = e71}, {.person = 5, .attempt = 2}, /* the first ends nothing, the second does */
        {.person = 6, .verdict = VERDICT_REJECTED, .codes = e71, .attempt = 3}, {.person = 7, .parked = CODE_X02, .attempt = 2}, {.unreadable = true},
    };
    static const struct {
        size_t row;
        bool due, told;
    } expected[] = {{1, true, true}, {3, true, false}, {5, false, true}, {6, false, true}, {7, false, false}};
    for (size_t i = 0; i < 9; i++) (void)post(posting, &items[i]);
    assert_int_equal(posting->retry_count, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct posting_retry *retry = &posting->retries[i];
        assert_ptr_equal(retry->row, &posting->rows[expected[i].row]);
        assert_int_equal(retry->application != NULL, expected[i].due);
        assert_int_equal(retry->row->message_due.bytes != NULL, expected[i].told); /* that he waits: once */
        if (retry->application != NULL) assert_memory_equal(&retry->application->application_id, &retry->row->application_id, ID_BYTES);
    }
    struct posting *again = start(1, 1000000, -1, 0); /* a later repeat of what was decided ends a row that is due by mistake */
    posting_add_first(again, &posting->rows[5]);
    assert_true(post(again, &(struct fixture_item){.person = 5, .attempt = 2})->repeat);
    assert_true(again->retry_count == 1 && again->retries[0].application == NULL);
}

/* ---- the waiting list and reservations ---- */

static const struct posting_waiting *standing(const struct posting *posting, size_t at) {
    assert_true(at < posting->wait_count);
    return posting->waits[at];
}

static void await(struct posting *posting, uint32_t person, enum waiting_state state, int64_t ticket, rupiah reserved, bool undecided) {
    const struct lineage lineage = {.epoch = 1};
    const struct priced *priced = fixture_priced(arena, &(struct fixture_item){.person = person}, &lineage);
    posting_add_waiting(posting, &(struct posting_waiting){.application_id = priced->application.application_id, .agreement_no = 1, .attempt = 1, .state = state, .ticket = ticket,
                                                           .reserved = reserved, .reserved_until = reserved > 0 ? 20250930 : 0, .undecided = undecided});
}

/* 12 months cost 201,600. */
static struct posting *start_reserved(size_t items, rupiah pagu, rupiah reserved, int64_t heads, int64_t waiting) {
    struct posting *posting = posting_start(arena, items, 9, (int64_t)MOMENT_S * 1000);
    posting_add_account(posting, &(struct posting_account){.agreement = &agreement, .agreement_no = 1, .pagu = pagu, .quota = -1, .reserved = reserved, .reserved_heads = heads,
                                                           .waitlisted = waiting, .tickets = 10, .places = 100});
    posting_add_account(posting, &(struct posting_account){.quota = -1});
    return posting;
}

static void who_waits_for_an_answer_holds_the_money_at_that_place(void **state) {
    (void)state;
    struct posting *posting = start(4, 2 * 201600, -1, 0);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 1, .verdict = VERDICT_PENDING, .is_priced = true})->status, OUTCOME_PENDING);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 2})->status, OUTCOME_ACCEPTED);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 3})->status, OUTCOME_WAITLISTED); /* the money is held for the first one */
    const struct outcome *late = post(posting, &(struct fixture_item){.person = 4, .verdict = VERDICT_PENDING, .is_priced = true});
    assert_true(late->status == OUTCOME_PENDING && late->rank == 2); /* no money, but a place in the list */
    const struct posting_account *account = posting->accounts[1];
    assert_true(account->sums.reserved == 201600 && account->sums.reserved_heads == 1 && account->sums.waiting == 2 && account->sums.heads == 1);
    assert_int_equal(account->sums.lines, 1);
    assert_true(posting->lines[0].kind == LINE_RESERVED && posting->lines[0].reserved == 201600 && slice_is(posting->lines[0].reason, "PENDING"));
    assert_true(standing(posting, 0)->state == WAITING_RESERVED && standing(posting, 0)->undecided && standing(posting, 0)->ticket == 0);
    assert_true(standing(posting, 1)->state == WAITING_IN_LINE && !standing(posting, 1)->undecided && standing(posting, 1)->ticket == 1);
    assert_true(standing(posting, 2)->state == WAITING_IN_LINE && standing(posting, 2)->undecided && standing(posting, 2)->ticket == 2);
}

static void a_reservation_becomes_a_commitment_or_is_given_back(void **state) {
    (void)state;
    static const struct {
        enum verdict_status verdict;
        uint32_t months;
        enum code code;
        enum outcome_status status;
        rupiah committed, reserved;
        int32_t heads, waiting;
        bool is_gone;
    } vectors[] = {
        {VERDICT_ELIGIBLE, 12, CODE_NONE, OUTCOME_ACCEPTED, 201600, -201600, 1, 0, true},
        {VERDICT_ELIGIBLE, 8, CODE_NONE, OUTCOME_ACCEPTED, 134400, -201600, 1, 0, true}, /* re-priced: the rest goes back */
        {VERDICT_ELIGIBLE, 13, CODE_NONE, OUTCOME_WAITLISTED, 0, -201600, 0, 1, false},  /* re-priced: it does not fit any more */
        {VERDICT_REJECTED, 12, CODE_E11, OUTCOME_REJECTED, 0, -201600, 0, 0, true},       /* has turned 65 */
        {VERDICT_PENDING, 12, CODE_NONE, OUTCOME_PENDING, 0, 0, 0, 0, false},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct posting *posting = start_reserved(1, 201600, 201600, 1, 3);
        await(posting, 1, WAITING_RESERVED, 7, 201600, false);
        const struct code_set codes = vectors[i].code != CODE_NONE ? code_set_with((struct code_set){0}, vectors[i].code) : (struct code_set){0};
        const struct outcome *outcome = post(posting, &(struct fixture_item){.person = 1, .attempt = 2, .verdict = vectors[i].verdict, .months = vectors[i].months, .codes = codes, .is_priced = true});
        const struct ledger_sums *sums = &posting->accounts[1]->sums;
        assert_int_equal(outcome->status, vectors[i].status);
        assert_int_equal(outcome->rank, vectors[i].status == OUTCOME_WAITLISTED ? 7 : 0); /* at the old place */
        assert_int_equal(sums_committed(sums), vectors[i].committed);
        assert_int_equal(sums->reserved, vectors[i].reserved);
        assert_int_equal(sums->reserved_heads, vectors[i].reserved == 0 ? 0 : -1);
        assert_int_equal(sums->heads, vectors[i].heads);
        assert_int_equal(sums->waiting, vectors[i].waiting);
        assert_int_equal(standing(posting, 0)->is_gone, vectors[i].is_gone);
        assert_int_equal(posting->rows[0].place, vectors[i].heads == 1 ? 101 : 0);
        assert_int_equal(posting->enrolment_count, vectors[i].heads);
    }
}

static void who_stands_in_the_list_keeps_the_ticket_and_is_counted_once(void **state) {
    (void)state;
    struct posting *posting = start_reserved(2, 1000000, 0, 0, 2);
    await(posting, 1, WAITING_IN_LINE, 4, 0, true); /* the answer has come, the money has not */
    await(posting, 2, WAITING_IN_LINE, 5, 0, true);
    const struct outcome *outcome = post(posting, &(struct fixture_item){.person = 1, .attempt = 2});
    assert_true(outcome->status == OUTCOME_WAITLISTED && outcome->rank == 4);
    assert_int_equal(posting->accounts[1]->sums.waiting, 0);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 2, .attempt = 2, .verdict = VERDICT_REJECTED, .codes = code_set_with((struct code_set){0}, CODE_E70)})->status, OUTCOME_REJECTED);
    assert_int_equal(posting->accounts[1]->sums.waiting, -1);
}

static void the_list_is_ordered_by_class_desil_and_what_follows(void **state) {
    (void)state;
    static const struct slice first[] = {{(const uint8_t *)"0101", 4}};
    struct agreement ranked = agreement;
    ranked.priority_occupations = first;
    ranked.priority_occupation_count = 1;
    struct posting *posting = posting_start(arena, 2, 9, (int64_t)MOMENT_S * 1000);
    posting_add_account(posting, &(struct posting_account){.agreement = &ranked, .agreement_no = 1, .quota = -1});
    posting_add_account(posting, &(struct posting_account){.quota = -1});
    assert_int_equal(post(posting, &(struct fixture_item){.person = 1, .desil = 3})->status, OUTCOME_WAITLISTED);
    assert_true(standing(posting, 0)->class_number == WAITING_CLASS_OTHER && standing(posting, 0)->desil == 3 && standing(posting, 0)->proposal_date == 20250915);
    const struct lineage lineage = {.epoch = 1, .origin = 1};
    struct priced *priced = fixture_priced(arena, &(struct fixture_item){.person = 2}, &lineage);
    priced->application.occupation = first[0];
    priced->application.ktp_region = 170804;
    priced->application.ktp_village = 2001;
    struct decided decided;
    assert_int_equal(posting_decide(posting, &(struct posting_question){.lineage = lineage, .priced = priced}, &decided), POSTING_DONE);
    assert_true(standing(posting, 1)->class_number == WAITING_CLASS_FIRST && standing(posting, 1)->desil == DESIL_UNKNOWN && standing(posting, 1)->village == 1708042001);
    assert_int_equal(decided.outcome.rank, 2); /* the ticket counts arrivals; the order of service is the list's own */
}

static void the_delay_doubles_up_to_its_bound(void **state) {
    (void)state;
    static const struct {
        uint32_t attempt;
        int64_t first_s, most_s, delay_s;
    } vectors[] = {{1, 60, 3600, 60},   {2, 60, 3600, 120}, {6, 60, 3600, 1920}, {7, 60, 3600, 3600}, {8, 60, 3600, 3600}, {INT32_MAX, 60, 3600, 3600},
                   {1, 60, 60, 60},     {9, 60, 60, 60},    {1, 86400, 604800, 86400}, {4, 86400, 604800, 604800}, {2000000000, 1, 604800, 604800}};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        assert_int_equal(posting_retry_delay_s(vectors[i].attempt, vectors[i].first_s, vectors[i].most_s), vectors[i].delay_s);
}

static void the_budget_year_is_that_of_the_list_within_the_period(void **state) {
    (void)state;
    assert_int_equal(posting_budget_year(&agreement, 20250915), 2025);
    assert_int_equal(posting_budget_year(&agreement, 20260201), 2026);
    assert_int_equal(posting_budget_year(&agreement, 20270101), 2026);
    assert_int_equal(posting_budget_year(NULL, 20270101), 2027);
}

/* ---- attempts that come too late ---- */

static struct id application_of(uint32_t person) {
    const struct lineage lineage = {.epoch = 1};
    return fixture_priced(arena, &(struct fixture_item){.person = person}, &lineage)->application.application_id;
}

static void who_has_left_is_enrolled_by_no_later_attempt(void **state) {
    (void)state;
    struct posting *posting = start_reserved(5, 1000000, 201600, 1, 0);
    await(posting, 1, WAITING_RESERVED, 7, 201600, false);
    posting_add_departed(posting, application_of(1), true);
    posting_add_departed(posting, application_of(2), false);
    const struct outcome *outcome = post(posting, &(struct fixture_item){.person = 1, .attempt = 2});
    assert_true(outcome->status == OUTCOME_REJECTED && code_set_has(outcome->codes, CODE_E70));
    assert_true(standing(posting, 0)->is_gone);
    assert_int_equal(posting->accounts[1]->sums.reserved, -201600);
    outcome = post(posting, &(struct fixture_item){.person = 2, .attempt = 3, .verdict = VERDICT_PENDING, .codes = code_set_with((struct code_set){0}, CODE_P01)});
    assert_true(outcome->status == OUTCOME_DUPLICATE && code_set_has(outcome->codes, CODE_E22) && !code_set_has(outcome->codes, CODE_P01));
    assert_int_equal(post(posting, &(struct fixture_item){.person = 2})->status, OUTCOME_ACCEPTED); /* the first attempt stands for itself: nobody leaves before it */
    assert_int_equal(post(posting, &(struct fixture_item){.person = 3, .attempt = 2})->status, OUTCOME_ACCEPTED);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 1, .attempt = 3, .parked = CODE_X02})->status, OUTCOME_PARKED);
    for (size_t i = 0; i < 2; i++) assert_null(posting->rows[i].message_due.bytes); /* the office knows */
}

static void who_was_carried_over_is_decided_where_he_waits_now(void **state) {
    (void)state;
    struct posting *posting = start_reserved(3, 1000000, 0, 0, 0);
    posting_add_waiting(posting, &(struct posting_waiting){.application_id = application_of(1), .agreement_no = 2, .attempt = 1, .state = WAITING_IN_LINE, .ticket = 3});
    const struct outcome *outcome = post(posting, &(struct fixture_item){.person = 1, .attempt = 2});
    assert_true(outcome->status == OUTCOME_DUPLICATE && code_set_has(outcome->codes, CODE_E22));
    assert_int_equal(posting->rows[0].agreement_no, 1);
    assert_true(posting->bump_count == 1 && posting->bumps[0].attempt == 2); /* the next attempt asks the agreement where he waits */
    assert_int_equal(posting->accounts[1]->sums.heads, 0);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 2, .attempt = 2})->status, OUTCOME_ACCEPTED);
}

/* An attempt that says nothing about the place in the list leaves it, but is not asked twice. */
static void an_attempt_without_a_price_keeps_the_place(void **state) {
    (void)state;
    struct posting *posting = start_reserved(3, 1000000, 201600, 1, 1);
    await(posting, 1, WAITING_RESERVED, 7, 201600, false);
    await(posting, 2, WAITING_IN_LINE, 8, 0, true);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 1, .attempt = 2, .verdict = VERDICT_PENDING, .codes = code_set_with((struct code_set){0}, CODE_P01)})->status, OUTCOME_PENDING);
    assert_int_equal(post(posting, &(struct fixture_item){.person = 2, .attempt = 2, .parked = CODE_X02})->status, OUTCOME_PARKED);
    assert_int_equal(posting->bump_count, 2);
    for (size_t i = 0; i < 2; i++) assert_false(standing(posting, i)->is_gone);
    assert_true(posting->accounts[1]->sums.reserved == 0 && posting->accounts[1]->sums.waiting == 0);
}

/* A parked record touches no agreement: what a chain refuses can't stop its own way out. */
static void what_the_ledger_parks_stands_in_the_chain_of_nobody(void **state) {
    (void)state;
    struct posting *posting = start(2, 1000000, -1, 0);
    (void)post(posting, &(struct fixture_item){.person = 1, .parked = CODE_X02});
    (void)post(posting, &(struct fixture_item){.person = 2});
    assert_int_equal(posting->rows[0].agreement_no, 0);
    assert_int_equal(posting->rows[1].agreement_no, 1);
    assert_int_equal(posting->accounts[1]->sums.heads, 1);
}

static void a_replay_says_what_the_calendar_said_then(void **state) {
    (void)state;
    static const uint16_t december[LEDGER_PROGRAMMES] = {0x800, 0, 0, 0};
    const struct code_set none = {0}, e21 = code_set_with(none, CODE_E21);
    const struct lineage lineage = {.epoch = 1};
    struct decided decided;
    for (int covered_then = 0; covered_then < 2; covered_then++) {
        struct posting *posting = start(1, 1000000, -1, 0);
        const struct priced *priced = fixture_priced(arena, &(struct fixture_item){.person = 1}, &lineage);
        if (!covered_then) posting_add_cover(posting, priced->application.person, SEGMENT_BPU, 2025, 5, NULL, december); /* it came later */
        assert_int_equal(posting_decide(posting, &(struct posting_question){.lineage = lineage, .priced = priced, .covered = covered_then ? &e21 : &none}, &decided), POSTING_DONE);
        assert_int_equal(decided.outcome.status, covered_then ? OUTCOME_REJECTED : OUTCOME_ACCEPTED);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_money_vectors_hold), cmocka_unit_test(debits_equal_credits), cmocka_unit_test(each_segment_has_its_charges),
        cmocka_unit_test(a_package_asks_the_budget), cmocka_unit_test(segments_do_not_cover_each_other), cmocka_unit_test(nobody_is_covered_for_what_nobody_pays), cmocka_unit_test(a_line_that_fits_no_cover_is_not_posted),
        cmocka_unit_test(terms_beyond_all_bounds_are_not_posted), cmocka_unit_test(whoever_comes_behind_a_waiting_one_waits_too),
        cmocka_unit_test(twelve_months_from_october_are_two_years), cmocka_unit_test(a_cover_of_another_payer_is_e21_and_of_the_same_e22),
        cmocka_unit_test(the_same_application_twice_in_a_batch_is_charged_once), cmocka_unit_test(a_record_that_contradicts_itself_is_not_posted),
        cmocka_unit_test(what_was_posted_before_is_published_again), cmocka_unit_test(what_waits_or_is_unusable_has_its_codes),
        cmocka_unit_test(covers_come_in_the_order_of_persons_segments_and_years), cmocka_unit_test(what_is_unreadable_has_an_outcome_of_nobody), cmocka_unit_test(the_budget_year_is_that_of_the_list_within_the_period),
        cmocka_unit_test(who_waits_for_an_answer_is_tried_again), cmocka_unit_test(the_delay_doubles_up_to_its_bound),
        cmocka_unit_test(who_waits_for_an_answer_holds_the_money_at_that_place), cmocka_unit_test(a_reservation_becomes_a_commitment_or_is_given_back),
        cmocka_unit_test(who_stands_in_the_list_keeps_the_ticket_and_is_counted_once), cmocka_unit_test(the_list_is_ordered_by_class_desil_and_what_follows),
        cmocka_unit_test(who_has_left_is_enrolled_by_no_later_attempt), cmocka_unit_test(who_was_carried_over_is_decided_where_he_waits_now),
        cmocka_unit_test(an_attempt_without_a_price_keeps_the_place), cmocka_unit_test(what_the_ledger_parks_stands_in_the_chain_of_nobody),
        cmocka_unit_test(a_replay_says_what_the_calendar_said_then),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
