/* Any bytes as a workbook, or as one part of one that is otherwise whole: never a crash, an end in a bounded number of steps, cells that are within the bounds, the same rows twice. The first byte
 * says which part they are. */
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "common/base/check.h"
#include "common/edge/xlsx_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS_MAX = 100000, CELL_MAX = 32 * 1024 };

static const struct {
    const char *name, *text;
} parts[] = {
    {"_rels/.rels", "<Relationships><Relationship Id='a' Type='x/officeDocument' Target='xl/workbook.xml'/></Relationships>"},
    {"xl/workbook.xml", "<workbook xmlns:r='r'><workbookPr date1904='1'/><sheets><sheet r:id='h' state='hidden'/><sheet r:id='s'/></sheets></workbook>"},
    {"xl/_rels/workbook.xml.rels", "<Relationships><Relationship Id='s' Type='x/worksheet' Target='s.xml'/><Relationship Id='t' Type='x/sharedStrings' Target='t.xml'/>"
                                   "<Relationship Id='y' Type='x/styles' Target='/xl/y.xml'/></Relationships>"},
    {"xl/t.xml", "<sst><si><t>nik</t></si><si><r><t>na</t></r><r><t>ma</t></r><rPh><t>x</t></rPh></si></sst>"},
    {"xl/y.xml", "<styleSheet><numFmts><numFmt numFmtId='170' formatCode='dd/mm/yyyy'/></numFmts><cellXfs><xf numFmtId='0'/><xf numFmtId='170'/></cellXfs></styleSheet>"},
    {"xl/s.xml", "<worksheet><sheetData><row r='1'><c r='A1' t='s'><v>0</v></c><c r='C1' t='s'><v>1</v></c></row><row><c s='1'><v>32093</v></c></row></sheetData></worksheet>"},
};
enum { PARTS = sizeof parts / sizeof *parts };

struct sum {
    uint64_t hash;
    uint32_t last;
};

static bool take_row(void *self, uint32_t number, const struct slice *cells, size_t count) {
    struct sum *sum = self;
    CHECK(count >= 1 && count <= XLSX_READ_CELLS_MAX);
    for (size_t i = 0; i < count; i++) {
        CHECK(cells[i].size <= CELL_MAX);
        for (size_t k = 0; k < cells[i].size; k++) sum->hash = (sum->hash ^ cells[i].bytes[k]) * UINT64_C(0x100000001b3);
    }
    sum->last = number;
    return true;
}

static uint64_t read_all(struct slice bytes) {
    struct sum sum = {.hash = 1};
    struct xlsx_reader *reader = xlsx_reader_open(bytes, take_row, &sum);
    enum xlsx_problem problem = XLSX_FINE;
    bool at_end = false;
    for (int steps = 0; !at_end && problem == XLSX_FINE; steps++) {
        CHECK(steps < STEPS_MAX);
        problem = xlsx_reader_step(reader, &at_end);
    }
    CHECK(xlsx_reader_step(reader, &at_end) == problem); /* it stays */
    xlsx_reader_close(reader);
    return sum.hash ^ (uint64_t)problem;
}

/* The workbook above with one part replaced; freed by the caller. */
static uint8_t *zip_with(size_t replaced, struct slice content, size_t *ret_size) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, &error);
    CHECK(target != NULL);
    zip_source_keep(target);
    zip_t *zip = zip_open_from_source(target, ZIP_TRUNCATE, &error);
    CHECK(zip != NULL);
    for (size_t i = 0; i < PARTS; i++) {
        const struct slice text = i == replaced ? content : slice_text(parts[i].text);
        zip_source_t *source = zip_source_buffer(zip, text.bytes, text.size, 0);
        CHECK(source != NULL && zip_file_add(zip, parts[i].name, source, 0) >= 0);
    }
    CHECK(zip_close(zip) == 0 && zip_source_open(target) == 0);
    CHECK(zip_source_seek(target, 0, SEEK_END) == 0);
    const zip_int64_t size = zip_source_tell(target);
    CHECK(size > 0 && zip_source_seek(target, 0, SEEK_SET) == 0);
    uint8_t *bytes = malloc((size_t)size);
    CHECK(bytes != NULL && zip_source_read(target, bytes, (zip_uint64_t)size) == size);
    (void)zip_source_close(target); /* only read */
    zip_source_free(target);
    zip_error_fini(&error);
    *ret_size = (size_t)size;
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const size_t part = data[0] % (PARTS + 1);
    const struct slice content = slice_of(data + 1, size - 1);
    if (part == PARTS) {
        CHECK(read_all(content) == read_all(content));
        return 0;
    }
    size_t zipped;
    uint8_t *bytes = zip_with(part, content, &zipped);
    CHECK(read_all(slice_of(bytes, zipped)) == read_all(slice_of(bytes, zipped)));
    free(bytes);
    return 0;
}
