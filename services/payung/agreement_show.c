/* Shows agreements as they stand in the ledger, with what the law says against them today: a law that was loaded after an agreement was applied is seen here too. */
#include "services/payung/agreement_show.h"

#include <stdio.h>

#include "services/ledger/agreement_report.h"
#include "services/ledger/agreement_store.h"
#include "services/payung/agreement_terms.h"
#include "services/payung/commands.h"

enum { ARENA_BYTES_MAX = 256 * 1024 * 1024 };

struct shown {
    struct agreement_line *lines; /* the first one is the agreement asked for */
    size_t count;
    struct agreement_cache *cache;
    const struct agreement *agreement; /* NULL: there is none */
    programme_set closed[SEGMENT_PMI + 1];
};

struct sums {
    int64_t parts; /* directly under it */
    rupiah pagu;   /* of these; those without one count 0 */
    rupiah committed;
    int64_t accepted, waitlisted, warned; /* of all below it */
};

static struct sums sums_below(const struct agreement_line *lines, size_t count) {
    struct sums sums = {0};
    for (size_t i = 1; i < count; i++) {
        const bool direct = lines[i].depth == 1;
        sums.parts += direct;
        if (direct && lines[i].pagu < RUPIAH_INPUT_MAX) CHECK(rupiah_add(sums.pagu, lines[i].pagu, &sums.pagu));
        CHECK(rupiah_add(sums.committed, lines[i].committed, &sums.committed));
        sums.accepted += lines[i].accepted;
        sums.waitlisted += lines[i].waitlisted;
        sums.warned += lines[i].warned;
    }
    return sums;
}

static const char *heads(int64_t count, char text[32]) {
    rupiah_format(count, text);
    return text + sizeof "Rp" - 1; /* heads with the same dots as money */
}

/* "Rp1.000", or a dash where no pagu is stated */
static const char *money_or_dash(rupiah amount, bool is_stated, char text[32]) {
    rupiah_format(amount, text);
    return is_stated ? text : "-";
}

static rupiah left_of(const struct agreement_line *line) { return line->pagu - line->delegated - line->committed; }

static void print_line(const struct agreement_line *line) {
    char pagu[32], committed[32], accepted[32], waitlisted[32];
    rupiah_format(line->committed, committed);
    printf("  %*s%-*.*s %18s %18s %10s %10s  %.*s\n", 2 * line->depth, "", 32 - 2 * line->depth > 0 ? 32 - 2 * line->depth : 1, SLICE_ARGS(line->id),
           money_or_dash(line->pagu, line->pagu < RUPIAH_INPUT_MAX, pagu), committed, heads(line->accepted, accepted), heads(line->waitlisted, waitlisted),
           SLICE_ARGS(line->payer_name));
}

static void print_heading(void) { printf("  %-32s %18s %18s %10s %10s  %s\n", "perjanjian", "pagu", "terikat", "diterima", "menunggu", "pembayar"); }

static json_t *line_json(const struct agreement_line *line) {
    char from[11], to[11];
    day_format(line->period_from, from);
    day_format(line->period_to, to);
    const bool stated = line->pagu < RUPIAH_INPUT_MAX;
    return json_pack("{s:s%,s:s%,s:o,s:s%,s:s,s:s,s:o,s:I,s:I,s:o,s:o,s:I,s:I,s:I}", "agreement", (const char *)line->id.bytes, line->id.size, "name", (const char *)line->name.bytes,
                     line->name.size, "parent", line->parent.size > 0 ? json_stringn((const char *)line->parent.bytes, line->parent.size) : json_null(), "payer",
                     (const char *)line->payer_name.bytes, line->payer_name.size, "from", from, "to", to, "pagu", stated ? json_integer(line->pagu) : json_null(), "delegated",
                     (json_int_t)line->delegated, "committed", (json_int_t)line->committed, "left", stated ? json_integer(left_of(line)) : json_null(), "quota",
                     line->quota >= 0 ? json_integer(line->quota) : json_null(), "accepted", (json_int_t)line->accepted, "waitlisted", (json_int_t)line->waitlisted, "warned",
                     (json_int_t)line->warned);
}

/* ---- show ----------------------------------------------------------------------------------------------------------------------------------- */

static void show_json(const struct shown *shown) {
    const struct agreement_line *line = &shown->lines[0];
    const struct sums sums = sums_below(shown->lines, shown->count);
    json_t *root = line_json(line), *children = json_array();
    for (size_t i = 1; i < shown->count; i++) (void)json_array_append_new(children, line_json(&shown->lines[i])); /* fails only without memory, as all below */
    terms_add_json(root, shown->agreement);
    (void)json_object_set_new(root, "warnings", terms_warnings(shown->agreement, shown->closed));
    (void)json_object_set_new(root, "law_conflicts", terms_law_conflicts(shown->agreement, shown->closed));
    (void)json_object_set_new(root, "children", children);
    (void)json_object_set_new(root, "children_total", json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "agreements", (json_int_t)sums.parts, "pagu", (json_int_t)sums.pagu, "committed",
                                                                (json_int_t)sums.committed, "accepted", (json_int_t)sums.accepted, "waitlisted", (json_int_t)sums.waitlisted, "warned",
                                                                (json_int_t)sums.warned));
    command_print_json(root);
}

static void show_people(const struct shown *shown) {
    const struct agreement_line *line = &shown->lines[0];
    const bool stated = line->pagu < RUPIAH_INPUT_MAX;
    char money[32], count[32];
    terms_print(shown->agreement, line->name);
    if (line->delegated > 0) printf("  dibagi    %s\n", money_or_dash(line->delegated, true, money));
    printf("  terikat   %s\n", money_or_dash(line->committed, true, money));
    printf("  sisa      %s\n", money_or_dash(left_of(line), stated, money));
    printf("  diterima  %s orang\n", heads(line->accepted, count));
    printf("  menunggu  %s orang\n", heads(line->waitlisted, count));
    terms_print_warnings(shown->agreement, shown->closed);
    if (line->warned > 0) printf("  peringatan W50 pada %s orang: program yang tidak ditagih.\n", heads(line->warned, count));
    if (shown->count == 1) return;
    const struct sums sums = sums_below(shown->lines, shown->count);
    const struct agreement_line total = {.id = slice_text("jumlah"), .payer_name = slice_text(""), .pagu = sums.pagu, .committed = sums.committed, .accepted = sums.accepted,
                                         .waitlisted = sums.waitlisted};
    printf("Di bawahnya:\n");
    print_heading();
    for (size_t i = 1; i < shown->count; i++) print_line(&shown->lines[i]);
    print_line(&total);
}

static struct err load_shown(struct pg *pg, struct arena *arena, const struct law_table *law, const char *id, struct shown *shown) {
    const struct slice asked = slice_text(id);
    TRY(agreement_lines(pg, arena, asked, &shown->lines, &shown->count));
    if (shown->count == 0) return OK;
    TRY(agreement_cache_fetch(shown->cache, pg, arena, &asked, 1, NULL, 0));
    shown->agreement = agreement_by_id(shown->cache, asked);
    if (shown->agreement != NULL) agreement_closed_by_law(shown->agreement, law, shown->closed);
    return OK;
}

static int failure(bool json, const struct err *err) {
    if (err->fate == FATE_AGAIN) return command_fail(json, EXIT_TEMPORARY, "DATABASE_AWAY", err->text, "Start PostgreSQL, then try again.");
    return command_fail(json, EXIT_FAILED, "SHOW_FAILED", err->text, "Is the schema up to date (payung migrate)?");
}

int agreement_show(bool json, const char *url, const struct law_table *law, const char *id) {
    struct pg *pg = NULL;
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    struct shown shown = {.cache = agreement_cache_create()};
    struct err err = pg_open(url, "payung-agreement", &pg);
    if (!failed(&err)) err = load_shown(pg, arena, law, id, &shown);
    pg_close(pg);
    int code = EXIT_OK;
    if (failed(&err)) code = failure(json, &err);
    else if (shown.agreement == NULL) code = command_fail(json, EXIT_FAILED, "UNKNOWN_AGREEMENT", "there is no such agreement", "See payung agreement list.");
    else if (json) show_json(&shown);
    else show_people(&shown);
    agreement_cache_destroy(shown.cache);
    arena_destroy(arena);
    return code;
}

/* ---- list ----------------------------------------------------------------------------------------------------------------------------------- */

int agreement_list(bool json, const char *url) {
    struct pg *pg = NULL;
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    struct agreement_line *lines = NULL;
    size_t count = 0;
    struct err err = pg_open(url, "payung-agreement", &pg);
    if (!failed(&err)) err = agreement_lines(pg, arena, slice_text(""), &lines, &count);
    pg_close(pg);
    int code = EXIT_OK;
    if (failed(&err)) {
        code = failure(json, &err);
    } else if (json) {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++) (void)json_array_append_new(list, line_json(&lines[i])); /* fails only without memory */
        command_print_json(json_pack("{s:o}", "agreements", list));
    } else {
        print_heading();
        for (size_t i = 0; i < count; i++) print_line(&lines[i]);
    }
    arena_destroy(arena);
    return code;
}
