/* Programmes and segments of Indonesian employment social security, and sets of programmes. UU 40/2004, PP 44/2015 (JKK, JKM),
 * PP 46/2015 (JHT), PP 45/2015 (JP), PP 37/2021 (JKP). Numbers are those of the wire and of the ledger; they never change.
 *
 * A charge is what one line of a premium is for: a programme, or the package of a migrant worker, whose price the regulation states for JKK and JKM together. */
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
enum employer_size { EMPLOYER_SIZE_NONE = 0, EMPLOYER_MICRO = 1, EMPLOYER_SMALL = 2, EMPLOYER_MEDIUM = 3, EMPLOYER_LARGE = 4 }; /* Perpres 109/2013 */
enum jakon_basis { JAKON_BASIS_NONE = 0, JAKON_BASIS_CONTRACT = 1, JAKON_BASIS_WAGES = 2 };                                      /* KONTRAK, UPAH */
enum pmi_route { PMI_ROUTE_NONE = 0, PMI_ROUTE_P3MI = 1, PMI_ROUTE_INDIVIDUAL = 2 };                                             /* P3MI, PERSEORANGAN */
/* Charges have the numbers of their programmes. JKP is only ever an information line. */
enum charge { CHARGE_JKK = 0, CHARGE_JKM = 1, CHARGE_JHT = 2, CHARGE_JP = 3, CHARGE_JKP = 4, CHARGE_PACKAGE = 5, CHARGE_COUNT = 6 };
/* Who bears a line. PAYER: the one who pays the whole (BPU, Jakon, PMI). STATE and RECOMPOSITION (out of JKK): the two sources of JKP, never billed. */
enum payer_share { SHARE_PAYER = 0, SHARE_EMPLOYER = 1, SHARE_WORKER = 2, SHARE_STATE = 3, SHARE_RECOMPOSITION = 4, SHARE_COUNT = 5 };

typedef uint8_t programme_set; /* bit i = enum programme i; 0 = empty */
enum { PROGRAMME_SET_TEXT_MAX = 24, RISK_CLASSES = 5 /* PP 82/2019 Lampiran I */ };

static inline programme_set programme_bit(enum programme programme) { return (programme_set)(1u << (unsigned)programme); }
const char *programme_name(enum programme programme); /* "JKK" */
const char *segment_name(enum segment segment);       /* "BPU" */
const char *funds_name(enum funds funds);             /* "APBD" */
const char *charge_name(enum charge charge);             /* "JKK", ..., "PACKAGE" */
const char *payer_share_name(enum payer_share share);    /* "EMPLOYER" */
static inline enum charge charge_of(enum programme programme) { return (enum charge)programme; }
/* The programmes that a charge pays for: its own one; JKK and JKM for the package. */
programme_set charge_programmes(enum charge charge);
bool programme_parse(struct slice text, enum programme *ret_programme);
bool segment_parse(struct slice text, enum segment *ret_segment);
bool funds_parse(struct slice text, enum funds *ret_funds);
/* English and Indonesian names, any case: MICRO/MIKRO, SMALL/KECIL, MEDIUM/MENENGAH, LARGE/BESAR; CONTRACT/KONTRAK, WAGES/UPAH; P3MI, INDIVIDUAL/PERSEORANGAN. */
bool employer_size_parse(struct slice text, enum employer_size *ret_size);
bool jakon_basis_parse(struct slice text, enum jakon_basis *ret_basis);
bool pmi_route_parse(struct slice text, enum pmi_route *ret_route);
/* "JKK+JKM": '+', ',' or space between, any case. False on an unknown name or an empty text. */
bool programme_set_parse(struct slice text, programme_set *ret_set);
size_t programme_set_format(programme_set set, char ret_text[PROGRAMME_SET_TEXT_MAX]); /* "JKK+JKM" */

#endif
