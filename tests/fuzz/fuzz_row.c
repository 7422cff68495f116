/* Any bytes as the fields of a row, one field a line: findings, names of fields and texts stay inside their bounds, and what is taken over is valid. */
#include <stddef.h>
#include <stdint.h>

#include "common/base/check.h"
#include "common/domain/row.h"
#include "common/domain/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct region regencies[] = {{.code = 170800}}, districts[] = {{.code = 170804}};
    static const struct region_table regions = {.regencies = {regencies, 1}, .districts = {districts, 1}};
    static const struct occupation jobs[] = {{.code = {(const uint8_t *)"0101", 4}, .name = {(const uint8_t *)"petani", 6}, .sector = SECTOR_OTHER}};
    static const struct occupation_name names[] = {{.name = {(const uint8_t *)"petani", 6}, .occupation = &jobs[0]}};
    static const struct occupation_table occupations = {.rows = jobs, .count = 1, .names = names, .name_count = 1};
    const struct row_tables tables = {.regions = &regions, .occupations = &occupations};
    struct slice rest = slice_of(data, size), field;
    struct row_text row = {0};
    struct row_result result;
    uint8_t subject[ROW_SUBJECT_MAX];
    char codes[CODE_SET_TEXT_MAX], wanting[WANTING_TEXT_MAX];
    for (int i = 0; size > 0 && i < COLUMN_COUNT && text_split(&rest, '\n', &field); i++) row.column[i] = field;
    row_check(&row, &tables, 20250915, &result);
    CHECK(code_set_format(result.findings, codes) < sizeof codes && row_wanting_format(result.wanting, wanting) < sizeof wanting);
    CHECK(strlen(result.name) < NAME_TEXT_MAX && strlen(result.address) < ADDRESS_TEXT_MAX);
    CHECK(result.birth_date == 0 || day_is_valid(result.birth_date));
    CHECK(result.start_month == 0 || month_is_valid(result.start_month));
    CHECK(result.months <= ROW_MONTHS_MAX && result.income >= 0 && result.income <= RUPIAH_INPUT_MAX);
    CHECK(result.segment >= SEGMENT_NONE && result.segment <= SEGMENT_PMI);
    CHECK(result.pu.wage >= 0 && result.pu.wage <= RUPIAH_INPUT_MAX && result.pu.risk_class >= 0 && result.pu.risk_class <= 5);
    CHECK(result.pu.employer_number.size <= ROW_TERM_MAX && result.pmi.placement_company.size <= ROW_TERM_MAX && result.pmi.country.size <= ROW_TERM_MAX);
    const struct jakon_terms *jakon = &result.jakon;
    CHECK((jakon->from == 0) == (jakon->to == 0) && (jakon->from == 0 || (day_is_valid(jakon->from) && day_is_valid(jakon->to) && jakon->from <= jakon->to)));
    CHECK(jakon->workers <= ROW_WORKERS_MAX && jakon->contract_net >= 0 && jakon->contract_gross >= 0 && jakon->wages >= 0 && jakon->vat_ppm >= 0);
    CHECK(jakon->contract_net <= RUPIAH_INPUT_MAX && jakon->contract_gross <= RUPIAH_INPUT_MAX && jakon->wages <= RUPIAH_INPUT_MAX && jakon->vat_ppm <= 1000000);
    CHECK(result.pmi.jht_monthly >= 0 && result.pmi.jht_monthly <= RUPIAH_INPUT_MAX);
    CHECK(result.findings.bits != 0 || result.segment != SEGMENT_JAKON || row_subject(&row, subject) > 1);
    CHECK(row_subject(&row, subject) <= ROW_SUBJECT_MAX);
    return 0;
}
