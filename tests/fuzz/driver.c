/* Runs a fuzz target without libFuzzer: over each seed file of a folder, then over a fixed number of mutations of them from a fixed seed,
 * so that every ordinary test run (also under the sanitizers) exercises the parsers. A missing folder or an empty one is a failure. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEED_BYTES_MAX = 64 * 1024, MUTATIONS_PER_SEED = 3000 };

static uint64_t state = 0x9e3779b97f4a7c15u;

static uint64_t next_random(void) { /* splitmix64 */
    uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static size_t mutate(const uint8_t *seed, size_t size, uint8_t *out) {
    memcpy(out, seed, size);
    int changes = 1 + (int)(next_random() % 4);
    for (int i = 0; i < changes && size > 0; i++) {
        size_t at = (size_t)(next_random() % size);
        switch (next_random() % 5) {
        case 0: out[at] = (uint8_t)next_random(); break;
        case 1: out[at] ^= (uint8_t)(1u << (next_random() % 8)); break;
        case 2: size = at; break; /* cut */
        case 3: {                 /* remove a run */
            size_t run = 1 + (size_t)(next_random() % 8);
            if (at + run < size) memmove(out + at, out + at + run, size - at - run), size -= run;
            break;
        }
        default: { /* repeat a run */
            size_t run = 1 + (size_t)(next_random() % 16);
            if (at + run <= size && size + run <= SEED_BYTES_MAX) memmove(out + at + run, out + at, size - at), size += run;
            break;
        }
        }
    }
    return size;
}

static void run(const uint8_t *data, size_t size) {
    uint8_t *exact = malloc(size > 0 ? size : 1); /* exact size, so that a read past the end is seen */
    if (exact == NULL) exit(1);
    memcpy(exact, data, size);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(int argc, char **argv) {
    if (argc != 2) return fprintf(stderr, "usage: %s SEED_FOLDER\n", argv[0]), 2;
    static uint8_t seed[SEED_BYTES_MAX], mutated[SEED_BYTES_MAX];
    DIR *folder = opendir(argv[1]);
    if (folder == NULL) return fprintf(stderr, "%s: no such seed folder\n", argv[1]), 1;
    int seeds = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.') continue;
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        FILE *file = fopen(path, "rb");
        if (file == NULL) return fprintf(stderr, "%s: can't be read\n", path), 1;
        size_t size = fread(seed, 1, sizeof seed, file);
        fclose(file);
        run(seed, size);
        for (int i = 0; i < MUTATIONS_PER_SEED; i++) run(mutated, mutate(seed, size, mutated));
        seeds++;
    }
    closedir(folder);
    printf("%d seeds, %d mutations each\n", seeds, MUTATIONS_PER_SEED);
    return seeds > 0 ? 0 : 1;
}
