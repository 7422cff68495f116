/* Key files as plain system calls. It must never leave half a key under its name: a new file is linked to its name when its bytes are on the disk. */
#include "common/edge/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct err file_write_all(int fd, const void *bytes, size_t size) {
    for (size_t done = 0; done < size;) {
        const ssize_t wrote = write(fd, (const uint8_t *)bytes + done, size - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return ERR(FATAL, "a file can't be written: %s; check the disk", strerror(errno));
        done += (size_t)wrote;
    }
    return OK;
}

struct err file_read_all(int fd, void *ret_bytes, size_t size_max, size_t *ret_size) {
    size_t done = 0;
    while (done < size_max) {
        const ssize_t got = read(fd, (uint8_t *)ret_bytes + done, size_max - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return ERR(FATAL, "a file can't be read: %s", strerror(errno));
        if (got == 0) break;
        done += (size_t)got;
    }
    *ret_size = done;
    return OK;
}

struct err key_folder_make(const char *directory) {
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) return ERR(FATAL, "key directory %s can't be made: %s", directory, strerror(errno));
    return OK;
}

struct err key_file_path(const char *directory, const char *name, char ret_path[KEY_PATH_BYTES_MAX]) {
    if (snprintf(ret_path, KEY_PATH_BYTES_MAX, "%s/%s", directory, name) >= KEY_PATH_BYTES_MAX) return ERR(FATAL, "the path of the key directory is too long");
    return OK;
}

/* The names in it; the bytes of the files are synced before. Best effort: not every file system can do it. */
static void sync_folder(const char *directory) {
    const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)fsync(fd);
    (void)close(fd);
}

struct err key_file_make(const char *directory, const char *name, const void *bytes, size_t size) {
    char path[KEY_PATH_BYTES_MAX], fresh[KEY_PATH_BYTES_MAX];
    TRY(key_file_path(directory, name, path));
    if (snprintf(fresh, sizeof fresh, "%s/.%s.%ld", directory, name, (long)getpid()) >= (int)sizeof fresh) return ERR(FATAL, "the path of the key directory is too long");
    const int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return ERR(FATAL, "key directory %s: %s; make it writable for this user", directory, strerror(errno));
    struct err err = file_write_all(fd, bytes, size);
    if (!failed(&err) && fsync(fd) != 0) err = ERR(FATAL, "key directory %s: %s", directory, strerror(errno));
    (void)close(fd); /* synced above */
    if (!failed(&err) && link(fresh, path) != 0 && errno != EEXIST) err = ERR(FATAL, "key directory %s: %s", directory, strerror(errno));
    (void)unlink(fresh); /* a leftover does no harm */
    if (!failed(&err)) sync_folder(directory);
    return err;
}

static struct err read_path(const char *path, bool is_secret, void *ret_bytes, size_t size_max, size_t *ret_size) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return ERR(FATAL, "key file %s can't be opened: %s. Remedy: payung keys create, or restore the key directory", path, strerror(errno));
    struct stat status;
    if (is_secret && (fstat(fd, &status) != 0 || (status.st_mode & 077) != 0)) {
        (void)close(fd); /* only read */
        return ERR(FATAL, "key file %s is open to others; run: chmod 600 %s", path, path);
    }
    const struct err err = file_read_all(fd, ret_bytes, size_max, ret_size);
    (void)close(fd); /* only read */
    return err;
}

struct err key_file_read(const char *directory, const char *name, void *ret_bytes, size_t size_max, size_t *ret_size) {
    char path[KEY_PATH_BYTES_MAX];
    TRY(key_file_path(directory, name, path));
    return read_path(path, true, ret_bytes, size_max, ret_size);
}

struct err key_file_read_public(const char *path, void *ret_bytes, size_t size_max, size_t *ret_size) { return read_path(path, false, ret_bytes, size_max, ret_size); }
