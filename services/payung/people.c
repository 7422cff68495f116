/* Makes people. The order of the random draws in person_of is part of the format: a change there changes every generated file, the sample included, so new
 * draws are only added at its end. */
#include "services/payung/people.h"

#include <stdio.h>

#include "common/base/check.h"
#include "common/domain/text.h"

enum { SERIAL_FIRST = 9900, SERIALS = 100, MOVED_IN_SERIALS = 6, AGE_MIN = 17, PMI_AGE_MIN = 18, AGE_LIMIT = 65, OLD_YEARS = 15, YOUNG_YEARS = 10, ROUNDS = 6 };

static const char *const kind_names[PEOPLE_KIND_COUNT] = {"VALID", "E01", "E02", "E03", "E04", "E05", "E06", "E80",          "E81",
                                                          "E20",   "E10", "E11", "E40", "E50", "E51", "E30", "DUPLICATE_ROW"};

static const char *const male_names[] = {"Ahmad", "Budi", "Slamet", "Suharto", "Joko", "Agus", "Hendra", "Rudi", "Dedi", "Herman", "Yanto", "Sutrisno",
                                         "Zulkifli", "Ridwan", "Syahrul", "Iwan", "Bambang", "Eko", "Mulyadi", "Nurdin", "Hasan", "Usman", "Darmawan", "Jefri",
                                         "Muhammad", "Andi", "Made", "Wayan", "Yohanes", "Paulus", "Suparman", "Tarmizi"};
static const char *const female_names[] = {"Siti", "Sri", "Dewi", "Nurhayati", "Ratna", "Yuliana", "Fatimah", "Aminah", "Wati", "Sumiati", "Rosmini", "Lestari",
                                           "Kartini", "Yanti", "Rahmawati", "Nurjanah", "Marlina", "Susanti", "Maryam", "Halimah", "Ketut", "Maria", "Ernawati", "Puspita",
                                           "Zubaidah", "Rohani", "Asmawati", "Hartati", "Suryani", "Mulyati", "Nuraini", "Tuti"};
static const char *const last_names[] = {"Saputra", "Hidayat", "Santoso", "Wijaya", "Kurniawan", "Setiawan", "Nugroho", "Pratama", "Siregar", "Harahap", "Nasution", "Lubis",
                                         "Simanjuntak", "Effendi", "Firmansyah", "Hasibuan", "Yulianto", "Gunawan", "Susilo", "Purnomo", "Wahyudi", "Suryadi", "Rahman", "Hakim",
                                         "Ma'ruf", "Al-Amin", "Sa'diyah", "Permana", "Suhendra", "Marpaung", "Ginting", "Tanjung"};
static const char *const relations[] = {"suami/istri", "anak", "orang tua", "saudara kandung"};
static const char *const countries[] = {"Taiwan", "Hong Kong", "Malaysia", "Singapura", "Korea Selatan", "Jepang", "Arab Saudi", "Brunei Darussalam"};
static const char *const jobs_abroad[] = {"perawat lansia", "operator pabrik", "pekerja perkebunan", "awak kapal ikan"};
static const char *const works[] = {"Peningkatan jalan desa", "Pembangunan ruang kelas", "Rehabilitasi saluran irigasi", "Pembangunan puskesmas pembantu"};
enum { NAMES = 32 };

/* ---- random numbers ------------------------------------------------------------------------------------------------------------------ */

uint64_t people_next(struct people_random *random) {
    uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

uint64_t people_below(struct people_random *random, uint64_t limit) {
    CHECK(limit >= 1);
    return people_next(random) % limit; /* the bias of the modulus does not matter for test people */
}

static uint64_t mixed(uint64_t seed, uint64_t salt, uint64_t value) {
    struct people_random random = {.state = seed ^ salt * UINT64_C(0xD1342543DE82EF95)};
    random.state = people_next(&random) ^ value;
    return people_next(&random);
}

/* A permutation of 0..space-1: a Feistel network over the next power of four, walked until it falls inside. */
static uint64_t permuted(const struct people_world *world, uint64_t value) {
    CHECK(value < world->space);
    const uint64_t mask = (UINT64_C(1) << world->half_bits) - 1;
    do { /* ends: a permutation of the larger set comes back into 0..space-1 */
        uint64_t left = value >> world->half_bits, right = value & mask;
        for (uint64_t round = 0; round < ROUNDS; round++) {
            uint64_t next = left ^ (mixed(world->plan.seed, 1 + round, right) & mask);
            left = right;
            right = next;
        }
        value = left << world->half_bits | right;
    } while (value >= world->space);
    return value;
}

/* ---- the plan ------------------------------------------------------------------------------------------------------------------------ */

enum segment people_segment(const struct people_plan *plan) { return plan->segment == SEGMENT_NONE ? SEGMENT_BPU : plan->segment; }

bool people_has_column(enum segment segment, enum column column) {
    if ((int)column < COLUMN_BASIC_COUNT) return true;
    switch (segment) {
    case SEGMENT_PU: return column >= COLUMN_NPP && column <= COLUMN_STATUS_PADAT_KARYA;
    case SEGMENT_JAKON: return column == COLUMN_NPP || column == COLUMN_UPAH || (column >= COLUMN_NO_PROYEK && column <= COLUMN_BASIS);
    case SEGMENT_PMI: return column >= COLUMN_JALUR && column <= COLUMN_ID_P3MI;
    case SEGMENT_BPU:
    case SEGMENT_NONE: return false;
    }
    return false;
}

const char *people_kind_name(enum people_kind kind) {
    CHECK((int)kind >= 0 && kind < PEOPLE_KIND_COUNT);
    return kind_names[kind];
}

bool people_kind_parse(struct slice text, enum people_kind *ret_kind) {
    for (int i = PEOPLE_VALID + 1; i < PEOPLE_KIND_COUNT; i++) {
        if (!text_is(text, kind_names[i])) continue;
        *ret_kind = (enum people_kind)i;
        return true;
    }
    return false;
}

uint64_t people_total(const struct people_plan *plan) {
    uint64_t total = plan->count;
    for (int i = 0; i < PEOPLE_KIND_COUNT; i++) total += plan->faults[i];
    return total;
}

/* Kind of an item and its number among those of its kind. */
static enum people_kind kind_and_number(const struct people_plan *plan, uint64_t item, uint64_t *ret_number) {
    CHECK(item < people_total(plan));
    if (item < plan->count) {
        *ret_number = item;
        return PEOPLE_VALID;
    }
    uint64_t number = item - plan->count;
    int kind = PEOPLE_VALID + 1;
    while (number >= plan->faults[kind]) number -= plan->faults[kind++];
    CHECK(kind < PEOPLE_KIND_COUNT);
    *ret_number = number;
    return (enum people_kind)kind;
}

enum people_kind people_kind_of(const struct people_plan *plan, uint64_t item) {
    uint64_t number = 0;
    return kind_and_number(plan, item, &number);
}

/* Copies take the valid people in order, each its own, E20 first. */
bool people_original(const struct people_plan *plan, uint64_t item, uint64_t *ret_original) {
    uint64_t number = 0;
    enum people_kind kind = kind_and_number(plan, item, &number);
    if (kind != PEOPLE_E20 && kind != PEOPLE_DUPLICATE_ROW) return false;
    *ret_original = kind == PEOPLE_E20 ? number : plan->faults[PEOPLE_E20] + number;
    return true;
}

/* ---- the world ----------------------------------------------------------------------------------------------------------------------- */

/* The day `years` before; 29 February becomes 28 February. */
static day_t years_before(day_t day, int years) {
    day_t made = day_make(day / 10000 - years, day / 100 % 100, day % 100);
    return made != 0 ? made : day_make(day / 10000 - years, 2, 28);
}

static bool load_villages(struct slice text, struct arena *arena, struct people_world *world, struct load_error *ret_error) {
    static const char *const names[] = {"code", "district_code", "name"};
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    if (!table_open(&table, text, ',', names, 3, ret_error)) return false;
    struct people_village *villages = arena_zero(arena, table_lines(text), sizeof *villages);
    size_t count = 0;
    while (table_next(&table, arena, fields, ret_error)) {
        struct people_village village = {.name = fields[2]};
        if (!region_parse(fields[0], &village.district, &village.number) || village.number == 0)
            return load_failed(ret_error, table.line, "code", "not the code of a village");
        if (!region_holds(world->plan.region, village.district)) continue;
        if (count > 0 && villages[count - 1].district > village.district) return load_failed(ret_error, table.line, "code", "codes must ascend");
        villages[count++] = village;
    }
    if (table.failed) return false;
    if (count == 0) return load_failed(ret_error, 0, "code", "no village of this region");
    world->villages = villages;
    world->village_count = count;
    return true;
}

static void list_districts(struct arena *arena, struct people_world *world) {
    uint32_t *districts = arena_zero(arena, world->village_count, sizeof *districts);
    size_t *first = arena_zero(arena, world->village_count + 1, sizeof *first);
    size_t count = 0;
    for (size_t i = 0; i < world->village_count; i++) {
        if (count > 0 && districts[count - 1] == world->villages[i].district) continue;
        first[count] = i;
        districts[count++] = world->villages[i].district;
    }
    first[count] = world->village_count;
    world->districts = districts;
    world->first_village = first;
    world->district_count = count;
}

/* As many districts of the same province outside the region as there are inside, or none. */
static void list_elsewhere(struct arena *arena, struct people_world *world) {
    uint32_t *elsewhere = arena_zero(arena, world->district_count, sizeof *elsewhere);
    const struct region_list *all = &world->regions->districts;
    size_t count = 0;
    for (size_t i = 0; i < all->count && count < world->district_count; i++) {
        uint32_t code = all->regions[i].code;
        if (code / 10000 == world->plan.region / 10000 && !region_holds(world->plan.region, code)) elsewhere[count++] = code;
    }
    world->elsewhere = count == world->district_count ? elsewhere : NULL;
}

/* Ages above the limit and paid work are no fault elsewhere, and an employee may have every programme. */
static bool fits_segment(const struct people_plan *plan) {
    if (people_segment(plan) == SEGMENT_BPU) return true;
    return plan->faults[PEOPLE_E11] == 0 && plan->faults[PEOPLE_E40] == 0 && (plan->faults[PEOPLE_E50] == 0 || plan->segment != SEGMENT_PU);
}

static int age_min(const struct people_plan *plan) { return plan->segment == SEGMENT_PMI ? PMI_AGE_MIN : AGE_MIN; }

static bool check_plan(const struct people_world *world, struct load_error *ret_error) {
    const struct people_plan *plan = &world->plan;
    uint64_t total = people_total(plan), copies = (uint64_t)plan->faults[PEOPLE_E20] + plan->faults[PEOPLE_DUPLICATE_ROW];
    uint64_t aged = (uint64_t)plan->faults[PEOPLE_E10] + plan->faults[PEOPLE_E11];
    if (total > world->space || total > PEOPLE_ITEMS_MAX)
        return load_failed(ret_error, 0, "", "at most %llu people for this region",
                           (unsigned long long)(world->space < PEOPLE_ITEMS_MAX ? world->space : PEOPLE_ITEMS_MAX));
    if (!fits_segment(plan)) return load_failed(ret_error, 0, "errors", "E11 and E40 are faults of BPU, E50 is none of PU");
    if (copies > plan->count) return load_failed(ret_error, 0, "", "more copies (E20, DUPLICATE_ROW) than valid people to copy");
    if (aged > 100000) return load_failed(ret_error, 0, "", "at most 100000 of E10 and E11 together");
    return true;
}

bool people_prepare(const struct people_sources *sources, const struct people_plan *plan, struct arena *arena, struct people_world *ret_world,
                    struct load_error *ret_error) {
    struct people_world world = {.plan = *plan, .regions = sources->regions, .occupations = sources->occupations};
    CHECK(day_is_valid(plan->as_of));
    if (plan->as_of < 20000101 || plan->as_of > 20991231) return load_failed(ret_error, 0, "as-of", "a day from 2000 to 2099");
    if (region_name(sources->regions, plan->region).size == 0) return load_failed(ret_error, 0, "region", "no such region");
    if (!load_villages(sources->villages, arena, &world, ret_error)) return false;
    list_districts(arena, &world);
    list_elsewhere(arena, &world);
    world.born_first = day_add(years_before(plan->as_of, AGE_LIMIT), 1);
    world.born_last = years_before(plan->as_of, age_min(plan));
    uint64_t days = (uint64_t)day_distance(world.born_first, world.born_last) + 1;
    world.space = world.district_count * days * 2 * SERIALS;
    while (UINT64_C(1) << 2 * world.half_bits < world.space) world.half_bits++;
    if (!check_plan(&world, ret_error)) return false;
    *ret_world = world;
    return true;
}

/* ---- one person ---------------------------------------------------------------------------------------------------------------------- */

struct marks { /* what the NIK tells */
    size_t district; /* index */
    day_t born;
    enum sex sex;
    int serial;
};

static struct marks marks_of_item(const struct people_world *world, uint64_t item) {
    uint64_t value = permuted(world, item);
    struct marks marks = {.serial = SERIAL_FIRST + (int)(value % SERIALS)};
    value /= SERIALS;
    marks.sex = value % 2 == 0 ? SEX_MALE : SEX_FEMALE;
    value /= 2;
    marks.district = (size_t)(value % world->district_count);
    marks.born = day_add(world->born_first, (int32_t)(value / world->district_count));
    return marks;
}

/* People outside the ages: a walk over the days of the window that meets each day once before it begins again with the next serial, so that they are
 * unique too. */
static struct marks marks_of_age(const struct people_world *world, uint64_t number, bool too_old) {
    enum { STRIDE = 37 };
    day_t first = too_old ? years_before(world->born_first, OLD_YEARS) : day_add(world->born_last, 1);
    day_t last = too_old ? day_add(world->born_first, -1) : years_before(world->plan.as_of, age_min(&world->plan) - YOUNG_YEARS);
    uint64_t days = (uint64_t)day_distance(first, last) + 1;
    CHECK(days % STRIDE != 0 && number / days < SERIALS); /* 10 and 15 years have no multiple of 37 days */
    uint64_t chance = mixed(world->plan.seed, 52 + too_old, number);
    uint64_t start = mixed(world->plan.seed, 54 + too_old, 0) % days;
    struct marks marks = {.born = day_add(first, (int32_t)((number * STRIDE + start) % days)), .serial = SERIAL_FIRST + (SERIALS / 2 + (int)(number / days)) % SERIALS};
    marks.sex = chance % 2 == 0 ? SEX_MALE : SEX_FEMALE;
    marks.district = (size_t)(chance / 2 % world->district_count);
    return marks;
}

static void put(struct people_row *row, enum column column, const char *text) {
    size_t size = strlen(text);
    CHECK(size < PEOPLE_FIELD_MAX);
    memcpy(row->text[column], text, size + 1);
}

static void put_day(struct people_row *row, enum column column, day_t day) { day_format(day, row->text[column]); }

static const char *pick(struct people_random *random, const char *const names[NAMES]) { return names[people_below(random, NAMES)]; }

static void put_name(struct people_row *row, enum column column, struct people_random *random, enum sex sex) {
    const char *first = pick(random, sex == SEX_MALE ? male_names : female_names);
    bool single = people_below(random, 8) == 0; /* one word is a legal name */
    const char *last = pick(random, last_names);
    if (single) put(row, column, first);
    else (void)snprintf(row->text[column], PEOPLE_FIELD_MAX, "%s %s", first, last);
}

static const struct occupation *pick_occupation(const struct people_world *world, struct people_random *random, bool formal) {
    const struct occupation_table *table = world->occupations;
    size_t start = (size_t)people_below(random, table->count);
    for (size_t i = 0; i < table->count; i++) {
        const struct occupation *occupation = &table->rows[(start + i) % table->count];
        if (occupation->formal == formal && !occupation->employer && !occupation->civil_servant) return occupation;
    }
    check_failed(__FILE__, __LINE__, "the occupation table has formal and informal jobs");
}

static void put_occupation(struct people_row *row, const struct occupation *occupation) {
    CHECK(occupation->name.size < PEOPLE_FIELD_MAX);
    memcpy(row->text[COLUMN_KODE_PEKERJAAN], occupation->code.bytes, occupation->code.size);
    memcpy(row->text[COLUMN_PEKERJAAN], occupation->name.bytes, occupation->name.size);
}

static void put_home(const struct people_world *world, struct people_row *row, struct people_random *random, size_t district) {
    size_t first = world->first_village[district], count = world->first_village[district + 1] - first;
    const struct people_village *village = &world->villages[first + people_below(random, count)];
    char code[9];
    region_format(village->district, code);
    (void)snprintf(row->text[COLUMN_KODE_WILAYAH_KTP], PEOPLE_FIELD_MAX, "%s.%04u", code, village->number);
    const char *kind = village->number < 2000 ? "Kelurahan" : "Desa"; /* VVVV 1xxx is a kelurahan */
    int size = village->name.size < 60 ? (int)village->name.size : 60;
    (void)snprintf(row->text[COLUMN_ALAMAT], PEOPLE_FIELD_MAX, "Dusun %u %s %.*s", 1 + (unsigned)people_below(random, 5), kind, size, (const char *)village->name.bytes);
    (void)snprintf(row->text[COLUMN_RT], PEOPLE_FIELD_MAX, "%03u", 1 + (unsigned)people_below(random, 12));
    (void)snprintf(row->text[COLUMN_RW], PEOPLE_FIELD_MAX, "%03u", 1 + (unsigned)people_below(random, 4));
    region_format(village->district / 100 * 100, row->text[COLUMN_LOKASI_KERJA]);
}

static void put_birthplace(const struct people_world *world, struct people_row *row, uint32_t region) {
    struct slice name = region_name(world->regions, region / 100 * 100);
    static const char *const ranks[] = {"Kabupaten ", "Kota "};
    for (size_t i = 0; i < sizeof ranks / sizeof ranks[0]; i++) {
        size_t size = strlen(ranks[i]);
        if (name.size > size && memcmp(name.bytes, ranks[i], size) == 0) name = slice_of(name.bytes + size, name.size - size);
    }
    if (name.size > 0 && name.size < PEOPLE_FIELD_MAX) memcpy(row->text[COLUMN_TEMPAT_LAHIR], name.bytes, name.size);
}

static void put_phone(struct people_row *row, struct people_random *random) {
    uint64_t number = people_below(random, 100000000);
    if (people_below(random, 20) == 0) return; /* some have none: W20 */
    (void)snprintf(row->text[COLUMN_NO_HP], PEOPLE_FIELD_MAX, "0840%08u", (unsigned)number);
}

static void put_terms(const struct people_plan *plan, struct people_row *row, struct people_random *random) {
    uint64_t income = 500000 + 50000 * people_below(random, 90);
    enum segment segment = people_segment(plan);
    put(row, COLUMN_SEGMEN, segment_name(segment));
    if (plan->fill_program) put(row, COLUMN_PROGRAM, segment == SEGMENT_PU ? "JKK+JKM+JHT+JP" : "JKK+JKM");
    if (plan->fill_penghasilan && segment == SEGMENT_BPU) (void)snprintf(row->text[COLUMN_PENGHASILAN], PEOPLE_FIELD_MAX, "%llu", (unsigned long long)income);
    if (segment == SEGMENT_JAKON) return; /* a project has its own dates */
    if (plan->fill_periode_mulai) month_format(month_add(day_month(plan->as_of), 1), row->text[COLUMN_PERIODE_MULAI]);
    if (plan->fill_jumlah_bulan && segment != SEGMENT_PMI) put(row, COLUMN_JUMLAH_BULAN, "12");
}

/* ---- what a segment adds; drawn after everything else ---------------------------------------------------------------------------------- */

static void put_number(struct people_row *row, enum column column, const char *before, uint64_t number) {
    (void)snprintf(row->text[column], PEOPLE_FIELD_MAX, "%s%llu", before, (unsigned long long)number);
}

static void put_firm(const struct people_plan *plan, struct people_row *row) { put_number(row, COLUMN_NPP, "SIM", 10000000 + mixed(plan->seed, 60, 0) % 90000000); }

/* All of one firm; its class of risk is that of the seed. */
static void put_employment(const struct people_plan *plan, struct people_row *row, struct people_random *random) {
    put_firm(plan, row);
    put(row, COLUMN_NAMA_PERUSAHAAN, "PT Contoh Simulasi");
    put(row, COLUMN_SKALA, "MENENGAH");
    put_number(row, COLUMN_KELAS_RISIKO, "", 1 + mixed(plan->seed, 61, 0) % 5);
    put_number(row, COLUMN_UPAH, "", 2500000 + 50000 * people_below(random, 200));
    put_day(row, COLUMN_TGL_MULAI_KERJA, day_add(plan->as_of, -(int32_t)people_below(random, 1000)));
    put(row, COLUMN_STATUS_PADAT_KARYA, "tidak");
}

/* One in four is paid by wages; of the contracts every other one is told with PPN. */
static void put_project(const struct people_plan *plan, uint64_t item, struct people_row *row, struct people_random *random) {
    day_t start = day_add(month_first_day(month_add(day_month(plan->as_of), 1)), (int32_t)people_below(random, 20));
    uint64_t workers = 5 + people_below(random, 60), kind = people_below(random, 4), value = 50000000 + 1000000 * people_below(random, 1500);
    put_firm(plan, row);
    (void)snprintf(row->text[COLUMN_NO_PROYEK], PEOPLE_FIELD_MAX, "SIM-%d-%07llu", plan->as_of / 10000, (unsigned long long)item);
    put(row, COLUMN_NAMA_PROYEK, works[people_below(random, 4)]);
    (void)snprintf(row->text[COLUMN_NO_SPK], PEOPLE_FIELD_MAX, "SPK/%07llu/SIM/%d", (unsigned long long)item, plan->as_of / 10000);
    put_day(row, COLUMN_TGL_SPK, day_add(start, -14));
    put_day(row, COLUMN_TGL_MULAI, start);
    put_day(row, COLUMN_TGL_SELESAI, day_add(start, 30 + (int32_t)people_below(random, 270)));
    put_number(row, COLUMN_JUMLAH_TK, "", workers);
    put(row, COLUMN_BASIS, kind == 0 ? "UPAH" : "KONTRAK");
    if (kind == 0) put_number(row, COLUMN_UPAH, "", workers * 2800000);
    else if (kind == 1) put_number(row, COLUMN_NILAI_KONTRAK_NETO, "", value);
    else put_number(row, COLUMN_NILAI_KONTRAK_BRUTO, "", value);
    if (kind == 2) put(row, COLUMN_PPN_PPM, "110000");
    memset(row->text[COLUMN_KODE_PEKERJAAN], 0, PEOPLE_FIELD_MAX);
    memset(row->text[COLUMN_PEKERJAAN], 0, PEOPLE_FIELD_MAX);
    put(row, COLUMN_PEKERJAAN, "penanggung jawab proyek");
}

/* Those who ask for programmes ask for JHT too, one in four. */
static void put_journey(const struct people_plan *plan, struct people_row *row, struct people_random *random) {
    static const char *const savings[] = {"50000", "100000", "200000", "300000"}; /* Permenaker 4/2023 */
    static const char *const months[] = {"6", "12", "24", "24", "24", "27", "36", "9"};
    bool placed = people_below(random, 3) > 0;
    put(row, COLUMN_JALUR, placed ? "P3MI" : "PERSEORANGAN");
    put(row, COLUMN_NEGARA, countries[people_below(random, 8)]);
    put_number(row, COLUMN_NO_PASPOR, "SIM", 1000000 + people_below(random, 9000000));
    put(row, COLUMN_LAMA_KONTRAK_BULAN, months[people_below(random, 8)]);
    uint64_t company = 1 + people_below(random, 400);
    if (placed) put_number(row, COLUMN_ID_P3MI, "SIM-P3MI-", company);
    memset(row->text[COLUMN_KODE_PEKERJAAN], 0, PEOPLE_FIELD_MAX);
    memset(row->text[COLUMN_PEKERJAAN], 0, PEOPLE_FIELD_MAX);
    put(row, COLUMN_PEKERJAAN, jobs_abroad[people_below(random, 4)]);
    bool saves = people_below(random, 4) == 0;
    const char *saving = savings[people_below(random, 4)];
    if (!saves || !plan->fill_program) return;
    put(row, COLUMN_PROGRAM, "JKK+JKM+JHT");
    put(row, COLUMN_JHT_BULANAN, saving);
}

static void put_segment(const struct people_plan *plan, uint64_t item, struct people_row *row, struct people_random *random) {
    switch (people_segment(plan)) {
    case SEGMENT_PU: put_employment(plan, row, random); return;
    case SEGMENT_JAKON: put_project(plan, item, row, random); return;
    case SEGMENT_PMI: put_journey(plan, row, random); return;
    case SEGMENT_BPU:
    case SEGMENT_NONE: return;
    }
}

static void person_of(const struct people_world *world, uint64_t item, const struct marks *marks, struct people_row *row) {
    struct people_random random = {.state = mixed(world->plan.seed, 50, item)};
    uint32_t issued = world->districts[marks->district];
    if (marks->serial < SERIAL_FIRST + MOVED_IN_SERIALS && world->elsewhere != NULL) issued = world->elsewhere[marks->district]; /* moved in: the NIK stays */
    nik_make(issued, marks->born, marks->sex, marks->serial, row->text[COLUMN_NIK]);
    put_name(row, COLUMN_NAMA, &random, marks->sex);
    put_birthplace(world, row, issued);
    put_day(row, COLUMN_TGL_LAHIR, marks->born);
    put(row, COLUMN_JENIS_KELAMIN, marks->sex == SEX_MALE ? "L" : "P");
    put(row, COLUMN_STATUS_KAWIN, people_below(&random, 4) == 0 ? "BELUM KAWIN" : "KAWIN");
    put_name(row, COLUMN_NAMA_IBU_KANDUNG, &random, SEX_FEMALE);
    put_home(world, row, &random, marks->district);
    put_phone(row, &random);
    put_occupation(row, pick_occupation(world, &random, people_segment(&world->plan) == SEGMENT_PU));
    put(row, COLUMN_JAM_MULAI, "07:00");
    put(row, COLUMN_JAM_SELESAI, "16:00");
    put_terms(&world->plan, row, &random);
    (void)snprintf(row->text[COLUMN_ID_DESIL], PEOPLE_FIELD_MAX, "%u", 1 + (unsigned)people_below(&random, 4));
    put_name(row, COLUMN_NAMA_AHLI_WARIS, &random, people_below(&random, 2) == 0 ? SEX_MALE : SEX_FEMALE);
    put(row, COLUMN_HUBUNGAN_AHLI_WARIS, relations[people_below(&random, 4)]);
    put_segment(&world->plan, item, row, &random);
}

/* ---- one fault ----------------------------------------------------------------------------------------------------------------------- */

static void spoil_required_field(enum segment segment, struct people_row *row, uint64_t number) {
    static const enum column columns[] = {COLUMN_NAMA, COLUMN_TGL_LAHIR, COLUMN_JENIS_KELAMIN, COLUMN_PEKERJAAN, COLUMN_KODE_WILAYAH_KTP, COLUMN_SEGMEN, COLUMN_NIK};
    static const enum column of_pu[] = {COLUMN_UPAH, COLUMN_KELAS_RISIKO, COLUMN_SKALA};
    static const enum column of_jakon[] = {COLUMN_TGL_SELESAI, COLUMN_JUMLAH_TK, COLUMN_BASIS};
    static const enum column of_pmi[] = {COLUMN_JALUR, COLUMN_LAMA_KONTRAK_BULAN, COLUMN_JALUR};
    enum { COMMON = sizeof columns / sizeof columns[0], OWN = 3 };
    const enum column *own = segment == SEGMENT_PU ? of_pu : segment == SEGMENT_JAKON ? of_jakon : of_pmi;
    uint64_t choice = segment == SEGMENT_BPU ? OWN + number % COMMON : number % (OWN + COMMON); /* the segment's own first */
    row->text[choice < OWN ? own[choice] : columns[choice - OWN]][0] = '\0';
}

/* The amount that the segment is priced by. */
static enum column amount_column(enum segment segment, const struct people_row *row) {
    switch (segment) {
    case SEGMENT_PU: return COLUMN_UPAH;
    case SEGMENT_JAKON: return strcmp(row->text[COLUMN_BASIS], "UPAH") == 0 ? COLUMN_UPAH : COLUMN_NILAI_KONTRAK_NETO;
    case SEGMENT_PMI: return COLUMN_JHT_BULANAN;
    case SEGMENT_BPU:
    case SEGMENT_NONE: return COLUMN_PENGHASILAN;
    }
    return COLUMN_PENGHASILAN;
}

static void spoil_residence(const struct people_world *world, struct people_row *row, struct people_random *random) {
    const struct region_list *all = &world->regions->districts;
    size_t start = (size_t)people_below(random, all->count);
    for (size_t i = 0; i < all->count; i++) {
        uint32_t code = all->regions[(start + i) % all->count].code;
        if (region_holds(world->plan.region / 100 * 100, code)) continue; /* of a payer that is a district, its regency counts */
        region_format(code, row->text[COLUMN_KODE_WILAYAH_KTP]);
        return;
    }
    check_failed(__FILE__, __LINE__, "there are districts outside the region");
}

static void shout(char *text) {
    for (; *text != '\0'; text++)
        if (*text >= 'a' && *text <= 'z') *text = (char)(*text - 32);
}

/* The set no longer holds JHT: an amount for it would be a second remark (W50). */
static void ask_no_savings(struct people_row *row) { put(row, COLUMN_JHT_BULANAN, ""); }

/* The row of a valid person becomes one with exactly this fault. */
static void spoil(const struct people_world *world, enum people_kind kind, uint64_t number, struct people_random *random, struct people_row *row) {
    static const char *const names[] = {"Siti 2", "B", "Budi Santoso 3", "-"};
    static const char *const amounts[] = {"0", "-500000", "satu juta", "100000000000001"};
    char *nik = row->text[COLUMN_NIK];
    enum segment segment = people_segment(&world->plan);
    switch (kind) {
    case PEOPLE_E01: nik[number % 2 == 0 ? NIK_DIGITS - 1 : NIK_DIGITS - 2] = '\0'; break;
    case PEOPLE_E02: nik[6 + number % 10] = number % 2 == 0 ? 'O' : 'l'; break;
    case PEOPLE_E03: memcpy(nik + (number % 2 == 0 ? 0 : 2), number % 2 == 0 ? "00" : "99", 2); break;
    case PEOPLE_E04: memcpy(nik + (number % 2 == 0 ? 6 : 8), number % 2 == 0 ? "32" : "13", 2); break;
    case PEOPLE_E05: memcpy(nik + 12, "0000", 4); break;
    case PEOPLE_E06: put(row, COLUMN_NAMA, names[number % 4]); break;
    case PEOPLE_E80: spoil_required_field(segment, row, number); break;
    case PEOPLE_E81: put(row, amount_column(segment, row), amounts[segment == SEGMENT_PMI ? 1 + number % 3 : number % 4]); break; /* no JHT is 0 there */
    case PEOPLE_E20: /* the same person, typed again by another clerk */
        shout(row->text[COLUMN_NAMA]);
        put(row, COLUMN_CATATAN, "usulan kedua");
        break;
    case PEOPLE_E40:
        memset(row->text[COLUMN_KODE_PEKERJAAN], 0, PEOPLE_FIELD_MAX);
        memset(row->text[COLUMN_PEKERJAAN], 0, PEOPLE_FIELD_MAX);
        put_occupation(row, pick_occupation(world, random, true));
        break;
    case PEOPLE_E50: put(row, COLUMN_PROGRAM, number % 2 == 0 ? "JKK+JKM+JP" : "JKK+JKM+JKP"), ask_no_savings(row); break; /* but in PU, see fits_segment */
    case PEOPLE_E51: put(row, COLUMN_PROGRAM, number % 2 == 0 ? "JKK" : "JKM"), ask_no_savings(row); break;
    case PEOPLE_E30: spoil_residence(world, row, random); break;
    case PEOPLE_E10: case PEOPLE_E11: case PEOPLE_DUPLICATE_ROW: case PEOPLE_VALID: case PEOPLE_KIND_COUNT: break; /* nothing to spoil */
    }
}

void people_row(const struct people_world *world, uint64_t item, struct people_row *ret_row) {
    uint64_t number = 0, original = 0;
    enum people_kind kind = kind_and_number(&world->plan, item, &number);
    bool copy = people_original(&world->plan, item, &original);
    uint64_t who = copy ? original : item;
    bool aged = kind == PEOPLE_E10 || kind == PEOPLE_E11;
    struct marks marks = aged ? marks_of_age(world, number, kind == PEOPLE_E11) : marks_of_item(world, who);
    struct people_random random = {.state = mixed(world->plan.seed, 51, item)};
    memset(ret_row, 0, sizeof *ret_row);
    person_of(world, who, &marks, ret_row);
    spoil(world, kind, number, &random, ret_row);
}
