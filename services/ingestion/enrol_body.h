/* The JSON body of POST /v1/enrolments: one object with "agreement", optionally "registration_date" (YYYY-MM-DD), and members named like the canonical
 * columns of a list (columns.def). Values are strings, or whole numbers where a number is meant (penghasilan, jumlah_bulan, upah, kelas_risiko, jumlah_tk ...), true or false for
 * status_padat_karya; null is the same as absent. A text has at most 1024 characters, none of them a control character; a number at most 2^53 - 1.
 * Doubled and unknown members are refused, so that a typing error never enrols somebody on other terms. */
#ifndef PAYUNG_INGESTION_ENROL_BODY_H
#define PAYUNG_INGESTION_ENROL_BODY_H

#include "common/base/arena.h"
#include "common/domain/row.h"

enum { ENROL_BODY_MAX = 64 * 1024, BODY_POINTER_MAX = 80 };

struct enrol_body {
    struct slice agreement;
    day_t registration_date; /* 0: not given */
    struct row_text row;
};

struct body_problem {
    char pointer[BODY_POINTER_MAX]; /* RFC 6901: "/penghasilan" or "" */
    const char *problem;            /* English, static; never quotes a value */
};

/* Code points of valid UTF-8, which is what JSON gives: lengths are counted as a JSON schema counts them. */
size_t body_characters(struct slice text);

/* A whole number, also as 5000000.0, which is the same number to JSON and to a JSON schema. False: it is none, or beyond 2^53 - 1 and written with a point. */
struct json_t;
bool body_whole_number(const struct json_t *value, int64_t *ret_number);

/* Slices point into the arena. False: ret_problem says why. */
bool enrol_body_read(struct slice json, struct arena *arena, struct enrol_body *ret_body, struct body_problem *ret_problem);

#endif
