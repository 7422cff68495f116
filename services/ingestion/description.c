/* The API tells what it is: GET /openapi.json, and /docs with its style for people. Made at build time from proto/openapi.yaml, read once at start, served without a token: nothing of an
 * installation or a person is in them. The page has no scripts, and its policy lets it load nothing but its own style. */
#include <stdio.h>

#include "common/domain/text.h"
#include "common/edge/share.h"
#include "services/ingestion/intake.h"

enum { PART_BYTES_MAX = 1024 * 1024, TAG_BYTES = 16 };

static const struct {
    const char *name, *content_type;
} parts[DESCRIPTION_PARTS] = {
    [DESCRIPTION_OPENAPI] = {"api/openapi.json", "application/json"},
    [DESCRIPTION_PAGE] = {"api/docs.html", "text/html; charset=utf-8"},
    [DESCRIPTION_STYLE] = {"api/docs.css", "text/css; charset=utf-8"},
};

struct err description_read(struct intake *intake, struct arena *arena, const char *share) {
    for (int i = 0; i < DESCRIPTION_PARTS; i++) {
        struct description *part = &intake->description[i];
        uint8_t hash[SHA256_BYTES];
        char digits[2 * TAG_BYTES + 1];
        TRY(share_read(arena, share, parts[i].name, PART_BYTES_MAX, &part->text));
        crypto_sha256(part->text, hash);
        text_hex(slice_of(hash, TAG_BYTES), digits);
        CHECK(snprintf(part->tag, sizeof part->tag, "\"%s\"", digits) < (int)sizeof part->tag);
    }
    return OK;
}

static void answer(const struct intake *intake, struct http_request *request, enum description_part which) {
    const struct description *part = &intake->description[which];
    http_set_header(request, "ETag", part->tag);
    http_set_header(request, "Cache-Control", "public, max-age=60"); /* after a new release an old page is seen for a minute at most */
    http_set_header(request, "X-Content-Type-Options", "nosniff");
    http_set_header(request, "Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    const bool known = http_tag_matches(http_header(request, "If-None-Match"), part->tag);
    http_answer(request, known ? 304 : 200, parts[which].content_type, known ? slice_text("") : part->text);
}

void description_openapi_get(void *self, struct http_request *request) { answer(self, request, DESCRIPTION_OPENAPI); }
void description_page_get(void *self, struct http_request *request) { answer(self, request, DESCRIPTION_PAGE); }
void description_style_get(void *self, struct http_request *request) { answer(self, request, DESCRIPTION_STYLE); }
