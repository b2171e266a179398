/* texts.c - the words of notifications. Each says what is asked, by when, and what happens when
 * nobody does anything. */
#include "domain/notify/texts.h"

#include "base/err.h"

const char *const notify_fields[] = {
	"person", "applicant", "by",        "behalf",   "subject", "outcome", "comment",
	"amount", "due",       "otherwise", "from",     "until",   "url",     "decide_url",
	"round",  "kind",      "count",     "items",    "more",    "title",   "channel",
	"id",     "approval",  "at",        "delegate", NULL,
};

#define FACTS_EN \
	"{{#subject}}\n{{subject}}\n{{/subject}}" \
	"{{#applicant}}Requested by: {{applicant}}\n{{/applicant}}" \
	"{{#amount}}Amount: {{amount}}\n{{/amount}}" \
	"{{#due}}Decide by: {{due}}\n{{/due}}" \
	"{{#otherwise}}If nobody does anything: {{otherwise}}\n{{/otherwise}}" \
	"{{#comment}}Comment: {{comment}}\n{{/comment}}"
#define LINKS_EN \
	"{{#decide_url}}\nDecide (asks before it does anything):\n{{decide_url}}\n{{/decide_url}}" \
	"{{#url}}\nSee it in ringi:\n{{url}}\n{{/url}}"
#define FACTS_JA \
	"{{#subject}}\n件名: {{subject}}\n{{/subject}}" \
	"{{#applicant}}申請者: {{applicant}}\n{{/applicant}}" \
	"{{#amount}}金額: {{amount}}\n{{/amount}}" \
	"{{#due}}期限: {{due}}\n{{/due}}" \
	"{{#otherwise}}何もしないと: {{otherwise}}\n{{/otherwise}}" \
	"{{#comment}}コメント: {{comment}}\n{{/comment}}"
#define LINKS_JA \
	"{{#decide_url}}\n決裁する（確認画面が開きます）:\n{{decide_url}}\n{{/decide_url}}" \
	"{{#url}}\nringi で見る:\n{{url}}\n{{/url}}"
#define FOR_EN "{{#behalf}} in the place of {{behalf}}{{/behalf}}"
#define FOR_JA "{{#behalf}}（{{behalf}} さんの代理）{{/behalf}}"

/* Delegations and absences: to the delegate there is a `behalf`, to the principal a `delegate`. */
#define WHO_ACTS_EN \
	"{{#behalf}}you act in the place of {{behalf}}{{/behalf}}" \
	"{{#delegate}}{{delegate}} acts in your place{{/delegate}}"
#define WHO_ACTS_JA \
	"{{#behalf}}あなたが {{behalf}} さんの代理になります。{{/behalf}}" \
	"{{#delegate}}{{delegate}} さんがあなたの代理になります。{{/delegate}}"
#define PERIOD_EN "{{#from}}, from {{from}}{{/from}}{{#until}}, until {{until}}{{/until}}"
#define PERIOD_JA "{{#from}}{{from}} から{{/from}}{{#until}} {{until}} まで{{/until}}。"
#define SCOPE_EN "{{#subject}}: {{subject}}{{/subject}}"
#define SCOPE_JA "{{subject}}"
#define COMMENT_EN "{{#comment}}\n\nComment: {{comment}}{{/comment}}"
#define COMMENT_JA "{{#comment}}\n\nコメント: {{comment}}{{/comment}}"

#define REST_EN "\n\n" FACTS_EN LINKS_EN
#define REST_JA "\n\n" FACTS_JA LINKS_JA

struct words {
	const char *subject_en, *text_en, *subject_ja, *text_ja;
};

static const struct words words[NOTIFY_KINDS_COUNT] = {
	[NOTIFY_ASKED] = { "Decision wanted: {{subject}}",
	                   "{{person}}, your decision is wanted" FOR_EN "." REST_EN,
	                   "【承認依頼】{{subject}}",
	                   "{{person}} さん" FOR_JA "、承認または却下をお願いします。" REST_JA },
	[NOTIFY_REMINDER] = { "Still waiting for your decision: {{subject}}",
	                      "{{person}}, this still waits for your decision" FOR_EN "." REST_EN,
	                      "【督促】{{subject}}",
	                      "{{person}} さん" FOR_JA "、まだ決裁されていません。" REST_JA },
	[NOTIFY_ESCALATED] = { "Decision wanted, escalated: {{subject}}",
	                       "{{person}}, you are asked because it was not decided in time." REST_EN,
	                       "【上位者への依頼】{{subject}}",
	                       "{{person}} さん、期限までに決裁されなかったため、決裁をお願いします。" REST_JA },
	[NOTIFY_DECIDED] = { "{{outcome}}: {{subject}}",
	                     "It was decided: {{outcome}}{{#by}}, by {{by}}{{/by}}." REST_EN,
	                     "【{{outcome}}】{{subject}}",
	                     "{{outcome}}になりました。{{#by}}決裁者: {{by}}{{/by}}" REST_JA },
	[NOTIFY_RETURNED] = { "Sent back: {{subject}}",
	                      "{{#by}}{{by}} has{{/by}}{{^by}}Somebody has{{/by}} sent it back: "
	                      "change it and "
	                      "hand it in again, or withdraw it." REST_EN,
	                      "【差戻し】{{subject}}",
	                      "{{#by}}{{by}} さんが{{/by}}差し戻しました。修正して再申請するか、取り下げてください。" REST_JA },
	[NOTIFY_WITHDRAWN] = { "Withdrawn: {{subject}}",
	                       "It was withdrawn{{#by}} by {{by}}{{/by}}; nothing is wanted of you "
	                       "any more." REST_EN,
	                       "【取下げ】{{subject}}",
	                       "{{#by}}{{by}} さんが{{/by}}取り下げました。対応は不要です。" REST_JA },
	[NOTIFY_CANCELED] = { "Canceled: {{subject}}",
	                      "It was canceled{{#by}} by {{by}}{{/by}}; nothing is wanted of you "
	                      "any more." REST_EN,
	                      "【中止】{{subject}}",
	                      "{{#by}}{{by}} さんが{{/by}}中止しました。対応は不要です。" REST_JA },
	[NOTIFY_INCIDENT] = { "Nobody can decide: {{subject}}",
	                      "Nobody is left who could decide this. Add an approver, or cancel "
	                      "it." REST_EN,
	                      "【決裁不能】{{subject}}",
	                      "決裁できる人がいなくなりました。承認者を追加するか、中止してください。" REST_JA },
	[NOTIFY_COMMENTED] = { "Comment: {{subject}}", "{{by}} has written a comment." REST_EN,
	                       "【コメント】{{subject}}", "{{by}} さんがコメントしました。" REST_JA },
	[NOTIFY_DELEGATED] = { "Decided in your place: {{subject}}",
	                       "{{by}} has decided this in your place{{#outcome}}: "
	                       "{{outcome}}{{/outcome}}." REST_EN,
	                       "【代理決裁】{{subject}}",
	                       "{{by}} さんがあなたの代理で決裁しました。{{#outcome}}（{{outcome}}）"
	                       "{{/outcome}}" REST_JA },
	[NOTIFY_DELEGATION_SET] = { "Delegation" SCOPE_EN,
	                            "{{by}} has set a delegation: " WHO_ACTS_EN PERIOD_EN
	                            "." COMMENT_EN,
	                            "【代理設定】" SCOPE_JA,
	                            "{{by}} さんが代理を設定しました。" WHO_ACTS_JA PERIOD_JA
	                                COMMENT_JA },
	[NOTIFY_DELEGATION_ENDING] = { "Delegation ends soon" SCOPE_EN,
	                               "A delegation ends{{#until}} at {{until}}{{/until}}; until then "
	                               "this holds: " WHO_ACTS_EN ".",
	                               "【代理終了予告】" SCOPE_JA,
	                               "まもなく代理が終了します。{{#until}}終了: {{until}}。{{/until}}"
	                               "それまでは次のとおりです。" WHO_ACTS_JA },
	[NOTIFY_DELEGATION_ENDED] = { "Delegation ended" SCOPE_EN,
	                              "A delegation holds no more{{#by}}; {{by}} has canceled "
	                              "it{{/by}}. It was: " WHO_ACTS_EN ".",
	                              "【代理終了】" SCOPE_JA,
	                              "代理が終了しました。{{#by}}（{{by}} さんが取り消しました）{{/by}}"
	                              "内容: " WHO_ACTS_JA },
	[NOTIFY_ABSENCE_SET] = { "Absence{{#behalf}}: {{behalf}}{{/behalf}}",
	                         "{{#behalf}}{{behalf}} is absent" PERIOD_EN "; meanwhile "
	                         "you act in their place.{{/behalf}}"
	                         "{{^behalf}}{{by}} has entered that you are "
	                         "absent" PERIOD_EN "." COMMENT_EN "{{/behalf}}",
	                         "【不在】{{behalf}}",
	                         "{{#behalf}}{{behalf}} さんは不在です。" PERIOD_JA
	                         "その間、" WHO_ACTS_JA
	                         "{{/behalf}}{{^behalf}}{{by}} さんがあなたの不在を"
	                         "登録しました。" PERIOD_JA COMMENT_JA "{{/behalf}}" },
	[NOTIFY_ABSENCE_ENDED] = { "Absence canceled{{#behalf}}: {{behalf}}{{/behalf}}",
	                           "{{by}} has canceled {{#behalf}}the absence of {{behalf}}{{/behalf}}"
	                           "{{^behalf}}an absence of yours{{/behalf}}" PERIOD_EN
	                           ".{{#behalf}} You do not act in their place for it any "
	                           "more.{{/behalf}}",
	                           "【不在取消】{{behalf}}",
	                           "{{by}} さんが{{#behalf}}{{behalf}} さん{{/behalf}}{{^behalf}}あなた"
	                           "{{/behalf}}の不在を取り消しました。" PERIOD_JA
	                           "{{#behalf}}この不在による代理はなくなりました。{{/behalf}}" },
	[NOTIFY_CHANNEL_TEST] = { "A test from ringi",
	                          "This is a test of the channel {{channel}}. Who can read this has "
	                          "set "
	                          "it up well.",
	                          "ringi からのテスト",
	                          "チャネル {{channel}} のテストです。これが読めれば設定は正しく行われています。" },
	[NOTIFY_DIGEST] = { "{{count}} notifications from ringi",
	                    "{{person}}, this has happened:\n\n{{#items}}\n- {{title}}"
	                    "{{#url}}\n  {{url}}{{/url}}\n{{/items}}{{#more}}\n... and {{more}} "
	                    "more.{{/more}}",
	                    "ringi からのお知らせ {{count}} 件",
	                    "{{person}} さん、次のお知らせがあります。\n\n{{#items}}\n・{{title}}"
	                    "{{#url}}\n  {{url}}{{/url}}\n{{/items}}{{#more}}\nほか {{more}} "
	                    "件{{/more}}" },
};

struct notify_texts notify_texts_builtin(enum notify_kind kind, struct str locale)
{
	const struct words *w = &words[kind];
	bool ja = str_is(locale, "ja");

	must(kind >= 0 && kind < NOTIFY_KINDS_COUNT && w->subject_en != NULL);
	return (struct notify_texts){ .subject = str_of(ja ? w->subject_ja : w->subject_en),
		                          .text = str_of(ja ? w->text_ja : w->text_en) };
}

struct notify_texts notify_texts_read(const struct json *said, enum notify_kind kind,
                                      struct str locale)
{
	struct notify_texts t = notify_texts_builtin(kind, locale);

	if (json_get(said, "subject") != NULL)
		t.subject = json_get_text(said, "subject");
	if (json_get(said, "text") != NULL)
		t.text = json_get_text(said, "text");
	t.html = json_get_text(said, "html");
	t.chat = json_get_text(said, "chat");
	return t;
}

/* ---- single words */

static const struct {
	const char *of, *name, *en, *ja;
} single[] = {
	{ "outcome", "APPROVED", "Approved", "承認" },
	{ "outcome", "REJECTED", "Rejected", "却下" },
	{ "outcome", "RETURNED", "Sent back", "差戻し" },
	{ "outcome", "WITHDRAWN", "Withdrawn", "取下げ" },
	{ "outcome", "CANCELED", "Canceled", "中止" },
	{ "outcome", "approve", "approved", "承認" },
	{ "outcome", "reject", "rejected", "却下" },
	{ "outcome", "abstain", "abstained", "棄権" },
	{ "outcome", "return", "sent back", "差戻し" },
	{ "otherwise", "approve", "it is approved by itself", "自動的に承認されます" },
	{ "otherwise", "reject", "it is rejected by itself", "自動的に却下されます" },
	{ "otherwise", "escalate", "somebody above you is asked", "上位者に依頼されます" },
	{ "otherwise", "wait", "it waits for you", "決裁されるまで待ちます" },
	{ "otherwise", "incident", "an administrator has to look at it", "管理者の対応待ちになります" },
};

struct str notify_word(struct str locale, const char *of, struct str name)
{
	for (size_t i = 0; i < sizeof single / sizeof *single; i++)
		if (strcmp(single[i].of, of) == 0 && str_is(name, single[i].name))
			return str_of(str_is(locale, "ja") ? single[i].ja : single[i].en);
	return name;
}
