/* sigv4_fuzz.c - any request as a signed one: never a crash, and never accepted.
 *
 *   make B=build/fuzz CC=clang CXX=clang++ CFLAGS='-O1 -g \
 *        -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=function,vptr' \
 *        build/fuzz/test/fuzz/sigv4_fuzz
 *   build/fuzz/test/fuzz/sigv4_fuzz -max_len=4096 test/fuzz/corpus/sigv4
 *
 * The input is a request: method, target, then one header a line, "name:value".
 * Needs only the objects of base/ and wire/. */
#include "base/err.h"
#include "wire/sigv4.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { HEADERS_MAX = 40 };

static void read_request(struct str text, struct sigv4_request *r, struct sigv4_header *headers)
{
	*r = (struct sigv4_request){ .method = str_cut(&text, '\n'), .headers = headers };
	r->query = str_cut(&text, '\n');
	r->path = str_cut(&r->query, '?');
	while (text.len > 0 && r->header_count < HEADERS_MAX) {
		struct str value = str_cut(&text, '\n'), name = str_cut(&value, ':');
		headers[r->header_count++] = (struct sigv4_header){ name, value };
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	/* A key nobody has signed with: so whatever comes, it is not right. */
	static const uint8_t key[SHA256_SIZE] = { 0x5a, 0x17, 0xc3, 0x88, 0x01 };
	static const char *const services[] = { "sqs", "sns", NULL };
	struct arena *arena = arena_open();
	struct sigv4_header headers[HEADERS_MAX];
	struct sigv4_request r;
	struct sigv4_claim claim;
	struct str why = S_NONE;

	read_request((struct str){ (const char *)bytes, size }, &r, headers);
	if (sigv4_parse(arena, &r, &claim, &why) == SIGV4_OK) {
		struct sigv4_rules rules = { .now_wall_ms = claim.wall_ms, .services = services };
		must(sigv4_verify(arena, &r, &claim, key, &rules, &why) != SIGV4_OK);
	}
	must(str_given(why));
	arena_close(arena);
	return 0;
}
