/* chunk.c - a body that comes in chunks (RFC 9112, 7.1).
 *
 *     SIZE --hex--> SIZE --CR--> SIZE_LF --LF--> DATA --all--> DATA_CR -> DATA_LF -> SIZE
 *       '--space, ;--> EXTENSION --CR--'   '--size 0--> TRAILER --empty line--> done
 *
 * Extensions and trailers are checked, counted and forgotten. */
#include "http/parse.h"

enum {
	SIZE,
	SPACE, /* behind the size; an extension must follow */
	EXTENSION,
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILER, /* first byte of a line */
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	LAST_LF,
	OVER,
};

/* The line that gives the size. -1: this byte may not stand here. */
static int size_next(struct chunks *c, char byte)
{
	int digit = hex_digit(byte);

	if (c->state == SIZE && digit >= 0 && c->line < 16) {
		c->left = c->left * 16 + (uint64_t)digit;
		c->line++;
		return SIZE;
	}
	if (c->line == 0)
		return -1;
	if (byte == '\r')
		return c->state == SPACE ? -1 : SIZE_LF;
	if (++c->line > HTTP_CHUNK_LINE_MAX)
		return -1;
	c->extras++;
	if (c->state == EXTENSION)
		return http_value_char(byte) ? EXTENSION : -1;
	if (byte == ';')
		return EXTENSION;
	return byte == ' ' || byte == '\t' ? SPACE : -1;
}

static int trailer_next(struct chunks *c, char byte)
{
	c->extras++;
	if (c->state == TRAILER && byte == '\r')
		return LAST_LF;
	if (c->state == TRAILER_VALUE) {
		if (byte == '\r')
			return TRAILER_LF;
		return http_value_char(byte) ? TRAILER_VALUE : -1;
	}
	if (c->state == TRAILER_NAME && byte == ':')
		return TRAILER_VALUE;
	return http_token_char(byte) ? TRAILER_NAME : -1;
}

static int next(struct chunks *c, char byte)
{
	switch (c->state) {
	case SIZE:
	case SPACE:
	case EXTENSION:
		return size_next(c, byte);
	case SIZE_LF:
		if (byte != '\n')
			return -1;
		c->line = 0;
		return c->left == 0 ? TRAILER : DATA;
	case DATA_CR:
		return byte == '\r' ? DATA_LF : -1;
	case DATA_LF:
		return byte == '\n' ? SIZE : -1;
	case TRAILER_LF:
		return byte == '\n' ? TRAILER : -1;
	case LAST_LF:
		return byte == '\n' ? OVER : -1;
	default:
		return trailer_next(c, byte);
	}
}

static void take_data(struct chunks *c, struct str *bytes, struct str *data)
{
	size_t n = bytes->len < c->left ? bytes->len : (size_t)c->left;

	*data = (struct str){ bytes->at, n };
	*bytes = str_from(*bytes, n);
	c->left -= n;
	if (c->left == 0)
		c->state = DATA_CR;
}

int chunks_read(struct chunks *c, struct str *bytes, struct str *data, const char **why)
{
	*data = S_NONE;
	while (bytes->len > 0) {
		if (c->state == DATA) {
			take_data(c, bytes, data);
			return PARSE_MORE;
		}
		bool sized = c->state == SIZE_LF;
		c->state = next(c, bytes->at[0]);
		if (c->state < 0 || c->extras > HTTP_HEAD_MAX) {
			*why = "The chunked body is not well-formed.";
			return 400;
		}
		*bytes = str_from(*bytes, 1);
		if (c->state == OVER)
			return PARSE_DONE;
		if (!sized || c->state != DATA)
			continue;
		if (c->left > (uint64_t)HTTP_BODY_MAX - c->total) {
			*why = "The body is too large.";
			return 413;
		}
		c->total += c->left;
	}
	return PARSE_MORE;
}
