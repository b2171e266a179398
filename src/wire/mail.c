/* mail.c - a mail as text. */
#include "wire/mail.h"

#include "base/limits.h"
#include "base/time.h"
#include "wire/hash.h"

enum {
	WORD_BYTES = 45, /* of an encoded word: 60 characters of base64, below 75 in all */
	LINE_BYTES = 57, /* of a line of a body: 76 characters */
	PLAIN_MAX = 60,  /* longer ones are encoded, since encoded words can be folded */
};

/* ---- headers */

bool mail_address_valid(struct str address)
{
	struct str host = address, local = str_cut(&host, '@');

	if (address.len > MAIL_ADDRESS_MAX || local.len == 0 || local.len > 64 || host.len == 0)
		return false;
	if (local.at[0] == '.' || local.at[local.len - 1] == '.' || host.at[0] == '.' ||
	    host.at[0] == '-' || host.at[host.len - 1] == '.' || host.at[host.len - 1] == '-')
		return false;
	for (size_t i = 1; i < address.len; i++)
		if (address.at[i] == '.' && address.at[i - 1] == '.')
			return false;
	return str_alphanumeric(local, ".!#$%&'*+/=?^_`{|}~-") && str_alphanumeric(host, ".-");
}

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] < ' ' || (unsigned char)s.at[i] > '~')
			return false;
	for (size_t i = 0; i + 1 < s.len; i++)
		if (s.at[i] == '=' && s.at[i + 1] == '?')
			return false;
	return s.len <= PLAIN_MAX;
}

/* As many bytes as fit into one word, whole characters. */
static size_t word_len(struct str s)
{
	size_t n = s.len < WORD_BYTES ? s.len : WORD_BYTES;

	while (n > 0 && n < s.len && ((unsigned char)s.at[n] & 0xc0) == 0x80)
		n--;
	return n == 0 ? 1 : n; /* no UTF-8: byte by byte */
}

static void add_word(struct buf *b, struct str s)
{
	char clean[WORD_BYTES];

	for (size_t i = 0; i < s.len; i++)
		clean[i] = (unsigned char)s.at[i] < ' ' || s.at[i] == 0x7f ? ' ' : s.at[i];
	buf_add(b, S("=?UTF-8?B?"));
	base64_write(b, (struct str){ clean, s.len });
	buf_add(b, S("?="));
}

/* Text that people wrote. */
static void add_text(struct buf *b, struct str s, bool phrase)
{
	if (is_plain(s) && (!phrase || str_alphanumeric(s, " ")))
		buf_add(b, s);
	else
		for (size_t n; s.len > 0; s = str_from(s, n)) {
			n = word_len(s);
			add_word(b, (struct str){ s.at, n });
			if (s.len > n)
				buf_add(b, S("\r\n "));
		}
}

static void add_header(struct buf *b, const char *name, struct str value)
{
	must(memchr(value.at, '\n', value.len) == NULL && memchr(value.at, '\r', value.len) == NULL);
	buf_printf(b, "%s: %.*s\r\n", name, S_ARG(value));
}

static void add_date(struct buf *b, int64_t at)
{
	static const char days[] = "ThuFriSatSunMonTueWed",
					  months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct buf iso = { 0 };
	uint64_t month = 1;

	time_rfc3339(&iso, at); /* 2026-11-22T15:37:32.123Z */
	(void)str_u64((struct str){ iso.at + 5, 2 }, 12, &month);
	buf_printf(b, "Date: %.3s, %.2s %.3s %.4s %.8s +0000\r\n", days + at / DAY_MS % 7 * 3,
	           iso.at + 8, months + (month - 1) * 3, iso.at, iso.at + 11);
	buf_free(&iso);
}

static void add_headers(struct buf *b, const struct mail *m)
{
	must(mail_address_valid(m->from) && mail_address_valid(m->to) && m->at >= 0);
	buf_add(b, S("From: "));
	if (m->from_name.len > 0) {
		add_text(b, m->from_name, true);
		buf_add_byte(b, ' ');
	}
	buf_printf(b, "<%.*s>\r\n", S_ARG(m->from));
	buf_printf(b, "To: <%.*s>\r\n", S_ARG(m->to));
	if (m->reply_to.len > 0)
		add_header(b, "Reply-To", m->reply_to);
	buf_add(b, S("Subject: "));
	add_text(b, m->subject, false);
	buf_add(b, S("\r\n"));
	add_date(b, m->at);
	buf_printf(b, "Message-ID: <%.*s>\r\n", S_ARG(m->message_id));
	if (m->thread.len > 0)
		buf_printf(b, "In-Reply-To: <%.*s>\r\nReferences: <%.*s>\r\n", S_ARG(m->thread),
		           S_ARG(m->thread));
	buf_add(b, S("Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n"));
	if (m->unsubscribe.len > 0)
		buf_printf(b, "List-Unsubscribe: <%.*s>\r\n", S_ARG(m->unsubscribe));
	buf_add(b, S("MIME-Version: 1.0\r\n"));
}

/* ---- bodies */

static void add_part(struct buf *b, struct str boundary, const char *type, struct str body)
{
	buf_printf(b, "--%.*s\r\nContent-Type: %s; charset=utf-8\r\n", S_ARG(boundary), type);
	buf_add(b, S("Content-Transfer-Encoding: base64\r\n\r\n"));
	for (size_t at = 0; at < body.len; at += LINE_BYTES) {
		size_t n = body.len - at < LINE_BYTES ? body.len - at : LINE_BYTES;
		base64_write(b, (struct str){ body.at + at, n });
		buf_add(b, S("\r\n"));
	}
}

void mail_write(struct buf *b, const struct mail *m)
{
	uint8_t digest[SHA256_SIZE];
	char boundary[33];

	sha256(m->message_id, digest); /* base64 has no '=_' in it, so it can't occur in a part */
	hex_text(digest, 14, boundary + 2);
	boundary[0] = '=', boundary[1] = '_';
	add_headers(b, m);
	buf_printf(b, "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n", boundary);
	add_part(b, str_of(boundary), "text/plain", m->text);
	add_part(b, str_of(boundary), "text/html", m->html);
	buf_printf(b, "--%s--\r\n", boundary);
}
