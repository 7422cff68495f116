/* Names of programmes, segments, funds and charges. The numbers are those of the wire; this file only gives them names and must never guess: an unknown name is an error, not a
 * default. What the law opens to whom is law.c's business. */
#include "common/domain/programme.h"

#include "common/base/check.h"
#include "common/domain/text.h"

static const char *const programme_names[PROGRAMME_COUNT] = {"JKK", "JKM", "JHT", "JP", "JKP"};
static const char *const segment_names[] = {"", "BPU", "PU", "JAKON", "PMI"};
static const char *const funds_names[] = {"", "APBN", "APBD", "SWASTA", "PRIBADI"};

static const char *const employer_size_names[] = {"", "MICRO", "SMALL", "MEDIUM", "LARGE"};
static const char *const employer_size_names_id[] = {"", "MIKRO", "KECIL", "MENENGAH", "BESAR"};
static const char *const jakon_basis_names[] = {"", "CONTRACT", "WAGES"};
static const char *const jakon_basis_names_id[] = {"", "KONTRAK", "UPAH"};
static const char *const pmi_route_names[] = {"", "P3MI", "INDIVIDUAL"};
static const char *const pmi_route_names_id[] = {"", "P3MI", "PERSEORANGAN"};
static const char *const charge_names[CHARGE_COUNT] = {"JKK", "JKM", "JHT", "JP", "JKP", "PACKAGE"};
static const char *const payer_share_names[SHARE_COUNT] = {"PAYER", "EMPLOYER", "WORKER", "STATE", "RECOMPOSITION"};

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

const char *charge_name(enum charge charge) {
    CHECK((int)charge >= 0 && charge < CHARGE_COUNT);
    return charge_names[charge];
}

const char *payer_share_name(enum payer_share share) {
    CHECK((int)share >= 0 && share < SHARE_COUNT);
    return payer_share_names[share];
}

programme_set charge_programmes(enum charge charge) {
    CHECK((int)charge >= 0 && charge < CHARGE_COUNT);
    if (charge == CHARGE_PACKAGE) return (programme_set)(programme_bit(PROGRAMME_JKK) | programme_bit(PROGRAMME_JKM));
    return programme_bit((enum programme)charge);
}

/* English first, then Indonesian; both lists have the same order. */
static int name_index_of_two(struct slice text, const char *const *english, const char *const *indonesian, int count) {
    int index = name_index(text, english, 1, count);
    return index >= 0 ? index : name_index(text, indonesian, 1, count);
}

bool employer_size_parse(struct slice text, enum employer_size *ret_size) {
    int index = name_index_of_two(text, employer_size_names, employer_size_names_id, EMPLOYER_LARGE + 1);
    if (index < 0) return false;
    *ret_size = (enum employer_size)index;
    return true;
}

bool jakon_basis_parse(struct slice text, enum jakon_basis *ret_basis) {
    int index = name_index_of_two(text, jakon_basis_names, jakon_basis_names_id, JAKON_BASIS_WAGES + 1);
    if (index < 0) return false;
    *ret_basis = (enum jakon_basis)index;
    return true;
}

bool pmi_route_parse(struct slice text, enum pmi_route *ret_route) {
    int index = name_index_of_two(text, pmi_route_names, pmi_route_names_id, PMI_ROUTE_INDIVIDUAL + 1);
    if (index < 0) return false;
    *ret_route = (enum pmi_route)index;
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
