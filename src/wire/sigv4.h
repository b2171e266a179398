/* sigv4.h - AWS Signature Version 4: who sent this request, and is it whole?
 *
 *     sigv4_parse    what the request claims: access key, date, scope, signed headers
 *     (the caller looks the secret up, or takes any key when there is none, so that
 *     an unknown key costs the same work)
 *     sigv4_verify   whether the claim is true
 *
 * Both forms: the Authorization header and the presigned query. Rules:
 *
 * V1  `host` and every x-amz-* header sent are signed, and in the header form
 *     `x-amz-date` is there. (x-amz-content-sha256 may be unsigned: it is compared.)
 * V2  The hash of the body is the caller's computation. A x-amz-content-sha256 that
 *     differs is refused, UNSIGNED-PAYLOAD and STREAMING-* with it.
 * V3  One credential in one place: a second Authorization, or one besides a presigned
 *     query, is refused; so are repeated host and x-amz-* headers.
 * V4  The day of the scope is the day of the request.
 * V5  Signatures are compared in constant time, as 32 bytes.
 *
 * There is no protection from replay within the time allowed. Pure: the time is an
 * argument. Results other than SIGV4_OK come with a sentence in `why`. */
#ifndef RINGI_WIRE_SIGV4_H
#define RINGI_WIRE_SIGV4_H

#include "base/arena.h"
#include "base/str.h"
#include "wire/hash.h"

enum sigv4_result {
	SIGV4_OK,
	SIGV4_NONE,       /* no AWS credential at all: perhaps another kind       */
	SIGV4_INCOMPLETE, /* a part is missing or broken (AWS: IncompleteSignature) */
	SIGV4_UNSIGNED,   /* something that must be signed is not (V1, V2)        */
	SIGV4_SCOPE,      /* another region, service or day (V4)                  */
	SIGV4_EXPIRED,    /* too old, too new, or its X-Amz-Expires has passed    */
	SIGV4_MISMATCH,   /* the signature or the body hash is wrong              */
};

enum {
	SIGV4_EXPIRES_MAX_S = 604800, /* of a presigned request */
	SIGV4_HEADERS_MAX = 128,      /* signed headers         */
	SIGV4_PARAMS_MAX = 512,       /* of the query           */
};

struct sigv4_header {
	struct str name, value; /* any case; as received */
};

struct sigv4_request {
	struct str method;
	struct str path;  /* as sent, percent escapes and all; before '?' */
	struct str query; /* as sent; behind '?', may be absent           */
	const struct sigv4_header *headers;
	int header_count;
	uint8_t body_sha256[SHA256_SIZE]; /* of the body that arrived */
};

/* What a request claims. Views into the request or the arena. */
struct sigv4_claim {
	bool presigned;
	struct str access_key;
	struct str day, region, service; /* of the scope: 20261122          */
	struct str amz_date;             /* 20261122T153732Z                */
	int64_t wall_ms;                 /* the same                        */
	int64_t expires_s;               /* presigned only                  */
	struct str signed_headers;       /* a;b;c, lower case, ascending    */
	struct str security_token;       /* absent if none; not judged here */
	uint8_t signature[SHA256_SIZE];
};

enum sigv4_result sigv4_parse(struct arena *, const struct sigv4_request *, struct sigv4_claim *,
                              struct str *why) MUST_USE;

struct sigv4_rules {
	int64_t now_wall_ms;
	struct str region;           /* absent: any                  */
	const char *const *services; /* allowed names, NULL at the end */
};

/* `key` is sigv4_derive_key of the secret and the claim's day, region and service. */
enum sigv4_result sigv4_verify(struct arena *, const struct sigv4_request *,
                               const struct sigv4_claim *, const uint8_t key[SHA256_SIZE],
                               const struct sigv4_rules *, struct str *why) MUST_USE;

/* Four HMACs: worth keeping for the day. */
void sigv4_derive_key(struct str secret, struct str day, struct str region, struct str service,
                      uint8_t key[SHA256_SIZE]);

/* For clients: the value of the Authorization header. Signs all headers of the
 * request, among which host and x-amz-date must be; they may not repeat. */
struct str sigv4_sign(struct arena *, const struct sigv4_request *, struct str access_key,
                      struct str secret, struct str region, struct str service);

/* 20261122T153732Z and a NUL: what goes into x-amz-date. */
void sigv4_date(int64_t wall_ms, char text[17]);

#endif
