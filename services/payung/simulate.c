/* `payung simulate people`: reads options and the data files below $PAYUNG_SHARE (regions, occupations), lets people.c make the rows, orders and
 * writes them to standard output. Without faults the rows come in the order of their making, with faults they are shuffled. All chance comes
 * from the seed: no clock, no machine's own random numbers, so that a sample can be made again anywhere. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/text.h"
#include "common/edge/share.h"
#include "common/edge/share_tables.h"
#include "services/payung/commands.h"
#include "services/payung/people.h"

enum { MESSAGE_BYTES_MAX = 512 };
enum { VILLAGES_BYTES_MAX = 16 << 20, ARENA_BYTES_MAX = 256 << 20, DEFAULT_AS_OF = 20250915 };

static const char villages_file[] = "regions/villages.csv";

static const char usage[] =
    "usage: payung simulate people --region PP.KK --count N --seed S [--segment BPU|PU|JAKON|PMI] [--errors KIND=N,...] [--as-of YYYY-MM-DD] [--columns NAME,...] [--json]\n"
    "\n"
    "Writes a list of people who do not exist (NIK serials 9900-9999) as CSV with the canonical columns to standard output.\n"
    "  --region   region of the payer: province 17, regency 17.08 or district 17.08.04\n"
    "  --count    how many valid people\n"
    "  --seed     64-bit number: the same seed gives the same bytes on every machine\n"
    "  --segment  informal workers (BPU, the default), employees of one firm (PU), construction projects (JAKON) or migrant workers (PMI)\n"
    "  --errors   further rows with one fault each: E01 E02 E03 E04 E05 E06 E80 E81 E20 E10 E11 E40 E50 E51 E30 DUPLICATE_ROW;\n"
    "             E11 and E40 only in BPU, E50 not in PU;\n"
    "             the rows are then shuffled, a repeated person (E20, DUPLICATE_ROW) stands behind the first one\n"
    "  --as-of    registration date for which the ages are right (default 2025-09-15)\n"
    "  --columns  also fill program, penghasilan, periode_mulai, jumlah_bulan (otherwise empty: the agreement's terms)\n"
    "  --json     tell errors as JSON on standard output\n"
    "Data files are read from $PAYUNG_SHARE. Exit codes: 0 ok, 1 failed, 2 usage.\n";

/* How errors are told: decided once from the command line. */
struct teller {
    bool json;
};

static int wrong(const struct teller *teller, const char *option, const char *problem) {
    char message[MESSAGE_BYTES_MAX];
    (void)snprintf(message, sizeof message, "%s: %s", option, problem); /* a cut sentence is still a sentence */
    return command_fail(teller->json, EXIT_USAGE, "USAGE", message, "See `payung simulate --help`.");
}

static int failed_file(const struct teller *teller, const struct err *err) {
    return command_fail(teller->json, EXIT_FAILED, "DATA_FILE", err->text, "Install the data files again, or set PAYUNG_SHARE to their folder.");
}

/* ---- options ------------------------------------------------------------------------------------------------------------------------- */

static bool parse_errors(struct slice text, struct people_plan *plan) {
    struct slice part, kind_text;
    while (text_split(&text, ',', &part)) {
        enum people_kind kind = PEOPLE_VALID;
        uint64_t count = 0;
        if (!text_split(&part, '=', &kind_text) || part.bytes == NULL) return false;
        if (!people_kind_parse(kind_text, &kind) || !text_number(part, PEOPLE_ITEMS_MAX, &count)) return false;
        plan->faults[kind] += (uint32_t)count;
        if (people_total(plan) > PEOPLE_ITEMS_MAX) return false;
    }
    return true;
}

static bool parse_columns(struct slice text, struct people_plan *plan) {
    struct slice name;
    while (text_split(&text, ',', &name)) {
        enum column column = COLUMN_NO_URUT;
        if (!column_by_name(name, &column)) return false;
        if (column == COLUMN_PROGRAM) plan->fill_program = true;
        else if (column == COLUMN_PENGHASILAN) plan->fill_penghasilan = true;
        else if (column == COLUMN_PERIODE_MULAI) plan->fill_periode_mulai = true;
        else if (column == COLUMN_JUMLAH_BULAN) plan->fill_jumlah_bulan = true;
        else return false;
    }
    return true;
}

enum { SAW_REGION = 1, SAW_COUNT = 2, SAW_SEED = 4, SAW_ALL = 7 };

static bool parse_option(const char *name, struct slice value, struct people_plan *plan, unsigned *saw) {
    uint64_t number = 0;
    uint32_t village = 0;
    if (strcmp(name, "--region") == 0) {
        *saw |= SAW_REGION;
        return region_parse(value, &plan->region, &village) && village == 0;
    }
    if (strcmp(name, "--count") == 0) {
        *saw |= SAW_COUNT;
        if (!text_number(value, PEOPLE_ITEMS_MAX, &number)) return false;
        plan->count = (uint32_t)number;
        return people_total(plan) <= PEOPLE_ITEMS_MAX;
    }
    if (strcmp(name, "--seed") == 0) {
        *saw |= SAW_SEED;
        return text_number(value, UINT64_MAX, &plan->seed);
    }
    if (strcmp(name, "--segment") == 0) return segment_parse(value, &plan->segment);
    if (strcmp(name, "--as-of") == 0) return day_parse(value, &plan->as_of);
    if (strcmp(name, "--errors") == 0) return parse_errors(value, plan);
    if (strcmp(name, "--columns") == 0) return parse_columns(value, plan);
    return false;
}

enum answer { GO_ON, SHOW_HELP, REFUSED };

static enum answer parse_options(int argc, char **argv, struct people_plan *plan, struct teller *teller) {
    unsigned saw = 0;
    *plan = (struct people_plan){.as_of = DEFAULT_AS_OF};
    for (int i = 1; i < argc; i++) teller->json = teller->json || strcmp(argv[i], "--json") == 0;
    for (int i = 1; i < argc; i++) {
        if ((i == 1 && strcmp(argv[i], "people") == 0) || strcmp(argv[i], "--json") == 0) continue;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return SHOW_HELP;
        const char *option = argv[i], *joined = strncmp(option, "--", 2) == 0 ? strchr(option, '=') : NULL;
        size_t size = joined != NULL ? (size_t)(joined - option) : strlen(option);
        char name[32] = "";
        if (size < sizeof name) memcpy(name, option, size);
        const char *value = joined != NULL ? joined + 1 : i + 1 < argc ? argv[++i] : "";
        if (!parse_option(name, slice_text(value), plan, &saw)) {
            (void)wrong(teller, option, "unknown option, or a value that can't be read");
            return REFUSED;
        }
    }
    if (saw == SAW_ALL) return GO_ON;
    (void)wrong(teller, "people", "--region, --count and --seed are needed");
    return REFUSED;
}

/* ---- files --------------------------------------------------------------------------------------------------------------------------- */

struct sources_memory {
    struct region_table regions;
    struct occupation_table occupations;
    struct people_sources sources;
};

static struct err load_sources(struct arena *arena, struct sources_memory *memory) {
    const char *share = getenv("PAYUNG_SHARE");
    if (share == NULL || share[0] == '\0') share = ".";
    TRY(share_regions(arena, share, &memory->regions));
    TRY(share_occupations(arena, share, &memory->occupations));
    memory->sources = (struct people_sources){.regions = &memory->regions, .occupations = &memory->occupations};
    return share_read(arena, share, villages_file, VILLAGES_BYTES_MAX, &memory->sources.villages);
}

/* ---- order --------------------------------------------------------------------------------------------------------------------------- */

/* Items in the order of the file: shuffled when there are faults; a copy whose original came behind it changes places with it. Every copy has an
 * original of its own, so one exchange never spoils another. */
static void order_items(const struct people_plan *plan, uint32_t *items, uint32_t *places, uint32_t total) {
    struct people_random random = {.state = plan->seed ^ UINT64_C(0x7061796E6773696D)};
    for (uint32_t i = 0; i < total; i++) items[i] = i;
    if (total == plan->count) return;
    for (uint32_t i = total; i > 1; i--) {
        uint32_t j = (uint32_t)people_below(&random, i), item = items[i - 1];
        items[i - 1] = items[j];
        items[j] = item;
    }
    for (uint32_t i = 0; i < total; i++) places[items[i]] = i;
    for (uint32_t copy = plan->count; copy < total; copy++) {
        uint64_t original = 0;
        if (!people_original(plan, copy, &original) || places[original] < places[copy]) continue;
        uint32_t early = places[copy], late = places[original];
        items[early] = (uint32_t)original;
        items[late] = copy;
        places[original] = early;
        places[copy] = late;
    }
}

/* ---- output -------------------------------------------------------------------------------------------------------------------------- */

static void write_field(const char *text) {
    if (strpbrk(text, ";\"\n") == NULL) {
        (void)fputs(text, stdout); /* ferror is asked at the end */
        return;
    }
    (void)putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"') (void)putchar('"');
        (void)putchar(*text);
    }
    (void)putchar('"');
}

static bool write_list(const struct people_world *world, const uint32_t *items, uint32_t total) {
    const enum segment segment = people_segment(&world->plan);
    for (int column = 0; column < COLUMN_COUNT; column++)
        if (people_has_column(segment, (enum column)column)) printf("%s%s", column > 0 ? ";" : "", column_name((enum column)column));
    (void)putchar('\n');
    for (uint32_t i = 0; i < total && ferror(stdout) == 0; i++) {
        struct people_row row;
        people_row(world, items[i], &row);
        (void)snprintf(row.text[COLUMN_NO_URUT], PEOPLE_FIELD_MAX, "%u", i + 1);
        for (int column = 0; column < COLUMN_COUNT; column++) {
            if (!people_has_column(segment, (enum column)column)) continue;
            if (column > 0) (void)putchar(';');
            write_field(row.text[column]);
        }
        (void)putchar('\n');
    }
    return fflush(stdout) == 0 && ferror(stdout) == 0;
}

static int simulate(struct arena *arena, const struct people_plan *plan, const struct teller *teller) {
    struct sources_memory memory;
    struct people_world world;
    struct load_error error;
    struct err err = load_sources(arena, &memory);
    if (failed(&err)) return failed_file(teller, &err);
    if (!people_prepare(&memory.sources, plan, arena, &world, &error)) {
        if (error.line == 0) return wrong(teller, error.field[0] != '\0' ? error.field : "people", error.problem);
        err = share_damaged(villages_file, &error);
        return failed_file(teller, &err);
    }
    uint32_t total = (uint32_t)people_total(plan);
    uint32_t *items = arena_zero(arena, total, sizeof *items), *places = arena_zero(arena, total, sizeof *places);
    order_items(plan, items, places, total);
    if (write_list(&world, items, total)) return EXIT_OK;
    return command_fail(teller->json, EXIT_FAILED, "OUTPUT", "standard output can't be written", "Is the disk full, or the reader gone?");
}

int simulate_main(int argc, char **argv) {
    struct people_plan plan;
    struct teller teller = {0};
    enum answer answer = parse_options(argc, argv, &plan, &teller);
    if (answer == REFUSED) return EXIT_USAGE;
    if (answer == SHOW_HELP) return fputs(usage, stdout) < 0 ? EXIT_FAILED : EXIT_OK;
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    int code = simulate(arena, &plan, &teller);
    arena_destroy(arena);
    return code;
}
