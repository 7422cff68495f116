/* How fast the book posts: priced applications (2,000, or as many as asked for) in batches of a given size, each batch one transaction with synchronous commit, and what of
 * that the hash chain costs: the canonical bytes and hashes of the same rows, made once more and timed apart.
 * usage: ledger_rate [batch size [rows [first month of the covers, YYYYMM]]]     PGURL (and PGURL_OWNER) name a migrated or empty database, PAYUNG_SHARE the schema */
#include <time.h>

#include "common/domain/text.h"
#include "common/edge/crypto.h"
#include "tests/system/ledger_fixture.h"

enum { ROWS_MAX = 100000000 };

static int64_t now_us(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time); /* can't fail for this clock */
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static uint64_t argument(int argc, char **argv, int at, uint64_t fallback) {
    uint64_t value = fallback;
    if (argc > at && !text_number(slice_text(argv[at]), ROWS_MAX, &value)) exit(2);
    return value;
}

/* The chain's own work for the rows of a batch. */
static int64_t hash_us(const struct posting *posting) {
    uint8_t digest[SHA256_BYTES];
    struct arena *arena = arena_create(1 << 20);
    const int64_t before = now_us();
    struct sha256 *hash = sha256_start();
    for (size_t i = 0; i < posting->row_count; i++) {
        arena_reset(arena);
        sha256_add(hash, canonical_outcome(arena, &posting->rows[i], JOURNAL_VERSION));
    }
    sha256_finish(hash, digest);
    const int64_t spent = now_us() - before;
    arena_destroy(arena);
    return spent;
}

static struct err post(struct book *book, struct stage_batch *batch, int64_t *hashing_us) {
    struct posting *posting;
    TRY(book_load(book, batch, &posting));
    for (size_t i = 0; i < batch->count; i++) {
        struct stage_item *item = &batch->items[i];
        struct decided *decided = arena_take(batch->arena, sizeof *decided);
        const struct posting_question question = {.partition = item->partition, .lineage = item->lineage, .priced = item->in, .parked = item->parked};
        CHECK(posting_decide(posting, &question, decided) == POSTING_DONE);
    }
    *hashing_us += hash_us(posting);
    return book_save(book, posting, batch);
}

static struct err measure(struct book *book, struct pg *pg, struct fixture *fixture, size_t size, size_t rows, month_t start_month) {
    static struct fixture_item items[FIXTURE_ITEMS_MAX];
    char id[32];
    (void)snprintf(id, sizeof id, "laju-%lld", (long long)(now_us() % 1000000000)); /* always fits */
    const rupiah price = 201600; /* of one person */
    TRY(fixture_agreement_from(pg, fixture->arena, id, "Pemkab Laju", rows <= 2000 ? 400000000 : (rupiah)rows * price, -1, start_month));
    TRY(pg_script(pg, "INSERT INTO ledger.lineage (partition) VALUES (2) ON CONFLICT DO NOTHING"));
    struct pg_rows next;
    TRY(pg_run(pg, fixture->arena, "SELECT next, epoch FROM ledger.lineage WHERE partition = 2", NULL, &next));
    fixture->next[2] = pg_int8(&next, 0, 0);
    const uint32_t base = (uint32_t)fixture->next[2]; /* persons whom no earlier run took */
    int64_t total_us = 0, hashing_us = 0;
    for (size_t done = 0; done < rows; done += size) {
        const size_t count = rows - done < size ? rows - done : size;
        for (size_t i = 0; i < count; i++) items[i] = (struct fixture_item){.person = base + (uint32_t)(done + i), .agreement = id, .partition = 2, .start_month = start_month};
        struct stage_batch *batch = fixture_batch(fixture, items, count);
        const int64_t before = now_us();
        TRY(post(book, batch, &hashing_us));
        total_us += now_us() - before;
        fixture_passed(fixture);
    }
    total_us -= hashing_us; /* made twice */
    printf("%zu rows in batches of %zu: %lld ms, %lld rows/s, %lld us a row; the hash chain: %lld ms\n", rows, size, (long long)total_us / 1000,
           (long long)(rows * 1000000 / (size_t)total_us), (long long)total_us / (long long)rows, (long long)hashing_us / 1000);
    return OK;
}

int main(int argc, char **argv) {
    const size_t size = argument(argc, argv, 1, 1000), rows = argument(argc, argv, 2, 2000);
    const month_t start_month = (month_t)argument(argc, argv, 3, 202510);
    const char *url = getenv("PGURL");
    if (url == NULL || getenv("PAYUNG_SHARE") == NULL || size == 0 || size > FIXTURE_ITEMS_MAX) return 2;
    static struct fixture fixture;
    fixture_start(&fixture);
    struct pg *pg = NULL;
    struct book *book = NULL;
    struct err err = database_migrate();
    if (!failed(&err)) err = pg_open(url, "test", &pg);
    if (!failed(&err)) err = book_open(url, &book);
    if (!failed(&err)) err = measure(book, pg, &fixture, size, rows, start_month);
    if (failed(&err)) fprintf(stderr, "%s: %s\n", fate_name(err.fate), err.text);
    book_close(book);
    pg_close(pg);
    arena_destroy(fixture.arena);
    return failed(&err) ? 1 : 0;
}
