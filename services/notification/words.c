/* Reads the templates and has them judged; a fault in them ends the process with its place. */
#include "services/notification/words.h"

#include "common/edge/share.h"

enum { TEXT_FILE_BYTES_MAX = 256 * 1024 };

struct err words_open(struct arena *arena, const char *share, struct letters *ret_letters) {
    struct slice messages, parameters;
    struct load_error error;
    TRY(share_read(arena, share, "templates/messages.tsv", TEXT_FILE_BYTES_MAX, &messages));
    TRY(share_read(arena, share, "templates/parameters.tsv", TEXT_FILE_BYTES_MAX, &parameters));
    if (!letters_load(arena, messages, parameters, ret_letters, &error))
        return ERR(FATAL, "the templates do not load: line %u, %s: %s", error.line, error.field, error.problem);
    return OK;
}

struct err words_reasons(struct arena *arena, const char *share, struct letter_reasons *ret_reasons) {
    struct slice text;
    struct load_error error;
    TRY(share_read(arena, share, "templates/reasons.tsv", TEXT_FILE_BYTES_MAX, &text));
    if (!reasons_load(arena, text, ret_reasons, &error)) return ERR(FATAL, "the reasons do not load: line %u, %s: %s", error.line, error.field, error.problem);
    return OK;
}

struct err words_sponsor(struct arena *arena, const char *share, struct sponsor_words *ret_words) {
    struct slice text;
    struct load_error error;
    TRY(share_read(arena, share, "templates/sponsor.tsv", TEXT_FILE_BYTES_MAX, &text));
    if (!sponsor_words_load(arena, text, ret_words, &error)) return ERR(FATAL, "the notices to offices do not load: line %u, %s: %s", error.line, error.field, error.problem);
    return OK;
}
