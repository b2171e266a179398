/* demo_claims.c - expense claims: who files them, who decides, and the settlement. */
#include "cli/demo_claims.h"

#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/demo_company.h"
#include "os/os.h"
#include "wire/form.h"

/* build/gen/claims.c, by tools/embed.mjs */
extern const unsigned char demo_claims_csv[];
extern const size_t demo_claims_csv_size;

enum { CLAIMS_MAX = 200, COLUMNS = 7, ROUND_MS = 40, ROUNDS_MAX = 1500, IDLE_ROUNDS = 12 };
enum { DEADLINE_MS = 65 * 1000 };
enum { SMALL_MAX = 10 * 1000, MEDIUM_MAX = 100 * 1000, ENTERTAINMENT_MAX = 50 * 1000 };

static const char *const settlement_queue = "settlement";
#define PROGRAM "" /* the demo itself: no person */

/* ---- the company */

enum habit { QUICK, SLOW, FORGETFUL };
struct approver {
	const char *name, *title, *shoku; /* 職 */
	enum habit habit;
	bool person; /* left to the person at the keyboard */
};
static const struct approver approvers[] = {
	{ "suzuki", "manager", "課長", QUICK, true },
	{ "tanaka", "manager, slow", "課長(返事が遅い)", SLOW, false },
	{ "kobayashi", "delegate of sato in accounting, who is away", "経理 佐藤(不在)の代理", QUICK,
	  false },
	{ "yamamoto", "director, misses a deadline", "部長(期限を逃す)", FORGETFUL, true },
	{ "ito", "president, asked when a deadline has passed", "社長(期限切れの回付先)", QUICK, true },
};
enum { APPROVERS = sizeof approvers / sizeof *approvers };

static const struct {
	const char *name, *policy;
} policies[] = {
	{ "expense-small", "{\"need\":\"any\",\"of\":[\"suzuki\",\"tanaka\"]}" },
	{ "expense-medium", "{\"need\":2,\"of\":[\"suzuki\",\"tanaka\",\"sato\"]}" },
	{ "expense-large",
	  "{\"need\":\"all\",\"of\":[\"suzuki\",\"sato\",{\"user\":\"yamamoto\",\"veto\":true}]}" },
};

/* ---- the claims */

struct claim {
	struct str id, applicant, department, date, category, amount_text, purpose; /* as in the file */
	int64_t amount;
	struct str approval; /* its id */
	bool settled;
};

struct claims {
	struct demo *d;
	struct claim list[CLAIMS_MAX];
	int count;
	const char *file;
	struct str label;   /* of the claims of this run: a folder may hold earlier ones */
	bool closed;        /* the settlement is made */
	int64_t late_at_ms; /* the deadline that is missed, UTC */
	bool late;          /* it has passed: the server's clock was put forward */
	int64_t returned, delegated, escalated;
	struct { /* clients, one a person */
		struct str name;
		struct client *client;
	} people[CLAIMS_MAX];
	int people_count;
};

static bool is_rejected(const struct claim *c)
{
	return str_is(c->category, "entertainment") && c->amount > ENTERTAINMENT_MAX;
}

static bool is_withdrawn(const struct claim *c)
{
	return str_is(c->category, "postage") && c->amount < 1000;
}

static bool misses_deadline(const struct claim *c)
{
	return c->amount > 500 * 1000;
}

static void read_claims(struct claims *s)
{
	struct str rest = { (const char *)demo_claims_csv, demo_claims_csv_size };
	struct str f[DEMO_COLUMNS_MAX];

	must(demo_row(&rest, s->d->cli->arena, f) == COLUMNS);
	while (s->count < CLAIMS_MAX && demo_row(&rest, s->d->cli->arena, f) == COLUMNS) {
		struct claim *c = &s->list[s->count++];
		*c = (struct claim){ f[0], f[1], f[2], f[3], f[4], f[5], f[6], 0, S_NONE, false };
		must(str_i64(c->amount_text, 1, INT32_MAX, &c->amount));
	}
}

/* ---- asking the server, as somebody */

static struct client *client_of(struct claims *s, struct str person)
{
	for (int i = 0; i < s->people_count; i++)
		if (str_eq(s->people[i].name, person))
			return s->people[i].client;
	must(s->people_count < CLAIMS_MAX);
	const char *name = arena_str(s->d->cli->arena, person).at;
	s->people[s->people_count].name = str_of(name);
	return s->people[s->people_count++].client = demo_client(s->d,
	                                                         str_is(person, PROGRAM) ? NULL : name);
}

/* Prints what went wrong. */
static int ask(struct claims *s, struct arena *arena, struct str person, const char *method,
               struct str path, const struct json *body, struct answer *a)
{
	struct str text = body == NULL ? S_NONE : json_written(arena, body);
	int code = client_rest(client_of(s, person), arena, method, path, text, a);

	if (code != CLI_DONE)
		return cli_fail(code, "%s %.*s: %.*s", method, S_ARG(path), S_ARG(a->problem));
	return CLI_DONE;
}

static struct json *object_of(struct arena *arena, const char *text)
{
	struct str why;
	struct json *j = json_read(arena, str_of(text), &why);

	must(j != NULL);
	return j;
}

/* ---- applicants */

static struct json *data_of(struct arena *arena, const struct claim *c, struct str purpose)
{
	struct json *data = json_new(arena, JSON_OBJECT);

	json_put_text(arena, data, "claim", c->id);
	json_put_text(arena, data, "department", c->department);
	json_put_text(arena, data, "date", c->date);
	json_put_text(arena, data, "category", c->category);
	json_put_number(arena, data, "amount", c->amount);
	json_put_text(arena, data, "purpose", purpose);
	return data;
}

/* By amount; the deadline that is missed comes with a policy of its own. */
static void add_policy(struct claims *s, struct arena *arena, struct json *body,
                       const struct claim *c)
{
	int which = c->amount <= SMALL_MAX ? 0 : c->amount <= MEDIUM_MAX ? 1 : 2;

	if (!misses_deadline(c)) {
		json_put_text(arena, body, "policy", str_of(policies[which].name));
		return;
	}
	struct json *policy = json_add(body, S("policy"), object_of(arena, policies[which].policy));
	struct json *deadline = json_add(policy, S("deadline"), json_new(arena, JSON_OBJECT));
	struct buf at = { 0 };
	s->late_at_ms = os_now().wall_ms + DEADLINE_MS;
	time_rfc3339(&at, s->late_at_ms);
	json_put_text(arena, deadline, "at", arena_str(arena, buf_str(&at)));
	json_put_text(arena, deadline, "then", S("escalate"));
	json_put_text(arena, policy, "escalate_to", S("ito"));
	buf_free(&at);
}

static int file_claim(struct claims *s, struct claim *c)
{
	struct arena *arena = s->d->cli->arena;
	struct json *body = json_new(arena, JSON_OBJECT), *follow;
	struct answer a;

	add_policy(s, arena, body, c);
	json_put_text(arena, body, "subject",
	              arena_printf(arena, "%.*s %.*s %.*s", S_ARG(c->id), S_ARG(c->category),
	                           S_ARG(c->purpose)));
	json_add(body, S("data"), data_of(arena, c, c->purpose));
	json_put_text(arena, json_add(body, S("labels"), json_new(arena, JSON_OBJECT)), "demo",
	              s->label);
	follow = json_add(body, S("on_decided"), json_new(arena, JSON_OBJECT));
	json_put_text(arena, follow, "queue", str_of(settlement_queue));
	json_put_text(arena, json_add(follow, S("payload"), json_new(arena, JSON_OBJECT)), "claim",
	              c->id);
	int code = ask(s, arena, c->applicant, "POST", S("/v1/approvals"), body, &a);
	if (code == CLI_DONE)
		c->approval = json_get_text(a.json, "id");
	if (code == CLI_DONE && is_withdrawn(c))
		code = ask(s, arena, c->applicant, "POST",
		           arena_printf(arena, "/v1/approvals/%.*s/withdraw", S_ARG(c->approval)),
		           object_of(arena, "{\"reason\":\"paid by the department\"}"), &a);
	return code;
}

/* ---- approvers */

static struct claim *claim_of(struct claims *s, struct str approval)
{
	for (int i = 0; i < s->count; i++)
		if (str_eq(s->list[i].approval, approval))
			return &s->list[i];
	return NULL;
}

/* What everybody here goes by. */
static const char *opinion(const struct claim *c, const struct json *item, const char **comment)
{
	if (is_rejected(c)) {
		*comment = "More than 50,000 needs consent before the event.";
		return "reject";
	}
	if (c->purpose.len == 0 && json_number(json_get(item, "round")) <= 1) {
		*comment = "What was it for?";
		return "return";
	}
	*comment = NULL;
	return "approve";
}

/* The applicant says what was missing, and the next round begins. */
static int correct(struct claims *s, struct arena *arena, const struct claim *c)
{
	struct json *body = json_new(arena, JSON_OBJECT);
	struct answer a;

	json_add(body, S("data"), data_of(arena, c, S("Visit to a customer, it rained")));
	s->returned++;
	return ask(s, arena, c->applicant, "POST",
	           arena_printf(arena, "/v1/approvals/%.*s/resubmit", S_ARG(c->approval)), body, &a);
}

static int vote(struct claims *s, struct arena *arena, const struct approver *who,
                const struct json *item, int *voted)
{
	struct claim *c = claim_of(s, json_get_text(item, "id"));
	struct json *body = json_new(arena, JSON_OBJECT);
	struct str behalf = json_get_text(item, "for");
	const char *comment;
	struct answer a;

	if (c == NULL || (who->habit == FORGETFUL && misses_deadline(c) && !s->late))
		return CLI_DONE;
	const char *decision = opinion(c, item, &comment);
	(*voted)++;
	json_put_text(arena, body, "do", str_of(decision));
	if (behalf.len > 0)
		json_put_text(arena, body, "for", behalf);
	if (comment != NULL)
		json_put_text(arena, body, "comment", str_of(comment));
	json_put_number(arena, body, "data_version", json_number(json_get(item, "data_version")));
	int code = ask(s, arena, str_of(who->name), "POST",
	               arena_printf(arena, "/v1/approvals/%.*s/votes", S_ARG(c->approval)), body, &a);
	s->delegated += code == CLI_DONE && behalf.len > 0;
	if (code == CLI_DONE && strcmp(decision, "return") == 0)
		code = correct(s, arena, c);
	return code;
}

/* All that waits for one approver; *voted grows. */
static int act(struct claims *s, const struct approver *who, int *voted)
{
	struct arena *arena = arena_open();
	struct answer a;
	int code = ask(s, arena, str_of(who->name), "GET", S("/v1/inbox?limit=200"), NULL, &a);

	if (code == CLI_DONE)
		JSON_EACH (json_get(a.json, "items"), item) {
			if (code != CLI_DONE)
				break;
			code = vote(s, arena, who, item, voted);
		}
	arena_close(arena);
	return code;
}

static bool plays(const struct claims *s, const struct approver *who, int round)
{
	return (s->d->once || !who->person) && (who->habit != SLOW || round % 10 == 9);
}

/* How many of the claims are open; the escalated ones are noted. */
static int count_open(struct claims *s, int *open)
{
	struct arena *arena = arena_open();
	struct answer a;
	int code = ask(s, arena, S(PROGRAM), "GET",
	               arena_printf(arena,
	                            "/v1/approvals?label.demo=%.*s&limit=200"
	                            "&state=PENDING,ESCALATED,RETURNED,INCIDENT",
	                            S_ARG(s->label)),
	               NULL, &a);

	*open = 0;
	if (code == CLI_DONE)
		JSON_EACH (json_get(a.json, "approvals"), item) {
			(*open)++;
			if (str_is(json_get_text(item, "state"), "ESCALATED"))
				s->escalated = 1;
		}
	arena_close(arena);
	return code;
}

/* With --once nobody waits a minute for a deadline: the server's clock is put behind it, which
 * applies all that became due, and then given back. */
static int pass_deadline(struct claims *s)
{
	struct arena *arena = s->d->cli->arena;
	struct json *body = json_new(arena, JSON_OBJECT);
	struct answer a;
	int open;

	json_put_number(arena, body, "timestamp", s->late_at_ms + SECOND_MS);
	int code = ask(s, arena, S(PROGRAM), "PUT", S("/v2/clock"), body, &a);
	if (code == CLI_DONE)
		code = ask(s, arena, S(PROGRAM), "POST", S("/v2/clock/reset"), NULL, &a);
	if (code == CLI_DONE)
		code = count_open(s, &open);
	s->late = true;
	return code;
}

/* Until nothing is open, or nothing but what is left to the person. */
static int decide(struct claims *s)
{
	int open = s->count, code = CLI_DONE, idle = 0;

	for (int round = 0; code == CLI_DONE && open > 0 && round < ROUNDS_MAX; round++) {
		int voted = 0;
		for (int i = 0; i < APPROVERS && code == CLI_DONE; i++)
			if (plays(s, &approvers[i], round))
				code = act(s, &approvers[i], &voted);
		if (code == CLI_DONE)
			code = count_open(s, &open);
		idle = voted == 0 ? idle + 1 : 0;
		if (code == CLI_DONE && s->d->once && !s->late && idle > IDLE_ROUNDS)
			code = pass_deadline(s), idle = 0;
		if (!s->d->once && idle > IDLE_ROUNDS)
			return code;
		cli_wait_ms(ROUND_MS);
	}
	if (code == CLI_DONE && open > 0)
		return cli_fail(CLI_BUG, "%d claims are still open after everybody has decided.", open);
	return code;
}

/* ---- the settlement: one batch at closing */

static int settle_one(struct claims *s, struct arena *arena, FILE *f, const struct json *job,
                      int *told, int64_t *sum)
{
	const struct json *end = json_get(job, "payload");
	struct claim *c = claim_of(s, json_get_text(end, "approval"));
	struct json *body = json_new(arena, JSON_OBJECT);
	struct answer a;

	if (c != NULL && c->settled)
		return cli_fail(CLI_BUG, "The claim %.*s was told twice.", S_ARG(c->id));
	if (c != NULL) { /* else it is of an earlier run */
		c->settled = true;
		(*told)++;
	}
	if (c != NULL && str_is(json_get_text(end, "state"), "APPROVED")) {
		fprintf(f, "%.*s,%.*s,%.*s,%lld,%.*s\n", S_ARG(c->id), S_ARG(c->applicant),
		        S_ARG(c->department), (long long)c->amount, S_ARG(c->approval));
		*sum += c->amount;
	}
	json_put_text(arena, body, "lease", json_get_text(job, "lease"));
	return ask(s, arena, S(PROGRAM), "POST",
	           arena_printf(arena, "/v1/jobs/%.*s/complete", S_ARG(json_get_text(job, "id"))), body,
	           &a);
}

static int settle_all(struct claims *s, FILE *f, int *told, int64_t *sum)
{
	int code = CLI_DONE, taken = 1;

	while (code == CLI_DONE && taken > 0) {
		struct arena *arena = arena_open();
		struct answer a;
		taken = 0;
		code = ask(s, arena, S(PROGRAM), "POST",
		           arena_printf(arena, "/v1/queues/%s/claim", settlement_queue),
		           object_of(arena, "{\"max\":10}"), &a);
		if (code == CLI_DONE)
			JSON_EACH (json_get(a.json, "jobs"), job) {
				if (code == CLI_DONE)
					code = settle_one(s, arena, f, job, told, sum);
				taken++;
			}
		arena_close(arena);
	}
	return code;
}

/* What the server says of the claims in one state. */
static int count_state(struct claims *s, const char *state, int *count)
{
	struct arena *arena = s->d->cli->arena;
	struct answer a;
	int code = ask(s, arena, S(PROGRAM), "GET",
	               arena_printf(arena, "/v1/approvals?label.demo=%.*s&state=%s&limit=200",
	                            S_ARG(s->label), state),
	               NULL, &a);

	const struct json *page = code == CLI_DONE ? json_get(a.json, "approvals") : NULL;
	*count = page == NULL ? 0 : (int)page->count;
	return code;
}

static int report(struct claims *s, int told, int64_t sum)
{
	struct demo *d = s->d;
	int approved = 0, rejected = 0, withdrawn = 0, code = count_state(s, "APPROVED", &approved);
	int64_t wanted = 0;

	if (code == CLI_DONE)
		code = count_state(s, "REJECTED", &rejected);
	if (code == CLI_DONE)
		code = count_state(s, "WITHDRAWN", &withdrawn);
	if (code != CLI_DONE)
		return code;
	for (int i = 0; i < s->count; i++)
		if (!is_rejected(&s->list[i]) && !is_withdrawn(&s->list[i]))
			wanted += s->list[i].amount;
	bool good = s->count == approved + rejected + withdrawn && told == s->count &&
	            (!d->once || sum == wanted);
	printf(SAY(d,
	           "\nclaims         %8d\n= settled      %8d  (%lld yen, in %s)\n+ rejected     %8d\n"
	           "+ withdrawn    %8d\n%s\n",
	           "\n経費申請       %8d\n= 精算         %8d  (%lld 円、%s)\n+ 却下         %8d\n"
	           "+ 引戻し       %8d\n%s\n"),
	       s->count, approved, (long long)sum, s->file, rejected, withdrawn,
	       good ? SAY(d, "The counts add up.", "件数は一致しました。")
	            : SAY(d, "THE COUNTS DO NOT ADD UP.", "件数が一致しません。"));
	printf(SAY(d, "%lld corrected and sent again, %lld votes by a delegate, %lld past a deadline\n",
	           "差戻し後の再申請 %lld 件、代理の決裁 %lld 件、期限切れ %lld 件\n"),
	       (long long)s->returned, (long long)s->delegated, (long long)s->escalated);
	fflush(stdout);
	return good ? CLI_DONE : CLI_REFUSED;
}

static int settle(struct claims *s)
{
	FILE *f = fopen(s->file, "w");
	int64_t sum = 0;
	int told = 0;

	if (f == NULL)
		return cli_fail(CLI_STORAGE, "The settlement file %s cannot be written.", s->file);
	fprintf(f, "claim,applicant,department,amount,approval\n");
	int code = settle_all(s, f, &told, &sum);
	if (fclose(f) != 0 && code == CLI_DONE)
		code = cli_fail(CLI_STORAGE, "The settlement file %s could not be written.", s->file);
	s->closed = true;
	return code == CLI_DONE ? report(s, told, sum) : code;
}

/* ---- the story */

static void introduce(const struct claims *s)
{
	const struct demo *d = s->d;

	printf(
		SAY(d,
	        "\nNow people: %d expense claims. Up to %d yen one of two managers decides, up to %d "
	        "two of three,\nabove that all of three, one of them with a veto. Approvers:\n",
	        "\n次は人の承認です。経費申請 %d 件。%d 円までは課長 2 名のうち 1 名、%d 円までは 3 名中 "
	        "2 名、\nそれ以上は 3 名全員 (1 名は拒否権つき)。承認者:\n"),
		s->count, SMALL_MAX, MEDIUM_MAX);
	for (int i = 0; i < APPROVERS; i++)
		printf("  %-10s %s%s\n", approvers[i].name, SAY(d, approvers[i].title, approvers[i].shoku),
		       d->once || !approvers[i].person ? "" : SAY(d, "  <- you", "  <- あなた"));
	fflush(stdout);
}

static void leave_to_person(const struct claims *s)
{
	const struct demo *d = s->d;

	printf("%s",
	       SAY(d,
	           "\nThe rest is yours. Decide as suzuki, yamamoto and ito, in the console (links "
	           "below) or here:\n",
	           "\n残りはあなたの番です。suzuki、yamamoto、ito として、コンソール (下のリンク) "
	           "か次のコマンドで決裁してください:\n"));
	printf("  ringi approve inbox --user suzuki --data %s --server %s\n"
	       "  ringi approve vote ID approve --user suzuki --data %s --server %s\n",
	       d->data, d->server, d->data, d->server);
	printf("%s\n", SAY(d, "The settlement is made when nothing is open.",
	                   "すべて決まると精算が行われます。"));
	fflush(stdout);
}

int demo_claims(struct demo *d, const char *file, struct claims **out)
{
	struct claims *s = *out = mem_get(sizeof *s);
	int open = 0;

	*s = (struct claims){ .d = d, .file = file };
	s->label = arena_printf(d->cli->arena, "claims-%lld", (long long)os_now().wall_ms);
	read_claims(s);
	introduce(s);
	int code = CLI_DONE;

	for (int i = 0; i < s->count && code == CLI_DONE; i++)
		code = file_claim(s, &s->list[i]);
	if (code == CLI_DONE)
		code = decide(s);
	if (code == CLI_DONE)
		code = count_open(s, &open);
	if (code == CLI_DONE && open == 0)
		code = settle(s);
	else if (code == CLI_DONE)
		leave_to_person(s);
	return code;
}

int demo_claims_look(struct claims *s)
{
	int open = 1, code = s->closed ? CLI_DONE : count_open(s, &open);

	if (code == CLI_DONE && !s->closed && open == 0)
		code = settle(s);
	return code;
}

struct claims *demo_claims_end(struct claims *s)
{
	for (int i = 0; s != NULL && i < s->people_count; i++)
		client_close(s->people[i].client);
	mem_free(s);
	return NULL;
}
