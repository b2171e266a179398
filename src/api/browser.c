/* browser.c - tells requests of foreign web pages from those of programs.
 *
 * B1  A page of another site is told by Sec-Fetch-Site, and by Origin where a browser does not
 *     send that. Programs send neither.
 * B2  A page that has had its name pointed here (DNS rebinding) is told by that name: it must
 *     be one of the public DNS. Names without a dot and the endings below are in nobody's hand
 *     but the machine's or the local network's. */
#include "api/browser.h"

static bool same_origin(const struct http_request *r, struct str host)
{
	struct str site = http_header(r, "Sec-Fetch-Site"), origin = http_header(r, "Origin");

	if (str_given(site) && !str_is(site, "same-origin") && !str_is(site, "none"))
		return false;
	if (!str_given(origin))
		return true;
	struct str scheme = r->tls ? S("https://") : S("http://");
	return str_starts(origin, scheme) && str_eq_nocase(str_from(origin, scheme.len), host);
}

bool browser_same_origin(const struct http_request *r, struct str own)
{
	struct str site = http_header(r, "Sec-Fetch-Site"), origin = http_header(r, "Origin");

	if (str_given(own) && str_eq_nocase(origin, own)) /* behind a proxy */
		return !str_given(site) || str_is(site, "same-origin");
	return same_origin(r, http_header(r, "Host"));
}

/* Without the port. */
static struct str name_of(struct str host)
{
	if (host.len > 0 && host.at[0] == '[')
		return host;
	return str_cut(&host, ':');
}

static bool ends_nocase(struct str s, struct str end)
{
	return s.len > end.len && str_eq_nocase(str_from(s, s.len - end.len), end);
}

static bool is_address(struct str name)
{
	if (name.len > 0 && name.at[0] == '[')
		return true;
	for (size_t i = 0; i < name.len; i++)
		if ((name.at[i] < '0' || name.at[i] > '9') && name.at[i] != '.')
			return false;
	return true;
}

static bool is_local_name(struct str name)
{
	return is_address(name) || memchr(name.at, '.', name.len) == NULL ||
	       ends_nocase(name, S(".localhost")) || ends_nocase(name, S(".local")) ||
	       ends_nocase(name, S(".internal")) || ends_nocase(name, S(".test"));
}

bool browser_foreign(const struct http_request *r, struct str own)
{
	struct str host = http_header(r, "Host");

	if (!same_origin(r, host))
		return true;
	(void)str_cut(&own, '/');
	(void)str_cut(&own, '/');
	return host.len > 0 && !is_local_name(name_of(host)) &&
	       !(str_given(own) && str_eq_nocase(name_of(host), name_of(own)));
}
