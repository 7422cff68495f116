/* Names of what an agreement may choose. An unknown name is an error of the document, never a default. */
#include "common/domain/agreement.h"

#include "common/base/check.h"
#include "common/domain/text.h"

static const char *const data_source_names[] = {"", "DTSEN", "DTKS"};
static const char *const region_scope_names[] = {"", "REGENCY", "PROVINCE", "ANY"};
static const char *const billing_mode_names[] = {"", "MONTHLY", "PREPAID"};
static const char *const activation_names[] = {"", "PAYMENT", "COMMITMENT"};

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

const char *billing_mode_name(enum billing_mode mode) {
    CHECK((int)mode >= BILLING_MONTHLY && mode <= BILLING_PREPAID);
    return billing_mode_names[mode];
}

bool billing_mode_parse(struct slice text, enum billing_mode *ret_mode) {
    for (int i = BILLING_MONTHLY; i <= BILLING_PREPAID; i++) {
        if (!slice_is(text, billing_mode_names[i])) continue;
        *ret_mode = (enum billing_mode)i;
        return true;
    }
    return false;
}

const char *activation_name(enum activation activation) {
    CHECK((int)activation >= ACTIVATION_PAYMENT && activation <= ACTIVATION_COMMITMENT);
    return activation_names[activation];
}

bool activation_parse(struct slice text, enum activation *ret_activation) {
    for (int i = ACTIVATION_PAYMENT; i <= ACTIVATION_COMMITMENT; i++) {
        if (!slice_is(text, activation_names[i])) continue;
        *ret_activation = (enum activation)i;
        return true;
    }
    return false;
}
