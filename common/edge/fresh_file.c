/* Write beside, then rename. It must never touch what stands under the name before the new file is whole. */
#include "common/edge/fresh_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct err unwritable(int why) { return ERR(FATAL, "the file can't be written: %s", strerror(why)); }

struct err fresh_file_name(const char *path, struct fresh_file *ret_file) {
    ret_file->stream = NULL;
    ret_file->path = path;
    if (snprintf(ret_file->part, sizeof ret_file->part, "%s.part", path) >= (int)sizeof ret_file->part) return unwritable(ENAMETOOLONG);
    return OK;
}

struct err fresh_file_open(const char *path, enum fresh_readers readers, struct fresh_file *ret_file) {
    CHECK(readers == FRESH_PRIVATE || readers == FRESH_SHARED);
    TRY(fresh_file_name(path, ret_file));
    const int fd = open(ret_file->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, readers == FRESH_PRIVATE ? 0600 : 0666);
    if (fd < 0) return unwritable(errno);
    ret_file->stream = fdopen(fd, "wb");
    CHECK(ret_file->stream != NULL); /* only without memory */
    return OK;
}

struct err fresh_file_keep(struct fresh_file *file) {
    int why = 0;
    if (file->stream != NULL) {
        if (ferror(file->stream) != 0) why = EIO; /* which error it was is no longer known */
        if (fclose(file->stream) != 0 && why == 0) why = errno;
        file->stream = NULL;
    }
    if (why == 0 && rename(file->part, file->path) != 0) why = errno;
    if (why == 0) return OK;
    fresh_file_drop(file);
    return unwritable(why);
}

void fresh_file_drop(struct fresh_file *file) {
    if (file->stream != NULL) (void)fclose(file->stream); /* it goes */
    file->stream = NULL;
    (void)unlink(file->part); /* incomplete */
}
