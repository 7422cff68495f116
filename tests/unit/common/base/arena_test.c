/* The batch arena: aligned, zeroed on request, kept across resets, and no growth in steady work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/base/arena.h"

static void memory_is_aligned_and_separate(void **state) {
    struct arena *arena = arena_create(1 << 20);
    char *a = arena_take(arena, 3), *b = arena_take(arena, 5);
    assert_int_equal((uintptr_t)a % 16, 0);
    assert_int_equal((uintptr_t)b % 16, 0);
    memset(a, 'a', 3);
    memset(b, 'b', 5);
    assert_int_equal(a[2], 'a');
    assert_true(b >= a + 3 || a >= b + 5);
    arena_destroy(arena);
}

static void a_large_piece_gets_its_own_chunk_and_is_zeroed(void **state) {
    struct arena *arena = arena_create(1 << 20);
    int64_t *numbers = arena_zero(arena, 30000, sizeof *numbers);
    for (int i = 0; i < 30000; i++) assert_int_equal(numbers[i], 0);
    numbers[29999] = 7;
    assert_string_equal(arena_text(arena, slice_text("Kepahiang")), "Kepahiang");
    assert_true(slice_is(arena_copy(arena, slice_text("abc")), "abc"));
    assert_int_equal(numbers[29999], 7);
    arena_destroy(arena);
}

static void a_reset_gives_everything_back_and_the_next_batch_fits_in_the_same_memory(void **state) {
    struct arena *arena = arena_create(256 * 1024);
    for (int batch = 0; batch < 1000; batch++) {
        for (int i = 0; i < 100; i++) memset(arena_take(arena, 1000), batch, 1000);
        assert_true(arena_used(arena) >= 100 * 1000);
        arena_reset(arena);
        assert_int_equal(arena_used(arena), 0);
    }
    arena_destroy(arena);
    arena_destroy(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_and_separate),
        cmocka_unit_test(a_large_piece_gets_its_own_chunk_and_is_zeroed),
        cmocka_unit_test(a_reset_gives_everything_back_and_the_next_batch_fits_in_the_same_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
