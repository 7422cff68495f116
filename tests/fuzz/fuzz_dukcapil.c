/* Any bytes as an answer of a Dukcapil-like service: never a crash; what is taken is one of the three answers with a region that can be and no finding but W06 and W07. The same
 * bytes as a name make a question whose JSON stays one object. */
#include "common/base/check.h"
#include "services/eligibility/dukcapil_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    if (arena == NULL) arena = arena_create(1 << 20);
    arena_reset(arena);
    struct dukcapil_fact fact = {.answer = DUKCAPIL_NO_ANSWER};
    if (dukcapil_read(slice_of(data, size), &fact)) {
        struct code_set allowed = code_set_with(code_set_with((struct code_set){0}, CODE_W06), CODE_W07);
        CHECK(fact.answer == DUKCAPIL_ALIVE || fact.answer == DUKCAPIL_DECEASED || fact.answer == DUKCAPIL_NOT_FOUND);
        CHECK((fact.findings.bits & ~allowed.bits) == 0);
        CHECK(fact.region == 0 || (fact.region >= 110000 && fact.region <= 999999));
    } else {
        CHECK(fact.answer == DUKCAPIL_NO_ANSWER && fact.region == 0);
    }
    if (size > 4096) return 0;
    const struct dukcapil_question question = {.nik = slice_text("1708040101809901"), .name = slice_of(data, size), .birth_date = 19800101, .sex = SEX_MALE};
    const struct slice body = dukcapil_write(&question, arena);
    size_t quotes = 0;
    for (size_t i = 0; i < body.size; i++) {
        CHECK(body.bytes[i] >= ' ');
        quotes += body.bytes[i] == '"';
    }
    CHECK(body.bytes[0] == '{' && body.bytes[body.size - 1] == '}' && (quotes == 12 || quotes == 16)); /* without and with a name */
    return 0;
}
