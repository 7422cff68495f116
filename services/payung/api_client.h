/* The service's HTTP API for the commands of this tool: address and token come from API_URL and API_TOKEN. Every function returns 0, or the exit code after
 * having told the problem in the form that --json asks for: EXIT_TEMPORARY when the server is down or busy, EXIT_FAILED otherwise. */
#ifndef PAYUNG_API_CLIENT_H
#define PAYUNG_API_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

#include "common/edge/http_client.h"
#include "services/payung/commands.h"

struct api;

int api_open(bool json, struct api **ret_api);
void api_close(struct api *api); /* NULL is allowed */
int api_call(struct api *api, const struct http_call *call, json_t **ret_document); /* the document is the caller's; NULL pointer: none is expected */
/* GET prefix + escaped id. */
int api_get(struct api *api, const char *prefix, const char *id, json_t **ret_document);
/* POST of a document, which is given back (json_decref), whatever happens. */
int api_post_json(struct api *api, const char *path, json_t *document, json_t **ret_document);
/* POST prefix + escaped id + suffix with {"note": note}, or without a body when it is NULL. */
int api_post_note(struct api *api, const char *prefix, const char *id, const char *suffix, const char *note, json_t **ret_document);
/* The events of a list as they come (/v1/batches/{id}/events), until `tell` answers false or the list is at its end. A connection that breaks is made again, for half a minute. */
int api_watch(struct api *api, const char *batch_id, bool (*tell)(void *self, const json_t *event), void *self);

#endif
