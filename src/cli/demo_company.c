/* demo_company.c - the company of the demo is made, and its people get in. */
#include "cli/demo_company.h"

#include <string.h>

#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "os/os.h"

/* build/gen/company.c, by tools/embed.mjs */
extern const unsigned char demo_company_jsonl[];
extern const size_t demo_company_jsonl_size;

enum { KEPT_MAX = 64 };

struct script {
	struct demo *d;
	struct arena *arena; /* lifetime: the whole of it */
	struct {
		struct str name, id;
	} kept[KEPT_MAX];
	int kept_count, line, people, queues;
};

struct client *demo_client(const struct demo *d, const char *person)
{
	return client_open(
		&(struct client_config){ .server = d->server, .token = d->token, .user = person });
}

/* ---- the script */

/* "+2h" as a moment; false: it is no time. */
static bool put_time(struct buf *b, struct str text)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = { { 's', SECOND_MS }, { 'm', MINUTE_MS }, { 'h', HOUR_MS }, { 'd', DAY_MS } };
	struct str digits = { text.at + 1, text.len < 3 ? 0 : text.len - 2 };
	int64_t n;

	if ((text.at[0] != '+' && text.at[0] != '-') || !str_i64(digits, 0, 10000, &n))
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (units[i].unit == text.at[text.len - 1])
			time_rfc3339(b, os_now().wall_ms + (text.at[0] == '-' ? -n : n) * units[i].ms);
	return true;
}

static void put_kept(const struct script *s, struct buf *b, struct str name)
{
	for (int i = 0; i < s->kept_count; i++)
		if (str_eq(s->kept[i].name, name)) {
			buf_add(b, s->kept[i].id);
			return;
		}
	must(!"a line of the company uses what none has kept");
}

/* The line with its {{...}} filled in. */
static struct str fill_in(const struct script *s, struct str line)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < line.len; i++) {
		const char *end;
		if (line.at[i] != '{' || i + 1 == line.len || line.at[i + 1] != '{' ||
		    (end = memchr(line.at + i, '}', line.len - i)) == NULL || end[1] != '}') {
			buf_add_byte(&b, line.at[i]);
			continue;
		}
		struct str name = { line.at + i + 2, (size_t)(end - line.at) - i - 2 };
		if (!put_time(&b, name))
			put_kept(s, &b, name);
		i += name.len + 3;
	}
	struct str out = arena_str(s->arena, buf_str(&b));
	buf_free(&b);
	return out;
}

static int do_line(struct script *s, struct str text)
{
	struct str why = S_NONE, person, path, keep;
	struct json *line = json_read(s->arena, fill_in(s, text), &why);
	struct answer a;

	must(line != NULL);
	s->people += str_starts(json_get_text(line, "do"), S("PUT /v1/people/"));
	s->queues += str_starts(json_get_text(line, "do"), S("PUT /v1/queues/"));
	person = json_get_text(line, "as");
	keep = json_get_text(line, "keep");
	path = json_get_text(line, "do");
	struct str method = str_cut(&path, ' ');
	const struct json *body = json_get(line, "body");
	struct client *c = demo_client(s->d, person.len > 0 ? arena_str(s->arena, person).at : NULL);
	int code = client_rest(c, s->arena, arena_str(s->arena, method).at, path,
	                       body == NULL ? S_NONE : json_written(s->arena, body), &a);
	client_close(c);
	if (code != CLI_DONE)
		return cli_fail(code, "Line %d of the company (%.*s %.*s): %.*s", s->line, S_ARG(method),
		                S_ARG(path), S_ARG(a.problem));
	if (keep.len > 0 && s->kept_count < KEPT_MAX) {
		s->kept[s->kept_count].name = keep;
		s->kept[s->kept_count++].id = json_get_text(a.json, "id");
	}
	return CLI_DONE;
}

int demo_company(struct demo *d)
{
	struct script s = { .d = d, .arena = arena_open() };
	struct str rest = { (const char *)demo_company_jsonl, demo_company_jsonl_size };
	int code = CLI_DONE;

	while (str_given(rest) && code == CLI_DONE) {
		struct str line = str_cut(&rest, '\n');
		s.line++;
		if (line.len > 0)
			code = do_line(&s, line);
	}
	if (code == CLI_DONE)
		printf(SAY(d, "A company: Minato Trading, %d people, %d queues.\n",
		           "会社: みなと商事、%d 人、キュー %d 本。\n"),
		       s.people, s.queues);
	arena_close(s.arena);
	return code;
}

/* ---- who gets in */

struct persona {
	const char *person, *role, *shoku, *what, *nani;
};
static const struct persona personas[] = {
	{ "aoki", "applicant", "申請する人",
	  "your display was sent back: correct it; ask for something new",
	  "モニターの申請が差し戻されています。直して再申請。新しい申請も" },
	{ "suzuki", "approver", "承認する人",
	  "claims wait in your inbox: decide one by one, or many at once",
	  "受信箱に申請が届いています。1 件ずつ、またはまとめて決裁" },
	{ "mori", "process owner", "業務の責任者",
	  "policies, people, calendars, figures; one review that nobody can decide",
	  "ポリシー、人、カレンダー、指標。決裁できる人のいない審査が 1 件" },
	{ "okada", "operator", "運用する人",
	  "dead letters in payments, a warehouse that stands still, invoices on hold",
	  "payments のデッドレター、止まった倉庫、一時停止の請求書" },
	{ "yamamoto", "director", "部長", "the large claims need your yes",
	  "高額の申請にはあなたの承認が要ります" },
	{ "ito", "president", "社長", "in a minute a claim misses its deadline and comes to you",
	  "1 分後に期限を過ぎる 1 件が回ってきます" },
};

/* A name of its own for each lets all of them be logged in at once in one browser, which keeps
 * one cookie a name; names under localhost are this machine's (RFC 6761). */
static int print_link(struct demo *d, struct client *c, const struct persona *p)
{
	struct arena *arena = arena_open();
	struct answer a;
	int code = client_rest(c, arena, "POST", arena_printf(arena, "/v1/accounts/%s/link", p->person),
	                       S("{\"expires_in_s\":43200}"), &a);

	if (code != CLI_DONE)
		code = cli_fail(code, "No link for %s: %.*s", p->person, S_ARG(a.problem));
	else
		printf("\n  %s (%s): %s\n    http://%s.localhost%s/login#%.*s\n", SAY(d, p->role, p->shoku),
		       p->person, SAY(d, p->what, p->nani), p->person, strrchr(d->server, ':'),
		       S_ARG(json_get_text(a.json, "link")));
	arena_close(arena);
	return code;
}

int demo_links(struct demo *d)
{
	struct client *c = demo_client(d, NULL);
	int code = CLI_DONE;

	printf(SAY(d, "\nSix people, each by a link that logs in once (12 hours):\n",
	           "\n6 人それぞれのリンクです。1 回だけサインインできます (12 時間有効):\n"));
	for (size_t i = 0; i < sizeof personas / sizeof *personas && code == CLI_DONE; i++)
		code = print_link(d, c, &personas[i]);
	printf(
		SAY(d,
	        "\nChrome, Edge and Firefox can have all of them open side by side. In a browser that "
	        "does not know\n*.localhost, write 127.0.0.1 for it, and take one private window for "
	        "each. Another link:\n  ringi user link suzuki --data %s --server %s\n",
	        "\nChrome、Edge、Firefox では全員を並べて開けます。*.localhost を開けないブラウザーでは\n"
	        "127.0.0.1 に置き換え、1 人ずつプライベートウィンドウで開いてください。リンクの作り直し:\n"
	        "  ringi user link suzuki --data %s --server %s\n"),
		d->data, d->server);
	client_close(c);
	return code;
}

int demo_sqs_key(struct demo *d)
{
	struct client *c = demo_client(d, NULL);
	struct arena *arena = arena_open();
	struct answer a;
	int code = client_rest(c, arena, "POST", S("/v1/keys"),
	                       S("{\"name\":\"sqs-client\",\"rules\":[\"sqs:*:*\"]}"), &a);

	if (code != CLI_DONE)
		code = cli_fail(code, "No access key for SQS clients: %.*s", S_ARG(a.problem));
	else
		printf("  AWS_ACCESS_KEY_ID=%.*s AWS_SECRET_ACCESS_KEY=%.*s \\\n"
		       "    aws --endpoint-url %s --region us-east-1 sqs list-queues\n",
		       S_ARG(json_get_text(a.json, "access_key_id")),
		       S_ARG(json_get_text(a.json, "secret_access_key")), d->server);
	client_close(c);
	arena_close(arena);
	return code;
}
