/* Names of programmes, segments and funds, and what the law opens to whom. The numbers are those of the wire; this file only gives
 * them names and must never guess: an unknown name is an error, not a default. */
#include "common/domain/programme.h"

#include "common/base/check.h"
#include "common/domain/text.h"

static const char *const programme_names[PROGRAMME_COUNT] = {"JKK", "JKM", "JHT", "JP", "JKP"};
static const char *const segment_names[] = {"", "BPU", "PU", "JAKON", "PMI"};
static const char *const funds_names[] = {"", "APBN", "APBD", "SWASTA", "PRIBADI"};

static int name_index(struct slice text, const char *const *names, int first, int count) {
    text = text_trim(text);
    for (int i = first; i < count; i++)
        if (text_is(text, names[i])) return i;
    return -1;
}

const char *programme_name(enum programme programme) {
    CHECK((int)programme >= 0 && programme < PROGRAMME_COUNT);
    return programme_names[programme];
}

const char *segment_name(enum segment segment) {
    CHECK((int)segment >= 0 && segment <= SEGMENT_PMI);
    return segment_names[segment];
}

const char *funds_name(enum funds funds) {
    CHECK((int)funds >= 0 && funds <= FUNDS_PRIBADI);
    return funds_names[funds];
}

bool programme_parse(struct slice text, enum programme *ret_programme) {
    int index = name_index(text, programme_names, 0, PROGRAMME_COUNT);
    if (index < 0) return false;
    *ret_programme = (enum programme)index;
    return true;
}

bool segment_parse(struct slice text, enum segment *ret_segment) {
    int index = name_index(text, segment_names, 1, SEGMENT_PMI + 1);
    if (index < 0) return false;
    *ret_segment = (enum segment)index;
    return true;
}

bool funds_parse(struct slice text, enum funds *ret_funds) {
    int index = name_index(text, funds_names, 1, FUNDS_PRIBADI + 1);
    if (index < 0) return false;
    *ret_funds = (enum funds)index;
    return true;
}

static bool is_joint(uint8_t byte) { return byte == '+' || byte == ',' || byte == ' '; }

bool programme_set_parse(struct slice text, programme_set *ret_set) {
    programme_set set = 0;
    text = text_trim(text);
    for (size_t at = 0; at < text.size;) {
        size_t end = at;
        while (end < text.size && !is_joint(text.bytes[end])) end++;
        if (end > at) {
            enum programme programme = PROGRAMME_JKK;
            if (!programme_parse(slice_of(text.bytes + at, end - at), &programme)) return false;
            set |= programme_bit(programme);
        }
        at = end + 1;
    }
    if (set == 0) return false;
    *ret_set = set;
    return true;
}

size_t programme_set_format(programme_set set, char ret_text[PROGRAMME_SET_TEXT_MAX]) {
    _Static_assert(sizeof "JKK+JKM+JHT+JP+JKP" <= PROGRAMME_SET_TEXT_MAX, "the full set fits");
    CHECK(set < 1u << PROGRAMME_COUNT);
    size_t size = 0;
    for (int i = 0; i < PROGRAMME_COUNT; i++) {
        if ((set & programme_bit((enum programme)i)) == 0) continue;
        if (size > 0) ret_text[size++] = '+';
        size_t name = strlen(programme_names[i]);
        memcpy(ret_text + size, programme_names[i], name);
        size += name;
    }
    ret_text[size] = '\0';
    return size;
}

programme_set programme_set_by_law(enum segment segment) {
    const programme_set basic = programme_bit(PROGRAMME_JKK) | programme_bit(PROGRAMME_JKM);
    switch (segment) {
    case SEGMENT_BPU: return basic | programme_bit(PROGRAMME_JHT);   /* PP 44/2015, PP 46/2015; no JP: PP 45/2015 is for employees */
    case SEGMENT_PU: return (programme_set)((1u << PROGRAMME_COUNT) - 1);
    case SEGMENT_JAKON: return basic;                                 /* PP 44/2015: construction projects */
    case SEGMENT_PMI: return basic | programme_bit(PROGRAMME_JHT);   /* Permenaker 4/2023 */
    case SEGMENT_NONE: return 0;
    }
    return 0;
}
