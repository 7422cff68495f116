/* How a text travels as SMS: in which alphabet, and in how many parts a telephone puts together again. Pure.
 *
 *   struct sms_size size = sms_measure(text);      144 units of GSM-7 in one part
 *
 * Source: 3GPP TS 23.038 (the GSM 7 bit default alphabet and its extension table, UCS-2) and 23.040 (user data of 140 bytes, of which a part of several gives 6 to its header): 160 units of GSM-7, or
 * 153 a part; 70 units of UCS-2, or 67 a part. A character of the extension table takes two units, as one beyond the first plane of Unicode does; neither is torn in two. */
#ifndef PAYUNG_NOTIFICATION_SMS_SIZE_H
#define PAYUNG_NOTIFICATION_SMS_SIZE_H

#include <stdbool.h>

#include "common/base/slice.h"

struct sms_size {
    bool is_gsm7; /* else UCS-2 */
    size_t units, parts;
};
struct sms_size sms_measure(struct slice text); /* UTF-8; of an empty one no part. Damaged bytes count as one character of UCS-2 each */
const char *sms_encoding(const struct sms_size *size); /* "GSM-7", "UCS-2" */

#endif
