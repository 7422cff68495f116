/* The table of regions: four sorted lists and binary search. Whether a code is right for a person is decided elsewhere; this file only
 * knows what exists, and what existed. */
#include "common/domain/region.h"

#include "common/base/check.h"
#include "common/domain/text.h"

enum { PROVINCE_UNIT = 10000, REGENCY_UNIT = 100 };

static const struct region *find(const struct region_list *list, uint32_t code) {
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->regions[middle].code < code) low = middle + 1;
        else high = middle;
    }
    return low < list->count && list->regions[low].code == code ? &list->regions[low] : NULL;
}

enum region_standing region_standing(const struct region_table *table, uint32_t region) {
    uint32_t regency = region / REGENCY_UNIT * REGENCY_UNIT, province = region / PROVINCE_UNIT * PROVINCE_UNIT;
    if (find(&table->regencies, regency) == NULL) {
        bool former = find(&table->history, regency) != NULL || find(&table->history, province) != NULL;
        return former ? REGION_FORMER : REGION_UNKNOWN;
    }
    return region == regency || find(&table->districts, region) != NULL ? REGION_KNOWN : REGION_NO_DISTRICT;
}

struct slice region_name(const struct region_table *table, uint32_t region) {
    const struct region_list *list = region % PROVINCE_UNIT == 0 ? &table->provinces : region % REGENCY_UNIT == 0 ? &table->regencies : &table->districts;
    const struct region *found = find(list, region);
    if (found == NULL) found = find(&table->history, region);
    return found != NULL ? found->name : slice_of(NULL, 0);
}

/* Digits of a code with dots only between its parts: "17.08.04.2001" -> "1708042001"; 0 when it is something else. */
static size_t code_digits(struct slice text, uint8_t ret_digits[10]) {
    static const uint8_t dots[] = {2, 5, 8};
    bool dotted = text.size > 2 && text.bytes[2] == '.';
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (dotted && (i == dots[0] || i == dots[1] || i == dots[2])) {
            if (text.bytes[i] != '.' || i + 1 == text.size) return 0;
        } else if (!byte_is_digit(text.bytes[i]) || count == 10) {
            return 0;
        } else {
            ret_digits[count++] = (uint8_t)(text.bytes[i] - '0');
        }
    }
    return count;
}

bool region_parse(struct slice text, uint32_t *ret_region, uint32_t *ret_village) {
    uint8_t digits[10] = {0};
    size_t count = code_digits(text_trim(text), digits);
    if (count != 2 && count != 4 && count != 6 && count != 10) return false;
    uint32_t region = 0, village = 0;
    for (size_t i = 0; i < 6; i++) region = region * 10 + digits[i];
    for (size_t i = 6; i < 10; i++) village = village * 10 + digits[i];
    if (region / PROVINCE_UNIT == 0) return false;
    *ret_region = region;
    *ret_village = village;
    return true;
}

void region_format(uint32_t region, char ret_text[9]) {
    CHECK(region < 1000000);
    uint32_t parts[3] = {region / PROVINCE_UNIT, region / REGENCY_UNIT % 100, region % 100};
    int count = parts[2] != 0 ? 3 : parts[1] != 0 ? 2 : 1;
    char *to = ret_text;
    for (int i = 0; i < count; i++) {
        if (i > 0) *to++ = '.';
        *to++ = (char)('0' + parts[i] / 10);
        *to++ = (char)('0' + parts[i] % 10);
    }
    *to = '\0';
}

uint32_t region_unit(uint32_t region) { return region % PROVINCE_UNIT == 0 ? PROVINCE_UNIT : region % REGENCY_UNIT == 0 ? REGENCY_UNIT : 1; }
bool region_holds(uint32_t region, uint32_t district) { return district / region_unit(region) == region / region_unit(region); }

/* One file. code_size is how long its codes are; 0 takes "PP" and "PP.KK" (the history). */
static bool load_list(struct slice text, const char *const *names, size_t columns, size_t name_column, size_t code_size, struct arena *arena,
                      struct region_list *ret_list, struct load_error *ret_error) {
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    if (!table_open(&table, text, ',', names, columns, ret_error)) return false;
    struct region *regions = arena_zero(arena, table_lines(text), sizeof *regions);
    size_t count = 0;
    while (table_next(&table, arena, fields, ret_error)) {
        uint32_t code = 0, village = 0;
        bool right_size = code_size == 0 ? fields[0].size == 2 || fields[0].size == 5 : fields[0].size == code_size;
        if (!right_size || !region_parse(fields[0], &code, &village)) return load_failed(ret_error, table.line, names[0], "not a region code of this level");
        if (count > 0 && regions[count - 1].code >= code) return load_failed(ret_error, table.line, names[0], "codes must ascend without doubles");
        if (fields[name_column].size == 0) return load_failed(ret_error, table.line, names[name_column], "the name is empty");
        regions[count++] = (struct region){.code = code, .name = fields[name_column]};
    }
    if (table.failed) return false;
    *ret_list = (struct region_list){.regions = regions, .count = count};
    return true;
}

static bool each_has_parent(const struct region_list *children, const struct region_list *parents, uint32_t unit, struct load_error *ret_error) {
    for (size_t i = 0; i < children->count; i++)
        if (find(parents, children->regions[i].code / unit * unit) == NULL)
            return load_failed(ret_error, 0, "code", "%06u belongs to a region that is not in the list above it", children->regions[i].code);
    return true;
}

bool regions_load(const struct region_files *files, struct arena *arena, struct region_table *ret_table, struct load_error *ret_error, const char **ret_file) {
    static const char *const province_names[] = {"code", "name"};
    static const char *const regency_names[] = {"code", "province_code", "name"};
    static const char *const district_names[] = {"code", "regency_code", "name"};
    static const char *const history_names[] = {"code", "name", "remark"};
    struct region_table table = {0};
    const char *file = "provinces.csv";
    bool good = load_list(files->provinces, province_names, 2, 1, 2, arena, &table.provinces, ret_error);
    if (good) {
        file = "regencies.csv";
        good = load_list(files->regencies, regency_names, 3, 2, 5, arena, &table.regencies, ret_error) &&
               each_has_parent(&table.regencies, &table.provinces, PROVINCE_UNIT, ret_error);
    }
    if (good) {
        file = "districts.csv";
        good = load_list(files->districts, district_names, 3, 2, 8, arena, &table.districts, ret_error) &&
               each_has_parent(&table.districts, &table.regencies, REGENCY_UNIT, ret_error);
    }
    if (good) {
        file = "region_history.csv";
        good = load_list(files->history, history_names, 3, 1, 0, arena, &table.history, ret_error);
    }
    if (!good) {
        *ret_file = file;
        return false;
    }
    *ret_table = table;
    return true;
}
