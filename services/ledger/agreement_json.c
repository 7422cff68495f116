/* Words and members for agreements. It never decides anything: what the law closes comes from agreement_closed_by_law, the figures from the report. */
#include "services/ledger/agreement_json.h"

#include <stdio.h>

#include "common/domain/text.h"
#include "common/edge/clock.h"

enum { MONTH_TEXT_MAX = 8, HASH_TEXT_MAX = 65 };

static json_t *text_json(struct slice text) { return json_stringn((const char *)text.bytes, text.size); }
static json_t *text_or_null(struct slice text) { return text.size > 0 ? text_json(text) : json_null(); }
static json_t *pagu_json(rupiah pagu) { return pagu < RUPIAH_INPUT_MAX ? json_integer(pagu) : json_null(); }
static json_t *count_json(int64_t count) { return count >= 0 ? json_integer(count) : json_null(); } /* a quota that is none, what was not counted */

static void set(json_t *object, const char *key, json_t *value) { CHECK(json_object_set_new(object, key, value) == 0); } /* fails only without memory */
static void append(json_t *list, json_t *value) { CHECK(json_array_append_new(list, value) == 0); }

static json_t *day_json(day_t day) {
    char text[11];
    day_format(day, text);
    return json_string(text);
}

static json_t *programmes_json(programme_set programmes) {
    json_t *list = json_array();
    for (int i = 0; i < PROGRAMME_COUNT; i++)
        if ((programmes & programme_bit((enum programme)i)) != 0) append(list, json_string(programme_name((enum programme)i)));
    return list;
}

static json_t *codes_json(const struct slice *codes, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) append(list, text_json(codes[i]));
    return list;
}

/* ---- Terms -------------------------------------------------------------------------------------------------------------------------------- */

/* As in the document; their names are in lower case, which reads the same. */
static json_t *columns_json(const struct slice *names, size_t count) {
    json_t *columns = json_object();
    for (size_t i = 0; i < count; i++) {
        char theirs[DOCUMENT_COLUMN_BYTES_MAX + 1];
        struct slice text = names[i], canonical;
        CHECK(text_split(&text, '\t', &canonical) && text.size < sizeof theirs);
        memcpy(theirs, text.bytes, text.size);
        theirs[text.size] = '\0';
        set(columns, theirs, json_stringn((const char *)canonical.bytes, canonical.size));
    }
    return columns;
}

/* Only what is stated. */
static json_t *options_json(const struct agreement *agreement) {
    json_t *options = json_object();
    if (agreement->data_source != DATA_SOURCE_NONE) {
        json_t *source = json_pack("{s:s}", "kind", data_source_name(agreement->data_source));
        if (agreement->data_source_date != 0) set(source, "date", day_json(agreement->data_source_date));
        set(options, "data_source", source);
    }
    if (agreement->desil_max > 0) set(options, "desil_max", json_integer(agreement->desil_max));
    if (agreement->exclude_active) set(options, "exclude_active", json_true());
    if (agreement->region_scope != SCOPE_PAYER) set(options, "region_scope", json_string(region_scope_name(agreement->region_scope)));
    if (agreement->min_age > 0) set(options, "min_age", json_integer(agreement->min_age));
    if (agreement->age_limit > 0) set(options, "age_limit", json_integer(agreement->age_limit));
    if (agreement->activation != ACTIVATION_PAYMENT) set(options, "activate_on", json_string(activation_name(agreement->activation)));
    if (agreement->grace_months != GRACE_OF_THE_LAW) set(options, "grace_months", json_integer(agreement->grace_months));
    if (agreement->reservation_days != RESERVATION_DAYS) set(options, "reservation_days", json_integer(agreement->reservation_days));
    if (agreement->occupation_count > 0) set(options, "occupations", codes_json(agreement->occupations, agreement->occupation_count));
    if (agreement->priority_occupation_count > 0) set(options, "priority_occupations", codes_json(agreement->priority_occupations, agreement->priority_occupation_count));
    if (agreement->batch_approval) set(options, "batch_approval", json_true());
    if (agreement->contact_email.size > 0) set(options, "contact_email", text_json(agreement->contact_email));
    if (agreement->column_name_count > 0) set(options, "columns", columns_json(agreement->column_names, agreement->column_name_count));
    return options;
}

void agreement_terms_json(json_t *root, const struct agreement *agreement) {
    json_t *segments = json_object();
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++)
        if (agreement->programmes[segment] != 0) set(segments, segment_name((enum segment)segment), programmes_json(agreement->programmes[segment]));
    char region[16];
    (void)snprintf(region, sizeof region, agreement->payer_region % 100 == 0 ? "%02u" : "%02u.%02u", agreement->payer_region / 100, agreement->payer_region % 100); /* fits */
    set(root, "payer", json_pack("{s:o,s:o,s:s,s:o}", "kind", text_json(agreement->payer_kind), "name", text_json(agreement->payer_name), "funds", funds_name(agreement->funds), "region",
                                 agreement->payer_region != 0 ? json_string(region) : json_null()));
    set(root, "period", json_pack("{s:o,s:o}", "from", day_json(agreement->period_from), "to", day_json(agreement->period_to)));
    set(root, "months", json_integer(agreement->months));
    set(root, "segments", segments);
    set(root, "options", options_json(agreement));
    set(root, "billing", json_pack("{s:s,s:I}", "mode", billing_mode_name(agreement->billing), "months", (json_int_t)agreement->billing_months));
    set(root, "pagu", pagu_json(agreement->pagu));
    set(root, "quota", count_json(agreement->quota));
    set(root, "parent", text_or_null(agreement->parent));
}

/* ---- Warnings ----------------------------------------------------------------------------------------------------------------------------- */

size_t agreement_warnings(const struct agreement *agreement, const programme_set closed[SEGMENT_PMI + 1], char ret_texts[AGREEMENT_WARNINGS_MAX][AGREEMENT_WARNING_BYTES_MAX]) {
    char names[PROGRAMME_SET_TEXT_MAX], from[MONTH_TEXT_MAX], to[MONTH_TEXT_MAX];
    size_t count = 0;
    month_format(day_month(agreement->period_from), from);
    month_format(day_month(agreement->period_to), to);
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++) {
        if (closed[segment] == 0) continue;
        (void)programme_set_format(closed[segment], names);
        (void)snprintf(ret_texts[count++], AGREEMENT_WARNING_BYTES_MAX, "CFG_LAW_CONFLICT (W50): program %s tidak dibuka hukum bagi segmen %s untuk %s s.d. %s; tidak akan ditagih.", names,
                       segment_name((enum segment)segment), from, to); /* fits */
    }
    if (!agreement->has_legal_basis) (void)snprintf(ret_texts[count++], AGREEMENT_WARNING_BYTES_MAX, "E90: belum ada dasar hukum; semua pendaftaran akan ditolak.");
    return count;
}

json_t *agreement_warnings_json(const struct agreement *agreement, const programme_set closed[SEGMENT_PMI + 1]) {
    char texts[AGREEMENT_WARNINGS_MAX][AGREEMENT_WARNING_BYTES_MAX];
    const size_t count = agreement_warnings(agreement, closed, texts);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) append(list, json_string(texts[i]));
    return list;
}

json_t *agreement_law_conflicts_json(const struct agreement *agreement, const programme_set closed[SEGMENT_PMI + 1]) {
    json_t *list = json_array();
    char from[MONTH_TEXT_MAX], to[MONTH_TEXT_MAX];
    month_format(day_month(agreement->period_from), from);
    month_format(day_month(agreement->period_to), to);
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++)
        if (closed[segment] != 0)
            append(list, json_pack("{s:s,s:s,s:s,s:o,s:s,s:s}", "code", "CFG_LAW_CONFLICT", "warning", code_row(CODE_W50)->text, "segment", segment_name((enum segment)segment), "programmes",
                                   programmes_json(closed[segment]), "from", from, "to", to));
    return list;
}

/* ---- Figures ------------------------------------------------------------------------------------------------------------------------------ */

json_t *agreement_line_json(const struct agreement_line *line) {
    const bool is_stated = line->pagu < RUPIAH_INPUT_MAX;
    const struct {
        const char *key;
        int64_t value;
    } counts[] = {{"delegated", line->delegated}, {"committed", line->committed}, {"reserved", line->reserved}, {"accepted", line->accepted},
                  {"reserved_heads", line->reserved_heads}, {"waitlisted", line->waitlisted}, {"receivable", line->receivable}, {"credit", line->credit},
                  {"amendment", line->amendment}};
    const struct {
        const char *key;
        json_t *value;
    } members[] = {{"agreement", text_json(line->id)}, {"name", text_json(line->name)}, {"parent", text_or_null(line->parent)}, {"payer", text_json(line->payer_name)},
                   {"from", day_json(line->period_from)}, {"to", day_json(line->period_to)}, {"pagu", pagu_json(line->pagu)}, {"quota", count_json(line->quota)},
                   {"left", is_stated ? json_integer(agreement_left(line)) : json_null()}, {"state", text_json(line->state)}, {"renews", text_or_null(line->renews)},
                   {"renewed_by", text_or_null(line->renewed_by)}, {"warned", count_json(line->warned)}};
    json_t *root = json_object();
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) set(root, members[i].key, members[i].value);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) set(root, counts[i].key, json_integer(counts[i].value));
    return root;
}

struct agreement_sums agreement_sums_below(const struct agreement_line *lines, size_t count) {
    struct agreement_sums sums = {0};
    for (size_t i = 1; i < count; i++) {
        const bool direct = lines[i].depth == 1;
        const struct {
            rupiah *sum;
            rupiah amount;
        } money[] = {{&sums.pagu, direct && lines[i].pagu < RUPIAH_INPUT_MAX ? lines[i].pagu : 0}, {&sums.committed, lines[i].committed}, {&sums.reserved, lines[i].reserved},
                     {&sums.receivable, lines[i].receivable}, {&sums.credit, lines[i].credit}};
        for (size_t k = 0; k < sizeof money / sizeof *money; k++) CHECK(rupiah_add(*money[k].sum, money[k].amount, money[k].sum));
        sums.parts += direct;
        sums.accepted += lines[i].accepted;
        sums.waitlisted += lines[i].waitlisted;
        sums.warned += lines[i].warned > 0 ? lines[i].warned : 0;
    }
    return sums;
}

json_t *agreement_versions_json(const struct agreement_version *versions, size_t count, struct arena *arena) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct agreement_version *version = &versions[i];
        char at[CLOCK_TEXT_MAX], hash[HASH_TEXT_MAX];
        clock_format_ms(version->in_force_at_ms, at);
        text_hex(slice_of(version->document_sha256, sizeof version->document_sha256), hash);
        json_t *item = json_pack("{s:i,s:o,s:o,s:s,s:o,s:o,s:I,s:s}", "amendment", (int)version->amendment, "made_by", text_json(version->made_by), "approved_by",
                                 text_json(version->approved_by), "in_force_at", at, "pagu", pagu_json(version->pagu), "quota", count_json(version->quota), "journal",
                                 (json_int_t)version->journal_seq, "sha256", hash);
        const bool compares = i > 0 && versions[i - 1].canonical.size > 0 && version->canonical.size > 0;
        if (arena != NULL) set(item, "difference", json_string(compares ? agreement_document_difference(arena, versions[i - 1].canonical, version->canonical) : ""));
        append(list, item);
    }
    return list;
}

json_t *agreement_view_json(const struct agreement_view *view) {
    const struct agreement_sums sums = agreement_sums_below(view->lines, view->line_count);
    json_t *root = agreement_line_json(&view->lines[0]), *children = json_array();
    for (size_t i = 1; i < view->line_count; i++) append(children, agreement_line_json(&view->lines[i]));
    agreement_terms_json(root, view->agreement);
    set(root, "warnings", agreement_warnings_json(view->agreement, view->closed));
    set(root, "law_conflicts", agreement_law_conflicts_json(view->agreement, view->closed));
    set(root, "versions", agreement_versions_json(view->versions, view->version_count, NULL));
    set(root, "children", children);
    set(root, "children_total", json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "agreements", (json_int_t)sums.parts, "pagu", (json_int_t)sums.pagu, "committed",
                                          (json_int_t)sums.committed, "reserved", (json_int_t)sums.reserved, "receivable", (json_int_t)sums.receivable, "credit",
                                          (json_int_t)sums.credit, "accepted", (json_int_t)sums.accepted, "waitlisted", (json_int_t)sums.waitlisted, "warned",
                                          count_json(view->lines[0].warned >= 0 ? sums.warned : -1)));
    return root;
}

json_t *agreement_problem_json(const struct document_problem *problem) {
    return json_pack("{s:s,s:s,s:s}", "member", problem->member, "problem", problem->problem, "remedy", problem->remedy);
}

json_t *agreement_proposal_json(const struct agreement_proposal *proposal) {
    char made[CLOCK_TEXT_MAX], checked[CLOCK_TEXT_MAX];
    const bool is_open = proposal->checked_by.size == 0;
    clock_format_ms(proposal->made_at_ms, made);
    clock_format_ms(proposal->checked_at_ms, checked);
    return json_pack("{s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:o}", "proposal_id", text_json(proposal->id), "agreement", text_json(proposal->agreement_id), "state", text_json(proposal->state),
                     "made_by", text_json(proposal->made_by), "made_at", made, "checked_by", text_or_null(proposal->checked_by), "checked_at",
                     is_open ? json_null() : json_string(checked), "note", text_json(proposal->note));
}

void agreement_judgement_json(json_t *root, const struct proposal_judgement *judgement) {
    json_t *problems = json_array();
    if (judgement->answer == APPLY_REFUSED) append(problems, agreement_problem_json(&judgement->problem));
    set(root, "difference", json_string(judgement->difference));
    set(root, "problems", problems);
    set(root, "warnings", judgement->document != NULL ? agreement_warnings_json(&judgement->document->agreement, judgement->document->closed) : json_array());
}
