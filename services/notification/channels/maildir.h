/* A maildir as three folder handles: letters are written in tmp/, made durable together, then linked into new/ under their event id, never
 * over an existing one there or (read meanwhile, "<id>:2,S") in cur/. Folders are made with mode 0700, files with 0600.
 *
 * Order of safety in maildir_deliver: all files written, one syncfs, all links, one fsync of new/. So a name in new/ always has its whole
 * text, and when maildir_deliver has returned, the letters survive a power cut. All errors are AGAIN: they are the disk's, not a letter's. */
#ifndef PAYUNG_NOTIFICATION_MAILDIR_H
#define PAYUNG_NOTIFICATION_MAILDIR_H

#include "services/notification/channels/channel.h"

struct maildir;

MUST_USE struct err maildir_open(const char *path, struct maildir **ret_maildir);
void maildir_close(struct maildir *maildir); /* NULL is allowed */
MUST_USE struct err maildir_ready(struct maildir *maildir);
void maildir_doubt(struct maildir *maildir); /* the next delivery looks through cur/ for letters of an earlier writer */
MUST_USE struct err maildir_deliver(struct maildir *maildir, const struct delivery *deliveries, size_t count);

#endif
