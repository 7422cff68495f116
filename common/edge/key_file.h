/* Files of the key directory: made once, complete or not at all, mode 0600, never over what is there. Shared by the crypto box and the signer; it knows bytes, not what they are for.
 *
 *   TRY(key_folder_make(directory));
 *   TRY(key_file_make(directory, "pepper", bytes, sizeof bytes));            durable when it returns, its name too
 *   TRY(key_file_read(directory, "pepper", bytes, sizeof bytes, &size));     refuses a file that others may read; reads at most sizeof bytes
 *
 * Errors are FATAL and name the file or its directory and the remedy, never a byte of a key. */
#ifndef PAYUNG_EDGE_KEY_FILE_H
#define PAYUNG_EDGE_KEY_FILE_H

#include <stddef.h>

#include "common/base/err.h"

enum { KEY_PATH_BYTES_MAX = 512 };

MUST_USE struct err key_folder_make(const char *directory); /* keeps one that is there */
MUST_USE struct err key_file_path(const char *directory, const char *name, char ret_path[KEY_PATH_BYTES_MAX]);
MUST_USE struct err key_file_make(const char *directory, const char *name, const void *bytes, size_t size); /* OK too when it is there already: then that stays */
MUST_USE struct err key_file_read(const char *directory, const char *name, void *ret_bytes, size_t size_max, size_t *ret_size);
MUST_USE struct err key_file_read_public(const char *path, void *ret_bytes, size_t size_max, size_t *ret_size); /* no secret, so others may read it */

/* All of it, however often the kernel takes or gives a part. Reading ends early only at the end of the file. */
MUST_USE struct err file_write_all(int fd, const void *bytes, size_t size);
MUST_USE struct err file_read_all(int fd, void *ret_bytes, size_t size_max, size_t *ret_size);

#endif
