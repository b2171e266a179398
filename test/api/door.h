/* door.h - the front door without a server: a request is read into a call, and a finished
 * call is written, in one thread and without an engine. */
#ifndef RINGI_TEST_API_DOOR_H
#define RINGI_TEST_API_DOOR_H

#include "api/aws.h"
#include "api/rest/rest.h"

struct api *door_open(void);
void door_close(struct api *);

/* Reads a request; the call is refused or has its op and its c->in. Free with door_done. */
struct api_call *door_json(struct api *, const char *action, const char *body);
struct api_call *door_form(struct api *, const char *path, const char *form);
struct api_call *door_rest(struct api *, enum http_method, const char *target, const char *body);
void door_done(struct api_call *);

/* The answer's body, in the call's arena; its status and further headers. */
struct str door_answer(struct api_call *, int *status, struct str *headers);
/* The same, and it must be this. */
void door_says(struct api_call *, int status, const char *body);
/* The refusal's name is this, its sentence that (NULL: any). Frees the call. */
void door_refuses(struct api_call *, enum refusal, const char *text);

#endif
