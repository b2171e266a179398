/* parse.h - bytes of a request -> what they say. Pure: no sockets, no memory of
 * its own; test/fuzz/http_fuzz.c feeds it in random pieces.
 *
 * Three steps, so that each byte is looked at by one reader only:
 *   head_scan    is the head complete?  (called again as bytes arrive)
 *   head_parse   the complete head -> method, target, headers, framing
 *   chunks_read  the body when it is chunked
 *
 * Each returns PARSE_MORE, PARSE_DONE, or the status to refuse with (400, 413,
 * 414, 417, 431, 501, 505) and a sentence in `why`. After a refusal the
 * connection must be closed: nobody knows where the next request would begin.
 * The results are the same however the bytes were cut. */
#ifndef RINGI_HTTP_PARSE_H
#define RINGI_HTTP_PARSE_H

#include "base/limits.h"
#include "base/str.h"
#include "http/server.h"

enum { PARSE_MORE = 0, PARSE_DONE = 1 };

/* Zeroed at the start of each request. */
struct head_scan {
	size_t at;   /* all before it has been looked at      */
	size_t line; /* where the line begins that is read    */
	size_t skip; /* an empty line before the request line */
	int lines;
};

/* `bytes`: all that has arrived since the last request, at least one. With
 * PARSE_DONE `head` is the part up to and with the empty line, and what is behind it
 * belongs to the body. */
int head_scan(struct head_scan *, struct str bytes, struct str *head, const char **why);

/* What a head says; views into it. */
struct head {
	enum http_method method;
	struct str method_name, target, path, query;
	struct http_header headers[HTTP_HEADERS_MAX];
	int header_count;
	bool version_1_0;
	bool keep_alive;     /* what the client wants */
	bool wants_continue; /* Expect: 100-continue  */
	bool chunked;
	uint64_t length; /* of the body, unless chunked; at most HTTP_BODY_MAX */
};

int head_parse(struct str head, struct head *, const char **why);

/* Zeroed before the first chunk. */
struct chunks {
	int state;
	int line;       /* bytes of the line that gives the size */
	size_t extras;  /* bytes of extensions and trailers      */
	uint64_t left;  /* of this chunk                         */
	uint64_t total; /* of the body so far, this chunk whole  */
};

/* Reads on from `bytes` and leaves there what it did not need. `data` is the next
 * piece of the body, possibly empty; call again while PARSE_MORE and bytes are left. */
int chunks_read(struct chunks *, struct str *bytes, struct str *data, const char **why);

/* Character classes of RFC 9110. */
bool http_token_char(char);
bool http_value_char(char);

#endif
