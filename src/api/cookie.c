/* cookie.c - sessions in browsers. */
#include "api/cookie.h"

#include "api/browser.h"
#include "api/state.h"
#include "base/limits.h"
#include "domain/outbox/address.h"
#include "wire/hash.h"

#define NAME_TLS "__Host-ringi"
#define NAME_PLAIN "ringi_session"

static bool over_tls(const struct api_call *call)
{
	return call->tls || str_starts(call->api->config.console_origin, S("https://"));
}

static struct str name_of(const struct api_call *call)
{
	return over_tls(call) ? S(NAME_TLS) : S(NAME_PLAIN);
}

static struct str oidc_name(const struct api_call *call)
{
	return over_tls(call) ? S("__Host-ringi-oidc") : S("ringi_oidc");
}

static struct str cookie_named(const struct http_request *r, struct str name)
{
	for (int i = 0; i < r->header_count; i++) {
		struct str rest = r->headers[i].value;
		if (!str_eq_nocase(r->headers[i].name, S("Cookie")))
			continue;
		while (str_given(rest)) {
			struct str value = str_trim(str_cut(&rest, ';')), key = str_cut(&value, '=');
			if (str_eq(key, name) && value.len > 0)
				return value;
		}
	}
	return S_NONE;
}

struct str cookie_token(const struct api_call *call, const struct http_request *r)
{
	return cookie_named(r, name_of(call));
}

struct str cookie_oidc(const struct api_call *call, const struct http_request *r)
{
	return cookie_named(r, oidc_name(call));
}

bool cookie_possible(const struct api_call *call)
{
	struct str host = call->host;

	if (over_tls(call))
		return true;
	if (host.len > 0 && host.at[0] == '[')
		return str_starts(host, S("[::1]"));
	host = str_cut(&host, ':');
	/* Names under localhost are this machine's (RFC 6761). */
	return host_is_loopback_number(host) || str_eq_nocase(host, S("localhost")) ||
	       (host.len > 10 && str_eq_nocase(str_from(host, host.len - 10), S(".localhost")));
}

static void write_named(const struct api_call *call, struct str name, struct str value,
                        int64_t life_ms, struct buf *headers)
{
	buf_printf(headers, "Set-Cookie: %.*s=%.*s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s\r\n",
	           S_ARG(name), S_ARG(value), (long long)(life_ms / SECOND_MS),
	           over_tls(call) ? "; Secure" : "");
}

void cookie_write(const struct api_call *call, struct str token, int64_t life_ms,
                  struct buf *headers)
{
	write_named(call, name_of(call), token, life_ms, headers);
}

void cookie_write_oidc(const struct api_call *call, struct str value, int64_t life_ms,
                       struct buf *headers)
{
	write_named(call, oidc_name(call), value, life_ms, headers);
}

struct str cookie_csrf(struct arena *a, struct str token)
{
	uint8_t hash[SHA256_SIZE];
	char text[CSRF_TEXT + 1];

	sha256(arena_printf(a, "csrf:%.*s", S_ARG(token)), hash);
	hex_text(hash, CSRF_TEXT / 2, text);
	return arena_str(a, (struct str){ text, CSRF_TEXT });
}

static bool is_json(struct str type)
{
	struct str rest = type;

	return str_eq_nocase(str_trim(str_cut(&rest, ';')), S("application/json"));
}

static bool changes(const struct http_request *r)
{
	return r->method != HTTP_GET_ && r->method != HTTP_HEAD_;
}

bool cookie_own_page(struct api_call *call, const struct http_request *r, struct str token)
{
	struct str shown = http_header(r, "X-Ringi-CSRF");

	if (!browser_same_origin(r, call->api->config.console_origin))
		(void)refuse(call->c, REFUSED_FOREIGN_PAGE,
		             "This comes from a web page of another site. --advertise names this "
		             "server if people know it by another name.");
	else if (changes(r) && str_trim(r->body).len > 0 && !is_json(http_header(r, "Content-Type")))
		(void)refuse(call->c, REFUSED_FOREIGN_PAGE,
		             "A change by a person's session must be sent as application/json.");
	else if (changes(r) &&
	         (str_given(token) ? !str_eq_secret(shown, cookie_csrf(call->c->arena, token))
	                           : shown.len == 0))
		(void)refuse(call->c, REFUSED_FOREIGN_PAGE,
		             "A change by a person's session needs the header X-Ringi-CSRF, with the "
		             "value of csrf in the answer to the login or of GET /v1/me.");
	return !cmd_refused(call->c);
}
