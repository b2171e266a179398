/* console.c - the web console's files.
 *
 * W1  No script, style or picture but those of this server runs in the page, nothing may frame
 *     it, and it sends its forms nowhere else (Content-Security-Policy).
 * W2  The page works under any path that a proxy puts before it: the addresses in it are
 *     relative, by as many steps up as the path of the request has. */
#include "api/console.h"

#include "api/rest/rest.h"
#include "api/state.h"

enum { DEPTH_MAX = 16 }; /* longer paths are no page's */

struct visit {
	const struct console_file *file;
	bool gzip, same; /* same: the browser has it already */
	int depth;       /* of a page: steps up to the root */
};

static const struct console_file *page(void)
{
	return &console_files[0];
}

static const struct console_file *find(struct str path)
{
	for (const struct console_file *f = page() + 1; f->path != NULL; f++)
		if (str_is(path, f->path))
			return f;
	return NULL;
}

/* Does one of the comma-separated values of a header begin with it? */
static bool names(struct str header, struct str wanted)
{
	while (str_given(header)) {
		struct str one = str_trim(str_cut(&header, ','));
		if (str_starts(one, wanted))
			return true;
	}
	return false;
}

static int depth_of(struct str path)
{
	int depth = -1;

	for (size_t i = 0; i < path.len; i++)
		depth += path.at[i] == '/';
	return depth < 0 ? 0 : depth;
}

bool console_read(struct api_call *call, const struct http_request *r)
{
	const struct console_file *file = find(r->path);
	int depth = depth_of(r->path);

	if (r->method != HTTP_GET_ && r->method != HTTP_HEAD_)
		return false;
	bool asks = r->path.len == 1 || names(http_header(r, "Accept"), S("text/html"));
	if (file == NULL && (depth > DEPTH_MAX || !asks))
		return false;
	struct visit *v = call->extra = CALL_NEW(call, struct visit);
	*v = (struct visit){ .file = file != NULL ? file : page(), .depth = depth };
	v->gzip = v->file->gzip != NULL && names(http_header(r, "Accept-Encoding"), S("gzip"));
	v->same = file != NULL && names(http_header(r, "If-None-Match"), str_of(file->etag));
	call->form = API_CONSOLE;
	call->c->op = &op_rest_local;
	return true;
}

static void write_root(struct buf *b, int depth)
{
	if (depth == 0)
		buf_add(b, S("./"));
	while (depth-- > 0)
		buf_add(b, S("../"));
}

/* With what only the server knows in the places of %ROOT% and %AUTH%. */
static void write_page(const struct api_call *call, int depth, struct buf *b)
{
	struct str rest = { (const char *)page()->bytes, page()->size };

	while (str_given(rest)) {
		buf_add(b, str_cut(&rest, '%'));
		if (!str_given(rest))
			return;
		struct str name = str_cut(&rest, '%');
		if (str_is(name, "ROOT"))
			write_root(b, depth);
		else if (str_is(name, "AUTH"))
			buf_add(b, call->api->config.auth ? S("on") : S("off"));
		else
			buf_printf(b, "%%%.*s%%", S_ARG(name));
	}
}

struct api_answer_head console_write(const struct api_call *call, struct buf *body,
                                     struct buf *headers)
{
	const struct visit *v = call->extra;
	const struct console_file *f = v->file;
	struct api_answer_head head = { v->same ? 304 : 200, str_of(f->type) };

	buf_add(
		headers,
		S("X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
	      "Cross-Origin-Opener-Policy: same-origin\r\n"
	      "Permissions-Policy: camera=(), microphone=(), geolocation=()\r\n"
	      "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
	      "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
	      "worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'\r\n"));
	buf_add(headers, f->forever ? S("Cache-Control: public, max-age=31536000, immutable\r\n")
	                            : S("Cache-Control: no-cache\r\n"));
	if (f == page()) {
		buf_add(headers, S("Vary: Accept\r\n"));
		write_page(call, v->depth, body);
		return head;
	}
	buf_printf(headers, "ETag: %s\r\nVary: Accept-Encoding\r\n", f->etag);
	if (v->same)
		return head;
	if (v->gzip)
		buf_add(headers, S("Content-Encoding: gzip\r\n"));
	buf_add(body, v->gzip ? (struct str){ (const char *)f->gzip, f->gzip_size }
	                      : (struct str){ (const char *)f->bytes, f->size });
	return head;
}
