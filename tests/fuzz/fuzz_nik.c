/* Any bytes as a NIK: one of E01, E02 or the findings of 16 digits, never both; what is read from it exists. */
#include <stddef.h>
#include <stdint.h>

#include "common/base/check.h"
#include "common/domain/nik.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct region regencies[] = {{.code = 170800}, {.code = 360400}}, districts[] = {{.code = 170804}}, history[] = {{.code = 540000}};
    static const struct region_table regions = {.regencies = {regencies, 2}, .districts = {districts, 1}, .history = {history, 1}};
    char text[NIK_TEXT_MAX], again[NIK_TEXT_MAX];
    struct nik_facts facts;
    size_t length = nik_normalise(slice_of(data, size), text);
    CHECK(length < NIK_TEXT_MAX && text[length] == '\0');
    if (length < NIK_TEXT_MAX - 1) { /* not cut: tidying twice changes nothing */
        CHECK(nik_normalise(slice_of(text, length), again) <= length);
    }
    nik_check(slice_of(text, length), size % 2 == 0 ? 19871112 : 0, size % 3 == 0 ? SEX_MALE : SEX_NONE, 20250915, &regions, &facts);
    bool form = code_set_has(facts.findings, CODE_E01) || code_set_has(facts.findings, CODE_E02);
    CHECK(!form || (facts.region == 0 && facts.birth_date == 0 && facts.sex == SEX_NONE));
    CHECK(form || length == NIK_DIGITS);
    CHECK((facts.birth_date == 0) == (form || code_set_has(facts.findings, CODE_E04)));
    CHECK(facts.birth_date == 0 || day_is_valid(facts.birth_date));
    char masked[NIK_DIGITS + 1];
    nik_mask(slice_of(text, length), masked);
    for (size_t i = 0; masked[i] != '\0'; i++) CHECK(masked[i] == '*' || (!form && masked[i] == text[i] && (i < 6 || i >= 12))); /* never a date, never of anything else */
    return 0;
}
