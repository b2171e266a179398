/* state.c - the states of a job and the ways between them, in one table (L2). */
#include "domain/ledger/ledger.h"

static const char *const states[JOB_STATES] = {
	"PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELED",
};

static const char *const outcomes[] = {
	"SUCCEEDED", "FAILED", "LOST", "TIMED_OUT", "RELEASED", "CANCELED",
};

/* Row: from. A pending job may succeed or fail: its message was deleted with a receipt from
 * before its lease ended, or waited for longer than its queue keeps messages. */
static const bool may[JOB_STATES][JOB_STATES] = {
	[JOB_PENDING] = { [JOB_PENDING] = true,
	                  [JOB_RUNNING] = true,
	                  [JOB_SUCCEEDED] = true,
	                  [JOB_FAILED] = true,
	                  [JOB_CANCELED] = true },
	[JOB_RUNNING] = { [JOB_PENDING] = true,
	                  [JOB_RUNNING] = true,
	                  [JOB_SUCCEEDED] = true,
	                  [JOB_FAILED] = true,
	                  [JOB_CANCELED] = true },
	[JOB_FAILED] = { [JOB_PENDING] = true },
};

struct str job_state_name(enum job_state state)
{
	must(state <= JOB_CANCELED);
	return str_of(states[state]);
}

bool job_state_read(struct str name, enum job_state *state)
{
	for (int i = 0; i < JOB_STATES; i++)
		if (str_is(name, states[i])) {
			*state = (enum job_state)i;
			return true;
		}
	return false;
}

struct str attempt_outcome_name(enum attempt_outcome outcome)
{
	must(outcome <= ATTEMPT_CANCELED);
	return str_of(outcomes[outcome]);
}

bool job_state_final(enum job_state state)
{
	return state >= JOB_SUCCEEDED;
}

bool job_may_become(enum job_state from, enum job_state to)
{
	return may[from][to];
}
