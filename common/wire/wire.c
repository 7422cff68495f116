/* Turns protobuf bytes into domain structs and back. All memory comes from the batch arena; a message that breaks a bound is refused as a
 * whole, so that later stages never meet a half-read person. It must never trust a length, an enum value or a missing field. */
#include "common/wire/wire.h"

#include "common/base/check.h"
#include "common/wire/wire_parts.h"

#include "payung/enrolment/v1/assessed.pb-c.h"
#include "payung/enrolment/v1/decided.pb-c.h"
#include "payung/enrolment/v1/priced.pb-c.h"
#include "payung/enrolment/v1/submitted.pb-c.h"

typedef Payung__Enrolment__V1__Application PbApplication;
typedef Payung__Enrolment__V1__PuTerms PbPu;
typedef Payung__Enrolment__V1__JakonTerms PbJakon;
typedef Payung__Enrolment__V1__PmiTerms PbPmi;
typedef Payung__Enrolment__V1__Verdict PbVerdict;
typedef Payung__Enrolment__V1__PremiumLine PbLine;
typedef Payung__Enrolment__V1__EnrolmentSubmitted PbSubmitted;
typedef Payung__Enrolment__V1__EnrolmentAssessed PbAssessed;
typedef Payung__Enrolment__V1__EnrolmentPriced PbPriced;
typedef Payung__Enrolment__V1__EnrolmentDecided PbDecided;

enum {
    MESSAGE_BYTES_MAX = 64 * 1024,
    TEXT_BYTES_MAX = 255,
    SEALED_BYTES_MAX = 16 * 1024,
    PROGRAMME_SET_LIMIT = 1 << PROGRAMME_COUNT,
    FRAME_INDEXES_MAX = 8,
    WORKERS_MAX = 1000000,
    UNPACKED_TIMES_MAX = 32, /* memory of a message as a multiple of its bytes: an honest one takes less than ten, a forged one hundreds */
    UNPACKED_MORE_MAX = 16 * 1024,
};
_Static_assert((int)TEXT_BYTES_MAX == (int)PAYMENT_TEXT_MAX, "what a payment may say must be readable");
#define TIME_MS_MAX INT64_C(253402300799999) /* the end of the year 9999 */

/* ---- reading ---- */

struct purse { /* what one message may still take from the arena */
    struct arena *arena;
    size_t left;
};

static void *take(void *allocator, size_t size) {
    struct purse *purse = allocator;
    if (size > purse->left) return NULL; /* then the message is unreadable */
    purse->left -= size;
    return arena_take(purse->arena, size);
}
static void give_back(void *allocator, void *memory) { (void)allocator, (void)memory; } /* the arena is reset as a whole */

/* Confluent framing begins with 0x00 (no protobuf message can), then four bytes of schema id and a list of message indexes as
 * zigzag varints, its length first; the list [0] is written as one byte 0x00. */
static bool skip_frame(struct slice *bytes) {
    if (bytes->size == 0 || bytes->bytes[0] != 0) return true;
    size_t at = 5;
    if (bytes->size <= at) return false;
    uint8_t count = bytes->bytes[at++];
    if (count % 2 != 0 || count / 2 > FRAME_INDEXES_MAX) return false; /* zigzag of a small non-negative number is even */
    for (int i = 0; i < count / 2; i++) {
        while (at < bytes->size && (bytes->bytes[at] & 0x80) != 0) at++;
        at++;
    }
    if (at > bytes->size) return false;
    *bytes = slice_of(bytes->bytes + at, bytes->size - at);
    return true;
}

ProtobufCMessage *wire_unpack(struct arena *arena, struct slice bytes, const ProtobufCMessageDescriptor *descriptor) {
    if (bytes.size > MESSAGE_BYTES_MAX || !skip_frame(&bytes) || bytes.size == 0) return NULL;
    struct purse purse = {.arena = arena, .left = bytes.size * UNPACKED_TIMES_MAX + UNPACKED_MORE_MAX};
    ProtobufCAllocator allocator = {.alloc = take, .free = give_back, .allocator_data = &purse};
    return protobuf_c_message_unpack(descriptor, &allocator, bytes.size, bytes.bytes);
}

bool wire_read_text(const char *text, struct slice *ret_text) {
    size_t size = text != NULL ? strnlen(text, TEXT_BYTES_MAX + 1) : 0;
    if (size > TEXT_BYTES_MAX) return false;
    *ret_text = slice_of(text, size);
    return true;
}

bool wire_read_bytes16(ProtobufCBinaryData data, uint8_t ret_bytes[16]) {
    if (data.len == 0) {
        memset(ret_bytes, 0, 16);
        return true;
    }
    if (data.len != 16) return false;
    memcpy(ret_bytes, data.data, 16);
    return true;
}

bool wire_read_sealed(ProtobufCBinaryData data, struct slice *ret_sealed) {
    *ret_sealed = slice_of(data.data, data.len);
    return data.len <= SEALED_BYTES_MAX;
}

static bool read_codes(size_t count, const uint32_t *numbers, struct code_set *ret_set) {
    struct code_set set = {0};
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] == 0 || numbers[i] >= CODE_LIMIT) return false;
        set = code_set_with(set, (enum code)numbers[i]);
    }
    *ret_set = set;
    return true;
}

bool wire_is_day_or_none(uint32_t day) { return day == 0 || (day < INT32_MAX && day_is_valid((day_t)day)); }
bool wire_is_month_or_none(uint32_t month) { return month == 0 || (month < INT32_MAX && month_is_valid((month_t)month)); }
bool wire_is_time(int64_t ms) { return ms >= 0 && ms <= TIME_MS_MAX; }
/* Months that are all months of the calendar. */
static bool is_run(uint32_t month, uint32_t months) {
    return months <= COVER_MONTHS_MAX && wire_is_month_or_none(month) && (month == 0 || month_distance((month_t)month, MONTH_OPEN) + 1 >= (int32_t)months);
}
static bool is_amount(int64_t amount) { return amount >= -RUPIAH_INPUT_MAX && amount <= RUPIAH_INPUT_MAX; }

/* Of the terms: an amount of nothing, or one that may enter. */
static bool is_input(int64_t amount) { return amount >= 0 && amount <= RUPIAH_INPUT_MAX; }

bool wire_read_lineage(const PbLineage *in, struct lineage *ret_lineage) {
    if (in == NULL || in->epoch == 0 || in->epoch > INT32_MAX || in->first_origin < 0 || in->origin < 0 || in->origin == INT64_MAX) return false;
    *ret_lineage = (struct lineage){.epoch = in->epoch, .first_origin = in->first_origin, .origin = in->origin};
    return true;
}

/* The terms of a segment: absent they are all zero. */

static bool read_pu(const PbPu *in, struct pu_terms *ret_terms) {
    if (in == NULL) return true;
    struct pu_terms out = {0};
    bool sound = is_input(in->wage_rupiah) && in->risk_class <= RISK_CLASSES && (int)in->employer_size >= 0 &&
                 (int)in->employer_size <= EMPLOYER_LARGE && wire_read_text(in->employer_number, &out.employer_number);
    if (!sound) return false;
    out.wage = in->wage_rupiah;
    out.risk_class = (int32_t)in->risk_class;
    out.employer_size = (enum employer_size)in->employer_size;
    out.labour_intensive = in->labour_intensive;
    *ret_terms = out;
    return true;
}

static bool read_jakon(const PbJakon *in, struct jakon_terms *ret_terms) {
    if (in == NULL) return true;
    struct jakon_terms out = {0};
    bool sound = (int)in->basis >= 0 && (int)in->basis <= JAKON_BASIS_WAGES && wire_read_text(in->project_number, &out.project_number) &&
                 wire_read_text(in->spk_number, &out.spk_number) && wire_is_day_or_none(in->spk_date) && wire_is_day_or_none(in->from_date) &&
                 wire_is_day_or_none(in->to_date) && (in->to_date == 0 || in->from_date <= in->to_date) && in->workers <= WORKERS_MAX &&
                 is_input(in->contract_net_rupiah) && is_input(in->contract_gross_rupiah) && in->vat_ppm <= PPM &&
                 is_input(in->wages_rupiah);
    if (!sound) return false;
    out.basis = (enum jakon_basis)in->basis;
    out.spk_date = (day_t)in->spk_date;
    out.from = (day_t)in->from_date;
    out.to = (day_t)in->to_date;
    out.workers = in->workers;
    out.contract_net = in->contract_net_rupiah;
    out.contract_gross = in->contract_gross_rupiah;
    out.vat_ppm = in->vat_ppm;
    out.wages = in->wages_rupiah;
    *ret_terms = out;
    return true;
}

static bool read_pmi(const PbPmi *in, struct pmi_terms *ret_terms) {
    if (in == NULL) return true;
    struct pmi_terms out = {0};
    bool sound = (int)in->route >= 0 && (int)in->route <= PMI_ROUTE_INDIVIDUAL && is_input(in->jht_monthly_rupiah) &&
                 wire_read_text(in->placement_company, &out.placement_company) && wire_read_text(in->country, &out.country);
    if (!sound) return false;
    out.route = (enum pmi_route)in->route;
    out.jht_monthly = in->jht_monthly_rupiah;
    *ret_terms = out;
    return true;
}

/* Terms of another segment than the application's are a mistake of the writer, not something to pass over. */
static bool terms_fit(const PbApplication *in) {
    int segment = (int)in->segment;
    return (in->pu == NULL || segment == SEGMENT_PU) && (in->jakon == NULL || segment == SEGMENT_JAKON) &&
           (in->pmi == NULL || segment == SEGMENT_PMI);
}

static bool read_application(const PbApplication *in, struct application *ret_application) {
    if (in == NULL) return false;
    struct application out = {0};
    bool sound = wire_read_bytes16(in->application_id, out.application_id.bytes) &&
                 wire_read_bytes16(in->person_token, out.person.bytes) && wire_read_text(in->agreement_id, &out.agreement_id) &&
                 wire_read_text(in->batch_id, &out.batch_id) && wire_read_text(in->occupation, &out.occupation) &&
                 wire_read_text(in->seal_key_id, &out.seal_key_id) && wire_read_sealed(in->sealed_person, &out.sealed_person) &&
                 read_codes(in->n_findings, in->findings, &out.findings) && wire_is_day_or_none(in->registration_date) &&
                 wire_is_day_or_none(in->birth_date) && wire_is_month_or_none(in->start_month) && in->months <= COVER_MONTHS_MAX &&
                 in->programmes < PROGRAMME_SET_LIMIT && (int)in->segment >= 0 && (int)in->segment <= SEGMENT_PMI &&
                 (int)in->sector >= 0 && (int)in->sector <= SECTOR_OTHER && (int)in->sex >= 0 && (int)in->sex <= SEX_FEMALE &&
                 in->ktp_region <= 999999 && in->ktp_village <= 9999 && in->row <= INT32_MAX && in->first_row <= INT32_MAX &&
                 in->attempt <= INT32_MAX && in->desil <= DESIL_MAX && is_amount(in->income_rupiah) && wire_is_time(in->submitted_at_ms) &&
                 terms_fit(in) && read_pu(in->pu, &out.pu) && read_jakon(in->jakon, &out.jakon) && read_pmi(in->pmi, &out.pmi);
    if (!sound) return false;
    out.attempt = in->attempt;
    out.row = in->row;
    out.first_row = in->first_row;
    out.registration_date = (day_t)in->registration_date;
    out.segment = (enum segment)in->segment;
    out.birth_date = (day_t)in->birth_date;
    out.sex = (enum sex)in->sex;
    out.ktp_region = in->ktp_region;
    out.ktp_village = in->ktp_village;
    out.sector = (enum sector)in->sector;
    out.is_employer = in->is_employer;
    out.income = in->income_rupiah;
    out.programmes = (programme_set)in->programmes;
    out.start_month = (month_t)in->start_month;
    out.months = in->months;
    out.desil = (int)in->desil;
    out.submitted_at_ms = in->submitted_at_ms;
    *ret_application = out;
    return true;
}

static bool read_verdict(const PbVerdict *in, struct verdict *ret_verdict) {
    if (in == NULL) return false;
    struct verdict out = {0};
    bool sound = (int)in->status > 0 && (int)in->status <= VERDICT_PARKED && read_codes(in->n_codes, in->codes, &out.codes) &&
                 read_codes(in->n_warnings, in->warnings, &out.warnings) && in->programmes < PROGRAMME_SET_LIMIT &&
                 is_run(in->start_month, in->months) && (int)in->funds >= 0 &&
                 (int)in->funds <= FUNDS_PRIBADI && in->desil <= DESIL_MAX;
    if (!sound) return false;
    out.status = (enum verdict_status)in->status;
    out.programmes = (programme_set)in->programmes;
    out.start_month = (month_t)in->start_month;
    out.months = in->months;
    out.funds = (enum funds)in->funds;
    out.desil = (int)in->desil;
    *ret_verdict = out;
    return true;
}

/* A parked record may come without an application; every other record must name one. */
static bool named_unless_parked(const struct application *application, const struct verdict *verdict) {
    return verdict->status == VERDICT_PARKED || (!id_is_zero(application->application_id) && application->attempt > 0);
}

/* The two sources of JKP are information and in no sum; every other line is billed. */
static bool is_source_of_jkp(int share) { return share == SHARE_STATE || share == SHARE_RECOMPOSITION; }

static bool read_line(const PbLine *in, struct premium_line *ret_line) {
    struct premium_line out = {0};
    bool sound = (int)in->programme > 0 && (int)in->programme <= CHARGE_COUNT && in->from_month != 0 &&
                 is_run(in->from_month, in->months) && in->months > 0 && (!in->once || in->months == 1) &&
                 (int)in->share >= 0 && (int)in->share < SHARE_COUNT &&
                 is_source_of_jkp((int)in->share) == ((int)in->programme == CHARGE_JKP + 1) && is_amount(in->base_rupiah) &&
                 is_amount(in->normal_rupiah) && is_amount(in->amount_rupiah) && in->amount_rupiah >= 0 && in->rate_ppm >= 0 &&
                 in->rate_ppm <= PPM && wire_read_text(in->tariff_row, &out.tariff_row) &&
                 wire_read_text(in->regulation, &out.regulation) && wire_read_text(in->relief, &out.relief);
    if (!sound) return false;
    out.charge = (enum charge)((int)in->programme - 1);
    out.share = (enum payer_share)in->share;
    out.once = in->once;
    out.from = (month_t)in->from_month;
    out.months = in->months;
    out.base = in->base_rupiah;
    out.rate_ppm = in->rate_ppm;
    out.normal = in->normal_rupiah;
    out.amount = in->amount_rupiah;
    *ret_line = out;
    return true;
}

static bool read_premium(struct arena *arena, const PbPriced *in, struct premium *ret_premium) {
    if (in->n_lines > PREMIUM_LINES_MAX) return false;
    struct premium out = {.line_count = in->n_lines, .lines = arena_zero(arena, in->n_lines, sizeof *out.lines)};
    for (size_t i = 0; i < in->n_lines; i++) {
        rupiah all_months;
        struct premium_line *line = &out.lines[i];
        if (!read_line(in->lines[i], line)) return false;
        if (is_source_of_jkp((int)line->share)) continue;
        if (!rupiah_multiply(line->amount, line->months, &all_months) ||
            !rupiah_add(out.by_charge[line->charge], all_months, &out.by_charge[line->charge]) ||
            !rupiah_add(out.total, all_months, &out.total))
            return false;
    }
    *ret_premium = out;
    return true;
}

bool wire_decode_submitted(struct arena *arena, struct slice bytes, struct submitted *ret_message) {
    const PbSubmitted *in = (const PbSubmitted *)wire_unpack(arena, bytes, &payung__enrolment__v1__enrolment_submitted__descriptor);
    struct submitted out = {0};
    if (in == NULL || !wire_read_lineage(in->lineage, &out.lineage) || !read_application(in->application, &out.application)) return false;
    if (id_is_zero(out.application.application_id) || out.application.attempt == 0) return false;
    *ret_message = out;
    return true;
}

bool wire_decode_assessed(struct arena *arena, struct slice bytes, struct assessed *ret_message) {
    const PbAssessed *in = (const PbAssessed *)wire_unpack(arena, bytes, &payung__enrolment__v1__enrolment_assessed__descriptor);
    struct assessed out = {0};
    if (in == NULL || !wire_read_lineage(in->lineage, &out.lineage) || !read_application(in->application, &out.application) ||
        !read_verdict(in->verdict, &out.verdict) || !named_unless_parked(&out.application, &out.verdict))
        return false;
    *ret_message = out;
    return true;
}

bool wire_decode_priced(struct arena *arena, struct slice bytes, struct priced *ret_message) {
    const PbPriced *in = (const PbPriced *)wire_unpack(arena, bytes, &payung__enrolment__v1__enrolment_priced__descriptor);
    struct priced out = {0};
    if (in == NULL || !wire_read_lineage(in->lineage, &out.lineage) || !read_application(in->application, &out.application) ||
        !read_verdict(in->verdict, &out.verdict) || !named_unless_parked(&out.application, &out.verdict) ||
        !read_premium(arena, in, &out.premium))
        return false;
    *ret_message = out;
    return true;
}

bool wire_decode_decided(struct arena *arena, struct slice bytes, struct decided *ret_message) {
    const PbDecided *in = (const PbDecided *)wire_unpack(arena, bytes, &payung__enrolment__v1__enrolment_decided__descriptor);
    struct decided out = {0};
    struct outcome *outcome = &out.outcome;
    bool sound = in != NULL && wire_read_lineage(in->lineage, &out.lineage) &&
                 wire_read_bytes16(in->application_id, outcome->application_id.bytes) &&
                 wire_read_text(in->agreement_id, &outcome->agreement_id) && wire_read_text(in->batch_id, &outcome->batch_id) &&
                 wire_read_text(in->payer_name, &outcome->payer_name) && wire_read_text(in->seal_key_id, &outcome->seal_key_id) &&
                 wire_read_sealed(in->sealed_person, &outcome->sealed_person) &&
                 read_codes(in->n_codes, in->codes, &outcome->codes) &&
                 read_codes(in->n_warnings, in->warnings, &outcome->warnings) && (int)in->status > 0 &&
                 (int)in->status <= OUTCOME_PARKED && in->programmes < PROGRAMME_SET_LIMIT && is_run(in->start_month, in->months) &&
                 wire_is_time(in->decided_at_ms) && wire_is_time(in->posted_at_ms) && in->posted_sequence >= 0 && is_amount(in->amount_rupiah) && in->row <= INT32_MAX && in->attempt <= INT32_MAX &&
                 in->waiting_rank <= INT32_MAX && wire_is_day_or_none(in->registration_date) && in->budget_year >= 0 &&
                 in->budget_year <= 9999 && in->ktp_region <= 999999 && in->ktp_village <= 9999;
    if (!sound) return false;
    outcome->attempt = in->attempt;
    outcome->row = in->row;
    outcome->status = (enum outcome_status)in->status;
    outcome->programmes = (programme_set)in->programmes;
    outcome->start_month = (month_t)in->start_month;
    outcome->months = in->months;
    outcome->amount = in->amount_rupiah;
    outcome->rank = in->waiting_rank;
    outcome->commit_sequence = in->commit_sequence;
    outcome->repeat = in->repeat;
    outcome->registration_date = (day_t)in->registration_date;
    outcome->budget_year = in->budget_year;
    outcome->decided_at_ms = in->decided_at_ms;
    outcome->posted_sequence = in->posted_sequence;
    outcome->posted_position = in->posted_position;
    outcome->posted_at_ms = in->posted_at_ms;
    outcome->ktp_region = in->ktp_region;
    outcome->ktp_village = in->ktp_village;
    *ret_message = out;
    return true;
}

/* ---- writing ---- */

struct slice wire_pack(struct arena *arena, const ProtobufCMessage *message) {
    size_t size = protobuf_c_message_get_packed_size(message);
    CHECK(size <= MESSAGE_BYTES_MAX);
    uint8_t *bytes = arena_take(arena, size);
    size_t written = protobuf_c_message_pack(message, bytes);
    CHECK(written == size);
    return slice_of(bytes, size);
}

ProtobufCBinaryData wire_write_bytes(struct slice bytes) {
    return (ProtobufCBinaryData){.len = bytes.size, .data = (uint8_t *)bytes.bytes};
}

ProtobufCBinaryData wire_write_bytes16(const uint8_t bytes[16], bool is_zero) {
    return (ProtobufCBinaryData){.len = is_zero ? 0 : 16, .data = (uint8_t *)bytes};
}

static size_t write_codes(struct arena *arena, struct code_set set, uint32_t **ret_numbers) {
    size_t count = (size_t)__builtin_popcountll(set.bits), at = 0;
    uint32_t *numbers = arena_zero(arena, count, sizeof *numbers);
    for (uint32_t number = 1; number < CODE_LIMIT; number++)
        if (code_set_has(set, (enum code)number)) numbers[at++] = number;
    CHECK(at == count);
    *ret_numbers = numbers;
    return count;
}

PbLineage *wire_write_lineage(struct arena *arena, const struct lineage *in) {
    CHECK(in->epoch >= 1 && in->first_origin >= 0 && in->origin >= 0);
    PbLineage *out = arena_take(arena, sizeof *out);
    payung__enrolment__v1__lineage__init(out);
    out->epoch = in->epoch;
    out->first_origin = in->first_origin;
    out->origin = in->origin;
    return out;
}

static PbPu *write_pu(struct arena *arena, const struct pu_terms *in) {
    PbPu *out = arena_take(arena, sizeof *out);
    payung__enrolment__v1__pu_terms__init(out);
    out->wage_rupiah = in->wage;
    out->risk_class = (uint32_t)in->risk_class;
    out->employer_size = (Payung__Enrolment__V1__EmployerSize)in->employer_size;
    out->labour_intensive = in->labour_intensive;
    out->employer_number = arena_text(arena, in->employer_number);
    return out;
}

static PbJakon *write_jakon(struct arena *arena, const struct jakon_terms *in) {
    PbJakon *out = arena_take(arena, sizeof *out);
    payung__enrolment__v1__jakon_terms__init(out);
    out->basis = (Payung__Enrolment__V1__JakonBasis)in->basis;
    out->project_number = arena_text(arena, in->project_number);
    out->spk_number = arena_text(arena, in->spk_number);
    out->spk_date = (uint32_t)in->spk_date;
    out->from_date = (uint32_t)in->from;
    out->to_date = (uint32_t)in->to;
    out->workers = in->workers;
    out->contract_net_rupiah = in->contract_net;
    out->contract_gross_rupiah = in->contract_gross;
    CHECK(in->vat_ppm >= 0 && in->vat_ppm <= UINT32_MAX);
    out->vat_ppm = (uint32_t)in->vat_ppm;
    out->wages_rupiah = in->wages;
    return out;
}

static PbPmi *write_pmi(struct arena *arena, const struct pmi_terms *in) {
    PbPmi *out = arena_take(arena, sizeof *out);
    payung__enrolment__v1__pmi_terms__init(out);
    out->route = (Payung__Enrolment__V1__PmiRoute)in->route;
    out->jht_monthly_rupiah = in->jht_monthly;
    out->placement_company = arena_text(arena, in->placement_company);
    out->country = arena_text(arena, in->country);
    return out;
}

static PbApplication *write_application(struct arena *arena, const struct application *in) {
    PbApplication *out = arena_take(arena, sizeof *out);
    payung__enrolment__v1__application__init(out);
    out->application_id = wire_write_bytes16(in->application_id.bytes, id_is_zero(in->application_id));
    out->attempt = in->attempt;
    out->agreement_id = arena_text(arena, in->agreement_id);
    out->batch_id = arena_text(arena, in->batch_id);
    out->row = in->row;
    out->first_row = in->first_row;
    out->registration_date = (uint32_t)in->registration_date;
    out->segment = (Payung__Enrolment__V1__Segment)in->segment;
    out->person_token = wire_write_bytes16(in->person.bytes, person_is_nobody(in->person));
    out->birth_date = (uint32_t)in->birth_date;
    out->sex = (Payung__Enrolment__V1__Sex)in->sex;
    out->ktp_region = in->ktp_region;
    out->ktp_village = in->ktp_village;
    out->occupation = arena_text(arena, in->occupation);
    out->sector = (Payung__Enrolment__V1__Sector)in->sector;
    out->is_employer = in->is_employer;
    out->income_rupiah = in->income;
    out->programmes = in->programmes;
    out->start_month = (uint32_t)in->start_month;
    out->months = in->months;
    out->desil = (uint32_t)in->desil;
    out->n_findings = write_codes(arena, in->findings, &out->findings);
    out->sealed_person = wire_write_bytes(in->sealed_person);
    out->seal_key_id = arena_text(arena, in->seal_key_id);
    out->submitted_at_ms = in->submitted_at_ms;
    if (in->segment == SEGMENT_PU) out->pu = write_pu(arena, &in->pu);
    if (in->segment == SEGMENT_JAKON) out->jakon = write_jakon(arena, &in->jakon);
    if (in->segment == SEGMENT_PMI) out->pmi = write_pmi(arena, &in->pmi);
    return out;
}

static PbVerdict *write_verdict(struct arena *arena, const struct verdict *in) {
    CHECK(in->status != VERDICT_NONE);
    PbVerdict *out = arena_take(arena, sizeof *out);
    payung__enrolment__v1__verdict__init(out);
    out->status = (Payung__Enrolment__V1__VerdictStatus)in->status;
    out->n_codes = write_codes(arena, in->codes, &out->codes);
    out->n_warnings = write_codes(arena, in->warnings, &out->warnings);
    out->programmes = in->programmes;
    out->start_month = (uint32_t)in->start_month;
    out->months = in->months;
    out->funds = (Payung__Enrolment__V1__Funds)in->funds;
    out->desil = (uint32_t)in->desil;
    return out;
}

static PbLine *write_line(struct arena *arena, const struct premium_line *in) {
    PbLine *out = arena_take(arena, sizeof *out);
    payung__enrolment__v1__premium_line__init(out);
    out->programme = (Payung__Enrolment__V1__Programme)((int)in->charge + 1);
    out->from_month = (uint32_t)in->from;
    out->months = in->months;
    out->base_rupiah = in->base;
    out->rate_ppm = in->rate_ppm;
    out->normal_rupiah = in->normal;
    out->amount_rupiah = in->amount;
    out->share = (Payung__Enrolment__V1__PayerShare)in->share;
    out->once = in->once;
    out->tariff_row = arena_text(arena, in->tariff_row);
    out->regulation = arena_text(arena, in->regulation);
    out->relief = arena_text(arena, in->relief);
    return out;
}

struct slice wire_encode_submitted(struct arena *arena, const struct submitted *message) {
    PbSubmitted out = PAYUNG__ENROLMENT__V1__ENROLMENT_SUBMITTED__INIT;
    struct lineage lineage = message->lineage;
    lineage.origin = 0; /* the record's offset is its origin */
    out.lineage = wire_write_lineage(arena, &lineage);
    out.application = write_application(arena, &message->application);
    return wire_pack(arena, &out.base);
}

struct slice wire_encode_assessed(struct arena *arena, const struct assessed *message) {
    PbAssessed out = PAYUNG__ENROLMENT__V1__ENROLMENT_ASSESSED__INIT;
    out.lineage = wire_write_lineage(arena, &message->lineage);
    out.application = write_application(arena, &message->application);
    out.verdict = write_verdict(arena, &message->verdict);
    return wire_pack(arena, &out.base);
}

struct slice wire_encode_priced(struct arena *arena, const struct priced *message) {
    CHECK(message->premium.line_count <= PREMIUM_LINES_MAX);
    PbPriced out = PAYUNG__ENROLMENT__V1__ENROLMENT_PRICED__INIT;
    out.lineage = wire_write_lineage(arena, &message->lineage);
    out.application = write_application(arena, &message->application);
    out.verdict = write_verdict(arena, &message->verdict);
    out.n_lines = message->premium.line_count;
    out.lines = arena_zero(arena, out.n_lines, sizeof *out.lines);
    for (size_t i = 0; i < out.n_lines; i++) out.lines[i] = write_line(arena, &message->premium.lines[i]);
    return wire_pack(arena, &out.base);
}

struct slice wire_encode_decided(struct arena *arena, const struct decided *message) {
    const struct outcome *in = &message->outcome;
    CHECK(in->status != OUTCOME_NONE);
    PbDecided out = PAYUNG__ENROLMENT__V1__ENROLMENT_DECIDED__INIT;
    out.lineage = wire_write_lineage(arena, &message->lineage);
    out.application_id = wire_write_bytes16(in->application_id.bytes, id_is_zero(in->application_id));
    out.attempt = in->attempt;
    out.agreement_id = arena_text(arena, in->agreement_id);
    out.batch_id = arena_text(arena, in->batch_id);
    out.row = in->row;
    out.status = (Payung__Enrolment__V1__OutcomeStatus)in->status;
    out.n_codes = write_codes(arena, in->codes, &out.codes);
    out.n_warnings = write_codes(arena, in->warnings, &out.warnings);
    out.programmes = in->programmes;
    out.start_month = (uint32_t)in->start_month;
    out.months = in->months;
    out.amount_rupiah = in->amount;
    out.waiting_rank = in->rank;
    out.commit_sequence = in->commit_sequence;
    out.repeat = in->repeat;
    out.registration_date = (uint32_t)in->registration_date;
    out.payer_name = arena_text(arena, in->payer_name);
    out.budget_year = in->budget_year;
    out.sealed_person = wire_write_bytes(in->sealed_person);
    out.seal_key_id = arena_text(arena, in->seal_key_id);
    out.decided_at_ms = in->decided_at_ms;
    out.posted_sequence = in->posted_sequence;
    out.posted_position = in->posted_position;
    out.posted_at_ms = in->posted_at_ms;
    out.ktp_region = in->ktp_region;
    out.ktp_village = in->ktp_village;
    return wire_pack(arena, &out.base);
}
