/* A quote as a JSON document. Each figure stands with the row and the regulation that it comes from. It must never compute money: what it shows was summed before. */
#include "services/premium/quote_document.h"

#include <jansson.h>
#include <stdio.h>

#include "common/base/check.h"
#include "services/premium/tariff.h"

/* A long cover may run past the years that the calendar knows; there is no tariff change there to look up. */
void quote_write_month(int32_t count, char ret_text[QUOTE_MONTH_TEXT_MAX]) { (void)snprintf(ret_text, QUOTE_MONTH_TEXT_MAX, "%04d-%02d", count / 12, count % 12 + 1); }

size_t quote_warnings(const struct quote_request *request, const struct quote *quote, struct quote_warning warnings[QUOTE_WARNINGS_MAX]) {
    size_t count = 0;
    char names[PROGRAMME_SET_TEXT_MAX];
    if (code_set_has(quote->warnings, CODE_E51)) {
        (void)programme_set_format(quote->missing, names);
        warnings[count].code = "E51";
        (void)snprintf(warnings[count++].message, QUOTE_WARNING_TEXT_MAX, "program wajib %s tidak termasuk; pendaftaran dengan program ini akan ditolak", names);
    }
    if (code_set_has(quote->warnings, CODE_W51)) {
        warnings[count].code = "W51";
        (void)snprintf(warnings[count++].message, QUOTE_WARNING_TEXT_MAX, "%s", "batas upah tahun berikutnya belum dimuat; batas upah terakhir yang dipakai");
    }
    for (size_t i = 0; i < request->ignored_count; i++) {
        warnings[count].code = "OPTION_IGNORED";
        (void)snprintf(warnings[count++].message, QUOTE_WARNING_TEXT_MAX, "%s tidak dipakai dalam perhitungan ini", request->ignored[i]);
    }
    CHECK(count <= QUOTE_WARNINGS_MAX);
    return count;
}

static json_t *text_or_null(struct slice text) { return text.size > 0 ? json_stringn((const char *)text.bytes, text.size) : json_null(); }

static json_t *line_document(const struct premium_line *line, int32_t month) {
    char text[QUOTE_MONTH_TEXT_MAX];
    quote_write_month(month, text);
    json_t *document = json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:b,s:o,s:o,s:o}", "programme", charge_name(line->charge), "payer_share", payer_share_name(line->share), "month", text, "base",
                                 (json_int_t)line->base, "rate_ppm", (json_int_t)line->rate_ppm, "normal", (json_int_t)line->normal, "amount", (json_int_t)line->amount, "once", line->once,
                                 "tariff_row", text_or_null(line->tariff_row), "regulation", text_or_null(line->regulation), "relief", text_or_null(line->relief));
    if (line->charge == CHARGE_JKP) (void)json_object_set_new(document, "billed", json_false()); /* a document that is not there is refused by the CHECK below */
    CHECK(document != NULL);
    return document;
}

static json_t *lines_document(const struct quote *quote) {
    json_t *list = json_array();
    for (size_t i = 0; i < quote->line_count; i++) {
        const struct premium_line *line = &quote->lines[i];
        for (uint32_t month = 0; month < line->months; month++) CHECK(json_array_append_new(list, line_document(line, month_count(line->from) + (int32_t)month)) == 0);
    }
    return list;
}

static json_t *programmes_document(const struct quote *quote) {
    static const enum charge billed[] = {CHARGE_JKK, CHARGE_JKM, CHARGE_JHT, CHARGE_JP, CHARGE_PACKAGE};
    json_t *document = json_object();
    for (size_t i = 0; i < sizeof billed / sizeof *billed; i++) CHECK(json_object_set_new(document, charge_name(billed[i]), json_integer((json_int_t)quote->by_charge[billed[i]])) == 0);
    return document;
}

static json_t *budget_document(const struct quote_request *request, const struct quote *quote) {
    if (request->question.budget == 0) return json_null();
    return json_pack("{s:I,s:o,s:I}", "amount", (json_int_t)request->question.budget, "people", quote->budget_people >= 0 ? json_integer((json_int_t)quote->budget_people) : json_null(), "left",
                     (json_int_t)quote->budget_left);
}

static json_t *warnings_document(const struct quote_request *request, const struct quote *quote) {
    struct quote_warning warnings[QUOTE_WARNINGS_MAX];
    const size_t count = quote_warnings(request, quote, warnings);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) CHECK(json_array_append_new(list, json_pack("{s:s,s:s}", "code", warnings[i].code, "message", warnings[i].message)) == 0);
    return list;
}

struct json_t *quote_document(const struct quote_request *request, const struct quote *quote) {
    const struct premium_question *asked = &request->question.premium;
    char month[8], names[PROGRAMME_SET_TEXT_MAX];
    month_format(asked->start_month, month);
    (void)programme_set_format(quote->programmes, names);
    json_t *root = json_pack("{s:I,s:o,s:o,s:s,s:s,s:I,s:s,s:s,s:I,s:I,s:I,s:I,s:o,s:o}", "total", (json_int_t)quote->total, "programmes", programmes_document(quote), "lines", lines_document(quote),
                             "segment", segment_name(asked->segment), "month", month, "months", (json_int_t)asked->months, "payer", funds_name(asked->funds), "programme_set", names, "people",
                             (json_int_t)quote->people, "per_person", (json_int_t)quote->per_person, "normal", (json_int_t)quote->normal, "reduction", (json_int_t)quote->reduction, "budget",
                             budget_document(request, quote), "warnings", warnings_document(request, quote));
    CHECK(root != NULL);
    return root;
}
