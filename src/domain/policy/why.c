/* why.c - the judge's reason as one sentence, for people.
 *
 * Parts of the policy (nodes) are counted like people: "2 of 3 have agreed". */
#include "domain/policy/judge_inside.h"

static long long n(int64_t number)
{
	return (long long)number;
}

/* ---- English */

static void agreed_en(struct buf *b, const struct judge_progress *p)
{
	buf_printf(b, "%lld of %lld %s agreed", n(p->yes), n(p->of), p->yes == 1 ? "has" : "have");
}

static void lost_en(struct buf *b, const struct judge_progress *p)
{
	agreed_en(b, p);
	buf_printf(b, " and %lld refused; %lld %s needed and can't be reached any more.", n(p->no),
	           n(p->needed), p->needed == 1 ? "is" : "are");
}

static void open_en(struct buf *b, const struct judge_progress *p)
{
	agreed_en(b, p);
	if (p->yes < p->needed)
		buf_printf(b, "; %lld more %s needed.", n(p->needed - p->yes),
		           p->needed - p->yes == 1 ? "is" : "are");
	else
		buf_add(b, S("; the rest has still to vote."));
}

static void quorum_en(struct buf *b, const struct judge_progress *p)
{
	agreed_en(b, p);
	buf_printf(b, ", which is enough, but only %d %s voted and at least %d must.", p->cast,
	           p->cast == 1 ? "has" : "have", p->min_votes);
}

static void why_en(enum judge_reason r, const struct judge_progress *p, struct buf *b)
{
	static const char *const fixed[REASONS_COUNT] = {
		[REASON_VETO] = "Somebody with a veto has refused, which ends it whatever the count.",
		[REASON_REQUIRED] = "Somebody whose agreement is required has not given it.",
		[REASON_VETO_WAIT] = "Enough have agreed; somebody with a veto has still to speak.",
		[REASON_REQUIRED_WAIT] = "Enough have agreed; somebody whose agreement is required has "
								 "still to give it.",
		[REASON_REQUIRED_MISSING] = "Somebody whose agreement is required can't take part.",
		[REASON_TOO_FEW_PEOPLE] = "Too few different people: the same person sits in several "
								  "seats and counts once.",
		[REASON_TOO_FEW_LEFT] = "Too few of those who were asked are left to decide.",
		[REASON_NOBODY_LEFT] = "Everybody who could have decided has abstained.",
	};

	if (fixed[r] != NULL) {
		buf_add_text(b, fixed[r]);
	} else if (r == REASON_REACHED) {
		agreed_en(b, p);
		buf_printf(b, "; %lld %s needed.", n(p->needed), p->needed == 1 ? "was" : "were");
	} else if (r == REASON_REJECTED) {
		lost_en(b, p);
	} else if (r == REASON_QUORUM_WAIT) {
		quorum_en(b, p);
	} else {
		open_en(b, p);
	}
}

/* ---- Japanese */

static void agreed_ja(struct buf *b, const struct judge_progress *p)
{
	buf_printf(b, "%lld件中%lld件が承認", n(p->of), n(p->yes));
}

static void open_ja(struct buf *b, const struct judge_progress *p)
{
	agreed_ja(b, p);
	if (p->yes < p->needed)
		buf_printf(b, "しています。あと%lld件の承認が必要です。", n(p->needed - p->yes));
	else
		buf_add(b, S("しています。残りの回答を待っています。"));
}

static void lost_ja(struct buf *b, const struct judge_progress *p)
{
	agreed_ja(b, p);
	buf_printf(b, "、%lld件が否認しました。必要な%lld件の承認には届きません。", n(p->no),
	           n(p->needed));
}

static void quorum_ja(struct buf *b, const struct judge_progress *p)
{
	buf_printf(b, "承認は足りていますが、投票は%d件だけです。%d件以上の投票が必要です。", p->cast,
	           p->min_votes);
}

static void why_ja(enum judge_reason r, const struct judge_progress *p, struct buf *b)
{
	static const char *const fixed[REASONS_COUNT] = {
		[REASON_VETO] = "拒否権を持つ人が否認したため、票数にかかわらず否決です。",
		[REASON_REQUIRED] = "必須承認者の承認が得られませんでした。",
		[REASON_VETO_WAIT] = "承認は足りています。拒否権を持つ人の回答を待っています。",
		[REASON_REQUIRED_WAIT] = "承認は足りています。必須承認者の承認を待っています。",
		[REASON_REQUIRED_MISSING] = "必須承認者が参加できません。",
		[REASON_TOO_FEW_PEOPLE] = "同じ人が複数の枠にいて1人と数えるため、人数が足りません。",
		[REASON_TOO_FEW_LEFT] = "決裁できる人が足りなくなりました。",
		[REASON_NOBODY_LEFT] = "決裁できる人が全員棄権しました。",
	};

	if (fixed[r] != NULL) {
		buf_add_text(b, fixed[r]);
	} else if (r == REASON_REACHED) {
		agreed_ja(b, p);
		buf_printf(b, "し、必要な%lld件に達しました。", n(p->needed));
	} else if (r == REASON_REJECTED) {
		lost_ja(b, p);
	} else if (r == REASON_QUORUM_WAIT) {
		quorum_ja(b, p);
	} else {
		open_ja(b, p);
	}
}

void judge_why(const struct judge *j, enum judge_language language, struct buf *b)
{
	struct judge_progress p = judge_progress(j, 0);

	if (language == LANGUAGE_JA)
		why_ja(judge_reason(j), &p, b);
	else
		why_en(judge_reason(j), &p, b);
}
