/* Writes ids as digits. It must never be given anything that tells who a person is. */
#include "common/edge/log_enrolment.h"

static void name(struct id id, char ret_text[2 * ID_BYTES + 1]) {
    if (id_is_zero(id)) ret_text[0] = '\0';
    else id_format(id, ret_text);
}

struct enrolment_names enrolment_names_in(struct id application_id, struct id trace_id) {
    struct enrolment_names names;
    name(application_id, names.enrolment);
    name(trace_id, names.trace);
    return names;
}

struct enrolment_names enrolment_names(struct id application_id) {
    return enrolment_names_in(application_id, id_is_zero(application_id) ? application_id : crypto_trace_id(application_id));
}
