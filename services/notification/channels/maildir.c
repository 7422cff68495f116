/* The embedded default channel. cur/ is looked through only in doubt (after a start, a new partition or a rolled-back batch): only then can
 * a letter be there that the books don't know. It must never replace a letter, and never log what a letter says. */
#include "services/notification/channels/maildir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/domain/text.h"
#include "common/tables/knobs.h"

enum { NAME_BYTES = 2 * ID_BYTES, DRAFT_BYTES_MAX = NAME_BYTES + 32, FOUND_MAX = 1 << 20 };

struct maildir {
    char path[4096];
    int drafts, fresh, seen; /* tmp/ new/ cur/ */
    bool in_doubt;
    uint8_t (*found)[NAME_BYTES]; /* names in cur/, sorted; grows only in doubt */
    size_t found_count, found_room;
};

static struct err trouble(const char *what) {
    return ERR(AGAIN, "the maildir: %s: %s; check its disk and folder", what, strerror(errno));
}

static void close_folder(const int *folder) {
    if (*folder >= 0) (void)close(*folder); /* opened for reading only: nothing can be lost */
}

static void close_folders(struct maildir *maildir) {
    int *const folders[] = {&maildir->drafts, &maildir->fresh, &maildir->seen};
    for (size_t i = 0; i < 3; i++) {
        close_folder(folders[i]);
        *folders[i] = -1;
    }
}

static struct err open_folder(int parent, const char *name, int *ret_folder) {
    if (mkdirat(parent, name, 0700) != 0 && errno != EEXIST) return trouble("a folder can't be made");
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return trouble("a folder can't be opened");
    *ret_folder = folder;
    return OK;
}

static struct err open_folders(struct maildir *maildir) {
    close_folders(maildir);
    int top __attribute__((cleanup(close_folder))) = -1;
    TRY(open_folder(AT_FDCWD, maildir->path, &top));
    TRY(open_folder(top, "tmp", &maildir->drafts));
    TRY(open_folder(top, "new", &maildir->fresh));
    TRY(open_folder(top, "cur", &maildir->seen));
    maildir->in_doubt = true;
    return OK;
}

struct err maildir_open(const char *path, struct maildir **ret_maildir) {
    if (strlen(path) >= sizeof(*ret_maildir)->path) return ERR(FATAL, "PAYUNG_MAILDIR is longer than %zu bytes", sizeof(*ret_maildir)->path);
    struct maildir *maildir = calloc(1, sizeof *maildir);
    CHECK(maildir != NULL);
    (void)snprintf(maildir->path, sizeof maildir->path, "%s", path); /* its length was checked */
    maildir->drafts = maildir->fresh = maildir->seen = -1;
    struct err err = open_folders(maildir);
    if (failed(&err)) {
        maildir_close(maildir);
        return err;
    }
    *ret_maildir = maildir;
    return OK;
}

void maildir_close(struct maildir *maildir) {
    if (maildir == NULL) return;
    close_folders(maildir);
    free(maildir->found);
    free(maildir);
}

void maildir_doubt(struct maildir *maildir) { maildir->in_doubt = true; }

/* Somebody may have removed the folder and made it again: handles of the removed one would swallow letters. */
struct err maildir_ready(struct maildir *maildir) {
    struct stat held, named;
    char path[sizeof maildir->path + 8];
    (void)snprintf(path, sizeof path, "%s/new", maildir->path); /* the array has room for the longest path */
    bool same = maildir->fresh >= 0 && fstat(maildir->fresh, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino &&
                held.st_dev == named.st_dev;
    if (same) return OK;
    struct stat top;
    if (stat(maildir->path, &top) != 0) return trouble("the folder is gone");
    return open_folders(maildir);
}

/* ---- letters that an earlier writer handed over and a person has opened since ---- */

static int compare_names(const void *a, const void *b) { return memcmp(a, b, NAME_BYTES); }

static void remember(struct maildir *maildir, const char *name) {
    if (maildir->found_count == maildir->found_room) {
        maildir->found_room = maildir->found_room == 0 ? 1024 : maildir->found_room * 2;
        maildir->found = realloc(maildir->found, maildir->found_room * NAME_BYTES);
        CHECK(maildir->found != NULL);
    }
    memcpy(maildir->found[maildir->found_count++], name, NAME_BYTES);
}

static struct err open_listing(int of, DIR **ret_listing) {
    int folder = openat(of, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = folder < 0 ? NULL : fdopendir(folder);
    if (listing == NULL) {
        struct err err = trouble("a folder can't be read");
        close_folder(&folder);
        return err;
    }
    *ret_listing = listing;
    return OK;
}

/* Drafts of writers that are no more: they hold a person's letter and nobody would ever remove them. A writer on another machine whose
 * draft goes away finds that out when it hands over, and writes it again. */
static struct err drop_orphans(const struct maildir *maildir) {
    DIR *listing = NULL;
    TRY(open_listing(maildir->drafts, &listing));
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        uint64_t writer;
        if (strlen(entry->d_name) <= NAME_BYTES + 1 || entry->d_name[NAME_BYTES] != '.') continue;
        if (!text_number(slice_text(entry->d_name + NAME_BYTES + 1), INT32_MAX, &writer)) continue;
        if (kill((pid_t)writer, 0) != 0 && errno == ESRCH) (void)unlinkat(maildir->drafts, entry->d_name, 0); /* next time, then */
    }
    (void)closedir(listing); /* only read */
    return OK;
}

static struct err look_through_seen(struct maildir *maildir) {
    DIR *listing = NULL;
    maildir->found_count = 0;
    TRY(open_listing(maildir->seen, &listing));
    errno = 0;
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL && maildir->found_count < FOUND_MAX;)
        if (strcspn(entry->d_name, ":") == NAME_BYTES) remember(maildir, entry->d_name);
    struct err err = errno != 0 ? trouble("cur/ can't be read to its end") : OK;
    if (maildir->found_count == FOUND_MAX) err = ERR(AGAIN, "the maildir: more than %d letters in cur/; move old ones away", FOUND_MAX);
    (void)closedir(listing); /* only read */
    TRY(err);
    if (maildir->found_count > 0) qsort(maildir->found, maildir->found_count, NAME_BYTES, compare_names);
    return OK;
}

static bool was_seen(const struct maildir *maildir, const char *name) {
    return maildir->found_count > 0 && bsearch(name, maildir->found, maildir->found_count, NAME_BYTES, compare_names) != NULL;
}

/* ---- handing over ---- */

static void draft_name(const struct delivery *delivery, char ret_name[DRAFT_BYTES_MAX]) {
    (void)snprintf(ret_name, DRAFT_BYTES_MAX, "%s.%ld", delivery->name, (long)getpid()); /* two writers never share a draft */
}

static struct err write_draft(const struct maildir *maildir, const struct delivery *delivery) {
    char name[DRAFT_BYTES_MAX];
    draft_name(delivery, name);
    int file = openat(maildir->drafts, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return trouble("a letter can't be made in tmp/");
    for (size_t done = 0; done < delivery->message.size;) {
        ssize_t wrote = write(file, delivery->message.bytes + done, delivery->message.size - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) {
            struct err err = trouble("a letter can't be written");
            (void)close(file); /* the draft is given up */
            return err;
        }
        done += (size_t)wrote;
    }
    return close(file) == 0 ? OK : trouble("a letter can't be closed");
}

static void drop_draft(const struct maildir *maildir, const struct delivery *delivery) {
    char name[DRAFT_BYTES_MAX];
    draft_name(delivery, name);
    (void)unlinkat(maildir->drafts, name, 0); /* a draft that stays behind disturbs nobody */
}

static struct err hand_over(const struct maildir *maildir, const struct delivery *delivery) {
    char draft[DRAFT_BYTES_MAX];
    draft_name(delivery, draft);
    if (linkat(maildir->drafts, draft, maildir->fresh, delivery->name, 0) != 0 && errno != EEXIST)
        return trouble("a letter can't be handed over to new/");
    return OK;
}

static struct err deliver_all(const struct maildir *maildir, const struct delivery *deliveries, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!was_seen(maildir, deliveries[i].name)) TRY(write_draft(maildir, &deliveries[i]));
    if (syncfs(maildir->drafts) != 0) return trouble("the disk does not confirm");
    for (size_t i = 0; i < count; i++)
        if (!was_seen(maildir, deliveries[i].name)) TRY(hand_over(maildir, &deliveries[i]));
    return fsync(maildir->fresh) == 0 ? OK : trouble("the disk does not confirm the folder new/");
}

struct err maildir_deliver(struct maildir *maildir, const struct delivery *deliveries, size_t count) {
    if (count == 0) return OK;
    TRY(maildir_ready(maildir));
    if (maildir->in_doubt) {
        TRY(drop_orphans(maildir));
        TRY(look_through_seen(maildir));
    }
    struct err err = deliver_all(maildir, deliveries, count);
    for (size_t i = 0; i < count; i++) drop_draft(maildir, &deliveries[i]);
    maildir->in_doubt = failed(&err);
    return err;
}

/* ---- as a channel ---- */

static struct err open_channel(void **ret_self) {
    struct maildir *maildir;
    TRY(maildir_open(knob_text("PAYUNG_MAILDIR"), &maildir));
    *ret_self = maildir;
    return OK;
}
static struct err deliver_channel(void *self, const struct delivery *deliveries, size_t count) { return maildir_deliver(self, deliveries, count); }
static void doubt_channel(void *self) { maildir_doubt(self); }
static struct err ready_channel(void *self) { return maildir_ready(self); }
static void close_channel(void *self) { maildir_close(self); }

const struct channel channel_maildir = {.name = "maildir", .open = open_channel, .deliver = deliver_channel, .doubt = doubt_channel,
                                        .ready = ready_channel, .close = close_channel};
