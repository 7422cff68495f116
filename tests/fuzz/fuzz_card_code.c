/* Any bytes as the code of a card, as a number of the insurer, as a name: never a crash; what is read as a code is written and read the same again, and initials stay in their bound. */
#include "common/base/check.h"
#include "services/notification/cards/card.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct slice text = slice_of(data, size);
    struct card_code code, again;
    char written[CARD_CODE_TEXT], shown[CARD_CODE_SHOWN], kpj[KPJ_TEXT], initials[CARD_INITIALS_TEXT], url[CARD_URL_MAX];
    if (card_code_parse(text, &code)) {
        CHECK(code.number >= 1 && code.number <= CARD_NUMBER_MAX && code.proof < UINT64_C(1) << 50);
        card_code_format(code, written);
        card_code_show(code, shown);
        CHECK(card_code_parse(slice_text(written), &again) && again.number == code.number && again.proof == code.proof);
        CHECK(card_code_parse(slice_text(shown), &again) && again.number == code.number && again.proof == code.proof);
    }
    if (kpj_parse(text, kpj)) CHECK(strlen(kpj) == KPJ_DIGITS && strspn(kpj, "0123456789") == KPJ_DIGITS);
    card_initials(text, initials);
    CHECK(strlen(initials) < CARD_INITIALS_TEXT);
    if (card_url(text, (struct card_code){.number = 1}, url)) CHECK(strlen(url) < CARD_URL_MAX);
    if (size >= 8) { /* any bytes as villages.csv, too: a name lies within them */
        uint32_t region, village;
        memcpy(&region, data, sizeof region);
        memcpy(&village, data + 4, sizeof village);
        const struct slice name = village_name(slice_of(data + 8, size - 8), region % 1000000, village % 10000);
        CHECK(name.size == 0 || (name.bytes >= data + 8 && name.bytes + name.size <= data + size));
    }
    return 0;
}
