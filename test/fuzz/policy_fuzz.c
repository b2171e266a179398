/* policy_fuzz.c - any bytes as a policy: what is read has a canonical text that reads as itself,
 * and can be judged: a few votes, counted one by one, anew and at a deadline.
 *
 * Input: policy, a line feed, votes (two bits each, seat by seat). */
#include <stddef.h>
#include <stdint.h>

#include "domain/policy/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void vote(struct arena *a, const struct policy *p, struct str votes)
{
	struct judge *j = judge_open(a, p, judge_seats(a, p), p->seat_count);
	struct buf why = { 0 };

	for (size_t i = 0; i < votes.len && i < (size_t)p->seat_count; i++) {
		judge_set(j, (int)i, (enum judge_vote)(votes.at[i] & 3), S_NONE);
		if (judge_state(j) == JUDGE_OPEN)
			must(judge_reason(j) != REASON_REACHED);
	}
	enum judge_state state = judge_state(j);
	judge_rebuild(j);
	must(judge_state(j) == state);
	must(judge_count(a, j) != JUDGE_OPEN);
	judge_why(j, LANGUAGE_EN, &why);
	judge_why(j, LANGUAGE_JA, &why);
	must(why.len > 0 && str_utf8(buf_str(&why)));
	buf_free(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str votes = { (const char *)data, size };
	struct str text = str_cut(&votes, '\n');
	struct arena *a = arena_open();
	struct refused why;
	const struct policy *p = policy_read_text(a, text, &why);

	must((p == NULL) == (why.why != REFUSED_NONE));
	if (p != NULL) {
		must(policy_read_stored(a, p->canonical) != NULL);
		vote(a, p, votes);
	}
	arena_close(a);
	return 0;
}
