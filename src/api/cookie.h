/* cookie.h - the cookie that a person's browser shows: its name, its token, and what tells a
 * request of our own page from one that a foreign page makes the browser send.
 *
 *     __Host-ringi     over TLS (or behind a proxy that speaks it, --advertise https://...)
 *     ringi_session    over plain HTTP, on a loopback address only
 *
 * SameSite=Lax, HttpOnly. A change needs more than the cookie: the header X-Ringi-CSRF with a
 * value that only who has read an answer of ours can know, a page of this origin, and JSON. */
#ifndef RINGI_API_COOKIE_H
#define RINGI_API_COOKIE_H

#include "api/call.h"

enum { CSRF_TEXT = 32 };

/* The token of the session's cookie; absent without one. */
struct str cookie_token(const struct api_call *, const struct http_request *);
/* Is the way to the browser one on which a cookie may travel? */
bool cookie_possible(const struct api_call *);
/* Set-Cookie: with a token and its life; with an absent one the cookie is taken away. */
void cookie_write(const struct api_call *, struct str token, int64_t life_ms, struct buf *headers);
/* The same of the cookie of a sign-in that is on its way to an identity provider and back:
 * __Host-ringi-oidc, ringi_oidc. */
struct str cookie_oidc(const struct api_call *, const struct http_request *);
void cookie_write_oidc(const struct api_call *, struct str value, int64_t life_ms, struct buf *);
/* What X-Ringi-CSRF has to be for a token. */
struct str cookie_csrf(struct arena *, struct str token);
/* May a request with this cookie do what it asks for? Refuses if a foreign page may be
 * behind it. Token absent: one that logs in, and has no cookie yet. */
bool cookie_own_page(struct api_call *, const struct http_request *, struct str token);

#endif
