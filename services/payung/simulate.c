/* `payung simulate people`: reads options and the data files below $PAYUNG_SHARE (regions, occupations), lets people.c make the rows, orders and
 * writes them to standard output. Without faults the rows come in the order of their making, with faults they are shuffled. All chance comes from the seed: no clock, no machine's own random numbers, so
 * that a sample can be made again anywhere. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/text.h"
#include "services/payung/commands.h"
#include "services/payung/people.h"

enum { PATH_BYTES_MAX = 4096 };
enum { FILE_BYTES_MAX = 16 << 20, ARENA_BYTES_MAX = 256 << 20, DEFAULT_AS_OF = 20250915 };

static const char usage[] =
    "usage: payung simulate people --region PP.KK --count N --seed S [--errors KIND=N,...] [--as-of YYYY-MM-DD] [--columns NAME,...]\n"
    "\n"
    "Writes a list of people who do not exist (NIK serials 9900-9999) as CSV with the canonical columns to standard output.\n"
    "  --region   region of the payer: province 17, regency 17.08 or district 17.08.04\n"
    "  --count    how many valid people\n"
    "  --seed     64-bit number: the same seed gives the same bytes on every machine\n"
    "  --errors   further rows with one fault each: E01 E02 E03 E04 E05 E06 E80 E81 E20 E10 E11 E40 E50 E51 E30 DUPLICATE_ROW;\n"
    "             the rows are then shuffled, a repeated person (E20, DUPLICATE_ROW) stands behind the first one\n"
    "  --as-of    registration date for which the ages are right (default 2025-09-15)\n"
    "  --columns  also fill program, penghasilan, periode_mulai, jumlah_bulan (otherwise empty: the agreement's terms)\n"
    "Data files are read from $PAYUNG_SHARE. Exit codes: 0 ok, 1 failed, 2 usage.\n";

static int wrong(const char *option, const char *problem) {
    fprintf(stderr, "payung simulate: %s: %s\n%s", option, problem, usage);
    return EXIT_USAGE;
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
    if (strcmp(name, "--as-of") == 0) return day_parse(value, &plan->as_of);
    if (strcmp(name, "--errors") == 0) return parse_errors(value, plan);
    if (strcmp(name, "--columns") == 0) return parse_columns(value, plan);
    return false;
}

/* 0 to go on, else the exit code plus one. */
static int parse_options(int argc, char **argv, struct people_plan *plan) {
    unsigned saw = 0;
    *plan = (struct people_plan){.as_of = DEFAULT_AS_OF};
    for (int i = 1; i < argc; i++) {
        if (i == 1 && strcmp(argv[i], "people") == 0) continue;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return fputs(usage, stdout) < 0 ? EXIT_FAILED + 1 : EXIT_OK + 1;
        const char *joined = strchr(argv[i], '=');
        char name[32];
        size_t size = joined != NULL && strncmp(argv[i], "--", 2) == 0 ? (size_t)(joined - argv[i]) : strlen(argv[i]);
        if (size >= sizeof name) return wrong(argv[i], "unknown option") + 1;
        memcpy(name, argv[i], size);
        name[size] = '\0';
        if (joined == NULL && i + 1 == argc) return wrong(name, "unknown option, or its value is missing") + 1;
        if (!parse_option(name, slice_text(joined != NULL ? joined + 1 : argv[++i]), plan, &saw)) return wrong(name, "unknown option or a value that can't be read") + 1;
    }
    return saw == SAW_ALL ? 0 : wrong("people", "--region, --count and --seed are needed") + 1;
}

/* ---- files --------------------------------------------------------------------------------------------------------------------------- */

static bool read_file(struct arena *arena, const char *share, const char *name, struct slice *ret_text) {
    char path[PATH_BYTES_MAX];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", share, name) >= sizeof path) return false;
    FILE *file = fopen(path, "rb");
    long size = -1;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) size = ftell(file);
    bool good = size >= 0 && size <= FILE_BYTES_MAX && fseek(file, 0, SEEK_SET) == 0;
    if (good) {
        uint8_t *bytes = arena_take(arena, (size_t)size);
        good = fread(bytes, 1, (size_t)size, file) == (size_t)size;
        *ret_text = slice_of(bytes, (size_t)size);
    }
    if (file != NULL) (void)fclose(file); /* only read */
    if (!good) fprintf(stderr, "payung simulate: cannot read %s: set PAYUNG_SHARE to the folder of the installed data files\n", path);
    return good;
}

static bool load_failed_in(const char *file, const struct load_error *error) {
    fprintf(stderr, "payung simulate: %s, line %u, %s: %s\n", file, error->line, error->field, error->problem);
    return false;
}

struct sources_memory {
    struct region_table regions;
    struct occupation_table occupations;
    struct people_sources sources;
};

static bool load_sources(struct arena *arena, struct sources_memory *memory) {
    const char *share = getenv("PAYUNG_SHARE"), *file = NULL;
    struct region_files files;
    struct slice occupations;
    struct load_error error;
    if (share == NULL || share[0] == '\0') share = ".";
    if (!read_file(arena, share, "regions/provinces.csv", &files.provinces) || !read_file(arena, share, "regions/regencies.csv", &files.regencies) ||
        !read_file(arena, share, "regions/districts.csv", &files.districts) || !read_file(arena, share, "regions/region_history.csv", &files.history) ||
        !read_file(arena, share, "regions/villages.csv", &memory->sources.villages) || !read_file(arena, share, "occupations.tsv", &occupations))
        return false;
    if (!regions_load(&files, arena, &memory->regions, &error, &file)) return load_failed_in(file, &error);
    if (!occupations_load(occupations, arena, &memory->occupations, &error)) return load_failed_in("occupations.tsv", &error);
    memory->sources.regions = &memory->regions;
    memory->sources.occupations = &memory->occupations;
    return true;
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
    for (int column = 0; column < COLUMN_COUNT; column++) printf("%s%s", column > 0 ? ";" : "", column_name((enum column)column));
    (void)putchar('\n');
    for (uint32_t i = 0; i < total && ferror(stdout) == 0; i++) {
        struct people_row row;
        people_row(world, items[i], &row);
        (void)snprintf(row.text[COLUMN_NO_URUT], PEOPLE_FIELD_MAX, "%u", i + 1);
        for (int column = 0; column < COLUMN_COUNT; column++) {
            if (column > 0) (void)putchar(';');
            write_field(row.text[column]);
        }
        (void)putchar('\n');
    }
    return fflush(stdout) == 0 && ferror(stdout) == 0;
}

static int simulate(struct arena *arena, const struct people_plan *plan) {
    struct sources_memory memory;
    struct people_world world;
    struct load_error error;
    if (!load_sources(arena, &memory)) return EXIT_FAILED;
    if (!people_prepare(&memory.sources, plan, arena, &world, &error)) {
        fprintf(stderr, "payung simulate: %s%s%s\n", error.field, error.field[0] != '\0' ? ": " : "", error.problem);
        return error.line == 0 ? EXIT_USAGE : EXIT_FAILED;
    }
    uint32_t total = (uint32_t)people_total(plan);
    uint32_t *items = arena_zero(arena, total, sizeof *items), *places = arena_zero(arena, total, sizeof *places);
    order_items(plan, items, places, total);
    if (write_list(&world, items, total)) return EXIT_OK;
    fprintf(stderr, "payung simulate: cannot write to standard output\n");
    return EXIT_FAILED;
}

int simulate_main(int argc, char **argv) {
    struct people_plan plan;
    int answer = parse_options(argc, argv, &plan);
    if (answer != 0) return answer - 1;
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    int code = simulate(arena, &plan);
    arena_destroy(arena);
    return code;
}
