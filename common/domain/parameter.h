/* The parameters of the law: numbers that the sources leave open or that were decided for Payung, each with a name, a default, bounds, a unit, a reason and its source in
 * data/parameters.tsv (columns: name, value, min, max, unit, reason, source). An installation may set another value without touching the file: the knob LAW_PARAMETERS
 * ("pmi_cheapest=1,age_limit_old=60") of the services, --parameter NAME=VALUE of the tool.
 *
 *   struct parameters parameters;
 *   parameters_load(text, arena, &parameters, &error)            every name of parameter.def exactly once, each value within its bounds
 *   parameters_set(&parameters, slice, problem)                  "NAME=VALUE[,NAME=VALUE...]"; nothing is set when one of them is wrong
 *   parameter(&parameters, PARAMETER_VAT_PPM)
 *
 * Reasons and units are slices into the text, which the caller keeps. */
#ifndef PAYUNG_DOMAIN_PARAMETER_H
#define PAYUNG_DOMAIN_PARAMETER_H

#include "common/domain/load.h"

enum parameter {
#define PARAMETER(symbol, name) PARAMETER_##symbol,
#include "common/domain/parameter.def"
#undef PARAMETER
    PARAMETER_COUNT
};

struct parameter_row {
    int64_t value, min, max;
    struct slice unit, reason, source;
};

struct parameters {
    struct parameter_row rows[PARAMETER_COUNT];
};

enum { PARAMETER_PROBLEM_MAX = 160 };

bool parameters_load(struct slice text, struct arena *arena, struct parameters *ret_parameters, struct load_error *ret_error);
/* ret_problem: a sentence that names the parameter and its bounds, or the names there are. */
bool parameters_set(struct parameters *parameters, struct slice assignments, char ret_problem[PARAMETER_PROBLEM_MAX]);
const char *parameter_name(enum parameter parameter);

static inline int64_t parameter(const struct parameters *parameters, enum parameter which) { return parameters->rows[which].value; }

#endif
