/* The installation's data files (PAYUNG_SHARE): law, regions, occupations, texts. Read whole, once, at start; what is inside is judged by the pure
 * loaders. The text lives in the arena. FATAL when the file is missing, damaged or larger than `bytes_max`: named by its place below the folder,
 * with the remedy. */
#ifndef PAYUNG_EDGE_SHARE_H
#define PAYUNG_EDGE_SHARE_H

#include "common/base/arena.h"
#include "common/base/err.h"

MUST_USE struct err share_read(struct arena *arena, const char *folder, const char *name, size_t bytes_max, struct slice *ret_text);

#endif
