/* CHECK: what cannot happen is checked, always on, in every build.
 *
 * A failed CHECK is a bug in Payung, never bad input: it prints file, line and condition (never data of a person) and
 * aborts; the supervisor restarts the service and the lineage makes the restart harmless. Bad input is an answer
 * (a reason code), a failing dependency is a struct err. */
#ifndef PAYUNG_BASE_CHECK_H
#define PAYUNG_BASE_CHECK_H

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (__builtin_expect(!(condition), 0)) check_failed(__FILE__, __LINE__, #condition);                           \
    } while (0)

#define MUST_USE __attribute__((warn_unused_result))

_Noreturn void check_failed(const char *file, int line, const char *condition);

#endif
