/* Names of what an agreement may choose. An unknown name is an error of the document, never a default. */
#include "common/domain/agreement.h"

#include "common/base/check.h"
#include "common/domain/text.h"

static const char *const data_source_names[] = {"", "DTSEN", "DTKS"};
static const char *const region_scope_names[] = {"", "REGENCY", "PROVINCE", "ANY"};

const char *data_source_name(enum data_source source) {
    CHECK((int)source >= DATA_SOURCE_NONE && source <= DATA_SOURCE_DTKS);
    return data_source_names[source];
}

bool data_source_parse(struct slice text, enum data_source *ret_source) {
    for (int i = DATA_SOURCE_DTSEN; i <= DATA_SOURCE_DTKS; i++) {
        if (!text_is(text_trim(text), data_source_names[i])) continue;
        *ret_source = (enum data_source)i;
        return true;
    }
    return false;
}

const char *region_scope_name(enum region_scope scope) {
    CHECK((int)scope >= SCOPE_PAYER && scope <= SCOPE_ANY);
    return region_scope_names[scope];
}
