/* The wire: what is written is read back; what breaks a bound is refused whole; Confluent framing is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/wire/wire.h"

static struct arena *arena;

static int open_arena(void **state) {
    arena = arena_create(8 << 20);
    return 0;
}
static int close_arena(void **state) {
    arena_destroy(arena);
    return 0;
}

static struct application an_application(void) {
    struct application application = {
        .attempt = 1, .agreement_id = slice_text("kepahiang-2025"), .batch_id = slice_text("b01"), .row = 7, .first_row = 3,
        .registration_date = 20250915, .segment = SEGMENT_BPU, .birth_date = 19871112, .sex = SEX_FEMALE, .ktp_region = 170804,
        .ktp_village = 2001, .occupation = slice_text("TUKANG_OJEK"), .sector = SECTOR_TRANSPORT, .is_employer = true,
        .income = 1000000, .programmes = 3, .start_month = 202510, .months = 12, .desil = 4,
        .findings = code_set_with(code_set_with((struct code_set){0}, CODE_E01), CODE_W20),
        .sealed_person = slice_text("not really sealed"), .seal_key_id = slice_text("k1"), .submitted_at_ms = 1757900000123};
    memset(application.application_id.bytes, 0xa1, ID_BYTES);
    memset(application.person.bytes, 0xb2, TOKEN_BYTES);
    return application;
}

static void assert_same_application(const struct application *a, const struct application *b) {
    assert_memory_equal(&a->application_id, &b->application_id, sizeof a->application_id);
    assert_memory_equal(&a->person, &b->person, sizeof a->person);
    assert_int_equal(a->attempt, b->attempt);
    assert_true(slice_equal(a->agreement_id, b->agreement_id) && slice_equal(a->batch_id, b->batch_id));
    assert_int_equal(a->row, b->row);
    assert_int_equal(a->first_row, b->first_row);
    assert_int_equal(a->registration_date, b->registration_date);
    assert_int_equal(a->segment, b->segment);
    assert_int_equal(a->birth_date, b->birth_date);
    assert_int_equal(a->sex, b->sex);
    assert_int_equal(a->ktp_region, b->ktp_region);
    assert_int_equal(a->ktp_village, b->ktp_village);
    assert_true(slice_equal(a->occupation, b->occupation));
    assert_int_equal(a->sector, b->sector);
    assert_int_equal(a->is_employer, b->is_employer);
    assert_int_equal(a->income, b->income);
    assert_int_equal(a->programmes, b->programmes);
    assert_int_equal(a->start_month, b->start_month);
    assert_int_equal(a->months, b->months);
    assert_int_equal(a->desil, b->desil);
    assert_int_equal(a->findings.bits, b->findings.bits);
    assert_true(slice_equal(a->sealed_person, b->sealed_person) && slice_equal(a->seal_key_id, b->seal_key_id));
    assert_int_equal(a->submitted_at_ms, b->submitted_at_ms);
}

static void a_submission_comes_back_and_its_origin_is_left_to_the_offset(void **state) {
    struct submitted in = {.lineage = {.epoch = 2, .first_origin = 40, .origin = 99}, .application = an_application()}, out;
    assert_true(wire_decode_submitted(arena, wire_encode_submitted(arena, &in), &out));
    assert_same_application(&in.application, &out.application);
    assert_int_equal(out.lineage.epoch, 2);
    assert_int_equal(out.lineage.first_origin, 40);
    assert_int_equal(out.lineage.origin, 0);
}

static struct priced a_priced(struct premium_line lines[2]) {
    lines[0] = (struct premium_line){.charge = CHARGE_JKK, .from = 202510, .months = 12, .base = 1000000, .rate_ppm = 10000,
                                     .normal = 10000, .amount = 10000, .tariff_row = slice_text("BPU-JKK/01"),
                                     .regulation = slice_text("PP 44/2015 Lampiran II"), .relief = slice_text("")};
    lines[1] = (struct premium_line){.charge = CHARGE_JKM, .from = 202510, .months = 12, .normal = 6800, .amount = 6800,
                                     .tariff_row = slice_text("BPU-JKM"), .regulation = slice_text("PP 44/2015"),
                                     .relief = slice_text("")};
    return (struct priced){.lineage = {.epoch = 1, .origin = 5},
                           .application = an_application(),
                           .verdict = {.status = VERDICT_ELIGIBLE, .programmes = 3, .start_month = 202510, .months = 12,
                                       .warnings = code_set_with((struct code_set){0}, CODE_W50), .funds = FUNDS_APBD, .desil = 3},
                           .premium = {.line_count = 2, .lines = lines}};
}

static void a_premium_comes_back_with_its_sums(void **state) {
    struct premium_line lines[2];
    struct priced in = a_priced(lines), out;
    assert_true(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
    assert_same_application(&in.application, &out.application);
    assert_int_equal(out.premium.line_count, 2);
    assert_int_equal(out.premium.by_charge[PROGRAMME_JKK], 120000);
    assert_int_equal(out.premium.by_charge[PROGRAMME_JKM], 81600);
    assert_int_equal(out.premium.total, 201600);
    assert_true(slice_is(out.premium.lines[0].regulation, "PP 44/2015 Lampiran II"));
    assert_int_equal(out.verdict.funds, FUNDS_APBD);
    assert_int_equal(out.verdict.desil, 3);
    assert_true(code_set_has(out.verdict.warnings, CODE_W50));
}

static void sums_beyond_int64_are_refused(void **state) {
    struct premium_line lines[2];
    struct priced in = a_priced(lines), out;
    static struct premium_line many[PREMIUM_LINES_MAX];
    for (int i = 0; i < PREMIUM_LINES_MAX; i++) many[i] = lines[0], many[i].amount = RUPIAH_INPUT_MAX, many[i].months = 1200;
    in.premium = (struct premium){.line_count = PREMIUM_LINES_MAX, .lines = many};
    assert_true(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out)); /* 64 x 1200 x 10^14 = 7.7 x 10^18 still fits */
    in.premium.line_count = 1;
    many[0].amount = RUPIAH_INPUT_MAX + 1;
    assert_false(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
}

static void a_parked_record_needs_no_application_and_others_do(void **state) {
    struct assessed in = {.lineage = {.epoch = 1, .origin = 8},
                          .verdict = {.status = VERDICT_PARKED, .codes = code_set_with((struct code_set){0}, CODE_X01)}}, out;
    assert_true(wire_decode_assessed(arena, wire_encode_assessed(arena, &in), &out));
    assert_true(id_is_zero(out.application.application_id));
    assert_int_equal(out.lineage.origin, 8);
    in.verdict.status = VERDICT_REJECTED;
    assert_false(wire_decode_assessed(arena, wire_encode_assessed(arena, &in), &out));
}

static void a_decision_comes_back(void **state) {
    struct decided in = {.lineage = {.epoch = 1, .origin = 12},
                         .outcome = {.attempt = 1, .agreement_id = slice_text("kepahiang-2025"), .batch_id = slice_text(""), .row = 3,
                                     .status = OUTCOME_WAITLISTED, .codes = code_set_with((struct code_set){0}, CODE_Q61),
                                     .programmes = 3, .start_month = 202510, .months = 12, .rank = 16, .commit_sequence = 44,
                                     .repeat = true, .registration_date = 20250915, .payer_name = slice_text("Pemkab Kepahiang"),
                                     .budget_year = 2025, .decided_at_ms = 1757900000456, .ktp_region = 170804, .ktp_village = 2001}}, out;
    memset(in.outcome.application_id.bytes, 0xc3, ID_BYTES);
    assert_true(wire_decode_decided(arena, wire_encode_decided(arena, &in), &out));
    assert_int_equal(out.outcome.status, OUTCOME_WAITLISTED);
    assert_int_equal(out.outcome.rank, 16);
    assert_int_equal(out.outcome.commit_sequence, 44);
    assert_true(out.outcome.repeat);
    assert_true(slice_is(out.outcome.payer_name, "Pemkab Kepahiang"));
    assert_int_equal(out.outcome.decided_at_ms, 1757900000456);
    assert_true(code_set_has(out.outcome.codes, CODE_Q61));
}

static void confluent_framing_is_read(void **state) {
    struct submitted in = {.lineage = {.epoch = 1}, .application = an_application()}, out;
    struct slice raw = wire_encode_submitted(arena, &in);
    uint8_t *framed = arena_take(arena, raw.size + 8);
    memcpy(framed, "\x00\x00\x00\x00\x01\x00", 6); /* schema 1, message list [0] */
    memcpy(framed + 6, raw.bytes, raw.size);
    assert_true(wire_decode_submitted(arena, slice_of(framed, raw.size + 6), &out));
    assert_same_application(&in.application, &out.application);
    memcpy(framed, "\x00\x00\x00\x00\x01\x04\x02\x00", 8); /* list [1, 0] */
    memcpy(framed + 8, raw.bytes, raw.size);
    assert_true(wire_decode_submitted(arena, slice_of(framed, raw.size + 8), &out));
    for (size_t size = 1; size < 6; size++) assert_false(wire_decode_submitted(arena, slice_of(framed, size), &out));
}

static void bytes_that_are_no_message_are_refused_and_leave_the_result_alone(void **state) {
    struct submitted in = {.lineage = {.epoch = 1}, .application = an_application()};
    struct submitted out = {.lineage = {.epoch = 77}};
    struct slice good = wire_encode_submitted(arena, &in);
    assert_false(wire_decode_submitted(arena, slice_text(""), &out));
    assert_false(wire_decode_submitted(arena, slice_text("halo, ini bukan protobuf"), &out));
    size_t refused = 0;
    for (size_t size = 0; size < good.size; size++) refused += !wire_decode_submitted(arena, slice_of(good.bytes, size), &out);
    assert_true(refused > good.size / 2); /* a cut at a field border is a shorter message, and still refused when a required field went */
    static uint8_t large[65 * 1024];
    assert_false(wire_decode_submitted(arena, slice_of(large, sizeof large), &(struct submitted){0}));
}

static void values_out_of_range_are_refused(void **state) {
    struct submitted good = {.lineage = {.epoch = 1}, .application = an_application()}, out, bad;
#define REFUSES(change)                                                                                                \
    do {                                                                                                               \
        bad = good;                                                                                                    \
        change;                                                                                                        \
        assert_false(wire_decode_submitted(arena, wire_encode_submitted(arena, &bad), &out));                          \
    } while (0)
    REFUSES(bad.application.birth_date = 20250230);
    REFUSES(bad.application.start_month = 202513);
    REFUSES(bad.application.programmes = 32);
    REFUSES(bad.application.segment = (enum segment)5);
    REFUSES(bad.application.ktp_region = 1000000);
    REFUSES(bad.application.months = 1201);
    REFUSES(bad.application.attempt = 0);
    REFUSES(memset(bad.application.application_id.bytes, 0, ID_BYTES));
    REFUSES(bad.application.submitted_at_ms = INT64_MAX); /* a time that no clock can write */
    REFUSES(bad.application.submitted_at_ms = -1);
    char text[300];
    memset(text, 'a', sizeof text);
    REFUSES(bad.application.occupation = slice_of(text, 256));
    bad = good;
    bad.application.occupation = slice_of(text, 255);
    assert_true(wire_decode_submitted(arena, wire_encode_submitted(arena, &bad), &out));
}

static struct application a_pu(void) {
    struct application application = an_application();
    application.segment = SEGMENT_PU;
    application.pu = (struct pu_terms){.wage = 4250000, .risk_class = 3, .employer_size = EMPLOYER_MEDIUM, .labour_intensive = true, .employer_number = slice_text("CC012345")};
    return application;
}

static struct application a_project(void) {
    struct application application = an_application();
    application.segment = SEGMENT_JAKON;
    application.jakon = (struct jakon_terms){.basis = JAKON_BASIS_CONTRACT, .project_number = slice_text("PRJ-7"), .spk_number = slice_text("SPK/12/2025"),
                                             .spk_date = 20250901, .from = 20250915, .to = 20260314, .workers = 25, .contract_net = 1000000000,
                                             .contract_gross = 1110000000, .vat_ppm = 110000, .wages = 90000000};
    return application;
}

static struct application a_migrant(void) {
    struct application application = an_application();
    application.segment = SEGMENT_PMI;
    application.pmi = (struct pmi_terms){.route = PMI_ROUTE_INDIVIDUAL, .jht_monthly = 100000, .placement_company = slice_text("P3MI-0042"), .country = slice_text("Taiwan")};
    return application;
}

static struct application carried(const struct application *application) {
    struct submitted in = {.lineage = {.epoch = 1}, .application = *application}, out;
    assert_true(wire_decode_submitted(arena, wire_encode_submitted(arena, &in), &out));
    assert_same_application(&in.application, &out.application);
    return out.application;
}

static void the_terms_of_every_segment_come_back(void **state) {
    const struct application pu = a_pu(), project = a_project(), migrant = a_migrant();
    const struct pu_terms wages = carried(&pu).pu;
    assert_true(wages.wage == 4250000 && wages.risk_class == 3 && wages.employer_size == EMPLOYER_MEDIUM && wages.labour_intensive);
    assert_true(slice_is(wages.employer_number, "CC012345"));
    const struct jakon_terms works = carried(&project).jakon;
    assert_true(works.basis == JAKON_BASIS_CONTRACT && slice_is(works.project_number, "PRJ-7") && slice_is(works.spk_number, "SPK/12/2025"));
    assert_true(works.spk_date == 20250901 && works.from == 20250915 && works.to == 20260314 && works.workers == 25);
    assert_true(works.contract_net == 1000000000 && works.contract_gross == 1110000000 && works.vat_ppm == 110000 && works.wages == 90000000);
    const struct pmi_terms journey = carried(&migrant).pmi;
    assert_true(journey.route == PMI_ROUTE_INDIVIDUAL && journey.jht_monthly == 100000);
    assert_true(slice_is(journey.placement_company, "P3MI-0042") && slice_is(journey.country, "Taiwan"));
}

static bool has_no_terms(const struct application *application) {
    const struct pu_terms *pu = &application->pu;
    const struct jakon_terms *jakon = &application->jakon;
    const struct pmi_terms *pmi = &application->pmi;
    return pu->wage == 0 && pu->risk_class == 0 && pu->employer_size == EMPLOYER_SIZE_NONE && !pu->labour_intensive && pu->employer_number.size == 0 &&
           jakon->basis == JAKON_BASIS_NONE && jakon->project_number.size == 0 && jakon->spk_number.size == 0 && jakon->spk_date == 0 && jakon->from == 0 &&
           jakon->to == 0 && jakon->workers == 0 && jakon->contract_net == 0 && jakon->contract_gross == 0 && jakon->vat_ppm == 0 && jakon->wages == 0 &&
           pmi->route == PMI_ROUTE_NONE && pmi->jht_monthly == 0 && pmi->placement_company.size == 0 && pmi->country.size == 0;
}

/* Is a submission still read when its segment, and nothing else, becomes another one on the wire? Fields 8 and 9 stand side by side: segment, token of 16 bytes. */
static bool is_read_as(const struct application *application, enum segment segment) {
    const struct submitted in = {.lineage = {.epoch = 1}, .application = *application};
    const struct slice good = wire_encode_submitted(arena, &in);
    const uint8_t place[] = {8 << 3, (uint8_t)application->segment, 9 << 3 | 2, TOKEN_BYTES};
    uint8_t *found = memmem(good.bytes, good.size, place, sizeof place);
    assert_non_null(found);
    found[1] = (uint8_t)segment; /* the arena is ours */
    struct submitted out;
    return wire_decode_submitted(arena, good, &out);
}

static void terms_are_absent_or_those_of_the_segment(void **state) {
    struct application application = an_application(), back;
    application.pu.wage = 1; /* of another segment: stays behind */
    application.jakon.workers = 1;
    application.pmi.jht_monthly = 1;
    back = carried(&application);
    assert_true(has_no_terms(&back));
    for (int segment = SEGMENT_NONE; segment <= SEGMENT_PMI; segment++) {
        application = an_application();
        application.segment = (enum segment)segment;
        back = carried(&application);
        assert_true(has_no_terms(&back));
    }
    const struct application of[] = {a_pu(), a_project(), a_migrant()};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++) assert_int_equal(is_read_as(&of[i], (enum segment)segment), (int)of[i].segment == segment);
}

static bool is_read(const struct application *application) {
    struct submitted in = {.lineage = {.epoch = 1}, .application = *application}, out;
    return wire_decode_submitted(arena, wire_encode_submitted(arena, &in), &out);
}

static void terms_out_of_range_are_refused(void **state) {
    char letters[256];
    memset(letters, 'a', sizeof letters);
    const struct slice overlong = slice_of(letters, sizeof letters);
#define ANSWERS(make, change, expected)                                                                                \
    do {                                                                                                               \
        struct application at = make();                                                                                \
        change;                                                                                                        \
        if (is_read(&at) != (expected)) fail_msg("line %d: %s", __LINE__, #change);                                    \
    } while (0)
    ANSWERS(a_pu, at.pu.wage = -1, false);
    ANSWERS(a_pu, at.pu.wage = 0, true);
    ANSWERS(a_pu, at.pu.wage = RUPIAH_INPUT_MAX, true);
    ANSWERS(a_pu, at.pu.wage = RUPIAH_INPUT_MAX + 1, false);
    ANSWERS(a_pu, at.pu.wage = INT64_MIN, false);
    ANSWERS(a_pu, at.pu.risk_class = 5, true);
    ANSWERS(a_pu, at.pu.risk_class = 6, false);
    ANSWERS(a_pu, at.pu.risk_class = -1, false);
    ANSWERS(a_pu, at.pu.employer_size = EMPLOYER_LARGE, true);
    ANSWERS(a_pu, at.pu.employer_size = (enum employer_size)5, false);
    ANSWERS(a_pu, at.pu.employer_size = (enum employer_size)-1, false);
    ANSWERS(a_pu, at.pu.employer_number = overlong, false);
    ANSWERS(a_project, at.jakon.basis = JAKON_BASIS_WAGES, true);
    ANSWERS(a_project, at.jakon.basis = (enum jakon_basis)3, false);
    ANSWERS(a_project, at.jakon.basis = (enum jakon_basis)-1, false);
    ANSWERS(a_project, at.jakon.project_number = overlong, false);
    ANSWERS(a_project, at.jakon.spk_number = overlong, false);
    ANSWERS(a_project, at.jakon.spk_date = 20250230, false);
    ANSWERS(a_project, at.jakon.from = 20251301, false);
    ANSWERS(a_project, at.jakon.to = 99999999, false);
    ANSWERS(a_project, at.jakon.to = -1, false);
    ANSWERS(a_project, at.jakon.to = 20250915, true); /* one day */
    ANSWERS(a_project, at.jakon.to = 20250914, false);
    ANSWERS(a_project, at.jakon.to = 0, true);
    ANSWERS(a_project, at.jakon.from = 0, true);
    ANSWERS(a_project, at.jakon.workers = 1000000, true);
    ANSWERS(a_project, at.jakon.workers = 1000001, false);
    ANSWERS(a_project, at.jakon.contract_net = -1, false);
    ANSWERS(a_project, at.jakon.contract_net = RUPIAH_INPUT_MAX + 1, false);
    ANSWERS(a_project, at.jakon.contract_gross = RUPIAH_INPUT_MAX + 1, false);
    ANSWERS(a_project, at.jakon.vat_ppm = 1000000, true);
    ANSWERS(a_project, at.jakon.vat_ppm = 1000001, false);
    ANSWERS(a_project, at.jakon.wages = RUPIAH_INPUT_MAX + 1, false);
    ANSWERS(a_migrant, at.pmi.route = PMI_ROUTE_P3MI, true);
    ANSWERS(a_migrant, at.pmi.route = (enum pmi_route)3, false);
    ANSWERS(a_migrant, at.pmi.route = (enum pmi_route)-1, false);
    ANSWERS(a_migrant, at.pmi.jht_monthly = -1, false);
    ANSWERS(a_migrant, at.pmi.jht_monthly = RUPIAH_INPUT_MAX + 1, false);
    ANSWERS(a_migrant, at.pmi.placement_company = overlong, false);
    ANSWERS(a_migrant, at.pmi.country = overlong, false);
}

static void shares_and_prices_at_once_come_back(void **state) {
    struct premium_line lines[2];
    struct priced in = a_priced(lines), out;
    lines[0].share = SHARE_WORKER;
    lines[1].charge = CHARGE_PACKAGE;
    lines[1].once = true;
    lines[1].months = 1;
    lines[1].amount = 370000;
    assert_true(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
    assert_true(out.premium.lines[0].share == SHARE_WORKER && !out.premium.lines[0].once);
    assert_true(out.premium.lines[1].share == SHARE_PAYER && out.premium.lines[1].once && out.premium.lines[1].charge == CHARGE_PACKAGE);
    assert_int_equal(out.premium.by_charge[CHARGE_PACKAGE], 370000);
    assert_int_equal(out.premium.total, 370000 + 12 * 10000);
    lines[1].months = 2; /* at once is not by the month */
    assert_false(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
    in = a_priced(lines);
    lines[0].share = SHARE_COUNT;
    assert_false(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
    lines[0].share = (enum payer_share)-1;
    assert_false(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
    in = a_priced(lines);
    lines[0].charge = CHARGE_COUNT;
    assert_false(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
}

static void the_sources_of_jkp_are_in_no_sum(void **state) {
    struct premium_line lines[2];
    struct priced in = a_priced(lines), out;
    lines[0].charge = CHARGE_JKP;
    lines[0].share = SHARE_STATE;
    assert_true(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
    assert_int_equal(out.premium.lines[0].amount, 10000);
    assert_int_equal(out.premium.by_charge[CHARGE_JKP], 0);
    assert_int_equal(out.premium.total, 12 * 6800);
    lines[0].share = SHARE_RECOMPOSITION;
    assert_true(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
    lines[0].share = SHARE_EMPLOYER; /* JKP is never billed */
    assert_false(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
    lines[0] = lines[1];
    lines[0].share = SHARE_STATE; /* nor does the state pay a billed line */
    assert_false(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
}

/* ---- every bound of every field: first what our own writer can be made to write ---- */

static bool is_priced(const struct priced *priced) {
    struct priced out;
    return wire_decode_priced(arena, wire_encode_priced(arena, priced), &out);
}

static bool is_decided(const struct outcome *outcome) {
    const struct decided in = {.lineage = {.epoch = 1, .origin = 12}, .outcome = *outcome};
    struct decided out;
    return wire_decode_decided(arena, wire_encode_decided(arena, &in), &out);
}

static void every_field_of_an_application_has_its_bounds(void **state) {
    static uint8_t large[16 * 1024 + 1];
    char letters[256];
    memset(letters, 'a', sizeof letters);
    const struct slice overlong = slice_of(letters, sizeof letters);
    ANSWERS(an_application, at.agreement_id = overlong, false);
    ANSWERS(an_application, at.batch_id = overlong, false);
    ANSWERS(an_application, at.seal_key_id = overlong, false);
    ANSWERS(an_application, at.sealed_person = slice_of(large, sizeof large - 1), true);
    ANSWERS(an_application, at.sealed_person = slice_of(large, sizeof large), false);
    ANSWERS(an_application, at.registration_date = 20250931, false);
    ANSWERS(an_application, at.registration_date = -1, false);
    ANSWERS(an_application, at.start_month = -1, false);
    ANSWERS(an_application, at.segment = (enum segment)-1, false);
    ANSWERS(an_application, at.sector = (enum sector)3, false);
    ANSWERS(an_application, at.sector = (enum sector)-1, false);
    ANSWERS(an_application, at.sex = (enum sex)3, false);
    ANSWERS(an_application, at.sex = (enum sex)-1, false);
    ANSWERS(an_application, at.ktp_village = 10000, false);
    ANSWERS(an_application, at.desil = 10, true);
    ANSWERS(an_application, at.desil = 11, false);
    ANSWERS(an_application, at.desil = -1, false);
    ANSWERS(an_application, at.row = UINT32_MAX, false);
    ANSWERS(an_application, at.first_row = UINT32_MAX, false);
    ANSWERS(an_application, at.attempt = UINT32_MAX, false);
    ANSWERS(an_application, at.income = RUPIAH_INPUT_MAX + 1, false);
    ANSWERS(an_application, at.income = -RUPIAH_INPUT_MAX - 1, false);
}

static void every_field_of_a_verdict_and_a_line_has_its_bounds(void **state) {
    struct premium_line lines[2];
    char letters[256];
    memset(letters, 'a', sizeof letters);
    const struct slice overlong = slice_of(letters, sizeof letters);
#define REFUSES_PRICED(change)                                                                                         \
    do {                                                                                                               \
        struct priced at = a_priced(lines);                                                                            \
        change;                                                                                                        \
        if (is_priced(&at)) fail_msg("line %d: %s", __LINE__, #change);                                                \
    } while (0)
    REFUSES_PRICED(at.verdict.status = (enum verdict_status)-1);
    REFUSES_PRICED(at.verdict.status = (enum verdict_status)(VERDICT_PARKED + 1));
    REFUSES_PRICED(at.verdict.programmes = 32);
    REFUSES_PRICED(at.verdict.start_month = 202500);
    REFUSES_PRICED(at.verdict.months = 1201);
    REFUSES_PRICED(at.verdict.funds = (enum funds)-1);
    REFUSES_PRICED(at.verdict.funds = (enum funds)5);
    REFUSES_PRICED(at.verdict.desil = 11);
    REFUSES_PRICED(at.application.attempt = 0);
    REFUSES_PRICED(lines[0].charge = (enum charge)-1);
    REFUSES_PRICED(lines[0].from = 0);
    REFUSES_PRICED(lines[0].from = 202513);
    REFUSES_PRICED(lines[0].months = 0);
    REFUSES_PRICED(lines[0].base = RUPIAH_INPUT_MAX + 1);
    REFUSES_PRICED(lines[0].normal = RUPIAH_INPUT_MAX + 1);
    REFUSES_PRICED(lines[0].amount = -1);
    REFUSES_PRICED(lines[0].rate_ppm = -1);
    REFUSES_PRICED(lines[0].rate_ppm = 1000001);
    REFUSES_PRICED(lines[0].tariff_row = overlong);
    REFUSES_PRICED(lines[0].regulation = overlong);
    REFUSES_PRICED(lines[0].relief = overlong);
}

static struct outcome an_outcome(void) {
    struct outcome outcome = {.attempt = 1, .status = OUTCOME_ACCEPTED, .programmes = 3, .start_month = 202510, .months = 12, .registration_date = 20250915,
                              .budget_year = 2025, .decided_at_ms = 1757900000456};
    memset(outcome.application_id.bytes, 0xc3, ID_BYTES);
    return outcome;
}

static void every_field_of_an_outcome_has_its_bounds(void **state) {
    static uint8_t large[16 * 1024 + 1];
    char letters[256];
    memset(letters, 'a', sizeof letters);
    const struct slice overlong = slice_of(letters, sizeof letters);
    const struct outcome good = an_outcome();
    assert_true(is_decided(&good));
#define REFUSES_OUTCOME(change)                                                                                        \
    do {                                                                                                               \
        struct outcome at = an_outcome();                                                                              \
        change;                                                                                                        \
        if (is_decided(&at)) fail_msg("line %d: %s", __LINE__, #change);                                               \
    } while (0)
    REFUSES_OUTCOME(at.agreement_id = overlong);
    REFUSES_OUTCOME(at.batch_id = overlong);
    REFUSES_OUTCOME(at.payer_name = overlong);
    REFUSES_OUTCOME(at.seal_key_id = overlong);
    REFUSES_OUTCOME(at.sealed_person = slice_of(large, sizeof large));
    REFUSES_OUTCOME(at.status = (enum outcome_status)-1);
    REFUSES_OUTCOME(at.status = (enum outcome_status)(OUTCOME_PARKED + 1));
    REFUSES_OUTCOME(at.programmes = 32);
    REFUSES_OUTCOME(at.months = 1201);
    REFUSES_OUTCOME(at.decided_at_ms = -1);
    REFUSES_OUTCOME(at.amount = RUPIAH_INPUT_MAX + 1);
    REFUSES_OUTCOME(at.row = UINT32_MAX);
    REFUSES_OUTCOME(at.attempt = UINT32_MAX);
    REFUSES_OUTCOME(at.rank = UINT32_MAX);
    REFUSES_OUTCOME(at.registration_date = 20250931);
    REFUSES_OUTCOME(at.budget_year = -1);
    REFUSES_OUTCOME(at.ktp_region = 1000000);
    REFUSES_OUTCOME(at.ktp_village = 10000);
    REFUSES_OUTCOME(at.budget_year = 10000);
}

/* ---- then bytes that only somebody else's writer makes ---- */

enum { DECIDED_LINEAGE = 1, DECIDED_ID = 2, DECIDED_STATUS = 7, DECIDED_CODES = 8, DECIDED_WARNINGS = 9 };

struct raw {
    uint8_t bytes[4096];
    size_t size;
};

static void raw_varint(struct raw *raw, uint64_t value) {
    for (; value >= 0x80; value >>= 7) raw->bytes[raw->size++] = (uint8_t)(value | 0x80);
    raw->bytes[raw->size++] = (uint8_t)value;
    assert_true(raw->size + 16 < sizeof raw->bytes);
}

static void raw_number(struct raw *raw, uint32_t field, uint64_t value) {
    raw_varint(raw, field << 3);
    raw_varint(raw, value);
}

static void raw_bytes(struct raw *raw, uint32_t field, const void *bytes, size_t size) {
    raw_varint(raw, field << 3 | 2);
    raw_varint(raw, size);
    assert_true(raw->size + size + 16 < sizeof raw->bytes);
    memcpy(raw->bytes + raw->size, bytes, size);
    raw->size += size;
}

enum { LINEAGE = 1, APPLICATION = 2, VERDICT = 3 }; /* fields of the messages between the stages */

static struct raw raw_lineage(uint64_t epoch, uint64_t first_origin, uint64_t origin) {
    struct raw raw = {.size = 0};
    raw_number(&raw, 1, epoch);
    raw_number(&raw, 2, first_origin);
    raw_number(&raw, 3, origin);
    return raw;
}

static struct raw raw_application(size_t id_size) {
    struct raw raw = {.size = 0};
    raw_bytes(&raw, 1, "0123456789abcdefg", id_size);
    raw_number(&raw, 2, 1);
    return raw;
}

static bool is_read_submitted(const struct raw *lineage, const struct raw *application) {
    struct raw message = {.size = 0};
    struct submitted out;
    if (lineage != NULL) raw_bytes(&message, LINEAGE, lineage->bytes, lineage->size);
    if (application != NULL) raw_bytes(&message, APPLICATION, application->bytes, application->size);
    return wire_decode_submitted(arena, slice_of(message.bytes, message.size), &out);
}

static void a_lineage_is_there_and_stands_somewhere(void **state) {
    const struct raw application = raw_application(16);
    const struct raw good = raw_lineage(1, 0, 0), no_epoch = raw_lineage(0, 0, 0), late_epoch = raw_lineage(UINT32_MAX, 0, 0);
    const struct raw before = raw_lineage(1, (uint64_t)-1, 0), under = raw_lineage(1, 0, (uint64_t)-1);
    assert_true(is_read_submitted(&good, &application));
    assert_false(is_read_submitted(NULL, &application));
    assert_false(is_read_submitted(&good, NULL));
    assert_false(is_read_submitted(&no_epoch, &application));
    assert_false(is_read_submitted(&late_epoch, &application));
    assert_false(is_read_submitted(&before, &application));
    assert_false(is_read_submitted(&under, &application));
}

static void ids_have_their_size_and_codes_their_numbers(void **state) {
    const struct raw lineage = raw_lineage(1, 0, 0);
    struct raw application = raw_application(15);
    assert_false(is_read_submitted(&lineage, &application));
    application = raw_application(17);
    assert_false(is_read_submitted(&lineage, &application));
    application = raw_application(16);
    raw_bytes(&application, 9, "short", 5); /* the token */
    assert_false(is_read_submitted(&lineage, &application));
    static const struct {
        uint64_t code;
        bool read;
    } codes[] = {{0, false}, {1, true}, {CODE_LIMIT - 1, true}, {CODE_LIMIT, false}, {UINT32_MAX, false}};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        application = raw_application(16);
        raw_number(&application, 21, codes[i].code);
        assert_int_equal(is_read_submitted(&lineage, &application), codes[i].read);
    }
    application = raw_application(16);
    raw_number(&application, 18, 32); /* programmes */
    assert_false(is_read_submitted(&lineage, &application));
    application = raw_application(16);
    raw_number(&application, 6, UINT64_C(1) << 31); /* first row */
    assert_false(is_read_submitted(&lineage, &application));
}

/* A verdict of a status, with a code and a warning. */
static bool is_read_assessed(bool with_application, bool with_verdict, uint64_t code, uint64_t warning) {
    const struct raw lineage = raw_lineage(1, 0, 0), application = raw_application(16);
    struct raw message = {.size = 0}, verdict = {.size = 0};
    struct assessed assessed;
    struct priced priced;
    raw_number(&verdict, 1, VERDICT_REJECTED);
    raw_number(&verdict, 2, code);
    raw_number(&verdict, 3, warning);
    raw_bytes(&message, LINEAGE, lineage.bytes, lineage.size);
    if (with_application) raw_bytes(&message, APPLICATION, application.bytes, application.size);
    if (with_verdict) raw_bytes(&message, VERDICT, verdict.bytes, verdict.size);
    bool read = wire_decode_assessed(arena, slice_of(message.bytes, message.size), &assessed);
    assert_int_equal(read, wire_decode_priced(arena, slice_of(message.bytes, message.size), &priced)); /* the same with no line */
    return read;
}

static void a_verdict_is_there_with_known_codes(void **state) {
    struct assessed assessed;
    struct priced priced;
    struct decided decided;
    assert_true(is_read_assessed(true, true, CODE_E01, CODE_W20));
    assert_false(is_read_assessed(false, true, CODE_E01, CODE_W20));
    assert_false(is_read_assessed(true, false, CODE_E01, CODE_W20));
    assert_false(is_read_assessed(true, true, 0, CODE_W20));
    assert_false(is_read_assessed(true, true, CODE_E01, CODE_LIMIT));
    struct raw message = {.size = 0}, no_lineage = {.size = 0};
    raw_bytes(&message, LINEAGE, no_lineage.bytes, 0);
    assert_false(wire_decode_assessed(arena, slice_of(message.bytes, message.size), &assessed));
    assert_false(wire_decode_priced(arena, slice_of(message.bytes, message.size), &priced));
    assert_false(wire_decode_decided(arena, slice_of(message.bytes, message.size), &decided));
    assert_false(wire_decode_assessed(arena, slice_text("x"), &assessed));
    assert_false(wire_decode_priced(arena, slice_text("x"), &priced));
    assert_false(wire_decode_decided(arena, slice_text("x"), &decided));
}

static bool is_read_outcome(size_t id_size, uint64_t code, uint64_t warning, uint64_t status) {
    const struct raw lineage = raw_lineage(1, 0, 0);
    struct raw message = {.size = 0};
    struct decided out;
    raw_bytes(&message, DECIDED_LINEAGE, lineage.bytes, lineage.size);
    raw_bytes(&message, DECIDED_ID, "0123456789abcdef", id_size);
    raw_number(&message, DECIDED_STATUS, status);
    raw_number(&message, DECIDED_CODES, code);
    raw_number(&message, DECIDED_WARNINGS, warning);
    return wire_decode_decided(arena, slice_of(message.bytes, message.size), &out);
}

static void an_outcome_has_an_id_and_known_codes(void **state) {
    assert_true(is_read_outcome(16, CODE_E01, CODE_W20, OUTCOME_REJECTED));
    assert_false(is_read_outcome(15, CODE_E01, CODE_W20, OUTCOME_REJECTED));
    assert_false(is_read_outcome(16, 0, CODE_W20, OUTCOME_REJECTED));
    assert_false(is_read_outcome(16, CODE_E01, 0, OUTCOME_REJECTED));
    assert_false(is_read_outcome(16, CODE_E01, CODE_W20, 0));
}

static void too_many_lines_are_refused(void **state) {
    const struct raw lineage = raw_lineage(1, 0, 0), application = raw_application(16);
    struct raw message = {.size = 0}, verdict = {.size = 0};
    struct priced out;
    raw_number(&verdict, 1, VERDICT_ELIGIBLE);
    raw_bytes(&message, LINEAGE, lineage.bytes, lineage.size);
    raw_bytes(&message, APPLICATION, application.bytes, application.size);
    raw_bytes(&message, VERDICT, verdict.bytes, verdict.size);
    for (int i = 0; i <= PREMIUM_LINES_MAX; i++) raw_bytes(&message, 4, "\x08\x01\x10\x86\xAE\x0C\x18\x01", 8); /* JKK, 202502, one month */
    assert_false(wire_decode_priced(arena, slice_of(message.bytes, message.size), &out));
    message.size -= 10;
    assert_true(wire_decode_priced(arena, slice_of(message.bytes, message.size), &out));
    assert_int_equal(out.premium.line_count, PREMIUM_LINES_MAX);
}

static void odd_frames_are_refused(void **state) {
    const struct submitted in = {.lineage = {.epoch = 1}, .application = an_application()};
    const struct slice raw = wire_encode_submitted(arena, &in);
    static const struct {
        const char *frame;
        size_t size;
        bool read;
    } frames[] = {
        {"\0\0\0\0\1\1", 6, false},             /* a negative count */
        {"\0\0\0\0\1\x12", 6, false},           /* nine indexes */
        {"\0\0\0\0\1\x02\x80\x00", 8, true},  /* one index of two bytes */
        {"\0\0\0\0\1\x02\x80\x80", 8, false}, /* one that eats into the message */
    };
    struct submitted out;
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        uint8_t *bytes = arena_take(arena, raw.size + frames[i].size);
        memcpy(bytes, frames[i].frame, frames[i].size);
        memcpy(bytes + frames[i].size, raw.bytes, raw.size);
        assert_int_equal(wire_decode_submitted(arena, slice_of(bytes, raw.size + frames[i].size), &out), frames[i].read);
    }
    assert_false(wire_decode_submitted(arena, slice_of("\0\0\0\0\1\x02\x80\x80", 8), &out)); /* and one without an end */
}

static void months_behind_the_calendar_and_origins_behind_the_last_are_refused(void **state) {
    struct premium_line lines[2];
    struct priced in = a_priced(lines), out;
    in.verdict.start_month = 299901;
    assert_true(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out)); /* to December 2999 */
    in.verdict.months = 13;
    assert_false(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
    in = a_priced(lines);
    lines[1].from = 299902;
    assert_false(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
    in = a_priced(lines);
    in.lineage.origin = INT64_MAX; /* nothing could come after it */
    assert_false(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
}

static void a_message_takes_memory_in_proportion_to_its_bytes(void **state) {
    enum { LINES = 30000 };
    static uint8_t bytes[2 * LINES];
    struct priced out;
    for (size_t i = 0; i < LINES; i++) bytes[2 * i] = 4 << 3 | 2; /* an empty premium line, again and again */
    const size_t before = arena_used(arena);
    assert_false(wire_decode_priced(arena, slice_of(bytes, sizeof bytes), &out));
    assert_true(arena_used(arena) - before < 50 * sizeof bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_submission_comes_back_and_its_origin_is_left_to_the_offset),
        cmocka_unit_test(a_premium_comes_back_with_its_sums),
        cmocka_unit_test(sums_beyond_int64_are_refused),
        cmocka_unit_test(a_parked_record_needs_no_application_and_others_do),
        cmocka_unit_test(a_decision_comes_back),
        cmocka_unit_test(confluent_framing_is_read),
        cmocka_unit_test(bytes_that_are_no_message_are_refused_and_leave_the_result_alone),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(the_terms_of_every_segment_come_back),
        cmocka_unit_test(terms_are_absent_or_those_of_the_segment),
        cmocka_unit_test(terms_out_of_range_are_refused),
        cmocka_unit_test(shares_and_prices_at_once_come_back),
        cmocka_unit_test(the_sources_of_jkp_are_in_no_sum),
        cmocka_unit_test(every_field_of_an_application_has_its_bounds),
        cmocka_unit_test(every_field_of_a_verdict_and_a_line_has_its_bounds),
        cmocka_unit_test(every_field_of_an_outcome_has_its_bounds),
        cmocka_unit_test(a_lineage_is_there_and_stands_somewhere),
        cmocka_unit_test(ids_have_their_size_and_codes_their_numbers),
        cmocka_unit_test(a_verdict_is_there_with_known_codes),
        cmocka_unit_test(an_outcome_has_an_id_and_known_codes),
        cmocka_unit_test(too_many_lines_are_refused),
        cmocka_unit_test(odd_frames_are_refused),
        cmocka_unit_test(months_behind_the_calendar_and_origins_behind_the_last_are_refused),
        cmocka_unit_test(a_message_takes_memory_in_proportion_to_its_bytes),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
