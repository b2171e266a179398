/* links.c - GET and POST /links/{token}: who got a mail decides, without a sign-in (B09).
 *
 *     GET    looks, and shows a page that asks. Scanners and previews may fetch it as they like
 *     POST   looks; then the person of the link is the caller, and votes
 *
 * K1  The link is the proof: no cookie or header counts, so a page of strangers has nothing to
 *     ride on. Rights are those of the person, as they are at that moment.
 * K2  Tries with links that are none count as failed logins of the address do. */
#include "api/rest/links.h"

#include "api/auth.h"
#include "api/rest/routes.h"
#include "api/state.h"
#include "base/limits.h"
#include "wire/hash.h"

/* "ja" or "en", the one that is named first. */
static struct str language_of(const struct http_request *r)
{
	struct str said = http_header(r, "Accept-Language");

	while (said.len > 0) {
		struct str one = str_trim(str_cut(&said, ','));
		if (str_starts(one, S("en")))
			return S("en");
		if (str_starts(one, S("ja")))
			return S("ja");
	}
	return S("ja");
}

static struct link_call *open_call(struct api_call *call, const struct rest_in *rest)
{
	struct link_call *l = call->extra = CALL_NEW(call, struct link_call);

	l->language = language_of(rest->request);
	call->c->in = &l->link;
	sha256(rest->args[0], l->link.hash);
	l->off = !call->api->config.decision_links;
	if (l->off)
		call->c->op = &op_rest_local;
	else
		(void)rest_login_address_may_try(call); /* K2 */
	return l;
}

void rest_link_get_parse(struct api_call *call, const struct rest_in *rest)
{
	(void)open_call(call, rest);
}

/* ---- the form */

static void read_form(struct link_call *l, const struct form *form)
{
	struct approval_vote *v = &l->link.vote;
	struct str what = form_get(form, "do"), version = form_get(form, "data_version");

	l->comment = str_trim(form_get(form, "comment"));
	if (!decision_read(what, &v->decision) ||
	    (v->decision != DECISION_APPROVE && v->decision != DECISION_REJECT &&
	     v->decision != DECISION_RETURN) ||
	    !str_i64(version, 1, INT64_MAX, &v->data_version) || str_has_nul(l->comment))
		l->wrong = "FORM";
	else if (l->comment.len > APPROVAL_COMMENT_MAX)
		l->wrong = "TOO_LONG";
	v->comment = l->comment;
}

void rest_link_post_parse(struct api_call *call, const struct rest_in *rest)
{
	struct link_call *l = open_call(call, rest);
	struct form form;
	struct str why;

	l->posts = true;
	if (form_read(call->c->arena, rest->request->body, &form, &why))
		read_form(l, &form);
	else
		l->wrong = "FORM";
}

/* ---- its course */

/* The caller is the person of the link, as far as the engine is concerned. */
static void enter(struct api_call *call, const struct notify_link *link)
{
	struct cmd *c = call->c;
	struct grant scratch;

	must(str_given(link->person) && !str_given(c->caller.session));
	c->caller.principal = link->person;
	c->caller.person = true;
	c->caller.via = arena_printf(c->arena, "mail-link:%lld", (long long)link->notification);
	if (call->api->config.auth)
		c->grant = grant_copy(c->arena,
		                      api_grant_now(call->api, c->reply_to.loop, &c->caller, &scratch));
}

bool rest_link_begin(struct api_call *call)
{
	struct link_call *l = call->extra;

	if (l->off || l->voted)
		return false;
	l->looked = true;
	if (l->link.state != LINK_UNKNOWN)
		rest_login_was_right(call, S_NONE);
	if (!l->posts || l->wrong != NULL || l->link.link.notification == 0 ||
	    l->link.state == LINK_UNKNOWN)
		return false;
	l->voted = true;
	enter(call, &l->link.link);
	call->c->op = &op_approval_link_vote;
	api_go_on(call->api, call->c);
	return true;
}
