/* How fast libcsv alone parses a file: rows a second, best of three, on one line. Intake is compared with it in the same run.
 * usage: csv_bench FILE */
#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void on_cell(void *bytes, size_t size, void *self) { (void)bytes, (void)size, (void)self; }
static void on_row(int last, void *self) {
    (void)last;
    ++*(long *)self;
}

static double parse(const char *path, long *ret_rows) {
    static char buffer[64 * 1024];
    struct csv_parser parser;
    struct timespec begin, end;
    FILE *file = fopen(path, "rb");
    if (file == NULL || csv_init(&parser, 0) != 0) exit(1);
    csv_set_delim(&parser, ';');
    *ret_rows = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    for (size_t size = fread(buffer, 1, sizeof buffer, file); size > 0; size = fread(buffer, 1, sizeof buffer, file))
        if (csv_parse(&parser, buffer, size, on_cell, on_row, ret_rows) != size) exit(1);
    (void)csv_fini(&parser, on_cell, on_row, ret_rows);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    csv_free(&parser);
    (void)fclose(file);
    return (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
}

int main(int argc, char **argv) {
    double best = 1e9;
    long rows = 0;
    if (argc != 2) return 2;
    for (int i = 0; i < 3; i++) {
        const double seconds = parse(argv[1], &rows);
        if (seconds < best) best = seconds;
    }
    printf("{\"rows\": %ld, \"seconds\": %.4f, \"rows_per_second\": %.0f}\n", rows, best, (double)rows / best);
    return 0;
}
