/* oidc.h - identity providers (OpenID Connect): what is set, what is known of them, who is on the
 * way to one and back.
 *
 *     browser   GET /v1/login/oidc/{provider}  --302, cookie-->  provider: the person proves who
 *               they are  --302-->  .../callback?code&state  --302, session-->  `next`
 *     behind    discovery, exchange of the code, keys: by http_fetch_fn (egress, its rules)
 *
 * O1  What the way back brings counts only in the browser that went (a sealed cookie), only once,
 *     within OIDC_PENDING_MS, and from the provider that it went to.
 * O2  Nothing of an ID token is believed before its signature, issuer, audience, times and nonce
 *     are (claims.c).
 * O3  Secrets of clients, codes and tokens are in no log, answer or record.
 *
 * Of a provider is kept what it published: for OIDC_KEPT_MS, and not longer than it takes to meet
 * a key that is not among them. Any thread. */
#ifndef RINGI_API_OIDC_OIDC_H
#define RINGI_API_OIDC_OIDC_H

#include "base/arena.h"
#include "wire/json.h"

/* As it was set; lent for the server's life. */
struct oidc_provider {
	struct str name;                     /* in paths: "corp" */
	struct str title;                    /* for people: "Example Corp." */
	struct str issuer;                   /* as the provider writes it, to the byte */
	struct str client_id, client_secret; /* secret absent: a public client, by PKCE alone */
	struct str scope;                    /* "openid email" */
	/* Who may be linked at their first sign-in: nobody (both absent and false); who has the
	 * verified mail address; whose id this claim is. */
	bool link_email;
	struct str link_claim;
	bool private_network; /* it may be in one, or on this machine: then http too */
};

/* Whether a provider may be asked there: https; or http on this machine, where that is allowed. */
bool oidc_url_good(const struct oidc_provider *, struct str url);

struct oidc;
struct oidc *oidc_open(const struct oidc_provider *, int count,
                       void (*chance)(void *to, size_t size));
struct oidc *oidc_close(struct oidc *); /* accepts NULL, returns NULL */
int oidc_count(const struct oidc *);
const struct oidc_provider *oidc_at(const struct oidc *, int);
const struct oidc_provider *oidc_named(const struct oidc *, struct str name); /* NULL: none */

/* ---- what a provider has published (documents.c) */

enum oidc_document { OIDC_DISCOVERY, OIDC_KEYS, OIDC_DOCUMENTS };

/* As text; absent: there is none, or it is too old. */
struct str oidc_kept(struct oidc *, const struct oidc_provider *, enum oidc_document,
                     struct arena *, int64_t now_ms);
void oidc_keep(struct oidc *, const struct oidc_provider *, enum oidc_document, struct str,
               int64_t now_ms);
/* It could not be had. */
void oidc_failed(struct oidc *, const struct oidc_provider *, int64_t now_ms);
/* Whether it is worth asking: it has not failed just now. */
bool oidc_may_ask(struct oidc *, const struct oidc_provider *, int64_t now_ms);

struct oidc_endpoints {
	struct str authorization, token, keys; /* URLs */
	bool basic;       /* the client's secret goes in a header, else in the form */
	bool says_issuer; /* the way back names the issuer (RFC 9207) */
};
/* From a discovery document. False and a sentence. */
bool oidc_endpoints(struct arena *, const struct oidc_provider *, struct str document,
                    struct oidc_endpoints *, struct str *why);

/* ---- who is on the way (pending.c) */

struct oidc_pending {
	struct str state, nonce, verifier, next;
	int64_t ends_at;
};
/* What the cookie holds: only this server, since its start, can read it or has made it. */
struct str oidc_seal(struct oidc *, struct arena *, const struct oidc_provider *,
                     const struct oidc_pending *, const uint8_t *nonce);
bool oidc_unseal(struct oidc *, struct arena *, const struct oidc_provider *, struct str cookie,
                 struct oidc_pending *);
/* Came back; false: not for the first time. */
bool oidc_use(struct oidc *, struct str state);
/* A path on this server, as a Location; absent: it would be none (it begins with one '/'). */
struct str oidc_next(struct arena *, struct str next);

/* ---- the ID token (claims.c) */

struct oidc_identity {
	struct str subject, email, id; /* email: verified, and linking by it is allowed; id: likewise */
};
enum oidc_verdict { OIDC_GOOD, OIDC_NEW_KEY, OIDC_BAD };
struct oidc_proof {
	struct str token, keys; /* the ID token; the provider's keys as it published them */
	struct str nonce;       /* that it must have */
	int64_t now_ms;
};
/* OIDC_NEW_KEY: none of these keys can have signed it. Unless it is good, *why is a sentence. */
enum oidc_verdict oidc_verify(struct arena *, const struct oidc_provider *,
                              const struct oidc_proof *, struct oidc_identity *, struct str *why);

#endif
