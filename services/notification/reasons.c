/* Reads the table of reasons. It must leave no refusal without words. */
#include "services/notification/reasons.h"

#include "common/domain/text.h"

static bool check_texts(const struct slice *fields, const char *const *names, size_t count, uint32_t line, struct load_error *ret_error) {
    for (size_t i = 1; i < count; i++)
        if (text_is_blank(fields[i]) || fields[i].size > REASON_BYTES_MAX || !text_is_utf8(fields[i]))
            return load_failed(ret_error, line, names[i], "a text has 1 to %d bytes of UTF-8", REASON_BYTES_MAX);
    return true;
}

bool reasons_load(struct arena *arena, struct slice text, struct letter_reasons *ret_reasons, struct load_error *ret_error) {
    enum { CODE, ALASAN, PERBAIKAN, REASON, REMEDY, COLUMNS };
    static const char *const names[COLUMNS] = {"code", "alasan", "perbaikan", "reason", "remedy"};
    struct letter_reasons reasons = {0};
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    if (!table_open(&table, text, '\t', names, COLUMNS, ret_error)) return false;
    while (table_next(&table, arena, fields, ret_error)) {
        enum code code;
        if (!code_parse(fields[CODE], &code) || code_row(code)->kind != CODE_REFUSAL) return load_failed(ret_error, table.line, "code", "no code of a refusal");
        if (reasons.rows[code].alasan.size > 0) return load_failed(ret_error, table.line, "code", "this code stands above already");
        if (!check_texts(fields, names, COLUMNS, table.line, ret_error)) return false;
        reasons.rows[code].alasan = fields[ALASAN];
        reasons.rows[code].perbaikan = fields[PERBAIKAN];
        reasons.rows[code].reason = fields[REASON];
        reasons.rows[code].remedy = fields[REMEDY];
    }
    if (table.failed) return false;
    for (int code = 0; code < CODE_LIMIT; code++) {
        const struct code_row *row = code_row((enum code)code);
        if (row != NULL && row->kind == CODE_REFUSAL && reasons.rows[code].alasan.size == 0) return load_failed(ret_error, 0, "code", "the code %s is missing", row->text);
    }
    *ret_reasons = reasons;
    return true;
}
