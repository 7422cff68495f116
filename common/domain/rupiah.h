/* Money: whole rupiah in int64, never a float, every sum checked. Rates are integers in parts per million (domain.md 2.0). */
#ifndef PAYUNG_DOMAIN_RUPIAH_H
#define PAYUNG_DOMAIN_RUPIAH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"

typedef int64_t rupiah;
enum { PPM = 1000000 }; /* the whole */
#define RUPIAH_INPUT_MAX INT64_C(100000000000000) /* 10^14: the largest amount that may enter (E81 beyond) */

bool rupiah_add(rupiah a, rupiah b, rupiah *ret_sum);          /* false on overflow, output untouched */
bool rupiah_multiply(rupiah a, int64_t factor, rupiah *ret_product);
rupiah rupiah_share(rupiah base, int64_t rate_ppm);             /* round half up; CHECKs 0 <= base <= 10^14, 0 <= ppm <= 10^6 */
/* Digits only, with "Rp", '.', ' ' and ",-" or ",00" as people write them, or "4,000,000" and "16,800.00" as foreign spreadsheets do; false when it is not an amount of whole rupiah, or
 * may be another one ("16,800"). */
bool rupiah_parse(struct slice text, rupiah *ret_amount);
void rupiah_format(rupiah amount, char ret_text[32]);           /* "Rp16.800" */

#endif
