/* console.h - the web console's files: to browsers, and to nobody else.
 *
 * They are built from console/ and lie in the program. Whoever asks for HTML at a path that
 * is neither the API's nor a file's gets the page, which finds out by itself what is to be
 * shown there. Nothing in them is secret, so nobody is asked who they are. */
#ifndef RINGI_API_CONSOLE_H
#define RINGI_API_CONSOLE_H

#include "api/aws.h"
#include "api/call.h"

struct console_file {
	const char *path; /* "/assets/main-1a2b3c.js" */
	const char *type;
	const char *etag;
	const unsigned char *bytes;
	size_t size;
	const unsigned char *gzip; /* NULL: it would not be shorter */
	size_t gzip_size;
	bool forever; /* its name changes with its content */
};
/* build/gen/console.c, by tools/console.mjs. The first is the page; ends with path NULL. */
extern const struct console_file console_files[];

/* False when it is not for the console. Else the call is filled. */
bool console_read(struct api_call *, const struct http_request *);
struct api_answer_head console_write(const struct api_call *, struct buf *body,
                                     struct buf *headers);

#endif
