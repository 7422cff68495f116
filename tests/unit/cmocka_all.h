/* cmocka with the headers it needs in front of it. */
#ifndef PAYUNG_TESTS_CMOCKA_ALL_H
#define PAYUNG_TESTS_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
