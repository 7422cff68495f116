/* Makes the flat list of the tariff. It selects by month as pricing does and changes nothing. */
#include "services/premium/tariff_view.h"

#include <stdio.h>

#include "common/base/check.h"

struct view {
    struct tariff_view_row *rows;
    size_t count, count_max;
    int32_t month; /* count; 0 = all */
};

const char *wage_cap_name(enum wage_cap cap) {
    static const char *const names[WAGE_CAP_COUNT] = {"", "JP", "JKP"};
    CHECK((int)cap >= 0 && cap < WAGE_CAP_COUNT);
    return names[cap];
}

static bool in_force(const struct view *view, month_t from, month_t to) { return view->month == 0 || (validity_count(from) <= view->month && view->month <= validity_count(to)); }

static void add(struct view *view, const struct tariff_view_row *row) {
    CHECK(view->count < view->count_max);
    view->rows[view->count++] = *row;
}

static void write_key(const struct tariff_row *row, char ret_key[TARIFF_VIEW_KEY_MAX]) {
    const long long from = row->from;
    ret_key[0] = '\0';
    if (row->segment == SEGMENT_BPU && row->unit == TARIFF_PPM) (void)snprintf(ret_key, TARIFF_VIEW_KEY_MAX, "income from %lld", from);
    if (row->basis == JAKON_BASIS_CONTRACT) (void)snprintf(ret_key, TARIFF_VIEW_KEY_MAX, "contract from %lld", from);
    if (row->basis == JAKON_BASIS_WAGES) (void)snprintf(ret_key, TARIFF_VIEW_KEY_MAX, "wages");
    if (row->risk_class != 0) (void)snprintf(ret_key, TARIFF_VIEW_KEY_MAX, "class %d", row->risk_class);
    if (row->source.size > 0) (void)snprintf(ret_key, TARIFF_VIEW_KEY_MAX, "from %.*s", SLICE_ARGS(row->source));
    if (row->item == ITEM_PLACEMENT) (void)snprintf(ret_key, TARIFF_VIEW_KEY_MAX, "placement");
    if (row->item == ITEM_PACKAGE) (void)snprintf(ret_key, TARIFF_VIEW_KEY_MAX, "package %d", row->months);
    if (row->item == ITEM_EXCESS) (void)snprintf(ret_key, TARIFF_VIEW_KEY_MAX, "excess month");
    if (row->item == ITEM_JHT_VALUE) (void)snprintf(ret_key, TARIFF_VIEW_KEY_MAX, "amount %lld", (long long)row->value);
}

static void add_tariff(struct view *view, const struct tariff_row *row) {
    struct tariff_view_row seen = {.kind = VIEW_TARIFF, .id = row->id, .segment = row->segment, .charge = row->charge, .share = row->share, .base = row->base, .unit = row->unit,
                                   .value = row->value, .cap = row->cap, .valid_from = row->valid_from, .valid_to = row->valid_to, .enabled = true,
                                   .regulation = row->regulation, .confidence = row->confidence, .tariff = row};
    if (!in_force(view, row->valid_from, row->valid_to)) return;
    write_key(row, seen.key);
    add(view, &seen);
}

static void add_cap(struct view *view, const struct wage_cap_row *row, bool is_last) {
    struct tariff_view_row seen = {.kind = VIEW_WAGE_CAP, .id = row->id, .segment = SEGMENT_PU, .charge = row->cap == WAGE_CAP_JP ? CHARGE_JP : CHARGE_JKP, .key = "wage cap",
                                   .unit = TARIFF_RUPIAH, .value = row->amount, .valid_from = row->valid_from, .valid_to = row->valid_to, .enabled = true,
                                   .regulation = row->regulation, .confidence = row->confidence};
    seen.stale = is_last && view->month > row->last;
    if (seen.stale || in_force(view, row->valid_from, row->valid_to)) add(view, &seen);
}

static void add_relief(struct view *view, const struct relief *relief) {
    static const char *const sectors[] = {[SECTOR_NONE] = "", [SECTOR_TRANSPORT] = " TRANSPORT", [SECTOR_OTHER] = " OTHER"};
    static const char *const employers[] = {[CONDITION_ANY] = "", [CONDITION_YES] = " labour-intensive", [CONDITION_NO] = " not labour-intensive"};
    if (!in_force(view, relief->valid_from, relief->valid_to)) return;
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++) {
        for (int programme = 0; programme < PROGRAMME_COUNT; programme++) {
            struct tariff_view_row seen = {.kind = VIEW_RELIEF, .id = relief->id, .segment = (enum segment)segment, .charge = charge_of((enum programme)programme), .unit = TARIFF_PPM,
                                           .value = relief->pay_ppm, .valid_from = relief->valid_from, .valid_to = relief->valid_to, .enabled = relief->enabled,
                                           .regulation = relief->regulation, .confidence = relief->confidence, .relief = relief};
            if ((relief->segments >> (unsigned)segment & 1u) == 0 || (relief->programmes & programme_bit((enum programme)programme)) == 0) continue;
            (void)snprintf(seen.key, sizeof seen.key, "relief %.*s%s%s", SLICE_ARGS(relief->id), sectors[relief->sector], employers[relief->labour_intensive]); /* a long id is cut */
            add(view, &seen);
        }
    }
}

const struct tariff_view_row *tariff_view(const struct tariff *tariff, month_t month, struct arena *arena, size_t *ret_count) {
    CHECK(month == 0 || month_is_valid(month));
    struct view view = {.count_max = tariff->row_count + tariff->cap_count[WAGE_CAP_JP] + tariff->cap_count[WAGE_CAP_JKP] + tariff->relief_count * SEGMENT_PMI * PROGRAMME_COUNT};
    view.month = month == 0 ? 0 : month_count(month);
    view.rows = arena_zero(arena, view.count_max, sizeof *view.rows);
    for (size_t i = 0; i < tariff->row_count; i++) add_tariff(&view, &tariff->rows[i]);
    for (int cap = WAGE_CAP_JP; cap < WAGE_CAP_COUNT; cap++)
        for (size_t i = 0; i < tariff->cap_count[cap]; i++) add_cap(&view, &tariff->caps[cap][i], i + 1 == tariff->cap_count[cap]);
    for (size_t i = 0; i < tariff->relief_count; i++) add_relief(&view, &tariff->reliefs[i]);
    *ret_count = view.count;
    return view.rows;
}

bool tariff_view_same_place(const struct tariff_view_row *a, const struct tariff_view_row *b) {
    return a->kind == b->kind && a->segment == b->segment && a->charge == b->charge && a->share == b->share && strcmp(a->key, b->key) == 0;
}

bool tariff_view_same_price(const struct tariff_view_row *a, const struct tariff_view_row *b) {
    return a->base == b->base && a->unit == b->unit && a->value == b->value && a->cap == b->cap && a->enabled == b->enabled;
}
