/* The law as it is installed: a missing or damaged file stops the start with its name, line and field. */
#include "tests/unit/tariff_fixture.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_MAX_BYTES = 256 };

static void write_file(const char *folder, const char *name, struct slice text) {
    char path[PATH_MAX_BYTES];
    assert_true(snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text.bytes, 1, text.size, file), text.size);
    assert_int_equal(fclose(file), 0);
}

static void remove_file(const char *folder, const char *name) {
    char path[PATH_MAX_BYTES];
    assert_true(snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path);
    (void)unlink(path); /* it may never have been written */
}

static void what_is_damaged_is_named(void **state) {
    char share[] = "payung-law-XXXXXX";
    char tariff_folder[PATH_MAX_BYTES];
    struct law law = law_open();
    struct tariff tariff;
    struct parameters parameters;
    assert_non_null(mkdtemp(share));
    assert_true(snprintf(tariff_folder, sizeof tariff_folder, "%s/tariff", share) < (int)sizeof tariff_folder);
    assert_int_equal(mkdir(tariff_folder, 0700), 0);
    struct err err = tariff_open(share, law.arena, &tariff);
    assert_int_equal(err.fate, FATE_FATAL);
    assert_non_null(strstr(err.text, "tariff/regulations.tsv"));
    for (int file = 0; file < TARIFF_FILE_COUNT; file++) write_file(tariff_folder, tariff_file_name((enum tariff_file)file), law.files.text[file]);
    must(tariff_open(share, law.arena, &tariff));
    write_file(tariff_folder, "tariff-pu.tsv", text_with(law.arena, law.files.text[TARIFF_FILE_PU], "\tppm\t2400\t", "\tpercent\t0.24\t"));
    err = tariff_open(share, law.arena, &tariff);
    assert_int_equal(err.fate, FATE_FATAL);
    assert_non_null(strstr(err.text, "tariff/tariff-pu.tsv line 6 unit"));
    err = share_parameters(law.arena, share, "", &parameters);
    assert_int_equal(err.fate, FATE_FATAL);
    write_file(share, "parameters.tsv", slice_text("name\tvalue\tmin\tmax\tunit\treason\tsource\nvat\t1\t0\t2\tppm\tx\tU\n"));
    err = share_parameters(law.arena, share, "", &parameters);
    assert_non_null(strstr(err.text, "parameters.tsv line 2 name"));
    err = share_parameters(law.arena, PAYUNG_SHARE_DIR, "pmi_cheapest=2", &parameters);
    assert_int_equal(err.fate, FATE_FATAL);
    assert_non_null(strstr(err.text, "LAW_PARAMETERS: pmi_cheapest takes a whole number from 0 to 1"));
    must(share_parameters(law.arena, PAYUNG_SHARE_DIR, "pmi_cheapest=1", &parameters));
    assert_int_equal(parameter(&parameters, PARAMETER_PMI_CHEAPEST), 1);
    for (int file = 0; file < TARIFF_FILE_COUNT; file++) remove_file(tariff_folder, tariff_file_name((enum tariff_file)file));
    remove_file(share, "parameters.tsv");
    assert_int_equal(rmdir(tariff_folder), 0);
    assert_int_equal(rmdir(share), 0);
    law_close(&law);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_damaged_is_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
