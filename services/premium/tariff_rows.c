/* Reads the tariff rows of the four segments. Each file has its own columns, because an official checks it against one regulation; here they become one kind of row, so that
 * pricing and showing need not know the files. A wrong row bills thousands of people: what is not understood is refused with line and column, never guessed. */
#include "services/premium/tariff_rows.h"

#include "common/base/check.h"
#include "common/domain/text.h"

enum { FIXED_MAX = 100000000, ROWS_MAX = 4096, PACKAGE_MONTHS_MAX = 600 };
enum { RATE_PPM_MIN = 100 }; /* 0.01 %, the smallest rate of any regulation; less is per cent or per mille in the wrong unit */

static bool parse_count(struct slice text, const char *field, uint64_t max, uint32_t line, int64_t *ret_number, struct load_error *ret_error) {
    uint64_t number = 0;
    if (!text_number(text, max, &number)) return load_failed(ret_error, line, field, "a whole number from 0 to %llu, digits only", (unsigned long long)max);
    *ret_number = (int64_t)number;
    return true;
}

/* unit and value, two fields side by side. */
static bool parse_value(const struct slice fields[2], uint32_t line, struct tariff_row *row, struct load_error *ret_error) {
    if (slice_is(fields[0], "ppm")) row->unit = TARIFF_PPM;
    else if (slice_is(fields[0], "rupiah")) row->unit = TARIFF_RUPIAH;
    else return load_failed(ret_error, line, "unit", "ppm or rupiah, not '%.*s'", SLICE_ARGS(fields[0]));
    if (!parse_count(fields[1], "value", row->unit == TARIFF_PPM ? PPM : FIXED_MAX, line, &row->value, ret_error)) return false;
    if (row->unit == TARIFF_PPM && row->value < RATE_PPM_MIN)
        return load_failed(ret_error, line, "value", "less than %d ppm (0.01 %%): per cent in the wrong unit?", RATE_PPM_MIN);
    if (row->value == 0) return load_failed(ret_error, line, "value", "must be more than 0");
    return true;
}

static bool parse_unit(const struct slice fields[2], enum tariff_unit unit, uint32_t line, struct tariff_row *row, struct load_error *ret_error) {
    if (!parse_value(fields, line, row, ret_error)) return false;
    return row->unit == unit || load_failed(ret_error, line, "unit", "must be %s in this file", unit == TARIFF_PPM ? "ppm" : "rupiah");
}

static bool parse_charge(struct slice text, uint32_t line, struct tariff_row *row, struct load_error *ret_error) {
    enum programme programme;
    if (!programme_parse(text, &programme)) return load_failed(ret_error, line, "programme", "unknown programme");
    row->charge = charge_of(programme);
    return true;
}

/* tariff-bpu.tsv */
enum { BPU_ID, BPU_SEGMENT, BPU_PROGRAMME, BPU_VALID_FROM, BPU_VALID_TO, BPU_INCOME_FROM, BPU_BASE, BPU_UNIT, BPU_VALUE, BPU_REGULATION, BPU_CONFIDENCE, BPU_COLUMNS };
static const char *const bpu_names[BPU_COLUMNS] = {"id", "segment", "programme", "valid_from", "valid_to", "income_from", "base", "unit", "value", "regulation", "confidence"};

static bool parse_bpu(const struct slice fields[], uint32_t line, struct tariff_row *row, struct load_error *ret_error) {
    row->segment = SEGMENT_BPU;
    if (!slice_is(fields[BPU_SEGMENT], "BPU")) return load_failed(ret_error, line, "segment", "this file is for BPU");
    if (!parse_charge(fields[BPU_PROGRAMME], line, row, ret_error)) return false;
    if (!parse_value(&fields[BPU_UNIT], line, row, ret_error)) return false;
    if (!parse_count(fields[BPU_INCOME_FROM], "income_from", RUPIAH_INPUT_MAX, line, &row->from, ret_error)) return false;
    if (!parse_count(fields[BPU_BASE], "base", RUPIAH_INPUT_MAX, line, &row->base, ret_error)) return false;
    if (row->unit == TARIFF_PPM && row->base == 0) return load_failed(ret_error, line, "base", "a rate in ppm needs a base");
    if (row->unit == TARIFF_RUPIAH && (row->base != 0 || row->from != 0)) return load_failed(ret_error, line, "base", "a fixed amount has income_from 0 and base 0");
    return true;
}

/* before: the row above in the same period, or NULL. */
static bool place_bpu(const struct tariff_row *before, const struct tariff_row *row, uint32_t line, struct load_error *ret_error) {
    if (before == NULL) return row->from == 0 || load_failed(ret_error, line, "income_from", "gap: the first band of a period starts at 0");
    if (row->unit != before->unit) return load_failed(ret_error, line, "unit", "another unit than the row before in the same period");
    if (row->from <= before->from) return load_failed(ret_error, line, "income_from", "bands overlap: must be above that of the row before");
    if (row->base <= before->base) return load_failed(ret_error, line, "base", "must be above that of the row before");
    return true;
}

/* tariff-pu.tsv */
enum { PU_ID, PU_PROGRAMME, PU_SHARE, PU_CLASS, PU_SOURCE, PU_CAP, PU_VALID_FROM, PU_VALID_TO, PU_UNIT, PU_VALUE, PU_REGULATION, PU_CONFIDENCE, PU_COLUMNS };
static const char *const pu_names[PU_COLUMNS] = {"id", "programme", "share", "risk_class", "source", "cap", "valid_from", "valid_to", "unit", "value", "regulation", "confidence"};

static bool parse_share(const struct slice fields[], uint32_t line, struct tariff_row *row, struct load_error *ret_error) {
    static const enum payer_share billed[] = {SHARE_EMPLOYER, SHARE_WORKER}, told[] = {SHARE_STATE, SHARE_RECOMPOSITION};
    const enum payer_share *shares = row->charge == CHARGE_JKP ? told : billed;
    if (slice_is(fields[PU_SHARE], payer_share_name(shares[0]))) row->share = shares[0];
    else if (slice_is(fields[PU_SHARE], payer_share_name(shares[1]))) row->share = shares[1];
    else return load_failed(ret_error, line, "share", "%s or %s, not '%.*s'", payer_share_name(shares[0]), payer_share_name(shares[1]), SLICE_ARGS(fields[PU_SHARE]));
    enum programme source;
    row->source = fields[PU_SOURCE];
    bool sourced = programme_parse(row->source, &source);
    if (row->share == SHARE_RECOMPOSITION && !sourced) return load_failed(ret_error, line, "source", "a recomposition needs the programme that it is cut out of");
    if (row->share != SHARE_RECOMPOSITION && row->source.size > 0) return load_failed(ret_error, line, "source", "only a recomposition has a source");
    return true;
}

static bool parse_pu(const struct slice fields[], uint32_t line, struct tariff_row *row, struct load_error *ret_error) {
    int64_t class = 0;
    row->segment = SEGMENT_PU;
    if (!parse_charge(fields[PU_PROGRAMME], line, row, ret_error) || !parse_share(fields, line, row, ret_error)) return false;
    if (!slice_is(fields[PU_CLASS], "ANY")) {
        if (!parse_count(fields[PU_CLASS], "risk_class", RISK_CLASSES, line, &class, ret_error)) return false;
        if (class == 0) return load_failed(ret_error, line, "risk_class", "1 to %d, or ANY", RISK_CLASSES);
    }
    row->risk_class = (int32_t)class;
    if (slice_is(fields[PU_CAP], "JP")) row->cap = WAGE_CAP_JP;
    else if (slice_is(fields[PU_CAP], "JKP")) row->cap = WAGE_CAP_JKP;
    else if (fields[PU_CAP].size > 0) return load_failed(ret_error, line, "cap", "JP, JKP or empty");
    return parse_unit(&fields[PU_UNIT], TARIFF_PPM, line, row, ret_error);
}

/* tariff-jakon.tsv */
enum { JAKON_ID, JAKON_BASIS, JAKON_PROGRAMME, JAKON_VALID_FROM, JAKON_VALID_TO, JAKON_SLICE_FROM, JAKON_UNIT, JAKON_VALUE, JAKON_REGULATION, JAKON_CONFIDENCE, JAKON_COLUMNS };
static const char *const jakon_names[JAKON_COLUMNS] = {"id", "basis", "programme", "valid_from", "valid_to", "slice_from", "unit", "value", "regulation", "confidence"};

static bool parse_jakon(const struct slice fields[], uint32_t line, struct tariff_row *row, struct load_error *ret_error) {
    row->segment = SEGMENT_JAKON;
    if (!jakon_basis_parse(fields[JAKON_BASIS], &row->basis)) return load_failed(ret_error, line, "basis", "CONTRACT or WAGES");
    if (!parse_charge(fields[JAKON_PROGRAMME], line, row, ret_error)) return false;
    if (!parse_count(fields[JAKON_SLICE_FROM], "slice_from", RUPIAH_INPUT_MAX, line, &row->from, ret_error)) return false;
    return parse_unit(&fields[JAKON_UNIT], TARIFF_PPM, line, row, ret_error);
}

/* A slice that is filled must give whole rupiah: then rounding each line is rounding the sum, and a line never has to carry another one's half rupiah. */
static bool place_jakon(const struct tariff_row *before, const struct tariff_row *row, uint32_t line, struct load_error *ret_error) {
    if (before == NULL) return row->from == 0 || load_failed(ret_error, line, "slice_from", "gap: the first slice starts at 0");
    if (row->basis == JAKON_BASIS_WAGES) return load_failed(ret_error, line, "slice_from", "wages have one rate, not slices");
    if (row->from <= before->from) return load_failed(ret_error, line, "slice_from", "slices overlap: must be above that of the row before");
    if ((row->from - before->from) % PPM * before->value % PPM != 0)
        return load_failed(ret_error, line, "slice_from", "the slice that ends here leaves a fraction of a rupiah");
    return true;
}

/* tariff-pmi.tsv */
enum { PMI_ID, PMI_ITEM, PMI_MONTHS, PMI_VALID_FROM, PMI_VALID_TO, PMI_UNIT, PMI_VALUE, PMI_REGULATION, PMI_CONFIDENCE, PMI_COLUMNS };
static const char *const pmi_names[PMI_COLUMNS] = {"id", "item", "months", "valid_from", "valid_to", "unit", "value", "regulation", "confidence"};

static bool parse_pmi(const struct slice fields[], uint32_t line, struct tariff_row *row, struct load_error *ret_error) {
    static const struct {
        const char *name;
        enum charge charge;
        int64_t months_min, months_max;
    } items[] = {[ITEM_RATE] = {"", CHARGE_PACKAGE, 0, 0}, [ITEM_PLACEMENT] = {"PLACEMENT", CHARGE_PACKAGE, 0, 0}, [ITEM_PACKAGE] = {"PACKAGE", CHARGE_PACKAGE, 1, PACKAGE_MONTHS_MAX},
                 [ITEM_EXCESS] = {"EXCESS", CHARGE_PACKAGE, 1, 1}, [ITEM_JHT_VALUE] = {"JHT", CHARGE_JHT, 1, 1}};
    int item = ITEM_PLACEMENT;
    int64_t months = 0;
    while (item <= ITEM_JHT_VALUE && !slice_is(fields[PMI_ITEM], items[item].name)) item++;
    if (item > ITEM_JHT_VALUE) return load_failed(ret_error, line, "item", "PLACEMENT, PACKAGE, EXCESS or JHT");
    if (!parse_count(fields[PMI_MONTHS], "months", PACKAGE_MONTHS_MAX, line, &months, ret_error)) return false;
    if (months < items[item].months_min || months > items[item].months_max)
        return load_failed(ret_error, line, "months", "%s: from %lld to %lld", items[item].name, (long long)items[item].months_min, (long long)items[item].months_max);
    row->segment = SEGMENT_PMI;
    row->item = (enum tariff_item)item;
    row->charge = items[item].charge;
    row->months = (int32_t)months;
    return parse_unit(&fields[PMI_UNIT], TARIFF_RUPIAH, line, row, ret_error);
}

static bool place_pmi(const struct tariff_row *before, const struct tariff_row *row, uint32_t line, struct load_error *ret_error) {
    if (before == NULL || before->item < row->item) return true;
    if (before->item > row->item) return load_failed(ret_error, line, "item", "in a period PLACEMENT, PACKAGE, EXCESS follow each other");
    if (row->item == ITEM_PACKAGE && row->months <= before->months) return load_failed(ret_error, line, "months", "must be above that of the row before");
    if (row->item != ITEM_PACKAGE && row->value <= before->value) return load_failed(ret_error, line, "value", "must be above that of the row before");
    return true;
}

/* What only a whole period shows. NULL: it is complete; else what is missing. */
static const char *missing_pu(const struct tariff_period *period) {
    for (size_t i = 0; i < period->row_count; i++) {
        const struct tariff_row *row = &period->rows[i];
        int32_t same = 0, classes = 0;
        for (size_t k = 0; k < period->row_count; k++) {
            const struct tariff_row *other = &period->rows[k];
            if (other->share != row->share || !slice_equal(other->source, row->source)) continue;
            same++;
            classes |= 1 << other->risk_class;
        }
        bool whole = classes == 1 ? same == 1 : same == RISK_CLASSES && classes == (1 << (RISK_CLASSES + 1)) - 2;
        if (!whole) return "gap or overlap: a share has either one row ANY or one row for each class from 1 to 5";
    }
    return NULL;
}

static const char *missing_pmi(const struct tariff_period *period) {
    size_t count[ITEM_JHT_VALUE + 1] = {0};
    for (size_t i = 0; i < period->row_count; i++) count[period->rows[i].item]++;
    if (count[ITEM_JHT_VALUE] > 0) return NULL; /* the amounts of JHT are a series of their own */
    bool whole = count[ITEM_PLACEMENT] == 1 && count[ITEM_PACKAGE] >= 1 && count[ITEM_EXCESS] == 1;
    return whole ? NULL : "gap or overlap: a period has one PLACEMENT, packages, and one EXCESS";
}

static const struct form {
    const char *const *names;
    size_t columns;
    int id, valid_from, regulation;
    bool (*parse)(const struct slice fields[], uint32_t line, struct tariff_row *row, struct load_error *ret_error);
    bool (*place)(const struct tariff_row *before, const struct tariff_row *row, uint32_t line, struct load_error *ret_error);
    const char *(*missing)(const struct tariff_period *period);
    const char *missing_field;
} forms[TARIFF_FILE_COUNT] = {
    [TARIFF_FILE_BPU] = {bpu_names, BPU_COLUMNS, BPU_ID, BPU_VALID_FROM, BPU_REGULATION, parse_bpu, place_bpu, NULL, ""},
    [TARIFF_FILE_PU] = {pu_names, PU_COLUMNS, PU_ID, PU_VALID_FROM, PU_REGULATION, parse_pu, NULL, missing_pu, "risk_class"},
    [TARIFF_FILE_JAKON] = {jakon_names, JAKON_COLUMNS, JAKON_ID, JAKON_VALID_FROM, JAKON_REGULATION, parse_jakon, place_jakon, NULL, ""},
    [TARIFF_FILE_PMI] = {pmi_names, PMI_COLUMNS, PMI_ID, PMI_VALID_FROM, PMI_REGULATION, parse_pmi, place_pmi, missing_pmi, "item"},
};

static bool id_is_new(const struct tariff_row *rows, size_t count, struct slice id) {
    for (size_t i = 0; i < count; i++)
        if (slice_equal(rows[i].id, id)) return false;
    return true;
}

static bool parse_row(const struct tariff_loader *loader, const struct form *form, const struct slice fields[], uint32_t line, struct tariff_row *ret_row) {
    struct tariff_row row = {.id = fields[form->id], .regulation = fields[form->regulation], .confidence = fields[form->regulation + 1]};
    month_t validity[2];
    if (row.id.size == 0) return load_failed(loader->error, line, "id", "the id is empty");
    if (!id_is_new(loader->rows, loader->row_count, row.id)) return load_failed(loader->error, line, "id", "this id is already taken above or in another file");
    if (!form->parse(fields, line, &row, loader->error)) return false;
    if (!validity_parse(&fields[form->valid_from], line, validity, loader->error)) return false;
    row.valid_from = validity[0];
    row.valid_to = validity[1];
    if (!citation_parse(&fields[form->regulation], line, loader->regulations, loader->error)) return false;
    const struct tariff *tariff = loader->tariff;
    if (row.cap != WAGE_CAP_NONE && (tariff->cap_count[row.cap] == 0 || tariff->caps[row.cap][0].valid_from > row.valid_from))
        return load_failed(loader->error, line, "cap", "wage-cap.tsv has no row for the month %d", row.valid_from);
    *ret_row = row;
    return true;
}

/* The last period of the file is whole. */
static bool close_period(const struct tariff_loader *loader, const struct form *form, size_t first_period, uint32_t line) {
    if (form->missing == NULL || loader->period_count == first_period) return true;
    const char *missing = form->missing(&loader->periods[loader->period_count - 1]);
    return missing == NULL || load_failed(loader->error, line, form->missing_field, "%s", missing);
}

/* Whether the new period may follow the last one of its series. */
static bool follows(const struct tariff_loader *loader, const struct tariff_series *series, bool stands_together, const struct tariff_row *row, uint32_t line) {
    if (series->period_count == 0) return true;
    const struct tariff_period *before = &series->periods[series->period_count - 1];
    if (!stands_together) return load_failed(loader->error, line, row->segment == SEGMENT_PMI ? "item" : "programme", "rows of one programme must stand together");
    if (validity_count(row->valid_from) <= before->last) return load_failed(loader->error, line, "valid_from", "overlap: the period before has not ended");
    if (validity_count(row->valid_from) != before->last + 1) return load_failed(loader->error, line, "valid_from", "gap after the period before");
    return true;
}

static bool append(struct tariff_loader *loader, const struct form *form, size_t first_period, const struct tariff_row *row, uint32_t line) {
    struct tariff_series *series = &loader->tariff->series[row->segment][row->basis][row->charge];
    struct tariff_period *last = loader->period_count > first_period ? &loader->periods[loader->period_count - 1] : NULL;
    bool stands_together = series->period_count > 0 && last == &series->periods[series->period_count - 1];
    const struct tariff_row *before = NULL;
    if (stands_together && last->rows[0].valid_from == row->valid_from && last->rows[0].valid_to == row->valid_to) {
        before = &loader->rows[loader->row_count - 1];
        last->row_count++;
    } else {
        if (!close_period(loader, form, first_period, line) || !follows(loader, series, stands_together, row, line)) return false;
        if (series->period_count == 0) series->periods = &loader->periods[loader->period_count];
        series->period_count++;
        loader->periods[loader->period_count++] = (struct tariff_period){
            .first = validity_count(row->valid_from), .last = validity_count(row->valid_to), .rows = &loader->rows[loader->row_count], .row_count = 1};
    }
    if (form->place != NULL && !form->place(before, row, line, loader->error)) return false;
    loader->rows[loader->row_count++] = *row;
    return true;
}

bool tariff_rows_load(struct tariff_loader *loader, enum tariff_file file, struct slice text) {
    CHECK(file >= TARIFF_FILE_BPU && file <= TARIFF_FILE_PMI);
    const struct form *form = &forms[file];
    const size_t first_row = loader->row_count, first_period = loader->period_count;
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    if (!table_open(&table, text, '\t', form->names, form->columns, loader->error)) return false;
    while (table_next(&table, loader->arena, fields, loader->error)) {
        struct tariff_row row;
        if (loader->row_count == ROWS_MAX) return load_failed(loader->error, table.line, "", "more than %d rows", ROWS_MAX);
        if (!parse_row(loader, form, fields, table.line, &row)) return false;
        if (!append(loader, form, first_period, &row, table.line)) return false;
    }
    if (table.failed) return false;
    if (loader->row_count == first_row) return load_failed(loader->error, 0, "", "no tariff row");
    return close_period(loader, form, first_period, table.line);
}
