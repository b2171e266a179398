/* approval_open.c - approvals: opened, looked at, found. */
#include "api/rest/approval.h"
#include "base/limits.h"
#include "wire/hash.h"

struct uuid rest_approval_id(struct api_call *call, struct str text)
{
	struct uuid id = { 0 };

	if (!uuid_read(text, &id))
		(void)refuse(call->c, REFUSED_NO_SUCH_APPROVAL, "There is no approval %.*s.",
		             (int)(text.len > 64 ? 64 : text.len), text.at);
	return id;
}

/* ---- opened */

/* "1200", "12.5", "-3": thousandths; what is below them is cut off. */
static int64_t thousandths(struct str text)
{
	struct str rest = text, whole = str_cut(&rest, '.');
	int64_t n, part = 0;

	if (!str_i64(whole, INT64_MIN / 2000, INT64_MAX / 2000, &n))
		return -1;
	if (n < 0 || (whole.len > 0 && whole.at[0] == '-'))
		return 0;
	for (size_t i = 0, scale = 100; i < 3 && i < rest.len; i++, scale /= 10) {
		if (rest.at[i] < '0' || rest.at[i] > '9')
			return -1;
		part += (rest.at[i] - '0') * (int64_t)scale;
	}
	return n * 1000 + part;
}

int64_t rest_amount(const struct json *data)
{
	const struct json *v = json_get(data, "amount");

	return json_is(v, JSON_NUMBER) || json_is(v, JSON_STRING) ? thousandths(v->text) : -1;
}

static struct str decided(struct api_call *call, const struct json *body)
{
	const struct json *given = param_map(call, body, "on_decided");
	struct arena *a = call->c->arena;

	if (given == NULL ||
	    !rest_only(call, given, "queue topic correlation_id payload message_group webhook"))
		return S_NONE;
	if (!param_given(given, "webhook") && !param_given(given, "topic"))
		(void)param_text_needed(call, given, "queue");
	(void)param_text(call, given, "topic");
	(void)rest_short(call, given, "correlation_id", JOB_CORRELATION_MAX);
	(void)rest_short(call, given, "message_group", MESSAGE_GROUP_MAX);
	struct json *as_done = json_new(a, JSON_OBJECT);
	json_add(as_done, S("on_done"), json_share(a, given));
	return rest_json_of(call, rest_callback_sealed(call, as_done), "on_done", JOB_DONE_MAX);
}

static void read_template(struct api_call *call, const struct json *body, struct approval_open *in)
{
	in->template = param_text_needed(call, body, "template");
	in->parameters = param_map(call, body, "parameters");
	if (param_given(body, "policy") || in->policy_version != 0)
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "template",
		                   "An approval is opened by a template, or by a policy and its version.");
}

static void read_policy(struct api_call *call, const struct json *body, struct approval_open *in)
{
	const struct json *policy = json_get(body, "policy");

	in->policy_version = rest_bounded(call, body, "version", 1, INT32_MAX, 0);
	if (param_given(body, "template")) {
		read_template(call, body, in);
		return;
	}
	if (param_given(body, "parameters"))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "parameters",
		                   "parameters are those of a template.");
	if (json_is(policy, JSON_STRING))
		in->policy_name = call->resource = policy->text;
	else if (json_is(policy, JSON_OBJECT))
		in->policy = policy;
	else
		(void)
			refuse_field(call->c, REFUSED_MISSING_PARAMETER, "policy",
		                 "policy must be the name of one, or a policy itself; or name a template.");
	if (in->policy != NULL && in->policy_version != 0)
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "version",
		                   "version names one of a policy that is told by its name.");
}

static void read_data(struct api_call *call, const struct json *body, struct str *data,
                      int64_t *amount)
{
	const struct json *given = json_get(body, "data");

	*amount = rest_amount(given);
	*data = rest_json_of(call, body, "data", APPROVAL_DATA_MAX);
}

static struct str person(struct api_call *call, const struct json *body, const char *name)
{
	struct str text = rest_short(call, body, name, PERSON_ID_MAX);

	return text.len == 0 ? S_NONE : text;
}

static void read_links(struct api_call *call, const struct json *body, struct approval_open *in)
{
	const struct uuid *corrects = rest_id_of(call, body, "corrects");
	const struct uuid *previous = rest_id_of(call, body, "previous");

	in->has_corrects = corrects != NULL;
	in->has_previous = previous != NULL;
	if (corrects != NULL)
		in->corrects = *corrects;
	if (previous != NULL)
		in->previous = *previous;
}

void rest_approval_open_parse(struct api_call *call, const struct rest_in *rest)
{
	struct approval_open *in = CALL_NEW(call, struct approval_open);
	const struct json *body = rest->body;

	call->c->in = in;
	if (!rest_only(
			call, body,
			"policy version template parameters subject data applicant entered_by priority labels "
			"on_decided corrects previous last_step"))
		return;
	read_policy(call, body, in);
	read_data(call, body, &in->data, &in->amount);
	if (!str_given(in->data))
		in->data = S("{}");
	in->subject = rest_short(call, body, "subject", APPROVAL_SUBJECT_MAX);
	if (!str_given(in->subject))
		in->subject = S("");
	in->applicant = person(call, body, "applicant");
	in->entered_by = person(call, body, "entered_by");
	in->priority = (int)rest_bounded(call, body, "priority", 0, MESSAGE_PRIORITY_MAX,
	                                 PRIORITY_DEFAULT);
	in->labels = rest_labels(call, param_map(call, body, "labels"), JOB_LABELS_MAX,
	                         &in->label_count);
	if (in->label_count > 0)
		in->labels_json = rest_json_of(call, body, "labels", MESSAGE_SIZE_MAX);
	in->on_decided = decided(call, body);
	in->last_step = param_bool(call, body, "last_step", true);
	read_links(call, body, in);
	call->c->bytes = in->data.len;
}

/* ---- looked at */

static bool asked_for(const struct rest_in *rest, const char *what)
{
	struct str said = form_get(&rest->query, what);

	return str_is(said, "1") || str_is(said, "true");
}

void rest_approval_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct approval_get *in = CALL_NEW(call, struct approval_get);

	call->c->in = in;
	in->id = rest_approval_id(call, rest->args[0]);
	in->log = asked_for(rest, "log");
	in->mine = asked_for(rest, "mine");
	in->form = asked_for(rest, "form");
	in->people = rest_people_asked(rest);
	in->max = APPROVAL_EVENTS_MAX;
	in->wait_ms = rest_wait(call, rest, &op_approval_wait);
}

void rest_approval_data_parse(struct api_call *call, const struct rest_in *rest)
{
	struct approval_get *in = CALL_NEW(call, struct approval_get);
	struct str version = form_get(&rest->query, "version");

	call->c->in = in;
	in->id = rest_approval_id(call, rest->args[0]);
	if (str_given(version) && !str_i64(version, 1, INT64_MAX, &in->version))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "version",
		                   "version is a number from 1 on, not %.*s.", S_ARG(version));
}

void rest_approval_log_parse(struct api_call *call, const struct rest_in *rest)
{
	struct approval_get *in = CALL_NEW(call, struct approval_get);
	struct str after = form_get(&rest->query, "after");

	call->c->in = in;
	in->id = rest_approval_id(call, rest->args[0]);
	in->log = true;
	in->max = rest_limit(call, rest, APPROVAL_EVENTS_MAX, APPROVAL_EVENTS_MAX);
	if (str_given(after) && !str_i64(after, 0, INT64_MAX, &in->after))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "after must be the number of an event, not %.*s.", S_ARG(after));
}

/* ---- found */

static unsigned states_of(struct api_call *call, struct str rest)
{
	enum approval_state state;
	unsigned states = 0;

	while (str_given(rest)) {
		struct str name = str_cut(&rest, ',');
		if (approval_state_read(name, &state))
			states |= 1u << state;
		else
			(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
			             "'%.*s' is no state of an approval: PENDING, ESCALATED, INCIDENT, "
			             "RETURNED, APPROVED, REJECTED, WITHDRAWN, CANCELED.",
			             (int)(name.len > 64 ? 64 : name.len), name.at);
	}
	return states;
}

static void read_labels(struct api_call *call, const struct form *form, struct approval_list *in)
{
	struct label *labels = CALL_ARRAY(call, struct label, JOB_FILTER_LABELS_MAX);

	in->labels = labels;
	for (int i = 0; i < form->count; i++) {
		struct str name = form->fields[i].name;
		if (!str_starts(name, S("label.")))
			continue;
		if (in->label_count == JOB_FILTER_LABELS_MAX) {
			(void)refuse(call->c, REFUSED_INVALID_PARAMETER, "At most %d labels can be looked for.",
			             JOB_FILTER_LABELS_MAX);
			return;
		}
		labels[in->label_count++] = (struct label){ str_from(name, strlen("label.")),
			                                        form->fields[i].value };
	}
}

static struct str given(const struct form *form, const char *name)
{
	struct str text = form_get(form, name);

	return text.len == 0 ? S_NONE : text;
}

void rest_approval_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct approval_list *in = CALL_NEW(call, struct approval_list);
	struct str cursor = form_get(&rest->query, "cursor");
	enum { USUAL = 50 };

	call->c->in = in;
	in->states = states_of(call, given(&rest->query, "state"));
	in->applicant = given(&rest->query, "applicant");
	in->policy = given(&rest->query, "policy");
	in->q = given(&rest->query, "q");
	read_labels(call, &rest->query, in);
	in->named = rest_people_asked(rest);
	in->from = rest_time_asked(call, &rest->query, "from");
	in->to = rest_time_asked(call, &rest->query, "to");
	in->max = rest_limit(call, rest, USUAL, APPROVAL_LIST_MAX);
	if (in->q.len > JOB_Q_MAX)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER, "q has at most %d bytes.", JOB_Q_MAX);
	if (str_given(cursor) && !str_i64(cursor, 1, INT64_MAX, &in->before))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "'%.*s' is no cursor; take the one of the page before.",
		             (int)(cursor.len > 64 ? 64 : cursor.len), cursor.at);
}
