/* Finds a column by another name. It must never choose between two: a test holds that no name stands for two columns. */
#include "common/domain/synonym.h"

#include "common/domain/text.h"

static const struct {
    enum column column;
    const char *name;
} synonyms[] = {
#define SYNONYM(symbol, name) {COLUMN_##symbol, name},
#include "common/domain/synonyms.def"
#undef SYNONYM
};
enum { SYNONYM_COUNT = sizeof synonyms / sizeof *synonyms };

const char *synonym_at(size_t index, enum column *ret_column) {
    if (index >= SYNONYM_COUNT) return NULL;
    *ret_column = synonyms[index].column;
    return synonyms[index].name;
}

/* Whether the letters and digits of the name are these. */
static bool means(struct slice plain, const char *name) {
    size_t at = 0;
    for (; *name != '\0'; name++) {
        const uint8_t byte = byte_lower((uint8_t)*name);
        if (!byte_is_letter(byte) && !byte_is_digit(byte)) continue;
        if (at == plain.size || plain.bytes[at++] != byte) return false;
    }
    return at == plain.size;
}

bool column_by_synonym(struct slice name, enum column *ret_column) {
    char text[SYNONYM_TEXT_MAX];
    const struct slice plain = text_plain(name, text, sizeof text);
    for (int i = 0; plain.size > 0 && i < COLUMN_COUNT; i++) {
        if (!means(plain, column_name((enum column)i))) continue;
        *ret_column = (enum column)i;
        return true;
    }
    for (size_t i = 0; plain.size > 0 && i < SYNONYM_COUNT; i++) {
        if (!means(plain, synonyms[i].name)) continue;
        *ret_column = synonyms[i].column;
        return true;
    }
    return false;
}
