/* policy.c - the access policy of a topic, kept and shown. */
#include "domain/topic/policy.h"

#include "base/limits.h"
#include "domain/topic/arn.h"
#include "wire/json.h"

struct str policy_default(struct arena *a, const struct domain_config *c, struct str topic)
{
	return arena_printf(
		a,
		"{\"Version\":\"2008-10-17\",\"Id\":\"__default_policy_ID\",\"Statement\":["
		"{\"Effect\":\"Allow\","
		"\"Sid\":\"__default_statement_ID\",\"Principal\":{\"AWS\":\"*\"},\"Action\":["
		"\"SNS:GetTopicAttributes\",\"SNS:SetTopicAttributes\",\"SNS:AddPermission\","
		"\"SNS:RemovePermission\","
		"\"SNS:DeleteTopic\",\"SNS:Subscribe\",\"SNS:ListSubscriptionsByTopic\",\"SNS:Publish\"],"
		"\"Resource\":\"%.*s\",\"Condition\":{\"StringEquals\":{\"AWS:SourceOwner\":\"%.*s\"}}}]}",
		S_ARG(arn_of_topic(a, c, topic)), S_ARG(c->account));
}

/* One text alone, several as a list. */
static struct json *one_or_list(struct arena *a, const struct str *texts, int count,
                                const char *prefix, const char *suffix)
{
	struct json *list = json_new(a, JSON_ARRAY);

	for (int i = 0; i < count; i++) {
		struct str text = arena_printf(a, "%s%.*s%s", prefix, S_ARG(texts[i]), suffix);
		struct json *one = json_new_text(a, JSON_STRING, text);
		if (count == 1)
			return one;
		json_add(list, S_NONE, one);
	}
	return list;
}

static struct json *statement_new(struct arena *a, const struct domain_config *c,
                                  const struct topic_permission *p)
{
	struct json *s = json_new(a, JSON_OBJECT);

	json_add(s, S("Sid"), json_new_text(a, JSON_STRING, p->label));
	json_add(s, S("Effect"), json_new_text(a, JSON_STRING, S("Allow")));
	struct json *principal = json_add(s, S("Principal"), json_new(a, JSON_OBJECT));
	json_add(principal, S("AWS"),
	         one_or_list(a, p->accounts, p->account_count, "arn:aws:iam::", ":root"));
	json_add(s, S("Action"), one_or_list(a, p->actions, p->action_count, "SNS:", ""));
	json_add(s, S("Resource"), json_new_text(a, JSON_STRING, arn_of_topic(a, c, p->name)));
	return s;
}

struct str policy_add(struct arena *a, const struct domain_config *c, struct str policy,
                      const struct topic_permission *p)
{
	struct str why;
	struct json *tree = json_read(a, policy, &why);
	struct json *statements = (struct json *)json_get(tree, "Statement");

	if (!json_is(statements, JSON_ARRAY))
		statements = json_add(tree, S("Statement"), json_new(a, JSON_ARRAY));
	JSON_EACH (statements, s)
		if (str_eq(json_get_text(s, "Sid"), p->label))
			return S_NONE;
	json_add(statements, S_NONE, statement_new(a, c, p));
	return json_written(a, tree);
}

struct str policy_remove(struct arena *a, struct str policy, struct str label)
{
	struct str why;
	struct json *tree = json_read(a, policy, &why);
	struct json *statements = (struct json *)json_get(tree, "Statement");
	struct json *before = NULL;

	for (struct json *s = statements == NULL ? NULL : statements->first; s != NULL;
	     before = s, s = s->next) {
		if (!str_eq(json_get_text(s, "Sid"), label))
			continue;
		if (before == NULL)
			statements->first = s->next;
		else
			before->next = s->next;
		statements->last = s->next == NULL ? before : statements->last;
		statements->count--;
		return json_written(a, tree);
	}
	return S_NONE;
}
