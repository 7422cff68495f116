/* Rows in a nameless file, found through slots of row numbers. A slot is free (0), or holds a row number and one byte of the hash, so that hardly any look into the file is in vain. Ids and
 * tokens are keyed hashes already: their first bytes are the hash, and nobody outside can make them collide. */
#include "services/ingestion/row_set.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/check.h"

enum { PATH_BYTES_MAX = 512, SLOTS_FIRST = 4096, ENTRIES_A_PAGE = 1024, ROW_BITS = 24 };
_Static_assert(ROW_SET_ROWS_MAX < 1 << ROW_BITS, "a row number fits a slot");

struct table {
    uint32_t *slots;
    uint32_t mask, used;
    bool of_subjects;
};

struct page {
    uint32_t first; /* row number of its first entry; 0: empty */
    uint32_t count;
    struct row_entry entries[ENTRIES_A_PAGE];
};

struct row_set {
    int file;
    bool broken;
    uint32_t count;
    struct table contents, subjects;
    struct page tail; /* rows that are not in the file yet */
    struct page read; /* a page of the file, for reading in order */
};

static off_t place_of(uint32_t row) { return (off_t)(row - 1) * (off_t)sizeof(struct row_entry); }

static void read_whole(struct row_set *set, void *bytes, size_t size, off_t place) {
    for (size_t done = 0; done < size && !set->broken;) {
        const ssize_t got = pread(set->file, (uint8_t *)bytes + done, size - done, place + (off_t)done);
        if (got > 0) done += (size_t)got;
        else if (got == 0 || errno != EINTR) set->broken = true;
    }
}

static void write_whole(struct row_set *set, const void *bytes, size_t size, off_t place) {
    for (size_t done = 0; done < size && !set->broken;) {
        const ssize_t put = pwrite(set->file, (const uint8_t *)bytes + done, size - done, place + (off_t)done);
        if (put > 0) done += (size_t)put;
        else if (put == 0 || errno != EINTR) set->broken = true;
    }
}

static void read_entry(struct row_set *set, uint32_t row, struct row_entry *ret_entry) {
    *ret_entry = (struct row_entry){0};
    if (row >= set->tail.first && set->tail.count > 0) *ret_entry = set->tail.entries[row - set->tail.first];
    else read_whole(set, ret_entry, sizeof *ret_entry, place_of(row));
}

static void write_times(struct row_set *set, uint32_t row, uint32_t times) {
    if (set->read.first != 0 && row >= set->read.first && row < set->read.first + set->read.count) set->read.entries[row - set->read.first].times = times;
    if (row >= set->tail.first && set->tail.count > 0) set->tail.entries[row - set->tail.first].times = times;
    else write_whole(set, &times, sizeof times, place_of(row) + (off_t)offsetof(struct row_entry, times));
}

static void flush_tail(struct row_set *set) {
    write_whole(set, set->tail.entries, set->tail.count * sizeof *set->tail.entries, place_of(set->tail.first));
    set->tail = (struct page){.first = set->count + 1};
}

/* ---- the tables ---- */

static const uint8_t *key_of(const struct table *table, const struct row_entry *entry) { return table->of_subjects ? entry->subject.bytes : entry->id.bytes; }
static uint32_t hash_of(const uint8_t *key) {
    uint32_t hash;
    memcpy(&hash, key, sizeof hash);
    return hash;
}
_Static_assert(ID_BYTES == TOKEN_BYTES, "both tables have keys of one size");

/* The slot of that key, or the free one where it belongs. */
static uint32_t *find_slot(struct row_set *set, const struct table *table, const uint8_t *key, struct row_entry *ret_entry) {
    uint32_t at = hash_of(key) & table->mask;
    for (; table->slots[at] != 0; at = (at + 1) & table->mask) {
        if (table->slots[at] >> ROW_BITS != key[4]) continue;
        read_entry(set, table->slots[at] & ((UINT32_C(1) << ROW_BITS) - 1), ret_entry);
        if (memcmp(key_of(table, ret_entry), key, ID_BYTES) == 0) break;
    }
    return &table->slots[at];
}

static void put(struct table *table, const uint8_t *key, uint32_t row) {
    uint32_t at = hash_of(key) & table->mask;
    while (table->slots[at] != 0) at = (at + 1) & table->mask;
    table->slots[at] = row | (uint32_t)key[4] << ROW_BITS;
    table->used++;
}

static void make_table(struct table *table, uint32_t slots) {
    free(table->slots);
    table->slots = calloc(slots, sizeof *table->slots);
    CHECK(table->slots != NULL);
    table->mask = slots - 1;
    table->used = 0;
}

static bool token_is_zero(struct person_token token) {
    for (int i = 0; i < TOKEN_BYTES; i++)
        if (token.bytes[i] != 0) return false;
    return true;
}

/* Twice the slots: all keys are read again, in order. */
static void grow(struct row_set *set, struct table *table) {
    make_table(table, (table->mask + 1) * 2);
    for (uint32_t row = 1; row <= set->count && !set->broken; row++) {
        struct row_entry entry;
        row_set_read(set, row, &entry);
        if (table->of_subjects ? entry.first_row == 0 && !token_is_zero(entry.subject) : entry.times > 0) put(table, key_of(table, &entry), row);
    }
}

static void make_room(struct row_set *set, struct table *table) {
    if (table->used >= (table->mask + 1) / 10 * 7) grow(set, table);
}

/* ---- the set ---- */

struct err row_set_create(const char *folder, struct row_set **ret_set) {
    char path[PATH_BYTES_MAX];
    CHECK(snprintf(path, sizeof path, "%s/incoming-rows-XXXXXX", folder) < (int)sizeof path); /* swept at the next start if we die just here */
    const int file = mkostemp(path, O_CLOEXEC);
    if (file < 0) return ERR(AGAIN, "no temporary file can be made in the upload folder: %s", strerror(errno));
    (void)unlink(path); /* from now on it goes with its descriptor */
    struct row_set *set = calloc(1, sizeof *set);
    CHECK(set != NULL);
    set->file = file;
    set->subjects.of_subjects = true;
    set->tail.first = 1;
    make_table(&set->contents, SLOTS_FIRST);
    make_table(&set->subjects, SLOTS_FIRST);
    *ret_set = set;
    return OK;
}

void row_set_destroy(struct row_set *set) {
    if (set == NULL) return;
    (void)close(set->file); /* it goes with its content */
    free(set->contents.slots);
    free(set->subjects.slots);
    free(set);
}

uint32_t row_set_count(const struct row_set *set) { return set->count; }
struct err row_set_state(const struct row_set *set) { return set->broken ? ERR(AGAIN, "the temporary file of a list can't be read or written: is the disk full?") : OK; }

uint32_t row_set_occurrence(struct row_set *set, struct id content) {
    struct row_entry entry;
    const uint32_t slot = *find_slot(set, &set->contents, content.bytes, &entry);
    if (slot == 0 || set->broken) return 0;
    write_times(set, slot & ((UINT32_C(1) << ROW_BITS) - 1), entry.times + 1);
    return entry.times;
}

uint32_t row_set_add(struct row_set *set, struct id id, bool is_new_content, struct person_token subject) {
    CHECK(set->count < ROW_SET_ROWS_MAX);
    struct row_entry entry = {.id = id, .subject = subject, .times = is_new_content}, other;
    make_room(set, &set->contents);
    make_room(set, &set->subjects);
    const uint32_t row = set->count + 1;
    if (!token_is_zero(subject)) {
        const uint32_t slot = *find_slot(set, &set->subjects, subject.bytes, &other);
        entry.first_row = slot & ((UINT32_C(1) << ROW_BITS) - 1);
    }
    if (set->tail.count == ENTRIES_A_PAGE) flush_tail(set);
    set->tail.entries[set->tail.count++] = entry;
    set->count = row;
    if (is_new_content) put(&set->contents, id.bytes, row);
    if (entry.first_row == 0 && !token_is_zero(subject)) put(&set->subjects, subject.bytes, row);
    return row;
}

void row_set_read(struct row_set *set, uint32_t row, struct row_entry *ret_entry) {
    CHECK(row >= 1 && row <= set->count);
    if (set->tail.count > 0 && row >= set->tail.first) {
        *ret_entry = set->tail.entries[row - set->tail.first];
        return;
    }
    struct page *page = &set->read;
    if (page->first == 0 || row < page->first || row >= page->first + page->count) {
        const uint32_t first = (row - 1) / ENTRIES_A_PAGE * ENTRIES_A_PAGE + 1; /* the tail is flushed in whole pages */
        *page = (struct page){.first = first, .count = ENTRIES_A_PAGE};
        read_whole(set, page->entries, sizeof page->entries, place_of(first));
        if (set->broken) page->first = 0;
    }
    *ret_entry = page->entries[(row - 1) % ENTRIES_A_PAGE];
}

static uint32_t find(struct row_set *set, const struct table *table, const uint8_t *key) {
    struct row_entry entry;
    return *find_slot(set, table, key, &entry) & ((UINT32_C(1) << ROW_BITS) - 1);
}
uint32_t row_set_find(struct row_set *set, struct id content) { return find(set, &set->contents, content.bytes); }
uint32_t row_set_find_subject(struct row_set *set, struct person_token subject) { return token_is_zero(subject) ? 0 : find(set, &set->subjects, subject.bytes); }
