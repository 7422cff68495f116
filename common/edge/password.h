/* Passwords of people: Argon2id (RFC 9106) at libsodium's interactive cost, 64 MiB and some tens of milliseconds a look. What is kept holds its own salt and cost, so that a later edition may raise the
 * cost without asking anybody for a new password. Wraps libsodium.
 *
 *   char kept[PASSWORD_HASH_TEXT];   TRY(password_hash(slice, kept));      into the store
 *   password_matches(kept, sent)                                            takes as long whether it is right or wrong; NULL: there is no such person, and takes as long, too */
#ifndef PAYUNG_EDGE_PASSWORD_H
#define PAYUNG_EDGE_PASSWORD_H

#include "common/base/err.h"
#include "common/base/slice.h"

enum { PASSWORD_HASH_TEXT = 128, PASSWORD_BYTES_MIN = 12, PASSWORD_BYTES_MAX = 256, PASSWORD_MADE_TEXT = 33 };

/* As long as it has to be, and of one line. */
bool password_is_sound(struct slice password);
/* AGAIN without memory. */
MUST_USE struct err password_hash(struct slice password, char ret_text[PASSWORD_HASH_TEXT]);
bool password_matches(const char *hash, struct slice password);
/* One that nobody has to think up: 24 random bytes in letters, digits, - and _. */
void password_make(char ret_text[PASSWORD_MADE_TEXT]);

#endif
