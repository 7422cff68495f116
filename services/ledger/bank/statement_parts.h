/* What the files of the statement reader share: the reader itself, and how lines of either format leave it. Nobody else includes it. */
#ifndef PAYUNG_LEDGER_BANK_STATEMENT_PARTS_H
#define PAYUNG_LEDGER_BANK_STATEMENT_PARTS_H

#include "services/ledger/bank/amount.h"
#include "services/ledger/bank/statement.h"

enum statement_column {
    STATEMENT_COLUMN_NONE = 0, STATEMENT_COLUMN_DATE, STATEMENT_COLUMN_DESCRIPTION, STATEMENT_COLUMN_REFERENCE, STATEMENT_COLUMN_AMOUNT, STATEMENT_COLUMN_CREDIT, STATEMENT_COLUMN_DEBIT,
    STATEMENT_COLUMN_MARK, STATEMENT_COLUMN_CURRENCY, STATEMENT_COLUMN_NUMBER, STATEMENT_COLUMN_ACCOUNT, STATEMENT_COLUMN_BANK, STATEMENT_COLUMN_BALANCE, STATEMENT_COLUMN_COUNT
};
enum { STATEMENT_CELLS_MAX = 64, RECORD_LINES_MAX = 8, RECORD_BYTES_MAX = 2 * STATEMENT_LINE_MAX, RAW_PIECES_MAX = 16 * 1024 };

/* A bounded text that only grows; what does not fit is cut. */
struct text_piece {
    char *bytes;
    size_t size, size_max;
    bool is_cut; /* nothing may follow what was cut */
};
void piece_start(struct text_piece *piece);
void piece_add(struct text_piece *piece, struct slice bytes);
void piece_line(struct text_piece *piece, struct slice line); /* behind a line feed, unless it is the first one */
static inline struct slice piece_text(const struct text_piece *piece) { return slice_of(piece->bytes, piece->size); }

struct csv_reader {
    bool has_header;
    char separator;
    size_t cell_count; /* of the header */
    enum statement_column columns[STATEMENT_CELLS_MAX];
    uint8_t *record;   /* lines of a record whose quote is open, with the line feeds between them */
    size_t record_size, line_starts[RECORD_LINES_MAX];
    uint32_t line_count, first_line;
    uint8_t *cells_bytes; /* cells without their quotes */
    struct text_piece description;
    char account[STATEMENT_NAME_MAX];
};

struct mt940_reader {
    bool in_statement, has_opening, has_closing, has_damage, has_item;
    uint32_t line;              /* of the statement's beginning */
    int64_t opening_sen, moved_sen;
    char account[STATEMENT_NAME_MAX], currency[4];
    struct statement_item item; /* the :61: that waits for its :86: */
    struct text_piece raw, information;
    char reference[STATEMENT_NAME_MAX], number[STATEMENT_NAME_MAX];
};

struct statement {
    struct statement_options options;
    struct statement_counts counts;
    uint8_t *line, *clean; /* being read; as it is handed on */
    size_t line_size;
    bool line_is_cut;
    struct csv_reader csv;
    struct mt940_reader mt940;
};

/* line: clean text without its end. */
void statement_csv_open(struct statement *statement, struct arena *arena);
void statement_csv_line(struct statement *statement, struct slice line, uint32_t number, bool is_cut);
void statement_csv_finish(struct statement *statement);
void statement_mt940_open(struct statement *statement, struct arena *arena);
void statement_mt940_line(struct statement *statement, struct slice line, uint32_t number, bool is_cut);
void statement_mt940_finish(struct statement *statement);

/* Counts the item and hands it over; raw is cut to its bound here. */
void statement_emit(struct statement *statement, struct statement_item *item);
void statement_warn(struct statement *statement, uint32_t line, enum statement_warning warning, int64_t difference_sen);
/* Does the text speak of a movement that is taken back? */
bool statement_speaks_of_reversal(struct slice text);
/* What currency, day and amount of money in are worth: the first thing that is wrong, or FINE. Fills amount_is_readable and amount. */
enum statement_problem statement_judge(const struct amount *amount, day_t day, struct slice currency, struct statement_item *item);

#endif
