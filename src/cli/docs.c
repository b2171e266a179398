/* docs.c - `ringi docs`: the command, and the words of its documents in two languages. */
#include "cli/docs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/client.h"
#include "cli/document.h"

static const char *const english[WORDS_COUNT] = {
	[W_QUEUES] = "Queues",
	[W_QUEUES_ABOUT] = "Which queue is there for which work, between which components.",
	[W_QUEUE] = "Queue",
	[W_PURPOSE] = "Purpose",
	[W_PRODUCERS] = "Producers",
	[W_CONSUMERS] = "Consumers",
	[W_KIND] = "Kind",
	[W_OWNER] = "Owner",
	[W_DLQ] = "DLQ",
	[W_RETRIES] = "Receives at most",
	[W_VISIBILITY] = "Visibility timeout",
	[W_RETENTION] = "Retention",
	[W_SCHEMA] = "Schema",
	[W_RUNBOOK] = "Runbook",
	[W_STANDARD] = "standard",
	[W_TRACKED] = "tracked",
	[W_YES] = "yes",
	[W_NO_LIMIT] = "no limit",
	[W_GAPS] = "What is missing",
	[W_NO_PURPOSE] = "Without a purpose",
	[W_NO_OWNER] = "Without an owner",
	[W_NO_DLQ] = "Without a dead-letter queue",
	[W_NO_SCHEMA] = "Without a schema",
	[W_NO_RUNBOOK] = "Dead-letter queues without a runbook",
	[W_NO_GAPS] = "Nothing.",
	[W_DLQS] = "Dead-letter queues",
	[W_DLQS_ABOUT] = "Who does what when a message arrives in one of these.",
	[W_SOURCES] = "Sources",
	[W_WHO_LOOKS] = "Who looks",
	[W_WHAT_TO_DO] = "What to do",
	[W_RECOVERY] = "Recovery procedure",
	[W_COMMANDS] = "To look, and to send messages back to where they came from:",
	[W_FLOW] = "Event flow",
	[W_FLOW_ABOUT] = "Components: from the tags `producer` and `consumer`. Dotted: to a DLQ.",
	[W_UNDELIVERABLE] = "undeliverable",
	[W_TIMES] = "receives",
	[W_NONE_YET] = "There are none yet.",
	[W_MADE] = "<!-- Made by `ringi docs`. Change what runs, then make it again. -->",
	[W_SECONDS] = "s",
	[W_MINUTES] = "min",
	[W_HOURS] = "h",
	[W_DAYS] = "days",
};

static const char *const japanese[WORDS_COUNT] = {
	[W_QUEUES] = "キュー定義一覧",
	[W_QUEUES_ABOUT] = "どのキューが、どの業務のために、どのコンポーネントの間で使われているか。",
	[W_QUEUE] = "キュー名",
	[W_PURPOSE] = "目的（非同期にした理由）",
	[W_PRODUCERS] = "プロデューサー",
	[W_CONSUMERS] = "コンシューマー",
	[W_KIND] = "種別",
	[W_OWNER] = "担当",
	[W_DLQ] = "DLQ",
	[W_RETRIES] = "最大受信回数",
	[W_VISIBILITY] = "可視性タイムアウト",
	[W_RETENTION] = "保持期間",
	[W_SCHEMA] = "スキーマ",
	[W_RUNBOOK] = "手順書",
	[W_STANDARD] = "標準",
	[W_TRACKED] = "ジョブ管理あり",
	[W_YES] = "あり",
	[W_NO_LIMIT] = "上限なし",
	[W_GAPS] = "未記入の項目",
	[W_NO_PURPOSE] = "目的がない",
	[W_NO_OWNER] = "担当がない",
	[W_NO_DLQ] = "DLQ がない",
	[W_NO_SCHEMA] = "スキーマがない",
	[W_NO_RUNBOOK] = "手順書のない DLQ",
	[W_NO_GAPS] = "ありません。",
	[W_DLQS] = "DLQ 運用一覧",
	[W_DLQS_ABOUT] = "DLQ にメッセージが入ったとき、誰が何をするか。",
	[W_SOURCES] = "転送元",
	[W_WHO_LOOKS] = "担当者",
	[W_WHAT_TO_DO] = "手順概要",
	[W_RECOVERY] = "リカバリ手順",
	[W_COMMANDS] = "内容の確認と、元のキューへの再投入:",
	[W_FLOW] = "イベントフロー図",
	[W_FLOW_ABOUT] =
		"コンポーネントはタグ `producer` と `consumer` に書かれたもの。点線は DLQ への転送。",
	[W_UNDELIVERABLE] = "配信不能",
	[W_TIMES] = "回受信",
	[W_NONE_YET] = "まだありません。",
	[W_MADE] = "<!-- `ringi docs` が作成。直すときは設定を変えて作り直す。 -->",
	[W_SECONDS] = "秒",
	[W_MINUTES] = "分",
	[W_HOURS] = "時間",
	[W_DAYS] = "日",
};

const char *docs_word(const struct docs *d, enum word w)
{
	return d->words[w];
}

/* ---- the command */

static const struct {
	const char *file;
	void (*write)(struct docs *);
} documents[] = {
	{ "queues.md", docs_queues },
	{ "dead-letter-queues.md", docs_dlqs },
	{ "event-flow.md", docs_flow },
};
enum { DOCUMENTS = sizeof documents / sizeof *documents };

static int save(const char *folder, const char *name, struct str text)
{
	char path[4096];
	int written = snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = written < (int)sizeof path ? fopen(path, "w") : NULL;
	bool good = f != NULL && fwrite(text.at, 1, text.len, f) == text.len;

	if (f != NULL && fclose(f) != 0)
		good = false;
	if (!good)
		return cli_fail(CLI_STORAGE, "%s/%s cannot be written.", folder, name);
	printf("%s\n", path);
	return CLI_DONE;
}

static int save_asyncapi(struct docs *d, const char *folder)
{
	struct answer a;
	struct buf b = { 0 };
	int code = cli_rest(d->cli, "GET", S("/asyncapi.json"), NULL, &a);

	if (code == CLI_DONE && a.json == NULL)
		code = cli_fail(CLI_BUG, "The server's answer is no JSON.");
	if (code == CLI_DONE) {
		json_write_lines(&b, a.json);
		code = save(folder, "asyncapi.json", buf_str(&b));
		buf_free(&b);
	}
	return code;
}

static int write_all(struct docs *d, const char *folder)
{
	int code = CLI_DONE;

	for (int i = 0; i < DOCUMENTS && code == CLI_DONE; i++) {
		buf_clear(&d->out);
		docs_line(d, docs_word(d, W_MADE));
		documents[i].write(d);
		if (folder != NULL)
			code = save(folder, documents[i].file, buf_str(&d->out));
		else
			printf("%s%.*s", i == 0 ? "" : "\n", S_ARG(buf_str(&d->out)));
	}
	return code == CLI_DONE && folder != NULL ? save_asyncapi(d, folder) : code;
}

/* With those above it. */
static bool make_folder(struct cli *cli, const char *folder)
{
	char *path = (char *)(uintptr_t)arena_printf(cli->arena, "%s", folder).at;

	for (char *at = path; *at != '\0' && (at = strchr(at + 1, '/')) != NULL;) {
		*at = '\0';
		if (mkdir(path, 0777) != 0 && errno != EEXIST)
			return false;
		*at = '/';
	}
	return mkdir(path, 0777) == 0 || errno == EEXIST;
}

static int docs(struct cli *cli)
{
	const char *folder = option_text(&cli->options, "out");
	const char *lang = option_text(&cli->options, "lang");
	bool ja = lang == NULL ? cli_japanese() : strcmp(lang, "ja") == 0;
	struct docs d = { .cli = cli, .words = ja ? japanese : english };
	struct answer a;
	int code = cli_rest(cli, "GET", S("/v1/definitions?defaults=true"), NULL, &a);

	if (code != CLI_DONE)
		return code;
	d.definitions = a.json;
	if (folder != NULL && !make_folder(cli, folder))
		return cli_fail(CLI_STORAGE, "The folder %s cannot be made: %s.", folder, strerror(errno));
	code = write_all(&d, folder);
	buf_free(&d.out);
	return code;
}

static const struct option docs_options[] = {
	{ .name = "out",
	  .value = "DIR",
	  .help = "write files into this folder, asyncapi.json too",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "lang",
	  .kind = OPTION_CHOICE,
	  .value = "ja|en",
	  .choices = "ja|en",
	  .help = "the language (that of the terminal)",
	  .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

const struct command commands_docs[] = {
	{ .name = "docs",
	  .help = "Writes the table of queues, of DLQs, and the event-flow diagram.",
	  .examples = "ringi docs --out docs/events --lang ja\n"
	              "ringi docs",
	  .options = docs_options,
	  .run = docs },
	{ 0 },
};
