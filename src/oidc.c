/* oidc.c - see oidc.h. One provider by options, several by a file:
 *
 *     {"providers": [{"name": "corp", "title": "Example Corp.", "issuer": "https://id.example.com",
 *       "client_id": "ringi", "client_secret_file": "corp.secret", "scope": "openid email",
 *       "link": "email", "private_network": false}]}
 *
 * The secret of a client is in a file of its own, beside this one unless its path is absolute;
 * of the one provider of options it is an option as other secrets are. */
#include "oidc.h"

#include "api/oidc/oidc.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "os/os.h"

enum { SECRET_FILE_MAX = 4096 };

/* Whose settings a sentence is about. */
struct reading {
	struct arena *arena;
	const char *where; /* "--oidc-file corp.json, provider 2" */
};

static bool wrong(const struct reading *r, const char *sentence)
{
	return cli_fail(CLI_WRONG, "%s: %s", r->where, sentence) == CLI_DONE;
}

/* ---- one provider */

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.at[i] >= 'a' && s.at[i] <= 'z') && !(s.at[i] >= '0' && s.at[i] <= '9') &&
		    s.at[i] != '-')
			return false;
	return s.len > 0 && s.len <= OIDC_NAME_MAX;
}

/* Words of a scope, names of claims: printable, and nothing that ends a string somewhere. */
static bool is_plain(struct str s, bool spaces)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < ' ' || s.at[i] > '~' || s.at[i] == '"' || s.at[i] == '\\' ||
		    (s.at[i] == ' ' && !spaces))
			return false;
	return s.len > 0 && s.len <= OIDC_TEXT_MAX;
}

static bool has_word(struct str words, const char *word)
{
	while (str_given(words))
		if (str_is(str_cut(&words, ' '), word))
			return true;
	return false;
}

/* "email", "id:CLAIM", or nothing. */
static bool read_link(const struct reading *r, struct str link, struct oidc_provider *p)
{
	if (str_starts(link, S("id:")) && is_plain(str_from(link, 3), false))
		p->link_claim = str_from(link, 3);
	else if (str_is(link, "email"))
		p->link_email = true;
	else if (link.len > 0)
		return wrong(r, "link is email (a verified mail address is that of one person) or "
		                "id:CLAIM (a claim is a person's id).");
	return true;
}

static bool check(const struct reading *r, struct oidc_provider *p, struct str link)
{
	if (!is_name(p->name))
		return wrong(r, "name has 1 to 32 of a-z, 0-9 and -.");
	if (!oidc_url_good(p, p->issuer) || memchr(p->issuer.at, '?', p->issuer.len) != NULL)
		return wrong(r, "issuer is an https:// URL without user, query and fragment, as the "
		                "provider writes it; http:// only on a loopback address, with "
		                "private_network.");
	if (!is_plain(p->client_id, true))
		return wrong(r, "client_id is missing, or has odd characters.");
	if (!str_given(p->title))
		p->title = p->name;
	if (p->title.len == 0 || p->title.len > OIDC_TEXT_MAX || !str_utf8(p->title))
		return wrong(r, "title is a short text.");
	if (!str_given(p->scope))
		p->scope = S("openid email");
	if (!is_plain(p->scope, true) || !has_word(p->scope, "openid"))
		return wrong(r, "scope has the word openid.");
	return read_link(r, link, p);
}

/* ---- the options */

static bool by_options(struct arena *a, const struct options *o, struct oidc_provider *p)
{
	struct reading r = { a, "--oidc-issuer and the options with it" };

	*p = (struct oidc_provider){
		.name = str_of(option_text(o, "oidc-name")),
		.title = str_of(option_text(o, "oidc-title")),
		.issuer = str_of(option_text(o, "oidc-issuer")),
		.client_id = str_of(option_text(o, "oidc-client-id")),
		.client_secret = str_of(option_text(o, "oidc-client-secret")),
		.private_network = option_on(o, "oidc-private-network"),
	};
	return check(&r, p, str_of(option_text(o, "oidc-link")));
}

/* ---- the file */

static bool known_members(const struct reading *r, const struct json *one)
{
	static const char *const names[] = {
		"name",  "title", "issuer",         "client_id", "client_secret_file",
		"scope", "link",  "private_network"
	};

	JSON_EACH (one, v) {
		bool known = false, flag = str_is(v->key, "private_network");
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			known = known || str_is(v->key, names[i]);
		if (!known ||
		    (flag ? v->kind != JSON_TRUE && v->kind != JSON_FALSE : v->kind != JSON_STRING))
			return wrong(r, arena_printf(r->arena, "there is no such member, or not so: %.*s.",
			                             S_ARG(v->key))
			                    .at);
	}
	return true;
}

static bool read_secret(const struct reading *r, const char *beside, struct str file,
                        struct oidc_provider *p)
{
	struct str folder = str_of(beside), text = S_NONE;

	if (!str_given(file))
		return true;
	while (folder.len > 0 && folder.at[folder.len - 1] != '/')
		folder.len--;
	if (str_starts(file, S("/")))
		folder.len = 0;
	const char *path = arena_printf(r->arena, "%.*s%.*s", S_ARG(folder), S_ARG(file)).at;
	if (os_file_read(r->arena, path, SECRET_FILE_MAX, &text) == OK && str_given(text))
		p->client_secret = str_trim(str_cut(&text, '\n'));
	if (str_ends(p->client_secret, S("\r")))
		p->client_secret.len--;
	return p->client_secret.len > 0 ||
	       wrong(r, "client_secret_file cannot be read, or its first line is empty.");
}

static bool by_member(const struct reading *r, const char *file, const struct json *one,
                      struct oidc_provider *p)
{
	if (!json_is(one, JSON_OBJECT))
		return wrong(r, "a provider is an object.");
	*p = (struct oidc_provider){
		.name = json_get_text(one, "name"),
		.title = json_get_text(one, "title"),
		.issuer = json_get_text(one, "issuer"),
		.client_id = json_get_text(one, "client_id"),
		.scope = json_get_text(one, "scope"),
		.private_network = json_is(json_get(one, "private_network"), JSON_TRUE),
	};
	return known_members(r, one) && check(r, p, json_get_text(one, "link")) &&
	       read_secret(r, file, json_get_text(one, "client_secret_file"), p);
}

static bool by_file(struct arena *a, const char *file, struct oidc_provider *to, int *count)
{
	struct reading r = { a, arena_printf(a, "--oidc-file %s", file).at };
	struct str text, why = S_NONE;

	if (os_file_read(a, file, OIDC_FILE_MAX, &text) != OK || !str_given(text))
		return wrong(&r, "it cannot be read.");
	const struct json *list = json_get(json_read(a, text, &why), "providers");
	if (!json_is(list, JSON_ARRAY))
		return wrong(&r, "it is not {\"providers\": [...]} in JSON.");
	JSON_EACH (list, one) {
		if (*count == OIDC_PROVIDERS_MAX)
			return wrong(&r,
			             arena_printf(a, "there are at most %d providers.", OIDC_PROVIDERS_MAX).at);
		r.where = arena_printf(a, "--oidc-file %s, provider %d", file, *count + 1).at;
		if (!by_member(&r, file, one, &to[(*count)++]))
			return false;
	}
	return true;
}

/* ---- all */

/* An account is linked to an issuer: two providers of one issuer would be one. */
static bool all_differ(struct arena *a, const struct oidc_provider *all, int count)
{
	struct reading r = { a, "--oidc-file" };

	for (int i = 0; i < count; i++)
		for (int k = 0; k < i; k++)
			if (str_eq(all[i].name, all[k].name) || str_eq(all[i].issuer, all[k].issuer))
				return wrong(&r, "two providers have the same name or issuer.");
	return true;
}

bool oidc_options(struct arena *a, const struct options *o, struct server_options *to)
{
	struct oidc_provider *all = ARENA_ARRAY(a, struct oidc_provider, OIDC_PROVIDERS_MAX);
	const char *file = option_text(o, "oidc-file");
	int count = 0;

	if (option_text(o, "oidc-issuer") != NULL) {
		if (!by_options(a, o, &all[count++]))
			return false;
	} else if (option_text(o, "oidc-client-id") != NULL) {
		return cli_fail(CLI_WRONG, "--oidc-client-id needs --oidc-issuer.") == CLI_DONE;
	}
	if (file != NULL && !by_file(a, file, all, &count))
		return false;
	to->oidc = all;
	to->oidc_count = count;
	return all_differ(a, all, count);
}
