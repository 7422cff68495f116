/* Rows in an array that doubles; slots hold row numbers (0 = free) and double with it, at most half full. The ids and tokens are keyed hashes already, so
 * their first bytes are the hash and nobody outside can make them collide. */
#include "services/ingestion/row_set.h"

#include <stdlib.h>

#include "common/base/check.h"

enum { ROOM_FIRST = 1024 };

struct row {
    struct id id;
    struct person_token token;
    uint32_t first_row;
};

struct content { /* one for each different content */
    struct id first_id;
    uint32_t times;
};

struct row_set {
    struct row *rows;
    struct content *contents;
    uint32_t *token_slots, *content_slots; /* numbers from 1 */
    uint32_t count, content_count, room, slot_mask;
};

static uint32_t hash_of(const uint8_t *bytes) {
    uint32_t hash;
    memcpy(&hash, bytes, sizeof hash);
    return hash;
}

static bool token_is_zero(struct person_token token) {
    for (int i = 0; i < TOKEN_BYTES; i++)
        if (token.bytes[i] != 0) return false;
    return true;
}

/* The slot of that token or content, or the free one where it belongs. */
static uint32_t *token_slot(const struct row_set *set, struct person_token token) {
    uint32_t at = hash_of(token.bytes) & set->slot_mask;
    while (set->token_slots[at] != 0 && memcmp(&set->rows[set->token_slots[at] - 1].token, &token, sizeof token) != 0) at = (at + 1) & set->slot_mask;
    return &set->token_slots[at];
}
static uint32_t *content_slot(const struct row_set *set, struct id id) {
    uint32_t at = hash_of(id.bytes) & set->slot_mask;
    while (set->content_slots[at] != 0 && memcmp(&set->contents[set->content_slots[at] - 1].first_id, &id, sizeof id) != 0) at = (at + 1) & set->slot_mask;
    return &set->content_slots[at];
}

static void make_room(struct row_set *set, uint32_t room) {
    CHECK(room <= UINT32_C(1) << 24);
    set->room = room;
    set->slot_mask = room * 2 - 1;
    set->rows = realloc(set->rows, room * sizeof *set->rows);
    set->contents = realloc(set->contents, room * sizeof *set->contents);
    free(set->token_slots);
    free(set->content_slots);
    set->token_slots = calloc(room * 2, sizeof *set->token_slots);
    set->content_slots = calloc(room * 2, sizeof *set->content_slots);
    CHECK(set->rows != NULL && set->contents != NULL && set->token_slots != NULL && set->content_slots != NULL);
    for (uint32_t i = 0; i < set->count; i++)
        if (set->rows[i].first_row == 0 && !token_is_zero(set->rows[i].token)) *token_slot(set, set->rows[i].token) = i + 1;
    for (uint32_t i = 0; i < set->content_count; i++) *content_slot(set, set->contents[i].first_id) = i + 1;
}

struct row_set *row_set_create(void) {
    struct row_set *set = calloc(1, sizeof *set);
    CHECK(set != NULL);
    make_room(set, ROOM_FIRST);
    return set;
}

void row_set_destroy(struct row_set *set) {
    if (set == NULL) return;
    free(set->rows);
    free(set->contents);
    free(set->token_slots);
    free(set->content_slots);
    free(set);
}

uint32_t row_set_count(const struct row_set *set) { return set->count; }

uint32_t row_set_occurrence(struct row_set *set, struct id first_id) {
    if (set->content_count == set->room) make_room(set, set->room * 2);
    uint32_t *slot = content_slot(set, first_id);
    if (*slot != 0) return set->contents[*slot - 1].times++;
    set->contents[set->content_count++] = (struct content){.first_id = first_id, .times = 1};
    *slot = set->content_count;
    return 0;
}

uint32_t row_set_add(struct row_set *set, struct id application_id, struct person_token token) {
    if (set->count == set->room) make_room(set, set->room * 2);
    struct row *row = &set->rows[set->count++];
    *row = (struct row){.id = application_id, .token = token};
    if (token_is_zero(token)) return set->count;
    uint32_t *slot = token_slot(set, token);
    if (*slot != 0) row->first_row = *slot;
    else *slot = set->count;
    return set->count;
}

struct id row_set_id(const struct row_set *set, uint32_t row) {
    CHECK(row >= 1 && row <= set->count);
    return set->rows[row - 1].id;
}
uint32_t row_set_first_row(const struct row_set *set, uint32_t row) {
    CHECK(row >= 1 && row <= set->count);
    return set->rows[row - 1].first_row;
}
