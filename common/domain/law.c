/* The law of programmes as dated rows. Loading judges the whole table, so that asking can't meet a month that two rows claim or an employer whom none knows; asking is one walk over
 * a dozen rows. What the law says stands in the data file and never here. */
#include "common/domain/law.h"

#include "common/base/check.h"
#include "common/domain/text.h"

enum { SEGMENT, EMPLOYER_SIZE, EMPLOYER, VALID_FROM, VALID_TO, OPEN, MANDATORY, REGULATION, CONFIDENCE, COLUMNS };
static const char *const column_names[COLUMNS] = {"segment", "employer_size", "employer", "valid_from", "valid_to", "open", "mandatory", "regulation", "confidence"};

enum { NUMBER_MAX = 9999, YEAR_MAX = 2999 }; /* of a regulation */
enum { EMPLOYER_NO = 1, EMPLOYER_YES = 2, EMPLOYER_ANY = EMPLOYER_NO | EMPLOYER_YES };
enum { SIZES_ALL = 1 << EMPLOYER_MICRO | 1 << EMPLOYER_SMALL | 1 << EMPLOYER_MEDIUM | 1 << EMPLOYER_LARGE };

/* Rows of one key (segment, sizes, employers) stand one after the other, by month, without gap. Months are counted from year 0. */
struct law_row {
    enum segment segment;
    unsigned sizes, employers; /* bits: whom the row is for */
    int64_t from, behind;      /* first month and the one behind the last */
    programme_set open, mandatory;
};

static const int64_t no_end = INT64_MAX;

static bool same_key(const struct law_row *a, const struct law_row *b) { return a->segment == b->segment && a->sizes == b->sizes && a->employers == b->employers; }

static bool parse_key(const struct slice fields[], uint32_t line, struct law_row *row, struct load_error *ret_error) {
    enum employer_size size = EMPLOYER_SIZE_NONE;
    if (!segment_parse(fields[SEGMENT], &row->segment)) return load_failed(ret_error, line, "segment", "BPU, PU, JAKON or PMI");
    if (slice_is(fields[EMPLOYER_SIZE], "ANY")) row->sizes = SIZES_ALL;
    else if (employer_size_parse(fields[EMPLOYER_SIZE], &size)) row->sizes = 1u << (unsigned)size;
    else return load_failed(ret_error, line, "employer_size", "MICRO, SMALL, MEDIUM, LARGE or ANY");
    if (slice_is(fields[EMPLOYER], "ANY")) row->employers = EMPLOYER_ANY;
    else if (slice_is(fields[EMPLOYER], "0")) row->employers = EMPLOYER_NO;
    else if (slice_is(fields[EMPLOYER], "1")) row->employers = EMPLOYER_YES;
    else return load_failed(ret_error, line, "employer", "0, 1 or ANY");
    return true;
}

static bool parse_months(const struct slice fields[], uint32_t line, struct law_row *row, struct load_error *ret_error) {
    month_t month = 0;
    if (!month_parse(fields[VALID_FROM], &month)) return load_failed(ret_error, line, "valid_from", "not a month YYYY-MM");
    row->from = month_count(month);
    row->behind = no_end;
    if (fields[VALID_TO].size == 0) return true;
    if (!month_parse(fields[VALID_TO], &month)) return load_failed(ret_error, line, "valid_to", "not a month YYYY-MM, nor empty");
    row->behind = month_count(month) + 1;
    if (row->from >= row->behind) return load_failed(ret_error, line, "valid_to", "before valid_from");
    return true;
}

/* "V", "G", "U" or "D", the tags of the notes; V says its sources: "V:S2,S16". */
static bool is_confidence(struct slice text) {
    if (text.size == 0) return false;
    if (text.bytes[0] == 'V') return text.size > 3 && text.bytes[1] == ':' && text.bytes[2] == 'S';
    return text.size == 1 && (text.bytes[0] == 'G' || text.bytes[0] == 'U' || text.bytes[0] == 'D');
}

/* "PP 44/2015" and what stands behind it: an instrument, its number and year. */
static bool is_citation(struct slice text) {
    static const char *const instruments[] = {"UU", "PP", "Perpres", "Permenaker"};
    struct slice rest = text, word, number, year;
    bool known = false;
    if (!text_split(&rest, ' ', &word) || rest.bytes == NULL) return false;
    for (size_t i = 0; i < sizeof instruments / sizeof instruments[0]; i++) known = known || slice_is(word, instruments[i]);
    (void)text_split(&rest, ' ', &word); /* there is a rest: it yields a part, maybe an empty one */
    uint64_t value = 0;
    return known && text_split(&word, '/', &number) && text_split(&word, '/', &year) && text_number(number, NUMBER_MAX, &value) && year.size == 4 &&
           text_number(year, YEAR_MAX, &value);
}

/* One or more regulations with commas between them. */
static bool is_regulation(struct slice text) {
    struct slice rest = text, part;
    while (text_split(&rest, ',', &part))
        if (!is_citation(text_trim(part))) return false;
    return true;
}

static bool parse_row(const struct slice fields[], uint32_t line, struct law_row *ret_row, struct load_error *ret_error) {
    struct law_row row = {0};
    if (!parse_key(fields, line, &row, ret_error) || !parse_months(fields, line, &row, ret_error)) return false;
    if (!programme_set_parse(fields[OPEN], &row.open)) return load_failed(ret_error, line, "open", "not a set of programmes such as JKK+JKM");
    if (fields[MANDATORY].size > 0 && !programme_set_parse(fields[MANDATORY], &row.mandatory))
        return load_failed(ret_error, line, "mandatory", "not a set of programmes such as JKK+JKM, nor empty");
    if ((row.mandatory & ~row.open) != 0) return load_failed(ret_error, line, "mandatory", "a programme that is not open can't be mandatory");
    if (fields[REGULATION].size == 0 || !is_regulation(fields[REGULATION]))
        return load_failed(ret_error, line, "regulation", "a row cites its regulations: UU, PP, Perpres or Permenaker with number and year, commas between them");
    if (!is_confidence(fields[CONFIDENCE])) return load_failed(ret_error, line, "confidence", "V:S<sources>, G, U or D");
    *ret_row = row;
    return true;
}

/* A row against the ones above it: it goes on where the row before it of the same key ends; a key begins once, and nobody is in two keys of a segment. */
static bool follows(const struct law_row *rows, size_t count, const struct law_row *row, uint32_t line, struct load_error *ret_error) {
    if (count > 0 && same_key(&rows[count - 1], row)) {
        const int64_t behind = rows[count - 1].behind;
        if (row->from < behind) return load_failed(ret_error, line, "valid_from", "overlaps the row before it%s", behind == no_end ? ", which has no end" : "");
        if (row->from > behind) return load_failed(ret_error, line, "valid_from", "leaves a gap after the row before it");
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (rows[i].segment != row->segment || (rows[i].sizes & row->sizes) == 0 || (rows[i].employers & row->employers) == 0) continue;
        return load_failed(ret_error, line, "employer_size", "rows above are for the same people; rows of one kind of employer stand together");
    }
    return true;
}

/* Whoever is asked about in a segment of the table has a row. Keys don't meet, so it is enough that they fill the square of sizes and employers. */
static bool is_complete(const struct law_row *rows, size_t count, enum segment segment) {
    unsigned sizes[EMPLOYER_ANY + 1] = {0};
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].segment != segment) continue;
        any = true;
        if ((rows[i].employers & EMPLOYER_NO) != 0) sizes[EMPLOYER_NO] |= rows[i].sizes;
        if ((rows[i].employers & EMPLOYER_YES) != 0) sizes[EMPLOYER_YES] |= rows[i].sizes;
    }
    return !any || (sizes[EMPLOYER_NO] == SIZES_ALL && sizes[EMPLOYER_YES] == SIZES_ALL);
}

bool law_load(struct slice text, struct arena *arena, struct law_table *ret_table, struct load_error *ret_error) {
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    if (!table_open(&table, text, '\t', column_names, COLUMNS, ret_error)) return false;
    struct law_row *rows = arena_zero(arena, table_lines(text), sizeof *rows);
    size_t count = 0;
    while (table_next(&table, arena, fields, ret_error)) {
        struct law_row row;
        if (!parse_row(fields, table.line, &row, ret_error) || !follows(rows, count, &row, table.line, ret_error)) return false;
        rows[count++] = row;
    }
    if (table.failed) return false;
    if (count == 0) return load_failed(ret_error, 0, "", "the table has no rows");
    for (enum segment segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++)
        if (!is_complete(rows, count, segment)) return load_failed(ret_error, 0, "employer_size", "%s is not complete: every size, with and without employees, needs rows", segment_name(segment));
    *ret_table = (struct law_table){.rows = rows, .count = count};
    return true;
}

/* What the rows of one key, which begin at *at, say of the months from..behind - 1; *at moves behind them. Both sets 0 when a month has no law. */
static struct law_answer answer_of_key(const struct law_table *table, size_t *at, int64_t from, int64_t behind) {
    const struct law_row *first = &table->rows[*at];
    struct law_answer answer = {.open = UINT8_MAX};
    int64_t missing = behind - from;
    for (; *at < table->count && same_key(first, &table->rows[*at]); (*at)++) {
        const struct law_row *row = &table->rows[*at];
        const int64_t start = row->from > from ? row->from : from, end = row->behind < behind ? row->behind : behind;
        if (start >= end) continue;
        missing -= end - start;
        answer.open &= row->open;
        answer.mandatory |= row->mandatory;
    }
    CHECK(missing >= 0);
    return missing == 0 ? answer : (struct law_answer){0};
}

struct law_answer law_ask(const struct law_table *table, const struct law_question *question) {
    if (question->months == 0 || !month_is_valid(question->from)) return (struct law_answer){0};
    const int64_t from = month_count(question->from), behind = from + question->months;
    const unsigned size = (unsigned)question->employer_size, employers = question->is_employer ? EMPLOYER_YES : EMPLOYER_NO;
    const unsigned sizes = size == EMPLOYER_SIZE_NONE ? SIZES_ALL : size <= EMPLOYER_LARGE ? 1u << size : 0;
    struct law_answer answer = {.open = UINT8_MAX, .mandatory = UINT8_MAX};
    bool any = false;
    for (size_t at = 0; at < table->count;) {
        const struct law_row *row = &table->rows[at];
        if (row->segment != question->segment || (row->sizes & sizes) == 0 || (row->employers & employers) == 0) {
            at++;
            continue;
        }
        const struct law_answer one = answer_of_key(table, &at, from, behind);
        answer.open &= one.open;
        answer.mandatory &= one.mandatory;
        any = true;
    }
    return any ? answer : (struct law_answer){0};
}
