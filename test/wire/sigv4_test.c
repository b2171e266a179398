/* sigv4_test.c - AWS Signature Version 4: known signatures, and what is refused.
 *
 * Known answers: AWS's published test suite (the get- and post- cases, key AKIDEXAMPLE),
 * the derived key and the ListUsers example of AWS's documentation, and requests signed
 * by botocore 1.29 with its clock set to 2026-11-22T15:37:32Z. */
#include "base/limits.h"
#include "check.h"
#include "wire/sigv4.h"

#define KEY S("AKIDEXAMPLE")
#define SECRET S("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
#define TESTED_AT ((int64_t)1795361852000) /* 20261122T153732Z */
#define HEADERS_MAX 10

static struct arena *arena;
static const char *const services[] = { "sqs", "sns", "service", "iam", NULL };

static int setup(void **state)
{
	(void)state;
	arena = arena_open();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena = arena_close(arena);
	return 0;
}

/* A request and the room for its headers. */
struct call {
	struct sigv4_request r;
	struct sigv4_header headers[HEADERS_MAX];
};

static void add_header(struct call *c, const char *name, const char *value)
{
	c->headers[c->r.header_count++] = (struct sigv4_header){ str_of(name), str_of(value) };
	c->r.headers = c->headers;
}

static void call_init(struct call *c, const char *method, const char *target, const char *body)
{
	*c = (struct call){ .r.method = str_of(method), .r.query = str_of(target) };
	c->r.path = str_cut(&c->r.query, '?');
	sha256(str_of(body), c->r.body_sha256);
}

static struct sigv4_rules rules_at(int64_t now)
{
	return (struct sigv4_rules){ .now_wall_ms = now, .services = services };
}

static enum sigv4_result judge(const struct call *c, struct str secret, int64_t now)
{
	struct sigv4_claim claim;
	struct sigv4_rules rules = rules_at(now);
	uint8_t key[SHA256_SIZE];
	struct str why = S_NONE;
	enum sigv4_result result = sigv4_parse(arena, &c->r, &claim, &why);

	if (result == SIGV4_OK) {
		assert_true(str_eq(claim.access_key, KEY));
		sigv4_derive_key(secret, claim.day, claim.region, claim.service, key);
		result = sigv4_verify(arena, &c->r, &claim, key, &rules, &why);
	}
	assert_int_equal(result != SIGV4_OK, str_given(why));
	return result;
}

/* A request as our client makes it, 64 characters of signature at the end of the header. */
static void signed_call(struct call *c, const char *body)
{
	call_init(c, "POST", "/", body);
	add_header(c, "Host", "127.0.0.1:9324");
	add_header(c, "X-Amz-Date", "20261122T153732Z");
	add_header(c, "X-Amz-Target", "AmazonSQS.SendMessage");
	struct str a = sigv4_sign(arena, &c->r, KEY, SECRET, S("us-east-1"), S("sqs"));
	add_header(c, "Authorization", a.at);
}

static struct str *authorization(struct call *c)
{
	return &c->headers[3].value;
}

/* ---- known answers */

static void the_derived_key_is_that_of_the_documentation(void **state)
{
	uint8_t key[SHA256_SIZE];
	char hex[65];

	(void)state;
	sigv4_derive_key(SECRET, S("20150830"), S("us-east-1"), S("iam"), key);
	hex_text(key, sizeof key, hex);
	assert_string_equal(hex, "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

static struct str signature_of(const char *target)
{
	struct call c;

	call_init(&c, "GET", target, "");
	add_header(&c, "Host", "example.amazonaws.com");
	add_header(&c, "X-Amz-Date", "20150830T123600Z");
	struct str a = sigv4_sign(arena, &c.r, KEY, SECRET, S("us-east-1"), S("sqs"));
	return str_from(a, a.len - 64);
}

/* As forms are read: else the body "a+b" could be made "a b" under way. */
static void a_plus_in_the_query_is_a_space(void **state)
{
	(void)state;
	assert_true(str_eq(signature_of("/?MessageBody=a+b"), signature_of("/?MessageBody=a%20b")));
	assert_false(str_eq(signature_of("/?MessageBody=a+b"), signature_of("/?MessageBody=a%2Bb")));
}

static void check_suite(struct call *c, const char *service, const char *signature)
{
	add_header(c, "X-Amz-Date", "20150830T123600Z");
	struct str a = sigv4_sign(arena, &c->r, KEY, SECRET, S("us-east-1"), str_of(service));
	check_text(str_from(a, a.len - 64), signature);
}

static void the_signatures_of_the_published_suite(void **state)
{
	static const struct {
		const char *method, *target, *signature;
	} cases[] = {
		{ "GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
		{ "GET", "/?Param2=value2&Param1=value1",
		  "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500" },
		{ "GET", "/\xe1\x88\xb4",
		  "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85" },
		{ "GET", "/example space/",
		  "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741" },
		{ "GET", "//example//",
		  "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84" },
		{ "GET", "/example1/example2/../..",
		  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
		{ "GET", "/./", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct call c;
		call_init(&c, cases[i].method, cases[i].target, "");
		add_header(&c, "Host", "example.amazonaws.com");
		check_suite(&c, "service", cases[i].signature);
	}
}

static void the_signature_of_the_documentation(void **state)
{
	struct call c;

	(void)state;
	call_init(&c, "GET", "/?Action=ListUsers&Version=2010-05-08", "");
	add_header(&c, "Host", "iam.amazonaws.com");
	add_header(&c, "Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
	check_suite(&c, "iam", "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

static void repeated_and_spaced_headers_are_joined_as_the_suite_has_it(void **state)
{
	struct call c;

	(void)state;
	call_init(&c, "GET", "/", "");
	add_header(&c, "Host", "example.amazonaws.com");
	add_header(&c, "My-Header1", " value1");
	add_header(&c, "My-Header2", " \"a   b   c\"");
	check_suite(&c, "service", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");

	call_init(&c, "GET", "/", "");
	add_header(&c, "Host", "example.amazonaws.com");
	add_header(&c, "My-Header1", "value2");
	add_header(&c, "My-Header1", "value2");
	add_header(&c, "My-Header1", "value1");
	add_header(&c, "X-Amz-Date", "20150830T123600Z");
	add_header(&c, "Authorization",
	           "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
	           "SignedHeaders=host;my-header1;x-amz-date, "
	           "Signature=c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea");
	assert_int_equal(judge(&c, SECRET, 1440938160000), SIGV4_OK);
}

static void what_botocore_signs_is_accepted(void **state)
{
	struct call c;

	(void)state;
	call_init(&c, "POST", "/", "{\"QueueUrl\":\"u\",\"MessageBody\":\"hi\"}");
	add_header(&c, "Host", "127.0.0.1:9324");
	add_header(&c, "Content-Type", "application/x-amz-json-1.0");
	add_header(&c, "X-Amz-Target", "AmazonSQS.SendMessage");
	add_header(&c, "User-Agent", "x");
	add_header(&c, "X-Amz-Date", "20261122T153732Z");
	add_header(&c, "Authorization",
	           "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/sqs/aws4_request, "
	           "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
	           "Signature=bbaa46848c2be0e88c9a48a7565b4f06e2be4133c8eef18a09a78b7c0c14712f");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_OK);
	assert_int_equal(judge(&c, S("another secret"), TESTED_AT), SIGV4_MISMATCH);
}

static void what_botocore_signs_with_a_token_is_accepted(void **state)
{
	struct call c;
	struct sigv4_claim claim;
	struct str why;

	(void)state;
	call_init(&c, "POST", "/000000000000/q 1", "Action=SendMessage&MessageBody=hi");
	add_header(&c, "Host", "localhost:9324");
	add_header(&c, "Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
	add_header(&c, "X-Amz-Date", "20261122T153732Z");
	add_header(&c, "X-Amz-Security-Token", "tok/en+=");
	add_header(&c, "Authorization",
	           "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/ap-northeast-1/sqs/aws4_request, "
	           "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "
	           "Signature=c99d91d493106e656cc4907f5a5ec8897559b17bdc09bad8081725bb0d9826b2");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_OK);
	assert_int_equal(sigv4_parse(arena, &c.r, &claim, &why), SIGV4_OK);
	check_text(claim.security_token, "tok/en+=");
	check_text(claim.region, "ap-northeast-1");
}

/* ---- presigned, by botocore */

#define PRESIGNED_HEAD \
	"/000000000000/my%20q/?Action=ReceiveMessage&b=x%20y%2Bz%2F%C3%A9&a=" \
	"&X-Amz-Algorithm=AWS4-HMAC-SHA256" \
	"&X-Amz-Credential=AKIDEXAMPLE%2F20261122%2Fus-east-1%2Fsqs%2Faws4_request" \
	"&X-Amz-Date=20261122T153732Z"
#define PRESIGNED_SIGNATURE "a293323c0278360356bd2a68b0f8967697dde28061127f6c1adb8bf5020c0bc7"
#define PRESIGNED \
	PRESIGNED_HEAD "&X-Amz-Expires=600&X-Amz-SignedHeaders=host" \
				   "&X-Amz-Signature=" PRESIGNED_SIGNATURE

static enum sigv4_result judge_presigned(const char *target, const char *body, int64_t now)
{
	struct call c;

	call_init(&c, "GET", target, body);
	add_header(&c, "host", "localhost:9324");
	return judge(&c, SECRET, now);
}

static void a_presigned_query_is_accepted_until_it_expires(void **state)
{
	(void)state;
	assert_int_equal(judge_presigned(PRESIGNED, "", TESTED_AT), SIGV4_OK);
	assert_int_equal(judge_presigned(PRESIGNED, "", TESTED_AT + 600 * 1000), SIGV4_OK);
	assert_int_equal(judge_presigned(PRESIGNED, "", TESTED_AT + 600 * 1000 + 1), SIGV4_EXPIRED);
	assert_int_equal(judge_presigned(PRESIGNED, "", TESTED_AT - SIGNATURE_SKEW_MS), SIGV4_OK);
	assert_int_equal(judge_presigned(PRESIGNED, "", TESTED_AT - SIGNATURE_SKEW_MS - 1),
	                 SIGV4_EXPIRED);
	assert_int_equal(judge_presigned(PRESIGNED, "a body", TESTED_AT), SIGV4_MISMATCH);
	assert_int_equal(judge_presigned(PRESIGNED "&c=1", "", TESTED_AT), SIGV4_MISMATCH);
}

static void a_presigned_query_must_be_whole(void **state)
{
	static const char *const bad[] = {
		PRESIGNED_HEAD "&X-Amz-SignedHeaders=host&X-Amz-Signature=" PRESIGNED_SIGNATURE,
		PRESIGNED_HEAD "&X-Amz-Expires=600&X-Amz-Signature=" PRESIGNED_SIGNATURE,
		PRESIGNED_HEAD "&X-Amz-Expires=600&X-Amz-SignedHeaders=host",
		PRESIGNED_HEAD "&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Signature=12",
		PRESIGNED_HEAD
		"&X-Amz-Expires=0&X-Amz-SignedHeaders=host&X-Amz-Signature=" PRESIGNED_SIGNATURE,
		PRESIGNED_HEAD
		"&X-Amz-Expires=604801&X-Amz-SignedHeaders=host&X-Amz-Signature=" PRESIGNED_SIGNATURE,
		PRESIGNED "&X-Amz-Expires=600",
		PRESIGNED "&X-Amz-Signature=" PRESIGNED_SIGNATURE,
		PRESIGNED "&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD",
		PRESIGNED "&x-amz-credential=AKIDOTHER",
		"/?X-Amz-Signature=%zz",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(judge_presigned(bad[i], "", TESTED_AT), SIGV4_INCOMPLETE);
	assert_int_equal(judge_presigned(PRESIGNED "&c=%zz", "", TESTED_AT), SIGV4_MISMATCH);
}

static void a_presigned_query_signs_the_target_that_is_sent(void **state)
{
	struct call c;

	(void)state;
	call_init(&c, "POST",
	          "/?a=1&X-Amz-Algorithm=AWS4-HMAC-SHA256"
	          "&X-Amz-Credential=AKIDEXAMPLE%2F20261122%2Fus-east-1%2Fsqs%2Faws4_request"
	          "&X-Amz-Date=20261122T153732Z&X-Amz-Expires=600"
	          "&X-Amz-SignedHeaders=host%3Bx-amz-target&X-Amz-Security-Token=tok%2Fen%2B%3D"
	          "&X-Amz-Signature=0fe5ec4405756fe898ec8fc0e3b640fa2bc054badc88e2c6fdac4d28ce13a942",
	          "");
	add_header(&c, "host", "localhost:9324");
	add_header(&c, "x-amz-target", "AmazonSQS.ListQueues");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_OK);
	c.headers[1].value = S("AmazonSQS.PurgeQueue");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_MISMATCH);
	call_init(&c, "GET", PRESIGNED, "");
	add_header(&c, "host", "localhost:9324");
	add_header(&c, "x-amz-target", "AmazonSQS.PurgeQueue");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_UNSIGNED);
}

/* ---- what is refused */

static void our_own_signature_is_accepted_and_nothing_else(void **state)
{
	struct call c;

	(void)state;
	signed_call(&c, "body");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_OK);
	sha256(S("b0dy"), c.r.body_sha256);
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_MISMATCH);
	signed_call(&c, "");
	c.r.method = S("PUT");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_MISMATCH);
	signed_call(&c, "");
	c.r.path = S("/000000000000/q");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_MISMATCH);
	signed_call(&c, "");
	c.r.query = S("a=1");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_MISMATCH);
	signed_call(&c, "");
	c.headers[0].value = S("elsewhere");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_MISMATCH);
	signed_call(&c, "");
	c.headers[2].value = S("AmazonSQS.PurgeQueue");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_MISMATCH);
}

static void any_flipped_digit_of_the_signature_is_refused(void **state)
{
	struct call c;

	(void)state;
	signed_call(&c, "");
	char *copy = (char *)arena_str(arena, *authorization(&c)).at;
	*authorization(&c) = str_of(copy);
	for (size_t i = c.headers[3].value.len - 64; i < c.headers[3].value.len; i++) {
		char before = copy[i];
		copy[i] = before == '0' ? '1' : '0';
		assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_MISMATCH);
		copy[i] = before;
	}
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_OK);
}

static void the_clock_may_differ_by_a_quarter_of_an_hour(void **state)
{
	struct call c;

	(void)state;
	signed_call(&c, "");
	assert_int_equal(judge(&c, SECRET, TESTED_AT + SIGNATURE_SKEW_MS), SIGV4_OK);
	assert_int_equal(judge(&c, SECRET, TESTED_AT - SIGNATURE_SKEW_MS), SIGV4_OK);
	assert_int_equal(judge(&c, SECRET, TESTED_AT + SIGNATURE_SKEW_MS + 1), SIGV4_EXPIRED);
	assert_int_equal(judge(&c, SECRET, TESTED_AT - SIGNATURE_SKEW_MS - 1), SIGV4_EXPIRED);
}

#define CREDENTIAL "Credential=AKIDEXAMPLE/20261122/us-east-1/sqs/aws4_request"
#define SIGNED "SignedHeaders=host;x-amz-date;x-amz-target"
#define SIGNATURE "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
#define ALG "AWS4-HMAC-SHA256 "

static void a_header_with_a_part_missing_or_broken_is_incomplete(void **state)
{
	static const char *const bad[] = {
		ALG,
		"AWS4-HMAC-SHA256",
		ALG CREDENTIAL,
		ALG CREDENTIAL ", " SIGNED,
		ALG SIGNED ", " SIGNATURE,
		ALG CREDENTIAL ", " SIGNATURE,
		ALG CREDENTIAL ", " CREDENTIAL ", " SIGNED ", " SIGNATURE,
		ALG CREDENTIAL ", " SIGNED ", " SIGNATURE ", " SIGNATURE,
		ALG CREDENTIAL ", " SIGNED ", " SIGNATURE ", Other=1",
		ALG CREDENTIAL ", " SIGNED ", " SIGNATURE ",",
		"AWS4-ECDSA-P256-SHA256 " CREDENTIAL ", " SIGNED ", " SIGNATURE,
		"AWS AKID:signature",
		ALG "Credential=AKID/20261122/us-east-1/sqs, " SIGNED ", " SIGNATURE,
		ALG "Credential=/20261122/us-east-1/sqs/aws4_request, " SIGNED ", " SIGNATURE,
		ALG "Credential=AKID/20261122/us-east-1//aws4_request, " SIGNED ", " SIGNATURE,
		ALG "Credential=AKID/2026112/us-east-1/sqs/aws4_request, " SIGNED ", " SIGNATURE,
		ALG "Credential=AKID/20261122/us-east-1/sqs/aws5_request, " SIGNED ", " SIGNATURE,
		ALG CREDENTIAL ", SignedHeaders=, " SIGNATURE,
		ALG CREDENTIAL ", SignedHeaders=host;, " SIGNATURE,
		ALG CREDENTIAL ", SignedHeaders=Host;x-amz-date, " SIGNATURE,
		ALG CREDENTIAL ", SignedHeaders=x-amz-date;host, " SIGNATURE,
		ALG CREDENTIAL ", SignedHeaders=host;host, " SIGNATURE,
		ALG CREDENTIAL ", " SIGNED ", Signature=5fa0",
		ALG CREDENTIAL ", " SIGNED ", " SIGNATURE "0",
	};
	struct call c;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		signed_call(&c, "");
		*authorization(&c) = str_of(bad[i]);
		assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_INCOMPLETE);
	}
	signed_call(&c, "");
	*authorization(&c) = S(ALG CREDENTIAL "," SIGNED "," SIGNATURE); /* without spaces: whole */
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_MISMATCH);
}

static void no_credential_is_none_and_two_are_refused(void **state)
{
	struct call c;

	(void)state;
	signed_call(&c, "");
	c.r.header_count--;
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_NONE);
	add_header(&c, "Authorization", "Bearer abc");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_NONE);
	signed_call(&c, "");
	add_header(&c, "authorization", "Bearer abc");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_INCOMPLETE);
	signed_call(&c, "");
	c.r.query = S("X-Amz-Signature=1");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_INCOMPLETE);
}

static void what_must_be_signed_is_signed(void **state)
{
	struct call c;

	(void)state;
	signed_call(&c, "");
	add_header(&c, "X-Amz-Other", "1");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_UNSIGNED);
	signed_call(&c, "");
	add_header(&c, "X-Amzn-Trace-Id", "1"); /* a proxy's */
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_OK);
	signed_call(&c, "");
	add_header(&c, "HOST", "b");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_INCOMPLETE);
	signed_call(&c, "");
	add_header(&c, "x-amz-target", "AmazonSQS.PurgeQueue");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_INCOMPLETE);
	signed_call(&c, "");
	*authorization(&c) = S(ALG CREDENTIAL ", SignedHeaders=host;x-amz-date, " SIGNATURE);
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_UNSIGNED);
	*authorization(&c) = S(ALG CREDENTIAL ", SignedHeaders=x-amz-date;x-amz-target, " SIGNATURE);
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_UNSIGNED);
	*authorization(&c) = S(ALG CREDENTIAL
	                       ", SignedHeaders=gone;host;x-amz-date;x-amz-target, " SIGNATURE);
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_MISMATCH);
}

static void the_body_hash_is_ours(void **state)
{
	struct call c;

	(void)state;
	signed_call(&c, "");
	add_header(&c, "x-amz-content-sha256",
	           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_OK);
	c.headers[4].value = S("UNSIGNED-PAYLOAD");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_UNSIGNED);
	c.headers[4].value = S("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_UNSIGNED);
	c.headers[4].value = S("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_MISMATCH);
}

static void the_scope_is_of_this_day_place_and_service(void **state)
{
	struct call c;
	struct sigv4_claim claim;
	struct str why = S_NONE;
	struct sigv4_rules rules = rules_at(TESTED_AT);
	uint8_t key[SHA256_SIZE] = { 0 };

	(void)state;
	signed_call(&c, "");
	assert_int_equal(sigv4_parse(arena, &c.r, &claim, &why), SIGV4_OK);
	rules.region = S("eu-west-1");
	assert_int_equal(sigv4_verify(arena, &c.r, &claim, key, &rules, &why), SIGV4_SCOPE);
	check_text(why, "The credential is for the region 'us-east-1', not 'eu-west-1'.");
	rules.region = S("us-east-1");
	assert_int_equal(sigv4_verify(arena, &c.r, &claim, key, &rules, &why), SIGV4_MISMATCH);
	rules.services = (const char *const[]){ "sns", NULL };
	assert_int_equal(sigv4_verify(arena, &c.r, &claim, key, &rules, &why), SIGV4_SCOPE);
	*authorization(&c) = S(ALG "Credential=AKIDEXAMPLE/20261121/us-east-1/sqs/aws4_request, " SIGNED
	                           ", " SIGNATURE);
	assert_int_equal(judge(&c, SECRET, TESTED_AT), SIGV4_SCOPE);
}

static void dates_are_written_as_the_header_wants_them(void **state)
{
	char text[17];

	(void)state;
	sigv4_date(TESTED_AT + 999, text);
	assert_string_equal(text, "20261122T153732Z");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_derived_key_is_that_of_the_documentation),
		TEST(the_signatures_of_the_published_suite),
		TEST(the_signature_of_the_documentation),
		TEST(repeated_and_spaced_headers_are_joined_as_the_suite_has_it),
		TEST(what_botocore_signs_is_accepted),
		TEST(what_botocore_signs_with_a_token_is_accepted),
		TEST(a_presigned_query_is_accepted_until_it_expires),
		TEST(a_presigned_query_must_be_whole),
		TEST(a_plus_in_the_query_is_a_space),
		TEST(a_presigned_query_signs_the_target_that_is_sent),
		TEST(our_own_signature_is_accepted_and_nothing_else),
		TEST(any_flipped_digit_of_the_signature_is_refused),
		TEST(the_clock_may_differ_by_a_quarter_of_an_hour),
		TEST(a_header_with_a_part_missing_or_broken_is_incomplete),
		TEST(no_credential_is_none_and_two_are_refused),
		TEST(what_must_be_signed_is_signed),
		TEST(the_body_hash_is_ours),
		TEST(the_scope_is_of_this_day_place_and_service),
		TEST(dates_are_written_as_the_header_wants_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
