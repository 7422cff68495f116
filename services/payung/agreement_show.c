/* Shows agreements as they stand in the ledger, with what the law says against them today: a law that was loaded after an agreement was applied is seen here too. */
#include "services/payung/agreement_show.h"

#include <stdio.h>

#include "common/edge/clock.h"
#include "services/ledger/agreement_json.h"
#include "services/ledger/agreement_store.h"
#include "services/payung/agreement_terms.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"

enum { ARENA_BYTES_MAX = 256 * 1024 * 1024 };

struct shown {
    struct agreement_line *lines; /* the first one is the agreement asked for */
    size_t count;
    struct agreement_version *versions;
    size_t version_count;
    struct agreement_cache *cache;
    const struct agreement *agreement; /* NULL: there is none */
    programme_set closed[SEGMENT_PMI + 1];
};

static const char *heads(int64_t count, char text[32]) {
    rupiah_format(count, text);
    return text + sizeof "Rp" - 1; /* heads with the same dots as money */
}

/* "Rp1.000", or a dash where no pagu is stated */
static const char *money_or_dash(rupiah amount, bool is_stated, char text[32]) {
    rupiah_format(amount, text);
    return is_stated ? text : "-";
}

static void print_line(const struct agreement_line *line) {
    char pagu[32], committed[32], accepted[32], waitlisted[32];
    rupiah_format(line->committed, committed);
    printf("  %*s%-*.*s %18s %18s %10s %10s  %.*s\n", 2 * line->depth, "", 32 - 2 * line->depth > 0 ? 32 - 2 * line->depth : 1, SLICE_ARGS(line->id),
           money_or_dash(line->pagu, line->pagu < RUPIAH_INPUT_MAX, pagu), committed, heads(line->accepted, accepted), heads(line->waitlisted, waitlisted),
           SLICE_ARGS(line->payer_name));
}

static void print_heading(void) { printf("  %-32s %18s %18s %10s %10s  %s\n", "perjanjian", "pagu", "terikat", "diterima", "menunggu", "pembayar"); }

/* ---- show ----------------------------------------------------------------------------------------------------------------------------------- */

static void show_json(const struct shown *shown) {
    const struct agreement_view view = {.agreement = shown->agreement, .closed = shown->closed, .lines = shown->lines, .line_count = shown->count, .versions = shown->versions,
                                        .version_count = shown->version_count};
    command_print_json(agreement_view_json(&view));
}

static const char *state_word(const struct agreement_line *line) { return slice_is(line->state, "ENDED") ? "berakhir" : "berlaku"; }

static void print_amount(const char *label, rupiah amount) {
    char money[32];
    if (amount != 0) printf("  %-9s %s\n", label, money_or_dash(amount, true, money));
}

static void show_people(const struct shown *shown) {
    const struct agreement_line *line = &shown->lines[0];
    const bool stated = line->pagu < RUPIAH_INPUT_MAX;
    char money[32], count[32];
    terms_print(shown->agreement, line->name);
    printf("  keadaan   %s", state_word(line));
    if (line->amendment > 0) printf(", adendum %d", line->amendment);
    if (line->renewed_by.size > 0) printf(", dilanjutkan oleh %.*s", SLICE_ARGS(line->renewed_by));
    printf("\n");
    print_amount("dibagi", line->delegated);
    printf("  terikat   %s\n", money_or_dash(line->committed, true, money));
    print_amount("dicadang", line->reserved);
    printf("  sisa      %s\n", money_or_dash(agreement_left(line), stated, money));
    print_amount("piutang", line->receivable);
    print_amount("titipan", line->credit);
    printf("  diterima  %s orang\n", heads(line->accepted, count));
    printf("  menunggu  %s orang\n", heads(line->waitlisted, count));
    if (line->reserved_heads > 0) printf("  dipanggil %s orang\n", heads(line->reserved_heads, count));
    terms_print_warnings(shown->agreement, shown->closed);
    if (line->warned > 0) printf("  peringatan W50 pada %s orang: program yang tidak ditagih.\n", heads(line->warned, count));
    if (shown->count == 1) return;
    const struct agreement_sums sums = agreement_sums_below(shown->lines, shown->count);
    const struct agreement_line total = {.id = slice_text("jumlah"), .payer_name = slice_text(""), .pagu = sums.pagu, .committed = sums.committed, .accepted = sums.accepted,
                                         .waitlisted = sums.waitlisted};
    printf("Di bawahnya:\n");
    print_heading();
    for (size_t i = 1; i < shown->count; i++) print_line(&shown->lines[i]);
    print_line(&total);
}

static struct err load_shown(struct pg *pg, struct arena *arena, const struct law_table *law, const char *id, struct shown *shown) {
    const struct slice asked = slice_text(id);
    TRY(agreement_lines(pg, arena, asked, true, &shown->lines, &shown->count));
    if (shown->count == 0) return OK;
    TRY(agreement_versions(pg, arena, asked, &shown->versions, &shown->version_count));
    TRY(agreement_cache_fetch(shown->cache, pg, arena, &asked, 1, NULL, 0));
    shown->agreement = agreement_by_id(shown->cache, asked);
    if (shown->agreement != NULL) agreement_closed_by_law(shown->agreement, law, shown->closed);
    return OK;
}

int agreement_show(bool json, const char *url, const struct law_table *law, const char *id) {
    struct pg *pg = NULL;
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    struct shown shown = {.cache = agreement_cache_create()};
    struct err err = pg_open(url, "payung-agreement", &pg);
    if (!failed(&err)) err = load_shown(pg, arena, law, id, &shown);
    pg_close(pg);
    int code = EXIT_OK;
    if (failed(&err)) code = database_failure(json, &err);
    else if (shown.agreement == NULL) code = unknown_agreement(json);
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
    if (!failed(&err)) err = agreement_lines(pg, arena, slice_text(""), true, &lines, &count);
    pg_close(pg);
    int code = EXIT_OK;
    if (failed(&err)) {
        code = database_failure(json, &err);
    } else if (json) {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++) (void)json_array_append_new(list, agreement_line_json(&lines[i])); /* fails only without memory */
        command_print_json(json_pack("{s:o}", "agreements", list));
    } else {
        print_heading();
        for (size_t i = 0; i < count; i++) print_line(&lines[i]);
    }
    arena_destroy(arena);
    return code;
}

/* ---- history -------------------------------------------------------------------------------------------------------------------------------- */

static void history_people(const char *id, struct arena *arena, const struct agreement_version *versions, size_t count) {
    printf("Perjanjian  %s\n", id);
    for (size_t i = 0; i < count; i++) {
        const struct agreement_version *version = &versions[i];
        char at[CLOCK_TEXT_MAX];
        clock_format_ms(version->in_force_at_ms, at);
        if (version->amendment == 0) printf("  awal");
        else printf("  adendum %d", version->amendment);
        printf("  %s  dibuat %.*s, disetujui %.*s\n", at, SLICE_ARGS(version->made_by), SLICE_ARGS(version->approved_by));
        if (i > 0 && versions[i - 1].canonical.size > 0 && version->canonical.size > 0) printf("%s", agreement_document_difference(arena, versions[i - 1].canonical, version->canonical));
    }
}

int agreement_history(bool json, const char *url, const char *id) {
    struct pg *pg = NULL;
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    struct agreement_version *versions = NULL;
    size_t count = 0;
    struct err err = pg_open(url, "payung-agreement", &pg);
    if (!failed(&err)) err = agreement_versions(pg, arena, slice_text(id), &versions, &count);
    pg_close(pg);
    int code = EXIT_OK;
    if (failed(&err)) code = database_failure(json, &err);
    else if (count == 0) code = unknown_agreement(json);
    else if (json) command_print_json(json_pack("{s:s,s:o}", "agreement", id, "versions", agreement_versions_json(versions, count, arena)));
    else history_people(id, arena, versions, count);
    arena_destroy(arena);
    return code;
}
