/* approval_vote.c - decisions: votes, one or many, and what applicants and operators do.
 *
 * A decision's request_id and its Idempotency-Key are one thing, and are answered for ever by
 * the operation itself, not by the table of the other keys. */
#include "api/rest/approval.h"
#include "base/limits.h"
#include "wire/hash.h"

/* ---- who asks for it again */

static void check_key(struct api_call *call, struct str key)
{
	for (size_t i = 0; i < key.len; i++)
		if (key.at[i] <= ' ' || key.at[i] > '~')
			key.len = 0;
	if (key.len == 0 || key.len > IDEMPOTENCY_KEY_MAX)
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "request_id",
		                   "A request id has 1 to %d visible ASCII characters.",
		                   IDEMPOTENCY_KEY_MAX);
}

/* What is asked, without the names under which it is: two spellings of it are the same. */
static void hash(struct api_call *call, const char *what, const struct uuid *id,
                 const struct json *body, uint8_t digest[SHA256_SIZE])
{
	struct json *asked = json_new(call->c->arena, JSON_OBJECT);
	struct buf text = { 0 };
	char uuid[37];

	JSON_EACH (body, v) {
		if (str_is(v->key, "request_id") || str_is(v->key, "id") || v->kind == JSON_NULL)
			continue;
		json_add(asked, v->key, json_share(call->c->arena, v));
	}
	uuid_text(*id, uuid);
	buf_printf(&text, "%s %s ", what, uuid);
	json_write(&text, asked);
	sha256(buf_str(&text), digest);
	buf_free(&text);
}

void rest_approval_item(struct api_call *call, const char *what, const struct json *item,
                        struct approval_request *of)
{
	of->request = param_text(call, item, "request_id");
	if (!str_given(of->request))
		return;
	check_key(call, of->request);
	hash(call, what, &of->id, item, of->hash);
}

void rest_approval_request(struct api_call *call, const struct rest_in *rest, const char *what,
                           const struct json *body, struct approval_request *of)
{
	struct str key = http_header(rest->request, "Idempotency-Key");
	struct str id = param_text(call, body, "request_id");

	of->id = rest_approval_id(call, rest->args[0]);
	if (str_given(key) && str_given(id) && !str_eq(key, id))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "request_id",
		                   "request_id and the header Idempotency-Key are the same thing: give one "
		                   "of them.");
	of->request = str_given(id) ? id : key;
	if (!str_given(of->request))
		return;
	check_key(call, of->request);
	hash(call, what, &of->id, body, of->hash);
}

/* ---- votes */

#define VOTE_NAMES "do for comment data_version slot request_id"

static void read_vote(struct api_call *call, const struct json *v, struct approval_vote *in)
{
	struct str what = param_text_needed(call, v, "do");

	if (what.len > 0 && !decision_read(what, &in->decision))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "do",
		                   "do must be approve, reject, abstain, return or retract, not %.*s.",
		                   (int)(what.len > 64 ? 64 : what.len), what.at);
	in->behalf = rest_short(call, v, "for", PERSON_ID_MAX);
	in->comment = rest_short(call, v, "comment", APPROVAL_COMMENT_MAX);
	in->data_version = rest_bounded(call, v, "data_version", 1, INT64_MAX, 0);
	in->slot_given = rest_bounded(call, v, "slot", 1, APPROVAL_SLOTS_MAX, 0);
}

void rest_approval_vote_parse(struct api_call *call, const struct rest_in *rest)
{
	struct approval_vote *in = CALL_NEW(call, struct approval_vote);

	call->c->in = in;
	if (!rest_only(call, rest->body, VOTE_NAMES))
		return;
	rest_approval_request(call, rest, "vote", rest->body, &in->of);
	read_vote(call, rest->body, in);
}

bool rest_approval_vote_begin(struct api_call *call)
{
	const struct approval_vote *in = call->c->in;

	if (in->of.refused.why != REFUSED_NONE)
		(void)refuse_as(call->c, in->of.refused);
	return false;
}

static void members(struct out *o, const struct approval_request *of)
{
	struct arena *scratch = arena_open();
	struct str why;

	out_text(o, S("outcome"), of->same ? S("same") : S("ok"));
	JSON_EACH (json_read(scratch, of->answer, &why), v) {
		struct buf b = { 0 };
		json_write(&b, v);
		out_json(o, v->key, buf_str(&b));
		buf_free(&b);
	}
	arena_close(scratch);
}

void rest_approval_vote_render(const struct api_call *call, struct out *o)
{
	const struct approval_vote *in = call->c->in;

	members(o, &in->of);
}

/* ---- many */

void rest_approval_votes_parse(struct api_call *call, const struct rest_in *rest)
{
	struct approval_votes *in = CALL_NEW(call, struct approval_votes);
	const struct json *list = param_list(call, rest->body, "votes");
	uint32_t n = list == NULL ? 0 : list->count;

	call->c->in = in;
	if (!rest_only(call, rest->body, "votes"))
		return;
	if (n == 0 || n > APPROVAL_BULK_MAX) {
		(void)refuse(call->c, n == 0 ? REFUSED_EMPTY_BATCH : REFUSED_TOO_MANY_ENTRIES,
		             "votes must have 1 to %d entries.", APPROVAL_BULK_MAX);
		return;
	}
	in->votes = CALL_ARRAY(call, struct approval_vote, n);
	JSON_EACH (list, v) {
		struct approval_vote *vote = &in->votes[in->count++];
		if (!json_is(v, JSON_OBJECT)) {
			(void)refuse(call->c, REFUSED_MALFORMED_INPUT, "A vote is a JSON object, not a %s.",
			             json_kind_name(v->kind));
			return;
		}
		if (!rest_only(call, v, "id " VOTE_NAMES))
			return;
		vote->of.id = rest_approval_id(call, param_text_needed(call, v, "id"));
		rest_approval_item(call, "vote", v, &vote->of);
		read_vote(call, v, vote);
	}
}

static void outcome(struct out *o, const struct approval_vote *v, const struct approval_outcome *x)
{
	out_item(o, S_NONE);
	if (!x->left_out && x->refused.why == REFUSED_NONE) {
		members(o, &v->of);
	} else {
		out_text(o, S("outcome"), x->left_out ? S("left_out") : S("refused"));
		rest_uuid(o, S("id"), v->of.id);
		out_text(o, S("code"),
		         x->refused.why == REFUSED_NONE ? S("NEEDS_A_LOOK")
		                                        : str_of(refusal_name(x->refused.why)));
		out_text(o, S("detail"),
		         x->refused.why == REFUSED_NONE
		             ? S("Your no would be a veto here: decide about this one by itself.")
		             : x->refused.text);
	}
	out_end(o);
}

void rest_approval_votes_render(const struct api_call *call, struct out *o)
{
	const struct approval_votes *in = call->c->in;

	out_list(o, S("outcomes"), S_NONE);
	for (int i = 0; i < in->count; i++)
		outcome(o, &in->votes[i], &in->outcomes[i]);
	out_end(o);
}

/* ---- what applicants and operators do */

static struct approval_change *change(struct api_call *call, const struct rest_in *rest,
                                      const char *what, const char *names)
{
	struct approval_change *in = CALL_NEW(call, struct approval_change);

	call->c->in = in;
	in->weight = 1;
	if (rest_only(call, rest->body, names))
		rest_approval_request(call, rest, what, rest->body, &in->of);
	return in;
}

#define REASON(name) \
	void rest_approval_##name##_parse(struct api_call *call, const struct rest_in *rest) \
	{ \
		struct approval_change *in = change(call, rest, #name, "reason request_id"); \
		in->text = rest_short(call, rest->body, "reason", APPROVAL_COMMENT_MAX); \
	}

REASON(withdraw)
REASON(cancel)
REASON(retry)
REASON(over)

void rest_approval_remind_parse(struct api_call *call, const struct rest_in *rest)
{
	(void)change(call, rest, "remind", "request_id");
}

static void read_data(struct api_call *call, const struct json *body, struct approval_change *in)
{
	in->amount = rest_amount(json_get(body, "data"));
	in->data = rest_json_of(call, body, "data", APPROVAL_DATA_MAX);
	call->c->bytes = in->data.len;
}

void rest_approval_resubmit_parse(struct api_call *call, const struct rest_in *rest)
{
	read_data(call, rest->body, change(call, rest, "resubmit", "data request_id"));
}

void rest_approval_edit_parse(struct api_call *call, const struct rest_in *rest)
{
	struct approval_change *in = change(call, rest, "edit", "data request_id");

	read_data(call, rest->body, in);
	if (!str_given(in->data))
		param_missing(call, "data");
}

static void read_attachment(struct api_call *call, const struct json *v)
{
	uint8_t sha[SHA256_SIZE];

	if (!json_is(v, JSON_OBJECT) || !rest_only(call, v, "name sha256 size")) {
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "attachments",
		                   "An attachment is {\"name\", \"sha256\", \"size\"}.");
		return;
	}
	(void)rest_short(call, v, "name", APPROVAL_SUBJECT_MAX);
	(void)rest_bounded(call, v, "size", 0, INT64_MAX, 0);
	if (!hex_read(param_text_needed(call, v, "sha256"), sha, sizeof sha))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "attachments",
		                   "sha256 of an attachment has 64 hexadecimal digits.");
}

void rest_approval_comment_parse(struct api_call *call, const struct rest_in *rest)
{
	struct approval_change *in = change(call, rest, "comment", "comment attachments request_id");
	const struct json *attachments = param_list(call, rest->body, "attachments");

	in->text = rest_short(call, rest->body, "comment", APPROVAL_COMMENT_MAX);
	if (in->text.len == 0 && attachments == NULL)
		param_missing(call, "comment");
	if (attachments != NULL && attachments->count > APPROVAL_ATTACHMENTS_MAX)
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "attachments",
		                   "A comment names at most %d attachments.", APPROVAL_ATTACHMENTS_MAX);
	JSON_EACH (attachments, v)
		read_attachment(call, v);
	in->attachments = rest_json_of(call, rest->body, "attachments", APPROVAL_DATA_MAX);
}

void rest_approval_approver_parse(struct api_call *call, const struct rest_in *rest)
{
	struct approval_change *in = change(call, rest, "approver",
	                                    "user group weight veto required request_id");
	struct str user = rest_short(call, rest->body, "user", PERSON_ID_MAX);
	struct str group = rest_short(call, rest->body, "group", PERSON_ID_MAX);

	if ((user.len == 0) == (group.len == 0))
		(void)refuse_field(call->c, REFUSED_MISSING_PARAMETER, "user",
		                   "Name the user who is to be asked too, or a group.");
	in->holder = user.len > 0 ? arena_printf(call->c->arena, "user:%.*s", S_ARG(user))
	                          : arena_printf(call->c->arena, "group:%.*s", S_ARG(group));
	in->weight = rest_bounded(call, rest->body, "weight", 0, 1000, 1);
	in->veto = param_bool(call, rest->body, "veto", false);
	in->required = param_bool(call, rest->body, "required", false);
}

void rest_approval_change_render(const struct api_call *call, struct out *o)
{
	const struct approval_change *in = call->c->in;

	members(o, &in->of);
}
