/* read.c - a policy from JSON: nodes, members, and what is wrong with them. */
#include "base/limits.h"
#include "base/near.h"
#include "domain/policy/reader.h"

const char *const policy_reject_words[] = { "impossible", "any", "last", NULL };
const char *const policy_abstain_words[] = { "out", "no", "yes", NULL };

/* ---- faults */

static void note(struct policy_reader *r, struct policy_fault fault)
{
	if (r->fault_count++ >= POLICY_FAULTS_MAX)
		return;
	struct policy_fault *f = ARENA_NEW(r->arena, struct policy_fault);
	*f = fault;
	*r->end = f;
	r->end = &f->next;
}

void policy_fault(struct policy_reader *r, const char *code, struct str path, struct str en,
                  struct str ja)
{
	r->malformed = true;
	note(r, (struct policy_fault){ .code = code, .path = path, .en = en, .ja = ja });
}

void policy_fault_impossible(struct policy_reader *r, const char *code, struct str path,
                             struct str en, struct str ja)
{
	note(r, (struct policy_fault){
				.code = code, .impossible = true, .path = path, .en = en, .ja = ja });
}

struct str policy_path(struct policy_reader *r, struct str path, struct str key)
{
	struct buf b = { 0 };

	buf_add(&b, path);
	buf_add_byte(&b, '/');
	for (size_t i = 0; i < key.len; i++)
		if (key.at[i] == '~' || key.at[i] == '/')
			buf_add_text(&b, key.at[i] == '~' ? "~0" : "~1");
		else
			buf_add_byte(&b, key.at[i]);
	arena_adopt(r->arena, b.at);
	return buf_str(&b);
}

struct str policy_path_at(struct policy_reader *r, struct str path, int index)
{
	return arena_printf(r->arena, "%.*s/%d", S_ARG(path), index);
}

/* ---- values */

static int words_count(const char *const *words)
{
	int count = 0;

	while (words[count] != NULL)
		count++;
	return count;
}

static void unknown_member(struct policy_reader *r, const struct json *m, struct str path,
                           const char *const *names)
{
	const char *near = m->key.len > 64 || memchr(m->key.at, 0, m->key.len) != NULL
	                       ? NULL
	                       : nearest_name(arena_str(r->arena, m->key).at, names,
	                                      words_count(names));
	struct str there = policy_path(r, path, m->key);

	policy_fault(r, "UNKNOWN_MEMBER", there,
	             arena_printf(r->arena, "There is no member of this name%s%s%s.",
	                          near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
	                          near == NULL ? "" : "\"?"),
	             arena_printf(r->arena, "この名前の項目はありません%s%s%s。",
	                          near == NULL ? "" : "(", near == NULL ? "" : near,
	                          near == NULL ? "" : " のことですか)"));
}

bool policy_members_known(struct policy_reader *r, const struct json *object, struct str path,
                          const char *const *names)
{
	bool known = true;

	JSON_EACH (object, m) {
		bool found = false;
		for (int i = 0; names[i] != NULL && !found; i++)
			found = str_is(m->key, names[i]);
		if (!found)
			unknown_member(r, m, path, names);
		known &= found;
	}
	return known;
}

bool policy_read_int(struct policy_reader *r, const struct json *object, const char *key,
                     struct str path, int min, int max, int *to)
{
	const struct json *v = json_get(object, key);
	int64_t number;

	if (v == NULL)
		return true;
	if (v->kind == JSON_NUMBER && str_i64(v->text, min, max, &number)) {
		*to = (int)number;
		return true;
	}
	policy_fault(r, "INVALID_NUMBER", policy_path(r, path, str_of(key)),
	             arena_printf(r->arena, "%s must be a whole number from %d to %d.", key, min, max),
	             arena_printf(r->arena, "%s は %d 以上 %d 以下の整数です。", key, min, max));
	return false;
}

bool policy_read_bool(struct policy_reader *r, const struct json *object, const char *key,
                      struct str path, bool *to)
{
	const struct json *v = json_get(object, key);

	if (v == NULL)
		return true;
	if (v->kind == JSON_TRUE || v->kind == JSON_FALSE) {
		*to = v->kind == JSON_TRUE;
		return true;
	}
	policy_fault(r, "INVALID_VALUE", policy_path(r, path, str_of(key)),
	             arena_printf(r->arena, "%s must be true or false.", key),
	             arena_printf(r->arena, "%s は true か false です。", key));
	return false;
}

static struct str words_listed(struct policy_reader *r, const char *const *words)
{
	struct buf b = { 0 };

	for (int i = 0; words[i] != NULL; i++)
		buf_printf(&b, "%s\"%s\"", i == 0 ? "" : ", ", words[i]);
	arena_adopt(r->arena, b.at);
	return buf_str(&b);
}

bool policy_read_word(struct policy_reader *r, const struct json *object, const char *key,
                      struct str path, const char *const *words, int *to)
{
	const struct json *v = json_get(object, key);

	if (v == NULL)
		return true;
	for (int i = 0; words[i] != NULL; i++)
		if (str_is(json_text(v), words[i])) {
			*to = i;
			return true;
		}
	struct str list = words_listed(r, words);
	policy_fault(r, "INVALID_VALUE", policy_path(r, path, str_of(key)),
	             arena_printf(r->arena, "%s must be one of %.*s.", key, S_ARG(list)),
	             arena_printf(r->arena, "%s は %.*s のいずれかです。", key, S_ARG(list)));
	return false;
}

/* ---- members */

bool policy_person_fits(struct str s)
{
	if (s.len == 0 || s.len > PERSON_ID_MAX || !str_utf8(s))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] < ' ' || s.at[i] == 0x7f)
			return false;
	return s.at[0] != ' ' && s.at[s.len - 1] != ' ';
}

static bool read_name(struct policy_reader *r, const struct json *v, struct str path,
                      struct str *to)
{
	if (policy_person_fits(json_text(v))) {
		*to = arena_str(r->arena, json_text(v));
		return true;
	}
	policy_fault(r, "INVALID_NAME", path,
	             arena_printf(r->arena,
	                          "A user, group or post is named by a text of 1 to %d bytes without "
	                          "controls and without blanks at its ends.",
	                          PERSON_ID_MAX),
	             arena_printf(r->arena,
	                          "利用者・グループ・役職の名前は %d バイト以下の文字列です(制御文字と"
	                          "前後の空白は使えません)。",
	                          PERSON_ID_MAX));
	return false;
}

static bool read_expression(struct policy_reader *r, struct str path)
{
	policy_fault(
		r, "EXPRESSIONS_NOT_SUPPORTED", policy_path(r, path, S("expression")),
		S("Members given as expressions come with a later version; name a user, a group "
	      "or a post."),
		S("式によるメンバーの指定は今後の版で対応します。user・group・post のいずれかで指定してください。"));
	return false;
}

static bool read_rights(struct policy_reader *r, const struct json *v, struct str path,
                        struct policy_member *m)
{
	bool ok = policy_read_int(r, v, "weight", path, 0, POLICY_WEIGHT_MAX, &m->weight);

	ok &= policy_read_bool(r, v, "veto", path, &m->veto);
	ok &= policy_read_bool(r, v, "required", path, &m->required);
	if (m->weight == 0 && (m->veto || m->required))
		policy_fault_impossible(
			r, "WEIGHT_CONTRADICTION", path,
			S("Somebody of weight 0 is asked for an opinion only and can't hold a veto or be "
		      "required."),
			S("重み0の人は意見を聞かれるだけなので、拒否権者や必須承認者にはなれません。"));
	return ok;
}

static bool read_leaf(struct policy_reader *r, const struct json *v, struct str path,
                      struct policy_member *m)
{
	static const char *const user[] = { "user", "weight", "veto", "required", NULL };
	static const char *const group[] = { "group", "count", "weight", "veto", "required", NULL };
	static const char *const post[] = { "post", "of", "count", "weight", "veto", "required", NULL };
	static const char *const *const names[] = { user, group, post };
	const char *const *known = names[m->kind];
	bool ok = policy_members_known(r, v, path, known);

	ok &= read_name(r, json_get(v, known[0]), policy_path(r, path, str_of(known[0])), &m->name);
	ok &= policy_read_int(r, v, "count", path, 1, POLICY_SEATS_MAX, &m->count);
	if (m->kind == MEMBER_POST && json_get(v, "of") != NULL)
		ok &= read_name(r, json_get(v, "of"), policy_path(r, path, S("of")), &m->of);
	return read_rights(r, v, path, m) && ok;
}

static bool too_many(struct policy_reader *r, struct str path, const char *code, const char *what,
                     int max)
{
	policy_fault(r, code, path,
	             arena_printf(r->arena, "A policy may have at most %d %s.", max, what),
	             arena_printf(r->arena, "1つのポリシーの %s は %d までです。", what, max));
	return false;
}

bool policy_read_member(struct policy_reader *r, const struct json *v, struct str path, int parent,
                        int depth, struct policy_member *m)
{
	*m = (struct policy_member){ .kind = MEMBER_USER, .count = 1, .weight = 1 };
	if (json_is(v, JSON_STRING))
		return read_name(r, v, path, &m->name);
	if (json_get(v, "expression") != NULL)
		return read_expression(r, path);
	if (json_get(v, "user") != NULL)
		return read_leaf(r, v, path, m);
	m->kind = MEMBER_GROUP;
	if (json_get(v, "group") != NULL)
		return read_leaf(r, v, path, m);
	m->kind = MEMBER_POST;
	if (json_get(v, "post") != NULL)
		return read_leaf(r, v, path, m);
	m->kind = MEMBER_NODE;
	if (json_is(v, JSON_OBJECT) && json_get(v, "need") != NULL)
		return (m->node = policy_read_node(r, v, path, parent, depth + 1)) != NULL;
	policy_fault(
		r, "INVALID_MEMBER", path,
		S("A member is a user's name, {\"user\": ...}, {\"group\": ...}, {\"post\": ...}, "
	      "or a node with \"need\" and \"of\"."),
		S("メンバーは利用者名、{\"user\"}、{\"group\"}、{\"post\"}、または \"need\" と \"of\" を持つ"
	      "ノードです。"));
	return false;
}

/* ---- nodes */

static bool read_need_object(struct policy_reader *r, const struct json *v, struct str path,
                             struct policy_node *n)
{
	static const char *const names[] = { "percent", "weight", NULL };
	const struct json *percent = json_get(v, "percent");
	int64_t number;

	if (!policy_members_known(r, v, path, names))
		return false;
	if (v->count != 1 || v->first->kind != JSON_NUMBER ||
	    !str_i64(v->first->text, INT64_MIN, INT64_MAX, &number))
		return false;
	n->need = percent != NULL ? NEED_PERCENT : NEED_COUNT;
	if (percent != NULL && (number < 1 || number > 100)) {
		policy_fault_impossible(r, "PERCENT_OUT_OF_RANGE", path, S("A percentage is 1 to 100."),
		                        S("割合(percent)は1から100までです。"));
		number = 100;
	}
	n->threshold = number < INT32_MIN ? INT32_MIN : number > INT32_MAX ? INT32_MAX : (int)number;
	return true;
}

static bool read_need_value(struct policy_reader *r, const struct json *v, struct str path,
                            struct policy_node *n)
{
	static const struct {
		const char *word;
		enum policy_need need;
	} words[] = { { "any", NEED_COUNT },
		          { "all", NEED_ALL },
		          { "majority", NEED_MAJORITY },
		          { "half", NEED_HALF } };
	int64_t number;

	if (json_is(v, JSON_OBJECT))
		return read_need_object(r, v, path, n);
	n->threshold = 1;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_is(json_text(v), words[i].word)) {
			n->need = words[i].need;
			return true;
		}
	if (!json_is(v, JSON_NUMBER) || !str_i64(v->text, INT32_MIN, INT32_MAX, &number))
		return false;
	n->threshold = (int)number;
	return true;
}

/* One meaning, one form. */
static void settle_need(struct policy_node *n)
{
	if (n->need == NEED_PERCENT && n->threshold == 100)
		n->need = NEED_ALL;
	if (n->need == NEED_PERCENT && n->threshold == 50)
		n->need = NEED_HALF;
	if (n->need != NEED_PERCENT && n->need != NEED_COUNT)
		n->threshold = 0;
}

static bool read_need(struct policy_reader *r, const struct json *v, struct str path,
                      struct policy_node *n)
{
	int before = r->fault_count;

	path = policy_path(r, path, S("need"));
	if (!read_need_value(r, json_get(v, "need"), path, n)) {
		if (r->fault_count == before)
			policy_fault(
				r, "INVALID_NEED", path,
				S("need is a whole number, \"all\", \"any\", \"majority\", \"half\", "
			      "{\"percent\": 60} or {\"weight\": 5}."),
				S("need は整数、\"all\"、\"any\"、\"majority\"、\"half\"、{\"percent\": 60}、"
			      "{\"weight\": 5} のいずれかです。"));
		return false;
	}
	settle_need(n);
	if (n->need == NEED_COUNT && n->threshold < 1)
		policy_fault_impossible(r, "N_TOO_SMALL", path,
		                        S("A need below 1 would be satisfied by nobody's agreement."),
		                        S("1未満の必要数では、誰も承認しなくても成立してしまいます。"));
	return true;
}

static bool read_members(struct policy_reader *r, const struct json *of, struct str path,
                         struct policy_node *n, int depth)
{
	struct policy_member *members = ARENA_ARRAY(r->arena, struct policy_member, of->count + 1);
	bool ok = true;
	int i = 0;

	JSON_EACH (of, v) {
		struct policy_member *m = &members[i];
		ok &= policy_read_member(r, v, policy_path_at(r, path, i++), n->index, depth, m);
		if (m->kind != MEMBER_NODE && (r->seat_count += m->count) > POLICY_SEATS_MAX)
			return too_many(r, path, "TOO_MANY_SEATS", "seats", POLICY_SEATS_MAX);
	}
	n->members = members;
	n->count = i;
	return ok;
}

static bool read_of(struct policy_reader *r, const struct json *v, struct str path,
                    struct policy_node *n, int depth)
{
	const struct json *of = json_get(v, "of");

	path = policy_path(r, path, S("of"));
	if (json_is(of, JSON_ARRAY) && of->count > POLICY_SEATS_MAX)
		return too_many(r, path, "TOO_MANY_SEATS", "seats", POLICY_SEATS_MAX);
	if (json_is(of, JSON_ARRAY) && of->count > 0)
		return read_members(r, of, path, n, depth);
	if (json_is(of, JSON_ARRAY))
		policy_fault_impossible(r, "EMPTY_OF", path, S("Nobody is asked: \"of\" is empty."),
		                        S("\"of\" が空なので、承認を求める相手がいません。"));
	else
		policy_fault(r, "MISSING_OF", path, S("\"of\" is the list of those who are asked."),
		             S("\"of\" は承認を求める相手の一覧です。"));
	return false;
}

static void node_add(struct policy_reader *r, struct policy_node *n, int parent)
{
	n->index = r->node_count++;
	n->parent = parent;
	if (r->last == NULL)
		r->first = n;
	else
		r->last->next = n;
	r->last = n;
	must(parent < n->index);
}

struct policy_node *policy_read_node(struct policy_reader *r, const struct json *v, struct str path,
                                     int parent, int depth)
{
	static const char *const names[] = { "need", "of", "reject", "abstain", "min_votes", NULL };
	struct policy_node *n = ARENA_NEW(r->arena, struct policy_node);
	int reject = 0, abstain = 0;
	bool ok = policy_members_known(r, v, path, parent < 0 ? policy_root_names : names);

	if (depth > POLICY_DEPTH_MAX) {
		too_many(r, path, "TOO_DEEP", "nodes within each other", POLICY_DEPTH_MAX);
		return NULL;
	}
	if (r->node_count >= POLICY_NODES_MAX) {
		too_many(r, path, "TOO_MANY_NODES", "nodes", POLICY_NODES_MAX);
		return NULL;
	}
	node_add(r, n, parent);
	ok &= read_need(r, v, path, n);
	ok &= policy_read_word(r, v, "reject", path, policy_reject_words, &reject);
	ok &= policy_read_word(r, v, "abstain", path, policy_abstain_words, &abstain);
	ok &= policy_read_int(r, v, "min_votes", path, 0, POLICY_SEATS_MAX, &n->min_votes);
	n->reject = (enum policy_reject)reject;
	n->abstain = (enum policy_abstain)abstain;
	return read_of(r, v, path, n, depth) && ok ? n : NULL;
}

/* ---- the whole */

static void flatten(struct policy_reader *r)
{
	const struct policy_node **nodes = ARENA_ARRAY(r->arena, const struct policy_node *,
	                                               r->node_count);
	struct policy_seat *seats = ARENA_ARRAY(r->arena, struct policy_seat, r->seat_count + 1);
	int node_count = 0;

	for (const struct policy_node *n = r->first; n != NULL; n = n->next)
		nodes[node_count++] = n;
	must(node_count == r->node_count);
	r->policy->nodes = nodes;
	r->policy->node_count = node_count;
	r->policy->seats = seats;
	r->policy->seat_count = 0;
}

/* In the order of the tree, which is not that of the nodes: a member behind a node comes
 * after all that are in it. */
static void seat_all(struct policy *p, struct policy_seat *seats, const struct policy_node *n)
{
	for (int i = 0; i < n->count; i++) {
		const struct policy_member *m = &n->members[i];
		if (m->kind == MEMBER_NODE)
			seat_all(p, seats, m->node);
		for (int nth = 0; m->kind != MEMBER_NODE && nth < m->count; nth++)
			seats[p->seat_count++] = (struct policy_seat){ m, n->index, nth };
	}
}

static void read_all(struct policy_reader *r, const struct json *v)
{
	if (!json_is(v, JSON_OBJECT)) {
		policy_fault(r, "NO_OBJECT", S(""), S("A policy is an object with \"need\" and \"of\"."),
		             S("ポリシーは \"need\" と \"of\" を持つオブジェクトです。"));
		return;
	}
	policy_read_options(r, v);
	if (policy_read_node(r, v, S(""), -1, 1) == NULL || r->fault_count > 0)
		return;
	flatten(r);
	seat_all(r->policy, (struct policy_seat *)r->policy->seats, r->first);
	must(r->policy->seat_count == r->seat_count);
	policy_possible(r);
}

const struct policy *policy_check(struct arena *a, const struct json *v,
                                  struct policy_fault **faults)
{
	struct policy_reader r = { .arena = a, .policy = ARENA_NEW(a, struct policy) };

	r.end = &r.faults;
	r.policy->judge_version = JUDGE_VERSION;
	read_all(&r, v);
	*faults = r.faults;
	if (r.fault_count > 0)
		return NULL;
	policy_seal(a, r.policy);
	return r.policy;
}

static struct refused refusal_of(struct arena *a, const struct policy_fault *faults)
{
	const struct policy_fault *f = faults;

	while (f->next != NULL && f->impossible) /* no policy at all weighs more */
		f = f->next;
	if (f->impossible)
		f = faults;
	return refused_as(a, f->impossible ? REFUSED_IMPOSSIBLE_POLICY : REFUSED_INVALID_POLICY,
	                  "%s at %s: %.*s", f->code,
	                  f->path.len == 0 ? "the policy itself" : arena_str(a, f->path).at,
	                  S_ARG(f->en));
}

const struct policy *policy_read(struct arena *a, const struct json *v, struct refused *why)
{
	struct policy_fault *faults;
	const struct policy *p = policy_check(a, v, &faults);

	*why = p != NULL ? (struct refused){ 0 } : refusal_of(a, faults);
	return p;
}

const struct policy *policy_read_text(struct arena *a, struct str text, struct refused *why)
{
	struct str sentence;

	if (text.len > POLICY_BYTES_MAX) {
		*why = refused_as(a, REFUSED_INVALID_POLICY,
		                  "A policy may have %d bytes; this one has %zu.", POLICY_BYTES_MAX,
		                  text.len);
		return NULL;
	}
	const struct json *v = json_read(a, text, &sentence);
	if (v == NULL) {
		*why = refused_as(a, REFUSED_INVALID_POLICY, "%.*s", S_ARG(sentence));
		return NULL;
	}
	return policy_read(a, v, why);
}

const struct policy *policy_read_stored(struct arena *a, struct str canonical)
{
	struct refused why;
	struct str sentence;
	const struct json *v = json_read(a, canonical, &sentence);
	const struct policy *p = v == NULL ? NULL : policy_read(a, v, &why);

	return p != NULL && str_eq(p->canonical, canonical) ? p : NULL;
}
