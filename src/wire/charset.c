/* charset.c - see charset.h. */
#include "wire/charset.h"

#include <errno.h>
#include <iconv.h>

enum { PIECE = 4096 };

static bool convert(iconv_t cd, struct str text, struct buf *to, size_t *bad_at)
{
	char *in = (char *)(uintptr_t)text.at, *out;
	size_t left = text.len, room;

	while (left > 0) {
		out = buf_room(to, PIECE);
		if (out == NULL)
			return false;
		room = PIECE;
		size_t n = iconv(cd, &in, &left, &out, &room);
		to->len += PIECE - room;
		*bad_at = text.len - left;
		if (n == (size_t)-1 && errno != E2BIG)
			return false;
	}
	return true;
}

bool charset_convert(const char *from, const char *into, struct str text, struct buf *to,
                     size_t *bad_at)
{
	iconv_t cd = iconv_open(into, from);

	*bad_at = 0;
	if (cd == (iconv_t)-1)
		return false;
	bool ok = convert(cd, text, to, bad_at);
	iconv_close(cd);
	return ok;
}
