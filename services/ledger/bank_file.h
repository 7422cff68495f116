/* A bank statement file as payments: streamed through the reader of bank/statement.h, in bounded memory, each line with what makes it the same line the next time.
 *
 *   source       "bank:<account>", or "bank:<name of the bank>" when no account is known
 *   external_id  the bank's own number; where it has none, or one that may be a person's (bank/reference.h), "h" and a hash of account, day, amount, reference, description, number and
 *                of how many equal lines came before in the file: the same file again gives the same ids, and two equal lines are two payments
 *   reference    the invoice number or billing code found in reference or description (bank/reference.h), else empty
 *   raw          where the line stands: "baris 17, berkas sha256 1a2b3c4d5e6f", the first digits of what sha256sum says of the file
 *
 * The text of a line never leaves this file, because it names who paid; who works on a payment has the bank's file.
 *
 * Errors: what `take` answers, and FATAL when the file can't be read (twice: a pipe can't). A file that is refused as a whole leaves a sentence in the report; `take` may have been called before. */
#ifndef PAYUNG_LEDGER_BANK_FILE_H
#define PAYUNG_LEDGER_BANK_FILE_H

#include "common/base/err.h"
#include "common/domain/command.h"
#include "services/ledger/bank/statement.h"

#define BANK_FILE_BYTES_MAX (INT64_C(256) * 1024 * 1024)
enum { BANK_FILE_LINES_MAX = 4000000 /* without a number of the bank */, BANK_FILE_SENTENCE_MAX = 160 };

struct bank_file {
    const char *path;
    enum statement_format format; /* UNKNOWN: see for yourself */
    const char *account, *bank;   /* where the file does not say; may be NULL */
    /* Payments and lines with a problem, in the order of the file, identified (payment_inbox.h). Slices live until it returns. */
    struct err (*take)(void *self, const struct payment_received *payment, uint32_t line);
    void (*warn)(void *self, uint32_t line, enum statement_warning warning, int64_t difference_sen); /* may be NULL */
    void *self;
};

struct bank_file_report {
    enum statement_format format;
    struct statement_counts counts;
    char refused[BANK_FILE_SENTENCE_MAX]; /* "": it was read to its end */
};

MUST_USE struct err bank_file_read(const struct bank_file *file, struct bank_file_report *ret_report);

#endif
