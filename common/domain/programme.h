/* Programmes and segments of Indonesian employment social security, and sets of programmes. UU 40/2004, PP 44/2015 (JKK, JKM),
 * PP 46/2015 (JHT), PP 45/2015 (JP), PP 37/2021 (JKP). Numbers are those of the wire and of the ledger; they never change. */
#ifndef PAYUNG_DOMAIN_PROGRAMME_H
#define PAYUNG_DOMAIN_PROGRAMME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/slice.h"

enum programme { PROGRAMME_JKK = 0, PROGRAMME_JKM = 1, PROGRAMME_JHT = 2, PROGRAMME_JP = 3, PROGRAMME_JKP = 4, PROGRAMME_COUNT = 5 };
enum segment { SEGMENT_NONE = 0, SEGMENT_BPU = 1, SEGMENT_PU = 2, SEGMENT_JAKON = 3, SEGMENT_PMI = 4 };
enum sector { SECTOR_NONE = 0, SECTOR_TRANSPORT = 1, SECTOR_OTHER = 2 };
enum sex { SEX_NONE = 0, SEX_MALE = 1, SEX_FEMALE = 2 };          /* L, P */
enum funds { FUNDS_NONE = 0, FUNDS_APBN = 1, FUNDS_APBD = 2, FUNDS_SWASTA = 3, FUNDS_PRIBADI = 4 };

typedef uint8_t programme_set; /* bit i = enum programme i; 0 = empty */
enum { PROGRAMME_SET_TEXT_MAX = 24 };

static inline programme_set programme_bit(enum programme programme) { return (programme_set)(1u << (unsigned)programme); }
const char *programme_name(enum programme programme); /* "JKK" */
const char *segment_name(enum segment segment);       /* "BPU" */
const char *funds_name(enum funds funds);             /* "APBD" */
bool programme_parse(struct slice text, enum programme *ret_programme);
bool segment_parse(struct slice text, enum segment *ret_segment);
bool funds_parse(struct slice text, enum funds *ret_funds);
/* "JKK+JKM": '+', ',' or space between, any case. False on an unknown name or an empty text. */
bool programme_set_parse(struct slice text, programme_set *ret_set);
size_t programme_set_format(programme_set set, char ret_text[PROGRAMME_SET_TEXT_MAX]); /* "JKK+JKM" */
/* What the law opens to a segment (domain.md 2.1-2.6, 3.3): BPU {JKK, JKM, JHT}; JAKON {JKK, JKM}; PMI {JKK, JKM, JHT}; PU all. */
programme_set programme_set_by_law(enum segment segment);

#endif
