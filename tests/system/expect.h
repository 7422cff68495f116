/* Expectations about what answers with an error. A failure shows the text of the error, not only its place. */
#ifndef PAYUNG_TESTS_EXPECT_H
#define PAYUNG_TESTS_EXPECT_H

#include "common/base/err.h"
#include "tests/unit/cmocka_all.h"

#define EXPECT_OK(call)                                                                                                \
    do {                                                                                                               \
        struct err err_ = (call);                                                                                      \
        if (failed(&err_)) fail_msg("%s: %s", fate_name(err_.fate), err_.text);                                        \
    } while (0)
#define EXPECT_FATE(expected, call) assert_string_equal(fate_name(expected), fate_name((call).fate))

#endif
