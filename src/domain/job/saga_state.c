/* saga_state.c - the states of sagas and of their steps, and the ways between them (S7). */
#include "domain/job/saga.h"

static const char *const names[SAGA_STATES] = {
	"RUNNING", "COMPENSATING", "SUCCEEDED", "COMPENSATED", "NEEDS_RECOVERY",
};

static const char *const step_names[STEP_STATES] = {
	"WAITING",      "RUNNING",     "SUCCEEDED",       "FAILED",         "CANCELED",
	"COMPENSATING", "COMPENSATED", "NOTHING_TO_UNDO", "NEEDS_RECOVERY", "RECOVERED",
};

static const struct {
	enum saga_state from;
	enum saga_event event;
	enum saga_state to;
} ways[] = {
	{ SAGA_RUNNING, SAGA_STEP_SUCCEEDED, SAGA_RUNNING },
	{ SAGA_RUNNING, SAGA_ALL_SUCCEEDED, SAGA_SUCCEEDED },
	{ SAGA_RUNNING, SAGA_STEP_FAILED, SAGA_COMPENSATING },
	{ SAGA_RUNNING, SAGA_CANCELED, SAGA_COMPENSATING },
	{ SAGA_COMPENSATING, SAGA_ALL_UNDONE, SAGA_COMPENSATED },
	{ SAGA_COMPENSATING, SAGA_LEFT_TO_PEOPLE, SAGA_NEEDS_RECOVERY },
	{ SAGA_NEEDS_RECOVERY, SAGA_RECOVERED, SAGA_COMPENSATED },
	{ SAGA_NEEDS_RECOVERY, SAGA_LATE_SUCCESS, SAGA_NEEDS_RECOVERY },
	{ SAGA_COMPENSATED, SAGA_LATE_SUCCESS, SAGA_NEEDS_RECOVERY },
};

struct str saga_state_name(enum saga_state state)
{
	must(state < SAGA_NONE);
	return str_of(names[state]);
}

bool saga_state_read(struct str name, enum saga_state *state)
{
	for (int i = 0; i < SAGA_STATES; i++)
		if (str_is(name, names[i])) {
			*state = (enum saga_state)i;
			return true;
		}
	return false;
}

bool saga_ended(enum saga_state state)
{
	must(state < SAGA_NONE);
	return state >= SAGA_SUCCEEDED;
}

bool saga_next(enum saga_state from, enum saga_event event, enum saga_state *to)
{
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (ways[i].from == from && ways[i].event == event) {
			*to = ways[i].to;
			return true;
		}
	return false;
}

struct str saga_step_state_name(enum saga_step_state state)
{
	must(state <= STEP_RECOVERED);
	return str_of(step_names[state]);
}

bool saga_step_state_read(struct str name, enum saga_step_state *state)
{
	for (int i = 0; i < STEP_STATES; i++)
		if (str_is(name, step_names[i])) {
			*state = (enum saga_step_state)i;
			return true;
		}
	return false;
}
