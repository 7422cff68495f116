/* What a letter on paper looks like, as marks (common/domain/mark.h), and in which order letters lie. Pure; texts are made in the arena, which must live until the marks are drawn. A letter takes half an A4 page, or
 * the height that its reasons need: the same template as the SMS in Bahasa Indonesia, below it the reasons with what the person can do, the deadline, and all of it once more in English. It bears
 * the name and the address of a person, never a NIK or a telephone number. */
#ifndef PAYUNG_NOTIFICATION_LETTER_FACE_H
#define PAYUNG_NOTIFICATION_LETTER_FACE_H

#include "common/base/arena.h"
#include "common/domain/application.h"
#include "common/domain/mark.h"

enum { PAPER_HALF_UM = A4_HEIGHT_UM / 2, PAPER_REASONS_MAX = 4, PAPER_MARKS_MAX = 80 };

struct paper_reason {
    struct slice alasan, perbaikan, reason, remedy;
};

struct paper_letter {
    struct id event_id;
    int32_t attempts;     /* of its row in the outbox; again: how often it was printed */
    bool is_again;
    const char *failure;  /* why it can't be printed; NULL: it can. Then nothing below is filled in */
    struct slice name, address;
    uint32_t region, village; /* PPKKCC, VVVV */
    struct slice village_name, district_name, payer_name, agreement_id;
    struct slice title, text, english;
    struct paper_reason reasons[PAPER_REASONS_MAX];
    size_t reason_count;
    day_t deadline;       /* 0: none */
    day_t day;            /* of the decision */
};

/* By name, then by event. For qsort, of letters of one village. */
int letter_compare(const void *a, const void *b);
/* ret_height: of the whole letter, PAPER_HALF_UM or more. Its marks stand between 0 and there. */
size_t letter_face(const struct paper_letter *letter, struct arena *arena, struct mark ret_marks[PAPER_MARKS_MAX], int32_t *ret_height);
/* "17.08.04.2001", "17.08.04", "17.08", "tidak-diketahui": how files of a village are named. */
enum { VILLAGE_CODE_MAX = 24 };
void letter_village_code(uint32_t region, uint32_t village, char ret_text[VILLAGE_CODE_MAX]);

#endif
