/* mail_test.c - mails as text: what people write can't become a header. */
#include "check.h"
#include "wire/hash.h"
#include "wire/mail.h"

static struct buf written(struct str subject, struct str name)
{
	struct buf b = { 0 };

	mail_write(&b, &(struct mail){ .from = S("ringi@example.com"),
	                               .from_name = name,
	                               .to = S("yuki@example.com"),
	                               .subject = subject,
	                               .text = S("text"),
	                               .html = S("<p>html</p>"),
	                               .message_id = S("1@example.com"),
	                               .thread = S("0@example.com"),
	                               .unsubscribe = S("https://example.com/u"),
	                               .at = INT64_C(1795361852123) });
	buf_add_byte(&b, '\0');
	return b;
}

static void has(const struct buf *b, const char *what)
{
	if (strstr(b->at, what) == NULL)
		fail_msg("no %s in:\n%s", what, b->at);
}

static void a_mail_has_its_headers(void **state)
{
	struct buf b = written(S("A chair"), S("ringi"));

	(void)state;
	has(&b, "From: ringi <ringi@example.com>\r\nTo: <yuki@example.com>\r\nSubject: A chair\r\n");
	has(&b, "Date: Sun, 22 Nov 2026 15:37:32 +0000\r\n");
	has(&b, "Message-ID: <1@example.com>\r\nIn-Reply-To: <0@example.com>\r\n");
	has(&b, "Auto-Submitted: auto-generated\r\n");
	has(&b, "List-Unsubscribe: <https://example.com/u>\r\n");
	has(&b, "\r\n\r\ndGV4dA==\r\n");
	has(&b, "\r\n\r\nPHA+aHRtbDwvcD4=\r\n");
	buf_free(&b);
}

static void what_people_write_is_no_header(void **state)
{
	struct buf b = written(S("a chair\r\nBcc: all@example.com\r\n\r\nhello"), S("x\nBcc: y@z"));

	(void)state;
	assert_null(strstr(b.at, "Bcc"));
	has(&b, "Subject: =?UTF-8?B?");
	buf_free(&b);
	b = written(S("=?UTF-8?B?QmNjOg==?="), S("a, b <c@d.e>"));
	has(&b, "Subject: =?UTF-8?B?PT9VVEYtOD9CP1FtTmpPZz09Pz0=?=\r\n");
	assert_null(strstr(b.at, "c@d.e"));
	buf_free(&b);
}

static void long_subjects_are_folded_between_characters(void **state)
{
	struct str subject = S(
		"椅子を一脚購入する件について、承認をお願いします（至急）。金額は十二万円です。");
	struct buf b = written(subject, S("稟議"));
	struct arena *a = arena_open();
	struct buf all = { 0 };

	(void)state;
	const char *at = strstr(b.at, "Subject: ") + 9, *end = strstr(at, "\r\nDate");
	while (at < end) {
		assert_memory_equal(at, "=?UTF-8?B?", 10);
		const char *stop = strstr(at + 10, "?=");
		assert_true(stop - at + 2 <= 75);
		struct str word = base64_read(a, (struct str){ at + 10, (size_t)(stop - at - 10) });
		assert_true(str_utf8(word));
		buf_add(&all, word);
		at = stop + 2 + (stop + 2 < end ? 3 : 0);
	}
	assert_true(str_eq(buf_str(&all), subject));
	buf_free(&all);
	buf_free(&b);
	arena_close(a);
}

static void addresses_are_plain(void **state)
{
	static const char *const good[] = { "a@b", "yuki.sato+x@mail.example.co.jp", "o'neil@e.ie" };
	static const char *const bad[] = {
		"",       "a",          "@b",      "a@",     "a@b@c", "a b@c", "a@b\r\nRCPT TO:<x@y>",
		"<a@b>",  "a@b.",       "\"a\"@b", "a..b@c", ".a@b",  "a@-b",  "a@b,c@d",
		"ゆき@b", "a@[1.2.3.4]"
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(mail_address_valid(str_of(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(mail_address_valid(str_of(bad[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mail_has_its_headers),
		cmocka_unit_test(what_people_write_is_no_header),
		cmocka_unit_test(long_subjects_are_folded_between_characters),
		cmocka_unit_test(addresses_are_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
