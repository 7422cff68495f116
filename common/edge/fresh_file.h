/* A file that is complete or not there: it is written beside its name, as NAME.part, and gets the name when all of it is written. What stood under the name stays until then.
 *
 *   struct fresh_file file;
 *   TRY(fresh_file_open(path, FRESH_PRIVATE, &file));
 *   fprintf(file.stream, ...);                                  errors of the stream are seen at its end
 *   if (good) TRY(fresh_file_keep(&file)); else fresh_file_drop(&file);      one of the two, once
 *
 * Errors are FATAL, "the file can't be written: ..." without its name, which the caller knows. */
#ifndef PAYUNG_EDGE_FRESH_FILE_H
#define PAYUNG_EDGE_FRESH_FILE_H

#include <stdio.h>

#include "common/base/err.h"

enum { FRESH_PATH_BYTES_MAX = 4096 };

enum fresh_readers {
    FRESH_PRIVATE = 1, /* its owner alone: data of persons, the whole ledger */
    FRESH_SHARED,      /* as the umask says */
};

struct fresh_file {
    FILE *stream;     /* NULL: made by fresh_file_name */
    const char *path; /* the caller's */
    char part[FRESH_PATH_BYTES_MAX];
};

MUST_USE struct err fresh_file_open(const char *path, enum fresh_readers readers, struct fresh_file *ret_file);
/* Only the names, for a library that opens and closes the file `part` itself, and has closed it before keep or drop. */
MUST_USE struct err fresh_file_name(const char *path, struct fresh_file *ret_file);
MUST_USE struct err fresh_file_keep(struct fresh_file *file); /* closes; when anything of it could not be written nothing is left, as after drop */
void fresh_file_drop(struct fresh_file *file);                /* closes and removes */

#endif
