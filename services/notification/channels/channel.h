/* A channel hands letters over to the world. One file each (channels/<channel>.c) and one row in channels.def. This is the shape of those that are done at once, by writing files; those that speak to
 * a server are in call.h.
 *
 * deliver takes a whole batch and returns when all of it is safe (it would survive a power cut) or nothing needs to be: the caller commits
 * its books afterwards. It may be called again with deliveries that went out before a crash: the name (the event id) is what tells that
 * one has gone already, and then nothing happens to it. An outage (disk full, folder missing, server away) is AGAIN. */
#ifndef PAYUNG_NOTIFICATION_CHANNEL_H
#define PAYUNG_NOTIFICATION_CHANNEL_H

#include "common/base/arena.h"
#include "common/base/err.h"
#include "common/domain/application.h"

struct delivery {
    char name[2 * ID_BYTES + 1]; /* event id in hexadecimal: one letter per event */
    struct slice message;        /* RFC 5322, see mail.h */
};

struct channel {
    const char *name;
    struct err (*open)(void **ret_self);
    struct err (*deliver)(void *self, const struct delivery *deliveries, size_t count);
    void (*doubt)(void *self); /* an earlier writer may have delivered what the books don't show: look before the next delivery */
    struct err (*ready)(void *self);
    void (*close)(void *self);
};

extern const struct channel channel_maildir; /* channels/maildir.c */

#endif
