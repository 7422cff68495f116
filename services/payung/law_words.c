/* Says shares and rates as the regulations and the insurer's own tables do. It must never round: every digit of a ppm is shown. */
#include "services/payung/law_words.h"

#include <stdio.h>

#include "common/base/check.h"

enum { PPM_A_PERCENT = 10000 };

const char *share_word(enum payer_share share) {
    switch (share) {
    case SHARE_PAYER: return "pembayar";
    case SHARE_EMPLOYER: return "pemberi kerja";
    case SHARE_WORKER: return "pekerja";
    case SHARE_STATE: return "negara";
    case SHARE_RECOMPOSITION: return "rekomposisi";
    case SHARE_COUNT: break;
    }
    CHECK(false && "a share");
}

const char *charge_word(enum charge charge) { return charge == CHARGE_PACKAGE ? "PAKET" : charge_name(charge); }

void rate_format(int64_t ppm, char ret_text[RATE_TEXT_MAX]) {
    char digits[8];
    CHECK(ppm >= 0);
    int size = snprintf(digits, sizeof digits, "%04lld", (long long)(ppm % PPM_A_PERCENT));
    while (size > 0 && digits[size - 1] == '0') digits[--size] = '\0';
    (void)snprintf(ret_text, RATE_TEXT_MAX, "%lld%s%s %%", (long long)(ppm / PPM_A_PERCENT), size > 0 ? "," : "", digits);
}
