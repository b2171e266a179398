/* napkin.h - policies as somebody would draw them, and what a napkin makes of the votes. */
#ifndef RINGI_TEST_SIM_NAPKIN_H
#define RINGI_TEST_SIM_NAPKIN_H

#include "domain/approval/approval.h"
#include "sim/deputies.h"
#include "sim/play.h"

enum { NODES = 4 };

enum m_need { NEED_N, NEED_SHARE_ALL, NEED_SHARE_MAJORITY, NEED_SHARE_HALF };
struct m_member {
	int person; /* -1: a node */
	int node;
	bool veto;
};
struct m_node {
	enum m_need need;
	int n;
	bool last, abstain_yes; /* reject: last; abstain: yes, else no */
	struct m_member members[PEOPLE];
	int count;
};
/* What the policy says of its deadline. */
enum m_clock { CLOCK_NOTHING, CLOCK_YES, CLOCK_NO, CLOCK_LATER };
enum m_remind { REMIND_NOBODY, REMIND_AT_TIMES, REMIND_EARLY, REMIND_LATE };
struct tree {
	struct m_node nodes[NODES];
	int count, people;
	enum m_clock then;
	int minutes; /* of the deadline */
	enum m_remind remind;
	int remind_minutes;
};

struct tree tree_made(struct play *);
void tree_write(struct buf *, const struct tree *); /* as JSON */

enum napkin { OPEN, WON, LOST };
enum napkin judged_whole(const struct tree *, const struct approval_view *);
const struct approval_slot *slot_of(const struct approval_view *, int person); /* NULL: none */

#endif
