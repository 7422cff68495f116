/* Reads one data file into memory of exactly its size. It must never hand out half a file. */
#include "common/edge/share.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { PATH_BYTES_MAX = 4096 };

struct err share_read(struct arena *arena, const char *folder, const char *name, size_t bytes_max, struct slice *ret_text) {
    char path[PATH_BYTES_MAX];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) return ERR(FATAL, "PAYUNG_SHARE is too long");
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return ERR(FATAL, "%.80s in PAYUNG_SHARE can't be read: %s. Remedy: point PAYUNG_SHARE at share/payung of the installation", name, strerror(errno));
    struct stat about;
    bool whole = fstat(fileno(file), &about) == 0 && S_ISREG(about.st_mode) && (size_t)about.st_size <= bytes_max;
    if (whole) {
        const size_t size = (size_t)about.st_size;
        uint8_t *bytes = arena_take(arena, size);
        whole = fread(bytes, 1, size, file) == size;
        if (whole) *ret_text = slice_of(bytes, size);
    }
    (void)fclose(file); /* it was only read */
    return whole ? OK : ERR(FATAL, "%.80s in PAYUNG_SHARE is damaged or larger than %zu bytes", name, bytes_max);
}
